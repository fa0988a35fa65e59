/* SPDX-License-Identifier: MIT */
/* _opcode: what CPython's instructions, as the library's opcode module names them, do to the height of its stack. */
#include "core/modules/modules.h"

enum rule { LINEAR, GLOBAL, FUNCTION, SLICE, CALL_EX, FORMAT, UNPACK_EX, FOR_ITER, SEND, OR_POP };
enum { HAVE_ARGUMENT = 90 };

/* Number of an instruction; LINEAR: effect with argument 0, and how much more for each one more. */
static const struct { uint8_t op; int8_t base, step; uint8_t rule; } effects[] = {
    {0, 0, 0, LINEAR}, {1, -1, 0, LINEAR}, {2, 1, 0, LINEAR}, {9, 0, 0, LINEAR}, {10, 0, 0, LINEAR},
    {11, 0, 0, LINEAR}, {12, 0, 0, LINEAR}, {15, 0, 0, LINEAR}, {25, -1, 0, LINEAR}, {30, 1, 0, LINEAR},
    {31, 1, 0, LINEAR}, {32, 1, 0, LINEAR}, {33, 1, 0, LINEAR}, {35, 1, 0, LINEAR}, {36, 0, 0, LINEAR},
    {37, 0, 0, LINEAR}, {49, 1, 0, LINEAR}, {50, 0, 0, LINEAR}, {51, 1, 0, LINEAR}, {52, 1, 0, LINEAR},
    {53, 1, 0, LINEAR}, {54, -2, 0, LINEAR}, {60, -3, 0, LINEAR}, {61, -2, 0, LINEAR}, {68, 0, 0, LINEAR},
    {69, 0, 0, LINEAR}, {70, -1, 0, LINEAR}, {71, 1, 0, LINEAR}, {74, 1, 0, LINEAR}, {75, 0, 0, LINEAR},
    {82, 0, 0, LINEAR}, {83, -1, 0, LINEAR}, {84, -1, 0, LINEAR}, {85, 0, 0, LINEAR}, {86, 0, 0, LINEAR},
    {87, 0, 0, LINEAR}, {88, -1, 0, LINEAR}, {89, -1, 0, LINEAR}, {90, -1, 0, LINEAR}, {91, 0, 0, LINEAR},
    {92, -1, 1, LINEAR}, {93, 0, 0, FOR_ITER}, {94, 0, 0, UNPACK_EX}, {95, -2, 0, LINEAR},
    {96, -1, 0, LINEAR}, {97, -1, 0, LINEAR}, {98, 0, 0, LINEAR}, {99, 0, 0, LINEAR}, {100, 1, 0, LINEAR},
    {101, 1, 0, LINEAR}, {102, 1, -1, LINEAR}, {103, 1, -1, LINEAR}, {104, 1, -1, LINEAR},
    {105, 1, -2, LINEAR}, {106, 0, 0, LINEAR}, {107, -1, 0, LINEAR}, {108, -1, 0, LINEAR},
    {109, 1, 0, LINEAR}, {110, 0, 0, LINEAR}, {111, 0, 0, OR_POP}, {112, 0, 0, OR_POP}, {114, -1, 0, LINEAR},
    {115, -1, 0, LINEAR}, {116, 0, 0, GLOBAL}, {117, -1, 0, LINEAR}, {118, -1, 0, LINEAR},
    {119, -1, 0, LINEAR}, {120, 1, 0, LINEAR}, {122, -1, 0, LINEAR}, {123, 0, 0, SEND}, {124, 1, 0, LINEAR},
    {125, -1, 0, LINEAR}, {126, 0, 0, LINEAR}, {128, -1, 0, LINEAR}, {129, -1, 0, LINEAR},
    {130, 0, -1, LINEAR}, {131, 0, 0, LINEAR}, {132, 0, 0, FUNCTION}, {133, 0, 0, SLICE},
    {134, 0, 0, LINEAR}, {135, 0, 0, LINEAR}, {136, 1, 0, LINEAR}, {137, 1, 0, LINEAR}, {138, -1, 0, LINEAR},
    {139, 0, 0, LINEAR}, {140, 0, 0, LINEAR}, {142, 0, 0, CALL_EX}, {144, 0, 0, LINEAR},
    {145, -1, 0, LINEAR}, {146, -1, 0, LINEAR}, {147, -2, 0, LINEAR}, {148, 1, 0, LINEAR},
    {149, 0, 0, LINEAR}, {151, 0, 0, LINEAR}, {152, -2, 0, LINEAR}, {155, 0, 0, FORMAT},
    {156, 0, -1, LINEAR}, {157, 1, -1, LINEAR}, {160, 1, 0, LINEAR}, {162, -1, 0, LINEAR},
    {163, -1, 0, LINEAR}, {164, -1, 0, LINEAR}, {165, -1, 0, LINEAR}, {166, 0, -1, LINEAR},
    {171, -1, 0, LINEAR}, {172, 0, 0, LINEAR}, {173, -1, 0, LINEAR}, {174, -1, 0, LINEAR},
    {175, -1, 0, LINEAR}, {176, -1, 0, LINEAR},
};

/* jump: 1, 0, or -1 for the greater of both. */
static int special(enum rule rule, uint32_t arg, int jump)
{
    switch (rule) {
    case GLOBAL: return 1 + (int)(arg & 1);
    case FUNCTION: return -__builtin_popcount(arg & 15);
    case SLICE: return arg == 3 ? -2 : -1;
    case CALL_EX: return -2 - (int)(arg & 1);
    case FORMAT: return arg & 4 ? -1 : 0;
    case UNPACK_EX: return (int)(arg & 0xff) + (int)(arg >> 8);
    case FOR_ITER: return jump > 0 ? -1 : 1;
    case SEND: return jump > 0 ? -1 : 0;
    default: return jump == 0 ? -1 : 0;
    }
}

static rt_value stack_effect(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"", "", "jump", NULL};
    static const struct rt_argspec spec = {"stack_effect", names, 2, 1, 2, 3};
    rt_value v[3];
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    bool has = v[1].bits && !rt_is_none(v[1]);
    int op = rt_as_int(ts, v[0]), arg = has && !rt_pending(ts) ? rt_as_int(ts, v[1]) : 0, jump = -1;
    if (rt_pending(ts))
        return RT_NULL;
    if (op >= HAVE_ARGUMENT && !has)
        return rt_raise(ts, &rt_exc_ValueError, "stack_effect: opcode requires oparg but oparg was not specified");
    if (op < HAVE_ARGUMENT && has)
        return rt_raise(ts, &rt_exc_ValueError, "stack_effect: opcode does not permit oparg but oparg was specified");
    if (v[2].bits && !rt_is_none(v[2])) {
        if (!rt_is_bool(v[2]))
            return rt_raise(ts, &rt_exc_ValueError, "stack_effect: jump must be False, True or None");
        jump = rt_truth(ts, v[2]);
    }
    for (size_t i = 0; i < RT_COUNTOF(effects); i++)
        if (effects[i].op == op)
            return rt_int_imm(effects[i].rule == LINEAR ? effects[i].base + (int64_t)effects[i].step * arg
                                                        : special(effects[i].rule, (uint32_t)arg, jump));
    return rt_raise(ts, &rt_exc_ValueError, "invalid opcode or oparg");
}
static rt_value get_stats(struct rt_thread *ts, rt_value self) { return RT_NONE; }

static const struct rt_method_def methods[] = {
    {"stack_effect", stack_effect, RT_METH_KW,
     "stack_effect($module, opcode, oparg=None, /, *, jump=None)\n--\n\nCompute the stack effect of the opcode."},
    {"get_specialization_stats", get_stats, RT_METH_NOARGS,
     "get_specialization_stats($module, /)\n--\n\nReturn the specialization stats, or None: there are none."},
    {NULL},
};
const struct rt_module_def rt_module__opcode = {.name = "_opcode", .doc = "Opcode support module.", .methods = methods};
