# SPDX-License-Identifier: MIT
"""json_loads: the same shapes the other way."""
import json
import sys


def main(loops=1600):
    simple = {"key1": 0, "key2": True, "key3": "value", "key4": "foo", "key5": "string"}
    nested = {"key1": 0, "key2": simple, "key3": "value", "key4": simple, "list": [simple] * 3, "key": "é\u4e16\"\\\n"}
    texts = [json.dumps(x) for x in (simple, nested, [nested] * 100, [i * 1.5 for i in range(1000)], list(range(1000)))]
    for _ in range(loops):
        results = [json.loads(text) for text in texts]
    print("json_loads", len(results[2]), sum(results[3]), sum(results[4]), results[1]["key"].encode().hex())


main(*map(int, sys.argv[1:2]))
