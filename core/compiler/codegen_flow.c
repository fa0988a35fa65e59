/* SPDX-License-Identifier: MIT */
/*
 * codegen_flow.c: if, loops, try, with, and the ways out of them.
 *
 * Every statement that leaves something to undo pushes an fblock. return, break and continue emit the undoing of all blocks
 * they leave, innermost first, each under the handler in force outside that block; finally bodies are emitted anew for each
 * way out.
 *
 * A handler's code begins with the exception in its base register E; PUSH_EXC makes it the handled one (E + 1: the one
 * before). What the handler's own code raises goes to a second handler that ends the handling and raises on.
 */
#include "core/compiler/compiler_internal.h"

/* ---- leaving blocks ---- */

static void none_args(struct rt_comp *c, uint8_t *regs)
{
    for (int i = 0; i < 3; i++)
        regs[i] = (uint8_t)rt_cg_load_none(c);
}

/* exit(None, None, None) for the bound method in register `exit` (consumed); the result is dropped. */
static void call_exit(struct rt_comp *c, int exit, bool async)
{
    uint32_t base = c->u->depth;
    uint8_t regs[3];
    none_args(c, regs);
    c->u->depth = base;
    int t = rt_cg_push(c);
    rt_cg_emit_list(c, RT_OP_CALL, t, exit, regs, 3);
    if (async)
        rt_cg_await(c, t, 2);
    rt_cg_emit(c, RT_OP_DROP, t, 0, 0);
    c->u->depth = base;
}

/* Undo what the block did. keep: register of a value that survives (a temporary on top), or -1. */
static void unwind_block(struct rt_comp *c, struct rt_fblock *b, int keep)
{
    struct rt_unit *u = c->u;
    rt_cg_handler_set(c, b->outer);
    switch (b->kind) {
    case RT_FB_FOR: rt_cg_emit(c, RT_OP_DROPN, b->reg, 3, 0); break;
    case RT_FB_ASYNC_FOR:
    case RT_FB_VALUE: rt_cg_emit(c, RT_OP_DROP, b->reg, 0, 0); break;
    case RT_FB_FINALLY: {
        uint32_t n = u->nblocks, depth = u->depth;
        struct rt_fblock saved[RT_MAX_BLOCKS + 1];
        memcpy(saved, u->blocks, sizeof saved);
        u->nblocks = (uint32_t)(b - u->blocks);
        if (keep >= 0 && rt_cg_is_temp(c, keep))
            rt_cg_block_push(c, RT_FB_VALUE, NULL, NULL, u->handler, keep, NULL);
        for (uint32_t i = 0; i < saved[b - u->blocks].body->len; i++)
            rt_cg_stmt(c, saved[b - u->blocks].body->items[i]);
        memcpy(u->blocks, saved, sizeof saved);
        u->nblocks = n;
        u->depth = depth;
        u->loc.line = 0;
        break;
    }
    case RT_FB_FINALLY_END: rt_cg_emit(c, RT_OP_POP_EXC, b->reg, 0, 0); break;
    case RT_FB_WITH:
    case RT_FB_ASYNC_WITH: {
        rt_cg_set_loc(c, b->node);
        call_exit(c, b->reg, b->kind == RT_FB_ASYNC_WITH);
        u->loc.line = 0; /* the statement that leaves is not traced again */
        break;
    }
    case RT_FB_HANDLER:
        rt_cg_emit(c, RT_OP_POP_EXC, b->reg, 0, 0);
        if (b->name)
            rt_cg_name_clear(c, rt_cg_sym_of(c, b->name));
        break;
    default: break;
    }
}

static void forbid_in_group(struct rt_comp *c, struct rt_ast *s)
{
    for (uint32_t i = c->u->nblocks; i-- > 0;) {
        if (c->u->blocks[i].kind == RT_FB_GROUP_HANDLER)
            rt_comp_error(c, s, "'break', 'continue' and 'return' cannot appear in an except* block");
        if (s->kind != RT_AST_Return && (c->u->blocks[i].kind == RT_FB_WHILE || c->u->blocks[i].kind == RT_FB_FOR ||
                                         c->u->blocks[i].kind == RT_FB_ASYNC_FOR))
            return;
    }
}

static bool must_run_code(const struct rt_unit *u)
{
    for (uint32_t i = 0; i < u->nblocks; i++) {
        switch (u->blocks[i].kind) {
        case RT_FB_FINALLY:
        case RT_FB_WITH:
        case RT_FB_ASYNC_WITH: return true;
        case RT_FB_HANDLER:
            if (u->blocks[i].name)
                return true;
            break;
        default: break;
        }
    }
    return false;
}

static void return_value(struct rt_comp *c, struct rt_ast *s, struct rt_ast *value);

/* return a if t else b: each way returns by itself. */
static void return_choice(struct rt_comp *c, struct rt_ast *s, struct rt_ast *value)
{
    struct rt_ast_IfExp *n = RT_AST(IfExp, value);
    RT_LABEL(otherwise);
    rt_comp_enter(c);
    rt_cg_set_loc(c, value);
    rt_cg_jump_if(c, n->test, &otherwise, false);
    return_value(c, s, n->body);
    rt_cg_label_place(c, &otherwise);
    return_value(c, s, n->orelse);
    rt_comp_leave(c);
}

void rt_cg_return(struct rt_comp *c, struct rt_ast *s)
{
    struct rt_unit *u = c->u;
    struct rt_ast *value = RT_AST(Return, s)->value;
    if (u->scope->type != RT_BLOCK_FUNCTION)
        rt_comp_error(c, s, "'return' outside function");
    if (value && u->scope->coroutine && u->scope->generator)
        rt_comp_error(c, s, "'return' with value in async generator");
    forbid_in_group(c, s);
    return_value(c, s, value);
}

static void return_value(struct rt_comp *c, struct rt_ast *s, struct rt_ast *value)
{
    struct rt_unit *u = c->u;
    if (value && value->kind == RT_AST_IfExp && !must_run_code(u)) {
        return_choice(c, s, value);
        return;
    }
    uint32_t base = u->depth;
    int handler = u->handler, r = -1;
    bool constant = !value || rt_fold_is_const(value);
    if (!constant) {
        r = rt_cg_operand(c, value, must_run_code(u));
    } else if (value && value->lineno != s->lineno) {
        rt_cg_set_loc(c, value);
        rt_cg_emit_nop(c);
    }
    rt_cg_set_loc(c, constant && value && value->lineno == s->lineno ? value : s);
    if (constant)
        rt_cg_emit_nop(c);
    for (uint32_t i = u->nblocks; i-- > 0;)
        unwind_block(c, &u->blocks[i], r);
    if (constant) {
        uint32_t k = rt_cg_const_index(c, value ? rt_fold_value(c, rt_fold_of(value)) : RT_NONE);
        if (k <= 0xffff) {
            rt_cg_emit_x(c, RT_OP_RETURN_K, 0, k);
            u->reachable = false;
        } else {
            r = rt_cg_push(c);
            rt_cg_emit_w(c, RT_OP_LOADK_FAR, r, 0, 0, k);
            rt_cg_emit_stop(c, RT_OP_RETURN, r, 0, 0);
        }
    } else {
        rt_cg_emit_stop(c, RT_OP_RETURN, r, 0, 0);
    }
    u->depth = base;
    rt_cg_handler_set(c, handler);
}

void rt_cg_break_continue(struct rt_comp *c, struct rt_ast *s, bool is_break)
{
    struct rt_unit *u = c->u;
    int handler = u->handler;
    rt_cg_emit_nop(c);
    forbid_in_group(c, s);
    for (uint32_t i = u->nblocks; i-- > 0;) {
        struct rt_fblock *b = &u->blocks[i];
        bool loop = b->kind == RT_FB_WHILE || b->kind == RT_FB_FOR || b->kind == RT_FB_ASYNC_FOR;
        if (!loop) {
            unwind_block(c, b, -1);
            continue;
        }
        if (is_break) {
            unwind_block(c, b, -1);
            rt_cg_emit_jump(c, b->end);
        } else {
            rt_cg_handler_set(c, b->outer);
            rt_cg_emit_jump(c, b->loop);
        }
        u->reachable = false;
        rt_cg_handler_set(c, handler);
        return;
    }
    rt_comp_error(c, s, is_break ? "'break' outside loop" : "'continue' not properly in loop");
}

static void stmts(struct rt_comp *c, struct rt_ast_seq *q)
{
    for (uint32_t i = 0; i < q->len; i++)
        rt_cg_stmt(c, q->items[i]);
}

/* ---- if, while, for ---- */

void rt_cg_if(struct rt_comp *c, struct rt_ast *s)
{
    struct rt_ast_If *n = RT_AST(If, s);
    RT_LABEL(otherwise);
    RT_LABEL(end);
    rt_cg_jump_if(c, n->test, &otherwise, false);
    stmts(c, n->body);
    if (n->orelse->len) {
        rt_cg_same_loc(c);
        rt_cg_emit_jump(c, &end);
        rt_cg_label_place(c, &otherwise);
        stmts(c, n->orelse);
    } else {
        rt_cg_label_place(c, &otherwise);
    }
    rt_cg_label_place(c, &end);
}

void rt_cg_while(struct rt_comp *c, struct rt_ast *s)
{
    struct rt_ast_While *n = RT_AST(While, s);
    RT_LABEL(head);
    RT_LABEL(next);
    RT_LABEL(otherwise);
    RT_LABEL(end);
    bool forever = rt_fold_truth(n->test) == 1;
    if (forever)
        rt_cg_emit_nop(c);
    rt_cg_label_place_loop(c, &head);
    rt_cg_block_push(c, RT_FB_WHILE, &next, &end, c->u->handler, -1, s);
    if (!forever)
        rt_cg_jump_if(c, n->test, &otherwise, false);
    stmts(c, n->body);
    rt_cg_label_place(c, &next);
    /* Tracing sees the loop's line again at its test, or here if it has none. */
    if (forever)
        rt_cg_set_loc(c, n->test);
    else
        c->u->loc.line = 0;
    rt_cg_emit_back(c, &head);
    rt_cg_block_pop(c, RT_FB_WHILE);
    rt_cg_label_place(c, &otherwise);
    stmts(c, n->orelse);
    rt_cg_label_place(c, &end);
}

/* The value of an iterable for a loop: displays of constants become constants. */
static int loop_iterable(struct rt_comp *c, struct rt_ast *e)
{
    rt_value v;
    if (rt_fold_iterable(c, e, &v)) {
        struct rt_loc saved = c->u->loc;
        rt_cg_set_loc(c, e);
        int r = rt_cg_load_value(c, v, RT_TEMP);
        c->u->loc = saved;
        return r;
    }
    return rt_cg_expr(c, e, RT_ANY);
}

void rt_cg_for(struct rt_comp *c, struct rt_ast *s)
{
    struct rt_ast_For *n = RT_AST(For, s);
    uint32_t base = c->u->depth;
    RT_LABEL(head);
    RT_LABEL(next);
    RT_LABEL(otherwise);
    RT_LABEL(end);
    int it = loop_iterable(c, n->iter);
    c->u->depth = base;
    int state = rt_cg_push_n(c, 3);
    rt_cg_emit(c, RT_OP_FOR_PREP, state, it, 0);
    rt_cg_label_place_loop(c, &head);
    rt_cg_block_push(c, RT_FB_FOR, &next, &end, c->u->handler, state, s);
    int reg = n->target->kind == RT_AST_Name ? rt_cg_local_register(c, rt_cg_sym_of_node(c, n->target)) : -1;
    int v = reg >= 0 ? reg : rt_cg_push(c);
    rt_cg_emit_cond(c, RT_OP_FOR_ITER, state, v, 0, &otherwise);
    if (reg >= 0) {
        rt_cg_check_debug(c, n->target, RT_AST(Name, n->target)->id, RT_AST_Store);
        rt_cg_local_set_bound(c, reg);
    } else {
        rt_cg_store(c, n->target, v);
    }
    c->u->depth = base + 3;
    stmts(c, n->body);
    rt_cg_label_place(c, &next);
    c->u->loc.line = 0;
    rt_cg_emit_for_next(c, state, v, &head);
    rt_cg_block_pop(c, RT_FB_FOR);
    c->u->depth = base;
    rt_cg_label_place(c, &otherwise);
    stmts(c, n->orelse);
    rt_cg_label_place(c, &end);
}

static void need_async(struct rt_comp *c, struct rt_ast *s, const char *what)
{
    bool top = c->flags & RT_CF_ALLOW_TOP_LEVEL_AWAIT && c->u->scope->type == RT_BLOCK_MODULE;
    if (top)
        c->u->scope->coroutine = true;
    else if (c->u->kind != RT_U_ASYNC_FUNCTION)
        rt_comp_error(c, s, "'%s' outside async function", what);
}

void rt_cg_async_for(struct rt_comp *c, struct rt_ast *s)
{
    struct rt_ast_AsyncFor *n = RT_AST(AsyncFor, s);
    uint32_t base = c->u->depth;
    RT_LABEL(head);
    RT_LABEL(next);
    RT_LABEL(otherwise);
    RT_LABEL(end);
    need_async(c, s, "async for");
    int v = rt_cg_expr(c, n->iter, RT_ANY);
    c->u->depth = base;
    int it = rt_cg_push(c);
    rt_cg_emit(c, RT_OP_GET_AITER, it, v, 0);
    rt_cg_label_place_loop(c, &head);
    rt_cg_block_push(c, RT_FB_ASYNC_FOR, &next, &end, c->u->handler, it, s);
    int outer = c->u->handler, h = rt_cg_handler_new(c);
    rt_cg_handler_set(c, h);
    v = rt_cg_push(c);
    rt_cg_emit(c, RT_OP_GET_ANEXT, v, it, 0);
    int sent = rt_cg_load_none(c);
    rt_cg_emit(c, RT_OP_YIELD_FROM, v, v, sent);
    rt_cg_handler_set(c, outer);
    c->u->depth = base + 2;
    rt_cg_store(c, n->target, v);
    c->u->depth = base + 1;
    stmts(c, n->body);
    rt_cg_label_place(c, &next);
    c->u->loc.line = 0;
    rt_cg_emit_back(c, &head);
    rt_cg_block_pop(c, RT_FB_ASYNC_FOR);
    rt_cg_set_loc(c, s);
    if (rt_cg_handler_place(c, h)) {
        rt_cg_emit_cond(c, RT_OP_END_ASYNC_FOR, v, it, 0, &otherwise);
        c->u->reachable = false;
    }
    c->u->depth = base;
    rt_cg_label_place(c, &otherwise);
    stmts(c, n->orelse);
    rt_cg_label_place(c, &end);
}

/* ---- try ---- */

/* The second handler of a handler whose exception is in E: end the handling, raise on. Depth is E's place plus two. */
static void place_cleanup(struct rt_comp *c, int cleanup, int e)
{
    struct rt_loc saved = c->u->loc;
    c->u->loc = (struct rt_loc){.line = 0, .col = -1, .end_col = -1};
    if (rt_cg_handler_place(c, cleanup)) {
        int x = rt_cg_push(c);
        rt_cg_emit(c, RT_OP_POP_EXC, e, 0, 0);
        rt_cg_emit_stop(c, RT_OP_RERAISE, x, 1, 0);
    }
    c->u->loc = saved;
}

/* `except T as name:` body; the exception is in e, the block's depth is e + 2. Ends with a jump to end. */
static void handler_body(struct rt_comp *c, struct rt_ast_ExceptHandler *h, int e, int outer, int cleanup, struct rt_clabel *end)
{
    struct rt_unit *u = c->u;
    if (!h->name) {
        rt_cg_block_push(c, RT_FB_HANDLER, NULL, NULL, outer, e, NULL);
        stmts(c, h->body);
        rt_cg_block_pop(c, RT_FB_HANDLER);
        rt_cg_handler_set(c, outer);
        u->loc = (struct rt_loc){.line = 0, .col = -1, .end_col = -1};
        rt_cg_emit(c, RT_OP_POP_EXC, e, 0, 0);
        rt_cg_emit_jump(c, end);
        rt_cg_handler_set(c, cleanup);
        return;
    }
    struct rt_sym *sym = rt_cg_sym_of(c, h->name);
    rt_cg_check_debug(c, &h->base, h->name, RT_AST_Store);
    int reg = rt_cg_local_register(c, sym), v = reg >= 0 ? reg : rt_cg_push(c);
    rt_cg_emit(c, RT_OP_COPY, v, e, 0);
    rt_cg_name_store(c, sym, v);
    if (reg < 0)
        u->depth--;
    /* raised in here: the name is unbound first */
    int named = rt_cg_handler_new(c);
    rt_cg_handler_set(c, named);
    rt_cg_block_push(c, RT_FB_HANDLER, NULL, NULL, outer, e, NULL);
    u->blocks[u->nblocks - 1].name = h->name;
    stmts(c, h->body);
    rt_cg_block_pop(c, RT_FB_HANDLER);
    rt_cg_handler_set(c, outer);
    u->loc = (struct rt_loc){.line = 0, .col = -1, .end_col = -1};
    rt_cg_emit(c, RT_OP_POP_EXC, e, 0, 0);
    rt_cg_name_clear(c, sym);
    rt_cg_emit_jump(c, end);
    rt_cg_handler_set(c, cleanup);
    if (rt_cg_handler_place(c, named)) {
        uint32_t depth = u->depth;
        int x = rt_cg_push(c);
        rt_cg_name_clear(c, sym);
        rt_cg_emit_stop(c, RT_OP_RERAISE, x, 1, 0);
        u->depth = depth;
    }
}

/* The body of try with its else; then the head of the handlers. Returns the first of the two registers of the
   exception; *cleanup handles what is raised in the handlers. */
static int protected_body(struct rt_comp *c, struct rt_ast_seq *body, struct rt_ast_seq *orelse, struct rt_ast *s,
                          struct rt_clabel *end, int *cleanup)
{
    struct rt_unit *u = c->u;
    int outer = u->handler, h = rt_cg_handler_new(c);
    rt_cg_handler_set(c, h);
    rt_cg_emit_nop(c);
    rt_cg_block_push(c, RT_FB_TRY, NULL, NULL, outer, -1, s);
    stmts(c, body);
    rt_cg_block_pop(c, RT_FB_TRY);
    rt_cg_handler_set(c, outer);
    stmts(c, orelse);
    rt_cg_same_loc(c);
    rt_cg_emit_jump(c, end);
    rt_cg_handler_place(c, h);
    int e = rt_cg_push_n(c, 2);
    *cleanup = rt_cg_handler_new(c);
    u->loc = (struct rt_loc){.line = 0, .col = -1, .end_col = -1};
    rt_cg_emit(c, RT_OP_PUSH_EXC, e, 0, 0);
    rt_cg_handler_set(c, *cleanup);
    return e;
}

static void try_except(struct rt_comp *c, struct rt_ast_Try *n, struct rt_ast *s)
{
    struct rt_unit *u = c->u;
    uint32_t base = u->depth;
    RT_LABEL(end);
    int outer = u->handler, cleanup, e = protected_body(c, n->body, n->orelse, s, &end, &cleanup);
    for (uint32_t i = 0; i < n->handlers->len; i++) {
        struct rt_ast_ExceptHandler *k = RT_AST(ExceptHandler, n->handlers->items[i]);
        rt_cg_set_loc(c, &k->base);
        if (!k->type && i + 1 < n->handlers->len)
            rt_comp_error(c, &k->base, "default 'except:' must be last");
        RT_LABEL(next);
        if (k->type) {
            uint32_t depth = u->depth;
            int t = rt_cg_expr(c, k->type, RT_TEMP);
            u->depth = depth;
            rt_cg_emit_cond(c, RT_OP_JNOT_MATCH, e, t, 0, &next);
        } else {
            rt_cg_emit_nop(c);
        }
        handler_body(c, k, e, outer, cleanup, &end);
        rt_cg_label_place(c, &next);
        rt_cg_set_loc(c, &k->base);
    }
    if (u->reachable)
        rt_cg_emit_stop(c, RT_OP_RERAISE, e, 0, 0);
    rt_cg_handler_set(c, outer);
    place_cleanup(c, cleanup, e);
    u->depth = base;
    rt_cg_label_place(c, &end);
}

static void star_handler(struct rt_comp *c, struct rt_ast_ExceptHandler *k, int e, int list, int group)
{
    struct rt_unit *u = c->u;
    uint32_t depth = u->depth;
    int cleanup = u->handler;
    RT_LABEL(next);
    rt_cg_set_loc(c, &k->base);
    int match = rt_cg_push_n(c, 2);
    u->depth = depth;
    int t = rt_cg_expr(c, k->type, RT_TEMP);
    u->depth = depth + 2;
    rt_cg_emit(c, RT_OP_EG_MATCH, match, group, t);
    rt_cg_emit(c, RT_OP_MOVE, group, match + 1, 0);
    rt_cg_emit(c, RT_OP_COPY, match + 1, match, 0);
    rt_cg_emit_cond(c, RT_OP_JNONE, match + 1, 0, 0, &next);
    rt_cg_set_loc(c, &k->base);
    rt_cg_emit(c, RT_OP_PUSH_EXC, match, 0, 0);
    struct rt_sym *sym = k->name ? rt_cg_sym_of(c, k->name) : NULL;
    if (sym) {
        rt_cg_check_debug(c, &k->base, k->name, RT_AST_Store);
        int reg = rt_cg_local_register(c, sym), v = reg >= 0 ? reg : rt_cg_push(c);
        rt_cg_emit(c, RT_OP_COPY, v, match, 0);
        rt_cg_name_store(c, sym, v);
        u->depth = depth + 2;
    }
    int h = rt_cg_handler_new(c);
    rt_cg_handler_set(c, h);
    rt_cg_block_push(c, RT_FB_GROUP_HANDLER, NULL, NULL, cleanup, match, NULL);
    stmts(c, k->body);
    rt_cg_block_pop(c, RT_FB_GROUP_HANDLER);
    rt_cg_handler_set(c, cleanup);
    u->loc = (struct rt_loc){.line = 0, .col = -1, .end_col = -1};
    rt_cg_emit(c, RT_OP_POP_EXC, match, 0, 0);
    if (sym)
        rt_cg_name_clear(c, sym);
    RT_LABEL(done);
    rt_cg_emit_jump(c, &done);
    if (rt_cg_handler_place(c, h)) { /* what the body raised is collected */
        int x = rt_cg_push(c);
        if (sym)
            rt_cg_name_clear(c, sym);
        rt_cg_emit(c, RT_OP_LIST_APPEND, list, x, 0);
        rt_cg_emit(c, RT_OP_POP_EXC, match, 0, 0);
        rt_cg_emit_jump(c, &done);
    }
    rt_cg_label_place(c, &next);
    rt_cg_emit(c, RT_OP_DROP, match, 0, 0);
    rt_cg_label_place(c, &done);
    u->depth = depth;
    (void)e;
}

static void try_star_except(struct rt_comp *c, struct rt_ast_TryStar *n, struct rt_ast *s)
{
    struct rt_unit *u = c->u;
    uint32_t base = u->depth;
    RT_LABEL(end);
    int outer = u->handler, cleanup, e = protected_body(c, n->body, n->orelse, s, &end, &cleanup);
    int list = rt_cg_push(c), group = rt_cg_push(c);
    rt_cg_emit_list(c, RT_OP_BUILD_LIST, list, 0, NULL, 0);
    rt_cg_emit(c, RT_OP_COPY, group, e, 0);
    rt_cg_block_push(c, RT_FB_GROUP_HANDLER, NULL, NULL, cleanup, e, NULL);
    u->nblocks--;
    for (uint32_t i = 0; i < n->handlers->len; i++)
        star_handler(c, RT_AST(ExceptHandler, n->handlers->items[i]), e, list, group);
    u->loc = (struct rt_loc){.line = 0, .col = -1, .end_col = -1};
    rt_cg_emit(c, RT_OP_LIST_APPEND, list, group, 0);
    u->depth--;
    rt_cg_emit(c, RT_OP_EG_PREP_RERAISE, list, e, list);
    int copy = rt_cg_push(c);
    RT_LABEL(nothing);
    rt_cg_emit(c, RT_OP_COPY, copy, list, 0);
    rt_cg_emit_cond(c, RT_OP_JNONE, copy, 0, 0, &nothing);
    rt_cg_handler_set(c, outer);
    rt_cg_emit(c, RT_OP_POP_EXC, e, 0, 0);
    rt_cg_emit_stop(c, RT_OP_RERAISE, list, 0, 0);
    rt_cg_handler_set(c, cleanup);
    rt_cg_label_place(c, &nothing);
    rt_cg_handler_set(c, outer);
    rt_cg_emit(c, RT_OP_DROP, list, 0, 0);
    rt_cg_emit(c, RT_OP_POP_EXC, e, 0, 0);
    rt_cg_emit_jump(c, &end);
    u->depth = base + 2;
    place_cleanup(c, cleanup, e);
    u->depth = base;
    rt_cg_label_place(c, &end);
}

/* Emits `inner` under a finally whose body is `final`. */
static void try_finally(struct rt_comp *c, struct rt_ast *s, struct rt_ast_seq *final, void (*inner)(struct rt_comp *, struct rt_ast *))
{
    struct rt_unit *u = c->u;
    uint32_t base = u->depth;
    RT_LABEL(end);
    int outer = u->handler, h = rt_cg_handler_new(c);
    rt_cg_handler_set(c, h);
    rt_cg_emit_nop(c);
    rt_cg_block_push(c, RT_FB_FINALLY, NULL, NULL, outer, -1, s);
    u->blocks[u->nblocks - 1].body = final;
    inner(c, s);
    rt_cg_block_pop(c, RT_FB_FINALLY);
    rt_cg_handler_set(c, outer);
    u->depth = base;
    if (u->reachable)
        stmts(c, final);
    rt_cg_same_loc(c);
    rt_cg_emit_jump(c, &end);
    rt_cg_handler_place(c, h);
    int e = rt_cg_push_n(c, 2);
    int cleanup = rt_cg_handler_new(c);
    u->loc = (struct rt_loc){.line = 0, .col = -1, .end_col = -1};
    rt_cg_emit(c, RT_OP_PUSH_EXC, e, 0, 0);
    rt_cg_handler_set(c, cleanup);
    rt_cg_block_push(c, RT_FB_FINALLY_END, NULL, NULL, outer, e, s);
    stmts(c, final);
    rt_cg_block_pop(c, RT_FB_FINALLY_END);
    rt_cg_same_loc(c);
    if (u->reachable)
        rt_cg_emit_stop(c, RT_OP_RERAISE, e, 0, 0);
    rt_cg_handler_set(c, outer);
    place_cleanup(c, cleanup, e);
    u->depth = base;
    rt_cg_label_place(c, &end);
}

static void plain_try(struct rt_comp *c, struct rt_ast *s)
{
    struct rt_ast_Try *n = RT_AST(Try, s);
    if (n->handlers->len)
        try_except(c, n, s);
    else
        stmts(c, n->body);
}

static void star_try(struct rt_comp *c, struct rt_ast *s)
{
    struct rt_ast_TryStar *n = RT_AST(TryStar, s);
    if (n->handlers->len)
        try_star_except(c, n, s);
    else
        stmts(c, n->body);
}

void rt_cg_try(struct rt_comp *c, struct rt_ast *s)
{
    if (RT_AST(Try, s)->finalbody->len)
        try_finally(c, s, RT_AST(Try, s)->finalbody, plain_try);
    else
        plain_try(c, s);
}

void rt_cg_try_star(struct rt_comp *c, struct rt_ast *s)
{
    if (RT_AST(TryStar, s)->finalbody->len)
        try_finally(c, s, RT_AST(TryStar, s)->finalbody, star_try);
    else
        star_try(c, s);
}

/* ---- with ---- */

static void with_item(struct rt_comp *c, struct rt_ast *s, struct rt_ast_seq *items, struct rt_ast_seq *body, uint32_t i, bool async)
{
    struct rt_unit *u = c->u;
    struct rt_ast_withitem *w = RT_AST(withitem, items->items[i]);
    uint32_t base = u->depth;
    RT_LABEL(end);
    rt_comp_enter(c);
    int m = rt_cg_expr(c, w->context_expr, RT_ANY);
    u->depth = base;
    int x = rt_cg_push_n(c, 2);
    rt_cg_emit(c, async ? RT_OP_BEFORE_ASYNC_WITH : RT_OP_BEFORE_WITH, x, m, 0);
    if (async)
        rt_cg_await(c, x + 1, 1);
    u->depth = base + 1;
    int outer = u->handler, h = rt_cg_handler_new(c);
    rt_cg_handler_set(c, h);
    rt_cg_block_push(c, async ? RT_FB_ASYNC_WITH : RT_FB_WITH, NULL, NULL, outer, x, s);
    u->depth = base + 2;
    if (w->optional_vars)
        rt_cg_store(c, w->optional_vars, x + 1);
    else
        rt_cg_emit(c, RT_OP_DROP, x + 1, 0, 0);
    u->depth = base + 1;
    if (i + 1 < items->len)
        with_item(c, s, items, body, i + 1, async);
    else
        stmts(c, body);
    rt_cg_block_pop(c, async ? RT_FB_ASYNC_WITH : RT_FB_WITH);
    rt_cg_handler_set(c, outer);
    rt_cg_set_loc(c, s);
    call_exit(c, x, async);
    rt_cg_emit_jump(c, &end);
    rt_cg_set_loc(c, s);
    rt_cg_handler_place(c, h);
    int e = rt_cg_push_n(c, 2);
    int cleanup = rt_cg_handler_new(c);
    rt_cg_emit(c, RT_OP_PUSH_EXC, e, 0, 0);
    rt_cg_handler_set(c, cleanup);
    int t = rt_cg_push(c);
    rt_cg_emit(c, RT_OP_WITH_EXCEPT, t, x, e);
    if (async)
        rt_cg_await(c, t, 2);
    RT_LABEL(suppress);
    rt_cg_emit_cond(c, RT_OP_JTRUE, t, 0, 0, &suppress);
    u->depth = base + 3;
    if (u->reachable)
        rt_cg_emit_stop(c, RT_OP_RERAISE, e, 1, 0);
    rt_cg_handler_set(c, outer);
    rt_cg_label_place(c, &suppress);
    rt_cg_emit(c, RT_OP_POP_EXC, e, 0, 0);
    rt_cg_emit(c, RT_OP_DROP, x, 0, 0);
    rt_cg_emit_jump(c, &end);
    place_cleanup(c, cleanup, e);
    u->depth = base;
    rt_cg_label_place(c, &end);
    rt_comp_leave(c);
}

void rt_cg_with(struct rt_comp *c, struct rt_ast *s, bool async)
{
    if (async) {
        need_async(c, s, "async with");
        with_item(c, s, RT_AST(AsyncWith, s)->items, RT_AST(AsyncWith, s)->body, 0, true);
    } else {
        with_item(c, s, RT_AST(With, s)->items, RT_AST(With, s)->body, 0, false);
    }
}
