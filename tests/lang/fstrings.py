# SPDX-License-Identifier: MIT
"""f-strings: nesting, conversions, format specifications, `=`, quotes and their errors."""
from _check import raises

x, name, items, width = 42, "ada", [1, 2, 3], 8
assert f"" == "" and f"{x}" == "42" and f"{{}}" == "{}" and f"{{{x}}}" == "{42}"
assert f"{name!r} {name!s} {'é'!a}" == "'ada' ada '\\xe9'"
assert f"{x:{width}}|{x:<{width}}|{x:^{width - 2}}|" == "      42|42      |  42  |"
assert f"{x=} {x = } {x!r:>5} {x=:>5} {name=!s}" == "x=42 x = 42    42 x=   42 name=ada"
assert f"{items[0]}{items[-1]} {name.upper()} {len(items) + 1}" == "13 ADA 4"
assert f"{'nested ' + f'{x + 1}'}" == "nested 43" and f'{"a" "b"}' == "ab"
assert f"{ {'a': 1}['a'] } {(lambda: 5)()} {[i * 2 for i in items]}" == "1 5 [2, 4, 6]"
assert f"{x if x > 1 else 0}{'yes' if x else 'no'}" == "42yes"
assert f"{3.14159:.{2}f} {1000000:,} {'abc':>{width}}" == "3.14 1,000,000      abc"
assert f"""{
    x
}""" == "42"
assert f"a" "b{x}" f"c{x}" == "ab{x}c42" and rf"\n{x}" == "\\n42" and f"\x41{x}\n" == "A42\n"
assert f"{x:%}" == "4200.000000%" and f"{x!r:^{'1' + '0'}}" == "    42    "
assert f"{(y := 7)} {y}" == "7 7" and f"{x!s:.1}" == "4"
assert f"{x:=+6}" == "+   42" and f"{-x:06}" == "-00042" and f"{x!r}" == "42"
assert f"{'a'!r:*>6}" == "***'a'" and f"{None} {True} {...}" == "None True Ellipsis"
assert f"{x:}" == "42" and f"{x != 41}" == "True" and f"{x == 42}" == "True" and f"{x >= 42}"


class Formatted:
    def __format__(self, spec):
        return f"<{spec}>"

    def __str__(self):
        return "str"

    def __repr__(self):
        return "repr"


f = Formatted()
assert f"{f} {f:abc} {f!s} {f!r} {f:{x}.{width}} {f=}" == "<> <abc> str repr <42.8> f=repr"
assert f"{f:%Y-%m}" == "<%Y-%m>" and format(f, "q") == "<q>" and "{:q}".format(f) == "<q>"
import datetime
day = datetime.date(2024, 2, 29)
assert f"{day:%d.%m.%Y}" == "29.02.2024" and f"{day!s:>12}" == "  2024-02-29"

assert "{} {}".format(1, 2) == "1 2" and "{1} {0}".format("a", "b") == "b a"
assert "{a} {b[0]} {c.real} {d[k]}".format(a=1, b=[2], c=3, d={"k": 4}) == "1 2 3 4"
assert "{:>{w}}".format("x", w=4) == "   x" and "{0!r:>5}".format("a") == "  'a'"
assert "{{{}}}".format(5) == "{5}" and "{:,}".format(1234567) == "1,234,567"
assert "{x} {y}".format_map({"x": 1, "y": 2}) == "1 2"
raises(IndexError, "{} {}".format, 1, text="Replacement index 1 out of range for positional args tuple")
raises(KeyError, "{a}".format)
raises(ValueError, "{".format, text="Single '{' encountered in format string")
raises(ValueError, "}".format, text="Single '}' encountered in format string")
raises(ValueError, "{} {0}".format, 1, text="cannot switch from automatic field numbering to manual "
       "field specification")
raises(ValueError, lambda: f"{x:q}", text="Unknown format code 'q' for object of type 'int'")
raises(TypeError, lambda: f"{items:>5}", text="unsupported format string passed to list.__format__")
raises(ValueError, lambda: f"{'a':d}", text="Unknown format code 'd' for object of type 'str'")
for source, message in [('f"{}"', "f-string: empty expression not allowed"),
                        ('f"{a"', "f-string: expecting '}'"), ('f"}"', "f-string: single '}' is not allowed"),
                        ('f"{a!x}"', "f-string: invalid conversion character: expected 's', 'r', or 'a'"),
                        ("f\"{'\\\\'}\"", "f-string expression part cannot include a backslash"),
                        ('f"{#}"', "f-string expression part cannot include '#'")]:
    try:
        compile(source, "t", "eval")
    except SyntaxError as error:
        assert message in error.msg, (source, error.msg)
    else:
        raise AssertionError(source)

# What has a __format__ of its own is asked for it; what has not is formatted as ever.
class Int(int):
    def __format__(self, spec):
        return f"<{spec}>"


class Str(str):
    def __format__(self, spec):
        return f"<{spec}>"


class Plain(int):
    pass


for value, want in (Int(5), "<4>"), (Str("x"), "<4>"), (Plain(5), "   5"), (True, "   1"), (5, "   5"), (2.5, " 2.5"), ("x", "x   "):
    width = 4
    assert f"{value:4}" == f"{value:{width}}" == format(value, "4") == want
    assert f"{value:}" == format(value)
for value, spec in (5, "q"), (2.5, "x"), ("x", "d"), (5, "4.2"), ("x", "+"), (True, "s"):
    try:
        f"{value:{spec}}"
    except ValueError as error:
        try:
            value.__format__(spec)
        except ValueError as other:
            assert str(error) == str(other)
    else:
        assert False, (value, spec)
assert f"plain" is f"plain" and f"{1:{'0'}{'3'}}" == "001" and (lambda: f"abc")() == "abc"
