/* SPDX-License-Identifier: MIT */
/*
 * _tokenize: the compiler's own lexer as an iterator of (text, type, lineno, end_lineno, col, end_col, line), for
 * tokenize.py. An iterator keeps the source, with newlines normalised, and the lexer that walks over it.
 */
#include "core/compiler/lexer.h"
#include "core/object/native.h"

struct token_iter {
    struct rt_object hdr;
    char *src;
    struct rt_lexer *lx;
};
#define IT(v) ((struct token_iter *)rt_ptr(v))

static rt_value iter_new(struct rt_thread *ts, struct rt_type *t, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"source", NULL};
    static const struct rt_argspec spec = {"tokenizeriter", names, 0, 1, 1, 1};
    rt_value v[1];
    size_t len, k = 0;
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    if (!rt_is_str(v[0]))
        return rt_raise_arg_type(ts, "tokenizeriter", "source", "str", v[0]);
    const char *s = rt_str_utf8(ts, v[0], &len);
    rt_value self = s ? rt_type_alloc(ts, t) : RT_NULL;
    if (rt_is_null(self))
        return self;
    struct token_iter *it = IT(self);
    it->src = rt_raw_malloc(len + 2);
    it->lx = rt_raw_calloc(1, sizeof(*it->lx));
    if (!it->src || !it->lx) {
        rt_decref(ts, self);
        return rt_raise_no_memory(ts);
    }
    for (size_t i = 0; i < len; i++) {
        bool cr = s[i] == '\r';
        it->src[k++] = cr ? '\n' : s[i];
        i += cr && i + 1 < len && s[i + 1] == '\n';
    }
    if (k && it->src[k - 1] != '\n')
        it->src[k++] = '\n';
    it->src[k] = 0;
    rt_lexer_init(it->lx, it->src, k);
    return self;
}

static rt_value raise_error(struct rt_thread *ts, const struct rt_lexer *lx)
{
    const struct rt_lex_error *err = &lx->error;
    rt_value line = rt_int_imm(err->lineno), col = rt_int_imm(err->col), end = rt_int_imm(err->end_col < 0 ? err->col : err->end_col), e = RT_NULL;
    rt_value text = rt_str_from_utf8(ts, lx->line_start, strcspn(lx->line_start, "\n"), "replace"), what = rt_str_from_cstr(ts, err->msg);
    rt_value place = text.bits ? rt_tuple_pack(ts, 6, rt_str_intern_cstr(ts, "<string>"), line, col, text, line, end) : RT_NULL;
    if (place.bits && what.bits)
        e = rt_call2(ts, rt_type_value(&rt_exc_SyntaxError), what, place);
    if (e.bits)
        rt_raise_instance(ts, e);
    rt_decref(ts, e);
    rt_decref(ts, what);
    rt_decref(ts, place);
    rt_decref(ts, text);
    return RT_NULL;
}

static rt_value iter_next(struct rt_thread *ts, rt_value self)
{
    struct token_iter *it = IT(self);
    struct rt_tok t;
    rt_lexer_next(it->lx, &t);
    if (t.type == TOK_ERROR && it->lx->state == LEX_ERROR)
        return raise_error(ts, it->lx);
    if (t.type == TOK_ERROR || /* mistakes of indentation and the like end the tokens, as in CPython */ t.type == TOK_ENDMARKER)
        return RT_STOP;
    bool plain = t.type == TOK_INDENT || t.type == TOK_DEDENT; /* tokens without text */
    rt_value text = rt_str_from_utf8(ts, it->src + t.start, plain || t.end < t.start ? 0 : t.end - t.start, NULL);
    rt_value line = rt_str_from_utf8(ts, it->lx->buf, (size_t)(it->lx->inp - it->lx->buf), "replace"), r = RT_NULL;
    if (text.bits && line.bits)
        r = rt_tuple_pack(ts, 7, text, rt_int_imm(t.type > TOK_ERROR ? TOK_NAME : t.type), rt_int_imm(t.lineno), rt_int_imm(t.end_lineno),
                          rt_int_imm(t.col), rt_int_imm(t.end_col), line);
    rt_decref(ts, text);
    rt_decref(ts, line);
    return r;
}
static void iter_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    struct token_iter *it = (struct token_iter *)o;
    if (it->lx)
        rt_lexer_fini(it->lx);
    rt_raw_free(it->lx);
    rt_raw_free(it->src);
}

static struct rt_type iter_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "_tokenize.TokenizerIter", .basic_size = sizeof(struct token_iter), .new = iter_new,
    .iter = rt_iter_self, .iternext = iter_next, .dealloc = iter_dealloc,
};
static struct rt_type *const types[] = {&iter_type, NULL};
const struct rt_module_def rt_module__tokenize = {.name = "_tokenize", .types = types};
