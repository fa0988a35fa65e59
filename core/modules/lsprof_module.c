/* SPDX-License-Identifier: MIT */
/*
 * _lsprof: the profiler below cProfile. While it is enabled the thread's profile hook is `event`, without a Python call.
 *
 * One node stands for each code object or native function that was called, and below it one for each callee. The calls in
 * progress form a stack; when one ends its time goes to its node and is taken from its caller's own time. Everything but
 * a timer written in Python happens inside the profiler's section, so another thread may ask for the statistics.
 */
#include "alloc/alloc.h"
#include "core/builtins/sys.h"
#include "core/eval/eval_internal.h"
#include "core/modules/modules.h"
#include "core/object/builtin.h"
#include "core/object/structseq.h"
#include "core/sync/futex.h"
#include "core/types/cont_internal.h"

struct node;
struct table {
    struct node **slots; /* open addressing by key; a power of two, at most half full */
    size_t mask, count;
    struct node *first, *last; /* in the order of the first call */
};
struct node {
    const void *key;  /* the code object, or the definition of the native function */
    rt_value subject; /* what the statistics call it, owned: code object or str */
    struct node *next;
    int64_t total, own, calls, recursive;
    uint32_t depth; /* calls in progress */
    struct table callees;
};
struct call {
    struct call *caller;
    struct node *node, *edge; /* edge: below the caller's node, or NULL */
    int64_t start, inner;
};
struct profiler {
    struct rt_object hdr;
    rt_slot timer; /* callable or RT_NULL */
    double unit;   /* what one tick of an integer timer is, in seconds; 0: the timer gives seconds */
    _Atomic bool subcalls, builtins;
    struct table nodes; /* this and what follows: under the section */
    struct call *top, *spare;
};

#define PARTS 4294967296.0 /* ticks in a second of a timer that gives floats */

static struct rt_type profiler_type, entry_type, subentry_type;

static struct profiler *as_profiler(rt_value v) { return (struct profiler *)rt_ptr(v); }

/* ---- tables ---- */
static size_t slot_of(const struct table *t, const void *key)
{
    size_t i = ((uintptr_t)key >> 4) * 0x9e3779b97f4a7c15u >> 20 & t->mask;
    while (t->slots[i] && t->slots[i]->key != key)
        i = (i + 1) & t->mask;
    return i;
}

static struct node *table_find(const struct table *t, const void *key)
{
    return t->slots ? t->slots[slot_of(t, key)] : NULL;
}

static bool table_grow(struct table *t)
{
    size_t n = t->slots ? (t->mask + 1) * 2 : 8;
    struct node **slots = rt_raw_calloc(n, sizeof *slots);
    if (!slots)
        return false;
    rt_raw_free(t->slots);
    t->slots = slots;
    t->mask = n - 1;
    for (struct node *e = t->first; e; e = e->next)
        t->slots[slot_of(t, e->key)] = e;
    return true;
}

/* A new node; subject is consumed. NULL: no memory. */
static struct node *table_add(struct rt_thread *ts, struct table *t, const void *key, rt_value subject)
{
    struct node *e = NULL;
    if ((t->slots && t->count * 2 <= t->mask) || table_grow(t))
        e = rt_raw_calloc(1, sizeof *e);
    if (!e) {
        rt_decref(ts, subject);
        return NULL;
    }
    e->key = key;
    e->subject = subject;
    t->slots[slot_of(t, key)] = e;
    t->count++;
    if (t->last)
        t->last->next = e;
    else
        t->first = e;
    t->last = e;
    return e;
}

static void table_free(struct rt_thread *ts, struct table *t)
{
    struct node *e = t->first;
    rt_raw_free(t->slots);
    memset(t, 0, sizeof *t);
    for (struct node *next; e; e = next) {
        next = e->next;
        table_free(ts, &e->callees);
        rt_decref(ts, e->subject);
        rt_raw_free(e);
    }
}

/* ---- time ---- */
static int64_t now(struct rt_thread *ts, struct profiler *p)
{
    rt_value timer = rt_slot_get(ts, p, &p->timer);
    if (rt_is_null(timer)) {
        return rt_monotonic_ns();
    }
    rt_value v = rt_call(ts, timer, NULL, 0, RT_NULL);
    int64_t ticks = 0;
    if (v.bits)
        ticks = p->unit > 0 ? rt_as_i64(ts, v) : (int64_t)(rt_as_double(ts, v) * PARTS);
    rt_decref(ts, v);
    if (rt_pending(ts)) {
        rt_write_unraisable(ts, timer);
        ticks = 0;
    }
    rt_decref(ts, timer);
    return ticks;
}

static double seconds_per_tick(const struct profiler *p)
{
    if (!rt_slot_peek(&p->timer).bits)
        return 1e-9;
    return p->unit > 0 ? p->unit : 1 / PARTS;
}

/* ---- events ---- */
/* How the statistics name a native function, as a str. No exception: RT_NULL with it cleared. */
static rt_value native_name(struct rt_thread *ts, rt_value f)
{
    rt_value r = RT_NULL, self, module;
    if (!rt_is_exact(f, &rt_builtin_type)) {
        r = rt_repr(ts, f);
    } else {
        struct rt_builtin *b = (struct rt_builtin *)rt_ptr(f);
        self = rt_slot_get(ts, b, &b->self);
        if (self.bits && !rt_is_exact(self, &rt_module_type)) {
            rt_value name = rt_str_intern_cstr(ts, b->def->name);
            rt_value method = rt_type_lookup(ts, rt_type_of(self), name);
            r = method.bits ? rt_repr(ts, method) : rt_str_format(ts, "<built-in method %s>", b->def->name);
            rt_decref(ts, method);
        } else {
            module = rt_slot_get(ts, b, &b->module);
            r = module.bits && rt_is_str(module) ? rt_str_format(ts, "<built-in method %U.%s>", module, b->def->name)
                                                 : rt_str_format(ts, "<built-in method %s>", b->def->name);
            rt_decref(ts, module);
        }
        rt_decref(ts, self);
    }
    if (rt_is_null(r))
        rt_exc_clear(ts);
    return r;
}

static struct node *node_for(struct rt_thread *ts, struct profiler *p, const void *key, rt_value f)
{
    struct node *e = table_find(&p->nodes, key);
    if (rt_likely(e != NULL))
        return e;
    rt_value subject = rt_is_exact(f, &rt_code_type) ? rt_newref(ts, f) : native_name(ts, f);
    return rt_is_null(subject) ? NULL : table_add(ts, &p->nodes, key, subject);
}

static void begin_call(struct rt_thread *ts, struct profiler *p, const void *key, rt_value f)
{
    struct node *e = node_for(ts, p, key, f);
    struct call *c = p->spare;
    if (c)
        p->spare = c->caller;
    else if (!e || !(c = rt_raw_malloc(sizeof *c)))
        return;
    c->caller = p->top;
    c->node = e;
    c->edge = NULL;
    c->inner = 0;
    if (e)
        e->depth++;
    if (e && rt_load_relaxed(&p->subcalls) && p->top && p->top->node) {
        struct table *t = &p->top->node->callees;
        c->edge = table_find(t, key);
        if (!c->edge)
            c->edge = table_add(ts, t, key, rt_newref(ts, e->subject));
        if (c->edge)
            c->edge->depth++;
    }
    p->top = c;
}

static void account(struct node *e, int64_t total, int64_t own)
{
    if (!e)
        return;
    if (--e->depth == 0)
        e->total += total;
    else
        e->recursive++;
    e->own += own;
    e->calls++;
}

static void end_call(struct profiler *p, int64_t at)
{
    struct call *c = p->top;
    int64_t total = at - c->start;
    p->top = c->caller;
    if (p->top)
        p->top->inner += total;
    account(c->node, total, total - c->inner);
    account(c->edge, total, total - c->inner);
    c->caller = p->spare;
    p->spare = c;
}

static int event(struct rt_thread *ts, rt_value profiler, struct rt_frame *fr, int what, rt_value arg)
{
    struct profiler *p = as_profiler(profiler);
    bool native = what == RT_EVENT_C_CALL || what == RT_EVENT_C_RETURN || what == RT_EVENT_C_EXCEPTION;
    if (native && !rt_load_relaxed(&p->builtins))
        return 0;
    rt_value hold = rt_newref(ts, profiler), f = native ? arg : rt_borrow(fr->code);
    bool starts = what == RT_EVENT_CALL || what == RT_EVENT_C_CALL;
    bool own_clock = rt_slot_peek(&p->timer).bits != 0; /* may run Python: not in the section */
    int64_t at = starts && !own_clock ? 0 : now(ts, p);
    struct rt_cs cs;
    rt_cont_lock(ts, &cs, p);
    if (starts) {
        const void *key = fr->code;
        if (native)
            key = rt_is_exact(f, &rt_builtin_type) ? ((struct rt_builtin *)rt_ptr(f))->def
                                                   : ((struct rt_method_descr *)rt_ptr(f))->def;
        struct call *before = p->top;
        begin_call(ts, p, key, f);
        if (p->top && p->top != before) /* the time that this took is the caller's */
            p->top->start = own_clock ? at : rt_monotonic_ns();
    } else if (p->top) {
        end_call(p, at);
    }
    rt_cont_unlock(ts, &cs);
    rt_decref(ts, hold);
    return 0;
}

/* ---- methods ---- */
static rt_value enable(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"subcalls", "builtins", NULL};
    struct rt_argspec spec = {"enable", names, 0, 0, 2, 2};
    struct profiler *p = as_profiler(self);
    rt_value v[2];
    int subcalls = rt_load_relaxed(&p->subcalls), builtins = rt_load_relaxed(&p->builtins);
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    if ((v[0].bits && (subcalls = rt_truth(ts, v[0])) < 0) || (v[1].bits && (builtins = rt_truth(ts, v[1])) < 0))
        return RT_NULL;
    rt_store_relaxed(&p->subcalls, subcalls);
    rt_store_relaxed(&p->builtins, builtins);
    return rt_trace_set_native(ts, self, event) < 0 ? RT_NULL : RT_NONE;
}

static rt_value disable(struct rt_thread *ts, rt_value self)
{
    struct profiler *p = as_profiler(self);
    struct rt_cs cs;
    if (rt_trace_set_native(ts, RT_NONE, NULL) < 0)
        return RT_NULL;
    int64_t at = now(ts, p);
    rt_cont_lock(ts, &cs, p);
    while (p->top) /* calls that go on */
        end_call(p, at);
    rt_cont_unlock(ts, &cs);
    return RT_NONE;
}

static void drop_nodes(struct rt_thread *ts, struct profiler *p)
{
    struct table nodes = p->nodes;
    memset(&p->nodes, 0, sizeof p->nodes);
    while (p->top) {
        struct call *c = p->top;
        p->top = c->caller;
        c->caller = p->spare;
        p->spare = c;
    }
    for (struct call *c = p->spare, *next; c; c = next) {
        next = c->caller;
        rt_raw_free(c);
    }
    p->spare = NULL;
    table_free(ts, &nodes);
}

static rt_value clear(struct rt_thread *ts, rt_value self)
{
    struct rt_cs cs;
    rt_cont_lock(ts, &cs, rt_ptr(self));
    drop_nodes(ts, as_profiler(self));
    rt_cont_unlock(ts, &cs);
    return RT_NONE;
}

static rt_value stats_of(struct rt_thread *ts, const struct table *t, double tick, bool edges);

static rt_value stat_of(struct rt_thread *ts, const struct node *e, double tick, bool edge)
{
    rt_value f[6] = {rt_newref(ts, e->subject), rt_int_from_i64(ts, e->calls), rt_int_from_i64(ts, e->recursive),
                     rt_float_new(ts, (double)e->total * tick), rt_float_new(ts, (double)e->own * tick), RT_NONE};
    if (!edge && e->callees.first)
        f[5] = stats_of(ts, &e->callees, tick, true);
    return rt_structseq_new(ts, edge ? &subentry_type : &entry_type, f);
}

static rt_value stats_of(struct rt_thread *ts, const struct table *t, double tick, bool edges)
{
    rt_value l = rt_list_new(ts, t->count);
    for (struct node *e = t->first; e && l.bits; e = e->next) {
        rt_value v = e->calls ? stat_of(ts, e, tick, edges) : RT_NONE;
        if (!e->calls)
            continue;
        if (rt_is_null(v) || rt_list_append_steal(ts, l, v) < 0) {
            rt_decref(ts, l);
            return RT_NULL;
        }
    }
    return l;
}

static rt_value getstats(struct rt_thread *ts, rt_value self)
{
    struct profiler *p = as_profiler(self);
    struct rt_cs cs;
    rt_cont_lock(ts, &cs, p);
    rt_value l = stats_of(ts, &p->nodes, seconds_per_tick(p), false);
    rt_cont_unlock(ts, &cs);
    return l;
}

static int init(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"timer", "timeunit", "subcalls", "builtins", NULL};
    struct rt_argspec spec = {"Profiler", names, 0, 0, 4, 4};
    struct profiler *p = as_profiler(self);
    rt_value v[4];
    int subcalls = 1, builtins = 1;
    double unit = 0;
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return -1;
    if (v[1].bits && (unit = rt_as_double(ts, v[1])) == -1.0 && rt_pending(ts))
        return -1;
    if ((v[2].bits && (subcalls = rt_truth(ts, v[2])) < 0) || (v[3].bits && (builtins = rt_truth(ts, v[3])) < 0))
        return -1;
    rt_slot_set(ts, &p->timer, rt_is_null(v[0]) || rt_is_none(v[0]) ? RT_NULL : rt_newref(ts, v[0]));
    p->unit = unit;
    rt_store_relaxed(&p->subcalls, subcalls);
    rt_store_relaxed(&p->builtins, builtins);
    return 0;
}

static rt_value profiler_new(struct rt_thread *ts, struct rt_type *t, const rt_value *args, uint32_t n, rt_value kw)
{
    rt_value v = rt_type_alloc(ts, t);
    if (v.bits)
        as_profiler(v)->subcalls = as_profiler(v)->builtins = true;
    return v;
}

static int traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    struct profiler *p = (struct profiler *)o;
    int r = visit(rt_slot_peek(&p->timer), arg);
    for (struct node *e = p->nodes.first; e && !r; e = e->next) {
        r = visit(e->subject, arg);
        for (struct node *c = e->callees.first; c && !r; c = c->next)
            r = visit(c->subject, arg);
    }
    return r;
}

static void drop(struct rt_thread *ts, struct rt_object *o)
{
    struct profiler *p = (struct profiler *)o;
    rt_slot_set(ts, &p->timer, RT_NULL);
    drop_nodes(ts, p);
}

static const struct rt_method_def methods[] = {
    {"enable", enable, RT_METH_KW,
     "enable(subcalls=True, builtins=True)\n\nStart collecting profiling information.\nsubcalls: also record for each "
     "function\nstatistics separated according to its current caller.\nbuiltins: also record the time spent in\nbuilt-in "
     "functions separately from their caller."},
    {"disable", disable, RT_METH_NOARGS, "disable()\n\nStop collecting profiling information."},
    {"clear", clear, RT_METH_NOARGS, "clear()\n\nClear all profiling information collected so far."},
    {"getstats", getstats, RT_METH_NOARGS,
     "getstats($self, /)\n--\n\nA list of profiler_entry objects, one for each function that was called.\n\nTheir attributes: "
     "code (code object, or the name of a native function), callcount, reccallcount\n(calls from within itself), totaltime, "
     "inlinetime (without callees), calls (None or a list of\nprofiler_subentry objects, the same for each callee)."},
    {0},
};

static struct rt_type profiler_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "_lsprof.Profiler",
    .doc = "Profiler(timer=None, timeunit=None, subcalls=True, builtins=True)\n\nBuilds a profiler object using the specified "
           "timer function.\nThe default timer is a fast built-in one based on real time.\nFor custom timer functions "
           "returning integers, timeunit can\nbe a float specifying a scale (that is, how long each integer unit\nis, in "
           "seconds).",
    .flags = RT_TF_GC | RT_TF_BASETYPE,
    .basic_size = sizeof(struct profiler),
    .dealloc = drop,
    .traverse = traverse,
    .clear = drop,
    .new = profiler_new,
    .init = init,
    .methods = methods,
};

static const struct rt_structseq_field fields[] = {
    {"code", "code object or built-in function name"},
    {"callcount", "how many times this was called"},
    {"reccallcount", "how many times called recursively"},
    {"totaltime", "total time in this entry"},
    {"inlinetime", "inline time in this entry (not in subcalls)"},
    {"calls", "details of the calls"},
    {0},
};
static const struct rt_structseq_field subfields[] = {
    {"code", "called code object or built-in function name"},
    {"callcount", "how many times this is called"},
    {"reccallcount", "how many times this is called recursively"},
    {"totaltime", "total time spent in this call"},
    {"inlinetime", "inline time (not in further subcalls)"},
    {0},
};
static const struct rt_structseq entry_desc = {"_lsprof.profiler_entry", NULL, fields, 6, false};
static const struct rt_structseq subentry_desc = {"_lsprof.profiler_subentry", NULL, subfields, 5, false};

static int exec(struct rt_thread *ts, rt_value m)
{
    if (rt_structseq_ready(ts, &entry_type, &entry_desc) < 0 || rt_module_add_type(ts, m, &entry_type) < 0)
        return -1;
    return rt_structseq_ready(ts, &subentry_type, &subentry_desc) < 0 ? -1 : rt_module_add_type(ts, m, &subentry_type);
}

static struct rt_type *const types[] = {&profiler_type, NULL};

const struct rt_module_def rt_module__lsprof = {
    .name = "_lsprof",
    .doc = "Fast profiler",
    .types = types,
    .exec = exec,
};
