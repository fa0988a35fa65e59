/* SPDX-License-Identifier: MIT */
/* The database object of both kinds: a mapping of bytes to bytes over the operations of its library. */
#include "core/modules/dbm/dbm_internal.h"

#include <limits.h>

int rt_dbm_text(struct rt_thread *ts, rt_value v, const char *message, struct rt_dbm_text *t)
{
    if (rt_is_str(v)) {
        if (!(t->p = rt_str_utf8(ts, v, &t->n)))
            return -1;
    } else if (rt_is_bytes(v)) {
        t->p = rt_as_bytes(v)->data;
        t->n = rt_as_bytes(v)->length;
    } else {
        rt_raise(ts, &rt_exc_TypeError, message ? message : rt_has_buffer(v) ? "argument must be read-only bytes-like object, not %N" : "a bytes-like object is required, not '%T'", v);
        return -1;
    }
    if (t->n <= INT_MAX)
        return 0;
    rt_raise(ts, &rt_exc_OverflowError, "size does not fit in an int");
    return -1;
}

rt_value rt_dbm_new(struct rt_thread *ts, struct rt_type *t, const struct rt_dbm_ops *ops, int flags)
{
    rt_value v = rt_type_alloc(ts, t);
    if (!rt_is_null(v)) {
        rt_as_dbm(v)->ops = ops;
        rt_as_dbm(v)->flags = flags;
    }
    return v;
}

void *rt_dbm_opened(struct rt_thread *ts, rt_value self)
{
    struct rt_dbm *d = rt_as_dbm(self);
    if (!d->db)
        rt_raise(ts, rt_dbm_error(ts, d->ops->error), "%s object has already been closed", d->ops->kind);
    return d->db;
}

static void close_now(struct rt_dbm *d)
{
    if (d->db)
        d->ops->close(d->db);
    d->db = NULL;
}

void rt_dbm_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    close_now((struct rt_dbm *)o);
}

rt_value rt_dbm_close(struct rt_thread *ts, rt_value self)
{
    close_now(rt_as_dbm(self));
    return RT_NONE;
}

rt_value rt_dbm_enter(struct rt_thread *ts, rt_value self) { return rt_newref(ts, self); }
rt_value rt_dbm_exit(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n) { return rt_dbm_close(ts, self); }

static rt_value fetch(struct rt_thread *ts, rt_value self, const struct rt_dbm_text *key)
{
    struct rt_cs cs;
    rt_cont_lock(ts, &cs, rt_ptr(self));
    void *db = rt_dbm_opened(ts, self);
    rt_value r = db ? rt_as_dbm(self)->ops->fetch(ts, db, key) : RT_NULL;
    rt_cont_unlock(ts, &cs);
    return r;
}

rt_value rt_dbm_getitem(struct rt_thread *ts, rt_value self, rt_value key)
{
    struct rt_dbm_text k;
    if (rt_dbm_text(ts, key, NULL, &k) < 0)
        return RT_NULL;
    rt_value r = fetch(ts, self, &k);
    return rt_is_null(r) && !rt_pending(ts) ? rt_raise_key(ts, key) : r;
}

static int change(struct rt_thread *ts, rt_value self, const struct rt_dbm_text *k, rt_value v)
{
    struct rt_dbm *d = rt_as_dbm(self);
    struct rt_dbm_text value;
    struct rt_cs cs;
    if (!rt_is_null(v) && rt_dbm_text(ts, v, d->ops->values_message, &value) < 0)
        return -1;
    rt_cont_lock(ts, &cs, &d->hdr);
    void *db = rt_dbm_opened(ts, self);
    int r = !db ? -1 : rt_is_null(v) ? d->ops->remove(ts, db, k, d->flags) : d->ops->store(ts, db, k, &value);
    rt_cont_unlock(ts, &cs);
    return r;
}

int rt_dbm_setitem(struct rt_thread *ts, rt_value self, rt_value key, rt_value v)
{
    struct rt_dbm_text k;
    if (rt_dbm_text(ts, key, rt_as_dbm(self)->ops->keys_message, &k) < 0)
        return -1;
    int r = change(ts, self, &k, v);
    if (r > 0) {
        rt_raise_key(ts, key);
        r = -1;
    }
    return r;
}

int rt_dbm_contains(struct rt_thread *ts, rt_value self, rt_value key)
{
    struct rt_dbm *d = rt_as_dbm(self);
    struct rt_dbm_text k;
    struct rt_cs cs;
    if (rt_dbm_text(ts, key, d->ops->contains_message, &k) < 0)
        return -1;
    rt_cont_lock(ts, &cs, &d->hdr);
    void *db = rt_dbm_opened(ts, self);
    int r = db ? d->ops->has(db, &k) : -1;
    rt_cont_unlock(ts, &cs);
    return r;
}

int64_t rt_dbm_len(struct rt_thread *ts, rt_value self)
{
    struct rt_cs cs;
    rt_cont_lock(ts, &cs, rt_ptr(self));
    void *db = rt_dbm_opened(ts, self);
    int64_t n = db ? rt_as_dbm(self)->ops->count(ts, db) : -1;
    rt_cont_unlock(ts, &cs);
    return n;
}

rt_value rt_dbm_keys(struct rt_thread *ts, rt_value self)
{
    struct rt_cs cs;
    rt_cont_lock(ts, &cs, rt_ptr(self));
    void *db = rt_dbm_opened(ts, self);
    rt_value keys = db ? rt_list_new(ts, 0) : RT_NULL;
    if (!rt_is_null(keys) && rt_as_dbm(self)->ops->keys(ts, db, keys) < 0)
        rt_clear(ts, &keys);
    rt_cont_unlock(ts, &cs);
    return keys;
}

rt_value rt_dbm_get(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    struct rt_dbm_text k;
    if (rt_args_count(ts, "get", n, 1, 2) < 0 || rt_dbm_text(ts, a[0], NULL, &k) < 0)
        return RT_NULL;
    rt_value r = fetch(ts, self, &k);
    return !rt_is_null(r) || rt_pending(ts) ? r : n > 1 ? rt_newref(ts, a[1]) : RT_NONE;
}

/* Fetch, else store and fetch as one step: another thread may have been faster. */
static rt_value fetch_or_store(struct rt_thread *ts, rt_value self, const struct rt_dbm_text *k, const struct rt_dbm_text *v,
                               rt_value deflt)
{
    const struct rt_dbm_ops *ops = rt_as_dbm(self)->ops;
    struct rt_cs cs;
    rt_cont_lock(ts, &cs, rt_ptr(self));
    void *db = rt_dbm_opened(ts, self);
    rt_value r = db ? ops->fetch(ts, db, k) : RT_NULL;
    if (rt_is_null(r) && !rt_pending(ts) && ops->store(ts, db, k, v) == 0)
        r = rt_newref(ts, deflt);
    rt_cont_unlock(ts, &cs);
    return r;
}

rt_value rt_dbm_setdefault(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    struct rt_dbm_text k, v;
    if (rt_args_count(ts, "setdefault", n, 1, 2) < 0)
        return RT_NULL;
    rt_value deflt = n > 1 ? rt_newref(ts, a[1]) : rt_bytes_empty(), r = RT_NULL;
    if (rt_dbm_text(ts, a[0], NULL, &k) == 0) {
        r = fetch(ts, self, &k);
        if (rt_is_null(r) && !rt_pending(ts) && rt_dbm_text(ts, deflt, rt_as_dbm(self)->ops->values_message, &v) == 0)
            r = fetch_or_store(ts, self, &k, &v, deflt);
    }
    rt_decref(ts, deflt);
    return r;
}

int rt_dbm_make_error(struct rt_thread *ts, rt_value module, const char *key)
{
    rt_value e = rt_module_add_exception(ts, module, "error", rt_type_value(&rt_exc_OSError));
    int r = rt_is_null(e) ? -1 : rt_interp_keep(ts, key, e);
    rt_decref(ts, e);
    return r;
}
struct rt_type *rt_dbm_error(struct rt_thread *ts, const char *key)
{
    rt_value e = rt_interp_kept(ts, key);
    struct rt_type *t = rt_is_null(e) ? &rt_exc_OSError : rt_as_type(e);
    rt_decref(ts, e); /* the interpreter keeps it */
    return t;
}

int rt_dbm_open_args(struct rt_thread *ts, const rt_value *a, uint32_t n, rt_value *name, rt_value *flags, int *mode)
{
    if (rt_args_count(ts, "open", n, 1, 3) < 0)
        return -1;
    if (n > 1 && !rt_is_str(a[1])) {
        rt_raise_arg_type(ts, "open", "argument 2", "str", a[1]);
        return -1;
    }
    *flags = n > 1 ? a[1] : RT_NULL;
    *mode = n > 2 ? rt_as_int(ts, a[2]) : 0666;
    if (rt_pending(ts))
        return -1;
    *name = rt_str_fsencode(ts, a[0]);
    if (rt_is_null(*name))
        return -1;
    if (strlen(rt_as_bytes(*name)->data) != rt_as_bytes(*name)->length) {
        rt_decref(ts, *name);
        rt_raise(ts, &rt_exc_ValueError, "embedded null byte");
        return -1;
    }
    return 0;
}
