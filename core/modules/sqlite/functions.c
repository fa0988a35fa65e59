/* SPDX-License-Identifier: MIT */
/*
 * _sqlite3: functions, aggregates, window functions and collations written in Python.
 *
 * What SQLite knows of one is a struct callback, kept by its connection until that dies. SQLite calls it
 * from inside a step, so the thread is known (c->ts) and no lock is taken. An exception becomes an error
 * message for SQLite; enable_callback_tracebacks() shows the exception itself, too.
 */
#include "core/modules/sqlite/sqlite_internal.h"

bool sq_callback_begin(struct callback *k)
{
    bool was = k->c->detached;
    if (was)
        rt_attach(k->c->ts);
    k->c->detached = false;
    return was;
}
void sq_callback_end(struct callback *k, bool was)
{
    k->c->detached = was;
    if (was)
        rt_detach(k->c->ts, RT_DETACH_IO);
}
void sq_callback_failed(struct rt_thread *ts, struct callback *k)
{
    rt_value show = rt_interp_kept(ts, "_sqlite3.tracebacks");
    if (rt_is_true(show) && rt_pending(ts))
        rt_write_unraisable(ts, rt_slot_peek(&k->fn));
    rt_exc_clear(ts);
}
struct callback *sq_keep(struct rt_thread *ts, struct connection *c, rt_value fn)
{
    struct callback *k = rt_raw_calloc(1, sizeof *k);
    if (!k) {
        rt_raise_no_memory(ts);
        return NULL;
    }
    k->c = c;
    rt_slot_init(&k->fn, rt_newref(ts, fn));
    k->next = rt_load_relaxed(&c->callbacks);
    while (!rt_cas_acq_rel(&c->callbacks, &k->next, k))
        ;
    return k;
}
static rt_value value_in(struct rt_thread *ts, sqlite3_value *v)
{
    switch (sqlite3_value_type(v)) {
    case SQLITE_INTEGER: return rt_int_from_i64(ts, sqlite3_value_int64(v));
    case SQLITE_FLOAT: return rt_float_new(ts, sqlite3_value_double(v));
    case SQLITE_TEXT: {
        const char *s = (const char *)sqlite3_value_text(v);
        return rt_str_from_utf8(ts, s, (size_t)sqlite3_value_bytes(v), NULL);
    }
    case SQLITE_BLOB: return rt_bytes_new(ts, sqlite3_value_blob(v), (size_t)sqlite3_value_bytes(v));
    default: return RT_NONE;
    }
}
static bool value_out(struct rt_thread *ts, sqlite3_context *ctx, rt_value v)
{
    if (rt_is_none(v)) {
        sqlite3_result_null(ctx);
    } else if (rt_is_any_int(v)) {
        int64_t i = rt_as_i64(ts, v);
        if (rt_pending(ts))
            return false;
        sqlite3_result_int64(ctx, i);
    } else if (rt_is_float(v)) {
        sqlite3_result_double(ctx, rt_float_value(v));
    } else if (rt_is_str(v)) {
        size_t n;
        const char *s = rt_str_utf8(ts, v, &n);
        if (!s)
            return false;
        sqlite3_result_text(ctx, s, (int)n, SQLITE_TRANSIENT);
    } else if (rt_has_buffer(v)) {
        struct rt_buffer b;
        if (rt_buffer_get(ts, v, &b, RT_BUF_SIMPLE) < 0)
            return false;
        sqlite3_result_blob(ctx, b.buf, (int)b.len, SQLITE_TRANSIENT);
        rt_buffer_release(ts, &b);
    } else {
        return false;
    }
    return true;
}
static void failed(struct rt_thread *ts, sqlite3_context *ctx, struct callback *k, const char *msg)
{
    bool memory = rt_exc_is(ts, &rt_exc_MemoryError), over = rt_exc_is(ts, &rt_exc_OverflowError);
    sq_callback_failed(ts, k);
    if (memory)
        sqlite3_result_error_nomem(ctx);
    else if (over)
        sqlite3_result_error_toobig(ctx);
    else
        sqlite3_result_error(ctx, msg, -1);
}
static rt_value call_with(struct rt_thread *ts, rt_value fn, int n, sqlite3_value **argv)
{
    rt_value t = rt_tuple_new(ts, (size_t)n), r = RT_NULL;
    for (int i = 0; i < n && !rt_is_null(t); i++)
        if (rt_is_null(rt_as_tuple(t)->items[i] = value_in(ts, argv[i])))
            rt_clear(ts, &t);
    if (!rt_is_null(t))
        r = rt_call_ex(ts, fn, t, RT_NULL);
    rt_decref(ts, t);
    return r;
}
static void on_function(sqlite3_context *ctx, int n, sqlite3_value **argv)
{
    struct callback *k = sqlite3_user_data(ctx);
    struct rt_thread *ts = k->c->ts;
    bool was = sq_callback_begin(k);
    rt_value r = call_with(ts, rt_slot_peek(&k->fn), n, argv);
    if (rt_is_null(r) || !value_out(ts, ctx, r))
        failed(ts, ctx, k, "user-defined function raised exception");
    rt_decref(ts, r);
    sq_callback_end(k, was);
}
/* What can go wrong with a method of an aggregate, as SQLite's user sees it. */
#define NO_METHOD(m) "user-defined aggregate's '" m "' method not defined"
#define FAILED(m) "user-defined aggregate's '" m "' method raised error"

static void call_aggregate(sqlite3_context *ctx, struct callback *k, rt_value instance, const char *method, int n, sqlite3_value **argv,
                           const char *missing, const char *raised)
{
    struct rt_thread *ts = k->c->ts;
    rt_value m = rt_getattr_cstr(ts, instance, method), r = rt_is_null(m) ? m : call_with(ts, m, n, argv);
    if (rt_is_null(r))
        failed(ts, ctx, k, rt_is_null(m) ? missing : raised);
    rt_decref(ts, m);
    rt_decref(ts, r);
}
/* The instance of an aggregate lives in SQLite's memory for it, kept alive by a reference. */
static void on_step(sqlite3_context *ctx, int n, sqlite3_value **argv)
{
    struct callback *k = sqlite3_user_data(ctx);
    struct rt_thread *ts = k->c->ts;
    rt_value *slot = sqlite3_aggregate_context(ctx, sizeof *slot);
    bool was = sq_callback_begin(k);
    if (slot && rt_is_null(*slot)) {
        *slot = rt_call0(ts, rt_slot_peek(&k->fn));
        if (rt_is_null(*slot))
            failed(ts, ctx, k, FAILED("__init__"));
    }
    if (slot && !rt_is_null(*slot))
        call_aggregate(ctx, k, *slot, "step", n, argv, NO_METHOD("step"), FAILED("step"));
    sq_callback_end(k, was);
}
static void on_inverse(sqlite3_context *ctx, int n, sqlite3_value **argv)
{
    struct callback *k = sqlite3_user_data(ctx);
    rt_value *slot = sqlite3_aggregate_context(ctx, sizeof *slot);
    if (!slot || rt_is_null(*slot))
        return;
    bool was = sq_callback_begin(k);
    call_aggregate(ctx, k, *slot, "inverse", n, argv, NO_METHOD("inverse"), FAILED("inverse"));
    sq_callback_end(k, was);
}
static void on_value(sqlite3_context *ctx)
{
    struct callback *k = sqlite3_user_data(ctx);
    struct rt_thread *ts = k->c->ts;
    rt_value *slot = sqlite3_aggregate_context(ctx, sizeof *slot);
    if (!slot || rt_is_null(*slot))
        return;
    bool was = sq_callback_begin(k);
    rt_value r = rt_call_method(ts, *slot, "value", NULL, 0);
    if (rt_is_null(r))
        failed(ts, ctx, k, rt_exc_is(ts, &rt_exc_AttributeError) ? NO_METHOD("value") : FAILED("value"));
    else if (!value_out(ts, ctx, r))
        failed(ts, ctx, k, "unable to set result");
    rt_decref(ts, r);
    sq_callback_end(k, was);
}
static void on_final(sqlite3_context *ctx)
{
    struct callback *k = sqlite3_user_data(ctx);
    struct rt_thread *ts = k->c->ts;
    rt_value *slot = sqlite3_aggregate_context(ctx, 0);
    if (!slot || !ts)
        return;
    bool was = sq_callback_begin(k);
    if (!rt_is_null(*slot)) {
        rt_value r = rt_call_method(ts, *slot, "finalize", NULL, 0);
        if (rt_is_null(r) || !value_out(ts, ctx, r))
            failed(ts, ctx, k, rt_exc_is(ts, &rt_exc_AttributeError) ? NO_METHOD("finalize") : FAILED("finalize"));
        rt_decref(ts, r);
        rt_clear(ts, slot);
    }
    sq_callback_end(k, was);
}
static rt_value create(struct rt_thread *ts, rt_value self, const char *fname, const char *third, const rt_value *a, uint32_t n, rt_value kw, bool aggregate)
{
    const char *const names[] = {"name", aggregate ? "n_arg" : "narg", third, "deterministic", NULL};
    struct rt_argspec spec = {fname, names, 0, 3, 3, aggregate ? 3 : 4};
    struct connection *c = CONN(self);
    rt_value v[4] = {{0}};
    if (rt_args(ts, &spec, a, n, kw, v) < 0 || !sq_connection_ok(ts, c))
        return RT_NULL;
    const char *name = rt_is_str(v[0]) ? rt_str_utf8_nonul(ts, v[0]) : NULL;
    if (!name)
        return rt_pending(ts) ? RT_NULL : rt_raise_arg_type(ts, fname, "name", "str", v[0]);
    int count = rt_as_int(ts, v[1]), pure = v[3].bits && !rt_pending(ts) ? rt_truth(ts, v[3]) : 0;
    if (rt_pending(ts))
        return RT_NULL;
    bool drop = rt_is_none(v[2]);
    struct callback *k = drop ? NULL : sq_keep(ts, c, v[2]);
    if (!drop && !k)
        return RT_NULL;
    int mine = sq_enter_open(ts, c);
    if (mine < 0)
        return RT_NULL;
    int rc = sqlite3_create_function_v2(c->db, name, count, SQLITE_UTF8 | (pure ? SQLITE_DETERMINISTIC : 0), k, drop || aggregate ? NULL : on_function,
                                        drop || !aggregate ? NULL : on_step, drop || !aggregate ? NULL : on_final, NULL);
    if (mine)
        sq_leave(c);
    return rc == SQLITE_OK ? RT_NONE : sq_raise(ts, E_OPERATIONAL, aggregate ? "Error creating aggregate" : "Error creating function");
}
rt_value sq_conn_create_function(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw) { return create(ts, self, "create_function", "func", a, n, kw, false); }
rt_value sq_conn_create_aggregate(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw) { return create(ts, self, "create_aggregate", "aggregate_class", a, n, kw, true); }
rt_value sq_conn_create_window_function(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    struct connection *c = CONN(self);
    if (rt_args_count(ts, "create_window_function", n, 3, 3) < 0)
        return RT_NULL;
    const char *name = rt_is_str(a[0]) ? rt_str_utf8_nonul(ts, a[0]) : NULL;
    if (!name)
        return rt_pending(ts) ? RT_NULL : rt_raise(ts, &rt_exc_TypeError, "create_window_function() argument 1 must be str, not %N", a[0]);
    int count = rt_as_int(ts, a[1]);
    if (rt_pending(ts) || !sq_connection_ok(ts, c))
        return RT_NULL;
    struct callback *k = rt_is_none(a[2]) ? NULL : sq_keep(ts, c, a[2]);
    int mine = rt_pending(ts) ? -1 : sq_enter_open(ts, c);
    if (mine < 0)
        return RT_NULL;
    int rc = sqlite3_create_window_function(c->db, name, count, SQLITE_UTF8, k, k ? on_step : NULL, k ? on_final : NULL,
                                            k ? on_value : NULL, k ? on_inverse : NULL, NULL);
    if (mine)
        sq_leave(c);
    return rc == SQLITE_OK ? RT_NONE : sq_raise(ts, E_PROGRAMMING, "%s", sqlite3_errstr(rc));
}
static int on_collation(void *arg, int n1, const void *s1, int n2, const void *s2)
{
    struct callback *k = arg;
    struct rt_thread *ts = k->c->ts;
    int64_t order = 0;
    if (!ts)
        return 0;
    bool was = sq_callback_begin(k);
    rt_value x = rt_str_from_utf8(ts, s1, (size_t)n1, NULL), y = rt_is_null(x) ? x : rt_str_from_utf8(ts, s2, (size_t)n2, NULL);
    rt_value r = rt_is_null(y) ? y : rt_call2(ts, rt_slot_peek(&k->fn), x, y);
    if (!rt_is_null(r))
        order = rt_as_i64(ts, r);
    rt_exc_clear(ts); /* there is nobody to tell: the strings count as equal */
    rt_decref(ts, x);
    rt_decref(ts, y);
    rt_decref(ts, r);
    sq_callback_end(k, was);
    return (order > 0) - (order < 0);
}
rt_value sq_conn_create_collation(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    struct connection *c = CONN(self);
    if (rt_args_count(ts, "create_collation", n, 2, 2) < 0 || !sq_connection_ok(ts, c))
        return RT_NULL;
    const char *name = rt_is_str(a[0]) ? rt_str_utf8_nonul(ts, a[0]) : NULL;
    if (!name)
        return rt_pending(ts) ? RT_NULL : rt_raise(ts, &rt_exc_TypeError, "create_collation() argument 1 must be str, not %N", a[0]);
    bool drop = rt_is_none(a[1]);
    if (!drop && !rt_is_callable(a[1]))
        return rt_raise(ts, &rt_exc_TypeError, "parameter must be callable");
    struct callback *k = drop ? NULL : sq_keep(ts, c, a[1]);
    if (!drop && !k)
        return RT_NULL;
    int mine = sq_enter_open(ts, c);
    if (mine < 0)
        return RT_NULL;
    bool ok = sqlite3_create_collation_v2(c->db, name, SQLITE_UTF8, k, drop ? NULL : on_collation, NULL) == SQLITE_OK;
    if (!ok)
        sq_db_error(ts, c->db);
    if (mine)
        sq_leave(c);
    return ok ? RT_NONE : RT_NULL;
}
