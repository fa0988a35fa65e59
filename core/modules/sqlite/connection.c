/* SPDX-License-Identifier: MIT */
/* _sqlite3: connections and transactions; what Python functions SQLite calls: functions.c, hooks.c. */
#include "core/modules/sqlite/sqlite_internal.h"

static const char *const begin_sql[] = {"BEGIN ", "BEGIN DEFERRED", "BEGIN IMMEDIATE", "BEGIN EXCLUSIVE", NULL};

bool sq_connection_ok(struct rt_thread *ts, struct connection *c)
{
    if (!rt_load_acquire(&c->inited))
        sq_raise(ts, E_PROGRAMMING, "Base Connection.__init__ not called.");
    else if (!rt_load_relaxed(&c->db))
        sq_raise(ts, E_PROGRAMMING, "Cannot operate on a closed database.");
    else if (rt_load_relaxed(&c->check_thread) && rt_load_relaxed(&c->thread) != rt_load_relaxed(&ts->ident))
        sq_raise(ts, E_PROGRAMMING, "SQLite objects created in a thread can only be used in that same thread. The object was created in thread id %lld and this is thread id %lld.",
                 (long long)rt_load_relaxed(&c->thread), (long long)rt_load_relaxed(&ts->ident));
    else
        return true;
    return false;
}
/* [inside] The database that c had until now. */
static sqlite3 *take_db(struct rt_thread *ts, struct connection *c, sqlite3 *instead)
{
    rt_bytelock_acquire(ts, &c->gate, -1, 0);
    sqlite3 *db = rt_load_relaxed(&c->db);
    rt_store_release(&c->db, instead);
    rt_bytelock_release(&c->gate);
    return db;
}
bool sq_enter(struct rt_thread *ts, struct connection *c)
{
    if (rt_load_relaxed(&c->ts) == ts)
        return false;
    if (!rt_bytelock_try(&c->lock))
        rt_bytelock_acquire(ts, &c->lock, -1, 0);
    rt_store_relaxed(&c->ts, ts);
    return true;
}
int sq_enter_open(struct rt_thread *ts, struct connection *c)
{
    bool mine = sq_enter(ts, c);
    if (c->db)
        return mine;
    if (mine)
        sq_leave(c);
    sq_raise(ts, E_PROGRAMMING, "Cannot operate on a closed database.");
    return -1;
}
void sq_leave(struct connection *c)
{
    rt_store_relaxed(&c->ts, NULL);
    rt_bytelock_release(&c->lock);
}
int sq_step(struct rt_thread *ts, struct connection *c, sqlite3_stmt *st)
{
    c->detached = true;
    rt_detach(ts, RT_DETACH_IO);
    int rc = sqlite3_step(st);
    rt_attach(ts);
    c->detached = false;
    return rc;
}
int sq_exec(struct rt_thread *ts, struct connection *c, const char *sql)
{
    sqlite3_stmt *st = NULL;
    int mine = sq_enter_open(ts, c);
    if (mine < 0)
        return -1;
    int rc = sqlite3_prepare_v2(c->db, sql, -1, &st, NULL);
    if (rc == SQLITE_OK) {
        (void)sq_step(ts, c, st);
        rc = sqlite3_finalize(st);
    }
    if (rc != SQLITE_OK)
        sq_db_error(ts, c->db);
    if (mine)
        sq_leave(c);
    return rc == SQLITE_OK ? 0 : -1;
}
/* End the transaction, if there is one. */
static int sq_end(struct rt_thread *ts, struct connection *c, const char *sql)
{
    int mine = sq_enter_open(ts, c);
    if (mine < 0)
        return -1;
    int rc = sqlite3_get_autocommit(c->db) ? 0 : sq_exec(ts, c, sql);
    if (mine)
        sq_leave(c);
    return rc;
}
static int set_isolation(struct rt_thread *ts, struct connection *c, rt_value v)
{
    if (rt_is_none(v)) {
        rt_store_relaxed(&c->begin, NULL);
        if (rt_load_relaxed(&c->db) && sq_end(ts, c, "COMMIT") < 0)
            return -1;
    } else {
        const char *s = rt_is_str(v) ? rt_str_utf8_nonul(ts, v) : NULL;
        if (!s) {
            if (!rt_pending(ts))
                rt_raise(ts, &rt_exc_TypeError, "isolation_level must be str or None");
            return -1;
        }
        size_t i = 0;
        while (begin_sql[i] && strcasecmp(begin_sql[i] + 6, s))
            i++;
        if (!begin_sql[i]) {
            rt_raise(ts, &rt_exc_ValueError, "isolation_level string must be '', 'DEFERRED', 'IMMEDIATE', or 'EXCLUSIVE'");
            return -1;
        }
        rt_store_relaxed(&c->begin, begin_sql[i]);
    }
    rt_slot_set(ts, &c->isolation, rt_newref(ts, v));
    return 0;
}
static rt_value conn_new(struct rt_thread *ts, struct rt_type *t, const rt_value *a, uint32_t n, rt_value kw) { return rt_type_alloc(ts, t); }
static int conn_init(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"database", "timeout", "detect_types", "isolation_level", "check_same_thread", "factory", "cached_statements", "uri", NULL};
    static const struct rt_argspec spec = {"Connection", names, 0, 1, 8, 8};
    struct connection *c = CONN(self);
    rt_value v[8];
    if (rt_args(ts, &spec, a, n, kw, v) < 0)
        return -1;
    double timeout = v[1].bits ? rt_as_double(ts, v[1]) : 5.0;
    int detect = v[2].bits && !rt_pending(ts) ? rt_as_int(ts, v[2]) : 0, cache = v[6].bits && !rt_pending(ts) ? rt_as_int(ts, v[6]) : 128;
    int check = v[4].bits && !rt_pending(ts) ? rt_truth(ts, v[4]) : 1, uri = v[7].bits && !rt_pending(ts) ? rt_truth(ts, v[7]) : 0;
    if (rt_pending(ts))
        return -1;
    rt_value path = rt_sys_audit(ts, "sqlite3.connect", 1, v) < 0 ? RT_NULL : rt_str_fsencode(ts, v[0]), cached = rt_is_null(path) ? path : rt_dict_new(ts);
    if (rt_is_null(cached)) {
        rt_decref(ts, path);
        return -1;
    }
    bool mine = sq_enter(ts, c);
    sqlite3 *old = take_db(ts, c, NULL), *db = NULL;
    rt_store_release(&c->inited, false);
    if (mine)
        sq_leave(c);
    rt_slot_set(ts, &c->statements, cached);
    rt_detach(ts, RT_DETACH_IO);
    sqlite3_close_v2(old);
    int rc = sqlite3_open_v2(rt_as_bytes(path)->data, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | (uri ? SQLITE_OPEN_URI : 0), NULL);
    if (rc == SQLITE_OK)
        sqlite3_busy_timeout(db, (int)(timeout * 1000));
    rt_attach(ts);
    rt_decref(ts, path);
    if (rc != SQLITE_OK) {
        sq_db_error(ts, db);
        sqlite3_close_v2(db);
        return -1;
    }
    sqlite3_extended_result_codes(db, 0);
    mine = sq_enter(ts, c);
    old = take_db(ts, c, db); /* another thread may have opened one meanwhile */
    c->detect_types = detect;
    c->cache_size = cache < 1 ? 1 : cache;
    rt_store_relaxed(&c->check_thread, check);
    rt_store_relaxed(&c->thread, rt_load_relaxed(&ts->ident));
    rt_store_release(&c->inited, true);
    if (mine)
        sq_leave(c);
    sqlite3_close_v2(old);
    rt_slot_set(ts, &c->text_factory, rt_type_value(&rt_str_type));
    rt_slot_set(ts, &c->row_factory, RT_NONE);
    if (set_isolation(ts, c, v[3].bits ? v[3] : rt_str_empty()) == 0)
        return rt_sys_audit(ts, "sqlite3.connect/handle", 1, &self);
    rt_store_release(&c->inited, false);
    return -1;
}

/* ---- transactions ---- */
static rt_value conn_end(struct rt_thread *ts, rt_value self, const char *sql)
{
    struct connection *c = CONN(self);
    if (!sq_connection_ok(ts, c))
        return RT_NULL;
    return sq_end(ts, c, sql) < 0 ? RT_NULL : RT_NONE;
}
static rt_value conn_commit(struct rt_thread *ts, rt_value self) { return conn_end(ts, self, "COMMIT"); }
static rt_value conn_rollback(struct rt_thread *ts, rt_value self) { return conn_end(ts, self, "ROLLBACK"); }
static rt_value conn_close(struct rt_thread *ts, rt_value self)
{
    struct connection *c = CONN(self);
    if (!rt_load_acquire(&c->inited))
        return sq_raise(ts, E_PROGRAMMING, "Base Connection.__init__ not called.");
    if (c->db && !sq_connection_ok(ts, c))
        return RT_NULL;
    bool mine = sq_enter(ts, c);
    sqlite3 *db = take_db(ts, c, NULL);
    rt_slot_set(ts, &c->statements, RT_NULL);
    rt_detach(ts, RT_DETACH_IO);
    sqlite3_close_v2(db);
    rt_attach(ts);
    if (mine)
        sq_leave(c);
    return RT_NONE;
}
static rt_value conn_enter(struct rt_thread *ts, rt_value self) { return sq_connection_ok(ts, CONN(self)) ? rt_newref(ts, self) : RT_NULL; }
static rt_value conn_exit(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    bool ok = n < 1 || rt_is_none(a[0]);
    rt_value r = rt_call_method(ts, self, ok ? "commit" : "rollback", NULL, 0);
    if (rt_is_null(r) && ok) { /* a failed commit leaves no transaction behind */
        rt_value e = rt_exc_take(ts), back = conn_rollback(ts, self);
        if (rt_is_null(back)) {
            rt_exc_chain(ts, e);
            return RT_NULL;
        }
        rt_exc_put(ts, e);
        return RT_NULL;
    }
    if (rt_is_null(r))
        return r;
    rt_decref(ts, r);
    return RT_FALSE;
}

/* ---- shortcuts ---- */
static rt_value conn_cursor(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"factory", NULL};
    static const struct rt_argspec spec = {"cursor", names, 0, 0, 1, 1};
    rt_value v[1];
    if (rt_args(ts, &spec, a, n, kw, v) < 0 || !sq_connection_ok(ts, CONN(self)))
        return RT_NULL;
    return sq_cursor_make(ts, self, v[0]);
}
static rt_value by_cursor(struct rt_thread *ts, rt_value self, const char *method, const rt_value *a, uint32_t n)
{
    rt_value c = rt_call_method(ts, self, "cursor", NULL, 0);
    if (rt_is_null(c))
        return c;
    rt_value r = rt_call_method(ts, c, method, a, n);
    rt_decref(ts, c);
    return r;
}
static rt_value conn_execute(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n) { return by_cursor(ts, self, "execute", a, n); }
static rt_value conn_executemany(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n) { return by_cursor(ts, self, "executemany", a, n); }
static rt_value conn_executescript(struct rt_thread *ts, rt_value self, rt_value script) { return by_cursor(ts, self, "executescript", &script, 1); }
static rt_value conn_iterdump(struct rt_thread *ts, rt_value self)
{
    rt_value f = sq_connection_ok(ts, CONN(self)) ? rt_import_attr(ts, "sqlite3.dump", "_iterdump") : RT_NULL;
    rt_value r = rt_is_null(f) ? f : rt_call1(ts, f, self);
    rt_decref(ts, f);
    return r;
}
static rt_value conn_interrupt(struct rt_thread *ts, rt_value self)
{
    struct connection *c = CONN(self);
    rt_bytelock_acquire(ts, &c->gate, -1, 0);
    sqlite3 *db = rt_load_relaxed(&c->db);
    if (db)
        sqlite3_interrupt(db);
    rt_bytelock_release(&c->gate);
    return db ? RT_NONE : sq_raise(ts, E_PROGRAMMING, "Cannot operate on a closed database.");
}

/* ---- copies ---- */
static rt_value conn_backup(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"target", "pages", "progress", "name", "sleep", NULL};
    static const struct rt_argspec spec = {"backup", names, 0, 1, 1, 5};
    struct connection *c = CONN(self), *to;
    rt_value v[5];
    if (rt_args(ts, &spec, a, n, kw, v) < 0)
        return RT_NULL;
    if (!rt_is_ptr(v[0]) || !rt_type_is_subtype(rt_type_of(v[0]), &sq_connection_type))
        return rt_raise_arg_type(ts, "backup", "target", "sqlite3.Connection", v[0]);
    to = CONN(v[0]);
    if (to == c)
        return rt_raise(ts, &rt_exc_ValueError, "target cannot be the same connection instance");
    int pages = v[1].bits ? rt_as_int(ts, v[1]) : -1;
    double pause = v[4].bits && !rt_pending(ts) ? rt_as_double(ts, v[4]) : 0.25;
    const char *name = v[3].bits && !rt_pending(ts) ? rt_str_utf8_nonul(ts, v[3]) : "main";
    bool progress = v[2].bits && !rt_is_none(v[2]);
    if (rt_pending(ts) || !sq_connection_ok(ts, c) || !sq_connection_ok(ts, to))
        return RT_NULL;
    if (progress && !rt_is_callable(v[2]))
        return rt_raise(ts, &rt_exc_TypeError, "progress argument must be a callable");
    /* In one order, so that two backups cannot wait for each other. Once it is begun, SQLite keeps both open. */
    struct connection *first = c < to ? c : to, *second = c < to ? to : c;
    int one = sq_enter_open(ts, first), two = one < 0 ? -1 : sq_enter_open(ts, second);
    sqlite3_backup *b = two < 0 ? NULL : sqlite3_backup_init(to->db, "main", c->db, name);
    if (two > 0)
        sq_leave(second);
    if (one > 0)
        sq_leave(first);
    if (two < 0)
        return RT_NULL;
    if (!b)
        return sq_db_error(ts, to->db);
    int rc;
    do {
        rt_detach(ts, RT_DETACH_IO);
        rc = sqlite3_backup_step(b, pages ? pages : -1);
        rt_attach(ts);
        if (progress) {
            rt_value r = rt_call3(ts, v[2], rt_int_imm(rc), rt_int_imm(sqlite3_backup_remaining(b)), rt_int_imm(sqlite3_backup_pagecount(b)));
            if (rt_is_null(r))
                break;
            rt_decref(ts, r);
        }
        if (rc == SQLITE_BUSY || rc == SQLITE_LOCKED) {
            rt_detach(ts, RT_DETACH_IO);
            sqlite3_sleep((int)(pause * 1000));
            rt_attach(ts);
        }
    } while (rc == SQLITE_OK || rc == SQLITE_BUSY || rc == SQLITE_LOCKED);
    rc = sqlite3_backup_finish(b);
    return rt_pending(ts) ? RT_NULL : rc == SQLITE_OK ? RT_NONE : sq_db_error(ts, to->db);
}
static rt_value conn_call(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)
{
    if (!sq_connection_ok(ts, CONN(self)) || rt_no_keywords(ts, "sqlite3.Connection", kw) < 0 || rt_args_count(ts, "__call__", n, 1, 1) < 0)
        return RT_NULL;
    return sq_statement_get(ts, CONN(self), a[0]);
}

/* ---- attributes ---- */
static rt_value get_slot(struct rt_thread *ts, rt_value self, void *which)
{
    struct connection *c = CONN(self);
    if (which == (void *)0 && !sq_connection_ok(ts, c))
        return RT_NULL;
    rt_slot *s = which == (void *)0 ? &c->isolation : which == (void *)1 ? &c->row_factory : &c->text_factory;
    rt_value v = rt_slot_get(ts, c, s);
    return rt_is_null(v) ? RT_NONE : v;
}
static int set_slot(struct rt_thread *ts, rt_value self, rt_value v, void *which)
{
    struct connection *c = CONN(self);
    if (rt_is_null(v)) {
        rt_raise(ts, &rt_exc_AttributeError, "cannot delete attribute");
        return -1;
    }
    if (which == (void *)0)
        return set_isolation(ts, c, v);
    rt_slot_set(ts, which == (void *)1 ? &c->row_factory : &c->text_factory, rt_newref(ts, v));
    return 0;
}
static rt_value get_number(struct rt_thread *ts, rt_value self, int (*get)(sqlite3 *))
{
    struct connection *c = CONN(self);
    int mine = sq_connection_ok(ts, c) ? sq_enter_open(ts, c) : -1;
    if (mine < 0)
        return RT_NULL;
    int n = get(c->db);
    if (mine)
        sq_leave(c);
    return rt_int_imm(n);
}
static rt_value get_total_changes(struct rt_thread *ts, rt_value self, void *x) { return get_number(ts, self, sqlite3_total_changes); }
static rt_value get_in_transaction(struct rt_thread *ts, rt_value self, void *x)
{
    rt_value n = get_number(ts, self, sqlite3_get_autocommit);
    return rt_is_null(n) ? n : rt_bool(!rt_int_get(n));
}
static rt_value get_error(struct rt_thread *ts, rt_value self, void *e) { return rt_type_value(sq_error_type(ts, (enum sq_error)(intptr_t)e)); }
static int conn_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    struct connection *c = (struct connection *)o;
    rt_slot *s[] = {&c->row_factory, &c->text_factory, &c->isolation, &c->statements};
    int r = 0;
    for (size_t i = 0; i < RT_COUNTOF(s) && !r; i++)
        r = visit(rt_slot_peek(s[i]), arg);
    for (struct callback *k = c->callbacks; k && !r; k = k->next)
        r = visit(rt_slot_peek(&k->fn), arg);
    return r;
}
static void conn_clear(struct rt_thread *ts, struct rt_object *o)
{
    struct connection *c = (struct connection *)o;
    rt_slot *s[] = {&c->row_factory, &c->text_factory, &c->isolation, &c->statements};
    for (size_t i = 0; i < RT_COUNTOF(s); i++)
        rt_decref(ts, rt_slot_swap(s[i], RT_NULL));
    for (struct callback *k = c->callbacks; k; k = k->next)
        rt_decref(ts, rt_slot_swap(&k->fn, RT_NONE));
}
static void conn_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    struct connection *c = (struct connection *)o;
    conn_clear(ts, o);
    if (c->db)
        sqlite3_close_v2(c->db);
    for (struct callback *k = c->callbacks, *next; k; k = next) {
        next = k->next;
        rt_raw_free(k);
    }
}
static const struct rt_method_def conn_methods[] = {
    {"cursor", conn_cursor, RT_METH_KW, "cursor($self, /, factory=<unrepresentable>)\n--\n\n"},
    {"commit", conn_commit, RT_METH_NOARGS, "commit($self, /)\n--\n\n"},
    {"rollback", conn_rollback, RT_METH_NOARGS, "rollback($self, /)\n--\n\n"},
    {"close", conn_close, RT_METH_NOARGS, "close($self, /)\n--\n\n"},
    {"execute", conn_execute, RT_METH_FAST, "execute($self, sql, parameters=<unrepresentable>, /)\n--\n\n"},
    {"executemany", conn_executemany, RT_METH_FAST, "executemany($self, sql, parameters, /)\n--\n\n"},
    {"executescript", conn_executescript, RT_METH_O, "executescript($self, sql_script, /)\n--\n\n"},
    {"iterdump", conn_iterdump, RT_METH_NOARGS, "iterdump($self, /)\n--\n\n"},
    {"interrupt", conn_interrupt, RT_METH_NOARGS, "interrupt($self, /)\n--\n\n"},
    {"create_function", sq_conn_create_function, RT_METH_KW, "create_function($self, /, name, narg, func, *, deterministic=False)\n--\n\n"},
    {"create_aggregate", sq_conn_create_aggregate, RT_METH_KW, "create_aggregate($self, /, name, n_arg, aggregate_class)\n--\n\n"},
    {"create_window_function", sq_conn_create_window_function, RT_METH_FAST, "create_window_function($self, name, num_params, aggregate_class, /)\n--\n\n"},
    {"create_collation", sq_conn_create_collation, RT_METH_FAST, "create_collation($self, name, callback, /)\n--\n\n"},
    {"set_progress_handler", sq_conn_set_progress, RT_METH_KW, "set_progress_handler($self, /, progress_handler, n)\n--\n\n"},
    {"set_trace_callback", sq_conn_set_trace, RT_METH_KW, "set_trace_callback($self, /, trace_callback)\n--\n\n"},
    {"set_authorizer", sq_conn_set_authorizer, RT_METH_KW, "set_authorizer($self, /, authorizer_callback)\n--\n\n"},
    {"getlimit", sq_conn_getlimit, RT_METH_O, "getlimit($self, category, /)\n--\n\n"},
    {"setlimit", sq_conn_setlimit, RT_METH_FAST, "setlimit($self, category, limit, /)\n--\n\n"},
    {"enable_load_extension", sq_conn_enable_extensions, RT_METH_O, "enable_load_extension($self, enable, /)\n--\n\n"},
    {"load_extension", sq_conn_load_extension, RT_METH_O, "load_extension($self, name, /)\n--\n\n"},
    {"serialize", sq_conn_serialize, RT_METH_KW, "serialize($self, /, *, name='main')\n--\n\n"},
    {"deserialize", sq_conn_deserialize, RT_METH_KW, "deserialize($self, data, /, *, name='main')\n--\n\n"},
    {"blobopen", sq_conn_blobopen, RT_METH_KW, "blobopen($self, table, column, row, /, *, readonly=False, name='main')\n--\n\n"},
    {"backup", conn_backup, RT_METH_KW, "backup($self, /, target, *, pages=-1, progress=None, name='main',  sleep=0.25)\n--\n\n"},
    {"__enter__", conn_enter, RT_METH_NOARGS, NULL},
    {"__exit__", conn_exit, RT_METH_FAST, NULL},
    {NULL},
};
#define ERR(name, e) {#name, get_error, NULL, NULL, (void *)e}
static const struct rt_getset_def conn_getset[] = {
    {"isolation_level", get_slot, set_slot, NULL, (void *)0}, {"row_factory", get_slot, set_slot, NULL, (void *)1}, {"text_factory", get_slot, set_slot, NULL, (void *)2},
    {"total_changes", get_total_changes}, {"in_transaction", get_in_transaction}, ERR(Warning, E_WARNING), ERR(Error, E_ERROR), ERR(InterfaceError, E_INTERFACE),
    ERR(DatabaseError, E_DATABASE), ERR(DataError, E_DATA), ERR(OperationalError, E_OPERATIONAL), ERR(IntegrityError, E_INTEGRITY), ERR(InternalError, E_INTERNAL),
    ERR(ProgrammingError, E_PROGRAMMING), ERR(NotSupportedError, E_NOT_SUPPORTED), {NULL},
};
struct rt_type sq_connection_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "sqlite3.Connection", .doc = "SQLite database connection object.", .flags = RT_TF_BASETYPE | RT_TF_GC | RT_TF_WEAKREF,
    .basic_size = sizeof(struct connection), .dealloc = conn_dealloc, .traverse = conn_traverse, .clear = conn_clear, .new = conn_new, .init = conn_init,
    .call = conn_call, .methods = conn_methods, .getset = conn_getset,
};
