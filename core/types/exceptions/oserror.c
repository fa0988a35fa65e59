/* SPDX-License-Identifier: MIT */
/*
 * OSError: OSError(errno, strerror[, filename[, winerror[, filename2]]]) picks the subclass that fits
 * errno. Parsing happens in __new__, or in __init__ when a subclass overrides __init__ but not __new__
 * (so that its arguments may differ).
 */
#include <errno.h>

#include "core/types/exceptions/exc_internal.h"

RT_EXC_LIFE(os, struct rt_exc_os, myerrno, 4)

static struct rt_exc_os *self_of(rt_value v) { return (struct rt_exc_os *)rt_ptr(v); }

static struct rt_type *type_for_errno(int64_t e)
{
    switch (e) {
    case EAGAIN: case EALREADY: case EINPROGRESS: return &rt_exc_BlockingIOError;
    case EPIPE: case ESHUTDOWN: return &rt_exc_BrokenPipeError;
    case ECHILD: return &rt_exc_ChildProcessError;
    case ECONNABORTED: return &rt_exc_ConnectionAbortedError;
    case ECONNREFUSED: return &rt_exc_ConnectionRefusedError;
    case ECONNRESET: return &rt_exc_ConnectionResetError;
    case EEXIST: return &rt_exc_FileExistsError;
    case ENOENT: return &rt_exc_FileNotFoundError;
    case EISDIR: return &rt_exc_IsADirectoryError;
    case ENOTDIR: return &rt_exc_NotADirectoryError;
    case EINTR: return &rt_exc_InterruptedError;
    case EACCES: case EPERM: return &rt_exc_PermissionError;
    case ESRCH: return &rt_exc_ProcessLookupError;
    case ETIMEDOUT: return &rt_exc_TimeoutError;
    default: return NULL;
    }
}

static int os_init(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw);
static rt_value os_new(struct rt_thread *ts, struct rt_type *t, const rt_value *args, uint32_t n, rt_value kw);

/* __init__ does the work for classes that override it and not __new__. */
static bool uses_init(const struct rt_type *t) { return t->init != os_init && t->new == os_new; }

static bool parsed(uint32_t n) { return n >= 2 && n <= 5; }

static int fill(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    struct rt_exc_os *e = self_of(self);
    uint32_t keep = n;
    rt_value filename = n >= 3 ? args[2] : RT_NULL;
    rt_store_relaxed(&e->written, -1);
    if (parsed(n)) {
        if (!rt_is_null(filename) && !rt_is_none(filename)) {
            if (rt_type_is_subtype(rt_type_of(self), &rt_exc_BlockingIOError) && rt_index_check(filename)) {
                int64_t w = rt_as_index(ts, filename, &rt_exc_ValueError);
                if (w == -1 && rt_pending(ts))
                    return -1;
                rt_store_relaxed(&e->written, w);
            } else {
                rt_exc_set_slot(ts, &e->filename, filename);
                if (n == 5 && !rt_is_none(args[4]))
                    rt_exc_set_slot(ts, &e->filename2, args[4]);
                keep = 2;
            }
        }
        rt_exc_set_slot(ts, &e->myerrno, args[0]);
        rt_exc_set_slot(ts, &e->strerror, args[1]);
    }
    rt_value tuple = rt_tuple_from(ts, args, keep);
    if (rt_is_null(tuple))
        return -1;
    rt_slot_set(ts, &e->b.args, tuple);
    return 0;
}

static rt_value os_new(struct rt_thread *ts, struct rt_type *t, const rt_value *args, uint32_t n, rt_value kw)
{
    bool now = !uses_init(t);
    if (now) {
        if (rt_no_keywords(ts, t->name, kw) < 0)
            return RT_NULL;
        int64_t e;
        struct rt_type *sub;
        if (t == &rt_exc_OSError && parsed(n) && rt_is_any_int(args[0]) && rt_int_try_i64(args[0], &e) &&
            (sub = type_for_errno(e)))
            t = sub;
    }
    rt_value self = rt_type_alloc(ts, t);
    if (rt_is_null(self))
        return self;
    rt_slot_init(&rt_as_exc(self)->args, rt_tuple_empty());
    rt_store_relaxed(&self_of(self)->written, -1);
    if (now && fill(ts, self, args, n) < 0) {
        rt_decref(ts, self);
        return RT_NULL;
    }
    return self;
}

static int os_init(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    if (!uses_init(rt_type_of(self)))
        return 0; /* done by __new__ */
    if (rt_no_keywords(ts, rt_typename(self), kw) < 0)
        return -1;
    return fill(ts, self, args, n);
}

static rt_value os_str(struct rt_thread *ts, rt_value self)
{
    struct rt_exc_os *e = self_of(self);
    rt_value no = rt_slot_get(ts, e, &e->myerrno), text = rt_slot_get(ts, e, &e->strerror);
    rt_value f = rt_slot_get(ts, e, &e->filename), f2 = rt_slot_get(ts, e, &e->filename2), r;
    rt_value no1 = rt_is_null(no) ? RT_NONE : no, text1 = rt_is_null(text) ? RT_NONE : text;
    if (!rt_is_null(f) && !rt_is_null(f2))
        r = rt_str_format(ts, "[Errno %S] %S: %R -> %R", no1, text1, f, f2);
    else if (!rt_is_null(f))
        r = rt_str_format(ts, "[Errno %S] %S: %R", no1, text1, f);
    else if (!rt_is_null(no) && !rt_is_null(text))
        r = rt_str_format(ts, "[Errno %S] %S", no, text);
    else
        r = rt_exc_base_str(ts, self);
    rt_decref(ts, no);
    rt_decref(ts, text);
    rt_decref(ts, f);
    rt_decref(ts, f2);
    return r;
}

static rt_value os_reduce(struct rt_thread *ts, rt_value self)
{
    struct rt_exc_os *e = self_of(self);
    rt_value args = rt_exc_args(ts, self), f = rt_slot_get(ts, e, &e->filename);
    rt_value f2 = rt_slot_get(ts, e, &e->filename2), r = RT_NULL;
    struct rt_tuple *t = rt_as_tuple(args);
    if (t->length == 2 && !rt_is_null(f)) {
        rt_value full = rt_is_null(f2) ? rt_tuple_pack(ts, 3, t->items[0], t->items[1], f)
                                       : rt_tuple_pack(ts, 5, t->items[0], t->items[1], f, RT_NONE, f2);
        rt_decref(ts, args);
        args = full;
    }
    if (!rt_is_null(args)) {
        rt_value type = rt_type_value(rt_type_of(self));
        if (rt_inst_is_empty(ts, rt_ptr(self))) {
            r = rt_tuple_pack(ts, 2, type, args);
        } else {
            rt_value d = rt_inst_dict(ts, rt_ptr(self));
            r = rt_is_null(d) ? d : rt_tuple_pack(ts, 3, type, args, d);
            rt_decref(ts, d);
        }
    }
    rt_decref(ts, args);
    rt_decref(ts, f);
    rt_decref(ts, f2);
    return r;
}

static rt_value get_written(struct rt_thread *ts, rt_value self, void *c)
{
    int64_t w = rt_load_relaxed(&self_of(self)->written);
    if (w == -1)
        return rt_raise(ts, &rt_exc_AttributeError, "characters_written");
    return rt_int_from_i64(ts, w);
}

static int set_written(struct rt_thread *ts, rt_value self, rt_value v, void *c)
{
    int64_t w = -1;
    if (rt_is_null(v)) {
        if (rt_load_relaxed(&self_of(self)->written) == -1) {
            rt_raise(ts, &rt_exc_AttributeError, "characters_written");
            return -1;
        }
    } else {
        w = rt_as_index(ts, v, &rt_exc_ValueError);
        if (w == -1 && rt_pending(ts))
            return -1;
    }
    rt_store_relaxed(&self_of(self)->written, w);
    return 0;
}

static const struct rt_member_def os_members[] = {
    {"errno", RT_MEMBER_OBJECT, offsetof(struct rt_exc_os, myerrno), false, "POSIX exception code"},
    {"strerror", RT_MEMBER_OBJECT, offsetof(struct rt_exc_os, strerror), false, "exception strerror"},
    {"filename", RT_MEMBER_OBJECT, offsetof(struct rt_exc_os, filename), false, "exception filename"},
    {"filename2", RT_MEMBER_OBJECT, offsetof(struct rt_exc_os, filename2), false, "second exception filename"},
    {0},
};
static const struct rt_getset_def os_getset[] = {
    {"characters_written", get_written, set_written, NULL, NULL},
    {0},
};
static const struct rt_method_def os_methods[] = {
    {"__reduce__", os_reduce, RT_METH_NOARGS, NULL},
    {0},
};

void rt_exc_setup_os(void)
{
    struct rt_type *t = &rt_exc_OSError;
    t->basic_size = sizeof(struct rt_exc_os);
    t->traverse = os_traverse;
    t->clear = os_clear;
    t->new = os_new;
    t->init = os_init;
    t->str = os_str;
    t->members = os_members;
    t->getset = os_getset;
    t->methods = os_methods;
}
