/* SPDX-License-Identifier: MIT */
/*
 * ast_module.c: the native module `_ast`: classes made from ast.def, and compile() for trees.
 */
#include "core/compiler/ast_objects.h"
#include "core/compiler/compile.h"
#include "core/object/object_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ast.AST */

/* The class's _fields; RT_NULL if it has none (deleted), or with an exception. */
static rt_value fields_of(struct rt_thread *ts, rt_value self)
{
    return rt_getattr_opt_cstr(ts, rt_type_value(rt_type_of(self)), "_fields");
}

/* AST itself bears its module's name in C. */
static const char *short_name(rt_value self)
{
    const char *name = rt_type_of(self)->name, *dot = strrchr(name, '.');
    return dot ? dot + 1 : name;
}

static bool set_positional(
    struct rt_thread *ts, rt_value self, rt_value fields, const rt_value *args, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        rt_value name = rt_seq_getitem(ts, fields, i);
        int failed = rt_is_null(name) ? -1 : rt_setattr(ts, self, name, args[i]);
        rt_decref(ts, name);
        if (failed)
            return false;
    }
    return true;
}

/* Is `name` one of the first n fields?  -1: error. */
static int given_twice(struct rt_thread *ts, rt_value fields, rt_value name, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        rt_value f = rt_seq_getitem(ts, fields, i);
        int same = rt_is_null(f) ? -1 : rt_equal(ts, f, name);
        rt_decref(ts, f);
        if (same)
            return same;
    }
    return 0;
}

static rt_value ast_init(
    struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    rt_value fields = fields_of(ts, self), result = RT_NULL;
    if (rt_is_null(fields) && rt_pending(ts))
        return RT_NULL;
    uint32_t keywords = rt_is_null(kw) ? 0 : (uint32_t)rt_as_tuple(kw)->length;
    int64_t count = rt_is_null(fields) ? 0 : rt_len(ts, fields);
    if (count < 0)
        goto done;
    if (count < n) {
        rt_raise(ts, &rt_exc_TypeError,
            "%.400s constructor takes at most %zd positional argument%s",
            short_name(self), (ssize_t)count, count == 1 ? "" : "s");
        goto done;
    }
    if (!set_positional(ts, self, fields, args, n))
        goto done;
    for (uint32_t i = 0; i < keywords; i++) {
        rt_value name = rt_as_tuple(kw)->items[i];
        int twice = given_twice(ts, fields, name, n);
        if (twice > 0) {
            rt_raise(ts, &rt_exc_TypeError, "%.400s got multiple values for argument '%U'",
                short_name(self), name);
        }
        if (twice || rt_setattr(ts, self, name, args[n + i]) < 0)
            goto done;
    }
    result = RT_NONE;
done:
    rt_decref(ts, fields);
    return result;
}

static rt_value ast_reduce(struct rt_thread *ts, rt_value self)
{
    rt_value type = rt_type_value(rt_type_of(self)), dict = rt_object_dict(ts, self);
    if (rt_is_null(dict))
        return RT_NULL;
    rt_value items[3] = {type, rt_tuple_empty(), dict}, result = rt_tuple_from(ts, items, 3);
    rt_decref(ts, dict);
    return result;
}

static const struct rt_method_def init_def = {"__init__", ast_init, RT_METH_KW,
    "__init__($self, /, *args, **kwargs)\n--\n\nInitialize self.  See help(type(self)) for accurate signature."};
static const struct rt_method_def reduce_def = {"__reduce__", ast_reduce, RT_METH_NOARGS, NULL};

/* Making the classes */

struct making {
    struct rt_thread *ts;
    struct rt_ast_state *st;
    rt_value list;          /* everything made */
};

/* Keeps an owned value as long as the interpreter; its word, RT_NULL on error. */
static rt_value keep(struct making *m, rt_value owned)
{
    if (rt_is_null(owned) || rt_list_append(m->ts, m->list, owned) < 0) {
        rt_decref(m->ts, owned);
        return RT_NULL;
    }
    rt_decref(m->ts, owned);
    return rt_borrowed(owned);
}

static bool put(struct making *m, rt_value dict, const char *key, rt_value borrowed)
{
    return !rt_is_null(borrowed) && rt_dict_set_cstr(m->ts, dict, key, borrowed) == 0;
}

static rt_value string(struct making *m, const char *s)
{
    return keep(m, rt_str_from_cstr(m->ts, s));
}

/* A class with this dict (consumed). */
static rt_value make_class(struct making *m, const char *name, rt_value base, rt_value dict)
{
    char full[64];
    snprintf(full, sizeof full, "ast.%s", name);
    rt_value c = rt_is_null(base) || rt_is_null(dict)
        ? RT_NULL
        : keep(m, rt_type_derive(m->ts, full, base, dict));
    rt_decref(m->ts, dict);
    return c;
}

/* Any arguments: they are for __init__, which a subclass may leave to AST or not. */
static rt_value ast_new(struct rt_thread *ts, struct rt_type *t, const rt_value *args, uint32_t n, rt_value kw)
{
    (void)args, (void)n, (void)kw;
    return rt_type_alloc(ts, t);
}

/* A class owns its name. */
static bool name_as_in_messages(struct making *m, struct rt_type *t)
{
    static const char full[] = "ast.AST";
    char *name = rt_raw_malloc(sizeof full);
    if (!name) {
        rt_raise_no_memory(m->ts);
        return false;
    }
    rt_raw_free((char *)(uintptr_t)t->name);
    t->name = memcpy(name, full, sizeof full);
    return true;
}

static bool make_ast(struct making *m)
{
    struct rt_thread *ts = m->ts;
    rt_value dict = rt_dict_new(ts), empty = rt_tuple_empty();
    if (rt_is_null(dict) || !put(m, dict, "_fields", empty) ||
        !put(m, dict, "_attributes", empty) || !put(m, dict, "__match_args__", empty)) {
        rt_decref(ts, dict);
        return false;
    }
    rt_value ast = m->st->ast = make_class(m, "AST", rt_type_value(&rt_object_type), dict);
    if (rt_is_null(ast))
        return false;
    if (!name_as_in_messages(m, rt_as_type(ast)))
        return false;
    rt_as_type(ast)->new = ast_new;
    rt_value new = rt_type_new_method(ts, rt_as_type(ast));
    int bad = rt_is_null(new) ? -1 : rt_type_setattr(ts, rt_as_type(ast), RT_ID(__new__), new);
    rt_decref(ts, new);
    if (bad)
        return false;
    rt_as_type(ast)->new = ast_new; /* storing __new__ may have put the general way there */
    const struct rt_method_def *defs[] = {&init_def, &reduce_def};
    for (size_t i = 0; i < 2; i++) {
        rt_value d = rt_method_descr_new(ts, rt_as_type(ast), defs[i]);
        int failed = rt_is_null(d)
            ? -1
            : rt_type_setattr(ts, rt_as_type(ast), rt_str_intern_cstr(ts, defs[i]->name), d);
        rt_decref(ts, d);
        if (failed)
            return false;
    }
    return true;
}

/* "Name(identifier id, expr_context ctx)" */
static size_t describe(char *to, size_t space, const struct rt_ast_class *c)
{
    static const char quantity[] = {[RT_AST_Q_one] = 0, [RT_AST_Q_opt] = '?', [RT_AST_Q_seq] = '*'};
    size_t n = (size_t)snprintf(to, space, "%s", c->name);
    for (const struct rt_ast_field *f = c->fields; f->name; f++) {
        char q[2] = {quantity[f->quantity], 0};
        n += (size_t)snprintf(to + n, space - n, "%s%s%s %s", f == c->fields ? "(" : ", ",
            rt_ast_type_names[f->type], q, f->name);
    }
    if (c->fields->name)
        n += (size_t)snprintf(to + n, space - n, ")");
    return n;
}

/* "mod = Module(...)\n    | Interactive(...)"; on one line where no class has fields */
static void describe_type(char *to, size_t space, enum rt_ast_type type)
{
    const char *name = rt_ast_type_names[type];
    size_t n = (size_t)snprintf(to, space, "%s", name);
    bool fields = false, first = true;
    for (int k = 1; k < RT_AST_KIND_COUNT; k++)
        fields |= rt_ast_classes[k].type == type && rt_ast_classes[k].fields->name;
    for (int k = 1; k < RT_AST_KIND_COUNT; k++) {
        if (rt_ast_classes[k].type != type)
            continue;
        if (!first && fields)
            n += (size_t)snprintf(to + n, space - n, "\n%*s", (int)strlen(name), "");
        n += (size_t)snprintf(to + n, space - n, first ? " = " : " | ");
        n += describe(to + n, space - n, &rt_ast_classes[k]);
        first = false;
    }
}

/* The tuple of field names, also noted in the state. */
static rt_value field_names(struct making *m, enum rt_ast_kind kind)
{
    rt_value *names = m->st->names[kind];
    size_t n = 0;
    for (const struct rt_ast_field *f = rt_ast_classes[kind].fields; f->name; f++) {
        names[n] = rt_str_intern_cstr(m->ts, f->name);
        if (rt_is_null(names[n++]))
            return RT_NULL;
    }
    return keep(m, rt_tuple_from(m->ts, names, n));
}

/* What every class has.  The doc string belongs to the dict. */
static rt_value class_dict(struct making *m, const char *doc, rt_value fields)
{
    rt_value dict = rt_dict_new(m->ts);
    if (rt_is_null(dict) || !put(m, dict, "_fields", fields) ||
        !put(m, dict, "__match_args__", fields) || !put(m, dict, "__doc__", string(m, doc))) {
        rt_decref(m->ts, dict);
        return RT_NULL;
    }
    return dict;
}

/* `_attributes`, and None for the positions that may be absent. */
static bool put_attributes(struct making *m, rt_value dict, enum rt_ast_type type)
{
    if (!rt_ast_type_has_position[type])
        return put(m, dict, "_attributes", rt_tuple_empty());
    return put(m, dict, "_attributes", keep(m, rt_tuple_from(m->ts, m->st->positions, 4))) &&
        put(m, dict, "end_lineno", RT_NONE) && put(m, dict, "end_col_offset", RT_NONE);
}

static bool put_defaults(struct making *m, rt_value dict, enum rt_ast_kind kind)
{
    for (const struct rt_ast_field *f = rt_ast_classes[kind].fields; f->name; f++) {
        if (f->quantity == RT_AST_Q_opt && !put(m, dict, f->name, RT_NONE))
            return false;
    }
    return true;
}

static bool make_type(struct making *m, enum rt_ast_type type)
{
    char doc[4096];
    describe_type(doc, sizeof doc, type);
    rt_value dict = class_dict(m, doc, rt_tuple_empty());
    if (rt_is_null(dict) || !put_attributes(m, dict, type)) {
        rt_decref(m->ts, dict);
        return false;
    }
    m->st->types[type] = make_class(m, rt_ast_type_names[type], m->st->ast, dict);
    return !rt_is_null(m->st->types[type]);
}

static bool make_kind(struct making *m, enum rt_ast_kind kind)
{
    const struct rt_ast_class *c = &rt_ast_classes[kind];
    struct rt_ast_state *st = m->st;
    char doc[1024];
    if (!c->is_product && rt_is_null(st->types[c->type]) && !make_type(m, c->type))
        return false;
    describe(doc, sizeof doc, c);
    rt_value dict = class_dict(m, doc, field_names(m, kind));
    if (rt_is_null(dict) || !put_defaults(m, dict, kind) ||
        (c->is_product && !put_attributes(m, dict, c->type))) {
        rt_decref(m->ts, dict);
        return false;
    }
    st->classes[kind] = make_class(m, c->name, c->is_product ? st->ast : st->types[c->type], dict);
    if (rt_is_null(st->classes[kind]))
        return false;
    if (c->is_product)
        st->types[c->type] = st->classes[kind];
    if (rt_ast_type_is_enum(c->type))
        st->singletons[kind] = keep(m, rt_type_alloc(m->ts, rt_as_type(st->classes[kind])));
    return !rt_ast_type_is_enum(c->type) || !rt_is_null(st->singletons[kind]);
}

static bool make_all(struct making *m)
{
    static const char *const positions[] = {"lineno", "col_offset", "end_lineno", "end_col_offset"};
    for (int i = 0; i < 4; i++) {
        m->st->positions[i] = rt_str_intern_cstr(m->ts, positions[i]);
        if (rt_is_null(m->st->positions[i]))
            return false;
    }
    if (!make_ast(m))
        return false;
    for (int k = 1; k < RT_AST_KIND_COUNT; k++) {
        if (!make_kind(m, (enum rt_ast_kind)k))
            return false;
    }
    return true;
}

/* Two threads may get here at once: the first to publish wins, the other's classes are dropped. */
const struct rt_ast_state *rt_ast_state(struct rt_thread *ts)
{
    _Atomic(void *) *place = (_Atomic(void *) *)&ts->interp->native_private[RT_NS_AST];
    void *known = rt_load_acquire(place);
    if (known)
        return known;
    struct making m = {.ts = ts, .st = calloc(1, sizeof *m.st), .list = rt_list_new(ts, 256)};
    if (!m.st || rt_is_null(m.list) || !make_all(&m)) {
        if (!rt_pending(ts))
            rt_raise_no_memory(ts);
        rt_decref(ts, m.list);
        free(m.st);
        return NULL;
    }
    if (!rt_cas_acq_rel(place, &known, (void *)m.st)) {
        rt_decref(ts, m.list);
        free(m.st);
        return known;
    }
    rt_slot_set(ts, &ts->interp->native_state[RT_NS_AST], m.list);
    return m.st;
}

/* compile() */

int rt_ast_check(struct rt_thread *ts, rt_value v)
{
    if (!rt_is_ptr(v) || !rt_type_has(rt_type_of(v), RT_TF_HEAP))
        return 0;
    const struct rt_ast_state *st = rt_ast_state(ts);
    return st ? rt_type_is_subtype(rt_type_of(v), rt_as_type(st->ast)) : -1;
}

static struct rt_ast *tree_of(
    struct rt_thread *ts, struct rt_arena *arena, rt_value node, int mode, rt_value kept)
{
    const struct rt_ast_state *st = rt_ast_state(ts);
    enum rt_ast_kind kind = mode == RT_PARSE_EXEC ? RT_AST_Module
        : mode == RT_PARSE_EVAL                   ? RT_AST_Expression
                                                  : RT_AST_Interactive;
    if (!st)
        return NULL;
    int is = rt_isinstance(ts, node, st->classes[kind]);
    if (is <= 0) {
        if (is == 0) {
            rt_raise(ts, &rt_exc_TypeError, "expected %s node, got %.400s",
                rt_ast_classes[kind].name, rt_type_shortname(rt_type_of(node)));
        }
        return NULL;
    }
    struct rt_ast *mod = rt_ast_from_object(ts, arena, node, RT_AST_T_mod, kept);
    return mod && rt_ast_validate(ts, mod) == 0 ? mod : NULL;
}

rt_value rt_ast_compile(
    struct rt_thread *ts, rt_value node, rt_value filename, int mode, int flags, int optimize)
{
    if (flags & RT_CF_ONLY_AST)
        return rt_newref(ts, node);
    rt_value audit[2] = {node, RT_NONE};
    if (rt_sys_audit(ts, "compile", 2, audit) < 0)
        return RT_NULL;
    struct rt_arena *arena = rt_arena_new();
    if (!arena)
        return rt_raise_no_memory(ts);
    rt_value kept = rt_list_new(ts, 0), code = RT_NULL;
    if (!rt_is_null(kept)) {
        struct rt_ast *mod = tree_of(ts, arena, node, mode, kept);
        if (mod)
            code = rt_compile_ast(ts, arena, mod, filename, flags, optimize);
    }
    rt_decref(ts, kept);
    rt_arena_free(arena);
    return code;
}

rt_value rt_ast_parse(struct rt_thread *ts, const char *s, size_t n, rt_value filename, int mode,
    int flags, int feature_version)
{
    struct rt_arena *arena = rt_arena_new();
    if (!arena)
        return rt_raise_no_memory(ts);
    struct rt_ast *mod = rt_compile_parse(
        ts, arena, s, n, filename, (enum rt_parse_mode)mode, flags, feature_version);
    rt_value tree = mod ? rt_ast_to_object(ts, mod) : RT_NULL;
    rt_arena_free(arena);
    return tree;
}

/* The module */

static int add(struct rt_thread *ts, rt_value module, const char *name, rt_value borrowed)
{
    return rt_is_null(borrowed) ? 0 : rt_module_add(ts, module, name, rt_newref(ts, borrowed));
}

static int module_exec(struct rt_thread *ts, rt_value module)
{
    const struct rt_ast_state *st = rt_ast_state(ts);
    if (!st || add(ts, module, "AST", st->ast) < 0)
        return -1;
    for (int t = 0; t < RT_AST_TYPE_COUNT; t++) {
        if (add(ts, module, rt_ast_type_names[t], st->types[t]) < 0)
            return -1;
    }
    for (int k = 1; k < RT_AST_KIND_COUNT; k++) {
        if (add(ts, module, rt_ast_classes[k].name, st->classes[k]) < 0)
            return -1;
    }
    if (rt_module_add_int(ts, module, "PyCF_ALLOW_TOP_LEVEL_AWAIT", RT_CF_ALLOW_TOP_LEVEL_AWAIT) <
            0 ||
        rt_module_add_int(ts, module, "PyCF_ONLY_AST", RT_CF_ONLY_AST) < 0 ||
        rt_module_add_int(ts, module, "PyCF_TYPE_COMMENTS", RT_CF_TYPE_COMMENTS) < 0)
        return -1;
    return 0;
}

const struct rt_module_def rt_module__ast = {
    .name = "_ast",
    .exec = module_exec,
};
