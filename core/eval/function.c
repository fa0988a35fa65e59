/* SPDX-License-Identifier: MIT */
/* Functions, bound methods and cells; running code from C. */
#include "core/eval/eval_internal.h"
#include "core/object/object_internal.h"
#include "core/object/instance.h"

#define FN(v) rt_as_function(v)


/* The builtins dict that code with these globals sees: their own, or what the running code sees. */
static rt_value builtins_of(struct rt_thread *ts, rt_value globals)
{
    rt_value b = rt_is_dict(globals) ? rt_dict_get(ts, globals, RT_ID(__builtins__)) : RT_NULL;
    if (rt_is_null(b)) {
        if (rt_pending(ts))
            return b;
        return ts->frame ? rt_newref(ts, rt_frame_builtins_borrowed(ts->frame)) : rt_slot_get(ts, NULL, &ts->interp->builtins);
    }
    if (rt_is_exact(b, &rt_module_type)) {
        rt_value d = rt_newref(ts, rt_module_dict_borrowed(b));
        rt_decref(ts, b);
        return d;
    }
    return b;
}

rt_value rt_function_new(struct rt_thread *ts, rt_value code, rt_value globals, rt_value qualname)
{
    struct rt_function *f = rt_object_new(ts, &rt_function_type, sizeof(*f));
    if (!f)
        return RT_NULL;
    memset((char *)f + sizeof(struct rt_object), 0, sizeof(*f) - sizeof(struct rt_object));
    struct rt_code *c = rt_as_code(code);
    rt_store_relaxed(&f->code_ptr, c);
    f->globals_word = rt_newref(ts, globals);
    rt_slot_init(&f->code, rt_newref(ts, code));
    rt_slot_init(&f->name, rt_slot_get(ts, c, &c->name));
    rt_slot_init(&f->qualname, qualname.bits ? rt_newref(ts, qualname) : rt_slot_get(ts, c, &c->qualname));
    /* the docstring is the first constant if it is a str */
    if (!rt_load_acquire(&c->is_late)) /* else fn_doc finds it when somebody asks */
        rt_slot_init(&f->doc, c->nconsts && rt_is_str(c->consts[0]) ? rt_newref(ts, c->consts[0]) : RT_NONE);
    rt_value m = rt_dict_get(ts, globals, RT_ID(__name__));
    rt_slot_init(&f->module, m);
    return rt_own(f);
}

static void function_clear(struct rt_thread *ts, struct rt_object *o)
{
    struct rt_function *f = (struct rt_function *)o;
    rt_slot *slots[] = {&f->doc, &f->defaults, &f->kwdefaults, &f->annotations, &f->dict, &f->module};
    for (size_t i = 0; i < RT_COUNTOF(slots); i++)
        rt_slot_clear(ts, o, slots[i]);
    rt_clear(ts, &f->closure);
}
static void function_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    struct rt_function *f = (struct rt_function *)o;
    function_clear(ts, o);
    rt_decref(ts, rt_slot_peek(&f->code));
    rt_decref(ts, rt_slot_peek(&f->name));
    rt_decref(ts, rt_slot_peek(&f->qualname));
    rt_decref(ts, f->globals_word);
    rt_decref(ts, f->builtins_word);
}
static int function_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    struct rt_function *f = (struct rt_function *)o;
    rt_slot *slots[] = {&f->code, &f->name, &f->qualname, &f->doc, &f->defaults, &f->kwdefaults, &f->annotations,
                        &f->dict, &f->module};
    int r = visit(f->globals_word, arg);
    if (!r)
        r = visit(f->builtins_word, arg);
    if (!r)
        r = visit(f->closure, arg);
    for (size_t i = 0; i < RT_COUNTOF(slots) && !r; i++)
        r = visit(rt_slot_peek(slots[i]), arg);
    return r;
}

/* Link the frame and run it from C; takes over f. */
static rt_value run_frame(struct rt_thread *ts, struct rt_frame *f)
{
    if (rt_unlikely(rt_c_stack_low(ts)) && rt_recursion_check(ts, "") < 0) {
        rt_frame_release(ts, f);
        ts->stack_top = (rt_value *)f;
        ts->py_depth--;
        return RT_NULL;
    }
    if (f->code->flags & RT_CO_GENERATORS)
        return rt_generator_from_frame(ts, f);
    f->flags |= RT_FR_ENTRY;
    ts->frame = f;
    return rt_eval_run(ts, f, false);
}

static rt_value function_call(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    struct rt_code *code = rt_function_code(self);
    if (rt_likely(code->simple && code->argcount == n && (rt_is_null(kw) || !rt_as_tuple(kw)->length)) &&
        rt_likely(!rt_c_stack_low(ts))) {
        struct rt_frame *nf = rt_frame_push_simple(ts, ts->frame, code);
        if (rt_likely(nf)) { /* the caller keeps the function and the arguments alive */
            rt_value *to = nf->regs;
            for (uint32_t i = 0; i < n; i++)
                *to++ = rt_borrowed(args[i]);
            rt_fill_undef(to, nf->regs + code->nregs);
            nf->func = rt_borrowed(self);
            nf->flags = RT_FR_ENTRY;
            nf->ret = 0;
            nf->self = RT_NULL;
            ts->frame = nf;
            return rt_eval_run(ts, nf, false);
        }
    }
    /* Native loops that call back (list(map(f, ...)), sort keys) serve signals, stops and others' turns here. */
    if (rt_unlikely(rt_load_relaxed(&ts->breaker)) && rt_eval_poll_entry(ts, ts->frame, self) < 0)
        return RT_NULL;
    struct rt_frame *f = rt_frame_push(ts, self, args, n, kw);
    return f ? run_frame(ts, f) : RT_NULL;
}

rt_value rt_eval_code(struct rt_thread *ts, rt_value code, rt_value globals, rt_value locals, rt_value closure)
{
    rt_value fn = rt_function_new(ts, code, globals, rt_slot_peek(&rt_as_code(code)->name));
    if (rt_is_null(fn))
        return fn;
    FN(fn)->builtins_word = builtins_of(ts, globals);
    if (closure.bits)
        FN(fn)->closure = rt_newref(ts, closure);
    /* The code may be a function's: parameters without a default are missing, others get theirs. */
    struct rt_frame *f = rt_is_null(FN(fn)->builtins_word) ? NULL : rt_frame_push(ts, fn, NULL, 0, RT_NULL);
    rt_decref(ts, fn);
    if (!f)
        return RT_NULL;
    if (!(f->code->flags & RT_CO_NEWLOCALS) || !(f->code->flags & RT_CO_OPTIMIZED)) {
        rt_decref(ts, f->locals);
        f->locals = rt_newref(ts, locals.bits ? locals : globals);
        f->flags |= RT_FR_NAMESPACE;
    }
    return run_frame(ts, f);
}

rt_value rt_eval_class_body(struct rt_thread *ts, rt_value func, rt_value ns)
{
    struct rt_frame *f = rt_frame_alloc(ts, rt_function_code(func), func);
    if (!f)
        return RT_NULL;
    f->locals = rt_newref(ts, ns);
    f->flags |= RT_FR_NAMESPACE;
    return run_frame(ts, f);
}

/* ---- attributes ---- */
static rt_value get_or_none(struct rt_thread *ts, rt_value self, rt_slot *slot)
{
    rt_value v = rt_slot_get(ts, rt_ptr(self), slot);
    return v.bits ? v : RT_NONE;
}
/* What hooks of sys.addaudithook hear of these attributes. v RT_NULL: it is deleted. */
static int audit_get(struct rt_thread *ts, rt_value self, const char *name) { return rt_audit(ts, "object.__getattr__", "Os", self, name); }
static int audit_set(struct rt_thread *ts, rt_value self, const char *name, rt_value v)
{
    return rt_is_null(v) ? rt_audit(ts, "object.__delattr__", "Os", self, name)
                         : rt_audit(ts, "object.__setattr__", "OsO", self, name, v);
}
static rt_value fn_doc(struct rt_thread *ts, rt_value self, void *closure);
static rt_value fn_code(struct rt_thread *ts, rt_value self, void *c)
{
    return audit_get(ts, self, "__code__") < 0 ? RT_NULL : rt_slot_get(ts, FN(self), &FN(self)->code);
}
static int fn_set_code(struct rt_thread *ts, rt_value self, rt_value v, void *c)
{
    if (rt_is_null(v) || !rt_is_exact(v, &rt_code_type)) {
        rt_raise(ts, &rt_exc_TypeError, "__code__ must be set to a code object");
        return -1;
    }
    if (audit_set(ts, self, "__code__", v) < 0)
        return -1;
    rt_value cl = FN(self)->closure;
    size_t have = cl.bits ? rt_as_tuple(cl)->length : 0;
    if (rt_as_code(v)->nfrees != have) {
        rt_raise(ts, &rt_exc_ValueError, "%U() requires a code object with %zu free vars, not %u",
                 rt_slot_peek(&FN(self)->name), have, rt_as_code(v)->nfrees);
        return -1;
    }
    rt_value doc = fn_doc(ts, self, NULL); /* that of the code it was made from */
    if (rt_is_null(doc))
        return -1;
    rt_decref(ts, doc);
    /* Running frames keep their own code pointer; the old code stays alive until the collector sees that
       no frame names it. */
    rt_store_release(&FN(self)->code_ptr, rt_as_code(v));
    rt_slot_set(ts, &FN(self)->code, rt_newref(ts, v));
    return 0;
}
static rt_value fn_name(struct rt_thread *ts, rt_value self, void *c) { return rt_slot_get(ts, FN(self), &FN(self)->name); }
static int fn_set_name(struct rt_thread *ts, rt_value self, rt_value v, void *c)
{
    if (rt_is_null(v) || !rt_is_str(v)) {
        rt_raise(ts, &rt_exc_TypeError, "%s must be set to a string object", c ? "__qualname__" : "__name__");
        return -1;
    }
    rt_slot_set(ts, c ? &FN(self)->qualname : &FN(self)->name, rt_defer(ts, rt_newref(ts, v))); /* messages peek at names */
    return 0;
}
static rt_value fn_qualname(struct rt_thread *ts, rt_value self, void *c) { return rt_slot_get(ts, FN(self), &FN(self)->qualname); }
static rt_value fn_defaults(struct rt_thread *ts, rt_value self, void *c)
{
    return audit_get(ts, self, "__defaults__") < 0 ? RT_NULL : get_or_none(ts, self, &FN(self)->defaults);
}
static int fn_set_defaults(struct rt_thread *ts, rt_value self, rt_value v, void *c)
{
    if (rt_is_none(v))
        v = RT_NULL;
    if (v.bits && !rt_is_tuple(v)) {
        rt_raise(ts, &rt_exc_TypeError, "__defaults__ must be set to a tuple object");
        return -1;
    }
    if (audit_set(ts, self, "__defaults__", v) < 0)
        return -1;
    rt_slot_set(ts, &FN(self)->defaults, rt_newref(ts, v));
    return 0;
}
static rt_value fn_kwdefaults(struct rt_thread *ts, rt_value self, void *c)
{
    return audit_get(ts, self, "__kwdefaults__") < 0 ? RT_NULL : get_or_none(ts, self, &FN(self)->kwdefaults);
}
static int fn_set_kwdefaults(struct rt_thread *ts, rt_value self, rt_value v, void *c)
{
    if (rt_is_none(v))
        v = RT_NULL;
    if (v.bits && !rt_is_dict(v)) {
        rt_raise(ts, &rt_exc_TypeError, "__kwdefaults__ must be set to a dict object");
        return -1;
    }
    if (audit_set(ts, self, "__kwdefaults__", v) < 0)
        return -1;
    rt_slot_set(ts, &FN(self)->kwdefaults, rt_newref(ts, v));
    return 0;
}
static rt_value fn_annotations(struct rt_thread *ts, rt_value self, void *c)
{
    struct rt_function *f = FN(self);
    rt_value v = rt_slot_get(ts, f, &f->annotations);
    if (v.bits && rt_is_dict(v))
        return v;
    rt_value d = rt_dict_new(ts);
    if (rt_is_tuple(v.bits ? v : RT_NONE)) {
        struct rt_tuple *t = rt_as_tuple(v);
        for (size_t i = 0; i + 1 < t->length && d.bits; i += 2)
            if (rt_dict_set(ts, d, t->items[i], t->items[i + 1]) < 0)
                rt_clear(ts, &d);
    }
    rt_decref(ts, v);
    if (d.bits)
        rt_slot_set(ts, &f->annotations, rt_newref(ts, d));
    return d;
}
static int fn_set_annotations(struct rt_thread *ts, rt_value self, rt_value v, void *c)
{
    if (rt_is_none(v))
        v = RT_NULL;
    if (v.bits && !rt_is_dict(v)) {
        rt_raise(ts, &rt_exc_TypeError, "__annotations__ must be set to a dict object");
        return -1;
    }
    rt_slot_set(ts, &FN(self)->annotations, rt_newref(ts, v));
    return 0;
}
static rt_value fn_dict(struct rt_thread *ts, rt_value self, void *c)
{
    struct rt_function *f = FN(self);
    struct rt_cs cs;
    rt_cs_begin(ts, &cs, f);
    rt_value d = rt_slot_get(ts, f, &f->dict);
    if (rt_is_null(d)) {
        d = rt_dict_new(ts);
        if (d.bits)
            rt_slot_set(ts, &f->dict, rt_newref(ts, d));
    }
    rt_cs_end(ts, &cs);
    return d;
}
static int fn_set_dict(struct rt_thread *ts, rt_value self, rt_value v, void *c)
{
    if (rt_is_null(v)) {
        rt_raise(ts, &rt_exc_TypeError, "cannot delete __dict__");
        return -1;
    }
    if (!rt_is_dict(v)) {
        rt_raise(ts, &rt_exc_TypeError, "__dict__ must be set to a dictionary, not a '%T'", v);
        return -1;
    }
    rt_slot_set(ts, &FN(self)->dict, rt_newref(ts, v));
    return 0;
}
/* The docstring is the first constant if that is a str; functions of code that was late look when asked. */
static rt_value fn_doc(struct rt_thread *ts, rt_value self, void *closure)
{
    rt_value doc = rt_slot_get(ts, FN(self), &FN(self)->doc);
    if (doc.bits)
        return doc;
    struct rt_code *c = rt_function_code(self);
    if (rt_code_ready(ts, c) < 0)
        return RT_NULL;
    doc = c->nconsts && rt_is_str(c->consts[0]) ? rt_newref(ts, c->consts[0]) : RT_NONE;
    rt_slot_set(ts, &FN(self)->doc, rt_newref(ts, doc));
    return doc;
}
static int fn_set_doc(struct rt_thread *ts, rt_value self, rt_value v, void *closure)
{
    rt_slot_set(ts, &FN(self)->doc, v.bits ? rt_newref(ts, v) : RT_NONE);
    return 0;
}
static const struct rt_getset_def function_getset[] = {
    {"__code__", fn_code, fn_set_code, NULL, NULL},
    {"__name__", fn_name, fn_set_name, NULL, NULL},
    {"__qualname__", fn_qualname, fn_set_name, NULL, (void *)1},
    {"__defaults__", fn_defaults, fn_set_defaults, NULL, NULL},
    {"__kwdefaults__", fn_kwdefaults, fn_set_kwdefaults, NULL, NULL},
    {"__annotations__", fn_annotations, fn_set_annotations, NULL, NULL},
    {"__dict__", fn_dict, fn_set_dict, NULL, NULL},
    {"__doc__", fn_doc, fn_set_doc, NULL, NULL},
    {NULL},
};
static const struct rt_member_def function_members[] = {
    /* types.MemberDescriptorType is the type of the first; constant words read like slots */
    {"__globals__", RT_MEMBER_OBJECT, offsetof(struct rt_function, globals_word), true, NULL},
    {"__builtins__", RT_MEMBER_OBJECT, offsetof(struct rt_function, builtins_word), true, NULL},
    {"__closure__", RT_MEMBER_OBJECT, offsetof(struct rt_function, closure), true, NULL},
    {"__module__", RT_MEMBER_OBJECT, offsetof(struct rt_function, module), false, NULL},
    {NULL},
};

/* Attributes other than the descriptors above live in f.__dict__. */
rt_value rt_function_getattr_opt(struct rt_thread *ts, rt_value self, rt_value name)
{
    rt_value d = rt_slot_get(ts, FN(self), &FN(self)->dict);
    if (!d.bits)
        return rt_object_getattr_opt(ts, self, name);
    name = rt_str_intern(ts, name);
    rt_value t = rt_type_lookup(ts, &rt_function_type, name), v = RT_NULL;
    if (!t.bits || !rt_type_of(t)->descr_set)
        v = rt_dict_get(ts, d, name);
    rt_decref(ts, d);
    if (!t.bits)
        return v;
    if (!v.bits && !rt_pending(ts)) {
        if (!rt_type_of(t)->descr_get)
            return t;
        v = rt_type_of(t)->descr_get(ts, t, self, rt_type_value(&rt_function_type));
    }
    rt_decref(ts, t);
    return v;
}
static rt_value function_getattro(struct rt_thread *ts, rt_value self, rt_value name)
{
    rt_value v = rt_function_getattr_opt(ts, self, name);
    return rt_is_null(v) && !rt_pending(ts) ? rt_raise_attribute(ts, self, name) : v;
}
static int function_setattro(struct rt_thread *ts, rt_value self, rt_value name, rt_value v)
{
    rt_value iname = rt_str_intern(ts, name), t = rt_type_lookup(ts, &rt_function_type, iname);
    int (*set)(struct rt_thread *, rt_value, rt_value, rt_value) = t.bits ? rt_type_of(t)->descr_set : NULL;
    int err = set ? set(ts, t, self, v) : 0;
    rt_decref(ts, t);
    if (set)
        return err;
    rt_value d = fn_dict(ts, self, NULL);
    if (rt_is_null(d))
        return -1;
    err = v.bits ? rt_dict_set(ts, d, iname, v) : rt_dict_del(ts, d, iname);
    rt_decref(ts, d);
    if (err < 0 && rt_exc_clear_if(ts, &rt_exc_KeyError))
        rt_raise_attribute(ts, self, name);
    return err;
}

static rt_value function_repr(struct rt_thread *ts, rt_value self)
{
    return rt_str_format(ts, "<function %U at %p>", rt_slot_peek(&FN(self)->qualname), (void *)FN(self));
}
static rt_value function_get(struct rt_thread *ts, rt_value self, rt_value obj, rt_value type)
{
    if (rt_is_null(obj) || (rt_is_none(obj) && !rt_is(type, rt_type_value(&rt_none_type))))
        return rt_newref(ts, self);
    return rt_method_new(ts, self, obj);
}

/* types.FunctionType(code, globals, name=None, argdefs=None, closure=None) */
static rt_value function_new(struct rt_thread *ts, struct rt_type *type, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"code", "globals", "name", "argdefs", "closure", NULL};
    static const struct rt_argspec spec = {"function", names, 0, 2, 5, 5};
    rt_value v[5];
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    if (!rt_is_exact(v[0], &rt_code_type))
        return rt_raise_arg_type(ts, "function", "code", "code", v[0]);
    if (!rt_is_dict(v[1]))
        return rt_raise_arg_type(ts, "function", "globals", "dict", v[1]);
    if (v[2].bits && !rt_is_none(v[2]) && !rt_is_str(v[2]))
        return rt_raise(ts, &rt_exc_TypeError, "arg 3 (name) must be None or string");
    if (v[3].bits && !rt_is_none(v[3]) && !rt_is_tuple(v[3]))
        return rt_raise(ts, &rt_exc_TypeError, "arg 4 (defaults) must be None or tuple");
    bool has_closure = v[4].bits && !rt_is_none(v[4]);
    uint32_t nfree = rt_as_code(v[0])->nfrees;
    if (has_closure && !rt_is_tuple(v[4]))
        return rt_raise(ts, &rt_exc_TypeError, nfree ? "arg 5 (closure) must be tuple" : "arg 5 (closure) must be None or tuple");
    if (!has_closure && nfree)
        return rt_raise(ts, &rt_exc_TypeError, "arg 5 (closure) must be tuple");
    size_t nclosure = has_closure ? rt_as_tuple(v[4])->length : 0;
    if (nclosure != nfree)
        return rt_raise(ts, &rt_exc_ValueError, "%U requires closure of length %u, not %zu",
                        rt_slot_peek(&rt_as_code(v[0])->name), nfree, nclosure);
    for (size_t i = 0; i < nclosure; i++)
        if (!rt_is_exact(rt_as_tuple(v[4])->items[i], &rt_cell_type))
            return rt_raise(ts, &rt_exc_TypeError, "arg 5 (closure) expected cell, found %T", rt_as_tuple(v[4])->items[i]);
    if (rt_audit(ts, "function.__new__", "O", v[0]) < 0)
        return RT_NULL;
    rt_value fn = rt_function_new(ts, v[0], v[1], RT_NULL);
    if (rt_is_null(fn))
        return fn;
    FN(fn)->builtins_word = builtins_of(ts, v[1]);
    if (v[2].bits && !rt_is_none(v[2]))
        rt_slot_set(ts, &FN(fn)->name, rt_defer(ts, rt_newref(ts, v[2])));
    if (v[3].bits && !rt_is_none(v[3]))
        rt_slot_set(ts, &FN(fn)->defaults, rt_newref(ts, v[3]));
    if (has_closure)
        FN(fn)->closure = rt_newref(ts, v[4]);
    return fn;
}
struct rt_type rt_function_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "function", .flags = RT_TF_GC | RT_TF_WEAKREF | RT_TF_METHOD_DESCR,
    .basic_size = sizeof(struct rt_function), .dealloc = function_dealloc, .clear = function_clear,
    .traverse = function_traverse, .call = function_call, .repr = function_repr, .descr_get = function_get,
    .getattro = function_getattro, .setattro = function_setattro, .new = function_new, .getset = function_getset,
    .members = function_members,
    .doc = "function(code, globals, name=None, argdefs=None, closure=None)\n--\n\nCreate a function object.\n\n  code\n    a code object\n  globals\n    the globals dictionary\n  name\n    a string that overrides the name from the code object\n  argdefs\n    a tuple that specifies the default argument values\n  closure\n    a tuple that supplies the bindings for free variables",
};

/* ---- bound methods ---- */
#define METH(v) ((struct rt_method *)rt_ptr(v))

rt_value rt_method_new(struct rt_thread *ts, rt_value func, rt_value self)
{
    struct rt_method *m = rt_object_new(ts, &rt_method_type, sizeof(*m));
    if (!m)
        return RT_NULL;
    m->func = rt_newref(ts, func);
    m->self = rt_newref(ts, self);
    return rt_own(m);
}
static void method_clear(struct rt_thread *ts, struct rt_object *o)
{
    struct rt_method *m = (struct rt_method *)o;
    rt_clear(ts, &m->func);
    rt_clear(ts, &m->self);
}
static int method_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    struct rt_method *m = (struct rt_method *)o;
    int r = visit(m->func, arg);
    return r ? r : visit(m->self, arg);
}
static rt_value method_call(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    struct rt_method *m = METH(self);
    uint32_t all = n + (kw.bits ? (uint32_t)rt_as_tuple(kw)->length : 0);
    rt_value small[16], *argv = all < 15 ? small : rt_raw_malloc((all + 1) * sizeof(rt_value));
    if (!argv)
        return rt_raise_no_memory(ts);
    argv[0] = rt_borrowed(m->self);
    for (uint32_t i = 0; i < all; i++)
        argv[i + 1] = args[i];
    rt_value func = rt_newref(ts, m->func), me = rt_newref(ts, m->self); /* the method may die during the call */
    rt_value res = rt_recursion_check(ts, " while calling a Python object") < 0 ? RT_NULL : rt_call(ts, func, argv, n + 1, kw);
    rt_decref(ts, func);
    rt_decref(ts, me);
    if (argv != small)
        rt_raw_free(argv);
    return res;
}
static bool own_attribute(struct rt_thread *ts, rt_value self, rt_value name, rt_value *v)
{
    rt_value d = rt_type_lookup(ts, &rt_method_type, rt_str_intern(ts, name));
    if (rt_is_null(d))
        return false;
    struct rt_type *dt = rt_type_of(d);
    *v = d;
    if (dt->descr_get) {
        *v = dt->descr_get(ts, d, self, rt_type_value(&rt_method_type));
        rt_decref(ts, d);
    }
    return true;
}
static rt_value method_getattro(struct rt_thread *ts, rt_value self, rt_value name)
{
    rt_value v;
    return own_attribute(ts, self, name, &v) ? v : rt_getattr(ts, METH(self)->func, name);
}
rt_value rt_method_getattr_opt(struct rt_thread *ts, rt_value self, rt_value name)
{
    rt_value v;
    return own_attribute(ts, self, name, &v) ? v : rt_getattr_opt(ts, METH(self)->func, name);
}
static rt_value method_repr(struct rt_thread *ts, rt_value self)
{
    rt_value name = rt_getattr_opt(ts, METH(self)->func, RT_ID(__qualname__));
    if (rt_is_null(name) && !rt_pending(ts))
        name = rt_getattr_opt(ts, METH(self)->func, RT_ID(__name__));
    if (rt_pending(ts))
        return RT_NULL;
    rt_value r = name.bits && rt_is_str(name)
                     ? rt_str_format(ts, "<bound method %U of %R>", name, METH(self)->self)
                     : rt_str_format(ts, "<bound method ? of %R>", METH(self)->self);
    rt_decref(ts, name);
    return r;
}
static int64_t method_hash(struct rt_thread *ts, rt_value self)
{
    uint64_t s = METH(self)->self.bits & ~(uint64_t)8;
    int64_t h = rt_hash(ts, METH(self)->func);
    if (h == -1)
        return -1;
    h ^= (int64_t)(s >> 4 | s << 60);
    return h == -1 ? -2 : h;
}
static rt_value method_compare(struct rt_thread *ts, rt_value a, rt_value b, enum rt_cmp op)
{
    if ((op != RT_EQ && op != RT_NE) || !rt_is_exact(a, &rt_method_type) || !rt_is_exact(b, &rt_method_type))
        return RT_NOTIMPL;
    int eq = rt_equal(ts, METH(a)->func, METH(b)->func);
    if (eq < 0)
        return RT_NULL;
    return rt_bool((eq && rt_is(METH(a)->self, METH(b)->self)) == (op == RT_EQ));
}
static rt_value method_func(struct rt_thread *ts, rt_value self, void *c) { return rt_newref(ts, METH(self)->func); }
static rt_value method_self(struct rt_thread *ts, rt_value self, void *c) { return rt_newref(ts, METH(self)->self); }
static rt_value method_doc(struct rt_thread *ts, rt_value self, void *c) { return rt_getattr(ts, METH(self)->func, RT_ID(__doc__)); }
static rt_value method_reduce(struct rt_thread *ts, rt_value self)
{
    rt_value getattr = rt_import_attr(ts, "builtins", "getattr"), name, args, res;
    if (rt_is_null(getattr))
        return getattr;
    name = rt_getattr(ts, METH(self)->func, RT_ID(__name__));
    args = name.bits ? rt_tuple_pack(ts, 2, METH(self)->self, name) : RT_NULL;
    res = args.bits ? rt_tuple_pack(ts, 2, getattr, args) : RT_NULL;
    rt_decref(ts, args);
    rt_decref(ts, name);
    rt_decref(ts, getattr);
    return res;
}
static rt_value method_type_new(struct rt_thread *ts, struct rt_type *type, const rt_value *args, uint32_t n, rt_value kw)
{
    if (rt_no_keywords(ts, "method", kw) < 0 || rt_args_count(ts, "method", n, 2, 2) < 0)
        return RT_NULL;
    if (!rt_is_callable(args[0]))
        return rt_raise(ts, &rt_exc_TypeError, "first argument must be callable");
    if (rt_is_none(args[1]))
        return rt_raise(ts, &rt_exc_TypeError, "instance must not be None");
    return rt_method_new(ts, args[0], args[1]);
}
static const struct rt_method_def method_methods[] = {
    {"__reduce__", method_reduce, RT_METH_NOARGS, "__reduce__($self, /)\n--\n\n"},
    {NULL},
};
static const struct rt_getset_def method_getset[] = {
    {"__func__", method_func, NULL, "the function (or other callable) implementing a method", NULL},
    {"__self__", method_self, NULL, "the instance to which a method is bound", NULL},
    {"__doc__", method_doc, NULL, NULL, NULL},
    {NULL},
};
struct rt_type rt_method_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "method", .flags = RT_TF_GC | RT_TF_WEAKREF,
    .basic_size = sizeof(struct rt_method), .clear = method_clear, .traverse = method_traverse, .call = method_call,
    .repr = method_repr, .hash = method_hash, .richcompare = method_compare, .getattro = method_getattro,
    .new = method_type_new, .methods = method_methods, .getset = method_getset,
    .doc = "method(function, instance)\n--\n\nCreate a bound instance method object.",
};

/* ---- cells ---- */
#define CELL(v) ((struct rt_cell *)rt_ptr(v))

rt_value rt_cell_new(struct rt_thread *ts, rt_value owned)
{
    struct rt_cell *c = rt_object_new(ts, &rt_cell_type, sizeof(*c));
    if (!c) {
        rt_decref(ts, owned);
        return RT_NULL;
    }
    rt_slot_init(&c->content, owned);
    return rt_own(c);
}
static void cell_clear(struct rt_thread *ts, struct rt_object *o)
{
    if ((rt_load_relaxed(&o->shared) & RT_SH_STATE) == RT_SH_DEAD)
        rt_slot_clear(ts, o, &((struct rt_cell *)o)->content);
    else
        rt_slot_set(ts, &((struct rt_cell *)o)->content, RT_UNDEF);
}
static int cell_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    return visit(rt_slot_peek(&((struct rt_cell *)o)->content), arg);
}
static rt_value cell_contents(struct rt_thread *ts, rt_value self, void *c)
{
    rt_value v = rt_slot_get(ts, CELL(self), &CELL(self)->content);
    return rt_is_undef(v) ? rt_raise(ts, &rt_exc_ValueError, "Cell is empty") : v;
}
static int cell_set_contents(struct rt_thread *ts, rt_value self, rt_value v, void *c)
{
    rt_slot_set(ts, &CELL(self)->content, v.bits ? rt_newref(ts, v) : RT_UNDEF);
    return 0;
}
static rt_value cell_repr(struct rt_thread *ts, rt_value self)
{
    rt_value v = rt_slot_get(ts, CELL(self), &CELL(self)->content), r;
    if (rt_is_undef(v))
        return rt_str_format(ts, "<cell at %p: empty>", (void *)CELL(self));
    rt_value id = rt_id(ts, v);
    uint64_t addr = 0;
    rt_int_try_u64(id, &addr);
    r = rt_str_format(ts, "<cell at %p: %T object at %p>", (void *)CELL(self), v, (void *)addr);
    rt_decref(ts, id);
    rt_decref(ts, v);
    return r;
}
static rt_value cell_compare(struct rt_thread *ts, rt_value a, rt_value b, enum rt_cmp op)
{
    if (!rt_is_exact(a, &rt_cell_type) || !rt_is_exact(b, &rt_cell_type))
        return RT_NOTIMPL;
    rt_value x = rt_slot_get(ts, CELL(a), &CELL(a)->content), y = rt_slot_get(ts, CELL(b), &CELL(b)->content), r;
    if (!rt_is_undef(x) && !rt_is_undef(y)) {
        r = rt_compare(ts, x, y, op);
    } else { /* an empty cell is less than any other */
        int l = !rt_is_undef(x), m = !rt_is_undef(y);
        r = rt_compare(ts, rt_int_imm(l), rt_int_imm(m), op);
    }
    rt_decref(ts, x);
    rt_decref(ts, y);
    return r;
}
static rt_value cell_type_new(struct rt_thread *ts, struct rt_type *type, const rt_value *args, uint32_t n, rt_value kw)
{
    if (rt_no_keywords(ts, "cell", kw) < 0 || rt_args_count(ts, "cell", n, 0, 1) < 0)
        return RT_NULL;
    return rt_cell_new(ts, n ? rt_newref(ts, args[0]) : RT_UNDEF);
}
static const struct rt_getset_def cell_getset[] = {
    {"cell_contents", cell_contents, cell_set_contents, NULL, NULL},
    {NULL},
};
struct rt_type rt_cell_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "cell", .flags = RT_TF_GC, .basic_size = sizeof(struct rt_cell),
    .clear = cell_clear, .traverse = cell_traverse, .repr = cell_repr, .richcompare = cell_compare,
    .new = cell_type_new, .getset = cell_getset,
    .doc = "cell([contents])\n--\n\nCreate a new cell object.\n\n  contents\n    the contents of the cell. If not specified, the cell will be empty,\n    and \n further attempts to access its cell_contents attribute will\n    raise a ValueError.",
};
