/* SPDX-License-Identifier: MIT */
/*
 * parse_params.c: parameters of functions and lambdas.
 *
 * One loop for both: a lambda's end at a colon and have neither annotations nor type comments.
 */
#include "core/compiler/parser_internal.h"

#include <string.h>

static struct rt_ast *parameter(struct rt_parser *p, bool annotated, bool star)
{
    const struct rt_tok *first = p->t;
    expect(p, TOK_NAME);
    struct rt_ast *annotation = NULL;
    if (annotated && accept(p, TOK_COLON))
        annotation = star && at(p, TOK_STAR) ? rt_parse_starred(p) : rt_parse_expression(p);
    struct rt_ast_arg *n = NEW(p, arg);
    n->arg = rt_parser_ident(p, first);
    n->annotation = annotation;
    span(p, n, first);
    return &n->base;
}

static const struct rt_ast_str *text_of(struct rt_parser *p, const struct rt_tok *t)
{
    const struct rt_ast_str *s = rt_arena_str(p->arena, p->src + t->start, t->end - t->start);
    if (!s)
        rt_parser_no_memory(p);
    return s;
}

/* After a parameter: `,` or the end, and a type comment that then belongs to it.  True: there was a
 * comma. */
static bool after_parameter(struct rt_parser *p, struct rt_ast *arg, enum rt_token close)
{
    bool comma = accept(p, TOK_COMMA);
    if (close == TOK_RPAR && at(p, TOK_TYPE_COMMENT)) {
        if (arg)
            RT_AST(arg, arg)->type_comment = text_of(p, p->t);
        p->t++;
    }
    if (!comma && !at(p, close))
        rt_parser_fail(p);
    return comma;
}

struct param_state {
    struct rt_ast_arguments *a;
    struct rt_ast_seq *posonly;
    bool star, defaults, slash;
};

/* The part after `*` or `**`. */
static void star_parameters(struct rt_parser *p, struct param_state *s, enum rt_token close)
{
    bool annotated = close == TOK_RPAR;
    struct rt_ast_arguments *a = s->a;
    size_t base = p->stack_len;
    if (accept(p, TOK_STAR)) {
        bool comma = true;
        if (at(p, TOK_COMMA)) {
            p->t++;
            if (!at(p, TOK_NAME))
                rt_parser_fail(p);      /* also a type comment here */
        } else {
            a->vararg = parameter(p, annotated, true);
            comma = after_parameter(p, a->vararg, close);
        }
        while (comma && at(p, TOK_NAME)) {
            struct rt_ast *arg = parameter(p, annotated, false), *value = NULL;
            if (accept(p, TOK_EQUAL))
                value = rt_parse_expression(p);
            comma = after_parameter(p, arg, close);
            push(p, arg);
            push(p, value);
        }
        if (!comma && !at(p, close))
            rt_parser_fail(p);
    }
    uint32_t count = (uint32_t)(p->stack_len - base) / 2;
    a->kwonlyargs = rt_arena_seq(p->arena, count);
    a->kw_defaults = rt_arena_seq(p->arena, count);
    if (!a->kwonlyargs || !a->kw_defaults)
        rt_parser_no_memory(p);
    for (uint32_t i = 0; i < count; i++) {
        a->kwonlyargs->items[i] = p->stack[base + 2 * i];
        a->kw_defaults->items[i] = p->stack[base + 2 * i + 1];
    }
    p->stack_len = base;
    if (p->t[-1].type != TOK_COMMA && p->t[-1].type != TOK_TYPE_COMMENT && at(p, close))
        return;
    if (accept(p, TOK_DOUBLESTAR)) {
        a->kwarg = parameter(p, annotated, false);
        after_parameter(p, a->kwarg, close);
    }
}

static struct rt_ast_seq *copy_seq(struct rt_parser *p, struct rt_ast **items, size_t count)
{
    struct rt_ast_seq *s = rt_arena_seq(p->arena, (uint32_t)count);
    if (!s)
        rt_parser_no_memory(p);
    if (count)
        memcpy(s->items, items, count * sizeof *items);
    return s;
}

struct rt_ast *rt_parse_parameters(struct rt_parser *p, enum rt_token close)
{
    bool annotated = close == TOK_RPAR;
    struct rt_ast_arguments *a = NEW(p, arguments);
    struct param_state s = {.a = a};
    a->posonlyargs = a->args = a->kwonlyargs = a->kw_defaults = a->defaults = rt_ast_empty;
    if (at(p, close))
        return &a->base;
    size_t base = p->stack_len;     /* pairs: parameter, default */
    bool comma = true;
    while (comma && (at(p, TOK_NAME) || at(p, TOK_SLASH))) {
        if (accept(p, TOK_SLASH)) {
            if (s.slash || p->stack_len == base || p->feature < 8)
                rt_parser_fail(p);
            s.slash = true;
            size_t count = (p->stack_len - base) / 2;
            a->posonlyargs = rt_arena_seq(p->arena, (uint32_t)count);
            if (!a->posonlyargs)
                rt_parser_no_memory(p);
            for (size_t i = 0; i < count; i++)
                a->posonlyargs->items[i] = p->stack[base + 2 * i];
            comma = accept(p, TOK_COMMA);
            continue;
        }
        struct rt_ast *arg = parameter(p, annotated, false), *value = NULL;
        if (accept(p, TOK_EQUAL)) {
            value = rt_parse_expression(p);
            s.defaults = true;
        } else if (s.defaults) {
            rt_parser_fail(p);
        }
        comma = after_parameter(p, arg, close);
        push(p, arg);
        push(p, value);
    }
    size_t pairs = (p->stack_len - base) / 2, posonly = a->posonlyargs->len, defaults = 0;
    /* Unzip in place: parameters to the front, defaults collected behind them. */
    struct rt_ast **at0 = p->stack + base;
    for (size_t i = 0; i < pairs; i++)
        defaults += at0[2 * i + 1] != NULL;
    a->args = copy_seq(p, at0, pairs - posonly);
    a->defaults = copy_seq(p, at0, defaults);
    for (size_t i = posonly; i < pairs; i++)
        a->args->items[i - posonly] = at0[2 * i];
    for (size_t i = pairs, d = defaults; d > 0; )
        a->defaults->items[--d] = at0[2 * --i + 1];
    p->stack_len = base;
    if (comma)
        star_parameters(p, &s, close);
    if (!at(p, close))
        rt_parser_fail(p);
    return &a->base;
}
