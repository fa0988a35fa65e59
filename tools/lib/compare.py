# SPDX-License-Identifier: MIT
"""tools/compare: one program, every backend, one table.

The program runs on gil, nogil and subinterp, on Debian's python3.11 and on pypy3 where it is
installed, in turn (A B C A B C ...), so that a machine that gets slower meanwhile slows all of
them alike. A ratio is taken within each round and its median shown. A program that behaves
differently somewhere (output or exit status) is the most important finding, so it is shown
first and loudly, and the exit status is 1.
"""
import argparse
import difflib
import json
import os
import sys
import tempfile

import common
from common import ToolError, median, spread_percent

STATS_VARIABLE = "PYRT_STATS"      # pyrt writes its counters to this file when it exits


def parse_arguments():
    parser = argparse.ArgumentParser(
        prog="tools/compare", description="Run a Python program on every backend and compare.",
        epilog="Options go before FILE; whatever follows FILE is passed to the program. "
               "PYRT=path uses that binary instead of building one.")
    parser.add_argument("--rounds", type=int, default=5, metavar="N",
                        help="how often each interpreter runs the program (default 5)")
    parser.add_argument("--timeout", type=float, default=300, metavar="SECONDS",
                        help="limit for one run (default 300)")
    parser.add_argument("--only", metavar="NAMES",
                        help="comma-separated: gil,nogil,subinterp,python3.11,pypy3")
    parser.add_argument("--json", action="store_true", help="print the results as JSON instead")
    parser.add_argument("file", metavar="FILE.py", help="the program")
    parser.add_argument("args", nargs=argparse.REMAINDER, help="arguments for the program")
    options = parser.parse_args()
    if options.rounds < 1:
        parser.error("--rounds must be at least 1")
    return options


def choose_interpreters(only):
    every = [common.pyrt_interpreter(name) for name in common.BACKENDS]
    every.append(common.python_interpreter())
    if common.pypy_interpreter():
        every.append(common.pypy_interpreter())
    if not only:
        return every
    wanted = [name.strip() for name in only.split(",") if name.strip()]
    known = {interpreter.name: interpreter for interpreter in every}
    for name in wanted:
        if name not in known:
            raise ToolError(f"unknown interpreter '{name}'; there are: {', '.join(known)}")
    return [known[name] for name in wanted]


def run_once(interpreter, command, timeout):
    """One run; returns (Run, counters the runtime wrote or {})."""
    environment = dict(os.environ, **interpreter.env)
    with tempfile.TemporaryDirectory(prefix="pyrt-compare-") as scratch:
        stats_file = os.path.join(scratch, "stats.json")
        if interpreter.is_pyrt:
            environment[STATS_VARIABLE] = stats_file
        run = common.run_measured(interpreter.argv + command, environment, timeout)
        try:
            with open(stats_file, encoding="utf-8") as file:
                stats = json.load(file)
        except (OSError, ValueError):
            stats = {}
    return run, stats


def run_rounds(interpreters, command, options, progress):
    """All runs in turn. An interpreter that times out is not run again."""
    results = {interpreter.name: [] for interpreter in interpreters}
    stopped = set()
    total = options.rounds * len(interpreters)
    done = 0
    for number in range(1, options.rounds + 1):
        for interpreter in interpreters:
            done += 1
            if interpreter.name in stopped:
                continue
            progress.show(f"[{done}/{total}] round {number} of {options.rounds}: "
                          f"{interpreter.name} ...")
            run, stats = run_once(interpreter, command, options.timeout)
            results[interpreter.name].append((run, stats))
            if run.timed_out:
                stopped.add(interpreter.name)
    progress.clear()
    return results


def find_differences(results, reference):
    """Names whose output or status differs from the reference's first run, or from themselves."""
    expected = results[reference][0][0]
    findings = []
    for name, runs in results.items():
        for run, _ in runs:
            if run.timed_out:
                findings.append((name, f"timed out after {run.wall:.0f} s", run))
            elif run.status != expected.status:
                findings.append((name, f"{run.status_text()}, but {reference}: "
                                       f"{expected.status_text()}", run))
            elif run.stdout != expected.stdout:
                findings.append((name, f"its output differs from {reference}'s", run))
            else:
                continue
            break
    return findings


def small_diff(expected, actual, expected_name, actual_name, limit=12):
    left = expected.decode("utf-8", "replace").splitlines()
    right = actual.decode("utf-8", "replace").splitlines()
    lines = list(difflib.unified_diff(left, right, expected_name, actual_name, lineterm="", n=1))
    shown = [line[:160] for line in lines[:limit]]
    if len(lines) > limit:
        shown.append(f"... {len(lines) - limit} more lines of difference")
    return shown


def print_differences(findings, results, reference):
    expected = results[reference][0][0]
    bar = "!" * 78
    print(bar)
    print("!! THE PROGRAM DOES NOT BEHAVE THE SAME EVERYWHERE:")
    for name, what, run in findings:
        print(f"!!\n!! {name}: {what}")
        for line in small_diff(expected.stdout, run.stdout, reference, name):
            print("!!   " + line)
        if run.status != expected.status:
            tail = run.stderr.decode("utf-8", "replace").rstrip().splitlines()[-6:]
            for line in tail:
                print("!!   stderr: " + line[:160])
    print(bar)


def ratio_cell(results, name, base):
    """How many times as fast as base: the median of the ratios within each round."""
    if base not in results:
        return None
    pairs = [(b[0].wall, a[0].wall) for a, b in zip(results[name], results[base])]
    ratios = [b / a for b, a in pairs if a > 0]
    return (median(ratios), spread_percent(ratios)) if ratios else None


def stats_median(runs, key):
    values = [stats[key] for _, stats in runs if isinstance(stats.get(key), (int, float))]
    return median(values) if values else None


def summarise(results):
    summary = {}
    for name, runs in results.items():
        walls = [run.wall for run, _ in runs]
        wall, cpu = median(walls), median([run.cpu for run, _ in runs])
        summary[name] = {
            "status": runs[0][0].status_text(), "rounds": len(runs),
            "wall_s": wall, "wall_spread_percent": spread_percent(walls), "walls_s": walls,
            "cpu_s": cpu, "cores_used": median([run.cpu / run.wall for run, _ in runs]),
            "peak_kib": max(run.peak_kib for run, _ in runs),
            "lock_waits": stats_median(runs, "lock_waits"),
            "lock_wait_ns": stats_median(runs, "lock_wait_ns"),
            "gc_collections": stats_median(runs, "gc_collections"),
            "gc_pause_total_ns": stats_median(runs, "gc_pause_total_ns"),
            "gc_pause_max_ns": stats_median(runs, "gc_pause_max_ns"),
            "stop_the_world": stats_median(runs, "stw_count"),
            "ratio_to_gil": ratio_cell(results, name, "gil"),
            "ratio_to_python": ratio_cell(results, name, "python3.11"),
        }
    return summary


def print_table(summary, command, rounds):
    def number(value):
        return "-" if value is None else f"{value:,.0f}"

    def ratio(value):
        return "-" if value is None else f"{value[0]:.2f}x ±{value[1]:.0f}%"

    def pauses(row):
        if row["gc_collections"] is None:
            return "-"
        longest = row["gc_pause_max_ns"]
        detail = "" if longest is None else f" (max {longest / 1e6:.1f} ms)"
        return f"{row['gc_collections']:.0f}{detail}"

    rows = []
    for name, row in summary.items():
        rows.append([
            name, common.seconds(row["wall_s"]), f"±{row['wall_spread_percent']:.1f}%",
            common.seconds(row["cpu_s"]), f"{row['cores_used']:.2f}",
            f"{row['peak_kib'] / 1024:.1f} MB", number(row["lock_waits"]), pauses(row),
            ratio(row["ratio_to_gil"]), ratio(row["ratio_to_python"])])
    print(f"{' '.join(command)}   ({rounds} rounds in turn; {common.machine()})\n")
    print(common.format_table(
        ["interpreter", "wall", "spread", "CPU", "cores", "peak mem", "lock waits",
         "gc pauses", "vs gil", "vs python3.11"], rows))
    print("\nwall, CPU: medians; cores: CPU / wall; vs: how many times as fast (more is faster).")


def main():
    options = parse_arguments()
    if not os.path.isfile(options.file):
        raise ToolError(f"no such file: {options.file}")
    try:
        with open(options.file, "rb") as file:
            file.read(1)
    except OSError as error:
        raise ToolError(f"cannot read {options.file}: {error.strerror}") from None
    interpreters = choose_interpreters(options.only)
    if any(interpreter.is_pyrt for interpreter in interpreters):
        common.build_release()
    command = [options.file, *options.args]
    results = run_rounds(interpreters, command, options, common.Progress())
    reference = "python3.11" if "python3.11" in results else next(iter(results))
    findings = find_differences(results, reference)
    summary = summarise(results)
    if options.json:
        json.dump({"command": command, "machine": common.machine(), "rounds": options.rounds,
                   "reference": reference, "results": summary,
                   "differences": [{"interpreter": n, "what": w} for n, w, _ in findings]},
                  sys.stdout, indent=2)
        print()
    else:
        if findings:
            print_differences(findings, results, reference)
        print_table(summary, command, options.rounds)
        status = results[reference][0][0].status
        if status and not findings:
            print(f"note: the program itself ends with status {status} everywhere.")
    return 1 if findings else 0


if __name__ == "__main__":
    common.run_tool(main)
