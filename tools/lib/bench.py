# SPDX-License-Identifier: MIT
"""tools/bench: speed against Debian's python3.11, and how threads scale.

Programs run in turn (A B A B ...), and only ratios are shown: how many times as fast as
python3.11, the median of the ratios within each round, with their spread. A program whose output
differs from python3.11's is no result but a failure, and is shown as one.
"""
import argparse
import glob
import json
import os
import re
import runpy
import subprocess
import sys

import common
from common import ToolError, geometric_mean, median, spread_percent

FOLDER = os.path.join(common.ROOT, "tests", "bench")
CATEGORIES = {
    "numbers": "nbody fannkuch spectral_norm mandelbrot float scimark pidigits nqueens crypto decimal_pi",
    "objects and calls": "richards deltablue raytrace chaos go hexiom barnes_hut deepcopy dataclasses "
                         "typing_protocols comprehensions generators coroutines unpack_sequence btree "
                         "calls attributes",
    "text and data": "json_dumps json_loads pickle_pure pickle_native regex_compile regex_dna "
                     "regex_effbot logging pprint base64 pyflate template parser argparse str_methods "
                     "sorting pathlib mdp meteor_contest",
    "asynchrony": "async_tree async_generators asyncio_tcp",
    "memory": "gc_collect",
}
STARTUP = {"startup": ["-I", "-c", "pass"], "startup_no_site": ["-I", "-S", "-c", "pass"],
           "startup_imports": ["-I", "-c", "import asyncio, json, re, typing, dataclasses"]}


def parse_arguments():
    parser = argparse.ArgumentParser(
        prog="tools/bench", description="Measure against Debian's python3.11, in turn.",
        epilog="`tools/bench pyperformance DIR` runs the bm_*/run_benchmark.py of a pyperformance "
               "checkout instead. PYRT=path uses that binary instead of building one.")
    parser.add_argument("mode", nargs="?", choices=["pyperformance"], help=argparse.SUPPRESS)
    parser.add_argument("directory", nargs="?", help=argparse.SUPPRESS)
    parser.add_argument("--backend", default="gil", metavar="NAMES",
                        help="comma-separated (default gil)")
    parser.add_argument("--programs", metavar="NAMES",
                        help="comma-separated names or a category (default: all)")
    parser.add_argument("--scale", action="store_true",
                        help="run the scaling bodies instead (default backends: nogil, gil)")
    parser.add_argument("--startup", action="store_true", help="measure only start-up")
    parser.add_argument("--latency", action="store_true",
                        help="measure latencies of threads instead, on every backend")
    parser.add_argument("--micro", action="store_true",
                        help="measure single statements of the built-in types and modules instead")
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="for --scale")
    parser.add_argument("--only", default="", help="for --scale, --latency and --micro: comma-separated bodies (--micro: "
                             "groups, or parts of statements)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--clock", choices=("cpu", "wall"), default="cpu",
                        help="what ratios are taken of: CPU time, steadier on a busy machine (the "
                             "default: the programs have one thread and do not sleep), or wall")
    parser.add_argument("--timeout", type=float, default=120, help="for one run of one program")
    parser.add_argument("--json", metavar="FILE", help="also write the results there")
    options = parser.parse_args()
    options.backends = options.backend.split(",")
    for name in options.backends:
        if name not in common.BACKENDS:
            parser.error(f"unknown backend '{name}'; there are: {', '.join(common.BACKENDS)}")
    if options.mode and not options.directory:
        parser.error("pyperformance needs the directory of a checkout")
    return options


def programs():
    found = {}
    for path in sorted(glob.glob(os.path.join(FOLDER, "programs", "*.py"))):
        found[os.path.basename(path)[:-3].removesuffix("_use")] = path
    return found


def choose_programs(names):
    every = programs()
    if not names:
        return every
    chosen = {}
    for name in names.split(","):
        name = name.strip()
        if name in CATEGORIES:
            chosen.update({n: every[n] for n in CATEGORIES[name].split() if n in every})
        elif name in every:
            chosen[name] = every[name]
        else:
            raise ToolError(f"no program or category '{name}'; there are: {', '.join(every)}; "
                            f"{', '.join(CATEGORIES)}")
    return chosen


def category_of(name):
    for category, names in CATEGORIES.items():
        if name in names.split():
            return category
    return "other"


def measure(name, arguments, interpreters, options, env=None):
    """{interpreter: [Run]} of all rounds, and what went wrong or None."""
    runs = {interpreter.name: [] for interpreter in interpreters}
    trouble = {}
    for _ in range(options.rounds):
        for interpreter in interpreters:
            if interpreter.name in trouble:
                continue
            environment = common.clean_environment()
            environment.update(interpreter.env, PYTHONHASHSEED="0", **(env or {}))
            run = common.run_measured(interpreter.argv + arguments, environment, options.timeout)
            runs[interpreter.name].append(run)
            reference = runs["python3.11"][0] if runs["python3.11"] else None
            if run.timed_out or run.status:
                last = run.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
                trouble[interpreter.name] = f"{run.status_text()} {' '.join(last)[:90]}"
            elif reference and run.stdout != reference.stdout and not env:
                trouble[interpreter.name] = "its output differs from python3.11's"
    return runs, trouble


def ratios(runs, name, clock):
    """Within each round: how many times as fast as python3.11, in CPU or in wall-clock time."""
    pairs = [(getattr(a, clock), getattr(b, clock)) for a, b in zip(runs["python3.11"], runs[name])]
    return [a / b for a, b in pairs if b > 0]


def run_table(jobs, options, env=None):
    """jobs: {name: (category, arguments)}. Prints a table, returns the JSON."""
    interpreters = [common.python_interpreter()]
    interpreters += [common.pyrt_interpreter(name) for name in options.backends]
    progress, results, failures = common.Progress(enabled=sys.stderr.isatty()), {}, []
    for number, (name, (category, arguments)) in enumerate(jobs.items(), 1):
        progress.show(f"[{number}/{len(jobs)}] {name}")
        runs, trouble = measure(name, arguments, interpreters, options, env)
        entry = {"category": category,
                 "python_s": min((r.wall for r in runs["python3.11"]), default=None)}
        for backend in options.backends:
            if backend in trouble or "python3.11" in trouble:
                why = trouble.get(backend) or "python3.11: " + trouble["python3.11"]
                entry[backend] = {"failed": why}
                failures.append((name, backend, why))
                continue
            values = ratios(runs, backend, options.clock)
            entry[backend] = {"ratio": median(values), "spread_percent": spread_percent(values),
                              "wall_s": min(r.wall for r in runs[backend]),
                              "peak_kib": max(r.peak_kib for r in runs[backend]),
                              "python_peak_kib": max(r.peak_kib for r in runs["python3.11"])}
        results[name] = entry
    progress.clear()
    print_programs(results, failures, options)
    return {"results": results, "failures": failures}


def print_programs(results, failures, options):
    def cell(entry):
        if "failed" in entry:
            return "FAILED"
        return f"{entry['ratio']:.2f}x ±{entry['spread_percent']:.0f}%"

    print(f"times as fast as Debian's python3.11 ({options.clock} time, {options.rounds} rounds in "
          f"turn; {common.machine()})\n")
    rows, by_category = [], {}
    for name, entry in results.items():
        python = "-" if entry["python_s"] is None else common.seconds(entry["python_s"])
        rows.append([name, entry["category"], python] + [cell(entry[b]) for b in options.backends])
        by_category.setdefault(entry["category"], []).append(entry)
    rows.sort(key=lambda row: (list(CATEGORIES).index(row[1]) if row[1] in CATEGORIES else 99, row[0]))
    print(common.format_table(["program", "category", "python3.11"] + options.backends, rows))
    print()
    means = []
    for category, entries in [*by_category.items(), ("all", list(results.values()))]:
        row = [category]
        for backend in options.backends:
            values = [e[backend]["ratio"] for e in entries if "ratio" in e[backend]]
            row.append(f"{geometric_mean(values):.2f}x of {len(values)}" if values else "-")
        means.append(row)
    print(common.format_table(["geometric mean"] + options.backends, means))
    if failures:
        print(f"\n{len(failures)} failed:")
        for name, backend, why in failures:
            print(f"  {name} on {backend}: {why}")


def run_scale(options):
    """The bodies of tests/bench/scale on each backend: efficiency of threads against processes."""
    script = os.path.join(FOLDER, "scale", "scale.py")
    backends = options.backends if options.backend != "gil" else ["nogil", "gil"]
    table, groups, trouble = {}, {}, []
    for backend in backends:
        environment = common.clean_environment()
        interpreter = common.pyrt_interpreter(backend)
        environment.update(interpreter.env)
        arguments = ["--workers", str(options.workers), "--rounds", str(options.rounds),
                     "--factor", "60", "--only", options.only]
        run = common.run_measured(interpreter.argv + [script, *arguments], environment,
                                  options.timeout * 10)
        if run.status or run.timed_out:
            trouble.append((backend, run.status_text() + " " + run.stderr.decode()[-400:]))
        for line in run.stdout.decode().splitlines():
            name, group, one, threads, processes = line.split("\t")
            groups[name] = group
            table.setdefault(name, {})[backend] = {
                "one_s": float(one), "threads_s": float(threads), "processes_s": float(processes),
                "efficiency": float(processes) / float(threads)}
    print(f"{options.workers} threads against {options.workers} processes: efficiency 1.00 means "
          f"threads lose nothing ({common.machine()})\n")
    rows = []
    for name, entry in table.items():
        rows.append([name, groups[name]] + [f"{entry[b]['efficiency']:.2f}" if b in entry else "-"
                                            for b in backends])
    print(common.format_table(["body", "group"] + backends, rows))
    print()
    means = []
    for group in dict.fromkeys(groups.values()):
        row = [group]
        for backend in backends:
            values = [e[backend]["efficiency"] for n, e in table.items()
                      if groups[n] == group and backend in e]
            row.append(f"{geometric_mean(values):.2f} (lowest {min(values):.2f})" if values else "-")
        means.append(row)
    print(common.format_table(["geometric mean"] + backends, means))
    for backend, why in trouble:
        print(f"\n{backend} failed: {why}")
    return {"scale": table, "failures": trouble}


def run_latency(options):
    """Latencies, in turn on python3.11 and on every backend; the best of the rounds."""
    script = os.path.join(FOLDER, "latency", "latency.py")
    backends = common.BACKENDS if options.backend == "gil" else options.backends
    interpreters = [common.python_interpreter(), *map(common.pyrt_interpreter, backends)]
    table, trouble = {}, []
    for _ in range(options.rounds):
        for interpreter in interpreters:
            environment = common.clean_environment()
            environment.update(interpreter.env)
            run = common.run_measured(interpreter.argv + [script, "--only", options.only],
                                      environment, options.timeout * 3)
            if run.status or run.timed_out:
                trouble.append((interpreter.name, run.status_text() + " " + run.stderr.decode()[-300:]))
            for line in run.stdout.decode().splitlines():
                name, value, unit, what = line.split("\t")
                entry = table.setdefault(name, {"unit": unit, "what": what})
                entry[interpreter.name] = min(entry.get(interpreter.name, 1e99), float(value))
    names = [interpreter.name for interpreter in interpreters]
    print(f"latencies, best of {options.rounds} rounds ({common.machine()})\n")
    print(common.format_table(["latency", *names, "unit", "what"], [
        [name, *(f"{entry[n]:.3g}" if n in entry else "-" for n in names), entry["unit"],
         entry["what"]] for name, entry in table.items()]))
    for name, why in trouble:
        print(f"\n{name} failed: {why}")
    return {"latency": table, "failures": trouble}


def start_worker(interpreter, script):
    environment = common.clean_environment()
    environment.update(interpreter.env, PYTHONHASHSEED="0")
    return subprocess.Popen(interpreter.argv + [script], env=environment, text=True,
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def ask_worker(worker, number):
    try:
        print(number, 4, file=worker.stdin, flush=True)
        return float(worker.stdout.readline())
    except (ValueError, BrokenPipeError):
        return None


def run_micro(options):
    """One statement each of the built-in types and modules, both interpreters in turn, the slowest
    (against python3.11) first; the least CPU time of the rounds."""
    script = os.path.join(FOLDER, "micro", "micro.py")
    bodies = runpy.run_path(script)["bodies"]()
    interpreters = [common.python_interpreter(), *map(common.pyrt_interpreter, options.backends)]
    workers, progress = {}, common.Progress(enabled=sys.stderr.isatty())
    table, trouble, wanted = [], [], [w for w in options.only.split(",") if w]
    for number, (group, body) in enumerate(bodies):
        if wanted and not any(w == group or w in body for w in wanted):
            continue
        progress.show(f"[{number}/{len(bodies)}] {body}")
        times = {}
        for _ in range(options.rounds):
            for interpreter in interpreters:
                name = interpreter.name
                if name not in workers:
                    workers[name] = start_worker(interpreter, script)
                took = ask_worker(workers[name], number)
                if took is None:
                    last = workers.pop(name).communicate()[1].strip().splitlines()[-1:]
                    trouble.append((f"{group}: {body}", name, " ".join(last)[:90]))
                    times[name] = float("nan")
                else:
                    times[name] = min(took, times.get(name, 1e18))
        table.append((group, body, times))
    progress.clear()
    for worker in workers.values():
        worker.stdin.close()
        worker.wait()
    print_micro(table, trouble, options)
    return {"micro": table, "failures": trouble}


def print_micro(table, trouble, options):
    print(f"times as fast as python3.11 (least CPU time of {options.rounds}; {common.machine()})\n")
    first = options.backends[0]
    table.sort(key=lambda row: row[2]["python3.11"] / row[2][first])
    print(common.format_table(["group", "statement", "ns"] + options.backends, [
        [group, body, f"{times['python3.11']:.0f}"] +
        [f"{times['python3.11'] / times[b]:.2f}" for b in options.backends]
        for group, body, times in table]))
    for backend in options.backends:
        values = [r for *_, t in table if (r := t["python3.11"] / t[backend]) > 0]
        if values:
            slow = sum(value < 1 for value in values)
            print(f"\n{backend}: geometric mean {geometric_mean(values):.2f} of {len(values)}, "
                  f"{slow} slower than python3.11")
    for body, name, why in trouble:
        print(f"\n{body} failed on {name}: {why}")


def run_pyperformance(options):
    """The unmodified benchmarks of a checkout, under a stand-in for pyperf where it is missing."""
    root = options.directory
    for candidate in (os.path.join(root, "pyperformance", "data-files", "benchmarks"), root):
        scripts = sorted(glob.glob(os.path.join(candidate, "bm_*", "run_benchmark.py")))
        if scripts:
            break
    else:
        raise ToolError(f"no bm_*/run_benchmark.py under {root}")
    wanted = options.programs.split(",") if options.programs else None
    jobs = {}
    for script in scripts:
        name = re.search(r"bm_(\w+)/", script)[1]
        if wanted is None or name in wanted:
            jobs[name] = ("pyperformance", [script])
    env = {"PYTHONPATH": os.path.join(FOLDER, "pyperf_stand_in")}
    return run_table(jobs, options, env)


def main():
    options = parse_arguments()
    common.build_release()
    if options.scale:
        outcome = run_scale(options)
    elif options.latency:
        outcome = run_latency(options)
    elif options.micro:
        outcome = run_micro(options)
    elif options.mode == "pyperformance":
        outcome = run_pyperformance(options)
    else:
        jobs = {}
        if not options.startup:
            jobs = {name: (category_of(name), [path])
                    for name, path in choose_programs(options.programs).items()}
        if options.startup or not options.programs:
            jobs.update({name: ("start-up", arguments) for name, arguments in STARTUP.items()})
        outcome = run_table(jobs, options)
    if options.json:
        outcome["machine"] = common.machine()
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(outcome, file, indent=1)
    return 1 if outcome["failures"] else 0


if __name__ == "__main__":
    common.run_tool(main)
