/* SPDX-License-Identifier: MIT */
/*
 * The cold half of the seam: what a concurrency backend is. The hot half is access.h (inline, the same
 * for all backends). Who may call what, in which state, is in LOCKING.md; core/seam/select.c chooses,
 * validates and freezes the table. Only this room and core/thread dereference rt_be.
 *
 * A new backend: one folder with the same file names as its siblings, one line in select.c. The
 * smallest possible one is tests/stub_backend.
 */
#ifndef RT_SEAM_BACKEND_H
#define RT_SEAM_BACKEND_H

#include <stdio.h>

#include "core/seam/access.h"
#include "core/seam/interp.h"

enum { RT_BACKEND_ABI = 1 };

/* Facts that code may test (never the name). */
enum {
    RT_BE_PARALLEL = 1,      /* two threads of one interpreter may be attached at once */
    RT_BE_OBJ_LOCKS = 2,     /* critical sections lock */
    RT_BE_DEFERRED_FREE = 4, /* retire waits for a grace period */
    RT_BE_ISOLATED = 8,      /* no mutable object is reachable from two interpreters */
};
enum rt_fork_phase { RT_FORK_BEFORE, RT_FORK_PARENT, RT_FORK_CHILD };
enum rt_scope { RT_SCOPE_INTERP, RT_SCOPE_PROCESS };

struct rt_backend {
    uint32_t abi, size;      /* RT_BACKEND_ABI, sizeof (struct rt_backend) */
    const char *name, *blurb;
    uint32_t caps;           /* RT_BE_* */
    uint32_t thread_bytes, interp_bytes; /* zeroed memory that core gives to ts->backend, in->backend */
    /* 1 process */
    int (*probe)(char *why, size_t n);                    /* opt: can this machine run me? default: yes */
    int (*init)(void);                                    /* req: before any interpreter */
    void (*fini)(void);                                   /* req: after the last interpreter */
    void (*fork)(struct rt_thread *, enum rt_fork_phase); /* req: process stopped; the child re-makes locks */
    /* 2 interpreters and threads */
    int (*interp_init)(struct rt_interp *);               /* req: its lock, its token */
    void (*interp_fini)(struct rt_interp *);              /* req: its last thread has gone */
    int (*thread_init)(struct rt_thread *);               /* req: sets ts->token; heap is there; leaves it detached */
    void (*thread_fini)(struct rt_thread *);              /* req: attached, last act: drains its own queues */
    /* 3 the right to touch objects */
    void (*attach)(struct rt_thread *);                   /* req: waits while the world is stopped */
    void (*detach)(struct rt_thread *);                   /* req: critical sections are suspended already */
    bool (*is_attached)(const struct rt_thread *);        /* req: for assertions */
    /* 4 safepoints and the world */
    void (*request)(struct rt_thread *target, uint32_t why); /* req: set breaker bits; async-signal-safe */
    void (*safepoint)(struct rt_thread *, uint32_t why);  /* req: serve DROP, STOP, MERGE, QUIESCE */
    void (*stop)(struct rt_thread *, enum rt_scope);      /* req: returns when nobody else in scope is attached */
    void (*start)(struct rt_thread *, enum rt_scope);     /* req: undoes stop; same thread, nested */
    /* 5 reference counts: out-of-line halves of access.h for objects of another owner */
    rt_value (*newref_foreign)(struct rt_thread *, struct rt_object *); /* opt: default: uncounted word of an
                                                             immortal; anything else is an isolation fault */
    void (*decref_foreign)(struct rt_thread *, struct rt_object *);     /* opt: the same */
    bool (*tryref_foreign)(struct rt_thread *, struct rt_object *);     /* opt: count unless dying; the same */
    bool (*dying)(struct rt_thread *, struct rt_object *);   /* opt: own count is 0 in mt mode: true if it dies now */
    /* 6 critical sections */
    void (*cs_begin)(struct rt_thread *, struct rt_cs *, struct rt_object *, struct rt_object *); /* opt */
    void (*cs_end)(struct rt_thread *, struct rt_cs *);      /* opt: with cs_begin */
    bool (*revoke)(struct rt_thread *, struct rt_object *, uint8_t what); /* opt: Note [BIAS]; default: no bias is held */
    /* 7 deferred reclamation */
    void (*retire)(struct rt_thread *, void *, size_t, void (*release)(void *)); /* opt: default: at once */
    void (*quiescent)(struct rt_thread *);                /* opt: with retire; holds no lock-free pointer */
    /* 8 collector: world stopped */
    void (*gc_begin)(struct rt_thread *, enum rt_scope);  /* opt: merge queues so that counts are exact */
    void (*gc_end)(struct rt_thread *, enum rt_scope);    /* opt: with gc_begin */
    /* 9 diagnosis */
    int (*verify)(struct rt_interp *, FILE *);            /* opt: broken invariants; required if PARALLEL */
    void (*dump)(FILE *);                                 /* opt: crash dump, best effort */
};

/* X(op, required) in the order of the struct. */
#define RT_BACKEND_OPS(X) \
    X(probe, 0) X(init, 1) X(fini, 1) X(fork, 1) X(interp_init, 1) X(interp_fini, 1) X(thread_init, 1) \
    X(thread_fini, 1) X(attach, 1) X(detach, 1) X(is_attached, 1) X(request, 1) X(safepoint, 1) \
    X(stop, 1) X(start, 1) X(newref_foreign, 0) X(decref_foreign, 0) X(tryref_foreign, 0) X(dying, 0) \
    X(cs_begin, 0) X(cs_end, 0) X(revoke, 0) X(retire, 0) X(quiescent, 0) X(gc_begin, 0) X(gc_end, 0) X(verify, 0) \
    X(dump, 0)
#define RT_ONE(op, required) +1
_Static_assert(sizeof(struct rt_backend) - offsetof(struct rt_backend, probe) ==
                   (0 RT_BACKEND_OPS(RT_ONE)) * sizeof(void (*)(void)),
               "list of operations out of step with the struct");

extern struct rt_backend rt_be; /* the chosen one with defaults filled in; constant after start-up */

/* [main thread, before anything] name NULL: PYRT_BACKEND, else the default. Unknown: the names on standard
   error, exit 2. "checked:NAME" interposes the protocol checker. */
void rt_backend_select(const char *name);
/* Names separated by ", ", for messages. */
const char *rt_backend_names(void);
int rt_backend_validate(const struct rt_backend *b, FILE *err); /* number of broken rules, a sentence each */
void rt_backend_fill_defaults(struct rt_backend *b);
void rt_backend_wrap_checked(struct rt_backend *b);
void rt_backend_install(const struct rt_backend *b, bool checked); /* tests: a table of their own */

RT_INLINE bool rt_backend_has(uint32_t cap) { return (rt_be.caps & cap) == cap; }

/* The world. [attached; holds no runtime lock; suspends critical sections; nested calls allowed] */
void rt_stop_world(struct rt_thread *ts, enum rt_scope scope);
void rt_start_world(struct rt_thread *ts, enum rt_scope scope);
/* Serve the queues of the backend now (merges that a collection brought forward). py */
void rt_safepoint_backend(struct rt_thread *ts);
/* Let the backend see to what this thread has dropped of others' objects while it deallocated. py */
void rt_safepoint_drops(struct rt_thread *ts);
bool rt_world_is_mine(const struct rt_thread *ts); /* this thread has stopped it */
/* Ask a thread to come to a safepoint: RT_BRK_* bits. Async-signal-safe. */
RT_INLINE void rt_request(struct rt_thread *target, uint32_t why) { rt_be.request(target, why); }
RT_INLINE bool rt_is_attached(const struct rt_thread *ts) { return rt_be.is_attached(ts); }

#endif
