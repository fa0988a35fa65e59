/* SPDX-License-Identifier: MIT */
/*
 * Locations that code.replace() was given: those of the code object moved to another first line, and a table in CPython's
 * format, whose entries cover code units of co_code.
 *
 * An entry is a byte 1cccclll, what its kind cccc says, and covers lll + 1 units. Numbers are groups of six bits, the lowest
 * first, with bit 6 where more follow; signed ones have the sign in bit 0. Lines are differences to the entry before.
 */
#include "core/compiler/opinfo.h"
#include "core/eval/eval_internal.h"

enum { SHORT_LAST = 9, ONE_LINE = 10, ONE_LINE_LAST = 12, NO_COLUMNS = 13, LONG = 14, NOTHING = 15 };

struct reader {
    const uint8_t *p, *end;
    int32_t line;
};

static uint32_t next_byte(struct reader *r) { return r->p < r->end ? *r->p++ : 0; }

static uint32_t number(struct reader *r)
{
    uint32_t n = 0, b;
    unsigned shift = 0;
    do {
        b = next_byte(r);
        n |= shift < 32 ? (b & 63) << shift : 0;
        shift += 6;
    } while (b & 64);
    return n;
}

static int32_t signed_number(struct reader *r)
{
    uint32_t n = number(r);
    return n & 1 ? -(int32_t)(n >> 1) : (int32_t)(n >> 1);
}

/* The location of the next entry; how many units it covers. */
static uint32_t entry(struct reader *r, struct rt_loc *l)
{
    uint32_t head = next_byte(r), kind = head >> 3 & 15, b;
    *l = (struct rt_loc){.col = -1, .end_col = -1};
    if (kind == NOTHING)
        return (head & 7) + 1;
    if (kind == NO_COLUMNS || kind == LONG)
        r->line += signed_number(r);
    else if (kind >= ONE_LINE)
        r->line += (int32_t)kind - ONE_LINE;
    l->line = l->end_line = r->line;
    if (kind <= SHORT_LAST) {
        b = next_byte(r);
        l->col = (int32_t)(kind << 3 | b >> 4);
        l->end_col = l->col + (int32_t)(b & 15);
    } else if (kind <= ONE_LINE_LAST) {
        l->col = (int32_t)next_byte(r);
        l->end_col = (int32_t)next_byte(r);
    } else if (kind == LONG) {
        l->end_line += (int32_t)number(r);
        l->col = (int32_t)number(r) - 1;
        l->end_col = (int32_t)number(r) - 1;
    }
    return (head & 7) + 1;
}

static struct rt_loc *room(struct rt_thread *ts, uint32_t n)
{
    struct rt_loc *l = rt_raw_malloc((n + 1) * sizeof *l);
    if (!l)
        rt_raise_no_memory(ts);
    return l;
}

struct rt_loc *rt_code_read_locs(struct rt_thread *ts, struct rt_code_parts *p, const struct rt_code *c, const struct rt_bytes *table)
{
    uint32_t *units = rt_code_units(ts, c), covered = 0, n = 0;
    struct rt_loc *locs = units ? room(ts, c->nwords) : NULL, l = {0};
    struct reader r = {(const uint8_t *)table->data, (const uint8_t *)table->data + table->length, p->firstlineno};
    for (uint32_t pc = 0; locs && pc < c->nwords; pc += rt_opinfo_length(c->words + pc)) {
        bool new = pc == 0 && table->length; /* an empty table says nothing, not even that there is nothing */
        for (; covered <= units[pc] && r.p < r.end; new = true)
            covered += entry(&r, &l);
        if (covered <= units[pc]) { /* the table has ended */
            new |= l.line != 0;
            l = (struct rt_loc){.col = -1, .end_col = -1};
        }
        if (new) {
            l.pc = pc;
            locs[n++] = l;
        }
    }
    rt_raw_free(units);
    p->locs = locs;
    p->nlocs = n;
    return locs;
}

struct rt_loc *rt_code_moved_locs(struct rt_thread *ts, struct rt_code_parts *p, int32_t by)
{
    struct rt_loc *l = room(ts, p->nlocs);
    for (uint32_t i = 0; l && i < p->nlocs; i++) {
        l[i] = p->locs[i];
        if (!l[i].line)
            continue;
        l[i].line += by;
        l[i].end_line += by;
    }
    p->locs = l;
    return l;
}
