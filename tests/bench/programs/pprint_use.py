# SPDX-License-Identifier: MIT
"""pprint: printing a large nested structure."""
import pprint
import sys
import zlib


def main(loops=33):
    data = [{"id": i, "name": f"item {i}", "tags": [f"t{k}" for k in range(i % 5)], "nested": {"a": (i, i + 1), "b": {"x": [i] * 4}}} for i in range(450)]
    for _ in range(loops):
        text = pprint.pformat(data, width=60)
    print("pprint", len(text), f"{zlib.crc32(text.encode()):08x}", pprint.saferepr(data[3]))


main(*map(int, sys.argv[1:2]))
