/* SPDX-License-Identifier: MIT */
/*
 * parse_stmt.c: statements of the fast parser.
 *
 * `match` is a name until a whole subject, colon and indented block have been seen; `with (` tries
 * the bracketed form first, as the grammar does.  Both go through rt_parse_try().
 */
#include "core/compiler/parser_internal.h"

#include <string.h>

static struct rt_ast_seq *block(struct rt_parser *p);
static void statement(struct rt_parser *p);

/* Like span(), but the last token may be the end of a block. */
static void span_stmt(struct rt_parser *p, void *node, const struct rt_tok *first)
{
    const struct rt_tok *last = p->t - 1;
    while (last > p->tokens &&
        (last->type == TOK_ENDMARKER || (last->type >= TOK_NEWLINE && last->type <= TOK_DEDENT)))
        last--;
    start_at(node, first);
    end_at(node, last);
}

static const struct rt_ast_str *token_text(struct rt_parser *p, const struct rt_tok *t)
{
    const struct rt_ast_str *s = rt_arena_str(p->arena, p->src + t->start, t->end - t->start);
    if (!s)
        rt_parser_no_memory(p);
    return s;
}

static const struct rt_ast_str *type_comment(struct rt_parser *p)
{
    return __builtin_expect(at(p, TOK_TYPE_COMMENT), 0) ? token_text(p, p->t++) : NULL;
}

/* Simple statements */

static const uint8_t augmented_ops[TOK_COUNT] = {
    [TOK_PLUSEQUAL] = RT_AST_Add,
    [TOK_MINEQUAL] = RT_AST_Sub,
    [TOK_STAREQUAL] = RT_AST_Mult,
    [TOK_ATEQUAL] = RT_AST_MatMult,
    [TOK_SLASHEQUAL] = RT_AST_Div,
    [TOK_PERCENTEQUAL] = RT_AST_Mod,
    [TOK_AMPEREQUAL] = RT_AST_BitAnd,
    [TOK_VBAREQUAL] = RT_AST_BitOr,
    [TOK_CIRCUMFLEXEQUAL] = RT_AST_BitXor,
    [TOK_LEFTSHIFTEQUAL] = RT_AST_LShift,
    [TOK_RIGHTSHIFTEQUAL] = RT_AST_RShift,
    [TOK_DOUBLESTAREQUAL] = RT_AST_Pow,
    [TOK_DOUBLESLASHEQUAL] = RT_AST_FloorDiv,
};

static bool is_single_target(const struct rt_ast *e)
{
    return e->kind == RT_AST_Name || e->kind == RT_AST_Attribute || e->kind == RT_AST_Subscript;
}

static struct rt_ast *annotated_assignment(
    struct rt_parser *p, const struct rt_tok *first, struct rt_ast *target)
{
    if (!is_single_target(target) || p->feature < 6)
        rt_parser_fail(p);
    p->t++;
    rt_parse_set_context(p, target, RT_AST_Store);
    struct rt_ast *annotation = rt_parse_expression(p), *value = NULL;
    if (accept(p, TOK_EQUAL))
        value = rt_parse_yield_or_stars(p);
    struct rt_ast_AnnAssign *n = NEW(p, AnnAssign);
    n->target = target;
    n->annotation = annotation;
    n->value = value;
    n->simple = target->kind == RT_AST_Name && first->type == TOK_NAME;
    span(p, n, first);
    return &n->base;
}

static struct rt_ast *assignment(struct rt_parser *p, const struct rt_tok *first, struct rt_ast *e)
{
    size_t base = p->stack_len;
    while (accept(p, TOK_EQUAL)) {
        rt_parse_set_context(p, e, RT_AST_Store);
        push(p, e);
        e = rt_parse_yield_or_stars(p);
    }
    struct rt_ast_seq *targets = rt_parser_pop_seq(p, base);
    const struct rt_ast_str *comment = type_comment(p);
    struct rt_ast_Assign *n = NEW(p, Assign);
    n->targets = targets;
    n->value = e;
    n->type_comment = comment;
    span(p, n, first);
    return &n->base;
}

static struct rt_ast *augmented_assignment(
    struct rt_parser *p, const struct rt_tok *first, struct rt_ast *target)
{
    enum rt_ast_kind op = augmented_ops[p->t->type];
    if (!is_single_target(target) || (op == RT_AST_MatMult && p->feature < 5))
        rt_parser_fail(p);
    p->t++;
    rt_parse_set_context(p, target, RT_AST_Store);
    struct rt_ast *value = rt_parse_yield_or_stars(p);
    struct rt_ast_AugAssign *n = NEW(p, AugAssign);
    n->target = target;
    n->op = (uint8_t)op;
    n->value = value;
    span(p, n, first);
    return &n->base;
}

static struct rt_ast *expression_statement(struct rt_parser *p)
{
    const struct rt_tok *first = p->t;
    struct rt_ast *e = rt_parse_yield_or_stars(p);
    if (at(p, TOK_EQUAL))
        return assignment(p, first, e);
    if (at(p, TOK_COLON))
        return annotated_assignment(p, first, e);
    if (augmented_ops[p->t->type])
        return augmented_assignment(p, first, e);
    struct rt_ast_Expr *n = NEW(p, Expr);
    n->value = e;
    span(p, n, first);
    return &n->base;
}

static bool at_end_of_simple(const struct rt_parser *p)
{
    return at(p, TOK_NEWLINE) || at(p, TOK_SEMI);
}

static struct rt_ast *return_stmt(struct rt_parser *p)
{
    const struct rt_tok *first = p->t++;
    struct rt_ast *value = at_end_of_simple(p) ? NULL : rt_parse_star_expressions(p);
    struct rt_ast_Return *n = NEW(p, Return);
    n->value = value;
    span(p, n, first);
    return &n->base;
}

static struct rt_ast *raise_stmt(struct rt_parser *p)
{
    const struct rt_tok *first = p->t++;
    struct rt_ast *exc = NULL, *cause = NULL;
    if (!at_end_of_simple(p)) {
        exc = rt_parse_expression(p);
        if (accept(p, TOK_FROM))
            cause = rt_parse_expression(p);
    }
    struct rt_ast_Raise *n = NEW(p, Raise);
    n->exc = exc;
    n->cause = cause;
    span(p, n, first);
    return &n->base;
}

static struct rt_ast *keyword_stmt(struct rt_parser *p, enum rt_ast_kind kind)
{
    const struct rt_tok *t = p->t++;
    struct rt_ast *n = new_node(p, kind, sizeof(struct rt_ast_Pass));
    start_at(n, t);
    end_at(n, t);
    return n;
}

/* `global` or `nonlocal`; the structures are alike. */
static struct rt_ast *names_stmt(struct rt_parser *p, enum rt_ast_kind kind)
{
    const struct rt_tok *first = p->t++;
    size_t base = p->stack_len;
    do {
        const struct rt_tok *t = p->t;
        expect(p, TOK_NAME);
        push(p, (void *)rt_parser_ident(p, t));
    } while (accept(p, TOK_COMMA));
    uint32_t count = (uint32_t)(p->stack_len - base);
    struct rt_ast_idseq *names = rt_arena_idseq(p->arena, count);
    if (!names)
        rt_parser_no_memory(p);
    memcpy(names->items, p->stack + base, count * sizeof names->items[0]);
    p->stack_len = base;
    struct rt_ast_Global *n = (struct rt_ast_Global *)new_node(p, kind, sizeof *n);
    n->names = names;
    span(p, n, first);
    return &n->base;
}

static struct rt_ast *del_stmt(struct rt_parser *p)
{
    const struct rt_tok *first = p->t++;
    size_t base = p->stack_len;
    do {
        struct rt_ast *e = rt_parse_bitwise_or(p);
        rt_parse_set_context(p, e, RT_AST_Del);
        push(p, e);
    } while (accept(p, TOK_COMMA) && !at_end_of_simple(p));
    if (!at_end_of_simple(p))
        rt_parser_fail(p);
    struct rt_ast_Delete *n = NEW(p, Delete);
    n->targets = rt_parser_pop_seq(p, base);
    span(p, n, first);
    return &n->base;
}

static struct rt_ast *assert_stmt(struct rt_parser *p)
{
    const struct rt_tok *first = p->t++;
    struct rt_ast *test = rt_parse_expression(p), *msg = NULL;
    if (accept(p, TOK_COMMA))
        msg = rt_parse_expression(p);
    struct rt_ast_Assert *n = NEW(p, Assert);
    n->test = test;
    n->msg = msg;
    span(p, n, first);
    return &n->base;
}

/* Imports */

static const struct rt_ast_ident *dotted_name(struct rt_parser *p)
{
    const struct rt_tok *t = p->t;
    expect(p, TOK_NAME);
    const struct rt_ast_ident *id = rt_parser_ident(p, t);
    if (!at(p, TOK_DOT))
        return id;
    size_t len = id->len, space = 256;
    char small[256], *buf = small;
    if (len >= space)
        buf = rt_p_alloc(p, space = len * 2);
    memcpy(buf, id->utf8, len);
    while (accept(p, TOK_DOT)) {
        t = p->t;
        expect(p, TOK_NAME);
        id = rt_parser_ident(p, t);
        if (len + 1 + id->len > space) {
            char *more = rt_p_alloc(p, space = (len + 1 + id->len) * 2);
            memcpy(more, buf, len);
            buf = more;
        }
        buf[len++] = '.';
        memcpy(buf + len, id->utf8, id->len);
        len += id->len;
    }
    id = rt_arena_ident(p->arena, buf, len);
    if (!id)
        rt_parser_no_memory(p);
    return id;
}

static struct rt_ast *alias(struct rt_parser *p, bool dotted)
{
    const struct rt_tok *first = p->t;
    const struct rt_ast_ident *name, *asname = NULL;
    if (dotted) {
        name = dotted_name(p);
    } else {
        expect(p, TOK_NAME);
        name = rt_parser_ident(p, first);
    }
    if (accept(p, TOK_AS)) {
        const struct rt_tok *t = p->t;
        expect(p, TOK_NAME);
        asname = rt_parser_ident(p, t);
    }
    struct rt_ast_alias *n = NEW(p, alias);
    n->name = name;
    n->asname = asname;
    span(p, n, first);
    return &n->base;
}

static struct rt_ast *import_stmt(struct rt_parser *p)
{
    const struct rt_tok *first = p->t++;
    size_t base = p->stack_len;
    do {
        struct rt_ast *a = alias(p, true);
        push(p, a);
    } while (accept(p, TOK_COMMA));
    struct rt_ast_Import *n = NEW(p, Import);
    n->names = rt_parser_pop_seq(p, base);
    span(p, n, first);
    return &n->base;
}

static struct rt_ast_seq *import_targets(struct rt_parser *p)
{
    size_t base = p->stack_len;
    if (at(p, TOK_STAR)) {
        const struct rt_tok *t = p->t++;
        struct rt_ast_alias *a = NEW(p, alias);
        a->name = rt_arena_ident(p->arena, "*", 1);
        if (!a->name)
            rt_parser_no_memory(p);
        start_at(a, t);
        end_at(a, t);
        push(p, a);
        return rt_parser_pop_seq(p, base);
    }
    bool bracket = accept(p, TOK_LPAR);
    do {
        struct rt_ast *a = alias(p, false);
        push(p, a);
    } while (accept(p, TOK_COMMA) && !(bracket && at(p, TOK_RPAR)));
    if (bracket)
        expect(p, TOK_RPAR);
    return rt_parser_pop_seq(p, base);
}

static struct rt_ast *from_stmt(struct rt_parser *p)
{
    const struct rt_tok *first = p->t++;
    int level = 0;
    for (;; p->t++) {
        if (at(p, TOK_DOT))
            level++;
        else if (at(p, TOK_ELLIPSIS))
            level += 3;
        else
            break;
    }
    const struct rt_ast_ident *module = level && at(p, TOK_IMPORT) ? NULL : dotted_name(p);
    expect(p, TOK_IMPORT);
    struct rt_ast_ImportFrom *n = NEW(p, ImportFrom);
    n->module = module;
    n->names = import_targets(p);
    n->level = level;
    span(p, n, first);
    return &n->base;
}

static struct rt_ast *simple_stmt(struct rt_parser *p)
{
    switch (p->t->type) {
    case TOK_RETURN: return return_stmt(p);
    case TOK_IMPORT: return import_stmt(p);
    case TOK_FROM: return from_stmt(p);
    case TOK_RAISE: return raise_stmt(p);
    case TOK_PASS: return keyword_stmt(p, RT_AST_Pass);
    case TOK_BREAK: return keyword_stmt(p, RT_AST_Break);
    case TOK_CONTINUE: return keyword_stmt(p, RT_AST_Continue);
    case TOK_DEL: return del_stmt(p);
    case TOK_ASSERT: return assert_stmt(p);
    case TOK_GLOBAL: return names_stmt(p, RT_AST_Global);
    case TOK_NONLOCAL: return names_stmt(p, RT_AST_Nonlocal);
    default: return expression_statement(p);
    }
}

/* Pushes the statements of one logical line. */
static void simple_stmts(struct rt_parser *p)
{
    do {
        struct rt_ast *s = simple_stmt(p);
        push(p, s);
    } while (accept(p, TOK_SEMI) && !at(p, TOK_NEWLINE));
    expect(p, TOK_NEWLINE);
}

/* Compound statements */

static struct rt_ast_seq *block(struct rt_parser *p)
{
    size_t base = p->stack_len;
    enter(p, 8);
    if (accept(p, TOK_NEWLINE)) {
        expect(p, TOK_INDENT);
        do {
            statement(p);
        } while (!at(p, TOK_DEDENT) && !at(p, TOK_ENDMARKER));
        expect(p, TOK_DEDENT);
    } else {
        simple_stmts(p);
    }
    leave(p, 8);
    return rt_parser_pop_seq(p, base);
}

static struct rt_ast_seq *colon_block(struct rt_parser *p)
{
    expect(p, TOK_COLON);
    return block(p);
}

static struct rt_ast_seq *else_block(struct rt_parser *p)
{
    return accept(p, TOK_ELSE) ? colon_block(p) : rt_ast_empty;
}

static struct rt_ast *if_stmt(struct rt_parser *p)
{
    const struct rt_tok *first = p->t++;
    struct rt_ast *test = rt_parse_named_expression(p);
    struct rt_ast_seq *body = colon_block(p), *orelse;
    if (at(p, TOK_ELIF)) {
        size_t base = p->stack_len;
        enter(p, 1);
        struct rt_ast *e = if_stmt(p);
        leave(p, 1);
        push(p, e);
        orelse = rt_parser_pop_seq(p, base);
    } else {
        orelse = else_block(p);
    }
    struct rt_ast_If *n = NEW(p, If);
    n->test = test;
    n->body = body;
    n->orelse = orelse;
    span_stmt(p, n, first);
    return &n->base;
}

static struct rt_ast *while_stmt(struct rt_parser *p)
{
    const struct rt_tok *first = p->t++;
    struct rt_ast *test = rt_parse_named_expression(p);
    struct rt_ast_seq *body = colon_block(p), *orelse = else_block(p);
    struct rt_ast_While *n = NEW(p, While);
    n->test = test;
    n->body = body;
    n->orelse = orelse;
    span_stmt(p, n, first);
    return &n->base;
}

/* The `async` forms have the layout of the plain ones; `first` is the `async` token if there is
 * one. */
static struct rt_ast *for_stmt(struct rt_parser *p, const struct rt_tok *first, bool async)
{
    p->t++;
    struct rt_ast *target = rt_parse_star_targets(p);
    expect(p, TOK_IN);
    struct rt_ast *iter = rt_parse_star_expressions(p);
    expect(p, TOK_COLON);
    const struct rt_ast_str *comment = type_comment(p);
    struct rt_ast_seq *body = block(p), *orelse = else_block(p);
    struct rt_ast_For *n = (struct rt_ast_For *)new_node(
        p, async ? RT_AST_AsyncFor : RT_AST_For, sizeof *n);
    n->target = target;
    n->iter = iter;
    n->body = body;
    n->orelse = orelse;
    n->type_comment = comment;
    span_stmt(p, n, first);
    return &n->base;
}

static struct rt_ast *with_item(struct rt_parser *p)
{
    struct rt_ast *e = rt_parse_expression(p), *vars = NULL;
    if (accept(p, TOK_AS))
        vars = rt_parse_star_target(p);
    struct rt_ast_withitem *n = NEW(p, withitem);
    n->context_expr = e;
    n->optional_vars = vars;
    return &n->base;
}

/* `( item, ... ) :`, items left on the stack */
static struct rt_ast *bracketed_items(struct rt_parser *p, void *arg)
{
    p->t++;
    do {
        struct rt_ast *item = with_item(p);
        push(p, item);
    } while (accept(p, TOK_COMMA) && !at(p, TOK_RPAR));
    expect(p, TOK_RPAR);
    if (!at(p, TOK_COLON))
        rt_parser_fail(p);
    return p->stack[p->stack_len - 1];
}

/* Does the bracket here close right before a colon? */
static bool bracket_then_colon(const struct rt_parser *p)
{
    const struct rt_tok *t = p->t + 1;
    int level = p->t->level - 1;
    while (t->level > level && t->type != TOK_ENDMARKER && t->type != TOK_ERROR)
        t++;
    return t->type == TOK_RPAR && t[1].type == TOK_COLON;
}

static struct rt_ast *with_stmt(struct rt_parser *p, const struct rt_tok *first, bool async)
{
    p->t++;
    size_t base = p->stack_len;
    const struct rt_ast_str *comment = NULL;
    bool bracketed = at(p, TOK_LPAR) && bracket_then_colon(p) &&
        rt_parse_try(p, bracketed_items, NULL);
    if (bracketed && p->feature < 9)
        rt_parser_fail(p);
    if (!bracketed) {
        do {
            struct rt_ast *item = with_item(p);
            push(p, item);
        } while (accept(p, TOK_COMMA));
    }
    struct rt_ast_seq *items = rt_parser_pop_seq(p, base);
    expect(p, TOK_COLON);
    if (!bracketed)
        comment = type_comment(p);
    struct rt_ast_seq *body = block(p);
    struct rt_ast_With *n = (struct rt_ast_With *)new_node(
        p, async ? RT_AST_AsyncWith : RT_AST_With, sizeof *n);
    n->items = items;
    n->body = body;
    n->type_comment = comment;
    span_stmt(p, n, first);
    return &n->base;
}

static struct rt_ast *except_clause(struct rt_parser *p, bool star)
{
    const struct rt_tok *first = p->t++;
    if (accept(p, TOK_STAR) != star)
        rt_parser_fail(p);
    struct rt_ast *type = NULL;
    const struct rt_ast_ident *name = NULL;
    if (star || !at(p, TOK_COLON)) {
        type = rt_parse_expression(p);
        if (accept(p, TOK_AS)) {
            const struct rt_tok *t = p->t;
            expect(p, TOK_NAME);
            name = rt_parser_ident(p, t);
        }
    }
    struct rt_ast_seq *body = colon_block(p);
    struct rt_ast_ExceptHandler *n = NEW(p, ExceptHandler);
    n->type = type;
    n->name = name;
    n->body = body;
    span_stmt(p, n, first);
    return &n->base;
}

static struct rt_ast *try_stmt(struct rt_parser *p)
{
    const struct rt_tok *first = p->t++;
    struct rt_ast_seq *body = colon_block(p), *orelse = rt_ast_empty, *final = rt_ast_empty;
    size_t base = p->stack_len;
    bool star = at(p, TOK_EXCEPT) && p->t[1].type == TOK_STAR;
    if (star && p->feature < 11)
        rt_parser_fail(p);
    while (at(p, TOK_EXCEPT)) {
        struct rt_ast *h = except_clause(p, star);
        push(p, h);
    }
    struct rt_ast_seq *handlers = rt_parser_pop_seq(p, base);
    if (handlers->len)
        orelse = else_block(p);
    if (accept(p, TOK_FINALLY))
        final = colon_block(p);
    else if (!handlers->len)
        rt_parser_fail(p);
    struct rt_ast_Try *n = (struct rt_ast_Try *)new_node(
        p, star ? RT_AST_TryStar : RT_AST_Try, sizeof *n);
    n->body = body;
    n->handlers = handlers;
    n->orelse = orelse;
    n->finalbody = final;
    span_stmt(p, n, first);
    return &n->base;
}

static const struct rt_ast_str *function_type_comment(struct rt_parser *p)
{
    if (at(p, TOK_NEWLINE) && p->t[1].type == TOK_TYPE_COMMENT && p->t[2].type == TOK_NEWLINE &&
        p->t[3].type == TOK_INDENT) {
        p->t++;
        return type_comment(p);
    }
    return type_comment(p);
}

static struct rt_ast *function_def(
    struct rt_parser *p, struct rt_ast_seq *decorators, const struct rt_tok *first, bool async)
{
    p->t++;
    const struct rt_tok *t = p->t;
    expect(p, TOK_NAME);
    const struct rt_ast_ident *name = rt_parser_ident(p, t);
    expect(p, TOK_LPAR);
    struct rt_ast *args = rt_parse_parameters(p, TOK_RPAR), *returns = NULL;
    expect(p, TOK_RPAR);
    if (accept(p, TOK_RARROW))
        returns = rt_parse_expression(p);
    expect(p, TOK_COLON);
    const struct rt_ast_str *comment = function_type_comment(p);
    struct rt_ast_seq *body = block(p);
    struct rt_ast_FunctionDef *n = (struct rt_ast_FunctionDef *)new_node(
        p, async ? RT_AST_AsyncFunctionDef : RT_AST_FunctionDef, sizeof *n);
    n->name = name;
    n->args = args;
    n->body = body;
    n->decorator_list = decorators;
    n->returns = returns;
    n->type_comment = comment;
    span_stmt(p, n, first);
    return &n->base;
}

static struct rt_ast *class_def(struct rt_parser *p, struct rt_ast_seq *decorators)
{
    const struct rt_tok *first = p->t++, *t = p->t;
    expect(p, TOK_NAME);
    struct rt_ast_ClassDef *n = NEW(p, ClassDef);
    n->name = rt_parser_ident(p, t);
    n->bases = n->keywords = rt_ast_empty;
    n->decorator_list = decorators;
    if (accept(p, TOK_LPAR)) {
        rt_parse_arguments(p, &n->bases, &n->keywords);
        expect(p, TOK_RPAR);
    }
    n->body = colon_block(p);
    span_stmt(p, n, first);
    return &n->base;
}

static struct rt_ast *async_stmt(struct rt_parser *p, struct rt_ast_seq *decorators)
{
    const struct rt_tok *first = p->t++;
    if (p->feature < 5)
        rt_parser_fail(p);
    switch (p->t->type) {
    case TOK_DEF:
        return function_def(p, decorators, first, true);
    case TOK_FOR:
        if (!decorators->len)
            return for_stmt(p, first, true);
        break;
    case TOK_WITH:
        if (!decorators->len)
            return with_stmt(p, first, true);
        break;
    }
    rt_parser_fail(p);
}

static struct rt_ast *decorated(struct rt_parser *p)
{
    size_t base = p->stack_len;
    while (accept(p, TOK_AT)) {
        struct rt_ast *e = rt_parse_named_expression(p);
        push(p, e);
        expect(p, TOK_NEWLINE);
    }
    struct rt_ast_seq *decorators = rt_parser_pop_seq(p, base);
    switch (p->t->type) {
    case TOK_DEF: return function_def(p, decorators, p->t, false);
    case TOK_CLASS: return class_def(p, decorators);
    case TOK_ASYNC: return async_stmt(p, decorators);
    default: rt_parser_fail(p);
    }
}

/* Match */

static struct rt_ast *match_subject(struct rt_parser *p, void *arg)
{
    const struct rt_tok *first = p->t;
    struct rt_ast *e = rt_parse_star_named_expression(p);
    if (at(p, TOK_COMMA)) {
        size_t base = p->stack_len;
        push(p, e);
        while (accept(p, TOK_COMMA) && !at(p, TOK_COLON)) {
            e = rt_parse_star_named_expression(p);
            push(p, e);
        }
        struct rt_ast_Tuple *n = NEW(p, Tuple);
        n->elts = rt_parser_pop_seq(p, base);
        n->ctx = RT_AST_Load;
        span(p, n, first);
        e = &n->base;
    } else if (e->kind == RT_AST_Starred) {
        rt_parser_fail(p);
    }
    if (!at(p, TOK_COLON) || p->t[1].type != TOK_NEWLINE || p->t[2].type != TOK_INDENT ||
        !word_is(p, p->t + 3, "case", 4))
        rt_parser_fail(p);
    return e;
}

static struct rt_ast *match_case(struct rt_parser *p)
{
    p->t++;
    struct rt_ast *pattern = rt_parse_patterns(p), *guard = NULL;
    if (accept(p, TOK_IF))
        guard = rt_parse_named_expression(p);
    struct rt_ast_seq *body = colon_block(p);
    struct rt_ast_match_case *n = NEW(p, match_case);
    n->pattern = pattern;
    n->guard = guard;
    n->body = body;
    return &n->base;
}

/* Could the tokens after the name `match` begin a subject? */
static bool subject_may_follow(const struct rt_parser *p)
{
    switch (p->t[1].type) {
    case TOK_NAME:
    case TOK_NUMBER:
    case TOK_STRING:
    case TOK_LPAR:
    case TOK_LSQB:
    case TOK_LBRACE:
    case TOK_PLUS:
    case TOK_MINUS:
    case TOK_TILDE:
    case TOK_NOT:
    case TOK_LAMBDA:
    case TOK_AWAIT:
    case TOK_NONE:
    case TOK_TRUE:
    case TOK_FALSE: case TOK_ELLIPSIS: case TOK_STAR:
        return true;
    default:
        return false;
    }
}

/* NULL: not a match statement, nothing consumed. */
static struct rt_ast *match_stmt(struct rt_parser *p)
{
    struct rt_tok *first = p->t++;
    struct rt_ast *subject = rt_parse_try(p, match_subject, NULL);
    if (!subject) {
        p->t = first;
        return NULL;
    }
    if (p->feature < 10)
        rt_parser_fail(p);
    p->t += 3;
    size_t base = p->stack_len;
    enter(p, 8);
    while (word_is(p, p->t, "case", 4)) {
        struct rt_ast *c = match_case(p);
        push(p, c);
    }
    leave(p, 8);
    expect(p, TOK_DEDENT);
    struct rt_ast_Match *n = NEW(p, Match);
    n->subject = subject;
    n->cases = rt_parser_pop_seq(p, base);
    span_stmt(p, n, first);
    return &n->base;
}

/* A compound statement, or NULL. */
static struct rt_ast *compound_stmt(struct rt_parser *p)
{
    switch (p->t->type) {
    case TOK_IF: return if_stmt(p);
    case TOK_DEF: return function_def(p, rt_ast_empty, p->t, false);
    case TOK_FOR: return for_stmt(p, p->t, false);
    case TOK_WITH: return with_stmt(p, p->t, false);
    case TOK_TRY: return try_stmt(p);
    case TOK_WHILE: return while_stmt(p);
    case TOK_CLASS: return class_def(p, rt_ast_empty);
    case TOK_AT: return decorated(p);
    case TOK_ASYNC: return async_stmt(p, rt_ast_empty);
    case TOK_NAME:
        return word_is(p, p->t, "match", 5) && subject_may_follow(p) ? match_stmt(p) : NULL;
    default:
        return NULL;
    }
}

static void statement(struct rt_parser *p)
{
    struct rt_ast *s = compound_stmt(p);
    if (s)
        push(p, s);
    else
        simple_stmts(p);
}

/* Modules */

static struct rt_ast_seq *make_type_ignores(struct rt_parser *p)
{
    size_t base = p->stack_len;
    for (size_t i = 0; i < p->type_ignore_count; i++) {
        struct rt_ast_TypeIgnore *n = NEW(p, TypeIgnore);
        struct rt_tok t = {.start = p->ignores[i].start, .end = p->ignores[i].end};
        n->lineno = p->ignores[i].lineno;
        n->tag = token_text(p, &t);
        push(p, n);
    }
    return rt_parser_pop_seq(p, base);
}

static struct rt_ast *single_input(struct rt_parser *p)
{
    struct rt_ast_Interactive *n = NEW(p, Interactive);
    const struct rt_tok *first = p->t;
    size_t base = p->stack_len;
    struct rt_ast *s;
    if (accept(p, TOK_NEWLINE)) {
        s = new_node(p, RT_AST_Pass, sizeof(struct rt_ast_Pass));
        start_at(s, first);
        end_at(s, first);
        push(p, s);
    } else if ((s = compound_stmt(p))) {
        push(p, s);
        expect(p, TOK_NEWLINE);
    } else {
        simple_stmts(p);
    }
    n->body = rt_parser_pop_seq(p, base);
    return &n->base;
}

static struct rt_ast *function_type(struct rt_parser *p)
{
    size_t base = p->stack_len;
    expect(p, TOK_LPAR);
    bool star = false, double_star = false, comma = true;
    while (comma && !double_star && !at(p, TOK_RPAR)) {
        if (accept(p, TOK_DOUBLESTAR))
            double_star = true;
        else if (accept(p, TOK_STAR)) {
            if (star)
                rt_parser_fail(p);
            star = true;
        } else if (star) {
            rt_parser_fail(p);
        }
        struct rt_ast *e = rt_parse_expression(p);
        push(p, e);
        comma = accept(p, TOK_COMMA);
    }
    if (p->t[-1].type == TOK_COMMA)
        rt_parser_fail(p);
    expect(p, TOK_RPAR);
    struct rt_ast_seq *args = rt_parser_pop_seq(p, base);
    expect(p, TOK_RARROW);
    struct rt_ast *returns = rt_parse_expression(p);
    struct rt_ast_FunctionType *n = NEW(p, FunctionType);
    n->argtypes = args;
    n->returns = returns;
    while (accept(p, TOK_NEWLINE))
        ;
    expect(p, TOK_ENDMARKER);
    return &n->base;
}

struct rt_ast *rt_parse_module(struct rt_parser *p, enum rt_parse_mode mode)
{
    switch (mode) {
    case RT_PARSE_SINGLE:
        return single_input(p);
    case RT_PARSE_EVAL: {
        struct rt_ast_Expression *n = NEW(p, Expression);
        n->body = rt_parse_expressions(p);
        while (accept(p, TOK_NEWLINE))
            ;
        expect(p, TOK_ENDMARKER);
        return &n->base;
    }
    case RT_PARSE_FUNC_TYPE:
        return function_type(p);
    case RT_PARSE_EXEC:
        break;
    }
    struct rt_ast_Module *n = NEW(p, Module);
    size_t base = p->stack_len;
    while (!accept(p, TOK_ENDMARKER))
        statement(p);
    n->body = rt_parser_pop_seq(p, base);
    n->type_ignores = make_type_ignores(p);
    return &n->base;
}
