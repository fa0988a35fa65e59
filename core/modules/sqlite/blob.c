/* SPDX-License-Identifier: MIT */
/*
 * _sqlite3: one value of a table as a file and a sequence of bytes that is read and written in place.
 *
 * Handle and offset belong to the connection's lock. A blob keeps its connection alive; when that is closed,
 * SQLite keeps the database open until the last handle is gone.
 */
#include <stdio.h>

#include "core/modules/sqlite/sqlite_internal.h"

struct blob { struct rt_object hdr; sqlite3_blob *handle; int64_t offset; rt_value connection; };
#define BLOB(v) ((struct blob *)rt_ptr(v))

/* 1: entered, leave again; 0: was inside; -1 with an exception */
static int enter(struct rt_thread *ts, struct blob *b)
{
    struct connection *c = CONN(b->connection);
    int mine = sq_connection_ok(ts, c) ? sq_enter_open(ts, c) : -1;
    if (mine < 0 || b->handle)
        return mine;
    if (mine)
        sq_leave(c);
    sq_raise(ts, E_PROGRAMMING, "Cannot operate on a closed blob.");
    return -1;
}
static void leave(struct blob *b, int mine)
{
    if (mine)
        sq_leave(CONN(b->connection));
}
/* [inside] */
static int read_at(struct rt_thread *ts, struct blob *b, void *to, int64_t n, int64_t at)
{
    rt_detach(ts, RT_DETACH_IO);
    int rc = sqlite3_blob_read(b->handle, to, (int)n, (int)at);
    rt_attach(ts);
    if (rc == SQLITE_OK)
        return 0;
    sq_db_error(ts, CONN(b->connection)->db);
    return -1;
}
static rt_value read_bytes(struct rt_thread *ts, struct blob *b, int64_t n, int64_t at)
{
    rt_value r = rt_bytes_new(ts, NULL, (size_t)n);
    if (!rt_is_null(r) && read_at(ts, b, rt_as_bytes(r)->data, n, at) < 0)
        rt_clear(ts, &r);
    return r;
}
static int write_at(struct rt_thread *ts, struct blob *b, const void *from, int64_t n, int64_t at)
{
    if (n > sqlite3_blob_bytes(b->handle) - at) {
        rt_raise(ts, &rt_exc_ValueError, "data longer than blob length");
        return -1;
    }
    rt_detach(ts, RT_DETACH_IO);
    int rc = sqlite3_blob_write(b->handle, from, (int)n, (int)at);
    rt_attach(ts);
    if (rc == SQLITE_OK)
        return 0;
    sq_db_error(ts, CONN(b->connection)->db);
    return -1;
}

/* ---- as a file ---- */
static rt_value blob_read(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    struct blob *b = BLOB(self);
    if (rt_args_count(ts, "read", n, 0, 1) < 0)
        return RT_NULL;
    int64_t want = n ? rt_as_int(ts, a[0]) : -1;
    int mine = rt_pending(ts) ? -1 : enter(ts, b);
    if (mine < 0)
        return RT_NULL;
    int64_t left = sqlite3_blob_bytes(b->handle) - b->offset;
    if (want < 0 || want > left)
        want = left;
    rt_value r = want ? read_bytes(ts, b, want, b->offset) : rt_bytes_new(ts, "", 0);
    if (!rt_is_null(r))
        b->offset += want;
    leave(b, mine);
    return r;
}
static rt_value blob_write(struct rt_thread *ts, rt_value self, rt_value data)
{
    struct blob *b = BLOB(self);
    struct rt_buffer buf;
    if (rt_buffer_get(ts, data, &buf, RT_BUF_SIMPLE) < 0)
        return RT_NULL;
    int mine = enter(ts, b), err = mine < 0 ? -1 : write_at(ts, b, buf.buf, buf.len, b->offset);
    if (!err)
        b->offset += buf.len;
    if (mine >= 0)
        leave(b, mine);
    rt_buffer_release(ts, &buf);
    return err ? RT_NULL : RT_NONE;
}
static rt_value blob_seek(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    struct blob *b = BLOB(self);
    if (rt_args_count(ts, "seek", n, 1, 2) < 0)
        return RT_NULL;
    int64_t to = rt_as_int(ts, a[0]), origin = n > 1 && !rt_pending(ts) ? rt_as_int(ts, a[1]) : SEEK_SET;
    int mine = rt_pending(ts) ? -1 : enter(ts, b);
    if (mine < 0)
        return RT_NULL;
    int64_t size = sqlite3_blob_bytes(b->handle), base = origin == SEEK_CUR ? b->offset : origin == SEEK_END ? size : 0;
    if (origin != SEEK_SET && origin != SEEK_CUR && origin != SEEK_END)
        rt_raise(ts, &rt_exc_ValueError, "'origin' should be os.SEEK_SET, os.SEEK_CUR, or os.SEEK_END");
    else if (to + base > INT32_MAX)
        rt_raise(ts, &rt_exc_OverflowError, "seek offset results in overflow");
    else if (to + base < 0 || to + base > size)
        rt_raise(ts, &rt_exc_ValueError, "offset out of blob range");
    else
        b->offset = to + base;
    leave(b, mine);
    return rt_pending(ts) ? RT_NULL : RT_NONE;
}
static rt_value blob_tell(struct rt_thread *ts, rt_value self)
{
    int mine = enter(ts, BLOB(self));
    if (mine < 0)
        return RT_NULL;
    rt_value r = rt_int_imm(BLOB(self)->offset);
    leave(BLOB(self), mine);
    return r;
}
static rt_value blob_close(struct rt_thread *ts, rt_value self)
{
    struct blob *b = BLOB(self);
    int mine = sq_connection_ok(ts, CONN(b->connection)) ? sq_enter_open(ts, CONN(b->connection)) : -1;
    if (mine < 0)
        return RT_NULL;
    sqlite3_blob *h = b->handle;
    b->handle = NULL;
    rt_detach(ts, RT_DETACH_IO);
    sqlite3_blob_close(h);
    rt_attach(ts);
    leave(b, mine);
    return RT_NONE;
}
static rt_value blob_enter(struct rt_thread *ts, rt_value self)
{
    int mine = enter(ts, BLOB(self));
    if (mine < 0)
        return RT_NULL;
    leave(BLOB(self), mine);
    return rt_newref(ts, self);
}
static rt_value blob_exit(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    if (rt_args_count(ts, "__exit__", n, 3, 3) < 0)
        return RT_NULL;
    int mine = enter(ts, BLOB(self));
    if (mine < 0)
        return RT_NULL;
    leave(BLOB(self), mine);
    return rt_is_null(blob_close(ts, self)) ? RT_NULL : RT_FALSE;
}

/* ---- as a sequence ---- */
static int64_t blob_len(struct rt_thread *ts, rt_value self)
{
    int mine = enter(ts, BLOB(self));
    if (mine < 0)
        return -1;
    int64_t n = sqlite3_blob_bytes(BLOB(self)->handle);
    leave(BLOB(self), mine);
    return n;
}
/* [inside] Position of an index; -1 with an exception. */
static int64_t position(struct rt_thread *ts, struct blob *b, rt_value key)
{
    int64_t i = rt_as_index(ts, key, &rt_exc_IndexError), n = sqlite3_blob_bytes(b->handle);
    if (rt_pending(ts))
        return -1;
    if (i < 0)
        i += n;
    if (i >= 0 && i < n)
        return i;
    rt_raise(ts, &rt_exc_IndexError, "Blob index out of range");
    return -1;
}
/* [inside] The bytes from the lowest to the highest of n positions. */
static rt_value span(struct rt_thread *ts, struct blob *b, int64_t start, int64_t step, int64_t n, int64_t *low)
{
    int64_t last = start + step * (n - 1), high = step > 0 ? last : start;
    *low = step > 0 ? start : last;
    return read_bytes(ts, b, high - *low + 1, *low);
}
static rt_value get_slice(struct rt_thread *ts, struct blob *b, rt_value key)
{
    int64_t start, stop, step, low;
    if (rt_slice_unpack(ts, key, &start, &stop, &step) < 0)
        return RT_NULL;
    int64_t n = rt_slice_adjust(sqlite3_blob_bytes(b->handle), &start, &stop, step);
    if (n <= 0)
        return rt_bytes_new(ts, "", 0);
    rt_value all = span(ts, b, start, step, n, &low);
    if (step == 1 || rt_is_null(all))
        return all;
    rt_value r = rt_bytes_new(ts, NULL, (size_t)n);
    for (int64_t i = 0; i < n && !rt_is_null(r); i++)
        rt_as_bytes(r)->data[i] = rt_as_bytes(all)->data[start + i * step - low];
    rt_decref(ts, all);
    return r;
}
static rt_value blob_getitem(struct rt_thread *ts, rt_value self, rt_value key)
{
    struct blob *b = BLOB(self);
    int mine = enter(ts, b);
    rt_value r = RT_NULL;
    if (mine < 0)
        return r;
    if (rt_index_check(key)) {
        unsigned char byte;
        int64_t i = position(ts, b, key);
        if (i >= 0 && read_at(ts, b, &byte, 1, i) == 0)
            r = rt_int_imm(byte);
    } else if (rt_is_exact(key, &rt_slice_type)) {
        r = get_slice(ts, b, key);
    } else {
        rt_raise(ts, &rt_exc_TypeError, "Blob indices must be integers");
    }
    leave(b, mine);
    return r;
}
static int set_index(struct rt_thread *ts, struct blob *b, rt_value key, rt_value v)
{
    int64_t i, n = -1;
    if (rt_is_null(v)) {
        rt_raise(ts, &rt_exc_TypeError, "Blob doesn't support item deletion");
        return -1;
    }
    if (!rt_is_any_int(v)) {
        rt_raise(ts, &rt_exc_TypeError, "'%T' object cannot be interpreted as an integer", v);
        return -1;
    }
    if ((i = position(ts, b, key)) < 0)
        return -1;
    if (!rt_int_try_i64(v, &n) || n < 0 || n > 255) {
        rt_raise(ts, &rt_exc_ValueError, "byte must be in range(0, 256)");
        return -1;
    }
    unsigned char byte = (unsigned char)n;
    return write_at(ts, b, &byte, 1, i);
}
static int set_slice(struct rt_thread *ts, struct blob *b, rt_value key, rt_value v)
{
    int64_t start, stop, step, low;
    struct rt_buffer buf;
    if (rt_is_null(v)) {
        rt_raise(ts, &rt_exc_TypeError, "Blob doesn't support slice deletion");
        return -1;
    }
    if (rt_slice_unpack(ts, key, &start, &stop, &step) < 0)
        return -1;
    int64_t n = rt_slice_adjust(sqlite3_blob_bytes(b->handle), &start, &stop, step);
    if (n <= 0)
        return 0;
    if (rt_buffer_get(ts, v, &buf, RT_BUF_SIMPLE) < 0)
        return -1;
    int err = -1;
    if (buf.len != n) {
        rt_raise(ts, &rt_exc_IndexError, "Blob slice assignment is wrong size");
    } else if (step == 1) {
        err = write_at(ts, b, buf.buf, n, start);
    } else {
        rt_value all = span(ts, b, start, step, n, &low);
        for (int64_t i = 0; i < n && !rt_is_null(all); i++)
            rt_as_bytes(all)->data[start + i * step - low] = ((const char *)buf.buf)[i];
        if (!rt_is_null(all))
            err = write_at(ts, b, rt_as_bytes(all)->data, (int64_t)rt_as_bytes(all)->length, low);
        rt_decref(ts, all);
    }
    rt_buffer_release(ts, &buf);
    return err;
}
static int blob_setitem(struct rt_thread *ts, rt_value self, rt_value key, rt_value v)
{
    struct blob *b = BLOB(self);
    int mine = enter(ts, b), err = -1;
    if (mine < 0)
        return -1;
    if (rt_index_check(key))
        err = set_index(ts, b, key, v);
    else if (rt_is_exact(key, &rt_slice_type))
        err = set_slice(ts, b, key, v);
    else
        rt_raise(ts, &rt_exc_TypeError, "Blob indices must be integers");
    leave(b, mine);
    return err;
}
static int blob_traverse(struct rt_object *o, rt_visit visit, void *arg) { return visit(((struct blob *)o)->connection, arg); }
static void blob_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    struct blob *b = (struct blob *)o;
    sqlite3_blob_close(b->handle);
    rt_clear(ts, &b->connection);
}
static const struct rt_method_def blob_methods[] = {
    {"close", blob_close, RT_METH_NOARGS, "close($self, /)\n--\n\nClose the blob."},
    {"read", blob_read, RT_METH_FAST, "read($self, length=-1, /)\n--\n\nRead data at the current offset position."},
    {"write", blob_write, RT_METH_O, "write($self, data, /)\n--\n\nWrite data at the current offset."},
    {"seek", blob_seek, RT_METH_FAST, "seek($self, offset, origin=0, /)\n--\n\nSet the current access position."},
    {"tell", blob_tell, RT_METH_NOARGS, "tell($self, /)\n--\n\nReturn the current access position."},
    {"__enter__", blob_enter, RT_METH_NOARGS, NULL}, {"__exit__", blob_exit, RT_METH_FAST, NULL}, {NULL},
};
struct rt_type sq_blob_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "sqlite3.Blob", .flags = RT_TF_NO_NEW | RT_TF_GC | RT_TF_WEAKREF, .basic_size = sizeof(struct blob),
    .dealloc = blob_dealloc, .traverse = blob_traverse, .len = blob_len, .getitem = blob_getitem, .setitem = blob_setitem, .methods = blob_methods,
};

rt_value sq_conn_blobopen(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"table", "column", "row", "readonly", "name", NULL};
    static const struct rt_argspec spec = {"blobopen", names, 3, 3, 3, 5};
    struct connection *c = CONN(self);
    rt_value v[5];
    const char *text[3] = {NULL, NULL, "main"};
    if (rt_args(ts, &spec, a, n, kw, v) < 0)
        return RT_NULL;
    for (int i = 0; i < 3; i++) {
        rt_value s = v[i < 2 ? i : 4];
        if (i == 2 && !s.bits)
            continue;
        if (!rt_is_str(s))
            return i == 2 ? rt_raise_arg_type(ts, "blobopen", "name", "str", s) : rt_raise(ts, &rt_exc_TypeError, "blobopen() argument %d must be str, not %N", i + 1, s);
        if (!(text[i] = rt_str_utf8_nonul(ts, s)))
            return RT_NULL;
    }
    rt_value index = rt_index(ts, v[2]);
    int64_t row = 0;
    if (rt_is_null(index))
        return RT_NULL;
    if (!rt_int_try_i64(index, &row))
        rt_raise(ts, &rt_exc_OverflowError, "Python int too large to convert to SQLite INTEGER");
    rt_decref(ts, index);
    int readonly = v[3].bits && !rt_pending(ts) ? rt_truth(ts, v[3]) : 0;
    int mine = rt_pending(ts) || !sq_connection_ok(ts, c) ? -1 : sq_enter_open(ts, c);
    if (mine < 0)
        return RT_NULL;
    rt_value r = rt_type_alloc(ts, &sq_blob_type);
    sqlite3_blob *handle = NULL;
    int rc = SQLITE_OK;
    if (!rt_is_null(r)) {
        BLOB(r)->connection = rt_newref(ts, self);
        c->detached = true;
        rt_detach(ts, RT_DETACH_IO);
        rc = sqlite3_blob_open(c->db, text[2], text[0], text[1], row, !readonly, &handle);
        rt_attach(ts);
        c->detached = false;
        BLOB(r)->handle = handle;
    }
    if (rc == SQLITE_MISUSE)
        sq_raise(ts, E_INTERFACE, "%s", sqlite3_errstr(rc));
    else if (rc != SQLITE_OK)
        sq_db_error(ts, c->db);
    if (mine)
        sq_leave(c);
    if (rt_pending(ts))
        rt_clear(ts, &r);
    return r;
}
