/* SPDX-License-Identifier: MIT */
/*
 * _pickle.Unpickler's input: a bytes-like object, or a file through peek, readinto, read and readline.
 *
 * With peek, up to PREFETCH bytes are looked at without taking them; skip_consumed takes from the file
 * what was used, so that after load() the file stands right behind the pickle.
 */
#include "core/modules/pickle/pickle_internal.h"

enum { PREFETCH = 128 * 1024 };
static const size_t WHOLE_LINE = SIZE_MAX;

int rt_unpickler_truncated(struct rt_thread *ts)
{
    RT_PICKLE_ERROR(ts, UnpicklingError, "pickle data was truncated");
    return -1;
}

void rt_unpickler_drop_input(struct rt_thread *ts, struct rt_unpickler *u)
{
    bool viewed = u->viewed;
    struct rt_buffer old = u->view;
    u->viewed = false;
    u->in = NULL;
    u->at = u->end = u->prefetched = 0;
    if (viewed)
        rt_buffer_release(ts, &old);
}

int rt_unpickler_set_input(struct rt_thread *ts, struct rt_unpickler *u, rt_value data)
{
    rt_unpickler_drop_input(ts, u);
    if (rt_buffer_get(ts, data, &u->view, RT_BUF_SIMPLE) < 0)
        return -1;
    u->viewed = true;
    u->in = u->view.buf;
    u->end = (size_t)u->view.len;
    u->at = 0;
    u->prefetched = u->end;
    return 0;
}

int rt_unpickler_skip_consumed(struct rt_thread *ts, struct rt_unpickler *u)
{
    size_t n = u->at > u->prefetched ? u->at - u->prefetched : 0;
    if (n == 0)
        return 0;
    u->prefetched = u->at;
    rt_value r = rt_call1(ts, u->read, rt_int_imm((int64_t)n));
    rt_decref(ts, r);
    return rt_is_null(r) ? -1 : 0;
}

/* New input from the file: at least n bytes if it has them, or a line. Its size, or -1. */
static int64_t refill(struct rt_thread *ts, struct rt_unpickler *u, size_t n)
{
    rt_value data;
    if (rt_is_null(u->read))
        return rt_unpickler_truncated(ts);
    if (rt_unpickler_skip_consumed(ts, u) < 0)
        return -1;
    if (n == WHOLE_LINE) {
        data = rt_call0(ts, u->readline);
    } else {
        if (!rt_is_null(u->peek) && n < PREFETCH) {
            data = rt_call1(ts, u->peek, rt_int_imm(PREFETCH));
            if (rt_is_null(data)) {
                if (!rt_exc_clear_if(ts, &rt_exc_NotImplementedError))
                    return -1;
                rt_clear(ts, &u->peek);
            } else {
                int r = rt_unpickler_set_input(ts, u, data);
                rt_decref(ts, data);
                if (r < 0)
                    return -1;
                u->prefetched = 0;
                if (n <= u->end)
                    return (int64_t)u->end;
            }
        }
        data = rt_call1(ts, u->read, rt_int_imm((int64_t)n));
    }
    if (rt_is_null(data))
        return -1;
    int r = rt_unpickler_set_input(ts, u, data);
    rt_decref(ts, data);
    return r < 0 ? -1 : (int64_t)u->end;
}

const uint8_t *rt_unpickler_read_slow(struct rt_thread *ts, struct rt_unpickler *u, size_t n)
{
    if (n > (size_t)INT64_MAX - u->at) {
        RT_PICKLE_ERROR(ts, UnpicklingError, "read would overflow (invalid bytecode)");
        return NULL;
    }
    if (rt_is_null(u->read)) {
        rt_unpickler_truncated(ts);
        return NULL;
    }
    size_t left = u->end - u->at;
    if (left && u->prefetched >= u->end) { /* a read that gave more than it was asked for */
        uint8_t *join = n > 1u << 30 ? NULL : rt_raw_malloc(n);
        rt_value more = RT_NULL, whole = RT_NULL;
        if (!join) {
            rt_raise_no_memory(ts);
            return NULL;
        }
        memcpy(join, u->in + u->at, left);
        int64_t got = refill(ts, u, n - left);
        if (got >= 0 && (size_t)got >= n - left) {
            memcpy(join + left, u->in, n - left);
            whole = rt_bytes_new(ts, join, n);
        } else if (got >= 0) {
            rt_unpickler_truncated(ts);
        }
        rt_raw_free(join);
        if (rt_is_null(whole))
            return NULL;
        more = rt_bytes_new(ts, u->in + (n - left), u->end - (n - left));
        int r = -1;
        if (!rt_is_null(more)) {
            rt_value all = rt_call_method(ts, whole, "__add__", &more, 1);
            if (!rt_is_null(all))
                r = rt_unpickler_set_input(ts, u, all);
            rt_decref(ts, all);
        }
        rt_decref(ts, more);
        rt_decref(ts, whole);
        if (r < 0)
            return NULL;
        u->at = n;
        return u->in;
    }
    int64_t got = refill(ts, u, n);
    if (got < 0)
        return NULL;
    if ((size_t)got < n) {
        rt_unpickler_truncated(ts);
        return NULL;
    }
    u->at = n;
    return u->in;
}

const uint8_t *rt_unpickler_line(struct rt_thread *ts, struct rt_unpickler *u, size_t *n)
{
    const uint8_t *start = u->in + u->at;
    const uint8_t *nl = u->end > u->at ? memchr(start, '\n', u->end - u->at) : NULL;
    if (nl) {
        *n = (size_t)(nl - start) + 1;
        u->at += *n;
        return start;
    }
    int64_t got = refill(ts, u, WHOLE_LINE);
    if (got < 0)
        return NULL;
    if (got == 0 || u->in[got - 1] != '\n') {
        rt_unpickler_truncated(ts);
        return NULL;
    }
    *n = u->at = (size_t)got;
    return u->in;
}

int rt_unpickler_read_into(struct rt_thread *ts, struct rt_unpickler *u, void *out, size_t n)
{
    size_t part = u->end - u->at < n ? u->end - u->at : n;
    if (part) {
        memcpy(out, u->in + u->at, part);
        u->at += part;
        out = (char *)out + part;
        n -= part;
    }
    if (n == 0)
        return 0;
    if (rt_is_null(u->read))
        return rt_unpickler_truncated(ts);
    if (rt_unpickler_skip_consumed(ts, u) < 0)
        return -1;
    if (rt_is_null(u->readinto)) {
        rt_value data = rt_call1(ts, u->read, rt_int_imm((int64_t)n));
        int r = -1;
        if (rt_is_null(data))
            return -1;
        if (!rt_is_ptr(data) || !rt_is_bytes(data))
            rt_raise(ts, &rt_exc_ValueError, "read() returned non-bytes object (%.200s)", rt_typename(data));
        else if (rt_as_bytes(data)->length < n)
            rt_unpickler_truncated(ts);
        else
            r = 0;
        if (r == 0)
            memcpy(out, rt_as_bytes(data)->data, n);
        rt_decref(ts, data);
        return r;
    }
    rt_value space = rt_bytearray_new(ts, NULL, n); /* nobody keeps a view of memory that is not an object's */
    if (rt_is_null(space))
        return -1;
    rt_value got = rt_call1(ts, u->readinto, space);
    int64_t size = rt_is_null(got) ? -1 : rt_as_index(ts, got, &rt_exc_ValueError);
    rt_decref(ts, got);
    struct rt_buffer b;
    int r = -1;
    if (size < 0) {
        if (!rt_pending(ts))
            rt_raise(ts, &rt_exc_ValueError, "readinto() returned negative size");
    } else if ((size_t)size < n) {
        rt_unpickler_truncated(ts);
    } else if (rt_buffer_get(ts, space, &b, RT_BUF_SIMPLE) == 0) {
        if ((size_t)b.len >= n) {
            memcpy(out, b.buf, n);
            r = 0;
        } else {
            rt_unpickler_truncated(ts);
        }
        rt_buffer_release(ts, &b);
    }
    rt_decref(ts, space);
    return r;
}
