# SPDX-License-Identifier: MIT
"""Compare core/unicode's database with the reference python3.11, every code point: check_unicode.py."""
import ctypes
import random
import sys
import unicodedata as ud

import cbuild

OLD = ud.ucd_3_2_0
EXTRA = r"""
#include "core/unicode/unicode_db.h"
uint32_t t_flags(uint32_t cp);
uint32_t t_flags(uint32_t cp) { return rt_unicode_type(cp)->flags; }
uint32_t t_flags_fast(uint32_t cp);
uint32_t t_flags_fast(uint32_t cp) { return rt_unicode_flags(cp); }
int t_decimal(uint32_t cp);
int t_decimal(uint32_t cp) { return rt_unicode_decimal(cp); }
int t_digit(uint32_t cp);
int t_digit(uint32_t cp) { return rt_unicode_digit(cp); }
int t_simple(uint32_t cp, int which);
int t_simple(uint32_t cp, int which) { return which == 0 ? rt_unicode_to_lower(cp) : which == 1
    ? rt_unicode_to_upper(cp) : rt_unicode_to_title(cp); }
const struct rt_unicode_record *t_record(uint32_t cp);
const struct rt_unicode_record *t_record(uint32_t cp) { return rt_unicode_record(cp); }
const struct rt_unicode_record *t_old(uint32_t cp);
const struct rt_unicode_record *t_old(uint32_t cp) { return rt_unicode_record_3_2_0(cp); }
"""
LIB = cbuild.load(["core/unicode/unicode_db.c", "core/unicode/unicode_names.c",
                   "core/unicode/generated/unicode_tables.c", "core/unicode/generated/unicode_names.c"], EXTRA)


class Record(ctypes.Structure):
    _fields_ = [(n, ctypes.c_uint8) for n in "category combining bidi width mirrored numeric extra".split()]


LIB.t_record.restype = LIB.t_old.restype = ctypes.POINTER(Record)
LIB.rt_unicode_name.restype = LIB.rt_unicode_decomposition.restype = ctypes.c_size_t
LIB.rt_unicode_normalize.restype = ctypes.c_ssize_t
CATEGORY, BIDI, WIDTH = (
    [s.decode() for s in (ctypes.c_char_p * n).in_dll(LIB, "rt_unicode_%s_names" % name)]
    for name, n in (("category", 30), ("bidi", 24), ("width", 6)))
NUMERIC = (ctypes.c_double * 256).in_dll(LIB, "rt_unicode_numerics")
FORMS = ("NFD", "NFKD", "NFC", "NFKC")
free = ctypes.CDLL(None).free
failures = 0


def check(ok, *what):
    global failures
    if not ok:
        failures += 1
        if failures < 40:
            print("FAIL", *what)


def normalize(form, text, old=False):
    data = text.encode("utf-32-le", "surrogatepass")
    out = ctypes.c_void_p()
    n = LIB.rt_unicode_normalize(FORMS.index(form), old, data, 4, ctypes.c_size_t(len(text)), ctypes.byref(out))
    result = ctypes.string_at(out, n * 4).decode("utf-32-le", "surrogatepass")
    free(out)
    return result


def quick(form, text):
    data = text.encode("utf-32-le", "surrogatepass")
    return LIB.rt_unicode_quick_check(FORMS.index(form), data, 4, ctypes.c_size_t(len(text)))


def lookup(name, flags=3):
    out = (ctypes.c_uint32 * 8)()
    raw = name.encode()
    n = LIB.rt_unicode_lookup_name(raw, ctypes.c_size_t(len(raw)), flags, out)
    return "".join(map(chr, out[:n]))


def one(cp, buf, out):
    c = chr(cp)
    f = LIB.t_flags(cp)
    check(f == LIB.t_flags_fast(cp), "flags", hex(cp))
    want = (c.isalpha(), c.isdecimal(), c.isdigit(), c.isnumeric(), c.islower(), c.isupper(), ud.category(c) == "Lt",
            c.isprintable(), c.isspace())
    check([bool(f >> i & 1) for i in range(9)] == list(want), "flags", hex(cp), bin(f))
    check(bool(f & 1 << 11) == ("a" + c).isidentifier(), "xid", hex(cp))
    check(bool(f & 15) == c.isalnum(), "alnum", hex(cp))
    check(LIB.t_decimal(cp) == ud.decimal(c, -1) and LIB.t_digit(cp) == ud.digit(c, -1), "digit", hex(cp))
    for i, name in enumerate(("lower", "upper", "title", "fold")):
        n = getattr(LIB, "rt_unicode_%s_full" % name)(cp, out)
        got = "".join(map(chr, out[:n]))
        mapped = getattr(c, "casefold" if name == "fold" else name)()
        check(got == mapped, name, hex(cp), got, mapped)
        if i < 3:
            check(chr(LIB.t_simple(cp, i)) == mapped[0], "simple", name, hex(cp))
    for db, rec in ((ud, LIB.t_record(cp)[0]), (OLD, LIB.t_old(cp)[0])):
        check(CATEGORY[rec.category] == db.category(c) and rec.combining == db.combining(c)
              and BIDI[rec.bidi] == db.bidirectional(c) and WIDTH[rec.width] == db.east_asian_width(c)
              and rec.mirrored == db.mirrored(c) and NUMERIC[rec.numeric] == db.numeric(c, -1.0), "record", hex(cp))
        old = db is OLD
        n = LIB.rt_unicode_decomposition(cp, old, buf)
        check(buf.raw[:n].decode() == db.decomposition(c), "decomposition", hex(cp))
        n = LIB.rt_unicode_name(cp, old, buf)
        name = buf.raw[:n].decode()
        check(name == db.name(c, ""), "name", hex(cp), name, db.name(c, ""))
        if name:
            check(lookup(name, 7 if old else 3) == c, "lookup", name)
            if not old and not name.startswith(("HANGUL SYLLABLE", "CJK UNI")):
                check(lookup(name.lower()) == c, "lookup", name.lower())
    for i, form in enumerate(FORMS):
        check(normalize(form, c) == ud.normalize(form, c), form, hex(cp))
        if cp % 7 == 0 or OLD.normalize(form, c) != c:
            check(normalize(form, c, True) == OLD.normalize(form, c), "3.2", form, hex(cp))
        q = quick(form, c)
        check(q == 1 or (q == 0) == ud.is_normalized(form, c), "quick", form, hex(cp), q)


def random_text(rng, pools):
    return "".join(rng.choice(rng.choice(pools)) for _ in range(rng.randrange(1, 12 if rng.randrange(20) else 60)))


def main():
    buf = ctypes.create_string_buffer(300)
    out = (ctypes.c_uint32 * 8)()
    for cp in range(0x110000):
        if cp < 0x32000 or 0xe0000 <= cp < 0xe0200 or cp % 97 == 0 or cp & 0xffff > 0xfff0:
            one(cp, buf, out)
    rng = random.Random(5)
    every = list(map(chr, range(0x30000)))
    pools = [[c for c in every if ud.combining(c)], [c for c in every if ud.decomposition(c)],
             list(map(chr, range(0x1100, 0x1200))), list(map(chr, range(0xac00, 0xad00))), every[:0x250],
             [c for c in every if LIB.t_record(ord(c))[0].extra & 0x50]]
    for _ in range(60000):
        text = random_text(rng, pools)
        for form in FORMS:
            want = ud.normalize(form, text)
            check(normalize(form, text) == want, form, ascii(text))
            q = quick(form, text)
            check(q == 1 or (q == 0) == (want == text), "quick", form, ascii(text))
        check(normalize("NFKC", text, True) == OLD.normalize("NFKC", text), "3.2", ascii(text))
    check(lookup("KEYCAP DIGIT ONE") == "1\ufe0f\u20e3" and lookup("KEYCAP DIGIT ONE", 1) == "", "sequence")
    check(lookup("latin small letter gha") == "\u01a3" and lookup("NULL") == "\0" and lookup("NULL", 0) == "", "alias")
    for bad in ("", "A", "HANGUL SYLLABLE", "HANGUL SYLLABLE GGGG", "CJK UNIFIED IDEOGRAPH-0041", "LATIN SMALL LETTER A "):
        check(lookup(bad) == "", "lookup", bad)
    print("%d failures" % failures)
    return failures != 0


if __name__ == "__main__":
    sys.exit(main())
