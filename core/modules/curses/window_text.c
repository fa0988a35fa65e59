/* SPDX-License-Identifier: MIT */
/* curses.window: characters and strings in and out. Many methods take [y, x,] in front and an attribute at the end. */
#include <limits.h>
#include <stdlib.h>
#include <wchar.h>

#include "core/modules/curses/curses_internal.h"

#define W(v) (rt_as_window(v)->win)
#define FAST struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n
enum { LONGEST = 1023, PAIR_SHIFT = 8 };

static int pair_of(int64_t attr) { return (int)((uint64_t)attr >> PAIR_SHIFT & 0xff); }

/* [y, x,] first, then at least `least` and at most `least` + `more` others. The cursor is moved there later. */
struct place { bool given; int y, x; const rt_value *rest; uint32_t n; };
static int place_args(FAST, const char *name, uint32_t least, uint32_t more, struct place *p)
{
    *p = (struct place){.rest = a, .n = n};
    if (n < least || n > least + more + 2 || (n > least + more && n < least + 2)) {
        rt_raise(ts, &rt_exc_TypeError, "_curses.window.%s requires %u to %u arguments", name, least, least + more + 2);
        return -1;
    }
    if (n <= least + more)
        return 0;
    *p = (struct place){true, rt_as_int(ts, a[0]), rt_pending(ts) ? 0 : rt_as_int(ts, a[1]), a + 2, n - 2};
    return rt_pending(ts) ? -1 : 0;
}
static int moved(const struct place *p, WINDOW *w) { return p->given ? wmove(w, p->y, p->x) : OK; }

static int attr_arg(struct rt_thread *ts, const struct place *p, uint32_t i, int64_t *attr)
{
    *attr = p->n > i ? rt_as_i64(ts, p->rest[i]) : 0;
    return rt_pending(ts) ? -1 : 0;
}

/* One character: *wide gets it if it is a str, else -1 and *c is set. */
static int char_arg(struct rt_thread *ts, const struct rt_window *w, rt_value v, bool may_be_wide, chtype *c, int64_t *wide)
{
    *wide = -1;
    if (rt_is_any_int(v) && !rt_is_bool(v)) {
        int64_t i;
        bool fits = rt_int_try_i64(v, &i);
        *c = fits ? (chtype)i : 0;
        if (fits && (int64_t)*c == i)
            return 0;
        rt_raise(ts, &rt_exc_OverflowError, !fits && may_be_wide ? "int doesn't fit in long" : "byte doesn't fit in chtype");
        return -1;
    }
    if (rt_is_bytes(v) && rt_as_bytes(v)->length == 1) {
        *c = (uint8_t)rt_as_bytes(v)->data[0];
        return 0;
    }
    if (!rt_is_str(v) || rt_str_len(v) != 1) {
        if (rt_is_str(v))
            rt_raise(ts, &rt_exc_TypeError, "expect bytes or str of length 1, or int, got a str of length %zu", rt_str_len(v));
        else
            rt_raise(ts, &rt_exc_TypeError, "expect bytes or str of length 1, or int, got %T", v);
        return -1;
    }
    uint32_t u = rt_str_at(rt_as_str(v), 0);
    *c = u;
    if (may_be_wide) {
        *wide = u;
        return 0;
    }
    if (u < 128)
        return 0;
    rt_value e = w ? rt_slot_get(ts, (void *)(uintptr_t)w, &((struct rt_window *)(uintptr_t)w)->encoding) : RT_NULL;
    const char *name = e.bits ? rt_str_utf8(ts, e, NULL) : "utf-8";
    rt_value b = name ? rt_str_encode(ts, v, name, NULL) : RT_NULL;
    rt_decref(ts, e);
    if (rt_is_null(b))
        return -1;
    size_t len = rt_as_bytes(b)->length;
    *c = (uint8_t)rt_as_bytes(b)->data[0];
    rt_decref(ts, b);
    if (len != 1)
        rt_raise(ts, &rt_exc_OverflowError, "byte doesn't fit in chtype");
    return len == 1 ? 0 : -1;
}
int rt_curses_char(struct rt_thread *ts, const struct rt_window *w, rt_value v, chtype *out)
{
    int64_t wide;
    return char_arg(ts, w, v, false, out, &wide);
}

static rt_value w_addch(FAST)
{
    struct place p;
    chtype c;
    int64_t wide, attr;
    if (place_args(ts, self, a, n, "addch", 1, 1, &p) < 0 || char_arg(ts, rt_as_window(self), p.rest[0], true, &c, &wide) < 0 ||
        attr_arg(ts, &p, 1, &attr) < 0)
        return RT_NULL;
    WINDOW *w = W(self);
    cchar_t cc;
    wchar_t text[2] = {(wchar_t)wide, 0};
    if (wide >= 0 && CALL(setcchar(&cc, text, (attr_t)attr, (short)pair_of(attr), NULL)) == ERR)
        return rt_curses_check(ts, ERR, "setcchar");
    int r = wide >= 0 ? CALL(moved(&p, w) == ERR ? ERR : wadd_wch(w, &cc)) : CALL(moved(&p, w) == ERR ? ERR : waddch(w, c | (chtype)attr));
    return rt_curses_check(ts, r, wide >= 0 ? "add_wch" : "addch");
}
static rt_value w_insch(FAST)
{
    struct place p;
    chtype c;
    int64_t attr;
    if (place_args(ts, self, a, n, "insch", 1, 1, &p) < 0 || rt_curses_char(ts, rt_as_window(self), p.rest[0], &c) < 0 || attr_arg(ts, &p, 1, &attr) < 0)
        return RT_NULL;
    return rt_curses_check(ts, CALL(moved(&p, W(self)) == ERR ? ERR : winsch(W(self), c | (chtype)attr)), "insch");
}
static rt_value w_delch(FAST)
{
    struct place p;
    if (place_args(ts, self, a, n, "delch", 0, 0, &p) < 0)
        return RT_NULL;
    return rt_curses_check(ts, CALL(moved(&p, W(self)) == ERR ? ERR : wdelch(W(self))), p.given ? "mvwdelch" : "wdelch");
}
static rt_value w_echochar(FAST)
{
    chtype c;
    if (rt_args_count(ts, "echochar", n, 1, 2) < 0 || rt_curses_char(ts, rt_as_window(self), a[0], &c) < 0)
        return RT_NULL;
    int64_t attr = n > 1 ? rt_as_i64(ts, a[1]) : 0;
    if (rt_pending(ts))
        return RT_NULL;
    c |= (chtype)attr;
    return rt_curses_check(ts, CALL((bool)is_pad(W(self))) ? CALL_OUT(pechochar(W(self), c)) : CALL_OUT(wechochar(W(self), c)), "echochar");
}
static rt_value w_inch(FAST)
{
    struct place p;
    if (place_args(ts, self, a, n, "inch", 0, 0, &p) < 0)
        return RT_NULL;
    return rt_int_imm((int64_t)CALL(moved(&p, W(self)) == ERR ? (chtype)ERR : winch(W(self))));
}

/* ---- strings ---- */
struct text { const char *bytes; wchar_t *wide; };
static int text_arg(struct rt_thread *ts, rt_value v, struct text *t)
{
    *t = (struct text){NULL, NULL};
    if (rt_is_bytes(v)) {
        t->bytes = rt_as_bytes(v)->data;
        if (strlen(t->bytes) == rt_as_bytes(v)->length)
            return 0;
        rt_raise(ts, &rt_exc_ValueError, "embedded null byte");
        return -1;
    }
    if (!rt_is_str(v)) {
        rt_raise(ts, &rt_exc_TypeError, "expect bytes or str, got %T", v);
        return -1;
    }
    size_t n = rt_str_len(v);
    if (!(t->wide = rt_raw_malloc((n + 1) * sizeof(wchar_t)))) {
        rt_raise_no_memory(ts);
        return -1;
    }
    bool nul = false;
    for (size_t i = 0; i < n; i++)
        nul |= !(t->wide[i] = (wchar_t)rt_str_at(rt_as_str(v), i));
    t->wide[n] = 0;
    if (!nul)
        return 0;
    rt_raw_free(t->wide);
    rt_raise(ts, &rt_exc_ValueError, "embedded null character");
    return -1;
}
static int put(WINDOW *w, const struct place *p, const struct text *t, int max, bool insert, const int64_t *attr)
{
    attr_t before = 0;
    short pair = 0;
    if (attr) {
        wattr_get(w, &before, &pair, NULL);
        wattrset(w, (int)*attr);
    }
    int r = moved(p, w);
    if (r != ERR)
        r = t->wide ? insert ? wins_nwstr(w, t->wide, max) : waddnwstr(w, t->wide, max)
            : insert ? winsnstr(w, t->bytes, max) : waddnstr(w, t->bytes, max);
    if (attr)
        wattr_set(w, before, pair, NULL);
    return r;
}
static rt_value string(FAST, const char *name, bool counted, bool insert)
{
    struct place p;
    struct text t;
    uint32_t least = counted ? 2 : 1;
    int64_t attr;
    if (place_args(ts, self, a, n, name, least, 1, &p) < 0)
        return RT_NULL;
    int max = counted ? rt_as_int(ts, p.rest[1]) : -1;
    if (rt_pending(ts) || attr_arg(ts, &p, least, &attr) < 0 || text_arg(ts, p.rest[0], &t) < 0)
        return RT_NULL;
    int r = CALL(put(W(self), &p, &t, max, insert, p.n > least ? &attr : NULL));
    rt_raw_free(t.wide);
    return rt_curses_check(ts, r, name);
}
static rt_value w_addstr(FAST) { return string(ts, self, a, n, "addstr", false, false); }
static rt_value w_addnstr(FAST) { return string(ts, self, a, n, "addnstr", true, false); }
static rt_value w_insstr(FAST) { return string(ts, self, a, n, "insstr", false, true); }
static rt_value w_insnstr(FAST) { return string(ts, self, a, n, "insnstr", true, true); }

/* [y, x,] [n]: the count, at most LONGEST. */
static int counted(FAST, const char *name, struct place *p, int *max)
{
    *p = (struct place){.rest = a, .n = n};
    if (n > 3) {
        rt_raise(ts, &rt_exc_TypeError, "%s requires 0 %s 3 arguments", name, *name == 'i' ? "or" : "to");
        return -1;
    }
    if (n >= 2)
        *p = (struct place){true, rt_as_int(ts, a[0]), rt_pending(ts) ? 0 : rt_as_int(ts, a[1]), a + 2, n - 2};
    *max = p->n && !rt_pending(ts) ? rt_as_int(ts, p->rest[0]) : LONGEST;
    if (!rt_pending(ts) && *max < 0)
        rt_raise(ts, &rt_exc_ValueError, "'n' must be nonnegative");
    *max = *max < LONGEST ? *max : LONGEST;
    return rt_pending(ts) ? -1 : 0;
}
static rt_value w_instr(FAST)
{
    char buf[LONGEST + 1] = "";
    struct place p;
    int max;
    if (counted(ts, self, a, n, "instr", &p, &max) < 0)
        return RT_NULL;
    int r = CALL(moved(&p, W(self)) == ERR ? ERR : winnstr(W(self), buf, max));
    return rt_bytes_new(ts, buf, r == ERR ? 0 : strlen(buf));
}
/* The move under the lock; the wait without. */
#define WAIT(p, expr) __extension__({ \
        int w_ = CALL(moved((p), W(self))); \
        if (w_ != ERR) { \
            rt_detach(ts, RT_DETACH_IO); \
            w_ = (expr); \
            rt_attach(ts); \
        } \
        w_; })
static rt_value w_getstr(FAST)
{
    char buf[LONGEST + 1] = "";
    struct place p;
    int max;
    if (counted(ts, self, a, n, "getstr", &p, &max) < 0)
        return RT_NULL;
    int r = WAIT(&p, wgetnstr(W(self), buf, max));
    return rt_bytes_new(ts, buf, r == ERR ? 0 : strlen(buf));
}
static rt_value w_getch(FAST)
{
    struct place p;
    if (place_args(ts, self, a, n, "getch", 0, 0, &p) < 0)
        return RT_NULL;
    return rt_int_imm(WAIT(&p, wgetch(W(self))));
}
static rt_value w_getkey(FAST)
{
    struct place p;
    if (place_args(ts, self, a, n, "getkey", 0, 0, &p) < 0)
        return RT_NULL;
    int c = WAIT(&p, wgetch(W(self)));
    if (c == ERR)
        return rt_safepoint(ts) < 0 ? RT_NULL : rt_curses_fail(ts, "no input");
    if (c <= 255)
        return rt_str_from_char(ts, (uint32_t)c);
    const char *name = CALL(keyname(c));
    return rt_str_from_utf8(ts, name ? name : "", name ? strlen(name) : 0, NULL);
}
static rt_value w_get_wch(FAST)
{
    struct place p;
    wint_t c = 0;
    if (place_args(ts, self, a, n, "get_wch", 0, 0, &p) < 0)
        return RT_NULL;
    int r = WAIT(&p, wget_wch(W(self), &c));
    if (r == ERR)
        return rt_safepoint(ts) < 0 ? RT_NULL : rt_curses_fail(ts, "no input");
    return r == KEY_CODE_YES ? rt_int_imm(c) : rt_str_from_char(ts, c);
}

/* ---- lines and background ---- */
static rt_value line(FAST, const char *name, bool vertical)
{
    struct place p;
    chtype c;
    int64_t attr;
    if (place_args(ts, self, a, n, name, 2, 1, &p) < 0 || rt_curses_char(ts, rt_as_window(self), p.rest[0], &c) < 0)
        return RT_NULL;
    int length = rt_as_int(ts, p.rest[1]);
    if (rt_pending(ts) || attr_arg(ts, &p, 2, &attr) < 0)
        return RT_NULL;
    c |= (chtype)attr;
    WINDOW *w = W(self);
    return rt_curses_check(ts, CALL(moved(&p, w) == ERR ? ERR : vertical ? wvline(w, c, length) : whline(w, c, length)), name);
}
static rt_value w_hline(FAST) { return line(ts, self, a, n, "hline", false); }
static rt_value w_vline(FAST) { return line(ts, self, a, n, "vline", true); }
static rt_value w_border(FAST)
{
    chtype c[8] = {0};
    if (rt_args_count(ts, "border", n, 0, 8) < 0)
        return RT_NULL;
    for (uint32_t i = 0; i < n; i++)
        if (rt_curses_char(ts, rt_as_window(self), a[i], &c[i]) < 0)
            return RT_NULL;
    (void)CALL(wborder(W(self), c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7]));
    return RT_NONE;
}
static rt_value w_box(FAST)
{
    chtype c[2] = {0};
    if (n != 0 && n != 2)
        return rt_raise(ts, &rt_exc_TypeError, "_curses.window.box requires 0 to 2 arguments");
    for (uint32_t i = 0; i < n; i++)
        if (rt_curses_char(ts, rt_as_window(self), a[i], &c[i]) < 0)
            return RT_NULL;
    (void)CALL(wborder(W(self), c[0], c[0], c[1], c[1], 0, 0, 0, 0));
    return RT_NONE;
}
static rt_value w_chgat(FAST)
{
    int y = 0, x = 0, num = -1;
    bool place = n >= 3;
    if (n < 1 || n > 4)
        return rt_raise(ts, &rt_exc_TypeError, "chgat requires 1 to 4 arguments");
    if (place) {
        y = rt_as_int(ts, a[0]);
        x = rt_pending(ts) ? 0 : rt_as_int(ts, a[1]);
    }
    if (!rt_pending(ts) && (n == 2 || n == 4))
        num = rt_as_int(ts, a[n - 2]);
    int64_t attr = rt_pending(ts) ? 0 : rt_as_i64(ts, a[n - 1]);
    if (rt_pending(ts))
        return RT_NULL;
    WINDOW *w = W(self);
    struct place p = {place, y, x, NULL, 0};
    if (!place)
        y = CALL(getcury(w));
    int r = CALL(moved(&p, w) == ERR ? ERR : wchgat(w, num, (attr_t)attr & ~(attr_t)A_COLOR, (short)pair_of(attr), NULL));
    (void)CALL(wtouchln(w, y, 1, 1));
    return rt_curses_check(ts, r, "chgat");
}
static rt_value w_getbkgd(struct rt_thread *ts, rt_value self) { return rt_int_imm((int64_t)CALL(getbkgd(W(self)))); }
static int background(FAST, const char *name, chtype *c)
{
    if (rt_args_count(ts, name, n, 1, 2) < 0 || rt_curses_char(ts, rt_as_window(self), a[0], c) < 0)
        return -1;
    *c |= n > 1 ? (chtype)rt_as_i64(ts, a[1]) : 0;
    return rt_pending(ts) ? -1 : 0;
}
static rt_value w_bkgd(FAST)
{
    chtype c;
    return background(ts, self, a, n, "bkgd", &c) < 0 ? RT_NULL : rt_curses_check(ts, CALL(wbkgd(W(self), c)), "bkgd");
}
static rt_value w_bkgdset(FAST)
{
    chtype c;
    if (background(ts, self, a, n, "bkgdset", &c) < 0)
        return RT_NULL;
    (void)DO(wbkgdset(W(self), c));
    return RT_NONE;
}

#define F(name, text) {#name, w_##name, RT_METH_FAST, #name text}
const struct rt_method_def rt_window_text[] = {
    F(addch, "([y, x,] ch, [attr=_curses.A_NORMAL])\nPut the character there, or at the cursor, which goes on."),
    F(addnstr, "([y, x,] str, n, [attr])\nPut at most n characters of the string."),
    F(addstr, "([y, x,] str, [attr])\nPut the string."),
    F(bkgd, "($self, ch, attr=_curses.A_NORMAL, /)\n--\n\nSet the background, also where it is already seen."),
    F(bkgdset, "($self, ch, attr=_curses.A_NORMAL, /)\n--\n\nSet the background of what comes."),
    F(border, "($self, ls=_curses.ACS_VLINE, rs=_curses.ACS_VLINE,\n       ts=_curses.ACS_HLINE, bs=_curses.ACS_HLINE,\n       tl=_curses.ACS_ULCORNER, "
              "tr=_curses.ACS_URCORNER,\n       bl=_curses.ACS_LLCORNER, br=_curses.ACS_LRCORNER, /)\n--\n\nDraw a border."),
    F(box, "([verch=0, horch=0])\nDraw a border of two characters."),
    F(chgat, "([y, x,] [n=-1,] attr)\nSet the attribute of n characters, or to the end of the line."),
    F(delch, "([y, x])\nDelete a character."), F(echochar, "($self, ch, attr=_curses.A_NORMAL, /)\n--\n\nPut ch and refresh."),
    F(get_wch, "([y, x])\nWait for a character: a str, or an int for a key."), F(getch, "([y, x])\nWait for a key: an int."),
    {"getbkgd", w_getbkgd, RT_METH_NOARGS, "getbkgd($self, /)\n--\n\nReturn the background."},
    F(getkey, "([y, x])\nWait for a key: a str, its name if it has one."), F(getstr, "([y, x,] [n])\nRead a line as bytes."),
    F(hline, "([y, x,] ch, n, [attr=_curses.A_NORMAL])\nDraw a horizontal line."), F(inch, "([y, x])\nReturn the character there."),
    F(insch, "([y, x,] ch, [attr=_curses.A_NORMAL])\nInsert the character."), F(insnstr, "([y, x,] str, n, [attr])\nInsert at most n characters."),
    F(insstr, "([y, x,] str, [attr])\nInsert the string."), F(instr, "([y, x,] [n])\nReturn the bytes there."),
    F(vline, "([y, x,] ch, n, [attr=_curses.A_NORMAL])\nDraw a vertical line."),
    {NULL},
};
