/* SPDX-License-Identifier: MIT */
/* marshal.c (plain values) and marshal_code.c (code objects) share the writer and the reader. */
#ifndef RT_COMPILER_MARSHAL_INTERNAL_H
#define RT_COMPILER_MARSHAL_INTERNAL_H

#include "core/object/native.h"

enum rt_marshal_error {
    RT_MARSHAL_OK, RT_MARSHAL_UNMARSHALLABLE, RT_MARSHAL_TOO_DEEP, RT_MARSHAL_NOMEM, RT_MARSHAL_EXCEPTION
};

struct rt_marshal_writer {
    struct rt_thread *ts;
    uint8_t *data;
    size_t length, room;
    int version, depth;
    size_t unit_start;    /* in a code object: where its body begins; no references are made there */
    rt_value filename;    /* of the code object we are in */
    enum rt_marshal_error error;
    uintptr_t *keys; /* objects written, for references */
    uint32_t *numbers, mask, count;
    rt_value keep;   /* list of them: an address must not be used again meanwhile */
};

struct rt_marshal_reader {
    struct rt_thread *ts;
    const uint8_t *p, *end;
    rt_value file;      /* or RT_NULL: then p .. end */
    uint8_t *buffer;    /* bytes read from the file last */
    size_t buffer_room;
    int depth;
    struct rt_code_unit *unit; /* inside a code object: what p .. end belongs to */
    rt_value filename;         /* of the code object we are in, borrowed */
    rt_value refs;      /* list; none inside a code object */
};

uint8_t *rt_marshal_reserve(struct rt_marshal_writer *w, size_t n);
void rt_marshal_put_byte(struct rt_marshal_writer *w, int b);
void rt_marshal_put_bytes(struct rt_marshal_writer *w, const void *s, size_t n);
void rt_marshal_put_long(struct rt_marshal_writer *w, uint32_t x);
void rt_marshal_put_object(struct rt_marshal_writer *w, rt_value v);
void rt_marshal_put_code(struct rt_marshal_writer *w, rt_value v, int flag);

const uint8_t *rt_marshal_take(struct rt_marshal_reader *r, size_t n);
bool rt_marshal_get_long(struct rt_marshal_reader *r, int32_t *out);
bool rt_marshal_bad(struct rt_marshal_reader *r, const char *why);
rt_value rt_marshal_get_object(struct rt_marshal_reader *r);
rt_value rt_marshal_get_item(struct rt_marshal_reader *r, const char *where);
rt_value rt_marshal_get_code(struct rt_marshal_reader *r);
rt_value rt_marshal_get_nested(struct rt_marshal_reader *r);

#endif
