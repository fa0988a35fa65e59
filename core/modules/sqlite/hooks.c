/* SPDX-License-Identifier: MIT */
/*
 * _sqlite3: what a connection can be asked to watch, and how it is bounded: progress handler, trace callback,
 * authorizer, limits, extensions; the whole database as bytes.
 *
 * Handlers are called as functions are (functions.c): from inside a step or a preparation.
 */
#include <stdint.h>

#include "core/modules/sqlite/sqlite_internal.h"

/* Argument `name` of a method that takes nothing else, kept for SQLite; *k is NULL for None. Enters c: 1 or 0, -1 on error. */
static int handler(struct rt_thread *ts, const struct rt_argspec *spec, struct connection *c, const rt_value *a, uint32_t n, rt_value kw, struct callback **k)
{
    rt_value v[1];
    if (rt_args(ts, spec, a, n, kw, v) < 0 || !sq_connection_ok(ts, c))
        return -1;
    *k = rt_is_none(v[0]) ? NULL : sq_keep(ts, c, v[0]);
    return rt_pending(ts) ? -1 : sq_enter_open(ts, c);
}
static int on_progress(void *arg)
{
    struct callback *k = arg;
    struct rt_thread *ts = k->c->ts;
    if (!ts)
        return 0;
    bool was = sq_callback_begin(k);
    rt_value r = rt_call0(ts, rt_slot_peek(&k->fn));
    int stop = rt_is_null(r) ? -1 : rt_truth(ts, r);
    if (stop < 0)
        sq_callback_failed(ts, k);
    rt_decref(ts, r);
    sq_callback_end(k, was);
    return stop != 0;
}
rt_value sq_conn_set_progress(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"progress_handler", "n", NULL};
    static const struct rt_argspec spec = {"set_progress_handler", names, 0, 2, 2, 2};
    struct connection *c = CONN(self);
    rt_value v[2];
    if (rt_args(ts, &spec, a, n, kw, v) < 0 || !sq_connection_ok(ts, c))
        return RT_NULL;
    int steps = rt_as_int(ts, v[1]);
    struct callback *k = rt_pending(ts) || rt_is_none(v[0]) ? NULL : sq_keep(ts, c, v[0]);
    int mine = rt_pending(ts) ? -1 : sq_enter_open(ts, c);
    if (mine < 0)
        return RT_NULL;
    sqlite3_progress_handler(c->db, k ? steps : 0, k ? on_progress : NULL, k);
    if (mine)
        sq_leave(c);
    return RT_NONE;
}
static int on_trace(unsigned what, void *arg, void *st, void *sql)
{
    struct callback *k = arg;
    struct rt_thread *ts = k->c->ts;
    if (!ts || what != SQLITE_TRACE_STMT)
        return 0;
    char *full = sqlite3_expanded_sql(st);
    bool was = sq_callback_begin(k);
    if (!full) {
        if (sqlite3_errcode(k->c->db) == SQLITE_NOMEM)
            rt_raise_no_memory(ts);
        else
            sq_raise(ts, E_DATA, "Expanded SQL string exceeds the maximum string length");
        sq_callback_failed(ts, k);
    }
    rt_value s = rt_str_from_cstr(ts, full ? full : sql), r = rt_is_null(s) ? s : rt_call1(ts, rt_slot_peek(&k->fn), s);
    if (rt_is_null(r))
        sq_callback_failed(ts, k);
    rt_decref(ts, s);
    rt_decref(ts, r);
    sq_callback_end(k, was);
    sqlite3_free(full);
    return 0;
}
rt_value sq_conn_set_trace(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"trace_callback", NULL};
    static const struct rt_argspec spec = {"set_trace_callback", names, 0, 1, 1, 1};
    struct connection *c = CONN(self);
    struct callback *k;
    int mine = handler(ts, &spec, c, a, n, kw, &k);
    if (mine < 0)
        return RT_NULL;
    sqlite3_trace_v2(c->db, k ? SQLITE_TRACE_STMT : 0, k ? on_trace : NULL, k);
    if (mine)
        sq_leave(c);
    return RT_NONE;
}
/* Whether SQLite may do what the statement being prepared wants; anything but an int means no. */
static int on_authorize(void *arg, int action, const char *one, const char *two, const char *db, const char *trigger)
{
    struct callback *k = arg;
    struct rt_thread *ts = k->c->ts;
    const char *text[] = {one, two, db, trigger};
    rt_value v[5] = {rt_int_imm(action)}, r = RT_NULL;
    int answer = SQLITE_DENY, i = 0;
    if (!ts)
        return SQLITE_DENY;
    bool was = sq_callback_begin(k);
    while (i < 4 && !rt_is_null(v[i + 1] = text[i] ? rt_str_from_cstr(ts, text[i]) : RT_NONE))
        i++;
    if (i == 4)
        r = rt_call(ts, rt_slot_peek(&k->fn), v, 5, RT_NULL);
    if (!rt_is_null(r) && rt_is_any_int(r))
        answer = rt_as_int(ts, r);
    if (rt_pending(ts)) {
        answer = SQLITE_DENY;
        sq_callback_failed(ts, k);
    }
    while (i > 0)
        rt_decref(ts, v[i--]);
    rt_decref(ts, r);
    sq_callback_end(k, was);
    return answer;
}
rt_value sq_conn_set_authorizer(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"authorizer_callback", NULL};
    static const struct rt_argspec spec = {"set_authorizer", names, 0, 1, 1, 1};
    struct connection *c = CONN(self);
    struct callback *k;
    int mine = handler(ts, &spec, c, a, n, kw, &k);
    if (mine < 0)
        return RT_NULL;
    int rc = sqlite3_set_authorizer(c->db, k ? on_authorize : NULL, k);
    if (mine)
        sq_leave(c);
    return rc == SQLITE_OK ? RT_NONE : sq_raise(ts, E_OPERATIONAL, "Error setting authorizer callback");
}

/* ---- limits ---- */
static rt_value limit(struct rt_thread *ts, rt_value self, rt_value category, int value)
{
    struct connection *c = CONN(self);
    int which = rt_pending(ts) ? -1 : rt_as_int(ts, category);
    int mine = rt_pending(ts) || !sq_connection_ok(ts, c) ? -1 : sq_enter_open(ts, c);
    if (mine < 0)
        return RT_NULL;
    int was = sqlite3_limit(c->db, which, value);
    if (mine)
        sq_leave(c);
    return was < 0 ? sq_raise(ts, E_PROGRAMMING, "'category' is out of bounds") : rt_int_imm(was);
}
rt_value sq_conn_getlimit(struct rt_thread *ts, rt_value self, rt_value category) { return limit(ts, self, category, -1); }
rt_value sq_conn_setlimit(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    if (rt_args_count(ts, "setlimit", n, 2, 2) < 0)
        return RT_NULL;
    int value = rt_as_int(ts, a[1]);
    return limit(ts, self, a[0], value);
}

/* ---- extensions ---- */
rt_value sq_conn_enable_extensions(struct rt_thread *ts, rt_value self, rt_value v)
{
    struct connection *c = CONN(self);
    int on = rt_truth(ts, v);
    rt_value audit[2] = {self, rt_bool(on > 0)};
    if (on < 0 || rt_sys_audit(ts, "sqlite3.enable_load_extension", 2, audit) < 0 || !sq_connection_ok(ts, c))
        return RT_NULL;
    int mine = sq_enter_open(ts, c);
    if (mine < 0)
        return RT_NULL;
    int rc = sqlite3_enable_load_extension(c->db, on);
    if (mine)
        sq_leave(c);
    return rc == SQLITE_OK ? RT_NONE : sq_raise(ts, E_OPERATIONAL, "Error enabling load extension");
}
rt_value sq_conn_load_extension(struct rt_thread *ts, rt_value self, rt_value name)
{
    struct connection *c = CONN(self);
    const char *s = rt_is_str(name) ? rt_str_utf8_nonul(ts, name) : NULL;
    if (!s)
        return rt_pending(ts) ? RT_NULL : rt_raise(ts, &rt_exc_TypeError, "load_extension() argument must be str, not %N", name);
    rt_value audit[2] = {self, name};
    if (rt_sys_audit(ts, "sqlite3.load_extension", 2, audit) < 0 || !sq_connection_ok(ts, c))
        return RT_NULL;
    int mine = sq_enter_open(ts, c);
    if (mine < 0)
        return RT_NULL;
    char *why = NULL;
    if (sqlite3_load_extension(c->db, s, NULL, &why) != SQLITE_OK)
        sq_raise(ts, E_OPERATIONAL, "%s", why ? why : "unknown error");
    sqlite3_free(why);
    if (mine)
        sq_leave(c);
    return rt_pending(ts) ? RT_NULL : RT_NONE;
}

/* ---- the database as bytes ---- */
static const char *database_name(struct rt_thread *ts, const char *fname, rt_value v)
{
    if (!v.bits)
        return "main";
    if (rt_is_str(v))
        return rt_str_utf8_nonul(ts, v);
    rt_raise_arg_type(ts, fname, "name", "str", v);
    return NULL;
}
rt_value sq_conn_serialize(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"name", NULL};
    static const struct rt_argspec spec = {"serialize", names, 0, 0, 0, 1};
    struct connection *c = CONN(self);
    rt_value v[1], r = RT_NULL;
    if (rt_args(ts, &spec, a, n, kw, v) < 0)
        return RT_NULL;
    const char *name = database_name(ts, "serialize", v[0]);
    int mine = !name || !sq_connection_ok(ts, c) ? -1 : sq_enter_open(ts, c);
    if (mine < 0)
        return RT_NULL;
    sqlite3_int64 size = 0;
    unsigned char *lent = sqlite3_serialize(c->db, name, &size, SQLITE_SERIALIZE_NOCOPY), *copy = NULL;
    if (!lent) { /* not in memory in one piece */
        rt_detach(ts, RT_DETACH_IO);
        copy = sqlite3_serialize(c->db, name, &size, 0);
        rt_attach(ts);
    }
    if (lent || copy)
        r = rt_bytes_new(ts, lent ? lent : copy, (size_t)size);
    else
        sq_raise(ts, E_OPERATIONAL, "unable to serialize '%s'", name);
    sqlite3_free(copy);
    if (mine)
        sq_leave(c);
    return r;
}
/* [inside] SQLite takes the copy of the data, also when it refuses it. */
static int deserialize(struct rt_thread *ts, struct connection *c, const char *name, const struct rt_buffer *b)
{
    unsigned char *copy = sqlite3_malloc64((sqlite3_uint64)(b->len ? b->len : 1));
    if (!copy) {
        rt_raise_no_memory(ts);
        return -1;
    }
    memcpy(copy, b->buf, (size_t)b->len);
    c->detached = true;
    rt_detach(ts, RT_DETACH_IO);
    int rc = sqlite3_deserialize(c->db, name, copy, b->len, b->len, SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE);
    rt_attach(ts);
    c->detached = false;
    if (rc != SQLITE_OK)
        sq_db_error(ts, c->db);
    return rt_pending(ts) ? -1 : 0;
}
rt_value sq_conn_deserialize(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"data", "name", NULL};
    static const struct rt_argspec spec = {"deserialize", names, 1, 1, 1, 2};
    struct connection *c = CONN(self);
    rt_value v[2];
    struct rt_buffer b;
    if (rt_args(ts, &spec, a, n, kw, v) < 0)
        return RT_NULL;
    const char *name = database_name(ts, "deserialize", v[1]);
    if (!name)
        return RT_NULL;
    rt_value data = rt_is_str(v[0]) ? rt_call_method(ts, v[0], "encode", NULL, 0) : rt_newref(ts, v[0]);
    if (rt_is_null(data) || rt_buffer_get(ts, data, &b, RT_BUF_SIMPLE) < 0) {
        rt_decref(ts, data);
        return RT_NULL;
    }
    int mine = sq_connection_ok(ts, c) ? sq_enter_open(ts, c) : -1;
    int err = mine < 0 ? -1 : deserialize(ts, c, name, &b);
    if (mine > 0)
        sq_leave(c);
    rt_buffer_release(ts, &b);
    rt_decref(ts, data);
    return err < 0 ? RT_NULL : RT_NONE;
}
