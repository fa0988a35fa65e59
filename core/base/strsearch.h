/* SPDX-License-Identifier: MIT */
/*
 * Substring search over units of 1, 2 or 4 bytes ("kind"), forwards, backwards and counting.
 *
 * Candidates are found by comparing the first and last unit of the needle with 16 bytes of text at a time; when
 * too many turn out wrong, Crochemore and Perrin's two-way algorithm takes over, so that the
 * time is always linear. The needle's kind may be narrower than the text's; a wider one is never found,
 * because strings are stored as narrow as they can be.
 */
#ifndef RT_BASE_STRSEARCH_H
#define RT_BASE_STRSEARCH_H

#include <stddef.h>
#include <stdint.h>

/* First place of needle in text, -1 for none; 0 for an empty needle. Lengths in units. */
/* [any thread; pure] */
ptrdiff_t rt_strsearch_find(const void *text, int kind, size_t n, const void *needle, int needle_kind, size_t m);

/* Last place, -1 for none; n for an empty needle. */
/* [any thread; pure] */
ptrdiff_t rt_strsearch_rfind(const void *text, int kind, size_t n, const void *needle, int needle_kind, size_t m);

/* Non-overlapping occurrences, at most max of them; an empty needle occurs n + 1 times. */
/* [any thread; pure] */
size_t rt_strsearch_count(const void *text, int kind, size_t n, const void *needle, int needle_kind, size_t m,
    size_t max);

/* First and last place of one unit, -1 for none. */
/* [any thread; pure] */
ptrdiff_t rt_strsearch_find_char(const void *text, int kind, size_t n, uint32_t unit);
ptrdiff_t rt_strsearch_rfind_char(const void *text, int kind, size_t n, uint32_t unit);

#endif
