/* SPDX-License-Identifier: MIT */
/*
 * ast_dump.c: the text of a tree as `ast.dump()` writes it, for tests and debugging.  Driven by the
 * tables of ast.def.
 */
#include "core/compiler/ast_text.h"

#include <stdlib.h>

enum { MAX_DEPTH = 8000 };

struct out {
    struct rt_text text;
    bool attributes;
    int depth;
};

static void put_node(struct out *o, const struct rt_ast *n);

static void put_kind(struct out *o, unsigned kind)
{
    rt_text_putf(&o->text, "%s()", rt_ast_classes[kind].name);
}

static void put_seq(struct out *o, const void *field, enum rt_ast_type type)
{
    const struct rt_ast_seq *s = *(struct rt_ast_seq *const *)field;
    rt_text_puts(&o->text, "[");
    for (uint32_t i = 0; i < s->len; i++) {
        if (i)
            rt_text_puts(&o->text, ", ");
        if (type == RT_AST_T_cmpop) {
            put_kind(o, ((const struct rt_ast_opseq *)s)->items[i]);
        } else if (type == RT_AST_T_identifier) {
            const struct rt_ast_ident *id = ((const struct rt_ast_idseq *)s)->items[i];
            rt_text_str(&o->text, id->utf8, id->len, false);
        } else {
            put_node(o, s->items[i]);
        }
    }
    rt_text_puts(&o->text, "]");
}

/* False: the field is empty and not to be shown. */
static bool put_field(
    struct out *o, const struct rt_ast *n, const struct rt_ast_field *f, const char *sep)
{
    const char *at = (const char *)n + f->offset;
    if (f->quantity == RT_AST_Q_opt && f->type != RT_AST_T_int && !*(void *const *)at)
        return false;
    rt_text_putf(&o->text, "%s%s=", sep, f->name);
    if (f->quantity == RT_AST_Q_seq) {
        put_seq(o, at, f->type);
        return true;
    }
    switch (f->type) {
    case RT_AST_T_int: rt_text_putf(&o->text, "%d", *(const int32_t *)at); break;
    case RT_AST_T_identifier: {
        const struct rt_ast_ident *id = *(const struct rt_ast_ident *const *)at;
        rt_text_str(&o->text, id->utf8, id->len, false);
        break;
    }
    case RT_AST_T_string: {
        const struct rt_ast_str *s = *(const struct rt_ast_str *const *)at;
        rt_text_str(&o->text, s->utf8, s->len, false);
        break;
    }
    case RT_AST_T_constant: rt_text_const(&o->text, *(struct rt_ast_const *const *)at); break;
    default:
        if (rt_ast_type_is_enum(f->type))
            put_kind(o, *(const uint8_t *)at);
        else
            put_node(o, *(struct rt_ast *const *)at);
    }
    return true;
}

static void put_node(struct out *o, const struct rt_ast *n)
{
    if (!n) {
        rt_text_puts(&o->text, "None");
        return;
    }
    if (++o->depth > MAX_DEPTH) {
        o->text.failed = true;
        o->depth--;
        return;
    }
    const struct rt_ast_class *c = &rt_ast_classes[n->kind];
    rt_text_putf(&o->text, "%s(", c->name);
    const char *sep = "";
    for (const struct rt_ast_field *f = c->fields; f->name; f++) {
        if (put_field(o, n, f, sep))
            sep = ", ";
    }
    if (o->attributes && rt_ast_type_has_position[c->type]) {
        rt_text_putf(&o->text, "%slineno=%d, col_offset=%d, end_lineno=%d, end_col_offset=%d", sep,
            n->lineno, n->col_offset, n->end_lineno, n->end_col_offset);
    }
    rt_text_puts(&o->text, ")");
    o->depth--;
}

char *rt_ast_dump(const struct rt_ast *node, bool attributes, size_t *len)
{
    struct out o = {.attributes = attributes};
    put_node(&o, node);
    if (o.text.failed) {
        free(o.text.data);
        return NULL;
    }
    *len = o.text.len;
    return o.text.data;
}
