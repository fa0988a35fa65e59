/* SPDX-License-Identifier: MIT */
/*
 * fuzz_parser.c: libFuzzer target for the parser, the dumper and the unparser.
 *
 *   clang -g -O1 -fsanitize=fuzzer,address,undefined -I. -D_GNU_SOURCE -DRT_DEBUG=1
 * tests/fuzz/fuzz_parser.c \
 *       core/compiler/{ast,ast_dump,ast_text,lexer,unparse,diagnose,diagnose_compile,diagnose_grammar}.c
 * \ core/compiler/parse_*.c -lunistring -lm
 *
 * The first byte chooses mode and flags.  An error must carry a message and a sane place; a tree
 * must survive dump and unparse.
 */
#include "core/compiler/parser.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_error(const struct rt_parse_error *e)
{
    if (e->kind == RT_PARSE_OK || (e->kind != RT_PARSE_MEMORY_ERROR && !e->msg))
        abort();
}

static void check_tree(struct rt_arena *a, const struct rt_ast *mod)
{
    size_t len;
    free(rt_ast_dump(mod, true, &len));
    if (mod->kind == RT_AST_Expression)
        rt_ast_unparse(a, RT_AST(Expression, mod)->body, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > 20000)
        return 0;
    struct rt_parse_options opt = {
        .mode = (enum rt_parse_mode)(data[0] & 3),
        .max_str_digits = 4300,
        .flags = (data[0] & 4 ? RT_PARSE_TYPE_COMMENTS : 0) |
            (data[0] & 8 ? RT_PARSE_IGNORE_COOKIE : 0) |
            (data[0] & 16 ? RT_PARSE_ALLOW_INCOMPLETE_INPUT | RT_PARSE_DONT_IMPLY_DEDENT : 0),
        .feature_version = data[0] & 32 ? 4 + (data[0] >> 6) : 11,
    };
    struct rt_arena *a = rt_arena_new();
    struct rt_parse_result r;
    if (rt_parse(a, (const char *)data + 1, size - 1, &opt, &r))
        check_tree(a, r.mod);
    else
        check_error(&r.error);
    rt_arena_free(a);
    return 0;
}
