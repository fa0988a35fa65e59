/* SPDX-License-Identifier: MIT */
/*
 * What makes a program fast: for every place where the matcher has a choice, the set of characters that each
 * way can start with. Branches get a table from the next character to the ways worth trying; a star whose
 * successor starts with nothing it eats never gives anything back; a search looks for the first
 * character, or for the literal every match starts with.
 *
 * The sets are supersets, found by following the program to the first instruction that takes a character.
 */
#include "core/modules/sre/sre_internal.h"

#include <stdlib.h>
#include <string.h>

#define MAX_VISITS 200

struct walk {
    const struct rt_sre_program *p;
    struct first_set *f;
    uint32_t seen[MAX_VISITS];
    int count;
};

static void add_char(struct first_set *f, uint32_t c)
{
    if (c < 256) {
        f->bits[c >> 6] |= 1ull << (c & 63);
    } else {
        f->high = true;
    }
}

static void add_all(struct first_set *f)
{
    memset(f->bits, 0xff, sizeof f->bits);
    f->high = true;
}

static void add_matcher(struct first_set *f, const struct matcher *m)
{
    switch (m->type) {
    case MATCH_CHAR:
        add_char(f, m->c);
        break;
    case MATCH_ANY:
    case MATCH_NOT_CHAR: {
        uint32_t without = m->type == MATCH_ANY ? '\n' : m->c;
        for (uint32_t i = 0; i < 4; i++) {
            f->bits[i] |= without >> 6 == i ? ~(1ull << (without & 63)) : UINT64_MAX;
        }
        f->high = true;
        break;
    }
    case MATCH_SET:
        for (int i = 0; i < 4; i++) {
            f->bits[i] |= m->latin1[i];
        }
        f->high |= m->high != HIGH_NEVER;
        break;
    default:
        add_all(f);
    }
}

/* Marks pc; false: it was walked before, or there are too many places, so anything may come. */
static bool first_visit(struct walk *w, uint32_t pc)
{
    for (int i = 0; i < w->count; i++) {
        if (w->seen[i] == pc) {
            return false;
        }
    }
    if (w->count == MAX_VISITS) {
        w->f->any = true;
        return false;
    }
    w->seen[w->count++] = pc;
    return true;
}

/* An instruction that takes a character ends the way: its characters are added. False: it is no such. */
static bool add_taken(struct walk *w, const uint32_t *at)
{
    struct first_set *f = w->f;
    switch (at[0]) {
    case OP_CHAR:
        add_char(f, at[1]);
        return true;
    case OP_STRING:
        add_char(f, at[2]);
        return true;
    case OP_NOT_CHAR:
        add_matcher(f, &(struct matcher){.type = MATCH_NOT_CHAR, .c = at[1]});
        return true;
    case OP_ANY:
        add_matcher(f, &(struct matcher){.type = MATCH_ANY});
        return true;
    case OP_ALL:
        add_all(f);
        return true;
    case OP_SET:
        add_matcher(f, &w->p->matchers[at[1]]);
        return true;
    default:
        return false;
    }
}

/* Adds what the ways from pc on can start with: takes every empty step, forks where there is a choice. */
static void follow(struct walk *w, uint32_t pc)
{
    while (!w->f->any && first_visit(w, pc)) {
        const uint32_t *at = w->p->code + pc;
        uint32_t next = pc + sre_op_words[at[0]];
        if (add_taken(w, at)) {
            return;
        }
        switch (at[0]) {
        case OP_FAIL:
            return;
        case OP_STAR:
        case OP_LAZY:
        case OP_POSSESSIVE:
            if (at[3] > 0) {
                add_matcher(w->f, &w->p->matchers[at[1]]);
            }
            if (at[2] > 0) {
                return;
            }
            pc = next;
            break;
        case OP_AT:
        case OP_OPEN:
        case OP_CLOSE:
        case OP_LOOP_INIT:
        case OP_ATOMIC:
            pc = next;
            break;
        case OP_JUMP:
            pc = at[1];
            break;
        case OP_LOOP:
        case OP_LOOP_LAZY:
        case OP_LOOP_POSSESSIVE:
            follow(w, next);
            pc = at[4];
            break;
        case OP_IF_GROUP:
            follow(w, next);
            pc = at[2];
            break;
        case OP_BRANCH:
            for (uint32_t i = 0; i + 1 < at[1]; i++) {
                follow(w, at[3 + i]);
            }
            pc = at[2 + at[1]];
            break;
        case OP_ASSERT:
            pc = at[4];
            break;
        case OP_ASSERT_NOT:
            pc = at[3];
            break;
        default:
            /* The end, a group's text; or a cut: what fails behind it does not come back to this choice. */
            w->f->any = true;
            return;
        }
    }
}

static struct first_set first_of(const struct rt_sre_program *p, uint32_t pc)
{
    struct first_set f = {{0}, false, false};
    struct walk w = {.p = p, .f = &f, .count = 0};
    follow(&w, pc);
    return f;
}

static bool grow(void **data, size_t count, size_t size)
{
    if (count & (count - 1)) {
        return true;                        /* capacity is the next power of two */
    }
    void *bigger = realloc(*data, (count ? 2 * count : 1) * size);
    if (bigger) {
        *data = bigger;
    }
    return bigger;
}

/* Way `bit` of a branch is worth trying before character c. */
static inline void add_row(uint8_t *masks, uint32_t width, uint32_t c, uint64_t bit)
{
    if (width == 1) {
        masks[c] |= (uint8_t)bit;
        return;
    }
    uint64_t row;
    memcpy(&row, masks + 8 * c, 8);
    row |= bit;
    memcpy(masks + 8 * c, &row, 8);
}

static bool build_branch(struct rt_sre_program *p, uint32_t *at)
{
    uint32_t n = at[1], width = n <= 8 ? 1 : 8;
    uint8_t *masks = realloc(p->masks, p->masks_len + 256 * width);
    if (!masks) {
        return false;
    }
    p->masks = masks;
    if (!grow((void **)&p->tables, p->table_count, sizeof *p->tables)) {
        return false;
    }
    struct branch_table t = {.masks = (uint32_t)p->masks_len, .width = width};
    memset(masks + p->masks_len, 0, 256 * width);
    for (uint32_t i = 0; i < n; i++) {
        struct first_set f = first_of(p, at[3 + i]);
        uint64_t bit = 1ull << i;
        if (f.any) {
            memset(f.bits, 0xff, sizeof f.bits);
        }
        for (uint32_t k = 0; k < 4; k++) {
            for (uint64_t left = f.bits[k]; left; left &= left - 1) {
                add_row(masks + p->masks_len, width, 64 * k + (uint32_t)__builtin_ctzll(left), bit);
            }
        }
        t.high |= f.any || f.high ? bit : 0;
        t.end |= f.any ? bit : 0;
    }
    p->masks_len += 256 * width;
    at[2] = (uint32_t)p->table_count;
    p->tables[p->table_count++] = t;
    return true;
}

static bool build_star(struct rt_sre_program *p, uint32_t *at)
{
    struct first_set f = first_of(p, (uint32_t)(at - p->code) + sre_op_words[at[0]]);
    if (f.any) {
        return true;
    }
    struct first_set eats = {{0}, false, false};
    add_matcher(&eats, &p->matchers[at[1]]);
    bool apart = true;
    for (int i = 0; i < 4; i++) {
        apart = apart && !(f.bits[i] & eats.bits[i]);
    }
    at[4] = (apart ? STAR_ALONE_LATIN1 : 0) | (apart && !(f.high && eats.high) ? STAR_ALONE : 0);
    if (!grow((void **)&p->filters, p->filter_count, sizeof *p->filters)) {
        return false;
    }
    at[5] = (uint32_t)p->filter_count;
    p->filters[p->filter_count++] = f;
    return true;
}

static bool build_prefix(struct rt_sre_program *p)
{
    const uint32_t *at = p->code;
    while (at[0] == OP_OPEN) {
        at += sre_op_words[OP_OPEN];
    }
    p->anchored = at[0] == OP_AT && (at[1] == SRE_AT_BEGINNING || at[1] == SRE_AT_BEGINNING_STRING);
    if (at[0] != OP_STRING) {
        return true;
    }
    size_t n = at[1];
    const uint32_t *text = at + 2;
    uint32_t max = 0;
    for (size_t i = 0; i < n; i++) {
        max = text[i] > max ? text[i] : max;
    }
    int kind = max < 256 ? 1 : max < 65536 ? 2 : 4;
    p->prefix = malloc(n * (size_t)kind);
    if (!p->prefix) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (kind == 1) {
            ((uint8_t *)p->prefix)[i] = (uint8_t)text[i];
        } else if (kind == 2) {
            ((uint16_t *)p->prefix)[i] = (uint16_t)text[i];
        } else {
            ((uint32_t *)p->prefix)[i] = text[i];
        }
    }
    p->prefix_len = n;
    p->prefix_kind = kind;
    return true;
}

static void find_first_char(struct rt_sre_program *p)
{
    int found = 0;
    p->first_char = -1;
    p->first = first_of(p, 0);
    if (p->first.any || p->first.high) {
        return;
    }
    for (int i = 0; i < 4; i++) {
        uint64_t bits = p->first.bits[i];
        found += __builtin_popcountll(bits);
        if (bits) {
            p->first_char = 64 * i + __builtin_ctzll(bits);
        }
    }
    if (found != 1) {
        p->first_char = -1;
    }
}

/*
 * If an attempt fails that begins with an endless star, so will those that begin inside the run the star ate: what
 * follows the star has been tried at all the places they could give it. Not so if a group's text matters,
 * which depends on where the attempt began.
 */
static void find_lead_star(struct rt_sre_program *p)
{
    size_t pc = 0;
    p->lead_star = -1;
    while (p->code[pc] == OP_OPEN) {
        pc += sre_op_words[OP_OPEN];
    }
    uint32_t op = p->code[pc];
    if ((op != OP_STAR && op != OP_LAZY && op != OP_POSSESSIVE) || p->code[pc + 3] != RT_SRE_MAXREPEAT || p->has_groupref) {
        return;
    }
    p->lead_star = (int64_t)pc;
}

bool sre_optimize(struct rt_sre_program *p)
{
    for (size_t i = 0; i < p->matcher_count; i++) {
        if (p->matchers[i].type == MATCH_SET) {
            sre_matcher_fill(p, &p->matchers[i]);
        }
    }
    for (size_t pc = 0; pc < p->code_len;) {
        uint32_t *at = p->code + pc;
        bool ok = true;
        if (at[0] == OP_BRANCH) {
            ok = build_branch(p, at);
        } else if (at[0] == OP_STAR || at[0] == OP_LAZY) {
            ok = build_star(p, at);
        } else if (at[0] == OP_GROUPREF || at[0] == OP_IF_GROUP) {
            p->has_groupref = true;
        }
        if (!ok) {
            return false;
        }
        pc += sre_op_words[at[0]] + (at[0] == OP_BRANCH || at[0] == OP_STRING ? at[1] : 0);
    }
    find_first_char(p);
    find_lead_star(p);
    if (!p->first.any && p->min_width == 0) {
        p->min_width = 1;                   /* ways of width 0 all fail */
    }
    return build_prefix(p);
}
