/* SPDX-License-Identifier: MIT */
/* re.Match: groups as text and as places. The text is cut from the string when asked for. */
#include "core/modules/sre/sre_objects.h"

static size_t block_size(int64_t groups)
{
    return sizeof(struct sre_match) + 2 * (size_t)groups * sizeof(int64_t);
}

rt_value sre_match_new(struct rt_thread *ts, struct sre_pattern *p, rt_value string, const struct rt_sre_state *state,
    int64_t pos, int64_t endpos)
{
    int64_t groups = p->groups + 1;
    struct sre_match *m = rt_block_alloc(ts, block_size(groups), sre_match_type.shape->id, RT_OF_GC);
    if (!m) {
        return RT_NULL;
    }
    rt_slot_init(&m->string, rt_newref(ts, string));
    rt_slot_init(&m->re, rt_newref_obj(ts, p));
    m->pos = pos;
    m->endpos = endpos;
    m->lastindex = state->last_index ? (int64_t)state->last_index : -1;
    m->groups = groups;
    m->mark[0] = (int64_t)state->match_start;
    m->mark[1] = (int64_t)state->match_end;
    for (int64_t i = 1; i < groups; i++) {
        size_t start, end;
        bool part = rt_sre_group(state, (size_t)i, &start, &end) && start <= end;
        m->mark[2 * i] = part ? (int64_t)start : -1;
        m->mark[2 * i + 1] = part ? (int64_t)end : -1;
    }
    return rt_own(m);
}

/* Number of the group that a program named; -1 with IndexError. */
static int64_t group_number(struct rt_thread *ts, struct sre_match *m, rt_value which)
{
    int64_t i = -1;
    if (rt_is_null(which)) {
        return 0;
    }
    if (rt_is_int(which)) {
        i = rt_int_get(which);
    } else if (rt_index_check(which)) {
        i = rt_as_index(ts, which, NULL);
    } else {
        rt_value names = rt_slot_peek(&sre_as_pattern(rt_slot_peek(&m->re))->groupindex);
        rt_value found = rt_dict_len(names) ? rt_dict_get(ts, names, which) : RT_NULL; /* no names: nobody asks for a hash */
        if (!rt_is_null(found) && rt_is_any_int(found)) {
            i = rt_as_index(ts, found, NULL);
        }
        rt_decref(ts, found);
    }
    if (i < 0 || i >= m->groups) {
        if (!rt_pending(ts)) {
            rt_raise(ts, &rt_exc_IndexError, "no such group");
        }
        return -1;
    }
    return i;
}

/* Text of group i, or a new reference to deflt. */
static rt_value group_slice(struct rt_thread *ts, struct sre_match *m, int64_t i, rt_value deflt)
{
    rt_value string = rt_slot_peek(&m->string);
    int64_t start = m->mark[2 * i], end = m->mark[2 * i + 1];
    struct sre_subject s;
    if (rt_is_none(string) || start < 0) {
        return rt_newref(ts, deflt);
    }
    if (sre_subject_open(ts, &s, string, NULL) < 0) {
        return RT_NULL;
    }
    int64_t length = (int64_t)s.length;     /* a buffer may have shrunk since */
    end = end < length ? end : length;
    start = start < end ? start : end;
    rt_value text = sre_subject_slice(ts, &s, (size_t)start, (size_t)end);
    sre_subject_close(ts, &s);
    return text;
}

static rt_value group_by(struct rt_thread *ts, struct sre_match *m, rt_value which, rt_value deflt)
{
    int64_t i = group_number(ts, m, which);
    return i < 0 ? RT_NULL : group_slice(ts, m, i, deflt);
}

static rt_value match_group(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    struct sre_match *m = sre_as_match(self);
    if (n == 0) {
        return group_slice(ts, m, 0, RT_NONE);
    }
    if (n == 1) {
        return group_by(ts, m, args[0], RT_NONE);
    }
    rt_value tuple = rt_tuple_new(ts, n);
    for (uint32_t i = 0; !rt_is_null(tuple) && i < n; i++) {
        rt_value item = group_by(ts, m, args[i], RT_NONE);
        if (rt_is_null(item)) {
            rt_decref(ts, tuple);
            return RT_NULL;
        }
        rt_as_tuple(tuple)->items[i] = item;
    }
    return tuple;
}

static rt_value match_getitem(struct rt_thread *ts, rt_value self, rt_value key)
{
    return group_by(ts, sre_as_match(self), key, RT_NONE);
}

static int read_default(struct rt_thread *ts, const char *fname, const rt_value *args, uint32_t n, rt_value kw,
    rt_value *deflt)
{
    static const char *const names[] = {"default", NULL};
    const struct rt_argspec spec = {fname, names, .min = 0, .max = 1, .total = 1};
    rt_value a[1];
    if (rt_args(ts, &spec, args, n, kw, a) < 0) {
        return -1;
    }
    *deflt = rt_is_null(a[0]) ? RT_NONE : a[0];
    return 0;
}

static rt_value match_groups(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    struct sre_match *m = sre_as_match(self);
    rt_value deflt;
    if (read_default(ts, "groups", args, n, kw, &deflt) < 0) {
        return RT_NULL;
    }
    rt_value tuple = rt_tuple_new(ts, (size_t)m->groups - 1);
    for (int64_t i = 1; !rt_is_null(tuple) && i < m->groups; i++) {
        rt_value item = group_slice(ts, m, i, deflt);
        if (rt_is_null(item)) {
            rt_decref(ts, tuple);
            return RT_NULL;
        }
        rt_as_tuple(tuple)->items[i - 1] = item;
    }
    return tuple;
}

static rt_value match_groupdict(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    struct sre_match *m = sre_as_match(self);
    rt_value deflt, name;
    if (read_default(ts, "groupdict", args, n, kw, &deflt) < 0) {
        return RT_NULL;
    }
    rt_value index = rt_slot_peek(&sre_as_pattern(rt_slot_peek(&m->re))->groupindex);
    rt_value dict = rt_dict_new(ts);
    size_t pos = 0;
    while (!rt_is_null(dict) && rt_dict_next(ts, index, &pos, &name, NULL)) {
        rt_value text = group_by(ts, m, name, deflt);
        int status = rt_is_null(text) ? -1 : rt_dict_set(ts, dict, name, text);
        rt_decref(ts, text);
        rt_decref(ts, name);
        if (status < 0) {
            rt_clear(ts, &dict);
        }
    }
    return dict;
}

static int64_t place_arg(struct rt_thread *ts, struct sre_match *m, const char *fname, const rt_value *args, uint32_t n)
{
    if (rt_args_count(ts, fname, n, 0, 1) < 0) {
        return -1;
    }
    return group_number(ts, m, n ? args[0] : RT_NULL);
}

static rt_value match_start(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    struct sre_match *m = sre_as_match(self);
    int64_t i = place_arg(ts, m, "start", args, n);
    return i < 0 ? RT_NULL : rt_int_from_i64(ts, m->mark[2 * i]);
}

static rt_value match_end(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    struct sre_match *m = sre_as_match(self);
    int64_t i = place_arg(ts, m, "end", args, n);
    return i < 0 ? RT_NULL : rt_int_from_i64(ts, m->mark[2 * i + 1]);
}

static rt_value span_of(struct rt_thread *ts, struct sre_match *m, int64_t i)
{
    return rt_tuple_pack(ts, 2, rt_int_imm(m->mark[2 * i]), rt_int_imm(m->mark[2 * i + 1]));
}

static rt_value match_span(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    struct sre_match *m = sre_as_match(self);
    int64_t i = place_arg(ts, m, "span", args, n);
    return i < 0 ? RT_NULL : span_of(ts, m, i);
}

static rt_value match_expand(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"template", NULL};
    static const struct rt_argspec spec = {"expand", names, .min = 1, .max = 1, .total = 1};
    rt_value a[1];
    if (rt_args(ts, &spec, args, n, kw, a) < 0) {
        return RT_NULL;
    }
    rt_value expand = rt_import_attr(ts, "re", "_expand");
    if (rt_is_null(expand)) {
        return RT_NULL;
    }
    rt_value result = rt_call3(ts, expand, rt_slot_peek(&sre_as_match(self)->re), self, a[0]);
    rt_decref(ts, expand);
    return result;
}

/* ---- the object ---- */

static rt_value match_repr(struct rt_thread *ts, rt_value self)
{
    struct sre_match *m = sre_as_match(self);
    rt_value text = group_slice(ts, m, 0, RT_NONE);
    if (rt_is_null(text)) {
        return RT_NULL;
    }
    rt_value result = rt_str_format(ts, "<%s object; span=(%zd, %zd), match=%R>", rt_typename(self), (ssize_t)m->mark[0],
        (ssize_t)m->mark[1], text);
    rt_decref(ts, text);
    return result;
}

static rt_value get_lastindex(struct rt_thread *ts, rt_value self, void *closure)
{
    int64_t i = sre_as_match(self)->lastindex;
    return i < 0 ? RT_NONE : rt_int_imm(i);
}

static rt_value get_lastgroup(struct rt_thread *ts, rt_value self, void *closure)
{
    struct sre_match *m = sre_as_match(self);
    rt_value names = rt_slot_peek(&sre_as_pattern(rt_slot_peek(&m->re))->indexgroup);
    if (m->lastindex < 0 || (size_t)m->lastindex >= rt_as_tuple(names)->length) {
        return RT_NONE;
    }
    return rt_newref(ts, rt_as_tuple(names)->items[m->lastindex]);
}

static rt_value get_regs(struct rt_thread *ts, rt_value self, void *closure)
{
    struct sre_match *m = sre_as_match(self);
    rt_value regs = rt_tuple_new(ts, (size_t)m->groups);
    for (int64_t i = 0; !rt_is_null(regs) && i < m->groups; i++) {
        rt_value span = span_of(ts, m, i);
        if (rt_is_null(span)) {
            rt_decref(ts, regs);
            return RT_NULL;
        }
        rt_as_tuple(regs)->items[i] = span;
    }
    return regs;
}

static void match_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    struct sre_match *m = (struct sre_match *)o;
    rt_decref(ts, rt_slot_peek(&m->string));
    rt_decref(ts, rt_slot_peek(&m->re));
}

static int match_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    struct sre_match *m = (struct sre_match *)o;
    int r = visit(rt_slot_peek(&m->string), arg);
    return r ? r : visit(rt_slot_peek(&m->re), arg);
}

static void match_clear(struct rt_thread *ts, struct rt_object *o)
{
    rt_slot_set(ts, &((struct sre_match *)o)->string, RT_NONE);
}

static size_t match_size(const struct rt_object *o)
{
    return block_size(((const struct sre_match *)o)->groups);
}

static const struct rt_getset_def getset[] = {
    {"lastindex", get_lastindex, NULL, "The integer index of the last matched capturing group.", NULL},
    {"lastgroup", get_lastgroup, NULL, "The name of the last matched capturing group.", NULL},
    {"regs", get_regs, NULL, NULL, NULL},
    {0},
};

static const struct rt_member_def members[] = {
    {"string", RT_MEMBER_OBJECT, offsetof(struct sre_match, string), true, "The string passed to match() or search()."},
    {"re", RT_MEMBER_OBJECT, offsetof(struct sre_match, re), true, "The regular expression object."},
    {"pos", RT_MEMBER_INT64, offsetof(struct sre_match, pos), true,
        "The index into the string at which the RE engine started looking for a match."},
    {"endpos", RT_MEMBER_INT64, offsetof(struct sre_match, endpos), true,
        "The index into the string beyond which the RE engine will not go."},
    {0},
};

static const struct rt_method_def methods[] = {
    {"group", match_group, RT_METH_FAST,
        "group([group1, ...]) -> str or tuple.\n    Return subgroup(s) of the match by indices or names.\n"
        "    For 0 returns the entire match."},
    {"start", match_start, RT_METH_FAST,
        "start($self, group=0, /)\n--\n\nReturn index of the start of the substring matched by group."},
    {"end", match_end, RT_METH_FAST,
        "end($self, group=0, /)\n--\n\nReturn index of the end of the substring matched by group."},
    {"span", match_span, RT_METH_FAST,
        "span($self, group=0, /)\n--\n\nFor match object m, return the 2-tuple (m.start(group), m.end(group))."},
    {"groups", match_groups, RT_METH_KW,
        "groups($self, /, default=None)\n--\n\nReturn a tuple containing all the subgroups of the match, from 1.\n\n"
        "  default\n    Is used for groups that did not participate in the match."},
    {"groupdict", match_groupdict, RT_METH_KW,
        "groupdict($self, /, default=None)\n--\n\nReturn a dictionary containing all the named subgroups of the match, "
        "keyed by the subgroup name.\n\n  default\n    Is used for groups that did not participate in the match."},
    {"expand", match_expand, RT_METH_KW,
        "expand($self, /, template)\n--\n\nReturn the string obtained by doing backslash substitution on the string "
        "template, as done by the sub() method."},
    {"__copy__", sre_self, RT_METH_NOARGS, "__copy__($self, /)\n--\n\n"},
    {"__deepcopy__", sre_self_memo, RT_METH_O, "__deepcopy__($self, memo, /)\n--\n\n"},
    {"__class_getitem__", sre_alias, RT_METH_O | RT_METH_CLASS, "See PEP 585"},
    {0},
};

struct rt_type sre_match_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "re.Match",
    .doc = "The result of re.match() and re.search().\nMatch objects always have a boolean value of True.",
    .flags = RT_TF_IMMUTABLE | RT_TF_GC | RT_TF_NO_NEW,
    .basic_size = sizeof(struct sre_match),
    .base = &rt_object_type,
    .dealloc = match_dealloc,
    .traverse = match_traverse,
    .clear = match_clear,
    .size = match_size,
    .repr = match_repr,
    .getitem = match_getitem,
    .methods = methods,
    .getset = getset,
    .members = members,
};
