# SPDX-License-Identifier: MIT
# Dicts are equal by their keys and values, however they were made; heaps and bisection order what sorted() orders.
import bisect
import heapq
import itertools

nan = float("nan")


class Word(str):
    asked = 0

    def __eq__(self, other):
        Word.asked += 1
        return str.__eq__(self, other)

    __hash__ = str.__hash__


class Shrinks:
    def __init__(self, d):
        self.d = d

    def __eq__(self, other):
        self.d.clear()
        return True


def made(pairs, junk=()):
    d = {}
    for k in junk:
        d[k] = 0
    for k, v in pairs:
        d[k] = v
    for k in junk:
        del d[k]
    return d


items = [("a", 1), ("b" * 3, 2.5), (7, "x"), (2.0, None), ((1, "t"), [1]), (None, nan), (10**30, b"b"), (nan, 0)]
for n in range(len(items) + 1):
    part = items[:n]
    for junk in ((), ("p",), tuple(range(100, 140))):
        for order in (part, part[::-1], part[1:] + part[:1]):
            x, y = made(part), made(order, junk)
            assert x == y and y == x and not x != y, (x, y)
            for k, v in part:
                y[k] = "other"
                assert x != y and y != x
                y[k] = v
                del y[k]
                assert x != y
                y["\0"] = v
                assert x != y and y != x
                del y["\0"]
                y[k] = v
            assert x == y
assert {1: 2} == {True: 2.0} == {1.0: 2} and {1: 2} != {2: 1} and {"a": 0} != {"b": 0}
assert {"ab": 1} == {"".join("ab"): True} and {nan: 1} != {float("nan"): 1} and {1: nan} != {1: float("nan")}
assert {Word("k"): 1} == {"k": 1} and {"k": 1} == {Word("k"): 1} and Word.asked
assert {"k": Word("v")} == {"k": "v"}
one, other = {"a": 1}, {"a": 1}
one["z"], other["z"] = Shrinks(one), 5
one["y"], other["y"] = 1, 2
assert one == other  # the first is empty when the rest is looked at
assert {}.fromkeys(range(1000)) == dict.fromkeys(reversed(range(1000)))
big, small = dict.fromkeys("abc"), dict.fromkeys(range(50))
for k in range(50):
    del small[k]
small.update(big)
assert small == big and big == small


class Odd:
    def __init__(self, n):
        self.n = n

    def __lt__(self, other):
        return [] if self.n >= other.n else [0]


class Broken:
    def __lt__(self, other):
        raise KeyError("less")


kinds = [[3, 1, 2], [1.5, -0.0, 2], ["b", "a", "\u03bb", "ab"], [(2, "b"), (1, "z"), (2, "a"), (2,), (), (2, "b", 0)], [[2], [1, 5], []],
         [b"b", b"a"], [10**20, 5, -10**20], [(1, (2, "x")), (1, (2, "a")), (1, (1.5,))]]
for kind in kinds:
    for order in itertools.islice(itertools.permutations(kind), 60):
        heap, line = [], []
        for x in order:
            heapq.heappush(heap, x)
            bisect.insort(line, x)
        assert line == sorted(kind) == [heapq.heappop(heap) for _ in kind]
        assert [bisect.bisect_left(line, x) for x in line] == [sum(y < x for y in line) for x in line]
odd = [Odd(n) for n in (3, 1, 2)]
heapq.heapify(odd)
assert [heapq.heappop(odd).n for _ in range(3)] == [1, 2, 3]
for f in (lambda: heapq.heapify([Broken(), Broken()]), lambda: bisect.bisect([Broken()], Broken()),
          lambda: heapq.heapify([(1, Broken()), (1, Broken())])):
    try:
        f()
    except KeyError as e:
        assert e.args == ("less",)
    else:
        raise AssertionError
for f, text in ((lambda: heapq.heapify([1, "a"]), "'<' not supported between instances of 'int' and 'str'"),
                (lambda: heapq.heapify([(1, None), (1, 2)]), "'<' not supported between instances of 'NoneType' and 'int'"),
                (lambda: bisect.bisect([1], "a"), "'<' not supported between instances of 'str' and 'int'")):
    try:
        f()
    except TypeError as e:
        assert str(e) == text, e
    else:
        raise AssertionError(text)
print("equal dicts ok")
