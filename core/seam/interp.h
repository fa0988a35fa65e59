/* SPDX-License-Identifier: MIT */
/*
 * An interpreter (modules, registries, threads, collector state) and the one runtime record.
 * rt_value fields are owned by the interpreter, visited as roots, written by rt_slot_set.
 */
#ifndef RT_SEAM_INTERP_H
#define RT_SEAM_INTERP_H

#include "core/seam/tstate.h"

struct rt_heap;   /* alloc/heap.h */
struct rt_config; /* seam/config.h: options, environment */
struct rt_gc_state;

struct rt_interp {
    uint32_t id;
    uint16_t token;             /* gil, subinterp: the owner token of all its threads */
    struct rt_interp *next;     /* runtime list, under the runtime lock */
    struct rt_thread *threads;  /* all threads, under threads_lock */
    pthread_mutex_t threads_lock;
    _Atomic uint32_t nthreads;
    struct rt_thread *main_thread;
    _Atomic bool finalizing;
    _Atomic bool busy;          /* run_string or destroy is at work in it: who sets it owns main_thread */
    bool audited;               /* sys.addaudithook was called */
    /* modules and registries: roots */
    rt_slot modules;            /* sys.modules: dict */
    rt_slot sys_dict;           /* sys.__dict__ */
    rt_slot builtins;           /* builtins.__dict__ */
    rt_slot builtins_original;  /* copy made at start-up */
    rt_slot importlib;          /* _frozen_importlib module */
    rt_slot import_func;        /* builtins.__import__ as it was at start-up */
    rt_slot codec_search_path, codec_search_cache, codec_error_registry;
    rt_slot warnings_filters, warnings_once, warnings_default;
    rt_slot copyreg_extensions[3];
    rt_slot atexit_callbacks, fork_before, fork_parent, fork_child;
    rt_slot static_subclasses;  /* dict: static type -> dict of weak references to subclasses */
    rt_slot dict;               /* per-interpreter odds and ends: key str -> value */
    rt_slot native_state[64];   /* module state by enum in the module's room, see builtins/native.h */
    void *native_private[64];   /* the same for C pointers */
    struct rt_gc_state *gc;
    _Atomic int64_t raw_bytes; /* tables and arrays outside of blocks, as of the last collection */
    _Atomic int64_t fresh_left; /* what ended threads had allocated since the last collection; the next new one goes on from it */
    _Atomic int64_t gc_step;    /* a thread that allocated so many fresh bytes asks for a collection */
    struct rt_heap *heaps;      /* alloc/heap.h: all heaps, under threads_lock */
    struct rt_heap *parked;     /* those without a thread, under threads_lock */
    void *backend;              /* the backend's part */
    _Atomic uint32_t stopped;   /* thread/world.c: stop requests in force; under threads_lock */
    struct rt_thread *_Atomic finalizer; /* once set, other threads hang when they attach */
    _Atomic bool destroyed;     /* its last thread is gone */
    void *weakrefs;             /* object/weakref.c: table from object to its references */
    _Atomic int recursion_limit;        /* sys.setrecursionlimit, for new threads */
    _Atomic double switch_interval;
    _Atomic int8_t frozen_override; /* 0, or use frozen modules (1) or not (-1) whatever the command line says */
    _Atomic uint32_t int_max_str_digits;
    _Atomic uint32_t warnings_filters_version;
    _Atomic bool import_time_told;  /* the head of -X importtime's table was written */
};

struct rt_runtime {
    const struct rt_config *config;
    struct rt_interp *interps;  /* under lock */
    struct rt_interp *main;
    pthread_mutex_t lock;
    _Atomic uint64_t next_thread_id;
    _Atomic uint32_t next_interp_id;
    uint64_t hash_key[2];       /* constant after start-up */
    bool hash_randomized;
    uint32_t stress;            /* PYRT_STRESS bits */
    _Atomic uint32_t type_version; /* source of rt_type.version */
    uint64_t type_serial;          /* source of rt_type.serial; under the type lock */
    uint64_t type_walks;           /* how often hierarchies were walked: under the type lock */
    _Atomic uint64_t dict_stamps; /* source of the versions of dicts that caches watch */
    pthread_mutex_t type_lock;  /* MRO, transitions, shapes: never held while Python runs */
    int64_t start_monotonic_ns;
};

/* Roots of the interpreter for the collector. */
int rt_interp_traverse(struct rt_interp *in, int (*visit)(rt_value, void *), void *arg);

#endif
