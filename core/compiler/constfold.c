/* SPDX-License-Identifier: MIT */
/*
 * constfold.c: constants as values, and folding of expressions over them.
 *
 * Called bottom-up by the symbol table pass; a folded node is turned into a Constant in place. What is folded, and up to
 * which size, follows CPython 3.11, for it is visible (co_consts, `is` on results, errors that must stay at run time).
 */
#include <stdio.h>

#include "core/compiler/compiler_internal.h"

enum { MAX_INT_BITS = 128, MAX_ITEMS = 256, MAX_TOTAL_ITEMS = 1024, MAX_STR = 4096 };
enum { FOLDED = 0x80 }; /* node flag: made here, not written in the source */

static rt_value checked(struct rt_comp *c, rt_value v)
{
    if (rt_is_null(v))
        rt_comp_fail(c);
    return rt_comp_keep(c, v);
}

static rt_value str_value(struct rt_comp *c, const struct rt_ast_const *k)
{
    bool name = k->ascii && k->text.len < 128 && k->text.len;
    for (size_t i = 0; name && i < k->text.len; i++) {
        char ch = k->text.utf8[i];
        name = ch == '_' || (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9');
    }
    if (name) {
        rt_value v = rt_str_intern_utf8(c->ts, k->text.utf8, k->text.len);
        if (rt_is_null(v))
            rt_comp_fail(c);
        return v;
    }
    return checked(c, rt_str_from_utf8(c->ts, k->text.utf8, k->text.len, k->ascii ? NULL : "surrogatepass"));
}

rt_value rt_fold_value(struct rt_comp *c, const struct rt_ast_const *k)
{
    switch (k->kind) {
    case RT_CONST_NONE: return RT_NONE;
    case RT_CONST_TRUE: return RT_TRUE;
    case RT_CONST_FALSE: return RT_FALSE;
    case RT_CONST_ELLIPSIS: return RT_ELLIPSIS;
    case RT_CONST_INT:
        if (k->fits)
            return checked(c, rt_int_from_i64(c->ts, k->small));
        return checked(c, rt_int_parse(c->ts, k->text.utf8, k->text.len, k->base));
    case RT_CONST_FLOAT: return checked(c, rt_float_new(c->ts, k->real));
    case RT_CONST_COMPLEX: return checked(c, rt_complex_new(c->ts, k->real, k->imag));
    case RT_CONST_STR: return str_value(c, k);
    case RT_CONST_BYTES: return checked(c, rt_bytes_new(c->ts, k->text.utf8, k->text.len));
    default: return RT_VALUE(k->word);
    }
}

int rt_fold_truth(const struct rt_ast *e)
{
    if (e->kind != RT_AST_Constant)
        return -1;
    const struct rt_ast_const *k = RT_AST(Constant, e)->value;
    switch (k->kind) {
    case RT_CONST_NONE:
    case RT_CONST_FALSE: return 0;
    case RT_CONST_TRUE:
    case RT_CONST_ELLIPSIS: return 1;
    case RT_CONST_INT: return k->fits ? k->small != 0 : 1;
    case RT_CONST_FLOAT: return k->real != 0;
    case RT_CONST_COMPLEX: return k->real != 0 || k->imag != 0;
    case RT_CONST_STR:
    case RT_CONST_BYTES: return k->text.len != 0;
    default: break;
    }
    rt_value v = RT_VALUE(k->word);
    if (rt_is_exact(v, &rt_tuple_type))
        return rt_as_tuple(v)->length != 0;
    if (rt_is_exact(v, &rt_str_type))
        return rt_str_len(v) != 0;
    if (rt_is_exact(v, &rt_bytes_type))
        return rt_as_bytes(v)->length != 0;
    if (rt_is_float_imm(v))
        return rt_float_imm_get(v) != 0;
    if (rt_is_exact(v, &rt_int_type) || v.bits == RT_ELLIPSIS.bits)
        return 1;
    if (rt_is_int(v))
        return rt_int_get(v) != 0;
    if (rt_is_exact(v, &rt_float_type))
        return rt_float_value(v) != 0;
    if (rt_is_exact(v, &rt_frozenset_type))
        return rt_set_len(v) != 0;
    return -1;
}

bool rt_fold_small(const struct rt_ast *e, int64_t *v)
{
    if (e->kind != RT_AST_Constant)
        return false;
    const struct rt_ast_const *k = RT_AST(Constant, e)->value;
    if (k->kind == RT_CONST_INT && k->fits) {
        *v = k->small;
        return true;
    }
    if (k->kind == RT_CONST_OBJECT && rt_is_int(RT_VALUE(k->word))) {
        *v = rt_int_get(RT_VALUE(k->word));
        return true;
    }
    return false;
}

static void make_const(struct rt_comp *c, struct rt_ast *e, rt_value v)
{
    _Static_assert(sizeof(struct rt_ast_Constant) <= sizeof(struct rt_ast_UnaryOp), "folded in place");
    struct rt_ast_const *k = rt_comp_alloc(c, sizeof *k);
    if (rt_is_none(v)) {
        k->kind = RT_CONST_NONE;
    } else if (rt_is_bool(v)) {
        k->kind = rt_is_true(v) ? RT_CONST_TRUE : RT_CONST_FALSE;
    } else if (rt_is_int(v)) {
        k->kind = RT_CONST_INT;
        k->fits = true;
        k->small = rt_int_get(v);
    } else {
        k->kind = RT_CONST_OBJECT;
        k->word = v.bits;
    }
    e->kind = RT_AST_Constant;
    e->flags |= FOLDED;
    e->note = 0;
    RT_AST(Constant, e)->value = k;
    RT_AST(Constant, e)->kind = NULL;
}

/* The result of an operation on constants: an error means that nothing is folded. */
static void fold_to(struct rt_comp *c, struct rt_ast *e, rt_value v)
{
    if (rt_is_null(v)) {
        if (rt_exc_is(c->ts, &rt_exc_KeyboardInterrupt))
            rt_comp_fail(c);
        rt_exc_clear(c->ts);
        return;
    }
    make_const(c, e, rt_comp_keep(c, v));
}

static bool is_int(rt_value v) { return rt_is_int(v) || rt_is_exact(v, &rt_int_type); }

/* Number of items including those of nested tuples; more than the limit: -1. */
static int64_t complexity(rt_value v, int64_t limit)
{
    if (!rt_is_exact(v, &rt_tuple_type))
        return limit;
    limit -= (int64_t)rt_as_tuple(v)->length;
    for (size_t i = 0; limit >= 0 && i < rt_as_tuple(v)->length; i++)
        limit = complexity(rt_as_tuple(v)->items[i], limit);
    return limit;
}

static bool safe_repeat(rt_value n, rt_value v)
{
    int64_t count;
    if (!rt_is_int(n))
        return false;
    count = rt_int_get(n);
    if (rt_is_exact(v, &rt_tuple_type)) {
        int64_t size = (int64_t)rt_as_tuple(v)->length;
        if (!size)
            return true;
        if (count < 0 || count > MAX_ITEMS / size)
            return false;
        return !count || complexity(v, MAX_TOTAL_ITEMS / count) >= 0;
    }
    int64_t size = rt_is_exact(v, &rt_str_type) ? (int64_t)rt_str_len(v) : (int64_t)rt_as_bytes(v)->length;
    return !size || (count >= 0 && count <= MAX_STR / size);
}

static bool is_sequence(rt_value v)
{
    return rt_is_exact(v, &rt_tuple_type) || rt_is_exact(v, &rt_str_type) || rt_is_exact(v, &rt_bytes_type);
}

static bool safe(rt_value a, rt_value b, int op)
{
    switch (op) {
    case RT_AST_Mult:
        if (is_int(a) && is_int(b))
            return rt_int_bit_length(a) + rt_int_bit_length(b) <= MAX_INT_BITS || !rt_int_sign(a) || !rt_int_sign(b);
        if (is_int(a) && is_sequence(b))
            return safe_repeat(a, b);
        if (is_int(b) && is_sequence(a))
            return safe_repeat(b, a);
        return true;
    case RT_AST_Pow:
        if (is_int(a) && is_int(b) && rt_int_sign(a) && rt_int_sign(b) > 0) {
            if (!rt_is_int(b) || rt_int_get(b) > MAX_INT_BITS)
                return false;
            return (int64_t)rt_int_bit_length(a) <= MAX_INT_BITS / rt_int_get(b);
        }
        return true;
    case RT_AST_LShift:
        if (is_int(a) && is_int(b) && rt_int_sign(a) && rt_int_sign(b)) {
            if (!rt_is_int(b) || rt_int_get(b) < 0 || rt_int_get(b) > MAX_INT_BITS)
                return false;
            return rt_int_bit_length(a) <= (size_t)(MAX_INT_BITS - rt_int_get(b));
        }
        return true;
    case RT_AST_Mod: return !rt_is_exact(a, &rt_str_type) && !rt_is_exact(a, &rt_bytes_type);
    default: return true;
    }
}

static const uint8_t binops[RT_AST_KIND_COUNT] = {
    [RT_AST_Add] = RT_BIN_ADD, [RT_AST_Sub] = RT_BIN_SUB, [RT_AST_Mult] = RT_BIN_MUL, [RT_AST_MatMult] = RT_BIN_MATMUL,
    [RT_AST_Div] = RT_BIN_TRUEDIV, [RT_AST_Mod] = RT_BIN_MOD, [RT_AST_Pow] = RT_BIN_POW, [RT_AST_LShift] = RT_BIN_LSHIFT,
    [RT_AST_RShift] = RT_BIN_RSHIFT, [RT_AST_BitOr] = RT_BIN_OR, [RT_AST_BitXor] = RT_BIN_XOR, [RT_AST_BitAnd] = RT_BIN_AND,
    [RT_AST_FloorDiv] = RT_BIN_FLOORDIV,
};

/* ---- '%s and %r' % (a, b) as an f-string ---- */

static struct rt_ast *literal_piece(struct rt_comp *c, const struct rt_ast *at, rt_value fmt, size_t from, size_t to,
                                    const struct rt_str *s)
{
    struct rt_strbuf b;
    rt_strbuf_init(&b);
    for (size_t i = from; i < to; i++) {
        uint32_t ch = rt_str_at(s, i);
        if (rt_strbuf_char(c->ts, &b, ch) < 0)
            rt_comp_fail(c);
        if (ch == '%')
            i++; /* %% */
    }
    struct rt_ast *e = rt_arena_node(c->arena, RT_AST_Constant);
    if (!e)
        rt_comp_nomem(c);
    rt_value v = rt_strbuf_finish(c->ts, &b);
    make_const(c, e, checked(c, v));
    e->lineno = at->lineno;
    e->col_offset = at->col_offset;
    e->end_lineno = at->end_lineno;
    e->end_col_offset = at->end_col_offset;
    return e;
}

struct spec { uint32_t conv; int width, prec; bool left; };

/* %[-][width][.prec](s|r|a); anything else: false. */
static bool parse_spec(const struct rt_str *s, size_t *pos, struct spec *out)
{
    size_t i = *pos, n = s->length;
    *out = (struct spec){0, -1, -1, false};
    while (i < n && rt_str_at(s, i) == '-') {
        out->left = true;
        i++;
    }
    for (int part = 0; part < 2; part++) {
        int digits = 0, v = 0;
        if (part == 1) {
            if (i >= n || rt_str_at(s, i) != '.')
                break;
            i++;
        }
        while (i < n && rt_str_at(s, i) >= '0' && rt_str_at(s, i) <= '9' && digits < 3) {
            v = v * 10 + (int)(rt_str_at(s, i++) - '0');
            digits++;
        }
        if (part == 0 && digits && rt_str_at(s, i - (size_t)digits) == '0')
            return false; /* the 0 flag */
        if (part == 0)
            out->width = digits ? v : -1;
        else
            out->prec = v;
    }
    if (i >= n)
        return false;
    uint32_t ch = rt_str_at(s, i++);
    if (ch != 's' && ch != 'r' && ch != 'a')
        return false;
    out->conv = ch;
    *pos = i;
    return true;
}

static struct rt_ast *value_piece(struct rt_comp *c, struct rt_ast *arg, const struct spec *f)
{
    struct rt_ast *e = rt_arena_node(c->arena, RT_AST_FormattedValue);
    if (!e)
        rt_comp_nomem(c);
    struct rt_ast_FormattedValue *v = RT_AST(FormattedValue, e);
    e->lineno = arg->lineno;
    e->col_offset = arg->col_offset;
    e->end_lineno = arg->end_lineno;
    e->end_col_offset = arg->end_col_offset;
    v->value = arg;
    v->conversion = (int)f->conv;
    if (f->width > 0 || f->prec >= 0) {
        char buf[40];
        int n = 0;
        if (f->width > 0)
            n = snprintf(buf, sizeof buf, f->left ? "%d" : ">%d", f->width);
        if (f->prec >= 0)
            n += snprintf(buf + n, sizeof buf - (size_t)n, ".%d", f->prec);
        struct rt_ast *spec = rt_arena_node(c->arena, RT_AST_Constant);
        if (!spec)
            rt_comp_nomem(c);
        make_const(c, spec, checked(c, rt_str_from_utf8(c->ts, buf, (size_t)n, NULL)));
        v->format_spec = spec;
    }
    return e;
}

static bool fold_format(struct rt_comp *c, struct rt_ast *e, rt_value fmt, struct rt_ast *right)
{
    struct rt_ast_seq *args = RT_AST(Tuple, right)->elts;
    for (uint32_t i = 0; i < args->len; i++) {
        if (args->items[i]->kind == RT_AST_Starred)
            return false;
    }
    const struct rt_str *s = rt_as_str(fmt);
    struct rt_ast_seq *out = rt_arena_seq(c->arena, 2 * args->len + 1);
    if (!out)
        rt_comp_nomem(c);
    uint32_t n = 0, used = 0;
    size_t i = 0, start = 0;
    while (i < s->length) {
        if (rt_str_at(s, i) != '%') {
            i++;
            continue;
        }
        if (i + 1 < s->length && rt_str_at(s, i + 1) == '%') {
            i += 2;
            continue;
        }
        struct spec f;
        size_t end = i + 1;
        if (used >= args->len || !parse_spec(s, &end, &f))
            return false;
        if (i > start)
            out->items[n++] = literal_piece(c, e, fmt, start, i, s);
        out->items[n++] = value_piece(c, args->items[used++], &f);
        start = i = end;
    }
    if (used != args->len)
        return false;
    if (s->length > start)
        out->items[n++] = literal_piece(c, e, fmt, start, s->length, s);
    if (!args->len && n == 0)
        return false;
    out->len = n;
    e->kind = RT_AST_JoinedStr;
    RT_AST(JoinedStr, e)->values = n ? out : rt_ast_empty;
    return true;
}

/* ---- the node kinds ---- */

static void fold_binop(struct rt_comp *c, struct rt_ast *e)
{
    struct rt_ast_BinOp *n = RT_AST(BinOp, e);
    if (!rt_fold_is_const(n->left))
        return;
    struct rt_ast_const *k = rt_fold_of(n->left);
    if (n->op == RT_AST_Mod && n->right->kind == RT_AST_Tuple && k->kind == RT_CONST_STR) {
        fold_format(c, e, rt_fold_value(c, k), n->right);
        return;
    }
    if (!rt_fold_is_const(n->right))
        return;
    rt_value a = rt_fold_value(c, k), b = rt_fold_value(c, rt_fold_of(n->right));
    if (!safe(a, b, n->op))
        return;
    fold_to(c, e, rt_binary(c->ts, a, b, binops[n->op]));
}

static void fold_unary(struct rt_comp *c, struct rt_ast *e)
{
    struct rt_ast_UnaryOp *n = RT_AST(UnaryOp, e);
    if (n->op == RT_AST_Not && n->operand->kind == RT_AST_Compare) {
        struct rt_ast_Compare *k = RT_AST(Compare, n->operand);
        if (k->ops->len == 1) {
            uint8_t op = k->ops->items[0];
            uint8_t inverse = op == RT_AST_Is ? RT_AST_IsNot : op == RT_AST_IsNot ? RT_AST_Is : op == RT_AST_In ? RT_AST_NotIn :
                              op == RT_AST_NotIn ? RT_AST_In : 0;
            if (inverse) { /* `not a is b` is `a is not b`; the position stays that of the comparison */
                struct rt_ast_opseq *ops = rt_arena_opseq(c->arena, 1);
                if (!ops)
                    rt_comp_nomem(c);
                ops->len = 1;
                ops->items[0] = inverse;
                k->ops = ops;
                n->op = RT_AST_UAdd;
                e->note = 1; /* transparent: see rt_cg_expr */
                return;
            }
        }
    }
    if (!rt_fold_is_const(n->operand))
        return;
    if (n->op == RT_AST_Not) {
        int t = rt_fold_truth(n->operand);
        if (t >= 0)
            make_const(c, e, rt_bool(!t));
        return;
    }
    rt_value v = rt_fold_value(c, rt_fold_of(n->operand));
    enum rt_unop op = n->op == RT_AST_USub ? RT_UN_NEG : n->op == RT_AST_UAdd ? RT_UN_POS : RT_UN_INVERT;
    fold_to(c, e, rt_unary(c->ts, v, op));
}

static rt_value tuple_of(struct rt_comp *c, const struct rt_ast_seq *q)
{
    for (uint32_t i = 0; i < q->len; i++) {
        if (!rt_fold_is_const(q->items[i]))
            return RT_NULL;
    }
    rt_value t = q->len ? rt_tuple_new(c->ts, q->len) : rt_tuple_empty();
    if (rt_is_null(t))
        rt_comp_fail(c);
    for (uint32_t i = 0; i < q->len; i++)
        rt_as_tuple(t)->items[i] = RT_NONE;
    t = rt_comp_keep(c, t);
    for (uint32_t i = 0; i < q->len; i++)
        rt_as_tuple(t)->items[i] = rt_newref(c->ts, rt_cg_const_canon(c, rt_fold_value(c, rt_fold_of(q->items[i]))));
    return t;
}

static void fold_tuple(struct rt_comp *c, struct rt_ast *e)
{
    struct rt_ast_Tuple *n = RT_AST(Tuple, e);
    if (n->ctx != RT_AST_Load)
        return;
    rt_value t = tuple_of(c, n->elts);
    if (!rt_is_null(t))
        make_const(c, e, t);
}

static void fold_subscript(struct rt_comp *c, struct rt_ast *e)
{
    struct rt_ast_Subscript *n = RT_AST(Subscript, e);
    if (n->ctx != RT_AST_Load || !rt_fold_is_const(n->value) || !rt_fold_is_const(n->slice))
        return;
    rt_value v = rt_fold_value(c, rt_fold_of(n->value)), k = rt_fold_value(c, rt_fold_of(n->slice));
    fold_to(c, e, rt_getitem(c->ts, v, k));
}

bool rt_fold_iterable(struct rt_comp *c, struct rt_ast *e, rt_value *out)
{
    if (e->kind == RT_AST_List) {
        *out = tuple_of(c, RT_AST(List, e)->elts);
        return !rt_is_null(*out);
    }
    if (e->kind != RT_AST_Set)
        return false;
    rt_value t = tuple_of(c, RT_AST(Set, e)->elts);
    if (rt_is_null(t))
        return false;
    rt_value s = rt_frozenset_new(c->ts, t);
    if (rt_is_null(s)) {
        rt_exc_clear(c->ts);
        return false;
    }
    *out = rt_comp_keep(c, s);
    return true;
}

void rt_fold_expr(struct rt_comp *c, struct rt_ast *e)
{
    switch (e->kind) {
    case RT_AST_BinOp: fold_binop(c, e); break;
    case RT_AST_UnaryOp: fold_unary(c, e); break;
    case RT_AST_Tuple: fold_tuple(c, e); break;
    case RT_AST_Subscript: fold_subscript(c, e); break;
    case RT_AST_Name:
        if (RT_AST(Name, e)->id == c->id_debug && RT_AST(Name, e)->ctx == RT_AST_Load)
            make_const(c, e, rt_bool(c->optimize == 0));
        break;
    default: break;
    }
}
