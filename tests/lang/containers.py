# SPDX-License-Identifier: MIT
"""list, tuple, dict, set, frozenset: every method, order, equality, errors, mutation while used."""
from _check import raises

a = [3, 1, 2]
a.append(4); a.extend((5, 6)); a.insert(0, 0); a.insert(-1, 9); a.insert(100, 7)
assert a == [0, 3, 1, 2, 4, 5, 9, 6, 7] and a.index(9) == 6 and a.count(3) == 1
assert a.pop() == 7 and a.pop(0) == 0 and a.pop(-2) == 9
a.remove(3); a.reverse()
assert a == [6, 5, 4, 2, 1] and a + [0] == [6, 5, 4, 2, 1, 0] and [0] * 3 == [0, 0, 0]
b = a.copy(); b += "xy"; b *= 2
assert b == [6, 5, 4, 2, 1, "x", "y"] * 2 and len(a) == 5
a[1:3] = [7, 7, 7]; a[::2] = [0, 0, 0]
assert a == [0, 7, 0, 7, 0, 1], a
del a[0], a[-1]; del a[::2]
assert a == [0, 0], a
a.clear()
assert a == [] and not a and [1, 2] < [1, 3] and [1] < [1, 0] and [] == [] and [1] != (1,)
n = [[]] * 3; n[0].append(1)
assert n == [[1], [1], [1]] and repr(n) == "[[1], [1], [1]]"
r = []; r.append(r)
assert repr(r) == "[[...]]" and r[0] is r
raises(IndexError, [].pop, text="pop from empty list")
raises(IndexError, [1].pop, 5, text="pop index out of range")
raises(IndexError, lambda: [1][1], text="list index out of range")
raises(ValueError, [1].remove, 2, text="list.remove(x): x not in list")
raises(ValueError, [1].index, 2, text="2 is not in list")
raises(TypeError, lambda: [1] + (2,), text='can only concatenate list (not "tuple") to list')
raises(TypeError, lambda key="x": [1][key], text="list indices must be integers or slices, not str")
raises(TypeError, hash, [], text="unhashable type: 'list'")

t = (1, "a", 2.5)
assert t[0] == 1 and t[-1] == 2.5 and t[1:] == ("a", 2.5) and t + (4,) == (1, "a", 2.5, 4) and () == tuple()
assert (1,) * 3 == (1, 1, 1) and repr((1,)) == "(1,)" and repr(()) == "()" and hash((1, 2)) == hash((1, 2))
assert t.count(1) == 1 and t.index("a") == 1 and 2.5 in t and tuple("ab") == ("a", "b") and (1, 2) < (1, 3)
raises(TypeError, hash, ([],), text="unhashable type: 'list'")
first, *middle, last = range(5)
assert (first, middle, last) == (0, [1, 2, 3], 4)
(x, y), z = (1, 2), 3
x, y = y, x
assert (x, y, z) == (2, 1, 3) and [*range(2), *"ab"] == [0, 1, "a", "b"] and (*t, 9)[-1] == 9
raises(ValueError, lambda: [0 for a, b in [(1, 2, 3)]], text="too many values to unpack (expected 2)")
raises(ValueError, lambda: [0 for a, b in [(1,)]], text="not enough values to unpack (expected 2, got 1)")

d = {"b": 1, "a": 2, 3: "c"}
d["z"] = 26; d["b"] = 10
assert list(d) == ["b", "a", 3, "z"] and list(d.values()) == [10, 2, "c", 26] and d["b"] == 10
assert list(d.items())[0] == ("b", 10) and list(reversed(d)) == ["z", 3, "a", "b"] and len(d) == 4
assert d.get("q") is None and d.get("q", 5) == 5 and d.setdefault("n", []) == [] and d.setdefault("b") == 10
assert d.pop("n") == [] and d.pop("nope", 7) == 7 and d.popitem() == ("z", 26) and "a" in d
d.update({"a": 3}, k=4); d.update([("l", 5)])
assert d == {"b": 10, "a": 3, 3: "c", "k": 4, "l": 5} and dict(a=1) | {"b": 2} == {"a": 1, "b": 2}
e = {"x": 1}; e |= {"x": 2, "y": 3}
assert e == {"x": 2, "y": 3} and dict.fromkeys("ab", 0) == {"a": 0, "b": 0} and {**e, "x": 0} == {"x": 0, "y": 3}
assert d.keys() & {"a", "zz"} == {"a"} and d.keys() - {"a"} == {"b", 3, "k", "l"} and d.keys() | {1} >= {1}
assert ("a", 3) in d.items() and d.items() ^ d.items() == set() and d.keys().isdisjoint({"nope"})
assert {1: "a", 1.0: "b", True: "c"} == {1: "c"} and list({1: "a", True: "c"}) == [1]
del d["a"]; d["a"] = "end"
assert list(d)[-1] == "a" and dict([(1, 2)]) == {1: 2} and repr({1: {2: [3]}}) == "{1: {2: [3]}}"
assert {} == dict() and {"a": 1} != {"a": 2} and dict(zip("ab", (1, 2))) == {"a": 1, "b": 2}
raises(KeyError, lambda: d["missing"], text="'missing'")
raises(KeyError, {}.popitem, text="'popitem(): dictionary is empty'")
raises(TypeError, lambda: {[]: 1}, text="unhashable type: 'list'")
raises(TypeError, lambda: {} < {}, text="'<' not supported between instances of 'dict' and 'dict'")
raises(ValueError, dict, [(1, 2, 3)], text="dictionary update sequence element #0 has length 3; 2 is required")


def grow_while_iterating():
    d = {1: 1}
    for k in d:
        d[k + 1] = 1


raises(RuntimeError, grow_while_iterating, text="dictionary changed size during iteration")
big = {i: i * i for i in range(10000)}
for i in range(0, 10000, 3):
    del big[i]
assert len(big) == 6666 and sum(big) == sum(i for i in range(10000) if i % 3) and 9999 not in big
big2 = {str(i): i for i in range(5000)}
assert all(big2[str(i)] == i for i in range(5000))


class Missing(dict):
    def __missing__(self, key):
        return f"no {key}"


m = Missing(a=1)
assert m["a"] == 1 and m["b"] == "no b" and m.get("b") is None and "b" not in m


class Collide:
    def __init__(self, n):
        self.n = n

    def __hash__(self):
        return 7

    def __eq__(self, other):
        return isinstance(other, Collide) and self.n == other.n


c = {Collide(i): i for i in range(50)}
assert all(c[Collide(i)] == i for i in range(50)) and Collide(51) not in c and len(set(c)) == 50

s = {1, 2, 3}
s.add(4); s.discard(9); s.remove(1); s.update([5], {6})
assert s == {2, 3, 4, 5, 6} and s & {2, 9} == {2} and s | {9} == {2, 3, 4, 5, 6, 9} and s - {2} == {3, 4, 5, 6}
assert s ^ {2, 7} == {3, 4, 5, 6, 7} and {2} < s and s >= {2, 3} and not s <= {2} and s.issuperset([2])
assert s.union([1], (8,)) == {1, 2, 3, 4, 5, 6, 8} and s.intersection(range(4)) == {2, 3}
assert s.difference([2], [3]) == {4, 5, 6} and s.symmetric_difference([2]) == {3, 4, 5, 6} and s.isdisjoint([0])
s &= {2, 3}; s |= {10}; s -= {2}; s ^= {3, 4}
assert s == {10, 4} and s.pop() in (10, 4) and len(s) == 1
s.intersection_update([99])
assert s == set() and repr(set()) == "set()" and repr({1}) == "{1}" and repr(frozenset([1])) == "frozenset({1})"
f = frozenset("abc")
assert hash(f) == hash(frozenset("cba")) and {f: 1}[frozenset("bca")] == 1 and f == set("abc") and f | {"d"} != f
assert type(f | {1}) is frozenset and type({1} | f) is set and {frozenset({1})} == {frozenset({1})}
assert {1} in {frozenset({1})} and len({0, False, 0.0}) == 1
raises(KeyError, set().pop, text="'pop from an empty set'")
raises(KeyError, {1}.remove, 2, text="2")
raises(TypeError, lambda: {1} | [2], text="unsupported operand type(s) for |: 'set' and 'list'")
raises(TypeError, lambda: {[]}, text="unhashable type: 'list'")


def change_set():
    s = {1, 2}
    for i in s:
        s.add(i + 10)


raises(RuntimeError, change_set, text="Set changed size during iteration")
z = []
for i in [1, 2, 3]:
    z.append(i)
it = iter(z)
next(it); z.append(4)
assert list(it) == [2, 3, 4]
z.append(5)
assert list(it) == []                     # an exhausted iterator stays exhausted
rng = range(10, 0, -3)
assert list(rng) == [10, 7, 4, 1] and rng[1] == 7 and rng[-1] == 1 and 4 in rng and 5 not in rng
assert len(rng) == 4 and rng.index(4) == 2 and rng[1:] == range(7, -2, -3) and range(0) == range(5, 5)
assert range(10**20, 10**20 + 3)[2] == 10**20 + 2 and hash(range(3)) == hash(range(0, 3)) and repr(rng) == "range(10, 0, -3)"
assert list(reversed(range(3))) == [2, 1, 0] and list(enumerate("ab", 1)) == [(1, "a"), (2, "b")]
assert list(zip([1, 2], "ab", strict=True)) == [(1, "a"), (2, "b")] and list(map(pow, [2, 3], [3, 2])) == [8, 9]
assert list(filter(None, [0, 1, "", 2])) == [1, 2] and any([0, 1]) and all([]) and sum([[1], [2]], []) == [1, 2]
raises(ValueError, lambda: list(zip([1], [], strict=True)), text="zip() argument 2 is shorter than argument 1")
raises(ValueError, range, 1, 2, 0, text="range() arg 3 must not be zero")

# Ways through a list that need no iterator see what is changed meanwhile, as iterators do.
class Changing:
    def __init__(self, items):
        self.items = items
    def __eq__(self, other):
        self.items.clear()
        return False
    def __radd__(self, other):
        if len(self.items) < 6:
            self.items.append(2.5)
        return other + 1
items = [1, "a", "ab"]
items.append(Changing(items))
items += ["z", 5]
assert 5 not in items and items == []
items = [1.5, 2.5]
items.append(Changing(items))
assert sum(items) == 7.5 and len(items) == 4, (sum(items), items)
assert max(["b", "a", "c"]) == "c" and min(["bb", "b", "ba"]) == "b" and max([1.0, 2, 3.5, True]) == 3.5
assert ["ab", "cd", "ab"].count("ab") == 2 and ["ab", "cd"].index("cd") == 1 and "cx" not in ["cd"]
assert sorted(list({3, 1, 2})) == [1, 2, 3] and list(frozenset()) == [] and list(reversed([1, 2])) == [2, 1]
assert [0] * 3 == [0, 0, 0] and ["x"] * 0 == [] and [[]] * 2 == [[], []]

# sets whose keys meet in one place, and keys that only Python can compare
class Key:
    def __init__(self, n):
        self.n = n

    def __hash__(self):
        return self.n % 3

    def __eq__(self, other):
        return isinstance(other, Key) and self.n == other.n


ints = {i * 8 for i in range(40)}
assert ints == set(range(0, 320, 8)) and len(ints) == 40 and ints - {0, 8} == set(range(16, 320, 8)) and ints & {8, 9} == {8}
assert ints | {1} == {*ints, 1} and not ints.isdisjoint([312]) and ints.isdisjoint({1, 9}) and {16} <= ints and not {17} <= ints
keys = {Key(i) for i in range(9)} | {Key(i) for i in range(5, 12)} | {Key(i) for i in range(3)}
assert len(keys) == 12 and keys - {Key(0), 1} == {Key(i) for i in range(1, 12)} and Key(11) in keys and Key(12) not in keys
assert {1, 1.0, True} == {1} and {"a" + str(i % 2) for i in range(9)} == {"a0", "a1"} and {-1, -2, hash(-1)} == {-1, -2}
mixed = set()
for v in (0, 8, 16, "x", 0.0, 24, 8.0, (1,), (1,), "x"):
    mixed.add(v)
assert mixed == {0, 8, 16, "x", 24, (1,)} and len(mixed) == 6

# A dict at every size it grows at, by each way to store, with keys deleted in between.
for size in range(70):
    d, model = {}, []
    for i in range(size):
        key = i if i % 3 else f"k{i}"
        [lambda: d.__setitem__(key, i), lambda: d.setdefault(key, i), lambda: d.update({key: i})][i % 3]()
        assert d.setdefault(key, -1) == i
        model.append((key, i))
        if i % 5 == 4:
            gone = model.pop(i // 3 % len(model))
            if i % 2:
                del d[gone[0]]
            else:
                assert d.pop(gone[0]) == gone[1]
            assert gone[0] not in d and d.pop(gone[0], None) is None
            try:
                del d[gone[0]]
            except KeyError as error:
                assert error.args == (gone[0],)
            else:
                assert False
    assert list(d.items()) == model and dict(d) == dict(model) == d
    assert list(dict.fromkeys(range(size))) == list(range(size))
    names = {f"n{i}": i for i in range(size)}
    assert list(dict(**names).items()) == list(names.items()) and dict(names, n0=5, z=1)["n0"] == 5
