# SPDX-License-Identifier: MIT
"""Comprehensions and loops: nesting, conditions, else, break, unpacking targets, laziness."""
from _check import raises

assert [x * y for x in range(3) for y in range(x)] == [0, 0, 2] and [x for x in range(10) if x % 2 if x > 4] == [5, 7, 9]
assert {x % 3 for x in range(10)} == {0, 1, 2} and {k: v for k, v in zip("ab", [1, 2])} == {"a": 1, "b": 2}
assert [a + b for (a, b), c in [((1, 2), 3)]] == [3] and [b for a, *b in [(1, 2, 3)]] == [[2, 3]]
assert [[y for y in range(x)] for x in range(3)] == [[], [0], [0, 1]] and [i if i else -1 for i in range(2)] == [-1, 1]
assert [lambda: 0 for _ in range(2)][1]() == 0 and [*(i for i in range(2)), *[5]] == [0, 1, 5]
matrix = [[1, 2, 3], [4, 5, 6]]
assert [[row[i] for row in matrix] for i in range(3)] == [[1, 4], [2, 5], [3, 6]] == [list(r) for r in zip(*matrix)]
assert sum(1 for line in "a\nb\n".splitlines() if line) == 2 and sorted({len(w): w for w in ["a", "bb", "c"]}.items()) == [(1, "c"), (2, "bb")]


def loops():
    log = []
    for i in range(5):
        if i == 1:
            continue
        if i == 3:
            break
        log.append(i)
    else:
        log.append("never")
    while i:
        i -= 1
        if i == 1:
            break
    else:
        log.append("never")
    for _ in ():
        pass
    else:
        log.append("else")
    while False:
        pass
    else:
        log.append("while else")
    for a, (b, *c) in [(1, (2, 3, 4))]:
        log.append((a, b, c))
    return log, i


assert loops()[0] == [0, 2, "else", "while else", (1, 2, [3, 4])]


def nested_control():
    out = []
    for i in range(4):
        for j in range(4):
            if j == 2:
                break
            if i == 2:
                continue
            try:
                if i == 3:
                    break
                out.append((i, j))
            finally:
                out.append("f")
    return out


assert nested_control() == [(0, 0), "f", (0, 1), "f", (1, 0), "f", (1, 1), "f", "f"]
d = {}
for d["key"] in range(3):
    pass
assert d == {"key": 2}
values = [0] * 3
for values[0], values[1] in [(1, 2)]:
    pass
assert values == [1, 2, 0]


class Seq:
    def __getitem__(self, i):
        if i > 3:
            raise IndexError
        return i * 10


assert [x for x in Seq()] == [0, 10, 20, 30] and 20 in Seq() and list(reversed([*Seq()])) == [30, 20, 10, 0]


class It:
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        return self

    def __next__(self):
        if not self.n:
            raise StopIteration
        self.n -= 1
        return self.n


assert list(It(3)) == [2, 1, 0] and max(It(4)) == 3 and tuple(zip(It(2), It(5))) == ((1, 4), (0, 3))
a, b, c = It(3)
assert (a, b, c) == (2, 1, 0)
assert list(iter(iter([1, 2, 0, 3]).__next__, 0)) == [1, 2]
raises(TypeError, lambda: [x for x in 5], text="'int' object is not iterable")


class BadIter:
    def __iter__(self):
        return 5


raises(TypeError, lambda: list(BadIter()), text="iter() returned non-iterator of type 'int'")
lazy = (1 / x for x in [1, 0])
assert next(lazy) == 1.0
raises(ZeroDivisionError, next, lazy)


def first_is_eager():
    return (x for x in undefined_thing)


raises(NameError, first_is_eager)
nums = [1, 2, 3, 4]
for n in nums:
    if n == 2:
        nums.remove(n)
assert nums == [1, 3, 4]
for n in nums[:]:
    nums.append(n)
assert nums == [1, 3, 4, 1, 3, 4]
total = 0
for i in range(0, 10**6, 7):
    total += i
assert total == sum(range(0, 10**6, 7))
total = 0
for i in range(10, -10, -3):
    total = total * 2 + i
assert total == sum(v * 2 ** (6 - n) for n, v in enumerate(range(10, -10, -3)))
x, y, *z = "hello"
assert (x, y, z) == ("h", "e", ["l", "l", "o"])
[p, [q, r]] = 1, (2, 3)
m = n = []
m.append(1)
assert n == [1] and (p, q, r) == (1, 2, 3)
i = 0
i, values[i] = 1, 9
assert values == [1, 9, 0]
if (n := 10) > 5 and (m := n * 2):
    assert m == 20
while chunk := nums[:2]:
    del nums[:2]
assert nums == [] and chunk == []
text = "yes" if not nums else "no"
assert text == "yes" and (1 < 2 < 3) and not (1 < 3 < 2) and (1 or 1 / 0) and not (0 and 1 / 0) and (None or [] or "z") == "z"
