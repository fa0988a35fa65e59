/* SPDX-License-Identifier: MIT */
/* The command line, as python3.11 reads it, plus -X backend=NAME and -X gil=0|1. */
#include <errno.h>
#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/seam/config.h"

#define VERSION_TEXT "Python 3.11.2 (PyRT 0.1)"

static const char usage_line[] =
    "usage: %s [option] ... [-c cmd | -m mod | file | -] [arg] ...\n";
static const char help_text[] =
    "Options (and corresponding environment variables):\n"
    "-b     : issue warnings about str(bytes_instance), str(bytearray_instance)\n"
    "         and comparing bytes/bytearray with str. (-bb: issue errors)\n"
    "-B     : don't write .pyc files on import; also PYTHONDONTWRITEBYTECODE=x\n"
    "-c cmd : program passed in as string (terminates option list)\n"
    "-d     : accepted for compatibility; also PYTHONDEBUG=x\n"
    "-E     : ignore PYTHON* environment variables (such as PYTHONPATH)\n"
    "-h     : print this help message and exit (also -? or --help)\n"
    "-i     : inspect interactively after running script; also PYTHONINSPECT=x\n"
    "-I     : isolate from the user's environment (implies -E, -P and -s)\n"
    "-m mod : run library module as a script (terminates option list)\n"
    "-O     : remove assert and __debug__-dependent statements; also PYTHONOPTIMIZE=x\n"
    "-OO    : do -O changes and also discard docstrings\n"
    "-P     : don't prepend a potentially unsafe path to sys.path; also PYTHONSAFEPATH\n"
    "-q     : don't print version and copyright messages on interactive startup\n"
    "-s     : don't add user site directory to sys.path; also PYTHONNOUSERSITE\n"
    "-S     : don't imply 'import site' on initialization\n"
    "-u     : force the stdout and stderr streams to be unbuffered; also PYTHONUNBUFFERED=x\n"
    "-v     : verbose (trace import statements); also PYTHONVERBOSE=x\n"
    "-V     : print the version number and exit (also --version); -VV prints more\n"
    "-W arg : warning control; also PYTHONWARNINGS=arg\n"
    "-x     : skip first line of source\n"
    "-X opt : set implementation-specific option:\n"
    "         -X backend=gil|nogil|subinterp: the concurrency model; also PYRT_BACKEND\n"
    "         -X gil=0|1: nogil or gil; also PYTHON_GIL\n"
    "         --help-xoptions lists the others\n"
    "--check-hash-based-pycs always|default|never:\n"
    "         control how Python invalidates hash-based .pyc files\n"
    "file   : program read from script file\n"
    "-      : program read from stdin (default; interactive mode if a tty)\n"
    "arg ...: arguments passed to program in sys.argv[1:]\n"
    "--help-env: environment variables; --help-xoptions: -X options; --help-all: everything\n";
static const char help_xoptions[] =
    "The following implementation-specific options are available:\n"
    "-X backend=gil|nogil|subinterp: the concurrency model; also PYRT_BACKEND\n"
    "-X gil=0|1: nogil or gil; also PYTHON_GIL\n"
    "-X dev: development mode: more warnings and checks; also PYTHONDEVMODE\n"
    "-X faulthandler: tracebacks on fatal signals; also PYTHONFAULTHANDLER\n"
    "-X importtime: how long each import takes; also PYTHONPROFILEIMPORTTIME\n"
    "-X int_max_str_digits=N: limit of int <-> str conversions, 0 none; also PYTHONINTMAXSTRDIGITS\n"
    "-X no_debug_ranges: tracebacks without carets; also PYTHONNODEBUGRANGES\n"
    "-X pycache_prefix=PATH: where .pyc files go; also PYTHONPYCACHEPREFIX\n"
    "-X tracemalloc[=N]: trace where memory is allocated, N frames deep; also PYTHONTRACEMALLOC\n"
    "-X utf8[=0|1]: UTF-8 mode; also PYTHONUTF8\n"
    "-X warn_default_encoding: EncodingWarning; also PYTHONWARNDEFAULTENCODING\n";
static const char help_environment[] =
    "Environment variables that change behavior:\n"
    "PYTHONSTARTUP   : file executed on interactive startup (no default)\n"
    "PYTHONPATH      : ':'-separated list of directories prefixed to the default module search path\n"
    "PYTHONHOME      : directory with lib/python3.11, the library\n"
    "PYTHONIOENCODING: encoding[:errors] used for stdin/stdout/stderr\n"
    "PYTHONHASHSEED  : 'random', or an integer seed for the hashes of str and bytes\n"
    "PYTHONBREAKPOINT: callable for breakpoint(); 0 disables it\n"
    "PYTHONCOERCECLOCALE: 0 leaves the C locale as it is, warn tells of a change\n"
    "These variables have equivalent command-line options (see --help for details):\n"
    "PYTHONDEBUG, PYTHONDONTWRITEBYTECODE, PYTHONINSPECT, PYTHONNOUSERSITE, PYTHONOPTIMIZE, PYTHONSAFEPATH,\n"
    "PYTHONUNBUFFERED, PYTHONVERBOSE, PYTHONWARNINGS=arg, and those named by --help-xoptions\n"
    "PyRT's own:\n"
    "PYRT_BACKEND    : gil, nogil or subinterp\n"
    "PYRT_STDLIB     : directory of the standard library\n"
    "PYRT_STATS      : file for counters at exit\n"
    "PYRT_STRESS, PYRT_VERIFY: for testing the runtime\n";

const char *rt_config_env(const struct rt_config *c, const char *name)
{
    const char *v = c->ignore_environment ? NULL : getenv(name);
    return v && *v ? v : NULL;
}

static void append(char ***list, int *n, char *s)
{
    *list = realloc(*list, (size_t)(*n + 1) * sizeof(char *));
    if (!*list) {
        fputs("pyrt: out of memory\n", stderr);
        exit(1);
    }
    (*list)[(*n)++] = s;
}

static int usage(const char *prog)
{
    fprintf(stderr, usage_line, prog);
    fprintf(stderr, "Try `python -h' for more information.\n");
    return 2;
}

static int flag_value(const char *v)
{
    char *end;
    long n = strtol(v, &end, 10);
    return *end || n < 1 ? 1 : n > INT_MAX ? 1 : (int)n;
}

static int config_error_in(const char *state, const char *msg)
{
    fprintf(stderr, "Fatal Python error: %s\nPython runtime state: %s\n\n", msg, state);
    return 1;
}
static int config_error(const char *msg) { return config_error_in("preinitialized", msg); }

static int hash_seed(struct rt_config *c)
{
    const char *v = rt_config_env(c, "PYTHONHASHSEED");
    c->hash_randomize = true;
    if (!v || c->hash_forced_random || !strcmp(v, "random"))
        return -1;
    char *end;
    errno = 0;
    unsigned long n = strtoul(v, &end, 10);
    if (*end || errno || n > 4294967295ul || *v == '-')
        return config_error("config_init_hash_seed: PYTHONHASHSEED must be \"random\" or an integer in range [0; 4294967295]");
    c->hash_seed_set = true;
    c->hash_seed = n;
    c->hash_randomize = n != 0;
    return -1;
}

static const char *xoption(const struct rt_config *c, const char *name)
{
    size_t len = strlen(name);
    const char *found = NULL;
    for (int i = 0; i < c->nxoptions; i++)
        if (!strncmp(c->xoptions[i], name, len) && (c->xoptions[i][len] == '=' || !c->xoptions[i][len]))
            found = c->xoptions[i][len] ? c->xoptions[i] + len + 1 : "";
    return found;
}

static int digits_limit(struct rt_config *c)
{
    const char *x = xoption(c, "int_max_str_digits"), *v = x ? x : rt_config_env(c, "PYTHONINTMAXSTRDIGITS");
    c->int_max_str_digits = -1;
    if (!v)
        return -1;
    char *end;
    long n = strtol(v, &end, 10);
    if (!*v || *end || (n != 0 && n < 640) || n > INT_MAX || n < 0)
        return config_error(x ? "config_init_int_max_str_digits: -X int_max_str_digits: invalid limit; must be >= 640 or 0 for unlimited."
                              : "config_init_int_max_str_digits: PYTHONINTMAXSTRDIGITS: invalid limit; must be >= 640 or 0 for unlimited.");
    c->int_max_str_digits = (int)n;
    return -1;
}

/* PYTHONMALLOC and -X frozen_modules: mistakes are told; -X tracemalloc. */
static int check_others(struct rt_config *c)
{
    static const char *const allocators[] = {"default", "malloc", "malloc_debug", "pymalloc", "pymalloc_debug", "debug"};
    const char *v = rt_config_env(c, "PYTHONMALLOC"), *x = xoption(c, "tracemalloc");
    size_t i = 0;
    while (v && i < RT_COUNTOF(allocators) && strcmp(v, allocators[i]))
        i++;
    if (i == RT_COUNTOF(allocators))
        return config_error_in("preinitializing", "preconfig_init_allocator: PYTHONMALLOC: unknown allocator");
    v = x ? x : rt_config_env(c, "PYTHONTRACEMALLOC");
    char *end = NULL;
    long n = v && *v ? strtol(v, &end, 10) : 1;
    if ((end && (*end || end == v)) || n < 0 || n > INT_MAX)
        return config_error(x ? "config_init_tracemalloc: -X tracemalloc=NFRAME: invalid number of frames"
                              : "config_init_tracemalloc: PYTHONTRACEMALLOC: invalid number of frames");
    c->tracemalloc = v ? (int)n : 0;
    v = xoption(c, "frozen_modules");
    if (v && *v && strcmp(v, "on") && strcmp(v, "off"))
        return config_error("bad value for option -X frozen_modules (expected \"on\" or \"off\")");
    return -1;
}

/* -X gil and PYTHON_GIL name a backend too; contradictions are an error. */
static int choose_backend(struct rt_config *c)
{
    const char *backend = xoption(c, "backend"), *gil = xoption(c, "gil");
    const char *env_gil = rt_config_env(c, "PYTHON_GIL"), *env_backend = rt_config_env(c, "PYRT_BACKEND");
    if (backend && !*backend) {
        fprintf(stderr, "pyrt: -X backend needs a name: -X backend=gil, nogil or subinterp\n");
        return 2;
    }
    const char *g = gil ? gil : backend || env_backend ? NULL : env_gil;
    if (g && strcmp(g, "0") && strcmp(g, "1")) {
        fprintf(stderr, "pyrt: %s must be \"0\" or \"1\", not \"%s\"\n", gil ? "-X gil" : "PYTHON_GIL", g);
        return 2;
    }
    const char *implied = !g ? NULL : *g == '0' ? "nogil" : "gil";
    if (backend && gil && strcmp(backend, implied)) {
        fprintf(stderr, "pyrt: -X backend=%s contradicts -X gil=%s\n", backend, gil);
        return 2;
    }
    c->backend = backend ? backend : implied ? implied : env_backend;
    return -1;
}

static int apply_environment(struct rt_config *c)
{
    const char *v;
    struct { const char *name; int *flag; } counts[] = {
        {"PYTHONDEBUG", &c->debug}, {"PYTHONVERBOSE", &c->verbose}, {"PYTHONOPTIMIZE", &c->optimize},
        {"PYTHONDONTWRITEBYTECODE", &c->dont_write_bytecode}, {"PYTHONINSPECT", &c->inspect},
    };
    for (size_t i = 0; i < RT_COUNTOF(counts); i++)
        if ((v = rt_config_env(c, counts[i].name)) && flag_value(v) > *counts[i].flag)
            *counts[i].flag = flag_value(v);
    c->no_user_site |= rt_config_env(c, "PYTHONNOUSERSITE") != NULL;
    c->unbuffered |= rt_config_env(c, "PYTHONUNBUFFERED") != NULL;
    c->safe_path |= rt_config_env(c, "PYTHONSAFEPATH") != NULL;
    c->dev_mode = xoption(c, "dev") || rt_config_env(c, "PYTHONDEVMODE");
    const char *frozen = xoption(c, "frozen_modules");
    c->no_frozen = frozen && !strcmp(frozen, "off");
    c->import_time = xoption(c, "importtime") || rt_config_env(c, "PYTHONPROFILEIMPORTTIME");
    c->no_debug_ranges = xoption(c, "no_debug_ranges") || rt_config_env(c, "PYTHONNODEBUGRANGES");
    c->warn_default_encoding = xoption(c, "warn_default_encoding") || rt_config_env(c, "PYTHONWARNDEFAULTENCODING");
    const char *utf8 = xoption(c, "utf8");
    if (utf8 && *utf8 && strcmp(utf8, "0") && strcmp(utf8, "1"))
        return config_error_in("preinitializing", "preconfig_init_utf8_mode: invalid -X utf8 option value");
    if (!utf8 && (utf8 = rt_config_env(c, "PYTHONUTF8")) && strcmp(utf8, "0") && strcmp(utf8, "1"))
        return config_error_in("preinitializing", "preconfig_init_utf8_mode: invalid PYTHONUTF8 environment variable value");
    const char *ctype = setlocale(LC_CTYPE, NULL);
    bool c_locale = !ctype || !strcmp(ctype, "C") || !strcmp(ctype, "POSIX");
    c->utf8_mode = utf8 ? strcmp(utf8, "0") != 0 : c_locale;
    const char *all = getenv("LC_ALL"), *coerce = rt_config_env(c, "PYTHONCOERCECLOCALE");
    if (c_locale && !(all && *all) && (!coerce || strcmp(coerce, "0")) && setlocale(LC_CTYPE, "C.UTF-8")) {
        setenv("LC_CTYPE", "C.UTF-8", 1); /* programs started from here shall see text as we do */
        if (coerce && !strcmp(coerce, "warn"))
            fputs("Python detected LC_CTYPE=C: LC_CTYPE coerced to C.UTF-8 (set another locale or PYTHONCOERCECLOCALE=0 to "
                  "disable this locale coercion behavior).\n", stderr);
    }
    c->faulthandler = c->dev_mode || xoption(c, "faulthandler") || rt_config_env(c, "PYTHONFAULTHANDLER");
    c->io_encoding = rt_config_env(c, "PYTHONIOENCODING");
    c->pycache_prefix = xoption(c, "pycache_prefix");
    if (!c->pycache_prefix)
        c->pycache_prefix = rt_config_env(c, "PYTHONPYCACHEPREFIX");
    else if (!*c->pycache_prefix)
        c->pycache_prefix = NULL;
    int err = check_others(c);
    if (err < 0)
        err = choose_backend(c);
    if (err < 0)
        err = hash_seed(c);
    return err < 0 ? digits_limit(c) : err;
}

/* One that was given before counts once. */
static void add_warning(struct rt_config *c, char *option)
{
    for (int i = 0; i < c->nwarnoptions; i++) {
        if (!strcmp(c->warnoptions[i], option))
            return;
    }
    append(&c->warnoptions, &c->nwarnoptions, option);
}

/* The warning options in sys.warnoptions order: dev mode, environment, -W, -b. */
static void order_warnings(struct rt_config *c, char **cmd, int ncmd)
{
    if (c->dev_mode)
        add_warning(c, "default");
    const char *env = rt_config_env(c, "PYTHONWARNINGS");
    if (env) {
        char *copy = strdup(env), *save = NULL;
        for (char *t = strtok_r(copy, ",", &save); t; t = strtok_r(NULL, ",", &save))
            add_warning(c, t);
    }
    for (int i = 0; i < ncmd; i++)
        add_warning(c, cmd[i]);
    if (c->bytes_warning)
        add_warning(c, c->bytes_warning > 1 ? "error::BytesWarning" : "default::BytesWarning");
    free(cmd);
}

static void find_executable(struct rt_config *c)
{
    char buf[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", buf, sizeof(buf) - 1);
    if (n > 0) {
        buf[n] = 0;
        c->executable = strdup(buf);
    } else {
        c->executable = c->orig_argv[0];
    }
}

/* path, if it leads to this program; else NULL. */
static const char *leads_here(const struct rt_config *c, const char *path)
{
    char real[PATH_MAX];
    return realpath(path, real) && !strcmp(real, c->executable) ? strdup(path) : NULL;
}

/* The first file of that name along PATH. */
static const char *search_path(const struct rt_config *c, const char *name)
{
    char buf[PATH_MAX];
    const char *found = NULL;
    for (const char *p = getenv("PATH"), *end; p && !found; p = *end ? end + 1 : NULL) {
        end = strchrnul(p, ':');
        snprintf(buf, sizeof(buf), "%.*s/%s", (int)(end - p), p, name);
        if (access(buf, X_OK) == 0 && !(found = leads_here(c, buf)))
            return NULL;
    }
    return found;
}

/* argv[0] made absolute, without resolving links: site finds a venv's pyvenv.cfg from it. */
static void find_program(struct rt_config *c)
{
    char cwd[PATH_MAX], buf[2 * PATH_MAX];
    const char *name = c->orig_argc ? c->orig_argv[0] : "";
    if (*name == '/') {
        c->program = leads_here(c, name);
    } else if (strchr(name, '/') && getcwd(cwd, sizeof(cwd))) {
        while (name[0] == '.' && name[1] == '/')
            name += 2;
        snprintf(buf, sizeof(buf), "%s/%s", cwd, name);
        c->program = leads_here(c, buf);
    } else if (*name) {
        c->program = search_path(c, name);
    }
    if (!c->program)
        c->program = c->executable;
}

/* The executable named by a pyvenv.cfg in the program's folder or the one above. */
static const char *venv_base(const char *program)
{
    char line[2 * PATH_MAX], value[PATH_MAX] = "";
    const char *end = strrchr(program, '/');
    for (int up = 0; up < 2 && end; up++) {
        snprintf(line, sizeof(line), "%.*s/pyvenv.cfg", (int)(end - program), program);
        FILE *f = fopen(line, "re");
        end = memrchr(program, '/', (size_t)(end - program));
        while (f && fgets(line, sizeof(line), f))
            if (sscanf(line, " executable = %4095[^\n]", value) == 1)
                break;
        if (f) {
            fclose(f);
            break;
        }
    }
    return *value ? strdup(value) : program;
}

/* The command line while it is read. */
struct command_line {
    const char *prog; /* argv[0] */
    char **argv, **warn;
    int argc, i, nwarn, version;
    enum { NO_HELP, HELP, HELP_ENV, HELP_XOPTIONS, HELP_ALL } help;
    bool done; /* -c or -m came: the rest is the program's */
};

static int check_hash_pycs(struct rt_config *c, struct command_line *l)
{
    if (++l->i >= l->argc) {
        fprintf(stderr, "Argument expected for the --check-hash-based-pycs options\n");
        return usage(l->prog);
    }
    c->check_hash_pycs = l->argv[l->i];
    if (!strcmp(c->check_hash_pycs, "always") || !strcmp(c->check_hash_pycs, "never") ||
        !strcmp(c->check_hash_pycs, "default"))
        return -1;
    fprintf(stderr, "--check-hash-based-pycs must be one of 'default', 'always', or 'never'\n");
    return usage(l->prog);
}

/* --name; -1: understood, else the exit status. */
static int long_option(struct rt_config *c, struct command_line *l, const char *name)
{
    if (!strcmp(name, "help"))
        l->help = HELP;
    else if (!strcmp(name, "help-env"))
        l->help = HELP_ENV;
    else if (!strcmp(name, "help-xoptions"))
        l->help = HELP_XOPTIONS;
    else if (!strcmp(name, "help-all"))
        l->help = HELP_ALL;
    else if (!strcmp(name, "version"))
        l->version++;
    else if (!strcmp(name, "check-hash-based-pycs"))
        return check_hash_pycs(c, l);
    else {
        fprintf(stderr, "unknown option --%s\n", name);
        return usage(l->prog);
    }
    return -1;
}

/* -c, -m, -W or -X with its argument: the rest of the word or the next one. */
static int option_with_argument(struct rt_config *c, struct command_line *l, const char *p)
{
    char *arg = p[1] ? (char *)p + 1 : l->i + 1 < l->argc ? l->argv[++l->i] : NULL;
    if (!arg) {
        fprintf(stderr, "Argument expected for the -%c option\n", *p);
        return usage(l->prog);
    }
    if (*p == 'W') {
        append(&l->warn, &l->nwarn, arg);
    } else if (*p == 'X') {
        append(&c->xoptions, &c->nxoptions, arg);
    } else {
        c->mode = *p == 'c' ? RT_RUN_COMMAND : RT_RUN_MODULE;
        c->target = arg;
        l->done = true;
    }
    return -1;
}

/* The letters of one word behind its dash; -1: understood, else the exit status. */
static int short_options(struct rt_config *c, struct command_line *l, const char *p)
{
    for (; *p; p++) {
        switch (*p) {
        case 'b': c->bytes_warning++; break;
        case 'B': c->dont_write_bytecode++; break;
        case 'd': c->debug++; break;
        case 'E': c->ignore_environment = true; break;
        case 'h':
        case '?': l->help = HELP; break;
        case 'i': c->inspect++; c->interactive++; break;
        case 'I': c->isolated = c->ignore_environment = c->no_user_site = c->safe_path = true; break;
        case 'O': c->optimize++; break;
        case 'P': c->safe_path = true; break;
        case 'q': c->quiet++; break;
        case 's': c->no_user_site = true; break;
        case 'S': c->no_site = true; break;
        case 't': break;
        case 'R': c->hash_forced_random = true; break;
        case 'u': c->unbuffered = true; break;
        case 'v': c->verbose++; break;
        case 'V': l->version++; break;
        case 'x': c->skip_first_line = true; break;
        case 'c':
        case 'm':
        case 'W':
        case 'X': return option_with_argument(c, l, p);
        case 'J':
            fprintf(stderr, "-J is reserved for Jython\n");
            return usage(l->prog);
        default:
            fprintf(stderr, "Unknown option: -%c\n", *p);
            return usage(l->prog);
        }
    }
    return -1;
}

static int show_help(const struct command_line *l)
{
    if (l->help == HELP || l->help == HELP_ALL) {
        printf(usage_line, l->prog);
        fputs(help_text, stdout);
    }
    if (l->help == HELP_ENV || l->help == HELP_ALL)
        fputs(help_environment, stdout);
    if (l->help == HELP_XOPTIONS || l->help == HELP_ALL)
        fputs(help_xoptions, stdout);
    return 0;
}

static int show_version(const struct command_line *l)
{
    if (l->version > 1)
        printf("%s [GCC " __VERSION__ "]\n", VERSION_TEXT);
    else
        printf("%s\n", VERSION_TEXT);
    return 0;
}

int rt_config_parse(struct rt_config *c, int argc, char **argv)
{
    memset(c, 0, sizeof(*c));
    c->orig_argc = argc;
    c->orig_argv = argv;
    c->check_hash_pycs = "default";
    struct command_line l = {.prog = argc ? argv[0] : "pyrt", .argv = argv, .argc = argc, .i = 1};
    for (bool last = false; l.i < argc && !l.done && !last && argv[l.i][0] == '-' && argv[l.i][1]; l.i++) {
        const char *p = argv[l.i] + 1;
        last = !strcmp(p, "-");
        int status = last ? -1 : *p == '-' ? long_option(c, &l, p + 1) : short_options(c, &l, p);
        if (status >= 0)
            return status;
    }
    if (l.help)
        return show_help(&l);
    if (l.version)
        return show_version(&l);
    if (c->mode == RT_RUN_STDIN && l.i < argc) {
        c->target = argv[l.i++];
        if (strcmp(c->target, "-"))
            c->mode = RT_RUN_FILE;
    }
    c->argc = argc - l.i;
    c->argv = argv + l.i;
    find_executable(c);
    find_program(c);
    c->base_program = venv_base(c->program);
    int err = apply_environment(c);
    order_warnings(c, l.warn, l.nwarn);
    return err;
}
