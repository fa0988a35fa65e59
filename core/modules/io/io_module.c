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

/* What a mode string asks for. */
struct mode {
    bool creating, reading, writing, appending, updating, text, binary;
    char raw[6]; /* the same for FileIO */
};

static int parse_mode(struct rt_thread *ts, const char *mode, struct mode *m)
{
    static const char letters[] = "xrwa+tb";
    bool *const flags[] = {&m->creating, &m->reading, &m->writing, &m->appending, &m->updating, &m->text, &m->binary};
    char *raw = m->raw;
    for (const char *p = mode; *p; p++) {
        const char *at = strchr(letters, *p);
        if (!at || *flags[at - letters]) {
            rt_raise(ts, &rt_exc_ValueError, "invalid mode: '%s'", mode);
            return -1;
        }
        *flags[at - letters] = true;
    }
    for (int i = 0; i < 5; i++)
        if (*flags[i] && raw < m->raw + sizeof(m->raw) - 1)
            *raw++ = letters[i];
    *raw = 0;
    return 0;
}

/* The arguments of open(), in order. */
enum { FILE_ARG, MODE, BUFFERING, ENCODING, ERRORS, NEWLINE, CLOSEFD, OPENER, ARGS };

static bool given(rt_value v) { return v.bits && !rt_is_none(v); }

/* Those that must be str or None. */
static int check_texts(struct rt_thread *ts, const rt_value *v, const char *const *names)
{
    for (int i = ENCODING; i <= NEWLINE; i++)
        if (given(v[i]) && !rt_is_str(v[i])) {
            rt_raise_arg_type(ts, "open", names[i], "str or None", v[i]);
            return -1;
        }
    return 0;
}

/* Do mode and arguments go together? Warns of what is doubtful. */
static int check_together(struct rt_thread *ts, const struct mode *m, const rt_value *v, int buffering)
{
    const char *wrong = NULL;
    if (m->text && m->binary)
        wrong = "can't have text and binary mode at once";
    else if (m->creating + m->reading + m->writing + m->appending != 1)
        wrong = "must have exactly one of create/read/write/append mode";
    else if (m->binary && given(v[ENCODING]))
        wrong = "binary mode doesn't take an encoding argument";
    else if (m->binary && given(v[ERRORS]))
        wrong = "binary mode doesn't take an errors argument";
    else if (m->binary && given(v[NEWLINE]))
        wrong = "binary mode doesn't take a newline argument";
    if (wrong) {
        rt_raise(ts, &rt_exc_ValueError, "%s", wrong);
        return -1;
    }
    if (m->binary && buffering == 1)
        return rt_warn(ts, &rt_exc_RuntimeWarning, 1, "line buffering (buffering=1) isn't supported in binary mode, "
                       "the default buffer size will be used");
    if (!m->binary && !given(v[ENCODING]) && rt_runtime.config->warn_default_encoding)
        return rt_warn(ts, &rt_exc_EncodingWarning, 1, "'encoding' argument not specified");
    return 0;
}

/* Bytes to buffer by default: what the file system advises, at least our own size, except for a pipe that is written. */
static int default_buffer(struct rt_thread *ts, rt_value raw, bool reading)
{
    rt_value advised = rt_getattr_cstr(ts, raw, "_blksize");
    int size = advised.bits && rt_is_int(advised) && rt_int_get(advised) > 1 ? (int)rt_int_get(advised) : RT_IO_BUFFER;
    if (size < RT_IO_BUFFER && (reading || is_regular(raw))) /* a pipe's own size: what cannot be written is not kept */
        size = RT_IO_BUFFER;
    rt_exc_clear(ts);
    return size;
}

/* A buffered stream over raw: new ref; raw is closed on failure, and given away in any case. */
static rt_value buffered(struct rt_thread *ts, rt_value raw, const struct mode *m, int size)
{
    struct rt_type *t = m->updating ? &rt_buffered_random_type : m->reading ? &rt_buffered_reader_type : &rt_buffered_writer_type;
    rt_value args[2] = {raw, rt_int_imm(size)}, buf = rt_call(ts, rt_type_value(t), args, 2, RT_NULL);
    if (rt_is_null(buf))
        return close_and_fail(ts, raw);
    rt_decref(ts, raw);
    return buf;
}

/* A text stream over buf, which is given away as above. */
static rt_value texted(struct rt_thread *ts, rt_value buf, const rt_value *v, bool line_buffering)
{
    rt_value args[5] = {buf, RT_NONE, RT_NONE, RT_NONE, rt_bool(line_buffering)};
    for (int i = ENCODING; i <= NEWLINE; i++)
        if (v[i].bits)
            args[1 + i - ENCODING] = v[i];
    rt_value text = rt_call(ts, rt_type_value(&rt_textio_type), args, 5, RT_NULL);
    if (rt_is_null(text) || rt_setattr_cstr(ts, text, "mode", v[MODE].bits ? v[MODE] : rt_str_intern_cstr(ts, "r")) < 0) {
        rt_value e = rt_exc_take(ts);
        rt_decref(ts, text);
        rt_exc_put(ts, e);
        return close_and_fail(ts, buf);
    }
    rt_decref(ts, buf);
    return text;
}

rt_value rt_io_open(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"file", "mode", "buffering", "encoding", "errors", "newline", "closefd", "opener", NULL};
    static const struct rt_argspec spec = {"open", names, 0, 1, ARGS, ARGS};
    rt_value v[ARGS];
    struct mode m = {0};
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    if (v[MODE].bits && !rt_is_str(v[MODE]))
        return rt_raise_arg_type(ts, "open", "mode", "str", v[MODE]);
    const char *mode = v[MODE].bits ? rt_str_utf8_nonul(ts, v[MODE]) : "r";
    int buffering = v[BUFFERING].bits && mode ? rt_as_int(ts, v[BUFFERING]) : -1;
    if (!mode || rt_pending(ts) || check_texts(ts, v, names) < 0 || parse_mode(ts, mode, &m) < 0 ||
        check_together(ts, &m, v, buffering) < 0)
        return RT_NULL;

    /* the stream's name is that of the path, not the path object */
    bool number = rt_is_float(v[FILE_ARG]) || rt_index_check(v[FILE_ARG]);
    rt_value file = number ? rt_newref(ts, v[FILE_ARG]) : rt_str_fspath(ts, v[FILE_ARG]);
    if (rt_is_null(file))
        return file;
    static const char *const raw_kw[] = {"closefd", "opener"};
    rt_value ra[4] = {file, rt_str_intern_cstr(ts, m.raw), v[CLOSEFD].bits ? v[CLOSEFD] : RT_TRUE,
                      v[OPENER].bits ? v[OPENER] : RT_NONE};
    rt_value raw = kwcall(ts, &rt_fileio_type, ra, 2, 2, raw_kw);
    rt_decref(ts, file);
    if (rt_is_null(raw))
        return raw;
    rt_value tty = buffering < 0 || buffering == 1 ? rt_call_method(ts, raw, "isatty", NULL, 0) : RT_FALSE;
    if (rt_is_null(tty))
        return close_and_fail(ts, raw);
    bool by_lines = buffering == 1 || (buffering < 0 && rt_is_true(tty));
    if (buffering < 0 || by_lines)
        buffering = default_buffer(ts, raw, m.reading);
    if (buffering == 0) {
        if (m.binary)
            return raw;
        rt_raise(ts, &rt_exc_ValueError, "can't have unbuffered text I/O");
        return close_and_fail(ts, raw);
    }
    rt_value buf = buffered(ts, raw, &m, buffering);
    return m.binary || rt_is_null(buf) ? buf : texted(ts, buf, v, by_lines);
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
    if (rt_module_add(ts, m, "__name__", rt_str_intern_cstr(ts, "io")) < 0) /* as its classes say */
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
