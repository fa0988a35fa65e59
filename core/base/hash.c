/* SPDX-License-Identifier: MIT */
/*
 * SipHash-1-3 (Aumasson and Bernstein; one compression and three finalisation rounds) and numeric hashes.
 *
 * Modulo 2**61 - 1 a power of two is a rotation of 61 bits, so a double needs no division, and a limb of 64 bits
 * moves the accumulator by 2**64 = 8.
 */
#include "core/base/hash.h"

#include <math.h>
#include <string.h>
#include <sys/random.h>

static inline uint64_t rotl(uint64_t x, int n)
{
    return x << n | x >> (64 - n);
}

#define ROUND(v0, v1, v2, v3) \
    do { \
        v0 += v1; \
        v2 += v3; \
        v1 = rotl(v1, 13) ^ v0; \
        v3 = rotl(v3, 16) ^ v2; \
        v0 = rotl(v0, 32); \
        v2 += v1; \
        v0 += v3; \
        v1 = rotl(v1, 17) ^ v2; \
        v3 = rotl(v3, 21) ^ v0; \
        v2 = rotl(v2, 32); \
    } while (0)

static inline uint64_t load64(const uint8_t *p)
{
    uint64_t v;
    memcpy(&v, p, 8);
    return v;
}

/* The last 0 to 7 bytes, little-endian. */
static inline uint64_t load_tail(const uint8_t *p, size_t n)
{
    if (n >= 4) {
        uint32_t low, high;
        memcpy(&low, p, 4);
        memcpy(&high, p + n - 4, 4);
        return low | (uint64_t)high << (8 * (n - 4));   /* overlapping bytes agree */
    }
    uint64_t v = 0;
    if (n) {
        v = p[0];
        v |= (uint64_t)p[n / 2] << (8 * (n / 2));
        v |= (uint64_t)p[n - 1] << (8 * (n - 1));
    }
    return v;
}

uint64_t rt_hash_siphash13(struct rt_hash_key key, const void *data, size_t n)
{
    const uint8_t *p = data;
    uint64_t v0 = key.k0 ^ 0x736f6d6570736575ull;
    uint64_t v1 = key.k1 ^ 0x646f72616e646f6dull;
    uint64_t v2 = key.k0 ^ 0x6c7967656e657261ull;
    uint64_t v3 = key.k1 ^ 0x7465646279746573ull;
    uint64_t last = (uint64_t)n << 56;
    for (; n >= 8; n -= 8, p += 8) {
        uint64_t word = load64(p);
        v3 ^= word;
        ROUND(v0, v1, v2, v3);
        v0 ^= word;
    }
    last |= load_tail(p, n);
    v3 ^= last;
    ROUND(v0, v1, v2, v3);
    v0 ^= last;
    v2 ^= 0xff;
    ROUND(v0, v1, v2, v3);
    ROUND(v0, v1, v2, v3);
    ROUND(v0, v1, v2, v3);
    return (v0 ^ v1) ^ (v2 ^ v3);
}

void rt_hash_key_from_seed(uint32_t seed, struct rt_hash_key *key)
{
    uint8_t bytes[sizeof *key] = {0};
    uint32_t x = seed;
    for (size_t i = 0; seed && i < sizeof bytes; i++) {
        x = x * 214013u + 2531011u;
        bytes[i] = (uint8_t)(x >> 16);
    }
    memcpy(key, bytes, sizeof *key);
}

bool rt_hash_key_random(struct rt_hash_key *key)
{
    return getrandom(key, sizeof *key, 0) == (ssize_t)sizeof *key;
}

bool rt_hash_parse_seed(const char *text, bool *random, uint32_t *seed)
{
    *random = strcmp(text, "random") == 0;
    *seed = 0;
    if (*random) {
        return true;
    }
    uint64_t value = 0;
    const char *p = text;
    for (; *p >= '0' && *p <= '9' && value <= UINT32_MAX; p++) {
        value = value * 10 + (uint64_t)(*p - '0');
    }
    *seed = (uint32_t)value;
    return p != text && *p == 0 && value <= UINT32_MAX;
}

static inline uint64_t reduce(unsigned __int128 x)
{
    uint64_t r = (uint64_t)(x & RT_HASH_MODULUS) + (uint64_t)(x >> RT_HASH_BITS);
    r = (r & RT_HASH_MODULUS) + (r >> RT_HASH_BITS);
    return r >= RT_HASH_MODULUS ? r - RT_HASH_MODULUS : r;
}

int64_t rt_hash_double(double x, int64_t nan_hash)
{
    uint64_t bits;
    memcpy(&bits, &x, 8);
    uint64_t m = bits & ((1ull << 52) - 1);
    int biased = (int)(bits >> 52) & 0x7ff;
    if (biased == 0x7ff) {
        return m ? nan_hash : x > 0 ? RT_HASH_INF : -RT_HASH_INF;
    }
    int e = (biased ? biased : 1) - 1075;
    if (biased) {
        m |= 1ull << 52;
    }
    int turn = e % RT_HASH_BITS;
    turn = turn < 0 ? turn + RT_HASH_BITS : turn;
    m = ((m << turn) & RT_HASH_MODULUS) | m >> (RT_HASH_BITS - turn);
    return rt_hash_no_error(bits >> 63 ? -m : m);
}

int64_t rt_hash_limbs(const uint64_t *limbs, size_t n, bool negative)
{
    uint64_t acc = 0;
    while (n > 0) {
        acc = reduce(((unsigned __int128)acc << 3) + limbs[--n]);
    }
    return rt_hash_no_error(negative ? -acc : acc);
}
