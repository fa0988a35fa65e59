/* SPDX-License-Identifier: MIT */
/*
 * syslog: messages to the system's logger. The C library keeps the ident's pointer for the whole process,
 * so the text is kept too, under a lock, until closelog() or the next openlog().
 */
#include <pthread.h>
#include <syslog.h>

#include "core/modules/os/os_util.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards what follows; the log is the process's */
static char *ident;
static bool is_open;

/* The program's name, after the last slash of sys.argv[0]; raw memory or NULL. */
static char *program_name(struct rt_thread *ts)
{
    rt_value argv = rt_sys_get(ts, "argv"), first = RT_NULL;
    char *r = NULL;
    if (!rt_is_null(argv) && rt_is_list(argv))
        first = rt_list_get(ts, argv, 0);
    const char *s = !rt_is_null(first) && rt_is_str(first) ? rt_str_utf8(ts, first, NULL) : NULL;
    rt_exc_clear(ts);
    if (s) {
        const char *slash = strrchr(s, '/');
        s = slash ? slash + 1 : s;
        if (*s && (r = rt_raw_malloc(strlen(s) + 1)))
            strcpy(r, s);
    }
    rt_decref(ts, first);
    rt_decref(ts, argv);
    return r;
}
static void open_with(char *name, long option, long facility)
{
    pthread_mutex_lock(&lock);
    openlog(name, (int)option, (int)facility);
    rt_raw_free(ident);
    ident = name;
    is_open = true;
    pthread_mutex_unlock(&lock);
}
static rt_value sl_openlog(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"ident", "logoption", "facility", NULL};
    static const struct rt_argspec spec = {"openlog", names, 0, 0, 3, 3};
    rt_value v[3];
    char *name;
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    int64_t option = v[1].bits ? rt_as_i64(ts, v[1]) : 0, facility = v[2].bits && !rt_pending(ts) ? rt_as_i64(ts, v[2]) : LOG_USER;
    if (rt_pending(ts))
        return RT_NULL;
    if (v[0].bits && !rt_is_none(v[0])) {
        if (!rt_is_str(v[0]))
            return rt_raise(ts, &rt_exc_TypeError, "openlog() argument 1 must be str, not %N", v[0]);
        const char *s = rt_str_utf8_nonul(ts, v[0]);
        name = s ? rt_raw_malloc(strlen(s) + 1) : NULL;
        if (!name)
            return rt_pending(ts) ? RT_NULL : rt_raise_no_memory(ts);
        strcpy(name, s);
    } else {
        name = program_name(ts);
    }
    if (rt_audit(ts, "syslog.openlog", "sll", name, option, facility) < 0) {
        rt_raw_free(name);
        return RT_NULL;
    }
    open_with(name, option, facility);
    return RT_NONE;
}
static rt_value sl_syslog(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    if (n != 1 && n != 2)
        return rt_raise(ts, &rt_exc_TypeError, "syslog.syslog requires 1 to 2 arguments");
    int priority = n == 2 ? rt_as_int(ts, a[0]) : LOG_INFO;
    if (rt_pending(ts))
        return RT_NULL;
    if (!rt_is_str(a[n - 1]))
        return rt_raise(ts, &rt_exc_TypeError, "syslog() argument %d must be str, not %N", (int)n, a[n - 1]);
    const char *s = rt_str_utf8_nonul(ts, a[n - 1]);
    rt_value audit[2] = {rt_int_imm(priority), a[n - 1]};
    if (!s || rt_sys_audit(ts, "syslog.syslog", 2, audit) < 0)
        return RT_NULL;
    pthread_mutex_lock(&lock);
    bool open = is_open;
    pthread_mutex_unlock(&lock);
    if (!open) {
        rt_value r = sl_openlog(ts, self, NULL, 0, RT_NULL);
        if (rt_is_null(r))
            return r;
    }
    rt_value keep = rt_newref(ts, a[n - 1]);
    rt_detach(ts, RT_DETACH_IO);
    pthread_mutex_lock(&lock);
    syslog(priority, "%s", s);
    pthread_mutex_unlock(&lock);
    rt_attach(ts);
    rt_decref(ts, keep);
    return RT_NONE;
}
static rt_value sl_closelog(struct rt_thread *ts, rt_value self)
{
    if (rt_sys_audit(ts, "syslog.closelog", 0, NULL) < 0)
        return RT_NULL;
    pthread_mutex_lock(&lock);
    if (is_open)
        closelog();
    is_open = false;
    rt_raw_free(ident);
    ident = NULL;
    pthread_mutex_unlock(&lock);
    return RT_NONE;
}
static rt_value int_arg(struct rt_thread *ts, rt_value v, int64_t (*fn)(int64_t))
{
    int64_t x = rt_as_i64(ts, v);
    return rt_pending(ts) ? RT_NULL : rt_int_imm(fn(x));
}
static int64_t set_mask(int64_t m) { return setlogmask((int)m); }
/* Of a priority out of range the low bits count, as the processor's shift of an int has it. */
static int64_t mask_of(int64_t p) { return (int32_t)(1u << (p & 31)); }
static int64_t mask_upto(int64_t p) { return (int32_t)((1u << (((unsigned)p + 1) & 31)) - 1); }
static rt_value sl_setlogmask(struct rt_thread *ts, rt_value self, rt_value v)
{
    return rt_sys_audit(ts, "syslog.setlogmask", 1, &v) < 0 ? RT_NULL : int_arg(ts, v, set_mask);
}
static rt_value sl_mask(struct rt_thread *ts, rt_value self, rt_value v) { return int_arg(ts, v, mask_of); }
static rt_value sl_upto(struct rt_thread *ts, rt_value self, rt_value v) { return int_arg(ts, v, mask_upto); }
#define C(n) {#n, n},
static int exec(struct rt_thread *ts, rt_value m)
{
    static const struct rt_posix_const constants[] = {
        C(LOG_EMERG) C(LOG_ALERT) C(LOG_CRIT) C(LOG_ERR) C(LOG_WARNING) C(LOG_NOTICE) C(LOG_INFO) C(LOG_DEBUG) C(LOG_PID) C(LOG_CONS)
        C(LOG_NDELAY) C(LOG_ODELAY) C(LOG_NOWAIT) C(LOG_PERROR) C(LOG_KERN) C(LOG_USER) C(LOG_MAIL) C(LOG_DAEMON) C(LOG_AUTH)
        C(LOG_LPR) C(LOG_LOCAL0) C(LOG_LOCAL1) C(LOG_LOCAL2) C(LOG_LOCAL3) C(LOG_LOCAL4) C(LOG_LOCAL5) C(LOG_LOCAL6) C(LOG_LOCAL7)
        C(LOG_SYSLOG) C(LOG_CRON) C(LOG_UUCP) C(LOG_NEWS) C(LOG_AUTHPRIV) {NULL, 0}};
    return rt_os_constants(ts, m, constants);
}
static const struct rt_method_def methods[] = {
    {"openlog", sl_openlog, RT_METH_KW, NULL}, {"closelog", sl_closelog, RT_METH_NOARGS, NULL}, {"syslog", sl_syslog, RT_METH_FAST, NULL},
    {"setlogmask", sl_setlogmask, RT_METH_O, NULL}, {"LOG_MASK", sl_mask, RT_METH_O, NULL}, {"LOG_UPTO", sl_upto, RT_METH_O, NULL}, {NULL},
};
const struct rt_module_def rt_module_syslog = {.name = "syslog", .methods = methods, .exec = exec};
