/* SPDX-License-Identifier: MIT */
/* Part of the loop in eval.c: generators and iteration. */
    /* ---- generators ---- */
    delegate_done: /* v: result of the delegated iterator; fr at the YIELD_FROM, pc after it */
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
                rt_likely(rt_generator_claim(ts, g, st))) {
                v = R(C);
                R(C) = RT_NONE;
                fr->pc = pc - 1;
                fr->flags |= RT_FR_DELEGATING;
                g->frame.flags = (g->frame.flags & ~(uint32_t)(RT_FR_FOR | RT_FR_ENTRY)) | RT_FR_SEND;
                g->frame.prev = fr;
                g->exc_item.prev = ts->exc_info;
                ts->exc_info = &g->exc_item;
                ts->frame = fr = &g->frame;
                ts->py_depth++;
                pc = fr->pc;
                if (st == RT_GEN_CREATED) {
                    rt_decref(ts, v);
                } else if (fr->flags & RT_FR_DELEGATING) {
                    SET(*pc >> 24, v);
                } else {
                    SET(A, v);
                }
                NEXT();
            }
        }
        {
            fr->flags &= ~(uint32_t)RT_FR_DELEGATING; /* pc is past it while the iterator runs */
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
                SET(pc[-2] >> 16 & 0xff, v);
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
        CHECK(rt_eval_for_prep(ts, fr, W));
        NEXT_OPERATOR();
    }
    OP(FOR_NEXT)
    {
        if (rt_unlikely(rt_load_relaxed(&ts->breaker))) {
            SAVE();
            CHECK(rt_eval_poll(ts, fr) == 0);
            table = ts->dispatch;
        }
        uint32_t *head = pc + 1 + (int32_t)*pc; /* the loop's FOR_ITER: it does whatever is not done here */
        if (rt_likely(!ts->tracing)) {
            rt_value *state = &R(A), it = state[0], left = state[1];
            if (rt_is_int(it)) {
                if (rt_likely(left.bits != 1)) {
                    state[1] = RT_VALUE(left.bits - 2);
                    state[0] = RT_VALUE(it.bits + state[2].bits - 1);
                    SET(B, it);
                    head += 2;
                }
            } else if (rt_is_int(left)) {
                rt_value item;
                if (rt_likely(next_item(ts, rt_ptr(it), (uint64_t)rt_int_get(left), &item))) {
                    state[1] = RT_VALUE(left.bits + 2);
                    SET(B, item);
                    head += 2;
                }
            } else {
                pc = head + 2;
                goto for_general;
            }
        }
        pc = head;
        NEXT();
    }
    OP(FOR_ITER)
    {
        rt_value *state = &R(A), it = state[0], left = state[1];
        if (rt_is_int(it)) { /* range: next value, items left, step */
            if (rt_likely(left.bits != 1)) {
                state[1] = RT_VALUE(left.bits - 2);
                state[0] = RT_VALUE(it.bits + state[2].bits - 1);
                SET(B, it);
                pc++;
                NEXT();
            }
            state[0] = RT_UNDEF;
            pc += (int32_t)*pc + 1;
            NEXT();
        }
        if (rt_is_int(left)) { /* list or tuple, and index */
            rt_value item;
            if (rt_likely(next_item(ts, rt_ptr(it), (uint64_t)rt_int_get(left), &item))) {
                state[1] = RT_VALUE(left.bits + 2);
                SET(B, item);
                pc++;
                NEXT();
            }
            state[1] = RT_UNDEF;
            SET(A, RT_UNDEF);
            pc += (int32_t)*pc + 1;
            NEXT();
        }
        pc++;
    }
    for_general: /* pc after the FOR_ITER */
    {
        rt_value it = R(pc[-2] >> 8 & 0xff);
        struct rt_type *t = rt_type_of_obj(rt_ptr(it));
        SAVE();
        if (t == &rt_generator_type && !ts->tracing) {
            struct rt_generator *g = (struct rt_generator *)rt_ptr(it);
            uint8_t st = rt_load_acquire(&g->state);
            if (rt_likely(st == RT_GEN_SUSPENDED || st == RT_GEN_CREATED) &&
                rt_likely(ts->py_depth < rt_load_relaxed(&ts->py_depth_limit)) &&
                rt_likely(rt_generator_claim(ts, g, st))) {
                g->frame.flags = (g->frame.flags & ~(uint32_t)(RT_FR_SEND | RT_FR_ENTRY)) | RT_FR_FOR;
                g->frame.prev = fr;
                g->exc_item.prev = ts->exc_info;
                ts->exc_info = &g->exc_item;
                ts->frame = fr = &g->frame;
                ts->py_depth++;
                pc = fr->pc;
                if (st == RT_GEN_SUSPENDED) {
                    if (fr->flags & RT_FR_DELEGATING)
                        SET(*pc >> 24, RT_NONE);
                    else
                        SET(A, RT_NONE);
                }
                NEXT();
            }
        }
        if (t->next_pair && unpacks_pair(pc, TEMP_BASE) && rt_likely(!ts->tracing)) {
            rt_value pair[2];
            enum rt_pair_result r = t->next_pair(ts, rt_borrowed(it), pair);
            table = ts->dispatch;
            CHECK(r >= 0);
            if (rt_likely(r == RT_PAIR_GOT)) {
                const uint8_t *ops = (const uint8_t *)(pc + 1);
                pc += 2;
                SET(ops[0], pair[0]);
                SET(ops[1], pair[1]);
                NEXT();
            }
            if (r == RT_PAIR_END)
                goto for_exhausted;
        }
        if (rt_type_has(t, RT_TF_HEAP) && rt_likely(!ts->tracing) &&
            rt_eval_push_next(ts, fr, it, pc[-2] >> 16 & 0xff)) {
            fr = ts->frame;
            pc = fr->pc;
            NEXT();
        }
        v = t->iternext(ts, rt_borrowed(it));
        table = ts->dispatch;
        if (rt_likely(!rt_is_stop(v))) {
            CHECK(v.bits);
            SET(pc[-2] >> 16 & 0xff, v);
            NEXT();
        }
        if (rt_unlikely(ts->tracing))
            CHECK(rt_trace_stop(ts, fr, rt_borrowed(it), false, ts->stop_value.bits ? ts->stop_value : RT_NONE));
    for_exhausted: /* pc after the FOR_ITER */
        SET(pc[-2] >> 8 & 0xff, RT_UNDEF);
        pc += (int32_t)pc[-1];
        NEXT();
    }
