# SPDX-License-Identifier: MIT
"""pickle_native: dumps and loads as programs call them."""
import pickle
import sys


class Thing:
    def __init__(self, n):
        self.n, self.name, self.items = n, f"thing {n}", [n, n * 1.5, None]


def main(loops=13000):
    data = {"things": [Thing(i) for i in range(40)], "text": "é" * 50, "numbers": list(range(200)), "big": [10**30, -2**70],
            "tuple": (1, (2, (3,))), "set": {1, 2, 3}, "bytes": b"abc" * 10, "floats": [i / 7 for i in range(50)]}
    for _ in range(loops):
        text = pickle.dumps(data, 4)
        back = pickle.loads(text)
    print("pickle_native", len(text), back["things"][39].items, back["big"], sum(back["numbers"]))


main(*map(int, sys.argv[1:2]))
