# SPDX-License-Identifier: MIT
"""tools/conformance: CPython's own test modules on every backend.

Each module runs in a process group and an empty directory of its own, under
tests/conformance/driver.py, which reports test by test. A test that kills the interpreter or
makes no progress is recorded as a crash or a hang, and the module is started again without it, so
one
bad test does not hide the others. Known failures stand in tests/conformance/expected.txt: a listed
test that passes fails the run, unless its reason begins with `flaky:` (it depends on timing, and
may pass or fail); a flaky test that fails is reported and counts as a known failure.
"""
import argparse
import ast
import concurrent.futures
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time

import common
from common import ToolError

FOLDER = os.path.join(common.ROOT, "tests", "conformance")
DRIVER = os.path.join(FOLDER, "driver.py")
EXPECTED = os.path.join(FOLDER, "expected.txt")
SUITE = "/usr/lib/python3.11/test"
SANITIZER_STATUS = 66           # of a sanitizer build with exitcode=66, as tools/test asks for
RESTARTS = 25                   # how often a module is started again after crashes and hangs


def parse_arguments():
    parser = argparse.ArgumentParser(
        prog="tools/conformance",
        description="Run CPython's test modules on PyRT's backends.",
        epilog="A list is a name such as rung1 (tests/conformance/rung1.txt) or a file; a module "
               "is a name such as test_grammar. Default: rung1.")
    parser.add_argument("what", nargs="*", metavar="LIST|MODULE", help="lists or test modules")
    parser.add_argument("--backend", default=",".join(common.BACKENDS), metavar="NAMES",
                        help="comma-separated (default: all three)")
    parser.add_argument("-j", "--jobs", type=int, default=os.cpu_count(), metavar="N")
    parser.add_argument("--timeout", type=float, default=300, metavar="SECONDS",
                        help="limit for a module (default 300)")
    parser.add_argument("--stall", type=float, default=60, metavar="SECONDS",
                        help="a test that takes longer counts as a hang (default 60)")
    parser.add_argument("--reference", action="store_true",
                        help="run python3.11 instead (named pyrt, so that it skips what is "
                             "CPython's own business) and record what it skips")
    parser.add_argument("--json", metavar="FILE", help="where to write the results "
                        "(default build/conformance/results.json)")
    parser.add_argument("--verbose", "-v", action="store_true", help="show failing tracebacks")
    parser.add_argument("--match", metavar="TEXT",
                        help="run only tests whose name contains TEXT (for work on one failure)")
    options = parser.parse_args()
    options.backends = ["python3.11"] if options.reference else []
    for name in () if options.reference else options.backend.split(","):
        if name not in common.BACKENDS:
            parser.error(f"unknown backend '{name}'; there are: {', '.join(common.BACKENDS)}")
        options.backends.append(name)
    return options


def read_list(path):
    """{module: applicable tests} of a list file."""
    modules = {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            fields = line.split("#")[0].split()
            if fields:
                modules[fields[0]] = int(fields[2]) if len(fields) > 2 else None
    return modules


def known_counts():
    counts = {}
    for name in ("rung1", "rung2", "rung3", "rung4"):
        counts.update(read_list(os.path.join(FOLDER, name + ".txt")))
    return counts


def choose_modules(names):
    counts = known_counts()
    chosen = {}
    for name in names or ["rung1"]:
        listed = os.path.join(FOLDER, name + ".txt")
        if os.path.isfile(listed):
            chosen.update(read_list(listed))
        elif os.path.isfile(name) and not name.endswith(".py"):
            chosen.update(read_list(name))
        else:
            module = name[5:] if name.startswith("test.") else name
            path = os.path.join(SUITE, *module.split("."))
            if not os.path.exists(path + ".py") and not os.path.isdir(path):
                raise ToolError(f"'{name}' is neither a list in tests/conformance nor a module "
                                f"of {SUITE}")
            chosen[module] = counts.get(module)
    return chosen


class Expected:
    """The failures we know, {test: reason} for each backend."""

    LINE = re.compile(r"^(\S.*?)\[([a-z0-9.*]+)\]:\s*(\S.*)$")

    def __init__(self, path):
        self.reasons = {}
        with open(path, encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                line = line.rstrip()
                if not line or line.startswith("#"):
                    continue
                match = self.LINE.match(line)
                if not match:
                    raise ToolError(f"{path}:{number}: want `module.Class.test[backend]: reason`")
                self.reasons[match[1], match[2]] = match[3]

    def reason(self, test, backend):
        return self.reasons.get((test, backend)) or self.reasons.get((test, "*"))

    @staticmethod
    def is_flaky(reason):
        return reason.startswith("flaky:")


def short_id(test_id):
    return test_id[5:] if test_id.startswith("test.") else test_id


class ModuleRun:
    """One module on one backend: starts it, again after crashes, and collects the outcomes."""

    def __init__(self, module, backend, options, children):
        self.module, self.backend, self.options = module, backend, options
        self.children = children
        self.outcomes = {}      # test -> (kind, detail); kinds ok fail error skip xfail crash hang
        self.module_skip = None
        self.seconds = 0.0
        self.stderr = ""

    def command(self, events, skip_file):
        if self.backend == "python3.11":
            start = [common.PYTHON]
            more = ["--as-implementation", "pyrt"]
        else:
            start, more = [common.pyrt_path()], []
        return [*start, "-u", DRIVER, events, self.module, *more,
                *(["--skip", skip_file] if skip_file else [])]

    def run(self):
        begin = time.monotonic()
        for _ in range(RESTARTS):
            if self.run_once(begin):
                break
        self.seconds = time.monotonic() - begin
        return self

    def run_once(self, begin):
        """True when nothing is left to run."""
        with tempfile.TemporaryDirectory(prefix="pyrt-test-") as scratch:
            events = os.path.join(scratch, "events")
            skip_file = None
            if self.outcomes:
                skip_file = os.path.join(scratch, "skip")
                with open(skip_file, "w", encoding="utf-8") as file:
                    file.writelines(f"test.{name}\n" for name in self.outcomes)
            cwd = os.path.join(scratch, "cwd")
            os.mkdir(cwd)
            environment = common.clean_environment()
            environment.update(TMPDIR=cwd, HOME=cwd, LC_ALL="C.UTF-8")
            if os.environ.get("PYTHONHASHSEED"):
                environment["PYTHONHASHSEED"] = os.environ["PYTHONHASHSEED"]
            if self.options.match:
                environment["PYRT_TEST_MATCH"] = self.options.match
            if self.backend != "python3.11":
                environment["PYRT_BACKEND"] = self.backend
            with open(os.path.join(scratch, "output"), "w+b") as output:
                process = subprocess.Popen(
                    self.command(events, skip_file), cwd=cwd, env=environment,
                    stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                    start_new_session=True)
                self.children.add(process.pid)
                why = self.watch(process, events, begin)
                common.kill_group(process.pid)
                self.children.discard(process.pid)
                output.seek(0, os.SEEK_END)
                output.seek(max(0, output.tell() - 3000))
                self.stderr = output.read().decode("utf-8", "replace")
            unlock(cwd)
            return self.read_events(events, process.returncode, why)

    def watch(self, process, events, begin):
        """Wait for the end; kill on no progress or on the module's limit. None, or why."""
        last_size, last_change = -1, time.monotonic()
        pause = 0.02
        while True:
            try:
                process.wait(pause)
                return None
            except subprocess.TimeoutExpired:
                pause = min(0.25, pause * 1.5)
            now = time.monotonic()
            try:
                size = os.stat(events).st_size
            except OSError:
                size = 0
            if size != last_size:
                last_size, last_change = size, now
            why = None
            if now - last_change > self.options.stall:
                why = f"no progress for {self.options.stall:.0f} s"
            elif now - begin > self.options.timeout:
                why = f"the module took more than {self.options.timeout:.0f} s"
            if why:
                common.kill_group(process.pid)
                process.wait()
                return why

    def read_events(self, path, status, why):
        current, finished = None, False
        try:
            with open(path, encoding="utf-8", errors="replace") as file:
                lines = file.read().splitlines()
        except OSError:
            lines = []
        for line in lines:
            fields = line.split("\t", 2)
            if len(fields) != 3:
                continue
            kind, name = fields[0], short_id(fields[1])
            try:
                detail = ast.literal_eval(fields[2])
            except (ValueError, SyntaxError):
                detail = fields[2]
            if kind == "start":
                current = name
            elif kind == "done":
                finished = True
            elif kind == "skipmodule":
                self.module_skip = detail
            else:
                earlier = self.outcomes.get(name)
                if not (earlier and earlier[0] in ("fail", "error")):
                    self.outcomes[name] = (kind, detail)
                if name == current:
                    current = None
        if finished and not why:
            if status < 0 or status == SANITIZER_STATUS:
                self.outcomes[self.module + ".(end)"] = ("crash", f"after the last test: exit status {status}\n{self.stderr}")
            return True
        if why and time.monotonic() and current is None:
            current = self.module + ".(between tests)"
        if current is None:
            current = self.module + ".(start)" if not lines else self.module + ".(end)"
        if why:
            self.outcomes[current] = ("hang", why)
        elif status < 0:
            self.outcomes[current] = ("crash", f"killed by signal {-status}\n{self.stderr}")
        else:
            self.outcomes[current] = ("crash", f"ended early, exit status {status}\n{self.stderr}")
        give_up = why and why.startswith("the module took")
        return bool(give_up) or current.endswith(")")


def unlock(folder):
    """Give back the permissions that a killed test may have taken from its own folders."""
    for parent, folders, _ in os.walk(folder):
        for name in folders:
            path = os.path.join(parent, name)
            if not os.path.islink(path):
                try:
                    os.chmod(path, 0o700)
                except OSError:
                    pass


PASSED = ("ok", "xfail")
BAD = ("fail", "error", "crash", "hang")


class Tally:
    """What one backend's run of all modules amounts to."""

    def __init__(self, backend, expected, reference):
        self.backend, self.expected, self.reference = backend, expected, reference
        self.passed = self.failed = self.skipped = self.known = 0
        self.applicable = self.applicable_passed = 0
        self.regressions, self.surprises, self.flaky = [], [], []
        self.crashes, self.hangs = [], []
        self.modules = {}

    def add(self, run, applicable):
        counts = dict.fromkeys(("ok", "xfail", "fail", "error", "skip", "crash", "hang"), 0)
        for test, (kind, detail) in run.outcomes.items():
            counts[kind] += 1
            reason = self.expected.reason(test, self.backend)
            if kind in PASSED:
                if reason and not self.expected.is_flaky(reason):
                    self.surprises.append((test, reason))
            elif kind in BAD:
                if kind == "crash":
                    self.crashes.append((test, detail))
                elif kind == "hang":
                    self.hangs.append((test, detail))
                if reason:
                    self.known += 1
                    if self.expected.is_flaky(reason):
                        self.flaky.append((test, kind, reason))
                else:
                    self.regressions.append((test, kind, detail))
        passed = counts["ok"] + counts["xfail"]
        self.passed += passed
        self.skipped += counts["skip"]
        self.failed += sum(counts[kind] for kind in BAD)
        entry = self.reference.get(run.module)
        skips = set(entry["skipped"]) if entry else set()
        target = entry["run"] - len(skips) if entry else applicable
        if target is None:
            target = passed + sum(counts[kind] for kind in BAD)
        reached = min(passed, target)
        self.applicable += target
        self.applicable_passed += reached
        own_skips = sorted(test for test, (kind, _) in run.outcomes.items()
                           if kind == "skip" and entry and test not in skips)
        self.modules[run.module] = {
            "counts": counts, "applicable": target, "passed_of_applicable": reached,
            "seconds": round(run.seconds, 2), "module_skipped": run.module_skip,
            "skips_cpython_does_not_make": own_skips,
            "tests": {test: [kind, detail] if kind not in ("ok",) else ["ok"]
                      for test, (kind, detail) in sorted(run.outcomes.items())},
        }


def module_line(backend, run, tally):
    entry = tally.modules[run.module]
    counts = entry["counts"]
    parts = [f"{entry['passed_of_applicable']}/{entry['applicable']}"]
    for kind in ("fail", "error", "crash", "hang", "skip"):
        if counts[kind]:
            parts.append(f"{counts[kind]} {kind}")
    if run.module_skip:
        parts.append(f"module skipped: {run.module_skip}")
    return f"{backend:10} {run.module:32} {', '.join(parts)}  ({run.seconds:.1f} s)"


def load_reference():
    try:
        with open(os.path.join(FOLDER, "reference.json"), encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError):
        return {}


def save_reference(tally):
    """Record, per module, how many tests CPython runs under another name and which it skips."""
    reference = load_reference()
    for module, entry in tally.modules.items():
        tests = {t: o for t, o in entry["tests"].items() if o[0] != "error" or "." in t}
        skips = sorted(t for t, o in tests.items() if o[0] == "skip")
        reference[module] = {"run": len(tests), "skipped": skips}
    with open(os.path.join(FOLDER, "reference.json"), "w", encoding="utf-8") as file:
        json.dump(reference, file, indent=0, sort_keys=True)
        file.write("\n")


def report(tally, verbose):
    name = tally.backend
    for title, entries in (("crashed", tally.crashes), ("hung", tally.hangs)):
        if entries:
            print(f"\n{name}: {len(entries)} {title}:")
            for test, detail in entries:
                print(f"  {test}: {detail.splitlines()[0] if detail else ''}")
    if tally.regressions:
        print(f"\n{name}: {len(tally.regressions)} failed that are not in expected.txt:")
        for test, kind, detail in tally.regressions:
            last = detail.strip().splitlines()[-1] if detail.strip() else ""
            print(f"  {test} [{kind}] {last[:120]}")
            if verbose and kind in ("fail", "error"):
                print("    " + detail.rstrip().replace("\n", "\n    "))
    if tally.flaky:
        print(f"\n{name}: {len(tally.flaky)} failed that may pass or fail:")
        for test, kind, reason in tally.flaky:
            print(f"  {test} [{kind}] {reason}")
    if tally.surprises:
        print(f"\n{name}: {len(tally.surprises)} passed although expected.txt lists them:")
        for test, reason in tally.surprises:
            print(f"  {test}: {reason}")


def run_all(modules, options):
    """{backend: [ModuleRun]}; the tests of one module on different backends run side by side."""
    children = set()
    progress_lock = threading.Lock()
    tallies = {}
    expected, reference = Expected(EXPECTED), load_reference()
    for backend in options.backends:
        tallies[backend] = Tally(backend, expected, {} if options.reference else reference)
    jobs = [(module, backend) for module in modules for backend in options.backends]

    def work(job):
        module, backend = job
        run = ModuleRun(module, backend, options, children).run()
        with progress_lock:
            tallies[backend].add(run, modules[module])
            print(module_line(backend, run, tallies[backend]), flush=True)

    pool = concurrent.futures.ThreadPoolExecutor(max(1, options.jobs))
    try:
        for future in [pool.submit(work, job) for job in jobs]:
            future.result()
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for pid in list(children):
            common.kill_group(pid)
        raise
    pool.shutdown()
    return tallies


def main():
    options = parse_arguments()
    modules = choose_modules(options.what)
    if not os.path.isdir(SUITE):
        raise ToolError("CPython's test-suite is missing: apt-get install libpython3.11-testsuite")
    if not options.reference:
        common.build_release()
    tallies = run_all(modules, options)
    path = options.json or os.path.join(common.ROOT, "build", "conformance", "results.json")
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        json.dump({name: {"applicable": t.applicable, "passed_of_applicable": t.applicable_passed,
                          "modules": t.modules} for name, t in tallies.items()}, file, indent=1)
    if options.reference:
        save_reference(tallies["python3.11"])
    for tally in tallies.values():
        report(tally, options.verbose)
    print()
    for name, tally in tallies.items():
        share = 100 * tally.applicable_passed / tally.applicable if tally.applicable else 0
        print(f"{name:10} {tally.applicable_passed} of {tally.applicable} applicable passed "
              f"({share:.2f}%), {len(tally.crashes)} crashes, {len(tally.hangs)} hangs, "
              f"{tally.known} known failures")
    print(f"results: {os.path.relpath(path, os.getcwd())}")
    every = tallies.values()
    print(f"{sum(t.passed for t in every)} passed, {sum(t.failed for t in every)} failed, "
          f"{sum(t.skipped for t in every)} skipped")
    return 1 if any(t.regressions or t.surprises for t in every) else 0


if __name__ == "__main__":
    common.run_tool(main)
