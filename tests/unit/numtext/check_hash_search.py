# SPDX-License-Identifier: MIT
"""Compare core/base's hash and strsearch with the reference python3.11: check_hash_search.py [count]."""
import ctypes
import math
import os
import random
import struct
import subprocess
import sys
import time
import _imp

import cbuild

LIB = cbuild.load(["core/base/hash.c", "core/base/strsearch.c"])
size_t, i64, u64 = ctypes.c_size_t, ctypes.c_int64, ctypes.c_uint64


class Key(ctypes.Structure):
    _fields_ = [("k0", u64), ("k1", u64)]


LIB.rt_hash_siphash13.restype = u64
LIB.rt_hash_siphash13.argtypes = [Key, ctypes.c_char_p, size_t]
LIB.rt_hash_double.restype = LIB.rt_hash_limbs.restype = i64
LIB.rt_strsearch_find.restype = LIB.rt_strsearch_rfind.restype = ctypes.c_ssize_t
LIB.rt_strsearch_count.restype = size_t
failures = 0


def check(ok, *what):
    global failures
    if not ok:
        failures += 1
        if failures < 20:
            print("FAIL", *what)


def check_hash(rng):
    for n in list(range(40)) + [100, 1000]:
        data, key = rng.randbytes(n), rng.getrandbits(63)
        got = LIB.rt_hash_siphash13(Key(key, 0), data, n)
        check(got.to_bytes(8, "little") == _imp.source_hash(key, data), "siphash", n)
    for seed in (0, 1, 42, 4294967295):
        code = "print([hash(b'x' * i) for i in range(30)], hash('abc\\u1234'))"
        want = subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": str(seed)},
                              capture_output=True, text=True).stdout
        key = Key()
        LIB.rt_hash_key_from_seed(ctypes.c_uint32(seed), ctypes.byref(key))

        def h(data):
            v = LIB.rt_hash_siphash13(key, data, len(data)) if data else 0
            v = v - 2 ** 64 if v >= 2 ** 63 else v
            return -2 if v == -1 else v
        check(want.strip() == "%s %s" % ([h(b"x" * i) for i in range(30)], h("abc\u1234".encode("utf-16-le"))),
              "seed", seed)
    for _ in range(20000):
        x = struct.unpack("<d", rng.randbytes(8))[0] if rng.randrange(2) else float(rng.randrange(-2 ** 70, 2 ** 70))
        if x == x:
            check(LIB.rt_hash_double(ctypes.c_double(x), i64(5)) == hash(x), "double", x)
        v = rng.getrandbits(rng.choice((1, 60, 61, 62, 64, 122, 500))) * rng.choice((1, 2 ** 61 - 1))
        raw = v.to_bytes((v.bit_length() + 63) // 64 * 8, "little")
        check(LIB.rt_hash_limbs(raw, size_t(len(raw) // 8), True) == hash(-v), "limbs", v)
    for x in (math.inf, -math.inf, 0.0, -0.0, 5e-324, 1.0, -1.0):
        check(LIB.rt_hash_double(ctypes.c_double(x), i64(5)) == hash(x), "double", x)


def stored(text, kind):
    return text.encode("latin-1") if kind == 1 else text.encode("utf-16-le" if kind == 2 else "utf-32-le")


def check_search(rng, count):
    for _ in range(count):
        alphabet = rng.choice(("a", "ab", "ab", "abc", "abcdefghij", "abc\xe9"))
        n = rng.choice((rng.randrange(10), rng.randrange(100), rng.randrange(3000)))
        text = "".join(rng.choices(alphabet, k=n))
        if rng.randrange(3) == 0:
            text = (text[:rng.randrange(1, 9)] or "a") * rng.randrange(1, 200)
        m = rng.choice((rng.randrange(4), rng.randrange(10), rng.randrange(200)))
        if rng.randrange(2) and len(text) > m:
            i = rng.randrange(len(text) - m + 1)
            needle = text[i:i + m]
        else:
            needle = "".join(rng.choices(alphabet, k=m))
        for kind in (1, 2, 4):
            t = text + {1: "", 2: "", 4: ""}[kind]
            for nk in (1, 2, 4):
                if nk > kind:
                    continue
                args = (stored(t, kind), kind, size_t(len(t)), stored(needle, nk), nk, size_t(len(needle)))
                check(LIB.rt_strsearch_find(*args) == t.find(needle), "find", kind, nk, ascii(t), ascii(needle))
                check(LIB.rt_strsearch_rfind(*args) == t.rfind(needle), "rfind", kind, nk, ascii(t), ascii(needle))
                check(LIB.rt_strsearch_count(*args, size_t(2 ** 63)) == t.count(needle), "count", kind, nk, ascii(t),
                      ascii(needle))


def worst_cases():
    n = 200000
    for needle in ("a" * 5000 + "b" + "a" * 5000, "b" + "a" * 20000, "a" * 20000 + "b", "ab" * 5000 + "bb" + "ab" * 5000):
        for text in ("a" * n, "ab" * (n // 2), ("a" * 4999 + "b") * 40):
            for kind in (1, 2, 4):
                args = (stored(text, kind), kind, size_t(len(text)), stored(needle, 1), 1, size_t(len(needle)))
                t0 = time.perf_counter()
                first, last = LIB.rt_strsearch_find(*args), LIB.rt_strsearch_rfind(*args)
                t1 = time.perf_counter() - t0
                check(first == text.find(needle) and last == text.rfind(needle), "worst")
                check(t1 < 0.1, "slow", t1, kind, needle[:4], text[:4])


def main():
    rng = random.Random(11)
    check_hash(rng)
    check_search(rng, int(sys.argv[1]) if len(sys.argv) > 1 else 20000)
    worst_cases()
    print("%d failures" % failures)
    return failures != 0


if __name__ == "__main__":
    sys.exit(main())
