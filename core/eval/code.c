/* SPDX-License-Identifier: MIT */
/* Code objects; they are deferred. Their constants: constants.c. */
#include "core/compiler/opinfo.h"
#include "core/eval/eval_internal.h"
#include "core/seam/config.h"
#include "core/thread/runtime.h"

static void *copy_array(struct rt_thread *ts, const void *p, size_t n, size_t size, bool *failed)
{
    void *m = rt_raw_calloc_lines(n * size);
    if (!m) {
        *failed = true;
        return NULL;
    }
    if (p)
        memcpy(m, p, n * size);
    return m;
}

/* -X no_debug_ranges: lines only. */
static void hide_ranges(struct rt_loc *locs, uint32_t n)
{
    if (!rt_runtime.config || !rt_runtime.config->no_debug_ranges)
        return;
    for (uint32_t i = 0; i < n; i++) {
        locs[i].end_line = locs[i].line;
        locs[i].col = locs[i].end_col = -1;
    }
}

static rt_value code_alloc(struct rt_thread *ts, const struct rt_code_parts *p)
{
    struct rt_code *c = rt_object_new(ts, &rt_code_type, sizeof(*c));
    bool failed = false;
    if (!c)
        return RT_NULL;
    memset((char *)c + sizeof(struct rt_object), 0, sizeof(*c) - sizeof(struct rt_object));
    c->words = copy_array(ts, p->words, p->nwords, sizeof(uint32_t), &failed);
    c->consts = copy_array(ts, NULL, p->nconsts, sizeof(rt_value), &failed);
    c->names = copy_array(ts, NULL, p->nnames, sizeof(rt_value), &failed);
    c->ic = copy_array(ts, NULL, p->nic, sizeof(uint64_t), &failed);
    c->exc = copy_array(ts, p->exc, p->nexc, sizeof(struct rt_exc_entry), &failed);
    struct rt_loc *locs = copy_array(ts, p->locs, p->nlocs, sizeof(struct rt_loc), &failed);
    rt_store_relaxed(&c->locs, locs);
    c->nwords = p->nwords;
    c->nic = p->nic;
    c->nexc = p->nexc;
    c->nlocs = p->nlocs;
    if (!failed)
        hide_ranges(locs, c->nlocs);
    if (failed) {
        rt_decref(ts, rt_own(c));
        return rt_raise_no_memory(ts);
    }
    return rt_own(c);
}

bool rt_code_is_simple(const struct rt_code *c)
{
    return !c->kwonly && !c->local_base && (c->flags & RT_CO_OPTIMIZED) && (c->flags & RT_CO_NEWLOCALS) &&
           !(c->flags & (RT_CO_VARARGS | RT_CO_VARKEYWORDS | RT_CO_GENERATORS));
}

static void copy_numbers(struct rt_thread *ts, struct rt_code *c, const struct rt_code_parts *p)
{
    c->nregs = p->nregs ? p->nregs : 1;
    c->temp_base = p->temp_base;
    c->ntemps = p->ntemps;
    c->local_base = p->local_base;
    c->nlocals = p->nlocals;
    c->ncells = p->ncells;
    c->nfrees = p->nfrees;
    c->argcount = p->argcount;
    c->posonly = p->posonly;
    c->kwonly = p->kwonly;
    c->flags = p->flags;
    c->firstlineno = p->firstlineno;
    rt_slot_init(&c->name, rt_str_intern(ts, p->name));
    rt_slot_init(&c->qualname, rt_str_intern(ts, p->qualname));
    rt_slot_init(&c->filename, rt_str_intern(ts, p->filename)); /* who watches allocations keeps it past its interpreter */
}

rt_value rt_code_new(struct rt_thread *ts, const struct rt_code_parts *p)
{
    rt_value res = code_alloc(ts, p);
    if (rt_is_null(res))
        return res;
    struct rt_code *c = rt_as_code(res);
    copy_numbers(ts, c, p);
    rt_store_relaxed(&c->simple, rt_code_is_simple(c));
    c->varnames = rt_code_constant_word(ts, p->varnames);
    c->cellvars = rt_code_constant_word(ts, p->cellvars);
    c->freevars = rt_code_constant_word(ts, p->freevars);
    for (uint32_t i = 0; i < p->nconsts; i++, c->nconsts++)
        if (rt_is_null(c->consts[i] = rt_code_constant_word(ts, p->consts[i])))
            goto fail;
    for (uint32_t i = 0; i < p->nnames; i++, c->nnames++)
        if (rt_is_null(c->names[i] = rt_str_intern(ts, p->names[i])))
            goto fail;
    if (rt_pending(ts))
        goto fail;
    return rt_defer(ts, res);
fail:
    rt_decref(ts, res);
    return RT_NULL;
}

/* ---- code that is loaded late ---- */

struct rt_code_unit *rt_code_unit_new(const uint8_t *data, size_t length, bool fixed)
{
    struct rt_code_unit *u = rt_raw_malloc(sizeof *u + (fixed ? 0 : length));
    if (!u)
        return NULL;
    rt_store_relaxed(&u->refs, 1);
    u->fixed = fixed;
    u->length = length;
    u->data = fixed ? data : memcpy(u + 1, data, length);
    return u;
}

void rt_code_unit_release(struct rt_code_unit *u)
{
    if (rt_sub_acq_rel(&u->refs, 1) == 1)
        rt_raw_free(u);
}

rt_value rt_code_new_late(struct rt_thread *ts, const struct rt_code_parts *p, const struct rt_code_body *body)
{
    struct rt_code *c = rt_object_new(ts, &rt_code_type, sizeof(*c));
    if (!c)
        return RT_NULL;
    memset((char *)c + sizeof(struct rt_object), 0, sizeof(*c) - sizeof(struct rt_object));
    c->words = (uint32_t *)p->words;
    c->nwords = p->nwords;
    c->exc = (struct rt_exc_entry *)p->exc;
    c->nexc = p->nexc;
    c->nlocs = p->nlocs;
    c->loc_bytes = body->locs;
    c->loc_length = body->loc_length;
    c->self_stores = (uint16_t)body->self_stores;
    c->unit = body->unit;
    rt_add_relaxed(&c->unit->refs, 1);
    c->late.rest = body->rest;
    c->late.length = body->rest_length;
    c->late.nconsts = p->nconsts;
    c->late.nnames = p->nnames;
    c->late.nic = p->nic;
    copy_numbers(ts, c, p);
    rt_store_relaxed(&c->is_late, true);
    return rt_defer(ts, rt_own(c));
}

static bool get_varint(const uint8_t **p, const uint8_t *end, uint32_t *out)
{
    uint32_t x = 0;
    for (int shift = 0; shift < 35 && *p < end; shift += 7) {
        uint8_t b = *(*p)++;
        x |= (uint32_t)(b & 0x7f) << shift;
        if (!(b & 0x80)) {
            *out = x;
            return true;
        }
    }
    return false;
}

static uint32_t unzigzag(uint32_t x) { return x >> 1 ^ -(x & 1); }

/* A walk through the locations as they lie in loc_bytes. */
struct loc_reader {
    const uint8_t *p, *end;
    uint32_t pc, line, d[5];
};

static struct loc_reader read_locs(const struct rt_code *c)
{
    return (struct loc_reader){c->loc_bytes, c->loc_bytes + c->loc_length, 0, (uint32_t)c->firstlineno, {0}};
}

static struct rt_loc next_loc(struct loc_reader *r)
{
    uint32_t *d = r->d;
    for (int k = 0; k < 5; k++) {
        if (!get_varint(&r->p, r->end, &d[k]))
            d[k] = 0;
        else if (k)
            d[k] = unzigzag(d[k]);
    }
    r->pc += d[0];
    r->line += d[1];
    return (struct rt_loc){r->pc, (int32_t)r->line, (int32_t)(r->line + d[2]), (int32_t)d[3], (int32_t)(d[3] + d[4])};
}

static void decode_locs(const struct rt_code *c, struct rt_loc *out)
{
    struct loc_reader r = read_locs(c);
    for (uint32_t i = 0; i < c->nlocs; i++)
        out[i] = next_loc(&r);
    hide_ranges(out, c->nlocs);
}

const struct rt_loc *rt_code_locs(const struct rt_code *code)
{
    struct rt_code *c = (struct rt_code *)(uintptr_t)code;
    struct rt_loc *locs = rt_load_acquire(&c->locs), *none = NULL;
    if (locs || !c->nlocs || !c->loc_bytes || !(locs = rt_raw_malloc(c->nlocs * sizeof *locs)))
        return locs;
    decode_locs(c, locs);
    if (!rt_cas_acq_rel(&c->locs, &none, locs)) { /* somebody else has them */
        rt_raw_free(locs);
        locs = none;
    }
    return locs;
}

uint32_t rt_code_self_stores(const struct rt_code *c)
{
    uint64_t seen[4] = {0};
    uint32_t count = 0;
    if (c->unit)
        return c->self_stores;
    for (uint32_t pc = 0; pc < c->nwords; pc += rt_opinfo_length(c->words + pc)) {
        uint32_t w = c->words[pc];
        if ((w & 0xff) != RT_OP_STORE_ATTR || (w >> 8 & 0xff) != 0)
            continue;
        uint32_t name = c->words[pc + 1] & 0xffff;
        if (name >= 256)
            continue;
        count += !(seen[name >> 6] >> (name & 63) & 1);
        seen[name >> 6] |= 1ull << (name & 63);
    }
    return count;
}

const struct rt_loc *rt_code_loc(const struct rt_code *code, uint32_t pc)
{
    const struct rt_loc *locs = rt_code_locs(code);
    uint32_t lo = 0, hi = locs ? code->nlocs : 0;
    while (lo < hi) {
        uint32_t mid = (lo + hi) / 2;
        if (locs[mid].pc <= pc)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo ? &locs[lo - 1] : NULL;
}

int rt_code_line(const struct rt_code *code, uint32_t pc)
{
    const struct rt_loc *l = rt_code_loc(code, pc);
    while (l && l->line <= 0 && l > rt_code_locs(code))
        l--; /* on no line of its own: the one before */
    return l ? l->line : 0;
}

int rt_code_line_in_signal(const struct rt_code *code, uint32_t pc)
{
    if (rt_load_acquire(&code->locs) || !code->loc_bytes)
        return rt_code_line(code, pc);
    struct loc_reader r = read_locs(code);
    int line = 0;
    for (uint32_t i = 0; i < code->nlocs; i++) {
        struct rt_loc l = next_loc(&r);
        if (l.pc > pc)
            break;
        if (l.line > 0 || line <= 0)
            line = l.line;
    }
    return line;
}

rt_value rt_code_cell_name(const struct rt_code *code, uint32_t c)
{
    return c < code->ncells ? rt_as_tuple(code->cellvars)->items[c]
                            : rt_as_tuple(code->freevars)->items[c - code->ncells];
}

static void code_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    struct rt_code *c = (struct rt_code *)o;
    for (uint32_t i = 0; i < c->nic; i++) {
        uint64_t ic = rt_load_relaxed(&c->ic[i]);
        struct rt_ic_cell *cell = ic && (ic & 15) == 0 ? (struct rt_ic_cell *)ic : NULL, *next;
        for (; cell; cell = next) {
            next = cell->next;
            rt_raw_free(cell);
        }
    }
    for (uint32_t i = 0; i < c->nconsts; i++)
        rt_decref(ts, c->consts[i]);
    for (uint32_t i = 0; i < c->nnames; i++)
        rt_decref(ts, c->names[i]);
    rt_decref(ts, rt_slot_peek(&c->filename));
    rt_decref(ts, rt_slot_peek(&c->consts_tuple));
    rt_decref(ts, rt_slot_peek(&c->names_tuple));
    rt_decref(ts, rt_slot_peek(&c->weak_cache));
    rt_raw_free(rt_load_relaxed(&c->locs));
    if (c->unit) {
        if (!rt_load_relaxed(&c->is_late))
            rt_raw_free(c->consts); /* names and caches too */
        rt_code_unit_release(c->unit);
        return;
    }
    rt_raw_free(c->words);
    rt_raw_free(c->consts);
    rt_raw_free(c->names);
    rt_raw_free((void *)c->ic);
    rt_raw_free(c->exc);
}

static int code_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    struct rt_code *c = (struct rt_code *)o;
    int r = 0;
    for (uint32_t i = 0; i < c->nconsts && !r; i++)
        r = visit(c->consts[i], arg);
    for (uint32_t i = 0; i < c->nnames && !r; i++)
        r = visit(c->names[i], arg);
    rt_slot *slots[] = {&c->name, &c->qualname, &c->filename, &c->consts_tuple, &c->names_tuple, &c->weak_cache};
    for (size_t i = 0; i < RT_COUNTOF(slots) && !r; i++)
        r = visit(rt_slot_peek(slots[i]), arg);
    if (!r)
        r = visit(c->varnames, arg);
    if (!r)
        r = visit(c->cellvars, arg);
    if (!r)
        r = visit(c->freevars, arg);
    return r;
}

static rt_value code_repr(struct rt_thread *ts, rt_value self)
{
    struct rt_code *c = rt_as_code(self);
    return rt_str_format(ts, "<code object %U at %p, file \"%U\", line %d>", rt_slot_peek(&c->name), (void *)c,
                         rt_slot_peek(&c->filename), c->firstlineno ? c->firstlineno : -1);
}

static rt_value lazy_tuple(struct rt_thread *ts, struct rt_code *c, rt_slot *slot, const rt_value *items, size_t n)
{
    rt_value t = rt_slot_get(ts, c, slot);
    if (t.bits)
        return t;
    t = rt_tuple_from(ts, items, n);
    if (t.bits)
        rt_slot_set(ts, slot, rt_newref(ts, t));
    return t;
}
static rt_value get_names(struct rt_thread *ts, rt_value self, void *closure)
{
    struct rt_code *c = rt_as_code(self);
    if (rt_code_ready(ts, c) < 0)
        return RT_NULL;
    return lazy_tuple(ts, c, &c->names_tuple, c->names, c->nnames);
}
enum { F_ARGCOUNT, F_POSONLY, F_KWONLY, F_NLOCALS, F_STACK, F_FLAGS, F_FIRST };
static rt_value get_number(struct rt_thread *ts, rt_value self, void *closure)
{
    struct rt_code *c = rt_as_code(self);
    switch ((intptr_t)closure) {
    case F_ARGCOUNT: return rt_int_imm(c->argcount);
    case F_POSONLY: return rt_int_imm(c->posonly);
    case F_KWONLY: return rt_int_imm(c->kwonly);
    case F_NLOCALS: return rt_int_imm(c->nlocals);
    case F_STACK: return rt_int_imm(c->ntemps);
    case F_FLAGS: return rt_int_imm(c->flags);
    default: return rt_int_imm(c->firstlineno);
    }
}
enum { F_VARNAMES, F_CELLVARS, F_FREEVARS, F_NAME, F_QUALNAME, F_FILENAME };
static rt_value get_word(struct rt_thread *ts, rt_value self, void *closure)
{
    struct rt_code *c = rt_as_code(self);
    if (rt_code_ready(ts, c) < 0)
        return RT_NULL;
    switch ((intptr_t)closure) {
    case F_VARNAMES: return rt_newref(ts, c->varnames);
    case F_CELLVARS: return rt_newref(ts, c->cellvars);
    case F_FREEVARS: return rt_newref(ts, c->freevars);
    case F_NAME: return rt_slot_get(ts, c, &c->name);
    case F_QUALNAME: return rt_slot_get(ts, c, &c->qualname);
    default: return rt_slot_get(ts, c, &c->filename);
    }
}
static rt_value num_or_none(int64_t n, bool have)
{
    return have ? rt_int_imm(n) : RT_NONE;
}

static rt_value co_positions(struct rt_thread *ts, rt_value self)
{
    struct rt_code *c = rt_as_code(self);
    uint32_t *units = rt_code_units(ts, c);
    rt_value list = units ? rt_list_new(ts, units[c->nwords]) : RT_NULL, it;
    for (uint32_t i = 0, unit = 0; i < c->nwords && list.bits; i += ++unit >= units[i + 1]) {
        const struct rt_loc *l = rt_code_loc(c, i);
        bool have = l && l->line > 0;
        rt_value t = rt_tuple_pack(ts, 4, num_or_none(have ? l->line : 0, have),
                                   num_or_none(have ? l->end_line : 0, have && l->end_line > 0),
                                   num_or_none(have ? l->col : 0, have && l->col >= 0),
                                   num_or_none(have ? l->end_col : 0, have && l->end_col >= 0));
        if (rt_list_append_steal(ts, list, t) < 0)
            rt_clear(ts, &list);
    }
    rt_raw_free(units);
    if (rt_is_null(list))
        return list;
    it = rt_iter(ts, list);
    rt_decref(ts, list);
    return it;
}

static rt_value co_lines(struct rt_thread *ts, rt_value self)
{
    struct rt_code *c = rt_as_code(self);
    uint32_t *units = rt_code_units(ts, c);
    rt_value list = units ? rt_list_new(ts, c->nlocs) : RT_NULL, it;
    const struct rt_loc *locs = rt_code_locs(c);
    for (uint32_t i = 0; locs && i < c->nlocs && list.bits;) {
        uint32_t j = i + 1;
        while (j < c->nlocs && locs[j].line == locs[i].line)
            j++;
        uint32_t end = j < c->nlocs ? locs[j].pc : c->nwords;
        rt_value t = rt_tuple_pack(ts, 3, rt_int_imm(units[locs[i].pc] * 2), rt_int_imm(units[end] * 2),
                                   num_or_none(locs[i].line, locs[i].line > 0));
        if (rt_list_append_steal(ts, list, t) < 0)
            rt_clear(ts, &list);
        i = j;
    }
    rt_raw_free(units);
    if (rt_is_null(list))
        return list;
    it = rt_iter(ts, list);
    rt_decref(ts, list);
    return it;
}

static bool same_locs(const struct rt_code *x, const struct rt_code *y)
{
    const struct rt_loc *a = rt_code_locs(x), *b = rt_code_locs(y);
    return a == b || (a && b && !memcmp(a, b, x->nlocs * sizeof(*a)));
}

static rt_value code_compare(struct rt_thread *ts, rt_value a, rt_value b, enum rt_cmp op)
{
    if ((op != RT_EQ && op != RT_NE) || !rt_is_exact(a, &rt_code_type) || !rt_is_exact(b, &rt_code_type))
        return RT_NOTIMPL;
    struct rt_code *x = rt_as_code(a), *y = rt_as_code(b);
    bool eq = x == y;
    if (!eq && (rt_code_ready(ts, x) < 0 || rt_code_ready(ts, y) < 0))
        return RT_NULL;
    if (!eq && x->nwords == y->nwords && x->nconsts == y->nconsts && x->nnames == y->nnames &&
        x->argcount == y->argcount && x->posonly == y->posonly && x->kwonly == y->kwonly && x->flags == y->flags &&
        x->firstlineno == y->firstlineno && x->nexc == y->nexc && x->nlocs == y->nlocs &&
        !memcmp(x->words, y->words, x->nwords * 4) && !memcmp(x->names, y->names, x->nnames * 8) &&
        !memcmp(x->exc, y->exc, x->nexc * sizeof(*x->exc)) && same_locs(x, y) &&
        rt_str_eq(rt_slot_peek(&x->name), rt_slot_peek(&y->name))) {
        rt_value pairs[] = {x->varnames, y->varnames, x->cellvars, y->cellvars, x->freevars, y->freevars};
        eq = true;
        for (int i = 0; i < 6 && eq; i += 2)
            eq = rt_equal(ts, pairs[i], pairs[i + 1]) > 0;
        for (uint32_t i = 0; i < x->nconsts && eq; i++) {
            rt_value r1 = rt_repr(ts, x->consts[i]), r2 = rt_repr(ts, y->consts[i]);
            if (rt_is_exact(x->consts[i], &rt_code_type))
                eq = rt_equal(ts, x->consts[i], y->consts[i]) > 0;
            else
                eq = rt_type_of(x->consts[i]) == rt_type_of(y->consts[i]) && r1.bits && r2.bits && rt_str_eq(r1, r2);
            rt_decref(ts, r1);
            rt_decref(ts, r2);
        }
        if (rt_pending(ts))
            return RT_NULL;
    }
    return rt_bool(eq == (op == RT_EQ));
}

static int64_t code_hash(struct rt_thread *ts, rt_value self)
{
    struct rt_code *c = rt_as_code(self);
    int64_t h = rt_str_hash(rt_slot_peek(&c->name)) ^ (int64_t)c->nwords * 1000003 ^ c->firstlineno ^
                (int64_t)c->argcount << 7 ^ (int64_t)c->flags << 12;
    for (uint32_t i = 0; i < c->nwords; i++)
        h = h * 31 + c->words[i];
    return h == -1 ? -2 : h;
}

/* Names as `dis` asks for them: locals, then cells and free variables. */
static rt_value varname_from_oparg(struct rt_thread *ts, rt_value self, rt_value i)
{
    struct rt_code *c = rt_as_code(self);
    if (rt_code_ready(ts, c) < 0)
        return RT_NULL;
    int64_t k = rt_as_index(ts, i, &rt_exc_IndexError);
    if (rt_pending(ts))
        return RT_NULL;
    if (k < 0 || k >= (int64_t)(c->nlocals + c->ncells + c->nfrees))
        return rt_raise(ts, &rt_exc_IndexError, "tuple index out of range");
    return rt_newref(ts, k < c->nlocals ? rt_as_tuple(c->varnames)->items[k] : rt_code_cell_name(c, (uint32_t)k - c->nlocals));
}

static const struct rt_method_def code_methods[] = {
    {"_varname_from_oparg", varname_from_oparg, RT_METH_O, NULL},
    {"co_positions", co_positions, RT_METH_NOARGS, NULL},
    {"co_lines", co_lines, RT_METH_NOARGS, NULL},
    {"replace", rt_code_replace, RT_METH_KW, "replace($self, /, **changes)\n--\n\nReturn a copy of the code object with new values for the specified fields."},
    {NULL},
};
static const struct rt_getset_def code_getset[] = {
    {"co_argcount", get_number, NULL, NULL, (void *)F_ARGCOUNT},
    {"co_posonlyargcount", get_number, NULL, NULL, (void *)F_POSONLY},
    {"co_kwonlyargcount", get_number, NULL, NULL, (void *)F_KWONLY},
    {"co_nlocals", get_number, NULL, NULL, (void *)F_NLOCALS},
    {"co_stacksize", get_number, NULL, NULL, (void *)F_STACK},
    {"co_flags", get_number, NULL, NULL, (void *)F_FLAGS},
    {"co_firstlineno", get_number, NULL, NULL, (void *)F_FIRST},
    {"co_code", rt_code_get_code, NULL, NULL, NULL},
    {"_co_code_adaptive", rt_code_get_code, NULL, NULL, NULL},
    {"co_consts", rt_code_get_consts, NULL, NULL, NULL},
    {"co_names", get_names, NULL, NULL, NULL},
    {"co_varnames", get_word, NULL, NULL, (void *)F_VARNAMES},
    {"co_cellvars", get_word, NULL, NULL, (void *)F_CELLVARS},
    {"co_freevars", get_word, NULL, NULL, (void *)F_FREEVARS},
    {"co_name", get_word, NULL, NULL, (void *)F_NAME},
    {"co_qualname", get_word, NULL, NULL, (void *)F_QUALNAME},
    {"co_filename", get_word, NULL, NULL, (void *)F_FILENAME},
    {"co_linetable", rt_code_get_linetable, NULL, NULL, NULL},
    {"co_lnotab", rt_code_get_linetable, NULL, NULL, NULL},
    {"co_exceptiontable", rt_code_get_exceptiontable, NULL, NULL, NULL},
    {NULL},
};
struct rt_type rt_code_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "code", .flags = RT_TF_GC | RT_TF_WEAKREF,
    .basic_size = sizeof(struct rt_code), .new = rt_code_type_new, .doc = "Create a code object.  Not for mere mortals.",
    .dealloc = code_dealloc, .traverse = code_traverse, .repr = code_repr, .hash = code_hash,
    .richcompare = code_compare, .methods = code_methods, .getset = code_getset,
};
