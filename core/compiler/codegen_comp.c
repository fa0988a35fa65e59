/* SPDX-License-Identifier: MIT */
/*
 * codegen_comp.c: comprehensions and generator expressions. Each is a function of one argument `.0`, the outermost
 * iterable (evaluated and made iterable outside), called at once.
 */
#include "core/compiler/compiler_internal.h"

struct comp {
    struct rt_ast_seq *gens;
    struct rt_ast *elt, *value;
    int kind;   /* RT_COMP_* */
    int result; /* register of the container */
};

static void clauses(struct rt_comp *c, struct comp *k, uint32_t i);

static void innermost(struct rt_comp *c, struct comp *k)
{
    uint32_t base = c->u->depth;
    struct rt_loc saved = c->u->loc;
    switch (k->kind) {
    case RT_COMP_GENERATOR: {
        int v = rt_cg_expr(c, k->elt, RT_ANY);
        if (c->u->scope->coroutine) {
            int w = rt_cg_dest(c, base, RT_TEMP);
            rt_cg_emit(c, RT_OP_ASYNC_GEN_WRAP, w, v, 0);
            v = w;
        }
        int d = rt_cg_dest(c, base, RT_TEMP);
        rt_cg_emit(c, RT_OP_YIELD, d, v, 0);
        rt_cg_emit(c, RT_OP_DROP, d, 0, 0);
        break;
    }
    case RT_COMP_LIST:
    case RT_COMP_SET: {
        int v = rt_cg_expr(c, k->elt, RT_ANY);
        rt_cg_emit(c, k->kind == RT_COMP_LIST ? RT_OP_LIST_APPEND : RT_OP_SET_ADD, k->result, v, 0);
        break;
    }
    default: {
        int key = rt_cg_operand(c, k->elt, rt_cg_rebinds(c, k->value)), v = rt_cg_expr(c, k->value, RT_ANY);
        rt_cg_emit(c, RT_OP_MAP_ADD, k->result, key, v);
        break;
    }
    }
    c->u->loc = saved;
    c->u->depth = base;
}

/* The conditions of a clause, then the next clause or the element; `again` is the loop's head. */
static void conditions(struct rt_comp *c, struct comp *k, uint32_t i, struct rt_clabel *again)
{
    struct rt_ast_seq *ifs = RT_AST(comprehension, k->gens->items[i])->ifs;
    for (uint32_t j = 0; j < ifs->len; j++)
        rt_cg_jump_if(c, ifs->items[j], again, false);
    if (i + 1 < k->gens->len)
        clauses(c, k, i + 1);
    else
        innermost(c, k);
}

static int iterable(struct rt_comp *c, struct comp *k, uint32_t i)
{
    struct rt_ast *e = RT_AST(comprehension, k->gens->items[i])->iter;
    if (i == 0)
        return rt_cg_name_load(c, rt_symtable_lookup(c->u->scope, rt_comp_ident(c, ".0")), RT_ANY);
    rt_value v;
    if (rt_fold_iterable(c, e, &v))
        return rt_cg_load_value(c, v, RT_TEMP);
    return rt_cg_expr(c, e, RT_ANY);
}

static int for_target(struct rt_comp *c, struct rt_ast *target)
{
    if (target->kind != RT_AST_Name)
        return -1;
    rt_cg_check_debug(c, target, RT_AST(Name, target)->id, RT_AST_Store);
    return rt_cg_local_register(c, rt_cg_sym_of_node(c, target));
}

/* `for t in (x,)` is an assignment. */
static struct rt_ast *single(struct rt_ast *e)
{
    struct rt_ast_seq *q = e->kind == RT_AST_List ? RT_AST(List, e)->elts : e->kind == RT_AST_Tuple ? RT_AST(Tuple, e)->elts : NULL;
    return q && q->len == 1 && q->items[0]->kind != RT_AST_Starred ? q->items[0] : NULL;
}

static void sync_clause(struct rt_comp *c, struct comp *k, uint32_t i)
{
    struct rt_ast_comprehension *g = RT_AST(comprehension, k->gens->items[i]);
    uint32_t base = c->u->depth;
    RT_LABEL(head);
    RT_LABEL(next);
    RT_LABEL(end);
    struct rt_ast *one = i ? single(g->iter) : NULL;
    if (one) {
        int v = rt_cg_expr(c, one, RT_ANY);
        c->u->depth = rt_cg_is_temp(c, v) ? base + 1 : base;
        rt_cg_store(c, g->target, v);
        c->u->depth = base;
        conditions(c, k, i, &end);
        rt_cg_label_place(c, &end);
        return;
    }
    int it = iterable(c, k, i);
    c->u->depth = base;
    int state = rt_cg_push_n(c, 3);
    rt_cg_emit(c, RT_OP_FOR_PREP, state, it, i == 0);
    rt_cg_label_place_loop(c, &head);
    int reg = for_target(c, g->target), v = reg >= 0 ? reg : rt_cg_push(c);
    rt_cg_emit_cond(c, RT_OP_FOR_ITER, state, v, 0, &end);
    c->u->depth = base + 3;
    if (reg >= 0) {
        rt_cg_local_set_bound(c, reg);
    } else {
        c->u->depth++;
        rt_cg_store(c, g->target, v);
        c->u->depth--;
    }
    conditions(c, k, i, &next);
    rt_cg_label_place(c, &next);
    rt_cg_emit_for_next(c, state, v, &head);
    c->u->depth = base;
    rt_cg_label_place(c, &end);
}

static void async_clause(struct rt_comp *c, struct comp *k, uint32_t i)
{
    struct rt_ast_comprehension *g = RT_AST(comprehension, k->gens->items[i]);
    uint32_t base = c->u->depth;
    RT_LABEL(head);
    RT_LABEL(end);
    RT_LABEL(next);
    int it = rt_cg_push(c);
    if (i == 0) {
        int arg = iterable(c, k, 0);
        rt_cg_emit(c, RT_OP_MOVE, it, arg, 0);
    } else {
        c->u->depth = base;
        int v = rt_cg_expr(c, g->iter, RT_ANY);
        c->u->depth = base + 1;
        rt_cg_emit(c, RT_OP_GET_AITER, it, v, 0);
    }
    c->u->depth = base + 1;
    rt_cg_label_place_loop(c, &head);
    int outer = c->u->handler, h = rt_cg_handler_new(c);
    rt_cg_handler_set(c, h);
    int v = rt_cg_push(c);
    rt_cg_emit(c, RT_OP_GET_ANEXT, v, it, 0);
    int sent = rt_cg_load_none(c);
    rt_cg_emit(c, RT_OP_YIELD_FROM, v, v, sent);
    rt_cg_handler_set(c, outer);
    c->u->depth = base + 2;
    rt_cg_store(c, g->target, v);
    c->u->depth = base + 1;
    conditions(c, k, i, &next);
    rt_cg_label_place(c, &next);
    rt_cg_emit_back(c, &head);
    if (rt_cg_handler_place(c, h)) {
        rt_cg_emit_cond(c, RT_OP_END_ASYNC_FOR, v, it, 0, &end);
        c->u->reachable = false;
    }
    c->u->depth = base;
    rt_cg_label_place(c, &end);
}

static void clauses(struct rt_comp *c, struct comp *k, uint32_t i)
{
    rt_comp_enter(c);
    if (RT_AST(comprehension, k->gens->items[i])->is_async)
        async_clause(c, k, i);
    else
        sync_clause(c, k, i);
    rt_comp_leave(c);
}

static rt_value body(struct rt_comp *c, struct comp *k, struct rt_ast *e, struct rt_sym_scope *scope, const char *name)
{
    rt_value v = rt_str_intern_cstr(c->ts, name);
    if (rt_is_null(v))
        rt_comp_fail(c);
    rt_cg_unit_enter(c, scope, v, RT_U_COMPREHENSION, e->lineno);
    rt_cg_qualname(c);
    c->u->argcount = 1;
    RT_UNIT_TRY(c) {
        rt_cg_set_loc(c, e);
        if (k->kind == RT_COMP_GENERATOR) {
            clauses(c, k, 0);
            rt_cg_emit_x(c, RT_OP_RETURN_K, 0, rt_cg_const_index(c, RT_NONE));
        } else {
            k->result = rt_cg_push(c);
            rt_cg_emit_list(c, k->kind == RT_COMP_LIST ? RT_OP_BUILD_LIST : k->kind == RT_COMP_SET ? RT_OP_BUILD_SET : RT_OP_BUILD_MAP,
                         k->result, 0, NULL, 0);
            clauses(c, k, 0);
            rt_cg_emit(c, RT_OP_RETURN, k->result, 0, 0);
        }
        c->u->reachable = false;
    }
    return rt_cg_unit_leave(c);
}

int rt_cg_comprehension(struct rt_comp *c, struct rt_ast *e, int want)
{
    struct comp k = {.result = -1};
    const char *name;
    switch (e->kind) {
    case RT_AST_ListComp:
        k = (struct comp){RT_AST(ListComp, e)->generators, RT_AST(ListComp, e)->elt, NULL, RT_COMP_LIST, -1};
        name = "<listcomp>";
        break;
    case RT_AST_SetComp:
        k = (struct comp){RT_AST(SetComp, e)->generators, RT_AST(SetComp, e)->elt, NULL, RT_COMP_SET, -1};
        name = "<setcomp>";
        break;
    case RT_AST_DictComp:
        k = (struct comp){RT_AST(DictComp, e)->generators, RT_AST(DictComp, e)->key, RT_AST(DictComp, e)->value, RT_COMP_DICT, -1};
        name = "<dictcomp>";
        break;
    default:
        k = (struct comp){RT_AST(GeneratorExp, e)->generators, RT_AST(GeneratorExp, e)->elt, NULL, RT_COMP_GENERATOR, -1};
        name = "<genexpr>";
        break;
    }
    struct rt_unit *u = c->u;
    struct rt_sym_scope *scope = c->scopes[e->note];
    struct rt_ast_comprehension *first = RT_AST(comprehension, k.gens->items[0]);
    bool async = scope->coroutine, top = c->flags & RT_CF_ALLOW_TOP_LEVEL_AWAIT && u->scope->type == RT_BLOCK_MODULE;
    bool allowed = u->kind == RT_U_ASYNC_FUNCTION || u->kind == RT_U_COMPREHENSION || top;
    if (async && k.kind != RT_COMP_GENERATOR && !allowed)
        rt_comp_error(c, e, "asynchronous comprehension outside of an asynchronous function");
    rt_value code = body(c, &k, e, scope, name);
    uint32_t base = u->depth;
    int f = rt_cg_push(c);
    c->u->depth = base;
    f = rt_cg_make_function(c, code, scope, 0, -1, RT_TEMP);
    rt_value folded;
    int it = rt_fold_iterable(c, first->iter, &folded) ? rt_cg_load_value(c, folded, RT_TEMP) : rt_cg_expr(c, first->iter, RT_ANY);
    c->u->depth = base + 1;
    int arg = rt_cg_push(c);
    rt_cg_emit(c, first->is_async ? RT_OP_GET_AITER : RT_OP_GET_ITER_LAZY, arg, it, 0);
    uint8_t reg = (uint8_t)arg;
    if (async && k.kind != RT_COMP_GENERATOR) {
        rt_cg_emit_list(c, RT_OP_CALL, f, f, &reg, 1);
        c->u->depth = base + 1;
        rt_cg_await(c, f, 0);
        return rt_cg_to_want(c, base, f, want);
    }
    int d = rt_cg_dest(c, base, want);
    rt_cg_emit_list(c, RT_OP_CALL, d, f, &reg, 1);
    return d;
}
