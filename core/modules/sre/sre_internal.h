/* SPDX-License-Identifier: MIT */
/*
 * Inside the regular expression engine: the library's code words, and the program made of them.
 *
 * A program is an array of 32-bit words; each instruction is an opcode and operands (see enum op). Operands called
 * target are word indices. Single-character tests are numbered "matchers" with a table for the
 * first 256 characters. Registers hold the groups' marks and the loops' counters.
 */
#ifndef RT_MODULES_SRE_INTERNAL_H
#define RT_MODULES_SRE_INTERNAL_H

#include "core/modules/sre/sre.h"

/* ---- code words of re._constants, MAGIC 20220615 ---- */

enum {
    SRE_FAILURE, SRE_SUCCESS, SRE_ANY, SRE_ANY_ALL, SRE_ASSERT, SRE_ASSERT_NOT, SRE_AT, SRE_BRANCH, SRE_CATEGORY,
    SRE_CHARSET, SRE_BIGCHARSET, SRE_GROUPREF, SRE_GROUPREF_EXISTS, SRE_IN, SRE_INFO, SRE_JUMP, SRE_LITERAL, SRE_MARK,
    SRE_MAX_UNTIL, SRE_MIN_UNTIL, SRE_NOT_LITERAL, SRE_NEGATE, SRE_RANGE, SRE_REPEAT, SRE_REPEAT_ONE, SRE_SUBPATTERN,
    SRE_MIN_REPEAT_ONE, SRE_ATOMIC_GROUP, SRE_POSSESSIVE_REPEAT, SRE_POSSESSIVE_REPEAT_ONE, SRE_GROUPREF_IGNORE,
    SRE_IN_IGNORE, SRE_LITERAL_IGNORE, SRE_NOT_LITERAL_IGNORE, SRE_GROUPREF_LOC_IGNORE, SRE_IN_LOC_IGNORE,
    SRE_LITERAL_LOC_IGNORE, SRE_NOT_LITERAL_LOC_IGNORE, SRE_GROUPREF_UNI_IGNORE, SRE_IN_UNI_IGNORE,
    SRE_LITERAL_UNI_IGNORE, SRE_NOT_LITERAL_UNI_IGNORE, SRE_RANGE_UNI_IGNORE,
};

enum {
    SRE_AT_BEGINNING, SRE_AT_BEGINNING_LINE, SRE_AT_BEGINNING_STRING, SRE_AT_BOUNDARY, SRE_AT_NON_BOUNDARY, SRE_AT_END,
    SRE_AT_END_LINE, SRE_AT_END_STRING, SRE_AT_LOC_BOUNDARY, SRE_AT_LOC_NON_BOUNDARY, SRE_AT_UNI_BOUNDARY,
    SRE_AT_UNI_NON_BOUNDARY, SRE_AT_COUNT,
};

enum {
    SRE_CATEGORY_DIGIT, SRE_CATEGORY_NOT_DIGIT, SRE_CATEGORY_SPACE, SRE_CATEGORY_NOT_SPACE, SRE_CATEGORY_WORD,
    SRE_CATEGORY_NOT_WORD, SRE_CATEGORY_LINEBREAK, SRE_CATEGORY_NOT_LINEBREAK, SRE_CATEGORY_LOC_WORD,
    SRE_CATEGORY_LOC_NOT_WORD, SRE_CATEGORY_UNI_DIGIT, SRE_CATEGORY_UNI_NOT_DIGIT, SRE_CATEGORY_UNI_SPACE,
    SRE_CATEGORY_UNI_NOT_SPACE, SRE_CATEGORY_UNI_WORD, SRE_CATEGORY_UNI_NOT_WORD, SRE_CATEGORY_UNI_LINEBREAK,
    SRE_CATEGORY_UNI_NOT_LINEBREAK, SRE_CATEGORY_COUNT,
};

#define SRE_INFO_PREFIX 1
#define SRE_INFO_LITERAL 2
#define SRE_INFO_CHARSET 4

/* ---- the program ---- */

enum op {
    OP_END,             /* success of the whole */
    OP_FAIL,
    OP_CHAR,            /* c */
    OP_STRING,          /* n c... */
    OP_NOT_CHAR,        /* c */
    OP_ANY,             /* not a newline */
    OP_ALL,
    OP_SET,             /* matcher */
    OP_AT,              /* SRE_AT code */
    OP_OPEN,            /* register of a group's start */
    OP_CLOSE,           /* register of a group's end */
    OP_JUMP,            /* target */
    OP_BRANCH,          /* n table target... : the first that leads to a match */
    OP_STAR,            /* matcher min max flags filter : greedy */
    OP_LAZY,            /* matcher min max flags filter */
    OP_POSSESSIVE,      /* matcher min max flags filter */
    OP_LOOP_INIT,       /* register of count (and, next to it, of the last place) */
    OP_LOOP,            /* register min max exit : greedy; body follows */
    OP_LOOP_LAZY,       /* register min max exit; body follows */
    OP_LOOP_POSSESSIVE, /* register min max exit height; body follows, OP_CUT_TO behind it */
    OP_CUT,             /* height : forget the alternatives since */
    OP_CUT_TO,          /* height target : and jump */
    OP_ATOMIC,          /* height */
    OP_ASSERT,          /* height place back end; body, OP_ASSERT_END */
    OP_ASSERT_END,      /* height place */
    OP_ASSERT_NOT,      /* height back end; body, OP_ASSERT_NOT_END */
    OP_ASSERT_NOT_END,  /* height */
    OP_GROUPREF,        /* group's first register, case mode */
    OP_IF_GROUP,        /* group's first register, target if it is not set */
    OP_COUNT,
};

/* Words of an instruction; OP_STRING and OP_BRANCH have their count more. */
extern const uint8_t sre_op_words[OP_COUNT];

enum case_mode {
    CASE_EXACT,
    CASE_ASCII,
    CASE_UNICODE,
    CASE_LOCALE,
};

enum high_kind {
    HIGH_NEVER,         /* no character from 256 on matches */
    HIGH_ALWAYS,
    HIGH_EVAL,          /* ask sre_charset */
};

/* Flags of OP_STAR: nothing that may follow starts with a character that the star eats. */
#define STAR_ALONE_LATIN1 1     /* in text of one byte a character */
#define STAR_ALONE 2            /* in all text */
#define NO_FILTER UINT32_MAX

/* A test of one character. */
struct matcher {
    enum {
        MATCH_ANY,
        MATCH_ALL,
        MATCH_CHAR,
        MATCH_NOT_CHAR,
        MATCH_SET,
        MATCH_LOCALE,       /* depends on the locale of the moment: no table */
    } type;
    uint32_t c;             /* MATCH_CHAR, MATCH_NOT_CHAR */
    enum case_mode mode;
    enum high_kind high;
    uint32_t charset;       /* place of the set's words, in program->charsets */
    uint64_t latin1[4];     /* MATCH_SET: which of the first 256 characters, as bits */
    uint8_t member[256];    /* and as bytes */
};

/* Which first characters can a piece of program match? A superset. */
struct first_set {
    uint64_t bits[4];
    bool high;              /* some character from 256 on */
    bool any;               /* no knowledge, or it may match without a character */
};

/* Alternatives of an OP_BRANCH that may match, as bits, by first character. */
struct branch_table {
    uint32_t masks;         /* place of 256 masks of `width` bytes in program->masks */
    uint32_t width;
    uint64_t high, end;     /* for characters from 256 on; at the end of the text */
};

struct rt_sre_program {
    uint32_t *code;
    size_t code_len;
    uint32_t *charsets;
    size_t charsets_len;
    struct matcher *matchers;
    size_t matcher_count;
    struct first_set *filters;
    size_t filter_count;
    struct branch_table *tables;
    size_t table_count;
    uint8_t *masks;
    size_t masks_len;
    size_t groups, registers;       /* registers: marks, the last index, loops */
    size_t min_width;
    bool anchored;                  /* starts with ^ or \A */
    bool has_groupref;
    int64_t lead_star;              /* place of an endless star that begins every match, -1: none */
    struct first_set first;
    int64_t first_char;             /* the only first character, -1 */
    /* a literal that every match starts with, in the narrowest kind */
    void *prefix;
    size_t prefix_len;
    int prefix_kind;
};

#define LAST_INDEX_REGISTER(program) (2 * (program)->groups)

/* ---- sre_charset.c ---- */

/* Is c in the set whose words start at set (up to SRE_FAILURE)? */
bool sre_charset(const uint32_t *set, uint32_t c);
bool sre_category(uint32_t category, uint32_t c);
uint32_t sre_lower(enum case_mode mode, uint32_t c);
/* A matcher of type MATCH_SET or MATCH_LOCALE, for any character. */
bool sre_matcher_eval(const struct rt_sre_program *p, const struct matcher *m, uint32_t c);
/* Fills latin1, member and high of a MATCH_SET. */
void sre_matcher_fill(const struct rt_sre_program *p, struct matcher *m);

/* ---- sre_first.c ---- */

/* Builds tables, filters, prefix: everything that makes a program fast. False: no memory. */
bool sre_optimize(struct rt_sre_program *p);

static inline bool sre_first_has(const struct first_set *f, uint32_t c)
{
    return c < 256 ? f->bits[c >> 6] >> (c & 63) & 1 : f->high;
}

#endif
