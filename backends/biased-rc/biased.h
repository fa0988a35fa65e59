/* SPDX-License-Identifier: MIT */
/*
 * What the files of this backend share.
 *
 * Note [BRC] Biased reference counts. The true count of an object is local + count(shared) while it has
 * an owner, count(shared) once it is merged. State bits of `shared`:
 *
 *   PLAIN --foreign drop at count <= 0--> QUEUED --owner, or somebody for it--> MERGED --count 0--> DEAD
 *   PLAIN --owner's count 0, shared > 0------------------------------------------^
 *   PLAIN --owner's count 0, shared == 0-----------------------------------------------------------> DEAD
 *
 *  [BRC-1] Only a thread holding the owner token (attached) changes `local`; or somebody who has taken
 *          that right: the owner is parked, or its state was moved to STOPPED under threads_lock.
 *  [BRC-2] An object is queued at most once; the queue holds the reference that was dropped.
 *  [BRC-3] The owner that merges stores owner = MERGED first, then the state. A foreign thread that
 *          holds a reference never sees count <= 0 in between: local is 0, so the count includes it.
 *  [BRC-4] DEAD is entered by compare-and-swap in mt mode: a try-reference that came first makes it
 *          fail. After it, DEFERRED is tested again: whoever sets that flag holds a count.
 *         An owner with the bias DEATHS needs none while `shared` is 0 (Note [BIAS] in tstate.h).
 *  [BRC-5] The count saturates into DEFERRED: then life is decided by marking, the number is moot.
 *
 * Note [DROP] What a thread drops of others' objects for the last time it keeps until its outermost deallocation
 * ends: a list of records that another thread has made is one such deallocation. Then they are merged together, if
 * their owner is detached, with its right taken once for all of them; or go to its queue, all in one node.
 *
 * Note [ADAPT] A foreign reference notes its taker's token in `last`; a change of taker raises
 * `contention`; at 6 the object becomes deferred and is from then on read without counting. One in 64
 * takings by the same thread counts as a change too: what a single foreign thread reads hundreds of
 * times is no message on its way to a consumer. Nor is what has outlived a collection: then a change counts
 * twice, and one in 8 takings by the same thread does. Slots that hold a deferred object lose their count when they
 * are read next (rt_slot_get_slow), so that its header is left alone. The
 * thread that sets the flag takes a count as well, which makes [BRC-4] hold.
 */
#ifndef RT_BACKENDS_BIASED_H
#define RT_BACKENDS_BIASED_H

#include "alloc/heap.h"
#include "core/base/vec.h"
#include "core/thread/thread.h"

/* Objects that a thread has dropped, for their owner to merge. */
struct brc_node {
    struct brc_node *next;
    size_t n;
    struct rt_object *objects[];
};
/* Of a heap and its token. */
struct brc_owner {
    struct rt_heap *heap;
    _Atomic(struct brc_node *) queue;
    _Atomic uint8_t bias;  /* RT_BIAS_* that the heap's thread holds; only less while the world runs */
    _Atomic uint8_t asked; /* those that others want back */
    _Atomic(struct rt_object *) wanted; /* object that somebody would read: the owner marks it as seen */
    uint8_t seen;          /* how many it has marked; by the owner, or for it */
    uint8_t patience, waited; /* collections to let pass before a bias is given again; world stopped */
};
struct brc_retired {
    void *p;
    void (*release)(void *);
    size_t bytes;
    uint64_t goal;
};
struct brc_limbo {
    struct brc_retired *items;
    size_t n, capacity, bytes;
};
/* Of a thread. */
struct brc_thread {
    _Atomic uint64_t seen; /* grace-period sequence at the last quiescent state; 0 while detached */
    struct brc_limbo limbo;
    size_t undriven;       /* bytes retired since this thread last moved the sequence */
    uint32_t touches;      /* state of the random choice of Note [ADAPT] */
    struct rt_vec dropped; /* QUEUED objects of others, dropped since the outermost deallocation began; Note [DROP] */
    struct rt_vec merged;  /* those of them that are merged: their references go now */
    struct rt_thread *ts;
    int slot;
    bool entering;         /* in mt_enter */
    _Atomic bool leaving; /* has served its queue for the last time */
};
/* Of an interpreter. */
struct brc_interp {
    _Atomic uint32_t live; /* threads between thread_init and thread_fini */
    _Atomic bool mt;       /* written with the world stopped */
    _Atomic bool stranded; /* something was queued for a thread that was leaving */
};

RT_INLINE struct brc_thread *brc_thread_of(struct rt_thread *ts) { return ts->backend; }
RT_INLINE struct brc_interp *brc_interp_of(struct rt_thread *ts) { return ts->interp->backend; }
struct brc_owner *brc_owner_of(uint16_t token);
int brc_owner_init(struct rt_heap *h);
void brc_owner_fini(struct rt_heap *h);

/* refcount.c */
rt_value newref_foreign_nogil(struct rt_thread *ts, struct rt_object *o);
void decref_foreign_nogil(struct rt_thread *ts, struct rt_object *o);
bool tryref_foreign_nogil(struct rt_thread *ts, struct rt_object *o);
bool dying_nogil(struct rt_thread *ts, struct rt_object *o);
void brc_merge_own(struct rt_thread *ts);              /* serve my queue; py */
void brc_drops_fini(struct rt_thread *ts);
void brc_merge_pass_on(struct rt_thread *ts);          /* ts ends */
void brc_merge(struct rt_thread *ts);                  /* and those of threads that left */
void gc_begin_nogil(struct rt_thread *ts, enum rt_scope scope);
void gc_end_nogil(struct rt_thread *ts, enum rt_scope scope);
/* bias.c */
void brc_bias_give(struct rt_thread *ts);              /* new heap, or world stopped */
void brc_bias_adopt(struct rt_thread *ts);             /* ts begins in a heap that had other threads */
void brc_bias_leave(struct rt_thread *ts);             /* ts ends */
void brc_bias_serve(struct rt_thread *ts);             /* safepoint: what others asked for */
void brc_bias_collected(struct rt_interp *in);         /* world stopped, after a collection */
bool brc_bias_revoke(struct rt_thread *ts, struct rt_object *o, uint8_t what);
/* attach.c */
void attach_nogil(struct rt_thread *ts);
void detach_nogil(struct rt_thread *ts);
void safepoint_nogil(struct rt_thread *ts, uint32_t why);
void brc_mt_leave(struct rt_thread *ts);               /* ts ends: perhaps back to one thread */
/* reclaim.c */
int brc_reclaim_init(struct rt_thread *ts);
void brc_reclaim_fini(struct rt_thread *ts);
void brc_online(struct rt_thread *ts);
void brc_offline(struct rt_thread *ts);
void brc_quiesce(struct rt_thread *ts);                /* safepoint: report, free what is due */
void brc_reclaim_all_stw(struct rt_interp *in);        /* instant grace period */
void brc_reclaim_after_fork(struct rt_thread *ts);
void retire_nogil(struct rt_thread *ts, void *p, size_t bytes, void (*release)(void *));
void quiescent_nogil(struct rt_thread *ts);
/* verify.c */
int verify_nogil(struct rt_interp *in, FILE *f);

#endif
