# SPDX-License-Identifier: MIT
"""Exceptions: flow, chaining, context, notes, finally, custom classes, tracebacks, suggestions."""
import codecs
import gc
import sys
import traceback
from _check import raises


def flow(n):
    log = []
    for i in range(3):
        try:
            log.append("try")
            if n == 0:
                break
            if n == 1:
                continue
            if n == 2:
                return log
            if n == 3:
                raise ValueError(n)
            if n == 4:
                [][1]
        except ValueError as error:
            log.append(("except", error.args))
        except (KeyError, IndexError):
            log.append("tuple")
            continue
        else:
            log.append("else")
        finally:
            log.append("finally")
    else:
        log.append("for-else")
    return log


assert flow(0) == ["try", "finally"] and flow(2) == ["try", "finally"]
assert flow(1) == ["try", "finally"] * 3 + ["for-else"] and flow(5) == ["try", "else", "finally"] * 3 + ["for-else"]
assert flow(3) == ["try", ("except", (3,)), "finally"] * 3 + ["for-else"]
assert flow(4) == ["try", "tuple", "finally"] * 3 + ["for-else"]


def override():
    try:
        1 / 0
    finally:
        return "finally wins"


def nested():
    try:
        try:
            raise KeyError("a")
        finally:
            raise ValueError("b")
    except ValueError as error:
        return type(error.__context__), error.__cause__, error.__suppress_context__


assert override() == "finally wins" and nested() == (KeyError, None, False)
try:
    try:
        raise KeyError("low")
    except KeyError as low:
        raise RuntimeError("high") from low
except RuntimeError as error:
    assert isinstance(error.__cause__, KeyError) and error.__suppress_context__ and error.__context__ is error.__cause__
try:
    try:
        raise KeyError
    except KeyError:
        raise ValueError from None
except ValueError as error:
    assert error.__cause__ is None and error.__suppress_context__ and isinstance(error.__context__, KeyError)


class Custom(Exception):
    def __init__(self, code, text):
        super().__init__(code, text)
        self.code = code

    def __str__(self):
        return f"custom {self.code}"


e = raises(Custom, (lambda: (_ for _ in ()).throw(Custom(5, "t"))), text="custom 5")
assert e.args == (5, "t") and repr(e) == "Custom(5, 't')" and e.code == 5
e.add_note("a note")
e.add_note("another")
assert e.__notes__ == ["a note", "another"]
text = "".join(traceback.format_exception(e))
assert text.endswith("Custom: custom 5\na note\nanother\n") and text.startswith("Traceback (most recent call last):\n")
assert str(ValueError()) == "" and str(ValueError(1)) == "1" and str(ValueError(1, 2)) == "(1, 2)"
assert repr(ValueError("x")) == "ValueError('x')" and str(KeyError("x")) == "'x'" and ValueError("a").args == ("a",)
assert issubclass(ZeroDivisionError, ArithmeticError) and issubclass(FileNotFoundError, OSError) and IOError is OSError
assert issubclass(KeyError, LookupError) and not issubclass(KeyboardInterrupt, Exception) and issubclass(UnicodeDecodeError, ValueError)
e = raises(FileNotFoundError, open, "/no/such/file", text="[Errno 2] No such file or directory: '/no/such/file'")
assert e.errno == 2 and e.filename == "/no/such/file" and e.strerror == "No such file or directory"
assert type(OSError(17, "x")) is FileExistsError and type(OSError(1)) is OSError and OSError(13, "p").errno == 13
e = raises(StopIteration, next, iter([]))
assert e.value is None and SystemExit(3).code == 3 and StopIteration(5).value == 5
e = raises(AttributeError, lambda: (5).nope, text="'int' object has no attribute 'nope'")
assert e.name == "nope" and e.obj == 5
e = raises(NameError, lambda: undefined_name, text="name 'undefined_name' is not defined")
assert e.name == "undefined_name"
e = raises(ModuleNotFoundError, __import__, "no_such_module", text="No module named 'no_such_module'")
assert e.name == "no_such_module"


def unbound():
    print(value)
    value = 1


raises(UnboundLocalError, unbound, text="cannot access local variable 'value' where it is not associated with a value")


def free():
    def f():
        return cell
    f()
    cell = 1


raises(NameError, free, text="cannot access free variable 'cell' where it is not associated with a value in enclosing scope")
nothing, five = None, 5
for bad, message in [(lambda: nothing(), "'NoneType' object is not callable"), (lambda: 1 < "a", "'<' not supported between instances of 'int' and 'str'"),
                     (lambda: [][nothing], "list indices must be integers or slices, not NoneType"),
                     (lambda: len(5), "object of type 'int' has no len()"), (lambda: iter(5), "'int' object is not iterable"),
                     (lambda: next(5), "'int' object is not an iterator"), (lambda: -"a", "bad operand type for unary -: 'str'"),
                     (lambda: five[0], "'int' object is not subscriptable"), (lambda: {}.x, None), (lambda: [*5], "Value after * must be an iterable, not int"),
                     (lambda: {**5}, "'int' object is not a mapping"), (lambda: print(**{1: 2}), "keywords must be strings"),
                     (lambda: "a" @ "b", "unsupported operand type(s) for @: 'str' and 'str'"), (lambda: int("1", x=1), None)]:
    try:
        bad()
    except (TypeError, AttributeError) as error:
        assert message is None or str(error) == message, (str(error), message)
    else:
        raise AssertionError(message)


def level3():
    return 1 / 0


def level2():
    level3()


try:
    level2()
except ZeroDivisionError as error:
    frames = traceback.extract_tb(error.__traceback__)
    assert [f.name for f in frames] == ["<module>", "level2", "level3"] and frames[-1].line == "return 1 / 0"
    assert error.__traceback__.tb_frame.f_globals is globals() and error.__traceback__.tb_next.tb_lineno == frames[1].lineno
    assert (frames[-1].colno, frames[-1].end_colno) == (11, 16)
    assert sys.exc_info()[1] is error and sys.exception() is error
assert sys.exc_info() == (None, None, None)
try:
    raise ValueError("x").with_traceback(None)
except ValueError as error:
    kept = error
assert "error" not in globals() and kept.__traceback__ is not None
raises(TypeError, lambda: exec("raise 5"), text="exceptions must derive from BaseException")
raises(RuntimeError, lambda: exec("raise"), text="No active exception to reraise")


def reraise():
    try:
        1 / 0
    except ZeroDivisionError:
        try:
            raise
        finally:
            pass


raises(ZeroDivisionError, reraise)


def catch_wrong():
    try:
        1 / 0
    except 5:
        pass


raises(TypeError, catch_wrong, text="catching classes that do not inherit from BaseException is not allowed")
try:
    assert 1 == 2, "message"
except AssertionError as error:
    assert str(error) == "message"


try:
    raise ExceptionGroup("eg", [ValueError(1)])
except Exception as error:
    assert str(error) == "eg (1 sub-exception)"
import pickle
copy = pickle.loads(pickle.dumps(ValueError("a", 1)))
assert type(copy) is ValueError and copy.args == ("a", 1)


# an exception that was raised in a function and caught by its caller is no cycle with its frames: it dies at once
class Dying(Exception):
    count = 0

    def __del__(self):
        Dying.count += 1


def raiser(*args):
    raise Dying(*args)


def reraiser(*args):
    try:
        raiser(*args)
    except Dying:
        raise


def raising_generator():
    yield 1
    raiser(2)


def catch(f):
    try:
        f(1)
    except Dying:
        return


for count, f in enumerate((raiser, reraiser, lambda x: list(raising_generator()), lambda x: [raiser(i) for i in range(x)]), 1):
    catch(f)
    assert Dying.count == count, (Dying.count, count)


# An exception that becomes cause and context of another one is held by both.
def stop():
    yield
    raise failure


def run(failure_type):
    global failure
    failure = failure_type("first")
    gen = stop()
    next(gen)
    try:
        next(gen)
    except RuntimeError as error:
        assert error.__cause__ is error.__context__ is failure
        error.__context__ = None
        del failure
        gc.collect()
        filler = [object() for _ in range(100)]
        assert repr(error.__cause__) == "StopIteration('first')", error.__cause__


run(StopIteration)


def failing_codec(*args):
    raise codec_error


def find_codec(name):
    return codecs.CodecInfo(failing_codec, failing_codec, name=name) if name == "failing_codec" else None


codec_error = RuntimeError("kept")
codecs.register(find_codec)
for attempt in range(3):
    try:
        "text".encode("failing_codec")
    except RuntimeError as error:
        assert error.__cause__ is codec_error, error.__cause__
    gc.collect()
    assert repr(codec_error) == "RuntimeError('kept')"
codecs.unregister(find_codec)
# What the carets of a method call mark: the attribute that is not there, the call that fails.
class Methods:
    def two(self, x):
        return x


def attribute(o):
    o.nothing(1)


def call(o):
    o.two(1, 2)


for f, columns in ((attribute, (4, 13)), (call, (4, 15))):
    try:
        f(Methods())
    except Exception as e:
        tb = e.__traceback__.tb_next
        assert list(tb.tb_frame.f_code.co_positions())[tb.tb_lasti // 2][2:] == columns, columns

