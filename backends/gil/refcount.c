/* SPDX-License-Identifier: MIT */
/*
 * Reference counts: every live object's owner is the token that all threads of the interpreter share, so
 * the inline half of access.h does everything. What reaches the out-of-line half is immortal, or, in
 * debug builds, an isolation fault: the defaults of the seam.
 */
typedef int rt_backend_refcount_is_default;
