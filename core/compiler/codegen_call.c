/* SPDX-License-Identifier: MIT */
/*
 * codegen_call.c: calls. Four forms: plain (CALL), method without a bound object (LOAD_METHOD + CALL_M, or CALL_METHOD when
 * evaluating the arguments has no effect that the look-up of the method could see), keywords (CALL_KW), and unpacked
 * arguments (CALL_EX).
 */
#include "core/compiler/compiler_internal.h"

enum { MAX_ARGS = 60 };

static bool has_star(const struct rt_ast_seq *args)
{
    for (uint32_t i = 0; i < args->len; i++) {
        if (args->items[i]->kind == RT_AST_Starred)
            return true;
    }
    return false;
}

static bool has_double_star(const struct rt_ast_seq *keywords)
{
    for (uint32_t i = 0; i < keywords->len; i++) {
        if (!RT_AST(keyword, keywords->items[i])->arg)
            return true;
    }
    return false;
}

static void check_keywords(struct rt_comp *c, const struct rt_ast *call, const struct rt_ast_seq *keywords)
{
    for (uint32_t i = 0; i < keywords->len; i++) {
        struct rt_ast_keyword *k = RT_AST(keyword, keywords->items[i]);
        if (!k->arg)
            continue;
        rt_cg_check_debug(c, call, k->arg, RT_AST_Store);
        for (uint32_t j = i + 1; j < keywords->len; j++) {
            if (RT_AST(keyword, keywords->items[j])->arg == k->arg)
                rt_comp_error(c, keywords->items[j], "keyword argument repeated: %s", k->arg->utf8);
        }
    }
}

static bool later_rebinds(struct rt_comp *c, const struct rt_ast_seq *args, const struct rt_ast_seq *keywords, uint32_t from)
{
    if (rt_likely(!c->u->scope->has_walrus))
        return false;
    for (uint32_t i = from; i < args->len; i++) {
        struct rt_ast *e = args->items[i];
        if (rt_cg_rebinds(c, e->kind == RT_AST_Starred ? RT_AST(Starred, e)->value : e))
            return true;
    }
    for (uint32_t i = from > args->len ? from - args->len : 0; i < keywords->len; i++) {
        if (rt_cg_rebinds(c, RT_AST(keyword, keywords->items[i])->value))
            return true;
    }
    return false;
}

/* Keyword names of keywords[from, to) as a constant tuple. */
static rt_value keyword_names(struct rt_comp *c, const struct rt_ast_seq *keywords, uint32_t from, uint32_t to)
{
    rt_value t = rt_tuple_new(c->ts, to - from);
    if (rt_is_null(t))
        rt_comp_fail(c);
    for (uint32_t i = from; i < to; i++)
        rt_as_tuple(t)->items[i - from] = rt_comp_ident_value(c, RT_AST(keyword, keywords->items[i])->arg);
    return rt_comp_keep(c, t);
}

/* The positional arguments of f(*args) as a tuple; its register. `first` are registers of arguments before all. */
static int positional_tuple(struct rt_comp *c, struct rt_ast_seq *args, struct rt_ast_seq *keywords, const uint8_t *first, int nfirst)
{
    if (nfirst == 0 && args->len == 1 && args->items[0]->kind == RT_AST_Starred)
        return rt_cg_operand(c, RT_AST(Starred, args->items[0])->value, later_rebinds(c, args, keywords, 1));
    if (nfirst == 0 && !has_star(args))
        return rt_cg_build_list(c, args, 0, 1, RT_TEMP);
    /* the ones before are in temporaries already: they are consumed here, the list takes the first one's place */
    int list = nfirst && rt_cg_is_temp(c, first[0]) ? first[0] : rt_cg_push(c);
    rt_cg_emit_list(c, RT_OP_BUILD_LIST, list, 0, nfirst ? first : NULL, nfirst);
    for (uint32_t i = 0; i < args->len; i++) {
        uint32_t depth = c->u->depth;
        struct rt_ast *e = args->items[i];
        bool star = e->kind == RT_AST_Starred;
        int r = rt_cg_expr(c, star ? RT_AST(Starred, e)->value : e, RT_ANY);
        rt_cg_emit(c, star ? RT_OP_LIST_EXTEND : RT_OP_LIST_APPEND, list, r, 0);
        c->u->depth = depth;
    }
    rt_cg_emit(c, RT_OP_LIST_TO_TUPLE, list, list, 0);
    return list;
}

/* Loads names and values of keywords from *i on, up to a ** or `most` registers; how many registers. */
static int keyword_run(struct rt_comp *c, struct rt_ast_seq *args, struct rt_ast_seq *keywords, uint32_t *i, uint8_t *regs, int most)
{
    int n = 0;
    for (; *i < keywords->len && n < most; ++*i) {
        struct rt_ast_keyword *k = RT_AST(keyword, keywords->items[*i]);
        if (!k->arg)
            break;
        regs[n++] = (uint8_t)rt_cg_load_value(c, rt_comp_ident_value(c, k->arg), RT_TEMP);
        regs[n++] = (uint8_t)rt_cg_operand(c, k->value, later_rebinds(c, args, keywords, args->len + *i + 1));
    }
    return n;
}

/* The keyword arguments of f(**kw) as a dict; its register, or 255 where there are none. */
static int keyword_map(struct rt_comp *c, int func, struct rt_ast_seq *args, struct rt_ast_seq *keywords)
{
    enum { RUN = 32 }; /* registers: 16 names and their values */
    uint8_t regs[RUN];
    if (!keywords->len)
        return 255;
    if (keywords->len == 1 && !RT_AST(keyword, keywords->items[0])->arg)
        return rt_cg_operand(c, RT_AST(keyword, keywords->items[0])->value, later_rebinds(c, args, keywords, args->len + 1));
    uint32_t start = c->u->depth, i = 0;
    int n = keyword_run(c, args, keywords, &i, regs, RUN);
    int map = rt_cg_dest(c, start, RT_TEMP);
    rt_cg_emit_list(c, RT_OP_BUILD_MAP, map, 0, regs, n);
    while (i < keywords->len) {
        struct rt_ast_keyword *k = RT_AST(keyword, keywords->items[i]);
        uint32_t depth = c->u->depth;
        int part;
        if (k->arg) { /* a run of names: merged as one mapping, so that duplicates are found */
            n = keyword_run(c, args, keywords, &i, regs, RUN);
            c->u->depth = depth;
            part = rt_cg_push(c);
            rt_cg_emit_list(c, RT_OP_BUILD_MAP, part, 0, regs, n);
        } else {
            part = rt_cg_expr(c, k->value, RT_ANY);
            i++;
        }
        rt_cg_emit(c, RT_OP_DICT_MERGE, map, part, func);
        c->u->depth = depth;
    }
    return map;
}

/* f(*args, **kw): the positional ones as a tuple, the keywords as a dict. `first` are registers of arguments before all. */
static int call_ex(struct rt_comp *c, int func, struct rt_ast_seq *args, struct rt_ast_seq *keywords, const uint8_t *first,
                   int nfirst, uint32_t base, int want)
{
    int pos = positional_tuple(c, args, keywords, first, nfirst), map = keyword_map(c, func, args, keywords);
    int d = rt_cg_dest(c, base, want);
    rt_cg_emit_w(c, RT_OP_CALL_EX, d, func, pos, (uint32_t)map);
    return d;
}

/*
 * Calls what is in `func` (pair: a LOAD_METHOD pair). The registers of `first` go before args. The result replaces
 * everything from the function on; the caller's base is the depth before func was made, passed in u->depth semantics: `base`.
 */
static int call_with(struct rt_comp *c, uint32_t base, int func, bool pair, struct rt_ast_seq *args, struct rt_ast_seq *keywords,
                     const uint8_t *first, int nfirst, int want)
{
    uint8_t regs[RT_CHUNK + 2 * MAX_ARGS];
    int n = 0;
    for (int i = 0; i < nfirst; i++)
        regs[n++] = first[i];
    for (uint32_t i = 0; i < args->len; i++)
        regs[n++] = (uint8_t)rt_cg_operand(c, args->items[i], later_rebinds(c, args, keywords, i + 1));
    for (uint32_t i = 0; i < keywords->len; i++)
        regs[n++] = (uint8_t)rt_cg_operand(c, RT_AST(keyword, keywords->items[i])->value,
                                        later_rebinds(c, args, keywords, args->len + i + 1));
    int d = rt_cg_dest(c, base, want);
    if (keywords->len) {
        uint32_t k = rt_cg_const_index(c, keyword_names(c, keywords, 0, keywords->len));
        if (k > 0xffff)
            rt_comp_error(c, NULL, "too many constants in one code block");
        rt_cg_emit_list_w(c, RT_OP_CALL_KW, d, func, k | (pair ? 1u << 16 : 0), regs, n);
    } else {
        rt_cg_emit_list(c, pair ? RT_OP_CALL_M : RT_OP_CALL, d, func, regs, n);
    }
    return d;
}

static bool too_many(struct rt_comp *c, struct rt_ast_seq *args, struct rt_ast_seq *keywords, int nfirst)
{
    uint32_t n = args->len + keywords->len + (uint32_t)nfirst;
    return n > MAX_ARGS || c->u->depth + n + 8 > c->u->max_temps + (c->u->far ? 0 : n);
}

/* For callers that have the function in a fresh temporary (classes, decorators): func is the temporary at depth - 1 - nfirst. */
int rt_cg_call_args(struct rt_comp *c, int func, bool pair, struct rt_ast_seq *args, struct rt_ast_seq *keywords,
                 const uint8_t *first, int nfirst, struct rt_ast *node, int want)
{
    uint32_t base = (uint32_t)func - c->u->temp_base;
    check_keywords(c, node, keywords);
    if (has_star(args) || has_double_star(keywords) || too_many(c, args, keywords, nfirst))
        return call_ex(c, func, args, keywords, first, nfirst, base, want);
    return call_with(c, base, func, pair, args, keywords, first, nfirst, want);
}

/* Evaluating it neither runs code nor raises: it may be done before the method is looked up. */
static bool is_inert(struct rt_comp *c, struct rt_ast *e)
{
    if (rt_fold_is_const(e))
        return true;
    if (e->kind != RT_AST_Name)
        return false;
    struct rt_sym *s = rt_cg_sym_of_node(c, e);
    int reg = rt_cg_local_register(c, s);
    return reg >= 0 && rt_cg_local_bound(c, reg);
}

/* super() */
static bool is_bare_super(struct rt_comp *c, struct rt_ast *e)
{
    if (e->kind != RT_AST_Call || RT_AST(Call, e)->args->len || RT_AST(Call, e)->keywords->len)
        return false;
    struct rt_ast *f = RT_AST(Call, e)->func;
    return f->kind == RT_AST_Name && RT_AST(Name, f)->id == c->id_super;
}

/* super().name(...): no super object is made. */
static int super_call(struct rt_comp *c, struct rt_ast *e, int want)
{
    struct rt_ast_Call *n = RT_AST(Call, e);
    struct rt_ast_Attribute *a = RT_AST(Attribute, n->func);
    uint32_t base = c->u->depth;
    const struct rt_ast_ident *name = rt_cg_mangled(c, a->attr);
    int super = rt_cg_operand(c, RT_AST(Call, a->value)->func, false);
    struct rt_loc whole = c->u->loc, at;
    rt_cg_attr_loc(c, n->func);
    at = c->u->loc;
    c->u->depth = base;
    int pair = rt_cg_push_n(c, 2);
    rt_cg_set_loc(c, n->func);
    rt_cg_attr_loc(c, n->func);
    rt_cg_emit_w(c, RT_OP_LOAD_SUPER_METHOD, pair, super, 0, rt_cg_name_ic(c, name, RT_OP_LOAD_SUPER_METHOD));
    c->u->loc = at;
    int d = call_with(c, base, pair, true, n->args, n->keywords, NULL, 0, want);
    c->u->loc = whole;
    return d;
}

static int method_call(struct rt_comp *c, struct rt_ast *e, int want)
{
    struct rt_ast_Call *n = RT_AST(Call, e);
    struct rt_ast_Attribute *a = RT_AST(Attribute, n->func);
    if (is_bare_super(c, a->value))
        return super_call(c, e, want);
    uint32_t base = c->u->depth;
    const struct rt_ast_ident *name = rt_cg_mangled(c, a->attr);
    int obj = rt_cg_operand(c, a->value, later_rebinds(c, n->args, n->keywords, 0));
    struct rt_loc whole = c->u->loc, at;
    rt_cg_attr_loc(c, n->func);
    at = c->u->loc; /* the call, from the line of the method's name */
    bool inert = !n->keywords->len;
    for (uint32_t i = 0; inert && i < n->args->len; i++)
        inert = is_inert(c, n->args->items[i]) &&
                (!rt_fold_is_const(n->args->items[i]) || n->args->items[i]->lineno == n->func->end_lineno);
    if (inert) {
        uint8_t regs[MAX_ARGS];
        for (uint32_t i = 0; i < n->args->len; i++)
            regs[i] = (uint8_t)rt_cg_expr(c, n->args->items[i], RT_ANY);
        int d = rt_cg_dest(c, base, want);
        rt_cg_set_loc(c, n->func);
        rt_cg_attr_loc(c, n->func);
        uint32_t ni = rt_cg_name_ic(c, name, RT_OP_CALL_METHOD);
        rt_cg_emit_list_w(c, RT_OP_CALL_METHOD, d, obj, ni, regs, (int)n->args->len);
        c->u->loc = at;
        rt_cg_loc_from(c, c->u->nwords - 1 - (n->args->len + 3) / 4); /* word 0: the attribute; the rest: the call */
        c->u->loc = whole;
        return d;
    }
    c->u->depth = base;
    int pair = rt_cg_push_n(c, 2);
    rt_cg_set_loc(c, n->func);
    rt_cg_attr_loc(c, n->func);
    rt_cg_emit_w(c, RT_OP_LOAD_METHOD, pair, obj, 0, rt_cg_name_ic(c, name, RT_OP_LOAD_METHOD));
    c->u->loc = at;
    int d = call_with(c, base, pair, true, n->args, n->keywords, NULL, 0, want);
    c->u->loc = whole;
    return d;
}

static void check_callee(struct rt_comp *c, struct rt_ast *call, struct rt_ast *f)
{
    const char *t = NULL;
    switch (f->kind) {
    case RT_AST_Constant: t = rt_typename(rt_fold_value(c, rt_fold_of(f))); break;
    case RT_AST_Tuple: t = "tuple"; break;
    case RT_AST_List:
    case RT_AST_ListComp: t = "list"; break;
    case RT_AST_Dict:
    case RT_AST_DictComp: t = "dict"; break;
    case RT_AST_Set:
    case RT_AST_SetComp: t = "set"; break;
    case RT_AST_GeneratorExp: t = "generator"; break;
    case RT_AST_JoinedStr:
    case RT_AST_FormattedValue: t = "str"; break;
    default: return;
    }
    rt_comp_warn(c, call, "'%.200s' object is not callable; perhaps you missed a comma?", t);
}

int rt_cg_call_expr(struct rt_comp *c, struct rt_ast *e, int want)
{
    struct rt_ast_Call *n = RT_AST(Call, e);
    uint32_t base = c->u->depth;
    check_keywords(c, e, n->keywords);
    bool ex = has_star(n->args) || has_double_star(n->keywords) || too_many(c, n->args, n->keywords, 0);
    if (n->func->kind == RT_AST_Attribute && !ex)
        return method_call(c, e, want);
    check_callee(c, e, n->func);
    int f = rt_cg_operand(c, n->func, later_rebinds(c, n->args, n->keywords, 0));
    if (ex)
        return call_ex(c, f, n->args, n->keywords, NULL, 0, base, want);
    return call_with(c, base, f, false, n->args, n->keywords, NULL, 0, want);
}
