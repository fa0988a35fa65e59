/* SPDX-License-Identifier: MIT */
/*
 * From code words to a program. This is the check as well: a word is read only where the grammar of
 * re._compiler allows it, every skip must end exactly where the part it spans ends, and anything else makes the
 * code invalid. So the matcher can trust its program.
 */
#include "core/modules/sre/sre_internal.h"

#include <stdlib.h>
#include <string.h>

#define MAX_DEPTH 4000
#define MAX_WIDTH ((size_t)1 << 40)

const uint8_t sre_op_words[OP_COUNT] = {
    [OP_END] = 1, [OP_FAIL] = 1, [OP_CHAR] = 2, [OP_STRING] = 2, [OP_NOT_CHAR] = 2, [OP_ANY] = 1, [OP_ALL] = 1,
    [OP_SET] = 2, [OP_AT] = 2, [OP_OPEN] = 2, [OP_CLOSE] = 2, [OP_JUMP] = 2, [OP_BRANCH] = 3, [OP_STAR] = 6,
    [OP_LAZY] = 6, [OP_POSSESSIVE] = 6, [OP_LOOP_INIT] = 2, [OP_LOOP] = 5, [OP_LOOP_LAZY] = 5, [OP_LOOP_POSSESSIVE] = 6,
    [OP_CUT] = 2, [OP_CUT_TO] = 3, [OP_ATOMIC] = 2, [OP_ASSERT] = 5, [OP_ASSERT_END] = 3, [OP_ASSERT_NOT] = 4,
    [OP_ASSERT_NOT_END] = 2, [OP_GROUPREF] = 3, [OP_IF_GROUP] = 3,
};

struct words {
    uint32_t *data;
    size_t len, cap;
};

struct compiler {
    const uint32_t *in;
    size_t n;
    struct rt_sre_program *p;
    struct words out, sets;
    size_t matcher_cap;
    size_t string_at;       /* place of an OP_STRING or OP_CHAR that a literal may join, or SIZE_MAX */
    int depth;
    enum rt_sre_status status;
};

static bool fail(struct compiler *c, enum rt_sre_status status)
{
    if (c->status == RT_SRE_OK) {
        c->status = status;
    }
    return false;
}

static bool invalid(struct compiler *c)
{
    return fail(c, RT_SRE_INVALID);
}

static size_t emit_to(struct compiler *c, struct words *w, uint32_t word)
{
    if (w->len == w->cap) {
        size_t cap = w->cap ? 2 * w->cap : 64;
        uint32_t *data = realloc(w->data, cap * sizeof *data);
        if (!data) {
            fail(c, RT_SRE_NO_MEMORY);
            return 0;
        }
        w->data = data;
        w->cap = cap;
    }
    w->data[w->len] = word;
    return w->len++;
}

static size_t emit(struct compiler *c, uint32_t word)
{
    return emit_to(c, &c->out, word);
}

static void patch(struct compiler *c, size_t at, size_t value)
{
    if (c->status == RT_SRE_OK) {
        c->out.data[at] = (uint32_t)value;
    }
}

/* Control may come to this place from elsewhere. */
static void barrier(struct compiler *c)
{
    c->string_at = SIZE_MAX;
}

static void emit_op(struct compiler *c, enum op op)
{
    barrier(c);
    emit(c, op);
}

static size_t new_registers(struct compiler *c, size_t n)
{
    size_t first = c->p->registers;
    c->p->registers += n;
    return first;
}

static size_t add_width(size_t a, size_t b)
{
    return a + b > MAX_WIDTH ? MAX_WIDTH : a + b;
}

static size_t times_width(size_t a, size_t n)
{
    return a && n > MAX_WIDTH / a ? MAX_WIDTH : a * n;
}

/* ---- single characters ---- */

static uint32_t new_matcher(struct compiler *c, struct matcher m)
{
    struct rt_sre_program *p = c->p;
    if (p->matcher_count == c->matcher_cap) {
        size_t cap = c->matcher_cap ? 2 * c->matcher_cap : 4;
        struct matcher *matchers = realloc(p->matchers, cap * sizeof *matchers);
        if (!matchers) {
            fail(c, RT_SRE_NO_MEMORY);
            return 0;
        }
        p->matchers = matchers;
        c->matcher_cap = cap;
    }
    p->matchers[p->matcher_count] = m;
    return (uint32_t)p->matcher_count++;
}

/* Checks one set in [pos, end), which SRE_FAILURE must close exactly at end. */
static bool check_charset(struct compiler *c, size_t pos, size_t end, bool *locale)
{
    while (pos < end) {
        uint32_t op = c->in[pos++];
        size_t left = end - pos;
        switch (op) {
        case SRE_FAILURE:
            return pos == end || invalid(c);
        case SRE_NEGATE:
            break;
        case SRE_LITERAL:
            if (left < 1) {
                return invalid(c);
            }
            pos += 1;
            break;
        case SRE_RANGE:
        case SRE_RANGE_UNI_IGNORE:
            if (left < 2) {
                return invalid(c);
            }
            pos += 2;
            break;
        case SRE_CHARSET:
            if (left < 8) {
                return invalid(c);
            }
            pos += 8;
            break;
        case SRE_BIGCHARSET: {
            if (left < 65 || c->in[pos] > 256 || left < 65 + 8 * (size_t)c->in[pos]) {
                return invalid(c);
            }
            const uint8_t *blocks = (const uint8_t *)(c->in + pos + 1);
            for (int i = 0; i < 256; i++) {
                if (blocks[i] >= c->in[pos]) {
                    return invalid(c);
                }
            }
            pos += 65 + 8 * (size_t)c->in[pos];
            break;
        }
        case SRE_CATEGORY:
            if (left < 1 || c->in[pos] >= SRE_CATEGORY_COUNT) {
                return invalid(c);
            }
            *locale |= c->in[pos] == SRE_CATEGORY_LOC_WORD || c->in[pos] == SRE_CATEGORY_LOC_NOT_WORD;
            pos += 1;
            break;
        default:
            return invalid(c);
        }
    }
    return invalid(c);
}

static struct matcher charset_matcher(struct compiler *c, size_t start, size_t end, enum case_mode mode)
{
    struct matcher m = {.type = MATCH_SET, .mode = mode, .charset = (uint32_t)c->sets.len};
    bool locale = mode == CASE_LOCALE;
    if (!check_charset(c, start, end, &locale)) {
        return m;
    }
    if (locale) {
        m.type = MATCH_LOCALE;
    }
    for (size_t i = start; i < end; i++) {
        emit_to(c, &c->sets, c->in[i]);
    }
    return m;
}

/* A set of one literal or category, for the case-blind literals. */
static struct matcher small_matcher(struct compiler *c, bool negate, uint32_t op, uint32_t arg, enum case_mode mode)
{
    bool locale = mode == CASE_LOCALE
        || (op == SRE_CATEGORY && (arg == SRE_CATEGORY_LOC_WORD || arg == SRE_CATEGORY_LOC_NOT_WORD));
    struct matcher m = {.type = locale ? MATCH_LOCALE : MATCH_SET, .mode = mode, .charset = (uint32_t)c->sets.len};
    if (negate) {
        emit_to(c, &c->sets, SRE_NEGATE);
    }
    emit_to(c, &c->sets, op);
    emit_to(c, &c->sets, arg);
    emit_to(c, &c->sets, SRE_FAILURE);
    return m;
}

/* How the operations that ignore case compare. */
static const uint8_t case_mode[] = {
    [SRE_IN] = CASE_EXACT, [SRE_IN_IGNORE] = CASE_ASCII, [SRE_IN_LOC_IGNORE] = CASE_LOCALE,
    [SRE_IN_UNI_IGNORE] = CASE_UNICODE, [SRE_LITERAL_IGNORE] = CASE_ASCII, [SRE_LITERAL_LOC_IGNORE] = CASE_LOCALE,
    [SRE_LITERAL_UNI_IGNORE] = CASE_UNICODE, [SRE_NOT_LITERAL_IGNORE] = CASE_ASCII,
    [SRE_NOT_LITERAL_LOC_IGNORE] = CASE_LOCALE, [SRE_NOT_LITERAL_UNI_IGNORE] = CASE_UNICODE,
};

/* [...]: a count of words, then the charset's. */
static bool read_charset(struct compiler *c, size_t *pos, size_t left, struct matcher *m)
{
    if (left < 1 || c->in[*pos + 1] < 1 || c->in[*pos + 1] > left) {
        return invalid(c);
    }
    size_t stop = *pos + 1 + c->in[*pos + 1];
    *m = charset_matcher(c, *pos + 2, stop, case_mode[c->in[*pos]]);
    *pos = stop;
    return true;
}

/*
 * Reads a test of one character at *pos. False without an error: something else is there.
 *
 * NOT_LITERAL_LOC_IGNORE is true when neither case of the character is the literal: the negated set
 * would be asked for both cases and accept one of them, so the matcher's own negation (c = 1) is used.
 */
static bool read_single(struct compiler *c, size_t *pos, size_t end, struct matcher *m)
{
    uint32_t op = c->in[*pos];
    size_t left = end - *pos - 1;
    switch (op) {
    case SRE_ANY:
        *m = (struct matcher){.type = MATCH_ANY};
        *pos += 1;
        return true;
    case SRE_ANY_ALL:
        *m = (struct matcher){.type = MATCH_ALL};
        *pos += 1;
        return true;
    case SRE_LITERAL:
    case SRE_NOT_LITERAL:
        if (left < 1) {
            return invalid(c);
        }
        *m = (struct matcher){.type = op == SRE_LITERAL ? MATCH_CHAR : MATCH_NOT_CHAR, .c = c->in[*pos + 1]};
        break;
    case SRE_LITERAL_IGNORE:
    case SRE_LITERAL_LOC_IGNORE:
    case SRE_LITERAL_UNI_IGNORE:
        if (left < 1) {
            return invalid(c);
        }
        *m = small_matcher(c, false, SRE_LITERAL, c->in[*pos + 1], case_mode[op]);
        break;
    case SRE_NOT_LITERAL_IGNORE:
    case SRE_NOT_LITERAL_LOC_IGNORE:
    case SRE_NOT_LITERAL_UNI_IGNORE:
        if (left < 1) {
            return invalid(c);
        }
        *m = small_matcher(c, op != SRE_NOT_LITERAL_LOC_IGNORE, SRE_LITERAL, c->in[*pos + 1], case_mode[op]);
        m->c = op == SRE_NOT_LITERAL_LOC_IGNORE;
        break;
    case SRE_CATEGORY:
        if (left < 1 || c->in[*pos + 1] >= SRE_CATEGORY_COUNT) {
            return invalid(c);
        }
        *m = small_matcher(c, false, SRE_CATEGORY, c->in[*pos + 1], CASE_EXACT);
        break;
    case SRE_IN:
    case SRE_IN_IGNORE:
    case SRE_IN_LOC_IGNORE:
    case SRE_IN_UNI_IGNORE:
        return read_charset(c, pos, left, m);
    default:
        return false;
    }
    *pos += 2;
    return true;
}

/* A literal joins the string before it, if that is still open. */
static void emit_char(struct compiler *c, uint32_t value)
{
    struct words *out = &c->out;
    if (c->string_at == SIZE_MAX || c->status != RT_SRE_OK) {
        c->string_at = emit(c, OP_CHAR);
        emit(c, value);
        return;
    }
    size_t at = c->string_at;
    if (out->data[at] == OP_CHAR) {
        uint32_t first = out->data[at + 1];
        out->data[at] = OP_STRING;
        out->data[at + 1] = 1;
        emit(c, first);
    }
    emit(c, value);
    patch(c, at + 1, out->data[at + 1] + 1);
}

static void emit_single(struct compiler *c, struct matcher m)
{
    switch (m.type) {
    case MATCH_CHAR:
        emit_char(c, m.c);
        return;
    case MATCH_NOT_CHAR:
        emit_op(c, OP_NOT_CHAR);
        emit(c, m.c);
        return;
    case MATCH_ANY:
        emit_op(c, OP_ANY);
        return;
    case MATCH_ALL:
        emit_op(c, OP_ALL);
        return;
    default:
        emit_op(c, OP_SET);
        emit(c, new_matcher(c, m));
    }
}

/* ---- structure ---- */

static bool sequence(struct compiler *c, size_t pos, size_t end, size_t *width, size_t *jump);

/* The skip word at pos: where the part it spans ends. */
static bool read_skip(struct compiler *c, size_t pos, size_t end, size_t *target)
{
    if (pos >= end || c->in[pos] > end - pos) {
        return invalid(c);
    }
    *target = pos + c->in[pos];
    return true;
}

static bool body(struct compiler *c, size_t pos, size_t end, size_t *width)
{
    if (pos > end) {
        return invalid(c);
    }
    if (++c->depth > MAX_DEPTH) {
        return invalid(c);
    }
    barrier(c);
    bool ok = sequence(c, pos, end, width, NULL);
    barrier(c);
    c->depth--;
    return ok;
}

/* A body that an SRE_SUCCESS word closes at end - 1. */
static bool closed_body(struct compiler *c, size_t pos, size_t end, size_t *width)
{
    if (pos >= end || c->in[end - 1] != SRE_SUCCESS) {
        return invalid(c);
    }
    return body(c, pos, end - 1, width);
}

/* OP_BRANCH with room for n targets; returns the place of the first. */
static size_t emit_branch(struct compiler *c, size_t n)
{
    emit_op(c, OP_BRANCH);
    emit(c, (uint32_t)n);
    emit(c, UINT32_MAX);
    size_t first = c->out.len;
    for (size_t i = 0; i < n; i++) {
        emit(c, 0);
    }
    return first;
}

static bool branch(struct compiler *c, size_t *pos, size_t end, size_t *width)
{
    size_t count = 0, at = *pos;
    for (; at < end && c->in[at] != 0; count++) {
        if (!read_skip(c, at, end, &at)) {
            return false;
        }
    }
    if (at >= end || count == 0) {
        return invalid(c);
    }
    size_t after = at + 1, least = MAX_WIDTH;
    size_t *exits = malloc(count * sizeof *exits);
    if (!exits) {
        return fail(c, RT_SRE_NO_MEMORY);
    }
    /* at most 64 alternatives a branch; the last of a full one is the next branch */
    size_t slot = 0, left = 0;
    at = *pos;
    bool ok = true;
    for (size_t i = 0; ok && i < count; i++) {
        if (left == 1 && count - i > 1) {
            patch(c, slot, c->out.len);
            left = 0;
        }
        if (left == 0) {
            left = count - i > 64 ? 64 : count - i;
            slot = emit_branch(c, left);
        }
        patch(c, slot++, c->out.len);
        left--;
        size_t stop, w = 0;
        ok = read_skip(c, at, end, &stop);
        /* the alternative ends with a jump to what follows the branch */
        ok = ok && ((stop - at >= 3 && c->in[stop - 2] == SRE_JUMP && stop - 1 + c->in[stop - 1] == after) || invalid(c));
        ok = ok && body(c, at + 1, stop - 2, &w);
        least = w < least ? w : least;
        emit_op(c, OP_JUMP);
        exits[i] = emit(c, 0);
        at = stop;
    }
    for (size_t i = 0; ok && i < count; i++) {
        patch(c, exits[i], c->out.len);
    }
    free(exits);
    barrier(c);
    *pos = after;
    *width = least;
    return ok;
}

static bool repeat_one(struct compiler *c, uint32_t op, size_t *pos, size_t end, size_t *width)
{
    size_t stop;
    if (end - *pos < 3 || !read_skip(c, *pos, end, &stop)) {
        return invalid(c);
    }
    uint32_t min = c->in[*pos + 1], max = c->in[*pos + 2];
    size_t at = *pos + 3;
    struct matcher m;
    if (min > max || at >= stop || !read_single(c, &at, stop, &m) || at + 1 != stop || c->in[at] != SRE_SUCCESS) {
        return invalid(c);
    }
    emit_op(c, op == SRE_REPEAT_ONE ? OP_STAR : op == SRE_MIN_REPEAT_ONE ? OP_LAZY : OP_POSSESSIVE);
    emit(c, new_matcher(c, m));
    emit(c, min);
    emit(c, max);
    emit(c, 0);
    emit(c, NO_FILTER);
    *pos = stop;
    *width = min;
    return true;
}

/* (...)? : a branch is enough. */
static bool optional(struct compiler *c, size_t pos, size_t end, bool lazy, size_t *width)
{
    size_t slot = emit_branch(c, 2);
    patch(c, slot + lazy, c->out.len);
    if (!body(c, pos, end, width)) {
        return false;
    }
    patch(c, slot + !lazy, c->out.len);
    return true;
}

#define LOOP_HEAD_WORDS 7

/* Writes the words over the head of a loop, OP_FAIL behind them. */
static void write_head(struct compiler *c, size_t head, const uint32_t *words, size_t n)
{
    for (size_t i = 0; i < LOOP_HEAD_WORDS; i++) {
        patch(c, head + i, i < n ? words[i] : OP_FAIL);
    }
}

/*
 * A loop from 0 or 1 to any number of turns. If a turn always matches a character, no counter is needed and a
 * branch is enough; that is known once the body is written, so room is left in front of it.
 */
static bool open_loop(struct compiler *c, size_t pos, size_t end, uint32_t min, bool lazy, size_t *width)
{
    barrier(c);
    size_t head = c->out.len;
    for (int i = 0; i < LOOP_HEAD_WORDS; i++) {
        emit(c, OP_FAIL);
    }
    uint32_t from = (uint32_t)(head + LOOP_HEAD_WORDS);
    if (!body(c, pos, end, width)) {
        return false;
    }
    if (*width > 0 && min == 1) {
        write_head(c, head, (uint32_t[]){OP_JUMP, from}, 2);
        size_t slot = emit_branch(c, 2);
        patch(c, slot + lazy, from);
        patch(c, slot + !lazy, c->out.len);
        return true;
    }
    emit_op(c, OP_JUMP);
    if (*width > 0) {
        emit(c, (uint32_t)head);
        uint32_t exit = (uint32_t)c->out.len;
        write_head(c, head, (uint32_t[]){OP_BRANCH, 2, UINT32_MAX, lazy ? exit : from, lazy ? from : exit}, 5);
    } else {
        emit(c, (uint32_t)head + 2);
        uint32_t reg = (uint32_t)new_registers(c, 2);
        write_head(c, head, (uint32_t[]){OP_LOOP_INIT, reg, lazy ? OP_LOOP_LAZY : OP_LOOP, reg, min, RT_SRE_MAXREPEAT,
            (uint32_t)c->out.len}, 7);
    }
    return true;
}

static bool counted_loop(struct compiler *c, size_t pos, size_t end, uint32_t min, uint32_t max, enum op op,
    size_t *width)
{
    size_t reg = new_registers(c, 2), height = 0;
    emit_op(c, OP_LOOP_INIT);
    emit(c, (uint32_t)reg);
    size_t top = c->out.len;
    emit_op(c, op);
    emit(c, (uint32_t)reg);
    emit(c, min);
    emit(c, max);
    size_t exit = emit(c, 0);
    if (op == OP_LOOP_POSSESSIVE) {
        height = new_registers(c, 1);
        emit(c, (uint32_t)height);
    }
    if (!body(c, pos, end, width)) {
        return false;
    }
    if (op == OP_LOOP_POSSESSIVE) {
        emit_op(c, OP_CUT_TO);
        emit(c, (uint32_t)height);
        emit(c, (uint32_t)top);
    } else {
        emit_op(c, OP_JUMP);
        emit(c, (uint32_t)top);
    }
    patch(c, exit, c->out.len);
    return true;
}

static bool repeat(struct compiler *c, bool possessive, size_t *pos, size_t end, size_t *width)
{
    size_t stop;
    if (end - *pos < 3 || !read_skip(c, *pos, end, &stop) || stop >= end || stop < *pos + 3) {
        return invalid(c);
    }
    uint32_t min = c->in[*pos + 1], max = c->in[*pos + 2], until = c->in[stop];
    if (min > max) {
        return invalid(c);
    }
    size_t from = *pos + 3, w = 0;
    bool ok;
    if (possessive) {
        ok = (until == SRE_SUCCESS || invalid(c))
            && counted_loop(c, from, stop, min, max, OP_LOOP_POSSESSIVE, &w);
    } else if (until != SRE_MAX_UNTIL && until != SRE_MIN_UNTIL) {
        ok = invalid(c);
    } else {
        bool lazy = until == SRE_MIN_UNTIL;
        if (min == 0 && max == 1) {
            ok = optional(c, from, stop, lazy, &w);
        } else if (min <= 1 && max == RT_SRE_MAXREPEAT) {
            ok = open_loop(c, from, stop, min, lazy, &w);
        } else {
            ok = counted_loop(c, from, stop, min, max, lazy ? OP_LOOP_LAZY : OP_LOOP, &w);
        }
    }
    barrier(c);
    *pos = stop + 1;
    *width = times_width(w, min);
    return ok;
}

static bool assertion(struct compiler *c, bool negative, size_t *pos, size_t end)
{
    size_t stop, w;
    if (end - *pos < 2 || !read_skip(c, *pos, end, &stop) || stop < *pos + 3 || c->in[*pos + 1] >= 1u << 31) {
        return invalid(c);
    }
    uint32_t back = c->in[*pos + 1];
    size_t height = new_registers(c, 2);
    emit_op(c, negative ? OP_ASSERT_NOT : OP_ASSERT);
    emit(c, (uint32_t)height);
    if (!negative) {
        emit(c, (uint32_t)height + 1);
    }
    emit(c, back);
    size_t after = emit(c, 0);
    if (!closed_body(c, *pos + 2, stop, &w)) {
        return false;
    }
    emit_op(c, negative ? OP_ASSERT_NOT_END : OP_ASSERT_END);
    emit(c, (uint32_t)height);
    if (!negative) {
        emit(c, (uint32_t)height + 1);
    }
    patch(c, after, c->out.len);
    *pos = stop;
    return true;
}

static bool atomic_group(struct compiler *c, size_t *pos, size_t end, size_t *width)
{
    size_t stop;
    if (!read_skip(c, *pos, end, &stop) || stop < *pos + 2) {
        return invalid(c);
    }
    uint32_t height = (uint32_t)new_registers(c, 1);
    emit_op(c, OP_ATOMIC);
    emit(c, height);
    if (!closed_body(c, *pos + 1, stop, width)) {
        return false;
    }
    emit_op(c, OP_CUT);
    emit(c, height);
    *pos = stop;
    return true;
}

/* (?(group)yes|no): the yes part may end with a jump over the no part. */
static bool conditional(struct compiler *c, size_t *pos, size_t end, size_t *width)
{
    size_t group_at = *pos, no;
    if (end - *pos < 2 || c->in[group_at] >= c->p->groups || c->in[group_at + 1] < 2
            || c->in[group_at + 1] - 1 > end - (group_at + 1)) {
        return invalid(c);
    }
    no = group_at + c->in[group_at + 1];    /* the skip counts from the group's word */
    emit_op(c, OP_IF_GROUP);
    emit(c, 2 * c->in[group_at]);
    size_t otherwise = emit(c, 0);
    size_t w1 = 0, w2 = 0, jump = SIZE_MAX;
    if (no < group_at + 2 || ++c->depth > MAX_DEPTH) {
        return invalid(c);
    }
    barrier(c);
    bool ok = sequence(c, group_at + 2, no, &w1, &jump);
    c->depth--;
    barrier(c);
    *pos = no;
    if (ok && jump != SIZE_MAX) {
        size_t stop;
        if (!read_skip(c, jump + 1, end, &stop) || stop < no) {
            return invalid(c);
        }
        emit_op(c, OP_JUMP);
        size_t over = emit(c, 0);
        patch(c, otherwise, c->out.len);
        ok = body(c, no, stop, &w2);
        patch(c, over, c->out.len);
        *pos = stop;
    } else {
        patch(c, otherwise, c->out.len);
    }
    barrier(c);
    *width = w1 < w2 ? w1 : w2;
    return ok;
}

static bool mark(struct compiler *c, uint32_t arg)
{
    if (arg >= 2 * c->p->groups) {
        return invalid(c);
    }
    emit_op(c, arg & 1 ? OP_CLOSE : OP_OPEN);
    emit(c, arg);
    return true;
}

static bool groupref(struct compiler *c, uint32_t op, uint32_t arg)
{
    if (arg >= c->p->groups) {
        return invalid(c);
    }
    emit_op(c, OP_GROUPREF);
    emit(c, 2 * arg);
    emit(c, op == SRE_GROUPREF ? CASE_EXACT : op == SRE_GROUPREF_IGNORE ? CASE_ASCII
        : op == SRE_GROUPREF_UNI_IGNORE ? CASE_UNICODE : CASE_LOCALE);
    return true;
}

/* One construct other than a single character; *pos stands behind its opcode. */
static bool construct(struct compiler *c, uint32_t op, size_t *pos, size_t end, size_t *width)
{
    *width = 0;
    bool has_arg = *pos < end;
    uint32_t arg = has_arg ? c->in[*pos] : 0;
    switch (op) {
    case SRE_FAILURE:
        emit_op(c, OP_FAIL);
        return true;
    case SRE_MARK:
        ++*pos;
        return (has_arg || invalid(c)) && mark(c, arg);
    case SRE_AT:
        if (!has_arg || arg >= SRE_AT_COUNT) {
            return invalid(c);
        }
        ++*pos;
        emit_op(c, OP_AT);
        emit(c, arg);
        return true;
    case SRE_BRANCH:
        return branch(c, pos, end, width);
    case SRE_REPEAT_ONE:
    case SRE_MIN_REPEAT_ONE:
    case SRE_POSSESSIVE_REPEAT_ONE:
        return repeat_one(c, op, pos, end, width);
    case SRE_REPEAT:
    case SRE_POSSESSIVE_REPEAT:
        return repeat(c, op == SRE_POSSESSIVE_REPEAT, pos, end, width);
    case SRE_ATOMIC_GROUP:
        return atomic_group(c, pos, end, width);
    case SRE_ASSERT:
    case SRE_ASSERT_NOT:
        return assertion(c, op == SRE_ASSERT_NOT, pos, end);
    case SRE_GROUPREF:
    case SRE_GROUPREF_IGNORE:
    case SRE_GROUPREF_LOC_IGNORE:
    case SRE_GROUPREF_UNI_IGNORE:
        ++*pos;
        return (has_arg || invalid(c)) && groupref(c, op, arg);
    case SRE_GROUPREF_EXISTS:
        return conditional(c, pos, end, width);
    default:
        return invalid(c);
    }
}

/*
 * Translates [pos, end). With jump given, an SRE_JUMP that fills the last two words ends the part and its place is
 * stored there.
 */
static bool sequence(struct compiler *c, size_t pos, size_t end, size_t *width, size_t *jump)
{
    *width = 0;
    while (pos < end && c->status == RT_SRE_OK) {
        struct matcher m;
        size_t w = 1;
        if (jump && end - pos == 2 && c->in[pos] == SRE_JUMP) {
            *jump = pos;
            return true;
        }
        if (read_single(c, &pos, end, &m)) {
            if (c->status == RT_SRE_OK) {
                emit_single(c, m);
            }
        } else if (c->status == RT_SRE_OK) {
            uint32_t op = c->in[pos++];
            if (!construct(c, op, &pos, end, &w)) {
                return invalid(c);
            }
        }
        *width = add_width(*width, w);
    }
    return c->status == RT_SRE_OK;
}

/* The INFO block: nothing in it that the program does not show, but it must be well-formed. */
static bool info(struct compiler *c, size_t *pos)
{
    size_t stop;
    if (!read_skip(c, *pos, c->n, &stop) || stop < *pos + 4) {
        return invalid(c);
    }
    uint32_t flags = c->in[*pos + 1];
    size_t at = *pos + 4;
    if ((flags & ~7u) || ((flags & SRE_INFO_PREFIX) && (flags & SRE_INFO_CHARSET))
            || ((flags & SRE_INFO_LITERAL) && !(flags & SRE_INFO_PREFIX))) {
        return invalid(c);
    }
    if (flags & SRE_INFO_PREFIX) {
        if (stop - at < 2) {
            return invalid(c);
        }
        uint32_t len = c->in[at], skip = c->in[at + 1];
        at += 2;
        if (skip > len || stop - at != 2 * (size_t)len) {
            return invalid(c);
        }
        for (uint32_t i = 0; i < len; i++) {
            if (c->in[at + len + i] >= len) {
                return invalid(c);
            }
        }
        at = stop;
    } else if (flags & SRE_INFO_CHARSET) {
        bool locale = false;
        if (!check_charset(c, at, stop, &locale)) {
            return false;
        }
        at = stop;
    }
    *pos = stop;
    return at == stop || invalid(c);
}

static bool translate(struct compiler *c)
{
    size_t pos = 0, width;
    if (c->n == 0 || c->in[c->n - 1] != SRE_SUCCESS) {
        return invalid(c);
    }
    if (c->in[0] == SRE_INFO) {
        pos = 1;
        if (!info(c, &pos)) {
            return false;
        }
    }
    if (!body(c, pos, c->n - 1, &width)) {
        return false;
    }
    c->p->min_width = width;
    emit_op(c, OP_END);
    return c->status == RT_SRE_OK;
}

enum rt_sre_status rt_sre_compile(const uint32_t *code, size_t n, size_t groups, struct rt_sre_program **out)
{
    struct rt_sre_program *p = calloc(1, sizeof *p);
    struct compiler c = {.in = code, .n = n, .p = p, .string_at = SIZE_MAX, .status = RT_SRE_OK};
    if (!p) {
        return RT_SRE_NO_MEMORY;
    }
    p->groups = groups;
    p->registers = 2 * groups + 1;
    bool ok = (groups <= RT_SRE_MAXGROUPS && n < UINT32_MAX / 4) || invalid(&c);
    ok = ok && translate(&c);
    p->code = c.out.data;
    p->code_len = c.out.len;
    p->charsets = c.sets.data;
    p->charsets_len = c.sets.len;
    if (ok && !sre_optimize(p)) {
        c.status = RT_SRE_NO_MEMORY;
    }
    if (c.status != RT_SRE_OK) {
        rt_sre_free(p);
        p = NULL;
    }
    *out = p;
    return c.status;
}

void rt_sre_free(struct rt_sre_program *p)
{
    if (!p) {
        return;
    }
    free(p->code);
    free(p->charsets);
    free(p->matchers);
    free(p->filters);
    free(p->tables);
    free(p->masks);
    free(p->prefix);
    free(p);
}

size_t rt_sre_size(const struct rt_sre_program *p)
{
    return sizeof *p + (p->code_len + p->charsets_len) * 4 + p->matcher_count * sizeof *p->matchers
        + p->filter_count * sizeof *p->filters + p->table_count * sizeof *p->tables + p->masks_len
        + p->prefix_len * (size_t)p->prefix_kind;
}
