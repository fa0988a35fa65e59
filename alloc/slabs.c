/* SPDX-License-Identifier: MIT */
/*
 * Chunks, slabs and the slow halves of block allocation. See heap.h for the invariants.
 *
 * Locks: chunk_lock (leaf) protects the list of unused slabs; interp->threads_lock the heap lists.
 */
#include "alloc/heap.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "alloc/alloc_internal.h"
#include "alloc/watch.h"
#include "core/base/limits.h"
#include "core/base/options.h"
#include "core/seam/interp.h"

struct rt_alloc_stats rt_alloc_stats;

static pthread_mutex_t chunk_lock = PTHREAD_MUTEX_INITIALIZER;
static struct rt_slab *unused_slabs; /* linked by next, under chunk_lock */

_Atomic uint64_t rt_chunk_bits[1u << (47 - RT_CHUNK_SHIFT - 6)];

static char *map_chunk(void)
{
    size_t span = 2 * (size_t)RT_CHUNK_SIZE;
    char *p = mmap(NULL, span, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED)
        return NULL;
    char *start = (char *)RT_ROUND_UP((uintptr_t)p, (uintptr_t)RT_CHUNK_SIZE);
    if (start > p)
        munmap(p, (size_t)(start - p));
    if (p + span > start + RT_CHUNK_SIZE)
        munmap(start + RT_CHUNK_SIZE, (size_t)(p + span - start - RT_CHUNK_SIZE));
    return start;
}

/* chunk_lock held. The slab headers are written when slabs are taken, so that an unused slab stays
   untouched memory: `carve` remembers how far the newest chunk has been cut. */
static char *carve, *carve_end;

/* Where address space is limited, enough to tell of a MemoryError that has nothing to free: set aside at the start. */
enum { RESERVE_SLABS = 32, RESERVE_RAW = 128 << 10 };
static char *reserve;
static void *reserve_raw;

static void set_aside(void)
{
    reserve = carve_end -= RESERVE_SLABS * RT_SLAB_SIZE;
    reserve_raw = rt_raw_malloc(RESERVE_RAW);
}

void rt_alloc_use_reserve(void)
{
    pthread_mutex_lock(&chunk_lock);
    for (int i = 0; reserve && i < RESERVE_SLABS; i++) {
        struct rt_slab *s = (struct rt_slab *)(reserve + i * RT_SLAB_SIZE);
        s->next = unused_slabs;
        unused_slabs = s;
        (void)rt_add_relaxed(&rt_alloc_stats.slabs_free, 1);
    }
    rt_raw_free(reserve_raw);
    reserve = reserve_raw = NULL;
    pthread_mutex_unlock(&chunk_lock);
}

static bool add_chunk(void)
{
    char *c = map_chunk();
    if (!c)
        return false;
    uintptr_t n = (uintptr_t)c >> RT_CHUNK_SHIFT;
    (void)rt_or_relaxed(&rt_chunk_bits[n >> 6], (uint64_t)1 << (n & 63));
    carve = c;
    carve_end = c + RT_CHUNK_SIZE;
    if (rt_add_relaxed(&rt_alloc_stats.chunks, 1) == 0 && rt_limits_address_space() != SIZE_MAX)
        set_aside();
    return true;
}

/* A list of up to n slabs; NULL when memory is exhausted. */
static struct rt_slab *take_slabs(size_t n)
{
    struct rt_slab *list = NULL;
    pthread_mutex_lock(&chunk_lock);
    while (n--) {
        struct rt_slab *s = unused_slabs;
        if (s) {
            unused_slabs = s->next;
            (void)rt_sub_relaxed(&rt_alloc_stats.slabs_free, 1);
        } else {
            if (carve == carve_end && !add_chunk())
                break;
            s = (struct rt_slab *)carve;
            carve += RT_SLAB_SIZE;
        }
        s->next = list;
        list = s;
    }
    pthread_mutex_unlock(&chunk_lock);
    return list;
}

/* The world is stopped, or the heap has no thread. Contents go back to the system, the header stays. */
void rt_slab_give_back(struct rt_slab *s)
{
    char *p = (char *)s;
    madvise(p + 4096, RT_SLAB_SIZE - 4096, MADV_DONTNEED);
    memset(p, 0, 4096);
    pthread_mutex_lock(&chunk_lock);
    s->next = unused_slabs;
    unused_slabs = s;
    pthread_mutex_unlock(&chunk_lock);
    (void)rt_add_relaxed(&rt_alloc_stats.slabs_free, 1);
    (void)rt_sub_relaxed(&rt_alloc_stats.slabs, 1);
    (void)rt_add_relaxed(&rt_alloc_stats.slabs_returned, 1);
}

void rt_alloc_after_fork(void)
{
    pthread_mutex_init(&chunk_lock, NULL);
}

/* ---- slabs of a heap -------------------------------------------------------------------------- */

enum { SMALL_HEAP = 64 }; /* slabs */

static struct rt_slab *heap_take_slab(struct rt_heap *h)
{
    if (!h->spare)
        h->spare = take_slabs(h->nslabs < SMALL_HEAP ? 1 : 8);
    struct rt_slab *s = h->spare;
    if (s)
        h->spare = s->next;
    return s;
}

static struct rt_slab *new_slab(struct rt_heap *h, size_t cls)
{
    struct rt_slab *s = heap_take_slab(h);
    if (!s)
        return NULL;
    uint32_t stride = cls == 0 ? RT_MIN_STRIDE : (uint32_t)(cls + 1) * 16;
    memset(s, 0, sizeof *s);
    s->stride = (uint16_t)stride;
    s->room = (uint16_t)((RT_SLAB_SIZE - RT_SLAB_HEADER) / stride);
    s->reciprocal = (uint32_t)(((1ull << 32) + stride - 1) / stride);
    s->size_class = (uint8_t)cls;
    s->heap = h;
    s->next = h->slabs[cls];
    h->slabs[cls] = s;
    h->nslabs++;
    (void)rt_add_relaxed(&rt_alloc_stats.slabs, 1);
    return s;
}

/* Cuts blocks off the slab's uncut part into its free list, which is empty: a page at a time in small heaps, so that a
   thread that makes few objects takes few pages. */
static void cut_blocks(struct rt_heap *h, struct rt_slab *s)
{
    uint32_t from = s->nblocks, to = s->room;
    if (h->nslabs < SMALL_HEAP) {
        uintptr_t end = ((uintptr_t)rt_slab_block(s, from) + s->stride + 4095) & ~(uintptr_t)4095;
        uint32_t n = (uint32_t)((end - (uintptr_t)rt_slab_block(s, 0)) / s->stride);
        to = n < to ? n : to;
    }
    struct rt_object *next = NULL;
    for (uint32_t i = to; i-- > from;) {
        struct rt_object *o = rt_slab_block(s, i);
        o->local = RT_LOCAL_FREE;
        rt_store_relaxed(&o->owner, RT_TOK_MERGED);
        rt_store_relaxed(&o->shared, RT_SH_DEAD);
        *(void **)(o + 1) = next;
        next = o;
    }
    s->nblocks = (uint16_t)to;
    s->free = next;
    s->nfree = (uint16_t)(to - from);
    h->avail_bytes += (size_t)s->nfree * s->stride;
}

/* [ALLOC-5] */
static RT_NOINLINE void note_recent(struct rt_heap *h, struct rt_slab *s)
{
    if (!s->recent) {
        s->recent_next = h->recent;
        h->recent = s;
    }
    s->recent |= RT_RECENT_YOUNG;
}

/* Blocks that other threads freed. Own thread, or the world stopped. */
void rt_heap_drain_remote(struct rt_heap *h, void **free_lists)
{
    void *p = rt_load_relaxed(&h->remote) ? rt_xchg_acq_rel(&h->remote, NULL) : NULL;
    while (p) {
        struct rt_object *o = p;
        p = *(void **)(o + 1);
        size_t cls = rt_slab_of(o)->size_class;
        note_recent(h, rt_slab_of(o));
        *(void **)(o + 1) = free_lists[cls];
        free_lists[cls] = o;
    }
    struct rt_large *l = rt_load_relaxed(&h->remote_large)
                             ? rt_xchg_acq_rel(&h->remote_large, NULL) : NULL;
    while (l) {
        struct rt_large *next = l->remote_next;
        rt_large_unlink(h, l);
        rt_raw_free(l);
        l = next;
    }
}

/* As often as can be borne: what a collection costs grows with the heap. */
static int64_t stress_step(void)
{
    return (int64_t)rt_load_relaxed(&rt_alloc_stats.chunks) * (RT_CHUNK_SIZE / 512);
}

/* A collection is due when enough fresh memory has been handed out. */
static void count_refill(struct rt_thread *ts, size_t bytes)
{
    ts->alloc_bytes += (int64_t)bytes;
    if (rt_unlikely(ts->alloc_bytes + ts->raw_bytes >= rt_load_relaxed(&ts->interp->gc_step)))
        rt_alloc_want_gc(ts);
    else if (rt_unlikely(rt_stress.bits & RT_STRESS_GC) && ts->alloc_bytes >= stress_step())
        rt_alloc_want_gc(ts);
}

static bool refill(struct rt_thread *ts, size_t cls, void **lists)
{
    struct rt_heap *h = ts->heap;
    (void)rt_add_relaxed(&rt_alloc_stats.refills, 1);
    if (rt_load_relaxed(&h->remote) || rt_load_relaxed(&h->remote_large)) {
        rt_heap_drain_remote(h, lists);
        if (lists[cls])
            return true;
    }
    struct rt_slab *s = h->avail[cls];
    if (s) {
        h->avail[cls] = s->avail_next;
        s->has_avail = false;
    } else {
        s = h->slabs[cls];
        if ((!s || s->nblocks == s->room) && !(s = new_slab(h, cls)))
            return false;
        cut_blocks(h, s);
    }
    lists[cls] = s->free;
    s->free = NULL;
    note_recent(h, s);
    size_t bytes = (size_t)s->nfree * s->stride;
    s->nfree = 0;
    h->avail_bytes -= bytes;
    count_refill(ts, bytes);
    return true;
}

static bool stress_oom(void)
{
    return rt_sub_relaxed(&rt_stress.oom_after, 1) == 1;
}

static void *alloc_slow(struct rt_thread *ts, size_t size, uint32_t shape, uint8_t flags)
{
    if (rt_unlikely(rt_stress.bits & RT_STRESS_OOM) && stress_oom())
        return rt_alloc_raise(ts);
    if (RT_ALL_LARGE || size > RT_SMALL_MAX)
        return rt_large_alloc(ts, size, shape, flags);
    size_t cls = (size - 1) >> 4;
    void **lists = rt_heap_free_lists(ts->heap);
    if (!lists[cls] && !refill(ts, cls, lists))
        return rt_alloc_raise(ts);
    struct rt_object *o = lists[cls];
    lists[cls] = *(void **)(o + 1);
    rt_header_init(ts, o, shape, flags);
    return o;
}

RT_NOINLINE void *rt_block_alloc_slow(struct rt_thread *ts, size_t size, uint32_t shape, uint8_t flags)
{
    void *o = alloc_slow(ts, size, shape, flags);
    const struct rt_watcher *w = rt_load_relaxed(&rt_watcher);
    if (rt_unlikely(w != NULL) && o)
        w->add(ts, (uintptr_t)o, size);
    return o;
}

static void push_remote(struct rt_heap *h, struct rt_object *o)
{
    void *head = rt_load_relaxed(&h->remote);
    do {
        *(void **)(o + 1) = head;
    } while (!rt_cas_acq_rel(&h->remote, &head, (void *)o));
    (void)rt_add_relaxed(&rt_alloc_stats.remote_frees, 1);
}

RT_INLINE void give_back(struct rt_thread *ts, struct rt_object *o, size_t size, void **lists)
{
    if (RT_ALL_LARGE || size > RT_SMALL_MAX) {
        rt_large_free(ts, o);
        return;
    }
    size_t cls = (size - 1) >> 4;
    RT_ASSERT(rt_slab_of(o)->size_class == cls);
    o->local = RT_LOCAL_FREE;
    rt_store_relaxed(&o->owner, RT_TOK_MERGED);
    rt_store_relaxed(&o->flags, 0);
    rt_store_release(&o->shared, RT_SH_DEAD);
    struct rt_slab *s = rt_slab_of(o);
    struct rt_heap *h = s->heap;
    if (rt_likely(h == ts->heap)) {
        if (rt_unlikely(!(s->recent & RT_RECENT_YOUNG)))
            note_recent(h, s);
        *(void **)(o + 1) = lists[cls];
        lists[cls] = o;
    } else {
        push_remote(h, o);
    }
}

/* The collector holds blocks back, or somebody watches. */
static RT_NOINLINE void free_watched(struct rt_thread *ts, struct rt_object *o, size_t size)
{
    const struct rt_watcher *w = rt_load_relaxed(&rt_watcher);
    if (w)
        w->remove((uintptr_t)o);
    if (ts->hold_blocks != &rt_hold_nothing && (rt_load_relaxed(&o->flags) & RT_OF_DEFERRED)) {
        rt_store_relaxed(&o->shared, RT_SH_DEAD);
        if (rt_vec_push_ptr(ts->hold_blocks, o))
            return; /* the collector frees it when no garbage can name it any more */
    }
    give_back(ts, o, size, rt_heap_free_lists(ts->heap));
}

void rt_block_free(struct rt_thread *ts, void *p, size_t size)
{
    if (rt_unlikely(ts->hold_blocks != NULL))
        free_watched(ts, p, size);
    else
        give_back(ts, p, size, ts->free);
}

struct rt_object *rt_heap_find_block(uintptr_t p)
{
    if (!rt_heap_is_chunk(p))
        return NULL;
    struct rt_slab *s = rt_slab_of((void *)p);
    if (!s->heap || p < (uintptr_t)s + RT_SLAB_HEADER)
        return NULL;
    uint32_t i = rt_slab_index(s, (void *)p);
    if (i >= s->nblocks)
        return NULL;
    struct rt_object *o = rt_slab_block(s, i);
    return rt_block_is_live(o) ? o : NULL;
}
