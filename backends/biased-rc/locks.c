/* SPDX-License-Identifier: MIT */
/*
 * Critical sections: the byte locks of object headers, through core/seam/sections.c (Note [CS]). They
 * are opened only while mt is on.
 */
typedef int rt_backend_locks_are_shared;
