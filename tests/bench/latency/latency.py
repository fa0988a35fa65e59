# SPDX-License-Identifier: MIT
"""Latencies that a user of threads feels, each printed as `name TAB value TAB unit TAB what`.

    latency.py [--only NAME,...] [--seconds N]

convoy        round trip over a socket of a thread beside a spinning one: 99th percentile
handover      one lock passed to and fro between two threads
start_join    starting a thread and waiting for its end
gc_pause      longest stop while two million containers are alive
safepoint     how late a waiting thread wakes while another sorts a long list
queue_echo    a message to another thread and back over two queues
reclaim       peak memory of a producer of large lists that readers look at
"""
import argparse
import gc
import os
import queue
import random
import resource
import socket
import sys
import threading
import time

BODIES = {}


def body(function):
    BODIES[function.__name__] = function
    return function


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


@body
def convoy(seconds):
    """The client is a process of its own and pauses, so that the echoing thread really waits."""
    near, far = socket.socketpair()
    read_end, write_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        far.close()
        times, end = [], time.perf_counter() + seconds
        while time.perf_counter() < end:
            time.sleep(0.0005)
            start = time.perf_counter()
            near.sendall(b"ping")
            near.recv(64)
            times.append(time.perf_counter() - start)
        os.write(write_end, f"{percentile(times, 0.5)} {percentile(times, 0.99)}".encode())
        os._exit(0)
    near.close()
    stop = False

    def spin():
        n = 0
        while not stop:
            n += 1

    def echo():
        while data := far.recv(64):
            far.sendall(data)

    threads = [threading.Thread(target=spin), threading.Thread(target=echo)]
    for thread in threads:
        thread.start()
    threads[1].join()
    stop = True
    threads[0].join()
    median, worst = map(float, os.read(read_end, 100).split())
    os.waitpid(pid, 0)
    yield "convoy_p50", median * 1e3, "ms", "echo over a socket beside a spinning thread, median"
    yield "convoy_p99", worst * 1e3, "ms", "the same, 99th percentile"


@body
def handover(seconds):
    first, second = threading.Lock(), threading.Lock()
    first.acquire()
    count = 4000

    def other():
        for _ in range(count):
            first.acquire()
            second.release()

    second.acquire()
    thread = threading.Thread(target=other)
    thread.start()
    start = time.perf_counter()
    for _ in range(count):
        first.release()
        second.acquire()
    elapsed = time.perf_counter() - start
    thread.join()
    yield "handover", elapsed / count / 2 * 1e6, "us", "one hand-over of a lock between two threads"


@body
def start_join(seconds):
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.perf_counter()
        thread = threading.Thread(target=int)
        thread.start()
        thread.join()
        times.append(time.perf_counter() - start)
    yield "start_join", percentile(times, 0.5) * 1e6, "us", "start a thread and join it, median"


@body
def gc_pause(seconds):
    live = [[i] for i in range(1_000_000)] + [{"k": i} for i in range(1_000_000)]
    start = time.perf_counter()
    gc.collect()
    yield "gc_pause", (time.perf_counter() - start) * 1e3, "ms", "one full collection, two million live containers"
    del live


@body
def safepoint(seconds):
    numbers = [random.random() for _ in range(2_000_000)]
    done, lates = threading.Event(), []

    def sort():
        while not done.is_set():
            sorted(numbers)

    thread = threading.Thread(target=sort)
    thread.start()
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.perf_counter()
        time.sleep(0.001)
        lates.append(time.perf_counter() - start - 0.001)
    done.set()
    thread.join()
    yield "safepoint_p50", percentile(lates, 0.5) * 1e3, "ms", "late wake-up beside a thread that sorts, median"
    yield "safepoint_max", max(lates) * 1e3, "ms", "the same, worst"


@body
def queue_echo(seconds):
    there, back = queue.SimpleQueue(), queue.SimpleQueue()

    def echo():
        while (item := there.get()) is not None:
            back.put(item)

    thread = threading.Thread(target=echo)
    thread.start()
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.perf_counter()
        there.put(1)
        back.get()
        times.append(time.perf_counter() - start)
    there.put(None)
    thread.join()
    yield "queue_echo", percentile(times, 0.5) * 1e6, "us", "message to a thread and back over queues, median"


@body
def reclaim(seconds):
    """A process of its own, for its peak memory."""
    pid = os.fork()
    if pid:
        _, status, usage = os.wait4(pid, 0)
        if status:
            sys.exit("reclaim: the child failed")
        yield "reclaim", usage.ru_maxrss / 1024, "MB", "peak memory of a producer of 25 MB lists beside readers"
        return
    shared, stop = {"list": [0] * 10}, threading.Event()

    def read():
        while not stop.is_set():
            items = shared["list"]
            items[len(items) // 2]

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for _ in range(60):
        shared["list"] = [None] * 3_200_000
        shared["list"].append(1)
    stop.set()
    for reader in readers:
        reader.join()
    os._exit(0 if resource.getrusage(resource.RUSAGE_SELF).ru_maxrss else 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="")
    parser.add_argument("--seconds", type=float, default=1.0)
    options = parser.parse_args()
    for name in options.only.split(",") if options.only else BODIES:
        if name not in BODIES:
            parser.error(f"no body named {name}; there are: {', '.join(BODIES)}")
        for metric, value, unit, what in BODIES[name](options.seconds):
            print(f"{metric}\t{value:.4f}\t{unit}\t{what}", flush=True)


if __name__ == "__main__":
    main()
