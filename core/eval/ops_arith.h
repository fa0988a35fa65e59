/* SPDX-License-Identifier: MIT */
/* Part of the loop in eval.c: arithmetic, comparisons, jumps. */
    /* ---- arithmetic ---- */
    ARITH(ADD, INT_ADD, +, rt_eval_binary(ts, fr, W, RT_BIN_ADD))
    ARITH(SUB, INT_SUB, -, rt_eval_binary(ts, fr, W, RT_BIN_SUB))
    ARITH(MUL, INT_MUL, *, rt_eval_binary(ts, fr, W, RT_BIN_MUL))
    ARITH(IADD, INT_ADD, +, rt_eval_inplace(ts, fr, W, RT_BIN_ADD))
    ARITH(ISUB, INT_SUB, -, rt_eval_inplace(ts, fr, W, RT_BIN_SUB))
    ARITH(IMUL, INT_MUL, *, rt_eval_inplace(ts, fr, W, RT_BIN_MUL))
    OP(TRUEDIV)
    OP(ITRUEDIV)
    {
        rt_value a = R(B), b = R(C), res;
        if (BOTH_FLONUM(a, b) && rt_float_try_imm(rt_flonum_get(a) / rt_flonum_get(b), &res)) {
            SET(A, res);
            NEXT();
        }
        double x, y;
        if (rt_eval_ratio_pair(a, b, &x, &y) && y != 0.0 && rt_float_try_imm(x / y, &res)) {
            SET(A, res);
            NEXT();
        }
        SAVE();
        CHECK(OPCODE == RT_OP_TRUEDIV ? rt_eval_binary(ts, fr, W, RT_BIN_TRUEDIV)
                                          : rt_eval_inplace(ts, fr, W, RT_BIN_TRUEDIV));
        NEXT_OPERATOR();
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
        CHECK(OPCODE == RT_OP_FLOORDIV ? rt_eval_binary(ts, fr, W, RT_BIN_FLOORDIV)
                                           : rt_eval_inplace(ts, fr, W, RT_BIN_FLOORDIV));
        NEXT_OPERATOR();
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
        CHECK(OPCODE == RT_OP_MOD ? rt_eval_binary(ts, fr, W, RT_BIN_MOD)
                                      : rt_eval_inplace(ts, fr, W, RT_BIN_MOD));
        NEXT_OPERATOR();
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
        CHECK(OPCODE == RT_OP_LSHIFT ? rt_eval_binary(ts, fr, W, RT_BIN_LSHIFT)
                                         : rt_eval_inplace(ts, fr, W, RT_BIN_LSHIFT));
        NEXT_OPERATOR();
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
        CHECK(OPCODE == RT_OP_RSHIFT ? rt_eval_binary(ts, fr, W, RT_BIN_RSHIFT)
                                         : rt_eval_inplace(ts, fr, W, RT_BIN_RSHIFT));
        NEXT_OPERATOR();
    }
    BITWISE(AND, a.bits &b.bits, rt_eval_binary(ts, fr, W, RT_BIN_AND))
    BITWISE(OR, a.bits | b.bits, rt_eval_binary(ts, fr, W, RT_BIN_OR))
    BITWISE(XOR, (a.bits ^ b.bits) | 1, rt_eval_binary(ts, fr, W, RT_BIN_XOR))
    BITWISE(IAND, a.bits &b.bits, rt_eval_inplace(ts, fr, W, RT_BIN_AND))
    BITWISE(IOR, a.bits | b.bits, rt_eval_inplace(ts, fr, W, RT_BIN_OR))
    BITWISE(IXOR, (a.bits ^ b.bits) | 1, rt_eval_inplace(ts, fr, W, RT_BIN_XOR))
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
        CHECK(rt_eval_unary(ts, fr, W, RT_UN_NEG));
        NEXT_OPERATOR();
    }
    OP(POS)
    {
        SAVE();
        CHECK(rt_eval_unary(ts, fr, W, RT_UN_POS));
        NEXT_OPERATOR();
    }
    OP(INVERT)
    {
        rt_value a = R(B);
        if (rt_is_int(a)) {
            SET(A, rt_int_imm(~rt_int_get(a)));
            NEXT();
        }
        SAVE();
        CHECK(rt_eval_unary(ts, fr, W, RT_UN_INVERT));
        NEXT_OPERATOR();
    }
    OP(NOT)
    {
        SAVE();
        int t = truth(ts, fr, B);
        CHECK(t >= 0);
        if (rt_unlikely(t == RT_EVAL_PUSHED))
            goto enter_special;
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
        bool same = rt_is(R(B), R(C)) == (OPCODE == RT_OP_IS);
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
        if (rt_is_python_instance(R(C)) && rt_eval_push_contains(ts, fr, R(C), R(B), A))
            goto enter_special;
        int t = rt_contains(ts, rt_borrowed(R(C)), rt_borrowed(R(B)));
        CHECK(t >= 0);
        t ^= OPCODE == RT_OP_NOT_IN;
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
            CHECK(rt_eval_poll(ts, fr) == 0);
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
            CHECK((t = truth(ts, fr, A)) >= 0);
            if (rt_unlikely(t == RT_EVAL_PUSHED))
                goto enter_special;
            rt_reg_consume(ts, fr, A, 256);
        }
        JUMP_IF(t == (OPCODE == RT_OP_JTRUE));
        NEXT();
    }
    OP(JTRUE_KEEP)
    OP(JFALSE_KEEP)
    {
        SAVE();
        int t = truth(ts, fr, A);
        CHECK(t >= 0);
        if (rt_unlikely(t == RT_EVAL_PUSHED))
            goto enter_special;
        if (t == (OPCODE == RT_OP_JTRUE_KEEP)) {
            pc += (int32_t)*pc + 1;
        } else {
            SET(A, RT_UNDEF);
            pc++;
        }
        NEXT();
    }
    OP(JNONE)
    OP(JNOTNONE)
    {
        bool t = rt_is_none(R(A)) == (OPCODE == RT_OP_JNONE);
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
        if (rt_is_python_instance(R(B)) && rt_eval_push_contains(ts, fr, R(B), R(A), 0))
            goto enter_special;
        int t = rt_contains(ts, rt_borrowed(R(B)), rt_borrowed(R(A)));
        CHECK(t >= 0);
        rt_reg_consume(ts, fr, A, 256);
        rt_reg_consume(ts, fr, B, 256);
        JUMP_IF(t == (int)C);
        NEXT();
    }
