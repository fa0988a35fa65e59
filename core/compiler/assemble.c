/* SPDX-License-Identifier: MIT */
/*
 * assemble.c: units, emission, labels, handlers, the finished code object. Constants and names: const_pool.c.
 *
 * Words are emitted in place. A forward jump is recorded in `fixes` and patched when its label is placed; the list is kept,
 * so that at the end jumps to jumps can be shortened. The exception table is flat: `segs` are disjoint stretches, each with
 * the one handler in force there.
 */
#include <stdlib.h>

#include "core/compiler/compiler_internal.h"

void *rt_comp_grow(struct rt_comp *c, void *array, uint32_t *room, size_t size)
{
    uint32_t n = *room ? *room * 2 : 32;
    void *p = realloc(array, n * size);
    if (!p)
        rt_comp_nomem(c);
    *room = n;
    return p;
}

void rt_cg_unit_free(struct rt_unit *u)
{
    free(u->words);
    free(u->locs);
    free(u->fixes);
    free(u->consts);
    free(u->names);
    free(u->handlers);
    free(u->segs);
    free(u->const_keys);
    free(u->const_vals);
    free(u->name_keys);
    free(u->name_vals);
    free(u);
}

/* ---- units ---- */

struct rt_unit *rt_cg_unit_enter(struct rt_comp *c, struct rt_sym_scope *scope, rt_value name, int kind, int32_t firstlineno)
{
    struct rt_unit *u = c->spare;
    if (u)
        c->spare = u->parent;
    else if (!(u = calloc(1, sizeof *u)))
        rt_comp_nomem(c);
    u->parent = c->u;
    u->recursion = c->recursion;
    u->scope = scope;
    u->priv = c->u ? c->u->priv : NULL;
    u->name = u->qualname = name;
    u->kind = kind;
    u->firstlineno = firstlineno;
    u->interactive = false;
    u->argcount = u->posonly = u->kwonly = 0;
    u->far = false;
    c->u = u;
    return u;
}

static int by_name(const void *a, const void *b)
{
    const struct rt_sym *x = *(struct rt_sym *const *)a, *y = *(struct rt_sym *const *)b;
    uint32_t n = x->name->len < y->name->len ? x->name->len : y->name->len;
    int r = memcmp(x->name->utf8, y->name->utf8, n);
    return r ? r : (x->name->len > y->name->len) - (x->name->len < y->name->len);
}

/* Cells: arguments in their order, then the others by name. */
static int arguments_first(const void *a, const void *b)
{
    int x = (*(struct rt_sym *const *)a)->index, y = (*(struct rt_sym *const *)b)->index;
    if (x < 0 && y < 0)
        return by_name(a, b);
    return x < 0 ? 1 : y < 0 ? -1 : x - y;
}

/* Lays out the registers: locals are numbered when first used, arguments first; cells and free names by name. */
static void number_symbols(struct rt_comp *c, struct rt_unit *u)
{
    struct rt_sym_scope *s = u->scope;
    bool function = s->type == RT_BLOCK_FUNCTION;
    uint32_t nlocals = 0, ncells = 0, nfrees = 0;
    bool class_cell = s->needs_class_closure;
    for (uint32_t i = 0; i < s->nsyms; i++) {
        struct rt_sym *y = &s->syms[i];
        y->index = y->cell = y->name_index = -1;
        nlocals += function && (y->scope == RT_SC_LOCAL || i < s->nparams);
        ncells += y->scope == RT_SC_CELL;
        nfrees += y->scope == RT_SC_FREE || y->flags & RT_DEF_FREE_CLASS;
    }
    u->cells = rt_comp_alloc(c, (ncells + class_cell + 1) * sizeof *u->cells);
    u->frees = rt_comp_alloc(c, (nfrees + 1) * sizeof *u->frees);
    u->locals_by_index = rt_comp_alloc(c, (nlocals + 1) * sizeof *u->locals_by_index);
    u->nlocals = nlocals;
    u->next_local = 0;
    ncells = nfrees = 0;
    for (uint32_t i = 0; i < s->nsyms; i++) {
        struct rt_sym *y = &s->syms[i];
        if (function && i < s->nparams) {
            y->index = (int)u->next_local;
            u->locals_by_index[u->next_local++] = y;
        }
        if (y->scope == RT_SC_CELL)
            u->cells[ncells++] = y;
        if (y->scope == RT_SC_FREE || y->flags & RT_DEF_FREE_CLASS)
            u->frees[nfrees++] = y;
    }
    if (class_cell) {
        struct rt_sym *y = rt_comp_alloc(c, sizeof *y);
        y->name = c->id_class;
        y->scope = RT_SC_CELL;
        y->index = y->name_index = -1;
        u->cells[ncells++] = y;
    }
    qsort(u->cells, ncells, sizeof *u->cells, arguments_first);
    qsort(u->frees, nfrees, sizeof *u->frees, by_name);
    for (uint32_t i = 0; i < ncells; i++)
        u->cells[i]->cell = (int)i;
    for (uint32_t i = 0; i < nfrees; i++)
        u->frees[i]->cell = (int)i;
    u->ncells = ncells;
    u->nfrees = nfrees;
}

void rt_cg_unit_begin(struct rt_comp *c, bool far)
{
    struct rt_unit *u = c->u;
    u->nwords = u->nlocs = u->nfixes = u->nconsts = u->nnames = u->nhandlers = u->nsegs = 0;
    if (u->const_count) {
        memset(u->const_keys, 0, (u->const_mask + 1) * sizeof *u->const_keys);
        u->const_count = 0;
    }
    if (u->name_count) {
        memset(u->name_keys, 0, (u->name_mask + 1) * sizeof *u->name_keys);
        u->name_count = 0;
    }
    c->recursion = u->recursion;
    u->nic = 0;
    u->depth = u->max_depth = u->low = u->spilled = u->max_spilled = 0;
    u->reachable = true;
    u->handler = -1;
    u->seg_start = 0;
    u->last_label = UINT32_MAX;
    u->nop_pending = false;
    u->nblocks = 0;
    number_symbols(c, u);
    uint32_t regs = u->nlocals + u->ncells;
    if (regs > 0xfff0)
        rt_comp_error(c, NULL, "too many local variables");
    u->far = far || regs > RT_FAR_LIMIT;
    u->temp_base = u->far ? 0 : regs;
    u->max_temps = u->far ? 250 : 254 - regs;
    u->bound_words = (u->nlocals + 63) / 64;
    u->bound = rt_comp_alloc(c, (u->bound_words + 1) * sizeof *u->bound);
    u->killable = rt_comp_alloc(c, (u->bound_words + 1) * sizeof *u->killable);
    u->loc = (struct rt_loc){.line = u->firstlineno, .end_line = u->firstlineno};
    if (u->kind != RT_U_MODULE) /* the line of the definition belongs to the code, though no word does */
        *RT_ARRAY_PUSH(c, u->locs, u->nlocs, u->locs_room) = u->loc;
    for (uint32_t i = 0; i < u->next_local; i++) {
        rt_cg_local_set_bound(c, (int)i);
        if (u->locals_by_index[i]->flags & RT_DEF_KILLED)
            u->killable[i >> 6] |= 1ull << (i & 63);
    }
    u->loc.line = 0; /* no line of the program: a tracer sees none of this */
    for (uint32_t i = 0; i < u->ncells; i++) {
        struct rt_sym *y = u->cells[i];
        int from = y->index;
        if (u->far)
            rt_cg_emit_w(c, RT_OP_MAKE_CELL_FAR, 0, 0, from >= 0, (u->nlocals + i) | (uint32_t)(from < 0 ? 0 : from) << 16);
        else
            rt_cg_emit(c, RT_OP_MAKE_CELL, (int)(u->nlocals + i), from < 0 ? 0 : from, from >= 0);
        if (from >= 0)
            rt_cg_local_set_unbound(c, from);
    }
    u->loc.line = u->firstlineno;
}

/* ---- emission ---- */

static RT_NOINLINE void add_loc(struct rt_comp *c, struct rt_unit *u)
{
    struct rt_loc *l = RT_ARRAY_PUSH(c, u->locs, u->nlocs, u->locs_room);
    *l = u->loc;
    l->pc = u->nwords;
}

void rt_cg_loc_from(struct rt_comp *c, uint32_t pc)
{
    struct rt_unit *u = c->u;
    if (!u->reachable || pc >= u->nwords)
        return;
    struct rt_loc *l = RT_ARRAY_PUSH(c, u->locs, u->nlocs, u->locs_room);
    *l = u->loc;
    l->pc = pc;
}

static void flush_nop(struct rt_comp *c, bool force)
{
    struct rt_unit *u = c->u;
    u->nop_pending = false;
    if (!u->reachable || (u->loc.line == u->nop_loc.line && !force))
        return;
    if (u->nop_soft && !force) { /* one more entry for the word that follows: only a tracer looks at it */
        struct rt_loc *l = RT_ARRAY_PUSH(c, u->locs, u->nlocs, u->locs_room);
        *l = u->nop_loc;
        l->pc = u->nwords;
        return;
    }
    struct rt_loc saved = u->loc;
    u->loc = u->nop_loc;
    rt_cg_emit(c, RT_OP_NOP, 0, 0, 0);
    u->loc = saved;
}

RT_INLINE uint32_t *room_for(struct rt_comp *c, uint32_t n)
{
    struct rt_unit *u = c->u;
    if (rt_unlikely(u->nop_pending))
        flush_nop(c, false);
    while (rt_unlikely(u->nwords + n > u->words_room))
        u->words = rt_comp_grow(c, u->words, &u->words_room, sizeof *u->words);
    const struct rt_loc *l = u->nlocs ? &u->locs[u->nlocs - 1] : NULL;
    if (!l || l->line != u->loc.line || l->col != u->loc.col || l->end_col != u->loc.end_col || l->end_line != u->loc.end_line)
        add_loc(c, u);
    uint32_t *w = u->words + u->nwords;
    u->nwords += n;
    return w;
}

void rt_cg_emit(struct rt_comp *c, enum rt_op op, int a, int b, int cc)
{
    if (c->u->reachable)
        *room_for(c, 1) = rt_op_word(op, (uint32_t)a, (uint32_t)b & 0xff, (uint32_t)cc & 0xff);
}

void rt_cg_emit_x(struct rt_comp *c, enum rt_op op, int a, uint32_t x16)
{
    if (c->u->reachable)
        *room_for(c, 1) = (uint32_t)op | (uint32_t)a << 8 | x16 << 16;
}

void rt_cg_emit_w(struct rt_comp *c, enum rt_op op, int a, int b, int cc, uint32_t w1)
{
    if (!c->u->reachable)
        return;
    uint32_t *w = room_for(c, 2);
    w[0] = rt_op_word(op, (uint32_t)a, (uint32_t)b & 0xff, (uint32_t)cc & 0xff);
    w[1] = w1;
}

static void put_list(uint32_t *w, const uint8_t *regs, int n)
{
    for (int i = 0; i < n; i += 4) {
        uint32_t x = 0;
        for (int k = 0; k < 4 && i + k < n; k++)
            x |= (uint32_t)regs[i + k] << (8 * k);
        *w++ = x;
    }
}

void rt_cg_emit_list(struct rt_comp *c, enum rt_op op, int a, int b, const uint8_t *regs, int n)
{
    if (!c->u->reachable)
        return;
    uint32_t *w = room_for(c, 1 + (uint32_t)(n + 3) / 4);
    w[0] = rt_op_word(op, (uint32_t)a, (uint32_t)b, (uint32_t)n);
    put_list(w + 1, regs, n);
}

void rt_cg_emit_list_w(struct rt_comp *c, enum rt_op op, int a, int b, uint32_t w1, const uint8_t *regs, int n)
{
    if (!c->u->reachable)
        return;
    uint32_t *w = room_for(c, 2 + (uint32_t)(n + 3) / 4);
    w[0] = rt_op_word(op, (uint32_t)a, (uint32_t)b, (uint32_t)n);
    w[1] = w1;
    put_list(w + 2, regs, n);
}

void rt_cg_emit_stop(struct rt_comp *c, enum rt_op op, int a, int b, int cc)
{
    rt_cg_emit(c, op, a, b, cc);
    c->u->reachable = false;
}

/* The next instruction is on no line of its own: it belongs to the one before, if that is surely what ran before. */
void rt_cg_same_loc(struct rt_comp *c)
{
    struct rt_unit *u = c->u;
    if (u->nop_pending)
        u->loc = u->nop_loc;
    else if (u->last_label == u->nwords || !u->nlocs)
        u->loc.line = 0;
    else
        u->loc = u->locs[u->nlocs - 1];
}

/* A statement without code: a NOP, unless the next instruction is on the same line anyway. */
void rt_cg_emit_nop(struct rt_comp *c)
{
    struct rt_unit *u = c->u;
    if (!u->reachable)
        return;
    if (u->nop_pending)
        flush_nop(c, false);
    u->nop_pending = true;
    u->nop_soft = false;
    u->nop_loc = u->loc;
}

/* An operand that is a local is read by the instruction that uses it. A tracer sees its line all the same. */
void rt_cg_note_line(struct rt_comp *c)
{
    struct rt_unit *u = c->u;
    if (u->nop_pending ? u->nop_loc.line == u->loc.line : u->nlocs && u->locs[u->nlocs - 1].line == u->loc.line)
        return;
    rt_cg_emit_nop(c);
    u->nop_soft = true;
}

/* ---- labels ---- */

static void meet(struct rt_comp *c, uint64_t **into, bool *used, const uint64_t *state)
{
    uint32_t n = c->u->bound_words;
    if (!*used) {
        *used = true;
        if (n) {
            *into = rt_comp_alloc(c, n * sizeof **into);
            memcpy(*into, state, n * sizeof **into);
        }
        return;
    }
    for (uint32_t i = 0; i < n; i++)
        (*into)[i] &= state[i];
}

static void add_jump(struct rt_comp *c, struct rt_clabel *l, uint32_t at, bool s24)
{
    struct rt_unit *u = c->u;
    if (l->pos >= 0) {
        int32_t off = l->pos - (int32_t)u->nwords;
        u->words[at] |= s24 ? (uint32_t)off << 8 : (uint32_t)off;
        return;
    }
    struct rt_cfix *f = RT_ARRAY_PUSH(c, u->fixes, u->nfixes, u->fixes_room);
    *f = (struct rt_cfix){.at = at, .from = u->nwords, .next = l->fix, .s24 = s24, .target = -1};
    l->fix = (int32_t)u->nfixes - 1;
    meet(c, &l->bound, &l->used, u->bound);
}

void rt_cg_emit_jump(struct rt_comp *c, struct rt_clabel *l)
{
    struct rt_unit *u = c->u;
    if (!u->reachable)
        return;
    rt_cg_emit(c, RT_OP_JUMP, 0, 0, 0);
    add_jump(c, l, u->nwords - 1, true);
    u->reachable = false;
}

void rt_cg_emit_cond(struct rt_comp *c, enum rt_op op, int a, int b, int cc, struct rt_clabel *l)
{
    struct rt_unit *u = c->u;
    if (!u->reachable)
        return;
    rt_cg_emit_w(c, op, a, b, cc, 0);
    add_jump(c, l, u->nwords - 1, false);
}

void rt_cg_emit_back(struct rt_comp *c, struct rt_clabel *l)
{
    struct rt_unit *u = c->u;
    if (!u->reachable)
        return;
    rt_cg_emit(c, RT_OP_JUMP_BACK, 0, 0, 0);
    add_jump(c, l, u->nwords - 1, true);
    u->reachable = false;
}

/* The back-edge of a for loop whose FOR_ITER stands at label l. */
void rt_cg_emit_for_next(struct rt_comp *c, int state, int target, struct rt_clabel *l)
{
    struct rt_unit *u = c->u;
    if (!u->reachable)
        return;
    rt_cg_emit_w(c, RT_OP_FOR_NEXT, state, target, 0, 0);
    add_jump(c, l, u->nwords - 1, false);
    u->reachable = false;
}

static void patch(struct rt_unit *u, struct rt_cfix *f, int32_t target)
{
    int32_t off = target - (int32_t)f->from;
    f->target = target;
    u->words[f->at] = f->s24 ? (u->words[f->at] & 0xff) | (uint32_t)off << 8 : (uint32_t)off;
}

/* A jump to the very next instruction is taken back, unless something already points behind it. */
static void drop_last_jump(struct rt_unit *u, struct rt_clabel *l)
{
    if (u->reachable || l->fix < 0 || (uint32_t)l->fix != u->nfixes - 1 || u->last_label == u->nwords)
        return;
    struct rt_cfix *f = &u->fixes[l->fix];
    if (!f->s24 || f->at + 1 != u->nwords || (u->words[f->at] & 0xff) != RT_OP_JUMP || u->seg_start > f->at)
        return;
    l->fix = f->next;
    u->nfixes--;
    const struct rt_loc *last = &u->locs[u->nlocs - 1];
    if (last->pc == f->at && last->line && (u->nlocs < 2 || last[-1].line != last->line)) {
        u->words[f->at] = RT_OP_NOP; /* its line must stay visible */
        return;
    }
    u->nwords--;
    while (u->nlocs && u->locs[u->nlocs - 1].pc >= u->nwords && u->nwords)
        u->nlocs--;
}

void rt_cg_label_place(struct rt_comp *c, struct rt_clabel *l)
{
    struct rt_unit *u = c->u;
    if (u->nop_pending && u->reachable)
        flush_nop(c, true);
    u->nop_pending = false;
    drop_last_jump(u, l);
    l->pos = (int32_t)u->nwords;
    u->last_label = u->nwords;
    for (int32_t i = l->fix; i >= 0; i = u->fixes[i].next)
        patch(u, &u->fixes[i], l->pos);
    if (!l->used)
        return;
    if (!u->reachable) {
        memcpy(u->bound, l->bound ? l->bound : u->bound, u->bound_words * sizeof *u->bound);
        u->reachable = true;
        return;
    }
    for (uint32_t i = 0; i < u->bound_words; i++)
        u->bound[i] &= l->bound[i];
}

static void forget_killable(struct rt_unit *u, uint64_t *bound)
{
    for (uint32_t i = 0; i < u->bound_words; i++)
        bound[i] &= ~u->killable[i];
}

void rt_cg_label_place_loop(struct rt_comp *c, struct rt_clabel *l)
{
    rt_cg_label_place(c, l);
    forget_killable(c->u, c->u->bound);
}

/* ---- handlers ---- */

int rt_cg_handler_new(struct rt_comp *c)
{
    struct rt_unit *u = c->u;
    struct rt_chandler *h = RT_ARRAY_PUSH(c, u->handlers, u->nhandlers, u->handlers_room);
    *h = (struct rt_chandler){.base = u->temp_base + u->depth, .pos = -1};
    h->bound = rt_comp_alloc(c, (u->bound_words + 1) * sizeof *h->bound);
    memcpy(h->bound, u->bound, u->bound_words * sizeof *u->bound);
    forget_killable(u, h->bound);
    return (int)u->nhandlers - 1;
}

void rt_cg_handler_set(struct rt_comp *c, int h)
{
    struct rt_unit *u = c->u;
    if (h == u->handler)
        return;
    if (u->nop_pending)
        flush_nop(c, true);
    if (u->handler >= 0 && u->seg_start < u->nwords) {
        struct rt_csegment *s = u->nsegs ? &u->segs[u->nsegs - 1] : NULL;
        if (s && s->end == u->seg_start && s->handler == (uint32_t)u->handler) {
            s->end = u->nwords;
        } else {
            s = RT_ARRAY_PUSH(c, u->segs, u->nsegs, u->segs_room);
            *s = (struct rt_csegment){u->seg_start, u->nwords, (uint32_t)u->handler};
        }
        u->handlers[u->handler].used = true;
    }
    u->seg_start = u->nwords;
    u->handler = h;
}

/* The caller has set the handler that is to be in force from here on. */
bool rt_cg_handler_place(struct rt_comp *c, int h)
{
    struct rt_unit *u = c->u;
    RT_ASSERT(!u->reachable && u->handler != h);
    u->nop_pending = false;
    u->handlers[h].pos = (int32_t)u->nwords;
    u->last_label = u->nwords;
    if (!u->handlers[h].used)
        return false;
    memcpy(u->bound, u->handlers[h].bound, u->bound_words * sizeof *u->bound);
    u->reachable = true;
    return true;
}

/* ---- temporaries and blocks ---- */

static RT_COLD RT_NORETURN void out_of_temporaries(struct rt_comp *c)
{
    if (!c->u->far)
        longjmp(c->u->retry, 1);
    rt_comp_error(c, NULL, "too many nested expressions");
}

int rt_cg_push_n(struct rt_comp *c, int n)
{
    struct rt_unit *u = c->u;
    uint32_t d = u->depth;
    u->depth += (uint32_t)n;
    if (u->depth > u->max_depth) {
        if (u->depth > u->max_temps)
            out_of_temporaries(c);
        u->max_depth = u->depth;
    }
    return (int)(u->temp_base + d);
}

int rt_cg_push(struct rt_comp *c)
{
    return rt_cg_push_n(c, 1);
}

/*
 * Deep expressions. Far code keeps what it will need later in registers behind the locals and cells (`spilled` of them
 * are taken) while a part is evaluated, so that depth is limited by the parser only. What a block or a handler owns stays
 * where it is: the unwinder and a debugger's jump look for it there. Should the part raise, the registers keep what they
 * hold until they are used again or the frame ends.
 */
enum { CROWDED = 150, WORTHWHILE = 40 };

static uint32_t first_to_spill(const struct rt_unit *u)
{
    uint32_t base = u->handler < 0 ? 0 : u->handlers[u->handler].base;
    return base > u->low ? base : u->low;
}

bool rt_cg_crowded(const struct rt_comp *c)
{
    const struct rt_unit *u = c->u;
    return u->far && u->depth > CROWDED && u->depth >= first_to_spill(u) + WORTHWHILE;
}

uint32_t rt_cg_spill(struct rt_comp *c)
{
    struct rt_unit *u = c->u;
    uint32_t depth = u->depth, from = first_to_spill(u), to = u->nlocals + u->ncells + u->spilled;
    if (to + depth - from > 0xfff0)
        rt_comp_error(c, NULL, "too many nested expressions");
    for (uint32_t i = from; i < depth; i++)
        rt_cg_emit_x(c, RT_OP_STORE_FAR, (int)i, to + i - from);
    u->spilled += depth - from;
    if (u->spilled > u->max_spilled)
        u->max_spilled = u->spilled;
    u->depth = from;
    return depth;
}

int rt_cg_unspill(struct rt_comp *c, uint32_t depth, int r, int want)
{
    struct rt_unit *u = c->u;
    uint32_t from = first_to_spill(u), n = depth - from;
    u->depth = depth;
    int top = rt_cg_push(c);
    rt_cg_emit(c, RT_OP_MOVE, top, r, 0);
    u->spilled -= n;
    uint32_t at = u->nlocals + u->ncells + u->spilled;
    for (uint32_t i = 0; i < n; i++) {
        rt_cg_emit_x(c, RT_OP_LOAD_FAR, (int)(from + i), at + i);
        rt_cg_emit_x(c, RT_OP_CLEAR_FAR, 0, at + i);
    }
    return rt_cg_to_want(c, depth, top, want);
}

void rt_cg_block_push(struct rt_comp *c, enum rt_fblock_kind kind, struct rt_clabel *loop, struct rt_clabel *end, int outer,
                   int reg, struct rt_ast *node)
{
    struct rt_unit *u = c->u;
    if (u->nblocks >= RT_MAX_BLOCKS)
        rt_comp_error(c, node, "too many statically nested blocks");
    u->blocks[u->nblocks++] = (struct rt_fblock){.kind = kind, .loop = loop, .end = end, .outer = outer, .reg = reg, .node = node};
}

void rt_cg_block_pop(struct rt_comp *c, enum rt_fblock_kind kind)
{
    RT_ASSERT(c->u->nblocks > 0 && c->u->blocks[c->u->nblocks - 1].kind == kind);
    c->u->nblocks--;
}

/* ---- the finished code ---- */

static int32_t line_at(const struct rt_unit *u, uint32_t pc)
{
    uint32_t lo = 0, hi = u->nlocs;
    while (hi - lo > 1) {
        uint32_t mid = (lo + hi) / 2;
        if (u->locs[mid].pc <= pc)
            lo = mid;
        else
            hi = mid;
    }
    return u->nlocs ? u->locs[lo].line : 0;
}

/* A jump to an unconditional jump on its own line goes straight to the end of the chain. */
static void shorten_jumps(struct rt_unit *u)
{
    for (uint32_t i = 0; i < u->nfixes; i++) {
        struct rt_cfix *f = &u->fixes[i];
        for (int hops = 0; hops < 4 && f->target >= 0 && f->target < (int32_t)u->nwords; hops++) {
            uint32_t w = u->words[f->target];
            int32_t to = f->target + 1 + ((int32_t)w >> 8);
            if ((w & 0xff) == RT_OP_RETURN_K && f->s24 && (u->words[f->at] & 0xff) == RT_OP_JUMP &&
                !line_at(u, (uint32_t)f->target)) {
                u->words[f->at] = w; /* return right here */
                f->target = -1;
                break;
            }
            bool back = (w & 0xff) == RT_OP_JUMP_BACK && f->s24 && (u->words[f->at] & 0xff) == RT_OP_JUMP;
            if ((w & 0xff) != RT_OP_JUMP && !back)
                break;
            int32_t line = line_at(u, (uint32_t)f->target);
            if (line && line != line_at(u, f->at))
                break;
            if (back)
                u->words[f->at] = RT_OP_JUMP_BACK;
            patch(u, f, to);
            if (back)
                break;
        }
    }
}

/* A final `return None` without a line gets copies, one for each jump to it, on the line of the jump. */
static void copy_final_return(struct rt_comp *c, struct rt_unit *u)
{
    uint32_t end = u->nwords - 1, nfixes = u->nfixes;
    if (!u->nwords || (u->words[end] & 0xff) != RT_OP_RETURN_K || line_at(u, end) || nfixes > 5000)
        return;
    for (uint32_t i = 0; i < nfixes; i++) {
        struct rt_cfix *f = &u->fixes[i];
        if (f->target != (int32_t)end || f->s24)
            continue;
        uint32_t at = f->at, k = u->nlocs;
        while (k > 1 && u->locs[k - 1].pc > at)
            k--;
        struct rt_loc loc = u->locs[k - 1];
        if (!loc.line)
            continue;
        while (u->nwords + 1 > u->words_room)
            u->words = rt_comp_grow(c, u->words, &u->words_room, sizeof *u->words);
        u->words[u->nwords] = u->words[end];
        loc.pc = u->nwords;
        *RT_ARRAY_PUSH(c, u->locs, u->nlocs, u->locs_room) = loc;
        patch(u, f, (int32_t)u->nwords++);
    }
}

static uint32_t code_flags(struct rt_comp *c, struct rt_unit *u)
{
    struct rt_sym_scope *s = u->scope;
    uint32_t f = 0;
    if (s->type == RT_BLOCK_FUNCTION) {
        f |= RT_CO_NEWLOCALS | RT_CO_OPTIMIZED;
        f |= s->nested ? RT_CO_NESTED : 0;
        if (s->generator)
            f |= s->coroutine ? RT_CO_ASYNC_GENERATOR : RT_CO_GENERATOR;
        else if (s->coroutine)
            f |= RT_CO_COROUTINE;
        f |= s->varargs ? RT_CO_VARARGS : 0;
        f |= s->varkeywords ? RT_CO_VARKEYWORDS : 0;
    } else if (s->type == RT_BLOCK_MODULE && c->flags & RT_CF_ALLOW_TOP_LEVEL_AWAIT && s->coroutine && !s->generator) {
        f |= RT_CO_COROUTINE;
    }
    return f | (uint32_t)c->future;
}

static rt_value names_tuple(struct rt_comp *c, struct rt_sym **syms, uint32_t n)
{
    rt_value t = rt_tuple_new(c->ts, n);
    if (rt_is_null(t))
        rt_comp_fail(c);
    for (uint32_t i = 0; i < n; i++)
        rt_as_tuple(t)->items[i] = rt_comp_ident_value(c, syms[i]->name);
    return rt_comp_keep(c, t);
}

rt_value rt_cg_unit_leave(struct rt_comp *c)
{
    struct rt_unit *u = c->u;
    rt_cg_handler_set(c, -1);
    /* symbols never met by the code (declared by an annotation, or only in dead code) get the remaining registers */
    for (uint32_t i = 0; u->next_local < u->nlocals && i < u->scope->nsyms; i++) {
        struct rt_sym *y = &u->scope->syms[i];
        if (y->scope == RT_SC_LOCAL && y->index < 0) {
            y->index = (int)u->next_local;
            u->locals_by_index[u->next_local++] = y;
        }
    }
    rt_comp_breathe(c);
    shorten_jumps(u);
    copy_final_return(c, u);
    rt_comp_breathe(c);
    struct rt_exc_entry *exc = rt_comp_alloc(c, (u->nsegs + 1) * sizeof *exc);
    for (uint32_t i = 0; i < u->nsegs; i++) {
        struct rt_chandler *h = &u->handlers[u->segs[i].handler];
        RT_ASSERT(h->pos >= 0);
        exc[i] = (struct rt_exc_entry){u->segs[i].start, u->segs[i].end, (uint32_t)h->pos, h->base};
    }
    uint32_t ntemps = u->max_depth;
    struct rt_code_parts p = {
        .words = u->words, .nwords = u->nwords, .consts = u->consts, .nconsts = u->nconsts, .names = u->names,
        .nnames = u->nnames, .nic = u->nic, .temp_base = u->temp_base, .ntemps = ntemps,
        .nregs = u->far ? 256 + u->nlocals + u->ncells + u->max_spilled : u->temp_base + ntemps, .local_base = u->far ? 256 : 0,
        .nlocals = u->nlocals, .ncells = u->ncells, .nfrees = u->nfrees, .argcount = u->argcount, .posonly = u->posonly,
        .kwonly = u->kwonly, .flags = code_flags(c, u), .exc = exc, .nexc = u->nsegs, .locs = u->locs, .nlocs = u->nlocs,
        .firstlineno = u->firstlineno, .name = u->name, .qualname = u->qualname, .filename = c->filename,
    };
    p.varnames = names_tuple(c, u->locals_by_index, u->nlocals);
    p.cellvars = names_tuple(c, u->cells, u->ncells);
    p.freevars = names_tuple(c, u->frees, u->nfrees);
    rt_value code = rt_code_new(c->ts, &p);
    if (rt_is_null(code))
        rt_comp_fail(c);
    code = rt_comp_keep(c, code);
    c->u = u->parent;
    u->parent = c->spare;
    c->spare = u;
    return code;
}
