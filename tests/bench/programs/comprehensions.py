# SPDX-License-Identifier: MIT
"""comprehensions: a small widget tray filtered and sorted by list, dict and set comprehensions."""
import sys


class Widget:
    def __init__(self, number, creator, derived, knobs):
        self.number, self.creator, self.derived, self.knobs = number, creator, derived, knobs

    @property
    def heavy(self):
        return len(self.knobs) > 3


class Tray:
    def __init__(self, owner, widgets):
        self.owner, self.widgets = owner, widgets

    def any_knobby(self, widgets):
        return any(w.heavy for w in widgets)

    def children(self):
        by_number = {w.number: w for w in self.widgets}
        return {n: [w for w in self.widgets if w.derived == n] for n in by_number}

    def sorted_widgets(self):
        ordered = sorted(self.widgets, key=lambda w: (len(w.knobs), w.creator, w.number))
        return [w.number for w in ordered if w.creator != self.owner]

    def summary(self):
        children = self.children()
        knobs = {k for w in self.widgets for k in w.knobs}
        table = [[row * column for column in range(5)] for row in range(5)]
        return [n for n, c in children.items() if self.any_knobby(c)], sorted(knobs), self.sorted_widgets(), table


def main(loops=6200):
    widgets = [Widget(i, ("kim", "lee", "max")[i % 3], (i * 7) % 11, [f"k{k}" for k in range(i % 6)]) for i in range(60)]
    tray = Tray("kim", widgets)
    for _ in range(loops):
        heavy, knobs, ordered, table = tray.summary()
    print("comprehensions", heavy, len(knobs), sum(ordered), table[4][4])


main(*map(int, sys.argv[1:2]))
