# SPDX-License-Identifier: MIT
"""Training for the optimising compiler: the operations of the built-in types, each some hundred times, that programs use
now and then: what is never run here is compiled as if it hardly ever were."""
import array
import base64
import binascii
import collections
import decimal
import fractions
import hashlib
import io
import itertools
import json
import math
import operator
import pickle
import random
import string
import struct
import textwrap
import weakref
import zlib


class Plain:
    def __init__(self, n):
        self.n = n


class Table(dict):
    def __missing__(self, key):
        return key


def containers(k):
    s, t, d = {k, k + 1, "x"}, set("operation"), {"a": k, "b": k + 1}
    words = ["pear", "apple", "fig", "apple"]
    total = [len(s | t), len(s & t), len(s - t), len(s ^ t), s <= t, s == set(s), s.isdisjoint(t), len(frozenset(words))]
    total += [{**d, "c": 1} | d == dict(d, c=1), d.copy() == d, dict(zip(words, range(4))), dict.fromkeys(words, 0)]
    d.update(z=1)
    d.pop("z"), d.setdefault("a", 2), d.popitem(), d.clear()
    row = [*words, *range(5)]
    row[2:4] = [1, 2, 3]
    del row[1:2], row[-1]
    row += [k]
    row.insert(0, k), row.remove(k), row.reverse(), row.extend((1, 2)), row.pop(0)
    total += [words.index("fig"), words.count("apple"), words + words == words * 2, (1, k) + (2,) < (1, k) * 2]
    total += [sorted(words, key=len), sorted([2.5, 1.5, k]), sorted(words, reverse=True), sorted(enumerate(words)),
              max(words, key=len), min(k, 3), sum([1.5, k]), sum([[1], [2]], []), any(map(bool, row)), list(reversed(row))]
    queue = collections.deque(row, maxlen=4)
    queue.append(k), queue.popleft(), queue.rotate(1)
    ordered = collections.OrderedDict(a=1, b=2)
    ordered.move_to_end("a")
    counts = collections.Counter(words)
    counts["fig"] += 1
    table = Table(a=1)
    return total, ordered.copy() == ordered, counts + counts, counts.most_common(1), table["a"], table["q"], tuple(queue)


def numbers(k):
    big, more = 7 ** (20 + k % 60), (1 << 64) - k
    a, b = decimal.Decimal("12.345") + k, decimal.Decimal("0.67")
    f, g = fractions.Fraction(k + 1, 3), fractions.Fraction(2, 7)
    c = complex(k, 1.5)
    return (big + more, big - more, big * more, big // more, big % more, big << 7, big >> 9, big & more, big | more, big ^ more,
            -big, big == more, big < more, int(str(big)), hash(big), float(big), pow(3, big, more), big.bit_length(), ~k,
            divmod(k, 7), k / 7, k ** 2, round(k / 7, 2), k.to_bytes(4, "big"), int.from_bytes(b"\1\2", "little"),
            hex(k), oct(k), bin(k), int("ff", 16), int(" 12 "), float("1.25e3"), 1.5 % 0.4, 7.5 // 2, repr(1 / 3), c * c + c / 2,
            abs(c), repr(c), c == 1, a * b, a / b, a - b, a % b, a // b, a < b, str(a), f"{a:.2f}", round(a, 1), a.quantize(b),
            hash(a), int(a), f + g, f * g, f < g, str(f), math.hypot(k, 2), math.gcd(k, 12), math.isclose(k, 1.0), math.log2(k + 1),
            math.dist((1, 2), (k, 4)), math.isqrt(k), math.comb(9, 3), math.fsum([.1, k]), random.random(), random.randrange(9))


def texts(k):
    s, u = f"some text number {k}", "Größe – 日本"
    parts = (f"{k:5d}|{k:05d}|{k:x}|{k:08b}|{k:,}|{k / 3:.2f}|{k / 3:e}|{s:>30}|{s!r:<9}|{k / 7:.1%}|{u:^20}",
             "%s %d %5.2f %x %r %c %-5s %%" % (s, k, 1.5, k, u, 65, "a"), "{0} {a:>4} {1!r}".format(1, 2, a=k))
    return (parts, s.upper(), u.lower(), u.title(), s.swapcase(), u.casefold(), s.split(), s.split(" ", 1), s.rsplit(None, 1),
            s.partition(" "), s.replace("e", "3"), s.find("num"), s.rfind("t"), s.count("e"), s.startswith(("a", "so")),
            s.endswith("x"), s.strip("s"), s.center(40), s.zfill(40), s.ljust(40, "."), "a\tb".expandtabs(), s * 3, "-" * 20,
            s[::-1], s[2:-2], u[1:4], "".join(reversed(s)), ascii(u), repr(u), s.translate({115: "z"}), "a\nb".splitlines(),
            s.isalpha(), s.isdigit(), "x1".isidentifier(), s < u, "text" in s, string.Template("$a b").substitute(a=k),
            textwrap.wrap(s, 9), [u.encode(c).decode(c) for c in ("utf-8", "utf-16", "utf-32", "utf-16-le")],
            [u.encode(c, e) for c in ("ascii", "latin-1", "cp1252") for e in ("replace", "ignore", "xmlcharrefreplace")],
            b"gr\xfc\xdfe".decode("latin-1"), b"a\xffb".decode("utf-8", "replace"), b"a\\n".decode("unicode_escape"))


def bytes_and_views(k):
    b = b"some bytes, and more " + bytes([k % 256])
    w = bytearray(b)
    w += b"more"
    w[2:4] = b"xyz"
    del w[:2]
    w.append(k % 256)
    v = memoryview(w)
    v[1], v[2:4] = 7, b"ab"
    total = [bytes(v[1:5]), v.tolist(), v == b, v.cast("B")[0], len(v), list(v), v.tobytes().hex(), bytes.fromhex("00ff")]
    v.release()
    a = array.array("i", range(10))
    a.append(k)
    a[1] = a[2]
    return (total, a.tolist(), a.tobytes(), a[2:5], b.split(), b.split(b","), b.strip(), b.partition(b" "), b.replace(b"e", b"3"),
            b.find(b"s"), b.upper(), b.title(), b + b, b * 2, b[1:4], b[3], b == w, repr(b), b.splitlines(), b" ".join([b, b]),
            struct.unpack("<IHd", struct.pack("<IHd", k, 2, 1.5)), base64.b64decode(base64.b64encode(b)), binascii.crc32(b),
            zlib.decompress(zlib.compress(b)), hashlib.sha256(b).hexdigest(), hashlib.md5(b).digest(), sum(b), hash(b))


def the_rest(k):
    p, q = Plain(k), Plain(k)
    kept = weakref.WeakValueDictionary(a=p)
    keys, group = weakref.WeakKeyDictionary({p: 1}), weakref.WeakSet([p])
    p.extra = 1
    del p.extra
    raw = io.BytesIO(b"first\nsecond\nthird")
    stream = io.BufferedReader(raw)
    lines = [stream.readline(), stream.seek(2), stream.read(3), list(stream), io.StringIO("a\nb").readlines()]
    packed = [pickle.loads(pickle.dumps([k, "x", {1: 2.5}, p], protocol)).pop().n for protocol in (0, 2, 5)]
    pairs = itertools.groupby([1, 1, 2])
    return (p == q, p != q, p.__dict__, vars(q), kept["a"], keys[p], p in group, weakref.ref(p)(), weakref.proxy(p).n, lines,
            packed, [(x, list(y)) for x, y in pairs], list(itertools.product("ab", repeat=2)), list(itertools.chain("a", "b")),
            list(itertools.combinations(range(4), 2)), list(itertools.accumulate(range(4))), operator.itemgetter(1)("ab"),
            json.loads(json.dumps({"a": [k, None, 1.5]}, indent=1)), isinstance(k, int | str), eval("k + 1", {"k": k}),
            Plain.__name__, the_rest.__doc__, the_rest.__code__.co_name, locals().keys() - {"p"})


for number in range(300):
    containers(number), numbers(number), texts(number), bytes_and_views(number), the_rest(number)
