/* SPDX-License-Identifier: MIT */
/*
 * _zoneinfo.ZoneInfo: a zone of the IANA database. The library's Python code finds and reads the file; here is what is
 * asked often. A zone is constant once it is published. A class knows its zones by a WeakValueDictionary; ZoneInfo
 * itself keeps those used last in a tuple of the interpreter, key and zone in turn, that is replaced as a whole.
 */
#include "core/modules/datetime/zoneinfo_internal.h"
#include "core/modules/lazy/lazy.h"

enum { STRONG = 8 };
enum source { FROM_CACHE, FROM_NOWHERE, FROM_FILE };

struct zoneinfo {
    struct rt_object hdr;
    rt_value key, file;          /* file: repr of the stream it came from, or RT_NULL */
    enum source source;
    bool fixed;                  /* one offset for ever: it needs no datetime */
    bool ruled;                  /* after the last transition `rule` holds, else `after` */
    size_t count, kinds;         /* of transitions, of spans */
    int64_t *utc, *local[2];     /* the transitions, in UTC and in local time for fold 0 and 1; one block */
    const struct zi_span **span; /* what begins at each */
    struct zi_span *spans;
    const struct zi_span *before, *after;
    struct zi_rule rule;
};
static struct rt_type zone_type;
#define Z(v) ((struct zoneinfo *)rt_ptr(v))

/* ---- asking ---- */
/* Number of elements of v[n], ascending, that are not above x. */
static size_t not_above(const int64_t *v, size_t n, int64_t x)
{
    size_t lo = 0, hi = n;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (v[mid] <= x)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}
static int64_t local_seconds(uint64_t key) { return ((int64_t)dt_key_ordinal(key) - EPOCH_ORDINAL) * 86400 + dt_seconds(key); }

/* The fields of what is no datetime but looks like one. 0 or -1 */
static int foreign_fields(struct rt_thread *ts, rt_value dt, int64_t *at, int *year, int *fold)
{
    static const char *const names[] = {"hour", "minute", "second", "year", "fold"};
    int64_t f[5];
    rt_value v = rt_call_method(ts, dt, "toordinal", NULL, 0);
    *at = rt_is_null(v) ? 0 : (rt_as_i64(ts, v) - EPOCH_ORDINAL) * 86400;
    rt_decref(ts, v);
    for (int i = 0; i < 5 && !rt_pending(ts); i++) {
        v = rt_getattr_cstr(ts, dt, names[i]);
        f[i] = rt_is_null(v) ? 0 : rt_as_i64(ts, v);
        rt_decref(ts, v);
    }
    if (rt_pending(ts))
        return -1;
    *at += f[0] * 3600 + f[1] * 60 + f[2];
    *year = (int)f[3];
    *fold = f[4] != 0;
    return 0;
}

/* What holds at dt; NULL: unknown without a datetime, or an exception. */
static const struct zi_span *find(struct rt_thread *ts, struct zoneinfo *z, rt_value dt)
{
    int64_t at;
    int year, fold;
    if (rt_is_none(dt))
        return z->fixed ? (z->ruled ? &z->rule.std : z->after) : NULL;
    if (rt_likely(is_datetime(dt))) {
        uint64_t key = AS_DT(dt)->key;
        at = local_seconds(key);
        year = dt_year(key);
        fold = dt_fold(key);
    } else if (foreign_fields(ts, dt, &at, &year, &fold) < 0) {
        return NULL;
    }
    const int64_t *local = z->local[fold];
    if (z->count && at < local[0])
        return z->before;
    if (!z->count || at > local[z->count - 1])
        return z->ruled ? zi_rule_local(&z->rule, at, year, fold) : z->after;
    return z->span[not_above(local, z->count, at) - 1];
}
static rt_value answer(struct rt_thread *ts, const struct zi_span *s, rt_value v)
{
    return s ? rt_newref(ts, v) : rt_pending(ts) ? RT_NULL : RT_NONE;
}
static rt_value utcoffset(struct rt_thread *ts, rt_value self, rt_value dt)
{
    const struct zi_span *s = find(ts, Z(self), dt);
    return answer(ts, s, s ? s->offset : RT_NULL);
}
static rt_value dst(struct rt_thread *ts, rt_value self, rt_value dt)
{
    const struct zi_span *s = find(ts, Z(self), dt);
    return answer(ts, s, s ? s->dst : RT_NULL);
}
static rt_value zone_tzname(struct rt_thread *ts, rt_value self, rt_value dt)
{
    const struct zi_span *s = find(ts, Z(self), dt);
    return answer(ts, s, s ? s->name : RT_NULL);
}

/* What holds at a moment of UTC, and whether its local time comes for the second time. */
static const struct zi_span *find_utc(const struct zoneinfo *z, int64_t at, int year, int *fold)
{
    size_t n = z->count;
    *fold = 0;
    if (n && at < z->utc[0])
        return z->before;
    if (z->ruled && (!n || at > z->utc[n - 1]))
        return zi_rule_utc(&z->rule, at, year, fold);
    if (!n)
        return z->after;
    size_t i = not_above(z->utc, n, at);
    const struct zi_span *was = z->before, *is = z->span[0];
    if (n > 1 && at >= z->utc[1]) {
        was = z->span[i - 2];
        is = z->span[i - 1];
    } else if (at > z->utc[n - 1]) {
        was = z->span[n - 1];
        is = z->after;
    }
    *fold = was->utcoff - is->utcoff > at - z->utc[i - 1];
    return is;
}
static rt_value fromutc(struct rt_thread *ts, rt_value self, rt_value dt)
{
    static const char *const fold_name[] = {"fold"};
    if (!is_datetime(dt))
        return rt_raise(ts, &rt_exc_TypeError, "fromutc: argument must be a datetime instance, not %.200s", rt_typename(dt));
    if (!rt_is(AS_DT(dt)->tz, self))
        return rt_raise(ts, &rt_exc_ValueError, "fromutc: dt.tzinfo is not self");
    uint64_t key = AS_DT(dt)->key;
    int fold;
    const struct zi_span *s = find_utc(Z(self), local_seconds(key), dt_year(key), &fold);
    rt_value r = dt_add_micros(ts, dt, (i128)s->utcoff * 1000000);
    if (!fold || rt_is_null(r))
        return r;
    rt_value again = RT_NULL;
    if (rt_is_exact(r, &rt_dt_datetime_type)) {
        again = dt_make(ts, &rt_dt_datetime_type, AS_DT(r)->key | 1, AS_DT(r)->tz);
    } else {
        rt_value name = rt_str_intern_cstr(ts, fold_name[0]), kw = rt_tuple_from(ts, &name, 1), one = rt_int_imm(1);
        rt_value f = rt_is_null(kw) ? kw : rt_getattr_cstr(ts, r, "replace");
        again = rt_is_null(f) ? f : rt_call(ts, f, &one, 0, kw);
        rt_decref(ts, f);
        rt_decref(ts, kw);
    }
    rt_decref(ts, r);
    return again;
}

/* ---- loading ---- */
/* What the library read of a file. */
struct data { rt_value index, utc, utcoff, isdst, name, rule; };

static size_t length(rt_value tuple) { return rt_as_tuple(tuple)->length; }
static int64_t at(struct rt_thread *ts, rt_value tuple, size_t i) { return rt_as_i64(ts, rt_as_tuple(tuple)->items[i]); }

/* How much of each offset is daylight saving: files tell only whether some is. */
static void dst_offsets(const int64_t *utcoff, const bool *isdst, size_t kinds, const uint8_t *index, size_t n, int64_t *out)
{
    size_t wanted = 0, found = 0;
    memset(out, 0, kinds * sizeof *out);
    for (size_t i = 0; i < kinds; i++)
        wanted += isdst[i];
    for (size_t i = 1; i < n && found < wanted; i++) {
        size_t k = index[i];
        if (!isdst[k] || out[k])
            continue;
        int64_t off = isdst[index[i - 1]] ? 0 : utcoff[k] - utcoff[index[i - 1]];
        if (!off && i + 1 < n) { /* perhaps the next change tells */
            if (isdst[index[i + 1]])
                continue;
            off = utcoff[k] - utcoff[index[i + 1]];
        }
        if (off) {
            out[k] = off;
            found++;
        }
    }
    for (size_t i = 0; i < kinds && found < wanted; i++)
        if (isdst[i] && !out[i])
            out[i] = 3600;
}

static int fill_spans(struct rt_thread *ts, struct zoneinfo *z, const struct data *d, const uint8_t *index)
{
    int64_t utcoff[256], dst_off[256];
    bool isdst[256];
    for (size_t i = 0; i < z->kinds; i++) {
        utcoff[i] = at(ts, d->utcoff, i);
        isdst[i] = at(ts, d->isdst, i) != 0;
    }
    if (rt_pending(ts))
        return -1;
    dst_offsets(utcoff, isdst, z->kinds, index, z->count, dst_off);
    for (size_t i = 0; i < z->kinds; i++)
        if (zi_span_make(ts, &z->spans[i], utcoff[i], dst_off[i], rt_newref(ts, rt_as_tuple(d->name)->items[i])) < 0)
            return -1;
    for (size_t i = z->kinds; i-- > 0;) /* the first without daylight saving was before all */
        if (!isdst[i])
            z->before = &z->spans[i];
    for (size_t i = 0; i < z->count; i++) {
        int64_t was = i ? utcoff[index[i - 1]] : z->kinds > 1 ? utcoff[0] : utcoff[index[0]], is = utcoff[index[i]];
        z->span[i] = &z->spans[index[i]];
        z->local[0][i] = z->utc[i] + (was > is ? was : is);
        z->local[1][i] = z->utc[i] + (was > is ? is : was);
    }
    if (!z->before && z->count)
        z->before = z->span[0];
    return 0;
}

static int fill_after(struct rt_thread *ts, struct zoneinfo *z, rt_value rule)
{
    if (rt_is_bytes(rule) && rt_as_bytes(rule)->length) {
        int kind = zi_parse_rule(ts, rule, &z->rule);
        if (kind < 0)
            return -1;
        z->ruled = kind == 1;
        z->after = &z->rule.std;
    } else if (z->kinds) {
        z->after = z->count ? z->span[z->count - 1] : &z->spans[z->kinds - 1];
    } else {
        rt_raise(ts, &rt_exc_ValueError, "No time zone information found.");
        return -1;
    }
    z->fixed = z->kinds <= 1 && !z->ruled;
    if (z->fixed && z->kinds) {
        const struct zi_span *a = &z->spans[0], *b = z->after;
        int same = rt_compare_bool(ts, a->name, b->name, RT_EQ);
        if (same < 0)
            return -1;
        z->fixed = same && a->utcoff == b->utcoff && delta_micros(a->dst) == delta_micros(b->dst);
    }
    return 0;
}

static int fill(struct rt_thread *ts, struct zoneinfo *z, const struct data *d)
{
    size_t n = length(d->utc), kinds = length(d->utcoff);
    if (length(d->index) != n || length(d->isdst) != kinds || length(d->name) != kinds || kinds > 256 || n > 1 << 24) {
        rt_raise(ts, &rt_exc_ValueError, "Inconsistent TZif data");
        return -1;
    }
    uint8_t *index = rt_raw_malloc(n + 1);
    z->utc = rt_raw_malloc((n * 3 + 1) * sizeof *z->utc);
    z->span = rt_raw_malloc((n + 1) * sizeof *z->span);
    z->spans = rt_raw_calloc(kinds + 1, sizeof *z->spans);
    if (!index || !z->utc || !z->span || !z->spans) {
        rt_raw_free(index);
        rt_raise_no_memory(ts);
        return -1;
    }
    z->local[0] = z->utc + n;
    z->local[1] = z->utc + 2 * n;
    z->count = n;
    z->kinds = kinds;
    for (size_t i = 0; i < n && !rt_pending(ts); i++) {
        int64_t k = at(ts, d->index, i);
        z->utc[i] = at(ts, d->utc, i);
        index[i] = (uint8_t)k;
        if (!rt_pending(ts) && (k < 0 || k >= (int64_t)kinds))
            rt_raise(ts, &rt_exc_ValueError, "Invalid transition index found while reading TZif: %zd", (ssize_t)k);
    }
    int r = rt_pending(ts) || fill_spans(ts, z, d, index) < 0 || fill_after(ts, z, d->rule) < 0 ? -1 : 0;
    rt_raw_free(index);
    return r;
}

static int load(struct rt_thread *ts, struct zoneinfo *z, rt_value stream)
{
    rt_value f = rt_import_attr(ts, "zoneinfo._common", "load_data"), r = rt_is_null(f) ? f : rt_call1(ts, f, stream);
    rt_decref(ts, f);
    if (rt_is_null(r))
        return -1;
    struct rt_tuple *t = rt_as_tuple(r);
    bool ok = rt_is_tuple(r) && t->length == 6;
    for (int i = 0; i < 5 && ok; i++)
        ok = rt_is_tuple(t->items[i]);
    int err = -1;
    if (ok)
        err = fill(ts, z, &(struct data){t->items[0], t->items[1], t->items[2], t->items[3], t->items[4], t->items[5]});
    else
        rt_raise(ts, &rt_exc_TypeError, "Invalid data result type: %r", r);
    rt_decref(ts, r);
    return err;
}

/* A new zone of class t read from stream. */
static rt_value from_stream(struct rt_thread *ts, rt_value t, rt_value stream, rt_value key)
{
    rt_value v = rt_type_alloc(ts, rt_as_type(t));
    if (rt_is_null(v))
        return v;
    Z(v)->key = rt_newref(ts, key);
    Z(v)->source = FROM_NOWHERE;
    if (load(ts, Z(v), stream) < 0)
        rt_clear(ts, &v);
    return v;
}
static rt_value open_zone(struct rt_thread *ts, rt_value key)
{
    rt_value f = rt_import_attr(ts, "zoneinfo._tzpath", "find_tzfile"), path = rt_is_null(f) ? f : rt_call1(ts, f, key), r = RT_NULL;
    rt_decref(ts, f);
    if (rt_is_null(path))
        return path;
    if (rt_is_none(path)) {
        f = rt_import_attr(ts, "zoneinfo._common", "load_tzdata");
        r = rt_is_null(f) ? f : rt_call1(ts, f, key);
    } else {
        f = rt_import_attr(ts, "io", "open");
        rt_value mode = rt_str_intern_cstr(ts, "rb");
        r = rt_is_null(f) ? f : rt_call2(ts, f, path, mode);
    }
    rt_decref(ts, f);
    rt_decref(ts, path);
    return r;
}
static rt_value new_instance(struct rt_thread *ts, rt_value t, rt_value key)
{
    rt_value stream = open_zone(ts, key);
    if (rt_is_null(stream))
        return stream;
    rt_value v = from_stream(ts, t, stream, key), error = rt_exc_take(ts), r = rt_call_method(ts, stream, "close", NULL, 0);
    rt_decref(ts, r);
    rt_decref(ts, stream);
    if (rt_is_null(v))
        rt_exc_put(ts, error);
    else if (rt_is_null(r))
        rt_clear(ts, &v);
    return v;
}

/* ---- caches ---- */
static rt_slot *strong_slot(struct rt_thread *ts) { return &ts->interp->native_state[RT_NS_DATETIME]; }

/* The zone becomes the first of those kept. */
static int keep(struct rt_thread *ts, rt_value key, rt_value zone)
{
    rt_value words[2 * STRONG] = {key, zone}, old = rt_slot_get(ts, NULL, strong_slot(ts));
    size_t n = 2;
    for (size_t i = 0; !rt_is_null(old) && i < length(old) && n < 2 * STRONG; i += 2) {
        rt_value *p = &rt_as_tuple(old)->items[i];
        if (!rt_is(p[1], zone)) {
            words[n++] = p[0];
            words[n++] = p[1];
        }
    }
    rt_value all = rt_tuple_from(ts, words, n);
    rt_decref(ts, old);
    if (rt_is_null(all))
        return -1;
    rt_slot_set(ts, strong_slot(ts), all);
    return 0;
}
/* Owned, or RT_NULL. Keys that are no exact str are looked up in the weak cache only. */
static rt_value kept(struct rt_thread *ts, rt_value key)
{
    rt_value all = rt_slot_get(ts, NULL, strong_slot(ts)), r = RT_NULL;
    size_t i = 0;
    for (; rt_is_str_exact(key) && !rt_is_null(all) && i < length(all) && rt_is_null(r); i += 2)
        if (rt_is_str_exact(rt_as_tuple(all)->items[i]) && rt_str_eq(rt_as_tuple(all)->items[i], key))
            r = rt_newref(ts, rt_as_tuple(all)->items[i + 1]);
    rt_decref(ts, all);
    if (!rt_is_null(r) && i > 2 && keep(ts, key, r) < 0)
        rt_clear(ts, &r);
    return r;
}
static int forget(struct rt_thread *ts, rt_value key)
{
    rt_value words[2 * STRONG], old = rt_slot_get(ts, NULL, strong_slot(ts));
    size_t n = 0;
    int same = 0;
    for (size_t i = 0; !rt_is_null(old) && i < length(old) && same >= 0; i += 2) {
        rt_value *p = &rt_as_tuple(old)->items[i];
        same = rt_compare_bool(ts, p[0], key, RT_EQ);
        if (same == 0) {
            words[n++] = p[0];
            words[n++] = p[1];
        }
    }
    rt_value all = same < 0 ? RT_NULL : rt_tuple_from(ts, words, n);
    rt_decref(ts, old);
    if (rt_is_null(all))
        return -1;
    rt_slot_set(ts, strong_slot(ts), all);
    return 0;
}
static rt_value new_weak_cache(struct rt_thread *ts)
{
    rt_value f = rt_import_attr(ts, "weakref", "WeakValueDictionary"), r = rt_is_null(f) ? f : rt_call0(ts, f);
    rt_decref(ts, f);
    return r;
}
static rt_value weak_cache(struct rt_thread *ts, rt_value t)
{
    if (rt_as_type(t) != &zone_type)
        return rt_getattr_cstr(ts, t, "_weak_cache");
    rt_value c = rt_interp_kept(ts, "_zoneinfo.weak_cache");
    return rt_is_null(c) && !rt_pending(ts) ? rt_raise(ts, &rt_exc_RuntimeError, "_zoneinfo is not there") : c;
}
static rt_value cached(struct rt_thread *ts, rt_value t, rt_value key)
{
    bool exact = rt_as_type(t) == &zone_type;
    rt_value z = exact ? kept(ts, key) : RT_NULL;
    if (!rt_is_null(z) || rt_pending(ts))
        return z;
    rt_value c = weak_cache(ts, t), a[2] = {key, RT_NONE};
    if (rt_is_null(c))
        return c;
    z = rt_call_method(ts, c, "get", a, 2);
    if (rt_is_none(z)) {
        z = a[1] = new_instance(ts, t, key);
        if (!rt_is_null(z)) {
            Z(z)->source = FROM_CACHE;
            z = rt_call_method(ts, c, "setdefault", a, 2);
            rt_decref(ts, a[1]);
        }
    }
    rt_decref(ts, c);
    if (exact && !rt_is_null(z) && keep(ts, key, z) < 0)
        rt_clear(ts, &z);
    return z;
}
static rt_value zone_new(struct rt_thread *ts, struct rt_type *t, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"key", NULL};
    static const struct rt_argspec spec = {"ZoneInfo", names, 0, 1, 1, 1};
    rt_value key;
    return rt_args(ts, &spec, args, n, kw, &key) < 0 ? RT_NULL : cached(ts, rt_type_value(t), key);
}
static int zone_init(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw) { return 0; }
static rt_value no_cache(struct rt_thread *ts, rt_value cls, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"key", NULL};
    static const struct rt_argspec spec = {"no_cache", names, 0, 1, 1, 1};
    rt_value key;
    return rt_args(ts, &spec, args, n, kw, &key) < 0 ? RT_NULL : new_instance(ts, cls, key);
}
static rt_value from_file(struct rt_thread *ts, rt_value cls, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"", "key", NULL};
    static const struct rt_argspec spec = {"from_file", names, 1, 1, 2, 2};
    rt_value v[2];
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    rt_value file = rt_repr(ts, v[0]), z = rt_is_null(file) ? file : from_stream(ts, cls, v[0], rt_is_null(v[1]) ? RT_NONE : v[1]);
    if (rt_is_null(z)) {
        rt_decref(ts, file);
        return z;
    }
    Z(z)->file = file;
    Z(z)->source = FROM_FILE;
    return z;
}
static int clear_keys(struct rt_thread *ts, rt_value cache, bool exact, rt_value keys)
{
    rt_value it = rt_iter(ts, keys), key;
    int r = rt_is_null(it) ? -1 : 0;
    while (r == 0 && !rt_is_stop(key = rt_next(ts, it))) {
        rt_value a[2] = {key, RT_NONE}, gone = rt_is_null(key) ? key : rt_call_method(ts, cache, "pop", a, 2);
        r = rt_is_null(gone) || (exact && forget(ts, key) < 0) ? -1 : 0;
        rt_decref(ts, gone);
        rt_decref(ts, key);
    }
    if (r == 0)
        rt_clear(ts, &ts->stop_value);
    rt_decref(ts, it);
    return r;
}
static rt_value clear_cache(struct rt_thread *ts, rt_value cls, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"only_keys", NULL};
    static const struct rt_argspec spec = {"clear_cache", names, 0, 0, 0, 1};
    rt_value keys;
    if (rt_args(ts, &spec, args, n, kw, &keys) < 0)
        return RT_NULL;
    bool exact = rt_as_type(cls) == &zone_type;
    rt_value c = weak_cache(ts, cls), r = RT_NULL;
    if (rt_is_null(c))
        return c;
    if (!rt_is_null(keys) && !rt_is_none(keys)) {
        r = clear_keys(ts, c, exact, keys) < 0 ? RT_NULL : RT_NONE;
    } else {
        r = rt_call_method(ts, c, "clear", NULL, 0);
        if (exact)
            rt_slot_set(ts, strong_slot(ts), RT_NULL);
    }
    rt_decref(ts, c);
    return r;
}
static rt_value init_subclass(struct rt_thread *ts, rt_value cls, const rt_value *args, uint32_t n, rt_value kw)
{
    rt_value c = new_weak_cache(ts);
    int r = rt_is_null(c) ? -1 : rt_setattr_cstr(ts, cls, "_weak_cache", c);
    rt_decref(ts, c);
    return r < 0 ? RT_NULL : RT_NONE;
}

/* ---- the rest of the type ---- */
static rt_value unpickle(struct rt_thread *ts, rt_value cls, const rt_value *args, uint32_t n)
{
    if (rt_args_count(ts, "_unpickle", n, 2, 2) < 0)
        return RT_NULL;
    int from_cache = rt_truth(ts, args[1]);
    if (from_cache < 0)
        return RT_NULL;
    return from_cache ? rt_call1(ts, cls, args[0]) : new_instance(ts, cls, args[0]);
}
static rt_value reduce(struct rt_thread *ts, rt_value self)
{
    struct zoneinfo *z = Z(self);
    if (z->source == FROM_FILE) {
        rt_value t = rt_import_attr(ts, "pickle", "PicklingError");
        if (!rt_is_null(t))
            rt_raise(ts, rt_as_type(t), "Cannot pickle a ZoneInfo file from a file stream.");
        rt_decref(ts, t);
        return RT_NULL;
    }
    rt_value f = rt_getattr_cstr(ts, rt_type_value(rt_type_of(self)), "_unpickle");
    rt_value a = rt_is_null(f) ? f : rt_tuple_pack(ts, 2, z->key, rt_bool(z->source == FROM_CACHE));
    rt_value r = rt_is_null(a) ? a : rt_tuple_pack(ts, 2, f, a);
    rt_decref(ts, a);
    rt_decref(ts, f);
    return r;
}
static rt_value zone_repr(struct rt_thread *ts, rt_value self)
{
    struct zoneinfo *z = Z(self);
    const char *name = rt_typename(self);
    if (!rt_is_null(z->key) && !rt_is_none(z->key))
        return rt_str_format(ts, "%s(key=%R)", name, z->key);
    return rt_str_format(ts, "%s.from_file(%U)", name, rt_is_null(z->file) ? rt_str_empty() : z->file);
}
static rt_value zone_str(struct rt_thread *ts, rt_value self)
{
    rt_value key = Z(self)->key;
    return rt_is_null(key) || rt_is_none(key) ? zone_repr(ts, self) : rt_str(ts, key);
}
static rt_value get_key(struct rt_thread *ts, rt_value self, void *c)
{
    return rt_is_null(Z(self)->key) ? RT_NONE : rt_newref(ts, Z(self)->key);
}
static int zone_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    rt_value key = ((struct zoneinfo *)o)->key;
    return rt_is_ptr(key) ? visit(key, arg) : 0;
}
static void zone_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    struct zoneinfo *z = (struct zoneinfo *)o;
    rt_clear(ts, &z->key);
    rt_clear(ts, &z->file);
    zi_span_drop(ts, &z->rule.std);
    zi_span_drop(ts, &z->rule.dst);
    for (size_t i = 0; z->spans && i < z->kinds; i++)
        zi_span_drop(ts, &z->spans[i]);
    rt_raw_free(z->utc);
    rt_raw_free(z->span);
    rt_raw_free(z->spans);
    z->utc = NULL;
    z->span = NULL;
    z->spans = NULL;
}
static const struct rt_method_def methods[] = {
    {"utcoffset", utcoffset, RT_METH_O, "Retrieve a timedelta representing the UTC offset in a zone at the given datetime."},
    {"dst", dst, RT_METH_O, "Retrieve a timedelta representing the amount of DST applied in a zone at the given datetime."},
    {"tzname", zone_tzname, RT_METH_O, "Retrieve a string containing the abbreviation for the time zone that applies in a zone at a given datetime."},
    {"fromutc", fromutc, RT_METH_O, "Given a datetime with local time in UTC, retrieve an adjusted datetime in local time."},
    {"no_cache", no_cache, RT_METH_KW | RT_METH_CLASS, "Get a new instance of ZoneInfo, bypassing the cache."},
    {"from_file", from_file, RT_METH_KW | RT_METH_CLASS, "Create a ZoneInfo file from a file object."},
    {"clear_cache", clear_cache, RT_METH_KW | RT_METH_CLASS, "Clear the ZoneInfo cache."},
    {"__init_subclass__", init_subclass, RT_METH_KW | RT_METH_CLASS, "Function to initialize subclasses."},
    {"__reduce__", reduce, RT_METH_NOARGS, "Function for serialization with the pickle protocol."},
    {"_unpickle", unpickle, RT_METH_FAST | RT_METH_CLASS, "Private method used in unpickling."},
    {NULL},
};
static const struct rt_getset_def getset[] = {{"key", get_key}, {NULL}};
static struct rt_type zone_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "zoneinfo.ZoneInfo", .base = &rt_dt_tzinfo_type, .flags = RT_TF_BASETYPE | RT_TF_GC | RT_TF_WEAKREF,
    .basic_size = sizeof(struct zoneinfo), .dealloc = zone_dealloc, .traverse = zone_traverse, .new = zone_new, .init = zone_init,
    .repr = zone_repr, .str = zone_str, .methods = methods, .getset = getset,
};

static int exec(struct rt_thread *ts, rt_value m)
{
    rt_value datetime = rt_import(ts, "_datetime"), c = rt_is_null(datetime) ? datetime : new_weak_cache(ts);
    rt_decref(ts, datetime);
    int r = rt_is_null(c) ? -1 : rt_interp_keep(ts, "_zoneinfo.weak_cache", c);
    rt_decref(ts, c);
    return r < 0 || rt_type_ready(ts, &zone_type) < 0 ? -1 : rt_module_add_type(ts, m, &zone_type);
}
const struct rt_module_def rt_module__zoneinfo = {.name = "_zoneinfo", .doc = "C implementation of the zoneinfo module", .exec = exec};
