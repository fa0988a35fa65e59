/* SPDX-License-Identifier: MIT */
/* diagnose.h: the grammar of mistakes (diagnose_grammar.c) and its compiled form
 * (diagnose_compile.c), for diagnose.c. */
#ifndef RT_COMPILER_DIAGNOSE_H
#define RT_COMPILER_DIAGNOSE_H

#include "core/compiler/parser_internal.h"

extern const char rt_diagnose_grammar[];

/* What an alternative makes. */
enum shape_kind {
    S_LIST, /* no expression: the parts of it that are */
    S_TOKEN,
    S_Name,
    S_Literal,
    S_True,
    S_False,
    S_None,
    S_Ellipsis,
    S_FString,
    S_Tuple,
    S_List,
    S_Set,
    S_Dict,
    S_ListComp,
    S_SetComp,
    S_DictComp,
    S_GeneratorExp,
    S_Comprehension,
    S_Attribute,
    S_Subscript,
    S_Slice,
    S_Call,
    S_Starred,
    S_NamedExpr,
    S_IfExp,
    S_BoolOp,
    S_BinOp,
    S_UnaryOp,
    S_Compare,
    S_Lambda,
    S_Await,
    S_Yield,
    S_Args,
    S_Keyword,
    S_Unpacking,
    S_Param,
    S_Pattern,
    S_KIND_COUNT
};

extern const char *const rt_diagnose_shape_names[S_KIND_COUNT];      /* in the grammar */

enum item_op {
    I_TOKEN,
    I_SOFT,
    I_SOFT_KEYWORD,
    I_RULE,
    I_GROUP,
    I_OPT,
    I_STAR,
    I_PLUS,
    I_GATHER,
    I_AND,
    I_NOT,
    I_FORCE,
    I_CUT
};

struct gitem {
    uint8_t op, label;      /* label: 1 for a, 2 for b */
    uint8_t token;          /* TOKEN, FORCE */
    uint16_t ref;           /* RULE: rule; GROUP: first alternative; OPT...NOT: item */
    uint16_t sep;           /* GATHER: separator item; GROUP: number of alternatives */
    const char *text;       /* SOFT */
    uint8_t text_len;
    uint16_t next;          /* next item of the alternative, 0: last */
};

enum act {
    ACT_NONE,
    ACT_AT,
    ACT_RANGE,
    ACT_RANGE_LAST,
    ACT_RANGE_LIST,
    ACT_FROM,
    ACT_LAST,
    ACT_INDENT,
    ACT_CLAUSES,
    ACT_GENEXP,
    ACT_POSITIONAL,
    ACT_LEGACY,
    ACT_COMMA,
    ACT_TARGET_STAR,
    ACT_TARGET_DEL,
    ACT_TARGET_FOR,
    ACT_KVPAIR,
    ACT_STRINGS,
    ACT_FLUFL,
    ACT_REAL,
    ACT_IMAGINARY,
    ACT_FAIL,
    ACT_VERSION,
    ACT_VERSION_LAST
};

struct galt {
    uint16_t first;         /* item, 0: empty */
    uint16_t next;          /* alternative of the same list, 0: last */
    uint8_t act, version;
    uint8_t kind;           /* enum shape_kind; S_LIST: not tagged */
    bool capture;           /* worth `a` */
    bool mistake;           /* nothing but an invalid_ rule: for the second pass */
    const char *msg;
    uint16_t msg_len;
};

struct grule {
    const char *name;
    uint8_t name_len;
    bool memo, memo_pass, quiet;
    uint16_t alts;          /* first alternative */
    uint16_t fold;          /* first alternative after `<<`, 0: none */
};

enum { MAX_RULES = 300, MAX_ALTS = 1000, MAX_ITEMS = 3000 };

struct grammar {
    struct grule rules[MAX_RULES];
    struct galt alts[MAX_ALTS];
    struct gitem items[MAX_ITEMS];
    unsigned rule_count, alt_count, item_count;
};

/* diagnose_raise.c: a SyntaxError at a token; the bracket left open; the lexer's own error; whatever
   state the lexer stopped in. */
_Noreturn void rt_diagnose_raise_at_token(
    struct rt_parser *p, const struct rt_tok *t, const char *msg);
_Noreturn void rt_diagnose_raise_unclosed(struct rt_parser *p);
_Noreturn void rt_diagnose_raise_from_lexer(struct rt_parser *p);
_Noreturn void rt_diagnose_raise_lexer_state(struct rt_parser *p);

/* malloc'd; NULL when out of memory. */
struct grammar *rt_diagnose_compile(void);
unsigned rt_diagnose_rule(struct grammar *g, const char *name, size_t len);

#endif
