/* SPDX-License-Identifier: MIT */
/* Verification, world stopped: tokens have owners, states and counts agree (Note [BRC]). */
#include "backends/biased-rc/biased.h"

struct check {
    FILE *f;
    int broken;
};

static void complain(struct check *c, struct rt_object *o, const char *what)
{
    fprintf(c->f, "object %p: owner %u local %u shared %#x flags %#x: %s\n", (void *)o,
            rt_load_relaxed(&o->owner), o->local, rt_load_relaxed(&o->shared),
            rt_load_relaxed(&o->flags), what);
    c->broken++;
}

static int check_block(struct rt_object *o, void *arg)
{
    struct check *c = arg;
    uint16_t owner = rt_load_relaxed(&o->owner);
    uint32_t s = rt_load_relaxed(&o->shared), state = s & RT_SH_STATE;
    bool deferred = rt_load_relaxed(&o->flags) & RT_OF_DEFERRED;
    if (owner == RT_TOK_IMMORTAL)
        return 0;
    if (owner == RT_TOK_MERGED && state != RT_SH_MERGED)
        complain(c, o, "no owner, but not merged");
    if (owner != RT_TOK_MERGED && !brc_owner_of(owner))
        complain(c, o, "unknown owner");
    if (state == RT_SH_MERGED && owner != RT_TOK_MERGED)
        complain(c, o, "merged, but owned");
    int64_t total = RT_SH_COUNT(s) + (owner == RT_TOK_MERGED ? 0 : (int64_t)o->local);
    if (total <= 0 && !deferred)
        complain(c, o, "alive without a reference");
    return 0;
}

int verify_nogil(struct rt_interp *in, FILE *f)
{
    struct check c = {f, 0};
    rt_heap_walk_stw(in, check_block, &c);
    return c.broken;
}
