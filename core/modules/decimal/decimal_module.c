/* SPDX-License-Identifier: MIT */
/* The _decimal module: exceptions, constants, contexts of a new interpreter. */
#include "core/modules/decimal/decimal_internal.h"

/* name, then its bases: own classes by index into what was made before, builtin ones by type */
struct exception { const char *name; int own[3]; struct rt_type *builtin; };
enum { X_BASE, X_CLAMPED, X_INVALID, X_INEXACT, X_ROUNDED, X_SUBNORMAL, X_FLOAT, X_DIV_ZERO, X_OVERFLOW, X_UNDERFLOW,
       X_SYNTAX, X_IMPOSSIBLE, X_UNDEFINED, X_CONTEXT, X_COUNT };
static const struct exception exceptions[X_COUNT] = {
    {"DecimalException", {-1}, &rt_exc_ArithmeticError}, {"Clamped", {X_BASE, -1}, NULL}, {"InvalidOperation", {X_BASE, -1}, NULL},
    {"Inexact", {X_BASE, -1}, NULL}, {"Rounded", {X_BASE, -1}, NULL}, {"Subnormal", {X_BASE, -1}, NULL},
    {"FloatOperation", {X_BASE, -1}, &rt_exc_TypeError}, {"DivisionByZero", {X_BASE, -1}, &rt_exc_ZeroDivisionError},
    {"Overflow", {X_INEXACT, X_ROUNDED, -1}, NULL}, {"Underflow", {X_INEXACT, X_ROUNDED, X_SUBNORMAL}, NULL},
    {"ConversionSyntax", {X_INVALID, -1}, NULL}, {"DivisionImpossible", {X_INVALID, -1}, NULL},
    {"DivisionUndefined", {X_INVALID, -1}, &rt_exc_ZeroDivisionError}, {"InvalidContext", {X_INVALID, -1}, NULL},
};
static const int signal_index[SIG_COUNT] = {X_INVALID, X_FLOAT, X_DIV_ZERO, X_OVERFLOW, X_UNDERFLOW, X_SUBNORMAL, X_INEXACT, X_ROUNDED, X_CLAMPED};

static rt_value make_exception(struct rt_thread *ts, const struct exception *x, const rt_value *made)
{
    rt_value bases[4];
    uint32_t n = 0;
    for (int i = 0; i < 3 && x->own[i] >= 0; i++)
        bases[n++] = made[x->own[i]];
    if (x->builtin)
        bases[n++] = rt_type_value(x->builtin);
    char name[64];
    snprintf(name, sizeof name, "decimal.%s", x->name);
    rt_value t = rt_tuple_from(ts, bases, n), r = rt_is_null(t) ? t : rt_type_derive(ts, name, t, RT_NULL);
    rt_decref(ts, t);
    return r;
}
static rt_value make_tuple_type(struct rt_thread *ts)
{
    rt_value f = rt_import_attr(ts, "collections", "namedtuple");
    rt_value fields = rt_is_null(f) ? f : rt_str_from_cstr(ts, "sign digits exponent");
    rt_value t = rt_is_null(fields) ? fields : rt_call2(ts, f, rt_str_intern_cstr(ts, "DecimalTuple"), fields);
    rt_decref(ts, f);
    rt_decref(ts, fields);
    if (!rt_is_null(t) && rt_setattr_cstr(ts, t, "__module__", rt_str_intern_cstr(ts, "decimal")) < 0)
        rt_clear(ts, &t);
    return t;
}
static int register_number(struct rt_thread *ts)
{
    rt_value number = rt_import_attr(ts, "numbers", "Number"), d = rt_type_value(&rt_decimal_type);
    rt_value r = rt_is_null(number) ? number : rt_call_method(ts, number, "register", &d, 1);
    rt_decref(ts, number);
    rt_decref(ts, r);
    return rt_is_null(r) ? -1 : 0;
}
/* What an interpreter needs, once: kept alive by a tuple in native_state. */
static int make_state(struct rt_thread *ts, rt_value m)
{
    rt_value made[X_COUNT + 8];
    struct dec_state *s = rt_raw_calloc(1, sizeof *s);
    if (!s) {
        rt_raise_no_memory(ts);
        return -1;
    }
    ts->interp->native_private[RT_NS_DECIMAL] = s;
    for (int i = 0; i < X_COUNT; i++)
        if (rt_is_null(made[i] = make_exception(ts, &exceptions[i], made)))
            return -1;
    for (int i = 0; i < SIG_COUNT; i++)
        s->signals[i] = made[signal_index[i]];
    for (int i = 0; i < 4; i++)
        s->conditions[i] = made[X_SYNTAX + i];
    s->rational = rt_import_attr(ts, "numbers", "Rational");
    if (rt_is_null(s->rational) || rt_is_null(s->tuple_type = make_tuple_type(ts)) || rt_dec_exec_types(ts, m) < 0 ||
        dec_contexts_ready(ts, m) < 0 || register_number(ts) < 0)
        return -1;
    rt_value more[] = {s->rational, s->tuple_type, s->signal_dict_type, s->default_context, s->basic_context, s->extended_context, s->context_var};
    for (size_t i = 0; i < RT_COUNTOF(more); i++)
        made[X_COUNT + i] = more[i];
    rt_value all = rt_tuple_from(ts, made, X_COUNT + RT_COUNTOF(more));
    if (rt_is_null(all))
        return -1;
    rt_slot_set(ts, &ts->interp->native_state[RT_NS_DECIMAL], all);
    return 0;
}
static int exec(struct rt_thread *ts, rt_value m)
{
    if (!rt_slot_peek(&ts->interp->native_state[RT_NS_DECIMAL]).bits && make_state(ts, m) < 0)
        return -1;
    struct dec_state *s = dec_state(ts);
    rt_value all = rt_slot_peek(&ts->interp->native_state[RT_NS_DECIMAL]);
    for (int i = 0; i < X_COUNT; i++)
        if (i < X_SYNTAX + 4 && rt_module_add(ts, m, exceptions[i].name, rt_newref(ts, rt_as_tuple(all)->items[i])) < 0)
            return -1;
    for (int i = 0; i < R_COUNT; i++)
        if (rt_module_add(ts, m, rt_str_utf8(ts, s->rounding_names[i], NULL), rt_newref(ts, s->rounding_names[i])) < 0)
            return -1;
    rt_module_add_type(ts, m, &rt_decimal_type);
    rt_module_add_type(ts, m, &rt_dec_context_type);
    rt_module_add(ts, m, "DecimalTuple", rt_newref(ts, s->tuple_type));
    rt_module_add(ts, m, "DefaultContext", rt_newref(ts, s->default_context));
    rt_module_add(ts, m, "BasicContext", rt_newref(ts, s->basic_context));
    rt_module_add(ts, m, "ExtendedContext", rt_newref(ts, s->extended_context));
    rt_module_add(ts, m, "HAVE_THREADS", RT_TRUE);
    rt_module_add(ts, m, "HAVE_CONTEXTVAR", RT_TRUE);
    rt_module_add_int(ts, m, "MAX_PREC", DEC_MAX_PREC);
    rt_module_add_int(ts, m, "MAX_EMAX", DEC_MAX_EMAX);
    rt_module_add_int(ts, m, "MIN_EMIN", DEC_MIN_EMIN);
    rt_module_add_int(ts, m, "MIN_ETINY", DEC_MIN_ETINY);
    rt_module_add_str(ts, m, "__version__", "1.70");
    return rt_module_add_str(ts, m, "__libmpdec_version__", "2.5.1");
}
static const struct rt_method_def methods[] = {
    {"getcontext", dec_getcontext, RT_METH_NOARGS, "getcontext($module, /)\n--\n\nGet the current default context."},
    {"setcontext", dec_setcontext, RT_METH_O, "setcontext($module, context, /)\n--\n\nSet a new default context."},
    {"localcontext", dec_localcontext, RT_METH_KW,
     "localcontext($module, /, ctx=None, **kwargs)\n--\n\nReturn a context manager that will set the default context to a copy of ctx\n"
     "on entry to the with-statement and restore the previous default context when\n"
     "exiting the with-statement. If no context is specified, a copy of the current\ndefault context is used.\n"},
    {NULL},
};
const struct rt_module_def rt_module__decimal = {.name = "_decimal", .doc = "C decimal arithmetic module", .methods = methods, .exec = exec};
