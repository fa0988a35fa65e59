# SPDX-License-Identifier: MIT
"""PageRank over a graph of objects that all threads share.

    pagerank.py [--workers N] [--size PAGES] [--links N] [--anywhere]
                [--rounds N] [--times]

What it shows. The whole graph is ordinary instances pointing at each other: no arrays, no copies,
nothing partitioned in memory. In each round every worker computes new ranks for its share of the
pages by reading from pages that other workers own. Processes cannot do this without copying the
graph; threads can, if reading shared objects is cheap. Reading and writing take turns, parted by a
barrier: an object that one thread writes to while another reads it wanders between the cores.

Pages belong to sites. Links lead to pages of the same site or to the front page of another one, so
a worker takes whole sites: its own first, then what slower workers have left. --anywhere lets links
lead to any page instead: most pages that one worker writes to then have to come over to the other's
core in each round, which costs more than the little arithmetic that is done with them.
"""
import argparse
import collections
import os
import sys
import threading
import time
import zlib

DAMPING = 0.85
SITE = 64      # pages of one site


class Page:
    """One page: its links, who links to it, its rank, and what each page it links to gets of it."""

    def __init__(self, name):
        self.name = name
        self.links = []
        self.linked_from = []
        self.rank = 0.0
        self.share = 0.0

    def link_to(self, other):
        self.links.append(other)
        other.linked_from.append(self)


def make_graph(size, links, anywhere):
    """A deterministic graph in which few pages are linked by many, as on the web."""
    pages = [Page(f"page{n}") for n in range(size)]
    state = 42
    for number, page in enumerate(pages):
        site = number - number % SITE
        for _ in range(1 + number % (2 * links - 1)):
            state = (state * 1103515245 + 12345) % (1 << 31)
            pick = state >> 8
            if anywhere or pick % 4 == 0:
                pick %= size
                pick = pick * pick // size      # low numbers are popular
                if not anywhere:
                    pick -= pick % SITE
            else:
                pick = min(site + pick % SITE, size - 1)
            page.link_to(pages[pick])
    for page in pages:
        page.rank = 1.0 / size
        page.share = page.rank / len(page.links)
    return pages


class Ranking:
    def __init__(self, pages, workers, rounds):
        self.workers = workers
        self.rounds = rounds
        self.base = (1.0 - DAMPING) / len(pages)
        sites = [pages[start:start + SITE] for start in range(0, len(pages), SITE)]
        self.sites = [sites[number::workers] for number in range(workers)]
        self.todo = [collections.deque(mine) for mine in self.sites]
        self.barrier = threading.Barrier(workers)
        self.failures = []

    def take(self, number):
        """The sites that this worker does in a round: its own, then what slower ones have left."""
        for todo in self.todo[number:] + self.todo[:number]:
            try:
                while True:
                    yield todo.popleft() if todo is self.todo[number] else todo.pop()
            except IndexError:
                pass

    def collect(self, site):
        """New ranks for the pages of a site, from all pages that link to them."""
        ranks = []
        for page in site:
            total = 0.0
            for source in page.linked_from:
                total += source.share
            ranks.append(self.base + DAMPING * total)
        return ranks

    def publish(self, site, ranks):
        for page, rank in zip(site, ranks):
            page.rank = rank
            page.share = rank / len(page.links)

    def work(self, number):
        try:
            for turn in range(self.rounds):
                done = [(site, self.collect(site)) for site in self.take(number)]
                self.barrier.wait()
                for site, ranks in done:
                    self.publish(site, ranks)
                self.todo[number].extend(self.sites[number])
                self.barrier.wait()
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
    parser.add_argument("--size", type=int, default=10000, metavar="PAGES")
    parser.add_argument("--links", type=int, default=16, metavar="N", help="links per page, on average")
    parser.add_argument("--anywhere", action="store_true", help="let links lead to any page")
    parser.add_argument("--rounds", type=int, default=1500)
    parser.add_argument("--times", action="store_true", help="print timings to stderr")
    options = parser.parse_args()

    start = time.perf_counter()
    pages = make_graph(options.size, options.links, options.anywhere)
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
