/* SPDX-License-Identifier: MIT */
/*
 * Shapes and attribute storage of instances.
 *
 * An instance of a type with RT_TF_DICT has one attribute word at type->inst_offset, then
 * shape->inline_capacity inline slots. The attribute word is
 *      0           nothing
 *      ptr | 1     struct rt_overflow: slots for attributes beyond the inline ones
 *      dict word   dictionary mode (shape has RT_SHAPE_DICT): all attributes are in this dict
 * Var-sized bodies (RT_TF_VARSIZED) keep only the attribute word, behind the last item.
 *
 * Note [SHAPE]
 *  [SHAPE-1] The shape id determines the type, the block's size and which slot holds which name.
 *  [SHAPE-2] An instance gains an attribute under its critical section: slot first, then a release
 *            store of the shape. RT_NULL in a slot means absent (deleted, or being converted): leave
 *            the fast path.
 *  [SHAPE-3] Dictionary mode is entered once (first use of o.__dict__, > 64 attributes, delete and
 *            re-add): shape first, then the slots are emptied by swapping, then the dict is
 *            published in the attribute word. A lock-free overwrite in mt mode whose swap finds the
 *            slot empty takes its word back, if it is still there, and goes the slow path.
 *            While one thread runs it is left again (rt_inst_leave_dict): values into the slots, then the shape.
 *  [SHAPE-4] A data descriptor that turns up in a class after instances have stored that name, or a
 *            change of __getattribute__/__setattr__, calls rt_eval_flush_caches: so caches of
 *            RT_ATTR_SLOT, _OVERFLOW and _ADD need no guard but the shape.
 *  [SHAPE-5] Deleting the last attribute goes back to the shape before it, so that the next one is added as on a new
 *            instance; only while one thread runs: another one's cached store could meet the slot with its next name.
 */
#ifndef RT_OBJECT_SHAPE_H
#define RT_OBJECT_SHAPE_H

#include "core/object/type.h"

enum rt_attr_kind {
    RT_ATTR_MISS,     /* absent or not cacheable: rt_getattr / rt_setattr */
    /* guard: shape */
    RT_ATTR_SLOT,     /* rt_slot at byte `offset` from the object */
    RT_ATTR_OVERFLOW, /* slot number `offset` of the overflow storage */
    RT_ATTR_ADD,      /* store only: slot at byte `offset`, then shape becomes new_shape */
    /* guards: shape and rt_shape_from_id(shape)->type->version == type_version */
    RT_ATTR_DICT,     /* dictionary mode: look in the dict; absent: `value` (class attribute without
                         __get__, or a METHOD_DESCR) if not RT_NULL, else slow path */
    RT_ATTR_MEMBER,   /* __slots__ member: rt_slot at byte `offset`; RT_NULL there: slow path */
    RT_ATTR_CLASS,    /* `value`: plain class attribute, an uncounted word */
    RT_ATTR_CLASS_VAR, /* one that is variable (Note [VARIABLE]), in the dict of `owner` */
    RT_ATTR_METHOD,   /* `value`: function or method descriptor to be called with o first */
    RT_ATTR_PROPERTY, /* `value`: getter to be called with o (store: setter, with o and the value) */
    RT_ATTR_DESCR,    /* `value`: descriptor: call its type's descr_get / descr_set */
    /* guard: o is a type and rt_as_type(o)->version == type_version (versions are never reused) */
    RT_ATTR_TYPE,     /* `value`: attribute of the class o itself, uncounted, already bound */
    RT_ATTR_TYPE_SELF, /* `value`: function behind a classmethod, or a native one, to be called with o first */
    RT_ATTR_TYPE_VAR, /* a variable one, in the dict of `owner` */
    /* guard: shape; then look name up in rt_module_dict_borrowed(o); absent: slow path */
    RT_ATTR_MODULE,
};

struct rt_attr_probe {
    uint8_t kind;
    uint32_t shape;
    uint32_t offset;
    uint32_t type_version;
    rt_value value; /* uncounted */
    uint32_t new_shape;
    struct rt_type *owner;
};
/* [attached; nopy; never raises] What a staticmethod or classmethod wraps, where that needs no count; else RT_NULL. */
rt_value rt_wrapped_uncounted(rt_value wrap);
/* [attached; nopy; never raises] How `o.name` resolves now. name: interned. True unless MISS. A probe
   of a call target (LOAD_METHOD) and of a plain load is the same. */
bool rt_attr_probe_load(struct rt_thread *ts, rt_value o, rt_value name, struct rt_attr_probe *out);
bool rt_attr_probe_store(struct rt_thread *ts, rt_value o, rt_value name, struct rt_attr_probe *out);
/* The evaluator forgets all attribute caches. [attached; nopy] */
void rt_eval_flush_caches(struct rt_thread *ts);
/* No inline cache has the id of a shape with RT_SHAPE_DEAD any more. [process stopped] */
void rt_eval_forget_dead_shapes(void);

enum { RT_SHAPE_MAX_ATTRS = 64 };

struct rt_overflow {
    size_t capacity;
    size_t pad;
    rt_slot items[];
};

RT_INLINE rt_slot *rt_attr_slot_at(struct rt_object *o, uint32_t offset)
{
    return (rt_slot *)((char *)o + offset);
}
RT_INLINE rt_slot *rt_attr_word(struct rt_object *o, const struct rt_shape *s) /* not VARSIZED */
{
    return (rt_slot *)((char *)o + s->slot_offset - 8);
}
rt_slot *rt_attr_word_any(struct rt_object *o); /* also VARSIZED; NULL when instances have none */
rt_slot *rt_inst_tail(struct rt_object *o); /* of a type with tail_slots: where these begin */
RT_INLINE struct rt_overflow *rt_attr_overflow(rt_value word)
{
    return word.bits & 1 ? (struct rt_overflow *)(word.bits - 1) : NULL;
}
/* The slot of a cached RT_ATTR_OVERFLOW, or NULL: slow path. */
RT_INLINE rt_slot *rt_attr_overflow_slot(struct rt_object *o, uint32_t shape, uint32_t index)
{
    rt_value w = rt_slot_peek(rt_attr_word(o, rt_shape_from_id(shape)));
    return w.bits & 1 ? &((struct rt_overflow *)(w.bits - 1))->items[index] : NULL;
}

bool rt_attr_set_slot_mt(struct rt_thread *ts, struct rt_object *o, rt_slot *slot, uint32_t shape,
                         rt_value owned);
bool rt_attr_add_slot_mt(struct rt_thread *ts, struct rt_object *o, rt_slot *slot, uint32_t shape,
                         uint32_t new_shape, rt_value owned);
/* Cached store to RT_ATTR_SLOT after the shape guard. False: nothing was consumed, slow path. */
RT_INLINE bool rt_attr_set_slot(struct rt_thread *ts, struct rt_object *o, rt_slot *slot,
                                uint32_t shape, rt_value owned)
{
    if (rt_unlikely(!rt_sole_writer(ts, o)))
        return rt_attr_set_slot_mt(ts, o, slot, shape, owned);
    rt_value old = rt_slot_peek(slot);
    if (rt_unlikely(rt_is_null(old)))
        return false;
    rt_slot_put(slot, owned);
    rt_decref(ts, old);
    return true;
}
/* Cached store to RT_ATTR_ADD after the shape guard. False: nothing was consumed, slow path. */
RT_INLINE bool rt_attr_add_slot(struct rt_thread *ts, struct rt_object *o, rt_slot *slot,
                                uint32_t shape, uint32_t new_shape, rt_value owned)
{
    if (rt_unlikely(!rt_sole_writer(ts, o)))
        return rt_attr_add_slot_mt(ts, o, slot, shape, new_shape, owned);
    rt_slot_put(slot, owned);
    rt_store_release(&o->shape, new_shape);
    return true;
}

/* ---- for the object room ---- */
void rt_shapes_init(void);
/* Make t->shape (and inst_shape); layout fields of t are final. [under start-up or attached] */
int rt_shape_init_type(struct rt_thread *ts, struct rt_type *t);
/* t dies. */
void rt_shapes_bury(struct rt_type *t);
/* Many shapes are those of dead classes. They are used again: none of their objects is being torn down, no cache has their
   ids any more. [process stopped] */
bool rt_shapes_many_dead(void);
void rt_shapes_reuse_stw(void);
/* Root of t for this capacity, made if needed. NULL with MemoryError. */
struct rt_shape *rt_shape_root(struct rt_thread *ts, struct rt_type *t, uint32_t capacity);
struct rt_shape *rt_shape_dict(struct rt_thread *ts, struct rt_shape *s);
/* Index of name in s, or -1. */
int rt_shape_find(const struct rt_shape *s, rt_value name);
/* Child of s with name added; NULL: no room (dictionary mode) or, with ts->exc, no memory. */
struct rt_shape *rt_shape_add(struct rt_thread *ts, struct rt_shape *s, rt_value name);
/* Names of s in order into names[nslots]. */
void rt_shape_names(const struct rt_shape *s, rt_value *names);
/* Has any instance of t (not of its subclasses) ever stored `name` (RT_NULL: any)? [under the type lock] */
bool rt_shape_tree_has(struct rt_type *t, rt_value name);

/* ---- instance attributes (no descriptors, no class look-up); name interned ---- */
/* Owned value, or RT_NULL without exception when absent (with one: a dict look-up failed). */
rt_value rt_inst_get(struct rt_thread *ts, struct rt_object *o, rt_value name);
int rt_inst_set(struct rt_thread *ts, struct rt_object *o, rt_value name, rt_value v); /* borrowed */
int rt_inst_del(struct rt_thread *ts, struct rt_object *o, rt_value name); /* 1, 0 absent, -1 */
/* The dict of o, entering dictionary mode. New ref; NULL with an exception. */
rt_value rt_inst_dict(struct rt_thread *ts, struct rt_object *o);
int rt_inst_set_dict(struct rt_thread *ts, struct rt_object *o, rt_value dict); /* borrowed */
/* [attached; nopy] o, in dictionary mode, gets slots again if that can be: one thread runs, nobody else has the dict, its keys
   are names. For those who see that o's attributes are in use. */
void rt_inst_leave_dict(struct rt_thread *ts, struct rt_object *o);
rt_value rt_inst_dict_copy(struct rt_thread *ts, struct rt_object *o); /* new dict; o keeps its mode */
rt_value rt_inst_state_dict(struct rt_thread *ts, struct rt_object *o); /* the __dict__ that is, or such a copy */
bool rt_inst_is_empty(struct rt_thread *ts, struct rt_object *o);
void rt_inst_clear(struct rt_thread *ts, struct rt_object *o);   /* drop all attributes */
void rt_inst_release(struct rt_thread *ts, struct rt_object *o); /* the same on a dying object */
int rt_inst_traverse(struct rt_object *o, rt_visit visit, void *arg);

#endif
