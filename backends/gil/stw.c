/* SPDX-License-Identifier: MIT */
/*
 * Stop-the-world: the stopper holds the lock and keeps it, so nobody else is attached; the handshake
 * of core/thread/world.c marks all others stopped without waiting. `stop` and `start` are its own.
 */
typedef int rt_backend_stw_is_shared;
