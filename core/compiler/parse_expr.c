/* SPDX-License-Identifier: MIT */
/*
 * parse_expr.c: expressions and targets, by precedence climbing.
 *
 * A target is read as an expression and converted (rt_parse_set_context); only `for` targets are
 * read as primaries, because of `in`.
 */
#include "core/compiler/parser_internal.h"

#include <string.h>

enum { BRACKET_COST = 20 };     /* levels of CPython's parser per pair of brackets, roughly */

static struct rt_ast *disjunction(struct rt_parser *p);
static struct rt_ast *unary(struct rt_parser *p);
static struct rt_ast *primary(struct rt_parser *p);
static struct rt_ast *slices(struct rt_parser *p);
static struct rt_ast_seq *for_clauses(struct rt_parser *p);

struct rt_ast *rt_parse_name(struct rt_parser *p, enum rt_ast_kind ctx)
{
    const struct rt_tok *t = p->t;
    expect(p, TOK_NAME);
    struct rt_ast_Name *n = NEW(p, Name);
    n->id = rt_parser_ident(p, t);
    n->ctx = (uint8_t)ctx;
    start_at(n, t);
    end_at(n, t);
    return &n->base;
}

static struct rt_ast *name(struct rt_parser *p)
{
    return rt_parse_name(p, RT_AST_Load);
}

static struct rt_ast *binary_node(
    struct rt_parser *p, struct rt_ast *left, enum rt_ast_kind op, struct rt_ast *right)
{
    struct rt_ast_BinOp *n = NEW(p, BinOp);
    n->left = left;
    n->op = (uint8_t)op;
    n->right = right;
    return &n->base;
}

/* Binding power of the binary operators from `|` (1) to `@` (6), and their node. */
static const struct { uint8_t power, op;
} binary_ops[TOK_COUNT] = {
    [TOK_VBAR] = {1, RT_AST_BitOr},
    [TOK_CIRCUMFLEX] = {2, RT_AST_BitXor},
    [TOK_AMPER] = {3, RT_AST_BitAnd},
    [TOK_LEFTSHIFT] = {4, RT_AST_LShift},
    [TOK_RIGHTSHIFT] = {4, RT_AST_RShift},
    [TOK_PLUS] = {5, RT_AST_Add},
    [TOK_MINUS] = {5, RT_AST_Sub},
    [TOK_STAR] = {6, RT_AST_Mult},
    [TOK_SLASH] = {6, RT_AST_Div},
    [TOK_DOUBLESLASH] = {6, RT_AST_FloorDiv},
    [TOK_PERCENT] = {6, RT_AST_Mod},
    [TOK_AT] = {6, RT_AST_MatMult},
};

/* The start token is passed along: an operand in brackets begins at the bracket. */
static struct rt_ast *binary(struct rt_parser *p, int power)
{
    const struct rt_tok *first = p->t;
    struct rt_ast *left = unary(p);
    for (;;) {
        int op_power = binary_ops[p->t->type].power;
        if (op_power < power || op_power == 0)
            return left;
        enum rt_ast_kind op = binary_ops[p->t->type].op;
        if (op == RT_AST_MatMult && p->feature < 5)
            rt_parser_fail(p);
        p->t++;
        struct rt_ast *right = binary(p, op_power + 1);
        left = binary_node(p, left, op, right);
        span(p, left, first);
    }
}

struct rt_ast *rt_parse_bitwise_or(struct rt_parser *p)
{
    return binary(p, 1);
}

static struct rt_ast *await_primary(struct rt_parser *p)
{
    const struct rt_tok *first = p->t;
    if (!accept(p, TOK_AWAIT))
        return primary(p);
    if (p->feature < 5)
        rt_parser_fail(p);
    struct rt_ast *value = primary(p);
    struct rt_ast_Await *n = NEW(p, Await);
    n->value = value;
    span(p, n, first);
    return &n->base;
}

static struct rt_ast *unary(struct rt_parser *p)
{
    const struct rt_tok *first = p->t;
    enum rt_ast_kind op;
    switch (first->type) {
    case TOK_PLUS: op = RT_AST_UAdd; break;
    case TOK_MINUS: op = RT_AST_USub; break;
    case TOK_TILDE: op = RT_AST_Invert; break;
    default: {
        struct rt_ast *left = await_primary(p);
        if (__builtin_expect(!accept(p, TOK_DOUBLESTAR), 1))
            return left;
        enter(p, 2);
        struct rt_ast *right = unary(p);
        leave(p, 2);
        left = binary_node(p, left, RT_AST_Pow, right);
        span(p, left, first);
        return left;
    }
    }
    p->t++;
    enter(p, 1);
    struct rt_ast *operand = unary(p);
    leave(p, 1);
    struct rt_ast_UnaryOp *n = NEW(p, UnaryOp);
    n->op = (uint8_t)op;
    n->operand = operand;
    span(p, n, first);
    return &n->base;
}

/* The comparison operator here (0: none), with its tokens consumed. */
static enum rt_ast_kind comparison_op(struct rt_parser *p)
{
    switch (p->t->type) {
    case TOK_EQEQUAL: p->t++; return RT_AST_Eq;
    case TOK_LESS: p->t++; return RT_AST_Lt;
    case TOK_GREATER: p->t++; return RT_AST_Gt;
    case TOK_LESSEQUAL: p->t++; return RT_AST_LtE;
    case TOK_GREATEREQUAL: p->t++; return RT_AST_GtE;
    case TOK_NOTEQUAL:
        if ((p->src[p->t->start] == '<') != !!(p->opt->flags & RT_PARSE_BARRY_AS_BDFL))
            rt_parser_fail(p);
        p->t++;
        return RT_AST_NotEq;
    case TOK_IN: p->t++; return RT_AST_In;
    case TOK_IS:
        p->t++;
        return accept(p, TOK_NOT) ? RT_AST_IsNot : RT_AST_Is;
    case TOK_NOT:
        if (p->t[1].type != TOK_IN)
            return 0;
        p->t += 2;
        return RT_AST_NotIn;
    default:
        return 0;
    }
}

static struct rt_ast *comparison(struct rt_parser *p)
{
    const struct rt_tok *first = p->t;
    struct rt_ast *left = binary(p, 1);
    enum rt_ast_kind op = comparison_op(p);
    if (__builtin_expect(op == 0, 1))
        return left;
    size_t base = p->stack_len;
    uint8_t small[16], *ops = small;
    size_t count = 0, space = sizeof small;
    do {
        if (count == space) {
            uint8_t *more = rt_p_alloc(p, space * 2);
            memcpy(more, ops, count);
            ops = more;
            space *= 2;
        }
        ops[count++] = (uint8_t)op;
        struct rt_ast *right = binary(p, 1);
        push(p, right);
        op = comparison_op(p);
    } while (op);
    struct rt_ast_Compare *n = NEW(p, Compare);
    n->left = left;
    n->comparators = rt_parser_pop_seq(p, base);
    n->ops = rt_p_alloc(p, sizeof *n->ops + count);
    n->ops->len = (uint32_t)count;
    memcpy(n->ops->items, ops, count);
    span(p, n, first);
    return &n->base;
}

static struct rt_ast *inversion(struct rt_parser *p)
{
    const struct rt_tok *first = p->t;
    if (__builtin_expect(!accept(p, TOK_NOT), 1))
        return comparison(p);
    enter(p, 1);
    struct rt_ast *operand = inversion(p);
    leave(p, 1);
    struct rt_ast_UnaryOp *n = NEW(p, UnaryOp);
    n->op = RT_AST_Not;
    n->operand = operand;
    span(p, n, first);
    return &n->base;
}

static struct rt_ast *boolop(struct rt_parser *p, enum rt_ast_kind op, enum rt_token token,
    const struct rt_tok *first, struct rt_ast *left, struct rt_ast *(*operand)(struct rt_parser *))
{
    size_t base = p->stack_len;
    push(p, left);
    while (accept(p, token)) {
        struct rt_ast *e = operand(p);
        push(p, e);
    }
    struct rt_ast_BoolOp *n = NEW(p, BoolOp);
    n->op = (uint8_t)op;
    n->values = rt_parser_pop_seq(p, base);
    span(p, n, first);
    return &n->base;
}

static struct rt_ast *conjunction(struct rt_parser *p)
{
    const struct rt_tok *first = p->t;
    struct rt_ast *e = inversion(p);
    return at(p, TOK_AND) ? boolop(p, RT_AST_And, TOK_AND, first, e, inversion) : e;
}

static struct rt_ast *disjunction(struct rt_parser *p)
{
    const struct rt_tok *first = p->t;
    struct rt_ast *e = conjunction(p);
    return at(p, TOK_OR) ? boolop(p, RT_AST_Or, TOK_OR, first, e, conjunction) : e;
}

static struct rt_ast *lambda(struct rt_parser *p)
{
    const struct rt_tok *first = p->t++;
    enter(p, 2);
    struct rt_ast *args = rt_parse_parameters(p, TOK_COLON);
    expect(p, TOK_COLON);
    struct rt_ast *body = rt_parse_expression(p);
    leave(p, 2);
    struct rt_ast_Lambda *n = NEW(p, Lambda);
    n->args = args;
    n->body = body;
    span(p, n, first);
    return &n->base;
}

struct rt_ast *rt_parse_expression(struct rt_parser *p)
{
    const struct rt_tok *first = p->t;
    if (at(p, TOK_LAMBDA))
        return lambda(p);
    struct rt_ast *body = disjunction(p);
    if (__builtin_expect(!accept(p, TOK_IF), 1))
        return body;
    struct rt_ast *test = disjunction(p);
    expect(p, TOK_ELSE);
    enter(p, 1);
    struct rt_ast *orelse = rt_parse_expression(p);
    leave(p, 1);
    struct rt_ast_IfExp *n = NEW(p, IfExp);
    n->test = test;
    n->body = body;
    n->orelse = orelse;
    span(p, n, first);
    return &n->base;
}

struct rt_ast *rt_parse_named_expression(struct rt_parser *p)
{
    const struct rt_tok *first = p->t;
    if (at(p, TOK_NAME) && p->t[1].type == TOK_COLONEQUAL) {
        if (p->feature < 8)
            rt_parser_fail(p);
        struct rt_ast *target = rt_parse_name(p, RT_AST_Store);
        p->t++;
        struct rt_ast *value = rt_parse_expression(p);
        struct rt_ast_NamedExpr *n = NEW(p, NamedExpr);
        n->target = target;
        n->value = value;
        span(p, n, first);
        return &n->base;
    }
    struct rt_ast *e = rt_parse_expression(p);
    if (__builtin_expect(at(p, TOK_COLONEQUAL), 0))
        rt_parser_fail(p);
    return e;
}

static struct rt_ast *starred(struct rt_parser *p, struct rt_ast *(*operand)(struct rt_parser *))
{
    const struct rt_tok *first = p->t++;
    struct rt_ast *value = operand(p);
    struct rt_ast_Starred *n = NEW(p, Starred);
    n->value = value;
    n->ctx = RT_AST_Load;
    span(p, n, first);
    return &n->base;
}

struct rt_ast *rt_parse_starred(struct rt_parser *p)
{
    return starred(p, rt_parse_bitwise_or);
}

static struct rt_ast *star_expression(struct rt_parser *p)
{
    return at(p, TOK_STAR) ? rt_parse_starred(p) : rt_parse_expression(p);
}

struct rt_ast *rt_parse_star_named_expression(struct rt_parser *p)
{
    return at(p, TOK_STAR) ? starred(p, rt_parse_bitwise_or) : rt_parse_named_expression(p);
}

static struct rt_ast *tuple_node(struct rt_parser *p, size_t base, const struct rt_tok *first)
{
    struct rt_ast_Tuple *n = NEW(p, Tuple);
    n->elts = rt_parser_pop_seq(p, base);
    n->ctx = RT_AST_Load;
    span(p, n, first);
    return &n->base;
}

/* May an expression begin here?  Decides whether a comma was the last. */
static bool expression_follows(const struct rt_parser *p)
{
    switch (p->t->type) {
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
    case TOK_FALSE: case TOK_ELLIPSIS:
        return true;
    default:
        return false;
    }
}

static struct rt_ast *comma_list(
    struct rt_parser *p, struct rt_ast *(*item)(struct rt_parser *), bool stars)
{
    const struct rt_tok *first = p->t;
    struct rt_ast *e = item(p);
    if (__builtin_expect(!at(p, TOK_COMMA), 1))
        return e;
    size_t base = p->stack_len;
    push(p, e);
    while (accept(p, TOK_COMMA)) {
        if (!expression_follows(p) && !(stars && at(p, TOK_STAR)))
            break;
        e = item(p);
        push(p, e);
    }
    return tuple_node(p, base, first);
}

struct rt_ast *rt_parse_star_expressions(struct rt_parser *p)
{
    return comma_list(p, star_expression, true);
}

struct rt_ast *rt_parse_expressions(struct rt_parser *p)
{
    return comma_list(p, rt_parse_expression, false);
}

struct rt_ast *rt_parse_yield(struct rt_parser *p)
{
    const struct rt_tok *first = p->t++;
    if (accept(p, TOK_FROM)) {
        struct rt_ast *value = rt_parse_expression(p);
        struct rt_ast_YieldFrom *n = NEW(p, YieldFrom);
        n->value = value;
        span(p, n, first);
        return &n->base;
    }
    struct rt_ast *value = expression_follows(p) || at(p, TOK_STAR) ? rt_parse_star_expressions(p)
                                                                    : NULL;
    struct rt_ast_Yield *n = NEW(p, Yield);
    n->value = value;
    span(p, n, first);
    return &n->base;
}

struct rt_ast *rt_parse_yield_or_stars(struct rt_parser *p)
{
    return at(p, TOK_YIELD) ? rt_parse_yield(p) : rt_parse_star_expressions(p);
}

struct rt_ast *rt_parse_fstring_expression(struct rt_parser *p)
{
    return rt_parse_star_expressions(p);
}

/* Comprehensions */

static struct rt_ast *for_clause(struct rt_parser *p)
{
    bool async = accept(p, TOK_ASYNC);
    if (async && p->feature < 6)
        rt_parser_fail(p);
    expect(p, TOK_FOR);
    struct rt_ast *target = rt_parse_star_targets(p);
    expect(p, TOK_IN);
    struct rt_ast *iter = disjunction(p);
    size_t base = p->stack_len;
    while (accept(p, TOK_IF)) {
        struct rt_ast *e = disjunction(p);
        push(p, e);
    }
    struct rt_ast_comprehension *n = NEW(p, comprehension);
    n->target = target;
    n->iter = iter;
    n->ifs = rt_parser_pop_seq(p, base);
    n->is_async = async;
    return &n->base;
}

static bool at_for(const struct rt_parser *p)
{
    return at(p, TOK_FOR) || (at(p, TOK_ASYNC) && p->t[1].type == TOK_FOR);
}

static struct rt_ast_seq *for_clauses(struct rt_parser *p)
{
    size_t base = p->stack_len;
    do {
        struct rt_ast *c = for_clause(p);
        push(p, c);
    } while (at_for(p));
    return rt_parser_pop_seq(p, base);
}

/* GeneratorExp, ListComp and SetComp have the same layout. */
static struct rt_ast *comprehension(struct rt_parser *p, enum rt_ast_kind kind, struct rt_ast *elt)
{
    if (elt->kind == RT_AST_Starred)
        rt_parser_fail(p);
    struct rt_ast_seq *generators = for_clauses(p);
    struct rt_ast_ListComp *n = (struct rt_ast_ListComp *)new_node(p, kind, sizeof *n);
    n->elt = elt;
    n->generators = generators;
    return &n->base;
}

/* Displays */

static struct rt_ast *parenthesized(struct rt_parser *p)
{
    const struct rt_tok *first = p->t++;
    enter(p, BRACKET_COST);
    struct rt_ast *e;
    if (accept(p, TOK_RPAR)) {
        e = tuple_node(p, p->stack_len, first);
    } else if (at(p, TOK_YIELD)) {
        e = rt_parse_yield(p);
        expect(p, TOK_RPAR);
        e->flags |= RT_AST_F_PARENTHESIZED;
    } else {
        e = rt_parse_star_named_expression(p);
        if (at(p, TOK_COMMA)) {
            size_t base = p->stack_len;
            push(p, e);
            while (accept(p, TOK_COMMA) && !at(p, TOK_RPAR)) {
                e = rt_parse_star_named_expression(p);
                push(p, e);
            }
            expect(p, TOK_RPAR);
            e = tuple_node(p, base, first);
        } else if (at_for(p)) {
            e = comprehension(p, RT_AST_GeneratorExp, e);
            expect(p, TOK_RPAR);
            span(p, e, first);
        } else {
            if (e->kind == RT_AST_Starred)
                rt_parser_fail(p);
            expect(p, TOK_RPAR);
            e->flags |= RT_AST_F_PARENTHESIZED;
        }
    }
    leave(p, BRACKET_COST);
    return e;
}

/* Elements up to `close`; the first one has been pushed. */
static void more_elements(struct rt_parser *p, enum rt_token close)
{
    while (accept(p, TOK_COMMA) && !at(p, close)) {
        struct rt_ast *e = rt_parse_star_named_expression(p);
        push(p, e);
    }
    expect(p, close);
}

static struct rt_ast *list(struct rt_parser *p)
{
    const struct rt_tok *first = p->t++;
    enter(p, BRACKET_COST);
    size_t base = p->stack_len;
    struct rt_ast *result;
    if (!accept(p, TOK_RSQB)) {
        struct rt_ast *e = rt_parse_star_named_expression(p);
        if (at_for(p)) {
            result = comprehension(p, RT_AST_ListComp, e);
            expect(p, TOK_RSQB);
            goto done;
        }
        push(p, e);
        more_elements(p, TOK_RSQB);
    }
    struct rt_ast_List *n = NEW(p, List);
    n->elts = rt_parser_pop_seq(p, base);
    n->ctx = RT_AST_Load;
    result = &n->base;
done:
    span(p, result, first);
    leave(p, BRACKET_COST);
    return result;
}

/* A dict's pairs are pushed as key, value, key, value. */
static struct rt_ast *dict_tail(struct rt_parser *p, size_t base)
{
    while (accept(p, TOK_COMMA) && !at(p, TOK_RBRACE)) {
        struct rt_ast *key = NULL;
        if (!accept(p, TOK_DOUBLESTAR)) {
            key = rt_parse_expression(p);
            expect(p, TOK_COLON);
        }
        push(p, key);
        struct rt_ast *value = key ? rt_parse_expression(p) : rt_parse_bitwise_or(p);
        push(p, value);
    }
    expect(p, TOK_RBRACE);
    uint32_t count = (uint32_t)(p->stack_len - base) / 2;
    struct rt_ast_seq *keys = rt_arena_seq(p->arena, count),
                      *values = rt_arena_seq(p->arena, count);
    if (!keys || !values)
        rt_parser_no_memory(p);
    for (uint32_t i = 0; i < count; i++) {
        keys->items[i] = p->stack[base + 2 * i];
        values->items[i] = p->stack[base + 2 * i + 1];
    }
    p->stack_len = base;
    struct rt_ast_Dict *n = NEW(p, Dict);
    n->keys = keys;
    n->values = values;
    return &n->base;
}

static struct rt_ast *braces_inner(struct rt_parser *p)
{
    size_t base = p->stack_len;
    struct rt_ast *key, *value;
    if (accept(p, TOK_RBRACE)) {
        struct rt_ast_Dict *n = NEW(p, Dict);
        n->keys = n->values = rt_ast_empty;
        return &n->base;
    }
    if (accept(p, TOK_DOUBLESTAR)) {
        value = rt_parse_bitwise_or(p);
        push(p, NULL);
        push(p, value);
        return dict_tail(p, base);
    }
    const struct rt_tok *first = p->t;
    key = rt_parse_star_named_expression(p);
    if (at(p, TOK_COLON)) {
        if (key->kind == RT_AST_Starred ||
            (key->kind == RT_AST_NamedExpr && first->type != TOK_LPAR))
            rt_parser_fail(p);
        p->t++;
        value = rt_parse_expression(p);
        if (at_for(p)) {
            struct rt_ast_seq *generators = for_clauses(p);
            expect(p, TOK_RBRACE);
            struct rt_ast_DictComp *n = NEW(p, DictComp);
            n->key = key;
            n->value = value;
            n->generators = generators;
            return &n->base;
        }
        push(p, key);
        push(p, value);
        return dict_tail(p, base);
    }
    if (at_for(p)) {
        key = comprehension(p, RT_AST_SetComp, key);
        expect(p, TOK_RBRACE);
        return key;
    }
    push(p, key);
    more_elements(p, TOK_RBRACE);
    struct rt_ast_Set *n = NEW(p, Set);
    n->elts = rt_parser_pop_seq(p, base);
    return &n->base;
}

static struct rt_ast *braces(struct rt_parser *p)
{
    const struct rt_tok *first = p->t++;
    enter(p, BRACKET_COST);
    struct rt_ast *n = braces_inner(p);
    span(p, n, first);
    leave(p, BRACKET_COST);
    return n;
}

static struct rt_ast *singleton(struct rt_parser *p, enum rt_ast_const_kind kind)
{
    const struct rt_tok *t = p->t++;
    struct rt_ast_Constant *n = NEW(p, Constant);
    n->value = rt_p_alloc(p, sizeof *n->value);
    n->value->kind = (uint8_t)kind;
    start_at(n, t);
    end_at(n, t);
    return &n->base;
}

static struct rt_ast *atom(struct rt_parser *p)
{
    struct rt_tok *t = p->t;
    switch (t->type) {
    case TOK_NAME:
        return name(p);
    case TOK_NUMBER:
        p->t++;
        return rt_parser_number(p, t);
    case TOK_STRING: {
        do {
            p->t++;
        } while (at(p, TOK_STRING));
        return rt_parser_strings(p, t, p->t - 1);
    }
    case TOK_LPAR:
        return parenthesized(p);
    case TOK_LSQB:
        return list(p);
    case TOK_LBRACE:
        return braces(p);
    case TOK_NONE:
        return singleton(p, RT_CONST_NONE);
    case TOK_TRUE:
        return singleton(p, RT_CONST_TRUE);
    case TOK_FALSE:
        return singleton(p, RT_CONST_FALSE);
    case TOK_ELLIPSIS:
        return singleton(p, RT_CONST_ELLIPSIS);
    default:
        rt_parser_fail(p);
    }
}

/* Calls */

static struct rt_ast *keyword_argument(struct rt_parser *p)
{
    const struct rt_tok *first = p->t;
    const struct rt_ast_ident *arg = NULL;
    if (!accept(p, TOK_DOUBLESTAR)) {
        arg = rt_parser_ident(p, first);
        p->t += 2;
    }
    struct rt_ast *value = rt_parse_expression(p);
    struct rt_ast_keyword *n = NEW(p, keyword);
    n->arg = arg;
    n->value = value;
    span(p, n, first);
    return &n->base;
}

/*
 * Arguments up to the closing bracket, which is not consumed.  Positional ones collect on the
 * stack, keywords in a chain. With `open` (the bracket's token) a lone generator expression is
 * accepted.
 */
static void call_arguments(struct rt_parser *p, const struct rt_tok *open, struct rt_ast_seq **args,
    struct rt_ast_seq **keywords)
{
    struct chain { struct rt_ast *node; struct chain *next; } *first = NULL, **last = &first;
    uint32_t keyword_count = 0;
    bool unpacked = false;
    size_t base = p->stack_len;
    while (!at(p, TOK_RPAR)) {
        struct rt_ast *e;
        if (at(p, TOK_STAR)) {
            if (unpacked)
                rt_parser_fail(p);
            e = starred(p, rt_parse_expression);
            push(p, e);
        } else if (at(p, TOK_DOUBLESTAR) || (at(p, TOK_NAME) && p->t[1].type == TOK_EQUAL)) {
            unpacked |= at(p, TOK_DOUBLESTAR);
            struct chain *c = rt_p_alloc(p, sizeof *c);
            c->node = keyword_argument(p);
            *last = c;
            last = &c->next;
            keyword_count++;
        } else {
            if (keyword_count)
                rt_parser_fail(p);
            e = rt_parse_named_expression(p);
            if (at_for(p)) {
                if (!open || p->stack_len != base)
                    rt_parser_fail(p);
                e = comprehension(p, RT_AST_GeneratorExp, e);
                if (!at(p, TOK_RPAR))
                    rt_parser_fail(p);
                start_at(e, open);
                end_at(e, p->t);
                push(p, e);
                break;
            }
            push(p, e);
        }
        if (!accept(p, TOK_COMMA))
            break;
    }
    *args = rt_parser_pop_seq(p, base);
    *keywords = rt_arena_seq(p->arena, keyword_count);
    if (!*keywords)
        rt_parser_no_memory(p);
    uint32_t i = 0;
    for (struct chain *c = first; c; c = c->next)
        (*keywords)->items[i++] = c->node;
}

void rt_parse_arguments(struct rt_parser *p, struct rt_ast_seq **args, struct rt_ast_seq **keywords)
{
    call_arguments(p, NULL, args, keywords);
}

static struct rt_ast *call(struct rt_parser *p, struct rt_ast *func)
{
    const struct rt_tok *open = p->t++;
    enter(p, BRACKET_COST);
    struct rt_ast_Call *n = NEW(p, Call);
    n->func = func;
    call_arguments(p, open, &n->args, &n->keywords);
    expect(p, TOK_RPAR);
    leave(p, BRACKET_COST);
    return &n->base;
}

/* Subscripts */

static struct rt_ast *slice(struct rt_parser *p)
{
    const struct rt_tok *first = p->t;
    struct rt_ast *lower = NULL, *upper = NULL, *step = NULL;
    if (!at(p, TOK_COLON)) {
        lower = rt_parse_named_expression(p);
        if (!at(p, TOK_COLON))
            return lower;
        if (lower->kind == RT_AST_NamedExpr && first->type != TOK_LPAR)
            rt_parser_fail(p);
    }
    p->t++;
    if (expression_follows(p))
        upper = rt_parse_expression(p);
    if (accept(p, TOK_COLON) && expression_follows(p))
        step = rt_parse_expression(p);
    struct rt_ast_Slice *n = NEW(p, Slice);
    n->lower = lower;
    n->upper = upper;
    n->step = step;
    span(p, n, first);
    return &n->base;
}

static struct rt_ast *slices(struct rt_parser *p)
{
    const struct rt_tok *first = p->t;
    bool star = at(p, TOK_STAR);
    struct rt_ast *e = star ? starred(p, rt_parse_expression) : slice(p);
    if (!star && !at(p, TOK_COMMA))
        return e;
    size_t base = p->stack_len;
    push(p, e);
    while (accept(p, TOK_COMMA) && !at(p, TOK_RSQB)) {
        e = at(p, TOK_STAR) ? starred(p, rt_parse_expression) : slice(p);
        push(p, e);
    }
    return tuple_node(p, base, first);
}

static struct rt_ast *primary(struct rt_parser *p)
{
    const struct rt_tok *first = p->t;
    struct rt_ast *e = atom(p);
    for (;;) {
        switch (p->t->type) {
        case TOK_DOT: {
            p->t++;
            const struct rt_tok *t = p->t;
            expect(p, TOK_NAME);
            struct rt_ast_Attribute *n = NEW(p, Attribute);
            n->value = e;
            n->attr = rt_parser_ident(p, t);
            n->ctx = RT_AST_Load;
            e = &n->base;
            break;
        }
        case TOK_LPAR:
            e = call(p, e);
            break;
        case TOK_LSQB: {
            p->t++;
            enter(p, BRACKET_COST);
            struct rt_ast *index = slices(p);
            expect(p, TOK_RSQB);
            leave(p, BRACKET_COST);
            struct rt_ast_Subscript *n = NEW(p, Subscript);
            n->value = e;
            n->slice = index;
            n->ctx = RT_AST_Load;
            e = &n->base;
            break;
        }
        default:
            return e;
        }
        span(p, e, first);
    }
}

/* Targets */

static void set_context_seq(struct rt_parser *p, struct rt_ast_seq *seq, enum rt_ast_kind ctx)
{
    for (uint32_t i = 0; i < seq->len; i++)
        rt_parse_set_context(p, seq->items[i], ctx);
}

void rt_parse_set_context(struct rt_parser *p, struct rt_ast *e, enum rt_ast_kind ctx)
{
    switch (e->kind) {
    case RT_AST_Name: RT_AST(Name, e)->ctx = (uint8_t)ctx; return;
    case RT_AST_Attribute: RT_AST(Attribute, e)->ctx = (uint8_t)ctx; return;
    case RT_AST_Subscript: RT_AST(Subscript, e)->ctx = (uint8_t)ctx; return;
    case RT_AST_Tuple:
        RT_AST(Tuple, e)->ctx = (uint8_t)ctx;
        set_context_seq(p, RT_AST(Tuple, e)->elts, ctx);
        return;
    case RT_AST_List:
        RT_AST(List, e)->ctx = (uint8_t)ctx;
        set_context_seq(p, RT_AST(List, e)->elts, ctx);
        return;
    case RT_AST_Starred:
        if (ctx == RT_AST_Del)
            rt_parser_fail(p);
        RT_AST(Starred, e)->ctx = (uint8_t)ctx;
        rt_parse_set_context(p, RT_AST(Starred, e)->value, ctx);
        return;
    default:
        rt_parser_fail(p);
    }
}

static struct rt_ast *star_target_load(struct rt_parser *p)
{
    return at(p, TOK_STAR) ? starred(p, primary) : primary(p);
}

struct rt_ast *rt_parse_star_target(struct rt_parser *p)
{
    struct rt_ast *e = star_target_load(p);
    rt_parse_set_context(p, e, RT_AST_Store);
    return e;
}

struct rt_ast *rt_parse_star_targets(struct rt_parser *p)
{
    struct rt_ast *e = comma_list(p, star_target_load, true);
    rt_parse_set_context(p, e, RT_AST_Store);
    return e;
}
