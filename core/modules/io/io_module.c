/* SPDX-License-Identifier: MIT */
/* The _io module: open() and its kin. */
#include <sys/stat.h>

#include "core/seam/config.h"
#include "core/modules/io/io_internal.h"

static rt_value kwcall(struct rt_thread *ts, struct rt_type *t, const rt_value *args, uint32_t npos, uint32_t nkw, const char *const *names)
{
    rt_value kw = rt_tuple_new(ts, nkw), r;
    for (uint32_t i = 0; i < nkw; i++)
        rt_as_tuple(kw)->items[i] = rt_str_intern_cstr(ts, names[i]);
    r = rt_call(ts, rt_type_value(t), args, npos, kw);
    rt_decref(ts, kw);
    return r;
}

static rt_value close_and_fail(struct rt_thread *ts, rt_value f)
{
    rt_value e = rt_exc_take(ts), r = f.bits ? rt_call_method(ts, f, "close", NULL, 0) : RT_NULL;
    rt_exc_clear(ts);
    rt_decref(ts, r);
    rt_decref(ts, f);
    rt_exc_put(ts, e);
    return RT_NULL;
}

static bool is_regular(rt_value raw)
{
    struct stat st;
    return fstat(rt_fileio_descriptor(raw), &st) == 0 && S_ISREG(st.st_mode);
}

rt_value rt_io_open(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"file", "mode", "buffering", "encoding", "errors", "newline", "closefd", "opener", NULL};
    static const struct rt_argspec spec = {"open", names, 0, 1, 8, 8};
    rt_value v[8];
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    if (v[1].bits && !rt_is_str(v[1]))
        return rt_raise_arg_type(ts, "open", "mode", "str", v[1]);
    const char *mode = v[1].bits ? rt_str_utf8_nonul(ts, v[1]) : "r";
    int buffering = v[2].bits && mode ? rt_as_int(ts, v[2]) : -1;
    if (!mode || rt_pending(ts))
        return RT_NULL;
    static const struct { const char *name; int i; } strs[] = {{"encoding", 3}, {"errors", 4}, {"newline", 5}};
    for (size_t i = 0; i < 3; i++) {
        rt_value x = v[strs[i].i];
        if (x.bits && !rt_is_none(x) && !rt_is_str(x)) {
            char text[32];
            __builtin_snprintf(text, sizeof(text), "%s", strs[i].name);
            return rt_raise_arg_type(ts, "open", text, "str or None", x);
        }
    }
    bool creating = false, reading = false, writing = false, appending = false, updating = false, text = false, binary = false;
    char raw_mode[6], *rm = raw_mode;
    for (const char *m = mode; *m; m++) {
        bool *flag = *m == 'x' ? &creating : *m == 'r' ? &reading : *m == 'w' ? &writing : *m == 'a' ? &appending : *m == '+' ? &updating
                     : *m == 't' ? &text : *m == 'b' ? &binary : NULL;
        if (!flag || *flag)
            return rt_raise(ts, &rt_exc_ValueError, "invalid mode: '%s'", mode);
        *flag = true;
    }
    if (creating) *rm++ = 'x';
    if (reading) *rm++ = 'r';
    if (writing) *rm++ = 'w';
    if (appending) *rm++ = 'a';
    if (updating && rm < raw_mode + 5) *rm++ = '+';
    *rm = 0;
    if (text && binary)
        return rt_raise(ts, &rt_exc_ValueError, "can't have text and binary mode at once");
    if (creating + reading + writing + appending != 1)
        return rt_raise(ts, &rt_exc_ValueError, "must have exactly one of create/read/write/append mode");
    if (binary && v[3].bits && !rt_is_none(v[3]))
        return rt_raise(ts, &rt_exc_ValueError, "binary mode doesn't take an encoding argument");
    if (binary && v[4].bits && !rt_is_none(v[4]))
        return rt_raise(ts, &rt_exc_ValueError, "binary mode doesn't take an errors argument");
    if (binary && v[5].bits && !rt_is_none(v[5]))
        return rt_raise(ts, &rt_exc_ValueError, "binary mode doesn't take a newline argument");
    if (binary && buffering == 1 &&
        rt_warn(ts, &rt_exc_RuntimeWarning, 1, "line buffering (buffering=1) isn't supported in binary mode, the default buffer size will be used") < 0)
        return RT_NULL;
    if (!binary && (!v[3].bits || rt_is_none(v[3])) && rt_runtime.config->warn_default_encoding && rt_warn(ts, &rt_exc_EncodingWarning, 1, "'encoding' argument not specified") < 0)
        return RT_NULL;
    static const char *const raw_kw[] = {"closefd", "opener"};
    rt_value ra[4] = {v[0], rt_str_intern_cstr(ts, raw_mode), v[6].bits ? v[6] : RT_TRUE, v[7].bits ? v[7] : RT_NONE};
    rt_value raw = kwcall(ts, &rt_fileio_type, ra, 2, 2, raw_kw), buf, res;
    if (rt_is_null(raw))
        return raw;
    rt_value tty = buffering < 0 || buffering == 1 ? rt_call_method(ts, raw, "isatty", NULL, 0) : RT_FALSE;
    if (rt_is_null(tty))
        return close_and_fail(ts, raw);
    bool line = false;
    if (buffering == 1 || (buffering < 0 && rt_is_true(tty))) {
        buffering = -1;
        line = true;
    }
    if (buffering < 0) {
        rt_value bs = rt_getattr_cstr(ts, raw, "_blksize");
        buffering = bs.bits && rt_is_int(bs) && rt_int_get(bs) > 1 ? (int)rt_int_get(bs) : RT_IO_BUFFER;
        if (buffering < RT_IO_BUFFER && (reading || is_regular(raw))) /* a pipe's own size: what cannot be written is not kept */
            buffering = RT_IO_BUFFER;
        rt_exc_clear(ts);
    }
    if (buffering == 0) {
        if (!binary) {
            rt_raise(ts, &rt_exc_ValueError, "can't have unbuffered text I/O");
            return close_and_fail(ts, raw);
        }
        return raw;
    }
    rt_value ba[2] = {raw, rt_int_imm(buffering)};
    buf = rt_call(ts, rt_type_value(updating ? &rt_buffered_random_type : reading ? &rt_buffered_reader_type : &rt_buffered_writer_type), ba, 2, RT_NULL);
    if (rt_is_null(buf))
        return close_and_fail(ts, raw);
    rt_decref(ts, raw);
    if (binary)
        return buf;
    rt_value ta[5] = {buf, v[3].bits ? v[3] : RT_NONE, v[4].bits ? v[4] : RT_NONE, v[5].bits ? v[5] : RT_NONE, rt_bool(line)};
    res = rt_call(ts, rt_type_value(&rt_textio_type), ta, 5, RT_NULL);
    if (rt_is_null(res) || rt_setattr_cstr(ts, res, "mode", v[1].bits ? v[1] : rt_str_intern_cstr(ts, "r")) < 0) {
        rt_value e = rt_exc_take(ts);
        rt_decref(ts, res);
        rt_exc_put(ts, e);
        return close_and_fail(ts, buf);
    }
    rt_decref(ts, buf);
    return res;
}

static rt_value io_open_code(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"path", NULL};
    static const struct rt_argspec spec = {"open_code", names, 0, 1, 1, 1};
    rt_value v[1];
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    if (!rt_is_str(v[0]))
        return rt_raise_arg_type(ts, "open_code", "path", "str", v[0]);
    rt_value a[2] = {v[0], rt_str_intern_cstr(ts, "rb")};
    return rt_io_open(ts, self, a, 2, RT_NULL);
}
static rt_value io_text_encoding(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    if (rt_args_count(ts, "text_encoding", n, 1, 2) < 0)
        return RT_NULL;
    if (!rt_is_none(args[0]))
        return rt_newref(ts, args[0]);
    if (rt_runtime.config->warn_default_encoding) {
        int level = n > 1 ? rt_as_int(ts, args[1]) : 2;
        if (rt_pending(ts) || rt_warn(ts, &rt_exc_EncodingWarning, level, "'encoding' argument not specified") < 0)
            return RT_NULL;
    }
    return rt_str_intern_cstr(ts, rt_runtime.config->utf8_mode ? "utf-8" : "locale");
}

static int io_exec(struct rt_thread *ts, rt_value m)
{
    static struct rt_type *const types[] = {&rt_iobase_type, &rt_rawiobase_type, &rt_bufferediobase_type, &rt_textiobase_type, &rt_fileio_type,
        &rt_bytesio_type, &rt_stringio_type, &rt_buffered_reader_type, &rt_buffered_writer_type, &rt_buffered_random_type,
        &rt_buffered_pair_type, &rt_textio_type, &rt_newline_decoder_type};
    for (size_t i = 0; i < RT_COUNTOF(types); i++)
        if (rt_module_add_type(ts, m, types[i]) < 0)
            return -1;
    rt_module_add_int(ts, m, "DEFAULT_BUFFER_SIZE", RT_IO_BUFFER);
    rt_value bases = rt_tuple_pack(ts, 2, rt_type_value(&rt_exc_OSError), rt_type_value(&rt_exc_ValueError));
    rt_value d = rt_dict_new(ts), t;
    rt_dict_set(ts, d, RT_ID(__module__), rt_str_intern_cstr(ts, "io"));
    rt_value a[3] = {rt_str_intern_cstr(ts, "UnsupportedOperation"), bases, d};
    t = rt_call(ts, rt_type_value(&rt_type_type), a, 3, RT_NULL);
    rt_decref(ts, d);
    rt_decref(ts, bases);
    if (rt_is_null(t))
        return -1;
    rt_slot_set(ts, &ts->interp->native_state[RT_NS_IO], rt_newref(ts, t));
    if (rt_module_add(ts, m, "UnsupportedOperation", t) < 0)
        return -1;
    return rt_module_add(ts, m, "BlockingIOError", rt_type_value(&rt_exc_BlockingIOError));
}
static const struct rt_method_def io_methods[] = {
    {"open", rt_io_open, RT_METH_KW, "open($module, /, file, mode='r', buffering=-1, encoding=None,\n     errors=None, newline=None, closefd=True, opener=None)\n--\n\nOpen file and return a stream.  Raise OSError upon failure."},
    {"open_code", io_open_code, RT_METH_KW, "open_code($module, /, path)\n--\n\nOpens the provided file with the intent to import the contents."},
    {"text_encoding", io_text_encoding, RT_METH_FAST, "text_encoding($module, encoding, stacklevel=2, /)\n--\n\nA helper function to choose the text encoding."},
    {NULL},
};
const struct rt_module_def rt_module__io = {
    .name = "_io", .doc = "The io module provides the Python interfaces to stream handling.", .methods = io_methods, .exec = io_exec,
};
