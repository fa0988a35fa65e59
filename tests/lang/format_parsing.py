# SPDX-License-Identifier: MIT
"""string.Formatter's two parsers (_string): fields, conversions, nested specs, steps of a field name, mistakes."""
import _string
from _check import raises

def parse(text):
    return list(_string.formatter_parser(text))

def split(name):
    first, rest = _string.formatter_field_name_split(name)
    return first, list(rest)

assert parse("") == [] and parse("plain") == [("plain", None, None, None)]
assert parse("a{b}c") == [("a", "b", "", None), ("c", None, None, None)]
assert parse("{{}}") == [("{", None, None, None), ("}", None, None, None)]
assert parse("{0!r:>{w}}|") == [("", "0", ">{w}", "r"), ("|", None, None, None)]
assert parse("{a[}:!]}") == [("", "a[}:!]", "", None)] and parse("{:x}{!s}") == [("", "", "x", None), ("", "", "", "s")]
assert parse("\u1234{\u0416}") == [("\u1234", "\u0416", "", None)]
for text, message in [("{", "Single '{' encountered in format string"), ("a{b", "expected '}' before end of string"),
                      ("a}b", "Single '}' encountered in format string"), ("{a[", "expected '}' before end of string"),
                      ("{a{b}}", "unexpected '{' in field name"), ("{a:{b}", "unmatched '{' in format spec"),
                      ("{a!rx}", "expected ':' after conversion specifier"), ("{a!r", "unmatched '{' in format spec"),
                      ("{a!", "end of string while looking for conversion specifier")]:
    raises(ValueError, parse, text, text=message)
assert split("a.b[c].d[10]") == ("a", [(True, "b"), (False, "c"), (True, "d"), (False, 10)])
assert split("") == ("", []) and split("007") == (7, []) and split("[0]") == ("", [(False, 0)]) and split("\u0663.0") == (3, [(True, "0")])
for name, message in [("a.", "Empty attribute in format string"), ("a[]", "Empty attribute in format string"),
                      ("a[0", "Missing ']' in format string"),
                      ("a[0]x", "Only '.' or '[' may follow ']' in format field specifier"),
                      ("9" * 30, "Too many decimal digits in format string")]:
    raises(ValueError, split, name, text=message)
raises(TypeError, _string.formatter_parser, 1, text="expected str, got int")

# Integers in every base, width and flag, against digits written out by hand.
def digits(n, base):
    out = ""
    while n or not out:
        out, n = "0123456789abcdef"[n % base] + out, n // base
    return out


for n in 0, 1, 9, 10, 15, 16, 255, 2 ** 62 - 1, 2 ** 62, 2 ** 63, 10 ** 30:
    for value in n, -n:
        for code, base in ("d", 10), ("i", 10), ("u", 10), ("o", 8), ("x", 16), ("X", 16):
            text = digits(n, base)
            if code == "X":
                text = text.upper()
            for flags in "", "-", "0", "+", " ", "+0", " -", "-0":
                sign = "-" if value < 0 else "+" if "+" in flags else " " if " " in flags else ""
                for width in "", "1", "7", "30":
                    want = sign + text
                    if width and len(want) < int(width):
                        pad = int(width) - len(want)
                        want = (want + " " * pad if "-" in flags else sign + "0" * pad + text if "0" in flags else
                                " " * pad + want)
                    spec = "%" + flags + width + code
                    assert spec % value == want and spec % (value,) == want, (spec, value, spec % value, want)
                    assert spec.encode() % value == want.encode()
        for code, base in ("d", 10), ("o", 8), ("x", 16), ("b", 2):
            text = digits(n, base)
            sign = "-" if value < 0 else ""
            for width in 0, 1, 7, 30, 100:
                assert f"{value:0{width}{code}}" == sign + text.rjust(width - len(sign), "0")
                assert format(value, f"=+{width}{code}") == (sign or "+") + text.rjust(width - 1)
assert f"{1.5:08.2f}" == "00001.50" and f"{-1.5:08}" == "-00001.5" and f"{0:05}" == "00000" and f"{12:03,}" == "012"
assert "%s %%" % 5 == "5 %" and "%(a)05x" % {"a": 255} == "000ff" and "%-*d|" % (4, 7) == "7   |"


class Right(str):
    def __rmod__(self, left):
        return "right"


class Other:
    def __rmod__(self, left):
        return "other"


assert "%s" % Right("x") == "right" and "x" % Right("y") == "right" and "%s" % Other() != "other"
