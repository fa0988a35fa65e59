# SPDX-License-Identifier: MIT
"""Shared containers under several threads at once, without locks: no crash, invariants hold.

Single operations of built-in containers are atomic, so nothing may be lost, doubled or torn. A
mutation that another thread makes while one iterates may raise RuntimeError, and nothing else.
"""
import collections
import itertools
import os
from _check import raises, run_threads

N = 4
ROUNDS = int(os.environ.get("PYRT_TEST_ROUNDS", "4000"))

appended = []
run_threads(lambda n: [appended.append((n, i)) for i in range(ROUNDS)], count=N)
assert len(appended) == N * ROUNDS
for n in range(N):
    assert [i for k, i in appended if k == n] == list(range(ROUNDS))

stack, popped = list(range(N * ROUNDS)), [[] for _ in range(N)]


def pop(n):
    while True:
        try:
            popped[n].append(stack.pop())
        except IndexError:
            return


run_threads(pop, count=N)
assert sorted(itertools.chain(*popped)) == list(range(N * ROUNDS)) and stack == []
churn = []


def push_pop(n):
    for i in range(ROUNDS):
        churn.append(n)
        assert churn.pop() in range(N)


run_threads(push_pop, count=N)
assert churn == []
d = {}


def fill(n):
    for i in range(ROUNDS):
        d[n, i] = i
        d["shared"] = n
        d[i] = d.get(i, n)
        assert d[n, i] == i


run_threads(fill, count=N)
assert len(d) == N * ROUNDS + ROUNDS + 1 and all(d[n, i] == i for n in range(N) for i in range(ROUNDS))
winners = {}
claims = [[] for _ in range(N)]


def claim(n):
    for i in range(ROUNDS):
        if winners.setdefault(i, n) == n:
            claims[n].append(i)


run_threads(claim, count=N)
assert sorted(itertools.chain(*claims)) == list(range(ROUNDS))
tickets = {i: i for i in range(N * ROUNDS)}
taken = [[] for _ in range(N)]


def take(n):
    while True:
        try:
            taken[n].append(tickets.popitem()[0])
        except KeyError:
            return


run_threads(take, count=N)
assert sorted(itertools.chain(*taken)) == list(range(N * ROUNDS))
grow = {}


def insert_delete(n):
    for i in range(ROUNDS):
        key = f"{n}-{i % 50}"
        grow[key] = i
        assert grow[key] == i
        if i % 3 == 0:
            assert grow.pop(key) == i
            assert key not in grow


run_threads(insert_delete, count=N)
s = set()


def add_remove(n):
    for i in range(ROUNDS):
        s.add(i)
        s.add((n, i))
        s.discard(i - 10)
        assert (n, i) in s
        if i % 2:
            s.remove((n, i))


run_threads(add_remove, count=N)
assert all((n, i) in s for n in range(N) for i in range(0, ROUNDS, 2))
shared_list, shared_dict, shared_set = list(range(100)), {i: i for i in range(100)}, set(range(100))
dq = collections.deque(range(100))
stop = False


def mutate():
    for i in range(ROUNDS):
        shared_list.append(i); shared_list[i % 50] = -i; shared_list.pop(0); shared_list.reverse()
        if i % 100 == 0:
            shared_list.sort(); shared_list[10:20] = [1] * 10; shared_list.extend([1, 2]); del shared_list[:2]
        shared_dict[i % 300] = i; shared_dict.pop((i * 7) % 300, None)
        shared_set.add(i % 300); shared_set.discard((i * 7) % 300)
        dq.append(i); dq.popleft(); dq.rotate(1)


def read():
    for _ in range(ROUNDS // 20):
        assert all(isinstance(v, int) for v in shared_list)
        assert len(shared_list[:]) > 50 and shared_list.count(None) == 0 and len(repr(shared_list)) > 2
        copy = list(shared_list)
        assert copy == copy.copy() and isinstance(max(shared_list), int)
        for view in (lambda: [*shared_dict.items()], lambda: list(shared_dict), lambda: sum(shared_dict.values()),
                     lambda: [*shared_set], lambda: shared_set | {1}, lambda: list(dq), lambda: dict(shared_dict),
                     lambda: shared_set.copy(), lambda: [k for k in shared_dict], lambda: frozenset(shared_set),
                     lambda: [v for v in dq], lambda: repr(shared_dict), lambda: repr(dq), lambda: shared_set == {1}):
            try:
                view()
            except RuntimeError as error:
                assert "changed size" in str(error) or "mutated during" in str(error) or "changed during" in str(error), error


run_threads(mutate, mutate, read, read)
assert len(dq) == 100
counter = itertools.count()
drawn = [[] for _ in range(N)]
run_threads(lambda n: drawn[n].extend(next(counter) for _ in range(ROUNDS)), count=N)
assert sorted(itertools.chain(*drawn)) == list(range(N * ROUNDS))
shared_iter, pulled = iter(range(N * ROUNDS)), [[] for _ in range(N)]


def pull(n):
    for value in shared_iter:
        pulled[n].append(value)


run_threads(pull, count=N)
assert set(itertools.chain(*pulled)) <= set(range(N * ROUNDS))
work = collections.deque()


def deque_producer():
    for i in range(ROUNDS):
        work.append(i)


moved = []


def deque_consumer():
    while len(moved) < 2 * ROUNDS:
        try:
            moved.append(work.popleft())
        except IndexError:
            pass


run_threads(deque_producer, deque_producer, deque_consumer)
assert collections.Counter(moved) == collections.Counter(list(range(ROUNDS)) * 2)
array = bytearray(64)


def bytes_work(n):
    for i in range(ROUNDS):
        array[i % 64] = n
        assert array[i % 64] < N
        if i % 100 == 0:
            array.append(n); array.pop()


run_threads(bytes_work, count=N)
text = []
run_threads(lambda n: [text.append("x" * (i % 10)) or "".join(text[-20:]) for i in range(ROUNDS // 4)], count=N)
big = [object() for _ in range(200)]
swaps = list(big)


def swap(n):
    for i in range(ROUNDS):
        a, b = (i * 7 + n) % 200, (i * 13 + n) % 200
        swaps[a], swaps[b] = swaps[b], swaps[a]
        assert swaps[a].__class__ is object


run_threads(swap, count=N)
assert set(swaps) <= set(big)


def sort_alone(n):
    mine = [(i * 7919 + n) % 1009 for i in range(1009)]
    mine.sort()
    assert mine == sorted(mine) and len({*mine}) == 1009


run_threads(sort_alone, count=N)


def walks_from_c():
    """What C code walks is as it was at one moment, whoever changes it meanwhile."""
    queue = collections.deque(range(60))
    ordered = collections.OrderedDict((i, i) for i in range(60))
    default = collections.defaultdict(int, ordered)
    plain, items = dict(ordered), set(ordered)
    over = []

    def changes(number):
        for k in range(100000):
            if over:
                break
            key = 100 * (number + 1) + k % 50
            queue.append(1)
            queue.popleft()
            for mapping in (ordered, default, plain):
                mapping[key] = 1
                del mapping[key]
            items.add(key)
            items.discard(key)

    def walks(number):
        try:
            for _ in range(60):
                for kind in (list, tuple, set, sorted, sum, max, any, collections.Counter, dict.fromkeys):
                    for walked in (queue, ordered, default, plain, items):
                        kind(walked)
                    for mapping in (ordered, default, plain):
                        kind(mapping.values())
                        list(mapping.items())
                assert 1000 not in queue and queue.count(1000) == 0
                raises(ValueError, queue.index, 1000)
                for mapping in (ordered, default, plain):
                    assert len(dict(mapping)) >= 60 and len(mapping.copy()) >= 60
                assert len([*queue]) >= 58 and len(queue.copy()) >= 58
        finally:
            over.append(1)

    run_threads(lambda: changes(0), lambda: changes(1), lambda: walks(2))


walks_from_c()
