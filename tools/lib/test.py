# SPDX-License-Identifier: MIT
"""tools/test: builds everything and runs all tests, in stages, with one summary.

build, unit (CTest), lint, lang (every backend and python3.11), examples (one checksum everywhere),
conformance (rung 1 of CPython's suite on every backend); on request sanitizer builds and fuzzing.
A stage that fails does not stop the others: the summary names all of them.
"""
import argparse
import glob
import os
import re
import shutil
import subprocess
import sys
import time

import common

TOOLS = os.path.join(common.ROOT, "tools")
TOTALS = re.compile(r"^(\d+) passed, (\d+) failed, (\d+) skipped\s*$", re.M)
EXAMPLES = {"index_library.py": ["--size", "150", "--verify"], "mandelbrot.py": ["--size", "150"],
            "pipeline.py": ["--size", "1500"], "pagerank.py": ["--size", "3000", "--rounds", "10"]}


class Stages:
    """Runs stages, remembers (name, passed, failed, skipped, seconds)."""

    def __init__(self):
        self.rows = []

    def record(self, name, passed, failed, skipped, seconds):
        self.rows.append((name, passed, failed, skipped, seconds))
        print(f"--- {name}: {passed} passed, {failed} failed, {skipped} skipped "
              f"({seconds:.0f} s)\n", flush=True)

    def command(self, name, argv, env=None):
        """A tool that ends with `N passed, N failed, N skipped`; its output is passed on."""
        print(f"=== {name}: {' '.join(os.path.relpath(a, common.ROOT) if os.path.isabs(a) else a for a in argv)}",
              flush=True)
        begin = time.monotonic()
        process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                   errors="replace", cwd=common.ROOT,
                                   env=dict(os.environ, **(env or {})))
        tail = []
        for line in process.stdout:
            sys.stdout.write(line)
            tail = (tail + [line])[-40:]
        status = process.wait()
        found = TOTALS.findall("".join(tail))
        passed, failed, skipped = map(int, found[-1]) if found else (int(not status), 0, 0)
        if name == "conformance":
            failed = int(bool(status)) and max(1, regressions("".join(tail), failed))
        elif status and not failed:
            failed = 1
        self.record(name, passed, failed, skipped, time.monotonic() - begin)
        return status == 0

    def summary(self):
        print(common.format_table(
            ["stage", "passed", "failed", "skipped", "seconds"],
            [[name, p, f, s, f"{t:.0f}"] for name, p, f, s, t in self.rows]))
        passed, failed, skipped = (sum(row[i] for row in self.rows) for i in (1, 2, 3))
        print(f"{passed} passed, {failed} failed, {skipped} skipped")
        return 1 if failed else 0


def regressions(text, failed):
    """Failures of the conformance run that expected.txt does not know."""
    known = sum(int(n) for n in re.findall(r"(\d+) known failures", text))
    return failed - known


def parse_arguments():
    parser = argparse.ArgumentParser(prog="tools/test", description="Build and run all tests.")
    parser.add_argument("--torture", action="store_true",
                        help="also the torture programs under PYRT_STRESS (long)")
    parser.add_argument("--quick", action="store_true",
                        help="build, unit tests, and the language tests on gil only")
    parser.add_argument("--asan", action="store_true",
                        help="also unit and language tests under AddressSanitizer and UBSan")
    parser.add_argument("--tsan", action="store_true",
                        help="also unit and language tests on every backend under ThreadSanitizer")
    parser.add_argument("--stress", action="store_true",
                        help="also the language tests under each PYRT_STRESS mode")
    parser.add_argument("--fuzz", action="store_true", help="also each fuzz target for a minute")
    parser.add_argument("--only", action="store_true",
                        help="nothing but what --asan, --tsan and --fuzz ask for; no release build")
    parser.add_argument("--no-conformance", action="store_true", help="leave out CPython's suite")
    return parser.parse_args()


def unit_tests(stages, preset="release", name="unit"):
    build = os.path.join(common.ROOT, "build", preset)
    print(f"=== {name}: ctest --test-dir build/{preset} -L unit", flush=True)
    begin = time.monotonic()
    built = subprocess.run(["cmake", "--build", build, "--target", "low_tests"],
                           capture_output=True, text=True)
    sys.stdout.write(built.stdout[-3000:] if built.returncode else "")
    leave_out = ["-E", "^parser[.]"] if preset == "tsan" else [] # a library's worth of text, by one thread
    run = subprocess.run(["ctest", "--test-dir", build, "-L", "unit", "--output-on-failure",
                          "-j", str(os.cpu_count()), *leave_out], capture_output=True, text=True)
    sys.stdout.write(run.stdout[-6000:] if run.returncode else "")
    found = re.search(r"(\d+)% tests passed, (\d+) tests failed out of (\d+)", run.stdout)
    failed, total = (int(found[2]), int(found[3])) if found else (0, 0)
    names = re.findall(r"^\s*\d+ - (\S+) \(", run.stdout, re.M)
    known = [(test, common.known_failure("unit", test)) for test in names]
    known = [(test, reason) for test, reason in known if reason]
    for test, reason in known:
        print(f"known {test}: {reason}")
    failed -= len(known)
    if run.returncode and not found:
        failed = 1
        sys.stdout.write(run.stderr[-2000:])
    stages.record(name, total - failed - len(known), failed, len(known), time.monotonic() - begin)


def examples(stages):
    """Every example prints the same on every backend, on CPython, with one worker and with three."""
    print("=== examples: one output everywhere", flush=True)
    begin, passed, failed, skipped = time.monotonic(), 0, 0, 0
    interpreters = [common.python_interpreter()]
    interpreters += [common.pyrt_interpreter(name) for name in common.BACKENDS]
    for example, arguments in EXAMPLES.items():
        path = os.path.join(common.ROOT, "examples", example)
        expected = None
        for interpreter in interpreters:
            for workers in ("1", "3"):
                environment = common.clean_environment()
                environment.update(interpreter.env)
                run = common.run_measured(interpreter.argv + [path, "--workers", workers, *arguments],
                                          environment, timeout=300)
                if expected is None:
                    expected = run.stdout
                if run.status or run.stdout != expected:
                    reason = common.known_failure("examples", f"{example} {interpreter.name}")
                    if reason:
                        skipped += 1
                        print(f"known {interpreter.name} {example}: {reason}")
                        continue
                    failed += 1
                    tail = (run.stderr or run.stdout).decode("utf-8", "replace").splitlines()[-3:]
                    print(f"FAIL  {interpreter.name} {example} --workers {workers}: "
                          f"{run.status_text()} {' | '.join(tail)}")
                else:
                    passed += 1
    stages.record("examples", passed, failed, skipped, time.monotonic() - begin)


def out_of_reach(report):
    """A program with little address space, where a sanitizer cannot even start, says nothing about PyRT."""
    with open(report, encoding="utf-8", errors="replace") as file:
        return "ReserveShadowMemoryRange failed" in file.read(1000)


def report_groups(paths):
    """ThreadSanitizer's reports in the files, those with the same two places as one: [(count, text)]."""
    groups = {}
    for path in paths:
        with open(path, encoding="utf-8", errors="replace") as file:
            for report in file.read().split("=" * 18):
                if "WARNING: ThreadSanitizer" not in report:
                    continue
                places = []
                for part in re.split(r"\n\s*\n", report)[:2]:
                    frames = re.findall(r"#\d+ (\S+) (\S+)", part)
                    places.append(" < ".join(f"{name} ({os.path.basename(where)})" for name, where in frames[:4]))
                groups.setdefault("\n    ".join(places), []).append(path)
    return sorted(((len(found), text) for text, found in groups.items()), reverse=True)


def record_reports(stages, preset, logs):
    """How many reports there are; for ThreadSanitizer, what they are, each once."""
    paths = [path for path in glob.glob(os.path.join(logs, "report*")) if not out_of_reach(path)]
    if preset == "tsan":
        groups = report_groups(paths)
        for count, text in groups:
            print(f"{count} x {text}")
        stages.record("tsan reports", 0, len(groups), 0, 0)
        return
    if paths:
        print(f"{len(paths)} sanitizer reports in {os.path.relpath(logs, common.ROOT)}")
        with open(paths[0], encoding="utf-8", errors="replace") as file:
            sys.stdout.write(file.read(3000))
    stages.record(f"{preset} reports", 0, len(paths), 0, 0)


def sanitized(stages, preset, backends):
    """The unit and language tests under a sanitizer build; slower, so with fewer rounds.

    ThreadSanitizer is let go on after a report, and told of the races in tests/tsan.supp, each with its reason. A test
    that is reported about fails; one that only takes too long is named as such.
    """
    if subprocess.call([os.path.join(TOOLS, "build"), "--quiet", preset]):
        stages.record(preset, 0, 1, 0, 0)
        return
    binary = os.path.join(common.ROOT, "build", preset, "pyrt")
    logs = os.path.join(common.ROOT, "build", preset, "reports")
    shutil.rmtree(logs, ignore_errors=True)
    os.makedirs(logs)
    options = f"log_path={logs}/report:halt_on_error=0:exitcode=66:detect_leaks=0"
    thread = f"{options}:history_size=4:die_after_fork=0:suppressions={common.ROOT}/tests/tsan.supp"
    environment = {"PYRT": binary, "PYRT_TEST_ROUNDS": "200", "ASAN_OPTIONS": options, "TSAN_OPTIONS": thread,
                   "UBSAN_OPTIONS": options + ":print_stacktrace=1"}
    os.environ.update(environment)
    try:
        unit_tests(stages, preset, f"{preset} unit")
        for backend in backends: # a stage each: nogil first, which has most to report
            stages.command(f"{preset} lang {backend}", [os.path.join(common.ROOT, "tests", "lang", "run.py"),
                                                        "--on", backend, "--timeout", "900"], environment)
    finally:
        for name in environment:
            os.environ.pop(name, None)
    record_reports(stages, preset, logs)


def fuzz(stages):
    begin = time.monotonic()
    subprocess.check_call([os.path.join(TOOLS, "setup"), "--fuzz", "--quiet"])
    if subprocess.call([os.path.join(TOOLS, "build"), "--quiet", "fuzz"]):
        stages.record("fuzz", 0, 1, 0, time.monotonic() - begin)
        return
    passed = failed = 0
    for target in sorted(glob.glob(os.path.join(common.ROOT, "build", "fuzz", "tests", "fuzz_*"))):
        if not os.access(target, os.X_OK) or os.path.isdir(target):
            continue
        name = os.path.basename(target)
        corpus = os.path.join(common.ROOT, "build", "fuzz", "corpus", name)
        if not os.path.isdir(corpus):
            subprocess.check_call([common.PYTHON, "-W", "ignore", os.path.join(common.ROOT, "tests", "fuzz", "grow_corpus.py"), name, corpus])
        seeds = os.path.join(common.ROOT, "tests", "fuzz", "seeds", name)
        print(f"=== {name}: a minute", flush=True)
        run = subprocess.run([target, "-max_total_time=60", "-timeout=20", "-rss_limit_mb=4096",
                              corpus, *([seeds] if os.path.isdir(seeds) else [])],
                             capture_output=True, text=True, errors="replace",
                             cwd=os.path.dirname(corpus))
        if run.returncode:
            failed += 1
            print("\n".join(run.stderr.splitlines()[-30:]))
        else:
            passed += 1
    stages.record("fuzz", passed, failed, 0, time.monotonic() - begin)


def on_request(options, stages):
    """The stages with builds of their own."""
    if options.asan:
        sanitized(stages, "asan", common.BACKENDS)
    if options.tsan:
        sanitized(stages, "tsan", sorted(common.BACKENDS, key=lambda name: name != "nogil"))
    if options.fuzz:
        fuzz(stages)


def main():
    options = parse_arguments()
    stages = Stages()
    if options.only:
        on_request(options, stages)
        return stages.summary()
    begin = time.monotonic()
    print("tools/test installs missing packages (tools/setup), builds the release preset and runs "
          "the tests below.", flush=True)
    common.build_release()
    stages.record("build", 1, 0, 0, time.monotonic() - begin)
    lang = os.path.join(common.ROOT, "tests", "lang", "run.py")
    unit_tests(stages)
    if options.quick:
        stages.command("lang", [lang, "--on", "gil"])
        return stages.summary()
    stages.command("lint", [os.path.join(TOOLS, "lint")])
    stages.command("lang", [lang])
    if options.torture:
        stages.command("torture", [os.path.join(common.ROOT, "tests", "torture", "run.py")])
    examples(stages)
    if not options.no_conformance:
        stages.command("conformance", [os.path.join(TOOLS, "conformance"), "rung1"])
    if options.stress:
        for mode in ("gc", "stw", "detach", "merge", "yield", "seed:1"):
            stages.command(f"stress {mode}", [lang, "--on", "gil,nogil", "--timeout", "600"],
                           {"PYRT_STRESS": mode, "PYRT_TEST_ROUNDS": "100"})
    on_request(options, stages)
    return stages.summary()


if __name__ == "__main__":
    common.run_tool(main)
