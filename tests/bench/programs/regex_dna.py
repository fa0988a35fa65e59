# SPDX-License-Identifier: MIT
"""regex_dna: counting and replacing patterns in a long generated sequence."""
import re
import sys


def sequence(n):
    state, out = 42, []
    for _ in range(n):
        state = (state * 3877 + 29573) % 139968
        out.append("acgt"[state * 4 // 139968])
    return ">ONE\n" + "\n".join("".join(out[i:i + 60]) for i in range(0, n, 60)) + "\n"


VARIANTS = ["agggtaaa|tttaccct", "[cgt]gggtaaa|tttaccc[acg]", "a[act]ggtaaa|tttacc[agt]t", "ag[act]gtaaa|tttac[agt]ct", "agg[act]taaa|ttta[agt]cct",
            "aggg[acg]aaa|ttt[cgt]ccc", "agggt[cgt]aa|tt[acg]accct", "agggta[cgt]a|t[acg]taccct", "agggtaa[cgt]|[acg]ttaccct"]


def main(loops=22):
    text = sequence(120000)
    for _ in range(loops):
        clean = re.sub(">.*\n|\n", "", text)
        counts = [len(re.findall(v, clean)) for v in VARIANTS]
        replaced = clean
        for pattern, new in (("tHa[Nt]", "<4>"), ("aND|caN|Ha[DS]|WaS", "<3>"), ("a[gt]c", "<2>"), ("c+g", "<1>")):
            replaced = re.sub(pattern, new, replaced)
    print("regex_dna", *counts, len(text), len(clean), len(replaced))


main(*map(int, sys.argv[1:2]))
