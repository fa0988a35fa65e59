# SPDX-License-Identifier: MIT
"""Unicode: identifiers, normalisation, categories, case folding, grapheme-like text, unicodedata."""
import unicodedata
from _check import raises

größe, Ω, 变量, ª = 1, 2, 3, 4
assert größe + Ω + 变量 == 6 and globals()["a"] == 4 and eval("ﬁ", {"fi": 5}) == 5
assert unicodedata.unidata_version == "14.0.0"
for ch, name, category, bidi, combining in [("A", "LATIN CAPITAL LETTER A", "Lu", "L", 0), ("é", "LATIN SMALL LETTER E WITH ACUTE", "Ll", "L", 0),
                                            ("世", "CJK UNIFIED IDEOGRAPH-4E16", "Lo", "L", 0), ("\u0301", "COMBINING ACUTE ACCENT", "Mn", "NSM", 230),
                                            ("한", "HANGUL SYLLABLE HAN", "Lo", "L", 0), ("😀", "GRINNING FACE", "So", "ON", 0), ("٣", "ARABIC-INDIC DIGIT THREE", "Nd", "AN", 0),
                                            ("\u2028", "LINE SEPARATOR", "Zl", "WS", 0), ("½", "VULGAR FRACTION ONE HALF", "No", "ON", 0)]:
    assert unicodedata.name(ch) == name and unicodedata.lookup(name) == ch and unicodedata.category(ch) == category, ch
    assert unicodedata.bidirectional(ch) == bidi and unicodedata.combining(ch) == combining, ch
assert unicodedata.normalize("NFD", "é") == "e\u0301" and unicodedata.normalize("NFC", "e\u0301") == "é"
assert unicodedata.normalize("NFKC", "ﬁ①") == "fi1" and unicodedata.normalize("NFD", "한") == "\u1112\u1161\u11ab"
assert unicodedata.is_normalized("NFC", "é") and unicodedata.numeric("½") == 0.5 and unicodedata.digit("²") == 2 and unicodedata.decimal("٣") == 3
assert unicodedata.east_asian_width("世") == "W" and unicodedata.mirrored("(") == 1 and unicodedata.decomposition("é") == "0065 0301"
raises(ValueError, unicodedata.name, "\x00", text="no such name")
raises(KeyError, unicodedata.lookup, "NOPE")
assert "\N{GREEK SMALL LETTER ALPHA}\N{BULLET}" == "α•"
lower = "".join(map(chr, range(0x250))).lower()
assert lower.upper().lower() == lower.upper().lower() and len("ŉ".upper()) == 2 and "ǰ".upper() == "J̌"
assert "İI".casefold() == "i̇i" and "ΑΣ ΑΣΑ".lower() == "ας ασα" and "ß".upper().lower() == "ss" and "ﬀ".title() == "Ff"
counts = {name: sum(getattr(chr(i), name)() for i in range(0x110000)) for name in
          ("isalpha", "isdecimal", "isdigit", "isnumeric", "isspace", "isupper", "islower", "istitle", "isprintable", "isalnum", "isidentifier")}
assert counts["isspace"] == 29
import zlib
every = "".join(chr(i) for i in range(0x110000) if not 0xd800 <= i < 0xe000)
print(sorted(counts.items()))
for method in ("upper", "lower", "title", "casefold", "swapcase"):
    print(method, f"{zlib.crc32(getattr(every, method)().encode()):08x}")
print("repr", f"{zlib.crc32(repr(every).encode()):08x}")
print("category", f"{zlib.crc32(''.join(map(unicodedata.category, every)).encode()):08x}")
print("names", f"{zlib.crc32('|'.join(unicodedata.name(c, '') for c in every).encode()):08x}")
for form in ("NFC", "NFD", "NFKC", "NFKD"):
    print(form, f"{zlib.crc32(unicodedata.normalize(form, every).encode()):08x}")

for n in list(range(40)) + [127, 128, 129]:  # lengths that are no multiple of a vector's
    for text in "ab" * n, "é" + "a" * n, "\u20ac" * n + "x", "a" * n + "\U0001f600":
        for name, unit in (("utf-16-le", 2), ("utf-16-be", 2), ("utf-32-le", 4), ("utf-32-be", 4)):
            data = text.encode(name)
            order = "little" if name.endswith("le") else "big"
            assert data.decode(name) == text
            if unit == 4 or max(text, default="a") < "\U00010000":
                assert data == b"".join(ord(c).to_bytes(unit, order) for c in text)
        assert text.encode("utf-16") == b"\xff\xfe" + text.encode("utf-16-le")
