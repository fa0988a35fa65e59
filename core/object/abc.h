/* SPDX-License-Identifier: MIT */
/*
 * What isinstance and the module _abc share: answers of abstract base classes are remembered in front of
 * ABCMeta.__instancecheck__ and __subclasscheck__, which are Python functions (isinstance.c).
 */
#ifndef RT_OBJECT_ABC_H
#define RT_OBJECT_ABC_H

#include "core/object/native.h"

/* interp->native_private[RT_NS_ABC]; the functions are kept alive by native_state[RT_NS_ABC]. */
struct rt_abc_state {
    _Atomic uint64_t counter; /* of registrations */
    rt_value instancecheck, subclasscheck; /* ABCMeta's own; RT_NULL: nothing is remembered */
    bool learnt;
};
/* Names the classes as they are now; 0: not to be remembered. */
uint64_t rt_isinstance_key(rt_value cls, struct rt_type *t);
/* Instances of t are (not) instances of cls, as found since key and counter were read. */
void rt_isinstance_remember(struct rt_thread *ts, rt_value cls, struct rt_type *t, uint64_t key, uint64_t counter,
                            bool yes);

#endif
