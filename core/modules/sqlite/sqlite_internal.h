/* SPDX-License-Identifier: MIT */
/*
 * _sqlite3: what its files share.
 *
 * A connection is used by one thread at a time: enter() takes its lock (again by the same thread is fine:
 * SQLite calls Python functions inside a step, which may use the connection). SQLite works detached;
 * callbacks attach the thread that is inside. Exceptions of callbacks stay pending until the step returns.
 */
#ifndef RT_MODULES_SQLITE_INTERNAL_H
#define RT_MODULES_SQLITE_INTERNAL_H

#include <sqlite3.h>

#include "core/modules/lazy/lazy.h"
#include "core/object/native.h"
#include "core/sync/mutex.h"

enum { PARSE_DECLTYPES = 1, PARSE_COLNAMES = 2 };
enum sq_error { E_WARNING, E_ERROR, E_INTERFACE, E_DATABASE, E_DATA, E_OPERATIONAL, E_INTEGRITY, E_INTERNAL, E_PROGRAMMING, E_NOT_SUPPORTED, E_COUNT };

struct callback { /* a Python function known to SQLite; lives as long as the connection */
    struct callback *next;
    struct connection *c;
    rt_slot fn;
};
struct connection {
    struct rt_object hdr;
    sqlite3 *_Atomic db; /* NULL: closed or not opened; changed inside only */
    struct rt_thread *_Atomic ts; /* who is inside */
    _Atomic uint8_t lock;
    _Atomic uint8_t gate;         /* held for moments, to take db away or to interrupt it from outside */
    _Atomic bool inited, check_thread;
    bool detached;                /* inside: SQLite is at work in sq_step */
    _Atomic uint64_t thread;
    int detect_types, cache_size; /* inside */
    const char *_Atomic begin; /* "BEGIN ..." or NULL: autocommit */
    struct callback *_Atomic callbacks;
    rt_slot row_factory, text_factory, isolation, statements;
};
struct statement { struct rt_object hdr; sqlite3_stmt *st; struct connection *owner; _Atomic bool in_use; bool is_dml; };
struct cursor {
    struct rt_object hdr;
    _Atomic bool closed, inited, row_ready;
    bool locked;                  /* inside: executing or fetching */
    _Atomic int64_t rowcount, arraysize;
    rt_slot connection, statement, description, lastrowid, row_factory;
};
struct row { struct rt_object hdr; rt_value data, description; };
extern struct rt_type sq_connection_type, sq_cursor_type, sq_row_type, sq_statement_type, sq_protocol_type, sq_blob_type;
#define CONN(v) ((struct connection *)rt_ptr(v))
#define CUR(v) ((struct cursor *)rt_ptr(v))
#define STMT(v) ((struct statement *)rt_ptr(v))
#define ROW(v) ((struct row *)rt_ptr(v))

rt_value sq_raise(struct rt_thread *ts, enum sq_error e, const char *fmt, ...);
rt_value sq_db_error(struct rt_thread *ts, sqlite3 *db); /* by the database's last error */
struct rt_type *sq_error_type(struct rt_thread *ts, enum sq_error e);
rt_value sq_registry(struct rt_thread *ts, bool converters); /* owned dict */
bool sq_connection_ok(struct rt_thread *ts, struct connection *c); /* open, and this thread's */
bool sq_enter(struct rt_thread *ts, struct connection *c);          /* true: call sq_leave */
int sq_enter_open(struct rt_thread *ts, struct connection *c); /* 1: call sq_leave; 0: was inside; -1: closed meanwhile */
void sq_leave(struct connection *c);
int sq_step(struct rt_thread *ts, struct connection *c, sqlite3_stmt *st);
int sq_exec(struct rt_thread *ts, struct connection *c, const char *sql); /* one statement without results; -1 */
rt_value sq_statement_get(struct rt_thread *ts, struct connection *c, rt_value sql);
rt_value sq_cursor_make(struct rt_thread *ts, rt_value connection, rt_value factory);
rt_value sq_cursor_run(struct rt_thread *ts, rt_value cursor, bool many, rt_value sql, rt_value params);
rt_value sq_script(struct rt_thread *ts, rt_value cursor, rt_value script);
bool sq_base_adapted(struct rt_thread *ts); /* has an adapter for int, float, str or bytearray been registered */
rt_value sq_adapt(struct rt_thread *ts, rt_value v); /* owned, maybe v itself */

/* Callbacks. What SQLite gets to know of a Python function, kept until the connection dies. */
struct callback *sq_keep(struct rt_thread *ts, struct connection *c, rt_value fn);
bool sq_callback_begin(struct callback *k); /* attached from here on, whether SQLite was called so or not; for sq_callback_end */
void sq_callback_end(struct callback *k, bool was);
void sq_callback_failed(struct rt_thread *ts, struct callback *k); /* clears the exception, shows it if asked to */

/* Methods of connections: functions.c, hooks.c, blob.c. */
typedef rt_value sq_method_kw(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw);
typedef rt_value sq_method(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n);
typedef rt_value sq_method_one(struct rt_thread *ts, rt_value self, rt_value a);
sq_method_kw sq_conn_create_function, sq_conn_create_aggregate, sq_conn_set_progress, sq_conn_set_trace, sq_conn_set_authorizer;
sq_method_kw sq_conn_serialize, sq_conn_deserialize, sq_conn_blobopen;
sq_method sq_conn_create_window_function, sq_conn_create_collation, sq_conn_setlimit;
sq_method_one sq_conn_getlimit, sq_conn_enable_extensions, sq_conn_load_extension;

#endif
