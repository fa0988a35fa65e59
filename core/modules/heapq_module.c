/* SPDX-License-Identifier: MIT */
/*
 * _heapq: binary heaps in lists. Comparisons run Python, so positions are read with counts and words
 * are exchanged one pair at a time inside the list's section; a list that changed its length
 * meanwhile is an error.
 */
#include "core/modules/modules.h"
#include "core/types/cont_internal.h"
#include "core/types/cursor.h"

/* a < b, or b < a for max-heaps. */
RT_INLINE int before(struct rt_thread *ts, rt_value a, rt_value b, bool max)
{
    if (max) {
        rt_value x = a;
        a = b;
        b = x;
    }
    if (rt_is_int(a) && rt_is_int(b))
        return rt_int_get(a) < rt_int_get(b);
    return rt_sort_less(ts, a, b);
}

static RT_COLD int changed(struct rt_thread *ts)
{
    rt_raise(ts, &rt_exc_RuntimeError, "list changed size during iteration");
    return -1;
}

/* rt_compare_bool says identical objects are equal, hence not less: so they need no call here. */
static int item_before(struct rt_thread *ts, rt_value heap, size_t i, size_t j, bool max)
{
    rt_value a = rt_list_at(ts, heap, i), b = rt_list_at(ts, heap, j);
    int r = rt_is_null(a) || rt_is_null(b) ? changed(ts) : before(ts, a, b, max);
    rt_decref(ts, a);
    rt_decref(ts, b);
    return r;
}

static int swap(struct rt_thread *ts, rt_value heap, size_t i, size_t j, size_t len)
{
    struct rt_list *l = rt_as_list(heap);
    struct rt_cs cs;
    rt_cont_lock(ts, &cs, l);
    struct rt_list_array *a = rt_load_relaxed(&l->array);
    bool ok = rt_load_relaxed(&a->length) == len;
    if (rt_likely(ok)) {
        rt_value x = rt_slot_peek(&a->items[i]);
        rt_slot_put(&a->items[i], rt_slot_peek(&a->items[j]));
        rt_slot_put(&a->items[j], x);
    }
    rt_cont_unlock(ts, &cs);
    return ok ? 0 : changed(ts);
}

static int sift_down(struct rt_thread *ts, rt_value heap, size_t start, size_t pos, bool max)
{
    size_t len = rt_list_len(heap);
    if (pos >= len) {
        rt_raise(ts, &rt_exc_IndexError, "index out of range");
        return -1;
    }
    while (pos > start) {
        size_t parent = (pos - 1) >> 1;
        int c = item_before(ts, heap, pos, parent, max);
        if (c < 0)
            return -1;
        if (!c)
            break;
        if (swap(ts, heap, pos, parent, len) < 0)
            return -1;
        pos = parent;
    }
    return rt_list_len(heap) == len ? 0 : changed(ts);
}

static int sift_up(struct rt_thread *ts, rt_value heap, size_t pos, bool max)
{
    size_t len = rt_list_len(heap), start = pos, limit = len >> 1;
    if (pos >= len) {
        rt_raise(ts, &rt_exc_IndexError, "index out of range");
        return -1;
    }
    while (pos < limit) { /* down to a leaf, always to the smaller child */
        size_t child = 2 * pos + 1;
        if (child + 1 < len) {
            int c = item_before(ts, heap, child, child + 1, max);
            if (c < 0)
                return -1;
            child += !c;
        }
        if (swap(ts, heap, pos, child, len) < 0)
            return -1;
        pos = child;
    }
    return sift_down(ts, heap, start, pos, max);
}

static int need_list(struct rt_thread *ts, const char *fname, rt_value v, bool only)
{
    if (rt_is_list(v))
        return 0;
    rt_raise(ts, &rt_exc_TypeError, only ? "%s() argument must be list, not %.50s"
                                         : "%s() argument 1 must be list, not %.50s",
             fname, rt_is_none(v) ? "None" : rt_typename(v));
    return -1;
}

static rt_value heappush(struct rt_thread *ts, rt_value mod, const rt_value *a, uint32_t n)
{
    if (rt_args_count(ts, "heappush", n, 2, 2) < 0 || need_list(ts, "heappush", a[0], false) < 0 ||
        rt_list_append(ts, a[0], a[1]) < 0 ||
        sift_down(ts, a[0], 0, rt_list_len(a[0]) - 1, false) < 0)
        return RT_NULL;
    return RT_NONE;
}

static rt_value pop(struct rt_thread *ts, rt_value heap, bool max)
{
    size_t n = rt_list_len(heap);
    if (n == 0)
        return rt_raise(ts, &rt_exc_IndexError, "index out of range");
    rt_value last = rt_list_pop(ts, heap, -1);
    if (rt_is_null(last) || n == 1)
        return last;
    rt_value top = rt_list_get(ts, heap, 0);
    if (rt_is_null(top)) /* others emptied it: this was the only one left */
        return last;
    if (rt_list_set(ts, heap, 0, last) < 0 || sift_up(ts, heap, 0, max) < 0)
        rt_clear(ts, &top);
    return top;
}

static rt_value heappop(struct rt_thread *ts, rt_value mod, rt_value heap)
{
    return need_list(ts, "heappop", heap, true) < 0 ? RT_NULL : pop(ts, heap, false);
}

static rt_value heappop_max(struct rt_thread *ts, rt_value mod, rt_value heap)
{
    return need_list(ts, "_heappop_max", heap, true) < 0 ? RT_NULL : pop(ts, heap, true);
}

static rt_value replace(struct rt_thread *ts, rt_value heap, rt_value item, bool max)
{
    rt_value top = rt_list_get(ts, heap, 0);
    if (rt_is_null(top))
        return rt_raise(ts, &rt_exc_IndexError, "index out of range");
    if (rt_list_set(ts, heap, 0, rt_newref(ts, item)) < 0 || sift_up(ts, heap, 0, max) < 0)
        rt_clear(ts, &top);
    return top;
}

static rt_value heapreplace(struct rt_thread *ts, rt_value mod, const rt_value *a, uint32_t n)
{
    if (rt_args_count(ts, "heapreplace", n, 2, 2) < 0 ||
        need_list(ts, "heapreplace", a[0], false) < 0)
        return RT_NULL;
    return replace(ts, a[0], a[1], false);
}

static rt_value heapreplace_max(struct rt_thread *ts, rt_value mod, const rt_value *a, uint32_t n)
{
    if (rt_args_count(ts, "_heapreplace_max", n, 2, 2) < 0 ||
        need_list(ts, "_heapreplace_max", a[0], false) < 0)
        return RT_NULL;
    return replace(ts, a[0], a[1], true);
}

static rt_value heappushpop(struct rt_thread *ts, rt_value mod, const rt_value *a, uint32_t n)
{
    if (rt_args_count(ts, "heappushpop", n, 2, 2) < 0 ||
        need_list(ts, "heappushpop", a[0], false) < 0)
        return RT_NULL;
    rt_value top = rt_list_get(ts, a[0], 0);
    if (rt_is_null(top))
        return rt_newref(ts, a[1]);
    int c = before(ts, top, a[1], false);
    rt_decref(ts, top);
    if (c <= 0)
        return c < 0 ? RT_NULL : rt_newref(ts, a[1]);
    return replace(ts, a[0], a[1], false);
}

static rt_value heapify_any(struct rt_thread *ts, rt_value heap, bool max)
{
    for (size_t i = rt_list_len(heap) / 2; i-- > 0;)
        if (sift_up(ts, heap, i, max) < 0)
            return RT_NULL;
    return RT_NONE;
}

static rt_value heapify(struct rt_thread *ts, rt_value mod, rt_value heap)
{
    return need_list(ts, "heapify", heap, true) < 0 ? RT_NULL : heapify_any(ts, heap, false);
}

static rt_value heapify_max(struct rt_thread *ts, rt_value mod, rt_value heap)
{
    return need_list(ts, "_heapify_max", heap, true) < 0 ? RT_NULL : heapify_any(ts, heap, true);
}

static int exec(struct rt_thread *ts, rt_value mod)
{
    return rt_module_add_str(ts, mod, "__about__",
                             "Heaps are lists for which heap[k] <= heap[2*k+1] and heap[k] <= "
                             "heap[2*k+2] for all k, counting elements from zero; heap[0] is the "
                             "smallest item.");
}

static const struct rt_method_def methods[] = {
    {"heappush", heappush, RT_METH_FAST,
     "heappush($module, heap, item, /)\n--\n\n"
     "Push item onto heap, maintaining the heap invariant."},
    {"heappushpop", heappushpop, RT_METH_FAST,
     "heappushpop($module, heap, item, /)\n--\n\n"
     "Push item on the heap, then pop and return the smallest item from the heap."},
    {"heappop", heappop, RT_METH_O,
     "heappop($module, heap, /)\n--\n\n"
     "Pop the smallest item off the heap, maintaining the heap invariant."},
    {"heapreplace", heapreplace, RT_METH_FAST,
     "heapreplace($module, heap, item, /)\n--\n\n"
     "Pop and return the current smallest value, and add the new item."},
    {"heapify", heapify, RT_METH_O,
     "heapify($module, heap, /)\n--\n\nTransform list into a heap, in-place, in O(len(heap)) time."},
    {"_heappop_max", heappop_max, RT_METH_O,
     "_heappop_max($module, heap, /)\n--\n\nMaxheap variant of heappop."},
    {"_heapify_max", heapify_max, RT_METH_O,
     "_heapify_max($module, heap, /)\n--\n\nMaxheap variant of heapify."},
    {"_heapreplace_max", heapreplace_max, RT_METH_FAST,
     "_heapreplace_max($module, heap, item, /)\n--\n\nMaxheap variant of heapreplace."},
    {0},
};

const struct rt_module_def rt_module__heapq = {
    .name = "_heapq",
    .doc = "Heap queue algorithm (a.k.a. priority queue).",
    .methods = methods,
    .exec = exec,
};
