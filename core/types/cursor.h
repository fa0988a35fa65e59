/* SPDX-License-Identifier: MIT */
/*
 * Walking any iterable from C. An exact list is read by its index, as its iterator would, but without
 * one; everything else through its iterator. Items are owned; RT_STOP at the end, RT_NULL for an error.
 */
#ifndef RT_TYPES_CURSOR_H
#define RT_TYPES_CURSOR_H

#include "core/object/error.h"
#include "core/object/protocol.h"
#include "core/types/containers.h"

/* rt_list_get, in line for words that need no count or are this thread's own. */
RT_INLINE rt_value rt_list_at(struct rt_thread *ts, rt_value l, size_t i)
{
    struct rt_list_array *a = rt_load_acquire(&rt_as_list(l)->array);
    if (i >= rt_load_acquire(&a->length))
        return RT_NULL;
    rt_value v = rt_slot_peek(&a->items[i]);
    if (rt_likely(!rt_is_counted(v) && v.bits))
        return v;
    if (rt_likely(v.bits && rt_load_relaxed(&rt_ptr(v)->owner) == ts->token)) {
        rt_ptr(v)->local++;
        return v;
    }
    return rt_list_get(ts, l, i);
}

struct rt_cursor {
    rt_value it; /* owned: the iterator, or the list itself */
    rt_unaryfn next; /* NULL: a list */
    size_t i;
};

/* 0, or -1 with an exception. */
RT_INLINE int rt_cursor_open(struct rt_thread *ts, struct rt_cursor *c, rt_value iterable)
{
    c->i = 0;
    c->next = NULL;
    if (rt_is_exact(iterable, &rt_list_type)) {
        c->it = rt_newref(ts, iterable);
        return 0;
    }
    if (rt_unlikely(rt_load_relaxed(&ts->mt))) {
        c->it = rt_items_fixed(ts, iterable);
        if (rt_unlikely(c->it.bits || rt_pending(ts)))
            return c->it.bits ? 0 : -1;
    }
    c->it = rt_iter(ts, iterable);
    if (rt_is_null(c->it))
        return -1;
    c->next = rt_type_of(c->it)->iternext;
    return 0;
}

RT_INLINE rt_value rt_cursor_next(struct rt_thread *ts, struct rt_cursor *c)
{
    if (c->next)
        return c->next(ts, c->it);
    rt_value v = rt_list_at(ts, c->it, c->i++);
    return rt_likely(v.bits) ? v : RT_STOP;
}

/* After the walk, however it ended: drops the iterator, and what a generator may have returned. */
RT_INLINE void rt_cursor_close(struct rt_thread *ts, struct rt_cursor *c)
{
    rt_clear(ts, &ts->stop_value);
    rt_decref(ts, c->it);
}

#endif
