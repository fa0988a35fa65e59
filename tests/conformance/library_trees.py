#!/usr/bin/python3.11
# SPDX-License-Identifier: MIT
"""Compares ast.parse() and compile() of an interpreter with those of the python3.11 that runs this script.

    library_trees.py INTERPRETER [FILE...]       default: every .py file of the standard library

For each file ast.dump(ast.parse(source), include_attributes=True) is to be the same byte for byte; what
is refused is to be refused with the same exception on the same line; the others must compile.
parser_diff.py does the same for the parser alone, through a tool; this goes the way a program goes.
"""
import glob
import os
import subprocess
import sys

WORKER = r"""
import ast, hashlib, sys, warnings
warnings.simplefilter("ignore")
sys.setrecursionlimit(20000)
for path in sys.stdin:
    path = path.rstrip("\n")
    with open(path, "rb") as file:
        source = file.read()
    try:
        text = ast.dump(ast.parse(source), include_attributes=True)
        answer = "tree " + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    except Exception as problem:
        answer = f"{type(problem).__name__} on line {getattr(problem, 'lineno', None)}"
    try:
        compile(source, path, "exec", dont_inherit=True)
        answer += ", compiles"
    except Exception as problem:
        answer += f", {type(problem).__name__} on line {getattr(problem, 'lineno', None)}"
    print(path, answer, sep="\t", flush=True)
"""
LIBRARY = "/usr/lib/python3.11"


def start(interpreter):
    return subprocess.Popen([interpreter, "-S", "-c", WORKER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def main():
    interpreter = sys.argv[1]
    files = sys.argv[2:] or sorted(glob.glob(LIBRARY + "/**/*.py", recursive=True))
    files = [path for path in files if os.path.isfile(path)]
    workers = [start(interpreter), start(sys.executable)]
    different = refused = 0
    for path in files:
        for worker in workers:
            worker.stdin.write(path + "\n")
            worker.stdin.flush()
        got, expected = (worker.stdout.readline() for worker in workers)
        refused += "\ttree" not in expected
        if got != expected:
            different += 1
            print(f"{path}: got {got.partition(chr(9))[2].strip() or 'no answer'}, "
                  f"expected {expected.partition(chr(9))[2].strip()}")
            if not got:
                break
    for worker in workers:
        worker.stdin.close()
        worker.wait()
    print(f"{len(files)} files ({refused} refused by both), {different} differ" if not different else
          f"{len(files)} files, {different} differ")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
