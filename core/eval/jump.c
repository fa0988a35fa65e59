/* SPDX-License-Identifier: MIT */
/*
 * jump.c: frame.f_lineno = n, a debugger's jump.
 *
 * A jump must not leave temporaries behind that the new place does not know, nor arrive where temporaries are expected
 * that nobody made. So the words of the code are walked along all paths, following for each temporary what it holds: which
 * instruction made it, and whether it belongs to a block (a loop's state, a with block's exit, a handled exception). A place
 * is a possible target if every temporary that is live there is live here too and is the same value, or plays the same part
 * in a block. What lives here and not there is released, handled exceptions by ending their handling.
 *
 * The setter only decides (o->jump_to); rt_jump_apply() moves when the trace function has returned. Locals that are unbound
 * become None, since the instructions at the new place may rely on them (Note [REG-4]).
 */
#include "core/eval/eval_internal.h"

#include "core/compiler/opinfo.h"

/* What a temporary holds. Up to LAST_BLOCK the part matters and not who made it. */
enum part { DEAD, ITER, ITER2, ITER3, ASYNC_ITER, EXIT, CAUGHT, BEFORE, LAST_BLOCK = BEFORE, RAISED, VALUE, UNKNOWN };
enum { NO_ORIGIN = 0xffffff };
struct temp { uint32_t part : 8, origin : 24; };

struct flow {
    const struct rt_code *code;
    uint32_t n;               /* temporaries */
    struct temp *states;      /* n before each word */
    uint8_t *seen;            /* 1: the state is known, 2: also waiting in `work` */
    uint32_t *work, nwork;
    struct temp *now;         /* n, in work */
};

/*
 * What instructions do to the registers A, B, C and W1: d makes, u uses up, k keeps, - none of it. Lists at the end are used
 * up, but made by UNPACK. Jumps that act differently when taken, and what comes in pairs, stand in step().
 */
#define BINARY(op) [RT_OP_##op] = "duu-"
#define UNARY(op) [RT_OP_##op] = "du--"
#define JUMP2(op) [RT_OP_##op] = "uu--"
#define JUMP1(op) [RT_OP_##op] = "u---"
#define MAKES(op) [RT_OP_##op] = "d---"
static const char *const effects[RT_OP_COUNT] = {
    UNARY(MOVE), MAKES(LOADK), MAKES(LOADK_FAR), MAKES(LOADI), MAKES(LOAD_FAR), JUMP1(STORE_FAR), JUMP1(DROP),
    UNARY(LOAD_DEREF), [RT_OP_STORE_DEREF] = "uu--", [RT_OP_DEL_DEREF] = "-u--", MAKES(LOAD_FREE), JUMP1(STORE_FREE),
    MAKES(LOAD_FREE_CELL), MAKES(LOAD_CLASSDEREF), MAKES(LOAD_GLOBAL), JUMP1(STORE_GLOBAL), MAKES(LOAD_NAME),
    JUMP1(STORE_NAME), MAKES(LOAD_LOCALS),
    BINARY(ADD), BINARY(SUB), BINARY(MUL), BINARY(MATMUL), BINARY(TRUEDIV), BINARY(FLOORDIV), BINARY(MOD), BINARY(POW),
    BINARY(LSHIFT), BINARY(RSHIFT), BINARY(AND), BINARY(XOR), BINARY(OR), BINARY(IADD), BINARY(ISUB), BINARY(IMUL),
    BINARY(IMATMUL), BINARY(ITRUEDIV), BINARY(IFLOORDIV), BINARY(IMOD), BINARY(IPOW), BINARY(ILSHIFT), BINARY(IRSHIFT),
    BINARY(IAND), BINARY(IXOR), BINARY(IOR), UNARY(ADDI), UNARY(SUBI), UNARY(IADDI), UNARY(ISUBI), UNARY(NEG), UNARY(POS),
    UNARY(INVERT), UNARY(NOT), BINARY(LT), BINARY(LE), BINARY(EQ), BINARY(NE), BINARY(GT), BINARY(GE), BINARY(IS),
    BINARY(IS_NOT), BINARY(IN), BINARY(NOT_IN),
    JUMP1(JTRUE), JUMP1(JFALSE), JUMP1(JTRUE_KEEP), JUMP1(JFALSE_KEEP), JUMP1(JNONE), JUMP1(JNOTNONE), JUMP2(JLT),
    JUMP2(JLE), JUMP2(JEQ), JUMP2(JNE), JUMP2(JGT), JUMP2(JGE), JUMP1(JLTI), JUMP1(JLEI), JUMP1(JEQI), JUMP1(JNEI),
    JUMP1(JGTI), JUMP1(JGEI), JUMP2(JIS), JUMP2(JIN),
    UNARY(LOAD_ATTR), [RT_OP_STORE_ATTR] = "uu--", JUMP1(DEL_ATTR), UNARY(LOAD_METHOD), BINARY(GETITEM),
    UNARY(GETITEMI), [RT_OP_GETSLICE] = "duuu", [RT_OP_SETSLICE] = "uuuu",
    [RT_OP_SETITEM] = "uuu-", [RT_OP_DELITEM] = "uu--", [RT_OP_BUILD_SLICE] = "duuu", MAKES(BUILD_TUPLE), MAKES(BUILD_LIST),
    MAKES(BUILD_SET), MAKES(BUILD_MAP), MAKES(BUILD_STRING), [RT_OP_LIST_APPEND] = "ku--", [RT_OP_SET_ADD] = "ku--",
    [RT_OP_MAP_ADD] = "kuu-", [RT_OP_LIST_EXTEND] = "ku--", [RT_OP_SET_UPDATE] = "ku--", [RT_OP_DICT_UPDATE] = "ku--",
    [RT_OP_DICT_MERGE] = "kuk-", UNARY(LIST_TO_TUPLE), [RT_OP_FORMAT] = "du-u", [RT_OP_UNPACK] = "-u--",
    [RT_OP_UNPACK_EX] = "-u--", UNARY(UNPACK_LIST),
    UNARY(CALL), UNARY(CALL_M), UNARY(CALL_METHOD), UNARY(CALL_KW), [RT_OP_CALL_EX] = "duuu", JUMP1(RETURN),
    MAKES(MAKE_FUNCTION), MAKES(LOAD_BUILD_CLASS), UNARY(GET_ITER), UNARY(GET_ITER_LAZY), [RT_OP_FOR_PREP] = "-u--",
    UNARY(YIELD), BINARY(YIELD_FROM), UNARY(GET_YIELD_FROM_ITER), UNARY(GET_AWAITABLE), UNARY(GET_AITER),
    [RT_OP_GET_ANEXT] = "dk--", [RT_OP_END_ASYNC_FOR] = "uu--", UNARY(ASYNC_GEN_WRAP), [RT_OP_JNOT_MATCH] = "ku--",
    JUMP1(RERAISE), [RT_OP_EG_MATCH] = "dku-", [RT_OP_EG_PREP_RERAISE] = "dku-", UNARY(BEFORE_WITH),
    UNARY(BEFORE_ASYNC_WITH), [RT_OP_WITH_EXCEPT] = "dkk-", MAKES(LOAD_ASSERTION_ERROR), [RT_OP_MATCH_CLASS] = "dku-",
    [RT_OP_MATCH_MAPPING] = "dk--", [RT_OP_MATCH_SEQUENCE] = "dk--", [RT_OP_MATCH_KEYS] = "dkk-",
    [RT_OP_COPY_WITHOUT_KEYS] = "dkk-", [RT_OP_GET_LEN] = "dk--", UNARY(IMPORT_NAME), [RT_OP_IMPORT_FROM] = "dk--",
    JUMP1(IMPORT_STAR), JUMP1(PRINT_EXPR), [RT_OP_COPY] = "dk--",
};

static struct temp *state_at(const struct flow *f, uint32_t at)
{
    return f->states + (size_t)at * f->n;
}

static void set(struct flow *f, uint32_t reg, enum part part, uint32_t at)
{
    uint32_t i = reg - f->code->temp_base;
    if (reg >= f->code->temp_base && i < f->n)
        f->now[i] = (struct temp){part, part == DEAD ? 0 : at};
}

/* The state `now` reaches `at`: join it with what is known there. */
static void reach(struct flow *f, uint32_t at)
{
    struct temp *s = state_at(f, at);
    bool changed = !f->seen[at];
    if (changed) {
        memcpy(s, f->now, f->n * sizeof *s);
    } else {
        for (uint32_t i = 0; i < f->n; i++) {
            struct temp a = s[i], b = f->now[i];
            if (a.part != b.part && a.part != UNKNOWN) {
                s[i] = a.part == DEAD || b.part == DEAD || b.part == UNKNOWN ? (struct temp){UNKNOWN, NO_ORIGIN} :
                                                                               (struct temp){VALUE, NO_ORIGIN};
                changed |= a.part != s[i].part || a.origin != s[i].origin;
            } else if (a.part == b.part && a.origin != b.origin && a.origin != NO_ORIGIN) {
                s[i].origin = NO_ORIGIN;
                changed = true;
            }
        }
    }
    if (changed && f->seen[at] != 2) {
        f->seen[at] = 2;
        f->work[f->nwork++] = at;
    }
}

static void reach_handlers(struct flow *f, uint32_t at)
{
    const struct rt_code *c = f->code;
    for (uint32_t i = 0; i < c->nexc; i++) {
        const struct rt_exc_entry *e = &c->exc[i];
        if (at < e->start || at >= e->end)
            continue;
        memcpy(f->now, state_at(f, at), f->n * sizeof *f->now);
        for (uint32_t r = e->base; r < c->temp_base + f->n; r++)
            set(f, r, r == e->base ? RAISED : DEAD, e->target);
        reach(f, e->target);
        return;
    }
}

static void use(struct flow *f, const uint32_t *w, char wanted, uint32_t at)
{
    const char *e = effects[*w & 0xff];
    const char *shape = rt_opinfo_shapes[*w & 0xff];
    uint32_t regs[4] = {*w >> 8 & 0xff, *w >> 16 & 0xff, *w >> 24, 255};
    if (shape[3] == 's' || shape[3] == 'S')
        regs[3] = w[1] & 0xff;
    for (int i = 0; e && i < 4; i++) {
        if (e[i] == wanted && !(regs[i] == 255 && (i == 3 || shape[i] == 'o')))
            set(f, regs[i], wanted == 'd' ? VALUE : DEAD, at);
    }
    if (shape[3] == 'S' && wanted == 'u' && w[1] >> 8 != 255) /* the step of a slice */
        set(f, w[1] >> 8, DEAD, at);
    if (shape[2] == 'L') {
        uint32_t op = *w & 0xff;
        bool made = op == RT_OP_UNPACK || op == RT_OP_UNPACK_EX;
        const uint8_t *l = (const uint8_t *)(w + 1 + (shape[3] && shape[3] != 'L'));
        for (uint32_t i = 0; i < *w >> 24 && made == (wanted == 'd'); i++)
            set(f, l[i], made ? VALUE : DEAD, at);
    }
}

/* What use() does not know; before: the state before the instruction. */
static void special(struct flow *f, const uint32_t *w, uint32_t at)
{
    uint32_t a = *w >> 8 & 0xff, b = *w >> 16 & 0xff, c = *w >> 24;
    const struct temp *before = state_at(f, at);
    switch (*w & 0xff) {
    case RT_OP_MOVE:
        if (b >= f->code->temp_base && a >= f->code->temp_base)
            f->now[a - f->code->temp_base] = before[b - f->code->temp_base];
        break;
    case RT_OP_DROPN:
        for (uint32_t r = a; r < a + b; r++)
            set(f, r, DEAD, at);
        break;
    case RT_OP_LOAD_METHOD:
    case RT_OP_LOAD_SUPER_METHOD:
    case RT_OP_EG_MATCH: set(f, a + 1, VALUE, at); break;
    case RT_OP_CALL_M: /* `from` is consumed with its self, which stands behind it */
        if (b + 1 != a)
            set(f, b + 1, DEAD, at);
        break;
    case RT_OP_CALL_KW:
        if ((w[1] >> 16 & 1) && b + 1 != a)
            set(f, b + 1, DEAD, at);
        break;
    case RT_OP_MAKE_FUNCTION:
        for (uint32_t r = c; b && r < c + (uint32_t)__builtin_popcount(b); r++) {
            if (r != a)
                set(f, r, DEAD, at);
        }
        break;
    case RT_OP_FOR_PREP:
        for (uint32_t i = 0; i < 3; i++)
            set(f, a + i, ITER + i, at);
        break;
    case RT_OP_GET_AITER: set(f, a, ASYNC_ITER, at); break;
    case RT_OP_BEFORE_WITH:
    case RT_OP_BEFORE_ASYNC_WITH:
        set(f, a, EXIT, at);
        set(f, a + 1, VALUE, at);
        break;
    case RT_OP_PUSH_EXC:
        set(f, a, CAUGHT, at);
        set(f, a + 1, BEFORE, at);
        break;
    case RT_OP_POP_EXC:
        set(f, a, DEAD, at);
        set(f, a + 1, DEAD, at);
        break;
    default: break;
    }
}

static void step(struct flow *f, uint32_t at)
{
    const uint32_t *w = f->code->words + at;
    uint32_t op = *w & 0xff, a = *w >> 8 & 0xff, next = at + rt_opinfo_length(w);
    const char *shape = rt_opinfo_shapes[op];
    reach_handlers(f, at);
    memcpy(f->now, state_at(f, at), f->n * sizeof *f->now);
    if (shape[0] == 's') {
        reach(f, next + (uint32_t)((int32_t)*w >> 8));
        return;
    }
    if (op == RT_OP_FOR_NEXT) {
        reach(f, next + w[1]);
        return;
    }
    if (op == RT_OP_FOR_ITER) {
        set(f, *w >> 16 & 0xff, VALUE, at);
        reach(f, next);
        set(f, *w >> 16 & 0xff, DEAD, at);
        for (uint32_t i = 0; i < 3; i++)
            set(f, a + i, DEAD, at);
        reach(f, next + w[1]);
        return;
    }
    if (op == RT_OP_JTRUE_KEEP || op == RT_OP_JFALSE_KEEP)
        reach(f, next + w[1]);
    use(f, w, 'u', at);
    use(f, w, 'd', at);
    special(f, w, at);
    if (shape[3] == 'j' && op != RT_OP_JTRUE_KEEP && op != RT_OP_JFALSE_KEEP)
        reach(f, next + w[1]);
    if (op != RT_OP_RETURN && op != RT_OP_RETURN_K && op != RT_OP_RAISE && op != RT_OP_RERAISE && op != RT_OP_END_ASYNC_FOR)
        reach(f, next);
}

static void flow_free(struct flow *f)
{
    rt_raw_free(f->states);
    rt_raw_free(f->seen);
    rt_raw_free(f->work);
    rt_raw_free(f->now);
}

static bool flow_run(struct flow *f, const struct rt_code *code)
{
    *f = (struct flow){.code = code, .n = code->ntemps};
    size_t words = code->nwords, n = code->ntemps + 1;
    if (words >= NO_ORIGIN || n * words > (size_t)1 << 27)
        return false;
    f->states = rt_raw_malloc(n * words * sizeof *f->states);
    f->seen = rt_raw_malloc(words);
    f->work = rt_raw_malloc(words * sizeof *f->work);
    f->now = rt_raw_malloc(n * sizeof *f->now);
    if (!f->states || !f->seen || !f->work || !f->now)
        return false;
    memset(f->seen, 0, words);
    memset(f->now, 0, n * sizeof *f->now);
    reach(f, 0);
    while (f->nwork) {
        uint32_t at = f->work[--f->nwork];
        f->seen[at] = 1;
        step(f, at);
    }
    return true;
}

/* Number of live temporaries at `to` if it can be reached from the state `from`, else -1. */
static int fits(const struct flow *f, uint32_t from, uint32_t to)
{
    if (!f->seen[from] || !f->seen[to])
        return -1;
    const struct temp *here = state_at(f, from), *there = state_at(f, to);
    int live = 0;
    for (uint32_t i = 0; i < f->n; i++) {
        struct temp a = here[i], b = there[i];
        if (b.part == DEAD)
            continue;
        bool same = a.part == b.part && (b.part <= LAST_BLOCK || (b.part == VALUE && a.origin == b.origin && a.origin != NO_ORIGIN));
        if (!same)
            return -1;
        live++;
    }
    return live;
}

static const char *why_not(const struct flow *f, uint32_t from, uint32_t to)
{
    if (!f->seen[from])
        return "can't jump from within an exception handler";
    if (!f->seen[to])
        return "can't jump into an exception handler, or code may be unreachable";
    const struct temp *there = state_at(f, to);
    uint32_t i = f->n;
    while (i && there[i - 1].part == DEAD)
        i--;
    switch (i ? there[i - 1].part : VALUE) {
    case ITER:
    case ITER2:
    case ITER3:
    case ASYNC_ITER: return "can't jump into the body of a for loop";
    case CAUGHT:
    case BEFORE: return "can't jump into an 'except' block as there's no exception";
    case RAISED: return "can't jump into a re-raising block as there's no location";
    default: return "incompatible stacks";
    }
}

/* The first line at or after `line` that has instructions of its own, or -1. */
static int line_not_before(const struct rt_code *c, int64_t line)
{
    int best = -1;
    const struct rt_loc *locs = rt_code_locs(c);
    for (uint32_t i = 0; locs && i < c->nlocs; i++) {
        if (locs[i].line >= line && locs[i].line > 0 && (best < 0 || locs[i].line < best))
            best = locs[i].line;
    }
    return best;
}

/* The best place that starts line `line`, or a reason. */
static const char *find_target(const struct rt_code *c, uint32_t from, int line, uint32_t *target)
{
    struct flow f;
    const char *why = "cannot find bytecode for specified line";
    if (!flow_run(&f, c)) {
        flow_free(&f);
        return "stack to deep to analyze";
    }
    int best = -1, last = -1;
    bool told = false;
    const struct rt_loc *locs = rt_code_locs(c);
    for (uint32_t i = 0; locs && i < c->nlocs; i++) {
        if (locs[i].line <= 0 || locs[i].line == last)
            continue;
        last = locs[i].line;
        uint32_t at = locs[i].pc, op = c->words[at] & 0xff;
        if (last != line || op == RT_OP_MAKE_CELL || op == RT_OP_MAKE_CELL_FAR)
            continue;
        int live = fits(&f, from, at);
        if (live > best) {
            best = live;
            *target = at;
        } else if (live < 0 && !told) {
            why = why_not(&f, from, at);
            told = f.seen[from];
        }
    }
    flow_free(&f);
    return best >= 0 ? NULL : why;
}

static int refuse(struct rt_thread *ts, const char *why)
{
    rt_raise(ts, &rt_exc_ValueError, "%s", why);
    return -1;
}

/* May this event jump? */
static const char *event_forbids(struct rt_thread *ts, struct rt_frame_object *o)
{
    const struct rt_frame *f = rt_load_acquire(&o->frame);
    if (f && !rt_frame_runs_here(ts, f)) /* another thread's, or suspended: in no event */
        f = NULL;
    if (f && (o->event == RT_EVENT_CALL || (f->pc == o->code->words && o->event)))
        return "can't jump from the 'call' trace event of a new frame";
    if (!f || !rt_slot_peek(&o->trace).bits)
        return "f_lineno can only be set by a trace function";
    if (o->event == RT_EVENT_LINE)
        return NULL;
    uint32_t op = *(f->pc - ((f->flags & RT_FR_DELEGATING) ? 0 : 1)) & 0xff;
    if (o->event == RT_EVENT_RETURN && op == RT_OP_YIELD)
        return NULL;
    return "can only jump from a 'line' trace event";
}

static bool is_protected(const struct rt_code *c, uint32_t at)
{
    for (uint32_t i = 0; i < c->nexc; i++) {
        if (c->exc[i].start <= at && at < c->exc[i].end)
            return true;
    }
    return false;
}

int rt_jump_set_lineno(struct rt_thread *ts, struct rt_frame_object *o, rt_value v)
{
    struct rt_code *code = o->code;
    int64_t wanted = 0;
    uint32_t target = 0;
    if (rt_is_null(v)) {
        rt_raise(ts, &rt_exc_AttributeError, "cannot delete attribute");
        return -1;
    }
    if (rt_is_bool(v) || !rt_is_any_int(v) || rt_type_of(v) != &rt_int_type)
        return refuse(ts, "lineno must be an integer");
    const char *why = event_forbids(ts, o);
    if (why)
        return refuse(ts, why);
    if (!rt_int_try_i64(v, &wanted) || wanted != (int)wanted)
        return refuse(ts, "lineno out of range");
    if (wanted < code->firstlineno) {
        rt_raise(ts, &rt_exc_ValueError, "line %d comes before the current code block", (int)wanted);
        return -1;
    }
    int line = line_not_before(code, wanted);
    if (line < 0) {
        rt_raise(ts, &rt_exc_ValueError, "line %d comes after the current code block", (int)wanted);
        return -1;
    }
    if (!o->jump_to)
        o->jump_from = (uint32_t)(rt_load_relaxed(&o->frame)->pc - code->words) - 1;
    why = find_target(code, o->jump_from, line, &target);
    if (why)
        return refuse(ts, why);
    if (o->event == RT_EVENT_RETURN && is_protected(code, target))
        return refuse(ts, "can't jump from a yield into a 'try' or 'with' block");
    o->jump_to = code->words + target;
    rt_load_relaxed(&o->frame)->pc = o->jump_to + 1; /* f_lineno tells the new line from now on */
    return 0;
}

void rt_jump_apply(struct rt_thread *ts, struct rt_frame *fr)
{
    struct rt_frame_object *o = fr->object;
    struct rt_code *code = fr->code;
    struct flow f;
    uint32_t to = (uint32_t)(o->jump_to - code->words);
    if (!flow_run(&f, code)) /* it could before */
        RT_FATAL("out of memory in a jump");
    const struct temp *here = state_at(&f, o->jump_from), *there = state_at(&f, to);
    for (uint32_t i = f.n; i-- > 0;) {
        rt_value *reg = &fr->regs[code->temp_base + i], old;
        if (there[i].part != DEAD)
            continue;
        if (here[i].part == BEFORE) {
            old = ts->exc_info->exc;
            ts->exc_info->exc = rt_is_none(*reg) ? RT_NULL : *reg;
            *reg = RT_UNDEF;
        } else {
            old = RT_REG_COUNTED(*reg) ? *reg : RT_NULL;
            *reg = RT_UNDEF;
        }
        rt_decref(ts, old);
    }
    flow_free(&f);
    for (uint32_t i = 0; i < code->nlocals; i++) {
        if (rt_is_undef(fr->regs[code->local_base + i]))
            fr->regs[code->local_base + i] = RT_NONE;
    }
    o->jump_to = NULL;
}
