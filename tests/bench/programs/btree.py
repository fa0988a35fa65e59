# SPDX-License-Identifier: MIT
"""btree: a B-tree of Python objects; search, insert, in-order iteration."""
import sys

ORDER = 16


class Node:
    __slots__ = ("keys", "values", "children")

    def __init__(self, leaf=True):
        self.keys, self.values = [], []
        self.children = None if leaf else []


class BTree:
    def __init__(self):
        self.root = Node()
        self.size = 0

    def find(self, keys, key):
        low, high = 0, len(keys)
        while low < high:
            middle = (low + high) // 2
            if keys[middle] < key:
                low = middle + 1
            else:
                high = middle
        return low

    def get(self, key, default=None):
        node = self.root
        while True:
            i = self.find(node.keys, key)
            if i < len(node.keys) and node.keys[i] == key:
                return node.values[i]
            if node.children is None:
                return default
            node = node.children[i]

    def insert(self, key, value):
        root = self.root
        if len(root.keys) == 2 * ORDER - 1:
            self.root = Node(leaf=False)
            self.root.children.append(root)
            self.split(self.root, 0)
        node = self.root
        while True:
            i = self.find(node.keys, key)
            if i < len(node.keys) and node.keys[i] == key:
                node.values[i] = value
                return
            if node.children is None:
                node.keys.insert(i, key)
                node.values.insert(i, value)
                self.size += 1
                return
            if len(node.children[i].keys) == 2 * ORDER - 1:
                self.split(node, i)
                if key > node.keys[i]:
                    i += 1
                elif key == node.keys[i]:
                    node.values[i] = value
                    return
            node = node.children[i]

    def split(self, parent, i):
        child = parent.children[i]
        other = Node(child.children is None)
        other.keys, other.values = child.keys[ORDER:], child.values[ORDER:]
        parent.keys.insert(i, child.keys[ORDER - 1])
        parent.values.insert(i, child.values[ORDER - 1])
        parent.children.insert(i + 1, other)
        if child.children is not None:
            other.children = child.children[ORDER:]
            del child.children[ORDER:]
        del child.keys[ORDER - 1:], child.values[ORDER - 1:]

    def __iter__(self):
        return self.walk(self.root)

    def walk(self, node):
        if node.children is None:
            yield from node.keys
            return
        for i, key in enumerate(node.keys):
            yield from self.walk(node.children[i])
            yield key
        yield from self.walk(node.children[-1])


def main(loops=5):
    for _ in range(loops):
        tree, state = BTree(), 99
        for _ in range(40000):
            state = (state * 1103515245 + 12345) & 0x7fffffff
            tree.insert(state % 100000, state)
        found = sum(tree.get(k) is not None for k in range(0, 100000, 3))
        ordered = list(tree)
        assert ordered == sorted(ordered) and len(ordered) == tree.size
    print("btree", tree.size, found, sum(ordered))


main(*map(int, sys.argv[1:2]))
