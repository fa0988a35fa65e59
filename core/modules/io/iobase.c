/* SPDX-License-Identifier: MIT */
/* The abstract bases of _io: defaults that raise, iteration by readline, closing in finalizers. */
#include "core/modules/io/io_internal.h"

int rt_io_lock_enter(struct rt_thread *ts, struct rt_io_lock *l, rt_value self)
{
    if (rt_load_relaxed(&l->owner) == ts->id) {
        rt_raise(ts, &rt_exc_RuntimeError, "reentrant call inside %R", self);
        return -1;
    }
    int orphaned = 0;
    if (!rt_bytelock_try(&l->byte)) {
        orphaned = rt_bytelock_orphaned(ts, 0);
        rt_bytelock_acquire(ts, &l->byte, -1, 0);
    }
    rt_store_relaxed(&l->owner, ts->id);
    return orphaned;
}

rt_value rt_io_unsupported(struct rt_thread *ts, const char *what)
{
    rt_value t = rt_slot_get(ts, NULL, &ts->interp->native_state[RT_NS_IO]);
    if (t.bits)
        rt_raise(ts, rt_as_type(t), "%s", what);
    else
        rt_raise(ts, &rt_exc_OSError, "%s", what);
    rt_decref(ts, t);
    return RT_NULL;
}
rt_value rt_io_none(struct rt_thread *ts, rt_value r)
{
    rt_decref(ts, r);
    return r.bits ? RT_NONE : RT_NULL;
}
rt_value rt_io_close_over(struct rt_thread *ts, rt_value self, rt_value below, struct rt_io_lock *lock, void (*release)(rt_value))
{
    rt_value r, e = RT_NULL, fin = rt_getattr_opt_cstr(ts, self, "_finalizing");
    rt_exc_clear(ts);
    if (fin.bits) {
        r = rt_call_method(ts, below, "_dealloc_warn", &self, 1);
        rt_decref(ts, r);
        rt_exc_clear(ts);
    }
    rt_decref(ts, fin);
    r = rt_call_method(ts, self, "flush", NULL, 0);
    if (rt_is_null(r))
        e = rt_exc_take(ts);
    rt_decref(ts, r);
    if (lock && rt_io_lock_enter(ts, lock, self) < 0) {
        rt_decref(ts, below);
        rt_decref(ts, e);
        return RT_NULL;
    }
    r = rt_call_method(ts, below, "close", NULL, 0);
    if (lock) {
        release(self);
        rt_io_lock_leave(lock);
    }
    rt_decref(ts, below);
    if (e.bits) {
        if (rt_is_null(r))
            rt_exc_set_context(ts, ts->exc, e);
        else
            rt_exc_put(ts, e);
        rt_decref(ts, r);
        return RT_NULL;
    }
    return rt_io_none(ts, r);
}
rt_value rt_io_forward(struct rt_thread *ts, rt_value below, const char *name)
{
    rt_value r = below.bits ? rt_call_method(ts, below, name, NULL, 0) : RT_NULL;
    rt_decref(ts, below);
    return r;
}
rt_value rt_io_forward_attr(struct rt_thread *ts, rt_value below, const char *name)
{
    rt_value r = below.bits ? rt_getattr_cstr(ts, below, name) : RT_NULL;
    rt_decref(ts, below);
    return r;
}
int rt_io_size(struct rt_thread *ts, rt_value v, int64_t *out)
{
    *out = -1;
    if (rt_is_null(v) || rt_is_none(v))
        return 0;
    if (!rt_index_check(v)) {
        rt_raise(ts, &rt_exc_TypeError, "argument should be integer or None, not '%.200T'", v);
        return -1;
    }
    *out = rt_as_index(ts, v, &rt_exc_OverflowError);
    return rt_pending(ts) ? -1 : 0;
}
int rt_io_closed_quick(struct rt_thread *ts, rt_value f)
{
    if (rt_is_exact(f, &rt_bytesio_type))
        return rt_bytesio_is_closed(f);
    return rt_is_exact(f, &rt_fileio_type) ? rt_fileio_is_closed(f) : rt_buffered_closed_quick(ts, f);
}
int rt_io_closed(struct rt_thread *ts, rt_value f)
{
    int known = rt_io_closed_quick(ts, f);
    if (known >= 0)
        return known;
    rt_value c = rt_getattr_cstr(ts, f, "closed");
    int t = c.bits ? rt_truth(ts, c) : -1;
    rt_decref(ts, c);
    return t;
}
int rt_io_check_closed(struct rt_thread *ts, rt_value f, const char *msg)
{
    int c = rt_io_closed(ts, f);
    if (c > 0)
        rt_raise(ts, &rt_exc_ValueError, "%s", msg ? msg : "I/O operation on closed file.");
    return c ? -1 : 0;
}

/* ---- _IOBase ---- */
#define DENY(fn, name) \
    static rt_value fn(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw) { return rt_io_unsupported(ts, name); }
DENY(base_seek, "seek")
DENY(base_truncate, "truncate")
DENY(base_read, "read")
DENY(base_read1, "read1")
DENY(base_write, "write")
DENY(base_readline_text, "readline")

static rt_value base_fileno(struct rt_thread *ts, rt_value self) { return rt_io_unsupported(ts, "fileno"); }
static rt_value base_detach(struct rt_thread *ts, rt_value self) { return rt_io_unsupported(ts, "detach"); }

static rt_value base_tell(struct rt_thread *ts, rt_value self)
{
    rt_value args[2] = {rt_int_imm(0), rt_int_imm(1)};
    return rt_call_method(ts, self, "seek", args, 2);
}
static bool flag_closed(struct rt_thread *ts, rt_value self)
{
    rt_value v = rt_getattr_opt_cstr(ts, self, "__IOBase_closed");
    rt_exc_clear(ts);
    rt_decref(ts, v);
    return v.bits != 0;
}
static rt_value base_closed(struct rt_thread *ts, rt_value self, void *c) { return rt_bool(flag_closed(ts, self)); }
static rt_value base_flush(struct rt_thread *ts, rt_value self)
{
    return flag_closed(ts, self) ? rt_raise(ts, &rt_exc_ValueError, "I/O operation on closed file.") : RT_NONE;
}
static rt_value base_close(struct rt_thread *ts, rt_value self)
{
    if (flag_closed(ts, self))
        return RT_NONE;
    rt_value r = rt_call_method(ts, self, "flush", NULL, 0), e = rt_is_null(r) ? rt_exc_take(ts) : RT_NULL;
    rt_setattr_cstr(ts, self, "__IOBase_closed", RT_TRUE);
    rt_decref(ts, r);
    if (e.bits) {
        rt_value second = rt_exc_take(ts);
        rt_decref(ts, second);
        rt_exc_put(ts, e);
        return RT_NULL;
    }
    return rt_pending(ts) ? RT_NULL : RT_NONE;
}
static rt_value base_false(struct rt_thread *ts, rt_value self) { return RT_FALSE; }
static rt_value base_isatty(struct rt_thread *ts, rt_value self) { return rt_io_check_closed(ts, self, NULL) < 0 ? RT_NULL : RT_FALSE; }
static rt_value check_able(struct rt_thread *ts, rt_value self, const char *method, const char *msg)
{
    rt_value r = rt_call_method(ts, self, method, NULL, 0);
    if (rt_is_null(r))
        return r;
    bool ok = rt_is_true(r);
    rt_decref(ts, r);
    return ok ? RT_TRUE : rt_io_unsupported(ts, msg);
}
static rt_value base_check_closed(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n) { return rt_io_check_closed(ts, self, NULL) < 0 ? RT_NULL : RT_NONE; }
static rt_value base_check_seekable(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n) { return check_able(ts, self, "seekable", "File or stream is not seekable."); }
static rt_value base_check_readable(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n) { return check_able(ts, self, "readable", "File or stream is not readable."); }
static rt_value base_check_writable(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n) { return check_able(ts, self, "writable", "File or stream is not writable."); }
static rt_value base_enter(struct rt_thread *ts, rt_value self) { return rt_io_check_closed(ts, self, NULL) < 0 ? RT_NULL : rt_newref(ts, self); }
static rt_value base_exit(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n) { return rt_io_none(ts, rt_call_method(ts, self, "close", NULL, 0)); }
static rt_value base_iter(struct rt_thread *ts, rt_value self) { return base_enter(ts, self); }
static rt_value base_next(struct rt_thread *ts, rt_value self)
{
    rt_value line = rt_call_method(ts, self, "readline", NULL, 0);
    if (rt_is_null(line))
        return line;
    int64_t n = rt_len(ts, line);
    if (n == 0) {
        rt_decref(ts, line);
        return RT_STOP;
    }
    return n < 0 ? RT_NULL : line;
}
static rt_value base_readline(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    int64_t limit;
    if (rt_args_count(ts, "readline", n, 0, 1) < 0 || rt_io_size(ts, n ? args[0] : RT_NULL, &limit) < 0)
        return RT_NULL;
    rt_value peek = rt_getattr_opt_cstr(ts, self, "peek"), out = rt_bytearray_new(ts, NULL, 0), res = RT_NULL;
    if (rt_pending(ts))
        goto done;
    int64_t have = 0;
    while (limit < 0 || have < limit) {
        int64_t want = 1;
        if (peek.bits) {
            rt_value one = rt_int_imm(1), ahead = rt_call1(ts, peek, one);
            if (rt_is_null(ahead))
                goto done;
            if (!rt_is_bytes(ahead)) {
                rt_raise(ts, &rt_exc_OSError, "peek() should have returned a bytes object, not '%.200T'", ahead);
                rt_decref(ts, ahead);
                goto done;
            }
            size_t an = rt_as_bytes(ahead)->length;
            if (an) {
                const char *nl = memchr(rt_as_bytes(ahead)->data, '\n', an);
                want = nl ? nl - rt_as_bytes(ahead)->data + 1 : (int64_t)an;
                if (limit >= 0 && want > limit - have)
                    want = limit - have;
            }
            rt_decref(ts, ahead);
        }
        rt_value w = rt_int_imm(want), b = rt_call_method(ts, self, "read", &w, 1);
        if (rt_is_null(b))
            goto done;
        if (!rt_is_bytes(b)) {
            rt_raise(ts, &rt_exc_OSError, "read() should have returned a bytes object, not '%.200T'", b);
            rt_decref(ts, b);
            goto done;
        }
        size_t bn = rt_as_bytes(b)->length;
        bool end = bn == 0 || rt_as_bytes(b)->data[bn - 1] == '\n';
        rt_value r = rt_inplace(ts, out, b, RT_BIN_ADD);
        rt_decref(ts, r);
        rt_decref(ts, b);
        have += (int64_t)bn;
        if (rt_is_null(r))
            goto done;
        if (end)
            break;
    }
    res = rt_bytes_from_object(ts, out);
done:
    rt_decref(ts, peek);
    rt_decref(ts, out);
    return res;
}
static rt_value base_readlines(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    int64_t hint, total = 0;
    if (rt_args_count(ts, "readlines", n, 0, 1) < 0 || rt_io_size(ts, n ? args[0] : RT_NULL, &hint) < 0)
        return RT_NULL;
    rt_value l = rt_list_new(ts, 8), it = rt_iter(ts, self), line;
    if (rt_is_null(it) || rt_is_null(l)) {
        rt_decref(ts, l);
        return RT_NULL;
    }
    while (!rt_is_stop(line = rt_next(ts, it))) {
        int64_t k = line.bits ? rt_len(ts, line) : -1;
        if (rt_is_null(line) || rt_list_append_steal(ts, l, line) < 0 || k < 0) {
            rt_clear(ts, &l);
            break;
        }
        total += k;
        if (hint > 0 && total > hint)
            break;
    }
    rt_decref(ts, it);
    return l;
}
static rt_value base_writelines(struct rt_thread *ts, rt_value self, rt_value lines)
{
    if (rt_io_check_closed(ts, self, NULL) < 0)
        return RT_NULL;
    rt_value it = rt_iter(ts, lines), line, res = RT_NONE;
    if (rt_is_null(it))
        return it;
    while (!rt_is_stop(line = rt_next(ts, it))) {
        rt_value r = line.bits ? rt_call_method(ts, self, "write", &line, 1) : RT_NULL;
        rt_decref(ts, line);
        rt_decref(ts, r);
        if (rt_is_null(r)) {
            res = RT_NULL;
            break;
        }
    }
    rt_decref(ts, it);
    return res;
}
void rt_io_finalize(struct rt_thread *ts, rt_value self)
{
    if (rt_is_exact(self, &rt_bytesio_type) || rt_is_exact(self, &rt_stringio_type))
        return; /* memory: nothing to flush or to warn of */
    rt_value pending = rt_exc_take(ts), r;
    int closed = rt_io_closed(ts, self);
    rt_exc_clear(ts);
    if (closed == 0) {
        rt_setattr_cstr(ts, self, "_finalizing", RT_TRUE);
        rt_exc_clear(ts);
        r = rt_call_method(ts, self, "close", NULL, 0);
        rt_decref(ts, r);
        rt_exc_clear(ts); /* there is nobody to tell */
    }
    if (pending.bits)
        rt_exc_put(ts, pending);
}
static const struct rt_method_def base_methods[] = {
    {"seek", base_seek, RT_METH_KW, "Change stream position."}, {"tell", base_tell, RT_METH_NOARGS, "tell($self, /)\n--\n\nReturn current stream position."},
    {"truncate", base_truncate, RT_METH_KW, "Truncate file to size bytes."}, {"flush", base_flush, RT_METH_NOARGS, "flush($self, /)\n--\n\nFlush write buffers, if applicable."},
    {"close", base_close, RT_METH_NOARGS, "close($self, /)\n--\n\nFlush and close the IO object."},
    {"seekable", base_false, RT_METH_NOARGS, "seekable($self, /)\n--\n\nReturn whether object supports random access."},
    {"readable", base_false, RT_METH_NOARGS, "readable($self, /)\n--\n\nReturn whether object was opened for reading."},
    {"writable", base_false, RT_METH_NOARGS, "writable($self, /)\n--\n\nReturn whether object was opened for writing."},
    {"_checkClosed", base_check_closed, RT_METH_FAST, NULL}, {"_checkSeekable", base_check_seekable, RT_METH_FAST, NULL},
    {"_checkReadable", base_check_readable, RT_METH_FAST, NULL}, {"_checkWritable", base_check_writable, RT_METH_FAST, NULL},
    {"fileno", base_fileno, RT_METH_NOARGS, "Returns underlying file descriptor if one exists."}, {"isatty", base_isatty, RT_METH_NOARGS, "isatty($self, /)\n--\n\nReturn whether this is an 'interactive' stream."},
    {"__enter__", base_enter, RT_METH_NOARGS, NULL}, {"__exit__", base_exit, RT_METH_FAST, NULL},
    {"readline", base_readline, RT_METH_FAST, "readline($self, size=-1, /)\n--\n\nRead and return a line from the stream."},
    {"readlines", base_readlines, RT_METH_FAST, "readlines($self, hint=-1, /)\n--\n\nReturn a list of lines from the stream."},
    {"writelines", base_writelines, RT_METH_O, "writelines($self, lines, /)\n--\n\nWrite a list of lines to stream."},
    {NULL},
};
static const struct rt_getset_def base_getset[] = {{"closed", base_closed, NULL, NULL, NULL}, {NULL}};
static rt_value no_args_new(struct rt_thread *ts, struct rt_type *t, const rt_value *args, uint32_t n, rt_value kw) { return rt_type_alloc(ts, t); }
#define ABSTRACT_FLAGS (RT_TF_BASETYPE | RT_TF_DICT | RT_TF_WEAKREF | RT_TF_GC)
struct rt_type rt_iobase_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "_io._IOBase", .flags = ABSTRACT_FLAGS, .basic_size = sizeof(struct rt_object),
    .finalize = rt_io_finalize, .iter = base_iter, .iternext = base_next, .new = no_args_new, .methods = base_methods, .getset = base_getset,
    .doc = "The abstract base class for all I/O classes.",
};

/* ---- _RawIOBase ---- */
static rt_value raw_readall(struct rt_thread *ts, rt_value self)
{
    rt_value out = rt_bytearray_new(ts, NULL, 0), res = RT_NULL;
    bool any = false;
    for (;;) {
        rt_value w = rt_int_imm(RT_IO_BUFFER), b = rt_call_method(ts, self, "read", &w, 1);
        if (rt_is_null(b))
            goto done;
        if (rt_is_none(b)) {
            if (!any) {
                res = b;
                goto done;
            }
            break;
        }
        if (!rt_is_bytes(b)) {
            rt_decref(ts, b);
            rt_raise(ts, &rt_exc_TypeError, "read() should return bytes");
            goto done;
        }
        bool end = rt_as_bytes(b)->length == 0;
        rt_value r = rt_inplace(ts, out, b, RT_BIN_ADD);
        rt_decref(ts, b);
        rt_decref(ts, r);
        if (rt_is_null(r))
            goto done;
        any = true;
        if (end)
            break;
    }
    res = rt_bytes_from_object(ts, out);
done:
    rt_decref(ts, out);
    return res;
}
static rt_value raw_read(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    int64_t size;
    if (rt_args_count(ts, "read", n, 0, 1) < 0 || rt_io_size(ts, n ? args[0] : RT_NULL, &size) < 0)
        return RT_NULL;
    if (size < 0)
        return rt_call_method(ts, self, "readall", NULL, 0);
    rt_value b = rt_bytearray_new(ts, NULL, (size_t)size), r, res = RT_NULL;
    if (rt_is_null(b))
        return b;
    r = rt_call_method(ts, self, "readinto", &b, 1);
    if (rt_is_null(r) || rt_is_none(r)) {
        rt_decref(ts, b);
        return r;
    }
    int64_t got = rt_as_index(ts, r, &rt_exc_ValueError);
    rt_decref(ts, r);
    if (!rt_pending(ts)) {
        rt_value s = rt_slice_new(ts, RT_NONE, rt_int_imm(got), RT_NONE), part = s.bits ? rt_getitem(ts, b, s) : RT_NULL;
        res = part.bits ? rt_bytes_from_object(ts, part) : RT_NULL;
        rt_decref(ts, part);
        rt_decref(ts, s);
    }
    rt_decref(ts, b);
    return res;
}
/* Raw streams that read or write say how. */
static rt_value raw_other(struct rt_thread *ts, rt_value self, rt_value b) { return rt_raise_none(ts, &rt_exc_NotImplementedError); }
static const struct rt_method_def raw_methods[] = {
    {"read", raw_read, RT_METH_FAST, "read($self, size=-1, /)\n--\n\n"}, {"readall", raw_readall, RT_METH_NOARGS, "readall($self, /)\n--\n\nRead until EOF, using multiple read() call."},
    {"readinto", raw_other, RT_METH_O, NULL}, {"write", raw_other, RT_METH_O, NULL}, {NULL},
};
struct rt_type rt_rawiobase_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "_io._RawIOBase", .flags = ABSTRACT_FLAGS | RT_TF_RAW_STREAM, .basic_size = sizeof(struct rt_object),
    .base = &rt_iobase_type, .methods = raw_methods, .doc = "Base class for raw binary I/O.",
};

/* ---- _BufferedIOBase ---- */
static rt_value readinto_by(struct rt_thread *ts, rt_value self, rt_value target, const char *method)
{
    struct rt_buffer b;
    if (rt_buffer_get(ts, target, &b, RT_BUF_WRITABLE) < 0) {
        if (rt_exc_clear_if(ts, &rt_exc_BufferError))
            rt_raise(ts, &rt_exc_TypeError, "readinto() argument must be read-write bytes-like object, not %N", target);
        return RT_NULL;
    }
    rt_value w = rt_int_imm(b.len), data = rt_call_method(ts, self, method, &w, 1), res = RT_NULL;
    if (data.bits && !rt_is_bytes(data))
        rt_raise(ts, &rt_exc_TypeError, "read() should return bytes");
    else if (data.bits && (int64_t)rt_as_bytes(data)->length > b.len)
        rt_raise(ts, &rt_exc_ValueError, "read() returned too much data: %zd bytes requested, %zd returned", (ssize_t)b.len, (ssize_t)rt_as_bytes(data)->length);
    else if (data.bits) {
        memcpy(b.buf, rt_as_bytes(data)->data, rt_as_bytes(data)->length);
        res = rt_int_imm((int64_t)rt_as_bytes(data)->length);
    }
    rt_decref(ts, data);
    rt_buffer_release(ts, &b);
    return res;
}
static rt_value bufbase_readinto(struct rt_thread *ts, rt_value self, rt_value b) { return readinto_by(ts, self, b, "read"); }
static rt_value bufbase_readinto1(struct rt_thread *ts, rt_value self, rt_value b) { return readinto_by(ts, self, b, "read1"); }
static const struct rt_method_def bufbase_methods[] = {
    {"detach", base_detach, RT_METH_NOARGS, NULL}, {"read", base_read, RT_METH_KW, NULL}, {"read1", base_read1, RT_METH_KW, NULL},
    {"readinto", bufbase_readinto, RT_METH_O, NULL}, {"readinto1", bufbase_readinto1, RT_METH_O, NULL}, {"write", base_write, RT_METH_KW, NULL}, {NULL},
};
struct rt_type rt_bufferediobase_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "_io._BufferedIOBase", .flags = ABSTRACT_FLAGS | RT_TF_BUFFERED_STREAM, .basic_size = sizeof(struct rt_object),
    .base = &rt_iobase_type, .methods = bufbase_methods, .doc = "Base class for buffered IO objects.",
};

/* ---- _TextIOBase ---- */
static rt_value textbase_none(struct rt_thread *ts, rt_value self, void *c) { return RT_NONE; }
static const struct rt_method_def textbase_methods[] = {
    {"detach", base_detach, RT_METH_NOARGS, NULL}, {"read", base_read, RT_METH_KW, NULL}, {"readline", base_readline_text, RT_METH_KW, NULL},
    {"write", base_write, RT_METH_KW, NULL}, {NULL},
};
static const struct rt_getset_def textbase_getset[] = {
    {"encoding", textbase_none, NULL, NULL, NULL}, {"newlines", textbase_none, NULL, NULL, NULL}, {"errors", textbase_none, NULL, NULL, NULL}, {NULL},
};
struct rt_type rt_textiobase_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "_io._TextIOBase", .flags = ABSTRACT_FLAGS | RT_TF_TEXT_STREAM, .basic_size = sizeof(struct rt_object),
    .base = &rt_iobase_type, .methods = textbase_methods, .getset = textbase_getset, .doc = "Base class for text I/O.",
};
