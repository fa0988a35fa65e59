# SPDX-License-Identifier: MIT
"""Compare core/unicode's transcoders with the reference python3.11: check_utf.py [count]."""
import codecs
import ctypes
import random
import sys
import warnings

import cbuild

warnings.simplefilter("ignore")
LIB = cbuild.load(["core/unicode/utf8.c", "core/unicode/utf16.c", "core/unicode/utf7.c", "core/unicode/escape.c",
                   "core/unicode/unicode_db.c", "core/unicode/unicode_names.c",
                   "core/unicode/generated/unicode_tables.c", "core/unicode/generated/unicode_names.c"])
size_t = ctypes.c_size_t


class Error(ctypes.Structure):
    _fields_ = [("start", size_t), ("end", size_t), ("reason", ctypes.c_char_p)]


class Decoder(ctypes.Structure):
    _fields_ = [("input", ctypes.c_char_p), ("n", size_t), ("pos", size_t), ("final", ctypes.c_bool),
                ("out", ctypes.c_void_p), ("len", size_t), ("error", Error), ("invalid", size_t),
                ("in_shift", ctypes.c_bool), ("bits", ctypes.c_uint), ("buffer", ctypes.c_uint32),
                ("surrogate", ctypes.c_uint32), ("shift_start", size_t), ("shift_out", size_t)]


for name in ("rt_utf8_scan rt_utf8_size rt_utf8_encode rt_utf16_decode rt_utf32_decode rt_utf16_encode rt_utf32_encode "
             "rt_unicode_escape_encode rt_raw_unicode_escape_encode rt_utf7_encode rt_utf_find_above").split():
    getattr(LIB, name).restype = size_t
LIB.rt_utf8_error.restype = Error
for name in ("rt_unicode_escape_decode", "rt_raw_unicode_escape_decode", "rt_utf7_decode"):
    getattr(LIB, name).restype = ctypes.c_bool
failures = 0


def check(ok, *what):
    global failures
    if not ok:
        failures += 1
        if failures < 40:
            print("FAIL", *what)


def text_of(buf, n):
    return bytes(buf)[:n * 4].decode("utf-32-le", "surrogatepass")


def utf8_decode(data, final, errors):
    """Whole decoding loop as a codec would run it; errors gets (start, end, reason)."""
    pos, out = 0, []
    while True:
        chars, top = size_t(), ctypes.c_uint32()
        rest = data[pos:]
        n = LIB.rt_utf8_scan(rest, size_t(len(rest)), ctypes.byref(chars), ctypes.byref(top))
        kind = 1 if top.value < 256 else 2 if top.value < 65536 else 4
        buf = ctypes.create_string_buffer(chars.value * kind + 1)
        LIB.rt_utf8_decode(rest, size_t(n), buf, kind)
        chunk = buf.raw[:chars.value * kind].decode({1: "latin-1", 2: "utf-16-le", 4: "utf-32-le"}[kind])
        bucket = max(map(ord, chunk), default=0)
        check(top.value == (0x7f if bucket < 128 else 0xff if bucket < 256 else 0xffff if bucket < 65536 else 0x10ffff),
              "max", rest)
        out.append(chunk)
        pos += n
        if pos == len(data):
            return "".join(out), pos
        err = LIB.rt_utf8_error(data, size_t(len(data)), size_t(pos), final)
        if not err.reason:
            return "".join(out), pos
        errors.append((err.start, err.end, err.reason.decode()))
        pos = err.end


def utf16_decode(data, final, errors, bits, big):
    pos, out = size_t(0), []
    f = getattr(LIB, "rt_utf%d_decode" % bits)
    while True:
        buf = (ctypes.c_uint32 * (len(data) + 1))()
        err = Error()
        n = f(data, size_t(len(data)), ctypes.byref(pos), big, final, buf, ctypes.byref(err))
        out.append(text_of(buf, n))
        if not err.reason:
            return "".join(out), pos.value
        errors.append((err.start, err.end, err.reason.decode()))
        check(pos.value == err.start, "position")
        pos = size_t(err.end)


def machine(f, data, final, errors):
    buf = (ctypes.c_uint32 * (len(data) + 1))()
    d = Decoder(data, len(data), 0, final, ctypes.addressof(buf), 0, Error(), 2 ** 64 - 1)
    while not f(ctypes.byref(d)):
        errors.append((d.error.start, d.error.end, d.error.reason.decode()))
        d.pos = d.error.end
    return text_of(buf, d.len), d.pos


def reference(codec, data, final, errors):
    def record(exc):
        errors.append((exc.start, exc.end, exc.reason))
        return "", exc.end
    codecs.register_error("test.record", record)
    return codec(data, "test.record", final)


def compare_decode(label, ours, codec, data):
    for final in (True, False):
        e1, e2 = [], []
        got = ours(data, final, e1)
        want = reference(codec, data, final, e2)
        check(got == want and e1 == e2, label, final, data, got, e1, want, e2)


def compare_encode(text):
    n = len(text)
    top = max(map(ord, text), default=0)
    for kind in (1, 2, 4):
        if top >= 1 << min(8 * kind, 21):
            continue
        if kind == 2:
            data = b"".join(ord(c).to_bytes(2, "little") for c in text)
        else:
            data = text.encode("utf-32-le", "surrogatepass") if kind == 4 else text.encode("latin-1")
        bad = size_t()
        size = LIB.rt_utf8_size(data, kind, size_t(n), ctypes.byref(bad))
        out = ctypes.create_string_buffer(size + 64)
        check(LIB.rt_utf8_encode(data, kind, size_t(n), out) == size, "size", ascii(text))
        check(out.raw[:size] == text.encode("utf-8", "surrogatepass"), "utf-8", ascii(text))
        first = next((i for i, c in enumerate(text) if 0xd800 <= ord(c) < 0xe000), n)
        check(bad.value == first, "bad", ascii(text))
        for bits in (16, 32):
            for big in (0, 1):
                pos = size_t(0)
                out = ctypes.create_string_buffer(4 * n + 4)
                got = getattr(LIB, "rt_utf%d_encode" % bits)(data, kind, size_t(n), ctypes.byref(pos), big, 0, out)
                check(out.raw[:got] == text[:first].encode("utf-%d-%s" % (bits, "be" if big else "le"))
                      and pos.value == first, "utf", bits, ascii(text))
        for name, codec in (("unicode_escape", "unicode_escape"), ("raw_unicode_escape", "raw_unicode_escape"),
                            ("utf7", "utf-7")):
            f = getattr(LIB, "rt_%s_encode" % name)
            got = f(data, kind, size_t(n), None)
            out = ctypes.create_string_buffer(got + 1)
            f(data, kind, size_t(n), out)
            check(out.raw[:got] == text.encode(codec), name, ascii(text), out.raw[:got])


def random_text(rng):
    pools = [(0, 128), (0, 256), (0, 0x800), (0, 0x10000), (0xd700, 0xe100), (0, 0x110000), (0x20, 0x7f)]
    out = []
    for _ in range(rng.randrange(4)):
        lo, hi = rng.choice(pools)
        out += [chr(rng.randrange(lo, hi)) for _ in range(rng.choice((1, 3, 9, 40)))]
    return "".join(out)


def mutate(rng, data):
    data = bytearray(data)
    for _ in range(rng.randrange(3)):
        if data:
            i = rng.randrange(len(data))
            action = rng.randrange(3)
            if action == 0:
                data[i] = rng.choice((rng.randrange(256), 0xed, 0xa0, 0x80, 0xf4, 0xe0, 0xc1))
            elif action == 1:
                del data[i:i + rng.randrange(4)]
            else:
                del data[i:]
    return bytes(data)


def main():
    rng = random.Random(3)
    lead = [0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef,
            0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff]
    for a in lead:
        for b in lead:
            for data in (bytes([a]), bytes([a, b])):
                compare_decode("utf-8", utf8_decode, codecs.utf_8_decode, data)
            for c in lead:
                compare_decode("utf-8", utf8_decode, codecs.utf_8_decode, bytes([a, b, c]))
                compare_decode("utf-8", utf8_decode, codecs.utf_8_decode, bytes([a, b, c, rng.choice(lead), 0x41]))
    for _ in range(int(sys.argv[1]) if len(sys.argv) > 1 else 30000):
        text = random_text(rng)
        compare_encode(text)
        compare_decode("utf-8", utf8_decode, codecs.utf_8_decode, mutate(rng, text.encode("utf-8", "surrogatepass")))
        for bits in (16, 32):
            for big in (False, True):
                codec = getattr(codecs, "utf_%d_%s_decode" % (bits, "be" if big else "le"))
                data = mutate(rng, text.encode("utf-%d-%s" % (bits, "be" if big else "le"), "surrogatepass"))
                compare_decode(codec.__name__, lambda d, f, e: utf16_decode(d, f, e, bits, big), codec, data)
        data = mutate(rng, text.encode("utf-7"))
        compare_decode("utf-7", lambda d, f, e: machine(LIB.rt_utf7_decode, d, f, e), codecs.utf_7_decode, data)
        data = mutate(rng, text.encode("unicode_escape") + rng.choice((b"", b"\\N{DIGIT ONE}", b"\\N{NULL}\\q\\777\\1x",
                                                                      b"\\N{KEYCAP DIGIT ONE}", b"\\N{}", b"\\U00110000")))
        compare_decode("unicode_escape", lambda d, f, e: machine(LIB.rt_unicode_escape_decode, d, f, e),
                       codecs.unicode_escape_decode, data)
        data = mutate(rng, text.encode("raw_unicode_escape") + rng.choice((b"", b"\\", b"\\U00110000", b"\\x41\\u00")))
        compare_decode("raw_unicode_escape", lambda d, f, e: machine(LIB.rt_raw_unicode_escape_decode, d, f, e),
                       codecs.raw_unicode_escape_decode, data)
    print("%d failures" % failures)
    return failures != 0


if __name__ == "__main__":
    sys.exit(main())
