/* SPDX-License-Identifier: MIT */
/*
 * codegen_expr.c: names, constants, displays and the other expressions. Operators and conditions: codegen_op.c.
 *
 * rt_cg_expr(e, want) evaluates e and returns the register that holds the value:
 *   RT_ANY   a local's own register (borrowed), or the next temporary
 *   RT_TEMP  the next temporary
 *   n        register n (a local, or a temporary that the caller owns), written by the last instruction only
 * The depth of live temporaries grows by one exactly if the result is a new temporary.
 */
#include "core/compiler/compiler_internal.h"

/* ---- names ---- */

const struct rt_ast_ident *rt_cg_mangled(struct rt_comp *c, const struct rt_ast_ident *name)
{
    return rt_symtable_mangle(c, c->u->priv, name);
}

struct rt_sym *rt_cg_sym_of(struct rt_comp *c, const struct rt_ast_ident *name)
{
    struct rt_sym *s = rt_symtable_lookup(c->u->scope, rt_cg_mangled(c, name));
    if (rt_unlikely(!s)) {
        s = rt_comp_alloc(c, sizeof *s);
        *s = (struct rt_sym){.name = rt_cg_mangled(c, name), .scope = RT_SC_GLOBAL_IMPLICIT, .index = -1, .cell = -1, .name_index = -1};
    }
    return s;
}

struct rt_sym *rt_cg_sym_of_node(struct rt_comp *c, struct rt_ast *n)
{
    struct rt_sym_scope *s = c->u->scope;
    if (rt_likely(n->note && n->note <= s->nsyms))
        return &s->syms[n->note - 1];
    return rt_cg_sym_of(c, RT_AST(Name, n)->id);
}

RT_INLINE bool is_fast(const struct rt_comp *c, const struct rt_sym *s)
{
    return s->scope == RT_SC_LOCAL && c->u->scope->type == RT_BLOCK_FUNCTION;
}

int rt_cg_local_index(struct rt_comp *c, struct rt_sym *s)
{
    struct rt_unit *u = c->u;
    if (rt_unlikely(s->index < 0)) {
        s->index = (int)u->next_local;
        u->locals_by_index[u->next_local++] = s;
        if (s->flags & RT_DEF_KILLED)
            u->killable[s->index >> 6] |= 1ull << (s->index & 63);
    }
    return s->index;
}

int rt_cg_local_register(struct rt_comp *c, struct rt_sym *s)
{
    return is_fast(c, s) && !c->u->far ? rt_cg_local_index(c, s) : -1;
}

/* Cell register as an operand; in far code a temporary. */
static int cell_operand(struct rt_comp *c, struct rt_sym *s)
{
    int reg = (int)c->u->nlocals + s->cell;
    if (!c->u->far)
        return reg;
    int t = rt_cg_push(c);
    rt_cg_emit_x(c, RT_OP_LOAD_FAR, t, (uint32_t)reg);
    return t;
}

static int cell_name(const struct rt_sym *s)
{
    return s->cell > 255 ? 255 : s->cell;
}

int rt_cg_dest(struct rt_comp *c, uint32_t base, int want)
{
    c->u->depth = base;
    return want >= 0 ? want : rt_cg_push(c);
}

int rt_cg_name_load(struct rt_comp *c, struct rt_sym *s, int want)
{
    struct rt_unit *u = c->u;
    uint32_t base = u->depth;
    if (is_fast(c, s)) {
        int i = rt_cg_local_index(c, s);
        if (!rt_cg_local_bound(c, i)) {
            rt_cg_emit_x(c, u->far ? RT_OP_CHECK_BOUND_FAR : RT_OP_CHECK_BOUND, u->far ? 0 : i, (uint32_t)i);
            rt_cg_local_set_bound(c, i);
        }
        if (u->far) {
            int d = rt_cg_dest(c, base, want);
            rt_cg_emit_x(c, RT_OP_LOAD_FAR, d, (uint32_t)i);
            return d;
        }
        if (want == RT_ANY || want == i) {
            rt_cg_note_line(c);
            return i;
        }
        int d = rt_cg_dest(c, base, want);
        rt_cg_emit(c, RT_OP_MOVE, d, i, 0);
        return d;
    }
    switch (s->scope) {
    case RT_SC_CELL: {
        int cell = cell_operand(c, s), d = rt_cg_dest(c, base, want);
        rt_cg_emit(c, RT_OP_LOAD_DEREF, d, cell, cell_name(s));
        return d;
    }
    case RT_SC_FREE: {
        int d = rt_cg_dest(c, base, want);
        rt_cg_emit_x(c, u->scope->type == RT_BLOCK_CLASS ? RT_OP_LOAD_CLASSDEREF : RT_OP_LOAD_FREE, d, (uint32_t)s->cell);
        return d;
    }
    default: {
        bool global = s->scope == RT_SC_GLOBAL_EXPLICIT ||
                      (s->scope == RT_SC_GLOBAL_IMPLICIT && u->scope->type == RT_BLOCK_FUNCTION);
        enum rt_op op = global ? RT_OP_LOAD_GLOBAL : RT_OP_LOAD_NAME;
        int d = rt_cg_dest(c, base, want);
        rt_cg_emit_w(c, op, d, 0, 0, rt_cg_name_ic(c, s->name, op));
        return d;
    }
    }
}

void rt_cg_name_store(struct rt_comp *c, struct rt_sym *s, int reg)
{
    struct rt_unit *u = c->u;
    uint32_t base = u->depth;
    if (is_fast(c, s)) {
        int i = rt_cg_local_index(c, s);
        if (u->far)
            rt_cg_emit_x(c, RT_OP_STORE_FAR, reg, (uint32_t)i);
        else if (reg != i)
            rt_cg_emit(c, RT_OP_MOVE, i, reg, 0);
        rt_cg_local_set_bound(c, i);
    } else if (s->scope == RT_SC_CELL) {
        int cell = cell_operand(c, s);
        rt_cg_emit(c, RT_OP_STORE_DEREF, reg, cell, 0);
    } else if (s->scope == RT_SC_FREE) {
        rt_cg_emit_x(c, RT_OP_STORE_FREE, reg, (uint32_t)s->cell);
    } else {
        bool global = s->scope == RT_SC_GLOBAL_EXPLICIT ||
                      (s->scope == RT_SC_GLOBAL_IMPLICIT && u->scope->type == RT_BLOCK_FUNCTION);
        enum rt_op op = global ? RT_OP_STORE_GLOBAL : RT_OP_STORE_NAME;
        rt_cg_emit_w(c, op, reg, 0, 0, rt_cg_name_ic(c, s->name, op));
    }
    u->depth = base;
}

void rt_cg_name_delete(struct rt_comp *c, struct rt_sym *s)
{
    struct rt_unit *u = c->u;
    uint32_t base = u->depth;
    if (is_fast(c, s)) {
        int i = rt_cg_local_index(c, s);
        rt_cg_emit_x(c, u->far ? RT_OP_DEL_FAR : RT_OP_DEL_FAST, u->far ? 0 : i, (uint32_t)i);
        rt_cg_local_set_unbound(c, i);
    } else if (s->scope == RT_SC_CELL) {
        int cell = cell_operand(c, s);
        rt_cg_emit(c, RT_OP_DEL_DEREF, 0, cell, cell_name(s));
    } else if (s->scope == RT_SC_FREE) {
        rt_cg_emit_x(c, RT_OP_DEL_FREE, 0, (uint32_t)s->cell);
    } else {
        bool global = s->scope == RT_SC_GLOBAL_EXPLICIT ||
                      (s->scope == RT_SC_GLOBAL_IMPLICIT && u->scope->type == RT_BLOCK_FUNCTION);
        enum rt_op op = global ? RT_OP_DEL_GLOBAL : RT_OP_DEL_NAME;
        rt_cg_emit_w(c, op, 0, 0, 0, rt_cg_name_ic(c, s->name, op));
    }
    u->depth = base;
}

void rt_cg_name_clear(struct rt_comp *c, struct rt_sym *s)
{
    struct rt_unit *u = c->u;
    if (is_fast(c, s)) {
        int i = rt_cg_local_index(c, s);
        rt_cg_emit_x(c, u->far ? RT_OP_CLEAR_FAR : RT_OP_CLEAR, u->far ? 0 : i, (uint32_t)i);
        rt_cg_local_set_unbound(c, i);
        return;
    }
    uint32_t base = u->depth;
    rt_cg_name_store(c, s, rt_cg_load_none(c));
    u->depth = base;
    rt_cg_name_delete(c, s);
}

void rt_cg_check_debug(struct rt_comp *c, const struct rt_ast *at, const struct rt_ast_ident *name, int ctx)
{
    if (rt_likely(name != c->id_debug) || ctx == RT_AST_Load)
        return;
    rt_comp_error(c, at, ctx == RT_AST_Store ? "cannot assign to __debug__" : "cannot delete __debug__");
}

/* ---- constants ---- */

int rt_cg_load_value(struct rt_comp *c, rt_value v, int want)
{
    int d = rt_cg_dest(c, c->u->depth, want);
    if (!c->u->reachable)
        return d;
    if (rt_is_int(v) && rt_int_get(v) >= -32768 && rt_int_get(v) <= 32767) {
        rt_cg_emit_x(c, RT_OP_LOADI, d, (uint32_t)rt_int_get(v) & 0xffff);
        return d;
    }
    uint32_t k = rt_cg_const_index(c, v);
    if (k <= 0xffff)
        rt_cg_emit_x(c, RT_OP_LOADK, d, k);
    else
        rt_cg_emit_w(c, RT_OP_LOADK_FAR, d, 0, 0, k);
    return d;
}

int rt_cg_load_none(struct rt_comp *c)
{
    return rt_cg_load_value(c, RT_NONE, RT_TEMP);
}

static int load_const(struct rt_comp *c, struct rt_ast *e, int want)
{
    struct rt_ast_const *k = rt_fold_of(e);
    if (k->kind == RT_CONST_INT && k->fits && k->small >= -32768 && k->small <= 32767)
        return rt_cg_load_value(c, rt_int_imm(k->small), want);
    return rt_cg_load_value(c, rt_fold_value(c, k), want);
}

/* ---- operands ---- */

int rt_cg_item(struct rt_comp *c, int box, uint32_t i)
{
    int t = rt_cg_push(c);
    rt_cg_emit(c, RT_OP_COPY, t, box, 0);
    int k = rt_cg_load_value(c, rt_int_imm(i), RT_TEMP);
    rt_cg_emit(c, RT_OP_GETITEM, t, t, k);
    c->u->depth--;
    return t;
}

bool rt_cg_any_rebinds(struct rt_comp *c, const struct rt_ast_seq *q, uint32_t from)
{
    for (uint32_t i = from; i < q->len; i++) {
        if (q->items[i] && rt_cg_rebinds(c, q->items[i]))
            return true;
    }
    return false;
}

/* Only assignment expressions rebind a local while an expression is evaluated; scopes without any never ask further. */
bool rt_cg_rebinds(struct rt_comp *c, struct rt_ast *e)
{
    if (rt_likely(!c->u->scope->has_walrus) || !e)
        return false;
    switch (e->kind) {
    case RT_AST_NamedExpr: return true;
    case RT_AST_Constant:
    case RT_AST_Name:
    case RT_AST_Lambda: return e->kind == RT_AST_Lambda;
    case RT_AST_Attribute: return rt_cg_rebinds(c, RT_AST(Attribute, e)->value);
    case RT_AST_BinOp: return rt_cg_rebinds(c, RT_AST(BinOp, e)->left) || rt_cg_rebinds(c, RT_AST(BinOp, e)->right);
    case RT_AST_UnaryOp: return rt_cg_rebinds(c, RT_AST(UnaryOp, e)->operand);
    case RT_AST_Subscript: return rt_cg_rebinds(c, RT_AST(Subscript, e)->value) || rt_cg_rebinds(c, RT_AST(Subscript, e)->slice);
    case RT_AST_Tuple: return rt_cg_any_rebinds(c, RT_AST(Tuple, e)->elts, 0);
    case RT_AST_List: return rt_cg_any_rebinds(c, RT_AST(List, e)->elts, 0);
    default: return true; /* a spare copy costs little */
    }
}

int rt_cg_operand(struct rt_comp *c, struct rt_ast *e, bool rebound)
{
    int r = rt_cg_expr(c, e, RT_ANY);
    if (rebound && !rt_cg_is_temp(c, r)) {
        int t = rt_cg_push(c);
        rt_cg_emit(c, RT_OP_MOVE, t, r, 0);
        return t;
    }
    return r;
}

/* ---- warnings about literals ---- */

static const char *literal_type(struct rt_comp *c, struct rt_ast *e)
{
    switch (e->kind) {
    case RT_AST_Tuple: return "tuple";
    case RT_AST_List:
    case RT_AST_ListComp: return "list";
    case RT_AST_Dict:
    case RT_AST_DictComp: return "dict";
    case RT_AST_Set:
    case RT_AST_SetComp: return "set";
    case RT_AST_GeneratorExp: return "generator";
    case RT_AST_Lambda: return "function";
    case RT_AST_JoinedStr:
    case RT_AST_FormattedValue: return "str";
    case RT_AST_Constant: return rt_typename(rt_fold_value(c, rt_fold_of(e)));
    default: return NULL;
    }
}

static void check_subscript(struct rt_comp *c, struct rt_ast *e)
{
    struct rt_ast_Subscript *n = RT_AST(Subscript, e);
    struct rt_ast *v = n->value;
    const char *t = literal_type(c, v);
    if (rt_likely(!t))
        return;
    bool indexable = !strcmp(t, "tuple") || !strcmp(t, "list") || !strcmp(t, "str") || !strcmp(t, "bytes");
    bool bad = v->kind == RT_AST_Set || v->kind == RT_AST_SetComp || v->kind == RT_AST_GeneratorExp || v->kind == RT_AST_Lambda;
    if (rt_fold_is_const(v))
        bad = !indexable;
    if (bad) {
        rt_comp_warn(c, e, "'%.200s' object is not subscriptable; perhaps you missed a comma?", t);
        return;
    }
    if (!indexable)
        return;
    const char *k = literal_type(c, n->slice);
    if (!k || !strcmp(k, "int") || !strcmp(k, "bool") || !strcmp(k, "slice"))
        return;
    rt_comp_warn(c, e, "%.200s indices must be integers or slices, not %.200s; perhaps you missed a comma?", t, k);
}

/* An attribute spread over lines is traced to the line of its name. */
void rt_cg_attr_loc(struct rt_comp *c, struct rt_ast *e)
{
    struct rt_loc *l = &c->u->loc;
    if (rt_likely(l->line == e->end_lineno))
        return;
    int32_t len = (int32_t)RT_AST(Attribute, e)->attr->len;
    l->line = e->end_lineno;
    if (len <= e->end_col_offset)
        l->col = e->end_col_offset - len;
    else
        l->col = l->end_col = -1;
    if (l->end_line < l->line)
        l->end_line = l->line;
    if (l->end_line == l->line && l->end_col < l->col)
        l->end_col = l->col;
}

/* ---- displays ---- */

static bool all_const(const struct rt_ast_seq *q)
{
    for (uint32_t i = 0; i < q->len; i++) {
        if (!rt_fold_is_const(q->items[i]))
            return false;
    }
    return true;
}

static const uint8_t build_ops[] = {RT_OP_BUILD_LIST, RT_OP_BUILD_TUPLE, RT_OP_BUILD_SET};

/* Elements into a list (kind 0), tuple (1) or set (2). */
int rt_cg_build_list(struct rt_comp *c, struct rt_ast_seq *q, uint32_t from, int kind, int want)
{
    uint32_t base = c->u->depth, n = q->len - from;
    uint8_t regs[RT_CHUNK];
    uint32_t room = c->u->max_temps > c->u->depth + 12 ? (c->u->max_temps - c->u->depth) / 2 : 4;
    uint32_t first = 0, chunk = room < RT_CHUNK ? room : RT_CHUNK;
    while (first < n && first < chunk && q->items[from + first]->kind != RT_AST_Starred)
        first++;
    if (first == n) {
        for (uint32_t i = 0; i < n; i++)
            regs[i] = (uint8_t)rt_cg_operand(c, q->items[from + i], rt_cg_any_rebinds(c, q, from + i + 1));
        int d = rt_cg_dest(c, base, want);
        rt_cg_emit_list(c, build_ops[kind], d, 0, regs, (int)n);
        return d;
    }
    enum rt_op add = kind == 2 ? RT_OP_SET_ADD : RT_OP_LIST_APPEND, extend = kind == 2 ? RT_OP_SET_UPDATE : RT_OP_LIST_EXTEND;
    for (uint32_t i = 0; i < first; i++)
        regs[i] = (uint8_t)rt_cg_operand(c, q->items[from + i], rt_cg_any_rebinds(c, q, from + i + 1));
    int t = rt_cg_dest(c, base, RT_TEMP);
    rt_cg_emit_list(c, kind == 2 ? RT_OP_BUILD_SET : RT_OP_BUILD_LIST, t, 0, regs, (int)first);
    for (uint32_t i = first; i < n; i++) {
        struct rt_ast *e = q->items[from + i];
        bool star = e->kind == RT_AST_Starred;
        int r = rt_cg_expr(c, star ? RT_AST(Starred, e)->value : e, RT_ANY);
        rt_cg_emit(c, star ? extend : add, t, r, 0);
        c->u->depth = base + 1;
    }
    int d = rt_cg_dest(c, base, want);
    if (kind == 1)
        rt_cg_emit(c, RT_OP_LIST_TO_TUPLE, d, t, 0);
    else if (d != t)
        rt_cg_emit(c, RT_OP_MOVE, d, t, 0);
    return d;
}

static int display(struct rt_comp *c, struct rt_ast *e, struct rt_ast_seq *q, int kind, int want)
{
    rt_value v;
    if (kind != 1 && q->len >= 3 && all_const(q) && rt_fold_iterable(c, e, &v)) {
        uint32_t base = c->u->depth;
        int t = rt_cg_push(c);
        rt_cg_emit_list(c, build_ops[kind], t, 0, NULL, 0);
        int k = rt_cg_load_value(c, v, RT_TEMP);
        rt_cg_emit(c, kind == 2 ? RT_OP_SET_UPDATE : RT_OP_LIST_EXTEND, t, k, 0);
        int d = rt_cg_dest(c, base, want);
        if (d != t)
            rt_cg_emit(c, RT_OP_MOVE, d, t, 0);
        return d;
    }
    return rt_cg_build_list(c, q, 0, kind, want);
}

static int dict_display(struct rt_comp *c, struct rt_ast *e, int want)
{
    struct rt_ast_Dict *n = RT_AST(Dict, e);
    uint32_t base = c->u->depth, len = n->keys->len, first = 0;
    uint32_t room = c->u->max_temps > c->u->depth + 12 ? (c->u->max_temps - c->u->depth) / 4 : 2;
    uint32_t chunk = room < RT_CHUNK / 2 ? room : RT_CHUNK / 2;
    uint8_t regs[RT_CHUNK];
    while (first < len && first < chunk && n->keys->items[first])
        first++;
    bool hazard = rt_cg_any_rebinds(c, n->keys, 0) || rt_cg_any_rebinds(c, n->values, 0);
    for (uint32_t i = 0; i < first; i++) {
        regs[2 * i] = (uint8_t)rt_cg_operand(c, n->keys->items[i], hazard);
        regs[2 * i + 1] = (uint8_t)rt_cg_operand(c, n->values->items[i], hazard);
    }
    if (first == len) {
        int d = rt_cg_dest(c, base, want);
        rt_cg_emit_list(c, RT_OP_BUILD_MAP, d, 0, regs, (int)(2 * first));
        return d;
    }
    int t = rt_cg_dest(c, base, RT_TEMP);
    rt_cg_emit_list(c, RT_OP_BUILD_MAP, t, 0, regs, (int)(2 * first));
    for (uint32_t i = first; i < len; i++) {
        if (n->keys->items[i]) {
            int k = rt_cg_operand(c, n->keys->items[i], hazard), v = rt_cg_expr(c, n->values->items[i], RT_ANY);
            rt_cg_emit(c, RT_OP_MAP_ADD, t, k, v);
        } else {
            rt_cg_emit(c, RT_OP_DICT_UPDATE, t, rt_cg_expr(c, n->values->items[i], RT_ANY), 0);
        }
        c->u->depth = base + 1;
    }
    return rt_cg_to_want(c, base, t, want);
}

/* ---- f-strings ---- */

static int formatted_value(struct rt_comp *c, struct rt_ast *e, int want)
{
    struct rt_ast_FormattedValue *n = RT_AST(FormattedValue, e);
    uint32_t base = c->u->depth;
    int v = rt_cg_operand(c, n->value, n->format_spec && rt_cg_rebinds(c, n->format_spec));
    int spec = n->format_spec ? rt_cg_expr(c, n->format_spec, RT_ANY) : 255;
    int d = rt_cg_dest(c, base, want);
    rt_cg_emit_w(c, RT_OP_FORMAT, d, v, n->conversion > 0 ? n->conversion : 0, (uint32_t)spec);
    return d;
}

static int joined_str(struct rt_comp *c, struct rt_ast *e, int want)
{
    struct rt_ast_seq *q = RT_AST(JoinedStr, e)->values;
    uint32_t base = c->u->depth;
    if (q->len == 0)
        return rt_cg_load_value(c, rt_str_empty(), want);
    if (q->len == 1 && (q->items[0]->kind == RT_AST_FormattedValue || q->items[0]->kind == RT_AST_Constant))
        return rt_cg_expr(c, q->items[0], want);
    uint8_t regs[RT_CHUNK];
    if (q->len <= RT_CHUNK && c->u->depth + q->len + 8 < c->u->max_temps) {
        for (uint32_t i = 0; i < q->len; i++)
            regs[i] = (uint8_t)rt_cg_operand(c, q->items[i], rt_cg_any_rebinds(c, q, i + 1));
        int d = rt_cg_dest(c, base, want);
        rt_cg_emit_list(c, RT_OP_BUILD_STRING, d, 0, regs, (int)q->len);
        return d;
    }
    /* many pieces: several at a time */
    int t = rt_cg_expr(c, q->items[0], RT_TEMP);
    uint32_t i = 1;
    while (i < q->len) {
        int n = 1;
        regs[0] = (uint8_t)t;
        for (; i < q->len && n < 16; i++)
            regs[n++] = (uint8_t)rt_cg_operand(c, q->items[i], true);
        c->u->depth = base + 1;
        rt_cg_emit_list(c, RT_OP_BUILD_STRING, t, 0, regs, n);
    }
    return rt_cg_to_want(c, base, t, want);
}

/* ---- the rest ---- */

static int named_expr(struct rt_comp *c, struct rt_ast *e, int want)
{
    struct rt_ast_NamedExpr *n = RT_AST(NamedExpr, e);
    uint32_t base = c->u->depth;
    struct rt_sym *s = rt_cg_sym_of_node(c, n->target);
    rt_cg_check_debug(c, n->target, RT_AST(Name, n->target)->id, RT_AST_Store);
    int reg = rt_cg_local_register(c, s);
    if (reg >= 0) {
        rt_cg_expr(c, n->value, reg);
        rt_cg_local_set_bound(c, reg);
        if (want == RT_ANY || want == reg)
            return reg;
        int d = rt_cg_dest(c, base, want);
        rt_cg_emit(c, RT_OP_MOVE, d, reg, 0);
        return d;
    }
    int t = rt_cg_expr(c, n->value, RT_TEMP), copy = rt_cg_push(c);
    rt_cg_emit(c, RT_OP_COPY, copy, t, 0);
    rt_cg_name_store(c, s, copy);
    return rt_cg_to_want(c, base, t, want);
}

static int slice_expr(struct rt_comp *c, struct rt_ast *e, int want)
{
    struct rt_ast_Slice *n = RT_AST(Slice, e);
    uint32_t base = c->u->depth;
    bool h3 = n->step && rt_cg_rebinds(c, n->step), h2 = h3 || (n->upper && rt_cg_rebinds(c, n->upper));
    int lo = n->lower ? rt_cg_operand(c, n->lower, h2) : rt_cg_load_none(c);
    int hi = n->upper ? rt_cg_operand(c, n->upper, h3) : rt_cg_load_none(c);
    int step = n->step ? rt_cg_expr(c, n->step, RT_ANY) : 255;
    int d = rt_cg_dest(c, base, want);
    rt_cg_emit_w(c, RT_OP_BUILD_SLICE, d, lo, hi, (uint32_t)step);
    return d;
}

/* Start of the slice (255: absent); *w1 gets the other two, as GETSLICE and SETSLICE want them. */
int rt_cg_slice_parts(struct rt_comp *c, struct rt_ast *e, uint32_t *w1)
{
    struct rt_ast_Slice *n = RT_AST(Slice, e);
    bool h3 = n->step && rt_cg_rebinds(c, n->step), h2 = h3 || (n->upper && rt_cg_rebinds(c, n->upper));
    int lo = n->lower ? rt_cg_operand(c, n->lower, h2) : 255;
    int hi = n->upper ? rt_cg_operand(c, n->upper, h3) : 255;
    int step = n->step ? rt_cg_expr(c, n->step, RT_ANY) : 255;
    *w1 = (uint32_t)hi | (uint32_t)step << 8;
    return lo;
}

static int subscript(struct rt_comp *c, struct rt_ast *e, int want)
{
    struct rt_ast_Subscript *n = RT_AST(Subscript, e);
    uint32_t base = c->u->depth, w1;
    int64_t i;
    check_subscript(c, e);
    if (rt_fold_small(n->slice, &i) && i >= -128 && i < 128) {
        int v = rt_cg_expr(c, n->value, RT_ANY), d = rt_cg_dest(c, base, want);
        rt_cg_emit(c, RT_OP_GETITEMI, d, v, (int)i & 0xff);
        return d;
    }
    int v = rt_cg_operand(c, n->value, rt_cg_rebinds(c, n->slice));
    if (n->slice->kind == RT_AST_Slice) {
        int lo = rt_cg_slice_parts(c, n->slice, &w1), d = rt_cg_dest(c, base, want);
        rt_cg_emit_w(c, RT_OP_GETSLICE, d, v, lo, w1);
        return d;
    }
    int k = rt_cg_expr(c, n->slice, RT_ANY), d = rt_cg_dest(c, base, want);
    rt_cg_emit(c, RT_OP_GETITEM, d, v, k);
    return d;
}

/* Temporary t = the result of awaiting it. why: 0 await, 1 __aenter__, 2 __aexit__. */
void rt_cg_await(struct rt_comp *c, int t, int why)
{
    uint32_t base = c->u->depth;
    rt_cg_emit(c, RT_OP_GET_AWAITABLE, t, t, why);
    int sent = rt_cg_load_none(c);
    rt_cg_emit(c, RT_OP_YIELD_FROM, t, t, sent);
    c->u->depth = base;
}

static bool in_async(const struct rt_comp *c)
{
    return c->u->kind == RT_U_ASYNC_FUNCTION || c->u->kind == RT_U_COMPREHENSION;
}

static int await_expr(struct rt_comp *c, struct rt_ast *e, int want)
{
    uint32_t base = c->u->depth;
    bool top = c->flags & RT_CF_ALLOW_TOP_LEVEL_AWAIT && c->u->scope->type == RT_BLOCK_MODULE;
    if (!top) {
        if (c->u->scope->type != RT_BLOCK_FUNCTION)
            rt_comp_error(c, e, "'await' outside function");
        if (!in_async(c))
            rt_comp_error(c, e, "'await' outside async function");
    }
    int t = rt_cg_expr(c, RT_AST(Await, e)->value, RT_TEMP);
    rt_cg_await(c, t, 0);
    return rt_cg_to_want(c, base, t, want);
}

static int yield_expr(struct rt_comp *c, struct rt_ast *e, int want)
{
    struct rt_ast *value = RT_AST(Yield, e)->value;
    uint32_t base = c->u->depth;
    if (c->u->scope->type != RT_BLOCK_FUNCTION)
        rt_comp_error(c, e, "'yield' outside function");
    int v = value ? rt_cg_expr(c, value, RT_ANY) : rt_cg_load_none(c);
    if (c->u->scope->coroutine && c->u->scope->generator) {
        int w = rt_cg_dest(c, base, RT_TEMP);
        rt_cg_emit(c, RT_OP_ASYNC_GEN_WRAP, w, v, 0);
        v = w;
    }
    int d = rt_cg_dest(c, base, want);
    rt_cg_emit(c, RT_OP_YIELD, d, v, 0);
    return d;
}

static int yield_from(struct rt_comp *c, struct rt_ast *e, int want)
{
    uint32_t base = c->u->depth;
    if (c->u->scope->type != RT_BLOCK_FUNCTION)
        rt_comp_error(c, e, "'yield' outside function");
    if (c->u->kind == RT_U_ASYNC_FUNCTION)
        rt_comp_error(c, e, "'yield from' inside async function");
    int v = rt_cg_expr(c, RT_AST(YieldFrom, e)->value, RT_ANY);
    int t = rt_cg_dest(c, base, RT_TEMP);
    rt_cg_emit(c, RT_OP_GET_YIELD_FROM_ITER, t, v, 0);
    int sent = rt_cg_load_none(c);
    int d = want >= 0 ? want : t;
    rt_cg_emit(c, RT_OP_YIELD_FROM, d, t, sent);
    c->u->depth = want >= 0 ? base : base + 1;
    return d;
}

static int expr_inner(struct rt_comp *c, struct rt_ast *e, int want)
{
    switch (e->kind) {
    case RT_AST_Name: return rt_cg_name_load(c, rt_cg_sym_of_node(c, e), want);
    case RT_AST_Constant: return load_const(c, e, want);
    case RT_AST_Attribute: {
        uint32_t base = c->u->depth;
        struct rt_ast_Attribute *n = RT_AST(Attribute, e);
        int v = rt_cg_expr(c, n->value, RT_ANY), d = rt_cg_dest(c, base, want);
        rt_cg_attr_loc(c, e);
        rt_cg_emit_w(c, RT_OP_LOAD_ATTR, d, v, 0, rt_cg_name_ic(c, rt_cg_mangled(c, n->attr), RT_OP_LOAD_ATTR));
        return d;
    }
    case RT_AST_Call: return rt_cg_call_expr(c, e, want);
    case RT_AST_BinOp: return rt_cg_binop(c, e, want);
    case RT_AST_Subscript: return subscript(c, e, want);
    case RT_AST_Compare: return rt_cg_compare_value(c, e, want);
    case RT_AST_BoolOp: return rt_cg_boolop(c, e, want);
    case RT_AST_UnaryOp: return rt_cg_unaryop(c, e, want);
    case RT_AST_IfExp: return rt_cg_ifexp(c, e, want);
    case RT_AST_Tuple: return display(c, e, RT_AST(Tuple, e)->elts, 1, want);
    case RT_AST_List: return display(c, e, RT_AST(List, e)->elts, 0, want);
    case RT_AST_Set: return display(c, e, RT_AST(Set, e)->elts, 2, want);
    case RT_AST_Dict: return dict_display(c, e, want);
    case RT_AST_JoinedStr: return joined_str(c, e, want);
    case RT_AST_FormattedValue: return formatted_value(c, e, want);
    case RT_AST_Lambda: return rt_cg_lambda(c, e, want);
    case RT_AST_ListComp:
    case RT_AST_SetComp:
    case RT_AST_DictComp:
    case RT_AST_GeneratorExp: return rt_cg_comprehension(c, e, want);
    case RT_AST_NamedExpr: return named_expr(c, e, want);
    case RT_AST_Slice: return slice_expr(c, e, want);
    case RT_AST_Await: return await_expr(c, e, want);
    case RT_AST_Yield: return yield_expr(c, e, want);
    case RT_AST_YieldFrom: return yield_from(c, e, want);
    case RT_AST_Starred: rt_comp_error(c, e, "can't use starred expression here");
    default:
        rt_raise(c->ts, &rt_exc_SystemError, "unexpected node in an expression");
        rt_comp_fail(c);
    }
}

int rt_cg_expr(struct rt_comp *c, struct rt_ast *e, int want)
{
    rt_comp_enter(c);
    struct rt_loc saved = c->u->loc;
    rt_cg_set_loc(c, e);
    int r;
    if (rt_unlikely(rt_cg_crowded(c))) {
        uint32_t depth = rt_cg_spill(c);
        r = rt_cg_unspill(c, depth, expr_inner(c, e, RT_TEMP), want);
    } else {
        r = expr_inner(c, e, want);
    }
    c->u->loc = saved;
    rt_comp_leave(c);
    return r;
}

void rt_cg_expr_drop(struct rt_comp *c, struct rt_ast *e)
{
    uint32_t base = c->u->depth;
    int r = rt_cg_expr(c, e, RT_ANY);
    c->u->depth = base;
    if (rt_cg_is_temp(c, r)) {
        rt_cg_same_loc(c);
        rt_cg_emit(c, RT_OP_DROP, r, 0, 0);
    }
}
