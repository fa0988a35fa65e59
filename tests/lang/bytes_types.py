# SPDX-License-Identifier: MIT
"""bytes, bytearray, memoryview and the codecs of text."""
from _check import raises

for kind in (bytes, bytearray):
    b = kind(b"hello world")
    assert b[0] == 104 and b[1:4] == b"ell" and type(b[1:4]) is kind and b[::-1] == b"dlrow olleh"
    assert b.upper() == b"HELLO WORLD" and b.split() == [b"hello", b"world"] and len(b) == 11
    assert b.find(b"o") == 4 and b.find(111) == 4 and b.rfind(b"o") == 7 and b.count(b"l") == 3
    assert b.replace(b"l", b"LL") == b"heLLLLo worLLd" and b.startswith(b"he") and 104 in b
    assert b.partition(b" ") == (b"hello", b" ", b"world") and b.hex() == "68656c6c6f20776f726c64"
    assert b.hex(":", 4) == "68656c:6c6f2077:6f726c64" and kind.fromhex("61 62") == b"ab"
    assert b.decode() == "hello world" and b + b"!" == b"hello world!" and (b * 2)[11:] == b
    assert b.translate(None, b"lo") == b"he wrd" and b.title() == b"Hello World"
    assert b.strip(b"hd") == b"ello worl" and b.center(15, b"*") == b"**hello world**"
    assert b.isalpha() is False and kind(b"12").isdigit() and kind(b"aB").swapcase() == b"Ab"
    assert kind(3) == b"\0\0\0" and kind([1, 2, 255]) == b"\x01\x02\xff" and kind() == b""
    assert kind("é", "utf-8") == b"\xc3\xa9" and b"%s-%d %x" % (b"a", 5, 255) == b"a-5 ff"
    assert b.join([b"1", b"2"]) == b"1hello world2" and kind(b"a\nb").splitlines() == [b"a", b"b"]
    assert kind(b"abc") < kind(b"abd") and kind(b"a") == b"a" and b.zfill(13) == b"00hello world"
    assert kind(b"pre-x").removeprefix(b"pre-") == b"x" and kind(b"\t").expandtabs(2) == b"  "
    raises(ValueError, kind, [256])
    raises(TypeError, kind, "abc", text="string argument without an encoding")
    raises(IndexError, lambda: kind(b"a")[5])
assert repr(b"a'\x00\xff\n") == 'b"a\'\\x00\\xff\\n"' and repr(bytearray(b"x")) == "bytearray(b'x')"
assert b"\x41\101\n" == b"AA\n" and rb"\n" == b"\\n" and b"a" b"b" == b"ab"
raises(TypeError, lambda: b"a" + "b", text="can't concat str to bytes")
assert (b"a" == "a") is False and hash(b"abc") == hash(bytes(bytearray(b"abc")))

a = bytearray(b"abc")
a.append(100)
a += b"ef"
a.extend([103])
assert a == b"abcdefg" and a.pop() == 103 and a.pop(0) == 97
a[1:3] = b"XYZ"
assert a == b"bXYZef"
del a[0], a[-1]
a.insert(0, 33)
a.reverse()
assert a == b"eZYX!" and a.index(b"Z") == 1
a.remove(90)
a[0] = 65
a[::2] = b"123"[:len(a[::2])]
a.clear()
assert a == b"" and not a
raises(TypeError, hash, bytearray())
raises(ValueError, bytearray(b"a").remove, 5)

data = bytearray(range(10))
m = memoryview(data)
assert m[3] == 3 and m[2:5].tolist() == [2, 3, 4] and len(m) == 10 and m.nbytes == 10
m[0] = 99
m[1:3] = b"\x07\x08"
assert data[:3] == b"c\x07\x08" and m[::-1][0] == 9 and bytes(m[-2:]) == b"\x08\x09"
raises(BufferError, data.append, 1, text="Existing exports of data: object cannot be re-sized")
m.release()
data.append(1)
raises(ValueError, lambda: m[0])
with memoryview(b"abcd") as v:
    assert v.readonly and v.cast("H").shape == (2,) and v == b"abcd" and v.hex() == "61626364"
    assert v.format == "B" and v.itemsize == 1 and v.contiguous and hash(v) == hash(b"abcd")
    raises(TypeError, lambda: v.__setitem__(0, 1), text="cannot modify read-only memory")
big = memoryview(bytearray(24)).cast("i", (2, 3))
assert big.shape == (2, 3) and big.strides == (12, 4) and big.tolist() == [[0, 0, 0], [0, 0, 0]]
big[1, 2] = -5
assert big[1, 2] == -5 and big.ndim == 2

for codec, text in [("ascii", "abc"), ("latin-1", "é"), ("utf-8", "é世😀"), ("utf-16-le", "é世😀"),
                    ("utf-16-be", "世😀"), ("utf-32", "😀"), ("cp1252", "€"), ("utf-8-sig", "x"),
                    ("iso8859-15", "€"), ("unicode_escape", "é\n"), ("utf-7", "é")]:
    assert text.encode(codec).decode(codec) == text, codec
assert b"a\xffb".decode("utf-8", "replace") == "a\ufffdb" and b"a\xffb".decode("utf-8", "ignore") == "ab"
assert b"\xff".decode("utf-8", "surrogateescape") == "\udcff"
assert "\udcff".encode("utf-8", "surrogateescape") == b"\xff" and b"\xff".decode(errors="backslashreplace") == "\\xff"
assert "aé世".encode("ascii", "xmlcharrefreplace") == b"a&#233;&#19990;"
assert "é".encode("ascii", "backslashreplace") == b"\\xe9" and "é".encode("ascii", "replace") == b"?"
assert "é".encode("ascii", "namereplace") == b"\\N{LATIN SMALL LETTER E WITH ACUTE}"
error = raises(UnicodeDecodeError, b"ab\xff".decode)
assert (error.start, error.end, error.reason, error.encoding) == (2, 3, "invalid start byte", "utf-8")
error = raises(UnicodeEncodeError, "aé".encode, "ascii")
assert str(error) == "'ascii' codec can't encode character '\\xe9' in position 1: ordinal not in range(128)"
raises(LookupError, "a".encode, "nope", text="unknown encoding: nope")


class Buffered:
    def __bytes__(self):
        return b"custom"


assert bytes(Buffered()) == b"custom"

# hexadecimal text: pairs with and without white space, where it goes wrong
assert bytes.fromhex(" aA0f\t00 ff") == b"\xaa\x0f\x00\xff" and bytearray.fromhex("00" * 40) == bytes(40) and bytes.fromhex("") == b""
for text, where in (("aab", 3), ("a b", 1), ("aag0", 2), ("aa\xe9", 2), ("aa 0\u1234", 4), ("\u0661\u0661", 0)):
    try:
        bytes.fromhex(text)
        assert False, text
    except ValueError as e:
        assert str(e) == f"non-hexadecimal number found in fromhex() arg at position {where}", e

# A set of bytes to strip, short or long, and ends that have few or many of them.
letters = bytes(range(97, 123))
for middle in b"", b"!", b"!a!", b"! !":
    for ends in b"", b"a", b"abcxyz", letters * 3:
        for chars in b"", b"a", b"abcxyz", letters, bytes(range(33, 34)) + letters:
            text = ends + middle + ends
            start, end = 0, len(text)
            while start < end and text[start] in chars:
                start += 1
            assert text.lstrip(chars) == bytearray(text).lstrip(chars) == text[start:]
            while end > start and text[end - 1] in chars:
                end -= 1
            assert text.strip(chars) == text.strip(bytearray(chars)) == text[start:end]
            start = 0
            end = len(text)
            while end > start and text[end - 1] in chars:
                end -= 1
            assert text.rstrip(chars) == text[:end]

# the iterator of a memoryview
view = memoryview(b"\0\0\x80?abcd")
it = view.__iter__()
assert type(it).__name__ == "memory_iterator" and list(it) == [0, 0, 128, 63, 97, 98, 99, 100] and list(it) == []
assert list(view[:4].cast("f")) == [1.0] and list(view[::-4]) == [100, 63] and [*zip(view[4:], "xy")] == [(97, "x"), (98, "y")]
for wrong, error in ((view.cast("B", [2, 4]), NotImplementedError), (memoryview(b"a").cast("B", []), TypeError)):
    try:
        iter(wrong)
        assert False
    except error:
        pass
it = iter(view)
assert next(it) == 0
view.release()
try:
    next(it)
    assert False
except ValueError:
    pass
