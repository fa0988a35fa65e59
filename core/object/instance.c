/* SPDX-License-Identifier: MIT */
/*
 * Attribute storage of instances: inline slots, overflow, dictionary mode. See Note [SHAPE] in shape.h
 * for what may happen without the object's lock.
 */
#include "core/object/object_internal.h"

static size_t native_size(const struct rt_object *o, const struct rt_type *t)
{
    size_t n = t->size ? t->size(o) : t->basic_size;
    return t->tail_slots ? RT_ROUND_UP(n, 8) + 8 * t->tail_slots : n;
}

rt_slot *rt_inst_tail(struct rt_object *o)
{
    struct rt_type *t = rt_type_of_obj(o);
    return (rt_slot *)((char *)o + RT_ROUND_UP(t->size(o), 8));
}

size_t rt_object_size(const struct rt_object *o)
{
    const struct rt_shape *s = rt_shape_of(o);
    if (rt_likely(s->inst_size))
        return s->inst_size;
    uint32_t flags = rt_load_relaxed(&s->type->flags);
    size_t n = native_size(o, s->type);
    if ((flags & (RT_TF_DICT | RT_TF_VARSIZED)) == (RT_TF_DICT | RT_TF_VARSIZED))
        n = RT_ROUND_UP(n, 8) + 8;
    return n;
}

rt_slot *rt_attr_word_any(struct rt_object *o)
{
    const struct rt_shape *s = rt_shape_of(o);
    if (s->flags & RT_SHAPE_NOATTRS)
        return NULL;
    if (s->slot_offset)
        return rt_attr_word(o, s);
    return (rt_slot *)((char *)o + RT_ROUND_UP(native_size(o, s->type), 8));
}

/* The slot with this index, or NULL while another thread is moving the overflow storage. */
static rt_slot *slot_of(struct rt_object *o, const struct rt_shape *s, uint32_t index)
{
    if (index < s->inline_capacity)
        return (rt_slot *)((char *)o + s->slot_offset) + index;
    struct rt_overflow *ov = rt_attr_overflow(rt_slot_peek(rt_attr_word(o, s)));
    index -= s->inline_capacity;
    return ov && index < ov->capacity ? &ov->items[index] : NULL;
}

static rt_value dict_of(struct rt_thread *ts, struct rt_object *o)
{
    rt_slot *w = rt_attr_word_any(o);
    rt_value d = rt_slot_get(ts, o, w);
    if (rt_likely(rt_is_ptr(d)) || !rt_load_relaxed(&ts->mt))
        return d.bits & 1 ? RT_NULL : d;
    struct rt_cs cs; /* a conversion may be in progress: it holds the lock */
    rt_cs_begin(ts, &cs, o);
    d = rt_slot_get(ts, o, w);
    rt_cs_end(ts, &cs);
    return d.bits & 1 ? RT_NULL : d;
}

static rt_value inst_get_locked(struct rt_thread *ts, struct rt_object *o, rt_value name)
{
    const struct rt_shape *s = rt_shape_of(o);
    if (s->flags & RT_SHAPE_DICT) {
        rt_value d = dict_of(ts, o);
        if (rt_is_null(d))
            return RT_NULL;
        rt_value v = rt_dict_get(ts, d, name);
        rt_decref(ts, d);
        return v;
    }
    int i = rt_shape_find(s, name);
    rt_slot *slot = i < 0 ? NULL : slot_of(o, s, (uint32_t)i);
    return slot ? rt_slot_get(ts, o, slot) : RT_NULL;
}

rt_value rt_inst_get(struct rt_thread *ts, struct rt_object *o, rt_value name)
{
    const struct rt_shape *s = rt_shape_of(o);
    if (s->flags & (RT_SHAPE_NOATTRS | RT_SHAPE_DICT))
        return s->flags & RT_SHAPE_NOATTRS ? RT_NULL : inst_get_locked(ts, o, name);
    int i = rt_shape_find(s, name);
    if (i < 0)
        return RT_NULL;
    rt_slot *slot = slot_of(o, s, (uint32_t)i);
    rt_value v = slot ? rt_slot_get(ts, o, slot) : RT_NULL;
    if (rt_unlikely(rt_is_null(v)) && rt_load_relaxed(&ts->mt)) {
        struct rt_cs cs;
        rt_cs_begin(ts, &cs, o);
        v = inst_get_locked(ts, o, name);
        rt_cs_end(ts, &cs);
    }
    return v;
}

/* Room for overflow slot `index`; o's section is held. */
static int overflow_grow(struct rt_thread *ts, struct rt_object *o, const struct rt_shape *s,
                         uint32_t index)
{
    rt_slot *w = rt_attr_word(o, s);
    struct rt_overflow *old = rt_attr_overflow(rt_slot_peek(w));
    if (old && index < old->capacity)
        return 0;
    size_t cap = old ? old->capacity * 2 : 4;
    struct rt_overflow *ov = rt_raw_calloc(1, sizeof *ov + cap * sizeof ov->items[0]);
    if (!ov) {
        rt_raise_no_memory(ts);
        return -1;
    }
    ov->capacity = cap;
    for (size_t i = 0; old && i < old->capacity; i++)
        rt_slot_init(&ov->items[i], rt_slot_peek(&old->items[i]));
    rt_slot_put(w, RT_VALUE((uintptr_t)ov | 1));
    if (old) {
        for (size_t i = 0; i < old->capacity; i++)
            rt_slot_put(&old->items[i], RT_NULL);
        rt_retire(ts, old, sizeof *old + old->capacity * 8, NULL);
    }
    return 0;
}

/* Enter dictionary mode; o's section is held. 0 or -1. Note [SHAPE-3] */
static int enter_dict_mode(struct rt_thread *ts, struct rt_object *o, rt_value dict)
{
    struct rt_shape *s = rt_shape_of(o), *d;
    rt_value names[RT_SHAPE_MAX_ATTRS];
    rt_slot *w = rt_attr_word_any(o);
    if (s->flags & RT_SHAPE_DICT) {
        rt_slot_put(w, rt_newref(ts, dict));
        return 0;
    }
    if (!(d = rt_shape_dict(ts, s)))
        return -1;
    struct rt_overflow *ov = rt_attr_overflow(rt_slot_peek(w));
    uint32_t n = s->nslots;
    rt_shape_names(s, names);
    rt_store_seq(&o->shape, d->id);
    int r = 0;
    for (uint32_t i = 0; i < n; i++) {
        rt_slot *slot = slot_of(o, s, i);
        rt_value v = slot ? rt_slot_swap(slot, RT_NULL) : RT_NULL;
        if (!rt_is_null(v)) {
            r |= rt_dict_set(ts, dict, names[i], v);
            rt_decref(ts, v);
        }
    }
    rt_slot_put(w, rt_newref(ts, dict));
    if (ov)
        rt_retire(ts, ov, sizeof *ov + ov->capacity * 8, NULL);
    return r;
}

rt_value rt_inst_dict(struct rt_thread *ts, struct rt_object *o)
{
    if (rt_shape_of(o)->flags & RT_SHAPE_DICT) {
        rt_value d = dict_of(ts, o);
        if (!rt_is_null(d))
            return d;
    }
    rt_value dict = rt_dict_new(ts);
    if (rt_is_null(dict))
        return dict;
    struct rt_cs cs;
    rt_cs_begin(ts, &cs, o);
    rt_slot *w = rt_attr_word_any(o);
    rt_value d = rt_slot_get(ts, o, w);
    int r = 0;
    if (rt_is_ptr(d)) {
        rt_decref(ts, dict);
        dict = d;
    } else {
        r = enter_dict_mode(ts, o, dict);
    }
    rt_cs_end(ts, &cs);
    if (r < 0) {
        rt_decref(ts, dict);
        return RT_NULL;
    }
    return dict;
}

/* The shape of instances of s's family with the keys of dict as attributes, in order and all in line; or NULL. */
static struct rt_shape *shape_for_keys(struct rt_thread *ts, struct rt_shape *s, rt_value dict)
{
    size_t n = rt_dict_len(dict), pos = 0;
    rt_value key;
    if (n > s->inline_capacity) {
        if (n <= 16 && n > rt_load_relaxed(&s->type->inline_hint)) /* those to come have room */
            rt_store_relaxed(&s->type->inline_hint, (uint32_t)n);
        return NULL;
    }
    for (s = s->root; s && rt_dict_next(ts, dict, &pos, &key, NULL);) {
        s = rt_is_str_exact(key) && rt_str_is_interned(key) ? rt_shape_add(ts, s, key) : NULL;
        rt_decref(ts, key);
    }
    if (!s)
        rt_exc_clear(ts);
    return s;
}

void rt_inst_leave_dict(struct rt_thread *ts, struct rt_object *o)
{
    struct rt_shape *s = rt_shape_of(o), *to;
    if (rt_load_relaxed(&ts->mt) || !(s->flags & RT_SHAPE_DICT) || !s->slot_offset || !rt_type_has(s->type, RT_TF_HEAP))
        return;
    rt_slot *w = rt_attr_word(o, s), *slot = w + 1;
    rt_value d = rt_slot_peek(w), v;
    if (!rt_is_counted(d) || !rt_is_exact(d, &rt_dict_type) || !rt_object_is_unique(ts, rt_ptr(d)) ||
        !(to = shape_for_keys(ts, s, d)))
        return;
    for (size_t pos = 0; rt_dict_next(ts, d, &pos, NULL, &v);)
        rt_slot_put(slot++, v);
    rt_slot_put(w, RT_NULL);
    rt_store_release(&o->shape, to->id);
    rt_decref(ts, d); /* its values live on */
}

int rt_inst_set_dict(struct rt_thread *ts, struct rt_object *o, rt_value dict)
{
    rt_value old = rt_inst_dict(ts, o); /* dictionary mode from here on */
    if (rt_is_null(old))
        return -1;
    rt_decref(ts, old);
    rt_slot_set(ts, rt_attr_word_any(o), rt_newref(ts, dict));
    return 0;
}

rt_value rt_inst_dict_copy(struct rt_thread *ts, struct rt_object *o)
{
    struct rt_shape *s = rt_shape_of(o);
    if (s->flags & RT_SHAPE_DICT) {
        rt_value d = dict_of(ts, o);
        if (rt_is_null(d))
            return rt_dict_new(ts);
        rt_value c = rt_dict_copy(ts, d);
        rt_decref(ts, d);
        return c;
    }
    rt_value names[RT_SHAPE_MAX_ATTRS], d = rt_dict_new(ts);
    uint32_t n = s->nslots;
    rt_shape_names(s, names);
    for (uint32_t i = 0; i < n && !rt_is_null(d); i++) {
        rt_value v = rt_inst_get(ts, o, names[i]);
        if (!rt_is_null(v) && rt_dict_set(ts, d, names[i], v) < 0)
            rt_clear(ts, &d);
        rt_decref(ts, v);
    }
    return d;
}

rt_value rt_inst_state_dict(struct rt_thread *ts, struct rt_object *o)
{
    return rt_shape_of(o)->flags & RT_SHAPE_DICT ? rt_inst_dict(ts, o) : rt_inst_dict_copy(ts, o);
}

bool rt_inst_is_empty(struct rt_thread *ts, struct rt_object *o)
{
    struct rt_shape *s = rt_shape_of(o);
    if (s->flags & RT_SHAPE_NOATTRS)
        return true;
    if (s->flags & RT_SHAPE_DICT) {
        rt_value d = dict_of(ts, o);
        bool empty = rt_is_null(d) || rt_dict_len(d) == 0;
        rt_decref(ts, d);
        return empty;
    }
    for (uint32_t i = 0; i < s->nslots; i++) {
        rt_slot *slot = slot_of(o, s, i);
        if (slot && !rt_is_null(rt_slot_peek(slot)))
            return false;
    }
    return true;
}

static int dict_set(struct rt_thread *ts, struct rt_object *o, rt_value name, rt_value v)
{
    rt_value d = rt_inst_dict(ts, o);
    if (rt_is_null(d))
        return -1;
    int r = rt_dict_set(ts, d, name, v);
    rt_decref(ts, d);
    return r;
}

enum step { STEP_DONE, STEP_DICT, STEP_ERROR };

/* One attempt under o's section; *old receives what the store displaced. */
static enum step set_locked(struct rt_thread *ts, struct rt_object *o, rt_value name, rt_value owned,
                            rt_value *old)
{
    struct rt_shape *s = rt_shape_of(o), *c;
    if (s->flags & RT_SHAPE_DICT)
        return STEP_DICT;
    int i = rt_shape_find(s, name);
    if (i >= 0) {
        rt_slot *slot = slot_of(o, s, (uint32_t)i);
        if (!slot || (rt_is_null(rt_slot_peek(slot)) && i != s->nslots - 1))
            return STEP_DICT; /* came back after a delete: keep the order of a dict */
        *old = rt_slot_swap(slot, owned);
        return STEP_DONE;
    }
    if (!(c = rt_shape_add(ts, s, name)))
        return rt_pending(ts) ? STEP_ERROR : STEP_DICT;
    uint32_t index = c->last_index;
    if (rt_unlikely(index >= c->inline_capacity)) {
        if (overflow_grow(ts, o, c, index - c->inline_capacity) < 0)
            return STEP_ERROR;
        if (index >= rt_load_relaxed(&c->type->inline_hint))
            rt_store_relaxed(&c->type->inline_hint, index + 1);
    }
    rt_slot_put(slot_of(o, c, index), owned);
    rt_store_release(&o->shape, c->id);
    return STEP_DONE;
}

int rt_inst_set(struct rt_thread *ts, struct rt_object *o, rt_value name, rt_value v)
{
    rt_value owned = rt_newref(ts, v), old = RT_NULL;
    enum step r = STEP_DICT;
    if (!(rt_shape_of(o)->flags & RT_SHAPE_DICT)) {
        struct rt_cs cs;
        rt_cs_begin(ts, &cs, o);
        r = set_locked(ts, o, name, owned, &old);
        rt_cs_end(ts, &cs);
    }
    if (rt_likely(r == STEP_DONE)) {
        rt_decref(ts, old);
        return 0;
    }
    int rc = r == STEP_DICT ? dict_set(ts, o, name, v) : -1;
    rt_decref(ts, owned);
    return rc;
}

/* Note [SHAPE-5] o, whose last attribute went, gets the shape it had before that came; o's section is held. */
static void step_back(struct rt_thread *ts, struct rt_object *o, struct rt_shape *s)
{
    if (rt_load_relaxed(&ts->mt))
        return;
    rt_slot *slots = (rt_slot *)((char *)o + s->slot_offset);
    while (s->nslots && s->last_index < s->inline_capacity && rt_is_null(rt_slot_peek(&slots[s->last_index])))
        s = s->parent;
    rt_store_release(&o->shape, s->id);
}

int rt_inst_del(struct rt_thread *ts, struct rt_object *o, rt_value name)
{
    struct rt_shape *s = rt_shape_of(o);
    if (s->flags & RT_SHAPE_NOATTRS)
        return 0;
    rt_value old = RT_NULL;
    if (!(s->flags & RT_SHAPE_DICT)) {
        struct rt_cs cs;
        rt_cs_begin(ts, &cs, o);
        s = rt_shape_of(o);
        if (!(s->flags & RT_SHAPE_DICT)) {
            int i = rt_shape_find(s, name);
            rt_slot *slot = i < 0 ? NULL : slot_of(o, s, (uint32_t)i);
            old = slot ? rt_slot_swap(slot, RT_NULL) : RT_NULL;
            if (i >= 0 && i == s->nslots - 1)
                step_back(ts, o, s);
        }
        rt_cs_end(ts, &cs);
        if (!(s->flags & RT_SHAPE_DICT)) {
            rt_decref(ts, old);
            return !rt_is_null(old);
        }
    }
    rt_value d = dict_of(ts, o);
    if (rt_is_null(d))
        return 0;
    int r = rt_dict_del_opt(ts, d, name);
    rt_decref(ts, d);
    return r;
}

/* ---- cached stores while other threads run ---- */

bool rt_attr_set_slot_mt(struct rt_thread *ts, struct rt_object *o, rt_slot *slot, uint32_t shape,
                         rt_value owned)
{
    rt_value old;
    rt_claim_writes(ts, o);
    if (rt_shape_id(o) != shape || !rt_slot_replace(slot, owned, &old)) /* or deleted, or moved to a dict */
        return false;
    rt_decref(ts, old);
    return true;
}

bool rt_attr_add_slot_mt(struct rt_thread *ts, struct rt_object *o, rt_slot *slot, uint32_t shape,
                         uint32_t new_shape, rt_value owned)
{
    if (rt_object_is_unique(ts, o)) { /* a constructor filling its new instance */
        rt_slot_put(slot, owned);
        rt_store_release(&o->shape, new_shape);
        return true;
    }
    struct rt_cs cs;
    rt_cs_begin(ts, &cs, o);
    bool ok = rt_shape_id(o) == shape;
    if (ok) {
        rt_slot_put(slot, owned);
        rt_store_release(&o->shape, new_shape);
    }
    rt_cs_end(ts, &cs);
    return ok;
}

/* ---- collector and death ---- */

/* Slot members (__slots__) of heap types lie between the base's body and this type's, or behind a var-sized body. */
static int members_traverse(struct rt_object *o, struct rt_type *t, rt_visit visit, void *arg)
{
    if (t->tail_slots) {
        rt_slot *s = rt_inst_tail(o);
        for (uint32_t i = 0; i < t->tail_slots; i++)
            RT_VISIT_SLOT(&s[i]);
        return 0;
    }
    for (; t && rt_type_has(t, RT_TF_HEAP); t = t->base) {
        rt_slot *s = (rt_slot *)((char *)o + t->basic_size) - t->slots_count;
        for (uint32_t i = 0; i < t->slots_count; i++)
            RT_VISIT_SLOT(&s[i]);
    }
    return 0;
}

static void members_release(struct rt_thread *ts, struct rt_object *o, struct rt_type *t)
{
    if (t->tail_slots) {
        rt_slot *s = rt_inst_tail(o);
        for (uint32_t i = 0; i < t->tail_slots; i++)
            rt_slot_clear(ts, o, &s[i]);
        return;
    }
    for (; t && rt_type_has(t, RT_TF_HEAP); t = t->base) {
        rt_slot *s = (rt_slot *)((char *)o + t->basic_size) - t->slots_count;
        for (uint32_t i = 0; i < t->slots_count; i++)
            rt_slot_clear(ts, o, &s[i]);
    }
}

int rt_inst_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    struct rt_shape *s = rt_shape_of(o);
    if (s->flags & RT_SHAPE_NOATTRS)
        return 0;
    rt_slot *w = rt_attr_word_any(o);
    rt_value v = rt_slot_peek(w);
    int r;
    if (rt_is_ptr(v) && (r = visit(v, arg)))
        return r;
    if (s->flags & RT_SHAPE_DICT)
        return 0;
    rt_slot *inl = (rt_slot *)((char *)o + s->slot_offset);
    uint32_t n = s->nslots < s->inline_capacity ? s->nslots : s->inline_capacity;
    for (uint32_t i = 0; i < n; i++)
        RT_VISIT_SLOT(&inl[i]);
    struct rt_overflow *ov = rt_attr_overflow(v);
    for (uint32_t i = 0; ov && i < ov->capacity; i++)
        RT_VISIT_SLOT(&ov->items[i]);
    return 0;
}

void rt_inst_clear(struct rt_thread *ts, struct rt_object *o)
{
    struct rt_shape *s = rt_shape_of(o);
    if (s->flags & RT_SHAPE_NOATTRS)
        return;
    rt_slot *w = rt_attr_word_any(o);
    rt_value v = rt_slot_peek(w);
    if (rt_is_ptr(v)) {
        rt_decref(ts, rt_slot_swap(w, RT_NULL));
        return;
    }
    for (uint32_t i = 0; i < s->nslots; i++) {
        rt_slot *slot = slot_of(o, s, i);
        if (slot)
            rt_decref(ts, rt_slot_swap(slot, RT_NULL));
    }
}

void rt_inst_release(struct rt_thread *ts, struct rt_object *o)
{
    struct rt_shape *s = rt_shape_of(o);
    if (s->flags & RT_SHAPE_NOATTRS)
        return;
    rt_slot *w = rt_attr_word_any(o);
    rt_value v = rt_slot_peek(w);
    if (!(s->flags & RT_SHAPE_DICT)) {
        rt_slot *inl = (rt_slot *)((char *)o + s->slot_offset);
        uint32_t n = s->nslots < s->inline_capacity ? s->nslots : s->inline_capacity;
        for (uint32_t i = 0; i < n; i++) {
            rt_value old = rt_slot_peek(&inl[i]);
            rt_slot_put(&inl[i], RT_NULL);
            rt_decref(ts, old);
        }
    }
    rt_slot_put(w, RT_NULL);
    struct rt_overflow *ov = rt_attr_overflow(v);
    if (ov) {
        for (size_t i = 0; i < ov->capacity; i++)
            rt_decref(ts, rt_slot_swap(&ov->items[i], RT_NULL));
        rt_retire(ts, ov, sizeof *ov + ov->capacity * 8, NULL);
    } else {
        rt_decref(ts, v);
    }
}

int rt_instance_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    struct rt_type *t = rt_type_of_obj(o);
    int r = t->native_traverse ? t->native_traverse(o, visit, arg) : 0;
    if (!r)
        r = members_traverse(o, t, visit, arg);
    return r ? r : rt_inst_traverse(o, visit, arg);
}

void rt_instance_clear(struct rt_thread *ts, struct rt_object *o)
{
    struct rt_type *t = rt_type_of_obj(o);
    members_release(ts, o, t);
    rt_inst_clear(ts, o);
    if (t->native_clear)
        t->native_clear(ts, o);
}


void rt_instance_release_members(struct rt_thread *ts, struct rt_object *o, struct rt_type *t)
{
    members_release(ts, o, t);
}
