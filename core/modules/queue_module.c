/* SPDX-License-Identifier: MIT */
/*
 * _queue.SimpleQueue: an unbounded first-in first-out queue; get() waits in the parking lot.
 *
 * The ring is changed in the queue's critical section. A getter that finds nothing announces itself
 * in `waiters` and parks on &count, provided count is still 0 (checked under the lot's lock); put
 * stores count, then looks at waiters (a full fence between), so one of the two sees the other.
 */
#include <math.h>

#include "core/modules/modules.h"
#include "core/sync/futex.h"
#include "core/sync/mutex.h"
#include "core/sync/parking.h"
#include "core/types/cont_internal.h"

struct queue {
    struct rt_object hdr;
    rt_value *ring; /* capacity words, a power of two, or NULL; in the section */
    size_t capacity, head;
    _Atomic size_t count;
    _Atomic uint32_t waiters;
};

static struct queue *as_queue(rt_value v) { return (struct queue *)rt_ptr(v); }

static int grow(struct rt_thread *ts, struct queue *q)
{
    size_t n = rt_load_relaxed(&q->count), cap = q->capacity ? q->capacity * 2 : 8;
    rt_value *ring = rt_raw_malloc(cap * sizeof(rt_value));
    if (!ring) {
        rt_raise_no_memory(ts);
        return -1;
    }
    for (size_t i = 0; i < n; i++)
        ring[i] = q->ring[(q->head + i) & (q->capacity - 1)];
    rt_raw_free(q->ring);
    q->ring = ring;
    q->capacity = cap;
    q->head = 0;
    return 0;
}

static rt_value put(struct rt_thread *ts, rt_value self, rt_value item)
{
    struct queue *q = as_queue(self);
    struct rt_cs cs;
    rt_cont_lock(ts, &cs, q);
    size_t n = rt_load_relaxed(&q->count);
    int r = n == q->capacity ? grow(ts, q) : 0;
    if (r == 0) {
        q->ring[(q->head + n) & (q->capacity - 1)] = rt_newref(ts, item);
        rt_store_release(&q->count, n + 1);
    }
    rt_cont_unlock(ts, &cs);
    if (r < 0)
        return RT_NULL;
    rt_fence_seq();
    if (rt_load_relaxed(&q->waiters))
        rt_unpark_one(&q->count, NULL, NULL);
    return RT_NONE;
}

static rt_value take(struct rt_thread *ts, struct queue *q)
{
    struct rt_cs cs;
    rt_value v = RT_NULL;
    rt_cont_lock(ts, &cs, q);
    size_t n = rt_load_relaxed(&q->count);
    if (n) {
        v = q->ring[q->head];
        q->head = (q->head + 1) & (q->capacity - 1);
        rt_store_release(&q->count, n - 1);
    }
    rt_cont_unlock(ts, &cs);
    return v;
}

static bool still_empty(void *arg)
{
    return rt_load_acquire(&((struct queue *)arg)->count) == 0;
}

static rt_value raise_empty(struct rt_thread *ts)
{
    rt_value empty = rt_slot_get(ts, NULL, &ts->interp->native_state[RT_NS_QUEUE]);
    rt_raise_none(ts, rt_as_type(empty));
    rt_decref(ts, empty);
    return RT_NULL;
}

/* deadline < 0: none. */
static rt_value get_waiting(struct rt_thread *ts, struct queue *q, int64_t deadline)
{
    for (;;) {
        rt_value v = take(ts, q);
        if (!rt_is_null(v))
            return v;
        if (rt_spin(ts, RT_SPIN_SIGNAL, still_empty, q)) /* a sleeper costs each put a system call */
            continue;
        (void)rt_add_acq_rel(&q->waiters, 1);
        enum rt_park_result r =
            rt_park(ts, &q->count, still_empty, q, deadline, RT_PARK_INTERRUPTIBLE);
        (void)rt_sub_acq_rel(&q->waiters, 1);
        if (r == RT_PARK_INTR && rt_safepoint(ts) < 0)
            return RT_NULL;
        if (r == RT_PARK_TIMEOUT) {
            v = take(ts, q);
            return rt_is_null(v) ? raise_empty(ts) : v;
        }
    }
}

static rt_value get(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"block", "timeout", NULL};
    static const struct rt_argspec spec = {"get", names, 0, 0, 2, 2};
    struct queue *q = as_queue(self);
    rt_value v[2] = {RT_NULL, RT_NULL}, item;
    int64_t deadline = -1;
    if ((n || !rt_is_null(kw)) && rt_args(ts, &spec, a, n, kw, v) < 0)
        return RT_NULL;
    int block = rt_is_null(v[0]) ? 1 : rt_truth(ts, v[0]);
    if (block < 0)
        return RT_NULL;
    if (block && !rt_is_null(v[1]) && !rt_is_none(v[1])) {
        double t = rt_as_double(ts, v[1]);
        if (t == -1.0 && rt_pending(ts))
            return RT_NULL;
        if (isnan(t))
            return rt_raise(ts, &rt_exc_ValueError, "Invalid value NaN (not a number)");
        if (t < 0)
            return rt_raise(ts, &rt_exc_ValueError, "'timeout' must be a non-negative number");
        if (t > 9e9)
            return rt_raise(ts, &rt_exc_OverflowError, "timeout value is too large");
        deadline = rt_monotonic_ns() + (int64_t)ceil(t * 1e9);
    }
    item = take(ts, q);
    if (!rt_is_null(item))
        return item;
    return block ? get_waiting(ts, q, deadline) : raise_empty(ts);
}

static rt_value get_nowait(struct rt_thread *ts, rt_value self)
{
    rt_value item = take(ts, as_queue(self));
    return rt_is_null(item) ? raise_empty(ts) : item;
}

static rt_value put_method(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n,
                           rt_value kw)
{
    static const char *const names[] = {"item", "block", "timeout", NULL};
    static const struct rt_argspec spec = {"put", names, 0, 1, 3, 3};
    rt_value v[3];
    if (n == 1 && rt_is_null(kw))
        return put(ts, self, a[0]);
    return rt_args(ts, &spec, a, n, kw, v) < 0 ? RT_NULL : put(ts, self, v[0]);
}

static rt_value put_nowait(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n,
                           rt_value kw)
{
    static const char *const names[] = {"item", NULL};
    static const struct rt_argspec spec = {"put_nowait", names, 0, 1, 1, 1};
    rt_value v[1];
    return rt_args(ts, &spec, a, n, kw, v) < 0 ? RT_NULL : put(ts, self, v[0]);
}

static rt_value empty(struct rt_thread *ts, rt_value self)
{
    return rt_bool(rt_load_acquire(&as_queue(self)->count) == 0);
}

static rt_value qsize(struct rt_thread *ts, rt_value self)
{
    return rt_int_imm((int64_t)rt_load_acquire(&as_queue(self)->count));
}

static rt_value queue_new(struct rt_thread *ts, struct rt_type *t, const rt_value *a, uint32_t n,
                          rt_value kw)
{
    if (!rt_is_null(kw) && t->init == rt_object_type.init && rt_no_keywords(ts, "SimpleQueue", kw) < 0)
        return RT_NULL;
    if (t->init == rt_object_type.init && rt_args_count(ts, "SimpleQueue", n, 0, 0) < 0)
        return RT_NULL;
    return rt_type_alloc(ts, t);
}

static int queue_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    struct queue *q = (struct queue *)o;
    int r = 0;
    for (size_t i = 0, n = rt_load_relaxed(&q->count); i < n && !r; i++)
        r = visit(q->ring[(q->head + i) & (q->capacity - 1)], arg);
    return r;
}

static void queue_clear(struct rt_thread *ts, struct rt_object *o)
{
    struct queue *q = (struct queue *)o;
    rt_value *ring = q->ring;
    size_t n = rt_load_relaxed(&q->count), cap = q->capacity, head = q->head;
    q->ring = NULL;
    q->capacity = q->head = 0;
    rt_store_relaxed(&q->count, 0);
    for (size_t i = 0; i < n; i++)
        rt_decref(ts, ring[(head + i) & (cap - 1)]);
    rt_raw_free(ring);
}

static const struct rt_method_def queue_methods[] = {
    RT_CLASS_GETITEM,
    {"empty", empty, RT_METH_NOARGS,
     "empty($self, /)\n--\n\nReturn True if the queue is empty, False otherwise (not reliable!)."},
    {"get", get, RT_METH_KW,
     "get($self, /, block=True, timeout=None)\n--\n\n"
     "Remove and return an item from the queue.\n\n"
     "With block, wait for one, at most timeout seconds if that is not None; otherwise (or then)\n"
     "raise the Empty exception."},
    {"get_nowait", get_nowait, RT_METH_NOARGS,
     "get_nowait($self, /)\n--\n\n"
     "Remove and return an item from the queue without blocking, or raise Empty."},
    {"put", put_method, RT_METH_KW,
     "put($self, /, item, block=True, timeout=None)\n--\n\n"
     "Put the item on the queue. This never blocks; block and timeout are there for\n"
     "compatibility with the Queue class."},
    {"put_nowait", put_nowait, RT_METH_KW,
     "put_nowait($self, /, item)\n--\n\nPut an item into the queue without blocking."},
    {"qsize", qsize, RT_METH_NOARGS,
     "qsize($self, /)\n--\n\nReturn the approximate size of the queue (not reliable!)."},
    {0},
};

static struct rt_type queue_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "_queue.SimpleQueue",
    .doc = "SimpleQueue()\n--\n\nSimple, unbounded, reentrant FIFO queue.",
    .flags = RT_TF_GC | RT_TF_BASETYPE | RT_TF_WEAKREF,
    .basic_size = sizeof(struct queue),
    .dealloc = queue_clear,
    .traverse = queue_traverse,
    .clear = queue_clear,
    .new = queue_new,
    .methods = queue_methods,
};

static int exec(struct rt_thread *ts, rt_value mod)
{
    rt_value e = rt_module_add_exception(ts, mod, "Empty", rt_type_value(&rt_exc_Exception));
    if (rt_is_null(e))
        return -1;
    rt_slot_set(ts, &ts->interp->native_state[RT_NS_QUEUE], e);
    return 0;
}

static struct rt_type *const types[] = {&queue_type, NULL};

const struct rt_module_def rt_module__queue = {
    .name = "_queue",
    .doc = "C implementation of the Python queue module.\n"
           "This module is an implementation detail, please do not use it directly.",
    .types = types,
    .exec = exec,
};
