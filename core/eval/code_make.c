/* SPDX-License-Identifier: MIT */
/*
 * What Python sees of the constants, instructions and tables of a code object, and code objects made out of that:
 * code.replace() and types.CodeType(...).
 *
 * co_code is a rendering (code_listing.c) that nothing can run. So co_linetable carries besides the locations what runs:
 * struct table_head, words, exception table. With that the fields of one code object make an equal one, also in another
 * process (cloudpickle does so). Instructions of other origin are refused, and rt_verify looks at what is accepted.
 */
#include "core/compiler/compile.h"
#include "core/compiler/marshal.h"
#include "core/compiler/marshal_internal.h"
#include "core/compiler/opinfo.h"
#include "core/eval/eval_internal.h"

struct table_head {
    uint64_t sum; /* of all that follows */
    uint32_t version, nwords, nexc, nlocs, nconsts, nnames, nic, nregs, temp_base, ntemps, local_base, ncells, nfrees, args, flags, nlocals;
    int64_t firstlineno; /* to which the lines of the locations belong; 64 bits: no gap in what is summed */
};

/* The small int that an instruction carries itself. */
static bool immediate(uint32_t w, int64_t *value)
{
    const char *shape = rt_opinfo_shapes[w & 0xff];
    if (shape[1] == 'x')
        *value = (int16_t)(w >> 16);
    else if (!strncmp(shape, "rri", 3) && (w & 0xff) >= RT_OP_ADDI && (w & 0xff) <= RT_OP_ISUBI)
        *value = (int8_t)(w >> 24);
    else if (!strcmp(shape, "riij"))
        *value = (int8_t)(w >> 16);
    else
        return false;
    return true;
}

/* co_consts: the constants, then the small ints of the instructions. */
rt_value rt_code_get_consts(struct rt_thread *ts, rt_value self, void *closure)
{
    struct rt_code *c = rt_as_code(self);
    if (rt_code_ready(ts, c) < 0)
        return RT_NULL;
    rt_value t = rt_slot_get(ts, c, &c->consts_tuple);
    if (t.bits)
        return t;
    rt_value l = rt_list_from(ts, c->consts, c->nconsts);
    for (uint32_t pc = 0; l.bits && pc < c->nwords; pc += rt_opinfo_length(c->words + pc)) {
        int64_t v;
        bool known = !immediate(c->words[pc], &v);
        for (size_t i = 0; !known && i < rt_list_len(l); i++) {
            rt_value k = rt_list_get(ts, l, i);
            known = k.bits == rt_int_imm(v).bits;
            rt_decref(ts, k);
        }
        if (!known)
            rt_list_append(ts, l, rt_int_imm(v));
    }
    t = l.bits ? rt_list_to_tuple(ts, l) : RT_NULL;
    rt_decref(ts, l);
    if (t.bits)
        rt_slot_set(ts, &c->consts_tuple, rt_newref(ts, t));
    return t;
}

rt_value rt_code_get_code(struct rt_thread *ts, rt_value self, void *closure)
{
    rt_value consts = rt_code_get_consts(ts, self, NULL);
    if (rt_is_null(consts))
        return consts;
    rt_value b = rt_code_listing(ts, rt_as_code(self), consts);
    rt_decref(ts, consts);
    return b;
}

/* New co_consts: where an instruction carries an int that is to be something else, it loads the constant instead. Returns
   the words, to be freed, or NULL with exception. */
static uint32_t *words_with_consts(struct rt_thread *ts, struct rt_code *c, rt_value consts)
{
    struct rt_tuple *new = rt_as_tuple(consts), *old;
    rt_value had = rt_code_get_consts(ts, rt_borrow(c), NULL);
    uint32_t *words = had.bits ? rt_raw_malloc(c->nwords * sizeof *words) : NULL;
    if (!words) {
        rt_decref(ts, had);
        return rt_pending(ts) ? NULL : (rt_raise_no_memory(ts), NULL);
    }
    memcpy(words, c->words, c->nwords * sizeof *words);
    old = rt_as_tuple(had);
    for (uint32_t i = c->nconsts; i < old->length && i < new->length && i <= 0xffff; i++) {
        int64_t v;
        for (uint32_t pc = 0; new->items[i].bits != old->items[i].bits && pc < c->nwords; pc += rt_opinfo_length(words + pc)) {
            if (!immediate(words[pc], &v) || rt_int_imm(v).bits != old->items[i].bits)
                continue;
            if ((words[pc] & 0xff) != RT_OP_LOADI) {
                rt_raise(ts, &rt_exc_NotImplementedError, "PyRT cannot replace the constant %R, which is part of an instruction",
                         old->items[i]);
                rt_raw_free(words);
                rt_decref(ts, had);
                return NULL;
            }
            words[pc] = rt_op_word(RT_OP_LOADK, words[pc] >> 8 & 0xff, i & 0xff, i >> 8);
        }
    }
    rt_decref(ts, had);
    return words;
}
rt_value rt_code_get_exceptiontable(struct rt_thread *ts, rt_value self, void *closure)
{
    struct rt_code *c = rt_as_code(self);
    return rt_code_exceptions(ts, c);
}

rt_value rt_code_get_linetable(struct rt_thread *ts, rt_value self, void *closure)
{
    struct rt_code *c = rt_as_code(self);
    if (rt_code_ready(ts, c) < 0)
        return RT_NULL;
    const struct rt_loc *locs = rt_code_locs(c);
    if (!locs || !c->nlocs)
        return rt_bytes_new(ts, "", 0);
    struct table_head h = {
        0, RT_PYC_MAGIC, c->nwords, c->nexc, c->nlocs, c->nconsts, c->nnames, c->nic, c->nregs, c->temp_base, c->ntemps, c->local_base,
        c->ncells, c->nfrees, c->argcount + c->kwonly, c->flags, c->nlocals,
        c->firstlineno,
    };
    size_t words = c->nwords * sizeof *c->words, exc = c->nexc * sizeof *c->exc, lines = c->nlocs * sizeof *locs;
    rt_value b = rt_bytes_new(ts, NULL, sizeof h + words + exc + lines);
    if (rt_is_null(b))
        return b;
    char *p = rt_as_bytes(b)->data;
    memcpy(p, &h, sizeof h);
    memcpy(p + sizeof h, c->words, words);
    memcpy(p + sizeof h + words, c->exc, exc);
    memcpy(p + sizeof h + words + exc, locs, lines);
    h.sum = rt_marshal_checksum(p + sizeof h.sum, sizeof h - sizeof h.sum + words + exc + lines);
    memcpy(p, &h.sum, sizeof h.sum);
    return b;
}

/* 1: the table v is none or what it was; 0: another; -1: exception. */
static int same_table(struct rt_thread *ts, rt_value v, rt_value self, rt_value (*get)(struct rt_thread *, rt_value, void *))
{
    if (rt_is_null(v))
        return 1;
    if (!rt_is_bytes(v)) {
        rt_raise(ts, &rt_exc_TypeError, "replace() argument must be bytes, not %N", v);
        return -1;
    }
    rt_value now = get(ts, self, NULL);
    int same = now.bits ? rt_equal(ts, now, v) : -1;
    rt_decref(ts, now);
    return same;
}
/* A new co_exceptiontable may only be what it was (0) or empty (1). -1: exception. */
static int drops_handlers(struct rt_thread *ts, rt_value v, rt_value self)
{
    int same = same_table(ts, v, self, rt_code_get_exceptiontable);
    if (same != 0 || rt_as_bytes(v)->length == 0)
        return same < 0 ? -1 : !same;
    rt_raise(ts, &rt_exc_NotImplementedError, "PyRT cannot replace the exception table of a code object, only drop it");
    return -1;
}

static const char *const fields[] = {"co_argcount", "co_posonlyargcount", "co_kwonlyargcount", "co_nlocals",
    "co_stacksize", "co_flags", "co_firstlineno", "co_code", "co_consts", "co_names", "co_varnames", "co_freevars",
    "co_cellvars", "co_filename", "co_name", "co_qualname", "co_linetable", "co_exceptiontable", NULL};
enum field { ARGCOUNT, POSONLY, KWONLY, NLOCALS, STACKSIZE, FLAGS, FIRSTLINE, CODE, CONSTS, NAMES, VARNAMES, FREEVARS, CELLVARS, FILENAME,
             NAME, QUALNAME, LINETABLE, EXCTABLE, FIELDS };

/* The int fields among v into n, which has those of before. */
static int numbers(struct rt_thread *ts, const rt_value *v, int32_t *n)
{
    for (int i = ARGCOUNT; i <= FIRSTLINE; i++) {
        if (!v[i].bits)
            continue;
        n[i] = rt_as_int(ts, v[i]);
        if (rt_pending(ts))
            return -1;
        if (i < STACKSIZE && n[i] < 0) {
            rt_raise(ts, &rt_exc_ValueError, "code: %s must not be negative", fields[i] + 3);
            return -1;
        }
    }
    return 0;
}
static int check_names(struct rt_thread *ts, rt_value tuple)
{
    for (size_t i = 0; tuple.bits && i < rt_as_tuple(tuple)->length; i++)
        if (!rt_is_str(rt_as_tuple(tuple)->items[i])) {
            rt_raise(ts, &rt_exc_TypeError, "name tuples must contain only strings, not '%T'", rt_as_tuple(tuple)->items[i]);
            return -1;
        }
    return 0;
}
/* Do the constants new stand for what c has: its own, then the ints of its instructions? */
static bool same_immediates(const struct rt_code *c, rt_value had, rt_value new)
{
    struct rt_tuple *x = rt_as_tuple(had), *y = rt_as_tuple(new);
    bool same = x->length == y->length;
    for (size_t i = c->nconsts; same && i < x->length; i++)
        same = x->items[i].bits == y->items[i].bits;
    return same;
}
/* Other locations in p where the first line or the table is another; *owned: to be freed. 0, or -1: MemoryError. */
static int change_locs(struct rt_thread *ts, struct rt_code_parts *p, const struct rt_code *c, rt_value table, struct rt_loc **owned)
{
    if (table.bits)
        *owned = rt_code_read_locs(ts, p, c, rt_as_bytes(table));
    else if (p->nlocs && p->firstlineno != c->firstlineno)
        *owned = rt_code_moved_locs(ts, p, p->firstlineno - c->firstlineno);
    else
        return 0;
    return *owned ? 0 : -1;
}
/* May the instructions be those of v? They cannot be others than c's. */
static int check_code(struct rt_thread *ts, struct rt_code *c, rt_value code)
{
    rt_value now = rt_code_get_code(ts, rt_borrow(c), NULL);
    int same = now.bits ? rt_equal(ts, now, code) : -1;
    rt_decref(ts, now);
    if (same == 0)
        rt_raise(ts, &rt_exc_NotImplementedError, "PyRT cannot replace the instructions of a code object");
    return same > 0 ? 0 : -1;
}
/* The int fields into n, all checks that need no parts. */
static int check_fields(struct rt_thread *ts, struct rt_code *c, const rt_value *v, int32_t *n)
{
    if (numbers(ts, v, n) < 0)
        return -1;
    for (int i = NAMES; i <= CELLVARS; i++)
        if (check_names(ts, v[i]) < 0)
            return -1;
    if (n[NLOCALS] != (int32_t)c->nlocals || (v[VARNAMES].bits && rt_as_tuple(v[VARNAMES])->length != c->nlocals)) {
        rt_raise(ts, &rt_exc_ValueError, "code: co_nlocals != len(co_varnames)");
        return -1;
    }
    return v[CODE].bits ? check_code(ts, c, v[CODE]) : 0;
}
/* What of c cannot be taken away: its instructions count on it. */
static int check_parts(struct rt_thread *ts, const struct rt_code *c, const struct rt_code_parts *p)
{
    const char *why = NULL;
    if (p->nconsts < c->nconsts || p->nnames < c->nnames)
        why = "code: co_consts and co_names must not become shorter";
    else if (p->argcount + p->kwonly != c->argcount + c->kwonly || ((p->flags ^ c->flags) & (RT_CO_VARARGS | RT_CO_VARKEYWORDS)))
        why = "code: varnames is too small";
    if (why)
        rt_raise(ts, &rt_exc_ValueError, "%s", why);
    return why ? -1 : 0;
}
/* Instructions for the constants consts, where those in the instructions are others; *owned: to be freed. */
static int change_consts(struct rt_thread *ts, struct rt_code_parts *p, struct rt_code *c, rt_value consts, uint32_t **owned)
{
    rt_value had = rt_code_get_consts(ts, rt_borrow(c), NULL);
    if (rt_is_null(had))
        return -1;
    if (same_immediates(c, had, consts))
        p->nconsts = c->nconsts;
    else if ((*owned = words_with_consts(ts, c, consts)))
        p->words = *owned;
    rt_decref(ts, had);
    return rt_pending(ts) ? -1 : 0;
}
/* Other constants may be of other kinds than the instructions count on, and there may be fewer cells. */
static rt_value new_verified(struct rt_thread *ts, const struct rt_code_parts *p)
{
    const char *wrong = rt_verify(p);
    return wrong ? rt_raise(ts, &rt_exc_ValueError, "code: %s", wrong) : rt_code_new(ts, p);
}
/* A code object like c but for the fields in v, RT_NULL for those that stay. */
static rt_value changed(struct rt_thread *ts, struct rt_code *c, const rt_value *v)
{
    int32_t n[] = {(int32_t)c->argcount, (int32_t)c->posonly, (int32_t)c->kwonly, (int32_t)c->nlocals, 0, (int32_t)c->flags, c->firstlineno};
    if (check_fields(ts, c, v, n) < 0)
        return RT_NULL;
    int keeps_lines = same_table(ts, v[LINETABLE], rt_borrow(c), rt_code_get_linetable);
    int no_handlers = keeps_lines < 0 ? -1 : drops_handlers(ts, v[EXCTABLE], rt_borrow(c));
    if (no_handlers < 0)
        return RT_NULL;
    struct rt_code_parts p = {
        .words = c->words, .nwords = c->nwords,
        .consts = v[CONSTS].bits ? rt_as_tuple(v[CONSTS])->items : c->consts,
        .nconsts = v[CONSTS].bits ? (uint32_t)rt_as_tuple(v[CONSTS])->length : c->nconsts,
        .names = v[NAMES].bits ? rt_as_tuple(v[NAMES])->items : c->names,
        .nnames = v[NAMES].bits ? (uint32_t)rt_as_tuple(v[NAMES])->length : c->nnames,
        .nic = c->nic, .nregs = c->nregs, .temp_base = c->temp_base, .ntemps = c->ntemps, .local_base = c->local_base,
        .nlocals = c->nlocals, .ncells = c->ncells, .nfrees = c->nfrees,
        .argcount = (uint32_t)n[ARGCOUNT], .posonly = (uint32_t)n[POSONLY], .kwonly = (uint32_t)n[KWONLY], .flags = (uint32_t)n[FLAGS],
        .exc = c->exc, .nexc = no_handlers ? 0 : c->nexc, .locs = rt_code_locs(c), .nlocs = rt_code_locs(c) && keeps_lines ? c->nlocs : 0,
        .firstlineno = n[FIRSTLINE],
        .name = v[NAME].bits ? v[NAME] : rt_slot_peek(&c->name),
        .qualname = v[QUALNAME].bits ? v[QUALNAME] : rt_slot_peek(&c->qualname),
        .filename = v[FILENAME].bits ? v[FILENAME] : rt_slot_peek(&c->filename),
        .varnames = v[VARNAMES].bits ? v[VARNAMES] : c->varnames, .cellvars = v[CELLVARS].bits ? v[CELLVARS] : c->cellvars,
        .freevars = v[FREEVARS].bits ? v[FREEVARS] : c->freevars,
    };
    uint32_t *words = NULL;
    if (check_parts(ts, c, &p) < 0 || (v[CONSTS].bits && change_consts(ts, &p, c, v[CONSTS], &words) < 0))
        return RT_NULL;
    struct rt_loc *locs = NULL;
    bool ok = change_locs(ts, &p, c, keeps_lines ? RT_NULL : v[LINETABLE], &locs) == 0;
    rt_value neu = ok ? new_verified(ts, &p) : RT_NULL;
    rt_raw_free(locs);
    rt_raw_free(words);
    return neu;
}

/* The new code object's fields are in v, or as in old. */
static int audit_new(struct rt_thread *ts, rt_value old, const rt_value *v)
{
    static const uint8_t shown[] = {CODE, FILENAME, NAME, ARGCOUNT, POSONLY, KWONLY, NLOCALS, STACKSIZE, FLAGS};
    if (rt_likely(!ts->interp->audited))
        return 0;
    rt_value args[RT_COUNTOF(shown)];
    for (size_t i = 0; i < RT_COUNTOF(shown); i++) {
        args[i] = v[shown[i]].bits ? rt_newref(ts, v[shown[i]]) : rt_getattr_cstr(ts, old, fields[shown[i]]);
        if (rt_is_null(args[i])) {
            while (i--)
                rt_decref(ts, args[i]);
            return -1;
        }
    }
    int r = rt_sys_audit(ts, "code.__new__", RT_COUNTOF(shown), args);
    for (size_t i = 0; i < RT_COUNTOF(shown); i++)
        rt_decref(ts, args[i]);
    return r;
}

rt_value rt_code_replace(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const struct rt_argspec spec = {"replace", fields, 0, 0, 0, FIELDS};
    rt_value v[FIELDS];
    if (rt_code_ready(ts, rt_as_code(self)) < 0 || rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    for (int i = CONSTS; i <= CELLVARS; i++)
        if (v[i].bits && !rt_is_tuple(v[i]))
            return rt_raise_arg_type(ts, "replace", fields[i], "tuple", v[i]);
    for (int i = FILENAME; i <= QUALNAME; i++)
        if (v[i].bits && !rt_is_str(v[i]))
            return rt_raise_arg_type(ts, "replace", fields[i], "str", v[i]);
    return audit_new(ts, self, v) < 0 ? RT_NULL : changed(ts, rt_as_code(self), v);
}

/* The parts in a co_linetable of this runtime; false: it is none. */
static bool read_table(rt_value table, struct rt_code_parts *p, struct table_head *h)
{
    const char *d = rt_as_bytes(table)->data;
    size_t size = rt_as_bytes(table)->length;
    if (size < sizeof *h)
        return false;
    memcpy(h, d, sizeof *h);
    size_t words = (size_t)h->nwords * sizeof *p->words, exc = (size_t)h->nexc * sizeof *p->exc, locs = (size_t)h->nlocs * sizeof *p->locs;
    if (h->version != RT_PYC_MAGIC || size != sizeof *h + words + exc + locs || h->sum != rt_marshal_checksum(d + sizeof h->sum, size - sizeof h->sum))
        return false;
    *p = (struct rt_code_parts){
        .words = (const void *)(d + sizeof *h), .nwords = h->nwords, .nconsts = h->nconsts, .nnames = h->nnames, .nic = h->nic, .nregs = h->nregs,
        .temp_base = h->temp_base, .ntemps = h->ntemps, .local_base = h->local_base, .nlocals = h->nlocals, .ncells = h->ncells,
        .nfrees = h->nfrees, .flags = h->flags, .exc = (const void *)(d + sizeof *h + words), .nexc = h->nexc,
        .locs = (const void *)(d + sizeof *h + words + exc), .nlocs = h->nlocs,
    };
    return true;
}
/* The code object as its table has it, with the names and constants in v; nothing of the arguments checked but their types. */
static rt_value from_table(struct rt_thread *ts, const rt_value *v)
{
    struct rt_code_parts p;
    struct table_head h;
    int32_t n[FIRSTLINE + 1] = {0};
    if (!read_table(v[LINETABLE], &p, &h))
        return rt_raise(ts, &rt_exc_NotImplementedError, "PyRT makes code objects of its own instructions only: co_linetable must be that of one");
    if (numbers(ts, v, n) < 0)
        return RT_NULL;
    for (int i = NAMES; i <= CELLVARS; i++)
        if (check_names(ts, v[i]) < 0)
            return RT_NULL;
    if (n[NLOCALS] != (int32_t)h.nlocals || rt_as_tuple(v[VARNAMES])->length != h.nlocals)
        return rt_raise(ts, &rt_exc_ValueError, "code: co_nlocals != len(co_varnames)");
    if (rt_as_tuple(v[CONSTS])->length < h.nconsts || rt_as_tuple(v[NAMES])->length < h.nnames ||
        rt_as_tuple(v[CELLVARS])->length != h.ncells || rt_as_tuple(v[FREEVARS])->length != h.nfrees)
        return rt_raise(ts, &rt_exc_ValueError, "code: constants and names are not as many as the instructions need");
    if ((uint32_t)n[ARGCOUNT] + (uint32_t)n[KWONLY] != h.args || n[POSONLY] > n[ARGCOUNT] || (((uint32_t)n[FLAGS] ^ h.flags) & (RT_CO_VARARGS | RT_CO_VARKEYWORDS)))
        return rt_raise(ts, &rt_exc_ValueError, "code: varnames is too small");
    p.consts = rt_as_tuple(v[CONSTS])->items;
    p.names = rt_as_tuple(v[NAMES])->items;
    p.argcount = (uint32_t)n[ARGCOUNT];
    p.posonly = (uint32_t)n[POSONLY];
    p.kwonly = (uint32_t)n[KWONLY];
    p.firstlineno = h.firstlineno; /* changed() moves it */
    p.name = v[NAME];
    p.qualname = v[QUALNAME];
    p.filename = v[FILENAME];
    p.varnames = v[VARNAMES];
    p.cellvars = v[CELLVARS];
    p.freevars = v[FREEVARS];
    return new_verified(ts, &p);
}

rt_value rt_code_type_new(struct rt_thread *ts, struct rt_type *type, const rt_value *a, uint32_t n, rt_value kw)
{
    static const struct { enum field field; struct rt_type *type; } order[] = {
        {ARGCOUNT, NULL}, {POSONLY, NULL}, {KWONLY, NULL}, {NLOCALS, NULL}, {STACKSIZE, NULL}, {FLAGS, NULL}, {CODE, &rt_bytes_type},
        {CONSTS, &rt_tuple_type}, {NAMES, &rt_tuple_type}, {VARNAMES, &rt_tuple_type}, {FILENAME, &rt_str_type}, {NAME, &rt_str_type},
        {QUALNAME, &rt_str_type}, {FIRSTLINE, NULL}, {LINETABLE, &rt_bytes_type}, {EXCTABLE, &rt_bytes_type}, {FREEVARS, &rt_tuple_type},
        {CELLVARS, &rt_tuple_type},
    };
    rt_value v[FIELDS] = {[FREEVARS] = rt_tuple_empty(), [CELLVARS] = rt_tuple_empty()};
    if (rt_no_keywords(ts, "code", kw) < 0 || rt_args_count(ts, "code", n, FIELDS - 2, FIELDS) < 0)
        return RT_NULL;
    for (uint32_t i = 0; i < n; i++) {
        if (order[i].type && !rt_type_is_subtype(rt_type_of(a[i]), order[i].type))
            return rt_raise(ts, &rt_exc_TypeError, "code() argument %u must be %V, not %N", i + 1, order[i].type, a[i]);
        v[order[i].field] = a[i];
    }
    rt_value base = audit_new(ts, RT_NULL, v) < 0 ? RT_NULL : from_table(ts, v);
    if (rt_is_null(base))
        return base;
    if (rt_as_bytes(v[LINETABLE])->length)
        v[LINETABLE] = RT_NULL; /* it is in */
    rt_value neu = changed(ts, rt_as_code(base), v);
    rt_decref(ts, base);
    return neu;
}
