/* SPDX-License-Identifier: MIT */
/* Part of the loop in eval.c: attributes, items, displays, unpacking. */
    /* ---- attributes ---- */
    OP(LOAD_ATTR)
    {
        rt_value o = R(B);
        if (rt_likely(RT_REG_PTR(o))) {
            uint64_t ic = rt_load_acquire(&fr->code->ic[W1_IC]);
            struct rt_object *p = rt_ptr(o);
            uint32_t shape = rt_shape_id(p);
            rt_slot *slot;
            if (rt_likely((uint32_t)(ic >> 32) == RT_IC_SHAPE(shape)))
                slot = rt_attr_slot_at(p, (uint32_t)ic - RT_IC_SLOT);
            else
                slot = chain_slot(ic, p, shape);
            if (rt_likely(slot != NULL)) {
                rt_value v = rt_slot_peek(slot);
                if (RT_REG_COUNTED(v)) { /* or absent */
                    struct rt_object *q = (void *)v.bits;
                    if (rt_unlikely(!q))
                        goto load_attr_slow;
                    if (rt_likely(rt_load_relaxed(&q->owner) == ts->token)) {
                        q->local++;
                    } else {
                        v = rt_slot_get_slow(ts, p, slot);
                        if (rt_unlikely(rt_is_null(v)))
                            goto load_attr_slow;
                    }
                }
                if (A != B)
                    CONSUME(B, o);
                SET(A, v);
                pc++;
                NEXT();
            }
        }
    load_attr_slow:;
        uint32_t w = W, ni = *pc++;
        if (RT_REG_PTR(o)) {
            struct rt_ic_cell *cell = chain_cell(rt_load_acquire(&fr->code->ic[ni >> 16]), rt_shape_id(rt_ptr(o)));
            bool valid = cell && (cell->kind == RT_ATTR_CLASS || cell->kind == RT_ATTR_PROPERTY) &&
                         rt_load_acquire(&cell->type->version) == cell->version;
            if (valid && cell->kind == RT_ATTR_CLASS && rt_likely(!rt_is_counted(cell->value))) {
                SAVE();
                if (A_OF(w) != B_OF(w))
                    rt_reg_consume(ts, fr, B_OF(w), 256);
                SET(A_OF(w), cell->value);
                NEXT();
            }
            rt_value v = !cell ? RT_NULL
                         : cell->kind >= RT_ATTR_TYPE ? static_value(ts, cell, rt_ptr(o))
                         : cell->kind == RT_ATTR_CLASS_VAR ? variable_number(cell, cell->type) : RT_NULL;
            SAVE();
            if (cell && cell->kind == RT_ATTR_DICT) {
                v = rt_eval_load_dict_mode(ts, cell, rt_ptr(o), fr->code->names[ni & 0xffff]);
                CHECK(v.bits || !rt_pending(ts));
            }
            if (v.bits) {
                if (A_OF(w) != B_OF(w))
                    rt_reg_consume(ts, fr, B_OF(w), 256);
                SET(A_OF(w), v);
                NEXT();
            }
            /* a property's getter runs in a frame of the loop */
            if (valid && cell->kind == RT_ATTR_PROPERTY && cell->type->getattro == rt_object_type.getattro) {
                struct rt_code *code = rt_function_code(cell->value);
                SAVE();
                if (code->simple && code->argcount == 1 && (nf = rt_frame_push_simple(ts, fr, code)) != NULL) {
                    nf->regs[0] = rt_reg_pass(fr, B_OF(w), TEMP_BASE);
                    rt_fill_undef(nf->regs + 1, nf->regs + code->nregs);
                    nf->flags = 0;
                    nf->func = rt_borrowed(cell->value);
                    dst = A_OF(w);
                    ENTER(nf);
                }
            }
        }
        SAVE();
        CHECK(rt_eval_load_attr(ts, fr, w, ni));
        NEXT_OPERATOR();
    }
    OP(STORE_ATTR)
    {
        rt_value o = R(A);
        if (rt_likely(RT_REG_PTR(o))) {
            uint64_t ic = rt_load_acquire(&fr->code->ic[W1_IC]);
            struct rt_object *p = rt_ptr(o);
            uint32_t shape = rt_shape_id(p);
            rt_slot *slot;
            rt_value old, v;
            bool may_be_empty = false;
            if (rt_unlikely(!rt_sole_writer(ts, p))) {
                SAVE();
                if (!rt_eval_store_shared(ts, fr, W, ic, shape))
                    goto store_attr_slow;
                pc++;
                NEXT();
            }
            if (rt_likely((uint32_t)(ic >> 32) == RT_IC_SHAPE(shape))) {
                slot = rt_attr_slot_at(p, (uint32_t)ic - RT_IC_SLOT);
            } else {
                struct rt_ic_cell *cell = chain_cell(ic, shape);
                if (!cell)
                    goto store_attr_slow;
                slot = rt_attr_slot_at(p, cell->offset);
                if (cell->kind == RT_ATTR_ADD) {
                    v = rt_reg_take(ts, fr, B);
                    rt_slot_put(slot, v);
                    rt_store_release(&p->shape, cell->new_shape);
                    CONSUME(A, o);
                    pc++;
                    NEXT();
                }
                may_be_empty = cell->kind == RT_ATTR_MEMBER;
                if (may_be_empty ? rt_load_acquire(&cell->type->version) != cell->version : cell->kind != RT_ATTR_SLOT)
                    goto store_attr_slow;
            }
            old = rt_slot_peek(slot);
            if (rt_unlikely(rt_is_null(old)) && !may_be_empty)
                goto store_attr_slow;
            v = rt_reg_take(ts, fr, B);
            rt_slot_put(slot, v);
            if (rt_is_counted(old)) {
                SAVE();
                rt_decref_obj(ts, (void *)old.bits);
            }
            CONSUME(A, o);
            pc++;
            NEXT();
        }
    store_attr_slow:;
        uint32_t w = W, ni = *pc++;
        SAVE();
        CHECK(rt_eval_store_attr(ts, fr, w, ni));
        NEXT_OPERATOR();
    }
    OP(LOAD_METHOD)
    {
        rt_value o = R(B);
        if (rt_likely(RT_REG_PTR(o))) {
            struct rt_ic_cell *cell = chain_cell(rt_load_acquire(&fr->code->ic[W1_IC]), rt_shape_id(rt_ptr(o)));
            if (cell && cell->kind == RT_ATTR_METHOD &&
                rt_likely(rt_load_acquire(&cell->type->version) == cell->version)) {
                o = rt_reg_take(ts, fr, B); /* B may be A or A + 1 */
                SET(A, cell->value);
                SET(A + 1, o);
                pc++;
                NEXT();
            }
            v = cell && cell->kind >= RT_ATTR_TYPE ? static_value(ts, cell, rt_ptr(o)) : RT_NULL;
            if (v.bits) {
                CONSUME(B, o);
                SET(A, v);
                SET(A + 1, RT_UNDEF);
                pc++;
                NEXT();
            }
        } else { /* a method of an int or float: no reference is counted */
            struct rt_ic_cell *cell = chain_cell(rt_load_acquire(&fr->code->ic[W1_IC]), number_shape(o));
            if (cell && cell->kind == RT_ATTR_METHOD) {
                SET(A, cell->value);
                SET(A + 1, o);
                pc++;
                NEXT();
            }
        }
        uint32_t w = W, ni = *pc++;
        SAVE();
        CHECK(rt_eval_load_method(ts, fr, w, ni));
        NEXT();
    }
    OP(LOAD_SUPER_METHOD)
    {
        uint32_t w = W, ni = *pc++;
        SAVE();
        CHECK(rt_eval_super_method(ts, fr, w, ni));
        table = ts->dispatch;
        NEXT();
    }

    /* ---- items ---- */
    OP(GETITEM)
    {
        rt_value o = R(B), key = R(C), v;
        if (rt_likely(RT_REG_PTR(o)) && rt_likely(rt_is_int(key))) {
            struct rt_object *p = rt_ptr(o);
            if (rt_likely(get_index(ts, p, rt_int_get(key), &v))) {
                SET(A, v);
                if (A != B)
                    CONSUME(B, o);
                NEXT();
            }
        }
        SAVE();
        if (rt_likely(RT_REG_PTR(o)) && rt_likely(rt_shape_id(rt_ptr(o)) == rt_dict_type.shape->id)) {
            v = rt_dict_get(ts, rt_borrowed(o), rt_borrowed(key));
            CHECK(rt_likely(v.bits) || rt_eval_missing(ts, key));
            SET(A, v);
            if (A != C)
                CONSUME(C, key);
            if (A != B)
                CONSUME(B, o);
            NEXT();
        }
        CHECK(rt_eval_getitem(ts, fr, W));
        NEXT_OPERATOR();
    }
    OP(GETITEMI)
    {
        rt_value o = R(B), v;
        if (rt_likely(RT_REG_PTR(o)) && rt_likely(get_index(ts, rt_ptr(o), (int8_t)C, &v))) {
            SET(A, v);
            if (A != B)
                CONSUME(B, o);
            NEXT();
        }
        SAVE();
        CHECK(rt_eval_getitem_imm(ts, fr, W));
        NEXT_OPERATOR();
    }
    OP(SETITEM)
    {
        rt_value o = R(A), key = R(B);
        SAVE();
        if (rt_likely(RT_REG_PTR(o)) && rt_shape_id(rt_ptr(o)) == rt_dict_type.shape->id) {
            CHECK(rt_dict_set_steal(ts, rt_borrowed(o), rt_reg_lend(key), rt_reg_take(ts, fr, C)) == 0);
            CONSUME(B, key);
            CONSUME(A, o);
            NEXT();
        }
        if (rt_likely(RT_REG_PTR(o)) && rt_is_int(key) &&
            rt_shape_id(rt_ptr(o)) == rt_list_type.shape->id && rt_sole_writer(ts, rt_ptr(o))) {
            struct rt_list_array *arr = rt_load_relaxed(&((struct rt_list *)rt_ptr(o))->array);
            size_t length = rt_load_relaxed(&arr->length);
            int64_t i = rt_int_get(key);
            i += i < 0 ? (int64_t)length : 0;
            if (rt_likely((uint64_t)i < length)) {
                rt_value old = rt_slot_peek(&arr->items[i]);
                rt_slot_put(&arr->items[i], rt_reg_take(ts, fr, C));
                CONSUME(A, o);
                rt_decref(ts, old);
                NEXT();
            }
        }
        CHECK(rt_eval_setitem(ts, fr, W));
        NEXT_OPERATOR();
    }
    OP(GETSLICE)
    {
        uint32_t w = W, w1 = *pc++;
        SAVE();
        CHECK(rt_eval_getslice(ts, fr, w, w1));
        NEXT();
    }
    OP(SETSLICE)
    {
        uint32_t w = W, w1 = *pc++;
        SAVE();
        CHECK(rt_eval_setslice(ts, fr, w, w1));
        NEXT();
    }

    /* ---- displays, unpacking ---- */
    OP(BUILD_TUPLE)
    {
        const uint8_t *ops = (const uint8_t *)pc;
        uint32_t w = W;
        pc += LIST_WORDS(C);
        SAVE();
        CHECK(rt_eval_build_tuple(ts, fr, w, ops));
        NEXT();
    }
    OP(BUILD_LIST)
    OP(BUILD_SET)
    OP(BUILD_MAP)
    OP(BUILD_STRING)
    {
        const uint8_t *ops = (const uint8_t *)pc;
        uint32_t w = W;
        pc += LIST_WORDS(C);
        SAVE();
        CHECK(rt_eval_build(ts, fr, w, ops));
        pc = fr->pc; /* it may have done the next two as well */
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
        rt_value o = R(B), out[4];
        uint32_t n = (uint32_t)C;
        if (rt_likely(RT_REG_PTR(o) && n <= RT_COUNTOF(out))) {
            struct rt_object *p = rt_ptr(o);
            const uint8_t *ops = (const uint8_t *)pc;
            uint32_t i = n;
            if (rt_likely(rt_shape_id(p) == rt_tuple_type.shape->id)) {
                if (rt_likely(((struct rt_tuple *)p)->length == n))
                    for (i = 0; i < n; i++)
                        out[i] = rt_newref(ts, ((struct rt_tuple *)p)->items[i]);
                else
                    goto unpack_slow;
            } else if (rt_shape_id(p) == rt_list_type.shape->id && rt_sole_writer(ts, p)) {
                struct rt_list_array *arr = rt_load_relaxed(&((struct rt_list *)p)->array);
                if (rt_unlikely(rt_load_relaxed(&arr->length) != n))
                    goto unpack_slow;
                for (i = 0; i < n; i++)
                    out[i] = rt_newref(ts, rt_slot_peek(&arr->items[i]));
            } else {
                goto unpack_slow;
            }
            CONSUME(B, o);
            pc += LIST_WORDS(n);
            for (i = 0; i < n; i++)
                SET(ops[i], out[i]);
            NEXT();
        }
    unpack_slow:;
        const uint8_t *ops = (const uint8_t *)pc;
        uint32_t w = W;
        pc += LIST_WORDS(C);
        SAVE();
        CHECK(rt_eval_unpack(ts, fr, w, ops, -1));
        NEXT();
    }
    OP(UNPACK_EX)
    {
        uint32_t w = W, after = *pc++;
        const uint8_t *ops = (const uint8_t *)pc;
        pc += LIST_WORDS(w >> 24);
        SAVE();
        CHECK(rt_eval_unpack(ts, fr, w, ops, (int)after));
        NEXT();
    }
    OP(UNPACK_LIST)
    {
        uint32_t w = W, counts = *pc++;
        SAVE();
        CHECK(rt_eval_unpack_list(ts, fr, w, counts));
        NEXT();
    }
    OP(FORMAT)
    {
        uint32_t w = W, spec = *pc++;
        SAVE();
        CHECK(rt_eval_format(ts, fr, w, spec));
        NEXT();
    }
