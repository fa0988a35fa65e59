/* SPDX-License-Identifier: MIT */
/* _gdbm: GNU dbm. libgdbm is loaded on import. What it hands out is the C library's memory and freed here. */
#include <errno.h>
#include <gdbm.h>
#include <stdlib.h>

#include "core/modules/dbm/dbm_internal.h"
#include "core/modules/modules.h"

#define ERROR "_gdbm.error"

/* What the library says about its latest error, or else `text`. */
static int fail(struct rt_thread *ts, const char *text)
{
    int e = errno;
    const char *said = gdbm_strerror(gdbm_errno);
    errno = e;
    if (gdbm_check_syserr(gdbm_errno))
        rt_raise_errno(ts, rt_dbm_error(ts, ERROR), RT_NULL);
    else
        rt_raise(ts, rt_dbm_error(ts, ERROR), "%s", said && *said ? said : text);
    return -1;
}

static datum datum_of(const struct rt_dbm_text *t) { return (datum){(char *)(uintptr_t)t->p, (int)t->n}; }

static rt_value take(struct rt_thread *ts, datum d)
{
    rt_value b = d.dptr ? rt_bytes_new(ts, d.dptr, (size_t)d.dsize) : RT_NULL;
    free(d.dptr);
    return b;
}

static rt_value fetch(struct rt_thread *ts, void *db, const struct rt_dbm_text *key) { return take(ts, gdbm_fetch(db, datum_of(key))); }

static int store(struct rt_thread *ts, void *db, const struct rt_dbm_text *key, const struct rt_dbm_text *value)
{
    errno = 0;
    return gdbm_store(db, datum_of(key), datum_of(value), GDBM_REPLACE) < 0 ? fail(ts, "gdbm_store error") : 0;
}

static int remove_key(struct rt_thread *ts, void *db, const struct rt_dbm_text *key, int flags)
{
    errno = 0;
    if (gdbm_delete(db, datum_of(key)) == 0)
        return 0;
    return gdbm_errno == GDBM_ITEM_NOT_FOUND ? 1 : fail(ts, "gdbm_delete error");
}

static int has(void *db, const struct rt_dbm_text *key) { return gdbm_exists(db, datum_of(key)) != 0; }

static int64_t count(struct rt_thread *ts, void *db)
{
    gdbm_count_t n;
    errno = 0;
    return gdbm_count(db, &n) < 0 ? fail(ts, "") : (int64_t)n;
}

static int keys(struct rt_thread *ts, void *db, rt_value list)
{
    datum k = gdbm_firstkey(db);
    while (k.dptr) {
        datum next = gdbm_nextkey(db, k);
        if (rt_list_append_steal(ts, list, take(ts, k)) < 0) {
            free(next.dptr);
            return -1;
        }
        k = next;
    }
    return 0;
}

static void close_db(void *db) { gdbm_close(db); }

static const struct rt_dbm_ops ops = {
    .kind = "GDBM", .error = ERROR, .keys_message = "gdbm mappings have bytes or string indices only",
    .values_message = "gdbm mappings have bytes or string indices only", .contains_message = "gdbm key must be bytes or string, not %T",
    .fetch = fetch, .store = store, .remove = remove_key, .has = has, .count = count, .keys = keys, .close = close_db,
};

/* From here to the table: methods in the section of self. */
static rt_value g_firstkey(struct rt_thread *ts, rt_value self)
{
    GDBM_FILE db = rt_dbm_opened(ts, self);
    rt_value k = db ? take(ts, gdbm_firstkey(db)) : RT_NULL;
    return rt_is_null(k) && !rt_pending(ts) ? RT_NONE : k;
}
static rt_value g_nextkey(struct rt_thread *ts, rt_value self, rt_value key)
{
    struct rt_dbm_text t;
    if (rt_dbm_text(ts, key, NULL, &t) < 0)
        return RT_NULL;
    GDBM_FILE db = rt_dbm_opened(ts, self);
    rt_value k = db ? take(ts, gdbm_nextkey(db, datum_of(&t))) : RT_NULL;
    return rt_is_null(k) && !rt_pending(ts) ? RT_NONE : k;
}
static rt_value g_reorganize(struct rt_thread *ts, rt_value self)
{
    GDBM_FILE db = rt_dbm_opened(ts, self);
    errno = 0;
    return db && (gdbm_reorganize(db) == 0 || fail(ts, "gdbm_reorganize error") == 0) ? RT_NONE : RT_NULL;
}
static rt_value g_sync(struct rt_thread *ts, rt_value self)
{
    GDBM_FILE db = rt_dbm_opened(ts, self);
    if (!db)
        return RT_NULL;
    gdbm_sync(db);
    return RT_NONE;
}

static const struct rt_method_def gdbm_methods[] = {
    {"keys", rt_dbm_keys, RT_METH_NOARGS, "keys($self, /)\n--\n\nReturn a list of all keys in the database."},
    {"get", rt_dbm_get, RT_METH_FAST, "get($self, key, default=None, /)\n--\n\nGet the value for key, or default if not present."},
    {"setdefault", rt_dbm_setdefault, RT_METH_FAST,
     "setdefault($self, key, default=None, /)\n--\n\nGet value for key, or set it to default and return default if not present."},
    {"close", rt_dbm_close, RT_METH_NOARGS | RT_METH_LOCKED, "close($self, /)\n--\n\nClose the database."},
    {"firstkey", g_firstkey, RT_METH_NOARGS | RT_METH_LOCKED,
     "firstkey($self, /)\n--\n\nReturn the first key in the order of the hash table, or None."},
    {"nextkey", g_nextkey, RT_METH_O | RT_METH_LOCKED, "nextkey($self, key, /)\n--\n\nReturn the key that follows key in the traversal, or None."},
    {"reorganize", g_reorganize, RT_METH_NOARGS | RT_METH_LOCKED,
     "reorganize($self, /)\n--\n\nWrite the file anew, without the room that deleted entries took."},
    {"sync", g_sync, RT_METH_NOARGS | RT_METH_LOCKED,
     "sync($self, /)\n--\n\nWrite to the disk what a database opened in fast mode still holds."},
    {"__enter__", rt_dbm_enter, RT_METH_NOARGS, NULL},
    {"__exit__", rt_dbm_exit, RT_METH_FAST | RT_METH_LOCKED, NULL},
    {NULL},
};
static struct rt_type gdbm_type = {.hdr = RT_STATIC_TYPE_HDR, .name = "_gdbm.gdbm", RT_DBM_SLOTS, .methods = gdbm_methods};

/* The library's flags, or -1. */
static int flags_of(struct rt_thread *ts, rt_value text)
{
    static const struct { char letter; int flag; } ways[] = {{'r', GDBM_READER}, {'w', GDBM_WRITER}, {'c', GDBM_WRCREAT}, {'n', GDBM_NEWDB}};
    static const struct { char letter; int flag; } more[] = {{'f', GDBM_FAST}, {'s', GDBM_SYNC}, {'u', GDBM_NOLOCK}};
    size_t n = 1, w = 0;
    const char *s = rt_is_null(text) ? "r" : rt_str_utf8(ts, text, &n);
    if (!s)
        return -1;
    while (w < RT_COUNTOF(ways) && ways[w].letter != *s)
        w++;
    if (w == RT_COUNTOF(ways)) {
        rt_raise(ts, rt_dbm_error(ts, ERROR), "First flag must be one of 'r', 'w', 'c' or 'n'");
        return -1;
    }
    int flags = ways[w].flag;
    for (size_t i = 1; i < n; i++) {
        size_t k = 0;
        while (k < RT_COUNTOF(more) && more[k].letter != s[i])
            k++;
        if (k == RT_COUNTOF(more)) {
            rt_raise(ts, rt_dbm_error(ts, ERROR), "Flag '%c' is not supported.", s[i]);
            return -1;
        }
        flags |= more[k].flag;
    }
    return flags;
}

static rt_value g_open(struct rt_thread *ts, rt_value module, const rt_value *a, uint32_t n)
{
    rt_value name, text, d = RT_NULL;
    int mode;
    if (rt_dbm_open_args(ts, a, n, &name, &text, &mode) < 0)
        return RT_NULL;
    int flags = flags_of(ts, text);
    if (flags >= 0)
        d = rt_dbm_new(ts, &gdbm_type, &ops, flags);
    if (!rt_is_null(d)) {
        errno = 0;
        rt_as_dbm(d)->db = gdbm_open(rt_as_bytes(name)->data, 0, flags, mode, NULL);
        if (!rt_as_dbm(d)->db) {
            if (errno)
                rt_raise_errno(ts, rt_dbm_error(ts, ERROR), a[0]);
            else
                rt_raise(ts, rt_dbm_error(ts, ERROR), "%s", gdbm_strerror(gdbm_errno));
            rt_clear(ts, &d);
        }
    }
    rt_decref(ts, name);
    return d;
}

static int exec(struct rt_thread *ts, rt_value m)
{
    if (rt_lazy_load(ts, &rt_lazy_gdbm) < 0 || rt_type_ready(ts, &gdbm_type) < 0 || rt_dbm_make_error(ts, m, ERROR) < 0)
        return -1;
    rt_value version = rt_tuple_pack(ts, 3, rt_int_imm(GDBM_VERSION_MAJOR), rt_int_imm(GDBM_VERSION_MINOR), rt_int_imm(GDBM_VERSION_PATCH));
    return rt_is_null(version) || rt_module_add(ts, m, "_GDBM_VERSION", version) < 0 ? -1 : rt_module_add_str(ts, m, "open_flags", "rwcnfsu");
}
static const struct rt_method_def methods[] = {
    {"open", g_open, RT_METH_FAST,
     "open($module, filename, flags=\'r\', mode=0o666, /)\n--\n\nOpen a dbm database and return a dbm object.\n\n"
     "flags begins with \'r\' (read), \'w\' (write), \'c\' (create if need be) or \'n\' (a new one).\n"
     "After it may stand \'f\' (fast: not written to the disk at each change), \'s\' (written at each\n"
     "change) and \'u\' (not locked). mode is that of a file that is created."},
    {NULL},
};
const struct rt_module_def rt_module__gdbm = {
    .name = "_gdbm", .doc = "An interface to the GNU dbm library: mappings of bytes to bytes in a file.", .methods = methods, .exec = exec};
