/* SPDX-License-Identifier: MIT */
/* Making the sys and builtins modules: constants, flags, types, exceptions. */
#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/builtins/builtins.h"
#include "core/builtins/sys.h"
#include "core/eval/frame.h"
#include "core/seam/config.h"
#include "core/object/structseq.h"
#include "core/seam/backend.h"
#include "core/seam/stats.h"
#include "core/types/exceptions/exceptions.h"

#define VERSION "3.11.2 (pyrt 0.1, Jan  1 2026, 00:00:00) [GCC " __VERSION__ "]"
#define HEXVERSION 0x030b02f0

static struct rt_type flags_type, version_type, float_info_type, int_info_type, hash_info_type, thread_info_type;
static const struct rt_structseq_field flags_fields[] = {{"debug", "-d"}, {"inspect", "-i"}, {"interactive", "-i"},
    {"optimize", "-O or -OO"}, {"dont_write_bytecode", "-B"}, {"no_user_site", "-s"}, {"no_site", "-S"},
    {"ignore_environment", "-E"}, {"verbose", "-v"}, {"bytes_warning", "-b"}, {"quiet", "-q"},
    {"hash_randomization", "-R"}, {"isolated", "-I"}, {"dev_mode", "-X dev"}, {"utf8_mode", "-X utf8"},
    {"warn_default_encoding", "-X warn_default_encoding"}, {"safe_path", "-P"},
    {"int_max_str_digits", "-X int_max_str_digits"}, {NULL, NULL}};
static const struct rt_structseq flags_desc = {"sys.flags", "sys.flags\n\nFlags provided through command line arguments or environment vars.", flags_fields, 18, true};
static const struct rt_structseq_field version_fields[] = {{"major", "Major release number"}, {"minor", "Minor release number"},
    {"micro", "Patch release number"}, {"releaselevel", "'alpha', 'beta', 'candidate', or 'final'"}, {"serial", "Serial release number"}, {NULL, NULL}};
static const struct rt_structseq version_desc = {"sys.version_info", "sys.version_info\n\nVersion information as a named tuple.", version_fields, 5, true};
static const struct rt_structseq_field float_fields[] = {{"max", NULL}, {"max_exp", NULL}, {"max_10_exp", NULL}, {"min", NULL},
    {"min_exp", NULL}, {"min_10_exp", NULL}, {"dig", NULL}, {"mant_dig", NULL}, {"epsilon", NULL}, {"radix", NULL}, {"rounds", NULL}, {NULL, NULL}};
static const struct rt_structseq float_desc = {"sys.float_info", "sys.float_info\n\nA named tuple holding information about the float type.", float_fields, 11, false};
static const struct rt_structseq_field int_fields[] = {{"bits_per_digit", NULL}, {"sizeof_digit", NULL}, {"default_max_str_digits", NULL}, {"str_digits_check_threshold", NULL}, {NULL, NULL}};
static const struct rt_structseq int_desc = {"sys.int_info", "sys.int_info\n\nA named tuple that holds information about Python's internal representation of integers.", int_fields, 4, false};
static const struct rt_structseq_field hash_fields[] = {{"width", NULL}, {"modulus", NULL}, {"inf", NULL}, {"nan", NULL}, {"imag", NULL}, {"algorithm", NULL}, {"hash_bits", NULL}, {"seed_bits", NULL}, {"cutoff", NULL}, {NULL, NULL}};
static const struct rt_structseq hash_desc = {"sys.hash_info", "hash_info\n\nA named tuple providing parameters used for computing hashes.", hash_fields, 9, false};
static const struct rt_structseq_field thread_fields[] = {{"name", NULL}, {"lock", NULL}, {"version", NULL}, {NULL, NULL}};
static const struct rt_structseq thread_desc = {"sys.thread_info", "sys.thread_info\n\nA named tuple holding information about the thread implementation.", thread_fields, 3, false};

const char *rt_stdlib_dir(void)
{
    return rt_runtime.config->stdlib;
}

static rt_value cstr(struct rt_thread *ts, const char *s) { return rt_str_fsdecode(ts, s, strlen(s)); }

static void put(struct rt_thread *ts, rt_value m, const char *name, rt_value owned) { rt_module_add(ts, m, name, owned); }

static rt_value seq(struct rt_thread *ts, struct rt_type *t, const struct rt_structseq *d, const rt_value *w)
{
    return rt_structseq_ready(ts, t, d) < 0 ? RT_NULL : rt_structseq_new(ts, t, w);
}

static rt_value make_flags(struct rt_thread *ts, const struct rt_config *c)
{
#define I(x) rt_int_imm(x)
    rt_value w[18] = {I(c->debug), I(c->inspect), I(c->interactive), I(c->optimize), I(c->dont_write_bytecode != 0),
        I(c->no_user_site), I(c->no_site), I(c->ignore_environment), I(c->verbose), I(c->bytes_warning), I(c->quiet),
        I(c->hash_randomize), I(c->isolated), rt_bool(c->dev_mode), I(c->utf8_mode), I(c->warn_default_encoding),
        rt_bool(c->safe_path), I(c->int_max_str_digits)};
    return seq(ts, &flags_type, &flags_desc, w);
}
static rt_value make_version(struct rt_thread *ts)
{
    rt_value w[5] = {I(3), I(11), I(2), rt_str_intern_cstr(ts, "final"), I(0)};
    return seq(ts, &version_type, &version_desc, w);
}
static void add_infos(struct rt_thread *ts, rt_value m)
{
    rt_value f[11] = {rt_float_new(ts, DBL_MAX), I(DBL_MAX_EXP), I(DBL_MAX_10_EXP), rt_float_new(ts, DBL_MIN), I(DBL_MIN_EXP),
                      I(DBL_MIN_10_EXP), I(DBL_DIG), I(DBL_MANT_DIG), rt_float_new(ts, DBL_EPSILON), I(FLT_RADIX), I(1)};
    put(ts, m, "float_info", seq(ts, &float_info_type, &float_desc, f));
    rt_value n[4] = {I(30), I(4), I(4300), I(640)};
    put(ts, m, "int_info", seq(ts, &int_info_type, &int_desc, n));
    rt_value h[9] = {I(64), I((1ll << 61) - 1), I(314159), I(0), I(1000003), rt_str_intern_cstr(ts, "siphash13"), I(64), I(128), I(0)};
    put(ts, m, "hash_info", seq(ts, &hash_info_type, &hash_desc, h));
    char ver[64] = "NPTL 2.36";
    confstr(_CS_GNU_LIBPTHREAD_VERSION, ver, sizeof(ver));
    rt_value t[3] = {rt_str_intern_cstr(ts, "pthread"), rt_str_intern_cstr(ts, "semaphore"), rt_str_intern_cstr(ts, ver)};
    put(ts, m, "thread_info", seq(ts, &thread_info_type, &thread_desc, t));
}

static rt_value make_implementation(struct rt_thread *ts)
{
    rt_value ns = rt_call0(ts, rt_type_value(&rt_namespace_type)), v;
    if (rt_is_null(ns))
        return ns;
    rt_setattr_cstr(ts, ns, "name", rt_str_intern_cstr(ts, "pyrt"));
    rt_setattr_cstr(ts, ns, "cache_tag", rt_str_intern_cstr(ts, "pyrt-311"));
    v = make_version(ts);
    rt_setattr_cstr(ts, ns, "version", v);
    rt_decref(ts, v);
    rt_setattr_cstr(ts, ns, "hexversion", I(HEXVERSION));
    rt_setattr_cstr(ts, ns, "_multiarch", rt_str_intern_cstr(ts, "x86_64-linux-gnu"));
    rt_setattr_cstr(ts, ns, "backend", rt_str_intern_cstr(ts, rt_be.name));
    return ns;
}

static rt_value list_of(struct rt_thread *ts, char **v, int n)
{
    rt_value l = rt_list_new(ts, (size_t)n);
    for (int i = 0; i < n && l.bits; i++)
        rt_list_append_steal(ts, l, cstr(ts, v[i]));
    return l;
}
static rt_value make_argv(struct rt_thread *ts, const struct rt_config *c)
{
    const char *first = c->mode == RT_RUN_COMMAND ? "-c" : c->mode == RT_RUN_MODULE ? "-m" : c->target ? c->target : "";
    rt_value l = rt_list_new(ts, (size_t)c->argc + 1);
    rt_list_append_steal(ts, l, cstr(ts, first));
    for (int i = 0; i < c->argc; i++)
        rt_list_append_steal(ts, l, cstr(ts, c->argv[i]));
    return l;
}
static rt_value make_xoptions(struct rt_thread *ts, const struct rt_config *c)
{
    rt_value d = rt_dict_new(ts);
    for (int i = 0; i < c->nxoptions; i++) {
        const char *s = c->xoptions[i], *eq = strchr(s, '=');
        rt_value k = eq ? rt_str_fsdecode(ts, s, (size_t)(eq - s)) : cstr(ts, s), v = eq ? cstr(ts, eq + 1) : RT_TRUE;
        rt_dict_set(ts, d, k, v);
        rt_decref(ts, k);
        rt_decref(ts, v);
    }
    return d;
}
/* sys.path: PYTHONPATH, the zip that may hold the library, the library, lib-dynload. */
static rt_value make_path(struct rt_thread *ts, const struct rt_config *c)
{
    rt_value l = rt_list_new(ts, 8);
    const char *pp = rt_config_env(c, "PYTHONPATH");
    while (pp) {
        const char *end = strchr(pp, ':');
        size_t n = end ? (size_t)(end - pp) : strlen(pp);
        rt_list_append_steal(ts, l, rt_str_fsdecode(ts, pp, n));
        pp = end ? end + 1 : NULL;
    }
    char buf[4096];
    const char *slash = strrchr(c->stdlib, '/');
    snprintf(buf, sizeof(buf), "%.*s/python311.zip", (int)(slash ? slash - c->stdlib : 0), c->stdlib);
    rt_list_append_steal(ts, l, cstr(ts, buf));
    rt_list_append_steal(ts, l, cstr(ts, c->stdlib));
    snprintf(buf, sizeof(buf), "%s/lib-dynload", c->stdlib);
    rt_list_append_steal(ts, l, cstr(ts, buf));
    return l;
}

static void add_paths(struct rt_thread *ts, rt_value m, const struct rt_config *c)
{
    put(ts, m, "executable", cstr(ts, c->program));
    put(ts, m, "_base_executable", cstr(ts, c->base_program));
    const char *prefixes[] = {"prefix", "base_prefix", "exec_prefix", "base_exec_prefix"};
    for (int i = 0; i < 4; i++)
        put(ts, m, prefixes[i], cstr(ts, c->prefix));
    put(ts, m, "platlibdir", rt_str_intern_cstr(ts, "lib"));
    put(ts, m, "_stdlib_dir", cstr(ts, c->stdlib));
    put(ts, m, "path", make_path(ts, c));
    put(ts, m, "path_hooks", rt_list_new(ts, 2));
    put(ts, m, "path_importer_cache", rt_dict_new(ts));
    put(ts, m, "meta_path", rt_list_new(ts, 3));
    put(ts, m, "pycache_prefix", c->pycache_prefix ? cstr(ts, c->pycache_prefix) : RT_NONE);
    put(ts, m, "_home", RT_NONE);
}

int rt_sys_create(struct rt_thread *ts)
{
    const struct rt_config *c = rt_runtime.config;
    static const struct rt_module_def def = {
        .name = "sys", .doc = "This module provides access to some objects used or maintained by the\ninterpreter and to functions that interact strongly with the interpreter.",
        .methods = rt_sys_functions};
    rt_value m = rt_module_from_def(ts, &def), mods = rt_dict_new(ts), w;
    if (rt_is_null(m) || rt_is_null(mods) || rt_sys_types_ready(ts) < 0)
        return -1;
    rt_slot_set(ts, &ts->interp->sys_dict, rt_newref(ts, rt_module_dict_borrowed(m)));
    rt_slot_set(ts, &ts->interp->modules, rt_newref(ts, mods));
    rt_dict_set(ts, mods, RT_ID(sys), m);
    put(ts, m, "modules", mods);
    put(ts, m, "version", rt_str_intern_cstr(ts, VERSION));
    put(ts, m, "hexversion", I(HEXVERSION));
    put(ts, m, "version_info", make_version(ts));
    put(ts, m, "api_version", I(1013));
    put(ts, m, "copyright", rt_str_intern_cstr(ts, "Copyright (c) 2026 The PyRT maintainers.\nAll Rights Reserved."));
    put(ts, m, "platform", rt_str_intern_cstr(ts, "linux"));
    put(ts, m, "byteorder", rt_str_intern_cstr(ts, "little"));
    put(ts, m, "maxsize", rt_int_from_i64(ts, INT64_MAX));
    put(ts, m, "maxunicode", I(0x10ffff));
    put(ts, m, "abiflags", rt_str_empty());
    put(ts, m, "float_repr_style", rt_str_intern_cstr(ts, "short"));
    put(ts, m, "_framework", rt_str_empty());
    put(ts, m, "_git", rt_tuple_pack(ts, 3, rt_str_intern_cstr(ts, "pyrt"), rt_str_empty(), rt_str_empty()));
    put(ts, m, "builtin_module_names", rt_builtin_module_names(ts));
    put(ts, m, "implementation", make_implementation(ts));
    put(ts, m, "flags", make_flags(ts, c));
    put(ts, m, "dont_write_bytecode", rt_bool(c->dont_write_bytecode));
    put(ts, m, "argv", make_argv(ts, c));
    put(ts, m, "orig_argv", list_of(ts, c->orig_argv, c->orig_argc));
    put(ts, m, "warnoptions", list_of(ts, c->warnoptions, c->nwarnoptions));
    put(ts, m, "_xoptions", make_xoptions(ts, c));
    add_infos(ts, m);
    add_paths(ts, m, c);
    rt_value names = rt_import_stdlib_names(ts);
    if (names.bits)
        put(ts, m, "stdlib_module_names", names);
    const char *copies[][2] = {{"displayhook", "__displayhook__"}, {"excepthook", "__excepthook__"},
                               {"unraisablehook", "__unraisablehook__"}, {"breakpointhook", "__breakpointhook__"}};
    for (size_t i = 0; i < 4; i++) {
        w = rt_getattr_cstr(ts, m, copies[i][0]);
        put(ts, m, copies[i][1], w);
    }
    rt_decref(ts, m);
    return rt_pending(ts) ? -1 : 0;
}

rt_value rt_sys_stats_dict(struct rt_thread *ts)
{
    rt_value d = rt_dict_new(ts);
    for (int i = 0; i < RT_CNT_COUNT && d.bits; i++) {
        rt_value v = rt_int_from_u64(ts, rt_stats_get((enum rt_counter)i));
        rt_dict_set_cstr(ts, d, rt_stats_key((enum rt_counter)i), v);
        rt_decref(ts, v);
    }
    return d;
}

/* ---- builtins ---- */
static struct rt_type *const builtin_types[] = {
    &rt_object_type, &rt_type_type, &rt_int_type, &rt_bool_type, &rt_float_type, &rt_complex_type, &rt_str_type,
    &rt_bytes_type, &rt_bytearray_type, &rt_memoryview_type, &rt_list_type, &rt_tuple_type, &rt_dict_type, &rt_set_type,
    &rt_frozenset_type, &rt_slice_type, &rt_range_type, &rt_enumerate_type, &rt_zip_type, &rt_map_type, &rt_filter_type,
    &rt_reversed_type, &rt_property_type, &rt_classmethod_type, &rt_staticmethod_type, &rt_super_type,
};

int rt_builtins_create(struct rt_thread *ts)
{
    static const struct rt_module_def def = {
        .name = "builtins",
        .doc = "Built-in functions, exceptions, and other objects.\n\nNoteworthy: None is the `nil' object; Ellipsis represents `...' in slices.",
        .methods = rt_builtin_functions};
    rt_value m = rt_module_from_def(ts, &def), mods = rt_slot_get(ts, NULL, &ts->interp->modules);
    if (rt_is_null(m))
        return -1;
    rt_value d = rt_module_dict_borrowed(m);
    rt_slot_set(ts, &ts->interp->builtins, rt_newref(ts, d));
    rt_dict_set(ts, mods, RT_ID(builtins), m);
    rt_decref(ts, mods);
    for (size_t i = 0; i < RT_COUNTOF(builtin_types); i++)
        rt_dict_set_cstr(ts, d, builtin_types[i]->name, rt_type_value(builtin_types[i]));
    rt_dict_set_cstr(ts, d, "None", RT_NONE);
    rt_dict_set_cstr(ts, d, "True", RT_TRUE);
    rt_dict_set_cstr(ts, d, "False", RT_FALSE);
    rt_dict_set_cstr(ts, d, "Ellipsis", RT_ELLIPSIS);
    rt_dict_set_cstr(ts, d, "NotImplemented", RT_NOTIMPL);
    rt_dict_set_cstr(ts, d, "__debug__", rt_bool(!rt_runtime.config->optimize));
    if (rt_exceptions_add(ts, d) < 0)
        return -1;
    rt_value imp = rt_dict_get(ts, d, RT_ID(__import__)), copy = rt_dict_copy(ts, d);
    rt_slot_set(ts, &ts->interp->import_func, imp);
    rt_slot_set(ts, &ts->interp->builtins_original, copy);
    rt_decref(ts, m);
    return rt_pending(ts) ? -1 : 0;
}
