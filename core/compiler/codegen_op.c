/* SPDX-License-Identifier: MIT */
/*
 * codegen_op.c: operators, comparisons and conditions. A comparison whose value is only asked for its truth becomes a
 * jump (rt_cg_jump_if); `and`, `or` and `not` become the ways of the jumps.
 */
#include "core/compiler/compiler_internal.h"

static const uint8_t binary_ops[RT_AST_KIND_COUNT] = {
    [RT_AST_Add] = RT_OP_ADD, [RT_AST_Sub] = RT_OP_SUB, [RT_AST_Mult] = RT_OP_MUL, [RT_AST_MatMult] = RT_OP_MATMUL,
    [RT_AST_Div] = RT_OP_TRUEDIV, [RT_AST_Mod] = RT_OP_MOD, [RT_AST_Pow] = RT_OP_POW, [RT_AST_LShift] = RT_OP_LSHIFT,
    [RT_AST_RShift] = RT_OP_RSHIFT, [RT_AST_BitOr] = RT_OP_OR, [RT_AST_BitXor] = RT_OP_XOR, [RT_AST_BitAnd] = RT_OP_AND,
    [RT_AST_FloorDiv] = RT_OP_FLOORDIV,
};
static const uint8_t compare_ops[RT_AST_KIND_COUNT] = {
    [RT_AST_Lt] = RT_OP_LT, [RT_AST_LtE] = RT_OP_LE, [RT_AST_Eq] = RT_OP_EQ, [RT_AST_NotEq] = RT_OP_NE, [RT_AST_Gt] = RT_OP_GT,
    [RT_AST_GtE] = RT_OP_GE, [RT_AST_Is] = RT_OP_IS, [RT_AST_IsNot] = RT_OP_IS_NOT, [RT_AST_In] = RT_OP_IN,
    [RT_AST_NotIn] = RT_OP_NOT_IN,
};

static bool imm8(const struct rt_ast *e, int64_t *v)
{
    return rt_fold_small(e, v) && *v >= -128 && *v <= 127;
}

int rt_cg_binop(struct rt_comp *c, struct rt_ast *e, int want)
{
    struct rt_ast_BinOp *n = RT_AST(BinOp, e);
    uint32_t base = c->u->depth;
    int64_t imm;
    if ((n->op == RT_AST_Add || n->op == RT_AST_Sub) && imm8(n->right, &imm)) {
        int l = rt_cg_expr(c, n->left, RT_ANY), d = rt_cg_dest(c, base, want);
        rt_cg_emit(c, n->op == RT_AST_Add ? RT_OP_ADDI : RT_OP_SUBI, d, l, (int)imm);
        return d;
    }
    int l = rt_cg_operand(c, n->left, rt_cg_rebinds(c, n->right)), r = rt_cg_expr(c, n->right, RT_ANY);
    int d = rt_cg_dest(c, base, want);
    rt_cg_emit(c, binary_ops[n->op], d, l, r);
    return d;
}

/* The right operand of a comparison; for `in` a list or set display of constants is a constant. */
static int comparand(struct rt_comp *c, struct rt_ast *e, uint8_t op, int want)
{
    rt_value v;
    if ((op == RT_AST_In || op == RT_AST_NotIn) && rt_fold_iterable(c, e, &v))
        return rt_cg_load_value(c, v, want);
    return rt_cg_expr(c, e, want);
}

static void jump_compare(struct rt_comp *c, uint8_t op, int l, int r, struct rt_clabel *to, bool cond)
{
    enum rt_op j;
    switch (op) {
    case RT_AST_Lt: j = RT_OP_JLT; break;
    case RT_AST_LtE: j = RT_OP_JLE; break;
    case RT_AST_Eq: j = RT_OP_JEQ; break;
    case RT_AST_NotEq: j = RT_OP_JNE; break;
    case RT_AST_Gt: j = RT_OP_JGT; break;
    case RT_AST_GtE: j = RT_OP_JGE; break;
    case RT_AST_IsNot: cond = !cond; /* fall through */
    case RT_AST_Is: j = RT_OP_JIS; break;
    case RT_AST_NotIn: cond = !cond; /* fall through */
    default: j = RT_OP_JIN; break;
    }
    rt_cg_emit_cond(c, j, l, r, cond, to);
}

static bool is_none(const struct rt_ast *e)
{
    return rt_fold_is_const(e) && RT_AST(Constant, e)->value->kind == RT_CONST_NONE;
}

/* One comparison whose left side is in register l; compares and jumps if the result is cond. */
static void jump_one(struct rt_comp *c, uint32_t base, uint8_t op, int l, struct rt_ast *right, struct rt_clabel *to, bool cond)
{
    int64_t imm;
    if ((op == RT_AST_Is || op == RT_AST_IsNot) && is_none(right)) {
        c->u->depth = base;
        rt_cg_emit_cond(c, (op == RT_AST_Is) == cond ? RT_OP_JNONE : RT_OP_JNOTNONE, l, 0, 0, to);
        return;
    }
    static const uint8_t imm_ops[RT_AST_KIND_COUNT] = {
        [RT_AST_Lt] = RT_OP_JLTI, [RT_AST_LtE] = RT_OP_JLEI, [RT_AST_Eq] = RT_OP_JEQI, [RT_AST_NotEq] = RT_OP_JNEI,
        [RT_AST_Gt] = RT_OP_JGTI, [RT_AST_GtE] = RT_OP_JGEI,
    };
    if (imm_ops[op] && imm8(right, &imm)) {
        c->u->depth = base;
        rt_cg_emit_cond(c, imm_ops[op], l, (int)imm, cond, to);
        return;
    }
    int r = comparand(c, right, op, RT_ANY);
    c->u->depth = base;
    jump_compare(c, op, l, r, to, cond);
}

/*
 * a < b < c. A middle value that is no local is kept in one of two slots, used in turn, and compared as a copy first; where
 * a comparison fails the slots are dropped (dead ones do no harm).
 */
struct chain { struct rt_ast_Compare *n; bool hazard; int slots; uint32_t inner; int left; };

static bool is_local_name(struct rt_comp *c, struct rt_ast *e)
{
    return e->kind == RT_AST_Name && rt_cg_local_register(c, rt_cg_sym_of_node(c, e)) >= 0;
}

static void chain_begin(struct rt_comp *c, struct chain *k, struct rt_ast *e)
{
    k->n = RT_AST(Compare, e);
    k->hazard = rt_cg_any_rebinds(c, k->n->comparators, 0);
    k->slots = -1;
    for (uint32_t i = 0; i + 1 < k->n->ops->len; i++) {
        if (k->slots < 0 && (k->hazard || !is_local_name(c, k->n->comparators->items[i])))
            k->slots = rt_cg_push_n(c, 2);
    }
    k->inner = c->u->depth;
    k->left = rt_cg_operand(c, k->n->left, k->hazard);
}

/* Evaluates middle value i: the register to compare with k->left; true if its slot is live afterwards. */
static bool chain_middle(struct rt_comp *c, struct chain *k, uint32_t i, int *right, int *next)
{
    struct rt_ast *e = k->n->comparators->items[i];
    if (!k->hazard && is_local_name(c, e)) {
        *right = *next = rt_cg_expr(c, e, RT_ANY);
        return false;
    }
    *next = k->slots + (int)(i & 1);
    comparand(c, e, k->n->ops->items[i], *next);
    *right = rt_cg_push(c);
    rt_cg_emit(c, RT_OP_COPY, *right, *next, 0);
    return true;
}

int rt_cg_to_want(struct rt_comp *c, uint32_t base, int t, int want)
{
    if (want < 0) {
        c->u->depth = base + 1;
        return t;
    }
    c->u->depth = base;
    rt_cg_emit(c, RT_OP_MOVE, want, t, 0);
    return want;
}

static int compare_chain(struct rt_comp *c, struct rt_ast *e, int want)
{
    uint32_t base = c->u->depth;
    int t = rt_cg_push(c), right, next;
    struct chain k;
    RT_LABEL(clean);
    RT_LABEL(end);
    chain_begin(c, &k, e);
    uint32_t last = k.n->ops->len - 1;
    for (uint32_t i = 0; i < last; i++) {
        bool slot = chain_middle(c, &k, i, &right, &next);
        c->u->depth = k.inner;
        rt_cg_emit(c, compare_ops[k.n->ops->items[i]], t, k.left, right);
        rt_cg_emit_cond(c, RT_OP_JFALSE_KEEP, t, 0, 0, slot ? &clean : &end);
        k.left = next;
    }
    right = comparand(c, k.n->comparators->items[last], k.n->ops->items[last], RT_ANY);
    rt_cg_emit(c, compare_ops[k.n->ops->items[last]], t, k.left, right);
    if (clean.used) {
        rt_cg_emit_jump(c, &end);
        rt_cg_label_place(c, &clean);
        rt_cg_emit(c, RT_OP_DROPN, k.slots, 2, 0);
    }
    rt_cg_label_place(c, &end);
    return rt_cg_to_want(c, base, t, want);
}

static bool is_plain_singleton(const struct rt_ast_const *k)
{
    return k->kind == RT_CONST_NONE || k->kind == RT_CONST_TRUE || k->kind == RT_CONST_FALSE || k->kind == RT_CONST_ELLIPSIS;
}

static void check_compare(struct rt_comp *c, struct rt_ast *e)
{
    struct rt_ast_Compare *n = RT_AST(Compare, e);
    bool left = !rt_fold_is_const(n->left) || is_plain_singleton(rt_fold_of(n->left));
    for (uint32_t i = 0; i < n->ops->len; i++) {
        struct rt_ast *r = n->comparators->items[i];
        bool right = !rt_fold_is_const(r) || is_plain_singleton(rt_fold_of(r));
        uint8_t op = n->ops->items[i];
        if ((op == RT_AST_Is || op == RT_AST_IsNot) && (!left || !right))
            rt_comp_warn(c, e, op == RT_AST_Is ? "\"is\" with a literal. Did you mean \"==\"?" :
                                                 "\"is not\" with a literal. Did you mean \"!=\"?");
        left = right;
    }
}

int rt_cg_compare_value(struct rt_comp *c, struct rt_ast *e, int want)
{
    struct rt_ast_Compare *n = RT_AST(Compare, e);
    uint32_t base = c->u->depth;
    check_compare(c, e);
    if (n->ops->len > 1)
        return compare_chain(c, e, want);
    struct rt_ast *right = n->comparators->items[0];
    int l = rt_cg_operand(c, n->left, rt_cg_rebinds(c, right));
    int r = comparand(c, right, n->ops->items[0], RT_ANY);
    int d = rt_cg_dest(c, base, want);
    rt_cg_emit(c, compare_ops[n->ops->items[0]], d, l, r);
    return d;
}

int rt_cg_boolop(struct rt_comp *c, struct rt_ast *e, int want)
{
    struct rt_ast_BoolOp *n = RT_AST(BoolOp, e);
    uint32_t base = c->u->depth;
    enum rt_op op = n->op == RT_AST_And ? RT_OP_JFALSE_KEEP : RT_OP_JTRUE_KEEP;
    RT_LABEL(end);
    int t = -1;
    for (uint32_t i = 0; i < n->values->len; i++) {
        c->u->depth = base;
        t = rt_cg_expr(c, n->values->items[i], RT_TEMP);
        if (i + 1 < n->values->len)
            rt_cg_emit_cond(c, op, t, 0, 0, &end);
    }
    rt_cg_label_place(c, &end);
    return rt_cg_to_want(c, base, t, want);
}

int rt_cg_ifexp(struct rt_comp *c, struct rt_ast *e, int want)
{
    struct rt_ast_IfExp *n = RT_AST(IfExp, e);
    uint32_t base = c->u->depth;
    RT_LABEL(otherwise);
    RT_LABEL(end);
    if (want == RT_ANY)
        want = RT_TEMP;
    rt_cg_jump_if(c, n->test, &otherwise, false);
    int d = rt_cg_expr(c, n->body, want);
    rt_cg_emit_jump(c, &end);
    c->u->depth = base;
    rt_cg_label_place(c, &otherwise);
    rt_cg_expr(c, n->orelse, want);
    rt_cg_label_place(c, &end);
    return d;
}

int rt_cg_unaryop(struct rt_comp *c, struct rt_ast *e, int want)
{
    struct rt_ast_UnaryOp *n = RT_AST(UnaryOp, e);
    if (e->note)
        return rt_cg_expr(c, n->operand, want);
    uint32_t base = c->u->depth;
    int r = rt_cg_expr(c, n->operand, RT_ANY), d = rt_cg_dest(c, base, want);
    rt_cg_emit(c, n->op == RT_AST_Not ? RT_OP_NOT : n->op == RT_AST_USub ? RT_OP_NEG : n->op == RT_AST_UAdd ? RT_OP_POS : RT_OP_INVERT,
            d, r, 0);
    return d;
}

/* ---- conditions ---- */

static void jump_if_bool(struct rt_comp *c, struct rt_ast *e, struct rt_clabel *to, bool cond)
{
    struct rt_ast_BoolOp *n = RT_AST(BoolOp, e);
    bool stop = n->op == RT_AST_Or; /* the truth value that decides */
    uint32_t last = n->values->len - 1;
    RT_LABEL(next);
    struct rt_clabel *decided = stop == cond ? to : &next;
    for (uint32_t i = 0; i < last; i++)
        rt_cg_jump_if(c, n->values->items[i], decided, stop);
    rt_cg_jump_if(c, n->values->items[last], to, cond);
    rt_cg_label_place(c, &next);
}

static void jump_if_chain(struct rt_comp *c, struct rt_ast *e, struct rt_clabel *to, bool cond)
{
    uint32_t base = c->u->depth;
    int right, next;
    struct chain k;
    RT_LABEL(clean);
    RT_LABEL(end);
    struct rt_clabel *failed = cond ? &end : to;
    chain_begin(c, &k, e);
    uint32_t last = k.n->ops->len - 1;
    for (uint32_t i = 0; i < last; i++) {
        bool slot = chain_middle(c, &k, i, &right, &next);
        c->u->depth = k.inner;
        jump_compare(c, k.n->ops->items[i], k.left, right, slot ? &clean : failed, false);
        k.left = next;
    }
    jump_one(c, base, k.n->ops->items[last], k.left, k.n->comparators->items[last], to, cond);
    if (clean.used) {
        rt_cg_emit_jump(c, &end);
        rt_cg_label_place(c, &clean);
        rt_cg_emit(c, RT_OP_DROPN, k.slots, 2, 0);
        if (!cond)
            rt_cg_emit_jump(c, to);
    }
    rt_cg_label_place(c, &end);
    c->u->depth = base;
}

/* As in CPython a comparison leaves its own range as the current location: a failing assert points at it. */
void rt_cg_jump_if(struct rt_comp *c, struct rt_ast *e, struct rt_clabel *to, bool cond)
{
    rt_comp_enter(c);
    uint32_t base = c->u->depth;
    switch (e->kind) {
    case RT_AST_UnaryOp:
        if (e->note) {
            rt_cg_jump_if(c, RT_AST(UnaryOp, e)->operand, to, cond);
            goto done;
        }
        if (RT_AST(UnaryOp, e)->op == RT_AST_Not) {
            rt_cg_jump_if(c, RT_AST(UnaryOp, e)->operand, to, !cond);
            goto done;
        }
        break;
    case RT_AST_BoolOp: jump_if_bool(c, e, to, cond); goto done;
    case RT_AST_Constant: {
        int t = rt_fold_truth(e);
        if (t < 0)
            break;
        rt_cg_emit_nop(c);
        if (t == cond)
            rt_cg_emit_jump(c, to);
        goto done;
    }
    case RT_AST_IfExp: {
        struct rt_ast_IfExp *n = RT_AST(IfExp, e);
        RT_LABEL(otherwise);
        RT_LABEL(end);
        rt_cg_jump_if(c, n->test, &otherwise, false);
        rt_cg_jump_if(c, n->body, to, cond);
        rt_cg_emit_jump(c, &end);
        rt_cg_label_place(c, &otherwise);
        rt_cg_jump_if(c, n->orelse, to, cond);
        rt_cg_label_place(c, &end);
        goto done;
    }
    case RT_AST_Compare: {
        struct rt_ast_Compare *n = RT_AST(Compare, e);
        rt_cg_set_loc(c, e);
        check_compare(c, e);
        if (n->ops->len > 1) {
            jump_if_chain(c, e, to, cond);
        } else {
            struct rt_ast *right = n->comparators->items[0];
            int l = rt_cg_operand(c, n->left, rt_cg_rebinds(c, right));
            jump_one(c, base, n->ops->items[0], l, right, to, cond);
        }
        goto done;
    }
    default: break;
    }
    int r = rt_cg_expr(c, e, RT_ANY);
    c->u->depth = base;
    rt_cg_emit_cond(c, cond ? RT_OP_JTRUE : RT_OP_JFALSE, r, 0, 0, to);
done:
    rt_comp_leave(c);
}
