/* SPDX-License-Identifier: MIT */
/*
 * Start and end of the process, in order:
 *   backend; interpreter; thread; static types; sys; builtins; importlib; encodings; streams; signals; site
 * and backwards: threads joined; atexit; streams flushed; modules cleared; interpreter; backend.
 */
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/hash.h"
#include "core/base/options.h"
#include "core/builtins/builtins.h"
#include "core/builtins/sys.h"
#include "core/eval/eval_internal.h"
#include "core/seam/config.h"
#include "core/main/startup.h"
#include "core/object/instance.h"
#include "alloc/heap.h"
#include "core/thread/runtime.h"
#include "gc/gc.h"

/* The key of str and bytes hashes: from PYTHONHASHSEED, else from the kernel. */
static void init_hash_key(const struct rt_config *c)
{
    struct rt_hash_key key = {0};
    if (c->hash_seed_set)
        rt_hash_key_from_seed((uint32_t)c->hash_seed, &key);
    else if (c->hash_randomize && !rt_hash_key_random(&key))
        rt_hash_key_from_seed((uint32_t)getpid(), &key);
    rt_runtime.hash_key[0] = key.k0;
    rt_runtime.hash_key[1] = key.k1;
    rt_runtime.hash_randomized = c->hash_randomize;
}

struct rt_thread *rt_startup_process(const struct rt_config *config)
{
    rt_stress_init();
    rt_runtime_init(config->backend, config);
    init_hash_key(config);
    rt_bytes_warning = config->bytes_warning;
    struct rt_interp *in = rt_interp_new();
    struct rt_thread *ts = in ? rt_thread_new(in) : NULL;
    if (!ts) {
        fputs("pyrt: not enough memory to start\n", stderr);
        return NULL;
    }
    rt_runtime.main = in;
    in->main_thread = ts;
    ts->is_main = true;
    rt_store_relaxed(&in->int_max_str_digits, config->int_max_str_digits < 0 ? 4300 : (uint32_t)config->int_max_str_digits);
    rt_thread_bind(ts);
    rt_attach(ts);
    rt_eval_init();
    rt_object_init_early(ts);
    rt_str_init(ts);
    rt_async_gen_init(ts);
    if (rt_object_init(ts) < 0 || rt_startup_types(ts) < 0) {
        fputs("pyrt: the builtin types could not be made\n", stderr);
        return NULL;
    }
    return ts;
}

/* ---- standard streams ---- */
static const char *locale_encoding(bool *posix)
{
    const char *name = setlocale(LC_CTYPE, NULL);
    *posix = !name || !strcmp(name, "C") || !strcmp(name, "POSIX") || !strncmp(name, "C.", 2);
    const char *cs = nl_langinfo(CODESET);
    if (!cs || !*cs)
        return "utf-8";
    if (!strcasecmp(cs, "ANSI_X3.4-1968"))
        return "ascii";
    return !strcasecmp(cs, "UTF-8") ? "utf-8" : cs;
}

static rt_value kwcall(struct rt_thread *ts, rt_value f, const rt_value *args, uint32_t npos, uint32_t nkw, const char *const *names)
{
    rt_value kw = rt_tuple_new(ts, nkw), r;
    for (uint32_t i = 0; i < nkw; i++)
        rt_as_tuple(kw)->items[i] = rt_str_intern_cstr(ts, names[i]);
    r = rt_call(ts, f, args, npos, kw);
    rt_decref(ts, kw);
    return r;
}

static rt_value make_stream(struct rt_thread *ts, rt_value io, int fd, const char *name, const char *enc, const char *errors)
{
    const struct rt_config *c = rt_runtime.config;
    struct stat st;
    if (fstat(fd, &st) < 0)
        return RT_NONE;
    bool writing = fd > 0, unbuffered = c->unbuffered && writing;
    rt_value open = rt_getattr_cstr(ts, io, "open"), raw, buf, text = RT_NULL, wrapper;
    static const char *const open_kw[] = {"mode", "buffering", "closefd"};
    rt_value a[4] = {rt_int_imm(fd), rt_str_intern_cstr(ts, writing ? "wb" : "rb"), rt_int_imm(unbuffered ? 0 : -1), RT_FALSE};
    buf = open.bits ? kwcall(ts, open, a, 1, 3, open_kw) : RT_NULL;
    rt_decref(ts, open);
    if (rt_is_null(buf))
        return buf;
    raw = unbuffered ? rt_newref(ts, buf) : rt_getattr_cstr(ts, buf, "raw");
    rt_value shown = rt_str_format(ts, "<%s>", name);
    if (raw.bits)
        rt_setattr_cstr(ts, raw, "name", shown);
    bool tty = isatty(fd);
    wrapper = rt_getattr_cstr(ts, io, "TextIOWrapper");
    rt_value encv = rt_str_from_cstr(ts, enc), errv = rt_str_from_cstr(ts, errors);
    static const char *const text_kw[] = {"encoding", "errors", "newline", "line_buffering", "write_through"};
    rt_value b[6] = {buf, encv, errv, rt_str_intern_cstr(ts, "\n"), rt_bool(writing && !unbuffered && (tty || fd == 2 || c->interactive)), rt_bool(unbuffered)};
    if (!writing)
        b[3] = RT_NONE;
    if (wrapper.bits && encv.bits)
        text = kwcall(ts, wrapper, b, 1, 5, text_kw);
    if (text.bits) {
        rt_value mode = rt_str_intern_cstr(ts, writing ? "w" : "r");
        if (rt_setattr_cstr(ts, text, "mode", mode) < 0)
            rt_clear(ts, &text);
    }
    rt_decref(ts, shown);
    rt_decref(ts, encv);
    rt_decref(ts, errv);
    rt_decref(ts, wrapper);
    rt_decref(ts, raw);
    rt_decref(ts, buf);
    return text;
}

/* The codec's own name for an encoding: latin1 is iso8859-1. */
static int canonical_codec_name(struct rt_thread *ts, char *enc, size_t size)
{
    rt_value name = rt_str_from_cstr(ts, enc), lookup = rt_import_attr(ts, "_codecs", "lookup"), info = RT_NULL;
    if (lookup.bits && name.bits)
        info = rt_call1(ts, lookup, name);
    rt_decref(ts, lookup);
    rt_decref(ts, name);
    name = info.bits ? rt_getattr_cstr(ts, info, "name") : RT_NULL;
    rt_decref(ts, info);
    const char *text = name.bits && rt_is_str(name) ? rt_str_utf8(ts, name, NULL) : NULL;
    if (text)
        snprintf(enc, size, "%s", text);
    rt_decref(ts, name);
    return text ? 0 : -1;
}

static int init_streams(struct rt_thread *ts)
{
    const struct rt_config *c = rt_runtime.config;
    bool posix = false;
    char enc[64], errs[64] = "";
    snprintf(enc, sizeof(enc), "%s", c->utf8_mode ? "utf-8" : locale_encoding(&posix));
    bool lenient = c->utf8_mode || posix;
    if (c->io_encoding) {
        const char *colon = strchr(c->io_encoding, ':');
        size_t n = colon ? (size_t)(colon - c->io_encoding) : strlen(c->io_encoding);
        if (n)
            snprintf(enc, sizeof(enc), "%.*s", (int)n, c->io_encoding);
        if (colon)
            snprintf(errs, sizeof(errs), "%s", colon + 1);
        if (n && !errs[0])
            snprintf(errs, sizeof(errs), "strict");
    }
    if (strcmp(enc, "utf-8") && canonical_codec_name(ts, enc, sizeof(enc)) < 0)
        return -1;
    rt_value io = rt_import(ts, "io");
    if (rt_is_null(io))
        return -1;
    rt_value open = rt_getattr_cstr(ts, io, "open"), b = rt_slot_get(ts, NULL, &ts->interp->builtins);
    if (open.bits)
        rt_dict_set_cstr(ts, b, "open", open);
    rt_decref(ts, b);
    rt_decref(ts, open);
    static const char *const names[] = {"stdin", "stdout", "stderr"}, *const saved[] = {"__stdin__", "__stdout__", "__stderr__"};
    for (int fd = 0; fd < 3; fd++) {
        const char *e = fd == 2 ? "backslashreplace" : errs[0] ? errs : lenient ? "surrogateescape" : "strict";
        rt_value f = make_stream(ts, io, fd, names[fd], enc, e);
        if (rt_is_null(f)) {
            rt_decref(ts, io);
            return -1;
        }
        rt_sys_set(ts, names[fd], f);
        rt_sys_set(ts, saved[fd], f);
        rt_decref(ts, f);
    }
    rt_decref(ts, io);
    return 0;
}

static int import_and_drop(struct rt_thread *ts, const char *name)
{
    rt_value m = rt_import(ts, name);
    rt_decref(ts, m);
    return m.bits ? 0 : -1;
}

/* ---- sys.stderr before there are streams, for -v ---- */
static rt_value early_write(struct rt_thread *ts, rt_value self, rt_value text)
{
    size_t n = 0;
    const char *s = rt_is_str(text) ? rt_str_utf8(ts, text, &n) : NULL;
    if (!s && !rt_pending(ts))
        rt_raise(ts, &rt_exc_TypeError, "write() argument must be str, not %N", text);
    if (!s)
        return RT_NULL;
    fwrite(s, 1, n, stderr);
    return rt_int_imm((int64_t)n);
}
static rt_value early_flush(struct rt_thread *ts, rt_value self)
{
    fflush(stderr);
    return RT_NONE;
}
static int make_early_stderr(struct rt_thread *ts)
{
    static const struct rt_method_def methods[] = {
        {"write", early_write, RT_METH_O, NULL}, {"flush", early_flush, RT_METH_NOARGS, NULL}, {NULL}};
    static const struct rt_module_def def = {.name = "stderrprinter", .methods = methods};
    rt_value m = rt_module_from_def(ts, &def);
    int err = m.bits ? rt_sys_set(ts, "stderr", m) : -1;
    rt_decref(ts, m);
    return err;
}

const char *rt_startup_stage;

/* Only the main interpreter's start is told about; others start in threads, at the same time. */
static void stage(struct rt_thread *ts, const char *what)
{
    if (ts->interp == rt_runtime.main)
        rt_startup_stage = what;
}

static int start_tracemalloc(struct rt_thread *ts, int frames)
{
    stage(ts, "init_interp_main: can't initialize tracemalloc");
    rt_value start = rt_import_attr(ts, "_tracemalloc", "start"), r = start.bits ? rt_call1(ts, start, rt_int_imm(frames)) : RT_NULL;
    rt_decref(ts, start);
    rt_decref(ts, r);
    return r.bits ? 0 : -1;
}

static int enable_faulthandler(struct rt_thread *ts)
{
    rt_value enable = rt_import_attr(ts, "faulthandler", "enable"), r = enable.bits ? rt_call0(ts, enable) : RT_NULL;
    rt_decref(ts, enable);
    rt_decref(ts, r);
    return r.bits ? 0 : -1;
}

int rt_startup_interp(struct rt_thread *ts, bool with_site)
{
    const struct rt_config *c = rt_runtime.config;
    stage(ts, "init_fs_encoding: failed to get the Python codec of the filesystem encoding");
    if (rt_gc_init(ts) < 0 || rt_weakref_init_interp(ts, ts->interp) < 0 || rt_sys_create(ts) < 0 || rt_builtins_create(ts) < 0 ||
        (c->verbose && make_early_stderr(ts) < 0) || rt_import_bootstrap(ts) < 0 ||
        import_and_drop(ts, "encodings") < 0)
        return -1;
    if (ts->interp == rt_runtime.main && import_and_drop(ts, "_signal") < 0)
        return -1;
    if (c->tracemalloc && ts->interp == rt_runtime.main && start_tracemalloc(ts, c->tracemalloc) < 0)
        return -1;
    stage(ts, "init_stdio_encoding: failed to get the Python codec name of the stdio encoding");
    if (init_streams(ts) < 0)
        return -1;
    stage(ts, "init_import_site: Failed to import the site module");
    if (c->faulthandler && ts->interp == rt_runtime.main && enable_faulthandler(ts) < 0)
        return -1;
    if (c->nwarnoptions && import_and_drop(ts, "warnings") < 0)
        rt_exc_clear(ts);
    rt_value name = RT_ID(__main__), m = rt_module_new(ts, name), mods = rt_slot_get(ts, NULL, &ts->interp->modules);
    rt_value d = rt_module_dict_borrowed(m), b = rt_dict_get(ts, mods, RT_ID(builtins));
    rt_value lib = rt_slot_get(ts, NULL, &ts->interp->importlib), loader = rt_getattr_cstr(ts, lib, "BuiltinImporter");
    rt_dict_set(ts, d, RT_ID(__loader__), loader);
    rt_value ann = rt_dict_new(ts);
    rt_dict_set(ts, d, RT_ID(__annotations__), ann);
    rt_dict_set(ts, d, RT_ID(__builtins__), b);
    rt_decref(ts, ann);
    rt_decref(ts, loader);
    rt_decref(ts, lib);
    int err = rt_dict_set(ts, mods, name, m);
    rt_decref(ts, b);
    rt_decref(ts, m);
    rt_decref(ts, mods);
    if (err < 0)
        return -1;
    return with_site && !c->no_site ? import_and_drop(ts, "site") : 0;
}

/* ---- the end ---- */
static void wait_for_threads(struct rt_thread *ts)
{
    rt_value mods = rt_slot_get(ts, NULL, &ts->interp->modules), t = rt_dict_get_cstr(ts, mods, "threading"), r;
    rt_decref(ts, mods);
    if (rt_is_null(t)) {
        rt_exc_clear(ts);
        return;
    }
    r = rt_call_method(ts, t, "_shutdown", NULL, 0);
    if (rt_is_null(r))
        rt_write_unraisable(ts, t);
    rt_decref(ts, r);
    rt_decref(ts, t);
}

static bool is_closed(struct rt_thread *ts, rt_value f)
{
    rt_value c = rt_getattr_opt_cstr(ts, f, "closed");
    int t = c.bits ? rt_truth(ts, c) : 0;
    rt_exc_clear(ts);
    rt_decref(ts, c);
    return t > 0;
}

void rt_flush_std(struct rt_thread *ts, int *status)
{
    const char *names[] = {"stdout", "stderr"};
    for (int i = 0; i < 2; i++) {
        rt_value f = rt_sys_get(ts, names[i]), r;
        if (rt_is_null(f) || rt_is_none(f) || is_closed(ts, f)) {
            rt_decref(ts, f);
            continue;
        }
        r = rt_call_method(ts, f, "flush", NULL, 0);
        if (rt_is_null(r)) {
            if (i == 0)
                rt_write_unraisable(ts, f);
            if (status)
                *status = 120;
            rt_exc_clear(ts);
        }
        rt_decref(ts, r);
        rt_decref(ts, f);
    }
}

/* What the program put in place of the standard streams has been flushed; the last words go to the real ones. */
static void restore_streams(struct rt_thread *ts)
{
    static const char *const names[][2] = {{"stdout", "__stdout__"}, {"stderr", "__stderr__"}};
    for (int i = 0; i < 2; i++) {
        rt_value f = rt_sys_get(ts, names[i][1]);
        if (f.bits)
            rt_sys_set(ts, names[i][0], f);
        rt_decref(ts, f);
    }
    rt_exc_clear(ts);
}

bool rt_interrupted_exit;

int rt_shutdown_process(struct rt_thread *ts, int status)
{
    wait_for_threads(ts);
    rt_atexit_run(ts);
    rt_flush_std(ts, &status);
    rt_interp_finalize_begin(ts);
    if (rt_lastwords_any(ts)) {
        rt_signal_fini();
        rt_shutdown_modules(ts);
        restore_streams(ts);
        rt_flush_std(ts, &status);
    }
    rt_runtime_fini();
    return status;
}

/* Takes the modules out of sys.modules; weak references to them stay in refs. In a frame of its own, which is gone when
   the collector looks for words on the stack: one stale word would keep a module. */
static RT_NOINLINE void drop_modules(struct rt_thread *ts, rt_value mods, rt_value refs)
{
    rt_value names = rt_is_dict(mods) ? rt_dict_keys_list(ts, mods) : RT_NULL;
    for (size_t i = 0; names.bits && refs.bits && i < rt_list_len(names); i++) {
        rt_value name = rt_list_get(ts, names, i), m = name.bits ? rt_dict_get(ts, mods, name) : RT_NULL;
        if (m.bits && rt_is_exact(m, &rt_module_type) && rt_is_str(name) && !rt_str_eq_cstr(name, "sys") &&
            !rt_str_eq_cstr(name, "builtins")) {
            rt_list_append_steal(ts, refs, rt_weakref_new(ts, m, RT_NULL));
            rt_dict_set(ts, mods, name, RT_NONE);
        }
        rt_exc_clear(ts);
        rt_decref(ts, m);
        rt_decref(ts, name);
    }
    rt_decref(ts, names);
}

static RT_NOINLINE void clear_survivors(struct rt_thread *ts, rt_value refs)
{
    for (size_t i = refs.bits ? rt_list_len(refs) : 0; i-- > 0;) {
        rt_value ref = rt_list_get(ts, refs, i), m = ref.bits ? rt_weakref_get(ts, ref) : RT_NULL;
        if (m.bits)
            rt_module_clear(ts, m);
        rt_exc_clear(ts);
        rt_decref(ts, m);
        rt_decref(ts, ref);
    }
}

/* What the program hung on sys. What the last words need stays: streams, hooks, and what sys itself is made of. */
static RT_NOINLINE void clear_sys_extras(struct rt_thread *ts)
{
    rt_value sys = rt_slot_get(ts, NULL, &ts->interp->sys_dict), keys = rt_is_dict(sys) ? rt_dict_keys_list(ts, sys) : RT_NULL;
    for (size_t i = 0; keys.bits && i < rt_list_len(keys); i++) {
        rt_value k = rt_list_get(ts, keys, i), v = rt_is_str(k) ? rt_dict_get(ts, sys, k) : RT_NULL;
        size_t n = 0;
        const char *name = rt_is_str(k) ? rt_str_utf8(ts, k, &n) : "";
        if (rt_is_ptr(v) && rt_type_has(rt_type_of(v), RT_TF_HEAP) && name && !strstr(name, "std") && !strstr(name, "hook"))
            rt_dict_set(ts, sys, k, RT_NONE);
        rt_exc_clear(ts);
        rt_decref(ts, v);
        rt_decref(ts, k);
    }
    rt_decref(ts, keys);
    rt_decref(ts, sys);
}

/* CPython's order: sys.modules is emptied, what becomes unreachable dies; the dicts of modules that are
   still held somewhere are cleared in reverse order of import. sys and builtins stay, without what instances of its own
   classes the program put into sys. */
void rt_shutdown_modules(struct rt_thread *ts)
{
    static const char *const gone[] = {"path", "argv", "ps1", "ps2", "last_type", "last_value", "last_traceback",
                                       "path_hooks", "path_importer_cache", "meta_path"};
    for (size_t i = 0; i < RT_COUNTOF(gone); i++)
        if (rt_sys_set(ts, gone[i], RT_NONE) < 0)
            rt_exc_clear(ts);
    rt_value mods = rt_slot_get(ts, NULL, &ts->interp->modules), refs = rt_list_new(ts, 0);
    /* The frames above this one hold no objects any more, only words that were left there. */
    char *base = rt_load_relaxed(&ts->c_stack_base);
    rt_store_relaxed(&ts->c_stack_base, (char *)__builtin_frame_address(0));
    rt_thread_note_stack(ts);
    rt_gc_collect_noted(ts, 2);
    rt_slot_set(ts, &ts->interp->gc->callbacks, RT_NULL); /* their modules go now */
    drop_modules(ts, mods, refs);
    rt_thread_note_stack(ts);
    rt_gc_collect_noted(ts, 2); /* modules that nobody else holds die whole: finalizers still see their globals */
    clear_survivors(ts, refs);
    rt_decref(ts, refs);
    rt_decref(ts, mods);
    rt_value out = rt_sys_get(ts, "stdout"), err = rt_sys_get(ts, "stderr"); /* finalizers that run now are not heard */
    rt_sys_set(ts, "stdout", RT_NONE);
    rt_sys_set(ts, "stderr", RT_NONE);
    clear_sys_extras(ts);
    rt_thread_note_stack(ts);
    rt_gc_collect_noted(ts, 2);
    if (out.bits)
        rt_sys_set(ts, "stdout", out);
    if (err.bits)
        rt_sys_set(ts, "stderr", err);
    rt_decref(ts, out);
    rt_decref(ts, err);
    rt_store_relaxed(&ts->c_stack_base, base);
    rt_exc_clear(ts);
}

/* Values of a module's dict: first the private names, then the rest, but __builtins__. */
void rt_module_clear(struct rt_thread *ts, rt_value m)
{
    rt_value d = rt_newref(ts, rt_module_dict_borrowed(m));
    for (int pass = 0; pass < 2; pass++) {
        rt_value keys = rt_dict_keys_list(ts, d);
        for (size_t i = 0; keys.bits && i < rt_list_len(keys); i++) {
            rt_value k = rt_list_get(ts, keys, i);
            bool str = k.bits && rt_is_str(k), private = str && rt_str_len(k) && rt_str_at(rt_as_str(k), 0) == '_';
            if (str && !rt_str_eq_cstr(k, "__builtins__") && (pass || (private && (rt_str_len(k) < 2 || rt_str_at(rt_as_str(k), 1) != '_'))))
                rt_dict_set(ts, d, k, RT_NONE);
            rt_exc_clear(ts);
            rt_decref(ts, k);
        }
        rt_decref(ts, keys);
    }
    rt_decref(ts, d);
}
