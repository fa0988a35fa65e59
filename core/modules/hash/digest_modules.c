/* SPDX-License-Identifier: MIT */
/*
 * _md5, _sha1, _sha256, _sha512, _sha3: message digests on OpenSSL's EVP. One object type for each algorithm
 * name; long updates run detached under the object's own lock.
 */
#include <openssl/evp.h>

#include "core/modules/hash/hash_data.h"
#include "core/modules/lazy/lazy.h"
#include "core/object/native.h"
#include "core/sync/mutex.h"

struct digest { struct rt_object hdr; EVP_MD_CTX *ctx; const struct algorithm *alg; _Atomic uint8_t lock; };
struct algorithm { const char *name, *evp, *type_name; bool xof; int bits; struct rt_type *type; };
#define D(v) ((struct digest *)rt_ptr(v))
enum { DETACH_FROM = 2048 };

static rt_value digest_new(struct rt_thread *ts, const struct algorithm *a)
{
    struct digest *d = rt_lazy_load(ts, &rt_lazy_crypto) < 0 ? NULL : rt_object_new(ts, a->type, sizeof(*d));
    if (!d)
        return RT_NULL;
    d->alg = a;
    rt_store_relaxed(&d->lock, 0);
    d->ctx = EVP_MD_CTX_new();
    if (!d->ctx) {
        rt_decref(ts, rt_own(d));
        return rt_raise_no_memory(ts);
    }
    return rt_own(d);
}
static void hold(struct rt_thread *ts, struct digest *d)
{
    if (!rt_bytelock_try(&d->lock))
        rt_bytelock_acquire(ts, &d->lock, -1, 0);
}
static int feed(struct rt_thread *ts, struct digest *d, rt_value data)
{
    struct rt_buffer b;
    if (rt_hash_data(ts, data, &b) < 0)
        return -1;
    hold(ts, d);
    bool big = b.len >= DETACH_FROM;
    if (big)
        rt_detach(ts, RT_DETACH_NATIVE);
    EVP_DigestUpdate(d->ctx, b.buf, (size_t)b.len);
    if (big)
        rt_attach(ts);
    rt_bytelock_release(&d->lock);
    rt_buffer_release(ts, &b);
    return 0;
}
static rt_value make(struct rt_thread *ts, const struct algorithm *a, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"string", "usedforsecurity", NULL};
    struct rt_argspec spec = {a->name, names, 0, 0, 1, 2};
    rt_value v[2];
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    rt_value d = digest_new(ts, a);
    if (rt_is_null(d))
        return d;
    const EVP_MD *md = EVP_get_digestbyname(a->evp);
    if (!md || EVP_DigestInit_ex(D(d)->ctx, md, NULL) != 1) {
        rt_decref(ts, d);
        return rt_raise(ts, &rt_exc_ValueError, "unsupported hash type %s", a->name);
    }
    if (v[0].bits && feed(ts, D(d), v[0]) < 0)
        rt_clear(ts, &d);
    return d;
}

static rt_value dg_update(struct rt_thread *ts, rt_value self, rt_value data) { return feed(ts, D(self), data) < 0 ? RT_NULL : RT_NONE; }
static rt_value dg_copy(struct rt_thread *ts, rt_value self)
{
    rt_value c = digest_new(ts, D(self)->alg);
    if (c.bits) {
        hold(ts, D(self));
        EVP_MD_CTX_copy_ex(D(c)->ctx, D(self)->ctx);
        rt_bytelock_release(&D(self)->lock);
    }
    return c;
}
/* The digest's bytes; length only for extendable ones. */
static rt_value result(struct rt_thread *ts, rt_value self, int64_t len, bool hex)
{
    struct digest *d = D(self);
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    hold(ts, d);
    EVP_MD_CTX_copy_ex(c, d->ctx);
    rt_bytelock_release(&d->lock);
    if (!d->alg->xof)
        len = EVP_MD_CTX_get_size(c);
    rt_value b = rt_bytes_new(ts, NULL, (size_t)len);
    if (b.bits) {
        if (d->alg->xof) {
            if (len)
                EVP_DigestFinalXOF(c, (uint8_t *)rt_as_bytes(b)->data, (size_t)len);
        } else {
            EVP_DigestFinal_ex(c, (uint8_t *)rt_as_bytes(b)->data, NULL);
        }
    }
    EVP_MD_CTX_free(c);
    if (!hex || rt_is_null(b))
        return b;
    rt_value h = rt_hash_hex(ts, (const unsigned char *)rt_as_bytes(b)->data, rt_as_bytes(b)->length);
    rt_decref(ts, b);
    return h;
}
static rt_value with_length(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw, bool hex)
{
    if (!D(self)->alg->xof)
        return rt_args_count(ts, hex ? "hexdigest" : "digest", n, 0, 0) < 0 ? RT_NULL : result(ts, self, 0, hex);
    int64_t len = rt_hash_length(ts, args, n, kw, hex);
    if (len < 0)
        return RT_NULL;
    return result(ts, self, len, hex);
}
static rt_value dg_digest(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw) { return with_length(ts, self, args, n, kw, false); }
static rt_value dg_hexdigest(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw) { return with_length(ts, self, args, n, kw, true); }
static rt_value dg_size(struct rt_thread *ts, rt_value self, void *c) { return rt_int_imm(D(self)->alg->xof ? 0 : EVP_MD_CTX_get_size(D(self)->ctx)); }
static rt_value dg_block(struct rt_thread *ts, rt_value self, void *c) { return rt_int_imm(EVP_MD_CTX_get_block_size(D(self)->ctx)); }
static rt_value dg_name(struct rt_thread *ts, rt_value self, void *c) { return rt_str_intern_cstr(ts, D(self)->alg->name); }
static rt_value dg_capacity(struct rt_thread *ts, rt_value self, void *c)
{
    int cap = 1600 - 8 * EVP_MD_CTX_get_block_size(D(self)->ctx);
    return rt_int_imm(c ? 1600 - cap : cap);
}
static rt_value dg_suffix(struct rt_thread *ts, rt_value self, void *c) { return rt_bytes_new(ts, D(self)->alg->xof ? "\x1f" : "\x06", 1); }
static void dg_dealloc(struct rt_thread *ts, struct rt_object *o) { EVP_MD_CTX_free(((struct digest *)o)->ctx); }

static const struct rt_method_def dg_methods[] = {
    {"update", dg_update, RT_METH_O, "update($self, obj, /)\n--\n\nUpdate this hash object's state with the provided string."},
    {"digest", dg_digest, RT_METH_KW, "digest($self, /)\n--\n\nReturn the digest value as a bytes object."},
    {"hexdigest", dg_hexdigest, RT_METH_KW, "hexdigest($self, /)\n--\n\nReturn the digest value as a string of hexadecimal digits."},
    {"copy", dg_copy, RT_METH_NOARGS, "copy($self, /)\n--\n\nReturn a copy of the hash object."}, {NULL},
};
#define BASIC {"digest_size", dg_size, NULL, NULL, NULL}, {"block_size", dg_block, NULL, NULL, NULL}, {"name", dg_name, NULL, NULL, NULL}
static const struct rt_getset_def dg_getset[] = {BASIC, {NULL}};
static const struct rt_getset_def sha3_getset[] = {BASIC, {"_capacity_bits", dg_capacity, NULL, NULL, NULL}, {"_rate_bits", dg_capacity, NULL, NULL, (void *)1}, {"_suffix", dg_suffix, NULL, NULL, NULL}, {NULL}};

#define TYPE(sym, tp, gs, extra, ...) \
    static struct rt_type sym = {.hdr = RT_STATIC_TYPE_HDR, .name = tp, .flags = extra, .basic_size = sizeof(struct digest), .dealloc = dg_dealloc, .methods = dg_methods, .getset = gs, __VA_ARGS__}
#define ALG(sym, nm, evp, tp, xof) static const struct algorithm alg_##sym = {nm, evp, tp, xof, 0, &type_##sym}
#define FUNC(sym) \
    static rt_value f_##sym(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw) { return make(ts, &alg_##sym, args, n, kw); }
#define SIMPLE(sym, tp) TYPE(type_##sym, tp, dg_getset, RT_TF_NO_NEW); ALG(sym, #sym, #sym, tp, false); FUNC(sym)
SIMPLE(md5, "_md5.md5")
SIMPLE(sha1, "_sha1.sha1")
SIMPLE(sha224, "_sha256.sha224")
SIMPLE(sha256, "_sha256.sha256")
SIMPLE(sha384, "_sha512.sha384")
SIMPLE(sha512, "_sha512.sha512")
#define SHA3(sym, nm, evp, xof)                                                                                      \
    static rt_value n_##sym(struct rt_thread *ts, struct rt_type *t, const rt_value *args, uint32_t n, rt_value kw); \
    TYPE(type_##sym, "_sha3." nm, sha3_getset, 0, .new = n_##sym); ALG(sym, nm, evp, "_sha3." nm, xof);                              \
    static rt_value n_##sym(struct rt_thread *ts, struct rt_type *t, const rt_value *args, uint32_t n, rt_value kw) \
    {                                                                                                               \
        return make(ts, &alg_##sym, args, n, kw);                                                                   \
    }
SHA3(sha3_224, "sha3_224", "sha3-224", false)
SHA3(sha3_256, "sha3_256", "sha3-256", false)
SHA3(sha3_384, "sha3_384", "sha3-384", false)
SHA3(sha3_512, "sha3_512", "sha3-512", false)
SHA3(shake_128, "shake_128", "shake128", true)
SHA3(shake_256, "shake_256", "shake256", true)

static int ready(struct rt_thread *ts, rt_value m, struct rt_type *const *types)
{
    for (; *types; types++)
        if (rt_type_ready(ts, *types) < 0)
            return -1;
    return 0;
}
#define MODULE(mod, dc, table, ...)                                                                       \
    static int exec_##mod(struct rt_thread *ts, rt_value m)                                                  \
    {                                                                                                        \
        static struct rt_type *const types[] = {__VA_ARGS__, NULL};                                          \
        return ready(ts, m, types);                                                                          \
    }                                                                                                        \
    extern const struct rt_module_def rt_module_##mod;                                                        \
    const struct rt_module_def rt_module_##mod = {.name = #mod, .doc = dc, .methods = table, .exec = exec_##mod}
#define ENTRY(sym) {#sym, f_##sym, RT_METH_KW, #sym "($module, /, string=b'', *, usedforsecurity=True)\n--\n\nReturn a new hash object."}
static const struct rt_method_def md5_methods[] = {ENTRY(md5), {NULL}};
static const struct rt_method_def sha1_methods[] = {ENTRY(sha1), {NULL}};
static const struct rt_method_def sha256_methods[] = {ENTRY(sha256), ENTRY(sha224), {NULL}};
static const struct rt_method_def sha512_methods[] = {ENTRY(sha512), ENTRY(sha384), {NULL}};
MODULE(_md5, "MD5 message digest.", md5_methods, &type_md5);
MODULE(_sha1, "SHA-1 message digest.", sha1_methods, &type_sha1);
MODULE(_sha256, "SHA-224 and SHA-256 message digests.", sha256_methods, &type_sha224, &type_sha256);
MODULE(_sha512, "SHA-384 and SHA-512 message digests.", sha512_methods, &type_sha384, &type_sha512);

static int exec_sha3(struct rt_thread *ts, rt_value m)
{
    static struct rt_type *const types[] = {&type_sha3_224, &type_sha3_256, &type_sha3_384, &type_sha3_512, &type_shake_128, &type_shake_256};
    for (size_t i = 0; i < RT_COUNTOF(types); i++)
        if (rt_module_add_type(ts, m, types[i]) < 0)
            return -1;
    return rt_module_add_str(ts, m, "implementation", "OpenSSL");
}
const struct rt_module_def rt_module__sha3 = {.name = "_sha3", .doc = "SHA-3 message digests.", .exec = exec_sha3};
