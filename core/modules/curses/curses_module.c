/* SPDX-License-Identifier: MIT */
/* _curses over libncursesw, which is loaded on import: the terminal as a whole. Windows: window.c. */
#include <langinfo.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>

#include "core/modules/curses/curses_internal.h"
#include "core/modules/modules.h"
#include "core/modules/os/os_util.h"
#include "core/object/structseq.h"
#include "core/thread/runtime.h"

extern int setupterm(const char *term, int fd, int *err); /* of term.h, which defines short words as macros */

#define FAST struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n
#define NOARGS struct rt_thread *ts, rt_value self

_Atomic uint8_t rt_curses_lock;
static void lock_after_fork(void) { rt_store_relaxed(&rt_curses_lock, 0); }
/* The library's state, and so the process's: under the lock. */
static bool has_term, has_screen;

rt_value rt_curses_fail(struct rt_thread *ts, const char *fmt, ...)
{
    rt_value error = rt_interp_kept(ts, "_curses.error"), text;
    va_list ap;
    va_start(ap, fmt);
    text = rt_str_vformat(ts, fmt, ap);
    va_end(ap);
    if (!rt_is_null(text) && !rt_is_null(error))
        rt_raise_value(ts, rt_as_type(error), text);
    rt_decref(ts, text);
    rt_decref(ts, error);
    return RT_NULL;
}
rt_value rt_curses_check(struct rt_thread *ts, int code, const char *name)
{
    return code == ERR ? rt_curses_fail(ts, "%s() returned ERR", name) : RT_NONE;
}
int rt_curses_ready(struct rt_thread *ts)
{
    if (has_screen)
        return 0;
    rt_curses_fail(ts, "must call initscr() first");
    return -1;
}
static int term_ready(struct rt_thread *ts)
{
    if (has_term)
        return 0;
    rt_curses_fail(ts, "must call (at least) setupterm() first");
    return -1;
}

rt_value rt_curses_window(struct rt_thread *ts, WINDOW *win, rt_value encoding)
{
    const char *codeset = nl_langinfo(CODESET);
    rt_value name = rt_is_null(encoding) ? rt_str_from_cstr(ts, codeset && *codeset ? codeset : "utf-8") : rt_newref(ts, encoding);
    struct rt_window *w = rt_is_null(name) ? NULL : rt_object_new(ts, &rt_window_type, sizeof *w);
    if (!w) {
        rt_decref(ts, name);
        return RT_NULL;
    }
    w->win = win;
    rt_slot_init(&w->encoding, name);
    return rt_own(w);
}
static rt_value new_window(struct rt_thread *ts, WINDOW *w)
{
    return w ? rt_curses_window(ts, w, RT_NULL) : rt_curses_fail(ts, "curses function returned NULL");
}

/* ---- functions of one shape ---- */
#define READY (rt_curses_ready(ts) < 0)
#define TERM (term_ready(ts) < 0)
#define CHECKED(name, ready, expr) \
    static rt_value m_##name(NOARGS) { return ready ? RT_NULL : rt_curses_check(ts, CALL(expr), #name); }
CHECKED(beep, READY, beep())
CHECKED(def_prog_mode, READY, def_prog_mode())
CHECKED(def_shell_mode, READY, def_shell_mode())
CHECKED(endwin, READY, endwin())
CHECKED(flash, READY, flash())
CHECKED(nocbreak, READY, nocbreak())
CHECKED(noecho, READY, noecho())
CHECKED(nonl, READY, nonl())
CHECKED(noraw, READY, noraw())
CHECKED(reset_prog_mode, READY, reset_prog_mode())
CHECKED(reset_shell_mode, READY, reset_shell_mode())
CHECKED(resetty, READY, resetty())
CHECKED(savetty, READY, savetty())
static rt_value m_doupdate(NOARGS) { return READY ? RT_NULL : rt_curses_check(ts, CALL_OUT(doupdate()), "doupdate"); }

#define PLAIN(name, ready, expr) \
    static rt_value m_##name(NOARGS) { return ready ? RT_NULL : (DO(expr), RT_NONE); }
PLAIN(filter, false, filter())
PLAIN(flushinp, READY, flushinp())
PLAIN(noqiflush, READY, noqiflush())

#define VALUE(name, ready, make) static rt_value m_##name(NOARGS) { return ready ? RT_NULL : make; }
VALUE(baudrate, READY, rt_int_imm(CALL(baudrate())))
VALUE(has_ic, READY, rt_bool(CALL(has_ic())))
VALUE(has_il, READY, rt_bool(CALL(has_il())))
VALUE(isendwin, READY, rt_bool(CALL(isendwin())))
VALUE(termattrs, READY, rt_int_imm((int64_t)CALL(termattrs())))
VALUE(get_escdelay, false, rt_int_imm(VARIABLE(int, ESCDELAY)))
VALUE(get_tabsize, false, rt_int_imm(VARIABLE(int, TABSIZE)))
static rt_value bytes_of(struct rt_thread *ts, const char *s) { return s ? rt_bytes_new(ts, s, strlen(s)) : RT_NONE; }
static rt_value byte(struct rt_thread *ts, char c) { return rt_bytes_new(ts, &c, 1); }
VALUE(erasechar, READY, byte(ts, CALL(erasechar())))
VALUE(killchar, READY, byte(ts, CALL(killchar())))
VALUE(longname, READY, bytes_of(ts, CALL((const char *)longname())))
VALUE(termname, READY, bytes_of(ts, CALL((const char *)termname())))

/* name(flag=True): on or off. */
#define SWITCH(name, on, off) \
    static rt_value m_##name(FAST) \
    { \
        int flag = 1; \
        if (READY || rt_args_count(ts, #name, n, 0, 1) < 0 || rt_curses_ints(ts, a, n, &flag) < 0) \
            return RT_NULL; \
        return rt_curses_check(ts, CALL(flag ? on : off), flag ? #name : "no" #name); \
    }
SWITCH(cbreak, cbreak(), nocbreak())
SWITCH(echo, echo(), noecho())
SWITCH(nl, nl(), nonl())
SWITCH(raw, raw(), noraw())
SWITCH(qiflush, (qiflush(), OK), (noqiflush(), OK))

/* An int argument. */
#define INT(name, ready, result) \
    static rt_value m_##name(NOARGS, rt_value given) \
    { \
        if (ready) \
            return RT_NULL; \
        int v = rt_as_int(ts, given); \
        return rt_pending(ts) ? RT_NULL : result; \
    }
#define INT_CHECKED(name, ready, expr) INT(name, ready, rt_curses_check(ts, CALL(expr), #name))
INT_CHECKED(typeahead, READY, typeahead(v))
INT_CHECKED(mouseinterval, READY, mouseinterval(v))
INT_CHECKED(delay_output, READY, delay_output(v))
INT(has_key, READY, rt_bool(CALL(has_key(v))))
INT(curs_set, READY, ((v = CALL(curs_set(v))) == ERR ? rt_curses_check(ts, ERR, "curs_set") : rt_int_imm(v)))
INT(set_escdelay, false, v <= 0 ? rt_raise(ts, &rt_exc_ValueError, "ms must be > 0") : rt_curses_check(ts, CALL(set_escdelay(v)), "set_escdelay"))
INT(set_tabsize, false, v <= 0 ? rt_raise(ts, &rt_exc_ValueError, "size must be > 0") : rt_curses_check(ts, CALL(set_tabsize(v)), "set_tabsize"))
INT(halfdelay, READY, v < 0 || v > 255 ? rt_raise(ts, &rt_exc_OverflowError, v < 0 ? "unsigned byte integer is less than minimum" : "unsigned byte integer is greater than maximum")
                                       : rt_curses_check(ts, CALL(halfdelay(v)), "halfdelay"))
static rt_value nap(struct rt_thread *ts, int ms)
{
    rt_detach(ts, RT_DETACH_SLEEP);
    int r = napms(ms);
    rt_attach(ts);
    return rt_int_imm(r);
}
INT(napms, READY, nap(ts, v))
static rt_value name_of_key(struct rt_thread *ts, int key)
{
    if (key < 0)
        return rt_raise(ts, &rt_exc_ValueError, "invalid key number");
    const char *s = CALL(keyname(key));
    return bytes_of(ts, s ? s : "");
}
INT(keyname, READY, name_of_key(ts, v))

#define FLAG(name, ready, result) \
    static rt_value m_##name(NOARGS, rt_value given) \
    { \
        int v; \
        return ready || rt_curses_ints(ts, &given, 1, &v) < 0 ? RT_NULL : result; \
    }
FLAG(intrflush, READY, rt_curses_check(ts, CALL(intrflush(NULL, v != 0)), "intrflush"))
FLAG(meta, READY, rt_curses_check(ts, CALL(meta(VARIABLE(WINDOW *, stdscr), v != 0)), "meta"))
FLAG(use_env, false, (DO(use_env(v != 0)), RT_NONE))

/* ---- sizes ---- */
static int tell_size(struct rt_thread *ts, rt_value module)
{
    int lines = VARIABLE(int, LINES), cols = VARIABLE(int, COLS);
    return rt_module_add_int(ts, module, "LINES", lines) < 0 ? -1 : rt_module_add_int(ts, module, "COLS", cols);
}
static rt_value m_update_lines_cols(NOARGS)
{
    rt_value curses = rt_import(ts, "curses");
    int r = rt_is_null(curses) || tell_size(ts, curses) < 0 ? -1 : tell_size(ts, self);
    rt_decref(ts, curses);
    return r < 0 ? RT_NULL : RT_NONE;
}
static rt_value resized(FAST, const char *name, int (*resize)(int, int))
{
    int v[2];
    if (READY || rt_args_count(ts, name, n, 2, 2) < 0 || rt_curses_ints(ts, a, n, v) < 0 ||
        rt_is_null(rt_curses_check(ts, CALL(resize(v[0], v[1])), name)))
        return RT_NULL;
    return m_update_lines_cols(ts, self);
}
static rt_value m_resizeterm(FAST) { return resized(ts, self, a, n, "resizeterm", resizeterm); }
static rt_value m_resize_term(FAST) { return resized(ts, self, a, n, "resize_term", resize_term); }
static rt_value m_is_term_resized(FAST)
{
    int v[2];
    if (READY || rt_args_count(ts, "is_term_resized", n, 2, 2) < 0 || rt_curses_ints(ts, a, n, v) < 0)
        return RT_NULL;
    return rt_bool(CALL(is_term_resized(v[0], v[1])));
}

/* ---- beginning ---- */
static int add_acs(struct rt_thread *ts, rt_value module)
{
    static const struct { const char *name; char c; } acs[] = {
        {"ULCORNER", 'l'}, {"LLCORNER", 'm'}, {"URCORNER", 'k'}, {"LRCORNER", 'j'}, {"LTEE", 't'}, {"RTEE", 'u'}, {"BTEE", 'v'},
        {"TTEE", 'w'}, {"HLINE", 'q'}, {"VLINE", 'x'}, {"PLUS", 'n'}, {"S1", 'o'}, {"S9", 's'}, {"DIAMOND", '`'}, {"CKBOARD", 'a'},
        {"DEGREE", 'f'}, {"PLMINUS", 'g'}, {"BULLET", '~'}, {"LARROW", ','}, {"RARROW", '+'}, {"DARROW", '.'}, {"UARROW", '-'},
        {"BOARD", 'h'}, {"LANTERN", 'i'}, {"BLOCK", '0'}, {"BSSB", 'l'}, {"SSBB", 'm'}, {"BBSS", 'k'}, {"SBBS", 'j'}, {"SBSS", 'u'},
        {"SSSB", 't'}, {"SSBS", 'v'}, {"BSSS", 'w'}, {"BSBS", 'q'}, {"SBSB", 'x'}, {"SSSS", 'n'}, {"S3", 'p'}, {"S7", 'r'},
        {"LEQUAL", 'y'}, {"GEQUAL", 'z'}, {"PI", '{'}, {"NEQUAL", '|'}, {"STERLING", '}'}};
    const chtype *map = rt_lazy_data(&rt_lazy_curses, "acs_map");
    char name[32];
    for (size_t i = 0; i < RT_COUNTOF(acs); i++) {
        snprintf(name, sizeof name, "ACS_%s", acs[i].name);
        if (rt_module_add_int(ts, module, name, (int64_t)map[(unsigned char)acs[i].c]) < 0)
            return -1;
    }
    return 0;
}
static rt_value m_initscr(NOARGS)
{
    if (has_screen) {
        WINDOW *w = VARIABLE(WINDOW *, stdscr);
        (void)CALL_OUT(wrefresh(w));
        return rt_curses_window(ts, w, RT_NULL);
    }
    WINDOW *w = CALL(initscr());
    if (!w)
        return rt_curses_fail(ts, "curses function returned NULL");
    has_screen = has_term = true;
    if (add_acs(ts, self) < 0 || tell_size(ts, self) < 0)
        return RT_NULL;
    return rt_curses_window(ts, w, RT_NULL);
}
static rt_value m_setupterm(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"term", "fd", NULL};
    static const struct rt_argspec spec = {"setupterm", names, 0, 0, 2, 2};
    rt_value v[2];
    int err = 0;
    if (rt_args(ts, &spec, a, n, kw, v) < 0)
        return RT_NULL;
    if (v[0].bits && !rt_is_none(v[0]) && !rt_is_str(v[0]))
        return rt_raise_arg_type(ts, "setupterm", "term", "str or None", v[0]);
    const char *term = v[0].bits && rt_is_str(v[0]) ? rt_str_utf8_nonul(ts, v[0]) : NULL;
    int fd = rt_pending(ts) ? -1 : v[1].bits ? rt_as_int(ts, v[1]) : -1;
    if (rt_pending(ts))
        return RT_NULL;
    if (fd == -1) {
        rt_value out = rt_sys_get(ts, "stdout");
        if (rt_is_null(out) || rt_is_none(out))
            return rt_curses_fail(ts, "lost sys.stdout");
        fd = rt_fd_arg(ts, out);
        rt_decref(ts, out);
        if (fd < 0)
            return RT_NULL;
    }
    if (!has_term && CALL(setupterm(term, fd, &err)) == ERR)
        return rt_curses_fail(ts, err == 0    ? "setupterm: could not find terminal"
                                  : err == -1 ? "setupterm: could not find terminfo database"
                                              : "setupterm: unknown error");
    has_term = true;
    return RT_NONE;
}
static rt_value m_newwin(FAST)
{
    int v[4] = {0, 0, 0, 0};
    if (n != 2 && n != 4)
        return rt_raise(ts, &rt_exc_TypeError, "_curses.newwin requires 2 to 4 arguments");
    if (READY || rt_curses_ints(ts, a, n, v) < 0)
        return RT_NULL;
    return new_window(ts, CALL(newwin(v[0], v[1], v[2], v[3])));
}
static rt_value m_newpad(FAST)
{
    int v[2];
    if (READY || rt_args_count(ts, "newpad", n, 2, 2) < 0 || rt_curses_ints(ts, a, n, v) < 0)
        return RT_NULL;
    return new_window(ts, CALL(newpad(v[0], v[1])));
}
static rt_value m_getwin(NOARGS, rt_value file)
{
    if (READY)
        return RT_NULL;
    rt_value data = rt_call_method(ts, file, "read", NULL, 0), r = RT_NULL;
    if (rt_is_null(data))
        return data;
    FILE *f = rt_is_bytes(data) ? tmpfile() : NULL;
    if (!rt_is_bytes(data)) {
        rt_raise(ts, &rt_exc_TypeError, "f.read() returned %.100T instead of bytes", data);
    } else if (!f || fwrite(rt_as_bytes(data)->data, 1, rt_as_bytes(data)->length, f) != rt_as_bytes(data)->length) {
        rt_raise_errno(ts, &rt_exc_OSError, RT_NULL);
    } else {
        rewind(f);
        r = new_window(ts, CALL(getwin(f)));
    }
    if (f)
        fclose(f);
    rt_decref(ts, data);
    return r;
}

/* ---- keys and mouse ---- */
static rt_value m_ungetch(NOARGS, rt_value v)
{
    chtype c;
    return READY || rt_curses_char(ts, NULL, v, &c) < 0 ? RT_NULL : rt_curses_check(ts, CALL(ungetch((int)c)), "ungetch");
}
static rt_value m_unget_wch(NOARGS, rt_value v)
{
    wchar_t c;
    if (READY)
        return RT_NULL;
    if (rt_is_str(v)) {
        if (rt_str_len(v) != 1)
            return rt_raise(ts, &rt_exc_TypeError, "expect str of length 1 or int, got a str of length %zu", rt_str_len(v));
        c = (wchar_t)rt_str_at(rt_as_str(v), 0);
    } else if (rt_is_any_int(v)) {
        c = (wchar_t)rt_as_int(ts, v);
        if (rt_pending(ts))
            return RT_NULL;
    } else {
        return rt_raise(ts, &rt_exc_TypeError, "expect str of length 1 or int, got %T", v);
    }
    return rt_curses_check(ts, CALL(unget_wch(c)), "unget_wch");
}
static rt_value m_unctrl(NOARGS, rt_value v)
{
    chtype c;
    return READY || rt_curses_char(ts, NULL, v, &c) < 0 ? RT_NULL : bytes_of(ts, CALL((const char *)unctrl(c)));
}
static rt_value m_getmouse(NOARGS)
{
    MEVENT e;
    if (READY)
        return RT_NULL;
    if (CALL(getmouse(&e)) == ERR)
        return rt_curses_fail(ts, "getmouse() returned ERR");
    return rt_tuple_pack(ts, 5, rt_int_imm(e.id), rt_int_imm(e.x), rt_int_imm(e.y), rt_int_imm(e.z), rt_int_imm((int64_t)e.bstate));
}
static rt_value m_ungetmouse(FAST)
{
    int v[4];
    if (READY || rt_args_count(ts, "ungetmouse", n, 5, 5) < 0 || rt_curses_ints(ts, a, 4, v) < 0)
        return RT_NULL;
    MEVENT e = {(short)v[0], v[1], v[2], v[3], (mmask_t)rt_as_i64(ts, a[4])};
    return rt_pending(ts) ? RT_NULL : rt_curses_check(ts, CALL(ungetmouse(&e)), "ungetmouse");
}
static rt_value m_mousemask(NOARGS, rt_value v)
{
    mmask_t old = 0;
    if (READY)
        return RT_NULL;
    int64_t mask = rt_as_i64(ts, v);
    if (rt_pending(ts))
        return RT_NULL;
    mmask_t now = CALL(mousemask((mmask_t)mask, &old));
    return rt_tuple_pack(ts, 2, rt_int_imm((int64_t)now), rt_int_imm((int64_t)old));
}
static rt_value m_getsyx(NOARGS)
{
    int y = 0, x = 0;
    if (READY)
        return RT_NULL;
    WINDOW *w = VARIABLE(WINDOW *, newscr);
    if (w && CALL((bool)is_leaveok(w)))
        y = x = -1;
    else if (w)
        y = CALL(getcury(w)), x = CALL(getcurx(w));
    return rt_tuple_pack(ts, 2, rt_int_imm(y), rt_int_imm(x));
}
static rt_value m_setsyx(FAST)
{
    int v[2];
    if (READY || rt_args_count(ts, "setsyx", n, 2, 2) < 0 || rt_curses_ints(ts, a, n, v) < 0)
        return RT_NULL;
    WINDOW *w = VARIABLE(WINDOW *, newscr);
    if (v[0] == -1 && v[1] == -1) {
        (void)CALL(leaveok(w, TRUE));
    } else {
        (void)CALL(leaveok(w, FALSE));
        (void)CALL(wmove(w, v[0], v[1]));
    }
    return RT_NONE;
}

/* ---- terminfo ---- */
static const char *cap(struct rt_thread *ts, rt_value v, const char *name)
{
    if (TERM)
        return NULL;
    if (rt_is_str(v))
        return rt_str_utf8_nonul(ts, v);
    rt_raise_arg_type(ts, name, NULL, "str", v);
    return NULL;
}
static rt_value m_tigetflag(NOARGS, rt_value v)
{
    const char *s = cap(ts, v, "tigetflag");
    return s ? rt_int_imm(CALL(tigetflag(s))) : RT_NULL;
}
static rt_value m_tigetnum(NOARGS, rt_value v)
{
    const char *s = cap(ts, v, "tigetnum");
    return s ? rt_int_imm(CALL(tigetnum(s))) : RT_NULL;
}
static rt_value m_tigetstr(NOARGS, rt_value v)
{
    const char *s = cap(ts, v, "tigetstr");
    if (!s)
        return RT_NULL;
    s = CALL((const char *)tigetstr(s));
    return !s || s == (const char *)-1 ? RT_NONE : bytes_of(ts, s);
}
static rt_value m_tparm(FAST)
{
    int v[9] = {0};
    if (TERM || rt_args_count(ts, "tparm", n, 1, 10) < 0)
        return RT_NULL;
    if (!rt_is_bytes(a[0]))
        return rt_raise(ts, &rt_exc_TypeError, "a bytes-like object is required, not '%T'", a[0]);
    if (rt_curses_ints(ts, a + 1, n - 1, v) < 0)
        return RT_NULL;
    const char *s = CALL((const char *)tparm(rt_as_bytes(a[0])->data, v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8]));
    return s ? bytes_of(ts, s) : rt_curses_fail(ts, "tparm() returned NULL");
}
static rt_value m_putp(NOARGS, rt_value v)
{
    if (!rt_is_bytes(v))
        return rt_raise(ts, &rt_exc_TypeError, "a bytes-like object is required, not '%T'", v);
    return rt_curses_check(ts, CALL(putp(rt_as_bytes(v)->data)), "putp");
}

/* ---- the module ---- */
#define C(name) {#name, (int64_t)name}
#define B(i) C(BUTTON##i##_PRESSED), C(BUTTON##i##_RELEASED), C(BUTTON##i##_CLICKED), C(BUTTON##i##_DOUBLE_CLICKED), C(BUTTON##i##_TRIPLE_CLICKED)
static const struct { const char *name; int64_t value; } constants[] = {
    C(ERR), C(OK), C(A_ATTRIBUTES), C(A_NORMAL), C(A_STANDOUT), C(A_UNDERLINE), C(A_REVERSE), C(A_BLINK), C(A_DIM), C(A_BOLD),
    C(A_ALTCHARSET), C(A_INVIS), C(A_PROTECT), C(A_CHARTEXT), C(A_COLOR), C(A_HORIZONTAL), C(A_LEFT), C(A_LOW), C(A_RIGHT), C(A_TOP),
    C(A_VERTICAL), C(A_ITALIC), C(COLOR_BLACK), C(COLOR_RED), C(COLOR_GREEN), C(COLOR_YELLOW), C(COLOR_BLUE), C(COLOR_MAGENTA),
    C(COLOR_CYAN), C(COLOR_WHITE), B(1), B(2), B(3), B(4), B(5), C(BUTTON_SHIFT), C(BUTTON_CTRL), C(BUTTON_ALT), C(ALL_MOUSE_EVENTS),
    C(REPORT_MOUSE_POSITION), C(KEY_MIN), C(KEY_MAX),
};
static const struct rt_structseq_field version_fields[] = {{"major", "Major release number"}, {"minor", "Minor release number"}, {"patch", "Patch release number"}, {NULL, NULL}};
static const struct rt_structseq version_desc = {"curses.ncurses_version", "curses.ncurses_version\n\nNcurses version information as a named tuple.", version_fields, 3, false};
static struct rt_type version_type;

static int add_keys(struct rt_thread *ts, rt_value m)
{
    for (int key = KEY_MIN; key < KEY_MAX; key++) {
        const char *s = CALL(keyname(key));
        char name[64];
        size_t k = 0;
        if (!s || strncmp(s, "KEY_", 4))
            continue;
        for (; *s && k < sizeof name - 1; s++) /* KEY_F(1) is KEY_F1 */
            if (*s != '(' && *s != ')')
                name[k++] = *s;
        name[k] = 0;
        if (rt_module_add_int(ts, m, name, key) < 0)
            return -1;
    }
    return 0;
}
static int add_versions(struct rt_thread *ts, rt_value m)
{
    int v[3] = {0};
    const char *s = curses_version();
    sscanf(s + strcspn(s, "0123456789"), "%d.%d.%d", &v[0], &v[1], &v[2]);
    rt_value w[3] = {rt_int_imm(v[0]), rt_int_imm(v[1]), rt_int_imm(v[2])};
    if (rt_structseq_ready(ts, &version_type, &version_desc) < 0)
        return -1;
    rt_value version = rt_structseq_new(ts, &version_type, w);
    if (rt_is_null(version) || rt_module_add(ts, m, "ncurses_version", version) < 0 ||
        rt_module_add(ts, m, "version", rt_bytes_new(ts, "2.2", 3)) < 0)
        return -1;
    return rt_module_add(ts, m, "__version__", rt_bytes_new(ts, "2.2", 3));
}
static rt_value function_error(struct rt_thread *ts, rt_value m)
{
    rt_value e = rt_module_add_exception(ts, m, "error", rt_type_value(&rt_exc_Exception));
    if (!rt_is_null(e) && rt_interp_keep(ts, "_curses.error", e) < 0)
        rt_clear(ts, &e);
    return e;
}
static int exec(struct rt_thread *ts, rt_value m)
{
    if (rt_lazy_load(ts, &rt_lazy_curses) < 0 || rt_window_ready(ts) < 0 || rt_module_add_type(ts, m, &rt_window_type) < 0)
        return -1;
    rt_fork_at_child(lock_after_fork);
    rt_value e = function_error(ts, m);
    rt_decref(ts, e);
    if (rt_is_null(e) || add_versions(ts, m) < 0)
        return -1;
    for (size_t i = 0; i < RT_COUNTOF(constants); i++)
        if (rt_module_add_int(ts, m, constants[i].name, constants[i].value) < 0)
            return -1;
    for (const struct rt_method_def *d = rt_curses_color; d->name; d++) {
        rt_value name = rt_str_from_cstr(ts, "_curses"), f = rt_builtin_new(ts, d, m, name);
        rt_decref(ts, name);
        if (rt_is_null(f) || rt_module_add(ts, m, d->name, f) < 0)
            return -1;
    }
    return add_keys(ts, m);
}

#define N(name) {#name, m_##name, RT_METH_NOARGS, #name "($module, /)\n--\n\n"}
#define O(name, arg) {#name, m_##name, RT_METH_O, #name "($module, " #arg ", /)\n--\n\n"}
#define F(name, text) {#name, m_##name, RT_METH_FAST, #name text}
static const struct rt_method_def methods[] = {
    N(baudrate), N(beep), F(cbreak, "($module, flag=True, /)\n--\n\n"), O(curs_set, visibility), N(def_prog_mode), N(def_shell_mode),
    O(delay_output, ms), N(doupdate), F(echo, "($module, flag=True, /)\n--\n\n"), N(endwin), N(erasechar), N(filter), N(flash), N(flushinp),
    N(get_escdelay), N(get_tabsize), N(getmouse), N(getsyx), O(getwin, file), O(halfdelay, tenths), N(has_ic), N(has_il), O(has_key, key),
    N(initscr), O(intrflush, flag), F(is_term_resized, "($module, nlines, ncols, /)\n--\n\n"), N(isendwin), O(keyname, key), N(killchar),
    N(longname), O(meta, yes), O(mouseinterval, interval), O(mousemask, newmask), O(napms, ms),
    F(newpad, "($module, nlines, ncols, /)\n--\n\nA window that need not fit the screen."),
    F(newwin, "(nlines, ncols, [begin_y=0, begin_x=0])\nA new window."), F(nl, "($module, flag=True, /)\n--\n\n"),
    N(nocbreak), N(noecho), N(nonl), N(noqiflush), N(noraw), O(putp, string), F(qiflush, "($module, flag=True, /)\n--\n\n"),
    F(raw, "($module, flag=True, /)\n--\n\n"), N(reset_prog_mode), N(reset_shell_mode), N(resetty),
    F(resize_term, "($module, nlines, ncols, /)\n--\n\n"), F(resizeterm, "($module, nlines, ncols, /)\n--\n\n"), N(savetty),
    O(set_escdelay, ms), O(set_tabsize, size), F(setsyx, "($module, y, x, /)\n--\n\n"),
    {"setupterm", m_setupterm, RT_METH_KW, "setupterm($module, /, term=None, fd=-1)\n--\n\nInitialize the terminal."},
    N(termattrs), N(termname), O(tigetflag, capname), O(tigetnum, capname), O(tigetstr, capname),
    F(tparm, "($module, str, i1=0, i2=0, i3=0, i4=0, i5=0, i6=0, i7=0, i8=0,\n      i9=0, /)\n--\n\n"), O(typeahead, fd), O(unctrl, ch),
    O(unget_wch, ch), O(ungetch, ch), F(ungetmouse, "($module, id, x, y, z, bstate, /)\n--\n\n"), N(update_lines_cols), O(use_env, flag),
    {NULL},
};
const struct rt_module_def rt_module__curses = {.name = "_curses", .methods = methods, .exec = exec};
