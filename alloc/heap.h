/* SPDX-License-Identifier: MIT */
/*
 * Heaps, slabs and chunks: the inside of the object allocator, for the collector, the threads and tests.
 *
 * A chunk is 4 MiB of address space, aligned, cut into 16 KiB slabs. A slab holds blocks of one size
 * class and belongs to one heap; a heap belongs to one thread at a time, and passes, with the owner
 * token of its objects, to another thread when its own ends.
 *
 * Note [ALLOC]
 *  [ALLOC-1] The state RT_SH_DEAD in `shared` means dying or free; a free block, and only it, has
 *            RT_LOCAL_FREE in `local`, no owner (RT_TOK_MERGED) and the link of its list at +16.
 *  [ALLOC-2] A block is reused at once, but only for its own size class; a slab changes class, or its
 *            memory goes back, only with the world stopped (in the collector's sweep).
 *  [ALLOC-3] A thread frees blocks of other heaps by pushing them on their `remote` list; only the
 *            heap's thread, or the collector with the world stopped, takes them off.
 *  [ALLOC-4] Objects above 512 bytes are listed in their heap; their memory is freed after a grace
 *            period. Under AddressSanitizer every object is of this kind.
 *  [ALLOC-5] A slab with blocks on a thread's free lists, and so every slab with objects made since the last
 *            collection, is in its heap's list `recent` with RT_RECENT_YOUNG. So a collection of the young
 *            neither walks the rest nor needs a list through the objects. Large objects are listed youngest first.
 */
#ifndef RT_ALLOC_HEAP_H
#define RT_ALLOC_HEAP_H

#include "alloc/alloc.h"

enum {
    RT_CHUNK_SHIFT = 22,
    RT_CHUNK_SIZE = 1 << RT_CHUNK_SHIFT,
    RT_SLAB_SHIFT = 14,
    RT_SLAB_SIZE = 1 << RT_SLAB_SHIFT,
    RT_SLABS_PER_CHUNK = RT_CHUNK_SIZE / RT_SLAB_SIZE,
    RT_SLAB_HEADER = 192,
    RT_MIN_STRIDE = 32,
    RT_SLAB_MAX_BLOCKS = (RT_SLAB_SIZE - RT_SLAB_HEADER) / RT_MIN_STRIDE,
    RT_SMALL_MAX = RT_SIZE_CLASSES * 16,
};

enum { RT_RECENT_YOUNG = 1, RT_RECENT_MIDDLE = 2 };

struct rt_slab {
    struct rt_heap *heap; /* NULL: not in use; written under the chunk lock or the world stopped */
    struct rt_slab *next; /* heap's list of its class */
    struct rt_slab *avail_next;
    void *free;           /* blocks found free by the sweep, not yet handed to the thread */
    uint32_t *gc_refs;    /* collector's scratch, one per block; NULL outside a collection */
    uint32_t reciprocal;  /* ceil(2^32 / stride) */
    uint16_t stride, nblocks;
    uint8_t size_class;
    bool has_avail;
    uint8_t recent;       /* RT_RECENT_*: what ages may be in it but old ones; 0: not in the list */
    uint16_t nfree;       /* blocks in `free` */
    uint16_t room;        /* blocks that fit; nblocks of them have been cut. Only the first slab of a list has fewer */
    struct rt_slab *recent_next;
    uint64_t marks[(RT_SLAB_MAX_BLOCKS + 63) / 64]; /* collector's */
};
_Static_assert(sizeof(struct rt_slab) <= RT_SLAB_HEADER, "slab header");

/* In front of an object that is not in a slab. */
struct rt_large {
    struct rt_large *next, *prev; /* heap's list */
    struct rt_heap *heap;
    size_t size;
    struct rt_large *remote_next;
    uint32_t gc_refs; /* collector's; RT_GC_REFS_NONE outside of collections */
    uint16_t mark, age; /* the collector's too: age counts up to 2 */
};
enum { RT_GC_REFS_LIVE = -2, RT_GC_REFS_NONE = -1 }; /* in gc_refs: found alive; no candidate */
_Static_assert(sizeof(struct rt_large) % 16 == 0, "large objects stay aligned");

struct rt_heap {
    struct rt_interp *interp;
    struct rt_heap *next;           /* all heaps of the interpreter, under its threads_lock */
    struct rt_heap *parked_next;    /* heaps without a thread, the same */
    struct rt_thread *_Atomic thread; /* NULL while parked; written under threads_lock */
    uint16_t token;                 /* nogil: owner token that goes with the heap */
    struct rt_slab *slabs[RT_SIZE_CLASSES];
    struct rt_slab *avail[RT_SIZE_CLASSES]; /* slabs whose `free` is not empty */
    struct rt_slab *recent;         /* [ALLOC-5] */
    struct rt_slab *spare;          /* slabs taken in one go, not yet in use */
    void *saved_free[RT_SIZE_CLASSES]; /* the thread's free lists while parked */
    struct rt_large *large;
    size_t nslabs, large_bytes, large_count;
    size_t avail_bytes;             /* in `free` of slabs */
    void *stack;                    /* value stack kept for the next thread */
    size_t stack_bytes;
    _Atomic(void *) backend;        /* backend's: the owner's merge queue */
    _Atomic(void *) remote __attribute__((aligned(RT_CACHE_LINE)));
    _Atomic(struct rt_large *) remote_large;
};

struct rt_heap *rt_heap_new(struct rt_interp *in);  /* [any; NULL] linked into the interpreter's list */
void rt_heap_adopt(struct rt_thread *ts, struct rt_heap *h); /* [detached] h becomes ts's */
void rt_heap_park(struct rt_thread *ts);            /* [own thread, detached for ever] the reverse */
void rt_heap_destroy(struct rt_heap *h);            /* [no thread] gives back all memory, runs nothing */

/* [any state] The live block that contains address p, or NULL: for the conservative scan. */
struct rt_object *rt_heap_find_block(uintptr_t p);
/* One bit per 4 MiB of the 47-bit address space. Pages of it that no chunk needs are never touched. */
extern _Atomic uint64_t rt_chunk_bits[1u << (47 - RT_CHUNK_SHIFT - 6)];
RT_INLINE bool rt_heap_is_chunk(uintptr_t p)
{
    uintptr_t n = p >> RT_CHUNK_SHIFT;
    return !(p >> 47) && (rt_load_relaxed(&rt_chunk_bits[n >> 6]) >> (n & 63) & 1);
}

RT_INLINE struct rt_slab *rt_slab_of(const void *p)
{
    return (struct rt_slab *)((uintptr_t)p & ~(uintptr_t)(RT_SLAB_SIZE - 1));
}
RT_INLINE uint32_t rt_slab_index(const struct rt_slab *s, const void *p)
{
    uint64_t off = (uintptr_t)p - (uintptr_t)s - RT_SLAB_HEADER;
    return (uint32_t)(off * s->reciprocal >> 32);
}
RT_INLINE struct rt_object *rt_slab_block(const struct rt_slab *s, uint32_t i)
{
    return (struct rt_object *)((char *)(uintptr_t)s + RT_SLAB_HEADER + (size_t)i * s->stride);
}
RT_INLINE struct rt_large *rt_large_of(const void *o)
{
    return (struct rt_large *)((uintptr_t)o - sizeof(struct rt_large));
}
enum { RT_LOCAL_FREE = 0x7fffffff };
RT_INLINE bool rt_block_is_free(const struct rt_object *o)
{
    return (rt_load_relaxed(&o->shared) & RT_SH_STATE) == RT_SH_DEAD && o->local == RT_LOCAL_FREE;
}
/* Neither free nor on its way there. */
RT_INLINE bool rt_block_is_live(const struct rt_object *o)
{
    return (rt_load_relaxed(&o->shared) & RT_SH_STATE) != RT_SH_DEAD;
}

/* rt_block_free, in line for a block of the thread's own whose slab is known to be young. The header becomes that of a
   free block ([ALLOC-1]); RT_SH_DEAD last. */
RT_INLINE void rt_block_free_own(struct rt_thread *ts, void *p, size_t size)
{
#if RT_ASAN
    rt_block_free(ts, p, size);
    return;
#endif
    struct rt_object *o = p;
    size_t cls = (size - 1) >> 4;
    const struct rt_slab *s = rt_slab_of(o);
    if (rt_unlikely(cls >= RT_SIZE_CLASSES) || rt_unlikely(ts->hold_blocks != NULL) ||
        rt_unlikely(s->heap != ts->heap) || rt_unlikely(!(s->recent & RT_RECENT_YOUNG))) {
        rt_block_free(ts, o, size);
        return;
    }
    RT_ASSERT(s->size_class == cls);
    rt_store_relaxed((_Atomic uint64_t *)o, (uint64_t)RT_LOCAL_FREE | (uint64_t)RT_TOK_MERGED << 32);
    rt_store_release(&o->shared, RT_SH_DEAD);
    *(void **)(o + 1) = ts->free[cls];
    ts->free[cls] = o;
}

/* [world stopped] Every live block. Nonzero from fn stops the walk and is returned. */
int rt_heap_walk_stw(struct rt_interp *in, int (*fn)(struct rt_object *o, void *arg), void *arg);
/* [world stopped] Rebuilds the free lists slab by slab, gives empty slabs back. Returns live bytes. */
size_t rt_heap_sweep_stw(struct rt_interp *in);
/* Bytes in slabs and large objects of an interpreter (upper bound of what lives). */
size_t rt_heap_bytes(struct rt_interp *in);
/* The same without the blocks that wait in `free` of slabs. */
size_t rt_heap_used_bytes(struct rt_interp *in);
/* [world stopped] Takes all free lists from the threads; the collector then sweeps the slabs with
   RT_RECENT_YOUNG one by one, which hands their free blocks back. */
void rt_heap_begin_recent_stw(struct rt_interp *in);
void rt_slab_sweep_stw(struct rt_heap *h, struct rt_slab *s);
void rt_heap_sweep_recent_stw(struct rt_interp *in); /* both; the slabs stay recent */

struct rt_alloc_stats {
    _Atomic uint64_t chunks, slabs, slabs_free, refills, remote_frees, large_allocs, slabs_returned;
};
extern struct rt_alloc_stats rt_alloc_stats;
void rt_alloc_after_fork(void); /* [child] locks anew */

#endif
