# SPDX-License-Identifier: MIT
"""Runs one test module of CPython's suite and writes one line per event to a file.

    INTERPRETER driver.py EVENTS MODULE [--skip FILE] [--as-implementation NAME]

Runs under the interpreter being tested, so it uses little: os, sys, unittest. A line is
`kind TAB id TAB detail` with detail as a Python literal, written with one os.write, so that after
a crash the last `start` names the test that caused it. --skip names tests not to run: the runner
starts again with it after a crash or a hang. It loads tests the way CPython's regrtest does:
through test_main() where a module has one, else by the loader.
"""
import os
import sys
import unittest


class Events:
    def __init__(self, path):
        self.fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        os.set_inheritable(self.fd, False)
        self.pid = os.getpid()

    def write(self, kind, name, detail=""):
        if os.getpid() != self.pid:
            return                      # a forked child must not report the parent's tests
        text = f"{kind}\t{name}\t{detail!a}\n"
        os.write(self.fd, text.encode("utf-8", "backslashreplace"))


class EventResult(unittest.TestResult):
    """A result that reports as it goes. A test with failed subtests counts once, as failed."""

    events = None
    any_failed = False
    skip_ids = frozenset()
    match = ""

    def __init__(self, *args, **kwargs):
        super().__init__(None, None, 0)
        self.failed_id = None

    @staticmethod
    def name(test):
        known = getattr(test, "event_name", None)
        return known or test.id().replace("\t", " ").replace("\n", " ")

    def startTest(self, test):
        super().startTest(test)
        self.failed_id = None
        self.events.write("start", self.name(test))

    def report(self, kind, test, detail=""):
        self.events.write(kind, self.name(test), str(detail)[-4000:])

    def trouble(self, kind, test, error):
        try:
            text = self._exc_info_to_string(error, test)
        except Exception as problem:
            text = f"{error[0].__name__}: {error[1]} (and the traceback failed: {problem!r})"
        self.failed_id = self.name(test)
        EventResult.any_failed = True
        self.report(kind, test, text)

    def addSuccess(self, test):
        self.report("ok", test)

    def addFailure(self, test, err):
        self.trouble("fail", test, err)

    def addError(self, test, err):
        self.trouble("error", test, err)

    def addSubTest(self, test, subtest, err):
        if err is not None:
            kind = "fail" if issubclass(err[0], test.failureException) else "error"
            self.trouble(kind, test, err)

    def addSkip(self, test, reason):
        self.report("skip", test, reason)

    def addExpectedFailure(self, test, err):
        self.report("xfail", test)

    def addUnexpectedSuccess(self, test):
        self.report("fail", test, "unexpected success")


names_seen = {}


def without_skipped(suite):
    """The suite without the tests to leave out, nested suites kept (they carry fixtures).

    Some modules make several classes of one name; their tests get a number to tell them apart.
    """
    kept = []
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            without_skipped(test)
            kept.append(test)
            continue
        name = EventResult.name(test)
        names_seen[name] = names_seen.get(name, 0) + 1
        if names_seen[name] > 1:
            name += f"#{names_seen[name]}"
        test.event_name = name
        if wanted(name):
            kept.append(test)
    suite._tests = kept
    return suite


def wanted(name):
    return name not in EventResult.skip_ids and EventResult.match in name


def run_suite(suite):
    without_skipped(suite).run(EventResult())


def has_no_debug_ranges():
    """test.support asks CPython's _testinternalcapi; any code object can tell."""
    positions = has_no_debug_ranges.__code__.co_positions()
    return all(column is None for _, _, column, _ in positions)


def adopt_support():
    """Make test.support report through us, for modules that run themselves in test_main()."""
    from test import support

    support.has_no_debug_ranges = has_no_debug_ranges

    def run_suite_of_support(suite):
        run_suite(suite)

    support._run_suite = run_suite_of_support
    support.verbose = 0
    return support


def run_doctests_of_support(support, events):
    """test.support.run_doctest() counts as one test of its module."""
    original = support.run_doctest

    def run_doctest(module, verbosity=None, optionflags=0):
        name = f"{module.__name__}.doctest"
        if not wanted(name):
            return (0, 0)
        events.write("start", name)
        try:
            outcome = original(module, verbosity, optionflags)
        except support.TestFailed as problem:
            events.write("fail", name, str(problem))
            return (1, 0)
        events.write("ok", name)
        return outcome

    support.run_doctest = run_doctest


def leave_threads_behind():
    """A test that failed half way may have left threads that wait for it: do not wait for them."""
    threading = sys.modules.get("threading")
    if not threading or not EventResult.any_failed:
        return
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join(10)
            if thread.is_alive():
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(0)


def main():
    arguments = sys.argv[1:]
    path, module_name = arguments[0], arguments[1]
    options = dict(zip(arguments[2::2], arguments[3::2]))
    events = EventResult.events = Events(path)
    if "--skip" in options:
        with open(options["--skip"], encoding="utf-8") as file:
            EventResult.skip_ids = frozenset(line.rstrip("\n") for line in file)
    if "--as-implementation" in options:
        sys.implementation.name = options["--as-implementation"]
    EventResult.match = os.environ.get("PYRT_TEST_MATCH", "")
    sys.argv[1:] = []
    sys.path[:] = [entry for entry in sys.path
                   if os.path.abspath(entry or ".") != os.path.dirname(os.path.abspath(__file__))]
    # Modules in C that the suite has for CPython alone, as this runtime can have them.
    sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "modules"))
    full_name = "test." + module_name
    try:
        support = adopt_support()
        run_doctests_of_support(support, events)
        if module_name.startswith("test_importlib."):
            __import__("unittest.mock")     # the package's __init__ forgets to
        __import__(full_name)
        module = sys.modules[full_name]
        test_main = getattr(module, "test_main", None)
        if test_main is not None:
            test_main()
        else:
            loader = unittest.defaultTestLoader
            run_suite(loader.loadTestsFromModule(module))
            for problem in loader.errors:
                events.write("error", full_name + ".load", problem[-4000:])
    except unittest.SkipTest as reason:
        events.write("skipmodule", full_name, str(reason))
    except BaseException as problem:
        import traceback
        events.write("error", full_name + ".module",
                     "".join(traceback.format_exception(problem))[-4000:])
        if isinstance(problem, KeyboardInterrupt):
            raise
    events.write("done", full_name)
    if hasattr(sys.modules.get("test.support"), "reap_children"):
        sys.modules["test.support"].reap_children()
    leave_threads_behind()


if __name__ == "__main__":
    main()
