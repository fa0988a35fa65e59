/* SPDX-License-Identifier: MIT */
/*
 * Look-ups of names, attributes, methods and super() methods that missed the short way through their inline
 * cache (Note [IC]): they fill it. Each leaves the registers as bytecode.def says on success, and untouched
 * operands on failure ([REG-3]).
 */
#include "core/eval/eval_internal.h"
#include "core/object/builtin.h"
#include "core/object/instance.h"
#include "core/object/super.h"
#include "core/seam/backend.h"
#include "alloc/heap.h"

#define A(w) ((w) >> 8 & 0xff)
#define B(w) ((w) >> 16 & 0xff)

/* ---- names ---- */
void rt_eval_unbound_local(struct rt_thread *ts, struct rt_code *code, uint32_t var)
{
    rt_raise(ts, &rt_exc_UnboundLocalError,
             "cannot access local variable '%U' where it is not associated with a value",
             rt_as_tuple(code->varnames)->items[var]);
}

void rt_eval_unbound_cell(struct rt_thread *ts, struct rt_code *code, uint32_t cell)
{
    rt_value name = rt_code_cell_name(code, cell);
    if (cell < code->ncells)
        rt_raise(ts, &rt_exc_UnboundLocalError,
                 "cannot access local variable '%U' where it is not associated with a value", name);
    else
        rt_raise(ts, &rt_exc_NameError,
                 "cannot access free variable '%U' where it is not associated with a value in "
                 "enclosing scope", name);
}

void rt_eval_name_error(struct rt_thread *ts, rt_value name)
{
    rt_raise(ts, &rt_exc_NameError, "name '%U' is not defined", name);
    if (rt_exc_is(ts, &rt_exc_NameError)) {
        struct rt_exc_name *e = (struct rt_exc_name *)rt_ptr(ts->exc);
        rt_slot_set(ts, &e->name, rt_newref(ts, name));
    }
}

/* Absent: RT_NULL without exception. dict may be any mapping (exec, class namespaces). */
static rt_value namespace_get(struct rt_thread *ts, rt_value ns, rt_value name)
{
    if (rt_is_exact(ns, &rt_dict_type))
        return rt_dict_get(ts, ns, name);
    rt_value v = rt_getitem(ts, ns, name);
    if (rt_is_null(v))
        rt_exc_clear_if(ts, &rt_exc_KeyError);
    return v;
}

static struct rt_ic_cell *ic_chain(uint64_t ic)
{
    return ic && (ic & 15) == 0 ? (struct rt_ic_cell *)ic : NULL;
}

static void ic_replace(struct rt_thread *ts, _Atomic uint64_t *ic, uint64_t neu)
{
    struct rt_ic_cell *c = ic_chain(rt_xchg_acq_rel(ic, neu)), *next;
    for (; c; c = next) {
        next = c->next;
        rt_retire(ts, c, sizeof(*c), NULL);
    }
}

static uint32_t ic_misses(uint64_t ic)
{
    struct rt_ic_cell *c = ic_chain(ic);
    return c ? c->misses : 0;
}

/* A cell that will replace the whole word: NULL when the site changes too often. */
static struct rt_ic_cell *ic_new_cell(struct rt_thread *ts, _Atomic uint64_t *ic)
{
    uint64_t old = rt_load_acquire(ic);
    uint32_t misses = ic_misses(old);
    if ((old & 0xff) == RT_IC_OFF)
        return NULL;
    if (misses >= RT_IC_MAX_MISSES) {
        ic_replace(ts, ic, RT_IC_OFF);
        return NULL;
    }
    struct rt_ic_cell *c = rt_raw_calloc_lines(sizeof(*c));
    if (c) {
        c->misses = (uint16_t)(misses + 1);
        c->depth = 1;
    }
    return c;
}

/* The word of a site that has seen one shape only, as a cell to be chained. */
static struct rt_ic_cell *cell_of_word(uint64_t ic)
{
    struct rt_ic_cell *c = rt_raw_calloc_lines(sizeof(*c));
    if (c) {
        c->shape = (uint32_t)(ic >> 32) & ~RT_IC_SHAPE(0);
        c->type = rt_shape_from_id(c->shape)->type;
        c->kind = RT_ATTR_SLOT;
        c->offset = (uint32_t)ic - RT_IC_SLOT;
        c->depth = 1;
    }
    return c;
}

/* Adds what `fill` says to the site: sites that see a few shapes keep a cell for each. */
static void ic_push(struct rt_thread *ts, _Atomic uint64_t *ic, const struct rt_ic_cell *fill)
{
    uint64_t old = rt_load_acquire(ic);
    struct rt_ic_cell *chain = ic_chain(old), *made = NULL;
    if ((old & 0xff) == RT_IC_OFF)
        return;
    if (old && !chain && !(made = chain = cell_of_word(old)))
        return;
    if (chain && chain->depth >= RT_IC_MAX_DEPTH) {
        struct rt_ic_cell *c = ic_new_cell(ts, ic);
        if (c) {
            uint16_t misses = c->misses;
            *c = *fill;
            c->misses = misses;
            c->depth = 1;
            ic_replace(ts, ic, (uint64_t)(uintptr_t)c);
        }
        return;
    }
    struct rt_ic_cell *c = rt_raw_calloc_lines(sizeof(*c));
    if (c) {
        *c = *fill;
        c->next = chain;
        c->misses = chain ? chain->misses : 0;
        c->depth = (uint16_t)(chain ? chain->depth + 1 : 1);
        if (rt_cas_acq_rel(ic, &old, (uint64_t)(uintptr_t)c))
            return;
    }
    rt_raw_free(c); /* another thread was faster: the next miss will do */
    rt_raw_free(made);
}

/* Where the dict of the module that the site sees first, or of a class, keeps the name. */
static bool know_slot(struct rt_thread *ts, rt_value d, rt_value name, struct rt_ic_cell *c)
{
    if (!rt_is_exact(d, &rt_dict_type))
        return false;
    uint64_t version = rt_dict_stamp(ts, d);
    c->slot = rt_dict_lookup_slot(d, name);
    if (!c->slot || rt_load_acquire(&rt_as_dict(d)->version) != version)
        return false;
    c->globals = rt_as_dict(d);
    c->globals_version = version;
    return true;
}

/* A data descriptor that a native module made (a field of a named tuple, __name__), and nobody else has a say. */
RT_INLINE bool is_native_descr(const struct rt_ic_cell *c)
{
    if (c->kind != RT_ATTR_DESCR || (c->type->getattro != rt_object_getattr && c->type->getattro != rt_type_type.getattro &&
                                     c->type != &rt_function_type))
        return false;
    const struct rt_type *t = rt_type_of(c->value);
    return t->descr_get && t->descr_set && !rt_type_has(t, RT_TF_HEAP | RT_TF_METHOD_DESCR);
}

static void cache_global(struct rt_thread *ts, struct rt_frame *fr, uint32_t ni, rt_value dict,
                         bool builtin, rt_value name)
{
    struct rt_function *fn = rt_as_function(fr->func);
    if (!rt_is_exact(fn->globals_word, &rt_dict_type) || !rt_is_exact(fn->builtins_word, &rt_dict_type))
        return;
    struct rt_dict *g = rt_as_dict(fn->globals_word), *b = rt_as_dict(fn->builtins_word);
    uint64_t gv = rt_dict_stamp(ts, fn->globals_word), bv = rt_dict_stamp(ts, fn->builtins_word);
    rt_slot *slot = rt_dict_lookup_slot(dict, name);
    if (!slot || rt_load_acquire(&g->version) != gv || rt_load_acquire(&b->version) != bv)
        return;
    _Atomic uint64_t *ic = &fr->code->ic[ni >> 16];
    struct rt_ic_cell *c = ic_new_cell(ts, ic);
    if (!c)
        return;
    c->globals = g;
    c->globals_version = gv;
    c->builtins_version = builtin ? bv : 0;
    c->slot = slot;
    rt_slot_uncount(ts, rt_as_dict(dict), slot);
    ic_replace(ts, ic, (uint64_t)(uintptr_t)c);
}

static rt_value load_global(struct rt_thread *ts, struct rt_frame *fr, uint32_t ni)
{
    struct rt_function *fn = rt_as_function(fr->func);
    rt_value name = fr->code->names[ni & 0xffff];
    rt_value v = namespace_get(ts, rt_borrowed(fn->globals_word), name);
    if (v.bits) {
        cache_global(ts, fr, ni, fn->globals_word, false, name);
        return v;
    }
    if (rt_pending(ts))
        return v;
    v = namespace_get(ts, rt_borrowed(fn->builtins_word), name);
    if (v.bits)
        cache_global(ts, fr, ni, fn->builtins_word, true, name);
    else if (!rt_pending(ts))
        rt_eval_name_error(ts, name);
    return v;
}

bool rt_eval_load_global(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, uint32_t ni)
{
    rt_value v = load_global(ts, fr, ni);
    if (v.bits)
        rt_reg_set(ts, fr, A(w), v);
    return v.bits != 0;
}

bool rt_eval_load_name(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, uint32_t ni)
{
    rt_value v = RT_NULL;
    if (fr->locals.bits && !rt_is(fr->locals, rt_as_function(fr->func)->globals_word)) {
        v = namespace_get(ts, rt_borrowed(fr->locals), fr->code->names[ni & 0xffff]);
        if (rt_is_null(v) && rt_pending(ts))
            return false;
    }
    if (rt_is_null(v))
        v = load_global(ts, fr, ni);
    if (v.bits)
        rt_reg_set(ts, fr, A(w), v);
    return v.bits != 0;
}

/* A name that is there already is likely to be stored to again, as in a loop of a module. */
static void cache_global_store(struct rt_thread *ts, struct rt_frame *fr, uint32_t ni, rt_value dict)
{
    struct rt_ic_cell found = {0}, *c;
    _Atomic uint64_t *ic = &fr->code->ic[ni >> 16];
    if (!know_slot(ts, dict, fr->code->names[ni & 0xffff], &found) || !(c = ic_new_cell(ts, ic)))
        return;
    c->globals = found.globals;
    c->globals_version = found.globals_version;
    c->slot = found.slot;
    ic_replace(ts, ic, (uint64_t)(uintptr_t)c);
}

/* Another thread stores to this dict, too. True: v, borrowed, is where the cell says. */
static bool store_known(struct rt_thread *ts, rt_value dict, const struct rt_ic_cell *c, rt_value v)
{
    if (!c->slot || rt_load_relaxed(&rt_as_dict(dict)->version) != c->globals_version)
        return false;
    rt_value word = rt_newref(ts, v);
    bool done = rt_dict_replace_at(ts, dict, c->globals_version, c->slot, &word);
    rt_decref(ts, word); /* what was there, or what came to nothing */
    return done;
}

bool rt_eval_store_global(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, uint32_t ni)
{
    rt_value g = rt_frame_globals_borrowed(fr), name = fr->code->names[ni & 0xffff];
    struct rt_dict *d = rt_as_dict(g);
    uint64_t ic = rt_load_acquire(&fr->code->ic[ni >> 16]);
    struct rt_ic_cell *c = ic > RT_IC_OFF ? (struct rt_ic_cell *)ic : NULL;
    bool current = c && rt_load_relaxed(&d->version) == c->globals_version; /* else the table with the slot may be gone */
    if (current && rt_sole_writer(ts, d)) {
        rt_value old = rt_slot_peek(c->slot);
        if (old.bits) {
            rt_slot_put(c->slot, rt_reg_take(ts, fr, A(w)));
            rt_decref(ts, old);
            return true;
        }
    }
    rt_value v = rt_borrowed(fr->regs[A(w)]);
    bool plain = rt_is_exact(g, &rt_dict_type);
    if (!current || !store_known(ts, g, c, v)) {
        size_t before = plain ? rt_dict_len(g) : 0;
        if ((plain ? rt_dict_set(ts, g, name, v) : rt_setitem(ts, g, name, v)) < 0)
            return false;
        if (plain && !current && rt_dict_len(g) == before)
            cache_global_store(ts, fr, ni, g);
    }
    rt_reg_consume(ts, fr, A(w), 256);
    return true;
}

/* ---- attributes ---- */
static void cache_attr(struct rt_thread *ts, struct rt_frame *fr, uint32_t ni, rt_value o, const struct rt_attr_probe *p)
{
    _Atomic uint64_t *ic = &fr->code->ic[ni >> 16];
    if (p->kind == RT_ATTR_SLOT) {
        uint64_t was = 0, word = (uint64_t)RT_IC_SHAPE(p->shape) << 32 | (p->offset + RT_IC_SLOT);
        if (rt_cas_acq_rel(ic, &was, word) || was == word) /* another thread was faster */
            return;
    }
    struct rt_ic_cell c = {
        .shape = p->shape,
        .version = p->type_version,
        .type = rt_shape_from_id(p->shape)->type,
        .value = p->value,
        .kind = p->kind,
        .offset = p->offset,
        .new_shape = p->new_shape,
    };
    if (p->kind == RT_ATTR_METHOD && rt_is_exact(p->value, &rt_method_descr_type))
        c.offset = rt_type_is_subtype(c.type, ((struct rt_method_descr *)rt_ptr(p->value))->d.objclass);
    if (p->kind == RT_ATTR_DESCR && rt_is_exact(p->value, &rt_getset_descr_type) && is_native_descr(&c)) {
        const struct rt_getset_descr *d = (struct rt_getset_descr *)rt_ptr(p->value);
        c.offset = d->def->get && rt_type_is_subtype(c.type, d->d.objclass); /* its function can be called as it is */
    }
    rt_value name = fr->code->names[ni & 0xffff];
    if (p->kind == RT_ATTR_MODULE && know_slot(ts, rt_module_dict_borrowed(o), name, &c))
        rt_slot_uncount(ts, c.globals, c.slot);
    if (p->kind == RT_ATTR_DICT && rt_is_exact(o, &rt_module_type))
        (void)know_slot(ts, rt_module_dict_borrowed(o), name, &c);
    if ((p->kind == RT_ATTR_CLASS_VAR || p->kind == RT_ATTR_TYPE_VAR) &&
        !know_slot(ts, rt_borrowed(rt_slot_peek(&p->owner->dict)), name, &c))
        return;
    ic_push(ts, ic, &c);
}

/* The cell of the instruction that speaks of o, if there is one. */
static struct rt_ic_cell *cell_for(struct rt_frame *fr, uint32_t ni, rt_value o)
{
    uint32_t shape = rt_shape_id(rt_ptr(o));
    for (struct rt_ic_cell *c = ic_chain(rt_load_acquire(&fr->code->ic[ni >> 16])); c; c = c->next) {
        if (c->kind >= RT_ATTR_TYPE && c->kind <= RT_ATTR_TYPE_VAR) {
            if (rt_is_type(o) && rt_load_acquire(&rt_as_type(o)->version) == c->version)
                return c;
        } else if (c->shape == shape && (c->kind < RT_ATTR_DICT || c->kind > RT_ATTR_DESCR ||
                                         rt_load_acquire(&c->type->version) == c->version)) {
            return c;
        }
    }
    return NULL;
}

/* The site counts in c->offset: each sixteenth time the instance may leave dictionary mode. So a program that goes on using
   __dict__ does not pay for the change to and fro each time. */
static rt_value dict_mode_get(struct rt_thread *ts, struct rt_ic_cell *c, struct rt_object *o, rt_value name)
{
    bool alone = !rt_load_relaxed(&ts->mt);
    if (alone && rt_unlikely((++c->offset & 15) == 0)) {
        rt_inst_leave_dict(ts, o);
        if (rt_shape_id(o) != c->shape)
            return rt_inst_get(ts, o, name);
    }
    const struct rt_shape *s = rt_shape_of(o);
    rt_slot *word = rt_likely(s->slot_offset) ? rt_attr_word(o, s) : rt_attr_word_any(o);
    rt_value d = word ? rt_slot_peek(word) : RT_NULL, v = RT_NULL;
    if (alone && RT_REG_PTR(d) && d.bits && rt_dict_get_hinted(ts, d, name, &c->new_shape, &v) >= 0)
        return v;
    d = word ? rt_slot_get(ts, o, word) : RT_NULL;
    if (!d.bits || (d.bits & 7)) /* another thread may be filling the dict: it holds the lock */
        return alone ? RT_NULL : rt_inst_get(ts, o, name);
    v = rt_dict_get(ts, rt_borrowed(d), name);
    rt_decref(ts, d);
    return v;
}

/* That, or what the class has without being asked. */
static rt_value load_dict_mode(struct rt_thread *ts, struct rt_ic_cell *c, struct rt_object *o, rt_value name)
{
    rt_value v = dict_mode_get(ts, c, o, name);
    if (v.bits || rt_pending(ts) || !c->value.bits)
        return v;
    return rt_type_of(c->value)->descr_get ? RT_NULL : rt_newref(ts, c->value);
}

rt_value rt_eval_load_dict_mode(struct rt_thread *ts, struct rt_ic_cell *c, struct rt_object *o, rt_value name)
{
    return rt_load_acquire(&c->type->version) == c->version ? load_dict_mode(ts, c, o, name) : RT_NULL;
}

/* What the variable attribute of a cell holds, as long as t has the version that the cell speaks of; else RT_NULL, as when a
   descriptor is there now and the version is about to change. Looks at the version last: no other class hid it. */
static rt_value load_variable(struct rt_thread *ts, struct rt_ic_cell *c, const struct rt_type *t)
{
    if (rt_load_acquire(&t->version) != c->version || rt_load_acquire(&c->globals->version) != c->globals_version)
        return RT_NULL;
    rt_value v = rt_slot_get(ts, c->globals, c->slot);
    if (rt_is_undef(v))
        return RT_NULL;
    if ((rt_is_ptr(v) && rt_type_of_obj(rt_ptr(v))->descr_get) || rt_load_acquire(&t->version) != c->version)
        rt_clear(ts, &v);
    return v;
}

/* v, what a getter gave; __getattr__ has its say after an AttributeError. */
static rt_value got(struct rt_thread *ts, rt_value o, rt_value name, rt_value v)
{
    struct rt_type *t = rt_type_of(o);
    if (rt_unlikely(rt_is_null(v) && t->getattro == rt_slot_getattr_hook) && rt_exc_clear_if(ts, &rt_exc_AttributeError))
        return rt_slot_getattr_missed(ts, o, name);
    return v;
}

/* Cached load; RT_NULL without exception: not covered, take the general way. */
static rt_value load_cached(struct rt_thread *ts, struct rt_ic_cell *c, rt_value o, rt_value name)
{
    struct rt_object *p = rt_ptr(o);
    switch (c->kind) {
    case RT_ATTR_SLOT:
    case RT_ATTR_MEMBER: return rt_slot_get(ts, p, rt_attr_slot_at(p, c->offset));
    case RT_ATTR_OVERFLOW: {
        rt_slot *slot = rt_attr_overflow_slot(p, c->shape, c->offset);
        return slot ? rt_slot_get(ts, p, slot) : RT_NULL;
    }
    case RT_ATTR_DICT: return load_dict_mode(ts, c, p, name);
    case RT_ATTR_CLASS:
    case RT_ATTR_TYPE: return rt_newref(ts, c->value);
    case RT_ATTR_CLASS_VAR: return load_variable(ts, c, c->type);
    case RT_ATTR_TYPE_VAR: return load_variable(ts, c, rt_as_type(o));
    case RT_ATTR_METHOD:
    case RT_ATTR_TYPE_SELF:
        return rt_is_function(c->value) ? rt_method_new(ts, c->value, o) : RT_NULL;
    case RT_ATTR_PROPERTY: return got(ts, o, name, rt_call1(ts, c->value, o));
    case RT_ATTR_DESCR: {
        struct rt_type *dt = rt_type_of(c->value);
        return dt->descr_get ? got(ts, o, name, dt->descr_get(ts, c->value, o, rt_type_value(rt_type_of(o)))) : RT_NULL;
    }
    case RT_ATTR_MODULE: {
        rt_value d = rt_module_dict_borrowed(o);
        if (c->globals == rt_as_dict(d) && rt_load_acquire(&c->globals->version) == c->globals_version) {
            rt_value v = rt_slot_get(ts, c->globals, c->slot);
            if (v.bits && !rt_is_undef(v))
                return v;
        }
        return rt_dict_get(ts, rt_borrowed(d), name);
    }
    default: return RT_NULL;
    }
}

/* o.__class__ is a constant of the shape where no class overrides it. */
static void know_class(struct rt_thread *ts, rt_value o, rt_value name, struct rt_attr_probe *p)
{
    rt_value d;
    if (p->kind != RT_ATTR_DESCR || !rt_is(name, RT_ID(__class__)))
        return;
    d = rt_dict_get(ts, rt_borrowed(rt_slot_peek(&rt_object_type.dict)), name);
    if (rt_is(d, p->value)) {
        p->kind = RT_ATTR_CLASS;
        p->value = rt_type_value(rt_type_of(o));
    }
    rt_decref(ts, d);
}

static rt_value load_attr(struct rt_thread *ts, struct rt_frame *fr, rt_value o, uint32_t ni, struct rt_ic_cell *c)
{
    rt_value name = fr->code->names[ni & 0xffff];
    if (rt_is_ptr(o)) {
        struct rt_attr_probe probe;
        if (c) {
            rt_value v = load_cached(ts, c, o, name);
            if (v.bits || rt_pending(ts))
                return v;
        } else if ((rt_load_relaxed(&fr->code->ic[ni >> 16]) & 0xff) != RT_IC_OFF &&
                   rt_attr_probe_load(ts, o, name, &probe)) {
            know_class(ts, o, name, &probe);
            cache_attr(ts, fr, ni, o, &probe);
        }
    }
    return rt_getattr(ts, o, name);
}

/* Attributes that a method written in Python gives, as rt_eval_push_getattr. */
static int push_load(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, uint32_t ni, struct rt_ic_cell *c, rt_value *v)
{
    rt_value o = fr->regs[B(w)];
    if (!RT_REG_PTR(o) || !rt_type_has(rt_type_of_obj(rt_ptr(o)), RT_TF_HEAP) || rt_is_type(rt_borrowed(o)))
        return 0; /* of a class: seldom a hook of its metaclass */
    struct rt_attr_probe probe;
    if (c)
        return c->kind == RT_ATTR_DESCR && c->type->getattro == rt_object_getattr &&
               rt_eval_push_descr_get(ts, fr, w, c->value);
    struct rt_type *t = rt_type_of_obj(rt_ptr(o));
    rt_value name = fr->code->names[ni & 0xffff];
    if ((t->getattro != rt_slot_getattr_hook && t->getattro != rt_slot_getattribute) ||
        ((rt_load_relaxed(&fr->code->ic[ni >> 16]) & 0xff) != RT_IC_OFF && rt_attr_probe_load(ts, rt_borrowed(o), name, &probe)))
        return 0; /* the usual way, which will cache it */
    return rt_eval_push_getattr(ts, fr, w, name, v);
}

bool rt_eval_load_attr(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, uint32_t ni)
{
    rt_value o = rt_reg_lend(fr->regs[B(w)]), v = RT_NULL;
    struct rt_ic_cell *c = rt_is_ptr(o) ? cell_for(fr, ni, o) : NULL;
    if (c && c->kind == RT_ATTR_DESCR && c->offset) {
        const struct rt_getset_def *def = ((struct rt_getset_descr *)rt_ptr(c->value))->def;
        v = def->get(ts, o, def->closure);
    } else if (c && is_native_descr(c)) {
        v = rt_type_of(c->value)->descr_get(ts, c->value, o, rt_type_value(rt_type_of(o)));
    } else {
        int pushed = push_load(ts, fr, w, ni, c, &v);
        if (pushed && rt_is_null(v))
            return pushed > 0;
        if (!pushed)
            v = load_attr(ts, fr, o, ni, c);
    }
    if (rt_is_null(v))
        return false;
    rt_reg_consume(ts, fr, B(w), A(w));
    rt_reg_set(ts, fr, A(w), v);
    return true;
}

/* Where the site has a slot of such objects, or 0. */
static uint32_t slot_known(uint64_t ic, uint32_t shape)
{
    if ((uint32_t)(ic >> 32) == RT_IC_SHAPE(shape))
        return (uint32_t)ic - RT_IC_SLOT;
    for (struct rt_ic_cell *c = ic_chain(ic); c; c = c->next)
        if (c->shape == shape)
            return c->kind == RT_ATTR_SLOT ? c->offset : 0;
    return 0;
}

bool rt_eval_store_shared(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, uint64_t ic, uint32_t shape)
{
    struct rt_object *o = rt_ptr(fr->regs[A(w)]);
    uint32_t offset = slot_known(ic, shape);
    if (!offset)
        return false;
    rt_value owned = rt_newref(ts, rt_borrowed(fr->regs[B(w)]));
    if (!rt_attr_set_slot_mt(ts, o, rt_attr_slot_at(o, offset), shape, owned)) {
        rt_decref(ts, owned);
        return false;
    }
    rt_reg_consume(ts, fr, B(w), 256);
    rt_reg_consume(ts, fr, A(w), 256);
    return true;
}

/* Cached store to an object in dictionary mode, of a class that has no say. 1 stored, 0 take the general way, -1 error. */
static int store_dict_mode(struct rt_thread *ts, const struct rt_ic_cell *c, struct rt_object *o, rt_value name, rt_value v)
{
    rt_slot *word = rt_attr_word_any(o);
    rt_value d = word ? rt_slot_get(ts, o, word) : RT_NULL;
    if (!d.bits || (d.bits & 7)) /* as in dict_mode_get */
        return 0;
    int r = store_known(ts, d, c, v) || rt_dict_set(ts, d, name, v) == 0 ? 1 : -1;
    rt_decref(ts, d);
    return r;
}

bool rt_eval_store_attr(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, uint32_t ni)
{
    rt_value o = rt_borrowed(fr->regs[A(w)]), v = rt_borrowed(fr->regs[B(w)]);
    rt_value name = fr->code->names[ni & 0xffff];
    bool done = false;
    if (rt_is_ptr(o)) {
        struct rt_object *p = rt_ptr(o);
        struct rt_ic_cell *c = cell_for(fr, ni, o);
        struct rt_attr_probe probe;
        if (c && c->kind == RT_ATTR_SLOT) {
            rt_value owned = rt_newref(ts, v);
            done = rt_attr_set_slot(ts, p, rt_attr_slot_at(p, c->offset), c->shape, owned);
            if (!done)
                rt_decref(ts, owned);
        } else if (c && c->kind == RT_ATTR_ADD) {
            rt_value owned = rt_newref(ts, v);
            done = rt_attr_add_slot(ts, p, rt_attr_slot_at(p, c->offset), c->shape, c->new_shape, owned);
            if (!done)
                rt_decref(ts, owned);
        } else if (c && c->kind == RT_ATTR_MEMBER) {
            rt_claim_writes(ts, p);
            rt_slot_set(ts, rt_attr_slot_at(p, c->offset), rt_newref(ts, v));
            done = true;
        } else if (c && c->kind == RT_ATTR_PROPERTY) {
            if (rt_eval_push_setter(ts, fr, w, c->value))
                return true;
            rt_value res = rt_call2(ts, c->value, o, v);
            if (rt_is_null(res))
                return false;
            rt_decref(ts, res);
            done = true;
        } else if (c && c->kind == RT_ATTR_DICT) {
            int r = store_dict_mode(ts, c, p, name, v);
            if (r < 0)
                return false;
            done = r;
        } else if (c && c->kind == RT_ATTR_TYPE_VAR) {
            bool there = rt_load_acquire(&c->globals->version) == c->globals_version;
            done = rt_type_store_variable(ts, rt_as_type(o), name, v, there ? c->slot : NULL);
        } else if (!c && (rt_load_relaxed(&fr->code->ic[ni >> 16]) & 0xff) != RT_IC_OFF &&
                   rt_attr_probe_store(ts, o, name, &probe)) {
            cache_attr(ts, fr, ni, o, &probe);
        } else if (!c && rt_eval_push_setattr(ts, fr, w, name)) {
            return true;
        }
    }
    if (!done && rt_setattr(ts, o, name, v) < 0)
        return false;
    rt_reg_consume(ts, fr, B(w), 256);
    rt_reg_consume(ts, fr, A(w), 256);
    return true;
}

rt_value rt_eval_method(struct rt_thread *ts, struct rt_frame *fr, rt_value o, uint32_t ni,
                        rt_value *self)
{
    rt_value name = fr->code->names[ni & 0xffff];
    o = rt_borrowed(o);
    *self = RT_NULL;
    if (rt_is_ptr(o)) {
        struct rt_ic_cell *c = cell_for(fr, ni, o);
        struct rt_attr_probe probe;
        if (c && (c->kind == RT_ATTR_METHOD || c->kind == RT_ATTR_TYPE_SELF)) {
            *self = o;
            return rt_newref(ts, c->value);
        }
        if (c && c->kind == RT_ATTR_DESCR && rt_is_exact(c->value, &rt_classmethod_type)) {
            rt_value f = rt_wrapped_uncounted(c->value);
            if (f.bits && rt_is_function(f)) {
                *self = rt_type_value(rt_type_of_obj(rt_ptr(o)));
                return f;
            }
        }
        if (c && c->kind == RT_ATTR_DICT) {
            rt_value v = dict_mode_get(ts, c, rt_ptr(o), name);
            if (v.bits || rt_pending(ts))
                return v;
            if (rt_is_ptr(c->value) && rt_has(c->value, RT_TF_METHOD_DESCR)) {
                *self = o;
                return rt_newref(ts, c->value);
            }
        }
        if (c) {
            rt_value v = load_cached(ts, c, o, name);
            if (v.bits || rt_pending(ts))
                return v;
        } else if ((rt_load_relaxed(&fr->code->ic[ni >> 16]) & 0xff) != RT_IC_OFF &&
                   rt_attr_probe_load(ts, o, name, &probe)) {
            cache_attr(ts, fr, ni, o, &probe);
        }
    } else if ((rt_is_int(o) || rt_is_float_imm(o)) && !rt_load_relaxed(&fr->code->ic[ni >> 16])) {
        struct rt_attr_probe probe;
        if (rt_attr_probe_load(ts, o, name, &probe) && probe.kind == RT_ATTR_METHOD)
            cache_attr(ts, fr, ni, o, &probe);
    }
    return rt_getmethod(ts, o, name, self);
}

bool rt_eval_load_method(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, uint32_t ni)
{
    rt_value self, f = rt_eval_method(ts, fr, fr->regs[B(w)], ni, &self);
    uint32_t a = A(w), b = B(w);
    if (rt_is_null(f))
        return false;
    /* B may be A or A + 1 */
    rt_value owned_self;
    if (rt_is(self, fr->regs[b])) {
        owned_self = rt_reg_take(ts, fr, b);
    } else { /* none, or what a super object stands for */
        owned_self = rt_is_null(self) ? RT_UNDEF : rt_newref(ts, self);
        rt_reg_consume(ts, fr, b, 256);
    }
    rt_reg_set(ts, fr, a, f);
    rt_reg_set(ts, fr, a + 1, owned_self);
    return true;
}

/* ---- super().name(...) ---- */

/* The first argument where it surely is in its register, and the content of closure cell i if that is a class; for
   comparing only. */
static rt_value super_class_peek(struct rt_frame *fr, uint32_t i)
{
    struct rt_cell *cell = (struct rt_cell *)rt_ptr(rt_as_tuple(rt_as_function(fr->func)->closure)->items[i]);
    return rt_slot_peek(&cell->content);
}

/* What the site has found before for classes like that of the first argument, or NULL. */
static struct rt_ic_cell *super_cell(struct rt_frame *fr, uint32_t ni)
{
    struct rt_ic_cell *c = ic_chain(rt_load_acquire(&fr->code->ic[ni >> 16]));
    if (!c || rt_is_undef(fr->regs[0]))
        return NULL;
    uint32_t version = rt_load_acquire(&rt_type_of(fr->regs[0])->version);
    for (; c; c = c->next) {
        rt_value cls = super_class_peek(fr, c->offset);
        if (c->version == version && rt_is_ptr(cls) && rt_ptr(cls) == &c->type->hdr)
            return c;
    }
    return NULL;
}

static void cache_super(struct rt_thread *ts, struct rt_frame *fr, uint32_t ni, rt_value type, uint32_t version, rt_value f)
{
    struct rt_code *co = fr->code;
    rt_value closure = rt_as_function(fr->func)->closure;
    if (rt_is_counted(f) || !version || co->ncells || co->local_base || rt_is_null(closure))
        return; /* with cells the first argument may be in one */
    for (uint32_t i = 0; i < co->nfrees; i++)
        if (rt_is(rt_code_cell_name(co, i), RT_ID(__class__)) && rt_is(super_class_peek(fr, i), type)) {
            struct rt_ic_cell c = {.version = version, .type = rt_as_type(type), .value = f, .kind = RT_ATTR_METHOD, .offset = i};
            ic_push(ts, &co->ic[ni >> 16], &c);
            return;
        }
}

/* As B() and a look-up in the result: owned callable, *self owned or RT_UNDEF. */
static rt_value super_general(struct rt_thread *ts, rt_value super, rt_value name, rt_value *self)
{
    rt_value o = rt_call0(ts, super), me;
    *self = RT_UNDEF;
    if (rt_is_null(o))
        return o;
    rt_value f = rt_getmethod(ts, rt_borrowed(o), name, &me);
    if (f.bits && !rt_is_null(me))
        *self = rt_newref(ts, me);
    rt_decref(ts, o);
    return f;
}

static rt_value super_method(struct rt_thread *ts, struct rt_frame *fr, rt_value super, uint32_t ni, rt_value *self)
{
    rt_value name = fr->code->names[ni & 0xffff], type, obj, f;
    if (!rt_is(super, rt_type_value(&rt_super_type)))
        return super_general(ts, super, name, self);
    struct rt_ic_cell *c = super_cell(fr, ni);
    if (c) {
        *self = rt_reg_ref(ts, fr->regs[0]);
        return c->value;
    }
    if (rt_super_arguments(ts, &type, &obj) < 0)
        return RT_NULL;
    uint32_t version = rt_load_acquire(&rt_type_of(obj)->version);
    bool plain;
    f = rt_super_direct(ts, rt_as_type(type), obj, name, &plain);
    *self = plain ? rt_newref(ts, obj) : RT_UNDEF;
    if (f.bits && plain && rt_is(obj, fr->regs[0]))
        cache_super(ts, fr, ni, type, version, f);
    else if (rt_is_null(f) && !rt_pending(ts))
        f = super_general(ts, super, name, self);
    rt_decref(ts, type);
    rt_decref(ts, obj);
    return f;
}

bool rt_eval_super_method(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, uint32_t ni)
{
    rt_value self, f = super_method(ts, fr, rt_borrowed(fr->regs[B(w)]), ni, &self);
    if (rt_is_null(f))
        return false;
    rt_reg_consume(ts, fr, B(w), 256);
    rt_reg_set(ts, fr, A(w), f);
    rt_reg_set(ts, fr, A(w) + 1, self);
    return true;
}

/* ---- forgetting ---- */

/* Which of the words and cells of all code are to be dropped: those of a shape alone, or of any kind of cell. */
struct forgotten {
    bool (*shape)(uint32_t id);
    bool (*cell)(const struct rt_ic_cell *c);
};
static int forget_of_code(struct rt_object *o, void *arg)
{
    const struct forgotten *f = arg;
    if (rt_type_of_obj(o) != &rt_code_type)
        return 0;
    struct rt_code *c = (struct rt_code *)o;
    for (uint32_t i = 0; i < c->nic; i++) {
        uint64_t ic = rt_load_relaxed(&c->ic[i]);
        if (ic >> 63) {
            if (f->shape((uint32_t)(ic >> 32) & ~RT_IC_SHAPE(0)))
                rt_store_relaxed(&c->ic[i], 0);
            continue;
        }
        for (struct rt_ic_cell *k = ic_chain(ic); k; k = k->next)
            if (f->cell(k))
                k->shape = k->version = 0;
    }
    return 0;
}
static void forget_stw(const struct forgotten *f)
{
    for (struct rt_interp *in = rt_runtime.interps; in; in = in->next)
        rt_heap_walk_stw(in, forget_of_code, (void *)f);
}

/* A class got a data descriptor that shadows instance attributes: every cache word that is guarded by the
   shape alone is dropped. Rare; the world stops. */
static bool any_shape(uint32_t id) { return true; }
static bool is_of_shape_alone(const struct rt_ic_cell *c)
{
    return c->kind <= RT_ATTR_ADD || (c->kind >= RT_ATTR_TYPE && c->kind <= RT_ATTR_TYPE_VAR);
}
void rt_eval_flush_caches(struct rt_thread *ts)
{
    static const struct forgotten f = {any_shape, is_of_shape_alone};
    rt_stop_world(ts, RT_SCOPE_PROCESS);
    forget_stw(&f);
    rt_start_world(ts, RT_SCOPE_PROCESS);
}

/* A word or cell of such a shape can match no object: the class is gone. The next class may get its id. */
static bool is_dead(uint32_t id) { return rt_shape_from_id(id)->flags & RT_SHAPE_DEAD; }
static bool is_of_dead_shape(const struct rt_ic_cell *c) { return is_dead(c->shape); }
void rt_eval_forget_dead_shapes(void)
{
    static const struct forgotten f = {is_dead, is_of_dead_shape};
    forget_stw(&f);
}
