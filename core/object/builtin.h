/* SPDX-License-Identifier: MIT */
/*
 * Native functions and native methods as objects: what the evaluator needs to know to call them without
 * going through type->call. Constant after they are made, but for the slots.
 */
#ifndef RT_OBJECT_BUILTIN_H
#define RT_OBJECT_BUILTIN_H

#include "core/object/protocol.h"
#include "core/seam/backend.h"
#include "core/types/containers.h"

struct rt_descr {
    struct rt_object hdr;
    struct rt_type *objclass;
    rt_value name; /* interned */
    rt_slot qualname;
};
struct rt_method_descr { struct rt_descr d; const struct rt_method_def *def; };
struct rt_getset_descr { struct rt_descr d; const struct rt_getset_def *def; };
struct rt_builtin {
    struct rt_object hdr;
    const struct rt_method_def *def;
    rt_slot self, module;
    struct rt_type *objclass; /* of the method descriptor it was bound from, or NULL */
};

RT_COLD rt_value rt_native_call_error(struct rt_thread *ts, rt_value func, const struct rt_method_def *def,
                                      uint32_t n, rt_value kw);
rt_value rt_native_call_slow(struct rt_thread *ts, rt_value func, rt_value self, const rt_value *args, uint32_t n,
                             rt_value kw);
RT_INLINE rt_value rt_native_call_plain(struct rt_thread *ts, rt_value func, const struct rt_method_def *def,
                                        rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    uint32_t conv = def->flags & RT_METH_CONV;
    if (conv == RT_METH_KW)
        return ((rt_fn_kw)def->fn)(ts, self, args, n, kw);
    if (rt_likely(rt_is_null(kw) || !rt_as_tuple(kw)->length)) {
        if (conv == RT_METH_FAST)
            return ((rt_fn_fast)def->fn)(ts, self, args, n);
        if (conv == RT_METH_O && rt_likely(n == 1))
            return ((rt_fn_o)def->fn)(ts, self, args[0]);
        if (conv == RT_METH_NOARGS && rt_likely(n == 0))
            return ((rt_fn_noargs)def->fn)(ts, self);
    }
    return rt_native_call_error(ts, func, def, n, kw);
}
RT_INLINE bool rt_native_needs_section(const struct rt_method_def *def)
{
    return (def->flags & RT_METH_LOCKED) && rt_backend_has(RT_BE_OBJ_LOCKS);
}
/* Call a builtin or method descriptor, whose definition is def; self: what it is bound to.
   The section is opened while there is one thread too, for the method may run Python that starts another (Note [CS-4]). */
RT_INLINE rt_value rt_native_call(struct rt_thread *ts, rt_value func, const struct rt_method_def *def,
                                  rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    if (rt_unlikely(rt_c_stack_low(ts) || rt_native_needs_section(def)))
        return rt_native_call_slow(ts, func, self, args, n, kw);
    return rt_native_call_plain(ts, func, def, self, args, n, kw);
}

#endif
