/* SPDX-License-Identifier: MIT */
/*
 * BufferedReader, BufferedWriter, BufferedRandom, BufferedRWPair. One buffer, used for reading or for
 * writing at a time; each operation holds the object's lock, which a second entry by the same thread finds
 * taken (RuntimeError), as signal handlers may do.
 *
 * [pos, end) of buf is read ahead, up to the raw position, or [0, wend) waits to be written there. raw_pos is that
 * position as far as this object moved it, so that seeking inside the buffer asks nobody; -1: not known.
 */
#include "core/modules/io/io_internal.h"

struct buffered {
    struct rt_object hdr;
    rt_slot raw;
    char *buf;
    int64_t pos, end, wend, raw_pos;
    _Atomic int64_t size; /* this and the flags are read without the lock */
    _Atomic bool ok, detached, readable, writable;
    struct rt_io_lock lock;
};
#define B(v) ((struct buffered *)rt_ptr(v))

int rt_buffered_closed_quick(struct rt_thread *ts, rt_value f)
{
    if (!rt_is_exact(f, &rt_buffered_writer_type) && !rt_is_exact(f, &rt_buffered_reader_type) &&
        !rt_is_exact(f, &rt_buffered_random_type))
        return -1;
    if (!rt_load_relaxed(&ts->mt)) { /* nobody detaches it meanwhile */
        rt_value raw = rt_load_relaxed(&B(f)->ok) ? rt_slot_peek(&B(f)->raw) : RT_NULL;
        return !rt_is_null(raw) && rt_is_exact(raw, &rt_fileio_type) ? rt_fileio_is_closed(raw) : -1;
    }
    rt_value raw = rt_load_relaxed(&B(f)->ok) ? rt_slot_get(ts, B(f), &B(f)->raw) : RT_NULL;
    int r = !rt_is_null(raw) && rt_is_exact(raw, &rt_fileio_type) ? rt_fileio_is_closed(raw) : -1;
    rt_decref(ts, raw);
    return r;
}

static rt_value raw_of(struct rt_thread *ts, rt_value self)
{
    struct buffered *b = B(self);
    if (!rt_load_relaxed(&b->ok)) {
        if (rt_load_relaxed(&b->detached))
            return rt_raise(ts, &rt_exc_ValueError, "raw stream has been detached");
        return rt_raise(ts, &rt_exc_ValueError, "I/O operation on uninitialized object");
    }
    rt_value raw = rt_slot_get(ts, b, &b->raw);
    if (rt_is_null(raw)) /* another thread detaches it just now */
        rt_raise(ts, &rt_exc_ValueError, "raw stream has been detached");
    return raw;
}
static int check_open(struct rt_thread *ts, rt_value self, const char *what)
{
    rt_value raw = raw_of(ts, self);
    if (rt_is_null(raw))
        return -1;
    int c = rt_io_closed(ts, raw);
    rt_decref(ts, raw);
    if (c > 0)
        rt_raise(ts, &rt_exc_ValueError, "%s of closed file", what);
    return c ? -1 : 0;
}
static int enter(struct rt_thread *ts, rt_value self)
{
    int r = rt_io_lock_enter(ts, &B(self)->lock, self);
    if (rt_unlikely(r > 0)) /* what the thread that is gone was writing has been written; what it read is its own */
        B(self)->wend = B(self)->pos = B(self)->end = 0, B(self)->raw_pos = -1;
    return r;
}
static void leave(rt_value self) { rt_io_lock_leave(&B(self)->lock); }
/* Open and locked; the stream may have been closed while the lock was awaited. */
static int enter_open(struct rt_thread *ts, rt_value self, const char *what)
{
    if (check_open(ts, self, what) < 0 || enter(ts, self) < 0)
        return -1;
    if (B(self)->buf)
        return 0;
    leave(self);
    rt_raise(ts, &rt_exc_ValueError, "%s of closed file", what);
    return -1;
}

static rt_value buf_new(struct rt_thread *ts, struct rt_type *t, const rt_value *args, uint32_t n, rt_value kw) { return rt_type_alloc(ts, t); }

static int buf_setup(struct rt_thread *ts, rt_value self, rt_value raw, int64_t size, bool reads, bool writes)
{
    struct buffered *b = B(self);
    if (size <= 0) {
        rt_raise(ts, &rt_exc_ValueError, "buffer size must be strictly positive");
        return -1;
    }
    char *p = rt_raw_malloc((size_t)size);
    if (!p) {
        rt_raise_no_memory(ts);
        return -1;
    }
    if (enter(ts, self) < 0) { /* __init__ once more, while another thread reads */
        rt_raw_free(p);
        return -1;
    }
    char *old = b->buf;
    b->buf = p;
    rt_store_relaxed(&b->size, size);
    b->pos = b->end = b->wend = 0;
    b->raw_pos = -1;
    rt_store_relaxed(&b->readable, reads);
    rt_store_relaxed(&b->writable, writes);
    rt_slot_set(ts, &b->raw, rt_newref(ts, raw));
    rt_store_relaxed(&b->detached, false);
    rt_store_relaxed(&b->ok, true);
    leave(self);
    rt_raw_free(old);
    return 0;
}
/* raw.seekable() and its kin must answer True */
static int check_able(struct rt_thread *ts, rt_value raw, const char *what)
{
    rt_value r = rt_call_method(ts, raw, what, NULL, 0);
    bool ok = rt_is_true(r);
    if (r.bits && !ok) {
        char msg[64];
        __builtin_snprintf(msg, sizeof(msg), "File or stream is not %s.", what);
        rt_io_unsupported(ts, msg);
    }
    rt_decref(ts, r);
    return ok ? 0 : -1;
}
static int buf_init(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"raw", "buffer_size", NULL};
    struct rt_type *t = rt_type_of(self);
    bool random = rt_type_is_subtype(t, &rt_buffered_random_type), reads = random || rt_type_is_subtype(t, &rt_buffered_reader_type);
    struct rt_argspec spec = {random ? "BufferedRandom" : reads ? "BufferedReader" : "BufferedWriter", names, 0, 1, 2, 2};
    rt_value v[2];
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return -1;
    rt_store_relaxed(&B(self)->ok, false);
    if ((random && check_able(ts, v[0], "seekable") < 0) || (reads && check_able(ts, v[0], "readable") < 0) ||
        ((random || !reads) && check_able(ts, v[0], "writable") < 0))
        return -1;
    int64_t size = RT_IO_BUFFER;
    if (v[1].bits && ((size = rt_as_ssize(ts, v[1])), rt_pending(ts)))
        return -1;
    return buf_setup(ts, self, v[0], size, reads, random || !reads);
}

/* One read of the raw stream into p: bytes, 0 at the end, -2 would block, -1 error. */
static int64_t raw_read_some(struct rt_thread *ts, rt_value self, char *p, int64_t n)
{
    rt_value raw = raw_of(ts, self), r;
    if (rt_is_null(raw))
        return -1;
    if (rt_type_of(raw) == &rt_fileio_type) {
        int64_t k = rt_fileio_read(ts, raw, p, n);
        rt_decref(ts, raw);
        return k;
    }
    rt_value ba = rt_bytearray_new(ts, NULL, (size_t)n), view = ba.bits ? rt_call1(ts, rt_type_value(&rt_memoryview_type), ba) : RT_NULL;
    do {
        r = view.bits ? rt_call_method(ts, raw, "readinto", &view, 1) : RT_NULL;
    } while (rt_is_null(r) && rt_exc_is(ts, &rt_exc_InterruptedError) && (rt_exc_clear(ts), rt_signal_check(ts) == 0));
    rt_decref(ts, raw);
    int64_t got = -1;
    if (r.bits && rt_is_none(r)) {
        got = -2;
    } else if (r.bits) {
        got = rt_as_index(ts, r, &rt_exc_ValueError);
        if (rt_pending(ts)) {
            rt_value e = rt_exc_take(ts);
            rt_raise(ts, &rt_exc_OSError, "raw readinto() failed");
            rt_exc_set_cause(ts, rt_borrowed(ts->exc), e);
            got = -1;
        } else if (got < 0 || got > n) {
            rt_raise(ts, &rt_exc_OSError, "raw readinto() returned invalid length %zd (should have been between 0 and %zd)", (ssize_t)got, (ssize_t)n);
            got = -1;
        }
    }
    if (got > 0) {
        struct rt_buffer b;
        if (rt_buffer_get(ts, ba, &b, RT_BUF_SIMPLE) == 0) {
            memcpy(p, b.buf, (size_t)got);
            rt_buffer_release(ts, &b);
        }
    }
    rt_decref(ts, r);
    if (view.bits) {
        rt_value e = rt_exc_take(ts), rel = rt_call_method(ts, view, "release", NULL, 0);
        rt_decref(ts, rel);
        rt_exc_clear(ts);
        if (e.bits)
            rt_exc_put(ts, e);
    }
    rt_decref(ts, view);
    rt_decref(ts, ba);
    return got;
}
/* One write: bytes taken, -2 would block, -1 error. */
static int64_t raw_write_some(struct rt_thread *ts, rt_value self, const char *p, int64_t n)
{
    rt_value raw = raw_of(ts, self), r;
    if (rt_is_null(raw))
        return -1;
    if (rt_type_of(raw) == &rt_fileio_type) {
        int64_t k = rt_fileio_write(ts, raw, p, n);
        rt_decref(ts, raw);
        return k;
    }
    rt_value data = rt_bytes_new(ts, p, (size_t)n);
    do {
        r = data.bits ? rt_call_method(ts, raw, "write", &data, 1) : RT_NULL;
    } while (rt_is_null(r) && rt_exc_is(ts, &rt_exc_InterruptedError) && (rt_exc_clear(ts), rt_signal_check(ts) == 0));
    rt_decref(ts, raw);
    rt_decref(ts, data);
    int64_t got = -1;
    if (r.bits && rt_is_none(r)) {
        got = -2;
    } else if (r.bits) {
        got = rt_as_index(ts, r, &rt_exc_ValueError);
        if (!rt_pending(ts) && (got < 0 || got > n)) {
            rt_raise(ts, &rt_exc_OSError, "raw write() returned invalid length %zd (should have been between 0 and %zd)", (ssize_t)got, (ssize_t)n);
            got = -1;
        }
        if (rt_pending(ts))
            got = -1;
    }
    rt_decref(ts, r);
    return got;
}
/* Locked, as the reads and writes are. */
static int64_t moved(rt_value self, int64_t k)
{
    struct buffered *b = B(self);
    if (k == -1)
        b->raw_pos = -1;
    else if (k > 0 && b->raw_pos >= 0)
        b->raw_pos += k;
    return k;
}
static int64_t raw_read(struct rt_thread *ts, rt_value self, char *p, int64_t n)
{
    return moved(self, raw_read_some(ts, self, p, n));
}
static int64_t raw_write(struct rt_thread *ts, rt_value self, const char *p, int64_t n)
{
    return moved(self, raw_write_some(ts, self, p, n));
}
static int64_t raw_seek(struct rt_thread *ts, rt_value self, int64_t pos, int how)
{
    rt_value raw = raw_of(ts, self), a[2] = {rt_int_from_i64(ts, pos), rt_int_imm(how)}, r;
    if (rt_is_null(raw))
        return -1;
    r = rt_call_method(ts, raw, "seek", a, 2);
    rt_decref(ts, raw);
    if (rt_is_null(r))
        return -1;
    int64_t x = rt_as_i64(ts, r);
    rt_decref(ts, r);
    if (!rt_pending(ts) && x < 0)
        rt_raise(ts, &rt_exc_OSError, "Raw stream returned invalid position %lld", (long long)x);
    return B(self)->raw_pos = rt_pending(ts) ? -1 : x;
}

static RT_COLD int blocked(struct rt_thread *ts, int64_t written)
{
    rt_value args[3] = {rt_int_imm(EAGAIN), rt_str_from_cstr(ts, "write could not complete without blocking"), rt_int_imm(written)};
    rt_value e = rt_call(ts, rt_type_value(&rt_exc_BlockingIOError), args, 3, RT_NULL);
    if (e.bits) {
        rt_raise_instance(ts, e);
        rt_decref(ts, e);
    }
    rt_decref(ts, args[1]);
    return -1;
}
/* Empties the buffer to the raw file. 0; -1: raised; -2: the raw file would block, some of the buffer is left. */
static int empty_buffer(struct rt_thread *ts, rt_value self)
{
    struct buffered *b = B(self);
    while (b->wend > 0) {
        int64_t k = raw_write(ts, self, b->buf, b->wend);
        if (k < 0)
            return (int)k;
        memmove(b->buf, b->buf + k, (size_t)(b->wend - k));
        b->wend -= k;
        if (rt_safepoint(ts) < 0) /* a write cut short by a signal: its handler runs before the next may block */
            return -1;
    }
    return 0;
}
/* Write out what waits; locked. */
static int flush_locked(struct rt_thread *ts, rt_value self)
{
    int rc = empty_buffer(ts, self);
    return rc == -2 ? blocked(ts, 0) : rc;
}
/* Forget what was read ahead: the raw position goes back to the logical one. */
static int unread_locked(struct rt_thread *ts, rt_value self)
{
    struct buffered *b = B(self);
    int64_t ahead = b->end - b->pos;
    b->pos = b->end = 0;
    if (ahead > 0 && rt_load_relaxed(&b->writable) && raw_seek(ts, self, -ahead, 1) < 0)
        return -1;
    return 0;
}

/* ---- reading ---- */
static int64_t fill_locked(struct rt_thread *ts, rt_value self)
{
    struct buffered *b = B(self);
    if (b->pos == b->end)
        b->pos = b->end = 0;
    if (b->end == rt_load_relaxed(&b->size)) {
        memmove(b->buf, b->buf + b->pos, (size_t)(b->end - b->pos));
        b->end -= b->pos;
        b->pos = 0;
    }
    int64_t k = raw_read(ts, self, b->buf + b->end, rt_load_relaxed(&b->size) - b->end);
    if (k > 0)
        b->end += k;
    return k;
}
static int begin_read(struct rt_thread *ts, rt_value self, const char *what)
{
    if (enter_open(ts, self, what) < 0)
        return -1;
    if (B(self)->wend && flush_locked(ts, self) < 0) {
        leave(self);
        return -1;
    }
    return 0;
}
static rt_value read_all_locked(struct rt_thread *ts, rt_value self)
{
    struct buffered *b = B(self);
    rt_value head = rt_bytes_new(ts, b->buf + b->pos, (size_t)(b->end - b->pos)), raw, rest, res;
    b->pos = b->end = 0;
    b->raw_pos = -1;
    raw = raw_of(ts, self);
    if (rt_is_null(head) || rt_is_null(raw))
        return RT_NULL;
    rt_value m = rt_getattr_opt_cstr(ts, raw, "readall");
    if (m.bits) {
        rest = rt_call0(ts, m);
        rt_decref(ts, m);
    } else if (rt_pending(ts)) {
        rest = RT_NULL;
    } else {
        rest = rt_bytes_empty();
        for (;;) {
            rt_value part = rt_call_method(ts, raw, "read", NULL, 0), sum;
            if (rt_is_null(part) || rt_is_none(part) || rt_len(ts, part) == 0) {
                if (rt_is_null(part))
                    rt_clear(ts, &rest);
                rt_decref(ts, part);
                break;
            }
            sum = rt_binary(ts, rest, part, RT_BIN_ADD);
            rt_decref(ts, part);
            rt_decref(ts, rest);
            rest = sum;
        }
    }
    rt_decref(ts, raw);
    if (rt_is_null(rest)) {
        rt_decref(ts, head);
        return rest;
    }
    if (rt_is_none(rest)) {
        if (rt_as_bytes(head)->length)
            return head;
        rt_decref(ts, head);
        return RT_NONE;
    }
    if (!rt_is_bytes(rest)) {
        rt_decref(ts, head);
        rt_decref(ts, rest);
        return rt_raise(ts, &rt_exc_TypeError, "readall() should return bytes");
    }
    if (rt_as_bytes(head)->length == 0) {
        rt_decref(ts, head);
        return rest;
    }
    res = rt_binary(ts, head, rest, RT_BIN_ADD);
    rt_decref(ts, head);
    rt_decref(ts, rest);
    return res;
}
static rt_value read_n_locked(struct rt_thread *ts, rt_value self, int64_t n)
{
    struct buffered *b = B(self);
    rt_value out = rt_bytes_new(ts, NULL, (size_t)n);
    int64_t got = 0;
    if (rt_is_null(out))
        return out;
    char *p = rt_as_bytes(out)->data;
    while (got < n) {
        int64_t have = b->end - b->pos, take = have < n - got ? have : n - got, k;
        memcpy(p + got, b->buf + b->pos, (size_t)take);
        b->pos += take;
        got += take;
        if (got == n)
            break;
        if (n - got >= rt_load_relaxed(&b->size)) {
            b->pos = b->end = 0;
            k = raw_read(ts, self, p + got, (n - got) / rt_load_relaxed(&b->size) * rt_load_relaxed(&b->size));
            if (k > 0)
                got += k;
        } else {
            k = fill_locked(ts, self);
        }
        if (k == -1) {
            rt_decref(ts, out);
            return RT_NULL;
        }
        if (k == -2 && got == 0) {
            rt_decref(ts, out);
            return RT_NONE;
        }
        if (k <= 0)
            break;
    }
    return got == n ? out : rt_bytes_shrink(ts, out, (size_t)got);
}
static rt_value buf_read(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    int64_t size;
    if (rt_args_count(ts, "read", n, 0, 1) < 0 || rt_io_size(ts, n ? args[0] : RT_NULL, &size) < 0)
        return RT_NULL;
    if (size < -1)
        return rt_raise(ts, &rt_exc_ValueError, "read length must be non-negative or -1");
    if (begin_read(ts, self, "read") < 0)
        return RT_NULL;
    rt_value r = size < 0 ? read_all_locked(ts, self) : read_n_locked(ts, self, size);
    leave(self);
    return r;
}
static rt_value buf_read1(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    int64_t size;
    struct buffered *b = B(self);
    if (rt_args_count(ts, "read1", n, 0, 1) < 0 || rt_io_size(ts, n ? args[0] : RT_NULL, &size) < 0 || begin_read(ts, self, "read") < 0)
        return RT_NULL;
    rt_value r = RT_NULL;
    int64_t k = 1;
    if (size < 0)
        size = rt_load_relaxed(&b->size);
    if (size && b->pos == b->end)
        k = fill_locked(ts, self);
    if (k != -1) {
        int64_t have = b->end - b->pos, take = have < size ? have : size;
        r = rt_bytes_new(ts, b->buf + b->pos, (size_t)take);
        b->pos += take;
    }
    leave(self);
    return r;
}
static rt_value buf_peek(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    struct buffered *b = B(self);
    if (begin_read(ts, self, "peek") < 0)
        return RT_NULL;
    int64_t k = 1;
    if (b->pos == b->end)
        k = fill_locked(ts, self);
    rt_value r = k == -1 ? RT_NULL : rt_bytes_new(ts, b->buf + b->pos, (size_t)(b->end - b->pos));
    leave(self);
    return r;
}
static rt_value readinto_common(struct rt_thread *ts, rt_value self, rt_value target, bool once)
{
    struct buffered *b = B(self);
    struct rt_buffer view;
    int64_t got = 0;
    if (rt_buffer_get(ts, target, &view, RT_BUF_WRITABLE) < 0) {
        if (rt_exc_clear_if(ts, &rt_exc_BufferError))
            rt_raise(ts, &rt_exc_TypeError, "readinto() argument must be read-write bytes-like object, not %N", target);
        return RT_NULL;
    }
    if (begin_read(ts, self, "readinto") < 0) {
        rt_buffer_release(ts, &view);
        return RT_NULL;
    }
    char *p = view.buf;
    int64_t k = 0;
    while (got < view.len) {
        int64_t have = b->end - b->pos, take = have < view.len - got ? have : view.len - got;
        memcpy(p + got, b->buf + b->pos, (size_t)take);
        b->pos += take;
        got += take;
        if (got == view.len)
            break;
        if (view.len - got > rt_load_relaxed(&b->size)) { /* also for readinto1(), after what was read ahead */
            k = raw_read(ts, self, p + got, view.len - got);
            if (k > 0)
                got += k;
            if (once)
                break;
        } else if (once && got) {
            break;
        } else {
            k = fill_locked(ts, self);
        }
        if (k <= 0)
            break;
    }
    leave(self);
    rt_buffer_release(ts, &view);
    return k == -1 && rt_pending(ts) ? RT_NULL : k == -2 && !got ? RT_NONE : rt_int_imm(got);
}
static rt_value buf_readinto(struct rt_thread *ts, rt_value self, rt_value t) { return readinto_common(ts, self, t, false); }
static rt_value buf_readinto1(struct rt_thread *ts, rt_value self, rt_value t) { return readinto_common(ts, self, t, true); }

static rt_value readline_locked(struct rt_thread *ts, rt_value self, int64_t limit)
{
    struct buffered *b = B(self);
    rt_value acc = RT_NULL;
    for (;;) {
        int64_t have = b->end - b->pos, take = limit >= 0 && limit < have ? limit : have;
        const char *nl = take ? memchr(b->buf + b->pos, '\n', (size_t)take) : NULL;
        if (nl)
            take = nl - (b->buf + b->pos) + 1;
        rt_value part = rt_bytes_new(ts, b->buf + b->pos, (size_t)take), sum;
        if (rt_is_null(part)) {
            rt_decref(ts, acc);
            return part;
        }
        b->pos += take;
        if (limit >= 0)
            limit -= take;
        if (acc.bits) {
            sum = rt_binary(ts, acc, part, RT_BIN_ADD);
            rt_decref(ts, acc);
            rt_decref(ts, part);
            acc = sum;
        } else {
            acc = part;
        }
        if (nl || limit == 0 || rt_is_null(acc))
            return acc;
        int64_t k = fill_locked(ts, self);
        if (k == -1) {
            rt_decref(ts, acc);
            return RT_NULL;
        }
        if (k <= 0)
            return acc;
    }
}
/* Alone: a whole line that is in the buffer. RT_NULL without an exception: the general way. As quick_line of textio.c. */
static rt_value quick_line(struct rt_thread *ts, rt_value self)
{
    struct buffered *b = B(self);
    if (rt_load_relaxed(&ts->mt) || rt_load_relaxed(&b->lock.owner) || b->wend || b->pos >= b->end ||
        rt_buffered_closed_quick(ts, self) != 0)
        return RT_NULL;
    const char *from = b->buf + b->pos, *nl = memchr(from, '\n', (size_t)(b->end - b->pos));
    if (!nl)
        return RT_NULL;
    b->pos += nl + 1 - from;
    return rt_bytes_new(ts, from, (size_t)(nl + 1 - from));
}
static rt_value buf_readline(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    int64_t limit;
    rt_value line = n ? RT_NULL : quick_line(ts, self);
    if (line.bits || rt_pending(ts))
        return line;
    if (rt_args_count(ts, "readline", n, 0, 1) < 0 || rt_io_size(ts, n ? args[0] : RT_NULL, &limit) < 0 || begin_read(ts, self, "readline") < 0)
        return RT_NULL;
    rt_value r = readline_locked(ts, self, limit);
    leave(self);
    return r;
}
static rt_value buf_iternext(struct rt_thread *ts, rt_value self)
{
    rt_value line = rt_type_of(self) == &rt_buffered_reader_type || rt_type_of(self) == &rt_buffered_random_type
                        ? buf_readline(ts, self, NULL, 0) : rt_call_method(ts, self, "readline", NULL, 0);
    if (line.bits && rt_is_bytes(line) && rt_as_bytes(line)->length == 0) {
        rt_decref(ts, line);
        return RT_STOP;
    }
    if (line.bits && !rt_is_bytes(line)) {
        rt_raise(ts, &rt_exc_OSError, "readline() should have returned a bytes object, not '%.200T'", line);
        rt_clear(ts, &line);
    }
    return line;
}

/* ---- writing ---- */
/* The raw file would block: what fits is buffered behind what is there, the rest is reported. */
static rt_value buffer_what_fits(struct rt_thread *ts, struct buffered *b, const char *p, int64_t left, int64_t len)
{
    int64_t room = rt_load_relaxed(&b->size) - b->wend, take = room < left ? room : left;
    memcpy(b->buf + b->wend, p, (size_t)take);
    b->wend += take;
    if (take == left)
        return rt_int_imm(len);
    blocked(ts, len - left + take);
    return RT_NULL;
}
/* What does not fit the room in the buffer. */
static rt_value write_past_buffer(struct rt_thread *ts, rt_value self, const char *p, int64_t len)
{
    struct buffered *b = B(self);
    int64_t left = len;
    int rc = empty_buffer(ts, self);
    if (rc < 0)
        return rc == -2 ? buffer_what_fits(ts, b, p, left, len) : RT_NULL;
    while (left > rt_load_relaxed(&b->size)) {
        int64_t k = raw_write(ts, self, p, left);
        if (k < 0)
            return k == -2 ? buffer_what_fits(ts, b, p, left, len) : RT_NULL;
        p += k;
        left -= k;
        if (rt_safepoint(ts) < 0)
            return RT_NULL;
    }
    memcpy(b->buf + b->wend, p, (size_t)left);
    b->wend += left;
    return rt_int_imm(len);
}
static rt_value buf_write(struct rt_thread *ts, rt_value self, rt_value data)
{
    struct buffered *b = B(self);
    struct rt_buffer v;
    if (rt_buffer_get(ts, data, &v, RT_BUF_SIMPLE) < 0)
        return RT_NULL;
    if (enter_open(ts, self, "write") < 0) {
        if (rt_exc_is(ts, &rt_exc_ValueError) && rt_load_relaxed(&b->ok)) {
            rt_exc_clear(ts);
            rt_raise(ts, &rt_exc_ValueError, "write to closed file");
        }
        rt_buffer_release(ts, &v);
        return RT_NULL;
    }
    rt_value res;
    if (b->end && unread_locked(ts, self) < 0) {
        res = RT_NULL;
    } else if (v.len <= rt_load_relaxed(&b->size) - b->wend) {
        memcpy(b->buf + b->wend, v.buf, (size_t)v.len);
        b->wend += v.len;
        res = rt_int_imm(v.len);
    } else {
        res = write_past_buffer(ts, self, v.buf, v.len);
    }
    leave(self);
    rt_buffer_release(ts, &v);
    return res;
}
static rt_value buf_flush(struct rt_thread *ts, rt_value self)
{
    if (!rt_load_relaxed(&B(self)->writable)) {
        rt_value raw = raw_of(ts, self), r = raw.bits ? rt_call_method(ts, raw, "flush", NULL, 0) : RT_NULL;
        rt_decref(ts, raw);
        return r;
    }
    if (enter_open(ts, self, "flush") < 0)
        return RT_NULL;
    int err = flush_locked(ts, self);
    if (err == 0 && rt_load_relaxed(&B(self)->readable))
        err = unread_locked(ts, self);
    leave(self);
    return err < 0 ? RT_NULL : RT_NONE;
}

/* ---- position ---- */
static rt_value buf_tell(struct rt_thread *ts, rt_value self)
{
    rt_value raw = raw_of(ts, self), t = raw.bits ? rt_call_method(ts, raw, "tell", NULL, 0) : RT_NULL;
    rt_decref(ts, raw);
    if (rt_is_null(t))
        return t;
    int64_t pos = rt_as_i64(ts, t);
    rt_decref(ts, t);
    if (!rt_pending(ts) && pos < 0)
        rt_raise(ts, &rt_exc_OSError, "Raw stream returned invalid position %lld", (long long)pos);
    if (rt_pending(ts))
        return RT_NULL;
    struct buffered *b = B(self);
    /* A signal handler may ask while its thread holds the lock. */
    bool locked = rt_load_relaxed(&ts->mt) && rt_load_relaxed(&b->lock.owner) != ts->id;
    if (locked && enter(ts, self) < 0)
        return RT_NULL;
    pos += b->wend - (b->end - b->pos);
    if (locked)
        leave(self);
    return rt_int_from_i64(ts, pos < 0 ? 0 : pos);
}
static rt_value buf_seek(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    struct buffered *b = B(self);
    if (rt_args_count(ts, "seek", n, 1, 2) < 0)
        return RT_NULL;
    int how = n > 1 ? rt_as_int(ts, args[1]) : 0;
    if (rt_pending(ts))
        return RT_NULL;
    if (how < 0 || how > 4)
        return rt_raise(ts, &rt_exc_ValueError, "whence value %d unsupported", how);
    int64_t pos = rt_as_i64(ts, args[0]), r;
    if (rt_pending(ts) || check_open(ts, self, "seek") < 0)
        return RT_NULL;
    rt_value raw = raw_of(ts, self), s = raw.bits ? rt_call_method(ts, raw, "seekable", NULL, 0) : RT_NULL;
    rt_decref(ts, raw);
    if (rt_is_null(s))
        return s;
    bool ok = rt_is_true(s);
    rt_decref(ts, s);
    if (!ok)
        return rt_io_unsupported(ts, "File or stream is not seekable.");
    if (enter_open(ts, self, "seek") < 0)
        return RT_NULL;
    rt_value res = RT_NULL;
    if (flush_locked(ts, self) == 0) {
        int64_t ahead = b->end - b->pos, at = 0, by = pos;
        if (how < 2 && rt_load_relaxed(&b->readable) && ahead > 0) {
            at = b->raw_pos >= 0 ? b->raw_pos : raw_seek(ts, self, 0, 1);
            by = how ? pos : pos - (at - ahead);
        }
        if (at < 0) {
            ; /* raised */
        } else if (at > 0 && by >= -b->pos && by <= ahead) { /* inside the buffer */
            b->pos += by;
            res = rt_int_from_i64(ts, at - (b->end - b->pos));
        } else {
            if (how == 1)
                pos -= ahead;
            r = raw_seek(ts, self, pos, how);
            if (r >= 0) {
                b->pos = b->end = 0;
                res = rt_int_from_i64(ts, r);
            }
        }
    }
    leave(self);
    return res;
}
static rt_value buf_truncate(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    if (rt_args_count(ts, "truncate", n, 0, 1) < 0 || check_open(ts, self, "truncate") < 0)
        return RT_NULL;
    if (!rt_load_relaxed(&B(self)->writable))
        return rt_io_unsupported(ts, "truncate");
    rt_value pos = n && !rt_is_none(args[0]) ? rt_newref(ts, args[0]) : buf_tell(ts, self), raw, r;
    if (rt_is_null(pos) || enter(ts, self) < 0)
        return RT_NULL;
    int err = flush_locked(ts, self);
    leave(self);
    raw = err == 0 ? raw_of(ts, self) : RT_NULL;
    r = raw.bits ? rt_call_method(ts, raw, "truncate", &pos, 1) : RT_NULL;
    rt_decref(ts, raw);
    rt_decref(ts, pos);
    return r;
}

/* ---- life and proxies ---- */
static void free_buffer(rt_value self)
{
    struct buffered *b = B(self);
    rt_raw_free(b->buf);
    b->buf = NULL;
    b->pos = b->end = b->wend = 0;
    rt_store_relaxed(&b->size, 0);
}
static rt_value buf_close(struct rt_thread *ts, rt_value self)
{
    rt_value raw = raw_of(ts, self);
    if (rt_is_null(raw))
        return raw;
    int c = rt_io_closed(ts, raw);
    if (c) {
        rt_decref(ts, raw);
        return c < 0 ? RT_NULL : RT_NONE;
    }
    return rt_io_close_over(ts, self, raw, &B(self)->lock, free_buffer);
}
static rt_value buf_detach(struct rt_thread *ts, rt_value self)
{
    rt_value r = raw_of(ts, self), raw;
    if (rt_is_null(r))
        return r;
    rt_decref(ts, r);
    r = rt_call_method(ts, self, "flush", NULL, 0);
    if (rt_is_null(r))
        return r;
    rt_decref(ts, r);
    if (enter(ts, self) < 0)
        return RT_NULL;
    raw = rt_slot_swap(&B(self)->raw, RT_NULL);
    rt_store_relaxed(&B(self)->detached, true);
    rt_store_relaxed(&B(self)->ok, false);
    leave(self);
    if (rt_is_null(raw))
        rt_raise(ts, &rt_exc_ValueError, "raw stream has been detached");
    return raw;
}
static rt_value proxy(struct rt_thread *ts, rt_value self, const char *name)
{
    return rt_io_forward(ts, raw_of(ts, self), name);
}
static rt_value buf_seekable(struct rt_thread *ts, rt_value self) { return proxy(ts, self, "seekable"); }
static rt_value buf_readable(struct rt_thread *ts, rt_value self) { return proxy(ts, self, "readable"); }
static rt_value buf_writable(struct rt_thread *ts, rt_value self) { return proxy(ts, self, "writable"); }
static rt_value buf_fileno(struct rt_thread *ts, rt_value self) { return proxy(ts, self, "fileno"); }
static rt_value buf_isatty(struct rt_thread *ts, rt_value self) { return proxy(ts, self, "isatty"); }
static rt_value buf_attr(struct rt_thread *ts, rt_value self, void *name)
{
    return rt_io_forward_attr(ts, raw_of(ts, self), name);
}
static rt_value buf_raw(struct rt_thread *ts, rt_value self, void *c)
{
    rt_value v = rt_slot_get(ts, B(self), &B(self)->raw);
    return v.bits ? v : raw_of(ts, self);
}
static rt_value buf_dealloc_warn(struct rt_thread *ts, rt_value self, rt_value source)
{
    rt_value raw = rt_load_relaxed(&B(self)->ok) ? rt_slot_get(ts, B(self), &B(self)->raw) : RT_NULL;
    if (raw.bits) {
        rt_value r = rt_call_method(ts, raw, "_dealloc_warn", &source, 1);
        rt_decref(ts, r);
        rt_exc_clear(ts);
    }
    rt_decref(ts, raw);
    return RT_NONE;
}
static rt_value buf_repr(struct rt_thread *ts, rt_value self)
{
    rt_value name = rt_getattr_opt_cstr(ts, self, "name"), r;
    if (rt_is_null(name)) {
        if (rt_pending(ts) && !rt_exc_clear_if(ts, &rt_exc_ValueError))
            return RT_NULL;
        return rt_str_format(ts, "<%s>", rt_typename(self));
    }
    int st = rt_repr_enter(ts, self);
    if (st) {
        rt_decref(ts, name);
        return st > 0 ? rt_raise(ts, &rt_exc_RuntimeError, "reentrant call inside %s.__repr__", rt_typename(self)) : RT_NULL;
    }
    r = rt_str_format(ts, "<%s name=%R>", rt_typename(self), name);
    rt_repr_leave(ts, self);
    rt_decref(ts, name);
    return r;
}
static rt_value no_pickle(struct rt_thread *ts, rt_value self) { return rt_raise(ts, &rt_exc_TypeError, "cannot pickle '%T' object", self); }
static rt_value buf_sizeof(struct rt_thread *ts, rt_value self) { return rt_int_imm((int64_t)sizeof(struct buffered) + rt_load_relaxed(&B(self)->size)); }
static void buf_clear(struct rt_thread *ts, struct rt_object *o)
{
    struct buffered *b = (struct buffered *)o;
    rt_store_relaxed(&b->ok, false);
    rt_slot_set(ts, &b->raw, RT_NULL);
}
static void buf_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    buf_clear(ts, o);
    rt_raw_free(((struct buffered *)o)->buf);
}
static int buf_traverse(struct rt_object *o, rt_visit visit, void *arg) { return visit(rt_slot_peek(&((struct buffered *)o)->raw), arg); }

#define COMMON_METHODS                                                                                                        \
    {"detach", buf_detach, RT_METH_NOARGS, NULL}, {"flush", buf_flush, RT_METH_NOARGS, NULL}, {"close", buf_close, RT_METH_NOARGS, NULL}, \
    {"seekable", buf_seekable, RT_METH_NOARGS, NULL}, {"fileno", buf_fileno, RT_METH_NOARGS, NULL},                                  \
    {"isatty", buf_isatty, RT_METH_NOARGS, NULL}, {"_dealloc_warn", buf_dealloc_warn, RT_METH_O, NULL},                               \
    {"seek", buf_seek, RT_METH_FAST, NULL}, {"tell", buf_tell, RT_METH_NOARGS, NULL}, {"truncate", buf_truncate, RT_METH_FAST, NULL}, \
    {"__sizeof__", buf_sizeof, RT_METH_NOARGS, NULL}, {"__getstate__", no_pickle, RT_METH_NOARGS, NULL},                              \
    {"__reduce__", no_pickle, RT_METH_NOARGS, NULL}
#define READ_METHODS                                                                                                          \
    {"read", buf_read, RT_METH_FAST, "read($self, size=-1, /)\n--\n\n"}, {"peek", buf_peek, RT_METH_FAST, NULL},                       \
    {"read1", buf_read1, RT_METH_FAST, NULL}, {"readinto", buf_readinto, RT_METH_O, NULL}, {"readinto1", buf_readinto1, RT_METH_O, NULL}, \
    {"readline", buf_readline, RT_METH_FAST, NULL}, {"readable", buf_readable, RT_METH_NOARGS, NULL}
#define WRITE_METHODS {"write", buf_write, RT_METH_O, "write($self, buffer, /)\n--\n\nWrite buffer b to the IO stream."}, {"writable", buf_writable, RT_METH_NOARGS, NULL}
static const struct rt_method_def reader_methods[] = {COMMON_METHODS, READ_METHODS, {NULL}};
static const struct rt_method_def writer_methods[] = {COMMON_METHODS, WRITE_METHODS, {NULL}};
static const struct rt_method_def random_methods[] = {COMMON_METHODS, READ_METHODS, WRITE_METHODS, {NULL}};
static const struct rt_getset_def buf_getset[] = {
    {"closed", buf_attr, NULL, NULL, "closed"}, {"name", buf_attr, NULL, NULL, "name"}, {"mode", buf_attr, NULL, NULL, "mode"},
    {"raw", buf_raw, NULL, NULL, NULL}, {NULL},
};
#define BUF_TYPE                                                                                                              \
    .hdr = RT_STATIC_TYPE_HDR, .flags = RT_TF_BASETYPE | RT_TF_DICT | RT_TF_WEAKREF | RT_TF_GC, .basic_size = sizeof(struct buffered), \
    .base = &rt_bufferediobase_type, .dealloc = buf_dealloc, .clear = buf_clear, .traverse = buf_traverse, .repr = buf_repr,        \
    .new = buf_new, .init = buf_init, .iternext = buf_iternext, .getset = buf_getset
struct rt_type rt_buffered_reader_type = {BUF_TYPE, .name = "_io.BufferedReader", .methods = reader_methods, .doc = "BufferedReader(raw, buffer_size=DEFAULT_BUFFER_SIZE)\n--\n\nCreate a new buffered reader using the given readable raw IO object."};
struct rt_type rt_buffered_writer_type = {BUF_TYPE, .name = "_io.BufferedWriter", .methods = writer_methods, .doc = "BufferedWriter(raw, buffer_size=DEFAULT_BUFFER_SIZE)\n--\n\nA buffer for a writeable sequential RawIO object."};
struct rt_type rt_buffered_random_type = {BUF_TYPE, .name = "_io.BufferedRandom", .methods = random_methods, .doc = "BufferedRandom(raw, buffer_size=DEFAULT_BUFFER_SIZE)\n--\n\nA buffered interface to random access streams."};

/* ---- BufferedRWPair ---- */
struct pair { struct rt_object hdr; rt_slot reader, writer; };
#define P(v) ((struct pair *)rt_ptr(v))
static int pair_init(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    if (rt_no_keywords(ts, "BufferedRWPair", kw) < 0 || rt_args_count(ts, "BufferedRWPair", n, 2, 3) < 0)
        return -1;
    rt_value sz = n > 2 ? args[2] : rt_int_imm(RT_IO_BUFFER), a[2] = {args[0], sz}, r, w;
    if (check_able(ts, args[0], "readable") < 0 || check_able(ts, args[1], "writable") < 0)
        return -1;
    r = rt_call(ts, rt_type_value(&rt_buffered_reader_type), a, 2, RT_NULL);
    a[0] = args[1];
    w = r.bits ? rt_call(ts, rt_type_value(&rt_buffered_writer_type), a, 2, RT_NULL) : RT_NULL;
    if (rt_is_null(w)) {
        rt_decref(ts, r);
        return -1;
    }
    rt_slot_set(ts, &P(self)->reader, r);
    rt_slot_set(ts, &P(self)->writer, w);
    return 0;
}
static rt_value pair_call(struct rt_thread *ts, rt_value self, bool writer, const char *name, const rt_value *args, uint32_t n)
{
    rt_value o = rt_slot_get(ts, P(self), writer ? &P(self)->writer : &P(self)->reader), r;
    if (rt_is_null(o))
        return rt_raise(ts, &rt_exc_ValueError, "I/O operation on uninitialized object");
    r = rt_call_method(ts, o, name, args, n);
    rt_decref(ts, o);
    return r;
}
#define PAIR(fn, w, name) static rt_value fn(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n) { return pair_call(ts, self, w, name, args, n); }
PAIR(pair_read, false, "read") PAIR(pair_peek, false, "peek") PAIR(pair_read1, false, "read1") PAIR(pair_readinto, false, "readinto")
PAIR(pair_readinto1, false, "readinto1") PAIR(pair_write, true, "write") PAIR(pair_flush, true, "flush") PAIR(pair_readable, false, "readable")
PAIR(pair_writable, true, "writable")
static rt_value pair_close(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    rt_value r = pair_call(ts, self, true, "close", NULL, 0), e = rt_is_null(r) ? rt_exc_take(ts) : RT_NULL, q;
    rt_decref(ts, r);
    q = pair_call(ts, self, false, "close", NULL, 0);
    if (e.bits) {
        if (rt_is_null(q))
            rt_exc_set_context(ts, ts->exc, e);
        else
            rt_exc_put(ts, e);
        rt_decref(ts, q);
        return RT_NULL;
    }
    return q;
}
static rt_value pair_isatty(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    rt_value r = pair_call(ts, self, true, "isatty", NULL, 0);
    if (!rt_is_false(r))
        return r;
    return pair_call(ts, self, false, "isatty", NULL, 0);
}
static rt_value pair_closed(struct rt_thread *ts, rt_value self, void *c)
{
    rt_value o = rt_slot_get(ts, P(self), &P(self)->writer), r;
    if (rt_is_null(o))
        return rt_raise(ts, &rt_exc_RuntimeError, "the BufferedRWPair object is being garbage-collected");
    r = rt_getattr_cstr(ts, o, "closed");
    rt_decref(ts, o);
    return r;
}
static void pair_clear(struct rt_thread *ts, struct rt_object *o)
{
    rt_slot_set(ts, &((struct pair *)o)->reader, RT_NULL);
    rt_slot_set(ts, &((struct pair *)o)->writer, RT_NULL);
}
static int pair_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    int r = visit(rt_slot_peek(&((struct pair *)o)->reader), arg);
    return r ? r : visit(rt_slot_peek(&((struct pair *)o)->writer), arg);
}
static const struct rt_method_def pair_methods[] = {
    {"read", pair_read, RT_METH_FAST, NULL}, {"peek", pair_peek, RT_METH_FAST, NULL}, {"read1", pair_read1, RT_METH_FAST, NULL},
    {"readinto", pair_readinto, RT_METH_FAST, NULL}, {"readinto1", pair_readinto1, RT_METH_FAST, NULL}, {"write", pair_write, RT_METH_FAST, NULL},
    {"flush", pair_flush, RT_METH_FAST, NULL}, {"readable", pair_readable, RT_METH_FAST, NULL}, {"writable", pair_writable, RT_METH_FAST, NULL},
    {"close", pair_close, RT_METH_FAST, NULL}, {"isatty", pair_isatty, RT_METH_FAST, NULL}, {NULL},
};
static const struct rt_getset_def pair_getset[] = {{"closed", pair_closed, NULL, NULL, NULL}, {NULL}};
struct rt_type rt_buffered_pair_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "_io.BufferedRWPair", .flags = RT_TF_BASETYPE | RT_TF_DICT | RT_TF_WEAKREF | RT_TF_GC,
    .basic_size = sizeof(struct pair), .base = &rt_bufferediobase_type, .clear = pair_clear, .traverse = pair_traverse, .new = buf_new,
    .init = pair_init, .methods = pair_methods, .getset = pair_getset, .doc = "A buffered reader and writer object together.",
};
