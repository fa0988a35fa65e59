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

enum { RT_CO_GENERATORS = RT_CO_GENERATOR | RT_CO_COROUTINE | RT_CO_ASYNC_GENERATOR }; /* a call makes an object of the frame */

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
    union {
        struct {
            rt_value *consts, *names;     /* storable words: immortal, deferred or owned by this object */
            _Atomic uint64_t *ic;         /* inline caches, one word each */
        };
        struct { const uint8_t *rest; uint32_t length, nconsts, nnames, nic; } late; /* is_late: marshalled */
    };
    uint32_t nwords, nconsts, nnames, nic;
    uint32_t nregs;               /* registers in all */
    uint32_t temp_base, ntemps;   /* temporaries are R[temp_base .. temp_base + ntemps) */
    uint32_t local_base;          /* 0, or 256 in far code */
    uint32_t nlocals;             /* len(co_varnames): arguments and locals */
    uint32_t ncells, nfrees;
    uint32_t argcount;            /* positional, positional-only included */
    uint32_t posonly, kwonly;
    uint32_t flags;               /* RT_CO_* */
    _Atomic bool simple;          /* no *args, **kw, keyword-only; not a generator; not far: CALL's fast path */
    _Atomic bool is_late;         /* constants, names, caches and tuples of names are not there yet; not simple then */
    /* cold */
    uint16_t self_stores;         /* see rt_code_self_stores */
    struct rt_exc_entry *exc;
    uint32_t nexc;
    uint32_t nlocs;
    struct rt_code_unit *unit;    /* NULL, or what words, exc, loc_bytes and the late part belong to */
    const uint8_t *loc_bytes;     /* locations as varints, while locs is NULL */
    uint32_t loc_length;
    struct rt_loc *_Atomic locs;  /* read by rt_code_locs only */
    int32_t firstlineno;
    rt_slot name, qualname, filename;            /* str */
    rt_value varnames, cellvars, freevars;       /* tuples of str */
    rt_slot consts_tuple, names_tuple;           /* co_consts, co_names, made on demand */
    rt_slot weak_cache;                          /* spare */
    uint8_t *cell_arg;                           /* spare for cells that are arguments, or NULL */
};

/* Marshalled code that several code objects share: words and tables are used where they stand. */
struct rt_code_unit { _Atomic uint32_t refs; bool fixed; const uint8_t *data; size_t length; };
struct rt_code_body { /* of a code object that is loaded late */
    struct rt_code_unit *unit;
    const uint8_t *locs, *rest;
    uint32_t loc_length, rest_length, self_stores;
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

/* The handler of the word at index `at`, or NULL. The table is flat: disjoint ranges, sorted. */
RT_INLINE struct rt_exc_entry *rt_exc_entry_at(const struct rt_code *code, uint32_t at)
{
    uint32_t lo = 0, hi = code->nexc;
    while (lo < hi) {
        uint32_t mid = (lo + hi) / 2;
        if (code->exc[mid].end <= at)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < code->nexc && code->exc[lo].start <= at ? &code->exc[lo] : NULL;
}
RT_INLINE struct rt_code *rt_as_code(rt_value v) { return (struct rt_code *)rt_ptr(v); }
/* [attached; nopy; new ref; raises] Constants that are str in identifier form get interned, tuples of
   constants and other immutable constants become immortal. */
rt_value rt_code_new(struct rt_thread *ts, const struct rt_code_parts *p);
/* The same from marshalled data: words and exc are used in place, names and constants come with rt_code_load. */
rt_value rt_code_new_late(struct rt_thread *ts, const struct rt_code_parts *p, const struct rt_code_body *body);
/* [attached; nopy; raises MemoryError] Loads the late part; in compiler/marshal_code.c. Who looks at consts, names, ic or
   the tuples of names of a code object that need not be running calls rt_code_ready first. */
int rt_code_load(struct rt_thread *ts, struct rt_code *c);
RT_INLINE int rt_code_ready(struct rt_thread *ts, struct rt_code *c)
{
    return rt_likely(!rt_load_acquire(&c->is_late)) ? 0 : rt_code_load(ts, c);
}
bool rt_code_is_simple(const struct rt_code *c);
rt_value rt_code_constant_word(struct rt_thread *ts, rt_value v); /* by which a code object holds a constant */
/* A copy of data unless fixed; NULL: no memory. */
struct rt_code_unit *rt_code_unit_new(const uint8_t *data, size_t length, bool fixed);
void rt_code_unit_release(struct rt_code_unit *u);
/* All nlocs locations; NULL: none, or no memory. */
const struct rt_loc *rt_code_locs(const struct rt_code *c);
/* How many different attributes the code gives to its first argument. Does not need the late part. */
uint32_t rt_code_self_stores(const struct rt_code *c);
/* code_listing.c: co_code. consts: co_consts. [attached; nopy; new ref; raises] */
rt_value rt_code_listing(struct rt_thread *ts, const struct rt_code *c, rt_value consts);
rt_value rt_code_exceptions(struct rt_thread *ts, const struct rt_code *c); /* co_exceptiontable */
/* Offsets in co_code count units of two bytes; some instructions show as more units than they have words. Where
   the word pc shows; for all words and the end, to be freed (NULL: MemoryError). */
uint32_t rt_code_unit_at(const struct rt_code *c, uint32_t pc);
uint32_t *rt_code_units(struct rt_thread *ts, const struct rt_code *c);
struct rt_bytes;
/* code_lines.c: into p, other locations: c's moved, or from a table in CPython's format; to be freed (NULL: MemoryError). */
struct rt_loc *rt_code_moved_locs(struct rt_thread *ts, struct rt_code_parts *p, int32_t by);
struct rt_loc *rt_code_read_locs(struct rt_thread *ts, struct rt_code_parts *p, const struct rt_code *c, const struct rt_bytes *table);
/* code_make.c: getters of co_consts, co_code and the tables; code.replace(), types.CodeType() */
rt_value rt_code_get_consts(struct rt_thread *ts, rt_value self, void *closure);
rt_value rt_code_get_code(struct rt_thread *ts, rt_value self, void *closure);
rt_value rt_code_get_linetable(struct rt_thread *ts, rt_value self, void *closure);
rt_value rt_code_get_exceptiontable(struct rt_thread *ts, rt_value self, void *closure);
rt_value rt_code_replace(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw);
rt_value rt_code_type_new(struct rt_thread *ts, struct rt_type *type, const rt_value *a, uint32_t n, rt_value kw);
const struct rt_loc *rt_code_loc(const struct rt_code *code, uint32_t pc); /* word index; NULL: none */
int rt_code_line(const struct rt_code *code, uint32_t pc); /* not positive: none */
int rt_code_line_in_signal(const struct rt_code *code, uint32_t pc); /* the same, never allocates */
/* Name of cell c (own cells first, then free variables); borrowed. */
rt_value rt_code_cell_name(const struct rt_code *code, uint32_t c);

/* compiler/compile.h offers: source or AST to code. */

#endif
