/* SPDX-License-Identifier: MIT */
/*
 * Channels between interpreters: FIFO queues of copied values. An interpreter is associated with an end
 * when it first uses it, and may release or close its ends. One process-wide table under one lock
 * (leaf; nothing blocks or runs Python under it).
 */
#include <stdlib.h>

#include "core/modules/interp/interp_module.h"

struct item {
    struct item *next;
    struct rt_cross value;
};
struct end {
    struct end *next;
    int64_t interp;
    bool open;
};
struct channel {
    struct channel *next;
    int64_t id;
    bool open, closing; /* closing: no more sending, until it is empty */
    struct item *first, **last;
    size_t n, names; /* names: ChannelIDs, in all interpreters; the channel goes with the last */
    struct end *send, *recv;
};
static struct channel *channels;
static int64_t next_id;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

enum error { OK, NOT_FOUND, CLOSED, INTERP_CLOSED, EMPTY, NOT_EMPTY, CLOSED_EMPTY };

static rt_value fail(struct rt_thread *ts, enum error e, int64_t id)
{
    long long n = id;
    switch (e) {
    case NOT_FOUND: return rt_interp_raise(ts, "ChannelNotFoundError", "channel %lld not found", n);
    case CLOSED: return rt_interp_raise(ts, "ChannelClosedError", "channel %lld is closed", n);
    case INTERP_CLOSED: return rt_interp_raise(ts, "ChannelClosedError", "channel %lld is already closed", n);
    case EMPTY: return rt_interp_raise(ts, "ChannelEmptyError", "channel %lld is empty", n);
    case NOT_EMPTY:
        return rt_interp_raise(ts, "ChannelNotEmptyError", "channel %lld may not be closed if not empty (try force=True)", n);
    case CLOSED_EMPTY: return rt_interp_raise(ts, "ChannelClosedError", "channel %lld is empty", n);
    default: return RT_NONE;
    }
}

static struct channel *find(int64_t id)
{
    struct channel *c = channels;
    while (c && c->id != id)
        c = c->next;
    return c;
}

static void drop_items(struct channel *c)
{
    while (c->first) {
        struct item *i = c->first;
        c->first = i->next;
        rt_cross_free(&i->value);
        free(i);
    }
    c->last = &c->first;
    c->n = 0;
}

/* lock held: takes it out of the list. */
static struct channel *unlink_channel(int64_t id)
{
    struct channel **p = &channels, *c;
    while ((c = *p) && c->id != id)
        p = &c->next;
    if (c) {
        *p = c->next;
        drop_items(c);
    }
    return c;
}
/* What is left of it; NULL is nothing. */
static void free_channel(struct channel *c)
{
    struct end *lists[2] = {c ? c->send : NULL, c ? c->recv : NULL};
    for (int i = 0; i < 2; i++)
        for (struct end *e = lists[i], *next; e; e = next) {
            next = e->next;
            free(e);
        }
    free(c);
}

/* This interpreter's end of the list, made if absent; NULL without memory. */
static struct end *my_end(struct end **list, int64_t interp)
{
    for (struct end *e = *list; e; e = e->next)
        if (e->interp == interp)
            return e;
    struct end *e = malloc(sizeof *e);
    if (!e)
        return NULL;
    *e = (struct end){*list, interp, true};
    return *list = e;
}

/* ---- ChannelID and InterpreterID ---- */

struct id_object {
    struct rt_object hdr;
    int64_t id;
    uint8_t ends;
    bool counted; /* names a channel that there was */
};
static struct id_object *as_id(rt_value v) { return (struct id_object *)rt_ptr(v); }

static rt_value id_new(struct rt_thread *ts, struct rt_type *t, int64_t id, uint8_t ends)
{
    rt_value v = rt_type_alloc(ts, t);
    if (rt_is_null(v))
        return v;
    struct id_object *o = as_id(v);
    o->id = id;
    o->ends = ends;
    if (rt_type_is_subtype(t, &rt_channel_id_type)) {
        pthread_mutex_lock(&lock);
        struct channel *c = find(id);
        if (c) {
            c->names++;
            o->counted = true;
        }
        pthread_mutex_unlock(&lock);
    }
    return v;
}
static void channel_id_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    struct id_object *i = (struct id_object *)o;
    if (!i->counted)
        return;
    i->counted = false;
    pthread_mutex_lock(&lock);
    struct channel *c = find(i->id);
    if (c && --c->names == 0)
        unlink_channel(i->id);
    else
        c = NULL;
    pthread_mutex_unlock(&lock);
    free_channel(c);
}
rt_value rt_channel_id_new(struct rt_thread *ts, int64_t id, uint8_t ends) { return id_new(ts, &rt_channel_id_type, id, ends); }
rt_value rt_interp_id_new(struct rt_thread *ts, int64_t id) { return id_new(ts, &rt_interp_id_type, id, RT_CHAN_BOTH); }

bool rt_is_channel_id(rt_value v, int64_t *id, uint8_t *ends)
{
    if (!rt_is_exact(v, &rt_channel_id_type))
        return false;
    *id = as_id(v)->id;
    *ends = as_id(v)->ends;
    return true;
}

static rt_value channel_id_repr(struct rt_thread *ts, rt_value self)
{
    struct id_object *o = as_id(self);
    const char *which = o->ends == RT_CHAN_SEND ? ", send=True" : o->ends == RT_CHAN_RECV ? ", recv=True" : "";
    return rt_str_format(ts, "%s(%lld%s)", "ChannelID", (long long)o->id, which);
}
static rt_value interp_id_repr(struct rt_thread *ts, rt_value self)
{
    return rt_str_format(ts, "InterpreterID(%lld)", (long long)as_id(self)->id);
}
static rt_value id_str(struct rt_thread *ts, rt_value self) { return rt_str_format(ts, "%lld", (long long)as_id(self)->id); }
static rt_value id_index(struct rt_thread *ts, rt_value self) { return rt_int_from_i64(ts, as_id(self)->id); }
static int64_t id_hash(struct rt_thread *ts, rt_value self)
{
    rt_value v = rt_int_from_i64(ts, as_id(self)->id);
    return rt_hash(ts, v);
}
static rt_value id_compare(struct rt_thread *ts, rt_value a, rt_value b, enum rt_cmp op)
{
    if ((op != RT_EQ && op != RT_NE) || !rt_is_ptr(a) || rt_type_of(a)->richcompare != id_compare)
        return RT_NOTIMPL;
    bool equal;
    if (rt_is_ptr(b) && rt_type_of(b) == rt_type_of(a)) {
        equal = as_id(a)->id == as_id(b)->id && as_id(a)->ends == as_id(b)->ends;
    } else if (rt_is_any_int(b)) {
        int64_t n;
        equal = rt_int_try_i64(b, &n) && n >= 0 && n == as_id(a)->id;
    } else if (rt_is_float(b)) {
        equal = rt_float_value(b) == (double)as_id(a)->id;
    } else {
        return RT_NOTIMPL;
    }
    return rt_bool(equal == (op == RT_EQ));
}

/* An int-like argument that names a channel. */
static bool channel_arg(struct rt_thread *ts, rt_value v, int64_t *id)
{
    uint8_t ends;
    if (rt_is_channel_id(v, id, &ends))
        return true;
    if (!rt_index_check(v)) {
        rt_raise(ts, &rt_exc_TypeError, "channel ID must be an int, got %.100s", rt_typename(v));
        return false;
    }
    rt_value i = rt_index(ts, v);
    if (rt_is_null(i))
        return false;
    int ok = rt_int_try_i64(i, id);
    bool negative = rt_int_sign(i) < 0;
    rt_decref(ts, i);
    if (negative)
        rt_raise(ts, &rt_exc_ValueError, "channel ID must be a non-negative int, got %R", v);
    else if (!ok)
        rt_raise(ts, &rt_exc_OverflowError, "max channel ID exceeded");
    return ok && !negative;
}

static rt_value channel_id_make(struct rt_thread *ts, struct rt_type *type, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"id", "send", "recv", "force", "_resolve", NULL};
    static const struct rt_argspec spec = {"ChannelID.__new__", names, 0, 1, 1, 5};
    rt_value a[5] = {RT_NULL, RT_NULL, RT_NULL, RT_NULL, RT_NULL};
    int64_t id;
    if (rt_args(ts, &spec, args, n, kw, a) < 0 || !channel_arg(ts, a[0], &id))
        return RT_NULL;
    int flag[3];
    for (int i = 0; i < 3; i++)
        if ((flag[i] = rt_is_null(a[i + 1]) ? -2 : rt_truth(ts, a[i + 1])) == -1)
            return RT_NULL;
    if (flag[0] == 0 && flag[1] == 0)
        return rt_raise(ts, &rt_exc_ValueError, "'send' and 'recv' cannot both be False");
    uint8_t ends = RT_CHAN_BOTH;
    if (flag[0] == 1 && flag[1] != 1)
        ends = RT_CHAN_SEND;
    else if (flag[1] == 1 && flag[0] != 1)
        ends = RT_CHAN_RECV;
    if (flag[2] != 1) {
        pthread_mutex_lock(&lock);
        bool known = find(id) != NULL;
        pthread_mutex_unlock(&lock);
        if (!known)
            return fail(ts, NOT_FOUND, id);
    }
    return id_new(ts, type, id, ends);
}
static rt_value channel_id_end(struct rt_thread *ts, rt_value self, void *closure)
{
    static const char *const names[] = {"", "send", "recv", "both"};
    return rt_str_intern_cstr(ts, names[as_id(self)->ends]);
}
static rt_value channel_id_one_end(struct rt_thread *ts, rt_value self, void *closure)
{
    return rt_channel_id_new(ts, as_id(self)->id, (uint8_t)(uintptr_t)closure);
}
static const struct rt_getset_def channel_id_getset[] = {
    {"end", channel_id_end, NULL, "'send', 'recv', or 'both'"},
    {"send", channel_id_one_end, NULL, "the 'send' end of the channel", (void *)RT_CHAN_SEND},
    {"recv", channel_id_one_end, NULL, "the 'recv' end of the channel", (void *)RT_CHAN_RECV},
    {0},
};

struct rt_type rt_channel_id_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "_xxsubinterpreters.ChannelID",
    .doc = "A channel ID identifies a channel and may be used as an int.",
    .flags = RT_TF_BASETYPE,
    .basic_size = sizeof(struct id_object),
    .dealloc = channel_id_dealloc,
    .repr = channel_id_repr,
    .str = id_str,
    .hash = id_hash,
    .richcompare = id_compare,
    .index = id_index,
    .to_int = id_index,
    .new = channel_id_make,
    .getset = channel_id_getset,
};

static rt_value interp_id_make(struct rt_thread *ts, struct rt_type *type, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"id", "force", NULL};
    static const struct rt_argspec spec = {"InterpreterID.__new__", names, 0, 1, 1, 2};
    rt_value a[2] = {RT_NULL, RT_NULL};
    if (rt_args(ts, &spec, args, n, kw, a) < 0)
        return RT_NULL;
    if (!rt_index_check(a[0]))
        return rt_raise(ts, &rt_exc_TypeError, "interpreter ID must be an int, got %.100s", rt_typename(a[0]));
    rt_value i = rt_index(ts, a[0]);
    int64_t id;
    if (rt_is_null(i))
        return i;
    int fits = rt_int_try_i64(i, &id);
    bool negative = rt_int_sign(i) < 0;
    rt_decref(ts, i);
    if (negative)
        return rt_raise(ts, &rt_exc_ValueError, "interpreter ID must be a non-negative int, got %R", a[0]);
    if (!fits)
        return rt_raise(ts, &rt_exc_OverflowError, "max interpreter ID exceeded");
    int force = rt_is_null(a[1]) ? 0 : rt_truth(ts, a[1]);
    if (force < 0)
        return RT_NULL;
    if (!force && (id > UINT32_MAX || !rt_interp_find((uint32_t)id)))
        return rt_raise(ts, &rt_exc_RuntimeError, "unrecognized interpreter ID %lld", (long long)id);
    return id_new(ts, type, id, RT_CHAN_BOTH);
}
struct rt_type rt_interp_id_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "_xxsubinterpreters.InterpreterID",
    .doc = "A interpreter ID identifies a interpreter and may be used as an int.",
    .flags = RT_TF_BASETYPE,
    .basic_size = sizeof(struct id_object),
    .repr = interp_id_repr,
    .str = id_str,
    .hash = id_hash,
    .richcompare = id_compare,
    .index = id_index,
    .to_int = id_index,
    .new = interp_id_make,
};

/* ---- operations ---- */

static rt_value chan_create(struct rt_thread *ts, rt_value self)
{
    struct channel *c = calloc(1, sizeof *c);
    if (!c)
        return rt_raise_no_memory(ts);
    c->open = true;
    c->last = &c->first;
    pthread_mutex_lock(&lock);
    c->id = next_id++;
    struct channel **p = &channels;
    while (*p)
        p = &(*p)->next;
    *p = c;
    int64_t id = c->id;
    pthread_mutex_unlock(&lock);
    return rt_channel_id_new(ts, id, RT_CHAN_BOTH);
}

static rt_value one_channel(struct rt_thread *ts, const char *fname, const rt_value *args, uint32_t n, rt_value kw, int64_t *id)
{
    const char *const names[] = {"cid", NULL};
    struct rt_argspec spec = {fname, names, 0, 1, 1, 1};
    rt_value a[1] = {RT_NULL};
    return rt_args(ts, &spec, args, n, kw, a) < 0 || !channel_arg(ts, a[0], id) ? RT_NULL : RT_NONE;
}

static rt_value chan_destroy(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    int64_t id;
    if (rt_is_null(one_channel(ts, "channel_destroy", args, n, kw, &id)))
        return RT_NULL;
    pthread_mutex_lock(&lock);
    struct channel *c = unlink_channel(id);
    pthread_mutex_unlock(&lock);
    if (!c)
        return fail(ts, NOT_FOUND, id);
    free_channel(c);
    return RT_NONE;
}

static rt_value chan_list_all(struct rt_thread *ts, rt_value self)
{
    rt_value l = rt_list_new(ts, 0);
    for (int64_t at = 0; !rt_is_null(l);) {
        pthread_mutex_lock(&lock);
        struct channel *c = channels;
        while (c && c->id < at)
            c = c->next;
        int64_t id = c ? c->id : -1;
        pthread_mutex_unlock(&lock);
        if (id < 0)
            break;
        at = id + 1;
        if (rt_list_append_steal(ts, l, rt_channel_id_new(ts, id, RT_CHAN_BOTH)) < 0)
            rt_clear(ts, &l);
    }
    return l;
}

static rt_value chan_list_interpreters(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"cid", "send", NULL};
    static const struct rt_argspec spec = {"channel_list_interpreters", names, 0, 2, 1, 2};
    rt_value a[2] = {RT_NULL, RT_NULL};
    int64_t id, ids[256];
    if (rt_args(ts, &spec, args, n, kw, a) < 0 || !channel_arg(ts, a[0], &id))
        return RT_NULL;
    int send = rt_truth(ts, a[1]);
    if (send < 0)
        return RT_NULL;
    size_t count = 0;
    pthread_mutex_lock(&lock);
    struct channel *c = find(id);
    bool ok = c && c->open && !(send && c->closing);
    for (struct end *e = ok ? (send ? c->send : c->recv) : NULL; e && count < 256; e = e->next)
        if (e->open)
            ids[count++] = e->interp;
    pthread_mutex_unlock(&lock);
    if (!ok)
        return fail(ts, c ? CLOSED : NOT_FOUND, id);
    rt_value l = rt_list_new(ts, count);
    while (!rt_is_null(l) && count-- > 0)
        if (rt_list_append_steal(ts, l, rt_interp_id_new(ts, ids[count])) < 0)
            rt_clear(ts, &l);
    return l;
}

static enum error send_locked(struct channel *c, int64_t interp, struct item *i)
{
    if (!c)
        return NOT_FOUND;
    if (!c->open || c->closing)
        return CLOSED;
    struct end *e = my_end(&c->send, interp);
    if (e && !e->open)
        return INTERP_CLOSED;
    i->next = NULL;
    *c->last = i;
    c->last = &i->next;
    c->n++;
    return OK;
}

static rt_value chan_send(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"cid", "obj", NULL};
    static const struct rt_argspec spec = {"channel_send", names, 0, 2, 2, 2};
    rt_value a[2] = {RT_NULL, RT_NULL};
    int64_t id;
    if (rt_args(ts, &spec, args, n, kw, a) < 0 || !channel_arg(ts, a[0], &id))
        return RT_NULL;
    struct item *i = calloc(1, sizeof *i);
    if (!i)
        return rt_raise_no_memory(ts);
    if (rt_cross_pack(ts, a[1], &i->value) < 0) {
        free(i);
        return RT_NULL;
    }
    pthread_mutex_lock(&lock);
    enum error e = send_locked(find(id), ts->interp->id, i);
    pthread_mutex_unlock(&lock);
    if (e) {
        rt_cross_free(&i->value);
        free(i);
    }
    return fail(ts, e, id);
}

static enum error recv_locked(struct channel *c, int64_t interp, struct item **out)
{
    *out = NULL;
    if (!c)
        return NOT_FOUND;
    if (!c->open)
        return CLOSED;
    struct end *e = my_end(&c->recv, interp);
    if (e && !e->open)
        return INTERP_CLOSED;
    struct item *i = c->first;
    if (!i) {
        if (!c->closing)
            return EMPTY;
        c->open = false;
        return CLOSED_EMPTY;
    }
    if (!(c->first = i->next))
        c->last = &c->first;
    if (--c->n == 0 && c->closing)
        c->open = false;
    *out = i;
    return OK;
}

static rt_value chan_recv(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"cid", "default", NULL};
    static const struct rt_argspec spec = {"channel_recv", names, 0, 1, 2, 2};
    rt_value a[2] = {RT_NULL, RT_NULL};
    int64_t id;
    struct item *i;
    if (rt_args(ts, &spec, args, n, kw, a) < 0 || !channel_arg(ts, a[0], &id))
        return RT_NULL;
    pthread_mutex_lock(&lock);
    enum error e = recv_locked(find(id), ts->interp->id, &i);
    pthread_mutex_unlock(&lock);
    if (e == EMPTY && !rt_is_null(a[1]))
        return rt_newref(ts, a[1]);
    if (e)
        return fail(ts, e, id);
    rt_value v = rt_cross_unpack(ts, &i->value);
    rt_cross_free(&i->value);
    free(i);
    return v;
}

static bool parse_ends(struct rt_thread *ts, const char *fname, const rt_value *args, uint32_t n, rt_value kw,
                       int64_t *id, bool *send, bool *recv, bool *force)
{
    static const char *const names[] = {"cid", "send", "recv", "force", NULL};
    struct rt_argspec spec = {fname, names, 0, 1, 1, 4};
    rt_value a[4] = {RT_NULL, RT_NULL, RT_NULL, RT_NULL};
    bool *out[3] = {send, recv, force};
    if (rt_args(ts, &spec, args, n, kw, a) < 0 || !channel_arg(ts, a[0], id))
        return false;
    for (int i = 0; i < 3; i++) {
        int t = rt_is_null(a[i + 1]) ? 0 : rt_truth(ts, a[i + 1]);
        if (t < 0)
            return false;
        *out[i] = t;
    }
    return true;
}

static enum error close_locked(struct channel *c, bool send, bool recv, bool force)
{
    if (!c)
        return NOT_FOUND;
    if (!c->open || (c->closing && !recv && !force))
        return CLOSED;
    if (!force && c->n > 0 && (recv || !send))
        return NOT_EMPTY;
    if (c->n > 0 && send && !recv && !force) {
        c->closing = true;
        return OK;
    }
    if (force || c->n == 0) {
        c->open = false;
        drop_items(c);
    }
    return OK;
}

static rt_value chan_close(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    int64_t id;
    bool send, recv, force;
    if (!parse_ends(ts, "channel_close", args, n, kw, &id, &send, &recv, &force))
        return RT_NULL;
    pthread_mutex_lock(&lock);
    enum error e = close_locked(find(id), send, recv, force);
    pthread_mutex_unlock(&lock);
    return fail(ts, e, id);
}

static bool none_open(struct end *e)
{
    for (; e; e = e->next)
        if (e->open)
            return false;
    return true;
}

static void release_end(struct end **list, int64_t interp)
{
    struct end *e = my_end(list, interp);
    if (e)
        e->open = false;
}

static enum error release_locked(struct channel *c, int64_t interp, bool send, bool recv)
{
    if (!c)
        return NOT_FOUND;
    if (!c->open)
        return CLOSED;
    if (send || !recv)
        release_end(&c->send, interp);
    if (recv || !send)
        release_end(&c->recv, interp);
    if (none_open(c->send) && none_open(c->recv))
        c->open = false;
    return OK;
}

static rt_value chan_release(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    int64_t id;
    bool send, recv, force;
    if (!parse_ends(ts, "channel_release", args, n, kw, &id, &send, &recv, &force))
        return RT_NULL;
    pthread_mutex_lock(&lock);
    enum error e = release_locked(find(id), ts->interp->id, send, recv);
    pthread_mutex_unlock(&lock);
    return fail(ts, e, id);
}

void rt_channels_interp_gone(int64_t interp)
{
    pthread_mutex_lock(&lock);
    for (struct channel *c = channels; c; c = c->next) {
        bool used = false;
        for (struct end *e = c->send; e; e = e->next)
            if (e->interp == interp)
                used = true, e->open = false;
        for (struct end *e = c->recv; e; e = e->next)
            if (e->interp == interp)
                used = true, e->open = false;
        if (used && c->open && none_open(c->send) && none_open(c->recv))
            c->open = false;
    }
    pthread_mutex_unlock(&lock);
}

static rt_value chan_id(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    return channel_id_make(ts, &rt_channel_id_type, args, n, kw);
}

const struct rt_method_def rt_channel_methods[] = {
    {"channel_create", chan_create, RT_METH_NOARGS, "channel_create() -> cid\n\nCreate a new cross-interpreter channel and return a unique generated ID."},
    {"channel_destroy", chan_destroy, RT_METH_KW, "channel_destroy(cid)\n\nClose and finalize the channel.  Afterward attempts to use the channel\nwill behave as though it never existed."},
    {"channel_list_all", chan_list_all, RT_METH_NOARGS, "channel_list_all() -> [cid]\n\nReturn the list of all IDs for active channels."},
    {"channel_list_interpreters", chan_list_interpreters, RT_METH_KW, "channel_list_interpreters(cid, *, send) -> [id]\n\nReturn the list of all interpreter IDs associated with an end of the channel."},
    {"channel_send", chan_send, RT_METH_KW, "channel_send(cid, obj)\n\nAdd the object's data to the channel's queue."},
    {"channel_recv", chan_recv, RT_METH_KW, "channel_recv(cid, [default]) -> obj\n\nReturn a new object from the data at the front of the channel's queue."},
    {"channel_close", chan_close, RT_METH_KW, "channel_close(cid, *, send=None, recv=None, force=False)\n\nClose the channel for all interpreters."},
    {"channel_release", chan_release, RT_METH_KW, "channel_release(cid, *, send=None, recv=None, force=True)\n\nClose the channel for the current interpreter."},
    {"_channel_id", chan_id, RT_METH_KW, NULL},
    {0},
};
