# SPDX-License-Identifier: MIT
"""PageRank over a graph of objects that all threads share.

    pagerank.py [--workers N] [--size PAGES] [--rounds N] [--times]

What it shows. The whole graph is ordinary instances pointing at each other: no arrays, no copies,
nothing partitioned in memory. In each round every worker computes new ranks for its share of the
pages by reading the ranks of pages that other workers own. Processes cannot do this without
copying the graph; threads can, if reading shared objects is cheap. A barrier parts the rounds.
"""
import argparse
import os
import sys
import threading
import time
import zlib

DAMPING = 0.85
BLOCK = 64     # pages that one worker takes in a row


class Page:
    """One page: its links, who links to it, and its rank in this round and the next."""

    def __init__(self, name):
        self.name = name
        self.links = []
        self.linked_from = []
        self.rank = 0.0
        self.next_rank = 0.0
        self.share = 0.0

    def link_to(self, other):
        self.links.append(other)
        other.linked_from.append(self)


def make_graph(size):
    """A deterministic graph in which few pages are linked by many, as on the web."""
    pages = [Page(f"page{n}") for n in range(size)]
    state = 42
    for number, page in enumerate(pages):
        for k in range(2 + number % 7):
            state = (state * 6364136223846793005 + 1442695040888963407) % (1 << 64)
            pick = (state >> 33) % size
            if k % 2:
                pick = pick * pick // size      # low numbers are popular
            page.link_to(pages[pick])
    for page in pages:
        page.rank = 1.0 / size
    return pages


class Ranking:
    def __init__(self, pages, workers, rounds):
        self.pages = pages
        self.workers = workers
        self.rounds = rounds
        self.barrier = threading.Barrier(workers)
        self.changes = [[0.0] * workers for _ in range(rounds)]
        self.failures = []

    def compute_shares(self, mine):
        """What each of my pages gives to every page it links to."""
        for page in mine:
            page.share = page.rank / len(page.links)

    def compute_ranks(self, mine):
        """Collect from all pages that link to mine: these belong to every worker."""
        base = (1.0 - DAMPING) / len(self.pages)
        change = 0.0
        for page in mine:
            total = 0.0
            for source in page.linked_from:
                total += source.share
            rank = base + DAMPING * total
            change += abs(rank - page.rank)
            page.next_rank = rank
        return change

    def work(self, number):
        try:
            # Blocks, not every other page: pages that lie side by side share a cache line, and
            # two workers that write to one line wait for each other.
            mine = [page for start in range(number * BLOCK, len(self.pages), self.workers * BLOCK)
                    for page in self.pages[start:start + BLOCK]]
            for turn in range(self.rounds):
                self.compute_shares(mine)
                self.barrier.wait()
                self.changes[turn][number] = self.compute_ranks(mine)
                self.barrier.wait()
                for page in mine:
                    page.rank = page.next_rank
        except BaseException as error:
            self.failures.append(error)
            self.barrier.abort()
            raise

    def run(self):
        threads = [threading.Thread(target=self.work, args=(n,)) for n in range(self.workers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if self.failures:
            sys.exit(f"a worker failed: {self.failures[0]!r}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--size", type=int, default=50000, metavar="PAGES")
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--times", action="store_true", help="print timings to stderr")
    options = parser.parse_args()

    start = time.perf_counter()
    pages = make_graph(options.size)
    built = time.perf_counter()
    ranking = Ranking(pages, options.workers, options.rounds)
    ranking.run()
    done = time.perf_counter()
    order = sorted(pages, key=lambda page: (-page.rank, page.name))
    report = "\n".join(f"{page.name} {page.rank:.12e}" for page in order)
    total = sum(page.rank for page in pages)
    print(f"{len(pages)} pages, {sum(len(p.links) for p in pages)} links, ranks sum to {total:.9f}")
    print(f"first: {' '.join(page.name for page in order[:5])}")
    print(f"checksum {zlib.crc32(report.encode()):08x}")
    if options.times:
        print(f"build {built - start:.3f} s, rank {done - built:.3f} s "
              f"with {options.workers} workers", file=sys.stderr)


if __name__ == "__main__":
    main()
