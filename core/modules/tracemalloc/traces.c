/* SPDX-License-Identifier: MIT */
/*
 * The record of tracemalloc: where each living block and piece of raw memory was asked for.
 *
 * One store for the process: a table from address to size and traceback, tracebacks and file names kept once each.
 * It holds no Python object: names are copied, so that it keeps nothing alive, needs no count and may be used by all
 * interpreters. All of it is under one lock, a leaf: nothing else is locked or called meanwhile but the C library's
 * malloc. A thread that records does not record what it needs for that itself (`quiet`).
 * What goes away is removed before its memory can be another's, so the table never has two at one address.
 */
#include "core/modules/tracemalloc/traces.h"

#include <pthread.h>
#include <stdlib.h>

#include "alloc/watch.h"
#include "core/eval/frame.h"
#include "core/seam/backend.h"

enum { CHUNK = 64 << 10, STACK_FRAMES = 32, FIRST_SLOTS = 1 << 12, FIRST_BUCKETS = 1 << 10 };

struct chunk { struct chunk *next; size_t used, size; };

struct rt_traces_store {
    uint32_t refs;
    struct chunk *chunks; /* tracebacks and names */
    struct rt_traces_text **texts;
    struct rt_traceback_rec **tracebacks;
    size_t ntexts, ntracebacks, text_buckets, traceback_buckets;
    struct rt_trace_rec *slots; /* open addressing; a power of two */
    size_t nslots, ntraces;
    size_t bytes, peak, own;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct rt_traces_store *current; /* under lock; NULL: off */
static _Atomic uint32_t limit = 1;
static __thread uint32_t quiet;

/* What a thread sees before it has the lock. */
struct seen { rt_value file; uint32_t line; };

/* ---- stores ---- */

static void store_release(struct rt_traces_store *s)
{
    if (!s || --s->refs)
        return;
    for (struct chunk *c = s->chunks, *next; c; c = next) {
        next = c->next;
        free(c);
    }
    free(s->texts);
    free(s->tracebacks);
    free(s->slots);
    free(s);
}

static struct rt_traces_store *store_new(void)
{
    struct rt_traces_store *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->refs = 1;
    s->nslots = FIRST_SLOTS;
    s->text_buckets = s->traceback_buckets = FIRST_BUCKETS;
    s->slots = calloc(s->nslots, sizeof *s->slots);
    s->texts = calloc(s->text_buckets, sizeof *s->texts);
    s->tracebacks = calloc(s->traceback_buckets, sizeof *s->tracebacks);
    s->own = sizeof *s + s->nslots * sizeof *s->slots + 2 * FIRST_BUCKETS * sizeof(void *);
    if (!s->slots || !s->texts || !s->tracebacks) {
        store_release(s);
        return NULL;
    }
    return s;
}

static void *store_alloc(struct rt_traces_store *s, size_t n)
{
    struct chunk *c = s->chunks;
    n = RT_ROUND_UP(n, (size_t)16);
    if (!c || c->size - c->used < n) {
        size_t head = RT_ROUND_UP(sizeof *c, (size_t)16), size = n + head > CHUNK ? n + head : CHUNK;
        if (!(c = malloc(size)))
            return NULL;
        *c = (struct chunk){s->chunks, head, size};
        s->chunks = c;
        s->own += size;
    }
    void *p = (char *)c + c->used;
    c->used += n;
    return p;
}

/* ---- names and tracebacks, once each ---- */

static uint64_t mix(uint64_t h, uint64_t v)
{
    h = (h ^ v) * 0x9e3779b97f4a7c15u;
    return h ^ h >> 29;
}

static uint64_t hash_bytes(const void *p, size_t n)
{
    uint64_t h = n, w;
    const char *s = p;
    for (; n >= 8; s += 8, n -= 8) {
        memcpy(&w, s, 8);
        h = mix(h, w);
    }
    w = 0;
    memcpy(&w, s, n);
    return mix(h, w);
}

/* Twice the buckets; stays as it is without memory. Both kinds of items begin with next and hash. */
struct link { struct link *next; uint64_t hash; };
static void more_buckets(struct rt_traces_store *s, void *table, size_t *n)
{
    struct link ***at = table, **old = *at, **new = calloc(*n * 2, sizeof *new);
    if (!new)
        return;
    for (size_t i = 0; i < *n; i++)
        for (struct link *l = old[i], *next; l; l = next) {
            next = l->next;
            struct link **b = &new[l->hash & (*n * 2 - 1)];
            l->next = *b;
            *b = l;
        }
    free(old);
    *at = new;
    s->own += *n * sizeof *new;
    *n *= 2;
}

static const struct rt_traces_text *find_text(struct rt_traces_store *s, rt_value name)
{
    static const char unknown[] = "<unknown>";
    const void *data = unknown;
    size_t length = sizeof unknown - 1;
    uint8_t kind = 1;
    if (!rt_is_null(name)) {
        data = rt_str_data(rt_as_str(name));
        length = rt_as_str(name)->length;
        kind = rt_as_str(name)->kind;
    }
    uint64_t h = hash_bytes(data, length * kind);
    struct rt_traces_text *t = s->texts[h & (s->text_buckets - 1)];
    for (; t; t = t->next)
        if (t->hash == h && t->length == length && t->kind == kind && !memcmp(t->units, data, length * kind))
            return t;
    if (!(t = store_alloc(s, sizeof *t + length * kind)))
        return NULL;
    if (s->ntexts > s->text_buckets)
        more_buckets(s, &s->texts, &s->text_buckets);
    struct rt_traces_text **b = &s->texts[h & (s->text_buckets - 1)];
    *t = (struct rt_traces_text){*b, h, (uint32_t)s->ntexts++, kind, length};
    memcpy(t->units, data, length * kind);
    return *b = t;
}

static bool same_places(const struct rt_traceback_rec *t, const struct rt_traces_place *at, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (t->at[i].file != at[i].file || t->at[i].line != at[i].line)
            return false;
    return true;
}

static const struct rt_traceback_rec *find_traceback(struct rt_traces_store *s, const struct rt_traces_place *at,
                                                     uint32_t n, uint32_t total)
{
    uint64_t h = mix(n, total);
    for (uint32_t i = 0; i < n; i++)
        h = mix(h, (uint64_t)at[i].file->index << 32 | at[i].line);
    struct rt_traceback_rec *t = s->tracebacks[h & (s->traceback_buckets - 1)];
    for (; t; t = t->next)
        if (t->hash == h && t->n == n && t->total == total && same_places(t, at, n))
            return t;
    if (!(t = store_alloc(s, sizeof *t + n * sizeof *at)))
        return NULL;
    if (s->ntracebacks > s->traceback_buckets)
        more_buckets(s, &s->tracebacks, &s->traceback_buckets);
    struct rt_traceback_rec **b = &s->tracebacks[h & (s->traceback_buckets - 1)];
    *t = (struct rt_traceback_rec){*b, h, (uint32_t)s->ntracebacks++, (uint16_t)n, (uint16_t)total};
    memcpy(t->at, at, n * sizeof *at);
    return *b = t;
}

/* ---- the table of traces ---- */

static size_t home(const struct rt_traces_store *s, uintptr_t p)
{
    return (size_t)(p * 0x9e3779b97f4a7c15u >> 20) & (s->nslots - 1);
}

/* Where p is, or the free entry where it belongs. */
static size_t slot_of(const struct rt_traces_store *s, uintptr_t p)
{
    size_t i = home(s, p);
    while (s->slots[i].p && s->slots[i].p != p)
        i = (i + 1) & (s->nslots - 1);
    return i;
}

static bool grow_slots(struct rt_traces_store *s)
{
    struct rt_trace_rec *old = s->slots, *new = calloc(s->nslots * 2, sizeof *new);
    size_t n = s->nslots;
    if (!new)
        return s->ntraces + 1 < s->nslots;
    s->slots = new;
    s->nslots *= 2;
    s->own += n * sizeof *new;
    for (size_t i = 0; i < n; i++)
        if (old[i].p)
            s->slots[slot_of(s, old[i].p)] = old[i];
    free(old);
    return true;
}

static void forget(struct rt_traces_store *s, uintptr_t p)
{
    size_t i = slot_of(s, p), mask = s->nslots - 1;
    if (!s->slots[i].p)
        return;
    s->bytes -= s->slots[i].size;
    s->ntraces--;
    /* Close the gap: what stands behind it and may stand here moves up. */
    for (size_t j = (i + 1) & mask; s->slots[j].p; j = (j + 1) & mask)
        if (((j - home(s, s->slots[j].p)) & mask) >= ((j - i) & mask)) {
            s->slots[i] = s->slots[j];
            i = j;
        }
    s->slots[i].p = 0;
}

static void record(struct rt_traces_store *s, uintptr_t p, size_t size, const struct rt_traceback_rec *tb)
{
    forget(s, p); /* of memory that went another way */
    if (s->ntraces * 4 >= s->nslots * 3 && !grow_slots(s))
        return;
    s->slots[slot_of(s, p)] = (struct rt_trace_rec){p, size, tb};
    s->ntraces++;
    s->bytes += size;
    if (s->bytes > s->peak)
        s->peak = s->bytes;
}

/* ---- the watcher ---- */

/* Still making its cells, or what its arguments are put into: that is the caller's doing. */
static bool is_entering(const struct rt_frame *f)
{
    const uint32_t *w = f->code->words;
    while (w < f->pc) {
        enum rt_op op = (enum rt_op)(*w & 0xff);
        if (op != RT_OP_MAKE_CELL && op != RT_OP_MAKE_CELL_FAR)
            return false;
        w += op == RT_OP_MAKE_CELL ? 1 : 2;
    }
    return true;
}

/* The frames of ts into out, at most max; how many there are in all, at most RT_TRACES_MAX_FRAMES. */
static uint32_t look(struct rt_thread *ts, struct seen *out, uint32_t max)
{
    uint32_t n = 0;
    for (const struct rt_frame *f = ts->frame; f && n < RT_TRACES_MAX_FRAMES; f = f->prev) {
        if (!f->code || is_entering(f))
            continue;
        if (n < max) {
            int line = rt_frame_lineno(f);
            rt_value name = rt_slot_peek(&f->code->filename);
            out[n] = (struct seen){rt_is_ptr(name) && rt_is_str(name) ? name : RT_NULL, line > 0 ? (uint32_t)line : 0};
        }
        n++;
    }
    return n;
}

/* Lock held. */
static const struct rt_traceback_rec *traceback_of(struct rt_traces_store *s, const struct seen *seen, uint32_t n, uint32_t total)
{
    struct rt_traces_place local[STACK_FRAMES], *at = n <= STACK_FRAMES ? local : malloc(n * sizeof *at);
    const struct rt_traceback_rec *tb = NULL;
    uint32_t i = 0;
    for (; at && i < n && (at[i].file = find_text(s, seen[i].file)); i++)
        at[i].line = seen[i].line;
    if (at && i == n)
        tb = find_traceback(s, at, n, total);
    if (at != local)
        free(at);
    return tb;
}

static void add(struct rt_thread *ts, uintptr_t p, size_t size)
{
    if (quiet)
        return;
    quiet++;
    uint32_t max = rt_load_relaxed(&limit), total = 0, n;
    struct seen local[STACK_FRAMES], *seen = max <= STACK_FRAMES ? local : malloc(max * sizeof *seen);
    if (seen && ts && rt_is_attached(ts))
        total = look(ts, seen, max);
    n = total < max ? total : max;
    if (seen && !total) {
        seen[0] = (struct seen){RT_NULL, 0};
        n = total = 1;
    }
    pthread_mutex_lock(&lock);
    if (current && seen) {
        const struct rt_traceback_rec *tb = traceback_of(current, seen, n, total);
        if (tb)
            record(current, p, size, tb);
    }
    pthread_mutex_unlock(&lock);
    if (seen != local)
        free(seen);
    quiet--;
}

static void removed(uintptr_t p)
{
    pthread_mutex_lock(&lock);
    if (current)
        forget(current, p);
    pthread_mutex_unlock(&lock);
}

static const struct rt_watcher watcher = {add, removed};

/* ---- on, off, questions ---- */

static void lock_it(void) { pthread_mutex_lock(&lock); }
static void unlock_it(void) { pthread_mutex_unlock(&lock); }

static struct rt_traces_store *exchange(struct rt_traces_store *s)
{
    pthread_mutex_lock(&lock);
    struct rt_traces_store *old = current;
    current = s;
    store_release(old);
    pthread_mutex_unlock(&lock);
    return s;
}

int rt_traces_start(struct rt_thread *ts, uint32_t max_frames)
{
    static _Atomic bool around_fork;
    if (rt_traces_on())
        return 0;
    struct rt_traces_store *s = store_new();
    if (!s) {
        rt_raise_no_memory(ts);
        return -1;
    }
    if (!rt_xchg_acq_rel(&around_fork, true))
        pthread_atfork(lock_it, unlock_it, unlock_it);
    rt_store_relaxed(&limit, max_frames);
    exchange(s);
    rt_watch_set(ts, &watcher);
    return 0;
}

void rt_traces_stop(struct rt_thread *ts)
{
    if (!rt_traces_on())
        return;
    rt_watch_set(ts, NULL);
    exchange(NULL);
}

void rt_traces_clear(void)
{
    pthread_mutex_lock(&lock);
    struct rt_traces_store *s = current ? store_new() : NULL;
    if (s) {
        store_release(current);
        current = s;
    }
    pthread_mutex_unlock(&lock);
}

bool rt_traces_on(void)
{
    pthread_mutex_lock(&lock);
    bool on = current != NULL;
    pthread_mutex_unlock(&lock);
    return on;
}

uint32_t rt_traces_limit(void) { return rt_load_relaxed(&limit); }

void rt_traces_bytes(size_t *now, size_t *peak)
{
    pthread_mutex_lock(&lock);
    *now = current ? current->bytes : 0;
    *peak = current ? current->peak : 0;
    pthread_mutex_unlock(&lock);
}

void rt_traces_reset_peak(void)
{
    pthread_mutex_lock(&lock);
    if (current)
        current->peak = current->bytes;
    pthread_mutex_unlock(&lock);
}

size_t rt_traces_own_bytes(void)
{
    pthread_mutex_lock(&lock);
    size_t n = current ? current->own : 0;
    pthread_mutex_unlock(&lock);
    return n;
}

bool rt_traces_take(struct rt_traces_copy *c, uintptr_t p)
{
    bool ok = true;
    *c = (struct rt_traces_copy){0};
    pthread_mutex_lock(&lock);
    struct rt_traces_store *s = current;
    if (s && (p || s->ntraces)) {
        size_t from = p ? slot_of(s, p) : 0, to = p ? from + 1 : s->nslots;
        ok = (c->items = malloc((p ? 1 : s->ntraces) * sizeof *c->items)) != NULL;
        for (size_t i = from; ok && i < to; i++)
            if (s->slots[i].p)
                c->items[c->n++] = s->slots[i];
        c->store = s;
        c->ntexts = s->ntexts;
        c->ntracebacks = s->ntracebacks;
        s->refs++;
    }
    pthread_mutex_unlock(&lock);
    return ok;
}

void rt_traces_drop(struct rt_traces_copy *c)
{
    free(c->items);
    pthread_mutex_lock(&lock);
    store_release(c->store);
    pthread_mutex_unlock(&lock);
}

void rt_traces_pause(void) { quiet++; }
void rt_traces_resume(void) { quiet--; }
