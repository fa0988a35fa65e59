/* SPDX-License-Identifier: MIT */
/* _pickle.Unpickler: the object, its memo and attributes. */
#include "core/eval/frame.h"
#include "core/modules/pickle/pickle_internal.h"

/* ---- memo ---- */
int rt_unpickler_memo_put(struct rt_thread *ts, struct rt_unpickler *u, size_t i, rt_value owned)
{
    if (rt_unlikely(i >= u->memo_cap)) {
        size_t cap = i < 16 ? 32 : i * 2;
        rt_value *m = i > (size_t)INT64_MAX / 32 ? NULL : rt_raw_realloc(u->memo, cap * sizeof *m);
        if (!m) {
            rt_decref(ts, owned);
            rt_raise_no_memory(ts);
            return -1;
        }
        memset(m + u->memo_cap, 0, (cap - u->memo_cap) * sizeof *m);
        u->memo = m;
        u->memo_cap = cap;
    }
    rt_value old = u->memo[i];
    u->memo[i] = owned;
    if (rt_is_null(old))
        u->memo_used++;
    rt_decref(ts, old);
    return 0;
}

void rt_unpickler_memo_clear(struct rt_thread *ts, struct rt_unpickler *u)
{
    rt_value *m = u->memo;
    size_t cap = u->memo_cap;
    u->memo = NULL;
    u->memo_cap = u->memo_used = 0;
    for (size_t i = 0; i < cap; i++)
        rt_decref(ts, m[i]);
    rt_raw_free(m);
}

/* ---- setting up ---- */
int rt_unpickler_setup(struct rt_thread *ts, struct rt_unpickler *u, rt_value fix_imports, rt_value encoding,
                       rt_value errors, rt_value buffers)
{
    int fix = rt_is_null(fix_imports) ? 1 : rt_truth(ts, fix_imports);
    if (fix < 0)
        return -1;
    for (int i = 0; i < 2; i++) {
        rt_value v = i ? errors : encoding;
        if (rt_is_null(v) || (rt_is_ptr(v) && rt_is_str(v)))
            continue;
        rt_raise_arg_type(ts, "Unpickler", i ? "errors" : "encoding", "str", v);
        return -1;
    }
    rt_store_relaxed(&u->fix_imports, fix);
    u->encoding = rt_is_null(encoding) ? rt_str_intern_cstr(ts, "ASCII") : rt_newref(ts, encoding);
    u->errors = rt_is_null(errors) ? rt_newref(ts, RT_ID(strict)) : rt_newref(ts, errors);
    if (rt_is_null(u->encoding))
        return -1;
    u->bytes_strings = rt_str_eq_cstr(u->encoding, "bytes");
    if (!rt_is_null(buffers) && !rt_is_none(buffers)) {
        u->buffers = rt_iter(ts, buffers);
        if (rt_is_null(u->buffers))
            return -1;
    }
    return 0;
}

int rt_unpickler_set_file(struct rt_thread *ts, struct rt_unpickler *u, rt_value file)
{
    static const char *const names[] = {"peek", "readinto", "read", "readline"};
    rt_value *out[] = {&u->peek, &u->readinto, &u->read, &u->readline};
    for (int i = 0; i < 4; i++) {
        *out[i] = rt_getattr_opt_cstr(ts, file, names[i]);
        if (rt_is_null(*out[i]) && rt_pending(ts))
            return -1;
    }
    if (!rt_is_null(u->read) && !rt_is_null(u->readline))
        return 0;
    for (int i = 0; i < 4; i++)
        rt_clear(ts, out[i]);
    rt_raise(ts, &rt_exc_TypeError, "file must have 'read' and 'readline' attributes");
    return -1;
}

static void unpickler_clear(struct rt_thread *ts, struct rt_object *o)
{
    struct rt_unpickler *u = (struct rt_unpickler *)o;
    rt_unpickler_drop_input(ts, u);
    rt_value *fields[] = {&u->read, &u->readline, &u->readinto, &u->peek, &u->pers_func, &u->buffers, &u->encoding,
                          &u->errors};
    for (size_t i = 0; i < RT_COUNTOF(fields); i++)
        rt_clear(ts, fields[i]);
    rt_unpickler_memo_clear(ts, u);
    while (u->len) {
        rt_value v = u->stack[--u->len];
        rt_decref(ts, v);
    }
    rt_raw_free(u->stack);
    rt_raw_free(u->marks);
    u->stack = NULL;
    u->marks = NULL;
    u->stack_cap = u->marks_cap = u->nmarks = u->fence = 0;
}

static int unpickler_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    struct rt_unpickler *u = (struct rt_unpickler *)o;
    rt_value v[] = {u->read, u->readline, u->readinto, u->peek, u->pers_func, u->buffers, u->encoding, u->errors,
                    u->viewed ? u->view.obj : RT_NULL};
    int r;
    for (size_t i = 0; i < RT_COUNTOF(v); i++)
        if (rt_is_ptr(v[i]) && (r = visit(v[i], arg)))
            return r;
    for (size_t i = 0; i < u->len; i++)
        if (rt_is_ptr(u->stack[i]) && (r = visit(u->stack[i], arg)))
            return r;
    for (size_t i = 0; i < u->memo_cap; i++)
        if (rt_is_ptr(u->memo[i]) && (r = visit(u->memo[i], arg)))
            return r;
    return 0;
}

static rt_value unpickler_new(struct rt_thread *ts, struct rt_type *t, const rt_value *a, uint32_t n, rt_value kw)
{
    return rt_type_alloc(ts, t);
}

static int unpickler_init(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"file", "fix_imports", "encoding", "errors", "buffers", NULL};
    static const struct rt_argspec spec = {"Unpickler", names, 0, 1, 1, 5};
    struct rt_unpickler *u = rt_as_unpickler(self);
    rt_value v[5];
    if (rt_args(ts, &spec, a, n, kw, v) < 0 || rt_pickle_enter(ts, &u->user, "Unpickler") < 0)
        return -1;
    if (!rt_is_null(u->read)) /* a second __init__ */
        unpickler_clear(ts, rt_ptr(self));
    int r = rt_unpickler_set_file(ts, u, v[0]);
    if (r == 0)
        r = rt_unpickler_setup(ts, u, v[1], v[2], v[3], v[4]);
    if (r == 0)
        r = rt_pickle_method_ref(ts, self, "persistent_load", &u->pers_func, &u->pers_unbound);
    rt_pickle_leave(&u->user);
    return r;
}

/* ---- methods ---- */
static rt_value unpickler_load(struct rt_thread *ts, rt_value self)
{
    struct rt_unpickler *u = rt_as_unpickler(self);
    if (rt_pickle_enter(ts, &u->user, "Unpickler") < 0)
        return RT_NULL;
    rt_value r = u->read.bits ? rt_unpickler_load(ts, self)
                              : RT_PICKLE_ERROR(ts, UnpicklingError, "Unpickler.__init__() was not called by %s.__init__()",
                                                rt_typename(self));
    rt_pickle_leave(&u->user);
    return r;
}

static rt_value unpickler_find_class(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    if (rt_args_count(ts, "find_class", n, 2, 2) < 0)
        return RT_NULL;
    return rt_pickle_find_class(ts, self, a[0], a[1]);
}

static rt_value unpickler_sizeof(struct rt_thread *ts, rt_value self)
{
    struct rt_unpickler *u = rt_as_unpickler(self);
    if (rt_pickle_enter(ts, &u->user, "Unpickler") < 0)
        return RT_NULL;
    size_t n = rt_object_size(rt_ptr(self)) + (u->stack_cap + u->memo_cap + u->marks_cap) * sizeof(rt_value);
    rt_pickle_leave(&u->user);
    return rt_int_imm((int64_t)n);
}

rt_value rt_unpickler_memo_dict(struct rt_thread *ts, struct rt_unpickler *u)
{
    if (rt_pickle_enter(ts, &u->user, "Unpickler") < 0)
        return RT_NULL;
    rt_value d = rt_dict_new(ts);
    for (size_t i = 0; i < u->memo_cap && !rt_is_null(d); i++)
        if (!rt_is_null(u->memo[i]) && rt_dict_set(ts, d, rt_int_imm((int64_t)i), u->memo[i]) < 0)
            rt_clear(ts, &d);
    rt_pickle_leave(&u->user);
    return d;
}

static rt_value get_memo(struct rt_thread *ts, rt_value self, void *closure)
{
    return rt_pickle_memo_proxy(ts, &rt_unpickler_memo_type, self);
}

static int memo_from_dict(struct rt_thread *ts, struct rt_unpickler *u, rt_value d)
{
    size_t pos = 0;
    rt_value k, v;
    while (rt_dict_next(ts, d, &pos, &k, &v)) {
        int64_t i = -1;
        if (!rt_is_any_int(k))
            rt_raise(ts, &rt_exc_TypeError, "memo key must be integers");
        else if ((i = rt_as_index(ts, k, &rt_exc_OverflowError)) < 0 && !rt_pending(ts))
            rt_raise(ts, &rt_exc_ValueError, "memo key must be positive integers.");
        rt_decref(ts, k);
        if (i < 0) {
            rt_decref(ts, v);
            return -1;
        }
        if (rt_unpickler_memo_put(ts, u, (size_t)i, v) < 0)
            return -1;
    }
    return 0;
}

static int set_memo(struct rt_thread *ts, rt_value self, rt_value v, void *closure)
{
    struct rt_unpickler *u = rt_as_unpickler(self);
    rt_value d = rt_pickle_memo_given(ts, v, &rt_unpickler_memo_type, "'memo' attribute must be an UnpicklerMemoProxy object or dict, not %.200s");
    if (rt_is_null(d))
        return -1;
    int r = rt_pickle_enter(ts, &u->user, "Unpickler");
    if (r == 0) {
        rt_unpickler_memo_clear(ts, u);
        r = memo_from_dict(ts, u, d);
        rt_pickle_leave(&u->user);
    }
    rt_decref(ts, d);
    return r;
}

static rt_value get_pers(struct rt_thread *ts, rt_value self, void *closure)
{
    struct rt_unpickler *u = rt_as_unpickler(self);
    return rt_pickle_get_hook(ts, self, &u->user, "Unpickler", "persistent_load", &u->pers_func, &u->pers_unbound);
}

static int set_pers(struct rt_thread *ts, rt_value self, rt_value v, void *closure)
{
    struct rt_unpickler *u = rt_as_unpickler(self);
    return rt_pickle_set_hook(ts, v, &u->user, "Unpickler", "persistent_load", &u->pers_func, &u->pers_unbound);
}

static const struct rt_method_def unpickler_methods[] = {
    {"load", unpickler_load, RT_METH_NOARGS,
     "load($self, /)\n--\n\nRead one pickle from the file and return the object it describes."},
    {"find_class", unpickler_find_class, RT_METH_FAST,
     "find_class($self, module_name, global_name, /)\n--\n\n"
     "Return an object from a module, importing the module if necessary. Subclasses may restrict it."},
    {"__sizeof__", unpickler_sizeof, RT_METH_NOARGS,
     "__sizeof__($self, /)\n--\n\nReturns size in memory, in bytes."},
    {0},
};
static const struct rt_getset_def unpickler_getset[] = {
    {"memo", get_memo, set_memo, NULL},
    {"persistent_load", get_pers, set_pers, NULL},
    {0},
};

struct rt_type rt_unpickler_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "_pickle.Unpickler",
    .doc = "Unpickler(file, *, fix_imports=True, encoding='ASCII', errors='strict', buffers=())\n--\n\n"
           "This takes a binary file for reading a pickle data stream.\n\n"
           "file: anything with read(n) and readline() giving bytes. fix_imports, encoding and errors\n"
           "are for pickles of Python 2; encoding may be 'bytes'. buffers: the buffers that the\n"
           "pickler's buffer_callback was given, in order.",
    .flags = RT_TF_GC | RT_TF_BASETYPE,
    .basic_size = sizeof(struct rt_unpickler),
    .dealloc = unpickler_clear,
    .traverse = unpickler_traverse,
    .clear = unpickler_clear,
    .new = unpickler_new,
    .init = unpickler_init,
    .methods = unpickler_methods,
    .getset = unpickler_getset,
};
