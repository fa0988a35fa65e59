/* SPDX-License-Identifier: MIT */
/*
 * astdump: the parser without the runtime.
 *
 *   astdump FILE...          prints the tree of each file
 *   astdump --time FILE...   parses all files, prints lines per second
 *   astdump --serve          answers requests on stdin (tests/conformance/parser_diff.py):
 *       "MODE FLAGS FEATURE LENGTH\n" and LENGTH bytes of source -> "ok LENGTH\n" and the tree, or
 *       "error LENGTH\n" and kind, line, offset, end line, end offset, has-text, message NUL text
 */
#include "core/compiler/parser.h"

#include <errno.h>
#include <iconv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static char *read_file(const char *path, size_t *len)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        return NULL;
    size_t space = 1 << 16, n = 0, got;
    char *buf = malloc(space);
    while ((got = fread(buf + n, 1, space - n, f)) > 0) {
        n += got;
        if (n == space)
            buf = realloc(buf, space *= 2);
    }
    fclose(f);
    *len = n;
    return buf;
}

/* The codecs the parser does not know itself. */
static bool decode(void *ctx, const char *encoding, const char *bytes, size_t len, char **utf8,
    size_t *utf8_len, bool *unknown)
{
    iconv_t cd = iconv_open("utf-8", encoding);
    *unknown = cd == (iconv_t)-1;
    if (*unknown)
        return false;
    size_t space = len * 4 + 16, left = space;
    char *out = *utf8 = malloc(space), *in = (char *)bytes;
    bool ok = iconv(cd, &in, &len, &out, &left) != (size_t)-1;
    *utf8_len = space - left;
    iconv_close(cd);
    return ok;
}

static const char *const kinds[] = {"ok", "SyntaxError", "IndentationError", "TabError",
    "UnicodeDecodeError", "ValueError", "MemoryError", "RecursionError", "OverflowError",
    "callback"};

static void answer(const char *source, size_t len, const struct rt_parse_options *opt)
{
    struct rt_arena *a = rt_arena_new();
    struct rt_parse_result r;
    bool ok = rt_parse(a, source, len, opt, &r);
    if (getenv("ASTDUMP_WARNINGS")) {
        for (struct rt_parse_warning *w = r.warnings; w; w = w->next) {
            fprintf(stderr, "%s %s %d %d %d %d <%.*s>\n", w->category, w->msg, w->lineno, w->offset,
                w->end_lineno, w->end_offset, (int)w->text_len, w->text);
        }
    }
    if (ok && getenv("ASTDUMP_UNPARSE") && r.mod->kind == RT_AST_Expression) {
        const struct rt_ast_str *s = rt_ast_unparse(a, RT_AST(Expression, r.mod)->body, NULL);
        printf("ok %zu\n%s", s ? s->len : 0, s ? s->utf8 : "");
    } else if (ok) {
        size_t n;
        char *text = rt_ast_dump(r.mod, true, &n);
        printf("ok %zu\n", text ? n : 8);
        fwrite(text ? text : "too deep", 1, text ? n : 8, stdout);
        free(text);
    } else {
        struct rt_parse_error *e = &r.error;
        char *out;
        size_t n;
        FILE *f = open_memstream(&out, &n);
        fprintf(f, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%s", kinds[e->kind], e->has_location, e->lineno,
            e->offset, e->end_lineno, e->end_offset, e->text != NULL, e->msg ? e->msg : "");
        fputc(0, f);
        if (e->text)
            fwrite(e->text, 1, e->text_len, f);
        fclose(f);
        printf("error %zu\n", n);
        fwrite(out, 1, n, stdout);
        free(out);
    }
    fflush(stdout);
    rt_arena_free(a);
}

static int serve(void)
{
    int mode, flags, feature;
    size_t len;
    while (scanf("%d %d %d %zu", &mode, &flags, &feature, &len) == 4 && getchar() == '\n') {
        char *buf = malloc(len + 1);
        if (fread(buf, 1, len, stdin) != len)
            return 1;
        struct rt_parse_options opt = {
            .mode = (enum rt_parse_mode)mode,
            .flags = (unsigned)flags,
            .feature_version = feature,
            .max_str_digits = 4300,
            .decode = decode,
        };
        answer(buf, len, &opt);
        free(buf);
    }
    return 0;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int timing(int argc, char **argv)
{
    size_t lines = 0, bytes = 0, tree = 0, failed = 0;
    double total = 0;
    for (int i = 0; i < argc; i++) {
        size_t len;
        char *s = read_file(argv[i], &len);
        if (!s)
            continue;
        for (size_t k = 0; k < len; k++)
            lines += s[k] == '\n';
        bytes += len;
        struct rt_parse_options opt = {.mode = RT_PARSE_EXEC, .max_str_digits = 4300};
        struct rt_parse_result r;
        double start = now();
        struct rt_arena *a = rt_arena_new();
        failed += !rt_parse(a, s, len, &opt, &r);
        tree += rt_arena_bytes(a);
        rt_arena_free(a);
        total += now() - start;
        free(s);
    }
    printf("%d files, %zu lines, %zu bytes, %zu bytes of arena, %zu failed: %.3f s, %.0f lines/s\n",
        argc, lines, bytes, tree, failed, total, (double)lines / total);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--serve") == 0)
        return serve();
    if (argc > 1 && strcmp(argv[1], "--time") == 0)
        return timing(argc - 2, argv + 2);
    for (int i = 1; i < argc; i++) {
        size_t len;
        char *s = read_file(argv[i], &len);
        struct rt_parse_options opt = {.mode = RT_PARSE_EXEC, .max_str_digits = 4300};
        if (s)
            answer(s, len, &opt);
        free(s);
    }
    return 0;
}
