/* SPDX-License-Identifier: MIT */
/*
 * Frames and functions. A frame lives on the thread's value stack, or inside its generator; it becomes
 * a Python frame object only when somebody asks (traceback, sys._getframe, tracing).
 */
#ifndef RT_EVAL_FRAME_H
#define RT_EVAL_FRAME_H

#include "core/eval/code.h"
#include "core/object/native.h"

struct rt_frame_object;

enum {
    RT_FR_ENTRY = 1,     /* called from C: RETURN leaves the evaluator loop */
    RT_FR_INIT = 2,      /* frame of __init__: the caller gets `self` kept in ret_self, result must be None */
    RT_FR_GEN = 4,       /* embedded in a generator */
    RT_FR_NAMESPACE = 8, /* `locals` owned by the frame */
    RT_FR_OWNS_FUNC = 16, /* func word is owned by the frame */
    RT_FR_FOR = 32,      /* generator resumed by FOR_ITER: STOP goes there */
    RT_FR_SEND = 64,     /* generator resumed by YIELD_FROM */
    RT_FR_OPERATOR = 256, /* special method of an operand of the caller's instruction: ret >> 8 is enum rt_special */
    RT_FR_NEXT = 512,     /* __next__ of the iterator of the caller's FOR_ITER: StopIteration ends the loop */
    RT_FR_DELEGATING = 128, /* suspended inside YIELD_FROM: pc points at it */
};

struct rt_frame {
    struct rt_frame *prev;           /* caller, whether Python or across C */
    uint32_t *pc;                    /* next word; set at every point that can raise or stop */
    struct rt_code *code;
    rt_value func;                   /* struct rt_function; borrowed unless RT_FR_OWNS_FUNC */
    rt_value locals;                 /* namespace of module, class, exec code; else RT_NULL */
    struct rt_frame_object *object;  /* materialised, owned word behind it, or NULL */
    uint32_t flags;
    uint32_t ret;                    /* caller's register for the result */
    union {
        rt_value self;               /* RT_FR_INIT: the new instance (owned) */
        void *c_stack;               /* RT_FR_ENTRY: the machine stack where the loop's own frame begins (Note [BARE]) */
    };
    rt_value regs[];
};

struct rt_function {
    struct rt_object hdr;
    struct rt_code *_Atomic code_ptr; /* of `code`, for the fast path: read once by rt_function_code */
    rt_value globals_word, builtins_word; /* dicts; constant */
    rt_value closure;                /* tuple of cells or RT_NULL; constant */
    rt_slot code, name, qualname, doc, defaults, kwdefaults, annotations, dict, module;
};

struct rt_cell { struct rt_object hdr; rt_slot content; /* RT_UNDEF when empty */ };

struct rt_method { struct rt_object hdr; rt_value func, self; };

/* A Python frame object. While the frame runs, `frame` points to it; afterwards the named registers have been
   moved into `saved`. */
struct rt_frame_object {
    struct rt_object hdr;
    struct rt_frame *_Atomic frame;  /* running or suspended; NULL when finished: see saved. Note [LOOK] in frame.c */
    rt_slot func, back, locals;      /* back: frame object, filled when the frame ends */
    struct rt_code *code;
    uint32_t *pc;                    /* when finished */
    rt_value *saved;                 /* locals and cells, owned; NULL: none, or cleared; under the object's section */
    rt_slot trace;                   /* f_trace */
    _Atomic bool trace_lines, trace_opcodes;
    _Atomic bool of_generator;       /* frame is, or was, the one inside a generator */
    int32_t lineno_override;         /* set by a debugger: jump */
    int32_t last_line;               /* tracing: line and word of the latest event */
    uint32_t raised_at;              /* word after the instruction whose exception a handler got last */
    uint32_t last_at;
    uint32_t *jump_to;               /* f_lineno was assigned: where to go on */
    uint32_t jump_from;              /* word the jump starts from */
    uint8_t event;                   /* tracing: enum rt_event of the hook in progress */
    rt_slot f_locals;                /* snapshot dict of f_locals */
    rt_slot graveyard;               /* list: words a debugger replaced that callees may have borrowed */
};

/* lasti: -2 - the index of a word; from -1 up what Python gave */
struct rt_traceback { struct rt_object hdr; rt_slot next; rt_value frame; int32_t lasti, lineno; };

/* Generator, coroutine, async generator. */
struct rt_generator {
    struct rt_object hdr;
    _Atomic uint8_t state;           /* RT_GEN_* */
    _Atomic bool closed_once, hooks_inited, ag_running;
    struct rt_exc_item exc_item;     /* the exception it is handling; linked into ts while it runs */
    rt_slot name, qualname, origin;
    struct rt_code *code;
    rt_value func_owned;
    size_t block_size;
    struct rt_frame frame;           /* with code->nregs registers */
};
enum { RT_GEN_CREATED, RT_GEN_SUSPENDED, RT_GEN_RUNNING, RT_GEN_DONE };

/* The evaluator's types, NULL-ended, for the type room to ready; rt_async_gen_init comes first. */
extern struct rt_type *const rt_eval_types[];
int rt_async_gen_init(struct rt_thread *ts);

RT_INLINE struct rt_function *rt_as_function(rt_value v) { return (struct rt_function *)rt_ptr(v); }
/* Its frame runs this code whatever happens to __code__ meanwhile: code dies in collections, which see frames. */
RT_INLINE struct rt_code *rt_function_code(rt_value v) { return rt_load_acquire(&rt_as_function(v)->code_ptr); }
RT_INLINE bool rt_is_function(rt_value v) { return rt_is_exact(v, &rt_function_type); }

/* [attached; nopy; new ref; raises] globals: dict. Sets __module__, __builtins__ look-up. */
rt_value rt_function_new(struct rt_thread *ts, rt_value code, rt_value globals, rt_value qualname);
rt_value rt_cell_new(struct rt_thread *ts, rt_value owned_or_undef);
rt_value rt_method_new(struct rt_thread *ts, rt_value func, rt_value self);
/* exec(code, globals, locals): locals RT_NULL means globals. */
rt_value rt_eval_code(struct rt_thread *ts, rt_value code, rt_value globals, rt_value locals, rt_value closure);
/* Body of a class statement: run func in namespace ns; what it returns (class cell or None). */
rt_value rt_eval_class_body(struct rt_thread *ts, rt_value func, rt_value ns);
/* The frame object of a frame; borrowed word owned by the frame. NULL with MemoryError. */
struct rt_frame_object *rt_frame_materialize(struct rt_thread *ts, struct rt_frame *f);
/* The same of a frame that may be another thread's: g the generator it is in, if it is not DONE. Owned, RT_NONE, or
   RT_NULL with MemoryError. [may detach] */
rt_value rt_generator_frame_object(struct rt_thread *ts, struct rt_generator *g);
/* [mt] f is on the stack of ts, or run by it: nobody else touches it. */
bool rt_frame_runs_here(struct rt_thread *ts, const struct rt_frame *f);
/* Nobody else runs g or will do so before the next safepoint of ts; or else the world is stopped and *stopped set: to be
   undone by rt_look_end. [may detach] */
void rt_generator_look(struct rt_thread *ts, struct rt_generator *g, bool *stopped);
void rt_look_end(struct rt_thread *ts, bool stopped);
/* Innermost frame with Python code, or NULL. */
RT_INLINE struct rt_frame *rt_frame_current(struct rt_thread *ts) { return ts->frame; }
int rt_frame_lineno(const struct rt_frame *f);
int rt_frame_lineno_in_signal(const struct rt_frame *f); /* never allocates */
/* After a trace function: the snapshot's values into the registers. */
int rt_frame_locals_to_fast(struct rt_thread *ts, struct rt_frame *f);
rt_value rt_frame_globals_borrowed(const struct rt_frame *f);
rt_value rt_frame_builtins_borrowed(const struct rt_frame *f);
/* locals() of a frame: namespace, or a fresh snapshot dict for function frames. New ref. */
rt_value rt_frame_locals(struct rt_thread *ts, struct rt_frame *f);
/* Add a traceback entry for f to the pending exception. */
int rt_traceback_add(struct rt_thread *ts, struct rt_frame *f);
/* The exception being handled (sys.exception()), borrowed, or RT_NULL. */
rt_value rt_exc_handled_borrowed(struct rt_thread *ts);
int rt_traceback_print(struct rt_thread *ts, rt_value tb, rt_value file);
/* The lines of a traceback.StackSummary, as the interpreter shows them. [attached; py; new ref; raises] */
rt_value rt_traceback_text(struct rt_thread *ts, rt_value stack);
int rt_traceback_print_plain(struct rt_thread *ts, rt_value tb, rt_value file); /* without the library */

#endif
