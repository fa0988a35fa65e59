/* SPDX-License-Identifier: MIT */
/* _curses: colours and pairs of them. */
#include <limits.h>

#include "core/modules/curses/curses_internal.h"

#define FAST struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n
#define NOARGS struct rt_thread *ts, rt_value self
enum { PAIR_SHIFT = 8 };

static bool colors_on(struct rt_thread *ts)
{
    if (rt_curses_ready(ts) < 0)
        return false;
    rt_value on = rt_interp_kept(ts, "_curses.colors");
    if (rt_is_null(on) && !rt_pending(ts))
        rt_curses_fail(ts, "must call start_color() first");
    rt_decref(ts, on);
    return !rt_is_null(on);
}

/* An int between least and most; else ValueError with the message for too low or too high. */
static int ranged(struct rt_thread *ts, rt_value v, int least, int most, const char *low, const char *high, int *out)
{
    rt_value i = rt_index(ts, v);
    int64_t x = 0;
    if (rt_is_null(i))
        return -1;
    bool fits = rt_int_try_i64(i, &x), negative = rt_int_sign(i) < 0;
    rt_decref(ts, i);
    *out = (int)x;
    if (fits && x >= least && x <= most)
        return 0;
    rt_raise(ts, &rt_exc_ValueError, fits ? x < least ? low : high : negative ? low : high, most);
    return -1;
}
static int color_arg(struct rt_thread *ts, rt_value v, int least, int *out)
{
    return ranged(ts, v, least, VARIABLE(int, COLORS) - 1, "Color number is less than 0.", "Color number is greater than COLORS-1 (%d).", out);
}
static int pair_arg(struct rt_thread *ts, rt_value v, int *out)
{
    return ranged(ts, v, 0, INT_MAX, "Color pair is less than 0.", "Color pair is greater than maximum (%d).", out);
}
static rt_value bad_pair(struct rt_thread *ts, int pair, const char *name)
{
    int pairs = VARIABLE(int, COLOR_PAIRS);
    return pair >= pairs ? rt_raise(ts, &rt_exc_ValueError, "Color pair is greater than COLOR_PAIRS-1 (%d).", pairs - 1)
                         : rt_curses_check(ts, ERR, name);
}

static rt_value c_start_color(NOARGS)
{
    if (rt_curses_ready(ts) < 0)
        return RT_NULL;
    if (CALL(start_color()) == ERR)
        return rt_curses_fail(ts, "start_color() returned ERR");
    if (rt_interp_keep(ts, "_curses.colors", RT_TRUE) < 0 || rt_module_add_int(ts, self, "COLORS", VARIABLE(int, COLORS)) < 0 ||
        rt_module_add_int(ts, self, "COLOR_PAIRS", VARIABLE(int, COLOR_PAIRS)) < 0)
        return RT_NULL;
    return RT_NONE;
}
static rt_value c_use_default_colors(NOARGS)
{
    return colors_on(ts) ? rt_curses_check(ts, CALL(use_default_colors()), "use_default_colors") : RT_NULL;
}
static rt_value c_has_colors(NOARGS) { return rt_curses_ready(ts) < 0 ? RT_NULL : rt_bool(CALL(has_colors())); }
static rt_value c_can_change_color(NOARGS) { return rt_curses_ready(ts) < 0 ? RT_NULL : rt_bool(CALL(can_change_color())); }
static rt_value c_has_extended(NOARGS) { return RT_TRUE; }
static rt_value c_color_content(NOARGS, rt_value v)
{
    int color, r, g, b;
    if (!colors_on(ts) || color_arg(ts, v, 0, &color) < 0)
        return RT_NULL;
    if (CALL(extended_color_content(color, &r, &g, &b)) == ERR)
        return rt_curses_check(ts, ERR, "extended_color_content");
    return rt_tuple_pack(ts, 3, rt_int_imm(r), rt_int_imm(g), rt_int_imm(b));
}
static rt_value c_init_color(FAST)
{
    int v[4];
    if (!colors_on(ts) || rt_args_count(ts, "init_color", n, 4, 4) < 0 || color_arg(ts, a[0], 0, &v[0]) < 0)
        return RT_NULL;
    for (int i = 1; i < 4; i++)
        if (ranged(ts, a[i], 0, 1000, "Color component is less than 0", "Color component is greater than 1000", &v[i]) < 0)
            return RT_NULL;
    return rt_curses_check(ts, CALL(init_extended_color(v[0], v[1], v[2], v[3])), "init_extended_color");
}
static rt_value c_pair_content(NOARGS, rt_value v)
{
    int pair, f, b;
    if (!colors_on(ts) || pair_arg(ts, v, &pair) < 0)
        return RT_NULL;
    return CALL(extended_pair_content(pair, &f, &b)) == ERR ? bad_pair(ts, pair, "extended_pair_content")
                                                            : rt_tuple_pack(ts, 2, rt_int_imm(f), rt_int_imm(b));
}
static rt_value c_init_pair(FAST)
{
    int pair, f, b;
    if (!colors_on(ts) || rt_args_count(ts, "init_pair", n, 3, 3) < 0 || pair_arg(ts, a[0], &pair) < 0 ||
        color_arg(ts, a[1], -1, &f) < 0 || color_arg(ts, a[2], -1, &b) < 0)
        return RT_NULL;
    return CALL(init_extended_pair(pair, f, b)) == ERR ? bad_pair(ts, pair, "init_extended_pair") : RT_NONE;
}
static rt_value c_color_pair(NOARGS, rt_value v)
{
    int pair;
    if (!colors_on(ts) || rt_curses_ints(ts, &v, 1, &pair) < 0)
        return RT_NULL;
    return rt_int_imm((int64_t)((chtype)pair << PAIR_SHIFT & A_COLOR));
}
static rt_value c_pair_number(NOARGS, rt_value v)
{
    if (!colors_on(ts))
        return RT_NULL;
    int attr = rt_as_int(ts, v);
    return rt_pending(ts) ? RT_NULL : rt_int_imm((int64_t)(((chtype)(unsigned)attr & A_COLOR) >> PAIR_SHIFT));
}

const struct rt_method_def rt_curses_color[] = {
    {"can_change_color", c_can_change_color, RT_METH_NOARGS, "can_change_color($module, /)\n--\n\nReturn True if the programmer can change the colors displayed."},
    {"color_content", c_color_content, RT_METH_O, "color_content($module, color_number, /)\n--\n\nReturn the (R, G, B) of a color, each from 0 to 1000."},
    {"color_pair", c_color_pair, RT_METH_O, "color_pair($module, pair_number, /)\n--\n\nReturn the attribute value for text in that pair of colors."},
    {"has_colors", c_has_colors, RT_METH_NOARGS, "has_colors($module, /)\n--\n\nReturn True if the terminal can display colors."},
    {"has_extended_color_support", c_has_extended, RT_METH_NOARGS, "has_extended_color_support($module, /)\n--\n\nReturn True: the library knows more than 256 pairs."},
    {"init_color", c_init_color, RT_METH_FAST, "init_color($module, color_number, r, g, b, /)\n--\n\nChange the definition of a color."},
    {"init_pair", c_init_pair, RT_METH_FAST, "init_pair($module, pair_number, fg, bg, /)\n--\n\nChange the definition of a pair of colors."},
    {"pair_content", c_pair_content, RT_METH_O, "pair_content($module, pair_number, /)\n--\n\nReturn the (fg, bg) of a pair of colors."},
    {"pair_number", c_pair_number, RT_METH_O, "pair_number($module, attr, /)\n--\n\nReturn the number of the pair in an attribute value."},
    {"start_color", c_start_color, RT_METH_NOARGS, "start_color($module, /)\n--\n\nInitialize the colors; COLORS and COLOR_PAIRS are there then."},
    {"use_default_colors", c_use_default_colors, RT_METH_NOARGS, "use_default_colors($module, /)\n--\n\nAllow color -1: the terminal\'s own."},
    {NULL},
};
