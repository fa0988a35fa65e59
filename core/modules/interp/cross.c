/* SPDX-License-Identifier: MIT */
/* Values that may pass between interpreters, by copy: None, int (C long), str, bytes, channel ids. */
#include <stdlib.h>

#include "core/modules/interp/interp_module.h"

bool rt_cross_can(rt_value v)
{
    int64_t id;
    uint8_t ends;
    if (rt_is_none(v) || rt_is_int(v) || rt_is_channel_id(v, &id, &ends))
        return true;
    return rt_is_exact(v, &rt_str_type) || rt_is_exact(v, &rt_bytes_type) || rt_is_exact(v, &rt_int_type);
}

static int copy(struct rt_thread *ts, struct rt_cross *c, const void *data, size_t n)
{
    c->data = malloc(n + 1);
    if (!c->data) {
        rt_raise_no_memory(ts);
        return -1;
    }
    memcpy(c->data, data, n);
    return 0;
}

int rt_cross_pack(struct rt_thread *ts, rt_value v, struct rt_cross *c)
{
    *c = (struct rt_cross){.kind = RT_CROSS_WORD, .word = v};
    if (rt_is_none(v) || rt_is_int(v))
        return 0;
    if (rt_is_channel_id(v, &c->id, &c->ends)) {
        c->kind = RT_CROSS_CHANNEL;
        return 0;
    }
    if (rt_is_exact(v, &rt_int_type)) {
        if (!rt_int_try_i64(v, &c->id)) {
            rt_raise(ts, &rt_exc_OverflowError, "try sending as bytes");
            return -1;
        }
        c->kind = RT_CROSS_WORD;
        c->word = RT_NULL; /* an int outside of the immediate range: id holds it */
        return 0;
    }
    if (rt_is_exact(v, &rt_bytes_type)) {
        c->kind = RT_CROSS_BYTES;
        c->n = rt_as_bytes(v)->length;
        return copy(ts, c, rt_as_bytes(v)->data, c->n);
    }
    if (rt_is_exact(v, &rt_str_type)) {
        struct rt_str *s = rt_as_str(v);
        c->kind = RT_CROSS_STR;
        c->unit = s->kind;
        c->n = s->length;
        return copy(ts, c, rt_str_data(s), s->length * s->kind);
    }
    rt_raise(ts, &rt_exc_ValueError, "%R does not support cross-interpreter data", v);
    return -1;
}

rt_value rt_cross_unpack(struct rt_thread *ts, const struct rt_cross *c)
{
    switch (c->kind) {
    case RT_CROSS_BYTES:
        return rt_bytes_new(ts, c->data, c->n);
    case RT_CROSS_STR:
        return rt_str_from_kind(ts, c->unit, c->data, c->n);
    case RT_CROSS_CHANNEL:
        return rt_channel_id_new(ts, c->id, c->ends);
    default:
        return rt_is_null(c->word) ? rt_int_from_i64(ts, c->id) : c->word;
    }
}

void rt_cross_free(struct rt_cross *c)
{
    free(c->data);
    c->data = NULL;
}
