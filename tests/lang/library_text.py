# SPDX-License-Identifier: MIT
"""re, json, pickle, copy, textwrap, string, csv, base64, hashlib, struct, datetime, random."""
import base64
import copy
import csv
import datetime
import hashlib
import io
import json
import pickle
import random
import re
import string
import struct
import textwrap
import zlib
from _check import raises

assert re.findall(r"(\w)(\d+)", "a1 b22") == [("a", "1"), ("b", "22")] and re.sub(r"(\w+) (\w+)", r"\2 \1", "ab cd") == "cd ab"
m = re.match(r"(?P<y>\d{4})-(?P<m>\d\d)", "2024-02-29")
assert m["y"] == "2024" and m.span("m") == (5, 7) and m.groupdict() == {"y": "2024", "m": "02"} and m.end() == 7 and m.string[m.end():] == "-29"
assert re.split(r"[,;]\s*", "a, b;c") == ["a", "b", "c"] and re.split("(,)", "a,b") == ["a", ",", "b"] and re.fullmatch("a+", "aab") is None
assert re.sub("a", lambda m: m[0].upper(), "banana", count=2) == "bAnAna" and re.subn("a", "", "aa") == ("", 2) and re.escape("a.b") == r"a\.b"
assert [x.group() for x in re.finditer(r"(?i)the", "The the")] == ["The", "the"] and re.search(r"(?<=-)\w+", "a-bc")[0] == "bc" and re.search(r"a(?!b)", "abac").start() == 2
assert re.match(r"(a+)+$", "a" * 20) and re.match(r"(?:x|(y))*", "xyx").groups() == ("y",) and re.match(r"(\w)\1", "aab") and re.findall(r"^\w", "a\nb", re.M) == ["a", "b"]
assert re.match(r"a.c", "a\nc") is None and re.match(r"a.c", "a\nc", re.S) and re.findall(r"\bfoo\b", "foo food foo") == ["foo", "foo"] and re.match(rb"\xff", b"\xff")
assert re.findall(r"a{2,3}?", "aaaaa") == ["aa", "aa"] and re.match(r"(?>a+)b", "aab") and re.match(r"a++b", "aab") and re.match(r"(?x) a # c\n b", "ab")
assert re.findall(r"[^\W\d_]+", "añb1_世") == ["añb", "世"] and re.match(r"(a)?(?(1)b|c)", "c") and re.compile("a|b").pattern == "a|b"
error = raises(re.error, re.compile, "(a", text="missing ), unterminated subpattern at position 0")
assert re.sub("x*", "-", "abxd") == "-a-b--d-" and re.findall("", "ab") == ["", "", ""] and re.match("", "").span() == (0, 0)

for value in [None, True, 1, -1.5, "é\n\"\\", [1, [2]], {"a": {"b": []}}, [], {}, 10**20, 1e100, "\u2028😀"]:
    assert json.loads(json.dumps(value)) == value and json.loads(json.dumps(value, ensure_ascii=False, indent=2)) == value
assert json.dumps({"b": 1, "a": [1, 2.5, None, True]}, sort_keys=True) == '{"a": [1, 2.5, null, true], "b": 1}' and json.dumps("é") == '"\\u00e9"'
assert json.dumps([1, 2], separators=(",", ":")) == "[1,2]"
assert json.dumps([1, {"a": 2}], indent=1) == '[\n 1,\n {\n  "a": 2\n }\n]' and json.loads(' {"a" : [1 , 2 ] } ') == {"a": [1, 2]} and json.loads('"\\ud83d\\ude00"') == "😀"
error = raises(json.JSONDecodeError, json.loads, "[1,]")
assert str(error) == "Expecting value: line 1 column 4 (char 3)" and error.pos == 3
raises(TypeError, json.dumps, {1, 2}, text="Object of type set is not JSON serializable")
raises(ValueError, json.dumps, float("nan"), allow_nan=False)


class Thing:
    def __init__(self, x):
        self.x = x

    def __eq__(self, other):
        return self.x == other.x


shared = [1]
values = [None, 1, -(2**70), 1.5, 3j, "é😀", b"\x00", [1, (2, 3)], {"a": {1, 2}}, frozenset([1]), range(3), Thing([1]), bytearray(b"x"), ValueError("a"), len, Thing, datetime.date(2024, 1, 2)]
for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
    for value in values:
        back = pickle.loads(pickle.dumps(value, protocol))
        assert back == value or isinstance(value, Exception) and back.args == value.args, (protocol, value)
    twin = pickle.loads(pickle.dumps([shared, shared], protocol))
    assert twin[0] is twin[1]
    loop = []
    loop.append(loop)
    back = pickle.loads(pickle.dumps(loop, protocol))
    assert back[0] is back
raises(pickle.UnpicklingError, pickle.loads, b"\x00garbage")
a = [1, [2, {"k": (3,)}]]
b, c = copy.copy(a), copy.deepcopy(a)
assert b == c == a and b[1] is a[1] and c[1] is not a[1] and c[1][1] is not a[1][1] and copy.deepcopy(Thing([1])).x == [1]
loop = {"self": None}
loop["self"] = loop
assert copy.deepcopy(loop)["self"] is not loop

assert textwrap.wrap("the quick brown fox", 10) == ["the quick", "brown fox"] and textwrap.dedent("  a\n   b\n") == "a\n b\n" and textwrap.indent("a\nb", "> ") == "> a\n> b"
assert textwrap.shorten("hello big world", 12) == "hello [...]"
assert string.Template("$a ${b} $$").substitute(a=1, b=2) == "1 2 $" and string.capwords("ab cd") == "Ab Cd" and string.ascii_lowercase[:3] == "abc" and string.digits == "0123456789"
out = io.StringIO()
w = csv.writer(out)
w.writerow(["a", 'b"c', "d,e", 1])
assert out.getvalue() == 'a,"b""c","d,e",1\r\n' and list(csv.reader(io.StringIO(out.getvalue()))) == [["a", 'b"c', "d,e", "1"]]
for text, options, rows in [
    ('"q",r, s,"t""u"\n"v\nw",\u20ac\n', {}, [["q", "r", " s", 't"u'], ["v\nw", "\u20ac"]]),
    ("a\\,b,'c'x,'d'\n", {"escapechar": "\\", "quotechar": "'"}, [["a,b", "cx", "d"]]),
    ("1, 2\u20ac'x'\u20ac\n", {"delimiter": "\u20ac", "quotechar": "'", "skipinitialspace": True}, [["1, 2", "x", ""]]),
    ('1.5,"1"\n', {"quoting": csv.QUOTE_NONNUMERIC}, [[1.5, "1"]]),
]:
    assert list(csv.reader(io.StringIO(text, newline=""), **options)) == rows
out = io.StringIO()
csv.writer(out, lineterminator="\n").writerow(["a\rb", "c\nd", "\u20ac"])
assert out.getvalue() == 'a\rb,"c\nd",\u20ac\n'
assert list(csv.DictReader(io.StringIO("x,y\n1,2\n"))) == [{"x": "1", "y": "2"}]
assert base64.b64encode(b"hello") == b"aGVsbG8=" and base64.b64decode("aGVsbG8=") == b"hello" and base64.b32encode(b"a") == b"ME======" and base64.b85decode(base64.b85encode(b"xyz")) == b"xyz"
assert hashlib.md5(b"a").hexdigest() == "0cc175b9c0f1b6a831c399e269772661" and hashlib.sha256(b"").hexdigest()[:8] == "e3b0c442" and hashlib.new("sha1", b"x").digest_size == 20
h = hashlib.sha512()
h.update(b"ab"); h.update(b"c")
assert h.hexdigest() == hashlib.sha512(b"abc").hexdigest() and zlib.crc32(b"hello") == 907060870 and zlib.decompress(zlib.compress(b"x" * 1000, 9)) == b"x" * 1000
assert struct.pack(">HiB3sd", 1, -2, 3, b"ab", 1.5) == b"\x00\x01\xff\xff\xff\xfe\x03ab\x00?\xf8\x00\x00\x00\x00\x00\x00" and struct.calcsize("<iq") == 12 and struct.calcsize("iq") == 16
assert struct.unpack("<2h?", b"\x01\x00\xff\xff\x01") == (1, -1, True) and list(struct.iter_unpack("B", b"ab")) == [(97,), (98,)]
raises(struct.error, struct.pack, "B", 256, text="ubyte format requires 0 <= number <= 255")
d = datetime.datetime(2024, 2, 29, 12, 30, 15, 123456)
assert d.isoformat() == "2024-02-29T12:30:15.123456" and datetime.datetime.fromisoformat("2024-02-29T12:30:15.123456") == d and d.strftime("%Y-%m-%d %H:%M:%S.%f %j %a") == "2024-02-29 12:30:15.123456 060 Thu"
assert d + datetime.timedelta(days=1, hours=12) == datetime.datetime(2024, 3, 2, 0, 30, 15, 123456) and (d.replace(day=1) - d).days == -28 and d.weekday() == 3 and d.isocalendar()[1] == 9
assert datetime.datetime.strptime("01/02/2024", "%d/%m/%Y").month == 2 and str(datetime.timedelta(seconds=90061.5)) == "1 day, 1:01:01.500000" and datetime.date.min.year == 1
utc = datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc)
assert utc.astimezone(datetime.timezone(datetime.timedelta(hours=2))).isoformat() == "2024-01-01T02:00:00+02:00" and utc.timestamp() == 1704067200.0
r = random.Random(42)
assert [r.randrange(100) for _ in range(5)] == [81, 14, 3, 94, 35] and r.random() == 0.24489185380347622
r = random.Random("seed")
first = [r.random(), r.getrandbits(70), r.gauss(0, 1), r.shuffle(x := list(range(5))) or x]
r.seed("seed")
assert [r.random(), r.getrandbits(70), r.gauss(0, 1), r.shuffle(y := list(range(5))) or y] == first
state = r.getstate()
v = r.random()
r.setstate(state)
assert r.random() == v
print(first)
