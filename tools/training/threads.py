# SPDX-License-Identifier: MIT
"""Training for the optimising compiler: threads that share objects, queues and locks."""
import collections
import concurrent.futures
import queue
import threading

WORDS = ("alpha beta gamma delta epsilon zeta eta theta iota kappa " * 30).split()


class Tally:
    def __init__(self):
        self.lock = threading.Lock()
        self.seen = {}

    def add(self, word, by=1):
        with self.lock:
            self.seen[word] = self.seen.get(word, 0) + by


def count(tally, rounds):
    local = collections.Counter()
    for _ in range(rounds):
        for word in WORDS:
            local[word] += len(word)
    for word, total in local.items():
        tally.add(word, total)


def produce(box, limit):
    for k in range(limit):
        box.put((k, [k] * 3))
    box.put(None)


def consume(box, out):
    while (item := box.get()) is not None:
        out.append(item[0] + sum(item[1]))


tally, box, out = Tally(), queue.Queue(16), []
jobs = [threading.Thread(target=count, args=(tally, 40)) for _ in range(3)]
jobs += [threading.Thread(target=produce, args=(box, 3000)), threading.Thread(target=consume, args=(box, out))]
for job in jobs:
    job.start()
for job in jobs:
    job.join()
with concurrent.futures.ThreadPoolExecutor(2) as pool:
    squares = sum(pool.map(lambda n: n * n, range(400)))
print(sum(tally.seen.values()), sum(out), squares)
