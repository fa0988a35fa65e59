/* SPDX-License-Identifier: MIT */
/*
 * symtable.h: scopes and symbols of one compilation.
 *
 * rt_symtable_build() walks the tree once: it enters every name, folds constants on the way (constfold.c) and then decides
 * for each name of each scope whether it is local, global, free or a cell. Everything lives in the compilation's arena.
 * A node that opens a scope (def, class, lambda, comprehension, Module) gets the scope's number in `note`; a Name node gets
 * the number of its symbol in its scope, plus one.
 */
#ifndef RT_COMPILER_SYMTABLE_H
#define RT_COMPILER_SYMTABLE_H

#include "core/compiler/ast.h"

struct rt_comp;

enum { /* symbol flags, values as the _symtable module shows them */
    RT_DEF_GLOBAL = 1, RT_DEF_LOCAL = 2, RT_DEF_PARAM = 4, RT_DEF_NONLOCAL = 8, RT_USE = 16, RT_DEF_FREE = 32,
    RT_DEF_FREE_CLASS = 64, RT_DEF_IMPORT = 128, RT_DEF_ANNOT = 256, RT_DEF_COMP_ITER = 512,
    RT_DEF_BOUND = RT_DEF_LOCAL | RT_DEF_PARAM | RT_DEF_IMPORT,
    RT_DEF_KILLED = 1 << 16, /* a del statement or an except clause unbinds it */
    RT_SCOPE_OFFSET = 11,
};
enum { RT_SC_LOCAL = 1, RT_SC_GLOBAL_EXPLICIT, RT_SC_GLOBAL_IMPLICIT, RT_SC_FREE, RT_SC_CELL };
enum { RT_BLOCK_FUNCTION, RT_BLOCK_CLASS, RT_BLOCK_MODULE, RT_BLOCK_ANNOTATION };
enum { RT_COMP_NONE, RT_COMP_LIST, RT_COMP_DICT, RT_COMP_SET, RT_COMP_GENERATOR };

struct rt_sym {
    const struct rt_ast_ident *name;
    uint32_t flags;
    uint8_t scope;      /* RT_SC_*, decided by the analysis */
    bool in_free;       /* already on the scope's list of free names */
    int32_t index;      /* code generator: local register, -1 not yet given */
    int32_t cell;       /* code generator: own cell or closure cell, -1 none */
    int32_t name_index; /* code generator: in co_names, -1 not yet */
};

struct rt_sym_scope {
    uint32_t id;
    uint8_t type;          /* RT_BLOCK_* */
    uint8_t comprehension; /* RT_COMP_* */
    bool nested, generator, coroutine, varargs, varkeywords, returns_value, needs_class_closure, has_free;
    bool comp_iter_target; /* a comprehension's target is being visited */
    bool has_walrus;       /* an assignment expression binds a name here */
    bool has_annotations;
    uint32_t comp_iter_expr;
    const struct rt_ast_ident *name;
    struct rt_ast *node;
    int32_t lineno, col_offset, end_lineno, end_col_offset;
    struct rt_sym_scope *parent;
    struct rt_sym_scope **children;
    uint32_t nchildren, children_room;
    struct rt_sym *syms;
    uint32_t nsyms, syms_room, nparams;
    uint32_t *table, mask; /* symbol number + 1 by the name's hash */
    struct rt_directive *directives;
    const struct rt_ast_ident **free; /* free names, for the parent */
    uint32_t nfree, free_room;
};

/* A global or nonlocal declaration: where errors point. */
struct rt_directive {
    const struct rt_ast_ident *name;
    int32_t lineno, col_offset, end_lineno, end_col_offset;
    struct rt_directive *next;
};

/* [attached; py (warnings)] Fails by the compilation's error exit. */
void rt_symtable_build(struct rt_comp *c, struct rt_ast *mod);
struct rt_sym *rt_symtable_lookup(const struct rt_sym_scope *s, const struct rt_ast_ident *name); /* NULL: absent */
/* `name` as the innermost class `klass` (or NULL) sees it: __x becomes _Class__x. */
const struct rt_ast_ident *rt_symtable_mangle(struct rt_comp *c, const struct rt_ast_ident *klass,
                                              const struct rt_ast_ident *name);

#endif
