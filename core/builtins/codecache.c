/* SPDX-License-Identifier: MIT */
/*
 * A small cache of marshalled code for the library files that start-up needs before importlib can use
 * __pycache__. A cache file is: magic (8 bytes), size and mtime of the source, length and keyed checksum of
 * what follows. Anything that does not fit exactly is ignored and written anew, by rename.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/hash.h"
#include "core/builtins/builtins.h"
#include "core/builtins/codecache.h"
#include "core/compiler/compile.h"
#include "core/seam/config.h"

struct header { char magic[8]; uint64_t size; int64_t mtime_ns; uint64_t length, checksum; };
static const char magic_text[8] = {'p', 'y', 'r', 't', 'c', (char)(RT_PYC_MAGIC & 0xff), (char)(RT_PYC_MAGIC >> 8), 1};

static char *read_all(int fd, size_t n)
{
    char *p = rt_raw_malloc(n + 1);
    size_t got = 0;
    while (p && got < n) {
        ssize_t k = read(fd, p + got, n - got);
        if (k < 0 && errno == EINTR)
            continue;
        if (k <= 0) {
            rt_raw_free(p);
            return NULL;
        }
        got += (size_t)k;
    }
    if (p)
        p[n] = 0;
    return p;
}

/* Path of the cache file for rel; false when there is no usable directory. */
static bool cache_path(char *out, size_t n, const char *rel, bool make)
{
    char dir[3800], name[200];
    const char *base = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    struct stat st;
    if (rt_runtime.config->ignore_environment ? !home : false)
        return false;
    if (base && *base == '/')
        snprintf(dir, sizeof(dir), "%s/pyrt", base);
    else if (home && *home == '/')
        snprintf(dir, sizeof(dir), "%s/.cache/pyrt", home);
    else
        return false;
    if (make) {
        char parent[3800];
        snprintf(parent, sizeof(parent), "%.*s", (int)(strrchr(dir, '/') - dir), dir);
        mkdir(parent, 0700);
        mkdir(dir, 0700);
    }
    if (stat(dir, &st) < 0 || !S_ISDIR(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 022))
        return false;
    snprintf(name, sizeof(name), "%s", rel);
    for (char *p = name; *p; p++)
        if (*p == '/')
            *p = '.';
    return snprintf(out, n, "%s/%s.pyrtc", dir, name) < (int)n;
}

static uint64_t checksum(const char *p, size_t n) { return rt_hash_siphash13((struct rt_hash_key){RT_PYC_MAGIC, 0x70795254}, p, n); }

static rt_value load(struct rt_thread *ts, const char *path, const struct stat *src)
{
    struct header h;
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    rt_value code = RT_NULL;
    if (fd < 0)
        return RT_NULL;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid() && read(fd, &h, sizeof(h)) == (ssize_t)sizeof(h) &&
        !memcmp(h.magic, magic_text, 8) && h.size == (uint64_t)src->st_size &&
        h.mtime_ns == src->st_mtim.tv_sec * 1000000000ll + src->st_mtim.tv_nsec &&
        h.length == (uint64_t)st.st_size - sizeof(h)) {
        char *p = read_all(fd, h.length);
        if (p && checksum(p, h.length) == h.checksum) {
            code = rt_marshal_loads(ts, (uint8_t *)p, h.length, NULL);
            if (rt_is_null(code))
                rt_exc_clear(ts);
        }
        rt_raw_free(p);
    }
    close(fd);
    return code;
}

static void store(struct rt_thread *ts, const char *path, const struct stat *src, rt_value code)
{
    rt_value b = rt_marshal_dumps(ts, code, 4);
    char tmp[4200];
    if (rt_is_null(b)) {
        rt_exc_clear(ts);
        return;
    }
    size_t n = rt_as_bytes(b)->length;
    struct header h = {.size = (uint64_t)src->st_size, .mtime_ns = src->st_mtim.tv_sec * 1000000000ll + src->st_mtim.tv_nsec,
                       .length = n, .checksum = checksum(rt_as_bytes(b)->data, n)};
    memcpy(h.magic, magic_text, 8);
    snprintf(tmp, sizeof(tmp), "%s.%d", path, (int)getpid());
    int fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0) {
        bool ok = write(fd, &h, sizeof(h)) == (ssize_t)sizeof(h) && write(fd, rt_as_bytes(b)->data, n) == (ssize_t)n;
        if ((close(fd) < 0 || !ok || rename(tmp, path) < 0))
            unlink(tmp);
    }
    rt_decref(ts, b);
}

rt_value rt_codecache_compile_library(struct rt_thread *ts, const char *rel, const char *shown)
{
    char path[4096], cache[4096];
    struct stat st;
    snprintf(path, sizeof(path), "%s/%s", rt_stdlib_dir(), rel);
    rt_value code = stat(path, &st) == 0 ? rt_image_find_frozen(ts, rel, &st) : RT_NULL;
    if (code.bits || rt_pending(ts))
        return code;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) < 0) {
        if (fd >= 0)
            close(fd);
        return rt_raise_errno(ts, &rt_exc_OSError, rt_str_from_cstr(ts, path));
    }
    bool cached = cache_path(cache, sizeof(cache), rel, false);
    code = cached ? load(ts, cache, &st) : RT_NULL;
    if (rt_is_null(code)) {
        char *text = read_all(fd, (size_t)st.st_size);
        if (text)
            code = rt_compile_source(ts, text, (size_t)st.st_size, rt_str_intern_cstr(ts, shown), RT_PARSE_EXEC, 0, 0);
        else
            rt_raise_errno(ts, &rt_exc_OSError, rt_str_from_cstr(ts, path));
        rt_raw_free(text);
        if (code.bits && !rt_runtime.config->dont_write_bytecode && cache_path(cache, sizeof(cache), rel, true))
            store(ts, cache, &st, code);
    }
    close(fd);
    return code;
}
