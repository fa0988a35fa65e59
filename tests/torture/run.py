#!/usr/bin/python3.11
# SPDX-License-Identifier: MIT
"""Runs the torture programs and the thread tests under each PYRT_STRESS mode, on each backend.

A mode forces something rare at every point where it is legal: collections, stopping the world,
detaching, merging counts, yielding, and shuffled decisions from a seed.
"""
import argparse
import concurrent.futures
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(HERE)), "tools", "lib"))
import common  # noqa: E402

LANG = os.path.join(os.path.dirname(HERE), "lang")
MODES = ("", "gc", "stw", "detach", "merge", "yield", "seed:1")
# What a mode costs: the more, the less there is of it.
SIZES = {"": (300, 2), "gc": (60, 2), "stw": (60, 2)}
OTHERS = (150, 2)               # loops of containers.py, seconds of world.py
LANG_TESTS = ("threads_containers", "threads_objects", "weakrefs", "gc_cycles", "generators", "exceptions")


def jobs(options):
    """Longest first. Each mode and backend has a seed of its own, so that together they try more pairs."""
    seed = options.seed
    for mode in sorted(options.modes, key=lambda mode: mode != "gc"):
        for backend in options.backends:
            loops, seconds = SIZES.get(mode, OTHERS)
            seed += 1
            for name, arguments in (("world", ["--seconds", str(seconds)]), ("containers", ["--loops", str(loops)]),
                                    ("pairs", ["--pairs", "12", "--loops", "30", "--seconds", str(options.seconds), "--seed", str(seed)])):
                yield backend, mode, os.path.join(HERE, name + ".py"), arguments
            if mode not in ("gc", "stw"):       # they would not get past the imports
                yield backend, mode, os.path.join(HERE, "calls.py"), ["--seconds", "5", "--seed", str(seed)]
            if mode:
                for name in LANG_TESTS:
                    yield backend, mode, os.path.join(LANG, name + ".py"), []


def run(job, timeout):
    backend, mode, path, arguments = job
    interpreter = common.python_interpreter() if backend == "python3.11" else common.pyrt_interpreter(backend)
    environment = common.clean_environment()
    environment.update(interpreter.env, PYRT_TEST_ROUNDS="100", LC_ALL="C.UTF-8")
    if mode:
        environment["PYRT_STRESS"] = mode
    return common.run_measured(interpreter.argv + [path, *arguments], environment, timeout)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--backends", default=",".join(common.BACKENDS))
    parser.add_argument("--modes", default=",".join(MODES), help="comma-separated; empty: none")
    parser.add_argument("--timeout", type=float, default=300, help="limit for a program; a hang is recognised by it")
    parser.add_argument("--seconds", type=float, default=15, help="how long pairs.py tries pairs in each mode")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("-j", "--jobs", type=int, default=os.cpu_count())
    options = parser.parse_args()
    options.backends, options.modes = options.backends.split(","), options.modes.split(",")
    passed = failed = 0
    todo = list(jobs(options))
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for job, outcome in zip(todo, pool.map(lambda job: run(job, options.timeout), todo)):
            backend, mode, path, arguments = job
            if outcome.status == 0 and not outcome.timed_out:
                passed += 1
                continue
            failed += 1
            stress = f"PYRT_STRESS={mode} " if mode else ""
            print(f"FAIL  PYRT_BACKEND={backend} {stress}{os.path.relpath(path, common.ROOT)} "
                  f"{' '.join(arguments)}: {outcome.status_text()}")
            for line in outcome.stderr.decode("utf-8", "replace").rstrip().splitlines()[-4:]:
                print("          " + line[:160])
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    common.run_tool(main)
