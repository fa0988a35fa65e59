# SPDX-License-Identifier: MIT
"""Sorting: stability, keys, reverse, mixed numbers, errors, mutation during sort, heapq, bisect."""
import bisect
import functools
import heapq
import random
from _check import raises

rng = random.Random(7)
for size in (0, 1, 2, 3, 10, 63, 64, 65, 100, 1000, 5000):
    for make in (lambda i: rng.randrange(size or 1), lambda i: i, lambda i: size - i, lambda i: i % 7, lambda i: rng.random(),
                 lambda i: str(rng.randrange(1000)), lambda i: (rng.randrange(5), str(i)), lambda i: i if i % 50 else rng.randrange(size)):
        data = [make(i) for i in range(size)]
        want = sorted(data)
        assert all(a <= b for a, b in zip(want, want[1:])) and len(want) == size
        copy = data[:]
        copy.sort()
        assert copy == want and [*map(type, sorted(data, reverse=True))] is not None
        pairs = [(v, i) for i, v in enumerate(data)]
        by_key = sorted(pairs, key=lambda p: p[0])
        assert all(a[0] < b[0] or a[1] < b[1] for a, b in zip(by_key, by_key[1:]))
        back = sorted(pairs, key=lambda p: p[0], reverse=True)
        assert all(a[0] > b[0] or a[1] < b[1] for a, b in zip(back, back[1:]))
assert sorted([3, 1.5, True, 2**70, -1]) == [-1, True, 1.5, 3, 2**70] and sorted("hello") == list("ehllo")
assert sorted([(1, "b"), (1, "a"), (0, "z")]) == [(0, "z"), (1, "a"), (1, "b")] and sorted({3: 0, 1: 0}) == [1, 3]
assert sorted([[2], [1, 5], [1]]) == [[1], [1, 5], [2]] and sorted(["é", "z", "世", "a"]) == ["a", "z", "é", "世"]
raises(TypeError, sorted, [1, "a"], text="'<' not supported between instances of 'str' and 'int'")
raises(TypeError, sorted, [1], 5)
raises(ZeroDivisionError, [1, 0].sort, key=lambda x: 1 / x)
a = [1, 2, 3]


def meddle(x):
    a.append(x)
    return x


raises(ValueError, a.sort, key=meddle, text="list modified during sort")
b = [3, 1, 2]
raises(ZeroDivisionError, b.sort, key=lambda x: 1 // 0)
assert sorted(b) == [1, 2, 3]


class Item:
    def __init__(self, v):
        self.v = v

    def __lt__(self, other):
        return self.v < other.v


items = [Item(rng.randrange(100)) for _ in range(300)]
items.sort()
assert all(x.v <= y.v for x, y in zip(items, items[1:]))
assert sorted([5, 3, 9], key=functools.cmp_to_key(lambda x, y: y - x)) == [9, 5, 3]
assert min("abc", key=ord) == "a" and max([1, 5, 3], key=lambda x: -x) == 1 and min([], default=9) == 9 and max(1, 2.0) == 2.0
raises(ValueError, max, [], text="max() arg is an empty sequence")
heap = []
for v in [rng.randrange(1000) for _ in range(500)]:
    heapq.heappush(heap, v)
drained = [heapq.heappop(heap) for _ in range(500)]
assert drained == sorted(drained) and heap == []
data = [rng.randrange(1000) for _ in range(300)]
copy = data[:]
heapq.heapify(copy)
assert [heapq.heappop(copy) for _ in data] == sorted(data) and heapq.nlargest(5, data) == sorted(data)[:-6:-1]
assert heapq.nsmallest(3, data) == sorted(data)[:3] and list(heapq.merge([1, 4], [2, 3])) == [1, 2, 3, 4]
assert heapq.heappushpop([2, 3], 1) == 1 and heapq.heapreplace([2, 3], 5) == 2
s = sorted(data)
for x in range(0, 1000, 37):
    assert bisect.bisect_left(s, x) == sum(v < x for v in s) and bisect.bisect_right(s, x) == sum(v <= x for v in s)
out = []
for x in data:
    bisect.insort(out, x)
assert out == s and bisect.bisect([1, 2, 3], 2, key=lambda v: v) == 2
nan = float("nan")
assert len(sorted([3, nan, 1, 2])) == 4
class Rev(int):
    def __lt__(self, other):
        return int.__gt__(self, other)


assert sorted([Rev(1), Rev(3), Rev(2)]) == [3, 2, 1]

# Short lists with a key, whose work lies elsewhere than that of longer ones.
for count in 0, 1, 2, 3, 15, 16, 17, 18, 40:
    words = [chr(97 + i * 7 % 26) * (i % 5 + 1) for i in range(count)]
    for key in len, str.upper, lambda w: (len(w), w), lambda w: -len(w), lambda w: len(w) / 3:
        pairs = sorted((key(w), i) for i, w in enumerate(words))
        assert sorted(words, key=key) == [words[i] for _, i in pairs]
        assert sorted(words, key=key, reverse=True) == [words[i] for k, i in sorted(pairs, key=lambda p: p[0], reverse=True)]
    kept = words[:]
    try:
        kept.sort(key=lambda w: kept.append(w) or w)
    except ValueError as error:
        assert count and str(error) == "list modified during sort"
    else:
        assert not count
