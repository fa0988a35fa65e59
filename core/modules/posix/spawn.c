/* SPDX-License-Identifier: MIT */
/* posix: posix_spawn and posix_spawnp, their file actions and attributes. */
#include <signal.h>
#include <spawn.h>

#include "core/modules/posix/posix_internal.h"

/* What each argument became; paths of open actions must live until the call. */
struct spawn {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attr;
    bool has_actions;
    rt_value keep; /* list of bytes */
};

static int check(struct rt_thread *ts, int err)
{
    if (!err)
        return 0;
    errno = err;
    rt_raise_errno(ts, &rt_exc_OSError, RT_NULL);
    return -1;
}
static int one_action(struct rt_thread *ts, struct spawn *s, rt_value t)
{
    struct rt_tuple *a = rt_is_tuple(t) ? rt_as_tuple(t) : NULL;
    static const uint8_t want[3] = {5, 2, 3};
    int64_t x[5] = {0};
    if (!a || a->length == 0) {
        rt_raise(ts, &rt_exc_TypeError, "Each file_actions element must be a non-empty tuple");
        return -1;
    }
    int64_t what = rt_is_any_int(a->items[0]) ? rt_as_i64(ts, a->items[0]) : -1;
    if (what < 0 || what > 2) {
        rt_raise(ts, &rt_exc_TypeError, "Unknown file_actions identifier");
        return -1;
    }
    static const char *const shapes[] = {"A open file_action tuple must have 5 elements", "A close file_action tuple must have 2 elements", "A dup2 file_action tuple must have 3 elements"};
    if (a->length != want[what]) {
        rt_raise(ts, &rt_exc_TypeError, "%s", shapes[what]);
        return -1;
    }
    for (size_t i = 1; i < a->length; i++)
        if (!(what == 0 && i == 2) && ((x[i] = rt_as_i64(ts, a->items[i])), rt_pending(ts)))
            return -1;
    if (what == 1)
        return check(ts, posix_spawn_file_actions_addclose(&s->actions, (int)x[1]));
    if (what == 2)
        return check(ts, posix_spawn_file_actions_adddup2(&s->actions, (int)x[1], (int)x[2]));
    rt_value path = rt_str_fsencode(ts, a->items[2]);
    if (rt_is_null(path) || rt_list_append(ts, s->keep, path) < 0) {
        rt_decref(ts, path);
        return -1;
    }
    if (strlen(rt_as_bytes(path)->data) != rt_as_bytes(path)->length) {
        rt_decref(ts, path);
        rt_raise(ts, &rt_exc_ValueError, "embedded null byte");
        return -1;
    }
    int err = check(ts, posix_spawn_file_actions_addopen(&s->actions, (int)x[1], rt_as_bytes(path)->data, (int)x[3], (mode_t)x[4]));
    rt_decref(ts, path);
    return err;
}
static int add_actions(struct rt_thread *ts, struct spawn *s, rt_value v)
{
    if (rt_is_null(v) || rt_is_none(v))
        return 0;
    if (!rt_is_sequence(v)) {
        rt_raise(ts, &rt_exc_TypeError, "file_actions must be a sequence or None");
        return -1;
    }
    rt_value t = rt_seq_tuple(ts, v);
    if (rt_is_null(t))
        return -1;
    int err = check(ts, posix_spawn_file_actions_init(&s->actions));
    s->has_actions = !err;
    for (size_t i = 0; i < rt_as_tuple(t)->length && !err; i++)
        err = one_action(ts, s, rt_as_tuple(t)->items[i]);
    rt_decref(ts, t);
    return err;
}
static int signal_set(struct rt_thread *ts, rt_value v, sigset_t *set)
{
    rt_value t = rt_seq_tuple(ts, v);
    if (rt_is_null(t))
        return -1;
    sigemptyset(set);
    for (size_t i = 0; i < rt_as_tuple(t)->length && !rt_pending(ts); i++) {
        int64_t sig = rt_as_i64(ts, rt_as_tuple(t)->items[i]);
        if (!rt_pending(ts) && (sig < 1 || sig >= NSIG))
            rt_raise(ts, &rt_exc_ValueError, "signal number %lld out of range [1; %d]", (long long)sig, NSIG - 1);
        else if (!rt_pending(ts))
            sigaddset(set, (int)sig);
    }
    rt_decref(ts, t);
    return rt_pending(ts) ? -1 : 0;
}
/* setpgroup, resetids, setsid, setsigmask, setsigdef, scheduler */
static int set_attributes(struct rt_thread *ts, const char *fname, struct spawn *s, const rt_value *v)
{
    short flags = 0;
    sigset_t set;
    if (v[0].bits && !rt_is_none(v[0])) {
        int64_t group = rt_as_i64(ts, v[0]);
        if (rt_pending(ts) || check(ts, posix_spawnattr_setpgroup(&s->attr, (pid_t)group)) < 0)
            return -1;
        flags |= POSIX_SPAWN_SETPGROUP;
    }
    int reset = v[1].bits ? (rt_as_int(ts, v[1]) != 0 && !rt_pending(ts)) : 0;
    if (rt_pending(ts))
        return -1;
    int sid = v[2].bits && reset >= 0 ? rt_truth(ts, v[2]) : 0;
    if (reset < 0 || sid < 0)
        return -1;
    flags |= (short)((reset ? POSIX_SPAWN_RESETIDS : 0) | (sid ? POSIX_SPAWN_SETSID : 0));
    if (v[3].bits) {
        if (signal_set(ts, v[3], &set) < 0 || check(ts, posix_spawnattr_setsigmask(&s->attr, &set)) < 0)
            return -1;
        flags |= POSIX_SPAWN_SETSIGMASK;
    }
    if (v[4].bits) {
        if (signal_set(ts, v[4], &set) < 0 || check(ts, posix_spawnattr_setsigdefault(&s->attr, &set)) < 0)
            return -1;
        flags |= POSIX_SPAWN_SETSIGDEF;
    }
    if (v[5].bits && !rt_is_none(v[5])) {
        struct rt_tuple *t = rt_as_tuple(v[5]);
        if (!rt_is_tuple(v[5]) || t->length != 2) {
            rt_raise(ts, &rt_exc_TypeError, "A scheduler tuple must have two elements");
            return -1;
        }
        if (!rt_is_none(t->items[0])) {
            int policy = rt_as_int(ts, t->items[0]);
            if (rt_pending(ts) || check(ts, posix_spawnattr_setschedpolicy(&s->attr, policy)) < 0)
                return -1;
            flags |= POSIX_SPAWN_SETSCHEDULER;
        }
        rt_value priority = rt_getattr_cstr(ts, t->items[1], "sched_priority");
        if (rt_is_null(priority)) {
            rt_exc_clear(ts);
            rt_raise(ts, &rt_exc_TypeError, "must have a sched_param object");
            return -1;
        }
        struct sched_param p = {.sched_priority = rt_as_int(ts, priority)};
        rt_decref(ts, priority);
        if (rt_pending(ts) || check(ts, posix_spawnattr_setschedparam(&s->attr, &p)) < 0)
            return -1;
        flags |= POSIX_SPAWN_SETSCHEDPARAM;
    }
    return check(ts, posix_spawnattr_setflags(&s->attr, flags));
}
static rt_value spawn_with(struct rt_thread *ts, const char *fname, bool search, const rt_value *v, struct rt_path *p)
{
    struct spawn s = {.keep = rt_list_new(ts, 0)};
    rt_value r = RT_NULL;
    pid_t pid;
    posix_spawnattr_init(&s.attr);
    char **argv = rt_posix_argv(ts, v[1]), **envp = argv ? rt_posix_envp(ts, v[2]) : NULL;
    if (argv && !argv[0][0])
        rt_raise(ts, &rt_exc_ValueError, "%s: argv first element cannot be empty", fname);
    else if (envp && rt_audit(ts, "os.posix_spawn", "OOO", v[0], v[1], v[2]) == 0 && add_actions(ts, &s, v[3]) == 0 && set_attributes(ts, fname, &s, v + 4) == 0) {
        int err = search ? posix_spawnp(&pid, p->s, s.has_actions ? &s.actions : NULL, &s.attr, argv, envp) :
                           posix_spawn(&pid, p->s, s.has_actions ? &s.actions : NULL, &s.attr, argv, envp);
        errno = err;
        r = err ? rt_raise_errno(ts, &rt_exc_OSError, v[0]) : rt_int_imm(pid);
    }
    if (s.has_actions)
        posix_spawn_file_actions_destroy(&s.actions);
    posix_spawnattr_destroy(&s.attr);
    rt_posix_free_vector(argv);
    rt_posix_free_vector(envp);
    rt_decref(ts, s.keep);
    return r;
}
static rt_value spawn_any(struct rt_thread *ts, bool search, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"path", "argv", "env", "file_actions", "setpgroup", "resetids", "setsid", "setsigmask", "setsigdef", "scheduler", NULL};
    const char *fname = search ? "posix_spawnp" : "posix_spawn";
    struct rt_argspec spec = {fname, names, 3, 3, 3, 10};
    rt_value v[10];
    struct rt_path p;
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    if (!rt_is_list(v[1]) && !rt_is_tuple(v[1]))
        return rt_raise(ts, &rt_exc_TypeError, "%s: argv must be a tuple or list", fname);
    if (rt_len(ts, v[1]) < 1)
        return rt_raise(ts, &rt_exc_ValueError, "%s: argv must not be empty", fname);
    if (!rt_is_mapping(v[2]))
        return rt_raise(ts, &rt_exc_TypeError, "%s: environment must be a mapping object", fname);
    if (rt_path_get(ts, &p, fname, "path", v[0], 0) < 0)
        return RT_NULL;
    rt_value r = spawn_with(ts, fname, search, v, &p);
    rt_path_drop(ts, &p);
    return r;
}
static rt_value px_posix_spawn(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw) { return spawn_any(ts, false, a, n, kw); }
static rt_value px_posix_spawnp(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw) { return spawn_any(ts, true, a, n, kw); }
const struct rt_method_def rt_posix_spawn[] = {
    {"posix_spawn", px_posix_spawn, RT_METH_KW, NULL}, {"posix_spawnp", px_posix_spawnp, RT_METH_KW, NULL}, {NULL},
};
