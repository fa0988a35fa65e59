/* SPDX-License-Identifier: MIT */
/*
 * Out-of-line halves of the evaluator's instructions: operators on anything but immediates,
 * items and slices, building and unpacking. Each leaves the registers as
 * bytecode.def says on success, and untouched operands on failure ([REG-3]).
 */
#include "core/eval/eval_internal.h"
#include "core/object/instance.h"
#include <math.h>

#define A(w) ((w) >> 8 & 0xff)
#define B(w) ((w) >> 16 & 0xff)
#define C(w) ((w) >> 24)

/* Results of a two-operand instruction. */
RT_INLINE bool finish_inline(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, rt_value res)
{
    uint32_t a = A(w), b = B(w), c = C(w), base = fr->code->temp_base;
    if (rt_unlikely(rt_is_null(res)))
        return false;
    if (b >= base)
        rt_reg_consume(ts, fr, b, a);
    if (c >= base)
        rt_reg_consume(ts, fr, c, a);
    rt_reg_set(ts, fr, a, res);
    return true;
}
static bool finish(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, rt_value res)
{
    return finish_inline(ts, fr, w, res);
}
static bool finish1(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, rt_value res)
{
    if (rt_is_null(res))
        return false;
    rt_reg_consume(ts, fr, B(w), A(w));
    rt_reg_set(ts, fr, A(w), res);
    return true;
}

bool rt_eval_float_pair(rt_value a, rt_value b, double *x, double *y)
{
    if (rt_is_float_imm(a))
        *x = rt_float_imm_get(a);
    else if (rt_is_int(a))
        *x = (double)rt_int_get(a);
    else
        return false;
    if (rt_is_float_imm(b))
        *y = rt_float_imm_get(b);
    else if (rt_is_int(b))
        *y = (double)rt_int_get(b);
    else
        return false;
    return !(rt_is_int(a) && rt_is_int(b));
}

/* Ints that a double holds exactly: their quotient is rounded once. */
bool rt_eval_ratio_pair(rt_value a, rt_value b, double *x, double *y)
{
    const uint64_t bound = 1ull << 53;
    if (!(rt_is_int(a) && rt_is_int(b)))
        return rt_eval_float_pair(a, b, x, y);
    int64_t i = rt_int_get(a), j = rt_int_get(b);
    *x = (double)i;
    *y = (double)j;
    return (uint64_t)i + bound <= 2 * bound && (uint64_t)j + bound <= 2 * bound;
}

static bool quick_ratio(struct rt_thread *ts, rt_value a, rt_value b, rt_value *res)
{
    double x, y;
    if (!(rt_is_int(a) && rt_is_int(b)) || !rt_eval_ratio_pair(a, b, &x, &y) || y == 0.0)
        return false;
    *res = rt_float_new(ts, x / y);
    return true;
}

/* Small powers of ints. */
static bool quick_power(rt_value a, rt_value b, rt_value *res)
{
    if (!(rt_is_int(a) && rt_is_int(b)) || (uint64_t)rt_int_get(b) > 62)
        return false;
    int64_t base = rt_int_get(a), r = 1;
    for (uint64_t e = (uint64_t)rt_int_get(b); e; e >>= 1)
        if ((e & 1 && __builtin_mul_overflow(r, base, &r)) || (e > 1 && __builtin_mul_overflow(base, base, &base)))
            return false;
    if (!rt_int_fits(r))
        return false;
    *res = rt_int_imm(r);
    return true;
}

static bool truth_or_int(rt_value v, int64_t *n)
{
    *n = rt_is_int(v) ? rt_int_get(v) : rt_is(v, RT_TRUE);
    return rt_is_int(v) || rt_is_bool(v);
}

/* Counting with truth values. */
static bool quick_count(rt_value a, rt_value b, enum rt_binop op, rt_value *res)
{
    int64_t x, y, r;
    if (!truth_or_int(a, &x) || !truth_or_int(b, &y))
        return false;
    switch (op) {
    case RT_BIN_ADD: r = x + y; break; /* 63 bits each */
    case RT_BIN_SUB: r = x - y; break;
    case RT_BIN_MUL:
        if (__builtin_mul_overflow(x, y, &r))
            return false;
        break;
    default: return false;
    }
    if (!rt_int_fits(r))
        return false;
    *res = rt_int_imm(r);
    return true;
}

/* Mixed immediates without a call into the number types; false: not this case. */
static bool quick_float(struct rt_thread *ts, rt_value a, rt_value b, enum rt_binop op, rt_value *res)
{
    double x, y;
    if (quick_count(a, b, op, res))
        return true;
    if (!rt_eval_float_pair(a, b, &x, &y))
        return op == RT_BIN_TRUEDIV ? quick_ratio(ts, a, b, res) : op == RT_BIN_POW && quick_power(a, b, res);
    switch (op) {
    case RT_BIN_ADD: *res = rt_float_new(ts, x + y); return true;
    case RT_BIN_SUB: *res = rt_float_new(ts, x - y); return true;
    case RT_BIN_MUL: *res = rt_float_new(ts, x * y); return true;
    case RT_BIN_TRUEDIV:
        if (y == 0.0)
            return false;
        *res = rt_float_new(ts, x / y);
        return true;
    case RT_BIN_MOD:
        if (y == 0.0)
            return false;
        *res = rt_float_new(ts, rt_float_modulo(x, y));
        return true;
    case RT_BIN_FLOORDIV:
        if (y == 0.0)
            return false;
        *res = rt_float_new(ts, rt_float_floor_divide(x, y));
        return true;
    case RT_BIN_POW:
        if (x == 0.0 || (x < 0.0 && y != floor(y)) || isinf(x = pow(x, y)))
            return false;
        *res = rt_float_new(ts, x);
        return true;
    default: return false;
    }
}

/* Exact ints, one of them big at least. */
RT_INLINE bool are_big_ints(rt_value a, rt_value b)
{
    if (RT_REG_PTR(a))
        return rt_type_of_obj(rt_ptr(a)) == &rt_int_type &&
               (rt_is_int(b) || (RT_REG_PTR(b) && rt_type_of_obj(rt_ptr(b)) == &rt_int_type));
    return rt_is_int(a) && RT_REG_PTR(b) && rt_type_of_obj(rt_ptr(b)) == &rt_int_type;
}

/* Nobody but register r of fr knows the object in it, and the instruction is done with it. */
static bool is_own_temp(struct rt_thread *ts, struct rt_frame *fr, uint32_t r, bool overwritten)
{
    return (overwritten || r >= fr->code->temp_base) && rt_is_counted(fr->regs[r]) &&
           rt_object_is_unique(ts, rt_ptr(fr->regs[r]));
}

/* Exact complex operands; the result takes the place of a left operand that nobody else knows. */
RT_INLINE bool quick_complex(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, enum rt_binop op, bool overwritten,
                          rt_value *res)
{
    rt_value wa = fr->regs[B(w)], wb = fr->regs[C(w)];
    if (rt_type_of_obj(rt_ptr(wa)) != &rt_complex_type || rt_type_of_obj(rt_ptr(wb)) != &rt_complex_type)
        return false;
    struct rt_complex *a = (struct rt_complex *)rt_ptr(wa), *b = (struct rt_complex *)rt_ptr(wb);
    double re, im;
    switch (op) {
    case RT_BIN_ADD: re = a->real + b->real, im = a->imag + b->imag; break;
    case RT_BIN_SUB: re = a->real - b->real, im = a->imag - b->imag; break;
    case RT_BIN_MUL:
        re = a->real * b->real - a->imag * b->imag;
        im = a->real * b->imag + a->imag * b->real;
        break;
    default: return false;
    }
    if (a != b && is_own_temp(ts, fr, B(w), overwritten)) {
        a->real = re;
        a->imag = im;
        fr->regs[B(w)] = RT_UNDEF;
        *res = wa;
    } else {
        *res = rt_complex_new(ts, re, im);
    }
    return true;
}

/* Sequences whose product with an int is a new one. */
static bool is_repeated(rt_value v)
{
    struct rt_type *t = rt_type_of_obj(rt_ptr(v));
    return t == &rt_str_type || t == &rt_list_type || t == &rt_tuple_type || t == &rt_bytes_type;
}

/* overwritten: register B is the destination too, and what it holds would be dropped. */
static rt_value binary(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, enum rt_binop op, bool inplace)
{
    rt_value wa = fr->regs[B(w)], wb = fr->regs[C(w)], res;
    rt_value a = rt_borrowed(wa), b = rt_borrowed(wb);
    bool overwritten = inplace && A(w) == B(w);
    if (RT_REG_PTR(wa) && rt_type_of_obj(rt_ptr(a)) == &rt_int_type && op != RT_BIN_MATMUL && are_big_ints(a, b))
        return rt_int_binary(ts, a, b, op);
    if (RT_REG_PTR(wa) && RT_REG_PTR(wb)) {
        if (quick_complex(ts, fr, w, op, overwritten, &res))
            return res;
        /* s + t where the temporary s is ours alone, s += t where the register owns s: grow it in place */
        if (op == RT_BIN_ADD && (overwritten || (!inplace && B(w) >= fr->code->temp_base)) && RT_REG_COUNTED(wa) &&
            rt_is_str_exact(a) && rt_is_str_exact(b)) {
            fr->regs[B(w)] = RT_UNDEF;
            rt_str_append(ts, &wa, b);
            return wa;
        }
    } else if (op == RT_BIN_MUL && !inplace && RT_REG_PTR(wa) && rt_is_int(b) && is_repeated(a)) {
        return rt_type_of_obj(rt_ptr(a))->sq_repeat(ts, a, rt_int_get(b));
    } else if (quick_float(ts, a, b, op, &res)) {
        return res;
    }
    if (op != RT_BIN_MATMUL && are_big_ints(a, b))
        return rt_int_binary(ts, a, b, op);
    return inplace ? rt_inplace(ts, a, b, op) : rt_binary(ts, a, b, op);
}

/* The left operand, or the right one beside a number, is of a native type that is asked first: the right one's type is
   no subclass of the left one's. RT_NOTIMPL: not such a case, or it does not know. A str or complex that is a temporary
   may be reused: see binary. */
RT_INLINE rt_value native_operands(struct rt_thread *ts, rt_value a, rt_value b, enum rt_binop op)
{
    rt_value asked = RT_REG_PTR(a) ? a : b;
    if (!RT_REG_PTR(asked) || op == RT_BIN_POW)
        return RT_NOTIMPL;
    struct rt_type *t = rt_type_of_obj(rt_ptr(asked)), *tb = RT_REG_PTR(b) ? rt_type_of_obj(rt_ptr(b)) : t;
    if ((t == &rt_str_type && (op != RT_BIN_MOD || !RT_REG_PTR(a))) || t == &rt_complex_type || rt_type_has(t, RT_TF_HEAP) ||
        !(RT_REG_PTR(a) || rt_is_int(a) || rt_is_float_imm(a)))
        return RT_NOTIMPL;
    if (t != tb && (tb->base != &rt_object_type || rt_type_has(tb, RT_TF_HEAP)))
        return RT_NOTIMPL;
    if (t->binary[op])
        return t->binary[op](ts, a, b);
    return op == RT_BIN_ADD && t == tb && t->sq_concat && RT_REG_PTR(a) ? t->sq_concat(ts, a, b) : RT_NOTIMPL;
}

bool rt_eval_binary(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, enum rt_binop op)
{
    rt_value a = rt_reg_lend(fr->regs[B(w)]), b = rt_reg_lend(fr->regs[C(w)]), res;
    if (are_big_ints(a, b) && op != RT_BIN_MATMUL)
        return finish_inline(ts, fr, w, rt_int_binary(ts, a, b, op));
    if (op == RT_BIN_ADD && (B(w) < fr->code->temp_base || !RT_REG_COUNTED(fr->regs[B(w)])) && rt_is_str_exact(a) &&
        rt_is_str_exact(b)) /* not one that could grow in place: see binary */
        return finish_inline(ts, fr, w, rt_str_concat(ts, a, b));
    if (op == RT_BIN_ADD && rt_is_exact(a, &rt_list_type) && rt_is_exact(b, &rt_list_type))
        return finish_inline(ts, fr, w, rt_list_type.sq_concat(ts, a, b));
    if (RT_REG_PTR(a) && RT_REG_PTR(b) && quick_complex(ts, fr, w, op, false, &res))
        return finish_inline(ts, fr, w, res);
    if (op == RT_BIN_MUL && RT_REG_PTR(a) && rt_is_int(b) && is_repeated(a))
        return finish_inline(ts, fr, w, rt_type_of_obj(rt_ptr(a))->sq_repeat(ts, a, rt_int_get(b)));
    res = native_operands(ts, a, b, op);
    if (rt_likely(!rt_is_notimpl(res)))
        return finish_inline(ts, fr, w, res);
    if ((rt_is_python_instance(fr->regs[B(w)]) || rt_is_python_instance(fr->regs[C(w)])) && rt_eval_push_operator(ts, fr, w, op))
        return true;
    return finish(ts, fr, w, binary(ts, fr, w, op, false));
}

bool rt_eval_inplace(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, enum rt_binop op)
{
    rt_value a = rt_borrowed(fr->regs[B(w)]), b = rt_borrowed(fr->regs[C(w)]);
    if (op == RT_BIN_ADD && rt_is_exact(a, &rt_list_type) && rt_is_exact(b, &rt_list_type))
        return rt_list_extend(ts, a, b) == 0 && finish_inline(ts, fr, w, rt_newref(ts, a));
    return (rt_is_python_instance(fr->regs[B(w)]) && rt_eval_push_inplace(ts, fr, w, op)) || finish(ts, fr, w, binary(ts, fr, w, op, true));
}

bool rt_eval_binary_imm(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, enum rt_binop op,
                        bool inplace)
{
    rt_value a = rt_borrowed(fr->regs[B(w)]), b = rt_int_imm((int8_t)C(w)), res;
    if (are_big_ints(a, b))
        res = rt_int_binary(ts, a, b, op);
    else if (inplace || rt_is_notimpl(res = native_operands(ts, a, b, op)))
        if (!quick_float(ts, a, b, op, &res))
            res = inplace ? rt_inplace(ts, a, b, op) : rt_binary(ts, a, b, op);
    return finish1(ts, fr, w, res);
}

bool rt_eval_unary(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, enum rt_unop op)
{
    rt_value name = op == RT_UN_NEG ? RT_ID(__neg__) : op == RT_UN_POS ? RT_ID(__pos__) : RT_ID(__invert__);
    return rt_eval_push_unary(ts, fr, B(w), name, RT_SP_NONE, A(w)) ||
           finish1(ts, fr, w, rt_unary(ts, rt_borrowed(fr->regs[B(w)]), op));
}

int rt_eval_truth(struct rt_thread *ts, struct rt_frame *fr, uint32_t r)
{
    rt_value v = rt_borrowed(fr->regs[r]);
    if (rt_is_ptr(v)) {
        struct rt_type *t = rt_type_of_obj(rt_ptr(v));
        if (t == &rt_str_type)
            return rt_str_len(v) != 0;
        if (t == &rt_list_type)
            return rt_list_len(v) != 0;
        if (t == &rt_tuple_type)
            return rt_as_tuple(v)->length != 0;
        if (t == &rt_dict_type)
            return rt_dict_len(v) != 0;
        if (!t->truth && !t->len)
            return 1;
        if (rt_type_has(t, RT_TF_HEAP) && rt_eval_push_unary(ts, fr, r, RT_ID(__bool__), RT_SP_TRUTH, 0))
            return RT_EVAL_PUSHED;
    }
    return rt_truth(ts, v);
}

static bool cmp_double(double x, double y, enum rt_cmp op)
{
    switch (op) {
    case RT_LT: return x < y;
    case RT_LE: return x <= y;
    case RT_EQ: return x == y;
    case RT_NE: return x != y;
    case RT_GT: return x > y;
    default: return x >= y;
    }
}

/* Exact types whose objects equal none of another of them, and no value that is a word. */
static bool stands_alone(rt_value v)
{
    struct rt_type *t = rt_type_of_obj(rt_ptr(v));
    return t == &rt_str_type || t == &rt_list_type || t == &rt_tuple_type || t == &rt_dict_type;
}

static RT_NOINLINE bool are_unlike(rt_value a, rt_value b)
{
    if (RT_REG_PTR(a) && RT_REG_PTR(b))
        return stands_alone(a) && stands_alone(b);
    return RT_REG_PTR(a) ? stands_alone(a) : RT_REG_PTR(b) && stands_alone(b);
}

/* Whether a equals b, where their classes say nothing about it but that an object equals itself, or where they are
   sequences of items that need not be asked; or -1. */
RT_INLINE int quick_identity(struct rt_thread *ts, struct rt_type *ta, rt_value a, rt_value b)
{
    struct rt_type *tb = rt_type_of(b);
    if (ta->richcompare == rt_object_type.richcompare && tb->richcompare == ta->richcompare)
        return rt_is(a, b);
    if (ta != tb)
        return are_unlike(a, b) ? 0 : -1;
    if (ta == &rt_tuple_type)
        return rt_tuple_equal_nopy(a, b);
    return ta == &rt_list_type ? rt_list_equal_nopy(ts, a, b) : -1;
}

/* Comparisons that need no dispatch: exact strings for (in)equality, floats. -1: not this case. */
RT_INLINE int quick_compare(struct rt_thread *ts, rt_value a, rt_value b, enum rt_cmp op)
{
    bool equality = op == RT_EQ || op == RT_NE;
    if (RT_REG_PTR(a)) {
        struct rt_type *t = rt_type_of_obj(rt_ptr(a));
        if (t == &rt_str_type && equality && rt_is_str_exact(b))
            return rt_str_eq(a, b) == (op == RT_EQ);
        if (t != &rt_int_type) {
            int same = equality ? quick_identity(ts, t, a, b) : -1;
            return same < 0 ? -1 : same == (op == RT_EQ);
        }
    } else if (equality && RT_REG_PTR(b) && are_unlike(a, b)) {
        return op == RT_NE;
    } else if (rt_is_float_imm(a)) {
        return rt_is_float_imm(b) ? cmp_double(rt_float_imm_get(a), rt_float_imm_get(b), op) : -1;
    }
    if (!are_big_ints(a, b))
        return -1;
    static const uint8_t holds[] = {[RT_LT] = 1, [RT_LE] = 3, [RT_EQ] = 2, [RT_NE] = 5, [RT_GT] = 4, [RT_GE] = 6};
    return holds[op] >> (rt_int_compare(a, b) + 1) & 1; /* less, equal, greater: a bit each */
}

static bool compares_in_python(rt_value v)
{
    return RT_REG_PTR(v) && rt_type_of_obj(rt_ptr(v))->richcompare == rt_slot_richcompare;
}

bool rt_eval_compare(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, enum rt_cmp op)
{
    rt_value a = rt_borrowed(fr->regs[B(w)]), b = rt_borrowed(fr->regs[C(w)]);
    int t = quick_compare(ts, a, b, op);
    if (t >= 0)
        return finish_inline(ts, fr, w, rt_bool(t));
    if (compares_in_python(a) && rt_eval_push_compare(ts, fr, a, b, op, RT_SP_COMPARE, A(w)))
        return true;
    return finish_inline(ts, fr, w, rt_compare(ts, a, b, op));
}

static int compare_truth(struct rt_thread *ts, struct rt_frame *fr, rt_value a, rt_value b, enum rt_cmp op)
{
    int t = quick_compare(ts, a, b, op);
    if (t >= 0)
        return t;
    if (compares_in_python(a) && rt_eval_push_compare(ts, fr, a, b, op, RT_SP_COMPARE_JUMP, 0))
        return RT_EVAL_PUSHED;
    rt_value res = rt_compare(ts, a, b, op);
    if (rt_is_null(res))
        return -1;
    t = rt_truth(ts, res);
    rt_decref(ts, res);
    return t;
}

int rt_eval_compare_jump(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, enum rt_cmp op)
{
    int t = compare_truth(ts, fr, rt_borrowed(fr->regs[A(w)]), rt_borrowed(fr->regs[B(w)]), op);
    if (t == 0 || t == 1) {
        rt_reg_consume(ts, fr, A(w), 256);
        rt_reg_consume(ts, fr, B(w), 256);
    }
    return t;
}

int rt_eval_compare_jump_imm(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, enum rt_cmp op)
{
    rt_value a = rt_borrowed(fr->regs[A(w)]);
    int t = rt_is_float_imm(a) ? cmp_double(rt_float_imm_get(a), (int8_t)B(w), op)
                               : compare_truth(ts, fr, a, rt_int_imm((int8_t)B(w)), op);
    if (t == 0 || t == 1)
        rt_reg_consume(ts, fr, A(w), 256);
    return t;
}

bool rt_eval_missing(struct rt_thread *ts, rt_value key)
{
    if (!rt_pending(ts))
        rt_raise_key(ts, rt_borrowed(key));
    return false;
}

bool rt_eval_getitem(struct rt_thread *ts, struct rt_frame *fr, uint32_t w)
{
    return rt_eval_push_getitem(ts, fr, w, RT_NULL) ||
           finish(ts, fr, w, rt_getitem(ts, rt_borrowed(fr->regs[B(w)]), rt_borrowed(fr->regs[C(w)])));
}

bool rt_eval_getitem_imm(struct rt_thread *ts, struct rt_frame *fr, uint32_t w)
{
    rt_value o = rt_borrowed(fr->regs[B(w)]), key = rt_int_imm((int8_t)C(w)), res;
    if (rt_is_exact(o, &rt_dict_type)) {
        res = rt_dict_get(ts, o, key);
        if (rt_is_null(res))
            return rt_eval_missing(ts, key);
    } else if (rt_is_python_instance(fr->regs[B(w)]) && rt_eval_push_getitem(ts, fr, w, key)) {
        return true;
    } else {
        res = rt_getitem(ts, o, key);
    }
    return finish1(ts, fr, w, res);
}

bool rt_eval_setitem(struct rt_thread *ts, struct rt_frame *fr, uint32_t w)
{
    rt_value o = rt_borrowed(fr->regs[A(w)]), key = rt_borrowed(fr->regs[B(w)]);
    rt_value v = rt_borrowed(fr->regs[C(w)]);
    int err;
    if (rt_type_of(o)->setitem == rt_dict_type.setitem)
        err = rt_dict_set(ts, o, key, v);
    else if (rt_is_python_instance(fr->regs[A(w)]) && rt_eval_push_setitem(ts, fr, w))
        return true;
    else
        err = rt_setitem(ts, o, key, v);
    if (err < 0)
        return false;
    rt_reg_consume(ts, fr, C(w), 256);
    rt_reg_consume(ts, fr, B(w), 256);
    rt_reg_consume(ts, fr, A(w), 256);
    return true;
}

/* ---- slices: C start; W1 stop, step; 255 means absent ---- */
struct slice_regs { rt_value start, stop, step; };

static struct slice_regs slice_regs(struct rt_frame *fr, uint32_t w, uint32_t w1)
{
    uint32_t start = C(w), stop = w1 & 0xff, step = w1 >> 8 & 0xff;
    return (struct slice_regs){start == 255 ? RT_NONE : rt_borrowed(fr->regs[start]),
                               stop == 255 ? RT_NONE : rt_borrowed(fr->regs[stop]),
                               step == 255 ? RT_NONE : rt_borrowed(fr->regs[step])};
}

static void consume_slice(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, uint32_t w1, uint32_t a)
{
    uint32_t r[] = {C(w), w1 & 0xff, w1 >> 8 & 0xff};
    for (uint32_t i = 0; i < RT_COUNTOF(r); i++)
        if (r[i] != 255)
            rt_reg_consume(ts, fr, r[i], a);
}

static bool bound_or(rt_value v, int64_t absent, int64_t *out)
{
    *out = rt_is_int(v) ? rt_int_get(v) : absent;
    return rt_is_int(v) || rt_is_none(v);
}

/* As rt_slice_unpack would say; false: not all immediate. */
static bool small_slice(const struct slice_regs *s, int64_t *start, int64_t *stop, int64_t *step)
{
    return bound_or(s->step, 1, step) && *step != 0 && bound_or(s->start, *step < 0 ? INT64_MAX : 0, start) &&
           bound_or(s->stop, *step < 0 ? INT64_MIN : INT64_MAX, stop);
}

static rt_value get_slice(struct rt_thread *ts, rt_value o, const struct slice_regs *s)
{
    int64_t start, stop, step;
    if (rt_is_ptr(o) && small_slice(s, &start, &stop, &step)) {
        struct rt_type *t = rt_type_of_obj(rt_ptr(o));
        if (t == &rt_list_type)
            return rt_list_slice(ts, o, start, stop, step);
        if (step == 1 && (t == &rt_str_type || t == &rt_tuple_type)) {
            int64_t len = (int64_t)(t == &rt_str_type ? rt_str_len(o) : rt_as_tuple(o)->length);
            int64_t n = rt_slice_adjust(len, &start, &stop, 1);
            size_t from = n ? (size_t)start : 0;
            return t == &rt_str_type ? rt_str_sub(ts, o, from, from + (size_t)n) : rt_tuple_slice(ts, o, from, from + (size_t)n);
        }
        rt_value v = t == &rt_memoryview_type ? rt_memoryview_slice(ts, o, start, stop, step) : RT_NOTIMPL;
        if (!rt_is_notimpl(v))
            return v;
        if (t == &rt_bytes_type && step == 1) {
            int64_t n = rt_slice_adjust((int64_t)rt_as_bytes(o)->length, &start, &stop, 1);
            if ((size_t)n == rt_as_bytes(o)->length)
                return rt_newref(ts, o);
            return n ? rt_bytes_part(ts, rt_as_bytes(o)->data + start, (size_t)n) : rt_bytes_empty();
        }
    }
    rt_value key = rt_slice_new(ts, s->start, s->stop, s->step), res;
    if (rt_is_null(key))
        return key;
    res = rt_getitem(ts, o, rt_borrowed(key));
    rt_decref(ts, key);
    return res;
}

bool rt_eval_getslice(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, uint32_t w1)
{
    struct slice_regs s = slice_regs(fr, w, w1);
    rt_value res = get_slice(ts, rt_borrowed(fr->regs[B(w)]), &s);
    if (rt_is_null(res))
        return false;
    consume_slice(ts, fr, w, w1, A(w));
    rt_reg_consume(ts, fr, B(w), A(w));
    rt_reg_set(ts, fr, A(w), res);
    return true;
}

static int set_slice(struct rt_thread *ts, rt_value o, const struct slice_regs *s, rt_value v)
{
    int64_t start, stop, step;
    if (rt_is_exact(o, &rt_list_type) && small_slice(s, &start, &stop, &step) && step == 1) {
        rt_slice_adjust((int64_t)rt_list_len(o), &start, &stop, 1);
        return rt_list_set_slice(ts, o, start, stop, v);
    }
    rt_value key = rt_slice_new(ts, s->start, s->stop, s->step);
    if (rt_is_null(key))
        return -1;
    int err = rt_setitem(ts, o, rt_borrowed(key), v);
    rt_decref(ts, key);
    return err;
}

bool rt_eval_setslice(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, uint32_t w1)
{
    struct slice_regs s = slice_regs(fr, w, w1);
    if (set_slice(ts, rt_borrowed(fr->regs[A(w)]), &s, rt_borrowed(fr->regs[B(w)])) < 0)
        return false;
    rt_reg_consume(ts, fr, B(w), 256);
    consume_slice(ts, fr, w, w1, 256);
    rt_reg_consume(ts, fr, A(w), 256);
    return true;
}

/* ---- building ---- */
RT_INLINE rt_value take_op(struct rt_thread *ts, struct rt_frame *fr, uint8_t r)
{
    return rt_reg_take(ts, fr, r);
}

static bool build_map(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, const uint8_t *ops)
{
    uint32_t n = C(w);
    rt_value d = rt_dict_new_sized(ts, n / 2);
    if (rt_is_null(d))
        return false;
    for (uint32_t i = 0; i < n; i += 2) {
        rt_value key = rt_borrowed(fr->regs[ops[i]]);
        int r;
        if (rt_is_str_exact(key)) {
            r = rt_dict_add_name(ts, d, key, take_op(ts, fr, ops[i + 1]));
        } else {
            r = rt_dict_set(ts, rt_borrowed(d), key, rt_borrowed(fr->regs[ops[i + 1]]));
            rt_reg_consume(ts, fr, ops[i + 1], A(w));
        }
        if (r < 0) {
            rt_decref(ts, d);
            return false;
        }
    }
    for (uint32_t i = 0; i < n; i += 2)
        rt_reg_consume(ts, fr, ops[i], A(w));
    rt_reg_set(ts, fr, A(w), d);
    return true;
}

bool rt_eval_build_tuple(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, const uint8_t *ops)
{
    uint32_t n = C(w);
    struct rt_tuple *t = NULL;
    if (rt_likely(n)) {
        t = rt_object_new(ts, &rt_tuple_type, sizeof *t + n * sizeof(rt_value));
        if (!t)
            return false;
        t->length = n;
        for (uint32_t i = 0; i < n; i++)
            t->items[i] = rt_reg_take(ts, fr, ops[i]);
    }
    rt_reg_set(ts, fr, A(w), t ? rt_own(t) : rt_tuple_empty());
    return true;
}

/* [1, 2, 3] and {1, 2, 3} are compiled as an empty one, LOADK of its constants and an update: done in one here. RT_NULL: not
   that, or not now. */
static rt_value whole_display(struct rt_thread *ts, struct rt_frame *fr, uint32_t w)
{
    const uint32_t *next = fr->pc, list = (w & 0xff) == RT_OP_BUILD_LIST;
    if ((next[0] & 0xff) != RT_OP_LOADK || ts->tracing ||
        next[1] != rt_op_word(list ? RT_OP_LIST_EXTEND : RT_OP_SET_UPDATE, A(w), A(next[0]), 0))
        return RT_NULL;
    rt_value k = fr->code->consts[next[0] >> 16], res;
    if (!rt_is_exact(k, list ? &rt_tuple_type : &rt_frozenset_type))
        return RT_NULL;
    res = list ? rt_list_from(ts, rt_as_tuple(k)->items, rt_as_tuple(k)->length) : rt_set_new(ts, rt_borrowed(k));
    if (res.bits)
        fr->pc += 2;
    else
        rt_exc_clear(ts); /* step by step it will be raised again */
    return res;
}

bool rt_eval_build(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, const uint8_t *ops)
{
    uint32_t n = C(w), op = w & 0xff;
    if (!n && (op == RT_OP_BUILD_LIST || op == RT_OP_BUILD_SET)) {
        rt_value whole = whole_display(ts, fr, w);
        if (!whole.bits && op == RT_OP_BUILD_LIST && rt_is_null(whole = rt_list_new(ts, 0)))
            return false;
        if (whole.bits) {
            rt_reg_set(ts, fr, A(w), whole);
            return true;
        }
    }
    rt_value words[256], res;
    words[0] = RT_NULL; /* for the compiler: the rest is written before it is read */
    if (op == RT_OP_BUILD_MAP)
        return build_map(ts, fr, w, ops);
    if (op == RT_OP_BUILD_SET) {
        res = rt_set_new_small(ts);
        for (uint32_t i = 0; i < n && res.bits; i++) {
            if (rt_set_add(ts, rt_borrowed(res), rt_borrowed(fr->regs[ops[i]])) < 0)
                rt_clear(ts, &res);
        }
    } else if (op == RT_OP_BUILD_STRING) {
        for (uint32_t i = 0; i < n; i++)
            words[i] = rt_borrowed(fr->regs[ops[i]]);
        res = rt_str_join_array(ts, RT_NULL, words, n);
    } else {
        for (uint32_t i = 0; i < n; i++)
            words[i] = take_op(ts, fr, ops[i]);
        res = rt_list_steal(ts, words, n);
        if (rt_is_null(res))
            return false;
        rt_reg_set(ts, fr, A(w), res);
        return true;
    }
    if (rt_is_null(res))
        return false;
    for (uint32_t i = 0; i < n; i++)
        rt_reg_consume(ts, fr, ops[i], A(w));
    rt_reg_set(ts, fr, A(w), res);
    return true;
}

static rt_value unpack_iter(struct rt_thread *ts, rt_value v)
{
    rt_value it = rt_iter(ts, v);
    if (rt_is_null(it) && rt_exc_is(ts, &rt_exc_TypeError) && !rt_type_of(v)->iter && !rt_is_sequence(v)) {
        rt_exc_clear(ts);
        rt_raise(ts, &rt_exc_TypeError, "cannot unpack non-iterable %T object", v);
    }
    return it;
}

/* Collect exactly n items (after < 0), or at least n - 1 with a star at index `star`. Owned words. */
static bool unpack_items(struct rt_thread *ts, rt_value v, uint32_t n, uint32_t star, int after,
                         rt_value *out)
{
    uint32_t got = 0, before = after < 0 ? n : star;
    rt_value it = unpack_iter(ts, v), item;
    if (rt_is_null(it))
        return false;
    for (; got < before; got++) {
        item = rt_next(ts, it);
        if (rt_is_stop(item)) {
            if (after < 0)
                rt_raise(ts, &rt_exc_ValueError, "not enough values to unpack (expected %d, got %d)", (int)n, (int)got);
            else
                rt_raise(ts, &rt_exc_ValueError, "not enough values to unpack (expected at least %d, got %d)",
                         (int)(n - 1), (int)got);
            item = RT_NULL;
        }
        if (rt_is_null(item))
            goto fail;
        out[got] = item;
    }
    if (after < 0) {
        item = rt_next(ts, it);
        if (rt_is_stop(item)) {
            rt_decref(ts, it);
            return true;
        }
        if (item.bits) {
            rt_decref(ts, item);
            rt_raise(ts, &rt_exc_ValueError, "too many values to unpack (expected %d)", (int)n);
        }
        goto fail;
    }
    rt_value rest = rt_seq_list(ts, it);
    if (rt_is_null(rest))
        goto fail;
    size_t len = rt_list_len(rest);
    if (len < (size_t)after) {
        rt_raise(ts, &rt_exc_ValueError, "not enough values to unpack (expected at least %d, got %zu)",
                 (int)(n - 1), before + len);
        rt_decref(ts, rest);
        goto fail;
    }
    for (int i = 0; i < after; i++)
        out[star + 1 + i] = rt_list_get(ts, rest, len - (size_t)after + (size_t)i);
    rt_list_set_slice(ts, rest, (int64_t)(len - (size_t)after), (int64_t)len, RT_NULL);
    out[star] = rest;
    rt_decref(ts, it);
    return true;
fail:
    while (got > 0)
        rt_decref(ts, out[--got]);
    rt_decref(ts, it);
    return false;
}

/* The words of an exact tuple, or of an exact list that nobody else can change now. */
static const rt_value *plain_items(struct rt_thread *ts, rt_value v, size_t *n)
{
    if (rt_is_ptr(v) && rt_is_tuple(v) && rt_type_of(v)->iter == rt_tuple_type.iter) { /* a named tuple, too */
        *n = rt_as_tuple(v)->length;
        return rt_as_tuple(v)->items;
    }
    if (!rt_is_exact(v, &rt_list_type) || !rt_sole_writer(ts, rt_ptr(v)))
        return NULL;
    _Static_assert(sizeof(rt_slot) == sizeof(rt_value), "a slot is a word");
    struct rt_list_array *a = rt_load_relaxed(&rt_as_list(v)->array);
    *n = rt_load_relaxed(&a->length);
    return (const rt_value *)a->items;
}

/* n targets, the one at `star` (or none: after < 0) takes what is left. Owned words. */
static bool unpack_plain(struct rt_thread *ts, const rt_value *items, size_t len, uint32_t n, uint32_t star, int after,
                         rt_value *out)
{
    uint32_t before = after < 0 ? n : star;
    if (after >= 0) {
        out[star] = rt_list_from(ts, items + star, len + 1 - n);
        if (rt_is_null(out[star]))
            return false;
        for (int i = 0; i < after; i++)
            out[star + 1 + (uint32_t)i] = rt_newref(ts, items[len - (size_t)after + (size_t)i]);
    }
    for (uint32_t i = 0; i < before; i++)
        out[i] = rt_newref(ts, items[i]);
    return true;
}

bool rt_eval_unpack(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, const uint8_t *ops, int after)
{
    uint32_t n = C(w);
    size_t len;
    rt_value v = rt_borrowed(fr->regs[B(w)]), out[256];
    const rt_value *items = plain_items(ts, v, &len);
    rt_value snapshot = RT_NULL;
    bool ok;
    if (!items && rt_is_exact(v, &rt_list_type)) { /* others may be changing it */
        snapshot = rt_list_to_tuple(ts, v);
        if (rt_is_null(snapshot))
            return false;
        items = plain_items(ts, snapshot, &len);
    }
    if (items && (after < 0 ? len == n : len + 1 >= n)) {
        ok = unpack_plain(ts, items, len, n, A(w), after, out);
    } else if (items && after < 0) {
        if (len < n)
            rt_raise(ts, &rt_exc_ValueError, "not enough values to unpack (expected %d, got %zu)", (int)n, len);
        else
            rt_raise(ts, &rt_exc_ValueError, "too many values to unpack (expected %d)", (int)n);
        ok = false;
    } else {
        ok = unpack_items(ts, v, n, A(w), after, out);
    }
    rt_decref(ts, snapshot);
    if (!ok)
        return false;
    rt_reg_consume(ts, fr, B(w), 256);
    for (uint32_t i = 0; i < n; i++)
        rt_reg_set(ts, fr, ops[i], out[i]);
    return true;
}

/* All items of iterator `it`, those between the first `before` and the last `after` as one list in their place. */
static rt_value list_with_star(struct rt_thread *ts, rt_value it, int64_t before, int64_t after)
{
    rt_value list = rt_seq_list(ts, it);
    if (rt_is_null(list))
        return list;
    int64_t len = (int64_t)rt_list_len(list);
    if (len < before + after) {
        rt_raise(ts, &rt_exc_ValueError, "not enough values to unpack (expected at least %d, got %zu)", (int)(before + after),
                 (size_t)len);
        rt_decref(ts, list);
        return RT_NULL;
    }
    rt_value rest = rt_list_slice(ts, list, before, len - after, 1), one = RT_NULL;
    bool ok = !rt_is_null(rest) && !rt_is_null(one = rt_list_from(ts, &rest, 1)) &&
              rt_list_set_slice(ts, list, before, len - after, one) == 0;
    rt_decref(ts, rest);
    rt_decref(ts, one);
    if (ok)
        return list;
    rt_decref(ts, list);
    return RT_NULL;
}

static rt_value list_of_exactly(struct rt_thread *ts, rt_value it, uint32_t n)
{
    rt_value list = rt_list_new(ts, n), item;
    for (uint32_t i = 0; !rt_is_null(list); i++) {
        item = rt_next(ts, it);
        if (rt_is_stop(item) && i == n)
            return list;
        if (rt_is_stop(item))
            rt_raise(ts, &rt_exc_ValueError, "not enough values to unpack (expected %d, got %d)", (int)n, (int)i);
        else if (item.bits && i == n)
            rt_raise(ts, &rt_exc_ValueError, "too many values to unpack (expected %d)", (int)n);
        else if (item.bits && rt_list_append(ts, list, item) == 0) {
            rt_decref(ts, item);
            continue;
        }
        if (!rt_is_stop(item))
            rt_decref(ts, item);
        rt_decref(ts, list);
        return RT_NULL;
    }
    return list;
}

/* Unpacking for more targets than there are registers. */
bool rt_eval_unpack_list(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, uint32_t counts)
{
    rt_value v = rt_borrowed(fr->regs[B(w)]), it = unpack_iter(ts, v);
    if (rt_is_null(it))
        return false;
    rt_value list = C(w) ? list_with_star(ts, it, counts & 0xff, counts >> 8) : list_of_exactly(ts, it, counts);
    rt_decref(ts, it);
    if (rt_is_null(list))
        return false;
    rt_reg_consume(ts, fr, B(w), A(w));
    rt_reg_set(ts, fr, A(w), list);
    return true;
}

/* The types that are formatted most are not asked for their __format__. */
static rt_value format_value(struct rt_thread *ts, rt_value v, rt_value spec)
{
    if (!rt_is_null(spec) && rt_is_str_exact(spec) && rt_str_len(spec)) {
        if (rt_is_int(v))
            return rt_format_int(ts, v, spec);
        if (rt_is_float_imm(v))
            return rt_format_float(ts, v, spec);
        if (rt_is_str_exact(v))
            return rt_format_str(ts, v, spec);
    }
    return rt_format(ts, v, spec);
}

bool rt_eval_format(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, uint32_t spec)
{
    rt_value v = rt_reg_lend(fr->regs[B(w)]), conv = RT_NULL, res;
    if (spec == 255 && (C(w) == 0 || C(w) == 's') && rt_is_ptr(v) && rt_is_str_exact(v)) {
        res = rt_reg_take(ts, fr, B(w));
        rt_reg_set(ts, fr, A(w), res);
        return true;
    }
    switch (C(w)) {
    case 's': conv = rt_str(ts, v); break;
    case 'r': conv = rt_repr(ts, v); break;
    case 'a': conv = rt_ascii(ts, v); break;
    default: break;
    }
    if (C(w) && rt_is_null(conv))
        return false;
    rt_value s = conv.bits ? rt_borrowed(conv) : v;
    if (spec == 255 && rt_is_str_exact(s))
        res = rt_newref(ts, s);
    else
        res = format_value(ts, s, spec == 255 ? RT_NULL : rt_borrowed(fr->regs[spec]));
    rt_decref(ts, conv);
    if (rt_is_null(res))
        return false;
    if (spec != 255)
        rt_reg_consume(ts, fr, spec, A(w));
    rt_reg_consume(ts, fr, B(w), A(w));
    rt_reg_set(ts, fr, A(w), res);
    return true;
}

bool rt_eval_make_function(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, uint32_t k)
{
    rt_value code = rt_borrowed(fr->code->consts[k]);
    rt_value fn = rt_function_new(ts, code, rt_borrowed(rt_as_function(fr->func)->globals_word), RT_NULL);
    uint32_t flags = B(w), r = C(w);
    if (rt_is_null(fn))
        return false;
    struct rt_function *f = rt_as_function(fn);
    f->builtins_word = rt_newref(ts, rt_as_function(fr->func)->builtins_word);
    if (flags & 1)
        rt_slot_init(&f->defaults, rt_reg_take(ts, fr, r++));
    if (flags & 2)
        rt_slot_init(&f->kwdefaults, rt_reg_take(ts, fr, r++));
    if (flags & 4)
        rt_slot_init(&f->annotations, rt_reg_take(ts, fr, r++));
    if (flags & 8)
        f->closure = rt_reg_take(ts, fr, r++);
    /* Functions of a module or class body live as long as it: born deferred. Nested ones die promptly. */
    if (!(rt_as_code(code)->flags & RT_CO_NESTED))
        fn = rt_defer(ts, fn);
    rt_reg_set(ts, fr, A(w), fn);
    return true;
}

/* Far from the ends of what is immediate: a step behind the last item is still one. */
static bool is_moderate(__int128 v) { return v > -(1ll << 60) && v < 1ll << 60; }

/* A loop over reversed(range(n)) or iter(range(n)) needs no iterator either, if nobody else has that. */
static bool for_range_iter(struct rt_thread *ts, struct rt_frame *fr, uint32_t reg, rt_value state[3])
{
    rt_value v = fr->regs[reg];
    int64_t start, count, step;
    if (reg < fr->code->temp_base || !RT_REG_COUNTED(v) || !rt_range_iter_rest(v, &start, &count, &step) ||
        !rt_object_is_unique(ts, rt_ptr(v)) || !is_moderate(start) || !is_moderate(count) || !is_moderate(step) ||
        !is_moderate(start + (__int128)count * step))
        return false;
    rt_reg_consume(ts, fr, reg, 256);
    state[0] = rt_int_imm(start);
    state[1] = rt_int_imm(count);
    state[2] = rt_int_imm(step);
    return true;
}

/* Loops over lists, tuples, narrow strings and small ranges need no iterator object. */
bool rt_eval_for_prep(struct rt_thread *ts, struct rt_frame *fr, uint32_t w)
{
    uint32_t a = A(w);
    rt_value v = rt_borrowed(fr->regs[B(w)]), state[3] = {RT_UNDEF, RT_UNDEF, RT_UNDEF};
    int64_t start, stop, step;
    if (rt_is_exact(v, &rt_list_type) || rt_is_exact(v, &rt_tuple_type) ||
        (rt_is_str_exact(v) && rt_as_str(v)->kind == 1)) {
        state[0] = rt_reg_take(ts, fr, B(w));
        state[1] = rt_int_imm(0);
    } else if (rt_is_exact(v, &rt_range_type) && rt_range_get_small(v, &start, &stop, &step) &&
               is_moderate(start) && is_moderate(stop) && is_moderate(step)) {
        int64_t n = step > 0 ? (stop > start ? (stop - start - 1) / step + 1 : 0)
                             : (start > stop ? (start - stop - 1) / -step + 1 : 0);
        state[0] = rt_int_imm(start);
        state[1] = rt_int_imm(n);
        state[2] = rt_int_imm(step);
        rt_reg_consume(ts, fr, B(w), 256);
    } else if (for_range_iter(ts, fr, B(w), state)) {
        ;
    } else if (C(w) && rt_is_iterator(v)) {
        state[0] = rt_reg_take(ts, fr, B(w));
    } else if (rt_eval_push_unary(ts, fr, B(w), RT_ID(__iter__), RT_SP_ITER, A(w))) {
        return true;
    } else {
        state[0] = rt_iter(ts, v);
        if (rt_is_null(state[0]))
            return false;
        rt_reg_consume(ts, fr, B(w), 256);
    }
    for (uint32_t i = 0; i < 3; i++)
        rt_reg_set(ts, fr, a + i, state[i]);
    return true;
}
