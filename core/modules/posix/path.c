/* SPDX-License-Identifier: MIT */
/* Path and descriptor arguments of the posix functions. */
#include "core/modules/posix/posix_internal.h"

int rt_posix_eintr(struct rt_thread *ts)
{
    int err = rt_signal_check(ts);
    errno = EINTR;
    return err;
}

int rt_path_get(struct rt_thread *ts, struct rt_path *p, const char *fname, const char *arg, rt_value v, int flags)
{
    *p = (struct rt_path){.fname = fname, .fd = -1, .bytes = RT_NULL, .object = v};
    if ((rt_is_null(v) || rt_is_none(v)) && (flags & RT_PATH_NONE))
        return 0;
    if ((flags & RT_PATH_FD) && rt_index_check(v)) {
        p->fd = rt_as_int(ts, v);
        if (rt_pending(ts)) {
            if (rt_exc_clear_if(ts, &rt_exc_OverflowError))
                rt_raise(ts, &rt_exc_OverflowError, "fd is %s", rt_is_any_int(v) && rt_int_sign(v) < 0 ? "less than minimum" : "greater than maximum");
            return -1;
        }
        return 0;
    }
    rt_value path = RT_NULL;
    if (!rt_is_str(v) && !rt_is_bytes(v)) {
        rt_value me, m = rt_lookup_special(ts, v, "__fspath__", &me);
        if (rt_is_null(m)) {
            const char *kinds = (flags & RT_PATH_FD) && (flags & RT_PATH_NONE) ? "string, bytes, os.PathLike, integer or None"
                                : flags & RT_PATH_FD ? "string, bytes, os.PathLike or integer"
                                : flags & RT_PATH_NONE ? "string, bytes, os.PathLike or None" : "string, bytes or os.PathLike";
            if (rt_pending(ts))
                return -1;
            if (!rt_has_buffer(v)) {
                rt_raise(ts, &rt_exc_TypeError, "%s: %s should be %s, not %T", fname, arg, kinds, v);
                return -1;
            }
            if (rt_warn(ts, &rt_exc_DeprecationWarning, 1, "%s: %s should be %s, not %T", fname, arg, kinds, v) < 0)
                return -1;
            path = rt_bytes_from_object(ts, v);
        } else {
            path = me.bits ? rt_call1(ts, m, me) : rt_call0(ts, m);
            rt_decref(ts, m);
        }
        if (rt_is_null(path))
            return -1;
        if (!rt_is_str(path) && !rt_is_bytes(path)) {
            rt_raise(ts, &rt_exc_TypeError, "expected %T.__fspath__() to return str or bytes, not %T", v, path);
            rt_decref(ts, path);
            return -1;
        }
        v = path;
    }
    p->is_bytes = rt_is_bytes(v);
    p->bytes = rt_str_fsencode(ts, v);
    rt_decref(ts, path);
    if (rt_is_null(p->bytes))
        return -1;
    p->s = rt_as_bytes(p->bytes)->data;
    if (strlen(p->s) != rt_as_bytes(p->bytes)->length) {
        rt_raise(ts, &rt_exc_ValueError, "%s: embedded null %s in %s", fname, p->is_bytes ? "byte" : "character", arg);
        rt_path_drop(ts, p);
        return -1;
    }
    return 0;
}

int rt_posix_id(struct rt_thread *ts, rt_value v, const char *what, id_t *out)
{
    int64_t i;
    rt_value n = rt_index(ts, v);
    if (rt_is_null(n)) {
        if (rt_exc_clear_if(ts, &rt_exc_TypeError))
            rt_raise(ts, &rt_exc_TypeError, "%s should be integer, not %T", what, v);
        return -1;
    }
    if (!rt_int_try_i64(n, &i))
        i = rt_int_sign(n) < 0 ? INT64_MIN : INT64_MAX;
    rt_decref(ts, n);
    if (i < -1 || i > UINT32_MAX) {
        rt_raise(ts, &rt_exc_OverflowError, "%s is %s", what, i < 0 ? "less than minimum" : "greater than maximum");
        return -1;
    }
    *out = (id_t)i;
    return 0;
}

void rt_path_drop(struct rt_thread *ts, struct rt_path *p)
{
    int e = errno;
    rt_clear(ts, &p->bytes);
    errno = e;
}

rt_value rt_path_error(struct rt_thread *ts, struct rt_path *p)
{
    if (!rt_pending(ts))
        rt_raise_errno(ts, &rt_exc_OSError, p->s || p->fd >= 0 ? p->object : RT_NULL);
    rt_path_drop(ts, p);
    return RT_NULL;
}

rt_value rt_path_result(struct rt_thread *ts, const struct rt_path *like, const char *s, size_t n)
{
    return like->is_bytes ? rt_bytes_new(ts, s, n) : rt_str_fsdecode(ts, s, n);
}

int rt_dir_fd(struct rt_thread *ts, rt_value v, int *fd)
{
    *fd = AT_FDCWD;
    if (rt_is_null(v) || rt_is_none(v))
        return 0;
    if (!rt_index_check(v)) {
        rt_raise(ts, &rt_exc_TypeError, "argument should be integer or None, not %T", v);
        return -1;
    }
    *fd = rt_as_int(ts, v);
    return rt_pending(ts) ? -1 : 0;
}

int rt_fd_arg(struct rt_thread *ts, rt_value v)
{
    int fd;
    if (rt_is_any_int(v)) {
        fd = rt_as_int(ts, v);
    } else {
        rt_value m = rt_getattr_opt_cstr(ts, v, "fileno"), r;
        if (rt_is_null(m)) {
            if (!rt_pending(ts))
                rt_raise(ts, &rt_exc_TypeError, "argument must be an int, or have a fileno() method.");
            return -1;
        }
        r = rt_call0(ts, m);
        rt_decref(ts, m);
        if (rt_is_null(r))
            return -1;
        if (!rt_is_any_int(r)) {
            rt_raise(ts, &rt_exc_TypeError, "fileno() returned a non-integer");
            rt_decref(ts, r);
            return -1;
        }
        fd = rt_as_int(ts, r);
        rt_decref(ts, r);
    }
    if (rt_pending(ts))
        return -1;
    if (fd < 0) {
        rt_raise(ts, &rt_exc_ValueError, "file descriptor cannot be a negative integer (%d)", fd);
        return -1;
    }
    return fd;
}
