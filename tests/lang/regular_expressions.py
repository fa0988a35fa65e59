# SPDX-License-Identifier: MIT
"""The objects of _sre: patterns, matches, scanners, substitution; one pattern shared by threads."""
import copy
import pickle
import re
import weakref
import zlib
from _check import raises, run_threads

p = re.compile(r"(?P<key>\w+)=(?P<value>\d+)?(;)?")
assert p.pattern == r"(?P<key>\w+)=(?P<value>\d+)?(;)?" and p.flags == re.UNICODE and p.groups == 3
assert p.groupindex == {"key": 1, "value": 2} and type(p.groupindex).__name__ == "mappingproxy"
m = p.search("  ab=12; c=", 1)
assert m.group() == m[0] == m.group(0) == "ab=12;" and m.group(1, "value", 3) == ("ab", "12", ";")
assert m["key"] == "ab" and m.groups() == ("ab", "12", ";") and m.groupdict() == {"key": "ab", "value": "12"}
assert m.span() == (2, 8) and m.start("value") == 5 and m.end(2) == 7 and m.span(3) == (7, 8)
assert m.regs == ((2, 8), (2, 4), (5, 7), (7, 8)) and m.lastindex == 3 and m.lastgroup is None
assert m.pos == 1 and m.endpos == 11 and m.re is p and m.string == "  ab=12; c="
n = p.search("  ab=12; c=", m.end())
assert n.groups() == ("c", None, None) and n.groups("-") == ("c", "-", "-") and n.lastgroup == "key"
assert n.start(2) == -1 and n.span("value") == (-1, -1) and n.groupdict(default=0)["value"] == 0
assert repr(m) == "<re.Match object; span=(2, 8), match='ab=12;'>" and m and copy.copy(m) is m
assert m.expand(r"\2-\g<key>\n") == "12-ab\n" and copy.deepcopy(p) is p
raises(IndexError, m.group, 4, text="no such group")
raises(IndexError, m.group, "nope", text="no such group")
raises(IndexError, m.start, -1, text="no such group")
raises(TypeError, m.start, 1, 2)

assert repr(re.compile("a")) == "re.compile('a')" and repr(re.compile(b"a", re.I)) == "re.compile(b'a', re.IGNORECASE)"
assert repr(re.compile("x" * 300)).startswith("re.compile('xxx") and len(repr(re.compile("x" * 300))) == 212
assert repr(re.compile("a", re.A | re.X)) == "re.compile('a', re.VERBOSE|re.ASCII)"
assert re.compile("a") == re.compile("a") and re.compile("a") != re.compile("a", re.I) and re.compile("a") != b"a"
assert hash(re.compile("q1")) == hash(re.compile("q1")) and pickle.loads(pickle.dumps(p)) == p
assert weakref.ref(p)() is p and re.Pattern[str].__args__ == (str,) and re.Match[bytes]
raises(TypeError, re.Pattern, text="cannot create 're.Pattern' instances")
raises(TypeError, re.compile("a").match, b"a", text="cannot use a string pattern on a bytes-like object")
raises(TypeError, re.compile(b"a").match, "a", text="cannot use a bytes pattern on a string-like object")
raises(TypeError, re.compile("a").match, 1, text="expected string or bytes-like object, got 'int'")
raises(TypeError, lambda: re.compile("a") < re.compile("b"))

# where matching begins and ends
assert re.compile("^b").match("ab", 1) is None and re.compile("b").match("ab", 1).span() == (1, 2)
assert re.compile(r"(?<=a)b").match("ab", 1) and re.compile("ab").fullmatch("abc", 0, 2) and not re.fullmatch("a|ab", "abc")
assert re.fullmatch("a|ab", "ab") and re.compile("b$").search("abc", 0, 2) and re.compile("").search("abc", 9).span() == (3, 3)
assert re.compile("a").search(string="ba", pos=-5, endpos=10**6).start() == 1

# all matches
assert re.findall("a|b*", "abbc") == ["a", "bb", "", ""] and re.findall(r"(\w)(\d)?", "a1b") == [("a", "1"), ("b", "")]
assert re.findall(rb"\b(\w)", b"one two") == [b"o", b"t"] and [x.span() for x in re.finditer("x*", "axb")] == \
    [(0, 0), (1, 2), (2, 2), (3, 3)]
assert type(re.finditer("a", "a")).__name__ == "callable_iterator" and next(re.finditer("z", "a"), None) is None
assert re.split(r"(,)|;", "a,b;c", maxsplit=2) == ["a", ",", "b", None, "c"] and re.split("x*", "axbc") == ["", "a", "", "b", "c", ""]
s = re.compile("a").scanner("aab")
assert s.match().span() == (0, 1) and s.search().span() == (1, 2) and s.match() is None and s.match() is None
assert s.pattern == re.compile("a")

# substitution
assert re.sub("a", "b", "banana") == "bbnbnb" and re.subn("a", "", "banana", count=2) == ("bnna", 2)
assert re.sub("(a)(n)?", r"<\2\g<1>>", "banana") == "b<na><na><a>" and re.sub("x*", "-", "abxd") == "-a-b--d-"
assert re.sub("a", lambda m: m.group().upper() * 2, "abca") == "AAbcAA" and re.sub("a", lambda m: None or "", "aba") == "b"
assert re.sub(b"a", rb"\g<0>\\", bytearray(b"ba")) == b"ba\\" and re.sub("é", "\U0001f600", "caf\xe9") == "caf\U0001f600"
text = "unchanged"
assert re.sub("z", "y", text) is text and re.sub("a", r"\n", "a") == "\n"
raises(TypeError, re.sub, "a", lambda m: 1, "ba", text="sequence item 1: expected str instance, int found")
raises(re.error, re.sub, "a", r"\9", "a")


class Text(str):
    pass


assert type(re.sub("z", "y", Text("abc"))) is str and type(re.match(".*", Text("abc")).group()) is str

# every opcode once
assert re.match(r"(a)|b(?(1)x|y)", "by") and re.match(r"(?>a+)ab", "aaab") is None and re.match(r"a*+b", "aab")
assert re.match(r"(?:ab){2,3}?c", "abababc") and re.match(r"(?:a|ab)++c", "aabc") is None and re.match("(?i:STRASSE)ß", "strasseß")
assert re.match(r"(\w)\1", "aA", re.I) and re.search(r"(?<!\d)\d{3}(?!\d)", "1234 567").group() == "567"
assert re.search(r"[\u0100-\u017f]+", "abc\u0150\u0151").group() == "\u0150\u0151" and re.match("(?i)\u212a", "k")
assert re.search(r"[^\W\d_]+", "12_\u03b1\u03b2").group() == "\u03b1\u03b2" and re.match(r"\d+", "\u0663\u0664").end() == 2
assert re.match(r"(?s:.)(?m:^)b", "\nb") and re.match(r"\Aa\Z", "a") and re.search(r"\Bb\b", "ab")
assert re.match("(?:" * 50 + "a" + ")*" * 50 + "b", "a" * 20 + "b")
assert re.match(r"(?:(?:ab|cd)*e)*f", "abcde" * 1000 + "f").end() == 5001
assert re.match("(.)*", "x" * 100000).end() == 100000

# buffers are held while a scanner lives
data = bytearray(b"a1b2")
it = re.finditer(rb"\d", data)
assert next(it).group() == b"1"
raises(BufferError, data.extend, b"x")
del it
data.extend(b"3")
late = re.search(rb"\d$", data)
del data[2:]
assert late.group() == b""

import _sre
assert (_sre.MAGIC, _sre.CODESIZE, _sre.getcodesize()) == (20220615, 4, 4)
raises(RuntimeError, _sre.compile, "a", 0, [], 0, {}, (), text="invalid SRE code")
raises(RuntimeError, _sre.compile, "a", 0, [16, 97, 99, 1], 0, {}, (), text="invalid SRE code")
raises(OverflowError, _sre.compile, "a", 0, [2**32], 0, {}, (), text="regular expression code size limit exceeded")
assert _sre.unicode_tolower(0x130) == ord("i") and _sre.ascii_iscased(65) and not _sre.unicode_iscased(48)

# sets: the tables of the first 256 characters, and how the rest is asked (the sum is python3.11's)
SETS = [r"\d", r"\D", r"\s", r"\S", r"\w", r"\W", r"[^\W\d]", r"[\s\S]", r"[\D\x31]", r"[a-z\xe0-\xff]", r"[^\x40-\x7f\u0100-\u0200]",
        r"[\u0000-\U0010ffff]", r"[\x3f-\x40]", r"[\x00\x3f\x40\x7f\x80\xff]", r"[k\xb5\xff]", r"[^s\xdf]", r"[a\u0101\u0233\u0300b-e\u0250]",
        r"[\u0430-\u044f\xe5-\xe9]", r"(?:a|[b-d]|\d|\xe9|[^\x00-\xf0]|q|r|s|t|u\w)", r"[x-z]*y", "."]
found = []
for flags in (0, re.I, re.A, re.A | re.I, re.S):
    for text in SETS:
        one = re.compile(text, flags)
        for c in map(chr, range(0x400)):
            found.append(bool(one.match(c + "yu0")) + 2 * bool(one.fullmatch(c)) + 4 * bool(one.search("--" + c)))
        if "\\u" not in text and "\\U" not in text:
            octets = re.compile(text.encode("latin-1"), flags)
            found += [len(octets.findall(bytes([c, 65, c]))) for c in range(256)]
assert zlib.crc32(bytes(found)) == 2010357674, zlib.crc32(bytes(found))

# one pattern, many threads
shared = re.compile(r"(\d+)-(\w+)|x(?=y)")
rows = [" ".join(f"{i}-n{i}" for i in range(k, k + 50)) for k in range(8)]


def work(number):
    for _ in range(50):
        assert shared.findall(rows[number]) == [(str(i), f"n{i}") for i in range(number, number + 50)]
        assert shared.sub(r"\2:\1", rows[number]).startswith(f"n{number}:{number} ")


run_threads(work, count=8)
