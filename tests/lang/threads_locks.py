# SPDX-License-Identifier: MIT
# Locks, conditions and queues under contention: nothing is lost, nobody waits for ever.
import collections
import queue
import sys
import threading
import time


def run(*functions):
    threads = [threading.Thread(target=f, args=a) for f, *a in functions]
    for t in threads:
        t.start()
    for t in threads:
        t.join()


# More threads than processors, short sections: every release meets sleepers.
lock, rlock = threading.Lock(), threading.RLock()
count = [0, 0]


def add(n):
    for _ in range(n):
        with lock:
            count[0] += 1
        with rlock, rlock:
            count[1] += 1


run(*[(add, 3000)] * 8)
assert count == [24000, 24000], count

# A lock that a thread takes again and again is given to one that has waited long.
done = threading.Event()
turns = []


def hog():
    until = time.monotonic() + 5
    while not done.is_set() and time.monotonic() < until:
        with lock:
            sum(range(20000))


def modest():
    for _ in range(10):
        with lock:
            turns.append(1)
        time.sleep(0.001)
    done.set()


start = time.monotonic()
run((hog,), (hog,), (modest,))
assert len(turns) == 10
if sys.implementation.name == 'pyrt':
    assert done.is_set() and time.monotonic() - start < 4, time.monotonic() - start

# Waits that time out leave the lock, and who waits behind them, in order.
got = []


def impatient():
    for i in range(100):
        if lock.acquire(timeout=0.0005 * (i % 3)):
            got.append(1)
            lock.release()


def patient():
    for _ in range(100):
        with lock:
            time.sleep(0.0003)


run((impatient,), (patient,), (impatient,), (patient,))
assert lock.acquire(False)
lock.release()

# A bounded queue by hand: two conditions on one lock.
items, mutex = collections.deque(), threading.Lock()
not_empty, not_full = threading.Condition(mutex), threading.Condition(mutex)
sums = [0] * 3


def put(n):
    for i in range(n):
        with not_full:
            while len(items) >= 4:
                not_full.wait()
            items.append(i)
            not_empty.notify()


def take(j, n):
    for _ in range(n):
        with not_empty:
            while not items:
                not_empty.wait()
            sums[j] += items.popleft()
            not_full.notify()


run(*[(put, 600)] * 3, *[(take, j, 600) for j in range(3)])
assert sum(sums) == 3 * sum(range(600))

# A ring of actors.
boxes = [queue.SimpleQueue() for _ in range(5)]
ended = queue.Queue()


def actor(j):
    while (n := boxes[j].get()) is not None:
        if n:
            boxes[(j + 1) % 5].put(n - 1)
        else:
            ended.put(j)


threads = [threading.Thread(target=actor, args=(j,)) for j in range(5)]
for t in threads:
    t.start()
for j in range(3):
    boxes[j].put(500)
print(sorted(ended.get(timeout=60) for _ in range(3)))
for b in boxes:
    b.put(None)
for t in threads:
    t.join()
print('ok')
