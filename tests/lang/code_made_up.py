# SPDX-License-Identifier: MIT
"""Code objects whose fields or marshal data were changed: refused or run, never a crash."""
import marshal
import random
import sys
import types

PYRT = sys.implementation.name != "cpython"


def generator():
    yield 1
    return (yield 2)


def plain(a, *args, k=1, **kw):
    return [a for a in args], k, kw


async def coroutine():
    return 3


async def async_generator():
    yield 4


def outer():
    x = 1

    def inner(y):
        nonlocal x
        x += y
        return lambda: x
    return inner


def calls(f, text):
    import os.path as p
    from sys import version_info as v
    match text:
        case str(real=1) | [_, *_]:
            return 1
        case {"a": b, **rest}:
            return f(p, key=text, **rest)
    return p.join("a", end=1)


def run(code):
    cells = tuple(types.CellType(1) for _ in code.co_freevars)
    try:
        f = types.FunctionType(code, {"__builtins__": __builtins__}, "f", None, cells)
        r = f(*[1] * code.co_argcount)
        if hasattr(r, "send"):
            for _ in range(4):
                r.send(None)
        if hasattr(r, "asend"):
            r.asend(None).send(None)
        if callable(r):
            r()
    except (Exception, StopIteration):
        pass


functions = generator, plain, coroutine, async_generator, outer, outer(), calls
if PYRT:  # python3.11 crashes
    for function in functions:
        code = function.__code__
        for flag in [1 << i for i in range(26)] + [0xa0, 0x220, 0x280, 0x2a0]:
            try:
                run(code.replace(co_flags=code.co_flags ^ flag))
            except ValueError:
                pass
        for i in range(len(code.co_consts)):
            for other in None, 1, "x", (), ("a", "b"), ("a",) * 300, code, 1.5:
                consts = list(code.co_consts)
                consts[i] = other
                try:
                    run(code.replace(co_consts=tuple(consts)))
                except (ValueError, NotImplementedError):
                    pass
        for field in "co_consts", "co_names", "co_varnames", "co_freevars", "co_cellvars":
            was = getattr(code, field)
            for new in was[:-1], was + ("x",), was * 2, was[::-1], ():
                try:
                    run(code.replace(**{field: new}))
                except (ValueError, NotImplementedError):
                    pass
        for field in ("co_argcount", "co_posonlyargcount", "co_kwonlyargcount", "co_nlocals", "co_stacksize",
                      "co_firstlineno"):
            for new in 0, 1, 2, 255, 65536, 2**31 - 1, -1:
                try:
                    run(code.replace(**{field: new}))
                except ValueError:
                    pass

# A generator's code stays one's (python3.11: the flag alone does not make it another).
assert list(generator()) == [1, 2]
assert types.coroutine(generator).__code__.co_flags & 0x100


# ---- marshal data: a changed byte is seen ----
data = marshal.dumps(calls.__code__)
assert marshal.loads(data) == calls.__code__
if PYRT:
    rng = random.Random(5)
    loaded = 0
    for i in range(400):
        changed = bytearray(data)
        changed[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        try:
            got = marshal.loads(bytes(changed))
        except (ValueError, EOFError, TypeError):
            continue
        loaded += 1
        assert not isinstance(got, types.CodeType) or changed[0] ^ data[0] == 0x80, i
    assert loaded < 40


# ---- with a checksum that is right: instructions that leave what the code has are refused when it first runs ----
M = (1 << 64) - 1


def mix(a, b):
    x = a * b
    return x & M ^ x >> 64


def checksum(d):
    def word(at):
        return int.from_bytes(d[at:at + 8].ljust(8, b"\0"), "little")
    h = len(d) ^ 0x9e3779b97f4a7c15
    at = 0
    for at in range(0, len(d) // 16 * 16, 16):
        h = mix(word(at) ^ h ^ 0xa0761d6478bd642f, word(at + 8) ^ 0xe7037ed1a0b428db) + (h << 1 & M | h >> 63) & M
    at = len(d) // 16 * 16
    return mix(word(at) ^ h ^ 0x8ebc6af09c88c6e3, word(at + 8) ^ 0x589965cc75374cc3) + (h << 1 & M | h >> 63) & M


if PYRT:
    code = compile("x = [1, 2, 'three']\nfor y in x:\n    print\nz = 1 + len(x)\n", "made", "exec")
    data = marshal.dumps(code)
    length, total = int.from_bytes(data[5:9], "little"), int.from_bytes(data[9:17], "little")
    body = data[17:]
    assert length == len(body) and checksum(body) == total, "the format has changed: this test with it"
    words = int.from_bytes(body[13 * 4:14 * 4], "little")
    first = 20 * 4

    def with_words(change):
        """The data with some word changed, as load and run see it."""
        new = bytearray(body)
        change(new)
        made = data[:9] + checksum(bytes(new)).to_bytes(8, "little") + bytes(new)
        try:
            exec(marshal.loads(made), {})
        except ValueError as e:
            return str(e)
        except (EOFError, NameError, TypeError, AttributeError):
            return "other"
        return "ran"

    assert with_words(lambda b: None) == "ran"
    refused = set()
    for at in range(words):
        for byte in range(4):
            def far(b):
                b[first + 4 * at + byte] = 0xfe
            answer = with_words(far)
            if answer.startswith("bad marshal data"):
                refused.add(answer)
    assert {"bad marshal data (bad register)", "bad marshal data (unknown instruction)", "bad marshal data (bad jump)"} <= refused, refused
    for count in range(20):
        for value in 0, 1, 255, 70000, 2**31 - 1, 2**32 - 1:
            def set_count(b):
                b[4 * count:4 * count + 4] = value.to_bytes(4, "little")
            with_words(set_count)
