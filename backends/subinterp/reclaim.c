/* SPDX-License-Identifier: MIT */
/*
 * Reclamation: one thread of an interpreter touches objects at a time, so nobody can be reading what is
 * retired: the default (free at once) is right, and no operation is defined here.
 */
typedef int rt_backend_reclaim_is_default;
