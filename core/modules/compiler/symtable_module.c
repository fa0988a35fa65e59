/* SPDX-License-Identifier: MIT */
/*
 * symtable_module.c: `_symtable`: the compiler's symbol table as objects, for symtable.py. Built without folding, as the
 * source is written.
 */
#include "core/compiler/compiler_internal.h"

struct entry {
    struct rt_object hdr;
    rt_slot id, name, symbols, varnames, children, nested, type, lineno;
};

static int entry_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    struct entry *e = (struct entry *)o;
    rt_slot *slots[] = {&e->id, &e->name, &e->symbols, &e->varnames, &e->children, &e->nested, &e->type, &e->lineno};
    for (size_t i = 0; i < RT_COUNTOF(slots); i++) {
        int r = visit(rt_slot_peek(slots[i]), arg);
        if (r)
            return r;
    }
    return 0;
}

static void entry_clear(struct rt_thread *ts, struct rt_object *o)
{
    struct entry *e = (struct entry *)o;
    rt_slot *slots[] = {&e->id, &e->name, &e->symbols, &e->varnames, &e->children, &e->nested, &e->type, &e->lineno};
    for (size_t i = 0; i < RT_COUNTOF(slots); i++)
        rt_slot_set(ts, slots[i], RT_NULL);
}

static rt_value entry_repr(struct rt_thread *ts, rt_value self)
{
    struct entry *e = (struct entry *)rt_ptr(self);
    return rt_str_format(ts, "<symtable entry %U(%S), line %S>", rt_slot_peek(&e->name), rt_slot_peek(&e->id), rt_slot_peek(&e->lineno));
}

#define MEMBER(n) {#n, RT_MEMBER_OBJECT, offsetof(struct entry, n), true, NULL}
static const struct rt_member_def members[] = {
    MEMBER(id), MEMBER(name), MEMBER(symbols), MEMBER(varnames), MEMBER(children), MEMBER(nested), MEMBER(type), MEMBER(lineno), {0},
};

static struct rt_type entry_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "symtable entry",
    .flags = RT_TF_GC | RT_TF_NO_NEW,
    .basic_size = sizeof(struct entry),
    .traverse = entry_traverse,
    .clear = entry_clear,
    .repr = entry_repr,
    .members = members,
};

/* The scope and its children as entries; kept. */
static rt_value make_entry(struct rt_comp *c, struct rt_sym_scope *s)
{
    struct rt_thread *ts = c->ts;
    rt_comp_enter(c);
    rt_value v = rt_type_alloc(ts, &entry_type);
    if (rt_is_null(v))
        rt_comp_fail(c);
    v = rt_comp_keep(c, v);
    struct entry *e = (struct entry *)rt_ptr(v);
    rt_value symbols = rt_comp_keep(c, rt_dict_new(ts)), varnames = rt_comp_keep(c, rt_list_new(ts, 0));
    rt_value children = rt_comp_keep(c, rt_list_new(ts, 0));
    if (rt_is_null(symbols) || rt_is_null(varnames) || rt_is_null(children))
        rt_comp_fail(c);
    for (uint32_t i = 0; i < s->nsyms; i++) {
        rt_value name = rt_comp_ident_value(c, s->syms[i].name);
        int64_t flags = (s->syms[i].flags & 0xffff) | (int64_t)s->syms[i].scope << RT_SCOPE_OFFSET;
        if (rt_dict_set(ts, symbols, name, rt_int_imm(flags)) < 0)
            rt_comp_fail(c);
        if (i < s->nparams && rt_list_append(ts, varnames, name) < 0)
            rt_comp_fail(c);
    }
    for (uint32_t i = 0; i < s->nchildren; i++) {
        if (rt_list_append(ts, children, make_entry(c, s->children[i])) < 0)
            rt_comp_fail(c);
    }
    rt_slot_set(ts, &e->id, rt_int_imm((int64_t)((uintptr_t)s >> 3)));
    rt_slot_set(ts, &e->name, rt_comp_ident_value(c, s->name));
    rt_slot_set(ts, &e->symbols, rt_newref(ts, symbols));
    rt_slot_set(ts, &e->varnames, rt_newref(ts, varnames));
    rt_slot_set(ts, &e->children, rt_newref(ts, children));
    rt_slot_set(ts, &e->nested, rt_int_imm(s->nested));
    rt_slot_set(ts, &e->type, rt_int_imm(s->type));
    rt_slot_set(ts, &e->lineno, rt_int_imm(s->lineno));
    rt_comp_leave(c);
    return v;
}

static rt_value finish(struct rt_comp *c, struct rt_ast *mod)
{
    return make_entry(c, c->scopes[0]);
}

/* str, path or, with a warning, any bytes-like object. */
static rt_value file_name(struct rt_thread *ts, rt_value v)
{
    if (rt_is_str(v))
        return rt_newref(ts, v);
    rt_value b, name = RT_NULL;
    if (!rt_is_bytes(v) && rt_has_buffer(v)) {
        struct rt_buffer view;
        if (rt_warn(ts, &rt_exc_DeprecationWarning, 1, "path should be string, bytes, or os.PathLike, not %.200s", rt_typename(v)) < 0 ||
            rt_buffer_get(ts, v, &view, RT_BUF_SIMPLE) < 0)
            return RT_NULL;
        b = rt_bytes_new(ts, view.buf, (size_t)view.len);
        rt_buffer_release(ts, &view);
    } else {
        b = rt_str_fsencode(ts, v);
    }
    if (!rt_is_null(b))
        name = rt_str_fsdecode(ts, rt_as_bytes(b)->data, rt_as_bytes(b)->length);
    rt_decref(ts, b);
    return name;
}

static rt_value symtable(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    if (rt_args_count(ts, "symtable", n, 3, 3) < 0)
        return RT_NULL;
    enum rt_parse_mode mode;
    if (!rt_is_str(args[2]))
        return rt_raise_arg_type(ts, "symtable", "argument 3", "str", args[2]);
    if (rt_str_eq_cstr(args[2], "exec"))
        mode = RT_PARSE_EXEC;
    else if (rt_str_eq_cstr(args[2], "eval"))
        mode = RT_PARSE_EVAL;
    else if (rt_str_eq_cstr(args[2], "single"))
        mode = RT_PARSE_SINGLE;
    else
        return rt_raise(ts, &rt_exc_ValueError, "symtable() arg 3 must be 'exec' or 'eval' or 'single'");
    rt_value res = RT_NULL, name = file_name(ts, args[1]);
    if (rt_is_null(name))
        return name;
    const char *text = NULL;
    size_t len = 0;
    int flags = RT_CF_SOURCE_IS_UTF8;
    struct rt_buffer b = {0};
    if (rt_is_str(args[0])) {
        text = rt_str_utf8(ts, args[0], &len);
        flags |= RT_CF_IGNORE_COOKIE;
    } else if (rt_has_buffer(args[0]) && rt_buffer_get(ts, args[0], &b, RT_BUF_SIMPLE) == 0) {
        text = b.buf;
        len = (size_t)b.len;
        flags = 0;
    } else if (!rt_pending(ts)) {
        rt_raise(ts, &rt_exc_TypeError, "symtable() arg 1 must be a string or bytes");
    }
    if (text && memchr(text, 0, len)) {
        rt_raise(ts, &rt_exc_ValueError, "source code string cannot contain null bytes");
        text = NULL;
    }
    struct rt_arena *arena = text ? rt_arena_new() : NULL;
    if (arena) {
        struct rt_ast *mod = rt_compile_parse(ts, arena, text, len, name, mode, flags, -1);
        if (mod)
            res = rt_comp_run(ts, arena, mod, name, RT_COMP_SYMTABLE, 0, finish);
        rt_arena_free(arena);
    } else if (text) {
        rt_raise_no_memory(ts);
    }
    if (!rt_is_null(b.obj))
        rt_buffer_release(ts, &b);
    rt_decref(ts, name);
    return res;
}

static const struct rt_method_def methods[] = {
    {"symtable", symtable, RT_METH_FAST,
     "symtable($module, source, filename, startstr, /)\n--\n\nReturn symbol and scope dictionaries used internally by compiler."},
    {0},
};

static int exec(struct rt_thread *ts, rt_value m)
{
    static const struct { const char *name; int value; } constants[] = {
        {"USE", RT_USE}, {"DEF_GLOBAL", RT_DEF_GLOBAL}, {"DEF_NONLOCAL", RT_DEF_NONLOCAL}, {"DEF_LOCAL", RT_DEF_LOCAL},
        {"DEF_PARAM", RT_DEF_PARAM}, {"DEF_FREE", RT_DEF_FREE}, {"DEF_FREE_CLASS", RT_DEF_FREE_CLASS},
        {"DEF_IMPORT", RT_DEF_IMPORT}, {"DEF_BOUND", RT_DEF_BOUND}, {"DEF_ANNOT", RT_DEF_ANNOT},
        {"TYPE_FUNCTION", RT_BLOCK_FUNCTION}, {"TYPE_CLASS", RT_BLOCK_CLASS}, {"TYPE_MODULE", RT_BLOCK_MODULE},
        {"LOCAL", RT_SC_LOCAL}, {"GLOBAL_EXPLICIT", RT_SC_GLOBAL_EXPLICIT}, {"GLOBAL_IMPLICIT", RT_SC_GLOBAL_IMPLICIT},
        {"FREE", RT_SC_FREE}, {"CELL", RT_SC_CELL}, {"SCOPE_OFF", RT_SCOPE_OFFSET}, {"SCOPE_MASK", 15},
    };
    if (!rt_type_has(&entry_type, RT_TF_READY) && rt_type_ready(ts, &entry_type) < 0)
        return -1;
    for (size_t i = 0; i < RT_COUNTOF(constants); i++) {
        if (rt_module_add_int(ts, m, constants[i].name, constants[i].value) < 0)
            return -1;
    }
    return 0;
}

const struct rt_module_def rt_module__symtable = {.name = "_symtable", .methods = methods, .exec = exec};
