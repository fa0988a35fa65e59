# SPDX-License-Identifier: MIT
"""collections, itertools, functools, dataclasses, enum, typing as everyday programs use them."""
import collections
import dataclasses
import enum
import functools
import itertools as it
import typing
from _check import raises

P = collections.namedtuple("P", "x y", defaults=[5])
p = P(1)
assert p == (1, 5) and p.x == 1 and p._replace(x=2) == P(2, 5) and repr(p) == "P(x=1, y=5)" and p._asdict() == {"x": 1, "y": 5} and P._fields == ("x", "y")
d = collections.deque([1, 2, 3], maxlen=3)
d.append(4); d.appendleft(0); d.rotate(1)
assert list(d) == [3, 0, 2] and d.maxlen == 3 and d[1] == 0 and repr(d) == "deque([3, 0, 2], maxlen=3)" and d.index(2) == 2
d.extendleft("ab")
assert d.pop() == 3 and d.popleft() == "b" and d.count("a") == 1 and collections.deque([1]) + collections.deque([2]) == collections.deque([1, 2])
dd = collections.defaultdict(list)
dd["a"].append(1)
assert dd == {"a": [1]} and "b" not in dd and dd.default_factory is list and repr(dd) == "defaultdict(<class 'list'>, {'a': [1]})"
dd.default_factory = 5
assert repr(dd) == "defaultdict(5, {'a': [1]})"
c = collections.Counter("mississippi")
assert c.most_common(2) == [("i", 4), ("s", 4)] and c["z"] == 0 and sum(c.values()) == 11 and (c - collections.Counter("miss"))["s"] == 2
assert c + c == collections.Counter({k: v * 2 for k, v in c.items()}) and sorted(collections.Counter(a=2, b=1).elements()) == ["a", "a", "b"]
od = collections.OrderedDict(a=1, b=2)
od.move_to_end("a"); od["c"] = 3; od.move_to_end("c", last=False)
assert list(od) == ["c", "b", "a"] and od.popitem(last=False) == ("c", 3) and od != collections.OrderedDict(a=1, b=2) and od == dict(a=1, b=2)
cm = collections.ChainMap({"a": 1}, {"a": 2, "b": 3})
assert cm["a"] == 1 and cm["b"] == 3 and dict(cm.new_child({"b": 0})) == {"a": 1, "b": 0}
assert list(it.islice(it.count(5, 2), 3)) == [5, 7, 9] and list(it.islice(it.cycle("ab"), 5)) == list("ababa") and list(it.repeat(1, 2)) == [1, 1]
assert list(it.accumulate([1, 2, 3])) == [1, 3, 6] and list(it.accumulate([1, 2], lambda a, b: a * b, initial=5)) == [5, 5, 10]
assert list(it.chain("ab", [1])) == ["a", "b", 1] and list(it.chain.from_iterable([[1], [2]])) == [1, 2] and list(it.compress("abc", [1, 0, 1])) == ["a", "c"]
assert list(it.dropwhile(lambda x: x < 2, [1, 2, 1])) == [2, 1] and list(it.takewhile(lambda x: x < 2, [1, 2, 1])) == [1]
assert [(k, list(g)) for k, g in it.groupby("aabca")] == [("a", ["a", "a"]), ("b", ["b"]), ("c", ["c"]), ("a", ["a"])]
assert list(it.product("ab", repeat=2)) == [("a", "a"), ("a", "b"), ("b", "a"), ("b", "b")] and list(it.permutations([1, 2, 3], 2))[:3] == [(1, 2), (1, 3), (2, 1)]
assert list(it.combinations(range(4), 2))[-1] == (2, 3) and len(list(it.combinations_with_replacement("abc", 2))) == 6 and list(it.pairwise([1, 2, 3])) == [(1, 2), (2, 3)]
assert list(it.starmap(pow, [(2, 3)])) == [8] and list(it.zip_longest("a", "bc", fillvalue=0)) == [("a", "b"), (0, "c")] and list(it.filterfalse(None, [0, 1])) == [0]
a, b = it.tee(iter([1, 2, 3]))
assert (next(a), next(a), next(b), list(a), list(b)) == (1, 2, 1, [3], [2, 3])
assert list(it.islice("abcdef", 1, None, 2)) == ["b", "d", "f"]


@dataclasses.dataclass(order=True)
class Item:
    name: str
    price: float = 1.0
    tags: list = dataclasses.field(default_factory=list, compare=False)
    total: dataclasses.InitVar[int] = 0
    kind: typing.ClassVar[str] = "item"

    def __post_init__(self, total):
        self.sum = total * 2


i = Item("a", 2.0, total=4)
assert repr(i) == "Item(name='a', price=2.0, tags=[])" and i.sum == 8 and i == Item("a", 2.0, [1]) and i < Item("b") and Item("x").tags is not Item("x").tags
assert dataclasses.asdict(i) == {"name": "a", "price": 2.0, "tags": []} and dataclasses.replace(i, name="z", total=0).name == "z"
assert [f.name for f in dataclasses.fields(Item)] == ["name", "price", "tags"] and Item.__match_args__ == ("name", "price", "tags", "total")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    x: int
    y: int = 2


f = Frozen(x=1)
assert hash(f) == hash(Frozen(x=1)) and {f: 1}[Frozen(x=1, y=2)] == 1 and not hasattr(f, "__dict__")
raises(dataclasses.FrozenInstanceError, setattr, f, "x", 2, text="cannot assign to field 'x'")
raises(TypeError, Frozen, 1)


class Color(enum.Enum):
    RED = 1
    GREEN = enum.auto()
    ALIAS = 1

    @property
    def lower(self):
        return self.name.lower()


assert Color.RED.value == 1 and Color(2) is Color.GREEN and Color["RED"] is Color.RED is Color.ALIAS and list(Color) == [Color.RED, Color.GREEN]
assert repr(Color.RED) == "<Color.RED: 1>" and str(Color.RED) == "Color.RED" and Color.GREEN.lower == "green" and Color.RED in Color and len(Color) == 2
raises(ValueError, Color, 9, text="9 is not a valid Color")
raises(AttributeError, setattr, Color, "RED", 5)


class Perm(enum.Flag):
    R = enum.auto()
    W = enum.auto()
    X = enum.auto()


rw = Perm.R | Perm.W
assert Perm.R in rw and Perm.X not in rw and (rw & Perm.W) is Perm.W and ~Perm.R == Perm.W | Perm.X and list(rw) == [Perm.R, Perm.W] and bool(Perm(0)) is False


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 5


assert Level.HIGH > 2 and Level.LOW + 1 == 2 and f"{Level.HIGH}" == "5" and sorted([Level.HIGH, Level.LOW])[0] is Level.LOW


@functools.singledispatch
def show(x):
    return "object"


@show.register
def _(x: int):
    return "int"


@show.register(list)
def _(x):
    return "list"


assert show(5) == "int" and show([]) == "list" and show("s") == "object" and show(True) == "int"


@functools.total_ordering
class Ord:
    def __init__(self, v): self.v = v
    def __eq__(self, o): return self.v == o.v
    def __lt__(self, o): return self.v < o.v


assert Ord(1) <= Ord(1) and Ord(2) > Ord(1) and Ord(2) >= Ord(1)
T = typing.TypeVar("T")


class Box(typing.Generic[T]):
    def __init__(self, item: T):
        self.item = item


assert Box[int](5).item == 5 and Box[int].__origin__ is Box and typing.get_type_hints(Box.__init__) == {"item": T} and repr(Box[int]) == "__main__.Box[int]"
assert list[int].__args__ == (int,) and repr(dict[str, int]) == "dict[str, int]" and int | None == typing.Optional[int] and isinstance(5, int | str)
assert typing.get_args(typing.Union[int, str, int]) == (int, str) and typing.Literal["a"].__args__ == ("a",) and repr(int | None) == "int | None"


class Proto(typing.Protocol):
    def run(self) -> int: ...


Runtime = typing.runtime_checkable(Proto)


class Runs:
    def run(self):
        return 1


assert isinstance(Runs(), Runtime) and not isinstance(5, Runtime)


class TD(typing.TypedDict, total=False):
    a: int


class NT(typing.NamedTuple):
    x: int
    y: str = "d"


assert TD(a=1) == {"a": 1} and NT(1) == (1, "d") and NT.__annotations__ == {"x": int, "y": str} and typing.cast(int, "x") == "x"
