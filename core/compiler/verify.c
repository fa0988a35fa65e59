/* SPDX-License-Identifier: MIT */
/*
 * verify.c: is a code object one that the evaluator can run without reading or writing out of bounds? Asked about all code
 * that marshal reads when it first runs (but for the image of the library that stands beside the runtime), and about what
 * code.replace() and types.CodeType() make. Checks registers, indexes, jump targets and tables, in one pass over the words.
 * It does not prove that a temporary has been set, nor that its value is of the kind an instruction expects: whoever writes
 * instructions by hand and the checksum in front of them could as well write a program.
 */
#include <stdlib.h>

#include "core/compiler/opinfo.h"
#include "core/object/native.h"

enum { START = 1, TARGET = 2 };

struct verifier {
    const struct rt_code_parts *p;
    uint8_t *starts;   /* START: an instruction begins here; TARGET: somebody jumps here */
    uint32_t sure[128]; /* by kind of operand: what is below is right, what is not is looked at */
    uint32_t regs;     /* 8-bit registers that exist */
    uint32_t variables;
};

static bool is_const(const struct verifier *v, uint32_t i, const struct rt_type *t)
{
    return i < v->p->nconsts && (!t || rt_is_exact(v->p->consts[i], t));
}

static bool byte_ok(const struct verifier *v, char kind, uint32_t x)
{
    const struct rt_code_parts *p = v->p;
    switch (kind) {
    case 'r': return x < v->regs;
    case '2': return x + 1 < v->regs;
    case '3': return x + 2 < v->regs;
    case 'c': return p->local_base ? x < v->regs : x >= p->nlocals && x < p->nlocals + p->ncells;
    case 'o': return x == 255 || x < v->regs;
    case 'e': return x < p->ncells || x == 255;
    default: return true;
    }
}

static bool x16_ok(const struct verifier *v, char kind, uint32_t x)
{
    switch (kind) {
    case 'K': return x < v->p->nconsts;
    case 'v': return x < v->p->nlocals;
    case 'f': return v->p->local_base && x < v->p->nregs - 256;
    case 'F': return x < v->p->nfrees;
    default: return true;
    }
}

static bool w1_ok(const struct verifier *v, char kind, uint32_t op, uint32_t w, uint32_t w1)
{
    const struct rt_code_parts *p = v->p;
    switch (kind) {
    case 'n': return (w1 & 0xffff) < p->nnames && w1 >> 16 < p->nic;
    case 'N': return w1 < p->nnames;
    case 'I': return (w1 & 0xffff) < p->nnames && w1 >> 16 < p->nconsts;
    case 'k': return is_const(v, w1, op == RT_OP_MAKE_FUNCTION ? &rt_code_type : NULL);
    case 's': return w1 == 255 || w1 < v->regs;
    case 'S': return w1 < 0x10000 && byte_ok(v, 'o', w1 & 0xff) && byte_ok(v, 'o', w1 >> 8);
    case 'm':
        if (!is_const(v, w1 & 0xffff, &rt_tuple_type))
            return false;
        return op != RT_OP_CALL_KW || rt_as_tuple(p->consts[w1 & 0xffff])->length <= w >> 24;
    case 'M': return p->local_base && (w1 & 0xffff) < v->variables && w1 >> 16 < v->variables;
    default: return true;
    }
}

/* Operands that depend on each other. */
static bool special_ok(const struct verifier *v, const uint32_t *w)
{
    uint32_t a = *w >> 8 & 0xff, b = *w >> 16 & 0xff, c = *w >> 24;
    switch (*w & 0xff) {
    case RT_OP_DROPN: return !b || a + b <= v->regs;
    case RT_OP_MAKE_CELL: return c == 0 || b < v->p->nlocals;
    case RT_OP_MAKE_FUNCTION: return b < 16 && (!b || c + (uint32_t)__builtin_popcount(b) <= v->regs);
    case RT_OP_RAISE: return c <= 2 && (c < 1 || a < v->regs) && (c < 2 || b < v->regs);
    case RT_OP_BUILD_MAP: return c % 2 == 0;
    case RT_OP_UNPACK_EX: return (uint64_t)a + 1 + w[1] == c;
    case RT_OP_CALL_KW: return !(w[1] >> 16 & 1) || b + 1 < v->regs;
    case RT_OP_YIELD:
    case RT_OP_YIELD_FROM: return v->p->flags & RT_CO_GENERATORS;
    case RT_OP_ASYNC_GEN_WRAP: return v->p->flags & RT_CO_ASYNC_GENERATOR;
    default: return true;
    }
}

static bool is_end(uint32_t op)
{
    return op == RT_OP_RETURN || op == RT_OP_RETURN_K || op == RT_OP_RAISE || op == RT_OP_RERAISE || op == RT_OP_JUMP ||
           op == RT_OP_JUMP_BACK || op == RT_OP_FOR_NEXT;
}

static bool byte_right(const struct verifier *v, char kind, uint32_t x)
{
    return rt_likely(x < v->sure[(uint8_t)kind]) || byte_ok(v, kind, x);
}

static bool jump_ok(const struct verifier *v, uint32_t w, int64_t to)
{
    const struct rt_code_parts *p = v->p;
    if (to < 0 || to >= p->nwords || ((w & 0xff) == RT_OP_FOR_NEXT && p->words[to] != ((w & ~0xffu) | RT_OP_FOR_ITER)))
        return false;
    v->starts[to] |= TARGET;
    return true;
}

/* The operands of the instruction w, which ends at pc. */
static const char *check_operands(const struct verifier *v, const uint32_t *w, const char *s, uint32_t pc)
{
    if (s[0] == 's')
        return jump_ok(v, *w, (int64_t)pc + ((int32_t)*w >> 8)) ? NULL : "bad jump";
    if (!byte_right(v, s[0], *w >> 8 & 0xff))
        return "bad register";
    if (s[2] == '.') {
        if (!x16_ok(v, s[1], *w >> 16))
            return "bad index";
    } else if (!byte_right(v, s[1], *w >> 16 & 0xff) || !byte_right(v, s[2], *w >> 24)) {
        return "bad register";
    }
    if (s[3] == 'j')
        return jump_ok(v, *w, (int64_t)pc + (int32_t)w[1]) ? NULL : "bad jump";
    bool extra = s[3] && s[3] != 'L';
    if (extra && !w1_ok(v, s[3], *w & 0xff, *w, w[1]))
        return "bad index";
    if (s[2] == 'L') {
        const uint8_t *l = (const uint8_t *)(w + 1 + extra);
        for (uint32_t i = 0; i < *w >> 24; i++)
            if (l[i] >= v->regs)
                return "bad register";
    }
    return special_ok(v, w) ? NULL : "bad operands";
}

static const char *check_words(struct verifier *v)
{
    const struct rt_code_parts *p = v->p;
    uint32_t op = RT_OP_NOP;
    for (uint32_t pc = 0; pc < p->nwords;) {
        const uint32_t *w = p->words + pc;
        op = *w & 0xff;
        if (op >= RT_OP_COUNT)
            return "unknown instruction";
        uint32_t next = pc + rt_opinfo_length(w);
        if (next > p->nwords)
            return "truncated instruction";
        v->starts[pc] |= START;
        const char *bad = check_operands(v, w, rt_opinfo_shapes[op], next);
        if (bad)
            return bad;
        pc = next;
    }
    return is_end(op) ? NULL : "code without an end";
}

static const char *check_tables(const struct verifier *v)
{
    const struct rt_code_parts *p = v->p;
    uint32_t end = 0;
    for (uint32_t i = 0; i < p->nexc; i++) {
        const struct rt_exc_entry *e = &p->exc[i];
        if (e->start < end || e->start >= e->end || e->end > p->nwords || e->target >= p->nwords)
            return "bad exception table";
        v->starts[e->target] |= TARGET;
        if (e->base < p->temp_base || e->base >= p->temp_base + p->ntemps)
            return "bad exception table";
        end = e->end;
    }
    for (uint32_t i = 0; i < p->nlocs; i++) {
        if (p->locs[i].pc >= p->nwords || (i && p->locs[i].pc < p->locs[i - 1].pc))
            return "bad location table";
    }
    return memchr(v->starts, TARGET, p->nwords) ? "bad jump" : NULL; /* into an instruction */
}

/* Counts and the objects that are no constants. */
static const char *check_head(const struct rt_code_parts *p, uint64_t variables)
{
    uint64_t args = (uint64_t)p->argcount + p->kwonly + !!(p->flags & RT_CO_VARARGS) + !!(p->flags & RT_CO_VARKEYWORDS);
    if (variables > 0xffff || args > p->nlocals || p->posonly > p->argcount || p->ntemps > 256 || !p->nwords)
        return "bad counts";
    if (__builtin_popcount(p->flags & RT_CO_GENERATORS) > 1)
        return "bad flags";
    if (p->local_base ? p->local_base != 256 || p->temp_base != 0 || p->nregs < 256 + variables || p->nregs > 0x20000 :
                        p->temp_base != variables || p->nregs < variables + p->ntemps || p->nregs > 256)
        return "bad registers";
    const rt_value tuples[] = {p->varnames, p->cellvars, p->freevars};
    const uint32_t lengths[] = {p->nlocals, p->ncells, p->nfrees};
    for (int i = 0; i < 3; i++) {
        if (!rt_is_exact(tuples[i], &rt_tuple_type) || rt_as_tuple(tuples[i])->length != lengths[i])
            return "bad counts";
        for (uint32_t k = 0; k < lengths[i]; k++)
            if (!rt_is_ptr(rt_as_tuple(tuples[i])->items[k]) || !rt_is_str(rt_as_tuple(tuples[i])->items[k]))
                return "bad name";
    }
    for (uint32_t i = 0; i < p->nnames; i++)
        if (!rt_is_ptr(p->names[i]) || !rt_is_str(p->names[i]))
            return "bad name";
    return NULL;
}

const char *rt_verify(const struct rt_code_parts *p)
{
    uint64_t variables = (uint64_t)p->nlocals + p->ncells;
    uint8_t small[512];
    const char *bad = check_head(p, variables);
    if (bad)
        return bad;
    struct verifier v = {.p = p, .regs = p->local_base ? p->ntemps : p->nregs, .variables = (uint32_t)variables};
    v.sure['r'] = v.sure['o'] = v.regs;
    v.sure['e'] = p->ncells;
    v.sure['-'] = v.sure['i'] = v.sure['L'] = v.sure['q'] = 256;
    v.starts = p->nwords <= sizeof small ? memset(small, 0, p->nwords) : calloc(p->nwords, 1);
    if (!v.starts)
        return "out of memory";
    bad = check_words(&v);
    if (!bad)
        bad = check_tables(&v);
    if (v.starts != small)
        free(v.starts);
    return bad;
}
