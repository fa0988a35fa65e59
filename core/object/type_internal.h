/* SPDX-License-Identifier: MIT */
/* Shared by type.c, type_attrs.c, object.c and the protocols behind isinstance. */
#ifndef RT_OBJECT_TYPE_INTERNAL_H
#define RT_OBJECT_TYPE_INTERNAL_H

#include "core/object/object_internal.h"

extern const struct rt_getset_def rt_type_getset[];
extern const struct rt_member_def rt_type_members[];
int rt_real_isinstance(struct rt_thread *ts, rt_value o, rt_value cls); /* without __instancecheck__ */
int rt_real_issubclass(struct rt_thread *ts, rt_value c, rt_value cls);
int rt_merge_class_dict(struct rt_thread *ts, rt_value dict, rt_value cls);
rt_value rt_object_reduce_ex(struct rt_thread *ts, rt_value self, rt_value protocol);
rt_value rt_object_reduce(struct rt_thread *ts, rt_value self);
rt_value rt_object_getstate(struct rt_thread *ts, rt_value self);
void rt_type_unlink(struct rt_type *t);
/* Along the MRO, past the cache: name need not be interned. New, or RT_NULL. */
rt_value rt_type_lookup_afresh(struct rt_thread *ts, struct rt_type *t, rt_value name);
/* v has replaced what t.name was before. */
void rt_type_stored_again(struct rt_thread *ts, struct rt_type *t, rt_value name, rt_value v);
/* The caches forget what instances of t and its subclasses store, if any ever stored something (Note [SHAPE-4]). */
void rt_type_flush_caches(struct rt_thread *ts, struct rt_type *t);

/* The offset in o of the slot of an attribute that no class of t knows, for instances of this shape: 0 there is none, -1 not
   known. learn: version is that of t before its classes were asked. name is interned and uncounted. */
int64_t rt_own_attr_offset(const struct rt_type *t, uint32_t shape, rt_value name);
void rt_own_attr_learn(const struct rt_type *t, uint32_t version, const struct rt_shape *s, rt_value name);

/* Class attribute v (owned, consumed) as seen through the class t. */
RT_INLINE rt_value rt_bind_class(struct rt_thread *ts, rt_value v, struct rt_type *t)
{
    rt_value (*get)(struct rt_thread *, rt_value, rt_value, rt_value) =
        rt_is_ptr(v) ? rt_type_of_obj(rt_ptr(v))->descr_get : NULL;
    if (!get)
        return v;
    rt_value r = get(ts, v, RT_NULL, rt_type_value(t));
    rt_decref(ts, v);
    return r;
}

/* Owned v as an uncounted word, if its object is deferred or immortal: the owner's words of such carry counts too. */
RT_INLINE rt_value rt_word_uncounted(struct rt_thread *ts, rt_value v)
{
    if (rt_is_counted(v) && ((rt_object_flags(rt_ptr(v)) & RT_OF_DEFERRED) || rt_object_is_immortal(rt_ptr(v)))) {
        struct rt_object *o = rt_ptr(v);
        rt_decref(ts, v);
        return rt_borrow(o);
    }
    return v;
}

#endif
