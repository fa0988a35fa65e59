# SPDX-License-Identifier: MIT
"""sorting: ints, floats, strings, tuples; with keys, reversed, nearly sorted."""
import operator
import sys


def main(loops=14):
    state, numbers = 1, []
    for _ in range(30000):
        state = (state * 1103515245 + 12345) & 0x7fffffff
        numbers.append(state)
    floats = [n / 1000.0 for n in numbers]
    texts = [str(n) for n in numbers]
    pairs = [(n % 100, str(n)) for n in numbers]
    for _ in range(loops):
        a, b, c = sorted(numbers), sorted(floats, reverse=True), sorted(texts)
        d, e = sorted(pairs), sorted(pairs, key=operator.itemgetter(1))
        f = sorted(numbers, key=lambda n: -n % 1000)
        near = a[:]
        near[100], near[20000] = near[20000], near[100]
        near.sort()
    print("sorting", a[100], b[100], c[100], d[100], e[100], f[100], near == a)


main(*map(int, sys.argv[1:2]))
