/* SPDX-License-Identifier: MIT */
/*
 * The state of a thread, an interpreter and the runtime. Passed as first parameter everywhere (`ts`);
 * there is no other mutable global state.
 */
#ifndef RT_SEAM_TSTATE_H
#define RT_SEAM_TSTATE_H

#include <pthread.h>

#include "core/base/object.h"

struct rt_frame;
struct rt_interp;
struct rt_cs;
struct rt_slab;

enum { RT_SIZE_CLASSES = 32 }; /* 16-byte steps: class c holds blocks of (c + 1) * 16 bytes, <= 512 */

/* ts->breaker bits: why the evaluator must leave its fast path. Set by anyone, cleared by the owner. */
enum {
    RT_BRK_STOP = 0x01,    /* the world is being stopped */
    RT_BRK_DROP = 0x02,    /* gil: another thread wants the lock */
    RT_BRK_SIGNAL = 0x04,  /* a signal handler is to be run (main thread) */
    RT_BRK_GC = 0x08,      /* a collection is due */
    RT_BRK_MERGE = 0x10,   /* the merge queue is not empty */
    RT_BRK_ASYNC = 0x20,   /* PyThreadState_SetAsyncExc-like request */
    RT_BRK_QUIESCE = 0x40, /* the grace-period sequence moved */
    RT_BRK_CALLS = 0x80,   /* pending calls: weakref callbacks, finalizers of a collection */
    RT_BRK_EXIT = 0x100,   /* the runtime is finalising: this thread hangs or ends */
    RT_BRK_STRESS = 0x200, /* PYRT_STRESS wants every safepoint */
    RT_BRK_BIAS = 0x400,   /* another thread asks for a bias back */
};

/*
 * Note [BIAS] Most objects are only ever touched by the thread that made them. A thread that holds a bias
 * treats its own objects as if it ran alone, although mt is on:
 *   DEATHS  an object whose `shared` is 0 dies by a plain store. In return nobody takes a reference
 *           to an object with `shared` 0 that he does not hold already.
 *   WRITES  its sections are noted, not locked, and rt_sole_writer holds: plain stores. In return
 *           nobody locks or writes these objects.
 * Whoever wants to do that first asks the backend (rt_bias_revoke): the owner gives up the object, or all of
 * its bias, at a safepoint, where its sections are suspended. A backend gives it when a heap is new, or
 * again with the world stopped. Without mt it means nothing.
 * Readers need no bias: publication and reclamation are as ever while mt is on.
 */
enum { RT_BIAS_DEATHS = 1, RT_BIAS_WRITES = 2, RT_BIAS_ALL = 3 };

enum rt_detach_reason { RT_DETACH_LOCK, RT_DETACH_IO, RT_DETACH_SLEEP, RT_DETACH_NATIVE, RT_DETACH_EXIT,
                        RT_DETACH_YIELD };

/* rt_thread.thread_private: 0 in a new thread. */
enum rt_tslot { RT_TSLOT_CTYPES_ERRNO, RT_TSLOT_LOCAL_COUNT, RT_TSLOT_LOCAL_HITS, RT_TSLOTS = 12 };

/* The chain of exceptions being handled: one item per running generator on top of the thread's own. */
struct rt_exc_item { rt_value exc; struct rt_exc_item *prev; };

/* What a thread looks for before it parks, and what came of it (rt_spin in sync/mutex.c): how often in a row it looked in
   vain, and how many waits it is not going to look; when it has looked last, and how often of late a first look was enough. */
enum rt_spin_for { RT_SPIN_LOCK, RT_SPIN_SIGNAL, RT_SPIN_KINDS };
struct rt_luck { uint16_t vain, rest; uint8_t crowded; int64_t looked; };

/* One thread of one interpreter. Fields: written by the thread itself unless stated. */
struct rt_thread {
    /* hot: evaluator, counts, allocation */
    uint16_t token;                /* compared with rt_object.owner */
    _Atomic uint8_t mt;            /* another thread of this interpreter may run Python at the same time;
                                      flips only while this thread is at a safepoint or detached */
    uint8_t bias;                  /* mt: RT_BIAS_*, what this thread does to its own objects without atomics */
    uint16_t sole_token;           /* = token with RT_BIAS_WRITES, else RT_TOK_NOBODY: compared with owner */
    uint16_t other_token;          /* an owner known to hold no RT_BIAS_WRITES, or RT_TOK_NOBODY; forgotten when
                                      biases are given, with the world stopped */
    uint8_t tracing;               /* settrace/setprofile active: the dispatch table is the tracing one */
    _Atomic uint32_t breaker;      /* RT_BRK_*: any thread, atomic or */
    rt_value *stack_top;           /* first free word of the value stack */
    rt_value *_Atomic stack_limit; /* frames must end below */
    struct rt_frame *frame;        /* innermost Python frame */
    rt_value exc;                  /* pending exception instance (owned) or RT_NULL */
    rt_value stop_value;           /* owned: value with which the last STOP iterator ended, or RT_NULL */
    struct rt_interp *interp;
    void *free[RT_SIZE_CLASSES];   /* free blocks per size class, linked at +16 */
    struct rt_cs *cs;              /* innermost open critical section */
    const void *const *dispatch;   /* evaluator's table: plain or tracing */
    /* recursion and deallocation */
    char *c_stack_limit;           /* machine stack pointer must stay above */
    uint32_t py_depth;             /* Python calls in progress */
    _Atomic uint32_t py_depth_limit; /* sys.setrecursionlimit */
    uint32_t c_depth;              /* native recursion in progress: rt_recursion_enter */
    uint32_t dealloc_depth;
    struct rt_vec *dealloc_later;  /* objects whose deallocation was put off */
    bool dealloc_rest;             /* the outermost deallocation has more to do: those, or dropped foreign objects */
    /* exceptions being handled (sys.exc_info), context */
    struct rt_exc_item *exc_info;  /* innermost item; NULL before the thread first runs Python code */
    struct rt_exc_item exc_base;   /* the thread's own item */
    rt_value context;              /* current contextvars.Context (owned) or RT_NULL */
    rt_value async_gen_firstiter, async_gen_finalizer; /* sys.set_asyncgen_hooks, owned or RT_NULL */
    uint32_t coro_origin_depth;
    rt_value trace_func, profile_func; /* owned or RT_NULL */
    /* what profile_func is told events by, when it is a native profiler; else NULL: it is called */
    int (*profile_native)(struct rt_thread *ts, rt_value profiler, struct rt_frame *fr, int event, rt_value arg);
    rt_value async_exc;            /* exception to raise; protected by the interpreter's thread lock */
    /* identity and lists (core/thread) */
    uint64_t id;                   /* unique, never reused */
    pthread_t os_thread;
    _Atomic uint64_t ident;        /* threading.get_ident(); 0: not started */
    int native_id;
    int64_t cpu_before;            /* processor time that its OS thread had used for others, ns */
    struct rt_thread *next, *prev; /* interp->threads; protected by interp->threads_lock */
    _Atomic uint32_t state;        /* core/thread/thread.h: detached, attached, stopped, dead */
    bool is_main, daemon;
    uint16_t in_hook;              /* trace and profile functions in progress: nothing is traced meanwhile */
    uint8_t installing_hook;       /* 1: sys.settrace, 2: sys.setprofile in progress */
    rt_value dict;                 /* per-thread dict: threading.local and others; owned */
    struct rt_heap *heap;          /* slabs (alloc/) */
    struct rt_vec *hold_blocks;    /* collector at work in this thread: dead deferred blocks wait here */
    void *backend;                 /* the backend's part: thread_bytes of it */
    rt_value *stack_base;          /* reserved value stack */
    size_t stack_words;
    char *_Atomic c_stack_base;    /* highest address; the collector scans the machine stack */
    void *_Atomic c_stack_saved;   /* stack pointer while detached or parked */
    void *c_stack_bare;            /* for a method of kind RT_METH_BARE that is being entered; else NULL */
    int64_t alloc_bytes;           /* fresh blocks since the last collection, this thread; read under the world stopped */
    int64_t raw_bytes;             /* the same for tables and arrays outside of blocks; those freed are subtracted */
    struct rt_counters *counters;  /* seam/stats.h */
    struct rt_trace_ring *trace_ring; /* seam/stats.h; NULL until the first event */
    void *repr_stack;              /* objects whose repr is in progress: object/protocol/object.c; raw memory */
    void *thread_private[RT_TSLOTS]; /* small per-thread slots for rooms, by enum rt_tslot */
    uint64_t saved_regs[8];        /* callee-saved registers at the last detach or stop: scanned as stack */
    struct rt_stop_request {       /* thread/world.c */
        struct rt_stop_request *next;
        struct rt_interp *interp;  /* NULL: the process */
        _Atomic uint32_t runnable;
        bool queued;               /* asked for, and the world not yet started again */
        _Atomic bool waiting;      /* attached, for others to stop; touches no object before they have */
        uint32_t depth;
        int64_t since;
    } stop;
    uint32_t checker_stops;        /* seam/checked.c */
    _Atomic(struct rt_object *) pinned; /* the container that the thread stores an item into right now; Note [PIN] */
    uintptr_t stored;              /* the one it stored into last holding the lock, + how many times before */
    uint32_t stress_state;         /* random choices of PYRT_STRESS */
    int64_t import_nested_ns;      /* -X importtime: what the imports inside of the present one took; */
    uint32_t import_level;         /* and how deep it is in others */
    bool runs_gc;                  /* a collection is under way in this thread */
    bool raising_no_memory;        /* making a MemoryError: if that fails too, the ready one serves */
    _Atomic(_Atomic uint32_t *) park_word; /* word of the interruptible wait in progress, or NULL */
    _Atomic bool signalled;        /* a signal handler ran on this OS thread: ends an interruptible wait */
    struct rt_luck luck[RT_SPIN_KINDS];
    struct rt_thread *woken_by;    /* attaching after a wait that this thread ended; compared only, never followed */
    uint8_t detach_why;            /* enum rt_detach_reason of the last detach */
    rt_value sentinel;             /* _thread._set_sentinel: lock released when the thread ends (owned) */
    rt_value start_args[3];        /* function, args, kwargs of a thread about to start (owned): roots */
};

struct rt_runtime;
extern struct rt_runtime rt_runtime; /* core/thread/runtime.h */
extern __thread struct rt_thread *rt_current_thread; /* for callbacks from C libraries and signal handlers only */

#endif
