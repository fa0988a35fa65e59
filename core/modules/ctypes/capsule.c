/* SPDX-License-Identifier: MIT */
/*
 * _ctypes: capsules, a pointer with a name in an object, made and read through ctypes.pythonapi. Programs that move
 * functions between processes make one to know its type. What a capsule holds is told by single words: threads that
 * set and read one see an old or a new one of each. Destructors are refused: a capsule that dies calls nothing.
 */
#include "core/modules/ctypes/ctypes_internal.h"
#include "core/thread/thread.h"

#define API __attribute__((visibility("default"), used))
typedef uint64_t word; /* as in pythonapi.c */
typedef void (*destroy_fn)(word capsule);

struct capsule {
    struct rt_object hdr;
    void *_Atomic pointer, *_Atomic context;
    const char *_Atomic name;
};

static struct rt_thread *me(void) { return rt_current_thread; }

static struct capsule *valid(word v)
{
    bool is = v && rt_is_ptr(RT_VALUE(v)) && rt_is_exact(RT_VALUE(v), &ct_capsule_type);
    struct capsule *c = is ? (struct capsule *)rt_ptr(RT_VALUE(v)) : NULL;
    return c && rt_load_acquire(&c->pointer) ? c : NULL;
}

static struct capsule *check(word v, const char *function)
{
    struct capsule *c = valid(v);
    if (!c)
        rt_raise(me(), &rt_exc_ValueError, "%s called with invalid PyCapsule object", function);
    return c;
}

static bool same_name(struct capsule *c, const char *name)
{
    const char *own = rt_load_acquire(&c->name);
    return own && name ? !strcmp(own, name) : own == name;
}

static int no_destructor(destroy_fn destroy)
{
    if (destroy)
        rt_raise(me(), &rt_exc_NotImplementedError, "a PyCapsule with a destructor");
    return destroy ? -1 : 0;
}

API word PyCapsule_New(void *pointer, const char *name, destroy_fn destroy);
API word PyCapsule_New(void *pointer, const char *name, destroy_fn destroy)
{
    struct rt_thread *ts = me();
    if (!pointer)
        return rt_raise(ts, &rt_exc_ValueError, "PyCapsule_New called with null pointer").bits;
    if (no_destructor(destroy) < 0)
        return 0;
    struct capsule *c = rt_object_new(ts, &ct_capsule_type, sizeof(*c));
    if (!c)
        return 0;
    rt_store_relaxed(&c->pointer, pointer);
    rt_store_relaxed(&c->context, NULL);
    rt_store_relaxed(&c->name, name);
    return rt_own(c).bits;
}
API int PyCapsule_IsValid(word v, const char *name);
API int PyCapsule_IsValid(word v, const char *name)
{
    struct capsule *c = valid(v);
    return c && same_name(c, name);
}
API void *PyCapsule_GetPointer(word v, const char *name);
API void *PyCapsule_GetPointer(word v, const char *name)
{
    struct capsule *c = check(v, "PyCapsule_GetPointer");
    if (c && !same_name(c, name)) {
        rt_raise(me(), &rt_exc_ValueError, "PyCapsule_GetPointer called with incorrect name");
        return NULL;
    }
    return c ? rt_load_acquire(&c->pointer) : NULL;
}
API const char *PyCapsule_GetName(word v);
API const char *PyCapsule_GetName(word v)
{
    struct capsule *c = check(v, "PyCapsule_GetName");
    return c ? rt_load_acquire(&c->name) : NULL;
}
API void *PyCapsule_GetContext(word v);
API void *PyCapsule_GetContext(word v)
{
    struct capsule *c = check(v, "PyCapsule_GetContext");
    return c ? rt_load_acquire(&c->context) : NULL;
}
API destroy_fn PyCapsule_GetDestructor(word v);
API destroy_fn PyCapsule_GetDestructor(word v)
{
    struct capsule *c = check(v, "PyCapsule_GetDestructor");
    (void)c;
    return NULL;
}
API int PyCapsule_SetPointer(word v, void *pointer);
API int PyCapsule_SetPointer(word v, void *pointer)
{
    struct capsule *c = pointer ? check(v, "PyCapsule_SetPointer") : NULL;
    if (!pointer)
        rt_raise(me(), &rt_exc_ValueError, "PyCapsule_SetPointer called with null pointer");
    if (c)
        rt_store_release(&c->pointer, pointer);
    return c ? 0 : -1;
}
API int PyCapsule_SetName(word v, const char *name);
API int PyCapsule_SetName(word v, const char *name)
{
    struct capsule *c = check(v, "PyCapsule_SetName");
    if (c)
        rt_store_release(&c->name, name);
    return c ? 0 : -1;
}
API int PyCapsule_SetContext(word v, void *context);
API int PyCapsule_SetContext(word v, void *context)
{
    struct capsule *c = check(v, "PyCapsule_SetContext");
    if (c)
        rt_store_release(&c->context, context);
    return c ? 0 : -1;
}
API int PyCapsule_SetDestructor(word v, destroy_fn destroy);
API int PyCapsule_SetDestructor(word v, destroy_fn destroy)
{
    struct capsule *c = check(v, "PyCapsule_SetDestructor");
    return c ? no_destructor(destroy) : -1;
}

static rt_value capsule_repr(struct rt_thread *ts, rt_value self)
{
    const char *name = rt_load_acquire(&((struct capsule *)rt_ptr(self))->name);
    return rt_str_format(ts, "<capsule object %s%s%s at %p>", name ? "\"" : "", name ? name : "NULL", name ? "\"" : "", rt_ptr(self));
}

struct rt_type ct_capsule_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "PyCapsule", .flags = RT_TF_NO_NEW, .basic_size = sizeof(struct capsule), .repr = capsule_repr,
    .doc = "Capsule objects let you wrap a C \"void *\" pointer in a Python object.",
};
