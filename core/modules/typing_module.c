/* SPDX-License-Identifier: MIT */
/* _typing: the one function that typing wants native. NewType and TypeVar call it for "returns its argument". */
#include "core/object/native.h"

static rt_value idfunc(struct rt_thread *ts, rt_value self, rt_value v) { return rt_newref(ts, v); }

static const struct rt_method_def typing_methods[] = {
    {"_idfunc", idfunc, RT_METH_O, "_idfunc($module, x, /)\n--\n\nReturn x."},
    {NULL},
};
extern const struct rt_module_def rt_module__typing;
const struct rt_module_def rt_module__typing = {
    .name = "_typing", .doc = "Accelerators for the typing module.", .methods = typing_methods,
};
