/* SPDX-License-Identifier: MIT */
/*
 * opinfo.h: the shape of every instruction, for the disassembler and the verifier.
 *
 * One string per instruction: three characters for the bytes A, B, C, then one for W1 (if there is one), then 'L' if a
 * register list of C entries ends it.
 *   bytes: -  unused             r  register             2 3  first of two, three registers
 *          c  cell register      e  own cell index       i    immediate        L  length of the list
 *          q  register or unused (depends on another operand)       o  register, or 255 for none
 *   x16 in B and C: K. constant  v. variable             f. register 256 + x16   F. closure cell     x. int
 *   A, B, C together: s..  signed jump
 *   W1: n name and cache   N name      j jump     k constant     s register or 255     i other
 *       S two registers or 255
 *       m constant in the low half     I name low, constant high     M two far registers
 */
#ifndef RT_COMPILER_OPINFO_H
#define RT_COMPILER_OPINFO_H

#include <stdio.h>

#include "core/eval/code.h"

extern const char *const rt_opinfo_names[RT_OP_COUNT];
extern const char rt_opinfo_shapes[RT_OP_COUNT][8];

/* Words of the instruction at w (its own fixed words are assumed to be readable). */
RT_INLINE uint32_t rt_opinfo_length(const uint32_t *w)
{
    const char *s = rt_opinfo_shapes[*w & 0xff] + 3;
    uint32_t n = 1;
    if (*s && *s != 'L') {
        n++;
        s++;
    }
    return *s == 'L' ? n + ((*w >> 24) + 3) / 4 : n;
}

/* [attached; nopy] Readable listing of a code object and, if nested, of those among its constants. */
void rt_disasm(struct rt_thread *ts, rt_value code, FILE *out, bool nested);
/* [any; nopy] NULL if the parts hold together: registers, jumps and indexes in range. Else what is wrong. */
const char *rt_verify(const struct rt_code_parts *p);

#endif
