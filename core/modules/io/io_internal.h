/* SPDX-License-Identifier: MIT */
/* Shared by the files of the _io module. */
#ifndef RT_MODULES_IO_INTERNAL_H
#define RT_MODULES_IO_INTERNAL_H

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/modules/posix/posix_internal.h"
#include "core/object/instance.h"
#include "core/sync/mutex.h"
#include "core/types/exceptions/exceptions.h"

extern struct rt_type rt_iobase_type, rt_rawiobase_type, rt_bufferediobase_type, rt_textiobase_type, rt_fileio_type,
    rt_bytesio_type, rt_stringio_type, rt_buffered_reader_type, rt_buffered_writer_type, rt_buffered_random_type,
    rt_buffered_pair_type, rt_textio_type, rt_newline_decoder_type;

enum { RT_IO_BUFFER = 8192 };

/* A lock that a thread may not take twice: the reentrant call (a signal handler that prints) raises. */
struct rt_io_lock { _Atomic uint8_t byte; _Atomic uint64_t owner; };
int rt_io_lock_enter(struct rt_thread *ts, struct rt_io_lock *l, rt_value self); /* 0, 1: left by a thread that will
    never go on with what it was doing, or -1 RuntimeError */
RT_INLINE void rt_io_lock_leave(struct rt_io_lock *l)
{
    rt_store_relaxed(&l->owner, 0);
    rt_bytelock_release(&l->byte);
}

rt_value rt_io_unsupported(struct rt_thread *ts, const char *what);     /* io.UnsupportedOperation */
int rt_io_closed(struct rt_thread *ts, rt_value f);                     /* f.closed: 1, 0, -1 */
int rt_io_closed_quick(struct rt_thread *ts, rt_value f);               /* native streams: 1, 0; others -1, nothing raised */
int rt_io_check_closed(struct rt_thread *ts, rt_value f, const char *msg); /* 0 or -1 ValueError */
int rt_fileio_is_closed(rt_value exact_fileio);
int rt_fileio_descriptor(rt_value exact_fileio); /* -1: closed */
int rt_bytesio_is_closed(rt_value exact_bytesio);
/* The same for exactly the native buffered types over FileIO; -1: not one of them, or something is to raise. */
int rt_buffered_closed_quick(struct rt_thread *ts, rt_value f);
void rt_io_finalize(struct rt_thread *ts, rt_value self);
rt_value rt_io_none(struct rt_thread *ts, rt_value r);                   /* drop r; None or NULL */
/* close() of a layered stream that is open: flush self, then close `below`, which is consumed. The error of flush wins
   unless close fails too; then it is the context. Where a lock is given, `below` is closed and release(self) called
   with it held, so that whoever waits for it finds the stream closed. None or NULL. */
rt_value rt_io_close_over(struct rt_thread *ts, rt_value self, rt_value below, struct rt_io_lock *lock, void (*release)(rt_value));
/* FileIO.readinto and FileIO.write without their objects: bytes, -2 would block, -1 error. */
int64_t rt_fileio_read(struct rt_thread *ts, rt_value self, char *p, int64_t n);
int64_t rt_fileio_write(struct rt_thread *ts, rt_value self, const char *p, int64_t n);
/* For a layered stream: stream.name() or stream.name of the one below, which is consumed; NULL passes through. */
rt_value rt_io_forward(struct rt_thread *ts, rt_value below, const char *name);
rt_value rt_io_forward_attr(struct rt_thread *ts, rt_value below, const char *name);
/* Size argument: None or absent is -1. */
int rt_io_size(struct rt_thread *ts, rt_value v, int64_t *out);
int rt_io_open_mode_error(struct rt_thread *ts);
rt_value rt_io_open(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw);

#endif
