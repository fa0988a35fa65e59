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
 * Note [ADAPT] A foreign reference notes its taker in `last`, and when: in which 256 of the references that the thread takes
 * to others' objects. When that is not what stood there, `contention` is raised; at 6 the object becomes deferred and is
 * from then on read without counting. A message on its way to a consumer is taken by one thread within a
 * short time; what is taken by turns, or again and again by one thread that does other things in between, is shared data. One
 * in 64 takings by the same thread at the same time counts as well. What has outlived a collection, and what cannot hold other
 * objects, a str say, costs little if it dies late, and keeps nothing alive: then a change counts twice, and one in
 * 8 takings does. Slots that hold a deferred object lose their count when they are read next (rt_slot_get_slow), so that
 * its header is left alone. The thread that sets the flag takes a count as well, which makes [BRC-4] hold.
 *
 * Note [STAKE] What has a weak reference or a finalizer is to die with its last reference, so it is not deferred when
 * threads take turns on it. It becomes SPLIT instead: a thread that takes a reference keeps one more in a table of its
 * own, its stake, and from then on counts what it takes and drops there (stakes.c). The header is read, not written.
 *  [STAKE-1] A stake is a reference like any other and is in `shared`; besides, `last` says how many there are. The true
 *          count is local + count(shared) + what the entries count, each 0 or more: what a thread drops that
 *          it did not take it drops as ever.
 *  [STAKE-2] DEAD is not entered while there are stakes: they are references. But `count` alone may be 0 or less then,
 *          for references that were taken with a stake may be dropped by others.
 *  [STAKE-3] Whoever leaves no more references than there are stakes (brc_left) sets CLOSED, once and for all, and calls
 *          them in: those of threads that do not run end at once, others at their thread's next safepoint, as with
 *          objects queued for an owner. Whoever drops the last one buries the object.
 *  [STAKE-4] They also end with their thread, and before counts are read or the process is forked, world stopped. Then
 *          only such may be left as are called in already, being the last reference.
 *
 * Note [ASLEEP] What is queued for an owner, or a stake that is called in, waits for its thread to look up, and that one may
 * go to sleep instead, for good. So who asks looks again whether it has detached, after setting its breaker; and who
 * detaches looks at its breaker afterwards. One of the two sees the other, and the work becomes `stranded`: a thread
 * that runs takes it up at its next safepoint, with the right of the one that sleeps.
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
    _Atomic(struct rt_object *) to_read;  /* object that somebody would read: the owner marks it as seen */
    _Atomic(struct rt_object *) to_write; /* object that somebody would write or lock: the owner gives it up */
    int64_t given;         /* when the bias was given */
    _Atomic int64_t waited_ns; /* what asking for single objects has cost others since then */
    uint32_t granted;      /* to how many requests since then; by the owner, or for it */
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
/* A stake. */
struct brc_entry {
    struct rt_object *o; /* or NULL */
    int64_t n;           /* references that the thread counts here, besides the stake */
};
enum { BRC_ENTRY_BITS = 6, BRC_ENTRIES = 1 << BRC_ENTRY_BITS };
/* Of a thread. */
struct brc_thread {
    _Atomic uint64_t seen; /* grace-period sequence at the last quiescent state; 0 while detached */
    struct brc_limbo limbo;
    size_t undriven;       /* bytes retired since this thread last moved the sequence */
    uint32_t touches;      /* references to others' objects that it has taken. Note [ADAPT] */
    uint32_t chance;       /* state of the random choice there */
    struct rt_vec dropped; /* QUEUED objects of others, dropped since the outermost deallocation began; Note [DROP] */
    struct rt_vec merged;  /* those of them that are merged: their references go now */
    struct rt_thread *ts;
    int slot;
    _Atomic bool leaving; /* has served its queue for the last time */
    _Atomic bool called_in; /* somebody wants stakes to end */
    struct brc_entry entries[BRC_ENTRIES]; /* where the address says, or nowhere */
};
/* Of an interpreter. */
struct brc_interp {
    _Atomic uint32_t live; /* threads between thread_init and thread_fini */
    _Atomic bool mt;       /* written with the world stopped */
    _Atomic bool stranded; /* something waits for a thread that is detached or leaving. Note [ASLEEP] */
};

RT_INLINE struct brc_thread *brc_thread_of(struct rt_thread *ts) { return ts->backend; }
RT_INLINE struct brc_interp *brc_interp_of(struct rt_thread *ts) { return ts->interp->backend; }
RT_INLINE struct brc_owner *brc_owner_of_heap(struct rt_heap *h) { return rt_load_acquire(&h->backend); } /* or NULL: not yet */
RT_INLINE struct brc_entry *brc_entry_of(struct brc_thread *t, const struct rt_object *o)
{
    return &t->entries[((uintptr_t)o >> 4) * 0x9e3779b97f4a7c15ull >> (64 - BRC_ENTRY_BITS)];
}
/* [threads_lock is held] The right to work on what belongs to t, until brc_let_go. False: t is attached, or stopped. */
RT_INLINE bool brc_claim_asleep(struct rt_thread *t)
{
    uint32_t s = RT_TS_DETACHED;
    return rt_cas_acq_rel(&t->state, &s, RT_TS_STOPPED);
}
RT_INLINE void brc_let_go(struct rt_thread *t)
{
    if (rt_xchg_acq_rel(&t->state, RT_TS_DETACHED) == RT_TS_STOPPED_WAIT)
        rt_state_wake(t);
}
struct brc_owner *brc_owner_of(uint16_t token);
int brc_owner_init(struct rt_heap *h);
void brc_owner_fini(struct rt_heap *h);

enum { BRC_COUNT_MAX = (1 << 19) - 2, BRC_COUNT_MIN = -BRC_COUNT_MAX };

/* refcount.c */
void brc_saturate(struct rt_thread *ts, struct rt_object *o); /* [BRC-5] */
rt_value newref_foreign_nogil(struct rt_thread *ts, struct rt_object *o);
void decref_foreign_nogil(struct rt_thread *ts, struct rt_object *o);
bool tryref_foreign_nogil(struct rt_thread *ts, struct rt_object *o);
bool dying_nogil(struct rt_thread *ts, struct rt_object *o);
void brc_merge_own(struct rt_thread *ts);              /* serve my queue; py */
void brc_drops_fini(struct rt_thread *ts);
bool brc_disown(struct rt_thread *ts, struct rt_object *o, uint16_t token); /* with the right of token's owner [BRC-1] */
void brc_merge_pass_on(struct rt_thread *ts);          /* ts ends */
void brc_hand_on(struct rt_thread *ts);                /* ts has detached, asked to look up: somebody else shall */
void brc_merge(struct rt_thread *ts);                  /* and those of threads that left */
void gc_begin_nogil(struct rt_thread *ts, enum rt_scope scope);
void gc_end_nogil(struct rt_thread *ts, enum rt_scope scope);
/* stakes.c */
void brc_split(struct rt_thread *ts, struct rt_object *o);
bool brc_stake_take(struct rt_thread *ts, struct rt_object *o); /* SPLIT, perhaps dead: a reference, or false: count it in `shared` */
bool brc_stake_drop(struct rt_thread *ts, struct rt_object *o); /* SPLIT: the same */
void brc_stakes_call_in(struct rt_thread *ts, const struct rt_object *o); /* o may be gone already; py */
void brc_stakes_serve(struct rt_thread *ts, bool all);  /* my own: all, or those that were called in; py */
void brc_stakes_end_stw(struct rt_interp *in);
/* The same for t, which is stopped: ends those that are called in. What must be dropped afterwards is put to `held`. */
void brc_stakes_serve_for(struct rt_thread *ts, struct rt_thread *t, struct rt_vec *held);
/* s, of a merged object: if no more references than stakes are left, no more of those. [STAKE-3] */
RT_INLINE uint32_t brc_left(uint32_t s)
{
    return RT_SH_STAKES(s) && RT_SH_COUNT(s) <= RT_SH_STAKES(s) ? s | RT_SH_CLOSED : s;
}
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
