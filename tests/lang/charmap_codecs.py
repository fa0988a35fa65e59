# SPDX-License-Identifier: MIT
# Codecs made of tables: whole texts at once, and what a table lacks, at every place.
import codecs
import encodings.cp1252
import encodings.koi8_r

KNOWN = "a\u20ac\u00e9\u017d\u201c"
for n in range(6):
    text = (KNOWN * 3)[:n]
    data = text.encode("cp1252")
    assert len(data) == n and data.decode("cp1252") == text, (text, data)
    for at in range(n + 1):
        odd = text[:at] + "\u4e00\x81" + text[at:]
        assert odd.encode("cp1252", "replace") == data[:at] + b"??" + data[at:]
        assert odd.encode("cp1252", "ignore") == data
        assert odd.encode("cp1252", "xmlcharrefreplace") == data[:at] + b"&#19968;&#129;" + data[at:]
        try:
            odd.encode("cp1252")
        except UnicodeEncodeError as e:
            assert (e.start, e.end, e.encoding) == (at, at + 2, "charmap"), e
        else:
            raise AssertionError(odd)
        bad = data[:at] + b"\x81" + data[at:]
        assert bad.decode("cp1252", "replace") == text[:at] + "\ufffd" + text[at:]
        try:
            bad.decode("cp1252")
        except UnicodeDecodeError as e:
            assert (e.start, e.end, e.reason) == (at, at + 1, "character maps to <undefined>"), e
        else:
            raise AssertionError(bad)

assert "\u041f\u0440\u0438".encode("koi8-r") == b"\xf0\xd2\xc9" and b"\xf0\xd2\xc9".decode("koi8-r") == "\u041f\u0440\u0438"
for table, expected in (("ab", "aba"), ("a\u00e9", "a\u00e9a"), ("a\U0001f600", "a\U0001f600a"), ("\u20ac\u20ad", "\u20ac\u20ad\u20ac")):
    assert codecs.charmap_decode(b"\0\1\0", "strict", table) == (expected, 3)
    try:
        codecs.charmap_decode(b"\0\2", "strict", table)
    except UnicodeDecodeError as e:
        assert e.start == 1
    else:
        raise AssertionError(table)
assert codecs.charmap_decode(b"\0\1\0", "ignore", "a\ufffe") == ("aa", 3)
low = codecs.charmap_build("\0" + "".join(map(chr, range(1, 255))) + "\u20ac")
assert codecs.charmap_encode("\u20ac\xfe\1", "strict", low) == (b"\xff\xfe\1", 3)
assert codecs.charmap_encode("\xff\xfe", "replace", low) == (b"?\xfe", 2)
assert codecs.charmap_encode("", "strict", low) == (b"", 0)
print("charmap codecs ok")
