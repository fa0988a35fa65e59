/* SPDX-License-Identifier: MIT */
/*
 * Life and death of objects, and weak references as the counting and collecting rooms see them.
 */
#ifndef RT_OBJECT_INSTANCE_H
#define RT_OBJECT_INSTANCE_H

#include "core/object/shape.h"

/* [attached; nopy] The method, an uncounted word, by which a left operand of class ta alone answers first for `op` with a right
   one of class tb, where ta has it from Python; else RT_NULL. */
rt_value rt_slot_operator(struct rt_thread *ts, struct rt_type *ta, struct rt_type *tb, enum rt_binop op);
/* The same for a right operand of class tb that a left one, a number, knows nothing of: its reflected method. */
rt_value rt_slot_reflected_method(struct rt_type *tb, enum rt_binop op);
/* The same for a op= b. */
rt_value rt_slot_inplace_method(struct rt_type *ta, enum rt_binop op);
/* [attached; py; new ref; raises] a op b, or a op= b, after that method gave NotImplemented. */
rt_value rt_binary_rest(struct rt_thread *ts, rt_value a, rt_value b, enum rt_binop op, bool inplace);
rt_value rt_inplace_rest(struct rt_thread *ts, rt_value a, rt_value b, enum rt_binop op);
RT_COLD rt_value rt_binary_refused(struct rt_thread *ts, rt_value a, rt_value b, enum rt_binop op);
/* A comparison after a's own method gave NotImplemented, where b's class does not come first. */
rt_value rt_compare_rest(struct rt_thread *ts, rt_value a, rt_value b, enum rt_cmp op);
rt_value rt_object_getattr_opt(struct rt_thread *ts, rt_value o, rt_value name); /* no AttributeError */
/* What t(...) gives when __new__ has made o, whose reference it takes: o, initialised if it is a t. */
rt_value rt_type_call_init(struct rt_thread *ts, struct rt_type *t, rt_value o, const rt_value *args, uint32_t n, rt_value kw);
/* Only what the type cache knows: a borrowed, uncounted word. */
bool rt_type_lookup_cached(struct rt_type *t, rt_value name, rt_value *out);
/* The same, also of attributes that are variable: *owner is the class whose dict has it, *out RT_NULL. */
bool rt_type_lookup_known(struct rt_type *t, rt_value name, rt_value *out, struct rt_type **owner);
/* Note [VARIABLE] True: t.name was variable and is v now. slot: where t's dict has it, if that is known, or NULL. */
bool rt_type_store_variable(struct rt_thread *ts, struct rt_type *t, rt_value name, rt_value v, rt_slot *slot);
/* [raised] An AttributeError that does not say of what: suggestions want to know. */
RT_COLD void rt_attr_error_tells(struct rt_thread *ts, rt_value o, rt_value name);
/* Slots of classes that have attribute hooks written in Python. */
rt_value rt_slot_getattr_hook(struct rt_thread *ts, rt_value self, rt_value name);
rt_value rt_slot_getattr_missed(struct rt_thread *ts, rt_value self, rt_value name); /* its second half: self.__getattr__(name) */
rt_value rt_slot_getattribute(struct rt_thread *ts, rt_value self, rt_value name);
rt_value rt_slot_richcompare(struct rt_thread *ts, rt_value a, rt_value b, enum rt_cmp op); /* of comparisons written in Python */
int rt_slot_setattr_py(struct rt_thread *ts, rt_value self, rt_value name, rt_value v);
/* [attached; nopy] Is the look-up before __getattr__ that of object? false also when that is not known. */
bool rt_slot_getattr_is_plain(struct rt_type *t);
/* What the right operand's class, where it has the operator from Python, says. */
rt_value rt_slot_reflected(struct rt_thread *ts, rt_value a, rt_value b, enum rt_binop op);
/* The init slot of classes whose __init__ is written in Python. */
int rt_slot_init_py(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw);
/* The collector's half: runs the finalizer if it has not run (o is kept alive by the caller). */
void rt_object_finalize(struct rt_thread *ts, struct rt_object *o);
/* Bytes of o's block. */
size_t rt_object_size(const struct rt_object *o);

/* A type leaves its bases' lists of subclasses; harmless when done twice. */
void rt_type_unlink(struct rt_type *t);

/* Every reference of o including attribute storage; also what type->traverse does. */
int rt_instance_traverse(struct rt_object *o, rt_visit visit, void *arg);
void rt_instance_clear(struct rt_thread *ts, struct rt_object *o);

/* Start-up: early makes the shapes that rt_str_intern, rt_dict_new and so on need (before rt_names);
   then rt_object_init readies all types of core/object, core/types and core/eval. 0 or -1. */
void rt_object_init_early(struct rt_thread *ts);
int rt_object_init(struct rt_thread *ts);

/* Weak references. clear: o dies; callbacks run now. */
void rt_weakref_clear(struct rt_thread *ts, struct rt_object *o);
/* [world stopped; nopy] Clear all weak references to o; those with a callback that are not garbage
   themselves (is_garbage) are appended to *later as owned words; run them with rt_weakref_run. */
struct rt_weakref_later { rt_value *items; size_t n, capacity; };
void rt_weakref_clear_stw(struct rt_thread *ts, struct rt_object *o,
                          bool (*is_garbage)(struct rt_object *ref, void *arg), void *arg,
                          struct rt_weakref_later *later);
void rt_weakref_run(struct rt_thread *ts, struct rt_weakref_later *later); /* py; empties it */
/* Some weak reference to o has a callback (adaptive deferral leaves such objects alone). */
bool rt_weakref_has_callback(struct rt_thread *ts, struct rt_object *o);
rt_value rt_weakref_new(struct rt_thread *ts, rt_value o, rt_value callback /* or RT_NULL */);
/* Referent: owned, or RT_NULL without exception when it is gone. */
rt_value rt_weakref_first(struct rt_thread *ts, struct rt_object *o); /* some reference object, or RT_NULL */
rt_value rt_weakref_get(struct rt_thread *ts, rt_value ref);
int rt_weakref_init_interp(struct rt_thread *ts, struct rt_interp *in);
void rt_weakref_fini_interp(struct rt_interp *in);
void rt_weakref_after_fork(struct rt_interp *in);

#endif
