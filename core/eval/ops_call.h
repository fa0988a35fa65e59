/* SPDX-License-Identifier: MIT */
/* Part of the loop in eval.c: calls and returns. */
    /* ---- calls ---- */
/* A native callee of nargs arguments, 0 or 1, returned v. */
#define NATIVE_DONE(nargs)                              \
    do {                                                \
        table = ts->dispatch;                           \
        CHECK(v.bits);                                  \
        if (nargs && ops[0] != dst) {                   \
            rt_value arg_ = R(ops[0]);                  \
            CONSUME(ops[0], arg_);                      \
        }                                               \
        if (B_OF(w) != dst) {                           \
            rt_value callee_ = R(B_OF(w));              \
            CONSUME(B_OF(w), callee_);                  \
        }                                               \
        SET(dst, v);                                    \
        if (rt_unlikely(rt_load_relaxed(&ts->breaker))) \
            goto poll;                                  \
        NEXT();                                         \
    } while (0)
/* A native callee of one or two arguments is called from here where the value stack has room, any other by
   rt_eval_call_fast; v and how many operands are left for NATIVE_DONE. */
#define NATIVE_FEW(conv, n) \
    ((conv) == RT_METH_FAST && (n) - 1 < 2 && rt_likely(ts->stack_top + 2 <= rt_load_relaxed(&ts->stack_limit)))
#define NATIVE_CALL_FEW(fn_, self, n)                                                     \
    do {                                                                                  \
        rt_value *argv_ = ts->stack_top;                                                  \
        argv_[0] = rt_reg_lend(R(ops[0]));                                                \
        if ((n) == 2)                                                                     \
            argv_[1] = rt_reg_lend(R(ops[1]));                                            \
        ts->stack_top = argv_ + (n);                                                      \
        v = ((rt_fn_fast)(fn_))(ts, (self), argv_, (n));                                  \
        ts->stack_top -= (n);                                                             \
        if ((n) == 2 && rt_likely(v.bits) && ops[1] != dst) {                             \
            rt_value arg2_ = R(ops[1]);                                                   \
            CONSUME(ops[1], arg2_);                                                       \
        }                                                                                 \
    } while (0)
/* The same for CALL_M, whose callee is a pair of temporaries. */
#define NATIVE_M_DONE(nargs)                            \
    do {                                                \
        if (v.bits && dst != B_OF(w) + 1)               \
            SET(B_OF(w) + 1, RT_UNDEF);                 \
        NATIVE_DONE(nargs);                             \
    } while (0)
/* f is no function, and nothing is passed before the operands. Goes on where f is written in Python after all; owned: f
   itself, which is dropped then, or RT_NULL. */
#define PUSH_OTHER(f, kw, owned)                                 \
    do {                                                         \
        nf = rt_eval_push_other(ts, fr, (f), ops, n, (kw), &v);  \
        if (nf || !rt_is_undef(v))                               \
            rt_decref(ts, (owned));                              \
        if (nf) {                                                \
            rt_reg_consume(ts, fr, B_OF(w), 256);                \
            goto enter_general;                                  \
        }                                                        \
        if (!rt_is_undef(v))                                     \
            NATIVE_DONE(0);                                      \
    } while (0)
    OP(CALL)
    {
        const uint8_t *ops = (const uint8_t *)pc;
        uint32_t w = W, n = w >> 24, tb = TEMP_BASE;
        rt_value f = R(B);
        dst = A;
        pc += LIST_WORDS(n);
        SAVE();
        if (rt_likely(RT_REG_PTR(f)) && rt_likely(rt_shape_id(rt_ptr(f)) == rt_function_type.shape->id)) {
            struct rt_code *code = rt_function_code(f);
            if (rt_likely(rt_load_acquire(&code->simple) && code->argcount == n) &&
                rt_likely((nf = rt_frame_push_simple(ts, fr, code)) != NULL)) {
                rt_value *to = nf->regs;
                for (uint32_t i = 0; i < n; i++)
                    *to++ = rt_reg_pass(fr, ops[i], tb);
                rt_fill_undef(to, nf->regs + code->nregs);
                nf->flags = 0;
                nf->func = rt_borrowed(f);
                if (rt_unlikely(RT_REG_COUNTED(f)) && B_OF(w) >= tb) {
                    nf->flags = RT_FR_OWNS_FUNC;
                    nf->func = f;
                    R(B_OF(w)) = RT_UNDEF;
                }
                ENTER(nf);
            }
            nf = rt_eval_push_general(ts, fr, f, RT_NULL, ops, n, RT_NULL);
            CHECK(nf);
            rt_reg_consume(ts, fr, B_OF(w), 256);
            goto enter_general;
        }
        if (rt_unlikely(!RT_REG_PTR(f)))
            goto call_other;
        struct rt_type *t = rt_type_of_obj(rt_ptr(f));
        if (t == &rt_builtin_type) {
            struct rt_builtin *b = (struct rt_builtin *)rt_ptr(f);
            uint32_t conv = native_conv(ts, b->def);
            if (conv == RT_METH_O && rt_likely(n == 1)) {
                v = ((rt_fn_o)b->def->fn)(ts, rt_slot_peek(&b->self), rt_reg_lend(R(ops[0])));
                NATIVE_DONE(1);
            }
            if (NATIVE_FEW(conv, n)) {
                NATIVE_CALL_FEW(b->def->fn, rt_slot_peek(&b->self), n);
                NATIVE_DONE(1);
            }
            if (conv == RT_METH_FAST || conv == RT_METH_KW) {
                v = rt_eval_call_fast(ts, fr, b->def, rt_slot_peek(&b->self), ops, w);
                NATIVE_DONE(0);
            }
            if (conv == RT_METH_NOARGS && n == 0) {
                v = ((rt_fn_noargs)b->def->fn)(ts, rt_slot_peek(&b->self));
                NATIVE_DONE(0);
            }
        } else if (t->call == rt_type_type.call) { /* Class(...) */
            struct rt_type *cls = rt_as_type(f);
            if (cls == &rt_type_type && n == 1 && rt_likely(!ts->tracing)) {
                v = rt_newref(ts, rt_type_value(rt_type_of(R(ops[0]))));
                NATIVE_DONE(1);
            }
            if (cls->init != rt_slot_init_py) {
                CHECK(rt_eval_call_type(ts, fr, w, cls, ops));
                table = ts->dispatch;
                NEXT();
            }
            if (rt_likely((nf = rt_eval_push_init(ts, fr, cls, n)) != NULL)) {
                /* a Python __init__: its frame returns the instance */
                rt_value *to = nf->regs + 1;
                for (uint32_t i = 0; i < n; i++)
                    *to++ = rt_reg_pass(fr, ops[i], tb);
                rt_fill_undef(to, nf->regs + nf->code->nregs);
                rt_reg_consume(ts, fr, B_OF(w), 256);
                ENTER(nf);
            }
        }
        PUSH_OTHER(f, RT_NULL, RT_NULL);
    call_other:
        CHECK(rt_eval_call(ts, fr, w, f, RT_NULL, ops));
        table = ts->dispatch;
        NEXT();
    }
    OP(CALL_METHOD)
    {
        uint32_t w = W, n = w >> 24, ni = *pc++, tb = TEMP_BASE;
        const uint8_t *ops = (const uint8_t *)pc;
        rt_value o = R(B_OF(w)), self, f;
        dst = A_OF(w);
        pc += LIST_WORDS(n);
        SAVE();
        if (rt_likely(RT_REG_PTR(o))) {
            struct rt_ic_cell *cell = chain_cell(rt_load_acquire(&fr->code->ic[ni >> 16]), rt_shape_id(rt_ptr(o)));
            if (rt_likely(cell != NULL) &&
                rt_likely(cell->kind == RT_ATTR_METHOD &&
                          rt_load_acquire(&cell->type->version) == cell->version)) {
                f = cell->value;
                if (rt_likely(rt_shape_id(rt_ptr(f)) == rt_function_type.shape->id)) {
                    struct rt_code *code = rt_function_code(f);
                    if (rt_likely(rt_load_acquire(&code->simple) && code->argcount == n + 1) &&
                        rt_likely((nf = rt_frame_push_simple(ts, fr, code)) != NULL)) {
                        rt_value *to = nf->regs;
                        *to++ = rt_reg_pass(fr, B_OF(w), tb);
                        for (uint32_t i = 0; i < n; i++)
                            *to++ = rt_reg_pass(fr, ops[i], tb);
                        rt_fill_undef(to, nf->regs + code->nregs);
                        nf->flags = 0;
                        nf->func = f;
                        ENTER(nf);
                    }
                    nf = rt_eval_push_general(ts, fr, f, o, ops, n, RT_NULL);
                    CHECK(nf);
                    rt_reg_consume(ts, fr, B_OF(w), 256);
                    goto enter_general;
                }
                if (cell->offset) { /* a native method, for instances like o */
                    const struct rt_method_def *def = ((struct rt_method_descr *)rt_ptr(f))->def;
                    uint32_t conv = native_conv(ts, def);
                    if (conv == RT_METH_O && n == 1) {
                        v = ((rt_fn_o)def->fn)(ts, rt_reg_lend(o), rt_reg_lend(R(ops[0])));
                        NATIVE_DONE(1);
                    }
                    if (conv == RT_METH_NOARGS && n == 0) {
                        v = ((rt_fn_noargs)def->fn)(ts, rt_reg_lend(o));
                        NATIVE_DONE(0);
                    }
                    if (NATIVE_FEW(conv, n)) {
                        NATIVE_CALL_FEW(def->fn, rt_reg_lend(o), n);
                        NATIVE_DONE(1);
                    }
                    if (conv == RT_METH_FAST || conv == RT_METH_KW) {
                        v = rt_eval_call_fast(ts, fr, def, rt_reg_lend(o), ops, w);
                        NATIVE_DONE(0);
                    }
                }
                CHECK(rt_eval_call(ts, fr, w, f, rt_reg_lend(o), ops));
                table = ts->dispatch;
                NEXT();
            }
        }
        f = RT_NULL;
        if (RT_REG_PTR(o)) {
            struct rt_ic_cell *cell = chain_cell(rt_load_acquire(&fr->code->ic[ni >> 16]), rt_shape_id(rt_ptr(o)));
            if (cell && cell->kind >= RT_ATTR_TYPE)
                f = static_value(ts, cell, rt_ptr(o));
            self = RT_NULL;
        } else {
            struct rt_ic_cell *cell = chain_cell(rt_load_acquire(&fr->code->ic[ni >> 16]), number_shape(o));
            if (cell && cell->kind == RT_ATTR_METHOD && cell->offset) {
                const struct rt_method_def *def = ((struct rt_method_descr *)rt_ptr(cell->value))->def;
                uint32_t conv = native_conv(ts, def);
                if (conv == RT_METH_NOARGS && n == 0) {
                    v = ((rt_fn_noargs)def->fn)(ts, o);
                    NATIVE_DONE(0);
                }
                if (conv == RT_METH_FAST || conv == RT_METH_KW) {
                    v = rt_eval_call_fast(ts, fr, def, o, ops, w);
                    NATIVE_DONE(0);
                }
            }
        }
        if (rt_is_null(f)) {
            f = rt_eval_method(ts, fr, o, ni, &self);
            if (rt_unlikely(rt_is_null(f))) {
                fr->pc = pc - 1 - LIST_WORDS(n); /* word 0 has the place of the attribute, the others that of the call */
                goto error;
            }
        }
        if (RT_REG_PTR(f) && rt_type_of_obj(rt_ptr(f)) == &rt_builtin_type) { /* math.sqrt(x) */
            struct rt_builtin *b = (struct rt_builtin *)rt_ptr(f);
            uint32_t conv = native_conv(ts, b->def);
            if (conv == RT_METH_O && n == 1) {
                v = ((rt_fn_o)b->def->fn)(ts, rt_slot_peek(&b->self), rt_reg_lend(R(ops[0])));
                rt_decref(ts, f);
                NATIVE_DONE(1);
            }
            if (conv == RT_METH_FAST || conv == RT_METH_KW) {
                v = rt_eval_call_fast(ts, fr, b->def, rt_slot_peek(&b->self), ops, w);
                rt_decref(ts, f);
                NATIVE_DONE(0);
            }
        }
        if (rt_is_function(f)) {
            nf = rt_eval_push_general(ts, fr, f, self, ops, n, RT_NULL);
            rt_decref(ts, f);
            CHECK(nf);
            rt_reg_consume(ts, fr, B_OF(w), 256);
            goto enter_general;
        }
        if (rt_is_null(self) && RT_REG_PTR(f))
            PUSH_OTHER(f, RT_NULL, f);
        bool ok = rt_eval_call(ts, fr, w, f, self, ops);
        rt_decref(ts, f);
        CHECK(ok);
        table = ts->dispatch;
        NEXT();
    }
    OP(CALL_M)
    {
        const uint8_t *ops = (const uint8_t *)pc;
        uint32_t w = W, n = w >> 24, tb = TEMP_BASE;
        rt_value f = R(B), self = R(B + 1);
        bool has_self = !rt_is_undef(self);
        dst = A;
        pc += LIST_WORDS(n);
        SAVE();
        if (RT_REG_PTR(f) && rt_shape_id(rt_ptr(f)) == rt_function_type.shape->id) {
            struct rt_code *code = rt_function_code(f);
            if (rt_likely(rt_load_acquire(&code->simple) && code->argcount == n + has_self) &&
                rt_likely((nf = rt_frame_push_simple(ts, fr, code)) != NULL)) {
                rt_value *to = nf->regs;
                if (has_self) {
                    *to++ = self;
                    R(B_OF(w) + 1) = RT_UNDEF;
                }
                for (uint32_t i = 0; i < n; i++)
                    *to++ = rt_reg_pass(fr, ops[i], tb);
                rt_fill_undef(to, nf->regs + code->nregs);
                nf->flags = RT_REG_COUNTED(f) ? RT_FR_OWNS_FUNC : 0;
                nf->func = f;
                R(B_OF(w)) = RT_UNDEF;
                ENTER(nf);
            }
            nf = rt_eval_push_general(ts, fr, f, has_self ? self : RT_NULL, ops, n, RT_NULL);
            CHECK(nf);
            SET(B_OF(w) + 1, RT_UNDEF);
            rt_reg_consume(ts, fr, B_OF(w), 256);
            goto enter_general;
        }
        const struct rt_method_def *def = NULL;
        if (rt_likely(RT_REG_PTR(f))) {
            struct rt_type *t = rt_type_of_obj(rt_ptr(f));
            if (t == &rt_builtin_type && !has_self) {
                def = ((struct rt_builtin *)rt_ptr(f))->def;
                self = rt_slot_peek(&((struct rt_builtin *)rt_ptr(f))->self);
            } else if (t == &rt_method_descr_type && has_self &&
                       rt_type_of(self) == ((struct rt_method_descr *)rt_ptr(f))->d.objclass) {
                def = ((struct rt_method_descr *)rt_ptr(f))->def;
                self = rt_reg_lend(self);
            }
        }
        if (rt_likely(def != NULL)) {
            uint32_t conv = native_conv(ts, def);
            if (conv == RT_METH_O && n == 1) {
                v = ((rt_fn_o)def->fn)(ts, self, rt_reg_lend(R(ops[0])));
                NATIVE_M_DONE(1);
            }
            if (conv == RT_METH_FAST || conv == RT_METH_KW) {
                v = rt_eval_call_fast(ts, fr, def, self, ops, w);
                NATIVE_M_DONE(0);
            }
            if (conv == RT_METH_NOARGS && n == 0) {
                v = ((rt_fn_noargs)def->fn)(ts, self);
                NATIVE_M_DONE(0);
            }
        }
        if (!has_self && RT_REG_PTR(f))
            PUSH_OTHER(f, RT_NULL, RT_NULL);
        CHECK(rt_eval_call(ts, fr, w, f, has_self ? rt_borrowed(R(B_OF(w) + 1)) : RT_NULL, ops));
        if (dst != B_OF(w) + 1)
            SET(B_OF(w) + 1, RT_UNDEF);
        table = ts->dispatch;
        NEXT();
    }
    OP(CALL_KW)
    {
        uint32_t w = W, n = w >> 24, w1 = *pc++;
        const uint8_t *ops = (const uint8_t *)pc;
        bool pair = w1 >> 16 & 1;
        rt_value f = R(B_OF(w)), self = pair && !rt_is_undef(R(B_OF(w) + 1)) ? R(B_OF(w) + 1) : RT_NULL;
        dst = A_OF(w);
        pc += LIST_WORDS(n);
        SAVE();
        if (rt_is_function(f)) {
            nf = rt_eval_push_general(ts, fr, f, self, ops, n, K[w1 & 0xffff]);
            CHECK(nf);
            if (pair)
                SET(B_OF(w) + 1, RT_UNDEF);
            rt_reg_consume(ts, fr, B_OF(w), 256);
            goto enter_general;
        }
        if (rt_is_null(self) && RT_REG_PTR(f))
            PUSH_OTHER(f, rt_borrowed(K[w1 & 0xffff]), RT_NULL);
        rt_value res = rt_eval_call_value(ts, fr, rt_borrowed(f), self, ops, n, rt_borrowed(K[w1 & 0xffff]));
        table = ts->dispatch;
        CHECK(res.bits);
        rt_eval_consume(ts, fr, ops, n, (uint32_t)dst);
        if (pair)
            SET(B_OF(w) + 1, RT_UNDEF);
        rt_reg_consume(ts, fr, B_OF(w), (uint32_t)dst);
        SET(dst, res);
        NEXT();
    }
    OP(CALL_EX)
    {
        uint32_t w = W, w1 = *pc++;
        bool pushed;
        dst = A_OF(w);
        SAVE();
        nf = rt_eval_push_ex(ts, fr, w, w1, &pushed);
        if (pushed) {
            CHECK(nf);
            goto enter_general;
        }
        CHECK(rt_eval_misc(ts, fr, w, w1));
        table = ts->dispatch;
        NEXT();
    }
    OP(MAKE_FUNCTION)
    {
        uint32_t w = W, k = *pc++;
        SAVE();
        CHECK(rt_eval_make_function(ts, fr, w, k));
        NEXT();
    }

    /* ---- returns ---- */
    OP(RETURN_K)
        v = K[X16];
        SAVE();
        goto do_return;
    OP(RETURN)
    {
        rt_value *reg = &R(A);
        v = *reg;
        *reg = RT_UNDEF;
        SAVE();
        if (!RT_REG_COUNTED(v) && RT_REG_PTR(v))
            v = rt_reg_ref(ts, v);
    }
    do_return:
        if (rt_unlikely((fr->flags & ~(uint32_t)(RT_FR_INIT | RT_FR_OWNS_FUNC | RT_FR_ENTRY | RT_FR_OPERATOR | RT_FR_NEXT)) | (uintptr_t)fr->object |
                        ts->tracing))
            goto return_slow;
        if (rt_unlikely(fr->flags & RT_FR_INIT)) {
            if (rt_unlikely(!rt_is_none(v)))
                goto return_slow;
            v = fr->self;
        }
        {
            rt_value *l = fr->regs, *end = l + fr->code->nlocals + fr->code->ncells;
            for (; l < end; l++) {
                rt_value old = *l;
                if (RT_REG_COUNTED(old)) {
                    *l = RT_UNDEF;
                    rt_decref_obj(ts, (void *)old.bits);
                }
            }
            if (rt_unlikely(fr->object != NULL)) { /* a finalizer asked for the frame */
                if (fr->flags & RT_FR_INIT)
                    v = RT_NONE;
                goto return_slow;
            }
            struct rt_frame *caller = fr->prev;
            uint32_t flags = fr->flags;
            rt_value func = fr->func;
            dst = fr->ret;
            ts->stack_top = (rt_value *)fr;
            ts->py_depth--;
            ts->frame = caller;
            if (rt_unlikely(flags & (RT_FR_ENTRY | RT_FR_OWNS_FUNC | RT_FR_OPERATOR))) {
                if (flags & RT_FR_OPERATOR)
                    goto operator_done;
                if (flags & RT_FR_OWNS_FUNC)
                    rt_decref(ts, func);
                if (flags & RT_FR_ENTRY)
                    return v;
            }
            fr = caller;
            pc = fr->pc;
            SET(dst, v);
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
            uint32_t flags = fr->flags;
            struct rt_frame *caller = fr->prev;
            dst = fr->ret;
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
                    rt_decref(ts, v);
                    goto for_exhausted;
                }
                if (flags & RT_FR_SEND) {
                    fr = caller;
                    pc = fr->pc + 1;
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
            if (flags & RT_FR_OPERATOR)
                goto operator_done;
            if (flags & RT_FR_ENTRY)
                return v;
            fr = caller;
            pc = fr->pc;
            SET(dst, v);
            NEXT();
        }
    operator_done: /* v: what the special method says, for the instruction that ts->frame is at */
        fr = ts->frame;
        pc = fr->pc;
        if (rt_likely(dst >> 8 <= RT_SP_COMPARE && !rt_is_notimpl(v))) {
            rt_value left = R(B), right = R(C);
            if (A != B)
                CONSUME(B, left);
            if (A != C)
                CONSUME(C, right);
            SET(A, v);
            NEXT();
        }
        {
            int what = rt_eval_special_done(ts, fr, (enum rt_special)(dst >> 8), v);
            table = ts->dispatch;
            CHECK(what >= 0);
            if (what != RT_SP_GO)
                JUMP_IF(what == RT_SP_JUMP);
            NEXT();
        }
