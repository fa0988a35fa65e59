/* SPDX-License-Identifier: MIT */
/*
 * _blake2: BLAKE2b and BLAKE2s (RFC 7693) with key, salt, personalisation and tree parameters.
 *
 * One state serves both: 64-bit words for b, 32-bit ones for s, chosen by the object's type. The state
 * is guarded by the object's own lock; long updates run detached.
 */
#include <stdio.h>

#include "core/modules/hash/hash_data.h"
#include "core/modules/modules.h"
#include "core/sync/mutex.h"

struct core {
    uint64_t h[8], t[2], f[2]; /* s uses the low halves */
    uint8_t buf[128];
    uint32_t fill;
    uint8_t digest_size, last_node;
};
struct blake { struct rt_object hdr; _Atomic uint8_t lock; struct core c; };
static struct rt_type b_type, s_type;
static struct blake *as_blake(rt_value v) { return (struct blake *)rt_ptr(v); }

static const uint8_t sigma[12][16] = {
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
    {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4}, {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
    {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13}, {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
    {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11}, {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
    {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5}, {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0},
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3}};
static const uint64_t iv_b[8] = {0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
                                 0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179};

#define MIX(a, b, c, d, x, y, W, r1, r2, r3, r4) \
    a = a + b + (x), d = ROT(d ^ a, W, r1), c = c + d, b = ROT(b ^ c, W, r2), \
    a = a + b + (y), d = ROT(d ^ a, W, r3), c = c + d, b = ROT(b ^ c, W, r4)
#define ROT(x, W, n) ((x) >> (n) | (x) << ((W) - (n)))
#define COMPRESS(name, word, W, rounds, r1, r2, r3, r4)                                                        \
    static void name(struct core *s, const uint8_t *block)                                                     \
    {                                                                                                          \
        word m[16], v[16];                                                                                     \
        memcpy(m, block, sizeof(m));                                                                           \
        for (int i = 0; i < 8; i++) {                                                                          \
            v[i] = (word)s->h[i];                                                                              \
            v[i + 8] = (word)(iv_b[i] >> (64 - (W)));                                                          \
        }                                                                                                      \
        for (int i = 0; i < 2; i++) {                                                                          \
            v[12 + i] ^= (word)s->t[i];                                                                        \
            v[14 + i] ^= (word)s->f[i];                                                                        \
        }                                                                                                      \
        for (int r = 0; r < (rounds); r++) {                                                                   \
            const uint8_t *p = sigma[r];                                                                       \
            MIX(v[0], v[4], v[8], v[12], m[p[0]], m[p[1]], W, r1, r2, r3, r4);                                 \
            MIX(v[1], v[5], v[9], v[13], m[p[2]], m[p[3]], W, r1, r2, r3, r4);                                 \
            MIX(v[2], v[6], v[10], v[14], m[p[4]], m[p[5]], W, r1, r2, r3, r4);                                \
            MIX(v[3], v[7], v[11], v[15], m[p[6]], m[p[7]], W, r1, r2, r3, r4);                                \
            MIX(v[0], v[5], v[10], v[15], m[p[8]], m[p[9]], W, r1, r2, r3, r4);                                \
            MIX(v[1], v[6], v[11], v[12], m[p[10]], m[p[11]], W, r1, r2, r3, r4);                              \
            MIX(v[2], v[7], v[8], v[13], m[p[12]], m[p[13]], W, r1, r2, r3, r4);                               \
            MIX(v[3], v[4], v[9], v[14], m[p[14]], m[p[15]], W, r1, r2, r3, r4);                               \
        }                                                                                                      \
        for (int i = 0; i < 8; i++)                                                                            \
            s->h[i] = (word)s->h[i] ^ v[i] ^ v[i + 8];                                                         \
    }
COMPRESS(compress_b, uint64_t, 64, 12, 32, 24, 16, 63)
COMPRESS(compress_s, uint32_t, 32, 10, 16, 12, 8, 7)

static void count(struct core *s, bool b, uint64_t n)
{
    s->t[0] += n;
    if (!b)
        s->t[0] &= 0xffffffff;
    s->t[1] += s->t[0] < n;
}
static void absorb(struct core *s, bool b, const uint8_t *p, size_t n)
{
    uint32_t block = b ? 128 : 64;
    while (n) {
        if (s->fill == block) { /* the last block stays: it is compressed with the flag */
            count(s, b, block);
            (b ? compress_b : compress_s)(s, s->buf);
            s->fill = 0;
        }
        size_t k = block - s->fill < n ? block - s->fill : n;
        memcpy(s->buf + s->fill, p, k);
        s->fill += (uint32_t)k;
        p += k;
        n -= k;
    }
}
static void finalise(struct core *s, bool b, uint8_t *out)
{
    count(s, b, s->fill);
    s->f[0] = ~0ull;
    if (s->last_node)
        s->f[1] = ~0ull;
    memset(s->buf + s->fill, 0, (b ? 128 : 64) - s->fill);
    (b ? compress_b : compress_s)(s, s->buf);
    uint8_t all[64];
    for (int i = 0; i < 8; i++) {
        uint32_t w = (uint32_t)s->h[i];
        memcpy(all + i * (b ? 8 : 4), b ? (void *)&s->h[i] : (void *)&w, b ? 8 : 4);
    }
    memcpy(out, all, s->digest_size);
}

static bool is_b(rt_value v) { return rt_type_is_subtype(rt_type_of(v), &b_type); }
static int feed(struct rt_thread *ts, rt_value self, rt_value data)
{
    struct rt_buffer b;
    if (rt_hash_data(ts, data, &b) < 0)
        return -1;
    struct blake *o = as_blake(self);
    rt_bytelock_acquire(ts, &o->lock, -1, 0);
    bool wide = is_b(self), apart = b.len > 2047;
    if (apart)
        rt_detach(ts, RT_DETACH_NATIVE);
    absorb(&o->c, wide, b.buf, (size_t)b.len);
    if (apart)
        rt_attach(ts);
    rt_bytelock_release(&o->lock);
    rt_buffer_release(ts, &b);
    return 0;
}
enum { P_DATA, P_SIZE, P_KEY, P_SALT, P_PERSON, P_FANOUT, P_DEPTH, P_LEAF, P_OFFSET, P_NODE_DEPTH, P_INNER, P_LAST, P_SEC, P_COUNT };

static int leaf_size(struct rt_thread *ts, rt_value v, int64_t *out)
{
    *out = rt_is_null(v) ? 0 : rt_as_i64(ts, v);
    if (!rt_pending(ts) && *out > UINT32_MAX)
        rt_raise(ts, &rt_exc_OverflowError, "leaf_size is too large");
    if (!rt_pending(ts) && *out < 0)
        rt_raise(ts, &rt_exc_ValueError, "value must be positive");
    return rt_pending(ts) ? -1 : 0;
}
static int number(struct rt_thread *ts, rt_value v, int64_t deflt, int64_t min, int64_t max, const char *msg, int64_t *out)
{
    *out = rt_is_null(v) ? deflt : rt_as_i64(ts, v);
    if (rt_pending(ts))
        return -1;
    if (*out >= min && *out <= max)
        return 0;
    rt_raise(ts, &rt_exc_ValueError, "%s", msg);
    return -1;
}
static int piece(struct rt_thread *ts, rt_value v, const char *what, size_t max, uint8_t *out, size_t *len)
{
    struct rt_buffer b;
    *len = 0;
    if (rt_is_null(v))
        return 0;
    if (rt_buffer_get(ts, v, &b, RT_BUF_SIMPLE) < 0)
        return -1;
    *len = (size_t)b.len;
    if (*len <= max)
        memcpy(out, b.buf, *len);
    rt_buffer_release(ts, &b);
    if (*len <= max)
        return 0;
    rt_raise(ts, &rt_exc_ValueError, "maximum %s length is %zu bytes", what, max);
    return -1;
}
static rt_value blake_new(struct rt_thread *ts, struct rt_type *t, const rt_value *a, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"", "digest_size", "key", "salt", "person", "fanout", "depth", "leaf_size",
                                        "node_offset", "node_depth", "inner_size", "last_node", "usedforsecurity", NULL};
    bool b = rt_type_is_subtype(t, &b_type);
    struct rt_argspec spec = {b ? "blake2b" : "blake2s", names, 1, 0, 1, P_COUNT};
    rt_value v[P_COUNT];
    int64_t max = b ? 64 : 32, size, fanout, depth, leaf, node_depth, inner;
    uint8_t salt[16] = {0}, person[16] = {0}, key[128] = {0};
    size_t len, keylen, half = b ? 16 : 8;
    uint64_t offset = 0;
    if (rt_args(ts, &spec, a, n, kw, v) < 0)
        return RT_NULL;
    if (number(ts, v[P_SIZE], max, 1, max, b ? "digest_size must be between 1 and 64 bytes" : "digest_size must be between 1 and 32 bytes", &size) < 0 ||
        piece(ts, v[P_SALT], "salt", half, salt, &len) < 0 || piece(ts, v[P_PERSON], "person", half, person, &len) < 0 ||
        number(ts, v[P_FANOUT], 1, 0, 255, "fanout must be between 0 and 255", &fanout) < 0 ||
        number(ts, v[P_DEPTH], 1, 1, 255, "depth must be between 1 and 255", &depth) < 0 ||
        leaf_size(ts, v[P_LEAF], &leaf) < 0)
        return RT_NULL;
    if (!rt_is_null(v[P_OFFSET])) {
        if (rt_is_any_int(v[P_OFFSET]) && rt_int_sign(v[P_OFFSET]) < 0)
            return rt_raise(ts, &rt_exc_ValueError, "value must be positive");
        offset = rt_as_u64(ts, v[P_OFFSET]);
        if (rt_pending(ts))
            return RT_NULL;
        if (!b && offset > 0xffffffffffffull)
            return rt_raise(ts, &rt_exc_OverflowError, "node_offset is too large");
    }
    if (number(ts, v[P_NODE_DEPTH], 0, 0, 255, "node_depth must be between 0 and 255", &node_depth) < 0 ||
        number(ts, v[P_INNER], 0, 0, max, b ? "inner_size must be between 0 and is 64" : "inner_size must be between 0 and is 32", &inner) < 0 ||
        piece(ts, v[P_KEY], "key", (size_t)max, key, &keylen) < 0)
        return RT_NULL;
    int last = rt_is_null(v[P_LAST]) ? 0 : rt_truth(ts, v[P_LAST]);
    if (last < 0)
        return RT_NULL;
    rt_value self = rt_type_alloc(ts, t);
    if (rt_is_null(self))
        return self;
    struct core *c = &as_blake(self)->c;
    uint8_t p[64] = {(uint8_t)size, (uint8_t)keylen, (uint8_t)fanout, (uint8_t)depth};
    uint32_t leaf32 = (uint32_t)leaf;
    memcpy(p + 4, &leaf32, 4);
    memcpy(p + 8, &offset, b ? 8 : 6);
    p[b ? 16 : 14] = (uint8_t)node_depth;
    p[b ? 17 : 15] = (uint8_t)inner;
    memcpy(p + (b ? 32 : 16), salt, half);
    memcpy(p + (b ? 48 : 24), person, half);
    for (int i = 0; i < 8; i++) {
        uint64_t w = 0;
        memcpy(&w, p + i * (b ? 8 : 4), b ? 8 : 4);
        c->h[i] = (b ? iv_b[i] : iv_b[i] >> 32) ^ w;
    }
    c->digest_size = (uint8_t)size;
    c->last_node = (uint8_t)last;
    if (keylen)
        absorb(c, b, key, b ? 128 : 64);
    if (!rt_is_null(v[P_DATA]) && feed(ts, self, v[P_DATA]) < 0)
        rt_clear(ts, &self);
    return self;
}
static void snapshot(struct rt_thread *ts, rt_value self, struct core *out)
{
    struct blake *o = as_blake(self);
    rt_bytelock_acquire(ts, &o->lock, -1, 0);
    *out = o->c;
    rt_bytelock_release(&o->lock);
}
static rt_value blake_copy(struct rt_thread *ts, rt_value self)
{
    rt_value v = rt_type_alloc(ts, rt_type_of(self));
    if (!rt_is_null(v))
        snapshot(ts, self, &as_blake(v)->c);
    return v;
}
static rt_value blake_update(struct rt_thread *ts, rt_value self, rt_value data) { return feed(ts, self, data) < 0 ? RT_NULL : RT_NONE; }
static rt_value blake_digest(struct rt_thread *ts, rt_value self)
{
    struct core c;
    uint8_t out[64];
    snapshot(ts, self, &c);
    finalise(&c, is_b(self), out);
    return rt_bytes_new(ts, out, c.digest_size);
}
static rt_value blake_hexdigest(struct rt_thread *ts, rt_value self)
{
    struct core c;
    uint8_t out[64];
    snapshot(ts, self, &c);
    finalise(&c, is_b(self), out);
    return rt_hash_hex(ts, out, c.digest_size);
}
static rt_value blake_get(struct rt_thread *ts, rt_value self, void *which)
{
    if (which == (void *)0)
        return rt_str_from_cstr(ts, is_b(self) ? "blake2b" : "blake2s");
    return rt_int_imm(which == (void *)1 ? (is_b(self) ? 128 : 64) : as_blake(self)->c.digest_size);
}
static const struct rt_method_def blake_methods[] = {
    {"copy", blake_copy, RT_METH_NOARGS, "copy($self, /)\n--\n\nReturn a copy of the hash object."},
    {"digest", blake_digest, RT_METH_NOARGS, "digest($self, /)\n--\n\nReturn the digest value as a bytes object."},
    {"hexdigest", blake_hexdigest, RT_METH_NOARGS, "hexdigest($self, /)\n--\n\nReturn the digest value as a string of hexadecimal digits."},
    {"update", blake_update, RT_METH_O, "update($self, data, /)\n--\n\nUpdate this hash object's state with the provided bytes-like object."},
    {0},
};
static const struct rt_getset_def blake_getset[] = {
    {"name", blake_get, NULL, NULL, (void *)0}, {"block_size", blake_get, NULL, NULL, (void *)1}, {"digest_size", blake_get, NULL, NULL, (void *)2}, {0}};
#define DOC(n) #n "(data=b'', /, *, digest_size=_blake2." #n ".MAX_DIGEST_SIZE,\n        key=b'', salt=b'', person=b'', fanout=1, depth=1, leaf_size=0,\n        node_offset=0, node_depth=0, inner_size=0, last_node=False,\n        usedforsecurity=True)\n--\n\nReturn a new BLAKE2 hash object."
static struct rt_type b_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "_blake2.blake2b", .doc = DOC(blake2b), .flags = RT_TF_BASETYPE, .basic_size = sizeof(struct blake),
    .new = blake_new, .methods = blake_methods, .getset = blake_getset,
};
static struct rt_type s_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "_blake2.blake2s", .doc = DOC(blake2s), .flags = RT_TF_BASETYPE, .basic_size = sizeof(struct blake),
    .new = blake_new, .methods = blake_methods, .getset = blake_getset,
};
static int exec(struct rt_thread *ts, rt_value m)
{
    struct rt_type *t[2] = {&b_type, &s_type};
    for (int i = 0; i < 2; i++) {
        const struct { const char *name; int v; } c[] = {{"SALT_SIZE", i ? 8 : 16}, {"PERSON_SIZE", i ? 8 : 16}, {"MAX_KEY_SIZE", i ? 32 : 64}, {"MAX_DIGEST_SIZE", i ? 32 : 64}};
        for (size_t k = 0; k < RT_COUNTOF(c); k++) {
            char name[40];
            rt_value d = rt_slot_peek(&t[i]->dict);
            if (rt_dict_set_cstr(ts, d, c[k].name, rt_int_imm(c[k].v)) < 0)
                return -1;
            snprintf(name, sizeof(name), "BLAKE2%c_%s", i ? 'S' : 'B', c[k].name);
            rt_module_add_int(ts, m, name, c[k].v);
        }
    }
    return 0;
}
static struct rt_type *const types[] = {&b_type, &s_type, NULL};
const struct rt_module_def rt_module__blake2 = {.name = "_blake2", .doc = "_blake2b provides BLAKE2b for hashlib\n", .types = types, .exec = exec};
