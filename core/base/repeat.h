/* SPDX-License-Identifier: MIT */
/* Repetition of a run of bytes, for `*` of str, bytes, bytearray and array. */
#ifndef RT_BASE_REPEAT_H
#define RT_BASE_REPEAT_H

#include "core/base/compiler.h"

/* The first `unit` bytes of d, once more and again until there are `total`. Each copy takes all that is there, so
   the copies are few and long. */
static inline void rt_repeat_bytes(char *d, size_t unit, size_t total)
{
    for (size_t done = unit, more; done && done < total; done += more) {
        more = done < total - done ? done : total - done;
        memcpy(d + done, d, more);
    }
}

#endif
