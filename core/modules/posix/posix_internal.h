/* SPDX-License-Identifier: MIT */
/* Shared by the files of the posix module: path arguments, blocking calls, errors. */
#ifndef RT_MODULES_POSIX_INTERNAL_H
#define RT_MODULES_POSIX_INTERNAL_H

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/object/native.h"
#include "core/object/structseq.h"
#include "core/thread/runtime.h"

/* A path argument: str, bytes, os.PathLike, or (allow_fd) an int. */
struct rt_path {
    const char *fname;  /* function, for messages */
    const char *s;      /* NULL when fd is used, or None was given */
    int fd;             /* -1 unless an int was given */
    rt_value bytes;     /* owned: holds s */
    rt_value object;    /* borrowed argument, for OSError.filename */
    bool is_bytes;      /* results are to be bytes too */
};
#define RT_AUDIT_DIR(dir) ((dir) == AT_FDCWD ? -1 : (dir)) /* as events show a dir_fd */
enum { RT_PATH_FD = 1, RT_PATH_NONE = 2 };
/* 0 or -1 with exception. v RT_NULL or None with RT_PATH_NONE: s NULL. */
int rt_path_get(struct rt_thread *ts, struct rt_path *p, const char *fname, const char *arg, rt_value v, int flags);
void rt_path_drop(struct rt_thread *ts, struct rt_path *p);
rt_value rt_path_error(struct rt_thread *ts, struct rt_path *p); /* OSError of errno; drops p */
rt_value rt_path_result(struct rt_thread *ts, const struct rt_path *like, const char *s, size_t n); /* str or bytes */
int rt_dir_fd(struct rt_thread *ts, rt_value v, int *fd);        /* None: AT_FDCWD */
int rt_fd_arg(struct rt_thread *ts, rt_value v);                  /* int or object with fileno(); -1 with exception */

/* Run a blocking call detached; on EINTR serve signals and repeat. res gets the result. */
#define RT_BLOCKING(ts, res, call)                          \
    do {                                                    \
        rt_detach(ts, RT_DETACH_IO);                        \
        res = (call);                                       \
        rt_attach(ts);                                      \
    } while (res < 0 && errno == EINTR && rt_posix_eintr(ts) == 0)
/* [attached; raises] OSError of errno, unless a handler of a signal has raised. */
RT_INLINE rt_value rt_posix_error(struct rt_thread *ts)
{
    return rt_pending(ts) ? RT_NULL : rt_raise_errno(ts, &rt_exc_OSError, RT_NULL);
}
/* What a system call returned, as an int; below 0: rt_posix_error. */
RT_INLINE rt_value rt_posix_number(struct rt_thread *ts, int64_t r)
{
    return r < 0 ? rt_posix_error(ts) : rt_int_from_i64(ts, r);
}
/* The same with None for success. */
RT_INLINE rt_value rt_posix_status(struct rt_thread *ts, int64_t r) { return r < 0 ? rt_posix_error(ts) : RT_NONE; }
/* [attached; py; raises] Exactly `want` ints into out; 0 or -1. */
RT_INLINE int rt_posix_ints(struct rt_thread *ts, const char *fname, const rt_value *a, uint32_t n, uint32_t want,
                            int64_t *out)
{
    if (rt_args_count(ts, fname, n, want, want) < 0)
        return -1;
    for (uint32_t i = 0; i < want; i++) {
        out[i] = rt_as_i64(ts, a[i]);
        if (rt_pending(ts))
            return -1;
    }
    return 0;
}
/* A function of `want` ints v[0].. (4 at most) that makes one system call, expr; result: rt_posix_status or
   rt_posix_number. */
#define RT_POSIX_INTS(fn, name, want, result, expr) RT_POSIX_INTS_UNLESS(fn, name, want, result, 0, expr)
/* The same; if `refused` is true an audit hook has raised. */
#define RT_POSIX_INTS_UNLESS(fn, name, want, result, refused, expr)                            \
    static rt_value fn(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)     \
    {                                                                                          \
        int64_t v[4] = {0}, r;                                                                 \
        if (rt_posix_ints(ts, name, a, n, want, v) < 0 || (refused))                           \
            return RT_NULL;                                                                    \
        RT_BLOCKING(ts, r, expr);                                                              \
        return result(ts, r);                                                                  \
    }
/* The same for arguments that have names: RT_METH_KW. */
#define RT_POSIX_NAMED(fn, name, want, result, expr, ...) RT_POSIX_NAMED_UNLESS(fn, name, want, result, 0, expr, __VA_ARGS__)
#define RT_POSIX_NAMED_UNLESS(fn, name, want, result, refused, expr, ...)                                    \
    static rt_value fn(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)      \
    {                                                                                                        \
        static const char *const names[] = {__VA_ARGS__, NULL};                                              \
        static const struct rt_argspec spec = {name, names, 0, want, want, want};                            \
        rt_value given[want];                                                                                \
        int64_t v[4] = {0}, r;                                                                               \
        if (rt_args(ts, &spec, a, n, kw, given) < 0 || rt_posix_ints(ts, name, given, want, want, v) < 0 || (refused)) \
            return RT_NULL;                                                                                  \
        RT_BLOCKING(ts, r, expr);                                                                            \
        return result(ts, r);                                                                                \
    }
/* The same for a file: a descriptor, or what has fileno(). */
#define RT_POSIX_FD(fn, name, call) RT_POSIX_FD_UNLESS(fn, name, 0, call)
#define RT_POSIX_FD_UNLESS(fn, name, refused, call)                                                          \
    static rt_value fn(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)      \
    {                                                                                                        \
        static const char *const names[] = {"fd", NULL};                                                     \
        static const struct rt_argspec spec = {name, names, 0, 1, 1, 1};                                     \
        rt_value v[1];                                                                                       \
        int64_t r, fd = rt_args(ts, &spec, a, n, kw, v) < 0 ? -1 : rt_fd_arg(ts, v[0]);                      \
        if (fd < 0 || (refused))                                                                             \
            return RT_NULL;                                                                                  \
        RT_BLOCKING(ts, r, call((int)fd));                                                                   \
        return rt_posix_status(ts, r);                                                                       \
    }
/* [attached; raises] A user or group id, -1 included; what is "uid" or "gid". 0 or -1. */
int rt_posix_id(struct rt_thread *ts, rt_value v, const char *what, id_t *out);
/* RT_POSIX_INTS for user or group ids. */
#define RT_POSIX_IDS(fn, name, want, what, expr)                                               \
    static rt_value fn(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)     \
    {                                                                                          \
        id_t v[3];                                                                             \
        if (rt_args_count(ts, name, n, want, want) < 0)                                        \
            return RT_NULL;                                                                    \
        for (uint32_t i = 0; i < want; i++)                                                    \
            if (rt_posix_id(ts, a[i], what, &v[i]) < 0)                                        \
                return RT_NULL;                                                                \
        return rt_posix_status(ts, expr);                                                      \
    }
/* [attached; py; new ref; raises] readv or writev of a sequence of buffers; with an offset preadv2 or pwritev2 (more.c). */
rt_value rt_posix_vectored(struct rt_thread *ts, const char *fname, int fd, rt_value buffers, bool writing,
                           const int64_t *offset, int flags);
int rt_posix_eintr(struct rt_thread *ts); /* 0: try again; -1: a handler raised. errno stays EINTR */

/* Python's hooks around fork (os.register_at_fork). py */
void rt_posix_before_fork(struct rt_thread *ts);
void rt_posix_after_fork(struct rt_thread *ts, bool child);

/* fork() as os.fork does it, hooks and all; -1 with errno. */
pid_t rt_posix_fork(struct rt_thread *ts);
/* argv and envp of exec and spawn, from a sequence and a mapping; NULL with an exception. */
char **rt_posix_argv(struct rt_thread *ts, rt_value seq);
char **rt_posix_envp(struct rt_thread *ts, rt_value env);
void rt_posix_free_vector(char **v);

rt_value rt_posix_stat_result(struct rt_thread *ts, const struct stat *st);
struct rt_posix_const { const char *name; int64_t value; };
extern const struct rt_posix_const rt_posix_constants[];
extern const struct rt_method_def rt_posix_files[], rt_posix_process[], rt_posix_more[], rt_posix_system[], rt_posix_spawn[];
int rt_posix_system_ready(struct rt_thread *ts, rt_value module);
int rt_posix_more_ready(struct rt_thread *ts, rt_value module);
int rt_posix_types_ready(struct rt_thread *ts, rt_value module);
rt_value rt_posix_scandir(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw);

#endif
