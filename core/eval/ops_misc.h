/* SPDX-License-Identifier: MIT */
/* Part of the loop in eval.c: exceptions, and the rare instructions. */
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
        rt_eval_misc(ts, fr, W, 0);
        if (bare)
            goto unwind;
        goto error;
    }

    /* ---- the rest: out of line ---- */
#define RARE0(name) OP(name) { SAVE(); CHECK(rt_eval_misc(ts, fr, W, 0)); NEXT(); }
#define RARE_PUSH(name) OP(name) { SAVE(); CHECK(rt_eval_misc(ts, fr, W, 0)); NEXT_OPERATOR(); }
#define OUT_OF_LINE1(function)          \
    {                                   \
        uint32_t w = W, w1 = *pc++;     \
        SAVE();                         \
        CHECK(function(ts, fr, w, w1)); \
        table = ts->dispatch;           \
        NEXT();                         \
    }
#define RARE1(name) OP(name) OUT_OF_LINE1(rt_eval_misc)
    OP(STORE_NAME)
    {
        if (!rt_is(fr->locals, rt_as_function(fr->func)->globals_word))
            OUT_OF_LINE1(rt_eval_misc)
    } /* the code of a module: its names are its globals */
    OP(STORE_GLOBAL) OUT_OF_LINE1(rt_eval_store_global)
    RARE0(LOAD_CLASSDEREF) RARE0(LOAD_LOCALS) RARE1(DEL_GLOBAL) RARE1(DEL_NAME) RARE1(DEL_ATTR) RARE_PUSH(DELITEM) RARE1(BUILD_SLICE)
    RARE0(LIST_EXTEND) RARE0(SET_UPDATE) RARE0(DICT_UPDATE) RARE0(DICT_MERGE) RARE0(LIST_TO_TUPLE)
    RARE0(LOAD_BUILD_CLASS)
    RARE0(GET_YIELD_FROM_ITER) RARE0(GET_AITER) RARE0(GET_ANEXT)
    RARE0(ASYNC_GEN_WRAP) RARE0(EG_MATCH) RARE0(EG_PREP_RERAISE) RARE_PUSH(BEFORE_WITH)
    RARE0(BEFORE_ASYNC_WITH) RARE0(WITH_EXCEPT) RARE0(LOAD_ASSERTION_ERROR) RARE0(PRINT_EXPR)
    RARE0(SETUP_ANNOTATIONS)
    OP(SET_ADD)
    {
        rt_value v = R(B);
        SAVE();
        CHECK(rt_set_add(ts, rt_borrowed(R(A)), rt_borrowed(v)) >= 0);
        CONSUME(B, v);
        NEXT();
    }
    OP(MAP_ADD)
    {
        rt_value k = R(B), v = R(C);
        SAVE();
        CHECK(rt_dict_set(ts, rt_borrowed(R(A)), rt_borrowed(k), rt_borrowed(v)) == 0);
        CONSUME(B, k);
        CONSUME(C, v);
        NEXT();
    }
    OP(GET_ITER_LAZY)
    {
        struct rt_type *t = rt_type_of(R(B));
        if (rt_likely(t == &rt_list_type || t == &rt_tuple_type || t == &rt_range_type)) {
            rt_value o = rt_reg_take(ts, fr, B);
            SET(A, o);
            NEXT();
        }
    }
    OP(GET_ITER)
    {
        rt_value o = R(B), it;
        SAVE();
        if (rt_is_python_instance(o) && rt_eval_push_unary(ts, fr, B, RT_ID(__iter__), RT_SP_ITER, A))
            goto enter_special;
        it = rt_iter(ts, rt_borrowed(o));
        CHECK(it.bits);
        if (A != B)
            CONSUME(B, o);
        SET(A, it);
        NEXT();
    }
    OP(GET_AWAITABLE)
    {
        rt_value o = R(B);
        if (rt_likely(RT_REG_PTR(o)) && rt_type_of_obj(rt_ptr(o)) == &rt_coroutine_type &&
            rt_load_relaxed(&((struct rt_generator *)rt_ptr(o))->state) == RT_GEN_CREATED) {
            o = rt_reg_take(ts, fr, B); /* nobody awaits it yet */
            SET(A, o);
            NEXT();
        }
        SAVE();
        CHECK(rt_eval_misc(ts, fr, W, 0));
        NEXT();
    }
#define MATCH0(name) OP(name) { SAVE(); CHECK(rt_eval_match(ts, fr, W, 0)); NEXT(); }
    MATCH0(MATCH_MAPPING) MATCH0(MATCH_SEQUENCE) MATCH0(MATCH_KEYS) MATCH0(COPY_WITHOUT_KEYS)
    MATCH0(GET_LEN)
    OP(MATCH_CLASS)
    {
        uint32_t w = W, w1 = *pc++;
        SAVE();
        CHECK(rt_eval_match(ts, fr, w, w1));
        NEXT();
    }
    OP(IMPORT_STAR)
    {
        SAVE();
        CHECK(rt_eval_import(ts, fr, W, 0));
        NEXT();
    }
    OP(IMPORT_NAME)
    OP(IMPORT_FROM)
    {
        uint32_t w = W, w1 = *pc++;
        SAVE();
        CHECK(rt_eval_import(ts, fr, w, w1));
        table = ts->dispatch;
        NEXT();
    }
    OP(JNOT_MATCH)
    {
        SAVE();
        CHECK(rt_eval_misc(ts, fr, W, 0)); /* leaves the answer in register B, a temporary */
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
        pc += (int32_t)*pc + 1;
        NEXT();
    }
