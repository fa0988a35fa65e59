/* SPDX-License-Identifier: MIT */
/* _sqlite3: exceptions, adapters and converters, module functions. Connections: connection.c; cursors: cursor.c. */
#include <stdarg.h>
#include <stdio.h>

#include "core/modules/sqlite/sqlite_internal.h"

static const struct { const char *name; int base; } errors[E_COUNT] = {{"Warning", -1}, {"Error", -1}, {"InterfaceError", E_ERROR},
    {"DatabaseError", E_ERROR}, {"DataError", E_DATABASE}, {"OperationalError", E_DATABASE}, {"IntegrityError", E_DATABASE},
    {"InternalError", E_DATABASE}, {"ProgrammingError", E_DATABASE}, {"NotSupportedError", E_DATABASE}};

/* Kept in one tuple an interpreter: the exceptions, then adapters, converters. */
static rt_value state(struct rt_thread *ts) { return rt_interp_kept(ts, "_sqlite3.state"); }
struct rt_type *sq_error_type(struct rt_thread *ts, enum sq_error e)
{
    rt_value s = state(ts);
    struct rt_type *t = rt_as_type(rt_as_tuple(s)->items[e]);
    rt_decref(ts, s);
    return t;
}
rt_value sq_registry(struct rt_thread *ts, bool converters)
{
    rt_value s = state(ts), d = rt_newref(ts, rt_as_tuple(s)->items[E_COUNT + converters]);
    rt_decref(ts, s);
    return d;
}
rt_value sq_raise(struct rt_thread *ts, enum sq_error e, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    rt_value msg = rt_str_vformat(ts, fmt, ap);
    va_end(ap);
    if (!rt_is_null(msg))
        rt_raise_value(ts, sq_error_type(ts, e), msg);
    rt_decref(ts, msg);
    return RT_NULL;
}
#define C(n) {#n, n},
static const struct { const char *name; int v; } codes[] = {
    C(SQLITE_ABORT) C(SQLITE_AUTH) C(SQLITE_BUSY) C(SQLITE_CANTOPEN) C(SQLITE_CONSTRAINT) C(SQLITE_CORRUPT) C(SQLITE_DONE) C(SQLITE_EMPTY)
    C(SQLITE_ERROR) C(SQLITE_FORMAT) C(SQLITE_FULL) C(SQLITE_INTERNAL) C(SQLITE_INTERRUPT) C(SQLITE_IOERR) C(SQLITE_LOCKED) C(SQLITE_MISMATCH)
    C(SQLITE_MISUSE) C(SQLITE_NOLFS) C(SQLITE_NOMEM) C(SQLITE_NOTADB) C(SQLITE_NOTFOUND) C(SQLITE_OK) C(SQLITE_PERM) C(SQLITE_PROTOCOL)
    C(SQLITE_RANGE) C(SQLITE_READONLY) C(SQLITE_ROW) C(SQLITE_SCHEMA) C(SQLITE_TOOBIG) C(SQLITE_NOTICE) C(SQLITE_WARNING)
    C(SQLITE_CONSTRAINT_CHECK) C(SQLITE_CONSTRAINT_COMMITHOOK) C(SQLITE_CONSTRAINT_FOREIGNKEY) C(SQLITE_CONSTRAINT_FUNCTION)
    C(SQLITE_CONSTRAINT_NOTNULL) C(SQLITE_CONSTRAINT_PRIMARYKEY) C(SQLITE_CONSTRAINT_ROWID) C(SQLITE_CONSTRAINT_TRIGGER)
    C(SQLITE_CONSTRAINT_UNIQUE) C(SQLITE_CONSTRAINT_VTAB) C(SQLITE_CONSTRAINT_PINNED) C(SQLITE_BUSY_SNAPSHOT) C(SQLITE_BUSY_RECOVERY)
    C(SQLITE_BUSY_TIMEOUT) C(SQLITE_CANTOPEN_ISDIR) C(SQLITE_CANTOPEN_FULLPATH) C(SQLITE_IOERR_READ) C(SQLITE_IOERR_WRITE) C(SQLITE_IOERR_LOCK)
    C(SQLITE_LOCKED_SHAREDCACHE) C(SQLITE_READONLY_DBMOVED) C(SQLITE_READONLY_DIRECTORY) C(SQLITE_ERROR_MISSING_COLLSEQ) C(SQLITE_ABORT_ROLLBACK) C(SQLITE_AUTH_USER)
    C(SQLITE_CANTOPEN_CONVPATH) C(SQLITE_CANTOPEN_DIRTYWAL) C(SQLITE_CANTOPEN_NOTEMPDIR) C(SQLITE_CANTOPEN_SYMLINK) C(SQLITE_CORRUPT_INDEX)
    C(SQLITE_CORRUPT_SEQUENCE) C(SQLITE_CORRUPT_VTAB) C(SQLITE_ERROR_RETRY) C(SQLITE_ERROR_SNAPSHOT) C(SQLITE_IOERR_ACCESS)
    C(SQLITE_IOERR_AUTH) C(SQLITE_IOERR_BEGIN_ATOMIC) C(SQLITE_IOERR_BLOCKED) C(SQLITE_IOERR_CHECKRESERVEDLOCK) C(SQLITE_IOERR_CLOSE)
    C(SQLITE_IOERR_COMMIT_ATOMIC) C(SQLITE_IOERR_CONVPATH) C(SQLITE_IOERR_CORRUPTFS) C(SQLITE_IOERR_DATA) C(SQLITE_IOERR_DELETE)
    C(SQLITE_IOERR_DELETE_NOENT) C(SQLITE_IOERR_DIR_CLOSE) C(SQLITE_IOERR_DIR_FSYNC) C(SQLITE_IOERR_FSTAT) C(SQLITE_IOERR_FSYNC)
    C(SQLITE_IOERR_GETTEMPPATH) C(SQLITE_IOERR_MMAP) C(SQLITE_IOERR_NOMEM) C(SQLITE_IOERR_RDLOCK) C(SQLITE_IOERR_ROLLBACK_ATOMIC)
    C(SQLITE_IOERR_SEEK) C(SQLITE_IOERR_SHMLOCK) C(SQLITE_IOERR_SHMMAP) C(SQLITE_IOERR_SHMOPEN) C(SQLITE_IOERR_SHMSIZE)
    C(SQLITE_IOERR_SHORT_READ) C(SQLITE_IOERR_TRUNCATE) C(SQLITE_IOERR_UNLOCK) C(SQLITE_IOERR_VNODE) C(SQLITE_LOCKED_VTAB)
    C(SQLITE_NOTICE_RECOVER_ROLLBACK) C(SQLITE_NOTICE_RECOVER_WAL) C(SQLITE_OK_LOAD_PERMANENTLY) C(SQLITE_OK_SYMLINK)
    C(SQLITE_READONLY_CANTINIT) C(SQLITE_READONLY_CANTLOCK) C(SQLITE_READONLY_RECOVERY) C(SQLITE_READONLY_ROLLBACK)
    C(SQLITE_WARNING_AUTOINDEX)};
static const struct { const char *name; int v; } constants[] = {
    C(PARSE_DECLTYPES) C(PARSE_COLNAMES) C(SQLITE_DENY) C(SQLITE_IGNORE) C(SQLITE_CREATE_INDEX) C(SQLITE_CREATE_TABLE) C(SQLITE_CREATE_TEMP_INDEX)
    C(SQLITE_CREATE_TEMP_TABLE) C(SQLITE_CREATE_TEMP_TRIGGER) C(SQLITE_CREATE_TEMP_VIEW) C(SQLITE_CREATE_TRIGGER) C(SQLITE_CREATE_VIEW)
    C(SQLITE_DELETE) C(SQLITE_DROP_INDEX) C(SQLITE_DROP_TABLE) C(SQLITE_DROP_TEMP_INDEX) C(SQLITE_DROP_TEMP_TABLE) C(SQLITE_DROP_TEMP_TRIGGER)
    C(SQLITE_DROP_TEMP_VIEW) C(SQLITE_DROP_TRIGGER) C(SQLITE_DROP_VIEW) C(SQLITE_INSERT) C(SQLITE_PRAGMA) C(SQLITE_READ) C(SQLITE_SELECT)
    C(SQLITE_TRANSACTION) C(SQLITE_UPDATE) C(SQLITE_ATTACH) C(SQLITE_DETACH) C(SQLITE_ALTER_TABLE) C(SQLITE_REINDEX) C(SQLITE_ANALYZE)
    C(SQLITE_CREATE_VTABLE) C(SQLITE_DROP_VTABLE) C(SQLITE_FUNCTION) C(SQLITE_SAVEPOINT) C(SQLITE_RECURSIVE)
    C(SQLITE_LIMIT_LENGTH) C(SQLITE_LIMIT_SQL_LENGTH) C(SQLITE_LIMIT_COLUMN) C(SQLITE_LIMIT_EXPR_DEPTH) C(SQLITE_LIMIT_COMPOUND_SELECT)
    C(SQLITE_LIMIT_VDBE_OP) C(SQLITE_LIMIT_FUNCTION_ARG) C(SQLITE_LIMIT_ATTACHED) C(SQLITE_LIMIT_LIKE_PATTERN_LENGTH)
    C(SQLITE_LIMIT_VARIABLE_NUMBER) C(SQLITE_LIMIT_TRIGGER_DEPTH) C(SQLITE_LIMIT_WORKER_THREADS)};
#undef C
static enum sq_error class_of(int code)
{
    switch (code & 0xff) {
    case SQLITE_INTERNAL: case SQLITE_NOTFOUND: return E_INTERNAL;
    case SQLITE_ERROR: case SQLITE_PERM: case SQLITE_ABORT: case SQLITE_BUSY: case SQLITE_LOCKED: case SQLITE_READONLY: case SQLITE_INTERRUPT:
    case SQLITE_IOERR: case SQLITE_FULL: case SQLITE_CANTOPEN: case SQLITE_PROTOCOL: case SQLITE_EMPTY: case SQLITE_SCHEMA: return E_OPERATIONAL;
    case SQLITE_TOOBIG: return E_DATA;
    case SQLITE_CONSTRAINT: case SQLITE_MISMATCH: return E_INTEGRITY;
    case SQLITE_MISUSE: case SQLITE_RANGE: return E_INTERFACE;
    default: return E_DATABASE;
    }
}
rt_value sq_db_error(struct rt_thread *ts, sqlite3 *db)
{
    if (rt_pending(ts))
        return RT_NULL;
    int code = sqlite3_errcode(db), extended = sqlite3_extended_errcode(db);
    if (code == SQLITE_NOMEM)
        return rt_raise_no_memory(ts);
    rt_value msg = rt_str_from_cstr(ts, sqlite3_errmsg(db));
    rt_value e = rt_is_null(msg) ? msg : rt_call1(ts, rt_type_value(sq_error_type(ts, class_of(code))), msg);
    const char *name = "unknown";
    for (size_t i = 0; i < RT_COUNTOF(codes); i++)
        if (codes[i].v == extended)
            name = codes[i].name;
    if (!rt_is_null(e) && rt_setattr_cstr(ts, e, "sqlite_errorcode", rt_int_imm(extended)) == 0 &&
        rt_setattr_cstr(ts, e, "sqlite_errorname", rt_str_intern_cstr(ts, name)) == 0)
        rt_raise_instance(ts, e);
    rt_decref(ts, e);
    rt_decref(ts, msg);
    return RT_NULL;
}

/* ---- adapters ---- */
static rt_value adapt_with(struct rt_thread *ts, rt_value v, rt_value protocol, rt_value fallback)
{
    rt_value d = sq_registry(ts, false), key = rt_tuple_pack(ts, 2, rt_type_value(rt_type_of(v)), protocol);
    rt_value f = rt_is_null(key) ? key : rt_dict_get(ts, d, key), r = RT_NULL;
    rt_decref(ts, key);
    rt_decref(ts, d);
    if (!rt_is_null(f)) {
        r = rt_call1(ts, f, v);
        rt_decref(ts, f);
        return r;
    }
    if (rt_pending(ts))
        return r;
    const char *hooks[] = {"__adapt__", "__conform__"};
    for (int i = 0; i < 2; i++) {
        rt_value m = rt_getattr_opt_cstr(ts, i ? v : protocol, hooks[i]);
        if (rt_is_null(m)) {
            if (rt_pending(ts))
                return m;
            continue;
        }
        r = rt_call1(ts, m, i ? protocol : v);
        rt_decref(ts, m);
        if (rt_is_null(r) && !rt_exc_clear_if(ts, &rt_exc_TypeError))
            return r;
        if (!rt_is_null(r) && !rt_is_none(r))
            return r;
    }
    return rt_is_null(fallback) ? sq_raise(ts, E_PROGRAMMING, "can't adapt") : rt_newref(ts, fallback);
}
/* Remembered outside of the registry, because every parameter of these types asks. */
static void *_Atomic *adapted_field(struct rt_thread *ts) { return (void *_Atomic *)&ts->interp->native_private[RT_NS_SQLITE]; }
bool sq_base_adapted(struct rt_thread *ts) { return rt_load_relaxed(adapted_field(ts)) != NULL; }
rt_value sq_adapt(struct rt_thread *ts, rt_value v) { return adapt_with(ts, v, rt_type_value(&sq_protocol_type), v); }
static rt_value m_adapt(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    if (rt_args_count(ts, "adapt", n, 1, 3) < 0)
        return RT_NULL;
    return adapt_with(ts, a[0], n > 1 ? a[1] : rt_type_value(&sq_protocol_type), n > 2 ? a[2] : RT_NULL);
}
static rt_value m_register_adapter(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    if (rt_args_count(ts, "register_adapter", n, 2, 2) < 0)
        return RT_NULL;
    static struct rt_type *const base[] = {&rt_int_type, &rt_float_type, &rt_str_type, &rt_bytearray_type};
    rt_value d = sq_registry(ts, false), key = rt_tuple_pack(ts, 2, a[0], rt_type_value(&sq_protocol_type));
    int err = rt_is_null(key) ? -1 : rt_dict_set(ts, d, key, a[1]);
    for (size_t i = 0; i < RT_COUNTOF(base) && !err; i++)
        if (rt_is(a[0], rt_type_value(base[i])))
            rt_store_relaxed(adapted_field(ts), (void *)base[i]);
    rt_decref(ts, key);
    rt_decref(ts, d);
    return err ? RT_NULL : RT_NONE;
}
static rt_value m_register_converter(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    if (rt_args_count(ts, "register_converter", n, 2, 2) < 0)
        return RT_NULL;
    if (!rt_is_str(a[0]))
        return rt_raise(ts, &rt_exc_TypeError, "register_converter() argument 1 must be str, not %N", a[0]);
    rt_value name = rt_call_method(ts, a[0], "upper", NULL, 0), d = sq_registry(ts, true);
    int err = rt_is_null(name) ? -1 : rt_dict_set(ts, d, name, a[1]);
    rt_decref(ts, name);
    rt_decref(ts, d);
    return err ? RT_NULL : RT_NONE;
}
static rt_value m_complete_statement(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"statement", NULL};
    static const struct rt_argspec spec = {"complete_statement", names, 0, 1, 1, 1};
    rt_value v[1];
    if (rt_args(ts, &spec, a, n, kw, v) < 0)
        return RT_NULL;
    const char *s = rt_is_str(v[0]) ? rt_str_utf8_nonul(ts, v[0]) : NULL;
    if (!s)
        return rt_pending(ts) ? RT_NULL : rt_raise_arg_type(ts, "complete_statement", "statement", "str", v[0]);
    return rt_bool(sqlite3_complete(s));
}
static rt_value m_enable_tracebacks(struct rt_thread *ts, rt_value self, rt_value v)
{
    int on = rt_truth(ts, v);
    return on < 0 || rt_interp_keep(ts, "_sqlite3.tracebacks", rt_bool(on)) < 0 ? RT_NULL : RT_NONE;
}
static rt_value m_enable_shared_cache(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"do_enable", NULL};
    static const struct rt_argspec spec = {"enable_shared_cache", names, 0, 1, 1, 1};
    rt_value v[1];
    if (rt_args(ts, &spec, a, n, kw, v) < 0)
        return RT_NULL;
    int on = rt_as_int(ts, v[0]);
    if (rt_pending(ts))
        return RT_NULL;
    return sqlite3_enable_shared_cache(on) == SQLITE_OK ? RT_NONE : sq_raise(ts, E_OPERATIONAL, "Changing the shared_cache flag failed");
}
static rt_value m_connect(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)
{
    rt_value factory = RT_NULL;
    size_t nkw = rt_is_null(kw) ? 0 : rt_as_tuple(kw)->length;
    for (size_t i = 0; i < nkw; i++)
        if (rt_str_eq_cstr(rt_as_tuple(kw)->items[i], "factory"))
            factory = a[n + i];
    if (n > 5)
        factory = a[5];
    return rt_call(ts, rt_is_null(factory) ? rt_type_value(&sq_connection_type) : factory, a, n, kw);
}
static rt_value protocol_new(struct rt_thread *ts, struct rt_type *t, const rt_value *a, uint32_t n, rt_value kw) { return rt_type_alloc(ts, t); }
struct rt_type sq_protocol_type = {.hdr = RT_STATIC_TYPE_HDR, .name = "sqlite3.PrepareProtocol", .doc = "PEP 246 style object adaption protocol type.",
                                   .flags = RT_TF_BASETYPE, .basic_size = sizeof(struct rt_object), .new = protocol_new};

static int make_state(struct rt_thread *ts)
{
    rt_value v[E_COUNT + 2];
    for (int i = 0; i < E_COUNT; i++) {
        char name[64];
        snprintf(name, sizeof name, "sqlite3.%s", errors[i].name);
        v[i] = rt_type_derive(ts, name, errors[i].base < 0 ? rt_type_value(&rt_exc_Exception) : v[errors[i].base], RT_NULL);
        if (rt_is_null(v[i]))
            return -1;
    }
    v[E_COUNT] = rt_dict_new(ts);
    v[E_COUNT + 1] = rt_dict_new(ts);
    rt_value t = rt_tuple_steal(ts, v, E_COUNT + 2);
    int err = rt_is_null(t) ? -1 : rt_interp_keep(ts, "_sqlite3.state", t);
    rt_decref(ts, t);
    return err;
}
static int exec(struct rt_thread *ts, rt_value m)
{
    struct rt_type *types[] = {&sq_connection_type, &sq_cursor_type, &sq_row_type, &sq_blob_type, &sq_protocol_type};
    if (rt_lazy_load(ts, &rt_lazy_sqlite) < 0)
        return -1;
    rt_value s = state(ts);
    if (rt_is_null(s) && (make_state(ts) < 0 || rt_is_null(s = state(ts))))
        return -1;
    for (int i = 0; i < E_COUNT; i++)
        rt_module_add(ts, m, errors[i].name, rt_newref(ts, rt_as_tuple(s)->items[i]));
    rt_module_add(ts, m, "adapters", rt_newref(ts, rt_as_tuple(s)->items[E_COUNT]));
    rt_module_add(ts, m, "converters", rt_newref(ts, rt_as_tuple(s)->items[E_COUNT + 1]));
    rt_decref(ts, s);
    for (size_t i = 0; i < RT_COUNTOF(types); i++)
        if (rt_module_add_type(ts, m, types[i]) < 0)
            return -1;
    if (rt_type_ready(ts, &sq_statement_type) < 0)
        return -1;
    for (size_t i = 0; i < RT_COUNTOF(codes); i++)
        rt_module_add_int(ts, m, codes[i].name, codes[i].v);
    for (size_t i = 0; i < RT_COUNTOF(constants); i++)
        rt_module_add_int(ts, m, constants[i].name, constants[i].v);
    rt_module_add_str(ts, m, "version", "2.6.0");
    rt_module_add_int(ts, m, "threadsafety", sqlite3_threadsafe() == 1 ? 3 : sqlite3_threadsafe() == 2 ? 1 : 0);
    return rt_module_add_str(ts, m, "sqlite_version", sqlite3_libversion());
}
static const struct rt_method_def methods[] = {
    {"connect", m_connect, RT_METH_KW, "connect($module, /, database, timeout=5.0, detect_types=0, isolation_level='', check_same_thread=True, factory=ConnectionType, cached_statements=128, uri=False)\n--\n\n"},
    {"adapt", m_adapt, RT_METH_FAST, "adapt($module, obj, proto=PrepareProtocolType, alt=<unrepresentable>, /)\n--\n\n"},
    {"register_adapter", m_register_adapter, RT_METH_FAST, "register_adapter($module, type, adapter, /)\n--\n\n"},
    {"register_converter", m_register_converter, RT_METH_FAST, "register_converter($module, typename, converter, /)\n--\n\n"},
    {"complete_statement", m_complete_statement, RT_METH_KW, "complete_statement($module, /, statement)\n--\n\n"},
    {"enable_callback_tracebacks", m_enable_tracebacks, RT_METH_O, "enable_callback_tracebacks($module, enable, /)\n--\n\n"},
    {"enable_shared_cache", m_enable_shared_cache, RT_METH_KW, "enable_shared_cache($module, /, do_enable)\n--\n\n"},
    {NULL},
};
const struct rt_module_def rt_module__sqlite3 = {.name = "_sqlite3", .methods = methods, .exec = exec};
