/* SPDX-License-Identifier: MIT */
/* ImportError: msg, name and path; shared by ModuleNotFoundError. */
#include "core/types/exceptions/exc_internal.h"

RT_EXC_LIFE(import, struct rt_exc_import, msg, 3)

static struct rt_exc_import *self_of(rt_value v) { return (struct rt_exc_import *)rt_ptr(v); }

static int import_init(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"name", "path", NULL};
    rt_value out[2];
    if (rt_exc_base_init(ts, self, args, n, RT_NULL) < 0 ||
        rt_exc_keywords(ts, "ImportError", names, args, n, kw, out) < 0)
        return -1;
    rt_exc_set_slot(ts, &self_of(self)->name, out[0]);
    rt_exc_set_slot(ts, &self_of(self)->path, out[1]);
    rt_exc_set_slot(ts, &self_of(self)->msg, n == 1 ? args[0] : RT_NULL);
    return 0;
}

static rt_value import_str(struct rt_thread *ts, rt_value self)
{
    rt_value msg = rt_slot_get(ts, rt_ptr(self), &self_of(self)->msg);
    if (rt_is_ptr(msg) && rt_is_exact(msg, &rt_str_type))
        return msg;
    rt_decref(ts, msg);
    return rt_exc_base_str(ts, self);
}

static int put(struct rt_thread *ts, rt_value dict, const char *name, rt_value v)
{
    int r = rt_is_null(v) ? 0 : rt_dict_set_cstr(ts, dict, name, v);
    rt_decref(ts, v);
    return r;
}

static rt_value import_reduce(struct rt_thread *ts, rt_value self)
{
    struct rt_exc_import *e = self_of(self);
    rt_value name = rt_slot_get(ts, e, &e->name), path = rt_slot_get(ts, e, &e->path);
    if (rt_is_null(name) && rt_is_null(path))
        return rt_exc_base_reduce(ts, self);
    rt_value dict = rt_inst_dict_copy(ts, rt_ptr(self)), args = rt_exc_args(ts, self), r = RT_NULL;
    if (!rt_is_null(dict) && put(ts, dict, "name", name) == 0 && put(ts, dict, "path", path) == 0)
        r = rt_tuple_pack(ts, 3, rt_type_value(rt_type_of(self)), args, dict);
    rt_decref(ts, dict);
    rt_decref(ts, args);
    return r;
}

static const struct rt_member_def import_members[] = {
    {"msg", RT_MEMBER_OBJECT, offsetof(struct rt_exc_import, msg), false, "exception message"},
    {"name", RT_MEMBER_OBJECT, offsetof(struct rt_exc_import, name), false, "module name"},
    {"path", RT_MEMBER_OBJECT, offsetof(struct rt_exc_import, path), false, "module path"},
    {0},
};
static const struct rt_method_def import_methods[] = {
    {"__reduce__", import_reduce, RT_METH_NOARGS, NULL},
    {0},
};

void rt_exc_setup_import(void)
{
    struct rt_type *t = &rt_exc_ImportError;
    t->basic_size = sizeof(struct rt_exc_import);
    t->traverse = import_traverse;
    t->clear = import_clear;
    t->init = import_init;
    t->str = import_str;
    t->members = import_members;
    t->methods = import_methods;
}
