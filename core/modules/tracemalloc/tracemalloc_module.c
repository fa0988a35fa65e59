/* SPDX-License-Identifier: MIT */
/* _tracemalloc: traces.c as Python sees it. File names and tuples of places are made once for each call. */
#include "core/modules/tracemalloc/traces.h"

#include "core/modules/modules.h"

/* Objects made for a copy of the traces, by index; owned. */
struct shown { rt_value *texts, *tracebacks; };

static rt_value show_text(struct rt_thread *ts, struct shown *d, const struct rt_traces_text *t)
{
    if (rt_is_null(d->texts[t->index]))
        d->texts[t->index] = rt_str_from_kind(ts, t->kind, t->units, t->length);
    return d->texts[t->index];
}

static rt_value show_traceback(struct rt_thread *ts, struct shown *d, const struct rt_traceback_rec *tb)
{
    rt_value *made = &d->tracebacks[tb->index], frames;
    if (!rt_is_null(*made) || rt_is_null(frames = rt_tuple_new(ts, tb->n)))
        return *made;
    for (uint32_t i = 0; i < tb->n; i++) {
        rt_value file = show_text(ts, d, tb->at[i].file), at = RT_NULL;
        if (!rt_is_null(file))
            at = rt_tuple_pack(ts, 2, file, rt_int_imm(tb->at[i].line));
        if (rt_is_null(at)) {
            rt_decref(ts, frames);
            return RT_NULL;
        }
        rt_as_tuple(frames)->items[i] = at;
    }
    return *made = frames;
}

static int shown_init(struct rt_thread *ts, struct shown *d, const struct rt_traces_copy *c)
{
    d->texts = rt_raw_calloc(c->ntexts, sizeof(rt_value));
    d->tracebacks = rt_raw_calloc(c->ntracebacks, sizeof(rt_value));
    if (d->texts && d->tracebacks)
        return 0;
    rt_raise_no_memory(ts);
    return -1;
}
static void shown_free(struct rt_thread *ts, struct shown *d, const struct rt_traces_copy *c)
{
    for (size_t i = 0; d->texts && i < c->ntexts; i++)
        rt_decref(ts, d->texts[i]);
    for (size_t i = 0; d->tracebacks && i < c->ntracebacks; i++)
        rt_decref(ts, d->tracebacks[i]);
    rt_raw_free(d->texts);
    rt_raw_free(d->tracebacks);
}

static int list_traces(struct rt_thread *ts, const struct rt_traces_copy *c, struct shown *d, rt_value list)
{
    for (size_t i = 0; i < c->n; i++) {
        const struct rt_trace_rec *t = &c->items[i];
        rt_value frames = show_traceback(ts, d, t->tb), item = RT_NULL;
        if (!rt_is_null(frames))
            item = rt_tuple_pack(ts, 4, rt_int_imm(0), rt_int_imm((int64_t)t->size), frames, rt_int_imm(t->tb->total));
        if (rt_is_null(item) || rt_list_append_steal(ts, list, item) < 0)
            return -1;
    }
    return 0;
}

static rt_value get_traces(struct rt_thread *ts, rt_value self)
{
    struct rt_traces_copy c;
    struct shown d = {0};
    rt_traces_pause();
    rt_value list = rt_traces_take(&c, 0) ? rt_list_new(ts, c.n) : rt_raise_no_memory(ts);
    if (!rt_is_null(list) && (shown_init(ts, &d, &c) < 0 || list_traces(ts, &c, &d, list) < 0))
        rt_clear(ts, &list);
    shown_free(ts, &d, &c);
    rt_traces_drop(&c);
    rt_traces_resume();
    return list;
}

static rt_value get_object_traceback(struct rt_thread *ts, rt_value self, rt_value o)
{
    struct rt_traces_copy c;
    struct shown d = {0};
    rt_value r = RT_NONE;
    if (!rt_is_ptr(o) || !rt_traces_on())
        return r;
    rt_traces_pause();
    if (!rt_traces_take(&c, (uintptr_t)rt_ptr(o)))
        r = rt_raise_no_memory(ts);
    else if (c.n)
        r = shown_init(ts, &d, &c) < 0 ? RT_NULL : rt_newref(ts, show_traceback(ts, &d, c.items[0].tb));
    shown_free(ts, &d, &c);
    rt_traces_drop(&c);
    rt_traces_resume();
    return r;
}

static rt_value start(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    if (rt_args_count(ts, "start", n, 0, 1) < 0)
        return RT_NULL;
    int frames = n ? rt_as_int(ts, a[0]) : 1;
    if (rt_pending(ts))
        return RT_NULL;
    if (frames < 1 || frames > RT_TRACES_MAX_FRAMES)
        return rt_raise(ts, &rt_exc_ValueError, "the number of frames must be in range [1; %d]", (int)RT_TRACES_MAX_FRAMES);
    return rt_traces_start(ts, (uint32_t)frames) < 0 ? RT_NULL : RT_NONE;
}
static rt_value stop(struct rt_thread *ts, rt_value self)
{
    rt_traces_stop(ts);
    return RT_NONE;
}
static rt_value is_tracing(struct rt_thread *ts, rt_value self) { return rt_bool(rt_traces_on()); }
static rt_value clear_traces(struct rt_thread *ts, rt_value self)
{
    rt_traces_clear();
    return RT_NONE;
}
static rt_value get_limit(struct rt_thread *ts, rt_value self) { return rt_int_imm(rt_traces_limit()); }
static rt_value get_own_memory(struct rt_thread *ts, rt_value self) { return rt_int_imm((int64_t)rt_traces_own_bytes()); }
static rt_value get_traced_memory(struct rt_thread *ts, rt_value self)
{
    size_t now, peak;
    rt_traces_bytes(&now, &peak);
    return rt_tuple_pack(ts, 2, rt_int_imm((int64_t)now), rt_int_imm((int64_t)peak));
}
static rt_value reset_peak(struct rt_thread *ts, rt_value self)
{
    rt_traces_reset_peak();
    return RT_NONE;
}

static const struct rt_method_def methods[] = {
    {"is_tracing", is_tracing, RT_METH_NOARGS,
     "is_tracing($module, /)\n--\n\nReturn True if memory allocations are being traced, False otherwise."},
    {"clear_traces", clear_traces, RT_METH_NOARGS,
     "clear_traces($module, /)\n--\n\nForget what was recorded, and the sums with it."},
    {"_get_traces", get_traces, RT_METH_NOARGS,
     "_get_traces($module, /)\n--\n\nReturn a list of (domain, size, places, number of frames), one for each living allocation.\n\n"
     "Without tracing the list is empty."},
    {"_get_object_traceback", get_object_traceback, RT_METH_O,
     "_get_object_traceback($module, obj, /)\n--\n\nReturn where obj was allocated: a tuple of (filename, line) pairs, innermost first.\n\n"
     "None if that is not known."},
    {"start", start, RT_METH_FAST,
     "start($module, nframe=1, /)\n--\n\nBegin to trace allocations, keeping up to nframe frames of each."},
    {"stop", stop, RT_METH_NOARGS, "stop($module, /)\n--\n\nEnd tracing and forget what was recorded."},
    {"get_traceback_limit", get_limit, RT_METH_NOARGS,
     "get_traceback_limit($module, /)\n--\n\nReturn how many frames of a traceback are kept."},
    {"get_tracemalloc_memory", get_own_memory, RT_METH_NOARGS,
     "get_tracemalloc_memory($module, /)\n--\n\nReturn how many bytes the record itself takes."},
    {"get_traced_memory", get_traced_memory, RT_METH_NOARGS,
     "get_traced_memory($module, /)\n--\n\nReturn the traced bytes as a tuple (current, peak)."},
    {"reset_peak", reset_peak, RT_METH_NOARGS,
     "reset_peak($module, /)\n--\n\nMake the current number of traced bytes the peak."},
    {NULL},
};
const struct rt_module_def rt_module__tracemalloc = {
    .name = "_tracemalloc", .doc = "Where memory was allocated.", .methods = methods};
