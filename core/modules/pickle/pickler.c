/* SPDX-License-Identifier: MIT */
/*
 * _pickle.Pickler: the object, its output buffer with frames, and its memo.
 *
 * The memo maps objects (by identity) to indexes; it owns the objects, so that no address is used
 * twice. Frames: the first byte written while framing is on opens one (nine bytes are kept free for
 * its header); it is closed between opcodes when it has reached its size.
 */
#include <stdio.h>

#include "core/eval/frame.h"
#include "core/modules/pickle/pickle_internal.h"

enum { FRAME_TARGET = 64 * 1024, FRAME_MIN = 4, FRAME_HEADER = 9 };

/* ---- output ---- */
void rt_pickler_put_u32(uint8_t *p, uint32_t v) { memcpy(p, &v, 4); }

static int reserve(struct rt_thread *ts, struct rt_pickler *p, size_t n)
{
    if (p->n + n <= p->cap)
        return 0;
    size_t cap = (p->n + n) + (p->n + n) / 2 + 256;
    uint8_t *b = rt_raw_realloc(p->buf, cap);
    if (!b) {
        rt_raise_no_memory(ts);
        return -1;
    }
    p->buf = b;
    p->cap = cap;
    return 0;
}

RT_NOINLINE int rt_pickler_put_slow(struct rt_thread *ts, struct rt_pickler *p, const void *data, size_t n)
{
    bool open = p->framing && p->frame_start == SIZE_MAX;
    if (rt_unlikely(p->n + n + FRAME_HEADER > p->cap) && reserve(ts, p, n + FRAME_HEADER) < 0)
        return -1;
    if (open) {
        p->frame_start = p->n;
        p->n += FRAME_HEADER;
    }
    memcpy(p->buf + p->n, data, n);
    p->n += n;
    return 0;
}

int rt_pickler_commit_frame(struct rt_thread *ts, struct rt_pickler *p)
{
    if (!p->framing || p->frame_start == SIZE_MAX)
        return 0;
    uint64_t len = p->n - p->frame_start - FRAME_HEADER;
    uint8_t *f = p->buf + p->frame_start;
    if (len >= FRAME_MIN) {
        f[0] = P_FRAME;
        memcpy(f + 1, &len, 8);
    } else {
        memmove(f, f + FRAME_HEADER, len);
        p->n -= FRAME_HEADER;
    }
    p->frame_start = SIZE_MAX;
    return 0;
}

int rt_pickler_flush(struct rt_thread *ts, struct rt_pickler *p)
{
    rt_value data = rt_bytes_new(ts, p->buf, p->n), r;
    p->n = 0;
    p->frame_start = SIZE_MAX;
    if (rt_is_null(data))
        return -1;
    r = rt_call1(ts, p->write, data);
    rt_decref(ts, data);
    rt_decref(ts, r);
    return rt_is_null(r) ? -1 : 0;
}

int rt_pickler_put_large(struct rt_thread *ts, struct rt_pickler *p, const void *header, size_t hn,
                         const void *data, size_t n, rt_value payload)
{
    bool bypass = n >= FRAME_TARGET, framing = p->framing;
    int r = 0;
    if (bypass) {
        rt_pickler_commit_frame(ts, p);
        p->framing = false;
    }
    if (rt_pickler_put(ts, p, header, hn) < 0) {
        r = -1;
    } else if (bypass && !rt_is_null(p->write)) {
        rt_value made = RT_NULL, done;
        r = rt_pickler_flush(ts, p);
        if (r == 0 && rt_is_null(payload))
            payload = made = rt_bytes_new(ts, data, n);
        if (r == 0) {
            done = rt_is_null(payload) ? RT_NULL : rt_call1(ts, p->write, payload);
            r = rt_is_null(done) ? -1 : 0;
            rt_decref(ts, done);
        }
        rt_decref(ts, made);
    } else {
        r = rt_pickler_put(ts, p, data, n);
    }
    p->framing = framing;
    return r;
}

/* ---- memo ---- */
RT_INLINE uint64_t memo_bits(rt_value o) { return rt_is_ptr(o) ? o.bits & ~8ull : o.bits; }

RT_INLINE size_t memo_place(const struct rt_pickler *p, uint64_t bits)
{
    return (size_t)((bits >> 4) * 0x9e3779b97f4a7c15ull >> 20) & (p->memo_size - 1);
}

struct rt_pickler_entry *rt_pickler_memo_find(struct rt_pickler *p, rt_value o)
{
    if (p->memo_used == 0)
        return NULL;
    uint64_t bits = memo_bits(o);
    for (size_t i = memo_place(p, bits);; i = (i + 1) & (p->memo_size - 1)) {
        struct rt_pickler_entry *e = &p->memo[i];
        if (rt_is_null(e->key))
            return NULL;
        if (memo_bits(e->key) == bits)
            return e;
    }
}

static int memo_grow(struct rt_thread *ts, struct rt_pickler *p)
{
    size_t size = p->memo_size ? p->memo_size * 4 : 64, old = p->memo_size;
    struct rt_pickler_entry *memo = rt_raw_calloc(size, sizeof *memo), *from = p->memo;
    if (!memo) {
        rt_raise_no_memory(ts);
        return -1;
    }
    p->memo = memo;
    p->memo_size = size;
    for (size_t k = 0; k < old; k++) {
        if (rt_is_null(from[k].key))
            continue;
        size_t i = memo_place(p, memo_bits(from[k].key));
        while (!rt_is_null(memo[i].key))
            i = (i + 1) & (size - 1);
        memo[i] = from[k];
    }
    rt_raw_free(from);
    return 0;
}

int rt_pickler_memo_insert(struct rt_thread *ts, struct rt_pickler *p, rt_value o, size_t index)
{
    if (rt_unlikely(p->memo_used * 3 >= p->memo_size * 2) && memo_grow(ts, p) < 0)
        return -1;
    uint64_t bits = memo_bits(o);
    size_t i = memo_place(p, bits);
    while (!rt_is_null(p->memo[i].key)) {
        if (memo_bits(p->memo[i].key) == bits) {
            p->memo[i].index = index;
            return 0;
        }
        i = (i + 1) & (p->memo_size - 1);
    }
    p->memo[i] = (struct rt_pickler_entry){rt_newref(ts, o), index};
    p->memo_used++;
    return 0;
}

int rt_pickler_memo_put(struct rt_thread *ts, struct rt_pickler *p, rt_value o)
{
    if (rt_load_relaxed(&p->fast))
        return 0;
    size_t x = p->memo_next++;
    if (!rt_is_null(o) && rt_pickler_memo_insert(ts, p, o, x) < 0)
        return -1;
    uint8_t op[32] = {P_MEMOIZE};
    size_t n = 1;
    if (p->proto < 4) {
        if (!rt_load_relaxed(&p->bin)) {
            n = (size_t)snprintf((char *)op, sizeof op, "%c%zu\n", P_PUT, x);
        } else if (x < 256) {
            op[0] = P_BINPUT;
            op[1] = (uint8_t)x;
            n = 2;
        } else {
            op[0] = P_LONG_BINPUT;
            rt_pickler_put_u32(op + 1, (uint32_t)x);
            n = 5;
        }
    }
    return rt_pickler_put(ts, p, op, n);
}

int rt_pickler_memo_get(struct rt_thread *ts, struct rt_pickler *p, size_t x)
{
    uint8_t op[32];
    size_t n = 2;
    if (!rt_load_relaxed(&p->bin)) {
        n = (size_t)snprintf((char *)op, sizeof op, "%c%zu\n", P_GET, x);
    } else if (x < 256) {
        op[0] = P_BINGET;
        op[1] = (uint8_t)x;
    } else {
        op[0] = P_LONG_BINGET;
        rt_pickler_put_u32(op + 1, (uint32_t)x);
        n = 5;
    }
    return rt_pickler_put(ts, p, op, n);
}

void rt_pickler_memo_clear(struct rt_thread *ts, struct rt_pickler *p)
{
    struct rt_pickler_entry *memo = p->memo;
    size_t size = p->memo_size;
    p->memo = NULL;
    p->memo_size = p->memo_used = p->memo_next = 0;
    for (size_t i = 0; i < size; i++)
        rt_decref(ts, memo[i].key);
    rt_raw_free(memo);
}

/* ---- setting up ---- */
int rt_pickler_setup(struct rt_thread *ts, struct rt_pickler *p, rt_value protocol, rt_value fix_imports,
                     rt_value buffer_callback)
{
    int64_t proto = RT_PICKLE_DEFAULT;
    int fix = rt_is_null(fix_imports) ? 1 : rt_truth(ts, fix_imports);
    if (fix < 0)
        return -1;
    if (!rt_is_null(protocol) && !rt_is_none(protocol)) {
        proto = rt_as_i64(ts, protocol);
        if (proto == -1 && rt_pending(ts))
            return -1;
        if (proto < 0)
            proto = RT_PICKLE_HIGHEST;
    }
    if (proto > RT_PICKLE_HIGHEST) {
        rt_raise(ts, &rt_exc_ValueError, "pickle protocol must be <= %d", RT_PICKLE_HIGHEST);
        return -1;
    }
    p->proto = (int32_t)proto;
    rt_store_relaxed(&p->bin, proto > 0);
    p->fix_imports = fix && proto < 3;
    p->framing = false;
    p->frame_start = SIZE_MAX;
    if (!rt_is_null(buffer_callback) && !rt_is_none(buffer_callback)) {
        if (proto < 5) {
            rt_raise(ts, &rt_exc_ValueError, "buffer_callback needs protocol >= 5");
            return -1;
        }
        p->buffer_callback = rt_newref(ts, buffer_callback);
    }
    return 0;
}

int rt_pickler_set_file(struct rt_thread *ts, struct rt_pickler *p, rt_value file)
{
    p->write = rt_getattr_opt(ts, file, RT_ID(write));
    if (rt_is_null(p->write) && !rt_pending(ts))
        rt_raise(ts, &rt_exc_TypeError, "file must have a 'write' attribute");
    return rt_is_null(p->write) ? -1 : 0;
}

int rt_pickle_method_ref(struct rt_thread *ts, rt_value self, const char *name, rt_value *func, bool *unbound)
{
    rt_value f = rt_getattr_opt_cstr(ts, self, name), old = *func;
    if (rt_is_null(f) && rt_pending(ts))
        return -1;
    *func = f;
    *unbound = false;
    if (rt_is_exact(f, &rt_method_type) && rt_is(((struct rt_method *)rt_ptr(f))->self, self)) {
        *func = rt_newref(ts, ((struct rt_method *)rt_ptr(f))->func); /* a bound one would be a cycle */
        *unbound = true;
        rt_decref(ts, f);
    }
    rt_decref(ts, old);
    return 0;
}

rt_value rt_pickle_get_hook(struct rt_thread *ts, rt_value self, struct rt_pickle_user *user, const char *type,
                            const char *name, const rt_value *func, const bool *unbound)
{
    if (rt_pickle_enter(ts, user, type) < 0)
        return RT_NULL;
    rt_value f = rt_newref(ts, *func), r = f;
    bool bind = *unbound;
    rt_pickle_leave(user);
    if (rt_is_null(f))
        return rt_raise(ts, &rt_exc_AttributeError, "%s", name);
    if (bind) {
        r = rt_method_new(ts, f, self);
        rt_decref(ts, f);
    }
    return r;
}

int rt_pickle_set_hook(struct rt_thread *ts, rt_value v, struct rt_pickle_user *user, const char *type,
                       const char *name, rt_value *func, bool *unbound)
{
    if (rt_is_null(v)) {
        rt_raise(ts, &rt_exc_TypeError, "attribute deletion is not supported");
        return -1;
    }
    if (!rt_is_callable(v)) {
        rt_raise(ts, &rt_exc_TypeError, "%s must be a callable taking one argument", name);
        return -1;
    }
    if (rt_pickle_enter(ts, user, type) < 0)
        return -1;
    rt_value old = *func;
    *func = rt_newref(ts, v);
    *unbound = false;
    rt_pickle_leave(user);
    rt_decref(ts, old);
    return 0;
}

static void pickler_clear(struct rt_thread *ts, struct rt_object *o)
{
    struct rt_pickler *p = (struct rt_pickler *)o;
    rt_slot_set(ts, &p->dispatch_table, RT_NULL);
    rt_clear(ts, &p->write);
    rt_clear(ts, &p->pers_func);
    rt_clear(ts, &p->reducer);
    rt_clear(ts, &p->buffer_callback);
    rt_clear(ts, &p->fast_memo);
    rt_pickler_memo_clear(ts, p);
    rt_raw_free(p->buf);
    p->buf = NULL;
    p->n = p->cap = 0;
}

static int pickler_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    struct rt_pickler *p = (struct rt_pickler *)o;
    int r;
    RT_VISIT_SLOT(&p->dispatch_table);
    rt_value v[] = {p->write, p->pers_func, p->reducer, p->buffer_callback, p->fast_memo};
    for (size_t i = 0; i < RT_COUNTOF(v); i++)
        if (rt_is_ptr(v[i]) && (r = visit(v[i], arg)))
            return r;
    for (size_t i = 0; i < p->memo_size; i++)
        if (rt_is_ptr(p->memo[i].key) && (r = visit(p->memo[i].key, arg)))
            return r;
    return 0;
}

static rt_value pickler_new(struct rt_thread *ts, struct rt_type *t, const rt_value *a, uint32_t n, rt_value kw)
{
    return rt_type_alloc(ts, t);
}

static int pickler_init(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"file", "protocol", "fix_imports", "buffer_callback", NULL};
    static const struct rt_argspec spec = {"Pickler", names, 0, 1, 4, 4};
    struct rt_pickler *p = rt_as_pickler(self);
    rt_value v[4], table;
    if (rt_args(ts, &spec, a, n, kw, v) < 0 || rt_pickle_enter(ts, &p->user, "Pickler") < 0)
        return -1;
    int r = -1;
    if (!rt_is_null(p->write)) /* a second __init__ */
        pickler_clear(ts, rt_ptr(self));
    if (rt_pickler_setup(ts, p, v[1], v[2], v[3]) < 0 || rt_pickler_set_file(ts, p, v[0]) < 0)
        goto out;
    rt_store_relaxed(&p->fast, 0);
    p->fast_depth = 0;
    rt_pickler_memo_clear(ts, p);
    if (rt_pickle_method_ref(ts, self, "persistent_id", &p->pers_func, &p->pers_unbound) < 0)
        goto out;
    table = rt_getattr_opt_cstr(ts, self, "dispatch_table");
    if (rt_is_null(table) && rt_pending(ts))
        goto out;
    rt_slot_set(ts, &p->dispatch_table, table);
    r = 0;
out:
    rt_pickle_leave(&p->user);
    return r;
}

/* ---- methods ---- */
static rt_value pickler_dump(struct rt_thread *ts, rt_value self, rt_value obj)
{
    struct rt_pickler *p = rt_as_pickler(self);
    if (rt_pickle_enter(ts, &p->user, "Pickler") < 0)
        return RT_NULL;
    if (rt_is_null(p->write)) {
        rt_pickle_leave(&p->user);
        return RT_PICKLE_ERROR(ts, PicklingError, "Pickler.__init__() was not called by %s.__init__()",
                               rt_typename(self));
    }
    p->n = 0;
    p->frame_start = SIZE_MAX;
    int r = rt_pickler_dump(ts, self, obj);
    if (r == 0)
        r = rt_pickler_flush(ts, p);
    rt_pickle_leave(&p->user);
    return r < 0 ? RT_NULL : RT_NONE;
}

rt_value rt_pickler_clear_memo(struct rt_thread *ts, rt_value self)
{
    struct rt_pickler *p = rt_as_pickler(self);
    if (rt_pickle_enter(ts, &p->user, "Pickler") < 0)
        return RT_NULL;
    rt_pickler_memo_clear(ts, p);
    rt_pickle_leave(&p->user);
    return RT_NONE;
}

static rt_value pickler_sizeof(struct rt_thread *ts, rt_value self)
{
    struct rt_pickler *p = rt_as_pickler(self);
    if (rt_pickle_enter(ts, &p->user, "Pickler") < 0)
        return RT_NULL;
    size_t n = rt_object_size(rt_ptr(self)) + p->cap + p->memo_size * sizeof(struct rt_pickler_entry);
    rt_pickle_leave(&p->user);
    return rt_int_imm((int64_t)n);
}

/* {id(obj): (index, obj)} */
rt_value rt_pickler_memo_dict(struct rt_thread *ts, struct rt_pickler *p)
{
    if (rt_pickle_enter(ts, &p->user, "Pickler") < 0)
        return RT_NULL;
    rt_value d = rt_dict_new(ts);
    for (size_t i = 0; i < p->memo_size && !rt_is_null(d); i++) {
        struct rt_pickler_entry *e = &p->memo[i];
        if (rt_is_null(e->key))
            continue;
        rt_value key = rt_id(ts, e->key), pair = RT_NULL;
        if (!rt_is_null(key))
            pair = rt_tuple_pack(ts, 2, rt_int_imm((int64_t)e->index), e->key);
        if (rt_is_null(pair) || rt_dict_set(ts, d, key, pair) < 0)
            rt_clear(ts, &d);
        rt_decref(ts, pair);
        rt_decref(ts, key);
    }
    rt_pickle_leave(&p->user);
    return d;
}

static rt_value pickler_get_memo(struct rt_thread *ts, rt_value self, void *closure)
{
    return rt_pickle_memo_proxy(ts, &rt_pickler_memo_type, self);
}

static int memo_from_dict(struct rt_thread *ts, struct rt_pickler *p, rt_value d)
{
    size_t pos = 0;
    rt_value k, v;
    while (rt_dict_next(ts, d, &pos, &k, &v)) {
        int r = -1;
        rt_decref(ts, k);
        if (!rt_is_ptr(v) || !rt_is_tuple(v) || rt_as_tuple(v)->length != 2) {
            rt_raise(ts, &rt_exc_TypeError, "'memo' values must be 2-item tuples");
        } else {
            int64_t x = rt_as_index(ts, rt_as_tuple(v)->items[0], &rt_exc_OverflowError);
            if (x != -1 || !rt_pending(ts))
                r = rt_pickler_memo_insert(ts, p, rt_as_tuple(v)->items[1], (size_t)x);
            if (r == 0 && (size_t)x >= p->memo_next)
                p->memo_next = (size_t)x + 1;
        }
        rt_decref(ts, v);
        if (r < 0)
            return -1;
    }
    return 0;
}

static int pickler_set_memo(struct rt_thread *ts, rt_value self, rt_value v, void *closure)
{
    struct rt_pickler *p = rt_as_pickler(self);
    rt_value d = rt_pickle_memo_given(ts, v, &rt_pickler_memo_type, "'memo' attribute must be a PicklerMemoProxy object or dict, not %.200s");
    if (rt_is_null(d))
        return -1;
    int r = rt_pickle_enter(ts, &p->user, "Pickler");
    if (r == 0) {
        rt_pickler_memo_clear(ts, p);
        r = memo_from_dict(ts, p, d);
        if (r < 0)
            rt_pickler_memo_clear(ts, p);
        rt_pickle_leave(&p->user);
    }
    rt_decref(ts, d);
    return r;
}

static rt_value get_pers(struct rt_thread *ts, rt_value self, void *closure)
{
    struct rt_pickler *p = rt_as_pickler(self);
    return rt_pickle_get_hook(ts, self, &p->user, "Pickler", "persistent_id", &p->pers_func, &p->pers_unbound);
}

static int set_pers(struct rt_thread *ts, rt_value self, rt_value v, void *closure)
{
    struct rt_pickler *p = rt_as_pickler(self);
    return rt_pickle_set_hook(ts, v, &p->user, "Pickler", "persistent_id", &p->pers_func, &p->pers_unbound);
}

static const struct rt_method_def pickler_methods[] = {
    {"dump", pickler_dump, RT_METH_O,
     "dump($self, obj, /)\n--\n\nWrite a pickled representation of the given object to the open file."},
    {"clear_memo", rt_pickler_clear_memo, RT_METH_NOARGS,
     "clear_memo($self, /)\n--\n\n"
     "Forget the objects seen so far, so that the next dump writes them again."},
    {"__sizeof__", pickler_sizeof, RT_METH_NOARGS,
     "__sizeof__($self, /)\n--\n\nReturns size in memory, in bytes."},
    {0},
};
static const struct rt_member_def pickler_members[] = {
    {"bin", RT_MEMBER_INT, offsetof(struct rt_pickler, bin), false, NULL},
    {"fast", RT_MEMBER_INT, offsetof(struct rt_pickler, fast), false, NULL},
    {"dispatch_table", RT_MEMBER_OBJECT_EX, offsetof(struct rt_pickler, dispatch_table), false, NULL},
    {0},
};
static const struct rt_getset_def pickler_getset[] = {
    {"memo", pickler_get_memo, pickler_set_memo, NULL},
    {"persistent_id", get_pers, set_pers, NULL},
    {0},
};

struct rt_type rt_pickler_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "_pickle.Pickler",
    .doc = "Pickler(file, protocol=None, fix_imports=True, buffer_callback=None)\n--\n\n"
           "This takes a binary file for writing a pickle data stream.\n\n"
           "protocol: 0 to 5, negative for the highest one; the default is 4. file: anything with a\n"
           "write() method that takes bytes. fix_imports: with protocols below 3, write the names of\n"
           "modules as Python 2 knew them. buffer_callback: called with every buffer that can go out\n"
           "of band (protocol 5); a true result keeps it in the stream.",
    .flags = RT_TF_GC | RT_TF_BASETYPE,
    .basic_size = sizeof(struct rt_pickler),
    .dealloc = pickler_clear,
    .traverse = pickler_traverse,
    .clear = pickler_clear,
    .new = pickler_new,
    .init = pickler_init,
    .methods = pickler_methods,
    .members = pickler_members,
    .getset = pickler_getset,
};
