/* SPDX-License-Identifier: MIT */
/* Module _thread: starting threads, identity, the sentinel lock, the exception hook. */
#include "core/modules/thread/thread_module.h"

#include <stdlib.h>

#include "core/builtins/builtins.h"
#include "core/modules/signal/signal_module.h"
#include "core/types/exceptions/exceptions.h"

enum { STACK_MIN = 32768, STACK_REAL_MIN = 256 << 10 };

struct rt_thread_module *rt_thread_module_state(struct rt_interp *in) { return in->native_private[RT_NS_THREAD]; }

/* ---- starting ---- */

static void report(struct rt_thread *ts, rt_value func)
{
    if (rt_exc_is(ts, &rt_exc_SystemExit))
        rt_exc_clear(ts);
    else
        rt_write_unraisable_msg(ts, "in thread started by", func);
}

static void thread_body(struct rt_thread *ts, void *arg)
{
    struct rt_thread_module *m = rt_thread_module_state(ts->interp);
    rt_value func = ts->start_args[0], args = ts->start_args[1], kw = ts->start_args[2];
    rt_value r = rt_call_ex(ts, func, args, kw);
    if (rt_is_null(r))
        report(ts, func);
    rt_decref(ts, r);
    for (int i = 0; i < 3; i++)
        rt_clear(ts, &ts->start_args[i]);
    if (rt_pending(ts))
        rt_exc_clear(ts);
    (void)rt_sub_relaxed(&m->count, 1);
}

static rt_value start_new_thread(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    struct rt_thread_module *m = rt_thread_module_state(ts->interp);
    if (rt_args_count(ts, "start_new_thread", n, 2, 3) < 0)
        return RT_NULL;
    if (!rt_is_callable(args[0]))
        return rt_raise(ts, &rt_exc_TypeError, "first arg must be callable");
    if (!rt_is_tuple(args[1]))
        return rt_raise(ts, &rt_exc_TypeError, "2nd arg must be a tuple");
    if (n == 3 && !rt_is_dict(args[2]))
        return rt_raise(ts, &rt_exc_TypeError, "optional 3rd arg must be a dictionary");
    if (rt_load_acquire(&ts->interp->finalizing)) /* it would never run, and Thread.start() waits for it */
        return rt_raise(ts, &rt_exc_RuntimeError, "can't create new thread at interpreter shutdown");
    struct rt_thread *t = rt_thread_new(ts->interp);
    if (!t)
        return rt_raise(ts, &rt_exc_RuntimeError, "can't start new thread");
    for (uint32_t i = 0; i < n; i++)
        t->start_args[i] = rt_newref(ts, args[i]);
    (void)rt_add_relaxed(&m->count, 1);
    size_t size = rt_load_relaxed(&m->stack_size);
    uint64_t ident = 0;
    if (rt_thread_spawn_ident(t, thread_body, NULL, size && size < STACK_REAL_MIN ? STACK_REAL_MIN : size, &ident)) {
        (void)rt_sub_relaxed(&m->count, 1);
        rt_thread_discard(t);
        return rt_raise(ts, &rt_exc_RuntimeError, "can't start new thread");
    }
    return rt_int_from_u64(ts, ident);
}

static rt_value thread_exit(struct rt_thread *ts, rt_value self) { return rt_raise_none(ts, &rt_exc_SystemExit); }

static rt_value thread_interrupt_main(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    if (rt_args_count(ts, "interrupt_main", n, 0, 1) < 0)
        return RT_NULL;
    int sig = n ? rt_as_int(ts, args[0]) : SIGINT;
    if (rt_pending(ts))
        return RT_NULL;
    if (sig < 1 || sig >= RT_NSIG)
        return rt_raise(ts, &rt_exc_ValueError, "signal number out of range");
    if (rt_signal_has_python_handler(sig))
        rt_signal_raise(sig);
    return rt_signal_check(ts) < 0 ? RT_NULL : RT_NONE; /* at once if this is the main thread */
}

/* ---- facts ---- */

static rt_value thread_get_ident(struct rt_thread *ts, rt_value self) { return rt_int_from_u64(ts, rt_load_relaxed(&ts->ident)); }
static rt_value thread_get_native_id(struct rt_thread *ts, rt_value self) { return rt_int_imm(ts->native_id); }
static rt_value thread_count(struct rt_thread *ts, rt_value self)
{
    return rt_int_imm(rt_load_relaxed(&rt_thread_module_state(ts->interp)->count));
}

static rt_value thread_stack_size(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    struct rt_thread_module *m = rt_thread_module_state(ts->interp);
    if (rt_args_count(ts, "stack_size", n, 0, 1) < 0)
        return RT_NULL;
    int64_t old = (int64_t)rt_load_relaxed(&m->stack_size), size = 0;
    if (n == 1) {
        size = rt_as_ssize(ts, args[0]);
        if (size == -1 && rt_pending(ts))
            return RT_NULL;
        if (size < 0)
            return rt_raise(ts, &rt_exc_ValueError, "size must be 0 or a positive value");
        if (size != 0 && size < STACK_MIN)
            return rt_raise(ts, &rt_exc_ValueError, "size not valid: %zd bytes", (ssize_t)size);
        rt_store_relaxed(&m->stack_size, (size_t)size);
    }
    return rt_int_imm(old);
}

static rt_value thread_allocate_lock(struct rt_thread *ts, rt_value self) { return rt_lock_new(ts); }

/* ---- the end of a thread ---- */

static rt_value thread_set_sentinel(struct rt_thread *ts, rt_value self)
{
    rt_value l = rt_lock_new(ts);
    if (rt_is_null(l))
        return l;
    rt_clear(ts, &ts->sentinel);
    ts->sentinel = rt_newref(ts, l);
    return l;
}

static void on_exit_thread(struct rt_thread *ts) { rt_local_thread_exit(ts); }

static void on_gone_thread(struct rt_thread *ts)
{
    rt_value l = ts->sentinel;
    ts->sentinel = RT_NULL;
    if (!rt_is_ptr(l))
        return;
    _Atomic uint8_t *lock = &((struct rt_lock_object *)rt_ptr(l))->lock;
    if (rt_load_relaxed(lock) & RT_LK_LOCKED)
        rt_bytelock_release(lock);
    rt_decref(ts, l);
}

/* ---- excepthook ---- */

static struct rt_type hook_args_type;
static const struct rt_structseq_field hook_fields[] = {
    {"exc_type", "Exception type"}, {"exc_value", "Exception value"},
    {"exc_traceback", "Exception traceback"}, {"thread", "Thread"}, {NULL, NULL},
};
static const struct rt_structseq hook_desc = {"_thread._ExceptHookArgs", "ExceptHookArgs - Type used to pass arguments to threading.excepthook.", hook_fields, 4, false};

static int write_str(struct rt_thread *ts, rt_value file, rt_value s)
{
    rt_value r = rt_is_null(s) ? RT_NULL : rt_call_method(ts, file, "write", &s, 1);
    rt_decref(ts, s);
    rt_decref(ts, r);
    return rt_is_null(r) ? -1 : 0;
}

static rt_value thread_name(struct rt_thread *ts, rt_value thread)
{
    rt_value name = RT_NULL;
    if (!rt_is_none(thread)) {
        name = rt_getattr_opt_cstr(ts, thread, "_name");
        if (rt_is_null(name))
            rt_exc_clear(ts);
    }
    return rt_is_null(name) ? rt_int_from_u64(ts, rt_load_relaxed(&ts->ident)) : name;
}

static rt_value thread_excepthook(struct rt_thread *ts, rt_value self, rt_value args)
{
    if (rt_type_of(args) != &hook_args_type)
        return rt_raise(ts, &rt_exc_TypeError, "_thread.excepthook argument type must be ExceptHookArgs");
    rt_value *item = rt_as_tuple(args)->items;
    if (rt_is(item[0], rt_type_value(&rt_exc_SystemExit)))
        return RT_NONE;
    rt_value file = rt_sys_get(ts, "stderr");
    if (rt_is_null(file) || rt_is_none(file)) {
        rt_decref(ts, file);
        if (rt_is_none(item[3]))
            return RT_NONE; /* neither file nor thread: nothing can be done */
        file = rt_getattr_cstr(ts, item[3], "_stderr");
        if (rt_is_null(file) || rt_is_none(file))
            return file;
    }
    rt_value name = thread_name(ts, item[3]), exc;
    rt_value line = rt_is_null(name) ? name : rt_str_format(ts, "Exception in thread %S:\n", name);
    rt_decref(ts, name);
    int r = write_str(ts, file, line);
    if (r == 0) {
        exc = rt_is_none(item[1]) ? rt_call0(ts, item[0]) : rt_newref(ts, item[1]);
        if (!rt_is_null(exc) && rt_is_ptr(exc) && rt_has(exc, RT_TF_EXC)) {
            if (!rt_is_none(item[2]))
                rt_slot_set(ts, &rt_as_exc(exc)->traceback, rt_newref(ts, item[2]));
            rt_display_exception(ts, exc, file);
        }
        rt_decref(ts, exc);
        rt_value f = rt_call_method(ts, file, "flush", NULL, 0);
        if (rt_is_null(f))
            r = -1;
        rt_decref(ts, f);
    }
    rt_decref(ts, file);
    return r < 0 ? RT_NULL : RT_NONE;
}

/* ---- the module ---- */

static const struct rt_method_def methods[] = {
    {"start_new_thread", start_new_thread, RT_METH_FAST, "start_new_thread(function, args[, kwargs])\n(start_new() is an obsolete synonym)\n\nStart a new thread and return its identifier.  The thread will call the\nfunction with positional arguments from the tuple args and keyword arguments\ntaken from the optional dictionary kwargs.  The thread exits when the\nfunction returns; the return value is ignored.  The thread will also exit\nwhen the function raises an unhandled exception; a stack trace will be\nprinted unless the exception is SystemExit.\n"},
    {"start_new", start_new_thread, RT_METH_FAST, "start_new(function, args[, kwargs])\n\nAn obsolete synonym of start_new_thread()."},
    {"allocate_lock", thread_allocate_lock, RT_METH_NOARGS, "allocate_lock() -> lock object\n(allocate() is an obsolete synonym)\n\nCreate a new lock object. See help(type(threading.Lock())) for\ninformation about locks."},
    {"allocate", thread_allocate_lock, RT_METH_NOARGS, "allocate() -> lock object\n\nAn obsolete synonym of allocate_lock()."},
    {"exit", thread_exit, RT_METH_NOARGS, "exit()\n(exit_thread() is an obsolete synonym)\n\nThis is synonymous to ``raise SystemExit''.  It will cause the current\nthread to exit silently unless the exception is caught."},
    {"exit_thread", thread_exit, RT_METH_NOARGS, "exit_thread()\n\nAn obsolete synonym of exit()."},
    {"interrupt_main", thread_interrupt_main, RT_METH_FAST, "interrupt_main(signum=signal.SIGINT, /)\n\nSimulate the arrival of the given signal in the main thread,\nwhere the corresponding signal handler will be executed.\nIf *signum* is omitted, SIGINT is assumed.\nA subthread can use this function to interrupt the main thread.\n\nNote: the default signal handler for SIGINT raises ``KeyboardInterrupt``."},
    {"get_ident", thread_get_ident, RT_METH_NOARGS, "get_ident() -> integer\n\nReturn a non-zero integer that uniquely identifies the current thread\namongst other threads that exist simultaneously."},
    {"get_native_id", thread_get_native_id, RT_METH_NOARGS, "get_native_id() -> integer\n\nReturn a non-negative integer identifying the thread as reported\nby the OS (kernel)."},
    {"_count", thread_count, RT_METH_NOARGS, "_count() -> integer\n\nReturn the number of currently running Python threads, excluding\nthe main thread."},
    {"stack_size", thread_stack_size, RT_METH_FAST, "stack_size([size]) -> size\n\nReturn the thread stack size used when creating new threads."},
    {"_set_sentinel", thread_set_sentinel, RT_METH_NOARGS, "_set_sentinel() -> lock\n\nSet a sentinel lock that will be released when the current thread\nstate is finalized (after it is untied from the interpreter)."},
    {"_excepthook", thread_excepthook, RT_METH_O, "excepthook(exc_type, exc_value, exc_traceback, thread)\n\nHandle uncaught Thread.run() exception."},
    {0},
};
static struct rt_type *const types[] = {&rt_rlock_type, &rt_local_type, NULL};

static int exec(struct rt_thread *ts, rt_value module)
{
    struct rt_interp *in = ts->interp;
    if (!in->native_private[RT_NS_THREAD] &&
        !(in->native_private[RT_NS_THREAD] = calloc(1, sizeof(struct rt_thread_module)))) {
        rt_raise_no_memory(ts);
        return -1;
    }
    if (!rt_safepoint_hooks.thread_exit) { /* the first interpreter, which is alone: the others' threads read them */
        rt_safepoint_hooks.thread_exit = on_exit_thread;
        rt_safepoint_hooks.thread_gone = on_gone_thread;
    }
    if (rt_type_ready(ts, &rt_lock_type) < 0 || rt_type_ready(ts, &rt_local_body_type) < 0 ||
        rt_structseq_ready(ts, &hook_args_type, &hook_desc) < 0)
        return -1;
    if (rt_module_add(ts, module, "LockType", rt_type_value(&rt_lock_type)) < 0 ||
        rt_module_add(ts, module, "_ExceptHookArgs", rt_type_value(&hook_args_type)) < 0 ||
        rt_module_add(ts, module, "error", rt_type_value(&rt_exc_RuntimeError)) < 0 ||
        rt_module_add(ts, module, "TIMEOUT_MAX", rt_float_new(ts, 9223372036.0)) < 0)
        return -1;
    return 0;
}

extern const struct rt_module_def rt_module__thread;
const struct rt_module_def rt_module__thread = {
    "_thread",
    "This module provides primitive operations to write multi-threaded programs.\nThe 'threading' module provides a more convenient interface.",
    methods, types, exec,
};
