/* SPDX-License-Identifier: MIT */
/*
 * _thread.lock and _thread.RLock: byte locks over the parking lot. Waiting detaches; signals interrupt
 * the wait, handlers run, and the wait goes on with what is left of the time.
 */
#include "core/modules/thread/thread_module.h"

#include <math.h>

enum { TIMEOUT_MAX_S = 9223372036 };

static struct rt_lock_object *as_lock(rt_value v) { return (struct rt_lock_object *)rt_ptr(v); }
static struct rt_rlock_object *as_rlock(rt_value v) { return (struct rt_rlock_object *)rt_ptr(v); }

rt_value rt_lock_new(struct rt_thread *ts)
{
    struct rt_lock_object *l = rt_object_new(ts, &rt_lock_type, sizeof *l);
    if (!l)
        return RT_NULL;
    rt_store_relaxed(&l->lock, 0);
    rt_store_relaxed(&l->taker, 0);
    return rt_own(l);
}

/* Seconds as a number to nanoseconds, rounded up. */
static bool seconds_to_ns(struct rt_thread *ts, rt_value v, int64_t *ns)
{
    double s;
    if (rt_is_float(v)) {
        s = rt_float_value(v);
        if (isnan(s)) {
            rt_raise(ts, &rt_exc_ValueError, "Invalid value NaN (not a number)");
            return false;
        }
    } else {
        int64_t i = rt_as_i64(ts, v);
        if (i == -1 && rt_pending(ts)) {
            if (rt_exc_clear_if(ts, &rt_exc_OverflowError))
                rt_raise(ts, &rt_exc_OverflowError, "timestamp too large to convert to C _PyTime_t");
            return false;
        }
        s = (double)i;
    }
    if (s > (double)TIMEOUT_MAX_S) {
        rt_raise(ts, &rt_exc_OverflowError, "timeout value is too large");
        return false;
    }
    *ns = s < -(double)TIMEOUT_MAX_S ? INT64_MIN : (int64_t)ceil(s * 1e9);
    return true;
}

bool rt_lock_deadline(struct rt_thread *ts, rt_value blocking, rt_value timeout, bool *block, int64_t *deadline)
{
    int64_t ns = -1000000000;
    *block = true;
    *deadline = -1;
    if (!rt_is_null(blocking)) {
        int64_t b = rt_as_int(ts, blocking);
        if (b == -1 && rt_pending(ts))
            return false;
        *block = b != 0;
    }
    if (!rt_is_null(timeout) && !seconds_to_ns(ts, timeout, &ns))
        return false;
    if (!*block && ns != -1000000000) {
        rt_raise(ts, &rt_exc_ValueError, "can't specify a timeout for a non-blocking call");
        return false;
    }
    if (ns < 0 && ns != -1000000000) {
        rt_raise(ts, &rt_exc_ValueError, "timeout value must be a non-negative number");
        return false;
    }
    if (ns >= 0) {
        int64_t now = rt_monotonic_ns();
        *deadline = ns > INT64_MAX - now ? -1 : now + ns;
    }
    return true;
}

static const char *const acquire_names[] = {"blocking", "timeout", NULL};

/* 1 got it, 0 did not, -1 a handler raised. signal: see RT_PARK_SIGNAL. */
static int wait_for(struct rt_thread *ts, _Atomic uint8_t *l, bool signal, bool block, int64_t deadline)
{
    int flags = RT_PARK_INTERRUPTIBLE | (signal ? RT_PARK_SIGNAL : 0);
    if (rt_bytelock_try(l))
        return 1;
    if (!block)
        return 0;
    for (;;) {
        enum rt_park_result r = rt_bytelock_acquire(ts, l, deadline, flags);
        if (r == RT_PARK_OK)
            return 1;
        if (r == RT_PARK_TIMEOUT)
            return 0;
        if (rt_signal_check(ts) < 0)
            return -1;
    }
}

static int parse_and_wait(struct rt_thread *ts, const char *fname, _Atomic uint8_t *l, bool signal,
                          const rt_value *args, uint32_t n, rt_value kw)
{
    rt_value a[2] = {RT_NULL, RT_NULL};
    struct rt_argspec spec = {fname, acquire_names, 0, 0, 2, 2};
    bool block;
    int64_t deadline;
    if (rt_args(ts, &spec, args, n, kw, a) < 0 || !rt_lock_deadline(ts, a[0], a[1], &block, &deadline))
        return -1;
    return wait_for(ts, l, signal, block, deadline);
}

/* ---- lock ---- */

static bool was_mine(struct rt_thread *ts, struct rt_lock_object *l)
{
    return rt_load_relaxed(&l->taker) == (uint32_t)ts->id;
}
static void taken(struct rt_thread *ts, struct rt_lock_object *l) { rt_store_relaxed(&l->taker, (uint32_t)ts->id); }

static rt_value lock_acquire(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    struct rt_lock_object *l = as_lock(self);
    int r = n == 0 && rt_is_null(kw) && rt_bytelock_try(&l->lock)
                ? 1 : parse_and_wait(ts, "acquire", &l->lock, was_mine(ts, l), args, n, kw);
    if (r > 0)
        taken(ts, l);
    return r < 0 ? RT_NULL : rt_bool(r);
}
static rt_value lock_release(struct rt_thread *ts, rt_value self)
{
    _Atomic uint8_t *l = &as_lock(self)->lock;
    if (!(rt_load_relaxed(l) & RT_LK_LOCKED))
        return rt_raise(ts, &rt_exc_RuntimeError, "release unlocked lock");
    rt_bytelock_release(l);
    return RT_NONE;
}
static rt_value lock_enter(struct rt_thread *ts, rt_value self)
{
    struct rt_lock_object *l = as_lock(self);
    if (!rt_bytelock_try(&l->lock) && wait_for(ts, &l->lock, was_mine(ts, l), true, -1) < 0)
        return RT_NULL;
    taken(ts, l);
    return RT_TRUE;
}
static rt_value lock_exit(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    return lock_release(ts, self);
}
static rt_value lock_locked(struct rt_thread *ts, rt_value self)
{
    return rt_bool(rt_load_relaxed(&as_lock(self)->lock) & RT_LK_LOCKED);
}
static rt_value lock_reinit(struct rt_thread *ts, rt_value self)
{
    rt_store_release(&as_lock(self)->lock, 0);
    return RT_NONE;
}
static rt_value lock_repr(struct rt_thread *ts, rt_value self)
{
    bool held = rt_load_relaxed(&as_lock(self)->lock) & RT_LK_LOCKED;
    return rt_str_format(ts, "<%s %T object at %p>", held ? "locked" : "unlocked", self, (void *)rt_ptr(self));
}

#define ACQUIRE_DOC \
    "acquire($self, /, blocking=True, timeout=-1)\n--\n\nLock the lock.  Without argument, this blocks if " \
    "the lock is already\nlocked (even by the same thread), waiting for another thread to release\nthe lock, " \
    "and return True once the lock is acquired.\nThe blocking operation is interruptible."

static const struct rt_method_def lock_methods[] = {
    {"acquire", lock_acquire, RT_METH_KW, ACQUIRE_DOC},
    {"acquire_lock", lock_acquire, RT_METH_KW, "acquire_lock(blocking=True, timeout=-1) -> bool\n\nAn obsolete synonym of acquire()."},
    {"release", lock_release, RT_METH_NOARGS, "release($self, /)\n--\n\nRelease the lock, allowing another thread that is blocked waiting for\nthe lock to acquire the lock."},
    {"release_lock", lock_release, RT_METH_NOARGS, "release_lock()\n\nAn obsolete synonym of release()."},
    {"locked", lock_locked, RT_METH_NOARGS, "locked($self, /)\n--\n\nReturn whether the lock is in the locked state."},
    {"locked_lock", lock_locked, RT_METH_NOARGS, "locked_lock()\n\nAn obsolete synonym of locked()."},
    {"__enter__", lock_enter, RT_METH_NOARGS, "Lock the lock."},
    {"__exit__", lock_exit, RT_METH_FAST, "Release the lock."},
    {"_at_fork_reinit", lock_reinit, RT_METH_NOARGS, NULL},
    {0},
};

struct rt_type rt_lock_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "_thread.lock",
    .doc = "A lock object is a synchronization primitive.  To create a lock,\ncall threading.Lock().",
    .flags = RT_TF_WEAKREF | RT_TF_NO_NEW,
    .basic_size = sizeof(struct rt_lock_object),
    .repr = lock_repr,
    .methods = lock_methods,
};

/* ---- RLock ---- */

static bool owned(struct rt_thread *ts, struct rt_rlock_object *l)
{
    return rt_load_relaxed(&l->owner) == ts->id;
}
static uint64_t count_of(const struct rt_rlock_object *l) { return rt_load_relaxed(&l->count); }
static void take(struct rt_thread *ts, struct rt_rlock_object *l, uint64_t count)
{
    rt_store_relaxed(&l->owner, ts->id);
    rt_store_relaxed(&l->count, count);
}

static rt_value rlock_new(struct rt_thread *ts, struct rt_type *type, const rt_value *args, uint32_t n, rt_value kw)
{
    rt_value v = rt_type_alloc(ts, type); /* zeroed: nobody's */
    return v;
}
static rt_value rlock_acquire(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    struct rt_rlock_object *l = as_rlock(self);
    if (owned(ts, l)) {
        rt_value a[2] = {RT_NULL, RT_NULL};
        struct rt_argspec spec = {"acquire", acquire_names, 0, 0, 2, 2};
        bool block;
        int64_t deadline;
        if ((n || !rt_is_null(kw)) &&
            (rt_args(ts, &spec, args, n, kw, a) < 0 || !rt_lock_deadline(ts, a[0], a[1], &block, &deadline)))
            return RT_NULL;
        rt_store_relaxed(&l->count, count_of(l) + 1);
        return RT_TRUE;
    }
    int r = n == 0 && rt_is_null(kw) && rt_bytelock_try(&l->lock)
                ? 1 : parse_and_wait(ts, "acquire", &l->lock, false, args, n, kw);
    if (r > 0)
        take(ts, l, 1);
    return r < 0 ? RT_NULL : rt_bool(r);
}
static rt_value rlock_enter(struct rt_thread *ts, rt_value self)
{
    return rlock_acquire(ts, self, NULL, 0, RT_NULL);
}
static void let_go(struct rt_rlock_object *l)
{
    rt_store_relaxed(&l->count, 0);
    rt_store_relaxed(&l->owner, 0);
    rt_bytelock_release(&l->lock);
}
static rt_value rlock_release(struct rt_thread *ts, rt_value self)
{
    struct rt_rlock_object *l = as_rlock(self);
    if (!owned(ts, l) || count_of(l) == 0)
        return rt_raise(ts, &rt_exc_RuntimeError, "cannot release un-acquired lock");
    uint64_t left = count_of(l) - 1;
    if (left)
        rt_store_relaxed(&l->count, left);
    else
        let_go(l);
    return RT_NONE;
}
static rt_value rlock_exit(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    return rlock_release(ts, self);
}
static rt_value rlock_is_owned(struct rt_thread *ts, rt_value self)
{
    return rt_bool(owned(ts, as_rlock(self)) && count_of(as_rlock(self)) > 0);
}
static rt_value rlock_restore(struct rt_thread *ts, rt_value self, rt_value state)
{
    struct rt_rlock_object *l = as_rlock(self);
    if (!rt_is_tuple(state) || rt_as_tuple(state)->length != 2)
        return rt_raise(ts, &rt_exc_TypeError, "_acquire_restore() argument 1 must be a (count, owner) tuple");
    uint64_t count = rt_as_u64(ts, rt_as_tuple(state)->items[0]);
    if (rt_pending(ts))
        return RT_NULL;
    uint64_t owner = rt_as_u64(ts, rt_as_tuple(state)->items[1]);
    if (rt_pending(ts))
        return RT_NULL;
    while (rt_bytelock_acquire(ts, &l->lock, -1, 0) != RT_PARK_OK)
        ;
    rt_store_relaxed(&l->owner, owner);
    rt_store_relaxed(&l->count, count);
    return RT_NONE;
}
static rt_value rlock_save(struct rt_thread *ts, rt_value self)
{
    struct rt_rlock_object *l = as_rlock(self);
    if (count_of(l) == 0)
        return rt_raise(ts, &rt_exc_RuntimeError, "cannot release un-acquired lock");
    rt_value pair[2] = {rt_int_from_u64(ts, count_of(l)), rt_int_from_u64(ts, rt_load_relaxed(&l->owner))};
    rt_value t = rt_tuple_steal(ts, pair, 2);
    if (!rt_is_null(t))
        let_go(l);
    return t;
}
static rt_value rlock_reinit(struct rt_thread *ts, rt_value self)
{
    struct rt_rlock_object *l = as_rlock(self);
    rt_store_relaxed(&l->owner, 0);
    rt_store_relaxed(&l->count, 0);
    rt_store_release(&l->lock, 0);
    return RT_NONE;
}
static rt_value rlock_repr(struct rt_thread *ts, rt_value self)
{
    struct rt_rlock_object *l = as_rlock(self);
    struct rt_thread *t = rt_load_relaxed(&l->owner) ? rt_thread_find(rt_load_relaxed(&l->owner), false) : NULL;
    return rt_str_format(ts, "<%s %T object owner=%ld count=%lu at %p>", count_of(l) ? "locked" : "unlocked", self,
                         (long)(t ? rt_load_relaxed(&t->ident) : rt_load_relaxed(&l->owner)), (unsigned long)count_of(l),
                         (void *)rt_ptr(self));
}

static const struct rt_method_def rlock_methods[] = {
    {"acquire", rlock_acquire, RT_METH_KW, ACQUIRE_DOC},
    {"release", rlock_release, RT_METH_NOARGS, "release($self, /)\n--\n\nRelease the lock, allowing another thread that is blocked waiting for\nthe lock to acquire the lock."},
    {"__enter__", rlock_enter, RT_METH_NOARGS, "Lock the lock."},
    {"__exit__", rlock_exit, RT_METH_FAST, "Release the lock."},
    {"_is_owned", rlock_is_owned, RT_METH_NOARGS, "_is_owned() -> bool\n\nFor internal use by `threading.Condition`."},
    {"_acquire_restore", rlock_restore, RT_METH_O, "_acquire_restore(state) -> None\n\nFor internal use by `threading.Condition`."},
    {"_release_save", rlock_save, RT_METH_NOARGS, "_release_save() -> tuple\n\nFor internal use by `threading.Condition`."},
    {"_at_fork_reinit", rlock_reinit, RT_METH_NOARGS, NULL},
    {0},
};

struct rt_type rt_rlock_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "_thread.RLock",
    .flags = RT_TF_WEAKREF | RT_TF_BASETYPE,
    .basic_size = sizeof(struct rt_rlock_object),
    .repr = rlock_repr,
    .new = rlock_new,
    .methods = rlock_methods,
};
