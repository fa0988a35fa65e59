/* SPDX-License-Identifier: MIT */
/*
 * parse_pattern.c: patterns of `case`.
 *
 * One token of lookahead settles every choice: a name is a value if a point follows, a class if a
 * bracket follows, else a capture.
 */
#include "core/compiler/parser_internal.h"

static struct rt_ast *pattern(struct rt_parser *p);

static bool is_wildcard(const struct rt_parser *p, const struct rt_tok *t)
{
    return word_is(p, t, "_", 1);
}

/* A name to bind; not the wildcard, not the start of a value, class or keyword pattern. */
static const struct rt_ast_ident *capture_target(struct rt_parser *p)
{
    const struct rt_tok *t = p->t;
    if (!at(p, TOK_NAME) || is_wildcard(p, t) || t[1].type == TOK_DOT || t[1].type == TOK_LPAR ||
        t[1].type == TOK_EQUAL)
        rt_parser_fail(p);
    p->t++;
    return rt_parser_ident(p, t);
}

static struct rt_ast *match_as(struct rt_parser *p, const struct rt_tok *first,
    struct rt_ast *inner, const struct rt_ast_ident *name)
{
    struct rt_ast_MatchAs *n = NEW(p, MatchAs);
    n->pattern = inner;
    n->name = name;
    span(p, n, first);
    return &n->base;
}

static struct rt_ast *match_value(
    struct rt_parser *p, const struct rt_tok *first, struct rt_ast *value)
{
    struct rt_ast_MatchValue *n = NEW(p, MatchValue);
    n->value = value;
    span(p, n, first);
    return &n->base;
}

static struct rt_ast *constant(struct rt_parser *p)
{
    const struct rt_tok *t = p->t++;
    struct rt_ast_Constant *n = NEW(p, Constant);
    n->value = rt_p_alloc(p, sizeof *n->value);
    n->value->kind = t->type == TOK_NONE ? RT_CONST_NONE
        : t->type == TOK_TRUE            ? RT_CONST_TRUE
                                         : RT_CONST_FALSE;
    start_at(n, t);
    end_at(n, t);
    return &n->base;
}

static bool is_imaginary(const struct rt_ast *e)
{
    return RT_AST(Constant, e)->value->kind == RT_CONST_COMPLEX;
}

static struct rt_ast *number_token(struct rt_parser *p)
{
    const struct rt_tok *t = p->t;
    expect(p, TOK_NUMBER);
    return rt_parser_number(p, t);
}

/* `-1`, `1.5`, `-1 + 2j` */
static struct rt_ast *signed_number(struct rt_parser *p)
{
    const struct rt_tok *first = p->t;
    bool negative = accept(p, TOK_MINUS);
    struct rt_ast *e = number_token(p);
    bool imaginary = is_imaginary(e);
    if (negative) {
        struct rt_ast_UnaryOp *n = NEW(p, UnaryOp);
        n->op = RT_AST_USub;
        n->operand = e;
        span(p, n, first);
        e = &n->base;
    }
    if (!at(p, TOK_PLUS) && !at(p, TOK_MINUS))
        return e;
    struct rt_ast_BinOp *n = NEW(p, BinOp);
    n->op = at(p, TOK_PLUS) ? RT_AST_Add : RT_AST_Sub;
    p->t++;
    n->left = e;
    n->right = number_token(p);
    if (imaginary || !is_imaginary(n->right))
        rt_parser_fail(p);
    span(p, n, first);
    return &n->base;
}

static struct rt_ast *strings(struct rt_parser *p)
{
    struct rt_tok *first = p->t;
    do {
        p->t++;
    } while (at(p, TOK_STRING));
    return rt_parser_strings(p, first, p->t - 1);
}

/* `a` or `a.b.c` */
static struct rt_ast *name_or_attr(struct rt_parser *p)
{
    const struct rt_tok *first = p->t;
    struct rt_ast *e = rt_parse_name(p, RT_AST_Load);
    while (accept(p, TOK_DOT)) {
        const struct rt_tok *t = p->t;
        expect(p, TOK_NAME);
        struct rt_ast_Attribute *n = NEW(p, Attribute);
        n->value = e;
        n->attr = rt_parser_ident(p, t);
        n->ctx = RT_AST_Load;
        span(p, n, first);
        e = &n->base;
    }
    return e;
}

static struct rt_ast *star_pattern(struct rt_parser *p)
{
    const struct rt_tok *first = p->t++;
    const struct rt_ast_ident *name = NULL;
    if (is_wildcard(p, p->t))
        p->t++;
    else
        name = capture_target(p);
    struct rt_ast_MatchStar *n = NEW(p, MatchStar);
    n->name = name;
    span(p, n, first);
    return &n->base;
}

static struct rt_ast *maybe_star_pattern(struct rt_parser *p)
{
    return at(p, TOK_STAR) ? star_pattern(p) : pattern(p);
}

static struct rt_ast *sequence_node(struct rt_parser *p, size_t base, const struct rt_tok *first)
{
    struct rt_ast_MatchSequence *n = NEW(p, MatchSequence);
    n->patterns = rt_parser_pop_seq(p, base);
    span(p, n, first);
    return &n->base;
}

static struct rt_ast *sequence_or_group(struct rt_parser *p)
{
    const struct rt_tok *first = p->t++;
    enum rt_token close = first->type == TOK_LSQB ? TOK_RSQB : TOK_RPAR;
    size_t base = p->stack_len;
    bool comma = false;
    while (!at(p, close)) {
        struct rt_ast *e = maybe_star_pattern(p);
        push(p, e);
        comma = accept(p, TOK_COMMA);
        if (!comma)
            break;
    }
    expect(p, close);
    if (close == TOK_RPAR && !comma && p->stack_len - base == 1) {
        struct rt_ast *only = p->stack[base];
        if (only->kind == RT_AST_MatchStar)
            rt_parser_fail(p);
        p->stack_len = base;
        return only;
    }
    return sequence_node(p, base, first);
}

static struct rt_ast *mapping_key(struct rt_parser *p)
{
    switch (p->t->type) {
    case TOK_NUMBER: case TOK_MINUS: return signed_number(p);
    case TOK_STRING: return strings(p);
    case TOK_NONE: case TOK_TRUE: case TOK_FALSE: return constant(p);
    default: {
        struct rt_ast *e = name_or_attr(p);
        if (e->kind != RT_AST_Attribute)
            rt_parser_fail(p);
        return e;
    }
    }
}

/* Pairs pushed since `base`, as two sequences. */
static void unzip(struct rt_parser *p, size_t base, struct rt_ast_seq **a, struct rt_ast_seq **b)
{
    uint32_t count = (uint32_t)(p->stack_len - base) / 2;
    *a = rt_arena_seq(p->arena, count);
    *b = rt_arena_seq(p->arena, count);
    if (!*a || !*b)
        rt_parser_no_memory(p);
    for (uint32_t i = 0; i < count; i++) {
        (*a)->items[i] = p->stack[base + 2 * i];
        (*b)->items[i] = p->stack[base + 2 * i + 1];
    }
    p->stack_len = base;
}

static struct rt_ast *mapping(struct rt_parser *p)
{
    const struct rt_tok *first = p->t++;
    const struct rt_ast_ident *rest = NULL;
    size_t base = p->stack_len;
    while (!at(p, TOK_RBRACE)) {
        if (accept(p, TOK_DOUBLESTAR)) {
            rest = capture_target(p);
            accept(p, TOK_COMMA);
            break;
        }
        struct rt_ast *key = mapping_key(p);
        push(p, key);
        expect(p, TOK_COLON);
        struct rt_ast *value = pattern(p);
        push(p, value);
        if (!accept(p, TOK_COMMA))
            break;
    }
    expect(p, TOK_RBRACE);
    struct rt_ast_MatchMapping *n = NEW(p, MatchMapping);
    unzip(p, base, &n->keys, &n->patterns);
    n->rest = rest;
    span(p, n, first);
    return &n->base;
}

static struct rt_ast *class_pattern(
    struct rt_parser *p, const struct rt_tok *first, struct rt_ast *cls)
{
    p->t++;
    struct rt_ast_MatchClass *n = NEW(p, MatchClass);
    n->cls = cls;
    size_t base = p->stack_len;
    while (at(p, TOK_NAME) ? p->t[1].type != TOK_EQUAL : !at(p, TOK_RPAR)) {
        struct rt_ast *e = pattern(p);
        push(p, e);
        if (!accept(p, TOK_COMMA))
            break;
    }
    n->patterns = rt_parser_pop_seq(p, base);
    if (n->patterns->len == 0 || p->t[-1].type == TOK_COMMA) {
        while (at(p, TOK_NAME)) {
            const struct rt_tok *t = p->t++;
            push(p, (void *)rt_parser_ident(p, t));
            expect(p, TOK_EQUAL);
            struct rt_ast *e = pattern(p);
            push(p, e);
            if (!accept(p, TOK_COMMA))
                break;
        }
    }
    expect(p, TOK_RPAR);
    uint32_t count = (uint32_t)(p->stack_len - base) / 2;
    n->kwd_attrs = rt_arena_idseq(p->arena, count);
    n->kwd_patterns = rt_arena_seq(p->arena, count);
    if (!n->kwd_attrs || !n->kwd_patterns)
        rt_parser_no_memory(p);
    for (uint32_t i = 0; i < count; i++) {
        n->kwd_attrs->items[i] = (const struct rt_ast_ident *)p->stack[base + 2 * i];
        n->kwd_patterns->items[i] = p->stack[base + 2 * i + 1];
    }
    p->stack_len = base;
    span(p, n, first);
    return &n->base;
}

static struct rt_ast *name_pattern(struct rt_parser *p)
{
    const struct rt_tok *first = p->t;
    enum rt_token next = first[1].type;
    if (next == TOK_EQUAL)
        rt_parser_fail(p);
    if (next != TOK_DOT && next != TOK_LPAR) {
        if (is_wildcard(p, first)) {
            p->t++;
            return match_as(p, first, NULL, NULL);
        }
        const struct rt_ast_ident *name = capture_target(p);
        return match_as(p, first, NULL, name);
    }
    struct rt_ast *e = name_or_attr(p);
    if (at(p, TOK_LPAR))
        return class_pattern(p, first, e);
    if (at(p, TOK_EQUAL))
        rt_parser_fail(p);
    return match_value(p, first, e);
}

static struct rt_ast *closed_pattern(struct rt_parser *p)
{
    const struct rt_tok *first = p->t;
    switch (first->type) {
    case TOK_NUMBER: case TOK_MINUS: {
        struct rt_ast *e = signed_number(p);
        return match_value(p, first, e);
    }
    case TOK_STRING: {
        struct rt_ast *e = strings(p);
        return match_value(p, first, e);
    }
    case TOK_NONE: case TOK_TRUE: case TOK_FALSE: {
        struct rt_ast *c = constant(p);
        struct rt_ast_MatchSingleton *n = NEW(p, MatchSingleton);
        n->value = RT_AST(Constant, c)->value;
        span(p, n, first);
        return &n->base;
    }
    case TOK_NAME:
        return name_pattern(p);
    case TOK_LPAR: case TOK_LSQB: case TOK_LBRACE: {
        enter(p, 12);
        struct rt_ast *e = first->type == TOK_LBRACE ? mapping(p) : sequence_or_group(p);
        leave(p, 12);
        return e;
    }
    default:
        rt_parser_fail(p);
    }
}

static struct rt_ast *pattern(struct rt_parser *p)
{
    const struct rt_tok *first = p->t;
    struct rt_ast *e = closed_pattern(p);
    if (at(p, TOK_VBAR)) {
        size_t base = p->stack_len;
        push(p, e);
        while (accept(p, TOK_VBAR)) {
            e = closed_pattern(p);
            push(p, e);
        }
        struct rt_ast_MatchOr *n = NEW(p, MatchOr);
        n->patterns = rt_parser_pop_seq(p, base);
        span(p, n, first);
        e = &n->base;
    }
    if (accept(p, TOK_AS)) {
        const struct rt_ast_ident *name = capture_target(p);
        e = match_as(p, first, e, name);
    }
    return e;
}

struct rt_ast *rt_parse_patterns(struct rt_parser *p)
{
    const struct rt_tok *first = p->t;
    struct rt_ast *e = maybe_star_pattern(p);
    if (!at(p, TOK_COMMA)) {
        if (e->kind == RT_AST_MatchStar)
            rt_parser_fail(p);
        return e;
    }
    size_t base = p->stack_len;
    push(p, e);
    while (accept(p, TOK_COMMA) && !at(p, TOK_COLON) && !at(p, TOK_IF)) {
        e = maybe_star_pattern(p);
        push(p, e);
    }
    return sequence_node(p, base, first);
}
