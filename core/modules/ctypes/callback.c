/* SPDX-License-Identifier: MIT */
/*
 * _ctypes: Python functions that C code calls.
 *
 * C may call from a thread of ours that is detached (inside a foreign call) or attached (inside one of the
 * functions on Python objects), or from a thread that the runtime has never seen: that one gets a record of its
 * own for the time of the call. An exception cannot leave through C: sys.unraisablehook gets it.
 */
#include <alloca.h>
#include <errno.h>

#include "core/modules/ctypes/ctypes_internal.h"
#include "core/object/object_internal.h"
#include "core/thread/thread.h"

struct thunk {
    struct rt_object hdr;
    rt_value callable, sig;    /* owned */
    uint32_t flags;
    ffi_closure *closure;
    struct rt_interp *interp;
    ffi_cif cif;
    ffi_type **types;          /* raw memory */
};
#define THUNK(v) ((struct thunk *)rt_ptr(v))

/* ---- getting in ---- */

struct entry { struct rt_thread *ts, *before; bool was_attached, is_new; };

static bool enter(struct entry *e, struct rt_interp *in)
{
    struct rt_thread *ts = e->before = rt_current_thread;
    e->is_new = false;
    e->was_attached = ts && rt_state_is_attached(ts);
    if (ts && ts->interp == in) {
        if (!e->was_attached)
            rt_attach(ts);
        e->ts = ts;
        return true;
    }
    if (ts && e->was_attached)
        rt_detach(ts, RT_DETACH_NATIVE);
    if (!(e->ts = rt_thread_new(in)))
        return false;
    e->is_new = true;
    rt_thread_bind(e->ts);
    rt_attach(e->ts);
    return true;
}

static void leave(struct entry *e)
{
    if (!e->is_new) {
        if (e->ts && !e->was_attached)
            rt_detach(e->ts, RT_DETACH_NATIVE);
        return;
    }
    rt_thread_exit(e->ts);
    if (e->before) {
        rt_current_thread = e->before;
        if (e->was_attached)
            rt_attach(e->before);
    }
}

/* ---- the call ---- */

static rt_value arg_value(struct rt_thread *ts, rt_value type, void *at, size_t i)
{
    struct ct_layout *l = ct_layout_of(type);
    if (!l)
        return rt_raise(ts, &rt_exc_TypeError, "cannot build parameter");
    if (l->code && l->direct)
        return ct_load(ts, l->code, l->swapped, at);
    rt_value v = rt_call0(ts, type);
    if (rt_is_null(v))
        return v;
    if (!ct_is_data(v)) {
        rt_decref(ts, v);
        return rt_raise(ts, &rt_exc_TypeError, "unexpected result of create argument %zd:", (ssize_t)i);
    }
    rt_racy_copy(ct_ptr(v), at, (size_t)l->size);
    return v;
}

static void give_result(struct rt_thread *ts, struct thunk *k, rt_value v, char *to)
{
    rt_value restype = ((struct ct_sig *)rt_ptr(k->sig))->restype;
    struct ct_layout *l = rt_is_null(restype) || rt_is_none(restype) ? NULL : ct_layout_of(restype);
    if (!l)
        return;
    if (l->code->code == 'O') { /* with its count */
        uint64_t bits = rt_newref(ts, v).bits;
        memcpy(to, &bits, sizeof bits);
        return;
    }
    union ct_word w;
    memset(&w, 0, sizeof w);
    rt_value keep = ct_store(ts, l->code, l->swapped, w.bytes, v);
    if (rt_is_null(keep)) {
        rt_write_unraisable_msg(ts, "on converting result of ctypes callback function", k->callable);
        return;
    }
    if (strchr("bhilqc", l->code->code)) { /* C wants small integers as wide as a register */
        int64_t i = l->code->size == 1 ? w.b : l->code->size == 2 ? w.h : l->code->size == 4 ? w.i : w.l;
        memcpy(to, &i, sizeof i);
    } else {
        memcpy(to, w.bytes, l->code->size > 8 ? l->code->size : l->code->code == 'f' ? 4 : 8);
    }
    if (!rt_is_none(keep)) {
        rt_newref(ts, keep); /* C has its address for good */
        if (rt_warn(ts, &rt_exc_RuntimeWarning, 1, "memory leak in callback function.") < 0)
            rt_write_unraisable_msg(ts, "on converting result of ctypes callback function", k->callable);
    }
    rt_decref(ts, keep);
}

static void swap_errno(struct rt_thread *ts, const struct thunk *k, int *now)
{
    if (!(k->flags & CT_FUNC_ERRNO))
        return;
    int *saved = ct_errno(ts), e = *saved;
    *saved = *now;
    *now = e;
}

/* [attached; py] */
static void call_python(struct rt_thread *ts, struct thunk *k, void *to, void **at, int *e)
{
    struct ct_sig *sig = (struct ct_sig *)rt_ptr(k->sig);
    rt_value *args = alloca((sig->n + 1) * sizeof *args), r = RT_NULL;
    uint32_t n = 0;
    while (n < sig->n && !rt_is_null(args[n] = arg_value(ts, rt_as_tuple(sig->argtypes)->items[n], at[n], n)))
        n++;
    if (n == sig->n) {
        swap_errno(ts, k, e);
        r = rt_call(ts, k->callable, args, n, RT_NULL);
        swap_errno(ts, k, e);
        if (rt_is_null(r))
            rt_write_unraisable_msg(ts, "on calling ctypes callback function", k->callable);
        else
            give_result(ts, k, r, to);
    } else {
        rt_write_unraisable_msg(ts, "on creating argument of ctypes callback function", k->callable);
    }
    rt_decref(ts, r);
    while (n)
        rt_decref(ts, args[--n]);
}

static void on_call(ffi_cif *cif, void *to, void **at, void *user)
{
    struct thunk *k = user;
    struct entry e;
    int saved = errno;
    if (cif->rtype->type != FFI_TYPE_VOID)
        memset(to, 0, cif->rtype->size > sizeof(ffi_arg) ? cif->rtype->size : sizeof(ffi_arg));
    if (!enter(&e, k->interp))
        return; /* no memory for a thread record */
    rt_value pending = rt_exc_take(e.ts), self = rt_newref_obj(e.ts, &k->hdr);
    call_python(e.ts, k, to, at, &saved);
    rt_decref(e.ts, self);
    rt_exc_put(e.ts, pending);
    leave(&e);
    errno = saved;
}

/* ---- life ---- */

static int set_up(struct rt_thread *ts, struct thunk *k, const struct ct_sig *sig, void **entry)
{
    if (!(k->types = rt_raw_calloc(sig->n + 1, sizeof *k->types)) || !(k->closure = ffi_closure_alloc(sizeof *k->closure, entry))) {
        rt_raise_no_memory(ts);
        return -1;
    }
    for (uint32_t i = 0; i < sig->n; i++) {
        struct ct_layout *l = ct_layout_of(rt_as_tuple(sig->argtypes)->items[i]);
        k->types[i] = !l ? &ct_ffi_int : l->code ? l->code->ffi : &l->ffi;
    }
    if (ffi_prep_cif(&k->cif, FFI_DEFAULT_ABI, sig->n, ct_result_ffi(rt_is_null(sig->restype) ? RT_NONE : sig->restype), k->types) !=
        FFI_OK) {
        rt_raise(ts, &rt_exc_RuntimeError, "ffi_prep_cif failed with %d", 1);
        return -1;
    }
    if (ffi_prep_closure_loc(k->closure, &k->cif, on_call, k, *entry) != FFI_OK) {
        rt_raise(ts, &rt_exc_RuntimeError, "ffi_prep_closure failed with %d", 1);
        return -1;
    }
    return 0;
}

rt_value ct_thunk_new(struct rt_thread *ts, rt_value f, const struct ct_sig *sig, uint32_t flags, void **entry)
{
    if (!rt_is_null(sig->restype) && !rt_is_none(sig->restype)) {
        struct ct_layout *l = ct_layout_of(sig->restype);
        if (!l || !l->code)
            return rt_raise(ts, &rt_exc_TypeError, "invalid result type for callback function");
    }
    rt_value v = rt_type_alloc(ts, &ct_thunk_type);
    if (rt_is_null(v))
        return v;
    struct thunk *k = THUNK(v);
    k->callable = rt_newref(ts, f);
    k->sig = rt_newref_obj(ts, (void *)&sig->hdr);
    k->flags = flags;
    k->interp = ts->interp;
    rt_object_set_seen(&k->hdr); /* C code finds it without a count */
    if (set_up(ts, k, sig, entry) < 0)
        rt_clear(ts, &v);
    return v;
}

static int thunk_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    struct thunk *k = (struct thunk *)o;
    int r = rt_is_ptr(k->callable) ? visit(k->callable, arg) : 0;
    return r || !rt_is_ptr(k->sig) ? r : visit(k->sig, arg);
}

static void thunk_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    struct thunk *k = (struct thunk *)o;
    if (k->closure)
        ffi_closure_free(k->closure);
    rt_raw_free(k->types);
    rt_clear(ts, &k->callable);
    rt_clear(ts, &k->sig);
}

static void thunk_clear(struct rt_thread *ts, struct rt_object *o)
{
    rt_clear(ts, &((struct thunk *)o)->callable);
}

struct rt_type ct_thunk_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "_ctypes.CThunkObject", .doc = "CThunkObject", .flags = RT_TF_GC | RT_TF_NO_NEW,
    .basic_size = sizeof(struct thunk), .traverse = thunk_traverse, .clear = thunk_clear, .dealloc = thunk_dealloc,
};
