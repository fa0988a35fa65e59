/* SPDX-License-Identifier: MIT */
/*
 * str: allocation, creation from bytes and code points, slices, concatenation, comparison, hash.
 *
 * A str is always stored in the narrowest kind that holds its largest character, so equal strings have
 * equal bytes. Characters below 256 and the empty string are immortal singletons. A str that
 * `x += y` has grown keeps spare room in its block: the `room` byte tells the block's size.
 */
#include "core/types/str/str_internal.h"

#include "core/base/hash.h"

static rt_value latin1[256]; /* constant after start-up; immortal words */
static rt_value empty;       /* constant after start-up */

/* ---- allocation ------------------------------------------------------------------------------- */

/* Sizes with three bits of mantissa: 8 steps an octave. */
static size_t room_bytes(uint8_t room) { return (size_t)(8 + (room & 7)) << (room >> 3); }

static uint8_t room_code(size_t bytes)
{
    unsigned shift = 0;
    size_t m = bytes;
    while (m > 15) {
        m = (m + 1) >> 1;
        shift++;
    }
    return (uint8_t)(shift << 3 | (m & 7));
}

static size_t exact_bytes(size_t length, int kind, bool ascii)
{
    return (ascii ? RT_STR_ASCII_OFFSET : sizeof(struct rt_str_wide)) + (length + 1) * (size_t)kind;
}

size_t rt_str_block_size(const struct rt_object *o)
{
    const struct rt_str *s = (const struct rt_str *)o;
    size_t size = exact_bytes(s->length, s->kind, s->ascii);
    if (s->room)
        return room_bytes(s->room);
    /* instances of derived types are as rt_str_as_type made them: the fixed part, then bytes */
    if (size < sizeof(struct rt_str_wide) && rt_shape_id(o) != rt_str_type.shape->id)
        return sizeof(struct rt_str_wide);
    return size;
}

static void init_header(struct rt_str *s, size_t length, uint32_t maxchar)
{
    rt_store_relaxed(&s->hash, -1);
    s->length = length;
    s->kind = (uint8_t)rt_utf_kind(maxchar);
    s->ascii = maxchar < 0x80;
    rt_store_relaxed(&s->interned, 0);
    s->room = 0;
    if (!s->ascii)
        rt_store_relaxed(&((struct rt_str_wide *)s)->utf8, NULL);
    rt_utf_put(rt_str_data(s), s->kind, length, 0);
}

rt_value rt_str_alloc(struct rt_thread *ts, size_t length, uint32_t maxchar)
{
    if (rt_unlikely(length > (size_t)INT64_MAX / 4 - 64))
        return rt_raise_no_memory(ts);
    if (rt_unlikely(length == 0) && !rt_is_null(empty))
        return empty;
    if (rt_likely(maxchar < 0x80)) {
        struct rt_str *a = rt_block_alloc(ts, RT_STR_ASCII_OFFSET + length + 1, rt_str_type.shape->id, 0);
        if (rt_unlikely(!a))
            return RT_NULL;
        rt_store_relaxed(&a->hash, -1);
        a->length = length;
        a->kind = 1;
        a->ascii = 1;
        rt_store_relaxed(&a->interned, 0);
        a->room = 0;
        ((char *)a)[RT_STR_ASCII_OFFSET + length] = 0;
        return rt_own(a);
    }
    size_t size = exact_bytes(length, rt_utf_kind(maxchar), false);
    struct rt_str *s = rt_block_alloc(ts, size, rt_str_type.shape->id, 0);
    if (rt_unlikely(!s))
        return RT_NULL;
    init_header(s, length, maxchar);
    return rt_own(s);
}

rt_value rt_str_as_type(struct rt_thread *ts, struct rt_type *type, rt_value v)
{
    struct rt_str *from = rt_as_str(v);
    size_t size = exact_bytes(from->length, from->kind, from->ascii);
    size_t base = rt_str_type.basic_size;
    rt_value r = rt_type_alloc_var(ts, type, size > base ? size - base : 0);
    if (rt_is_null(r))
        return r;
    struct text t = rt_text(v);
    init_header(rt_as_str(r), t.n, rt_text_maxchar(&t));
    memcpy(rt_str_data(rt_as_str(r)), t.d, t.n * (size_t)t.kind);
    return r;
}

rt_value rt_str_empty(void) { return empty; }

/* ---- creation --------------------------------------------------------------------------------- */

rt_value rt_str_from_latin1(struct rt_thread *ts, const uint8_t *s, size_t n)
{
    if (n <= 1)
        return n ? latin1[*s] : empty;
    bool ascii = rt_utf_ascii_prefix(s, n) == n;
    rt_value r = rt_str_alloc(ts, n, ascii ? 0x7f : 0xff);
    if (!rt_is_null(r))
        memcpy(rt_str_data(rt_as_str(r)), s, n);
    return r;
}

rt_value rt_str_from_kind(struct rt_thread *ts, int kind, const void *data, size_t n)
{
    if (kind == 1)
        return rt_str_from_latin1(ts, data, n);
    if (n == 0)
        return empty;
    uint32_t max = rt_utf_max_char(data, kind, n);
    if (n == 1 && max < 0x100)
        return latin1[rt_utf_get(data, kind, 0)];
    rt_value r = rt_str_alloc(ts, n, max);
    if (!rt_is_null(r))
        rt_text_copy(rt_str_data(rt_as_str(r)), rt_as_str(r)->kind, 0, data, kind, n);
    return r;
}

rt_value rt_str_from_ucs4(struct rt_thread *ts, const uint32_t *s, size_t n)
{
    return rt_str_from_kind(ts, 4, s, n);
}

rt_value rt_str_from_char(struct rt_thread *ts, uint32_t cp)
{
    if (rt_likely(cp < 256))
        return latin1[cp];
    rt_value r = rt_str_alloc(ts, 1, cp);
    if (!rt_is_null(r))
        rt_str_put(rt_as_str(r), 0, cp);
    return r;
}

rt_value rt_str_from_utf8(struct rt_thread *ts, const char *p, size_t n, const char *errors)
{
    const uint8_t *s = (const uint8_t *)p;
    size_t chars;
    uint32_t max;
    if (n <= 1 && (n == 0 || *s < 0x80))
        return n ? latin1[*s] : empty;
    if (rt_utf8_scan(s, n, &chars, &max) != n)
        return rt_str_decode(ts, p, n, "utf-8", errors);
    if (chars == 1 && max < 0x100) {
        uint8_t c;
        rt_utf8_decode(s, n, &c, 1);
        return latin1[c];
    }
    rt_value r = rt_str_alloc(ts, chars, max);
    if (rt_is_null(r))
        return r;
    struct rt_str *o = rt_as_str(r);
    if (o->ascii)
        memcpy(rt_str_data(o), s, n);
    else
        rt_utf8_decode(s, n, rt_str_data(o), o->kind);
    return r;
}

rt_value rt_str_from_cstr(struct rt_thread *ts, const char *utf8)
{
    return rt_str_from_utf8(ts, utf8, strlen(utf8), NULL);
}

rt_value rt_str_exact(struct rt_thread *ts, rt_value s)
{
    if (rt_likely(rt_is_str_exact(s)))
        return rt_newref(ts, s);
    struct text t = rt_text(s);
    return rt_str_from_kind(ts, t.kind, t.d, t.n);
}

rt_value rt_str_sub(struct rt_thread *ts, rt_value v, size_t start, size_t end)
{
    struct text t = rt_text(v);
    if (end > t.n)
        end = t.n;
    if (start >= end)
        return empty;
    size_t n = end - start;
    if (n == t.n)
        return rt_str_exact(ts, v);
    if (n == 1)
        return rt_str_from_char(ts, rt_text_at(&t, start));
    if (t.ascii) {
        rt_value r = rt_str_alloc(ts, n, 0x7f);
        if (!rt_is_null(r))
            memcpy(rt_str_data(rt_as_str(r)), (const char *)t.d + start, n);
        return r;
    }
    return rt_str_from_kind(ts, t.kind, rt_text_ptr(&t, start), n);
}

void rt_text_fill(void *dst, int kind, size_t at, uint32_t cp, size_t n)
{
    if (kind == 1) {
        memset((uint8_t *)dst + at, (int)cp, n);
    } else if (kind == 2) {
        uint16_t *p = (uint16_t *)dst + at;
        for (size_t i = 0; i < n; i++)
            p[i] = (uint16_t)cp;
    } else {
        uint32_t *p = (uint32_t *)dst + at;
        for (size_t i = 0; i < n; i++)
            p[i] = cp;
    }
}

/* ---- concatenation ---------------------------------------------------------------------------- */

static uint32_t wider(const struct text *a, const struct text *b)
{
    uint32_t x = rt_text_maxchar(a), y = rt_text_maxchar(b);
    return x > y ? x : y;
}

rt_value rt_str_concat(struct rt_thread *ts, rt_value a, rt_value b)
{
    struct text x = rt_text(a), y = rt_text(b);
    if (x.n == 0)
        return rt_str_exact(ts, b);
    if (y.n == 0)
        return rt_str_exact(ts, a);
    rt_value r = rt_str_alloc(ts, x.n + y.n, wider(&x, &y));
    if (rt_is_null(r))
        return r;
    struct rt_str *o = rt_as_str(r);
    void *d = rt_str_data(o);
    rt_text_copy(d, o->kind, 0, x.d, x.kind, x.n);
    rt_text_copy(d, o->kind, x.n, y.d, y.kind, y.n);
    return r;
}

/* A block with an eighth of spare room, holding left's characters; length is set for both parts. */
static rt_value grow(struct rt_thread *ts, const struct text *x, size_t length, uint32_t maxchar)
{
    size_t size = exact_bytes(length, rt_utf_kind(maxchar), maxchar < 0x80);
    uint8_t room = room_code(size + size / 8);
    struct rt_str *s = rt_block_alloc(ts, room_bytes(room), rt_str_type.shape->id, 0);
    if (!s)
        return RT_NULL;
    init_header(s, length, maxchar);
    s->room = room;
    rt_text_copy(rt_str_data(s), s->kind, 0, x->d, x->kind, x->n);
    return rt_own(s);
}

int rt_str_append(struct rt_thread *ts, rt_value *left, rt_value right)
{
    rt_value l = *left;
    struct text x = rt_text(l), y = rt_text(right);
    struct rt_str *s = rt_as_str(l);
    rt_value r;
    if (y.n == 0 && rt_is_str_exact(l))
        return 0;
    bool unique = rt_is_counted(l) && rt_object_is_unique(ts, &s->hdr) && rt_is_str_exact(l) &&
                  !rt_load_relaxed(&s->interned);
    if (!unique || x.n + y.n < 64) {
        r = rt_str_concat(ts, l, right);
    } else {
        uint32_t max = wider(&x, &y);
        bool same = max == rt_text_maxchar(&x);
        if (same && exact_bytes(x.n + y.n, s->kind, s->ascii) <= rt_str_block_size(&s->hdr)) {
            rt_text_copy(rt_str_data(s), s->kind, x.n, y.d, y.kind, y.n);
            s->length = x.n + y.n;
            rt_utf_put(rt_str_data(s), s->kind, s->length, 0);
            rt_store_relaxed(&s->hash, -1);
            if (!s->ascii) {
                char *u = rt_load_relaxed(&((struct rt_str_wide *)s)->utf8);
                rt_store_relaxed(&((struct rt_str_wide *)s)->utf8, NULL);
                if (u)
                    rt_raw_free(u - sizeof(size_t));
            }
            return 0;
        }
        r = grow(ts, &x, x.n + y.n, max);
        if (!rt_is_null(r))
            rt_text_copy(rt_str_data(rt_as_str(r)), rt_as_str(r)->kind, x.n, y.d, y.kind, y.n);
    }
    rt_decref(ts, l);
    *left = r;
    return rt_is_null(r) ? -1 : 0;
}

/* ---- comparison and hash ---------------------------------------------------------------------- */

bool rt_str_eq(rt_value a, rt_value b)
{
    if (rt_is(a, b))
        return true;
    struct rt_str *x = rt_as_str(a), *y = rt_as_str(b);
    if (x->length != y->length || x->kind != y->kind || x->ascii != y->ascii)
        return false;
    int64_t hx = rt_load_relaxed(&x->hash), hy = rt_load_relaxed(&y->hash);
    if (hx != hy && hx != -1 && hy != -1)
        return false;
    return memcmp(rt_str_data(x), rt_str_data(y), x->length * x->kind) == 0;
}

bool rt_str_eq_cstr(rt_value a, const char *ascii)
{
    struct rt_str *x = rt_as_str(a);
    return x->ascii && strlen(ascii) == x->length && memcmp(rt_str_data(x), ascii, x->length) == 0;
}

int rt_str_cmp(rt_value a, rt_value b)
{
    struct text x = rt_text(a), y = rt_text(b);
    size_t n = x.n < y.n ? x.n : y.n;
    if (x.kind == 1 && y.kind == 1) {
        int c = memcmp(x.d, y.d, n);
        if (c)
            return c < 0 ? -1 : 1;
    } else {
        for (size_t i = 0; i < n; i++) {
            uint32_t p = rt_text_at(&x, i), q = rt_text_at(&y, i);
            if (p != q)
                return p < q ? -1 : 1;
        }
    }
    return x.n == y.n ? 0 : x.n < y.n ? -1 : 1;
}

int64_t rt_str_hash(rt_value v)
{
    struct rt_str *s = rt_as_str(v);
    int64_t h = rt_load_relaxed(&s->hash);
    if (rt_likely(h != -1))
        return h;
    struct rt_hash_key key = {rt_runtime.hash_key[0], rt_runtime.hash_key[1]};
    h = rt_hash_bytes(key, rt_str_data(s), s->length * s->kind);
    rt_store_relaxed(&s->hash, h);
    return h;
}

/* ---- search ----------------------------------------------------------------------------------- */

int64_t rt_text_find(const struct text *t, const struct text *sub, int64_t start, int64_t end, int dir)
{
    rt_adjust_bounds(&start, &end, (int64_t)t->n);
    if (end - start < (int64_t)sub->n || start > end)
        return -1;
    const void *p = rt_text_ptr(t, (size_t)start);
    size_t n = (size_t)(end - start);
    if (sub->kind > t->kind)
        return -1;
    ptrdiff_t at;
    if (sub->n == 1) {
        uint32_t c = rt_text_at(sub, 0);
        at = dir > 0 ? rt_strsearch_find_char(p, t->kind, n, c) : rt_strsearch_rfind_char(p, t->kind, n, c);
    } else if (dir > 0) {
        at = rt_strsearch_find(p, t->kind, n, sub->d, sub->kind, sub->n);
    } else {
        at = rt_strsearch_rfind(p, t->kind, n, sub->d, sub->kind, sub->n);
    }
    return at < 0 ? -1 : at + start;
}

int64_t rt_str_find(rt_value s, rt_value sub, int64_t start, int64_t end, int dir)
{
    struct text t = rt_text(s), u = rt_text(sub);
    return rt_text_find(&t, &u, start, end, dir);
}

/* ---- UTF-8 cache ------------------------------------------------------------------------------ */

const char *rt_str_utf8(struct rt_thread *ts, rt_value v, size_t *n)
{
    struct rt_str *s = rt_as_str(v);
    if (rt_likely(s->ascii)) {
        if (n)
            *n = s->length;
        return rt_str_data(s);
    }
    struct rt_str_wide *w = (struct rt_str_wide *)s;
    char *u = rt_load_acquire(&w->utf8);
    if (!u) {
        size_t bad, size = rt_utf8_size(rt_str_data(s), s->kind, s->length, &bad);
        if (bad < s->length) {
            rt_value b = rt_str_encode(ts, v, "utf-8", "strict"); /* raises the proper error */
            rt_decref(ts, b);
            return NULL;
        }
        char *block = rt_raw_malloc(sizeof(size_t) + size + 1);
        if (!block) {
            rt_raise_no_memory(ts);
            return NULL;
        }
        memcpy(block, &size, sizeof size);
        u = block + sizeof(size_t);
        rt_utf8_encode(rt_str_data(s), s->kind, s->length, (uint8_t *)u);
        u[size] = 0;
        char *seen = NULL;
        if (!rt_cas_acq_rel(&w->utf8, &seen, u)) {
            rt_raw_free(block);
            u = seen;
        }
    }
    if (n)
        memcpy(n, u - sizeof(size_t), sizeof(size_t));
    return u;
}

const char *rt_str_utf8_nonul(struct rt_thread *ts, rt_value s)
{
    size_t n;
    if (!rt_is_str(s)) {
        rt_raise(ts, &rt_exc_TypeError, "argument must be str, not %N", s);
        return NULL;
    }
    const char *u = rt_str_utf8(ts, s, &n);
    if (u && memchr(u, 0, n)) {
        rt_raise(ts, &rt_exc_ValueError, "embedded null character");
        return NULL;
    }
    return u;
}

/* [nopy] dealloc slot: only the cache is outside the block. */
void rt_str_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    struct rt_str *s = (struct rt_str *)o;
    if (s->ascii)
        return;
    char *u = rt_load_relaxed(&((struct rt_str_wide *)s)->utf8);
    if (u)
        rt_raw_free(u - sizeof(size_t));
}

/* ---- start-up --------------------------------------------------------------------------------- */


void rt_str_init(struct rt_thread *ts)
{
    if (!rt_is_null(empty))
        return;
    rt_value e = rt_str_alloc(ts, 0, 0);
    if (rt_is_null(e))
        RT_FATAL("no memory for the first strings");
    rt_immortalize(ts, e);
    empty = rt_borrowed(e);
    for (uint32_t c = 0; c < 256; c++) {
        rt_value v = rt_str_alloc(ts, 1, c);
        if (rt_is_null(v))
            RT_FATAL("no memory for the first strings");
        rt_str_put(rt_as_str(v), 0, c);
        rt_immortalize(ts, v);
        latin1[c] = rt_borrowed(v);
    }
    rt_str_intern_init(ts);
    rt_bytes_init(ts);
}
