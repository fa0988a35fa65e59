/* SPDX-License-Identifier: MIT */
/*
 * ast_validate.c: what must hold of a tree made by a program before code is made of it: contexts,
 * empty bodies, counts that agree, constants of known types, positions that make sense.  The
 * parser's trees need no check.  Messages are CPython's.
 */
#include "core/compiler/ast_objects.h"

#include <string.h>

enum { SCALE = 3 };

struct validator {
    struct rt_thread *ts;
    uint32_t depth, limit;
};

#define FAIL(v, ...) (rt_raise((v)->ts, &rt_exc_ValueError, __VA_ARGS__), false)

static bool expr(struct validator *v, const struct rt_ast *e, enum rt_ast_kind ctx);
static bool stmts(struct validator *v, const struct rt_ast_seq *seq);
static bool pattern(struct validator *v, const struct rt_ast *p, bool star_ok);

static bool positions(struct validator *v, const struct rt_ast *n)
{
    if (n->lineno > n->end_lineno)
        return FAIL(v, "AST node line range (%d, %d) is not valid", n->lineno, n->end_lineno);
    if ((n->lineno < 0 && n->end_lineno != n->lineno) ||
        (n->col_offset < 0 && n->col_offset != n->end_col_offset)) {
        return FAIL(v, "AST node column range (%d, %d) for line range (%d, %d) is not valid",
            n->col_offset, n->end_col_offset, n->lineno, n->end_lineno);
    }
    if (n->lineno == n->end_lineno && n->col_offset > n->end_col_offset)
        return FAIL(v, "line %d, column %d-%d is not a valid range", n->lineno, n->col_offset,
            n->end_col_offset);
    return true;
}

static bool enter(struct validator *v)
{
    if (++v->depth > v->limit || rt_c_stack_low(v->ts)) {
        rt_raise(
            v->ts, &rt_exc_RecursionError, "maximum recursion depth exceeded during compilation");
        return false;
    }
    return true;
}

static bool name_is(const struct rt_ast_ident *id, const char *s)
{
    return strcmp(id->utf8, s) == 0;
}

static bool name(struct validator *v, const struct rt_ast_ident *id)
{
    static const char *const forbidden[] = {"None", "True", "False"};
    for (int i = 0; i < 3; i++) {
        if (name_is(id, forbidden[i]))
            return FAIL(v, "identifier field can't represent '%s' constant", forbidden[i]);
    }
    return true;
}

static bool capture(struct validator *v, const struct rt_ast_ident *id)
{
    if (name_is(id, "_"))
        return FAIL(v, "can't capture name '_' in patterns");
    return name(v, id);
}

static bool exprs(
    struct validator *v, const struct rt_ast_seq *seq, enum rt_ast_kind ctx, bool null_ok)
{
    for (uint32_t i = 0; i < seq->len; i++) {
        if (seq->items[i]) {
            if (!expr(v, seq->items[i], ctx))
                return false;
        } else if (!null_ok) {
            return FAIL(v, "None disallowed in expression list");
        }
    }
    return true;
}

static bool opt_expr(struct validator *v, const struct rt_ast *e)
{
    return !e || expr(v, e, RT_AST_Load);
}

static bool nonempty(struct validator *v, uint32_t len, const char *what, const char *owner)
{
    return len || FAIL(v, "empty %s on %s", what, owner);
}

static bool body(struct validator *v, const struct rt_ast_seq *seq, const char *owner)
{
    return nonempty(v, seq->len, "body", owner) && stmts(v, seq);
}

static bool comprehensions(struct validator *v, const struct rt_ast_seq *seq)
{
    if (!seq->len)
        return FAIL(v, "comprehension with no generators");
    for (uint32_t i = 0; i < seq->len; i++) {
        const struct rt_ast_comprehension *c = RT_AST(comprehension, seq->items[i]);
        if (!expr(v, c->target, RT_AST_Store) || !expr(v, c->iter, RT_AST_Load) ||
            !exprs(v, c->ifs, RT_AST_Load, false))
            return false;
    }
    return true;
}

static bool keywords(struct validator *v, const struct rt_ast_seq *seq)
{
    for (uint32_t i = 0; i < seq->len; i++) {
        if (!expr(v, RT_AST(keyword, seq->items[i])->value, RT_AST_Load))
            return false;
    }
    return true;
}

static bool args(struct validator *v, const struct rt_ast_seq *seq)
{
    for (uint32_t i = 0; i < seq->len; i++) {
        if (!positions(v, seq->items[i]) || !opt_expr(v, RT_AST(arg, seq->items[i])->annotation))
            return false;
    }
    return true;
}

static bool arguments(struct validator *v, const struct rt_ast *node)
{
    const struct rt_ast_arguments *a = RT_AST(arguments, node);
    if (!args(v, a->posonlyargs) || !args(v, a->args) ||
        (a->vararg && !opt_expr(v, RT_AST(arg, a->vararg)->annotation)) ||
        !args(v, a->kwonlyargs) || (a->kwarg && !opt_expr(v, RT_AST(arg, a->kwarg)->annotation)))
        return false;
    if (a->defaults->len > a->posonlyargs->len + a->args->len)
        return FAIL(v, "more positional defaults than args on arguments");
    if (a->kw_defaults->len != a->kwonlyargs->len)
        return FAIL(v, "length of kwonlyargs is not the same as kw_defaults on arguments");
    return exprs(v, a->defaults, RT_AST_Load, false) && exprs(v, a->kw_defaults, RT_AST_Load, true);
}

/* Constants */

static bool constant_value(struct validator *v, rt_value value);

static bool constant_items(struct validator *v, rt_value value)
{
    bool ok = true;
    if (rt_is_exact(value, &rt_tuple_type)) {
        for (size_t i = 0; ok && i < rt_as_tuple(value)->length; i++)
            ok = constant_value(v, rt_as_tuple(value)->items[i]);
        return ok;
    }
    size_t pos = 0;
    rt_value item;
    while (ok && rt_set_next(v->ts, value, &pos, &item)) {
        ok = constant_value(v, item);
        rt_decref(v->ts, item);
    }
    return ok;
}

static bool constant_value(struct validator *v, rt_value value)
{
    static struct rt_type *const plain[] = {
        &rt_int_type, &rt_float_type, &rt_complex_type, &rt_str_type, &rt_bytes_type};
    if (!rt_is_ptr(value)) {
        if (!rt_is_notimpl(value))
            return true;
    } else {
        for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) {
            if (rt_is_exact(value, plain[i]))
                return true;
        }
        if (rt_is_exact(value, &rt_tuple_type) || rt_is_exact(value, &rt_frozenset_type)) {
            bool ok = enter(v) && constant_items(v, value);
            v->depth--;
            return ok;
        }
    }
    rt_raise(v->ts, &rt_exc_TypeError, "got an invalid type in Constant: %s",
        rt_type_shortname(rt_type_of(value)));
    return false;
}

static bool constant(struct validator *v, const struct rt_ast_const *c)
{
    return c->kind != RT_CONST_OBJECT || constant_value(v, RT_VALUE(c->word));
}

/* Expressions */

static const char *context_name(enum rt_ast_kind ctx)
{
    return rt_ast_classes[ctx].name;
}

static bool context(struct validator *v, const struct rt_ast *e, enum rt_ast_kind ctx)
{
    enum rt_ast_kind actual;
    switch (e->kind) {
    case RT_AST_Attribute: actual = RT_AST(Attribute, e)->ctx; break;
    case RT_AST_Subscript: actual = RT_AST(Subscript, e)->ctx; break;
    case RT_AST_Starred: actual = RT_AST(Starred, e)->ctx; break;
    case RT_AST_Name:
        if (!name(v, RT_AST(Name, e)->id))
            return false;
        actual = RT_AST(Name, e)->ctx;
        break;
    case RT_AST_List: actual = RT_AST(List, e)->ctx; break;
    case RT_AST_Tuple: actual = RT_AST(Tuple, e)->ctx; break;
    default:
        return ctx == RT_AST_Load ||
            FAIL(v, "expression which can't be assigned to in %s context", context_name(ctx));
    }
    return actual == ctx ||
        FAIL(v, "expression must have %s context but has %s instead", context_name(ctx),
            context_name(actual));
}

static bool compare(struct validator *v, const struct rt_ast_Compare *e)
{
    if (!e->comparators->len)
        return FAIL(v, "Compare with no comparators");
    if (e->comparators->len != e->ops->len)
        return FAIL(v, "Compare has a different number of comparators and operands");
    return exprs(v, e->comparators, RT_AST_Load, false) && expr(v, e->left, RT_AST_Load);
}

static bool expr_parts(struct validator *v, const struct rt_ast *e, enum rt_ast_kind ctx)
{
    const enum rt_ast_kind load = RT_AST_Load;
    switch (e->kind) {
    case RT_AST_BoolOp:
        if (RT_AST(BoolOp, e)->values->len < 2)
            return FAIL(v, "BoolOp with less than 2 values");
        return exprs(v, RT_AST(BoolOp, e)->values, load, false);
    case RT_AST_BinOp:
        return expr(v, RT_AST(BinOp, e)->left, load) && expr(v, RT_AST(BinOp, e)->right, load);
    case RT_AST_UnaryOp: return expr(v, RT_AST(UnaryOp, e)->operand, load);
    case RT_AST_Lambda:
        return arguments(v, RT_AST(Lambda, e)->args) && expr(v, RT_AST(Lambda, e)->body, load);
    case RT_AST_IfExp:
        return expr(v, RT_AST(IfExp, e)->test, load) && expr(v, RT_AST(IfExp, e)->body, load) &&
            expr(v, RT_AST(IfExp, e)->orelse, load);
    case RT_AST_Dict:
        if (RT_AST(Dict, e)->keys->len != RT_AST(Dict, e)->values->len)
            return FAIL(v, "Dict doesn't have the same number of keys as values");
        return exprs(v, RT_AST(Dict, e)->keys, load, true) &&
            exprs(v, RT_AST(Dict, e)->values, load, false);
    case RT_AST_Set: return exprs(v, RT_AST(Set, e)->elts, load, false);
    case RT_AST_ListComp: case RT_AST_SetComp: case RT_AST_GeneratorExp: {
        const struct rt_ast_ListComp *c = (const struct rt_ast_ListComp *)e;    /* laid out alike */
        return comprehensions(v, c->generators) && expr(v, c->elt, load);
    }
    case RT_AST_DictComp:
        return comprehensions(v, RT_AST(DictComp, e)->generators) &&
            expr(v, RT_AST(DictComp, e)->key, load) && expr(v, RT_AST(DictComp, e)->value, load);
    case RT_AST_Yield: return opt_expr(v, RT_AST(Yield, e)->value);
    case RT_AST_YieldFrom: return expr(v, RT_AST(YieldFrom, e)->value, load);
    case RT_AST_Await: return expr(v, RT_AST(Await, e)->value, load);
    case RT_AST_Compare: return compare(v, RT_AST(Compare, e));
    case RT_AST_Call:
        return expr(v, RT_AST(Call, e)->func, load) &&
            exprs(v, RT_AST(Call, e)->args, load, false) && keywords(v, RT_AST(Call, e)->keywords);
    case RT_AST_Constant: return constant(v, RT_AST(Constant, e)->value);
    case RT_AST_JoinedStr: return exprs(v, RT_AST(JoinedStr, e)->values, load, false);
    case RT_AST_FormattedValue:
        return expr(v, RT_AST(FormattedValue, e)->value, load) &&
            opt_expr(v, RT_AST(FormattedValue, e)->format_spec);
    case RT_AST_Attribute: return expr(v, RT_AST(Attribute, e)->value, load);
    case RT_AST_Subscript:
        return expr(v, RT_AST(Subscript, e)->slice, load) &&
            expr(v, RT_AST(Subscript, e)->value, load);
    case RT_AST_Starred: return expr(v, RT_AST(Starred, e)->value, ctx);
    case RT_AST_List: return exprs(v, RT_AST(List, e)->elts, ctx, false);
    case RT_AST_Tuple: return exprs(v, RT_AST(Tuple, e)->elts, ctx, false);
    case RT_AST_Slice:
        return opt_expr(v, RT_AST(Slice, e)->lower) && opt_expr(v, RT_AST(Slice, e)->upper) &&
            opt_expr(v, RT_AST(Slice, e)->step);
    case RT_AST_NamedExpr: return expr(v, RT_AST(NamedExpr, e)->value, load);
    default: return true;
    }
}

static bool expr(struct validator *v, const struct rt_ast *e, enum rt_ast_kind ctx)
{
    bool ok = positions(v, e) && enter(v) && context(v, e, ctx) && expr_parts(v, e, ctx);
    v->depth--;
    return ok;
}

/* Patterns */

/* A number, or a negated one. */
static bool is_number(const struct rt_ast *e, bool real, bool imaginary)
{
    if (e->kind == RT_AST_UnaryOp && RT_AST(UnaryOp, e)->op == RT_AST_USub)
        e = RT_AST(UnaryOp, e)->operand;
    if (e->kind != RT_AST_Constant)
        return false;
    const struct rt_ast_const *c = RT_AST(Constant, e)->value;
    rt_value word = c->kind == RT_CONST_OBJECT ? RT_VALUE(c->word) : RT_NULL;
    bool is_int = c->kind == RT_CONST_INT || rt_is_int(word) || rt_is_exact(word, &rt_int_type);
    return (real && (is_int || c->kind == RT_CONST_FLOAT)) ||
        (imaginary && c->kind == RT_CONST_COMPLEX);
}

static bool is_complex_literal(const struct rt_ast_BinOp *e)
{
    return (e->op == RT_AST_Add || e->op == RT_AST_Sub) && is_number(e->left, true, false) &&
        e->right->kind == RT_AST_Constant && is_number(e->right, false, true);
}

static bool match_value(struct validator *v, const struct rt_ast *e)
{
    if (!expr(v, e, RT_AST_Load))
        return false;
    switch (e->kind) {
    case RT_AST_Constant: {
        unsigned k = RT_AST(Constant, e)->value->kind;
        if (k == RT_CONST_FLOAT || k == RT_CONST_COMPLEX || k == RT_CONST_STR ||
            k == RT_CONST_BYTES || is_number(e, true, true))
            return true;
        return FAIL(v, "unexpected constant inside of a literal pattern");
    }
    case RT_AST_Attribute: case RT_AST_JoinedStr:
        return true;
    case RT_AST_UnaryOp:
        if (RT_AST(UnaryOp, e)->op == RT_AST_USub && is_number(e, true, true))
            return true;
        break;
    case RT_AST_BinOp:
        if (is_complex_literal(RT_AST(BinOp, e)))
            return true;
        break;
    }
    return FAIL(v, "patterns may only match literals and attribute lookups");
}

static bool is_singleton(const struct rt_ast_const *c)
{
    return c->kind == RT_CONST_NONE || c->kind == RT_CONST_TRUE || c->kind == RT_CONST_FALSE;
}

static bool patterns(struct validator *v, const struct rt_ast_seq *seq, bool star_ok)
{
    for (uint32_t i = 0; i < seq->len; i++) {
        if (!pattern(v, seq->items[i], star_ok))
            return false;
    }
    return true;
}

static bool match_mapping(struct validator *v, const struct rt_ast_MatchMapping *p)
{
    if (p->keys->len != p->patterns->len)
        return FAIL(v, "MatchMapping doesn't have the same number of keys as patterns");
    if (p->rest && !capture(v, p->rest))
        return false;
    for (uint32_t i = 0; i < p->keys->len; i++) {
        const struct rt_ast *key = p->keys->items[i];
        if (key && key->kind == RT_AST_Constant && is_singleton(RT_AST(Constant, key)->value))
            continue;
        if (!key)
            return FAIL(v, "None disallowed in expression list");
        if (!match_value(v, key))
            return false;
    }
    return patterns(v, p->patterns, false);
}

static bool match_class(struct validator *v, const struct rt_ast_MatchClass *p)
{
    if (p->kwd_attrs->len != p->kwd_patterns->len)
        return FAIL(v, "MatchClass doesn't have the same number of keyword attributes as patterns");
    if (!expr(v, p->cls, RT_AST_Load))
        return false;
    const struct rt_ast *cls = p->cls;
    while (cls->kind == RT_AST_Attribute)
        cls = RT_AST(Attribute, cls)->value;
    if (cls->kind != RT_AST_Name)
        return FAIL(v, "MatchClass cls field can only contain Name or Attribute nodes.");
    for (uint32_t i = 0; i < p->kwd_attrs->len; i++) {
        if (p->kwd_attrs->items[i] && !name(v, p->kwd_attrs->items[i]))
            return false;
    }
    return patterns(v, p->patterns, false) && patterns(v, p->kwd_patterns, false);
}

static bool match_as(struct validator *v, const struct rt_ast_MatchAs *p)
{
    if (p->name && !capture(v, p->name))
        return false;
    if (!p->pattern)
        return true;
    if (!p->name)
        return FAIL(v, "MatchAs must specify a target name if a pattern is given");
    return pattern(v, p->pattern, false);
}

static bool pattern_parts(struct validator *v, const struct rt_ast *p, bool star_ok)
{
    switch (p->kind) {
    case RT_AST_MatchValue: return match_value(v, RT_AST(MatchValue, p)->value);
    case RT_AST_MatchSingleton:
        if (!constant(v, RT_AST(MatchSingleton, p)->value))
            return false;
        return is_singleton(RT_AST(MatchSingleton, p)->value) ||
            FAIL(v, "MatchSingleton can only contain True, False and None");
    case RT_AST_MatchSequence: return patterns(v, RT_AST(MatchSequence, p)->patterns, true);
    case RT_AST_MatchMapping: return match_mapping(v, RT_AST(MatchMapping, p));
    case RT_AST_MatchClass: return match_class(v, RT_AST(MatchClass, p));
    case RT_AST_MatchStar:
        if (!star_ok)
            return FAIL(v, "can't use MatchStar here");
        return !RT_AST(MatchStar, p)->name || capture(v, RT_AST(MatchStar, p)->name);
    case RT_AST_MatchAs: return match_as(v, RT_AST(MatchAs, p));
    default:
        if (RT_AST(MatchOr, p)->patterns->len < 2)
            return FAIL(v, "MatchOr requires at least 2 patterns");
        return patterns(v, RT_AST(MatchOr, p)->patterns, false);
    }
}

static bool pattern(struct validator *v, const struct rt_ast *p, bool star_ok)
{
    if (!p)
        return FAIL(v, "None disallowed in pattern list");
    bool ok = positions(v, p) && enter(v) && pattern_parts(v, p, star_ok);
    v->depth--;
    return ok;
}

/* Statements */

static bool targets(struct validator *v, const struct rt_ast_seq *seq, enum rt_ast_kind ctx)
{
    return nonempty(v, seq->len, "targets", ctx == RT_AST_Del ? "Delete" : "Assign") &&
        exprs(v, seq, ctx, false);
}

/* The async forms are laid out as the plain ones. */
static bool function(struct validator *v, const struct rt_ast *s)
{
    const struct rt_ast_FunctionDef *f = (const struct rt_ast_FunctionDef *)s;
    return body(v, f->body, rt_ast_classes[s->kind].name) && arguments(v, f->args) &&
        exprs(v, f->decorator_list, RT_AST_Load, false) && opt_expr(v, f->returns);
}

static bool for_loop(struct validator *v, const struct rt_ast *s)
{
    const struct rt_ast_For *f = (const struct rt_ast_For *)s;
    return expr(v, f->target, RT_AST_Store) && expr(v, f->iter, RT_AST_Load) &&
        body(v, f->body, rt_ast_classes[s->kind].name) && stmts(v, f->orelse);
}

static bool with(struct validator *v, const struct rt_ast *s)
{
    const struct rt_ast_With *w = (const struct rt_ast_With *)s;
    const char *owner = rt_ast_classes[s->kind].name;
    if (!nonempty(v, w->items->len, "items", owner))
        return false;
    for (uint32_t i = 0; i < w->items->len; i++) {
        const struct rt_ast_withitem *item = RT_AST(withitem, w->items->items[i]);
        if (!expr(v, item->context_expr, RT_AST_Load) ||
            (item->optional_vars && !expr(v, item->optional_vars, RT_AST_Store)))
            return false;
    }
    return body(v, w->body, owner);
}

static bool try(struct validator *v, const struct rt_ast *s)
{
    const struct rt_ast_Try *t = (const struct rt_ast_Try *)s;
    const char *owner = rt_ast_classes[s->kind].name;
    if (!body(v, t->body, owner))
        return false;
    if (!t->handlers->len && !t->finalbody->len)
        return FAIL(v, "%s has neither except handlers nor finalbody", owner);
    if (!t->handlers->len && t->orelse->len)
        return FAIL(v, "%s has orelse but no except handlers", owner);
    for (uint32_t i = 0; i < t->handlers->len; i++) {
        const struct rt_ast *h = t->handlers->items[i];
        if (!h)
            return FAIL(v, "None disallowed in handler list");
        if (!positions(v, h) || !opt_expr(v, RT_AST(ExceptHandler, h)->type) ||
            !body(v, RT_AST(ExceptHandler, h)->body, "ExceptHandler"))
            return false;
    }
    return stmts(v, t->finalbody) && stmts(v, t->orelse);
}

static bool match(struct validator *v, const struct rt_ast_Match *m)
{
    if (!expr(v, m->subject, RT_AST_Load) || !nonempty(v, m->cases->len, "cases", "Match"))
        return false;
    for (uint32_t i = 0; i < m->cases->len; i++) {
        const struct rt_ast_match_case *c = RT_AST(match_case, m->cases->items[i]);
        if (!pattern(v, c->pattern, false) || !opt_expr(v, c->guard) ||
            !body(v, c->body, "match_case"))
            return false;
    }
    return true;
}

static bool annotated(struct validator *v, const struct rt_ast_AnnAssign *s)
{
    if (s->target->kind != RT_AST_Name && s->simple) {
        rt_raise(v->ts, &rt_exc_TypeError, "AnnAssign with simple non-Name target");
        return false;
    }
    return expr(v, s->target, RT_AST_Store) && opt_expr(v, s->value) &&
        expr(v, s->annotation, RT_AST_Load);
}

static bool stmt_parts(struct validator *v, const struct rt_ast *s)
{
    const enum rt_ast_kind load = RT_AST_Load;
    switch (s->kind) {
    case RT_AST_FunctionDef: case RT_AST_AsyncFunctionDef: return function(v, s);
    case RT_AST_ClassDef:
        return body(v, RT_AST(ClassDef, s)->body, "ClassDef") &&
            exprs(v, RT_AST(ClassDef, s)->bases, load, false) &&
            keywords(v, RT_AST(ClassDef, s)->keywords) &&
            exprs(v, RT_AST(ClassDef, s)->decorator_list, load, false);
    case RT_AST_Return: return opt_expr(v, RT_AST(Return, s)->value);
    case RT_AST_Delete: return targets(v, RT_AST(Delete, s)->targets, RT_AST_Del);
    case RT_AST_Assign:
        return targets(v, RT_AST(Assign, s)->targets, RT_AST_Store) &&
            expr(v, RT_AST(Assign, s)->value, load);
    case RT_AST_AugAssign:
        return expr(v, RT_AST(AugAssign, s)->target, RT_AST_Store) &&
            expr(v, RT_AST(AugAssign, s)->value, load);
    case RT_AST_AnnAssign: return annotated(v, RT_AST(AnnAssign, s));
    case RT_AST_For: case RT_AST_AsyncFor: return for_loop(v, s);
    case RT_AST_While:
        return expr(v, RT_AST(While, s)->test, load) && body(v, RT_AST(While, s)->body, "While") &&
            stmts(v, RT_AST(While, s)->orelse);
    case RT_AST_If:
        return expr(v, RT_AST(If, s)->test, load) && body(v, RT_AST(If, s)->body, "If") &&
            stmts(v, RT_AST(If, s)->orelse);
    case RT_AST_With: case RT_AST_AsyncWith: return with(v, s);
    case RT_AST_Match: return match(v, RT_AST(Match, s));
    case RT_AST_Raise:
        if (!RT_AST(Raise, s)->exc && RT_AST(Raise, s)->cause)
            return FAIL(v, "Raise with cause but no exception");
        return opt_expr(v, RT_AST(Raise, s)->exc) && opt_expr(v, RT_AST(Raise, s)->cause);
    case RT_AST_Try: case RT_AST_TryStar: return try(v, s);
    case RT_AST_Assert:
        return expr(v, RT_AST(Assert, s)->test, load) && opt_expr(v, RT_AST(Assert, s)->msg);
    case RT_AST_Import: return nonempty(v, RT_AST(Import, s)->names->len, "names", "Import");
    case RT_AST_ImportFrom:
        if (RT_AST(ImportFrom, s)->level < 0)
            return FAIL(v, "Negative ImportFrom level");
        return nonempty(v, RT_AST(ImportFrom, s)->names->len, "names", "ImportFrom");
    case RT_AST_Global: return nonempty(v, RT_AST(Global, s)->names->len, "names", "Global");
    case RT_AST_Nonlocal: return nonempty(v, RT_AST(Nonlocal, s)->names->len, "names", "Nonlocal");
    case RT_AST_Expr: return expr(v, RT_AST(Expr, s)->value, load);
    default: return true;
    }
}

static bool stmts(struct validator *v, const struct rt_ast_seq *seq)
{
    for (uint32_t i = 0; i < seq->len; i++) {
        const struct rt_ast *s = seq->items[i];
        if (!s)
            return FAIL(v, "None disallowed in statement list");
        bool ok = positions(v, s) && enter(v) && stmt_parts(v, s);
        v->depth--;
        if (!ok)
            return false;
    }
    return true;
}

int rt_ast_validate(struct rt_thread *ts, const struct rt_ast *mod)
{
    uint32_t limit = rt_load_relaxed(&ts->py_depth_limit);
    struct validator v = {.ts = ts};
    v.limit = limit > UINT32_MAX / SCALE ? UINT32_MAX : limit * SCALE;
    v.depth = ts->py_depth < v.limit / SCALE ? ts->py_depth * SCALE : v.limit;
    bool ok;
    switch (mod->kind) {
    case RT_AST_Module: ok = stmts(&v, RT_AST(Module, mod)->body); break;
    case RT_AST_Interactive: ok = stmts(&v, RT_AST(Interactive, mod)->body); break;
    case RT_AST_Expression: ok = expr(&v, RT_AST(Expression, mod)->body, RT_AST_Load); break;
    default: ok = FAIL(&v, "FunctionType cannot be compiled");
    }
    return ok ? 0 : -1;
}
