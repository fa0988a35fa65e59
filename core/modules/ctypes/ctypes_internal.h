/* SPDX-License-Identifier: MIT */
/*
 * _ctypes: what its files share.
 *
 * A C type is a class whose metaclass is one of ours. Such a class object is a struct ct_type: what the C type
 * looks like hangs on it as a struct ct_layout that never changes once it is published. Setting _fields_ or
 * _type_ publishes a new one; earlier ones stay until the class dies, for a thread may be reading them.
 *
 * An instance is a struct ct_data. It shows `size` bytes at `ptr`: its own (in the object itself when they are
 * few, else a block of its own), or a part of another instance's (`base` keeps that one alive), or memory that
 * somebody else answers for (from_address). resize() gives a new block and keeps the old ones to the end of the
 * instance's life, so an address once seen stays readable. Bytes are read and written without a lock: two threads
 * may tear a value, as in C.
 *
 * Memory cannot keep Python objects alive. What was stored by address is put in `objects` of the instance at the
 * root of the chain of bases: the object itself where there is one place only, else a dict from the place
 * ("2:0:1", hexadecimal, innermost first) to it. That is `_objects`, which programs look at.
 *
 * Note [KEEP] A dict cannot change in one step with memory. So while more threads run, each place has a cell in
 * `cells` as well: the bytes are written and the cell's content is exchanged in one section of the root, in which
 * nothing detaches; the old content is dropped afterwards. Who follows an address that another thread may replace
 * reads it and what it points to in such a section, too. What `objects` holds beyond that is never too little.
 *
 * A function's signature (argument converters, result, the prepared call) is a struct ct_sig, again immutable:
 * setting argtypes or restype makes a new one, a call holds the one that it began with.
 *
 * data.c instances; layout.c layouts, what all metaclasses share; meta.c the metaclasses; struct.c _fields_;
 * field.c descriptors; simple.c the one-letter codes; sequence.c arrays and pointers; param.c values as
 * arguments; func.c function objects; call.c the call; callback.c Python functions as C functions.
 */
#ifndef RT_MODULES_CTYPES_INTERNAL_H
#define RT_MODULES_CTYPES_INTERNAL_H

#include <ffi.h>

#include "core/modules/lazy/lazy.h"
#include "core/modules/modules.h"

enum ct_kind { CT_NONE, CT_SIMPLE, CT_STRUCT, CT_UNION, CT_ARRAY, CT_POINTER, CT_FUNCPTR };
enum { /* of a layout */
    CT_IS_POINTER = 1,
    CT_HAS_POINTER = 2, /* in a part of it */
    CT_HAS_UNION = 4,
    CT_HAS_BITS = 8,
};
enum ct_class { CT_CLS_NONE, CT_CLS_SSE, CT_CLS_INT, CT_CLS_X87 }; /* registers that a small structure goes in; the bigger wins */
enum { CT_FUNC_CDECL = 1, CT_FUNC_PYTHONAPI = 4, CT_FUNC_ERRNO = 8, CT_FUNC_LASTERROR = 16, CT_MAX_ARGS = 1024 };

/* One of the codes that _type_ of a simple type may be. */
struct ct_code {
    char code, pep;   /* pep: in buffer formats */
    uint8_t size;
    bool swappable;   /* has a type of the other byte order */
    bool integer;
    ffi_type *ffi;
    enum ct_class cls;
};
struct ct_layout {
    struct ct_layout *prev;
    enum ct_kind kind;
    bool direct;               /* simple, and derived from _SimpleCData itself: reads as a Python value */
    bool swapped;              /* simple: the other byte order */
    bool plain_int;            /* simple: an integer in the machine's byte order */
    const struct ct_code *code; /* simple; else NULL */
    uint8_t cls[4];            /* enum ct_class of each four bytes, when size <= 16 */
    uint32_t flags;
    int64_t size, align, length; /* length: of _objects' keys; items of an array, fields of a structure */
    rt_value proto;            /* array, pointer: type of the items; simple: the code as a str. Or RT_NULL. Owned */
    rt_value sig;              /* functions: struct ct_sig or RT_NULL; owned */
    uint32_t func_flags;
    char *format;              /* of buffers; raw memory */
    int ndim;
    int64_t *shape;            /* raw memory */
    ffi_type ffi;              /* as an argument or a result */
    ffi_type **elements;       /* raw memory */
};
struct ct_type {
    struct rt_type type;
    _Atomic(struct ct_layout *) layout; /* NULL: abstract */
    _Atomic bool final;        /* used: _fields_ cannot be set any more */
    rt_slot arrays;            /* dict: length -> weak reference to the array type */
};
struct ct_block { struct ct_block *next; char data[] __attribute__((aligned(16))); };
enum { CT_OWN = 16 };          /* bytes in the object itself */
struct ct_data {
    struct rt_object hdr;
    char *_Atomic ptr;
    _Atomic int64_t size;      /* written before ptr when it shrinks, after it when it grows */
    rt_slot base, objects, cells;
    int64_t index;             /* place in base; constant after init */
    struct ct_block *_Atomic blocks; /* own memory, newest first; NULL: none, or in own */
    char own[CT_OWN];          /* at a multiple of 8 */
};
struct ct_func {
    struct ct_data d;
    rt_slot sig;               /* struct ct_sig; RT_NULL: the class's */
    rt_slot errcheck, paramflags, callable, thunk;
};
struct ct_field {              /* _ctypes.CField: a descriptor in the class; constant after publication */
    struct rt_object hdr;
    int64_t offset, size, index;
    uint8_t low, bits;         /* of a bit field; bits 0: none */
    char text;                 /* 's' or 'U': an array of characters that reads as text; or 0 */
    _Atomic bool anonymous;
    rt_value proto;
};
union ct_word { signed char b; short h; int i; long l; long long q; long double g; double d; float f; void *p; wchar_t u; char bytes[16]; };
struct ct_carg {               /* CArgObject: what from_param and byref give */
    struct rt_object hdr;
    ffi_type *ffi;
    char tag;
    union ct_word value __attribute__((aligned(16)));
    rt_value obj;              /* kept alive, or RT_NULL */
    int64_t size;              /* of a structure */
};
/* An argument ready for the call. */
struct ct_arg {
    ffi_type *ffi;
    void *at;                  /* where the value is: &word, or a structure */
    union ct_word word;
    rt_value keep;             /* owned, or RT_NULL */
};
struct ct_sig {
    struct rt_object hdr;
    uint32_t n;
    rt_value argtypes;         /* tuple or RT_NULL: not declared */
    rt_value converters;       /* tuple of from_param's, with argtypes */
    rt_value restype;          /* type, callable, None; RT_NULL: not declared */
    rt_value checker;          /* its _check_retval_ or RT_NULL */
    struct ct_type **fast;     /* n: types whose from_param is our own, else NULL. Raw memory */
    ffi_type **ffi;            /* n: what the arguments are expected to be */
    ffi_type *rffi;
    ffi_cif cif;               /* for arguments that are as expected */
    bool prepared;
};

extern struct rt_type ct_struct_meta, ct_union_meta, ct_pointer_meta, ct_array_meta, ct_simple_meta, ct_func_meta;
extern struct rt_type ct_capsule_type; /* capsule.c */
extern struct rt_type ct_data_type, ct_carg_type, ct_field_type, ct_thunk_type, ct_sig_type,
    ct_cell_type;
extern struct ct_type ct_struct_type, ct_union_type, ct_pointer_type, ct_array_type, ct_simple_type, ct_funcptr_type;

#define CT_DATA(v) ((struct ct_data *)rt_ptr(v))
#define CT_TYPE(v) ((struct ct_type *)rt_ptr(v))

/* ---- layout.c ---- */
int ct_meta_traverse(struct rt_object *o, rt_visit visit, void *arg);
void ct_meta_clear(struct rt_thread *ts, struct rt_object *o);
void ct_meta_dealloc(struct rt_thread *ts, struct rt_object *o);
/* v is a class of ours; abstract ones too. */
RT_INLINE bool ct_is_type(rt_value v) { return rt_is_ptr(v) && rt_type_of_obj(rt_ptr(v))->native_traverse == ct_meta_traverse; }
RT_INLINE struct ct_layout *ct_layout(const struct ct_type *t) { return rt_load_acquire(&((struct ct_type *)t)->layout); }
/* Of a class, NULL if v is none or abstract. */
RT_INLINE struct ct_layout *ct_layout_of(rt_value v) { return ct_is_type(v) ? ct_layout(CT_TYPE(v)) : NULL; }
struct ct_layout *ct_layout_new(struct rt_thread *ts, enum ct_kind kind); /* [raises] zeroed, format NULL */
void ct_layout_free(struct rt_thread *ts, struct ct_layout *l);
void ct_layout_publish(struct ct_type *t, struct ct_layout *l);           /* consumes l */
struct ct_layout *ct_layout_clone(struct rt_thread *ts, const struct ct_layout *from);
RT_INLINE void ct_set_final(struct ct_type *t)
{
    if (!rt_load_relaxed(&t->final))
        rt_store_release(&t->final, true);
}
extern const struct rt_method_def ct_meta_methods[]; /* from_address and so on; from_param is each one's own */
rt_value ct_meta_repeat(struct rt_thread *ts, rt_value self, int64_t n);
rt_value ct_array_type_of(struct rt_thread *ts, rt_value item, int64_t length); /* item * length */
rt_value ct_pointer_type_to(struct rt_thread *ts, rt_value cls);                /* POINTER(cls) */
rt_value ct_pointer_cache(struct rt_thread *ts);                                /* owned dict */
char *ct_format(struct rt_thread *ts, const char *a, const char *b);            /* raw memory; a and b joined */
char *ct_format_shape(struct rt_thread *ts, int ndim, const int64_t *shape, const char *prefix, const char *item);

/* ---- data.c ---- */
int ct_data_traverse(struct rt_object *o, rt_visit visit, void *arg);
int ct_func_traverse(struct rt_object *o, rt_visit visit, void *arg);
RT_INLINE bool ct_is_data(rt_value v)
{
    if (!rt_is_ptr(v))
        return false;
    int (*f)(struct rt_object *, rt_visit, void *) = rt_type_of_obj(rt_ptr(v))->native_traverse;
    return f == ct_data_traverse || f == ct_func_traverse;
}
RT_INLINE bool ct_is_func(rt_value v) { return rt_is_ptr(v) && rt_type_of_obj(rt_ptr(v))->native_traverse == ct_func_traverse; }
/* The layout of an instance's class: not NULL. */
RT_INLINE struct ct_layout *ct_data_layout(rt_value v) { return ct_layout((struct ct_type *)rt_type_of_obj(rt_ptr(v))); }
RT_INLINE char *ct_ptr(rt_value v) { return rt_load_acquire(&CT_DATA(v)->ptr); }
/* Where an instance of a pointer or function type points to. */
RT_INLINE void *ct_target(rt_value v)
{
    void *p;
    rt_racy_copy(&p, ct_ptr(v), sizeof p);
    return p;
}
rt_value ct_data_new(struct rt_thread *ts, struct ct_type *t);             /* zeroed memory; "abstract class" */
rt_value ct_data_at(struct rt_thread *ts, struct ct_type *t, rt_value base, int64_t index, char *at);
rt_value ct_data_copy(struct rt_thread *ts, struct ct_type *t, const void *from);
rt_value ct_new(struct rt_thread *ts, struct rt_type *t, const rt_value *args, uint32_t n, rt_value kw);
struct ct_data *ct_root(rt_value v);                                      /* at the end of the chain of bases */
rt_value ct_objects(struct rt_thread *ts, rt_value v);                     /* what keeps v's pointers alive; made if it has places */
int ct_keep(struct rt_thread *ts, rt_value v, int64_t index, rt_value owned); /* along with nothing. None: nothing. Consumes */
/* A part of inst, or of what inst, a pointer, points to. */
struct ct_place { rt_value inst; int64_t index, offset; bool follow; };
/* Read and write what is there, of type proto. */
rt_value ct_get(struct rt_thread *ts, rt_value proto, const struct ct_place *at);
int ct_set(struct rt_thread *ts, rt_value proto, const struct ct_place *at, rt_value v);
rt_value ct_load_at(struct rt_thread *ts, const struct ct_layout *l, const struct ct_place *at); /* l: simple */
/* n bytes to the place; what keeps them valid is owned and consumed (None: nothing). */
int ct_commit(struct rt_thread *ts, const struct ct_place *at, const void *from, size_t n, rt_value owned);
/* Where it is now; NULL with ValueError where a pointer points nowhere. Stays valid while Note [KEEP] says. */
char *ct_place_now(struct rt_thread *ts, const struct ct_place *at);
rt_value ct_resize(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n);
void ct_extend_error(struct rt_thread *ts, struct rt_type *cls, const char *prefix); /* the pending one as text of cls */
rt_value ct_unpickle(struct rt_thread *ts, rt_value module, const rt_value *a, uint32_t n);

/* ---- simple.c ---- */
const struct ct_code *ct_code_find(char c);
#define CT_CODES "cbBhHiIlLdfuzZqQPXOv?g"
rt_value ct_load(struct rt_thread *ts, const struct ct_code *c, bool swapped, const char *at);
/* Owned thing to keep alive, or None; RT_NULL: error. */
rt_value ct_store(struct rt_thread *ts, const struct ct_code *c, bool swapped, char *at, rt_value v);
/* v, an immediate int, into an integer's place. False: ask ct_store. */
RT_INLINE bool ct_store_int(const struct ct_layout *l, char *at, rt_value v)
{
    if (!l->plain_int || !rt_is_int(v))
        return false;
    int64_t i = rt_int_get(v);
    switch (l->size) {
    case 1: rt_racy_copy(at, &i, 1); break;
    case 2: rt_racy_copy(at, &i, 2); break;
    case 4: rt_racy_copy(at, &i, 4); break;
    default: rt_racy_copy(at, &i, 8);
    }
    return true;
}
rt_value ct_load_text(struct rt_thread *ts, char code, const char *at, int64_t size);           /* 's', 'U' */
int ct_store_text(struct rt_thread *ts, char code, char *at, int64_t size, rt_value v);
rt_value ct_load_bits(struct rt_thread *ts, const struct ct_layout *l, const char *at, int low, int bits);
int ct_store_bits(struct rt_thread *ts, const struct ct_layout *l, char *at, int low, int bits, rt_value v);
rt_value ct_wide(struct rt_thread *ts, const wchar_t *w, size_t n);        /* str */
rt_value ct_widen(struct rt_thread *ts, rt_value str);                     /* bytes that hold it as wchar_t, with NUL */
/* part's classes at offset, added to those of whole (struct.c). */
void ct_add_classes(struct ct_layout *whole, const struct ct_layout *part, int64_t offset);
extern ffi_type ct_ffi_void, ct_ffi_pointer, ct_ffi_int, ct_ffi_u64, ct_ffi_float, ct_ffi_double, ct_ffi_longdouble;
void ct_put_word(char *at, rt_value v); /* an object as a word in memory, and back; RT_NULL: none */
rt_value ct_take_word(struct rt_thread *ts, const char *at);

/* ---- struct.c, field.c ---- */
int ct_set_fields(struct rt_thread *ts, struct ct_type *t, rt_value fields, bool is_struct);
rt_value ct_field_new(struct rt_thread *ts, const struct ct_field *like); /* copies; new reference to proto */
int ct_struct_setattr(struct rt_thread *ts, rt_value self, rt_value name, rt_value v);
int ct_union_setattr(struct rt_thread *ts, rt_value self, rt_value name, rt_value v);

/* ---- meta.c ---- */
int ct_pointer_set_proto(struct rt_thread *ts, struct ct_type *t, rt_value proto);

/* Number of positional arguments, in the words of PyArg_ParseTuple; fname NULL: a function that says no name. 0, -1 */
int ct_count(struct rt_thread *ts, const char *fname, uint32_t n, uint32_t min, uint32_t max);

/* ---- sequence.c ---- */
extern const struct rt_getset_def ct_char_array_getset[], ct_wide_array_getset[];

/* ---- param.c ---- */
/* The from_param of t, as every metaclass has it. */
rt_value ct_from_param(struct rt_thread *ts, rt_value t, rt_value v);
/* An argument out of a value that is fit to be one. number: for messages. 0, -1 */
int ct_arg(struct rt_thread *ts, rt_value v, uint32_t number, struct ct_arg *out);
/* The same through from_param of t. */
int ct_arg_as(struct rt_thread *ts, struct ct_type *t, rt_value v, uint32_t number, struct ct_arg *out);
rt_value ct_byref(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n);
rt_value ct_carg_for(struct rt_thread *ts, rt_value v, int64_t offset);

/* ---- func.c, call.c, callback.c ---- */
rt_value ct_sig_new(struct rt_thread *ts, rt_value argtypes, rt_value restype); /* RT_NULL: not declared. [raises] */
rt_value ct_func_sig(struct rt_thread *ts, rt_value f);        /* owned, or RT_NULL without an exception */
ffi_type *ct_result_ffi(rt_value restype);
rt_value ct_call(struct rt_thread *ts, void *f, const struct ct_sig *sig, uint32_t flags, const rt_value *args, uint32_t n);
struct rt_type *ct_argument_error(struct rt_thread *ts);
int *ct_errno(struct rt_thread *ts);                           /* this thread's copy of errno */
/* A C function that calls f; *entry is its address. The object keeps it. */
rt_value ct_thunk_new(struct rt_thread *ts, rt_value f, const struct ct_sig *sig, uint32_t flags, void **entry);


/* ---- pythonapi.c ---- */
extern _Atomic int Py_OptimizeFlag __attribute__((visibility("default")));

#endif
