/* SPDX-License-Identifier: MIT */
/* Weak reference objects, shared by weakref.c, weakproxy.c and the _weakref module. */
#ifndef RT_OBJECT_WEAKREF_H
#define RT_OBJECT_WEAKREF_H

#include "core/object/object_internal.h"

struct rt_weakref {
    struct rt_object hdr;
    _Atomic(struct rt_object *) target; /* uncounted; NULL when gone; written under its stripe's lock */
    rt_slot callback;
    _Atomic int64_t hash;               /* -1: not known */
    struct rt_weakref *next, *prev;     /* other references to target; under the stripe's lock */
};

extern struct rt_type rt_weakproxy_type, rt_callable_proxy_type;

RT_INLINE struct rt_weakref *rt_as_weakref(rt_value v) { return (struct rt_weakref *)rt_ptr(v); }
bool rt_is_weakref(rt_value v); /* ref or a subclass */
bool rt_is_weakproxy(rt_value v);
/* Reference of type t to o. [attached; new ref; raises TypeError] */
rt_value rt_weakref_make(struct rt_thread *ts, struct rt_type *t, rt_value o, rt_value callback);
int64_t rt_weakref_count(struct rt_thread *ts, struct rt_object *o);
rt_value rt_weakref_list(struct rt_thread *ts, struct rt_object *o);
void rt_weakref_traverse_dealloc(struct rt_thread *ts, struct rt_object *o);
int rt_weakref_traverse(struct rt_object *o, rt_visit visit, void *arg);
void rt_weakref_clear_slots(struct rt_thread *ts, struct rt_object *o);

#endif
