/* SPDX-License-Identifier: MIT */
/*
 * Frames: allocation on the value stack, release, and Python frame objects made on demand.
 *
 * A frame object of a running frame only points at it (`frame`); when the frame ends while somebody holds
 * the object, the registers move into `saved`. So looking at a frame costs nothing unless it is kept.
 */
#include "core/eval/eval_internal.h"
#include "core/object/instance.h"

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
        o->frame = NULL;
        rt_decref_obj(ts, o);
        return;
    }
    uint32_t n = named_registers(f->code);
    rt_value *named = f->regs + f->code->local_base;
    o->saved = n ? rt_raw_malloc(n * sizeof(rt_value)) : NULL;
    for (uint32_t i = 0; i < n && o->saved; i++) {
        o->saved[i] = own_register(ts, named[i]);
        named[i] = RT_UNDEF;
    }
    if (!(f->flags & RT_FR_GEN) && f->prev) {
        struct rt_frame_object *back = rt_frame_materialize(ts, f->prev);
        if (back)
            rt_slot_set(ts, &o->back, rt_newref_obj(ts, back));
        else
            rt_exc_clear(ts);
    }
    if (f->locals.bits)
        rt_slot_set(ts, &o->locals, rt_newref(ts, f->locals));
    o->frame = NULL;
    rt_decref_obj(ts, o);
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
    o->frame = f;
    o->code = f->code;
    rt_slot_init(&o->func, rt_newref(ts, f->func));
    o->trace_lines = true;
    o->raised_at = 0;
    o->last_at = f->pc == f->code->words ? (uint32_t)-1 : (uint32_t)(f->pc - f->code->words) - 1; /* executed last */
    o->owner = ts;
    f->object = o;
    return o;
}

int rt_frame_lineno(const struct rt_frame *f)
{
    if (f->object && f->object->lineno_override)
        return f->object->lineno_override;
    if (f->pc == f->code->words)
        return f->code->firstlineno;
    uint32_t at = (uint32_t)(f->pc - f->code->words) - ((f->flags & RT_FR_DELEGATING) ? 0 : 1);
    const struct rt_loc *l = rt_code_loc(f->code, at);
    while (l && l->line <= 0 && l > rt_code_locs(f->code))
        l--; /* on no line of its own: the one before */
    return l ? l->line : 0;
}

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

static rt_value frame_object_locals(struct rt_thread *ts, struct rt_frame_object *o)
{
    struct rt_frame *f = o->frame;
    rt_value ns = f ? (f->locals.bits ? rt_newref(ts, f->locals) : RT_NULL) : rt_slot_get(ts, o, &o->locals);
    if (ns.bits)
        return ns;
    rt_value d = rt_slot_get(ts, o, &o->f_locals);
    if (rt_is_null(d)) {
        d = rt_dict_new(ts);
        if (rt_is_null(d))
            return d;
        rt_slot_set(ts, &o->f_locals, rt_newref(ts, d));
    }
    rt_value *locals = f ? f->regs + f->code->local_base : o->saved;
    bool none = !locals && named_registers(o->code); /* cleared */
    rt_value func = rt_slot_get(ts, o, &o->func);
    if (!none && rt_is_ptr(func) && locals_into(ts, d, o->code, locals, func) < 0)
        rt_clear(ts, &d);
    rt_decref(ts, func);
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

static void frame_clear_words(struct rt_thread *ts, struct rt_frame_object *o)
{
    rt_value *saved = o->saved;
    o->saved = NULL;
    for (uint32_t i = 0; saved && i < named_registers(o->code); i++)
        rt_decref(ts, saved[i]);
    rt_raw_free(saved);
    rt_slot *slots[] = {&o->locals, &o->trace, &o->f_locals, &o->graveyard};
    for (size_t i = 0; i < RT_COUNTOF(slots); i++)
        rt_slot_clear(ts, o, slots[i]);
}
static void frame_dealloc(struct rt_thread *ts, struct rt_object *p)
{
    struct rt_frame_object *o = (struct rt_frame_object *)p;
    frame_clear_words(ts, o);
    rt_decref(ts, rt_slot_peek(&o->back));
    rt_decref(ts, rt_slot_peek(&o->func));
}
static void frame_gc_clear(struct rt_thread *ts, struct rt_object *p)
{
    frame_clear_words(ts, (struct rt_frame_object *)p);
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
    struct rt_frame_object *o = FO(self), *b = NULL;
    if (!o->frame) {
        rt_value v = rt_slot_get(ts, o, &o->back);
        return v.bits ? v : RT_NONE;
    }
    if (o->frame->prev)
        b = rt_frame_materialize(ts, o->frame->prev);
    else
        return RT_NONE;
    return b ? rt_newref_obj(ts, b) : RT_NULL;
}
static rt_value frame_code(struct rt_thread *ts, rt_value self, void *closure)
{
    return rt_newref_obj(ts, FO(self)->code);
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
static uint32_t frame_at(struct rt_frame_object *o)
{
    uint32_t *pc = o->frame ? o->frame->pc : o->pc;
    if (!pc || pc == o->code->words)
        return (uint32_t)-1;
    uint32_t at = (uint32_t)(pc - o->code->words);
    return o->frame && (o->frame->flags & RT_FR_DELEGATING) ? at : at - 1;
}
static rt_value frame_lasti(struct rt_thread *ts, rt_value self, void *closure)
{
    uint32_t at = frame_at(FO(self));
    return rt_int_imm(at == (uint32_t)-1 ? -1 : (int64_t)at * 2);
}
static rt_value frame_lineno(struct rt_thread *ts, rt_value self, void *closure)
{
    struct rt_frame_object *o = FO(self);
    if (o->lineno_override)
        return rt_int_imm(o->lineno_override);
    uint32_t at = frame_at(o);
    if (at == (uint32_t)-1)
        return rt_int_imm(o->code->firstlineno);
    const struct rt_loc *l = rt_code_loc(o->code, at);
    while (l && l->line <= 0 && l > rt_code_locs(o->code))
        l--;
    return l && l->line > 0 ? rt_int_imm(l->line) : RT_NONE;
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
    return rt_bool(closure ? FO(self)->trace_opcodes : FO(self)->trace_lines);
}
static int frame_set_flag(struct rt_thread *ts, rt_value self, rt_value v, void *closure)
{
    if (!rt_is_bool(v)) {
        rt_raise(ts, &rt_exc_TypeError, "attribute value type must be bool");
        return -1;
    }
    *(closure ? &FO(self)->trace_opcodes : &FO(self)->trace_lines) = rt_is_true(v);
    return 0;
}
static rt_value frame_repr(struct rt_thread *ts, rt_value self)
{
    struct rt_frame_object *o = FO(self);
    rt_value line = frame_lineno(ts, self, NULL);
    return rt_str_format(ts, "<frame at %p, file %R, line %S, code %U>", (void *)o, rt_slot_peek(&o->code->filename),
                         line, rt_slot_peek(&o->code->name));
}
static rt_value frame_clear(struct rt_thread *ts, rt_value self)
{
    struct rt_frame_object *o = FO(self);
    if (o->frame) {
        if (!(o->frame->flags & RT_FR_GEN) ||
            rt_load_acquire(&rt_frame_generator(o->frame)->state) == RT_GEN_RUNNING)
            return rt_raise(ts, &rt_exc_RuntimeError, "cannot clear an executing frame");
        rt_value g = rt_newref_obj(ts, rt_frame_generator(o->frame));
        struct rt_type *t = rt_type_of(g);
        if (t->finalize) /* closes it, or warns of a coroutine that nobody awaited */
            t->finalize(ts, g);
        rt_decref(ts, g);
    } else {
        frame_clear_words(ts, o);
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
