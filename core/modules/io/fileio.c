/* SPDX-License-Identifier: MIT */
/* FileIO: a file descriptor. Every system call runs detached; EINTR is served and repeated. */
#include "core/modules/io/io_internal.h"

struct fileio {
    struct rt_object hdr;
    _Atomic int fd;
    bool created, readable, writable, appending, closefd;
    _Atomic int8_t seekable; /* -1 unknown */
    uint32_t blksize;
};
#define F(v) ((struct fileio *)rt_ptr(v))

int rt_fileio_is_closed(rt_value f) { return rt_load_acquire(&F(f)->fd) < 0; }
int rt_fileio_descriptor(rt_value f) { return rt_load_acquire(&F(f)->fd); }

static rt_value closed_error(struct rt_thread *ts) { return rt_raise(ts, &rt_exc_ValueError, "I/O operation on closed file"); }
static rt_value os_error(struct rt_thread *ts) { return rt_pending(ts) ? RT_NULL : rt_raise_errno(ts, &rt_exc_OSError, RT_NULL); }
static int fd_of(struct rt_thread *ts, rt_value self)
{
    int fd = rt_load_acquire(&F(self)->fd);
    if (fd < 0)
        closed_error(ts);
    return fd;
}

static rt_value file_new(struct rt_thread *ts, struct rt_type *t, const rt_value *args, uint32_t n, rt_value kw)
{
    rt_value v = rt_type_alloc(ts, t);
    if (v.bits) {
        rt_store_relaxed(&F(v)->fd, -1);
        rt_store_relaxed(&F(v)->seekable, -1);
        F(v)->closefd = true;
        F(v)->blksize = RT_IO_BUFFER;
    }
    return v;
}

static int parse_mode(struct rt_thread *ts, struct fileio *f, const char *mode, int *flags)
{
    bool rwa = false, plus = false;
    for (const char *m = mode; *m; m++) {
        switch (*m) {
        case 'x': if (rwa) goto bad; rwa = true; f->created = f->writable = true; *flags |= O_EXCL | O_CREAT; break;
        case 'r': if (rwa) goto bad; rwa = true; f->readable = true; break;
        case 'w': if (rwa) goto bad; rwa = true; f->writable = true; *flags |= O_CREAT | O_TRUNC; break;
        case 'a': if (rwa) goto bad; rwa = true; f->writable = f->appending = true; *flags |= O_APPEND | O_CREAT; break;
        case 'b': break;
        case '+': if (plus) goto bad; f->readable = f->writable = plus = true; break;
        default: rt_raise(ts, &rt_exc_ValueError, "invalid mode: %.200s", mode); return -1;
        }
    }
    if (!rwa)
        goto bad;
    *flags |= f->readable && f->writable ? O_RDWR : f->readable ? O_RDONLY : O_WRONLY;
    return 0;
bad:
    rt_raise(ts, &rt_exc_ValueError, "Must have exactly one of create/read/write/append mode and at most one plus");
    return -1;
}

static int close_fd(struct rt_thread *ts, struct fileio *f)
{
    int fd = rt_xchg_acq_rel(&f->fd, -1), r = 0;
    if (fd >= 0) {
        rt_detach(ts, RT_DETACH_IO);
        r = close(fd);
        rt_attach(ts);
    }
    return r;
}

/* A descriptor that the caller gave: -1 with an exception when it is none. */
static int given_fd(struct rt_thread *ts, rt_value v)
{
    int fd = rt_as_int(ts, v);
    if (rt_pending(ts))
        return -1;
    if (fd < 0)
        rt_raise(ts, &rt_exc_ValueError, "negative file descriptor");
    return fd;
}

static int get_path(struct rt_thread *ts, rt_value name, struct rt_path *p)
{
    if (rt_path_get(ts, p, "open", "path", name, 0) == 0)
        return 0;
    if (rt_exc_is(ts, &rt_exc_TypeError) && !rt_is_str(name) && !rt_is_bytes(name)) {
        rt_exc_clear(ts);
        rt_raise(ts, &rt_exc_TypeError, "expected str, bytes or os.PathLike object, not %T", name);
    } else if (rt_exc_clear_if(ts, &rt_exc_ValueError)) {
        rt_raise(ts, &rt_exc_ValueError, "embedded null byte");
    }
    return -1;
}

/* What opener(name, flags) returns, not inherited by other programs. */
static int open_by(struct rt_thread *ts, rt_value opener, rt_value name, int flags)
{
    rt_value r = rt_call2(ts, opener, name, rt_int_imm(flags));
    if (rt_is_null(r))
        return -1;
    int fd = -1;
    if (!rt_is_any_int(r))
        rt_raise(ts, &rt_exc_TypeError, "expected integer from opener");
    else if ((fd = rt_as_int(ts, r)) < 0 && !rt_pending(ts))
        rt_raise(ts, &rt_exc_ValueError, "opener returned %d", fd);
    rt_decref(ts, r);
    if (fd >= 0)
        fcntl(fd, F_SETFD, FD_CLOEXEC);
    return fd;
}

static int open_path(struct rt_thread *ts, const char *path, rt_value name, int flags)
{
    int fd;
    RT_BLOCKING(ts, fd, open(path, flags, 0666));
    if (fd < 0 && !rt_pending(ts))
        rt_raise_errno(ts, &rt_exc_OSError, name);
    return fd;
}

/* Forgets the descriptor, and closes it unless it was given. */
static void abandon(struct rt_thread *ts, struct fileio *f, bool given)
{
    if (given)
        rt_store_release(&f->fd, -1);
    else
        close_fd(ts, f);
}

/* Looks at what was opened: no folder, and what size of block suits it. */
static int examine(struct rt_thread *ts, struct fileio *f, int fd, rt_value name, bool given)
{
    struct stat st;
    if (fstat(fd, &st) < 0) {
        if (errno != EBADF)
            return 0;
        rt_store_release(&f->fd, -1);
        os_error(ts);
        return -1;
    }
    if (S_ISDIR(st.st_mode)) {
        errno = EISDIR;
        rt_raise_errno(ts, &rt_exc_OSError, name);
        abandon(ts, f, given);
        return -1;
    }
    if (st.st_blksize > 1)
        f->blksize = (uint32_t)st.st_blksize;
    return 0;
}

/* Opens the file named, or given as a descriptor; v: file, mode, closefd, opener. */
static int file_open(struct rt_thread *ts, rt_value self, const rt_value *v, int flags, const char *path, int fd)
{
    struct fileio *f = F(self);
    bool given = fd >= 0;
    rt_value audit[3] = {v[0], v[1].bits ? v[1] : RT_NONE, rt_int_imm(flags)};
    if (rt_sys_audit(ts, "open", 3, audit) < 0)
        return -1;
    if (!given && !f->closefd) {
        rt_raise(ts, &rt_exc_ValueError, "Cannot use closefd=False with file name");
        return -1;
    }
    if (!given)
        fd = v[3].bits && !rt_is_none(v[3]) ? open_by(ts, v[3], v[0], flags) : open_path(ts, path, v[0], flags);
    if (fd < 0)
        return -1;
    rt_store_release(&f->fd, fd);
    if (examine(ts, f, fd, v[0], given) < 0)
        return -1;
    int err = rt_setattr_cstr(ts, self, "name", v[0]);
    if (err == 0 && f->appending && lseek(fd, 0, SEEK_END) < 0 && errno != ESPIPE) {
        os_error(ts);
        err = -1;
    }
    if (err < 0)
        abandon(ts, f, given);
    return err;
}

static int file_init(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"file", "mode", "closefd", "opener", NULL};
    static const struct rt_argspec spec = {"FileIO", names, 0, 1, 4, 4};
    rt_value v[4];
    struct fileio *f = F(self);
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return -1;
    if (v[1].bits && !rt_is_str(v[1])) {
        rt_raise_arg_type(ts, "FileIO", "mode", "str", v[1]);
        return -1;
    }
    const char *mode = v[1].bits ? rt_str_utf8_nonul(ts, v[1]) : "r";
    int closefd = v[2].bits ? rt_truth(ts, v[2]) : 1, flags = O_CLOEXEC, fd = -1;
    if (!mode || closefd < 0)
        return -1;
    if (rt_load_acquire(&f->fd) >= 0)
        abandon(ts, f, !f->closefd);
    f->created = f->readable = f->writable = f->appending = false;
    rt_store_relaxed(&f->seekable, -1);
    struct rt_path p = {.bytes = RT_NULL};
    if (rt_is_any_int(v[0]) ? (fd = given_fd(ts, v[0])) < 0 : get_path(ts, v[0], &p) < 0)
        return -1;
    int err = parse_mode(ts, f, mode, &flags);
    if (err == 0) {
        f->closefd = closefd;
        err = file_open(ts, self, v, flags, p.s, fd);
    }
    rt_path_drop(ts, &p);
    return err;
}

static void warn_unclosed(struct rt_thread *ts, struct fileio *f, rt_value source)
{
    if (rt_load_acquire(&f->fd) < 0 || !f->closefd)
        return;
    rt_value pending = rt_exc_take(ts);
    if (rt_warn_resource(ts, source, "unclosed file %R", source) < 0)
        rt_write_unraisable(ts, source);
    if (pending.bits)
        rt_exc_put(ts, pending);
}
static rt_value file_dealloc_warn(struct rt_thread *ts, rt_value self, rt_value source)
{
    warn_unclosed(ts, F(self), source);
    return RT_NONE;
}
static rt_value file_close(struct rt_thread *ts, rt_value self)
{
    struct fileio *f = F(self);
    rt_value fin = rt_getattr_opt_cstr(ts, self, "_finalizing");
    rt_exc_clear(ts);
    if (fin.bits)
        warn_unclosed(ts, f, self);
    rt_decref(ts, fin);
    rt_value name = rt_getattr_cstr(ts, rt_type_value(&rt_rawiobase_type), "close"), r = name.bits ? rt_call1(ts, name, self) : RT_NULL;
    rt_value e = rt_is_null(r) ? rt_exc_take(ts) : RT_NULL;
    rt_decref(ts, name);
    if (!f->closefd) {
        rt_store_release(&f->fd, -1);
    } else if (close_fd(ts, f) < 0 && errno != EINTR && rt_is_null(e)) {
        os_error(ts);
        return RT_NULL;
    }
    rt_decref(ts, r);
    if (e.bits) {
        rt_exc_put(ts, e);
        return RT_NULL;
    }
    return RT_NONE;
}
static rt_value file_fileno(struct rt_thread *ts, rt_value self)
{
    int fd = fd_of(ts, self);
    return fd < 0 ? RT_NULL : rt_int_imm(fd);
}
static rt_value file_readable(struct rt_thread *ts, rt_value self) { return fd_of(ts, self) < 0 ? RT_NULL : rt_bool(F(self)->readable); }
static rt_value file_writable(struct rt_thread *ts, rt_value self) { return fd_of(ts, self) < 0 ? RT_NULL : rt_bool(F(self)->writable); }
static rt_value file_seekable(struct rt_thread *ts, rt_value self)
{
    int fd = fd_of(ts, self);
    if (fd < 0)
        return RT_NULL;
    if (rt_load_relaxed(&F(self)->seekable) < 0)
        rt_store_relaxed(&F(self)->seekable, lseek(fd, 0, SEEK_CUR) >= 0);
    return rt_bool(rt_load_relaxed(&F(self)->seekable));
}
static rt_value file_isatty(struct rt_thread *ts, rt_value self)
{
    int fd = fd_of(ts, self), r;
    if (fd < 0)
        return RT_NULL;
    rt_detach(ts, RT_DETACH_IO);
    r = isatty(fd);
    rt_attach(ts);
    return rt_bool(r);
}
static rt_value not_readable(struct rt_thread *ts) { return rt_io_unsupported(ts, "File not open for reading"); }

int64_t rt_fileio_read(struct rt_thread *ts, rt_value self, char *p, int64_t n)
{
    int fd = fd_of(ts, self);
    ssize_t r;
    if (fd < 0)
        return -1;
    if (!F(self)->readable) {
        not_readable(ts);
        return -1;
    }
    RT_BLOCKING(ts, r, read(fd, p, n > 0x7ffff000 ? 0x7ffff000 : (size_t)n));
    if (r >= 0)
        return r;
    if (errno == EAGAIN && !rt_pending(ts))
        return -2;
    os_error(ts);
    return -1;
}
int64_t rt_fileio_write(struct rt_thread *ts, rt_value self, const char *p, int64_t n)
{
    int fd = fd_of(ts, self);
    ssize_t r;
    if (fd < 0)
        return -1;
    if (!F(self)->writable) {
        rt_io_unsupported(ts, "File not open for writing");
        return -1;
    }
    RT_BLOCKING(ts, r, write(fd, p, n > 0x7ffff000 ? 0x7ffff000 : (size_t)n));
    if (r >= 0)
        return r < n && rt_safepoint(ts) < 0 ? -1 : r; /* cut short: by a signal, perhaps */
    if (errno == EAGAIN && !rt_pending(ts))
        return -2;
    os_error(ts);
    return -1;
}
static rt_value count_or_none(struct rt_thread *ts, int64_t r) { return r >= 0 ? rt_int_imm(r) : r == -2 ? RT_NONE : RT_NULL; }
static rt_value file_readinto(struct rt_thread *ts, rt_value self, rt_value target)
{
    struct rt_buffer b;
    if (fd_of(ts, self) < 0)
        return RT_NULL;
    if (!F(self)->readable)
        return not_readable(ts);
    if (rt_buffer_get(ts, target, &b, RT_BUF_WRITABLE) < 0) {
        if (rt_exc_clear_if(ts, &rt_exc_BufferError))
            rt_raise(ts, &rt_exc_TypeError, "readinto() argument must be read-write bytes-like object, not %N", target);
        return RT_NULL;
    }
    int64_t r = rt_fileio_read(ts, self, b.buf, b.len);
    rt_buffer_release(ts, &b);
    return count_or_none(ts, r);
}
static rt_value file_readall(struct rt_thread *ts, rt_value self)
{
    int fd = fd_of(ts, self);
    if (fd < 0)
        return RT_NULL;
    struct stat st;
    size_t cap = RT_IO_BUFFER, len = 0;
    off_t pos = lseek(fd, 0, SEEK_CUR);
    if (fstat(fd, &st) == 0 && pos >= 0 && st.st_size > pos)
        cap = (size_t)(st.st_size - pos) + 1;
    char *buf = rt_raw_malloc(cap);
    rt_value res = RT_NULL;
    while (buf) {
        if (len == cap) {
            cap += cap < (1u << 20) ? cap : cap >> 1;
            char *bigger = rt_raw_realloc(buf, cap);
            if (!bigger)
                break;
            buf = bigger;
        }
        ssize_t r;
        RT_BLOCKING(ts, r, read(fd, buf + len, cap - len));
        if (r < 0) {
            if (errno == EAGAIN && !rt_pending(ts))
                res = len ? rt_bytes_new(ts, buf, len) : RT_NONE;
            else
                os_error(ts);
            rt_raw_free(buf);
            return res;
        }
        if (r == 0) {
            res = rt_bytes_new(ts, buf, len);
            rt_raw_free(buf);
            return res;
        }
        len += (size_t)r;
    }
    rt_raw_free(buf);
    return rt_raise_no_memory(ts);
}
static rt_value file_read(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    int fd = fd_of(ts, self);
    int64_t size;
    if (fd < 0)
        return RT_NULL;
    if (!F(self)->readable)
        return not_readable(ts);
    if (rt_args_count(ts, "read", n, 0, 1) < 0 || rt_io_size(ts, n ? args[0] : RT_NULL, &size) < 0)
        return RT_NULL;
    if (size < 0)
        return file_readall(ts, self);
    if (size > 0x7ffff000)
        size = 0x7ffff000;
    rt_value b = rt_bytes_new(ts, NULL, (size_t)size);
    if (rt_is_null(b))
        return b;
    ssize_t r;
    RT_BLOCKING(ts, r, read(fd, rt_as_bytes(b)->data, (size_t)size));
    if (r < 0) {
        int e = errno;
        rt_decref(ts, b);
        errno = e;
        return e == EAGAIN && !rt_pending(ts) ? RT_NONE : os_error(ts);
    }
    return r == size ? b : rt_bytes_shrink(ts, b, (size_t)r);
}
static rt_value file_write(struct rt_thread *ts, rt_value self, rt_value data)
{
    struct rt_buffer b;
    if (fd_of(ts, self) < 0)
        return RT_NULL;
    if (!F(self)->writable)
        return rt_io_unsupported(ts, "File not open for writing");
    if (rt_buffer_get(ts, data, &b, RT_BUF_SIMPLE) < 0)
        return RT_NULL;
    int64_t r = rt_fileio_write(ts, self, b.buf, b.len);
    rt_buffer_release(ts, &b);
    return count_or_none(ts, r);
}
static rt_value file_seek(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    int fd = rt_args_count(ts, "seek", n, 1, 2) < 0 ? -1 : fd_of(ts, self);
    if (fd < 0)
        return RT_NULL;
    int how = n > 1 ? rt_as_int(ts, args[1]) : 0;
    if (!rt_pending(ts) && !rt_index_check(args[0]))
        return rt_raise(ts, &rt_exc_TypeError, "'%T' object cannot be interpreted as an integer", args[0]);
    int64_t pos = rt_pending(ts) ? 0 : rt_as_i64(ts, args[0]);
    if (rt_pending(ts))
        return RT_NULL;
    off_t r;
    rt_detach(ts, RT_DETACH_IO);
    r = lseek(fd, pos, how);
    rt_attach(ts);
    return r < 0 ? os_error(ts) : rt_int_from_i64(ts, r);
}
static rt_value file_tell(struct rt_thread *ts, rt_value self)
{
    rt_value a[2] = {rt_int_imm(0), rt_int_imm(1)};
    return file_seek(ts, self, a, 2);
}
static rt_value file_truncate(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    int fd = fd_of(ts, self), r;
    if (fd < 0)
        return RT_NULL;
    if (!F(self)->writable)
        return rt_io_unsupported(ts, "File not open for writing");
    rt_value pos = n && !rt_is_none(args[0]) ? rt_newref(ts, args[0]) : file_tell(ts, self);
    if (rt_is_null(pos))
        return pos;
    int64_t size = rt_as_i64(ts, pos);
    if (rt_pending(ts)) {
        rt_decref(ts, pos);
        return RT_NULL;
    }
    RT_BLOCKING(ts, r, ftruncate(fd, size));
    if (r < 0) {
        rt_decref(ts, pos);
        return os_error(ts);
    }
    return pos;
}
static const char *mode_text(const struct fileio *f)
{
    return f->created ? (f->readable ? "xb+" : "xb") : f->appending ? (f->readable ? "ab+" : "ab")
           : f->readable ? (f->writable ? "rb+" : "rb") : "wb";
}
static rt_value file_mode(struct rt_thread *ts, rt_value self, void *c) { return rt_str_intern_cstr(ts, mode_text(F(self))); }
static rt_value file_closed(struct rt_thread *ts, rt_value self, void *c) { return rt_bool(rt_load_acquire(&F(self)->fd) < 0); }
static rt_value file_closefd(struct rt_thread *ts, rt_value self, void *c) { return rt_bool(F(self)->closefd); }
static rt_value file_blksize(struct rt_thread *ts, rt_value self, void *c) { return rt_int_imm(F(self)->blksize); }
static int file_set_blksize(struct rt_thread *ts, rt_value self, rt_value v, void *c)
{
    int x = rt_is_null(v) ? 0 : rt_as_int(ts, v);
    if (rt_pending(ts))
        return -1;
    F(self)->blksize = (uint32_t)x;
    return 0;
}
static rt_value file_repr(struct rt_thread *ts, rt_value self)
{
    struct fileio *f = F(self);
    if (rt_load_acquire(&f->fd) < 0)
        return rt_str_from_cstr(ts, "<_io.FileIO [closed]>");
    rt_value name = rt_getattr_opt_cstr(ts, self, "name"), r;
    if (rt_is_null(name)) {
        if (rt_pending(ts))
            return RT_NULL;
        return rt_str_format(ts, "<_io.FileIO fd=%d mode='%s' closefd=%s>", rt_load_acquire(&f->fd), mode_text(f), f->closefd ? "True" : "False");
    }
    int st = rt_repr_enter(ts, self);
    if (st) {
        rt_decref(ts, name);
        return st > 0 ? rt_raise(ts, &rt_exc_RuntimeError, "reentrant call inside %s.__repr__", rt_typename(self)) : RT_NULL;
    }
    r = rt_str_format(ts, "<_io.FileIO name=%R mode='%s' closefd=%s>", name, mode_text(f), f->closefd ? "True" : "False");
    rt_repr_leave(ts, self);
    rt_decref(ts, name);
    return r;
}
static rt_value file_getstate(struct rt_thread *ts, rt_value self)
{
    return rt_raise(ts, &rt_exc_TypeError, "cannot pickle '%T' object", self);
}
static void file_dealloc(struct rt_thread *ts, struct rt_object *o) {}
static const struct rt_method_def file_methods[] = {
    {"read", file_read, RT_METH_FAST, "read($self, size=-1, /)\n--\n\nRead at most size bytes, returned as bytes."},
    {"readall", file_readall, RT_METH_NOARGS, "readall($self, /)\n--\n\nRead all data from the file, returned as bytes."},
    {"readinto", file_readinto, RT_METH_O, "readinto($self, buffer, /)\n--\n\nSame as RawIOBase.readinto()."},
    {"write", file_write, RT_METH_O, "write($self, b, /)\n--\n\nWrite buffer b to file, return number of bytes written."},
    {"seek", file_seek, RT_METH_FAST, "seek($self, pos, whence=0, /)\n--\n\nMove to new file position and return the file position."},
    {"tell", file_tell, RT_METH_NOARGS, "tell($self, /)\n--\n\nCurrent file position."},
    {"truncate", file_truncate, RT_METH_FAST, "truncate($self, size=None, /)\n--\n\nTruncate the file to at most size bytes and return the truncated size."},
    {"close", file_close, RT_METH_NOARGS, "close($self, /)\n--\n\nClose the file."},
    {"seekable", file_seekable, RT_METH_NOARGS, "seekable($self, /)\n--\n\nTrue if file supports random-access."},
    {"readable", file_readable, RT_METH_NOARGS, "readable($self, /)\n--\n\nTrue if file was opened in a read mode."},
    {"writable", file_writable, RT_METH_NOARGS, "writable($self, /)\n--\n\nTrue if file was opened in a write mode."},
    {"fileno", file_fileno, RT_METH_NOARGS, "fileno($self, /)\n--\n\nReturn the underlying file descriptor (an integer)."},
    {"isatty", file_isatty, RT_METH_NOARGS, "isatty($self, /)\n--\n\nTrue if the file is connected to a TTY device."},
    {"_dealloc_warn", file_dealloc_warn, RT_METH_O, NULL},
    {"__getstate__", file_getstate, RT_METH_NOARGS, NULL}, {"__reduce__", file_getstate, RT_METH_NOARGS, NULL},
    {NULL},
};
static const struct rt_getset_def file_getset[] = {
    {"closed", file_closed, NULL, "True if the file is closed", NULL}, {"closefd", file_closefd, NULL, "True if the file descriptor will be closed by close().", NULL},
    {"mode", file_mode, NULL, "String giving the file mode", NULL}, {"_blksize", file_blksize, file_set_blksize, NULL, NULL}, {NULL},
};
struct rt_type rt_fileio_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "_io.FileIO", .flags = RT_TF_BASETYPE | RT_TF_DICT | RT_TF_WEAKREF | RT_TF_GC,
    .basic_size = sizeof(struct fileio), .base = &rt_rawiobase_type, .dealloc = file_dealloc, .repr = file_repr, .new = file_new,
    .init = file_init, .methods = file_methods, .getset = file_getset, .doc = "Open a file.",
};
