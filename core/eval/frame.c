/* SPDX-License-Identifier: MIT */
/*
 * Frames: allocation on the value stack, release, and Python frame objects made on demand.
 *
 * A frame object of a running frame only points at it (`frame`); when the frame ends while somebody holds
 * the object, the registers move into `saved`. So looking at a frame costs nothing unless it is kept.
 *
 * Note [LOOK] A frame belongs to the thread that runs it: it writes pc, registers and flags plainly. Another thread that
 * has the frame object (sys._current_frames, a traceback, gi_frame) looks at the frame with the world stopped, and copies
 * what it wants. `frame` becomes NULL after `saved` and `pc` were written, so a finished frame needs no stop.
 */
#include "core/eval/eval_internal.h"
#include "core/object/instance.h"
#include "core/seam/backend.h"
#include "core/thread/thread.h"
#include "alloc/heap.h"

int rt_frame_overflow(struct rt_thread *ts, struct rt_code *code)
{
    rt_raise(ts, &rt_exc_RecursionError, "maximum recursion depth exceeded");
    return -1;
}

struct rt_frame *rt_frame_alloc(struct rt_thread *ts, struct rt_code *code, rt_value func)
{
    struct rt_frame *f = (struct rt_frame *)ts->stack_top;
    rt_value *end = f->regs + code->nregs;
    if (rt_code_ready(ts, code) < 0)
        return NULL;
    if (rt_unlikely(!rt_stack_has_room(ts, end)) ||
        rt_unlikely(ts->py_depth >= rt_load_relaxed(&ts->py_depth_limit))) {
        rt_frame_overflow(ts, code);
        return NULL;
    }
    f->prev = ts->frame;
    f->pc = code->words;
    f->code = code;
    f->func = rt_newref(ts, func);
    f->locals = RT_NULL;
    f->object = NULL;
    f->flags = RT_FR_OWNS_FUNC;
    f->ret = 0;
    f->self = RT_NULL;
    for (rt_value *r = f->regs; r < end; r++)
        *r = RT_UNDEF;
    ts->stack_top = end;
    ts->py_depth++;
    return f;
}

static rt_value own_register(struct rt_thread *ts, rt_value v)
{
    return rt_is_counted(v) ? v : rt_newref(ts, v);
}

/* Locals and cells: what a finished frame keeps for its object. */
static uint32_t named_registers(const struct rt_code *code) { return code->nlocals + code->ncells; }

/* Temporaries stay behind and die with the frame: the one that held an exception being raised would make a cycle of
   it, its traceback and this frame. */
void rt_frame_detach_object(struct rt_thread *ts, struct rt_frame *f)
{
    struct rt_frame_object *o = f->object;
    f->object = NULL;
    o->pc = f->pc;
    if (rt_object_is_unique(ts, &o->hdr)) { /* nobody but the frame: no need to keep anything */
        rt_store_relaxed(&o->frame, NULL);
        rt_decref_obj(ts, o);
        return;
    }
    uint32_t n = named_registers(f->code);
    rt_value *named = f->regs + f->code->local_base;
    rt_value *saved = n ? rt_raw_malloc(n * sizeof(rt_value)) : NULL;
    for (uint32_t i = 0; i < n && saved; i++) {
        saved[i] = own_register(ts, named[i]);
        named[i] = RT_UNDEF;
    }
    o->saved = saved;
    if (!(f->flags & RT_FR_GEN) && f->prev) {
        struct rt_frame_object *back = rt_frame_materialize(ts, f->prev);
        if (back)
            rt_slot_set(ts, &o->back, rt_newref_obj(ts, back));
        else
            rt_exc_clear(ts);
    }
    if (f->locals.bits)
        rt_slot_set(ts, &o->locals, rt_newref(ts, f->locals));
    rt_store_release(&o->frame, NULL);
    rt_decref_obj(ts, o);
}

/* [world stopped] The objects that running frames have counts of: what is reached from them need not be found alive by
   trial deletion. A register with an owned word is never stale, or the frame's end would drop a count too much. */
int rt_frame_roots(struct rt_interp *in, int (*visit)(rt_value, void *), void *arg)
{
    for (struct rt_thread *t = in->threads; t; t = t->next)
        for (struct rt_frame *f = t->frame; f; f = f->prev)
            for (uint32_t i = 0; i < f->code->nregs; i++) {
                rt_value v = f->regs[i];
                int r;
                if (RT_REG_COUNTED(v) && rt_block_is_live(rt_ptr(v)) && (r = visit(v, arg)))
                    return r;
            }
    return 0;
}

void rt_frame_release(struct rt_thread *ts, struct rt_frame *f)
{
    struct rt_code *code = f->code;
    if (f->object)
        rt_frame_detach_object(ts, f);
    for (uint32_t i = 0; i < code->nregs; i++) {
        rt_value v = f->regs[i];
        f->regs[i] = RT_UNDEF;
        if (RT_REG_COUNTED(v))
            rt_decref_obj(ts, rt_ptr(v));
    }
    if (f->object) /* a finalizer asked for the frame meanwhile */
        rt_frame_detach_object(ts, f);
    if (f->locals.bits) {
        rt_value l = f->locals;
        f->locals = RT_NULL;
        if (f->flags & RT_FR_NAMESPACE)
            rt_decref(ts, l);
    }
    if (f->flags & RT_FR_OWNS_FUNC) {
        rt_value fn = f->func;
        f->func = rt_borrowed(fn);
        f->flags &= ~(uint32_t)RT_FR_OWNS_FUNC;
        rt_decref(ts, fn);
    }
    if (f->flags & RT_FR_GEN)
        f->func = RT_NULL; /* the frame lives on in its generator, which the collector visits */
}

struct rt_frame_object *rt_frame_materialize(struct rt_thread *ts, struct rt_frame *f)
{
    if (f->object)
        return f->object;
    struct rt_frame_object *o = rt_object_new(ts, &rt_frame_type, sizeof(*o));
    if (!o)
        return NULL;
    memset((char *)o + sizeof(struct rt_object), 0, sizeof(*o) - sizeof(struct rt_object));
    rt_store_relaxed(&o->frame, f);
    rt_store_relaxed(&o->of_generator, (f->flags & RT_FR_GEN) != 0);
    o->code = f->code;
    rt_slot_init(&o->func, rt_newref(ts, f->func));
    rt_store_relaxed(&o->trace_lines, true);
    o->raised_at = 0;
    o->last_at = f->pc == f->code->words ? (uint32_t)-1 : (uint32_t)(f->pc - f->code->words) - 1; /* executed last */
    f->object = o;
    return o;
}

/* ---- Note [LOOK] ---- */
bool rt_frame_runs_here(struct rt_thread *ts, const struct rt_frame *f)
{
    const rt_value *p = (const rt_value *)f;
    if (p >= ts->stack_base && p < ts->stack_base + ts->stack_words)
        return true;
    int limit = 200;
    for (const struct rt_frame *g = ts->frame; g && limit--; g = g->prev)
        if (g == f)
            return true;
    return false;
}

static bool stop_to_look(struct rt_thread *ts)
{
    rt_stop_world(ts, RT_SCOPE_INTERP);
    return true;
}

void rt_look_end(struct rt_thread *ts, bool stopped)
{
    if (stopped)
        rt_start_world(ts, RT_SCOPE_INTERP);
}

void rt_generator_look(struct rt_thread *ts, struct rt_generator *g, bool *stopped)
{
    *stopped = !rt_sole_writer(ts, g) && !rt_frame_runs_here(ts, &g->frame) && stop_to_look(ts);
}

/* The frame of o, held still until look_end, or NULL: finished. A generator that ends frees its block after a grace
   period, so its header may be asked. */
static struct rt_frame *look(struct rt_thread *ts, struct rt_frame_object *o, bool *stopped)
{
    struct rt_frame *f = rt_load_acquire(&o->frame);
    *stopped = false;
    if (!f || rt_likely(!rt_load_relaxed(&ts->mt)) || rt_frame_runs_here(ts, f) ||
        (rt_load_relaxed(&o->of_generator) && rt_sole_writer(ts, rt_frame_generator(f))))
        return f;
    *stopped = stop_to_look(ts);
    return rt_load_acquire(&o->frame);
}

rt_value rt_generator_frame_object(struct rt_thread *ts, struct rt_generator *g)
{
    rt_value res = RT_NONE;
    bool stopped;
    if (rt_load_acquire(&g->state) == RT_GEN_DONE)
        return RT_NONE;
    rt_generator_look(ts, g, &stopped);
    if (rt_load_acquire(&g->state) != RT_GEN_DONE) {
        struct rt_frame_object *o = rt_frame_materialize(ts, &g->frame);
        res = o ? rt_newref_obj(ts, o) : RT_NULL;
    }
    rt_look_end(ts, stopped);
    return res;
}

static int frame_line(const struct rt_frame *f, int (*line)(const struct rt_code *code, uint32_t pc))
{
    if (f->object && f->object->lineno_override)
        return f->object->lineno_override;
    if (f->pc == f->code->words)
        return f->code->firstlineno;
    return line(f->code, (uint32_t)(f->pc - f->code->words) - ((f->flags & RT_FR_DELEGATING) ? 0 : 1));
}

int rt_frame_lineno(const struct rt_frame *f) { return frame_line(f, rt_code_line); }
int rt_frame_lineno_in_signal(const struct rt_frame *f) { return frame_line(f, rt_code_line_in_signal); }

rt_value rt_frame_globals_borrowed(const struct rt_frame *f)
{
    return rt_borrowed(rt_as_function(f->func)->globals_word);
}
rt_value rt_frame_builtins_borrowed(const struct rt_frame *f)
{
    return rt_borrowed(rt_as_function(f->func)->builtins_word);
}

/* ---- f_locals ---- */
static int put_local(struct rt_thread *ts, rt_value d, rt_value name, rt_value v)
{
    if (rt_is_undef(v) || rt_is_null(v))
        return rt_dict_del_opt(ts, d, name) < 0 ? -1 : 0;
    return rt_dict_set(ts, d, name, rt_borrowed(v));
}

static int put_cell(struct rt_thread *ts, rt_value d, rt_value name, rt_value cell)
{
    if (!rt_is_exact(cell, &rt_cell_type))
        return put_local(ts, d, name, cell);
    struct rt_cell *c = (struct rt_cell *)rt_ptr(cell);
    rt_value v = rt_slot_get(ts, c, &c->content);
    int err = put_local(ts, d, name, v);
    rt_decref(ts, v);
    return err;
}

static int locals_into(struct rt_thread *ts, rt_value d, struct rt_code *code, rt_value *locals, rt_value func)
{
    struct rt_tuple *names = rt_as_tuple(code->varnames);
    for (uint32_t i = 0; i < code->nlocals; i++)
        if (put_local(ts, d, names->items[i], locals[i]) < 0)
            return -1;
    for (uint32_t i = 0; i < code->ncells; i++)
        if (put_cell(ts, d, rt_code_cell_name(code, i), locals[code->nlocals + i]) < 0)
            return -1;
    rt_value closure = rt_as_function(func)->closure;
    if (code->flags & RT_CO_OPTIMIZED)
        for (uint32_t i = 0; i < code->nfrees; i++)
            if (put_cell(ts, d, rt_code_cell_name(code, code->ncells + i), rt_as_tuple(closure)->items[i]) < 0)
                return -1;
    return 0;
}

/* The snapshot dict of o; owned. */
static rt_value snapshot_dict(struct rt_thread *ts, struct rt_frame_object *o)
{
    struct rt_cs cs;
    rt_cs_begin(ts, &cs, o); /* of two threads that ask first, one makes it */
    rt_value d = rt_slot_get(ts, o, &o->f_locals);
    if (rt_is_null(d)) {
        d = rt_dict_new(ts);
        if (d.bits)
            rt_slot_set(ts, &o->f_locals, rt_newref(ts, d));
    }
    rt_cs_end(ts, &cs);
    return d;
}

/* References to the named registers of o into to, which has room. False: there are none. *ns: the namespace, owned,
   or RT_NULL. */
static bool copy_named(struct rt_thread *ts, struct rt_frame_object *o, rt_value *to, rt_value *ns)
{
    bool stopped;
    struct rt_cs cs = {.open = false};
    struct rt_frame *f = look(ts, o, &stopped);
    const rt_value *from;
    if (f) {
        *ns = f->locals.bits ? rt_newref(ts, f->locals) : RT_NULL;
        from = f->regs + f->code->local_base;
    } else {
        if (!stopped)
            rt_cs_begin(ts, &cs, o);
        *ns = rt_slot_get(ts, o, &o->locals);
        from = o->saved;
    }
    for (uint32_t i = 0; i < named_registers(o->code) && from && rt_is_null(*ns); i++)
        to[i] = rt_newref(ts, from[i]);
    rt_cs_end(ts, &cs);
    rt_look_end(ts, stopped);
    return from != NULL;
}

static rt_value frame_object_locals(struct rt_thread *ts, struct rt_frame_object *o)
{
    uint32_t n = named_registers(o->code);
    rt_value small[24], ns, d, *copy = n <= RT_COUNTOF(small) ? small : rt_raw_malloc(n * sizeof(rt_value));
    if (!copy)
        return rt_raise_no_memory(ts);
    bool any = copy_named(ts, o, copy, &ns);
    if (rt_is_null(ns)) {
        d = snapshot_dict(ts, o);
        rt_value func = rt_slot_peek(&o->func); /* constant */
        if (d.bits && (any || !n) && rt_is_ptr(func) && locals_into(ts, d, o->code, copy, func) < 0)
            rt_clear(ts, &d);
        for (uint32_t i = 0; i < n && any; i++)
            rt_decref(ts, copy[i]);
    } else {
        d = ns;
    }
    if (copy != small)
        rt_raw_free(copy);
    return d;
}

rt_value rt_frame_locals(struct rt_thread *ts, struct rt_frame *f)
{
    if (f->locals.bits)
        return rt_newref(ts, f->locals);
    struct rt_frame_object *o = rt_frame_materialize(ts, f);
    return o ? frame_object_locals(ts, o) : RT_NULL;
}

static int set_register(struct rt_thread *ts, struct rt_frame_object *o, rt_value *reg, rt_value owned)
{
    rt_value old = *reg;
    *reg = owned.bits ? owned : RT_UNDEF;
    if (!rt_is_counted(old))
        return 0;
    rt_value g = rt_slot_get(ts, o, &o->graveyard);
    if (rt_is_null(g)) {
        g = rt_list_new(ts, 4);
        if (rt_is_null(g))
            return -1;
        rt_slot_set(ts, &o->graveyard, rt_newref(ts, g));
    }
    int err = rt_list_append_steal(ts, g, old);
    rt_decref(ts, g);
    return err;
}

static void set_cell(struct rt_thread *ts, rt_value cell, rt_value owned)
{
    if (rt_is_exact(cell, &rt_cell_type))
        rt_slot_set(ts, &((struct rt_cell *)rt_ptr(cell))->content, owned.bits ? owned : RT_UNDEF);
    else
        rt_decref(ts, owned);
}

int rt_frame_locals_to_fast(struct rt_thread *ts, struct rt_frame *f)
{
    struct rt_frame_object *o = f->object;
    struct rt_code *code = f->code;
    if (!o || f->locals.bits)
        return 0;
    rt_value d = rt_slot_get(ts, o, &o->f_locals);
    if (rt_is_null(d))
        return 0;
    rt_value *locals = f->regs + code->local_base;
    int err = 0;
    for (uint32_t i = 0; i < code->nlocals && err == 0; i++) {
        rt_value v = rt_dict_get(ts, d, rt_as_tuple(code->varnames)->items[i]);
        bool is_cell = false;
        for (uint32_t c = 0; c < code->ncells; c++)
            is_cell |= rt_is(rt_code_cell_name(code, c), rt_as_tuple(code->varnames)->items[i]);
        if (is_cell || (v.bits && rt_is(v, locals[i])) || (!v.bits && rt_is_undef(locals[i])))
            rt_decref(ts, v);
        else
            err = set_register(ts, o, &locals[i], v);
    }
    for (uint32_t i = 0; i < code->ncells; i++)
        set_cell(ts, locals[code->nlocals + i], rt_dict_get(ts, d, rt_code_cell_name(code, i)));
    rt_value closure = rt_as_function(f->func)->closure;
    if (code->flags & RT_CO_OPTIMIZED)
        for (uint32_t i = 0; i < code->nfrees; i++)
            set_cell(ts, rt_as_tuple(closure)->items[i], rt_dict_get(ts, d, rt_code_cell_name(code, code->ncells + i)));
    rt_decref(ts, d);
    return err || rt_pending(ts) ? -1 : 0;
}

/* ---- the frame type ---- */
#define FO(v) ((struct rt_frame_object *)rt_ptr(v))

static void frame_clear_words(struct rt_thread *ts, struct rt_frame_object *o, rt_value *saved)
{
    for (uint32_t i = 0; saved && i < named_registers(o->code); i++)
        rt_decref(ts, saved[i]);
    rt_raw_free(saved);
    rt_slot *slots[] = {&o->locals, &o->trace, &o->f_locals, &o->graveyard};
    for (size_t i = 0; i < RT_COUNTOF(slots); i++)
        rt_slot_clear(ts, o, slots[i]);
}
/* Of a finished frame. */
static void frame_clear_saved(struct rt_thread *ts, struct rt_frame_object *o)
{
    struct rt_cs cs;
    rt_cs_begin(ts, &cs, o);
    rt_value *saved = o->saved;
    o->saved = NULL;
    rt_cs_end(ts, &cs);
    frame_clear_words(ts, o, saved);
}
static void frame_dealloc(struct rt_thread *ts, struct rt_object *p)
{
    struct rt_frame_object *o = (struct rt_frame_object *)p;
    frame_clear_words(ts, o, o->saved);
    rt_decref(ts, rt_slot_peek(&o->back));
    rt_decref(ts, rt_slot_peek(&o->func));
}
static void frame_gc_clear(struct rt_thread *ts, struct rt_object *p)
{
    frame_clear_saved(ts, (struct rt_frame_object *)p);
}
static int frame_traverse(struct rt_object *p, rt_visit visit, void *arg)
{
    struct rt_frame_object *o = (struct rt_frame_object *)p;
    rt_slot *slots[] = {&o->func, &o->back, &o->locals, &o->trace, &o->f_locals, &o->graveyard};
    int r = 0;
    for (size_t i = 0; i < RT_COUNTOF(slots) && !r; i++)
        r = visit(rt_slot_peek(slots[i]), arg);
    for (uint32_t i = 0; o->saved && i < named_registers(o->code) && !r; i++)
        r = visit(o->saved[i], arg);
    return r;
}

static rt_value frame_back(struct rt_thread *ts, rt_value self, void *closure)
{
    struct rt_frame_object *o = FO(self), *b;
    rt_value res = RT_NONE;
    bool stopped;
    struct rt_frame *f = look(ts, o, &stopped);
    if (!f) {
        res = rt_slot_get(ts, o, &o->back);
        if (rt_is_null(res))
            res = RT_NONE;
    } else if (f->prev) {
        b = rt_frame_materialize(ts, f->prev);
        res = b ? rt_newref_obj(ts, b) : RT_NULL;
    }
    rt_look_end(ts, stopped);
    return res;
}
static rt_value frame_code(struct rt_thread *ts, rt_value self, void *closure)
{
    return rt_audit(ts, "object.__getattr__", "Os", self, "f_code") < 0 ? RT_NULL : rt_newref_obj(ts, FO(self)->code);
}
static rt_value frame_globals(struct rt_thread *ts, rt_value self, void *closure)
{
    return rt_newref(ts, rt_as_function(rt_slot_peek(&FO(self)->func))->globals_word);
}
static rt_value frame_builtins(struct rt_thread *ts, rt_value self, void *closure)
{
    return rt_newref(ts, rt_as_function(rt_slot_peek(&FO(self)->func))->builtins_word);
}
static rt_value frame_locals(struct rt_thread *ts, rt_value self, void *closure)
{
    return frame_object_locals(ts, FO(self));
}
/* The word being executed, or -1 before the first; *line: the line a tracer says it is on, or 0. */
static uint32_t frame_at(struct rt_thread *ts, struct rt_frame_object *o, int32_t *line)
{
    bool stopped;
    struct rt_frame *f = look(ts, o, &stopped);
    const uint32_t *pc = f ? f->pc : o->pc;
    bool delegating = f && (f->flags & RT_FR_DELEGATING);
    *line = f ? o->lineno_override : 0;
    rt_look_end(ts, stopped);
    if (!pc || pc == o->code->words)
        return (uint32_t)-1;
    return (uint32_t)(pc - o->code->words) - !delegating;
}
static rt_value frame_lasti(struct rt_thread *ts, rt_value self, void *closure)
{
    int32_t line;
    uint32_t at = frame_at(ts, FO(self), &line);
    return rt_int_imm(at == (uint32_t)-1 ? -1 : (int64_t)rt_code_unit_at(FO(self)->code, at) * 2);
}
static rt_value frame_lineno(struct rt_thread *ts, rt_value self, void *closure)
{
    struct rt_frame_object *o = FO(self);
    int32_t line;
    uint32_t at = frame_at(ts, o, &line);
    if (line)
        return rt_int_imm(line);
    if (at == (uint32_t)-1)
        return rt_int_imm(o->code->firstlineno);
    line = rt_code_line(o->code, at);
    return line > 0 ? rt_int_imm(line) : RT_NONE;
}
static int frame_set_lineno(struct rt_thread *ts, rt_value self, rt_value v, void *closure)
{
    return rt_jump_set_lineno(ts, FO(self), v);
}
static rt_value frame_trace(struct rt_thread *ts, rt_value self, void *closure)
{
    rt_value v = rt_slot_get(ts, FO(self), &FO(self)->trace);
    return v.bits ? v : RT_NONE;
}
static int frame_set_trace(struct rt_thread *ts, rt_value self, rt_value v, void *closure)
{
    rt_slot_set(ts, &FO(self)->trace, rt_is_none(v) || rt_is_null(v) ? RT_NULL : rt_newref(ts, v));
    return 0;
}
static rt_value frame_flag(struct rt_thread *ts, rt_value self, void *closure)
{
    return rt_bool(rt_load_relaxed(closure ? &FO(self)->trace_opcodes : &FO(self)->trace_lines));
}
static int frame_set_flag(struct rt_thread *ts, rt_value self, rt_value v, void *closure)
{
    if (!rt_is_bool(v)) {
        rt_raise(ts, &rt_exc_TypeError, "attribute value type must be bool");
        return -1;
    }
    rt_store_relaxed(closure ? &FO(self)->trace_opcodes : &FO(self)->trace_lines, rt_is_true(v));
    return 0;
}
static rt_value frame_repr(struct rt_thread *ts, rt_value self)
{
    struct rt_frame_object *o = FO(self);
    rt_value line = frame_lineno(ts, self, NULL);
    return rt_str_format(ts, "<frame at %p, file %R, line %S, code %U>", (void *)o, rt_slot_peek(&o->code->filename),
                         line, rt_slot_peek(&o->code->name));
}
/* The suspended or new generator of o, or RT_NULL: *running says whether the frame runs or has finished. */
static rt_value clearable_generator(struct rt_thread *ts, struct rt_frame_object *o, bool *running)
{
    bool stopped;
    struct rt_frame *f = look(ts, o, &stopped);
    rt_value g = RT_NULL;
    *running = f && (!(f->flags & RT_FR_GEN) || rt_load_acquire(&rt_frame_generator(f)->state) == RT_GEN_RUNNING);
    if (f && !*running) /* of another thread: it may be dying there */
        g = stopped ? rt_try_newref(ts, &rt_frame_generator(f)->hdr) : rt_newref_obj(ts, rt_frame_generator(f));
    rt_look_end(ts, stopped);
    return g;
}
static rt_value frame_clear(struct rt_thread *ts, rt_value self)
{
    struct rt_frame_object *o = FO(self);
    bool running;
    rt_value g = clearable_generator(ts, o, &running);
    if (running)
        return rt_raise(ts, &rt_exc_RuntimeError, "cannot clear an executing frame");
    if (g.bits) {
        struct rt_type *t = rt_type_of(g);
        if (t->finalize) /* closes it, or warns of a coroutine that nobody awaited */
            t->finalize(ts, g);
        rt_decref(ts, g);
    } else if (!rt_load_acquire(&o->frame)) {
        frame_clear_saved(ts, o);
    }
    return RT_NONE;
}
static rt_value frame_sizeof(struct rt_thread *ts, rt_value self)
{
    return rt_int_imm((int64_t)(sizeof(struct rt_frame_object) + FO(self)->code->nregs * 8));
}
static const struct rt_method_def frame_methods[] = {
    {"clear", frame_clear, RT_METH_NOARGS, "F.clear(): clear most references held by the frame"},
    {"__sizeof__", frame_sizeof, RT_METH_NOARGS, "F.__sizeof__() -> size of F in memory, in bytes"},
    {NULL},
};
static const struct rt_getset_def frame_getset[] = {
    {"f_back", frame_back, NULL, NULL, NULL},
    {"f_code", frame_code, NULL, NULL, NULL},
    {"f_globals", frame_globals, NULL, NULL, NULL},
    {"f_builtins", frame_builtins, NULL, NULL, NULL},
    {"f_locals", frame_locals, NULL, NULL, NULL},
    {"f_lasti", frame_lasti, NULL, NULL, NULL},
    {"f_lineno", frame_lineno, frame_set_lineno, NULL, NULL},
    {"f_trace", frame_trace, frame_set_trace, NULL, NULL},
    {"f_trace_lines", frame_flag, frame_set_flag, NULL, NULL},
    {"f_trace_opcodes", frame_flag, frame_set_flag, NULL, (void *)1},
    {NULL},
};
struct rt_type rt_frame_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "frame", .flags = RT_TF_GC | RT_TF_NO_NEW,
    .basic_size = sizeof(struct rt_frame_object), .dealloc = frame_dealloc, .traverse = frame_traverse,
    .clear = frame_gc_clear, .repr = frame_repr, .methods = frame_methods, .getset = frame_getset,
};
