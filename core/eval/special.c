/* SPDX-License-Identifier: MIT */
/*
 * Special methods written in Python: where an instruction's operand has one, its frame is pushed and the loop goes on
 * there, as a call does; nothing nests on the machine stack.
 *
 * Two kinds. Where the method's result is the instruction's, the operands move into the frame as arguments and RETURN
 * puts the result where it belongs. Where something is left to do (NotImplemented, truth, a result to be dropped) the
 * operands stay in their registers and are lent to the frame, which is flagged RT_FR_OPERATOR and says in the upper part
 * of `ret` what is left (enum rt_special); rt_eval_special_done does it. The instruction is found before fr->pc.
 *
 * A type whose look-up finds a Python function under the name has the slot that calls it, so slots are not compared.
 * Functions come from the type cache: uncounted words, which the frame may borrow ([TCACHE-3]).
 */
#include "core/eval/eval_internal.h"
#include "core/object/instance.h"

#define A(w) ((w) >> 8 & 0xff)
#define B(w) ((w) >> 16 & 0xff)
#define C(w) ((w) >> 24)

RT_INLINE rt_value special_method(struct rt_type *t, rt_value name)
{
    rt_value f;
    return rt_type_lookup_cached(t, name, &f) && f.bits && rt_is_function(f) ? f : RT_NULL;
}
rt_value rt_eval_special_method(struct rt_type *t, rt_value name)
{
    return rt_type_has(t, RT_TF_HEAP) ? special_method(t, name) : RT_NULL;
}

/* A frame of f for n arguments, which are still to be passed, linked as ts->frame; NULL: not of the simplest kind. */
RT_INLINE struct rt_frame *push(struct rt_thread *ts, struct rt_frame *fr, rt_value f, uint32_t n, enum rt_special kind, uint32_t dst)
{
    struct rt_code *co = rt_function_code(f);
    struct rt_frame *nf;
    if (!rt_load_acquire(&co->simple) || co->argcount != n || !(nf = rt_frame_push_simple(ts, fr, co)))
        return NULL;
    rt_fill_undef(nf->regs + n, nf->regs + co->nregs);
    nf->func = f;
    nf->flags = kind == RT_SP_NONE ? 0 : RT_FR_OPERATOR;
    nf->ret = dst | (uint32_t)kind << 8;
    ts->frame = nf;
    return nf;
}

/* The same for the method `name` of the class of o, any word. */
RT_INLINE struct rt_frame *push_method(struct rt_thread *ts, struct rt_frame *fr, rt_value o, rt_value name, uint32_t n,
                                       enum rt_special kind, uint32_t dst)
{
    rt_value f;
    if (!rt_is_python_instance(o) || rt_is_null(f = special_method(rt_type_of_obj(rt_ptr(o)), name)))
        return NULL;
    return push(ts, fr, f, n, kind, dst);
}

/* Register r of fr into a callee: a temporary is moved, a local lent. */
RT_INLINE rt_value pass(struct rt_frame *fr, uint32_t r)
{
    rt_value v = fr->regs[r];
    if (r < fr->code->temp_base)
        return rt_borrowed(v);
    fr->regs[r] = RT_UNDEF;
    return v;
}

/* f(a, b), lent; f: RT_NULL, or a method by which the instruction w is done. */
RT_INLINE bool push_lent(struct rt_thread *ts, struct rt_frame *fr, rt_value f, rt_value a, rt_value b, enum rt_special kind,
                      uint32_t dst)
{
    struct rt_frame *nf = rt_is_null(f) || !rt_is_function(f) ? NULL : push(ts, fr, f, 2, kind, dst);
    if (!nf)
        return false;
    nf->regs[0] = rt_borrowed(a);
    nf->regs[1] = rt_borrowed(b);
    return true;
}

/* ---- operators ---- */

bool rt_eval_push_operator(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, enum rt_binop op)
{
    rt_value a = fr->regs[B(w)], b = fr->regs[C(w)];
    if (rt_is_python_instance(a))
        return push_lent(ts, fr, rt_slot_operator(ts, rt_type_of_obj(rt_ptr(a)), rt_type_of(b), op), a, b, RT_SP_BINARY, A(w));
    if ((rt_is_int(a) || rt_is_float_imm(a)) && rt_is_python_instance(b)) /* a number knows numbers only */
        return push_lent(ts, fr, rt_slot_reflected_method(rt_type_of_obj(rt_ptr(b)), op), b, a,
                         RT_SP_REFLECTED, A(w));
    return false;
}

bool rt_eval_push_inplace(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, enum rt_binop op)
{
    rt_value a = fr->regs[B(w)], b = fr->regs[C(w)];
    if (!rt_is_python_instance(a))
        return false;
    struct rt_type *t = rt_type_of_obj(rt_ptr(a));
    if (t->inplace[op])
        return push_lent(ts, fr, rt_slot_inplace_method(t, op), a, b, RT_SP_INPLACE, A(w));
    return push_lent(ts, fr, rt_slot_operator(ts, t, rt_type_of(b), op), a, b, RT_SP_INPLACE_REST, A(w));
}

/* dst: of the result, or 0 for a jump. */
bool rt_eval_push_compare(struct rt_thread *ts, struct rt_frame *fr, rt_value a, rt_value b, enum rt_cmp op,
                          enum rt_special kind, uint32_t dst)
{
    rt_value name;
    if (!rt_is_python_instance(a))
        return false;
    struct rt_type *ta = rt_type_of_obj(rt_ptr(a)), *tb = rt_type_of(b);
    if (ta != tb && rt_type_is_subtype(tb, ta)) /* the subclass answers first */
        return false;
    switch (op) {
    case RT_LT: name = RT_ID(__lt__); break;
    case RT_LE: name = RT_ID(__le__); break;
    case RT_EQ: name = RT_ID(__eq__); break;
    case RT_NE: name = RT_ID(__ne__); break;
    case RT_GT: name = RT_ID(__gt__); break;
    default: name = RT_ID(__ge__); break;
    }
    return push_lent(ts, fr, special_method(ta, name), a, b, kind, dst);
}

bool rt_eval_push_contains(struct rt_thread *ts, struct rt_frame *fr, rt_value o, rt_value v, uint32_t dst)
{
    return rt_is_python_instance(o) &&
           push_lent(ts, fr, special_method(rt_type_of_obj(rt_ptr(o)), RT_ID(__contains__)), o, v, RT_SP_CONTAINS, dst);
}

/* name(operand) where the result is the instruction's: the operand in register r. */
bool rt_eval_push_unary(struct rt_thread *ts, struct rt_frame *fr, uint32_t r, rt_value name, enum rt_special kind,
                        uint32_t dst)
{
    rt_value o = fr->regs[r];
    struct rt_frame *nf = push_method(ts, fr, o, name, 1, kind, dst);
    if (!nf)
        return false;
    nf->regs[0] = kind == RT_SP_NONE ? pass(fr, r) : rt_borrowed(o);
    return true;
}

/* ---- items ---- */

/* key: RT_NULL, then it is in register C. */
bool rt_eval_push_getitem(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, rt_value key)
{
    struct rt_frame *nf = push_method(ts, fr, fr->regs[B(w)], RT_ID(__getitem__), 2, RT_SP_NONE, A(w));
    if (!nf)
        return false;
    nf->regs[0] = pass(fr, B(w));
    nf->regs[1] = key.bits ? key : pass(fr, C(w));
    return true;
}

bool rt_eval_push_setitem(struct rt_thread *ts, struct rt_frame *fr, uint32_t w)
{
    struct rt_frame *nf = push_method(ts, fr, fr->regs[A(w)], RT_ID(__setitem__), 3, RT_SP_DROP, 0);
    if (!nf)
        return false;
    nf->regs[0] = pass(fr, A(w));
    nf->regs[1] = pass(fr, B(w));
    nf->regs[2] = pass(fr, C(w));
    return true;
}

bool rt_eval_push_delitem(struct rt_thread *ts, struct rt_frame *fr, uint32_t w)
{
    struct rt_frame *nf = push_method(ts, fr, fr->regs[A(w)], RT_ID(__delitem__), 2, RT_SP_DROP, 0);
    if (!nf)
        return false;
    nf->regs[0] = pass(fr, A(w));
    nf->regs[1] = pass(fr, B(w));
    return true;
}

/* ---- attributes ---- */

/* descr.__get__(o, type(o)) of register B's attribute. */
bool rt_eval_push_descr_get(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, rt_value descr)
{
    rt_value o = fr->regs[B(w)], f;
    struct rt_frame *nf;
    if (rt_is_null(descr) || !rt_is_python_instance(descr) || rt_is_null(f = special_method(rt_type_of(descr), RT_ID(__get__))) ||
        !(nf = push(ts, fr, f, 3, RT_SP_ATTR, A(w))))
        return false;
    nf->regs[0] = rt_newref(ts, descr);
    nf->regs[1] = rt_borrowed(o);
    nf->regs[2] = rt_type_value(rt_type_of(o));
    return true;
}

/* B.name by a hook: __getattribute__(o, name), or __getattr__(o, name) after a look-up in vain. 1: pushed, or the
   attribute is in *v, owned; 0: not such a case; -1: raised. */
int rt_eval_push_getattr(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, rt_value name, rt_value *v)
{
    rt_value o = fr->regs[B(w)], f;
    struct rt_frame *nf;
    if (!rt_is_python_instance(o))
        return 0;
    struct rt_type *t = rt_type_of_obj(rt_ptr(o));
    if (t->getattro == rt_slot_getattribute) {
        f = special_method(t, RT_ID(__getattribute__));
    } else {
        if (t->getattro != rt_slot_getattr_hook || rt_is_null(f = special_method(t, RT_ID(__getattr__))) ||
            !rt_slot_getattr_is_plain(t))
            return 0;
        *v = rt_object_getattr_opt(ts, rt_borrowed(o), name);
        if (v->bits)
            return 1;
        if (rt_pending(ts) && !rt_exc_clear_if(ts, &rt_exc_AttributeError))
            return -1;
    }
    if (rt_is_null(f) || !(nf = push(ts, fr, f, 2, RT_SP_ATTR, A(w))))
        return 0;
    nf->regs[0] = rt_borrowed(o);
    nf->regs[1] = rt_borrowed(name);
    return 1;
}

/* f(self, o, v), or f(o, v) if self is RT_NULL, for A.name = B. */
static bool push_store(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, rt_value f, rt_value self, rt_value name)
{
    uint32_t n = 2 + !rt_is_null(self) + !rt_is_null(name), i = 0;
    struct rt_frame *nf = push(ts, fr, f, n, RT_SP_DROP, 0);
    if (!nf)
        return false;
    if (!rt_is_null(self))
        nf->regs[i++] = rt_newref(ts, self);
    nf->regs[i++] = pass(fr, A(w));
    if (!rt_is_null(name))
        nf->regs[i++] = rt_borrowed(name);
    nf->regs[i] = pass(fr, B(w));
    return true;
}

bool rt_eval_push_setter(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, rt_value f)
{
    return rt_is_function(f) && push_store(ts, fr, w, rt_borrowed(f), RT_NULL, RT_NULL);
}

bool rt_eval_push_setattr(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, rt_value name)
{
    rt_value o = fr->regs[A(w)], f, descr;
    if (!rt_is_python_instance(o))
        return false;
    struct rt_type *t = rt_type_of_obj(rt_ptr(o));
    if (t->setattro == rt_slot_setattr_py)
        return (f = special_method(t, RT_ID(__setattr__))).bits && push_store(ts, fr, w, f, RT_NULL, name);
    return t->setattro == rt_object_type.setattro && rt_type_lookup_cached(t, name, &descr) && descr.bits && rt_is_python_instance(descr) &&
           (f = special_method(rt_type_of(descr), RT_ID(__set__))).bits && push_store(ts, fr, w, f, descr, RT_NULL);
}

/* ---- iteration, with ---- */

bool rt_eval_push_next(struct rt_thread *ts, struct rt_frame *fr, rt_value it, uint32_t dst)
{
    rt_value f = rt_eval_special_method(rt_type_of_obj(rt_ptr(it)), RT_ID(__next__));
    struct rt_frame *nf = rt_is_null(f) ? NULL : push(ts, fr, f, 1, RT_SP_NONE, dst);
    if (!nf)
        return false;
    nf->regs[0] = rt_borrowed(it);
    nf->flags = RT_FR_NEXT;
    return true;
}

bool rt_eval_push_enter(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, rt_value enter)
{
    struct rt_frame *nf = rt_is_function(enter) && !rt_is_counted(enter) ? push(ts, fr, enter, 1, RT_SP_NONE, A(w) + 1) : NULL;
    if (!nf)
        return false;
    nf->regs[0] = pass(fr, B(w));
    return true;
}

/* ---- what is left when the method has returned ---- */

static bool put(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, rt_value v)
{
    if (rt_is_null(v))
        return false;
    rt_reg_consume(ts, fr, B(w), A(w));
    rt_reg_consume(ts, fr, C(w), A(w));
    rt_reg_set(ts, fr, A(w), v);
    return true;
}

static int truth_of(struct rt_thread *ts, rt_value owned)
{
    if (rt_is_bool(owned))
        return rt_is_true(owned);
    int t = rt_truth(ts, rt_borrowed(owned));
    rt_decref(ts, owned);
    return t;
}

/* `op` of a and b, where a's own method said v: NotImplemented leaves it to b. Consumes v; owned. */
static rt_value comparison(struct rt_thread *ts, rt_value v, rt_value a, rt_value b, enum rt_cmp op)
{
    return rt_is_notimpl(v) ? rt_compare_rest(ts, rt_borrowed(a), rt_borrowed(b), op) : v;
}

static int done_compare_jump(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, rt_value v)
{
    bool imm = (w & 0xff) >= RT_OP_JLTI;
    enum rt_cmp op = (enum rt_cmp)((w & 0xff) - (imm ? RT_OP_JLTI : RT_OP_JLT));
    _Static_assert(RT_OP_JGE - RT_OP_JLT == RT_GE && RT_OP_JGEI - RT_OP_JLTI == RT_GE && RT_OP_GE - RT_OP_LT == RT_GE &&
                       RT_OP_JLTI > RT_OP_JGE, "instructions and comparisons in one order");
    v = comparison(ts, v, fr->regs[A(w)], imm ? rt_int_imm((int8_t)B(w)) : fr->regs[B(w)], op);
    int t = rt_is_null(v) ? -1 : truth_of(ts, v);
    if (t < 0)
        return -1;
    rt_reg_consume(ts, fr, A(w), 256);
    if (!imm)
        rt_reg_consume(ts, fr, B(w), 256);
    return t == (int)C(w) ? RT_SP_JUMP : RT_SP_FALL;
}

static int done_truth(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, rt_value v)
{
    if (!rt_is_bool(v)) {
        rt_raise(ts, &rt_exc_TypeError, "__bool__ should return bool, returned %s", rt_typename(v));
        rt_decref(ts, v);
        return -1;
    }
    int t = rt_is_true(v);
    switch (w & 0xff) {
    case RT_OP_NOT:
        rt_reg_consume(ts, fr, B(w), A(w));
        rt_reg_set(ts, fr, A(w), rt_bool(!t));
        return RT_SP_GO;
    case RT_OP_JTRUE:
    case RT_OP_JFALSE:
        rt_reg_consume(ts, fr, A(w), 256);
        return t == ((w & 0xff) == RT_OP_JTRUE) ? RT_SP_JUMP : RT_SP_FALL;
    default: /* the _KEEP forms */
        if (t == ((w & 0xff) == RT_OP_JTRUE_KEEP))
            return RT_SP_JUMP;
        rt_reg_set(ts, fr, A(w), RT_UNDEF);
        return RT_SP_FALL;
    }
}

static int done_contains(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, rt_value v)
{
    int t = truth_of(ts, v);
    if (t < 0)
        return -1;
    if ((w & 0xff) != RT_OP_JIN)
        return put(ts, fr, w, rt_bool(t ^ ((w & 0xff) == RT_OP_NOT_IN))) ? RT_SP_GO : -1;
    rt_reg_consume(ts, fr, A(w), 256);
    rt_reg_consume(ts, fr, B(w), 256);
    return t == (int)C(w) ? RT_SP_JUMP : RT_SP_FALL;
}

static int done_iter(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, rt_value v)
{
    if (!rt_is_iterator(v)) {
        rt_raise(ts, &rt_exc_TypeError, "iter() returned non-iterator of type '%.100s'", rt_typename(v));
        rt_decref(ts, v);
        return -1;
    }
    rt_reg_consume(ts, fr, B(w), A(w));
    rt_reg_set(ts, fr, A(w), v);
    if ((w & 0xff) == RT_OP_FOR_PREP) {
        rt_reg_set(ts, fr, A(w) + 1, RT_UNDEF);
        rt_reg_set(ts, fr, A(w) + 2, RT_UNDEF);
    }
    return RT_SP_GO;
}

void rt_eval_special_failed(struct rt_thread *ts, struct rt_frame *fr, enum rt_special kind)
{
    if (kind == RT_SP_ATTR)
        rt_attr_error_tells(ts, rt_borrowed(fr->regs[B(fr->pc[-2])]), fr->code->names[fr->pc[-1] & 0xffff]);
}

int rt_eval_special_done(struct rt_thread *ts, struct rt_frame *fr, enum rt_special kind, rt_value v)
{
    uint32_t w = fr->pc[-1];
    rt_value a = rt_borrowed(fr->regs[B(w)]), b = rt_borrowed(fr->regs[C(w)]);
    enum rt_binop op = (enum rt_binop)((w & 0xff) - (kind == RT_SP_INPLACE || kind == RT_SP_INPLACE_REST ? RT_OP_IADD : RT_OP_ADD));
    _Static_assert(RT_OP_OR - RT_OP_ADD == RT_BIN_OR - RT_BIN_ADD && RT_OP_MOD - RT_OP_ADD == RT_BIN_MOD - RT_BIN_ADD &&
                       RT_OP_IOR - RT_OP_IADD == RT_BIN_OR - RT_BIN_ADD && RT_OP_IMOD - RT_OP_IADD == RT_BIN_MOD - RT_BIN_ADD,
                   "instructions and operators in one order");
    switch (kind) {
    case RT_SP_BINARY: v = rt_is_notimpl(v) ? rt_binary_rest(ts, a, b, op, false) : v; break;
    case RT_SP_REFLECTED: v = rt_is_notimpl(v) ? rt_binary_refused(ts, a, b, op) : v; break;
    case RT_SP_INPLACE: v = rt_is_notimpl(v) ? rt_inplace_rest(ts, a, b, op) : v; break;
    case RT_SP_INPLACE_REST: v = rt_is_notimpl(v) ? rt_binary_rest(ts, a, b, op, true) : v; break;
    case RT_SP_COMPARE: v = comparison(ts, v, a, b, (enum rt_cmp)((w & 0xff) - RT_OP_LT)); break;
    case RT_SP_COMPARE_JUMP: return done_compare_jump(ts, fr, w, v);
    case RT_SP_TRUTH: return done_truth(ts, fr, w, v);
    case RT_SP_CONTAINS: return done_contains(ts, fr, w, v);
    case RT_SP_ATTR:
        w = fr->pc[-2];
        rt_reg_consume(ts, fr, B(w), A(w));
        rt_reg_set(ts, fr, A(w), v);
        return RT_SP_GO;
    case RT_SP_ITER: return done_iter(ts, fr, w, v);
    default: /* RT_SP_DROP */
        rt_decref(ts, v);
        return RT_SP_GO;
    }
    return put(ts, fr, w, v) ? RT_SP_GO : -1;
}
