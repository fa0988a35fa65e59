#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Write core/base/generated/pow10_table.c: 10**q to 128 bits, rounded down.

Row q holds floor(10**q / 2**(floor(log2(10**q)) - 127)) as two 64-bit halves, so its top bit is set.
Rows with 0 <= q <= 55 are exact.
"""
import pathlib
import sys

LOW, HIGH = -343, 325


def row(q):
    if q >= 0:
        value = 10 ** q
        shift = value.bit_length() - 128
        return value >> shift if shift >= 0 else value << -shift
    power = 10 ** -q
    # 2**b / 10**-q has 128 bits when b is the length of the divisor plus 127 (one less may overflow).
    b = power.bit_length() + 127
    value = (1 << b) // power
    return value if value.bit_length() == 128 else value >> (value.bit_length() - 128)


def main():
    out = ["/* SPDX-License-Identifier: MIT */",
           "/* Made by tools/gen_pow10.py: 10**q to 128 bits, rounded down, for %d <= q <= %d. */" % (LOW, HIGH),
           '#include "core/base/dtoa_internal.h"', "",
           "const struct rt_pow10 rt_pow10_table[RT_POW10_MAX - RT_POW10_MIN + 1] = {"]
    for q in range(LOW, HIGH + 1):
        value = row(q)
        assert value.bit_length() == 128
        out.append("    {0x%016xu, 0x%016xu}," % (value >> 64, value & (1 << 64) - 1))
    out.append("};")
    path = pathlib.Path(__file__).parent.parent / "core/base/generated/pow10_table.c"
    path.write_text("\n".join(out) + "\n")


if __name__ == "__main__":
    sys.exit(main())
