/* SPDX-License-Identifier: MIT */
/*
 * diagnose.c: why a source was refused.
 *
 * Interprets the grammar of diagnose_grammar.c as CPython 3.11 runs its own: a first pass finds how
 * far the text can be read (the place of a plain "invalid syntax"), a second one adds the invalid_
 * rules, which raise an error as soon as one of them matches.  Tokens are read only when a rule
 * asks for them, since errors of the lexer count from the moment they are met, and texts and
 * columns depend on how far it has come.  An error leaves by rt_parser_fail().
 */
#include "core/compiler/diagnose.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct shape {
    uint8_t kind;               /* enum shape_kind */
    uint8_t op;                 /* Compare: token of the first operator */
    uint32_t first, last;       /* tokens */
    uint32_t count;
    struct shape *kids[];
};

struct memo {
    uint32_t pos, end;
    uint16_t rule;              /* + 1; 0: free */
    bool pass, ok;
    struct shape *shape;
};

struct diag {
    struct rt_parser *p;
    struct grammar *g;
    struct rt_lexer lx;
    size_t fill, space;         /* tokens read */
    uint32_t pos;
    bool invalid;               /* second pass */
    bool single, started;
    int level;
    struct memo *memo;
    size_t memo_count, memo_mask;
    struct shape **kids;
    size_t kid_count, kid_space;
    bool matched;               /* what the pass came to */
    struct shape *labels[3];    /* of the alternative being read: a and b */
    unsigned statement, block;
};

/* Tokens */

static void read_token(struct diag *d)
{
    struct rt_parser *p = d->p;
    if (d->fill == d->space) {
        size_t space = d->space ? d->space * 2 : 64;
        struct rt_tok *more = realloc(p->tokens, space * sizeof *more);
        if (!more)
            rt_parser_no_memory(p);
        p->tokens = more;
        d->space = space;
    }
    struct rt_tok *t = &p->tokens[d->fill];
    do {
        rt_lexer_next(&d->lx, t);
    } while (t->type == TOK_TYPE_IGNORE);
    rt_parser_end_line(p, &d->lx, t, &d->started, d->single);
    d->fill++;
    p->last_token = t;
    if (t->type == TOK_ERROR)
        rt_diagnose_raise_lexer_state(p);
}

static inline const struct rt_tok *token(struct diag *d, uint32_t i)
{
    while (i >= d->fill)
        read_token(d);
    return &d->p->tokens[i];
}

static const char *token_text(struct diag *d, uint32_t i, size_t *len)
{
    const struct rt_tok *t = &d->p->tokens[i];
    *len = t->end - t->start;
    return d->p->src + t->start;
}

static bool text_is(struct diag *d, uint32_t i, const char *s, size_t n)
{
    size_t len;
    const char *text = token_text(d, i, &len);
    return len == n && memcmp(text, s, n) == 0;
}

/* Shapes */

static void push_kid(struct diag *d, struct shape *s)
{
    if (!s)
        return;
    size_t n = s->kind == S_LIST ? s->count : 1;
    if (d->kid_count + n > d->kid_space) {
        size_t space = (d->kid_count + n) * 2 + 64;
        struct shape **kids = realloc(d->kids, space * sizeof *kids);
        if (!kids)
            rt_parser_no_memory(d->p);
        d->kids = kids;
        d->kid_space = space;
    }
    if (s->kind != S_LIST) {
        d->kids[d->kid_count++] = s;
        return;
    }
    memcpy(d->kids + d->kid_count, s->kids, n * sizeof s);
    d->kid_count += n;
}

/* The shape of what was read from token `first` on, with the kids pushed since `base`. */
static struct shape *make_shape(struct diag *d, enum shape_kind kind, uint32_t first, size_t base)
{
    uint32_t n = (uint32_t)(d->kid_count - base), last = d->pos ? d->pos - 1 : 0;
    const struct rt_tok *t = d->p->tokens;
    while (last > first &&
        (t[last].type == TOK_ENDMARKER ||
            (t[last].type >= TOK_NEWLINE && t[last].type <= TOK_DEDENT)))
        last--;
    struct shape *s = rt_p_alloc(d->p, sizeof *s + n * sizeof s);
    s->kind = (uint8_t)kind;
    s->first = first;
    s->last = last;
    s->count = n;
    if (n)
        memcpy(s->kids, d->kids + base, n * sizeof s);
    if (kind == S_Compare && n) {
        uint32_t op = s->kids[0]->last + 1;
        while (t[op].type == TOK_RPAR)
            op++;
        s->op = t[op].type;
    }
    d->kid_count = base;
    return s;
}

static struct shape *leaf(struct diag *d, enum shape_kind kind, uint32_t first)
{
    return make_shape(d, kind, first, d->kid_count);
}

static const struct shape *last_item(const struct shape *s)
{
    return s->kind == S_LIST && s->count ? s->kids[s->count - 1] : s;
}

static const struct shape *first_item(const struct shape *s)
{
    return s->kind == S_LIST && s->count ? s->kids[0] : s;
}

static const char *expression_name(const struct shape *s)
{
    switch ((enum shape_kind)s->kind) {
    case S_Attribute: return "attribute";
    case S_Subscript: return "subscript";
    case S_Starred: return "starred";
    case S_Name: return "name";
    case S_List: return "list";
    case S_Tuple: return "tuple";
    case S_Lambda: return "lambda";
    case S_Call: return "function call";
    case S_BoolOp: case S_BinOp: case S_UnaryOp: return "expression";
    case S_GeneratorExp: return "generator expression";
    case S_Yield: return "yield expression";
    case S_Await: return "await expression";
    case S_ListComp: return "list comprehension";
    case S_SetComp: return "set comprehension";
    case S_DictComp: return "dict comprehension";
    case S_Dict: return "dict literal";
    case S_Set: return "set display";
    case S_FString: return "f-string expression";
    case S_None: return "None";
    case S_True: return "True";
    case S_False: return "False";
    case S_Ellipsis: return "ellipsis";
    case S_Compare: return "comparison";
    case S_IfExp: return "conditional expression";
    case S_NamedExpr: return "named expression";
    default: return "literal";
    }
}

/* The part of a target that cannot be one, NULL if all can. */
static const struct shape *invalid_target(const struct shape *s, enum act type)
{
    switch ((enum shape_kind)s->kind) {
    case S_List: case S_Tuple:
        for (uint32_t i = 0; i < s->count; i++) {
            const struct shape *bad = invalid_target(s->kids[i], type);
            if (bad)
                return bad;
        }
        return NULL;
    case S_Starred:
        return type == ACT_TARGET_DEL ? s : invalid_target(s->kids[0], type);
    case S_Compare:
        if (type != ACT_TARGET_FOR)
            return s;
        return s->op == TOK_IN ? invalid_target(s->kids[0], type) : NULL;
    case S_Name: case S_Subscript: case S_Attribute:
        return NULL;
    default:
        return s;
    }
}

/* Actions */

/* A message with its %n, %t and %l replaced. */
static const char *message(struct diag *d, const struct galt *alt, const struct shape *a)
{
    struct rt_parser *p = d->p;
    size_t name_len = 0;
    const char *name = a ? token_text(d, a->first, &name_len) : "";
    char *out = rt_p_alloc(p, alt->msg_len + 2 * name_len + 64), *o = out;
    for (const char *s = alt->msg, *end = s + alt->msg_len; s < end; s++) {
        if (*s != '%') {
            *o++ = *s;
            continue;
        }
        switch (*++s) {
        case 'n': o = stpcpy(o, expression_name(a)); break;
        case 't':
            memcpy(o, name, name_len);
            o += name_len;
            break;
        case 'l': o += sprintf(o, "%d", p->tokens[a->first].lineno); break;
        }
    }
    *o = 0;
    return out;
}

static _Noreturn void raise_range(
    struct diag *d, const struct shape *a, const struct shape *b, const char *msg)
{
    const struct rt_tok *first = &d->p->tokens[a->first], *last = &d->p->tokens[b->last];
    rt_parser_raise_at(d->p, RT_PARSE_SYNTAX_ERROR, first->lineno, first->col + 1, last->end_lineno,
        last->end_col + 1, "%s", msg);
}

static bool is_legacy_name(struct diag *d, const struct shape *a)
{
    return a->kind == S_Name &&
        (text_is(d, a->first, "print", 5) || text_is(d, a->first, "exec", 4));
}

static bool bad_target(struct diag *d, const struct shape *a, enum act type)
{
    const struct shape *bad = invalid_target(a, type);
    if (!bad)
        return false;
    char msg[80];
    snprintf(msg, sizeof msg, "cannot %s %s", type == ACT_TARGET_DEL ? "delete" : "assign to",
        expression_name(bad));
    raise_range(d, bad, bad, msg);
}

/* The last condition, or what is iterated over. */
static const struct shape *last_of_clauses(const struct shape *clauses)
{
    const struct shape *c = last_item(clauses);
    return c->count ? c->kids[c->count - 1] : c;
}

static bool bare_generator(struct diag *d, const struct shape *args, const struct shape *clauses)
{
    const struct shape *last = NULL;
    unsigned count = 0;
    for (uint32_t i = 0; i < args->count; i++) {
        if (args->kids[i]->kind != S_Keyword && args->kids[i]->kind != S_Unpacking) {
            count++;
            last = args->kids[i];
        }
    }
    if (count <= 1)
        return false;
    raise_range(d, last, last_of_clauses(clauses), "Generator expression must be parenthesized");
}

static _Noreturn void raise_positional(struct diag *d, const struct shape *args)
{
    bool unpacking = false;
    for (uint32_t i = 0; i < args->count; i++)
        unpacking |= args->kids[i]->kind == S_Unpacking;
    rt_parser_raise(d->p, RT_PARSE_SYNTAX_ERROR, "positional argument follows keyword argument%s",
        unpacking ? " unpacking" : "");
}

static bool not_equal(struct diag *d, uint32_t i)
{
    if (!(d->p->opt->flags & RT_PARSE_BARRY_AS_BDFL))
        return text_is(d, i, "!=", 2);
    if (!text_is(d, i, "<>", 2))
        rt_parser_raise(
            d->p, RT_PARSE_SYNTAX_ERROR, "with Barry as BDFL, use '<>' instead of '!='");
    return true;
}

static bool check_number(struct diag *d, const struct shape *a, bool imaginary)
{
    size_t len;
    const char *s = token_text(d, a->first, &len);
    if ((s[len - 1] == 'j' || s[len - 1] == 'J') != imaginary) {
        raise_range(d, a, a, imaginary ? "imaginary number required in complex literal"
            : "real number required in complex literal");
    }
    return true;
}

static struct shape *string_shape(struct diag *d, uint32_t first)
{
    struct rt_tok *t = d->p->tokens;
    struct rt_ast *n = rt_parser_strings(d->p, t + first, t + d->pos - 1);
    return leaf(d, n->kind == RT_AST_JoinedStr ? S_FString : S_Literal, first);
}

/* From the shape's first token to where the lexer stands. */
static _Noreturn void raise_from(struct diag *d, const struct shape *a, const char *text)
{
    const struct rt_tok *t = &d->p->tokens[a->first];
    rt_parser_raise_at(d->p, RT_PARSE_SYNTAX_ERROR, t->lineno, t->col + 1, d->lx.lineno,
        (int)(d->lx.cur - d->lx.line_start), "%s", text);
}

static _Noreturn void raise_no_colon(struct diag *d, const struct shape *key)
{
    const struct rt_tok *t = &d->p->tokens[key->first], *last = &d->p->tokens[key->last];
    rt_parser_raise_at(d->p, RT_PARSE_SYNTAX_ERROR, t->lineno, last->end_col, last->end_lineno, 0,
        "':' expected after dictionary key");
}

/* The action at the end of an alternative that began at `start`; false: its rule fails. */
static bool act(struct diag *d, const struct galt *alt, uint32_t start, struct shape **out)
{
    struct rt_parser *p = d->p;
    const struct shape *a = d->labels[1], *b = d->labels[2];
    switch ((enum act)alt->act) {
    case ACT_NONE:
        return true;
    case ACT_AT:
        raise_range(d, a, a, message(d, alt, a));
    case ACT_RANGE:
        raise_range(d, a, b, message(d, alt, a));
    case ACT_RANGE_LAST:
        raise_range(d, a, last_item(b), message(d, alt, a));
    case ACT_RANGE_LIST:
        raise_range(d, first_item(a), last_item(a), message(d, alt, a));
    case ACT_CLAUSES:
        raise_range(d, a, last_of_clauses(b), message(d, alt, a));
    case ACT_FROM:
        raise_from(d, a, message(d, alt, a));
    case ACT_LAST: case ACT_VERSION_LAST:
        rt_parser_raise(p, RT_PARSE_SYNTAX_ERROR, "%s", message(d, alt, a));
    case ACT_INDENT:
        rt_parser_raise(p, RT_PARSE_INDENTATION_ERROR, "%s", message(d, alt, a));
    case ACT_GENEXP:
        return bare_generator(d, a, b);
    case ACT_POSITIONAL:
        raise_positional(d, a);
    case ACT_LEGACY:
        if (!is_legacy_name(d, a))
            return false;
        raise_range(d, a, b, message(d, alt, a));
    case ACT_COMMA:
        if (is_legacy_name(d, a) || p->tokens[d->pos - 1].level == 0)
            return false;
        raise_range(d, a, b, message(d, alt, a));
    case ACT_TARGET_STAR: case ACT_TARGET_DEL: case ACT_TARGET_FOR:
        return bad_target(d, a, alt->act);
    case ACT_KVPAIR:
        raise_no_colon(d, a);
    case ACT_STRINGS:
        *out = string_shape(d, start);
        return true;
    case ACT_FLUFL:
        return not_equal(d, a->first);
    case ACT_REAL: case ACT_IMAGINARY:
        return check_number(d, a, alt->act == ACT_IMAGINARY);
    case ACT_FAIL:
        return false;
    case ACT_VERSION:
        if (p->feature < alt->version) {
            rt_parser_raise(p, RT_PARSE_SYNTAX_ERROR,
                "%s only supported in Python 3.%d and greater", message(d, alt, a), alt->version);
        }
        return true;
    }
    return true;
}

/* Interpretation */

static bool rule(struct diag *d, unsigned r, struct shape **out);
static int alternatives(
    struct diag *d, unsigned a, uint32_t start, struct shape *left, struct shape **out);

static void enter_level(struct diag *d, int n)
{
    d->level += n;
    if (d->level + (d->p->outer ? d->p->depth : 0) >= RT_MAX_DEPTH || stack_is_low(d->p)) {
        d->p->too_deep = true;
        rt_parser_fail(d->p);
    }
}

/* CPython compares only as many characters as the name has, so `c` and `mat` count as soft keywords
 * here. */
static bool at_soft_keyword(struct diag *d)
{
    if (token(d, d->pos)->type != TOK_NAME)
        return false;
    size_t len;
    const char *s = token_text(d, d->pos, &len);
    return strncmp("_", s, len) == 0 || strncmp("case", s, len) == 0 ||
        strncmp("match", s, len) == 0;
}

static bool token_item(struct diag *d, const struct gitem *i, struct shape **out)
{
    if (token(d, d->pos)->type != i->token)
        return false;
    uint32_t first = d->pos++;
    if (i->token == TOK_NAME) {
        *out = leaf(d, S_Name, first);
    } else if (i->token == TOK_NUMBER) {
        rt_parser_number(d->p, &d->p->tokens[first]);
        *out = leaf(d, S_Literal, first);
    } else if (i->label) {
        *out = leaf(d, S_TOKEN, first);
    }
    return true;
}

static bool item(struct diag *d, const struct gitem *i, struct shape **out);

/* Repetition, with a separator if `sep`; at least `least` times. */
static bool repeat(struct diag *d, const struct gitem *inner, const struct gitem *sep,
    unsigned least, struct shape **out)
{
    size_t base = d->kid_count;
    uint32_t start = d->pos;
    unsigned count = 0;
    enter_level(d, 1);
    for (;;) {
        uint32_t before = d->pos;
        struct shape *s = NULL;
        if ((count && sep && !item(d, sep, &s)) || (s = NULL, !item(d, inner, &s))) {
            d->pos = before;
            break;
        }
        push_kid(d, s);
        count++;
        if (d->pos == before)
            break;
    }
    d->level--;
    if (count < least) {
        d->kid_count = base;
        d->pos = start;
        return false;
    }
    if (d->kid_count > base)
        *out = make_shape(d, S_LIST, start, base);
    return true;
}

static bool look(struct diag *d, const struct gitem *inner)
{
    uint32_t pos = d->pos;
    struct shape *s = NULL;
    bool found = item(d, inner, &s);
    d->pos = pos;
    return found;
}

static bool item(struct diag *d, const struct gitem *i, struct shape **out)
{
    const struct gitem *items = d->g->items;
    switch ((enum item_op)i->op) {
    case I_TOKEN:
        return token_item(d, i, out);
    case I_SOFT:
        if (token(d, d->pos)->type != TOK_NAME || !text_is(d, d->pos, i->text, i->text_len))
            return false;
        d->pos++;
        if (i->label)
            *out = leaf(d, S_TOKEN, d->pos - 1);
        return true;
    case I_SOFT_KEYWORD:
        return at_soft_keyword(d);
    case I_RULE:
        return rule(d, i->ref, out);
    case I_GROUP: {
        enter_level(d, 1);
        struct shape *outer[3] = {d->labels[0], d->labels[1], d->labels[2]};
        int found = alternatives(d, i->ref, d->pos, NULL, out);
        memcpy(d->labels, outer, sizeof outer);
        d->level--;
        if (found > 0 && i->label && !*out)
            *out = leaf(d, S_TOKEN, d->pos - 1);
        return found > 0;
    }
    case I_OPT: {
        uint32_t pos = d->pos;
        if (!item(d, &items[i->ref], out)) {
            d->pos = pos;
            *out = NULL;
        }
        return true;
    }
    case I_STAR:
        return repeat(d, &items[i->ref], NULL, 0, out);
    case I_PLUS:
        return repeat(d, &items[i->ref], NULL, 1, out);
    case I_GATHER:
        return repeat(d, &items[i->ref], &items[i->sep], 1, out);
    case I_AND:
        return look(d, &items[i->ref]);
    case I_NOT:
        return !look(d, &items[i->ref]);
    case I_FORCE: {
        const struct rt_tok *t = token(d, d->pos);
        if (t->type != i->token) {
            char msg[32];
            snprintf(msg, sizeof msg, "expected '%s'", rt_token_texts[i->token]);
            rt_diagnose_raise_at_token(d->p, t, msg);
        }
        d->pos++;
        return true;
    }
    case I_CUT:
        break;
    }
    return true;
}

/* What an alternative is worth: its kids since `base`. */
static struct shape *worth(struct diag *d, const struct galt *alt, uint32_t start, size_t base)
{
    if (alt->capture) {
        d->kid_count = base;
        return d->labels[1];
    }
    if (alt->kind != S_LIST) {
        if (alt->kind == S_Pattern && d->kid_count == base + 1 &&
            d->kids[base]->kind == S_Pattern && d->kids[base]->first == start &&
            d->kids[base]->last + 1 == d->pos) {
            d->kid_count = base;
            return d->kids[base];
        }
        return make_shape(d, alt->kind, start, base);
    }
    if (d->kid_count == base)
        return NULL;
    if (d->kid_count == base + 1) {
        d->kid_count = base;
        return d->kids[base];
    }
    return make_shape(d, S_LIST, start, base);
}

/* 1: one of the alternatives matched; 0: none; -1: none, and the rule gives up (a cut, an action
 * that refused). */
static int alternatives(
    struct diag *d, unsigned a, uint32_t start, struct shape *left, struct shape **out)
{
    uint32_t pos = d->pos;
    for (; a; a = d->g->alts[a].next) {
        const struct galt *alt = &d->g->alts[a];
        if (alt->mistake && !d->invalid)
            continue;
        size_t base = d->kid_count;
        bool cut = false, matched = true;
        d->labels[1] = d->labels[2] = NULL;
        push_kid(d, left);
        for (unsigned i = alt->first; i; i = d->g->items[i].next) {
            const struct gitem *it = &d->g->items[i];
            struct shape *s = NULL, *labels[2] = {d->labels[1], d->labels[2]};
            cut |= it->op == I_CUT;
            matched = item(d, it, &s);
            d->labels[1] = labels[0];
            d->labels[2] = labels[1];
            if (!matched)
                break;
            if (it->label)
                d->labels[it->label] = s;
            push_kid(d, s);
        }
        if (matched) {
            struct shape *made = NULL;
            bool accepted = act(d, alt, start, &made);
            *out = made ? made : worth(d, alt, start, base);
            d->kid_count = base;
            if (accepted)
                return 1;
        }
        d->kid_count = base;
        d->pos = pos;
        if (matched || cut)
            return -1;
    }
    return 0;
}

static bool run_rule(struct diag *d, const struct grule *r, struct shape **out)
{
    uint32_t start = d->pos;
    if (alternatives(d, r->alts, start, NULL, out) <= 0)
        return false;
    while (r->fold) {
        struct shape *longer = NULL;
        if (alternatives(d, r->fold, start, *out, &longer) <= 0)
            break;
        *out = longer;
    }
    return true;
}

static size_t memo_slot(const struct diag *d, unsigned r, uint32_t pos, bool pass)
{
    uint64_t h = ((uint64_t)pos << 10 | r << 1 | pass) * 0x9e3779b97f4a7c15u;
    size_t i = (size_t)(h >> 32) & d->memo_mask;
    while (d->memo[i].rule &&
        (d->memo[i].rule != r + 1 || d->memo[i].pos != pos || d->memo[i].pass != pass))
        i = (i + 1) & d->memo_mask;
    return i;
}

static void grow_memo(struct diag *d)
{
    size_t old_size = d->memo ? d->memo_mask + 1 : 0, size = old_size ? old_size * 2 : 1024;
    struct memo *old = d->memo, *table = calloc(size, sizeof *table);
    if (!table)
        rt_parser_no_memory(d->p);
    d->memo = table;
    d->memo_mask = size - 1;
    for (size_t i = 0; i < old_size; i++) {
        if (old[i].rule)
            table[memo_slot(d, old[i].rule - 1u, old[i].pos, old[i].pass)] = old[i];
    }
    free(old);
}

static void forget(struct diag *d)
{
    if (d->memo_count)
        memset(d->memo, 0, (d->memo_mask + 1) * sizeof *d->memo);
    d->memo_count = 0;
}

static bool remember(struct diag *d, unsigned r, uint32_t pos, bool pass, bool ok, struct shape *s)
{
    if (d->memo_count * 4 >= (d->memo ? (d->memo_mask + 1) * 3 : 0))
        grow_memo(d);
    d->memo[memo_slot(d, r, pos, pass)] = (struct memo){
        .pos = pos, .end = d->pos, .rule = (uint16_t)(r + 1), .pass = pass, .ok = ok, .shape = s};
    d->memo_count++;
    return ok;
}

static bool rule(struct diag *d, unsigned r, struct shape **out)
{
    const struct grule *ru = &d->g->rules[r];
    uint32_t pos = d->pos;
    bool keep = ru->memo || ru->memo_pass, pass = ru->memo_pass && d->invalid;
    if (keep && d->memo) {
        const struct memo *m = &d->memo[memo_slot(d, r, pos, pass)];
        if (m->rule) {
            if (m->ok) {
                d->pos = m->end;
                *out = m->shape;
            }
            return m->ok;
        }
    }
    bool invalid = d->invalid;
    struct shape *outer[3];
    memcpy(outer, d->labels, sizeof outer);
    if (ru->quiet)
        d->invalid = false;
    enter_level(d, 1);
    *out = NULL;
    bool ok = run_rule(d, ru, out);
    d->level--;
    d->invalid = invalid;
    memcpy(d->labels, outer, sizeof outer);
    if (!ok)
        d->pos = pos;
    if (!ok || r == d->statement || r == d->block)
        *out = NULL;
    if (r == d->statement && d->level <= 4)
        forget(d);      /* nobody comes back before the end of a statement of the outermost block */
    return keep ? remember(d, r, pos, pass, ok, *out) : ok;
}

/* Both passes */

static unsigned start_rule(struct diag *d, enum rt_parse_mode mode)
{
    const char *name = d->p->is_fstring ? "fstring"
        : mode == RT_PARSE_EXEC         ? "file"
        : mode == RT_PARSE_SINGLE       ? "interactive"
        : mode == RT_PARSE_EVAL         ? "eval"
                                        : "func_type";
    return rt_diagnose_rule(d->g, name, strlen(name));
}

static void run_pass(struct diag *d, enum rt_parse_mode mode, bool invalid)
{
    struct shape *s = NULL;
    d->pos = 0;
    d->level = 0;
    d->kid_count = 0;
    d->invalid = invalid;
    forget(d);
    d->matched = rule(d, start_rule(d, mode), &s);
}

/* Runs `fn`, true if it raised an error. */
static bool raises(struct diag *d, void (*fn)(struct diag *d, uint32_t arg), uint32_t arg)
{
    jmp_buf failed;
    d->p->failed = &failed;
    if (_setjmp(failed) != 0)
        return true;
    fn(d, arg);
    return false;
}

static void first_pass(struct diag *d, uint32_t mode)
{
    run_pass(d, (enum rt_parse_mode)mode, false);
}

static void second_pass(struct diag *d, uint32_t mode)
{
    run_pass(d, (enum rt_parse_mode)mode, true);
}

/* Errors further on go first if they are the lexer's own, or a bracket left open on an earlier line
 * than the error. */
static void check_rest(struct diag *d, uint32_t arg)
{
    struct rt_lexer *lx = &d->lx;
    int error_line = d->p->last_token->lineno;
    struct rt_tok t;
    do {
        rt_lexer_next(lx, &t);
    } while (t.type != TOK_ERROR && t.type != TOK_ENDMARKER);
    if (t.type != TOK_ERROR)
        return;
    if (lx->state == LEX_ERROR)
        rt_diagnose_raise_from_lexer(d->p);
    if (lx->level && error_line > lx->paren_lineno[lx->level - 1])
        rt_diagnose_raise_unclosed(d->p);
}

static void incomplete(struct diag *d, uint32_t arg)
{
    rt_parser_raise(d->p, RT_PARSE_SYNTAX_ERROR, "incomplete input");
}

static void not_single(struct diag *d, uint32_t arg)
{
    rt_parser_raise(d->p, RT_PARSE_SYNTAX_ERROR,
        "multiple statements found while compiling a single statement");
}

static void generic(struct diag *d, uint32_t last)
{
    const struct rt_tok *t = &d->p->tokens[last];
    if (t->type == TOK_INDENT)
        rt_parser_raise(d->p, RT_PARSE_INDENTATION_ERROR, "unexpected indent");
    if (t->type == TOK_DEDENT)
        rt_parser_raise(d->p, RT_PARSE_INDENTATION_ERROR, "unexpected unindent");
    rt_diagnose_raise_at_token(d->p, t, "invalid syntax");
}

static bool at_end_of_source(const struct rt_lexer *lx)
{
    return lx->state == LEX_EOF || (lx->state == LEX_ERROR && lx->error.at_end);
}

static bool is_syntax_error(const struct rt_parser *p)
{
    enum rt_parse_error_kind k = p->res->error.kind;
    return k == RT_PARSE_SYNTAX_ERROR || k == RT_PARSE_INDENTATION_ERROR || k == RT_PARSE_TAB_ERROR;
}

static void find_error(struct diag *d, enum rt_parse_mode mode)
{
    struct rt_parser *p = d->p;
    bool raised = raises(d, first_pass, mode);
    if (p->out_of_memory || p->too_deep)
        return;
    if (!raised && d->matched && d->single && rt_parser_more_follows(d->lx.cur)) {
        raises(d, not_single, 0);
        return;
    }
    if ((p->opt->flags & RT_PARSE_ALLOW_INCOMPLETE_INPUT) && at_end_of_source(&d->lx)) {
        raises(d, incomplete, 0);
        return;
    }
    size_t last = d->fill - 1;
    if (!raised)
        raised = raises(d, second_pass, mode);
    if (p->out_of_memory || p->too_deep)
        return;
    if (raised) {
        if (is_syntax_error(p) && d->lx.state == LEX_OK)
            raises(d, check_rest, 0);
        return;
    }
    raises(d, generic, (uint32_t)last);
    if (p->res->error.kind == RT_PARSE_SYNTAX_ERROR)
        raises(d, check_rest, 0);
}

void rt_diagnose(struct rt_parser *p, enum rt_parse_mode mode)
{
    struct diag *d = calloc(1, sizeof *d);
    jmp_buf *failed = p->failed;
    p->res->error = (struct rt_parse_error){0};
    if (!p->outer)
        p->res->warnings = p->last_warning = NULL;
    if (d)
        d->g = rt_diagnose_compile();
    if (d && d->g) {
        d->p = p;
        d->single = mode == RT_PARSE_SINGLE && !p->is_fstring;
        d->statement = rt_diagnose_rule(d->g, "statement", 9);
        d->block = rt_diagnose_rule(d->g, "block", 5);
        rt_parser_lexer(p, &d->lx);
        p->lexer = &d->lx;
        p->diagnosing = true;
        p->last_token = NULL;
        find_error(d, mode);
        rt_lexer_fini(&d->lx);
        free(d->g);
        free(d->memo);
        free(d->kids);
    } else {
        p->out_of_memory = true;
    }
    free(d);
    p->failed = failed;
    if (p->out_of_memory || p->too_deep)
        p->res->error = (struct rt_parse_error){.kind = RT_PARSE_MEMORY_ERROR};
    rt_parser_release(p);
}
