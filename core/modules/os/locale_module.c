/* SPDX-License-Identifier: MIT */
/*
 * _locale: the C library's locale. It belongs to the process: setlocale() and localeconv() (which answers
 * in static memory) take one lock, so that no thread reads what another is replacing.
 */
#include <langinfo.h>
#include <libintl.h>
#include <limits.h>
#include <locale.h>
#include <pthread.h>
#include <wchar.h>

#include "core/modules/os/os_util.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* Text in the locale's encoding: UTF-8 and ASCII here, other bytes as surrogates. */
static rt_value text(struct rt_thread *ts, const char *s) { return rt_str_decode(ts, s, strlen(s), "utf-8", "surrogateescape"); }

static rt_value lc_setlocale(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    if (rt_args_count(ts, "setlocale", n, 1, 2) < 0)
        return RT_NULL;
    int category = rt_as_int(ts, a[0]);
    if (rt_pending(ts))
        return RT_NULL;
    const char *want = NULL;
    if (n > 1 && !rt_is_none(a[1])) {
        if (!rt_is_str(a[1]))
            return rt_raise(ts, &rt_exc_TypeError, "setlocale() argument 2 must be str or None, not %N", a[1]);
        want = rt_str_utf8_nonul(ts, a[1]);
        if (!want)
            return RT_NULL;
    }
    char copy[512];
    pthread_mutex_lock(&lock);
    const char *r = setlocale(category, want);
    bool ok = r && strlen(r) < sizeof copy;
    if (ok)
        strcpy(copy, r);
    pthread_mutex_unlock(&lock);
    if (ok)
        return text(ts, copy);
    return rt_raise(ts, &rt_exc_Exception, want ? "unsupported locale setting" : "locale query failed");
}
static rt_value setlocale_py(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    rt_value r = lc_setlocale(ts, self, a, n);
    if (rt_is_null(r) && rt_exc_is(ts, &rt_exc_Exception) && rt_type_of(ts->exc) == &rt_exc_Exception) {
        rt_value error = rt_getattr_cstr(ts, self, "Error");
        rt_exc_clear(ts);
        if (!rt_is_null(error))
            rt_raise(ts, rt_as_type(error), n > 1 && !rt_is_none(a[1]) ? "unsupported locale setting" : "locale query failed");
        rt_decref(ts, error);
    }
    return r;
}
/* "\3\3" as [3, 3, 0] */
static rt_value grouping(struct rt_thread *ts, const char *s)
{
    rt_value l = rt_list_new(ts, 4);
    if (rt_is_null(l) || *s == 0)
        return l;
    for (; *s && *s != CHAR_MAX; s++)
        rt_list_append(ts, l, rt_int_imm(*s));
    rt_list_append(ts, l, rt_int_imm(*s ? CHAR_MAX : 0));
    return l;
}
static rt_value lc_localeconv(struct rt_thread *ts, rt_value self)
{
    struct { const char *name; char text[64]; } strings[8];
    struct { const char *name; int v; } ints[14];
    char group[64], mon_group[64];
    pthread_mutex_lock(&lock);
    struct lconv *l = localeconv();
    size_t ns = 0, ni = 0;
#define S(f) (strings[ns].name = #f, snprintf(strings[ns].text, sizeof strings[ns].text, "%s", l->f), ns++)
#define I(f) (ints[ni].name = #f, ints[ni].v = l->f, ni++)
    S(int_curr_symbol), S(currency_symbol), S(mon_decimal_point), S(mon_thousands_sep), S(positive_sign), S(negative_sign);
    S(decimal_point), S(thousands_sep);
    I(int_frac_digits), I(frac_digits), I(p_cs_precedes), I(p_sep_by_space), I(n_cs_precedes), I(n_sep_by_space), I(p_sign_posn), I(n_sign_posn);
#undef S
#undef I
    snprintf(group, sizeof group, "%s", l->grouping);
    snprintf(mon_group, sizeof mon_group, "%s", l->mon_grouping);
    pthread_mutex_unlock(&lock);
    rt_value d = rt_dict_new(ts);
    for (size_t i = 0; i < ns && !rt_is_null(d); i++) {
        rt_value v = text(ts, strings[i].text);
        if (rt_is_null(v) || rt_dict_set_cstr(ts, d, strings[i].name, v) < 0)
            rt_clear(ts, &d);
        rt_decref(ts, v);
    }
    for (size_t i = 0; i < ni && !rt_is_null(d); i++)
        rt_dict_set_cstr(ts, d, ints[i].name, rt_int_imm(ints[i].v));
    for (int i = 0; i < 2 && !rt_is_null(d); i++) {
        rt_value g = grouping(ts, i ? mon_group : group);
        if (!rt_is_null(g))
            rt_dict_set_cstr(ts, d, i ? "mon_grouping" : "grouping", g);
        rt_decref(ts, g);
    }
    return d;
}
static wchar_t *wide(struct rt_thread *ts, rt_value v)
{
    size_t n = rt_str_len(v);
    wchar_t *w = rt_raw_malloc((n + 1) * sizeof *w);
    if (!w) {
        rt_raise_no_memory(ts);
        return NULL;
    }
    for (size_t i = 0; i < n; i++) {
        w[i] = (wchar_t)rt_str_at(rt_as_str(v), i);
        if (w[i] == 0) {
            rt_raise(ts, &rt_exc_ValueError, "embedded null character");
            rt_raw_free(w);
            return NULL;
        }
    }
    w[n] = 0;
    return w;
}
static rt_value lc_strcoll(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    if (rt_args_count(ts, "strcoll", n, 2, 2) < 0)
        return RT_NULL;
    for (uint32_t i = 0; i < 2; i++)
        if (!rt_is_str(a[i]))
            return rt_raise(ts, &rt_exc_TypeError, "strcoll() argument %d must be str, not %N", (int)i + 1, a[i]);
    wchar_t *x = wide(ts, a[0]), *y = x ? wide(ts, a[1]) : NULL;
    rt_value r = y ? rt_int_imm(wcscoll(x, y)) : RT_NULL;
    rt_raw_free(x);
    rt_raw_free(y);
    return r;
}
static rt_value lc_strxfrm(struct rt_thread *ts, rt_value self, rt_value v)
{
    if (!rt_is_str(v))
        return rt_raise(ts, &rt_exc_TypeError, "strxfrm() argument must be str, not %N", v);
    wchar_t *s = wide(ts, v), *out;
    if (!s)
        return RT_NULL;
    size_t n = wcsxfrm(NULL, s, 0);
    out = rt_raw_malloc((n + 1) * sizeof *out);
    rt_value r = RT_NULL;
    if (out) {
        wcsxfrm(out, s, n + 1);
        r = rt_str_from_ucs4(ts, (const uint32_t *)out, n);
    } else {
        rt_raise_no_memory(ts);
    }
    rt_raw_free(s);
    rt_raw_free(out);
    return r;
}
#define C(n) {#n, n},
static const struct rt_posix_const info_constants[] = {
    C(DAY_1) C(DAY_2) C(DAY_3) C(DAY_4) C(DAY_5) C(DAY_6) C(DAY_7) C(ABDAY_1) C(ABDAY_2) C(ABDAY_3) C(ABDAY_4) C(ABDAY_5) C(ABDAY_6)
    C(ABDAY_7) C(MON_1) C(MON_2) C(MON_3) C(MON_4) C(MON_5) C(MON_6) C(MON_7) C(MON_8) C(MON_9) C(MON_10) C(MON_11) C(MON_12)
    C(ABMON_1) C(ABMON_2) C(ABMON_3) C(ABMON_4) C(ABMON_5) C(ABMON_6) C(ABMON_7) C(ABMON_8) C(ABMON_9) C(ABMON_10) C(ABMON_11)
    C(ABMON_12) C(RADIXCHAR) C(THOUSEP) C(CRNCYSTR) C(D_FMT) C(D_T_FMT) C(T_FMT) C(AM_STR) C(PM_STR) C(CODESET) C(T_FMT_AMPM) C(ERA)
    C(ERA_D_FMT) C(ERA_D_T_FMT) C(ERA_T_FMT) C(ALT_DIGITS) C(YESEXPR) C(NOEXPR) C(_DATE_FMT) {NULL, 0}};
static const struct rt_posix_const constants[] = {C(LC_CTYPE) C(LC_TIME) C(LC_COLLATE) C(LC_MONETARY) C(LC_MESSAGES) C(LC_NUMERIC) C(LC_ALL)
    C(CHAR_MAX) {NULL, 0}};
static rt_value lc_nl_langinfo(struct rt_thread *ts, rt_value self, rt_value v)
{
    int key = rt_as_int(ts, v);
    if (rt_pending(ts))
        return RT_NULL;
    for (const struct rt_posix_const *c = info_constants; c->name; c++)
        if (c->value == key)
            return text(ts, nl_langinfo(key));
    return rt_raise(ts, &rt_exc_ValueError, "unsupported langinfo constant");
}
static rt_value lc_getencoding(struct rt_thread *ts, rt_value self)
{
    const char *s = nl_langinfo(CODESET);
    return text(ts, *s ? s : "utf-8");
}
static const char *name_arg(struct rt_thread *ts, const char *fname, rt_value v)
{
    if (!rt_is_str(v)) {
        rt_raise(ts, &rt_exc_TypeError, "%s() argument must be str, not %N", fname, v);
        return NULL;
    }
    return rt_str_utf8_nonul(ts, v);
}
static rt_value lc_gettext(struct rt_thread *ts, rt_value self, rt_value v)
{
    const char *s = name_arg(ts, "gettext", v);
    return s ? text(ts, gettext(s)) : RT_NULL;
}
static rt_value translate(struct rt_thread *ts, const char *fname, const rt_value *a, uint32_t n, bool category)
{
    if (rt_args_count(ts, fname, n, 2u + category, 2u + category) < 0)
        return RT_NULL;
    const char *domain = rt_is_none(a[0]) ? NULL : name_arg(ts, fname, a[0]), *s = rt_pending(ts) ? NULL : name_arg(ts, fname, a[1]);
    int cat = category && s ? rt_as_int(ts, a[2]) : LC_MESSAGES;
    return !s || rt_pending(ts) ? RT_NULL : text(ts, dcgettext(domain, s, cat));
}
static rt_value lc_dgettext(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n) { return translate(ts, "dgettext", a, n, false); }
static rt_value lc_dcgettext(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n) { return translate(ts, "dcgettext", a, n, true); }
static rt_value lc_textdomain(struct rt_thread *ts, rt_value self, rt_value v)
{
    const char *d = rt_is_none(v) ? NULL : name_arg(ts, "textdomain", v);
    if (rt_pending(ts))
        return RT_NULL;
    d = textdomain(d);
    return d ? text(ts, d) : rt_os_error(ts);
}
static rt_value bind(struct rt_thread *ts, const char *fname, const rt_value *a, uint32_t n, char *(*fn)(const char *, const char *), bool codeset)
{
    if (rt_args_count(ts, fname, n, 2, 2) < 0)
        return RT_NULL;
    const char *domain = name_arg(ts, fname, a[0]);
    if (!domain)
        return RT_NULL;
    if (!*domain)
        return rt_raise(ts, &rt_exc_ValueError, "domain must be a non-empty string");
    const char *value = rt_is_none(a[1]) ? NULL : name_arg(ts, fname, a[1]);
    if (rt_pending(ts))
        return RT_NULL;
    char *r = fn(domain, value);
    return r ? text(ts, r) : codeset ? RT_NONE : rt_os_error(ts);
}
static rt_value lc_bindtextdomain(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n) { return bind(ts, "bindtextdomain", a, n, bindtextdomain, false); }
static rt_value lc_bind_codeset(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n) { return bind(ts, "bind_textdomain_codeset", a, n, bind_textdomain_codeset, true); }
static int exec(struct rt_thread *ts, rt_value m)
{
    if (rt_os_constants(ts, m, constants) < 0 || rt_os_constants(ts, m, info_constants) < 0)
        return -1;
    rt_value e = rt_module_add_exception(ts, m, "Error", rt_type_value(&rt_exc_Exception));
    if (rt_is_null(e))
        return -1;
    rt_setattr_cstr(ts, e, "__module__", rt_str_intern_cstr(ts, "locale"));
    rt_decref(ts, e);
    return rt_pending(ts) ? -1 : 0;
}
static const struct rt_method_def methods[] = {
    {"setlocale", setlocale_py, RT_METH_FAST, "setlocale($module, category, locale=None, /)\n--\n\nActivates/queries locale processing."},
    {"localeconv", lc_localeconv, RT_METH_NOARGS, "localeconv($module, /)\n--\n\nReturns numeric and monetary locale-specific parameters."},
    {"strcoll", lc_strcoll, RT_METH_FAST, "strcoll($module, os1, os2, /)\n--\n\nCompares two strings according to the locale."},
    {"strxfrm", lc_strxfrm, RT_METH_O, "strxfrm($module, string, /)\n--\n\nReturn a string that can be used as a key for locale-aware comparisons."},
    {"nl_langinfo", lc_nl_langinfo, RT_METH_O, "nl_langinfo($module, key, /)\n--\n\nReturn the value for the locale information associated with key."},
    {"getencoding", lc_getencoding, RT_METH_NOARGS, "getencoding($module, /)\n--\n\nGet the current locale encoding."},
    {"gettext", lc_gettext, RT_METH_O, "gettext($module, msg, /)\n--\n\ngettext(msg) -> string\n\nReturn translation of msg."},
    {"dgettext", lc_dgettext, RT_METH_FAST, "dgettext($module, domain, msg, /)\n--\n\ndgettext(domain, msg) -> string\n\nReturn translation of msg in domain."},
    {"dcgettext", lc_dcgettext, RT_METH_FAST, "dcgettext($module, domain, msg, category, /)\n--\n\nReturn translation of msg in domain and category."},
    {"textdomain", lc_textdomain, RT_METH_O, "textdomain($module, domain, /)\n--\n\nSet the C library's textdmain to domain, returning the new domain."},
    {"bindtextdomain", lc_bindtextdomain, RT_METH_FAST, "bindtextdomain($module, domain, dir, /)\n--\n\nBind the C library's domain to dir."},
    {"bind_textdomain_codeset", lc_bind_codeset, RT_METH_FAST, "bind_textdomain_codeset($module, domain, codeset, /)\n--\n\nBind the C library's domain to codeset."},
    {NULL},
};
const struct rt_module_def rt_module__locale = {.name = "_locale", .doc = "Support for POSIX locales.", .methods = methods, .exec = exec};
