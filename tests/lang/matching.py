# SPDX-License-Identifier: MIT
"""match: literal, capture, sequence, mapping, class, or, guard, as, value and star patterns."""
import collections
import dataclasses
import enum
from _check import raises


class Color(enum.Enum):
    RED = 1
    BLUE = 2


@dataclasses.dataclass
class Point:
    x: int
    y: int


class Custom:
    __match_args__ = ("first", "second")

    def __init__(self, first, second):
        self.first, self.second = first, second


LIMIT = 99


def describe(value):
    match value:
        case None | True | False:
            return "singleton"
        case 0 | 1:
            return "bit"
        case -5:
            return "minus five"
        case 1.5 | 2 + 3j:
            return "float or complex"
        case "hello" | b"bytes":
            return "text"
        case Color.RED:
            return "red"
        case Color():
            return "color"
        case int(n) if n > 1000:
            return f"big {n}"
        case int() | float() as number:
            return f"number {number}"
        case str(s):
            return f"str {s}"
        case []:
            return "empty"
        case [x]:
            return f"one {x}"
        case [1, 2, *rest]:
            return f"one two {rest}"
        case [first, *_, last] if first == last:
            return "same ends"
        case (Point(x=0, y=0) | Point(0, 0)), *_:
            return "starts at origin"
        case [[a, b], {"k": v}]:
            return f"nested {a} {b} {v}"
        case [_, _]:
            return "pair"
        case [*everything]:
            return f"many {len(everything)}"
        case {"type": "circle", "r": r}:
            return f"circle {r}"
        case {"type": kind, **rest}:
            return f"{kind} with {sorted(rest)}"
        case {}:
            return "mapping"
        case Point(x=0, y=y):
            return f"on axis {y}"
        case Point(x, y):
            return f"point {x},{y}"
        case Custom(a, second=b):
            return f"custom {a} {b}"
        case _:
            return "other"


cases = [(None, "singleton"), (True, "singleton"), (0, "bit"), (1, "bit"), (1.0, "bit"), (-5, "minus five"), (1.5, "float or complex"),
         (2 + 3j, "float or complex"), ("hello", "text"), (b"bytes", "text"), (Color.RED, "red"), (Color.BLUE, "color"),
         (5000, "big 5000"), (7, "number 7"), (2.25, "number 2.25"), ("abc", "str abc"), ([], "empty"), ((5,), "one 5"),
         ([1, 2], "one two []"), ((1, 2, 3, 4), "one two [3, 4]"), ([7, 8, 7], "same ends"), ([Point(0, 0), 1, 2], "starts at origin"),
         ([(1, 5), {"k": 3, "z": 0}], "nested 1 5 3"), ([3, 4], "pair"), (range(5, 9), "many 4"), (collections.deque([3, 4]), "pair"),
         ({"type": "circle", "r": 2, "more": 1}, "circle 2"), ({"type": "box", "w": 1, "h": 2}, "box with ['h', 'w']"), ({"a": 1}, "mapping"),
         ({}, "mapping"), (Point(0, 9), "on axis 9"), (Point(3, 4), "point 3,4"), (Custom(1, 2), "custom 1 2"), (object, "other"),
         ({1, 2}, "other"), (bytearray(b"x"), "other"), (iter([]), "other"), (collections.OrderedDict(type="q"), "q with []")]
for value, want in cases:
    assert describe(value) == want, (value, describe(value), want)


def parse(command):
    match command.split():
        case ["go", ("north" | "south" | "east" | "west") as direction]:
            return ("go", direction)
        case ["get", item] | ["pick", "up", item]:
            return ("get", item)
        case ["drop", *items] if items:
            return ("drop", items)
        case [action]:
            return (action,)
        case _:
            return None


assert parse("go north") == ("go", "north") and parse("go up") is None and parse("pick up lamp") == ("get", "lamp")
assert parse("drop a b") == ("drop", ["a", "b"]) and parse("look") == ("look",) and parse("") is None


def no_match(x):
    match x:
        case 1:
            return 1


assert no_match(2) is None
match 5, 6:
    case a, b:
        pass
assert (a, b) == (5, 6)
match = case = _ = 3
assert match + case == 6
match {"x": {"y": [1, {"z": 2}]}}:
    case {"x": {"y": [one, {"z": two}]}}:
        assert (one, two) == (1, 2)


class Meta(type):
    def __instancecheck__(cls, other):
        return other == "magic"


class Magic(metaclass=Meta):
    pass


def magic(x):
    match x:
        case Magic():
            return True
    return False


assert magic("magic") and magic(Magic()) and not magic("other")


def positional(x):
    match x:
        case Plain(1):
            return 1


class Plain:
    pass


raises(TypeError, positional, Plain(), text="Plain() accepts 0 positional sub-patterns (1 given)")


def value_pattern(x):
    match x:
        case Color.RED | Color.BLUE:
            return "c"
        case enum.Enum:
            return "the class itself"


assert value_pattern(enum.Enum) == "the class itself" and value_pattern(Color.BLUE) == "c"
for source in ("match x:\n case a: pass\n case b: pass", "match x:\n case a | b: pass", "match x:\n case [*a, *b]: pass",
               "match x:\n case {**r, 'a': 1}: pass", "match x:\n case [a, a]: pass", "match x:\n case C(x=1, x=2): pass"):
    raises(SyntaxError, compile, source, "t", "exec")


def guard_order(x):
    seen = []

    def check(value):
        seen.append(value)
        return False
    match x:
        case n if check(1):
            pass
        case [n] if check(2):
            pass
        case _ if check(3):
            pass
    return seen, n


assert guard_order([7]) == ([1, 2, 3], 7)
