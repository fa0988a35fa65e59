/* SPDX-License-Identifier: MIT */
/*
 * Method resolution order: C3 linearisation, layout of bases, the metaclass of a new class.
 */
#include "core/object/object_internal.h"

bool rt_type_is_subtype(const struct rt_type *t, const struct rt_type *base)
{
    if (t == base)
        return true;
    rt_value mro = rt_type_mro_borrowed(t);
    if (rt_is_null(mro)) {
        for (; t; t = t->base)
            if (t == base)
                return true;
        return base == &rt_object_type;
    }
    struct rt_tuple *m = rt_as_tuple(mro);
    for (size_t i = 1; i < m->length; i++)
        if ((struct rt_type *)rt_ptr(m->items[i]) == base)
            return true;
    return m->length && (struct rt_type *)rt_ptr(m->items[0]) == base;
}

const char *rt_type_shortname(const struct rt_type *t)
{
    const char *dot = rt_type_has(t, RT_TF_HEAP) ? NULL : strrchr(t->name, '.');
    return dot ? dot + 1 : t->name;
}

/* One sequence being merged: the MRO of a base, or the tuple of bases. */
struct seq {
    struct rt_tuple *t;
    size_t pos;
};

static bool in_tail(const struct seq *s, rt_value v)
{
    for (size_t i = s->pos + 1; i < s->t->length; i++)
        if (rt_is(s->t->items[i], v))
            return true;
    return false;
}

static rt_value inconsistent(struct rt_thread *ts, struct seq *seqs, size_t n)
{
    rt_value names = rt_list_new(ts, n);
    if (rt_is_null(names))
        return names;
    for (size_t i = 0; i < n; i++) {
        if (seqs[i].pos >= seqs[i].t->length)
            continue;
        struct rt_type *t = rt_as_type(seqs[i].t->items[seqs[i].pos]);
        rt_value s = rt_str_from_cstr(ts, rt_type_shortname(t));
        bool seen = false;
        for (size_t j = 0; j < rt_list_len(names); j++) {
            rt_value old = rt_list_get(ts, names, j);
            seen |= rt_str_eq(old, s);
            rt_decref(ts, old);
        }
        if (!seen)
            rt_list_append(ts, names, s);
        rt_decref(ts, s);
    }
    rt_value sep = rt_str_from_cstr(ts, ", "), all = rt_str_join(ts, sep, names);
    if (!rt_is_null(all))
        rt_raise(ts, &rt_exc_TypeError,
                 "Cannot create a consistent method resolution\norder (MRO) for bases %U", all);
    rt_decref(ts, all);
    rt_decref(ts, sep);
    rt_decref(ts, names);
    return RT_NULL;
}

static rt_value merge(struct rt_thread *ts, rt_value result, struct seq *seqs, size_t n)
{
    for (;;) {
        bool empty = true, found = false;
        for (size_t i = 0; i < n && !found; i++) {
            if (seqs[i].pos >= seqs[i].t->length)
                continue;
            empty = false;
            rt_value head = seqs[i].t->items[seqs[i].pos];
            bool blocked = false;
            for (size_t j = 0; j < n && !blocked; j++)
                blocked = j != i && in_tail(&seqs[j], head);
            if (blocked)
                continue;
            found = true;
            if (rt_list_append(ts, result, head) < 0)
                return RT_NULL;
            for (size_t j = 0; j < n; j++)
                if (seqs[j].pos < seqs[j].t->length && rt_is(seqs[j].t->items[seqs[j].pos], head))
                    seqs[j].pos++;
        }
        if (empty)
            return rt_newref(ts, result);
        if (!found)
            return inconsistent(ts, seqs, n);
    }
}

rt_value rt_mro_c3(struct rt_thread *ts, struct rt_type *t)
{
    struct rt_tuple *bases = rt_as_tuple(rt_type_bases_borrowed(t));
    size_t n = bases->length;
    for (size_t i = 0; i < n; i++) {
        struct rt_type *b = rt_as_type(bases->items[i]);
        if (rt_is_null(rt_type_mro_borrowed(b)))
            return rt_raise(ts, &rt_exc_TypeError, "Cannot extend an incomplete type '%.100s'", b->name);
        for (size_t j = i + 1; j < n; j++)
            if (rt_is(bases->items[i], bases->items[j]))
                return rt_raise(ts, &rt_exc_TypeError, "duplicate base class %s", rt_type_shortname(b));
    }
    rt_value list = rt_list_new(ts, 8), r = RT_NULL;
    struct seq *seqs = rt_raw_malloc((n + 1) * sizeof *seqs);
    if (!seqs)
        rt_raise_no_memory(ts);
    if (seqs && !rt_is_null(list) && rt_list_append(ts, list, rt_type_value(t)) == 0) {
        for (size_t i = 0; i < n; i++)
            seqs[i] = (struct seq){rt_as_tuple(rt_type_mro_borrowed(rt_as_type(bases->items[i]))), 0};
        seqs[n] = (struct seq){bases, 0};
        r = merge(ts, list, seqs, n + 1);
    }
    rt_raw_free(seqs);
    rt_decref(ts, list);
    return r;
}

/* A metaclass's mro() may return anything: check it. */
static int check_custom_mro(struct rt_thread *ts, struct rt_type *t, rt_value mro)
{
    struct rt_type *solid = rt_type_solid_base(t);
    struct rt_tuple *m = rt_as_tuple(mro);
    for (size_t i = 0; i < m->length; i++) {
        if (!rt_is_type(m->items[i])) {
            rt_raise(ts, &rt_exc_TypeError, "mro() returned a non-class ('%.500s')",
                     rt_typename(m->items[i]));
            return -1;
        }
        struct rt_type *b = rt_as_type(m->items[i]);
        if (!rt_type_is_subtype(solid, rt_type_solid_base(b))) {
            rt_raise(ts, &rt_exc_TypeError, "mro() returned base with unsuitable layout ('%.500s')",
                     b->name);
            return -1;
        }
    }
    return 0;
}

int rt_mro_compute(struct rt_thread *ts, struct rt_type *t)
{
    struct rt_type *meta = rt_type_of_obj(&t->hdr);
    rt_value list, mro, self = rt_type_value(t), f = RT_NULL;
    bool custom = meta != &rt_type_type && rt_type_has(t, RT_TF_HEAP);
    if (custom) {
        f = rt_type_lookup(ts, meta, RT_ID(mro));
        custom = !rt_is_exact(f, &rt_method_descr_type);
    }
    list = custom ? rt_call_unbound(ts, f, &self, 1, RT_NULL) : rt_mro_c3(ts, t);
    rt_decref(ts, f);
    if (rt_is_null(list))
        return -1;
    mro = rt_seq_tuple(ts, list);
    rt_decref(ts, list);
    if (rt_is_null(mro) || (custom && check_custom_mro(ts, t, mro) < 0)) {
        rt_decref(ts, mro);
        return -1;
    }
    if (rt_type_has(t, RT_TF_HEAP))
        mro = rt_defer(ts, mro);
    else
        rt_immortalize(ts, mro), mro = rt_borrowed(mro);
    rt_slot_set(ts, &t->mro, mro);
    return 0;
}

/* ---- layout ---------------------------------------------------------------------------------- */

/* t adds native fields or __slots__ to its base's layout. */
static bool adds_layout(const struct rt_type *t, const struct rt_type *base)
{
    return t->basic_size != base->basic_size || t->item_size != base->item_size || t->tail_slots != base->tail_slots;
}

struct rt_type *rt_type_solid_base(struct rt_type *t)
{
    if (!adds_layout(t, &rt_object_type)) /* lines of bases may be long */
        return &rt_object_type;
    while (t->base && !adds_layout(t, t->base))
        t = t->base;
    return t;
}

struct rt_type *rt_type_best_base(struct rt_thread *ts, rt_value bases)
{
    struct rt_type *best = NULL, *winner = NULL;
    struct rt_tuple *b = rt_as_tuple(bases);
    for (size_t i = 0; i < b->length; i++) {
        if (!rt_is_type(b->items[i])) {
            rt_raise(ts, &rt_exc_TypeError, "bases must be types");
            return NULL;
        }
        struct rt_type *t = rt_as_type(b->items[i]);
        if (!rt_type_has(t, RT_TF_READY | RT_TF_HEAP) && rt_type_ready(ts, t) < 0)
            return NULL;
        if (!rt_type_has(t, RT_TF_BASETYPE)) {
            rt_raise(ts, &rt_exc_TypeError, "type '%.100s' is not an acceptable base type", t->name);
            return NULL;
        }
        struct rt_type *solid = rt_type_solid_base(t);
        if (!winner || (winner != solid && rt_type_is_subtype(solid, winner))) {
            winner = solid;
            best = t;
        } else if (!rt_type_is_subtype(winner, solid)) {
            rt_raise(ts, &rt_exc_TypeError, "multiple bases have instance lay-out conflict");
            return NULL;
        }
    }
    return best;
}

struct rt_type *rt_type_calculate_meta(struct rt_thread *ts, struct rt_type *meta, rt_value bases)
{
    struct rt_tuple *b = rt_as_tuple(bases);
    for (size_t i = 0; i < b->length; i++) {
        struct rt_type *m = rt_type_of(b->items[i]);
        if (rt_type_is_subtype(meta, m))
            continue;
        if (!rt_type_is_subtype(m, meta)) {
            rt_raise(ts, &rt_exc_TypeError,
                     "metaclass conflict: the metaclass of a derived class must be a (non-strict) "
                     "subclass of the metaclasses of all its bases");
            return NULL;
        }
        meta = m;
    }
    return meta;
}

/* ---- __class__ and __bases__ assignment ------------------------------------------------------ */

static bool same_slots(struct rt_thread *ts, struct rt_type *a, struct rt_type *b)
{
    rt_value sa = rt_slot_peek(&a->ht_slots), sb = rt_slot_peek(&b->ht_slots);
    if (rt_is_null(sa) || rt_is_null(sb))
        return a->slots_count == 0 && b->slots_count == 0;
    int r = rt_equal(ts, sa, sb);
    if (r < 0)
        rt_exc_clear(ts);
    return r == 1;
}

static struct rt_type *layout_base(struct rt_type *t)
{
    while (t->base && rt_type_has(t, RT_TF_HEAP) && t->slots_count == 0 &&
           t->basic_size == t->base->basic_size)
        t = t->base;
    return t;
}

static bool same_layout(struct rt_thread *ts, struct rt_type *a, struct rt_type *b)
{
    a = layout_base(a);
    b = layout_base(b);
    if (a == b)
        return true;
    return rt_type_has(a, RT_TF_HEAP) && rt_type_has(b, RT_TF_HEAP) && a->basic_size == b->basic_size &&
           a->slots_count == b->slots_count && same_slots(ts, a, b) && a->base == b->base;
}

bool rt_type_compatible_layout(struct rt_thread *ts, struct rt_type *newto, struct rt_type *oldto,
                               const char *attr)
{
    const uint32_t flags = RT_TF_DICT | RT_TF_WEAKREF | RT_TF_VARSIZED;
    if (rt_type_has(newto, RT_TF_GC) != rt_type_has(oldto, RT_TF_GC)) {
        rt_raise(ts, &rt_exc_TypeError, "%s assignment: '%s' deallocator differs from '%s'", attr,
                 newto->name, oldto->name);
        return false;
    }
    if (((rt_load_relaxed(&newto->flags) ^ rt_load_relaxed(&oldto->flags)) & flags) ||
        !same_layout(ts, newto, oldto)) {
        rt_raise(ts, &rt_exc_TypeError, "%s assignment: '%s' object layout differs from '%s'", attr,
                 newto->name, oldto->name);
        return false;
    }
    return true;
}
