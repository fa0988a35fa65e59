/* SPDX-License-Identifier: MIT */
/*
 * _struct: values to and from packed bytes.
 *
 * A format is compiled once into a plan: one step per run of equal items. A Struct points at its plan;
 * __init__ called again publishes a new one and keeps the old ones to the end of the object's life,
 * because a thread may be half-way through one of them. The functions of the module keep a dict of
 * compiled Structs, cleared when it has grown to CACHE_MAX entries. Bytes are built in a fresh object
 * or under the exporter's lock on its buffer (bytearray cannot resize while exported).
 */
#include "core/base/half.h"
#include "core/modules/modules.h"
#include "core/types/exceptions/exceptions.h"

enum { CACHE_MAX = 100 };

struct step {
    int64_t offset, size, repeat; /* s, p: repeat is 1 and size the length */
    char code;
};
struct plan {
    struct plan *prev;
    int64_t size, items; /* bytes; Python values */
    size_t nsteps;
    char order;          /* '@' '<' '>' */
    struct step steps[];
};
struct pstruct {
    struct rt_object hdr;
    rt_slot format;              /* str */
    _Atomic(struct plan *) plan; /* NULL before __init__ */
};
struct unpack_iter {
    struct rt_object hdr;
    rt_value so;
    struct rt_buffer buffer;
    int64_t index;
    bool open;
};

static struct rt_type struct_type, iter_type;

static struct pstruct *as_struct(rt_value v) { return (struct pstruct *)rt_ptr(v); }

/* (error, cache), set once per interpreter. */
static rt_value state(struct rt_thread *ts, size_t i)
{
    return rt_as_tuple(rt_slot_peek(&ts->interp->native_state[RT_NS_STRUCT]))->items[i];
}
static struct rt_type *error_type(struct rt_thread *ts) { return rt_as_type(state(ts, 0)); }

static int fail(struct rt_thread *ts, const char *msg)
{
    rt_raise(ts, error_type(ts), "%s", msg);
    return -1;
}

/* ---- formats ---------------------------------------------------------------------------------- */

/* Bytes of one item, -1 for a bad character. */
static int item_size(char code, bool native)
{
    switch (code) {
    case 'x': case 'b': case 'B': case 'c': case 's': case 'p': case '?': return 1;
    case 'h': case 'H': case 'e': return 2;
    case 'i': case 'I': case 'f': return 4;
    case 'l': case 'L': return native ? 8 : 4;
    case 'q': case 'Q': case 'd': return 8;
    case 'n': case 'N': case 'P': return native ? 8 : -1;
    }
    return -1;
}

static bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/* One walk; steps NULL: only counts. */
static int walk(struct rt_thread *ts, const char *s, size_t n, struct plan *p, struct step *steps)
{
    const char *end = s + n;
    p->order = '@';
    if (s < end && strchr("@=<>!", *s)) {
        p->order = *s == '=' ? '<' : *s == '!' ? '>' : *s;
        s++;
    }
    bool native = p->order == '@';
    p->size = p->items = 0;
    p->nsteps = 0;
    while (s < end) {
        char c = *s++;
        int64_t num = 1, bytes;
        if (is_space(c))
            continue;
        if (c >= '0' && c <= '9') {
            num = c - '0';
            for (; s < end && *s >= '0' && *s <= '9'; s++) {
                if (__builtin_mul_overflow(num, 10, &num) || __builtin_add_overflow(num, *s - '0', &num))
                    return fail(ts, "total struct size too long");
            }
            if (s == end)
                return fail(ts, "repeat count given without format specifier");
            c = *s++;
        }
        int size = item_size(c, native);
        if (size < 0)
            return fail(ts, "bad char in struct format");
        if (native && size > 1 && __builtin_add_overflow(p->size, -p->size & (size - 1), &p->size))
            return fail(ts, "total struct size too long");
        if (__builtin_mul_overflow(num, size, &bytes) || bytes > INT64_MAX - p->size)
            return fail(ts, "total struct size too long");
        bool text = c == 's' || c == 'p';
        if (c != 'x') {
            if (text || num) {
                if (steps)
                    steps[p->nsteps] = (struct step){p->size, text ? num : size, text ? 1 : num, c};
                p->nsteps++;
            }
            if (__builtin_add_overflow(p->items, text ? 1 : num, &p->items))
                return fail(ts, "overflow in item count");
        }
        p->size += bytes;
    }
    return 0;
}

static struct plan *compile(struct rt_thread *ts, const char *s, size_t n)
{
    struct plan head;
    if (memchr(s, 0, n)) {
        fail(ts, "embedded null character");
        return NULL;
    }
    if (walk(ts, s, n, &head, NULL) < 0)
        return NULL;
    struct plan *p = rt_raw_malloc(sizeof *p + head.nsteps * sizeof(struct step));
    if (!p) {
        rt_raise_no_memory(ts);
        return NULL;
    }
    p->prev = NULL;
    walk(ts, s, n, p, p->steps);
    return p;
}

/* ---- one value -------------------------------------------------------------------------------- */

static void store(char *p, uint64_t u, int size, bool big)
{
    if (big)
        u = __builtin_bswap64(u) >> (64 - 8 * size);
    switch (size) { /* whole stores, as in load */
    case 1: rt_racy_copy(p, &u, 1); break;
    case 2: rt_racy_copy(p, &u, 2); break;
    case 4: rt_racy_copy(p, &u, 4); break;
    default: rt_racy_copy(p, &u, 8); break;
    }
}

static uint64_t load(const char *p, int size, bool big)
{
    uint64_t u = 0;
    switch (size) { /* whole loads: bytes gathered in memory would have to be waited for */
    case 1: return *(const uint8_t *)p;
    case 2: memcpy(&u, p, 2); break;
    case 4: memcpy(&u, p, 4); break;
    default: memcpy(&u, p, 8); break;
    }
    return big ? __builtin_bswap64(u) >> (64 - 8 * size) : u;
}

static int range_error(struct rt_thread *ts, char code, int size, bool is_signed)
{
    uint64_t top = ~0ull >> (64 - 8 * size);
    if (is_signed)
        rt_raise(ts, error_type(ts), "'%c' format requires %lld <= number <= %lld", code,
                 -(long long)(top >> 1) - 1, (long long)(top >> 1));
    else
        rt_raise(ts, error_type(ts), "'%c' format requires 0 <= number <= %llu", code, (unsigned long long)top);
    return -1;
}

/* The ranges that CPython names; the others are reported by range_error. */
static int small_error(struct rt_thread *ts, char code, bool big)
{
    switch (code) {
    case 'b': return fail(ts, "byte format requires -128 <= number <= 127");
    case 'B': return fail(ts, "ubyte format requires 0 <= number <= 255");
    case 'h': return big ? range_error(ts, code, 2, true) : fail(ts, "short format requires -32768 <= number <= 32767");
    default: return fail(ts, "ushort format requires 0 <= number <= 65535");
    }
}

static int put_int_value(struct rt_thread *ts, rt_value v, char code, int size, bool big, char *p)
{
    bool is_signed = code >= 'a';
    bool small = code == 'b' || code == 'B' || code == 'h' || (code == 'H' && !big);
    const char *far = code == 'P' || (big && size == 8) ? "int too large to convert" : "argument out of range";
    int64_t i = 0;
    uint64_t u = 0;
    if (is_signed || small) {
        if (!rt_int_try_i64(v, &i))
            return fail(ts, far);
        int64_t low = is_signed ? (int64_t)(~0ull << (8 * size - 1)) : 0;
        int64_t high = is_signed ? ~low : (int64_t)(~0ull >> (64 - 8 * size));
        if (i < low || i > high)
            return small ? small_error(ts, code, big) : range_error(ts, code, size, true);
        u = (uint64_t)i;
    } else {
        if (!rt_int_try_u64(v, &u)) {
            if (code != 'P' || !rt_int_try_i64(v, &i))
                return fail(ts, far);
            u = (uint64_t)i;
        }
        if (size < 8 && u >> (8 * size))
            return range_error(ts, code, size, false);
    }
    store(p, u, size, big);
    return 0;
}

static int put_int(struct rt_thread *ts, rt_value v, char code, int size, bool big, char *p)
{
    if (rt_likely(rt_is_int(v))) {
        int64_t i = rt_int_get(v);
        unsigned left = 64 - 8 * (unsigned)size; /* bits of i that say nothing new if it fits */
        uint64_t kept = code >= 'a' ? (uint64_t)((int64_t)((uint64_t)i << left) >> left) : (uint64_t)i << left >> left;
        if (rt_likely(kept == (uint64_t)i && (code >= 'a' || i >= 0))) {
            store(p, (uint64_t)i, size, big);
            return 0;
        }
    }
    if (rt_likely(rt_is_any_int(v)))
        return put_int_value(ts, v, code, size, big, p);
    if (!rt_index_check(v))
        return fail(ts, "required argument is not an integer");
    rt_value x = rt_index(ts, v);
    if (rt_is_null(x))
        return -1;
    int r = put_int_value(ts, x, code, size, big, p);
    rt_decref(ts, x);
    return r;
}

static int put_float(struct rt_thread *ts, rt_value v, char code, char order, char *p)
{
    double d = rt_as_double(ts, v);
    uint64_t u = 0;
    if (d == -1.0 && rt_pending(ts)) {
        rt_exc_clear(ts);
        return fail(ts, "required argument is not a float");
    }
    if (code == 'd') {
        memcpy(&u, &d, 8);
        store(p, u, 8, order == '>');
        return 0;
    }
    if (code == 'f') {
        float f = (float)d;
        if (order != '@' && isinf(f) && !isinf(d)) {
            rt_raise(ts, &rt_exc_OverflowError, "float too large to pack with f format");
            return -1;
        }
        memcpy(&u, &f, 4);
        store(p, u, 4, order == '>');
        return 0;
    }
    uint16_t h;
    if (!rt_half_put(d, &h)) {
        rt_raise(ts, &rt_exc_OverflowError, "float too large to pack with e format");
        return -1;
    }
    store(p, h, 2, order == '>');
    return 0;
}

/* s and p: zeros are in place already. */
static int put_text(struct rt_thread *ts, rt_value v, const struct step *st, char *p)
{
    struct rt_buffer b;
    if (!rt_is_bytes(v) && !rt_has(v, RT_TF_BYTEARRAY))
        return fail(ts, st->code == 's' ? "argument for 's' must be a bytes object"
                                        : "argument for 'p' must be a bytes object");
    if (st->size == 0)
        return 0;
    if (rt_buffer_get(ts, v, &b, RT_BUF_SIMPLE) < 0)
        return -1;
    int64_t room = st->size - (st->code == 'p'), n = b.len < room ? b.len : room;
    memcpy(p + (st->code == 'p'), b.buf, (size_t)n);
    if (st->code == 'p')
        *p = (char)(n > 255 ? 255 : n);
    rt_buffer_release(ts, &b);
    return 0;
}

static int put(struct rt_thread *ts, rt_value v, const struct step *st, char order, char *p)
{
    int t;
    switch (st->code) {
    case 's': case 'p':
        return put_text(ts, v, st, p);
    case 'c':
        if (!rt_is_bytes(v) || rt_as_bytes(v)->length != 1)
            return fail(ts, "char format requires a bytes object of length 1");
        *p = rt_as_bytes(v)->data[0];
        return 0;
    case '?':
        t = rt_truth(ts, v);
        if (t < 0)
            return -1;
        *p = (char)t;
        return 0;
    case 'e': case 'f': case 'd':
        return put_float(ts, v, st->code, order, p);
    default:
        return put_int(ts, v, st->code, (int)st->size, order == '>', p);
    }
}

static rt_value get(struct rt_thread *ts, const struct step *st, char order, const char *p)
{
    bool big = order == '>';
    uint64_t u;
    double d;
    float f;
    int64_t n;
    switch (st->code) {
    case 's':
        return rt_bytes_new(ts, p, (size_t)st->size);
    case 'p':
        n = st->size ? (uint8_t)*p : 0;
        if (n >= st->size)
            n = st->size ? st->size - 1 : 0;
        return rt_bytes_new(ts, p + 1, (size_t)n);
    case 'c':
        return rt_bytes_new(ts, p, 1);
    case '?':
        return rt_bool(*p != 0);
    case 'e':
        return rt_float_new(ts, rt_half_get((uint16_t)load(p, 2, big)));
    case 'f':
        u = load(p, 4, big);
        memcpy(&f, &u, 4);
        return rt_float_new(ts, f);
    case 'd':
        u = load(p, 8, big);
        memcpy(&d, &u, 8);
        return rt_float_new(ts, d);
    }
    int size = (int)st->size;
    u = load(p, size, big);
    if (st->code >= 'a')
        return rt_int_from_i64(ts, (int64_t)(u << (64 - 8 * size)) >> (64 - 8 * size));
    return rt_int_from_u64(ts, u);
}

/* ---- whole records ---------------------------------------------------------------------------- */

/* args: as many as the plan has items. p: plan->size bytes. */
static int pack_record(struct rt_thread *ts, const struct plan *plan, const rt_value *args, char *p)
{
    memset(p, 0, (size_t)plan->size);
    for (size_t s = 0; s < plan->nsteps; s++) {
        const struct step *st = &plan->steps[s];
        char *q = p + st->offset;
        for (int64_t i = 0; i < st->repeat; i++, q += st->size)
            if (put(ts, *args++, st, plan->order, q) < 0)
                return -1;
    }
    return 0;
}

static rt_value unpack_record(struct rt_thread *ts, const struct plan *plan, const char *p)
{
    rt_value t = rt_tuple_new(ts, (size_t)plan->items);
    if (rt_is_null(t) || !plan->items)
        return t;
    rt_value *out = rt_as_tuple(t)->items;
    for (size_t s = 0; s < plan->nsteps; s++) {
        const struct step *st = &plan->steps[s];
        const char *q = p + st->offset;
        for (int64_t i = 0; i < st->repeat; i++, q += st->size) {
            *out = get(ts, st, plan->order, q);
            if (rt_is_null(*out++)) {
                rt_decref(ts, t);
                return RT_NULL;
            }
        }
    }
    return t;
}

/* The plan, or NULL with an error for a Struct whose __init__ has not run. */
static const struct plan *plan_of(struct rt_thread *ts, rt_value self)
{
    const struct plan *p = rt_load_acquire(&as_struct(self)->plan);
    if (!p)
        rt_raise(ts, &rt_exc_RuntimeError, "Struct object is not initialized");
    return p;
}

static rt_value s_pack(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    const struct plan *plan = rt_load_acquire(&as_struct(self)->plan);
    int64_t items = plan ? plan->items : -1;
    if ((int64_t)n != items)
        return rt_raise(ts, error_type(ts), "pack expected %lld items for packing (got %u)", (long long)items, n);
    rt_value r = rt_bytes_new(ts, NULL, (size_t)plan->size);
    if (rt_is_null(r) || !plan->size) {
        char none;
        if (!rt_is_null(r) && plan->nsteps && pack_record(ts, plan, args, &none) < 0)
            rt_clear(ts, &r);
        return r;
    }
    if (pack_record(ts, plan, args, rt_as_bytes(r)->data) < 0)
        rt_clear(ts, &r);
    return r;
}

/* Where in the buffer a record at `offset` starts (from the end if negative); -1: it does not fit. */
static int64_t record_start(struct rt_thread *ts, const struct plan *plan, const struct rt_buffer *b, int64_t offset,
                            bool packing)
{
    if (offset < 0) {
        if (offset + plan->size > 0) {
            rt_raise(ts, error_type(ts),
                     packing ? "no space to pack %lld bytes at offset %lld"
                             : "not enough data to unpack %lld bytes at offset %lld",
                     (long long)plan->size, (long long)offset);
            return -1;
        }
        if (offset + b->len < 0) {
            rt_raise(ts, error_type(ts), "offset %lld out of range for %lld-byte buffer", (long long)offset,
                     (long long)b->len);
            return -1;
        }
        offset += b->len;
    }
    if (b->len - offset >= plan->size)
        return offset;
    rt_raise(ts, error_type(ts),
             "%s requires a buffer of at least %llu bytes for %s %lld bytes at offset %lld (actual buffer size is %lld)",
             packing ? "pack_into" : "unpack_from", (unsigned long long)plan->size + (unsigned long long)offset,
             packing ? "packing" : "unpacking", (long long)plan->size, (long long)offset, (long long)b->len);
    return -1;
}

static rt_value pack_at(struct rt_thread *ts, const struct plan *plan, struct rt_buffer *b, rt_value where,
                        const rt_value *args)
{
    int64_t offset = rt_as_index(ts, where, &rt_exc_IndexError);
    if (offset == -1 && rt_pending(ts))
        return RT_NULL;
    offset = record_start(ts, plan, b, offset, true);
    return offset < 0 || pack_record(ts, plan, args, (char *)b->buf + offset) < 0 ? RT_NULL : RT_NONE;
}

static rt_value s_pack_into(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    const struct plan *plan = plan_of(ts, self);
    if (!plan)
        return RT_NULL;
    if (n < 2)
        return rt_raise(ts, error_type(ts), "pack_into expected %s argument", n ? "offset" : "buffer");
    if ((int64_t)n != plan->items + 2)
        return rt_raise(ts, error_type(ts), "pack_into expected %lld items for packing (got %u)",
                        (long long)plan->items, n - 2);
    struct rt_buffer b;
    if (rt_buffer_get(ts, args[0], &b, RT_BUF_WRITABLE) < 0) {
        if (rt_exc_clear_if(ts, &rt_exc_BufferError) || rt_exc_clear_if(ts, &rt_exc_TypeError))
            return rt_raise(ts, &rt_exc_TypeError, "argument must be read-write bytes-like object, not %N", args[0]);
        return RT_NULL;
    }
    rt_value r = pack_at(ts, plan, &b, args[1], args + 2);
    rt_buffer_release(ts, &b);
    return r;
}

static rt_value s_unpack(struct rt_thread *ts, rt_value self, rt_value arg)
{
    const struct plan *plan = plan_of(ts, self);
    struct rt_buffer b;
    if (!plan || rt_buffer_get(ts, arg, &b, RT_BUF_SIMPLE) < 0)
        return RT_NULL;
    rt_value r = b.len == plan->size ? unpack_record(ts, plan, b.buf)
                                     : rt_raise(ts, error_type(ts), "unpack requires a buffer of %lld bytes",
                                                (long long)plan->size);
    rt_buffer_release(ts, &b);
    return r;
}

static rt_value unpack_at(struct rt_thread *ts, const struct plan *plan, const struct rt_buffer *b, int64_t offset)
{
    offset = record_start(ts, plan, b, offset, false);
    return offset < 0 ? RT_NULL : unpack_record(ts, plan, (const char *)b->buf + offset);
}

static rt_value unpack_from(struct rt_thread *ts, rt_value self, rt_value buffer, rt_value where)
{
    const struct plan *plan = plan_of(ts, self);
    struct rt_buffer b;
    int64_t offset = 0;
    if (!plan)
        return RT_NULL;
    if (!rt_is_null(where)) {
        offset = rt_as_index(ts, where, &rt_exc_IndexError);
        if (offset == -1 && rt_pending(ts))
            return RT_NULL;
    }
    if (rt_buffer_get(ts, buffer, &b, RT_BUF_SIMPLE) < 0)
        return RT_NULL;
    rt_value r = unpack_at(ts, plan, &b, offset);
    rt_buffer_release(ts, &b);
    return r;
}

static rt_value s_unpack_from(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"buffer", "offset", NULL};
    static const struct rt_argspec spec = {"unpack_from", names, 0, 1, 2, 2};
    rt_value a[2];
    if (rt_args(ts, &spec, args, n, kw, a) < 0)
        return RT_NULL;
    return unpack_from(ts, self, a[0], a[1]);
}

/* ---- iteration -------------------------------------------------------------------------------- */

static rt_value s_iter_unpack(struct rt_thread *ts, rt_value self, rt_value arg)
{
    const struct plan *plan = plan_of(ts, self);
    if (!plan)
        return RT_NULL;
    if (!plan->size)
        return rt_raise(ts, error_type(ts), "cannot iteratively unpack with a struct of length 0");
    rt_value v = rt_type_alloc(ts, &iter_type);
    if (rt_is_null(v))
        return v;
    struct unpack_iter *it = (struct unpack_iter *)rt_ptr(v);
    if (rt_buffer_get(ts, arg, &it->buffer, RT_BUF_SIMPLE) < 0) {
        rt_decref(ts, v);
        return RT_NULL;
    }
    it->open = true;
    if (it->buffer.len % plan->size) {
        rt_decref(ts, v);
        return rt_raise(ts, error_type(ts), "iterative unpacking requires a buffer of a multiple of %lld bytes",
                        (long long)plan->size);
    }
    it->so = rt_newref(ts, self);
    return v;
}

static rt_value iter_next(struct rt_thread *ts, rt_value self)
{
    struct unpack_iter *it = (struct unpack_iter *)rt_ptr(self);
    const struct plan *plan = rt_load_acquire(&as_struct(it->so)->plan);
    struct rt_cs cs;
    rt_cs_begin(ts, &cs, it);
    int64_t at = it->index;
    bool more = it->buffer.len - at >= plan->size;
    if (more)
        it->index = at + plan->size;
    rt_cs_end(ts, &cs);
    return more ? unpack_record(ts, plan, (const char *)it->buffer.buf + at) : RT_STOP;
}

static rt_value iter_hint(struct rt_thread *ts, rt_value self)
{
    struct unpack_iter *it = (struct unpack_iter *)rt_ptr(self);
    (void)ts;
    return rt_int_imm((it->buffer.len - it->index) / rt_load_acquire(&as_struct(it->so)->plan)->size);
}

static int iter_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    struct unpack_iter *it = (struct unpack_iter *)o;
    int r = visit(it->so, arg);
    return r || !it->open ? r : visit(it->buffer.obj, arg);
}

static void iter_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    struct unpack_iter *it = (struct unpack_iter *)o;
    if (it->open)
        rt_buffer_release(ts, &it->buffer);
    it->open = false;
    rt_clear(ts, &it->so);
}

static const struct rt_method_def iter_methods[] = {
    {"__length_hint__", iter_hint, RT_METH_NOARGS, NULL},
    {0},
};

static struct rt_type iter_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "_struct.unpack_iterator",
    .flags = RT_TF_GC | RT_TF_NO_NEW,
    .basic_size = sizeof(struct unpack_iter),
    .dealloc = iter_dealloc,
    .traverse = iter_traverse,
    .iter = rt_iter_self,
    .iternext = iter_next,
    .methods = iter_methods,
};

/* ---- Struct ----------------------------------------------------------------------------------- */

static int init_format(struct rt_thread *ts, rt_value self, rt_value format)
{
    rt_value bytes, text;
    if (rt_is_str(format)) {
        bytes = rt_str_encode(ts, format, "ascii", NULL);
    } else if (rt_is_bytes(format)) {
        bytes = rt_newref(ts, format);
    } else {
        rt_raise(ts, &rt_exc_TypeError, "Struct() argument 1 must be a str or bytes object, not %N", format);
        return -1;
    }
    if (rt_is_null(bytes))
        return -1;
    struct plan *p = compile(ts, rt_as_bytes(bytes)->data, rt_as_bytes(bytes)->length);
    text = p ? rt_str_from_latin1(ts, (const uint8_t *)rt_as_bytes(bytes)->data, rt_as_bytes(bytes)->length) : RT_NULL;
    rt_decref(ts, bytes);
    if (rt_is_null(text)) {
        rt_raw_free(p);
        return -1;
    }
    struct pstruct *s = as_struct(self);
    struct rt_cs cs;
    rt_cs_begin(ts, &cs, s);
    p->prev = rt_load_relaxed(&s->plan);
    rt_store_release(&s->plan, p);
    rt_cs_end(ts, &cs);
    rt_slot_set(ts, &s->format, text);
    return 0;
}

static int struct_init(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"format", NULL};
    static const struct rt_argspec spec = {"Struct", names, 0, 1, 1, 1};
    rt_value a[1];
    return rt_args(ts, &spec, args, n, kw, a) < 0 ? -1 : init_format(ts, self, a[0]);
}

static rt_value struct_new(struct rt_thread *ts, struct rt_type *t, const rt_value *args, uint32_t n, rt_value kw)
{
    (void)args, (void)n, (void)kw;
    return rt_type_alloc(ts, t);
}

static void struct_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    struct pstruct *s = (struct pstruct *)o;
    for (struct plan *p = rt_load_relaxed(&s->plan), *prev; p; p = prev) {
        prev = p->prev;
        rt_raw_free(p);
    }
    rt_store_relaxed(&s->plan, NULL);
    rt_slot_set(ts, &s->format, RT_NULL);
}

static int struct_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    return visit(rt_slot_peek(&((struct pstruct *)o)->format), arg);
}

static void struct_clear(struct rt_thread *ts, struct rt_object *o) { (void)ts, (void)o; }

static rt_value get_format(struct rt_thread *ts, rt_value self, void *closure)
{
    (void)closure;
    rt_value v = rt_slot_get(ts, rt_ptr(self), &as_struct(self)->format);
    return rt_is_null(v) ? rt_str_empty() : v;
}

static rt_value get_size(struct rt_thread *ts, rt_value self, void *closure)
{
    (void)ts, (void)closure;
    const struct plan *p = rt_load_acquire(&as_struct(self)->plan);
    return rt_int_imm(p ? p->size : -1);
}

static rt_value s_sizeof(struct rt_thread *ts, rt_value self)
{
    int64_t n = (int64_t)sizeof(struct pstruct);
    (void)ts;
    for (const struct plan *p = rt_load_acquire(&as_struct(self)->plan); p; p = p->prev)
        n += (int64_t)(sizeof *p + p->nsteps * sizeof(struct step));
    return rt_int_imm(n);
}

static const struct rt_method_def struct_methods[] = {
    {"iter_unpack", s_iter_unpack, RT_METH_O,
     "iter_unpack($self, buffer, /)\n--\n\nReturn an iterator of the tuples unpacked from each record in turn.\n\n"
     "The length of buffer in bytes must be a multiple of the struct size."},
    {"pack", s_pack, RT_METH_FAST,
     "S.pack(v1, v2, ...) -> bytes\n\nReturn the values packed by the format of S. See help(struct)."},
    {"pack_into", s_pack_into, RT_METH_FAST,
     "S.pack_into(buffer, offset, v1, v2, ...)\n\nPack the values by the format of S and write them into the\n"
     "writable buffer, from offset on. See help(struct)."},
    {"unpack", s_unpack, RT_METH_O,
     "unpack($self, buffer, /)\n--\n\nReturn a tuple of the values in buffer, whose length must be S.size."},
    {"unpack_from", s_unpack_from, RT_METH_KW,
     "unpack_from($self, /, buffer, offset=0)\n--\n\nReturn a tuple of the values in buffer from offset on."},
    {"__sizeof__", s_sizeof, RT_METH_NOARGS, "S.__sizeof__() -> size of S in memory, in bytes"},
    {0},
};
static const struct rt_getset_def struct_getset[] = {
    {"format", get_format, NULL, "struct format string", NULL},
    {"size", get_size, NULL, "struct size in bytes", NULL},
    {0},
};

static struct rt_type struct_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "_struct.Struct",
    .doc = "Struct(fmt) --> compiled struct object\n\n",
    .flags = RT_TF_GC | RT_TF_BASETYPE | RT_TF_WEAKREF,
    .basic_size = sizeof(struct pstruct),
    .dealloc = struct_dealloc,
    .traverse = struct_traverse,
    .clear = struct_clear,
    .new = struct_new,
    .init = struct_init,
    .methods = struct_methods,
    .getset = struct_getset,
};

/* ---- module ----------------------------------------------------------------------------------- */

/* The Struct for format, from the cache. */
static rt_value cached(struct rt_thread *ts, rt_value format)
{
    rt_value cache = state(ts, 1);
    rt_value s = rt_dict_get(ts, cache, format);
    if (!rt_is_null(s) || rt_pending(ts))
        return s;
    s = rt_type_alloc(ts, &struct_type);
    if (rt_is_null(s))
        return s;
    if (init_format(ts, s, format) < 0) {
        rt_decref(ts, s);
        return RT_NULL;
    }
    if (rt_dict_len(cache) >= CACHE_MAX)
        rt_dict_clear(ts, cache);
    if (rt_dict_set(ts, cache, format, s) < 0)
        rt_exc_clear(ts);
    return s;
}

static rt_value m_clearcache(struct rt_thread *ts, rt_value self)
{
    (void)self;
    rt_dict_clear(ts, state(ts, 1));
    return RT_NONE;
}

static rt_value m_calcsize(struct rt_thread *ts, rt_value self, rt_value format)
{
    (void)self;
    rt_value s = cached(ts, format);
    if (rt_is_null(s))
        return s;
    rt_value r = get_size(ts, s, NULL);
    rt_decref(ts, s);
    return r;
}

static rt_value with_format(struct rt_thread *ts, const rt_value *args, uint32_t n, rt_fn_fast fn)
{
    if (!n)
        return rt_raise(ts, &rt_exc_TypeError, "missing format argument");
    rt_value s = cached(ts, args[0]);
    if (rt_is_null(s))
        return s;
    rt_value r = fn(ts, s, args + 1, n - 1);
    rt_decref(ts, s);
    return r;
}

static rt_value m_pack(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    (void)self;
    return with_format(ts, args, n, s_pack);
}

static rt_value m_pack_into(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    (void)self;
    return with_format(ts, args, n, s_pack_into);
}

static rt_value with_buffer(struct rt_thread *ts, const char *name, const rt_value *args, uint32_t n, rt_fn_o fn)
{
    if (rt_args_count(ts, name, n, 2, 2) < 0)
        return RT_NULL;
    rt_value s = cached(ts, args[0]);
    if (rt_is_null(s))
        return s;
    rt_value r = fn(ts, s, args[1]);
    rt_decref(ts, s);
    return r;
}

static rt_value m_unpack(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    (void)self;
    return with_buffer(ts, "unpack", args, n, s_unpack);
}

static rt_value m_iter_unpack(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    (void)self;
    return with_buffer(ts, "iter_unpack", args, n, s_iter_unpack);
}

static rt_value m_unpack_from(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"", "buffer", "offset", NULL};
    static const struct rt_argspec spec = {"unpack_from", names, 1, 2, 3, 3};
    rt_value a[3];
    (void)self;
    if (rt_args(ts, &spec, args, n, kw, a) < 0)
        return RT_NULL;
    rt_value s = cached(ts, a[0]);
    if (rt_is_null(s))
        return s;
    rt_value r = unpack_from(ts, s, a[1], a[2]);
    rt_decref(ts, s);
    return r;
}

static const struct rt_method_def methods[] = {
    {"_clearcache", m_clearcache, RT_METH_NOARGS, "_clearcache($module, /)\n--\n\nClear the internal cache."},
    {"calcsize", m_calcsize, RT_METH_O,
     "calcsize($module, format, /)\n--\n\nReturn size in bytes of the struct described by the format string."},
    {"iter_unpack", m_iter_unpack, RT_METH_FAST,
     "iter_unpack($module, format, buffer, /)\n--\n\n"
     "Return an iterator of the tuples unpacked from each record in turn.\n\n"
     "The length of buffer in bytes must be a multiple of the struct size."},
    {"pack", m_pack, RT_METH_FAST,
     "pack(format, v1, v2, ...) -> bytes\n\nReturn the values packed by the format. See help(struct)."},
    {"pack_into", m_pack_into, RT_METH_FAST,
     "pack_into(format, buffer, offset, v1, v2, ...)\n\nPack the values by the format and write them into the\n"
     "writable buffer, from offset on. See help(struct)."},
    {"unpack", m_unpack, RT_METH_FAST,
     "unpack($module, format, buffer, /)\n--\n\n"
     "Return a tuple of the values in buffer, whose length must be calcsize(format)."},
    {"unpack_from", m_unpack_from, RT_METH_KW,
     "unpack_from($module, format, /, buffer, offset=0)\n--\n\nReturn a tuple of the values in buffer from offset on."},
    {0},
};

static int exec(struct rt_thread *ts, rt_value mod)
{
    rt_slot *slot = &ts->interp->native_state[RT_NS_STRUCT];
    if (rt_type_ready(ts, &iter_type) < 0)
        return -1;
    if (!rt_is_null(rt_slot_peek(slot)))
        return rt_module_add(ts, mod, "error", rt_newref(ts, state(ts, 0)));
    rt_value e = rt_module_add_exception(ts, mod, "struct.error", rt_type_value(&rt_exc_Exception));
    rt_value name = rt_str_intern_cstr(ts, "struct"), cache = rt_dict_new(ts), t = RT_NULL;
    if (!rt_is_null(e) && !rt_is_null(name) && !rt_is_null(cache) &&
        rt_setattr_cstr(ts, e, "__module__", name) == 0)
        t = rt_tuple_pack(ts, 2, e, cache);
    rt_decref(ts, e);
    rt_decref(ts, cache);
    if (rt_is_null(t))
        return -1;
    rt_slot_set(ts, slot, t);
    return 0;
}

static struct rt_type *const types[] = {&struct_type, NULL};

const struct rt_module_def rt_module__struct = {
    .name = "_struct",
    .doc = "Functions to convert between Python values and C structs.\n"
           "Python bytes objects hold the data that represents the C struct, and format strings\n"
           "(explained in help(struct)) describe its layout.",
    .methods = methods,
    .types = types,
    .exec = exec,
};
