/* SPDX-License-Identifier: MIT */
/* future.c: `from __future__ import ...` statements: which features, and whether they stand where they may. */
#include "core/compiler/compiler_internal.h"

static const struct { const char *name; int flag; } features[] = {
    {"nested_scopes", 0}, {"generators", 0}, {"division", 0}, {"absolute_import", 0}, {"with_statement", 0},
    {"print_function", 0}, {"unicode_literals", 0}, {"barry_as_FLUFL", RT_CO_FUTURE_BARRY}, {"generator_stop", 0},
    {"annotations", RT_CO_FUTURE_ANNOTATIONS},
};

static void add_features(struct rt_comp *c, struct rt_ast *s)
{
    struct rt_ast_seq *names = RT_AST(ImportFrom, s)->names;
    for (uint32_t i = 0; i < names->len; i++) {
        const char *name = RT_AST(alias, names->items[i])->name->utf8;
        size_t k = 0;
        while (k < RT_COUNTOF(features) && strcmp(name, features[k].name))
            k++;
        if (k < RT_COUNTOF(features))
            c->future |= features[k].flag;
        else if (!strcmp(name, "braces"))
            rt_comp_error_loc(c, s->lineno, s->col_offset, -1, -1, "not a chance");
        else
            rt_comp_error_loc(c, s->lineno, s->col_offset, -1, -1, "future feature %.100s is not defined", name);
    }
}

static bool is_future_import(const struct rt_ast *s)
{
    if (s->kind != RT_AST_ImportFrom)
        return false;
    const struct rt_ast_ident *m = RT_AST(ImportFrom, s)->module;
    return m && !RT_AST(ImportFrom, s)->level && !strcmp(m->utf8, "__future__");
}

static bool is_text(const struct rt_ast *s)
{
    struct rt_ast *e = s->kind == RT_AST_Expr ? RT_AST(Expr, s)->value : NULL;
    return e && rt_fold_is_const(e) && rt_fold_of(e)->kind == RT_CONST_STR;
}

/* They may follow a docstring and each other, nothing else. Later ones on the last line looked at are found here, those on
   lines below by the code generator. */
void rt_future_scan(struct rt_comp *c, struct rt_ast *mod)
{
    struct rt_ast_seq *body = mod->kind == RT_AST_Module ? RT_AST(Module, mod)->body :
                              mod->kind == RT_AST_Interactive ? RT_AST(Interactive, mod)->body : rt_ast_empty;
    bool done = false;
    int32_t line = 0;
    c->future_lineno = -1;
    for (uint32_t i = 0; i < body->len; i++) {
        struct rt_ast *s = body->items[i];
        if (done && s->lineno > line)
            return;
        line = s->lineno;
        if (!is_future_import(s)) {
            done |= i > 0 || !is_text(s);
            continue;
        }
        if (done)
            rt_comp_error_loc(c, s->lineno, s->col_offset - 1, -1, -1, "from __future__ imports must occur at the beginning of the file");
        add_features(c, s);
        c->future_lineno = s->lineno;
    }
}
