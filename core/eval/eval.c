/* SPDX-License-Identifier: MIT */
/*
 * The evaluator: one loop, one computed goto per instruction (bytecode.def says what each means).
 *
 * Invariants while an instruction runs: ts->frame == fr; fr->pc was stored before anything that can
 * raise, stop, or look at the frame; registers obey Note [REG]. Handlers hold fast paths only, the rest
 * is in eval_slow.c and friends, so that the loop stays small enough to read and to keep in cache.
 *
 * Python-to-Python calls do not use the machine stack: CALL pushes a frame and goes on, RETURN pops it.
 * Generators run their embedded frame in the same way when FOR_ITER or YIELD_FROM resumes them.
 */
#include "core/eval/eval_internal.h"
#include "core/object/instance.h"

const void *const *rt_dispatch_main, *const *rt_dispatch_trace;

#define A ((w >> 8) & 0xff)
#define B ((w >> 16) & 0xff)
#define C (w >> 24)
#define X16 (w >> 16)
#define S24 ((int32_t)w >> 8)
#define R(i) (fr->regs[i])
#define SAVE() (fr->pc = pc)
#define SET(r, v)                                      \
    do {                                               \
        rt_value old_ = R(r);                          \
        R(r) = (v);                                    \
        if (rt_unlikely(RT_REG_COUNTED(old_))) {       \
            SAVE();                                    \
            rt_decref_obj(ts, rt_ptr(old_));           \
        }                                              \
    } while (0)
#define NEXT()                       \
    do {                             \
        w = *pc++;                   \
        goto *table[w & 0xff];       \
    } while (0)
#define OP(name) op_##name:
#define CHECK(ok)                    \
    do {                             \
        if (rt_unlikely(!(ok)))      \
            goto error;              \
    } while (0)

#define BOTH_INT(a, b) ((a).bits & (b).bits & 1)
#define BOTH_FLONUM(a, b) (((((a).bits ^ 2) | ((b).bits ^ 2)) & 3) == 0)

#define ARITH(name, int_op, float_op, slow)                                       \
    OP(name)                                                                      \
    {                                                                             \
        rt_value a = R(B), b = R(C), res;                                         \
        if (rt_likely(BOTH_INT(a, b))) {                                          \
            int64_t r;                                                            \
            if (rt_likely(!int_op((int64_t)a.bits, (int64_t)b.bits, &r))) {       \
                SET(A, RT_VALUE(r));                                              \
                NEXT();                                                           \
            }                                                                     \
        } else if (BOTH_FLONUM(a, b) &&                                           \
                   rt_float_try_imm(rt_flonum_get(a) float_op rt_flonum_get(b), &res)) { \
            SET(A, res);                                                          \
            NEXT();                                                               \
        }                                                                         \
        SAVE();                                                                   \
        CHECK(slow);                                                              \
        NEXT();                                                                   \
    }
/* Tagged-word arithmetic: operands 2i+1 and 2j+1. */
#define INT_ADD(x, y, r) __builtin_add_overflow(x, (y) - 1, r)
#define INT_SUB(x, y, r) (__builtin_sub_overflow(x, y, r) || ((*(r) |= 1), false))
#define INT_MUL(x, y, r) (__builtin_mul_overflow((x) - 1, (y) >> 1, r) || ((*(r) |= 1), false))

#define SLOW_BIN(name, op) \
    OP(name) { SAVE(); CHECK(rt_eval_binary(ts, fr, w, op)); NEXT(); }
#define SLOW_INPLACE(name, op) \
    OP(name) { SAVE(); CHECK(rt_eval_inplace(ts, fr, w, op)); NEXT(); }
#define BITWISE(name, expr, slow)                          \
    OP(name)                                               \
    {                                                      \
        rt_value a = R(B), b = R(C);                       \
        if (rt_likely(BOTH_INT(a, b))) {                   \
            SET(A, RT_VALUE(expr));                        \
            NEXT();                                        \
        }                                                  \
        SAVE();                                            \
        CHECK(slow);                                       \
        NEXT();                                            \
    }
#define ADD_IMM(name, int_op, bop, inplace)                                                  \
    OP(name)                                                                                 \
    {                                                                                        \
        rt_value a = R(B);                                                                   \
        int64_t r;                                                                           \
        if (rt_likely(rt_is_int(a)) &&                                                       \
            rt_likely(!int_op((int64_t)a.bits, (int64_t)((int8_t)C) * 2 + 1, &r))) {         \
            SET(A, RT_VALUE(r));                                                             \
            NEXT();                                                                          \
        }                                                                                    \
        SAVE();                                                                              \
        CHECK(rt_eval_binary_imm(ts, fr, w, bop, inplace));                                  \
        NEXT();                                                                              \
    }
#define COMPARE(name, cop, cmp)                                                             \
    OP(name)                                                                                \
    {                                                                                       \
        rt_value a = R(B), b = R(C);                                                        \
        if (rt_likely(BOTH_INT(a, b)))                                                      \
            SET(A, rt_bool((int64_t)a.bits cop (int64_t)b.bits));                           \
        else if (BOTH_FLONUM(a, b))                                                         \
            SET(A, rt_bool(rt_flonum_get(a) cop rt_flonum_get(b)));                         \
        else {                                                                              \
            SAVE();                                                                         \
            CHECK(rt_eval_compare(ts, fr, w, cmp));                                         \
        }                                                                                   \
        NEXT();                                                                             \
    }
#define JUMP_IF(cond)                 \
    do {                              \
        int32_t off_ = (int32_t)*pc++; \
        if (cond)                     \
            pc += off_;               \
    } while (0)
#define COMPARE_JUMP(name, cop, cmp)                                                        \
    OP(name)                                                                                \
    {                                                                                       \
        rt_value a = R(A), b = R(B);                                                        \
        int t;                                                                              \
        if (rt_likely(BOTH_INT(a, b)))                                                      \
            t = (int64_t)a.bits cop (int64_t)b.bits;                                        \
        else if (BOTH_FLONUM(a, b))                                                         \
            t = rt_flonum_get(a) cop rt_flonum_get(b);                                      \
        else {                                                                              \
            SAVE();                                                                         \
            CHECK((t = rt_eval_compare_jump(ts, fr, w, cmp)) >= 0);                         \
        }                                                                                   \
        JUMP_IF(t == (int)C);                                                               \
        NEXT();                                                                             \
    }
#define COMPARE_JUMP_IMM(name, cop, cmp)                                                    \
    OP(name)                                                                                \
    {                                                                                       \
        rt_value a = R(A);                                                                  \
        int t;                                                                              \
        if (rt_likely(rt_is_int(a)))                                                        \
            t = (int64_t)a.bits cop ((int64_t)((int8_t)B) * 2 + 1);                         \
        else {                                                                              \
            SAVE();                                                                         \
            CHECK((t = rt_eval_compare_jump_imm(ts, fr, w, cmp)) >= 0);                     \
        }                                                                                   \
        JUMP_IF(t == (int)C);                                                               \
        NEXT();                                                                             \
    }

/* Truth of register r without consuming: fast for the constants, ints; -1 error. */
RT_INLINE int truth(struct rt_thread *ts, rt_value v)
{
    if (rt_likely(rt_is_bool(v)))
        return rt_is_true(v);
    if (rt_is_none(v))
        return 0;
    if (rt_is_int(v))
        return v.bits != 1;
    return rt_truth(ts, rt_borrowed(v));
}

/* A frame for a simple Python function with exactly its positional arguments, or NULL: take the slow
   way (no room, depth, breaker). The callee's word is in register b. */
RT_INLINE struct rt_frame *push_simple(struct rt_thread *ts, struct rt_frame *fr, struct rt_code *code)
{
    struct rt_frame *nf = (struct rt_frame *)ts->stack_top;
    rt_value *end = nf->regs + code->nregs;
    if (rt_unlikely(end > rt_load_relaxed(&ts->stack_limit)) ||
        rt_unlikely(ts->py_depth >= rt_load_relaxed(&ts->py_depth_limit)) ||
        rt_unlikely(rt_load_relaxed(&ts->breaker)))
        return NULL;
    nf->prev = fr;
    nf->code = code;
    nf->locals = RT_NULL;
    nf->object = NULL;
    nf->pc = code->words;
    ts->stack_top = end;
    ts->py_depth++;
    return nf;
}

/* The Python __init__ of class t, if instances are made in the usual way: a deferred word; else RT_NULL. */
static rt_value plain_init(struct rt_thread *ts, struct rt_type *t)
{
    if (t->new != rt_object_type.new || t->init != rt_slot_init_py || rt_type_has(t, RT_TF_ABSTRACT))
        return RT_NULL;
    rt_value init = rt_type_lookup(ts, t, RT_ID(__init__));
    if (rt_is_ptr(init) && !rt_is_counted(init) && rt_is_function(init))
        return init;
    rt_decref(ts, init);
    return RT_NULL;
}

/* A frame for the simple Python __init__ of class t with n arguments, over a new instance in its register 0; NULL:
   t makes instances in another way, or no room. */
static RT_NOINLINE struct rt_frame *push_init(struct rt_thread *ts, struct rt_frame *fr, struct rt_type *t, uint32_t n)
{
    rt_value init = plain_init(ts, t);
    if (rt_is_null(init))
        return NULL;
    struct rt_code *code = rt_as_function(init)->code_ptr;
    struct rt_frame *nf;
    if (!code->simple || code->argcount != n + 1 || (nf = push_simple(ts, fr, code)) == NULL)
        return NULL;
    rt_value self = rt_type_alloc(ts, t);
    if (rt_is_null(self)) { /* the slow way will raise it again */
        rt_exc_clear(ts);
        ts->stack_top = (rt_value *)nf;
        ts->py_depth--;
        return NULL;
    }
    nf->regs[0] = rt_borrowed(self);
    nf->self = self;
    nf->func = init;
    nf->flags = RT_FR_INIT;
    return nf;
}

/* Argument register r of fr into a callee: a temporary is moved, a local lent. */
RT_INLINE rt_value pass_arg(struct rt_frame *fr, uint32_t r, uint32_t temp_base)
{
    rt_value v = fr->regs[r];
    if (r < temp_base)
        return rt_borrowed(v);
    fr->regs[r] = RT_UNDEF;
    return v;
}

/* The table is flat: disjoint ranges, sorted. */
static struct rt_exc_entry *find_handler(struct rt_code *code, uint32_t at)
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

/* Release the temporaries from base up. */
static void drop_temps(struct rt_thread *ts, struct rt_frame *fr, uint32_t base)
{
    uint32_t end = fr->code->temp_base + fr->code->ntemps;
    for (uint32_t r = base; r < end; r++) {
        rt_value v = fr->regs[r];
        fr->regs[r] = RT_UNDEF;
        if (RT_REG_COUNTED(v))
            rt_decref_obj(ts, rt_ptr(v));
    }
}

/* After a call by value: release the argument temporaries. */
static void consume_args(struct rt_thread *ts, struct rt_frame *fr, const uint8_t *ops, uint32_t n,
                         uint32_t a)
{
    for (uint32_t i = 0; i < n; i++)
        rt_reg_consume(ts, fr, ops[i], a);
}

/* Call anything that is not a simple Python function. self: RT_NULL or a borrowed first argument. The
   callee's registers are released by the caller of this. Owned result. */
static rt_value call_value(struct rt_thread *ts, struct rt_frame *fr, rt_value f, rt_value self,
                           const uint8_t *ops, uint32_t n, rt_value kw)
{
    rt_value *argv = ts->stack_top, *p = argv;
    if (rt_unlikely(!rt_stack_has_room(ts, argv + n + 1)) && rt_frame_overflow(ts, NULL) < 0)
        return RT_NULL;
    if (!rt_is_null(self))
        *p++ = rt_borrowed(self);
    for (uint32_t i = 0; i < n; i++)
        *p++ = rt_borrowed(fr->regs[ops[i]]);
    ts->stack_top = p;
    uint32_t npos = (uint32_t)(p - argv) - (kw.bits ? (uint32_t)rt_as_tuple(kw)->length : 0);
    rt_value res = rt_unlikely(ts->tracing) && rt_is_native_callable(f)
                       ? rt_trace_native_call(ts, f, argv, npos, kw)
                       : rt_call(ts, f, argv, npos, kw);
    ts->stack_top = argv;
    return res;
}

/* A bound frame for a Python function in the general case: keywords, defaults, *args, or no room in the fast
   path. Owns its arguments. NULL with exception. */
static RT_NOINLINE struct rt_frame *push_general(struct rt_thread *ts, struct rt_frame *fr, rt_value f, rt_value self,
                                                 const uint8_t *ops, uint32_t n, rt_value kw)
{
    rt_value argv[257], *p = argv;
    if (rt_unlikely(rt_load_relaxed(&ts->breaker)) && rt_safepoint_slow(ts) < 0)
        return NULL;
    if (!rt_is_null(self))
        *p++ = rt_borrowed(self);
    for (uint32_t i = 0; i < n; i++)
        *p++ = rt_borrowed(fr->regs[ops[i]]);
    uint32_t nkw = kw.bits ? (uint32_t)rt_as_tuple(kw)->length : 0;
    return rt_frame_push(ts, rt_borrowed(f), argv, (uint32_t)(p - argv) - nkw, kw);
}

/* The same as push_init for an __init__ with defaults, keywords, *args: *pushed says whether it was a
   case for it; NULL is then an exception. The frame's own word for self is lent by nf->self, so the
   constructor fills an instance that only it knows. */
static RT_NOINLINE struct rt_frame *push_init_general(struct rt_thread *ts, struct rt_frame *fr, rt_value type,
                                                      const uint8_t *ops, uint32_t n, rt_value kw, bool *pushed)
{
    struct rt_type *t = rt_as_type(type);
    rt_value init = plain_init(ts, t);
    struct rt_code *code = rt_is_null(init) ? NULL : rt_as_function(init)->code_ptr;
    *pushed = code && !(code->flags & (RT_CO_GENERATOR | RT_CO_COROUTINE | RT_CO_ASYNC_GENERATOR));
    if (!*pushed)
        return NULL;
    rt_value self = rt_type_alloc(ts, t);
    if (rt_is_null(self))
        return NULL;
    struct rt_frame *nf = push_general(ts, fr, init, self, ops, n, kw);
    if (!nf) {
        rt_decref(ts, self);
        return NULL;
    }
    rt_value *r = &nf->regs[code->local_base];
    if (code->argcount && r->bits == self.bits) {
        *r = rt_borrowed(self);
        rt_decref(ts, self);
    }
    nf->self = self;
    nf->flags |= RT_FR_INIT;
    return nf;
}

rt_value rt_eval_run(struct rt_thread *ts, struct rt_frame *fr, bool throwing)
{
    bool again = false; /* a handler's own end goes on with its exception */
    static const void *const main_table[256] = {
#define L 0
#define RT_OP(name, extra, doc) [RT_OP_##name] = &&op_##name,
#include "core/eval/bytecode.def"
#undef RT_OP
#undef L
        [RT_OP_COUNT ... 255] = &&op_invalid,
    };
    static const void *const trace_table[256] = {[0 ... 255] = &&traced};
    const void *const *table;
    uint32_t *pc, w;
    rt_value *K, v; /* v: what a return or yield carries, owned */
    struct rt_frame *nf;

    if (rt_unlikely(!ts)) { /* start-up: only the addresses are wanted */
        rt_dispatch_main = main_table;
        rt_dispatch_trace = trace_table;
        return RT_NULL;
    }
    if (rt_unlikely(!ts->exc_info)) { /* first Python code on this thread */
        ts->exc_info = &ts->exc_base;
        ts->dispatch = main_table;
    }
    table = ts->dispatch;
    pc = fr->pc;
    K = fr->code->consts;
    if (rt_unlikely(ts->tracing)) {
        if (rt_trace_call(ts, fr) < 0)
            goto error;
        table = ts->dispatch;
    }
    if (throwing)
        goto error;
    NEXT();

enter_general: /* nf: a bound frame of the callee in w */
    if (nf->code->flags & (RT_CO_GENERATOR | RT_CO_COROUTINE | RT_CO_ASYNC_GENERATOR)) {
        v = rt_generator_from_frame(ts, nf);
        CHECK(v.bits);
        SET(A, v);
        NEXT();
    }
    nf->prev = fr;
    nf->ret = A;
    ts->frame = fr = nf;
    goto enter;

enter: /* a frame was pushed: fr is it, linked as ts->frame */
    pc = fr->pc;
    K = fr->code->consts;
    if (rt_unlikely(ts->tracing)) {
        if (rt_trace_call(ts, fr) < 0)
            goto error;
        table = ts->dispatch;
    }
    NEXT();

traced: /* every instruction comes here first while tracing */
    pc--;
    SAVE();
    {
        uint32_t *at = pc; /* pc itself has no address: it lives in a machine register */
        int err = rt_trace_instruction(ts, fr, &at);
        pc = at;
        if (err < 0) {
            fr->pc = pc + 1;
            goto error;
        }
    }
    table = ts->dispatch;
    w = *pc++;
    goto *main_table[w & 0xff];

    /* ---- moves ---- */
    OP(NOP) { NEXT(); }
    OP(MOVE)
    {
        rt_value v = rt_reg_take(ts, fr, B);
        SET(A, v);
        NEXT();
    }
    OP(COPY)
    {
        SET(A, rt_reg_ref(ts, R(B)));
        NEXT();
    }
    OP(LOADK)
    {
        SET(A, K[X16]);
        NEXT();
    }
    OP(LOADK_FAR)
    {
        uint32_t k = *pc++;
        SET(A, K[k]);
        NEXT();
    }
    OP(DROPN)
    {
        for (uint32_t r = A, end = A + B; r < end; r++)
            SET(r, RT_UNDEF);
        NEXT();
    }
    OP(LOADI)
    {
        SET(A, rt_int_imm((int16_t)X16));
        NEXT();
    }
    OP(LOAD_FAR)
    {
        SET(A, rt_reg_ref(ts, R(256 + X16)));
        NEXT();
    }
    OP(STORE_FAR)
    {
        rt_value v = rt_reg_take(ts, fr, A);
        SET(256 + X16, v);
        NEXT();
    }
    OP(CHECK_BOUND)
    {
        if (rt_unlikely(rt_is_undef(R(A)))) {
            SAVE();
            rt_eval_unbound_local(ts, fr->code, X16);
            goto error;
        }
        NEXT();
    }
    OP(CHECK_BOUND_FAR)
    {
        if (rt_unlikely(rt_is_undef(R(256 + X16)))) {
            SAVE();
            rt_eval_unbound_local(ts, fr->code, X16);
            goto error;
        }
        NEXT();
    }
    OP(DEL_FAST)
    {
        if (rt_unlikely(rt_is_undef(R(A)))) {
            SAVE();
            rt_eval_unbound_local(ts, fr->code, X16);
            goto error;
        }
        SET(A, RT_UNDEF);
        NEXT();
    }
    OP(DEL_FAR)
    {
        if (rt_unlikely(rt_is_undef(R(256 + X16)))) {
            SAVE();
            rt_eval_unbound_local(ts, fr->code, X16);
            goto error;
        }
        SET(256 + X16, RT_UNDEF);
        NEXT();
    }
    OP(CLEAR)
    {
        SET(A, RT_UNDEF);
        NEXT();
    }
    OP(CLEAR_FAR)
    {
        SET(256 + X16, RT_UNDEF);
        NEXT();
    }
    OP(DROP)
    {
        SET(A, RT_UNDEF);
        NEXT();
    }

    /* ---- cells and names ---- */
    OP(MAKE_CELL)
    {
        SAVE();
        rt_value v = RT_UNDEF;
        if (C) {
            v = rt_reg_ref(ts, R(B));
            SET(B, RT_UNDEF);
        }
        rt_value cell = rt_cell_new(ts, v);
        CHECK(!rt_is_null(cell));
        SET(A, cell);
        NEXT();
    }
    OP(MAKE_CELL_FAR)
    {
        uint32_t w1 = *pc++;
        SAVE();
        rt_value v = RT_UNDEF;
        if (C) {
            v = rt_reg_ref(ts, R(256 + (w1 >> 16)));
            SET(256 + (w1 >> 16), RT_UNDEF);
        }
        rt_value cell = rt_cell_new(ts, v);
        CHECK(!rt_is_null(cell));
        SET(256 + (w1 & 0xffff), cell);
        NEXT();
    }
    OP(LOAD_DEREF)
    {
        struct rt_cell *cell = (struct rt_cell *)rt_ptr(R(B));
        uint32_t name = C;
        rt_value v = rt_slot_get(ts, cell, &cell->content);
        if (rt_unlikely(rt_is_undef(v))) {
            SAVE();
            rt_eval_unbound_cell(ts, fr->code, name);
            goto error;
        }
        SAVE();
        rt_reg_consume(ts, fr, B, A);
        SET(A, v);
        NEXT();
    }
    OP(STORE_DEREF)
    {
        struct rt_cell *cell = (struct rt_cell *)rt_ptr(R(B));
        SAVE();
        rt_slot_set(ts, &cell->content, rt_reg_take(ts, fr, A));
        rt_reg_consume(ts, fr, B, 256);
        NEXT();
    }
    OP(DEL_DEREF)
    {
        struct rt_cell *cell = (struct rt_cell *)rt_ptr(R(B));
        SAVE();
        if (rt_is_undef(rt_slot_peek(&cell->content))) {
            rt_eval_unbound_cell(ts, fr->code, C);
            goto error;
        }
        rt_slot_set(ts, &cell->content, RT_UNDEF);
        rt_reg_consume(ts, fr, B, 256);
        NEXT();
    }
    OP(LOAD_FREE)
    {
        rt_value cl = rt_as_function(fr->func)->closure;
        struct rt_cell *cell = (struct rt_cell *)rt_ptr(rt_as_tuple(cl)->items[X16]);
        rt_value v = rt_slot_get(ts, cell, &cell->content);
        if (rt_unlikely(rt_is_undef(v))) {
            SAVE();
            rt_eval_unbound_cell(ts, fr->code, fr->code->ncells + X16);
            goto error;
        }
        SET(A, v);
        NEXT();
    }
    OP(STORE_FREE)
    {
        rt_value cl = rt_as_function(fr->func)->closure;
        struct rt_cell *cell = (struct rt_cell *)rt_ptr(rt_as_tuple(cl)->items[X16]);
        SAVE();
        rt_slot_set(ts, &cell->content, rt_reg_take(ts, fr, A));
        NEXT();
    }
    OP(DEL_FREE)
    {
        rt_value cl = rt_as_function(fr->func)->closure;
        struct rt_cell *cell = (struct rt_cell *)rt_ptr(rt_as_tuple(cl)->items[X16]);
        SAVE();
        if (rt_is_undef(rt_slot_peek(&cell->content))) {
            rt_eval_unbound_cell(ts, fr->code, fr->code->ncells + X16);
            goto error;
        }
        rt_slot_set(ts, &cell->content, RT_UNDEF);
        NEXT();
    }
    OP(LOAD_FREE_CELL)
    {
        rt_value cl = rt_as_function(fr->func)->closure;
        SET(A, rt_reg_ref(ts, rt_as_tuple(cl)->items[X16]));
        NEXT();
    }
    OP(LOAD_NAME)
    {
        if (fr->locals.bits && !rt_is(fr->locals, rt_as_function(fr->func)->globals_word)) {
            uint32_t ni = *pc++;
            SAVE();
            CHECK(rt_eval_load_name(ts, fr, w, ni));
            NEXT();
        }
    } /* the code of a module: its names are its globals */
    OP(LOAD_GLOBAL)
    {
        uint32_t ni = *pc++;
        struct rt_ic_cell *cell = (struct rt_ic_cell *)rt_load_acquire(&fr->code->ic[ni >> 16]);
        if (rt_likely(((uintptr_t)cell & 15) == 0 && cell)) {
            struct rt_function *fn = rt_as_function(fr->func);
            if (rt_likely((uintptr_t)cell->globals == (uintptr_t)rt_ptr(fn->globals_word)) &&
                rt_likely(rt_load_acquire(&cell->globals->version) == cell->globals_version) &&
                rt_likely(!cell->builtins_version ||
                          rt_load_acquire(&rt_as_dict(fn->builtins_word)->version) ==
                              cell->builtins_version)) {
                rt_value v = rt_slot_get(ts, cell->globals, cell->slot);
                if (rt_likely(v.bits && !rt_is_undef(v))) {
                    SET(A, v);
                    NEXT();
                }
            }
        }
        SAVE();
        CHECK(rt_eval_load_global(ts, fr, w, ni));
        NEXT();
    }

    /* ---- arithmetic ---- */
    ARITH(ADD, INT_ADD, +, rt_eval_binary(ts, fr, w, RT_BIN_ADD))
    ARITH(SUB, INT_SUB, -, rt_eval_binary(ts, fr, w, RT_BIN_SUB))
    ARITH(MUL, INT_MUL, *, rt_eval_binary(ts, fr, w, RT_BIN_MUL))
    ARITH(IADD, INT_ADD, +, rt_eval_inplace(ts, fr, w, RT_BIN_ADD))
    ARITH(ISUB, INT_SUB, -, rt_eval_inplace(ts, fr, w, RT_BIN_SUB))
    ARITH(IMUL, INT_MUL, *, rt_eval_inplace(ts, fr, w, RT_BIN_MUL))
    OP(TRUEDIV)
    OP(ITRUEDIV)
    {
        rt_value a = R(B), b = R(C), res;
        if (BOTH_FLONUM(a, b) && rt_float_try_imm(rt_flonum_get(a) / rt_flonum_get(b), &res)) {
            SET(A, res);
            NEXT();
        }
        SAVE();
        CHECK((w & 0xff) == RT_OP_TRUEDIV ? rt_eval_binary(ts, fr, w, RT_BIN_TRUEDIV)
                                          : rt_eval_inplace(ts, fr, w, RT_BIN_TRUEDIV));
        NEXT();
    }
    OP(FLOORDIV)
    OP(IFLOORDIV)
    {
        rt_value a = R(B), b = R(C);
        if (BOTH_INT(a, b) && (int64_t)b.bits > 1) { /* positive divisor */
            int64_t x = rt_int_get(a), y = rt_int_get(b), q = x / y;
            SET(A, rt_int_imm(q - (x % y < 0)));
            NEXT();
        }
        SAVE();
        CHECK((w & 0xff) == RT_OP_FLOORDIV ? rt_eval_binary(ts, fr, w, RT_BIN_FLOORDIV)
                                           : rt_eval_inplace(ts, fr, w, RT_BIN_FLOORDIV));
        NEXT();
    }
    OP(MOD)
    OP(IMOD)
    {
        rt_value a = R(B), b = R(C);
        if (BOTH_INT(a, b) && (int64_t)b.bits > 1) {
            int64_t y = rt_int_get(b), m = rt_int_get(a) % y;
            SET(A, rt_int_imm(m < 0 ? m + y : m));
            NEXT();
        }
        SAVE();
        CHECK((w & 0xff) == RT_OP_MOD ? rt_eval_binary(ts, fr, w, RT_BIN_MOD)
                                      : rt_eval_inplace(ts, fr, w, RT_BIN_MOD));
        NEXT();
    }
    SLOW_BIN(POW, RT_BIN_POW)
    SLOW_BIN(MATMUL, RT_BIN_MATMUL)
    SLOW_INPLACE(IPOW, RT_BIN_POW)
    SLOW_INPLACE(IMATMUL, RT_BIN_MATMUL)
    OP(LSHIFT)
    OP(ILSHIFT)
    {
        rt_value a = R(B), b = R(C);
        if (BOTH_INT(a, b) && b.bits < 2 * 62) {
            int64_t x = rt_int_get(a), s = rt_int_get(b);
            int64_t r = (int64_t)((uint64_t)x << s);
            if (r >> s == x && rt_int_fits(r)) {
                SET(A, rt_int_imm(r));
                NEXT();
            }
        }
        SAVE();
        CHECK((w & 0xff) == RT_OP_LSHIFT ? rt_eval_binary(ts, fr, w, RT_BIN_LSHIFT)
                                         : rt_eval_inplace(ts, fr, w, RT_BIN_LSHIFT));
        NEXT();
    }
    OP(RSHIFT)
    OP(IRSHIFT)
    {
        rt_value a = R(B), b = R(C);
        if (BOTH_INT(a, b) && b.bits < 2 * 64) {
            SET(A, rt_int_imm(rt_int_get(a) >> rt_int_get(b)));
            NEXT();
        }
        SAVE();
        CHECK((w & 0xff) == RT_OP_RSHIFT ? rt_eval_binary(ts, fr, w, RT_BIN_RSHIFT)
                                         : rt_eval_inplace(ts, fr, w, RT_BIN_RSHIFT));
        NEXT();
    }
    BITWISE(AND, a.bits &b.bits, rt_eval_binary(ts, fr, w, RT_BIN_AND))
    BITWISE(OR, a.bits | b.bits, rt_eval_binary(ts, fr, w, RT_BIN_OR))
    BITWISE(XOR, (a.bits ^ b.bits) | 1, rt_eval_binary(ts, fr, w, RT_BIN_XOR))
    BITWISE(IAND, a.bits &b.bits, rt_eval_inplace(ts, fr, w, RT_BIN_AND))
    BITWISE(IOR, a.bits | b.bits, rt_eval_inplace(ts, fr, w, RT_BIN_OR))
    BITWISE(IXOR, (a.bits ^ b.bits) | 1, rt_eval_inplace(ts, fr, w, RT_BIN_XOR))
    ADD_IMM(ADDI, INT_ADD, RT_BIN_ADD, false)
    ADD_IMM(SUBI, INT_SUB, RT_BIN_SUB, false)
    ADD_IMM(IADDI, INT_ADD, RT_BIN_ADD, true)
    ADD_IMM(ISUBI, INT_SUB, RT_BIN_SUB, true)
    OP(NEG)
    {
        rt_value a = R(B), res;
        if (rt_is_int(a) && rt_int_get(a) != RT_INT_MIN) {
            SET(A, rt_int_imm(-rt_int_get(a)));
            NEXT();
        }
        if (rt_is_flonum(a) && rt_float_try_imm(-rt_flonum_get(a), &res)) {
            SET(A, res);
            NEXT();
        }
        SAVE();
        CHECK(rt_eval_unary(ts, fr, w, RT_UN_NEG));
        NEXT();
    }
    OP(POS)
    {
        SAVE();
        CHECK(rt_eval_unary(ts, fr, w, RT_UN_POS));
        NEXT();
    }
    OP(INVERT)
    {
        rt_value a = R(B);
        if (rt_is_int(a)) {
            SET(A, rt_int_imm(~rt_int_get(a)));
            NEXT();
        }
        SAVE();
        CHECK(rt_eval_unary(ts, fr, w, RT_UN_INVERT));
        NEXT();
    }
    OP(NOT)
    {
        SAVE();
        int t = truth(ts, R(B));
        CHECK(t >= 0);
        rt_reg_consume(ts, fr, B, A);
        SET(A, rt_bool(!t));
        NEXT();
    }
    COMPARE(LT, <, RT_LT)
    COMPARE(LE, <=, RT_LE)
    COMPARE(EQ, ==, RT_EQ)
    COMPARE(NE, !=, RT_NE)
    COMPARE(GT, >, RT_GT)
    COMPARE(GE, >=, RT_GE)
    OP(IS)
    OP(IS_NOT)
    {
        bool same = rt_is(R(B), R(C)) == ((w & 0xff) == RT_OP_IS);
        SAVE();
        rt_reg_consume(ts, fr, B, A);
        rt_reg_consume(ts, fr, C, A);
        SET(A, rt_bool(same));
        NEXT();
    }
    OP(IN)
    OP(NOT_IN)
    {
        SAVE();
        int t = rt_contains(ts, rt_borrowed(R(C)), rt_borrowed(R(B)));
        CHECK(t >= 0);
        t ^= (w & 0xff) == RT_OP_NOT_IN;
        rt_reg_consume(ts, fr, B, A);
        rt_reg_consume(ts, fr, C, A);
        SET(A, rt_bool(t));
        NEXT();
    }

    /* ---- jumps ---- */
    OP(JUMP)
    {
        pc += S24;
        NEXT();
    }
    OP(JUMP_BACK)
    {
        if (rt_unlikely(rt_load_relaxed(&ts->breaker))) {
            SAVE();
            CHECK(rt_safepoint_slow(ts) == 0);
            table = ts->dispatch;
        }
        pc += S24;
        NEXT();
    }
    OP(JTRUE)
    OP(JFALSE)
    {
        rt_value v = R(A);
        int t;
        if (rt_likely(rt_is_bool(v))) {
            t = rt_is_true(v);
        } else {
            SAVE();
            CHECK((t = truth(ts, v)) >= 0);
            rt_reg_consume(ts, fr, A, 256);
        }
        JUMP_IF(t == ((w & 0xff) == RT_OP_JTRUE));
        NEXT();
    }
    OP(JTRUE_KEEP)
    OP(JFALSE_KEEP)
    {
        SAVE();
        int t = truth(ts, R(A));
        CHECK(t >= 0);
        int32_t off = (int32_t)*pc++;
        if (t == ((w & 0xff) == RT_OP_JTRUE_KEEP))
            pc += off;
        else
            SET(A, RT_UNDEF);
        NEXT();
    }
    OP(JNONE)
    OP(JNOTNONE)
    {
        bool t = rt_is_none(R(A)) == ((w & 0xff) == RT_OP_JNONE);
        SAVE();
        rt_reg_consume(ts, fr, A, 256);
        JUMP_IF(t);
        NEXT();
    }
    COMPARE_JUMP(JLT, <, RT_LT)
    COMPARE_JUMP(JLE, <=, RT_LE)
    COMPARE_JUMP(JEQ, ==, RT_EQ)
    COMPARE_JUMP(JNE, !=, RT_NE)
    COMPARE_JUMP(JGT, >, RT_GT)
    COMPARE_JUMP(JGE, >=, RT_GE)
    COMPARE_JUMP_IMM(JLTI, <, RT_LT)
    COMPARE_JUMP_IMM(JLEI, <=, RT_LE)
    COMPARE_JUMP_IMM(JEQI, ==, RT_EQ)
    COMPARE_JUMP_IMM(JNEI, !=, RT_NE)
    COMPARE_JUMP_IMM(JGTI, >, RT_GT)
    COMPARE_JUMP_IMM(JGEI, >=, RT_GE)
    OP(JIS)
    {
        bool t = rt_is(R(A), R(B));
        SAVE();
        rt_reg_consume(ts, fr, A, 256);
        rt_reg_consume(ts, fr, B, 256);
        JUMP_IF(t == (C != 0));
        NEXT();
    }
    OP(JIN)
    {
        SAVE();
        int t = rt_contains(ts, rt_borrowed(R(B)), rt_borrowed(R(A)));
        CHECK(t >= 0);
        rt_reg_consume(ts, fr, A, 256);
        rt_reg_consume(ts, fr, B, 256);
        JUMP_IF(t == (int)C);
        NEXT();
    }

    /* ---- attributes and items ---- */
    OP(LOAD_ATTR)
    {
        uint32_t ni = *pc++;
        rt_value o = R(B);
        if (rt_likely(rt_is_ptr(o))) {
            uint64_t ic = rt_load_acquire(&fr->code->ic[ni >> 16]);
            struct rt_object *p = rt_ptr(o);
            uint32_t shape = rt_shape_id(p);
            rt_slot *slot = NULL;
            if (rt_likely((uint32_t)(ic >> 32) == shape && (ic & 0xff) == RT_ATTR_SLOT)) {
                slot = rt_attr_slot_at(p, (uint32_t)(ic >> 16 & 0xffff) << 3);
            } else if (ic && !(ic & 15)) {
                struct rt_ic_cell *cell = (struct rt_ic_cell *)ic;
                while (cell && cell->shape != shape)
                    cell = cell->next;
                if (cell && (cell->kind == RT_ATTR_SLOT ||
                             (cell->kind == RT_ATTR_MEMBER &&
                              rt_load_acquire(&cell->type->version) == cell->version)))
                    slot = rt_attr_slot_at(p, cell->offset);
            }
            if (rt_likely(slot != NULL)) {
                rt_value v = rt_slot_get(ts, p, slot);
                if (rt_likely(v.bits)) {
                    if (rt_unlikely(B >= fr->code->temp_base)) {
                        SAVE();
                        rt_reg_consume(ts, fr, B, A);
                    }
                    SET(A, v);
                    NEXT();
                }
            }
        }
        SAVE();
        CHECK(rt_eval_load_attr(ts, fr, w, ni));
        NEXT();
    }
    OP(STORE_ATTR)
    {
        uint32_t ni = *pc++;
        rt_value o = R(A);
        SAVE();
        if (rt_likely(rt_is_ptr(o))) {
            uint64_t ic = rt_load_acquire(&fr->code->ic[ni >> 16]);
            struct rt_object *p = rt_ptr(o);
            uint32_t shape = rt_shape_id(p);
            rt_slot *slot = NULL;
            if (rt_likely((uint32_t)(ic >> 32) == shape && (ic & 0xff) == RT_ATTR_SLOT)) {
                slot = rt_attr_slot_at(p, (uint32_t)(ic >> 16 & 0xffff) << 3);
            } else if (ic && !(ic & 15)) {
                struct rt_ic_cell *cell = (struct rt_ic_cell *)ic;
                while (cell && cell->shape != shape)
                    cell = cell->next;
                if (cell && cell->kind == RT_ATTR_SLOT)
                    slot = rt_attr_slot_at(p, cell->offset);
            }
            if (rt_likely(slot != NULL)) {
                rt_value v = rt_reg_ref(ts, R(B));
                if (rt_likely(rt_attr_set_slot(ts, p, slot, shape, v))) {
                    rt_reg_consume(ts, fr, B, 256);
                    rt_reg_consume(ts, fr, A, 256);
                    NEXT();
                }
                rt_decref(ts, v);
            }
        }
        CHECK(rt_eval_store_attr(ts, fr, w, ni));
        NEXT();
    }
    OP(LOAD_METHOD)
    {
        uint32_t ni = *pc++;
        SAVE();
        CHECK(rt_eval_load_method(ts, fr, w, ni));
        NEXT();
    }
    OP(GETITEM)
    {
        rt_value o = R(B), key = R(C);
        if (rt_is_int(key) && rt_is_ptr(o)) {
            struct rt_object *p = rt_ptr(o);
            uint32_t shape = rt_shape_id(p);
            int64_t i = rt_int_get(key);
            rt_value v = RT_NULL;
            if (shape == rt_list_type.shape->id) {
                struct rt_list_array *arr = rt_load_acquire(&((struct rt_list *)p)->array);
                size_t length = rt_load_acquire(&arr->length);
                i += i < 0 ? (int64_t)length : 0;
                if ((uint64_t)i < length)
                    v = rt_slot_get(ts, p, &arr->items[i]);
            } else if (shape == rt_tuple_type.shape->id) {
                size_t length = ((struct rt_tuple *)p)->length;
                i += i < 0 ? (int64_t)length : 0;
                if ((uint64_t)i < length)
                    v = rt_newref(ts, ((struct rt_tuple *)p)->items[i]);
            }
            if (rt_likely(v.bits)) {
                SAVE();
                rt_reg_consume(ts, fr, B, A);
                SET(A, v);
                NEXT();
            }
        }
        SAVE();
        CHECK(rt_eval_getitem(ts, fr, w));
        NEXT();
    }
    OP(SETITEM)
    {
        rt_value o = R(A), key = R(B);
        SAVE();
        if (rt_is_int(key) && rt_is_ptr(o) && (int64_t)key.bits > 0 &&
            rt_shape_id(rt_ptr(o)) == rt_list_type.shape->id && rt_likely(!rt_load_relaxed(&ts->mt))) {
            struct rt_list_array *arr = rt_load_relaxed(&((struct rt_list *)rt_ptr(o))->array);
            uint64_t i = (uint64_t)rt_int_get(key);
            if (rt_likely(i < rt_load_relaxed(&arr->length))) {
                rt_value old = rt_slot_peek(&arr->items[i]);
                rt_slot_put(&arr->items[i], rt_reg_take(ts, fr, C));
                rt_reg_consume(ts, fr, A, 256);
                rt_decref(ts, old);
                NEXT();
            }
        }
        CHECK(rt_eval_setitem(ts, fr, w));
        NEXT();
    }
    OP(BUILD_TUPLE)
    OP(BUILD_LIST)
    OP(BUILD_SET)
    OP(BUILD_MAP)
    OP(BUILD_STRING)
    {
        const uint8_t *ops = (const uint8_t *)pc;
        pc += (C + 3) >> 2;
        SAVE();
        CHECK(rt_eval_build(ts, fr, w, ops));
        NEXT();
    }
    OP(LIST_APPEND)
    {
        SAVE();
        CHECK(rt_list_append_steal(ts, rt_borrowed(R(A)), rt_reg_take(ts, fr, B)) == 0);
        NEXT();
    }
    OP(UNPACK)
    {
        const uint8_t *ops = (const uint8_t *)pc;
        pc += (C + 3) >> 2;
        SAVE();
        rt_value v = R(B), out[4];
        if (rt_likely(rt_is_ptr(v) && C <= RT_COUNTOF(out)) &&
            rt_likely(rt_shape_id(rt_ptr(v)) == rt_tuple_type.shape->id) &&
            rt_likely(((struct rt_tuple *)rt_ptr(v))->length == C)) {
            for (uint32_t i = 0; i < C; i++)
                out[i] = rt_newref(ts, ((struct rt_tuple *)rt_ptr(v))->items[i]);
            rt_reg_consume(ts, fr, B, 256);
            for (uint32_t i = 0; i < C; i++)
                SET(ops[i], out[i]);
            NEXT();
        }
        CHECK(rt_eval_unpack(ts, fr, w, ops, -1));
        NEXT();
    }
    OP(UNPACK_EX)
    {
        uint32_t after = *pc++;
        const uint8_t *ops = (const uint8_t *)pc;
        pc += (C + 3) >> 2;
        SAVE();
        CHECK(rt_eval_unpack(ts, fr, w, ops, (int)after));
        NEXT();
    }
    OP(FORMAT)
    {
        uint32_t spec = *pc++;
        SAVE();
        CHECK(rt_eval_format(ts, fr, w, spec));
        NEXT();
    }

    /* ---- calls ---- */
    OP(CALL)
    {
        const uint8_t *ops = (const uint8_t *)pc;
        uint32_t n = C;
        rt_value f = R(B);
        pc += (n + 3) >> 2;
        SAVE();
        if (rt_likely(rt_is_ptr(f)) && rt_shape_id(rt_ptr(f)) == rt_function_type.shape->id) {
            struct rt_code *code = rt_as_function(f)->code_ptr;
            if (rt_likely(code->simple && code->argcount == n) &&
                rt_likely((nf = push_simple(ts, fr, code)) != NULL)) {
                uint32_t tb = fr->code->temp_base, i = 0;
                for (; i < n; i++)
                    nf->regs[i] = pass_arg(fr, ops[i], tb);
                for (; i < code->nregs; i++)
                    nf->regs[i] = RT_UNDEF;
                nf->ret = A;
                nf->flags = 0;
                nf->func = rt_borrowed(f);
                if (rt_unlikely(B >= tb && RT_REG_COUNTED(f))) {
                    nf->flags = RT_FR_OWNS_FUNC;
                    nf->func = f;
                    R(B) = RT_UNDEF;
                }
                ts->frame = fr = nf;
                goto enter;
            }
            nf = push_general(ts, fr, f, RT_NULL, ops, n, RT_NULL);
            CHECK(nf);
            consume_args(ts, fr, ops, n, 256);
            rt_reg_consume(ts, fr, B, 256);
            goto enter_general;
        }
        if (rt_likely(rt_is_ptr(f)) && rt_type_of_obj(rt_ptr(f)) == &rt_type_type &&
            (nf = push_init(ts, fr, rt_as_type(f), n)) != NULL) {
            /* Class(...) with a Python __init__: its frame returns the instance */
            uint32_t tb = fr->code->temp_base, i = 0;
            for (; i < n; i++)
                nf->regs[i + 1] = pass_arg(fr, ops[i], tb);
            for (i++; i < nf->code->nregs; i++)
                nf->regs[i] = RT_UNDEF;
            nf->ret = A;
            rt_reg_consume(ts, fr, B, 256);
            ts->frame = fr = nf;
            goto enter;
        }
        if (rt_likely(rt_is_ptr(f)) && rt_type_of_obj(rt_ptr(f)) == &rt_type_type) {
            bool pushed;
            nf = push_init_general(ts, fr, f, ops, n, RT_NULL, &pushed);
            if (pushed) {
                CHECK(nf);
                consume_args(ts, fr, ops, n, 256);
                rt_reg_consume(ts, fr, B, 256);
                goto enter_general;
            }
        }
        rt_value res = call_value(ts, fr, rt_borrowed(f), RT_NULL, ops, n, RT_NULL);
        table = ts->dispatch;
        CHECK(res.bits);
        consume_args(ts, fr, ops, n, A);
        rt_reg_consume(ts, fr, B, A);
        SET(A, res);
        NEXT();
    }
    OP(CALL_METHOD)
    {
        uint32_t ni = *pc++;
        const uint8_t *ops = (const uint8_t *)pc;
        uint32_t n = C;
        rt_value o = R(B), self, f;
        pc += (n + 3) >> 2;
        SAVE();
        if (rt_likely(rt_is_ptr(o))) {
            struct rt_ic_cell *cell = (struct rt_ic_cell *)rt_load_acquire(&fr->code->ic[ni >> 16]);
            uint32_t shape = rt_shape_id(rt_ptr(o));
            if (rt_unlikely((uintptr_t)cell & 15))
                cell = NULL;
            while (rt_unlikely(cell && cell->shape != shape))
                cell = cell->next;
            if (rt_likely(cell != NULL) &&
                rt_likely(cell->kind == RT_ATTR_METHOD &&
                          rt_load_acquire(&cell->type->version) == cell->version)) {
                f = cell->value;
                if (rt_likely(rt_shape_id(rt_ptr(f)) == rt_function_type.shape->id)) {
                    struct rt_code *code = rt_as_function(f)->code_ptr;
                    if (rt_likely(code->simple && code->argcount == n + 1) &&
                        rt_likely((nf = push_simple(ts, fr, code)) != NULL)) {
                        uint32_t tb = fr->code->temp_base, i = 0;
                        nf->regs[0] = pass_arg(fr, B, tb);
                        for (; i < n; i++)
                            nf->regs[i + 1] = pass_arg(fr, ops[i], tb);
                        for (i++; i < code->nregs; i++)
                            nf->regs[i] = RT_UNDEF;
                        nf->ret = A;
                        nf->flags = 0;
                        nf->func = f;
                        ts->frame = fr = nf;
                        goto enter;
                    }
                    nf = push_general(ts, fr, f, o, ops, n, RT_NULL);
                    CHECK(nf);
                    consume_args(ts, fr, ops, n, 256);
                    rt_reg_consume(ts, fr, B, 256);
                    goto enter_general;
                }
                self = rt_borrowed(o);
                goto call_method;
            }
        }
        f = rt_eval_method(ts, fr, o, ni, &self);
        CHECK(f.bits);
    call_method:;
        rt_value res = call_value(ts, fr, rt_borrowed(f), self, ops, n, RT_NULL);
        table = ts->dispatch;
        rt_decref(ts, f);
        CHECK(res.bits);
        consume_args(ts, fr, ops, n, A);
        rt_reg_consume(ts, fr, B, A);
        SET(A, res);
        NEXT();
    }
    OP(CALL_M)
    {
        const uint8_t *ops = (const uint8_t *)pc;
        uint32_t n = C;
        rt_value f = R(B), self = R(B + 1);
        bool has_self = !rt_is_undef(self);
        pc += (n + 3) >> 2;
        SAVE();
        if (rt_shape_id(rt_is_ptr(f) ? rt_ptr(f) : &rt_none_type.hdr) == rt_function_type.shape->id) {
            struct rt_code *code = rt_as_function(f)->code_ptr;
            if (rt_likely(code->simple && code->argcount == n + has_self) &&
                rt_likely((nf = push_simple(ts, fr, code)) != NULL)) {
                uint32_t tb = fr->code->temp_base, i = 0;
                rt_value *dst = nf->regs;
                if (has_self) {
                    *dst++ = self;
                    R(B + 1) = RT_UNDEF;
                }
                for (; i < n; i++)
                    *dst++ = pass_arg(fr, ops[i], tb);
                for (i += has_self; i < code->nregs; i++)
                    nf->regs[i] = RT_UNDEF;
                nf->ret = A;
                nf->flags = 0;
                nf->func = f;
                if (rt_unlikely(RT_REG_COUNTED(f)))
                    nf->flags = RT_FR_OWNS_FUNC;
                R(B) = RT_UNDEF;
                ts->frame = fr = nf;
                goto enter;
            }
            nf = push_general(ts, fr, f, has_self ? self : RT_NULL, ops, n, RT_NULL);
            CHECK(nf);
            consume_args(ts, fr, ops, n, 256);
            SET(B + 1, RT_UNDEF);
            rt_reg_consume(ts, fr, B, 256);
            goto enter_general;
        }
        rt_value res =
            call_value(ts, fr, rt_borrowed(f), has_self ? self : RT_NULL, ops, n, RT_NULL);
        table = ts->dispatch;
        CHECK(res.bits);
        consume_args(ts, fr, ops, n, A);
        SET(B + 1, RT_UNDEF);
        rt_reg_consume(ts, fr, B, A);
        SET(A, res);
        NEXT();
    }
    OP(CALL_KW)
    {
        uint32_t w1 = *pc++;
        const uint8_t *ops = (const uint8_t *)pc;
        uint32_t n = C;
        bool pair = w1 >> 16 & 1;
        rt_value f = R(B), self = pair && !rt_is_undef(R(B + 1)) ? R(B + 1) : RT_NULL;
        pc += (n + 3) >> 2;
        SAVE();
        if (rt_is_function(f)) {
            nf = push_general(ts, fr, f, self, ops, n, K[w1 & 0xffff]);
            CHECK(nf);
            consume_args(ts, fr, ops, n, 256);
            if (pair)
                SET(B + 1, RT_UNDEF);
            rt_reg_consume(ts, fr, B, 256);
            goto enter_general;
        }
        if (rt_is_null(self) && rt_is_ptr(f) && rt_type_of_obj(rt_ptr(f)) == &rt_type_type) {
            bool pushed;
            nf = push_init_general(ts, fr, f, ops, n, K[w1 & 0xffff], &pushed);
            if (pushed) {
                CHECK(nf);
                consume_args(ts, fr, ops, n, 256);
                if (pair)
                    SET(B + 1, RT_UNDEF);
                rt_reg_consume(ts, fr, B, 256);
                goto enter_general;
            }
        }
        rt_value res = call_value(ts, fr, rt_borrowed(f), self, ops, n, rt_borrowed(K[w1 & 0xffff]));
        table = ts->dispatch;
        CHECK(res.bits);
        consume_args(ts, fr, ops, n, A);
        if (pair)
            SET(B + 1, RT_UNDEF);
        rt_reg_consume(ts, fr, B, A);
        SET(A, res);
        NEXT();
    }
    OP(MAKE_FUNCTION)
    {
        uint32_t k = *pc++;
        SAVE();
        CHECK(rt_eval_make_function(ts, fr, w, k));
        NEXT();
    }
    OP(RETURN_K)
        v = K[X16];
        SAVE();
        goto do_return;
    OP(RETURN)
        v = R(A);
        R(A) = RT_UNDEF;
        SAVE();
        if (!RT_REG_COUNTED(v) && rt_is_ptr(v))
            v = rt_reg_ref(ts, v);
    do_return:
        if (rt_unlikely(fr->flags | (uintptr_t)fr->object | ts->tracing))
            goto return_slow;
        {
            uint32_t end = fr->code->nlocals + fr->code->ncells;
            for (uint32_t i = 0; i < end; i++) {
                rt_value l = R(i);
                if (RT_REG_COUNTED(l)) {
                    R(i) = RT_UNDEF;
                    rt_decref_obj(ts, rt_ptr(l));
                }
            }
            if (rt_unlikely(fr->object != NULL)) /* a finalizer asked for the frame */
                goto return_slow;
            struct rt_frame *caller = fr->prev;
            uint32_t ret = fr->ret;
            ts->stack_top = (rt_value *)fr;
            ts->py_depth--;
            ts->frame = fr = caller;
            pc = fr->pc;
            K = fr->code->consts;
            SET(ret, v);
            NEXT();
        }
    return_slow:
        if (rt_unlikely(ts->tracing)) {
            if (rt_trace_return(ts, fr, v) < 0) {
                rt_decref(ts, v);
                goto error_in_return;
            }
            table = ts->dispatch;
        }
        {
            uint32_t flags = fr->flags, ret = fr->ret;
            struct rt_frame *caller = fr->prev;
            if (flags & RT_FR_INIT) {
                if (rt_unlikely(!rt_is_none(v))) {
                    rt_raise(ts, &rt_exc_TypeError, "__init__() should return None, not '%T'", v);
                    rt_decref(ts, v);
                    goto error_in_return;
                }
                v = fr->self;
                fr->self = RT_NULL;
            }
            if (flags & RT_FR_GEN) {
                struct rt_generator *g = rt_frame_generator(fr);
                rt_frame_release(ts, fr);
                ts->frame = caller;
                ts->py_depth--;
                rt_generator_finish(ts, g);
                if (flags & RT_FR_FOR) { /* exhausted: the value is dropped */
                    fr = caller;
                    pc = fr->pc;
                    K = fr->code->consts;
                    rt_decref(ts, v);
                    goto for_exhausted;
                }
                if (flags & RT_FR_SEND) {
                    fr = caller;
                    pc = fr->pc;
                    K = fr->code->consts;
                    w = *pc++;
                    SAVE();
                    goto delegate_done;
                }
                rt_value old = ts->stop_value;
                ts->stop_value = v;
                rt_decref(ts, old);
                return RT_STOP;
            }
            rt_frame_release(ts, fr);
            ts->stack_top = (rt_value *)fr;
            ts->py_depth--;
            ts->frame = caller;
            if (flags & RT_FR_ENTRY)
                return v;
            fr = caller;
            pc = fr->pc;
            K = fr->code->consts;
            SET(ret, v);
            NEXT();
        }
    delegate_done: /* v: result of the delegated iterator; fr at the YIELD_FROM in w, pc after it */
        fr->flags &= ~(uint32_t)RT_FR_DELEGATING;
        SET(C, RT_UNDEF);
        rt_reg_consume(ts, fr, B, A);
        SET(A, v);
        NEXT();
    OP(YIELD_FROM)
    {
        /* pc stays here while suspended */
        SAVE();
        rt_value it = R(B);
        if (rt_is_gen_like(it)) {
            struct rt_generator *g = (struct rt_generator *)rt_ptr(it);
            uint8_t st = rt_load_acquire(&g->state);
            if (rt_likely((st == RT_GEN_SUSPENDED || st == RT_GEN_CREATED) && !ts->tracing) &&
                (st == RT_GEN_SUSPENDED || rt_is_none(R(C))) &&
                rt_likely(ts->py_depth < rt_load_relaxed(&ts->py_depth_limit)) &&
                rt_cas_acq_rel(&g->state, &st, RT_GEN_RUNNING)) {
                rt_value sent = R(C);
                R(C) = RT_NONE;
                fr->pc = pc - 1;
                fr->flags |= RT_FR_DELEGATING;
                g->frame.flags = (g->frame.flags & ~(uint32_t)(RT_FR_FOR | RT_FR_ENTRY)) | RT_FR_SEND;
                v = sent;
                goto resume;
            resume: /* generator g, sent value v (owned), state already RUNNING */
                g->frame.prev = fr;
                g->exc_item.prev = ts->exc_info;
                ts->exc_info = &g->exc_item;
                ts->frame = fr = &g->frame;
                ts->py_depth++;
                pc = fr->pc;
                K = fr->code->consts;
                if (st == RT_GEN_CREATED) {
                    rt_decref(ts, v);
                } else if (fr->flags & RT_FR_DELEGATING) {
                    w = *pc;
                    SET(C, v);
                } else {
                    w = pc[-1];
                    SET(A, v);
                }
                NEXT();
            }
        }
        {
            struct rt_type *t = rt_type_of(it);
            rt_value sent = R(C), res;
            if (t->send)
                res = t->send(ts, rt_borrowed(it), rt_borrowed(sent));
            else if (rt_is_none(sent) && t->iternext)
                res = t->iternext(ts, rt_borrowed(it));
            else {
                rt_value arg = rt_borrowed(sent);
                res = rt_call_method(ts, rt_borrowed(it), "send", &arg, 1);
                if (rt_is_null(res))
                    res = rt_stop_from_exception(ts);
            }
            table = ts->dispatch;
            CHECK(res.bits);
            if (rt_is_stop(res)) {
                v = ts->stop_value;
                ts->stop_value = RT_NULL;
                if (rt_is_null(v))
                    v = RT_NONE;
                if (rt_unlikely(ts->tracing) &&
                    !rt_trace_stop(ts, fr, rt_borrowed(it), !rt_is_none(sent) || !t->iternext, v)) {
                    rt_decref(ts, v);
                    goto error;
                }
                goto delegate_done;
            }
            SET(C, RT_NONE);
            fr->pc = pc - 1;
            fr->flags |= RT_FR_DELEGATING;
            v = res;
            goto do_yield;
        }
    }
    OP(YIELD)
        v = rt_reg_take(ts, fr, B);
        SAVE();
    do_yield: /* v: owned word yielded by the generator frame fr, whose pc is saved */
        if (rt_unlikely(ts->tracing)) {
            if (rt_trace_return(ts, fr, v) < 0) {
                rt_decref(ts, v);
                goto error;
            }
            table = ts->dispatch;
        }
        {
            struct rt_generator *g = rt_frame_generator(fr);
            struct rt_frame *caller = fr->prev;
            uint32_t flags = fr->flags;
            ts->exc_info = g->exc_item.prev;
            ts->frame = caller;
            ts->py_depth--;
            fr->prev = NULL;
            bool jumped = rt_unlikely(fr->object != NULL) && fr->object->jump_to;
            if (rt_unlikely(jumped)) { /* a debugger moved it: it goes on there without a sent value */
                fr->pc = fr->object->jump_to;
                rt_jump_apply(ts, fr);
            }
            rt_store_release(&g->state, jumped ? RT_GEN_CREATED : RT_GEN_SUSPENDED);
            if (flags & RT_FR_FOR) {
                fr = caller;
                pc = fr->pc;
                K = fr->code->consts;
                w = pc[-2];
                SET(B, v);
                NEXT();
            }
            if (flags & RT_FR_SEND) { /* the delegating frame yields it on */
                fr = caller;
                goto do_yield;
            }
            return v;
        }

    /* ---- iteration ---- */
    OP(FOR_PREP)
    {
        SAVE();
        CHECK(rt_eval_for_prep(ts, fr, w));
        NEXT();
    }
    OP(FOR_NEXT)
    {
        int32_t off = (int32_t)*pc++;
        if (rt_unlikely(rt_load_relaxed(&ts->breaker))) {
            SAVE();
            CHECK(rt_safepoint_slow(ts) == 0);
            table = ts->dispatch;
        }
        pc += off; /* the loop's FOR_ITER: it does whatever is not done here */
        if (rt_unlikely(ts->tracing))
            NEXT();
        rt_value it = R(A), left = R(A + 1);
        if (rt_is_int(it)) {
            if (rt_likely(left.bits != 1)) {
                R(A + 1) = RT_VALUE(left.bits - 2);
                R(A) = RT_VALUE(it.bits + R(A + 2).bits - 1);
                pc += 2;
                SET(B, it);
            }
            NEXT();
        }
        if (rt_is_int(left)) {
            struct rt_object *p = rt_ptr(it);
            uint64_t i = (uint64_t)rt_int_get(left);
            if (rt_shape_id(p) == rt_list_type.shape->id) {
                struct rt_list_array *arr = rt_load_acquire(&((struct rt_list *)p)->array);
                v = i < rt_load_acquire(&arr->length) ? rt_slot_get(ts, p, &arr->items[i]) : RT_NULL;
            } else {
                v = i < ((struct rt_tuple *)p)->length ? rt_newref(ts, ((struct rt_tuple *)p)->items[i])
                                                       : RT_NULL;
            }
            if (rt_likely(v.bits)) {
                R(A + 1) = RT_VALUE(left.bits + 2);
                pc += 2;
                SET(B, v);
            }
        }
        NEXT();
    }
    OP(FOR_ITER)
    {
        int32_t off = (int32_t)*pc++;
        rt_value it = R(A);
        if (rt_is_int(it)) { /* range: next value, items left, step */
            rt_value left = R(A + 1);
            if (rt_likely(left.bits != 1)) {
                R(A + 1) = RT_VALUE(left.bits - 2);
                R(A) = RT_VALUE(it.bits + R(A + 2).bits - 1);
                SET(B, it);
                NEXT();
            }
            R(A) = RT_UNDEF;
            pc += off;
            NEXT();
        }
        if (rt_is_int(R(A + 1))) { /* list or tuple, and index */
            struct rt_object *p = rt_ptr(it);
            uint64_t i = (uint64_t)rt_int_get(R(A + 1));
            if (rt_shape_id(p) == rt_list_type.shape->id) {
                struct rt_list_array *arr = rt_load_acquire(&((struct rt_list *)p)->array);
                v = i < rt_load_acquire(&arr->length) ? rt_slot_get(ts, p, &arr->items[i]) : RT_NULL;
            } else {
                v = i < ((struct rt_tuple *)p)->length ? rt_newref(ts, ((struct rt_tuple *)p)->items[i])
                                                       : RT_NULL;
            }
            if (rt_likely(v.bits)) {
                R(A + 1) = RT_VALUE(R(A + 1).bits + 2);
                SET(B, v);
                NEXT();
            }
            R(A + 1) = RT_UNDEF;
            SET(A, RT_UNDEF);
            pc += off;
            NEXT();
        }
        SAVE();
        if (rt_shape_id(rt_ptr(it)) == rt_generator_type.shape->id && !ts->tracing) {
            struct rt_generator *g = (struct rt_generator *)rt_ptr(it);
            uint8_t st = rt_load_acquire(&g->state);
            if (rt_likely(st == RT_GEN_SUSPENDED || st == RT_GEN_CREATED) &&
                rt_likely(ts->py_depth < rt_load_relaxed(&ts->py_depth_limit)) &&
                rt_likely(rt_cas_acq_rel(&g->state, &st, RT_GEN_RUNNING))) {
                g->frame.flags = (g->frame.flags & ~(uint32_t)(RT_FR_SEND | RT_FR_ENTRY)) | RT_FR_FOR;
                g->frame.prev = fr;
                g->exc_item.prev = ts->exc_info;
                ts->exc_info = &g->exc_item;
                ts->frame = fr = &g->frame;
                ts->py_depth++;
                pc = fr->pc;
                K = fr->code->consts;
                if (st == RT_GEN_SUSPENDED) {
                    if (fr->flags & RT_FR_DELEGATING) {
                        w = *pc;
                        SET(C, RT_NONE);
                    } else {
                        w = pc[-1];
                        SET(A, RT_NONE);
                    }
                }
                NEXT();
            }
        }
        v = rt_type_of_obj(rt_ptr(it))->iternext(ts, rt_borrowed(it));
        table = ts->dispatch;
        if (rt_likely(!rt_is_stop(v))) {
            CHECK(v.bits);
            SET(B, v);
            NEXT();
        }
        if (rt_unlikely(ts->tracing))
            CHECK(rt_trace_stop(ts, fr, rt_borrowed(it), false, ts->stop_value.bits ? ts->stop_value : RT_NONE));
    for_exhausted:
        w = pc[-2];
        SET(A, RT_UNDEF);
        pc += (int32_t)pc[-1];
        NEXT();
    }

    /* ---- exceptions ---- */
    OP(PUSH_EXC)
    {
        struct rt_exc_item *top = ts->exc_info;
        SET(A + 1, top->exc.bits ? top->exc : RT_NONE);
        top->exc = rt_reg_ref(ts, R(A));
        NEXT();
    }
    OP(POP_EXC)
    {
        struct rt_exc_item *top = ts->exc_info;
        rt_value old = top->exc;
        top->exc = rt_is_none(R(A + 1)) ? RT_NULL : R(A + 1);
        R(A + 1) = RT_UNDEF;
        SAVE();
        rt_decref(ts, old);
        SET(A, RT_UNDEF);
        NEXT();
    }
    OP(RERAISE)
    {
        rt_value e = rt_reg_take(ts, fr, A);
        SAVE();
        again = B != 0;
        rt_exc_put(ts, e);
        goto unwind;
    }

    OP(RAISE)
    {
        SAVE();
        /* a bare raise goes on with the handled exception: no new traceback entry */
        bool bare = C == 0 && rt_exc_handled_borrowed(ts).bits;
        rt_eval_misc(ts, fr, w, 0);
        if (bare)
            goto unwind;
        goto error;
    }

    /* ---- the rest: out of line ---- */
#define RARE0(name) OP(name) { SAVE(); CHECK(rt_eval_misc(ts, fr, w, 0)); NEXT(); }
#define RARE1(name)                             \
    OP(name)                                    \
    {                                           \
        uint32_t w1 = *pc++;                    \
        SAVE();                                 \
        CHECK(rt_eval_misc(ts, fr, w, w1));     \
        table = ts->dispatch;                   \
        NEXT();                                 \
    }
    RARE0(LOAD_CLASSDEREF) RARE0(LOAD_LOCALS) RARE1(STORE_GLOBAL) RARE1(DEL_GLOBAL) RARE1(STORE_NAME)
    RARE1(DEL_NAME) RARE1(DEL_ATTR) RARE0(DELITEM) RARE1(BUILD_SLICE) RARE0(SET_ADD) RARE0(MAP_ADD)
    RARE0(LIST_EXTEND) RARE0(SET_UPDATE) RARE0(DICT_UPDATE) RARE0(DICT_MERGE) RARE0(LIST_TO_TUPLE)
    RARE1(CALL_EX) RARE0(LOAD_BUILD_CLASS) RARE0(GET_ITER) RARE0(GET_ITER_LAZY)
    RARE0(GET_YIELD_FROM_ITER) RARE0(GET_AWAITABLE) RARE0(GET_AITER) RARE0(GET_ANEXT)
    RARE0(ASYNC_GEN_WRAP) RARE0(EG_MATCH) RARE0(EG_PREP_RERAISE) RARE0(BEFORE_WITH)
    RARE0(BEFORE_ASYNC_WITH) RARE0(WITH_EXCEPT) RARE0(LOAD_ASSERTION_ERROR) RARE0(PRINT_EXPR)
    RARE0(SETUP_ANNOTATIONS)
#define MATCH0(name) OP(name) { SAVE(); CHECK(rt_eval_match(ts, fr, w, 0)); NEXT(); }
    MATCH0(MATCH_MAPPING) MATCH0(MATCH_SEQUENCE) MATCH0(MATCH_KEYS) MATCH0(COPY_WITHOUT_KEYS)
    MATCH0(GET_LEN)
    OP(MATCH_CLASS)
    {
        uint32_t w1 = *pc++;
        SAVE();
        CHECK(rt_eval_match(ts, fr, w, w1));
        NEXT();
    }
    OP(IMPORT_STAR)
    {
        SAVE();
        CHECK(rt_eval_import(ts, fr, w, 0));
        NEXT();
    }
    OP(IMPORT_NAME)
    OP(IMPORT_FROM)
    {
        uint32_t w1 = *pc++;
        SAVE();
        CHECK(rt_eval_import(ts, fr, w, w1));
        table = ts->dispatch;
        NEXT();
    }
    OP(JNOT_MATCH)
    {
        SAVE();
        CHECK(rt_eval_misc(ts, fr, w, 0)); /* leaves the answer in register B, a temporary */
        rt_value t = R(B);
        R(B) = RT_UNDEF;
        JUMP_IF(rt_is_false(t));
        NEXT();
    }
    OP(END_ASYNC_FOR)
    {
        SAVE();
        rt_value e = R(A);
        if (!rt_type_is_subtype(rt_type_of(e), &rt_exc_StopAsyncIteration)) {
            e = rt_reg_take(ts, fr, A);
            rt_exc_put(ts, e);
            goto unwind;
        }
        SET(A, RT_UNDEF);
        SET(B, RT_UNDEF);
        int32_t off = (int32_t)*pc++;
        pc += off;
        NEXT();
    }

op_invalid:
    RT_FATAL("invalid instruction %u", w & 0xff);

error_in_return: /* the return itself failed: as if the last instruction had raised */
error:
    RT_ASSERT(rt_pending(ts));
    if (rt_unlikely(rt_traceback_add(ts, fr) < 0))
        goto unwind;
    if (rt_unlikely(ts->tracing)) {
        rt_trace_exception(ts, fr);
        table = ts->dispatch;
    }
unwind: {
    struct rt_exc_entry *e = find_handler(fr->code, (uint32_t)(fr->pc - fr->code->words) - 1);
    if (e) {
        if (fr->object && !again)
            fr->object->raised_at = (uint32_t)(fr->pc - fr->code->words);
        again = false;
        drop_temps(ts, fr, e->base);
        rt_value exc = rt_exc_take(ts);
        R(e->base) = exc;
        pc = fr->code->words + e->target;
        K = fr->code->consts;
        NEXT();
    }
    if (again && fr->object && fr->object->raised_at)
        fr->pc = fr->code->words + fr->object->raised_at; /* what f_lineno tells from now on */
    again = false;
    if (rt_unlikely(ts->tracing)) {
        rt_trace_return(ts, fr, RT_NULL);
        table = ts->dispatch;
    }
    uint32_t flags = fr->flags;
    struct rt_frame *caller = fr->prev;
    rt_value exc = rt_exc_take(ts); /* finalizers below must not see it */
    if (flags & RT_FR_GEN) {
        struct rt_generator *g = rt_frame_generator(fr);
        rt_exc_put(ts, exc);
        rt_generator_convert_stop(ts, g);
        exc = rt_exc_take(ts);
        rt_frame_release(ts, fr);
        ts->frame = caller;
        ts->py_depth--;
        rt_generator_finish(ts, g);
        rt_exc_put(ts, exc);
        if (flags & RT_FR_SEND) {
            fr = caller;
            fr->flags &= ~(uint32_t)RT_FR_DELEGATING;
            fr->pc++; /* past the YIELD_FROM word: the error belongs to it */
            goto error;
        }
        if (flags & RT_FR_FOR) {
            fr = caller;
            goto error;
        }
        return RT_NULL;
    }
    rt_frame_release(ts, fr); /* a frame object takes its own references: the registers only borrow self */
    if (flags & RT_FR_INIT)
        rt_clear(ts, &fr->self);
    ts->stack_top = (rt_value *)fr;
    ts->py_depth--;
    ts->frame = caller;
    rt_exc_put(ts, exc);
    if (flags & RT_FR_ENTRY)
        return RT_NULL;
    fr = caller;
    goto error;
}
}

void rt_eval_init(void)
{
    rt_eval_run(NULL, NULL, false);
}
