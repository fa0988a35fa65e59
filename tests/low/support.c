/* SPDX-License-Identifier: MIT */
/* See support.h. */
#include "tests/low/support.h"

#include <stdlib.h>

char *rt_shape_base;
_Atomic int64_t nodes_alive;

static struct rt_type node_type = {.hdr = RT_STATIC_TYPE_HDR, .name = "node", .basic_size = sizeof(struct node)};
static struct rt_shape *node_shape;

rt_value rt_raise_no_memory(struct rt_thread *ts);
rt_value rt_raise_no_memory(struct rt_thread *ts) { return RT_NULL; }

/* Size in `check`'s upper half for nodes that are larger. */
static size_t size_of(struct rt_object *o)
{
    uint64_t extra = ((struct node *)o)->check >> 32;
    return sizeof(struct node) + extra;
}

void rt_object_dealloc_rest(struct rt_thread *ts)
{
    while (ts->dealloc_rest) {
        ts->dealloc_rest = false;
        ts->dealloc_depth++;
        rt_safepoint_drops(ts);
        ts->dealloc_depth--;
    }
}

void rt_object_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    struct node *n = (struct node *)o;
    if ((uint32_t)n->check != NODE_CHECK)
        RT_FATAL("node %p freed twice or overwritten: %#llx", (void *)o, (unsigned long long)n->check);
    size_t size = size_of(o);
    ts->dealloc_depth++;
    rt_decref(ts, rt_slot_swap(&n->a, RT_NULL));
    rt_decref(ts, rt_slot_swap(&n->b, RT_NULL));
    if (--ts->dealloc_depth == 0)
        rt_object_dealloc_rest(ts);
    n->check = 0;
    (void)rt_sub_relaxed(&nodes_alive, 1);
    rt_block_free(ts, o, size);
}

rt_value node_new_sized(struct rt_thread *ts, size_t extra)
{
    struct node *n = rt_block_alloc(ts, sizeof *n + extra, node_shape->id, 0);
    if (!n)
        return RT_NULL;
    rt_slot_init(&n->a, RT_NULL);
    rt_slot_init(&n->b, RT_NULL);
    n->check = NODE_CHECK | (uint64_t)extra << 32;
    (void)rt_add_relaxed(&nodes_alive, 1);
    return rt_own(n);
}
rt_value node_new(struct rt_thread *ts) { return node_new_sized(ts, 0); }

struct rt_thread *test_start(void)
{
    static struct rt_thread *ts;
    if (ts)
        return ts;
    rt_shape_base = calloc(1, 4096);
    node_shape = (struct rt_shape *)(rt_shape_base + 64);
    node_shape->id = 4;
    node_shape->type = &node_type;
    node_type.shape = node_shape;
    rt_runtime_init(NULL, NULL);
    struct rt_interp *in = rt_interp_new();
    ts = rt_thread_new(in);
    ts->is_main = true;
    in->main_thread = ts;
    rt_thread_bind(ts);
    rt_attach(ts);
    return ts;
}

struct job {
    void (*body)(struct rt_thread *, void *);
    void *arg;
    _Atomic uint32_t left;
    struct rt_event done;
};

static void run_job(struct rt_thread *ts, void *p)
{
    struct job *j = p;
    j->body(ts, j->arg);
    if (rt_sub_acq_rel(&j->left, 1) == 1)
        rt_event_set(&j->done);
}

void test_threads(struct rt_thread *ts, int n, void (*body)(struct rt_thread *ts, void *arg), void *arg)
{
    struct job j = {body, arg, (uint32_t)n, {0}};
    for (int i = 0; i < n; i++) {
        struct rt_thread *t = rt_thread_new(ts->interp);
        if (!t || rt_thread_spawn(t, run_job, &j, 0) != 0)
            RT_FATAL("cannot start a thread");
    }
    rt_event_wait(ts, &j.done, -1, 0);
    while (rt_load_relaxed(&ts->interp->nthreads) > 1) { /* they are on their way out */
        rt_detach(ts, RT_DETACH_SLEEP);
        usleep(100);
        rt_attach(ts);
        rt_safepoint(ts);
    }
}

int test_main(Suite *s)
{
    SRunner *r = srunner_create(s);
    srunner_set_fork_status(r, CK_NOFORK);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? 1 : 0;
}
