/* SPDX-License-Identifier: MIT */
/* Integer constants of the posix module. */
#include <dlfcn.h>
#include <linux/fs.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <sysexits.h>

#include "core/modules/posix/posix_internal.h"

const struct rt_posix_const rt_posix_constants[] = {
#ifdef CLD_CONTINUED
    {"CLD_CONTINUED", CLD_CONTINUED},
#else
    {"CLD_CONTINUED", 6},
#endif
#ifdef CLD_DUMPED
    {"CLD_DUMPED", CLD_DUMPED},
#else
    {"CLD_DUMPED", 3},
#endif
#ifdef CLD_EXITED
    {"CLD_EXITED", CLD_EXITED},
#else
    {"CLD_EXITED", 1},
#endif
#ifdef CLD_KILLED
    {"CLD_KILLED", CLD_KILLED},
#else
    {"CLD_KILLED", 2},
#endif
#ifdef CLD_STOPPED
    {"CLD_STOPPED", CLD_STOPPED},
#else
    {"CLD_STOPPED", 5},
#endif
#ifdef CLD_TRAPPED
    {"CLD_TRAPPED", CLD_TRAPPED},
#else
    {"CLD_TRAPPED", 4},
#endif
#ifdef EFD_CLOEXEC
    {"EFD_CLOEXEC", EFD_CLOEXEC},
#else
    {"EFD_CLOEXEC", 524288},
#endif
#ifdef EFD_NONBLOCK
    {"EFD_NONBLOCK", EFD_NONBLOCK},
#else
    {"EFD_NONBLOCK", 2048},
#endif
#ifdef EFD_SEMAPHORE
    {"EFD_SEMAPHORE", EFD_SEMAPHORE},
#else
    {"EFD_SEMAPHORE", 1},
#endif
#ifdef EX_CANTCREAT
    {"EX_CANTCREAT", EX_CANTCREAT},
#else
    {"EX_CANTCREAT", 73},
#endif
#ifdef EX_CONFIG
    {"EX_CONFIG", EX_CONFIG},
#else
    {"EX_CONFIG", 78},
#endif
#ifdef EX_DATAERR
    {"EX_DATAERR", EX_DATAERR},
#else
    {"EX_DATAERR", 65},
#endif
#ifdef EX_IOERR
    {"EX_IOERR", EX_IOERR},
#else
    {"EX_IOERR", 74},
#endif
#ifdef EX_NOHOST
    {"EX_NOHOST", EX_NOHOST},
#else
    {"EX_NOHOST", 68},
#endif
#ifdef EX_NOINPUT
    {"EX_NOINPUT", EX_NOINPUT},
#else
    {"EX_NOINPUT", 66},
#endif
#ifdef EX_NOPERM
    {"EX_NOPERM", EX_NOPERM},
#else
    {"EX_NOPERM", 77},
#endif
#ifdef EX_NOUSER
    {"EX_NOUSER", EX_NOUSER},
#else
    {"EX_NOUSER", 67},
#endif
#ifdef EX_OK
    {"EX_OK", EX_OK},
#else
    {"EX_OK", 0},
#endif
#ifdef EX_OSERR
    {"EX_OSERR", EX_OSERR},
#else
    {"EX_OSERR", 71},
#endif
#ifdef EX_OSFILE
    {"EX_OSFILE", EX_OSFILE},
#else
    {"EX_OSFILE", 72},
#endif
#ifdef EX_PROTOCOL
    {"EX_PROTOCOL", EX_PROTOCOL},
#else
    {"EX_PROTOCOL", 76},
#endif
#ifdef EX_SOFTWARE
    {"EX_SOFTWARE", EX_SOFTWARE},
#else
    {"EX_SOFTWARE", 70},
#endif
#ifdef EX_TEMPFAIL
    {"EX_TEMPFAIL", EX_TEMPFAIL},
#else
    {"EX_TEMPFAIL", 75},
#endif
#ifdef EX_UNAVAILABLE
    {"EX_UNAVAILABLE", EX_UNAVAILABLE},
#else
    {"EX_UNAVAILABLE", 69},
#endif
#ifdef EX_USAGE
    {"EX_USAGE", EX_USAGE},
#else
    {"EX_USAGE", 64},
#endif
#ifdef F_LOCK
    {"F_LOCK", F_LOCK},
#else
    {"F_LOCK", 1},
#endif
#ifdef F_OK
    {"F_OK", F_OK},
#else
    {"F_OK", 0},
#endif
#ifdef F_TEST
    {"F_TEST", F_TEST},
#else
    {"F_TEST", 3},
#endif
#ifdef F_TLOCK
    {"F_TLOCK", F_TLOCK},
#else
    {"F_TLOCK", 2},
#endif
#ifdef F_ULOCK
    {"F_ULOCK", F_ULOCK},
#else
    {"F_ULOCK", 0},
#endif
#ifdef GRND_NONBLOCK
    {"GRND_NONBLOCK", GRND_NONBLOCK},
#else
    {"GRND_NONBLOCK", 1},
#endif
#ifdef GRND_RANDOM
    {"GRND_RANDOM", GRND_RANDOM},
#else
    {"GRND_RANDOM", 2},
#endif
#ifdef MFD_ALLOW_SEALING
    {"MFD_ALLOW_SEALING", MFD_ALLOW_SEALING},
#else
    {"MFD_ALLOW_SEALING", 2},
#endif
#ifdef MFD_CLOEXEC
    {"MFD_CLOEXEC", MFD_CLOEXEC},
#else
    {"MFD_CLOEXEC", 1},
#endif
#ifdef MFD_HUGETLB
    {"MFD_HUGETLB", MFD_HUGETLB},
#else
    {"MFD_HUGETLB", 4},
#endif
#ifdef MFD_HUGE_16GB
    {"MFD_HUGE_16GB", MFD_HUGE_16GB},
#else
    {"MFD_HUGE_16GB", 2281701376},
#endif
#ifdef MFD_HUGE_16MB
    {"MFD_HUGE_16MB", MFD_HUGE_16MB},
#else
    {"MFD_HUGE_16MB", 1610612736},
#endif
#ifdef MFD_HUGE_1GB
    {"MFD_HUGE_1GB", MFD_HUGE_1GB},
#else
    {"MFD_HUGE_1GB", 2013265920},
#endif
#ifdef MFD_HUGE_1MB
    {"MFD_HUGE_1MB", MFD_HUGE_1MB},
#else
    {"MFD_HUGE_1MB", 1342177280},
#endif
#ifdef MFD_HUGE_256MB
    {"MFD_HUGE_256MB", MFD_HUGE_256MB},
#else
    {"MFD_HUGE_256MB", 1879048192},
#endif
#ifdef MFD_HUGE_2GB
    {"MFD_HUGE_2GB", MFD_HUGE_2GB},
#else
    {"MFD_HUGE_2GB", 2080374784},
#endif
#ifdef MFD_HUGE_2MB
    {"MFD_HUGE_2MB", MFD_HUGE_2MB},
#else
    {"MFD_HUGE_2MB", 1409286144},
#endif
#ifdef MFD_HUGE_32MB
    {"MFD_HUGE_32MB", MFD_HUGE_32MB},
#else
    {"MFD_HUGE_32MB", 1677721600},
#endif
#ifdef MFD_HUGE_512KB
    {"MFD_HUGE_512KB", MFD_HUGE_512KB},
#else
    {"MFD_HUGE_512KB", 1275068416},
#endif
#ifdef MFD_HUGE_512MB
    {"MFD_HUGE_512MB", MFD_HUGE_512MB},
#else
    {"MFD_HUGE_512MB", 1946157056},
#endif
#ifdef MFD_HUGE_64KB
    {"MFD_HUGE_64KB", MFD_HUGE_64KB},
#else
    {"MFD_HUGE_64KB", 1073741824},
#endif
#ifdef MFD_HUGE_8MB
    {"MFD_HUGE_8MB", MFD_HUGE_8MB},
#else
    {"MFD_HUGE_8MB", 1543503872},
#endif
#ifdef MFD_HUGE_MASK
    {"MFD_HUGE_MASK", MFD_HUGE_MASK},
#else
    {"MFD_HUGE_MASK", 63},
#endif
#ifdef MFD_HUGE_SHIFT
    {"MFD_HUGE_SHIFT", MFD_HUGE_SHIFT},
#else
    {"MFD_HUGE_SHIFT", 26},
#endif
    {"NGROUPS_MAX", 65536},
#ifdef O_ACCMODE
    {"O_ACCMODE", O_ACCMODE},
#else
    {"O_ACCMODE", 3},
#endif
#ifdef O_APPEND
    {"O_APPEND", O_APPEND},
#else
    {"O_APPEND", 1024},
#endif
#ifdef O_ASYNC
    {"O_ASYNC", O_ASYNC},
#else
    {"O_ASYNC", 8192},
#endif
#ifdef O_CLOEXEC
    {"O_CLOEXEC", O_CLOEXEC},
#else
    {"O_CLOEXEC", 524288},
#endif
#ifdef O_CREAT
    {"O_CREAT", O_CREAT},
#else
    {"O_CREAT", 64},
#endif
#ifdef O_DIRECT
    {"O_DIRECT", O_DIRECT},
#else
    {"O_DIRECT", 16384},
#endif
#ifdef O_DIRECTORY
    {"O_DIRECTORY", O_DIRECTORY},
#else
    {"O_DIRECTORY", 65536},
#endif
#ifdef O_DSYNC
    {"O_DSYNC", O_DSYNC},
#else
    {"O_DSYNC", 4096},
#endif
#ifdef O_EXCL
    {"O_EXCL", O_EXCL},
#else
    {"O_EXCL", 128},
#endif
#ifdef O_FSYNC
    {"O_FSYNC", O_FSYNC},
#else
    {"O_FSYNC", 1052672},
#endif
#ifdef O_LARGEFILE
    {"O_LARGEFILE", O_LARGEFILE},
#else
    {"O_LARGEFILE", 0},
#endif
#ifdef O_NDELAY
    {"O_NDELAY", O_NDELAY},
#else
    {"O_NDELAY", 2048},
#endif
#ifdef O_NOATIME
    {"O_NOATIME", O_NOATIME},
#else
    {"O_NOATIME", 262144},
#endif
#ifdef O_NOCTTY
    {"O_NOCTTY", O_NOCTTY},
#else
    {"O_NOCTTY", 256},
#endif
#ifdef O_NOFOLLOW
    {"O_NOFOLLOW", O_NOFOLLOW},
#else
    {"O_NOFOLLOW", 131072},
#endif
#ifdef O_NONBLOCK
    {"O_NONBLOCK", O_NONBLOCK},
#else
    {"O_NONBLOCK", 2048},
#endif
#ifdef O_PATH
    {"O_PATH", O_PATH},
#else
    {"O_PATH", 2097152},
#endif
#ifdef O_RDONLY
    {"O_RDONLY", O_RDONLY},
#else
    {"O_RDONLY", 0},
#endif
#ifdef O_RDWR
    {"O_RDWR", O_RDWR},
#else
    {"O_RDWR", 2},
#endif
#ifdef O_RSYNC
    {"O_RSYNC", O_RSYNC},
#else
    {"O_RSYNC", 1052672},
#endif
#ifdef O_SYNC
    {"O_SYNC", O_SYNC},
#else
    {"O_SYNC", 1052672},
#endif
#ifdef O_TMPFILE
    {"O_TMPFILE", O_TMPFILE},
#else
    {"O_TMPFILE", 4259840},
#endif
#ifdef O_TRUNC
    {"O_TRUNC", O_TRUNC},
#else
    {"O_TRUNC", 512},
#endif
#ifdef O_WRONLY
    {"O_WRONLY", O_WRONLY},
#else
    {"O_WRONLY", 1},
#endif
#ifdef POSIX_FADV_DONTNEED
    {"POSIX_FADV_DONTNEED", POSIX_FADV_DONTNEED},
#else
    {"POSIX_FADV_DONTNEED", 4},
#endif
#ifdef POSIX_FADV_NOREUSE
    {"POSIX_FADV_NOREUSE", POSIX_FADV_NOREUSE},
#else
    {"POSIX_FADV_NOREUSE", 5},
#endif
#ifdef POSIX_FADV_NORMAL
    {"POSIX_FADV_NORMAL", POSIX_FADV_NORMAL},
#else
    {"POSIX_FADV_NORMAL", 0},
#endif
#ifdef POSIX_FADV_RANDOM
    {"POSIX_FADV_RANDOM", POSIX_FADV_RANDOM},
#else
    {"POSIX_FADV_RANDOM", 1},
#endif
#ifdef POSIX_FADV_SEQUENTIAL
    {"POSIX_FADV_SEQUENTIAL", POSIX_FADV_SEQUENTIAL},
#else
    {"POSIX_FADV_SEQUENTIAL", 2},
#endif
#ifdef POSIX_FADV_WILLNEED
    {"POSIX_FADV_WILLNEED", POSIX_FADV_WILLNEED},
#else
    {"POSIX_FADV_WILLNEED", 3},
#endif
    {"POSIX_SPAWN_CLOSE", 1},
    {"POSIX_SPAWN_DUP2", 2},
    {"POSIX_SPAWN_OPEN", 0},
#ifdef PRIO_PGRP
    {"PRIO_PGRP", PRIO_PGRP},
#else
    {"PRIO_PGRP", 1},
#endif
#ifdef PRIO_PROCESS
    {"PRIO_PROCESS", PRIO_PROCESS},
#else
    {"PRIO_PROCESS", 0},
#endif
#ifdef PRIO_USER
    {"PRIO_USER", PRIO_USER},
#else
    {"PRIO_USER", 2},
#endif
#ifdef P_ALL
    {"P_ALL", P_ALL},
#else
    {"P_ALL", 0},
#endif
#ifdef P_PGID
    {"P_PGID", P_PGID},
#else
    {"P_PGID", 2},
#endif
#ifdef P_PID
    {"P_PID", P_PID},
#else
    {"P_PID", 1},
#endif
#ifdef P_PIDFD
    {"P_PIDFD", P_PIDFD},
#else
    {"P_PIDFD", 3},
#endif
#ifdef RTLD_DEEPBIND
    {"RTLD_DEEPBIND", RTLD_DEEPBIND},
#else
    {"RTLD_DEEPBIND", 8},
#endif
#ifdef RTLD_GLOBAL
    {"RTLD_GLOBAL", RTLD_GLOBAL},
#else
    {"RTLD_GLOBAL", 256},
#endif
#ifdef RTLD_LAZY
    {"RTLD_LAZY", RTLD_LAZY},
#else
    {"RTLD_LAZY", 1},
#endif
#ifdef RTLD_LOCAL
    {"RTLD_LOCAL", RTLD_LOCAL},
#else
    {"RTLD_LOCAL", 0},
#endif
#ifdef RTLD_NODELETE
    {"RTLD_NODELETE", RTLD_NODELETE},
#else
    {"RTLD_NODELETE", 4096},
#endif
#ifdef RTLD_NOLOAD
    {"RTLD_NOLOAD", RTLD_NOLOAD},
#else
    {"RTLD_NOLOAD", 4},
#endif
#ifdef RTLD_NOW
    {"RTLD_NOW", RTLD_NOW},
#else
    {"RTLD_NOW", 2},
#endif
#ifdef RWF_APPEND
    {"RWF_APPEND", RWF_APPEND},
#else
    {"RWF_APPEND", 16},
#endif
#ifdef RWF_DSYNC
    {"RWF_DSYNC", RWF_DSYNC},
#else
    {"RWF_DSYNC", 2},
#endif
#ifdef RWF_HIPRI
    {"RWF_HIPRI", RWF_HIPRI},
#else
    {"RWF_HIPRI", 1},
#endif
#ifdef RWF_NOWAIT
    {"RWF_NOWAIT", RWF_NOWAIT},
#else
    {"RWF_NOWAIT", 8},
#endif
#ifdef RWF_SYNC
    {"RWF_SYNC", RWF_SYNC},
#else
    {"RWF_SYNC", 4},
#endif
#ifdef R_OK
    {"R_OK", R_OK},
#else
    {"R_OK", 4},
#endif
#ifdef SCHED_BATCH
    {"SCHED_BATCH", SCHED_BATCH},
#else
    {"SCHED_BATCH", 3},
#endif
#ifdef SCHED_FIFO
    {"SCHED_FIFO", SCHED_FIFO},
#else
    {"SCHED_FIFO", 1},
#endif
#ifdef SCHED_IDLE
    {"SCHED_IDLE", SCHED_IDLE},
#else
    {"SCHED_IDLE", 5},
#endif
#ifdef SCHED_OTHER
    {"SCHED_OTHER", SCHED_OTHER},
#else
    {"SCHED_OTHER", 0},
#endif
#ifdef SCHED_RESET_ON_FORK
    {"SCHED_RESET_ON_FORK", SCHED_RESET_ON_FORK},
#else
    {"SCHED_RESET_ON_FORK", 1073741824},
#endif
#ifdef SCHED_RR
    {"SCHED_RR", SCHED_RR},
#else
    {"SCHED_RR", 2},
#endif
#ifdef SEEK_DATA
    {"SEEK_DATA", SEEK_DATA},
#else
    {"SEEK_DATA", 3},
#endif
#ifdef SEEK_HOLE
    {"SEEK_HOLE", SEEK_HOLE},
#else
    {"SEEK_HOLE", 4},
#endif
#ifdef SPLICE_F_MORE
    {"SPLICE_F_MORE", SPLICE_F_MORE},
#else
    {"SPLICE_F_MORE", 4},
#endif
#ifdef SPLICE_F_MOVE
    {"SPLICE_F_MOVE", SPLICE_F_MOVE},
#else
    {"SPLICE_F_MOVE", 1},
#endif
#ifdef SPLICE_F_NONBLOCK
    {"SPLICE_F_NONBLOCK", SPLICE_F_NONBLOCK},
#else
    {"SPLICE_F_NONBLOCK", 2},
#endif
#ifdef ST_APPEND
    {"ST_APPEND", ST_APPEND},
#else
    {"ST_APPEND", 256},
#endif
#ifdef ST_MANDLOCK
    {"ST_MANDLOCK", ST_MANDLOCK},
#else
    {"ST_MANDLOCK", 64},
#endif
#ifdef ST_NOATIME
    {"ST_NOATIME", ST_NOATIME},
#else
    {"ST_NOATIME", 1024},
#endif
#ifdef ST_NODEV
    {"ST_NODEV", ST_NODEV},
#else
    {"ST_NODEV", 4},
#endif
#ifdef ST_NODIRATIME
    {"ST_NODIRATIME", ST_NODIRATIME},
#else
    {"ST_NODIRATIME", 2048},
#endif
#ifdef ST_NOEXEC
    {"ST_NOEXEC", ST_NOEXEC},
#else
    {"ST_NOEXEC", 8},
#endif
#ifdef ST_NOSUID
    {"ST_NOSUID", ST_NOSUID},
#else
    {"ST_NOSUID", 2},
#endif
#ifdef ST_RDONLY
    {"ST_RDONLY", ST_RDONLY},
#else
    {"ST_RDONLY", 1},
#endif
#ifdef ST_RELATIME
    {"ST_RELATIME", ST_RELATIME},
#else
    {"ST_RELATIME", 4096},
#endif
#ifdef ST_SYNCHRONOUS
    {"ST_SYNCHRONOUS", ST_SYNCHRONOUS},
#else
    {"ST_SYNCHRONOUS", 16},
#endif
#ifdef ST_WRITE
    {"ST_WRITE", ST_WRITE},
#else
    {"ST_WRITE", 128},
#endif
    {"TMP_MAX", 238328},
#ifdef WCONTINUED
    {"WCONTINUED", WCONTINUED},
#else
    {"WCONTINUED", 8},
#endif
#ifdef WEXITED
    {"WEXITED", WEXITED},
#else
    {"WEXITED", 4},
#endif
#ifdef WNOHANG
    {"WNOHANG", WNOHANG},
#else
    {"WNOHANG", 1},
#endif
#ifdef WNOWAIT
    {"WNOWAIT", WNOWAIT},
#else
    {"WNOWAIT", 16777216},
#endif
#ifdef WSTOPPED
    {"WSTOPPED", WSTOPPED},
#else
    {"WSTOPPED", 2},
#endif
#ifdef WUNTRACED
    {"WUNTRACED", WUNTRACED},
#else
    {"WUNTRACED", 2},
#endif
#ifdef W_OK
    {"W_OK", W_OK},
#else
    {"W_OK", 2},
#endif
#ifdef XATTR_CREATE
    {"XATTR_CREATE", XATTR_CREATE},
#else
    {"XATTR_CREATE", 1},
#endif
#ifdef XATTR_REPLACE
    {"XATTR_REPLACE", XATTR_REPLACE},
#else
    {"XATTR_REPLACE", 2},
#endif
    {"XATTR_SIZE_MAX", 65536},
#ifdef X_OK
    {"X_OK", X_OK},
#else
    {"X_OK", 1},
#endif
    {NULL, 0},
};
