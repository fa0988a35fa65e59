/* SPDX-License-Identifier: MIT */
/* Struct sequences: a tuple block with room for the hidden fields behind its visible items. */
#include <pthread.h>

#include "core/object/structseq.h"

#define DESC(t) ((const struct rt_structseq *)(t)->native)

static uint32_t count_fields(const struct rt_structseq *d)
{
    uint32_t n = 0;
    while (d->fields[n].name)
        n++;
    return n;
}

static const struct rt_structseq *desc_of(rt_value self)
{
    struct rt_type *t = rt_type_of(self);
    while (!t->native)
        t = t->base;
    return DESC(t);
}

static rt_value get_field(struct rt_thread *ts, rt_value self, void *closure)
{
    rt_value v = rt_as_tuple(self)->items[(uintptr_t)closure];
    return v.bits ? rt_newref(ts, v) : RT_NONE;
}

rt_value rt_structseq_new(struct rt_thread *ts, struct rt_type *t, const rt_value *owned)
{
    const struct rt_structseq *d = DESC(t);
    uint32_t n = count_fields(d);
    rt_value v = RT_NULL;
    bool ok = true;
    for (uint32_t i = 0; i < n; i++)
        ok &= owned[i].bits != 0;
    if (ok)
        v = rt_type_alloc_var(ts, t, n);
    if (rt_is_null(v)) {
        for (uint32_t i = 0; i < n; i++)
            rt_decref(ts, owned[i]);
        return v;
    }
    struct rt_tuple *tp = rt_as_tuple(v);
    memcpy(tp->items, owned, n * sizeof(rt_value));
    tp->length = d->visible;
    return v;
}

static size_t seq_size(const struct rt_object *o)
{
    const struct rt_type *t = rt_type_of_obj(o);
    while (!t->native)
        t = t->base;
    return sizeof(struct rt_tuple) + count_fields(DESC(t)) * sizeof(rt_value);
}
static void seq_clear(struct rt_thread *ts, struct rt_object *o)
{
    struct rt_tuple *tp = (struct rt_tuple *)o;
    uint32_t n = count_fields(desc_of(rt_borrow(o)));
    for (uint32_t i = 0; i < n; i++)
        rt_clear(ts, &tp->items[i]);
}
static int seq_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    struct rt_tuple *tp = (struct rt_tuple *)o;
    uint32_t n = count_fields(desc_of(rt_borrow(o)));
    int r = 0;
    for (uint32_t i = 0; i < n && !r; i++)
        r = visit(tp->items[i], arg);
    return r;
}

static rt_value seq_repr(struct rt_thread *ts, rt_value self)
{
    const struct rt_structseq *d = desc_of(self);
    struct rt_strbuf b;
    rt_strbuf_init(&b);
    const char *name = rt_type_of(self)->name;
    if (rt_strbuf_ascii(ts, &b, name, strlen(name)) < 0 || rt_strbuf_char(ts, &b, '(') < 0)
        goto fail;
    for (uint32_t i = 0; i < d->visible; i++) {
        rt_value r = rt_repr(ts, rt_as_tuple(self)->items[i]);
        int err = rt_is_null(r) || (i && rt_strbuf_ascii(ts, &b, ", ", 2) < 0) ||
                  rt_strbuf_ascii(ts, &b, d->fields[i].name, strlen(d->fields[i].name)) < 0 ||
                  rt_strbuf_char(ts, &b, '=') < 0 || rt_strbuf_str(ts, &b, r) < 0;
        rt_decref(ts, r);
        if (err)
            goto fail;
    }
    if (rt_strbuf_char(ts, &b, ')') < 0)
        goto fail;
    return rt_strbuf_finish(ts, &b);
fail:
    rt_strbuf_abort(&b);
    return RT_NULL;
}

/* type(sequence, dict=None) */
static rt_value seq_new(struct rt_thread *ts, struct rt_type *type, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"sequence", "dict", NULL};
    struct rt_type *t = type;
    while (!t->native)
        t = t->base;
    const struct rt_structseq *d = DESC(t);
    struct rt_argspec spec = {d->name, names, 0, 1, 2, 2};
    rt_value v[2], words[64], seq, dict;
    uint32_t total = count_fields(d);
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    dict = v[1].bits && !rt_is_none(v[1]) ? v[1] : RT_NULL;
    if (dict.bits && !rt_is_dict(dict))
        return rt_raise(ts, &rt_exc_TypeError, "%.500s() takes a dict as second arg, if any", d->name);
    seq = rt_seq_tuple(ts, v[0]);
    if (rt_is_null(seq)) {
        if (rt_exc_clear_if(ts, &rt_exc_TypeError))
            rt_raise(ts, &rt_exc_TypeError, "constructor requires a sequence");
        return seq;
    }
    size_t len = rt_as_tuple(seq)->length;
    if (len < d->visible || len > total) {
        const char *word = len < d->visible ? (d->visible == total ? "a" : "an at least") : d->visible == total ? "a" : "an at most";
        rt_raise(ts, &rt_exc_TypeError, "%.500s() takes %s %u-sequence (%zu-sequence given)", d->name, word,
                 len < d->visible ? d->visible : total, len);
        rt_decref(ts, seq);
        return RT_NULL;
    }
    for (uint32_t i = 0; i < total; i++) {
        words[i] = RT_NONE;
        if (i < len) {
            words[i] = rt_newref(ts, rt_as_tuple(seq)->items[i]);
        } else if (dict.bits) {
            rt_value x = rt_dict_get_cstr(ts, dict, d->fields[i].name);
            if (x.bits)
                words[i] = x;
        }
        if (d->fields[i].like && rt_is_none(words[i]))
            words[i] = rt_newref(ts, words[d->fields[i].like]);
    }
    rt_decref(ts, seq);
    if (rt_pending(ts))
        return RT_NULL;
    return rt_structseq_new(ts, type, words);
}

static rt_value seq_reduce(struct rt_thread *ts, rt_value self)
{
    const struct rt_structseq *d = desc_of(self);
    rt_value tup = rt_tuple_from(ts, rt_as_tuple(self)->items, d->visible), dict = rt_dict_new(ts), inner, res;
    uint32_t total = count_fields(d);
    for (uint32_t i = d->visible; i < total && dict.bits; i++)
        rt_dict_set_cstr(ts, dict, d->fields[i].name, rt_as_tuple(self)->items[i]);
    inner = rt_tuple_pack(ts, 2, tup, dict);
    res = rt_tuple_pack(ts, 2, rt_type_value(rt_type_of(self)), inner);
    rt_decref(ts, inner);
    rt_decref(ts, tup);
    rt_decref(ts, dict);
    return res;
}
static const struct rt_method_def seq_methods[] = {
    {"__reduce__", seq_reduce, RT_METH_NOARGS, NULL},
    {NULL},
};

static int make_ready(struct rt_thread *ts, struct rt_type *t, const struct rt_structseq *d)
{
    uint32_t n = count_fields(d), k = 0, unnamed = 0;
    struct rt_getset_def *gs = rt_raw_calloc(n + 1, sizeof(*gs));
    if (!gs) {
        rt_raise_no_memory(ts);
        return -1;
    }
    for (uint32_t i = 0; i < n; i++) {
        if (!strcmp(d->fields[i].name, "unnamed field")) {
            unnamed++;
            continue;
        }
        gs[k++] = (struct rt_getset_def){d->fields[i].name, get_field, NULL, d->fields[i].doc, (void *)(uintptr_t)i};
    }
    t->hdr = (struct rt_object)RT_STATIC_TYPE_HDR;
    t->name = d->name;
    t->doc = d->doc;
    t->base = &rt_tuple_type;
    rt_store_relaxed(&t->flags, RT_TF_GC | RT_TF_VARSIZED | RT_TF_TUPLE | (d->no_new ? RT_TF_NO_NEW : 0));
    t->basic_size = sizeof(struct rt_tuple);
    t->item_size = sizeof(rt_value);
    t->size = seq_size;
    t->clear = seq_clear;
    t->dealloc = seq_clear;
    t->traverse = seq_traverse;
    t->repr = seq_repr;
    t->new = d->no_new ? NULL : seq_new;
    t->getset = gs;
    t->methods = seq_methods;
    t->native = (void *)d;
    if (rt_type_ready(ts, t) < 0)
        return -1;
    rt_value dict = rt_slot_peek(&t->dict);
    rt_dict_set_cstr(ts, dict, "n_sequence_fields", rt_int_imm(d->visible));
    rt_dict_set_cstr(ts, dict, "n_fields", rt_int_imm(n));
    rt_dict_set_cstr(ts, dict, "n_unnamed_fields", rt_int_imm(unnamed));
    rt_value ma = rt_list_new(ts, d->visible);
    for (uint32_t i = 0; i < d->visible; i++)
        if (strcmp(d->fields[i].name, "unnamed field"))
            rt_list_append(ts, ma, rt_str_intern_cstr(ts, d->fields[i].name));
    rt_value tup = rt_list_to_tuple(ts, ma);
    rt_dict_set(ts, dict, RT_ID(__match_args__), tup);
    rt_immortalize(ts, tup);
    rt_decref(ts, ma);
    return rt_pending(ts) ? -1 : 0;
}

/* Interpreters may ask for the same type for the first time at once. Held only while attached, across no
   safepoint. */
static pthread_mutex_t ready_lock = PTHREAD_MUTEX_INITIALIZER;

int rt_structseq_ready(struct rt_thread *ts, struct rt_type *t, const struct rt_structseq *d)
{
    pthread_mutex_lock(&ready_lock);
    int r = rt_load_acquire(&t->flags) & RT_TF_READY ? 0 : make_ready(ts, t, d);
    pthread_mutex_unlock(&ready_lock);
    return r;
}
