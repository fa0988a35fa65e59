# SPDX-License-Identifier: MIT
"""The command line: options, statuses, streams, tracebacks, signals, as a shell sees them."""
import os
import signal
import subprocess
import sys
import tempfile


for variable in [name for name in os.environ if name.startswith("PYTHON")]:
    del os.environ[variable]


def run(*args, stdin="", env=None, cwd=None):
    done = subprocess.run([sys.executable, *args], input=stdin, capture_output=True, text=True, cwd=cwd,
                          env={**os.environ, **(env or {})}, timeout=60)
    return done.returncode, done.stdout, done.stderr


assert run("-c", "print(1)") == (0, "1\n", "")
assert run("-c", "import sys; print(sys.argv)", "a", "-b")[1] == "['-c', 'a', '-b']\n"
assert run("-c", "import sys; sys.exit(3)")[0] == 3 and run("-c", "import sys; sys.exit('msg')") == (1, "", "msg\n") and run("-c", "raise SystemExit")[0] == 0
status, out, err = run("-c", "1/0")
assert status == 1 and err == 'Traceback (most recent call last):\n  File "<string>", line 1, in <module>\nZeroDivisionError: division by zero\n'
status, out, err = run("-c", "x = (")
assert status == 1 and err == '  File "<string>", line 1\n    x = (\n        ^\nSyntaxError: \'(\' was never closed\n'
assert run("-", "arg", stdin="import sys; print(sys.argv)")[1] == "['-', 'arg']\n" and run(stdin="print(5)")[1] == "5\n"
assert run("-V")[1].startswith("Python 3.11.") and run("--version")[0] == 0
status, out, err = run("-Q")
assert status == 2 and "Unknown option: -Q" in err
status, out, err = run("/no/such/file.py")
assert status == 2 and "can't open file '/no/such/file.py': [Errno 2] No such file or directory" in err
assert run("-h")[0] == 0 and "usage:" in run("-h")[1]
assert run("-m", "no_such_module_x")[0] == 1 and "No module named no_such_module_x" in run("-m", "no_such_module_x")[2]
with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "prog.py")
    with open(path, "w") as f:
        f.write("import sys, os\nprint(__name__, os.path.basename(__file__), sys.path[0] == os.path.dirname(os.path.abspath(__file__)))\n"
                "def inner():\n    return [1, 2][7] + 1\ninner()\n")
    status, out, err = run(path)
    assert status == 1 and out == "__main__ prog.py True\n"
    assert err == (f'Traceback (most recent call last):\n  File "{path}", line 5, in <module>\n    inner()\n  File "{path}", line 4, in inner\n'
                   "    return [1, 2][7] + 1\n           ~~~~~~^^^\nIndexError: list index out of range\n"), err
    with open(path, "w") as f:
        f.write("def f():\n    length = 1\n    return lenght\nf()\n")
    assert run(path)[2].endswith("NameError: name 'lenght' is not defined. Did you mean: 'length'?\n")
    with open(path, "wb") as f:
        f.write(b"# -*- coding: latin-1 -*-\nprint('\xe9' == chr(233))\n")
    assert run(path)[1] == "True\n"
    with open(path, "wb") as f:
        f.write(b"\xff\xfe\x00binary")
    status, out, err = run(path)
    assert status == 1 and "SyntaxError" in err
    os.mkdir(os.path.join(folder, "app"))
    with open(os.path.join(folder, "app", "__main__.py"), "w") as f:
        f.write("print('main of app', __name__)\n")
    assert run(os.path.join(folder, "app"))[1] == run("-m", "app", cwd=folder)[1] == "main of app __main__\n"
    with open(os.path.join(folder, "mod.py"), "w") as f:
        f.write("import sys\nprint(__name__, sys.argv[1:], __spec__.name)\n")
    assert run("-m", "mod", "x", cwd=folder)[1] == "__main__ ['x'] mod\n"
assert run("-O", "-c", "assert 0; print(__debug__)") == (0, "False\n", "")
assert run("-c", "import sys; print(sys.flags.optimize)")[1] == "0\n" and run("-OO", "-c", "def f(): 'doc'\nprint(f.__doc__)")[1] == "None\n"
assert run("-W", "error", "-c", "import warnings; warnings.warn('w')")[0] == 1 and "UserWarning: w" in run("-c", "import warnings; warnings.warn('w')")[2]
assert run("-X", "utf8", "-c", "import sys; print(sys.flags.utf8_mode, sys._xoptions)")[1] == "1 {'utf8': True}\n"
assert run("-I", "-c", "import sys; print(sys.flags.isolated, sys.flags.ignore_environment, sys.flags.no_user_site)")[1] == "1 1 1\n"
assert run("-S", "-c", "import sys; print('site' in sys.modules)")[1] == "False\n" and run("-B", "-c", "import sys; print(sys.dont_write_bytecode)")[1] == "True\n"
assert run("-u", "-c", "import sys; print(sys.stdout.write_through)")[1] == "True\n" and run("-q", "-c", "0")[0] == 0
assert run("-c", "import os; print(os.environ['A'])", env={"A": "é"})[1] == "é\n"
assert run("-c", "import random_x", env={"PYTHONPATH": "/nowhere"})[0] == 1
assert run("-c", "print(hash('a'))", env={"PYTHONHASHSEED": "5"})[1] == run("-c", "print(hash('a'))", env={"PYTHONHASHSEED": "5"})[1]
assert run("-c", "print(input('? '))", stdin="answer\n") == (0, "? answer\n", "")
assert run("-c", "input()")[0] == 1 and "EOFError: EOF when reading a line" in run("-c", "input()")[2]
assert run("-c", "import atexit; atexit.register(print, 'bye'); print('hi')")[1] == "hi\nbye\n"
assert run("-c", "import threading, time; threading.Thread(target=lambda: (time.sleep(.05), print('late'))).start(); print('first')")[1] == "first\nlate\n"
assert run("-c", "import threading, time; threading.Thread(target=time.sleep, args=(60,), daemon=True).start()")[0] == 0
assert run("-c", "class A:\n def __del__(self): print('del')\na = A()")[1] == "del\n"
assert run("-c", "import os; os._exit(7)")[0] == 7 and run("-c", "import os; os.abort()")[0] == -signal.SIGABRT
assert run("-c", "import os, signal; os.kill(os.getpid(), signal.SIGTERM)")[0] == -signal.SIGTERM
status, out, err = run("-c", "import os, signal, time; os.kill(os.getpid(), signal.SIGINT); time.sleep(5)")
assert status == -signal.SIGINT and err.endswith("KeyboardInterrupt\n")
interrupted = "import os, signal, threading\nmain = threading.main_thread()\nthreading.Timer(.2, os.kill, (os.getpid(), signal.SIGINT)).start()\ntry:\n x = 0\n while True:\n  x += 1\nexcept KeyboardInterrupt:\n print('caught')"
assert run("-c", interrupted)[1] == "caught\n"
alarm = "import signal, time\nsignal.signal(signal.SIGALRM, lambda n, f: print('alarm', n))\nsignal.setitimer(signal.ITIMER_REAL, .05)\ntime.sleep(.2)\nprint('slept')"
assert run("-c", alarm)[1] == f"alarm {signal.SIGALRM.value}\nslept\n"
fork = "import os\npid = os.fork()\nif pid == 0: os._exit(9)\nprint(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))"
assert run("-c", fork)[1] == "9\n"
closed = subprocess.run(f"{sys.executable} -c 'print(1)' >&-", shell=True, capture_output=True, text=True)
assert closed.returncode in (0, 120)
full = subprocess.run(f"{sys.executable} -c 'print(1)' > /dev/full", shell=True, capture_output=True, text=True)
assert full.returncode == 120 and "No space left on device" in full.stderr
broken = subprocess.run(f"{sys.executable} -c 'for i in range(100000): print(i)' | head -1", shell=True, capture_output=True, text=True)
assert broken.stdout == "0\n" and "BrokenPipeError" in broken.stderr
assert run("-i", "-c", "x = 5", stdin="print(x + 1)\n")[1].endswith("6\n")
# Input that ends within a statement: it is run as it is, or found wrong; a newline goes behind the last prompt.
for text, last in (("(1\n", "SyntaxError: '(' was never closed\n>>> \n"), ("if 1:\n  2", ">>> ... ... \n>>> \n"),
                   ("x = [\n", "SyntaxError: '[' was never closed\n>>> \n"), ("", ">>> \n")):
    status, out, err = run("-i", "-q", stdin=text)
    assert status == 0 and err.endswith(last), (text, err)
assert run("-c", "import sys; print(sys.executable == %r)" % sys.executable)[1] == "True\n"
group = "raise ExceptionGroup('g', [ValueError(1)])"
assert run("-c", group)[2] == ("  + Exception Group Traceback (most recent call last):\n  |   File \"<string>\", line 1, in <module>\n  | ExceptionGroup: g (1 sub-exception)\n"
                               "  +-+---------------- 1 ----------------\n    | ValueError: 1\n    +------------------------------------\n")
assert run("-c", "try:\n 1/0\nexcept Exception as e:\n raise KeyError('k') from e")[2].count("Traceback") == 2


def shell(command, timeout=60):
    done = subprocess.run(["bash", "-c", command.replace("PYTHON", sys.executable)], capture_output=True, text=True, timeout=timeout)
    return done.returncode, done.stdout, done.stderr


# a line of a script ends at a NUL; what follows the line is still read
assert shell(r'printf "print(1)\n\0 x\nprint(2)\n" > $0.py; PYTHON $0.py; rm $0.py'.replace("$0", "/tmp/nul$$")) == (0, "1\n2\n", "")
# the line of a SyntaxError is shown without the tabs that it begins with
assert run("-c", "if 1:\n\t x = 1 1")[2] == '  File "<string>", line 2\n    x = 1 1\n          ^\nSyntaxError: invalid syntax\n'
assert run("-c", "if 1:\n        x = 1\n\ty = 2")[2].endswith("line 3\n    y = 2\nTabError: inconsistent use of tabs and spaces in indentation\n")
# a warning option given twice counts once
assert run("-Wonce", "-Wignore", "-Wonce", "-c", "import sys; print(sys.warnoptions)")[1] == "['once', 'ignore']\n"

# streams that are full, closed or cut off
assert shell('PYTHON -c "print(1)" > /dev/full')[0] == 120
status, out, err = shell('PYTHON -c "print(1); 1/0" > /dev/full')
assert status == 120 and "ZeroDivisionError" in err
assert shell('PYTHON -c "print(1)" >&-') == (0, "", "") and shell('PYTHON -c "1/0" 2>&-')[0] == 1
assert shell('PYTHON -c "input()" </dev/null')[2].endswith("EOFError: EOF when reading a line\n")
assert shell('PYTHON -c "for i in range(100000): print(i)" | head -1; exit ${PIPESTATUS[0]}')[2].startswith("Traceback")
# streams that fail: the status says so, and one report is enough
assert shell('PYTHON -c "1/0" 2>/dev/full')[0] == 120 and shell('PYTHON -c "import sys; sys.exit(\'x\')" 2>/dev/full')[0] == 120
assert shell('PYTHON -c "for i in range(100000): print(i)" | head -1; exit ${PIPESTATUS[0]}')[::2] == (
    1, 'Traceback (most recent call last):\n  File "<string>", line 1, in <module>\nBrokenPipeError: [Errno 32] Broken pipe\n')
assert shell('PYTHON -c "for i in range(9999): print(i)" > /dev/full')[0] == 1 and shell("PYTHON <&-") == (0, "", "")
replaced = "import sys\nclass E:\n    def write(s, x): return len(x)\n    def flush(s): 1/0\nsys.stdout = E()"
status, out, err = run("-c", replaced)
assert status == 120 and err.count("ZeroDivisionError") == 1, err
# files that are no programs
with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "prog.py")
    for text, message in ((b"print(1)\n# \xe9\n", "Non-UTF-8 code starting with '\\xe9' in file %s on line 2, but no encoding declared" % path),
                          (b"x = '\xe2\x82", "Non-UTF-8 code starting with '\\xe2'"), (b"# coding: no-such-7\n", "no-such-7")):
        with open(path, "wb") as f:
            f.write(text)
        status, out, err = run(path)
        assert (status, out) == (1, "") and message in err, err
    os.mkdir(os.path.join(folder, "empty"))
    assert run("empty", cwd=folder)[::2] == (1, f"{sys.executable}: can't find '__main__' module in '{os.path.join(folder, 'empty')}'\n")
    with open(path, "w") as f:
        f.write("started = 1\n")
    status, out, err = run("-i", "-q", stdin="print(started)\nx=\nimport sys\nsys.exit(4)\n", env={"PYTHONSTARTUP": path})
    assert (status, out) == (4, "1\n") and "SyntaxError: invalid syntax" in err, (status, out, err)
# choices that cannot be
for variable, value in (("PYTHONHASHSEED", "abc"), ("PYTHONMALLOC", "abc"), ("PYTHONTRACEMALLOC", "abc"), ("PYTHONUTF8", "5"),
                        ("PYTHONIOENCODING", "no-such-7"), ("PYTHONHOME", "/nonexistent"), ("PYTHONINTMAXSTRDIGITS", "1")):
    assert run("-c", "1", env={variable: value})[:2] == (1, ""), variable
assert run("-X", "frozen_modules=abc", "-c", "1")[0] == run("-X", "tracemalloc=abc", "-c", "1")[0] == 1
# the end of the process
assert run("-c", "import atexit; atexit.register(lambda: atexit.register(print, 'too late'))") == (0, "", "")
assert run("-c", "import gc, time\nseen = []\ndef note(*a): seen.append(time.time())\ngc.callbacks.append(note)") == (0, "", "")
hung_up = "import os, sys\nclass A:\n def __init__(s, n): s.n = n\n def __del__(s, w=os.write): w(1, s.n)\none = A(b'1')\nos.a = A(b'2')\nsys.a = A(b'3')\nl = [A(b'4')]"
assert run("-c", hung_up)[1] == "2314"
in_order = hung_up.replace("os.a", "two").replace("sys.a", "three")  # variables die from top to bottom
assert run("-c", in_order)[1] == "1234"
assert run("-c", "class A:\n def __del__(s): raise ValueError\na = A()")[2].endswith(
    'Traceback (most recent call last):\n  File "<string>", line 2, in __del__\nValueError: \n')
# memory runs out: an exception that can be caught, and life goes on
can_limit = shell("ulimit -v 300000; PYTHON -c 0")[0] == 0  # not under a sanitizer
for body in ["x = bytearray(10**9)", "x = []\n    while 1: x.append(bytearray(10**6))", "x = 'a'\n    while 1: x += x", "x = set()\n    while 1: x.add(len(x))",
             "x = 1 << 10**8\n    while 1: x *= x", "x = {}\n    while 1: x[str(len(x))] = []"] * can_limit:
    program = f"try:\n    {body}\nexcept MemoryError:\n    x = None\n    print('caught')\n"
    with tempfile.NamedTemporaryFile("w", suffix=".py") as f:
        f.write(program)
        f.flush()
        assert shell(f"ulimit -v 300000; PYTHON {f.name}") == (0, "caught\n", ""), (body, shell(f"ulimit -v 300000; PYTHON {f.name}"))
# What uses memory up for good: the error is told all the same (where no memory is left for it, without a traceback), and
# the status is an error's.
for body in ("class A:\n    def __init__(self, i): self.i = i; self.d = {i: i}\nkept = []\nwhile 1: kept.append(A(len(kept)))",
             "kept = []\nwhile 1:\n    try: raise ValueError(len(kept))\n    except ValueError as error: kept.append(error)") * can_limit:
    with tempfile.NamedTemporaryFile("w", suffix=".py") as f:
        f.write(body)
        f.flush()
        status, out, err = shell(f"ulimit -v 250000; PYTHON {f.name}")
        assert status == 1 and ("\n" + err).endswith("\nMemoryError\n"), (status, err)
# cached code that is cut short or has flipped bits: an exception or a fresh compilation, never a crash
with tempfile.TemporaryDirectory() as folder:
    cache = os.path.join(folder, "cache")
    os.mkdir(cache, 0o700)
    with open(os.path.join(folder, "victim.py"), "w") as f:
        f.write("import functools\nclass A:\n    'doc'\n    x = (1, 'two', 3.5, b'four', None)\n"
                "    def f(self, a, *b, c=1, **d):\n        try:\n            return [i * a for i in self.x if i] + [lambda: a]\n"
                "        except TypeError as e:\n            return str(e)\nprint(A().f('s'), A.f.__doc__)\n")
    env = {"PYTHONPYCACHEPREFIX": cache, "XDG_CACHE_HOME": cache}
    good = run("-c", "import victim", cwd=folder, env=env)
    assert good[0] == 0
    [path] = [os.path.join(d, n) for d, _, names in os.walk(cache) for n in names if n.startswith("victim")]
    with open(path, "rb") as f:
        data = f.read()
    for i in list(range(16, len(data), max(1, len(data) // 25))):
        for broken in (data[:i], data[:i] + bytes([data[i] ^ 0x41]) + data[i + 1:]):
            with open(path, "wb") as f:
                f.write(broken)
            if sys.implementation.name != "cpython":  # CPython trusts its files and may crash
                assert run("-c", "import victim", cwd=folder, env=env)[0] in (0, 1), (i, len(broken))
    with open(path, "wb") as f:
        f.write(data)
    if sys.implementation.name != "cpython":  # what is broken is made anew, and what cannot be written whole is not written
        for k in (17, 40, len(data) - 1):
            for broken in (data[:k], data[:k] + bytes([data[k] ^ 8]) + data[k + 1:]):
                with open(path, "wb") as f:
                    f.write(broken)
                assert run("-c", "import victim", cwd=folder, env=env) == good, k
                run("-c", "import victim", cwd=folder, env=env)
                with open(path, "rb") as f:
                    assert f.read() == data, k
    os.unlink(path)
    if sys.implementation.name != "cpython" and "TSAN_OPTIONS" not in os.environ: # which writes files of its own
        limited = subprocess.run(["bash", "-c", f"ulimit -f 0; {sys.executable} -c 'import victim' | cat"], capture_output=True, text=True,
                                 cwd=folder, env={**os.environ, **env})
        assert limited.stdout == good[1] and not os.path.exists(path), limited
# A virtual environment: the program is found under the name it was called by.
with tempfile.TemporaryDirectory() as folder:
    folder = os.path.realpath(folder)
    assert run("-m", "venv", "--without-pip", "v", cwd=folder)[0] == 0
    seen = "import sys; print(sys.executable, sys.prefix, sys.base_prefix == sys.prefix, sys._base_executable)"
    expected = f"{folder}/v/bin/python {folder}/v False "
    for name, where in ((f"{folder}/v/bin/python", None), ("v/bin/python", folder), ("./python", folder + "/v/bin")):
        out = subprocess.run([name, "-c", seen], capture_output=True, text=True, cwd=where, timeout=60).stdout
        assert out.startswith(expected) and os.path.realpath(out.split()[-1]) == os.path.realpath(sys.executable), out
    out = subprocess.run(["python", "-c", seen], capture_output=True, text=True, env={**os.environ, "PATH": f"/nowhere:{folder}/v/bin:/usr/bin"}, timeout=60).stdout
    assert out.startswith(expected), out
    made = subprocess.run([f"{folder}/v/bin/python", "-m", "venv", "--without-pip", f"{folder}/v2"], timeout=60).returncode
    out = subprocess.run([f"{folder}/v2/bin/python", "-c", seen], capture_output=True, text=True, timeout=60).stdout
    assert made == 0 and out.startswith(f"{folder}/v2/bin/python {folder}/v2 False "), out
# What the program's own bytes are, and where it is, is told in python3.11's words.
with tempfile.TemporaryDirectory() as folder:
    folder, path = os.path.realpath(folder), os.path.join(os.path.realpath(folder), "prog.py")
    for text, expected in ((b"# coding: foo-bar\n1", "encoding problem: foo-bar"), (b"# coding: rot13\n1", "encoding problem: rot13"),
                           (b"\xef\xbb\xbf# coding: latin-1\n1", "encoding problem: iso-8859-1 with BOM"),
                           (b"# coding: ascii\n'\xe9'", "encoding problem: ascii"), (b"# coding: euc-jp\n'\xa4\xff'", "encoding problem: euc-jp")):
        with open(path, "wb") as f:
            f.write(text)
        assert run(path) == (1, "", f"SyntaxError: {expected}\n"), text
    for text, out in ((b"print(1)\n\0print(2)\n", "1\n"), (b"print(1)\n'''a\0b\nc'''\nprint(3)\n", "1\n3\n"), (b"print(1) \0", "1\n"), (b"\0print(1)\n", "")):
        with open(path, "wb") as f:
            f.write(text)
        assert run(path) == (0, out, ""), text
    with open(path, "w") as f:
        f.write("print(__file__)")
    assert run("./prog.py", cwd=folder)[1] == f"{folder}/./prog.py\n" and run(".//prog.py", cwd=folder)[1] == f"{folder}/.//prog.py\n"
    assert run(".", cwd=folder)[2].endswith(f"can't find '__main__' module in '{folder}'\n")
assert run("-u", "-c", "import sys; print(sys.stdout.line_buffering, sys.stderr.line_buffering, sys.stderr.write_through)")[1] == "False False True\n"
# An error's display is the interpreter's: blanks at the end of lines count, a cause is shown where it is first met.
with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "prog.py")
    with open(path, "w") as f:
        f.write("def g(): \n    x = [1][  \n      5] + 1    \ntry:\n    g() + 1 \t\nexcept Exception as e:  \n    try: raise KeyError(2) from e\n"
                "    except KeyError as k: raise ExceptionGroup('eg', [k, e])  \n")
    assert run(path)[2] == f'''Traceback (most recent call last):
  File "{path}", line 5, in <module>
    g() + 1 \t
    ^^^
  File "{path}", line 2, in g
    x = [1][\x20\x20
        ^^^^
IndexError: list index out of range

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "{path}", line 7, in <module>
    try: raise KeyError(2) from e
         ^^^^^^^^^^^^^^^^^^^^^^^^
KeyError: 2

During handling of the above exception, another exception occurred:

  + Exception Group Traceback (most recent call last):
  |   File "{path}", line 8, in <module>
  |     except KeyError as k: raise ExceptionGroup('eg', [k, e])\x20\x20
  |                           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  | ExceptionGroup: eg (2 sub-exceptions)
  +-+---------------- 1 ----------------
    | Traceback (most recent call last):
    |   File "{path}", line 7, in <module>
    |     try: raise KeyError(2) from e
    |          ^^^^^^^^^^^^^^^^^^^^^^^^
    | KeyError: 2
    +---------------- 2 ----------------
    | Traceback (most recent call last):
    |   File "{path}", line 5, in <module>
    |     g() + 1 \t
    |     ^^^
    |   File "{path}", line 2, in g
    |     x = [1][\x20\x20
    |         ^^^^
    | IndexError: list index out of range
    +------------------------------------
''', run(path)[2]
# What hangs on sys dies when the streams are gone from there: nothing is heard of it.
assert run("-c", "import sys\nclass C:\n    def __del__(self): print('gone'); 1/0\nsys.kept = C()") == (0, "", "")
assert run(stdin="print(__name__, __file__, __cached__)")[1] == "__main__ <stdin> None\n"
times = run("-X", "importtime=1", "-c", "import json")[2].splitlines()
assert times[0] == "import time: self [us] | cumulative | imported package" and times[-1].endswith(" | json")
assert any(line.endswith(" |     json.scanner") for line in times)
# PYTHONINSPECT alone asks for a prompt where there is somebody to answer it; -i always does.
assert run("-c", "import os; os.environ['PYTHONINSPECT'] = '1'; print(1)", stdin="print(2)\n") == (0, "1\n", "")
# A warning out of what dies at the end is told in full.
late = "import warnings\nclass A:\n    def __init__(self): self.me = self\n    def __del__(self, warn=warnings.warn): warn('left open', ResourceWarning, source=self)\nA()"
assert "ResourceWarning: left open" in run("-W", "always", "-c", late)[2]
