/* SPDX-License-Identifier: MIT */
/* Part of the loop in eval.c: calls and returns. */
    /* ---- calls ---- */
    OP(CALL)
    {
        const uint8_t *ops = (const uint8_t *)pc;
        uint32_t w = W, n = w >> 24, tb = TEMP_BASE;
        rt_value f = R(B);
        dst = A;
        pc += LIST_WORDS(n);
        SAVE();
        if (rt_likely(RT_REG_PTR(f)) && rt_likely(rt_shape_id(rt_ptr(f)) == rt_function_type.shape->id)) {
            struct rt_code *code = rt_as_function(f)->code_ptr;
            if (rt_likely(rt_load_acquire(&code->simple) && code->argcount == n) &&
                rt_likely((nf = rt_frame_push_simple(ts, fr, code)) != NULL)) {
                rt_value *to = nf->regs;
                for (uint32_t i = 0; i < n; i++)
                    *to++ = pass_arg(fr, ops[i], tb);
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
        if (rt_likely(RT_REG_PTR(f)) && rt_type_of_obj(rt_ptr(f)) == &rt_type_type &&
            (nf = rt_eval_push_init(ts, fr, rt_as_type(f), n)) != NULL) {
            /* Class(...) with a Python __init__: its frame returns the instance */
            rt_value *to = nf->regs + 1;
            for (uint32_t i = 0; i < n; i++)
                *to++ = pass_arg(fr, ops[i], tb);
            rt_fill_undef(to, nf->regs + nf->code->nregs);
            rt_reg_consume(ts, fr, B_OF(w), 256);
            ENTER(nf);
        }
        if (RT_REG_PTR(f) && rt_type_of_obj(rt_ptr(f)) == &rt_type_type) {
            bool pushed;
            nf = rt_eval_push_init_general(ts, fr, f, ops, n, RT_NULL, &pushed);
            if (pushed) {
                CHECK(nf);
                rt_reg_consume(ts, fr, B_OF(w), 256);
                goto enter_general;
            }
        } else if (rt_is_method_of_function(f)) {
            struct rt_method *m = (struct rt_method *)rt_ptr(f);
            nf = rt_eval_push_general(ts, fr, m->func, m->self, ops, n, RT_NULL);
            CHECK(nf);
            rt_reg_consume(ts, fr, B_OF(w), 256);
            goto enter_general;
        }
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
                    struct rt_code *code = rt_as_function(f)->code_ptr;
                    if (rt_likely(rt_load_acquire(&code->simple) && code->argcount == n + 1) &&
                        rt_likely((nf = rt_frame_push_simple(ts, fr, code)) != NULL)) {
                        rt_value *to = nf->regs;
                        *to++ = pass_arg(fr, B_OF(w), tb);
                        for (uint32_t i = 0; i < n; i++)
                            *to++ = pass_arg(fr, ops[i], tb);
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
                CHECK(rt_eval_call(ts, fr, w, f, rt_borrowed(o), ops));
                table = ts->dispatch;
                NEXT();
            }
        }
        f = rt_eval_method(ts, fr, o, ni, &self);
        CHECK(f.bits);
        if (rt_is_function(f)) {
            nf = rt_eval_push_general(ts, fr, f, self, ops, n, RT_NULL);
            rt_decref(ts, f);
            CHECK(nf);
            rt_reg_consume(ts, fr, B_OF(w), 256);
            goto enter_general;
        }
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
            struct rt_code *code = rt_as_function(f)->code_ptr;
            if (rt_likely(rt_load_acquire(&code->simple) && code->argcount == n + has_self) &&
                rt_likely((nf = rt_frame_push_simple(ts, fr, code)) != NULL)) {
                rt_value *to = nf->regs;
                if (has_self) {
                    *to++ = self;
                    R(B_OF(w) + 1) = RT_UNDEF;
                }
                for (uint32_t i = 0; i < n; i++)
                    *to++ = pass_arg(fr, ops[i], tb);
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
        CHECK(rt_eval_call(ts, fr, w, f, has_self ? rt_borrowed(self) : RT_NULL, ops));
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
        if (rt_is_null(self) && RT_REG_PTR(f) && rt_type_of_obj(rt_ptr(f)) == &rt_type_type) {
            bool pushed;
            nf = rt_eval_push_init_general(ts, fr, f, ops, n, K[w1 & 0xffff], &pushed);
            if (pushed) {
                CHECK(nf);
                if (pair)
                    SET(B_OF(w) + 1, RT_UNDEF);
                rt_reg_consume(ts, fr, B_OF(w), 256);
                goto enter_general;
            }
        }
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
        if (rt_unlikely((fr->flags & ~(uint32_t)(RT_FR_INIT | RT_FR_OWNS_FUNC | RT_FR_ENTRY)) | (uintptr_t)fr->object |
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
            if (rt_unlikely(flags & (RT_FR_ENTRY | RT_FR_OWNS_FUNC))) {
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
            if (flags & RT_FR_ENTRY)
                return v;
            fr = caller;
            pc = fr->pc;
            SET(dst, v);
            NEXT();
        }
