/* SPDX-License-Identifier: MIT */
/*
 * marshal_code.c: code objects in marshal data, and loading them late.
 *
 * A code object is 'c', version word, length, checksum, body. Nested ones are 'k', length, padding, body. A body is
 *
 *   a struct of counts, words, exception table, locations (varints of differences), name, qualified name, file name
 *   (None: that of the code around it); then constants, names, varnames, cellvars, freevars
 *
 * The whole is copied once into a unit that its code objects share. Reading makes of each code object only what comes
 * before the constants; the words and tables stay where they are. The rest is made when the code first runs or is
 * looked into (rt_code_ready): most functions of most modules never are. Inside a body there are no references to
 * earlier objects, so that each can be read by itself.
 *
 * The checksum says that the bytes are those that were written. rt_verify says of code that is about to run that its
 * instructions stay within what it has.
 */
#include <pthread.h>
#include <stdlib.h>

#include "core/compiler/compile.h"
#include "core/compiler/marshal.h"
#include "core/compiler/marshal_internal.h"
#include "core/compiler/opinfo.h"

/* What a body begins with. */
struct body_head {
    uint32_t flags, argcount, posonly, kwonly, nlocals, ncells, nfrees, temp_base, ntemps, nregs, local_base, nic;
    int32_t firstlineno;
    uint32_t nwords, nexc, nlocs, loc_bytes, nconsts, nnames, self_stores;
};
enum { TOP_HEAD = 16 }; /* version, length, checksum */

/* Changes with the instruction set and the code generator, as the magic number of code files does. */
static uint32_t code_version(void) { return 0x70790000u | RT_PYC_MAGIC; }

static uint64_t mix(uint64_t a, uint64_t b)
{
    __uint128_t x = (__uint128_t)a * b;
    return (uint64_t)x ^ (uint64_t)(x >> 64);
}

uint64_t rt_marshal_checksum(const void *data, size_t n)
{
    const uint8_t *p = data;
    uint64_t h = n ^ 0x9e3779b97f4a7c15u, a, b, tail[2] = {0, 0};
    for (; n >= 16; n -= 16, p += 16) {
        memcpy(&a, p, 8);
        memcpy(&b, p + 8, 8);
        h = mix(a ^ h ^ 0xa0761d6478bd642fu, b ^ 0xe7037ed1a0b428dbu) + (h << 1 | h >> 63);
    }
    memcpy(tail, p, n);
    return mix(tail[0] ^ h ^ 0x8ebc6af09c88c6e3u, tail[1] ^ 0x589965cc75374cc3u) + (h << 1 | h >> 63);
}

/* ---- writing ---- */

static void put_varint(struct rt_marshal_writer *w, uint32_t x)
{
    for (; x >= 0x80; x >>= 7)
        rt_marshal_put_byte(w, (int)(x & 0x7f) | 0x80);
    rt_marshal_put_byte(w, (int)x);
}

static void put_svarint(struct rt_marshal_writer *w, int32_t x)
{
    put_varint(w, (uint32_t)x << 1 ^ (uint32_t)(x >> 31));
}

static void put_locations(struct rt_marshal_writer *w, const struct rt_code *c)
{
    uint32_t pc = 0;
    int32_t line = c->firstlineno;
    const struct rt_loc *locs = rt_code_locs(c);
    if (!locs && c->nlocs)
        w->error = RT_MARSHAL_NOMEM;
    for (uint32_t i = 0; locs && i < c->nlocs; i++) {
        const struct rt_loc *l = &locs[i];
        put_varint(w, l->pc - pc);
        put_svarint(w, l->line - line);
        put_svarint(w, l->end_line - l->line);
        put_svarint(w, l->col);
        put_svarint(w, l->end_col - l->col);
        pc = l->pc;
        line = l->line;
    }
}

static void put_body(struct rt_marshal_writer *w, const struct rt_code *c, rt_value around)
{
    struct body_head h = {
        c->flags, c->argcount, c->posonly, c->kwonly, c->nlocals, c->ncells, c->nfrees, c->temp_base, c->ntemps, c->nregs,
        c->local_base, c->nic, c->firstlineno, c->nwords, c->nexc, c->nlocs, 0, c->nconsts, c->nnames,
        rt_code_self_stores(c),
    };
    size_t start = w->length;
    rt_value filename = rt_slot_peek(&c->filename);
    rt_marshal_put_bytes(w, &h, sizeof h);
    rt_marshal_put_bytes(w, c->words, c->nwords * sizeof *c->words);
    rt_marshal_put_bytes(w, c->exc, c->nexc * sizeof *c->exc);
    size_t locs = w->length;
    put_locations(w, c);
    h.loc_bytes = (uint32_t)(w->length - locs);
    rt_marshal_put_object(w, rt_slot_peek(&c->name));
    rt_marshal_put_object(w, rt_slot_peek(&c->qualname));
    rt_marshal_put_object(w, around.bits && rt_str_eq(filename, around) ? RT_NONE : filename);
    for (uint32_t i = 0; i < c->nconsts; i++)
        rt_marshal_put_object(w, c->consts[i]);
    for (uint32_t i = 0; i < c->nnames; i++)
        rt_marshal_put_object(w, c->names[i]);
    rt_marshal_put_object(w, c->varnames);
    rt_marshal_put_object(w, c->cellvars);
    rt_marshal_put_object(w, c->freevars);
    if (!w->error)
        memcpy(w->data + start, &h, sizeof h);
}

static void put_nested(struct rt_marshal_writer *w, const struct rt_code *c)
{
    rt_marshal_put_byte(w, 'k');
    size_t at = w->length;
    rt_marshal_put_long(w, 0);
    while ((w->length - w->unit_start) % 4 && !w->error)
        rt_marshal_put_byte(w, 0);
    size_t start = w->length;
    rt_value around = w->filename;
    w->filename = rt_slot_peek(&c->filename);
    put_body(w, c, around);
    w->filename = around;
    uint32_t n = (uint32_t)(w->length - start);
    if (!w->error)
        memcpy(w->data + at, &n, 4);
}

void rt_marshal_put_code(struct rt_marshal_writer *w, rt_value v, int flag)
{
    struct rt_code *c = rt_as_code(v);
    if (rt_code_ready(w->ts, c) < 0) {
        w->error = RT_MARSHAL_EXCEPTION;
        return;
    }
    if (w->unit_start) {
        put_nested(w, c);
        return;
    }
    rt_marshal_put_byte(w, 'c' | flag);
    rt_marshal_put_long(w, code_version());
    size_t head = w->length;
    rt_marshal_put_bytes(w, "\0\0\0\0\0\0\0\0\0\0\0", 12);
    w->unit_start = w->length;
    w->filename = rt_slot_peek(&c->filename);
    put_body(w, c, RT_NULL);
    size_t n = w->length - w->unit_start;
    if (n > INT32_MAX)
        w->error = RT_MARSHAL_UNMARSHALLABLE;
    if (!w->error) {
        uint32_t length = (uint32_t)n;
        uint64_t sum = rt_marshal_checksum(w->data + w->unit_start, n);
        memcpy(w->data + head, &length, 4);
        memcpy(w->data + head + 4, &sum, 8);
    }
    w->unit_start = 0;
}

/* ---- reading ---- */

static rt_value get_body(struct rt_marshal_reader *r)
{
    struct rt_thread *ts = r->ts;
    struct body_head h;
    const uint8_t *raw = rt_marshal_take(r, sizeof h);
    if (!raw)
        return RT_NULL;
    memcpy(&h, raw, sizeof h);
    struct rt_code_parts p = {
        .flags = h.flags, .argcount = h.argcount, .posonly = h.posonly, .kwonly = h.kwonly, .nlocals = h.nlocals,
        .ncells = h.ncells, .nfrees = h.nfrees, .temp_base = h.temp_base, .ntemps = h.ntemps, .nregs = h.nregs,
        .local_base = h.local_base, .nic = h.nic, .firstlineno = h.firstlineno, .nwords = h.nwords, .nexc = h.nexc,
        .nlocs = h.nlocs, .nconsts = h.nconsts, .nnames = h.nnames,
    };
    struct rt_code_body body = {.unit = r->unit, .loc_length = h.loc_bytes, .self_stores = h.self_stores};
    p.words = (const uint32_t *)(const void *)rt_marshal_take(r, (size_t)h.nwords * 4);
    p.exc = p.words ? (const void *)rt_marshal_take(r, h.nexc * sizeof *p.exc) : NULL;
    body.locs = p.exc ? rt_marshal_take(r, h.loc_bytes) : NULL;
    if (!body.locs)
        return RT_NULL;
    p.name = rt_marshal_get_item(r, "code");
    p.qualname = p.name.bits ? rt_marshal_get_item(r, "code") : RT_NULL;
    p.filename = p.qualname.bits ? rt_marshal_get_item(r, "code") : RT_NULL;
    rt_value res = RT_NULL;
    if (p.filename.bits && rt_is_none(p.filename))
        p.filename = r->filename.bits ? rt_newref(ts, r->filename) : p.filename;
    if (p.filename.bits) {
        size_t left = (size_t)(r->end - r->p);
        bool counts = h.nic <= h.nwords && h.nlocs <= h.loc_bytes && h.nconsts <= left && h.nnames <= left;
        if (counts && rt_is_str_exact(p.name) && rt_is_str_exact(p.qualname) && rt_is_ptr(p.filename) && rt_is_str_exact(p.filename)) {
            body.rest = r->p;
            body.rest_length = (uint32_t)(r->end - r->p);
            res = rt_code_new_late(ts, &p, &body);
        } else {
            rt_marshal_bad(r, "code object");
        }
    }
    rt_decref(ts, p.name);
    rt_decref(ts, p.qualname);
    rt_decref(ts, p.filename);
    return res;
}

rt_value rt_marshal_get_nested(struct rt_marshal_reader *r)
{
    int32_t n;
    if (!r->unit)
        return rt_marshal_bad(r, "unknown type code"), RT_NULL;
    if (!rt_marshal_get_long(r, &n))
        return RT_NULL;
    if (!rt_marshal_take(r, -(uintptr_t)(r->p - r->unit->data) & 3) || n < 0 || (size_t)n > (size_t)(r->end - r->p))
        return rt_pending(r->ts) ? RT_NULL : (rt_marshal_bad(r, "code size out of range"), RT_NULL);
    struct rt_marshal_reader inner = {
        .ts = r->ts, .p = r->p, .end = r->p + n, .depth = r->depth, .unit = r->unit, .filename = r->filename,
    };
    r->p += n;
    return get_body(&inner);
}

/* The unit at `data`, which stays where it is when the unit is fixed. */
static rt_value code_of_unit(struct rt_thread *ts, const uint8_t *data, size_t n, bool fixed, int depth)
{
    struct rt_code_unit *u = rt_code_unit_new(data, n, fixed);
    if (!u)
        return rt_raise_no_memory(ts);
    struct rt_marshal_reader inner = {.ts = ts, .p = u->data, .end = u->data + n, .depth = depth, .unit = u};
    rt_value v = get_body(&inner);
    rt_code_unit_release(u);
    return v;
}

rt_value rt_marshal_get_code(struct rt_marshal_reader *r)
{
    const uint8_t *p = r->unit ? NULL : rt_marshal_take(r, TOP_HEAD);
    uint32_t head[2];
    uint64_t sum;
    if (!p) {
        if (r->unit)
            rt_marshal_bad(r, "unknown type code");
        return RT_NULL;
    }
    memcpy(head, p, 8);
    memcpy(&sum, p + 8, 8);
    if (head[0] != code_version())
        return rt_marshal_bad(r, "code object of another version"), RT_NULL;
    if (head[1] > INT32_MAX || !(p = rt_marshal_take(r, head[1])))
        return rt_pending(r->ts) ? RT_NULL : (rt_marshal_bad(r, "code size out of range"), RT_NULL);
    if (rt_marshal_checksum(p, head[1]) != sum)
        return rt_marshal_bad(r, "code object is damaged"), RT_NULL;
    return code_of_unit(r->ts, p, head[1], false, r->depth);
}

rt_value rt_marshal_load_fixed(struct rt_thread *ts, const uint8_t *p, size_t n)
{
    uint32_t head[2];
    uint64_t sum;
    if (n < 1 + TOP_HEAD || (p[0] & 0x7f) != 'c')
        return RT_NULL;
    memcpy(head, p + 1, 8);
    memcpy(&sum, p + 9, 8);
    p += 1 + TOP_HEAD;
    if (head[0] != code_version() || head[1] > n - 1 - TOP_HEAD || (uintptr_t)p % 4 || rt_marshal_checksum(p, head[1]) != sum)
        return RT_NULL;
    return code_of_unit(ts, p, head[1], true, 0);
}

/* ---- loading late ---- */

/* Held only while attached, with no safepoint inside. */
static pthread_mutex_t late_lock = PTHREAD_MUTEX_INITIALIZER;

static int read_words(struct rt_marshal_reader *r, rt_value *out, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        rt_value v = rt_marshal_get_item(r, "code");
        if (rt_is_null(v))
            return -1;
        out[i] = rt_code_constant_word(r->ts, v);
        rt_decref(r->ts, v);
        if (rt_is_null(out[i]))
            return -1;
    }
    return 0;
}

/* What was read can be run: the checksum says who wrote it, not that it was meant well. */
static int check_loaded(struct rt_thread *ts, const struct rt_code *c)
{
    struct rt_code_parts p = {
        .words = c->words, .nwords = c->nwords, .consts = c->consts, .nconsts = c->nconsts, .names = c->names,
        .nnames = c->nnames, .nic = c->nic, .nregs = c->nregs, .temp_base = c->temp_base, .ntemps = c->ntemps,
        .local_base = c->local_base, .nlocals = c->nlocals, .ncells = c->ncells, .nfrees = c->nfrees,
        .argcount = c->argcount, .posonly = c->posonly, .kwonly = c->kwonly, .flags = c->flags, .exc = c->exc,
        .nexc = c->nexc, .firstlineno = c->firstlineno,
        .varnames = c->varnames, .cellvars = c->cellvars, .freevars = c->freevars,
    };
    const char *wrong = rt_verify(&p);
    if (wrong)
        rt_raise(ts, &rt_exc_ValueError, "bad marshal data (%s)", wrong);
    return wrong ? -1 : 0;
}

/* Constants, names and caches stand in one block. */
static int read_rest(struct rt_thread *ts, struct rt_code *c)
{
    uint32_t nconsts = c->late.nconsts, nnames = c->late.nnames, nic = c->late.nic;
    size_t n = (size_t)nconsts + nnames + nic;
    rt_value *block = rt_raw_calloc_lines((n + 1) * sizeof *block), three[3] = {RT_NULL, RT_NULL, RT_NULL};
    struct rt_marshal_reader r = {
        .ts = ts, .p = c->late.rest, .end = c->late.rest + c->late.length, .unit = c->unit,
        .filename = rt_slot_peek(&c->filename),
    };
    if (!block) {
        rt_raise_no_memory(ts);
        return -1;
    }
    if (read_words(&r, block, nconsts + nnames) < 0 || read_words(&r, three, 3) < 0) {
        for (size_t i = 0; i < n; i++)
            rt_decref(ts, block[i]);
        rt_raw_free(block);
        return -1;
    }
    c->consts = block;
    c->names = block + nconsts;
    c->ic = (_Atomic uint64_t *)(void *)(block + nconsts + nnames);
    c->nconsts = nconsts;
    c->nnames = nnames;
    c->nic = nic;
    c->varnames = three[0];
    c->cellvars = three[1];
    c->freevars = three[2];
    return c->unit->fixed ? 0 : check_loaded(ts, c);
}

int rt_code_load(struct rt_thread *ts, struct rt_code *c)
{
    int err = 0;
    pthread_mutex_lock(&late_lock);
    if (rt_load_relaxed(&c->is_late)) {
        err = read_rest(ts, c);
        if (err == 0) {
            rt_store_release(&c->is_late, false);
            rt_store_release(&c->simple, rt_code_is_simple(c));
        }
    }
    pthread_mutex_unlock(&late_lock);
    return err;
}
