/* SPDX-License-Identifier: MIT */
/*
 * _ctypes: the call itself: arguments, errno, the way out of the runtime and back, the result.
 *
 * The thread is detached while the C function runs, unless the function is one of those that work on Python
 * objects (FUNCFLAG_PYTHONAPI). What arguments point to is kept by the words in `args` and by ct_arg.keep.
 */
#include <alloca.h>
#include <errno.h>
#include <stdio.h>

#include "core/modules/ctypes/ctypes_internal.h"

int *ct_errno(struct rt_thread *ts) { return (int *)(void *)&ts->thread_private[RT_TSLOT_CTYPES_ERRNO]; }

struct rt_type *ct_argument_error(struct rt_thread *ts)
{
    rt_value v = rt_interp_kept(ts, "_ctypes.ArgumentError");
    struct rt_type *t = rt_is_null(v) ? &rt_exc_TypeError : rt_as_type(v);
    rt_decref(ts, v); /* a class: the interpreter has it */
    return t;
}

static int bad_argument(struct rt_thread *ts, uint32_t i)
{
    char prefix[32];
    snprintf(prefix, sizeof prefix, "argument %u: ", i + 1);
    ct_extend_error(ts, ct_argument_error(ts), prefix);
    return -1;
}

/* Through a from_param that is not the type's own. */
static int arg_converted(struct rt_thread *ts, rt_value converter, rt_value v, uint32_t number, struct ct_arg *out)
{
    rt_value p = rt_call1(ts, converter, v), both;
    out->keep = RT_NULL;
    if (rt_is_null(p))
        return -1;
    if (ct_arg(ts, p, number, out) < 0) {
        rt_decref(ts, p);
        return -1;
    }
    if (rt_is_null(out->keep)) {
        out->keep = p;
        return 0;
    }
    both = rt_tuple_pack(ts, 2, p, out->keep);
    rt_decref(ts, out->keep);
    rt_decref(ts, p);
    out->keep = both;
    return rt_is_null(both) ? -1 : 0;
}

static int one_arg(struct rt_thread *ts, const struct ct_sig *sig, rt_value v, uint32_t i, struct ct_arg *out)
{
    int r;
    if (!sig || i >= sig->n)
        r = ct_arg(ts, v, i + 1, out);
    else if (sig->fast[i])
        r = ct_arg_as(ts, sig->fast[i], v, i + 1, out);
    else
        r = arg_converted(ts, rt_as_tuple(sig->converters)->items[i], v, i + 1, out);
    if (rt_unlikely(r < 0)) {
        rt_clear(ts, &out->keep);
        return bad_argument(ts, i);
    }
    return 0;
}

static rt_value word_result(struct rt_thread *ts, const char *at)
{
    uint64_t bits;
    memcpy(&bits, at, sizeof bits);
    if (!bits)
        return rt_raise(ts, &rt_exc_ValueError, "PyObject is NULL");
    rt_value v = RT_VALUE(bits);
    return rt_is_ptr(v) && !rt_is_counted(v) ? rt_newref(ts, v) : v; /* the function gave its count away */
}

static rt_value result_of(struct rt_thread *ts, rt_value restype, const char *at)
{
    if (rt_is_null(restype))
        return rt_int_imm(*(const int *)at);
    if (rt_is_none(restype))
        return restype;
    const struct ct_layout *l = ct_layout_of(restype);
    if (!l)
        return rt_call1(ts, restype, rt_int_imm(*(const int *)at));
    if (l->code && l->direct)
        return l->code->code == 'O' ? word_result(ts, at) : ct_load(ts, l->code, l->swapped, at);
    return ct_data_copy(ts, CT_TYPE(restype), at);
}

static rt_value checked_result(struct rt_thread *ts, const struct ct_sig *sig, const char *at)
{
    rt_value r = result_of(ts, sig ? sig->restype : RT_NULL, at);
    if (rt_is_null(r) || !sig || rt_is_null(sig->checker))
        return r;
    rt_value checked = rt_call1(ts, sig->checker, r);
    rt_decref(ts, r);
    return checked;
}

static void swap_errno(int *saved)
{
    int e = *saved;
    *saved = errno;
    errno = e;
}

static void run(struct rt_thread *ts, ffi_cif *cif, void *f, uint32_t flags, void *result, void **values)
{
    int *saved = flags & CT_FUNC_ERRNO ? ct_errno(ts) : NULL;
    if (!(flags & CT_FUNC_PYTHONAPI))
        rt_detach(ts, RT_DETACH_NATIVE);
    if (saved)
        swap_errno(saved);
    ffi_call(cif, FFI_FN(f), result, values);
    if (saved)
        swap_errno(saved);
    if (!(flags & CT_FUNC_PYTHONAPI))
        rt_attach(ts);
}

/* r: what the result is now; a structure may have got its fields since the signature was made. */
static bool as_expected(const struct ct_sig *sig, const ffi_type *r, const struct ct_arg *a, uint32_t n)
{
    if (!sig || !sig->prepared || sig->n != n || sig->rffi != r)
        return false;
    for (uint32_t i = 0; i < n; i++)
        if (a[i].ffi != sig->ffi[i])
            return false;
    return true;
}

static int prepare(struct rt_thread *ts, ffi_cif *cif, const struct ct_sig *sig, ffi_type *r, const struct ct_arg *a, uint32_t n,
                   ffi_type **types)
{
    for (uint32_t i = 0; i < n; i++)
        types[i] = a[i].ffi;
    ffi_status s = sig && sig->n && sig->n < n ? ffi_prep_cif_var(cif, FFI_DEFAULT_ABI, sig->n, n, r, types)
                                              : ffi_prep_cif(cif, FFI_DEFAULT_ABI, n, r, types);
    if (s == FFI_OK)
        return 0;
    rt_raise(ts, &rt_exc_RuntimeError, "ffi_prep_cif failed");
    return -1;
}

/* Bytes that the result may need: never less than a register. */
static size_t result_room(const struct ct_layout *l)
{
    return l && l->size > 16 ? RT_ROUND_UP((size_t)l->size, 16) : 16;
}

static rt_value call_ready(struct rt_thread *ts, void *f, const struct ct_sig *sig, uint32_t flags, struct ct_arg *a, uint32_t n)
{
    ffi_cif own, *cif = &own;
    void **values = alloca((n + 1) * sizeof *values);
    rt_value restype = sig ? sig->restype : RT_NULL;
    ffi_type *rffi = ct_result_ffi(restype);
    size_t room = result_room(rt_is_null(restype) ? NULL : ct_layout_of(restype));
    char *result = room > 4096 ? rt_raw_malloc(room) : alloca(room + 16);
    if (!result)
        return rt_raise_no_memory(ts);
    char *at = (char *)RT_ROUND_UP((uintptr_t)result, 16);
    rt_value r = RT_NULL;
    if (as_expected(sig, rffi, a, n))
        cif = (ffi_cif *)&sig->cif;
    else if (prepare(ts, cif, sig, rffi, a, n, alloca((n + 1) * sizeof(ffi_type *))) < 0)
        goto done;
    for (uint32_t i = 0; i < n; i++)
        values[i] = a[i].at;
    memset(at, 0, 16);
    if (rt_unlikely(room > 16))
        memset(at + 16, 0, room - 16);
    run(ts, cif, f, flags, at, values);
    r = rt_pending(ts) ? RT_NULL : checked_result(ts, sig, at);
done:
    if (room > 4096)
        rt_raw_free(result);
    return r;
}

rt_value ct_call(struct rt_thread *ts, void *f, const struct ct_sig *sig, uint32_t flags, const rt_value *args, uint32_t n)
{
    uint32_t done = 0;
    rt_value r = RT_NULL;
    if (n > CT_MAX_ARGS)
        return rt_raise(ts, ct_argument_error(ts), "too many arguments (%zi), maximum is %i", (ssize_t)n, CT_MAX_ARGS);
    if (!f)
        return rt_raise(ts, &rt_exc_ValueError, "attempt to call a NULL function pointer");
    struct ct_arg *a = alloca((n + 1) * sizeof *a);
    a = (struct ct_arg *)RT_ROUND_UP((uintptr_t)a, _Alignof(struct ct_arg));
    while (done < n && one_arg(ts, sig, args[done], done, &a[done]) == 0)
        done++;
    if (done == n)
        r = call_ready(ts, f, sig, flags, a, n);
    for (uint32_t i = 0; i < done; i++)
        rt_decref(ts, a[i].keep);
    return r;
}
