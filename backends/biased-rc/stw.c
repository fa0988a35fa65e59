/* SPDX-License-Identifier: MIT */
/*
 * Stop-the-world: the handshake of core/thread/world.c. A stopped world is a grace period: stopped
 * threads are detached, hence offline (reclaim.c).
 */
typedef int rt_backend_stw_is_shared;
