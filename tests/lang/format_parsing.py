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
