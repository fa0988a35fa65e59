/* SPDX-License-Identifier: MIT */
/*
 * compiler_internal.h: the state of a compilation and the interfaces between the code generator's files.
 *
 * A compilation (struct rt_comp) owns its units, one per code object under construction, the innermost first. Code is
 * emitted once, in its final place: jumps to labels not placed yet are patched, nothing moves. While code is emitted the
 * generator follows which locals are surely bound (`bound`), so that CHECK_BOUND is emitted only where needed: labels
 * intersect the states of the jumps that reach them; where control may come from places not seen yet (loop heads,
 * handlers) all names that a del statement or an except clause unbinds somewhere count as unbound.
 *
 * Temporaries follow stack discipline: `depth` of them are live. An expression evaluated to RT_ANY or RT_TEMP leaves its
 * value in the temporary number `depth` before the call (or, RT_ANY only, in a local's own register).
 *
 * Errors leave through longjmp(c->fail) with the exception set; whatever must be released is reachable from rt_comp.
 */
#ifndef RT_COMPILER_INTERNAL_H
#define RT_COMPILER_INTERNAL_H

#include <setjmp.h>

#include "core/compiler/compile.h"
#include "core/compiler/symtable.h"
#include "core/eval/code.h"

enum { RT_ANY = -1, RT_TEMP = -2 };
enum { RT_COMP_SYMTABLE = 1 << 29 }; /* compilation flag: only the symbol table is wanted, nothing is folded */
enum { RT_MAX_BLOCKS = 20, RT_FAR_LIMIT = 160, RT_CHUNK = 40, RT_MANY = 100 };

struct rt_clabel {
    int32_t pos;     /* word offset, -1 not placed */
    int32_t fix;     /* chain of jumps to patch, -1 end */
    bool used;       /* something jumps here */
    uint64_t *bound; /* intersection of the jumps' states */
};

struct rt_cfix { /* a jump's offset to patch */
    uint32_t at;   /* word that holds it */
    uint32_t from; /* word after the instruction */
    int32_t next;
    bool s24;
    int32_t target;
};

struct rt_chandler { uint32_t base; int32_t pos; bool used; uint64_t *bound; };
struct rt_csegment { uint32_t start, end, handler; };

enum rt_fblock_kind {
    RT_FB_WHILE, RT_FB_FOR, RT_FB_ASYNC_FOR, RT_FB_TRY, RT_FB_FINALLY, RT_FB_FINALLY_END, RT_FB_WITH, RT_FB_ASYNC_WITH,
    RT_FB_HANDLER, RT_FB_GROUP_HANDLER, RT_FB_VALUE,
};
struct rt_fblock {
    enum rt_fblock_kind kind;
    struct rt_clabel *loop, *end; /* loops: continue and break */
    int outer;                    /* handler in force outside */
    int reg;                      /* first temporary that the block owns */
    const struct rt_ast_ident *name;
    struct rt_ast_seq *body;      /* finally */
    struct rt_ast *node;
};

struct rt_unit {
    struct rt_unit *parent;
    struct rt_sym_scope *scope;
    const struct rt_ast_ident *priv; /* innermost class, for name mangling */
    rt_value name, qualname;
    enum { RT_U_MODULE, RT_U_CLASS, RT_U_FUNCTION, RT_U_ASYNC_FUNCTION, RT_U_LAMBDA, RT_U_COMPREHENSION } kind;
    /* emitted code */
    uint32_t *words; uint32_t nwords, words_room;
    struct rt_loc *locs; uint32_t nlocs, locs_room;
    struct rt_cfix *fixes; uint32_t nfixes, fixes_room;
    rt_value *consts; uint32_t nconsts, consts_room;
    rt_value *names; uint32_t nnames, names_room;
    struct rt_chandler *handlers; uint32_t nhandlers, handlers_room;
    struct rt_csegment *segs; uint32_t nsegs, segs_room;
    uint64_t *const_keys; uint32_t *const_vals, const_mask, const_count; /* canonical word -> index */
    uint64_t *name_keys; uint32_t *name_vals, name_mask, name_count;     /* ident -> index */
    uint32_t nic;
    /* registers */
    bool far;
    uint32_t nlocals, ncells, nfrees, next_local, temp_base, max_temps;
    uint32_t depth, max_depth;
    uint32_t low;            /* temporaries below it belong to statements around: they are never put aside */
    uint32_t spilled, max_spilled; /* temporaries put aside, in far code: registers behind the cells */
    uint32_t argcount, posonly, kwonly;
    struct rt_sym **locals_by_index, **cells, **frees;
    /* flow */
    bool reachable;
    int handler;             /* -1 none */
    uint32_t seg_start;
    uint32_t last_label;     /* where a label was placed last: code behind it must not move */
    uint64_t *bound, *killable;
    uint32_t bound_words;
    struct rt_loc loc;       /* of what is being emitted; pc unused */
    bool nop_pending;
    bool nop_soft;           /* it needs no instruction of its own */
    struct rt_loc nop_loc;
    struct rt_fblock blocks[RT_MAX_BLOCKS + 1];
    uint32_t nblocks;
    int32_t firstlineno;
    int recursion;           /* c->recursion at the start */
    jmp_buf retry;           /* too many temporaries: start again in far form */
    bool interactive;
};

struct rt_comp {
    struct rt_thread *ts;
    struct rt_arena *arena;
    rt_value filename;
    int flags, optimize;
    int future;              /* RT_CO_FUTURE_* in force */
    int future_lineno;
    bool interactive;
    jmp_buf fail;
    rt_value keep;           /* list of everything made on the way: keeps deferred objects alive */
    uint64_t *canon_hash; rt_value *canon; uint32_t canon_mask, canon_count; /* constants made so far */
    struct rt_sym_scope **scopes; uint32_t nscopes, scopes_room;
    struct rt_sym_scope *cur;    /* symbol table pass: scope being filled */
    const struct rt_ast_ident *priv;
    int recursion, recursion_limit;
    int no_fold;             /* inside an annotation that stays text */
    struct rt_unit *u;
    struct rt_unit *spare;   /* finished units whose buffers are used again */
    const struct rt_ast_ident *id_class, *id_debug, *id_top, *id_annotations, *id_doc, *id_super;
    rt_value object_consts;  /* tuple that keeps user-made constants alive, or RT_NULL */
};

#define RT_ARRAY_PUSH(c, array, n, room) \
    ({ if (rt_unlikely((n) == (room))) (array) = rt_comp_grow(c, array, &(room), sizeof *(array)); &(array)[(n)++]; })

/* compile.c */
rt_value rt_comp_run(struct rt_thread *ts, struct rt_arena *arena, struct rt_ast *mod, rt_value filename, int flags, int optimize,
                     rt_value (*finish)(struct rt_comp *, struct rt_ast *));
RT_NORETURN void rt_comp_fail(struct rt_comp *c);                       /* exception is set */
RT_NORETURN void rt_comp_nomem(struct rt_comp *c);
RT_NORETURN RT_COLD void rt_comp_error(struct rt_comp *c, const struct rt_ast *at, const char *fmt, ...);
RT_NORETURN RT_COLD void rt_comp_error_loc(struct rt_comp *c, int line, int col, int end_line, int end_col, const char *fmt, ...);
RT_COLD void rt_comp_warn(struct rt_comp *c, const struct rt_ast *at, const char *fmt, ...);
void *rt_comp_grow(struct rt_comp *c, void *array, uint32_t *room, size_t size);
void *rt_comp_alloc(struct rt_comp *c, size_t size);                    /* arena, zeroed */
const struct rt_ast_ident *rt_comp_ident(struct rt_comp *c, const char *s);
rt_value rt_comp_ident_value(struct rt_comp *c, const struct rt_ast_ident *id); /* interned str */
rt_value rt_comp_keep(struct rt_comp *c, rt_value owned);               /* returns the word, kept alive until the end */
RT_COLD RT_NORETURN void rt_comp_too_deep(struct rt_comp *c);
RT_INLINE void rt_comp_enter(struct rt_comp *c)
{
    if (rt_unlikely(++c->recursion > c->recursion_limit || rt_c_stack_low(c->ts)))
        rt_comp_too_deep(c);
}
/* Between statements: other threads may want the world stopped, or the lock. Runs no Python. */
RT_INLINE void rt_comp_breathe(struct rt_comp *c)
{
    if (rt_unlikely(rt_load_relaxed(&c->ts->breaker)))
        rt_safepoint_others(c->ts);
}
RT_INLINE void rt_comp_leave(struct rt_comp *c) { c->recursion--; }
/* future.c: sets c->future; checks the statements' places. */
void rt_future_scan(struct rt_comp *c, struct rt_ast *mod);

/* constfold.c */
rt_value rt_fold_value(struct rt_comp *c, const struct rt_ast_const *k); /* the constant as a kept word */
void rt_fold_expr(struct rt_comp *c, struct rt_ast *e);                 /* children are folded already; e may become a Constant */
bool rt_fold_iterable(struct rt_comp *c, struct rt_ast *e, rt_value *out); /* list or set display of constants as tuple or frozenset */
RT_INLINE bool rt_fold_is_const(const struct rt_ast *e) { return e->kind == RT_AST_Constant; }
RT_INLINE struct rt_ast_const *rt_fold_of(struct rt_ast *e) { return RT_AST(Constant, e)->value; }
int rt_fold_truth(const struct rt_ast *e);                             /* 1, 0; -1: not a constant */
bool rt_fold_small(const struct rt_ast *e, int64_t *v);                /* an exact int that fits */

/* assemble.c */
struct rt_unit *rt_cg_unit_enter(struct rt_comp *c, struct rt_sym_scope *scope, rt_value name, int kind, int32_t firstlineno);
void rt_cg_unit_begin(struct rt_comp *c, bool far);                        /* (re)starts code generation of the innermost unit */
rt_value rt_cg_unit_leave(struct rt_comp *c);                              /* code object, kept */
void rt_cg_unit_free(struct rt_unit *u);
void rt_cg_emit(struct rt_comp *c, enum rt_op op, int a, int b, int cc);
void rt_cg_emit_w(struct rt_comp *c, enum rt_op op, int a, int b, int cc, uint32_t w1);
void rt_cg_emit_x(struct rt_comp *c, enum rt_op op, int a, uint32_t x16);
void rt_cg_emit_list(struct rt_comp *c, enum rt_op op, int a, int b, const uint8_t *regs, int n);
void rt_cg_emit_list_w(struct rt_comp *c, enum rt_op op, int a, int b, uint32_t w1, const uint8_t *regs, int n);
void rt_cg_emit_jump(struct rt_comp *c, struct rt_clabel *l);
void rt_cg_emit_cond(struct rt_comp *c, enum rt_op op, int a, int b, int cc, struct rt_clabel *l); /* offset in W1 */
void rt_cg_emit_back(struct rt_comp *c, struct rt_clabel *l);              /* JUMP_BACK to a placed label */
void rt_cg_emit_for_next(struct rt_comp *c, int state, int target, struct rt_clabel *l);
void rt_cg_emit_stop(struct rt_comp *c, enum rt_op op, int a, int b, int cc); /* RAISE, RETURN and kin: what follows is unreachable */
void rt_cg_loc_from(struct rt_comp *c, uint32_t pc);                        /* the current location holds from word pc on */
void rt_cg_same_loc(struct rt_comp *c);
void rt_cg_emit_nop(struct rt_comp *c);                                    /* keeps a line visible to tracing */
void rt_cg_note_line(struct rt_comp *c);                                   /* the same within an expression, without an instruction */
void rt_cg_label_place(struct rt_comp *c, struct rt_clabel *l);
void rt_cg_label_place_loop(struct rt_comp *c, struct rt_clabel *l);       /* will be jumped to from below */
int rt_cg_handler_new(struct rt_comp *c);                                  /* base = depth now */
void rt_cg_handler_set(struct rt_comp *c, int h);
bool rt_cg_handler_place(struct rt_comp *c, int h);                        /* code of handler h starts here; false: unreachable */
uint32_t rt_cg_const_index(struct rt_comp *c, rt_value kept);
uint32_t rt_cg_const_code(struct rt_comp *c, rt_value kept);            /* code objects */
uint32_t rt_cg_name_index(struct rt_comp *c, const struct rt_ast_ident *id);
uint32_t rt_cg_name_ic(struct rt_comp *c, const struct rt_ast_ident *id, enum rt_op op); /* the `ni` word: name and a new cache */
rt_value rt_cg_const_canon(struct rt_comp *c, rt_value kept);
int rt_cg_push(struct rt_comp *c);                                         /* register of a new temporary */
int rt_cg_push_n(struct rt_comp *c, int n);                                /* n consecutive ones; the first */
bool rt_cg_crowded(const struct rt_comp *c);                               /* far code, and temporaries are getting scarce */
uint32_t rt_cg_spill(struct rt_comp *c);                                   /* puts temporaries aside; the depth to give back */
int rt_cg_unspill(struct rt_comp *c, uint32_t depth, int r, int want);     /* r: the temporary made meanwhile */
void rt_cg_block_push(struct rt_comp *c, enum rt_fblock_kind kind, struct rt_clabel *loop, struct rt_clabel *end, int outer,
                   int reg, struct rt_ast *node);
void rt_cg_block_pop(struct rt_comp *c, enum rt_fblock_kind kind);
/* The body of a unit: run again in far form when temporaries run out. */
#define RT_UNIT_TRY(c) \
    for (int rt_far_ = setjmp((c)->u->retry), rt_once_ = (rt_cg_unit_begin(c, rt_far_ != 0), 1); rt_once_; rt_once_ = 0)
#define RT_LABEL(name) struct rt_clabel name = {.pos = -1, .fix = -1}
RT_INLINE bool rt_cg_is_temp(const struct rt_comp *c, int reg) { return c->u->far || (uint32_t)reg >= c->u->temp_base; }
RT_INLINE void rt_cg_set_loc(struct rt_comp *c, const struct rt_ast *n)
{
    c->u->loc.line = n->lineno;
    c->u->loc.end_line = n->end_lineno;
    c->u->loc.col = n->col_offset;
    c->u->loc.end_col = n->end_col_offset;
}
RT_INLINE bool rt_cg_local_bound(const struct rt_comp *c, int i) { return c->u->bound[i >> 6] >> (i & 63) & 1; }
RT_INLINE void rt_cg_local_set_bound(struct rt_comp *c, int i) { c->u->bound[i >> 6] |= 1ull << (i & 63); }
RT_INLINE void rt_cg_local_set_unbound(struct rt_comp *c, int i) { c->u->bound[i >> 6] &= ~(1ull << (i & 63)); }

/* codegen_expr.c */
int rt_cg_expr(struct rt_comp *c, struct rt_ast *e, int want);
void rt_cg_attr_loc(struct rt_comp *c, struct rt_ast *attribute);           /* adjusts the current location */
void rt_cg_expr_drop(struct rt_comp *c, struct rt_ast *e);                 /* for effect */
int rt_cg_operand(struct rt_comp *c, struct rt_ast *e, bool rebound);      /* RT_ANY, but a copy of a local if rebound */
bool rt_cg_rebinds(struct rt_comp *c, struct rt_ast *e);                   /* evaluating e may bind a local of this scope */
bool rt_cg_any_rebinds(struct rt_comp *c, const struct rt_ast_seq *q, uint32_t from); /* one of q[from:] does */
int rt_cg_slice_parts(struct rt_comp *c, struct rt_ast *slice, uint32_t *w1); /* start register or 255; *w1 of GETSLICE, SETSLICE */
int rt_cg_load_value(struct rt_comp *c, rt_value kept, int want);
int rt_cg_load_none(struct rt_comp *c);
void rt_cg_jump_if(struct rt_comp *c, struct rt_ast *e, struct rt_clabel *l, bool cond);
int rt_cg_binop(struct rt_comp *c, struct rt_ast *e, int want);
int rt_cg_unaryop(struct rt_comp *c, struct rt_ast *e, int want);
int rt_cg_compare_value(struct rt_comp *c, struct rt_ast *e, int want);
int rt_cg_boolop(struct rt_comp *c, struct rt_ast *e, int want);
int rt_cg_ifexp(struct rt_comp *c, struct rt_ast *e, int want);
int rt_cg_dest(struct rt_comp *c, uint32_t base, int want);                /* pops to base, picks the result's register */
int rt_cg_to_want(struct rt_comp *c, uint32_t base, int t, int want);      /* t, the temporary at base, or its copy in want */
int rt_cg_item(struct rt_comp *c, int box, uint32_t i);                    /* new temporary: item i of the list or tuple in box, which stays */
struct rt_sym *rt_cg_sym_of(struct rt_comp *c, const struct rt_ast_ident *name);
struct rt_sym *rt_cg_sym_of_node(struct rt_comp *c, struct rt_ast *name_node);
int rt_cg_name_load(struct rt_comp *c, struct rt_sym *s, int want);
void rt_cg_name_store(struct rt_comp *c, struct rt_sym *s, int reg);       /* reg consumed if a temporary; depth is the caller's */
void rt_cg_name_delete(struct rt_comp *c, struct rt_sym *s);
void rt_cg_name_clear(struct rt_comp *c, struct rt_sym *s);                /* name = None; del name */
int rt_cg_local_register(struct rt_comp *c, struct rt_sym *s);             /* register of a plain local in near code, or -1 */
int rt_cg_local_index(struct rt_comp *c, struct rt_sym *s);
void rt_cg_check_debug(struct rt_comp *c, const struct rt_ast *at, const struct rt_ast_ident *name, int ctx);
const struct rt_ast_ident *rt_cg_mangled(struct rt_comp *c, const struct rt_ast_ident *name);
void rt_cg_store(struct rt_comp *c, struct rt_ast *target, int reg);       /* assignment to any target */
int rt_cg_unpack_list(struct rt_comp *c, uint32_t n, int star, int reg);
void rt_cg_unpack_to(struct rt_comp *c, struct rt_ast_seq *targets, int reg, struct rt_ast *node);
void rt_cg_await(struct rt_comp *c, int t, int why);                       /* temporary t = await t */
int rt_cg_build_list(struct rt_comp *c, struct rt_ast_seq *elts, uint32_t from, int want_kind, int want); /* 0 list 1 tuple 2 set */
/* codegen_call.c */
int rt_cg_call_expr(struct rt_comp *c, struct rt_ast *e, int want);
int rt_cg_call_args(struct rt_comp *c, int func, bool pair, struct rt_ast_seq *args, struct rt_ast_seq *keywords,
                 const uint8_t *first, int nfirst, struct rt_ast *node, int want);
/* codegen_comp.c */
int rt_cg_comprehension(struct rt_comp *c, struct rt_ast *e, int want);
/* codegen_func.c */
void rt_cg_qualname(struct rt_comp *c);
void rt_cg_function_def(struct rt_comp *c, struct rt_ast *s);
void rt_cg_class_def(struct rt_comp *c, struct rt_ast *s);
int rt_cg_lambda(struct rt_comp *c, struct rt_ast *e, int want);
int rt_cg_make_function(struct rt_comp *c, rt_value code, struct rt_sym_scope *scope, int flags, int first, int want);
void rt_cg_annotation(struct rt_comp *c, struct rt_ast *ann, int reg_want, int *out);
/* codegen_stmt.c, codegen_flow.c, codegen_match.c */
void rt_cg_body(struct rt_comp *c, struct rt_ast_seq *stmts);
void rt_cg_stmt(struct rt_comp *c, struct rt_ast *s);
void rt_cg_for(struct rt_comp *c, struct rt_ast *s);
void rt_cg_async_for(struct rt_comp *c, struct rt_ast *s);
void rt_cg_while(struct rt_comp *c, struct rt_ast *s);
void rt_cg_if(struct rt_comp *c, struct rt_ast *s);
void rt_cg_try(struct rt_comp *c, struct rt_ast *s);
void rt_cg_try_star(struct rt_comp *c, struct rt_ast *s);
void rt_cg_with(struct rt_comp *c, struct rt_ast *s, bool async);
void rt_cg_return(struct rt_comp *c, struct rt_ast *s);
void rt_cg_break_continue(struct rt_comp *c, struct rt_ast *s, bool is_break);
void rt_cg_match(struct rt_comp *c, struct rt_ast *s);
rt_value rt_cg_module(struct rt_comp *c, struct rt_ast *mod);
rt_value rt_cg_docstring_of(struct rt_comp *c, struct rt_ast_seq *body);   /* kept str, or RT_NULL */

#endif
