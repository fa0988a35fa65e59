# SPDX-License-Identifier: MIT
"""Text that is compiled again and again leaves nothing behind."""
import gc
import sys

TEXT = """
def page(name, words="some words", *more):
    out = ["<html><body class='%s'>" % name, words, ("more words", "and others", (1, "nested ones", None))]
    if name in ("first name", "second name"):
        out.append("found: ")
    return out
"""


def compiled():
    names = {}
    exec(compile(TEXT, "name of a file", "exec"), names)
    return names["page"]("first name")


expected = ["<html><body class='first name'>", "some words", ("more words", "and others", (1, "nested ones", None)), "found: "]
for _ in range(50):
    assert compiled() == expected
gc.collect()
before = sys.getallocatedblocks()
for _ in range(400):
    compiled()
gc.collect()
grown = sys.getallocatedblocks() - before
assert grown < 800, grown

# what looks the same stays what it is
names = {}
exec("a = (1, 2); b = (True, 2.0); c = (1.0, 2); d = (0.0, -0.0); e = ('x y', b'x y'); f = ((), ('',))", names)
assert [repr(names[k]) for k in "abcdef"] == [
    "(1, 2)", "(True, 2.0)", "(1.0, 2)", "(0.0, -0.0)", "('x y', b'x y')", "((), ('',))"]

# constants that a program put there itself
mine = ("a tuple", ["with a list"])
code = (lambda: None).__code__
code = code.replace(co_consts=code.co_consts + (mine,))
assert code.co_consts[-1] == mine
mine[1].append(1)
assert code.co_consts[-1][1][0] == "with a list"
print("ok")
