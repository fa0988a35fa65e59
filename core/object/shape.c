/* SPDX-License-Identifier: MIT */
/*
 * The shape region, transitions and name tables. The region only grows, but the shapes of dead classes are used again, once
 * no inline cache has their ids: what the caches hold is not known, so this waits until many are dead.
 *
 * Readers walk transition and name tables without a lock; writers hold the type lock. A full table is
 * replaced and the old one retired.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "core/base/limits.h"
#include "core/object/object_internal.h"

struct shape_entry {
    _Atomic uint64_t name;
    _Atomic uint64_t value; /* child pointer, or index */
};
struct rt_shape_table {
    uint32_t mask;
    _Atomic uint32_t count; /* of entries; written under the lock of types */
    struct rt_shape_table *older; /* which this one replaced: it dies with the shape, for the shapes of static types serve all
                                     interpreters, and no grace period waits for the threads of each */
    struct shape_entry e[];
};

enum { MAX_TRANSITIONS = 200, WALK_LIMIT = 6, DEFAULT_INLINE = 3, MAX_INLINE = 29 };

char *rt_shape_base;
static size_t region_used, region_size;

/* Chained by next_root, under the type lock: shapes of dead classes, and those of them that no cache has. */
static struct rt_shape *dead, *spare;
static _Atomic uint32_t dead_count;
enum { MANY_DEAD = 16384 };

void rt_shapes_init(void)
{
    if (rt_shape_base)
        return;
    size_t most = rt_limits_address_space() / 8;
    for (region_size = (size_t)8 << 30; region_size >= (size_t)16 << 20; region_size >>= 1) {
        if (region_size > most && region_size > (size_t)16 << 20)
            continue;
        void *p = mmap(NULL, region_size, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (p != MAP_FAILED) {
            rt_shape_base = p;
            region_used = 64; /* id 0 stays invalid */
            return;
        }
    }
    fputs("pyrt: not enough memory to start\n", stderr);
    exit(1);
}

static struct rt_shape *shape_alloc(void)
{
    size_t n = RT_ROUND_UP(sizeof(struct rt_shape), 16);
    if (spare) {
        struct rt_shape *s = spare;
        uint32_t id = s->id;
        spare = s->next_root;
        memset(s, 0, sizeof *s);
        s->id = id;
        return s;
    }
    if (region_used + n > region_size)
        return NULL;
    struct rt_shape *s = (struct rt_shape *)(rt_shape_base + region_used);
    s->id = (uint32_t)(region_used / 16);
    region_used += n;
    return s;
}

static void bury(struct rt_shape *s)
{
    s->flags |= RT_SHAPE_DEAD;
    s->next_root = dead;
    dead = s;
    rt_store_relaxed(&dead_count, rt_load_relaxed(&dead_count) + 1);
    struct rt_shape_table *t = rt_load_relaxed(&s->transitions);
    for (uint32_t i = 0; t && i <= t->mask; i++)
        if (rt_load_relaxed(&t->e[i].name))
            bury((struct rt_shape *)rt_load_relaxed(&t->e[i].value));
}

/* What they hold stays: those who die with the type may still be asked for theirs. */
void rt_shapes_bury(struct rt_type *t)
{
    rt_type_lock();
    for (struct rt_shape *s = t->shape, *next; s; s = next) {
        struct rt_shape *d = rt_load_relaxed(&s->dict_shape);
        next = s->next_root;
        if (d && d != s)
            bury(d);
        bury(s);
    }
    rt_type_unlock();
}

bool rt_shapes_many_dead(void) { return rt_load_relaxed(&dead_count) >= MANY_DEAD; }

void rt_shapes_reuse_stw(void)
{
    rt_eval_forget_dead_shapes();
    while (dead) {
        struct rt_shape *s = dead;
        dead = s->next_root;
        rt_raw_free(rt_load_relaxed(&s->table));
        for (struct rt_shape_table *t = rt_load_relaxed(&s->transitions), *older; t; t = older) {
            older = t->older;
            rt_raw_free(t);
        }
        s->next_root = spare;
        spare = s;
    }
    rt_store_relaxed(&dead_count, 0);
}

static uint64_t name_hash(rt_value name)
{
    uint64_t p = name.bits & ~(uint64_t)15;
    return (p >> 4) * 0x9e3779b97f4a7c15ull >> 32;
}

static uint64_t table_get(struct rt_shape_table *t, rt_value name, uint64_t absent)
{
    uint64_t key = rt_borrowed(name).bits;
    for (uint64_t i = name_hash(name);; i++) {
        struct shape_entry *e = &t->e[i & t->mask];
        uint64_t k = rt_load_acquire(&e->name);
        if (k == key)
            return rt_load_relaxed(&e->value);
        if (!k)
            return absent;
    }
}

static void table_put(struct rt_shape_table *t, rt_value name, uint64_t value)
{
    uint64_t i = name_hash(name);
    while (rt_load_relaxed(&t->e[i & t->mask].name))
        i++;
    rt_store_relaxed(&t->e[i & t->mask].value, value);
    rt_store_release(&t->e[i & t->mask].name, rt_borrowed(name).bits);
    rt_store_relaxed(&t->count, rt_load_relaxed(&t->count) + 1);
}

static struct rt_shape_table *table_new(uint32_t size)
{
    struct rt_shape_table *t = rt_raw_calloc(1, sizeof *t + size * sizeof t->e[0]);
    if (t)
        t->mask = size - 1;
    return t;
}

static uint32_t capacity_for(uint32_t slot_offset, uint32_t want)
{
    return (RT_ROUND_UP(slot_offset + 8 * want, 16) - slot_offset) / 8;
}

static struct rt_shape *root_new_locked(struct rt_type *t, uint32_t capacity)
{
    struct rt_shape *s = shape_alloc();
    if (!s)
        return NULL;
    uint32_t flags = rt_load_relaxed(&t->flags);
    s->type = t;
    s->root = s;
    s->inst_size = t->size ? 0 : RT_ROUND_UP(t->basic_size, 8); /* cleared by words */
    if (!(flags & RT_TF_DICT)) {
        s->flags = RT_SHAPE_NOATTRS;
    } else if (flags & RT_TF_VARSIZED) {
        s->flags = RT_SHAPE_DICT;
        rt_store_relaxed(&s->dict_shape, s);
    } else {
        s->slot_offset = t->inst_offset + 8;
        if (t->inst_offset + 8 > t->basic_size) {
            s->inline_capacity = (uint16_t)capacity;
            if (!t->size)
                s->inst_size = s->slot_offset + 8 * capacity;
        }
    }
    s->next_root = t->shape ? t->shape->next_root : NULL;
    if (t->shape)
        t->shape->next_root = s;
    return s;
}

int rt_shape_init_type(struct rt_thread *ts, struct rt_type *t)
{
    if (t->shape)
        return 0;
    uint32_t flags = rt_load_relaxed(&t->flags), want = 0;
    if ((flags & RT_TF_DICT) && !(flags & RT_TF_VARSIZED)) {
        if (!t->inst_offset)
            t->inst_offset = RT_ROUND_UP(t->basic_size, 8);
        if (flags & RT_TF_HEAP) {
            want = rt_load_relaxed(&t->inline_hint);
            want = want < DEFAULT_INLINE ? DEFAULT_INLINE : want;
        }
        want = capacity_for(t->inst_offset + 8, want);
    }
    rt_type_lock();
    struct rt_shape *s = root_new_locked(t, want);
    rt_type_unlock();
    if (!s) {
        rt_raise_no_memory(ts);
        return -1;
    }
    t->shape = s;
    rt_store_relaxed(&t->inline_hint, s->inline_capacity);
    rt_store_release(&t->inst_shape, s);
    return 0;
}

struct rt_shape *rt_shape_root(struct rt_thread *ts, struct rt_type *t, uint32_t capacity)
{
    rt_type_lock();
    struct rt_shape *s = t->shape;
    while (s && s->inline_capacity != capacity)
        s = s->next_root;
    if (!s)
        s = root_new_locked(t, capacity);
    rt_type_unlock();
    if (!s)
        rt_raise_no_memory(ts);
    return s;
}

/* The root for the next instance when the class history asks for more inline slots. */
static struct rt_shape *root_for_hint(struct rt_thread *ts, struct rt_type *t)
{
    uint32_t want = rt_load_relaxed(&t->inline_hint);
    want = capacity_for(t->shape->slot_offset, want > MAX_INLINE ? MAX_INLINE : want);
    rt_store_relaxed(&t->inline_hint, want);
    struct rt_shape *s = rt_shape_root(ts, t, want);
    if (s)
        rt_store_release(&t->inst_shape, s);
    return s;
}

struct rt_shape *rt_shape_dict(struct rt_thread *ts, struct rt_shape *s)
{
    struct rt_shape *root = s->root, *d = rt_load_acquire(&root->dict_shape);
    if (d)
        return d;
    rt_type_lock();
    d = rt_load_relaxed(&root->dict_shape);
    if (!d && (d = shape_alloc())) {
        d->type = root->type;
        d->flags = RT_SHAPE_DICT;
        d->slot_offset = root->slot_offset;
        d->inline_capacity = root->inline_capacity;
        d->inst_size = root->inst_size;
        d->root = root;
        rt_store_release(&root->dict_shape, d);
    }
    rt_type_unlock();
    if (!d)
        rt_raise_no_memory(ts);
    return d;
}

static struct rt_shape_table *names_table(const struct rt_shape *cs)
{
    struct rt_shape *s = (struct rt_shape *)cs;
    struct rt_shape_table *t = rt_load_acquire(&s->table);
    if (t)
        return t;
    uint32_t size = 16;
    while (size < s->nslots * 2u)
        size *= 2;
    if (!(t = table_new(size)))
        return NULL;
    for (const struct rt_shape *p = s; p->nslots; p = p->parent)
        table_put(t, p->last_name, p->last_index);
    struct rt_shape_table *expected = NULL;
    if (!rt_cas_acq_rel(&s->table, &expected, t)) {
        rt_raw_free(t);
        t = expected;
    }
    return t;
}

int rt_shape_find(const struct rt_shape *s, rt_value name)
{
    if (s->nslots > WALK_LIMIT) {
        struct rt_shape_table *t = names_table(s);
        if (t)
            return (int)(int64_t)table_get(t, name, (uint64_t)-1);
    }
    uint64_t key = rt_borrowed(name).bits;
    for (; s->nslots; s = s->parent)
        if (s->last_name.bits == key)
            return s->last_index;
    return -1;
}

struct rt_shape *rt_shape_add(struct rt_thread *ts, struct rt_shape *s, rt_value name)
{
    struct rt_shape_table *t = rt_load_acquire(&s->transitions);
    uint64_t found = t ? table_get(t, name, 0) : 0;
    if (rt_likely(found))
        return (struct rt_shape *)found;
    if (s->nslots >= RT_SHAPE_MAX_ATTRS || (t && rt_load_relaxed(&t->count) >= MAX_TRANSITIONS))
        return NULL;
    struct rt_shape *c = NULL;
    rt_type_lock();
    t = rt_load_relaxed(&s->transitions);
    if (t && (found = table_get(t, name, 0))) {
        rt_type_unlock();
        return (struct rt_shape *)found;
    }
    if (!t || rt_load_relaxed(&t->count) * 2 > t->mask) {
        struct rt_shape_table *bigger = table_new(t ? (t->mask + 1) * 2 : 2);
        if (bigger) {
            for (uint32_t i = 0; t && i <= t->mask; i++)
                if (rt_load_relaxed(&t->e[i].name))
                    table_put(bigger, RT_VALUE(rt_load_relaxed(&t->e[i].name)),
                              rt_load_relaxed(&t->e[i].value));
            bigger->older = t;
            rt_store_release(&s->transitions, bigger);
        }
        t = bigger;
    }
    if (t && (c = shape_alloc())) {
        c->type = s->type;
        c->flags = s->flags;
        c->nslots = s->nslots + 1;
        c->slot_offset = s->slot_offset;
        c->inline_capacity = s->inline_capacity;
        c->inst_size = s->inst_size;
        c->last_index = s->nslots;
        c->last_name = rt_borrowed(name);
        c->parent = s;
        c->root = s->root;
        table_put(t, name, (uintptr_t)c);
    }
    rt_type_unlock();
    if (!c)
        rt_raise_no_memory(ts);
    return c;
}

void rt_shape_names(const struct rt_shape *s, rt_value *names)
{
    for (; s->nslots; s = s->parent)
        names[s->last_index] = s->last_name;
}

static bool tree_has(struct rt_shape *s, uint64_t key)
{
    struct rt_shape_table *t = rt_load_acquire(&s->transitions);
    for (uint32_t i = 0; t && i <= t->mask; i++) {
        uint64_t k = rt_load_acquire(&t->e[i].name);
        if (k && (k == key || !key || tree_has((struct rt_shape *)rt_load_relaxed(&t->e[i].value), key)))
            return true;
    }
    return false;
}

bool rt_shape_tree_has(struct rt_type *t, rt_value name)
{
    for (struct rt_shape *s = t->shape; s; s = s->next_root)
        if (tree_has(s, rt_borrowed(name).bits))
            return true;
    return false;
}

/* ---- allocation of instances ---- */

rt_value rt_type_alloc(struct rt_thread *ts, struct rt_type *t)
{
    struct rt_shape *s = rt_load_acquire(&t->inst_shape);
    if (rt_unlikely(rt_load_relaxed(&t->inline_hint) > s->inline_capacity) &&
        t->inst_offset + 8 > t->basic_size && !(s = root_for_hint(ts, t)))
        return RT_NULL;
    size_t size = s->inst_size;
    if (rt_unlikely(!size))
        return rt_type_alloc_bytes(ts, t, t->basic_size);
    struct rt_object *o =
        rt_block_alloc(ts, size, s->id, rt_load_relaxed(&t->flags) & RT_TF_GC ? RT_OF_GC : 0);
    if (rt_unlikely(!o))
        return RT_NULL;
    uint64_t *w = (uint64_t *)(o + 1), *end = (uint64_t *)((char *)o + RT_ROUND_UP(size, 8));
    while (w < end)
        *w++ = 0;
    return rt_own(o);
}

rt_value rt_type_alloc_bytes(struct rt_thread *ts, struct rt_type *t, size_t native_bytes)
{
    size_t size = native_bytes;
    uint32_t flags = rt_load_relaxed(&t->flags);
    if (t->tail_slots)
        size = RT_ROUND_UP(size, 8) + 8 * t->tail_slots;
    if ((flags & (RT_TF_DICT | RT_TF_VARSIZED)) == (RT_TF_DICT | RT_TF_VARSIZED))
        size = RT_ROUND_UP(size, 8) + 8;
    struct rt_object *o = rt_block_alloc(ts, size, t->shape->id, flags & RT_TF_GC ? RT_OF_GC : 0);
    if (!o)
        return RT_NULL;
    memset(o + 1, 0, size - sizeof *o);
    return rt_own(o);
}

rt_value rt_type_alloc_var(struct rt_thread *ts, struct rt_type *t, size_t n)
{
    if (t->item_size && n > ((size_t)1 << 46) / t->item_size)
        return rt_raise_no_memory(ts);
    return rt_type_alloc_bytes(ts, t, t->basic_size + n * t->item_size);
}
