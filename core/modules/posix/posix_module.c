/* SPDX-License-Identifier: MIT */
/* The posix module: result types, environ, constants, DirEntry. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include "core/modules/posix/posix_internal.h"
#include "core/sync/mutex.h"

/* ---- stat_result ---- */
static struct rt_type stat_type, terminal_type;
static const struct rt_structseq_field stat_fields[] = {
    {"st_mode", "protection bits"}, {"st_ino", "inode"}, {"st_dev", "device"}, {"st_nlink", "number of hard links"},
    {"st_uid", "user ID of owner"}, {"st_gid", "group ID of owner"}, {"st_size", "total size, in bytes"},
    {"unnamed field", NULL}, {"unnamed field", NULL}, {"unnamed field", NULL}, {"st_atime", "time of last access", 7},
    {"st_mtime", "time of last modification", 8}, {"st_ctime", "time of last change", 9},
    {"st_atime_ns", "time of last access in nanoseconds"}, {"st_mtime_ns", "time of last modification in nanoseconds"},
    {"st_ctime_ns", "time of last change in nanoseconds"}, {"st_blksize", "blocksize for filesystem I/O"},
    {"st_blocks", "number of blocks allocated"}, {"st_rdev", "device type (if inode device)"}, {NULL, NULL}};
static const struct rt_structseq stat_desc = {
    "os.stat_result",
    "stat_result: Result from stat, fstat, or lstat.\n\nThis object may be accessed either as a tuple of\n  (mode, ino, dev, nlink, uid, gid, size, atime, mtime, ctime)\nor via the attributes st_mode, st_ino, st_dev, st_nlink, st_uid, and so on.",
    stat_fields, 10, false};
static const struct rt_structseq_field terminal_fields[] = {{"columns", "width of the terminal window in characters"},
    {"lines", "height of the terminal window in characters"}, {NULL, NULL}};
static const struct rt_structseq terminal_desc = {"os.terminal_size", "A tuple of (columns, lines) for holding terminal window size", terminal_fields, 2, false};

static rt_value seconds(struct rt_thread *ts, struct timespec t) { return rt_float_new(ts, (double)t.tv_sec + 1e-9 * (double)t.tv_nsec); }
static rt_value nanoseconds(struct rt_thread *ts, struct timespec t) { return rt_int_from_i64(ts, t.tv_sec * 1000000000ll + t.tv_nsec); }

rt_value rt_posix_stat_result(struct rt_thread *ts, const struct stat *st)
{
    rt_value w[19] = {
        rt_int_imm(st->st_mode), rt_int_from_u64(ts, st->st_ino), rt_int_from_u64(ts, st->st_dev), rt_int_from_u64(ts, st->st_nlink),
        rt_int_imm(st->st_uid), rt_int_imm(st->st_gid), rt_int_from_i64(ts, st->st_size), rt_int_imm(st->st_atim.tv_sec),
        rt_int_imm(st->st_mtim.tv_sec), rt_int_imm(st->st_ctim.tv_sec), seconds(ts, st->st_atim), seconds(ts, st->st_mtim),
        seconds(ts, st->st_ctim), nanoseconds(ts, st->st_atim), nanoseconds(ts, st->st_mtim), nanoseconds(ts, st->st_ctim),
        rt_int_imm(st->st_blksize), rt_int_imm(st->st_blocks), rt_int_from_u64(ts, st->st_rdev)};
    return rt_structseq_new(ts, &stat_type, w);
}

/* ---- scandir ---- */
struct entry {
    struct rt_object hdr;
    rt_value name, path;
    rt_slot stat, lstat;
    unsigned char d_type;
    ino_t ino;
    int dir_fd; /* -1: path is used */
};
struct scan {
    struct rt_object hdr;
    _Atomic(DIR *) dir;   /* NULL: closed */
    _Atomic uint8_t lock; /* held while an entry is read, and while dir is taken away */
    rt_value path;
    struct rt_path like;
    int fd;
};
static struct rt_type entry_type, scan_type;
#define ENT(v) ((struct entry *)rt_ptr(v))
#define SCAN(v) ((struct scan *)rt_ptr(v))

static rt_value entry_stat_of(struct rt_thread *ts, rt_value self, bool follow)
{
    struct entry *e = ENT(self);
    rt_slot *slot = follow ? &e->stat : &e->lstat;
    rt_value cached = rt_slot_get(ts, e, slot);
    if (cached.bits)
        return cached;
    if (follow && e->d_type != DT_LNK && e->d_type != DT_UNKNOWN) {
        cached = entry_stat_of(ts, self, false);
        if (cached.bits)
            rt_slot_set(ts, &e->stat, rt_newref(ts, cached));
        return cached;
    }
    rt_value p = e->dir_fd >= 0 ? e->name : e->path, b = rt_str_fsencode(ts, p);
    struct stat st;
    if (rt_is_null(b))
        return b;
    rt_detach(ts, RT_DETACH_IO);
    int r = fstatat(e->dir_fd >= 0 ? e->dir_fd : AT_FDCWD, rt_as_bytes(b)->data, &st, follow ? 0 : AT_SYMLINK_NOFOLLOW);
    rt_attach(ts);
    rt_decref(ts, b);
    if (r < 0)
        return rt_raise_errno(ts, &rt_exc_OSError, e->path);
    cached = rt_posix_stat_result(ts, &st);
    if (cached.bits)
        rt_slot_set(ts, slot, rt_newref(ts, cached));
    return cached;
}
static int follow_arg(struct rt_thread *ts, const char *fname, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"follow_symlinks", NULL};
    struct rt_argspec spec = {fname, names, 0, 0, 0, 1};
    rt_value v[1];
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return -1;
    return v[0].bits ? rt_truth(ts, v[0]) : 1;
}
static rt_value entry_stat(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    int f = follow_arg(ts, "stat", args, n, kw);
    return f < 0 ? RT_NULL : entry_stat_of(ts, self, f);
}
static rt_value entry_mode_is(struct rt_thread *ts, rt_value self, int follow, mode_t want, unsigned char dt)
{
    struct entry *e = ENT(self);
    bool link = e->d_type == DT_LNK;
    if (e->d_type != DT_UNKNOWN && !(follow && link))
        return rt_bool(e->d_type == dt);
    rt_value st = entry_stat_of(ts, self, follow);
    if (rt_is_null(st))
        return rt_exc_clear_if(ts, &rt_exc_FileNotFoundError) ? RT_FALSE : RT_NULL;
    mode_t mode = (mode_t)rt_int_get(rt_as_tuple(st)->items[0]);
    rt_decref(ts, st);
    return rt_bool((mode & S_IFMT) == want);
}
static rt_value entry_is_dir(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    int f = follow_arg(ts, "is_dir", args, n, kw);
    return f < 0 ? RT_NULL : entry_mode_is(ts, self, f, S_IFDIR, DT_DIR);
}
static rt_value entry_is_file(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    int f = follow_arg(ts, "is_file", args, n, kw);
    return f < 0 ? RT_NULL : entry_mode_is(ts, self, f, S_IFREG, DT_REG);
}
static rt_value entry_is_symlink(struct rt_thread *ts, rt_value self) { return entry_mode_is(ts, self, 0, S_IFLNK, DT_LNK); }
static rt_value entry_inode(struct rt_thread *ts, rt_value self) { return rt_int_from_u64(ts, ENT(self)->ino); }
static rt_value entry_fspath(struct rt_thread *ts, rt_value self) { return rt_newref(ts, ENT(self)->path); }
static rt_value entry_name(struct rt_thread *ts, rt_value self, void *c) { return rt_newref(ts, c ? ENT(self)->path : ENT(self)->name); }
static rt_value entry_repr(struct rt_thread *ts, rt_value self) { return rt_str_format(ts, "<DirEntry %R>", ENT(self)->name); }
static void entry_clear(struct rt_thread *ts, struct rt_object *o)
{
    struct entry *e = (struct entry *)o;
    rt_clear(ts, &e->name);
    rt_clear(ts, &e->path);
    rt_slot_set(ts, &e->stat, RT_NULL);
    rt_slot_set(ts, &e->lstat, RT_NULL);
}
static const struct rt_method_def entry_methods[] = {
    {"is_dir", entry_is_dir, RT_METH_KW, "is_dir($self, /, *, follow_symlinks=True)\n--\n\nReturn True if the entry is a directory; cached per entry."},
    {"is_file", entry_is_file, RT_METH_KW, "is_file($self, /, *, follow_symlinks=True)\n--\n\nReturn True if the entry is a file; cached per entry."},
    {"is_symlink", entry_is_symlink, RT_METH_NOARGS, "is_symlink($self, /)\n--\n\nReturn True if the entry is a symbolic link; cached per entry."},
    {"stat", entry_stat, RT_METH_KW, "stat($self, /, *, follow_symlinks=True)\n--\n\nReturn stat_result object for the entry; cached per entry."},
    {"inode", entry_inode, RT_METH_NOARGS, "inode($self, /)\n--\n\nReturn inode of the entry; cached per entry."},
    {"__fspath__", entry_fspath, RT_METH_NOARGS, "__fspath__($self, /)\n--\n\nReturns the path for the entry."},
    {"__class_getitem__", rt_class_getitem, RT_METH_O | RT_METH_CLASS, "See PEP 585"},
    {NULL},
};
static const struct rt_getset_def entry_getset[] = {
    {"name", entry_name, NULL, "the entry's base filename, relative to scandir() \"path\" argument", NULL},
    {"path", entry_name, NULL, "the entry's full path name; equivalent to os.path.join(scandir_path, entry.name)", (void *)1},
    {NULL},
};
static struct rt_type entry_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "posix.DirEntry", .flags = RT_TF_NO_NEW, .basic_size = sizeof(struct entry),
    .clear = entry_clear, .repr = entry_repr, .methods = entry_methods, .getset = entry_getset,
};

static void scan_lock(struct rt_thread *ts, struct scan *s)
{
    if (!rt_bytelock_try(&s->lock))
        rt_bytelock_acquire(ts, &s->lock, -1, 0);
}
static void scan_close(struct rt_thread *ts, struct scan *s)
{
    scan_lock(ts, s);
    DIR *d = rt_xchg_acq_rel(&s->dir, NULL);
    rt_bytelock_release(&s->lock);
    if (!d)
        return;
    rt_detach(ts, RT_DETACH_IO);
    if (s->fd >= 0)
        rewinddir(d);
    closedir(d);
    rt_attach(ts);
}
static rt_value entry_new(struct rt_thread *ts, struct scan *s, const struct dirent *d)
{
    struct entry *e = rt_object_new(ts, &entry_type, sizeof(*e));
    size_t len = strlen(d->d_name);
    if (!e)
        return RT_NULL;
    memset((char *)e + sizeof(struct rt_object), 0, sizeof(*e) - sizeof(struct rt_object));
    e->d_type = d->d_type;
    e->ino = d->d_ino;
    e->dir_fd = s->fd;
    e->name = rt_path_result(ts, &s->like, d->d_name, len);
    if (s->fd >= 0) {
        e->path = rt_newref(ts, e->name);
    } else {
        size_t base = strlen(s->like.s);
        char *full = rt_raw_malloc(base + len + 2);
        memcpy(full, s->like.s, base);
        if (base && full[base - 1] != '/')
            full[base++] = '/';
        memcpy(full + base, d->d_name, len);
        e->path = rt_path_result(ts, &s->like, full, base + len);
        rt_raw_free(full);
    }
    if (rt_is_null(e->name) || rt_is_null(e->path)) {
        rt_decref(ts, rt_own(e));
        return RT_NULL;
    }
    return rt_own(e);
}
static rt_value scan_next(struct rt_thread *ts, rt_value self)
{
    struct scan *s = SCAN(self);
    for (;;) {
        struct dirent *d = NULL, copy;
        scan_lock(ts, s);
        DIR *dir = rt_load_acquire(&s->dir);
        errno = 0;
        if (dir && (d = readdir(dir)) != NULL)
            copy = *d;
        int e = errno;
        rt_bytelock_release(&s->lock);
        if (!dir)
            return RT_STOP;
        if (!d) {
            scan_close(ts, s);
            errno = e;
            return e ? rt_raise_errno(ts, &rt_exc_OSError, s->path) : RT_STOP;
        }
        if (copy.d_name[0] == '.' && (!copy.d_name[1] || (copy.d_name[1] == '.' && !copy.d_name[2])))
            continue;
        return entry_new(ts, s, &copy);
    }
}
static rt_value scan_self(struct rt_thread *ts, rt_value self) { return rt_newref(ts, self); }
static rt_value scan_do_close(struct rt_thread *ts, rt_value self)
{
    scan_close(ts, SCAN(self));
    return RT_NONE;
}
static rt_value scan_exit(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n) { return scan_do_close(ts, self); }
static void scan_finalize(struct rt_thread *ts, rt_value self)
{
    if (rt_load_acquire(&SCAN(self)->dir)) {
        rt_value pending = rt_exc_take(ts);
        if (rt_warn_resource(ts, self, "unclosed scandir iterator %R", self) < 0)
            rt_write_unraisable(ts, self);
        scan_close(ts, SCAN(self));
        if (pending.bits)
            rt_exc_put(ts, pending);
    }
}
static void scan_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    struct scan *s = (struct scan *)o;
    scan_close(ts, s);
    rt_path_drop(ts, &s->like);
    rt_clear(ts, &s->path);
}
static const struct rt_method_def scan_methods[] = {
    {"__enter__", scan_self, RT_METH_NOARGS, NULL}, {"__exit__", scan_exit, RT_METH_FAST, NULL},
    {"close", scan_do_close, RT_METH_NOARGS, NULL}, {NULL},
};
static struct rt_type scan_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "posix.ScandirIterator", .flags = RT_TF_NO_NEW, .basic_size = sizeof(struct scan),
    .dealloc = scan_dealloc, .finalize = scan_finalize, .iter = scan_self, .iternext = scan_next, .methods = scan_methods,
};
rt_value rt_posix_scandir(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"path", NULL};
    static const struct rt_argspec spec = {"scandir", names, 0, 0, 1, 1};
    rt_value v[1];
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    struct scan *s = rt_object_new(ts, &scan_type, sizeof(*s));
    if (!s)
        return RT_NULL;
    memset((char *)s + sizeof(struct rt_object), 0, sizeof(*s) - sizeof(struct rt_object));
    rt_value audit = v[0].bits ? v[0] : RT_NONE;
    if (rt_path_get(ts, &s->like, "scandir", "path", v[0], RT_PATH_FD | RT_PATH_NONE) < 0 || rt_sys_audit(ts, "os.scandir", 1, &audit) < 0) {
        rt_decref(ts, rt_own(s));
        return RT_NULL;
    }
    s->like.object = RT_NULL;
    s->path = v[0].bits ? rt_newref(ts, v[0]) : RT_NONE;
    s->fd = s->like.fd;
    if (s->fd < 0 && !s->like.s) {
        s->like.bytes = rt_bytes_new(ts, ".", 1);
        s->like.s = rt_as_bytes(s->like.bytes)->data;
    }
    DIR *d;
    rt_detach(ts, RT_DETACH_IO);
    if (s->fd >= 0) {
        int copy = fcntl(s->fd, F_DUPFD_CLOEXEC, 0);
        d = copy < 0 ? NULL : fdopendir(copy);
    } else {
        d = opendir(s->like.s);
    }
    rt_attach(ts);
    rt_store_release(&s->dir, d);
    if (!d) {
        rt_raise_errno(ts, &rt_exc_OSError, v[0].bits ? v[0] : RT_NULL);
        rt_decref(ts, rt_own(s));
        return RT_NULL;
    }
    return rt_own(s);
}

/* ---- the module ---- */
extern char **environ;
static rt_value make_environ(struct rt_thread *ts)
{
    rt_value d = rt_dict_new(ts);
    for (char **e = environ; d.bits && e && *e; e++) {
        const char *eq = strchr(*e, '=');
        if (!eq)
            continue;
        rt_value k = rt_bytes_new(ts, *e, (size_t)(eq - *e)), v = rt_bytes_new(ts, eq + 1, strlen(eq + 1));
        if (rt_dict_contains(ts, d, k) == 0)
            rt_dict_set(ts, d, k, v);
        rt_decref(ts, k);
        rt_decref(ts, v);
    }
    return d;
}

int rt_posix_types_ready(struct rt_thread *ts, rt_value m)
{
    if (rt_structseq_ready(ts, &stat_type, &stat_desc) < 0 || rt_structseq_ready(ts, &terminal_type, &terminal_desc) < 0 ||
        rt_type_ready(ts, &scan_type) < 0)
        return -1;
    rt_module_add_type(ts, m, &entry_type);
    rt_module_add_type(ts, m, &stat_type);
    return rt_module_add_type(ts, m, &terminal_type);
}

static int posix_exec(struct rt_thread *ts, rt_value m)
{
    static const char *const have[] = {"HAVE_FACCESSAT", "HAVE_FCHDIR", "HAVE_FCHMOD", "HAVE_FCHMODAT", "HAVE_FCHOWN",
        "HAVE_FCHOWNAT", "HAVE_FDOPENDIR", "HAVE_FEXECVE", "HAVE_FPATHCONF", "HAVE_FSTATAT", "HAVE_FSTATVFS", "HAVE_FTRUNCATE",
        "HAVE_FUTIMENS", "HAVE_LINKAT", "HAVE_LCHOWN", "HAVE_LSTAT", "HAVE_LUTIMES", "HAVE_MEMFD_CREATE", "HAVE_MKDIRAT",
        "HAVE_MKFIFOAT", "HAVE_MKNODAT", "HAVE_OPENAT", "HAVE_READLINKAT", "HAVE_RENAMEAT", "HAVE_SYMLINKAT", "HAVE_UNLINKAT",
        "HAVE_UTIMENSAT"};
    rt_value l = rt_list_new(ts, RT_COUNTOF(have)), fns = rt_list_new(ts, 8);
    for (size_t i = 0; i < RT_COUNTOF(have); i++)
        rt_list_append(ts, l, rt_str_intern_cstr(ts, have[i]));
    rt_decref(ts, fns);
    rt_module_add(ts, m, "_have_functions", l);
    rt_module_add(ts, m, "environ", make_environ(ts));
    rt_module_add(ts, m, "error", rt_type_value(&rt_exc_OSError));
    for (const struct rt_posix_const *c = rt_posix_constants; c->name; c++)
        rt_module_add_int(ts, m, c->name, c->value);
    rt_value d = rt_module_dict_borrowed(m);
    const struct rt_method_def *tables[] = {rt_posix_process, rt_posix_more, rt_posix_system, rt_posix_spawn};
    for (size_t t = 0; t < RT_COUNTOF(tables); t++)
        for (const struct rt_method_def *f = tables[t]; f->name; f++) {
            rt_value fn = rt_builtin_new(ts, f, m, rt_str_intern_cstr(ts, "posix"));
            rt_dict_set_cstr(ts, d, f->name, fn);
            rt_decref(ts, fn);
        }
    return rt_posix_types_ready(ts, m) < 0 || rt_posix_system_ready(ts, m) < 0 ? -1 : rt_posix_more_ready(ts, m);
}
const struct rt_module_def rt_module_posix = {
    .name = "posix",
    .doc = "This module provides access to operating system functionality that is\nstandardized by the C Standard and the POSIX standard (a thinly\ndisguised Unix interface).  Refer to the library manual and\ncorresponding Unix manual entries for more information on calls.",
    .methods = rt_posix_files, .exec = posix_exec,
};
