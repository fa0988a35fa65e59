/* SPDX-License-Identifier: MIT */
/*
 * In which order finalizers run. The heap has garbage in the order of addresses, which says little once blocks were
 * used again. A program's reader expects the order in which objects were made; what comes close to it, and is the same
 * in each run, is the order in which the garbage itself names them: breadth first, beginning with dicts, whose entries
 * have the order of insertion. So the variables of a module die from top to bottom, the items of a list from left to
 * right. The world runs, but nobody else can find these objects.
 */
#include <stdlib.h>

#include "core/object/instance.h"
#include "core/types/containers.h"
#include "gc/gc.h"

enum { MOST = 1 << 16 }; /* of a larger heap of garbage the order of addresses will do */

struct walk {
    uint64_t *sorted;    /* addresses of the garbage */
    uint8_t *seen;       /* parallel to it */
    size_t n;
    struct rt_vec found; /* objects in the order sought; traversed up to `next` */
    size_t next;
};

static int by_address(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static bool find(struct walk *w, struct rt_object *o)
{
    uint64_t key = (uintptr_t)o, *at = bsearch(&key, w->sorted, w->n, sizeof key, by_address);
    if (!at || w->seen[at - w->sorted])
        return true;
    w->seen[at - w->sorted] = 1;
    return rt_vec_push_ptr(&w->found, o);
}

static int visit(rt_value v, void *arg)
{
    return rt_is_ptr(v) && !find(arg, rt_ptr(v)) ? -1 : 0;
}

/* All that can be reached from o through garbage. */
static bool follow(struct walk *w, struct rt_object *o)
{
    if (!find(w, o))
        return false;
    while (w->next < w->found.length)
        if (rt_instance_traverse(rt_vec_ptr(&w->found, w->next++), visit, w) != 0)
            return false;
    return true;
}

static bool has_finalizer(const struct rt_object *o) { return rt_type_of_obj(o)->finalize != NULL; }

static bool walk(struct walk *w, const struct rt_vec *garbage)
{
    memcpy(w->sorted, garbage->items, w->n * sizeof *w->sorted);
    qsort(w->sorted, w->n, sizeof *w->sorted, by_address);
    for (int others = 0; others < 2; others++)
        for (size_t i = 0; i < w->n; i++) {
            struct rt_object *o = rt_vec_ptr(garbage, i);
            if ((rt_type_of_obj(o) != &rt_dict_type) == others && !follow(w, o))
                return false;
        }
    return true;
}

void rt_gc_order_finalizers(const struct rt_vec *garbage, struct rt_vec *order)
{
    for (size_t i = 0; i < garbage->length; i++)
        if (has_finalizer(rt_vec_ptr(garbage, i)) && !rt_vec_push_ptr(order, rt_vec_ptr(garbage, i)))
            return;
    if (order->length < 2 || garbage->length > MOST)
        return;
    struct walk w = {.n = garbage->length};
    w.sorted = malloc(w.n * sizeof *w.sorted);
    w.seen = calloc(w.n, 1);
    if (w.sorted && w.seen && walk(&w, garbage)) {
        order->length = 0; /* as many again */
        for (size_t i = 0; i < w.found.length; i++)
            if (has_finalizer(rt_vec_ptr(&w.found, i)))
                rt_vec_push_ptr(order, rt_vec_ptr(&w.found, i));
    }
    rt_vec_free(&w.found);
    free(w.sorted);
    free(w.seen);
}
