/* SPDX-License-Identifier: MIT */
/*
 * _curses_panel over libpanelw: windows that cover each other. The library's panel points to its Python object, which
 * it does not own; the object ends the panel when it dies. Both change under the lock of _curses.
 */
#include "core/modules/curses/curses_internal.h"

#include <panel.h>

#include "core/modules/modules.h"

struct panel_object {
    struct rt_object hdr;
    PANEL *panel;
    rt_slot window, user;
};
static struct rt_type panel_type;
static struct panel_object *as_panel(rt_value v) { return (struct panel_object *)rt_ptr(v); }
#define P(v) (as_panel(v)->panel)
#define NOARGS struct rt_thread *ts, rt_value self

static rt_value fail(struct rt_thread *ts, const char *text)
{
    rt_value error = rt_interp_kept(ts, "_curses_panel.error");
    if (!rt_is_null(error))
        rt_raise(ts, rt_as_type(error), "%s", text);
    rt_decref(ts, error);
    return RT_NULL;
}
static rt_value check(struct rt_thread *ts, int code, const char *text) { return code == ERR ? fail(ts, text) : RT_NONE; }

#define CHECKED(name, call) static rt_value p_##name(NOARGS) { return check(ts, CALL(call(P(self))), #call "() returned ERR"); }
CHECKED(bottom, bottom_panel)
CHECKED(hide, hide_panel)
CHECKED(show, show_panel)
CHECKED(top, top_panel)

/* The object of the panel that `look` finds: None if there is none, or if it is dying. */
static rt_value found(struct rt_thread *ts, PANEL *(*look)(const PANEL *), const PANEL *from)
{
    (void)rt_bytelock_acquire(ts, &rt_curses_lock, -1, 0);
    PANEL *p = look(from);
    struct rt_object *o = p ? (struct rt_object *)(uintptr_t)panel_userptr(p) : NULL;
    rt_value r = o ? rt_try_newref(ts, o) : RT_NULL;
    rt_bytelock_release(&rt_curses_lock);
    return rt_is_null(r) ? RT_NONE : r;
}
static rt_value p_above(NOARGS) { return found(ts, panel_above, P(self)); }
static rt_value p_below(NOARGS) { return found(ts, panel_below, P(self)); }
static rt_value m_bottom_panel(NOARGS) { return rt_curses_ready(ts) < 0 ? RT_NULL : found(ts, panel_above, NULL); }
static rt_value m_top_panel(NOARGS) { return rt_curses_ready(ts) < 0 ? RT_NULL : found(ts, panel_below, NULL); }

static rt_value p_hidden(NOARGS)
{
    int r = CALL(panel_hidden(P(self)));
    return r == ERR ? fail(ts, "panel_hidden() returned ERR") : rt_bool(r);
}
static rt_value p_move(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    int v[2];
    if (rt_args_count(ts, "move", n, 2, 2) < 0 || rt_curses_ints(ts, a, n, v) < 0)
        return RT_NULL;
    return check(ts, CALL(move_panel(P(self), v[0], v[1])), "move_panel() returned ERR");
}
static rt_value p_window(NOARGS) { return rt_slot_get(ts, rt_ptr(self), &as_panel(self)->window); }
static rt_value p_replace(NOARGS, rt_value win)
{
    if (!rt_is_exact(win, &rt_window_type))
        return rt_raise_arg_type(ts, "replace", "argument 1", "_curses.window", win);
    if (CALL(replace_panel(P(self), rt_as_window(win)->win)) == ERR)
        return fail(ts, "replace_panel() returned ERR");
    rt_slot_set(ts, &as_panel(self)->window, rt_newref(ts, win));
    return RT_NONE;
}
static rt_value p_set_userptr(NOARGS, rt_value v)
{
    rt_slot_set(ts, &as_panel(self)->user, rt_newref(ts, v));
    return RT_NONE;
}
static rt_value p_userptr(NOARGS)
{
    rt_value v = rt_slot_get(ts, rt_ptr(self), &as_panel(self)->user);
    return rt_is_null(v) ? fail(ts, "no userptr set") : v;
}

static rt_value m_new_panel(NOARGS, rt_value win)
{
    if (rt_curses_ready(ts) < 0)
        return RT_NULL;
    if (!rt_is_exact(win, &rt_window_type))
        return rt_raise_arg_type(ts, "new_panel", NULL, "_curses.window", win);
    struct panel_object *p = rt_object_new(ts, &panel_type, sizeof *p);
    if (!p)
        return RT_NULL;
    p->panel = NULL;
    rt_slot_init(&p->window, rt_newref(ts, win));
    rt_slot_init(&p->user, RT_NULL);
    rt_value r = rt_own(p);
    p->panel = CALL(new_panel(rt_as_window(win)->win));
    if (p->panel && CALL(set_panel_userptr(p->panel, p)) != ERR)
        return r;
    rt_decref(ts, r);
    return fail(ts, "curses function returned NULL");
}
static rt_value m_update_panels(NOARGS)
{
    if (rt_curses_ready(ts) < 0)
        return RT_NULL;
    (void)DO(update_panels());
    return RT_NONE;
}

static int p_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    rt_value v = rt_slot_peek(&((struct panel_object *)o)->user);
    return rt_is_ptr(v) ? visit(v, arg) : 0;
}
static void p_clear(struct rt_thread *ts, struct rt_object *o) { rt_slot_clear(ts, o, &((struct panel_object *)o)->user); }
static void p_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    struct panel_object *p = (struct panel_object *)o;
    if (p->panel)
        (void)CALL(del_panel(p->panel));
    p->panel = NULL;
    rt_slot_clear(ts, o, &p->user);
    rt_slot_clear(ts, o, &p->window);
}

#define N(name, text) {#name, p_##name, RT_METH_NOARGS, #name "($self, /)\n--\n\n" text}
static const struct rt_method_def panel_methods[] = {
    N(above, "Return the panel above the current panel."), N(below, "Return the panel below the current panel."),
    N(bottom, "Push the panel to the bottom of the stack."), N(hidden, "Return True if the panel is hidden (not visible), False otherwise."),
    N(hide, "Hide the panel."), {"move", p_move, RT_METH_FAST, "move($self, y, x, /)\n--\n\nMove the panel to the screen coordinates (y, x)."},
    {"replace", p_replace, RT_METH_O, "replace($self, win, /)\n--\n\nChange the window associated with the panel to the window win."},
    {"set_userptr", p_set_userptr, RT_METH_O, "set_userptr($self, obj, /)\n--\n\nSet the panel\'s user pointer to obj."},
    N(show, "Display the panel (which might have been hidden)."), N(top, "Push panel to the top of the stack."),
    N(userptr, "Return the user pointer for the panel."), N(window, "Return the window object associated with the panel."),
    {NULL},
};
static struct rt_type panel_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "_curses_panel.panel", .flags = RT_TF_NO_NEW | RT_TF_GC, .basic_size = sizeof(struct panel_object),
    .dealloc = p_dealloc, .traverse = p_traverse, .clear = p_clear, .methods = panel_methods,
};

static int exec(struct rt_thread *ts, rt_value m)
{
    rt_value curses = rt_import(ts, "_curses");
    rt_decref(ts, curses);
    if (rt_is_null(curses) || rt_lazy_load(ts, &rt_lazy_panel) < 0 || rt_module_add_type(ts, m, &panel_type) < 0)
        return -1;
    rt_value e = rt_module_add_exception(ts, m, "error", rt_type_value(&rt_exc_Exception));
    int r = rt_is_null(e) ? -1 : rt_interp_keep(ts, "_curses_panel.error", e);
    rt_decref(ts, e);
    return r < 0 || rt_module_add(ts, m, "version", rt_str_from_cstr(ts, "2.1")) < 0 ? -1 : rt_module_add(ts, m, "__version__", rt_str_from_cstr(ts, "2.1"));
}
static const struct rt_method_def methods[] = {
    {"bottom_panel", m_bottom_panel, RT_METH_NOARGS, "bottom_panel($module, /)\n--\n\nReturn the bottom panel in the panel stack."},
    {"new_panel", m_new_panel, RT_METH_O, "new_panel($module, win, /)\n--\n\nReturn a panel object, associating it with the given window win."},
    {"top_panel", m_top_panel, RT_METH_NOARGS, "top_panel($module, /)\n--\n\nReturn the top panel in the panel stack."},
    {"update_panels", m_update_panels, RT_METH_NOARGS,
     "update_panels($module, /)\n--\n\nUpdates the virtual screen after changes in the panel stack.\n\nThis does not call curses.doupdate(), so you\'ll have to do this yourself."},
    {NULL},
};
const struct rt_module_def rt_module__curses_panel = {.name = "_curses_panel", .methods = methods, .exec = exec};
