/* SPDX-License-Identifier: MIT */
/* curses.window: its place, its attributes, its lines; the characters are in window_text.c. */
#include <stdio.h>
#include <stdlib.h>

#include "core/modules/curses/curses_internal.h"

#define W(v) (rt_as_window(v)->win)
#define FAST struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n
#define NOARGS struct rt_thread *ts, rt_value self

int rt_curses_ints(struct rt_thread *ts, const rt_value *a, uint32_t n, int *out)
{
    for (uint32_t i = 0; i < n; i++) {
        out[i] = rt_as_int(ts, a[i]);
        if (rt_pending(ts))
            return -1;
    }
    return 0;
}
static rt_value pair(struct rt_thread *ts, int y, int x) { return rt_tuple_pack(ts, 2, rt_int_imm(y), rt_int_imm(x)); }

#define GET_PAIR(name, gety, getx) \
    static rt_value w_##name(NOARGS) { int y = CALL(gety(W(self))), x = CALL(getx(W(self))); return pair(ts, y, x); }
GET_PAIR(getyx, getcury, getcurx)
GET_PAIR(getbegyx, getbegy, getbegx)
GET_PAIR(getmaxyx, getmaxy, getmaxx)
GET_PAIR(getparyx, getpary, getparx)

#define CHECKED(name, expr) static rt_value w_##name(NOARGS) { return rt_curses_check(ts, CALL(expr), #name); }
CHECKED(clear, wclear(W(self)))
CHECKED(clrtobot, wclrtobot(W(self)))
CHECKED(clrtoeol, wclrtoeol(W(self)))
CHECKED(deleteln, winsdelln(W(self), -1))
CHECKED(erase, werase(W(self)))
CHECKED(insertln, winsdelln(W(self), 1))
CHECKED(redrawwin, wredrawln(W(self), 0, getmaxy(W(self))))
CHECKED(standend, wattrset(W(self), A_NORMAL))
CHECKED(standout, wattr_on(W(self), A_STANDOUT, NULL))
CHECKED(touchwin, wtouchln(W(self), 0, getmaxy(W(self)), 1))
CHECKED(untouchwin, wtouchln(W(self), 0, getmaxy(W(self)), 0))
#define PLAIN(name, expr) static rt_value w_##name(NOARGS) { (void)DO(expr); return RT_NONE; }
PLAIN(cursyncup, wcursyncup(W(self)))
PLAIN(syncdown, wsyncdown(W(self)))
PLAIN(syncup, wsyncup(W(self)))

#define FLAG(name, result) \
    static rt_value w_##name(FAST) \
    { \
        if (n != 1) \
            return rt_raise(ts, &rt_exc_TypeError, "True(1) or False(0)"); \
        int64_t on = rt_as_i64(ts, a[0]); \
        return rt_pending(ts) ? RT_NULL : result; \
    }
#define FLAG_CHECKED(name) FLAG(name, rt_curses_check(ts, CALL(name(W(self), on != 0)), #name))
FLAG_CHECKED(clearok)
FLAG_CHECKED(idlok)
FLAG_CHECKED(keypad)
FLAG_CHECKED(leaveok)
FLAG_CHECKED(nodelay)
FLAG_CHECKED(notimeout)
FLAG_CHECKED(scrollok)
FLAG_CHECKED(syncok)
FLAG(idcok, (DO(idcok(W(self), on != 0)), RT_NONE))
FLAG(immedok, (DO(immedok(W(self), on != 0)), RT_NONE))

#define INTS(name, count, expects, result) \
    static rt_value w_##name(FAST) \
    { \
        int v[count]; \
        if (n != count) \
            return rt_raise(ts, &rt_exc_TypeError, expects); \
        if (rt_curses_ints(ts, a, n, v) < 0) \
            return RT_NULL; \
        return result; \
    }
#define INTS_CHECKED(name, count, expects, expr, called) INTS(name, count, expects, rt_curses_check(ts, CALL(expr), called))
INTS_CHECKED(move, 2, "y,x", wmove(W(self), v[0], v[1]), "wmove")
INTS_CHECKED(mvwin, 2, "y,x", mvwin(W(self), v[0], v[1]), "mvwin")
INTS_CHECKED(mvderwin, 2, "y,x", mvderwin(W(self), v[0], v[1]), "mvderwin")
INTS_CHECKED(resize, 2, "lines,columns", wresize(W(self), v[0], v[1]), "wresize")


INTS_CHECKED(insdelln, 1, "nlines", winsdelln(W(self), v[0]), "winsdelln")
INTS(timeout, 1, "delay", (DO(wtimeout(W(self), v[0])), RT_NONE))
#define PAIR(name, result) \
    static rt_value w_##name(FAST) \
    { \
        int v[2]; \
        return rt_args_count(ts, #name, n, 2, 2) < 0 || rt_curses_ints(ts, a, n, v) < 0 ? RT_NULL : result; \
    }
PAIR(setscrreg, rt_curses_check(ts, CALL(wsetscrreg(W(self), v[0], v[1])), "wsetscrreg"))
PAIR(redrawln, rt_curses_check(ts, CALL(wredrawln(W(self), v[0], v[1])), "redrawln"))
PAIR(enclose, rt_bool(CALL(wenclose(W(self), v[0], v[1]))))

#define ATTR(name, expr) \
    static rt_value w_##name(NOARGS, rt_value v) \
    { \
        int64_t attr = rt_as_i64(ts, v); \
        return rt_pending(ts) ? RT_NULL : rt_curses_check(ts, CALL(expr), #name); \
    }
ATTR(attron, wattr_on(W(self), (attr_t)attr, NULL))
ATTR(attroff, wattr_off(W(self), (attr_t)attr, NULL))
ATTR(attrset, wattrset(W(self), (int)attr))

static rt_value w_scroll(FAST)
{
    int lines = 1;
    if (n > 1)
        return rt_raise(ts, &rt_exc_TypeError, "_curses.window.scroll requires 0 to 1 arguments");
    if (rt_curses_ints(ts, a, n, &lines) < 0)
        return RT_NULL;
    return rt_curses_check(ts, CALL(wscrl(W(self), lines)), "scroll");
}
static rt_value w_is_wintouched(NOARGS) { return rt_bool(CALL(is_wintouched(W(self)))); }
static rt_value w_is_linetouched(NOARGS, rt_value v)
{
    int line = rt_as_int(ts, v);
    if (rt_pending(ts))
        return RT_NULL;
    int r = line < 0 || line > CALL(getmaxy(W(self))) ? ERR : CALL((int)is_linetouched(W(self), line));
    return r == ERR ? rt_raise(ts, &rt_exc_TypeError, "is_linetouched: line number outside of boundaries") : rt_bool(r);
}
static rt_value w_touchline(FAST)
{
    int v[2], changed = 1;
    if (n < 2 || n > 3)
        return rt_raise(ts, &rt_exc_TypeError, "_curses.window.touchline requires 2 to 3 arguments");
    if (rt_curses_ints(ts, a, 2, v) < 0 || (n == 3 && rt_curses_ints(ts, a + 2, 1, &changed) < 0))
        return RT_NULL;
    return rt_curses_check(ts, CALL(wtouchln(W(self), v[0], v[1], changed != 0)), "touchline");
}

static rt_value refreshed(FAST, const char *name, bool now)
{
    int v[6];
    if (n != 0 && n != 6)
        return rt_raise(ts, &rt_exc_TypeError, "_curses.window.%s requires 0 to 6 arguments", name);
    if (CALL((bool)is_pad(W(self)))) {
        if (n != 6)
            return rt_curses_fail(ts, "%s() %s a pad requires 6 arguments", name, now ? "for" : "called for");
        if (rt_curses_ints(ts, a, 6, v) < 0)
            return RT_NULL;
        int r = now ? CALL_OUT(prefresh(W(self), v[0], v[1], v[2], v[3], v[4], v[5]))
                    : CALL_OUT(pnoutrefresh(W(self), v[0], v[1], v[2], v[3], v[4], v[5]));
        return rt_curses_check(ts, r, name);
    }
    if (n)
        return rt_raise(ts, &rt_exc_TypeError, "%s() takes no arguments (%u given)", name, n);
    return rt_curses_check(ts, now ? CALL_OUT(wrefresh(W(self))) : CALL_OUT(wnoutrefresh(W(self))), name);
}
static rt_value w_refresh(FAST) { return refreshed(ts, self, a, n, "refresh", true); }
static rt_value w_noutrefresh(FAST) { return refreshed(ts, self, a, n, "noutrefresh", false); }

static rt_value sub(FAST, const char *name, bool relative)
{
    int v[4] = {0, 0, 0, 0};
    if (n != 2 && n != 4)
        return rt_raise(ts, &rt_exc_TypeError, "_curses.window.%s requires 2 to 4 arguments", name);
    if (rt_curses_ints(ts, a, n, v + 4 - n) < 0)
        return RT_NULL;
    WINDOW *w = relative ? CALL(derwin(W(self), v[0], v[1], v[2], v[3]))
                : CALL((bool)is_pad(W(self))) ? CALL(subpad(W(self), v[0], v[1], v[2], v[3]))
                                              : CALL(subwin(W(self), v[0], v[1], v[2], v[3]));
    if (!w)
        return rt_curses_fail(ts, "curses function returned NULL");
    rt_value encoding = rt_slot_get(ts, rt_ptr(self), &rt_as_window(self)->encoding), r = rt_curses_window(ts, w, encoding);
    rt_decref(ts, encoding);
    return r;
}
static rt_value w_derwin(FAST) { return sub(ts, self, a, n, "derwin", true); }
static rt_value w_subwin(FAST) { return sub(ts, self, a, n, "subwin", false); }

static rt_value copy(FAST, const char *name, bool over)
{
    int v[6];
    if (n != 1 && n != 7)
        return rt_raise(ts, &rt_exc_TypeError, "_curses.window.%s requires 1 to 7 arguments", name);
    if (!rt_is_exact(a[0], &rt_window_type))
        return rt_raise_arg_type(ts, name, "argument 1", "_curses.window", a[0]);
    if (rt_curses_ints(ts, a + 1, n - 1, v) < 0)
        return RT_NULL;
    WINDOW *from = W(self), *to = W(a[0]);
    int r = n == 7 ? CALL(copywin(from, to, v[0], v[1], v[2], v[3], v[4], v[5], over))
            : over ? CALL(overlay(from, to))
                   : CALL(overwrite(from, to));
    return rt_curses_check(ts, r, n == 7 ? "copywin" : name);
}
static rt_value w_overlay(FAST) { return copy(ts, self, a, n, "overlay", true); }
static rt_value w_overwrite(FAST) { return copy(ts, self, a, n, "overwrite", false); }

/* By way of a temporary file: the library knows of FILE only. */
static rt_value w_putwin(NOARGS, rt_value file)
{
    char buf[4096];
    size_t got;
    FILE *f = tmpfile();
    if (!f)
        return rt_raise_errno(ts, &rt_exc_OSError, RT_NULL);
    rt_value r = rt_curses_check(ts, CALL(putwin(W(self), f)), "putwin");
    rewind(f);
    while (!rt_is_null(r) && (got = fread(buf, 1, sizeof buf, f)) > 0) {
        rt_value b = rt_bytes_new(ts, buf, got);
        r = rt_is_null(b) ? b : rt_call_method(ts, file, "write", &b, 1);
        rt_decref(ts, b);
        if (!rt_is_null(r)) {
            rt_decref(ts, r);
            r = RT_NONE;
        }
    }
    fclose(f);
    return r;
}

/* ---- the type ---- */
static rt_value w_get_encoding(struct rt_thread *ts, rt_value self, void *c)
{
    return rt_slot_get(ts, rt_ptr(self), &rt_as_window(self)->encoding);
}
static int w_set_encoding(struct rt_thread *ts, rt_value self, rt_value v, void *c)
{
    if (rt_is_null(v) || !rt_is_str(v)) {
        rt_raise(ts, &rt_exc_TypeError, rt_is_null(v) ? "encoding may not be deleted" : "setting encoding to a non-string");
        return -1;
    }
    if (!rt_str_utf8_nonul(ts, v))
        return -1;
    rt_slot_set(ts, &rt_as_window(self)->encoding, rt_newref(ts, v));
    return 0;
}
static void w_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    struct rt_window *w = (struct rt_window *)o;
    if (w->win && w->win != VARIABLE(WINDOW *, stdscr))
        (void)CALL(delwin(w->win)); /* fails while it has parts; then it stays, as the library wants it */
    w->win = NULL;
    rt_slot_clear(ts, o, &w->encoding);
}

static const struct rt_getset_def getset[] = {{"encoding", w_get_encoding, w_set_encoding, "the typecode character used to create the array", NULL}, {NULL}};
#define N(name) {#name, w_##name, RT_METH_NOARGS, #name "($self, /)\n--\n\n"}
#define O(name, arg) {#name, w_##name, RT_METH_O, #name "($self, " #arg ", /)\n--\n\n"}
#define F(name, text) {#name, w_##name, RT_METH_FAST, #name text}
static const struct rt_method_def rest[] = {
    N(clear), N(clrtobot), N(clrtoeol), N(cursyncup), N(deleteln), N(erase), N(getbegyx), N(getmaxyx), N(getparyx), N(getyx),
    N(insertln), N(is_wintouched), N(redrawwin), N(standend), N(standout), N(syncdown), N(syncup), N(touchwin), N(untouchwin),
    O(attroff, attr), O(attron, attr), O(attrset, attr), F(clearok, "(flag)"), F(idcok, "(flag)"), F(idlok, "(flag)"), F(immedok, "(flag)"),
    O(is_linetouched, line), F(keypad, "(flag)"), F(leaveok, "(flag)"), F(nodelay, "(flag)"), F(notimeout, "(flag)"), O(putwin, file),
    F(scrollok, "(flag)"), F(syncok, "(flag)"),
    F(derwin, "([nlines=0, ncols=0,] begin_y, begin_x)\nA window in this one, at a place that counts from its corner."),
    F(enclose, "($self, y, x, /)\n--\n\nReturn True if the place on the screen is in the window."),
    F(insdelln, "($self, nlines, /)\n--\n\nInsert lines above the cursor's, or delete some (nlines < 0)."),
    F(move, "(new_y, new_x)"), F(mvderwin, "(y, x)"), F(mvwin, "(new_y, new_x)"),
    F(noutrefresh, "([pminrow, pmincol, sminrow, smincol, smaxrow, smaxcol])\nMark for refresh but wait."),
    F(overlay, "(destwin, [sminrow, smincol, dminrow, dmincol, dmaxrow, dmaxcol])\nCopy what is no blank onto destwin."),
    F(overwrite, "(destwin, [sminrow, smincol, dminrow, dmincol, dmaxrow, dmaxcol])\nCopy onto destwin."),
    F(redrawln, "($self, beg, num, /)\n--\n\nThese lines are to be written anew."),
    F(refresh, "([pminrow, pmincol, sminrow, smincol, smaxrow, smaxcol])\nUpdate the display at once."),
    F(resize, "(nlines, ncols)"), F(scroll, "([lines=1])\nScroll upwards."), F(setscrreg, "($self, top, bottom, /)\n--\n\n"),
    {"subpad", w_subwin, RT_METH_FAST, "subpad([nlines=0, ncols=0,] begin_y, begin_x)"},
    F(subwin, "([nlines=0, ncols=0,] begin_y, begin_x)\nA window in this one, at a place on the screen."),
    F(timeout, "(delay)"), F(touchline, "(start, count, [changed=True])\nPretend that lines have been changed, or not."),
    {NULL},
};
static struct rt_method_def all[128];

struct rt_type rt_window_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "_curses.window", .flags = RT_TF_NO_NEW, .basic_size = sizeof(struct rt_window),
    .dealloc = w_dealloc, .methods = all, .getset = getset,
};

static void fill(void)
{
    size_t k = 0;
    for (const struct rt_method_def *m = rest; m->name; m++)
        all[k++] = *m;
    for (const struct rt_method_def *m = rt_window_text; m->name; m++)
        all[k++] = *m;
    RT_ASSERT(k < RT_COUNTOF(all));
}
int rt_window_ready(struct rt_thread *ts) { return rt_type_ready_filled(ts, &rt_window_type, fill); }
