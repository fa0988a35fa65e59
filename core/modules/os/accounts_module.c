/* SPDX-License-Identifier: MIT */
/* pwd and grp: the user and group databases, by their re-entrant calls, detached. */
#include <grp.h>
#include <pwd.h>

#include "core/modules/os/os_util.h"
#include "core/sync/mutex.h"

static struct rt_type passwd_type, group_type;
static const struct rt_structseq_field passwd_fields[] = {{"pw_name", "user name"}, {"pw_passwd", "password"},
    {"pw_uid", "user id"}, {"pw_gid", "group id"}, {"pw_gecos", "real name"}, {"pw_dir", "home directory"}, {"pw_shell", "shell program"}, {NULL, NULL}};
static const struct rt_structseq_field group_fields[] = {{"gr_name", "group name"}, {"gr_passwd", "password"},
    {"gr_gid", "group id"}, {"gr_mem", "group members"}, {NULL, NULL}};
static const struct rt_structseq passwd_desc = {"pwd.struct_passwd",
    "pwd.struct_passwd: Results from getpw*() routines.\n\nThis object may be accessed either as a tuple of\n  (pw_name,pw_passwd,pw_uid,pw_gid,pw_gecos,pw_dir,pw_shell)\nor via the object attributes as named in the above tuple.", passwd_fields, 7, false};
static const struct rt_structseq group_desc = {"grp.struct_group",
    "grp.struct_group: Results from getgr*() routines.\n\nThis object may be accessed either as a tuple of\n  (gr_name,gr_passwd,gr_gid,gr_mem)\nor via the object attributes as named in the above tuple.\n", group_fields, 4, false};

static rt_value text(struct rt_thread *ts, const char *s) { return s ? rt_str_fsdecode(ts, s, strlen(s)) : RT_NONE; }
static rt_value make_passwd(struct rt_thread *ts, const struct passwd *p)
{
    rt_value w[7] = {text(ts, p->pw_name), text(ts, p->pw_passwd), rt_int_imm(p->pw_uid), rt_int_imm(p->pw_gid),
                     text(ts, p->pw_gecos), text(ts, p->pw_dir), text(ts, p->pw_shell)};
    return rt_structseq_new(ts, &passwd_type, w);
}
static rt_value make_group(struct rt_thread *ts, const struct group *g)
{
    rt_value mem = rt_list_new(ts, 0);
    for (char **p = g->gr_mem; *p && !rt_is_null(mem); p++)
        rt_list_append_steal(ts, mem, text(ts, *p));
    rt_value w[4] = {text(ts, g->gr_name), text(ts, g->gr_passwd), rt_int_imm(g->gr_gid), mem};
    return rt_structseq_new(ts, &group_type, w);
}
/* One look-up by name (not NULL) or id, with a buffer as large as needed. */
static rt_value find(struct rt_thread *ts, bool group, const char *name, uint32_t id, bool *absent)
{
    struct passwd pw, *pr = NULL;
    struct group gr, *gp = NULL;
    rt_value v = RT_NULL;
    *absent = false;
    for (size_t size = 4096;; size *= 2) {
        char *buf = rt_raw_malloc(size);
        int e;
        rt_detach(ts, RT_DETACH_IO);
        if (group)
            e = name ? getgrnam_r(name, &gr, buf, size, &gp) : getgrgid_r(id, &gr, buf, size, &gp);
        else
            e = name ? getpwnam_r(name, &pw, buf, size, &pr) : getpwuid_r(id, &pw, buf, size, &pr);
        rt_attach(ts);
        if (gp)
            v = make_group(ts, gp);
        else if (pr)
            v = make_passwd(ts, pr);
        else if (e != ERANGE)
            *absent = true;
        rt_raw_free(buf);
        if (e != ERANGE)
            return v;
    }
}
static int id_arg(struct rt_thread *ts, rt_value v, const char *what, uint32_t *id)
{
    rt_value i = rt_index_check(v) ? rt_index(ts, v) : RT_NULL;
    int64_t x;
    if (rt_is_null(i)) {
        if (!rt_pending(ts))
            rt_raise(ts, &rt_exc_TypeError, "%s should be integer, not %T", what, v);
        return -1;
    }
    bool ok = rt_int_try_i64(i, &x) && x >= -1 && x <= UINT32_MAX;
    rt_decref(ts, i);
    *id = (uint32_t)x;
    return ok ? 0 : 1;
}
static rt_value by_id(struct rt_thread *ts, rt_value v, bool group)
{
    uint32_t id;
    bool absent = true;
    const char *what = group ? "gid" : "uid";
    int r = id_arg(ts, v, what, &id);
    if (r < 0)
        return RT_NULL;
    rt_value res = r ? RT_NULL : find(ts, group, NULL, id, &absent);
    if (rt_is_null(res) && absent)
        rt_raise(ts, &rt_exc_KeyError, "get%s(): %s not found%s%S", group ? "grgid" : "pwuid", what, ": ", v);
    return res;
}
static rt_value by_name(struct rt_thread *ts, rt_value v, bool group)
{
    const char *f = group ? "getgrnam" : "getpwnam";
    bool absent;
    if (!rt_is_str(v))
        return rt_raise(ts, &rt_exc_TypeError, "%s() argument must be str, not %N", f, v);
    rt_value b = rt_str_fsencode(ts, v);
    if (rt_is_null(b))
        return b;
    if (strlen(rt_as_bytes(b)->data) != rt_as_bytes(b)->length) {
        rt_decref(ts, b);
        return rt_raise(ts, &rt_exc_ValueError, "embedded null byte");
    }
    rt_value res = find(ts, group, rt_as_bytes(b)->data, 0, &absent);
    rt_decref(ts, b);
    if (rt_is_null(res) && absent)
        rt_raise(ts, &rt_exc_KeyError, "%s(): name not found: %R", f, v);
    return res;
}
static rt_value pw_uid(struct rt_thread *ts, rt_value self, rt_value v) { return by_id(ts, v, false); }
static rt_value pw_nam(struct rt_thread *ts, rt_value self, rt_value v) { return by_name(ts, v, false); }
static rt_value kw_one(struct rt_thread *ts, const char *fname, const char *arg, const rt_value *a, uint32_t n, rt_value kw)
{
    const char *const names[] = {arg, NULL};
    struct rt_argspec spec = {fname, names, 0, 1, 1, 1};
    rt_value v[1];
    return rt_args(ts, &spec, a, n, kw, v) < 0 ? RT_NULL : v[0];
}
static rt_value gr_gid(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)
{
    rt_value v = kw_one(ts, "getgrgid", "id", a, n, kw);
    return rt_is_null(v) ? v : by_id(ts, v, true);
}
static rt_value gr_nam(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)
{
    rt_value v = kw_one(ts, "getgrnam", "name", a, n, kw);
    return rt_is_null(v) ? v : by_name(ts, v, true);
}
/*
 * The enumerations share one cursor in the C library: one thread of the process at a time. The holder stays attached,
 * so that no fork happens in the middle: a child would find the library's own lock taken for ever. The lock is waited
 * for detached, and held over no Python code.
 */
static _Atomic uint8_t enum_lock;
static void enum_after_fork(void) { rt_store_relaxed(&enum_lock, 0); }

static void *next_entry(bool group) { return group ? (void *)getgrent() : (void *)getpwent(); }
static rt_value all(struct rt_thread *ts, bool group)
{
    rt_value l = rt_list_new(ts, 0);
    if (rt_is_null(l))
        return l;
    rt_bytelock_acquire(ts, &enum_lock, -1, 0);
    if (group)
        setgrent();
    else
        setpwent();
    bool ok = true;
    for (void *p; ok && (p = next_entry(group));) {
        rt_value v = group ? make_group(ts, p) : make_passwd(ts, p);
        ok = !rt_is_null(v) && rt_list_append_steal(ts, l, v) == 0;
    }
    if (group)
        endgrent();
    else
        endpwent();
    rt_bytelock_release(&enum_lock);
    if (!ok)
        rt_clear(ts, &l);
    return l;
}
static rt_value pw_all(struct rt_thread *ts, rt_value self) { return all(ts, false); }
static rt_value gr_all(struct rt_thread *ts, rt_value self) { return all(ts, true); }

static int pwd_exec(struct rt_thread *ts, rt_value m)
{
    rt_fork_at_child(enum_after_fork);
    return rt_structseq_ready(ts, &passwd_type, &passwd_desc) < 0 ? -1 : rt_module_add_type(ts, m, &passwd_type);
}
static int grp_exec(struct rt_thread *ts, rt_value m)
{
    rt_fork_at_child(enum_after_fork);
    return rt_structseq_ready(ts, &group_type, &group_desc) < 0 ? -1 : rt_module_add_type(ts, m, &group_type);
}
static const struct rt_method_def pwd_methods[] = {
    {"getpwuid", pw_uid, RT_METH_O, "getpwuid($module, uidobj, /)\n--\n\nReturn the password database entry for the given numeric user ID."},
    {"getpwnam", pw_nam, RT_METH_O, "getpwnam($module, name, /)\n--\n\nReturn the password database entry for the given user name."},
    {"getpwall", pw_all, RT_METH_NOARGS, "getpwall($module, /)\n--\n\nReturn a list of all available password database entries, in arbitrary order."},
    {0},
};
static const struct rt_method_def grp_methods[] = {
    {"getgrgid", gr_gid, RT_METH_KW, "getgrgid($module, /, id)\n--\n\nReturn the group database entry for the given numeric group ID."},
    {"getgrnam", gr_nam, RT_METH_KW, "getgrnam($module, /, name)\n--\n\nReturn the group database entry for the given group name."},
    {"getgrall", gr_all, RT_METH_NOARGS, "getgrall($module, /)\n--\n\nReturn a list of all available group entries, in arbitrary order."},
    {0},
};
const struct rt_module_def rt_module_pwd = {
    .name = "pwd",
    .doc = "This module provides access to the Unix password database.\nIt is available on all Unix versions.",
    .methods = pwd_methods, .exec = pwd_exec,
};
const struct rt_module_def rt_module_grp = {.name = "grp", .doc = "Access to the Unix group database.", .methods = grp_methods, .exec = grp_exec};
