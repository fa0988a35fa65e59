/* SPDX-License-Identifier: MIT */
/* The builtins module: functions. Its types and exceptions are added in sys_init.c. */
#include <unistd.h>

#include "core/compiler/compile.h"
#include "core/compiler/opinfo.h"
#include "core/types/cursor.h"
#include "core/eval/frame.h"
#include "core/builtins/builtins.h"
#include "core/seam/config.h"
#include "core/builtins/codecache.h"
#include "core/eval/gen.h"

#define ARGS const rt_value *args, uint32_t n
#define SPEC(fn, npos_only, min, max, total, ...)                        \
    static const char *const names_[] = {__VA_ARGS__, NULL};             \
    static const struct rt_argspec spec_ = {fn, names_, npos_only, min, max, total}; \
    rt_value v[total];                                                   \
    if (rt_args(ts, &spec_, args, n, kw, v) < 0)                         \
    return RT_NULL

static rt_value b_abs(struct rt_thread *ts, rt_value self, rt_value x) { return rt_unary(ts, x, RT_UN_ABS); }
static rt_value b_ascii(struct rt_thread *ts, rt_value self, rt_value x) { return rt_ascii(ts, x); }
static rt_value b_repr(struct rt_thread *ts, rt_value self, rt_value x) { return rt_repr(ts, x); }
static rt_value b_id(struct rt_thread *ts, rt_value self, rt_value x) 
{
    rt_value id = rt_id(ts, x);
    if (rt_audit(ts, "builtins.id", "O", id) < 0)
        rt_clear(ts, &id);
    return id;
}
static rt_value b_callable(struct rt_thread *ts, rt_value self, rt_value x) { return rt_bool(rt_is_callable(x)); }
static rt_value b_len(struct rt_thread *ts, rt_value self, rt_value x)
{
    if (rt_is_ptr(x)) {
        struct rt_type *t = rt_type_of_obj(rt_ptr(x));
        if (t == &rt_list_type)
            return rt_int_imm((int64_t)rt_list_len(x));
        if (t == &rt_str_type)
            return rt_int_imm((int64_t)rt_str_len(x));
        if (t == &rt_dict_type)
            return rt_int_imm((int64_t)rt_dict_len(x));
        if (t == &rt_tuple_type)
            return rt_int_imm((int64_t)rt_as_tuple(x)->length);
    }
    int64_t len = rt_len(ts, x);
    return len < 0 ? RT_NULL : rt_int_from_i64(ts, len);
}
static rt_value b_hash(struct rt_thread *ts, rt_value self, rt_value x)
{
    int64_t h = rt_hash(ts, x);
    return h == -1 ? RT_NULL : rt_int_from_i64(ts, h);
}

static rt_value all_any(struct rt_thread *ts, rt_value x, bool all)
{
    struct rt_cursor walk;
    rt_value item, res = rt_bool(all);
    if (rt_cursor_open(ts, &walk, x) < 0)
        return RT_NULL;
    while (!rt_is_stop(item = rt_cursor_next(ts, &walk))) {
        int t = item.bits ? rt_truth(ts, item) : -1;
        rt_decref(ts, item);
        if (t < 0) {
            res = RT_NULL;
            break;
        }
        if (t != all) {
            res = rt_bool(!all);
            break;
        }
    }
    rt_cursor_close(ts, &walk);
    return res;
}
static rt_value b_all(struct rt_thread *ts, rt_value self, rt_value x) { return all_any(ts, x, true); }
static rt_value b_any(struct rt_thread *ts, rt_value self, rt_value x) { return all_any(ts, x, false); }

static rt_value in_base(struct rt_thread *ts, rt_value x, int base)
{
    rt_value i = rt_index(ts, x), s;
    if (rt_is_null(i))
        return i;
    s = rt_int_to_str(ts, i, base, true);
    rt_decref(ts, i);
    return s;
}
static rt_value b_bin(struct rt_thread *ts, rt_value self, rt_value x) { return in_base(ts, x, 2); }
static rt_value b_oct(struct rt_thread *ts, rt_value self, rt_value x) { return in_base(ts, x, 8); }
static rt_value b_hex(struct rt_thread *ts, rt_value self, rt_value x) { return in_base(ts, x, 16); }

static rt_value b_chr(struct rt_thread *ts, rt_value self, rt_value x)
{
    int i = rt_as_int(ts, x);
    if (rt_pending(ts)) {
        if (rt_exc_clear_if(ts, &rt_exc_OverflowError))
            rt_raise(ts, &rt_exc_OverflowError, rt_is_any_int(x) && rt_int_sign(x) < 0 ? "signed integer is less than minimum" : "Python int too large to convert to C int");
        return RT_NULL;
    }
    if (i < 0 || i > 0x10ffff)
        return rt_raise(ts, &rt_exc_ValueError, "chr() arg not in range(0x110000)");
    return rt_str_from_char(ts, (uint32_t)i);
}
static rt_value b_ord(struct rt_thread *ts, rt_value self, rt_value x)
{
    size_t len;
    if (rt_is_str(x)) {
        len = rt_str_len(x);
        if (len == 1)
            return rt_int_imm(rt_str_at(rt_as_str(x), 0));
    } else if (rt_is_bytes(x)) {
        len = rt_as_bytes(x)->length;
        if (len == 1)
            return rt_int_imm((uint8_t)rt_as_bytes(x)->data[0]);
    } else if (rt_is_ptr(x) && rt_has(x, RT_TF_BYTEARRAY)) {
        len = (size_t)rt_len(ts, x);
        if (len == 1)
            return rt_seq_getitem(ts, x, 0);
    } else {
        return rt_raise(ts, &rt_exc_TypeError, "ord() expected string of length 1, but %T found", x);
    }
    return rt_raise(ts, &rt_exc_TypeError, "ord() expected a character, but string of length %zu found", len);
}

static rt_value b_divmod(struct rt_thread *ts, rt_value self, ARGS)
{
    if (rt_args_count(ts, "divmod", n, 2, 2) < 0)
        return RT_NULL;
    return rt_binary(ts, args[0], args[1], RT_BIN_DIVMOD);
}
static rt_value b_pow(struct rt_thread *ts, rt_value self, ARGS, rt_value kw)
{
    SPEC("pow", 0, 2, 3, 3, "base", "exp", "mod");
    return rt_power(ts, v[0], v[1], v[2].bits ? v[2] : RT_NONE);
}
static rt_value b_round(struct rt_thread *ts, rt_value self, ARGS, rt_value kw)
{
    SPEC("round", 0, 1, 2, 2, "number", "ndigits");
    rt_value me, m = rt_lookup_special(ts, v[0], "__round__", &me), res;
    if (rt_is_null(m))
        return rt_pending(ts) ? m : rt_raise(ts, &rt_exc_TypeError, "type %.100T doesn't define __round__ method", v[0]);
    rt_value argv[2], *p = argv;
    if (me.bits)
        *p++ = me;
    if (v[1].bits && !rt_is_none(v[1]))
        *p++ = v[1];
    res = rt_call(ts, m, argv, (uint32_t)(p - argv), RT_NULL);
    rt_decref(ts, m);
    return res;
}

/* ---- attributes ---- */
static rt_value b_getattr(struct rt_thread *ts, rt_value self, ARGS)
{
    if (rt_args_count(ts, "getattr", n, 2, 3) < 0)
        return RT_NULL;
    if (n == 2)
        return rt_getattr(ts, args[0], args[1]);
    rt_value r = rt_getattr_opt(ts, args[0], args[1]);
    return r.bits || rt_pending(ts) ? r : rt_newref(ts, args[2]);
}
static rt_value b_hasattr(struct rt_thread *ts, rt_value self, ARGS)
{
    if (rt_args_count(ts, "hasattr", n, 2, 2) < 0)
        return RT_NULL;
    rt_value r = rt_getattr_opt(ts, args[0], args[1]);
    if (rt_is_null(r) && rt_pending(ts))
        return r;
    rt_decref(ts, r);
    return rt_bool(r.bits != 0);
}
static rt_value b_setattr(struct rt_thread *ts, rt_value self, ARGS)
{
    if (rt_args_count(ts, "setattr", n, 3, 3) < 0 || rt_setattr(ts, args[0], args[1], args[2]) < 0)
        return RT_NULL;
    return RT_NONE;
}
static rt_value b_delattr(struct rt_thread *ts, rt_value self, ARGS)
{
    if (rt_args_count(ts, "delattr", n, 2, 2) < 0 || rt_setattr(ts, args[0], args[1], RT_NULL) < 0)
        return RT_NULL;
    return RT_NONE;
}
static rt_value b_isinstance(struct rt_thread *ts, rt_value self, ARGS)
{
    if (rt_args_count(ts, "isinstance", n, 2, 2) < 0)
        return RT_NULL;
    int t = rt_isinstance(ts, args[0], args[1]);
    return t < 0 ? RT_NULL : rt_bool(t);
}
static rt_value b_issubclass(struct rt_thread *ts, rt_value self, ARGS)
{
    if (rt_args_count(ts, "issubclass", n, 2, 2) < 0)
        return RT_NULL;
    int t = rt_issubclass(ts, args[0], args[1]);
    return t < 0 ? RT_NULL : rt_bool(t);
}
static rt_value no_frame(struct rt_thread *ts) { return rt_raise(ts, &rt_exc_SystemError, "frame does not exist"); }
static rt_value b_globals(struct rt_thread *ts, rt_value self)
{
    return ts->frame ? rt_newref(ts, rt_frame_globals_borrowed(ts->frame)) : no_frame(ts);
}
static rt_value b_locals(struct rt_thread *ts, rt_value self)
{
    return ts->frame ? rt_frame_locals(ts, ts->frame) : no_frame(ts);
}
static rt_value b_vars(struct rt_thread *ts, rt_value self, ARGS)
{
    if (rt_args_count(ts, "vars", n, 0, 1) < 0)
        return RT_NULL;
    if (n == 0)
        return b_locals(ts, self);
    rt_value d = rt_getattr_opt(ts, args[0], RT_ID(__dict__));
    return d.bits || rt_pending(ts) ? d : rt_raise(ts, &rt_exc_TypeError, "vars() argument must have __dict__ attribute");
}
static rt_value b_dir(struct rt_thread *ts, rt_value self, ARGS)
{
    if (rt_args_count(ts, "dir", n, 0, 1) < 0)
        return RT_NULL;
    if (n)
        return rt_dir(ts, args[0]);
    rt_value l = b_locals(ts, self), keys;
    if (rt_is_null(l))
        return l;
    keys = rt_mapping_keys(ts, l);
    rt_decref(ts, l);
    if (keys.bits && rt_list_sort(ts, keys, RT_NULL, false) < 0)
        rt_clear(ts, &keys);
    return keys;
}

/* ---- iteration ---- */
static rt_value b_iter(struct rt_thread *ts, rt_value self, ARGS)
{
    if (rt_args_count(ts, "iter", n, 1, 2) < 0)
        return RT_NULL;
    if (n == 1)
        return rt_iter(ts, args[0]);
    if (!rt_is_callable(args[0]))
        return rt_raise(ts, &rt_exc_TypeError, "iter(v, w): v must be callable");
    return rt_callable_iter_new(ts, args[0], args[1]);
}
static rt_value b_next(struct rt_thread *ts, rt_value self, ARGS)
{
    if (rt_args_count(ts, "next", n, 1, 2) < 0)
        return RT_NULL;
    if (!rt_is_iterator(args[0]))
        return rt_raise(ts, &rt_exc_TypeError, "'%.200T' object is not an iterator", args[0]);
    rt_value r = rt_next(ts, args[0]);
    if (!rt_is_stop(r)) {
        if (rt_is_null(r) && n == 2 && rt_exc_clear_if(ts, &rt_exc_StopIteration))
            return rt_newref(ts, args[1]);
        return r;
    }
    if (n == 2) {
        rt_clear(ts, &ts->stop_value);
        return rt_newref(ts, args[1]);
    }
    rt_raise_stop_iteration(ts);
    return RT_NULL;
}
static rt_value b_aiter(struct rt_thread *ts, rt_value self, rt_value x)
{
    struct rt_type *t = rt_type_of(x);
    if (!t->aiter)
        return rt_raise(ts, &rt_exc_TypeError, "'%.200T' object is not an async iterable", x);
    rt_value it = t->aiter(ts, x);
    if (it.bits && !rt_type_of(it)->anext) {
        rt_raise(ts, &rt_exc_TypeError, "aiter() returned not an async iterator of type '%.200T'", it);
        rt_clear(ts, &it);
    }
    return it;
}
static rt_value b_anext(struct rt_thread *ts, rt_value self, ARGS)
{
    if (rt_args_count(ts, "anext", n, 1, 2) < 0)
        return RT_NULL;
    struct rt_type *t = rt_type_of(args[0]);
    if (!t->anext)
        return rt_raise(ts, &rt_exc_TypeError, "'%.200T' object is not an async iterator", args[0]);
    rt_value aw = t->anext(ts, args[0]);
    if (rt_is_null(aw) || n == 1)
        return aw;
    rt_value res = rt_anext_awaitable_new(ts, aw, args[1]);
    rt_decref(ts, aw);
    return res;
}
static rt_value b_sorted(struct rt_thread *ts, rt_value self, ARGS, rt_value kw)
{
    static const char *const names[] = {"iterable", "key", "reverse", NULL};
    static const struct rt_argspec spec = {"sort", names, 1, 1, 1, 3};
    rt_value v[3];
    if (n != 1)
        return rt_raise(ts, &rt_exc_TypeError, "sorted expected 1 argument, got %u", n);
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    int reverse = 0;
    if (v[2].bits) {
        reverse = rt_as_int(ts, v[2]);
        if (rt_pending(ts))
            return RT_NULL;
    }
    rt_value l = rt_seq_list(ts, v[0]);
    if (l.bits && rt_list_sort(ts, l, v[1].bits && !rt_is_none(v[1]) ? v[1] : RT_NULL, reverse) < 0)
        rt_clear(ts, &l);
    return l;
}
static rt_value b_sum(struct rt_thread *ts, rt_value self, ARGS, rt_value kw)
{
    SPEC("sum", 1, 1, 2, 2, "iterable", "start");
    rt_value acc = v[1].bits ? rt_newref(ts, v[1]) : rt_int_imm(0), item;
    struct rt_cursor walk;
    if (v[1].bits) {
        const char *what = rt_is_str(v[1]) ? "strings [use ''.join(seq) instead]" : rt_is_bytes(v[1]) ? "bytes [use b''.join(seq) instead]"
            : rt_is_ptr(v[1]) && rt_has(v[1], RT_TF_BYTEARRAY) ? "bytearray [use b''.join(seq) instead]" : NULL;
        if (what) {
            rt_decref(ts, acc);
            return rt_raise(ts, &rt_exc_TypeError, "sum() can't sum %s", what);
        }
    }
    if (rt_cursor_open(ts, &walk, v[0]) < 0) {
        rt_decref(ts, acc);
        return RT_NULL;
    }
    while (!rt_is_stop(item = rt_cursor_next(ts, &walk))) {
        rt_value r;
        int64_t s;
        if (rt_is_null(item)) {
            rt_clear(ts, &acc);
            break;
        }
        if ((acc.bits & item.bits & 1) && !__builtin_add_overflow((int64_t)acc.bits, (int64_t)item.bits - 1, &s)) {
            acc = RT_VALUE(s);
            continue;
        }
        if (rt_is_float_imm(acc) && rt_is_float_imm(item)) {
            double sum = rt_float_imm_get(acc);
            do /* one float object for the whole run of them */
                sum += rt_float_imm_get(item);
            while (rt_is_float_imm(item = rt_cursor_next(ts, &walk)));
            acc = rt_float_new(ts, sum);
            if (rt_is_stop(item))
                break;
            if (rt_is_null(item) || rt_is_null(acc)) {
                rt_decref(ts, item);
                rt_clear(ts, &acc);
                break;
            }
        }
        r = rt_binary(ts, acc, item, RT_BIN_ADD);
        rt_decref(ts, acc);
        rt_decref(ts, item);
        acc = r;
        if (rt_is_null(acc))
            break;
    }
    rt_cursor_close(ts, &walk);
    return acc;
}

/* min and max */
static int order(struct rt_thread *ts, rt_value a, rt_value b, enum rt_cmp op)
{
    if (rt_is_int(a) && rt_is_int(b))
        return op == RT_GT ? (int64_t)a.bits > (int64_t)b.bits : (int64_t)a.bits < (int64_t)b.bits;
    if (rt_is_flonum(a) && rt_is_flonum(b))
        return op == RT_GT ? rt_flonum_get(a) > rt_flonum_get(b) : rt_flonum_get(a) < rt_flonum_get(b);
    if (rt_is_str_exact(a) && rt_is_str_exact(b))
        return op == RT_GT ? rt_str_cmp(a, b) > 0 : rt_str_cmp(a, b) < 0;
    return rt_compare_bool(ts, a, b, op);
}

/* The least or greatest of n arguments, without a key. */
static rt_value extreme_of(struct rt_thread *ts, enum rt_cmp op, ARGS)
{
    rt_value best = args[0];
    for (uint32_t i = 1; i < n; i++) {
        rt_value v = args[i];
        int take = order(ts, v, best, op);
        if (rt_unlikely(take < 0))
            return RT_NULL;
        if (take)
            best = v;
    }
    return rt_newref(ts, best);
}

static rt_value extreme(struct rt_thread *ts, const char *fname, enum rt_cmp op, ARGS, rt_value kw)
{
    uint32_t nkw = kw.bits ? (uint32_t)rt_as_tuple(kw)->length : 0, npos = n;
    rt_value key = RT_NULL, deflt = RT_NULL, best = RT_NULL, best_key = RT_NULL, item;
    struct rt_cursor walk;
    if (!nkw && n > 1)
        return extreme_of(ts, op, args, n);
    for (uint32_t i = 0; i < nkw; i++) {
        rt_value name = rt_as_tuple(kw)->items[i];
        if (rt_str_eq_cstr(name, "key"))
            key = rt_is_none(args[npos + i]) ? RT_NULL : args[npos + i];
        else if (rt_str_eq_cstr(name, "default"))
            deflt = args[npos + i];
        else
            return rt_raise(ts, &rt_exc_TypeError, "'%S' is an invalid keyword argument for %s()", name, fname);
    }
    if (npos == 0)
        return rt_raise(ts, &rt_exc_TypeError, "%s expected at least 1 argument, got 0", fname);
    if (npos > 1 && deflt.bits)
        return rt_raise(ts, &rt_exc_TypeError, "Cannot specify a default for %s() with multiple positional arguments", fname);
    rt_value tuple = npos > 1 ? rt_tuple_from(ts, args, npos) : RT_NULL;
    int err = rt_cursor_open(ts, &walk, npos > 1 ? tuple : args[0]);
    rt_decref(ts, tuple);
    if (err < 0)
        return RT_NULL;
    while (!rt_is_stop(item = rt_cursor_next(ts, &walk))) {
        rt_value k = RT_NULL;
        int take = 1;
        if (rt_is_null(item) || rt_is_null(k = key.bits ? rt_call1(ts, key, item) : rt_borrowed(item)) ||
            (best.bits && (take = order(ts, k, best_key, op)) < 0)) {
            rt_decref(ts, item);
            rt_decref(ts, k);
            rt_clear(ts, &best);
            goto done;
        }
        if (take) {
            rt_decref(ts, best);
            rt_decref(ts, best_key);
            best = item;
            best_key = k;
        } else {
            rt_decref(ts, item);
            rt_decref(ts, k);
        }
    }
    if (rt_is_null(best)) {
        if (deflt.bits)
            best = rt_newref(ts, deflt);
        else
            rt_raise(ts, &rt_exc_ValueError, "%s() arg is an empty sequence", fname);
    }
done:
    rt_decref(ts, best_key);
    rt_cursor_close(ts, &walk);
    return best;
}
static rt_value b_max(struct rt_thread *ts, rt_value self, ARGS, rt_value kw) { return extreme(ts, "max", RT_GT, args, n, kw); }
static rt_value b_min(struct rt_thread *ts, rt_value self, ARGS, rt_value kw) { return extreme(ts, "min", RT_LT, args, n, kw); }

static rt_value b_format(struct rt_thread *ts, rt_value self, ARGS)
{
    if (rt_args_count(ts, "format", n, 1, 2) < 0)
        return RT_NULL;
    if (n == 2 && !rt_is_str(args[1]))
        return rt_raise(ts, &rt_exc_TypeError, "format() argument 2 must be str, not %N", args[1]);
    return rt_format(ts, args[0], n == 2 ? args[1] : RT_NULL);
}

/* ---- print and input ---- */
static int write_to(struct rt_thread *ts, rt_value write, rt_value s)
{
    rt_value r = rt_call1(ts, write, s);
    rt_decref(ts, r);
    return r.bits ? 0 : -1;
}
static rt_value b_print(struct rt_thread *ts, rt_value self, ARGS, rt_value kw)
{
    rt_value sep = RT_NULL, end = RT_NULL, file = RT_NULL, owned = RT_NULL, res = RT_NULL, write;
    int flush = 0;
    uint32_t nkw = kw.bits ? (uint32_t)rt_as_tuple(kw)->length : 0, npos = n;
    for (uint32_t i = 0; i < nkw; i++) {
        rt_value name = rt_as_tuple(kw)->items[i], x = args[npos + i];
        if (rt_is(name, RT_ID(sep)) || rt_str_eq_cstr(name, "sep"))
            sep = rt_is_none(x) ? RT_NULL : x;
        else if (rt_str_eq_cstr(name, "end"))
            end = rt_is_none(x) ? RT_NULL : x;
        else if (rt_str_eq_cstr(name, "file"))
            file = rt_is_none(x) ? RT_NULL : x;
        else if (rt_str_eq_cstr(name, "flush")) {
            if ((flush = rt_truth(ts, x)) < 0)
                return RT_NULL;
        } else
            return rt_raise(ts, &rt_exc_TypeError, "'%S' is an invalid keyword argument for print()", name);
    }
    if (sep.bits && !rt_is_str(sep))
        return rt_raise(ts, &rt_exc_TypeError, "sep must be None or a string, not %.200T", sep);
    if (end.bits && !rt_is_str(end))
        return rt_raise(ts, &rt_exc_TypeError, "end must be None or a string, not %.200T", end);
    if (rt_is_null(file)) {
        owned = rt_sys_get(ts, "stdout");
        if (rt_is_null(owned))
            return rt_raise(ts, &rt_exc_RuntimeError, "lost sys.stdout");
        if (rt_is_none(owned))
            return RT_NONE;
        file = owned;
    }
    write = rt_getattr(ts, file, RT_ID(write));
    if (rt_is_null(write))
        goto done;
    for (uint32_t i = 0; i < npos; i++) {
        if (i && write_to(ts, write, sep.bits ? sep : rt_str_intern_cstr(ts, " ")) < 0)
            goto done;
        rt_value s = rt_str(ts, args[i]);
        int err = rt_is_null(s) ? -1 : write_to(ts, write, s);
        rt_decref(ts, s);
        if (err < 0)
            goto done;
    }
    if (write_to(ts, write, end.bits ? end : rt_str_intern_cstr(ts, "\n")) < 0)
        goto done;
    if (flush) {
        rt_value r = rt_call_method(ts, file, "flush", NULL, 0);
        if (rt_is_null(r))
            goto done;
        rt_decref(ts, r);
    }
    res = RT_NONE;
done:
    rt_decref(ts, write);
    rt_decref(ts, owned);
    return res;
}
static rt_value std_stream(struct rt_thread *ts, const char *name)
{
    rt_value f = rt_sys_get(ts, name);
    if (rt_is_null(f) || rt_is_none(f)) {
        rt_decref(ts, f);
        return rt_raise(ts, &rt_exc_RuntimeError, "input(): lost sys.%s", name);
    }
    return f;
}
_Atomic(rt_value (*)(struct rt_thread *ts, rt_value prompt)) rt_input_hook;
static bool is_terminal(struct rt_thread *ts, rt_value stream, int fd)
{
    rt_value n = rt_call_method(ts, stream, "fileno", NULL, 0);
    bool is = rt_is_int(n) && rt_int_get(n) == fd && isatty(fd);
    rt_exc_clear(ts);
    rt_decref(ts, n);
    return is;
}
rt_value rt_input_edited(struct rt_thread *ts, rt_value in, rt_value out, rt_value prompt)
{
    rt_value (*edit)(struct rt_thread *, rt_value) = rt_load_acquire(&rt_input_hook);
    if (!edit || !is_terminal(ts, in, 0) || !is_terminal(ts, out, 1))
        return RT_UNDEF;
    rt_value r = rt_call_method(ts, out, "flush", NULL, 0);
    if (rt_is_null(r))
        rt_exc_clear(ts);
    rt_decref(ts, r);
    return edit(ts, prompt);
}
/* The line that input() shows the prompt for. */
static rt_value prompted_line(struct rt_thread *ts, rt_value in, rt_value out, rt_value prompt)
{
    rt_value r = rt_input_edited(ts, in, out, prompt);
    if (!rt_is_undef(r))
        return r;
    if (rt_str_len(prompt)) {
        r = rt_call_method(ts, out, "write", &prompt, 1);
        if (rt_is_null(r))
            return r;
        rt_decref(ts, r);
    }
    r = rt_call_method(ts, out, "flush", NULL, 0);
    if (rt_is_null(r))
        rt_exc_clear(ts);
    rt_decref(ts, r);
    return rt_call_method(ts, in, "readline", NULL, 0);
}
static rt_value b_input(struct rt_thread *ts, rt_value self, ARGS)
{
    if (rt_args_count(ts, "input", n, 0, 1) < 0)
        return RT_NULL;
    rt_value in = std_stream(ts, "stdin"), out = RT_NULL, err = RT_NULL, line = RT_NULL, r;
    if (rt_is_null(in) || rt_is_null(out = std_stream(ts, "stdout")) || rt_is_null(err = std_stream(ts, "stderr")))
        goto done;
    if (rt_audit(ts, "builtins.input", "O", n ? args[0] : RT_NULL) < 0)
        goto done;
    r = rt_call_method(ts, err, "flush", NULL, 0);
    if (rt_is_null(r))
        rt_exc_clear(ts);
    rt_decref(ts, r);
    r = n ? rt_str(ts, args[0]) : rt_str_empty();
    if (rt_is_null(r))
        goto done;
    line = prompted_line(ts, in, out, r);
    rt_decref(ts, r);
    if (rt_is_null(line))
        goto done;
    if (!rt_is_str(line)) {
        rt_raise(ts, &rt_exc_TypeError, "object.readline() returned non-string");
        rt_clear(ts, &line);
    } else if (rt_str_len(line) == 0) {
        rt_clear(ts, &line);
        if (is_terminal(ts, in, 0) && is_terminal(ts, out, 1))
            rt_raise_none(ts, &rt_exc_EOFError);
        else
            rt_raise(ts, &rt_exc_EOFError, "EOF when reading a line");
    } else if (rt_str_at(rt_as_str(line), rt_str_len(line) - 1) == '\n') {
        rt_value cut = rt_str_sub(ts, line, 0, rt_str_len(line) - 1);
        rt_decref(ts, line);
        line = cut;
    }
done:
    rt_decref(ts, in);
    rt_decref(ts, out);
    rt_decref(ts, err);
    return line;
}

/* ---- compile, exec, eval ---- */
/* Text of a source argument; *hold keeps it alive. NULL with exception. */
static const char *source_text(struct rt_thread *ts, rt_value src, const char *fname, const char *what, int *flags,
                               size_t *len, rt_value *hold, struct rt_buffer *buf)
{
    const char *s;
    buf->buf = NULL;
    *hold = RT_NULL;
    if (rt_is_str(src)) {
        *flags |= RT_CF_IGNORE_COOKIE | RT_CF_SOURCE_IS_UTF8;
        s = rt_str_utf8(ts, src, len);
        if (!s)
            return NULL;
    } else if (rt_has_buffer(src)) {
        if (rt_buffer_get(ts, src, buf, RT_BUF_SIMPLE) < 0)
            return NULL;
        *len = (size_t)buf->len;
        *hold = rt_bytes_new(ts, buf->buf, *len); /* NUL-terminated */
        rt_buffer_release(ts, buf);
        buf->buf = NULL;
        if (rt_is_null(*hold))
            return NULL;
        s = rt_as_bytes(*hold)->data;
    } else {
        rt_raise(ts, &rt_exc_TypeError, "%s() arg 1 must be a %s object", fname, what);
        return NULL;
    }
    if (memchr(s, 0, *len)) {
        rt_raise(ts, &rt_exc_ValueError, "source code string cannot contain null bytes");
        rt_clear(ts, hold);
        return NULL;
    }
    return s;
}
static int inherited_flags(struct rt_thread *ts)
{
    return ts->frame ? (int)(ts->frame->code->flags & (RT_CO_FUTURE_DIVISION | RT_CO_FUTURE_BARRY | RT_CO_FUTURE_GENERATOR_STOP | RT_CO_FUTURE_ANNOTATIONS | 0x40000 | 0x80000 | 0x100000 | 0x200000)) : 0;
}
/* compile()'s filename as a str; other buffers than bytes are deprecated. */
static rt_value file_name(struct rt_thread *ts, rt_value v)
{
    if (rt_is_str(v))
        return rt_newref(ts, v);
    bool buffer = !rt_is_bytes(v) && rt_has_buffer(v);
    if (buffer && rt_warn(ts, &rt_exc_DeprecationWarning, 1, "path should be string, bytes, or os.PathLike, not %T", v) < 0)
        return RT_NULL;
    rt_value bytes = buffer ? rt_bytes_from_object(ts, v) : rt_str_fsencode(ts, v);
    rt_value name = rt_is_null(bytes) ? bytes : rt_str_fsdecode(ts, rt_as_bytes(bytes)->data, rt_as_bytes(bytes)->length);
    rt_decref(ts, bytes);
    return name;
}

static int audit_compile(struct rt_thread *ts, const char *text, size_t n, rt_value file)
{
    if (rt_likely(!ts->interp->audited))
        return 0;
    rt_value source = rt_bytes_new(ts, text, n);
    int r = rt_is_null(source) ? -1 : rt_audit(ts, "compile", "OO", source, file);
    rt_decref(ts, source);
    return r;
}

static rt_value b_compile(struct rt_thread *ts, rt_value self, ARGS, rt_value kw)
{
    SPEC("compile", 0, 3, 6, 7, "source", "filename", "mode", "flags", "dont_inherit", "optimize", "_feature_version");
    int flags = v[3].bits ? rt_as_int(ts, v[3]) : 0, dont = 0, opt = -1, feature = -1, mode;
    if (rt_pending(ts))
        return RT_NULL;
    if (v[4].bits && (dont = rt_truth(ts, v[4])) < 0)
        return RT_NULL;
    if (v[5].bits && ((opt = rt_as_int(ts, v[5])), rt_pending(ts)))
        return RT_NULL;
    if (v[6].bits && ((feature = rt_as_int(ts, v[6])), rt_pending(ts)))
        return RT_NULL;
    if (!rt_is_str(v[2]))
        return rt_raise_arg_type(ts, "compile", "mode", "str", v[2]);
    int known = 0x7e0000 | 0x1800000 | 0x7f00 | RT_CO_NESTED;
    if (flags & ~known)
        return rt_raise(ts, &rt_exc_ValueError, "compile(): unrecognised flags");
    if (opt < -1 || opt > 2)
        return rt_raise(ts, &rt_exc_ValueError, "compile(): invalid optimize value");
    if (!dont)
        flags |= inherited_flags(ts);
    if (rt_str_eq_cstr(v[2], "exec"))
        mode = RT_PARSE_EXEC;
    else if (rt_str_eq_cstr(v[2], "eval"))
        mode = RT_PARSE_EVAL;
    else if (rt_str_eq_cstr(v[2], "single"))
        mode = RT_PARSE_SINGLE;
    else if (rt_str_eq_cstr(v[2], "func_type")) {
        if (!(flags & RT_CF_ONLY_AST))
            return rt_raise(ts, &rt_exc_ValueError, "compile() mode 'func_type' requires flag PyCF_ONLY_AST");
        mode = RT_PARSE_FUNC_TYPE;
    } else
        return rt_raise(ts, &rt_exc_ValueError, flags & RT_CF_ONLY_AST ? "compile() mode must be 'exec', 'eval', 'single' or 'func_type'" : "compile() mode must be 'exec', 'eval' or 'single'");
    rt_value fname = file_name(ts, v[1]), hold, res = RT_NULL;
    if (rt_is_null(fname))
        return fname;
    int is_ast = rt_ast_check(ts, v[0]);
    if (is_ast > 0) {
        res = rt_ast_compile(ts, v[0], fname, mode, flags, opt);
    } else if (is_ast == 0) {
        struct rt_buffer buf;
        size_t len;
        const char *s = source_text(ts, v[0], "compile", "string, bytes or AST", &flags, &len, &hold, &buf);
        if (s && audit_compile(ts, s, len, fname) < 0)
            s = NULL;
        if (s && mode == RT_PARSE_EXEC && !(flags & ~RT_CF_SOURCE_IS_UTF8) && rt_is_bytes(v[0]) && feature == -1 &&
            (opt < 0 ? rt_runtime.config->optimize : opt) == 0)
            res = rt_image_find_text(ts, fname, s, len);
        if (s && rt_is_null(res) && !rt_pending(ts))
            res = flags & RT_CF_ONLY_AST ? rt_ast_parse(ts, s, len, fname, mode, flags, feature)
                                         : rt_compile_source(ts, s, len, fname, mode, flags, opt);
        rt_decref(ts, hold);
    }
    rt_decref(ts, fname);
    return res;
}

static int ensure_builtins(struct rt_thread *ts, rt_value globals)
{
    int has = rt_dict_contains(ts, globals, RT_ID(__builtins__));
    if (has)
        return has < 0 ? -1 : 0;
    rt_value b = ts->frame ? rt_newref(ts, rt_frame_builtins_borrowed(ts->frame)) : rt_slot_get(ts, NULL, &ts->interp->builtins);
    int err = rt_dict_set(ts, globals, RT_ID(__builtins__), b);
    rt_decref(ts, b);
    return err;
}
/* Namespaces of eval and exec: owned words. */
static int namespaces(struct rt_thread *ts, const char *fname, rt_value *g, rt_value *l)
{
    if (l->bits && rt_is_none(*l))
        *l = RT_NULL;
    if (g->bits && rt_is_none(*g))
        *g = RT_NULL;
    if (g->bits && !rt_is_dict(*g)) {
        if (!strcmp(fname, "eval"))
            rt_raise(ts, &rt_exc_TypeError, rt_is_mapping(*g) ? "globals must be a real dict; try eval(code, {}, mapping)" : "globals must be a dict");
        else
            rt_raise(ts, &rt_exc_TypeError, "%s() globals must be a dict, not %.100T", fname, *g);
        return -1;
    }
    if (l->bits && !rt_is_mapping(*l)) {
        if (!strcmp(fname, "eval"))
            rt_raise(ts, &rt_exc_TypeError, "locals must be a mapping");
        else
            rt_raise(ts, &rt_exc_TypeError, "locals must be a mapping or None, not %.100T", *l);
        return -1;
    }
    if (rt_is_null(*g)) {
        if (!ts->frame) {
            rt_raise(ts, &rt_exc_SystemError, "globals and locals cannot be NULL");
            return -1;
        }
        *g = rt_newref(ts, rt_frame_globals_borrowed(ts->frame));
        *l = l->bits ? rt_newref(ts, *l) : rt_frame_locals(ts, ts->frame);
    } else {
        *g = rt_newref(ts, *g);
        *l = rt_newref(ts, l->bits ? *l : *g);
    }
    if (rt_is_null(*l) || ensure_builtins(ts, *g) < 0) {
        rt_decref(ts, *g);
        rt_decref(ts, *l);
        return -1;
    }
    return 0;
}
static rt_value b_eval(struct rt_thread *ts, rt_value self, ARGS)
{
    if (rt_args_count(ts, "eval", n, 1, 3) < 0)
        return RT_NULL;
    rt_value g = n > 1 ? args[1] : RT_NULL, l = n > 2 ? args[2] : RT_NULL, res = RT_NULL, hold, code;
    if (namespaces(ts, "eval", &g, &l) < 0)
        return RT_NULL;
    if (rt_is_exact(args[0], &rt_code_type)) {
        if (rt_as_code(args[0])->nfrees)
            rt_raise(ts, &rt_exc_TypeError, "code object passed to eval() may not contain free variables");
        else if (rt_sys_audit(ts, "exec", 1, args) == 0)
            res = rt_eval_code(ts, args[0], g, l, RT_NULL);
    } else {
        int flags = inherited_flags(ts);
        struct rt_buffer buf;
        size_t len;
        const char *s = source_text(ts, args[0], "eval", "string, bytes or code", &flags, &len, &hold, &buf);
        size_t skip = s ? strspn(s, " \t") : 0;
        if (s && audit_compile(ts, s + skip, len - skip, rt_str_intern_cstr(ts, "<string>")) == 0) {
            code = rt_compile_source(ts, s + skip, len - skip, rt_str_intern_cstr(ts, "<string>"), RT_PARSE_EVAL, flags, -1);
            if (code.bits && rt_audit(ts, "exec", "O", code) == 0)
                res = rt_eval_code(ts, code, g, l, RT_NULL);
            rt_decref(ts, code);
        }
        rt_decref(ts, hold);
    }
    rt_decref(ts, g);
    rt_decref(ts, l);
    return res;
}
static rt_value b_exec(struct rt_thread *ts, rt_value self, ARGS, rt_value kw)
{
    SPEC("exec", 3, 1, 3, 4, "source", "globals", "locals", "closure");
    rt_value g = v[1], l = v[2], closure = v[3].bits && !rt_is_none(v[3]) ? v[3] : RT_NULL, res = RT_NULL, hold, code;
    if (namespaces(ts, "exec", &g, &l) < 0)
        return RT_NULL;
    if (rt_is_exact(v[0], &rt_code_type)) {
        uint32_t nfree = rt_as_code(v[0])->nfrees;
        bool ok = true;
        if (nfree == 0) {
            if ((ok = rt_is_null(closure)) == false)
                rt_raise(ts, &rt_exc_TypeError, "cannot use a closure with this code object");
        } else {
            ok = closure.bits && rt_is_exact(closure, &rt_tuple_type) && rt_as_tuple(closure)->length == nfree;
            for (uint32_t i = 0; ok && i < nfree; i++)
                ok = rt_is_exact(rt_as_tuple(closure)->items[i], &rt_cell_type);
            if (!ok)
                rt_raise(ts, &rt_exc_TypeError, "code object requires a closure of exactly length %u", nfree);
        }
        if (ok && rt_sys_audit(ts, "exec", 1, v) == 0)
            res = rt_eval_code(ts, v[0], g, l, closure);
    } else if (closure.bits) {
        rt_raise(ts, &rt_exc_TypeError, "closure can only be used when source is a code object");
    } else {
        int flags = inherited_flags(ts);
        struct rt_buffer buf;
        size_t len;
        const char *s = source_text(ts, v[0], "exec", "string, bytes or code", &flags, &len, &hold, &buf);
        if (s && audit_compile(ts, s, len, rt_str_intern_cstr(ts, "<string>")) == 0) {
            code = rt_compile_source(ts, s, len, rt_str_intern_cstr(ts, "<string>"), RT_PARSE_EXEC, flags, -1);
            if (code.bits && rt_audit(ts, "exec", "O", code) == 0)
                res = rt_eval_code(ts, code, g, l, RT_NULL);
            rt_decref(ts, code);
        }
        rt_decref(ts, hold);
    }
    rt_decref(ts, g);
    rt_decref(ts, l);
    rt_decref(ts, res);
    return res.bits ? RT_NONE : RT_NULL;
}

/* ---- imports ---- */
static rt_value b_import(struct rt_thread *ts, rt_value self, ARGS, rt_value kw)
{
    SPEC("__import__", 0, 1, 5, 5, "name", "globals", "locals", "fromlist", "level");
    int level = 0;
    if (v[4].bits && ((level = rt_as_int(ts, v[4])), rt_pending(ts)))
        return RT_NULL;
    return rt_import_level(ts, v[0], v[1].bits ? v[1] : RT_NONE, v[3].bits ? v[3] : RT_NONE, level);
}
static rt_value b_breakpoint(struct rt_thread *ts, rt_value self, ARGS, rt_value kw)
{
    rt_value hook = rt_sys_get(ts, "breakpointhook"), res;
    if (rt_is_null(hook))
        return rt_raise(ts, &rt_exc_RuntimeError, "lost sys.breakpointhook");
    res = rt_audit(ts, "builtins.breakpoint", "O", hook) < 0 ? RT_NULL : rt_call(ts, hook, args, n, kw);
    rt_decref(ts, hook);
    return res;
}

const struct rt_method_def rt_builtin_functions[] = {
    {"__build_class__", rt_build_class, RT_METH_KW, "__build_class__(func, name, /, *bases, [metaclass], **kwds) -> class\n\nInternal helper function used by the class statement."},
    {"__import__", b_import, RT_METH_KW, "__import__(name, globals=None, locals=None, fromlist=(), level=0) -> module\n\nImport a module."},
    {"abs", b_abs, RT_METH_O, "abs($module, x, /)\n--\n\nReturn the absolute value of the argument."},
    {"aiter", b_aiter, RT_METH_O, "aiter($module, async_iterable, /)\n--\n\nReturn an AsyncIterator for an AsyncIterable object."},
    {"all", b_all, RT_METH_O, "all($module, iterable, /)\n--\n\nReturn True if bool(x) is True for all values x in the iterable.\n\nIf the iterable is empty, return True."},
    {"anext", b_anext, RT_METH_FAST, "anext(async_iterator[, default])\n\nReturn the next item from the async iterator."},
    {"any", b_any, RT_METH_O, "any($module, iterable, /)\n--\n\nReturn True if bool(x) is True for any x in the iterable.\n\nIf the iterable is empty, return False."},
    {"ascii", b_ascii, RT_METH_O, "ascii($module, obj, /)\n--\n\nReturn an ASCII-only representation of an object."},
    {"bin", b_bin, RT_METH_O, "bin($module, number, /)\n--\n\nReturn the binary representation of an integer."},
    {"breakpoint", b_breakpoint, RT_METH_KW, "breakpoint(*args, **kws)\n\nCall sys.breakpointhook(*args, **kws)."},
    {"callable", b_callable, RT_METH_O, "callable($module, obj, /)\n--\n\nReturn whether the object is callable (i.e., some kind of function)."},
    {"chr", b_chr, RT_METH_O, "chr($module, i, /)\n--\n\nReturn a Unicode string of one character with ordinal i; 0 <= i <= 0x10ffff."},
    {"compile", b_compile, RT_METH_KW, "compile($module, /, source, filename, mode, flags=0,\n        dont_inherit=False, optimize=-1, *, _feature_version=-1)\n--\n\nCompile source into a code object that can be executed by exec() or eval()."},
    {"delattr", b_delattr, RT_METH_FAST, "delattr($module, obj, name, /)\n--\n\nDeletes the named attribute from the given object."},
    {"dir", b_dir, RT_METH_FAST, "dir([object]) -> list of strings"},
    {"divmod", b_divmod, RT_METH_FAST, "divmod($module, x, y, /)\n--\n\nReturn the tuple (x//y, x%y).  Invariant: div*y + mod == x."},
    {"eval", b_eval, RT_METH_FAST, "eval($module, source, globals=None, locals=None, /)\n--\n\nEvaluate the given source in the context of globals and locals."},
    {"exec", b_exec, RT_METH_KW, "exec($module, source, globals=None, locals=None, /, *, closure=None)\n--\n\nExecute the given source in the context of globals and locals."},
    {"format", b_format, RT_METH_FAST, "format($module, value, format_spec='', /)\n--\n\nReturn type(value).__format__(value, format_spec)."},
    {"getattr", b_getattr, RT_METH_FAST, "getattr(object, name[, default]) -> value\n\nGet a named attribute from an object."},
    {"globals", b_globals, RT_METH_NOARGS, "globals($module, /)\n--\n\nReturn the dictionary containing the current scope's global variables."},
    {"hasattr", b_hasattr, RT_METH_FAST, "hasattr($module, obj, name, /)\n--\n\nReturn whether the object has an attribute with the given name."},
    {"hash", b_hash, RT_METH_O, "hash($module, obj, /)\n--\n\nReturn the hash value for the given object."},
    {"hex", b_hex, RT_METH_O, "hex($module, number, /)\n--\n\nReturn the hexadecimal representation of an integer."},
    {"id", b_id, RT_METH_O, "id($module, obj, /)\n--\n\nReturn the identity of an object."},
    {"input", b_input, RT_METH_FAST, "input($module, prompt='', /)\n--\n\nRead a string from standard input.  The trailing newline is stripped."},
    {"isinstance", b_isinstance, RT_METH_FAST, "isinstance($module, obj, class_or_tuple, /)\n--\n\nReturn whether an object is an instance of a class or of a subclass thereof."},
    {"issubclass", b_issubclass, RT_METH_FAST, "issubclass($module, cls, class_or_tuple, /)\n--\n\nReturn whether 'cls' is derived from another class or is the same class."},
    {"iter", b_iter, RT_METH_FAST, "iter(iterable) -> iterator\niter(callable, sentinel) -> iterator\n\nGet an iterator from an object."},
    {"len", b_len, RT_METH_O, "len($module, obj, /)\n--\n\nReturn the number of items in a container."},
    {"locals", b_locals, RT_METH_NOARGS, "locals($module, /)\n--\n\nReturn a dictionary containing the current scope's local variables."},
    {"max", b_max, RT_METH_KW, "max(iterable, *[, default=obj, key=func]) -> value\nmax(arg1, arg2, *args, *[, key=func]) -> value"},
    {"min", b_min, RT_METH_KW, "min(iterable, *[, default=obj, key=func]) -> value\nmin(arg1, arg2, *args, *[, key=func]) -> value"},
    {"next", b_next, RT_METH_FAST, "next(iterator[, default])\n\nReturn the next item from the iterator."},
    {"oct", b_oct, RT_METH_O, "oct($module, number, /)\n--\n\nReturn the octal representation of an integer."},
    {"ord", b_ord, RT_METH_O, "ord($module, c, /)\n--\n\nReturn the Unicode code point for a one-character string."},
    {"pow", b_pow, RT_METH_KW, "pow($module, /, base, exp, mod=None)\n--\n\nEquivalent to base**exp with 2 arguments or base**exp % mod with 3 arguments."},
    {"print", b_print, RT_METH_KW, "print($module, /, *args, sep=' ', end='\\n', file=None, flush=False)\n--\n\nPrints the values to a stream, or to sys.stdout by default."},
    {"repr", b_repr, RT_METH_O, "repr($module, obj, /)\n--\n\nReturn the canonical string representation of the object."},
    {"round", b_round, RT_METH_KW, "round($module, /, number, ndigits=None)\n--\n\nRound a number to a given precision in decimal digits."},
    {"setattr", b_setattr, RT_METH_FAST, "setattr($module, obj, name, value, /)\n--\n\nSets the named attribute on the given object to the specified value."},
    {"sorted", b_sorted, RT_METH_KW, "sorted($module, iterable, /, *, key=None, reverse=False)\n--\n\nReturn a new list containing all items from the iterable in ascending order."},
    {"sum", b_sum, RT_METH_KW, "sum($module, iterable, /, start=0)\n--\n\nReturn the sum of a 'start' value (default: 0) plus an iterable of numbers"},
    {"vars", b_vars, RT_METH_FAST, "vars([object]) -> dictionary"},
    {NULL},
};
