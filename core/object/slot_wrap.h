/* SPDX-License-Identifier: MIT */
/* Wrappers by which Python code calls a native slot: slot.__call__(self, ...) through a wrapper_descriptor. */
#ifndef RT_OBJECT_SLOT_WRAP_H
#define RT_OBJECT_SLOT_WRAP_H

#include "core/object/object_internal.h"

#define RT_WRAP(name)                                                                              \
    rt_value rt_##name(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n,      \
                       rt_value kw, void *fn, const struct rt_slotdef *row)
RT_WRAP(wrap_unary);
RT_WRAP(wrap_next);
RT_WRAP(wrap_binary);
RT_WRAP(wrap_binary_l);
RT_WRAP(wrap_binary_r);
RT_WRAP(wrap_pow_l);
RT_WRAP(wrap_pow_r);
RT_WRAP(wrap_getattr);
RT_WRAP(wrap_setattr);
RT_WRAP(wrap_delattr);
RT_WRAP(wrap_hash);
RT_WRAP(wrap_call);
RT_WRAP(wrap_lt);
RT_WRAP(wrap_le);
RT_WRAP(wrap_eq);
RT_WRAP(wrap_ne);
RT_WRAP(wrap_gt);
RT_WRAP(wrap_ge);
RT_WRAP(wrap_descr_get);
RT_WRAP(wrap_descr_set);
RT_WRAP(wrap_descr_delete);
RT_WRAP(wrap_init);
RT_WRAP(wrap_del);
RT_WRAP(wrap_inquiry);
RT_WRAP(wrap_len);
RT_WRAP(wrap_setitem);
RT_WRAP(wrap_delitem);
RT_WRAP(wrap_repeat);
RT_WRAP(wrap_sq_item);
RT_WRAP(wrap_sq_setitem);
RT_WRAP(wrap_sq_delitem);
RT_WRAP(wrap_contains);

#endif
