/* SPDX-License-Identifier: MIT */
/*
 * Chooses the backend, checks its table, fills the defaults in. Never another backend instead of the
 * one that was asked for.
 */
#include <stdlib.h>

#include "core/seam/backend.h"

extern const struct rt_backend rt_backend_gil, rt_backend_biased_rc, rt_backend_subinterp;

static const struct rt_backend *const included[] = {
    &rt_backend_gil, /* the default */
    &rt_backend_biased_rc,
    &rt_backend_subinterp,
};

struct rt_backend rt_be;

const char *rt_backend_names(void)
{
    static char names[160];
    size_t n = 0;
    for (size_t i = 0; i < RT_COUNTOF(included); i++)
        n += (size_t)snprintf(names + n, sizeof names - n, "%s%s", i ? ", " : "", included[i]->name);
    return names;
}

static int rule(bool ok, const struct rt_backend *b, FILE *err, const char *sentence)
{
    if (ok)
        return 0;
    fprintf(err, "pyrt: backend %s: %s\n", b->name ? b->name : "(unnamed)", sentence);
    return 1;
}

int rt_backend_validate(const struct rt_backend *b, FILE *err)
{
    int n = 0;
    n += rule(b->abi == RT_BACKEND_ABI, b, err, "was built for another version of the table (abi)");
    n += rule(b->size == sizeof *b, b, err, "has another idea of the table's size");
    n += rule(b->name && b->blurb, b, err, "needs a name and a blurb");
#define OP(op, required) n += rule(!required || b->op, b, err, "the required operation `" #op "` is missing");
    RT_BACKEND_OPS(OP)
#undef OP
    n += rule(!b->cs_begin == !b->cs_end, b, err, "cs_begin and cs_end come together");
    n += rule(!b->retire == !b->quiescent, b, err, "retire and quiescent come together");
    n += rule(!b->gc_begin == !b->gc_end, b, err, "gc_begin and gc_end come together");
    n += rule(!(b->caps & RT_BE_OBJ_LOCKS) == !b->cs_begin, b, err, "OBJ_LOCKS means cs_begin");
    n += rule(!(b->caps & RT_BE_DEFERRED_FREE) == !b->retire, b, err, "DEFERRED_FREE means retire");
    bool counts = b->newref_foreign && b->decref_foreign && b->tryref_foreign && b->dying;
    n += rule(!(b->caps & RT_BE_PARALLEL) || (counts && b->cs_begin && b->retire && b->verify), b, err,
              "PARALLEL needs the foreign count operations, dying, cs_begin, retire and verify");
    return n;
}

void rt_backend_install(const struct rt_backend *b, bool checked)
{
    char why[200] = "no reason given";
    if (rt_backend_validate(b, stderr))
        exit(2);
    if (b->probe && b->probe(why, sizeof why) != 0) {
        fprintf(stderr, "pyrt: backend %s cannot run here: %s\n", b->name, why);
        exit(2);
    }
    rt_be = *b;
    rt_backend_fill_defaults(&rt_be);
    if (checked)
        rt_backend_wrap_checked(&rt_be);
    if (rt_be.init() != 0) {
        fprintf(stderr, "pyrt: backend %s failed to start\n", b->name);
        exit(2);
    }
}

void rt_backend_select(const char *name)
{
    if (!name || !*name)
        name = getenv("PYRT_BACKEND");
    if (!name || !*name)
        name = included[0]->name;
    bool checked = strncmp(name, "checked:", 8) == 0;
    const char *bare = checked ? name + 8 : name;
    for (size_t i = 0; i < RT_COUNTOF(included); i++)
        if (strcmp(bare, included[i]->name) == 0) {
            rt_backend_install(included[i], checked);
            return;
        }
    fprintf(stderr, "pyrt: unknown backend '%s' (available: %s)\n", bare, rt_backend_names());
    exit(2);
}
