/* SPDX-License-Identifier: MIT */
/* re.Pattern: matching, searching, splitting. Substitution is in sre_sub.c, iteration in sre_scanner.c. */
#include "core/modules/sre/sre_objects.h"

#include "core/base/hash.h"

#include <stdio.h>
#include <string.h>

int sre_search_args(struct rt_thread *ts, const char *fname, const rt_value *args, uint32_t n, rt_value kw,
    rt_value *string, int64_t *pos, int64_t *endpos)
{
    static const char *const names[] = {"string", "pos", "endpos", NULL};
    const struct rt_argspec spec = {fname, names, .min = 1, .max = 3, .total = 3};
    rt_value a[3];
    *pos = 0;
    *endpos = INT64_MAX;
    if (n == 1 && rt_is_null(kw)) {
        *string = args[0];
        return 0;
    }
    if (rt_args(ts, &spec, args, n, kw, a) < 0) {
        return -1;
    }
    *string = a[0];
    if (!rt_is_null(a[1])) {
        *pos = rt_as_ssize(ts, a[1]);
        if (*pos == -1 && rt_pending(ts)) {
            return -1;
        }
    }
    if (!rt_is_null(a[2])) {
        *endpos = rt_as_ssize(ts, a[2]);
        if (*endpos == -1 && rt_pending(ts)) {
            return -1;
        }
    }
    return 0;
}

enum how { SEARCH, MATCH, FULLMATCH };

static rt_value match_once(struct rt_thread *ts, rt_value self, const char *fname, enum how how, const rt_value *args,
    uint32_t n, rt_value kw)
{
    struct sre_pattern *p = sre_as_pattern(self);
    struct sre_subject s;
    struct rt_sre_state state;
    rt_value string;
    int64_t pos, endpos;
    if (sre_search_args(ts, fname, args, n, kw, &string, &pos, &endpos) < 0 || sre_subject_open(ts, &s, string, p) < 0) {
        return RT_NULL;
    }
    rt_value result = RT_NULL;
    if (sre_begin(ts, &state, p, &s, pos, endpos) == 0) {
        int64_t from = (int64_t)state.start, to = (int64_t)state.end;
        state.match_all = how == FULLMATCH;
        int found = sre_outcome(ts, how == SEARCH ? rt_sre_search(&state) : rt_sre_match(&state));
        result = found > 0 ? sre_match_new(ts, p, string, &state, from, to) : found == 0 ? RT_NONE : RT_NULL;
        rt_sre_state_free(&state);
    }
    sre_subject_close(ts, &s);
    return result;
}

static rt_value pattern_match(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    return match_once(ts, self, "match", MATCH, args, n, kw);
}

static rt_value pattern_fullmatch(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    return match_once(ts, self, "fullmatch", FULLMATCH, args, n, kw);
}

static rt_value pattern_search(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    return match_once(ts, self, "search", SEARCH, args, n, kw);
}

/* Text of group i of the state's match; for a group without part: empty text, or None. */
static rt_value group_text(struct rt_thread *ts, const struct sre_subject *s, const struct rt_sre_state *state, size_t i,
    bool none)
{
    size_t start, end;
    if (rt_sre_group(state, i, &start, &end) && start <= end) {
        return sre_subject_slice(ts, s, start, end);
    }
    return none ? RT_NONE : sre_subject_slice(ts, s, 0, 0);
}

static rt_value found_item(struct rt_thread *ts, const struct sre_pattern *p, const struct sre_subject *s,
    const struct rt_sre_state *state)
{
    if (p->groups == 0) {
        return sre_subject_slice(ts, s, state->match_start, state->match_end);
    }
    if (p->groups == 1) {
        return group_text(ts, s, state, 1, false);
    }
    rt_value tuple = rt_tuple_new(ts, (size_t)p->groups);
    for (int64_t i = 0; !rt_is_null(tuple) && i < p->groups; i++) {
        rt_value item = group_text(ts, s, state, (size_t)i + 1, false);
        if (rt_is_null(item)) {
            rt_decref(ts, tuple);
            return RT_NULL;
        }
        rt_as_tuple(tuple)->items[i] = item;
    }
    return tuple;
}

static int find_all(struct rt_thread *ts, const struct sre_pattern *p, const struct sre_subject *s,
    struct rt_sre_state *state, rt_value list)
{
    for (;;) {
        int found = sre_outcome(ts, rt_sre_search(state));
        if (found <= 0) {
            return found;
        }
        rt_value item = found_item(ts, p, s, state);
        if (rt_is_null(item) || rt_list_append_steal(ts, list, item) < 0) {
            return -1;
        }
        sre_advance(state);
    }
}

static rt_value pattern_findall(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    struct sre_pattern *p = sre_as_pattern(self);
    struct sre_subject s;
    struct rt_sre_state state;
    rt_value string;
    int64_t pos, endpos;
    if (sre_search_args(ts, "findall", args, n, kw, &string, &pos, &endpos) < 0
            || sre_subject_open(ts, &s, string, p) < 0) {
        return RT_NULL;
    }
    rt_value list = rt_list_new(ts, 0);
    if (!rt_is_null(list)) {
        int status = sre_begin(ts, &state, p, &s, pos, endpos);
        if (status == 0) {
            status = find_all(ts, p, &s, &state, list);
            rt_sre_state_free(&state);
        }
        if (status < 0) {
            rt_clear(ts, &list);
        }
    }
    sre_subject_close(ts, &s);
    return list;
}

static int append_owned(struct rt_thread *ts, rt_value list, rt_value item)
{
    return rt_is_null(item) ? -1 : rt_list_append_steal(ts, list, item);
}

static int split_all(struct rt_thread *ts, const struct sre_pattern *p, const struct sre_subject *s,
    struct rt_sre_state *state, int64_t maxsplit, rt_value list)
{
    size_t last = 0;
    for (int64_t n = 0; maxsplit == 0 || n < maxsplit; n++) {
        int found = sre_outcome(ts, rt_sre_search(state));
        if (found < 0) {
            return -1;
        }
        if (found == 0) {
            break;
        }
        if (append_owned(ts, list, sre_subject_slice(ts, s, last, state->match_start)) < 0) {
            return -1;
        }
        for (int64_t i = 1; i <= p->groups; i++) {
            if (append_owned(ts, list, group_text(ts, s, state, (size_t)i, true)) < 0) {
                return -1;
            }
        }
        last = state->match_end;
        sre_advance(state);
    }
    return append_owned(ts, list, sre_subject_slice(ts, s, last, s->length));
}

static rt_value pattern_split(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"string", "maxsplit", NULL};
    static const struct rt_argspec spec = {"split", names, .min = 1, .max = 2, .total = 2};
    struct sre_pattern *p = sre_as_pattern(self);
    struct sre_subject s;
    struct rt_sre_state state;
    rt_value a[2];
    int64_t maxsplit = 0;
    if (rt_args(ts, &spec, args, n, kw, a) < 0) {
        return RT_NULL;
    }
    if (!rt_is_null(a[1])) {
        maxsplit = rt_as_ssize(ts, a[1]);
        if (maxsplit == -1 && rt_pending(ts)) {
            return RT_NULL;
        }
    }
    if (sre_subject_open(ts, &s, a[0], p) < 0) {
        return RT_NULL;
    }
    rt_value list = rt_list_new(ts, 0);
    if (!rt_is_null(list)) {
        int status = sre_begin(ts, &state, p, &s, 0, INT64_MAX);
        if (status == 0) {
            status = split_all(ts, p, &s, &state, maxsplit, list);
            rt_sre_state_free(&state);
        }
        if (status < 0) {
            rt_clear(ts, &list);
        }
    }
    sre_subject_close(ts, &s);
    return list;
}

/* ---- the object ---- */

static int append_flags(char *buf, size_t size, int flags)
{
    static const struct { const char *name; int value; } names[] = {
        {"re.TEMPLATE", 1}, {"re.IGNORECASE", 2}, {"re.LOCALE", 4}, {"re.MULTILINE", 8}, {"re.DOTALL", 16},
        {"re.UNICODE", 32}, {"re.VERBOSE", 64}, {"re.DEBUG", 128}, {"re.ASCII", 256},
    };
    int n = 0;
    buf[0] = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (flags & names[i].value) {
            n += snprintf(buf + n, size - (size_t)n, "%s%s", n ? "|" : "", names[i].name);
            flags &= ~names[i].value;
        }
    }
    if (flags) {
        n += snprintf(buf + n, size - (size_t)n, "%s0x%x", n ? "|" : "", (unsigned)flags);
    }
    return n;
}

static rt_value pattern_repr(struct rt_thread *ts, rt_value self)
{
    struct sre_pattern *p = sre_as_pattern(self);
    char text[200];
    int flags = p->flags;
    if (p->is_bytes == 0 && (flags & (4 | 32 | 256)) == 32) {
        flags &= ~32;                       /* what a str pattern is anyway */
    }
    rt_value pattern = rt_repr(ts, rt_slot_peek(&p->pattern));
    if (rt_is_null(pattern)) {
        return RT_NULL;
    }
    bool any = append_flags(text, sizeof text, flags);
    rt_value result = rt_str_format(ts, "re.compile(%.200U%s%s)", pattern, any ? ", " : "", text);
    rt_decref(ts, pattern);
    return result;
}

static int64_t pattern_hash(struct rt_thread *ts, rt_value self)
{
    struct sre_pattern *p = sre_as_pattern(self);
    struct rt_hash_key key = {rt_runtime.hash_key[0], rt_runtime.hash_key[1]};
    int64_t code = rt_hash_bytes(key, p->code, p->code_len * sizeof *p->code);
    int64_t pattern = rt_hash(ts, rt_slot_peek(&p->pattern));
    if (pattern == -1) {
        return -1;
    }
    return rt_hash_no_error((uint64_t)(code ^ pattern ^ p->flags ^ p->is_bytes ^ p->groups));
}

static rt_value pattern_compare(struct rt_thread *ts, rt_value a, rt_value b, enum rt_cmp op)
{
    if ((op != RT_EQ && op != RT_NE) || !rt_is_exact(a, &sre_pattern_type) || !rt_is_exact(b, &sre_pattern_type)) {
        return RT_NOTIMPL;
    }
    struct sre_pattern *p = sre_as_pattern(a), *q = sre_as_pattern(b);
    int same = p == q;
    if (!same && p->flags == q->flags && p->is_bytes == q->is_bytes && p->code_len == q->code_len
            && memcmp(p->code, q->code, p->code_len * sizeof *p->code) == 0) {
        same = rt_equal(ts, rt_slot_peek(&p->pattern), rt_slot_peek(&q->pattern));
        if (same < 0) {
            return RT_NULL;
        }
    }
    return rt_bool(same == (op == RT_EQ));
}

static void pattern_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    struct sre_pattern *p = (struct sre_pattern *)o;
    rt_sre_free(p->program);
    rt_raw_free(p->code);
    rt_decref(ts, rt_slot_peek(&p->pattern));
    rt_decref(ts, rt_slot_peek(&p->groupindex));
    rt_decref(ts, rt_slot_peek(&p->indexgroup));
    rt_decref(ts, rt_slot_peek(&p->template));
}

static int pattern_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    struct sre_pattern *p = (struct sre_pattern *)o;
    int r = visit(rt_slot_peek(&p->pattern), arg);
    r = r ? r : visit(rt_slot_peek(&p->groupindex), arg);
    r = r ? r : visit(rt_slot_peek(&p->indexgroup), arg);
    return r ? r : visit(rt_slot_peek(&p->template), arg);
}

static void pattern_clear(struct rt_thread *ts, struct rt_object *o)
{
    struct sre_pattern *p = (struct sre_pattern *)o;
    rt_slot_set(ts, &p->pattern, RT_NONE);
    rt_slot_set(ts, &p->template, RT_NONE);
}

static rt_value get_groupindex(struct rt_thread *ts, rt_value self, void *closure)
{
    return rt_call1(ts, rt_type_value(&rt_mappingproxy_type), rt_slot_peek(&sre_as_pattern(self)->groupindex));
}

static const struct rt_getset_def getset[] = {
    {"groupindex", get_groupindex, NULL, "A dictionary mapping group names to group numbers.", NULL},
    {0},
};

static const struct rt_member_def members[] = {
    {"pattern", RT_MEMBER_OBJECT, offsetof(struct sre_pattern, pattern), true,
        "The pattern string from which the RE object was compiled."},
    {"flags", RT_MEMBER_INT, offsetof(struct sre_pattern, flags), true, "The regex matching flags."},
    {"groups", RT_MEMBER_INT64, offsetof(struct sre_pattern, groups), true,
        "The number of capturing groups in the pattern."},
    {0},
};

#define SEARCH_SIGNATURE "($self, /, string, pos=0, endpos=sys.maxsize)\n--\n\n"
static const struct rt_method_def methods[] = {
    {"match", pattern_match, RT_METH_KW,
        "match" SEARCH_SIGNATURE "Matches zero or more characters at the beginning of the string."},
    {"fullmatch", pattern_fullmatch, RT_METH_KW, "fullmatch" SEARCH_SIGNATURE "Matches against all of the string."},
    {"search", pattern_search, RT_METH_KW,
        "search" SEARCH_SIGNATURE "Scan through string looking for a match, and return a corresponding match object "
        "instance.\n\nReturn None if no position in the string matches."},
    {"sub", sre_pattern_sub, RT_METH_KW,
        "sub($self, /, repl, string, count=0)\n--\n\nReturn the string obtained by replacing the leftmost "
        "non-overlapping occurrences of pattern in string by the replacement repl."},
    {"subn", sre_pattern_subn, RT_METH_KW,
        "subn($self, /, repl, string, count=0)\n--\n\nReturn the tuple (new_string, number_of_subs_made) found by "
        "replacing the leftmost non-overlapping occurrences of pattern with the replacement repl."},
    {"findall", pattern_findall, RT_METH_KW,
        "findall" SEARCH_SIGNATURE "Return a list of all non-overlapping matches of pattern in string."},
    {"split", pattern_split, RT_METH_KW,
        "split($self, /, string, maxsplit=0)\n--\n\nSplit string by the occurrences of pattern."},
    {"finditer", sre_pattern_finditer, RT_METH_KW,
        "finditer" SEARCH_SIGNATURE "Return an iterator over all non-overlapping matches for the RE pattern in "
        "string.\n\nFor each match, the iterator returns a match object."},
    {"scanner", sre_pattern_scanner, RT_METH_KW, "scanner" SEARCH_SIGNATURE},
    {"__copy__", sre_self, RT_METH_NOARGS, "__copy__($self, /)\n--\n\n"},
    {"__deepcopy__", sre_self_memo, RT_METH_O, "__deepcopy__($self, memo, /)\n--\n\n"},
    {"__class_getitem__", sre_alias, RT_METH_O | RT_METH_CLASS, "See PEP 585"},
    {0},
};

struct rt_type sre_pattern_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "re.Pattern",
    .doc = "Compiled regular expression object.",
    .flags = RT_TF_IMMUTABLE | RT_TF_GC | RT_TF_NO_NEW | RT_TF_WEAKREF,
    .basic_size = sizeof(struct sre_pattern),
    .base = &rt_object_type,
    .dealloc = pattern_dealloc,
    .traverse = pattern_traverse,
    .clear = pattern_clear,
    .repr = pattern_repr,
    .hash = pattern_hash,
    .richcompare = pattern_compare,
    .methods = methods,
    .getset = getset,
    .members = members,
};
