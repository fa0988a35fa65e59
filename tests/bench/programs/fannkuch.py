# SPDX-License-Identifier: MIT
"""fannkuch: pancake flipping over all permutations; list slices and small ints."""
import sys


def fannkuch(n):
    count = list(range(1, n + 1))
    most = checksum = 0
    m = r = n - 1
    perm = list(range(n))
    number = 0
    while True:
        if perm[0]:
            flips = 0
            work = perm[:]
            k = work[0]
            while k:
                work[:k + 1] = work[k::-1]
                flips += 1
                k = work[0]
            if flips > most:
                most = flips
            checksum += -flips if number & 1 else flips
        number += 1
        r = 1
        while True:
            if r > m:
                return most, checksum
            perm.insert(r, perm.pop(0))
            count[r] -= 1
            if count[r] > 0:
                break
            count[r] = r + 1
            r += 1


def main(loops=1):
    for _ in range(loops):
        result = fannkuch(9)
    print("fannkuch", *result)


main(*map(int, sys.argv[1:2]))
