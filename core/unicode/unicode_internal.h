/* SPDX-License-Identifier: MIT */
/* Tables shared by the generated files and the .c files of core/unicode; nothing here is for other rooms. */
#ifndef RT_UNICODE_INTERNAL_H
#define RT_UNICODE_INTERNAL_H

#include "core/unicode/unicode_db.h"

/* A head of four nibbles (lengths of lower, upper, title, fold) followed by the characters. */
extern const uint32_t rt_unicode_case_pool[];

struct rt_unicode_decomp {
    uint8_t tag, raw_len, nfd_len, nfkd_len;    /* tag 0: canonical */
    uint16_t raw, nfd, nfkd;                    /* places in the pool; nfd and nfkd are fully decomposed */
};
extern const struct rt_unicode_decomp rt_unicode_decomps[];
extern const uint32_t rt_unicode_decomp_pool[];
extern const char *const rt_unicode_decomp_tags[];
extern const uint32_t rt_unicode_corrections[];

/* first + second = whole; open addressing, whole 0 marks a free slot */
struct rt_unicode_pair {
    uint32_t first, second, whole;
};
extern const struct rt_unicode_pair rt_unicode_compose[];

/* Names are numbered in code point order: [start, next start) get numbers from first on. */
struct rt_unicode_run {
    uint32_t start, first;
};
extern const uint8_t rt_unicode_name_text[];
extern const uint32_t rt_unicode_name_words[];
extern const uint8_t rt_unicode_name_stream[];
extern const uint32_t rt_unicode_name_blocks[];
extern const struct rt_unicode_run rt_unicode_name_runs[];
extern const uint16_t rt_unicode_name_slots[65536];

struct rt_unicode_extra_name {
    const char *name;
    uint16_t text, length;
};
extern const struct rt_unicode_extra_name rt_unicode_extra_names[];
extern const uint32_t rt_unicode_extra_pool[];

struct rt_unicode_range {
    uint32_t first, last;
};
extern const struct rt_unicode_range rt_unicode_ideographs[];

/* Row of rt_unicode_decomps, 0 for a character that stays as it is (Hangul syllables are computed). */
static inline uint32_t rt_unicode_decomp_row(uint32_t cp)
{
    uint32_t block = rt_unicode_decomp_index[cp >> RT_UNICODE_DECOMP_SHIFT];
    uint32_t low = cp & ((1u << RT_UNICODE_DECOMP_SHIFT) - 1);
    return rt_unicode_decomp_data[(block << RT_UNICODE_DECOMP_SHIFT) + low];
}

enum {
    HANGUL_S = 0xac00, HANGUL_L = 0x1100, HANGUL_V = 0x1161, HANGUL_T = 0x11a7,
    HANGUL_L_COUNT = 19, HANGUL_V_COUNT = 21, HANGUL_T_COUNT = 28,
    HANGUL_S_COUNT = HANGUL_L_COUNT * HANGUL_V_COUNT * HANGUL_T_COUNT,
};

#endif
