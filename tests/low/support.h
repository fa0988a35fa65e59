/* SPDX-License-Identifier: MIT */
/* A minimal object room for tests of the low rooms: nodes with two slots, no Python. */
#ifndef TESTS_LOW_SUPPORT_H
#define TESTS_LOW_SUPPORT_H

#include <check.h>

#include "alloc/heap.h"
#include "core/object/type.h"
#include "core/seam/stats.h"
#include "core/sync/futex.h"
#include "core/sync/mutex.h"
#include "core/thread/runtime.h"

struct node {
    struct rt_object hdr;
    rt_slot a, b;
    uint64_t check;
};
enum { NODE_CHECK = 0x600d600d };

extern _Atomic int64_t nodes_alive;

struct rt_thread *test_start(void);         /* runtime, interpreter, main thread attached; once */
rt_value node_new(struct rt_thread *ts);
rt_value node_new_sized(struct rt_thread *ts, size_t size);
RT_INLINE struct node *as_node(rt_value v) { return (struct node *)rt_ptr(v); }

/* Runs body on n threads of the main interpreter and waits for all (detached). */
void test_threads(struct rt_thread *ts, int n, void (*body)(struct rt_thread *ts, void *arg), void *arg);
int test_main(Suite *s);

#endif
