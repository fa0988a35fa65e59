# SPDX-License-Identifier: MIT
"""gc_collect: cycles made and collected, and a large live heap traversed."""
import gc
import sys


class Node:
    def __init__(self):
        self.next = self.prev = None


def ring(n):
    first = last = Node()
    for _ in range(n):
        node = Node()
        last.next, node.prev = node, last
        last = node
    last.next, first.prev = first, last


def main(loops=120):
    gc.collect()
    gc.disable()
    live = [[i, {"k": i}] for i in range(60000)]
    total = 0
    for _ in range(loops):
        for _ in range(20):
            ring(500)
        total += gc.collect()
    gc.enable()
    print("gc_collect", total > 0, len(live))


main(*map(int, sys.argv[1:2]))
