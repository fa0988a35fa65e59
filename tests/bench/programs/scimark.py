# SPDX-License-Identifier: MIT
"""scimark: fft, lu, monte_carlo, sor and sparse_mat_mult on plain lists and arrays."""
import math
import sys
from array import array


class Random:
    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (self.state * 1103515245 + 12345) & 0x7fffffff
        return self.state / 0x7fffffff


def fft(data, direction):
    n = len(data) // 2
    j = 0
    for i in range(n - 1):
        if i < j:
            a, b = 2 * i, 2 * j
            data[a], data[b] = data[b], data[a]
            data[a + 1], data[b + 1] = data[b + 1], data[a + 1]
        k = n >> 1
        while k <= j:
            j -= k
            k >>= 1
        j += k
    dual = 1
    while dual < n:
        w_re, w_im = 1.0, 0.0
        theta = direction * math.pi / dual
        s, t = math.sin(theta), math.sin(theta / 2)
        s2 = 2 * t * t
        for a in range(dual):
            if a:
                w_re, w_im = w_re - s * w_im - s2 * w_re, w_im + s * w_re - s2 * w_im
            for b in range(a, n, 2 * dual):
                i, j = 2 * b, 2 * (b + dual)
                re = w_re * data[j] - w_im * data[j + 1]
                im = w_re * data[j + 1] + w_im * data[j]
                data[j] = data[i] - re
                data[j + 1] = data[i + 1] - im
                data[i] += re
                data[i + 1] += im
        dual *= 2


def lu(matrix):
    n = len(matrix)
    for j in range(n):
        pivot = max(range(j, n), key=lambda i: abs(matrix[i][j]))
        matrix[j], matrix[pivot] = matrix[pivot], matrix[j]
        inverse = 1.0 / matrix[j][j]
        for i in range(j + 1, n):
            matrix[i][j] *= inverse
        row_j = matrix[j]
        for i in range(j + 1, n):
            row = matrix[i]
            factor = row[j]
            for k in range(j + 1, n):
                row[k] -= factor * row_j[k]
    return math.prod(matrix[i][i] for i in range(n))


def monte_carlo(rng, samples):
    inside = 0
    for _ in range(samples):
        x, y = rng.next(), rng.next()
        if x * x + y * y <= 1.0:
            inside += 1
    return 4.0 * inside / samples


def sor(grid, omega, rounds):
    n = len(grid)
    for _ in range(rounds):
        for i in range(1, n - 1):
            above, row, below = grid[i - 1], grid[i], grid[i + 1]
            for j in range(1, n - 1):
                row[j] = omega * 0.25 * (above[j] + below[j] + row[j - 1] + row[j + 1]) + (1.0 - omega) * row[j]


def sparse(values, rows, columns, x, y, rounds):
    for _ in range(rounds):
        for r in range(len(y)):
            total = 0.0
            for i in range(rows[r], rows[r + 1]):
                total += x[columns[i]] * values[i]
            y[r] = total


def main(loops=15):
    for _ in range(loops):
        rng = Random(101010)
        data = array("d", [rng.next() for _ in range(2048)])
        for _ in range(2):
            fft(data, 1)
            fft(data, -1)
            for i in range(len(data)):
                data[i] /= 1024
        determinant = lu([[rng.next() for _ in range(60)] for _ in range(60)])
        pi = monte_carlo(rng, 60000)
        grid = [array("d", [rng.next() for _ in range(60)]) for _ in range(60)]
        sor(grid, 1.25, 8)
        n = 500
        rows = [i * 5 for i in range(n + 1)]
        columns = [(i * 31 + r) % n for r in range(n) for i in range(5)]
        values = [rng.next() for _ in columns]
        y = [0.0] * n
        sparse(values, rows, columns, [rng.next() for _ in range(n)], y, 30)
    print(f"scimark {sum(data):.6f} {determinant:.6e} {pi:.6f} {sum(map(sum, grid)):.6f} {sum(y):.6f}")


main(*map(int, sys.argv[1:2]))
