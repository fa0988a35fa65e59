# SPDX-License-Identifier: MIT
"""curses and curses.panel in a terminal of their own (a pseudo one), from several threads too."""
import os
import pty
import sys
import threading

os.environ["TERM"] = "xterm-256color"
pid, master = pty.fork()
if pid:
    shown = b""
    while True:
        try:
            data = os.read(master, 4096)
        except OSError:
            break
        if not data:
            break
        shown += data
        if b"type now" in data:
            os.write(master, "ab\u00e9\x1bOA".encode() + b"line\n")
    status = os.waitpid(pid, 0)[1]
    assert status == 0, shown[-3000:].decode("utf-8", "replace")
    sys.exit()

import curses
import curses.ascii
import curses.panel
import curses.textpad
import locale
import tempfile
from _check import raises, run_threads

locale.setlocale(locale.LC_ALL, "C.UTF-8")
raises(curses.error, curses.newwin, 1, 1, text="must call initscr() first")
raises(curses.error, curses.tigetnum, "cols", text="must call (at least) setupterm() first")


def program(screen):
    lines, columns = screen.getmaxyx()
    assert (curses.LINES, curses.COLS) == (lines, columns) and screen.encoding.upper() == "UTF-8"
    raises(TypeError, screen.addch)
    raises(TypeError, screen.addch, "ab", text="expect bytes or str of length 1, or int, got a str of length 2")
    raises(TypeError, screen.addstr, 5, text="expect bytes or str, got int")
    raises(ValueError, screen.addstr, "a\0", text="embedded null character")
    raises(curses.error, screen.move, 1000, 1000, text="wmove() returned ERR")
    win = curses.newwin(5, 20, 2, 3)
    win.addstr(0, 0, "h\u00e9llo", curses.A_BOLD)
    win.addch(1, 2, "\u20ac")
    win.insch(0, 0, "x")
    win.hline(2, 0, "-", 5)
    win.vline(0, 10, "|", 3, curses.A_REVERSE)
    assert win.instr(0, 0, 12) == "xh\u00e9llo    |".encode() and win.instr(1, 0, 6) == "  \u20ac".encode() + b" "
    assert win.inch(0, 10) == ord("|") | curses.A_REVERSE and win.instr(2, 0, 7) == b"-----  "
    win.chgat(2, 0, 3, curses.A_UNDERLINE)
    assert win.inch(2, 2) & curses.A_UNDERLINE and not win.inch(2, 3) & curses.A_UNDERLINE
    part = win.derwin(2, 4, 1, 2)
    assert part.getparyx() == (1, 2) and part.getbegyx() == (3, 5) and part.getmaxyx() == (2, 4)
    with tempfile.TemporaryFile() as f:
        win.putwin(f)
        f.seek(0)
        assert curses.getwin(f).instr(0, 0, 4) == "xh\u00e9".encode()
    pad = curses.newpad(50, 100)
    raises(curses.error, pad.refresh, text="refresh() for a pad requires 6 arguments")
    pad.addstr(40, 80, "far")
    pad.refresh(38, 78, 0, 0, 5, 5)
    if curses.has_colors():
        assert curses.COLORS >= 8
        curses.init_pair(1, curses.COLOR_RED, curses.COLOR_BLACK)
        assert curses.pair_content(1) == (curses.COLOR_RED, curses.COLOR_BLACK)
        assert curses.pair_number(curses.color_pair(1) | curses.A_BOLD) == 1
        raises(ValueError, curses.init_pair, 1, curses.COLORS, 0)
        raises(ValueError, curses.pair_content, -1, text="Color pair is less than 0.")
    back, front = curses.panel.new_panel(win), curses.panel.new_panel(curses.newwin(3, 3))
    assert front.below() is back and back.above() is front and curses.panel.top_panel() is front and front.above() is None
    back.top()
    assert curses.panel.bottom_panel() is front and back.window() is win and not back.hidden()
    back.hide()
    assert back.hidden()
    back.set_userptr(curses)
    assert back.userptr() is curses
    raises(curses.panel.error, front.userptr, text="no userptr set")
    curses.panel.update_panels()
    curses.doupdate()
    del back, front
    assert curses.panel.top_panel() is None
    for name in "KEY_UP", "KEY_F1", "KEY_RESIZE":
        assert getattr(curses, name) > 255
    assert curses.keyname(curses.KEY_UP) == b"KEY_UP" and curses.unctrl("\n") == b"^J" and curses.ACS_HLINE

    # threads that write, each into a window of its own
    def work(number):
        mine = curses.newwin(3, 30, 6 + 3 * number, 0)
        for i in range(60):
            mine.addstr(1, 1, f"{number} {i:3}")
            assert mine.instr(1, 1, 5) == f"{number} {i:3}".encode()
            mine.noutrefresh() if i % 2 else mine.refresh()
            curses.doupdate()
    run_threads(work, count=3)

    # what is typed: one thread waits, another goes on
    done = threading.Event()

    def meanwhile():
        for i in range(20):
            screen.addstr(20, 0, str(i))
        done.set()
    helper = threading.Thread(target=meanwhile)
    helper.start()
    screen.addstr(0, 0, "type now")
    screen.refresh()
    assert screen.getch() == ord("a") and screen.getkey() == "b"
    assert screen.get_wch() == "\u00e9"
    assert screen.getkey() == "KEY_UP"
    curses.echo()
    helper.join()
    assert done.is_set()
    text = screen.getstr(5, 0)
    assert text.endswith(b"line"), text
    screen.nodelay(True)
    assert screen.getch() == -1
    raises(curses.error, screen.getkey, text="no input")
    curses.ungetch("q")
    assert screen.getch() == ord("q")


curses.wrapper(program)
assert curses.isendwin()
sys.exit(0)
