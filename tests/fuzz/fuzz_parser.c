/* SPDX-License-Identifier: MIT */
/*
 * Fuzz target: lexer, parser and error diagnosis on any bytes, in every mode and with every flag.
 *
 * The first byte chooses mode and flags, the rest is source. Nothing may crash, hang, leak or read
 * outside the text; a tree that comes back must be printable.
 */
#include "core/compiler/parser.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct rt_parse_options options = {
        .mode = (enum rt_parse_mode)(data[0] & 3),
        .flags = (unsigned)(data[0] >> 2),
        .max_str_digits = 4300,
        .filename = "<fuzz>",
    };
    struct rt_arena *arena = rt_arena_new();
    struct rt_parse_result result;
    if (rt_parse(arena, (const char *)data + 1, size - 1, &options, &result)) {
        size_t length;
        free(rt_ast_dump(result.mod, true, &length));
    }
    rt_arena_free(arena);
    return 0;
}
