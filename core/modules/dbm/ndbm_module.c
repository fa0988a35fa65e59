/* SPDX-License-Identifier: MIT */
/* _dbm: the ndbm interface of Berkeley DB, as Debian's python3.11 has it. libdb is loaded on import. */
#define DB_DBM_HSEARCH 1
#include <db.h>
#include <errno.h>
#include <fcntl.h>

#include "core/modules/dbm/dbm_internal.h"
#include "core/modules/modules.h"

#define ERROR "_dbm.error"

static datum datum_of(const struct rt_dbm_text *t)
{
    return (datum){(char *)(uintptr_t)t->p, (int)t->n};
}

/* The library has noted an error: told, and forgotten. */
static int failed(struct rt_thread *ts, DBM *db)
{
    if (!__db_ndbm_error(db))
        return 0;
    __db_ndbm_clearerr(db);
    rt_raise(ts, rt_dbm_error(ts, ERROR), "%s", "");
    return -1;
}

static rt_value get_value(struct rt_thread *ts, void *db, const struct rt_dbm_text *key)
{
    datum v = __db_ndbm_fetch(db, datum_of(key));
    if (!v.dptr || failed(ts, db) < 0)
        return RT_NULL;
    return rt_bytes_new(ts, v.dptr, (size_t)v.dsize);
}

static int put_value(struct rt_thread *ts, void *db, const struct rt_dbm_text *key, const struct rt_dbm_text *value)
{
    if (__db_ndbm_store(db, datum_of(key), datum_of(value), DBM_REPLACE) < 0) {
        __db_ndbm_clearerr(db);
        rt_raise(ts, rt_dbm_error(ts, ERROR), "cannot add item to database");
        return -1;
    }
    return failed(ts, db);
}

static int remove_key(struct rt_thread *ts, void *db, const struct rt_dbm_text *key, int flags)
{
    if (__db_ndbm_delete(db, datum_of(key)) < 0) {
        __db_ndbm_clearerr(db);
        if ((flags & O_ACCMODE) == O_RDWR)
            return 1; /* or the file is damaged: there is no telling */
        rt_raise(ts, rt_dbm_error(ts, ERROR), "cannot delete item from database");
        return -1;
    }
    return failed(ts, db);
}

static int has(void *db, const struct rt_dbm_text *key) { return __db_ndbm_fetch(db, datum_of(key)).dptr != NULL; }

static int64_t count(struct rt_thread *ts, void *db)
{
    int64_t n = 0;
    for (datum k = __db_ndbm_firstkey(db); k.dptr; k = __db_ndbm_nextkey(db))
        n++;
    return n;
}

static int keys(struct rt_thread *ts, void *db, rt_value list)
{
    for (datum k = __db_ndbm_firstkey(db); k.dptr; k = __db_ndbm_nextkey(db))
        if (rt_list_append_steal(ts, list, rt_bytes_new(ts, k.dptr, (size_t)k.dsize)) < 0)
            return -1;
    return 0;
}

static void close_db(void *db) { __db_ndbm_close(db); }

static const struct rt_dbm_ops ops = {
    .kind = "DBM", .error = ERROR, .keys_message = "dbm mappings have bytes or string keys only",
    .values_message = "dbm mappings have bytes or string elements only", .contains_message = "dbm key must be bytes or string, not %T",
    .fetch = get_value, .store = put_value, .remove = remove_key, .has = has, .count = count, .keys = keys, .close = close_db,
};

static const struct rt_method_def ndbm_methods[] = {
    {"close", rt_dbm_close, RT_METH_NOARGS | RT_METH_LOCKED, "close($self, /)\n--\n\nClose the database."},
    {"keys", rt_dbm_keys, RT_METH_NOARGS, "keys($self, /)\n--\n\nReturn a list of all keys in the database."},
    {"get", rt_dbm_get, RT_METH_FAST, "get($self, key, default=b\'\', /)\n--\n\nReturn the value for key if present, otherwise default."},
    {"setdefault", rt_dbm_setdefault, RT_METH_FAST,
     "setdefault($self, key, default=b\'\', /)\n--\n\nReturn the value for key if present, otherwise default.\n\n"
     "If key is not in the database, it is inserted with default as the value."},
    {"__enter__", rt_dbm_enter, RT_METH_NOARGS, NULL},
    {"__exit__", rt_dbm_exit, RT_METH_FAST | RT_METH_LOCKED, NULL},
    {NULL},
};
static struct rt_type ndbm_type = {.hdr = RT_STATIC_TYPE_HDR, .name = "_dbm.dbm", RT_DBM_SLOTS, .methods = ndbm_methods};

static rt_value n_open(struct rt_thread *ts, rt_value module, const rt_value *a, uint32_t n)
{
    static const struct { const char *text; int flags; } ways[] = {
        {"r", O_RDONLY}, {"w", O_RDWR}, {"rw", O_RDWR | O_CREAT}, {"c", O_RDWR | O_CREAT}, {"n", O_RDWR | O_CREAT | O_TRUNC}};
    rt_value name, flags, d = RT_NULL;
    int mode;
    if (rt_dbm_open_args(ts, a, n, &name, &flags, &mode) < 0)
        return RT_NULL;
    size_t i = 0;
    while (i < RT_COUNTOF(ways) && !(rt_is_null(flags) ? i == 0 : rt_str_eq_cstr(flags, ways[i].text)))
        i++;
    if (i == RT_COUNTOF(ways))
        rt_raise(ts, rt_dbm_error(ts, ERROR), "arg 2 to open should be 'r', 'w', 'c', or 'n'");
    else
        d = rt_dbm_new(ts, &ndbm_type, &ops, ways[i].flags);
    if (!rt_is_null(d)) {
        errno = 0;
        rt_as_dbm(d)->db = __db_ndbm_open(rt_as_bytes(name)->data, ways[i].flags, mode);
        if (!rt_as_dbm(d)->db) {
            rt_raise_errno(ts, rt_dbm_error(ts, ERROR), a[0]);
            rt_clear(ts, &d);
        }
    }
    rt_decref(ts, name);
    return d;
}

static int exec(struct rt_thread *ts, rt_value m)
{
    return rt_lazy_load(ts, &rt_lazy_db) < 0 || rt_type_ready(ts, &ndbm_type) < 0 || rt_dbm_make_error(ts, m, ERROR) < 0
               ? -1
               : rt_module_add_str(ts, m, "library", "Berkeley DB");
}
static const struct rt_method_def methods[] = {
    {"open", n_open, RT_METH_FAST,
     "open($module, filename, flags=\'r\', mode=0o666, /)\n--\n\nReturn a database object.\n\n"
     "  filename\n    The filename to open.\n  flags\n    How to open the file.  \"r\" for reading, \"w\" for writing, etc.\n"
     "  mode\n    If creating a new file, the mode bits for the new file\n    (e.g. os.O_RDWR)."},
    {NULL},
};
const struct rt_module_def rt_module__dbm = {.name = "_dbm", .methods = methods, .exec = exec};
