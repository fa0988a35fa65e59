/* SPDX-License-Identifier: MIT */
/*
 * Importing. The library's own importlib does the work; here are its start (bootstrap), the fast path of
 * __import__, and the native `_imp` module.
 *
 * The two bootstrap files are compiled from the library's text (through the code cache) and run as
 * _frozen_importlib and _frozen_importlib_external. The latter hard-codes CPython's magic number; it is
 * overwritten with ours right after the file ran, before any code file is read.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/hash.h"
#include "core/base/strsearch.h"
#include "core/builtins/builtins.h"
#include "core/builtins/sys.h"
#include "core/builtins/codecache.h"
#include "core/builtins/frozen.h"
#include "core/compiler/compile.h"
#include "core/eval/frame.h"
#include "core/types/exceptions/exceptions.h"
#include "core/seam/config.h"
#include "core/sync/futex.h"
#include "core/thread/runtime.h"

#define RT_MODULE(n) extern const struct rt_module_def rt_module_##n;
#include "core/modules/modules.def"
#undef RT_MODULE
static const struct rt_module_def *const native_modules[] = {
#define RT_MODULE(n) &rt_module_##n,
#include "core/modules/modules.def"
#undef RT_MODULE
    &rt_module__imp,
};

static const struct rt_module_def *find_native(rt_value name)
{
    for (size_t i = 0; i < RT_COUNTOF(native_modules); i++)
        if (rt_str_eq_cstr(name, native_modules[i]->name))
            return native_modules[i];
    return NULL;
}

rt_value rt_builtin_module_names(struct rt_thread *ts)
{
    rt_value l = rt_list_new(ts, RT_COUNTOF(native_modules) + 2), t;
    for (size_t i = 0; i < RT_COUNTOF(native_modules); i++)
        rt_list_append(ts, l, rt_str_intern_cstr(ts, native_modules[i]->name));
    rt_list_append(ts, l, rt_str_intern_cstr(ts, "builtins"));
    rt_list_append(ts, l, rt_str_intern_cstr(ts, "sys"));
    rt_list_sort(ts, l, RT_NULL, false);
    t = rt_list_to_tuple(ts, l);
    rt_decref(ts, l);
    return t;
}

/* ---- __import__ ---- */
static rt_value modules_dict(struct rt_thread *ts)
{
    return rt_slot_get(ts, NULL, &ts->interp->modules);
}

/* spec.parent: new ref. */
static rt_value parent_of(struct rt_thread *ts, rt_value spec) { return rt_getattr_cstr(ts, spec, "parent"); }

/* Warns when a module's __package__ is not what its spec says. */
static int check_package(struct rt_thread *ts, rt_value package, rt_value spec)
{
    rt_value parent = parent_of(ts, spec);
    if (rt_is_null(parent))
        return -1;
    int equal = rt_equal(ts, package, parent);
    rt_decref(ts, parent);
    if (equal == 0)
        return rt_warn(ts, &rt_exc_ImportWarning, 1, "__package__ != __spec__.parent");
    return equal < 0 ? -1 : 0;
}

/* What is left of the last dot before `end`; -1: there is none. */
static int64_t before_dot(struct rt_thread *ts, rt_value s, size_t end)
{
    return rt_str_find(s, rt_str_intern_cstr(ts, "."), 0, (int64_t)end, -1);
}

/* The package of a module that knows its name only: itself, or what its name says: new ref. */
static rt_value package_by_name(struct rt_thread *ts, rt_value globals)
{
    if (rt_warn(ts, &rt_exc_ImportWarning, 1, "can't resolve package from __spec__ or __package__, falling back on "
                "__name__ and __path__") < 0)
        return RT_NULL;
    rt_value package = rt_dict_get(ts, globals, RT_ID(__name__));
    if (rt_is_null(package))
        return rt_raise(ts, &rt_exc_KeyError, "'__name__' not in globals");
    int has = -1;
    if (!rt_is_str(package))
        rt_raise(ts, &rt_exc_TypeError, "__name__ must be a string");
    else
        has = rt_dict_contains(ts, globals, RT_ID(__path__));
    if (has > 0)
        return package;
    rt_value cut = RT_NULL;
    if (has == 0) {
        int64_t dot = before_dot(ts, package, rt_str_len(package));
        cut = rt_str_sub(ts, package, 0, dot < 0 ? 0 : (size_t)dot);
    }
    rt_decref(ts, package);
    return cut;
}

/* The package that relative names of a module start from: a str, new ref. */
static rt_value package_of(struct rt_thread *ts, rt_value globals)
{
    rt_value package = rt_dict_get(ts, globals, RT_ID(__package__)), spec = rt_dict_get(ts, globals, RT_ID(__spec__));
    bool named = package.bits && !rt_is_none(package), specified = spec.bits && !rt_is_none(spec);
    const char *wrong = "package must be a string";
    int err = 0;
    if (named) {
        if (rt_is_str(package) && specified)
            err = check_package(ts, package, spec);
    } else {
        wrong = "__spec__.parent must be a string";
        rt_decref(ts, package);
        package = specified ? parent_of(ts, spec) : package_by_name(ts, globals);
    }
    rt_decref(ts, spec);
    if (package.bits && !rt_is_str(package)) {
        rt_raise(ts, &rt_exc_TypeError, "%s", wrong);
        err = -1;
    }
    if (err < 0)
        rt_clear(ts, &package);
    return package;
}

/* The absolute name of a relative import. */
static rt_value resolve_name(struct rt_thread *ts, rt_value name, rt_value globals, int level)
{
    if (!rt_is_dict(globals))
        return rt_raise(ts, &rt_exc_TypeError, "globals must be a dict");
    rt_value package = package_of(ts, globals), res = RT_NULL;
    if (rt_is_null(package))
        return package;
    int64_t end = (int64_t)rt_str_len(package);
    if (end == 0) {
        rt_raise(ts, &rt_exc_ImportError, "attempted relative import with no known parent package");
        end = -1;
    }
    for (int i = 1; i < level && end >= 0; i++)
        if ((end = before_dot(ts, package, (size_t)end)) < 0)
            rt_raise(ts, &rt_exc_ImportError, "attempted relative import beyond top-level package");
    if (end >= 0) {
        rt_value base = rt_str_sub(ts, package, 0, (size_t)end);
        res = rt_str_len(name) ? rt_str_format(ts, "%U.%U", base, name) : rt_newref(ts, base);
        rt_decref(ts, base);
    }
    rt_decref(ts, package);
    return res;
}

static rt_value call_importlib(struct rt_thread *ts, const char *name, const rt_value *args, uint32_t n)
{
    rt_value lib = rt_slot_get(ts, NULL, &ts->interp->importlib), r;
    if (rt_is_null(lib))
        return rt_raise(ts, &rt_exc_ImportError, "importlib is not ready");
    r = rt_call_method(ts, lib, name, args, n);
    rt_decref(ts, lib);
    return r;
}

static int audit_import(struct rt_thread *ts, rt_value name)
{
    rt_value path = rt_sys_get(ts, "path"), meta = rt_sys_get(ts, "meta_path"), hooks = rt_sys_get(ts, "path_hooks");
    int r = rt_audit(ts, "import", "OOOOO", name, RT_NULL, path, meta, hooks);
    rt_decref(ts, path);
    rt_decref(ts, meta);
    rt_decref(ts, hooks);
    return r;
}

/* -X importtime: importlib's part of an import, and a line about it. What the imports inside of it took is not its own. */
static rt_value timed_find_and_load(struct rt_thread *ts, rt_value lib, const rt_value *args)
{
    static const char header[] = "import time: self [us] | cumulative | imported package\n";
    if (!rt_xchg_acq_rel(&ts->interp->import_time_told, true))
        fputs(header, stderr);
    int64_t before = ts->import_nested_ns, start = rt_monotonic_ns();
    ts->import_nested_ns = 0;
    ts->import_level++;
    rt_value r = rt_call_method(ts, lib, "_find_and_load", args, 2);
    ts->import_level--;
    int64_t all = rt_monotonic_ns() - start, own = all - ts->import_nested_ns;
    ts->import_nested_ns = before + all;
    const char *name = r.bits ? rt_str_utf8(ts, args[0], NULL) : NULL;
    if (name)
        fprintf(stderr, "import time: %9lld | %10lld | %*s%s\n", (long long)(own + 999) / 1000, (long long)(all + 999) / 1000,
                (int)ts->import_level * 2, "", name);
    return r;
}

/* What m is said to have under name, which a module without hooks has in its dict: new ref, or RT_NULL; may raise. */
static rt_value attribute_of(struct rt_thread *ts, rt_value m, rt_value name)
{
    rt_value v = rt_is_exact(m, &rt_module_type) ? rt_dict_get(ts, rt_borrowed(rt_module_dict_borrowed(m)), name) : RT_NULL;
    return v.bits || rt_pending(ts) ? v : rt_getattr_opt(ts, m, name);
}

/* Module by absolute name, complete. */
static rt_value import_absolute(struct rt_thread *ts, rt_value abs)
{
    rt_value mods = modules_dict(ts), m = rt_dict_get(ts, mods, abs);
    rt_decref(ts, mods);
    if (rt_is_null(m) && rt_pending(ts))
        return m;
    if (m.bits && !rt_is_none(m)) {
        /* another thread may be initialising it: then wait on its lock, as importlib does */
        rt_value spec = attribute_of(ts, m, RT_ID(__spec__));
        rt_value init = spec.bits && !rt_is_none(spec) ? rt_getattr_opt(ts, spec, RT_ID(_initializing)) : RT_NULL;
        int busy = init.bits ? rt_truth(ts, init) : 0;
        rt_decref(ts, init);
        rt_decref(ts, spec);
        rt_exc_clear(ts);
        if (busy > 0) {
            rt_value r = call_importlib(ts, "_lock_unlock_module", &abs, 1);
            if (rt_is_null(r)) {
                rt_decref(ts, m);
                return r;
            }
            rt_decref(ts, r);
        }
        return m;
    }
    rt_decref(ts, m);
    if (rt_unlikely(ts->interp->audited) && audit_import(ts, abs) < 0)
        return RT_NULL;
    rt_value lib = rt_slot_get(ts, NULL, &ts->interp->importlib), args[2], r;
    rt_value imp = rt_slot_get(ts, NULL, &ts->interp->import_func);
    if (rt_is_null(lib))
        return rt_raise(ts, &rt_exc_ImportError, "importlib is not ready (importing %R)", abs);
    args[0] = abs;
    args[1] = imp.bits ? imp : RT_NONE;
    if (rt_unlikely(rt_runtime.config->import_time))
        r = timed_find_and_load(ts, lib, args);
    else
        r = rt_call_method(ts, lib, "_find_and_load", args, 2);
    rt_decref(ts, imp);
    rt_decref(ts, lib);
    return r;
}

/* A failed import shows the user's frames: runs of importlib's own that end in a call of user code, and all of them when
   the import itself is what failed, leave the traceback. */
static void hide_importlib(struct rt_thread *ts)
{
    rt_value e = rt_exc_take(ts), first = rt_exc_traceback(ts, e), tb = rt_newref(ts, first);
    bool always = rt_type_is_subtype(rt_type_of(e), &rt_exc_ImportError), inside = false;
    struct rt_traceback *link = NULL, *outer = NULL; /* whose next leads here; NULL: the exception's own */
    while (tb.bits && rt_is_exact(tb, &rt_traceback_type) && !rt_runtime.config->verbose) {
        struct rt_traceback *t = (struct rt_traceback *)rt_ptr(tb);
        struct rt_code *code = ((struct rt_frame_object *)rt_ptr(t->frame))->code;
        rt_value file = rt_slot_peek(&code->filename), next = rt_slot_get(ts, t, &t->next);
        bool now = rt_str_eq_cstr(file, "<frozen importlib._bootstrap>") || rt_str_eq_cstr(file, "<frozen importlib._bootstrap_external>");
        if (now && !inside)
            outer = link;
        inside = now;
        if (inside && (always || rt_str_eq_cstr(rt_slot_peek(&code->name), "_call_with_frames_removed"))) {
            rt_value rest = next.bits && !rt_is_none(next) ? rt_newref(ts, next) : RT_NULL;
            if (outer)
                rt_slot_set(ts, &outer->next, rest);
            else
                rt_exc_set_traceback(ts, e, rest);
            link = outer;
        } else {
            link = t;
        }
        rt_decref(ts, tb); /* still held through `first`, or no longer of interest */
        tb = next;
    }
    rt_decref(ts, tb);
    rt_decref(ts, first);
    rt_exc_put(ts, e);
}

static rt_value import_level(struct rt_thread *ts, rt_value name, rt_value globals, rt_value fromlist, int level);

rt_value rt_import_level(struct rt_thread *ts, rt_value name, rt_value globals, rt_value fromlist, int level)
{
    rt_value res = import_level(ts, name, globals, fromlist, level);
    if (rt_is_null(res))
        hide_importlib(ts);
    return res;
}

/* Has the package all names of the list in its dict? Then importlib has nothing to import for it. */
static bool has_all(struct rt_thread *ts, rt_value m, rt_value fromlist)
{
    if (!rt_is_exact(m, &rt_module_type) || !rt_is_exact(fromlist, &rt_tuple_type))
        return false;
    const struct rt_tuple *t = rt_as_tuple(fromlist);
    rt_value d = rt_module_dict_borrowed(m), v = RT_TRUE;
    for (size_t i = 0; i < t->length && v.bits; i++) {
        v = rt_is_str_exact(t->items[i]) ? rt_dict_get(ts, rt_borrowed(d), t->items[i]) : RT_NULL;
        rt_decref(ts, v);
    }
    rt_exc_clear(ts);
    return v.bits != 0;
}

static rt_value import_level(struct rt_thread *ts, rt_value name, rt_value globals, rt_value fromlist, int level)
{
    rt_value abs, m, res;
    if (!rt_is_str(name))
        return rt_raise(ts, &rt_exc_TypeError, "module name must be a string");
    if (level < 0)
        return rt_raise(ts, &rt_exc_ValueError, "level must be >= 0");
    if (level > 0) {
        if (rt_is_none(globals) || rt_is_null(globals))
            return rt_raise(ts, &rt_exc_KeyError, "'__name__' not in globals");
        abs = resolve_name(ts, name, globals, level);
    } else if (rt_str_len(name) == 0) {
        return rt_raise(ts, &rt_exc_ValueError, "Empty module name");
    } else {
        abs = rt_newref(ts, name);
    }
    if (rt_is_null(abs))
        return abs;
    m = import_absolute(ts, abs);
    if (rt_is_null(m)) {
        rt_decref(ts, abs);
        return m;
    }
    int has_from = rt_is_none(fromlist) || rt_is_null(fromlist) ? 0 : rt_truth(ts, fromlist);
    if (has_from < 0) {
        res = RT_NULL;
    } else if (has_from) {
        rt_value path = attribute_of(ts, m, RT_ID(__path__));
        if (path.bits && has_all(ts, m, fromlist)) {
            res = rt_newref(ts, m);
            rt_decref(ts, path);
        } else if (path.bits) {
            rt_value imp = rt_slot_get(ts, NULL, &ts->interp->import_func), args[3] = {m, fromlist, imp};
            res = call_importlib(ts, "_handle_fromlist", args, 3);
            rt_decref(ts, imp);
            rt_decref(ts, path);
        } else {
            res = rt_pending(ts) ? RT_NULL : rt_newref(ts, m);
        }
    } else {
        const struct rt_str *text = rt_as_str(name);
        ptrdiff_t dot = rt_strsearch_find_char(rt_str_data(text), text->kind, text->length, '.');
        if (level == 0 && dot < 0) {
            res = rt_newref(ts, m);
        } else if (level == 0) {
            rt_value front = rt_str_sub(ts, name, 0, (size_t)dot);
            res = import_absolute(ts, front);
            rt_decref(ts, front);
        } else if (rt_str_len(name) == 0) {
            res = rt_newref(ts, m);
        } else {
            size_t cut = rt_str_len(name) - (dot < 0 ? rt_str_len(name) : (size_t)dot);
            rt_value top = rt_str_sub(ts, abs, 0, rt_str_len(abs) - cut), mods = modules_dict(ts);
            res = rt_dict_get(ts, mods, top);
            rt_decref(ts, mods);
            if (rt_is_null(res) && !rt_pending(ts))
                rt_raise(ts, &rt_exc_KeyError, "%R not in sys.modules as expected", top);
            rt_decref(ts, top);
        }
    }
    rt_decref(ts, m);
    rt_decref(ts, abs);
    return res;
}

rt_value rt_import(struct rt_thread *ts, const char *name)
{
    rt_value n = rt_str_intern_cstr(ts, name), from = rt_list_from(ts, &RT_NONE, 0), m;
    /* a non-empty fromlist makes __import__ return the module itself */
    if (strchr(name, '.')) {
        rt_decref(ts, from);
        from = rt_tuple_pack(ts, 1, RT_ID(__doc__));
    }
    rt_value imp = rt_slot_get(ts, NULL, &ts->interp->import_func);
    rt_value args[5] = {n, RT_NONE, RT_NONE, from, rt_int_imm(0)};
    m = imp.bits ? rt_call(ts, imp, args, 5, RT_NULL) : rt_import_level(ts, n, RT_NONE, from, 0);
    rt_decref(ts, imp);
    rt_decref(ts, from);
    return m;
}

rt_value rt_import_attr(struct rt_thread *ts, const char *module, const char *attr)
{
    rt_value m = rt_import(ts, module), v;
    if (rt_is_null(m))
        return m;
    v = rt_getattr_cstr(ts, m, attr);
    rt_decref(ts, m);
    return v;
}

/* ---- _imp ---- */
static int imp_exec(struct rt_thread *ts, rt_value m);

struct import_lock { pthread_mutex_t guard; _Atomic uint64_t owner; int depth; }; /* depth: the owner's */

static rt_value imp_lock_held(struct rt_thread *ts, rt_value self)
{
    struct import_lock *l = ts->interp->native_private[RT_NS_IMPORT];
    return rt_bool(l && rt_load_relaxed(&l->owner));
}
/* The child keeps what its own thread held; other holders are gone. */
static void import_lock_after_fork(void)
{
    for (struct rt_interp *in = rt_runtime.interps; in; in = in->next) {
        struct import_lock *l = in->native_private[RT_NS_IMPORT];
        if (!l)
            continue;
        pthread_mutex_init(&l->guard, NULL);
        if (rt_current_thread && rt_load_relaxed(&l->owner) == rt_current_thread->id) {
            pthread_mutex_lock(&l->guard);
        } else {
            rt_store_relaxed(&l->owner, 0);
            l->depth = 0;
        }
    }
}
/* The global import lock is advisory today: importlib has a lock for each module. */
static struct import_lock *import_lock(struct rt_thread *ts)
{
    _Atomic(void *) *where = (_Atomic(void *) *)&ts->interp->native_private[RT_NS_IMPORT];
    struct import_lock *l = rt_load_acquire(where);
    void *other = NULL;
    if (l)
        return l;
    if (!(l = rt_raw_calloc(1, sizeof(*l))))
        RT_FATAL("no memory for the import lock");
    pthread_mutex_init(&l->guard, NULL);
    rt_fork_at_child(import_lock_after_fork);
    if (rt_cas_acq_rel(where, &other, (void *)l))
        return l;
    rt_raw_free(l);
    return other;
}
void rt_import_lock(struct rt_thread *ts)
{
    struct import_lock *l = import_lock(ts);
    if (rt_load_relaxed(&l->owner) == ts->id) {
        l->depth++;
        return;
    }
    if (pthread_mutex_trylock(&l->guard) != 0) {
        rt_detach(ts, RT_DETACH_LOCK);
        pthread_mutex_lock(&l->guard);
        rt_attach(ts);
    }
    rt_store_relaxed(&l->owner, ts->id);
    l->depth = 1;
}
bool rt_import_unlock(struct rt_thread *ts)
{
    struct import_lock *l = import_lock(ts);
    if (rt_load_relaxed(&l->owner) != ts->id)
        return false;
    if (--l->depth == 0) {
        rt_store_relaxed(&l->owner, 0);
        pthread_mutex_unlock(&l->guard);
    }
    return true;
}
static rt_value imp_acquire(struct rt_thread *ts, rt_value self)
{
    rt_import_lock(ts);
    return RT_NONE;
}
static rt_value imp_release(struct rt_thread *ts, rt_value self)
{
    return rt_import_unlock(ts) ? RT_NONE : rt_raise(ts, &rt_exc_RuntimeError, "not holding the import lock");
}
static rt_value imp_is_builtin(struct rt_thread *ts, rt_value self, rt_value name)
{
    if (!rt_is_str(name))
        return rt_raise_arg_type(ts, "is_builtin", "name", "str", name);
    if (rt_str_eq_cstr(name, "sys") || rt_str_eq_cstr(name, "builtins"))
        return rt_int_imm(-1);
    return rt_int_imm(find_native(name) != NULL);
}
/* sys or builtins; where a program took it out of sys.modules, one more module of that name with the same contents. */
static rt_value boot_module(struct rt_thread *ts, rt_value name)
{
    rt_value mods = modules_dict(ts), m = rt_dict_get(ts, mods, name);
    rt_decref(ts, mods);
    if (!rt_is_null(m) || rt_pending(ts))
        return m;
    rt_slot *contents = rt_str_eq_cstr(name, "sys") ? &ts->interp->sys_dict : &ts->interp->builtins_original;
    rt_value d = rt_slot_get(ts, NULL, contents);
    m = rt_call1(ts, rt_type_value(&rt_module_type), name);
    if (!rt_is_null(m) && rt_dict_update(ts, rt_module_dict_borrowed(m), d) < 0)
        rt_clear(ts, &m);
    rt_decref(ts, d);
    return m;
}
static rt_value imp_create_builtin(struct rt_thread *ts, rt_value self, rt_value spec)
{
    rt_value name = rt_getattr_cstr(ts, spec, "name"), m;
    if (rt_is_null(name))
        return name;
    if (!rt_is_str(name)) {
        m = rt_raise(ts, &rt_exc_TypeError, "name must be str, not %.200s", rt_typename(name));
    } else if (rt_str_eq_cstr(name, "sys") || rt_str_eq_cstr(name, "builtins")) {
        m = boot_module(ts, name);
    } else {
        const struct rt_module_def *def = find_native(name);
        m = def ? rt_module_from_def(ts, def) : RT_NONE;
    }
    rt_decref(ts, name);
    return m;
}
static rt_value imp_exec_builtin(struct rt_thread *ts, rt_value self, rt_value m)
{
    rt_value name = rt_getattr(ts, m, RT_ID(__name__));
    const struct rt_module_def *def = name.bits && rt_is_str(name) ? find_native(name) : NULL;
    rt_decref(ts, name);
    if (rt_pending(ts) || (def && def->exec && def->exec(ts, m) < 0))
        return RT_NULL;
    return rt_int_imm(0);
}

static rt_value imp_extension_suffixes(struct rt_thread *ts, rt_value self)
{
    rt_value l = rt_list_new(ts, 1);
    rt_list_append(ts, l, rt_str_intern_cstr(ts, ".pyrt-311-x86_64-linux-gnu.so"));
    return l;
}
static rt_value imp_no_dynamic(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    return rt_raise(ts, &rt_exc_ImportError, "PyRT does not load extension modules made for CPython");
}
static int fix_filenames(struct rt_thread *ts, rt_value code, rt_value old, rt_value neu)
{
    struct rt_code *c = rt_as_code(code);
    if (!rt_str_eq(rt_slot_peek(&c->filename), old))
        return 0;
    rt_slot_set(ts, &c->filename, rt_newref(ts, neu));
    if (rt_load_acquire(&c->is_late)) /* the code inside will take it over */
        return 0;
    for (uint32_t i = 0; i < c->nconsts; i++)
        if (rt_is_exact(c->consts[i], &rt_code_type))
            fix_filenames(ts, c->consts[i], old, neu);
    return 0;
}
static rt_value imp_fix_co_filename(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    if (rt_args_count(ts, "_fix_co_filename", n, 2, 2) < 0)
        return RT_NULL;
    if (!rt_is_exact(args[0], &rt_code_type))
        return rt_raise(ts, &rt_exc_TypeError, "_fix_co_filename() argument 1 must be code, not %N", args[0]);
    if (!rt_is_str(args[1]))
        return rt_raise(ts, &rt_exc_TypeError, "_fix_co_filename() argument 2 must be str, not %N", args[1]);
    rt_value old = rt_slot_get(ts, rt_as_code(args[0]), &rt_as_code(args[0])->filename), name = rt_str_intern(ts, args[1]);
    if (!rt_is_null(name))
        fix_filenames(ts, args[0], old, name);
    rt_decref(ts, old);
    return rt_is_null(name) ? name : RT_NONE;
}
static rt_value imp_source_hash(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"key", "source", NULL};
    static const struct rt_argspec spec = {"source_hash", names, 0, 2, 2, 2};
    rt_value v[2];
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    int64_t key = rt_as_i64(ts, v[0]);
    struct rt_buffer b;
    if (rt_pending(ts) || rt_buffer_get(ts, v[1], &b, RT_BUF_SIMPLE) < 0)
        return RT_NULL;
    uint64_t h = rt_hash_siphash13((struct rt_hash_key){(uint64_t)key, 0}, b.buf, (size_t)b.len);
    rt_buffer_release(ts, &b);
    return rt_bytes_new(ts, &h, 8);
}
static rt_value imp_init_frozen(struct rt_thread *ts, rt_value self, rt_value v) { return RT_NONE; }

static int imp_exec(struct rt_thread *ts, rt_value m)
{
    return rt_module_add_str(ts, m, "check_hash_based_pycs", rt_runtime.config->check_hash_pycs);
}
static const struct rt_method_def imp_methods[] = {
    {"extension_suffixes", imp_extension_suffixes, RT_METH_NOARGS, "extension_suffixes($module, /)\n--\n\nReturns the list of file suffixes used to identify extension modules."},
    {"lock_held", imp_lock_held, RT_METH_NOARGS, "lock_held($module, /)\n--\n\nReturn True if the import lock is currently held, else False."},
    {"acquire_lock", imp_acquire, RT_METH_NOARGS, "acquire_lock($module, /)\n--\n\nAcquires the interpreter's import lock for the current thread."},
    {"release_lock", imp_release, RT_METH_NOARGS, "release_lock($module, /)\n--\n\nRelease the interpreter's import lock."},
    {"find_frozen", rt_frozen_find, RT_METH_KW, "find_frozen($module, name, /, *, withdata=False)\n--\n\nReturn info about the corresponding frozen module (if there is one) or None."},
    {"get_frozen_object", rt_frozen_get_object, RT_METH_FAST, "get_frozen_object($module, name, data=None, /)\n--\n\nCreate a code object for a frozen module."},
    {"is_frozen_package", rt_frozen_is_package, RT_METH_O, "is_frozen_package($module, name, /)\n--\n\nReturns True if the module name is of a frozen package."},
    {"is_builtin", imp_is_builtin, RT_METH_O, "is_builtin($module, name, /)\n--\n\nReturns True if the module name corresponds to a built-in module."},
    {"is_frozen", rt_frozen_is, RT_METH_O, "is_frozen($module, name, /)\n--\n\nReturns True if the module name corresponds to a frozen module."},
    {"init_frozen", imp_init_frozen, RT_METH_O, "init_frozen($module, name, /)\n--\n\nInitializes a frozen module."},
    {"_frozen_module_names", rt_frozen_names, RT_METH_NOARGS, "_frozen_module_names($module, /)\n--\n\nReturns the list of available frozen modules."},
    {"_override_frozen_modules_for_tests", rt_frozen_override, RT_METH_O, "_override_frozen_modules_for_tests($module, override, /)\n--\n\n(internal-only) Override PyConfig.use_frozen_modules."},
    {"create_builtin", imp_create_builtin, RT_METH_O, "create_builtin($module, spec, /)\n--\n\nCreate an extension module."},
    {"exec_builtin", imp_exec_builtin, RT_METH_O, "exec_builtin($module, mod, /)\n--\n\nInitialize a built-in module."},
    {"create_dynamic", imp_no_dynamic, RT_METH_FAST, "create_dynamic($module, spec, file=<unrepresentable>, /)\n--\n\nCreate an extension module."},
    {"exec_dynamic", imp_no_dynamic, RT_METH_FAST, "exec_dynamic($module, mod, /)\n--\n\nInitialize an extension module."},
    {"_fix_co_filename", imp_fix_co_filename, RT_METH_FAST, "_fix_co_filename($module, code, path, /)\n--\n\nChanges code.co_filename to specify the passed-in file path."},
    {"_write_image", rt_frozen_write_image, RT_METH_FAST, NULL},
    {"source_hash", imp_source_hash, RT_METH_KW, "source_hash($module, /, key, source)\n--\n\n"},
    {NULL},
};
const struct rt_module_def rt_module__imp = {
    .name = "_imp", .doc = "(Extremely) low-level import machinery bits as used by importlib.", .methods = imp_methods,
    .exec = imp_exec,
};

/* ---- archives on sys.path ---- */

static int64_t own_hook(struct rt_thread *ts, rt_value hooks)
{
    int64_t at = -1;
    for (size_t i = 0; at < 0 && i < rt_list_len(hooks); i++) {
        rt_value h = rt_list_get(ts, hooks, i);
        rt_value name = rt_is_exact(h, &rt_builtin_type) ? rt_getattr_opt_cstr(ts, h, "__name__") : RT_NULL;
        if (name.bits && rt_is_str(name) && rt_str_eq_cstr(name, "zipimporter"))
            at = (int64_t)i;
        rt_decref(ts, name);
        rt_decref(ts, h);
    }
    return at;
}

/* Paths that no hook wanted may be archives. */
static int forget_unhooked(struct rt_thread *ts)
{
    rt_value cache = rt_sys_get(ts, "path_importer_cache");
    rt_value keys = cache.bits && rt_is_dict(cache) ? rt_dict_keys_list(ts, cache) : RT_NULL;
    for (size_t i = 0; keys.bits && i < rt_list_len(keys); i++) {
        rt_value k = rt_list_get(ts, keys, i), v = rt_dict_get(ts, cache, k);
        if (v.bits && rt_is_none(v))
            rt_dict_del_opt(ts, cache, k);
        rt_decref(ts, v);
        rt_decref(ts, k);
    }
    rt_decref(ts, keys);
    rt_decref(ts, cache);
    return rt_pending(ts) ? -1 : 0;
}

/* The first of sys.path_hooks. zipimport itself is imported when a path leads to (or through) a file for the first time,
   and takes this place then. */
static rt_value zip_hook(struct rt_thread *ts, rt_value self, rt_value path)
{
    size_t n = 0;
    const char *text = rt_is_str(path) ? rt_str_utf8(ts, path, &n) : NULL;
    char probe[4096];
    struct stat st;
    bool file = false;
    rt_exc_clear(ts);
    if (text && n && n < sizeof(probe)) {
        memcpy(probe, text, n + 1);
        while (!(file = stat(probe, &st) == 0) && n) {
            while (n && probe[n] != '/')
                n--;
            probe[n] = 0;
        }
        file = file && S_ISREG(st.st_mode);
    }
    if (!file)
        return rt_raise(ts, &rt_exc_ImportError, "not a Zip file: %R", path);
    rt_value hooks = rt_sys_get(ts, "path_hooks"), own = RT_NULL;
    int64_t at = hooks.bits && rt_is_list(hooks) ? own_hook(ts, hooks) : -1;
    if (at >= 0) { /* zipimport's own import may come past the archive */
        own = rt_list_pop(ts, hooks, at);
    }
    rt_value cls = rt_import_attr(ts, "zipimport", "zipimporter");
    if (at >= 0)
        rt_list_insert(ts, hooks, at, cls.bits ? cls : own);
    rt_value r = cls.bits && forget_unhooked(ts) == 0 ? rt_call1(ts, cls, path) : RT_NULL;
    rt_decref(ts, own);
    rt_decref(ts, hooks);
    rt_decref(ts, cls);
    return r;
}

static int install_zip_hook(struct rt_thread *ts)
{
    static const struct rt_method_def def = {"zipimporter", zip_hook, RT_METH_O, "zipimporter(archivepath) -> zipimporter object"};
    rt_value hooks = rt_sys_get(ts, "path_hooks"), f = rt_builtin_new(ts, &def, RT_NULL, RT_NULL);
    int err = hooks.bits && f.bits && rt_is_list(hooks) ? rt_list_insert(ts, hooks, 0, f) : -1;
    rt_decref(ts, f);
    rt_decref(ts, hooks);
    return err;
}

/* ---- bootstrap ---- */
static rt_value make_module_from_library(struct rt_thread *ts, const char *name, const char *file, const char *shown)
{
    rt_value code = rt_codecache_compile_library(ts, file, shown), m, r, n = rt_str_intern_cstr(ts, name);
    if (rt_is_null(code))
        return code;
    m = rt_module_new(ts, n);
    rt_value d = rt_module_dict_borrowed(m), mods = modules_dict(ts);
    rt_value b = rt_slot_get(ts, NULL, &ts->interp->builtins);
    rt_dict_set(ts, d, RT_ID(__builtins__), b);
    rt_dict_set_cstr(ts, d, "__origname__", rt_str_intern_cstr(ts, "importlib._bootstrap"));
    rt_dict_set(ts, mods, n, m);
    rt_decref(ts, b);
    rt_decref(ts, mods);
    r = rt_eval_code(ts, code, d, RT_NULL, RT_NULL);
    rt_decref(ts, code);
    if (rt_is_null(r))
        rt_clear(ts, &m);
    rt_decref(ts, r);
    return m;
}

static int fix_magic(struct rt_thread *ts)
{
    rt_value mods = modules_dict(ts), ext = rt_dict_get_cstr(ts, mods, "_frozen_importlib_external");
    rt_decref(ts, mods);
    if (rt_is_null(ext))
        return -1;
    uint8_t raw[4] = {RT_PYC_MAGIC & 0xff, RT_PYC_MAGIC >> 8 & 0xff, '\r', '\n'};
    rt_value b = rt_bytes_new(ts, raw, 4);
    int err = rt_setattr_cstr(ts, ext, "MAGIC_NUMBER", b);
    uint32_t word;
    memcpy(&word, raw, 4);
    if (err == 0)
        err = rt_setattr_cstr(ts, ext, "_RAW_MAGIC_NUMBER", rt_int_imm(word));
    if (err == 0)
        err = rt_pyc_files_install(ts, ext);
    rt_decref(ts, b);
    rt_decref(ts, ext);
    return err;
}

int rt_import_bootstrap(struct rt_thread *ts)
{
    rt_value lib = make_module_from_library(ts, "_frozen_importlib", "importlib/_bootstrap.py", "<frozen importlib._bootstrap>");
    rt_value imp = RT_NULL, args[2], r = RT_NULL, mods;
    if (rt_is_null(lib))
        return -1;
    rt_slot_set(ts, &ts->interp->importlib, rt_newref(ts, lib));
    imp = rt_module_from_def(ts, &rt_module__imp);
    mods = modules_dict(ts);
    if (imp.bits && imp_exec(ts, imp) == 0) {
        rt_dict_set_cstr(ts, mods, "_imp", imp);
        args[0] = rt_dict_get_cstr(ts, mods, "sys");
        args[1] = imp;
        r = rt_call_method(ts, lib, "_install", args, 2);
        rt_decref(ts, args[0]);
    }
    rt_decref(ts, mods);
    rt_decref(ts, imp);
    if (r.bits) {
        rt_decref(ts, r);
        r = rt_call_method(ts, lib, "_install_external_importers", NULL, 0);
    }
    rt_decref(ts, lib);
    if (rt_is_null(r))
        return -1;
    rt_decref(ts, r);
    return fix_magic(ts) < 0 ? -1 : install_zip_hook(ts);
}

rt_value rt_import_stdlib_names(struct rt_thread *ts)
{
    static const char *const names[] = {
#define NAME(n) n,
#include "core/builtins/stdlib_names.def"
#undef NAME
    };
    rt_value s = rt_frozenset_new(ts, RT_NULL);
    for (size_t i = 0; i < RT_COUNTOF(names) && s.bits; i++)
        if (rt_set_add(ts, s, rt_str_intern_cstr(ts, names[i])) < 0)
            rt_clear(ts, &s);
    return s;
}
