# SPDX-License-Identifier: MIT
"""json through _json: text, errors, hooks, odd keys, both directions."""
import enum
import json
import json.encoder
import json.scanner
from collections import OrderedDict

print(json.encoder.c_make_encoder.__name__, json.scanner.c_make_scanner.__name__)


def attempt(f, *args, **kw):
    try:
        r = f(*args, **kw)
    except Exception as e:
        print(type(e).__name__, e)
    else:
        print(type(r).__name__, r if not isinstance(r, str) else ascii(r))


texts = ["", "abc", "a" * 15 + '"', "a" * 16 + "\\", "tab\tnew\nline\x00\x1f\x7f", "é", "\xff" * 40, "\u20ac" * 20, "\U0001f600",
         "\ud800", "x" * 300 + "é" + "y" * 300 + "\u4e16" + '"', "\x80"]
for t in texts:
    for ascii_only in (True, False):
        s = json.dumps(t, ensure_ascii=ascii_only)
        assert json.loads(s) == t, ascii(t)
        assert json.dumps([t, {t: t}], ensure_ascii=ascii_only) == "[%s, {%s: %s}]" % (s, s, s)
        print(len(s), ascii(s[-30:]))
numbers = [0, 1, -1, 10, 99, 100, 12345, -10**17, 10**18, 10**19, 2**62, -2**62, 2**63, 2**64, 10**40, 0.0, -0.0, 1.0, -1.0, 1.5, 0.1,
           1e15, 1e16, 1e17, 1e22, 1e23, 1e-5, 123456.789, 1e300, 5e-324, 2147483647.0, 2147483648.0, -2147483648.0, True, False, None]
print(json.dumps(numbers))
back = json.loads(json.dumps(numbers))
assert back == numbers and [type(x) for x in back] == [type(x) for x in numbers]
print(json.dumps([float("nan"), float("inf"), -float("inf")]), json.loads("[NaN, Infinity, -Infinity]"))
attempt(json.dumps, [float("nan")], allow_nan=False)
for s in ["1e5", "1E+5", "-1e-5", "1.5e3", "123456789012345678901234567890", "0.1e1", "1e400", "-1e400", "1e-400", "-0", "-0.0", "1.", "1.e3", "01",
          "-", "+1", "1e", "1e+", "0x1", "123456789012345678", "1234567890123456789", "9007199254740993.0", "0.30000000000000004",
          "12345678901234567.5e-3", "1" + "0" * 400 + ".5e-400"]:
    attempt(json.loads, s)
    attempt(json.loads, "[%s]" % s)
    attempt(json.loads, "[\"\u20ac\", %s]" % s)
for s in ["", "[", "[1", "[1,", "[1,]", "[1 2]", "{", "{1:2}", '{"a"', '{"a":', '{"a":1', '{"a":1,', '{"a":1,}', '{"a" 1}', '{"a":1 "b":2}', '"abc', '"\\',
          '"\\x"', '"\\u12"', '"\\u12g4"', '"\\ud800\\u12g4"', '"\\ud800\\u1234"', '"\\ud83d\\ude00"', '"\\ud83d"', '"\\ude00"', '"a\tb"', '"\x00"', "nul", "nulll",
          "tru", "False", "Nan", "Inf", "-Inf", "[] x", " [ ] ", "{ }", "\n{\t}\r", '{"a":{"b":[{"c":null}]}}', '"\\ud800\\u0041xyz"', '"\\ud83d\\ude0"']:
    attempt(json.loads, s)
    attempt(json.loads, s.replace("[", "[\"é\u20ac\", "))
attempt(json.loads, '"a\tb"', strict=False)
for d in [{1: 2, 1.5: 3, None: 4, True: 5, False: 6, float("inf"): 7, 2**70: 8}, {(1, 2): 3}, {"b": 1, "a": {"d": 1, "c": 2}}, OrderedDict([("z", 1), ("y", 2)]),
          {b"x": 1}]:
    attempt(json.dumps, d)
    attempt(json.dumps, d, skipkeys=True)
    attempt(json.dumps, d, sort_keys=True)
attempt(json.dumps, {(1,): 1, "a": 2, (2,): 3, "b": 4}, skipkeys=True)


class E(enum.IntEnum):
    A = 3


class F(float):
    def __repr__(self):
        return "no"


class I(int):
    def __repr__(self):
        return "no"


class S(str):
    pass


class L(list):
    pass


class D(dict):
    def items(self):
        return [("fixed", 1)]


print(json.dumps([E.A, F(1.5), I(7), S("s"), L([1]), {E.A: 1, F(2.5): 2, I(8): 3, S("k"): 4}, (1, (2,))]))
print(json.dumps(D(a=1)), json.dumps(D()))
loop = []
loop.append(loop)
attempt(json.dumps, loop)
loop = {}
loop["x"] = [loop]
attempt(json.dumps, loop)
attempt(json.dumps, object)
attempt(json.dumps, [1, {2}], default=list)
attempt(json.dumps, [1, {2}], default=lambda o: o)
deep = []
for _ in range(100000):
    deep = [deep]
attempt(json.dumps, deep)
for text in ("[" * 100000, '{"a":' * 100000):
    attempt(json.loads, text)
print(json.loads('{"a": 1, "b": {"a": 2}}', object_hook=lambda d: sorted(d)), json.loads('{"a": 1, "a": {"a": 2}, "b": []}', object_pairs_hook=lambda p: p),
      json.loads('{}', object_pairs_hook=tuple), json.loads("[1, 2.5, NaN, -Infinity]", parse_int=str, parse_float=str, parse_constant=str))
many = {f"key{i}": i for i in range(500)}
assert json.loads(json.dumps(many)) == many and list(json.loads(json.dumps(many))) == list(many)
assert json.loads(json.dumps([many] * 3)) == [many] * 3
a, b = json.loads(json.dumps([many, many]))
assert all(x is y for x, y in zip(a, b))
a, b = json.loads(json.dumps([{"é\u20ac": 1}] * 2))
assert [*a][0] is [*b][0]
assert json.loads(json.dumps(list(range(1000)))) == list(range(1000))
functions = json.loads('[{"a":1},{"a":2},{"a":3}]', object_hook=lambda d: lambda: d)
print([f() for f in functions])
print(json.dumps({"a": [1, 2, {"b": None}], "c": "é"}, indent=2, ensure_ascii=False), json.dumps([1, {"a": 2}], separators=(",", ":")), json.dumps([1, 2], separators=("é", "\u20ac")))
for bad in (lambda: json.encoder.c_make_encoder(1, None, None, None, "", "", 0, 0, 0), lambda: json.encoder.c_make_encoder(None, None, None, None, b"", "", 0, 0, 0),
            lambda: json.encoder.c_make_encoder({}, None, lambda s: None, None, ":", ",", 0, 0, 0)("x", 0), lambda: json.scanner.c_make_scanner(None),
            lambda: json.decoder.scanstring("abc", 10), lambda: json.decoder.scanstring(b"abc", 0), lambda: json.encoder.encode_basestring(b"a"),
            lambda: json.encoder.encode_basestring_ascii(1), lambda: json.decoder.scanstring('ab"c', 0), lambda: json.decoder.scanstring("ab", 0),
            lambda: json.JSONDecoder().scan_once("[1]", -1), lambda: json.JSONDecoder().scan_once(b"[1]", 0), lambda: json.JSONDecoder().scan_once("[1]", 3),
            lambda: json.loads("1" * 5000), lambda: json.dumps(10**5000)):
    attempt(bad)


class Upper(json.JSONEncoder):
    def default(self, o):
        return {"complex": [o.real, o.imag]}


print(Upper().encode([1j, {"x": 2j}]), "".join(Upper().iterencode([1j])))


class Lines(list):
    """Says by __iter__ what it holds, as collections of a framework do; the list itself stays empty."""

    def __init__(self, items):
        self.items = items

    def __iter__(self):
        return iter(self.items)


print(json.dumps([Lines(["a", 1]), Lines([]), {"k": Lines([[2]])}]), json.dumps(Lines([1, 2]), indent=None))
