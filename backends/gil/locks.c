/* SPDX-License-Identifier: MIT */
/*
 * Critical sections: the interpreter's lock protects objects between safepoints, and code that runs a
 * safepoint inside a section re-validates. mt is always 0, so sections are not even opened.
 */
typedef int rt_backend_locks_are_default;
