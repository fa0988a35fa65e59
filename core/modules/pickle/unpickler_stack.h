/* SPDX-License-Identifier: MIT */
/*
 * The stack of the machine that unpickles, for the files of its opcodes. Items below the innermost mark (`fence`) cannot
 * be popped by ordinary opcodes.
 */
#ifndef RT_MODULES_UNPICKLER_STACK_H
#define RT_MODULES_UNPICKLER_STACK_H

#include "core/modules/pickle/pickle_internal.h"

typedef struct rt_unpickler U;

RT_COLD int rt_unpickler_underflow(struct rt_thread *ts, U *u); /* raises; -1 */
int rt_unpickler_grow(struct rt_thread *ts, U *u);              /* room for one more; 0 or -1 */
/* Height at the innermost mark, which goes; -1. */
int64_t rt_unpickler_take_mark(struct rt_thread *ts, U *u);
/* [new ref; raises] Items from height on leave as one tuple. */
rt_value rt_unpickler_take_tuple(struct rt_thread *ts, U *u, size_t from);

/* Consumes v, which may be RT_NULL: -1. */
RT_INLINE int push(struct rt_thread *ts, U *u, rt_value v)
{
    if (rt_unlikely(rt_is_null(v)))
        return -1;
    if (rt_unlikely(u->len == u->stack_cap) && rt_unpickler_grow(ts, u) < 0) {
        rt_decref(ts, v);
        return -1;
    }
    u->stack[u->len++] = v;
    return 0;
}

/* Owned top, or RT_NULL. */
RT_INLINE rt_value pop(struct rt_thread *ts, U *u)
{
    if (rt_unlikely(u->len <= u->fence)) {
        rt_unpickler_underflow(ts, u);
        return RT_NULL;
    }
    return u->stack[--u->len];
}

RT_INLINE uint64_t little(const uint8_t *p, size_t n)
{
    uint64_t v = 0;
    memcpy(&v, p, n);
    return v;
}

/* pickle_load_object.c: the opcodes of classes and instances; 0 or -1. */
int rt_unpickler_load_persid(struct rt_thread *ts, rt_value self, bool binary);
rt_value rt_unpickler_line_class(struct rt_thread *ts, rt_value self, const char *encoding);
int rt_unpickler_load_stack_global(struct rt_thread *ts, rt_value self);
int rt_unpickler_load_obj(struct rt_thread *ts, U *u);
int rt_unpickler_load_inst(struct rt_thread *ts, rt_value self);
int rt_unpickler_load_newobj(struct rt_thread *ts, U *u, bool ex);
int rt_unpickler_load_reduce(struct rt_thread *ts, U *u);
int rt_unpickler_load_build(struct rt_thread *ts, U *u);
int rt_unpickler_load_ext(struct rt_thread *ts, rt_value self, size_t size);

#endif
