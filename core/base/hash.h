/* SPDX-License-Identifier: MIT */
/*
 * Hashes with CPython's values: SipHash-1-3 of bytes under the process's key, numbers modulo 2**61 - 1 (so that
 * equal numbers of different types hash alike), pointers, and the mixing of tuple items.
 *
 * The key is the caller's: made once at start-up from PYTHONHASHSEED or the kernel, then read-only. A
 * Python hash is never -1.
 */
#ifndef RT_BASE_HASH_H
#define RT_BASE_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rt_hash_key {
    uint64_t k0, k1;
};

#define RT_HASH_BITS 61
#define RT_HASH_MODULUS ((1ull << RT_HASH_BITS) - 1)
#define RT_HASH_INF 314159
#define RT_HASH_IMAG 1000003ull

static inline int64_t rt_hash_no_error(uint64_t h)
{
    return h == UINT64_MAX ? -2 : (int64_t)h;
}

/* Key for PYTHONHASHSEED=seed; 0 switches randomisation off. */
/* [any thread; pure] */
void rt_hash_key_from_seed(uint32_t seed, struct rt_hash_key *key);

/* Key from the kernel; false when it gives none. */
/* [any thread; may block early at boot] */
bool rt_hash_key_random(struct rt_hash_key *key);

/* Reads the variable's text: "random" or 0..4294967295. False: not a seed. */
/* [any thread; pure] */
bool rt_hash_parse_seed(const char *text, bool *random, uint32_t *seed);

/* SipHash-1-3. (_imp.source_hash is this with k1 = 0, little-endian bytes.) */
/* [any thread; pure] */
uint64_t rt_hash_siphash13(struct rt_hash_key key, const void *data, size_t n);

/* hash() of bytes-like data and of a string's characters (n in bytes); 0 for nothing. */
static inline int64_t rt_hash_bytes(struct rt_hash_key key, const void *data, size_t n)
{
    return n ? rt_hash_no_error(rt_hash_siphash13(key, data, n)) : 0;
}

/* hash() of a float; a NaN hashes as its object does, which the caller passes. */
/* [any thread; pure] */
int64_t rt_hash_double(double x, int64_t nan_hash);

/* hash() of an int of n limbs of 64 bits, least significant first. */
/* [any thread; pure] */
int64_t rt_hash_limbs(const uint64_t *limbs, size_t n, bool negative);

static inline int64_t rt_hash_int64(int64_t value)
{
    uint64_t size = value < 0 ? -(uint64_t)value : (uint64_t)value;
    uint64_t h = (size & RT_HASH_MODULUS) + (size >> RT_HASH_BITS);
    if (h >= RT_HASH_MODULUS) {
        h -= RT_HASH_MODULUS;
    }
    return rt_hash_no_error(value < 0 ? -h : h);
}

/* Object identity: alignment bits go to the top. */
static inline int64_t rt_hash_pointer(const void *p)
{
    uint64_t bits = (uint64_t)(uintptr_t)p;
    return rt_hash_no_error(bits >> 4 | bits << 60);
}

/* ---- tuples: start, one step per item's hash, finish ---- */

#define RT_HASH_TUPLE_START 2870177450012600261ull

static inline uint64_t rt_hash_tuple_step(uint64_t acc, int64_t item)
{
    acc += (uint64_t)item * 14029467366897019727ull;
    acc = acc << 31 | acc >> 33;
    return acc * 11400714785074694791ull;
}

static inline int64_t rt_hash_tuple_finish(uint64_t acc, size_t n)
{
    acc += n ^ (2870177450012600261ull ^ 3527539ull);
    return acc == UINT64_MAX ? 1546275796 : (int64_t)acc;
}

#endif
