/* SPDX-License-Identifier: MIT */
/*
 * mmap: files and anonymous memory as mutable byte sequences. Every method holds the object's section, so
 * that close() and resize() cannot pull the memory away below another thread; exported buffers keep it.
 */
#include <sys/mman.h>

#include "core/modules/os/os_util.h"
#include "core/types/containers.h"

enum access { ACCESS_DEFAULT, ACCESS_READ, ACCESS_WRITE, ACCESS_COPY };
struct map {
    struct rt_object hdr;
    char *data; /* NULL: closed */
    size_t size, pos;
    int64_t offset;
    int fd, flags, prot;
    enum access access;
    bool closed;
    _Atomic int exports;
};
static struct rt_type mmap_type;
#define M(v) ((struct map *)rt_ptr(v))

static bool valid(struct rt_thread *ts, struct map *m)
{
    if (!m->closed)
        return true;
    rt_raise(ts, &rt_exc_ValueError, "mmap closed or invalid");
    return false;
}
/* The same for what looks at the bytes: to touch those of a map made with prot=0 would end the process. */
static bool readable(struct rt_thread *ts, struct map *m)
{
    if (!valid(ts, m))
        return false;
    if (m->prot & (PROT_READ | PROT_WRITE))
        return true;
    rt_raise(ts, &rt_exc_TypeError, "mmap can't read a memory map without PROT_READ.");
    return false;
}
static bool writable(struct rt_thread *ts, struct map *m)
{
    if (m->access != ACCESS_READ)
        return true;
    rt_raise(ts, &rt_exc_TypeError, "mmap can't modify a readonly memory map.");
    return false;
}
static bool resizable(struct rt_thread *ts, struct map *m)
{
    if (rt_load_relaxed(&m->exports)) {
        rt_raise(ts, &rt_exc_BufferError, "mmap can't resize with extant buffers exported.");
        return false;
    }
    if (m->access == ACCESS_WRITE || m->access == ACCESS_DEFAULT)
        return true;
    rt_raise(ts, &rt_exc_TypeError, "mmap can't resize a readonly or copy-on-write memory map.");
    return false;
}
/* The size of the mapping of fd, checked against the file. 0 or -1. */
static int file_size(struct rt_thread *ts, int fd, int64_t offset, int64_t *length)
{
    struct stat st;
    int r;
    rt_detach(ts, RT_DETACH_IO);
    r = fstat(fd, &st);
    rt_attach(ts);
    if (r < 0 || !S_ISREG(st.st_mode))
        return 0;
    if (*length == 0) {
        if (st.st_size == 0) {
            rt_raise(ts, &rt_exc_ValueError, "cannot mmap an empty file");
            return -1;
        }
        if (offset >= st.st_size) {
            rt_raise(ts, &rt_exc_ValueError, "mmap offset is greater than file size");
            return -1;
        }
        *length = st.st_size - offset;
    } else if (offset > st.st_size || st.st_size - offset < *length) {
        rt_raise(ts, &rt_exc_ValueError, "mmap length is greater than file size");
        return -1;
    }
    return 0;
}
static int set_access(struct rt_thread *ts, int *access, int *flags, int *prot)
{
    switch (*access) {
    case ACCESS_READ:
        *flags = MAP_SHARED;
        *prot = PROT_READ;
        return 0;
    case ACCESS_WRITE:
        *flags = MAP_SHARED;
        *prot = PROT_READ | PROT_WRITE;
        return 0;
    case ACCESS_COPY:
        *flags = MAP_PRIVATE;
        *prot = PROT_READ | PROT_WRITE;
        return 0;
    case ACCESS_DEFAULT:
        if ((*prot & PROT_READ) && (*prot & PROT_WRITE))
            *access = ACCESS_DEFAULT;
        else
            *access = *prot & PROT_WRITE ? ACCESS_WRITE : ACCESS_READ;
        return 0;
    default:
        rt_raise(ts, &rt_exc_ValueError, "mmap invalid access parameter.");
        return -1;
    }
}
static rt_value mmap_new(struct rt_thread *ts, struct rt_type *t, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"fileno", "length", "flags", "prot", "access", "offset", NULL};
    static const struct rt_argspec spec = {"mmap", names, 0, 2, 6, 6};
    rt_value v[6];
    int x[5] = {0, 0, MAP_SHARED, PROT_READ | PROT_WRITE, ACCESS_DEFAULT};
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    for (int i = 0; i < 5; i++)
        if (i != 1 && v[i].bits && ((x[i] = rt_as_int(ts, v[i])), rt_pending(ts)))
            return RT_NULL;
    int64_t length = rt_as_ssize(ts, v[1]), offset = v[5].bits && !rt_pending(ts) ? rt_as_i64(ts, v[5]) : 0;
    int fd = x[0], flags = x[2], prot = x[3], access = x[4];
    if (rt_pending(ts))
        return RT_NULL;
    if (rt_audit(ts, "mmap.__new__", "iOil", fd, v[1], access, offset) < 0)
        return RT_NULL;
    if (length < 0)
        return rt_raise(ts, &rt_exc_OverflowError, "memory mapped length must be positive");
    if (offset < 0)
        return rt_raise(ts, &rt_exc_OverflowError, "memory mapped offset must be positive");
    if (access != ACCESS_DEFAULT && (flags != MAP_SHARED || prot != (PROT_WRITE | PROT_READ)))
        return rt_raise(ts, &rt_exc_ValueError, "mmap can't specify both access, prot.");
    if (set_access(ts, &access, &flags, &prot) < 0 || (fd != -1 && file_size(ts, fd, offset, &length) < 0))
        return RT_NULL;
    rt_value self = rt_type_alloc(ts, t);
    if (rt_is_null(self))
        return self;
    struct map *m = M(self);
    m->fd = -1;
    m->closed = true;
    if (fd == -1)
        flags |= MAP_ANONYMOUS;
    else if ((m->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0)) < 0)
        goto fail;
    rt_detach(ts, RT_DETACH_IO);
    void *p = mmap(NULL, (size_t)length, prot, flags, fd, offset);
    rt_attach(ts);
    if (p == MAP_FAILED)
        goto fail;
    m->data = p;
    m->size = (size_t)length;
    m->offset = offset;
    m->flags = flags;
    m->prot = prot;
    m->access = (enum access)access;
    m->closed = false;
    return self;
fail:
    rt_os_error(ts);
    rt_decref(ts, self);
    return RT_NULL;
}
static void unmap(struct map *m)
{
    m->closed = true;
    if (m->data)
        munmap(m->data, m->size);
    m->data = NULL;
    if (m->fd >= 0)
        close(m->fd);
    m->fd = -1;
}
static void mmap_dealloc(struct rt_thread *ts, struct rt_object *o) { unmap((struct map *)o); }

/* ---- methods; self's section is held ---- */
static rt_value m_close(struct rt_thread *ts, rt_value self)
{
    if (rt_load_relaxed(&M(self)->exports))
        return rt_raise(ts, &rt_exc_BufferError, "cannot close exported pointers exist");
    unmap(M(self));
    return RT_NONE;
}
static rt_value m_read(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    struct map *m = M(self);
    if (rt_args_count(ts, "read", n, 0, 1) < 0)
        return RT_NULL;
    int64_t want = n && !rt_is_none(a[0]) ? rt_as_ssize(ts, a[0]) : -1;
    if (rt_pending(ts) || !readable(ts, m))
        return RT_NULL;
    size_t left = m->pos < m->size ? m->size - m->pos : 0, k = want < 0 || (size_t)want > left ? left : (size_t)want;
    rt_value r = rt_bytes_new(ts, m->data + m->pos, k);
    if (!rt_is_null(r))
        m->pos += k;
    return r;
}
static rt_value m_read_byte(struct rt_thread *ts, rt_value self)
{
    struct map *m = M(self);
    if (!readable(ts, m))
        return RT_NULL;
    if (m->pos >= m->size)
        return rt_raise(ts, &rt_exc_ValueError, "read byte out of range");
    return rt_int_imm((uint8_t)m->data[m->pos++]);
}
static rt_value m_readline(struct rt_thread *ts, rt_value self)
{
    struct map *m = M(self);
    if (!readable(ts, m))
        return RT_NULL;
    size_t left = m->pos < m->size ? m->size - m->pos : 0;
    char *nl = left ? memchr(m->data + m->pos, '\n', left) : NULL;
    size_t k = nl ? (size_t)(nl - (m->data + m->pos)) + 1 : left;
    rt_value r = rt_bytes_new(ts, m->data + m->pos, k);
    if (!rt_is_null(r))
        m->pos += k;
    return r;
}
static rt_value m_write(struct rt_thread *ts, rt_value self, rt_value data)
{
    struct map *m = M(self);
    struct rt_buffer b;
    if (!valid(ts, m) || rt_buffer_get(ts, data, &b, RT_BUF_SIMPLE) < 0)
        return RT_NULL;
    rt_value r = RT_NULL;
    if (valid(ts, m) && writable(ts, m)) {
        if (m->pos > m->size || m->size - m->pos < (size_t)b.len) {
            rt_raise(ts, &rt_exc_ValueError, "data out of range");
        } else {
            rt_racy_copy(m->data + m->pos, b.buf, (size_t)b.len);
            m->pos += (size_t)b.len;
            r = rt_int_imm(b.len);
        }
    }
    rt_buffer_release(ts, &b);
    return r;
}
static rt_value m_write_byte(struct rt_thread *ts, rt_value self, rt_value v)
{
    struct map *m = M(self);
    int64_t x = rt_as_i64(ts, v);
    if (rt_pending(ts) || !valid(ts, m) || !writable(ts, m))
        return RT_NULL;
    if (x < 0 || x > 255)
        return rt_raise(ts, &rt_exc_OverflowError, x < 0 ? "unsigned byte integer is less than minimum" : "unsigned byte integer is greater than maximum");
    if (m->pos >= m->size)
        return rt_raise(ts, &rt_exc_ValueError, "write byte out of range");
    m->data[m->pos++] = (char)x;
    return RT_NONE;
}
static rt_value m_size(struct rt_thread *ts, rt_value self)
{
    struct map *m = M(self);
    struct stat st;
    if (!valid(ts, m))
        return RT_NULL;
    if (m->fd < 0)
        return rt_int_imm((int64_t)m->size);
    return fstat(m->fd, &st) < 0 ? rt_os_error(ts) : rt_int_imm(st.st_size);
}
static rt_value m_tell(struct rt_thread *ts, rt_value self) { return valid(ts, M(self)) ? rt_int_imm((int64_t)M(self)->pos) : RT_NULL; }
static rt_value m_seek(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    struct map *m = M(self);
    if (rt_args_count(ts, "seek", n, 1, 2) < 0)
        return RT_NULL;
    int64_t d = rt_as_ssize(ts, a[0]);
    int how = n > 1 && !rt_pending(ts) ? rt_as_int(ts, a[1]) : 0;
    if (rt_pending(ts) || !valid(ts, m))
        return RT_NULL;
    if (how < 0 || how > 2)
        return rt_raise(ts, &rt_exc_ValueError, "unknown seek type");
    int64_t base = how == 0 ? 0 : how == 1 ? (int64_t)m->pos : (int64_t)m->size, where;
    if (__builtin_add_overflow(base, d, &where) || where < 0 || where > (int64_t)m->size)
        return rt_raise(ts, &rt_exc_ValueError, "seek out of range");
    m->pos = (size_t)where;
    return RT_NONE;
}
static rt_value m_flush(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    struct map *m = M(self);
    if (rt_args_count(ts, "flush", n, 0, 2) < 0)
        return RT_NULL;
    int64_t offset = n ? rt_as_ssize(ts, a[0]) : 0;
    int64_t size = n > 1 && !rt_pending(ts) ? rt_as_ssize(ts, a[1]) : (int64_t)m->size;
    if (rt_pending(ts) || !valid(ts, m))
        return RT_NULL;
    if (offset < 0 || size < 0 || (int64_t)m->size - offset < size)
        return rt_raise(ts, &rt_exc_ValueError, "flush values out of range");
    if (m->access == ACCESS_READ || m->access == ACCESS_COPY)
        return RT_NONE;
    return msync(m->data + offset, (size_t)size, MS_SYNC) < 0 ? rt_os_error(ts) : RT_NONE;
}
static rt_value m_move(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    struct map *m = M(self);
    int64_t x[3];
    if (rt_args_count(ts, "move", n, 3, 3) < 0)
        return RT_NULL;
    for (int i = 0; i < 3; i++)
        if ((x[i] = rt_as_ssize(ts, a[i])), rt_pending(ts))
            return RT_NULL;
    if (!valid(ts, m) || !writable(ts, m))
        return RT_NULL;
    int64_t size = (int64_t)m->size;
    if (x[0] < 0 || x[1] < 0 || x[2] < 0 || size - x[0] < x[2] || size - x[1] < x[2])
        return rt_raise(ts, &rt_exc_ValueError, "source, destination, or count out of range");
    memmove(m->data + x[0], m->data + x[1], (size_t)x[2]);
    return RT_NONE;
}
static rt_value m_resize(struct rt_thread *ts, rt_value self, rt_value v)
{
    struct map *m = M(self);
    int64_t size = rt_as_ssize(ts, v);
    if (rt_pending(ts) || !valid(ts, m) || !resizable(ts, m))
        return RT_NULL;
    if (size < 0 || INT64_MAX - size < m->offset)
        return rt_raise(ts, &rt_exc_ValueError, "new size out of range");
    if (m->fd == -1 && !(m->flags & MAP_PRIVATE) && (size_t)size > m->size)
        return rt_raise(ts, &rt_exc_ValueError, "mmap: can't expand a shared anonymous mapping on Linux");
    if (m->fd != -1 && ftruncate(m->fd, m->offset + size) < 0)
        return rt_os_error(ts);
    void *p = mremap(m->data, m->size, (size_t)size, MREMAP_MAYMOVE);
    if (p == MAP_FAILED)
        return rt_os_error(ts);
    m->data = p;
    m->size = (size_t)size;
    return RT_NONE;
}
static rt_value find(struct rt_thread *ts, const char *fname, rt_value self, const rt_value *a, uint32_t n, bool reverse)
{
    struct map *m = M(self);
    struct rt_buffer b;
    if (rt_args_count(ts, fname, n, 1, 3) < 0 || !readable(ts, m))
        return RT_NULL;
    int64_t start = n > 1 ? rt_as_slice_index(ts, a[1]) : 0;
    int64_t end = n > 2 && !rt_pending(ts) ? rt_as_slice_index(ts, a[2]) : INT64_MAX;
    if (rt_pending(ts) || rt_buffer_get(ts, a[0], &b, RT_BUF_SIMPLE) < 0)
        return RT_NULL;
    int64_t size = (int64_t)m->size; /* now: an __index__ may have changed it */
    if (n < 2)
        start = (int64_t)m->pos;
    start = start < 0 ? start + size : start;
    end = end < 0 ? end + size : end;
    start = start < 0 ? 0 : start > size ? size : start;
    end = end < 0 ? 0 : end > size ? size : end;
    int64_t found = -1, len = b.len;
    if (readable(ts, m) && !reverse && end - start >= len) {
        char *p = len ? memmem(m->data + start, (size_t)(end - start), b.buf, (size_t)len) : m->data + start;
        found = p ? p - m->data : -1;
    } else if (!rt_pending(ts) && reverse) {
        for (int64_t i = end - len; i >= start && found < 0; i--)
            if (!memcmp(m->data + i, b.buf, (size_t)len))
                found = i;
    }
    rt_buffer_release(ts, &b);
    return rt_pending(ts) ? RT_NULL : rt_int_imm(found);
}
static rt_value m_find(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n) { return find(ts, "find", self, a, n, false); }
static rt_value m_rfind(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n) { return find(ts, "rfind", self, a, n, true); }
static rt_value m_madvise(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    struct map *m = M(self);
    if (rt_args_count(ts, "madvise", n, 1, 3) < 0)
        return RT_NULL;
    int option = rt_as_int(ts, a[0]);
    int64_t start = n > 1 && !rt_pending(ts) ? rt_as_ssize(ts, a[1]) : 0;
    int64_t length = n > 2 && !rt_pending(ts) ? rt_as_ssize(ts, a[2]) : (int64_t)m->size;
    if (rt_pending(ts) || !valid(ts, m))
        return RT_NULL;
    if (start < 0 || start >= (int64_t)m->size)
        return rt_raise(ts, &rt_exc_ValueError, "madvise start out of bounds");
    if (length < 0)
        return rt_raise(ts, &rt_exc_ValueError, "madvise length invalid");
    if (INT64_MAX - start < length)
        return rt_raise(ts, &rt_exc_OverflowError, "madvise length too large");
    if (start + length > (int64_t)m->size)
        length = (int64_t)m->size - start;
    return madvise(m->data + start, (size_t)length, option) < 0 ? rt_os_error(ts) : RT_NONE;
}
static rt_value m_enter(struct rt_thread *ts, rt_value self) { return valid(ts, M(self)) ? rt_newref(ts, self) : RT_NULL; }
static rt_value m_exit(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n) { return m_close(ts, self); }
static rt_value m_closed(struct rt_thread *ts, rt_value self, void *c)
{
    struct rt_cs cs;
    rt_cs_begin(ts, &cs, rt_ptr(self));
    bool closed = M(self)->closed;
    rt_cs_end(ts, &cs);
    return rt_bool(closed);
}
static rt_value m_sizeof(struct rt_thread *ts, rt_value self) { return rt_int_imm(sizeof(struct map)); }
static rt_value m_repr(struct rt_thread *ts, rt_value self)
{
    static const char *const names[] = {"ACCESS_DEFAULT", "ACCESS_READ", "ACCESS_WRITE", "ACCESS_COPY"};
    struct rt_cs cs;
    rt_cs_begin(ts, &cs, rt_ptr(self));
    struct map m = *M(self);
    rt_cs_end(ts, &cs);
    if (m.closed)
        return rt_str_format(ts, "<%s closed=True>", rt_type_of(self)->name);
    return rt_str_format(ts, "<%s closed=False, access=%s, length=%zu, pos=%zu, offset=%lld>", rt_type_of(self)->name, names[m.access],
                         m.size, m.pos, (long long)m.offset);
}

/* ---- sequence ---- */
static int64_t m_len(struct rt_thread *ts, rt_value self)
{
    struct map *m = M(self);
    struct rt_cs cs;
    rt_cs_begin(ts, &cs, m);
    int64_t n = valid(ts, m) ? (int64_t)m->size : -1;
    rt_cs_end(ts, &cs);
    return n;
}
static rt_value item_locked(struct rt_thread *ts, struct map *m, int64_t i, bool as_bytes)
{
    if (!readable(ts, m))
        return RT_NULL;
    if (i < 0 || i >= (int64_t)m->size)
        return rt_raise(ts, &rt_exc_IndexError, "mmap index out of range");
    return as_bytes ? rt_bytes_new(ts, m->data + i, 1) : rt_int_imm((uint8_t)m->data[i]);
}
static rt_value m_item(struct rt_thread *ts, rt_value self, int64_t i)
{
    struct rt_cs cs;
    rt_cs_begin(ts, &cs, rt_ptr(self));
    rt_value r = item_locked(ts, M(self), i, true);
    rt_cs_end(ts, &cs);
    return r;
}
static rt_value slice_locked(struct rt_thread *ts, struct map *m, int64_t start, int64_t stop, int64_t step)
{
    if (!readable(ts, m))
        return RT_NULL;
    int64_t n = rt_slice_adjust((int64_t)m->size, &start, &stop, step);
    if (n <= 0)
        return rt_bytes_empty();
    if (step == 1)
        return rt_bytes_new(ts, m->data + start, (size_t)n);
    rt_value r = rt_bytes_new(ts, NULL, (size_t)n);
    for (int64_t i = 0; i < n && !rt_is_null(r); i++)
        rt_as_bytes(r)->data[i] = m->data[start + i * step];
    return r;
}
static rt_value m_getitem(struct rt_thread *ts, rt_value self, rt_value key)
{
    struct map *m = M(self);
    struct rt_cs cs;
    int64_t size = m_len(ts, self), start, stop, step = 0;
    if (size < 0)
        return RT_NULL;
    if (rt_is_exact(key, &rt_slice_type)) {
        if (rt_slice_unpack(ts, key, &start, &stop, &step) < 0)
            return RT_NULL;
    } else if (rt_index_check(key)) {
        start = rt_as_index(ts, key, &rt_exc_IndexError);
        if (rt_pending(ts))
            return RT_NULL;
        if (start < 0)
            start += size;
    } else {
        return rt_raise(ts, &rt_exc_TypeError, "mmap indices must be integers");
    }
    rt_cs_begin(ts, &cs, m);
    rt_value r = step ? slice_locked(ts, m, start, stop, step) : item_locked(ts, m, start, false);
    rt_cs_end(ts, &cs);
    return r;
}
static int set_slice(struct rt_thread *ts, struct map *m, rt_value key, rt_value v)
{
    int64_t start, stop, step;
    struct rt_buffer b;
    struct rt_cs cs;
    if (rt_slice_unpack(ts, key, &start, &stop, &step) < 0)
        return -1;
    if (rt_is_null(v)) {
        rt_raise(ts, &rt_exc_TypeError, "mmap object doesn't support slice deletion");
        return -1;
    }
    if (rt_buffer_get(ts, v, &b, RT_BUF_SIMPLE) < 0)
        return -1;
    int err = -1;
    rt_cs_begin(ts, &cs, m);
    int64_t n = valid(ts, m) ? rt_slice_adjust((int64_t)m->size, &start, &stop, step) : 0;
    if (!rt_pending(ts) && b.len != n) {
        rt_raise(ts, &rt_exc_IndexError, "mmap slice assignment is wrong size");
    } else if (!rt_pending(ts)) {
        for (int64_t i = 0; i < n && step != 1; i++)
            m->data[start + i * step] = ((char *)b.buf)[i];
        if (step == 1 && n)
            rt_racy_copy(m->data + start, b.buf, (size_t)n);
        err = 0;
    }
    rt_cs_end(ts, &cs);
    rt_buffer_release(ts, &b);
    return err;
}
static int m_setitem(struct rt_thread *ts, rt_value self, rt_value key, rt_value v)
{
    struct map *m = M(self);
    int64_t size = m_len(ts, self);
    if (size < 0 || !writable(ts, m))
        return -1;
    if (rt_is_exact(key, &rt_slice_type))
        return set_slice(ts, m, key, v);
    if (!rt_index_check(key)) {
        rt_raise(ts, &rt_exc_TypeError, "mmap indices must be integers");
        return -1;
    }
    int64_t i = rt_as_index(ts, key, &rt_exc_IndexError);
    if (rt_pending(ts))
        return -1;
    if (i < 0)
        i += size;
    if (i < 0 || i >= size) {
        rt_raise(ts, &rt_exc_IndexError, "mmap index out of range");
        return -1;
    }
    if (rt_is_null(v)) {
        rt_raise(ts, &rt_exc_TypeError, "mmap object doesn't support item deletion");
        return -1;
    }
    if (!rt_index_check(v)) {
        rt_raise(ts, &rt_exc_TypeError, "mmap item value must be an int");
        return -1;
    }
    int64_t x = rt_as_index(ts, v, &rt_exc_TypeError);
    if (rt_pending(ts))
        return -1;
    if (x < 0 || x > 255) {
        rt_raise(ts, &rt_exc_ValueError, "mmap item value must be in range(0, 256)");
        return -1;
    }
    struct rt_cs cs;
    rt_cs_begin(ts, &cs, m);
    if (valid(ts, m) && i < (int64_t)m->size)
        m->data[i] = (char)x;
    else if (!rt_pending(ts))
        rt_raise(ts, &rt_exc_IndexError, "mmap index out of range"); /* it has shrunk meanwhile */
    rt_cs_end(ts, &cs);
    return rt_pending(ts) ? -1 : 0;
}
static int m_getbuffer(struct rt_thread *ts, rt_value self, struct rt_buffer *b, int flags)
{
    struct map *m = M(self);
    struct rt_cs cs;
    rt_cs_begin(ts, &cs, m);
    int r = readable(ts, m) ? rt_buffer_fill(ts, b, self, m->data, (int64_t)m->size, m->access == ACCESS_READ, flags) : -1;
    if (r == 0)
        (void)rt_add_acq_rel(&m->exports, 1);
    rt_cs_end(ts, &cs);
    return r;
}
static void m_releasebuffer(struct rt_thread *ts, rt_value self, struct rt_buffer *b) { (void)rt_sub_acq_rel(&M(self)->exports, 1); }

#define LOCKED(kind) (kind | RT_METH_LOCKED)
static const struct rt_method_def mmap_methods[] = {
    {"close", m_close, LOCKED(RT_METH_NOARGS), NULL}, {"find", m_find, LOCKED(RT_METH_FAST), NULL}, {"rfind", m_rfind, LOCKED(RT_METH_FAST), NULL},
    {"flush", m_flush, LOCKED(RT_METH_FAST), NULL}, {"madvise", m_madvise, LOCKED(RT_METH_FAST), NULL}, {"move", m_move, LOCKED(RT_METH_FAST), NULL},
    {"read", m_read, LOCKED(RT_METH_FAST), NULL}, {"read_byte", m_read_byte, LOCKED(RT_METH_NOARGS), NULL},
    {"readline", m_readline, LOCKED(RT_METH_NOARGS), NULL}, {"resize", m_resize, LOCKED(RT_METH_O), NULL}, {"seek", m_seek, LOCKED(RT_METH_FAST), NULL},
    {"size", m_size, LOCKED(RT_METH_NOARGS), NULL}, {"tell", m_tell, LOCKED(RT_METH_NOARGS), NULL}, {"write", m_write, LOCKED(RT_METH_O), NULL},
    {"write_byte", m_write_byte, LOCKED(RT_METH_O), NULL}, {"__enter__", m_enter, RT_METH_NOARGS, NULL}, {"__exit__", m_exit, LOCKED(RT_METH_FAST), NULL},
    {"__sizeof__", m_sizeof, RT_METH_NOARGS, NULL}, {NULL},
};
static const struct rt_getset_def mmap_getset[] = {{"closed", m_closed}, {NULL}};
static struct rt_type mmap_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "mmap.mmap",
    .doc = "mmap(fileno, length[, flags[, prot[, access[, offset]]]])\n\nMaps length bytes from the file specified by the file descriptor fileno,\nand returns a mmap object.",
    .flags = RT_TF_BASETYPE | RT_TF_WEAKREF, .basic_size = sizeof(struct map), .dealloc = mmap_dealloc, .repr = m_repr, .new = mmap_new,
    .len = m_len, .getitem = m_getitem, .setitem = m_setitem, .sq_item = m_item, .getbuffer = m_getbuffer, .releasebuffer = m_releasebuffer,
    .methods = mmap_methods, .getset = mmap_getset,
};
static int exec(struct rt_thread *ts, rt_value m)
{
#define C(n) {#n, n},
    static const struct rt_posix_const constants[] = {
        C(PROT_EXEC) C(PROT_READ) C(PROT_WRITE) C(MAP_SHARED) C(MAP_PRIVATE) C(MAP_DENYWRITE) C(MAP_EXECUTABLE) {"MAP_ANON", MAP_ANONYMOUS},
        C(MAP_ANONYMOUS) C(MAP_POPULATE) C(MAP_STACK) C(MAP_NORESERVE) C(MADV_NORMAL) C(MADV_RANDOM) C(MADV_SEQUENTIAL) C(MADV_WILLNEED)
        C(MADV_DONTNEED) C(MADV_REMOVE) C(MADV_DONTFORK) C(MADV_DOFORK) C(MADV_HWPOISON) C(MADV_MERGEABLE) C(MADV_UNMERGEABLE)
        C(MADV_HUGEPAGE) C(MADV_NOHUGEPAGE) C(MADV_DONTDUMP) C(MADV_DODUMP) C(MADV_FREE)
        C(ACCESS_DEFAULT) C(ACCESS_READ) C(ACCESS_WRITE) C(ACCESS_COPY) {NULL, 0}};
    int64_t page = sysconf(_SC_PAGESIZE);
    if (rt_os_constants(ts, m, constants) < 0 || rt_module_add_int(ts, m, "PAGESIZE", page) < 0 || rt_module_add_int(ts, m, "ALLOCATIONGRANULARITY", page) < 0)
        return -1;
    rt_module_add(ts, m, "error", rt_type_value(&rt_exc_OSError));
    return rt_module_add_type(ts, m, &mmap_type);
}
const struct rt_module_def rt_module_mmap = {.name = "mmap", .exec = exec};
