/* SPDX-License-Identifier: MIT */
/*
 * co_code and co_exceptiontable, for readers such as dis and for tools that look for the names, constants and jumps of a
 * function. co_code tells what the instructions do in CPython 3.11's opcodes. It is a rendering: nothing runs it, operands
 * that are registers do not show, and what has no counterpart is a NOP. So is what CPython follows by cache entries
 * (arithmetic, attributes, calls), for dis steps over as many units as these take. Two bytes a word, further words of an
 * instruction are CACHE (0; an argument above 255 takes one as EXTENDED_ARG). Only LOAD_GLOBAL in functions shows as more
 * units than it has words: tools look for it (cloudpickle). Offsets of co_lines(), co_positions() and f_lasti count units.
 */
#include "core/compiler/opinfo.h"
#include "core/eval/eval_internal.h"

enum { /* opcodes of CPython 3.11 */
    C_POP_TOP = 1, C_NOP = 9, C_UNARY_POSITIVE = 10, C_UNARY_NEGATIVE = 11, C_UNARY_NOT = 12,
    C_UNARY_INVERT = 15, C_GET_LEN = 30, C_MATCH_MAPPING = 31, C_MATCH_SEQUENCE = 32,
    C_MATCH_KEYS = 33, C_PUSH_EXC_INFO = 35, C_WITH_EXCEPT_START = 49, C_GET_AITER = 50, C_GET_ANEXT = 51,
    C_BEFORE_ASYNC_WITH = 52, C_BEFORE_WITH = 53, C_END_ASYNC_FOR = 54, C_DELETE_SUBSCR = 61,
    C_GET_ITER = 68, C_GET_YIELD_FROM_ITER = 69, C_PRINT_EXPR = 70, C_LOAD_BUILD_CLASS = 71,
    C_LOAD_ASSERTION_ERROR = 74, C_LIST_TO_TUPLE = 82, C_RETURN_VALUE = 83, C_IMPORT_STAR = 84,
    C_SETUP_ANNOTATIONS = 85, C_YIELD_VALUE = 86, C_ASYNC_GEN_WRAP = 87, C_POP_EXCEPT = 89, C_STORE_NAME = 90,
    C_DELETE_NAME = 91, C_FOR_ITER = 93, C_UNPACK_EX = 94,
    C_DELETE_ATTR = 96, C_STORE_GLOBAL = 97, C_DELETE_GLOBAL = 98, C_LOAD_CONST = 100, C_LOAD_NAME = 101,
    C_BUILD_TUPLE = 102, C_BUILD_LIST = 103, C_BUILD_SET = 104, C_BUILD_MAP = 105,
    C_IMPORT_NAME = 108, C_IMPORT_FROM = 109, C_JUMP_FORWARD = 110,
    C_POP_JUMP_FORWARD_IF_FALSE = 114, C_POP_JUMP_FORWARD_IF_TRUE = 115, C_IS_OP = 117,
    C_CONTAINS_OP = 118, C_LOAD_GLOBAL = 116, C_RERAISE = 119, C_COPY = 120, C_SEND = 123, C_LOAD_FAST = 124,
    C_STORE_FAST = 125, C_DELETE_FAST = 126, C_POP_JUMP_FORWARD_IF_NOT_NONE = 128, C_POP_JUMP_FORWARD_IF_NONE = 129,
    C_RAISE_VARARGS = 130, C_GET_AWAITABLE = 131, C_MAKE_FUNCTION = 132, C_BUILD_SLICE = 133, C_MAKE_CELL = 135,
    C_LOAD_CLOSURE = 136, C_LOAD_DEREF = 137, C_STORE_DEREF = 138, C_DELETE_DEREF = 139, C_JUMP_BACKWARD = 140,
    C_CALL_FUNCTION_EX = 142, C_EXTENDED_ARG = 144, C_LIST_APPEND = 145, C_SET_ADD = 146, C_MAP_ADD = 147,
    C_LOAD_CLASSDEREF = 148, C_MATCH_CLASS = 152, C_FORMAT_VALUE = 155, C_BUILD_STRING = 157,
    C_LIST_EXTEND = 162, C_SET_UPDATE = 163, C_DICT_MERGE = 164, C_DICT_UPDATE = 165,
};

/* Where the argument comes from. */
enum arg { FIXED, NAME, CONST, CONST_W1, SMALL, COUNT, JUMP_W1, JUMP_S24, OWN_CELL, FREE, LOCAL, MOVED };

struct rendering { uint8_t op, arg, fixed; };
#define R(op, code) [RT_OP_##op] = {C_##code, FIXED, 0}
#define RA(op, code, arg) [RT_OP_##op] = {C_##code, arg, 0}
#define RF(op, code, n) [RT_OP_##op] = {C_##code, FIXED, n}

static const struct rendering renderings[RT_OP_COUNT] = {
    RA(MOVE, NOP, MOVED), RA(LOADK, LOAD_CONST, CONST), RA(LOADK_FAR, LOAD_CONST, CONST_W1), RA(LOADI, LOAD_CONST, SMALL),
    RA(LOAD_FAR, LOAD_FAST, LOCAL), RA(STORE_FAR, STORE_FAST, LOCAL), RA(DEL_FAST, DELETE_FAST, LOCAL),
    RA(DEL_FAR, DELETE_FAST, LOCAL), R(DROP, POP_TOP), R(DROPN, POP_TOP), RF(COPY, COPY, 1),
    RA(LOAD_DEREF, LOAD_DEREF, OWN_CELL), RA(DEL_DEREF, DELETE_DEREF, OWN_CELL), RA(LOAD_FREE, LOAD_DEREF, FREE),
    RA(STORE_FREE, STORE_DEREF, FREE), RA(DEL_FREE, DELETE_DEREF, FREE), RA(LOAD_FREE_CELL, LOAD_CLOSURE, FREE),
    RA(LOAD_CLASSDEREF, LOAD_CLASSDEREF, FREE), RA(LOAD_GLOBAL, LOAD_NAME, NAME), RA(STORE_GLOBAL, STORE_GLOBAL, NAME),
    RA(DEL_GLOBAL, DELETE_GLOBAL, NAME), RA(LOAD_NAME, LOAD_NAME, NAME), RA(STORE_NAME, STORE_NAME, NAME),
    RA(DEL_NAME, DELETE_NAME, NAME),
    R(NEG, UNARY_NEGATIVE), R(POS, UNARY_POSITIVE), R(INVERT, UNARY_INVERT), R(NOT, UNARY_NOT),
    RF(IS, IS_OP, 0), RF(IS_NOT, IS_OP, 1),
    RF(IN, CONTAINS_OP, 0), RF(NOT_IN, CONTAINS_OP, 1), RF(JIS, IS_OP, 0), RF(JIN, CONTAINS_OP, 0),
    RA(JUMP, JUMP_FORWARD, JUMP_S24), RA(JUMP_BACK, JUMP_BACKWARD, JUMP_S24),
    RA(JTRUE, POP_JUMP_FORWARD_IF_TRUE, JUMP_W1), RA(JFALSE, POP_JUMP_FORWARD_IF_FALSE, JUMP_W1),
    RA(JTRUE_KEEP, POP_JUMP_FORWARD_IF_TRUE, JUMP_W1), RA(JFALSE_KEEP, POP_JUMP_FORWARD_IF_FALSE, JUMP_W1),
    RA(JNONE, POP_JUMP_FORWARD_IF_NONE, JUMP_W1), RA(JNOTNONE, POP_JUMP_FORWARD_IF_NOT_NONE, JUMP_W1),
    RA(DEL_ATTR, DELETE_ATTR, NAME),
    R(DELITEM, DELETE_SUBSCR), RF(BUILD_SLICE, BUILD_SLICE, 2),
    RA(BUILD_TUPLE, BUILD_TUPLE, COUNT), RA(BUILD_LIST, BUILD_LIST, COUNT), RA(BUILD_SET, BUILD_SET, COUNT),
    RA(BUILD_MAP, BUILD_MAP, COUNT), RA(BUILD_STRING, BUILD_STRING, COUNT), RF(LIST_APPEND, LIST_APPEND, 1),
    RF(SET_ADD, SET_ADD, 1), RF(MAP_ADD, MAP_ADD, 1), RF(LIST_EXTEND, LIST_EXTEND, 1), RF(SET_UPDATE, SET_UPDATE, 1),
    RF(DICT_UPDATE, DICT_UPDATE, 1), RF(DICT_MERGE, DICT_MERGE, 1), R(LIST_TO_TUPLE, LIST_TO_TUPLE),
    R(FORMAT, FORMAT_VALUE), RA(UNPACK_EX, UNPACK_EX, COUNT),
    RF(CALL_EX, CALL_FUNCTION_EX, 1), R(RETURN, RETURN_VALUE), R(RETURN_K, RETURN_VALUE), R(MAKE_FUNCTION, MAKE_FUNCTION),
    R(LOAD_BUILD_CLASS, LOAD_BUILD_CLASS), R(GET_ITER, GET_ITER), R(GET_ITER_LAZY, GET_ITER), R(FOR_PREP, GET_ITER),
    RA(FOR_ITER, FOR_ITER, JUMP_W1), RA(FOR_NEXT, JUMP_BACKWARD, JUMP_W1), R(YIELD, YIELD_VALUE), R(YIELD_FROM, SEND),
    R(GET_YIELD_FROM_ITER, GET_YIELD_FROM_ITER), R(GET_AWAITABLE, GET_AWAITABLE), R(GET_AITER, GET_AITER),
    R(GET_ANEXT, GET_ANEXT), R(END_ASYNC_FOR, END_ASYNC_FOR), R(ASYNC_GEN_WRAP, ASYNC_GEN_WRAP),
    R(PUSH_EXC, PUSH_EXC_INFO), R(POP_EXC, POP_EXCEPT), R(RERAISE, RERAISE), RA(RAISE, RAISE_VARARGS, COUNT),
    R(BEFORE_WITH, BEFORE_WITH), R(BEFORE_ASYNC_WITH, BEFORE_ASYNC_WITH), R(WITH_EXCEPT, WITH_EXCEPT_START),
    R(LOAD_ASSERTION_ERROR, LOAD_ASSERTION_ERROR), R(MATCH_CLASS, MATCH_CLASS), R(MATCH_MAPPING, MATCH_MAPPING),
    R(MATCH_SEQUENCE, MATCH_SEQUENCE), R(MATCH_KEYS, MATCH_KEYS), R(GET_LEN, GET_LEN), RA(IMPORT_NAME, IMPORT_NAME, NAME),
    RA(IMPORT_FROM, IMPORT_FROM, NAME), R(IMPORT_STAR, IMPORT_STAR), R(PRINT_EXPR, PRINT_EXPR),
    R(SETUP_ANNOTATIONS, SETUP_ANNOTATIONS),
};

/* LOAD_GLOBAL with CPython's caches, where it is not LOAD_NAME as in modules and classes. */
static bool is_global(const struct rt_code *c, const uint32_t *w) { return (*w & 0xff) == RT_OP_LOAD_GLOBAL && (c->flags & RT_CO_OPTIMIZED); }
static uint32_t units_of(const struct rt_code *c, const uint32_t *w)
{
    enum { CACHES = 5 };
    return is_global(c, w) ? 1 + ((w[1] & 0xffff) > 127) + CACHES : rt_opinfo_length(w);
}
uint32_t rt_code_unit_at(const struct rt_code *c, uint32_t pc)
{
    uint32_t at = 0, unit = 0;
    for (uint32_t n; at < pc && at < c->nwords && at + (n = rt_opinfo_length(c->words + at)) <= pc; at += n)
        unit += units_of(c, c->words + at);
    return unit + (pc - at); /* the words of one instruction may have locations of their own */
}
uint32_t *rt_code_units(struct rt_thread *ts, const struct rt_code *c)
{
    uint32_t *units = rt_raw_malloc((c->nwords + 1) * sizeof *units), unit = 0;
    if (!units) {
        rt_raise_no_memory(ts);
        return NULL;
    }
    for (uint32_t pc = 0, n; pc < c->nwords; pc += n) {
        n = rt_opinfo_length(c->words + pc);
        for (uint32_t i = 0; i < n; i++)
            units[pc + i] = unit + i;
        unit += units_of(c, c->words + pc);
    }
    units[c->nwords] = unit;
    return units;
}

/* The index in co_consts of an int that an instruction carries, or -1. */
static int64_t small_index(rt_value consts, uint32_t w)
{
    struct rt_tuple *t = rt_as_tuple(consts);
    for (size_t i = 0; i < t->length; i++)
        if (t->items[i].bits == rt_int_imm((int16_t)(w >> 16)).bits)
            return (int64_t)i;
    return -1;
}

/* The opcode, with its argument in *arg (negative: there is none that fits). */
static uint8_t render(const struct rt_code *c, const uint32_t *units, rt_value consts, const uint32_t *w, int64_t *arg)
{
    struct rendering r = renderings[*w & 0xff];
    uint32_t a = *w >> 8 & 0xff, b = *w >> 16 & 0xff, x16 = *w >> 16;
    switch (r.arg) {
    case FIXED: *arg = r.fixed; break;
    case NAME: *arg = w[1] & 0xffff; break;
    case CONST: *arg = x16; break;
    case CONST_W1: *arg = w[1]; break;
    case SMALL: *arg = small_index(consts, *w); break;
    case COUNT: *arg = *w >> 24; break;
    case OWN_CELL: *arg = *w >> 24 < c->ncells ? (int64_t)(c->nlocals + (*w >> 24)) : -1; break;
    case FREE: *arg = (int64_t)(c->nlocals + c->ncells + x16); break;
    case LOCAL: {
        uint32_t k = (*w & 0xff) == RT_OP_DEL_FAST ? a : x16;
        *arg = k < c->nlocals ? (int64_t)k : -1;
        break;
    }
    case MOVED:
        *arg = b < c->nlocals && !c->local_base ? b : a;
        if (c->local_base || (uint32_t)*arg >= c->nlocals)
            *arg = -1;
        return b < c->nlocals ? C_LOAD_FAST : C_STORE_FAST;
    default: break;
    }
    if (is_global(c, w)) {
        *arg = (w[1] & 0xffff) << 1; /* the lowest bit: for a call */
        return C_LOAD_GLOBAL;
    }
    if (r.arg == JUMP_S24 || r.arg == JUMP_W1) {
        int64_t pc = w - c->words, end = pc + rt_opinfo_length(w), to = end + (r.arg == JUMP_S24 ? (int32_t)*w >> 8 : (int32_t)w[1]);
        if (to < 0 || to > c->nwords)
            to = pc;
        *arg = (int64_t)units[to] - (units[pc] + 1); /* counted from its first unit */
        if (r.op == C_JUMP_BACKWARD)
            *arg = -*arg;
    }
    return r.op;
}

rt_value rt_code_listing(struct rt_thread *ts, const struct rt_code *c, rt_value consts)
{
    uint32_t *units = rt_code_units(ts, c);
    rt_value bytes = units ? rt_bytes_new(ts, NULL, (size_t)units[c->nwords] * 2) : RT_NULL;
    if (rt_is_null(bytes)) {
        rt_raw_free(units);
        return bytes;
    }
    uint8_t *out = (uint8_t *)rt_as_bytes(bytes)->data;
    memset(out, 0, (size_t)units[c->nwords] * 2);
    for (uint32_t pc = 0, n; pc < c->nwords; pc += n) {
        const uint32_t *w = c->words + pc;
        n = rt_opinfo_length(w);
        int64_t arg = 0;
        uint8_t op = render(c, units, consts, w, &arg), kind = renderings[*w & 0xff].arg, *to = out + 2 * units[pc];
        if (!op || arg < 0 || arg > 0xffff || (arg > 0xff && units_of(c, w) < 2)) {
            to[0] = C_NOP;
        } else if (arg <= 0xff) {
            to[0] = op;
            to[1] = (uint8_t)arg;
        } else {
            if (kind == JUMP_W1) /* counted from the second unit */
                arg += op == C_JUMP_BACKWARD ? 1 : -1;
            to[0] = C_EXTENDED_ARG;
            to[1] = (uint8_t)(arg >> 8);
            to[2] = op;
            to[3] = (uint8_t)arg;
        }
    }
    rt_raw_free(units);
    return bytes;
}

/* co_exceptiontable: start, length, target and depth of each entry as CPython writes them, six bits a byte, the highest
   first; 0x40 marks that more follow, 0x80 where an entry begins. */
rt_value rt_code_exceptions(struct rt_thread *ts, const struct rt_code *c)
{
    enum { ENTRY = 4 * 6 };
    uint32_t *units = rt_code_units(ts, c);
    rt_value bytes = units ? rt_bytes_new(ts, NULL, (size_t)c->nexc * ENTRY) : RT_NULL, r;
    if (rt_is_null(bytes)) {
        rt_raw_free(units);
        return bytes;
    }
    uint8_t *out = (uint8_t *)rt_as_bytes(bytes)->data, *p = out;
    for (uint32_t i = 0; i < c->nexc; i++) {
        const struct rt_exc_entry *e = &c->exc[i];
        uint32_t values[] = {units[e->start], units[e->end] - units[e->start], units[e->target], (e->base - c->temp_base) << 1};
        uint8_t *begin = p;
        for (int k = 0; k < 4; k++) {
            int shift = 30;
            while (shift && !(values[k] >> shift))
                shift -= 6;
            for (; shift > 0; shift -= 6)
                *p++ = (uint8_t)(0x40 | (values[k] >> shift & 0x3f));
            *p++ = (uint8_t)(values[k] & 0x3f);
        }
        *begin |= 0x80;
    }
    r = rt_bytes_new(ts, out, (size_t)(p - out));
    rt_raw_free(units);
    rt_decref(ts, bytes);
    return r;
}
