/* SPDX-License-Identifier: MIT */
/*
 * _hashlib: digests, HMAC and key derivation by OpenSSL's EVP.
 *
 * A hash object is one EVP_MD_CTX under the object's own lock; long updates run detached. State per interpreter: the exception type only.
 */
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/crypto.h>

#include "core/modules/hash/hash_data.h"
#include "core/modules/lazy/lazy.h"
#include "core/modules/os/os_util.h"
#include "core/sync/mutex.h"

enum { LONG_INPUT = 2047 };

struct hash {
    struct rt_object hdr;
    _Atomic uint8_t lock; /* guards ctx */
    EVP_MD_CTX *ctx;
    const char *name; /* static */
    bool xof;
};
struct hmac { struct rt_object hdr; _Atomic uint8_t lock; HMAC_CTX *ctx; const char *name; };

/* Python's names, OpenSSL's names. */
static const struct algorithm { const char *py, *ossl; bool xof; } algorithms[] = {
    {"md5", "MD5", false}, {"sha1", "SHA1", false}, {"sha224", "SHA2-224", false}, {"sha256", "SHA2-256", false},
    {"sha384", "SHA2-384", false}, {"sha512", "SHA2-512", false}, {"sha512_224", "SHA2-512/224", false},
    {"sha512_256", "SHA2-512/256", false}, {"sha3_224", "SHA3-224", false}, {"sha3_256", "SHA3-256", false},
    {"sha3_384", "SHA3-384", false}, {"sha3_512", "SHA3-512", false}, {"shake_128", "SHAKE-128", true},
    {"shake_256", "SHAKE-256", true}, {"blake2b", "BLAKE2B-512", false}, {"blake2s", "BLAKE2S-256", false},
    {"sm3", "SM3", false}, {"ripemd160", "RIPEMD160", false}, {"md5-sha1", "MD5-SHA1", false},
};

/* ---- errors ---- */
static rt_value ssl_error_as(struct rt_thread *ts, struct rt_type *type)
{
    unsigned long e = ERR_peek_last_error();
    ERR_clear_error();
    if (!e)
        return rt_raise(ts, type, "no reason supplied");
    const char *lib = ERR_lib_error_string(e), *reason = ERR_reason_error_string(e);
    if (lib)
        return rt_raise(ts, type, "[%s] %s", lib, reason ? reason : "unknown reason");
    return rt_raise(ts, type, "%s", reason ? reason : "unknown reason");
}
static rt_value ssl_error(struct rt_thread *ts) { return ssl_error_as(ts, &rt_exc_ValueError); }
static void take(struct rt_thread *ts, _Atomic uint8_t *l) { rt_bytelock_acquire(ts, l, -1, 0); }

/* What EVP_MD_fetch has given for each algorithm. Like the library's functions (lazy/) these are constants of the process. */
static _Atomic(EVP_MD *) fetched[RT_COUNTOF(algorithms)];

static const struct algorithm *algorithm_named(const char *name)
{
    for (size_t i = 0; i < RT_COUNTOF(algorithms); i++)
        if (name[0] == algorithms[i].py[0] && !strcmp(name, algorithms[i].py))
            return &algorithms[i];
    for (size_t i = 0; i < RT_COUNTOF(algorithms); i++)
        if (!strcasecmp(name, algorithms[i].py) || !strcasecmp(name, algorithms[i].ossl))
            return &algorithms[i];
    return NULL;
}

/* The digest by Python's name (any case, or OpenSSL's own); to be freed. */
static EVP_MD *fetch(const char *name, const struct algorithm **found)
{
    const struct algorithm *a = *found = algorithm_named(name);
    if (!a)
        return EVP_MD_fetch(NULL, name, NULL);
    _Atomic(EVP_MD *) *kept = &fetched[a - algorithms];
    EVP_MD *md = rt_load_acquire(kept), *none = NULL;
    if (!md && (md = EVP_MD_fetch(NULL, a->ossl, NULL)) && !rt_cas_acq_rel(kept, &none, md)) {
        EVP_MD_free(md); /* another thread was faster */
        md = none;
    }
    if (md)
        EVP_MD_up_ref(md);
    return md;
}

/* ---- data ---- */
static int feed(struct rt_thread *ts, struct hash *h, const struct rt_buffer *b)
{
    int ok;
    take(ts, &h->lock);
    if (b->len > LONG_INPUT) {
        rt_detach(ts, RT_DETACH_NATIVE);
        ok = EVP_DigestUpdate(h->ctx, b->buf, (size_t)b->len);
        rt_attach(ts);
    } else {
        ok = EVP_DigestUpdate(h->ctx, b->buf, (size_t)b->len);
    }
    rt_bytelock_release(&h->lock);
    if (!ok)
        ssl_error(ts);
    return ok ? 0 : -1;
}

static struct rt_type hash_type, xof_type, hmac_type;
static struct hash *as_hash(rt_value v) { return (struct hash *)rt_ptr(v); }

static rt_value new_hash(struct rt_thread *ts, const char *name, rt_value data, bool used_for_security)
{
    const struct algorithm *alg;
    struct rt_buffer b;
    bool has = !rt_is_null(data);
    if (has && rt_hash_data(ts, data, &b) < 0)
        return RT_NULL;
    EVP_MD *md = fetch(name, &alg);
    rt_value v = RT_NULL;
    if (!md) {
        ssl_error(ts);
    } else {
        bool xof = (EVP_MD_get_flags(md) & EVP_MD_FLAG_XOF) != 0;
        v = rt_type_alloc(ts, xof ? &xof_type : &hash_type);
        if (!rt_is_null(v)) {
            struct hash *h = as_hash(v);
            h->ctx = EVP_MD_CTX_new();
            h->xof = xof;
            h->name = alg ? alg->py : EVP_MD_get0_name(md);
            if (!h->ctx || !EVP_DigestInit_ex(h->ctx, md, NULL)) {
                ssl_error(ts);
                rt_clear(ts, &v);
            } else if (has && feed(ts, h, &b) < 0) {
                rt_clear(ts, &v);
            }
        }
        EVP_MD_free(md); /* the context holds its own reference */
    }
    if (has)
        rt_buffer_release(ts, &b);
    return v;
}
static void hash_dealloc(struct rt_thread *ts, struct rt_object *o) { EVP_MD_CTX_free(((struct hash *)o)->ctx); }

static rt_value hash_update(struct rt_thread *ts, rt_value self, rt_value data)
{
    struct rt_buffer b;
    if (rt_hash_data(ts, data, &b) < 0)
        return RT_NULL;
    int r = feed(ts, as_hash(self), &b);
    rt_buffer_release(ts, &b);
    return r < 0 ? RT_NULL : RT_NONE;
}
static EVP_MD_CTX *copy_ctx(struct rt_thread *ts, struct hash *h)
{
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    take(ts, &h->lock);
    int ok = c && EVP_MD_CTX_copy_ex(c, h->ctx);
    rt_bytelock_release(&h->lock);
    if (!ok) {
        EVP_MD_CTX_free(c);
        ssl_error(ts);
        return NULL;
    }
    return c;
}
static rt_value hash_copy(struct rt_thread *ts, rt_value self)
{
    struct hash *h = as_hash(self);
    EVP_MD_CTX *c = copy_ctx(ts, h);
    rt_value v = c ? rt_type_alloc(ts, rt_type_of(self)) : RT_NULL;
    if (rt_is_null(v)) {
        EVP_MD_CTX_free(c);
        return v;
    }
    as_hash(v)->ctx = c;
    as_hash(v)->name = h->name;
    as_hash(v)->xof = h->xof;
    return v;
}
static rt_value finish(struct rt_thread *ts, rt_value self, bool hex)
{
    unsigned char out[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    EVP_MD_CTX *c = copy_ctx(ts, as_hash(self));
    if (!c)
        return RT_NULL;
    int ok = EVP_DigestFinal(c, out, &n);
    EVP_MD_CTX_free(c);
    return !ok ? ssl_error(ts) : hex ? rt_hash_hex(ts, out, n) : rt_bytes_new(ts, out, n);
}
static rt_value hash_digest(struct rt_thread *ts, rt_value self) { return finish(ts, self, false); }
static rt_value hash_hexdigest(struct rt_thread *ts, rt_value self) { return finish(ts, self, true); }
static rt_value xof_finish(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw, bool hex)
{
    int64_t len = rt_hash_length(ts, a, n, kw, hex);
    if (len < 0)
        return RT_NULL;
    rt_value b = rt_bytes_new(ts, NULL, (size_t)len);
    EVP_MD_CTX *c = rt_is_null(b) ? NULL : copy_ctx(ts, as_hash(self));
    if (!c) {
        rt_decref(ts, b);
        return RT_NULL;
    }
    int ok = len == 0 || EVP_DigestFinalXOF(c, (unsigned char *)rt_as_bytes(b)->data, (size_t)len);
    EVP_MD_CTX_free(c);
    if (!ok) {
        rt_decref(ts, b);
        return ssl_error(ts);
    }
    if (!hex)
        return b;
    rt_value s = rt_hash_hex(ts, (unsigned char *)rt_as_bytes(b)->data, (size_t)len);
    rt_decref(ts, b);
    return s;
}
static rt_value xof_digest(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw) { return xof_finish(ts, self, a, n, kw, false); }
static rt_value xof_hexdigest(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw) { return xof_finish(ts, self, a, n, kw, true); }
static rt_value hash_size(struct rt_thread *ts, rt_value self, void *c)
{
    struct hash *h = as_hash(self);
    return rt_int_imm(c ? EVP_MD_CTX_get_block_size(h->ctx) : h->xof ? 0 : EVP_MD_CTX_get_size(h->ctx));
}
static rt_value hash_name(struct rt_thread *ts, rt_value self, void *c) { return rt_str_from_cstr(ts, as_hash(self)->name); }
static rt_value hash_repr(struct rt_thread *ts, rt_value self)
{
    return rt_str_format(ts, "<%s %s object @ %p>", as_hash(self)->name, rt_typename(self), (void *)rt_ptr(self));
}
static rt_value hash_repr_of(struct rt_thread *ts, rt_value self)
{
    return rt_str_format(ts, "<%s _hashlib.HASH object @ %p>", as_hash(self)->name, (void *)rt_ptr(self));
}
static const struct rt_method_def hash_methods[] = {
    {"update", hash_update, RT_METH_O, "update($self, obj, /)\n--\n\nUpdate this hash object's state with the provided string."},
    {"digest", hash_digest, RT_METH_NOARGS, "digest($self, /)\n--\n\nReturn the digest value as a bytes object."},
    {"hexdigest", hash_hexdigest, RT_METH_NOARGS, "hexdigest($self, /)\n--\n\nReturn the digest value as a string of hexadecimal digits."},
    {"copy", hash_copy, RT_METH_NOARGS, "copy($self, /)\n--\n\nReturn a copy of the hash object."},
    {0},
};
static const struct rt_method_def xof_methods[] = {
    {"digest", xof_digest, RT_METH_KW, "digest($self, /, length)\n--\n\nReturn the digest value as a bytes object."},
    {"hexdigest", xof_hexdigest, RT_METH_KW, "hexdigest($self, /, length)\n--\n\nReturn the digest value as a string of hexadecimal digits."},
    {0},
};
static const struct rt_getset_def hash_getset[] = {
    {"digest_size", hash_size, NULL, NULL, NULL}, {"block_size", hash_size, NULL, NULL, (void *)1}, {"name", hash_name, NULL, "algorithm name.", NULL}, {0}};
static struct rt_type hash_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "_hashlib.HASH", .flags = RT_TF_NO_NEW | RT_TF_BASETYPE, .basic_size = sizeof(struct hash),
    .doc = "A hash is an object used to calculate a checksum of a string of information.",
    .dealloc = hash_dealloc, .repr = hash_repr_of, .methods = hash_methods, .getset = hash_getset,
};
static struct rt_type xof_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "_hashlib.HASHXOF", .base = &hash_type, .flags = RT_TF_NO_NEW | RT_TF_BASETYPE,
    .basic_size = sizeof(struct hash), .doc = "A hash is an object used to calculate a checksum of a string of information.",
    .dealloc = hash_dealloc, .repr = hash_repr, .methods = xof_methods,
};

/* ---- constructors ---- */
static rt_value construct(struct rt_thread *ts, const char *fname, const char *alg, const rt_value *a, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"string", "usedforsecurity", NULL};
    struct rt_argspec spec = {fname, names, 0, 0, 1, 2};
    rt_value v[2];
    if (rt_args(ts, &spec, a, n, kw, v) < 0)
        return RT_NULL;
    int sec = v[1].bits ? rt_truth(ts, v[1]) : 1;
    return sec < 0 ? RT_NULL : new_hash(ts, alg, v[0], sec);
}
#define MAKER(alg)                                                                                                     \
    static rt_value make_##alg(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)        \
    {                                                                                                                  \
        return construct(ts, "openssl_" #alg, #alg, a, n, kw);                                                         \
    }
MAKER(md5) MAKER(sha1) MAKER(sha224) MAKER(sha256) MAKER(sha384) MAKER(sha512) MAKER(sha3_224) MAKER(sha3_256)
MAKER(sha3_384) MAKER(sha3_512) MAKER(shake_128) MAKER(shake_256)
#define MAKER_DEF(alg) \
    {"openssl_" #alg, make_##alg, RT_METH_KW, "openssl_" #alg "($module, /, string=b'', *, usedforsecurity=True)\n--\n\nReturns a " #alg " hash object; optionally initialized with a string"}

static const char *name_arg(struct rt_thread *ts, rt_value v)
{
    if (!rt_is_str(v)) {
        rt_raise(ts, &rt_exc_TypeError, "name must be a string");
        return NULL;
    }
    return rt_str_utf8_nonul(ts, v);
}
static rt_value hashlib_new(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"name", "string", "usedforsecurity", NULL};
    static const struct rt_argspec spec = {"new", names, 0, 1, 2, 3};
    rt_value v[3];
    if (rt_args(ts, &spec, a, n, kw, v) < 0)
        return RT_NULL;
    const char *name = name_arg(ts, v[0]);
    int sec = v[2].bits ? rt_truth(ts, v[2]) : 1;
    return !name || sec < 0 ? RT_NULL : new_hash(ts, name, v[1], sec);
}

/* A digest argument of hmac and pbkdf2: a name, or one of our openssl_ constructors. */
static EVP_MD *digest_arg(struct rt_thread *ts, rt_value v, const char **name)
{
    const struct algorithm *alg;
    const char *s = NULL;
    rt_value hold = RT_NULL;
    if (rt_is_str(v)) {
        s = rt_str_utf8_nonul(ts, v);
    } else if (rt_is_exact(v, &rt_builtin_type)) {
        hold = rt_getattr_cstr(ts, v, "__name__");
        s = rt_is_null(hold) ? NULL : rt_str_utf8_nonul(ts, hold);
        s = s && !strncmp(s, "openssl_", 8) ? s + 8 : NULL;
    }
    EVP_MD *md = s ? fetch(s, &alg) : NULL;
    if (md) {
        *name = alg ? alg->py : EVP_MD_get0_name(md);
    } else if (!rt_pending(ts)) {
        rt_value t = rt_slot_get(ts, NULL, &ts->interp->native_state[RT_NS_HASHLIB]);
        if (s)
            ssl_error(ts);
        else
            rt_raise(ts, rt_as_type(t), "Unsupported digestmod %R", v);
        rt_decref(ts, t);
    }
    rt_decref(ts, hold);
    return md;
}
static rt_value pbkdf2(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"hash_name", "password", "salt", "iterations", "dklen", NULL};
    static const struct rt_argspec spec = {"pbkdf2_hmac", names, 0, 4, 5, 5};
    rt_value v[5];
    struct rt_buffer pw, salt;
    const char *name;
    if (rt_args(ts, &spec, a, n, kw, v) < 0)
        return RT_NULL;
    if (!rt_is_str(v[0]))
        return rt_raise(ts, &rt_exc_TypeError, "pbkdf2_hmac() argument 'hash_name' must be str, not %N", v[0]);
    if (rt_buffer_get(ts, v[1], &pw, RT_BUF_SIMPLE) < 0)
        return RT_NULL;
    if (rt_buffer_get(ts, v[2], &salt, RT_BUF_SIMPLE) < 0) {
        rt_buffer_release(ts, &pw);
        return RT_NULL;
    }
    rt_value out = RT_NULL;
    int64_t iterations = rt_as_i64(ts, v[3]), len = 0;
    EVP_MD *md = rt_pending(ts) ? NULL : digest_arg(ts, v[0], &name);
    if (!md)
        goto done;
    if (!v[4].bits || rt_is_none(v[4]))
        len = EVP_MD_get_size(md);
    else
        len = rt_as_i64(ts, v[4]);
    if (rt_pending(ts))
        goto done;
    if (iterations < 1)
        rt_raise(ts, &rt_exc_ValueError, "iteration value must be greater than 0.");
    else if (iterations > INT32_MAX)
        rt_raise(ts, &rt_exc_OverflowError, "iteration value is too great.");
    else if (len < 1)
        rt_raise(ts, &rt_exc_ValueError, "key length must be greater than 0.");
    else if (len > INT32_MAX)
        rt_raise(ts, &rt_exc_OverflowError, "key length is too great.");
    else if (!rt_is_null(out = rt_bytes_new(ts, NULL, (size_t)len))) {
        unsigned char *p = (unsigned char *)rt_as_bytes(out)->data;
        rt_detach(ts, RT_DETACH_NATIVE);
        int ok = PKCS5_PBKDF2_HMAC(pw.buf, (int)pw.len, salt.buf, (int)salt.len, (int)iterations, md, (int)len, p);
        rt_attach(ts);
        if (!ok) {
            rt_clear(ts, &out);
            ssl_error(ts);
        }
    }
done:
    EVP_MD_free(md);
    rt_buffer_release(ts, &pw);
    rt_buffer_release(ts, &salt);
    return out;
}
static rt_value scrypt(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"password", "salt", "n", "r", "p", "maxmem", "dklen", NULL};
    static const struct rt_argspec spec = {"scrypt", names, 0, 1, 1, 7};
    rt_value v[7], out = RT_NULL;
    struct rt_buffer pw, salt;
    if (rt_args(ts, &spec, a, n, kw, v) < 0)
        return RT_NULL;
    if (!v[1].bits || rt_is_none(v[1]))
        return rt_raise(ts, &rt_exc_TypeError, "salt is required");
    static const char *const what[] = {"n", "r", "p"};
    uint64_t num[3];
    for (int i = 0; i < 3; i++) {
        if (!v[2 + i].bits || !rt_is_any_int(v[2 + i]))
            return rt_raise(ts, &rt_exc_TypeError, "%s is required and must be an unsigned int", what[i]);
        num[i] = rt_as_u64(ts, v[2 + i]);
        if (rt_pending(ts))
            return rt_exc_clear(ts), rt_raise(ts, &rt_exc_TypeError, "%s is required and must be an unsigned int", what[i]);
    }
    if (num[0] < 2 || num[0] & (num[0] - 1))
        return rt_raise(ts, &rt_exc_ValueError, "n must be a power of 2.");
    int64_t maxmem = v[5].bits ? rt_as_i64(ts, v[5]) : 0, len = v[6].bits && !rt_pending(ts) ? rt_as_i64(ts, v[6]) : 64;
    if (rt_pending(ts))
        return RT_NULL;
    if (maxmem < 0 || maxmem > INT32_MAX)
        return rt_raise(ts, &rt_exc_ValueError, "maxmem must be positive and smaller than %d", INT32_MAX);
    if (len < 1 || len > INT32_MAX)
        return rt_raise(ts, &rt_exc_ValueError, "dklen must be greater than 0 and smaller than %d", INT32_MAX);
    if (rt_buffer_get(ts, v[0], &pw, RT_BUF_SIMPLE) < 0)
        return RT_NULL;
    if (rt_buffer_get(ts, v[1], &salt, RT_BUF_SIMPLE) < 0) {
        rt_buffer_release(ts, &pw);
        return RT_NULL;
    }
    if (!EVP_PBE_scrypt(NULL, 0, NULL, 0, num[0], num[1], num[2], (uint64_t)maxmem, NULL, 0)) {
        ERR_clear_error();
        rt_raise(ts, &rt_exc_ValueError, "Invalid parameter combination for n, r, p, maxmem.");
    } else if (!rt_is_null(out = rt_bytes_new(ts, NULL, (size_t)len))) {
        unsigned char *p = (unsigned char *)rt_as_bytes(out)->data;
        rt_detach(ts, RT_DETACH_NATIVE);
        int ok = EVP_PBE_scrypt(pw.buf, (size_t)pw.len, salt.buf, (size_t)salt.len, num[0], num[1], num[2], (uint64_t)maxmem, p, (size_t)len);
        rt_attach(ts);
        if (!ok) {
            rt_clear(ts, &out);
            ssl_error(ts);
        }
    }
    rt_buffer_release(ts, &pw);
    rt_buffer_release(ts, &salt);
    return out;
}

/* ---- hmac ---- */
#pragma GCC diagnostic ignored "-Wdeprecated-declarations" /* HMAC_CTX is what copies cheaply */
static rt_value hmac_digest(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"key", "msg", "digest", NULL};
    static const struct rt_argspec spec = {"hmac_digest", names, 0, 3, 3, 3};
    rt_value v[3], r = RT_NULL;
    struct rt_buffer key, msg;
    const char *name;
    unsigned char out[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    if (rt_args(ts, &spec, a, n, kw, v) < 0)
        return RT_NULL;
    EVP_MD *md = digest_arg(ts, v[2], &name);
    if (!md)
        return RT_NULL;
    if (rt_buffer_get(ts, v[0], &key, RT_BUF_SIMPLE) == 0) {
        if (rt_buffer_get(ts, v[1], &msg, RT_BUF_SIMPLE) == 0) {
            rt_detach(ts, RT_DETACH_NATIVE);
            bool ok = HMAC(md, key.buf ? key.buf : "", (int)key.len, msg.buf, (size_t)msg.len, out, &len) != NULL;
            rt_attach(ts);
            r = ok ? rt_bytes_new(ts, out, len) : ssl_error(ts);
            rt_buffer_release(ts, &msg);
        }
        rt_buffer_release(ts, &key);
    }
    EVP_MD_free(md);
    return r;
}
static struct hmac *as_hmac(rt_value v) { return (struct hmac *)rt_ptr(v); }
static rt_value hmac_update(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"msg", NULL};
    static const struct rt_argspec spec = {"update", names, 0, 1, 1, 1};
    rt_value v[1];
    struct rt_buffer b;
    if (rt_args(ts, &spec, a, n, kw, v) < 0 || rt_hash_data(ts, v[0], &b) < 0)
        return RT_NULL;
    struct hmac *h = as_hmac(self);
    take(ts, &h->lock);
    rt_detach(ts, RT_DETACH_NATIVE);
    int ok = HMAC_Update(h->ctx, b.buf, (size_t)b.len);
    rt_attach(ts);
    rt_bytelock_release(&h->lock);
    rt_buffer_release(ts, &b);
    return ok ? RT_NONE : ssl_error(ts);
}
static HMAC_CTX *hmac_clone(struct rt_thread *ts, struct hmac *h)
{
    HMAC_CTX *c = HMAC_CTX_new();
    take(ts, &h->lock);
    int ok = c && HMAC_CTX_copy(c, h->ctx);
    rt_bytelock_release(&h->lock);
    if (!ok) {
        HMAC_CTX_free(c);
        ssl_error(ts);
        return NULL;
    }
    return c;
}
static rt_value hmac_finish(struct rt_thread *ts, rt_value self, bool hex)
{
    unsigned char out[EVP_MAX_MD_SIZE];
    unsigned n = sizeof(out);
    HMAC_CTX *c = hmac_clone(ts, as_hmac(self));
    if (!c)
        return RT_NULL;
    int ok = HMAC_Final(c, out, &n);
    HMAC_CTX_free(c);
    return !ok ? ssl_error(ts) : hex ? rt_hash_hex(ts, out, n) : rt_bytes_new(ts, out, n);
}
static rt_value hmac_d(struct rt_thread *ts, rt_value self) { return hmac_finish(ts, self, false); }
static rt_value hmac_h(struct rt_thread *ts, rt_value self) { return hmac_finish(ts, self, true); }
static rt_value hmac_copy(struct rt_thread *ts, rt_value self)
{
    HMAC_CTX *c = hmac_clone(ts, as_hmac(self));
    rt_value v = c ? rt_type_alloc(ts, &hmac_type) : RT_NULL;
    if (rt_is_null(v)) {
        HMAC_CTX_free(c);
        return v;
    }
    as_hmac(v)->ctx = c;
    as_hmac(v)->name = as_hmac(self)->name;
    return v;
}
static rt_value hmac_new(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"key", "msg", "digestmod", NULL};
    static const struct rt_argspec spec = {"hmac_new", names, 0, 1, 3, 3};
    rt_value v[3];
    struct rt_buffer key, msg;
    const char *name;
    if (rt_args(ts, &spec, a, n, kw, v) < 0)
        return RT_NULL;
    if (!v[2].bits)
        return rt_raise(ts, &rt_exc_TypeError, "Missing required parameter 'digestmod'.");
    if (rt_buffer_get(ts, v[0], &key, RT_BUF_SIMPLE) < 0)
        return RT_NULL;
    EVP_MD *md = digest_arg(ts, v[2], &name);
    rt_value r = md ? rt_type_alloc(ts, &hmac_type) : RT_NULL;
    if (!rt_is_null(r)) {
        struct hmac *h = as_hmac(r);
        h->name = name;
        h->ctx = HMAC_CTX_new();
        if (!h->ctx || !HMAC_Init_ex(h->ctx, key.buf ? key.buf : "", (int)key.len, md, NULL)) {
            ssl_error(ts);
            rt_clear(ts, &r);
        } else if (v[1].bits && !rt_is_none(v[1])) {
            if (rt_hash_data(ts, v[1], &msg) < 0) {
                rt_clear(ts, &r);
            } else {
                HMAC_Update(h->ctx, msg.buf, (size_t)msg.len);
                rt_buffer_release(ts, &msg);
            }
        }
    }
    EVP_MD_free(md);
    rt_buffer_release(ts, &key);
    return r;
}
static void hmac_dealloc(struct rt_thread *ts, struct rt_object *o) { HMAC_CTX_free(((struct hmac *)o)->ctx); }
static rt_value hmac_size(struct rt_thread *ts, rt_value self, void *c)
{
    const EVP_MD *md = HMAC_CTX_get_md(as_hmac(self)->ctx);
    return rt_int_imm(c ? EVP_MD_get_block_size(md) : EVP_MD_get_size(md));
}
static rt_value hmac_name(struct rt_thread *ts, rt_value self, void *c) { return rt_str_format(ts, "hmac-%s", as_hmac(self)->name); }
static rt_value hmac_repr(struct rt_thread *ts, rt_value self)
{
    return rt_str_format(ts, "<%s HMAC object @ %p>", as_hmac(self)->name, (void *)rt_ptr(self));
}
static const struct rt_method_def hmac_methods[] = {
    {"update", hmac_update, RT_METH_KW, "update($self, /, msg)\n--\n\nUpdate the HMAC object with msg."},
    {"digest", hmac_d, RT_METH_NOARGS, "digest($self, /)\n--\n\nReturn the digest of the bytes passed to the update() method so far."},
    {"hexdigest", hmac_h, RT_METH_NOARGS, "hexdigest($self, /)\n--\n\nReturn hexadecimal digest of the bytes passed to the update() method so far."},
    {"copy", hmac_copy, RT_METH_NOARGS, "copy($self, /)\n--\n\nReturn a copy (\"clone\") of the HMAC object."},
    {0},
};
static const struct rt_getset_def hmac_getset[] = {
    {"digest_size", hmac_size, NULL, NULL, NULL}, {"block_size", hmac_size, NULL, NULL, (void *)1}, {"name", hmac_name, NULL, NULL, NULL}, {0}};
static struct rt_type hmac_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "_hashlib.HMAC", .flags = RT_TF_NO_NEW, .basic_size = sizeof(struct hmac),
    .doc = "The object used to calculate HMAC of a message.", .dealloc = hmac_dealloc, .repr = hmac_repr,
    .methods = hmac_methods, .getset = hmac_getset,
};

/* ---- compare_digest ---- */
static rt_value compare_digest(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    if (rt_args_count(ts, "compare_digest", n, 2, 2) < 0)
        return RT_NULL;
    if (rt_is_str(a[0]) && rt_is_str(a[1])) {
        if (!rt_as_str(a[0])->ascii || !rt_as_str(a[1])->ascii)
            return rt_raise(ts, &rt_exc_TypeError, "comparing strings with non-ASCII characters is not supported");
        size_t la = rt_str_len(a[0]), lb = rt_str_len(a[1]);
        const char *pb = rt_str_data(rt_as_str(a[1])), *pa = la == lb ? rt_str_data(rt_as_str(a[0])) : pb;
        return rt_bool((CRYPTO_memcmp(pa, pb, lb) == 0) & (la == lb));
    }
    struct rt_buffer x, y;
    if (!rt_has_buffer(a[0]) || !rt_has_buffer(a[1]))
        return rt_raise(ts, &rt_exc_TypeError, "unsupported operand types(s) or combination of types: '%T' and '%T'", a[0], a[1]);
    if (rt_buffer_get(ts, a[0], &x, RT_BUF_SIMPLE) < 0)
        return RT_NULL;
    if (rt_buffer_get(ts, a[1], &y, RT_BUF_SIMPLE) < 0) {
        rt_buffer_release(ts, &x);
        return RT_NULL;
    }
    bool same = x.len == y.len;
    bool eq = (CRYPTO_memcmp(same ? x.buf : y.buf, y.buf, (size_t)y.len) == 0) & same;
    rt_buffer_release(ts, &x);
    rt_buffer_release(ts, &y);
    return rt_bool(eq);
}
static rt_value get_fips_mode(struct rt_thread *ts, rt_value self) { return rt_int_imm(EVP_default_properties_is_fips_enabled(NULL)); }

static int exec(struct rt_thread *ts, rt_value m)
{
    if (rt_lazy_load(ts, &rt_lazy_crypto) < 0)
        return -1;
    rt_value names, set = rt_set_new(ts, RT_NULL);
    for (size_t i = 0; !rt_is_null(set) && i < RT_COUNTOF(algorithms); i++) {
        const struct algorithm *alg;
        EVP_MD *md = fetch(algorithms[i].py, &alg);
        if (md) {
            rt_value s = rt_str_intern_cstr(ts, algorithms[i].py);
            rt_set_add(ts, set, s);
            EVP_MD_free(md);
        }
    }
    ERR_clear_error();
    if (rt_is_null(set))
        return -1;
    names = rt_frozenset_new(ts, set);
    rt_decref(ts, set);
    if (rt_module_add(ts, m, "openssl_md_meth_names", names) < 0)
        return -1;
    rt_value e = rt_module_add_exception(ts, m, "_hashlib.UnsupportedDigestmodError", rt_type_value(&rt_exc_ValueError));
    if (rt_is_null(e))
        return -1;
    rt_slot_set(ts, &ts->interp->native_state[RT_NS_HASHLIB], e);
    return rt_module_add_int(ts, m, "_GIL_MINSIZE", LONG_INPUT + 1);
}
static const struct rt_method_def methods[] = {
    {"new", hashlib_new, RT_METH_KW, "new($module, /, name, string=b'', *, usedforsecurity=True)\n--\n\nReturn a new hash object using the named algorithm."},
    {"pbkdf2_hmac", pbkdf2, RT_METH_KW, "pbkdf2_hmac($module, /, hash_name, password, salt, iterations,\n            dklen=None)\n--\n\nPassword based key derivation function 2 (PKCS #5 v2.0) with HMAC as pseudorandom function."},
    {"scrypt", scrypt, RT_METH_KW, "scrypt($module, /, password, *, salt=None, n=None, r=None, p=None,\n       maxmem=0, dklen=64)\n--\n\nscrypt password-based key derivation function."},
    {"get_fips_mode", get_fips_mode, RT_METH_NOARGS, "get_fips_mode($module, /)\n--\n\nDetermine the OpenSSL FIPS mode of operation."},
    {"compare_digest", compare_digest, RT_METH_FAST, "compare_digest($module, a, b, /)\n--\n\nReturn 'a == b'."},
    {"hmac_digest", hmac_digest, RT_METH_KW, "hmac_digest($module, /, key, msg, digest)\n--\n\nSingle-shot HMAC."},
    {"hmac_new", hmac_new, RT_METH_KW, "hmac_new($module, /, key, msg=b'', digestmod=None)\n--\n\nReturn a new hmac object."},
    MAKER_DEF(md5), MAKER_DEF(sha1), MAKER_DEF(sha224), MAKER_DEF(sha256), MAKER_DEF(sha384), MAKER_DEF(sha512),
    MAKER_DEF(sha3_224), MAKER_DEF(sha3_256), MAKER_DEF(sha3_384), MAKER_DEF(sha3_512), MAKER_DEF(shake_128), MAKER_DEF(shake_256),
    {0},
};
static struct rt_type *const types[] = {&hash_type, &xof_type, &hmac_type, NULL};
const struct rt_module_def rt_module__hashlib = {
    .name = "_hashlib", .doc = "OpenSSL interface for hashlib module", .methods = methods, .types = types, .exec = exec,
};
