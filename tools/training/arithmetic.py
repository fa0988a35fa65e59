# SPDX-License-Identifier: MIT
"""Training for the optimising compiler: ints, floats, complex and big numbers, indexed sequences."""
import fractions
import math
import random
import statistics


def sieve(limit):
    flags = bytearray(b"\x01") * (limit + 1)
    for n in range(2, int(limit ** 0.5) + 1):
        if flags[n]:
            flags[n * n::n] = bytes(len(range(n * n, limit + 1, n)))
    return sum(flags) - 2


def collatz(limit):
    longest = 0
    for start in range(1, limit):
        n, steps = start, 0
        while n != 1:
            n = n // 2 if n % 2 == 0 else 3 * n + 1
            steps += 1
        if steps > longest:
            longest = steps
    return longest


def life(width, height, rounds):
    random.seed(7)
    grid = [[random.random() < 0.3 for _ in range(width)] for _ in range(height)]
    for _ in range(rounds):
        after = []
        for y in range(height):
            row = []
            for x in range(width):
                near = 0
                for dy in (-1, 0, 1):
                    line = grid[(y + dy) % height]
                    for dx in (-1, 0, 1):
                        if (dx or dy) and line[(x + dx) % width]:
                            near += 1
                row.append(near == 3 or (near == 2 and grid[y][x]))
            after.append(row)
        grid = after
    return sum(map(sum, grid))


def gauss(size):
    random.seed(3)
    a = [[random.uniform(-1, 1) for _ in range(size + 1)] for _ in range(size)]
    for i in range(size):
        pivot = max(range(i, size), key=lambda r: abs(a[r][i]))
        a[i], a[pivot] = a[pivot], a[i]
        for r in range(i + 1, size):
            f = a[r][i] / a[i][i]
            for c in range(i, size + 1):
                a[r][c] -= f * a[i][c]
    return a[-1][-1]


def edit_distance(left, right):
    before = list(range(len(right) + 1))
    for i, x in enumerate(left, 1):
        now = [i]
        for j, y in enumerate(right, 1):
            now.append(min(now[j - 1] + 1, before[j] + 1, before[j - 1] + (x != y)))
        before = now
    return before[-1]


def knapsack(items, room):
    best = [0] * (room + 1)
    for weight, value in items:
        for r in range(room, weight - 1, -1):
            if best[r - weight] + value > best[r]:
                best[r] = best[r - weight] + value
    return best[room]


def heap_permutations(n):
    items, c, i, seen = list(range(n)), [0] * n, 0, 1
    while i < n:
        if c[i] < i:
            k = c[i] if i & 1 else 0
            items[k], items[i] = items[i], items[k]
            seen += items[0] > items[-1]
            c[i] += 1
            i = 0
        else:
            c[i] = 0
            i += 1
    return seen


def julia(size):
    total = 0
    for y in range(size):
        for x in range(size):
            z = complex(3 * x / size - 1.5, 3 * y / size - 1.5)
            for step in range(30):
                if abs(z) > 2:
                    break
                z = z * z + (-0.8 + 0.156j)
            total += step
    return total


def integrate(steps):
    position, speed, force = 1.0, 0.0, 0.0
    for k in range(steps):
        force = -position + 0.01 * math.sin(k * 0.1)
        speed += 0.001 * force
        position += 0.001 * speed
    return round(position, 6)


def big(n):
    a, b = 0, 1
    for _ in range(n):
        a, b = b, a + b
    return pow(a, 65537, 10 ** 60 + 7), len(str(a)), a % 97, math.isqrt(a) % 1000


def mix(rounds):
    state, out = 0x9E3779B9, 0
    for k in range(rounds):
        state ^= (state << 13) & 0xFFFFFFFF
        state ^= state >> 17
        state ^= (state << 5) & 0xFFFFFFFF
        out += (state & 0xFF) * (k & 7) - (state >> 24)
    return out


print(sieve(200000), collatz(6000), life(40, 40, 12), round(gauss(45), 6))
print(edit_distance("concurrency" * 8, "parallelism" * 8), heap_permutations(8), julia(50))
print(knapsack([(w % 37 + 1, w * 7 % 101) for w in range(60)], 900), integrate(60000), big(3000), mix(60000))
print(statistics.mean(fractions.Fraction(n, n + 1) for n in range(1, 120)).limit_denominator(1000))
