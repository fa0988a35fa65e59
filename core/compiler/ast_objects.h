/* SPDX-License-Identifier: MIT */
/*
 * ast_objects.h: the `_ast` classes and the conversions between C trees and Python objects.
 *
 * The classes are heap types (programs set attributes on them), so every interpreter has its own,
 * made on first use.
 */
#ifndef RT_COMPILER_AST_OBJECTS_H
#define RT_COMPILER_AST_OBJECTS_H

#include "core/compiler/ast.h"
#include "core/object/native.h"

enum { RT_AST_MAX_FIELDS = 7 };

/* Of one interpreter; constant once published.  All words are deferred or interned: kept alive by
 * `list` in native_state. */
struct rt_ast_state {
    rt_value ast;                                       /* ast.AST */
    rt_value types[RT_AST_TYPE_COUNT]; /* abstract classes; of product types the class itself */
    rt_value classes[RT_AST_KIND_COUNT];
    rt_value singletons[RT_AST_KIND_COUNT]; /* Load(), Add(), ...; RT_NULL for the others */
    rt_value names[RT_AST_KIND_COUNT][RT_AST_MAX_FIELDS];   /* of fields, interned */
    rt_value positions[4]; /* "lineno", "col_offset", "end_lineno", "end_col_offset" */
};

/* [attached; nopy; NULL raises] The classes of this interpreter. */
const struct rt_ast_state *rt_ast_state(struct rt_thread *ts);

/* [attached; py; new ref; raises] A tree of Python objects. */
rt_value rt_ast_to_object(struct rt_thread *ts, const struct rt_ast *node);
/* [attached; nopy; new ref; raises] */
rt_value rt_ast_const_value(struct rt_thread *ts, const struct rt_ast_const *c);

/*
 * [attached; py; NULL raises] A C tree out of objects; constants that have no C form are kept alive
 * by the list `keep`. type: RT_AST_T_mod and so on.
 */
struct rt_ast *rt_ast_from_object(struct rt_thread *ts, struct rt_arena *arena, rt_value node,
    enum rt_ast_type type, rt_value keep);

/* [attached; py; raises] Is a tree made by a program one that the code generator can take?  0 or
 * -1. */
int rt_ast_validate(struct rt_thread *ts, const struct rt_ast *mod);

#endif
