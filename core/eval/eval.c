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
#include "core/object/builtin.h"
#include "core/object/instance.h"
#include "core/object/module.h"
#include "gc/gc.h"

const void *const *rt_dispatch_main, *const *rt_dispatch_trace;

/* Operands are read from the code itself: pc is at the word after the instruction's first one. */
#define BYTE(i) ((uintptr_t)((const uint8_t *)pc)[i])
#define OPCODE BYTE(-4)
#define A BYTE(-3)
#define B BYTE(-2)
#define C BYTE(-1)
#define W (pc[-1])
#define X16 ((uintptr_t)((const uint16_t *)pc)[-1])
#define S24 ((int32_t)pc[-1] >> 8)
#define W1_IC ((uintptr_t)((const uint16_t *)pc)[1])
#define LIST_WORDS(n) (((n) + 3) >> 2)
#define K (fr->code->consts)
#define TEMP_BASE (fr->code->temp_base)
#define R(i) (fr->regs[i])
#define SAVE() (fr->pc = pc)
#define SET(r, v)                                      \
    do {                                               \
        rt_value *reg_ = &R(r), old_ = *reg_;          \
        *reg_ = (v);                                   \
        if (rt_unlikely(RT_REG_COUNTED(old_))) {       \
            SAVE();                                    \
            rt_decref_obj(ts, (void *)old_.bits);      \
        }                                              \
    } while (0)
/* [REG-1] for operand r, which holds v and is not the destination. A deferred word goes too: the collector reads the value
   stack and would take it for a use. */
#define CONSUME(r, v)                                          \
    do {                                                       \
        if (RT_REG_PTR(v) && (r) >= TEMP_BASE) {               \
            R(r) = RT_UNDEF;                                   \
            if (RT_REG_COUNTED(v)) {                           \
                SAVE();                                        \
                rt_decref_obj(ts, (void *)(v).bits);           \
            }                                                  \
        }                                                      \
    } while (0)
#define NEXT()                                   \
    do {                                         \
        uintptr_t op_ = *(const uint8_t *)pc++;  \
        goto *table[op_];                        \
    } while (0)
#define OP(name) op_##name:
#define CHECK(ok)                    \
    do {                             \
        if (rt_unlikely(!(ok)))      \
            goto error;              \
    } while (0)

/* After an operator that may have pushed the frame of a method instead of giving a result. */
#define NEXT_OPERATOR()                       \
    do {                                      \
        if (rt_unlikely(ts->frame != fr)) {   \
            goto enter_special;               \
        }                                     \
        NEXT();                               \
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
        double x, y; /* an int and a float, or a zero */                          \
        if (rt_eval_float_pair(a, b, &x, &y) && rt_float_try_imm(x float_op y, &res)) { \
            SET(A, res);                                                          \
            NEXT();                                                               \
        }                                                                         \
        SAVE();                                                                   \
        CHECK(slow);                                                              \
        NEXT_OPERATOR();                                                          \
    }
/* Tagged-word arithmetic: operands 2i+1 and 2j+1. */
#define INT_ADD(x, y, r) __builtin_add_overflow(x, (y) - 1, r)
#define INT_SUB(x, y, r) (__builtin_sub_overflow(x, y, r) || ((*(r) |= 1), false))
#define INT_MUL(x, y, r) (__builtin_mul_overflow((x) - 1, (y) >> 1, r) || ((*(r) |= 1), false))

#define SLOW_BIN(name, op) \
    OP(name) { SAVE(); CHECK(rt_eval_binary(ts, fr, W, op)); NEXT_OPERATOR(); }
#define SLOW_INPLACE(name, op) \
    OP(name) { SAVE(); CHECK(rt_eval_inplace(ts, fr, W, op)); NEXT_OPERATOR(); }
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
        NEXT_OPERATOR();                                                          \
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
        CHECK(rt_eval_binary_imm(ts, fr, W, bop, inplace));                                  \
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
            CHECK(rt_eval_compare(ts, fr, W, cmp));                                         \
            NEXT_OPERATOR();                                                                \
        }                                                                                   \
        NEXT();                                                                             \
    }
#define JUMP_IF(cond)                     \
    do {                                  \
        if (cond) {                       \
            pc += (int32_t)*pc + 1;       \
            NEXT();                       \
        }                                 \
        pc++;                             \
    } while (0)
#define COMPARE_JUMP(name, cop, cmp)                                                        \
    OP(name)                                                                                \
    {                                                                                       \
        rt_value a = R(A), b = R(B);                                                        \
        int t;                                                                              \
        if (rt_likely(BOTH_INT(a, b)))                                                      \
            t = (int64_t)a.bits cop (int64_t)b.bits;                                        \
        else if (rt_is_float_imm(a) && rt_is_float_imm(b))                                  \
            t = rt_float_imm_get(a) cop rt_float_imm_get(b);                                \
        else {                                                                              \
            SAVE();                                                                         \
            CHECK((t = rt_eval_compare_jump(ts, fr, W, cmp)) >= 0);                         \
            if (rt_unlikely(t == RT_EVAL_PUSHED))                                           \
                goto enter_special;                                                         \
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
        else if (rt_is_float_imm(a))                                                        \
            t = rt_float_imm_get(a) cop (double)(int8_t)B;                                  \
        else {                                                                              \
            SAVE();                                                                         \
            CHECK((t = rt_eval_compare_jump_imm(ts, fr, W, cmp)) >= 0);                     \
            if (rt_unlikely(t == RT_EVAL_PUSHED))                                           \
                goto enter_special;                                                         \
        }                                                                                   \
        JUMP_IF(t == (int)C);                                                               \
        NEXT();                                                                             \
    }

/* Truth of register r without consuming: fast for the constants, ints; -1 error; RT_EVAL_PUSHED: its __bool__ will say. */
RT_INLINE int truth(struct rt_thread *ts, struct rt_frame *fr, uint32_t r)
{
    rt_value v = fr->regs[r];
    if (rt_likely(rt_is_bool(v)))
        return rt_is_true(v);
    if (rt_is_none(v))
        return 0;
    if (rt_is_int(v))
        return v.bits != 1;
    return rt_eval_truth(ts, fr, r);
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

/* The cell of a site that speaks of the shape, or NULL. */
RT_INLINE struct rt_ic_cell *chain_cell(uint64_t ic, uint32_t shape)
{
    struct rt_ic_cell *cell = rt_unlikely(ic & 15) ? NULL : (struct rt_ic_cell *)ic;
    while (cell && rt_unlikely(cell->shape != shape))
        cell = cell->next;
    return cell;
}
/* The shape by which call sites know the methods of an immediate number, whose types never change; none has ~0. */
RT_INLINE uint32_t number_shape(rt_value v)
{
    return rt_is_int(v) ? rt_int_type.shape->id : rt_is_float_imm(v) ? rt_float_type.shape->id : ~0u;
}
/* Where a chained site finds the attribute of p, or NULL. */
RT_INLINE rt_slot *chain_slot(uint64_t ic, struct rt_object *p, uint32_t shape)
{
    struct rt_ic_cell *cell = chain_cell(ic, shape);
    if (cell && (cell->kind == RT_ATTR_SLOT ||
                 (cell->kind == RT_ATTR_MEMBER && rt_load_acquire(&cell->type->version) == cell->version)))
        return rt_attr_slot_at(p, cell->offset);
    if (cell && cell->kind == RT_ATTR_MODULE) { /* counted by its dict: p is as good, for those who look twice */
        struct rt_dict *d = (struct rt_dict *)rt_ptr(rt_slot_peek(&((struct rt_module *)p)->dict));
        if (cell->globals == d && rt_load_acquire(&d->version) == cell->globals_version)
            return cell->slot;
    }
    return NULL;
}

/* What the variable attribute of the cell, one of t's, holds if that is a number or the like; else RT_NULL: the slow way. */
RT_INLINE rt_value variable_number(const struct rt_ic_cell *cell, const struct rt_type *t)
{
    if (rt_load_acquire(&t->version) != cell->version || rt_load_acquire(&cell->globals->version) != cell->globals_version)
        return RT_NULL;
    rt_value v = rt_slot_peek(cell->slot);
    return rt_is_ptr(v) || rt_is_undef(v) || rt_load_acquire(&t->version) != cell->version ? RT_NULL : v;
}

/* The attribute of a class or module o that the chain from cell on, the first for its shape, knows; owned, or RT_NULL. */
RT_INLINE rt_value static_value(struct rt_thread *ts, struct rt_ic_cell *cell, struct rt_object *o)
{
    if (cell->kind <= RT_ATTR_TYPE_VAR) {
        uint32_t version = rt_load_acquire(&((struct rt_type *)o)->version);
        while (cell && (cell->version != version || cell->kind < RT_ATTR_TYPE))
            cell = cell->next;
        if (rt_likely(cell && cell->kind == RT_ATTR_TYPE))
            return cell->value;
        return cell && cell->kind == RT_ATTR_TYPE_VAR ? variable_number(cell, (struct rt_type *)o) : RT_NULL;
    }
    if (cell->kind == RT_ATTR_MODULE) {
        rt_value d = rt_slot_peek(&((struct rt_module *)o)->dict);
        if ((void *)cell->globals == (void *)rt_ptr(d) && rt_load_acquire(&cell->globals->version) == cell->globals_version) {
            rt_value v = rt_slot_get(ts, cell->globals, cell->slot);
            return rt_is_undef(v) ? RT_NULL : v;
        }
    }
    return RT_NULL;
}

/* Item i of the list or tuple p, counted from the end if negative; false: the slow way. */
RT_INLINE bool get_index(struct rt_thread *ts, struct rt_object *p, int64_t i, rt_value *v)
{
    uint32_t shape = rt_shape_id(p);
    if (rt_likely(shape == rt_list_type.shape->id)) {
        struct rt_list_array *arr = rt_load_acquire(&((struct rt_list *)p)->array);
        size_t length = rt_load_acquire(&arr->length);
        i += i < 0 ? (int64_t)length : 0;
        if (rt_unlikely((uint64_t)i >= length))
            return false;
        *v = rt_slot_get(ts, p, &arr->items[i]);
        return rt_likely(v->bits);
    }
    if (rt_likely(shape == rt_tuple_type.shape->id)) {
        size_t length = ((struct rt_tuple *)p)->length;
        i += i < 0 ? (int64_t)length : 0;
        if (rt_unlikely((uint64_t)i >= length))
            return false;
        *v = rt_newref(ts, ((struct rt_tuple *)p)->items[i]);
        return true;
    }
    return false;
}
/* Item i of the list, tuple or str of narrow characters p in a loop; false: there is none. */
RT_INLINE bool next_item(struct rt_thread *ts, struct rt_object *p, uint64_t i, rt_value *v)
{
    if (rt_likely(rt_shape_id(p) == rt_list_type.shape->id)) {
        struct rt_list_array *arr = rt_load_acquire(&((struct rt_list *)p)->array);
        size_t length = rt_load_acquire(&arr->length);
        if (rt_unlikely(i >= length))
            return false;
        *v = rt_slot_get(ts, p, &arr->items[i]);
        rt_list_look_ahead(arr, i, length, *v);
        return rt_likely(v->bits);
    }
    if (rt_likely(rt_shape_id(p) == rt_tuple_type.shape->id)) {
        if (rt_unlikely(i >= ((struct rt_tuple *)p)->length))
            return false;
        *v = rt_newref(ts, ((struct rt_tuple *)p)->items[i]);
        return true;
    }
    struct rt_str *s = (struct rt_str *)p;
    if (rt_unlikely(i >= s->length))
        return false;
    *v = rt_str_from_char(ts, ((const uint8_t *)rt_str_data(s))[i]);
    return true;
}

/* Does the FOR_ITER before pc feed an UNPACK into two targets at pc? */
RT_INLINE bool unpacks_pair(const uint32_t *pc, uint32_t temp_base)
{
    return (*pc & 0xff0000ff) == rt_op_word(RT_OP_UNPACK, 0, 0, 2) && !((*pc ^ pc[-2]) & 0x00ff0000) &&
           (*pc >> 16 & 0xff) >= temp_base;
}

/* The flags that the short ways look at; constant once the backend is known. RT_METH_LOCKED is nothing to one without locks. */
static uint32_t native_mask = RT_METH_CONV | RT_METH_STATIC | RT_METH_LOCKED | RT_METH_BARE;
/* How to call a native function from the loop: RT_METH_O or RT_METH_NOARGS; other answers: not from here. */
RT_INLINE uint32_t native_conv(struct rt_thread *ts, const struct rt_method_def *def)
{
    if (rt_unlikely(ts->tracing) || rt_unlikely(rt_c_stack_low(ts)))
        return ~0u;
    return def->flags & native_mask;
}
#define A_OF(w) ((w) >> 8 & 0xff)
#define B_OF(w) ((w) >> 16 & 0xff)
/* Go on in the frame f, whose result goes to dst. */
#define ENTER(f)                          \
    do {                                  \
        (f)->ret = (uint32_t)dst;         \
        ts->frame = fr = (f);             \
        pc = fr->pc;                      \
        if (rt_unlikely(ts->tracing))     \
            goto enter;                   \
        NEXT();                           \
    } while (0)

/* Where the machine stack holds what the loop's caller has, Note [BARE]: the six registers that rt_eval_run saves first. */
#if defined(__x86_64__) && defined(__OPTIMIZE__) && !defined(__clang__) && !RT_ASAN && !RT_TSAN
#define EVAL_STACK() ((char *)__builtin_dwarf_cfa() - 7 * sizeof(void *))
#else
#define EVAL_STACK() NULL
#endif

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
    uint32_t *pc;
    rt_value v; /* what a return or yield carries, owned */
    uintptr_t dst; /* of the call in progress */
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
    fr->c_stack = EVAL_STACK();
    table = ts->dispatch;
    pc = fr->pc;
    if (rt_unlikely(ts->tracing)) {
        if (rt_trace_call(ts, fr) < 0)
            goto error;
        table = ts->dispatch;
    }
    if (throwing)
        goto error;
    NEXT();

enter_general: /* nf: a bound frame; its result goes to dst */
    if (nf->code->flags & RT_CO_GENERATORS) {
        v = rt_generator_from_frame(ts, nf);
        CHECK(v.bits);
        pc = fr->pc;
        SET(dst, v);
        NEXT();
    }
    nf->prev = fr;
    ENTER(nf);

enter_special:
    fr = ts->frame;
enter: /* a frame was pushed: fr is it, linked as ts->frame */
    pc = fr->pc;
    if (rt_unlikely(ts->tracing)) {
        if (rt_trace_call(ts, fr) < 0)
            goto error;
        table = ts->dispatch;
    }
    NEXT();

poll: /* signals; others' turn */
    SAVE();
    CHECK(rt_eval_poll_called(ts, fr) == 0);
    table = ts->dispatch;
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
    pc++;
    goto *main_table[OPCODE];

#include "core/eval/ops_data.h"
#include "core/eval/ops_arith.h"
#include "core/eval/ops_attr.h"
#include "core/eval/ops_call.h"
#include "core/eval/ops_loop.h"
#include "core/eval/ops_misc.h"

op_invalid:
    RT_FATAL("invalid instruction %u", (unsigned)OPCODE);

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
    struct rt_exc_entry *e = rt_exc_entry_at(fr->code, (uint32_t)(fr->pc - fr->code->words) - 1);
    if (e) {
        if (fr->object && !again)
            fr->object->raised_at = (uint32_t)(fr->pc - fr->code->words);
        again = false;
        drop_temps(ts, fr, e->base);
        rt_value exc = rt_exc_take(ts);
        R(e->base) = exc;
        pc = fr->code->words + e->target;
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
    dst = fr->ret;
    fr = caller;
    if (rt_unlikely(flags & RT_FR_OPERATOR))
        rt_eval_special_failed(ts, fr, (enum rt_special)(dst >> 8));
    if (rt_unlikely(flags & RT_FR_NEXT) && rt_exc_clear_if(ts, &rt_exc_StopIteration)) {
        pc = fr->pc;
        goto for_exhausted;
    }
    goto error;
}
}

void rt_eval_init(void)
{
    if (!rt_backend_has(RT_BE_OBJ_LOCKS))
        native_mask &= ~(uint32_t)RT_METH_LOCKED;
    rt_eval_run(NULL, NULL, false);
    rt_gc_add_root_hook(rt_frame_roots);
}
