/* SPDX-License-Identifier: MIT */
/*
 * _asyncio: the running loop of each thread, the current task of each loop, the set of living tasks.
 *
 * The running loop is in the thread's dict; a forked child forgets it. Living tasks are in lists by the
 * thread that made them, linked through the tasks themselves, without references or weak references:
 * _all_tasks is an object that shows them. Task-like objects of other classes go to a WeakSet.
 */
#include "core/modules/asyncio/asyncio_internal.h"

/* ---- the running loop ---- */
rt_value rt_aio_running_loop(struct rt_thread *ts)
{
    if (rt_is_null(ts->dict))
        return RT_NULL;
    rt_value v = rt_dict_get(ts, ts->dict, rt_aio_state(ts, AI_running));
    return rt_is_none(v) ? RT_NULL : v;
}

rt_value rt_aio_get_loop(struct rt_thread *ts)
{
    rt_value loop = rt_aio_running_loop(ts), policy;
    if (!rt_is_null(loop) || rt_pending(ts))
        return loop;
    /* Found anew: held by the state it would keep the policy, its loop and their modules beyond the end of the program. */
    rt_value get = rt_import_attr(ts, "asyncio.events", "get_event_loop_policy");
    policy = rt_is_null(get) ? get : rt_call0(ts, get);
    rt_decref(ts, get);
    if (rt_is_null(policy))
        return policy;
    loop = rt_call_method(ts, policy, "get_event_loop", NULL, 0);
    rt_decref(ts, policy);
    return loop;
}

static rt_value get_running_or_none(struct rt_thread *ts, rt_value mod)
{
    rt_value loop = rt_aio_running_loop(ts);
    return rt_is_null(loop) && !rt_pending(ts) ? RT_NONE : loop;
}

static rt_value get_running(struct rt_thread *ts, rt_value mod)
{
    rt_value loop = rt_aio_running_loop(ts);
    if (rt_is_null(loop) && !rt_pending(ts))
        rt_raise(ts, &rt_exc_RuntimeError, "no running event loop");
    return loop;
}

static rt_value set_running(struct rt_thread *ts, rt_value mod, rt_value loop)
{
    if (rt_is_null(ts->dict) && rt_is_null(ts->dict = rt_dict_new(ts)))
        return RT_NULL;
    return rt_dict_set(ts, ts->dict, rt_aio_state(ts, AI_running), loop) < 0 ? RT_NULL : RT_NONE;
}

static rt_value forget_running(struct rt_thread *ts, rt_value mod) { return set_running(ts, mod, RT_NONE); }

static rt_value get_event_loop(struct rt_thread *ts, rt_value mod) { return rt_aio_get_loop(ts); }

static rt_value get_event_loop_old(struct rt_thread *ts, rt_value mod, const rt_value *a, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"stacklevel", NULL};
    static const struct rt_argspec spec = {"_get_event_loop", names, 0, 0, 1, 1};
    rt_value v[1];
    return rt_args(ts, &spec, a, n, kw, v) < 0 ? RT_NULL : rt_aio_get_loop(ts);
}

/* ---- current tasks ---- */
int rt_aio_enter_task(struct rt_thread *ts, rt_value loop, rt_value task)
{
    rt_value d = rt_aio_state(ts, AI_current_tasks), now = RT_NULL;
    int64_t hash = rt_hash_inline(ts, loop);
    if (hash == -1)
        return -1;
    int r = rt_dict_store(ts, rt_as_dict(d), loop, hash, rt_newref(ts, task), RT_DICT_KEEP, &now);
    if (r == 0)
        rt_raise(ts, &rt_exc_RuntimeError, "Cannot enter into task %R while another task %R is being executed.",
                 task, now);
    rt_decref(ts, now);
    return r > 0 ? 0 : -1;
}

int rt_aio_leave_task(struct rt_thread *ts, rt_value loop, rt_value task)
{
    rt_value d = rt_aio_state(ts, AI_current_tasks), k = RT_NULL, now = RT_NULL;
    int64_t hash = rt_hash_inline(ts, loop);
    if (hash == -1)
        return -1;
    now = rt_dict_get_hash(ts, d, loop, hash);
    if (rt_is_null(now) && rt_pending(ts))
        return -1;
    if (rt_is_null(now) || !rt_is(now, task)) {
        rt_raise(ts, &rt_exc_RuntimeError, "Leaving task %R does not match the current task %R.", task,
                 rt_none_if_null(now));
        rt_decref(ts, now);
        return -1;
    }
    rt_decref(ts, now);
    int r = rt_dict_remove(ts, rt_as_dict(d), loop, hash, &k, &now);
    if (r > 0) {
        rt_decref(ts, k);
        rt_decref(ts, now);
    }
    return r < 0 ? -1 : 0;
}

static int loop_and_task(struct rt_thread *ts, const char *f, const rt_value *a, uint32_t n, rt_value kw, rt_value v[2])
{
    static const char *const names[] = {"loop", "task", NULL};
    struct rt_argspec spec = {f, names, 0, 2, 2, 2};
    return rt_args(ts, &spec, a, n, kw, v);
}

static rt_value enter_task(struct rt_thread *ts, rt_value mod, const rt_value *a, uint32_t n, rt_value kw)
{
    rt_value v[2];
    return loop_and_task(ts, "_enter_task", a, n, kw, v) < 0 || rt_aio_enter_task(ts, v[0], v[1]) < 0 ? RT_NULL
                                                                                                      : RT_NONE;
}

static rt_value leave_task(struct rt_thread *ts, rt_value mod, const rt_value *a, uint32_t n, rt_value kw)
{
    rt_value v[2];
    return loop_and_task(ts, "_leave_task", a, n, kw, v) < 0 || rt_aio_leave_task(ts, v[0], v[1]) < 0 ? RT_NULL
                                                                                                      : RT_NONE;
}

/* ---- all tasks ---- */
void rt_aio_link(struct rt_thread *ts, struct rt_task *t)
{
    struct rt_aio_shard *s = &rt_aio_tasks(ts)->shards[ts->id % RT_AIO_SHARDS];
    if (t->shard)
        return;
    rt_object_set_seen(&t->f.hdr); /* collect_shard, under the lock */
    pthread_mutex_lock(&s->lock);
    t->shard = s;
    t->next = s->first;
    t->prev = &s->first;
    if (s->first)
        s->first->prev = &t->next;
    s->first = t;
    pthread_mutex_unlock(&s->lock);
}

void rt_aio_unlink(struct rt_task *t)
{
    struct rt_aio_shard *s = t->shard;
    if (!s)
        return;
    pthread_mutex_lock(&s->lock);
    *t->prev = t->next;
    if (t->next)
        t->next->prev = t->prev;
    t->shard = NULL;
    pthread_mutex_unlock(&s->lock);
}

/* Owned words of a shard's living tasks at the end of *v: counted first, so that nothing is allocated
   under the lock. 0 or -1. */
static int collect_shard(struct rt_thread *ts, struct rt_aio_shard *s, rt_value list)
{
    size_t cap = 0, n = 0;
    rt_value *v = NULL;
    for (bool all = false; !all;) {
        pthread_mutex_lock(&s->lock);
        size_t count = 0;
        for (struct rt_task *t = s->first; t; t = t->next)
            count++;
        all = count <= cap;
        for (struct rt_task *t = all ? s->first : NULL; t; t = t->next) {
            v[n] = rt_try_newref(ts, &t->f.hdr);
            n += !rt_is_null(v[n]);
        }
        pthread_mutex_unlock(&s->lock);
        if (!all) {
            rt_raw_free(v);
            cap = count + 16;
            if (!(v = rt_raw_malloc(cap * sizeof *v))) {
                rt_raise_no_memory(ts);
                return -1;
            }
        }
    }
    int r = 0;
    for (size_t i = 0; i < n; i++) {
        if (r == 0)
            r = rt_list_append(ts, list, v[i]);
        rt_decref(ts, v[i]);
    }
    rt_raw_free(v);
    return r;
}

static rt_value all_tasks_list(struct rt_thread *ts)
{
    rt_value list = rt_list_new(ts, 0);
    int r = rt_is_null(list) ? -1 : 0;
    for (int i = 0; i < RT_AIO_SHARDS && r == 0; i++)
        r = collect_shard(ts, &rt_aio_tasks(ts)->shards[i], list);
    if (r == 0)
        r = rt_list_extend(ts, list, rt_aio_state(ts, AI_other_tasks));
    if (r < 0)
        rt_clear(ts, &list);
    return list;
}

static bool is_task(rt_value v) { return rt_is_ptr(v) && rt_type_is_subtype(rt_type_of(v), &rt_task_type); }

static rt_value set_add(struct rt_thread *ts, rt_value self, rt_value task)
{
    if (!is_task(task))
        return rt_call_method(ts, rt_aio_state(ts, AI_other_tasks), "add", &task, 1);
    rt_aio_link(ts, rt_as_task(task));
    return RT_NONE;
}

static rt_value set_discard(struct rt_thread *ts, rt_value self, rt_value task)
{
    if (!is_task(task))
        return rt_call_method(ts, rt_aio_state(ts, AI_other_tasks), "discard", &task, 1);
    rt_aio_unlink(rt_as_task(task));
    return RT_NONE;
}

static int set_contains(struct rt_thread *ts, rt_value self, rt_value task)
{
    return is_task(task) ? rt_as_task(task)->shard != NULL
                         : rt_contains(ts, rt_aio_state(ts, AI_other_tasks), task);
}

static rt_value set_iter(struct rt_thread *ts, rt_value self)
{
    rt_value list = all_tasks_list(ts), it = rt_is_null(list) ? list : rt_iter(ts, list);
    rt_decref(ts, list);
    return it;
}

static int64_t set_len(struct rt_thread *ts, rt_value self)
{
    rt_value list = all_tasks_list(ts);
    int64_t n = rt_is_null(list) ? -1 : (int64_t)rt_list_len(list);
    rt_decref(ts, list);
    return n;
}

static const struct rt_method_def set_methods[] = {
    {"add", set_add, RT_METH_O, "add($self, task, /)\n--\n\nAdd a task."},
    {"discard", set_discard, RT_METH_O, "discard($self, task, /)\n--\n\nRemove a task if it is there."},
    {0},
};

struct rt_type rt_task_set_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "_asyncio._TaskSet",
    .doc = "The tasks that are alive, without keeping them so.",
    .flags = RT_TF_NO_NEW,
    .basic_size = sizeof(struct rt_object),
    .iter = set_iter,
    .len = set_len,
    .contains = set_contains,
    .methods = set_methods,
};

static rt_value one_task(struct rt_thread *ts, const char *f, const rt_value *a, uint32_t n, rt_value kw, rt_fn_o fn)
{
    static const char *const names[] = {"task", NULL};
    struct rt_argspec spec = {f, names, 0, 1, 1, 1};
    rt_value v[1];
    return rt_args(ts, &spec, a, n, kw, v) < 0 ? RT_NULL : fn(ts, RT_NULL, v[0]);
}

static rt_value register_task(struct rt_thread *ts, rt_value mod, const rt_value *a, uint32_t n, rt_value kw)
{
    return one_task(ts, "_register_task", a, n, kw, set_add);
}

static rt_value unregister_task(struct rt_thread *ts, rt_value mod, const rt_value *a, uint32_t n, rt_value kw)
{
    return one_task(ts, "_unregister_task", a, n, kw, set_discard);
}

/* ---- the module ---- */
static const struct rt_method_def forget_def = {"_forget_running_loop", forget_running, RT_METH_NOARGS, NULL};

static int forget_in_children(struct rt_thread *ts, rt_value mod)
{
    rt_value reg = rt_import_attr(ts, "posix", "register_at_fork"), f, names, key, r = RT_NULL;
    if (rt_is_null(reg))
        return -1;
    f = rt_builtin_new(ts, &forget_def, mod, RT_NULL);
    key = rt_str_intern_cstr(ts, "after_in_child");
    names = rt_is_null(key) ? key : rt_tuple_pack(ts, 1, key);
    if (!rt_is_null(f) && !rt_is_null(names))
        r = rt_call(ts, reg, &f, 0, names);
    rt_decref(ts, names);
    rt_decref(ts, f);
    rt_decref(ts, reg);
    rt_decref(ts, r);
    return rt_is_null(r) ? -1 : 0;
}

static int fill_state(struct rt_thread *ts, rt_value *v)
{
    static const struct {
        enum rt_aio_import i;
        const char *module, *name;
    } imports[] = {
        {AI_future_repr, "asyncio.base_futures", "_future_repr"},
        {AI_InvalidStateError, "asyncio.exceptions", "InvalidStateError"},
        {AI_CancelledError, "asyncio.exceptions", "CancelledError"},
        {AI_task_repr, "asyncio.base_tasks", "_task_repr"},
        {AI_task_get_stack, "asyncio.base_tasks", "_task_get_stack"},
        {AI_task_print_stack, "asyncio.base_tasks", "_task_print_stack"},
        {AI_iscoroutine, "asyncio.coroutines", "iscoroutine"},
        {AI_extract_stack, "traceback", "extract_stack"},
        {AI_other_tasks, "weakref", "WeakSet"},
    };
    static const struct {
        enum rt_aio_import i;
        const char *text;
        bool tuple;
    } names[] = {
        {AI_kw_context, "context", true},
        {AI_kw_msg, "msg", true},
        {AI_call_soon, "call_soon", false},
        {AI_get_debug, "get_debug", false},
        {AI_blocking, "_asyncio_future_blocking", false},
        {AI_add_done_callback, "add_done_callback", false},
        {AI_get_loop, "get_loop", false},
        {AI_result, "result", false},
        {AI_running, "__asyncio_running_event_loop__", false},
    };
    for (size_t k = 0; k < RT_COUNTOF(imports); k++)
        if (rt_is_null(v[imports[k].i] = rt_import_attr(ts, imports[k].module, imports[k].name)))
            return -1;
    for (size_t k = 0; k < RT_COUNTOF(names); k++) {
        rt_value s = rt_str_intern_cstr(ts, names[k].text);
        if (!rt_is_null(s) && names[k].tuple)
            s = rt_tuple_pack(ts, 1, s);
        if (rt_is_null(v[names[k].i] = s))
            return -1;
    }
    rt_value weak_set = v[AI_other_tasks];
    v[AI_other_tasks] = rt_call0(ts, weak_set);
    rt_decref(ts, weak_set);
    v[AI_current_tasks] = rt_dict_new(ts);
    v[AI_all_tasks] = rt_type_alloc(ts, &rt_task_set_type);
    return rt_is_null(v[AI_other_tasks]) || rt_is_null(v[AI_current_tasks]) || rt_is_null(v[AI_all_tasks]) ? -1 : 0;
}

static int exec(struct rt_thread *ts, rt_value mod)
{
    struct rt_interp *in = ts->interp;
    rt_value state = rt_tuple_new(ts, AI_COUNT);
    if (rt_is_null(state))
        return -1;
    if (!in->native_private[RT_NS_ASYNCIO]) {
        struct rt_aio_tasks *t = rt_raw_calloc(1, sizeof *t);
        if (!t) {
            rt_raise_no_memory(ts);
            rt_decref(ts, state);
            return -1;
        }
        for (int i = 0; i < RT_AIO_SHARDS; i++)
            pthread_mutex_init(&t->shards[i].lock, NULL);
        in->native_private[RT_NS_ASYNCIO] = t;
    }
    if (rt_type_ready(ts, &rt_future_iter_type) < 0 || rt_type_ready(ts, &rt_task_step_type) < 0 ||
        rt_type_ready(ts, &rt_task_set_type) < 0 || fill_state(ts, rt_as_tuple(state)->items) < 0) {
        rt_decref(ts, state);
        return -1;
    }
    rt_slot_set(ts, &in->native_state[RT_NS_ASYNCIO], state);
    if (rt_module_add(ts, mod, "_all_tasks", rt_newref(ts, rt_aio_state(ts, AI_all_tasks))) < 0 ||
        rt_module_add(ts, mod, "_current_tasks", rt_newref(ts, rt_aio_state(ts, AI_current_tasks))) < 0)
        return -1;
    return forget_in_children(ts, mod);
}

static const struct rt_method_def methods[] = {
    {"get_event_loop", get_event_loop, RT_METH_NOARGS,
     "get_event_loop($module, /)\n--\n\nReturn an asyncio event loop.\n\n"
     "In a coroutine or a callback this is the running one; otherwise the result of\n"
     "`get_event_loop_policy().get_event_loop()`."},
    {"_get_event_loop", get_event_loop_old, RT_METH_KW, "_get_event_loop($module, /, stacklevel=3)\n--\n\n"},
    {"get_running_loop", get_running, RT_METH_NOARGS,
     "get_running_loop($module, /)\n--\n\nReturn the running event loop.  Raise a RuntimeError if there is none.\n\n"
     "This function is thread-specific."},
    {"_get_running_loop", get_running_or_none, RT_METH_NOARGS,
     "_get_running_loop($module, /)\n--\n\nReturn the running event loop or None.\n\n"
     "This is a low-level function intended to be used by event loops.\nThis function is thread-specific."},
    {"_set_running_loop", set_running, RT_METH_O,
     "_set_running_loop($module, loop, /)\n--\n\nSet the running event loop.\n\n"
     "This is a low-level function intended to be used by event loops.\nThis function is thread-specific."},
    {"_register_task", register_task, RT_METH_KW,
     "_register_task($module, /, task)\n--\n\nRegister a new task in asyncio as executed by loop.\n\nReturns None."},
    {"_unregister_task", unregister_task, RT_METH_KW,
     "_unregister_task($module, /, task)\n--\n\nUnregister a task.\n\nReturns None."},
    {"_enter_task", enter_task, RT_METH_KW,
     "_enter_task($module, /, loop, task)\n--\n\nEnter into task execution or resume suspended task.\n\n"
     "Task belongs to loop.\n\nReturns None."},
    {"_leave_task", leave_task, RT_METH_KW,
     "_leave_task($module, /, loop, task)\n--\n\nLeave task execution or suspend a task.\n\n"
     "Task belongs to loop.\n\nReturns None."},
    {0},
};
static struct rt_type *const types[] = {&rt_future_type, &rt_task_type, NULL};

const struct rt_module_def rt_module__asyncio = {
    .name = "_asyncio",
    .doc = "Accelerator module for asyncio",
    .methods = methods,
    .types = types,
    .exec = exec,
};
