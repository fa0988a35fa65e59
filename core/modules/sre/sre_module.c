/* SPDX-License-Identifier: MIT */
/* Module _sre: compile() and the case queries that re._compiler asks; and what its types share. */
#include "core/modules/sre/sre_objects.h"

#include "core/unicode/unicode_db.h"

/* ---- subjects ---- */

int sre_subject_open(struct rt_thread *ts, struct sre_subject *s, rt_value string, const struct sre_pattern *p)
{
    s->string = string;
    s->has_view = false;
    s->kind = 1;
    s->is_bytes = true;
    if (rt_is_str(string)) {
        struct rt_str *str = rt_as_str(string);
        s->data = rt_str_data(str);
        s->length = str->length;
        s->kind = str->kind;
        s->is_bytes = false;
    } else if (rt_is_bytes(string)) {
        s->data = rt_as_bytes(string)->data;
        s->length = rt_as_bytes(string)->length;
    } else {
        if (!rt_has_buffer(string)) {
            rt_raise(ts, &rt_exc_TypeError, "expected string or bytes-like object, got '%.200s'", rt_typename(string));
            return -1;
        }
        if (rt_buffer_get(ts, string, &s->view, RT_BUF_SIMPLE) < 0) {
            rt_exc_clear(ts);
            rt_raise(ts, &rt_exc_TypeError, "expected string or bytes-like object, got '%.200s'", rt_typename(string));
            return -1;
        }
        s->has_view = true;
        s->data = s->view.buf;
        s->length = (size_t)s->view.len;
    }
    if (p && p->is_bytes >= 0 && p->is_bytes != s->is_bytes) {
        sre_subject_close(ts, s);
        rt_raise(ts, &rt_exc_TypeError, s->is_bytes ? "cannot use a string pattern on a bytes-like object"
            : "cannot use a bytes pattern on a string-like object");
        return -1;
    }
    return 0;
}

void sre_subject_close(struct rt_thread *ts, struct sre_subject *s)
{
    if (s->has_view) {
        s->has_view = false;
        rt_buffer_release(ts, &s->view);
    }
}

rt_value sre_subject_slice(struct rt_thread *ts, const struct sre_subject *s, size_t start, size_t end)
{
    if (!s->is_bytes) {
        if (start == 0 && end == s->length && rt_is_str_exact(s->string)) {
            return rt_newref(ts, s->string);
        }
        return rt_str_sub(ts, s->string, start, end);
    }
    if (start == 0 && end == s->length && rt_is_exact(s->string, &rt_bytes_type)) {
        return rt_newref(ts, s->string);
    }
    return rt_bytes_new(ts, (const char *)s->data + start, end - start);
}

/* ---- matching ---- */

static int poll_thread(void *arg)
{
    return rt_safepoint(arg);
}

static size_t clip(int64_t i, size_t length)
{
    return i < 0 ? 0 : (uint64_t)i > length ? length : (size_t)i;
}

int sre_begin(struct rt_thread *ts, struct rt_sre_state *state, const struct sre_pattern *p,
    const struct sre_subject *s, int64_t pos, int64_t endpos)
{
    size_t start = clip(pos, s->length), end = clip(endpos, s->length);
    if (rt_sre_state_init(state, p->program, s->data, s->kind, start, end) != RT_SRE_OK) {
        rt_raise_no_memory(ts);
        return -1;
    }
    state->poll = poll_thread;
    state->poll_arg = ts;
    return 0;
}

int sre_outcome(struct rt_thread *ts, enum rt_sre_status status)
{
    if (status == RT_SRE_OK || status == RT_SRE_NO_MATCH) {
        return status == RT_SRE_OK;
    }
    if (status != RT_SRE_INTERRUPTED) {
        rt_raise_no_memory(ts);
    }
    return -1;
}

rt_value sre_self(struct rt_thread *ts, rt_value self)
{
    return rt_newref(ts, self);
}

rt_value sre_self_memo(struct rt_thread *ts, rt_value self, rt_value memo)
{
    return rt_newref(ts, self);
}

rt_value sre_alias(struct rt_thread *ts, rt_value cls, rt_value item)
{
    return rt_call2(ts, rt_type_value(&rt_generic_alias_type), cls, item);
}

/* ---- compile ---- */

static int read_code(struct rt_thread *ts, rt_value list, uint32_t **out, size_t *n)
{
    size_t len = rt_list_len(list);
    uint32_t *code = rt_raw_malloc((len ? len : 1) * sizeof *code);
    if (!code) {
        rt_raise_no_memory(ts);
        return -1;
    }
    for (size_t i = 0; i < len; i++) {
        rt_value item = rt_list_get(ts, list, i);
        int64_t word = -1;
        bool ok = !rt_is_null(item) && rt_is_any_int(item) && rt_int_try_i64(item, &word) && word >= 0
            && word <= UINT32_MAX;
        rt_decref(ts, item);
        if (!ok) {
            rt_raw_free(code);
            rt_raise(ts, &rt_exc_OverflowError, "regular expression code size limit exceeded");
            return -1;
        }
        code[i] = (uint32_t)word;
    }
    *out = code;
    *n = len;
    return 0;
}

static rt_value make_pattern(struct rt_thread *ts, rt_value pattern, int flags, rt_value code, int64_t groups,
    rt_value groupindex, rt_value indexgroup)
{
    struct sre_subject s;
    int8_t is_bytes = -1;
    if (!rt_is_none(pattern)) {
        if (sre_subject_open(ts, &s, pattern, NULL) < 0) {
            return RT_NULL;
        }
        is_bytes = s.is_bytes;
        sre_subject_close(ts, &s);
    }
    uint32_t *words;
    size_t n;
    if (read_code(ts, code, &words, &n) < 0) {
        return RT_NULL;
    }
    struct rt_sre_program *program = NULL;
    enum rt_sre_status status = groups < 0 ? RT_SRE_INVALID : rt_sre_compile(words, n, (size_t)groups, &program);
    if (status != RT_SRE_OK) {
        rt_raw_free(words);
        return status == RT_SRE_INVALID ? rt_raise(ts, &rt_exc_RuntimeError, "invalid SRE code")
            : rt_raise_no_memory(ts);
    }
    struct sre_pattern *p = rt_object_new(ts, &sre_pattern_type, sizeof *p);
    if (!p) {
        rt_raw_free(words);
        rt_sre_free(program);
        return RT_NULL;
    }
    rt_slot_init(&p->pattern, rt_newref(ts, pattern));
    rt_slot_init(&p->groupindex, rt_newref(ts, groupindex));
    rt_slot_init(&p->indexgroup, rt_newref(ts, indexgroup));
    rt_slot_init(&p->template, RT_NONE);
    p->program = program;
    p->code = words;
    p->code_len = n;
    p->groups = groups;
    p->flags = flags;
    p->is_bytes = is_bytes;
    return rt_own(p);
}

static rt_value sre_compile(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"pattern", "flags", "code", "groups", "groupindex", "indexgroup", NULL};
    static const struct rt_argspec spec = {"compile", names, .min = 6, .max = 6, .total = 6};
    rt_value a[6];
    if (rt_args(ts, &spec, args, n, kw, a) < 0) {
        return RT_NULL;
    }
    int flags = rt_as_int(ts, a[1]);
    if (flags == -1 && rt_pending(ts)) {
        return RT_NULL;
    }
    if (!rt_is_list(a[2])) {
        return rt_raise_arg_type(ts, "compile", "code", "list", a[2]);
    }
    int64_t groups = rt_as_ssize(ts, a[3]);
    if (groups == -1 && rt_pending(ts)) {
        return RT_NULL;
    }
    if (!rt_is_dict(a[4])) {
        return rt_raise_arg_type(ts, "compile", "groupindex", "dict", a[4]);
    }
    if (!rt_is_tuple(a[5])) {
        return rt_raise_arg_type(ts, "compile", "indexgroup", "tuple", a[5]);
    }
    return make_pattern(ts, a[0], flags, a[2], groups, a[4], a[5]);
}

static rt_value getcodesize(struct rt_thread *ts, rt_value self)
{
    return rt_int_imm(4);
}

/* Character argument; false with an exception. Code points out of range have no case. */
static bool read_char(struct rt_thread *ts, rt_value arg, int *c)
{
    *c = rt_as_int(ts, arg);
    return *c != -1 || !rt_pending(ts);
}

static rt_value ascii_iscased(struct rt_thread *ts, rt_value self, rt_value arg)
{
    int c;
    return read_char(ts, arg, &c) ? rt_bool(((uint32_t)c | 32) - 'a' < 26) : RT_NULL;
}

static rt_value unicode_iscased(struct rt_thread *ts, rt_value self, rt_value arg)
{
    int c;
    if (!read_char(ts, arg, &c)) {
        return RT_NULL;
    }
    uint32_t cp = (uint32_t)c;
    return rt_bool(cp <= RT_UNICODE_MAX && (rt_unicode_to_lower(cp) != cp || rt_unicode_to_upper(cp) != cp));
}

static rt_value ascii_tolower(struct rt_thread *ts, rt_value self, rt_value arg)
{
    int c;
    return read_char(ts, arg, &c) ? rt_int_imm((uint32_t)c - 'A' < 26 ? c + 32 : c) : RT_NULL;
}

static rt_value unicode_tolower(struct rt_thread *ts, rt_value self, rt_value arg)
{
    int c;
    if (!read_char(ts, arg, &c)) {
        return RT_NULL;
    }
    return rt_int_imm((uint32_t)c <= RT_UNICODE_MAX ? (int64_t)rt_unicode_to_lower((uint32_t)c) : c);
}

static const struct rt_method_def methods[] = {
    {"compile", sre_compile, RT_METH_KW,
        "compile($module, /, pattern, flags, code, groups, groupindex,\n        indexgroup)\n--\n\n"},
    {"getcodesize", getcodesize, RT_METH_NOARGS, "getcodesize($module, /)\n--\n\n"},
    {"ascii_iscased", ascii_iscased, RT_METH_O, "ascii_iscased($module, character, /)\n--\n\n"},
    {"unicode_iscased", unicode_iscased, RT_METH_O, "unicode_iscased($module, character, /)\n--\n\n"},
    {"ascii_tolower", ascii_tolower, RT_METH_O, "ascii_tolower($module, character, /)\n--\n\n"},
    {"unicode_tolower", unicode_tolower, RT_METH_O, "unicode_tolower($module, character, /)\n--\n\n"},
    {0},
};

static int sre_exec(struct rt_thread *ts, rt_value module)
{
    struct rt_type *const types[] = {&sre_pattern_type, &sre_match_type, &sre_scanner_type, &sre_iter_type};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (rt_type_ready(ts, types[i]) < 0) {
            return -1;
        }
    }
    if (rt_module_add_int(ts, module, "MAGIC", RT_SRE_MAGIC) < 0 || rt_module_add_int(ts, module, "CODESIZE", 4) < 0
            || rt_module_add_int(ts, module, "MAXREPEAT", RT_SRE_MAXREPEAT) < 0
            || rt_module_add_int(ts, module, "MAXGROUPS", RT_SRE_MAXGROUPS) < 0) {
        return -1;
    }
    /* regular expressions made for re by Secret Labs; programs print this */
    return rt_module_add_str(ts, module, "copyright", " SRE 2.2.2 Copyright (c) 1997-2002 by Secret Labs AB ");
}

const struct rt_module_def rt_module__sre = {
    .name = "_sre",
    .methods = methods,
    .exec = sre_exec,
};
