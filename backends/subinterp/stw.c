/* SPDX-License-Identifier: MIT */
/*
 * Stop-the-world: within an interpreter the stopper holds its lock, so nobody else is attached; for the
 * process, threads of other interpreters are asked to come to a safepoint. Both are the handshake of
 * core/thread/world.c.
 */
typedef int rt_backend_stw_is_shared;
