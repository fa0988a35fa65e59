/* SPDX-License-Identifier: MIT */
/* Shared by the files of types/exceptions. */
#ifndef RT_TYPES_EXC_INTERNAL_H
#define RT_TYPES_EXC_INTERNAL_H

#include "core/object/native.h"
#include "core/object/instance.h"
#include "core/types/exceptions/exceptions.h"

/* Each fills the slots of its static types before they are readied. */
void rt_exc_setup_simple(void);
void rt_exc_setup_import(void);
void rt_exc_setup_os(void);
void rt_exc_setup_syntax(void);
void rt_exc_setup_unicode(void);
int rt_exc_setup_group(struct rt_thread *ts);

rt_value rt_exc_base_new(struct rt_thread *ts, struct rt_type *t, const rt_value *args, uint32_t n, rt_value kw);
int rt_exc_base_init(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw);
rt_value rt_exc_base_str(struct rt_thread *ts, rt_value self);
rt_value rt_exc_base_reduce(struct rt_thread *ts, rt_value self);
rt_value rt_exc_args(struct rt_thread *ts, rt_value self); /* owned tuple */
int rt_exc_traverse(struct rt_object *o, rt_visit visit, void *arg);
void rt_exc_clear_base(struct rt_thread *ts, struct rt_object *o);
/* Take keyword arguments by names[] (NULL-ended) into out[]; others raise. fname for messages. */
int rt_exc_keywords(struct rt_thread *ts, const char *fname, const char *const *names,
                    const rt_value *args, uint32_t n, rt_value kw, rt_value *out);

/* Traverse and clear for `count` slots right behind struct rt_exc_base (suppress_context padded). */
#define RT_EXC_LIFE(prefix, type, first, count)                                              \
    static int prefix##_traverse(struct rt_object *o, rt_visit visit, void *arg)             \
    {                                                                                        \
        rt_slot *s = &((type *)o)->first;                                                    \
        for (int i = 0; i < (count); i++) {                                                  \
            rt_value v = rt_slot_peek(&s[i]);                                                \
            int r;                                                                           \
            if (rt_is_ptr(v) && (r = visit(v, arg)))                                         \
                return r;                                                                    \
        }                                                                                    \
        return rt_exc_traverse(o, visit, arg);                                               \
    }                                                                                        \
    static void prefix##_clear(struct rt_thread *ts, struct rt_object *o)                    \
    {                                                                                        \
        rt_slot *s = &((type *)o)->first;                                                    \
        for (int i = 0; i < (count); i++)                                                    \
            rt_slot_clear(ts, o, &s[i]);                                                     \
        rt_exc_clear_base(ts, o);                                                            \
    }

RT_INLINE void rt_exc_set_slot(struct rt_thread *ts, rt_slot *s, rt_value borrowed)
{
    rt_slot_set(ts, s, rt_newref(ts, borrowed));
}

#endif
