/* SPDX-License-Identifier: MIT */
/*
 * Code objects: what the compiler makes and the evaluator runs. Immutable after rt_code_new but for the
 * inline caches. Deferred: a word that names one owns no count.
 */
#ifndef RT_EVAL_CODE_H
#define RT_EVAL_CODE_H

#include "core/object/type.h"

enum rt_op {
#define L 0
#define RT_OP(name, extra, doc) RT_OP_##name,
#include "core/eval/bytecode.def"
#undef RT_OP
#undef L
    RT_OP_COUNT
};

RT_INLINE uint32_t rt_op_word(enum rt_op op, uint32_t a, uint32_t b, uint32_t c)
{
    return (uint32_t)op | a << 8 | b << 16 | c << 24;
}

enum { /* co_flags, CPython's values */
    RT_CO_OPTIMIZED = 0x1, RT_CO_NEWLOCALS = 0x2, RT_CO_VARARGS = 0x4, RT_CO_VARKEYWORDS = 0x8,
    RT_CO_NESTED = 0x10, RT_CO_GENERATOR = 0x20, RT_CO_COROUTINE = 0x80, RT_CO_ITERABLE_COROUTINE = 0x100,
    RT_CO_ASYNC_GENERATOR = 0x200, RT_CO_FUTURE_DIVISION = 0x20000, RT_CO_FUTURE_BARRY = 0x400000,
    RT_CO_FUTURE_GENERATOR_STOP = 0x800000, RT_CO_FUTURE_ANNOTATIONS = 0x1000000,
};

/* Sorted by start; innermost range first among equals. Offsets in words. An exception at pc in
   [start, end) releases all temporaries from `base` up, puts the exception into R[base], goes to target. */
struct rt_exc_entry { uint32_t start, end, target, base; };

/* Source range of the words from pc on, until the next entry. line 0: none. Columns are UTF-8 byte
   offsets, -1 unknown. */
struct rt_loc { uint32_t pc; int32_t line, end_line; int32_t col, end_col; };

struct rt_code {
    struct rt_object hdr;
    /* hot */
    uint32_t *words;
    rt_value *consts, *names;     /* storable words: immortal, deferred or owned by this object */
    _Atomic uint64_t *ic;         /* inline caches, one word each */
    uint32_t nwords, nconsts, nnames, nic;
    uint32_t nregs;               /* registers in all */
    uint32_t temp_base, ntemps;   /* temporaries are R[temp_base .. temp_base + ntemps) */
    uint32_t local_base;          /* 0, or 256 in far code */
    uint32_t nlocals;             /* len(co_varnames): arguments and locals */
    uint32_t ncells, nfrees;
    uint32_t argcount;            /* positional, positional-only included */
    uint32_t posonly, kwonly;
    uint32_t flags;               /* RT_CO_* */
    bool simple;                  /* no *args, **kw, keyword-only; not a generator; not far: CALL's fast path */
    /* cold */
    struct rt_exc_entry *exc;
    uint32_t nexc;
    struct rt_loc *locs;
    uint32_t nlocs;
    int32_t firstlineno;
    rt_slot name, qualname, filename;            /* str */
    rt_value varnames, cellvars, freevars;       /* tuples of str */
    rt_slot consts_tuple, names_tuple;           /* co_consts, co_names, made on demand */
    rt_slot weak_cache;                          /* spare */
    uint8_t *cell_arg;                           /* spare for cells that are arguments, or NULL */
};

/* What the compiler hands over; arrays are copied, words get new references. */
struct rt_code_parts {
    const uint32_t *words; uint32_t nwords;
    const rt_value *consts; uint32_t nconsts;
    const rt_value *names; uint32_t nnames;
    uint32_t nic, nregs, temp_base, ntemps, local_base, nlocals, ncells, nfrees;
    uint32_t argcount, posonly, kwonly, flags;
    const struct rt_exc_entry *exc; uint32_t nexc;
    const struct rt_loc *locs; uint32_t nlocs;
    int32_t firstlineno;
    rt_value name, qualname, filename, varnames, cellvars, freevars; /* borrowed */
};

RT_INLINE struct rt_code *rt_as_code(rt_value v) { return (struct rt_code *)rt_ptr(v); }
/* [attached; nopy; new ref; raises] Constants that are str in identifier form get interned, tuples of
   constants and other immutable constants become immortal. */
rt_value rt_code_new(struct rt_thread *ts, const struct rt_code_parts *p);
const struct rt_loc *rt_code_loc(const struct rt_code *code, uint32_t pc); /* word index; NULL: none */
/* Name of cell c (own cells first, then free variables); borrowed. */
rt_value rt_code_cell_name(const struct rt_code *code, uint32_t c);

/* compiler/compile.h offers: source or AST to code. */

#endif
