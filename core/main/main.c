/* SPDX-License-Identifier: MIT */
/* pyrt: runs a program as python3.11 would. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/builtins/builtins.h"
#include "core/compiler/compile.h"
#include "core/eval/frame.h"
#include "core/seam/config.h"
#include "core/main/repl.h"
#include "core/main/startup.h"

#ifdef RT_ASAN
/* Shapes and slabs lie in mapped regions of gigabytes, which LeakSanitizer does not look into: what
   only they point to would be reported. Leaks of objects are the business of PYRT_VERIFY. */
__attribute__((visibility("default"))) const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "detect_leaks=0";
}
#endif

/* The standard library's directory: PYRT_STDLIB, or PYTHONHOME's, or Debian's. */
static bool find_stdlib(struct rt_config *c)
{
    static char below_home[PATH_MAX];
    const char *env = getenv("PYRT_STDLIB"), *home = rt_config_env(c, "PYTHONHOME");
    char probe[PATH_MAX + 8];
    c->prefix = "/usr";
    c->stdlib = env && *env ? env : "/usr/lib/python3.11";
    if (home && c->stdlib != env) {
        size_t n = strcspn(home, ":"); /* PREFIX[:EXEC_PREFIX] */
        snprintf(below_home, sizeof(below_home), "%.*s/lib/python3.11", (int)n, home);
        c->stdlib = below_home;
        c->prefix = strndup(home, n);
    }
    snprintf(probe, sizeof(probe), "%s/os.py", c->stdlib);
    if (access(probe, R_OK) == 0)
        return true;
    fprintf(stderr,
            "pyrt: no Python 3.11 standard library in %s (%s)\n"
            "%s\n",
            c->stdlib, strerror(errno),
            c->stdlib == below_home ? "PYTHONHOME says so: unset it, or correct it."
                                    : "Install it with `apt-get install libpython3.11-stdlib`, or name its directory in PYRT_STDLIB.");
    return false;
}

static rt_value main_dict(struct rt_thread *ts)
{
    rt_value mods = rt_slot_get(ts, NULL, &ts->interp->modules), m = rt_dict_get(ts, mods, RT_ID(__main__)), d;
    d = rt_newref(ts, rt_module_dict_borrowed(m));
    rt_decref(ts, m);
    rt_decref(ts, mods);
    return d;
}

static int prepend_path(struct rt_thread *ts, rt_value entry)
{
    rt_value path = rt_sys_get(ts, "path");
    int err = path.bits && rt_is_list(path) ? rt_list_insert(ts, path, 0, entry) : 0;
    rt_decref(ts, path);
    return err;
}

/* A line of a script ends at a NUL, and goes on with what follows its newline: python3.11 reads lines as C strings.
   `text` is changed in place; its new length is returned. */
static size_t cut_at_nuls(char *text, size_t n)
{
    char *in = memchr(text, 0, n), *out = in, *end = text + n;
    while (in && in < end) {
        char *line_end = memchr(in, '\n', (size_t)(end - in)), *nul = memchr(in, 0, (size_t)(end - in));
        size_t len = (size_t)((line_end ? line_end + 1 : end) - in), kept = nul && nul < in + len ? (size_t)(nul - in) : len;
        memmove(out, in, kept);
        out += kept;
        in += len;
    }
    return in ? (size_t)(out - text) : n;
}

/* A script that is not text: say where, as a SyntaxError. False: it is. */
static bool not_utf8(struct rt_thread *ts, const char *text, size_t n, rt_value filename)
{
    int line = 1;
    for (size_t i = 0; i < n; i++) {
        uint64_t eight;
        while (i + 8 <= n && (memcpy(&eight, text + i, 8), !(eight & 0x8080808080808080)) && !memchr(text + i, '\n', 8))
            i += 8;
        if (i == n)
            break;
        uint8_t c = (uint8_t)text[i], d = i + 1 < n ? (uint8_t)text[i + 1] : 0;
        size_t need = c < 0x80 ? 0 : c >= 0xc2 && c < 0xe0 ? 1 : c >= 0xe0 && c < 0xf0 ? 2 : c >= 0xf0 && c < 0xf5 ? 3 : 9, k = 0;
        while (k < need && need < 9 && i + k + 1 < n && ((uint8_t)text[i + k + 1] & 0xc0) == 0x80)
            k++;
        bool out_of_range = (c == 0xe0 && d < 0xa0) || (c == 0xed && d >= 0xa0) || (c == 0xf0 && d < 0x90) || (c == 0xf4 && d >= 0x90);
        if (k < need || out_of_range) {
            rt_raise(ts, &rt_exc_SyntaxError,
                     "Non-UTF-8 code starting with '\\x%.2x' in file %U on line %i, but no encoding declared; see "
                     "https://peps.python.org/pep-0263/ for details", c, filename, line);
            return true;
        }
        line += c == '\n';
        i += need;
    }
    return false;
}

/* Is there an encoding declaration in one of the first two lines? */
static bool has_cookie(const char *text, size_t n)
{
    const char *end = memchr(text, '\n', n), *second = end ? memchr(end + 1, '\n', n - (size_t)(end + 1 - text)) : NULL;
    size_t head = second ? (size_t)(second - text) : n < 400 ? n : 400;
    return memmem(text, head, "coding:", 7) || memmem(text, head, "coding=", 7);
}

/* Frames of their own for what holds __main__'s dict: the last collections scan the stack below main(), and a
   stale word there would keep the dict and all its objects from their finalizers. */
static RT_NOINLINE int run_text(struct rt_thread *ts, char *text, size_t n, rt_value filename)
{
    rt_value d = main_dict(ts), code = RT_NULL, r = RT_NULL;
    n = cut_at_nuls(text, n);
    if (has_cookie(text, n) || !not_utf8(ts, text, n, filename))
        code = rt_compile_source(ts, text, n, filename, RT_PARSE_EXEC, RT_CF_SCRIPT, -1);
    if (code.bits)
        r = rt_eval_code(ts, code, d, RT_NULL, RT_NULL);
    rt_decref(ts, code);
    rt_decref(ts, d);
    rt_decref(ts, r);
    return r.bits ? 0 : rt_exit_status(ts);
}

static int no_memory(struct rt_thread *ts)
{
    rt_raise_no_memory(ts);
    return rt_exit_status(ts);
}

static RT_NOINLINE int run_command(struct rt_thread *ts, const struct rt_config *c)
{
    rt_value src;
    if (!c->safe_path && prepend_path(ts, rt_str_empty()) < 0)
        return rt_exit_status(ts);
    /* bytes that are not UTF-8 arrive as lone surrogates, which the compiler rejects */
    src = rt_str_fsdecode(ts, c->target, strlen(c->target));
    size_t n;
    const char *text = src.bits ? rt_str_utf8(ts, src, &n) : NULL;
    if (!text) {
        fputs("Unable to decode the command from the command line:\n", stderr);
        int status = rt_exit_status(ts);
        rt_decref(ts, src);
        return status;
    }
    char *copy = malloc(n + 2);
    if (!copy)
        return no_memory(ts);
    memcpy(copy, text, n);
    copy[n] = '\n';
    copy[n + 1] = 0;
    rt_value d = main_dict(ts), code, r = RT_NULL;
    code = rt_compile_source(ts, copy, n + 1, rt_str_intern_cstr(ts, "<string>"), RT_PARSE_EXEC, RT_CF_SOURCE_IS_UTF8 | RT_CF_IGNORE_COOKIE, -1);
    if (code.bits)
        r = rt_eval_code(ts, code, d, RT_NULL, RT_NULL);
    free(copy);
    rt_decref(ts, code);
    rt_decref(ts, d);
    rt_decref(ts, src);
    rt_decref(ts, r);
    return r.bits ? 0 : rt_exit_status(ts);
}

static RT_NOINLINE int run_module(struct rt_thread *ts, const char *name, bool set_argv0)
{
    rt_value f = rt_import_attr(ts, "runpy", "_run_module_as_main"), r = RT_NULL;
    if (f.bits) {
        rt_value n = rt_str_fsdecode(ts, name, strlen(name)), args[2] = {n, rt_bool(set_argv0)};
        r = rt_call(ts, f, args, 2, RT_NULL);
        rt_decref(ts, n);
    }
    rt_decref(ts, f);
    rt_decref(ts, r);
    return r.bits ? 0 : rt_exit_status(ts);
}

/* A directory or archive with __main__.py: its path hook says so. */
static int try_package_path(struct rt_thread *ts, const char *path, int *status)
{
    rt_value p = rt_str_fsdecode(ts, path, strlen(path));
    rt_value f = rt_import_attr(ts, "pkgutil", "get_importer"), imp = f.bits ? rt_call1(ts, f, p) : RT_NULL;
    int found = imp.bits && !rt_is_none(imp);
    rt_decref(ts, f);
    rt_decref(ts, imp);
    rt_exc_clear(ts);
    if (found) {
        prepend_path(ts, p);
        *status = run_module(ts, "__main__", false);
    }
    rt_decref(ts, p);
    return found;
}

static char *read_file(int fd, size_t *n)
{
    size_t cap = 65536, len = 0;
    char *p = malloc(cap + 2), *more;
    for (;;) {
        if (p && len == cap) {
            more = realloc(p, (cap *= 2) + 2);
            if (!more)
                free(p);
            p = more;
        }
        if (!p) {
            errno = ENOMEM;
            return NULL;
        }
        ssize_t k = read(fd, p + len, cap - len);
        if (k < 0 && errno == EINTR)
            continue;
        if (k < 0) {
            free(p);
            return NULL;
        }
        if (k == 0)
            break;
        len += (size_t)k;
    }
    p[len] = 0;
    *n = len;
    return p;
}

static rt_value script_directory(struct rt_thread *ts, const char *path)
{
    char real[PATH_MAX], *resolved = realpath(path, real);
    const char *use = resolved ? resolved : path, *slash = strrchr(use, '/');
    return rt_str_fsdecode(ts, use, slash ? (size_t)(slash == use ? 1 : slash - use) : 0);
}

static int set_main_file(struct rt_thread *ts, const char *path, bool is_pyc)
{
    rt_value d = main_dict(ts), f = rt_str_fsdecode(ts, path, strlen(path)), loader = RT_NULL, cls;
    int err = rt_dict_set(ts, d, RT_ID(__file__), f);
    rt_dict_set_cstr(ts, d, "__cached__", RT_NONE);
    cls = rt_import_attr(ts, "importlib.machinery", is_pyc ? "SourcelessFileLoader" : "SourceFileLoader");
    if (cls.bits)
        loader = rt_call2(ts, cls, RT_ID(__main__), f);
    if (loader.bits)
        rt_dict_set(ts, d, RT_ID(__loader__), loader);
    rt_exc_clear(ts);
    rt_decref(ts, cls);
    rt_decref(ts, loader);
    rt_decref(ts, f);
    rt_decref(ts, d);
    return err;
}

static void absolute_path(char *out, size_t n, const char *path)
{
    char cwd[PATH_MAX];
    if (path[0] == '/' || !getcwd(cwd, sizeof(cwd)) || strlen(cwd) + strlen(path) + 2 > n) { /* open() will say what is wrong */
        snprintf(out, n, "%s", path);
        return;
    }
    if (!strcmp(path, "."))
        path++;
    strcpy(out, cwd);
    if (strcmp(cwd, "/") && *path)
        strcat(out, "/");
    strcat(out, path);
}

/* Does the file end as a zip archive does, with or without a comment? Asking zipimport would import it. */
static bool may_be_archive(int fd, const struct stat *st)
{
    char tail[22 + 4096];
    if (!S_ISREG(st->st_mode) || st->st_size < 22)
        return false;
    off_t n = st->st_size < (off_t)sizeof(tail) ? st->st_size : (off_t)sizeof(tail);
    return pread(fd, tail, (size_t)n, st->st_size - n) == n && memmem(tail, (size_t)n, "PK\5\6", 4);
}

static RT_NOINLINE int run_pyc(struct rt_thread *ts, const char *text, size_t n)
{
    rt_value code = RT_NULL, d = main_dict(ts), r = RT_NULL;
    if (n < 16 || (uint8_t)text[0] != (RT_PYC_MAGIC & 0xff) || (uint8_t)text[1] != (RT_PYC_MAGIC >> 8 & 0xff))
        rt_raise(ts, &rt_exc_RuntimeError, "Bad magic number in .pyc file");
    else
        code = rt_marshal_loads(ts, (const uint8_t *)text + 16, n - 16, NULL);
    if (code.bits && rt_is_exact(code, &rt_code_type))
        r = rt_eval_code(ts, code, d, RT_NULL, RT_NULL);
    else if (!rt_pending(ts))
        rt_raise(ts, &rt_exc_RuntimeError, "Bad code object in .pyc file");
    rt_decref(ts, r);
    rt_decref(ts, d);
    rt_decref(ts, code);
    return r.bits ? 0 : rt_exit_status(ts);
}

static int run_script(struct rt_thread *ts, const struct rt_config *c)
{
    struct stat st = {0};
    char path[PATH_MAX];
    absolute_path(path, sizeof(path), c->target);
    int status = 1, fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        fprintf(stderr, "%s: can't open file '%s': [Errno %d] %s\n", c->program, path, errno, strerror(errno));
        return 2;
    }
    fstat(fd, &st);
    if ((S_ISDIR(st.st_mode) || may_be_archive(fd, &st)) && try_package_path(ts, path, &status)) {
        close(fd);
        return status;
    }
    if (S_ISDIR(st.st_mode)) {
        fprintf(stderr, "%s: '%s' is a directory, cannot continue\n", c->program, path);
        close(fd);
        return 1;
    }
    rt_value dir = script_directory(ts, path);
    if (!c->safe_path && prepend_path(ts, dir) < 0)
        return rt_exit_status(ts);
    rt_decref(ts, dir);
    size_t n = 0, skip = 0;
    char *text = read_file(fd, &n);
    close(fd);
    if (!text && errno == ENOMEM)
        return no_memory(ts);
    if (!text) {
        fprintf(stderr, "%s: can't read file '%s': [Errno %d] %s\n", c->program, path, errno, strerror(errno));
        return 1;
    }
    size_t len = strlen(path);
    bool is_pyc = (len > 4 && !strcmp(path + len - 4, ".pyc")) ||
                  (n > 4 + 12 && (uint8_t)text[0] == (RT_PYC_MAGIC & 0xff) && (uint8_t)text[1] == (RT_PYC_MAGIC >> 8 & 0xff) && text[2] == '\r');
    set_main_file(ts, path, is_pyc);
    if (c->skip_first_line) {
        char *nl = memchr(text, '\n', n);
        skip = nl ? (size_t)(nl - text) : n; /* the newline stays: line numbers are right */
    }
    if (is_pyc) {
        status = run_pyc(ts, text, n);
    } else {
        rt_value name = rt_str_fsdecode(ts, path, len);
        status = run_text(ts, text + skip, n - skip, name);
        rt_decref(ts, name);
    }
    free(text);
    return status;
}

static int run_stdin(struct rt_thread *ts, const struct rt_config *c)
{
    if (!c->safe_path && prepend_path(ts, rt_str_empty()) < 0)
        return rt_exit_status(ts);
    if (isatty(0) || c->interactive)
        return rt_repl(ts, c);
    size_t n = 0;
    char *text = read_file(0, &n);
    if (!text && errno == EBADF)
        return 0; /* there is no standard input: nothing to run */
    if (!text && errno == ENOMEM)
        return no_memory(ts);
    if (!text) {
        fprintf(stderr, "%s: can't read standard input: [Errno %d] %s\n", c->program, errno, strerror(errno));
        return 1;
    }
    rt_value name = rt_str_intern_cstr(ts, "<stdin>"), d = main_dict(ts);
    rt_dict_set(ts, d, RT_ID(__file__), name);
    rt_dict_set_cstr(ts, d, "__cached__", RT_NONE);
    rt_decref(ts, d);
    int status = run_text(ts, text, n, name);
    free(text);
    return status;
}

int main(int argc, char **argv)
{
    static struct rt_config config;
    setlocale(LC_CTYPE, "");
    int early = rt_config_parse(&config, argc, argv), status;
    if (early >= 0)
        return early;
    if (!find_stdlib(&config))
        return 1;
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    struct rt_thread *ts = rt_startup_process(&config);
    if (!ts)
        return 1;
    if (rt_startup_interp(ts, true) < 0) {
        fprintf(stderr, "Fatal Python error: %s\nPython runtime state: core initialized\n", rt_startup_stage);
        status = rt_exit_status(ts);
        return rt_shutdown_process(ts, status ? status : 1);
    }
    rt_exit_inspects = config.inspect;
    switch (config.mode) {
    case RT_RUN_COMMAND: status = run_command(ts, &config); break;
    case RT_RUN_MODULE:
        if (!config.safe_path) { /* sys.path[0] is the directory we are in */
            char cwd[PATH_MAX];
            rt_value d = getcwd(cwd, sizeof(cwd)) ? rt_str_fsdecode(ts, cwd, strlen(cwd)) : rt_str_empty();
            prepend_path(ts, d);
            rt_decref(ts, d);
        }
        status = run_module(ts, config.target, true);
        break;
    case RT_RUN_FILE: status = run_script(ts, &config); break;
    default: status = run_stdin(ts, &config); break;
    }
    const char *inspect = rt_config_env(&config, "PYTHONINSPECT");
    if ((config.inspect || inspect) && (config.interactive || isatty(0)) && config.mode != RT_RUN_STDIN)
        status = rt_repl(ts, &config);
    status = rt_shutdown_process(ts, status);
    if (rt_interrupted_exit) { /* the shell must see that Ctrl-C ended us */
        signal(SIGINT, SIG_DFL);
        kill(getpid(), SIGINT);
    }
    return status;
}
