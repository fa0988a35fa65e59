/* SPDX-License-Identifier: MIT */
/*
 * const_pool.c: the constants and names of a code object, each once. Equal constants of the whole compilation become one
 * word first (rt_cg_const_canon), so that a unit's table need only compare words.
 */
#include <stdlib.h>

#include "core/compiler/compiler_internal.h"

/* Small tables from a 64-bit key to an index; key 0 is free. */
static uint32_t table_find(struct rt_comp *c, uint64_t **keys, uint32_t **vals, uint32_t *mask, uint32_t *count, uint64_t key,
                           uint32_t fresh)
{
    if (rt_unlikely(*count * 2 >= *mask)) {
        uint32_t old_mask = *mask, new_mask = *keys ? old_mask * 2 + 1 : 63;
        uint64_t *old_keys = *keys, *k = calloc(new_mask + 1, sizeof *k);
        uint32_t *old_vals = *vals, *v = malloc((new_mask + 1) * sizeof *v);
        if (!k || !v) {
            free(k);
            free(v);
            rt_comp_nomem(c);
        }
        for (uint32_t i = 0; old_keys && i <= old_mask; i++) {
            if (!old_keys[i])
                continue;
            uint32_t j = (uint32_t)((old_keys[i] * 0x9e3779b97f4a7c15u) >> 32) & new_mask;
            while (k[j])
                j = (j + 1) & new_mask;
            k[j] = old_keys[i];
            v[j] = old_vals[i];
        }
        free(old_keys);
        free(old_vals);
        *keys = k;
        *vals = v;
        *mask = new_mask;
    }
    uint32_t i = (uint32_t)((key * 0x9e3779b97f4a7c15u) >> 32) & *mask;
    while ((*keys)[i]) {
        if ((*keys)[i] == key)
            return (*vals)[i];
        i = (i + 1) & *mask;
    }
    (*keys)[i] = key;
    (*vals)[i] = fresh;
    ++*count;
    return fresh;
}

static uint64_t mix(uint64_t h, uint64_t x)
{
    h = (h ^ x) * 0xff51afd7ed558ccdu;
    return h ^ h >> 32;
}

/* Structural hash and equality of constants: 1, 1.0 and True, 0.0 and -0.0 are all different. */
static uint64_t const_hash(struct rt_thread *ts, rt_value v)
{
    if (!rt_is_ptr(v))
        return mix(1, v.bits);
    struct rt_type *t = rt_type_of(v);
    uint64_t h = mix(2, (uintptr_t)t);
    if (t == &rt_str_type)
        return mix(h, (uint64_t)rt_str_hash(v));
    if (t == &rt_bytes_type) {
        struct rt_bytes *b = rt_as_bytes(v);
        for (size_t i = 0; i < b->length; i++)
            h = (h ^ (uint8_t)b->data[i]) * 0x100000001b3u;
        return mix(h, b->length);
    }
    if (t == &rt_tuple_type) {
        for (size_t i = 0; i < rt_as_tuple(v)->length; i++)
            h = mix(h, const_hash(ts, rt_as_tuple(v)->items[i]));
        return h;
    }
    if (t == &rt_frozenset_type) {
        size_t pos = 0;
        rt_value k;
        uint64_t sum = 0;
        while (rt_set_next(ts, v, &pos, &k)) {
            sum += const_hash(ts, k);
            rt_decref(ts, k);
        }
        return mix(h, sum);
    }
    if (t == &rt_int_type) {
        struct rt_bigint *b = (struct rt_bigint *)rt_ptr(v);
        for (size_t i = 0; i < b->nlimbs; i++)
            h = mix(h, b->limbs[i]);
        return mix(h, b->negative);
    }
    double d[2] = {0, 0};
    if (t == &rt_float_type) {
        d[0] = rt_float_value(v);
    } else if (t == &rt_complex_type) {
        d[0] = ((struct rt_complex *)rt_ptr(v))->real;
        d[1] = ((struct rt_complex *)rt_ptr(v))->imag;
    } else {
        return mix(h, (uintptr_t)rt_ptr(v));
    }
    uint64_t w[2];
    memcpy(w, d, sizeof w);
    return mix(mix(h, w[0]), w[1]);
}

static bool const_same(struct rt_thread *ts, rt_value a, rt_value b)
{
    if (rt_is(a, b))
        return true;
    if (!rt_is_ptr(a) || !rt_is_ptr(b))
        return false;
    struct rt_type *t = rt_type_of(a);
    if (t != rt_type_of(b))
        return false;
    if (t == &rt_str_type)
        return rt_str_eq(a, b);
    if (t == &rt_bytes_type) {
        struct rt_bytes *x = rt_as_bytes(a), *y = rt_as_bytes(b);
        return x->length == y->length && memcmp(x->data, y->data, x->length) == 0;
    }
    if (t == &rt_tuple_type) {
        struct rt_tuple *x = rt_as_tuple(a), *y = rt_as_tuple(b);
        if (x->length != y->length)
            return false;
        for (size_t i = 0; i < x->length; i++) {
            if (!const_same(ts, x->items[i], y->items[i]))
                return false;
        }
        return true;
    }
    if (t == &rt_int_type) {
        struct rt_bigint *x = (struct rt_bigint *)rt_ptr(a), *y = (struct rt_bigint *)rt_ptr(b);
        return x->nlimbs == y->nlimbs && x->negative == y->negative &&
               memcmp(x->limbs, y->limbs, x->nlimbs * sizeof *x->limbs) == 0;
    }
    if (t == &rt_float_type) {
        double x = rt_float_value(a), y = rt_float_value(b);
        return memcmp(&x, &y, sizeof x) == 0;
    }
    if (t == &rt_complex_type) {
        struct rt_complex *x = (struct rt_complex *)rt_ptr(a), *y = (struct rt_complex *)rt_ptr(b);
        return memcmp(&x->real, &y->real, sizeof x->real) == 0 && memcmp(&x->imag, &y->imag, sizeof x->imag) == 0;
    }
    if (t == &rt_frozenset_type) {
        if (rt_set_len(a) != rt_set_len(b))
            return false;
        size_t pos = 0;
        rt_value k, j;
        bool same = true;
        while (same && rt_set_next(ts, a, &pos, &k)) {
            size_t other = 0;
            bool found = false;
            while (!found && rt_set_next(ts, b, &other, &j)) {
                found = const_same(ts, k, j);
                rt_decref(ts, j);
            }
            same = found;
            rt_decref(ts, k);
        }
        return same;
    }
    return false;
}

/* One word for all equal constants of the compilation. */
rt_value rt_cg_const_canon(struct rt_comp *c, rt_value v)
{
    if (!rt_is_ptr(v))
        return v;
    if (c->canon_count * 2 >= c->canon_mask) {
        uint32_t mask = c->canon ? c->canon_mask * 2 + 1 : 255;
        rt_value *vals = calloc(mask + 1, sizeof *vals);
        uint64_t *hashes = malloc((mask + 1) * sizeof *hashes);
        if (!vals || !hashes) {
            free(vals);
            free(hashes);
            rt_comp_nomem(c);
        }
        for (uint32_t i = 0; c->canon && i <= c->canon_mask; i++) {
            if (!c->canon[i].bits)
                continue;
            uint32_t j = (uint32_t)c->canon_hash[i] & mask;
            while (vals[j].bits)
                j = (j + 1) & mask;
            vals[j] = c->canon[i];
            hashes[j] = c->canon_hash[i];
        }
        free(c->canon);
        free(c->canon_hash);
        c->canon = vals;
        c->canon_hash = hashes;
        c->canon_mask = mask;
    }
    uint64_t h = const_hash(c->ts, v);
    uint32_t i = (uint32_t)h & c->canon_mask;
    for (; c->canon[i].bits; i = (i + 1) & c->canon_mask) {
        if (c->canon_hash[i] == h && const_same(c->ts, c->canon[i], v))
            return c->canon[i];
    }
    c->canon[i] = v;
    c->canon_hash[i] = h;
    c->canon_count++;
    return v;
}

/* Equal in all respects: the copies of a finally body. */
static bool same_code(rt_value v, rt_value w)
{
    struct rt_code *a = rt_as_code(v), *b = rt_as_code(w);
    return a->firstlineno == b->firstlineno && a->nwords == b->nwords && a->flags == b->flags && a->argcount == b->argcount &&
           a->posonly == b->posonly && a->kwonly == b->kwonly && a->nlocals == b->nlocals && a->nconsts == b->nconsts &&
           a->nnames == b->nnames && a->nregs == b->nregs && a->ncells == b->ncells && a->nfrees == b->nfrees && a->nexc == b->nexc &&
           rt_is(rt_slot_peek(&a->qualname), rt_slot_peek(&b->qualname)) &&
           memcmp(a->words, b->words, a->nwords * sizeof *a->words) == 0 &&
           memcmp(a->consts, b->consts, a->nconsts * sizeof *a->consts) == 0 &&
           memcmp(a->names, b->names, a->nnames * sizeof *a->names) == 0 &&
           memcmp(a->exc, b->exc, a->nexc * sizeof *a->exc) == 0 && a->nlocs == b->nlocs &&
           memcmp(a->locs, b->locs, a->nlocs * sizeof *a->locs) == 0 &&
           const_same(NULL, a->varnames, b->varnames) && const_same(NULL, a->cellvars, b->cellvars) &&
           const_same(NULL, a->freevars, b->freevars);
}

uint32_t rt_cg_const_code(struct rt_comp *c, rt_value kept)
{
    struct rt_unit *u = c->u;
    for (uint32_t i = u->nconsts, looked = 0; i-- > 0 && looked < 8;) {
        if (rt_is_exact(u->consts[i], &rt_code_type)) {
            looked++;
            if (same_code(u->consts[i], kept))
                return i;
        }
    }
    *RT_ARRAY_PUSH(c, u->consts, u->nconsts, u->consts_room) = kept;
    return u->nconsts - 1;
}

uint32_t rt_cg_const_index(struct rt_comp *c, rt_value kept)
{
    struct rt_unit *u = c->u;
    rt_value v = rt_cg_const_canon(c, kept);
    uint64_t key = rt_is_ptr(v) ? (uintptr_t)rt_ptr(v) : v.bits;
    uint32_t i = table_find(c, &u->const_keys, &u->const_vals, &u->const_mask, &u->const_count, key, u->nconsts);
    if (i == u->nconsts)
        *RT_ARRAY_PUSH(c, u->consts, u->nconsts, u->consts_room) = v;
    return i;
}

uint32_t rt_cg_name_index(struct rt_comp *c, const struct rt_ast_ident *id)
{
    struct rt_unit *u = c->u;
    uint32_t i = table_find(c, &u->name_keys, &u->name_vals, &u->name_mask, &u->name_count, (uintptr_t)id, u->nnames);
    if (i != u->nnames)
        return i;
    if (i > 0xffff)
        rt_comp_error(c, NULL, "too many names in one code block");
    *RT_ARRAY_PUSH(c, u->names, u->nnames, u->names_room) = rt_comp_ident_value(c, id);
    return i;
}

/* Caches are numbered one per instruction; in huge code instructions of one kind with one name share a cache. */
uint32_t rt_cg_name_ic(struct rt_comp *c, const struct rt_ast_ident *id, enum rt_op op)
{
    struct rt_unit *u = c->u;
    uint32_t name = rt_cg_name_index(c, id);
    if (!u->reachable)
        return name;
    uint32_t ic = u->nic;
    if (rt_unlikely(ic >= 0xc000)) {
        uint32_t kind = op == RT_OP_LOAD_ATTR ? 1 : op == RT_OP_STORE_ATTR ? 2 : op == RT_OP_LOAD_METHOD ? 3 :
                        op == RT_OP_CALL_METHOD ? 4 : op == RT_OP_DEL_ATTR ? 5 :
                        op == RT_OP_LOAD_SUPER_METHOD ? 7 : 6;
        ic = table_find(c, &u->name_keys, &u->name_vals, &u->name_mask, &u->name_count, (uintptr_t)id + kind, ic);
        if (ic > 0xffff)
            rt_comp_error(c, NULL, "too many names in one code block");
    }
    u->nic += ic == u->nic;
    return name | ic << 16;
}
