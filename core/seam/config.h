/* SPDX-License-Identifier: MIT */
/* Options and environment of the process, read once before the runtime starts; constant afterwards. */
#ifndef RT_SEAM_CONFIG_H
#define RT_SEAM_CONFIG_H

#include "core/base/compiler.h"

enum rt_run_mode { RT_RUN_STDIN, RT_RUN_COMMAND, RT_RUN_MODULE, RT_RUN_FILE, RT_RUN_NONE };

struct rt_config {
    enum rt_run_mode mode;
    const char *target;       /* -c text, -m name, script path */
    int argc;                 /* arguments of the program: sys.argv[1:] */
    char **argv;
    char **orig_argv;
    int orig_argc;
    const char *backend;      /* -X backend=, or NULL */
    int inspect, interactive, optimize, debug, verbose, quiet, bytes_warning, dont_write_bytecode;
    bool isolated, ignore_environment, no_user_site, no_site, unbuffered, safe_path, skip_first_line;
    bool dev_mode, utf8_mode, import_time, show_alloc_count, no_debug_ranges, warn_default_encoding;
    bool hash_randomize, hash_forced_random, faulthandler;
    uint64_t hash_seed;
    bool hash_seed_set;
    int tracemalloc;          /* frames to keep; 0: off */
    bool no_frozen;           /* -X frozen_modules=off */
    int int_max_str_digits;   /* -1: default */
    const char *check_hash_pycs; /* "default", "always", "never" */
    const char *pycache_prefix;
    char **xoptions;          /* text after -X */
    int nxoptions;
    char **warnoptions;       /* -W and PYTHONWARNINGS, in order */
    int nwarnoptions;
    const char *executable;   /* absolute path of this program, links resolved */
    const char *program;      /* the path it was called by, absolute: sys.executable; in a venv a link */
    const char *base_program; /* what the venv was made from, or program */
    const char *stdlib;       /* directory of the standard library */
    const char *prefix;       /* sys.prefix: /usr, or PYTHONHOME */
    const char *io_encoding;  /* PYTHONIOENCODING */
};

/* Fills c from the command line and the environment. Returns -1 to go on, else an exit status (help,
   version and errors have been printed). */
int rt_config_parse(struct rt_config *c, int argc, char **argv);
/* An environment variable unless -E or -I; empty counts as unset. */
const char *rt_config_env(const struct rt_config *c, const char *name);

#endif
