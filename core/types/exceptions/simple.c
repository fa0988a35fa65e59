/* SPDX-License-Identifier: MIT */
/*
 * Exceptions with one or two extra attributes: StopIteration, SystemExit, KeyError, AttributeError,
 * NameError.
 */
#include "core/types/exceptions/exc_internal.h"

/* ---- StopIteration, SystemExit --------------------------------------------------------------- */

RT_EXC_LIFE(stop, struct rt_exc_stop_iteration, value, 1)
RT_EXC_LIFE(quit, struct rt_exc_system_exit, code, 1)

static int stop_init(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    if (rt_exc_base_init(ts, self, args, n, kw) < 0)
        return -1;
    rt_exc_set_slot(ts, &((struct rt_exc_stop_iteration *)rt_ptr(self))->value, n ? args[0] : RT_NONE);
    return 0;
}

static int exit_init(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    if (rt_exc_base_init(ts, self, args, n, kw) < 0)
        return -1;
    rt_value code = RT_NONE;
    if (n == 1)
        code = args[0];
    else if (n > 1)
        code = rt_slot_get(ts, rt_ptr(self), &rt_as_exc(self)->args);
    rt_exc_set_slot(ts, &((struct rt_exc_system_exit *)rt_ptr(self))->code, code);
    if (n > 1)
        rt_decref(ts, code);
    return 0;
}

static const struct rt_member_def stop_members[] = {
    {"value", RT_MEMBER_OBJECT, offsetof(struct rt_exc_stop_iteration, value), false, "generator return value"},
    {0},
};
static const struct rt_member_def exit_members[] = {
    {"code", RT_MEMBER_OBJECT, offsetof(struct rt_exc_system_exit, code), false, "exception code"},
    {0},
};

/* ---- KeyError -------------------------------------------------------------------------------- */

/* str() of a missing key shows its repr: '' would look like no message at all. */
static rt_value key_str(struct rt_thread *ts, rt_value self)
{
    rt_value args = rt_exc_args(ts, self), r;
    if (rt_as_tuple(args)->length == 1)
        r = rt_repr(ts, rt_as_tuple(args)->items[0]);
    else
        r = rt_exc_base_str(ts, self);
    rt_decref(ts, args);
    return r;
}

/* ---- AttributeError, NameError --------------------------------------------------------------- */

RT_EXC_LIFE(attribute, struct rt_exc_attribute, obj, 2)
RT_EXC_LIFE(name, struct rt_exc_name, name, 1)

static int attribute_init(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"name", "obj", NULL};
    rt_value out[2];
    struct rt_exc_attribute *e = (struct rt_exc_attribute *)rt_ptr(self);
    if (rt_exc_base_init(ts, self, args, n, RT_NULL) < 0 ||
        rt_exc_keywords(ts, "AttributeError", names, args, n, kw, out) < 0)
        return -1;
    rt_exc_set_slot(ts, &e->name, out[0]);
    rt_exc_set_slot(ts, &e->obj, out[1]);
    return 0;
}

static rt_value attribute_reduce(struct rt_thread *ts, rt_value self) { return rt_exc_base_reduce(ts, self); }

static int name_init(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"name", NULL};
    rt_value out[1];
    if (rt_exc_base_init(ts, self, args, n, RT_NULL) < 0 ||
        rt_exc_keywords(ts, "NameError", names, args, n, kw, out) < 0)
        return -1;
    rt_exc_set_slot(ts, &((struct rt_exc_name *)rt_ptr(self))->name, out[0]);
    return 0;
}

static const struct rt_member_def attribute_members[] = {
    {"name", RT_MEMBER_OBJECT, offsetof(struct rt_exc_attribute, name), false, "attribute name"},
    {"obj", RT_MEMBER_OBJECT, offsetof(struct rt_exc_attribute, obj), false, "object"},
    {0},
};
static const struct rt_method_def attribute_methods[] = {
    {"__reduce__", attribute_reduce, RT_METH_NOARGS, NULL},
    {0},
};
static const struct rt_member_def name_members[] = {
    {"name", RT_MEMBER_OBJECT, offsetof(struct rt_exc_name, name), false, "name"},
    {0},
};

#define SETUP(type, layout, prefix)                     \
    do {                                                \
        (type).basic_size = sizeof(layout);             \
        (type).traverse = prefix##_traverse;            \
        (type).clear = prefix##_clear;                  \
        (type).init = prefix##_init;                    \
        (type).members = prefix##_members;              \
    } while (0)

void rt_exc_setup_simple(void)
{
    SETUP(rt_exc_StopIteration, struct rt_exc_stop_iteration, stop);
    SETUP(rt_exc_AttributeError, struct rt_exc_attribute, attribute);
    SETUP(rt_exc_NameError, struct rt_exc_name, name);
    struct rt_type *t = &rt_exc_SystemExit;
    t->basic_size = sizeof(struct rt_exc_system_exit);
    t->traverse = quit_traverse;
    t->clear = quit_clear;
    t->init = exit_init;
    t->members = exit_members;
    rt_exc_AttributeError.methods = attribute_methods;
    rt_exc_KeyError.str = key_str;
}
