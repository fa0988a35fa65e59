/* SPDX-License-Identifier: MIT */
/*
 * _sqlite3: statements, cursors and rows.
 *
 * A cursor that has results holds a statement standing on its next row (row_ready): fetching converts that
 * row and steps on. Statements are kept in the connection by their text; one in use is not shared.
 */
#include "core/modules/sqlite/sqlite_internal.h"

/* ---- statements ---- */
static const char *skip_space(const char *s)
{
    for (;;) {
        if (*s == ' ' || (*s >= '\t' && *s <= '\r')) {
            s++;
        } else if (s[0] == '-' && s[1] == '-') {
            s += 2;
            while (*s && *s != '\n')
                s++;
        } else if (s[0] == '/' && s[1] == '*') {
            const char *e = strstr(s + 2, "*/");
            if (!e)
                return "";
            s = e + 2;
        } else {
            return s;
        }
    }
}
static void stmt_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    struct statement *s = (struct statement *)o;
    if (s->st)
        sqlite3_finalize(s->st);
}
struct rt_type sq_statement_type = {.hdr = RT_STATIC_TYPE_HDR, .name = "sqlite3.Statement", .flags = RT_TF_NO_NEW, .basic_size = sizeof(struct statement), .dealloc = stmt_dealloc};

static rt_value prepare(struct rt_thread *ts, struct connection *c, rt_value sql)
{
    size_t n;
    const char *s = rt_str_utf8(ts, sql, &n), *tail = NULL;
    sqlite3_stmt *st = NULL;
    if (!s)
        return RT_NULL;
    if (strlen(s) != n)
        return sq_raise(ts, E_PROGRAMMING, "the query contains a null character");
    int mine = sq_enter_open(ts, c);
    if (mine < 0)
        return RT_NULL;
    if (n > (size_t)sqlite3_limit(c->db, SQLITE_LIMIT_SQL_LENGTH, -1)) {
        if (mine)
            sq_leave(c);
        return sq_raise(ts, E_DATA, "query string is too large");
    }
    c->detached = true; /* the authorizer may be asked */
    rt_detach(ts, RT_DETACH_IO);
    int rc = sqlite3_prepare_v2(c->db, s, (int)n + 1, &st, &tail);
    rt_attach(ts);
    c->detached = false;
    rt_value r = RT_NULL;
    if (rc != SQLITE_OK) {
        sq_db_error(ts, c->db);
    } else if (*skip_space(tail)) {
        sqlite3_finalize(st);
        sq_raise(ts, E_PROGRAMMING, "You can only execute one statement at a time.");
    } else if (rt_is_null(r = rt_type_alloc(ts, &sq_statement_type))) {
        sqlite3_finalize(st);
    } else {
        static const char *const dml[] = {"insert", "update", "delete", "replace"};
        const char *word = skip_space(s);
        STMT(r)->st = st;
        STMT(r)->owner = c;
        for (size_t i = 0; i < RT_COUNTOF(dml); i++)
            STMT(r)->is_dml |= strncasecmp(word, dml[i], strlen(dml[i])) == 0;
    }
    if (mine)
        sq_leave(c);
    return r;
}
rt_value sq_statement_get(struct rt_thread *ts, struct connection *c, rt_value sql)
{
    if (!rt_is_str(sql))
        return rt_raise(ts, &rt_exc_TypeError, "execute() argument 1 must be str, not %N", sql);
    rt_value d = rt_slot_get(ts, c, &c->statements), s = rt_is_null(d) ? d : rt_dict_get(ts, d, sql);
    if (!rt_is_null(s) && rt_load_relaxed(&STMT(s)->in_use))
        rt_clear(ts, &s);
    if (rt_is_null(s) && !rt_pending(ts)) {
        s = prepare(ts, c, sql);
        if (!rt_is_null(s) && !rt_is_null(d)) {
            if ((int)rt_dict_len(d) >= c->cache_size)
                rt_dict_clear(ts, d);
            rt_dict_set(ts, d, sql, s);
        }
    }
    rt_decref(ts, d);
    return s;
}

/* ---- binding ---- */
static int bind_one(struct rt_thread *ts, struct connection *c, struct statement *s, int pos, rt_value given)
{
    bool exact = !rt_is_ptr(given) || rt_type_of(given) == &rt_str_type || rt_type_of(given) == &rt_float_type || rt_type_of(given) == &rt_int_type ||
                 rt_type_of(given) == &rt_bytearray_type;
    rt_value v = exact && !sq_base_adapted(ts) ? rt_newref(ts, given) : sq_adapt(ts, given);
    int rc = SQLITE_OK;
    if (rt_is_null(v))
        return -1;
    if (rt_is_none(v)) {
        rc = sqlite3_bind_null(s->st, pos);
    } else if (rt_is_any_int(v)) {
        int64_t i;
        if (rt_int_try_i64(v, &i))
            rc = sqlite3_bind_int64(s->st, pos, i);
        else
            rt_raise(ts, &rt_exc_OverflowError, "Python int too large to convert to SQLite INTEGER");
    } else if (rt_is_float(v)) {
        rc = sqlite3_bind_double(s->st, pos, rt_float_value(v));
    } else if (rt_is_str(v)) {
        size_t n;
        const char *t = rt_str_utf8(ts, v, &n);
        if (t)
            rc = sqlite3_bind_text64(s->st, pos, t, n, SQLITE_TRANSIENT, SQLITE_UTF8);
    } else if (rt_has_buffer(v)) {
        struct rt_buffer b;
        if (rt_buffer_get(ts, v, &b, RT_BUF_SIMPLE) == 0) {
            rc = sqlite3_bind_blob64(s->st, pos, b.buf ? b.buf : "", (sqlite3_uint64)b.len, SQLITE_TRANSIENT);
            rt_buffer_release(ts, &b);
        }
    } else {
        sq_raise(ts, E_PROGRAMMING, "Error binding parameter %d: type '%s' is not supported", pos, rt_typename(given));
    }
    if (rc != SQLITE_OK)
        sq_db_error(ts, c->db);
    rt_decref(ts, v);
    return rt_pending(ts) ? -1 : 0;
}
static int bind_named(struct rt_thread *ts, struct connection *c, struct statement *s, rt_value params, int count)
{
    for (int i = 1; i <= count; i++) {
        const char *name = sqlite3_bind_parameter_name(s->st, i);
        if (!name) {
            sq_raise(ts, E_PROGRAMMING, "Binding %d has no name, but you supplied a dictionary (which has only names).", i);
            return -1;
        }
        rt_value key = rt_str_from_cstr(ts, name + 1), v = rt_is_null(key) ? key : rt_getitem(ts, params, key);
        rt_decref(ts, key);
        if (rt_is_null(v)) {
            if (rt_exc_clear_if(ts, &rt_exc_LookupError))
                sq_raise(ts, E_PROGRAMMING, "You did not supply a value for binding parameter :%s.", name + 1);
            return -1;
        }
        int err = bind_one(ts, c, s, i, v);
        rt_decref(ts, v);
        if (err < 0)
            return -1;
    }
    return 0;
}
static int bind_all(struct rt_thread *ts, struct connection *c, struct statement *s, rt_value params)
{
    int count = sqlite3_bind_parameter_count(s->st);
    bool sequence = rt_is_tuple(params) || rt_is_list(params) || (!rt_is_dict(params) && rt_is_sequence(params));
    if (!sequence) {
        if (rt_is_mapping(params))
            return bind_named(ts, c, s, params, count);
        sq_raise(ts, E_PROGRAMMING, "parameters are of unsupported type");
        return -1;
    }
    int64_t given = rt_len(ts, params);
    if (given < 0)
        return -1;
    if (given != count) {
        sq_raise(ts, E_PROGRAMMING, "Incorrect number of bindings supplied. The current statement uses %d, and there are %lld supplied.", count, (long long)given);
        return -1;
    }
    for (int i = 0; i < count; i++) {
        rt_value v = rt_seq_getitem(ts, params, i);
        int err = rt_is_null(v) ? -1 : bind_one(ts, c, s, i + 1, v);
        rt_decref(ts, v);
        if (err < 0)
            return -1;
    }
    return 0;
}

/* ---- rows out ---- */
/* The converter of a column, by its declared type or its name; owned, RT_NULL without exception when none. */
static rt_value converter(struct rt_thread *ts, struct connection *c, sqlite3_stmt *st, int col)
{
    char key[128];
    size_t n = 0;
    if (c->detect_types & PARSE_COLNAMES) {
        const char *name = sqlite3_column_name(st, col), *open = name ? strchr(name, '[') : NULL, *end = open ? strchr(open, ']') : NULL;
        if (end && (n = (size_t)(end - open) - 1) < sizeof key)
            memcpy(key, open + 1, n);
    }
    if (!n && (c->detect_types & PARSE_DECLTYPES)) {
        const char *decl = sqlite3_column_decltype(st, col);
        if (decl && (n = strcspn(decl, " (")) < sizeof key)
            memcpy(key, decl, n);
    }
    if (!n || n >= sizeof key)
        return RT_NULL;
    for (size_t i = 0; i < n; i++)
        if (key[i] >= 'a' && key[i] <= 'z')
            key[i] = (char)(key[i] - 32);
    rt_value d = sq_registry(ts, true), k = rt_str_from_utf8(ts, key, n, NULL), f = rt_is_null(k) ? k : rt_dict_get(ts, d, k);
    rt_decref(ts, k);
    rt_decref(ts, d);
    return f;
}
static rt_value text_column(struct rt_thread *ts, struct connection *c, sqlite3_stmt *st, int col)
{
    const char *s = (const char *)sqlite3_column_text(st, col);
    size_t n = (size_t)sqlite3_column_bytes(st, col);
    rt_value factory = rt_slot_get(ts, c, &c->text_factory), r;
    if (rt_is(factory, rt_type_value(&rt_str_type))) {
        r = rt_str_from_utf8(ts, s, n, NULL);
        if (rt_is_null(r) && rt_exc_clear_if(ts, &rt_exc_UnicodeDecodeError)) {
            rt_value shown = rt_str_from_utf8(ts, s, n, "replace");
            sq_raise(ts, E_OPERATIONAL, "Could not decode to UTF-8 column '%s' with text '%S'", sqlite3_column_name(st, col), shown);
            rt_decref(ts, shown);
        }
    } else if (rt_is(factory, rt_type_value(&rt_bytes_type))) {
        r = rt_bytes_new(ts, s, n);
    } else if (rt_is(factory, rt_type_value(&rt_bytearray_type))) {
        r = rt_bytearray_new(ts, s, n);
    } else {
        rt_value b = rt_bytes_new(ts, s, n);
        r = rt_is_null(b) ? b : rt_call1(ts, factory, b);
        rt_decref(ts, b);
    }
    rt_decref(ts, factory);
    return r;
}
static rt_value column(struct rt_thread *ts, struct connection *c, sqlite3_stmt *st, int col)
{
    rt_value f = c->detect_types ? converter(ts, c, st, col) : RT_NULL;
    if (!rt_is_null(f)) {
        const void *blob = sqlite3_column_blob(st, col);
        rt_value b = blob ? rt_bytes_new(ts, blob, (size_t)sqlite3_column_bytes(st, col)) : RT_NONE;
        rt_value r = rt_is_null(b) || rt_is_none(b) ? b : rt_call1(ts, f, b);
        rt_decref(ts, b);
        rt_decref(ts, f);
        return r;
    }
    if (rt_pending(ts))
        return RT_NULL;
    switch (sqlite3_column_type(st, col)) {
    case SQLITE_INTEGER: return rt_int_from_i64(ts, sqlite3_column_int64(st, col));
    case SQLITE_FLOAT: return rt_float_new(ts, sqlite3_column_double(st, col));
    case SQLITE_TEXT: return text_column(ts, c, st, col);
    case SQLITE_BLOB: return rt_bytes_new(ts, sqlite3_column_blob(st, col), (size_t)sqlite3_column_bytes(st, col));
    default: return RT_NONE;
    }
}
static rt_value row_values(struct rt_thread *ts, struct connection *c, sqlite3_stmt *st)
{
    int n = sqlite3_data_count(st);
    rt_value t = rt_tuple_new(ts, (size_t)n);
    for (int i = 0; i < n && !rt_is_null(t); i++)
        if (rt_is_null(rt_as_tuple(t)->items[i] = column(ts, c, st, i)))
            rt_clear(ts, &t);
    return t;
}

/* ---- cursors ---- */
static struct connection *conn_of(struct cursor *c) { return CONN(rt_slot_peek(&c->connection)); }
static bool usable(struct rt_thread *ts, struct cursor *c)
{
    if (!rt_load_relaxed(&c->inited))
        sq_raise(ts, E_PROGRAMMING, "Base Cursor.__init__ not called.");
    else if (rt_load_relaxed(&c->closed))
        sq_raise(ts, E_PROGRAMMING, "Cannot operate on a closed cursor.");
    else
        return sq_connection_ok(ts, conn_of(c));
    return false;
}
/* What a cursor does goes on between these two; the second time in one thread is an error: it would change
   what the first time works with. 1 or 0 as sq_enter_open, or -1. */
static int begin_work(struct rt_thread *ts, struct cursor *c)
{
    int mine = usable(ts, c) ? sq_enter_open(ts, conn_of(c)) : -1;
    if (mine == 0 && c->locked) {
        sq_raise(ts, E_PROGRAMMING, "Recursive use of cursors not allowed.");
        return -1;
    }
    if (mine >= 0)
        c->locked = true;
    return mine;
}
static void end_work(struct cursor *c, struct connection *conn, int mine)
{
    c->locked = false;
    if (mine)
        sq_leave(conn);
}
/* Give the statement back. */
static void drop_statement(struct rt_thread *ts, struct cursor *c)
{
    rt_value s = rt_slot_swap(&c->statement, RT_NULL);
    rt_store_relaxed(&c->row_ready, false);
    if (rt_is_null(s))
        return;
    sqlite3_reset(STMT(s)->st);
    sqlite3_clear_bindings(STMT(s)->st);
    rt_store_relaxed(&STMT(s)->in_use, false);
    rt_decref(ts, s);
}
static int describe(struct rt_thread *ts, struct cursor *c, struct connection *conn, sqlite3_stmt *st)
{
    int n = sqlite3_column_count(st);
    if (n == 0) {
        rt_slot_set(ts, &c->description, RT_NONE);
        return 0;
    }
    rt_value t = rt_tuple_new(ts, (size_t)n);
    for (int i = 0; i < n && !rt_is_null(t); i++) {
        const char *name = sqlite3_column_name(st, i);
        size_t len = strlen(name);
        const char *open = conn->detect_types & PARSE_COLNAMES ? strchr(name, '[') : NULL;
        if (open && open > name && open[-1] == ' ')
            len = (size_t)(open - name) - 1;
        rt_value s = rt_str_from_utf8(ts, name, len, NULL);
        rt_value item = rt_is_null(s) ? s : rt_tuple_pack(ts, 7, s, RT_NONE, RT_NONE, RT_NONE, RT_NONE, RT_NONE, RT_NONE);
        rt_decref(ts, s);
        if (rt_is_null(item))
            rt_clear(ts, &t);
        else
            rt_as_tuple(t)->items[i] = item;
    }
    if (rt_is_null(t))
        return -1;
    rt_slot_set(ts, &c->description, t);
    return 0;
}
/* One execution with params; 0 or -1. On rows the cursor stands on the first. */
static int run_once(struct rt_thread *ts, struct cursor *cur, struct connection *c, struct statement *s, rt_value params, bool many)
{
    sqlite3_reset(s->st);
    if (bind_all(ts, c, s, params) < 0)
        return -1;
    int rc = sq_step(ts, c, s->st);
    if (rt_pending(ts) || (rc != SQLITE_ROW && rc != SQLITE_DONE)) {
        sq_db_error(ts, c->db);
        return -1;
    }
    if (!many && describe(ts, cur, c, s->st) < 0)
        return -1;
    if (s->is_dml)
        (void)rt_add_relaxed(&cur->rowcount, sqlite3_changes(c->db));
    if (!many)
        rt_slot_set(ts, &cur->lastrowid, rt_int_from_i64(ts, sqlite3_last_insert_rowid(c->db)));
    if (rc == SQLITE_DONE && many)
        sqlite3_reset(s->st);
    rt_store_relaxed(&cur->row_ready, rc == SQLITE_ROW);
    return 0;
}
static int run_statement(struct rt_thread *ts, struct cursor *cur, struct connection *c, struct statement *s, bool many, rt_value params)
{
    if (many && !s->is_dml) {
        sq_raise(ts, E_PROGRAMMING, "executemany() can only execute DML statements.");
        return -1;
    }
    const char *begin = rt_load_relaxed(&c->begin);
    if (s->is_dml && begin && sqlite3_get_autocommit(c->db) && sq_exec(ts, c, begin) < 0)
        return -1;
    rt_store_relaxed(&cur->rowcount, s->is_dml ? 0 : -1);
    if (!many)
        return run_once(ts, cur, c, s, params, false);
    rt_slot_set(ts, &cur->description, RT_NONE);
    rt_value it = rt_iter(ts, params);
    if (rt_is_null(it))
        return -1;
    int err = 0;
    while (!err) {
        rt_value p = rt_next(ts, it);
        if (rt_is_null(p) || rt_is_stop(p)) {
            err = rt_is_null(p) ? -1 : 0;
            break;
        }
        err = run_once(ts, cur, c, s, p, true);
        rt_decref(ts, p);
    }
    rt_decref(ts, it);
    return err;
}
rt_value sq_cursor_run(struct rt_thread *ts, rt_value self, bool many, rt_value sql, rt_value params)
{
    struct cursor *cur = CUR(self);
    int mine = begin_work(ts, cur);
    if (mine < 0)
        return RT_NULL;
    struct connection *c = conn_of(cur);
    drop_statement(ts, cur);
    rt_value s = sq_statement_get(ts, c, sql), none = rt_tuple_empty();
    int err = rt_is_null(s) ? -1 : 0;
    if (!err && STMT(s)->st) {
        rt_store_relaxed(&STMT(s)->in_use, true);
        rt_slot_set(ts, &cur->statement, rt_newref(ts, s));
        err = run_statement(ts, cur, c, STMT(s), many, rt_is_null(params) ? none : params);
        if (err) {
            rt_store_relaxed(&cur->rowcount, -1);
            rt_value e = rt_exc_take(ts);
            drop_statement(ts, cur);
            rt_exc_put(ts, e);
        } else if (!rt_load_relaxed(&cur->row_ready)) {
            drop_statement(ts, cur);
        }
    } else if (!err) { /* only a comment */
        rt_store_relaxed(&cur->rowcount, -1);
        rt_slot_set(ts, &cur->description, RT_NONE);
    }
    rt_decref(ts, s);
    end_work(cur, c, mine);
    return err ? RT_NULL : rt_newref(ts, self);
}
static rt_value cur_execute(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    return rt_args_count(ts, "execute", n, 1, 2) < 0 ? RT_NULL : sq_cursor_run(ts, self, false, a[0], n > 1 ? a[1] : RT_NULL);
}
static rt_value cur_executemany(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    return rt_args_count(ts, "executemany", n, 2, 2) < 0 ? RT_NULL : sq_cursor_run(ts, self, true, a[0], a[1]);
}
static rt_value cur_executescript(struct rt_thread *ts, rt_value self, rt_value script)
{
    struct cursor *cur = CUR(self);
    if (!rt_is_str(script))
        return rt_raise(ts, &rt_exc_TypeError, "executescript() argument must be str, not %N", script);
    const char *s = rt_str_utf8_nonul(ts, script);
    int mine = s ? begin_work(ts, cur) : -1;
    if (mine < 0)
        return RT_NULL;
    struct connection *c = conn_of(cur);
    if (strlen(s) > (size_t)sqlite3_limit(c->db, SQLITE_LIMIT_SQL_LENGTH, -1)) {
        end_work(cur, c, mine);
        return sq_raise(ts, E_DATA, "query string is too large");
    }
    int rc = !sqlite3_get_autocommit(c->db) && sq_exec(ts, c, "COMMIT") < 0 ? -1 : SQLITE_OK;
    while (rc == SQLITE_OK && *s) {
        sqlite3_stmt *st = NULL;
        rc = sqlite3_prepare_v2(c->db, s, -1, &st, &s);
        while (rc == SQLITE_OK && st && sq_step(ts, c, st) == SQLITE_ROW)
            ;
        if (rc == SQLITE_OK)
            rc = sqlite3_finalize(st);
    }
    if (rc > 0)
        sq_db_error(ts, c->db);
    end_work(cur, c, mine);
    return rt_pending(ts) ? RT_NULL : rt_newref(ts, self);
}
/* The next row, RT_STOP, or RT_NULL. */
static rt_value cur_next(struct rt_thread *ts, rt_value self)
{
    struct cursor *cur = CUR(self);
    int mine = begin_work(ts, cur);
    if (mine < 0)
        return RT_NULL;
    struct connection *c = conn_of(cur);
    rt_value s = rt_slot_get(ts, cur, &cur->statement), row = RT_STOP;
    if (!rt_is_null(s) && rt_load_relaxed(&cur->row_ready)) {
        row = row_values(ts, c, STMT(s)->st);
        if (!rt_is_null(row) && rt_load_relaxed(&STMT(s)->in_use)) {
            int rc = sq_step(ts, c, STMT(s)->st);
            if (rt_pending(ts) || (rc != SQLITE_ROW && rc != SQLITE_DONE)) {
                sq_db_error(ts, c->db);
                rt_clear(ts, &row);
            }
            if (rc != SQLITE_ROW) {
                rt_value e = rt_exc_take(ts);
                drop_statement(ts, cur);
                if (!rt_is_null(e))
                    rt_exc_put(ts, e);
            }
        }
    }
    rt_decref(ts, s);
    end_work(cur, c, mine);
    if (rt_is_null(row) || rt_is_stop(row))
        return row;
    rt_value factory = rt_slot_get(ts, cur, &cur->row_factory);
    if (!rt_is_null(factory) && !rt_is_none(factory)) {
        rt_value r = rt_call2(ts, factory, self, row);
        rt_decref(ts, row);
        row = r;
    }
    rt_decref(ts, factory);
    return row;
}
static rt_value cur_fetchone(struct rt_thread *ts, rt_value self)
{
    rt_value r = cur_next(ts, self);
    return rt_is_stop(r) ? RT_NONE : r;
}
static rt_value fetch(struct rt_thread *ts, rt_value self, int64_t limit)
{
    rt_value l = usable(ts, CUR(self)) ? rt_list_new(ts, 0) : RT_NULL;
    for (int64_t i = 0; (limit <= 0 || i < limit) && !rt_is_null(l); i++) {
        rt_value r = cur_next(ts, self);
        if (rt_is_stop(r))
            break;
        if (rt_is_null(r) || rt_list_append_steal(ts, l, r) < 0)
            rt_clear(ts, &l);
    }
    return l;
}
static rt_value cur_fetchall(struct rt_thread *ts, rt_value self) { return fetch(ts, self, 0); }
static rt_value cur_fetchmany(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"size", NULL};
    static const struct rt_argspec spec = {"fetchmany", names, 0, 0, 1, 1};
    rt_value v[1];
    if (rt_args(ts, &spec, a, n, kw, v) < 0)
        return RT_NULL;
    int64_t size = v[0].bits ? rt_as_i64(ts, v[0]) : rt_load_relaxed(&CUR(self)->arraysize);
    return rt_pending(ts) ? RT_NULL : fetch(ts, self, size);
}
static rt_value cur_close(struct rt_thread *ts, rt_value self)
{
    struct cursor *cur = CUR(self);
    if (!rt_load_relaxed(&cur->inited))
        return sq_raise(ts, E_PROGRAMMING, "Base Cursor.__init__ not called.");
    struct connection *c = conn_of(cur);
    int mine = sq_connection_ok(ts, c) ? sq_enter_open(ts, c) : -1;
    if (mine < 0)
        return RT_NULL;
    if (!mine && cur->locked)
        return sq_raise(ts, E_PROGRAMMING, "Recursive use of cursors not allowed.");
    drop_statement(ts, cur);
    rt_store_relaxed(&cur->closed, true);
    if (mine)
        sq_leave(c);
    return RT_NONE;
}
static rt_value cur_setsizes(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n) { return RT_NONE; }
static rt_value cur_new(struct rt_thread *ts, struct rt_type *t, const rt_value *a, uint32_t n, rt_value kw) { return rt_type_alloc(ts, t); }
static int cur_init(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)
{
    struct cursor *cur = CUR(self);
    if (rt_no_keywords(ts, "Cursor", kw) < 0 || rt_args_count(ts, "Cursor", n, 1, 1) < 0)
        return -1;
    if (!rt_is_ptr(a[0]) || !rt_type_is_subtype(rt_type_of(a[0]), &sq_connection_type)) {
        rt_raise(ts, &rt_exc_TypeError, "Cursor() argument 1 must be sqlite3.Connection, not %N", a[0]);
        return -1;
    }
    if (rt_load_relaxed(&cur->inited) && rt_load_relaxed(&conn_of(cur)->ts) == ts && cur->locked) {
        sq_raise(ts, E_PROGRAMMING, "Recursive use of cursors not allowed.");
        return -1;
    }
    drop_statement(ts, cur);
    rt_value old = rt_slot_swap(&cur->connection, rt_newref(ts, a[0]));
    if (old.bits && !rt_is(old, a[0]))
        old = rt_defer(ts, old); /* another thread may be at work with it: it dies in a collection */
    rt_decref(ts, old);
    rt_slot_set(ts, &cur->description, RT_NONE);
    rt_slot_set(ts, &cur->lastrowid, RT_NONE);
    rt_slot_set(ts, &cur->row_factory, RT_NONE);
    rt_store_relaxed(&cur->rowcount, -1);
    rt_store_relaxed(&cur->arraysize, 1);
    rt_store_relaxed(&cur->closed, false);
    rt_store_relaxed(&cur->inited, true);
    return sq_connection_ok(ts, CONN(a[0])) ? 0 : -1;
}
rt_value sq_cursor_make(struct rt_thread *ts, rt_value connection, rt_value factory)
{
    rt_value f = rt_is_null(factory) ? rt_type_value(&sq_cursor_type) : factory, c = rt_call1(ts, f, connection);
    if (rt_is_null(c))
        return c;
    if (!rt_is_ptr(c) || !rt_type_is_subtype(rt_type_of(c), &sq_cursor_type)) {
        rt_raise(ts, &rt_exc_TypeError, "factory must return a cursor, not %T", c);
        rt_decref(ts, c);
        return RT_NULL;
    }
    rt_value rf = rt_slot_get(ts, CONN(connection), &CONN(connection)->row_factory);
    if (!rt_is_none(rf))
        rt_slot_set(ts, &CUR(c)->row_factory, rf);
    return c;
}
static rt_value get_slot(struct rt_thread *ts, rt_value self, void *offset)
{
    rt_value v = rt_slot_get(ts, CUR(self), (rt_slot *)((char *)CUR(self) + (size_t)offset));
    return rt_is_null(v) ? RT_NONE : v;
}
static int set_slot(struct rt_thread *ts, rt_value self, rt_value v, void *offset)
{
    rt_slot_set(ts, (rt_slot *)((char *)CUR(self) + (size_t)offset), rt_is_null(v) ? RT_NONE : rt_newref(ts, v));
    return 0;
}
static rt_value get_rowcount(struct rt_thread *ts, rt_value self, void *c) { return rt_int_imm(rt_load_relaxed(&CUR(self)->rowcount)); }
static rt_value get_arraysize(struct rt_thread *ts, rt_value self, void *c) { return rt_int_imm(rt_load_relaxed(&CUR(self)->arraysize)); }
static int set_arraysize(struct rt_thread *ts, rt_value self, rt_value v, void *c)
{
    int64_t n = rt_is_null(v) ? 1 : rt_as_i64(ts, v);
    if (rt_pending(ts))
        return -1;
    rt_store_relaxed(&CUR(self)->arraysize, n);
    return 0;
}
static int cur_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    struct cursor *c = (struct cursor *)o;
    rt_slot *s[] = {&c->connection, &c->statement, &c->description, &c->lastrowid, &c->row_factory};
    int r = 0;
    for (size_t i = 0; i < RT_COUNTOF(s) && !r; i++)
        r = visit(rt_slot_peek(s[i]), arg);
    return r;
}
static void cur_clear(struct rt_thread *ts, struct rt_object *o)
{
    struct cursor *c = (struct cursor *)o;
    rt_slot *s[] = {&c->connection, &c->description, &c->lastrowid, &c->row_factory};
    drop_statement(ts, c);
    rt_store_relaxed(&c->closed, true);
    for (size_t i = 0; i < RT_COUNTOF(s); i++)
        rt_decref(ts, rt_slot_swap(s[i], RT_NULL));
}
static const struct rt_method_def cur_methods[] = {
    {"execute", cur_execute, RT_METH_FAST, "execute($self, sql, parameters=(), /)\n--\n\n"},
    {"executemany", cur_executemany, RT_METH_FAST, "executemany($self, sql, seq_of_parameters, /)\n--\n\n"},
    {"executescript", cur_executescript, RT_METH_O, "executescript($self, sql_script, /)\n--\n\n"},
    {"fetchone", cur_fetchone, RT_METH_NOARGS, "fetchone($self, /)\n--\n\n"},
    {"fetchmany", cur_fetchmany, RT_METH_KW, "fetchmany($self, /, size=1)\n--\n\n"},
    {"fetchall", cur_fetchall, RT_METH_NOARGS, "fetchall($self, /)\n--\n\n"},
    {"close", cur_close, RT_METH_NOARGS, "close($self, /)\n--\n\n"},
    {"setinputsizes", cur_setsizes, RT_METH_FAST, "setinputsizes($self, sizes, /)\n--\n\n"},
    {"setoutputsize", cur_setsizes, RT_METH_FAST, "setoutputsize($self, size, column=None, /)\n--\n\n"},
    {NULL},
};
#define AT(f) (void *)offsetof(struct cursor, f)
static const struct rt_getset_def cur_getset[] = {
    {"connection", get_slot, NULL, NULL, AT(connection)}, {"description", get_slot, NULL, NULL, AT(description)}, {"lastrowid", get_slot, NULL, NULL, AT(lastrowid)},
    {"row_factory", get_slot, set_slot, NULL, AT(row_factory)}, {"rowcount", get_rowcount}, {"arraysize", get_arraysize, set_arraysize}, {NULL},
};
struct rt_type sq_cursor_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "sqlite3.Cursor", .doc = "SQLite database cursor class.", .flags = RT_TF_BASETYPE | RT_TF_GC | RT_TF_WEAKREF,
    .basic_size = sizeof(struct cursor), .dealloc = cur_clear, .traverse = cur_traverse, .clear = cur_clear, .new = cur_new, .init = cur_init,
    .iter = rt_iter_self, .iternext = cur_next, .methods = cur_methods, .getset = cur_getset,
};

/* ---- rows: tuples with names ---- */
static rt_value row_new(struct rt_thread *ts, struct rt_type *t, const rt_value *a, uint32_t n, rt_value kw)
{
    if (rt_no_keywords(ts, "Row", kw) < 0 || rt_args_count(ts, "Row", n, 2, 2) < 0)
        return RT_NULL;
    if (!rt_is_ptr(a[0]) || !rt_type_is_subtype(rt_type_of(a[0]), &sq_cursor_type))
        return rt_raise(ts, &rt_exc_TypeError, "Row() argument 1 must be sqlite3.Cursor, not %N", a[0]);
    if (!rt_is_tuple(a[1]))
        return rt_raise(ts, &rt_exc_TypeError, "Row() argument 2 must be tuple, not %N", a[1]);
    rt_value v = rt_type_alloc(ts, t);
    if (!rt_is_null(v)) {
        ROW(v)->data = rt_newref(ts, a[1]);
        ROW(v)->description = rt_slot_get(ts, CUR(a[0]), &CUR(a[0])->description);
    }
    return v;
}
static rt_value row_name(rt_value self, size_t i) { return rt_as_tuple(rt_as_tuple(ROW(self)->description)->items[i])->items[0]; }
static size_t row_columns(rt_value self) { return rt_is_tuple(ROW(self)->description) ? rt_as_tuple(ROW(self)->description)->length : 0; }
static rt_value row_getitem(struct rt_thread *ts, rt_value self, rt_value key)
{
    if (!rt_is_str(key)) {
        if (rt_index_check(key) || rt_is_exact(key, &rt_slice_type))
            return rt_getitem(ts, ROW(self)->data, key);
        return rt_raise(ts, &rt_exc_IndexError, "Index must be int or string");
    }
    const char *want = rt_str_utf8(ts, key, NULL);
    for (size_t i = 0; want && i < row_columns(self); i++) {
        const char *name = rt_str_utf8(ts, row_name(self, i), NULL);
        if (name && !strcasecmp(name, want))
            return rt_newref(ts, rt_as_tuple(ROW(self)->data)->items[i]);
    }
    return rt_pending(ts) ? RT_NULL : rt_raise(ts, &rt_exc_IndexError, "No item with that key");
}
static rt_value row_item(struct rt_thread *ts, rt_value self, int64_t i) { return rt_seq_getitem(ts, ROW(self)->data, i); }
static int64_t row_len(struct rt_thread *ts, rt_value self) { return (int64_t)rt_as_tuple(ROW(self)->data)->length; }
static rt_value row_iter(struct rt_thread *ts, rt_value self) { return rt_iter(ts, ROW(self)->data); }
static rt_value row_keys(struct rt_thread *ts, rt_value self)
{
    rt_value l = rt_list_new(ts, row_columns(self));
    for (size_t i = 0; i < row_columns(self) && !rt_is_null(l); i++)
        rt_list_append(ts, l, row_name(self, i));
    return l;
}
static int64_t row_hash(struct rt_thread *ts, rt_value self)
{
    int64_t x = rt_hash(ts, ROW(self)->description), y = rt_pending(ts) ? -1 : rt_hash(ts, ROW(self)->data);
    return rt_pending(ts) ? -1 : (x ^ y) == -1 ? -2 : x ^ y;
}
static rt_value row_compare(struct rt_thread *ts, rt_value a, rt_value b, enum rt_cmp op)
{
    if ((op != RT_EQ && op != RT_NE) || !rt_is_ptr(b) || !rt_type_is_subtype(rt_type_of(b), &sq_row_type))
        return RT_NOTIMPL;
    int eq = rt_equal(ts, ROW(a)->description, ROW(b)->description);
    if (eq > 0)
        eq = rt_equal(ts, ROW(a)->data, ROW(b)->data);
    return eq < 0 ? RT_NULL : rt_bool(eq == (op == RT_EQ));
}
static int row_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    int r = visit(((struct row *)o)->data, arg);
    return r ? r : visit(((struct row *)o)->description, arg);
}
static void row_clear(struct rt_thread *ts, struct rt_object *o)
{
    rt_clear(ts, &((struct row *)o)->data);
    rt_clear(ts, &((struct row *)o)->description);
}
static const struct rt_method_def row_methods[] = {{"keys", row_keys, RT_METH_NOARGS, "keys($self, /)\n--\n\n"},
    {NULL}};
struct rt_type sq_row_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "sqlite3.Row", .flags = RT_TF_BASETYPE | RT_TF_GC, .basic_size = sizeof(struct row), .dealloc = row_clear,
    .traverse = row_traverse, .new = row_new, .getitem = row_getitem, .sq_item = row_item, .len = row_len, .iter = row_iter, .hash = row_hash,
    .richcompare = row_compare, .methods = row_methods,
};
