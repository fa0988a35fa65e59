/* SPDX-License-Identifier: MIT */
/* _decimal: Context, its flags and traps as mappings, the current context, raising. */
#include "core/modules/contextvars.h"
#include "core/modules/decimal/decimal_internal.h"

static const char *const rounding_names[R_COUNT] = {"ROUND_UP", "ROUND_DOWN", "ROUND_CEILING", "ROUND_FLOOR",
    "ROUND_HALF_UP", "ROUND_HALF_DOWN", "ROUND_HALF_EVEN", "ROUND_05UP"};
static const uint32_t signal_bits[SIG_COUNT] = {ST_IEEE_INVALID, ST_FLOAT, ST_DIV_ZERO, ST_OVERFLOW, ST_UNDERFLOW,
    ST_SUBNORMAL, ST_INEXACT, ST_ROUNDED, ST_CLAMPED};
static const uint32_t condition_bits[4] = {ST_SYNTAX, ST_DIV_IMPOSSIBLE, ST_DIV_UNDEFINED, ST_INVALID_CONTEXT};
static const char bad_signals[] = "valid values for signals are:\n  [InvalidOperation, FloatOperation, DivisionByZero,\n"
                                  "   Overflow, Underflow, Subnormal, Inexact, Rounded,\n   Clamped]";

bool dec_is_context(rt_value v) { return rt_is_ptr(v) && rt_type_is_subtype(rt_type_of(v), &rt_dec_context_type); }

/* ---- raising ---- */
/* The classes of the conditions in st: specific ones first. */
static rt_value list_of(struct rt_thread *ts, uint32_t st)
{
    struct dec_state *s = dec_state(ts);
    rt_value l = rt_list_new(ts, 4);
    if (rt_is_null(l))
        return l;
    if (st & (ST_INVALID | 1 << 5))
        rt_list_append(ts, l, s->signals[SIG_INVALID]);
    for (int i = 0; i < 4; i++)
        if (st & condition_bits[i])
            rt_list_append(ts, l, s->conditions[i]);
    for (int i = 1; i < SIG_COUNT; i++)
        if (st & signal_bits[i])
            rt_list_append(ts, l, s->signals[i]);
    return l;
}
int dec_status(struct rt_thread *ts, struct dctx *ctx, uint32_t st)
{
    if (st == 0)
        return 0;
    uint32_t have = rt_load_relaxed(&ctx->status);
    if ((have & st) != st)
        rt_store_relaxed(&ctx->status, have | st);
    if (rt_likely(!(st & (rt_load_relaxed(&ctx->traps) | ST_NO_MEMORY))))
        return 0;
    if (st & ST_NO_MEMORY) {
        rt_raise_no_memory(ts);
        return -1;
    }
    struct dec_state *s = dec_state(ts);
    st &= rt_load_relaxed(&ctx->traps);
    for (int i = 0; i < SIG_COUNT; i++)
        if (st & signal_bits[i]) {
            rt_value l = list_of(ts, st);
            if (!rt_is_null(l))
                rt_raise_value(ts, rt_as_type(s->signals[i]), l);
            rt_decref(ts, l);
            return -1;
        }
    return 0;
}

/* ---- signal dicts: a view of a context's flags or traps ---- */
struct sigdict { struct rt_object hdr; rt_slot ctx; bool traps; };
static struct rt_type sigdict_type;
#define SD(v) ((struct sigdict *)rt_ptr(v))
static struct context *sd_context(rt_value v) { return as_context(rt_slot_peek(&SD(v)->ctx)); }
static uint32_t sd_bits(rt_value v)
{
    struct context *c = sd_context(v);
    return SD(v)->traps ? rt_load_relaxed(&c->c.traps) : rt_load_relaxed(&c->c.status);
}
static bool is_sigdict(rt_value v) { return rt_is_ptr(v) && rt_type_is_subtype(rt_type_of(v), &sigdict_type) && rt_slot_peek(&SD(v)->ctx).bits; }
static rt_value sd_make(struct rt_thread *ts, struct context *c, bool traps)
{
    rt_value v = rt_type_alloc(ts, rt_as_type(dec_state(ts)->signal_dict_type));
    if (rt_is_null(v))
        return v;
    rt_slot_init(&SD(v)->ctx, rt_newref_obj(ts, c));
    SD(v)->traps = traps;
    return v;
}
static int signal_of(struct rt_thread *ts, rt_value v)
{
    for (int i = 0; i < SIG_COUNT; i++)
        if (rt_is(v, dec_state(ts)->signals[i]))
            return i;
    rt_raise(ts, &rt_exc_KeyError, "%s", bad_signals);
    return -1;
}
static bool sd_valid(struct rt_thread *ts, rt_value self)
{
    if (rt_slot_peek(&SD(self)->ctx).bits)
        return true;
    rt_raise(ts, &rt_exc_ValueError, "invalid signal dict");
    return false;
}
static rt_value sd_getitem(struct rt_thread *ts, rt_value self, rt_value key)
{
    int i = sd_valid(ts, self) ? signal_of(ts, key) : -1;
    return i < 0 ? RT_NULL : rt_bool(sd_bits(self) & signal_bits[i]);
}
static int sd_setitem(struct rt_thread *ts, rt_value self, rt_value key, rt_value v)
{
    if (!sd_valid(ts, self))
        return -1;
    if (rt_is_null(v)) {
        rt_raise(ts, &rt_exc_ValueError, "signal keys cannot be deleted");
        return -1;
    }
    int i = signal_of(ts, key), on = i < 0 ? -1 : rt_truth(ts, v);
    if (on < 0)
        return -1;
    struct context *c = sd_context(self);
    uint32_t bit = signal_bits[i];
    if (SD(self)->traps)
        (void)(on ? rt_or_relaxed(&c->c.traps, bit) : rt_and_relaxed(&c->c.traps, ~bit));
    else if (on)
        rt_or_relaxed(&c->c.status, bit);
    else
        rt_and_relaxed(&c->c.status, ~bit);
    return 0;
}
static int64_t sd_len(struct rt_thread *ts, rt_value self) { return SIG_COUNT; }
static rt_value signals_tuple(struct rt_thread *ts) { return rt_tuple_from(ts, dec_state(ts)->signals, SIG_COUNT); }
static rt_value sd_iter(struct rt_thread *ts, rt_value self)
{
    if (!sd_valid(ts, self))
        return RT_NULL;
    rt_value t = signals_tuple(ts), it = rt_is_null(t) ? t : rt_iter(ts, t);
    rt_decref(ts, t);
    return it;
}
static rt_value sd_repr(struct rt_thread *ts, rt_value self)
{
    struct rt_strbuf b;
    if (!sd_valid(ts, self))
        return RT_NULL;
    rt_strbuf_init(&b);
    rt_strbuf_ascii(ts, &b, "{", 1);
    for (int i = 0; i < SIG_COUNT; i++) {
        rt_value s = rt_str_format(ts, "%s%R:%s", i ? ", " : "", dec_state(ts)->signals[i], sd_bits(self) & signal_bits[i] ? "True" : "False");
        if (rt_is_null(s) || rt_strbuf_str(ts, &b, s) < 0) {
            rt_decref(ts, s);
            rt_strbuf_abort(&b);
            return RT_NULL;
        }
        rt_decref(ts, s);
    }
    rt_strbuf_ascii(ts, &b, "}", 1);
    return rt_strbuf_finish(ts, &b);
}
static rt_value sd_copy(struct rt_thread *ts, rt_value self)
{
    rt_value d = sd_valid(ts, self) ? rt_dict_new(ts) : RT_NULL;
    for (int i = 0; i < SIG_COUNT && !rt_is_null(d); i++)
        if (rt_dict_set(ts, d, dec_state(ts)->signals[i], rt_bool(sd_bits(self) & signal_bits[i])) < 0)
            rt_clear(ts, &d);
    return d;
}
/* Flags given as a dict with every signal. -1 error. */
static int64_t bits_of_dict(struct rt_thread *ts, rt_value v)
{
    int64_t bits = 0;
    if (is_sigdict(v))
        return sd_bits(v);
    if (!rt_is_dict(v)) {
        rt_raise(ts, &rt_exc_TypeError, "argument must be a signal dict");
        return -1;
    }
    for (int i = 0; i < SIG_COUNT; i++) {
        rt_value x = rt_dict_len(v) == SIG_COUNT ? rt_dict_get(ts, v, dec_state(ts)->signals[i]) : RT_NULL;
        if (rt_is_null(x)) {
            if (!rt_pending(ts))
                rt_raise(ts, &rt_exc_KeyError, "invalid signal dict");
            return -1;
        }
        int on = rt_truth(ts, x);
        rt_decref(ts, x);
        if (on < 0)
            return -1;
        bits |= on ? signal_bits[i] : 0;
    }
    return bits;
}
static int64_t bits_of_list(struct rt_thread *ts, rt_value l)
{
    int64_t bits = 0;
    for (size_t i = 0; i < rt_list_len(l); i++) {
        rt_value x = rt_list_get(ts, l, i);
        int s = -1;
        uint32_t specific = 0;
        for (int k = 0; k < 4 && !rt_is_null(x); k++)
            if (rt_is(x, dec_state(ts)->conditions[k]))
                specific = condition_bits[k];
        if (!specific)
            s = rt_is_null(x) ? -1 : signal_of(ts, x);
        rt_decref(ts, x);
        if (s < 0 && !specific)
            return -1;
        bits |= specific ? specific : signal_bits[s];
    }
    return bits;
}
static rt_value sd_compare(struct rt_thread *ts, rt_value a, rt_value b, enum rt_cmp op)
{
    if (op != RT_EQ && op != RT_NE)
        return RT_NOTIMPL;
    if (!is_sigdict(b) && !rt_is_dict(b))
        return RT_NOTIMPL;
    int64_t x = sd_bits(a), y = bits_of_dict(ts, b);
    if (y < 0) {
        if (!rt_exc_clear_if(ts, &rt_exc_KeyError))
            return RT_NULL;
        return RT_NOTIMPL;
    }
    return rt_bool((x == y) == (op == RT_EQ));
}
static int sd_traverse(struct rt_object *o, rt_visit visit, void *arg) { return visit(rt_slot_peek(&((struct sigdict *)o)->ctx), arg); }
static void sd_clear(struct rt_thread *ts, struct rt_object *o) { rt_decref(ts, rt_slot_swap(&((struct sigdict *)o)->ctx, RT_NULL)); }
static const struct rt_method_def sd_methods[] = {{"copy", sd_copy, RT_METH_NOARGS, NULL}, {NULL}};
static struct rt_type sigdict_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "decimal.SignalDictMixin", .flags = RT_TF_BASETYPE | RT_TF_GC,
    .basic_size = sizeof(struct sigdict), .dealloc = sd_clear, .clear = sd_clear, .traverse = sd_traverse, .repr = sd_repr,
    .getitem = sd_getitem, .setitem = sd_setitem, .len = sd_len, .iter = sd_iter, .richcompare = sd_compare, .methods = sd_methods,
};

/* ---- attributes of a context ---- */
int dec_round_arg(struct rt_thread *ts, rt_value v)
{
    for (int i = 0; i < R_COUNT; i++) /* the module's own constants, mostly */
        if (rt_is(v, dec_state(ts)->rounding_names[i]))
            return i;
    for (int i = 0; i < R_COUNT && rt_is_str(v); i++)
        if (rt_str_eq_cstr(v, rounding_names[i]))
            return i;
    rt_raise(ts, &rt_exc_TypeError, "valid values for rounding are:\n  [ROUND_CEILING, ROUND_FLOOR, ROUND_UP, ROUND_DOWN,\n   ROUND_HALF_UP, ROUND_HALF_DOWN, ROUND_HALF_EVEN,\n   ROUND_05UP]");
    return -1;
}
enum attribute { A_PREC, A_EMIN, A_EMAX, A_CAPITALS, A_CLAMP };
static const struct { const char *name; int64_t low, high; const char *error; } limits[] = {
    {"prec", 1, DEC_MAX_PREC, "valid range for prec is [1, MAX_PREC]"},
    {"Emin", DEC_MIN_EMIN, 0, "valid range for Emin is [MIN_EMIN, 0]"},
    {"Emax", 0, DEC_MAX_EMAX, "valid range for Emax is [0, MAX_EMAX]"},
    {"capitals", 0, 1, "valid values for capitals are 0 or 1"},
    {"clamp", 0, 1, "valid values for clamp are 0 or 1"},
};
static int ctx_set_int(struct rt_thread *ts, struct context *c, enum attribute a, rt_value v)
{
    if (!rt_is_any_int(v)) {
        rt_raise(ts, &rt_exc_TypeError, "an integer is required (got type %T)", v);
        return -1;
    }
    int64_t x = rt_as_i64(ts, v);
    if (rt_pending(ts))
        return -1;
    if (x < limits[a].low || x > limits[a].high) {
        rt_raise(ts, &rt_exc_ValueError, "%s", limits[a].error);
        return -1;
    }
    switch (a) {
    /* Settings of a context that threads share: each word is the old or the new one. */
    case A_PREC: rt_racy_copy(&c->c.prec, &x, sizeof x); break;
    case A_EMIN: rt_racy_copy(&c->c.emin, &x, sizeof x); break;
    case A_EMAX: rt_racy_copy(&c->c.emax, &x, sizeof x); break;
    case A_CAPITALS: rt_racy_copy(&c->c.capitals, &(uint8_t){(uint8_t)x}, 1); break;
    case A_CLAMP: rt_racy_copy(&c->c.clamp, &(uint8_t){(uint8_t)x}, 1); break;
    }
    return 0;
}
static int no_delete(struct rt_thread *ts, rt_value v)
{
    if (!rt_is_null(v))
        return 0;
    rt_raise(ts, &rt_exc_AttributeError, "context attributes cannot be deleted");
    return -1;
}
static int set_int_attr(struct rt_thread *ts, rt_value self, rt_value v, void *which)
{
    return no_delete(ts, v) < 0 ? -1 : ctx_set_int(ts, as_context(self), (enum attribute)(intptr_t)which, v);
}
static rt_value get_int_attr(struct rt_thread *ts, rt_value self, void *which)
{
    const struct dctx *c = &as_context(self)->c;
    switch ((intptr_t)which) {
    case A_PREC: return rt_int_imm(c->prec);
    case A_EMIN: return rt_int_imm(c->emin);
    case A_EMAX: return rt_int_imm(c->emax);
    case A_CAPITALS: return rt_int_imm(c->capitals);
    default: return rt_int_imm(c->clamp);
    }
}
static rt_value get_rounding(struct rt_thread *ts, rt_value self, void *c)
{
    return rt_newref(ts, dec_state(ts)->rounding_names[as_context(self)->c.round]);
}
static int set_rounding(struct rt_thread *ts, rt_value self, rt_value v, void *c)
{
    int r = no_delete(ts, v) < 0 ? -1 : dec_round_arg(ts, v);
    if (r < 0)
        return -1;
    rt_racy_copy(&as_context(self)->c.round, &(uint8_t){(uint8_t)r}, 1);
    return 0;
}
/* Made on first use and kept: the same object each time, as programs may compare identities. */
static rt_value get_signals(struct rt_thread *ts, rt_value self, void *traps)
{
    struct context *c = as_context(self);
    rt_slot *slot = traps ? &c->traps : &c->flags;
    rt_value v = rt_slot_get(ts, c, slot);
    if (!rt_is_null(v))
        return v;
    v = sd_make(ts, c, traps != NULL);
    if (!rt_is_null(v))
        rt_slot_set(ts, slot, rt_newref(ts, v));
    return v;
}
static int set_signals(struct rt_thread *ts, rt_value self, rt_value v, void *traps)
{
    int64_t bits = no_delete(ts, v) < 0 ? -1 : bits_of_dict(ts, v);
    if (bits < 0)
        return -1;
    if (traps)
        rt_store_relaxed(&as_context(self)->c.traps, (uint32_t)bits);
    else
        rt_store_relaxed(&as_context(self)->c.status, (uint32_t)bits);
    return 0;
}
static int ctx_setattro(struct rt_thread *ts, rt_value self, rt_value name, rt_value v)
{
    return no_delete(ts, v) < 0 ? -1 : rt_object_setattr(ts, self, name, v);
}

/* ---- making contexts ---- */
static void copy_settings(struct context *to, const struct context *from, uint32_t status)
{
    to->c.prec = from->c.prec;
    to->c.emax = from->c.emax;
    to->c.emin = from->c.emin;
    rt_store_relaxed(&to->c.traps, rt_load_relaxed(&from->c.traps));
    to->c.round = from->c.round;
    to->c.clamp = from->c.clamp;
    to->c.capitals = from->c.capitals;
    rt_store_relaxed(&to->c.status, status);
}
static rt_value ctx_new(struct rt_thread *ts, struct rt_type *t, const rt_value *args, uint32_t n, rt_value kw)
{
    rt_value v = rt_type_alloc(ts, t);
    if (rt_is_null(v))
        return v;
    struct dec_state *s = dec_state(ts);
    if (s && s->default_context.bits) {
        copy_settings(as_context(v), as_context(s->default_context), 0);
    } else {
        struct dctx *c = &as_context(v)->c;
        c->prec = 28;
        c->emax = 999999;
        c->emin = -999999;
        rt_store_relaxed(&c->traps, ST_IEEE_INVALID | ST_DIV_ZERO | ST_OVERFLOW);
        c->round = R_HALF_EVEN;
        c->capitals = 1;
    }
    return v;
}
static int init_signals(struct rt_thread *ts, struct context *c, rt_value v, bool traps)
{
    if (rt_is_null(v) || rt_is_none(v))
        return 0;
    int64_t bits = rt_is_list(v) ? bits_of_list(ts, v) : bits_of_dict(ts, v);
    if (bits < 0)
        return -1;
    if (traps)
        rt_store_relaxed(&c->c.traps, (uint32_t)bits);
    else
        rt_store_relaxed(&c->c.status, (uint32_t)bits);
    return 0;
}
static int ctx_init(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"prec", "rounding", "Emin", "Emax", "capitals", "clamp", "flags", "traps", NULL};
    static const struct rt_argspec spec = {"Context", names, 0, 0, 8, 8};
    static const enum attribute at[] = {A_PREC, 0, A_EMIN, A_EMAX, A_CAPITALS, A_CLAMP};
    struct context *c = as_context(self);
    rt_value v[8];
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return -1;
    for (int i = 0; i < 6; i++) {
        if (rt_is_null(v[i]) || rt_is_none(v[i]))
            continue;
        if ((i == 1 ? set_rounding(ts, self, v[i], NULL) : ctx_set_int(ts, c, at[i], v[i])) < 0)
            return -1;
    }
    return init_signals(ts, c, v[7], true) < 0 || init_signals(ts, c, v[6], false) < 0 ? -1 : 0;
}
static rt_value ctx_copy(struct rt_thread *ts, rt_value self)
{
    rt_value v = rt_type_alloc(ts, &rt_dec_context_type);
    if (!rt_is_null(v))
        copy_settings(as_context(v), as_context(self), rt_load_relaxed(&as_context(self)->c.status));
    return v;
}
static int signal_names(struct rt_thread *ts, struct rt_strbuf *b, uint32_t bits)
{
    static const char *const by_bit[ST_BITS] = {"Clamped", "InvalidOperation", "DivisionByZero", "InvalidOperation", "InvalidOperation",
        "InvalidOperation", "Inexact", "InvalidOperation", "InvalidOperation", "InvalidOperation", "FloatOperation", "Overflow",
        "Rounded", "Subnormal", "Underflow"};
    bool first = true, invalid = false;
    for (int i = 0; i < ST_BITS; i++) {
        if (!(bits & 1u << i) || ((ST_IEEE_INVALID & 1u << i) && invalid))
            continue;
        invalid |= (ST_IEEE_INVALID & 1u << i) != 0;
        if ((!first && rt_strbuf_ascii(ts, b, ", ", 2) < 0) || rt_strbuf_ascii(ts, b, by_bit[i], strlen(by_bit[i])) < 0)
            return -1;
        first = false;
    }
    return 0;
}
static rt_value ctx_repr(struct rt_thread *ts, rt_value self)
{
    const struct dctx *c = &as_context(self)->c;
    struct rt_strbuf b;
    char head[200];
    int n = snprintf(head, sizeof head, "Context(prec=%lld, rounding=%s, Emin=%lld, Emax=%lld, capitals=%d, clamp=%d, flags=[",
                     (long long)c->prec, rounding_names[c->round], (long long)c->emin, (long long)c->emax, c->capitals, c->clamp);
    rt_strbuf_init(&b);
    if (rt_strbuf_ascii(ts, &b, head, (size_t)n) < 0 || signal_names(ts, &b, rt_load_relaxed(&c->status)) < 0 ||
        rt_strbuf_ascii(ts, &b, "], traps=[", 10) < 0 || signal_names(ts, &b, rt_load_relaxed(&c->traps)) < 0 || rt_strbuf_ascii(ts, &b, "])", 2) < 0) {
        rt_strbuf_abort(&b);
        return RT_NULL;
    }
    return rt_strbuf_finish(ts, &b);
}
static rt_value signals_list(struct rt_thread *ts, uint32_t bits)
{
    rt_value l = rt_list_new(ts, 4);
    for (int i = 0; i < SIG_COUNT && !rt_is_null(l); i++)
        if (bits & signal_bits[i])
            rt_list_append(ts, l, dec_state(ts)->signals[i]);
    return l;
}
static rt_value ctx_reduce(struct rt_thread *ts, rt_value self)
{
    const struct dctx *c = &as_context(self)->c;
    rt_value flags = signals_list(ts, rt_load_relaxed(&c->status)), traps = rt_is_null(flags) ? flags : signals_list(ts, rt_load_relaxed(&c->traps));
    rt_value args = rt_is_null(traps) ? traps : rt_tuple_pack(ts, 8, rt_int_imm(c->prec), dec_state(ts)->rounding_names[c->round],
        rt_int_imm(c->emin), rt_int_imm(c->emax), rt_int_imm(c->capitals), rt_int_imm(c->clamp), flags, traps);
    rt_decref(ts, flags);
    rt_decref(ts, traps);
    if (rt_is_null(args))
        return args;
    rt_value r = rt_tuple_pack(ts, 2, rt_type_value(rt_type_of(self)), args);
    rt_decref(ts, args);
    return r;
}
static rt_value ctx_clear_flags(struct rt_thread *ts, rt_value self)
{
    rt_store_relaxed(&as_context(self)->c.status, 0);
    return RT_NONE;
}
static rt_value ctx_clear_traps(struct rt_thread *ts, rt_value self)
{
    rt_store_relaxed(&as_context(self)->c.traps, 0);
    return RT_NONE;
}
static rt_value ctx_Etiny(struct rt_thread *ts, rt_value self) { return rt_int_from_i64(ts, ctx_etiny(&as_context(self)->c)); }
static rt_value ctx_Etop(struct rt_thread *ts, rt_value self) { return rt_int_from_i64(ts, ctx_etop(&as_context(self)->c)); }

static int ctx_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    struct context *c = (struct context *)o;
    int r = visit(rt_slot_peek(&c->flags), arg);
    return r ? r : visit(rt_slot_peek(&c->traps), arg);
}
static void ctx_drop(struct rt_thread *ts, struct rt_object *o)
{
    struct context *c = (struct context *)o;
    rt_decref(ts, rt_slot_swap(&c->flags, RT_NULL));
    rt_decref(ts, rt_slot_swap(&c->traps, RT_NULL));
}
static const struct rt_getset_def ctx_getset[] = {
    {"prec", get_int_attr, set_int_attr, NULL, (void *)A_PREC}, {"Emin", get_int_attr, set_int_attr, NULL, (void *)A_EMIN},
    {"Emax", get_int_attr, set_int_attr, NULL, (void *)A_EMAX}, {"capitals", get_int_attr, set_int_attr, NULL, (void *)A_CAPITALS},
    {"clamp", get_int_attr, set_int_attr, NULL, (void *)A_CLAMP}, {"rounding", get_rounding, set_rounding, NULL, NULL},
    {"flags", get_signals, set_signals, NULL, NULL}, {"traps", get_signals, set_signals, NULL, (void *)1}, {NULL},
};
static struct rt_method_def ctx_methods[96]; /* the ones here and object.c's operations; filled once at start */
static const struct rt_method_def ctx_own_methods[] = {
    {"Etiny", ctx_Etiny, RT_METH_NOARGS, "Etiny($self, /)\n--\n\nReturn a value equal to Emin - prec + 1, which is the minimum exponent value\nfor subnormal results."},
    {"Etop", ctx_Etop, RT_METH_NOARGS, "Etop($self, /)\n--\n\nReturn a value equal to Emax - prec + 1.  This is the maximum exponent\nif the _clamp field of the context is set to 1 (IEEE clamp mode)."},
    {"clear_flags", ctx_clear_flags, RT_METH_NOARGS, "clear_flags($self, /)\n--\n\nReset all flags to False."},
    {"clear_traps", ctx_clear_traps, RT_METH_NOARGS, "clear_traps($self, /)\n--\n\nSet all traps to False."},
    {"copy", ctx_copy, RT_METH_NOARGS, "copy($self, /)\n--\n\nReturn a duplicate of the context with all flags cleared."},
    {"__copy__", ctx_copy, RT_METH_NOARGS, NULL}, {"__reduce__", ctx_reduce, RT_METH_NOARGS, NULL}, {NULL},
};
struct rt_type rt_dec_context_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "decimal.Context",
    .doc = "Context(prec=None, rounding=None, Emin=None, Emax=None, capitals=None, clamp=None, flags=None, traps=None)\n--\n\n"
           "The context affects almost all operations and controls rounding,\nOver/Underflow, raising of exceptions and much more.  A new context\n"
           "can be constructed as follows:\n\n    >>> c = Context(prec=28, Emin=-425000000, Emax=425000000,\n"
           "    ...             rounding=ROUND_HALF_EVEN, capitals=1, clamp=1,\n"
           "    ...             traps=[InvalidOperation, DivisionByZero, Overflow],\n    ...             flags=[])\n    >>>\n\n\n",
    .flags = RT_TF_BASETYPE | RT_TF_GC, .basic_size = sizeof(struct context), .dealloc = ctx_drop, .clear = ctx_drop,
    .traverse = ctx_traverse, .repr = ctx_repr, .new = ctx_new, .init = ctx_init,
    .setattro = ctx_setattro, .getset = ctx_getset, .methods = ctx_methods,
};

/* ---- the current context ---- */
rt_value dec_current_context(struct rt_thread *ts)
{
    struct dec_state *s = dec_state(ts);
    rt_value c = rt_contextvar_get(ts, s->context_var, RT_NONE);
    if (rt_likely(rt_is_exact(c, &rt_dec_context_type)) || rt_is_null(c) || dec_is_context(c))
        return c;
    if (!rt_is_none(c)) { /* contextvars.copy_context() shows the variable, so anybody can set it */
        rt_raise(ts, &rt_exc_TypeError, "the current decimal context must be a Context, not %.200s", rt_typename(c));
        rt_decref(ts, c);
        return RT_NULL;
    }
    c = rt_type_alloc(ts, &rt_dec_context_type);
    if (rt_is_null(c))
        return c;
    copy_settings(as_context(c), as_context(s->default_context), 0);
    rt_value token = rt_contextvar_set(ts, s->context_var, c);
    if (rt_is_null(token))
        rt_clear(ts, &c);
    rt_decref(ts, token);
    return c;
}
rt_value dec_context_arg(struct rt_thread *ts, rt_value v)
{
    if (rt_is_null(v) || rt_is_none(v))
        return dec_current_context(ts);
    if (!dec_is_context(v))
        return rt_raise(ts, &rt_exc_TypeError, "optional argument must be a context");
    return rt_newref(ts, v);
}
rt_value dec_getcontext(struct rt_thread *ts, rt_value self) { return dec_current_context(ts); }
rt_value dec_setcontext(struct rt_thread *ts, rt_value self, rt_value v)
{
    struct dec_state *s = dec_state(ts);
    if (!dec_is_context(v))
        return rt_raise(ts, &rt_exc_TypeError, "argument must be a context");
    bool template = rt_is(v, s->default_context) || rt_is(v, s->basic_context) || rt_is(v, s->extended_context);
    rt_value c = template ? ctx_copy(ts, v) : rt_newref(ts, v);
    if (rt_is_null(c))
        return c;
    if (template)
        rt_store_relaxed(&as_context(c)->c.status, 0);
    rt_value token = rt_contextvar_set(ts, s->context_var, c);
    rt_decref(ts, c);
    if (rt_is_null(token))
        return token;
    rt_decref(ts, token);
    return RT_NONE;
}

/* ---- localcontext() ---- */
struct manager { struct rt_object hdr; rt_value local, global; };
static struct rt_type manager_type;
rt_value dec_localcontext(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"ctx", "prec", "rounding", "Emin", "Emax", "capitals", "clamp", "flags", "traps", NULL};
    static const struct rt_argspec spec = {"localcontext", names, 0, 0, 1, 9};
    static const enum attribute at[] = {A_PREC, 0, A_EMIN, A_EMAX, A_CAPITALS, A_CLAMP};
    rt_value v[9];
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    rt_value global = dec_current_context(ts), from = rt_is_null(v[0]) || rt_is_none(v[0]) ? global : v[0];
    if (rt_is_null(global))
        return global;
    if (!dec_is_context(from)) {
        rt_decref(ts, global);
        return rt_raise(ts, &rt_exc_TypeError, "optional argument must be a context");
    }
    rt_value local = ctx_copy(ts, from);
    int err = rt_is_null(local) ? -1 : 0;
    for (int i = 0; i < 6 && !err; i++)
        if (!rt_is_null(v[i + 1]) && !rt_is_none(v[i + 1]))
            err = i == 1 ? set_rounding(ts, local, v[i + 1], NULL) : ctx_set_int(ts, as_context(local), at[i], v[i + 1]);
    if (!err)
        err = init_signals(ts, as_context(local), v[7], false) < 0 || init_signals(ts, as_context(local), v[8], true) < 0;
    struct manager *m = err ? NULL : rt_object_new(ts, &manager_type, sizeof *m);
    if (!m) {
        rt_decref(ts, local);
        rt_decref(ts, global);
        return RT_NULL;
    }
    m->local = local;
    m->global = global;
    return rt_own(m);
}
static rt_value manager_enter(struct rt_thread *ts, rt_value self)
{
    struct manager *m = (struct manager *)rt_ptr(self);
    rt_value r = dec_setcontext(ts, RT_NULL, m->local);
    return rt_is_null(r) ? r : rt_newref(ts, m->local);
}
static rt_value manager_exit(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    rt_value r = dec_setcontext(ts, RT_NULL, ((struct manager *)rt_ptr(self))->global);
    return rt_is_null(r) ? r : RT_FALSE;
}
static int manager_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    struct manager *m = (struct manager *)o;
    int r = visit(m->local, arg);
    return r ? r : visit(m->global, arg);
}
static void manager_clear(struct rt_thread *ts, struct rt_object *o)
{
    struct manager *m = (struct manager *)o;
    rt_clear(ts, &m->local);
    rt_clear(ts, &m->global);
}
static const struct rt_method_def manager_methods[] = {
    {"__enter__", manager_enter, RT_METH_NOARGS, NULL}, {"__exit__", manager_exit, RT_METH_FAST, NULL}, {NULL},
};
static struct rt_type manager_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "decimal.ContextManager", .flags = RT_TF_NO_NEW | RT_TF_GC, .basic_size = sizeof(struct manager),
    .dealloc = manager_clear, .clear = manager_clear, .traverse = manager_traverse, .methods = manager_methods,
};

static void fill_methods(void)
{
    size_t n = 0;
    for (const struct rt_method_def *m = ctx_own_methods; m->name; m++)
        ctx_methods[n++] = *m;
    for (const struct rt_method_def *m = rt_dec_context_ops; m->name && n < RT_COUNTOF(ctx_methods) - 1; m++)
        ctx_methods[n++] = *m;
}

/* Types, templates and the names of rounding modes, for a new interpreter. */
int dec_contexts_ready(struct rt_thread *ts, rt_value module)
{
    struct dec_state *s = dec_state(ts);
    if (rt_context_init(ts) < 0 || rt_type_ready(ts, &sigdict_type) < 0 || rt_type_ready_filled(ts, &rt_dec_context_type, fill_methods) < 0 || rt_type_ready(ts, &manager_type) < 0)
        return -1;
    for (int i = 0; i < R_COUNT; i++)
        s->rounding_names[i] = rt_str_intern_cstr(ts, rounding_names[i]);
    rt_value mapping = rt_import_attr(ts, "collections.abc", "MutableMapping");
    rt_value bases = rt_is_null(mapping) ? mapping : rt_tuple_pack(ts, 2, rt_type_value(&sigdict_type), mapping), d = rt_dict_new(ts);
    if (rt_is_null(bases) || rt_is_null(d))
        return -1;
    s->signal_dict_type = rt_call3(ts, rt_type_value(&rt_type_type), rt_str_intern_cstr(ts, "SignalDict"), bases, d);
    rt_decref(ts, mapping);
    rt_decref(ts, bases);
    rt_decref(ts, d);
    rt_value def = rt_call0(ts, rt_type_value(&rt_dec_context_type)), basic = rt_call0(ts, rt_type_value(&rt_dec_context_type)),
             ext = rt_call0(ts, rt_type_value(&rt_dec_context_type));
    if (rt_is_null(def) || rt_is_null(basic) || rt_is_null(ext) || rt_is_null(s->signal_dict_type))
        return -1;
    as_context(basic)->c.prec = as_context(ext)->c.prec = 9;
    as_context(basic)->c.round = R_HALF_UP;
    rt_store_relaxed(&as_context(basic)->c.traps, ST_IEEE_INVALID | ST_DIV_ZERO | ST_OVERFLOW | ST_UNDERFLOW | ST_CLAMPED);
    rt_store_relaxed(&as_context(ext)->c.traps, 0);
    s->default_context = def;
    s->basic_context = basic;
    s->extended_context = ext;
    s->context_var = rt_contextvar_new(ts, rt_str_intern_cstr(ts, "decimal_context"), RT_NULL);
    return rt_is_null(s->context_var) ? -1 : 0;
}
