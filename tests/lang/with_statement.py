# SPDX-License-Identifier: MIT
"""with: protocol, several managers, suppression, errors in enter and exit, contextlib."""
import contextlib
import io
from _check import raises

log = []


class Manager:
    def __init__(self, name, suppress=False, fail=None):
        self.name, self.suppress, self.fail = name, suppress, fail

    def __enter__(self):
        log.append(f"enter {self.name}")
        if self.fail == "enter":
            raise OSError("enter")
        return self.name

    def __exit__(self, kind, value, traceback):
        log.append(f"exit {self.name} {kind.__name__ if kind else None}")
        assert (kind is None) == (value is None) == (traceback is None)
        if self.fail == "exit":
            raise OSError("exit")
        return self.suppress


with Manager("a") as a, Manager("b") as b:
    assert (a, b) == ("a", "b")
assert log == ["enter a", "enter b", "exit b None", "exit a None"]
log.clear()
with (Manager("a", True), Manager("b") as b,):
    raise KeyError
assert log == ["enter a", "enter b", "exit b KeyError", "exit a KeyError"]


def body(manager, error=None):
    log.clear()
    with manager:
        if error:
            raise error
    return "after"


assert body(Manager("x", True), ValueError()) == "after"
raises(ValueError, body, Manager("x"), ValueError())
raises(OSError, body, Manager("x", fail="enter"))
assert log == ["enter x"]
error = raises(OSError, body, Manager("x", fail="exit"), ValueError("ctx"))
assert isinstance(error.__context__, ValueError)


def returning():
    for i in range(3):
        with Manager(i):
            if i == 1:
                return i
            continue


log.clear()
assert returning() == 1 and log == ["enter 0", "exit 0 None", "enter 1", "exit 1 None"]
raises(TypeError, lambda: body(5), text="'int' object does not support the context manager protocol")


class NoExit:
    def __enter__(self):
        pass


raises(TypeError, body, NoExit(), text="'NoExit' object does not support the context manager protocol (missed __exit__ method)")


@contextlib.contextmanager
def managed(name):
    log.append("setup " + name)
    try:
        yield name.upper()
    except ValueError as error:
        log.append("handled " + str(error))
    finally:
        log.append("teardown")


log.clear()
with managed("m") as value:
    assert value == "M"
    raise ValueError("v")
assert log == ["setup m", "handled v", "teardown"]


@managed("deco")
def decorated():
    return 5


assert decorated() == 5
with contextlib.suppress(KeyError, IndexError):
    {}["x"]
with contextlib.redirect_stdout(io.StringIO()) as out:
    print("captured")
assert out.getvalue() == "captured\n"
log.clear()
with contextlib.ExitStack() as stack:
    names = [stack.enter_context(Manager(n)) for n in "ab"]
    stack.callback(log.append, "callback")
    stack.push(lambda *error: log.append("pushed"))
assert names == ["a", "b"] and log == ["enter a", "enter b", "pushed", "callback", "exit b None", "exit a None"]
with contextlib.closing(io.StringIO("x")) as f:
    assert f.read() == "x"
assert f.closed
with contextlib.nullcontext(7) as seven:
    assert seven == 7


class Target:
    pass


t, items = Target(), [0]
with Manager("n") as t.attr, Manager("m") as items[0], Manager("tuple"):
    pass
assert t.attr == "n" and items == ["m"]


@contextlib.contextmanager
def twice():
    yield 1
    yield 2


def use_twice():
    with twice():
        pass


raises(RuntimeError, use_twice, text="generator didn't stop")


@contextlib.contextmanager
def never():
    if False:
        yield


raises(RuntimeError, lambda: never().__enter__(), text="generator didn't yield")
