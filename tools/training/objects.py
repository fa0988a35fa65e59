# SPDX-License-Identifier: MIT
"""Training for the optimising compiler: classes, calls, closures, generators, exceptions, coroutines."""
import asyncio
import collections
import contextlib
import dataclasses
import enum
import functools
import heapq
import itertools
import operator
import weakref


class Account:
    opened = 0

    def __init__(self, owner, balance=0):
        self.owner = owner
        self.balance = balance
        self.log = []
        Account.opened += 1

    def deposit(self, amount, *, note=None):
        if amount <= 0:
            raise ValueError("amount")
        self.balance += amount
        self.log.append((note, amount))
        return self.balance

    @property
    def rich(self):
        return self.balance > 1000

    @classmethod
    def joint(cls, *owners):
        return cls(" and ".join(owners))

    @staticmethod
    def fee(amount):
        return amount // 100

    def __lt__(self, other):
        return self.balance < other.balance


class Savings(Account):
    def __init__(self, owner, rate):
        super().__init__(owner, balance=10)
        self.rate = rate

    def deposit(self, amount, **options):
        return super().deposit(amount + amount // 10, **options)


class Vector:
    __slots__ = ("x", "y")

    def __init__(self, x, y):
        self.x = x
        self.y = y

    def __add__(self, other):
        return Vector(self.x + other.x, self.y + other.y)

    def __mul__(self, k):
        return Vector(self.x * k, self.y * k)

    def __eq__(self, other):
        return self.x == other.x and self.y == other.y

    def __hash__(self):
        return hash((self.x, self.y))


class Kind(enum.Enum):
    LEAF = 1
    FORK = 2


@dataclasses.dataclass(order=True)
class Event:
    when: int
    name: str = dataclasses.field(compare=False)
    kind: Kind = dataclasses.field(default=Kind.LEAF, compare=False)


class Tree:
    def __init__(self):
        self.root = None
        self.size = 0

    def insert(self, key):
        node, parent = self.root, None
        while node is not None:
            parent = node
            node = node["left"] if key < node["key"] else node["right"]
        fresh = {"key": key, "left": None, "right": None}
        if parent is None:
            self.root = fresh
        elif key < parent["key"]:
            parent["left"] = fresh
        else:
            parent["right"] = fresh
        self.size += 1

    def walk(self, node):
        if node is not None:
            yield from self.walk(node["left"])
            yield node["key"]
            yield from self.walk(node["right"])

    def __iter__(self):
        return self.walk(self.root)

    def __len__(self):
        return self.size

    def __contains__(self, key):
        return any(k == key for k in self)


def bank(rounds):
    accounts = [Account("a"), Savings("b", 2), Account.joint("c", "d")]
    refused = 0
    for k in range(rounds):
        account = accounts[k % 3]
        try:
            account.deposit(k % 50 - 1, note=k)
        except ValueError:
            refused += 1
        if account.rich:
            account.balance -= Account.fee(account.balance) + 900
    return refused, max(accounts).owner, min(accounts, key=lambda a: a.balance).owner


def simulate(rounds):
    agenda, done = [Event(0, "start")], collections.Counter()
    for k in range(rounds):
        event = heapq.heappop(agenda)
        done[event.name] += 1
        match event:
            case Event(kind=Kind.FORK, when=w):
                heapq.heappush(agenda, Event(w + 3, "left"))
                heapq.heappush(agenda, Event(w + 5, "right", Kind.FORK))
            case Event(when=w, name=str(name)):
                heapq.heappush(agenda, Event(w + 2, name + "+" if k % 9 == 0 else "next",
                                             Kind.FORK if k % 17 == 0 else Kind.LEAF))
    return len(done)


def vectors(rounds):
    total, seen = Vector(0, 0), set()
    for k in range(rounds):
        total = total + Vector(k & 15, 1) * 2
        seen.add(Vector(k & 7, 0))
    return total.x, total.y, len(seen)


def counters():
    made = []
    for step in range(5):
        count = 0

        def tick(by=step, *rest, **named):
            nonlocal count
            count += by + len(rest) + len(named)
            return count
        made.append(tick)
    for _ in range(4000):
        for tick in made:
            tick()
        made[0](1, 2, 3)
        made[1](by=2, more=1)
    return [tick() for tick in made]


def pipeline(limit):
    numbers = (n * n for n in range(limit))
    odd = filter(lambda n: n % 2, numbers)
    pairs = zip(odd, itertools.count(1))
    groups = collections.defaultdict(list)
    for value, index in pairs:
        groups[value % 10].append(index)
    flat = sorted(((k, sum(v)) for k, v in groups.items()), key=operator.itemgetter(1))
    first, *middle, last = flat
    return first, last, {k: v for k, v in middle}, {k for k, _ in flat}, functools.reduce(
        lambda a, b: a ^ b[1], flat, 0)


@functools.lru_cache(maxsize=None)
def ways(n, largest):
    if n == 0:
        return 1
    return sum(ways(n - k, k) for k in range(1, min(n, largest) + 1))


@contextlib.contextmanager
def scope(names, name):
    names.append(name)
    try:
        yield len(names)
    finally:
        names.pop()


def nested(rounds):
    names, deepest = [], 0
    for k in range(rounds):
        with scope(names, k), scope(names, -k) as depth:
            deepest = max(deepest, depth)
            try:
                {}[k]
            except (KeyError, IndexError) as error:
                deepest += error.args[0] == -1
    return deepest


def cycles(rounds):
    alive = weakref.WeakSet()
    for k in range(rounds):
        a, b = Account(k), Account(-k)
        a.friend, b.friend = b, a
        if k % 10 == 0:
            alive.add(a)
    return len(alive) <= rounds


def towers(n, a, b, c):
    return 0 if n == 0 else towers(n - 1, a, c, b) + 1 + towers(n - 1, c, b, a)


async def worker(queue, results):
    while (item := await queue.get()) is not None:
        await asyncio.sleep(0)
        results.append(item * 2)


async def conference(count):
    queue, results = asyncio.Queue(4), []
    tasks = [asyncio.create_task(worker(queue, results)) for _ in range(3)]
    for k in range(count):
        await queue.put(k)
    for _ in tasks:
        await queue.put(None)
    await asyncio.gather(*tasks)
    return sum(results)


tree = Tree()
for n in range(1500):
    tree.insert(n * 7919 % 1511)
print(len(tree), sum(tree), 5 in tree, bank(12000), simulate(3000), vectors(15000))
print(counters(), pipeline(9000), ways(40, 40), nested(4000), cycles(3000), towers(12, 1, 2, 3))
print(asyncio.run(conference(400)))
