/* SPDX-License-Identifier: MIT */
/*
 * The files of the _pickle module: Pickler, Unpickler, PickleBuffer and what they share.
 *
 * What the module imports (copyreg's tables, the exceptions, ...) is one tuple in native_state, filled
 * when the module is made. A pickler or unpickler in use by one thread refuses another one; the same
 * thread may enter it again (from persistent_id and the like), as with CPython.
 *
 * Everything kept between two calls lives in the objects, where traverse sees it, not on the C heap
 * alone: deferred objects are alive only as long as the collector can find them.
 */
#ifndef RT_MODULES_PICKLE_INTERNAL_H
#define RT_MODULES_PICKLE_INTERNAL_H

#include "core/modules/modules.h"
#include "core/object/object_internal.h"
#include "core/types/cont_internal.h"

enum { RT_PICKLE_HIGHEST = 5, RT_PICKLE_DEFAULT = 4 };

/* Opcodes. */
enum {
    P_MARK = '(', P_STOP = '.', P_POP = '0', P_POP_MARK = '1', P_DUP = '2', P_FLOAT = 'F', P_INT = 'I',
    P_BININT = 'J', P_BININT1 = 'K', P_LONG = 'L', P_BININT2 = 'M', P_NONE = 'N', P_PERSID = 'P',
    P_BINPERSID = 'Q', P_REDUCE = 'R', P_STRING = 'S', P_BINSTRING = 'T', P_SHORT_BINSTRING = 'U',
    P_UNICODE = 'V', P_BINUNICODE = 'X', P_APPEND = 'a', P_BUILD = 'b', P_GLOBAL = 'c', P_DICT = 'd',
    P_EMPTY_DICT = '}', P_APPENDS = 'e', P_GET = 'g', P_BINGET = 'h', P_INST = 'i', P_LONG_BINGET = 'j',
    P_LIST = 'l', P_EMPTY_LIST = ']', P_OBJ = 'o', P_PUT = 'p', P_BINPUT = 'q', P_LONG_BINPUT = 'r',
    P_SETITEM = 's', P_TUPLE = 't', P_EMPTY_TUPLE = ')', P_SETITEMS = 'u', P_BINFLOAT = 'G',
    P_PROTO = 0x80, P_NEWOBJ, P_EXT1, P_EXT2, P_EXT4, P_TUPLE1, P_TUPLE2, P_TUPLE3, P_NEWTRUE, P_NEWFALSE,
    P_LONG1, P_LONG4,
    P_BINBYTES = 'B', P_SHORT_BINBYTES = 'C',
    P_SHORT_BINUNICODE = 0x8c, P_BINUNICODE8, P_BINBYTES8, P_EMPTY_SET, P_ADDITEMS, P_FROZENSET,
    P_NEWOBJ_EX, P_STACK_GLOBAL, P_MEMOIZE, P_FRAME, P_BYTEARRAY8, P_NEXT_BUFFER, P_READONLY_BUFFER,
};

/* Index into the module's state tuple. */
enum rt_pickle_import {
    PI_PickleError, PI_PicklingError, PI_UnpicklingError,
    PI_dispatch_table, PI_extension_registry, PI_inverted_registry, PI_extension_cache,
    PI_name_map, PI_import_map, PI_reverse_name_map, PI_reverse_import_map,
    PI_codecs_encode, PI_getattr, PI_partial,
    PI_object_reduce_ex, PI_object_reduce, PI_object_getstate, PI_object_class,
    PI_COUNT
};
RT_INLINE rt_value rt_pickle_state(struct rt_thread *ts, enum rt_pickle_import i) /* borrowed */
{
    rt_value t = rt_slot_peek(&ts->interp->native_state[RT_NS_PICKLE]);
    return rt_borrowed(rt_as_tuple(t)->items[i]);
}
#define RT_PICKLE_ERROR(ts, which, ...)                                                            \
    rt_raise(ts, rt_as_type(rt_pickle_state(ts, PI_##which)), __VA_ARGS__)

/* One user thread at a time. */
struct rt_pickle_user {
    _Atomic uint64_t thread;
    uint32_t depth;
};
int rt_pickle_enter(struct rt_thread *ts, struct rt_pickle_user *u, const char *what);
void rt_pickle_leave(struct rt_pickle_user *u);

struct rt_pickler_entry {
    rt_value key; /* owned; RT_NULL: free */
    size_t index;
};

struct rt_pickler {
    struct rt_object hdr;
    rt_slot dispatch_table;    /* Python attribute; RT_NULL: copyreg's */
    rt_value write, pers_func, reducer, buffer_callback, fast_memo; /* owned; RT_NULL: none */
    _Atomic int32_t bin, fast; /* Python attributes: any thread may set them */
    int32_t proto;
    bool pers_unbound;         /* pers_func is called with the pickler first */
    bool fix_imports, framing;
    uint32_t fast_depth;
    uint8_t *buf;              /* output not yet written */
    size_t n, cap, frame_start; /* SIZE_MAX: no frame is open */
    struct rt_pickler_entry *memo; /* open addressing */
    size_t memo_size, memo_used, memo_next; /* memo_next: the index for the next object */
    const struct rt_type *plain_type; /* last type asked about by plain_object, uncounted, never followed */
    uint32_t plain_version;
    bool plain;
    struct rt_pickle_user user;
};

struct rt_unpickler {
    struct rt_object hdr;
    rt_value read, readline, readinto, peek, pers_func, buffers, encoding, errors; /* owned; RT_NULL: none */
    bool pers_unbound, bytes_strings;
    _Atomic bool fix_imports;  /* these two: find_class asks, whoever calls it */
    _Atomic int32_t proto;
    rt_value *stack;           /* owned words */
    size_t len, stack_cap, fence;
    size_t *marks;
    size_t nmarks, marks_cap;
    rt_value *memo;            /* owned; RT_NULL: free */
    size_t memo_cap, memo_used;
    const uint8_t *in;         /* input: [at, end) is unread */
    size_t at, end, prefetched; /* bytes of `in` that peek gave and read has not consumed start here */
    struct rt_buffer view;     /* what `in` points into */
    bool viewed;
    struct rt_pickle_user user;
};

extern struct rt_type rt_pickler_type, rt_unpickler_type, rt_pickle_buffer_type, rt_pickle_rawview_type,
    rt_pickler_memo_type, rt_unpickler_memo_type;
RT_INLINE struct rt_pickler *rt_as_pickler(rt_value v) { return (struct rt_pickler *)rt_ptr(v); }
RT_INLINE struct rt_unpickler *rt_as_unpickler(rt_value v) { return (struct rt_unpickler *)rt_ptr(v); }

/* pickle_memo.c: the memo attribute of owner; t is the one of its two types. */
rt_value rt_pickle_memo_proxy(struct rt_thread *ts, struct rt_type *t, rt_value owner);
/* [attached; new ref; raises] What is to become a memo, as a dict: v is a proxy of that type or a dict. message: else, with
   the name of its type. */
rt_value rt_pickle_memo_given(struct rt_thread *ts, rt_value v, const struct rt_type *proxy, const char *message);
/* Copies: {id(obj): (index, obj)}, {index: obj} */
rt_value rt_pickler_memo_dict(struct rt_thread *ts, struct rt_pickler *p);
rt_value rt_unpickler_memo_dict(struct rt_thread *ts, struct rt_unpickler *u);
rt_value rt_pickler_clear_memo(struct rt_thread *ts, rt_value self); /* Pickler.clear_memo */

/* All: 0 or -1 with an exception. */
int rt_pickler_setup(struct rt_thread *ts, struct rt_pickler *p, rt_value protocol, rt_value fix_imports,
                     rt_value buffer_callback);
int rt_pickler_set_file(struct rt_thread *ts, struct rt_pickler *p, rt_value file);
int rt_pickler_dump(struct rt_thread *ts, rt_value self, rt_value obj); /* pickle_save.c: into the buffer */
int rt_pickler_flush(struct rt_thread *ts, struct rt_pickler *p);       /* to the file */
int rt_pickler_commit_frame(struct rt_thread *ts, struct rt_pickler *p);
int rt_pickler_put_slow(struct rt_thread *ts, struct rt_pickler *p, const void *data, size_t n);
RT_INLINE int rt_pickler_put(struct rt_thread *ts, struct rt_pickler *p, const void *data, size_t n)
{
    if (rt_unlikely(p->n + n > p->cap || (p->framing && p->frame_start == SIZE_MAX)))
        return rt_pickler_put_slow(ts, p, data, n);
    memcpy(p->buf + p->n, data, n);
    p->n += n;
    return 0;
}
RT_INLINE int rt_pickler_put_op(struct rt_thread *ts, struct rt_pickler *p, uint8_t op) { return rt_pickler_put(ts, p, &op, 1); }
/* header and data as one opcode; payload (may be RT_NULL): data as an object for write() */
int rt_pickler_put_large(struct rt_thread *ts, struct rt_pickler *p, const void *header, size_t hn,
                         const void *data, size_t n, rt_value payload);
int rt_pickler_memo_put(struct rt_thread *ts, struct rt_pickler *p, rt_value o); /* and the opcode; o RT_NULL: only */
int rt_pickler_memo_insert(struct rt_thread *ts, struct rt_pickler *p, rt_value o, size_t index);
struct rt_pickler_entry *rt_pickler_memo_find(struct rt_pickler *p, rt_value o); /* NULL: absent */
int rt_pickler_memo_get(struct rt_thread *ts, struct rt_pickler *p, size_t index);
void rt_pickler_memo_clear(struct rt_thread *ts, struct rt_pickler *p);
int rt_pickler_save(struct rt_thread *ts, rt_value self, rt_value o, bool pers);
int rt_pickler_save_global(struct rt_thread *ts, rt_value self, rt_value o, rt_value name); /* pickle_global.c */
int rt_pickler_save_items(struct rt_thread *ts, rt_value self, rt_value t); /* of a tuple */
/* What an iterator gives, as APPENDS or (pairs) SETITEMS of what lies on the machine's stack. */
int rt_pickler_save_batches(struct rt_thread *ts, rt_value self, rt_value it, bool pairs);
int rt_pickler_save_reduce(struct rt_thread *ts, rt_value self, rt_value rv, rt_value o); /* pickle_reduce.c */
void rt_pickler_put_u32(uint8_t *p, uint32_t v);

int rt_pickle_method_ref(struct rt_thread *ts, rt_value self, const char *name, rt_value *func, bool *unbound);
/* [attached; raises] The attributes persistent_id and persistent_load: what is kept at func, a method when unbound.
   type and name stand in the messages. */
rt_value rt_pickle_get_hook(struct rt_thread *ts, rt_value self, struct rt_pickle_user *user, const char *type,
                            const char *name, const rt_value *func, const bool *unbound);
int rt_pickle_set_hook(struct rt_thread *ts, rt_value v, struct rt_pickle_user *user, const char *type,
                       const char *name, rt_value *func, bool *unbound);
rt_value rt_pickle_find_class(struct rt_thread *ts, rt_value self, rt_value module, rt_value name);
/* obj.name (dotted if deep); owned. parent (may be NULL): owned, what the last name was looked up in. */
rt_value rt_pickle_getattr_path(struct rt_thread *ts, rt_value obj, rt_value name, bool deep, rt_value *parent);

int rt_unpickler_setup(struct rt_thread *ts, struct rt_unpickler *u, rt_value fix_imports, rt_value encoding,
                       rt_value errors, rt_value buffers);
int rt_unpickler_set_file(struct rt_thread *ts, struct rt_unpickler *u, rt_value file);
int rt_unpickler_set_input(struct rt_thread *ts, struct rt_unpickler *u, rt_value data);
rt_value rt_unpickler_load(struct rt_thread *ts, rt_value self); /* pickle_load.c */
int rt_unpickler_memo_put(struct rt_thread *ts, struct rt_unpickler *u, size_t index, rt_value owned);
void rt_unpickler_memo_clear(struct rt_thread *ts, struct rt_unpickler *u);
/* Input (unpickler_input.c): n bytes, or NULL with an exception; a line with its newline. */
const uint8_t *rt_unpickler_read_slow(struct rt_thread *ts, struct rt_unpickler *u, size_t n);
RT_INLINE const uint8_t *rt_unpickler_read(struct rt_thread *ts, struct rt_unpickler *u, size_t n)
{
    if (rt_likely(n <= u->end - u->at)) {
        u->at += n;
        return u->in + u->at - n;
    }
    return rt_unpickler_read_slow(ts, u, n);
}
const uint8_t *rt_unpickler_line(struct rt_thread *ts, struct rt_unpickler *u, size_t *n);
int rt_unpickler_read_into(struct rt_thread *ts, struct rt_unpickler *u, void *out, size_t n);
int rt_unpickler_skip_consumed(struct rt_thread *ts, struct rt_unpickler *u);
void rt_unpickler_drop_input(struct rt_thread *ts, struct rt_unpickler *u);
RT_COLD int rt_unpickler_truncated(struct rt_thread *ts); /* -1 */

rt_value rt_pickle_buffer_raw(struct rt_thread *ts, rt_value self);
/* A view of what a PickleBuffer wraps; ValueError when it was released. */
int rt_pickle_buffer_get(struct rt_thread *ts, rt_value self, struct rt_buffer *b, int flags);
bool rt_buffer_contiguous(const struct rt_buffer *b, char order); /* 'C', 'F', 'A' */

#endif
