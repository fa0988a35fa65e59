/* SPDX-License-Identifier: MIT */
/*
 * _random: the Mersenne Twister MT19937 (Matsumoto and Nishimura), with Python's seeding and 53-bit floats.
 *
 * Note [RANDOM] The words of the present round are taken one after the other; `at` says which round and which word is
 * next. Whoever takes a few reads them and moves `at` by compare-and-swap: if that succeeds they were the present ones.
 * The next round is made in the other block, so the words that somebody may be reading are not written. All else
 * holds the object's section and sets the position to BUSY meanwhile (open_words, close_words): then nobody takes any.
 */
#include "core/types/num/int_internal.h"

#include <sys/random.h>
#include <time.h>
#include <unistd.h>

enum { N = 624, M = 397, BUSY = N + 1, BACK_OFF = 64 };

struct generator {
    struct rt_object hdr;
    _Atomic uint64_t at;           /* round << 16 | position: N or more: the next round is to be made */
    _Atomic uint32_t words[2][N];  /* of the present round, and of the one before: by turns */
};

static struct rt_type random_type;

RT_INLINE _Atomic uint32_t *words_of(struct generator *g, uint64_t at) { return g->words[at >> 16 & 1]; }

RT_INLINE uint32_t temper(uint32_t y)
{
    y ^= y >> 11;
    y ^= y << 7 & 0x9d2c5680;
    y ^= y << 15 & 0xefc60000;
    return y ^ y >> 18;
}

/* The next n words of this round, 1 or 2, without the section; false: it has not so many left. */
RT_INLINE bool take(struct rt_thread *ts, struct generator *g, unsigned n, uint32_t out[2])
{
    uint64_t at = rt_load_acquire(&g->at);
    for (;;) {
        if (rt_unlikely((at & 0xffff) + n > N))
            return false;
        _Atomic uint32_t *w = words_of(g, at) + (at & 0xffff);
        for (unsigned i = 0; i < n; i++)
            out[i] = rt_load_relaxed(&w[i]);
        if (rt_likely(!rt_load_relaxed(&ts->mt))) {
            rt_store_relaxed(&g->at, at + n);
            break;
        }
        if (rt_likely(rt_cas_acq_rel(&g->at, &at, at + n)))
            break;
        for (int i = 0; i < BACK_OFF; i++) /* whoever has the cache line gets many words for one trip of it */
            rt_cpu_relax();
        at = rt_load_acquire(&g->at);
    }
    for (unsigned i = 0; i < n; i++)
        out[i] = temper(out[i]);
    return true;
}

/* ---- in the section ---- */
struct open {
    struct generator *g;
    uint64_t round;
    uint32_t index;
};

static void open_words(struct open *o, struct generator *g)
{
    uint64_t at = rt_load_acquire(&g->at);
    while (!rt_cas_acq_rel(&g->at, &at, (at & ~(uint64_t)0xffff) | BUSY))
        ;
    *o = (struct open){g, at >> 16, (uint32_t)at & 0xffff};
}

static void close_words(struct open *o) { rt_store_release(&o->g->at, o->round << 16 | o->index); }

/* Words made from a seed or a state begin a round of their own. */
static _Atomic uint32_t *new_round(struct open *o, uint32_t index)
{
    o->index = index;
    return o->g->words[++o->round & 1];
}

static void set_round(struct open *o, const uint32_t *words, uint32_t index)
{
    _Atomic uint32_t *w = new_round(o, index);
    for (int k = 0; k < N; k++)
        rt_store_relaxed(&w[k], words[k]);
}

static uint32_t next32(struct open *o)
{
    static const uint32_t mag[2] = {0, 0x9908b0df};
    if (o->index >= N) {
        _Atomic uint32_t *s = o->g->words[o->round & 1], *t = new_round(o, 0);
        for (int k = 0; k < N; k++) { /* what is behind k is of the last round, what is before of this one */
            uint32_t next = rt_load_relaxed(k + 1 < N ? &s[k + 1] : &t[0]);
            uint32_t y = (rt_load_relaxed(&s[k]) & 0x80000000) | (next & 0x7fffffff);
            rt_store_relaxed(&t[k], rt_load_relaxed(k + M < N ? &s[k + M] : &t[k + M - N]) ^ y >> 1 ^ mag[y & 1]);
        }
    }
    return temper(rt_load_relaxed(&o->g->words[o->round & 1][o->index++]));
}

static void init_word(uint32_t *s, uint32_t seed)
{
    s[0] = seed;
    for (uint32_t i = 1; i < N; i++)
        s[i] = 1812433253u * (s[i - 1] ^ s[i - 1] >> 30) + i;
}

static void init_words(struct open *o, const uint32_t *key, size_t n)
{
    uint32_t s[N];
    size_t i = 1, j = 0;
    init_word(s, 19650218u);
    for (size_t k = n > N ? n : N; k; k--) {
        s[i] = (s[i] ^ (s[i - 1] ^ s[i - 1] >> 30) * 1664525u) + key[j] + (uint32_t)j;
        if (++i >= N) {
            s[0] = s[N - 1];
            i = 1;
        }
        if (++j >= n)
            j = 0;
    }
    for (size_t k = N - 1; k; k--) {
        s[i] = (s[i] ^ (s[i - 1] ^ s[i - 1] >> 30) * 1566083941u) - (uint32_t)i;
        if (++i >= N) {
            s[0] = s[N - 1];
            i = 1;
        }
    }
    s[0] = 0x80000000;
    set_round(o, s, N);
}

static struct generator *self_of(rt_value v) { return (struct generator *)rt_ptr(v); }

static int seed_random(struct open *o)
{
    uint32_t key[N];
    if (getrandom(key, sizeof key, 0) != (ssize_t)sizeof key) {
        struct timespec t;
        clock_gettime(CLOCK_REALTIME, &t);
        key[0] = (uint32_t)t.tv_nsec;
        key[1] = (uint32_t)t.tv_sec;
        key[2] = (uint32_t)getpid();
        init_words(o, key, 3);
        return 0;
    }
    init_words(o, key, N);
    return 0;
}

static int seed(struct rt_thread *ts, struct generator *g, rt_value arg)
{
    struct open o;
    rt_value n;
    if (rt_is_null(arg) || rt_is_none(arg)) {
        open_words(&o, g);
        int rc = seed_random(&o);
        close_words(&o);
        return rc;
    }
    if (rt_is_any_int(arg)) {
        n = rt_int_sign(arg) < 0 ? rt_unary(ts, arg, RT_UN_NEG) : rt_int_exact(ts, arg);
    } else {
        int64_t h = rt_hash(ts, arg);
        if (h == -1 && rt_pending(ts))
            return -1;
        n = rt_int_from_u64(ts, (uint64_t)h);
    }
    if (rt_is_null(n))
        return -1;
    struct int_view w;
    rt_int_view(&w, n);
    size_t bits = rt_int_bit_length(n), words = bits ? (bits - 1) / 32 + 1 : 1;
    uint32_t zero = 0;
    open_words(&o, g);
    init_words(&o, bits ? (const uint32_t *)w.limbs : &zero, words);
    close_words(&o);
    rt_decref(ts, n);
    return 0;
}

static RT_NOINLINE void take_locked(struct rt_thread *ts, struct generator *g, unsigned n, uint32_t out[2])
{
    struct open o;
    struct rt_cs cs;
    rt_cs_begin(ts, &cs, g);
    open_words(&o, g);
    for (unsigned i = 0; i < n; i++)
        out[i] = next32(&o);
    close_words(&o);
    rt_cs_end(ts, &cs);
}

static rt_value m_random(struct rt_thread *ts, rt_value self)
{
    uint32_t w[2];
    if (rt_unlikely(!take(ts, self_of(self), 2, w)))
        take_locked(ts, self_of(self), 2, w);
    uint32_t a = w[0] >> 5, b = w[1] >> 6;
    return rt_float_new(ts, (a * 67108864.0 + b) * (1.0 / 9007199254740992.0));
}

static rt_value m_seed(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    if (rt_args_count(ts, "seed", n, 0, 1) < 0)
        return RT_NULL;
    return seed(ts, self_of(self), n ? args[0] : RT_NULL) < 0 ? RT_NULL : RT_NONE;
}

static rt_value m_getstate(struct rt_thread *ts, rt_value self)
{
    struct generator *g = self_of(self);
    rt_value t = rt_tuple_new(ts, N + 1);
    if (rt_is_null(t))
        return t;
    struct open o;
    open_words(&o, g);
    for (int i = 0; i < N; i++)
        rt_as_tuple(t)->items[i] = rt_int_imm(rt_load_relaxed(&g->words[o.round & 1][i]));
    rt_as_tuple(t)->items[N] = rt_int_imm(o.index);
    close_words(&o);
    return t;
}

static rt_value m_setstate(struct rt_thread *ts, rt_value self, rt_value state)
{
    struct generator *g = self_of(self);
    uint32_t words[N];
    if (!rt_is_tuple(state))
        return rt_raise(ts, &rt_exc_TypeError, "state vector must be a tuple");
    if (rt_as_tuple(state)->length != N + 1)
        return rt_raise(ts, &rt_exc_ValueError, "state vector is the wrong size");
    for (int i = 0; i < N; i++) {
        uint64_t u = rt_as_u64(ts, rt_as_tuple(state)->items[i]);
        if (rt_pending(ts))
            return RT_NULL;
        words[i] = (uint32_t)u;
    }
    int64_t index = rt_as_i64(ts, rt_as_tuple(state)->items[N]);
    if (index == -1 && rt_pending(ts))
        return RT_NULL;
    if (index < 0 || index > N)
        return rt_raise(ts, &rt_exc_ValueError, "invalid state");
    struct open o;
    open_words(&o, g);
    set_round(&o, words, (uint32_t)index);
    close_words(&o);
    return RT_NONE;
}

static rt_value m_getrandbits(struct rt_thread *ts, rt_value self, rt_value arg)
{
    struct generator *g = self_of(self);
    int k = rt_as_int(ts, arg);
    if (k == -1 && rt_pending(ts))
        return RT_NULL;
    if (k < 0)
        return rt_raise(ts, &rt_exc_ValueError, "number of bits must be non-negative");
    if (k == 0)
        return rt_int_imm(0);
    if (k <= 32) {
        uint32_t w[2];
        if (rt_unlikely(!take(ts, g, 1, w)))
            take_locked(ts, g, 1, w);
        return rt_int_imm(w[0] >> (32 - k));
    }
    size_t words = ((size_t)k - 1) / 32 + 1;
    struct limbs s;
    if (rt_limbs_get(ts, &s, (words + 1) / 2) < 0)
        return RT_NULL;
    s.p[(words - 1) / 2] = 0;
    uint32_t *p = (uint32_t *)s.p;
    struct open o;
    struct rt_cs cs;
    rt_cs_begin(ts, &cs, g);
    open_words(&o, g);
    for (size_t i = 0; i < words; i++, k -= 32) {
        uint32_t r = next32(&o);
        p[i] = k < 32 ? r >> (32 - k) : r;
    }
    close_words(&o);
    rt_cs_end(ts, &cs);
    rt_value r = rt_int_from_limbs(ts, (const uint64_t *)s.p, (words + 1) / 2, false);
    rt_limbs_free(&s);
    return r;
}

static rt_value random_new(struct rt_thread *ts, struct rt_type *type, const rt_value *args, uint32_t n, rt_value kw)
{
    if (type == &random_type && rt_no_keywords(ts, "Random", kw) < 0)
        return RT_NULL;
    if (rt_args_count(ts, "Random", n, 0, 1) < 0)
        return RT_NULL;
    rt_value v = rt_type_alloc(ts, type);
    if (!rt_is_null(v) && seed(ts, self_of(v), n ? args[0] : RT_NULL) < 0)
        rt_clear(ts, &v);
    return v;
}

static int random_init(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    if (rt_type_of(self) == &random_type && rt_no_keywords(ts, "Random", kw) < 0)
        return -1;
    if (rt_args_count(ts, "Random", n, 0, 1) < 0)
        return -1;
    struct rt_cs cs;
    rt_cs_begin_py(ts, &cs, rt_ptr(self));
    int rc = seed(ts, self_of(self), n ? args[0] : RT_NULL);
    rt_cs_end(ts, &cs);
    return rc;
}

static const struct rt_method_def random_methods[] = {
    {"random", m_random, RT_METH_NOARGS, "random($self, /)\n--\n\nrandom() -> x in the interval [0, 1)."},
    {"seed", m_seed, RT_METH_FAST | RT_METH_LOCKED,
     "seed($self, n=None, /)\n--\n\nseed([n]) -> None.\n\nDefaults to use urandom and falls back to a combination\nof the current time and the process identifier."},
    {"getstate", m_getstate, RT_METH_NOARGS | RT_METH_LOCKED, "getstate($self, /)\n--\n\ngetstate() -> tuple containing the current state."},
    {"setstate", m_setstate, RT_METH_O | RT_METH_LOCKED, "setstate($self, state, /)\n--\n\nsetstate(state) -> None.  Restores generator state."},
    {"getrandbits", m_getrandbits, RT_METH_O,
     "getrandbits($self, k, /)\n--\n\ngetrandbits(k) -> x.  Generates an int with k random bits."},
    {0},
};

static struct rt_type random_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "_random.Random",
    .doc = "Random() -> create a random number generator with its own internal state.",
    .flags = RT_TF_BASETYPE | RT_TF_IMMUTABLE,
    .basic_size = sizeof(struct generator),
    .base = &rt_object_type,
    .new = random_new,
    .init = random_init,
    .methods = random_methods,
};

static struct rt_type *const types[] = {&random_type, NULL};

const struct rt_module_def rt_module__random = {
    .name = "_random",
    .doc = "Module implements the Mersenne Twister random number generator.",
    .types = types,
};
