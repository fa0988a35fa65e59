/* SPDX-License-Identifier: MIT */
/* codegen_func.c: def, lambda, class: the object-making code outside and the bodies inside. */
#include "core/compiler/compiler_internal.h"

/* Qualified name of the innermost unit from its parent's. */
void rt_cg_qualname(struct rt_comp *c)
{
    struct rt_unit *u = c->u, *p = u->parent;
    if (!p || p->kind == RT_U_MODULE)
        return;
    bool function = p->kind != RT_U_CLASS && p->kind != RT_U_COMPREHENSION;
    if (u->kind == RT_U_FUNCTION || u->kind == RT_U_ASYNC_FUNCTION || u->kind == RT_U_CLASS) {
        struct rt_sym *s = rt_symtable_lookup(p->scope, rt_symtable_mangle(c, p->priv, u->scope->name));
        if (s && s->scope == RT_SC_GLOBAL_EXPLICIT)
            return;
    }
    rt_value q = rt_str_format(c->ts, function ? "%U.<locals>.%U" : "%U.%U", p->qualname, u->name);
    if (rt_is_null(q))
        rt_comp_fail(c);
    u->qualname = rt_comp_keep(c, q);
}

rt_value rt_cg_docstring_of(struct rt_comp *c, struct rt_ast_seq *body)
{
    if (!body->len || body->items[0]->kind != RT_AST_Expr)
        return RT_NULL;
    struct rt_ast *e = RT_AST(Expr, body->items[0])->value;
    if (!rt_fold_is_const(e) || e->flags & 0x80)
        return RT_NULL;
    rt_value v = rt_fold_of(e)->kind == RT_CONST_STR || rt_fold_of(e)->kind == RT_CONST_OBJECT ? rt_fold_value(c, rt_fold_of(e)) :
                 RT_NULL;
    return !rt_is_null(v) && rt_is_ptr(v) && rt_is_str(v) ? v : RT_NULL;
}

/* ---- making function objects ---- */

/* The register of the cell of that name: a cell register, or a new temporary. */
static int cell_of(struct rt_comp *c, rt_value name)
{
    struct rt_unit *u = c->u;
    for (uint32_t k = 0; k < u->ncells; k++) {
        if (!rt_is(rt_comp_ident_value(c, u->cells[k]->name), name))
            continue;
        if (!u->far)
            return (int)(u->nlocals + k);
        int t = rt_cg_push(c);
        rt_cg_emit_x(c, RT_OP_LOAD_FAR, t, u->nlocals + k);
        return t;
    }
    for (uint32_t k = 0; k < u->nfrees; k++) {
        if (!rt_is(rt_comp_ident_value(c, u->frees[k]->name), name))
            continue;
        int t = rt_cg_push(c);
        rt_cg_emit_x(c, RT_OP_LOAD_FREE_CELL, t, k);
        return t;
    }
    rt_raise(c->ts, &rt_exc_SystemError, "compiler lost the cell of %R", name);
    rt_comp_fail(c);
}

/* The next temporary: the tuple of a new function's cells. */
static int closure(struct rt_comp *c, rt_value freevars)
{
    uint32_t depth = c->u->depth, n = (uint32_t)rt_as_tuple(freevars)->length;
    uint8_t regs[RT_CHUNK];
    if (n <= RT_CHUNK) {
        for (uint32_t i = 0; i < n; i++)
            regs[i] = (uint8_t)cell_of(c, rt_as_tuple(freevars)->items[i]);
        c->u->depth = depth;
        int t = rt_cg_push(c);
        rt_cg_emit_list(c, RT_OP_BUILD_TUPLE, t, 0, regs, (int)n);
        return t;
    }
    int t = rt_cg_push(c);
    rt_cg_emit_list(c, RT_OP_BUILD_LIST, t, 0, NULL, 0);
    for (uint32_t i = 0; i < n; i++) {
        rt_cg_emit(c, RT_OP_LIST_APPEND, t, cell_of(c, rt_as_tuple(freevars)->items[i]), 0);
        c->u->depth = depth + 1;
    }
    rt_cg_emit(c, RT_OP_LIST_TO_TUPLE, t, t, 0);
    return t;
}

/* first: register of the first part (defaults, kwdefaults, annotations) per flags, consecutive from there; -1: none. */
int rt_cg_make_function(struct rt_comp *c, rt_value code, struct rt_sym_scope *scope, int flags, int first, int want)
{
    struct rt_unit *u = c->u;
    uint32_t base = first >= 0 ? (uint32_t)first - u->temp_base : u->depth;
    rt_value freevars = rt_as_code(code)->freevars;
    (void)scope;
    if (rt_as_tuple(freevars)->length) {
        int t = closure(c, freevars);
        if (first < 0)
            first = t;
        flags |= 8;
    }
    uint32_t k = rt_cg_const_code(c, code);
    int d = rt_cg_dest(c, base, want);
    rt_cg_emit_w(c, RT_OP_MAKE_FUNCTION, d, flags, first < 0 ? 0 : first, k);
    return d;
}

static rt_value unparse(struct rt_comp *c, struct rt_ast *e);

/* Evaluates an annotation (or its text) to the next temporary. */
static void annotation(struct rt_comp *c, struct rt_ast *ann)
{
    if (c->future & RT_CO_FUTURE_ANNOTATIONS)
        rt_cg_load_value(c, unparse(c, ann), RT_TEMP);
    else
        rt_cg_expr(c, ann, RT_TEMP);
}

static const struct rt_ast_str *object_repr(void *ctx, struct rt_arena *a, uint64_t word)
{
    struct rt_comp *c = ctx;
    rt_value r = rt_repr(c->ts, RT_VALUE(word));
    if (rt_is_null(r))
        return NULL;
    size_t n;
    const char *s = rt_str_utf8(c->ts, r, &n);
    const struct rt_ast_str *out = s ? rt_arena_str(a, s, n) : NULL;
    rt_decref(c->ts, r);
    return out;
}

static rt_value unparse(struct rt_comp *c, struct rt_ast *e)
{
    struct rt_unparse_hooks hooks = {c, object_repr};
    const struct rt_ast_str *s = rt_ast_unparse(c->arena, e, &hooks);
    if (!s) {
        if (!rt_pending(c->ts))
            rt_comp_nomem(c);
        rt_comp_fail(c);
    }
    rt_value v = rt_str_from_utf8(c->ts, s->utf8, s->len, "surrogatepass");
    if (rt_is_null(v))
        rt_comp_fail(c);
    return rt_comp_keep(c, v);
}

void rt_cg_annotation(struct rt_comp *c, struct rt_ast *ann, int want, int *out)
{
    if (c->future & RT_CO_FUTURE_ANNOTATIONS)
        *out = rt_cg_load_value(c, unparse(c, ann), want == RT_ANY ? RT_TEMP : want);
    else
        *out = rt_cg_expr(c, ann, want);
}

struct ann { uint8_t regs[RT_CHUNK]; int n; int list; };

/* A pair for the annotations tuple; when registers run short what is there goes into a list. */
static void add_annotation(struct rt_comp *c, struct ann *a, uint32_t base, const struct rt_ast_ident *name, struct rt_ast *e)
{
    if (a->n + 2 > RT_CHUNK) {
        c->u->depth = base;
        int t = rt_cg_push(c);
        if (a->list < 0) {
            rt_cg_emit_list(c, RT_OP_BUILD_LIST, t, 0, a->regs, a->n);
        } else { /* a->list is t, the pairs are above it */
            c->u->depth = base + 1;
            int u = rt_cg_push(c);
            rt_cg_emit_list(c, RT_OP_BUILD_LIST, u, 0, a->regs, a->n);
            rt_cg_emit(c, RT_OP_LIST_EXTEND, t, u, 0);
            c->u->depth = base + 1;
        }
        a->list = t;
        a->n = 0;
    }
    a->regs[a->n++] = (uint8_t)rt_cg_load_value(c, rt_comp_ident_value(c, rt_cg_mangled(c, name)), RT_TEMP);
    uint32_t depth = c->u->depth;
    if (e->kind == RT_AST_Starred && !(c->future & RT_CO_FUTURE_ANNOTATIONS)) {
        int r = rt_cg_expr(c, RT_AST(Starred, e)->value, RT_ANY);
        c->u->depth = depth;
        uint8_t t = (uint8_t)rt_cg_push(c);
        rt_cg_emit_list(c, RT_OP_UNPACK, 0, r, &t, 1);
    } else {
        annotation(c, e);
    }
    a->regs[a->n++] = (uint8_t)(c->u->temp_base + depth);
}

static void arg_annotations(struct rt_comp *c, struct ann *a, uint32_t base, const struct rt_ast_seq *q)
{
    for (uint32_t i = 0; i < q->len; i++) {
        struct rt_ast_arg *g = RT_AST(arg, q->items[i]);
        if (g->annotation)
            add_annotation(c, a, base, g->arg, g->annotation);
    }
}

static bool annotations(struct rt_comp *c, struct rt_ast_arguments *p, struct rt_ast *returns)
{
    uint32_t base = c->u->depth;
    struct ann a = {.n = 0, .list = -1};
    arg_annotations(c, &a, base, p->args);
    arg_annotations(c, &a, base, p->posonlyargs);
    if (p->vararg && RT_AST(arg, p->vararg)->annotation)
        add_annotation(c, &a, base, RT_AST(arg, p->vararg)->arg, RT_AST(arg, p->vararg)->annotation);
    arg_annotations(c, &a, base, p->kwonlyargs);
    if (p->kwarg && RT_AST(arg, p->kwarg)->annotation)
        add_annotation(c, &a, base, RT_AST(arg, p->kwarg)->arg, RT_AST(arg, p->kwarg)->annotation);
    if (returns)
        add_annotation(c, &a, base, rt_comp_ident(c, "return"), returns);
    if (!a.n && a.list < 0)
        return false;
    if (a.list < 0) {
        c->u->depth = base;
        int t = rt_cg_push(c);
        rt_cg_emit_list(c, RT_OP_BUILD_TUPLE, t, 0, a.regs, a.n);
        return true;
    }
    c->u->depth = base + 1;
    int u = rt_cg_push(c);
    rt_cg_emit_list(c, RT_OP_BUILD_LIST, u, 0, a.regs, a.n);
    rt_cg_emit(c, RT_OP_LIST_EXTEND, a.list, u, 0);
    rt_cg_emit(c, RT_OP_LIST_TO_TUPLE, a.list, a.list, 0);
    c->u->depth = base + 1;
    return true;
}

static bool kw_defaults(struct rt_comp *c, struct rt_ast_arguments *p)
{
    uint32_t base = c->u->depth;
    uint8_t regs[RT_CHUNK];
    int n = 0, map = -1;
    for (uint32_t i = 0; i < p->kwonlyargs->len; i++) {
        struct rt_ast *d = p->kw_defaults->items[i];
        if (!d)
            continue;
        rt_value name = rt_comp_ident_value(c, rt_cg_mangled(c, RT_AST(arg, p->kwonlyargs->items[i])->arg));
        if (map >= 0) {
            int k = rt_cg_load_value(c, name, RT_TEMP), v = rt_cg_expr(c, d, RT_ANY);
            rt_cg_emit(c, RT_OP_MAP_ADD, map, k, v);
            c->u->depth = base + 1;
            continue;
        }
        regs[n++] = (uint8_t)rt_cg_load_value(c, name, RT_TEMP);
        regs[n++] = (uint8_t)rt_cg_expr(c, d, RT_TEMP);
        if (n == RT_CHUNK) {
            c->u->depth = base;
            map = rt_cg_push(c);
            rt_cg_emit_list(c, RT_OP_BUILD_MAP, map, 0, regs, n);
        }
    }
    if (!n)
        return false;
    if (map < 0) {
        c->u->depth = base;
        map = rt_cg_push(c);
        rt_cg_emit_list(c, RT_OP_BUILD_MAP, map, 0, regs, n);
    }
    return true;
}

/* Default values into consecutive temporaries; MAKE_FUNCTION flags. */
static int defaults(struct rt_comp *c, struct rt_ast_arguments *p)
{
    int flags = 0;
    if (p->defaults->len) {
        bool constant = true;
        for (uint32_t i = 0; i < p->defaults->len; i++)
            constant &= rt_fold_is_const(p->defaults->items[i]);
        if (constant) {
            rt_value t = rt_tuple_new(c->ts, p->defaults->len);
            if (rt_is_null(t))
                rt_comp_fail(c);
            for (uint32_t i = 0; i < p->defaults->len; i++)
                rt_as_tuple(t)->items[i] = RT_NONE;
            t = rt_comp_keep(c, t);
            for (uint32_t i = 0; i < p->defaults->len; i++)
                rt_as_tuple(t)->items[i] = rt_newref(c->ts, rt_cg_const_canon(c, rt_fold_value(c, rt_fold_of(p->defaults->items[i]))));
            rt_cg_load_value(c, t, RT_TEMP);
        } else {
            rt_cg_build_list(c, p->defaults, 0, 1, RT_TEMP);
        }
        flags |= 1;
    }
    if (p->kwonlyargs->len && kw_defaults(c, p))
        flags |= 2;
    return flags;
}

static void check_params(struct rt_comp *c, const struct rt_ast *at, const struct rt_ast_seq *q)
{
    for (uint32_t i = 0; i < q->len; i++)
        rt_cg_check_debug(c, at, RT_AST(arg, q->items[i])->arg, RT_AST_Store);
}

static void check_arguments(struct rt_comp *c, const struct rt_ast *at, struct rt_ast_arguments *p)
{
    check_params(c, at, p->posonlyargs);
    check_params(c, at, p->args);
    check_params(c, at, p->kwonlyargs);
    if (p->vararg)
        rt_cg_check_debug(c, at, RT_AST(arg, p->vararg)->arg, RT_AST_Store);
    if (p->kwarg)
        rt_cg_check_debug(c, at, RT_AST(arg, p->kwarg)->arg, RT_AST_Store);
}

static void set_arguments(struct rt_comp *c, struct rt_ast_arguments *p)
{
    c->u->posonly = p->posonlyargs->len;
    c->u->argcount = p->posonlyargs->len + p->args->len;
    c->u->kwonly = p->kwonlyargs->len;
}

static void return_none(struct rt_comp *c)
{
    if (!c->u->reachable)
        return;
    rt_cg_same_loc(c);
    rt_cg_emit_x(c, RT_OP_RETURN_K, 0, rt_cg_const_index(c, RT_NONE));
    c->u->reachable = false;
}

/* ---- decorators ---- */

/* Evaluates them, innermost on top; many in one list. */
static void decorators(struct rt_comp *c, const struct rt_ast_seq *q)
{
    if (q->len <= RT_CHUNK) {
        for (uint32_t i = 0; i < q->len; i++)
            rt_cg_expr(c, q->items[i], RT_TEMP);
        return;
    }
    int list = rt_cg_push(c);
    uint32_t depth = c->u->depth;
    rt_cg_emit_list(c, RT_OP_BUILD_LIST, list, 0, NULL, 0);
    for (uint32_t i = 0; i < q->len; i++) {
        rt_cg_emit(c, RT_OP_LIST_APPEND, list, rt_cg_expr(c, q->items[i], RT_ANY), 0);
        c->u->depth = depth;
    }
}

/* value, a temporary, takes the place of the decorators below it. */
static int apply_decorators(struct rt_comp *c, const struct rt_ast_seq *q, int value)
{
    struct rt_loc saved = c->u->loc;
    for (uint32_t i = q->len; i-- > 0;) {
        rt_cg_set_loc(c, q->items[i]);
        uint8_t arg = (uint8_t)value;
        if (q->len > RT_CHUNK) {
            rt_cg_emit_list(c, RT_OP_CALL, value, rt_cg_item(c, value - 1, i), &arg, 1);
            c->u->depth--;
            continue;
        }
        c->u->depth -= 2;
        int f = rt_cg_push(c);
        rt_cg_emit_list(c, RT_OP_CALL, f, f, &arg, 1);
        value = f;
    }
    if (q->len > RT_CHUNK) {
        rt_cg_emit(c, RT_OP_MOVE, value - 1, value, 0);
        c->u->depth--;
        value--;
    }
    c->u->loc = saved;
    return value;
}

/* ---- def ---- */

static rt_value function_body(struct rt_comp *c, struct rt_ast *s, const struct rt_ast_ident *name, struct rt_ast_arguments *args,
                              struct rt_ast_seq *stmts, bool async, int32_t firstlineno)
{
    struct rt_sym_scope *scope = c->scopes[s->note];
    rt_cg_unit_enter(c, scope, rt_comp_ident_value(c, name), async ? RT_U_ASYNC_FUNCTION : RT_U_FUNCTION, firstlineno);
    rt_cg_qualname(c);
    set_arguments(c, args);
    RT_UNIT_TRY(c) {
        rt_value doc = c->optimize < 2 ? rt_cg_docstring_of(c, stmts) : RT_NULL;
        bool has_doc = !rt_is_null(rt_cg_docstring_of(c, stmts));
        rt_cg_const_index(c, rt_is_null(doc) ? RT_NONE : doc);
        for (uint32_t i = has_doc; i < stmts->len; i++)
            rt_cg_stmt(c, stmts->items[i]);
        return_none(c);
    }
    return rt_cg_unit_leave(c);
}

void rt_cg_function_def(struct rt_comp *c, struct rt_ast *s)
{
    bool async = s->kind == RT_AST_AsyncFunctionDef;
    struct rt_ast_FunctionDef *n = (struct rt_ast_FunctionDef *)s; /* the two have the same fields */
    struct rt_ast_arguments *args = RT_AST(arguments, n->args);
    uint32_t base = c->u->depth;
    rt_cg_check_debug(c, s, n->name, RT_AST_Store);
    check_arguments(c, s, args);
    decorators(c, n->decorator_list);
    int32_t firstlineno = n->decorator_list->len ? n->decorator_list->items[0]->lineno : s->lineno;
    int first = (int)(c->u->temp_base + c->u->depth);
    int flags = defaults(c, args);
    if (annotations(c, args, n->returns))
        flags |= 4;
    rt_value code = function_body(c, s, n->name, args, n->body, async, firstlineno);
    struct rt_sym *sym = rt_cg_sym_of(c, n->name);
    int reg = n->decorator_list->len ? -1 : rt_cg_local_register(c, sym);
    int f = rt_cg_make_function(c, code, NULL, flags, flags ? first : -1, reg >= 0 ? reg : RT_TEMP);
    f = apply_decorators(c, n->decorator_list, f);
    rt_cg_name_store(c, sym, f);
    c->u->depth = base;
}

int rt_cg_lambda(struct rt_comp *c, struct rt_ast *e, int want)
{
    struct rt_ast_Lambda *n = RT_AST(Lambda, e);
    struct rt_ast_arguments *args = RT_AST(arguments, n->args);
    struct rt_sym_scope *scope = c->scopes[e->note];
    int first = (int)(c->u->temp_base + c->u->depth);
    check_arguments(c, e, args);
    int flags = defaults(c, args);
    rt_value name = rt_str_intern_cstr(c->ts, "<lambda>");
    rt_cg_unit_enter(c, scope, name, RT_U_LAMBDA, e->lineno);
    rt_cg_qualname(c);
    set_arguments(c, args);
    RT_UNIT_TRY(c) {
        rt_cg_const_index(c, RT_NONE);
        rt_cg_set_loc(c, n->body);
        if (rt_fold_is_const(n->body)) {
            rt_cg_emit_x(c, RT_OP_RETURN_K, 0, rt_cg_const_index(c, rt_fold_value(c, rt_fold_of(n->body))));
        } else {
            int r = rt_cg_expr(c, n->body, RT_ANY);
            rt_cg_emit(c, RT_OP_RETURN, r, 0, 0);
        }
        c->u->reachable = false;
    }
    rt_value code = rt_cg_unit_leave(c);
    return rt_cg_make_function(c, code, scope, flags, flags ? first : -1, want);
}

/* ---- class ---- */

static void store_str_name(struct rt_comp *c, const char *name, int reg)
{
    const struct rt_ast_ident *id = rt_comp_ident(c, name);
    rt_cg_emit_w(c, RT_OP_STORE_NAME, reg, 0, 0, rt_cg_name_ic(c, id, RT_OP_STORE_NAME));
}

static rt_value class_body(struct rt_comp *c, struct rt_ast *s, int32_t firstlineno)
{
    struct rt_ast_ClassDef *n = RT_AST(ClassDef, s);
    struct rt_sym_scope *scope = c->scopes[s->note];
    rt_cg_unit_enter(c, scope, rt_comp_ident_value(c, n->name), RT_U_CLASS, firstlineno);
    c->u->priv = n->name;
    rt_cg_qualname(c);
    RT_UNIT_TRY(c) {
        struct rt_unit *u = c->u;
        int t = rt_cg_push(c);
        rt_cg_emit_w(c, RT_OP_LOAD_NAME, t, 0, 0, rt_cg_name_ic(c, rt_comp_ident(c, "__name__"), RT_OP_LOAD_NAME));
        store_str_name(c, "__module__", t);
        u->depth = 0;
        store_str_name(c, "__qualname__", rt_cg_load_value(c, u->qualname, RT_TEMP));
        u->depth = 0;
        rt_cg_body(c, n->body);
        u->loc = (struct rt_loc){0};
        u->loc.line = 0;
        u->loc.col = u->loc.end_col = -1;
        if (scope->needs_class_closure) {
            int i = 0;
            while (u->cells[i]->name != c->id_class)
                i++;
            int cell = (int)u->nlocals + i;
            if (u->far) {
                int k = rt_cg_push(c);
                rt_cg_emit_x(c, RT_OP_LOAD_FAR, k, (uint32_t)cell);
                store_str_name(c, "__classcell__", k);
                rt_cg_emit_x(c, RT_OP_LOAD_FAR, k, (uint32_t)cell);
                cell = k;
            } else {
                store_str_name(c, "__classcell__", cell);
            }
            rt_cg_emit(c, RT_OP_RETURN, cell, 0, 0);
            u->reachable = false;
        }
        return_none(c);
    }
    return rt_cg_unit_leave(c);
}

void rt_cg_class_def(struct rt_comp *c, struct rt_ast *s)
{
    struct rt_ast_ClassDef *n = RT_AST(ClassDef, s);
    uint32_t base = c->u->depth;
    rt_cg_check_debug(c, s, n->name, RT_AST_Store);
    decorators(c, n->decorator_list);
    rt_value code = class_body(c, s, n->decorator_list->len ? n->decorator_list->items[0]->lineno : s->lineno);
    int f = rt_cg_push(c);
    rt_cg_emit(c, RT_OP_LOAD_BUILD_CLASS, f, 0, 0);
    uint8_t first[2];
    first[0] = (uint8_t)rt_cg_make_function(c, code, NULL, 0, -1, RT_TEMP);
    first[1] = (uint8_t)rt_cg_load_value(c, rt_comp_ident_value(c, n->name), RT_TEMP);
    struct rt_sym *sym = rt_cg_sym_of(c, n->name);
    int reg = n->decorator_list->len ? -1 : rt_cg_local_register(c, sym);
    int v = rt_cg_call_args(c, f, false, n->bases, n->keywords, first, 2, s, reg >= 0 ? reg : RT_TEMP);
    v = apply_decorators(c, n->decorator_list, v);
    rt_cg_name_store(c, sym, v);
    c->u->depth = base;
}
