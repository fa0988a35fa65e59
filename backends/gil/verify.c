/* SPDX-License-Identifier: MIT */
/* Verification: with the world stopped, every live block carries the interpreter's token or is immortal. */
#include "alloc/heap.h"
#include "backends/gil/gil.h"

struct check {
    struct rt_interp *in;
    FILE *f;
    int broken;
};

static int check_block(struct rt_object *o, void *arg)
{
    struct check *c = arg;
    uint16_t owner = rt_load_relaxed(&o->owner);
    if (!rt_token_is_immortal(owner) && owner != c->in->token) {
        fprintf(c->f, "object %p: owner %u in interpreter %u\n", (void *)o, owner, c->in->id);
        c->broken++;
    }
    return 0;
}

int verify_gil(struct rt_interp *in, FILE *f)
{
    struct check c = {in, f, 0};
    rt_heap_walk_stw(in, check_block, &c);
    return c.broken;
}
