# SPDX-License-Identifier: MIT
"""Threads build an inverted index of Python's standard library: word -> files that use it.

    index_library.py [--workers N] [--size FILES] [--times]

What it shows. Every worker reads source files, cuts them into words and files them in one shared
index. The index is split into shards, each a plain dict with a lock of its own, so that two
workers seldom want the same one; a worker collects the words of a batch of files first and then
visits each shard once. This is the usual shape of a parallel program in Python: shared data,
short critical sections, most of the work outside them.

Afterwards the same index is built again without any threads, in another way, and compared.
"""
import argparse
import os
import re
import sys
import threading
import time
import zlib

SHARDS = 64
BATCH = 8                       # files a worker takes at a time
WORD = re.compile(r"[A-Za-z_][A-Za-z_0-9]+")


def library_files(limit):
    """The .py files of the library in a fixed order, without tests and installed packages."""
    root = os.path.dirname(os.__file__)
    found = []
    for folder, subfolders, names in os.walk(root):
        subfolders[:] = sorted(name for name in subfolders if name not in
                               ("test", "tests", "site-packages", "dist-packages", "__pycache__",
                                "idlelib", "lib2to3", "distutils", "tkinter", "turtledemo"))
        for name in sorted(names):
            if name.endswith(".py"):
                found.append(os.path.relpath(os.path.join(folder, name), root))
    return root, found[:limit] if limit else found


def words_of(root, name):
    """The set of words in one file, and how many there are with repetitions."""
    with open(os.path.join(root, name), encoding="utf-8", errors="replace") as file:
        text = file.read()
    counts = {}
    for line in text.splitlines():
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        for word in WORD.findall(line):
            if len(word) > 2 and not word.startswith("__"):
                word = word.lower()
                counts[word] = counts.get(word, 0) + 1
    return counts


class Index:
    """An inverted index that any number of threads may add to at once."""

    def __init__(self):
        self.shards = [{} for _ in range(SHARDS)]
        self.locks = [threading.Lock() for _ in range(SHARDS)]

    def add(self, batch):
        """File a batch {word: {file: count}}: sort it by shard, then visit each shard once."""
        by_shard = [[] for _ in range(SHARDS)]
        for word, files in batch.items():
            by_shard[(ord(word[0]) * 7 + ord(word[-1]) * 31 + len(word)) % SHARDS].append(
                (word, files))
        for number, entries in enumerate(by_shard):
            if not entries:
                continue
            shard = self.shards[number]
            with self.locks[number]:
                for word, files in entries:
                    known = shard.get(word)
                    if known is None:
                        shard[word] = files
                    else:
                        known.update(files)

    def merged(self):
        everything = {}
        for shard in self.shards:
            everything.update(shard)
        return everything


class Work:
    """Hands out batches of file names; the only thing all workers wait for."""

    def __init__(self, names):
        self.names = names
        self.next = 0
        self.lock = threading.Lock()

    def take(self):
        with self.lock:
            start = self.next
            self.next = start + BATCH
        return self.names[start:start + BATCH]


def worker(root, work, index, failures):
    try:
        while names := work.take():
            batch = {}
            for name in names:
                for word, count in words_of(root, name).items():
                    files = batch.get(word)
                    if files is None:
                        files = batch[word] = {}
                    files[name] = count
            index.add(batch)
    except BaseException as error:
        failures.append(error)
        raise


def build(root, names, workers):
    index, work, failures = Index(), Work(names), []
    threads = [threading.Thread(target=worker, args=(root, work, index, failures))
               for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        sys.exit(f"a worker failed: {failures[0]!r}")
    return index.merged()


def build_plainly(root, names):
    index = {}
    for name in names:
        for word, count in words_of(root, name).items():
            index.setdefault(word, {})[name] = count
    return index


def checksum(index):
    total = 0
    for word in sorted(index):
        files = index[word]
        line = word + ":" + ",".join(f"{name}={files[name]}" for name in sorted(files))
        total = zlib.crc32(line.encode(), total)
    return total


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--size", type=int, default=0, metavar="FILES",
                        help="index only that many files (default: all)")
    parser.add_argument("--times", action="store_true", help="print timings to stderr")
    parser.add_argument("--no-verify", action="store_true",
                        help="skip the single-threaded pass that checks the result")
    options = parser.parse_args()

    root, names = library_files(options.size)
    start = time.perf_counter()
    index = build(root, names, options.workers)
    elapsed = time.perf_counter() - start
    if not options.no_verify and index != build_plainly(root, names):
        sys.exit("the index built by threads differs from the one built without")
    top = sorted(index, key=lambda word: (-len(index[word]), word))[:5]
    print(f"{len(names)} files, {len(index)} words, most widely used: {' '.join(top)}")
    print(f"checksum {checksum(index):08x}")
    if options.times:
        print(f"index: {elapsed:.3f} s with {options.workers} workers", file=sys.stderr)


if __name__ == "__main__":
    main()
