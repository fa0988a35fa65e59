/* SPDX-License-Identifier: MIT */
/*
 * ast_to_object.c: a C tree becomes a tree of `_ast` objects, driven by the tables of ast.def.
 */
#include "core/compiler/ast_objects.h"

#include <string.h>

/* Levels of nesting per level of Python's recursion limit. */
enum { SCALE = 3 };

struct conv {
    struct rt_thread *ts;
    const struct rt_ast_state *st;
    uint32_t depth, limit;
};

rt_value rt_ast_const_value(struct rt_thread *ts, const struct rt_ast_const *c)
{
    switch ((enum rt_ast_const_kind)c->kind) {
    case RT_CONST_NONE: return RT_NONE;
    case RT_CONST_TRUE: return RT_TRUE;
    case RT_CONST_FALSE: return RT_FALSE;
    case RT_CONST_ELLIPSIS: return RT_ELLIPSIS;
    case RT_CONST_INT:
        return c->fits ? rt_int_from_i64(ts, c->small)
                       : rt_int_parse(ts, c->text.utf8, c->text.len, c->base);
    case RT_CONST_FLOAT: return rt_float_new(ts, c->real);
    case RT_CONST_COMPLEX: return rt_complex_new(ts, c->real, c->imag);
    case RT_CONST_STR:
        return rt_str_from_utf8(ts, c->text.utf8, c->text.len, c->ascii ? NULL : "surrogatepass");
    case RT_CONST_BYTES: return rt_bytes_new(ts, c->text.utf8, c->text.len);
    case RT_CONST_OBJECT: return rt_newref(ts, RT_VALUE(c->word));
    }
    return RT_NULL;
}

static rt_value node_value(struct conv *c, const struct rt_ast *n);

static rt_value singleton(struct conv *c, unsigned kind)
{
    return rt_newref(c->ts, c->st->singletons[kind]);
}

static rt_value ident_value(struct conv *c, const struct rt_ast_ident *id)
{
    return id ? rt_str_intern_utf8(c->ts, id->utf8, id->len) : RT_NONE;
}

static rt_value item_value(struct conv *c, const void *seq, uint32_t i, enum rt_ast_type type)
{
    if (type == RT_AST_T_identifier)
        return ident_value(c, ((const struct rt_ast_idseq *)seq)->items[i]);
    if (type == RT_AST_T_cmpop)
        return singleton(c, ((const struct rt_ast_opseq *)seq)->items[i]);
    return node_value(c, ((const struct rt_ast_seq *)seq)->items[i]);
}

static rt_value seq_value(struct conv *c, const struct rt_ast_seq *seq, enum rt_ast_type type)
{
    rt_value list = rt_list_new(c->ts, seq->len);
    if (rt_is_null(list))
        return RT_NULL;
    for (uint32_t i = 0; i < seq->len; i++) {
        rt_value v = item_value(c, seq, i, type);
        if (rt_is_null(v) || rt_list_append_steal(c->ts, list, v) < 0) {
            rt_decref(c->ts, list);
            return RT_NULL;
        }
    }
    return list;
}

static rt_value field_value(struct conv *c, const struct rt_ast *n, const struct rt_ast_field *f)
{
    const char *at = (const char *)n + f->offset;
    if (f->quantity == RT_AST_Q_seq)
        return seq_value(c, *(struct rt_ast_seq *const *)at, f->type);
    switch (f->type) {
    case RT_AST_T_int: return rt_int_imm(*(const int32_t *)at);
    case RT_AST_T_identifier: return ident_value(c, *(const struct rt_ast_ident *const *)at);
    case RT_AST_T_string: {
        const struct rt_ast_str *s = *(const struct rt_ast_str *const *)at;
        return s ? rt_str_from_utf8(c->ts, s->utf8, s->len, "replace") : RT_NONE;
    }
    case RT_AST_T_constant: return rt_ast_const_value(c->ts, *(struct rt_ast_const *const *)at);
    default:
        if (rt_ast_type_is_enum(f->type))
            return singleton(c, *(const uint8_t *)at);
        return node_value(c, *(struct rt_ast *const *)at);
    }
}

/* Sets an attribute to an owned value. */
static bool set(struct conv *c, rt_value o, rt_value name, rt_value owned)
{
    if (rt_is_null(owned))
        return false;
    int failed = rt_object_setattr(c->ts, o, name, owned);
    rt_decref(c->ts, owned);
    return !failed;
}

static bool fill(struct conv *c, rt_value o, const struct rt_ast *n)
{
    const struct rt_ast_class *cls = &rt_ast_classes[n->kind];
    const rt_value *name = c->st->names[n->kind];
    for (const struct rt_ast_field *f = cls->fields; f->name; f++, name++) {
        if (!set(c, o, *name, field_value(c, n, f)))
            return false;
    }
    if (!rt_ast_type_has_position[cls->type])
        return true;
    const rt_value *p = c->st->positions;
    return set(c, o, p[0], rt_int_imm(n->lineno)) && set(c, o, p[1], rt_int_imm(n->col_offset)) &&
        set(c, o, p[2], rt_int_imm(n->end_lineno)) &&
        set(c, o, p[3], rt_int_imm(n->end_col_offset));
}

static rt_value node_value(struct conv *c, const struct rt_ast *n)
{
    if (!n)
        return RT_NONE;
    if (++c->depth > c->limit || rt_c_stack_low(c->ts)) {
        rt_raise(c->ts, &rt_exc_RecursionError,
            "maximum recursion depth exceeded during ast construction");
        return RT_NULL;
    }
    rt_value o = rt_type_alloc(c->ts, rt_as_type(c->st->classes[n->kind]));
    if (!rt_is_null(o) && !fill(c, o, n)) {
        rt_decref(c->ts, o);
        o = RT_NULL;
    }
    c->depth--;
    return o;
}

rt_value rt_ast_to_object(struct rt_thread *ts, const struct rt_ast *node)
{
    uint32_t limit = rt_load_relaxed(&ts->py_depth_limit);
    struct conv c = {.ts = ts, .st = rt_ast_state(ts)};
    c.limit = limit > UINT32_MAX / SCALE ? UINT32_MAX : limit * SCALE;
    c.depth = ts->py_depth < c.limit / SCALE ? ts->py_depth * SCALE : c.limit;
    return c.st ? node_value(&c, node) : RT_NULL;
}
