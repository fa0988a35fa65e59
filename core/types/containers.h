/* SPDX-License-Identifier: MIT */
/*
 * tuple, list, dict, set, bytes, bytearray, slice, range: layouts and C interfaces.
 * Lock-free readers: array and length travel in one block; writers hold the object's critical section
 * in mt mode (or the object is unique) and retire old blocks (rt_retire).
 */
#ifndef RT_TYPES_CONTAINERS_H
#define RT_TYPES_CONTAINERS_H

#include "core/object/type.h"

/* ---- tuple: immutable after publication ---- */
struct rt_tuple { struct rt_object hdr; size_t length; rt_value items[]; };
RT_INLINE struct rt_tuple *rt_as_tuple(rt_value v) { return (struct rt_tuple *)rt_ptr(v); }
RT_INLINE bool rt_is_tuple(rt_value v) { return rt_has(v, RT_TF_TUPLE); }
rt_value rt_tuple_new(struct rt_thread *ts, size_t n);                            /* items RT_NULL, to be filled */
rt_value rt_tuple_from(struct rt_thread *ts, const rt_value *borrowed, size_t n); /* takes new references */
rt_value rt_tuple_steal(struct rt_thread *ts, const rt_value *owned, size_t n);   /* consumes, even on error */
rt_value rt_tuple_pack(struct rt_thread *ts, size_t n, ...);                      /* borrowed rt_value arguments */
rt_value rt_tuple_empty(void);                                                    /* immortal */
int rt_tuple_equal_nopy(rt_value a, rt_value b); /* 1, 0, or -1: an item must be asked */
rt_value rt_tuple_slice(struct rt_thread *ts, rt_value t, size_t start, size_t end);

/* ---- list ---- */
struct rt_list_array { size_t capacity; _Atomic size_t length; rt_slot items[]; };
/* The item v of a walk over a, the one at i, belongs to nobody: threads share such objects, so those that come next
   may have to be fetched from another processor's cache, which takes longer than a processor looks ahead by itself. */
RT_INLINE void rt_list_look_ahead(const struct rt_list_array *a, size_t i, size_t length, rt_value v)
{
    enum { AHEAD = 8 };
    if (rt_unlikely((v.bits & 15) == RT_TAG_BORROWED) && i + AHEAD < length)
        __builtin_prefetch((void *)rt_slot_peek(&a->items[i + AHEAD]).bits);
}
struct rt_list { struct rt_object hdr; _Atomic(struct rt_list_array *) array; /* never NULL */ };
RT_INLINE struct rt_list *rt_as_list(rt_value v) { return (struct rt_list *)rt_ptr(v); }
RT_INLINE bool rt_is_list(rt_value v) { return rt_has(v, RT_TF_LIST); }
RT_INLINE size_t rt_list_len(rt_value v)
{
    return rt_load_acquire(&rt_load_acquire(&rt_as_list(v)->array)->length);
}
rt_value rt_list_new(struct rt_thread *ts, size_t capacity); /* empty */
rt_value rt_list_from(struct rt_thread *ts, const rt_value *borrowed, size_t n);
rt_value rt_list_steal(struct rt_thread *ts, const rt_value *owned, size_t n);
int rt_list_append(struct rt_thread *ts, rt_value l, rt_value borrowed);
int rt_list_append_steal(struct rt_thread *ts, rt_value l, rt_value owned); /* consumes, even on error */
int rt_list_equal_nopy(struct rt_thread *ts, rt_value a, rt_value b); /* 1, 0, or -1: an item must be asked, or others run */
rt_value rt_list_get(struct rt_thread *ts, rt_value l, size_t i);    /* RT_NULL without exception: out of range */
int rt_list_set(struct rt_thread *ts, rt_value l, size_t i, rt_value owned); /* IndexError */
int rt_list_insert(struct rt_thread *ts, rt_value l, int64_t i, rt_value borrowed);
int rt_list_extend(struct rt_thread *ts, rt_value l, rt_value iterable); /* py */
rt_value rt_list_pop(struct rt_thread *ts, rt_value l, int64_t i);
void rt_list_reverse(struct rt_thread *ts, rt_value l);
rt_value rt_list_to_tuple(struct rt_thread *ts, rt_value l);         /* atomic snapshot */
rt_value rt_list_slice(struct rt_thread *ts, rt_value l, int64_t start, int64_t stop, int64_t step); /* bounds as in rt_slice_unpack */
/* What iterating over o gives, as of one moment, if o is a container of the usual kinds and other threads may be changing it;
   else RT_NULL, without exception. So what C code walks is atomic, as it is under a global lock. [attached; new ref] */
rt_value rt_items_fixed(struct rt_thread *ts, rt_value o);
rt_value rt_iter_fixed(struct rt_thread *ts, rt_value o); /* iter(o), or an iterator over that list; raises */
int rt_list_sort(struct rt_thread *ts, rt_value l, rt_value key, bool reverse); /* py */
int rt_list_set_slice(struct rt_thread *ts, rt_value l, int64_t start, int64_t end, rt_value v /* RT_NULL: delete */);

/* ---- dict ---- */
struct rt_dict_table;
struct rt_dict {
    struct rt_object hdr;
    _Atomic(struct rt_dict_table *) table; /* never NULL */
    _Atomic size_t used;
    _Atomic uint64_t version;              /* bumped by every change: module globals cells watch it */
};
RT_INLINE struct rt_dict *rt_as_dict(rt_value v) { return (struct rt_dict *)rt_ptr(v); }
RT_INLINE bool rt_is_dict(rt_value v) { return rt_has(v, RT_TF_DICT_SUB); }
RT_INLINE size_t rt_dict_len(rt_value v) { return rt_load_acquire(&rt_as_dict(v)->used); }
rt_value rt_dict_new(struct rt_thread *ts);
rt_value rt_dict_new_sized(struct rt_thread *ts, size_t n);
/* Owned value; absent: RT_NULL without exception (with one: hash or __eq__ raised). */
rt_value rt_dict_get(struct rt_thread *ts, rt_value d, rt_value key);
rt_value rt_dict_get_hash(struct rt_thread *ts, rt_value d, rt_value key, int64_t hash);
rt_value rt_dict_get_cstr(struct rt_thread *ts, rt_value d, const char *key);
/* [attached; py; raises] d[key] = value for a dict that nobody else has seen yet and an exact str; value is consumed. */
int rt_dict_add_name(struct rt_thread *ts, rt_value d, rt_value key, rt_value value);
/* [alone; nopy] The value of an interned name: 1, owned in *v; 0 absent; -1: only Python can tell. *hint: where it was before. */
int rt_dict_get_hinted(struct rt_thread *ts, rt_value d, rt_value name, uint32_t *hint, rt_value *v);
int rt_dict_set(struct rt_thread *ts, rt_value d, rt_value key, rt_value borrowed); /* 0, -1 */
int rt_dict_set_steal(struct rt_thread *ts, rt_value d, rt_value key, rt_value owned); /* consumed in either case */
int rt_dict_set_hash(struct rt_thread *ts, rt_value d, rt_value key, int64_t hash, rt_value borrowed);
int rt_dict_set_cstr(struct rt_thread *ts, rt_value d, const char *key, rt_value borrowed);
int rt_dict_del(struct rt_thread *ts, rt_value d, rt_value key);      /* KeyError */
int rt_dict_del_opt(struct rt_thread *ts, rt_value d, rt_value key);  /* 1 removed, 0 absent, -1 */
int rt_dict_contains(struct rt_thread *ts, rt_value d, rt_value key);
rt_value rt_dict_pop(struct rt_thread *ts, rt_value d, rt_value key, rt_value deflt /* RT_NULL: KeyError */);
rt_value rt_dict_setdefault(struct rt_thread *ts, rt_value d, rt_value key, rt_value deflt); /* linearizable */
int rt_dict_update(struct rt_thread *ts, rt_value d, rt_value other); /* mapping or pairs; py */
int rt_dict_merge(struct rt_thread *ts, rt_value d, rt_value other, int mode /* 0 keep, 1 replace, 2 KeyError on duplicate */);
rt_value rt_dict_copy(struct rt_thread *ts, rt_value d);
void rt_dict_clear(struct rt_thread *ts, rt_value d);
rt_value rt_dict_keys_list(struct rt_thread *ts, rt_value d);
rt_value rt_dict_values_list(struct rt_thread *ts, rt_value d);
rt_value rt_dict_items_list(struct rt_thread *ts, rt_value d);
/* Walk: *pos starts at 0; true and owned key, value while there are entries. Safe under concurrent
   change (entries may be missed or stale, never freed memory). key or value may be NULL. */
bool rt_dict_next(struct rt_thread *ts, rt_value d, size_t *pos, rt_value *key, rt_value *value);
/* The table slot that holds interned str `name`'s value, stable while *version stays what it was; NULL
   when absent. For inline caches: slot content is read with rt_slot_get. */
rt_slot *rt_dict_lookup_slot(rt_value d, rt_value name);
/* [attached, world stopped; nopy; new ref] The value of interned str name; keys that are no strs are not asked. Absent: RT_NULL. */
rt_value rt_dict_get_name_stw(struct rt_thread *ts, rt_value d, rt_value name);
/* If d, an exact dict, has the version that it had when s was looked up, *v goes there, what was there comes back, and it is
   true. False as well where its section is needed. */
bool rt_dict_replace_at(struct rt_thread *ts, rt_value d, uint64_t version, rt_slot *s, rt_value *v);
/* If interned str name is there with a value that fits, *v goes there, what was there comes back, and it is true.
   fits: reads one word. */
bool rt_dict_replace_if(struct rt_thread *ts, rt_value d, rt_value name, bool (*fits)(rt_value v), rt_value *v);
/* The version of an exact dict for a cache to watch: from now on no other dict, not even a later one in the same place,
   will ever have it. [attached; nopy] */
uint64_t rt_dict_stamp(struct rt_thread *ts, rt_value d);

/* ---- set ---- */
struct rt_set_table;
struct rt_set { struct rt_object hdr; _Atomic(struct rt_set_table *) table; _Atomic size_t used; _Atomic int64_t hash; /* frozenset */ };
RT_INLINE bool rt_is_set(rt_value v) { return rt_has(v, RT_TF_SET); }
RT_INLINE bool rt_is_anyset(rt_value v) { return rt_has(v, RT_TF_SET | RT_TF_FROZENSET); }
RT_INLINE size_t rt_set_len(rt_value v) { return rt_load_acquire(&((struct rt_set *)rt_ptr(v))->used); }
rt_value rt_set_new_small(struct rt_thread *ts); /* empty, with room for a few */
rt_value rt_set_new(struct rt_thread *ts, rt_value iterable /* or RT_NULL */);
rt_value rt_frozenset_new(struct rt_thread *ts, rt_value iterable);
int rt_set_add(struct rt_thread *ts, rt_value s, rt_value key);
int rt_set_contains(struct rt_thread *ts, rt_value s, rt_value key);
int rt_set_discard(struct rt_thread *ts, rt_value s, rt_value key); /* 1 found, 0, -1 */
int rt_set_update(struct rt_thread *ts, rt_value s, rt_value iterable);
rt_value rt_set_pop(struct rt_thread *ts, rt_value s);
bool rt_set_next(struct rt_thread *ts, rt_value s, size_t *pos, rt_value *key);

/* ---- bytes, bytearray ---- */
struct rt_bytes { struct rt_object hdr; size_t length; _Atomic int64_t hash; char data[]; /* NUL-terminated */ };
RT_INLINE struct rt_bytes *rt_as_bytes(rt_value v) { return (struct rt_bytes *)rt_ptr(v); }
RT_INLINE bool rt_is_bytes(rt_value v) { return rt_has(v, RT_TF_BYTES); }
rt_value rt_bytes_new(struct rt_thread *ts, const void *data /* NULL: uninitialised */, size_t n);
rt_value rt_bytes_part(struct rt_thread *ts, const char *p, size_t n); /* of some text: single bytes are always the same objects */
rt_value rt_bytes_empty(void);
rt_value rt_bytes_shrink(struct rt_thread *ts, rt_value owned, size_t n); /* unpublished; consumes, returns */
rt_value rt_bytes_from_any(struct rt_thread *ts, rt_value o);                     /* py; buffer or iterable of ints */
extern int rt_bytes_warning; /* -b: 1 warn, 2 raise; constant after start-up, set by main */
void rt_bytes_init(struct rt_thread *ts);                                         /* start-up: the empty bytes */
int rt_bytes_types_ready(struct rt_thread *ts);                                   /* start-up: iterator types */
rt_value rt_bytearray_new(struct rt_thread *ts, const void *data, size_t n);

rt_value rt_memoryview_new(struct rt_thread *ts, rt_value o);                     /* memoryview(o) */
/* v[start:stop:stride], as rt_slice_unpack gives them; RT_NOTIMPL: not of one dimension */
rt_value rt_memoryview_slice(struct rt_thread *ts, rt_value v, int64_t start, int64_t stop, int64_t stride);
int rt_memoryview_types_ready(struct rt_thread *ts);                              /* start-up */

/* ---- slice, range ---- */
struct rt_slice { struct rt_object hdr; rt_value start, stop, step; };
struct rt_range { struct rt_object hdr; rt_value start, stop, step, length; };
rt_value rt_slice_new(struct rt_thread *ts, rt_value start, rt_value stop, rt_value step); /* borrowed; RT_NULL = None */
/* 0 or -1; values clipped to int64; step != 0 checked. */
int rt_slice_unpack(struct rt_thread *ts, rt_value s, int64_t *start, int64_t *stop, int64_t *step);
int64_t rt_slice_adjust(int64_t len, int64_t *start, int64_t *stop, int64_t step); /* number of items */
rt_value rt_range_new(struct rt_thread *ts, rt_value start, rt_value stop, rt_value step);
/* Bound given to index() and the like: clipped to int64, never None; TypeError "slice indices must be
   integers or have an __index__ method". -1 with an exception on error. */
int64_t rt_as_slice_index(struct rt_thread *ts, rt_value v);
/* True for an exact range whose bounds are immediates. */
bool rt_range_get_small(rt_value r, int64_t *start, int64_t *stop, int64_t *step);
/* What a range_iterator has still to give; false: it is something else. */
bool rt_range_iter_rest(rt_value v, int64_t *start, int64_t *count, int64_t *step);

#endif
