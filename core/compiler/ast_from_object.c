/* SPDX-License-Identifier: MIT */
/*
 * ast_from_object.c: objects made by a program become a C tree.
 *
 * Reads attributes as any program may have set them: every check that keeps the C tree's invariants
 * (no NULL in a `one` field, kinds that fit) is here, what the code generator needs beyond that in
 * ast_validate.c.  Messages are CPython's.
 */
#include "core/compiler/ast_objects.h"
#include "core/compiler/lexer.h"

#include <stdio.h>
#include <string.h>

struct conv {
    struct rt_thread *ts;
    const struct rt_ast_state *st;
    struct rt_arena *arena;
    rt_value keep;
};

static bool node_from(struct conv *c, rt_value o, enum rt_ast_type type, struct rt_ast **out);

static bool no_memory(struct conv *c)
{
    rt_raise_no_memory(c->ts);
    return false;
}

static bool int_from(struct conv *c, rt_value v, int32_t *out)
{
    if (!rt_is_any_int(v)) {
        rt_raise(c->ts, &rt_exc_ValueError, "invalid integer value: %R", v);
        return false;
    }
    *out = rt_as_int(c->ts, v);
    return !rt_pending(c->ts);
}

/* The characters of a str as UTF-8 in the arena, surrogates as in WTF-8. */
static bool utf8_of(struct conv *c, rt_value s, struct rt_ast_str *out, bool *ascii)
{
    const struct rt_str *str = rt_as_str(s);
    char *buf = rt_arena_alloc(c->arena, str->length * (str->ascii ? 1 : 4) + 1), *to = buf;
    if (!buf)
        return no_memory(c);
    for (size_t i = 0; i < str->length; i++)
        to += rt_lexer_utf8_encode(to, rt_str_at(str, i));
    out->utf8 = buf;
    out->len = (size_t)(to - buf);
    *ascii = str->ascii;
    return true;
}

static bool ident_from(struct conv *c, rt_value v, const struct rt_ast_ident **out)
{
    *out = NULL;
    if (rt_is_none(v))
        return true;
    if (!rt_is_exact(v, &rt_str_type)) {
        rt_raise(c->ts, &rt_exc_TypeError, "AST identifier must be of type str");
        return false;
    }
    size_t n;
    const char *s = rt_str_utf8(c->ts, v, &n);
    if (!s)
        return false;
    *out = rt_arena_ident(c->arena, s, n);
    return *out || no_memory(c);
}

static bool string_from(struct conv *c, rt_value v, const struct rt_ast_str **out)
{
    *out = NULL;
    bool ascii;
    if (rt_is_exact(v, &rt_bytes_type)) {
        *out = rt_arena_str(c->arena, rt_as_bytes(v)->data, rt_as_bytes(v)->length);
        return *out || no_memory(c);
    }
    if (!rt_is_exact(v, &rt_str_type)) {
        rt_raise(c->ts, &rt_exc_TypeError, "AST string must be of type str");
        return false;
    }
    struct rt_ast_str *s = rt_arena_alloc(c->arena, sizeof *s);
    if (!s)
        return no_memory(c);
    *out = s;
    return utf8_of(c, v, s, &ascii);
}

/* Any object may be a constant here; those without a C form stay objects. */
static bool constant_from(struct conv *c, rt_value v, struct rt_ast_const **out)
{
    struct rt_ast_const *k = *out = rt_arena_alloc(c->arena, sizeof *k);
    int64_t i;
    if (!k)
        return no_memory(c);
    if (rt_is_none(v)) {
        k->kind = RT_CONST_NONE;
    } else if (rt_is_bool(v)) {
        k->kind = rt_is_true(v) ? RT_CONST_TRUE : RT_CONST_FALSE;
    } else if (rt_is(v, RT_ELLIPSIS)) {
        k->kind = RT_CONST_ELLIPSIS;
    } else if (rt_is_int(v) && (i = rt_int_get(v)) >= 0) {
        char digits[24];
        int n = snprintf(digits, sizeof digits, "%lld", (long long)i);
        const struct rt_ast_str *s = rt_arena_str(c->arena, digits, (size_t)n);
        if (!s)
            return no_memory(c);
        *k = (struct rt_ast_const){
            .kind = RT_CONST_INT, .fits = true, .base = 10, .small = i, .text = *s};
    } else if (rt_is_float_imm(v) || rt_is_exact(v, &rt_float_type)) {
        k->kind = RT_CONST_FLOAT;
        k->real = rt_float_value(v);
    } else if (rt_is_exact(v, &rt_complex_type)) {
        k->kind = RT_CONST_COMPLEX;
        k->real = ((struct rt_complex *)rt_ptr(v))->real;
        k->imag = ((struct rt_complex *)rt_ptr(v))->imag;
    } else if (rt_is_exact(v, &rt_str_type)) {
        k->kind = RT_CONST_STR;
        return utf8_of(c, v, &k->text, &k->ascii);
    } else if (rt_is_exact(v, &rt_bytes_type)) {
        const struct rt_ast_str *s = rt_arena_str(
            c->arena, rt_as_bytes(v)->data, rt_as_bytes(v)->length);
        if (!s)
            return no_memory(c);
        k->kind = RT_CONST_BYTES;
        k->text = *s;
    } else {
        k->kind = RT_CONST_OBJECT;
        k->word = rt_borrowed(v).bits;
        return rt_list_append(c->ts, c->keep, v) == 0;
    }
    return true;
}

/* The kind of an object of abstract class `type`; 0 with an exception. */
static enum rt_ast_kind kind_of(struct conv *c, rt_value o, enum rt_ast_type type)
{
    rt_value exact = rt_type_value(rt_type_of(o));
    int is = 0;
    for (int k = 1; k < RT_AST_KIND_COUNT; k++) {
        if (rt_ast_classes[k].type == type && rt_is(exact, c->st->classes[k]))
            return (enum rt_ast_kind)k;
    }
    for (int k = 1; k < RT_AST_KIND_COUNT && is == 0; k++) {
        if (rt_ast_classes[k].type == type && (is = rt_isinstance(c->ts, o, c->st->classes[k])) > 0)
            return (enum rt_ast_kind)k;
    }
    if (is == 0)
        rt_raise(c->ts, &rt_exc_TypeError, "expected some sort of %s, but got %R",
            rt_ast_type_names[type], o);
    return RT_AST_NONE;
}

static bool missing(struct conv *c, const char *field, const char *owner)
{
    rt_raise(c->ts, &rt_exc_TypeError, "required field \"%s\" missing from %s", field, owner);
    return false;
}

/* One item of a list into a sequence of that type. */
static bool item_from(struct conv *c, rt_value v, enum rt_ast_type type, void *seq, uint32_t i)
{
    if (type == RT_AST_T_identifier && rt_is_none(v)) {
        rt_raise(c->ts, &rt_exc_ValueError, "None disallowed in identifier list");
        return false;
    }
    if (type == RT_AST_T_identifier)
        return ident_from(c, v, &((struct rt_ast_idseq *)seq)->items[i]);
    if (type == RT_AST_T_cmpop) {
        enum rt_ast_kind k = kind_of(c, v, type);
        ((struct rt_ast_opseq *)seq)->items[i] = (uint8_t)k;
        return k != RT_AST_NONE;
    }
    return node_from(c, v, type, &((struct rt_ast_seq *)seq)->items[i]);
}

static void *new_seq(struct conv *c, enum rt_ast_type type, uint32_t n)
{
    return type == RT_AST_T_identifier ? (void *)rt_arena_idseq(c->arena, n)
        : type == RT_AST_T_cmpop       ? (void *)rt_arena_opseq(c->arena, n)
                                       : (void *)rt_arena_seq(c->arena, n);
}

static bool seq_from(
    struct conv *c, rt_value v, const struct rt_ast_field *f, const char *owner, void **out)
{
    if (!rt_is_list(v)) {
        rt_raise(c->ts, &rt_exc_TypeError, "%s field \"%s\" must be a list, not a %.200s", owner,
            f->name, rt_type_shortname(rt_type_of(v)));
        return false;
    }
    size_t n = rt_list_len(v);
    void *seq = *out = n < UINT32_MAX / 16 ? new_seq(c, f->type, (uint32_t)n) : NULL;
    if (!seq)
        return no_memory(c);
    for (size_t i = 0; i < n; i++) {
        rt_value item = rt_list_get(c->ts, v, i);
        bool ok = !rt_is_null(item) && item_from(c, item, f->type, seq, (uint32_t)i);
        rt_decref(c->ts, item);
        if (ok && rt_list_len(v) == n)
            continue;
        if (!rt_pending(c->ts)) {
            rt_raise(c->ts, &rt_exc_RuntimeError, "%s field \"%s\" changed size during iteration",
                owner, f->name);
        }
        return false;
    }
    return true;
}

static bool one_from(struct conv *c, rt_value v, const struct rt_ast_field *f, char *at)
{
    switch (f->type) {
    case RT_AST_T_int: return int_from(c, v, (int32_t *)at);
    case RT_AST_T_identifier: return ident_from(c, v, (const struct rt_ast_ident **)at);
    case RT_AST_T_string: return string_from(c, v, (const struct rt_ast_str **)at);
    case RT_AST_T_constant: return constant_from(c, v, (struct rt_ast_const **)at);
    default:
        if (!rt_ast_type_is_enum(f->type))
            return node_from(c, v, f->type, (struct rt_ast **)at);
        *(uint8_t *)at = (uint8_t)kind_of(c, v, f->type);
        return *(uint8_t *)at != RT_AST_NONE;
    }
}

static bool field_from(
    struct conv *c, rt_value o, rt_value name, const struct rt_ast_field *f, struct rt_ast *n)
{
    const char *owner = rt_ast_classes[n->kind].name;
    char *at = (char *)n + f->offset, where[80];
    rt_value v = rt_getattr_opt(c->ts, o, name);
    if (rt_is_null(v) && rt_pending(c->ts))
        return false;
    if (f->quantity == RT_AST_Q_opt && (rt_is_null(v) || rt_is_none(v)))
        return true;
    if (rt_is_null(v))
        return missing(c, f->name, owner);
    snprintf(where, sizeof where, " while traversing '%s' node", owner);
    bool ok = rt_recursion_check(c->ts, where) == 0 &&
        (f->quantity == RT_AST_Q_seq ? seq_from(c, v, f, owner, (void **)at)
                                     : one_from(c, v, f, at));
    rt_decref(c->ts, v);
    return ok;
}

static bool fields_from(struct conv *c, rt_value o, struct rt_ast *n)
{
    const rt_value *name = c->st->names[n->kind];
    for (const struct rt_ast_field *f = rt_ast_classes[n->kind].fields; f->name; f++, name++) {
        if (!field_from(c, o, *name, f, n))
            return false;
    }
    /* None is read as absent, which only now is found to be wrong. */
    for (const struct rt_ast_field *f = rt_ast_classes[n->kind].fields; f->name; f++) {
        bool pointer = f->type != RT_AST_T_int && !rt_ast_type_is_enum(f->type);
        if (f->quantity == RT_AST_Q_one && pointer && !*(void **)((char *)n + f->offset)) {
            rt_raise(c->ts, &rt_exc_ValueError, "field '%s' is required for %s", f->name,
                rt_ast_classes[n->kind].name);
            return false;
        }
    }
    return true;
}

static bool position_from(struct conv *c, rt_value o, enum rt_ast_type type, struct rt_ast *n)
{
    static const char *const names[] = {"lineno", "col_offset", "end_lineno", "end_col_offset"};
    int32_t *at[] = {&n->lineno, &n->col_offset, &n->end_lineno, &n->end_col_offset};
    for (int i = 0; i < 4; i++) {
        rt_value v = rt_getattr_opt(c->ts, o, c->st->positions[i]);
        if (rt_is_null(v) && rt_pending(c->ts))
            return false;
        if (i >= 2 && (rt_is_null(v) || rt_is_none(v))) {
            *at[i] = *at[i - 2];
            continue;
        }
        if (rt_is_null(v))
            return missing(c, names[i], rt_ast_type_names[type]);
        bool ok = int_from(c, v, at[i]);
        rt_decref(c->ts, v);
        if (!ok)
            return false;
    }
    return true;
}

static struct rt_ast *product_from(struct conv *c, rt_value o, enum rt_ast_type type)
{
    enum rt_ast_kind kind = RT_AST_NONE;
    for (int k = 1; k < RT_AST_KIND_COUNT; k++) {
        if (rt_ast_classes[k].type == type && rt_ast_classes[k].is_product)
            kind = (enum rt_ast_kind)k;
    }
    if (kind == RT_AST_NONE)
        return NULL;
    struct rt_ast *n = rt_arena_node(c->arena, kind);
    if (!n)
        no_memory(c);
    else if (fields_from(c, o, n) &&
        (!rt_ast_type_has_position[type] || position_from(c, o, type, n)))
        return n;
    return NULL;
}

static bool sum_from(struct conv *c, rt_value o, enum rt_ast_type type, struct rt_ast **out)
{
    struct rt_ast position = {0};
    if (rt_is_none(o))
        return true;
    int is = rt_isinstance(c->ts, o, c->st->types[type]);
    if (is <= 0) {
        if (is == 0)
            rt_raise(c->ts, &rt_exc_TypeError, "expected some sort of %s, but got %R",
                rt_ast_type_names[type], o);
        return false;
    }
    if (rt_ast_type_has_position[type] && !position_from(c, o, type, &position))
        return false;
    enum rt_ast_kind kind = kind_of(c, o, type);
    if (kind == RT_AST_NONE)
        return false;
    struct rt_ast *n = rt_arena_node(c->arena, kind);
    if (!n)
        return no_memory(c);
    *n = position;
    n->kind = (uint8_t)kind;
    *out = n;
    return fields_from(c, o, n);
}

static bool is_product(enum rt_ast_type type)
{
    return type == RT_AST_T_comprehension || type == RT_AST_T_arguments || type == RT_AST_T_arg ||
        type == RT_AST_T_keyword || type == RT_AST_T_alias || type == RT_AST_T_withitem ||
        type == RT_AST_T_match_case;
}

static bool node_from(struct conv *c, rt_value o, enum rt_ast_type type, struct rt_ast **out)
{
    *out = NULL;
    if (!is_product(type))
        return sum_from(c, o, type, out);
    *out = product_from(c, o, type);
    return *out != NULL;
}

struct rt_ast *rt_ast_from_object(struct rt_thread *ts, struct rt_arena *arena, rt_value node,
    enum rt_ast_type type, rt_value keep)
{
    struct conv c = {.ts = ts, .st = rt_ast_state(ts), .arena = arena, .keep = keep};
    struct rt_ast *n = NULL;
    return c.st && node_from(&c, node, type, &n) ? n : NULL;
}
