/* SPDX-License-Identifier: MIT */
/* Shared by the files of the evaluator room only. */
#ifndef RT_EVAL_INTERNAL_H
#define RT_EVAL_INTERNAL_H

#include "core/eval/frame.h"
#include "core/object/shape.h"
#include "core/types/exceptions/exceptions.h"

/* Inline-cache cell: immutable after publication; replaced, never changed (Note [IC]). */
struct rt_ic_cell {
    struct rt_ic_cell *next; /* what the site has seen before, most recent first; constant */
    uint32_t shape, version;
    struct rt_type *type;
    rt_value value;          /* uncounted */
    uint32_t kind, offset, new_shape; /* offset of RT_ATTR_METHOD: 1: a native method, for such instances */
    uint16_t misses, depth;  /* resets of the site so far; length of the chain from here */
    /* globals */
    struct rt_dict *globals;
    uint64_t globals_version, builtins_version;
    rt_slot *slot;
};
/*
 * Note [IC] One 64-bit word per caching instruction, read and written whole.
 *   0                                 never filled
 *   RT_IC_SHAPE(shape):32 | offset + RT_IC_SLOT:32    inline slot, guarded by the shape alone; no pointer
 *                                     has such a high half
 *   pointer, low 4 bits 0             a chain of struct rt_ic_cell, at most RT_IC_MAX_DEPTH; a full
 *                                     chain is dropped as a whole and retired by a grace period
 *   ...:8 | RT_IC_OFF                 gave up after RT_IC_MAX_MISSES replacements
 */
#define RT_IC_SHAPE(id) ((uint32_t)(id) | 0x80000000u)
enum { RT_IC_SLOT = 1, RT_IC_OFF = 0x0f, RT_IC_MAX_MISSES = 24, RT_IC_MAX_DEPTH = 8 };

extern const void *const *rt_dispatch_main, *const *rt_dispatch_trace; /* constant after start-up */
void rt_eval_init(void);

/* Run `entry` (flagged RT_FR_ENTRY, already ts->frame) until it returns. throwing: start by raising
   ts->exc in it. Owned result; RT_NULL with exception; for a generator that yields, see generator.c */
rt_value rt_eval_run(struct rt_thread *ts, struct rt_frame *entry, bool throwing);

/* args.c: make a frame for a Python function on the value stack with bound arguments, not yet linked.
   Words in args are borrowed. NULL with exception. */
struct rt_frame *rt_frame_push(struct rt_thread *ts, rt_value func, const rt_value *args, uint32_t n,
                               rt_value kw);
/* frame.c */
struct rt_frame *rt_frame_alloc(struct rt_thread *ts, struct rt_code *code, rt_value func); /* raises RecursionError */
int rt_frame_roots(struct rt_interp *in, int (*visit)(rt_value, void *), void *arg);
void rt_frame_release(struct rt_thread *ts, struct rt_frame *f); /* registers, func, namespace; not popped from the stack */
void rt_frame_detach_object(struct rt_thread *ts, struct rt_frame *f);
RT_COLD int rt_frame_overflow(struct rt_thread *ts, struct rt_code *code);
/* generator.c */
rt_value rt_generator_from_frame(struct rt_thread *ts, struct rt_frame *f); /* moves the registers */
struct rt_async_wrapped { struct rt_object hdr; rt_value value; };
extern struct rt_type rt_async_wrapped_type, rt_coro_wrapper_type;
rt_value rt_async_gen_wrap(struct rt_thread *ts, rt_value owned);
rt_value rt_get_awaitable(struct rt_thread *ts, rt_value v, int kind);
rt_value rt_get_aiter(struct rt_thread *ts, rt_value v);
rt_value rt_get_anext(struct rt_thread *ts, rt_value v);
rt_value rt_get_yield_from_iter(struct rt_thread *ts, rt_value v);
/* The generator left for good: exception state, frame object. */
void rt_generator_finish(struct rt_thread *ts, struct rt_generator *g);
RT_INLINE struct rt_generator *rt_frame_generator(struct rt_frame *f)
{
    return RT_CONTAINER_OF(f, struct rt_generator, frame);
}
RT_INLINE bool rt_is_gen_like(rt_value v)
{
    if (!rt_is_ptr(v))
        return false;
    struct rt_type *t = rt_type_of_obj(rt_ptr(v));
    return t == &rt_generator_type || t == &rt_coroutine_type;
}
/* A StopIteration that leaves a generator becomes RuntimeError. */
void rt_generator_convert_stop(struct rt_thread *ts, struct rt_generator *g);

/* eval_call.c. ops: the n = C argument registers. A frame over a new instance, arguments still to be passed; NULL: the
   slow way, no exception. */
struct rt_frame *rt_eval_push_init(struct rt_thread *ts, struct rt_frame *fr, struct rt_type *t, uint32_t n);
/* A bound frame, not linked yet: defaults, keywords, *args. Consumes the arguments; NULL with exception. */
struct rt_frame *rt_eval_push_general(struct rt_thread *ts, struct rt_frame *fr, rt_value f, rt_value self, const uint8_t *ops,
                                      uint32_t n, rt_value kw);
/* The same for CALL_EX in w; *pushed says whether it was a case for it; NULL is then an exception. */
struct rt_frame *rt_eval_push_ex(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, uint32_t kwreg, bool *pushed);
/* The same for f(...) of a bound method, a class with a Python __init__ or an instance with a Python __call__. NULL: *res is the
   result, for which the operands were used up, or RT_NULL with an exception, or RT_UNDEF if f is none of these. */
struct rt_frame *rt_eval_push_other(struct rt_thread *ts, struct rt_frame *fr, rt_value f, const uint8_t *ops, uint32_t n,
                                    rt_value kw, rt_value *res);
/* call_native.c. The whole of a CALL in w to something not written in Python; self: RT_NULL or a borrowed first argument. */
bool rt_eval_call(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, rt_value f, rt_value self, const uint8_t *ops);
/* The same for a class that is called as classes are and has no __init__ in Python. */
bool rt_eval_call_type(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, struct rt_type *t, const uint8_t *ops);
/* A native function of kind RT_METH_FAST or RT_METH_KW; consumes the arguments, but for one whose register is the destination. */
rt_value rt_eval_call_fast(struct rt_thread *ts, struct rt_frame *fr, const struct rt_method_def *def, rt_value self,
                           const uint8_t *ops, uint32_t w);
rt_value rt_eval_call_value(struct rt_thread *ts, struct rt_frame *fr, rt_value f, rt_value self, const uint8_t *ops,
                            uint32_t n, rt_value kw); /* consumes nothing */
void rt_eval_consume(struct rt_thread *ts, struct rt_frame *fr, const uint8_t *ops, uint32_t n, uint32_t a);
/* poll.c, Note [HOLD]: the breaker is set. At the end of a loop's body; after a native call, fr->pc behind it; before a
   Python function is entered. 0, or -1 with exception. */
int rt_eval_poll(struct rt_thread *ts, struct rt_frame *fr);
int rt_eval_poll_called(struct rt_thread *ts, struct rt_frame *fr);
int rt_eval_poll_entry(struct rt_thread *ts, struct rt_frame *caller, rt_value function);

/* eval_slow.c: out-of-line halves; bool or int results: false / -1 with exception. */
/* Immediate numbers, one of them a float at least, as doubles. */
bool rt_eval_float_pair(rt_value a, rt_value b, double *x, double *y);
bool rt_eval_ratio_pair(rt_value a, rt_value b, double *x, double *y); /* the same for a / b: also of ints, where they are exact */
/* special.c. What is left to do when a special method's frame returns. */
enum rt_special {
    RT_SP_NONE,                     /* nothing: the result is the instruction's */
    RT_SP_BINARY, RT_SP_REFLECTED,  /* NotImplemented: the other operand's turn; nobody's */
    RT_SP_INPLACE, RT_SP_INPLACE_REST, /* from __iadd__; from __add__ where there is no __iadd__ */
    RT_SP_COMPARE,                  /* up to here: any other result is the instruction's */
    RT_SP_COMPARE_JUMP, RT_SP_TRUTH, RT_SP_CONTAINS,
    RT_SP_ATTR,                     /* LOAD_ATTR: an AttributeError should tell of what */
    RT_SP_ITER,                     /* GET_ITER, FOR_PREP: it must be an iterator */
    RT_SP_DROP,                     /* the result is of no interest; the operands were moved */
};
enum { RT_SP_GO, RT_SP_JUMP, RT_SP_FALL }; /* with the next instruction; a jump is taken; is not taken */
/* Consumes v. One of the three, or -1 with exception. */
int rt_eval_special_done(struct rt_thread *ts, struct rt_frame *fr, enum rt_special kind, rt_value v);
/* Its frame was left by the pending exception. */
RT_COLD void rt_eval_special_failed(struct rt_thread *ts, struct rt_frame *fr, enum rt_special kind);
/* The Python function that a class written in Python has under the name, an uncounted word; else RT_NULL. */
rt_value rt_eval_special_method(struct rt_type *t, rt_value name);
/* True: the method's frame is ts->frame now. False: not such a case, nothing was touched. */
bool rt_eval_push_operator(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, enum rt_binop op);
bool rt_eval_push_inplace(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, enum rt_binop op);
bool rt_eval_push_compare(struct rt_thread *ts, struct rt_frame *fr, rt_value a, rt_value b, enum rt_cmp op,
                          enum rt_special kind, uint32_t dst);
bool rt_eval_push_contains(struct rt_thread *ts, struct rt_frame *fr, rt_value o, rt_value v, uint32_t dst);
bool rt_eval_push_unary(struct rt_thread *ts, struct rt_frame *fr, uint32_t r, rt_value name, enum rt_special kind,
                        uint32_t dst);
bool rt_eval_push_getitem(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, rt_value key);
bool rt_eval_push_setitem(struct rt_thread *ts, struct rt_frame *fr, uint32_t w);
bool rt_eval_push_delitem(struct rt_thread *ts, struct rt_frame *fr, uint32_t w);
bool rt_eval_push_descr_get(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, rt_value descr);
int rt_eval_push_getattr(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, rt_value name, rt_value *v);
bool rt_eval_push_setter(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, rt_value f);
bool rt_eval_push_setattr(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, rt_value name);
/* __next__ of the iterator `it`, whose result goes to dst. */
bool rt_eval_push_next(struct rt_thread *ts, struct rt_frame *fr, rt_value it, uint32_t dst);
/* __enter__ of register B, whose result goes to A + 1. */
bool rt_eval_push_enter(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, rt_value enter);
/* eval_slow.c and others: true with another ts->frame: such a frame was pushed, its return goes on with the instruction.
   Jumps say RT_EVAL_PUSHED then. */
enum { RT_EVAL_PUSHED = 2 };
bool rt_eval_binary(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, enum rt_binop op);
bool rt_eval_inplace(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, enum rt_binop op);
bool rt_eval_binary_imm(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, enum rt_binop op, bool inplace);
int rt_eval_truth(struct rt_thread *ts, struct rt_frame *fr, uint32_t r); /* of register r: 1, 0, -1, PUSHED */
bool rt_eval_unary(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, enum rt_unop op);
bool rt_eval_compare(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, enum rt_cmp op);
int rt_eval_compare_jump(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, enum rt_cmp op);     /* 1, 0, -1, PUSHED */
int rt_eval_compare_jump_imm(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, enum rt_cmp op);
/* As rt_eval_binary. */
/* KeyError, unless something else is raised already. Always false. */
bool rt_eval_missing(struct rt_thread *ts, rt_value key);
bool rt_eval_getitem(struct rt_thread *ts, struct rt_frame *fr, uint32_t w);
bool rt_eval_getitem_imm(struct rt_thread *ts, struct rt_frame *fr, uint32_t w);
bool rt_eval_getslice(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, uint32_t w1);
bool rt_eval_setslice(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, uint32_t w1);
bool rt_eval_setitem(struct rt_thread *ts, struct rt_frame *fr, uint32_t w);
/* What an instance in dictionary mode or its class has, by the site's cell c for its shape; RT_NULL: to be asked, or an
   exception. */
rt_value rt_eval_load_dict_mode(struct rt_thread *ts, struct rt_ic_cell *c, struct rt_object *o, rt_value name);
bool rt_eval_load_attr(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, uint32_t ni);
/* STORE_ATTR to an object that others may write, of this shape, as far as the site (ic) knows its slot. False: nothing was
   done. */
bool rt_eval_store_shared(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, uint64_t ic, uint32_t shape);
bool rt_eval_store_attr(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, uint32_t ni);
bool rt_eval_load_method(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, uint32_t ni);
bool rt_eval_load_global(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, uint32_t ni);
bool rt_eval_load_name(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, uint32_t ni);
bool rt_eval_store_global(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, uint32_t ni);
bool rt_eval_super_method(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, uint32_t ni);
/* The method of fr->regs[b] for CALL_METHOD: owned callable, *self borrowed or RT_NULL; fills the cache. */
rt_value rt_eval_method(struct rt_thread *ts, struct rt_frame *fr, rt_value o, uint32_t ni, rt_value *self);
bool rt_eval_build_tuple(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, const uint8_t *ops);
bool rt_eval_build(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, const uint8_t *ops);
bool rt_eval_unpack_list(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, uint32_t counts);
bool rt_eval_unpack(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, const uint8_t *ops, int after);
bool rt_eval_format(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, uint32_t spec);
bool rt_eval_make_function(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, uint32_t k);
bool rt_eval_misc(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, uint32_t w1); /* the rare instructions */
bool rt_eval_for_prep(struct rt_thread *ts, struct rt_frame *fr, uint32_t w);
RT_COLD void rt_eval_unbound_local(struct rt_thread *ts, struct rt_code *code, uint32_t var);
RT_COLD void rt_eval_unbound_cell(struct rt_thread *ts, struct rt_code *code, uint32_t cell);
RT_COLD void rt_eval_name_error(struct rt_thread *ts, rt_value name);
/* import_ops.c, match_ops.c */
bool rt_eval_import(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, uint32_t w1);
bool rt_eval_match(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, uint32_t w1);
/* trace.c. event_names stands in the order of the events. */
enum rt_event { RT_EVENT_NONE, RT_EVENT_CALL, RT_EVENT_LINE, RT_EVENT_RETURN, RT_EVENT_EXCEPTION, RT_EVENT_OPCODE,
                RT_EVENT_C_CALL, RT_EVENT_C_RETURN, RT_EVENT_C_EXCEPTION };
int rt_trace_instruction(struct rt_thread *ts, struct rt_frame *fr, uint32_t **pc);
int rt_trace_call(struct rt_thread *ts, struct rt_frame *fr);
int rt_trace_return(struct rt_thread *ts, struct rt_frame *fr, rt_value v /* RT_NULL: by exception */);
void rt_trace_exception(struct rt_thread *ts, struct rt_frame *fr);
rt_value rt_trace_native_call(struct rt_thread *ts, rt_value f, const rt_value *args, uint32_t n, rt_value kw);
rt_value rt_trace_native_call_ex(struct rt_thread *ts, rt_value f, rt_value args, rt_value kwargs);
bool rt_trace_stop(struct rt_thread *ts, struct rt_frame *fr, rt_value it, bool sent, rt_value v);
bool rt_is_native_callable(rt_value f);
/* jump.c: frame.f_lineno = v; afterwards, when the trace function has returned */
int rt_jump_set_lineno(struct rt_thread *ts, struct rt_frame_object *o, rt_value v); /* [attached; raises] */
void rt_jump_apply(struct rt_thread *ts, struct rt_frame *fr);                       /* [attached; py] */

/* Room for a frame that ends at `end`? stack_limit is NULL while a safepoint is wanted: ask the real one. */
RT_INLINE bool rt_stack_has_room(struct rt_thread *ts, const rt_value *end)
{
    return end <= rt_load_relaxed(&ts->stack_limit) || end <= ts->stack_base + ts->stack_words - 64;
}

/* ---- register access ---- */
#define RT_REG_COUNTED(v) (((v).bits & 15) == 0) /* registers never hold RT_NULL */
#define RT_REG_PTR(v) (((v).bits & 7) == 0)
RT_INLINE bool rt_is_python_instance(rt_value v) /* not RT_NULL */
{
    return RT_REG_PTR(v) && rt_type_has(rt_type_of_obj(rt_ptr(v)), RT_TF_HEAP);
}

/* A frame for a simple Python function with exactly its positional arguments, or NULL: take the slow way (no room,
   depth, breaker). Registers, func, flags and ret are the caller's. */
RT_INLINE struct rt_frame *rt_frame_push_simple(struct rt_thread *ts, struct rt_frame *fr, struct rt_code *code)
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
/* Registers of a new frame on the value stack from r to end; may write a little beyond, where there is room. */
RT_INLINE void rt_fill_undef(rt_value *r, rt_value *end)
{
    typedef uint64_t pair __attribute__((vector_size(16), aligned(8)));
    const pair undef = {0x64, 0x64};
    _Static_assert(sizeof(pair) == 2 * sizeof(rt_value), "two registers");
    for (; r < end; r += 4) {
        *(pair *)r = undef;
        *(pair *)(r + 2) = undef;
    }
}
/* The word of a register, lent to a callee. */
RT_INLINE rt_value rt_reg_lend(rt_value v)
{
    return RT_VALUE(v.bits | (uint64_t)RT_REG_PTR(v) << 3);
}
/* The generator, seen in state st, becomes RUNNING in this thread's hands. */
RT_INLINE bool rt_generator_claim(struct rt_thread *ts, struct rt_generator *g, uint8_t st)
{
    if (rt_unlikely(!rt_writes_alone(ts, g)))
        return rt_cas_acq_rel(&g->state, &st, RT_GEN_RUNNING);
    rt_store_relaxed(&g->state, RT_GEN_RUNNING);
    return true;
}

/* Owned word of a value that sits in a register as local (borrow) : inline for own and immortal. */
RT_INLINE rt_value rt_reg_ref(struct rt_thread *ts, rt_value v)
{
    if (rt_is_ptr(v)) {
        struct rt_object *o = rt_ptr(v);
        uint16_t own = rt_load_relaxed(&o->owner);
        if (rt_likely(own == ts->token)) {
            o->local++;
            return rt_own(o);
        }
        if (rt_likely(rt_token_is_immortal(own)))
            return rt_borrow(o);
        return rt_newref_foreign(ts, o);
    }
    return v;
}
RT_INLINE void rt_reg_set(struct rt_thread *ts, struct rt_frame *fr, uint32_t r, rt_value owned)
{
    rt_value old = fr->regs[r];
    fr->regs[r] = owned;
    if (rt_unlikely(RT_REG_COUNTED(old)))
        rt_decref_obj(ts, rt_ptr(old));
}
/* [REG-1]: the instruction is done with operand r, which is not its destination a. */
RT_INLINE void rt_reg_consume(struct rt_thread *ts, struct rt_frame *fr, uint32_t r, uint32_t a)
{
    if (r >= fr->code->temp_base && r != a) {
        rt_value old = fr->regs[r];
        fr->regs[r] = RT_UNDEF;
        if (RT_REG_COUNTED(old))
            rt_decref_obj(ts, rt_ptr(old));
    }
}
/* Register r into the frame of a callee, for which this one waits. */
RT_INLINE rt_value rt_reg_pass(struct rt_frame *fr, uint32_t r, uint32_t temp_base)
{
    rt_value v = fr->regs[r];
    if (r < temp_base)
        return rt_reg_lend(v);
    fr->regs[r] = RT_UNDEF;
    return v;
}
/* Owned word out of register r: moved from a temporary, a new reference from a local. */
RT_INLINE rt_value rt_reg_take(struct rt_thread *ts, struct rt_frame *fr, uint32_t r)
{
    rt_value v = fr->regs[r];
    if (r >= fr->code->temp_base) {
        fr->regs[r] = RT_UNDEF;
        if (RT_REG_COUNTED(v) || !rt_is_ptr(v))
            return v;
    }
    return rt_reg_ref(ts, v);
}

#endif
