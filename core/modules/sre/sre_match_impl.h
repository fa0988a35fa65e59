/* SPDX-License-Identifier: MIT */
/*
 * The matcher, included by sre_match.c for each kind of text: CHAR is the type of a character, FN(name) pastes its
 * suffix. One function runs the program; control goes forward through it by computed gotos and back through the
 * frames at `fail`.
 */

static inline bool FN(test)(const struct rt_sre_program *p, const struct matcher *m, CHAR ch)
{
    uint32_t c = ch;
    switch (m->type) {
    case MATCH_ANY:
        return c != '\n';
    case MATCH_ALL:
        return true;
    case MATCH_CHAR:
        return c == m->c;
    case MATCH_NOT_CHAR:
        return c != m->c;
    case MATCH_SET:
        if (sizeof(CHAR) == 1 || c < 256) {
            return m->member[c & 255];
        }
        return m->high == HIGH_EVAL ? sre_matcher_eval(p, m, c) : m->high == HIGH_ALWAYS;
    default:
        return sre_matcher_eval(p, m, c);
    }
}

/* First character in [ptr, limit) that the matcher refuses. */
static const CHAR *FN(eat)(const struct rt_sre_program *p, const struct matcher *m, const CHAR *ptr, const CHAR *limit)
{
    switch (m->type) {
    case MATCH_ANY:
    case MATCH_NOT_CHAR: {
        uint32_t stop = m->type == MATCH_ANY ? '\n' : m->c;
        for (int i = 0; i < 8; i++, ptr++) {
            if (ptr == limit || *ptr == stop) {
                return ptr;
            }
        }
        ptrdiff_t found = rt_strsearch_find_char(ptr, sizeof(CHAR), (size_t)(limit - ptr), stop);
        return found < 0 ? limit : ptr + found;
    }
    case MATCH_ALL:
        return limit;
    case MATCH_CHAR:
        while (ptr < limit && *ptr == m->c) {
            ptr++;
        }
        return ptr;
    case MATCH_SET:
        if (sizeof(CHAR) == 1) {
            while (ptr < limit && m->member[*ptr & 255]) {
                ptr++;
            }
            return ptr;
        }
        /* fall through */
    default:
        while (ptr < limit && FN(test)(p, m, *ptr)) {
            ptr++;
        }
        return ptr;
    }
}

static inline bool FN(has)(const struct first_set *f, CHAR ch)
{
    uint32_t c = ch;
    if (sizeof(CHAR) == 1) {
        return f->bits[c >> 6 & 3] >> (c & 63) & 1;
    }
    return sre_first_has(f, c);
}

static bool FN(at)(const struct rt_sre_state *s, const CHAR *ptr, uint32_t where)
{
    const CHAR *begin = s->text, *end = begin + s->end;
    switch (where) {
    case SRE_AT_BEGINNING:
    case SRE_AT_BEGINNING_STRING:
        return ptr == begin;
    case SRE_AT_BEGINNING_LINE:
        return ptr == begin || ptr[-1] == '\n';
    case SRE_AT_END:
        return ptr == end || (end - ptr == 1 && *ptr == '\n');
    case SRE_AT_END_LINE:
        return ptr == end || *ptr == '\n';
    case SRE_AT_END_STRING:
        return ptr == end;
    default: {
        if (begin == end) {
            return false;
        }
        bool before = ptr > begin && is_word(where, ptr[-1]);
        bool after = ptr < end && is_word(where, *ptr);
        bool negated = where == SRE_AT_NON_BOUNDARY || where == SRE_AT_LOC_NON_BOUNDARY
            || where == SRE_AT_UNI_NON_BOUNDARY;
        return (before != after) != negated;
    }
    }
}

static inline uint64_t FN(branch_mask)(const struct rt_sre_program *p, const struct branch_table *t, const CHAR *ptr,
    const CHAR *end)
{
    if (ptr == end) {
        return t->end;
    }
    uint32_t c = *ptr;
    if (sizeof(CHAR) > 1 && c > 255) {
        return t->high;
    }
    const uint8_t *masks = p->masks + t->masks;
    if (t->width == 1) {
        return masks[c & 255];
    }
    uint64_t mask;
    memcpy(&mask, masks + 8 * (c & 255), 8);
    return mask;
}

static bool FN(same_text)(const CHAR *a, const CHAR *b, size_t n, enum case_mode mode)
{
    if (mode == CASE_EXACT) {
        return memcmp(a, b, n * sizeof *a) == 0;
    }
    for (size_t i = 0; i < n; i++) {
        if (a[i] != b[i] && sre_lower(mode, a[i]) != sre_lower(mode, b[i])) {
            return false;
        }
    }
    return true;
}

#define NEXT goto *labels[*pc]
#define POLL \
    do { \
        if (__builtin_expect(--s->fuel == 0, 0)) { \
            s->fuel = FUEL; \
            if (s->poll && s->poll(s->poll_arg)) { \
                return RT_SRE_INTERRUPTED; \
            } \
        } \
    } while (0)
#define ROOM \
    do { \
        if (__builtin_expect(top - sp < 4, 0)) { \
            sp = grow_stack(s, sp); \
            if (!sp) { \
                return RT_SRE_NO_MEMORY; \
            } \
            base = s->stack; \
            top = base + s->stack_words; \
        } \
    } while (0)
#define PUSH2(a, tag) \
    do { \
        ROOM; \
        sp[0] = (uintptr_t)(a); \
        sp[1] = (tag); \
        sp += 2; \
    } while (0)
#define PUSH3(a, b, tag) \
    do { \
        ROOM; \
        sp[0] = (uintptr_t)(a); \
        sp[1] = (uintptr_t)(b); \
        sp[2] = (tag); \
        sp += 3; \
    } while (0)

static enum rt_sre_status FN(run)(struct rt_sre_state *s, const CHAR *ptr)
{
    static const void *const labels[OP_COUNT] = {
        [OP_END] = &&op_end, [OP_FAIL] = &&fail, [OP_CHAR] = &&op_char, [OP_STRING] = &&op_string,
        [OP_NOT_CHAR] = &&op_not_char, [OP_ANY] = &&op_any, [OP_ALL] = &&op_all, [OP_SET] = &&op_set, [OP_AT] = &&op_at,
        [OP_OPEN] = &&op_open, [OP_CLOSE] = &&op_close, [OP_JUMP] = &&op_jump, [OP_BRANCH] = &&op_branch,
        [OP_STAR] = &&op_star, [OP_LAZY] = &&op_lazy, [OP_POSSESSIVE] = &&op_possessive,
        [OP_LOOP_INIT] = &&op_loop_init, [OP_LOOP] = &&op_loop, [OP_LOOP_LAZY] = &&op_loop_lazy,
        [OP_LOOP_POSSESSIVE] = &&op_loop_possessive, [OP_CUT] = &&op_cut, [OP_CUT_TO] = &&op_cut_to,
        [OP_ATOMIC] = &&op_atomic, [OP_ASSERT] = &&op_assert, [OP_ASSERT_END] = &&op_assert_end,
        [OP_ASSERT_NOT] = &&op_assert_not, [OP_ASSERT_NOT_END] = &&op_assert_not_end, [OP_GROUPREF] = &&op_groupref,
        [OP_IF_GROUP] = &&op_if_group,
    };
    const struct rt_sre_program *p = s->program;
    const uint32_t *code = p->code, *pc = code;
    const CHAR *start = ptr, *begin = s->text, *end = begin + s->end;
    uintptr_t *regs = s->registers, *base = s->stack, *sp = base, *top = base + s->stack_words;
    const size_t last_index = LAST_INDEX_REGISTER(p);

    NEXT;

op_end:
    if ((s->match_all && ptr != end) || (s->must_advance && ptr == start)) {
        goto fail;
    }
    s->match_start = (size_t)(start - begin);
    s->match_end = (size_t)(ptr - begin);
    s->last_index = regs[last_index];
    return RT_SRE_OK;

op_char:
    if (ptr == end || *ptr != pc[1]) {
        goto fail;
    }
    ptr++;
    pc += 2;
    NEXT;

op_string: {
    uint32_t n = pc[1];
    if ((size_t)(end - ptr) < n) {
        goto fail;
    }
    for (uint32_t i = 0; i < n; i++) {
        if (ptr[i] != pc[2 + i]) {
            goto fail;
        }
    }
    ptr += n;
    pc += 2 + n;
    NEXT;
}

op_not_char:
    if (ptr == end || *ptr == pc[1]) {
        goto fail;
    }
    ptr++;
    pc += 2;
    NEXT;

op_any:
    if (ptr == end || *ptr == '\n') {
        goto fail;
    }
    ptr++;
    pc++;
    NEXT;

op_all:
    if (ptr == end) {
        goto fail;
    }
    ptr++;
    pc++;
    NEXT;

op_set:
    if (ptr == end || !FN(test)(p, &p->matchers[pc[1]], *ptr)) {
        goto fail;
    }
    ptr++;
    pc += 2;
    NEXT;

op_at:
    if (!FN(at)(s, ptr, pc[1])) {
        goto fail;
    }
    pc += 2;
    NEXT;

op_open:
    if (sp != base) {
        PUSH2(regs[pc[1]], TAG(F_UNDO, pc[1]));
    }
    regs[pc[1]] = (uintptr_t)ptr;
    pc += 2;
    NEXT;

op_close:
    if (sp != base) {
        PUSH3(regs[last_index], regs[pc[1]], TAG(F_UNDO_CLOSE, pc[1]));
    }
    regs[pc[1]] = (uintptr_t)ptr;
    regs[last_index] = pc[1] / 2 + 1;
    pc += 2;
    NEXT;

op_jump:
    pc = code + pc[1];
    NEXT;

op_branch: {
    uint64_t mask = FN(branch_mask)(p, &p->tables[pc[2]], ptr, end);
    if (!mask) {
        goto fail;
    }
    uint64_t rest = mask & (mask - 1);
    if (rest) {
        PUSH3(ptr, rest, TAG(F_BRANCH, pc - code));
    }
    pc = code + pc[3 + __builtin_ctzll(mask)];
    NEXT;
}

op_star: {
    const struct matcher *m = &p->matchers[pc[1]];
    size_t left = (size_t)(end - ptr), min = pc[2], max = pc[3];
    if (left < min) {
        goto fail;
    }
    const CHAR *low = ptr + min, *limit = left < max || max == RT_SRE_MAXREPEAT ? end : ptr + max;
    ptr = FN(eat)(p, m, ptr, limit);
    if (ptr < low) {
        goto fail;
    }
    if (!(pc[4] & (sizeof(CHAR) == 1 ? STAR_ALONE_LATIN1 : STAR_ALONE))) {
        if (pc[5] != NO_FILTER) {
            const struct first_set *f = &p->filters[pc[5]];
            if (ptr == end) {
                if (ptr == low) {
                    goto fail;
                }
                ptr--;
            }
            while (!FN(has)(f, *ptr)) {
                if (ptr == low) {
                    goto fail;
                }
                ptr--;
            }
        }
        if (ptr > low) {
            PUSH3(low, ptr, TAG(F_STAR, pc - code));
        }
    }
    pc += 6;
    NEXT;
}

op_possessive: {
    size_t left = (size_t)(end - ptr), min = pc[2], max = pc[3];
    if (left < min) {
        goto fail;
    }
    const CHAR *low = ptr + min, *limit = left < max || max == RT_SRE_MAXREPEAT ? end : ptr + max;
    ptr = FN(eat)(p, &p->matchers[pc[1]], ptr, limit);
    if (ptr < low) {
        goto fail;
    }
    pc += 6;
    NEXT;
}

op_lazy: {
    const struct matcher *m = &p->matchers[pc[1]];
    size_t left = (size_t)(end - ptr), min = pc[2], max = pc[3];
    if (left < min) {
        goto fail;
    }
    const CHAR *low = ptr + min, *limit = left < max || max == RT_SRE_MAXREPEAT ? end : ptr + max;
    if (min && FN(eat)(p, m, ptr, low) < low) {
        goto fail;
    }
    ptr = low;
    if (pc[5] != NO_FILTER) {
        const struct first_set *f = &p->filters[pc[5]];
        while (ptr == end || !FN(has)(f, *ptr)) {
            if (ptr == limit || !FN(test)(p, m, *ptr)) {
                goto fail;
            }
            ptr++;
        }
    }
    if (ptr < limit) {
        PUSH3(limit, ptr, TAG(F_LAZY, pc - code));
    }
    pc += 6;
    NEXT;
}

op_loop_init: {
    uint32_t r = pc[1];
    if (sp != base) {
        PUSH3(regs[r + 1], regs[r], TAG(F_UNDO_LOOP, r));
    }
    regs[r] = 0;
    regs[r + 1] = 0;
    pc += 2;
    NEXT;
}

op_loop: {
    POLL;
    uint32_t r = pc[1];
    uintptr_t count = regs[r], last = regs[r + 1];
    if (count < pc[2]) {
        PUSH3(last, count, TAG(F_UNDO_LOOP, r));
        regs[r] = count + 1;
        pc += 5;
        NEXT;
    }
    if ((count < pc[3] || pc[3] == RT_SRE_MAXREPEAT) && (uintptr_t)ptr != last) {
        PUSH2(ptr, TAG(F_WAY, pc[4]));
        PUSH3(last, count, TAG(F_UNDO_LOOP, r));
        regs[r] = count + 1;
        regs[r + 1] = (uintptr_t)ptr;
        pc += 5;
        NEXT;
    }
    pc = code + pc[4];
    NEXT;
}

op_loop_lazy: {
    POLL;
    uint32_t r = pc[1];
    uintptr_t count = regs[r];
    if (count < pc[2]) {
        PUSH3(regs[r + 1], count, TAG(F_UNDO_LOOP, r));
        regs[r] = count + 1;
        pc += 5;
        NEXT;
    }
    PUSH2(ptr, TAG(F_LOOP_LAZY, pc - code));
    pc = code + pc[4];
    NEXT;
}

op_loop_possessive: {
    POLL;
    uint32_t r = pc[1];
    uintptr_t count = regs[r], last = regs[r + 1];
    bool must = count < pc[2];
    if (!must && ((count >= pc[3] && pc[3] != RT_SRE_MAXREPEAT) || (uintptr_t)ptr == last)) {
        pc = code + pc[4];
        NEXT;
    }
    regs[pc[5]] = (uintptr_t)(sp - base);
    if (!must) {
        PUSH2(ptr, TAG(F_WAY, pc[4]));
    }
    PUSH3(last, count, TAG(F_UNDO_LOOP, r));
    regs[r] = count + 1;
    if (!must) {
        regs[r + 1] = (uintptr_t)ptr;
    }
    pc += 6;
    NEXT;
}

op_cut:
    sp = cut_ways(base, regs[pc[1]], sp);
    pc += 2;
    NEXT;

op_cut_to:
    sp = cut_ways(base, regs[pc[1]], sp);
    pc = code + pc[2];
    NEXT;

op_atomic:
    regs[pc[1]] = (uintptr_t)(sp - base);
    pc += 2;
    NEXT;

op_assert:
    if ((size_t)(ptr - begin) < pc[3]) {
        goto fail;
    }
    regs[pc[1]] = (uintptr_t)(sp - base);
    regs[pc[2]] = (uintptr_t)ptr;
    ptr -= pc[3];
    pc += 5;
    NEXT;

op_assert_end:
    sp = cut_ways(base, regs[pc[1]], sp);
    ptr = (const CHAR *)regs[pc[2]];
    pc += 3;
    NEXT;

op_assert_not:
    if ((size_t)(ptr - begin) < pc[2]) {
        pc = code + pc[3];
        NEXT;
    }
    regs[pc[1]] = (uintptr_t)(sp - base);
    PUSH2(ptr, TAG(F_WAY, pc[3]));
    ptr -= pc[2];
    pc += 4;
    NEXT;

op_assert_not_end: {
    uintptr_t *to = base + regs[pc[1]];
    unwind(s, to, sp);
    sp = to;
    goto fail;
}

op_groupref: {
    const CHAR *from = (const CHAR *)regs[pc[1]], *to = (const CHAR *)regs[pc[1] + 1];
    if (!from || !to || to < from || to - from > end - ptr) {
        goto fail;
    }
    size_t n = (size_t)(to - from);
    if (!FN(same_text)(ptr, from, n, (enum case_mode)pc[2])) {
        goto fail;
    }
    ptr += n;
    pc += 3;
    NEXT;
}

op_if_group: {
    uintptr_t from = regs[pc[1]], to = regs[pc[1] + 1];
    pc = !from || !to || to < from ? code + pc[2] : pc + 3;
    NEXT;
}

fail:
    while (sp != base) {
        uintptr_t tag = sp[-1];
        switch (tag & 7) {
        case F_UNDO:
            regs[tag >> 3] = sp[-2];
            sp -= 2;
            continue;
        case F_UNDO_CLOSE:
        case F_UNDO_LOOP:
            undo(regs, last_index, sp);
            sp -= 3;
            continue;
        }
        POLL;
        pc = code + (tag >> 3);
        switch (tag & 7) {
        case F_WAY:
            ptr = (const CHAR *)sp[-2];
            sp -= 2;
            NEXT;
        case F_BRANCH: {
            uint64_t mask = sp[-2], rest = mask & (mask - 1);
            ptr = (const CHAR *)sp[-3];
            if (rest) {
                sp[-2] = rest;
            } else {
                sp -= 3;
            }
            pc = code + pc[3 + __builtin_ctzll(mask)];
            NEXT;
        }
        case F_STAR: {
            const CHAR *low = (const CHAR *)sp[-3];
            ptr = (const CHAR *)sp[-2] - 1;
            if (pc[5] != NO_FILTER) {
                const struct first_set *f = &p->filters[pc[5]];
                while (ptr > low && !FN(has)(f, *ptr)) {
                    ptr--;
                }
            }
            if (ptr > low) {
                sp[-2] = (uintptr_t)ptr;
            } else {
                sp -= 3;
            }
            pc += 6;
            NEXT;
        }
        case F_LAZY: {
            const CHAR *limit = (const CHAR *)sp[-3];
            const struct matcher *m = &p->matchers[pc[1]];
            const struct first_set *f = pc[5] != NO_FILTER ? &p->filters[pc[5]] : NULL;
            ptr = (const CHAR *)sp[-2];
            do {
                if (ptr == limit || !FN(test)(p, m, *ptr)) {
                    ptr = NULL;
                    break;
                }
                ptr++;
            } while (f && (ptr == end || !FN(has)(f, *ptr)));
            if (!ptr) {
                sp -= 3;
                continue;
            }
            sp[-2] = (uintptr_t)ptr;
            if (ptr == limit) {
                sp -= 3;
            }
            pc += 6;
            NEXT;
        }
        case F_LOOP_LAZY: {
            uint32_t r = pc[1];
            uintptr_t count = regs[r], last = regs[r + 1];
            ptr = (const CHAR *)sp[-2];
            sp -= 2;
            if ((count >= pc[3] && pc[3] != RT_SRE_MAXREPEAT) || (uintptr_t)ptr == last) {
                continue;
            }
            PUSH3(last, count, TAG(F_UNDO_LOOP, r));
            regs[r] = count + 1;
            regs[r + 1] = (uintptr_t)ptr;
            pc += 5;
            NEXT;
        }
        }
    }
    return RT_SRE_NO_MATCH;
}

static inline void FN(clear)(struct rt_sre_state *s)
{
    size_t n = 2 * s->program->groups + 1;
    for (size_t i = 0; i < n; i++) {
        s->registers[i] = 0;
    }
}

static enum rt_sre_status FN(match)(struct rt_sre_state *s)
{
    if (s->start > s->end || s->end - s->start < s->program->min_width) {
        return RT_SRE_NO_MATCH;
    }
    FN(clear)(s);
    return FN(run)(s, (const CHAR *)s->text + s->start);
}

/* The next place from ptr on, at most last, where a match can begin; NULL for none. */
static inline const CHAR *FN(candidate)(const struct rt_sre_program *p, const CHAR *ptr, const CHAR *last, const CHAR *end)
{
    ptrdiff_t found;
    if (p->prefix) {
        found = rt_strsearch_find(ptr, sizeof(CHAR), (size_t)(end - ptr), p->prefix, p->prefix_kind, p->prefix_len);
        return found < 0 || ptr + found > last ? NULL : ptr + found;
    }
    if (p->first.any) {
        return ptr;
    }
    if (p->first_char >= 0) {
        found = rt_strsearch_find_char(ptr, sizeof(CHAR), (size_t)(last - ptr) + 1, (uint32_t)p->first_char);
        return found < 0 ? NULL : ptr + found;
    }
    for (; ptr <= last; ptr++) {
        if (FN(has)(&p->first, *ptr)) {
            return ptr;
        }
    }
    return NULL;
}

static enum rt_sre_status FN(search)(struct rt_sre_state *s)
{
    const struct rt_sre_program *p = s->program;
    const CHAR *begin = s->text, *ptr = begin + s->start, *end = begin + s->end;
    if (s->start > s->end || s->end - s->start < p->min_width || (p->anchored && s->start > 0)) {
        return RT_SRE_NO_MATCH;
    }
    /* a pattern whose first character is known takes at least one, so last < end */
    const CHAR *last = p->anchored ? ptr : end - p->min_width;
    enum rt_sre_status status = RT_SRE_NO_MATCH;
    for (; ptr <= last; ptr++) {
        const CHAR *next = FN(candidate)(p, ptr, last, end);
        if (!next) {
            break;
        }
        if (next != ptr) {
            s->must_advance = false;
            ptr = next;
        }
        FN(clear)(s);
        status = FN(run)(s, ptr);
        if (status != RT_SRE_NO_MATCH) {
            break;
        }
        s->must_advance = false;
        if (p->lead_star >= 0) {            /* see find_lead_star */
            ptr = FN(eat)(p, &p->matchers[p->code[p->lead_star + 1]], ptr, end);
        }
        POLL;
    }
    return status;
}

#undef CHAR
#undef FN
#undef NEXT
#undef POLL
#undef ROOM
#undef PUSH2
#undef PUSH3
