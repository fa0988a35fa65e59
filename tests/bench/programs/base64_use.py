# SPDX-License-Identifier: MIT
"""base64: all the encodings of the library, short and long."""
import base64
import sys


def main(loops=24):
    short, long = bytes(range(50)), bytes(i * 7 % 256 for i in range(20000))
    total = 0
    for _ in range(loops):
        for data in [short] * 200 + [long] * 2:
            for encode, decode in ((base64.b64encode, base64.b64decode), (base64.b32encode, base64.b32decode), (base64.b16encode, base64.b16decode),
                                   (base64.a85encode, base64.a85decode), (base64.b85encode, base64.b85decode), (base64.urlsafe_b64encode, base64.urlsafe_b64decode)):
                text = encode(data)
                assert decode(text) == data
                total += len(text) + text[-1]
    print("base64", total)


main(*map(int, sys.argv[1:2]))
