/* SPDX-License-Identifier: MIT */
/* array.array: kinds of items, their storage, and how an array is filled. */
#include "core/modules/array_internal.h"

static const struct descr descrs[] = {
    {'b', 1, "b", false, true, 1},  {'B', 1, "B", false, false, 0}, {'u', 4, "w", false, false, 20},
    {'h', 2, "h", false, true, 4},  {'H', 2, "H", false, false, 2}, {'i', 4, "i", false, true, 8},
    {'I', 4, "I", false, false, 6}, {'l', 8, "l", false, true, 12}, {'L', 8, "L", false, false, 10},
    {'q', 8, "q", false, true, 12}, {'Q', 8, "Q", false, false, 10}, {'f', 4, "f", true, true, 14},
    {'d', 8, "d", true, true, 16},
};

const struct descr *rt_array_descr(uint32_t code)
{
    for (size_t i = 0; i < RT_COUNTOF(descrs); i++)
        if ((uint32_t)descrs[i].code == code)
            return &descrs[i];
    return NULL;
}

/* The items move to a block for `capacity`, no fewer than there are. */
static int move_items(struct rt_thread *ts, struct array *a, size_t capacity)
{
    char *old = items_of(a), *p = capacity > (size_t)INT64_MAX / 16 ? NULL : rt_raw_malloc(capacity * a->d->size + 1);
    if (!p) {
        rt_raise_no_memory(ts);
        return -1;
    }
    if (old)
        memcpy(p, old, len_of(a) * a->d->size);
    rt_store_release(&a->items, p);
    if (old)
        rt_retire(ts, old, a->capacity * a->d->size, NULL);
    a->capacity = capacity;
    return 0;
}

/* Room for n items, more than there are. Who fills it says so by set_len. */
int rt_array_reserve(struct rt_thread *ts, struct array *a, size_t n)
{
    if (!may_resize(ts, a))
        return -1;
    return rt_likely(n <= a->capacity) ? 0 : move_items(ts, a, n + (n >> 4) + (len_of(a) < 8 ? 3 : 7));
}

/* The first n items stay. */
int rt_array_shrink(struct rt_thread *ts, struct array *a, size_t n)
{
    if (n == len_of(a))
        return 0;
    if (!may_resize(ts, a))
        return -1;
    set_len(a, n);
    if (n < a->capacity / 2 && move_items(ts, a, n) < 0)
        rt_exc_clear(ts); /* then the block stays longer than it need be */
    return 0;
}

rt_value rt_array_make(struct rt_thread *ts, struct rt_type *type, const struct descr *d, size_t n)
{
    rt_value v = rt_type_alloc(ts, type);
    if (rt_is_null(v))
        return v;
    struct array *a = self_of(v);
    a->d = d;
    if (n && move_items(ts, a, n) < 0)
        rt_clear(ts, &v);
    else if (n)
        set_len(a, n);
    return v;
}

static int range_error(struct rt_thread *ts, const struct descr *d, bool low)
{
    static const struct {
        char code;
        const char *name;
    } names[] = {{'b', "signed char"}, {'B', "unsigned byte integer"}, {'h', "signed short integer"},
                 {'H', "unsigned short"}, {'i', "signed integer"}, {'I', "unsigned int"}};
    for (size_t i = 0; i < RT_COUNTOF(names); i++) {
        if (names[i].code == d->code) {
            rt_raise(ts, &rt_exc_OverflowError, "%s is %s than %s", names[i].name, low ? "less" : "greater",
                     low ? "minimum" : "maximum");
            return -1;
        }
    }
    rt_raise(ts, &rt_exc_OverflowError, low && !d->is_signed ? "can't convert negative value to unsigned int"
                                                             : "Python int too large to convert to C long");
    return -1;
}

/* v as the bytes of an item. May run Python. */
int rt_array_store(struct rt_thread *ts, const struct descr *d, char *p, rt_value v)
{
    if (d->code == 'u') {
        if (!rt_is_str(v)) {
            rt_raise(ts, &rt_exc_TypeError, "array item must be a unicode character, not %.200T", v);
            return -1;
        }
        if (rt_str_len(v) != 1) {
            rt_raise(ts, &rt_exc_TypeError, "array item must be a unicode character, not a string of length %zd",
                     rt_str_len(v));
            return -1;
        }
        uint32_t c = rt_str_at(rt_as_str(v), 0);
        memcpy(p, &c, 4);
        return 0;
    }
    if (d->is_float) {
        double x = rt_as_double(ts, v);
        if (x == -1.0 && rt_pending(ts))
            return -1;
        float f = (float)x;
        memcpy(p, d->size == 8 ? (void *)&x : (void *)&f, d->size);
        return 0;
    }
    rt_value i = rt_index(ts, v);
    if (rt_is_null(i))
        return -1;
    int64_t s = 0;
    uint64_t u = 0;
    bool low = rt_int_sign(i) < 0, fits = d->is_signed ? rt_int_try_i64(i, &s) : rt_int_try_u64(i, &u);
    rt_decref(ts, i);
    if (fits && d->size < 8)
        fits = d->is_signed ? s >= -(1ll << (8 * d->size - 1)) && s < 1ll << (8 * d->size - 1) : u < 1ull << 8 * d->size;
    if (!fits)
        return range_error(ts, d, low);
    if (d->is_signed)
        u = (uint64_t)s;
    memcpy(p, &u, d->size);
    return 0;
}

int rt_array_insert(struct rt_thread *ts, struct array *a, size_t at, rt_value v)
{
    char tmp[8];
    if (rt_array_store(ts, a->d, tmp, v) < 0)
        return -1;
    size_t n = len_of(a), size = a->d->size;
    if (at > n)
        at = n;
    if (rt_array_reserve(ts, a, n + 1) < 0)
        return -1;
    char *p = items_of(a) + at * size;
    if (at < n)
        memmove(p + size, p, (n - at) * size);
    memcpy(p, tmp, size);
    set_len(a, n + 1);
    return 0;
}

int rt_array_append(struct rt_thread *ts, struct array *a, const char *p, size_t n)
{
    size_t len = len_of(a), size = a->d->size;
    if (n == 0)
        return 0;
    bool own = p == items_of(a);
    if (rt_array_reserve(ts, a, len + n) < 0)
        return -1;
    memcpy(items_of(a) + len * size, own ? items_of(a) : p, n * size);
    set_len(a, len + n);
    return 0;
}

static int extend_iterable(struct rt_thread *ts, struct array *a, rt_value o)
{
    rt_value it = rt_iter(ts, o);
    int rc = rt_is_null(it) ? -1 : 0;
    while (rc == 0) {
        rt_value v = rt_next(ts, it);
        if (rt_is_stop(v)) {
            rt_clear(ts, &ts->stop_value);
            break;
        }
        rc = rt_is_null(v) ? -1 : rt_array_insert(ts, a, len_of(a), v);
        rt_decref(ts, v);
    }
    rt_decref(ts, it);
    return rc;
}

int rt_array_extend(struct rt_thread *ts, struct array *a, rt_value o)
{
    if (!is_array(o))
        return extend_iterable(ts, a, o);
    struct array *b = self_of(o);
    if (b->d != a->d) {
        rt_raise(ts, &rt_exc_TypeError, "can only extend with array of same kind");
        return -1;
    }
    struct rt_cs cs;
    rt_cs_begin2(ts, &cs, a, a == b ? NULL : b);
    int rc = rt_array_append(ts, a, items_of(b), len_of(b));
    rt_cs_end(ts, &cs);
    return rc;
}

int rt_array_append_bytes(struct rt_thread *ts, struct array *a, const char *p, size_t n)
{
    if (n % a->d->size) {
        rt_raise(ts, &rt_exc_ValueError, "bytes length not a multiple of item size");
        return -1;
    }
    return rt_array_append(ts, a, p, n / a->d->size);
}

int rt_array_append_str(struct rt_thread *ts, struct array *a, rt_value s)
{
    for (size_t i = 0; i < rt_str_len(s); i++) {
        uint32_t c = rt_str_at(rt_as_str(s), i);
        if (rt_array_append(ts, a, (char *)&c, 1) < 0)
            return -1;
    }
    return 0;
}

int rt_array_fill(struct rt_thread *ts, struct array *a, rt_value init)
{
    if (rt_is_bytes(init) || rt_has(init, RT_TF_BYTEARRAY)) {
        RT_BYTES_ARG(b);
        if (rt_bytes_arg(ts, init, &b) < 0)
            return -1;
        int rc = rt_array_append_bytes(ts, a, b.p, b.n);
        rt_bytes_arg_release(ts, &b);
        return rc;
    }
    if (rt_is_str(init))
        return rt_array_append_str(ts, a, init);
    if (is_array(init) && self_of(init)->d == a->d)
        return rt_array_extend(ts, a, init);
    return extend_iterable(ts, a, init);
}
