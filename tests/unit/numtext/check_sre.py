# SPDX-License-Identifier: MIT
"""Compare core/modules/sre with the reference python3.11's re: check_sre.py [fuzz count] [seed]."""
import ctypes
import random
import re
import sys
import time
import warnings
from re import _compiler, _parser

import cbuild

warnings.simplefilter("ignore")
sys.path.insert(0, "/usr/lib/python3.11")
EXTRA = r"""
#include "core/modules/sre/sre.h"
#include <stdlib.h>
int t_run(const struct rt_sre_program *p, int how, const void *text, int kind, size_t start, size_t end, long *spans,
    size_t groups, int advance);
long t_count(const struct rt_sre_program *p, const void *text, int kind, size_t end);
long t_count(const struct rt_sre_program *p, const void *text, int kind, size_t end)
{
    long n = 0;
    size_t start = 0;
    int advance = 0;
    for (;;) {
        struct rt_sre_state s;
        rt_sre_state_init(&s, p, text, kind, start, end);
        s.must_advance = advance;
        int status = rt_sre_search(&s);
        rt_sre_state_free(&s);
        if (status != 1) {
            return n;
        }
        n++;
        start = s.match_end;
        advance = s.match_start == s.match_end;
    }
}
static int give_up(void *left)
{
    return --*(int *)left == 0;
}
int t_run(const struct rt_sre_program *p, int how, const void *text, int kind, size_t start, size_t end, long *spans,
    size_t groups, int advance)
{
    struct rt_sre_state s;
    int polls = 500;            /* damaged code may ask for ages */
    rt_sre_state_init(&s, p, text, kind, start, end);
    s.poll = give_up;
    s.poll_arg = &polls;
    s.match_all = how == 2;
    s.must_advance = advance;
    int status = how == 0 ? rt_sre_search(&s) : rt_sre_match(&s);
    if (status == 1) {
        spans[0] = s.match_start;
        spans[1] = s.match_end;
        for (size_t g = 1; g <= groups; g++) {
            size_t a, b;
            int set = rt_sre_group(&s, g, &a, &b);
            spans[2 * g] = set ? (long)a : -1;
            spans[2 * g + 1] = set ? (long)b : -1;
        }
        spans[2 * groups + 2] = s.last_index;
    }
    rt_sre_state_free(&s);
    return status;
}
"""
LIB = cbuild.load(["core/modules/sre/sre_%s.c" % n for n in ("charset", "compile", "first", "match")]
                  + ["core/base/strsearch.c", "core/unicode/unicode_db.c", "core/unicode/generated/unicode_tables.c"],
                  EXTRA)
failures = 0
seen = set()


def check(ok, *what):
    global failures
    if not ok:
        if what[2:] and what[2] in seen:
            return
        seen.add(what[2:] and what[2])
        failures += 1
        if failures < 30:
            print("FAIL", *[str(w)[:150] for w in what])


class Pattern:
    def __init__(self, pattern, flags=0):
        self.re = re.compile(pattern, flags)
        parsed = _parser.parse(pattern, flags)
        self.code = [int(x) for x in _compiler._code(parsed, flags)]
        self.groups = parsed.state.groups - 1
        self.handle = ctypes.c_void_p()
        self.status = compile_code(self.code, self.groups, self.handle)

    def run(self, how, text, kind, start=0, end=None, advance=0):
        n = len(text)
        end = n if end is None else max(0, min(end, n))
        data = text if isinstance(text, bytes) else text.encode({1: "latin-1", 2: "utf-16-le", 4: "utf-32-le"}[kind],
                                                                 "surrogatepass")
        spans = (ctypes.c_long * (2 * self.groups + 3))()
        status = LIB.t_run(self.handle, how, data, kind, ctypes.c_size_t(start), ctypes.c_size_t(end), spans,
                           ctypes.c_size_t(self.groups), advance)
        if status != 1:
            return None if status == 0 else status
        regs = tuple((spans[2 * g], spans[2 * g + 1]) for g in range(self.groups + 1))
        return regs, spans[2 * self.groups + 2] or None

    handle = None

    def __del__(self):
        LIB.rt_sre_free(self.handle)


def compile_code(code, groups, handle):
    arr = (ctypes.c_uint32 * len(code))(*code)
    return LIB.rt_sre_compile(arr, ctypes.c_size_t(len(code)), ctypes.c_size_t(groups), ctypes.byref(handle))


def compare(p, text, start=0, end=sys.maxsize):
    top = max(map(ord, text), default=0) if isinstance(text, str) else 0
    if start > min(end, len(text)):
        return          # CPython's match looks at one character too many here
    for how, name in enumerate(("search", "match", "fullmatch")):
        m = getattr(p.re, name)(text, start, end)
        want = m and (m.regs, m.lastindex)
        for kind in (1, 2, 4) if isinstance(text, str) else (1,):
            if kind == 1 and top > 255 or kind == 2 and top > 65535:
                continue
            got = p.run(how, text, kind, min(start, len(text)), end)
            check(got in (want, -3), name, kind, repr(p.re.pattern), p.re.flags, ascii(text), start, end, "got", got, "want", want)


def re_tests():
    from test import re_tests as rt
    for t in rt.tests:
        if t[2] == rt.SYNTAX_ERROR:
            continue
        for flags in (0, re.I, re.A, re.M, re.S, re.I | re.A):
            try:
                p = Pattern(t[0], flags)
            except (re.error, ValueError):
                continue
            check(p.status == 1, "compile", t[0])
            if p.status == 1:
                compare(p, t[1])
                compare(p, t[1], 1, len(t[1]) - 1)
                compare(p, t[1] + "\u0150\u212a\U0001f600")
                if t[0].isascii() and t[1].isascii() and not flags & re.A:
                    compare(Pattern(t[0].encode(), flags), t[1].encode())
                    compare(Pattern(t[0].encode(), flags | re.L), t[1].encode())


ATOMS = ["a", "b", "c", ".", "\\w", "\\d", "[ab]", "[^a]", "\\s", "\\b", "^", "$", "\\B", "ab", "abc", "(?:)", "[a-c]", "x",
         "\\W", "(?=a)", "(?!b)", "(?<=a)", "(?<!b)", "é", "[é-ř]", "ſ", "K", "\\n", "\\Z", "\\A", "\\D", "[^\\w]", "_"]
QUANT = ["*", "+", "?", "*?", "+?", "??", "{2}", "{1,2}", "{0,2}?", "*+", "++", "?+", "{1,2}+", "{2,}", "{,3}", "{2,}?"]


# In Debian's 3.11.2-6+deb12u8 and before, a possessive repeat goes on from where its last, failed try began:
# `(?<=a)*+` ends before it begins. There such repeats are left out.
POSSESSIVE = re.compile("(?<=a)*+").search("babba", 3).span() == (3, 3)


def random_pattern(rng, depth, state):
    """state: [number of groups, whether groups capture]. The reference leaves captures of failed ways behind in
    possessive and atomic parts, so that captures and those are tried apart."""
    out = []
    quantifiers = [q for q in QUANT if len(q) < 2 or q[-1] != "+"] if state[1] or not POSSESSIVE else QUANT
    for _ in range(rng.randrange(1, 4)):
        r = rng.random()
        if depth > 0 and r < 0.45:
            inner = random_pattern(rng, depth - 1, state)
            kind = rng.randrange(10)
            if kind < 4 and state[1]:
                piece = "(" + inner + ")"
                state[0] += 1
            elif kind < 6:
                piece = "(?:" + inner + "|" + random_pattern(rng, depth - 1, state) + ")"
            elif kind == 6 and not state[1]:
                piece = "(?>" + inner + ")"
            elif kind == 7:
                piece = "(?%s%s)" % (rng.choice(("=", "!")), inner)
            elif kind == 8 and state[0]:
                piece = "(?(%d)%s|%s)" % (rng.randrange(1, state[0] + 1), inner, rng.choice(ATOMS))
            elif state[1]:
                piece = "(" + inner + "|" + rng.choice(ATOMS) + ")"
                state[0] += 1
            else:
                piece = "(?:" + inner + ")"
        elif r < 0.5 and state[0]:
            piece = "\\%d" % rng.randrange(1, state[0] + 1)
        else:
            piece = rng.choice(ATOMS)
        if rng.random() < 0.4:
            piece += rng.choice(quantifiers)
        out.append(piece)
    return "".join(out)


def fuzz(rng, count):
    tried = 0
    while tried < count:
        pattern = random_pattern(rng, 2, [0, rng.randrange(3)])
        flags = rng.choice((0, 0, 0, re.I, re.M, re.S, re.A, re.I | re.A))
        try:
            p = Pattern(pattern, flags)
        except (re.error, OverflowError, ValueError):
            continue
        tried += 1
        check(p.status == 1, "compile", pattern)
        if p.status != 1:
            continue
        for _ in range(4):
            alphabet = rng.choice(("ab", "abc", "aAbBc \n", "abé ſkK", "ab\u0159\U0001f600_1"))
            text = "".join(rng.choices(alphabet, k=rng.randrange(10)))
            compare(p, text, rng.choice((0, 0, 1, 3)), rng.choice((sys.maxsize, sys.maxsize, 5)))
        # damaged code must be refused or be harmless
        code = list(p.code)
        for _ in range(3):
            i = rng.randrange(len(code))
            code[i] = rng.choice((0, 1, 2, code[i] + 1, max(0, code[i] - 1), rng.randrange(45), rng.randrange(99)))
            handle = ctypes.c_void_p()
            if compile_code(code, p.groups, handle) == 1:
                q = Pattern.__new__(Pattern)
                q.handle, q.groups = handle, p.groups
                q.run(0, "abcab", 1)


def speed():
    words = "the quick brown fox jumps over the lazy dog 12345 foo@example.com, "
    text = words * 20000
    data = text.encode("latin-1")
    for pattern in (r"\w+\s+\w+@", "foo@", r"(\w+)@(\w+)\.com", "dog|cat|fox", r"[a-z]+ing", "(?i)LAZY", r"(?:a|b|q)+u",
                    r"\d+", r"\bfox\b", "z.*?y", "(a|e|i|o|u)(?=x)", r"(?:(?:\w+) ){3}(\w+)", "[^,]*,", r"(?P<a>\w+)|(?P<b>\s+)|(?P<c>.)",
                    "(?:the|fox|over) ?", r'"[^"\\]*(?:\\.[^"\\]*)*"', "x*", "", ".*xyz", r"\w+!"):
        p = Pattern(pattern)
        t0 = time.perf_counter()
        want = sum(1 for m in p.re.finditer(text)) if pattern != ".*xyz" else 0     # quadratic
        t1 = time.perf_counter()
        n = LIB.t_count(p.handle, data, 1, ctypes.c_size_t(len(data)))
        t2 = time.perf_counter()
        print("%-22s reference %6.1f ms, ours %6.1f ms (%d)" % (pattern, (t1 - t0) * 1e3, (t2 - t1) * 1e3, n))
        check(n == want, pattern, n, want)


def main():
    rng = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    re_tests()
    fuzz(rng, int(sys.argv[1]) if len(sys.argv) > 1 else 5000)
    big = 200000
    for pattern, text in (("(?:a|b)*c", "ab" * big), ("(a)*b", "a" * big), ("(?:(a)|b)*?c", "ab" * big), ("((?:ab)+)+x", "ab" * 200),
                          ("(?:a|ab)*+c", "ab" * big), ("(?>a*)(?:b|a)", "a" * big)):
        if pattern != "((?:ab)+)+x":
            got = Pattern(pattern).run(1, text, 1)
            m = re.compile(pattern).match(text)
            check(got == (m and (m.regs, m.lastindex)), pattern)
    if "speed" in sys.argv:
        speed()
    print("%d failures" % failures)
    return failures != 0


if __name__ == "__main__":
    sys.exit(main())
