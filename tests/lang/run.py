#!/usr/bin/python3.11
# SPDX-License-Identifier: MIT
"""Runs the language tests: every .py here on every backend and on python3.11.

A test is a plain script: it passes if it exits with status 0 and, where NAME.out stands beside it,
prints exactly that. It must pass on python3.11 too, or the test itself is wrong.
"""
import argparse
import concurrent.futures
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(HERE)), "tools", "lib"))
import common  # noqa: E402


def test_files(names):
    found = sorted(name[:-3] for name in os.listdir(HERE)
                   if name.endswith(".py") and name != "run.py" and not name.startswith("_"))
    if not names:
        return found
    wanted = [os.path.basename(name).removesuffix(".py") for name in names]
    unknown = [name for name in wanted if name not in found]
    if unknown:
        raise common.ToolError(f"no such test in tests/lang: {', '.join(unknown)}")
    return wanted


def run_one(name, interpreter, timeout):
    environment = common.clean_environment()
    environment.update(interpreter.env, LC_ALL="C.UTF-8")
    for variable in ("PYRT_STRESS", "PYRT_VERIFY", "PYRT_TEST_ROUNDS"):
        if variable in os.environ:
            environment[variable] = os.environ[variable]
    run = common.run_measured(interpreter.argv + [os.path.join(HERE, name + ".py")],
                              environment, timeout, cwd=HERE)
    if run.timed_out or run.status:
        tail = run.stderr.decode("utf-8", "replace").rstrip().splitlines()[-8:]
        return f"{run.status_text()}", tail, run.wall
    expected = os.path.join(HERE, name + ".out")
    if os.path.exists(expected):
        with open(expected, "rb") as file:
            want = file.read()
        if want != run.stdout:
            want_lines = want.decode().splitlines()
            got_lines = run.stdout.decode("utf-8", "replace").splitlines()
            for number, (left, right) in enumerate(zip(want_lines + [""], got_lines + [""]), 1):
                if left != right:
                    return "output differs", [f"line {number}:", f"  want {left!r}",
                                              f"  got  {right!r}"], run.wall
            return "output differs", ["in length"], run.wall
    return None, [], run.wall


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="TEST")
    parser.add_argument("--on", default="python3.11," + ",".join(common.BACKENDS),
                        help="comma-separated interpreters (default: python3.11 and all backends)")
    parser.add_argument("-j", "--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--timeout", type=float, default=120)
    parser.add_argument("-v", "--verbose", action="store_true", help="name every test that passes")
    options = parser.parse_args()
    interpreters = []
    for name in options.on.split(","):
        if name == "python3.11":
            interpreters.append(common.python_interpreter())
        elif name in common.BACKENDS:
            interpreters.append(common.pyrt_interpreter(name))
        else:
            parser.error(f"unknown interpreter '{name}'")
    jobs = [(name, interpreter) for name in test_files(options.names)
            for interpreter in interpreters]
    passed = failed = skipped = 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        outcomes = pool.map(lambda job: (job, run_one(*job, options.timeout)), jobs)
        for (name, interpreter), (problem, detail, wall) in outcomes:
            if problem is None:
                passed += 1
                if options.verbose:
                    print(f"ok    {interpreter.name:10} {name} ({wall:.2f} s)")
                continue
            reason = common.known_failure("lang", f"{name} {interpreter.name}")
            if reason:
                skipped += 1
                print(f"known {interpreter.name:10} {name}: {reason}")
                continue
            failed += 1
            print(f"FAIL  {interpreter.name:10} {name}: {problem}")
            for line in detail:
                print("          " + line[:200])
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    common.run_tool(main)
