/* SPDX-License-Identifier: MIT */
/*
 * Types: slots, members, methods; how a native type is declared.
 *
 * A builtin type is a static `struct rt_type` filled with designated initialisers and readied once at
 * start-up by rt_type_ready (immortal, shared by all interpreters, immutable). A class statement makes
 * a heap type (deferred: dies only in a collection).
 */
#ifndef RT_OBJECT_TYPE_H
#define RT_OBJECT_TYPE_H

#include "alloc/alloc.h"
#include "core/seam/access.h"

/* ---- native functions ------------------------------------------------------------------------- */
/*
 * Calling conventions. args are borrowed words: n positional ones, then the values of the keyword
 * arguments whose names are in the tuple kw (RT_NULL when there are none).
 */
typedef rt_value (*rt_fn_noargs)(struct rt_thread *ts, rt_value self);
typedef rt_value (*rt_fn_o)(struct rt_thread *ts, rt_value self, rt_value arg);
typedef rt_value (*rt_fn_fast)(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n);
typedef rt_value (*rt_fn_kw)(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n,
                             rt_value kw);

enum {
    RT_METH_NOARGS = 0,
    RT_METH_O = 1,
    RT_METH_FAST = 2, /* no keywords */
    RT_METH_KW = 3,
    RT_METH_CONV = 3,
    RT_METH_CLASS = 4,  /* self is the type */
    RT_METH_STATIC = 8, /* self is RT_NULL */
    /* Thread safety class. Default: the body locks for itself or needs no lock. LOCKED: the dispatcher
       holds self's critical section around the body. */
    RT_METH_LOCKED = 16,
    RT_METH_COEXIST = 32, /* may replace a slot wrapper of the same name */
    RT_METH_BARE = 64,    /* collects: wants ts->c_stack_bare, Note [BARE] in core/eval/call_native.c */
};

/* doc follows CPython's convention: "name($self, x, /)\n--\n\ntext" gives __text_signature__. */
struct rt_method_def {
    const char *name;
    void *fn; /* one of the rt_fn_* by flags */
    uint32_t flags;
    const char *doc;
};
struct rt_getset_def {
    const char *name;
    rt_value (*get)(struct rt_thread *ts, rt_value self, void *closure);
    int (*set)(struct rt_thread *ts, rt_value self, rt_value v, void *closure); /* v RT_NULL: delete */
    const char *doc;
    void *closure;
};
enum { RT_MEMBER_OBJECT /* NULL reads as None */, RT_MEMBER_OBJECT_EX /* NULL: AttributeError */,
       RT_MEMBER_INT, RT_MEMBER_INT64, RT_MEMBER_UINT32, RT_MEMBER_BOOL, RT_MEMBER_DOUBLE, RT_MEMBER_CSTRING };
struct rt_member_def {
    const char *name;
    uint32_t kind, offset; /* OBJECT kinds: an rt_slot */
    bool readonly;
    const char *doc;
    bool tail; /* the offset counts from the end of a var-sized body */
};

/* ---- slots ------------------------------------------------------------------------------------ */
/* Visits every reference word of an object (the word itself, tag included). Nonzero stops. */
typedef int (*rt_visit)(rt_value v, void *arg);

enum rt_cmp { RT_LT, RT_LE, RT_EQ, RT_NE, RT_GT, RT_GE }; /* as in the bytecode */

enum rt_binop { /* index into type->binary / type->inplace */
    RT_BIN_ADD, RT_BIN_SUB, RT_BIN_MUL, RT_BIN_MATMUL, RT_BIN_TRUEDIV, RT_BIN_FLOORDIV, RT_BIN_MOD,
    RT_BIN_POW, RT_BIN_LSHIFT, RT_BIN_RSHIFT, RT_BIN_AND, RT_BIN_XOR, RT_BIN_OR, RT_BIN_DIVMOD,
    RT_BIN_COUNT
};
enum rt_unop { RT_UN_NEG, RT_UN_POS, RT_UN_INVERT, RT_UN_ABS, RT_UN_COUNT };

typedef rt_value (*rt_unaryfn)(struct rt_thread *ts, rt_value self);
/* a and b in source order; the slot of either operand's type may be called: check both types and
   return RT_NOTIMPL for foreign ones. */
typedef rt_value (*rt_binaryfn)(struct rt_thread *ts, rt_value a, rt_value b);

struct rt_buffer; /* object/protocol.h */
struct rt_type_heap;

enum {
    RT_TF_HEAP = 1 << 0,      /* made by a class statement or type() */
    RT_TF_BASETYPE = 1 << 1,  /* may be subclassed */
    RT_TF_IMMUTABLE = 1 << 2, /* attributes cannot be set (all static types) */
    RT_TF_READY = 1 << 3,     /* whole: any thread may use it */
    RT_TF_ABSTRACT = 1 << 4,
    RT_TF_DICT = 1 << 5,      /* instances have attributes (a __dict__) */
    RT_TF_WEAKREF = 1 << 6,   /* instances may be weakly referenced */
    RT_TF_GC = 1 << 7,        /* instances get RT_OF_GC */
    RT_TF_FINALIZER = 1 << 8, /* has __del__ (finalize slot from Python) */
    RT_TF_SEQUENCE = 1 << 9,  /* match statement: collections.abc.Sequence */
    RT_TF_MAPPING = 1 << 10,
    RT_TF_NO_NEW = 1 << 11,   /* cannot be instantiated from Python */
    RT_TF_METHOD_DESCR = 1 << 12, /* descriptor that CALL_METHOD may bypass: function, method_descriptor */
    RT_TF_VARSIZED = 1 << 13, /* item_size != 0: no inline attribute slots after the body */
    RT_TF_SELF_MATCH = 1 << 14, /* match class pattern with one positional: the subject itself */
    RT_TF_READYING = 1 << 15, /* rt_type_ready is at it, or failed; looked at under its lock only */
    /* subclass facts, inherited */
    RT_TF_INT = 1 << 16, RT_TF_FLOAT = 1 << 17, RT_TF_STR = 1 << 18, RT_TF_BYTES = 1 << 19,
    RT_TF_LIST = 1 << 20, RT_TF_TUPLE = 1 << 21, RT_TF_DICT_SUB = 1 << 22, RT_TF_SET = 1 << 23,
    RT_TF_FROZENSET = 1 << 24, RT_TF_TYPE = 1 << 25, RT_TF_EXC = 1 << 26, RT_TF_COMPLEX = 1 << 27,
    RT_TF_BYTEARRAY = 1 << 28,
    /* Layers of streams, inherited: of streams that become garbage together, text is finalized first, so that what it
       has buffered can still go down. 0 for all other objects, whose finalizers may use streams. */
    RT_TF_TEXT_STREAM = 1 << 29, RT_TF_BUFFERED_STREAM = 2 << 29, RT_TF_STREAM_LAYER = 3 << 29, RT_TF_RAW_STREAM = 3 << 29,
};

/* Of next_pair; RT_PAIR_UNFIT: this one's items are no pairs, ask iternext. */
enum rt_pair_result { RT_PAIR_ERROR = -1, RT_PAIR_END, RT_PAIR_GOT, RT_PAIR_UNFIT };

struct rt_type {
    struct rt_object hdr;
    const char *name; /* tp_name: "module.qualname" for static types, plain name for heap types */
    const char *doc;
    _Atomic uint32_t flags; /* RT_TF_* */
    uint32_t basic_size;    /* bytes of the fixed part, header included */
    uint32_t item_size;     /* of a var-sized type; length is the first size_t after the header+8 */
    struct rt_type *base;
    /* lifetime. dealloc: drop references and raw memory, not the block: rt_object_dealloc does all
       else (finalizer, weakrefs, free). clear: drop references, leave a valid object (collector).
       dealloc NULL: clear is used. size: bytes of the block; NULL: basic_size rounded to slots. */
    void (*dealloc)(struct rt_thread *ts, struct rt_object *o);
    int (*traverse)(struct rt_object *o, rt_visit visit, void *arg);
    void (*clear)(struct rt_thread *ts, struct rt_object *o);
    void (*finalize)(struct rt_thread *ts, rt_value self); /* keeps a pending exception */
    bool (*finished)(const struct rt_object *o); /* opt, native types: true: dead o has nothing to finalize; not inherited */
    size_t (*size)(const struct rt_object *o);
    /* object */
    rt_unaryfn repr, str;
    int64_t (*hash)(struct rt_thread *ts, rt_value self); /* -1: error */
    rt_fn_kw call;
    rt_binaryfn getattro;                                                                /* name is a str */
    int (*setattro)(struct rt_thread *ts, rt_value self, rt_value name, rt_value v);     /* RT_NULL: del */
    rt_value (*richcompare)(struct rt_thread *ts, rt_value a, rt_value b, enum rt_cmp op);
    rt_unaryfn iter;
    rt_unaryfn iternext; /* RT_STOP when exhausted (ts->stop_value may hold StopIteration.value) */
    /* Iterators whose items are pairs: the parts of the next one, owned, without the tuple. Not inherited. */
    enum rt_pair_result (*next_pair)(struct rt_thread *ts, rt_value self, rt_value out[2]);
    rt_value (*descr_get)(struct rt_thread *ts, rt_value descr, rt_value obj, rt_value type); /* obj may be RT_NULL */
    int (*descr_set)(struct rt_thread *ts, rt_value descr, rt_value obj, rt_value v);
    int (*init)(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw);
    rt_value (*new)(struct rt_thread *ts, struct rt_type *type, const rt_value *args, uint32_t n, rt_value kw);
    rt_unaryfn convert; /* what Type(v) gives, in short; of this very class: not inherited. NULL: new, then init */
    /* numbers. pow and ipow have a third operand in `power` when not NULL */
    rt_binaryfn binary[RT_BIN_COUNT], inplace[RT_BIN_COUNT];
    rt_value (*power)(struct rt_thread *ts, rt_value a, rt_value b, rt_value mod);
    rt_unaryfn unary[RT_UN_COUNT];
    int (*truth)(struct rt_thread *ts, rt_value self); /* 1, 0, -1 */
    rt_unaryfn index, to_int, to_float;
    /* containers */
    int64_t (*len)(struct rt_thread *ts, rt_value self);         /* -1: error */
    rt_binaryfn getitem;                                          /* self[key], any key (mapping protocol) */
    int (*setitem)(struct rt_thread *ts, rt_value self, rt_value key, rt_value v); /* RT_NULL: del */
    rt_value (*sq_item)(struct rt_thread *ts, rt_value self, int64_t i); /* sequence protocol: i already adjusted */
    int (*sq_setitem)(struct rt_thread *ts, rt_value self, int64_t i, rt_value v);
    int (*contains)(struct rt_thread *ts, rt_value self, rt_value v); /* 1, 0, -1 */
    /* A list of what iterating over it gives, as of one moment: for C code that walks a container others may be changing.
       Not inherited. */
    rt_unaryfn snapshot;
    rt_binaryfn sq_concat, sq_inplace_concat;
    rt_value (*sq_repeat)(struct rt_thread *ts, rt_value self, int64_t n);
    rt_value (*sq_inplace_repeat)(struct rt_thread *ts, rt_value self, int64_t n);
    /* async; send returns the yielded value, or RT_STOP with ts->stop_value = result */
    rt_unaryfn await, aiter, anext;
    rt_binaryfn send;
    /* buffer protocol */
    int (*getbuffer)(struct rt_thread *ts, rt_value self, struct rt_buffer *view, int flags);
    void (*releasebuffer)(struct rt_thread *ts, rt_value self, struct rt_buffer *view);
    /* declarations of static types */
    const struct rt_method_def *methods;
    const struct rt_getset_def *getset;
    const struct rt_member_def *members;
    /* made by rt_type_ready; written under the type lock */
    struct rt_shape *shape;            /* root shape of instances */
    _Atomic uint32_t version;          /* changes whenever an attribute look-up may; 0 never valid */
    _Atomic uint32_t plain_class_version; /* the version in which __class__ was found to be object's */
    uint32_t restores;                 /* values replaced by others in `dict`, up to a few; Note [VARIABLE] */
    _Atomic uint64_t varying, variable; /* sets of names of such, by hash: what fillers and what writers go by */
    _Atomic uint32_t inline_hint;      /* inline attribute slots for new instances, from class history */
    rt_slot dict, bases, mro;          /* dict; tuple; tuple */
    struct rt_subclasses *subclasses;  /* direct ones, uncounted; under the type lock */
    struct rt_type_walk {              /* rt_type_walk_locked has been here; under the type lock */
        uint64_t seen;
        size_t at;
        struct rt_type *up, *next;
    } walk;
    uint64_t serial;                   /* order of being made, 0 before it is anyone's subclass; under the type lock */
    struct rt_interp *interp;          /* heap types: where it was made */
    uint32_t inst_offset;              /* where attribute storage begins in instances (the attribute
                                          word, then inline slots); 0 when none. A static type with
                                          RT_TF_DICT may preset it to an rt_slot inside its struct */
    uint32_t slots_count;              /* __slots__ members added by this type */
    uint32_t tail_slots;               /* var-sized: __slots__ members behind the body, those of bases included */
    /* heap types */
    rt_slot ht_name, ht_qualname, ht_module;
    struct rt_type *meta;              /* for static types declared with a metaclass other than type */
    void *native;                      /* free for the declaring module */
    _Atomic(struct rt_shape *) inst_shape; /* root shape for the next instance: follows inline_hint */
    /* what the nearest native type declared; traverse and clear above also cover attribute storage */
    int (*native_traverse)(struct rt_object *o, rt_visit visit, void *arg);
    void (*native_clear)(struct rt_thread *ts, struct rt_object *o);
    rt_slot ht_slots;                  /* heap types: tuple of mangled __slots__ names, or RT_NULL */
};

RT_INLINE bool rt_type_has(const struct rt_type *t, uint32_t flag)
{
    return (rt_load_relaxed(&t->flags) & flag) != 0;
}
RT_INLINE struct rt_type *rt_as_type(rt_value v) { return (struct rt_type *)rt_ptr(v); }
RT_INLINE rt_value rt_type_value(const struct rt_type *t) { return rt_borrow(t); } /* deferred or immortal: storable */
RT_INLINE bool rt_has(rt_value v, uint32_t flag) { return rt_type_has(rt_type_of(v), flag); }
RT_INLINE bool rt_is_type(rt_value v) { return rt_has(v, RT_TF_TYPE); }
/* Exact type test: one compare of the shape id for builtins. */
RT_INLINE bool rt_is_exact(rt_value v, const struct rt_type *t)
{
    return rt_is_ptr(v) && rt_type_of_obj(rt_ptr(v)) == t;
}

/* Static header initialiser: .hdr = RT_STATIC_TYPE_HDR */
#define RT_STATIC_TYPE_HDR { .local = 1, .owner = RT_TOK_IMMORTAL, .flags = RT_OF_GC }

/* [start-up or attached; py for heap types; raises] Compute MRO, inherit slots, add descriptors. */
int rt_type_ready(struct rt_thread *ts, struct rt_type *t);
/* The same for a type some of whose tables are put together first: fill runs once, under the lock of readying. */
int rt_type_ready_filled(struct rt_thread *ts, struct rt_type *t, void (*fill)(void));
/* [attached; nopy; new ref; raises] New zeroed instance of t (fixed size), or with n items. */
rt_value rt_type_alloc(struct rt_thread *ts, struct rt_type *t);
rt_value rt_type_alloc_var(struct rt_thread *ts, struct rt_type *t, size_t n);
/* The same for a var-sized t (maybe a subclass with an attribute word) whose native body has this many
   bytes, as its size slot will say; payload zeroed. */
rt_value rt_type_alloc_bytes(struct rt_thread *ts, struct rt_type *t, size_t native_bytes);
/* [attached; nopy; NULL on MemoryError] The same for exact static types without attribute slots:
   payload uninitialised. */
RT_INLINE void *rt_object_new(struct rt_thread *ts, const struct rt_type *t, size_t size)
{
    return rt_block_alloc(ts, size, t->shape->id,
                          rt_load_relaxed(&t->flags) & RT_TF_GC ? RT_OF_GC : 0);
}
bool rt_type_is_subtype(const struct rt_type *t, const struct rt_type *base);
/* Look name (interned str) up along the MRO: owned word, RT_NULL and no exception when absent.
   Lock-free through the method cache. */
rt_value rt_type_lookup(struct rt_thread *ts, struct rt_type *t, rt_value name);
/* [attached; py; raises] class attribute store with invalidation; v RT_NULL deletes. */
int rt_type_setattr(struct rt_thread *ts, struct rt_type *t, rt_value name, rt_value v);
/* type(name, bases, ns, **kw) as the class statement uses it. */
rt_value rt_type_new(struct rt_thread *ts, struct rt_type *meta, const rt_value *args, uint32_t n, rt_value kw);
/* [attached; py; new ref; raises] Make a heap type in C: name "module.Name". slots from `like`. */
rt_value rt_type_derive(struct rt_thread *ts, const char *name, rt_value bases, rt_value dict);
const char *rt_type_shortname(const struct rt_type *t);          /* after the last dot: for messages */
RT_INLINE const char *rt_typename(rt_value v) { return rt_type_of(v)->name; }

extern struct rt_type rt_object_type, rt_type_type, rt_super_type, rt_property_type, rt_classmethod_type,
    rt_staticmethod_type, rt_none_type, rt_notimpl_type, rt_ellipsis_type, rt_int_type, rt_bool_type,
    rt_float_type, rt_complex_type, rt_str_type, rt_bytes_type, rt_bytearray_type, rt_memoryview_type,
    rt_list_type, rt_tuple_type, rt_dict_type, rt_set_type, rt_frozenset_type, rt_slice_type,
    rt_range_type, rt_function_type, rt_method_type, rt_builtin_type, rt_method_descr_type,
    rt_wrapper_descr_type, rt_method_wrapper_type, rt_getset_descr_type, rt_member_descr_type,
    rt_classmethod_descr_type, rt_code_type, rt_frame_type, rt_traceback_type, rt_generator_type,
    rt_coroutine_type, rt_async_gen_type, rt_cell_type, rt_module_type, rt_mappingproxy_type,
    rt_enumerate_type, rt_zip_type, rt_map_type, rt_filter_type, rt_reversed_type, rt_weakref_type,
    rt_dict_keys_type, rt_dict_values_type, rt_dict_items_type, rt_generic_alias_type, rt_union_type,
    rt_namespace_type;

#endif
