/* SPDX-License-Identifier: MIT */
/* resource: limits and usage of processes. */
#include <sys/resource.h>

#include "core/modules/os/os_util.h"

static struct rt_type usage_type;
static const struct rt_structseq_field usage_fields[] = {{"ru_utime", "user time used"}, {"ru_stime", "system time used"},
    {"ru_maxrss", "max. resident set size"}, {"ru_ixrss", "shared memory size"}, {"ru_idrss", "unshared data size"},
    {"ru_isrss", "unshared stack size"}, {"ru_minflt", "page faults not requiring I/O"}, {"ru_majflt", "page faults requiring I/O"},
    {"ru_nswap", "number of swap outs"}, {"ru_inblock", "block input operations"}, {"ru_oublock", "block output operations"},
    {"ru_msgsnd", "IPC messages sent"}, {"ru_msgrcv", "IPC messages received"}, {"ru_nsignals", "signals received"},
    {"ru_nvcsw", "voluntary context switches"}, {"ru_nivcsw", "involuntary context switches"}, {NULL, NULL}};
static const struct rt_structseq usage_desc = {"resource.struct_rusage",
    "struct_rusage: Result from getrusage.\n\nThis object may be accessed either as a tuple of\n    (utime,stime,maxrss,ixrss,idrss,isrss,minflt,majflt,\n    nswap,inblock,oublock,msgsnd,msgrcv,nsignals,nvcsw,nivcsw)\nor via the attributes ru_utime, ru_stime, ru_maxrss, and so on.", usage_fields, 16, false};

static rt_value r_getrusage(struct rt_thread *ts, rt_value self, rt_value v)
{
    struct rusage u;
    int who = rt_as_int(ts, v);
    if (rt_pending(ts))
        return RT_NULL;
    if (getrusage(who, &u) < 0)
        return errno == EINVAL ? rt_raise(ts, &rt_exc_ValueError, "invalid who parameter") : rt_os_error(ts);
    long f[] = {u.ru_maxrss, u.ru_ixrss, u.ru_idrss, u.ru_isrss, u.ru_minflt, u.ru_majflt, u.ru_nswap, u.ru_inblock,
                u.ru_oublock, u.ru_msgsnd, u.ru_msgrcv, u.ru_nsignals, u.ru_nvcsw, u.ru_nivcsw};
    rt_value w[16] = {rt_float_new(ts, (double)u.ru_utime.tv_sec + 1e-6 * (double)u.ru_utime.tv_usec),
                      rt_float_new(ts, (double)u.ru_stime.tv_sec + 1e-6 * (double)u.ru_stime.tv_usec)};
    for (size_t i = 0; i < RT_COUNTOF(f); i++)
        w[i + 2] = rt_int_imm(f[i]);
    return rt_structseq_new(ts, &usage_type, w);
}
static rt_value limit_value(struct rt_thread *ts, rlim_t x) { return x == RLIM_INFINITY ? rt_int_imm(-1) : rt_int_from_u64(ts, x); }
static rt_value limit_pair(struct rt_thread *ts, const struct rlimit *l)
{
    rt_value w[2] = {limit_value(ts, l->rlim_cur), limit_value(ts, l->rlim_max)};
    return rt_tuple_steal(ts, w, 2);
}
static int limit_of(struct rt_thread *ts, rt_value v, rlim_t *out)
{
    rt_value i = rt_index(ts, v);
    if (rt_is_null(i))
        return -1;
    int64_t s;
    uint64_t u;
    int r = 0;
    if (rt_int_try_i64(i, &s))
        *out = (rlim_t)s;
    else if (rt_int_try_u64(i, &u))
        *out = u;
    else
        r = -1;
    rt_decref(ts, i);
    if (r)
        rt_raise(ts, &rt_exc_OverflowError, "Python int too large to convert to C long");
    return r;
}
static int limit_arg(struct rt_thread *ts, rt_value v, struct rlimit *l)
{
    rt_value t = rt_seq_tuple(ts, v);
    if (rt_is_null(t))
        return -1;
    int r = -1;
    if (rt_as_tuple(t)->length != 2)
        rt_raise(ts, &rt_exc_ValueError, "expected a tuple of 2 integers");
    else
        r = limit_of(ts, rt_as_tuple(t)->items[0], &l->rlim_cur) < 0 ? -1 : limit_of(ts, rt_as_tuple(t)->items[1], &l->rlim_max);
    rt_decref(ts, t);
    return r;
}
static int which_arg(struct rt_thread *ts, rt_value v, int *which)
{
    *which = rt_as_int(ts, v);
    if (rt_pending(ts))
        return -1;
    if (*which < 0 || *which >= RLIM_NLIMITS) {
        rt_raise(ts, &rt_exc_ValueError, "invalid resource specified");
        return -1;
    }
    return 0;
}
static rt_value set_error(struct rt_thread *ts)
{
    if (errno == EINVAL)
        return rt_raise(ts, &rt_exc_ValueError, "current limit exceeds maximum limit");
    if (errno == EPERM)
        return rt_raise(ts, &rt_exc_ValueError, "not allowed to raise maximum limit");
    return rt_os_error(ts);
}
static rt_value r_getrlimit(struct rt_thread *ts, rt_value self, rt_value v)
{
    struct rlimit l;
    int which;
    if (which_arg(ts, v, &which) < 0)
        return RT_NULL;
    return getrlimit(which, &l) < 0 ? rt_os_error(ts) : limit_pair(ts, &l);
}
static rt_value r_setrlimit(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    struct rlimit l;
    int which;
    if (rt_args_count(ts, "setrlimit", n, 2, 2) < 0 || which_arg(ts, a[0], &which) < 0 || limit_arg(ts, a[1], &l) < 0)
        return RT_NULL;
    if (rt_audit(ts, "resource.setrlimit", "iO", which, a[1]) < 0)
        return RT_NULL;
    return setrlimit(which, &l) < 0 ? set_error(ts) : RT_NONE;
}
static rt_value r_prlimit(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    struct rlimit old, l;
    int which;
    if (rt_args_count(ts, "prlimit", n, 2, 3) < 0)
        return RT_NULL;
    int pid = rt_as_int(ts, a[0]);
    if (rt_pending(ts) || which_arg(ts, a[1], &which) < 0)
        return RT_NULL;
    bool set = n > 2 && !rt_is_none(a[2]);
    if (set && limit_arg(ts, a[2], &l) < 0)
        return RT_NULL;
    if (rt_audit(ts, "resource.prlimit", "iiO", pid, which, n > 2 ? a[2] : RT_NULL) < 0)
        return RT_NULL;
    if (prlimit(pid, which, set ? &l : NULL, &old) < 0)
        return errno == EINVAL ? set_error(ts) : rt_os_error(ts);
    return limit_pair(ts, &old);
}
static rt_value r_getpagesize(struct rt_thread *ts, rt_value self) { return rt_int_imm(sysconf(_SC_PAGESIZE)); }

#define C(n) {#n, n}
static const struct rt_posix_const consts[] = {
    C(RLIMIT_CPU), C(RLIMIT_FSIZE), C(RLIMIT_DATA), C(RLIMIT_STACK), C(RLIMIT_CORE), C(RLIMIT_NOFILE), C(RLIMIT_OFILE),
    C(RLIMIT_AS), C(RLIMIT_RSS), C(RLIMIT_NPROC), C(RLIMIT_MEMLOCK), C(RLIMIT_MSGQUEUE), C(RLIMIT_NICE), C(RLIMIT_RTPRIO),
    C(RLIMIT_RTTIME), C(RLIMIT_SIGPENDING), C(RUSAGE_SELF), C(RUSAGE_CHILDREN), C(RUSAGE_THREAD), {"RLIM_INFINITY", -1}, {NULL, 0}};
static int exec(struct rt_thread *ts, rt_value m)
{
    if (rt_structseq_ready(ts, &usage_type, &usage_desc) < 0 || rt_module_add_type(ts, m, &usage_type) < 0 || rt_os_constants(ts, m, consts) < 0)
        return -1;
    return rt_module_add(ts, m, "error", rt_type_value(&rt_exc_OSError));
}
static const struct rt_method_def methods[] = {
    {"getrusage", r_getrusage, RT_METH_O, "getrusage($module, who, /)\n--\n\n"},
    {"getrlimit", r_getrlimit, RT_METH_O, "getrlimit($module, resource, /)\n--\n\n"},
    {"setrlimit", r_setrlimit, RT_METH_FAST, "setrlimit($module, resource, limits, /)\n--\n\n"},
    {"prlimit", r_prlimit, RT_METH_FAST, "prlimit(pid, resource, [limits])"},
    {"getpagesize", r_getpagesize, RT_METH_NOARGS, "getpagesize($module, /)\n--\n\n"},
    {0},
};
const struct rt_module_def rt_module_resource = {.name = "resource", .methods = methods, .exec = exec};
