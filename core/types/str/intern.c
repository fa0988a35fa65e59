/* SPDX-License-Identifier: MIT */
/*
 * Interned strings: one per content in the whole process, immortal, compared by address.
 *
 * Open addressing with linear probing. Look-up takes no lock: it loads the table, then slots; a slot
 * goes from NULL to a string once and never back, and a table that has been outgrown stays readable for
 * ever (all outgrown ones together are smaller than the current one). Insertion holds `lock`.
 */
#include "core/base/hash.h"
#include "core/thread/runtime.h"
#include "core/types/str/str_internal.h"

struct intern_table {
    size_t mask;
    _Atomic(struct rt_str *) slots[];
};

static _Atomic(struct intern_table *) table;
static size_t used; /* protected by lock */
/* Held only while attached, with no safepoint inside: a stopped world, and so a forked child, finds it free. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

struct rt_names rt_names;

static struct intern_table *table_new(size_t n)
{
    struct intern_table *t = rt_raw_calloc(1, sizeof *t + n * sizeof t->slots[0]);
    if (t)
        t->mask = n - 1;
    return t;
}

/* The interned string equal to s, or NULL; *where is the slot to fill. */
static struct rt_str *probe(struct intern_table *t, rt_value s, size_t *where)
{
    size_t i = (size_t)rt_str_hash(s) & t->mask;
    for (;; i = (i + 1) & t->mask) {
        struct rt_str *o = rt_load_acquire(&t->slots[i]);
        if (!o || rt_str_eq(rt_borrow(o), s)) {
            *where = i;
            return o;
        }
    }
}

/* The old table stays as it is, for readers that are in it: all old ones together are no larger than
   the new one. false: no memory. */
static bool table_grow(void)
{
    struct intern_table *old = rt_load_relaxed(&table);
    struct intern_table *t = table_new(old ? (old->mask + 1) * 2 : 4096);
    if (!t)
        return false;
    for (size_t i = 0; old && i <= old->mask; i++) {
        struct rt_str *o = rt_load_relaxed(&old->slots[i]);
        size_t where;
        if (o) {
            probe(t, rt_borrow(o), &where);
            rt_store_relaxed(&t->slots[where], o);
        }
    }
    rt_store_release(&table, t);
    return true;
}

/* The interned form of s, or RT_NULL. */
static rt_value known(rt_value s)
{
    if (rt_load_relaxed(&rt_as_str(s)->interned))
        return rt_borrowed(s);
    size_t where;
    struct rt_str *found = probe(rt_load_acquire(&table), s, &where);
    return found ? rt_borrow(found) : RT_NULL;
}

rt_value rt_str_intern(struct rt_thread *ts, rt_value s)
{
    rt_value there = known(s);
    if (!rt_is_null(there))
        return there;
    /* Outside the lock: what is published must be an exact, immortal str. */
    rt_value mine = rt_str_exact(ts, s);
    if (rt_is_null(mine))
        return RT_NULL;
    rt_immortalize(ts, mine);
    struct rt_str *o = rt_as_str(mine);
    pthread_mutex_lock(&lock);
    bool grown = used * 2 <= rt_load_relaxed(&table)->mask || table_grow();
    struct intern_table *t = rt_load_relaxed(&table);
    if (!grown && used * 8 > t->mask * 7) { /* fuller than that, and looking for what is not there takes too long */
        pthread_mutex_unlock(&lock);
        return rt_raise_no_memory(ts);
    }
    size_t where;
    struct rt_str *found = probe(t, mine, &where);
    if (!found) {
        rt_store_relaxed(&o->interned, 1);
        rt_store_release(&t->slots[where], o);
        used++;
        found = o;
    }
    pthread_mutex_unlock(&lock);
    return rt_borrow(found);
}

rt_value rt_str_intern_again(struct rt_thread *ts, rt_value s)
{
    static _Atomic uint32_t asked[1024]; /* parts of the hashes of what was asked for lately */
    rt_value there = known(s);
    if (!rt_is_null(there))
        return there;
    uint64_t h = (uint64_t)rt_str_hash(s);
    _Atomic uint32_t *last = &asked[h % 1024];
    if (rt_load_relaxed(last) == (uint32_t)(h >> 32) || !rt_is_str_exact(s))
        return rt_str_intern(ts, s);
    rt_store_relaxed(last, (uint32_t)(h >> 32));
    return s;
}

/* [attached; nopy; raises] Text that may well be there already: then nothing is made. */
rt_value rt_str_intern_latin1(struct rt_thread *ts, const uint8_t *p, size_t n)
{
    struct intern_table *t = rt_load_acquire(&table);
    struct rt_hash_key key = {rt_runtime.hash_key[0], rt_runtime.hash_key[1]};
    int64_t h = rt_hash_bytes(key, p, n);
    struct rt_str *o;
    for (size_t i = (size_t)h & t->mask; (o = rt_load_acquire(&t->slots[i])) != NULL; i = (i + 1) & t->mask)
        if (rt_load_relaxed(&o->hash) == h && o->length == n && o->kind == 1 && !memcmp(rt_str_data(o), p, n))
            return rt_borrow(o);
    rt_value s = rt_str_from_latin1(ts, p, n);
    if (rt_is_null(s))
        return s;
    rt_store_relaxed(&rt_as_str(s)->hash, h);
    rt_value r = rt_str_intern(ts, s);
    rt_decref(ts, s);
    return r;
}

/* [attached; nopy; raises] */
rt_value rt_str_intern_utf8(struct rt_thread *ts, const char *p, size_t n)
{
    size_t ascii = 0;
    while (ascii < n && (unsigned char)p[ascii] < 0x80)
        ascii++;
    if (ascii == n) /* makes nothing of what is there: sys.excepthook is found without memory */
        return rt_str_intern_latin1(ts, (const uint8_t *)p, n);
    rt_value s = rt_str_from_utf8(ts, p, n, NULL);
    if (rt_is_null(s))
        return s;
    rt_value r = rt_str_intern(ts, s);
    rt_decref(ts, s);
    return r;
}

/* Names in C code are literals: remember the string of each address. The text is compared, so that a
   buffer which holds another name now is a miss, not a mistake. */
rt_value rt_str_intern_cstr(struct rt_thread *ts, const char *s)
{
    static _Atomic uint64_t seen[1024];
    _Atomic uint64_t *slot = &seen[((uintptr_t)s ^ (uintptr_t)s >> 10) & 1023];
    rt_value v = RT_VALUE(rt_load_acquire(slot));
    if (v.bits && rt_str_eq_cstr(v, s))
        return v;
    v = rt_str_intern_utf8(ts, s, strlen(s));
    if (rt_is_ptr(v))
        rt_store_release(slot, v.bits);
    return v;
}

void rt_str_intern_init(struct rt_thread *ts)
{
    if (!table_grow())
        RT_FATAL("no memory for the table of interned strings");
    rt_str_intern(ts, rt_str_empty());
    for (uint32_t c = 0; c < 256; c++)
        rt_str_intern(ts, rt_str_from_char(ts, c));
#define RT_NAME(n) rt_names.n = rt_str_intern_cstr(ts, #n);
#define RT_NAME_AS(n, text) rt_names.n = rt_str_intern_cstr(ts, text);
#include "core/object/names.def"
#undef RT_NAME
#undef RT_NAME_AS
}
