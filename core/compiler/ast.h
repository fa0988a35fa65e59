/* SPDX-License-Identifier: MIT */
/*
 * ast.h: the abstract syntax tree, independent of Python objects.
 *
 * Nodes live in an arena and die with it; nothing in a tree is counted.  Every node starts with
 * `struct rt_ast`; its concrete structure `struct rt_ast_<Kind>` (generated from ast.def) has the
 * fields of the Python class of that name:
 *
 *     struct rt_ast_BinOp *b = RT_AST(BinOp, node);     // asserts the kind in debug builds
 *     visit(b->left); emit(b->op);                       // op is RT_AST_Add, RT_AST_Sub, ...
 *
 * Invariants: sequences are never NULL (an empty one is &rt_ast_empty); `one` fields are never
 * NULL; elements of a sequence may be NULL only in Dict.keys (`**x`) and arguments.kw_defaults.
 * Identifiers are interned per arena: equal names are equal pointers. Lines count from 1, columns
 * are UTF-8 byte offsets from 0, -1/0 never occurs in parser output.
 */
#ifndef RT_COMPILER_AST_H
#define RT_COMPILER_AST_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* RT_AST_Module, ..., RT_AST_TypeIgnore; 0 is no kind. */
enum rt_ast_kind {
    RT_AST_NONE,
#define RT_AST_NODE(type, kind, fields) RT_AST_##kind,
#define F(k, t, q, n)
#include "core/compiler/ast.def"
    RT_AST_KIND_COUNT
};

/* The abstract classes: RT_AST_T_mod, RT_AST_T_stmt, ...; then the types of fields that are not
 * nodes. */
enum rt_ast_type {
#define RT_AST_TYPE(type, attrs) RT_AST_T_##type,
#define F(k, t, q, n)
#include "core/compiler/ast.def"
    RT_AST_T_identifier, RT_AST_T_string, RT_AST_T_constant, RT_AST_T_int,
    RT_AST_TYPE_COUNT
};

enum rt_ast_quantity { RT_AST_Q_one, RT_AST_Q_opt, RT_AST_Q_seq };

struct rt_ast {
    uint8_t kind;               /* enum rt_ast_kind */
    uint8_t flags;              /* RT_AST_F_*, set by the parser */
    uint16_t spare;
    int32_t lineno, col_offset, end_lineno, end_col_offset;
    uint32_t note;              /* 0 from the parser; free for symbol table or code generator */
};

#define RT_AST_F_PARENTHESIZED \
    1 /* a parenthesised expression (the positions do not include the brackets) */

/* Text that is not an identifier: UTF-8 with surrogates as in WTF-8, length in bytes, followed by a
 * NUL not counted. */
struct rt_ast_str {
    const char *utf8;
    size_t len;
};

struct rt_ast_ident {
    const char *utf8;           /* NFKC-normalised, NUL-terminated */
    uint32_t len, hash;
    struct rt_ast_ident *next;  /* chain of the arena's table */
    uint64_t note; /* 0 from the parser; free for the code generator (e.g. the interned str) */
};

enum rt_ast_const_kind {
    RT_CONST_NONE,
    RT_CONST_TRUE,
    RT_CONST_FALSE,
    RT_CONST_ELLIPSIS,
    RT_CONST_INT,
    RT_CONST_FLOAT,
    RT_CONST_COMPLEX,
    RT_CONST_STR,
    RT_CONST_BYTES,
    RT_CONST_OBJECT /* `word`: a value made elsewhere (user-built tree, folded tuple); its owner
                       keeps it alive */
};

struct rt_ast_const {
    uint8_t kind;               /* enum rt_ast_const_kind */
    bool fits;                  /* INT: `small` is the value */
    bool ascii;                 /* STR: every byte is below 0x80 */
    uint8_t base;               /* INT: 2, 8, 10 or 16, the base of `text` */
    int64_t small;
    union {
        struct rt_ast_str text; /* INT: digits (no prefix, no underscores); STR; BYTES: raw bytes */
        struct { double real, imag; };  /* FLOAT (real), COMPLEX */
        uint64_t word;          /* OBJECT */
    };
};

struct rt_ast_seq {
    uint32_t len;
    struct rt_ast *items[];
};

struct rt_ast_idseq {
    uint32_t len;
    const struct rt_ast_ident *items[];
};

struct rt_ast_opseq {
    uint32_t len;
    uint8_t items[];            /* enum rt_ast_kind: RT_AST_Eq, ... */
};

extern const struct rt_ast_seq rt_ast_empty_seq;
extern const struct rt_ast_idseq rt_ast_empty_idseq;
#define rt_ast_empty ((struct rt_ast_seq *)&rt_ast_empty_seq)
#define rt_ast_empty_ids ((struct rt_ast_idseq *)&rt_ast_empty_idseq)

/* C type of a field, by type and quantity. */
#define RT_AST_C_identifier_one const struct rt_ast_ident *
#define RT_AST_C_identifier_opt const struct rt_ast_ident *
#define RT_AST_C_identifier_seq struct rt_ast_idseq *
#define RT_AST_C_string_one const struct rt_ast_str *
#define RT_AST_C_string_opt const struct rt_ast_str *
#define RT_AST_C_constant_one struct rt_ast_const *
#define RT_AST_C_int_one int32_t
#define RT_AST_C_int_opt int32_t
#define RT_AST_C_boolop_one uint8_t
#define RT_AST_C_operator_one uint8_t
#define RT_AST_C_unaryop_one uint8_t
#define RT_AST_C_expr_context_one uint8_t
#define RT_AST_C_cmpop_seq struct rt_ast_opseq *
#define RT_AST_C_stmt_seq struct rt_ast_seq *
#define RT_AST_C_expr_one struct rt_ast *
#define RT_AST_C_expr_opt struct rt_ast *
#define RT_AST_C_expr_seq struct rt_ast_seq *
#define RT_AST_C_arguments_one struct rt_ast *
#define RT_AST_C_arg_opt struct rt_ast *
#define RT_AST_C_arg_seq struct rt_ast_seq *
#define RT_AST_C_keyword_seq struct rt_ast_seq *
#define RT_AST_C_alias_seq struct rt_ast_seq *
#define RT_AST_C_withitem_seq struct rt_ast_seq *
#define RT_AST_C_match_case_seq struct rt_ast_seq *
#define RT_AST_C_excepthandler_seq struct rt_ast_seq *
#define RT_AST_C_comprehension_seq struct rt_ast_seq *
#define RT_AST_C_pattern_one struct rt_ast *
#define RT_AST_C_pattern_opt struct rt_ast *
#define RT_AST_C_pattern_seq struct rt_ast_seq *
#define RT_AST_C_type_ignore_seq struct rt_ast_seq *

#define F(k, t, q, n) RT_AST_C_##t##_##q n;
#define RT_AST_NODE(type, kind, fields) struct rt_ast_##kind { struct rt_ast base; fields };
#include "core/compiler/ast.def"

#ifdef RT_DEBUG
#define RT_AST(Kind, node) ({ struct rt_ast *rt_n_ = (struct rt_ast *)(node); \
    assert(rt_n_->kind == RT_AST_##Kind); (struct rt_ast_##Kind *)rt_n_; })
#else
#define RT_AST(Kind, node) ((struct rt_ast_##Kind *)(node))
#endif

/* Reflection, for the dumper and the `_ast` module. */
struct rt_ast_field {
    const char *name;           /* NULL ends the list */
    uint16_t offset;            /* in the node structure */
    uint8_t type;               /* enum rt_ast_type */
    uint8_t quantity;           /* enum rt_ast_quantity */
};

struct rt_ast_class {
    const char *name;
    const struct rt_ast_field *fields;
    uint16_t size;              /* of the node structure */
    uint8_t type;               /* enum rt_ast_type of the abstract class */
    bool is_product;            /* the class is its own type (`arguments`) */
};

extern const struct rt_ast_class rt_ast_classes[RT_AST_KIND_COUNT];
extern const char *const rt_ast_type_names[RT_AST_TYPE_COUNT];
extern const bool rt_ast_type_has_position[RT_AST_TYPE_COUNT];

/* Is the field held as an enum rt_ast_kind (Load, Add, ...) instead of a pointer? */
static inline bool rt_ast_type_is_enum(enum rt_ast_type t)
{
    return t == RT_AST_T_expr_context || t == RT_AST_T_boolop || t == RT_AST_T_operator ||
        t == RT_AST_T_unaryop || t == RT_AST_T_cmpop;
}

/*
 * Arena: bump allocation, freed as a whole.  One thread at a time.  Allocation returns zeroed
 * memory, NULL when out of memory.
 */
struct rt_arena;

struct rt_arena *rt_arena_new(void);    /* [any; nopy] */
void rt_arena_free(struct rt_arena *a); /* [any; nopy] NULL allowed */
void *rt_arena_alloc_slow(struct rt_arena *a, size_t size);
size_t rt_arena_bytes(const struct rt_arena *a);

struct rt_arena {
    char *next, *limit;         /* free part of the current block, zeroed */
    struct rt_arena_block *blocks;
    size_t total;
    struct rt_ast_ident **idents;
    uint32_t ident_count, ident_mask;
};

static inline void *rt_arena_alloc(struct rt_arena *a, size_t size)
{
    size = (size + 7) & ~(size_t)7;
    if (size > (size_t)(a->limit - a->next))
        return rt_arena_alloc_slow(a, size);
    void *p = a->next;
    a->next += size;
    return p;
}

/* The identifier for these bytes, exactly as given (the parser normalises first); NULL when out of
 * memory. */
const struct rt_ast_ident *rt_arena_ident(struct rt_arena *a, const char *utf8, size_t len);
const struct rt_ast_str *rt_arena_str(
    struct rt_arena *a, const char *bytes, size_t len); /* copies */
struct rt_ast_seq *rt_arena_seq(struct rt_arena *a, uint32_t len);
struct rt_ast_idseq *rt_arena_idseq(struct rt_arena *a, uint32_t len);
struct rt_ast_opseq *rt_arena_opseq(struct rt_arena *a, uint32_t len);

/* A zeroed node with its kind set. */
struct rt_ast *rt_arena_node(struct rt_arena *a, enum rt_ast_kind kind);

/* `ast.dump(tree, include_attributes=attributes)` as UTF-8 (lone surrogates escaped); malloc'd,
 * NULL when out of memory or too deep. */
char *rt_ast_dump(const struct rt_ast *node, bool attributes, size_t *len);

/*
 * Source text of an expression, as CPython spells annotations under `from __future__ import
 * annotations`.  UTF-8 in the arena. Constants of kind OBJECT are spelled by `object_repr` (which
 * may return NULL for an error); NULL on error or out of memory.
 */
struct rt_unparse_hooks {
    void *ctx;
    const struct rt_ast_str *(*object_repr)(void *ctx, struct rt_arena *a, uint64_t word);
};
const struct rt_ast_str *rt_ast_unparse(
    struct rt_arena *a, const struct rt_ast *expr, const struct rt_unparse_hooks *hooks);

#endif
