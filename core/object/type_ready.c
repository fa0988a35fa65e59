/* SPDX-License-Identifier: MIT */
/*
 * Readying a static type: bases, MRO, descriptors for its declarations, inherited slots, root shape.
 * What is made here is immortal: builtin types are shared by all interpreters and never change.
 */
#include "core/object/object_internal.h"

/* ---- docstrings with signatures -------------------------------------------------------------- */

/* "name(...)\n--\n\ntext": the '(' of the signature and, in *text, what follows; NULL: none. */
static const char *find_signature(const char *name, const char *doc, const char **text)
{
    *text = doc;
    if (!doc)
        return NULL;
    const char *dot = strrchr(name, '.');
    size_t n = strlen(name = dot ? dot + 1 : name);
    if (strncmp(doc, name, n) || doc[n] != '(')
        return NULL;
    for (const char *p = doc + n; *p; p++) {
        if (!strncmp(p, ")\n--\n\n", 6)) {
            *text = p + 6;
            return doc + n;
        }
        if (p[0] == '\n' && p[1] == '\n')
            break;
    }
    return NULL;
}

rt_value rt_doc_signature(struct rt_thread *ts, const char *name, const char *doc)
{
    const char *text, *sig = find_signature(name, doc, &text);
    return sig ? rt_str_from_utf8(ts, sig, (size_t)(text - 5 - sig), NULL) : RT_NONE;
}

rt_value rt_doc_text(struct rt_thread *ts, const char *name, const char *doc)
{
    const char *text;
    find_signature(name, doc, &text);
    return text && *text ? rt_str_from_cstr(ts, text) : doc && text ? rt_str_from_cstr(ts, text) : RT_NONE;
}

/* ---- the dict -------------------------------------------------------------------------------- */

/* Enter an owned value under an interned name unless it is there. Consumes v. */
static int dict_add(struct rt_thread *ts, rt_value dict, rt_value name, rt_value v, bool replace)
{
    if (rt_is_null(v))
        return -1;
    rt_immortalize(ts, v);
    int has = replace ? 0 : rt_dict_contains(ts, dict, name);
    return has ? (has < 0 ? -1 : 0) : rt_dict_set(ts, dict, name, rt_borrowed(v));
}

static int add_methods(struct rt_thread *ts, struct rt_type *t, rt_value dict)
{
    for (const struct rt_method_def *m = t->methods; m && m->name; m++) {
        rt_value name = rt_str_intern_cstr(ts, m->name), v;
        if (m->flags & RT_METH_STATIC) {
            rt_value f = rt_builtin_bind(ts, m, rt_type_value(t), t);
            if (rt_is_null(f))
                return -1;
            rt_immortalize(ts, f);
            v = rt_staticmethod_new(ts, rt_borrowed(f));
        } else {
            v = rt_method_descr_new(ts, t, m);
        }
        if (dict_add(ts, dict, name, v, m->flags & RT_METH_COEXIST) < 0)
            return -1;
    }
    return 0;
}

static int add_attributes(struct rt_thread *ts, struct rt_type *t, rt_value dict)
{
    for (const struct rt_member_def *m = t->members; m && m->name; m++) {
        rt_value name = rt_str_intern_cstr(ts, m->name);
        if (dict_add(ts, dict, name, rt_member_descr_new(ts, t, m, name), false) < 0)
            return -1;
    }
    for (const struct rt_getset_def *g = t->getset; g && g->name; g++) {
        rt_value name = rt_str_intern_cstr(ts, g->name);
        if (dict_add(ts, dict, name, rt_getset_descr_new(ts, t, g), false) < 0)
            return -1;
    }
    if (rt_type_has(t, RT_TF_DICT) && !(t->base && rt_type_has(t->base, RT_TF_DICT)))
        return dict_add(ts, dict, RT_ID(__dict__), rt_getset_descr_new(ts, t, &rt_dict_getset), false);
    return 0;
}

static int add_doc(struct rt_thread *ts, struct rt_type *t, rt_value dict)
{
    return dict_add(ts, dict, RT_ID(__doc__), rt_doc_text(ts, t->name, t->doc), false);
}

static int fill_dict(struct rt_thread *ts, struct rt_type *t, rt_value dict)
{
    if (t->new && !rt_type_has(t, RT_TF_NO_NEW) &&
        dict_add(ts, dict, RT_ID(__new__), rt_type_new_method(ts, t), false) < 0)
        return -1;
    if (rt_slots_add_wrappers(ts, t, dict) < 0 || add_methods(ts, t, dict) < 0 ||
        add_attributes(ts, t, dict) < 0 || add_doc(ts, t, dict) < 0)
        return -1;
    /* __eq__ without __hash__: not hashable */
    if (t->richcompare && !t->hash && !rt_dict_contains(ts, dict, RT_ID(__hash__))) {
        t->hash = rt_hash_not_implemented;
        if (rt_dict_set(ts, dict, RT_ID(__hash__), RT_NONE) < 0)
            return -1;
    }
    size_t pos = 0;
    rt_value v;
    while (rt_dict_next(ts, dict, &pos, NULL, &v))
        rt_immortalize(ts, v);
    return 0;
}

/* ---- inheritance ----------------------------------------------------------------------------- */

enum {
    INHERITED_FACTS = RT_TF_INT | RT_TF_FLOAT | RT_TF_STR | RT_TF_BYTES | RT_TF_LIST | RT_TF_TUPLE |
                      RT_TF_DICT_SUB | RT_TF_SET | RT_TF_FROZENSET | RT_TF_TYPE | RT_TF_EXC |
                      RT_TF_COMPLEX | RT_TF_BYTEARRAY | RT_TF_STREAM_LAYER | RT_TF_DICT | RT_TF_WEAKREF | RT_TF_VARSIZED |
                      RT_TF_SEQUENCE | RT_TF_MAPPING | RT_TF_SELF_MATCH | RT_TF_GC,
};

static void inherit_body(struct rt_type *t, struct rt_type *base)
{
    rt_or_relaxed(&t->flags, rt_load_relaxed(&base->flags) & INHERITED_FACTS);
    if (!t->basic_size)
        t->basic_size = base->basic_size;
    if (!t->item_size)
        t->item_size = base->item_size;
    if (!t->size)
        t->size = base->size;
    if (!t->traverse)
        t->traverse = base->native_traverse;
    if (!t->clear)
        t->clear = base->native_clear;
    if (!t->dealloc)
        t->dealloc = base->dealloc;
    if (!t->inst_offset && base->inst_offset && base->inst_offset + 8 <= base->basic_size)
        t->inst_offset = base->inst_offset;
}

/* The `new` slot: static types derived directly from object do not get object's. */
static void inherit_new(struct rt_type *t, struct rt_type *base)
{
    if (t->new || !base)
        return;
    if (base == &rt_object_type)
        rt_or_relaxed(&t->flags, RT_TF_NO_NEW);
    else if (!rt_type_has(base, RT_TF_NO_NEW))
        t->new = base->new;
    else
        rt_or_relaxed(&t->flags, RT_TF_NO_NEW);
}

static void finish_storage(struct rt_type *t)
{
    t->native_traverse = t->traverse;
    t->native_clear = t->clear;
    if (rt_type_has(t, RT_TF_DICT)) {
        t->traverse = rt_instance_traverse;
        t->clear = rt_instance_clear;
        rt_or_relaxed(&t->flags, RT_TF_GC);
    }
}

static void version_init(struct rt_thread *ts, struct rt_type *t)
{
    rt_type_lock();
    rt_type_modified_locked(ts, t);
    rt_type_unlock();
}

static int ready_bases(struct rt_thread *ts, struct rt_type *t)
{
    if (!t->base && t != &rt_object_type)
        t->base = &rt_object_type;
    if (t->base && !rt_type_has(t->base, RT_TF_READY) && rt_type_ready(ts, t->base) < 0)
        return -1;
    if (!t->meta)
        t->meta = t->base ? rt_type_of_obj(&t->base->hdr) : &rt_type_type;
    if (rt_shape_init_type(ts, t->meta) < 0)
        return -1;
    rt_store_release(&t->hdr.shape, t->meta->shape->id);
    if (!rt_is_null(rt_type_bases_borrowed(t)))
        return 0; /* preset: several bases */
    rt_value base = t->base ? rt_type_value(t->base) : RT_NULL;
    rt_value bases = t->base ? rt_tuple_from(ts, &base, 1) : rt_tuple_empty();
    if (rt_is_null(bases))
        return -1;
    rt_immortalize(ts, bases);
    rt_slot_init(&t->bases, rt_borrowed(bases));
    return 0;
}

static int ready_static(struct rt_thread *ts, struct rt_type *t)
{
    rt_or_relaxed(&t->flags, RT_TF_READYING | RT_TF_IMMUTABLE); /* recursion ends here */
    if (ready_bases(ts, t) < 0)
        return -1;
    rt_value dict = rt_dict_new(ts);
    if (rt_is_null(dict))
        return -1;
    rt_immortalize(ts, dict);
    rt_slot_init(&t->dict, dict = rt_borrowed(dict));
    if (t->base)
        inherit_body(t, t->base);
    if (!rt_type_has(t, RT_TF_VARSIZED) && t->item_size)
        rt_or_relaxed(&t->flags, RT_TF_VARSIZED);
    if (t->traverse)
        rt_or_relaxed(&t->flags, RT_TF_GC);
    if (rt_mro_compute(ts, t) < 0)
        return -1;
    inherit_new(t, t->base);
    if (fill_dict(ts, t, dict) < 0)
        return -1;
    struct rt_tuple *mro = rt_as_tuple(rt_type_mro_borrowed(t));
    for (size_t i = 1; i < mro->length; i++)
        rt_slots_inherit(t, rt_as_type(mro->items[i]));
    finish_storage(t);
    if (rt_shape_init_type(ts, t) < 0)
        return -1;
    version_init(ts, t);
    if (rt_type_link(ts, t, rt_type_bases_borrowed(t)) < 0)
        return -1;
    rt_store_release(&t->flags, rt_load_relaxed(&t->flags) | RT_TF_READY);
    return 0;
}

/* Several interpreters may ready the same type on demand. */
static pthread_mutex_t ready_lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;

int rt_type_ready_filled(struct rt_thread *ts, struct rt_type *t, void (*fill)(void))
{
    if (rt_load_acquire(&t->flags) & RT_TF_READY)
        return 0;
    pthread_mutex_lock(&ready_lock);
    int r = 0;
    if (!(rt_load_relaxed(&t->flags) & (RT_TF_READY | RT_TF_READYING))) {
        if (fill)
            fill();
        r = ready_static(ts, t);
    }
    pthread_mutex_unlock(&ready_lock);
    return r;
}

int rt_type_ready(struct rt_thread *ts, struct rt_type *t) { return rt_type_ready_filled(ts, t, NULL); }

/* ---- start-up -------------------------------------------------------------------------------- */

void rt_object_init_early(struct rt_thread *ts)
{
    static struct rt_type *const first[] = {
        &rt_type_type,        &rt_object_type,         &rt_str_type,          &rt_tuple_type,
        &rt_list_type,        &rt_dict_type,           &rt_int_type,          &rt_bytes_type,
        &rt_builtin_type,     &rt_method_descr_type,   &rt_wrapper_descr_type, &rt_getset_descr_type,
        &rt_member_descr_type, &rt_classmethod_descr_type, &rt_staticmethod_type,
    };
    rt_shapes_init();
    for (size_t i = 0; i < RT_COUNTOF(first); i++) {
        if (first[i]->item_size) /* the shape must know before the type is readied */
            rt_or_relaxed(&first[i]->flags, RT_TF_VARSIZED);
        if (rt_shape_init_type(ts, first[i]) < 0)
            RT_FATAL("out of memory at start-up");
    }
}

int rt_object_init(struct rt_thread *ts)
{
    static struct rt_type *const types[] = {
        &rt_object_type, &rt_type_type, &rt_str_type, &rt_int_type, &rt_bool_type, &rt_float_type,
        &rt_complex_type, &rt_tuple_type, &rt_list_type, &rt_dict_type, &rt_set_type,
        &rt_frozenset_type, &rt_bytes_type, &rt_bytearray_type, &rt_memoryview_type, &rt_slice_type,
        &rt_range_type, &rt_none_type, &rt_notimpl_type, &rt_ellipsis_type, &rt_builtin_type,
        &rt_method_descr_type, &rt_classmethod_descr_type, &rt_getset_descr_type,
        &rt_member_descr_type, &rt_wrapper_descr_type, &rt_method_wrapper_type, &rt_property_type,
        &rt_classmethod_type, &rt_staticmethod_type, &rt_super_type, &rt_mappingproxy_type,
        &rt_module_type, &rt_namespace_type, &rt_generic_alias_type, &rt_union_type,
        &rt_weakref_type, &rt_function_type, &rt_method_type, &rt_code_type, &rt_frame_type,
        &rt_traceback_type, &rt_generator_type, &rt_coroutine_type, &rt_async_gen_type,
        &rt_cell_type, &rt_enumerate_type, &rt_zip_type, &rt_map_type, &rt_filter_type,
        &rt_reversed_type, &rt_dict_keys_type, &rt_dict_values_type, &rt_dict_items_type,
    };
    rt_slots_init(ts);
    for (size_t i = 0; i < RT_COUNTOF(types); i++)
        if (rt_type_ready(ts, types[i]) < 0)
            return -1;
    return rt_object_init_more(ts);
}
