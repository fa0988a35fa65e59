/* SPDX-License-Identifier: MIT */
/*
 * symtable.c: the symbol table pass.
 *
 * First a walk over the tree enters names into scopes (and lets constfold.c fold each expression once its children are
 * done). Then resolve() settles every name, outer scopes first: a name used but not bound in a scope is looked for in the
 * function scopes around it (class scopes are skipped, except for __class__); on the way back collect_free() turns the owners' symbols into
 * cells and passes free names through the scopes in between.
 */
#include "core/compiler/compiler_internal.h"

static void visit_expr(struct rt_comp *c, struct rt_ast *e);
static void visit_stmt(struct rt_comp *c, struct rt_ast *s);
static void visit_annotation(struct rt_comp *c, struct rt_ast *ann);

/* ---- names ---- */

const struct rt_ast_ident *rt_symtable_mangle(struct rt_comp *c, const struct rt_ast_ident *klass,
                                              const struct rt_ast_ident *name)
{
    const char *n = name->utf8;
    if (rt_likely(!klass || n[0] != '_' || n[1] != '_'))
        return name;
    if ((n[name->len - 1] == '_' && n[name->len - 2] == '_') || memchr(n, '.', name->len))
        return name;
    const char *k = klass->utf8;
    uint32_t len = klass->len;
    while (len && *k == '_') {
        k++;
        len--;
    }
    if (!len)
        return name;
    char small[256], *buf = small;
    size_t total = (size_t)len + name->len + 1;
    if (total > sizeof small)
        buf = rt_comp_alloc(c, total);
    buf[0] = '_';
    memcpy(buf + 1, k, len);
    memcpy(buf + 1 + len, n, name->len);
    const struct rt_ast_ident *id = rt_arena_ident(c->arena, buf, total);
    if (!id)
        rt_comp_nomem(c);
    return id;
}

struct rt_sym *rt_symtable_lookup(const struct rt_sym_scope *s, const struct rt_ast_ident *name)
{
    if (!s->table)
        return NULL;
    for (uint32_t i = name->hash & s->mask; s->table[i]; i = (i + 1) & s->mask) {
        if (s->syms[s->table[i] - 1].name == name)
            return &s->syms[s->table[i] - 1];
    }
    return NULL;
}

static void grow_syms(struct rt_comp *c, struct rt_sym_scope *s)
{
    uint32_t room = s->syms_room ? s->syms_room * 2 : 8;
    struct rt_sym *syms = rt_comp_alloc(c, room * sizeof *syms);
    if (s->nsyms)
        memcpy(syms, s->syms, s->nsyms * sizeof *syms);
    s->syms = syms;
    s->syms_room = room;
    s->mask = room * 2 - 1;
    s->table = rt_comp_alloc(c, room * 2 * sizeof *s->table);
    for (uint32_t k = 0; k < s->nsyms; k++) {
        uint32_t i = syms[k].name->hash & s->mask;
        while (s->table[i])
            i = (i + 1) & s->mask;
        s->table[i] = k + 1;
    }
}

/* The symbol, entered if need be. */
static struct rt_sym *enter(struct rt_comp *c, struct rt_sym_scope *s, const struct rt_ast_ident *name)
{
    struct rt_sym *y = rt_symtable_lookup(s, name);
    if (y)
        return y;
    if (s->nsyms == s->syms_room)
        grow_syms(c, s);
    uint32_t i = name->hash & s->mask;
    while (s->table[i])
        i = (i + 1) & s->mask;
    y = &s->syms[s->nsyms];
    s->table[i] = ++s->nsyms;
    *y = (struct rt_sym){.name = name, .index = -1, .cell = -1, .name_index = -1};
    return y;
}

static struct rt_sym *add_def_to(struct rt_comp *c, struct rt_sym_scope *s, const struct rt_ast_ident *name, uint32_t flag,
                                 const struct rt_ast *at)
{
    name = rt_symtable_mangle(c, c->priv, name);
    struct rt_sym *y = enter(c, s, name);
    if (flag & RT_DEF_PARAM && y->flags & RT_DEF_PARAM)
        rt_comp_error(c, at, "duplicate argument '%s' in function definition", name->utf8);
    y->flags |= flag;
    if (s->comp_iter_target) {
        if (y->flags & (RT_DEF_GLOBAL | RT_DEF_NONLOCAL))
            rt_comp_error(c, at, "comprehension inner loop cannot rebind assignment expression target '%s'", name->utf8);
        y->flags |= RT_DEF_COMP_ITER;
    }
    if (flag & RT_DEF_PARAM)
        s->nparams = s->nsyms;
    if (flag & RT_DEF_GLOBAL && s->type != RT_BLOCK_MODULE)
        enter(c, c->scopes[0], name)->flags |= flag;
    return y;
}

static struct rt_sym *add_def(struct rt_comp *c, const struct rt_ast_ident *name, uint32_t flag, const struct rt_ast *at)
{
    return add_def_to(c, c->cur, name, flag, at);
}

static struct rt_sym_scope *open_scope(struct rt_comp *c, int type, const struct rt_ast_ident *name, struct rt_ast *node,
                                   const struct rt_ast *at)
{
    struct rt_sym_scope *s = rt_comp_alloc(c, sizeof *s), *parent = c->cur;
    s->type = (uint8_t)type;
    s->name = name;
    s->node = node;
    s->parent = parent;
    if (at) {
        s->lineno = at->lineno;
        s->col_offset = at->col_offset;
        s->end_lineno = at->end_lineno;
        s->end_col_offset = at->end_col_offset;
    }
    if (parent) {
        s->nested = parent->nested || parent->type == RT_BLOCK_FUNCTION;
        s->comp_iter_expr = parent->comp_iter_expr;
    }
    c->cur = s;
    if (type == RT_BLOCK_ANNOTATION)
        return s; /* leaves no trace: its text is all that remains */
    s->id = c->nscopes;
    *RT_ARRAY_PUSH(c, c->scopes, c->nscopes, c->scopes_room) = s;
    if (node)
        node->note = s->id;
    if (parent) {
        if (parent->nchildren == parent->children_room) {
            uint32_t room = parent->children_room ? parent->children_room * 2 : 4;
            struct rt_sym_scope **p = rt_comp_alloc(c, room * sizeof *p);
            if (parent->nchildren)
                memcpy(p, parent->children, parent->nchildren * sizeof *p);
            parent->children = p;
            parent->children_room = room;
        }
        parent->children[parent->nchildren++] = s;
    }
    return s;
}

static void close_scope(struct rt_comp *c)
{
    c->cur = c->cur->parent;
}

/* ---- expressions ---- */

static void visit_seq(struct rt_comp *c, const struct rt_ast_seq *q)
{
    for (uint32_t i = 0; i < q->len; i++) {
        if (q->items[i])
            visit_expr(c, q->items[i]);
    }
}

RT_INLINE void visit_opt(struct rt_comp *c, struct rt_ast *e)
{
    if (e)
        visit_expr(c, e);
}

static void forbid_in_annotation(struct rt_comp *c, struct rt_ast *e, const char *what)
{
    if (c->cur->type == RT_BLOCK_ANNOTATION)
        rt_comp_error(c, e, "%s cannot be used within an annotation", what);
}

/* An assignment expression in a comprehension binds in the function or module around it. */
static void walrus_in_comprehension(struct rt_comp *c, struct rt_ast *target)
{
    const struct rt_ast_ident *name = RT_AST(Name, target)->id;
    for (struct rt_sym_scope *s = c->cur; s; s = s->parent) {
        if (s->comprehension) {
            struct rt_sym *y = rt_symtable_lookup(s, rt_symtable_mangle(c, c->priv, name));
            if (y && y->flags & RT_DEF_COMP_ITER && y->flags & RT_DEF_LOCAL)
                rt_comp_error(c, target, "assignment expression cannot rebind comprehension iteration variable '%s'", name->utf8);
            continue;
        }
        if (s->type == RT_BLOCK_FUNCTION) {
            struct rt_sym *y = rt_symtable_lookup(s, rt_symtable_mangle(c, c->priv, name));
            add_def(c, name, y && y->flags & RT_DEF_GLOBAL ? RT_DEF_GLOBAL : RT_DEF_NONLOCAL, target);
            struct rt_directive *d = rt_comp_alloc(c, sizeof *d);
            *d = (struct rt_directive){rt_symtable_mangle(c, c->priv, name), target->lineno, target->col_offset, target->end_lineno,
                                       target->end_col_offset, c->cur->directives};
            c->cur->directives = d;
            s->has_walrus = true;
            add_def_to(c, s, name, RT_DEF_LOCAL, target);
            return;
        }
        if (s->type == RT_BLOCK_MODULE) {
            add_def(c, name, RT_DEF_GLOBAL, target);
            struct rt_directive *d = rt_comp_alloc(c, sizeof *d);
            *d = (struct rt_directive){rt_symtable_mangle(c, c->priv, name), target->lineno, target->col_offset, target->end_lineno,
                                       target->end_col_offset, c->cur->directives};
            c->cur->directives = d;
            add_def_to(c, s, name, RT_DEF_GLOBAL, target);
            return;
        }
        if (s->type == RT_BLOCK_CLASS)
            rt_comp_error(c, target, "assignment expression within a comprehension cannot be used in a class body");
    }
}

static void visit_named_expr(struct rt_comp *c, struct rt_ast *e)
{
    struct rt_ast_NamedExpr *n = RT_AST(NamedExpr, e);
    forbid_in_annotation(c, e, "named expression");
    if (c->cur->comp_iter_expr > 0)
        rt_comp_error(c, e, "assignment expression cannot be used in a comprehension iterable expression");
    if (c->cur->comprehension)
        walrus_in_comprehension(c, n->target);
    c->cur->has_walrus = true;
    visit_expr(c, n->value);
    visit_expr(c, n->target);
}

static void visit_arguments_defaults(struct rt_comp *c, struct rt_ast *args)
{
    struct rt_ast_arguments *a = RT_AST(arguments, args);
    visit_seq(c, a->defaults);
    visit_seq(c, a->kw_defaults);
}

static void enter_params(struct rt_comp *c, const struct rt_ast_seq *q)
{
    for (uint32_t i = 0; i < q->len; i++)
        add_def(c, RT_AST(arg, q->items[i])->arg, RT_DEF_PARAM, q->items[i]);
}

static void visit_params(struct rt_comp *c, struct rt_ast *args)
{
    struct rt_ast_arguments *a = RT_AST(arguments, args);
    enter_params(c, a->posonlyargs);
    enter_params(c, a->args);
    enter_params(c, a->kwonlyargs);
    if (a->vararg) {
        add_def(c, RT_AST(arg, a->vararg)->arg, RT_DEF_PARAM, a->vararg);
        c->cur->varargs = true;
    }
    if (a->kwarg) {
        add_def(c, RT_AST(arg, a->kwarg)->arg, RT_DEF_PARAM, a->kwarg);
        c->cur->varkeywords = true;
    }
}

static void visit_comp_clause(struct rt_comp *c, struct rt_ast *g)
{
    struct rt_ast_comprehension *k = RT_AST(comprehension, g);
    c->cur->comp_iter_target = true;
    visit_expr(c, k->target);
    c->cur->comp_iter_target = false;
    c->cur->comp_iter_expr++;
    visit_expr(c, k->iter);
    c->cur->comp_iter_expr--;
    visit_seq(c, k->ifs);
    if (k->is_async)
        c->cur->coroutine = true;
}

static void visit_comprehension(struct rt_comp *c, struct rt_ast *e, const char *name, int kind, struct rt_ast_seq *gens,
                                struct rt_ast *elt, struct rt_ast *value)
{
    struct rt_ast_comprehension *first = RT_AST(comprehension, gens->items[0]);
    /* the outermost iterable is evaluated in the scope around */
    c->cur->comp_iter_expr++;
    visit_expr(c, first->iter);
    c->cur->comp_iter_expr--;
    struct rt_sym_scope *s = open_scope(c, RT_BLOCK_FUNCTION, rt_comp_ident(c, name), e, e);
    s->comprehension = (uint8_t)kind;
    if (first->is_async)
        s->coroutine = true;
    struct rt_sym *y = enter(c, s, rt_comp_ident(c, ".0"));
    y->flags = RT_DEF_PARAM | RT_USE;
    s->nparams = 1;
    s->comp_iter_target = true;
    visit_expr(c, first->target);
    s->comp_iter_target = false;
    visit_seq(c, first->ifs);
    for (uint32_t i = 1; i < gens->len; i++)
        visit_comp_clause(c, gens->items[i]);
    visit_opt(c, value);
    visit_expr(c, elt);
    s->generator = kind == RT_COMP_GENERATOR;
    bool async = s->coroutine && kind != RT_COMP_GENERATOR;
    close_scope(c);
    if (async)
        c->cur->coroutine = true;
}

static void no_yield_in_comprehension(struct rt_comp *c, struct rt_ast *e)
{
    static const char *const names[] = {
        [RT_COMP_LIST] = "list comprehension", [RT_COMP_DICT] = "dict comprehension", [RT_COMP_SET] = "set comprehension",
        [RT_COMP_GENERATOR] = "generator expression"};
    if (c->cur->comprehension)
        rt_comp_error(c, e, "'yield' inside %s", names[c->cur->comprehension]);
}

static void visit_name(struct rt_comp *c, struct rt_ast *e)
{
    struct rt_ast_Name *n = RT_AST(Name, e);
    if (n->ctx == RT_AST_Load && n->id == c->id_debug && !c->no_fold)
        return; /* becomes a constant */
    uint32_t flag = n->ctx == RT_AST_Load ? RT_USE : n->ctx == RT_AST_Del ? RT_DEF_LOCAL | RT_DEF_KILLED : RT_DEF_LOCAL;
    struct rt_sym *y = add_def(c, n->id, flag, e);
    e->note = (uint32_t)(y - c->cur->syms) + 1;
    if (n->ctx == RT_AST_Load && n->id == c->id_super && c->cur->type == RT_BLOCK_FUNCTION)
        add_def(c, c->id_class, RT_USE, e);
}

static void visit_call(struct rt_comp *c, struct rt_ast_Call *n)
{
    visit_expr(c, n->func);
    visit_seq(c, n->args);
    for (uint32_t i = 0; i < n->keywords->len; i++)
        visit_expr(c, RT_AST(keyword, n->keywords->items[i])->value);
}

static void visit_lambda(struct rt_comp *c, struct rt_ast *e)
{
    struct rt_ast_Lambda *n = RT_AST(Lambda, e);
    visit_arguments_defaults(c, n->args);
    open_scope(c, RT_BLOCK_FUNCTION, rt_comp_ident(c, "lambda"), e, e);
    visit_params(c, n->args);
    visit_expr(c, n->body);
    close_scope(c);
}

/* What makes the function around it a generator: value is what is yielded, or from where. */
static void visit_yield(struct rt_comp *c, struct rt_ast *e, struct rt_ast *value)
{
    forbid_in_annotation(c, e, "yield expression");
    visit_opt(c, value);
    c->cur->generator = true;
    no_yield_in_comprehension(c, e);
}

/* The expressions with a scope of their own. */
static void visit_scoped_expr(struct rt_comp *c, struct rt_ast *e)
{
    switch (e->kind) {
    case RT_AST_Lambda: visit_lambda(c, e); return;
    case RT_AST_ListComp:
        visit_comprehension(c, e, "listcomp", RT_COMP_LIST, RT_AST(ListComp, e)->generators, RT_AST(ListComp, e)->elt, NULL);
        return;
    case RT_AST_SetComp:
        visit_comprehension(c, e, "setcomp", RT_COMP_SET, RT_AST(SetComp, e)->generators, RT_AST(SetComp, e)->elt, NULL);
        return;
    case RT_AST_DictComp:
        visit_comprehension(c, e, "dictcomp", RT_COMP_DICT, RT_AST(DictComp, e)->generators, RT_AST(DictComp, e)->key,
                            RT_AST(DictComp, e)->value);
        return;
    case RT_AST_GeneratorExp:
        visit_comprehension(c, e, "genexpr", RT_COMP_GENERATOR, RT_AST(GeneratorExp, e)->generators,
                            RT_AST(GeneratorExp, e)->elt, NULL);
        return;
    default: return;
    }
}

static void visit_expr_inner(struct rt_comp *c, struct rt_ast *e)
{
    switch (e->kind) {
    case RT_AST_Name: visit_name(c, e); return;
    case RT_AST_Constant: return;
    case RT_AST_Attribute: visit_expr(c, RT_AST(Attribute, e)->value); return;
    case RT_AST_Call: visit_call(c, RT_AST(Call, e)); return;
    case RT_AST_Subscript:
        visit_expr(c, RT_AST(Subscript, e)->value);
        visit_expr(c, RT_AST(Subscript, e)->slice);
        return;
    case RT_AST_BinOp:
        visit_expr(c, RT_AST(BinOp, e)->left);
        visit_expr(c, RT_AST(BinOp, e)->right);
        return;
    case RT_AST_Compare:
        visit_expr(c, RT_AST(Compare, e)->left);
        visit_seq(c, RT_AST(Compare, e)->comparators);
        return;
    case RT_AST_Tuple: visit_seq(c, RT_AST(Tuple, e)->elts); return;
    case RT_AST_List: visit_seq(c, RT_AST(List, e)->elts); return;
    case RT_AST_Set: visit_seq(c, RT_AST(Set, e)->elts); return;
    case RT_AST_BoolOp: visit_seq(c, RT_AST(BoolOp, e)->values); return;
    case RT_AST_UnaryOp: visit_expr(c, RT_AST(UnaryOp, e)->operand); return;
    case RT_AST_IfExp:
        visit_expr(c, RT_AST(IfExp, e)->test);
        visit_expr(c, RT_AST(IfExp, e)->body);
        visit_expr(c, RT_AST(IfExp, e)->orelse);
        return;
    case RT_AST_Dict:
        visit_seq(c, RT_AST(Dict, e)->keys);
        visit_seq(c, RT_AST(Dict, e)->values);
        return;
    case RT_AST_Starred: visit_expr(c, RT_AST(Starred, e)->value); return;
    case RT_AST_Slice:
        visit_opt(c, RT_AST(Slice, e)->lower);
        visit_opt(c, RT_AST(Slice, e)->upper);
        visit_opt(c, RT_AST(Slice, e)->step);
        return;
    case RT_AST_JoinedStr: visit_seq(c, RT_AST(JoinedStr, e)->values); return;
    case RT_AST_FormattedValue:
        visit_expr(c, RT_AST(FormattedValue, e)->value);
        visit_opt(c, RT_AST(FormattedValue, e)->format_spec);
        return;
    case RT_AST_NamedExpr: visit_named_expr(c, e); return;
    case RT_AST_Yield: visit_yield(c, e, RT_AST(Yield, e)->value); return;
    case RT_AST_YieldFrom: visit_yield(c, e, RT_AST(YieldFrom, e)->value); return;
    case RT_AST_Await:
        forbid_in_annotation(c, e, "await expression");
        visit_expr(c, RT_AST(Await, e)->value);
        c->cur->coroutine = true;
        return;
    default: visit_scoped_expr(c, e);
    }
}

static void visit_expr(struct rt_comp *c, struct rt_ast *e)
{
    if (e->kind == RT_AST_Constant)
        return;
    rt_comp_enter(c);
    visit_expr_inner(c, e);
    if (!c->no_fold && e->kind != RT_AST_Attribute && e->kind != RT_AST_Call)
        rt_fold_expr(c, e);
    rt_comp_leave(c);
}

/* ---- patterns ---- */

static void visit_pattern(struct rt_comp *c, struct rt_ast *p)
{
    rt_comp_enter(c);
    switch (p->kind) {
    case RT_AST_MatchValue: visit_expr(c, RT_AST(MatchValue, p)->value); break;
    case RT_AST_MatchSequence:
        for (uint32_t i = 0; i < RT_AST(MatchSequence, p)->patterns->len; i++)
            visit_pattern(c, RT_AST(MatchSequence, p)->patterns->items[i]);
        break;
    case RT_AST_MatchStar:
        if (RT_AST(MatchStar, p)->name)
            add_def(c, RT_AST(MatchStar, p)->name, RT_DEF_LOCAL, p);
        break;
    case RT_AST_MatchMapping: {
        struct rt_ast_MatchMapping *m = RT_AST(MatchMapping, p);
        visit_seq(c, m->keys);
        for (uint32_t i = 0; i < m->patterns->len; i++)
            visit_pattern(c, m->patterns->items[i]);
        if (m->rest)
            add_def(c, m->rest, RT_DEF_LOCAL, p);
        break;
    }
    case RT_AST_MatchClass: {
        struct rt_ast_MatchClass *m = RT_AST(MatchClass, p);
        visit_expr(c, m->cls);
        for (uint32_t i = 0; i < m->patterns->len; i++)
            visit_pattern(c, m->patterns->items[i]);
        for (uint32_t i = 0; i < m->kwd_patterns->len; i++)
            visit_pattern(c, m->kwd_patterns->items[i]);
        break;
    }
    case RT_AST_MatchAs: {
        struct rt_ast_MatchAs *m = RT_AST(MatchAs, p);
        if (m->pattern)
            visit_pattern(c, m->pattern);
        if (m->name)
            add_def(c, m->name, RT_DEF_LOCAL, p);
        break;
    }
    case RT_AST_MatchOr:
        for (uint32_t i = 0; i < RT_AST(MatchOr, p)->patterns->len; i++)
            visit_pattern(c, RT_AST(MatchOr, p)->patterns->items[i]);
        break;
    default: break;
    }
    rt_comp_leave(c);
}

/* ---- statements ---- */

static void visit_stmts(struct rt_comp *c, const struct rt_ast_seq *q)
{
    for (uint32_t i = 0; i < q->len; i++)
        visit_stmt(c, q->items[i]);
}

/* Under `from __future__ import annotations` an annotation is kept as text: its names matter to nobody. */
static void visit_annotation(struct rt_comp *c, struct rt_ast *ann)
{
    bool text = c->future & RT_CO_FUTURE_ANNOTATIONS;
    if (text) {
        open_scope(c, RT_BLOCK_ANNOTATION, rt_comp_ident(c, "_annotation"), NULL, ann);
        c->no_fold++;
    }
    visit_expr(c, ann);
    if (text) {
        c->no_fold--;
        close_scope(c);
    }
}

static void visit_arg_annotations(struct rt_comp *c, const struct rt_ast_seq *q)
{
    for (uint32_t i = 0; i < q->len; i++) {
        if (RT_AST(arg, q->items[i])->annotation)
            visit_expr(c, RT_AST(arg, q->items[i])->annotation);
    }
}

/* All annotations of a function share one scope where they are text. */
static void visit_function_annotations(struct rt_comp *c, struct rt_ast *node, struct rt_ast *args, struct rt_ast *returns)
{
    struct rt_ast_arguments *a = RT_AST(arguments, args);
    bool text = c->future & RT_CO_FUTURE_ANNOTATIONS;
    if (text) {
        open_scope(c, RT_BLOCK_ANNOTATION, rt_comp_ident(c, "_annotation"), NULL, node);
        c->no_fold++;
    }
    visit_arg_annotations(c, a->posonlyargs);
    visit_arg_annotations(c, a->args);
    if (a->vararg)
        visit_opt(c, RT_AST(arg, a->vararg)->annotation);
    if (a->kwarg)
        visit_opt(c, RT_AST(arg, a->kwarg)->annotation);
    visit_arg_annotations(c, a->kwonlyargs);
    if (text) {
        c->no_fold--;
        close_scope(c);
    }
    if (returns)
        visit_annotation(c, returns);
}

static void visit_function(struct rt_comp *c, struct rt_ast *s, const struct rt_ast_ident *name, struct rt_ast *args,
                           struct rt_ast_seq *body, struct rt_ast_seq *decorators, struct rt_ast *returns, bool async)
{
    add_def(c, name, RT_DEF_LOCAL, s);
    visit_arguments_defaults(c, args);
    visit_function_annotations(c, s, args, returns);
    visit_seq(c, decorators);
    struct rt_sym_scope *f = open_scope(c, RT_BLOCK_FUNCTION, name, s, s);
    f->coroutine = async;
    visit_params(c, args);
    visit_stmts(c, body);
    close_scope(c);
}

static void declare(struct rt_comp *c, struct rt_ast *s, const struct rt_ast_idseq *names, uint32_t flag, const char *word)
{
    for (uint32_t i = 0; i < names->len; i++) {
        const struct rt_ast_ident *name = names->items[i];
        const struct rt_ast_ident *m = rt_symtable_mangle(c, c->priv, name);
        struct rt_sym *y = rt_symtable_lookup(c->cur, m);
        uint32_t f = y ? y->flags : 0;
        if (f & (RT_DEF_PARAM | RT_DEF_LOCAL | RT_USE | RT_DEF_ANNOT)) {
            if (f & RT_DEF_PARAM)
                rt_comp_error(c, s, "name '%s' is parameter and %s", name->utf8, word);
            else if (f & RT_USE)
                rt_comp_error(c, s, "name '%s' is used prior to %s declaration", name->utf8, word);
            else if (f & RT_DEF_ANNOT)
                rt_comp_error(c, s, "annotated name '%s' can't be %s", name->utf8, word);
            rt_comp_error(c, s, "name '%s' is assigned to before %s declaration", name->utf8, word);
        }
        add_def(c, name, flag, s);
        struct rt_directive *d = rt_comp_alloc(c, sizeof *d);
        *d = (struct rt_directive){m, s->lineno, s->col_offset, s->end_lineno, s->end_col_offset, c->cur->directives};
        c->cur->directives = d;
    }
}

static void visit_ann_assign(struct rt_comp *c, struct rt_ast *s)
{
    struct rt_ast_AnnAssign *n = RT_AST(AnnAssign, s);
    if (n->target->kind == RT_AST_Name) {
        const struct rt_ast_ident *name = RT_AST(Name, n->target)->id;
        struct rt_sym *y = rt_symtable_lookup(c->cur, rt_symtable_mangle(c, c->priv, name));
        if (y && y->flags & (RT_DEF_GLOBAL | RT_DEF_NONLOCAL) && c->cur->type != RT_BLOCK_MODULE && n->simple)
            rt_comp_error(c, s, y->flags & RT_DEF_GLOBAL ? "annotated name '%s' can't be global" : "annotated name '%s' can't be nonlocal",
                          name->utf8);
        if (n->simple)
            y = add_def(c, name, RT_DEF_ANNOT | RT_DEF_LOCAL, n->target);
        else if (n->value)
            y = add_def(c, name, RT_DEF_LOCAL, n->target);
        else
            y = enter(c, c->cur, rt_symtable_mangle(c, c->priv, name));
        n->target->note = (uint32_t)(y - c->cur->syms) + 1;
    } else {
        visit_expr(c, n->target);
    }
    c->cur->has_annotations = true;
    visit_annotation(c, n->annotation);
    visit_opt(c, n->value);
}

static void visit_alias(struct rt_comp *c, struct rt_ast *s, struct rt_ast *alias)
{
    struct rt_ast_alias *a = RT_AST(alias, alias);
    const struct rt_ast_ident *name = a->asname ? a->asname : a->name;
    if (name->len == 1 && name->utf8[0] == '*') {
        if (c->cur->type != RT_BLOCK_MODULE)
            rt_comp_error(c, s, "import * only allowed at module level");
        return;
    }
    const char *dot = a->asname ? NULL : memchr(name->utf8, '.', name->len);
    if (dot && !(name = rt_arena_ident(c->arena, name->utf8, (size_t)(dot - name->utf8))))
        rt_comp_nomem(c);
    add_def(c, name, RT_DEF_IMPORT, alias);
}

static void visit_handlers(struct rt_comp *c, const struct rt_ast_seq *q)
{
    for (uint32_t i = 0; i < q->len; i++) {
        struct rt_ast_ExceptHandler *h = RT_AST(ExceptHandler, q->items[i]);
        visit_opt(c, h->type);
        if (h->name)
            add_def(c, h->name, RT_DEF_LOCAL | RT_DEF_KILLED, q->items[i]);
        visit_stmts(c, h->body);
    }
}

static void visit_withitems(struct rt_comp *c, const struct rt_ast_seq *q)
{
    for (uint32_t i = 0; i < q->len; i++) {
        visit_expr(c, RT_AST(withitem, q->items[i])->context_expr);
        visit_opt(c, RT_AST(withitem, q->items[i])->optional_vars);
    }
}

static void visit_class(struct rt_comp *c, struct rt_ast *s)
{
    struct rt_ast_ClassDef *n = RT_AST(ClassDef, s);
    add_def(c, n->name, RT_DEF_LOCAL, s);
    visit_seq(c, n->bases);
    for (uint32_t i = 0; i < n->keywords->len; i++)
        visit_expr(c, RT_AST(keyword, n->keywords->items[i])->value);
    visit_seq(c, n->decorator_list);
    open_scope(c, RT_BLOCK_CLASS, n->name, s, s);
    const struct rt_ast_ident *saved = c->priv;
    c->priv = n->name;
    visit_stmts(c, n->body);
    c->priv = saved;
    close_scope(c);
}

static void visit_for(struct rt_comp *c, struct rt_ast *target, struct rt_ast *iter, const struct rt_ast_seq *body,
                      const struct rt_ast_seq *orelse)
{
    visit_expr(c, target);
    visit_expr(c, iter);
    visit_stmts(c, body);
    visit_stmts(c, orelse);
}

/* What `if` and `while` share. */
static void visit_test(struct rt_comp *c, struct rt_ast *test, const struct rt_ast_seq *body, const struct rt_ast_seq *orelse)
{
    visit_expr(c, test);
    visit_stmts(c, body);
    visit_stmts(c, orelse);
}

static void visit_with(struct rt_comp *c, const struct rt_ast_seq *items, const struct rt_ast_seq *body)
{
    visit_withitems(c, items);
    visit_stmts(c, body);
}

static void visit_match(struct rt_comp *c, struct rt_ast_Match *n)
{
    visit_expr(c, n->subject);
    for (uint32_t i = 0; i < n->cases->len; i++) {
        struct rt_ast_match_case *k = RT_AST(match_case, n->cases->items[i]);
        visit_pattern(c, k->pattern);
        visit_opt(c, k->guard);
        visit_stmts(c, k->body);
    }
}

static void visit_try(struct rt_comp *c, const struct rt_ast_seq *body, const struct rt_ast_seq *handlers,
                      const struct rt_ast_seq *orelse, const struct rt_ast_seq *finalbody)
{
    visit_stmts(c, body);
    visit_stmts(c, orelse);
    visit_handlers(c, handlers);
    visit_stmts(c, finalbody);
}

static void visit_compound_stmt(struct rt_comp *c, struct rt_ast *s)
{
#define WITH(kind, ...) { struct rt_ast_##kind *n = RT_AST(kind, s); __VA_ARGS__; return; }
    switch (s->kind) {
    case RT_AST_FunctionDef:
        WITH(FunctionDef, visit_function(c, s, n->name, n->args, n->body, n->decorator_list, n->returns, false))
    case RT_AST_AsyncFunctionDef:
        WITH(AsyncFunctionDef, visit_function(c, s, n->name, n->args, n->body, n->decorator_list, n->returns, true))
    case RT_AST_ClassDef: visit_class(c, s); return;
    case RT_AST_For: WITH(For, visit_for(c, n->target, n->iter, n->body, n->orelse))
    case RT_AST_AsyncFor: WITH(AsyncFor, visit_for(c, n->target, n->iter, n->body, n->orelse))
    case RT_AST_While: WITH(While, visit_test(c, n->test, n->body, n->orelse))
    case RT_AST_If: WITH(If, visit_test(c, n->test, n->body, n->orelse))
    case RT_AST_With: WITH(With, visit_with(c, n->items, n->body))
    case RT_AST_AsyncWith: WITH(AsyncWith, visit_with(c, n->items, n->body))
    case RT_AST_Match: visit_match(c, RT_AST(Match, s)); return;
    case RT_AST_Try: WITH(Try, visit_try(c, n->body, n->handlers, n->orelse, n->finalbody))
    case RT_AST_TryStar: WITH(TryStar, visit_try(c, n->body, n->handlers, n->orelse, n->finalbody))
    default: return;
    }
#undef WITH
}

static void visit_imports(struct rt_comp *c, const struct rt_ast_seq *names)
{
    for (uint32_t i = 0; i < names->len; i++)
        visit_alias(c, names->items[i], names->items[i]);
}

static void visit_stmt_inner(struct rt_comp *c, struct rt_ast *s)
{
    rt_comp_breathe(c);
    switch (s->kind) {
    case RT_AST_Return:
        if (RT_AST(Return, s)->value) {
            visit_expr(c, RT_AST(Return, s)->value);
            c->cur->returns_value = true;
        }
        break;
    case RT_AST_Delete: visit_seq(c, RT_AST(Delete, s)->targets); break;
    case RT_AST_Assign:
        visit_seq(c, RT_AST(Assign, s)->targets);
        visit_expr(c, RT_AST(Assign, s)->value);
        break;
    case RT_AST_AnnAssign: visit_ann_assign(c, s); break;
    case RT_AST_AugAssign:
        visit_expr(c, RT_AST(AugAssign, s)->target);
        visit_expr(c, RT_AST(AugAssign, s)->value);
        break;
    case RT_AST_Raise:
        visit_opt(c, RT_AST(Raise, s)->exc);
        visit_opt(c, RT_AST(Raise, s)->cause);
        break;
    case RT_AST_Assert:
        visit_expr(c, RT_AST(Assert, s)->test);
        visit_opt(c, RT_AST(Assert, s)->msg);
        break;
    case RT_AST_Import: visit_imports(c, RT_AST(Import, s)->names); break;
    case RT_AST_ImportFrom: visit_imports(c, RT_AST(ImportFrom, s)->names); break;
    case RT_AST_Global: declare(c, s, RT_AST(Global, s)->names, RT_DEF_GLOBAL, "global"); break;
    case RT_AST_Nonlocal: declare(c, s, RT_AST(Nonlocal, s)->names, RT_DEF_NONLOCAL, "nonlocal"); break;
    case RT_AST_Expr: visit_expr(c, RT_AST(Expr, s)->value); break;
    default: visit_compound_stmt(c, s);
    }
}

static void visit_stmt(struct rt_comp *c, struct rt_ast *s)
{
    rt_comp_enter(c);
    visit_stmt_inner(c, s);
    rt_comp_leave(c);
}

/* ---- analysis ---- */

static RT_NORETURN void directive_error(struct rt_comp *c, struct rt_sym_scope *s, const struct rt_ast_ident *name, const char *fmt)
{
    struct rt_directive *first = NULL;
    for (struct rt_directive *d = s->directives; d; d = d->next) {
        if (d->name == name)
            first = d; /* the list has the latest in front */
    }
    if (first)
        rt_comp_error_loc(c, first->lineno, first->col_offset, first->end_lineno, first->end_col_offset, fmt, name->utf8);
    rt_comp_error(c, NULL, fmt, name->utf8);
}

/* The function scope around s that binds name, or NULL when the name is global there. */
static struct rt_sym_scope *binder(struct rt_comp *c, struct rt_sym_scope *s, const struct rt_ast_ident *name)
{
    for (struct rt_sym_scope *p = s->parent; p; p = p->parent) {
        if (p->type == RT_BLOCK_CLASS) {
            if (name == c->id_class)
                return p;
            continue;
        }
        if (p->type != RT_BLOCK_FUNCTION)
            continue;
        struct rt_sym *y = rt_symtable_lookup(p, name);
        if (!y)
            continue;
        if (y->flags & RT_DEF_GLOBAL)
            return NULL;
        if (y->flags & RT_DEF_BOUND && !(y->flags & RT_DEF_NONLOCAL))
            return p;
    }
    return NULL;
}

static void add_free(struct rt_comp *c, struct rt_sym_scope *s, struct rt_sym *y)
{
    if (y->in_free)
        return;
    y->in_free = true;
    if (s->nfree == s->free_room) {
        uint32_t room = s->free_room ? s->free_room * 2 : 4;
        const struct rt_ast_ident **p = rt_comp_alloc(c, room * sizeof *p);
        if (s->nfree)
            memcpy(p, s->free, s->nfree * sizeof *p);
        s->free = p;
        s->free_room = room;
    }
    s->free[s->nfree++] = y->name;
}

static void resolve(struct rt_comp *c, struct rt_sym_scope *s)
{
    for (uint32_t i = 0; i < s->nsyms; i++) {
        struct rt_sym *y = &s->syms[i];
        if (y->flags & RT_DEF_GLOBAL) {
            if (y->flags & RT_DEF_NONLOCAL)
                directive_error(c, s, y->name, "name '%s' is nonlocal and global");
            y->scope = RT_SC_GLOBAL_EXPLICIT;
        } else if (y->flags & RT_DEF_NONLOCAL) {
            if (s->type == RT_BLOCK_MODULE)
                directive_error(c, s, y->name, "nonlocal declaration not allowed at module level");
            if (!binder(c, s, y->name))
                directive_error(c, s, y->name, "no binding for nonlocal '%s' found");
            y->scope = RT_SC_FREE;
            s->has_free = true;
            add_free(c, s, y);
        } else if (y->flags & RT_DEF_BOUND) {
            y->scope = RT_SC_LOCAL;
        } else if (binder(c, s, y->name)) {
            y->scope = RT_SC_FREE;
            s->has_free = true;
            add_free(c, s, y);
        } else {
            y->scope = RT_SC_GLOBAL_IMPLICIT;
        }
    }
}

/* Takes the names that a child could not find: own ones become cells, others are passed on. */
static void collect_free(struct rt_comp *c, struct rt_sym_scope *s, struct rt_sym_scope *child)
{
    for (uint32_t i = 0; i < child->nfree; i++) {
        const struct rt_ast_ident *name = child->free[i];
        if (s->type == RT_BLOCK_CLASS && name == c->id_class) {
            s->needs_class_closure = true;
            continue;
        }
        struct rt_sym *y = rt_symtable_lookup(s, name);
        if (y && s->type == RT_BLOCK_FUNCTION && (y->scope == RT_SC_LOCAL || y->scope == RT_SC_CELL)) {
            y->scope = RT_SC_CELL;
            continue;
        }
        if (y && s->type == RT_BLOCK_CLASS && y->flags & (RT_DEF_BOUND | RT_DEF_GLOBAL)) {
            y->flags |= RT_DEF_FREE_CLASS;
        } else if (!y) {
            y = enter(c, s, name);
            y->flags |= RT_DEF_FREE;
            y->scope = RT_SC_FREE;
        }
        if (s->type != RT_BLOCK_MODULE)
            add_free(c, s, y);
        s->has_free = true;
    }
}

static void analyze(struct rt_comp *c, struct rt_sym_scope *s)
{
    rt_comp_enter(c);
    resolve(c, s);
    for (uint32_t i = 0; i < s->nchildren; i++) {
        analyze(c, s->children[i]);
        collect_free(c, s, s->children[i]);
    }
    rt_comp_leave(c);
}

void rt_symtable_build(struct rt_comp *c, struct rt_ast *mod)
{
    open_scope(c, RT_BLOCK_MODULE, c->id_top, mod, NULL);
    switch (mod->kind) {
    case RT_AST_Module: visit_stmts(c, RT_AST(Module, mod)->body); break;
    case RT_AST_Interactive: visit_stmts(c, RT_AST(Interactive, mod)->body); break;
    case RT_AST_Expression: visit_expr(c, RT_AST(Expression, mod)->body); break;
    default:
        rt_raise(c->ts, &rt_exc_RuntimeError, "this compiler does not handle FunctionTypes");
        rt_comp_fail(c);
    }
    close_scope(c);
    analyze(c, c->scopes[0]);
}
