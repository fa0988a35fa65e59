/* SPDX-License-Identifier: MIT */
/*
 * Two functions of importlib that read and write .pyc files, made safe. What is written is either whole or not there:
 * a write that falls short (full disk, file size limit) leaves no file. What begins like code and cannot be read (cut
 * short, or not what its checksum in core/compiler/marshal_code.c says) is compiled from the source instead, and the
 * file is removed so that the next import writes it anew.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/builtins/builtins.h"
#include "core/builtins/codecache.h"
#include "core/compiler/compile.h"

static bool write_all(int fd, const char *p, size_t n)
{
    while (n) {
        ssize_t k = write(fd, p, n);
        if (k < 0 && errno == EINTR)
            continue;
        if (k <= 0)
            return false;
        p += k;
        n -= (size_t)k;
    }
    return true;
}

/* _write_atomic(path, data, mode=0o666) */
static rt_value write_atomic(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    if (rt_args_count(ts, "_write_atomic", n, 2, 3) < 0)
        return RT_NULL;
    int mode = n > 2 ? rt_as_int(ts, args[2]) : 0666;
    struct rt_buffer data;
    rt_value path = rt_pending(ts) ? RT_NULL : rt_str_fsencode(ts, args[0]);
    if (rt_is_null(path))
        return RT_NULL;
    if (rt_buffer_get(ts, args[1], &data, RT_BUF_SIMPLE) < 0) {
        rt_decref(ts, path);
        return RT_NULL;
    }
    const char *name = rt_as_bytes(path)->data;
    char tmp[4200];
    bool ok = snprintf(tmp, sizeof(tmp), "%s.%llu.%p", name, (unsigned long long)getpid(), (void *)ts) < (int)sizeof(tmp);
    int fd = ok ? open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode & 0666) : (errno = ENAMETOOLONG, -1);
    if (fd >= 0) {
        ok = write_all(fd, data.buf, (size_t)data.len);
        ok = close(fd) == 0 && ok && rename(tmp, name) == 0;
        int why = errno;
        if (!ok)
            unlink(tmp);
        errno = why;
    }
    rt_value r = fd >= 0 && ok ? RT_NONE : rt_raise_errno(ts, &rt_exc_OSError, args[0]);
    rt_buffer_release(ts, &data);
    rt_decref(ts, path);
    return r;
}

static bool begins_like_code(struct rt_thread *ts, rt_value bytes)
{
    struct rt_buffer b;
    if (rt_buffer_get(ts, bytes, &b, RT_BUF_SIMPLE) < 0) {
        rt_exc_clear(ts);
        return false;
    }
    bool yes = b.len > 0 && (((uint8_t *)b.buf)[0] & 0x7f) == 'c';
    rt_buffer_release(ts, &b);
    return yes;
}

static rt_value keyword(const rt_value *args, uint32_t n, rt_value kw, uint32_t at, const char *name)
{
    if (n > at)
        return args[at];
    for (uint32_t i = 0; kw.bits && i < rt_as_tuple(kw)->length; i++)
        if (rt_str_eq_cstr(rt_as_tuple(kw)->items[i], name))
            return args[n + i];
    return RT_NONE;
}

static rt_value compile_source_file(struct rt_thread *ts, rt_value source, rt_value pyc)
{
    rt_value open = rt_import_attr(ts, "_io", "FileIO"), f = open.bits ? rt_call1(ts, open, source) : RT_NULL;
    rt_value text = f.bits ? rt_call_method(ts, f, "readall", NULL, 0) : RT_NULL, code = RT_NULL;
    rt_decref(ts, open);
    rt_decref(ts, f);
    if (text.bits && rt_is_bytes(text))
        code = rt_compile_source(ts, rt_as_bytes(text)->data, rt_as_bytes(text)->length, source, RT_PARSE_EXEC, 0, -1);
    rt_decref(ts, text);
    rt_value name = code.bits && !rt_is_none(pyc) ? rt_str_fsencode(ts, pyc) : RT_NULL;
    if (name.bits)
        unlink(rt_as_bytes(name)->data);
    else if (code.bits)
        rt_exc_clear(ts);
    rt_decref(ts, name);
    return code;
}

/* _compile_bytecode(data, name=None, bytecode_path=None, source_path=None); self: importlib's own. */
static rt_value compile_bytecode(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    rt_value code = rt_call(ts, self, args, n, kw), source = keyword(args, n, kw, 3, "source_path");
    if (code.bits || rt_exc_is(ts, &rt_exc_MemoryError) || n == 0 || !rt_is_str(source))
        return code;
    rt_value why = rt_exc_take(ts);
    bool broken = begins_like_code(ts, args[0]);
    if (broken)
        code = compile_source_file(ts, source, keyword(args, n, kw, 2, "bytecode_path"));
    if (!broken || (rt_is_null(code) && rt_exc_clear_if(ts, &rt_exc_OSError))) /* there is no source after all */
        rt_exc_put(ts, why);
    else
        rt_decref(ts, why);
    return code;
}

int rt_pyc_files_install(struct rt_thread *ts, rt_value external)
{
    static const struct rt_method_def write = {"_write_atomic", write_atomic, RT_METH_FAST,
                                               "_write_atomic(path, data, mode=0o666)\n\nWrite data to a path, whole or not at all."};
    static const struct rt_method_def compile = {"_compile_bytecode", compile_bytecode, RT_METH_KW,
                                                 "_compile_bytecode(data, name=None, bytecode_path=None, source_path=None)\n\nCode from a .pyc file's data, or from its source if that is broken."};
    rt_value old = rt_getattr_cstr(ts, external, "_compile_bytecode"), w = rt_builtin_new(ts, &write, RT_NULL, RT_NULL);
    rt_value c = old.bits ? rt_builtin_new(ts, &compile, old, RT_NULL) : RT_NULL;
    int err = w.bits && c.bits ? rt_setattr_cstr(ts, external, "_write_atomic", w) : -1;
    if (err == 0)
        err = rt_setattr_cstr(ts, external, "_compile_bytecode", c);
    rt_decref(ts, old);
    rt_decref(ts, w);
    rt_decref(ts, c);
    return err;
}
