# SPDX-License-Identifier: MIT
"""What one thread makes and another one drops: records, chains, finalizers, collections in the middle."""
import gc
import os
import queue
import threading
import time
import weakref

ROUNDS = int(os.environ.get("PYRT_TEST_ROUNDS", "1000"))


def soon(what):
    """At once if the maker waits; else when it looks up, which it does for each order."""
    end = time.monotonic() + 60
    while not what():
        assert time.monotonic() < end
        maker.make(int)


class Record:
    def __init__(self, name, value):
        self.name, self.value = name, value


class Maker:
    """A thread that makes what it is asked for and waits in between: its owner's right can be taken."""

    def __init__(self):
        self.orders, self.made = queue.Queue(), queue.Queue()
        self.thread = threading.Thread(target=self.work)
        self.thread.start()

    def work(self):
        while (make := self.orders.get()) is not None:
            self.made.put(make())
            del make

    def make(self, what):
        self.orders.put(what)
        return self.made.get()

    def end(self):
        self.orders.put(None)
        self.thread.join()


maker = Maker()

# a list of records goes with all that they hold
for size in (1, 2, 100, 5000):
    made = maker.make(lambda: [Record(f"name {n}".upper(), [n, (n, str(n))]) for n in range(size)])
    watch = [weakref.ref(record) for record in made]
    assert [record.value[1][1] for record in made] == [str(n) for n in range(size)]
    del made
    soon(lambda: all(ref() is None for ref in watch))


# so are chains, however long, of instances, tuples and lists
def chain(link, length=100000):
    def make():
        head = None
        for _ in range(length):
            head = link(head)
        return head
    return make


for link in (lambda last: Record("", last), lambda last: (last,), lambda last: [last], lambda last: {0: last}):
    made = maker.make(chain(link))
    del made


# finalizers: each runs once, and what they drop in turn goes too
class Closing:
    log, watched = [], []

    def __init__(self, number, others):
        self.number, self.others = number, others

    def __del__(self):
        self.watched.append(weakref.ref(self.others[0]))
        self.others.clear()
        if self.number % 50 == 0:
            gc.collect()
        self.log.append(self.number)


made = maker.make(lambda: [Closing(n, [Record(n, n), Record(n, [n])]) for n in range(200)])
del made
soon(lambda: len(Closing.log) == 200)
assert sorted(Closing.log) == list(range(200))
soon(lambda: not any(ref() for ref in Closing.watched))


# an object that comes back to life
class Coming:
    saved = []

    def __del__(self):
        self.saved.append(self)


made = maker.make(lambda: [Coming() for _ in range(100)])
del made
soon(lambda: len(Coming.saved) == 100)
assert all(type(x) is Coming for x in Coming.saved)
Coming.saved.clear()


# both at work: what is dropped belongs to a thread that runs, waits or ends meanwhile
def produce(out, number):
    for n in range(ROUNDS):
        out.put([Record(str(n), (number, n)) for _ in range(n % 20)])
    out.put(None)


def consume(source, seen):
    while (records := source.get()) is not None:
        for record in records:
            seen[record.value[0]] += int(record.name) == record.value[1]


seen = [0, 0, 0]
pipes = [queue.Queue(8) for _ in seen]
threads = [threading.Thread(target=produce, args=(pipe, n)) for n, pipe in enumerate(pipes)]
threads += [threading.Thread(target=consume, args=(pipe, seen)) for pipe in pipes]
for t in threads:
    t.start()
for t in threads:
    t.join()
assert seen == [sum(n % 20 for n in range(ROUNDS))] * 3, seen
del t, threads, pipes
gc.collect()
soon(lambda: not [o for o in gc.get_objects() if type(o) is Record])
maker.end()
print("ok")
