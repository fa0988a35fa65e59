# SPDX-License-Identifier: MIT
"""str: every method on narrow and wide text, indexing, comparison, conversion."""
import zlib
from _check import raises

narrow, latin, wide, astral = "hello world", "h\xe9llo w\xf6rld", "h\u0113llo \u4e16\u754c", "hi \U0001f600 there"
for s in (narrow, latin, wide, astral):
    assert "".join(s) == s and s[::-1][::-1] == s and len(s[2:]) == len(s) - 2
    assert s.encode().decode() == s and s.encode("utf-16").decode("utf-16") == s
    assert s.encode("utf-32-le").decode("utf-32-le") == s
    assert eval(repr(s)) == s and eval(ascii(s)) == s
    assert s.find(s[3:6]) == 3 and s.rfind(s[-3:]) == len(s) - 3 and s.index(s[0]) == 0
    assert s.split(" ") == s.split() and " ".join(s.split()) == s
    assert s.replace(s[:2], "XY").startswith("XY") and s.partition(" ")[0] == s.split()[0]
    assert hash(s) == hash(s[:3] + s[3:]) and s == s[:3] + s[3:] and s < s + "a"
    assert (s * 3).count(s) == 3 and s in s * 2 and (s * 0) == ""
assert "a,b,,c".split(",") == ["a", "b", "", "c"] and "  a  b ".split() == ["a", "b"]
assert "a b c d".split(None, 2) == ["a", "b", "c d"] and "a,b,c".rsplit(",", 1) == ["a,b", "c"]
assert " a b ".split(" ") == ["", "a", "b", ""] and "".split() == [] and "".split(",") == [""]
assert "l1\nl2\r\nl3\x0bl4\u2028l5".splitlines() == ["l1", "l2", "l3", "l4", "l5"]
assert "a\nb\n".splitlines(True) == ["a\n", "b\n"]
assert "k=v=w".partition("=") == ("k", "=", "v=w") and "k=v=w".rpartition("=") == ("k=v", "=", "w")
assert "none".partition("=") == ("none", "", "") and "none".rpartition("=") == ("", "", "none")
assert "  x ".strip() == "x" and "xxaxx".strip("x") == "a" and "abc".lstrip("ab") == "c"
assert "\u3000wide\u2003".strip() == "wide" and "abc".rstrip("bc") == "a"
assert "hello".capitalize() == "Hello" and "HELLO wORLD".title() == "Hello World"
assert "Stra\xdfe".upper() == "STRASSE" and "STRASSE".lower() == "strasse" and "\xdf".casefold() == "ss"
assert "\u0130".lower() == "i\u0307" and "\ufb01".upper() == "FI" and "\u01c6".title() == "\u01c5"
assert "\u03a3\u0391\u03a3".lower() == "\u03c3\u03b1\u03c2" and "aBc".swapcase() == "AbC"
assert "they're bill's".title() == "They'Re Bill'S"
assert "abc".center(9, "*") == "***abc***" and "ab".center(5) == "  ab " and "abc".center(6) == " abc  "
assert "42".zfill(5) == "00042" and "-42".zfill(5) == "-0042" and "x".ljust(3, ".") == "x.."
assert "a\tb\tcd\te".expandtabs(4) == "a   b   cd  e" and "\t|".expandtabs() == "        |"
assert "abc".isalpha() and "\u4e16".isalpha() and not "a1".isalpha() and "123".isdigit()
assert "\xb2".isdigit() and not "\xb2".isdecimal() and "\xbd".isnumeric() and "\u0663".isdecimal()
assert "a1".isalnum() and "ABC".isupper() and "abc!".islower() and not "1".isupper()
assert "Hello World".istitle() and " \t\n\u2003".isspace() and "abc".isidentifier()
assert not "1a".isidentifier() and "\xe9t\xe9".isidentifier() and "abc".isascii() and not "\xe9".isascii()
assert "abc\n".isprintable() is False and "".isprintable() and not "".isalpha()
assert "abcabc".count("bc") == 2 and "aaaa".count("aa") == 2 and "abc".count("") == 4
assert "abcabc".find("c", 3) == 5 and "abc".find("z") == -1 and "abc".find("", 3) == 3
assert "abc".find("", 4) == -1 and "abcabc".rfind("b", 0, 4) == 1
assert "abc".startswith(("x", "ab")) and "abc".endswith("bc", 1) and not "abc".startswith("b")
assert "aXbXc".replace("X", "--", 1) == "a--bXc" and "abc".replace("", "-") == "-a-b-c-"
assert "aaa".replace("a", "\u4e16") == "\u4e16" * 3
assert "prefix-x".removeprefix("prefix-") == "x" and "x.py".removesuffix(".py") == "x"
table = str.maketrans({"a": "1", "b": None, "c": "long"})
assert "abcd".translate(table) == "1longd" and "hello".translate(str.maketrans("el", "ip", "o")) == "hipp"
assert "-".join(["a"]) == "a" and "".join([]) == "" and ", ".join(str(i) for i in range(3)) == "0, 1, 2"
assert "abcdef"[1:4] == "bcd" and "abcdef"[::2] == "ace" and "abcdef"[-2:] == "ef" and "abc"[5:] == ""
assert "abcdef"[4:1:-1] == "edc" and "abc"[-1] == "c" and "abc"[True] == "b"
assert "a" < "b" < "\u4e16" < "\U0001f600" and "a" < "aa" and "B" < "a" and "" < "a"
assert "\x41\u0042\U00000043\N{LATIN SMALL LETTER D}\103\x0a" == "ABCdC\n" and r"\n" == "\\n"
assert "a" "b" 'c' == "abc" and """multi
line""" == "multi\nline"
assert ord("\U0001f600") == 0x1f600 and chr(0x10ffff) == "\U0010ffff" and chr(65) == "A"
assert repr("it's") == '"it\'s"' and repr('say "hi"') == "'say \"hi\"'" and repr("a'\"") == "'a\\'\"'"
assert repr("\x00\x7f\xa0\u2028\ud800") == "'\\x00\\x7f\\xa0\\u2028\\ud800'" and ascii("\xe9") == "'\\xe9'"
assert str(b"abc", "ascii") == "abc" and str(object=5) == "5" and str(None) == "None"
assert "%s %r %d %5.2f %x %o %c %%" % ("s", "r", 42, 3.14159, 255, 8, "c") == "s 'r' 42  3.14 ff 10 c %"
assert "%(a)s-%(b)03d" % {"a": 1, "b": 2} == "1-002" and "%-5s|%5s|" % ("ab", "cd") == "ab   |   cd|"
assert "%*d" % (5, 42) == "   42" and "%.2s" % "abc" == "ab" and "%+d % d" % (1, 2) == "+1  2"
assert "%#x %#o %08.3f" % (255, 8, 3.14159) == "0xff 0o10 0003.142" and "%s" % (("t",),) == "('t',)"
assert "x".__contains__("x") and "xyz".__getitem__(1) == "y" and "a".__add__("b") == "ab"
raises(TypeError, lambda: "a" + 1, text='can only concatenate str (not "int") to str')
raises(TypeError, lambda: 1 + "a")
raises(IndexError, lambda: "abc"[3], text="string index out of range")
raises(TypeError, lambda key="a": "abc"[key], text="string indices must be integers, not 'str'")
raises(ValueError, "abc".index, "z", text="substring not found")
raises(ValueError, "abc".split, "", text="empty separator")
raises(TypeError, ",".join, [1], text="sequence item 0: expected str instance, int found")
raises(TypeError, lambda: "%d" % "x", text="%d format: a real number is required, not str")
raises(TypeError, lambda: "%s %s" % "x", text="not enough arguments for format string")
raises(TypeError, lambda: "x" % 5, text="not all arguments converted during string formatting")
raises(ValueError, chr, -1, text="chr() arg not in range(0x110000)")
raises(TypeError, ord, "ab", text="ord() expected a character, but string of length 2 found")
raises(UnicodeEncodeError, "\ud800".encode)
raises(TypeError, lambda: 5 in "a",
       text="'in <string>' requires string as left operand, not int")


class Text(str):
    def upper(self):
        return "custom"


t = Text("abc")
assert t == "abc" and t.upper() == "custom" and type(t + "d") is str and {t: 1}["abc"] == 1
assert type(str(t)) is str and t[0] == "a"
built = ""
for i in range(1000):
    built += chr(97 + i % 26)
assert len(built) == 1000 and built[26:52] == "abcdefghijklmnopqrstuvwxyz"

# One character replaced by another, of the same or another width; more than a vector of them.
assert "aXbX".replace("X", "y") == "ayby" and "abc".replace("z", "q") == "abc" and "aXbX".replace("X", "y", 1) == "aybX"
assert "aé".replace("é", "e") == "ae" and "ae".replace("e", "é") == "aé" and "a".replace("é", "b") == "a" and "".replace("a", "b") == ""
assert ("a\n" * 70).replace("\n", " ") == "a " * 70 and "aX".replace("X", "日") == "a日"

# UTF-8, UTF-16 and UTF-32 of text whose plain parts are done by the word (the sum is python3.11's)
TEXTS = ["", "a", "\xe9", "\u20ac", "\U0001f600", "ab", "hell\xf6 w\xf6rld" * 9, "a" * 23 + "\u20ac" * 9 + "b" * 31 + "\xe9", "\u0430\u0431 " * 40, "x\U0001f600" * 30 + "abc" * 9,
         "\xe9" * 37, "a" * 100, "\xff\u07ff\u0800\uffff\U00010000\U0010ffff" * 7, "abc\ud800def", "\udfff" * 3]
total = 0
for text in TEXTS:
    for pad in range(34):
        s = "p" * pad + text
        for codec in ("utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"):
            for errors in ("strict", "surrogatepass", "replace"):
                try:
                    b = s.encode(codec, errors)
                except UnicodeEncodeError as e:
                    total += e.start
                    continue
                total = zlib.crc32(b, total)
                if errors != "replace":
                    assert b.decode(codec, errors) == s
                cut = b[:-1].decode(codec, "replace")
                total = zlib.crc32(cut.encode("utf-8", "surrogatepass"), total)
                for at in (0, len(b) // 2, len(b) - 1):
                    broken = bytearray(b or b"\0")
                    broken[at] ^= 0xd8
                    got = memoryview(broken).tobytes().decode(codec, "replace")
                    total = zlib.crc32(got.encode("utf-8", "surrogatepass"), total)
                    assert len(got) == len(got.encode("utf-32-le", "surrogatepass")) // 4
assert total == 3885413578, total

# counting goes on behind each hit in one pass, whatever the units are and wherever the text ends
def count_plainly(text, part):
    n = at = 0
    while at + len(part) <= len(text):
        hit = text[at:at + len(part)] == part
        n += hit
        at += len(part) if hit else 1
    return n


state = 7
for alphabet in ("ab", "a\u00e9", "a\u03bb", "a\U0001f600b"):
    for length in range(0, 90, 3):
        text = ""
        for _ in range(length):
            state = state * 1103515245 + 12345 & 0x7fffffff
            text += alphabet[(state >> 16) % len(alphabet)]
        for part in ("ab", "aa", "aba", alphabet[:2], alphabet[1] * 3, alphabet * 3):
            assert text.count(part) == count_plainly(text, part), (text, part)
            assert text.encode().count(part.encode()) == count_plainly(text.encode(), part.encode())
            assert text.replace(part, "", 2).count("\0") == 0
assert ("a" * 50000 + "b").count("a" * 20 + "ba") == 0 and (("a" * 50000 + "b") * 3 + "a").count("a" * 20 + "ba") == 3
assert "ababab".count("ab", 1) == 2 and "ababab".count("ab", 0, 5) == 2
