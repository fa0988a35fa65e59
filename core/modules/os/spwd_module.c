/* SPDX-License-Identifier: MIT */
/* spwd: the shadow password database. */
#include <errno.h>
#include <shadow.h>

#include "core/modules/os/os_util.h"
#include "core/sync/mutex.h"

static struct rt_type spwd_type;
static const struct rt_structseq_field fields[] = {{"sp_namp", "login name"}, {"sp_pwdp", "encrypted password"},
    {"sp_lstchg", "date of last change"}, {"sp_min", "min #days between changes"}, {"sp_max", "max #days between changes"},
    {"sp_warn", "#days before pw expires to warn user about it"}, {"sp_inact", "#days after pw expires until account is disabled"},
    {"sp_expire", "#days since 1970-01-01 when account expires"}, {"sp_flag", "reserved"}, {"sp_nam", "login name; deprecated"},
    {"sp_pwd", "encrypted password; deprecated"}, {NULL, NULL}};
static const struct rt_structseq desc = {"spwd.struct_spwd",
    "spwd.struct_spwd: Results from getsp*() routines.\n\nThis object may be accessed either as a 9-tuple of\n"
    "  (sp_namp,sp_pwdp,sp_lstchg,sp_min,sp_max,sp_warn,sp_inact,sp_expire,sp_flag)\n"
    "or via the object attributes as named in the above tuple.", fields, 9, false};

static rt_value text(struct rt_thread *ts, const char *s) { return s ? rt_str_fsdecode(ts, s, strlen(s)) : RT_NONE; }
static rt_value make(struct rt_thread *ts, const struct spwd *p)
{
    rt_value w[11] = {text(ts, p->sp_namp), text(ts, p->sp_pwdp), rt_int_imm(p->sp_lstchg), rt_int_imm(p->sp_min),
                      rt_int_imm(p->sp_max), rt_int_imm(p->sp_warn), rt_int_imm(p->sp_inact), rt_int_imm(p->sp_expire),
                      rt_int_imm((int64_t)p->sp_flag), text(ts, p->sp_namp), text(ts, p->sp_pwdp)};
    return rt_structseq_new(ts, &spwd_type, w);
}

static rt_value look_up(struct rt_thread *ts, const char *name)
{
    for (size_t size = 4096;; size *= 2) {
        struct spwd s, *r = NULL;
        char *buf = rt_raw_malloc(size);
        if (!buf)
            return rt_raise_no_memory(ts);
        rt_detach(ts, RT_DETACH_IO);
        errno = 0;
        int e = getspnam_r(name, &s, buf, size, &r);
        int why = e ? e : errno;
        rt_attach(ts);
        rt_value v = r ? make(ts, r) : RT_NULL;
        rt_raw_free(buf);
        if (r || e != ERANGE) {
            errno = why;
            return r ? v : why && why != ENOENT ? rt_raise_errno(ts, &rt_exc_OSError, RT_NULL)
                                                : rt_raise(ts, &rt_exc_KeyError, "getspnam(): name not found");
        }
    }
}

static rt_value getspnam_(struct rt_thread *ts, rt_value self, rt_value v)
{
    if (!rt_is_str(v))
        return rt_raise(ts, &rt_exc_TypeError, "getspnam() argument must be str, not %N", v);
    rt_value b = rt_str_fsencode(ts, v), r;
    if (rt_is_null(b))
        return b;
    r = strlen(rt_as_bytes(b)->data) == rt_as_bytes(b)->length ? look_up(ts, rt_as_bytes(b)->data)
                                                               : rt_raise(ts, &rt_exc_ValueError, "embedded null byte");
    rt_decref(ts, b);
    return r;
}

/* One cursor for the process: see accounts_module.c. */
static _Atomic uint8_t enum_lock;
static void enum_after_fork(void) { rt_store_relaxed(&enum_lock, 0); }
static rt_value getspall_(struct rt_thread *ts, rt_value self)
{
    rt_value l = rt_list_new(ts, 0);
    if (rt_is_null(l))
        return l;
    rt_bytelock_acquire(ts, &enum_lock, -1, 0);
    setspent();
    bool ok = true;
    for (struct spwd *p; ok && (p = getspent());) {
        rt_value v = make(ts, p);
        ok = !rt_is_null(v) && rt_list_append_steal(ts, l, v) == 0;
    }
    endspent();
    rt_bytelock_release(&enum_lock);
    if (!ok)
        rt_clear(ts, &l);
    return l;
}

static int exec(struct rt_thread *ts, rt_value m)
{
    rt_fork_at_child(enum_after_fork);
    if (rt_warn(ts, &rt_exc_DeprecationWarning, 7, "'spwd' is deprecated and slated for removal in Python 3.13") < 0)
        return -1;
    return rt_structseq_ready(ts, &spwd_type, &desc) < 0 ? -1 : rt_module_add_type(ts, m, &spwd_type);
}
static const struct rt_method_def methods[] = {
    {"getspnam", getspnam_, RT_METH_O, "getspnam($module, arg, /)\n--\n\nReturn the shadow password database entry for the given user name."},
    {"getspall", getspall_, RT_METH_NOARGS,
     "getspall($module, /)\n--\n\nReturn a list of all available shadow password database entries, in arbitrary order."},
    {NULL},
};
const struct rt_module_def rt_module_spwd = {
    .name = "spwd",
    .doc = "This module provides access to the Unix shadow password database.\n\nEntries are 9-tuples of type struct_spwd, named as in shadow.h.\n"
           "Only root may look.",
    .methods = methods, .exec = exec,
};
