/* SPDX-License-Identifier: MIT */
/*
 * Out-of-line halves of the call instructions: frames for calls that are not of the simplest kind (defaults, keywords,
 * *args, generators, Class(...)). Calls of what is not written in Python are in call_native.c.
 *
 * A frame that the evaluator pushes may borrow what the caller's locals hold: the caller waits. The frame of a generator
 * will outlive this, so it owns everything.
 */
#include "core/eval/eval_internal.h"
#include "core/object/instance.h"

void rt_eval_consume(struct rt_thread *ts, struct rt_frame *fr, const uint8_t *ops, uint32_t n, uint32_t a)
{
    for (uint32_t i = 0; i < n; i++)
        rt_reg_consume(ts, fr, ops[i], a);
}

/* ---- Class(...) ---- */

/* The Python __init__ of class t: a deferred word; else RT_NULL. */
static rt_value python_init(struct rt_thread *ts, struct rt_type *t)
{
    if (t->init != rt_slot_init_py || !t->new || rt_type_has(t, RT_TF_ABSTRACT | RT_TF_NO_NEW))
        return RT_NULL;
    rt_value init = rt_type_lookup(ts, t, RT_ID(__init__));
    if (rt_is_ptr(init) && !rt_is_counted(init) && rt_is_function(init))
        return init;
    rt_decref(ts, init);
    return RT_NULL;
}

/* The same if nothing but memory has to be asked for an instance. */
static rt_value plain_init(struct rt_thread *ts, struct rt_type *t)
{
    return t->new == rt_object_type.new ? python_init(ts, t) : RT_NULL;
}

struct rt_frame *rt_eval_push_init(struct rt_thread *ts, struct rt_frame *fr, struct rt_type *t, uint32_t n)
{
    rt_value init = plain_init(ts, t);
    if (rt_is_null(init))
        return NULL;
    struct rt_code *code = rt_function_code(init);
    struct rt_frame *nf;
    if (!rt_load_acquire(&code->simple) || code->argcount != n + 1 || (nf = rt_frame_push_simple(ts, fr, code)) == NULL)
        return NULL;
    rt_value self = rt_type_alloc(ts, t);
    if (rt_is_null(self)) { /* the slow way will raise it again */
        rt_exc_clear(ts);
        ts->stack_top = (rt_value *)nf;
        ts->py_depth--;
        return NULL;
    }
    nf->regs[0] = rt_borrowed(self);
    nf->self = self;
    nf->func = init;
    nf->flags = RT_FR_INIT;
    return nf;
}

/* ---- Python callees, the general case ---- */

enum { MAX_KW = 16, MAX_PARAMS = 63, EXTRA = 255 };
struct plan { /* of a call that will certainly bind */
    uint64_t given;            /* the parameters that keywords name */
    uint32_t nkw, npos, take;  /* keywords, positional words (self included), those that have a parameter */
    uint8_t target[MAX_KW];    /* parameter of each keyword; EXTRA: goes into **kw */
    rt_value kwonly[MAX_KW];   /* owned defaults of keyword-only parameters, or RT_NULL */
};

static uint64_t parameters_below(uint32_t i) { return ((uint64_t)1 << i) - 1; }

static bool plan_keywords(const struct rt_code *co, rt_value kw, struct plan *p)
{
    const struct rt_tuple *names = rt_as_tuple(kw), *vars = rt_as_tuple(co->varnames);
    uint32_t total = co->argcount + co->kwonly, first = co->posonly;
    bool rest = co->flags & RT_CO_VARKEYWORDS;
    if (!rest && first < p->take)
        first = p->take; /* the name of one before is an error just as one that is not found */
    for (uint32_t k = 0; k < p->nkw; k++) {
        uint32_t i = first;
        while (i < total && !rt_is(vars->items[i], names->items[k]))
            i++;
        if (i < total ? i < p->take : !rest)
            return false;
        p->target[k] = i < total ? (uint8_t)i : EXTRA;
        p->given |= (uint64_t)(i < total) << i;
    }
    return true;
}

static void drop_kwonly(struct rt_thread *ts, const struct rt_code *co, struct plan *p)
{
    for (uint32_t i = 0; i < co->kwonly; i++)
        rt_decref(ts, p->kwonly[i]);
}

/* False: the call will fail, or is too unusual; nothing was touched. */
static bool plan_call(struct rt_thread *ts, struct rt_function *fn, struct rt_code *co, uint32_t npos, rt_value kw,
                      struct plan *p, rt_value defaults)
{
    p->nkw = kw.bits ? (uint32_t)rt_as_tuple(kw)->length : 0;
    p->npos = npos;
    p->take = npos < co->argcount ? npos : co->argcount;
    p->given = 0;
    if (co->local_base || !(co->flags & RT_CO_OPTIMIZED) || p->nkw > MAX_KW || co->kwonly > MAX_KW ||
        co->argcount + co->kwonly > MAX_PARAMS || (npos > co->argcount && !(co->flags & RT_CO_VARARGS)) ||
        (p->nkw && !plan_keywords(co, kw, p)))
        return false;
    uint32_t nd = defaults.bits ? (uint32_t)rt_as_tuple(defaults)->length : 0;
    uint32_t required = co->argcount > nd ? co->argcount - nd : 0;
    if (parameters_below(required) & ~parameters_below(p->take) & ~p->given)
        return false;
    if (!co->kwonly)
        return true;
    rt_value kwd = rt_slot_get(ts, fn, &fn->kwdefaults);
    bool ok = true;
    for (uint32_t i = 0; i < co->kwonly; i++) {
        p->kwonly[i] = RT_NULL;
        if (p->given >> (co->argcount + i) & 1)
            continue;
        if (ok && kwd.bits)
            p->kwonly[i] = rt_dict_get(ts, kwd, rt_as_tuple(co->varnames)->items[co->argcount + i]);
        ok = ok && p->kwonly[i].bits;
    }
    rt_decref(ts, kwd);
    if (!ok) {
        rt_exc_clear(ts);
        drop_kwonly(ts, co, p);
    }
    return ok;
}

/* *args and **kw of the frame. False: no memory. */
static bool bind_rest(struct rt_thread *ts, struct rt_frame *fr, struct rt_frame *nf, const struct plan *p, rt_value self,
                      const uint8_t *ops, rt_value kw, uint32_t has_self)
{
    struct rt_code *co = nf->code;
    uint32_t next = co->argcount + co->kwonly;
    if (co->flags & RT_CO_VARARGS) {
        rt_value words[257];
        uint32_t n = 0;
        for (uint32_t i = p->take; i < p->npos; i++)
            words[n++] = i < has_self ? rt_newref(ts, self) : rt_reg_take(ts, fr, ops[i - has_self]);
        rt_value rest = rt_tuple_steal(ts, words, n);
        if (rt_is_null(rest))
            return false;
        nf->regs[next++] = rest;
    }
    if (co->flags & RT_CO_VARKEYWORDS) {
        rt_value d = p->nkw ? rt_dict_new_sized(ts, p->nkw) : rt_dict_new(ts);
        if (rt_is_null(d))
            return false;
        nf->regs[next] = d;
        for (uint32_t k = 0; k < p->nkw; k++)
            if (p->target[k] == EXTRA) {
                uint32_t r = ops[p->npos - has_self + k];
                if (rt_dict_set(ts, rt_borrowed(d), rt_as_tuple(kw)->items[k], rt_borrowed(fr->regs[r])) < 0)
                    return false;
                rt_reg_consume(ts, fr, r, 256);
            }
    }
    return true;
}

static bool bind(struct rt_thread *ts, struct rt_frame *fr, struct rt_frame *nf, struct plan *p, rt_value self,
                 const uint8_t *ops, rt_value kw, rt_value defaults)
{
    struct rt_code *co = nf->code;
    bool own = co->flags & RT_CO_GENERATORS;
    uint32_t i = 0, has_self = !rt_is_null(self), tb = fr->code->temp_base;
    rt_fill_undef(nf->regs, nf->regs + co->nregs);
    if (has_self && p->take) {
        nf->regs[0] = rt_newref(ts, self);
        i = 1;
    }
    for (; i < p->take; i++)
        nf->regs[i] = own ? rt_reg_take(ts, fr, ops[i - has_self]) : rt_reg_pass(fr, ops[i - has_self], tb);
    if (co->flags & (RT_CO_VARARGS | RT_CO_VARKEYWORDS) && !bind_rest(ts, fr, nf, p, self, ops, kw, has_self))
        return false;
    for (uint32_t k = 0; k < p->nkw; k++)
        if (p->target[k] != EXTRA) {
            uint32_t r = ops[p->npos - has_self + k];
            nf->regs[p->target[k]] = own ? rt_reg_take(ts, fr, r) : rt_reg_pass(fr, r, tb);
        }
    for (; i < co->argcount; i++)
        if (rt_is_undef(nf->regs[i]))
            nf->regs[i] = rt_newref(ts, rt_as_tuple(defaults)->items[i + rt_as_tuple(defaults)->length - co->argcount]);
    for (uint32_t j = 0; j < co->kwonly; j++)
        if (p->kwonly[j].bits) {
            nf->regs[co->argcount + j] = p->kwonly[j];
            p->kwonly[j] = RT_NULL;
        }
    return true;
}

/* By copy, with the messages of args.c. */
static RT_NOINLINE struct rt_frame *push_checked(struct rt_thread *ts, struct rt_frame *fr, rt_value f, rt_value self,
                                                 const uint8_t *ops, uint32_t n, rt_value kw)
{
    rt_value argv[257], *p = argv;
    if (!rt_is_null(self))
        *p++ = rt_borrowed(self);
    for (uint32_t i = 0; i < n; i++)
        *p++ = rt_borrowed(fr->regs[ops[i]]);
    uint32_t nkw = kw.bits ? (uint32_t)rt_as_tuple(kw)->length : 0;
    struct rt_frame *nf = rt_frame_push(ts, rt_borrowed(f), argv, (uint32_t)(p - argv) - nkw, kw);
    if (nf)
        rt_eval_consume(ts, fr, ops, n, 256);
    return nf;
}

/* Positional arguments, fewer than the parameters at most, to a function of the simplest kind; NULL: not so. */
static struct rt_frame *push_positional(struct rt_thread *ts, struct rt_frame *fr, rt_value f, struct rt_code *co, rt_value self,
                                        const uint8_t *ops, uint32_t n)
{
    struct rt_function *fn = rt_as_function(f);
    uint32_t tb = fr->code->temp_base, has_self = !rt_is_null(self), missing = co->argcount - n - has_self, nd = 0;
    rt_value defaults = RT_NULL;
    if (missing) {
        defaults = rt_slot_get(ts, fn, &fn->defaults);
        nd = defaults.bits ? (uint32_t)rt_as_tuple(defaults)->length : 0;
    }
    struct rt_frame *nf = missing <= nd ? rt_frame_push_simple(ts, fr, co) : NULL;
    if (rt_unlikely(!nf)) {
        rt_decref(ts, defaults);
        return NULL;
    }
    rt_value *to = nf->regs;
    if (has_self)
        *to++ = rt_newref(ts, self);
    for (uint32_t i = 0; i < n; i++)
        *to++ = rt_reg_pass(fr, ops[i], tb);
    for (uint32_t i = nd - missing; i < nd; i++)
        *to++ = rt_newref(ts, rt_as_tuple(defaults)->items[i]);
    rt_fill_undef(to, nf->regs + co->nregs);
    nf->func = rt_newref(ts, f);
    nf->flags = rt_is_counted(nf->func) ? RT_FR_OWNS_FUNC : 0;
    nf->self = RT_NULL;
    rt_decref(ts, defaults);
    return nf;
}

struct rt_frame *rt_eval_push_general(struct rt_thread *ts, struct rt_frame *fr, rt_value f, rt_value self, const uint8_t *ops,
                                      uint32_t n, rt_value kw)
{
    if (rt_unlikely(rt_load_relaxed(&ts->breaker)) && rt_eval_poll_entry(ts, fr, f) < 0)
        return NULL;
    struct rt_function *fn = rt_as_function(f);
    struct rt_code *co = rt_load_acquire(&fn->code_ptr);
    struct rt_frame *nf;
    struct plan p;
    if (rt_load_acquire(&co->simple) && rt_is_null(kw) && n + !rt_is_null(self) <= co->argcount &&
        rt_likely((nf = push_positional(ts, fr, f, co, self, ops, n)) != NULL))
        return nf;
    if (rt_code_ready(ts, co) < 0)
        return NULL;
    rt_value defaults = rt_slot_get(ts, fn, &fn->defaults);
    uint32_t npos = n + !rt_is_null(self) - (kw.bits ? (uint32_t)rt_as_tuple(kw)->length : 0);
    if (!plan_call(ts, fn, co, npos, kw, &p, defaults)) {
        rt_decref(ts, defaults);
        return push_checked(ts, fr, f, self, ops, n, kw);
    }
    nf = rt_frame_push_simple(ts, fr, co);
    if (rt_unlikely(!nf)) {
        drop_kwonly(ts, co, &p);
        rt_decref(ts, defaults);
        return push_checked(ts, fr, f, self, ops, n, kw);
    }
    nf->func = rt_newref(ts, f);
    nf->flags = rt_is_counted(nf->func) ? RT_FR_OWNS_FUNC : 0;
    nf->self = RT_NULL;
    bool ok = bind(ts, fr, nf, &p, self, ops, kw, defaults);
    rt_decref(ts, defaults);
    if (rt_unlikely(!ok)) {
        drop_kwonly(ts, co, &p);
        rt_frame_release(ts, nf);
        ts->stack_top = (rt_value *)nf;
        ts->py_depth--;
        return NULL;
    }
    return nf;
}

/* ---- f(*args, **kwargs) ---- */

/* nf, a bound frame of __init__, shall return self, whose reference it takes. */
static struct rt_frame *as_init(struct rt_thread *ts, struct rt_frame *nf, rt_value self)
{
    struct rt_code *code = nf->code; /* __code__ may have been set meanwhile */
    rt_value *r = &nf->regs[code->local_base];
    if (code->argcount && r->bits == self.bits) {
        *r = rt_borrowed(self);
        rt_decref(ts, self);
    }
    nf->self = self;
    nf->flags |= RT_FR_INIT;
    return nf;
}

/* The function that a call of f runs, what it passes first in *self, or the class of what it shall make; else RT_NULL. */
static rt_value python_callee(struct rt_thread *ts, rt_value f, rt_value *self, struct rt_type **cls)
{
    *self = RT_NULL;
    *cls = NULL;
    if (rt_is_function(f))
        return rt_borrowed(f);
    if (rt_is_exact(f, &rt_method_type)) {
        struct rt_method *m = (struct rt_method *)rt_ptr(f);
        *self = rt_borrowed(m->self);
        return rt_is_function(m->func) ? rt_borrowed(m->func) : RT_NULL;
    }
    if (rt_type_of(f)->call != rt_type_type.call)
        return RT_NULL;
    *cls = rt_as_type(f);
    rt_value init = plain_init(ts, *cls);
    return rt_is_null(init) || (rt_function_code(init)->flags & RT_CO_GENERATORS) ? RT_NULL : init;
}

/* Words to pass, then the values of keywords; these and their names are owned. */
struct spread {
    struct { struct rt_tuple tuple; rt_value room[MAX_KW]; } names; /* rt_frame_push only looks at it */
    rt_value words[64];
    uint32_t n, nkw;
} __attribute__((aligned(16))); /* as what a value refers to is */

static void drop_keywords(struct rt_thread *ts, struct spread *s)
{
    for (uint32_t i = 0; i < s->nkw; i++) {
        rt_decref(ts, s->names.tuple.items[i]);
        rt_decref(ts, s->words[s->n + i]);
    }
}

/* words[0 .. first) are left to the caller. False: too many, or the slow way has something to complain of. */
static bool gather(struct rt_thread *ts, const struct rt_tuple *args, rt_value kwargs, uint32_t first, struct spread *s)
{
    size_t n = first + args->length, nkw = kwargs.bits ? rt_dict_len(kwargs) : 0, pos = 0;
    bool names_only = true;
    if (nkw > MAX_KW || n + nkw > RT_COUNTOF(s->words))
        return false;
    for (size_t i = 0; i < args->length; i++)
        s->words[first + i] = args->items[i];
    s->n = (uint32_t)n;
    for (s->nkw = 0; s->nkw < nkw && rt_dict_next(ts, kwargs, &pos, &s->names.tuple.items[s->nkw], &s->words[n + s->nkw]); s->nkw++)
        names_only = names_only && rt_is_str(s->names.tuple.items[s->nkw]);
    s->names.tuple.length = s->nkw;
    if (!names_only)
        drop_keywords(ts, s);
    return names_only;
}

static struct rt_frame *push_spread(struct rt_thread *ts, rt_value f, const struct rt_tuple *args, rt_value kwargs, bool *pushed)
{
    rt_value self;
    struct rt_type *cls;
    struct spread s;
    rt_value callee = python_callee(ts, f, &self, &cls);
    uint32_t first = cls || !rt_is_null(self);
    *pushed = true;
    if (!rt_is_null(callee) && !first && rt_is_null(kwargs))
        return rt_frame_push(ts, callee, args->items, (uint32_t)args->length, RT_NULL);
    if (rt_is_null(callee) || !gather(ts, args, kwargs, first, &s)) {
        *pushed = false;
        return NULL;
    }
    if (cls)
        self = rt_type_alloc(ts, cls);
    if (first)
        s.words[0] = self;
    struct rt_frame *nf = NULL;
    if (!first || !rt_is_null(self))
        nf = rt_frame_push(ts, callee, s.words, s.n, s.nkw ? rt_borrow(&s.names.tuple) : RT_NULL);
    drop_keywords(ts, &s);
    if (cls && nf)
        return as_init(ts, nf, self);
    if (cls)
        rt_decref(ts, self);
    return nf;
}

struct rt_frame *rt_eval_push_ex(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, uint32_t kwreg, bool *pushed)
{
    rt_value f = fr->regs[w >> 16 & 0xff], args = rt_borrowed(fr->regs[w >> 24]), made = RT_NULL;
    rt_value kwargs = kwreg == 255 ? RT_NULL : rt_borrowed(fr->regs[kwreg]);
    *pushed = false;
    if (rt_unlikely(rt_load_relaxed(&ts->breaker)) || (kwargs.bits && !rt_is_exact(kwargs, &rt_dict_type)))
        return NULL;
    if (rt_is_exact(args, &rt_list_type)) {
        args = made = rt_list_to_tuple(ts, args);
        *pushed = rt_is_null(made);
    }
    if (rt_is_null(args) || !rt_is_exact(args, &rt_tuple_type))
        return NULL;
    struct rt_frame *nf = push_spread(ts, f, rt_as_tuple(args), kwargs, pushed);
    rt_decref(ts, made);
    if (!nf)
        return NULL;
    if (kwreg != 255)
        rt_reg_consume(ts, fr, kwreg, 256);
    rt_reg_consume(ts, fr, w >> 24, 256);
    rt_reg_consume(ts, fr, w >> 16 & 0xff, 256);
    return nf;
}

/* ---- what is no function ---- */

/* t(...) up to its __init__. *done: that need not be run any more, or is another than init. */
static RT_NOINLINE rt_value make(struct rt_thread *ts, struct rt_frame *fr, struct rt_type *t, const uint8_t *ops, uint32_t n,
                                 rt_value kw, rt_value init, bool *done)
{
    rt_value argv[256];
    uint32_t npos = n - (kw.bits ? (uint32_t)rt_as_tuple(kw)->length : 0);
    for (uint32_t i = 0; i < n; i++)
        argv[i] = rt_borrowed(fr->regs[ops[i]]);
    *done = true;
    if (rt_unlikely(rt_c_stack_low(ts)) && rt_recursion_check(ts, " while calling a Python object") < 0)
        return RT_NULL;
    rt_value o = t->new(ts, t, argv, npos, kw);
    if (rt_is_null(o))
        return o;
    if (rt_likely(rt_type_of(o) == t && rt_is(python_init(ts, t), init))) {
        *done = false;
        return o;
    }
    return rt_type_call_init(ts, t, o, argv, npos, kw);
}

/* See rt_eval_push_other. The frame's own word for self is lent by nf->self, so the constructor fills an instance that only
   it knows. */
static struct rt_frame *push_instance(struct rt_thread *ts, struct rt_frame *fr, struct rt_type *t, const uint8_t *ops,
                                      uint32_t n, rt_value kw, rt_value *res)
{
    rt_value init = python_init(ts, t);
    if (rt_is_null(init) || (rt_function_code(init)->flags & RT_CO_GENERATORS))
        return NULL;
    bool done = false;
    rt_value self = t->new == rt_object_type.new ? rt_type_alloc(ts, t) : make(ts, fr, t, ops, n, kw, init, &done);
    if (rt_is_null(self) || done) {
        if (done)
            rt_eval_consume(ts, fr, ops, n, 256);
        *res = self;
        return NULL;
    }
    struct rt_frame *nf = rt_eval_push_general(ts, fr, init, self, ops, n, kw);
    if (nf)
        return as_init(ts, nf, self);
    rt_decref(ts, self);
    *res = RT_NULL;
    return NULL;
}

struct rt_frame *rt_eval_push_other(struct rt_thread *ts, struct rt_frame *fr, rt_value f, const uint8_t *ops, uint32_t n,
                                    rt_value kw, rt_value *res)
{
    struct rt_type *t = rt_type_of(f);
    struct rt_frame *nf;
    *res = RT_UNDEF;
    if (t->call == rt_type_type.call)
        return push_instance(ts, fr, rt_as_type(f), ops, n, kw, res);
    if (t == &rt_method_type) {
        const struct rt_method *m = (struct rt_method *)rt_ptr(f);
        if (!rt_is_function(m->func))
            return NULL;
        nf = rt_eval_push_general(ts, fr, m->func, m->self, ops, n, kw);
    } else {
        rt_value call = rt_eval_special_method(t, RT_ID(__call__));
        if (rt_is_null(call))
            return NULL;
        nf = rt_eval_push_general(ts, fr, call, rt_borrowed(f), ops, n, kw);
    }
    if (!nf)
        *res = RT_NULL;
    return nf;
}
