/* SPDX-License-Identifier: MIT */
/* dict: the type's slots and the C interface of containers.h, on top of dict_table.c. */
#include "core/types/dict_internal.h"

/* ---- making ---- */
static void init_empty(struct rt_dict *d)
{
    rt_store_relaxed(&d->table, rt_dict_table_empty);
    rt_store_relaxed(&d->used, 0);
    rt_store_relaxed(&d->version, 0);
}

rt_value rt_dict_new(struct rt_thread *ts)
{
    struct rt_dict *d = rt_object_new(ts, &rt_dict_type, sizeof(*d));
    if (!d)
        return RT_NULL;
    init_empty(d);
    return rt_own(d);
}

rt_value rt_dict_new_sized(struct rt_thread *ts, size_t n)
{
    rt_value v = rt_dict_new(ts);
    if (rt_is_null(v) || n == 0)
        return v;
    struct rt_dict_table *t = rt_dict_table_for(ts, n, 1);
    if (!t) {
        rt_decref(ts, v);
        return RT_NULL;
    }
    rt_store_relaxed(&rt_as_dict(v)->table, t);
    rt_store_relaxed(&rt_as_dict(v)->version, 1);
    return v;
}

rt_value rt_dict_new_of(struct rt_thread *ts, struct rt_type *t)
{
    if (t == &rt_dict_type)
        return rt_dict_new(ts);
    rt_value v = rt_type_alloc(ts, t);
    if (!rt_is_null(v))
        init_empty(rt_as_dict(v));
    return v;
}

/* ---- C interface ---- */
static RT_NOINLINE rt_value get_further(struct rt_thread *ts, rt_value d, rt_value key)
{
    int64_t hash = rt_hash_inline(ts, key);
    return rt_unlikely(hash == -1) ? RT_NULL : rt_dict_get_hash(ts, d, key, hash);
}

/* e is the entry of a str with the hash of key, another str. */
static RT_NOINLINE rt_value get_equal(struct rt_thread *ts, rt_value d, rt_value key, struct rt_dict_entry *e)
{
    if (rt_likely(rt_cont_same_str(ts, rt_slot_peek(&e->key), key))) {
        rt_value v = rt_slot_get(ts, rt_ptr(d), &e->value);
        if (rt_likely(v.bits))
            return v;
    }
    return get_further(ts, d, key);
}

/* Along the places of hash, that of key, an int or a str, in a table whose index has bytes (small) or wider numbers. */
RT_INLINE rt_value get_along(struct rt_thread *ts, rt_value d, struct rt_dict_table *t, rt_value key, size_t hash, bool small)
{
    size_t mask = ((size_t)1 << t->log2_size) - 1, perturb = hash, i = hash & mask;
    struct rt_dict_entry *entries = rt_dict_entries(t);
    for (;;) {
        ssize_t ix = small ? rt_load_acquire(&((_Atomic int8_t *)(t + 1))[i]) : rt_dict_index(t, i);
        if (ix >= 0) {
            struct rt_dict_entry *e = &entries[ix];
            if (rt_is(rt_slot_peek(&e->key), key)) {
                rt_value v = rt_slot_get(ts, rt_ptr(d), &e->value);
                return rt_likely(v.bits) ? v : get_further(ts, d, key);
            }
            if ((size_t)rt_load_relaxed(&e->hash) == hash)
                return rt_is_int(key) ? get_further(ts, d, key) : get_equal(ts, d, key, e);
        } else if (ix == DICT_EMPTY) {
            return RT_NULL;
        }
        perturb >>= DICT_PERTURB_SHIFT;
        i = (i * 5 + perturb + 1) & mask;
    }
}
static RT_NOINLINE rt_value get_next(struct rt_thread *ts, rt_value d, struct rt_dict_table *t, rt_value key, size_t hash)
{
    if (rt_is_int(key)) { /* small ones are their own hashes */
        if (rt_unlikely(hash + ((size_t)1 << 60) > (size_t)1 << 61 || hash == (size_t)-1))
            return get_further(ts, d, key);
    } else if (rt_unlikely(hash == (size_t)-1)) { /* not known */
        return get_further(ts, d, key);
    }
    return t->log2_size <= 7 ? get_along(ts, d, t, key, hash, true) : get_along(ts, d, t, key, hash, false);
}

rt_value rt_dict_get(struct rt_thread *ts, rt_value d, rt_value key)
{
    size_t hint; /* where key belongs if it is an int or a str whose hash is known */
    if (rt_is_int(key))
        hint = (size_t)rt_int_get(key);
    else if (rt_is_ptr(key) && rt_is_str_exact(key))
        hint = (size_t)rt_load_relaxed(&rt_as_str(key)->hash);
    else
        return get_further(ts, d, key);
    /* The key itself at its first place: nothing to compare. */
    struct rt_dict_table *t = rt_load_acquire(&rt_as_dict(d)->table);
    ssize_t ix = rt_dict_index(t, hint & (((size_t)1 << t->log2_size) - 1));
    if (rt_likely(ix >= 0)) {
        struct rt_dict_entry *e = &rt_dict_entries(t)[ix];
        if (rt_likely(rt_is(rt_slot_peek(&e->key), key))) {
            rt_value v = rt_slot_peek(&e->value);
            if (!rt_is_counted(v)) {
                if (rt_likely(v.bits))
                    return v;
            } else if (rt_likely(rt_load_relaxed(&rt_ptr(v)->owner) == ts->token)) {
                rt_ptr(v)->local++;
                return v;
            }
            return get_further(ts, d, key);
        }
        if ((size_t)rt_load_relaxed(&e->hash) == hint && !rt_is_int(key))
            return get_equal(ts, d, key, e);
    }
    return get_next(ts, d, t, key, hint);
}

int rt_dict_get_hinted(struct rt_thread *ts, rt_value dv, rt_value name, uint32_t *hint, rt_value *v)
{
    struct rt_dict *d = rt_as_dict(dv);
    struct rt_dict_table *t = rt_load_relaxed(&d->table);
    ssize_t ix = (ssize_t)*hint;
    if (rt_unlikely((size_t)ix >= rt_load_relaxed(&t->nentries)) || !rt_is(rt_slot_peek(&rt_dict_entries(t)[ix].key), name)) {
        int64_t hash = rt_load_relaxed(&rt_as_str(name)->hash);
        ix = rt_dict_index(t, (size_t)hash & (((size_t)1 << t->log2_size) - 1));
        if (ix < 0 || !rt_is(rt_slot_peek(&rt_dict_entries(t)[ix].key), name)) /* else that was short */
            ix = hash == -1 ? DICT_NEEDCMP : ix == DICT_EMPTY ? DICT_MISS : rt_dict_probe(ts, d, t, name, hash, true);
        if (ix < 0)
            return ix == DICT_MISS ? 0 : -1;
        *hint = (uint32_t)ix;
    }
    *v = rt_slot_get(ts, d, &rt_dict_entries(t)[ix].value);
    return 1;
}

rt_value rt_dict_get_cstr(struct rt_thread *ts, rt_value d, const char *key)
{
    rt_value k = rt_str_intern_cstr(ts, key);
    return rt_is_null(k) ? k : rt_dict_get(ts, d, k);
}

int rt_dict_set_hash(struct rt_thread *ts, rt_value d, rt_value key, int64_t hash, rt_value v)
{
    int r = rt_dict_store(ts, rt_as_dict(d), key, hash, rt_newref(ts, v), RT_DICT_REPLACE, NULL);
    return r < 0 ? -1 : 0;
}

int rt_dict_set(struct rt_thread *ts, rt_value d, rt_value key, rt_value v)
{
    return rt_dict_set_steal(ts, d, key, rt_newref(ts, v));
}

void rt_dict_expect(struct rt_thread *ts, rt_value dv, size_t n)
{
    struct rt_dict *d = rt_as_dict(dv);
    if (n == 0 || n > 1 << 20 || rt_load_relaxed(&ts->mt) || !rt_load_relaxed(&d->table)->is_static)
        return;
    uint64_t version = rt_load_relaxed(&d->version) + 1;
    struct rt_dict_table *t = rt_dict_table_for(ts, n, version);
    if (rt_unlikely(!t)) {
        rt_exc_clear(ts); /* it will grow as it can */
        return;
    }
    rt_store_relaxed(&d->version, version);
    rt_store_relaxed(&d->table, t);
}

size_t rt_cont_length(rt_value v)
{
    return rt_is_exact(v, &rt_list_type) ? rt_list_len(v) : rt_is_exact(v, &rt_tuple_type) ? rt_as_tuple(v)->length : 0;
}

int rt_dict_set_cstr(struct rt_thread *ts, rt_value d, const char *key, rt_value v)
{
    rt_value k = rt_str_intern_cstr(ts, key);
    return rt_is_null(k) ? -1 : rt_dict_set(ts, d, k, v);
}

int rt_dict_del_opt(struct rt_thread *ts, rt_value d, rt_value key)
{
    rt_value k, v;
    int64_t hash = rt_hash_inline(ts, key);
    if (hash == -1)
        return -1;
    int r = rt_dict_remove(ts, rt_as_dict(d), key, hash, &k, &v);
    if (r > 0) {
        rt_decref(ts, v);
        rt_decref(ts, k);
    }
    return r;
}

int rt_dict_del(struct rt_thread *ts, rt_value d, rt_value key)
{
    int r = rt_dict_del_opt(ts, d, key);
    if (r == 0)
        rt_raise_key(ts, key);
    return r > 0 ? 0 : -1;
}

int rt_dict_contains(struct rt_thread *ts, rt_value d, rt_value key)
{
    rt_value v = rt_dict_get(ts, d, key);
    if (rt_is_null(v))
        return rt_pending(ts) ? -1 : 0;
    rt_decref(ts, v);
    return 1;
}

rt_value rt_dict_pop(struct rt_thread *ts, rt_value d, rt_value key, rt_value deflt)
{
    rt_value k, v;
    int r = 0;
    if (rt_dict_len(d)) {
        int64_t hash = rt_hash_inline(ts, key);
        if (hash == -1)
            return RT_NULL;
        r = rt_dict_remove(ts, rt_as_dict(d), key, hash, &k, &v);
        if (r < 0)
            return RT_NULL;
    }
    if (r > 0) {
        rt_decref(ts, k);
        return v;
    }
    return rt_is_null(deflt) ? rt_raise_key(ts, key) : rt_newref(ts, deflt);
}

rt_value rt_dict_setdefault(struct rt_thread *ts, rt_value d, rt_value key, rt_value deflt)
{
    rt_value v = RT_NULL;
    if (rt_is_str_exact(key) && !rt_is_null(v = rt_dict_get(ts, d, key))) /* mostly it is there */
        return v;
    int64_t hash = rt_unlikely(rt_pending(ts)) ? -1 : rt_hash_inline(ts, key);
    if (hash == -1)
        return RT_NULL;
    int r = rt_dict_store(ts, rt_as_dict(d), key, hash, rt_newref(ts, deflt), RT_DICT_KEEP, &v);
    return r < 0 ? RT_NULL : v;
}

rt_value rt_dict_copy(struct rt_thread *ts, rt_value d)
{
    return rt_dict_clone(ts, rt_as_dict(d));
}

void rt_dict_clear(struct rt_thread *ts, rt_value dv)
{
    struct rt_dict *d = rt_as_dict(dv);
    struct rt_cs cs;
    rt_cont_lock(ts, &cs, d);
    struct rt_dict_table *t = rt_load_relaxed(&d->table);
    bool shared = cs.open;
    rt_store_release(&d->version, rt_load_relaxed(&d->version) + 1);
    rt_store_release(&d->table, rt_dict_table_empty);
    rt_store_release(&d->used, 0);
    rt_cont_unlock(ts, &cs);
    rt_dict_table_drop(ts, t, shared);
}

/* keys 1, values 2, items 3: a list, atomically. */
static rt_value dict_list(struct rt_thread *ts, rt_value dv, int what)
{
    struct rt_dict *d = rt_as_dict(dv);
    struct rt_cs_read cs;
    rt_value r, pair[2];
    for (;;) {
        size_t n = rt_dict_len(dv);
        r = rt_list_new(ts, n);
        if (rt_is_null(r))
            return r;
        if (what == 3) /* tuples first: no allocation failure in the section */
            for (size_t i = 0; i < n; i++) {
                rt_value t = rt_tuple_new(ts, 2);
                if (rt_is_null(t) || rt_list_append_steal(ts, r, t) < 0) {
                    rt_decref(ts, r);
                    return RT_NULL;
                }
            }
        rt_cont_read(ts, &cs, d);
        if (n == rt_load_relaxed(&d->used))
            break;
        rt_cont_read_end(ts, &cs);
        rt_decref(ts, r);
    }
    struct rt_dict_table *t = rt_load_relaxed(&d->table);
    struct rt_dict_entry *e = rt_dict_entries(t);
    struct rt_list_array *a = rt_load_relaxed(&rt_as_list(r)->array);
    size_t k = 0;
    for (size_t i = 0, n = rt_load_relaxed(&t->nentries); i < n; i++, e++) {
        if (rt_is_null(rt_slot_peek(&e->key)))
            continue;
        if (what == 3) {
            pair[0] = rt_slot_copy(ts, &e->key);
            pair[1] = rt_slot_copy(ts, &e->value);
            memcpy(rt_as_tuple(rt_slot_peek(&a->items[k++]))->items, pair, sizeof(pair));
        } else {
            rt_slot_init(&a->items[k++], rt_slot_copy(ts, what == 1 ? &e->key : &e->value));
        }
    }
    if (k)
        rt_store_relaxed(&a->length, k);
    rt_cont_read_end(ts, &cs);
    return r;
}

rt_value rt_dict_keys_list(struct rt_thread *ts, rt_value d) { return dict_list(ts, d, 1); }
rt_value rt_dict_values_list(struct rt_thread *ts, rt_value d) { return dict_list(ts, d, 2); }
rt_value rt_dict_items_list(struct rt_thread *ts, rt_value d) { return dict_list(ts, d, 3); }

/* ---- merging ---- */
bool rt_dict_plain_iter(rt_value d)
{
    const struct rt_type *t = rt_type_of(d); /* OrderedDict has its own iterators, but no other order */
    return rt_is_dict(d) && (t->iter == rt_dict_iter || t->snapshot);
}

/* One key: mode 0 keep, 1 replace, 2 KeyError on duplicate. value borrowed. */
static int merge_one(struct rt_thread *ts, rt_value d, rt_value key, int64_t hash, rt_value value,
                     int mode)
{
    int r = rt_dict_store(ts, rt_as_dict(d), key, hash, rt_newref(ts, value),
                          mode == 1 ? RT_DICT_REPLACE : RT_DICT_KEEP, NULL);
    if (r == 0 && mode == 2) {
        rt_raise_key(ts, key);
        return -1;
    }
    return r < 0 ? -1 : 0;
}

static RT_COLD int mutated(struct rt_thread *ts)
{
    rt_raise(ts, &rt_exc_RuntimeError, "dict mutated during update");
    return -1;
}

/* Alone, entries of src from *pos on into dst, up to a key that only Python can compare. */
static int merge_alone(struct rt_thread *ts, struct rt_dict *dst, struct rt_dict *src, size_t *pos)
{
    uint64_t version = rt_load_relaxed(&src->version);
    struct rt_dict_table *t = rt_load_relaxed(&src->table);
    for (; *pos < rt_load_relaxed(&t->nentries); ++*pos) {
        struct rt_dict_entry *e = &rt_dict_entries(t)[*pos];
        rt_value k = rt_slot_peek(&e->key);
        if (rt_is_null(k))
            continue;
        if (!rt_is_int(k) && !rt_is_str_exact(k))
            return 0;
        if (rt_dict_store(ts, dst, k, rt_load_relaxed(&e->hash), rt_slot_copy(ts, &e->value), RT_DICT_REPLACE, NULL) < 0)
            return -1;
        if (rt_unlikely(version != rt_load_relaxed(&src->version))) /* by the finalizer of a value replaced */
            return mutated(ts);
    }
    return 0;
}

/* Alone: dst, empty, gets a copy of src's table. */
static int fill_alone(struct rt_thread *ts, struct rt_dict *dst, struct rt_dict *src)
{
    uint64_t version = rt_load_relaxed(&dst->version) + 1;
    struct rt_dict_table *t = rt_dict_table_copy(ts, src, version);
    if (!t)
        return -1;
    rt_store_relaxed(&dst->version, version);
    rt_store_relaxed(&dst->table, t);
    rt_store_relaxed(&dst->used, rt_load_relaxed(&src->used));
    return 0;
}

static int merge_dict(struct rt_thread *ts, rt_value d, rt_value other, int mode)
{
    struct rt_dict *dst = rt_as_dict(d), *src = rt_as_dict(other);
    size_t n = rt_dict_len(other), pos = 0;
    rt_value key, value, snapshot = RT_NULL;
    int64_t hash;
    int r = 0;
    if (n == 0 || dst == src)
        return 0;
    bool bulk = rt_dict_len(d) == 0 && rt_load_relaxed(&dst->table)->is_static;
    if (bulk && !rt_load_relaxed(&ts->mt))
        return fill_alone(ts, dst, src);
    if (bulk || rt_load_relaxed(&ts->mt)) {
        snapshot = rt_dict_clone(ts, src);
        if (rt_is_null(snapshot))
            return -1;
        other = snapshot;
        src = rt_as_dict(other);
    }
    if (bulk) { /* the clone's table becomes ours if the dict is still empty */
        struct rt_cs cs;
        rt_cont_lock(ts, &cs, dst);
        if (rt_load_relaxed(&dst->table)->is_static) {
            uint64_t version = rt_load_relaxed(&dst->version) + 1;
            struct rt_dict_table *t = rt_load_relaxed(&src->table), *mine =
                                                                        rt_load_relaxed(&dst->table);
            t->serial = version;
            rt_store_release(&dst->version, version);
            rt_store_release(&dst->table, t);
            rt_store_release(&dst->used, rt_load_relaxed(&src->used));
            rt_store_relaxed(&src->table, mine);
            rt_store_relaxed(&src->used, 0);
            pos = SIZE_MAX;
        }
        rt_cont_unlock(ts, &cs);
    }
    if (mode == 1 && pos != SIZE_MAX && !rt_load_relaxed(&ts->mt))
        r = merge_alone(ts, dst, src, &pos);
    uint64_t version = rt_load_relaxed(&src->version);
    while (pos != SIZE_MAX && r == 0 &&
           rt_dict_next_hash(ts, other, &pos, &key, &value, &hash)) {
        r = merge_one(ts, d, key, hash, value, mode);
        rt_decref(ts, key);
        rt_decref(ts, value);
        if (r == 0 && rt_unlikely(version != rt_load_relaxed(&src->version)))
            r = mutated(ts);
    }
    rt_decref(ts, snapshot);
    return r;
}

/* Any mapping with keys() and []. */
static int merge_mapping(struct rt_thread *ts, rt_value d, rt_value other, int mode)
{
    rt_value keys = rt_mapping_keys(ts, other);
    if (rt_is_null(keys))
        return -1;
    rt_value it = rt_iter(ts, keys), key;
    int r = 0;
    rt_decref(ts, keys);
    if (rt_is_null(it))
        return -1;
    while (r == 0 && !rt_is_stop(key = rt_next(ts, it))) {
        if (rt_is_null(key)) {
            r = -1;
            break;
        }
        int64_t hash = rt_hash_inline(ts, key);
        rt_value value = RT_NULL;
        if (hash == -1)
            r = -1;
        else if (mode != 1) {
            rt_value old = rt_dict_get_hash(ts, d, key, hash);
            bool there = !rt_is_null(old);
            rt_decref(ts, old);
            if (there || rt_pending(ts)) {
                if (there && mode == 2)
                    rt_raise_key(ts, key);
                r = rt_pending(ts) ? -1 : 0;
                rt_decref(ts, key);
                continue;
            }
        }
        if (r == 0) {
            value = rt_getitem(ts, other, key);
            r = rt_is_null(value) ? -1 : merge_one(ts, d, key, hash, value, mode);
        }
        rt_decref(ts, key);
        rt_decref(ts, value);
    }
    rt_clear(ts, &ts->stop_value);
    rt_decref(ts, it);
    return r;
}

int rt_dict_merge_entries(struct rt_thread *ts, rt_value d, rt_value other, int mode)
{
    return merge_dict(ts, d, other, mode);
}

int rt_dict_merge(struct rt_thread *ts, rt_value d, rt_value other, int mode)
{
    return rt_dict_plain_iter(other) ? merge_dict(ts, d, other, mode)
                                     : merge_mapping(ts, d, other, mode);
}

/* One element of an update sequence. */
static int merge_pair(struct rt_thread *ts, rt_value d, rt_value item, int64_t i)
{
    rt_value seq = rt_is_exact(item, &rt_tuple_type) ? rt_newref(ts, item) : rt_seq_tuple(ts, item);
    if (rt_is_null(seq)) {
        if (rt_exc_clear_if(ts, &rt_exc_TypeError))
            rt_raise(ts, &rt_exc_TypeError,
                     "cannot convert dictionary update sequence element #%zd to a sequence",
                     (ssize_t)i);
        return -1;
    }
    struct rt_tuple *t = rt_as_tuple(seq);
    int r = -1;
    if (t->length != 2)
        rt_raise(ts, &rt_exc_ValueError,
                 "dictionary update sequence element #%zd has length %zd; 2 is required",
                 (ssize_t)i, (ssize_t)t->length);
    else
        r = rt_dict_set(ts, d, t->items[0], t->items[1]);
    rt_decref(ts, seq);
    return r;
}

static int merge_pairs(struct rt_thread *ts, rt_value d, rt_value pairs)
{
    struct rt_cursor c;
    rt_value item;
    int r = 0;
    if (rt_cursor_open(ts, &c, pairs) < 0)
        return -1;
    rt_dict_expect(ts, d, rt_cont_length(pairs));
    for (int64_t i = 0; r == 0 && !rt_is_stop(item = rt_cursor_next(ts, &c)); i++) {
        r = rt_is_null(item) ? -1 : merge_pair(ts, d, item, i);
        rt_decref(ts, item);
    }
    rt_cursor_close(ts, &c);
    return r;
}

int rt_dict_update(struct rt_thread *ts, rt_value d, rt_value other)
{
    if (rt_is_exact(other, &rt_dict_type))
        return merge_dict(ts, d, other, 1);
    rt_value keys = rt_getattr_opt(ts, other, RT_ID(keys));
    if (rt_is_null(keys))
        return rt_pending(ts) ? -1 : merge_pairs(ts, d, other);
    rt_decref(ts, keys);
    return rt_dict_merge(ts, d, other, 1);
}

int rt_dict_update_args(struct rt_thread *ts, const char *fname, rt_value d, const rt_value *args,
                        uint32_t n, rt_value kw)
{
    if (rt_args_count(ts, fname, n, 0, 1) < 0)
        return -1;
    if (n && rt_dict_update(ts, d, args[0]) < 0)
        return -1;
    uint32_t nkw = rt_nkw(kw);
    rt_dict_expect(ts, d, nkw);
    for (uint32_t i = 0; i < nkw; i++)
        if (rt_dict_set(ts, d, rt_as_tuple(kw)->items[i], args[n + i]) < 0)
            return -1;
    return 0;
}

/* ---- slots ---- */
static int dict_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    struct rt_dict_table *t = rt_load_acquire(&((struct rt_dict *)o)->table);
    if (!t)
        return 0;
    struct rt_dict_entry *e = rt_dict_entries(t);
    int r = 0;
    for (size_t i = 0, n = rt_load_relaxed(&t->nentries); i < n && !r; i++, e++) {
        r = visit(rt_slot_peek(&e->key), arg);
        if (!r)
            r = visit(rt_slot_peek(&e->value), arg);
    }
    return r;
}

static void dict_tp_clear(struct rt_thread *ts, struct rt_object *o)
{
    if (rt_load_relaxed(&((struct rt_dict *)o)->table))
        rt_dict_clear(ts, rt_borrow(o));
}

static void dict_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    struct rt_dict *d = (struct rt_dict *)o;
    struct rt_dict_table *t = rt_load_relaxed(&d->table);
    if (!t)
        return;
    init_empty(d);
    rt_dict_table_drop(ts, t, false);
}

static int repr_entry(struct rt_thread *ts, struct rt_strbuf *b, rt_value key, rt_value value,
                      bool first)
{
    if (!first && rt_strbuf_ascii(ts, b, ", ", 2) < 0)
        return -1;
    rt_value s = rt_repr(ts, key);
    int r = rt_is_null(s) ? -1 : rt_strbuf_str(ts, b, s);
    rt_decref(ts, s);
    if (r < 0 || rt_strbuf_ascii(ts, b, ": ", 2) < 0)
        return -1;
    s = rt_repr(ts, value);
    r = rt_is_null(s) ? -1 : rt_strbuf_str(ts, b, s);
    rt_decref(ts, s);
    return r;
}

static rt_value dict_repr(struct rt_thread *ts, rt_value self)
{
    int r = rt_repr_enter(ts, self);
    if (r)
        return r < 0 ? RT_NULL : rt_str_from_cstr(ts, "{...}");
    struct rt_strbuf b;
    size_t pos = 0;
    bool first = true;
    rt_value key, value;
    rt_strbuf_init(&b);
    r = rt_strbuf_char(ts, &b, '{');
    while (r == 0 && rt_dict_next(ts, self, &pos, &key, &value)) {
        r = repr_entry(ts, &b, key, value, first);
        rt_decref(ts, key);
        rt_decref(ts, value);
        first = false;
    }
    if (r == 0)
        r = rt_strbuf_char(ts, &b, '}');
    rt_repr_leave(ts, self);
    if (r == 0)
        return rt_strbuf_finish(ts, &b);
    rt_strbuf_abort(&b);
    return RT_NULL;
}

/* Entries of a from *pos on that b has too, while one thread runs and nothing is asked that runs Python: 1, 0, or -1 with
   *pos at the entry that must be asked. Dicts that were made alike have their keys at the same places. */
static int equal_nopy(struct rt_thread *ts, struct rt_dict *a, struct rt_dict *b, size_t *pos)
{
    struct rt_dict_table *ta = rt_load_relaxed(&a->table), *tb = rt_load_relaxed(&b->table);
    size_t na = rt_load_relaxed(&ta->nentries), nb = rt_load_relaxed(&tb->nentries);
    for (; *pos < na; (*pos)++) {
        struct rt_dict_entry *e = &rt_dict_entries(ta)[*pos], *f = &rt_dict_entries(tb)[*pos];
        rt_value key = rt_slot_peek(&e->key);
        if (rt_is_null(key))
            continue;
        if (*pos >= nb || !rt_is(rt_slot_peek(&f->key), key)) {
            if (!rt_is_int(key) && !rt_is_str_exact(key))
                return -1;
            ssize_t ix = rt_dict_probe(ts, b, tb, key, rt_load_relaxed(&e->hash), true);
            if (ix < 0)
                return ix == DICT_MISS ? 0 : -1;
            f = &rt_dict_entries(tb)[ix];
        }
        int r = rt_equal_quick(rt_slot_peek(&e->value), rt_slot_peek(&f->value));
        if (r <= 0)
            return r;
    }
    return 1;
}

static int dict_equal(struct rt_thread *ts, rt_value a, rt_value b)
{
    size_t pos = 0;
    rt_value key, value;
    int64_t hash;
    if (rt_dict_len(a) != rt_dict_len(b))
        return 0;
    if (rt_likely(!rt_load_relaxed(&ts->mt))) {
        int r = equal_nopy(ts, rt_as_dict(a), rt_as_dict(b), &pos);
        if (r >= 0)
            return r;
    }
    while (rt_dict_next_hash(ts, a, &pos, &key, &value, &hash)) {
        rt_value other = rt_dict_get_hash(ts, b, key, hash);
        int r = rt_is_null(other) ? (rt_pending(ts) ? -1 : 0) : rt_equal_inline(ts, value, other);
        rt_decref(ts, key);
        rt_decref(ts, value);
        rt_decref(ts, other);
        if (r <= 0)
            return r;
    }
    return 1;
}

static rt_value dict_richcompare(struct rt_thread *ts, rt_value a, rt_value b, enum rt_cmp op)
{
    if (!rt_is_dict(a) || !rt_is_dict(b) || (op != RT_EQ && op != RT_NE))
        return RT_NOTIMPL;
    int r = dict_equal(ts, a, b);
    return r < 0 ? RT_NULL : rt_bool(r == (op == RT_EQ));
}

static int64_t dict_len(struct rt_thread *ts, rt_value self)
{
    return (int64_t)rt_dict_len(self);
}

static rt_value dict_missing(struct rt_thread *ts, rt_value self, rt_value key)
{
    if (!rt_is_exact(self, &rt_dict_type)) {
        rt_value bound = RT_NULL, f = rt_lookup_special(ts, self, "__missing__", &bound);
        if (!rt_is_null(f)) {
            rt_value r = rt_is_null(bound) ? rt_call1(ts, f, key) : rt_call2(ts, f, bound, key);
            rt_decref(ts, f);
            return r;
        }
        if (rt_pending(ts))
            return RT_NULL;
    }
    return rt_raise_key(ts, key);
}

static rt_value dict_getitem(struct rt_thread *ts, rt_value self, rt_value key)
{
    rt_value v = rt_dict_get(ts, self, key);
    if (rt_likely(v.bits))
        return v;
    return rt_pending(ts) ? RT_NULL : dict_missing(ts, self, key);
}

static int dict_setitem(struct rt_thread *ts, rt_value self, rt_value key, rt_value v)
{
    return rt_is_null(v) ? rt_dict_del(ts, self, key) : rt_dict_set(ts, self, key, v);
}

static rt_value dict_new(struct rt_thread *ts, struct rt_type *type, const rt_value *args,
                         uint32_t n, rt_value kw)
{
    return rt_dict_new_of(ts, type);
}

static int dict_init(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n,
                     rt_value kw)
{
    return rt_dict_update_args(ts, "dict", self, args, n, kw);
}

struct rt_type rt_dict_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "dict",
    .doc = "dict() -> new empty dictionary\n"
           "dict(mapping) -> new dictionary with the mapping's (key, value) pairs\n"
           "dict(iterable) -> new dictionary as if by: d = {}; for k, v in iterable: d[k] = v\n"
           "dict(**kwargs) -> new dictionary with the name=value pairs of the keyword\n"
           "    arguments, for example dict(one=1, two=2)",
    .flags = RT_TF_BASETYPE | RT_TF_GC | RT_TF_MAPPING | RT_TF_DICT_SUB | RT_TF_SELF_MATCH,
    .basic_size = sizeof(struct rt_dict),
    .dealloc = dict_dealloc,
    .traverse = dict_traverse,
    .clear = dict_tp_clear,
    .repr = dict_repr,
    .richcompare = dict_richcompare,
    .iter = rt_dict_iter,
    .init = dict_init,
    .new = dict_new,
    .binary = {[RT_BIN_OR] = rt_dict_or},
    .inplace = {[RT_BIN_OR] = rt_dict_ior},
    .len = dict_len,
    .getitem = dict_getitem,
    .setitem = dict_setitem,
    .contains = rt_dict_contains,
    .methods = rt_dict_methods,
};
