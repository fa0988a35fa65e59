/* SPDX-License-Identifier: MIT */
/*
 * ast.c: the arena, identifiers, and the tables that describe the nodes (generated from ast.def).
 *
 * Blocks come from calloc, so that a node starts zeroed without a memset of its own.
 */
#include "core/compiler/ast.h"

#include <stdlib.h>
#include <string.h>

const struct rt_ast_seq rt_ast_empty_seq;
const struct rt_ast_idseq rt_ast_empty_idseq;

#define F(k, t, q, n) {#n, offsetof(struct rt_ast_##k, n), RT_AST_T_##t, RT_AST_Q_##q},
#define RT_AST_NODE(type, kind, fields) \
    static const struct rt_ast_field fields_##kind[] = {fields{NULL}};
#include "core/compiler/ast.def"

const struct rt_ast_class rt_ast_classes[RT_AST_KIND_COUNT] = {
#define RT_AST_NODE(type, kind, fields) \
    [RT_AST_##kind] = {#kind, fields_##kind, sizeof(struct rt_ast_##kind), RT_AST_T_##type, \
        sizeof(#type) == sizeof(#kind) && !__builtin_strcmp(#type, #kind)},
#define F(k, t, q, n)
#include "core/compiler/ast.def"
};

const char *const rt_ast_type_names[RT_AST_TYPE_COUNT] = {
#define RT_AST_TYPE(type, attrs) #type,
#define F(k, t, q, n)
#include "core/compiler/ast.def"
    "identifier", "string", "constant", "int",
};

const bool rt_ast_type_has_position[RT_AST_TYPE_COUNT] = {
#define RT_AST_TYPE(type, attrs) attrs,
#define F(k, t, q, n)
#include "core/compiler/ast.def"
};

struct rt_arena_block {
    struct rt_arena_block *next;
    size_t size;
};

enum { FIRST_BLOCK = 16 * 1024, MAX_BLOCK = 1024 * 1024, FIRST_IDENTS = 128 };

struct rt_arena *rt_arena_new(void)
{
    struct rt_arena *a = calloc(1, sizeof *a);
    if (!a)
        return NULL;
    a->idents = calloc(FIRST_IDENTS, sizeof *a->idents);
    a->ident_mask = FIRST_IDENTS - 1;
    if (!a->idents) {
        free(a);
        return NULL;
    }
    return a;
}

void rt_arena_free(struct rt_arena *a)
{
    if (!a)
        return;
    for (struct rt_arena_block *b = a->blocks, *next; b; b = next) {
        next = b->next;
        free(b);
    }
    free(a->idents);
    free(a);
}

size_t rt_arena_bytes(const struct rt_arena *a)
{
    return a->total;
}

static struct rt_arena_block *add_block(struct rt_arena *a, size_t payload)
{
    struct rt_arena_block *b = calloc(1, sizeof *b + payload);
    if (!b)
        return NULL;
    b->size = payload;
    b->next = a->blocks;
    a->blocks = b;
    a->total += payload;
    return b;
}

/* Big requests get a block of their own, so that the rest of the current block stays in use. */
void *rt_arena_alloc_slow(struct rt_arena *a, size_t size)
{
    if (size > MAX_BLOCK / 8) {
        struct rt_arena_block *b = size < SIZE_MAX / 2 ? add_block(a, size) : NULL;
        return b ? b + 1 : NULL;
    }
    size_t payload = a->total < FIRST_BLOCK ? FIRST_BLOCK : a->total;
    if (payload > MAX_BLOCK)
        payload = MAX_BLOCK;
    if (payload < size)
        payload = size;
    struct rt_arena_block *b = add_block(a, payload);
    if (!b)
        return NULL;
    char *p = (char *)(b + 1);
    a->next = p + size;
    a->limit = p + payload;
    return p;
}

static uint32_t hash_bytes(const char *s, size_t len)
{
    uint64_t h = 0x9e3779b97f4a7c15u ^ len;
    while (len >= 8) {
        uint64_t w;
        memcpy(&w, s, 8);
        h = (h ^ w) * 0xff51afd7ed558ccdu;
        h ^= h >> 32;
        s += 8;
        len -= 8;
    }
    uint64_t w = 0;
    memcpy(&w, s, len);
    h = (h ^ w) * 0xff51afd7ed558ccdu;
    return (uint32_t)(h >> 32);
}

static bool grow_idents(struct rt_arena *a)
{
    uint32_t mask = a->ident_mask * 2 + 1;
    struct rt_ast_ident **table = calloc((size_t)mask + 1, sizeof *table);
    if (!table)
        return false;
    for (uint32_t i = 0; i <= a->ident_mask; i++) {
        for (struct rt_ast_ident *id = a->idents[i], *next; id; id = next) {
            next = id->next;
            id->next = table[id->hash & mask];
            table[id->hash & mask] = id;
        }
    }
    free(a->idents);
    a->idents = table;
    a->ident_mask = mask;
    return true;
}

const struct rt_ast_ident *rt_arena_ident(struct rt_arena *a, const char *utf8, size_t len)
{
    uint32_t hash = hash_bytes(utf8, len);
    for (struct rt_ast_ident *id = a->idents[hash & a->ident_mask]; id; id = id->next) {
        if (id->hash == hash && id->len == len && memcmp(id->utf8, utf8, len) == 0)
            return id;
    }
    if (a->ident_count > a->ident_mask && !grow_idents(a))
        return NULL;
    struct rt_ast_ident *id = rt_arena_alloc(a, sizeof *id + len + 1);
    if (!id)
        return NULL;
    char *copy = (char *)(id + 1);
    memcpy(copy, utf8, len);
    id->utf8 = copy;
    id->len = (uint32_t)len;
    id->hash = hash;
    id->next = a->idents[hash & a->ident_mask];
    a->idents[hash & a->ident_mask] = id;
    a->ident_count++;
    return id;
}

const struct rt_ast_str *rt_arena_str(struct rt_arena *a, const char *bytes, size_t len)
{
    struct rt_ast_str *s = rt_arena_alloc(a, sizeof *s + len + 1);
    if (!s)
        return NULL;
    char *copy = (char *)(s + 1);
    if (len)
        memcpy(copy, bytes, len);
    s->utf8 = copy;
    s->len = len;
    return s;
}

struct rt_ast_seq *rt_arena_seq(struct rt_arena *a, uint32_t len)
{
    if (len == 0)
        return rt_ast_empty;
    struct rt_ast_seq *s = rt_arena_alloc(a, sizeof *s + len * sizeof s->items[0]);
    if (s)
        s->len = len;
    return s;
}

struct rt_ast_idseq *rt_arena_idseq(struct rt_arena *a, uint32_t len)
{
    if (len == 0)
        return rt_ast_empty_ids;
    struct rt_ast_idseq *s = rt_arena_alloc(a, sizeof *s + len * sizeof s->items[0]);
    if (s)
        s->len = len;
    return s;
}

struct rt_ast_opseq *rt_arena_opseq(struct rt_arena *a, uint32_t len)
{
    struct rt_ast_opseq *s = rt_arena_alloc(a, sizeof *s + len);
    if (s)
        s->len = len;
    return s;
}

struct rt_ast *rt_arena_node(struct rt_arena *a, enum rt_ast_kind kind)
{
    struct rt_ast *n = rt_arena_alloc(a, rt_ast_classes[kind].size);
    if (n)
        n->kind = kind;
    return n;
}
