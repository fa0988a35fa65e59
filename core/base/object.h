/* SPDX-License-Identifier: MIT */
/*
 * The 16-byte header of every heap object, and shapes.
 *
 *   +0  local   the owner's count: plain arithmetic, by threads holding the owner token only
 *   +4  owner   owner token; or RT_TOK_MERGED, RT_TOK_CONSTANT, RT_TOK_IMMORTAL
 *   +6  flags   RT_OF_*: by the owner before publication, under the world stopped, or by atomic or
 *   +7  lock    one-byte mutex (sync/mutex.h): the object's critical section
 *   +8  shared  atomic [count:20 signed | last toucher:6 | contention:4 | state:2]   Note [BRC]
 *   +12 shape   shape id, names the type; release-stored when an instance grows
 *
 * A free block keeps a readable header (owner RT_TOK_MERGED, state RT_SH_DEAD); free-list links live
 * in the payload (+16), so a lock-free reader that lost a race sees a dead header, not garbage.
 */
#ifndef RT_BASE_OBJECT_H
#define RT_BASE_OBJECT_H

#include "core/base/value.h"

struct rt_thread;
struct rt_type;
struct rt_shape;

struct rt_object {
    uint32_t local;
    _Atomic uint16_t owner;
    _Atomic uint8_t flags;
    _Atomic uint8_t lock;
    _Atomic uint32_t shared;
    _Atomic uint32_t shape;
};
_Static_assert(sizeof(struct rt_object) == 16, "header is 16 bytes");

/* CONSTANT: immortal as long as its interpreter lives, as what code holds is. */
enum { RT_TOK_MERGED = 0, RT_TOK_NOBODY = 0xfffd, RT_TOK_CONSTANT = 0xfffe, RT_TOK_IMMORTAL = 0xffff };
RT_INLINE bool rt_token_is_immortal(uint16_t owner) { return owner >= RT_TOK_CONSTANT; }

enum {
    RT_OF_GC = 0x01,        /* has a traverse function: may be part of a cycle */
    RT_OF_FINALIZED = 0x02, /* its finalizer has run (it runs once) */
    RT_OF_DEFERRED = 0x04,  /* never dies at count zero, only in a collection */
    RT_OF_WEAKREF = 0x08,   /* has an entry in the weak reference table */
    RT_OF_AGE = 0x30,       /* the collector's: 0 young, then as below; written with the world stopped */
    RT_OF_MIDDLE = 0x10,    /* has outlived a collection of the young */
    RT_OF_OLD = 0x20,       /* is looked at in full collections only */
    RT_OF_FROZEN = 0x30,    /* gc.freeze() */
    RT_OF_LARGE = 0x40,     /* not in a slab: allocated by itself */
    RT_OF_PINS = 0x80,      /* threads may pin it: Note [PIN] in core/seam/sections.c; written holding its lock */
};

enum { RT_SH_PLAIN = 0, RT_SH_QUEUED = 1, RT_SH_MERGED = 2, RT_SH_DEAD = 3, RT_SH_STATE = 3 };
enum { RT_SH_CONT_SHIFT = 2, RT_SH_LAST_SHIFT = 6, RT_SH_COUNT_SHIFT = 12 };
#define RT_SH_ONE (1u << RT_SH_COUNT_SHIFT)
#define RT_SH_HINTS (RT_SH_ONE - 1 - RT_SH_STATE) /* last toucher and contention: no part of the count */
#define RT_SH_SEEN (1u << RT_SH_CONT_SHIFT)       /* a hint for its own sake: the word is not 0 any more */
/* Of an object that threads take turns on: each may count for itself, and `last` says how many do. RT_SH_CLOSED: no more
   of them. Note [STAKE] in backends/biased-rc/biased.h. */
#define RT_SH_SPLIT (8u << RT_SH_CONT_SHIFT)
#define RT_SH_CLOSED (2u << RT_SH_CONT_SHIFT)
#define RT_SH_STAKE (1u << RT_SH_LAST_SHIFT)
#define RT_SH_STAKES(s) ((s) & RT_SH_SPLIT ? (int32_t)((s) >> RT_SH_LAST_SHIFT & 63) : 0)
#define RT_SH_COUNT(s) ((int32_t)(s) >> RT_SH_COUNT_SHIFT)

/* Shapes live in one reserved region: id = offset / 16, so that no table is loaded. */
extern char *rt_shape_base; /* constant after start-up */

/* The layout of an instance; builtin types have exactly one. Constant after publication but for the
   fields that say otherwise. */
struct rt_shape {
    struct rt_type *type;
    uint32_t id;
    uint16_t flags;           /* RT_SHAPE_* */
    uint16_t nslots;          /* attributes stored along this path */
    uint32_t slot_offset;     /* byte offset of inline slot 0 from the object */
    uint16_t inline_capacity; /* inline slots that the block has room for */
    uint16_t last_index;      /* index of the attribute that this shape added */
    uint32_t inst_size;       /* bytes of the block; 0: ask type->size */
    rt_value last_name;       /* interned str added by this shape; RT_NULL in a root */
    struct rt_shape *parent;
    _Atomic(struct rt_shape_table *) table;       /* name -> index, built on first need */
    _Atomic(struct rt_shape_table *) transitions; /* name -> child; written under the type lock */
    struct rt_shape *root;                        /* of this tree: no attributes stored yet */
    _Atomic(struct rt_shape *) dict_shape;        /* roots: this block size in dictionary mode */
    struct rt_shape *next_root;                   /* roots of the same type; under the type lock */
};
enum {
    RT_SHAPE_DICT = 1,     /* dictionary mode: all attributes live in a dict (overflow word) */
    RT_SHAPE_OVERFLOW = 2, /* the word before inline slot 0 points to overflow storage or the dict */
    RT_SHAPE_NOATTRS = 4,  /* instances have no __dict__ */
    RT_SHAPE_DEAD = 8,     /* the type is; under the type lock */
};

RT_INLINE struct rt_shape *rt_shape_from_id(uint32_t id)
{
    return (struct rt_shape *)(rt_shape_base + (uint64_t)id * 16);
}
RT_INLINE uint32_t rt_shape_id(const struct rt_object *o) { return rt_load_acquire(&o->shape); }
RT_INLINE struct rt_shape *rt_shape_of(const struct rt_object *o)
{
    return rt_shape_from_id(rt_shape_id(o));
}
RT_INLINE struct rt_type *rt_type_of_obj(const struct rt_object *o) { return rt_shape_of(o)->type; }

/* Types of immediates: [1], [3] int, [2] float, [4 + bits >> 3] specials; NULL for words no program sees. */
extern struct rt_type *const rt_imm_types[20];
RT_INLINE struct rt_type *rt_type_of_imm(rt_value v)
{
    uint64_t low = v.bits & 3;
    return rt_imm_types[low ? low : 4 + (v.bits >> 3 & 15)];
}
/* The type of any value but RT_NULL, RT_UNDEF and RT_STOP. */
RT_INLINE struct rt_type *rt_type_of(rt_value v)
{
    return rt_likely(rt_is_ptr(v)) ? rt_type_of_obj(rt_ptr(v)) : rt_type_of_imm(v);
}

/* The header of a block just taken: live, one count, owned by token. Two stores. */
RT_INLINE void rt_object_init_header(struct rt_object *o, uint16_t token, uint8_t flags, uint32_t shape)
{
    rt_store_relaxed((_Atomic uint64_t *)&o->shared, (uint64_t)shape << 32);
    rt_store_release((_Atomic uint64_t *)o, 1 | (uint64_t)token << 32 | (uint64_t)flags << 48);
}

RT_INLINE uint8_t rt_object_flags(const struct rt_object *o) { return rt_load_relaxed(&o->flags); }
RT_INLINE void rt_object_set_flag(struct rt_object *o, uint8_t f) { (void)rt_or_relaxed(&o->flags, f); }
/* o may be reached without a count, by somebody who holds a lock of the runtime: its death is never a
   plain store (Note [BIAS]). By the owner before publication, or holding a reference. */
RT_INLINE void rt_object_set_seen(struct rt_object *o) { (void)rt_or_relaxed(&o->shared, RT_SH_SEEN); }
RT_INLINE bool rt_object_is_immortal(const struct rt_object *o)
{
    return rt_token_is_immortal(rt_load_relaxed(&o->owner));
}

#endif
