/* SPDX-License-Identifier: MIT */
/*
 * Module unicodedata. Each function serves the module (Unicode 14.0.0) and, as a method of UCD, the old
 * database ucd_3_2_0: self says which.
 */
#include "core/object/native.h"
#include "core/unicode/unicode_db.h"
#include "core/unicode/utf.h"

#include <stdlib.h>
#include <string.h>

struct ucd {
    struct rt_object hdr;
    const char *version;
};

static struct rt_type ucd_type;

static bool is_old(rt_value self)
{
    return rt_is_exact(self, &ucd_type);
}

static const struct rt_unicode_record *record(rt_value self, uint32_t cp)
{
    return is_old(self) ? rt_unicode_record_3_2_0(cp) : rt_unicode_record(cp);
}

/* The one character of arg; false with a TypeError. where: "argument" or "argument 1". */
static bool read_char(struct rt_thread *ts, const char *fname, const char *where, rt_value arg, uint32_t *cp)
{
    if (!rt_is_str(arg) || rt_str_len(arg) != 1) {
        rt_raise(ts, &rt_exc_TypeError, "%s() %s must be a unicode character, not %.50s", fname, where,
            rt_is_none(arg) ? "None" : rt_typename(arg));
        return false;
    }
    *cp = rt_str_at(rt_as_str(arg), 0);
    return true;
}

/* Arguments (chr, default=absent); false with an exception. */
static bool read_chr_default(struct rt_thread *ts, const char *fname, const rt_value *args, uint32_t n, uint32_t *cp,
    rt_value *deflt)
{
    if (rt_args_count(ts, fname, n, 1, 2) < 0 || !read_char(ts, fname, "argument 1", args[0], cp)) {
        return false;
    }
    *deflt = n > 1 ? args[1] : RT_NULL;
    return true;
}

/* The default, or ValueError. */
static rt_value no_value(struct rt_thread *ts, rt_value deflt, const char *message)
{
    return rt_is_null(deflt) ? rt_raise(ts, &rt_exc_ValueError, "%s", message) : rt_newref(ts, deflt);
}

static rt_value ud_decimal(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    uint32_t cp;
    rt_value deflt;
    if (!read_chr_default(ts, "decimal", args, n, &cp, &deflt)) {
        return RT_NULL;
    }
    int value = rt_unicode_decimal(cp);
    if (is_old(self)) {
        uint8_t old = rt_unicode_record_3_2_0(cp)->extra;
        value = old == 255 ? -1 : old;
    }
    return value < 0 ? no_value(ts, deflt, "not a decimal") : rt_int_imm(value);
}

static rt_value ud_digit(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    uint32_t cp;
    rt_value deflt;
    if (!read_chr_default(ts, "digit", args, n, &cp, &deflt)) {
        return RT_NULL;
    }
    int value = rt_unicode_digit(cp);
    return value < 0 ? no_value(ts, deflt, "not a digit") : rt_int_imm(value);
}

static rt_value ud_numeric(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    uint32_t cp;
    rt_value deflt;
    if (!read_chr_default(ts, "numeric", args, n, &cp, &deflt)) {
        return RT_NULL;
    }
    double value = rt_unicode_numerics[record(self, cp)->numeric];
    return value == -1.0 ? no_value(ts, deflt, "not a numeric character") : rt_float_new(ts, value);
}

static rt_value ud_category(struct rt_thread *ts, rt_value self, rt_value arg)
{
    uint32_t cp;
    return read_char(ts, "category", "argument", arg, &cp)
        ? rt_str_intern_cstr(ts, rt_unicode_category_names[record(self, cp)->category]) : RT_NULL;
}

static rt_value ud_bidirectional(struct rt_thread *ts, rt_value self, rt_value arg)
{
    uint32_t cp;
    return read_char(ts, "bidirectional", "argument", arg, &cp)
        ? rt_str_intern_cstr(ts, rt_unicode_bidi_names[record(self, cp)->bidirectional]) : RT_NULL;
}

static rt_value ud_combining(struct rt_thread *ts, rt_value self, rt_value arg)
{
    uint32_t cp;
    return read_char(ts, "combining", "argument", arg, &cp) ? rt_int_imm(record(self, cp)->combining) : RT_NULL;
}

static rt_value ud_mirrored(struct rt_thread *ts, rt_value self, rt_value arg)
{
    uint32_t cp;
    return read_char(ts, "mirrored", "argument", arg, &cp) ? rt_int_imm(record(self, cp)->mirrored) : RT_NULL;
}

static rt_value ud_east_asian_width(struct rt_thread *ts, rt_value self, rt_value arg)
{
    uint32_t cp;
    return read_char(ts, "east_asian_width", "argument", arg, &cp)
        ? rt_str_intern_cstr(ts, rt_unicode_width_names[record(self, cp)->width]) : RT_NULL;
}

static rt_value ud_decomposition(struct rt_thread *ts, rt_value self, rt_value arg)
{
    uint32_t cp;
    char text[RT_UNICODE_DECOMPOSITION_MAX];
    if (!read_char(ts, "decomposition", "argument", arg, &cp)) {
        return RT_NULL;
    }
    size_t n = rt_unicode_decomposition(cp, is_old(self), text);
    return rt_str_from_latin1(ts, (const uint8_t *)text, n);
}

static rt_value ud_name(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    uint32_t cp;
    rt_value deflt;
    char text[RT_UNICODE_NAME_MAX];
    if (!read_chr_default(ts, "name", args, n, &cp, &deflt)) {
        return RT_NULL;
    }
    size_t len = rt_unicode_name(cp, is_old(self), text);
    return len == 0 ? no_value(ts, deflt, "no such name") : rt_str_from_latin1(ts, (const uint8_t *)text, len);
}

static rt_value lookup_text(struct rt_thread *ts, rt_value self, const char *name, size_t n)
{
    uint32_t found[RT_UNICODE_SEQUENCE_MAX];
    if (n > INT32_MAX) {
        return rt_raise(ts, &rt_exc_KeyError, "name too long");
    }
    int count = rt_unicode_lookup_name(name, n, is_old(self) ? RT_LOOKUP_3_2_0 : RT_LOOKUP_ALIASES | RT_LOOKUP_SEQUENCES,
        found);
    if (count > 0) {
        return rt_str_from_ucs4(ts, found, (size_t)count);
    }
    if (n >= RT_UNICODE_NAME_MAX) {
        return rt_raise(ts, &rt_exc_KeyError, "name too long");
    }
    rt_value text = rt_str_from_utf8(ts, name, n, "replace");
    if (rt_is_null(text)) {
        return RT_NULL;
    }
    rt_raise(ts, &rt_exc_KeyError, "undefined character name '%U'", text);
    rt_decref(ts, text);
    return RT_NULL;
}

static rt_value ud_lookup(struct rt_thread *ts, rt_value self, rt_value arg)
{
    if (rt_is_str(arg)) {
        size_t n;
        const char *name = rt_str_utf8(ts, arg, &n);
        return name ? lookup_text(ts, self, name, n) : RT_NULL;
    }
    if (rt_is_bytes(arg)) {
        return lookup_text(ts, self, rt_as_bytes(arg)->data, rt_as_bytes(arg)->length);
    }
    if (rt_has_buffer(arg)) {
        return rt_raise(ts, &rt_exc_TypeError, "lookup() argument must be read-only bytes-like object, not %.50s",
            rt_typename(arg));
    }
    return rt_raise(ts, &rt_exc_TypeError, "a bytes-like object is required, not '%.100s'", rt_typename(arg));
}

/* ---- normal forms ---- */

static bool read_form_args(struct rt_thread *ts, const char *fname, const rt_value *args, uint32_t n)
{
    if (rt_args_count(ts, fname, n, 2, 2) < 0) {
        return false;
    }
    for (int i = 0; i < 2; i++) {
        if (!rt_is_str(args[i])) {
            rt_raise(ts, &rt_exc_TypeError, "%s() argument %d must be str, not %.50s", fname, i + 1,
                rt_is_none(args[i]) ? "None" : rt_typename(args[i]));
            return false;
        }
    }
    return true;
}

static bool read_form(struct rt_thread *ts, rt_value name, enum rt_unicode_form *form)
{
    static const char *const names[] = {[RT_NFD] = "NFD", [RT_NFKD] = "NFKD", [RT_NFC] = "NFC", [RT_NFKC] = "NFKC"};
    for (int i = 0; i < 4; i++) {
        if (rt_str_eq_cstr(name, names[i])) {
            *form = (enum rt_unicode_form)i;
            return true;
        }
    }
    rt_raise(ts, &rt_exc_ValueError, "invalid normalization form");
    return false;
}

static enum rt_unicode_quick quick(rt_value self, enum rt_unicode_form form, const struct rt_str *s)
{
    if (s->ascii) {
        return RT_QUICK_YES;
    }
    if (is_old(self)) {
        return RT_QUICK_MAYBE;              /* the bits are those of 14.0 */
    }
    return rt_unicode_quick_check(form, rt_str_data(s), s->kind, s->length);
}

/* The normal form as code points from malloc, or NULL with MemoryError. */
static uint32_t *normalized(struct rt_thread *ts, rt_value self, enum rt_unicode_form form, const struct rt_str *s,
    size_t *n)
{
    uint32_t *out;
    ptrdiff_t len = rt_unicode_normalize(form, is_old(self), rt_str_data(s), s->kind, s->length, &out);
    if (len < 0) {
        rt_raise_no_memory(ts);
        return NULL;
    }
    *n = (size_t)len;
    return out;
}

static rt_value ud_normalize(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    enum rt_unicode_form form;
    if (!read_form_args(ts, "normalize", args, n)) {
        return RT_NULL;
    }
    struct rt_str *s = rt_as_str(args[1]);
    if (s->length == 0) {
        return rt_newref(ts, args[1]);
    }
    if (!read_form(ts, args[0], &form)) {
        return RT_NULL;
    }
    if (quick(self, form, s) == RT_QUICK_YES) {
        return rt_newref(ts, args[1]);
    }
    size_t len;
    uint32_t *text = normalized(ts, self, form, s, &len);
    if (!text) {
        return RT_NULL;
    }
    rt_value result = rt_str_from_ucs4(ts, text, len);
    free(text);
    return result;
}

static rt_value ud_is_normalized(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    enum rt_unicode_form form;
    if (!read_form_args(ts, "is_normalized", args, n)) {
        return RT_NULL;
    }
    struct rt_str *s = rt_as_str(args[1]);
    if (s->length == 0) {
        return RT_TRUE;
    }
    if (!read_form(ts, args[0], &form)) {
        return RT_NULL;
    }
    enum rt_unicode_quick answer = quick(self, form, s);
    if (answer != RT_QUICK_MAYBE) {
        return rt_bool(answer == RT_QUICK_YES);
    }
    size_t len;
    uint32_t *text = normalized(ts, self, form, s, &len);
    if (!text) {
        return RT_NULL;
    }
    bool same = len == s->length;
    for (size_t i = 0; same && i < len; i++) {
        same = text[i] == rt_str_at(s, i);
    }
    free(text);
    return rt_bool(same);
}

/* ---- the module and the type ---- */

#define DEFAULT_SIGNATURE "($self, chr, default=<unrepresentable>, /)\n--\n\n"
#define CHR_SIGNATURE "($self, chr, /)\n--\n\n"
static const struct rt_method_def methods[] = {
    {"decimal", ud_decimal, RT_METH_FAST,
        "decimal" DEFAULT_SIGNATURE "Converts a Unicode character into its equivalent decimal value.\n\nReturns the "
        "decimal value assigned to the character chr as integer.\nIf no such value is defined, default is returned, or, "
        "if not given,\nValueError is raised."},
    {"digit", ud_digit, RT_METH_FAST,
        "digit" DEFAULT_SIGNATURE "Converts a Unicode character into its equivalent digit value.\n\nReturns the digit "
        "value assigned to the character chr as integer.\nIf no such value is defined, default is returned, or, if not "
        "given,\nValueError is raised."},
    {"numeric", ud_numeric, RT_METH_FAST,
        "numeric" DEFAULT_SIGNATURE "Converts a Unicode character into its equivalent numeric value.\n\nReturns the "
        "numeric value assigned to the character chr as float.\nIf no such value is defined, default is returned, or, if "
        "not given,\nValueError is raised."},
    {"category", ud_category, RT_METH_O,
        "category" CHR_SIGNATURE "Returns the general category assigned to the character chr as string."},
    {"bidirectional", ud_bidirectional, RT_METH_O,
        "bidirectional" CHR_SIGNATURE "Returns the bidirectional class assigned to the character chr as string.\n\nIf no "
        "such value is defined, an empty string is returned."},
    {"combining", ud_combining, RT_METH_O,
        "combining" CHR_SIGNATURE "Returns the canonical combining class assigned to the character chr as "
        "integer.\n\nReturns 0 if no combining class is defined."},
    {"mirrored", ud_mirrored, RT_METH_O,
        "mirrored" CHR_SIGNATURE "Returns the mirrored property assigned to the character chr as integer.\n\nReturns 1 if "
        "the character has been identified as a \"mirrored\"\ncharacter in bidirectional text, 0 otherwise."},
    {"east_asian_width", ud_east_asian_width, RT_METH_O,
        "east_asian_width" CHR_SIGNATURE "Returns the east asian width assigned to the character chr as string."},
    {"decomposition", ud_decomposition, RT_METH_O,
        "decomposition" CHR_SIGNATURE "Returns the character decomposition mapping assigned to the character chr as "
        "string.\n\nAn empty string is returned in case no such mapping is defined."},
    {"name", ud_name, RT_METH_FAST,
        "name" DEFAULT_SIGNATURE "Returns the name assigned to the character chr as a string.\n\nIf no name is defined, "
        "default is returned, or, if not given,\nValueError is raised."},
    {"lookup", ud_lookup, RT_METH_O,
        "lookup($self, name, /)\n--\n\nLook up character by name.\n\nIf a character with the given name is found, return "
        "the\ncorresponding character.  If not found, KeyError is raised."},
    {"is_normalized", ud_is_normalized, RT_METH_FAST,
        "is_normalized($self, form, unistr, /)\n--\n\nReturn whether the Unicode string unistr is in the normal form "
        "'form'.\n\nValid values for form are 'NFC', 'NFKC', 'NFD', and 'NFKD'."},
    {"normalize", ud_normalize, RT_METH_FAST,
        "normalize($self, form, unistr, /)\n--\n\nReturn the normal form 'form' for the Unicode string unistr.\n\nValid "
        "values for form are 'NFC', 'NFKC', 'NFD', and 'NFKD'."},
    {0},
};

static const struct rt_member_def ucd_members[] = {
    {"unidata_version", RT_MEMBER_CSTRING, offsetof(struct ucd, version), true, NULL},
    {0},
};

static struct rt_type ucd_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "unicodedata.UCD",
    .flags = RT_TF_IMMUTABLE | RT_TF_NO_NEW,
    .basic_size = sizeof(struct ucd),
    .base = &rt_object_type,
    .methods = methods,
    .members = ucd_members,
};

static int unicodedata_exec(struct rt_thread *ts, rt_value module)
{
    if (rt_module_add_str(ts, module, "unidata_version", RT_UNICODE_VERSION) < 0
            || rt_type_ready(ts, &ucd_type) < 0) {
        return -1;
    }
    struct ucd *old = rt_object_new(ts, &ucd_type, sizeof *old);
    if (!old) {
        return -1;
    }
    old->version = "3.2.0";
    return rt_module_add(ts, module, "ucd_3_2_0", rt_own(old));
}

static struct rt_type *const types[] = {&ucd_type, NULL};

const struct rt_module_def rt_module_unicodedata = {
    .name = "unicodedata",
    .doc = "This module provides access to the Unicode Character Database which\ndefines character properties for all "
        "Unicode characters. The data in\nthis database is based on the UnicodeData.txt file version\n14.0.0 which is "
        "publicly available from ftp://ftp.unicode.org/.\n\nThe module uses the same names and symbols as defined by "
        "the\nUnicodeData File Format 14.0.0.",
    .methods = methods,
    .types = types,
    .exec = unicodedata_exec,
};
