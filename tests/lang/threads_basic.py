# SPDX-License-Identifier: MIT
"""Threads: start, join, locks, conditions, events, semaphores, barriers, timers, locals, errors."""
import _thread
import gc
import os
import queue
import signal
import sys
import threading
import time
from _check import raises, run_threads

results = []
t = threading.Thread(target=results.append, args=(1,), name="worker")
assert t.name == "worker" and not t.is_alive() and not t.daemon and t.ident is None
t.start()
t.join()
assert results == [1] and not t.is_alive() and t.ident is not None
raises(RuntimeError, t.start, text="threads can only be started once")
raises(RuntimeError, threading.current_thread().join, text="cannot join current thread")
assert threading.current_thread() is threading.main_thread() and threading.active_count() == 1

lock, total = threading.Lock(), 0


def add(number):
    global total
    for _ in range(2000):
        with lock:
            total += 1


run_threads(add, count=4)
assert total == 8000
assert lock.acquire(False) and not lock.acquire(False) and lock.locked()
start = time.monotonic()
assert lock.acquire(timeout=0.05) is False and time.monotonic() - start >= 0.04
lock.release()
raises(RuntimeError, lock.release, text="release unlocked lock")
rlock = threading.RLock()
with rlock, rlock:
    outcome = []
    other = threading.Thread(target=lambda: outcome.append(rlock.acquire(blocking=False)))
    other.start()
    other.join()
    assert outcome == [False]
raises(RuntimeError, rlock.release, text="cannot release un-acquired lock")

condition, ready = threading.Condition(), []


def consumer():
    with condition:
        assert condition.wait_for(lambda: len(ready) >= 3, timeout=10)


def producer():
    for i in range(3):
        with condition:
            ready.append(i)
            condition.notify_all()


run_threads(consumer, consumer, producer)
with condition:
    assert condition.wait(0.01) is False
event = threading.Event()
threading.Timer(0.01, event.set).start()
assert event.wait(10) and event.is_set()
event.clear()
assert not event.wait(0.01)
semaphore, inside, peak = threading.BoundedSemaphore(2), 0, 0


def limited(number):
    global inside, peak
    with semaphore:
        with lock:
            inside += 1
            peak = max(peak, inside)
        time.sleep(0.002)
        with lock:
            inside -= 1


run_threads(limited, count=6)
assert peak <= 2 and inside == 0
raises(ValueError, semaphore.release, text="Semaphore released too many times")
barrier, order = threading.Barrier(3), []


def meet(number):
    for phase in range(5):
        order.append(phase)
        barrier.wait()


run_threads(meet, count=3)
assert order == sorted(order) and len(order) == 15
local = threading.local()
local.value = "main"
seen = {}


def use_local(number):
    assert not hasattr(local, "value")
    local.value = number
    time.sleep(0.001)
    seen[number] = local.value


run_threads(use_local, count=5)
assert seen == {i: i for i in range(5)} and local.value == "main"


class Local(threading.local):
    kind = "shared"

    def __init__(self, start):
        self.count = start


mine = Local(10)
mine.count += 1
counts = []
run_threads(lambda n: counts.append(mine.count), count=3)
assert counts == [10] * 3 and mine.count == 11 and mine.kind == "shared"

q = queue.Queue(3)


def put_all():
    for i in range(100):
        q.put(i)
    q.put(None)


got = []


def get_all():
    while (item := q.get()) is not None:
        got.append(item)
        q.task_done()


run_threads(put_all, get_all)
assert got == list(range(100))
raises(queue.Empty, q.get_nowait)
raises(queue.Empty, q.get, timeout=0.01)
for kind, want in ((queue.LifoQueue, [3, 2, 1]), (queue.PriorityQueue, [1, 2, 3]), (queue.SimpleQueue, [1, 3, 2])):
    items = kind()
    for item in (1, 3, 2):
        items.put(item)
    assert sorted(items.get() for _ in range(3)) == sorted(want)
caught = []
old, threading.excepthook = threading.excepthook, lambda args: caught.append((args.exc_type, args.thread.name))
t = threading.Thread(target=lambda: 1 / 0, name="failing")
t.start()
t.join()
threading.excepthook = old
assert caught == [(ZeroDivisionError, "failing")]
t = threading.Thread(target=sys.exit)
t.start()
t.join()


class Subclass(threading.Thread):
    def run(self):
        self.result = sum(range(1000))


threads = [Subclass() for _ in range(5)]
for t in threads:
    t.start()
for t in threads:
    t.join(timeout=10)
assert all(t.result == 499500 for t in threads)
for _ in range(300):
    t = threading.Thread(target=len, args=("",))
    t.start()
    t.join()
many = [threading.Thread(target=time.sleep, args=(0.001,)) for _ in range(100)]
for t in many:
    t.start()
assert threading.active_count() > 1
for t in many:
    t.join()
assert threading.enumerate() == [threading.main_thread()]
old_size = threading.stack_size(512 * 1024)
t = threading.Thread(target=results.append, args=(2,))
t.start()
t.join()
threading.stack_size(old_size)
assert results[-1] == 2
from concurrent.futures import ThreadPoolExecutor, as_completed, wait
with ThreadPoolExecutor(4) as pool:
    assert list(pool.map(pow, [2, 3, 4], [3, 2, 1])) == [8, 9, 4]
    futures = [pool.submit(lambda n=n: n * n) for n in range(20)]
    assert sum(f.result() for f in as_completed(futures)) == 2470
    failing = pool.submit(lambda: 1 / 0)
    raises(ZeroDivisionError, failing.result)
    assert isinstance(failing.exception(), ZeroDivisionError) and wait(futures).not_done == set()
daemon = threading.Thread(target=time.sleep, args=(60,), daemon=True)
daemon.start()
spin = True


def spinning():
    while spin:
        pass


spinner = threading.Thread(target=spinning, daemon=True)
spinner.start()
start = time.monotonic()
for _ in range(5):
    time.sleep(0.001)
assert time.monotonic() - start < 5
spin = False
spinner.join(20)
assert not spinner.is_alive() and sys.getswitchinterval() > 0
sys.setswitchinterval(0.001)
assert abs(sys.getswitchinterval() - 0.001) < 1e-6


class Sequence: # a native loop that calls back lets others work meanwhile
    def __getitem__(self, index):
        if stop_at is not None and index > stop_at:
            raise IndexError
        return index


for native_loop in (lambda: list(Sequence()), lambda: sum(map(Sequence().__getitem__, range(10 ** 9)))):
    stop_at = None
    def endless():
        try:
            native_loop()
        except IndexError:
            pass

    loop = threading.Thread(target=endless)
    loop.start()
    for _ in range(3):
        time.sleep(0.002)
        gc.collect()
    stop_at = 0
    loop.join(20)
    assert not loop.is_alive()


class Guard:
    def __init__(self):
        self.lock = threading.Lock()

    def __enter__(self):
        return self.lock.acquire()

    def __exit__(self, *error):
        self.lock.release()

    def interrupted(self):
        """Locked until a moment after the main thread's interrupt is due."""
        def interrupt():
            time.sleep(0.03)
            _thread.interrupt_main()
            self.lock.release()

        self.lock.acquire()
        threading.Thread(target=interrupt).start()


def by_with(guard):
    with guard:
        time.sleep(20)


def by_try(guard):
    guard.lock.acquire()
    try:
        time.sleep(20)
    finally:
        guard.lock.release()


for use in (by_with, by_try): # an interrupt does not come between the taking of a lock and what gives it back
    guard = Guard()
    guard.interrupted()
    raises(KeyboardInterrupt, use, guard)
    assert not guard.lock.locked() or sys.implementation.name == "cpython"


def many_short_threads():
    """Threads started one after another by the hundred are as new as the first: idents, time, signal mask, locals."""
    local, seen = threading.local(), []

    def short(spin):
        assert not hasattr(local, "mark")
        local.mark = True
        used = time.thread_time()
        if spin:
            end = time.perf_counter() + 0.002
            while time.perf_counter() < end:
                pass
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR2})
        seen.append((threading.get_native_id(), used, mask))

    for i in range(300):
        if i == 200:
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
        several = [threading.Thread(target=short, args=(i % 10 == 0,)) for _ in range(2)]
        for thread in several:
            thread.start()
        for thread in several:
            thread.join()
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGUSR1})
    assert len(seen) == 600
    assert all(used < 0.05 for _, used, _ in seen), max(used for _, used, _ in seen)
    assert {frozenset(mask) for _, _, mask in seen[:400]} == {frozenset()}
    assert {frozenset(mask) for _, _, mask in seen[400:]} == {frozenset({signal.SIGUSR1})}
    natives = [native for native, _, _ in seen]
    assert all(len(set(natives[i:i + 12])) == 12 for i in range(0, 588))
    # a child has none of those that wait, and can start its own
    child = os.fork()
    if child == 0:
        for _ in range(100):
            thread = threading.Thread(target=short, args=(False,))
            thread.start()
            thread.join()
        os._exit(0 if len(seen) == 700 else 1)
    assert os.waitpid(child, 0)[1] == 0
    # what new threads inherit has changed
    os.sched_setaffinity(0, os.sched_getaffinity(0))
    thread = threading.Thread(target=short, args=(False,))
    thread.start()
    thread.join()
    assert len(seen) == 601


many_short_threads()
