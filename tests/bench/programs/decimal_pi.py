# SPDX-License-Identifier: MIT
"""decimal_pi: digits of pi in the decimal module, and a little accounting (telco)."""
import decimal
import sys


def pi():
    with decimal.localcontext() as context:
        context.prec += 3
        D = decimal.Decimal
        last, t, s, n, na, d, da = D(0), D(3), D(3), 1, 0, 0, 24
        while s != last:
            last = s
            n, na = n + na, na + 8
            d, da = d + da, da + 32
            t = (t * n) / d
            s += t
        return +s


def main(loops=800):
    decimal.getcontext().prec = 60
    cents, rate, tax = decimal.Decimal("0.01"), decimal.Decimal("0.0013"), decimal.Decimal("0.0675")
    for _ in range(loops):
        value = pi()
        total = decimal.Decimal(0)
        for seconds in range(300):
            price = (rate * seconds).quantize(cents, decimal.ROUND_HALF_EVEN)
            total += price + (price * tax).quantize(cents, decimal.ROUND_DOWN)
    print("decimal_pi", value, total)


main(*map(int, sys.argv[1:2]))
