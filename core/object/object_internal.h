/* SPDX-License-Identifier: MIT */
/*
 * What the files of core/object share among themselves: the type lock, static objects, slot tables,
 * small helpers. Beyond this room only for modules that make or take apart types.
 */
#ifndef RT_OBJECT_INTERNAL_H
#define RT_OBJECT_INTERNAL_H

#include "core/object/builtin.h"
#include "core/object/instance.h"
#include "core/object/native.h"
#include "core/object/shape.h"

/* The type lock protects MROs, versions, subclasses, transitions. Nothing that may detach, allocate
   objects or run Python happens under it. */
RT_INLINE void rt_type_lock(void) { pthread_mutex_lock(&rt_runtime.type_lock); }
RT_INLINE void rt_type_unlock(void) { pthread_mutex_unlock(&rt_runtime.type_lock); }

/* Slots and base of a class that others may use are changed with the world stopped, for everybody reads
   them without a lock. No Python runs in between. */
RT_INLINE bool rt_types_stop(struct rt_thread *ts)
{
    bool stop = rt_load_relaxed(&ts->mt);
    if (stop)
        rt_stop_world(ts, RT_SCOPE_INTERP);
    return stop;
}
RT_INLINE void rt_types_start(struct rt_thread *ts, bool stopped)
{
    if (stopped)
        rt_start_world(ts, RT_SCOPE_INTERP);
}

/* ---- descriptors ---- */
struct rt_member_descr { struct rt_descr d; struct rt_member_def def; };
struct rt_slotdef;
struct rt_wrapper_descr { struct rt_descr d; const struct rt_slotdef *row; void *fn; };
struct rt_method_wrapper { struct rt_object hdr; struct rt_wrapper_descr *descr; rt_slot descr_ref, self; };
struct rt_property { struct rt_object hdr; rt_slot get, set, del, doc, name; _Atomic uint8_t getter_doc; };
struct rt_callable_wrap { struct rt_object hdr; rt_slot callable; }; /* classmethod, staticmethod */

rt_value rt_method_descr_new(struct rt_thread *ts, struct rt_type *t, const struct rt_method_def *def);
rt_value rt_getset_descr_new(struct rt_thread *ts, struct rt_type *t, const struct rt_getset_def *def);
rt_value rt_member_descr_new(struct rt_thread *ts, struct rt_type *t, const struct rt_member_def *def,
                             rt_value name);
rt_value rt_wrapper_descr_new(struct rt_thread *ts, struct rt_type *t, const struct rt_slotdef *row,
                              void *fn);
rt_value rt_staticmethod_new(struct rt_thread *ts, rt_value callable);
rt_value rt_classmethod_new(struct rt_thread *ts, rt_value callable);
rt_value rt_mappingproxy_new(struct rt_thread *ts, rt_value mapping);
rt_value rt_method_new(struct rt_thread *ts, rt_value func, rt_value self); /* bound method; core/eval */
rt_value rt_generic_alias_new(struct rt_thread *ts, rt_value origin, rt_value args);
rt_value rt_union_or(struct rt_thread *ts, rt_value a, rt_value b);
rt_value rt_union_from_args(struct rt_thread *ts, rt_value args);

rt_value rt_function_str(struct rt_thread *ts, rt_value func); /* "module.qualname()" for messages */
rt_value rt_builtin_bind(struct rt_thread *ts, const struct rt_method_def *def, rt_value self,
                         struct rt_type *objclass);
rt_value rt_getattr_reduce(struct rt_thread *ts, rt_value obj, rt_value name); /* (getattr, (obj, name)) */

/* ---- slots ---- */
typedef rt_value (*rt_wrapfn)(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n,
                              rt_value kw, void *fn, const struct rt_slotdef *row);
struct rt_slotdef {
    const char *name;
    uint32_t offset; /* of the field in struct rt_type */
    void *slot;      /* function that calls the dunder method; NULL: native only */
    rt_wrapfn wrap;
    const char *doc;
    rt_value id;     /* interned name; constant after start-up */
};
extern struct rt_slotdef rt_slotdefs[];
extern const uint32_t rt_slotdefs_count;
void rt_slots_init(struct rt_thread *ts);
RT_INLINE void **rt_slot_field(struct rt_type *t, const struct rt_slotdef *row)
{
    return (void **)((char *)t + row->offset);
}
/* Static types: wrapper descriptors for the slots that t itself declares. */
int rt_slots_add_wrappers(struct rt_thread *ts, struct rt_type *t, rt_value dict);
void rt_slots_inherit(struct rt_type *t, struct rt_type *base);
/* Heap types: set all slots from the dunder methods found along the MRO. */
void rt_slots_fixup(struct rt_thread *ts, struct rt_type *t);
/* name changed in t: recompute its slots in t and its subclasses. */
void rt_slots_update(struct rt_thread *ts, struct rt_type *t, rt_value name);
bool rt_slots_is_dunder(rt_value name);
int64_t rt_hash_not_implemented(struct rt_thread *ts, rt_value self);
rt_value rt_slot_new(struct rt_thread *ts, struct rt_type *t, const rt_value *args, uint32_t n, rt_value kw);
int rt_slot_init_py(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw);
rt_value rt_slot_iternext_absent(struct rt_thread *ts, rt_value self);
rt_value rt_type_new_method(struct rt_thread *ts, struct rt_type *t); /* the builtin __new__ */
bool rt_is_new_method(rt_value f);
extern const struct rt_method_def rt_new_def;

void rt_instance_release_members(struct rt_thread *ts, struct rt_object *o, struct rt_type *t);

/* ---- iterators (protocol/iterators.c) ---- */
rt_value rt_seqiter_new(struct rt_thread *ts, rt_value seq);
rt_value rt_callable_iter_new(struct rt_thread *ts, rt_value callable, rt_value sentinel);
int rt_iterators_init(struct rt_thread *ts);
rt_value rt_union_args_borrowed(rt_value u);
int rt_iter_contains(struct rt_thread *ts, rt_value o, rt_value v);

/* ---- types ---- */
int rt_mro_compute(struct rt_thread *ts, struct rt_type *t); /* sets t->mro; runs a metaclass's mro() */
rt_value rt_mro_c3(struct rt_thread *ts, struct rt_type *t); /* new list */
void rt_type_modified(struct rt_thread *ts, struct rt_type *t); /* new versions, t and subclasses */
void rt_type_modified_locked(struct rt_thread *ts, struct rt_type *t);
/* Each of these (former or present) bases of t lists t, if it is one of t's bases now; none lists it twice. -1: MemoryError */
int rt_type_link(struct rt_thread *ts, struct rt_type *t, rt_value bases);
void rt_type_remove_subclass(struct rt_type *base, struct rt_type *t);
void rt_type_subclasses_free(struct rt_type *t);
rt_value rt_type_subclasses_list(struct rt_thread *ts, struct rt_type *t); /* living direct ones */
/* New list of t and all who come from it in this interpreter, each once, behind all its bases that are in it. */
rt_value rt_type_hierarchy(struct rt_thread *ts, struct rt_type *t);
/* The same of all interpreters as a chain by walk.next, which is valid while the type lock is held. enter (NULL: always) says
   whether to look at a type and on below it. */
struct rt_type *rt_type_walk_locked(struct rt_type *t, bool (*enter)(struct rt_type *, void *), void *arg);
rt_value rt_type_getattro(struct rt_thread *ts, rt_value self, rt_value name);
int rt_type_setattro(struct rt_thread *ts, rt_value self, rt_value name, rt_value v);
rt_value rt_type_getattr_opt(struct rt_thread *ts, rt_value self, rt_value name); /* NULL: absent */
struct rt_type *rt_type_best_base(struct rt_thread *ts, rt_value bases);
struct rt_type *rt_type_solid_base(struct rt_type *t);
bool rt_type_compatible_layout(struct rt_thread *ts, struct rt_type *newto, struct rt_type *oldto,
                               const char *attr);
struct rt_type *rt_type_calculate_meta(struct rt_thread *ts, struct rt_type *meta, rt_value bases);
rt_value rt_type_module(struct rt_thread *ts, struct rt_type *t);   /* __module__ value */
rt_value rt_type_qualname(struct rt_thread *ts, struct rt_type *t); /* new str */
rt_value rt_doc_signature(struct rt_thread *ts, const char *name, const char *doc); /* or None */
rt_value rt_doc_text(struct rt_thread *ts, const char *name, const char *doc);      /* or None */
rt_value rt_frame_globals_borrowed(const struct rt_frame *f); /* core/eval */
rt_value rt_exc_handled_borrowed(struct rt_thread *ts);       /* core/eval */
int rt_traceback_add(struct rt_thread *ts, struct rt_frame *f);             /* core/eval */
int rt_traceback_print(struct rt_thread *ts, rt_value tb, rt_value file);  /* core/eval */
/* super() without arguments: class cell and first argument of the calling frame; owned; core/eval. */
int rt_super_arguments(struct rt_thread *ts, rt_value *type, rt_value *obj);
int rt_generic_init(struct rt_thread *ts);
int rt_error_init(struct rt_thread *ts);
extern struct rt_type rt_unraisable_type;
/* o.name for a call, o a super object: as rt_getmethod. */
rt_value rt_super_method(struct rt_thread *ts, rt_value o, rt_value name, rt_value *self);
/* super(t, obj).name, bound; new ref; AttributeError. */
rt_value rt_super_lookup(struct rt_thread *ts, struct rt_type *t, rt_value obj, rt_value name);
int rt_object_init_more(struct rt_thread *ts); /* the remaining types of this room, exceptions */
extern const struct rt_getset_def rt_dict_getset, rt_weakref_getset;
rt_value rt_object_new_slot(struct rt_thread *ts, struct rt_type *t, const rt_value *args, uint32_t n, rt_value kw);
int rt_object_init_slot(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw);
rt_value rt_module_getattr_opt(struct rt_thread *ts, rt_value self, rt_value name); /* no AttributeError but from __getattr__ */
rt_value rt_function_getattr_opt(struct rt_thread *ts, rt_value self, rt_value name); /* core/eval; NULL: absent */
rt_value rt_method_getattr_opt(struct rt_thread *ts, rt_value self, rt_value name);   /* the same */
int rt_object_set_class(struct rt_thread *ts, rt_value self, rt_value v, void *closure);
RT_INLINE rt_value rt_type_mro_borrowed(const struct rt_type *t) { return rt_slot_peek(&t->mro); }
RT_INLINE rt_value rt_type_bases_borrowed(const struct rt_type *t) { return rt_slot_peek(&t->bases); }
RT_INLINE rt_value rt_type_dict_borrowed(const struct rt_type *t) { return rt_slot_peek(&t->dict); }

/* Bind descriptor f found on type t for o; f owned, consumed. */
RT_INLINE rt_value rt_bind(struct rt_thread *ts, rt_value f, rt_value o, struct rt_type *t)
{
    rt_value (*get)(struct rt_thread *, rt_value, rt_value, rt_value) =
        rt_is_ptr(f) ? rt_type_of_obj(rt_ptr(f))->descr_get : NULL;
    if (!get)
        return f;
    rt_value r = get(ts, f, o, rt_type_value(t));
    rt_decref(ts, f);
    return r;
}
/* Call f, found on the type of argv[0], as a method with argv (n words, self included). */
rt_value rt_call_unbound(struct rt_thread *ts, rt_value f, const rt_value *argv, uint32_t n, rt_value kw);
/* type(o).name(o, ...): *found false and RT_NULL without exception when absent. */
rt_value rt_call_special(struct rt_thread *ts, rt_value name, const rt_value *argv, uint32_t n, bool *found);

RT_INLINE rt_value rt_none_if_null(rt_value v) { return rt_is_null(v) ? RT_NONE : v; }
RT_INLINE rt_value rt_slot_get_none(struct rt_thread *ts, void *o, rt_slot *s)
{
    return rt_none_if_null(rt_slot_get(ts, o, s));
}
/* Visit a slot in a traverse function. */
#define RT_VISIT_SLOT(s)                                            \
    do {                                                            \
        rt_value v_ = rt_slot_peek(s);                              \
        int r_;                                                     \
        if (rt_is_ptr(v_) && (r_ = visit(v_, arg)))                 \
            return r_;                                              \
    } while (0)

#endif
