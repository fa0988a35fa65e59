/* SPDX-License-Identifier: MIT */
/*
 * Pattern.scanner and Pattern.finditer: a subject held open, and where the next match starts.
 *
 * Each step runs a state of its own, so that threads sharing a scanner disturb one another only in the position,
 * one atomic word: twice the next start, plus one if the match must not be empty there; all ones at the end.
 */
#include "core/modules/sre/sre_objects.h"

#define AT_END UINT64_MAX

struct sre_scanner {
    struct rt_object hdr;
    rt_slot pattern, string;
    _Atomic uint64_t position;
    struct sre_subject subject;
    size_t pos, endpos;
};

static struct sre_scanner *as_scanner(rt_value v) { return (struct sre_scanner *)rt_ptr(v); }

static rt_value scanner_new(struct rt_thread *ts, struct rt_type *type, const char *fname, rt_value self,
    const rt_value *args, uint32_t n, rt_value kw)
{
    struct sre_subject s;
    rt_value string;
    int64_t pos, endpos;
    if (sre_search_args(ts, fname, args, n, kw, &string, &pos, &endpos) < 0
            || sre_subject_open(ts, &s, string, sre_as_pattern(self)) < 0) {
        return RT_NULL;
    }
    struct sre_scanner *sc = rt_object_new(ts, type, sizeof *sc);
    if (!sc) {
        sre_subject_close(ts, &s);
        return RT_NULL;
    }
    int64_t length = (int64_t)s.length;
    pos = pos < 0 ? 0 : pos > length ? length : pos;
    endpos = endpos < 0 ? 0 : endpos > length ? length : endpos;
    rt_slot_init(&sc->pattern, rt_newref(ts, self));
    rt_slot_init(&sc->string, rt_newref(ts, string));
    sc->subject = s;
    sc->subject.string = rt_borrowed(rt_slot_peek(&sc->string));
    sc->pos = (size_t)pos;
    sc->endpos = (size_t)endpos;
    rt_store_relaxed(&sc->position, 2 * (uint64_t)pos);
    return rt_own(sc);
}

rt_value sre_pattern_scanner(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    return scanner_new(ts, &sre_scanner_type, "scanner", self, args, n, kw);
}

rt_value sre_pattern_finditer(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    return scanner_new(ts, &sre_iter_type, "finditer", self, args, n, kw);
}

/* The next match, or `nothing`. */
static rt_value step(struct rt_thread *ts, rt_value self, bool search, rt_value nothing)
{
    struct sre_scanner *sc = as_scanner(self);
    uint64_t position = rt_load_acquire(&sc->position);
    if (position == AT_END) {
        return nothing;
    }
    struct sre_pattern *p = sre_as_pattern(rt_slot_peek(&sc->pattern));
    struct rt_sre_state state;
    if (sre_begin(ts, &state, p, &sc->subject, (int64_t)(position / 2), (int64_t)sc->endpos) < 0) {
        return RT_NULL;
    }
    state.must_advance = position & 1;
    rt_value result;
    int found = sre_outcome(ts, search ? rt_sre_search(&state) : rt_sre_match(&state));
    if (found > 0) {
        result = sre_match_new(ts, p, sc->subject.string, &state, (int64_t)sc->pos, (int64_t)sc->endpos);
        position = 2 * (uint64_t)state.match_end + (state.match_end == state.match_start);
        rt_store_release(&sc->position, position);
    } else {
        if (found == 0) {
            rt_store_release(&sc->position, AT_END);
        }
        result = found < 0 ? RT_NULL : nothing;
    }
    rt_sre_state_free(&state);
    return result;
}

static rt_value scanner_match(struct rt_thread *ts, rt_value self)
{
    return step(ts, self, false, RT_NONE);
}

static rt_value scanner_search(struct rt_thread *ts, rt_value self)
{
    return step(ts, self, true, RT_NONE);
}

static rt_value iter_next(struct rt_thread *ts, rt_value self)
{
    return step(ts, self, true, RT_STOP);
}

static void scanner_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    struct sre_scanner *sc = (struct sre_scanner *)o;
    sre_subject_close(ts, &sc->subject);
    rt_decref(ts, rt_slot_peek(&sc->pattern));
    rt_decref(ts, rt_slot_peek(&sc->string));
}

static int scanner_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    struct sre_scanner *sc = (struct sre_scanner *)o;
    int r = visit(rt_slot_peek(&sc->pattern), arg);
    r = r ? r : visit(rt_slot_peek(&sc->string), arg);
    return r || !sc->subject.has_view ? r : visit(sc->subject.view.obj, arg);
}

/* The text must stay: only the position is given up. */
static void scanner_clear(struct rt_thread *ts, struct rt_object *o)
{
    struct sre_scanner *sc = (struct sre_scanner *)o;
    rt_store_release(&sc->position, AT_END);
    sre_subject_close(ts, &sc->subject);
    sc->subject.string = RT_NONE;
    rt_slot_set(ts, &sc->string, RT_NONE);
}

static const struct rt_method_def scanner_methods[] = {
    {"match", scanner_match, RT_METH_NOARGS, "match($self, /)\n--\n\n"},
    {"search", scanner_search, RT_METH_NOARGS, "search($self, /)\n--\n\n"},
    {0},
};

static const struct rt_member_def scanner_members[] = {
    {"pattern", RT_MEMBER_OBJECT, offsetof(struct sre_scanner, pattern), true, NULL},
    {0},
};

struct rt_type sre_scanner_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "_sre.SRE_Scanner",
    .flags = RT_TF_IMMUTABLE | RT_TF_GC | RT_TF_NO_NEW,
    .basic_size = sizeof(struct sre_scanner),
    .base = &rt_object_type,
    .dealloc = scanner_dealloc,
    .traverse = scanner_traverse,
    .clear = scanner_clear,
    .methods = scanner_methods,
    .members = scanner_members,
};

/* finditer() gives iter(scanner.search, None), whose type has this name. */
struct rt_type sre_iter_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "callable_iterator",
    .flags = RT_TF_IMMUTABLE | RT_TF_GC | RT_TF_NO_NEW,
    .basic_size = sizeof(struct sre_scanner),
    .base = &rt_object_type,
    .dealloc = scanner_dealloc,
    .traverse = scanner_traverse,
    .clear = scanner_clear,
    .iter = sre_self,
    .iternext = iter_next,
};
