# SPDX-License-Identifier: MIT
"""What the tools share: where things are, how a program is run and measured, how a table looks.

Every run happens in a process group of its own, so that a timeout or Ctrl-C takes the program's
children with it. Time, CPU and memory come from wait4 on exactly that child.
"""
import fnmatch
import dataclasses
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PYTHON = "/usr/bin/python3.11"      # the reference: Debian's, never another one on PATH
PYPY = "/usr/bin/pypy3"
BACKENDS = ("gil", "nogil", "subinterp")


class ToolError(Exception):
    """Something the user can act on: printed as one sentence, exit status 2."""


def pyrt_path():
    """The binary under test: $PYRT if set, else the release build."""
    return os.path.abspath(os.environ.get("PYRT") or os.path.join(ROOT, "build", "release", "pyrt"))


def build_release():
    """Build unless $PYRT names a binary; say what happens, as it may take minutes."""
    if os.environ.get("PYRT"):
        if not os.access(pyrt_path(), os.X_OK):
            raise ToolError(f"PYRT={pyrt_path()} is not an executable file")
        return
    status = subprocess.call([os.path.join(ROOT, "tools", "build"), "--quiet"])
    if status or not os.access(pyrt_path(), os.X_OK):
        raise ToolError("the release build failed; see the messages above")


@dataclasses.dataclass
class Interpreter:
    """One column of a comparison: a name, how to start it, what its environment adds."""
    name: str
    argv: list
    env: dict = dataclasses.field(default_factory=dict)
    is_pyrt: bool = False


def pyrt_interpreter(backend, options=()):
    return Interpreter(backend, [pyrt_path(), *options], {"PYRT_BACKEND": backend}, True)


def python_interpreter(options=()):
    return Interpreter("python3.11", [PYTHON, *options])


def pypy_interpreter():
    return Interpreter("pypy3", [PYPY]) if os.access(PYPY, os.X_OK) else None


def clean_environment():
    """The environment without PYTHON* and PYRT* settings of the caller: runs are repeatable."""
    return {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "PYRT"))}


@dataclasses.dataclass
class Run:
    """What one run did. status is the exit status, or -N when signal N ended it."""
    status: int
    wall: float
    user: float
    system: float
    peak_kib: int
    stdout: bytes
    stderr: bytes
    timed_out: bool = False

    @property
    def cpu(self):
        return self.user + self.system

    def status_text(self):
        if self.timed_out:
            return "timed out"
        if self.status < 0:
            try:
                return f"killed by {signal.Signals(-self.status).name}"
            except ValueError:
                return f"killed by signal {-self.status}"
        return f"exit status {self.status}"


def kill_group(pid):
    for target in (lambda: os.killpg(pid, signal.SIGKILL), lambda: os.kill(pid, signal.SIGKILL)):
        try:
            target()
        except (ProcessLookupError, PermissionError):
            pass


def run_measured(argv, env=None, timeout=None, cwd=None, stdin=None):
    """Run argv to its end and return a Run. Output goes through files, never a full pipe."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        start = time.perf_counter()
        try:
            process = subprocess.Popen(argv, env=env, cwd=cwd, stdout=out, stderr=err,
                                       stdin=stdin or subprocess.DEVNULL,
                                       start_new_session=True)
        except OSError as error:
            raise ToolError(f"cannot start {argv[0]}: {error.strerror}") from None
        expired = threading.Event()

        def expire():
            expired.set()
            kill_group(process.pid)

        timer = threading.Timer(timeout, expire) if timeout else None
        if timer:
            timer.daemon = True
            timer.start()
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            kill_group(process.pid)
            process.wait()
            raise
        finally:
            if timer:
                timer.cancel()
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        return Run(process.returncode, wall, usage.ru_utime, usage.ru_stime, usage.ru_maxrss,
                   out.read(), err.read(), expired.is_set())


class Progress:
    """One line that is overwritten on a terminal, one line a step elsewhere (on stderr)."""

    def __init__(self, stream=None, enabled=True):
        self.stream = stream or sys.stderr
        self.enabled = enabled
        self.tty = self.stream.isatty()
        self.shown = False

    def show(self, text):
        if not self.enabled:
            return
        if self.tty:
            width = shutil.get_terminal_size().columns - 1
            self.stream.write("\r\033[K" + text[:width])
            self.shown = True
        else:
            self.stream.write(text + "\n")
        self.stream.flush()

    def clear(self):
        if self.enabled and self.shown:
            self.stream.write("\r\033[K")
            self.stream.flush()
            self.shown = False


def median(values):
    ordered = sorted(values)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return (ordered[middle - 1] + ordered[middle]) / 2


def spread_percent(values):
    """Half the distance between the extremes, as a percentage of the median."""
    middle = median(values)
    return 50.0 * (max(values) - min(values)) / middle if middle else 0.0


def geometric_mean(values):
    product = 1.0
    for value in values:
        product *= value ** (1.0 / len(values))
    return product


def format_table(headers, rows):
    """Rows of strings under headers; the first column is left aligned, the rest right."""
    widths = [max(len(str(cell)) for cell in column) for column in zip(headers, *rows)]
    lines = []
    for cells in (headers, ["-" * w for w in widths], *rows):
        padded = [str(c).ljust(w) if i == 0 else str(c).rjust(w)
                  for i, (c, w) in enumerate(zip(cells, widths))]
        lines.append("  ".join(padded).rstrip())
    return "\n".join(lines)


def seconds(value):
    return f"{value:.3f} s" if value < 10 else f"{value:.1f} s"


def machine():
    """One line about the machine: processor, usable cores, memory. Results mean little without."""
    model = "unknown processor"
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            for line in file:
                if line.startswith("model name"):
                    model = line.split(":", 1)[1].strip()
                    break
    except OSError:
        pass
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return f"{model}, {len(os.sched_getaffinity(0))} cores, {pages / 2**30:.0f} GiB"


def run_tool(main):
    """Call main() and turn its failures into clear messages and CPython-like exit statuses.

    A background job of a shell without job control ignores SIGINT, and programs started from it
    would too: put the usual handler back first.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        status = main()
    except ToolError as error:
        sys.stderr.write(f"{os.path.splitext(os.path.basename(sys.argv[0]))[0]}: {error}\n")
        status = 2
    except KeyboardInterrupt:
        sys.stderr.write("\ninterrupted\n")
        status = 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        status = 1
    sys.exit(status)


def known_failure(stage, label):
    """The reason why `label` of `stage` is known to fail (tests/known_failures.txt), or None."""
    with open(os.path.join(ROOT, "tests", "known_failures.txt"), encoding="utf-8") as file:
        for line in file:
            if line.strip() and not line.startswith("#"):
                where, pattern, reason = (part.strip() for part in line.split("|", 2))
                if where == stage and fnmatch.fnmatch(label, pattern):
                    return reason
    return None
