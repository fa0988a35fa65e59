/* SPDX-License-Identifier: MIT */
/*
 * "Did you mean": the candidate name nearest to the one that was not found, by an edit distance in which a
 * change of case costs half an edit (Wagner and Fischer's algorithm, one row at a time).
 */
#include "core/builtins/builtins.h"
#include "core/builtins/sys.h"
#include "core/eval/frame.h"
#include "core/types/exceptions/exceptions.h"

enum { MOVE = 2, CASE = 1, MAX_CANDIDATES = 750, MAX_LENGTH = 40 };

static size_t cost_of(char a, char b)
{
    if ((a & 31) != (b & 31))
        return MOVE;
    if (a == b)
        return 0;
    char x = a >= 'A' && a <= 'Z' ? (char)(a + 32) : a, y = b >= 'A' && b <= 'Z' ? (char)(b + 32) : b;
    return x == y ? CASE : MOVE;
}

/* Distance, or max + 1 when it is surely larger. */
static size_t distance(const char *a, size_t an, const char *b, size_t bn, size_t max)
{
    size_t row[MAX_LENGTH + 1];
    if (an > MAX_LENGTH || bn > MAX_LENGTH || (an > bn ? an - bn : bn - an) * MOVE > max)
        return max + 1;
    for (size_t i = 0; i <= bn; i++)
        row[i] = i * MOVE;
    for (size_t i = 0; i < an; i++) {
        size_t diagonal = row[0], least = SIZE_MAX;
        row[0] = (i + 1) * MOVE;
        for (size_t j = 0; j < bn; j++) {
            size_t replace = diagonal + cost_of(a[i], b[j]), edit = (row[j] < row[j + 1] ? row[j] : row[j + 1]) + MOVE;
            diagonal = row[j + 1];
            row[j + 1] = replace < edit ? replace : edit;
            if (row[j + 1] < least)
                least = row[j + 1];
        }
        if (least > max)
            return max + 1;
    }
    return row[bn];
}

static rt_value nearest(struct rt_thread *ts, rt_value candidates, rt_value name)
{
    size_t n = rt_list_len(candidates), nn, best_d = SIZE_MAX;
    const char *want = rt_str_utf8(ts, name, &nn);
    rt_value best = RT_NULL;
    if (!want || n >= MAX_CANDIDATES)
        return RT_NULL;
    for (size_t i = 0; i < n; i++) {
        rt_value c = rt_list_get(ts, candidates, i);
        size_t cn;
        const char *s = c.bits && rt_is_str(c) ? rt_str_utf8(ts, c, &cn) : NULL;
        if (s && !(cn == nn && !memcmp(s, want, nn))) {
            size_t max = (nn + cn + 3) * MOVE / 6;
            if (best_d != SIZE_MAX && max > best_d - 1)
                max = best_d - 1;
            size_t d = distance(want, nn, s, cn, max);
            if (d <= max) {
                rt_decref(ts, best);
                best = rt_newref(ts, c);
                best_d = d;
            }
        }
        rt_decref(ts, c);
    }
    return best;
}

/* Names visible in the frame where a NameError was raised. */
static rt_value for_name(struct rt_thread *ts, rt_value exc, rt_value name)
{
    rt_value tb = rt_exc_traceback(ts, exc), next, res = RT_NULL;
    while (tb.bits && (next = rt_slot_get(ts, rt_ptr(tb), &((struct rt_traceback *)rt_ptr(tb))->next)).bits) {
        rt_decref(ts, tb);
        tb = next;
    }
    if (rt_is_null(tb))
        return res;
    rt_value frame = ((struct rt_traceback *)rt_ptr(tb))->frame;
    const char *const scopes[] = {"f_locals", "f_globals", "f_builtins"};
    for (int i = 0; i < 3 && rt_is_null(res) && frame.bits; i++) {
        rt_value d = rt_getattr_cstr(ts, frame, scopes[i]), keys = d.bits && rt_is_dict(d) ? rt_dict_keys_list(ts, d) : RT_NULL;
        if (keys.bits)
            res = nearest(ts, keys, name);
        rt_decref(ts, keys);
        rt_decref(ts, d);
        rt_exc_clear(ts);
    }
    rt_decref(ts, tb);
    return res;
}

rt_value rt_suggestion(struct rt_thread *ts, rt_value exc)
{
    rt_value name = RT_NULL, obj = RT_NULL, dir, res = RT_NULL;
    struct rt_type *t = rt_type_of(exc);
    if (rt_type_is_subtype(t, &rt_exc_AttributeError)) {
        struct rt_exc_attribute *e = (struct rt_exc_attribute *)rt_ptr(exc);
        name = rt_slot_get(ts, e, &e->name);
        obj = rt_slot_get(ts, e, &e->obj);
        if (name.bits && obj.bits && rt_is_str(name) && !rt_is_none(obj)) {
            dir = rt_dir(ts, obj);
            if (dir.bits && rt_is_list(dir))
                res = nearest(ts, dir, name);
            rt_decref(ts, dir);
        }
    } else if (rt_type_is_subtype(t, &rt_exc_NameError)) {
        struct rt_exc_name *e = (struct rt_exc_name *)rt_ptr(exc);
        name = rt_slot_get(ts, e, &e->name);
        if (name.bits && rt_is_str(name))
            res = for_name(ts, exc, name);
    }
    rt_exc_clear(ts);
    rt_decref(ts, name);
    rt_decref(ts, obj);
    return res;
}
