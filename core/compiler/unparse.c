/* SPDX-License-Identifier: MIT */
/*
 * unparse.c: the source text of an expression, spelled as CPython spells annotations that are kept
 * as strings.
 *
 * Brackets go where the level asked for is above the one of the expression; the levels and the few
 * oddities (`lambda*a: 0`, brackets around every `yield`) are part of what programs see in
 * `__annotations__`.
 */
#include "core/compiler/ast_text.h"

#include <stdlib.h>
#include <string.h>

enum level {
    L_TUPLE,
    L_TEST,
    L_OR,
    L_AND,
    L_NOT,
    L_CMP,
    L_BOR,
    L_BXOR,
    L_BAND,
    L_SHIFT,
    L_ARITH,
    L_TERM,
    L_FACTOR,
    L_POWER,
    L_AWAIT,
    L_ATOM
};

enum { MAX_NESTING = 3000 };

struct out {
    struct rt_text text;
    struct rt_arena *arena;
    const struct rt_unparse_hooks *hooks;
    int depth;
    bool failed;
};

static void expr(struct out *o, const struct rt_ast *e, enum level level);

static void puts_(struct out *o, const char *s)
{
    rt_text_puts(&o->text, s);
}

static void puts_if(struct out *o, bool yes, const char *s)
{
    if (yes)
        puts_(o, s);
}

static void ident(struct out *o, const struct rt_ast_ident *id)
{
    rt_text_put(&o->text, id->utf8, id->len);
}

static void exprs(struct out *o, const struct rt_ast_seq *s, enum level level)
{
    for (uint32_t i = 0; i < s->len; i++) {
        puts_if(o, i, ", ");
        expr(o, s->items[i], level);
    }
}

static void boolop(struct out *o, const struct rt_ast_BoolOp *e, enum level level)
{
    enum level own = e->op == RT_AST_And ? L_AND : L_OR;
    puts_if(o, level > own, "(");
    for (uint32_t i = 0; i < e->values->len; i++) {
        puts_if(o, i, e->op == RT_AST_And ? " and " : " or ");
        expr(o, e->values->items[i], own + 1);
    }
    puts_if(o, level > own, ")");
}

static void binop(struct out *o, const struct rt_ast_BinOp *e, enum level level)
{
    static const struct { const char *text; uint8_t level;
    } ops[RT_AST_KIND_COUNT] = {
        [RT_AST_Add] = {" + ", L_ARITH},
        [RT_AST_Sub] = {" - ", L_ARITH},
        [RT_AST_Mult] = {" * ", L_TERM},
        [RT_AST_MatMult] = {" @ ", L_TERM},
        [RT_AST_Div] = {" / ", L_TERM},
        [RT_AST_Mod] = {" % ", L_TERM},
        [RT_AST_LShift] = {" << ", L_SHIFT},
        [RT_AST_RShift] = {" >> ", L_SHIFT},
        [RT_AST_BitOr] = {" | ", L_BOR},
        [RT_AST_BitXor] = {" ^ ", L_BXOR},
        [RT_AST_BitAnd] = {" & ", L_BAND},
        [RT_AST_FloorDiv] = {" // ", L_TERM},
        [RT_AST_Pow] = {" ** ", L_POWER},
    };
    enum level own = ops[e->op].level;
    bool right = e->op == RT_AST_Pow;
    puts_if(o, level > own, "(");
    expr(o, e->left, own + right);
    puts_(o, ops[e->op].text);
    expr(o, e->right, own + !right);
    puts_if(o, level > own, ")");
}

static void unaryop(struct out *o, const struct rt_ast_UnaryOp *e, enum level level)
{
    enum level own = e->op == RT_AST_Not ? L_NOT : L_FACTOR;
    puts_if(o, level > own, "(");
    puts_(o,
        e->op == RT_AST_Not          ? "not "
            : e->op == RT_AST_Invert ? "~"
            : e->op == RT_AST_UAdd   ? "+"
                                     : "-");
    expr(o, e->operand, own);
    puts_if(o, level > own, ")");
}

static void parameter(struct out *o, const struct rt_ast *node)
{
    const struct rt_ast_arg *a = RT_AST(arg, node);
    ident(o, a->arg);
    if (a->annotation) {
        puts_(o, ": ");
        expr(o, a->annotation, L_TEST);
    }
}

static void default_value(struct out *o, const struct rt_ast *value)
{
    if (value) {
        puts_(o, "=");
        expr(o, value, L_TEST);
    }
}

static void parameters(struct out *o, const struct rt_ast_arguments *a)
{
    bool comma = false;
    uint32_t posonly = a->posonlyargs->len, count = posonly + a->args->len;
    for (uint32_t i = 0; i < count; i++, comma = true) {
        puts_if(o, comma, ", ");
        parameter(o, i < posonly ? a->posonlyargs->items[i] : a->args->items[i - posonly]);
        if (i + a->defaults->len >= count)
            default_value(o, a->defaults->items[i + a->defaults->len - count]);
        puts_if(o, posonly && i + 1 == posonly, ", /");
    }
    if (a->vararg || a->kwonlyargs->len) {
        puts_if(o, comma, ", ");
        puts_(o, "*");
        if (a->vararg)
            parameter(o, a->vararg);
        comma = true;
    }
    for (uint32_t i = 0; i < a->kwonlyargs->len; i++) {
        puts_(o, ", " + (comma ? 0 : 2));
        parameter(o, a->kwonlyargs->items[i]);
        default_value(o, a->kw_defaults->items[i]);
    }
    if (a->kwarg) {
        puts_if(o, comma, ", ");
        puts_(o, "**");
        parameter(o, a->kwarg);
    }
}

static void lambda(struct out *o, const struct rt_ast_Lambda *e, enum level level)
{
    const struct rt_ast_arguments *a = RT_AST(arguments, e->args);
    puts_if(o, level > L_TEST, "(");
    puts_(o, a->args->len + a->posonlyargs->len ? "lambda " : "lambda");
    parameters(o, a);
    puts_(o, ": ");
    expr(o, e->body, L_TEST);
    puts_if(o, level > L_TEST, ")");
}

static void conditional(struct out *o, const struct rt_ast_IfExp *e, enum level level)
{
    puts_if(o, level > L_TEST, "(");
    expr(o, e->body, L_TEST + 1);
    puts_(o, " if ");
    expr(o, e->test, L_TEST + 1);
    puts_(o, " else ");
    expr(o, e->orelse, L_TEST);
    puts_if(o, level > L_TEST, ")");
}

static void dict(struct out *o, const struct rt_ast_Dict *e)
{
    puts_(o, "{");
    for (uint32_t i = 0; i < e->values->len; i++) {
        puts_if(o, i, ", ");
        if (e->keys->items[i]) {
            expr(o, e->keys->items[i], L_TEST);
            puts_(o, ": ");
            expr(o, e->values->items[i], L_TEST);
        } else {
            puts_(o, "**");
            expr(o, e->values->items[i], L_BOR);
        }
    }
    puts_(o, "}");
}

static void clauses(struct out *o, const struct rt_ast_seq *generators)
{
    for (uint32_t i = 0; i < generators->len; i++) {
        const struct rt_ast_comprehension *c = RT_AST(comprehension, generators->items[i]);
        puts_(o, c->is_async ? " async for " : " for ");
        expr(o, c->target, L_TUPLE);
        puts_(o, " in ");
        expr(o, c->iter, L_TEST + 1);
        for (uint32_t k = 0; k < c->ifs->len; k++) {
            puts_(o, " if ");
            expr(o, c->ifs->items[k], L_TEST + 1);
        }
    }
}

/* GeneratorExp, ListComp and SetComp are laid out alike. */
static void comprehension(
    struct out *o, const struct rt_ast *e, const char *open, const char *close)
{
    const struct rt_ast_ListComp *c = (const struct rt_ast_ListComp *)e;
    puts_(o, open);
    expr(o, c->elt, L_TEST);
    clauses(o, c->generators);
    puts_(o, close);
}

static void dict_comprehension(struct out *o, const struct rt_ast_DictComp *e)
{
    puts_(o, "{");
    expr(o, e->key, L_TEST);
    puts_(o, ": ");
    expr(o, e->value, L_TEST);
    clauses(o, e->generators);
    puts_(o, "}");
}

static void compare(struct out *o, const struct rt_ast_Compare *e, enum level level)
{
    static const char *const ops[RT_AST_KIND_COUNT] = {
        [RT_AST_Eq] = " == ",
        [RT_AST_NotEq] = " != ",
        [RT_AST_Lt] = " < ",
        [RT_AST_LtE] = " <= ",
        [RT_AST_Gt] = " > ",
        [RT_AST_GtE] = " >= ",
        [RT_AST_Is] = " is ",
        [RT_AST_IsNot] = " is not ",
        [RT_AST_In] = " in ",
        [RT_AST_NotIn] = " not in ",
    };
    puts_if(o, level > L_CMP, "(");
    expr(o, e->left, L_CMP + 1);
    for (uint32_t i = 0; i < e->comparators->len; i++) {
        puts_(o, ops[e->ops->items[i]]);
        expr(o, e->comparators->items[i], L_CMP + 1);
    }
    puts_if(o, level > L_CMP, ")");
}

static void call(struct out *o, const struct rt_ast_Call *e)
{
    expr(o, e->func, L_ATOM);
    if (e->args->len == 1 && !e->keywords->len && e->args->items[0]->kind == RT_AST_GeneratorExp) {
        expr(o, e->args->items[0], L_TEST);
        return;
    }
    puts_(o, "(");
    exprs(o, e->args, L_TEST);
    for (uint32_t i = 0; i < e->keywords->len; i++) {
        const struct rt_ast_keyword *k = RT_AST(keyword, e->keywords->items[i]);
        puts_if(o, i || e->args->len, ", ");
        if (k->arg) {
            ident(o, k->arg);
            puts_(o, "=");
        } else {
            puts_(o, "**");
        }
        expr(o, k->value, L_TEST);
    }
    puts_(o, ")");
}

/* f-strings: the body is put together first and its repr() taken. */

static void fstring_part(struct out *o, const struct rt_ast *e, bool spec);

static void joined(struct out *o, const struct rt_ast_JoinedStr *e, bool spec)
{
    struct rt_text outer = o->text;
    o->text = (struct rt_text){0};
    for (uint32_t i = 0; i < e->values->len; i++)
        fstring_part(o, e->values->items[i], spec);
    struct rt_text body = o->text;
    o->text = outer;
    o->failed |= body.failed;
    puts_if(o, !spec, "f");
    if (spec)
        rt_text_put(&o->text, body.data, body.len);
    else
        rt_text_str(&o->text, body.data ? body.data : "", body.len, false);
    free(body.data);
}

static void formatted(struct out *o, const struct rt_ast_FormattedValue *e)
{
    size_t at = o->text.len;
    puts_(o, "{ ");
    expr(o, e->value, L_TEST + 1);
    if (o->text.failed || o->failed)
        return;
    if (o->text.data[at + 2] != '{') {      /* a space only to keep braces apart */
        memmove(o->text.data + at + 1, o->text.data + at + 2, o->text.len - at - 1);
        o->text.len--;
    }
    if (e->conversion > 0) {
        char conversion[3] = {'!', (char)e->conversion, 0};
        puts_(o, conversion);
    }
    if (e->format_spec) {
        puts_(o, ":");
        fstring_part(o, e->format_spec, true);
    }
    puts_(o, "}");
}

static void doubled_braces(struct out *o, const struct rt_ast_str *s)
{
    for (size_t i = 0; i < s->len; i++) {
        char c = s->utf8[i];
        rt_text_put(&o->text, &c, 1);
        if (c == '{' || c == '}')
            rt_text_put(&o->text, &c, 1);
    }
}

static void fstring_part(struct out *o, const struct rt_ast *e, bool spec)
{
    switch (e->kind) {
    case RT_AST_Constant:
        if (RT_AST(Constant, e)->value->kind == RT_CONST_STR)
            doubled_braces(o, &RT_AST(Constant, e)->value->text);
        break;
    case RT_AST_JoinedStr: joined(o, RT_AST(JoinedStr, e), spec); break;
    case RT_AST_FormattedValue: formatted(o, RT_AST(FormattedValue, e)); break;
    default: o->failed = true;
    }
}

/* The names of the infinities would be read as names: they become numbers too big for a float. */
static void number(struct out *o, const struct rt_ast_const *c)
{
    struct rt_text t = {0};
    rt_text_const(&t, c);
    for (size_t i = 0; i < t.len; i++) {
        if (strncmp(t.data + i, "inf", 3) == 0) {
            puts_(o, "1e309");
            i += 2;
        } else {
            rt_text_put(&o->text, t.data + i, 1);
        }
    }
    o->failed |= t.failed;
    free(t.data);
}

static void constant(struct out *o, const struct rt_ast_Constant *e)
{
    const struct rt_ast_const *c = e->value;
    if (e->kind)
        rt_text_put(&o->text, e->kind->utf8, e->kind->len);
    switch (c->kind) {
    case RT_CONST_ELLIPSIS: puts_(o, "..."); break;
    case RT_CONST_FLOAT: case RT_CONST_COMPLEX: number(o, c); break;
    case RT_CONST_OBJECT: {
        const struct rt_ast_str *s = o->hooks && o->hooks->object_repr
            ? o->hooks->object_repr(o->hooks->ctx, o->arena, c->word)
            : NULL;
        if (s)
            rt_text_put(&o->text, s->utf8, s->len);
        else
            o->failed = true;
        break;
    }
    default: rt_text_const(&o->text, c);
    }
}

static void attribute(struct out *o, const struct rt_ast_Attribute *e)
{
    expr(o, e->value, L_ATOM);
    bool number = e->value->kind == RT_AST_Constant &&
        RT_AST(Constant, e->value)->value->kind == RT_CONST_INT;
    puts_(o, number ? " ." : ".");      /* `1 .real` */
    ident(o, e->attr);
}

static void tuple(struct out *o, const struct rt_ast_Tuple *e, enum level level)
{
    if (!e->elts->len) {
        puts_(o, "()");
        return;
    }
    puts_if(o, level > L_TUPLE, "(");
    exprs(o, e->elts, L_TEST);
    puts_if(o, e->elts->len == 1, ",");
    puts_if(o, level > L_TUPLE, ")");
}

static void slice(struct out *o, const struct rt_ast_Slice *e)
{
    if (e->lower)
        expr(o, e->lower, L_TEST);
    puts_(o, ":");
    if (e->upper)
        expr(o, e->upper, L_TEST);
    if (e->step) {
        puts_(o, ":");
        expr(o, e->step, L_TEST);
    }
}

static void yield(struct out *o, const char *open, const struct rt_ast *value)
{
    puts_(o, open);
    if (value) {
        puts_(o, " ");
        expr(o, value, L_TEST);
    }
    puts_(o, ")");
}

static void bracketed(
    struct out *o, const char *open, const struct rt_ast_seq *elts, const char *close)
{
    puts_(o, open);
    exprs(o, elts, L_TEST);
    puts_(o, close);
}

static void expr_inner(struct out *o, const struct rt_ast *e, enum level level)
{
    switch (e->kind) {
    case RT_AST_BoolOp: boolop(o, RT_AST(BoolOp, e), level); break;
    case RT_AST_BinOp: binop(o, RT_AST(BinOp, e), level); break;
    case RT_AST_UnaryOp: unaryop(o, RT_AST(UnaryOp, e), level); break;
    case RT_AST_Lambda: lambda(o, RT_AST(Lambda, e), level); break;
    case RT_AST_IfExp: conditional(o, RT_AST(IfExp, e), level); break;
    case RT_AST_Dict: dict(o, RT_AST(Dict, e)); break;
    case RT_AST_Set: bracketed(o, "{", RT_AST(Set, e)->elts, "}"); break;
    case RT_AST_List: bracketed(o, "[", RT_AST(List, e)->elts, "]"); break;
    case RT_AST_Tuple: tuple(o, RT_AST(Tuple, e), level); break;
    case RT_AST_GeneratorExp: comprehension(o, e, "(", ")"); break;
    case RT_AST_ListComp: comprehension(o, e, "[", "]"); break;
    case RT_AST_SetComp: comprehension(o, e, "{", "}"); break;
    case RT_AST_DictComp: dict_comprehension(o, RT_AST(DictComp, e)); break;
    case RT_AST_Yield: yield(o, "(yield", RT_AST(Yield, e)->value); break;
    case RT_AST_YieldFrom: yield(o, "(yield from", RT_AST(YieldFrom, e)->value); break;
    case RT_AST_Await:
        puts_if(o, level > L_AWAIT, "(");
        puts_(o, "await ");
        expr(o, RT_AST(Await, e)->value, L_ATOM);
        puts_if(o, level > L_AWAIT, ")");
        break;
    case RT_AST_Compare: compare(o, RT_AST(Compare, e), level); break;
    case RT_AST_Call: call(o, RT_AST(Call, e)); break;
    case RT_AST_Constant: constant(o, RT_AST(Constant, e)); break;
    case RT_AST_JoinedStr: joined(o, RT_AST(JoinedStr, e), false); break;
    case RT_AST_FormattedValue: formatted(o, RT_AST(FormattedValue, e)); break;
    case RT_AST_Attribute: attribute(o, RT_AST(Attribute, e)); break;
    case RT_AST_Starred:
        puts_(o, "*");
        expr(o, RT_AST(Starred, e)->value, L_BOR);
        break;
    case RT_AST_Name: ident(o, RT_AST(Name, e)->id); break;
    case RT_AST_Subscript:
        expr(o, RT_AST(Subscript, e)->value, L_ATOM);
        puts_(o, "[");
        expr(o, RT_AST(Subscript, e)->slice, L_TUPLE);
        puts_(o, "]");
        break;
    case RT_AST_Slice: slice(o, RT_AST(Slice, e)); break;
    case RT_AST_NamedExpr:
        puts_if(o, level > L_TUPLE, "(");
        expr(o, RT_AST(NamedExpr, e)->target, L_ATOM);
        puts_(o, " := ");
        expr(o, RT_AST(NamedExpr, e)->value, L_ATOM);
        puts_if(o, level > L_TUPLE, ")");
        break;
    default: o->failed = true;
    }
}

static void expr(struct out *o, const struct rt_ast *e, enum level level)
{
    if (o->failed || o->text.failed)
        return;
    if (++o->depth > MAX_NESTING)
        o->failed = true;
    else
        expr_inner(o, e, level);
    o->depth--;
}

const struct rt_ast_str *rt_ast_unparse(
    struct rt_arena *a, const struct rt_ast *e, const struct rt_unparse_hooks *hooks)
{
    struct out o = {.arena = a, .hooks = hooks};
    expr(&o, e, L_TEST);
    const struct rt_ast_str *s = o.failed || o.text.failed
        ? NULL
        : rt_arena_str(a, o.text.data, o.text.len);
    free(o.text.data);
    return s;
}
