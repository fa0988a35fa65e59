/* SPDX-License-Identifier: MIT */
/* opinfo.c: instruction shapes (see opinfo.h) and the disassembler. */
#include "core/compiler/opinfo.h"

#include "core/object/native.h"

const char *const rt_opinfo_names[RT_OP_COUNT] = {
#define L 0
#define RT_OP(name, extra, doc) #name,
#include "core/eval/bytecode.def"
#undef RT_OP
#undef L
};

#define BINARY(op) [RT_OP_##op] = "rrr"
#define IMM(op) [RT_OP_##op] = "rri"
#define UNARY(op) [RT_OP_##op] = "rr-"
#define JUMP2(op) [RT_OP_##op] = "rrij"
#define JUMPI(op) [RT_OP_##op] = "riij"

const char rt_opinfo_shapes[RT_OP_COUNT][8] = {
    [RT_OP_NOP] = "---", [RT_OP_MOVE] = "rr-", [RT_OP_LOADK] = "rK.", [RT_OP_LOADK_FAR] = "r--k", [RT_OP_LOADI] = "rx.",
    [RT_OP_LOAD_FAR] = "rf.", [RT_OP_STORE_FAR] = "rf.", [RT_OP_CHECK_BOUND] = "rv.", [RT_OP_CHECK_BOUND_FAR] = "-v.",
    [RT_OP_DEL_FAST] = "rv.", [RT_OP_DEL_FAR] = "-f.", [RT_OP_CLEAR] = "r--", [RT_OP_CLEAR_FAR] = "-f.", [RT_OP_DROP] = "r--",
    [RT_OP_DROPN] = "qi-", [RT_OP_MAKE_CELL] = "cqi", [RT_OP_MAKE_CELL_FAR] = "--iM", [RT_OP_LOAD_DEREF] = "rce",
    [RT_OP_STORE_DEREF] = "rc-", [RT_OP_DEL_DEREF] = "-ce", [RT_OP_LOAD_FREE] = "rF.", [RT_OP_STORE_FREE] = "rF.",
    [RT_OP_DEL_FREE] = "-F.", [RT_OP_LOAD_FREE_CELL] = "rF.", [RT_OP_LOAD_CLASSDEREF] = "rF.", [RT_OP_LOAD_GLOBAL] = "r--n",
    [RT_OP_STORE_GLOBAL] = "r--n", [RT_OP_DEL_GLOBAL] = "---n", [RT_OP_LOAD_NAME] = "r--n", [RT_OP_STORE_NAME] = "r--n",
    [RT_OP_DEL_NAME] = "---n", [RT_OP_LOAD_LOCALS] = "r--",
    BINARY(ADD), BINARY(SUB), BINARY(MUL), BINARY(MATMUL), BINARY(TRUEDIV), BINARY(FLOORDIV), BINARY(MOD), BINARY(POW),
    BINARY(LSHIFT), BINARY(RSHIFT), BINARY(AND), BINARY(XOR), BINARY(OR), BINARY(IADD), BINARY(ISUB), BINARY(IMUL),
    BINARY(IMATMUL), BINARY(ITRUEDIV), BINARY(IFLOORDIV), BINARY(IMOD), BINARY(IPOW), BINARY(ILSHIFT), BINARY(IRSHIFT),
    BINARY(IAND), BINARY(IXOR), BINARY(IOR), IMM(ADDI), IMM(SUBI), IMM(IADDI), IMM(ISUBI), UNARY(NEG), UNARY(POS), UNARY(INVERT),
    UNARY(NOT), BINARY(LT), BINARY(LE), BINARY(EQ), BINARY(NE), BINARY(GT), BINARY(GE), BINARY(IS), BINARY(IS_NOT), BINARY(IN),
    BINARY(NOT_IN),
    [RT_OP_JUMP] = "s..", [RT_OP_JUMP_BACK] = "s..", [RT_OP_JTRUE] = "r--j", [RT_OP_JFALSE] = "r--j",
    [RT_OP_JTRUE_KEEP] = "r--j", [RT_OP_JFALSE_KEEP] = "r--j", [RT_OP_JNONE] = "r--j", [RT_OP_JNOTNONE] = "r--j",
    JUMP2(JLT), JUMP2(JLE), JUMP2(JEQ), JUMP2(JNE), JUMP2(JGT), JUMP2(JGE), JUMPI(JLTI), JUMPI(JLEI), JUMPI(JEQI), JUMPI(JNEI),
    JUMPI(JGTI), JUMPI(JGEI), JUMP2(JIS), JUMP2(JIN),
    [RT_OP_LOAD_ATTR] = "rr-n", [RT_OP_STORE_ATTR] = "rr-n", [RT_OP_DEL_ATTR] = "r--n", [RT_OP_LOAD_METHOD] = "2r-n",
    [RT_OP_LOAD_SUPER_METHOD] = "2r-n",
    [RT_OP_GETITEM] = "rrr", [RT_OP_GETITEMI] = "rri", [RT_OP_GETSLICE] = "rroS", [RT_OP_SETSLICE] = "rroS", [RT_OP_SETITEM] = "rrr", [RT_OP_DELITEM] = "rr-", [RT_OP_BUILD_SLICE] = "rrrs",
    [RT_OP_BUILD_TUPLE] = "r-LL", [RT_OP_BUILD_LIST] = "r-LL", [RT_OP_BUILD_SET] = "r-LL", [RT_OP_BUILD_MAP] = "r-LL",
    [RT_OP_BUILD_STRING] = "r-LL", [RT_OP_LIST_APPEND] = "rr-", [RT_OP_SET_ADD] = "rr-", [RT_OP_MAP_ADD] = "rrr",
    [RT_OP_LIST_EXTEND] = "rr-", [RT_OP_SET_UPDATE] = "rr-", [RT_OP_DICT_UPDATE] = "rr-", [RT_OP_DICT_MERGE] = "rrr",
    [RT_OP_LIST_TO_TUPLE] = "rr-", [RT_OP_FORMAT] = "rris", [RT_OP_UNPACK] = "-rLL", [RT_OP_UNPACK_EX] = "irLiL", [RT_OP_UNPACK_LIST] = "rrii",
    [RT_OP_CALL] = "rrLL", [RT_OP_CALL_M] = "r2LL", [RT_OP_CALL_METHOD] = "rrLnL", [RT_OP_CALL_KW] = "rrLmL",
    [RT_OP_CALL_EX] = "rrrs", [RT_OP_RETURN] = "r--", [RT_OP_RETURN_K] = "-K.", [RT_OP_MAKE_FUNCTION] = "riqk",
    [RT_OP_LOAD_BUILD_CLASS] = "r--", [RT_OP_GET_ITER] = "rr-", [RT_OP_GET_ITER_LAZY] = "rr-", [RT_OP_FOR_PREP] = "3ri",
    [RT_OP_FOR_ITER] = "3r-j", [RT_OP_FOR_NEXT] = "3r-j", [RT_OP_YIELD] = "rr-", [RT_OP_YIELD_FROM] = "rrr", [RT_OP_GET_YIELD_FROM_ITER] = "rr-",
    [RT_OP_GET_AWAITABLE] = "rri", [RT_OP_GET_AITER] = "rr-", [RT_OP_GET_ANEXT] = "rr-", [RT_OP_END_ASYNC_FOR] = "rr-j",
    [RT_OP_ASYNC_GEN_WRAP] = "rr-", [RT_OP_PUSH_EXC] = "2--", [RT_OP_POP_EXC] = "2--", [RT_OP_JNOT_MATCH] = "rr-j",
    [RT_OP_RERAISE] = "ri-", [RT_OP_RAISE] = "qqi", [RT_OP_EG_MATCH] = "2rr", [RT_OP_EG_PREP_RERAISE] = "rrr",
    [RT_OP_BEFORE_WITH] = "2r-", [RT_OP_BEFORE_ASYNC_WITH] = "2r-", [RT_OP_WITH_EXCEPT] = "rrr",
    [RT_OP_LOAD_ASSERTION_ERROR] = "r--", [RT_OP_MATCH_CLASS] = "rrrm", [RT_OP_MATCH_MAPPING] = "rr-",
    [RT_OP_MATCH_SEQUENCE] = "rr-", [RT_OP_MATCH_KEYS] = "rrr", [RT_OP_COPY_WITHOUT_KEYS] = "rrr", [RT_OP_GET_LEN] = "rr-",
    [RT_OP_IMPORT_NAME] = "rr-I", [RT_OP_IMPORT_FROM] = "rr-N", [RT_OP_IMPORT_STAR] = "r--", [RT_OP_PRINT_EXPR] = "r--",
    [RT_OP_SETUP_ANNOTATIONS] = "---", [RT_OP_COPY] = "rr-",
};

/* ---- listing ---- */

static void print_value(struct rt_thread *ts, FILE *out, rt_value v)
{
    rt_value r = rt_is_ptr(v) && rt_type_of(v) == &rt_code_type ? rt_str_format(ts, "<code %U>", rt_slot_peek(&rt_as_code(v)->name)) :
                 rt_repr(ts, v);
    const char *s = rt_is_null(r) ? NULL : rt_str_utf8(ts, r, NULL);
    fprintf(out, "%.60s", s ? s : "?");
    rt_exc_clear(ts);
    rt_decref(ts, r);
}

static void print_reg(FILE *out, const struct rt_code *c, uint32_t r)
{
    if (!c->local_base && r >= c->temp_base)
        fprintf(out, " %%%u", r - c->temp_base);
    else if (c->local_base)
        fprintf(out, " %%%u", r);
    else if (r < c->nlocals)
        fprintf(out, " %s", rt_str_utf8(rt_current_thread, rt_as_tuple(c->varnames)->items[r], NULL));
    else
        fprintf(out, " cell:%s", rt_str_utf8(rt_current_thread, rt_as_tuple(c->cellvars)->items[r - c->nlocals], NULL));
}

static void print_byte(FILE *out, const struct rt_code *c, char kind, uint32_t v)
{
    switch (kind) {
    case 'r':
    case 'q':
    case '2':
    case '3':
    case 'c': print_reg(out, c, v); break;
    case 'o':
        if (v == 255)
            fputs(" -", out);
        else
            print_reg(out, c, v);
        break;
    case 'i':
    case 'e': fprintf(out, " #%d", (int8_t)v); break;
    default: break;
    }
}

/* The operands of the instruction word itself; next is the place behind the instruction. */
static void print_operands(struct rt_thread *ts, FILE *out, const struct rt_code *c, const char *s, uint32_t w, uint32_t next)
{
    if (s[0] == 's') {
        fprintf(out, " -> %d", (int)next + ((int32_t)w >> 8));
        return;
    }
    print_byte(out, c, s[0], w >> 8 & 0xff);
    uint32_t x = w >> 16;
    if (s[2] != '.') {
        print_byte(out, c, s[1], x & 0xff);
        print_byte(out, c, s[2], x >> 8);
        return;
    }
    switch (s[1]) {
    case 'K':
        fputc(' ', out);
        print_value(ts, out, c->consts[x]);
        break;
    case 'x': fprintf(out, " %d", (int16_t)x); break;
    default: fprintf(out, " %c%u", s[1], x); break;
    }
}

/* The second word, whose shape is one letter. */
static void print_second_word(struct rt_thread *ts, FILE *out, const struct rt_code *c, char shape, uint32_t w1, uint32_t next)
{
    switch (shape) {
    case 'n':
        fprintf(out, " .%s [%u]", rt_str_utf8(ts, c->names[w1 & 0xffff], NULL), w1 >> 16);
        break;
    case 'N': fprintf(out, " .%s", rt_str_utf8(ts, c->names[w1], NULL)); break;
    case 'I': fprintf(out, " .%s", rt_str_utf8(ts, c->names[w1 & 0xffff], NULL)); break;
    case 'j': fprintf(out, " -> %d", (int)next + (int32_t)w1); break;
    case 'k':
        fputc(' ', out);
        print_value(ts, out, c->consts[w1]);
        break;
    case 'm':
        fputc(' ', out);
        print_value(ts, out, c->consts[w1 & 0xffff]);
        fprintf(out, " +%u", w1 >> 16);
        break;
    case 's':
        if (w1 != 255)
            print_reg(out, c, w1);
        break;
    case 'S':
        print_byte(out, c, 'o', w1 & 0xff);
        print_byte(out, c, 'o', w1 >> 8);
        break;
    default: fprintf(out, " W1=%#x", w1); break;
    }
}

static void print_insn(struct rt_thread *ts, FILE *out, const struct rt_code *c, uint32_t pc)
{
    const uint32_t *w = c->words + pc;
    uint32_t op = *w & 0xff, next = pc + rt_opinfo_length(w);
    const char *s = rt_opinfo_shapes[op];
    fprintf(out, "%5u  %-16s", pc, rt_opinfo_names[op]);
    print_operands(ts, out, c, s, *w, next);
    s += 3;
    if (*s && *s != 'L') {
        print_second_word(ts, out, c, *s, w[1], next);
        s++;
        w++;
    }
    if (*s == 'L') {
        uint32_t n = c->words[pc] >> 24;
        fputs(" (", out);
        for (uint32_t i = 0; i < n; i++)
            print_reg(out, c, ((const uint8_t *)(w + 1))[i]);
        fputs(" )", out);
    }
}

void rt_disasm(struct rt_thread *ts, rt_value code, FILE *out, bool nested)
{
    struct rt_code *c = rt_as_code(code);
    if (rt_code_ready(ts, c) < 0)
        return;
    fprintf(out, "code %s (line %d): %u words, %u locals, %u cells, %u free, %u temporaries, flags %#x\n",
            rt_str_utf8(ts, rt_slot_peek(&c->qualname), NULL), c->firstlineno, c->nwords, c->nlocals, c->ncells, c->nfrees, c->ntemps,
            c->flags);
    int32_t line = -1;
    for (uint32_t pc = 0; pc < c->nwords; pc += rt_opinfo_length(c->words + pc)) {
        const struct rt_loc *l = rt_code_loc(c, pc);
        if (l && l->line != line)
            fprintf(out, "%4d", line = l->line);
        else
            fputs("    ", out);
        print_insn(ts, out, c, pc);
        fputc('\n', out);
    }
    for (uint32_t i = 0; i < c->nexc; i++)
        fprintf(out, "    [%u, %u) -> %u, %%%u\n", c->exc[i].start, c->exc[i].end, c->exc[i].target, c->exc[i].base - c->temp_base);
    for (uint32_t i = 0; nested && i < c->nconsts; i++) {
        if (rt_is_exact(c->consts[i], &rt_code_type)) {
            fputc('\n', out);
            rt_disasm(ts, c->consts[i], out, true);
        }
    }
}
