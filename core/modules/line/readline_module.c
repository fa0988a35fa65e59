/* SPDX-License-Identifier: MIT */
/*
 * readline: line editing, history and completion at the prompt, by libedit.
 *
 * libedit keeps one line and one history for the process, so everything here is under one lock (its
 * holder may take it again: completers call back). Python's hooks belong to the interpreter that set
 * them. input() comes in through rt_input_hook; keys are waited for detached, and signals are served
 * between them.
 */
#include <editline/readline.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/builtins/builtins.h"
#include "core/modules/lazy/lazy.h"
#include "core/modules/modules.h"
#include "core/sync/mutex.h"
#include "core/thread/runtime.h"

/* Under the lock. */
static _Atomic uint8_t lock;
static _Atomic(struct rt_thread *) holder;
static uint32_t depth;
static bool auto_history = true, line_done;
static char *line_text;
static int history_limit = -1, first_index, begin_index, end_index;

static void enter(struct rt_thread *ts)
{
    if (rt_load_relaxed(&holder) != ts) {
        rt_bytelock_acquire(ts, &lock, -1, 0);
        rt_store_relaxed(&holder, ts);
    }
    depth++;
}
static void leave(void)
{
    if (--depth)
        return;
    rt_store_relaxed(&holder, NULL);
    rt_bytelock_release(&lock);
}
/* A variable of libedit. */
#define VAR(type, name) (*(type *)rt_lazy_data(&rt_lazy_edit, #name))
static int history_count(void) { return VAR(int, history_length); }

/* ---- hooks ---- */
static rt_value hook(struct rt_thread *ts, const char *key)
{
    rt_value f = rt_interp_kept(ts, key);
    if (rt_is_none(f))
        f = RT_NULL;
    return f;
}
static rt_value set_hook(struct rt_thread *ts, const char *fname, const char *key, const rt_value *args, uint32_t n)
{
    rt_value f = n ? args[0] : RT_NONE;
    if (rt_args_count(ts, fname, n, 0, 1) < 0)
        return RT_NULL;
    if (!rt_is_none(f) && !rt_is_callable(f))
        return rt_raise(ts, &rt_exc_TypeError, "%s(func): argument not callable", fname);
    return rt_interp_keep(ts, key, f) < 0 ? RT_NULL : RT_NONE;
}
#define HOOK(name, key)                                                                                 \
    static rt_value name(struct rt_thread *ts, rt_value m, const rt_value *args, uint32_t n) { return set_hook(ts, #name, key, args, n); }
HOOK(set_completer, "readline.completer")
HOOK(set_startup_hook, "readline.startup")
HOOK(set_pre_input_hook, "readline.pre_input")
HOOK(set_completion_display_matches_hook, "readline.display")
static rt_value get_completer(struct rt_thread *ts, rt_value m)
{
    rt_value f = hook(ts, "readline.completer");
    return rt_is_null(f) && !rt_pending(ts) ? RT_NONE : f;
}
static int run_hook(const char *key)
{
    struct rt_thread *ts = rt_current_thread;
    rt_value f = hook(ts, key), r = rt_is_null(f) ? RT_NONE : rt_call0(ts, f);
    int x = rt_is_int(r) ? (int)rt_int_get(r) : 0;
    rt_decref(ts, f);
    rt_decref(ts, r);
    rt_exc_clear(ts);
    return x;
}
static int on_startup(const char *text, int state) { return run_hook("readline.startup"); }
static int on_pre_input(const char *text, int state) { return run_hook("readline.pre_input"); }
static char *on_completion(const char *text, int state)
{
    struct rt_thread *ts = rt_current_thread;
    rt_value f = hook(ts, "readline.completer"), s = RT_NULL, r = RT_NULL, b = RT_NULL;
    char *out = NULL;
    if (!rt_is_null(f))
        s = rt_str_fsdecode(ts, text, strlen(text));
    if (!rt_is_null(s))
        r = rt_call2(ts, f, s, rt_int_imm(state));
    if (rt_is_ptr(r))
        b = rt_str_fsencode(ts, r);
    if (!rt_is_null(b))
        out = strdup(rt_as_bytes(b)->data);
    rt_exc_clear(ts);
    rt_decref(ts, b);
    rt_decref(ts, r);
    rt_decref(ts, s);
    rt_decref(ts, f);
    return out;
}
static char **on_attempt(const char *text, int start, int end)
{
    VAR(int, rl_attempted_completion_over) = 1;
    VAR(int, rl_completion_append_character) = 0;
    begin_index = start;
    end_index = end;
    return rl_completion_matches(text, on_completion);
}
static void on_display(char **matches, int n, int longest)
{
    struct rt_thread *ts = rt_current_thread;
    rt_value f = hook(ts, "readline.display"), list = rt_list_new(ts, (size_t)(n > 0 ? n : 0)), s, r;
    if (rt_is_null(f)) { /* libedit's own way */
        rt_decref(ts, list);
        rl_display_match_list(matches, n, longest);
        return;
    }
    for (int i = 1; i <= n && !rt_is_null(list); i++) {
        s = rt_str_fsdecode(ts, matches[i], strlen(matches[i]));
        if (rt_is_null(s) || rt_list_append_steal(ts, list, s) < 0)
            rt_clear(ts, &list);
    }
    s = rt_is_null(list) ? list : rt_str_fsdecode(ts, matches[0], strlen(matches[0]));
    r = rt_is_null(s) ? s : rt_call3(ts, f, s, list, rt_int_imm(longest));
    rt_decref(ts, r);
    rt_decref(ts, s);
    rt_decref(ts, list);
    rt_decref(ts, f);
    rt_exc_clear(ts);
}

/* ---- a line ---- */
static void on_line(char *text)
{
    line_done = true;
    line_text = text;
    rl_callback_handler_remove();
}
static int wait_key(struct rt_thread *ts)
{
    struct pollfd p = {STDIN_FILENO, POLLIN, 0};
    rt_detach(ts, RT_DETACH_IO);
    int r = poll(&p, 1, -1), e = errno;
    rt_attach(ts);
    return r < 0 && (e != EINTR || rt_signal_check(ts) < 0) ? -1 : r;
}
static void remember(const char *text)
{
    int n = history_count();
    HIST_ENTRY *last = n > 0 ? history_get(n - 1 + first_index) : NULL;
    if (auto_history && *text && (!last || strcmp(last->line, text)))
        add_history(text);
}
/* rt_input_hook: the line with its newline; empty at the end of input. */
static rt_value read_line(struct rt_thread *ts, rt_value prompt)
{
    rt_value p = rt_str_encode(ts, prompt, "utf-8", "surrogateescape"), r = RT_NULL;
    if (rt_is_null(p))
        return p;
    enter(ts);
    line_done = false;
    line_text = NULL;
    VAR(int, rl_catch_signals) = 0;
    rl_callback_handler_install(rt_as_bytes(p)->data, on_line);
    while (!line_done) {
        int w = wait_key(ts);
        if (w < 0) {
            rl_callback_handler_remove();
            break;
        }
        if (w > 0)
            rl_callback_read_char();
        if (w > 0 && rt_signal_check(ts) < 0) {
            rl_callback_handler_remove();
            break;
        }
    }
    if (!rt_pending(ts) && line_done && line_text) {
        remember(line_text);
        rt_value s = rt_str_fsdecode(ts, line_text, strlen(line_text));
        r = rt_is_null(s) ? s : rt_str_format(ts, "%U\n", s);
        rt_decref(ts, s);
    } else if (!rt_pending(ts) && line_done) {
        r = rt_str_empty();
    }
    free(line_text);
    line_text = NULL;
    leave();
    rt_decref(ts, p);
    if (rt_is_null(r) && !rt_pending(ts))
        rt_raise_errno(ts, &rt_exc_OSError, RT_NULL);
    return r;
}

/* ---- functions ---- */
/* Text as bytes for libedit: owned. */
static rt_value text_arg(struct rt_thread *ts, const char *fname, rt_value v)
{
    if (!rt_is_str(v))
        return rt_raise(ts, &rt_exc_TypeError, "%s() argument must be str, not %N", fname, v);
    return rt_str_fsencode(ts, v);
}
static rt_value with_text(struct rt_thread *ts, const char *fname, rt_value v, void (*use)(char *))
{
    rt_value b = text_arg(ts, fname, v);
    if (rt_is_null(b))
        return b;
    char *copy = strdup(rt_as_bytes(b)->data);
    rt_decref(ts, b);
    if (!copy)
        return rt_raise_no_memory(ts);
    enter(ts);
    use(copy);
    leave();
    free(copy);
    return RT_NONE;
}
static void use_bind(char *s) { rl_parse_and_bind(s); }
static void use_insert(char *s) { rl_insert_text(s); }
static void use_add(char *s) { add_history(s); }
static void use_delims(char *s)
{
    static char *mine; /* what libedit points to now */
    char *copy = strdup(s);
    if (!copy)
        return;
    VAR(const char *, rl_completer_word_break_characters) = copy;
    free(mine);
    mine = copy;
}
static rt_value parse_and_bind(struct rt_thread *ts, rt_value m, rt_value s) { return with_text(ts, "parse_and_bind", s, use_bind); }
static rt_value insert_text(struct rt_thread *ts, rt_value m, rt_value s) { return with_text(ts, "insert_text", s, use_insert); }
static rt_value py_add_history(struct rt_thread *ts, rt_value m, rt_value s) { return with_text(ts, "add_history", s, use_add); }
static rt_value set_delims(struct rt_thread *ts, rt_value m, rt_value s) { return with_text(ts, "set_completer_delims", s, use_delims); }
static rt_value get_delims(struct rt_thread *ts, rt_value m)
{
    const char *s = VAR(const char *, rl_completer_word_break_characters);
    return rt_str_fsdecode(ts, s ? s : "", s ? strlen(s) : 0);
}
/* Files of history are lines, as python3.11's readline reads and writes them: libedit's own functions refuse such a
   file, and the one that both share (~/.python_history) would be lost. What libedit wrote is read by its own function. */
static const char libedit_mark[] = "_HiStOrY_V2_\n";
static bool has_libedit_mark(FILE *f)
{
    char head[sizeof libedit_mark] = "";
    size_t n = fread(head, 1, sizeof head - 1, f);
    rewind(f);
    return n == sizeof head - 1 && !strcmp(head, libedit_mark);
}
static int read_lines(const char *path)
{
    FILE *f = fopen(path, "re");
    if (!f)
        return errno;
    if (has_libedit_mark(f)) {
        fclose(f);
        return read_history(path);
    }
    char *line = NULL;
    size_t room = 0;
    errno = 0;
    for (ssize_t n; (n = getline(&line, &room, f)) >= 0;) {
        if (n && line[n - 1] == '\n')
            line[--n] = 0;
        if (n)
            add_history(line);
    }
    int failed = ferror(f) ? errno : 0;
    free(line);
    fclose(f);
    return failed;
}
/* libedit's lines have white space as octal numbers. */
static void put_line(FILE *f, const char *p, bool octal)
{
    for (; *p; p++) {
        if (octal && ((unsigned char)*p <= ' ' || *p == '\\' || *p == 127))
            fprintf(f, "\\%03o", (unsigned char)*p);
        else
            putc(*p, f);
    }
    putc('\n', f);
}
/* The last `count` lines of history, behind what the file has or in its stead. */
static int write_lines(const char *path, int count, bool append)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | (append ? O_APPEND : O_TRUNC), 0600);
    FILE *f = fd < 0 ? NULL : fdopen(fd, append ? "a+" : "w+");
    if (!f) {
        int e = errno;
        if (fd >= 0)
            close(fd);
        return e;
    }
    bool octal = append && has_libedit_mark(f);
    int n = history_count();
    for (int i = count < n ? n - count : 0; i < n; i++) {
        HIST_ENTRY *h = history_get(i + first_index);
        put_line(f, h ? h->line : "", octal);
    }
    int failed = ferror(f);
    return fclose(f) || failed ? EIO : 0;
}
/* The file keeps its last `limit` lines, and libedit's mark. */
static void keep_last_lines(const char *path, int limit)
{
    FILE *f = fopen(path, "r+e");
    char *text = NULL;
    size_t room = 0;
    ssize_t n = f ? getdelim(&text, &room, EOF, f) : -1;
    if (n > 0) {
        size_t head = strncmp(text, libedit_mark, sizeof libedit_mark - 1) ? 0 : sizeof libedit_mark - 1;
        size_t from = (size_t)n, end = (size_t)n - (text[n - 1] == '\n');
        for (int lines = 0; from > head && lines < limit; lines++, end = from ? from - 1 : 0) {
            char *before = end > head ? memrchr(text + head, '\n', end - head) : NULL;
            from = before ? (size_t)(before - text) + 1 : head;
        }
        if (from > head) {
            rewind(f);
            fwrite(text, 1, head, f);
            fwrite(text + from, 1, (size_t)n - from, f);
            fflush(f);
            if (ftruncate(fileno(f), (off_t)(head + (size_t)n - from)) < 0)
                errno = 0; /* a file that is longer than asked for is no error */
        }
    }
    free(text);
    if (f)
        fclose(f);
}
enum file_op { READ_INIT, READ, WRITE, APPEND };
static rt_value with_file(struct rt_thread *ts, enum file_op op, rt_value name, int count)
{
    rt_value path = rt_is_null(name) || rt_is_none(name) ? RT_NONE : rt_str_fsencode(ts, name);
    if (rt_is_null(path))
        return path;
    const char *s = rt_is_none(path) ? NULL : rt_as_bytes(path)->data, *home = getenv("HOME");
    char standard[PATH_MAX];
    if (!s && op != READ_INIT) {
        snprintf(standard, sizeof standard, "%s/.history", home ? home : ".");
        s = standard;
    }
    enter(ts);
    errno = 0;
    int e = op == READ_INIT ? rl_read_init_file(s) : op == READ ? read_lines(s) : write_lines(s, op == WRITE ? INT_MAX : count, op == APPEND);
    if (e && errno)
        e = errno;
    if (!e && op >= WRITE && history_limit >= 0)
        keep_last_lines(s, history_limit);
    leave();
    rt_decref(ts, path);
    if (!e)
        return RT_NONE;
    errno = e > 0 ? e : ENOENT;
    return rt_raise_errno(ts, &rt_exc_OSError, RT_NULL);
}
#define FILE_FUNCTION(name, op)                                                                        \
    static rt_value name(struct rt_thread *ts, rt_value m, const rt_value *args, uint32_t n)              \
    {                                                                                                     \
        return rt_args_count(ts, #name, n, 0, 1) < 0 ? RT_NULL : with_file(ts, op, n ? args[0] : RT_NONE, 0); \
    }
FILE_FUNCTION(read_init_file, READ_INIT)
FILE_FUNCTION(read_history_file, READ)
FILE_FUNCTION(write_history_file, WRITE)
static int int_arg(struct rt_thread *ts, rt_value v, bool *ok)
{
    int x = rt_as_int(ts, v);
    *ok = x != -1 || !rt_pending(ts);
    return x;
}
static rt_value append_history_file(struct rt_thread *ts, rt_value m, const rt_value *args, uint32_t n)
{
    bool ok;
    if (rt_args_count(ts, "append_history_file", n, 1, 2) < 0)
        return RT_NULL;
    int count = int_arg(ts, args[0], &ok);
    if (ok && count < 0)
        return rt_raise(ts, &rt_exc_ValueError, "append_history_file() called with negative count");
    return ok ? with_file(ts, APPEND, n > 1 ? args[1] : RT_NONE, count) : RT_NULL;
}
static rt_value get_history_length(struct rt_thread *ts, rt_value m) { return rt_int_imm(history_limit); }
static rt_value set_history_length(struct rt_thread *ts, rt_value m, rt_value v)
{
    bool ok;
    int x = int_arg(ts, v, &ok);
    if (ok)
        history_limit = x;
    return ok ? RT_NONE : RT_NULL;
}
static rt_value get_current_history_length(struct rt_thread *ts, rt_value m) { return rt_int_imm(history_count()); }
static rt_value get_history_item(struct rt_thread *ts, rt_value m, rt_value v)
{
    bool ok;
    int i = int_arg(ts, v, &ok) - 1;
    if (!ok)
        return RT_NULL;
    enter(ts);
    HIST_ENTRY *h = i >= 0 && i < history_count() ? history_get(i + first_index) : NULL;
    rt_value r = h ? rt_str_fsdecode(ts, h->line, strlen(h->line)) : RT_NONE;
    leave();
    return r;
}
static void free_entry(HIST_ENTRY *h)
{
    if (h) {
        free((void *)h->line);
        free(h);
    }
}
static rt_value remove_history_item(struct rt_thread *ts, rt_value m, rt_value v)
{
    bool ok;
    int i = int_arg(ts, v, &ok);
    if (!ok)
        return RT_NULL;
    if (i < 0)
        return rt_raise(ts, &rt_exc_ValueError, "History index cannot be negative");
    enter(ts);
    HIST_ENTRY *h = i < history_count() ? remove_history(i) : NULL;
    free_entry(h);
    leave();
    return h ? RT_NONE : rt_raise(ts, &rt_exc_ValueError, "No history item at position %d", i);
}
/* libedit's own function counts by the numbers entries once had: all are taken out and put back. */
static bool replace(int at, int count, const char *text)
{
    char **lines = calloc((size_t)count, sizeof *lines);
    bool ok = lines != NULL;
    for (int i = 0; i < count && ok; i++) {
        HIST_ENTRY *h = history_get(i + first_index);
        ok = (lines[i] = strdup(i == at ? text : h ? h->line : "")) != NULL;
    }
    if (ok)
        clear_history();
    for (int i = 0; i < count && lines; i++) {
        if (ok)
            add_history(lines[i]);
        free(lines[i]);
    }
    free(lines);
    return ok;
}
static rt_value replace_history_item(struct rt_thread *ts, rt_value m, const rt_value *args, uint32_t n)
{
    bool ok;
    if (rt_args_count(ts, "replace_history_item", n, 2, 2) < 0)
        return RT_NULL;
    int i = int_arg(ts, args[0], &ok);
    if (!ok)
        return RT_NULL;
    if (i < 0)
        return rt_raise(ts, &rt_exc_ValueError, "History index cannot be negative");
    rt_value b = text_arg(ts, "replace_history_item", args[1]);
    if (rt_is_null(b))
        return b;
    enter(ts);
    int count = history_count();
    bool found = i < count && replace(i, count, rt_as_bytes(b)->data);
    leave();
    rt_decref(ts, b);
    return found ? RT_NONE : rt_raise(ts, &rt_exc_ValueError, "No history item at position %d", i);
}
static rt_value set_auto_history(struct rt_thread *ts, rt_value m, rt_value v)
{
    int on = rt_truth(ts, v);
    if (on >= 0)
        auto_history = on;
    return on < 0 ? RT_NULL : RT_NONE;
}
static rt_value py_clear_history(struct rt_thread *ts, rt_value m)
{
    enter(ts);
    clear_history();
    leave();
    return RT_NONE;
}
static rt_value get_line_buffer(struct rt_thread *ts, rt_value m)
{
    const char *s = VAR(char *, rl_line_buffer);
    return rt_str_fsdecode(ts, s ? s : "", s ? strlen(s) : 0);
}
static rt_value redisplay(struct rt_thread *ts, rt_value m)
{
    enter(ts);
    rl_redisplay();
    leave();
    return RT_NONE;
}
static rt_value get_completion_type(struct rt_thread *ts, rt_value m) { return rt_int_imm(VAR(int, rl_completion_type)); }
static rt_value get_begidx(struct rt_thread *ts, rt_value m) { return rt_int_imm(begin_index); }
static rt_value get_endidx(struct rt_thread *ts, rt_value m) { return rt_int_imm(end_index); }

static int exec(struct rt_thread *ts, rt_value m)
{
    static bool set_up; /* under the lock */
    char delims[] = " \t\n`~!@#$%^&*()-=+[{]}\\|;:'\",<>/?";
    if (rt_lazy_load(ts, &rt_lazy_edit) < 0)
        return -1;
    enter(ts);
    if (!set_up) {
        set_up = true;
        VAR(const char *, rl_readline_name) = "python";
        VAR(int, rl_catch_signals) = 0;
        rl_initialize();
        using_history();
        add_history("1"); /* versions differ in where they count from */
        first_index = history_get(1) == NULL ? 0 : 1;
        clear_history();
        VAR(void *, rl_attempted_completion_function) = (void *)on_attempt;
        VAR(void *, rl_completion_display_matches_hook) = (void *)on_display;
        VAR(void *, rl_startup_hook) = (void *)on_startup;
        VAR(void *, rl_pre_input_hook) = (void *)on_pre_input;
        use_delims(delims);
        rt_store_release(&rt_input_hook, read_line);
    }
    leave();
    const char *library = VAR(const char *, rl_library_version);
    int version = VAR(int, rl_readline_version);
    return rt_module_add_int(ts, m, "_READLINE_VERSION", version) < 0 || rt_module_add_int(ts, m, "_READLINE_RUNTIME_VERSION", version) < 0 ||
           rt_module_add_str(ts, m, "_READLINE_LIBRARY_VERSION", library ? library : "") < 0 ? -1 : 0;
}
static const struct rt_method_def methods[] = {
    {"parse_and_bind", parse_and_bind, RT_METH_O, NULL}, {"read_init_file", read_init_file, RT_METH_FAST, NULL}, {"get_line_buffer", get_line_buffer, RT_METH_NOARGS, NULL},
    {"insert_text", insert_text, RT_METH_O, NULL}, {"redisplay", redisplay, RT_METH_NOARGS, NULL}, {"read_history_file", read_history_file, RT_METH_FAST, NULL},
    {"write_history_file", write_history_file, RT_METH_FAST, NULL}, {"append_history_file", append_history_file, RT_METH_FAST, NULL},
    {"get_history_length", get_history_length, RT_METH_NOARGS, NULL}, {"set_history_length", set_history_length, RT_METH_O, NULL},
    {"get_current_history_length", get_current_history_length, RT_METH_NOARGS, NULL}, {"get_history_item", get_history_item, RT_METH_O, NULL},
    {"remove_history_item", remove_history_item, RT_METH_O, NULL}, {"replace_history_item", replace_history_item, RT_METH_FAST, NULL},
    {"add_history", py_add_history, RT_METH_O, NULL}, {"set_auto_history", set_auto_history, RT_METH_O, NULL}, {"clear_history", py_clear_history, RT_METH_NOARGS, NULL},
    {"set_startup_hook", set_startup_hook, RT_METH_FAST, NULL}, {"set_pre_input_hook", set_pre_input_hook, RT_METH_FAST, NULL},
    {"set_completer", set_completer, RT_METH_FAST, NULL}, {"get_completer", get_completer, RT_METH_NOARGS, NULL},
    {"get_completion_type", get_completion_type, RT_METH_NOARGS, NULL}, {"get_begidx", get_begidx, RT_METH_NOARGS, NULL}, {"get_endidx", get_endidx, RT_METH_NOARGS, NULL},
    {"set_completer_delims", set_delims, RT_METH_O, NULL}, {"get_completer_delims", get_delims, RT_METH_NOARGS, NULL},
    {"set_completion_display_matches_hook", set_completion_display_matches_hook, RT_METH_FAST, NULL}, {NULL},
};
const struct rt_module_def rt_module_readline = {
    .name = "readline", .doc = "Importing this module enables command line editing using libedit readline.", .methods = methods, .exec = exec,
};
