# SPDX-License-Identifier: MIT
"""pickle_pure: the library's pure Python pickler and unpickler."""
import io
import pickle
import sys


class Thing:
    def __init__(self, n):
        self.n, self.name, self.items = n, f"thing {n}", [n, n * 1.5, None]


def main(loops=710):
    data = {"things": [Thing(i) for i in range(40)], "text": "é" * 50, "numbers": list(range(200)), "big": [10**30, -2**70],
            "tuple": (1, (2, (3,))), "set": {1, 2, 3}, "bytes": b"abc" * 10, "floats": [i / 7 for i in range(50)]}
    for _ in range(loops):
        buffer = io.BytesIO()
        pickle._Pickler(buffer, 4).dump(data)
        buffer.seek(0)
        back = pickle._Unpickler(buffer).load()
    print("pickle_pure", len(buffer.getvalue()), back["things"][39].items, back["big"], sum(back["numbers"]))


main(*map(int, sys.argv[1:2]))
