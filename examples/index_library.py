# SPDX-License-Identifier: MIT
"""Threads build an inverted index of Python's standard library: word -> files that use it.

    index_library.py [--workers N] [--size FILES] [--library DIR] [--verify] [--times]

What it shows. Every worker reads source files, cuts them into words and files them in one shared
index. The index is split into shards, each a plain dict with a lock of its own, so that two
workers seldom want the same one; a worker collects the words of a batch of files first and then
visits each shard once. This is the usual shape of a parallel program in Python: shared data,
short critical sections, most of the work outside them.

With --verify the same index is built once more without any threads, in another way, and compared.
"""
import argparse
import os
import re
import sys
import threading
import time
import zlib

SHARDS = 64
BATCH = 16                      # files a worker takes at a time
WORD = re.compile(r"[A-Za-z_][A-Za-z_0-9]+")
LIBRARY = "/usr/lib/python3.11" # read by every interpreter, so that all do the same work
ENDINGS = ("ations", "ation", "ings", "ing", "edly", "ed", "ers", "er", "es", "s")


def library_files(root, limit):
    """The .py files of the library in a fixed order, without installed packages."""
    found = []
    for folder, subfolders, names in os.walk(root):
        subfolders[:] = sorted(name for name in subfolders if name not in
                               ("site-packages", "dist-packages", "__pycache__", "lib-tk"))
        for name in sorted(names):
            if name.endswith(".py"):
                found.append(os.path.relpath(os.path.join(folder, name), root))
    return found[:limit] if limit else found


def stem(word):
    """Cut common endings, so that `locks`, `locked` and `locking` are found as one."""
    for ending in ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) > 3:
            return word[:-len(ending)]
    return word


def words_of(root, name):
    """How often each word stands in one file."""
    with open(os.path.join(root, name), encoding="utf-8", errors="replace") as file:
        text = file.read()
    counts = {}
    for line in text.split("\n"):
        for word in WORD.findall(line):
            if len(word) < 3 or word.startswith("__"):
                continue
            word = stem(word.lower())
            if word in counts:
                counts[word] += 1
            else:
                counts[word] = 1
    return counts


class Shard:
    """A part of the index: a dict {word: {file: count}} and the lock that guards it."""

    def __init__(self):
        self.words = {}
        self.lock = threading.Lock()

    def add(self, entries):
        with self.lock:
            words = self.words
            for word, files in entries:
                known = words.get(word)
                if known is None:
                    words[word] = files
                else:
                    known.update(files)

    def summary(self):
        """(number of words, checksum, the most widely used words) once all is built."""
        total = 0
        for word in sorted(self.words):
            files = self.words[word]
            line = ",".join([f"{name}={files[name]}" for name in sorted(files)])
            total = zlib.crc32(f"{word}:{line}".encode(), total)
        top = sorted([(-len(files), word) for word, files in self.words.items()])[:5]
        return len(self.words), total, top


def shard_number(word):
    """The same on every run, unlike hash()."""
    return (ord(word[0]) * 7 + ord(word[-1]) * 31 + len(word) * 13) % SHARDS


class Index:
    """An inverted index that any number of threads may add to at once."""

    def __init__(self):
        self.shards = [Shard() for _ in range(SHARDS)]

    def add(self, batch):
        """File a batch {word: {file: count}}: sort it by shard, then visit each shard once."""
        by_shard = [[] for _ in range(SHARDS)]
        for entry in batch.items():
            by_shard[shard_number(entry[0])].append(entry)
        for shard, entries in zip(self.shards, by_shard):
            if entries:
                shard.add(entries)

    def as_dict(self):
        everything = {}
        for shard in self.shards:
            everything.update(shard.words)
        return everything


class Tickets:
    """Hands out numbers from 0 up in steps; the only thing all workers wait for."""

    def __init__(self, limit, step):
        self.limit, self.step, self.next = limit, step, 0
        self.lock = threading.Lock()

    def __iter__(self):
        while True:
            with self.lock:
                start = self.next
                self.next = start + self.step
            if start >= self.limit:
                return
            yield start


def in_threads(workers, target, *args):
    """Run target(*args) in that many threads; a failure in one of them ends the program."""
    failures = []

    def run():
        try:
            target(*args)
        except BaseException as error:
            failures.append(error)
            raise

    threads = [threading.Thread(target=run) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        sys.exit(f"a worker failed: {failures[0]!r}")


def index_files(root, names, index, tickets):
    for start in tickets:
        batch = {}
        for name in names[start:start + BATCH]:
            for word, count in words_of(root, name).items():
                files = batch.get(word)
                if files is None:
                    files = batch[word] = {}
                files[name] = count
        index.add(batch)


def summarise(shards, tickets, summaries):
    for number in tickets:
        summaries[number] = shards[number].summary()


def build_plainly(root, names):
    index = {}
    for name in names:
        for word, count in words_of(root, name).items():
            index.setdefault(word, {})[name] = count
    return index


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--size", type=int, default=0, metavar="FILES",
                        help="index only that many files (default: all)")
    parser.add_argument("--library", metavar="DIR",
                        default=LIBRARY if os.path.isdir(LIBRARY) else os.path.dirname(os.__file__))
    parser.add_argument("--verify", action="store_true",
                        help="compare with an index built in a single-threaded pass")
    parser.add_argument("--times", action="store_true", help="print timings to stderr")
    options = parser.parse_args()

    root = options.library
    names = library_files(root, options.size)
    if not names:
        parser.error(f"no .py files in {root}")
    start = time.perf_counter()
    index = Index()
    in_threads(options.workers, index_files, root, names, index, Tickets(len(names), BATCH))
    built = time.perf_counter()
    summaries = [None] * SHARDS
    in_threads(options.workers, summarise, index.shards, Tickets(SHARDS, 1), summaries)
    done = time.perf_counter()

    words = sum(number for number, _, _ in summaries)
    checksum = zlib.crc32(repr([total for _, total, _ in summaries]).encode())
    top = sorted(entry for _, _, best in summaries for entry in best)[:5]
    print(f"{len(names)} files, {words} words")
    print("most widely used:", " ".join(f"{word} ({-number})" for number, word in top))
    print(f"checksum {checksum:08x}")
    if options.verify:
        if index.as_dict() != build_plainly(root, names):
            sys.exit("the index built by threads differs from the one built without")
        print("verified against a single-threaded pass")
    if options.times:
        print(f"index {built - start:.3f} s, summary {done - built:.3f} s "
              f"with {options.workers} workers", file=sys.stderr)


if __name__ == "__main__":
    main()
