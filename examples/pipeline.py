# SPDX-License-Identifier: MIT
"""A pipeline: stages of threads connected by queues, from text to statistics.

    pipeline.py [--workers N] [--size DOCUMENTS] [--times]

    generate --> [queue] --> parse (N threads) --> [queue] --> count (N threads) --> merge

What it shows. Objects made by one thread are used and dropped by another, the pattern that costs
most where threads run in parallel and each object belongs to one of them. Bounded queues give
back-pressure: a slow stage holds up the ones before it, so memory stays small.
"""
import argparse
import os
import queue
import sys
import threading
import time
import zlib

SUBJECTS = ("parser", "engine", "thread", "queue", "object", "lock", "module", "frame", "signal")
VERBS = ("reads", "drops", "moves", "holds", "frees", "calls", "waits", "joins")
DONE = None                     # marks the end of a stream; each consumer gets one


def generate(documents, out, consumers):
    """Make documents: deterministic text of some 60 lines each."""
    state = 12345
    for number in range(documents):
        lines = []
        for _ in range(60):
            state = (state * 1103515245 + 12345) % 2147483648
            subject = SUBJECTS[(state >> 8) % len(SUBJECTS)]
            verb = VERBS[(state >> 16) % len(VERBS)]
            lines.append(f"{number};{subject};{verb};{(state >> 4) % 1000}")
        out.put((number, "\n".join(lines)))
    for _ in range(consumers):
        out.put(DONE)


class Record:
    __slots__ = ("subject", "verb", "value")

    def __init__(self, subject, verb, value):
        self.subject = subject
        self.verb = verb
        self.value = value


def parse(source, out):
    """Text to records."""
    while (item := source.get()) is not DONE:
        number, text = item
        records = []
        for line in text.split("\n"):
            owner, subject, verb, value = line.split(";")
            if int(owner) != number:
                raise ValueError(f"document {number} holds a line of document {owner}")
            records.append(Record(subject.capitalize(), verb, int(value)))
        out.put((number, records))
    out.put(DONE)


def count(source, results):
    """Records to sums; each thread keeps its own and hands them over at the end."""
    totals = {}
    documents = 0
    while (item := source.get()) is not DONE:
        documents += 1
        for record in item[1]:
            key = record.subject, record.verb
            entry = totals.get(key)
            if entry is None:
                entry = totals[key] = [0, 0, 0]
            entry[0] += 1
            entry[1] += record.value
            entry[2] = max(entry[2], record.value)
    results.put((documents, totals))


def merge(results, counters):
    documents, merged = 0, {}
    for _ in range(counters):
        part_documents, part = results.get()
        documents += part_documents
        for key, (number, total, largest) in part.items():
            entry = merged.setdefault(key, [0, 0, 0])
            entry[0] += number
            entry[1] += total
            entry[2] = max(entry[2], largest)
    return documents, merged


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workers", type=int, default=os.cpu_count(),
                        help="threads in each of the two middle stages")
    parser.add_argument("--size", type=int, default=36000, metavar="DOCUMENTS")
    parser.add_argument("--times", action="store_true", help="print timings to stderr")
    options = parser.parse_args()

    texts = queue.Queue(maxsize=64)
    parsed = queue.Queue(maxsize=64)
    results = queue.Queue()
    stages = [threading.Thread(target=generate, args=(options.size, texts, options.workers))]
    for _ in range(options.workers):
        stages.append(threading.Thread(target=parse, args=(texts, parsed)))
        stages.append(threading.Thread(target=count, args=(parsed, results)))
    start = time.perf_counter()
    for thread in stages:
        thread.start()
    documents, merged = merge(results, options.workers)
    for thread in stages:
        thread.join()
    elapsed = time.perf_counter() - start
    if documents != options.size:
        sys.exit(f"{options.size} documents went in, {documents} came out")
    report = "\n".join(f"{subject} {verb} {entry}"
                       for (subject, verb), entry in sorted(merged.items()))
    print(f"{documents} documents, {sum(e[0] for e in merged.values())} records")
    print(f"checksum {zlib.crc32(report.encode()):08x}")
    if options.times:
        print(f"pipeline: {elapsed:.3f} s with {options.workers} workers per stage",
              file=sys.stderr)


if __name__ == "__main__":
    main()
