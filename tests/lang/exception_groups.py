# SPDX-License-Identifier: MIT
"""Exception groups and except*: split, subgroup, nesting, reraising, chaining."""
import traceback
from _check import raises

group = ExceptionGroup("top", [ValueError(1), TypeError("t"), ExceptionGroup("nested", [ValueError(2), OSError(3)])])
assert group.message == "top" and len(group.exceptions) == 3 and str(group) == "top (3 sub-exceptions)"
match, rest = group.split(ValueError)
assert [type(e) for e in match.exceptions] == [ValueError, ExceptionGroup] and match.exceptions[1].exceptions[0].args == (2,)
assert [type(e) for e in rest.exceptions] == [TypeError, ExceptionGroup]
assert group.subgroup(KeyError) is None and group.subgroup(lambda e: True) is group
assert group.split((ValueError, OSError, TypeError))[1] is None
assert group.derive([KeyError()]).message == "top"
assert type(BaseExceptionGroup("b", [ValueError()])) is ExceptionGroup
assert type(BaseExceptionGroup("b", [KeyboardInterrupt()])) is BaseExceptionGroup
raises(TypeError, ExceptionGroup, "x", [KeyboardInterrupt()], text="Cannot nest BaseExceptions in an ExceptionGroup")
raises(ValueError, ExceptionGroup, "x", [], text="second argument (exceptions) must be a non-empty sequence")
raises(TypeError, ExceptionGroup, 1, [ValueError()])


def handle(error):
    log = []
    try:
        raise error
    except* ValueError as caught:
        log.append(("value", sorted(str(e) for e in caught.exceptions)))
    except* (TypeError, KeyError) as caught:
        log.append(("type", len(caught.exceptions)))
    else:
        log.append("else")
    finally:
        log.append("finally")
    return log


assert handle(ExceptionGroup("g", [ValueError(1), TypeError(), ValueError(2)])) == [("value", ["1", "2"]), ("type", 1), "finally"]
assert handle(ValueError(7)) == [("value", ["7"]), "finally"]
left = raises(ExceptionGroup, handle, ExceptionGroup("g", [ValueError(1), OSError("left")]))
assert [type(e) for e in left.exceptions] == [OSError] and left.message == "g"
raises(OSError, handle, OSError("naked"))


def nothing():
    log = []
    try:
        pass
    except* ValueError:
        log.append("no")
    else:
        log.append("else")
    return log


assert nothing() == ["else"]


def reraise_part():
    try:
        raise ExceptionGroup("g", [ValueError("v"), TypeError("t"), KeyError("k")])
    except* ValueError:
        raise
    except* TypeError:
        raise RuntimeError("new")
    except* KeyError:
        pass


error = raises(ExceptionGroup, reraise_part)
kinds = sorted(type(e).__name__ for e in error.exceptions)
assert kinds == ["ExceptionGroup", "RuntimeError"], kinds


def nested_star():
    try:
        try:
            raise ExceptionGroup("in", [ValueError(1), KeyError(2)])
        except* KeyError:
            pass
    except* ValueError as group:
        found = [e.args for e in group.exceptions]
    return found


assert nested_star() == [(1,)]


class Mine(ExceptionGroup):
    def derive(self, exceptions):
        return Mine(self.message, exceptions)


mine = Mine("m", [ValueError(), TypeError()])
assert type(mine.split(ValueError)[0]) is Mine
text = "".join(traceback.format_exception(group))
assert "ExceptionGroup: top (3 sub-exceptions)" in text and "+---------------- 1 ----------------" in text
assert "    | ValueError: 1" in text and "      | OSError: 3" in text
raises(TypeError, lambda: exec("try:\n raise ValueError\nexcept* ExceptionGroup: pass"),
       text="catching ExceptionGroup with except* is not allowed. Use except instead.")
for source in ("try: pass\nexcept* ValueError: break", "def f():\n try: pass\n except* ValueError: return",
               "try: pass\nexcept ValueError: pass\nexcept* TypeError: pass", "try: pass\nexcept*: pass"):
    raises(SyntaxError, compile, "for x in y:\n " + source.replace("\n", "\n ") if "break" in source else source, "t", "exec")
