/* SPDX-License-Identifier: MIT */
/*
 * _multiprocessing: SemLock, a POSIX named semaphore as a lock or counter between processes; and
 * _posixshmem: shared memory by name.
 *
 * `count` is how often this process holds the lock, `owner` the thread that took it last: both belong
 * to this process, the semaphore to all. Only the owner of a recursive lock changes its count.
 */
#include <limits.h>
#include <semaphore.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "core/modules/os/os_util.h"

enum { RECURSIVE_MUTEX, SEMAPHORE };

struct semlock {
    struct rt_object hdr;
    sem_t *handle;
    _Atomic uint64_t owner;
    _Atomic int count;
    int maxvalue, kind;
    char *name; /* raw memory, or NULL */
};
static struct rt_type semlock_type;
#define S(v) ((struct semlock *)rt_ptr(v))

static bool is_mine(struct rt_thread *ts, struct semlock *s)
{
    return rt_load_relaxed(&s->count) > 0 && rt_load_relaxed(&s->owner) == (uint64_t)pthread_self();
}
static rt_value make(struct rt_thread *ts, struct rt_type *t, sem_t *handle, int kind, int maxvalue, char *name)
{
    rt_value v = rt_type_alloc(ts, t);
    if (rt_is_null(v))
        return v;
    S(v)->handle = handle;
    S(v)->kind = kind;
    S(v)->maxvalue = maxvalue;
    S(v)->name = name;
    return v;
}
static char *copy_name(struct rt_thread *ts, const char *s)
{
    char *p = rt_raw_malloc(strlen(s) + 1);
    if (p)
        strcpy(p, s);
    else
        rt_raise_no_memory(ts);
    return p;
}
static rt_value semlock_new(struct rt_thread *ts, struct rt_type *t, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"kind", "value", "maxvalue", "name", "unlink", NULL};
    static const struct rt_argspec spec = {"SemLock", names, 0, 5, 5, 5};
    rt_value v[5];
    int x[3];
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    for (int i = 0; i < 3; i++)
        if ((x[i] = rt_as_int(ts, v[i])), rt_pending(ts))
            return RT_NULL;
    if (!rt_is_str(v[3]))
        return rt_raise_arg_type(ts, "SemLock", "name", "str", v[3]);
    const char *name = rt_str_utf8_nonul(ts, v[3]);
    int unlink = name ? rt_truth(ts, v[4]) : -1;
    if (unlink < 0)
        return RT_NULL;
    if (x[0] != RECURSIVE_MUTEX && x[0] != SEMAPHORE)
        return rt_raise(ts, &rt_exc_ValueError, "unrecognized kind");
    char *keep = unlink ? NULL : copy_name(ts, name);
    if (!unlink && !keep)
        return RT_NULL;
    sem_t *h = sem_open(name, O_CREAT | O_EXCL, 0600, (unsigned)x[1]);
    if (h == SEM_FAILED || (unlink && sem_unlink(name) < 0)) {
        rt_os_error(ts);
        if (h != SEM_FAILED)
            sem_close(h);
        rt_raw_free(keep);
        return RT_NULL;
    }
    rt_value r = make(ts, t, h, x[0], x[2], keep);
    if (rt_is_null(r)) {
        sem_close(h);
        rt_raw_free(keep);
    }
    return r;
}
static rt_value semlock_rebuild(struct rt_thread *ts, rt_value cls, const rt_value *a, uint32_t n)
{
    if (rt_args_count(ts, "_rebuild", n, 4, 4) < 0)
        return RT_NULL;
    int64_t raw = rt_as_i64(ts, a[0]);
    int kind = rt_pending(ts) ? 0 : rt_as_int(ts, a[1]), maxvalue = rt_pending(ts) ? 0 : rt_as_int(ts, a[2]);
    char *keep = NULL;
    if (rt_pending(ts))
        return RT_NULL;
    sem_t *h = (sem_t *)raw;
    if (!rt_is_none(a[3])) {
        const char *name = rt_is_str(a[3]) ? rt_str_utf8_nonul(ts, a[3]) : NULL;
        if (!name)
            return rt_pending(ts) ? RT_NULL : rt_raise_arg_type(ts, "_rebuild", "name", "str or None", a[3]);
        keep = copy_name(ts, name);
        h = keep ? sem_open(name, 0) : SEM_FAILED;
        if (h == SEM_FAILED) {
            rt_raw_free(keep);
            return rt_os_error(ts);
        }
    }
    return make(ts, rt_as_type(cls), h, kind, maxvalue, keep);
}
static int took(struct rt_thread *ts, struct semlock *s)
{
    (void)rt_add_acq_rel(&s->count, 1);
    rt_store_relaxed(&s->owner, (uint64_t)pthread_self());
    return 1;
}
/* deadline NULL: for ever. 1 got it, 0 not in time, -1 exception. */
static int wait_for(struct rt_thread *ts, struct semlock *s, const struct timespec *deadline)
{
    int r;
    RT_BLOCKING(ts, r, deadline ? sem_timedwait(s->handle, deadline) : sem_wait(s->handle));
    if (r == 0)
        return took(ts, s);
    if (rt_pending(ts))
        return -1;
    if (errno == EAGAIN || errno == ETIMEDOUT)
        return 0;
    rt_os_error(ts);
    return -1;
}
static int acquire(struct rt_thread *ts, struct semlock *s, bool block, rt_value timeout)
{
    struct timespec end;
    if (s->kind == RECURSIVE_MUTEX && is_mine(ts, s)) {
        (void)rt_add_acq_rel(&s->count, 1);
        return 1;
    }
    bool timed = !rt_is_null(timeout) && !rt_is_none(timeout);
    if (timed) {
        double d = rt_as_double(ts, timeout);
        if (d == -1.0 && rt_pending(ts))
            return -1;
        d = d < 0 ? 0 : d > 1e9 ? 1e9 : d;
        clock_gettime(CLOCK_REALTIME, &end);
        int64_t ns = end.tv_nsec + (int64_t)((d - floor(d)) * 1e9);
        end.tv_sec += (time_t)floor(d) + ns / 1000000000;
        end.tv_nsec = ns % 1000000000;
    }
    int r;
    do
        r = sem_trywait(s->handle);
    while (r < 0 && errno == EINTR);
    if (r == 0)
        return took(ts, s);
    if (errno != EAGAIN) {
        rt_os_error(ts);
        return -1;
    }
    return block ? wait_for(ts, s, timed ? &end : NULL) : 0;
}
static rt_value semlock_acquire(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"block", "timeout", NULL};
    static const struct rt_argspec spec = {"acquire", names, 0, 0, 2, 2};
    rt_value v[2] = {RT_NULL, RT_NULL};
    if ((n || !rt_is_null(kw)) && rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    int block = rt_is_null(v[0]) ? 1 : rt_truth(ts, v[0]);
    int r = block < 0 ? -1 : acquire(ts, S(self), block, v[1]);
    return r < 0 ? RT_NULL : rt_bool(r);
}
static rt_value semlock_release(struct rt_thread *ts, rt_value self)
{
    struct semlock *s = S(self);
    if (s->kind == RECURSIVE_MUTEX) {
        if (!is_mine(ts, s))
            return rt_raise(ts, &rt_exc_AssertionError, "attempt to release recursive lock not owned by thread");
        if (rt_load_relaxed(&s->count) > 1) {
            (void)rt_sub_acq_rel(&s->count, 1);
            return RT_NONE;
        }
    } else {
        int value;
        if (sem_getvalue(s->handle, &value) < 0)
            return rt_os_error(ts);
        if (value >= s->maxvalue)
            return rt_raise(ts, &rt_exc_ValueError, "semaphore or lock released too many times");
    }
    (void)rt_sub_acq_rel(&s->count, 1); /* before the post: the next owner counts too */
    if (sem_post(s->handle) < 0) {
        (void)rt_add_acq_rel(&s->count, 1);
        return rt_os_error(ts);
    }
    return RT_NONE;
}
static rt_value semlock_enter(struct rt_thread *ts, rt_value self)
{
    int r = acquire(ts, S(self), true, RT_NULL);
    return r < 0 ? RT_NULL : rt_bool(r);
}
static rt_value semlock_exit(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n) { return semlock_release(ts, self); }
static rt_value semlock_count(struct rt_thread *ts, rt_value self) { return rt_int_imm(rt_load_relaxed(&S(self)->count)); }
static rt_value semlock_is_mine(struct rt_thread *ts, rt_value self) { return rt_bool(is_mine(ts, S(self))); }
static rt_value semlock_get_value(struct rt_thread *ts, rt_value self)
{
    int v;
    if (sem_getvalue(S(self)->handle, &v) < 0)
        return rt_os_error(ts);
    return rt_int_imm(v < 0 ? 0 : v);
}
static rt_value semlock_is_zero(struct rt_thread *ts, rt_value self)
{
    int v;
    if (sem_getvalue(S(self)->handle, &v) < 0)
        return rt_os_error(ts);
    return rt_bool(v == 0);
}
static rt_value semlock_after_fork(struct rt_thread *ts, rt_value self)
{
    rt_store_relaxed(&S(self)->count, 0);
    return RT_NONE;
}
static rt_value get_handle(struct rt_thread *ts, rt_value self, void *c) { return rt_int_from_i64(ts, (int64_t)(intptr_t)S(self)->handle); }
static rt_value get_kind(struct rt_thread *ts, rt_value self, void *c) { return rt_int_imm(S(self)->kind); }
static rt_value get_maxvalue(struct rt_thread *ts, rt_value self, void *c) { return rt_int_imm(S(self)->maxvalue); }
static rt_value get_name(struct rt_thread *ts, rt_value self, void *c)
{
    return S(self)->name ? rt_str_from_cstr(ts, S(self)->name) : RT_NONE;
}
static void semlock_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    struct semlock *s = (struct semlock *)o;
    if (s->handle)
        sem_close(s->handle);
    rt_raw_free(s->name);
}
static const struct rt_method_def semlock_methods[] = {
    {"acquire", semlock_acquire, RT_METH_KW, "acquire($self, /, block=True, timeout=None)\n--\n\nAcquire the semaphore/lock."},
    {"release", semlock_release, RT_METH_NOARGS, "release($self, /)\n--\n\nRelease the semaphore/lock."},
    {"_count", semlock_count, RT_METH_NOARGS, "_count($self, /)\n--\n\nNum of `acquire()`s minus num of `release()`s for this process."},
    {"_is_mine", semlock_is_mine, RT_METH_NOARGS, "_is_mine($self, /)\n--\n\nWhether the lock is owned by this thread."},
    {"_get_value", semlock_get_value, RT_METH_NOARGS, "_get_value($self, /)\n--\n\nGet the value of the semaphore."},
    {"_is_zero", semlock_is_zero, RT_METH_NOARGS, "_is_zero($self, /)\n--\n\nReturn whether semaphore has value zero."},
    {"_rebuild", semlock_rebuild, RT_METH_FAST | RT_METH_CLASS, "_rebuild($type, handle, kind, maxvalue, name, /)\n--\n\n"},
    {"_after_fork", semlock_after_fork, RT_METH_NOARGS, "_after_fork($self, /)\n--\n\nRezero the net acquisition count after fork()."},
    {"__enter__", semlock_enter, RT_METH_NOARGS, "__enter__($self, /)\n--\n\nEnter the semaphore/lock."},
    {"__exit__", semlock_exit, RT_METH_FAST, "__exit__($self, exc_type=None, exc_value=None, exc_tb=None, /)\n--\n\nExit the semaphore/lock."},
    {NULL},
};
static const struct rt_getset_def semlock_getset[] = {
    {"handle", get_handle}, {"kind", get_kind}, {"maxvalue", get_maxvalue}, {"name", get_name}, {NULL},
};
static struct rt_type semlock_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "_multiprocessing.SemLock", .doc = "Semaphore/Mutex type",
    .flags = RT_TF_BASETYPE, .basic_size = sizeof(struct semlock), .dealloc = semlock_dealloc,
    .new = semlock_new, .methods = semlock_methods, .getset = semlock_getset,
};

static rt_value mp_sem_unlink(struct rt_thread *ts, rt_value self, rt_value name)
{
    const char *s = rt_is_str(name) ? rt_str_utf8_nonul(ts, name) : NULL;
    if (!s)
        return rt_pending(ts) ? RT_NULL : rt_raise_arg_type(ts, "sem_unlink", "name", "str", name);
    return sem_unlink(s) < 0 ? rt_os_error(ts) : RT_NONE;
}
static int mp_exec(struct rt_thread *ts, rt_value m)
{
    static const char *const flags[] = {"HAVE_SEM_OPEN", "HAVE_SEM_TIMEDWAIT"};
    if (rt_type_ready(ts, &semlock_type) < 0)
        return -1;
    rt_value td = rt_slot_peek(&semlock_type.dict), d = rt_dict_new(ts);
    if (rt_is_null(d) || rt_dict_set_cstr(ts, td, "SEM_VALUE_MAX", rt_int_imm(INT_MAX)) < 0)
        return -1;
    for (size_t i = 0; i < RT_COUNTOF(flags); i++)
        rt_dict_set_cstr(ts, d, flags[i], rt_int_imm(1));
    return rt_module_add_type(ts, m, &semlock_type) < 0 ? -1 : rt_module_add(ts, m, "flags", d);
}
static const struct rt_method_def mp_methods[] = {
    {"sem_unlink", mp_sem_unlink, RT_METH_O, "sem_unlink($module, name, /)\n--\n\n"}, {NULL},
};
const struct rt_module_def rt_module__multiprocessing = {.name = "_multiprocessing", .methods = mp_methods, .exec = mp_exec};

/* ---- _posixshmem ---- */
static rt_value shm_open_py(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"path", "flags", "mode", NULL};
    static const struct rt_argspec spec = {"shm_open", names, 0, 2, 3, 3};
    rt_value v[3];
    int fd;
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    if (!rt_is_str(v[0]))
        return rt_raise_arg_type(ts, "shm_open", "path", "str", v[0]);
    int flags = rt_as_int(ts, v[1]), mode = !rt_pending(ts) && v[2].bits ? rt_as_int(ts, v[2]) : 0777;
    const char *name = rt_pending(ts) ? NULL : rt_str_utf8_nonul(ts, v[0]);
    if (!name)
        return RT_NULL;
    RT_BLOCKING(ts, fd, shm_open(name, flags, (mode_t)mode));
    if (fd < 0)
        return rt_pending(ts) ? RT_NULL : rt_raise_errno(ts, &rt_exc_OSError, v[0]);
    return rt_int_imm(fd);
}
static rt_value shm_unlink_py(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"path", NULL};
    static const struct rt_argspec spec = {"shm_unlink", names, 0, 1, 1, 1};
    rt_value v[1];
    int r;
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    if (!rt_is_str(v[0]))
        return rt_raise_arg_type(ts, "shm_unlink", "path", "str", v[0]);
    const char *name = rt_str_utf8_nonul(ts, v[0]);
    if (!name)
        return RT_NULL;
    RT_BLOCKING(ts, r, shm_unlink(name));
    if (r < 0)
        return rt_pending(ts) ? RT_NULL : rt_raise_errno(ts, &rt_exc_OSError, v[0]);
    return RT_NONE;
}
static const struct rt_method_def shm_methods[] = {
    {"shm_open", shm_open_py, RT_METH_KW, "shm_open($module, /, path, flags, mode=511)\n--\n\nOpen a shared memory object.  Returns a file descriptor (integer)."},
    {"shm_unlink", shm_unlink_py, RT_METH_KW, "shm_unlink($module, /, path)\n--\n\nRemove a shared memory object."},
    {NULL},
};
const struct rt_module_def rt_module__posixshmem = {.name = "_posixshmem", .doc = "POSIX shared memory module", .methods = shm_methods};
