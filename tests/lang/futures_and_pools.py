# SPDX-License-Identifier: MIT
"""Parallel programs as people write them: pools, pipelines, readers and writers, a bounded cache."""
import collections
import concurrent.futures
import functools
import hashlib
import json
import queue
import random
import threading
from _check import run_threads

with concurrent.futures.ThreadPoolExecutor(8) as pool:
    digests = list(pool.map(lambda n: hashlib.sha256(str(n).encode()).hexdigest(), range(500)))
    assert digests[7] == hashlib.sha256(b"7").hexdigest()
    nested = [pool.submit(functools.partial(sorted, random.Random(i).sample(range(1000), 200))) for i in range(50)]
    assert all(f.result() == sorted(f.result()) for f in nested)
    texts = list(pool.map(lambda i: json.dumps({"n": i, "l": list(range(i % 20))}), range(400)))
    assert [json.loads(t)["n"] for t in texts] == list(range(400))


class ReadWriteLock:
    def __init__(self):
        self.condition, self.readers, self.writing = threading.Condition(), 0, False

    def read(self, function):
        with self.condition:
            self.condition.wait_for(lambda: not self.writing)
            self.readers += 1
        try:
            return function()
        finally:
            with self.condition:
                self.readers -= 1
                self.condition.notify_all()

    def write(self, function):
        with self.condition:
            self.condition.wait_for(lambda: not self.writing and not self.readers)
            self.writing = True
        try:
            return function()
        finally:
            with self.condition:
                self.writing = False
                self.condition.notify_all()


account, lock = {"a": 1000, "b": 1000}, ReadWriteLock()


def transfer(n):
    for i in range(150):
        def move():
            account["a"] -= i
            account["b"] += i
        lock.write(move)
        assert lock.read(lambda: account["a"] + account["b"]) == 2000


run_threads(transfer, count=4)
philosophers, meals = [threading.Lock() for _ in range(5)], [0] * 5


def dine(n):
    first, second = sorted((n, (n + 1) % 5))
    for _ in range(200):
        with philosophers[first], philosophers[second]:
            meals[n] += 1


run_threads(dine, count=5)
assert meals == [200] * 5


class Cache:
    def __init__(self, size):
        self.size, self.items, self.lock = size, collections.OrderedDict(), threading.Lock()
        self.hits = 0

    def get(self, key, make):
        with self.lock:
            if key in self.items:
                self.items.move_to_end(key)
                self.hits += 1
                return self.items[key]
        value = make(key)
        with self.lock:
            self.items[key] = value
            while len(self.items) > self.size:
                self.items.popitem(last=False)
        return value


cache = Cache(50)


def use_cache(n):
    rng = random.Random(n)
    for _ in range(1000):
        key = rng.randrange(80)
        assert cache.get(key, lambda k: [k] * 3) == [key] * 3


run_threads(use_cache, count=4)
assert len(cache.items) <= 50 and cache.hits > 0
stages = [queue.Queue(10) for _ in range(4)]


def stage(n):
    while (item := stages[n].get()) is not None:
        stages[n + 1].put(item + [n])
    stages[n + 1].put(None)


def feed():
    for i in range(300):
        stages[0].put([i])
    stages[0].put(None)


arrived = []


def drain():
    while (item := stages[3].get()) is not None:
        arrived.append(item)


run_threads(feed, lambda: stage(0), lambda: stage(1), lambda: stage(2), drain)
assert arrived == [[i, 0, 1, 2] for i in range(300)]


class Account:
    def __init__(self):
        self.balance, self.lock, self.history = 0, threading.RLock(), []

    def deposit(self, amount):
        with self.lock:
            self.balance += amount
            self.log(amount)

    def log(self, amount):
        with self.lock:
            self.history.append(amount)


shared = Account()
run_threads(lambda n: [shared.deposit(i) for i in range(500)], count=4)
assert shared.balance == 4 * sum(range(500)) == sum(shared.history)
words = [random.Random(5).choice(["alpha", "beta", "gamma", "delta"]) for _ in range(10)] * 400
partial = [collections.Counter() for _ in range(4)]
run_threads(lambda n: partial[n].update(words[n::4]), count=4)
assert sum(partial, collections.Counter()) == collections.Counter(words)
done = threading.Event()
beats = []


def heartbeat():
    while not done.wait(0.001):
        beats.append(1)


def compute():
    sum(i * i for i in range(200_000))
    done.set()


run_threads(heartbeat, compute)
numbers = list(range(2, 3000))
primes, prime_lock = set(), threading.Lock()


def sieve(n):
    for k in numbers[n::4]:
        if all(k % d for d in range(2, int(k**0.5) + 1)):
            with prime_lock:
                primes.add(k)


run_threads(sieve, count=4)
assert len(primes) == 430
once, made = {}, []


def lazy(n):
    for key in range(100):
        value = once.get(key)
        if value is None:
            candidate = object()
            value = once.setdefault(key, candidate)
            if value is candidate:
                made.append(key)
        assert once[key] is value


run_threads(lazy, count=4)
assert sorted(made) == list(range(100))
