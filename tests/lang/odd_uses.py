# SPDX-License-Identifier: MIT
"""What programs seldom do and must survive: found by calling everything with odd arguments."""
import _imp
import _xxsubinterpreters
import subprocess
import sys
import syslog
from _check import raises


def run(program):
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)


# sys and builtins are imported anew, as modules of their own, where a program took them out of sys.modules
for name in "sys", "builtins":
    saved = sys.modules.pop(name)
    again = __import__(name)
    assert again is not saved and again is sys.modules[name] and again.__name__ == name
    assert vars(again).keys() >= ({"maxsize", "getsizeof"} if name == "sys" else {"len", "range", "print"})
    sys.modules[name] = saved

# shifts by more bits than an int has
assert [syslog.LOG_UPTO(v) for v in (7, 30, 31, -1, 1000)] == [255, 2147483647, 0, 0, 511]
assert [syslog.LOG_MASK(v) for v in (7, 31, 32, -1)] == [128, -2147483648, 1, -2147483648]

if sys.implementation.name == "pyrt":  # CPython 3.11 dies of these, or waits for ever
    for kind in property, classmethod:
        itself = kind(len)
        itself.__init__(itself)
        raises(RecursionError, lambda: itself.__isabstractmethod__)

    for name in 3, None, b"sys":
        spec = type("Spec", (), {"name": name})
        raises(TypeError, _imp.create_builtin, spec, text=f"name must be str, not {type(name).__name__}")

    # instances of subclasses have room for attributes
    class Identity(_xxsubinterpreters.InterpreterID):
        pass

    several = [Identity(0) for i in range(100)]
    for i, identity in enumerate(several):
        identity.number, identity.text = i, str(i)
    assert all(int(identity) == 0 and identity.number == i and identity.text == str(i) for i, identity in enumerate(several))

    end = run("""
import threading
class Late:
    def __init__(self):
        self.itself, self.threading = self, threading
    def __del__(self):
        try:
            self.threading.Thread(target=int).start()
        except RuntimeError as error:
            print(error)
late = Late()
""")
    assert end.stdout == "can't create new thread at interpreter shutdown\n" and end.returncode == 0, end
