/* SPDX-License-Identifier: MIT */
/* Verification, world stopped: tokens have owners, states and counts agree (Note [BRC]). */
#include "backends/biased-rc/biased.h"

struct check {
    FILE *f;
    int broken;
    struct rt_interp *in;
};

static void complain(struct check *c, struct rt_object *o, const char *what)
{
    fprintf(c->f, "object %p: owner %u local %u shared %#x flags %#x: %s\n", (void *)o,
            rt_load_relaxed(&o->owner), o->local, rt_load_relaxed(&o->shared),
            rt_load_relaxed(&o->flags), what);
    c->broken++;
}

static int32_t stakes_in(struct rt_interp *in, const struct rt_object *o)
{
    int32_t n = 0;
    for (struct rt_thread *t = in->threads; t; t = t->next)
        n += t->backend && brc_entry_of(brc_thread_of(t), o)->o == o;
    return n;
}

static int check_block(struct rt_object *o, void *arg)
{
    struct check *c = arg;
    uint16_t owner = rt_load_relaxed(&o->owner);
    uint32_t s = rt_load_relaxed(&o->shared), state = s & RT_SH_STATE;
    bool deferred = rt_load_relaxed(&o->flags) & RT_OF_DEFERRED;
    if (rt_token_is_immortal(owner))
        return 0;
    if (owner == RT_TOK_MERGED && state != RT_SH_MERGED)
        complain(c, o, "no owner, but not merged");
    if (owner != RT_TOK_MERGED && !brc_owner_of(owner))
        complain(c, o, "unknown owner");
    if (state == RT_SH_MERGED && owner != RT_TOK_MERGED)
        complain(c, o, "merged, but owned");
    int64_t total = RT_SH_COUNT(s) + (owner == RT_TOK_MERGED ? 0 : (int64_t)o->local);
    if (total <= 0 && !deferred && !RT_SH_STAKES(s))
        complain(c, o, "alive without a reference");
    if (RT_SH_STAKES(s) != stakes_in(c->in, o))
        complain(c, o, "not as many stakes as it says");
    return 0;
}

int verify_nogil(struct rt_interp *in, FILE *f)
{
    struct check c = {f, 0, in};
    rt_heap_walk_stw(in, check_block, &c);
    return c.broken;
}
