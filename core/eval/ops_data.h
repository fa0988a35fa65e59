/* SPDX-License-Identifier: MIT */
/* Part of the loop in eval.c: moves, constants, cells and names. */
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
        SET(A, K[*pc]);
        pc++;
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
        uint32_t w1 = *pc;
        SAVE();
        rt_value v = RT_UNDEF;
        if (C) {
            v = rt_reg_ref(ts, R(256 + (w1 >> 16)));
            SET(256 + (w1 >> 16), RT_UNDEF);
        }
        rt_value cell = rt_cell_new(ts, v);
        CHECK(!rt_is_null(cell));
        SET(256 + (w1 & 0xffff), cell);
        pc++;
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
            uint32_t w = W, ni = *pc++;
            SAVE();
            CHECK(rt_eval_load_name(ts, fr, w, ni));
            NEXT();
        }
    } /* the code of a module: its names are its globals */
    OP(LOAD_GLOBAL)
    {
        uint64_t ic = rt_load_acquire(&fr->code->ic[W1_IC]);
        if (rt_likely(ic > RT_IC_OFF)) { /* a stamp names a dict and its state: Note [DICT-4] */
            struct rt_ic_cell *cell = (struct rt_ic_cell *)ic;
            struct rt_function *fn = rt_as_function(fr->func);
            if (rt_likely(rt_load_acquire(&rt_as_dict(fn->globals_word)->version) == cell->globals_version) &&
                rt_likely(!cell->builtins_version ||
                          rt_load_acquire(&rt_as_dict(fn->builtins_word)->version) == cell->builtins_version)) {
                rt_value v = rt_slot_peek(cell->slot);
                if (RT_REG_COUNTED(v)) { /* or absent */
                    struct rt_object *o = (void *)v.bits;
                    if (rt_unlikely(!o))
                        goto load_global_slow;
                    if (rt_likely(rt_load_relaxed(&o->owner) == ts->token)) {
                        o->local++;
                    } else {
                        v = rt_slot_get_slow(ts, &cell->globals->hdr, cell->slot);
                        if (rt_unlikely(rt_is_null(v)))
                            goto load_global_slow;
                    }
                }
                SET(A, v);
                pc++;
                NEXT();
            }
        }
    load_global_slow:;
        uint32_t w = W, ni = *pc++;
        SAVE();
        CHECK(rt_eval_load_global(ts, fr, w, ni));
        NEXT();
    }
