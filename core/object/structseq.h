/* SPDX-License-Identifier: MIT */
/* Struct sequences: tuples with named fields (os.stat_result, time.struct_time, sys.flags...). */
#ifndef RT_OBJECT_STRUCTSEQ_H
#define RT_OBJECT_STRUCTSEQ_H

#include "core/object/native.h"

struct rt_structseq_field {
    const char *name, *doc; /* name NULL ends; "unnamed field": no attribute */
    uint32_t like;          /* the item that stands in for this attribute where none is given; 0: None does */
};
struct rt_structseq {
    const char *name, *doc;  /* "os.stat_result" */
    const struct rt_structseq_field *fields;
    uint32_t visible;        /* items of the tuple; further fields are attributes only */
    bool no_new;             /* cannot be made from Python */
};
/* [start-up of a module; raises] Ready the static type t once per process. */
int rt_structseq_ready(struct rt_thread *ts, struct rt_type *t, const struct rt_structseq *desc);
/* [attached; nopy; new ref; raises] From owned words, one per field; consumed. */
rt_value rt_structseq_new(struct rt_thread *ts, struct rt_type *t, const rt_value *owned);

#endif
