# SPDX-License-Identifier: MIT
"""Which of two containers' items are asked first when the containers are compared."""
asked = []


class Item:
    def __init__(self, name):
        self.name = name

    def __eq__(self, other):
        asked.append((self.name, other.name))
        return True

    def __lt__(self, other):
        asked.append((self.name, "<", other.name))
        return True

    def __gt__(self, other):
        asked.append((self.name, ">", other.name))
        return True

    __hash__ = object.__hash__


def order(compare):
    asked.clear()
    compare()
    return list(asked)


class MyList(list):
    pass


class MyTuple(tuple):
    pass


class MyDict(dict):
    pass


a, b = Item("a"), Item("b")
for base, mine in (list, MyList), (tuple, MyTuple):
    assert order(lambda: base([a]) == base([b])) == [("a", "b")]
    assert order(lambda: mine([a]) == mine([b])) == [("a", "b")]
    assert order(lambda: mine([a]) == base([b])) == [("a", "b")]
    assert order(lambda: base([a]) == mine([b])) == [("b", "a")], "the subclass's instance comes first"
    assert order(lambda: base([a]) != mine([b])) == [("b", "a")]
    assert order(lambda: [base([a])] == [mine([b])]) == [("b", "a")]
    assert (base([a]) < mine([b])) is False and base([1]) < mine([2]) and not base([2]) < mine([1])
    assert base([1]) <= mine([1]) and mine([2]) > base([1]) and not mine([2]) < base([1])
assert order(lambda: {1: a} == MyDict({1: b})) == [("b", "a")]
assert order(lambda: MyDict({1: a}) == {1: b}) == [("a", "b")]


class Left(list):
    def __eq__(self, other):
        asked.append("left")
        return NotImplemented


assert order(lambda: Left([a]) == MyList([b])) == ["left", ("b", "a")]

# Items that need not be asked decide without a call, others after them are asked all the same.
nan = float("nan")
for base in list, tuple:
    assert base([1, "x", 2.5, None]) == base([1, "x", 2.5, None]) and base("ab") != base("ac")
    assert base([1, 2]) != base([1, 2, 3]) and base([1, 2, 3]) != base([1, 2]) and not base() != base()
    assert base([nan]) == base([nan]) and base([nan]) != base([float("nan")])
    assert base([1, "1"]) != base([1, 1]) and base([1, 1]) != base([1, "1"]) and base([1]) == base([1.0]) == base([True])
    assert base([10 ** 30]) == base([10 ** 30]) and base([base([1])]) == base([base([1])]) != base([base([2])])
    assert order(lambda: base([1, "x", a]) == base([1, "x", b])) == [("a", "b")]
    assert order(lambda: base([1, a]) == base([2, b])) == []
assert order(lambda: (a, 1) == (b, 1, 2)) == [("a", "b")]
assert order(lambda: [a, 1] == [b, 1, 2]) == [], "lists of unequal length are not looked at"
