# SPDX-License-Identifier: MIT
"""json_dumps: small, large, nested and non-ASCII objects."""
import json
import sys
import zlib


def main(loops=770):
    simple = {"key1": 0, "key2": True, "key3": "value", "key4": "foo", "key5": "string"}
    nested = {"key1": 0, "key2": simple, "key3": "value", "key4": simple, "list": [simple] * 3, "key": "é\u4e16\"\\\n"}
    huge = [nested] * 200
    numbers = [i * 1.5 for i in range(500)] + list(range(500)) + [None, True]
    total = 0
    for _ in range(loops):
        total += len(json.dumps(huge)) + len(json.dumps(numbers)) + len(json.dumps(simple)) + len(json.dumps(nested, ensure_ascii=False))
    text = json.dumps(nested, sort_keys=True, indent=2)
    print("json_dumps", total, f"{zlib.crc32(text.encode()):08x}")


main(*map(int, sys.argv[1:2]))
