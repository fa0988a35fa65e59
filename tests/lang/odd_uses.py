# SPDX-License-Identifier: MIT
"""What programs seldom do and must survive: found by calling everything with odd arguments."""
import _imp
import _xxsubinterpreters
import gc
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

# code of functions is executed without arguments
def one(x): return x
def keyword(*, y): return y
def defaults(x=1, *args, y=2, **kwargs): seen.append((x, args, y, kwargs))
def any_number(*args, **kwargs): seen.append((args, kwargs))
def listed(x): return [i for i in x]
def generator(): yield len(seen)


seen = []
for execute in exec, eval:
    raises(TypeError, execute, one.__code__, text="one() missing 1 required positional argument: 'x'")
    raises(TypeError, execute, keyword.__code__, text="keyword() missing 1 required keyword-only argument: 'y'")
    raises(TypeError, execute, defaults.__code__, globals())
    raises(TypeError, execute, listed.__code__.co_consts[1], text="<listcomp>() missing 1 required positional argument: '.0'")
    execute(any_number.__code__, globals(), {"seen": None})
    execute((lambda: seen.append(1)).__code__, globals())
assert seen == [((), {}), 1] * 2
assert list(eval(generator.__code__, globals())) == [4]

# an mro() that fails after it has let the collector run: the MROs that were are back, alive
class Meta(type):
    failing = False

    def mro(self):
        gc.collect()
        if Meta.failing and self.__name__ == "Last":
            raise ValueError
        return type.mro(self)


class First(metaclass=Meta): pass
class Other(metaclass=Meta): attribute = "other"
class Middle(First): pass
class Last(Middle): pass


Meta.failing = True
for i in range(20):
    try:
        Middle.__bases__ = (Other,)
    except ValueError:
        pass
    else:
        raise AssertionError("mro() did not fail")
    filling = [(i,) * 4 for i in range(1000)]
    assert Middle.__bases__ == (First,) and Middle.__mro__ == (Middle, First, object), Middle.__mro__
    assert Last.__mro__ == (Last, Middle, First, object) and not hasattr(Last(), "attribute")

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
