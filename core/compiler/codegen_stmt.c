/* SPDX-License-Identifier: MIT */
/* codegen_stmt.c: simple statements, assignment to any target, imports, module bodies. */
#include "core/compiler/compiler_internal.h"

/* ---- assignment ---- */

static int fast_target(struct rt_comp *c, struct rt_ast *t)
{
    if (t->kind != RT_AST_Name)
        return -1;
    return rt_cg_local_register(c, rt_cg_sym_of_node(c, t));
}

/* More targets than registers: the values come as a list, from which the targets take theirs. */
static void unpack_many(struct rt_comp *c, struct rt_ast_seq *targets, int reg, int star)
{
    uint32_t base = c->u->depth, n = targets->len;
    struct rt_loc saved = c->u->loc;
    int list = rt_cg_unpack_list(c, n, star, reg);
    for (uint32_t i = 0; i < n; i++) {
        struct rt_ast *t = targets->items[i];
        rt_cg_set_loc(c, t);
        int item = rt_cg_item(c, list, i);
        rt_cg_store(c, t->kind == RT_AST_Starred ? RT_AST(Starred, t)->value : t, item);
        c->u->depth = base + 1;
    }
    rt_cg_emit(c, RT_OP_DROP, list, 0, 0);
    c->u->loc = saved;
    c->u->depth = base;
}

/* A new temporary: the list of what n targets get, the one at `star` (if not negative) a list of what is left. */
int rt_cg_unpack_list(struct rt_comp *c, uint32_t n, int star, int reg)
{
    int list = rt_cg_push(c);
    uint32_t counts = star < 0 ? n : (uint32_t)star | (n - (uint32_t)star - 1) << 8;
    rt_cg_emit_w(c, RT_OP_UNPACK_LIST, list, reg, star >= 0, counts);
    return list;
}

/* targets = reg. Plain locals in front are written by the unpacking itself; the rest goes through temporaries. */
void rt_cg_unpack_to(struct rt_comp *c, struct rt_ast_seq *targets, int reg, struct rt_ast *node)
{
    uint32_t base = c->u->depth, n = targets->len;
    struct rt_loc saved = c->u->loc;
    int star = -1;
    for (uint32_t i = 0; i < n; i++) {
        if (targets->items[i]->kind != RT_AST_Starred)
            continue;
        if (star >= 0)
            rt_comp_error(c, node, "multiple starred expressions in assignment");
        star = (int)i;
    }
    if (star >= 256 || (star >= 0 && n - (uint32_t)star - 1 >= 1 << 23))
        rt_comp_error(c, node, "too many expressions in star-unpacking assignment");
    if (n > RT_MANY || (c->u->far && c->u->depth + n + 4 > c->u->max_temps)) {
        unpack_many(c, targets, reg, star);
        return;
    }
    uint8_t regs[RT_MANY] = {0};
    bool direct = true;
    for (uint32_t i = 0; i < n; i++) {
        struct rt_ast *t = targets->items[i];
        if (t->kind == RT_AST_Starred)
            t = RT_AST(Starred, t)->value;
        int r = direct ? fast_target(c, t) : -1;
        if (r < 0) {
            direct = false;
            r = rt_cg_push(c);
        } else {
            rt_cg_check_debug(c, t, RT_AST(Name, t)->id, RT_AST_Store);
        }
        regs[i] = (uint8_t)r;
    }
    if (star < 0)
        rt_cg_emit_list(c, RT_OP_UNPACK, 0, reg, regs, (int)n);
    else
        rt_cg_emit_list_w(c, RT_OP_UNPACK_EX, star, reg, n - (uint32_t)star - 1, regs, (int)n);
    for (uint32_t i = 0; i < n; i++) {
        struct rt_ast *t = targets->items[i];
        if (t->kind == RT_AST_Starred)
            t = RT_AST(Starred, t)->value;
        if (rt_cg_is_temp(c, regs[i])) {
            rt_cg_store(c, t, regs[i]);
        } else {
            rt_cg_local_set_bound(c, regs[i]);
            if (t->lineno != saved.line) { /* a tracer sees every target's line */
                rt_cg_set_loc(c, t);
                rt_cg_emit_nop(c);
            }
        }
    }
    c->u->depth = base;
}

/* target = reg: a temporary is consumed. Depth stays as it is. */
void rt_cg_store(struct rt_comp *c, struct rt_ast *t, int reg)
{
    uint32_t base = c->u->depth;
    struct rt_loc saved = c->u->loc;
    rt_comp_enter(c);
    rt_cg_set_loc(c, t);
    switch (t->kind) {
    case RT_AST_Name:
        rt_cg_check_debug(c, t, RT_AST(Name, t)->id, RT_AST_Store);
        rt_cg_name_store(c, rt_cg_sym_of_node(c, t), reg);
        break;
    case RT_AST_Attribute: {
        struct rt_ast_Attribute *a = RT_AST(Attribute, t);
        rt_cg_check_debug(c, t, a->attr, RT_AST_Store);
        int o = rt_cg_expr(c, a->value, RT_ANY);
        rt_cg_attr_loc(c, t);
        rt_cg_emit_w(c, RT_OP_STORE_ATTR, o, reg, 0, rt_cg_name_ic(c, rt_cg_mangled(c, a->attr), RT_OP_STORE_ATTR));
        break;
    }
    case RT_AST_Subscript: {
        struct rt_ast_Subscript *s = RT_AST(Subscript, t);
        int o = rt_cg_operand(c, s->value, rt_cg_rebinds(c, s->slice));
        if (s->slice->kind == RT_AST_Slice) {
            uint32_t w1;
            int lo = rt_cg_slice_parts(c, s->slice, &w1);
            rt_cg_emit_w(c, RT_OP_SETSLICE, o, reg, lo, w1);
            break;
        }
        int k = rt_cg_expr(c, s->slice, RT_ANY);
        rt_cg_emit(c, RT_OP_SETITEM, o, k, reg);
        break;
    }
    case RT_AST_Tuple: rt_cg_unpack_to(c, RT_AST(Tuple, t)->elts, reg, t); break;
    case RT_AST_List: rt_cg_unpack_to(c, RT_AST(List, t)->elts, reg, t); break;
    case RT_AST_Starred: rt_comp_error(c, t, "starred assignment target must be in a list or tuple");
    default:
        rt_raise(c->ts, &rt_exc_SystemError, "unexpected node as a target");
        rt_comp_fail(c);
    }
    c->u->depth = base;
    c->u->loc = saved;
    rt_comp_leave(c);
}

/* a, b = x, y without the tuple. False: not of that form. */
static bool assign_pairwise(struct rt_comp *c, struct rt_ast *target, struct rt_ast *value)
{
    if (value->kind != RT_AST_Tuple || (target->kind != RT_AST_Tuple && target->kind != RT_AST_List))
        return false;
    struct rt_ast_seq *t = target->kind == RT_AST_Tuple ? RT_AST(Tuple, target)->elts : RT_AST(List, target)->elts;
    struct rt_ast_seq *v = RT_AST(Tuple, value)->elts;
    if (t->len != v->len || t->len < 2 || t->len > 16)
        return false;
    for (uint32_t i = 0; i < t->len; i++) {
        if (t->items[i]->kind == RT_AST_Starred || v->items[i]->kind == RT_AST_Starred)
            return false;
    }
    uint32_t base = c->u->depth;
    int regs[16], dest[16];
    bool complex_target = false;
    for (uint32_t i = 0; i < t->len; i++) {
        dest[i] = fast_target(c, t->items[i]);
        complex_target |= dest[i] < 0 && t->items[i]->kind != RT_AST_Name && rt_cg_rebinds(c, t->items[i]);
    }
    for (uint32_t i = 0; i < t->len; i++) {
        bool hazard = complex_target;
        for (uint32_t j = i + 1; j < v->len; j++)
            hazard |= rt_cg_rebinds(c, v->items[j]);
        int r = rt_cg_operand(c, v->items[i], hazard);
        for (uint32_t j = 0; j < i && !rt_cg_is_temp(c, r); j++) {
            if (dest[j] == r || (dest[j] < 0 && t->items[j]->kind != RT_AST_Name && t->items[j]->kind != RT_AST_Attribute &&
                                 t->items[j]->kind != RT_AST_Subscript)) {
                int m = rt_cg_push(c);
                rt_cg_emit(c, RT_OP_MOVE, m, r, 0);
                r = m;
            }
        }
        regs[i] = r;
    }
    for (uint32_t i = 0; i < t->len; i++)
        rt_cg_store(c, t->items[i], regs[i]);
    c->u->depth = base;
    return true;
}

static void assign(struct rt_comp *c, struct rt_ast *s)
{
    struct rt_ast_Assign *n = RT_AST(Assign, s);
    uint32_t base = c->u->depth;
    struct rt_ast *first = n->targets->items[0];
    if (n->targets->len == 1) {
        int reg = fast_target(c, first);
        if (reg >= 0) {
            rt_cg_check_debug(c, first, RT_AST(Name, first)->id, RT_AST_Store);
            rt_cg_expr(c, n->value, reg);
            rt_cg_local_set_bound(c, reg);
            return;
        }
        if (assign_pairwise(c, first, n->value))
            return;
    }
    if (rt_fold_is_const(n->value)) { /* loaded anew for each target */
        for (uint32_t i = 0; i < n->targets->len; i++) {
            struct rt_ast *t = n->targets->items[i];
            int reg = fast_target(c, t);
            rt_cg_store(c, t, rt_cg_expr(c, n->value, reg >= 0 ? reg : RT_TEMP));
            c->u->depth = base;
        }
        return;
    }
    bool hazard = false;
    for (uint32_t i = 0; i < n->targets->len; i++) {
        struct rt_ast *t = n->targets->items[i];
        hazard |= (t->kind != RT_AST_Name && rt_cg_rebinds(c, t)) || n->targets->len > 1;
    }
    int v = rt_cg_operand(c, n->value, hazard);
    for (uint32_t i = 0; i < n->targets->len; i++) {
        int r = v;
        if (i + 1 < n->targets->len && rt_cg_is_temp(c, v)) {
            int reg = fast_target(c, n->targets->items[i]);
            if (reg >= 0) { /* straight into the local */
                struct rt_loc saved = c->u->loc;
                rt_cg_check_debug(c, n->targets->items[i], RT_AST(Name, n->targets->items[i])->id, RT_AST_Store);
                rt_cg_set_loc(c, n->targets->items[i]);
                rt_cg_emit(c, RT_OP_COPY, reg, v, 0);
                rt_cg_local_set_bound(c, reg);
                c->u->loc = saved;
                continue;
            }
            r = rt_cg_push(c);
            rt_cg_emit(c, RT_OP_COPY, r, v, 0);
        }
        rt_cg_store(c, n->targets->items[i], r);
        c->u->depth = base + (rt_cg_is_temp(c, v) ? 1 : 0);
    }
    c->u->depth = base;
}

static const uint8_t inplace_ops[RT_AST_KIND_COUNT] = {
    [RT_AST_Add] = RT_OP_IADD, [RT_AST_Sub] = RT_OP_ISUB, [RT_AST_Mult] = RT_OP_IMUL, [RT_AST_MatMult] = RT_OP_IMATMUL,
    [RT_AST_Div] = RT_OP_ITRUEDIV, [RT_AST_Mod] = RT_OP_IMOD, [RT_AST_Pow] = RT_OP_IPOW, [RT_AST_LShift] = RT_OP_ILSHIFT,
    [RT_AST_RShift] = RT_OP_IRSHIFT, [RT_AST_BitOr] = RT_OP_IOR, [RT_AST_BitXor] = RT_OP_IXOR, [RT_AST_BitAnd] = RT_OP_IAND,
    [RT_AST_FloorDiv] = RT_OP_IFLOORDIV,
};

/* dest = l op= value; l is consumed if a temporary. */
static void inplace(struct rt_comp *c, struct rt_ast *s, int dest, int l)
{
    struct rt_ast_AugAssign *n = RT_AST(AugAssign, s);
    int64_t imm;
    struct rt_loc saved = c->u->loc;
    bool small = rt_fold_small(n->value, &imm) && imm >= -128 && imm <= 127;
    if (small && (n->op == RT_AST_Add || n->op == RT_AST_Sub)) {
        rt_cg_set_loc(c, s);
        rt_cg_emit(c, n->op == RT_AST_Add ? RT_OP_IADDI : RT_OP_ISUBI, dest, l, (int)imm);
    } else {
        int r = rt_cg_expr(c, n->value, RT_ANY);
        rt_cg_set_loc(c, s);
        rt_cg_emit(c, inplace_ops[n->op], dest, l, r);
    }
    c->u->loc = saved;
}

static int duplicate(struct rt_comp *c, int reg)
{
    if (!rt_cg_is_temp(c, reg))
        return reg;
    int t = rt_cg_push(c);
    rt_cg_emit(c, RT_OP_COPY, t, reg, 0);
    return t;
}

static void aug_assign(struct rt_comp *c, struct rt_ast *s)
{
    struct rt_ast_AugAssign *n = RT_AST(AugAssign, s);
    struct rt_ast *t = n->target;
    uint32_t base = c->u->depth;
    bool hazard = rt_cg_rebinds(c, n->value);
    rt_cg_set_loc(c, t);
    switch (t->kind) {
    case RT_AST_Name: {
        struct rt_sym *sym = rt_cg_sym_of_node(c, t);
        rt_cg_check_debug(c, t, RT_AST(Name, t)->id, RT_AST_Store);
        int reg = rt_cg_local_register(c, sym);
        if (reg >= 0) {
            int l = rt_cg_name_load(c, sym, hazard ? RT_TEMP : RT_ANY);
            inplace(c, s, reg, l);
            rt_cg_local_set_bound(c, reg);
            break;
        }
        int l = rt_cg_name_load(c, sym, RT_TEMP);
        inplace(c, s, l, l);
        c->u->depth = base + 1;
        rt_cg_name_store(c, sym, l);
        break;
    }
    case RT_AST_Attribute: {
        struct rt_ast_Attribute *a = RT_AST(Attribute, t);
        const struct rt_ast_ident *name = rt_cg_mangled(c, a->attr);
        int o = rt_cg_operand(c, a->value, hazard);
        uint32_t depth = c->u->depth;
        int from = duplicate(c, o);
        c->u->depth = depth;
        int v = rt_cg_push(c);
        rt_cg_attr_loc(c, t);
        rt_cg_emit_w(c, RT_OP_LOAD_ATTR, v, from, 0, rt_cg_name_ic(c, name, RT_OP_LOAD_ATTR));
        inplace(c, s, v, v);
        rt_cg_set_loc(c, t);
        rt_cg_attr_loc(c, t);
        rt_cg_emit_w(c, RT_OP_STORE_ATTR, o, v, 0, rt_cg_name_ic(c, name, RT_OP_STORE_ATTR));
        break;
    }
    case RT_AST_Subscript: {
        struct rt_ast_Subscript *x = RT_AST(Subscript, t);
        int o = rt_cg_operand(c, x->value, hazard || rt_cg_rebinds(c, x->slice)), k = rt_cg_operand(c, x->slice, hazard);
        uint32_t depth = c->u->depth;
        int o2 = duplicate(c, o), k2 = duplicate(c, k);
        c->u->depth = depth;
        int v = rt_cg_push(c);
        rt_cg_emit(c, RT_OP_GETITEM, v, o2, k2);
        inplace(c, s, v, v);
        rt_cg_set_loc(c, t);
        rt_cg_emit(c, RT_OP_SETITEM, o, k, v);
        break;
    }
    default:
        rt_raise(c->ts, &rt_exc_SystemError, "unexpected node as a target");
        rt_comp_fail(c);
    }
    c->u->depth = base;
}

/* ---- annotations ---- */

static void check_annotation(struct rt_comp *c, struct rt_ast *ann)
{
    /* Where annotations are text, or the block keeps none, the expression is not evaluated. */
    if (c->future & RT_CO_FUTURE_ANNOTATIONS)
        return;
    rt_cg_expr_drop(c, ann);
}

static void check_ann_subscript(struct rt_comp *c, struct rt_ast *e)
{
    if (e->kind == RT_AST_Slice) {
        struct rt_ast_Slice *n = RT_AST(Slice, e);
        if (n->lower)
            rt_cg_expr_drop(c, n->lower);
        if (n->upper)
            rt_cg_expr_drop(c, n->upper);
        if (n->step)
            rt_cg_expr_drop(c, n->step);
    } else if (e->kind == RT_AST_Tuple) {
        for (uint32_t i = 0; i < RT_AST(Tuple, e)->elts->len; i++)
            check_ann_subscript(c, RT_AST(Tuple, e)->elts->items[i]);
    } else {
        rt_cg_expr_drop(c, e);
    }
}

static void ann_assign(struct rt_comp *c, struct rt_ast *s)
{
    struct rt_ast_AnnAssign *n = RT_AST(AnnAssign, s);
    uint32_t base = c->u->depth;
    bool keeps = c->u->scope->type != RT_BLOCK_FUNCTION;
    struct rt_ast *t = n->target;
    if (n->value) {
        int reg = fast_target(c, t);
        int v = rt_cg_expr(c, n->value, reg >= 0 ? reg : RT_ANY);
        rt_cg_store(c, t, v);
        c->u->depth = base;
    }
    switch (t->kind) {
    case RT_AST_Name:
        rt_cg_check_debug(c, s, RT_AST(Name, t)->id, RT_AST_Store);
        if (n->simple && keeps) {
            int v;
            rt_cg_annotation(c, n->annotation, RT_ANY, &v);
            int m = rt_cg_push(c);
            rt_cg_emit_w(c, RT_OP_LOAD_NAME, m, 0, 0, rt_cg_name_ic(c, c->id_annotations, RT_OP_LOAD_NAME));
            int k = rt_cg_load_value(c, rt_comp_ident_value(c, rt_cg_mangled(c, RT_AST(Name, t)->id)), RT_TEMP);
            rt_cg_emit(c, RT_OP_SETITEM, m, k, v);
            c->u->depth = base;
        }
        break;
    case RT_AST_Attribute:
        rt_cg_check_debug(c, s, RT_AST(Attribute, t)->attr, RT_AST_Store);
        if (!n->value)
            rt_cg_expr_drop(c, RT_AST(Attribute, t)->value);
        break;
    case RT_AST_Subscript:
        if (!n->value) {
            rt_cg_expr_drop(c, RT_AST(Subscript, t)->value);
            check_ann_subscript(c, RT_AST(Subscript, t)->slice);
        }
        break;
    default: break;
    }
    if (!n->simple && keeps)
        check_annotation(c, n->annotation);
    c->u->depth = base;
}

/* ---- del ---- */

static void delete(struct rt_comp *c, struct rt_ast *t)
{
    uint32_t base = c->u->depth;
    struct rt_loc saved = c->u->loc;
    rt_cg_set_loc(c, t);
    switch (t->kind) {
    case RT_AST_Name:
        rt_cg_check_debug(c, t, RT_AST(Name, t)->id, RT_AST_Del);
        rt_cg_name_delete(c, rt_cg_sym_of_node(c, t));
        break;
    case RT_AST_Attribute: {
        struct rt_ast_Attribute *a = RT_AST(Attribute, t);
        int o = rt_cg_expr(c, a->value, RT_ANY);
        rt_cg_attr_loc(c, t);
        rt_cg_emit_w(c, RT_OP_DEL_ATTR, o, 0, 0, rt_cg_name_ic(c, rt_cg_mangled(c, a->attr), RT_OP_DEL_ATTR));
        break;
    }
    case RT_AST_Subscript: {
        struct rt_ast_Subscript *x = RT_AST(Subscript, t);
        int o = rt_cg_operand(c, x->value, rt_cg_rebinds(c, x->slice)), k = rt_cg_expr(c, x->slice, RT_ANY);
        rt_cg_emit(c, RT_OP_DELITEM, o, k, 0);
        break;
    }
    case RT_AST_Tuple:
    case RT_AST_List: {
        struct rt_ast_seq *q = t->kind == RT_AST_Tuple ? RT_AST(Tuple, t)->elts : RT_AST(List, t)->elts;
        for (uint32_t i = 0; i < q->len; i++)
            delete(c, q->items[i]);
        break;
    }
    default:
        rt_raise(c->ts, &rt_exc_SystemError, "unexpected node as a target");
        rt_comp_fail(c);
    }
    c->u->depth = base;
    c->u->loc = saved;
}

/* ---- imports ---- */

static int import_name(struct rt_comp *c, const struct rt_ast_ident *name, rt_value fromlist, int level)
{
    uint32_t base = c->u->depth;
    int l = rt_cg_load_value(c, rt_int_imm(level), RT_TEMP);
    uint32_t k = rt_cg_const_index(c, fromlist);
    if (k > 0xffff)
        rt_comp_error(c, NULL, "too many constants in one code block");
    int d = rt_cg_dest(c, base, RT_TEMP);
    rt_cg_emit_w(c, RT_OP_IMPORT_NAME, d, l, 0, rt_cg_name_index(c, name) | k << 16);
    return d;
}

static const struct rt_ast_ident *part_of(struct rt_comp *c, const char *s, size_t n)
{
    const struct rt_ast_ident *id = rt_arena_ident(c->arena, s, n);
    if (!id)
        rt_comp_nomem(c);
    return id;
}

static void import(struct rt_comp *c, struct rt_ast *s)
{
    struct rt_ast_seq *q = RT_AST(Import, s)->names;
    uint32_t base = c->u->depth;
    for (uint32_t i = 0; i < q->len; i++) {
        struct rt_ast_alias *a = RT_AST(alias, q->items[i]);
        const char *name = a->name->utf8, *end = name + a->name->len, *dot = memchr(name, '.', a->name->len);
        int m = import_name(c, a->name, RT_NONE, 0);
        if (a->asname) {
            while (dot) {
                const char *next = dot + 1;
                dot = memchr(next, '.', (size_t)(end - next));
                int sub = rt_cg_push(c);
                rt_cg_emit_w(c, RT_OP_IMPORT_FROM, sub, m, 0, rt_cg_name_index(c, part_of(c, next, (size_t)((dot ? dot : end) - next))));
                rt_cg_emit(c, RT_OP_MOVE, m, sub, 0);
                c->u->depth = base + 1;
            }
            rt_cg_check_debug(c, s, a->asname, RT_AST_Store);
            rt_cg_name_store(c, rt_cg_sym_of(c, a->asname), m);
        } else {
            const struct rt_ast_ident *top = dot ? part_of(c, name, (size_t)(dot - name)) : a->name;
            rt_cg_check_debug(c, s, top, RT_AST_Store);
            rt_cg_name_store(c, rt_cg_sym_of(c, top), m);
        }
        c->u->depth = base;
    }
}

static void import_from(struct rt_comp *c, struct rt_ast *s)
{
    struct rt_ast_ImportFrom *n = RT_AST(ImportFrom, s);
    uint32_t base = c->u->depth;
    if (s->lineno > c->future_lineno && n->module && !n->level && !strcmp(n->module->utf8, "__future__"))
        rt_comp_error(c, s, "from __future__ imports must occur at the beginning of the file");
    rt_value names = rt_tuple_new(c->ts, n->names->len);
    if (rt_is_null(names))
        rt_comp_fail(c);
    for (uint32_t i = 0; i < n->names->len; i++)
        rt_as_tuple(names)->items[i] = rt_comp_ident_value(c, RT_AST(alias, n->names->items[i])->name);
    names = rt_comp_keep(c, names);
    int m = import_name(c, n->module ? n->module : rt_comp_ident(c, ""), names, n->level);
    for (uint32_t i = 0; i < n->names->len; i++) {
        struct rt_ast_alias *a = RT_AST(alias, n->names->items[i]);
        if (i == 0 && a->name->len == 1 && a->name->utf8[0] == '*') {
            rt_cg_emit(c, RT_OP_IMPORT_STAR, m, 0, 0);
            c->u->depth = base;
            return;
        }
        const struct rt_ast_ident *as = a->asname ? a->asname : a->name;
        struct rt_sym *sym = rt_cg_sym_of(c, as);
        rt_cg_check_debug(c, s, as, RT_AST_Store);
        int reg = rt_cg_local_register(c, sym), v = reg >= 0 ? reg : rt_cg_push(c);
        rt_cg_emit_w(c, RT_OP_IMPORT_FROM, v, m, 0, rt_cg_name_index(c, a->name));
        rt_cg_name_store(c, sym, v);
        c->u->depth = base + 1;
    }
    c->u->depth = base;
    rt_cg_emit(c, RT_OP_DROP, m, 0, 0);
}

/* ---- raise, assert, expression statements ---- */

static void raise(struct rt_comp *c, struct rt_ast *s)
{
    struct rt_ast_Raise *n = RT_AST(Raise, s);
    uint32_t base = c->u->depth;
    int e = 0, from = 0, how = 0;
    if (n->exc) {
        how = n->cause ? 2 : 1;
        e = rt_cg_operand(c, n->exc, n->cause && rt_cg_rebinds(c, n->cause));
        if (n->cause)
            from = rt_cg_expr(c, n->cause, RT_ANY);
    }
    c->u->depth = base;
    rt_cg_emit_stop(c, RT_OP_RAISE, e, from, how);
}

static void assertion(struct rt_comp *c, struct rt_ast *s)
{
    struct rt_ast_Assert *n = RT_AST(Assert, s);
    uint32_t base = c->u->depth;
    bool tuple = n->test->kind == RT_AST_Tuple && RT_AST(Tuple, n->test)->elts->len;
    if (rt_fold_is_const(n->test) && rt_fold_of(n->test)->kind == RT_CONST_OBJECT) {
        rt_value v = RT_VALUE(rt_fold_of(n->test)->word);
        tuple |= rt_is_ptr(v) && rt_is_tuple(v) && rt_as_tuple(v)->length;
    }
    if (tuple)
        rt_comp_warn(c, s, "assertion is always true, perhaps remove parentheses?");
    if (c->optimize)
        return;
    RT_LABEL(end);
    rt_cg_jump_if(c, n->test, &end, true);
    int e = rt_cg_push(c);
    rt_cg_emit(c, RT_OP_LOAD_ASSERTION_ERROR, e, 0, 0);
    if (n->msg) {
        uint8_t msg = (uint8_t)rt_cg_expr(c, n->msg, RT_ANY);
        rt_cg_emit_list(c, RT_OP_CALL, e, e, &msg, 1);
    }
    rt_cg_emit_stop(c, RT_OP_RAISE, e, 0, 1);
    c->u->depth = base;
    rt_cg_label_place(c, &end);
}

static void expr_stmt(struct rt_comp *c, struct rt_ast *s)
{
    struct rt_ast *e = RT_AST(Expr, s)->value;
    uint32_t base = c->u->depth;
    if (c->interactive && !c->u->parent) {
        int r = rt_cg_expr(c, e, RT_ANY);
        rt_cg_emit(c, RT_OP_PRINT_EXPR, r, 0, 0);
        c->u->depth = base;
        return;
    }
    if (rt_fold_is_const(e)) {
        rt_cg_emit_nop(c); /* no code, but a line */
        return;
    }
    rt_cg_expr_drop(c, e);
}

void rt_cg_stmt(struct rt_comp *c, struct rt_ast *s)
{
    rt_comp_enter(c);
    rt_comp_breathe(c);
    rt_cg_set_loc(c, s);
    uint32_t low = c->u->low;
    c->u->low = c->u->depth;
    switch (s->kind) {
    case RT_AST_FunctionDef:
    case RT_AST_AsyncFunctionDef: rt_cg_function_def(c, s); break;
    case RT_AST_ClassDef: rt_cg_class_def(c, s); break;
    case RT_AST_Return: rt_cg_return(c, s); break;
    case RT_AST_Delete:
        for (uint32_t i = 0; i < RT_AST(Delete, s)->targets->len; i++)
            delete(c, RT_AST(Delete, s)->targets->items[i]);
        break;
    case RT_AST_Assign: assign(c, s); break;
    case RT_AST_AugAssign: aug_assign(c, s); break;
    case RT_AST_AnnAssign: ann_assign(c, s); break;
    case RT_AST_For: rt_cg_for(c, s); break;
    case RT_AST_AsyncFor: rt_cg_async_for(c, s); break;
    case RT_AST_While: rt_cg_while(c, s); break;
    case RT_AST_If: rt_cg_if(c, s); break;
    case RT_AST_With: rt_cg_with(c, s, false); break;
    case RT_AST_AsyncWith: rt_cg_with(c, s, true); break;
    case RT_AST_Match: rt_cg_match(c, s); break;
    case RT_AST_Raise: raise(c, s); break;
    case RT_AST_Try: rt_cg_try(c, s); break;
    case RT_AST_TryStar: rt_cg_try_star(c, s); break;
    case RT_AST_Assert: assertion(c, s); break;
    case RT_AST_Import: import(c, s); break;
    case RT_AST_ImportFrom: import_from(c, s); break;
    case RT_AST_Expr: expr_stmt(c, s); break;
    case RT_AST_Pass: rt_cg_emit_nop(c); break;
    case RT_AST_Break: rt_cg_break_continue(c, s, true); break;
    case RT_AST_Continue: rt_cg_break_continue(c, s, false); break;
    default: break; /* global, nonlocal */
    }
    c->u->low = low;
    rt_comp_leave(c);
}

/* ---- bodies of modules and classes ---- */

static bool has_annotations(const struct rt_ast_seq *q);

static bool stmt_annotates(struct rt_ast *s)
{
    switch (s->kind) {
    case RT_AST_AnnAssign: return true;
    case RT_AST_For: return has_annotations(RT_AST(For, s)->body) || has_annotations(RT_AST(For, s)->orelse);
    case RT_AST_AsyncFor: return has_annotations(RT_AST(AsyncFor, s)->body) || has_annotations(RT_AST(AsyncFor, s)->orelse);
    case RT_AST_While: return has_annotations(RT_AST(While, s)->body) || has_annotations(RT_AST(While, s)->orelse);
    case RT_AST_If: return has_annotations(RT_AST(If, s)->body) || has_annotations(RT_AST(If, s)->orelse);
    case RT_AST_With: return has_annotations(RT_AST(With, s)->body);
    case RT_AST_AsyncWith: return has_annotations(RT_AST(AsyncWith, s)->body);
    case RT_AST_Match:
        for (uint32_t i = 0; i < RT_AST(Match, s)->cases->len; i++) {
            if (has_annotations(RT_AST(match_case, RT_AST(Match, s)->cases->items[i])->body))
                return true;
        }
        return false;
    case RT_AST_Try:
    case RT_AST_TryStar: {
        struct rt_ast_Try *t = (struct rt_ast_Try *)s; /* TryStar has the same fields */
        for (uint32_t i = 0; i < t->handlers->len; i++) {
            if (has_annotations(RT_AST(ExceptHandler, t->handlers->items[i])->body))
                return true;
        }
        return has_annotations(t->body) || has_annotations(t->orelse) || has_annotations(t->finalbody);
    }
    default: return false;
    }
}

static bool has_annotations(const struct rt_ast_seq *q)
{
    for (uint32_t i = 0; i < q->len; i++) {
        if (stmt_annotates(q->items[i]))
            return true;
    }
    return false;
}

/* Module or class body: __annotations__, docstring, statements. */
void rt_cg_body(struct rt_comp *c, struct rt_ast_seq *stmts)
{
    uint32_t from = 0;
    if (c->u->kind == RT_U_MODULE && stmts->len)
        rt_cg_set_loc(c, stmts->items[0]);
    if (c->u->scope->has_annotations && has_annotations(stmts))
        rt_cg_emit(c, RT_OP_SETUP_ANNOTATIONS, 0, 0, 0);
    rt_value doc = rt_cg_docstring_of(c, stmts);
    if (!rt_is_null(doc) && c->optimize < 2) {
        uint32_t base = c->u->depth;
        from = 1;
        rt_cg_set_loc(c, RT_AST(Expr, stmts->items[0])->value);
        int t = rt_cg_load_value(c, doc, RT_TEMP);
        rt_cg_emit_w(c, RT_OP_STORE_NAME, t, 0, 0, rt_cg_name_ic(c, c->id_doc, RT_OP_STORE_NAME));
        c->u->depth = base;
    }
    for (uint32_t i = from; i < stmts->len; i++)
        rt_cg_stmt(c, stmts->items[i]);
}

rt_value rt_cg_module(struct rt_comp *c, struct rt_ast *mod)
{
    rt_value name = rt_str_intern_cstr(c->ts, "<module>");
    if (rt_is_null(name))
        rt_comp_fail(c);
    rt_cg_unit_enter(c, c->scopes[0], name, RT_U_MODULE, 1);
    RT_UNIT_TRY(c) {
        struct rt_unit *u = c->u;
        u->loc = (struct rt_loc){.line = 0, .col = -1, .end_col = -1};
        if (mod->kind == RT_AST_Expression) {
            struct rt_ast *e = RT_AST(Expression, mod)->body;
            rt_cg_set_loc(c, e);
            int r = rt_cg_expr(c, e, RT_ANY);
            rt_cg_emit(c, RT_OP_RETURN, r, 0, 0);
        } else if (mod->kind == RT_AST_Interactive) {
            struct rt_ast_seq *q = RT_AST(Interactive, mod)->body;
            if (c->scopes[0]->has_annotations && has_annotations(q))
                rt_cg_emit(c, RT_OP_SETUP_ANNOTATIONS, 0, 0, 0);
            for (uint32_t i = 0; i < q->len; i++)
                rt_cg_stmt(c, q->items[i]);
            rt_cg_same_loc(c);
            rt_cg_emit_x(c, RT_OP_RETURN_K, 0, rt_cg_const_index(c, RT_NONE));
        } else {
            struct rt_ast_seq *q = RT_AST(Module, mod)->body;
            rt_cg_body(c, q);
            rt_cg_same_loc(c);
            if (!q->len)
                u->loc = (struct rt_loc){.line = 1, .end_line = 1};
            rt_cg_emit_x(c, RT_OP_RETURN_K, 0, rt_cg_const_index(c, RT_NONE));
        }
        u->reachable = false;
    }
    return rt_cg_unit_leave(c);
}
