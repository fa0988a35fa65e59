/* SPDX-License-Identifier: MIT */
/*
 * codegen_match.c: the match statement.
 *
 * The subject stays in temporary `subject`; pattern() never consumes the register it looks at. What a pattern makes on the
 * way (items, attributes, values) stays in temporaries until the whole pattern has succeeded or failed, so a capture is no
 * more than a note of a register. On success captures are bound in order and the rest is dropped; on failure the
 * temporaries are dropped by the chain of failure labels: failing with k temporaries live jumps to fail[k].
 */
#include "core/compiler/compiler_internal.h"

struct capture { const struct rt_ast_ident *name; int reg, item; }; /* register, or item of the list or tuple in it */

struct matcher {
    uint32_t base;               /* depth at which the pattern began */
    struct rt_clabel *fail;      /* by number of live temporaries */
    uint32_t nfail;
    struct capture *captures;
    uint32_t ncaptures, room;
    bool allow_irrefutable;
};

static void pattern(struct rt_comp *c, struct matcher *m, struct rt_ast *p, int reg);

static struct rt_clabel *fail_label(struct rt_comp *c, struct matcher *m)
{
    uint32_t k = c->u->depth - m->base;
    if (k >= m->nfail) {
        uint32_t n = k + 8;
        struct rt_clabel *l = rt_comp_alloc(c, n * sizeof *l);
        if (m->nfail)
            memcpy(l, m->fail, m->nfail * sizeof *l);
        for (uint32_t i = m->nfail; i < n; i++)
            l[i] = (struct rt_clabel){.pos = -1, .fix = -1};
        m->fail = l;
        m->nfail = n;
    }
    return &m->fail[k];
}

/* Places the failure labels: falls out with only the temporaries below the pattern live. */
static void place_failures(struct rt_comp *c, struct matcher *m)
{
    uint32_t k = m->nfail;
    while (k > 0 && !m->fail[k - 1].used)
        k--;
    while (k-- > 0) {
        rt_cg_label_place(c, &m->fail[k]);
        if (k)
            rt_cg_emit(c, RT_OP_DROP, (int)(c->u->temp_base + m->base + k - 1), 0, 0);
    }
}

static void capture(struct rt_comp *c, struct matcher *m, const struct rt_ast_ident *name, int reg, struct rt_ast *at)
{
    rt_cg_check_debug(c, at, name, RT_AST_Store);
    for (uint32_t i = 0; i < m->ncaptures; i++) {
        if (m->captures[i].name == name)
            rt_comp_error(c, at, "multiple assignments to name '%s' in pattern", name->utf8);
    }
    if (m->ncaptures == m->room) {
        uint32_t room = m->room ? m->room * 2 : 8;
        struct capture *p = rt_comp_alloc(c, room * sizeof *p);
        if (m->ncaptures)
            memcpy(p, m->captures, m->ncaptures * sizeof *p);
        m->captures = p;
        m->room = room;
    }
    m->captures[m->ncaptures++] = (struct capture){name, reg, -1};
}

static bool is_wildcard(const struct rt_ast *p)
{
    return p->kind == RT_AST_MatchAs && !RT_AST(MatchAs, p)->name && !RT_AST(MatchAs, p)->pattern;
}

static int copy_of(struct rt_comp *c, int reg)
{
    int t = rt_cg_push(c);
    rt_cg_emit(c, RT_OP_COPY, t, reg, 0);
    return t;
}

/* Jump to failure if temporary t (on top, consumed) is false. */
static void fail_if_false(struct rt_comp *c, struct matcher *m, int t)
{
    c->u->depth--;
    rt_cg_emit_cond(c, RT_OP_JFALSE, t, 0, 0, fail_label(c, m));
}

/* Fails if temporary t, on top, is None; t stays. (None needs no dropping.) */
static void fail_if_none(struct rt_comp *c, struct matcher *m, int t)
{
    int k = copy_of(c, t);
    c->u->depth--;
    rt_cg_emit_cond(c, RT_OP_JNONE, k, 0, 0, fail_label(c, m));
}

static void subpattern(struct rt_comp *c, struct matcher *m, struct rt_ast *p, int reg)
{
    bool saved = m->allow_irrefutable;
    m->allow_irrefutable = true;
    pattern(c, m, p, reg);
    m->allow_irrefutable = saved;
}

/* ---- sequences ---- */

static void check_length(struct rt_comp *c, struct matcher *m, int reg, uint32_t n, bool at_least)
{
    int len = rt_cg_push(c);
    rt_cg_emit(c, RT_OP_GET_LEN, len, reg, 0);
    if (n <= 127) {
        c->u->depth--;
        rt_cg_emit_cond(c, at_least ? RT_OP_JGEI : RT_OP_JEQI, len, (int)n, 0, fail_label(c, m));
        return;
    }
    int k = rt_cg_load_value(c, rt_int_imm(n), RT_TEMP);
    c->u->depth -= 2;
    rt_cg_emit_cond(c, at_least ? RT_OP_JGE : RT_OP_JEQ, len, k, 0, fail_label(c, m));
}

/* Item i of the sequence, or the i-th from its end. */
static void item_pattern(struct rt_comp *c, struct matcher *m, struct rt_ast *p, int reg, uint32_t i, bool from_end)
{
    if (is_wildcard(p))
        return;
    int t = copy_of(c, reg), k;
    if (from_end) {
        k = rt_cg_push(c);
        rt_cg_emit(c, RT_OP_GET_LEN, k, reg, 0);
        int n = rt_cg_load_value(c, rt_int_imm(i), RT_TEMP);
        rt_cg_emit(c, RT_OP_SUB, k, k, n);
        c->u->depth--;
    } else {
        k = rt_cg_load_value(c, rt_int_imm(i), RT_TEMP);
    }
    rt_cg_emit(c, RT_OP_GETITEM, t, t, k);
    c->u->depth--;
    subpattern(c, m, p, t);
}

/* The value of a capture goes to register d. */
static void load_capture(struct rt_comp *c, const struct capture *k, int d)
{
    uint32_t depth = c->u->depth;
    if (k->item < 0)
        rt_cg_emit(c, RT_OP_COPY, d, k->reg, 0);
    else
        rt_cg_emit(c, RT_OP_MOVE, d, rt_cg_item(c, k->reg, (uint32_t)k->item), 0);
    c->u->depth = depth;
}

/* So many items are not spread over temporaries: they stay in their list or tuple. */
static bool keep_boxed(const struct rt_comp *c, uint32_t n)
{
    return n > RT_MANY || (c->u->far && c->u->depth + n + 40 > c->u->max_temps);
}

/* Pattern p for item i of the list or tuple in box. Patterns that capture nothing leave nothing behind. */
static void boxed_pattern(struct rt_comp *c, struct matcher *m, struct rt_ast *p, int box, uint32_t i)
{
    if (is_wildcard(p))
        return;
    bool plain = p->kind == RT_AST_MatchAs && !RT_AST(MatchAs, p)->pattern;
    if (plain || p->kind == RT_AST_MatchStar) {
        const struct rt_ast_ident *name = plain ? RT_AST(MatchAs, p)->name : RT_AST(MatchStar, p)->name;
        if (name) {
            capture(c, m, name, box, p);
            m->captures[m->ncaptures - 1].item = (int)i;
        }
        return;
    }
    uint32_t depth = c->u->depth, ncaptures = m->ncaptures;
    subpattern(c, m, p, rt_cg_item(c, box, i));
    if (m->ncaptures == ncaptures) {
        rt_cg_emit(c, RT_OP_DROPN, (int)(c->u->temp_base + depth), (int)(c->u->depth - depth), 0);
        c->u->depth = depth;
    }
}

static void sequence(struct rt_comp *c, struct matcher *m, struct rt_ast *p, int reg)
{
    struct rt_ast_seq *q = RT_AST(MatchSequence, p)->patterns;
    uint32_t n = q->len;
    int star = -1;
    bool only_wildcards = true, star_wildcard = false;
    for (uint32_t i = 0; i < n; i++) {
        struct rt_ast *k = q->items[i];
        if (k->kind == RT_AST_MatchStar) {
            if (star >= 0)
                rt_comp_error(c, p, "multiple starred names in sequence pattern");
            star = (int)i;
            star_wildcard = !RT_AST(MatchStar, k)->name;
            only_wildcards &= star_wildcard;
        } else {
            only_wildcards &= is_wildcard(k);
        }
    }
    int t = rt_cg_push(c);
    rt_cg_emit(c, RT_OP_MATCH_SEQUENCE, t, reg, 0);
    fail_if_false(c, m, t);
    if (star < 0)
        check_length(c, m, reg, n, false);
    else if (n > 1)
        check_length(c, m, reg, n - 1, true);
    if (only_wildcards)
        return;
    if (star_wildcard) {
        for (uint32_t i = 0; i < n; i++) {
            if ((int)i < star)
                item_pattern(c, m, q->items[i], reg, i, false);
            else if ((int)i > star)
                item_pattern(c, m, q->items[i], reg, n - i, true);
        }
        return;
    }
    if (star >= 256 || (star >= 0 && n - (uint32_t)star - 1 >= 1 << 23))
        rt_comp_error(c, p, "too many expressions in star-unpacking sequence pattern");
    if (keep_boxed(c, n)) {
        int whole = copy_of(c, reg);
        c->u->depth--;
        int box = rt_cg_unpack_list(c, n, star, whole);
        for (uint32_t i = 0; i < n; i++)
            boxed_pattern(c, m, q->items[i], box, i);
        return;
    }
    uint8_t regs[RT_MANY];
    uint32_t depth = c->u->depth;
    for (uint32_t i = 0; i < n; i++)
        regs[i] = (uint8_t)rt_cg_push(c);
    int copy = copy_of(c, reg);
    if (star < 0)
        rt_cg_emit_list(c, RT_OP_UNPACK, 0, copy, regs, (int)n);
    else
        rt_cg_emit_list_w(c, RT_OP_UNPACK_EX, star, copy, n - (uint32_t)star - 1, regs, (int)n);
    c->u->depth = depth + n;
    for (uint32_t i = 0; i < n; i++)
        subpattern(c, m, q->items[i], regs[i]);
}

/* ---- mappings ---- */

static bool is_key(const struct rt_ast *e)
{
    return e->kind == RT_AST_Constant || e->kind == RT_AST_Attribute;
}

static void check_duplicate_keys(struct rt_comp *c, struct rt_ast *p, struct rt_ast_seq *keys)
{
    for (uint32_t i = 0; i < keys->len; i++) {
        if (!rt_fold_is_const(keys->items[i]))
            continue;
        rt_value a = rt_fold_value(c, rt_fold_of(keys->items[i]));
        for (uint32_t j = 0; j < i; j++) {
            if (!rt_fold_is_const(keys->items[j]))
                continue;
            int eq = rt_equal(c->ts, a, rt_fold_value(c, rt_fold_of(keys->items[j])));
            if (eq < 0)
                rt_comp_fail(c);
            if (eq) {
                rt_value r = rt_repr(c->ts, a);
                const char *s = rt_is_null(r) ? NULL : rt_str_utf8(c->ts, r, NULL);
                if (!s)
                    rt_comp_fail(c);
                rt_comp_keep(c, r);
                rt_comp_error(c, p, "mapping pattern checks duplicate key (%s)", s);
            }
        }
    }
}

static void mapping(struct rt_comp *c, struct matcher *m, struct rt_ast *p, int reg)
{
    struct rt_ast_MatchMapping *n = RT_AST(MatchMapping, p);
    uint32_t size = n->keys->len;
    int t = rt_cg_push(c);
    rt_cg_emit(c, RT_OP_MATCH_MAPPING, t, reg, 0);
    fail_if_false(c, m, t);
    if (!size && !n->rest)
        return;
    if (size)
        check_length(c, m, reg, size, true);
    check_duplicate_keys(c, p, n->keys);
    for (uint32_t i = 0; i < size; i++) {
        if (!is_key(n->keys->items[i]))
            rt_comp_error(c, p, "mapping pattern keys may only match literals and attribute lookups");
    }
    int keys = rt_cg_build_list(c, n->keys, 0, 1, RT_TEMP);
    if (!size) {
        int all = rt_cg_push(c);
        rt_cg_emit(c, RT_OP_COPY_WITHOUT_KEYS, all, reg, keys);
        capture(c, m, n->rest, all, p);
        return;
    }
    int values = rt_cg_push(c);
    rt_cg_emit(c, RT_OP_MATCH_KEYS, values, reg, keys);
    fail_if_none(c, m, values);
    if (keep_boxed(c, size)) {
        int others = rt_cg_push(c);
        if (n->rest)
            rt_cg_emit(c, RT_OP_COPY_WITHOUT_KEYS, others, reg, keys);
        else
            c->u->depth--;
        for (uint32_t i = 0; i < size; i++)
            boxed_pattern(c, m, n->patterns->items[i], values, i);
        if (n->rest)
            capture(c, m, n->rest, others, p);
        return;
    }
    uint8_t regs[RT_MANY];
    uint32_t depth = c->u->depth;
    int rest = -1;
    c->u->depth = depth - 1; /* the tuple's register becomes the first item's */
    for (uint32_t i = 0; i < size; i++)
        regs[i] = (uint8_t)rt_cg_push(c);
    rt_cg_emit_list(c, RT_OP_UNPACK, 0, values, regs, (int)size);
    if (n->rest) {
        rest = rt_cg_push(c);
        rt_cg_emit(c, RT_OP_COPY_WITHOUT_KEYS, rest, reg, keys);
    }
    for (uint32_t i = 0; i < size; i++)
        subpattern(c, m, n->patterns->items[i], regs[i]);
    if (n->rest)
        capture(c, m, n->rest, rest, p);
}

/* ---- classes ---- */

static void class_pattern(struct rt_comp *c, struct matcher *m, struct rt_ast *p, int reg)
{
    struct rt_ast_MatchClass *n = RT_AST(MatchClass, p);
    uint32_t npos = n->patterns->len, nattrs = n->kwd_attrs->len, total = npos + nattrs;
    if (nattrs != n->kwd_patterns->len) {
        rt_raise(c->ts, &rt_exc_RuntimeError, "kwd_attrs (%d) / kwd_patterns (%d) length mismatch in class pattern", (int)nattrs,
                 (int)n->kwd_patterns->len);
        rt_comp_fail(c);
    }
    rt_value names = nattrs ? rt_tuple_new(c->ts, nattrs) : rt_tuple_empty();
    if (rt_is_null(names))
        rt_comp_fail(c);
    for (uint32_t i = 0; i < nattrs; i++)
        rt_as_tuple(names)->items[i] = rt_comp_ident_value(c, n->kwd_attrs->items[i]);
    names = rt_comp_keep(c, names);
    for (uint32_t i = 0; i < nattrs; i++) {
        rt_cg_check_debug(c, p, n->kwd_attrs->items[i], RT_AST_Store);
        for (uint32_t j = i + 1; j < nattrs; j++) {
            if (n->kwd_attrs->items[i] == n->kwd_attrs->items[j])
                rt_comp_error(c, n->kwd_patterns->items[j], "attribute name repeated in class pattern: %s", n->kwd_attrs->items[j]->utf8);
        }
    }
    uint32_t depth = c->u->depth;
    int cls = rt_cg_expr(c, n->cls, RT_ANY);
    c->u->depth = depth;
    int t = rt_cg_push(c);
    rt_cg_emit_w(c, RT_OP_MATCH_CLASS, t, reg, cls, rt_cg_const_index(c, names) | npos << 16);
    fail_if_none(c, m, t);
    if (!total) {
        /* an empty tuple: stays until the end like any other temporary */
        return;
    }
    bool boxed = keep_boxed(c, total);
    uint8_t regs[RT_MANY];
    if (!boxed) {
        c->u->depth = depth;
        for (uint32_t i = 0; i < total; i++)
            regs[i] = (uint8_t)rt_cg_push(c);
        rt_cg_emit_list(c, RT_OP_UNPACK, 0, t, regs, (int)total);
    }
    for (uint32_t i = 0; i < total; i++) {
        struct rt_ast *k = i < npos ? n->patterns->items[i] : n->kwd_patterns->items[i - npos];
        if (boxed)
            boxed_pattern(c, m, k, t, i);
        else if (!is_wildcard(k))
            subpattern(c, m, k, regs[i]);
    }
}

/* ---- alternatives ---- */

/* Upper bound of the names that a pattern binds. */
static uint32_t names_bound(struct rt_ast *p)
{
    uint32_t n = 0;
    switch (p->kind) {
    case RT_AST_MatchStar: return RT_AST(MatchStar, p)->name != NULL;
    case RT_AST_MatchAs:
        return (RT_AST(MatchAs, p)->name != NULL) + (RT_AST(MatchAs, p)->pattern ? names_bound(RT_AST(MatchAs, p)->pattern) : 0);
    case RT_AST_MatchOr: return names_bound(RT_AST(MatchOr, p)->patterns->items[0]);
    case RT_AST_MatchSequence:
        for (uint32_t i = 0; i < RT_AST(MatchSequence, p)->patterns->len; i++)
            n += names_bound(RT_AST(MatchSequence, p)->patterns->items[i]);
        return n;
    case RT_AST_MatchMapping:
        for (uint32_t i = 0; i < RT_AST(MatchMapping, p)->patterns->len; i++)
            n += names_bound(RT_AST(MatchMapping, p)->patterns->items[i]);
        return n + (RT_AST(MatchMapping, p)->rest != NULL);
    case RT_AST_MatchClass:
        for (uint32_t i = 0; i < RT_AST(MatchClass, p)->patterns->len; i++)
            n += names_bound(RT_AST(MatchClass, p)->patterns->items[i]);
        for (uint32_t i = 0; i < RT_AST(MatchClass, p)->kwd_patterns->len; i++)
            n += names_bound(RT_AST(MatchClass, p)->kwd_patterns->items[i]);
        return n;
    default: return 0;
    }
}

static void alternatives(struct rt_comp *c, struct matcher *m, struct rt_ast *p, int reg)
{
    struct rt_ast_seq *q = RT_AST(MatchOr, p)->patterns;
    struct rt_unit *u = c->u;
    uint32_t base = u->depth, n = 0, first_capture = m->ncaptures;
    struct capture *names = NULL;
    bool saved = m->allow_irrefutable;
    RT_LABEL(end);
    /* The names' values go to one place whichever alternative matches. */
    uint32_t room = names_bound(q->items[0]);
    int place = (int)(u->temp_base + base);
    rt_cg_push_n(c, (int)room);
    for (uint32_t i = 0; i < q->len; i++) {
        struct matcher k = {.base = base + room, .allow_irrefutable = i + 1 == q->len && saved};
        u->depth = base + room;
        rt_cg_set_loc(c, q->items[i]);
        pattern(c, &k, q->items[i], reg);
        if (i == 0) {
            names = k.captures;
            n = k.ncaptures;
            for (uint32_t j = 0; j < n; j++) {
                for (uint32_t h = 0; h < first_capture; h++) {
                    if (m->captures[h].name == names[j].name)
                        rt_comp_error(c, q->items[0], "multiple assignments to name '%s' in pattern", names[j].name->utf8);
                }
            }
        } else if (k.ncaptures != n) {
            rt_comp_error(c, NULL, "alternative patterns bind different names");
        }
        for (uint32_t j = 0; j < n; j++) {
            uint32_t h = 0;
            while (h < n && k.captures[h].name != names[j].name)
                h++;
            if (h == n)
                rt_comp_error(c, NULL, "alternative patterns bind different names");
            load_capture(c, &k.captures[h], place + (int)j);
        }
        if (u->depth > base + room)
            rt_cg_emit(c, RT_OP_DROPN, place + (int)room, (int)(u->depth - base - room), 0);
        rt_cg_emit_jump(c, &end);
        u->depth = base + room;
        place_failures(c, &k);
    }
    u->depth = base;
    rt_cg_set_loc(c, p);
    rt_cg_emit_jump(c, fail_label(c, m));
    rt_cg_label_place(c, &end);
    rt_cg_push_n(c, (int)room);
    for (uint32_t j = 0; j < n; j++)
        capture(c, m, names[j].name, place + (int)j, p);
}

/* ---- all patterns ---- */

static void pattern_inner(struct rt_comp *c, struct matcher *m, struct rt_ast *p, int reg)
{
    switch (p->kind) {
    case RT_AST_MatchValue: {
        struct rt_ast *e = RT_AST(MatchValue, p)->value;
        if (!is_key(e))
            rt_comp_error(c, p, "patterns may only match literals and attribute lookups");
        int t = copy_of(c, reg), v = rt_cg_expr(c, e, RT_ANY);
        c->u->depth = (uint32_t)t - c->u->temp_base;
        rt_cg_emit_cond(c, RT_OP_JEQ, t, v, 0, fail_label(c, m));
        break;
    }
    case RT_AST_MatchSingleton: {
        int t = copy_of(c, reg), v = rt_cg_load_value(c, rt_fold_value(c, RT_AST(MatchSingleton, p)->value), RT_TEMP);
        c->u->depth -= 2;
        rt_cg_emit_cond(c, RT_OP_JIS, t, v, 0, fail_label(c, m));
        break;
    }
    case RT_AST_MatchSequence: sequence(c, m, p, reg); break;
    case RT_AST_MatchMapping: mapping(c, m, p, reg); break;
    case RT_AST_MatchClass: class_pattern(c, m, p, reg); break;
    case RT_AST_MatchStar:
        if (RT_AST(MatchStar, p)->name)
            capture(c, m, RT_AST(MatchStar, p)->name, reg, p);
        break;
    case RT_AST_MatchAs: {
        struct rt_ast_MatchAs *n = RT_AST(MatchAs, p);
        if (!n->pattern) {
            if (!m->allow_irrefutable) {
                if (n->name)
                    rt_comp_error(c, p, "name capture '%s' makes remaining patterns unreachable", n->name->utf8);
                rt_comp_error(c, p, "wildcard makes remaining patterns unreachable");
            }
            if (n->name)
                capture(c, m, n->name, reg, p);
            break;
        }
        pattern(c, m, n->pattern, reg);
        capture(c, m, n->name, reg, p);
        break;
    }
    case RT_AST_MatchOr: alternatives(c, m, p, reg); break;
    default:
        rt_raise(c->ts, &rt_exc_SystemError, "invalid match pattern node in AST");
        rt_comp_fail(c);
    }
}

static void pattern(struct rt_comp *c, struct matcher *m, struct rt_ast *p, int reg)
{
    rt_comp_enter(c);
    rt_cg_set_loc(c, p); /* and stays: what follows is traced to the innermost pattern */
    pattern_inner(c, m, p, reg);
    rt_comp_leave(c);
}

/* Binds the captures of a pattern that succeeded and drops its temporaries. */
static void bind(struct rt_comp *c, struct matcher *m, int subject)
{
    struct rt_unit *u = c->u;
    for (uint32_t i = 0; i < m->ncaptures; i++) {
        struct rt_sym *s = rt_cg_sym_of(c, m->captures[i].name);
        int reg = rt_cg_local_register(c, s);
        if (reg >= 0) {
            load_capture(c, &m->captures[i], reg);
            rt_cg_local_set_bound(c, reg);
            continue;
        }
        int t = rt_cg_push(c);
        load_capture(c, &m->captures[i], t);
        rt_cg_name_store(c, s, t);
        u->depth--;
    }
    if (u->depth > m->base)
        rt_cg_emit(c, RT_OP_DROPN, (int)(u->temp_base + m->base), (int)(u->depth - m->base), 0);
    u->depth = m->base;
    (void)subject;
}

void rt_cg_match(struct rt_comp *c, struct rt_ast *s)
{
    struct rt_ast_Match *n = RT_AST(Match, s);
    struct rt_unit *u = c->u;
    uint32_t base = u->depth, cases = n->cases->len;
    RT_LABEL(end);
    int subject = rt_cg_expr(c, n->subject, RT_TEMP);
    for (uint32_t i = 0; i < cases; i++) {
        struct rt_ast_match_case *k = RT_AST(match_case, n->cases->items[i]);
        struct matcher m = {.base = base + 1, .allow_irrefutable = k->guard || i + 1 == cases};
        RT_LABEL(guarded);
        u->depth = base + 1;
        rt_cg_set_loc(c, k->pattern);
        if (is_wildcard(k->pattern) && !k->guard && i + 1 == cases) {
            rt_cg_emit_nop(c);
        } else {
            pattern(c, &m, k->pattern, subject);
        }
        bind(c, &m, subject);
        if (k->guard)
            rt_cg_jump_if(c, k->guard, &guarded, false);
        rt_cg_set_loc(c, k->pattern);
        rt_cg_emit(c, RT_OP_DROP, subject, 0, 0);
        u->depth = base;
        for (uint32_t j = 0; j < k->body->len; j++)
            rt_cg_stmt(c, k->body->items[j]);
        rt_cg_same_loc(c);
        rt_cg_emit_jump(c, &end);
        u->depth = base + 1;
        rt_cg_set_loc(c, k->pattern);
        place_failures(c, &m);
        rt_cg_label_place(c, &guarded);
    }
    rt_cg_emit(c, RT_OP_DROP, subject, 0, 0);
    u->depth = base;
    rt_cg_label_place(c, &end);
}
