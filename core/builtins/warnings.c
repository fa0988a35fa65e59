/* SPDX-License-Identifier: MIT */
/*
 * Warnings: the module _warnings and rt_warn. Filters live in the module `warnings` once it is imported
 * (its `filters` list); until then in the interpreter's own list, which is the same object.
 */
#include "core/eval/frame.h"

/* ---- state ----------------------------------------------------------------------------------- */

static int add_filter(struct rt_thread *ts, rt_value list, const char *action, struct rt_type *category,
                      const char *module)
{
    rt_value m = module ? rt_str_intern_cstr(ts, module) : RT_NONE;
    rt_value t = rt_tuple_pack(ts, 5, rt_str_intern_cstr(ts, action), RT_NONE, rt_type_value(category), m,
                               rt_int_imm(0));
    return rt_is_null(t) ? -1 : rt_list_append_steal(ts, list, t);
}

static int init_state(struct rt_thread *ts)
{
    struct rt_interp *in = ts->interp;
    if (!rt_is_null(rt_slot_peek(&in->warnings_filters)))
        return 0;
    rt_value list = rt_list_new(ts, 5), once = rt_dict_new(ts);
    if (rt_is_null(list) || rt_is_null(once) ||
        add_filter(ts, list, "default", &rt_exc_DeprecationWarning, "__main__") < 0 ||
        add_filter(ts, list, "ignore", &rt_exc_DeprecationWarning, NULL) < 0 ||
        add_filter(ts, list, "ignore", &rt_exc_PendingDeprecationWarning, NULL) < 0 ||
        add_filter(ts, list, "ignore", &rt_exc_ImportWarning, NULL) < 0 ||
        add_filter(ts, list, "ignore", &rt_exc_ResourceWarning, NULL) < 0) {
        rt_decref(ts, list);
        rt_decref(ts, once);
        return -1;
    }
    rt_slot_set(ts, &in->warnings_once, once);
    rt_slot_set(ts, &in->warnings_default, rt_str_intern_cstr(ts, "default"));
    rt_slot_set(ts, &in->warnings_filters, list);
    return 0;
}

/* Attribute of the module `warnings`; RT_NULL without exception when it is not imported or absent. */
static rt_value warnings_attr(struct rt_thread *ts, const char *attr, bool import)
{
    rt_value m = RT_NULL, modules;
    if (import && !rt_load_relaxed(&ts->interp->finalizing)) {
        if (rt_is_null(m = rt_import(ts, "warnings"))) {
            rt_exc_clear_if(ts, &rt_exc_ImportError);
            return RT_NULL;
        }
    } else {
        modules = rt_slot_peek(&ts->interp->modules);
        if (rt_is_ptr(modules) && rt_is_dict(modules))
            m = rt_dict_get_cstr(ts, modules, "warnings");
        if (rt_is_null(m))
            return RT_NULL;
    }
    rt_value v = rt_getattr_opt_cstr(ts, m, attr);
    rt_decref(ts, m);
    return v;
}

/* The module's attribute, kept in *slot; else what *slot holds. */
static rt_value current(struct rt_thread *ts, const char *attr, rt_slot *slot)
{
    rt_value v = warnings_attr(ts, attr, false);
    if (rt_is_null(v))
        return rt_pending(ts) ? v : rt_slot_get(ts, ts->interp, slot);
    rt_slot_set(ts, slot, rt_newref(ts, v));
    return v;
}

/* ---- filters --------------------------------------------------------------------------------- */

static int matched(struct rt_thread *ts, rt_value pattern, rt_value text)
{
    if (rt_is_none(pattern))
        return 1;
    if (rt_is_str_exact(pattern))
        return rt_equal(ts, pattern, text);
    rt_value r = rt_call_method(ts, pattern, "match", &text, 1);
    if (rt_is_null(r))
        return -1;
    int t = rt_truth(ts, r);
    rt_decref(ts, r);
    return t;
}

/* 1: the filter applies, 0, -1 */
static int applies(struct rt_thread *ts, rt_value item, rt_value category, rt_value text, int64_t lineno,
                   rt_value module)
{
    rt_value *f = rt_as_tuple(item)->items;
    int r = matched(ts, f[1], text);
    if (r > 0)
        r = rt_issubclass(ts, category, f[2]);
    if (r > 0)
        r = rt_is_null(module) ? rt_is_none(f[3]) : matched(ts, f[3], module);
    if (r > 0) {
        int64_t ln = rt_as_index(ts, f[4], &rt_exc_OverflowError);
        if (ln == -1 && rt_pending(ts))
            return -1;
        r = ln == 0 || ln == lineno;
    }
    return r;
}

static rt_value check_action(struct rt_thread *ts, rt_value action, const char *what)
{
    if (rt_is_ptr(action) && rt_is_str(action))
        return action;
    if (!rt_is_null(action))
        rt_raise(ts, &rt_exc_TypeError, "%s must be a string, not '%.200s'", what, rt_typename(action));
    rt_decref(ts, action);
    return RT_NULL;
}

/* The action (owned); *item is the filter it came from (owned, or RT_NULL). */
static rt_value find_action(struct rt_thread *ts, rt_value category, rt_value text, int64_t lineno,
                            rt_value module, rt_value *item)
{
    rt_value filters = current(ts, "filters", &ts->interp->warnings_filters);
    *item = RT_NULL;
    if (rt_is_null(filters))
        return filters;
    if (!rt_is_ptr(filters) || !rt_is_list(filters)) {
        rt_decref(ts, filters);
        return rt_raise(ts, &rt_exc_ValueError, "_warnings.filters must be a list");
    }
    for (size_t i = 0; i < rt_list_len(filters); i++) {
        rt_value f = rt_list_get(ts, filters, i);
        int r;
        if (!rt_is_ptr(f) || !rt_is_tuple(f) || rt_as_tuple(f)->length != 5) {
            rt_raise(ts, &rt_exc_ValueError, "_warnings.filters item %zu isn't a 5-tuple", i);
            r = -1;
        } else {
            rt_value a = check_action(ts, rt_newref(ts, rt_as_tuple(f)->items[0]), "action");
            rt_decref(ts, a);
            r = rt_is_null(a) ? -1 : applies(ts, f, category, text, lineno, module);
        }
        if (r) {
            rt_decref(ts, filters);
            if (r < 0) {
                rt_decref(ts, f);
                return RT_NULL;
            }
            *item = f;
            return rt_newref(ts, rt_as_tuple(f)->items[0]);
        }
        rt_decref(ts, f);
    }
    rt_decref(ts, filters);
    return check_action(ts, current(ts, "defaultaction", &ts->interp->warnings_default),
                        "_warnings.defaultaction");
}

/* ---- registries ------------------------------------------------------------------------------ */

/* Is key in the registry (emptied when the filters changed)? Optionally enter it. 1, 0, -1 */
static int already_warned(struct rt_thread *ts, rt_value registry, rt_value key, bool enter)
{
    uint32_t now = rt_load_relaxed(&ts->interp->warnings_filters_version);
    rt_value v = rt_dict_get_cstr(ts, registry, "version");
    if (rt_is_null(v) && rt_pending(ts))
        return -1;
    bool fresh = rt_is_int(v) && rt_int_get(v) == now;
    rt_decref(ts, v);
    if (!fresh) {
        rt_dict_clear(ts, registry);
        if (rt_dict_set_cstr(ts, registry, "version", rt_int_imm(now)) < 0)
            return -1;
    } else {
        rt_value seen = rt_dict_get(ts, registry, key);
        if (rt_is_null(seen) && rt_pending(ts))
            return -1;
        int t = rt_is_null(seen) ? 0 : rt_truth(ts, seen);
        rt_decref(ts, seen);
        if (t)
            return t;
    }
    return enter ? rt_dict_set(ts, registry, key, RT_TRUE) : 0;
}

static int enter_text(struct rt_thread *ts, rt_value registry, rt_value text, rt_value category)
{
    rt_value key = rt_tuple_pack(ts, 2, text, category);
    int r = rt_is_null(key) ? -1 : already_warned(ts, registry, key, true);
    rt_decref(ts, key);
    return r;
}

/* ---- showing --------------------------------------------------------------------------------- */

static void show_plainly(struct rt_thread *ts, rt_value category, rt_value text, rt_value filename, int64_t lineno)
{
    rt_value err = rt_sys_get(ts, "stderr");
    rt_value name = rt_is_null(err) || rt_is_none(err) ? RT_NULL : rt_getattr(ts, category, RT_ID(__name__));
    if (!rt_is_null(name)) {
        rt_value line = rt_str_format(ts, "%S:%lld: %S: %S\n", filename, (long long)lineno, name, text);
        if (!rt_is_null(line))
            rt_decref(ts, rt_call_method(ts, err, "write", &line, 1));
        rt_decref(ts, line);
    }
    rt_exc_clear(ts);
    rt_decref(ts, name);
    rt_decref(ts, err);
}

static int show(struct rt_thread *ts, rt_value category, rt_value text, rt_value message, rt_value filename,
                int64_t lineno, rt_value source)
{
    bool import = !rt_is_null(source) && !rt_is_none(source);
    rt_value fn = warnings_attr(ts, "_showwarnmsg", import);
    if (rt_is_null(fn)) {
        if (rt_pending(ts))
            return -1;
        show_plainly(ts, category, text, filename, lineno);
        return 0;
    }
    if (!rt_is_callable(fn)) {
        rt_decref(ts, fn);
        rt_raise(ts, &rt_exc_TypeError, "warnings._showwarnmsg() must be set to a callable");
        return -1;
    }
    rt_value cls = warnings_attr(ts, "WarningMessage", false), r = RT_NULL;
    if (rt_is_null(cls)) {
        if (!rt_pending(ts))
            rt_raise(ts, &rt_exc_RuntimeError, "unable to get warnings.WarningMessage");
    } else {
        rt_value args[7] = {message, category, filename, rt_int_imm(lineno), RT_NONE, RT_NONE,
                            rt_is_null(source) ? RT_NONE : source};
        rt_value msg = rt_call(ts, cls, args, 7, RT_NULL);
        r = rt_is_null(msg) ? msg : rt_call1(ts, fn, msg);
        rt_decref(ts, msg);
    }
    rt_decref(ts, cls);
    rt_decref(ts, fn);
    rt_decref(ts, r);
    return rt_is_null(r) ? -1 : 0;
}

/* ---- the decision ---------------------------------------------------------------------------- */

/* Apply the action. 0, or -1 with an exception. */
static int act(struct rt_thread *ts, rt_value action, rt_value item, rt_value registry, rt_value key,
               rt_value category, rt_value text, rt_value message, rt_value filename, int64_t lineno, rt_value source)
{
    bool has = !rt_is_null(registry) && !rt_is_none(registry);
    int seen = 0;
    if (rt_str_eq_cstr(action, "error")) {
        rt_raise_instance(ts, message);
        return -1;
    }
    if (rt_str_eq_cstr(action, "ignore"))
        return 0;
    if (!rt_str_eq_cstr(action, "always")) {
        if (has && rt_dict_set(ts, registry, key, RT_TRUE) < 0)
            return -1;
        if (rt_str_eq_cstr(action, "once")) {
            rt_value once = has ? rt_newref(ts, registry)
                                : current(ts, "onceregistry", &ts->interp->warnings_once);
            if (rt_is_null(once))
                return -1;
            seen = enter_text(ts, once, text, category);
            rt_decref(ts, once);
        } else if (rt_str_eq_cstr(action, "module")) {
            seen = has ? enter_text(ts, registry, text, category) : 0;
        } else if (!rt_str_eq_cstr(action, "default")) {
            rt_raise(ts, &rt_exc_RuntimeError, "Unrecognized action (%R) in warnings.filters:\n %R", action,
                     rt_is_null(item) ? RT_NONE : item);
            return -1;
        }
    }
    if (seen)
        return seen < 0 ? -1 : 0;
    return show(ts, category, text, message, filename, lineno, source);
}

static rt_value module_from_filename(struct rt_thread *ts, rt_value filename)
{
    size_t n = rt_str_len(filename);
    if (!n)
        return rt_str_from_cstr(ts, "<unknown>");
    struct rt_str *s = rt_as_str(filename);
    if (n >= 3 && rt_str_at(s, n - 3) == '.' && rt_str_at(s, n - 2) == 'p' && rt_str_at(s, n - 1) == 'y')
        return rt_str_sub(ts, filename, 0, n - 3);
    return rt_newref(ts, filename);
}

static int warn_explicit(struct rt_thread *ts, rt_value category, rt_value message, rt_value filename,
                         int64_t lineno, rt_value module, rt_value registry, rt_value source)
{
    rt_value text, key, action, item = RT_NULL;
    int r = -1;
    if (init_state(ts) < 0)
        return -1;
    if (rt_is_none(module))
        return 0;
    if (!rt_is_null(registry) && !rt_is_none(registry) && !(rt_is_ptr(registry) && rt_is_dict(registry))) {
        rt_raise(ts, &rt_exc_TypeError, "'registry' must be a dict or None");
        return -1;
    }
    module = rt_is_null(module) ? module_from_filename(ts, filename) : rt_newref(ts, module);
    if (rt_is_null(module))
        return -1;
    int is_warning = rt_isinstance(ts, message, rt_type_value(&rt_exc_Warning));
    if (is_warning > 0) {
        text = rt_str(ts, message);
        message = rt_newref(ts, message);
        category = rt_type_value(rt_type_of(message));
    } else {
        text = rt_newref(ts, message);
        message = is_warning < 0 ? RT_NULL : rt_call1(ts, category, message);
    }
    key = rt_is_null(text) || rt_is_null(message) ? RT_NULL
                                                  : rt_tuple_pack(ts, 3, text, category, rt_int_imm(lineno));
    if (!rt_is_null(key)) {
        int seen = rt_is_null(registry) || rt_is_none(registry) ? 0 : already_warned(ts, registry, key, false);
        if (seen) {
            r = seen < 0 ? -1 : 0;
        } else {
            action = find_action(ts, category, text, lineno, module, &item);
            if (!rt_is_null(action))
                r = act(ts, action, item, registry, key, category, text, message, filename, lineno, source);
            rt_decref(ts, action);
            rt_decref(ts, item);
        }
    }
    rt_decref(ts, key);
    rt_decref(ts, text);
    rt_decref(ts, message);
    rt_decref(ts, module);
    return r;
}

/* ---- where the warning comes from ------------------------------------------------------------ */

static bool contains(rt_value s, const char *part)
{
    size_t n = rt_str_len(s), m = strlen(part);
    for (size_t i = 0; i + m <= n; i++) {
        size_t j = 0;
        while (j < m && rt_str_at(rt_as_str(s), i + j) == (unsigned char)part[j])
            j++;
        if (j == m)
            return true;
    }
    return false;
}

static rt_value filename_of(struct rt_frame *f) { return rt_slot_peek(&f->code->filename); }

static bool is_internal(struct rt_frame *f)
{
    rt_value name = f ? filename_of(f) : RT_NULL;
    return rt_is_ptr(name) && rt_is_str(name) && contains(name, "importlib") && contains(name, "_bootstrap");
}

static struct rt_frame *frame_at(struct rt_thread *ts, int64_t level)
{
    struct rt_frame *f = ts->frame;
    bool plain = level <= 0 || is_internal(f);
    while (--level > 0 && f) {
        f = f->prev;
        while (!plain && f && is_internal(f))
            f = f->prev;
    }
    return f;
}

static int do_warn(struct rt_thread *ts, rt_value message, rt_value category, int64_t level, rt_value source)
{
    struct rt_frame *f = frame_at(ts, level);
    rt_value globals = f ? rt_frame_globals_borrowed(f) : rt_slot_peek(&ts->interp->sys_dict);
    rt_value filename = f ? rt_newref(ts, filename_of(f)) : rt_str_from_cstr(ts, "sys");
    int64_t lineno = f ? rt_frame_lineno(f) : 1;
    rt_value id = rt_str_intern_cstr(ts, "__warningregistry__"), registry = rt_dict_get(ts, globals, id), module;
    int r = -1;
    if (rt_is_null(registry) && !rt_pending(ts)) {
        registry = rt_dict_new(ts);
        if (!rt_is_null(registry) && rt_dict_set(ts, globals, id, registry) < 0)
            rt_clear(ts, &registry);
    }
    module = rt_is_null(registry) ? registry : rt_dict_get(ts, globals, RT_ID(__name__));
    if (rt_is_null(module) && !rt_pending(ts))
        module = rt_str_from_cstr(ts, "<string>");
    if (!rt_is_null(module) && !rt_is_none(module) && !(rt_is_ptr(module) && rt_is_str(module))) {
        rt_decref(ts, module);
        module = rt_str_from_cstr(ts, "<string>");
    }
    if (!rt_is_null(module) && !rt_is_null(filename))
        r = warn_explicit(ts, category, message, filename, lineno, module, registry, source);
    rt_decref(ts, module);
    rt_decref(ts, registry);
    rt_decref(ts, filename);
    return r;
}

static int warn_text(struct rt_thread *ts, struct rt_type *category, int stack_level, rt_value source, const char *fmt,
                     va_list ap)
{
    rt_value text = rt_str_vformat(ts, fmt, ap);
    if (rt_is_null(text))
        return -1;
    int r = do_warn(ts, text, rt_type_value(category), stack_level, source);
    rt_decref(ts, text);
    return r;
}

int rt_warn(struct rt_thread *ts, struct rt_type *category, int stack_level, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int r = warn_text(ts, category, stack_level, RT_NULL, fmt, ap);
    va_end(ap);
    return r;
}

int rt_warn_resource(struct rt_thread *ts, rt_value source, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int r = warn_text(ts, &rt_exc_ResourceWarning, 1, source, fmt, ap);
    va_end(ap);
    return r;
}

int rt_warn_explicit(struct rt_thread *ts, struct rt_type *category, rt_value message, rt_value filename,
                     int lineno, rt_value module)
{
    return warn_explicit(ts, rt_type_value(category), message, filename, lineno, module, RT_NULL, RT_NULL);
}

/* ---- _warnings ------------------------------------------------------------------------------- */

static rt_value get_category(struct rt_thread *ts, rt_value message, rt_value category)
{
    int r = rt_isinstance(ts, message, rt_type_value(&rt_exc_Warning));
    if (r < 0)
        return RT_NULL;
    if (r)
        return rt_type_value(rt_type_of(message));
    if (rt_is_null(category) || rt_is_none(category))
        return rt_type_value(&rt_exc_UserWarning);
    if (rt_is_type(category)) {
        if ((r = rt_issubclass(ts, category, rt_type_value(&rt_exc_Warning))) < 0)
            return RT_NULL;
        if (r)
            return rt_borrowed(category);
    }
    return rt_raise(ts, &rt_exc_TypeError, "category must be a Warning subclass, not '%s'", rt_typename(category));
}

static rt_value mod_warn(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"message", "category", "stacklevel", "source", NULL};
    static const struct rt_argspec spec = {"warn", names, 0, 1, 4, 4};
    rt_value a[4];
    if (rt_args(ts, &spec, args, n, kw, a) < 0)
        return RT_NULL;
    rt_value category = get_category(ts, a[0], a[1]);
    int64_t level = 1;
    if (rt_is_null(category))
        return category;
    if (!rt_is_null(a[2]) && (level = rt_as_index(ts, a[2], &rt_exc_OverflowError)) == -1 && rt_pending(ts))
        return RT_NULL;
    return do_warn(ts, a[0], category, level, a[3]) < 0 ? RT_NULL : RT_NONE;
}

static rt_value mod_warn_explicit(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"message", "category", "filename", "lineno", "module", "registry",
                                        "module_globals", "source", NULL};
    static const struct rt_argspec spec = {"warn_explicit", names, 0, 4, 8, 8};
    rt_value a[8];
    if (rt_args(ts, &spec, args, n, kw, a) < 0)
        return RT_NULL;
    if (!rt_is_ptr(a[2]) || !rt_is_str(a[2]))
        return rt_raise_arg_type(ts, "warn_explicit", "argument 3", "str", a[2]);
    int64_t lineno = rt_as_i64(ts, a[3]);
    if (lineno == -1 && rt_pending(ts))
        return RT_NULL;
    if (!rt_is_null(a[6]) && !rt_is_none(a[6]) && !(rt_is_ptr(a[6]) && rt_is_dict(a[6])))
        return rt_raise(ts, &rt_exc_TypeError, "module_globals must be a dict, not '%.200s'", rt_typename(a[6]));
    int r = warn_explicit(ts, a[1], a[0], a[2], lineno, a[4], a[5], a[7]);
    return r < 0 ? RT_NULL : RT_NONE;
}

static rt_value mod_filters_mutated(struct rt_thread *ts, rt_value self)
{
    rt_add_relaxed(&ts->interp->warnings_filters_version, 1);
    return RT_NONE;
}

static int warnings_exec(struct rt_thread *ts, rt_value m)
{
    struct rt_interp *in = ts->interp;
    if (init_state(ts) < 0)
        return -1;
    if (rt_module_add(ts, m, "filters", rt_slot_get(ts, in, &in->warnings_filters)) < 0 ||
        rt_module_add(ts, m, "_onceregistry", rt_slot_get(ts, in, &in->warnings_once)) < 0)
        return -1;
    return rt_module_add(ts, m, "_defaultaction", rt_slot_get(ts, in, &in->warnings_default));
}

static const struct rt_method_def warnings_methods[] = {
    {"warn", mod_warn, RT_METH_KW,
     "warn($module, /, message, category=None, stacklevel=1, source=None)\n--\n\nIssue a warning, or maybe ignore "
     "it or raise an exception."},
    {"warn_explicit", mod_warn_explicit, RT_METH_KW, "Low-level interface to warnings functionality."},
    {"_filters_mutated", mod_filters_mutated, RT_METH_NOARGS, NULL},
    {0},
};

extern const struct rt_module_def rt_module__warnings;
const struct rt_module_def rt_module__warnings = {
    .name = "_warnings",
    .doc = "_warnings provides basic warning filtering support.\nIt is a helper module to speed up interpreter "
           "start-up.",
    .methods = warnings_methods,
    .exec = warnings_exec,
};
