/* SPDX-License-Identifier: MIT */
/*
 * diagnose_compile.c: the text of diagnose_grammar.c to tables.
 *
 * Done anew for each diagnosis (some tens of microseconds, and only for broken programs), so that
 * nothing has to be kept, shared or generated.  The text is ours: malformed text is an assertion,
 * not an error.
 */
#include "core/compiler/diagnose.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

const char *const rt_diagnose_shape_names[S_KIND_COUNT] = {
    [S_LIST] = "",
    [S_TOKEN] = "",
    [S_Name] = "Name",
    [S_Literal] = "Literal",
    [S_True] = "True",
    [S_False] = "False",
    [S_None] = "None",
    [S_Ellipsis] = "Ellipsis",
    [S_FString] = "FString",
    [S_Tuple] = "Tuple",
    [S_List] = "List",
    [S_Set] = "Set",
    [S_Dict] = "Dict",
    [S_ListComp] = "ListComp",
    [S_SetComp] = "SetComp",
    [S_DictComp] = "DictComp",
    [S_GeneratorExp] = "GeneratorExp",
    [S_Comprehension] = "Comprehension",
    [S_Attribute] = "Attribute",
    [S_Subscript] = "Subscript",
    [S_Slice] = "Slice",
    [S_Call] = "Call",
    [S_Starred] = "Starred",
    [S_NamedExpr] = "NamedExpr",
    [S_IfExp] = "IfExp",
    [S_BoolOp] = "BoolOp",
    [S_BinOp] = "BinOp",
    [S_UnaryOp] = "UnaryOp",
    [S_Compare] = "Compare",
    [S_Lambda] = "Lambda",
    [S_Await] = "Await",
    [S_Yield] = "Yield",
    [S_Args] = "Args",
    [S_Keyword] = "Keyword",
    [S_Unpacking] = "Unpacking",
    [S_Param] = "Param",
    [S_Pattern] = "Pattern",
};

static const char *const act_names[] = {
    [ACT_NONE] = "",
    [ACT_AT] = "at",
    [ACT_RANGE] = "range",
    [ACT_RANGE_LAST] = "range_last",
    [ACT_RANGE_LIST] = "range_list",
    [ACT_FROM] = "from",
    [ACT_LAST] = "last",
    [ACT_INDENT] = "indent",
    [ACT_CLAUSES] = "clauses",
    [ACT_GENEXP] = "genexp",
    [ACT_POSITIONAL] = "positional",
    [ACT_LEGACY] = "legacy",
    [ACT_COMMA] = "comma",
    [ACT_TARGET_STAR] = "target_star",
    [ACT_TARGET_DEL] = "target_del",
    [ACT_TARGET_FOR] = "target_for",
    [ACT_KVPAIR] = "kvpair",
    [ACT_STRINGS] = "strings",
    [ACT_FLUFL] = "flufl",
    [ACT_REAL] = "real",
    [ACT_IMAGINARY] = "imaginary",
    [ACT_FAIL] = "fail",
};

struct reader {
    struct grammar *g;
    const char *s;
};

static void skip(struct reader *r)
{
    while (*r->s == ' ')
        r->s++;
}

static bool next_is(struct reader *r, const char *text)
{
    skip(r);
    size_t n = strlen(text);
    if (strncmp(r->s, text, n) != 0)
        return false;
    r->s += n;
    return true;
}

static const char *word(struct reader *r, size_t *len)
{
    skip(r);
    const char *s = r->s;
    while (isalnum((unsigned char)*r->s) || *r->s == '_')
        r->s++;
    *len = (size_t)(r->s - s);
    return s;
}

/* The rule of this name, made if it has not been seen. */
unsigned rt_diagnose_rule(struct grammar *g, const char *name, size_t len)
{
    for (unsigned i = 0; i < g->rule_count; i++) {
        if (g->rules[i].name_len == len && memcmp(g->rules[i].name, name, len) == 0)
            return i;
    }
    assert(g->rule_count < MAX_RULES);
    struct grule *rule = &g->rules[g->rule_count];
    rule->name = name;
    rule->name_len = (uint8_t)len;
    return g->rule_count++;
}

static uint8_t token_named(const char *s, size_t len)
{
    for (int i = 0; i < TOK_COUNT; i++) {
        if (strlen(rt_token_texts[i]) == len && memcmp(rt_token_texts[i], s, len) == 0)
            return (uint8_t)i;
    }
    assert(!"unknown token");
    return 0;
}

static unsigned new_item(struct grammar *g, enum item_op op)
{
    assert(g->item_count < MAX_ITEMS);
    g->items[g->item_count].op = (uint8_t)op;
    return g->item_count++;
}

static unsigned wrap(struct grammar *g, enum item_op op, unsigned inner)
{
    unsigned i = new_item(g, op);
    g->items[i].ref = (uint16_t)inner;
    return i;
}

static unsigned read_alts(struct reader *r, const char *ends, bool *fold);

static unsigned read_quoted(struct reader *r, enum item_op op)
{
    char quote = *r->s++;
    const char *s = r->s;
    while (*r->s != quote)
        r->s++;
    unsigned i = new_item(r->g, op);
    struct gitem *item = &r->g->items[i];
    size_t len = (size_t)(r->s++ - s);
    if (quote == '"') {
        item->op = I_SOFT;
        item->text = s;
        item->text_len = (uint8_t)len;
    } else {
        item->token = token_named(s, len);
    }
    return i;
}

static unsigned read_group(struct reader *r, const char *end)
{
    unsigned alts = read_alts(r, end, NULL);
    bool closed = next_is(r, end);
    assert(closed);
    (void)closed;
    struct galt *only = &r->g->alts[alts];
    /* A group of one plain item is that item. */
    if (!only->next && only->first && !r->g->items[only->first].next && !only->act &&
        !r->g->items[only->first].label)
        return only->first;
    return wrap(r->g, I_GROUP, alts);
}

static unsigned read_atom(struct reader *r)
{
    skip(r);
    switch (*r->s) {
    case '\'': case '"':
        return read_quoted(r, I_TOKEN);
    case '(':
        r->s++;
        return read_group(r, ")");
    case '[': {
        r->s++;
        unsigned inner = read_group(r, "]");
        return wrap(r->g, I_OPT, inner);
    }
    case '~':
        r->s++;
        return new_item(r->g, I_CUT);
    }
    size_t len;
    const char *s = word(r, &len);
    assert(len);
    if (s[0] >= 'a' && s[0] <= 'z')
        return wrap(r->g, I_RULE, rt_diagnose_rule(r->g, s, len));
    if (len == 12 && memcmp(s, "SOFT_KEYWORD", 12) == 0)
        return new_item(r->g, I_SOFT_KEYWORD);
    unsigned i = new_item(r->g, I_TOKEN);
    r->g->items[i].token = token_named(s, len);
    return i;
}

static unsigned read_item(struct reader *r)
{
    struct grammar *g = r->g;
    uint8_t label = 0;
    skip(r);
    if ((*r->s == 'a' || *r->s == 'b') && r->s[1] == '=') {
        label = *r->s == 'a' ? 1 : 2;
        r->s += 2;
    }
    unsigned i;
    if (next_is(r, "&&")) {
        i = read_quoted(r, I_FORCE);
    } else if (next_is(r, "&")) {
        i = wrap(g, I_AND, read_atom(r));
    } else if (next_is(r, "!")) {
        i = wrap(g, I_NOT, read_atom(r));
    } else {
        i = read_atom(r);
        if (*r->s == '*') {
            r->s++;
            i = wrap(g, I_STAR, i);
        } else if (*r->s == '+') {
            r->s++;
            i = wrap(g, I_PLUS, i);
        } else if (*r->s == '%') {
            r->s++;
            unsigned sep = read_atom(r);
            i = wrap(g, I_GATHER, i);
            g->items[i].sep = (uint16_t)sep;
        }
    }
    g->items[i].label = label;
    return i;
}

static void read_act(struct reader *r, struct galt *alt)
{
    size_t len;
    const char *s = word(r, &len);
    if (len >= 7 && memcmp(s, "version", 7) == 0) {
        alt->version = (uint8_t)atoi(s + 7);
        alt->act = memchr(s, '_', len) ? ACT_VERSION_LAST : ACT_VERSION;
    } else {
        for (unsigned i = 1; i < sizeof act_names / sizeof act_names[0]; i++) {
            if (act_names[i] && strlen(act_names[i]) == len && memcmp(act_names[i], s, len) == 0)
                alt->act = (uint8_t)i;
        }
        assert(alt->act);
    }
    /* The names of the parts are for the reader; they are always a, or a and b. */
    for (;;) {
        skip(r);
        if ((*r->s != 'a' && *r->s != 'b') || r->s[1] != ' ')
            break;
        r->s++;
    }
    if (*r->s == '`') {
        alt->msg = ++r->s;
        while (*r->s != '`')
            r->s++;
        alt->msg_len = (uint16_t)(r->s++ - alt->msg);
    }
}

static void read_kind(struct reader *r, struct galt *alt)
{
    size_t len;
    const char *s = word(r, &len);
    for (unsigned i = 0; i < S_KIND_COUNT; i++) {
        if (strlen(rt_diagnose_shape_names[i]) == len &&
            memcmp(rt_diagnose_shape_names[i], s, len) == 0)
            alt->kind = (uint8_t)i;
    }
    assert(alt->kind);
}

static bool is_mistake(const struct grammar *g, const struct galt *alt)
{
    const struct gitem *i = &g->items[alt->first];
    return alt->first && !i->next && i->op == I_RULE &&
        strncmp(g->rules[i->ref].name, "invalid_", 8) == 0;
}

static unsigned read_alt(struct reader *r, const char *ends)
{
    struct grammar *g = r->g;
    assert(g->alt_count < MAX_ALTS);
    unsigned a = g->alt_count++;
    unsigned last = 0;
    for (;;) {
        skip(r);
        if (*r->s == '|' || strchr(ends, *r->s) || (r->s[0] == '<' && r->s[1] == '<')) {
            g->alts[a].mistake = is_mistake(g, &g->alts[a]);
            return a;
        }
        if (*r->s == ':') {
            r->s++;
            read_kind(r, &g->alts[a]);
        } else if (*r->s == '>') {
            r->s += 2;
            g->alts[a].capture = true;
        } else if (*r->s == '@') {
            r->s++;
            read_act(r, &g->alts[a]);
        } else {
            unsigned i = read_item(r);
            if (last)
                g->items[last].next = (uint16_t)i;
            else
                g->alts[a].first = (uint16_t)i;
            last = i;
        }
    }
}

/* Alternatives up to one of `ends`; stops at `<<` if `fold` is given. */
static unsigned read_alts(struct reader *r, const char *ends, bool *fold)
{
    unsigned first = 0, last = 0;
    for (;;) {
        unsigned a = read_alt(r, ends);
        if (last)
            r->g->alts[last].next = (uint16_t)a;
        else
            first = a;
        last = a;
        if (fold && next_is(r, "<<")) {
            *fold = true;
            return first;
        }
        if (!next_is(r, "|"))
            return first;
    }
}

static void read_rule(struct reader *r)
{
    size_t len;
    const char *s = word(r, &len);
    struct grule *rule = &r->g->rules[rt_diagnose_rule(r->g, s, len)];
    if (*r->s == '*')
        rule->memo = true;
    else if (*r->s == '+')
        rule->memo_pass = true;
    else if (*r->s == '-')
        rule->quiet = true;
    if (*r->s != ':')
        r->s++;
    assert(*r->s == ':');
    r->s++;
    bool fold = false;
    rule->alts = (uint16_t)read_alts(r, ";", &fold);
    if (fold)
        rule->fold = (uint16_t)read_alts(r, ";", NULL);
    assert(*r->s == ';');
    r->s++;
}

struct grammar *rt_diagnose_compile(void)
{
    struct grammar *g = calloc(1, sizeof *g);
    if (!g)
        return NULL;
    g->item_count = g->alt_count = 1;       /* 0 means none */
    struct reader r = {g, rt_diagnose_grammar};
    while (*r.s)
        read_rule(&r);
    return g;
}
