# SPDX-License-Identifier: MIT
# struct's ints at the edges of every format, memoryviews compared row by row, parts split from the right, distances.
import array
import itertools
import math
import struct

for order in "@=<>!":
    for code in "bBhHiIlLqQ" + ("nN" if order == "@" else ""):
        size = struct.calcsize(order + code)
        signed = code.islower()
        low, high = (-1 << 8 * size - 1, (1 << 8 * size - 1) - 1) if signed else (0, (1 << 8 * size) - 1)
        for n in {low, low + 1, -1 if signed else 1, 0, 1, 7, 127, high - 1, high, high // 3}:
            data = struct.pack(order + code, n)
            little = order in "@=<" and struct.pack("=H", 1)[0] == 1
            assert data == n.to_bytes(size, "little" if little else "big", signed=signed), (order, code, n)
            assert struct.unpack(order + code, data) == (n,)
            assert struct.pack(order + "3" + code, n, n, n) == data * 3
        for n in (low - 1, high + 1, -1 << 70, 1 << 70):
            try:
                struct.pack(order + code, n)
            except struct.error as e:
                assert str(e)
            else:
                raise AssertionError((order, code, n))
assert struct.pack("P", -1) == b"\xff" * struct.calcsize("P") and struct.pack("?h", 5, True) == struct.pack("?h", True, 1)

raw = bytes(range(48))
for code in "bBhHiIqQfd":
    x, y = memoryview(bytearray(raw)).cast(code), memoryview(raw).cast(code)
    assert x == y and y == x and x[::2] == y[::2] and x[1:] != y[:-1] and not x[::-1] != y[::-1]
    assert (x[1:] == y[1:]) is True and x[:1] != y[1:2] and x[:0] == y[:0]
grid = memoryview(raw).cast("B", (6, 8))
assert grid == memoryview(bytearray(raw)).cast("B", (6, 8)) != memoryview(raw).cast("B", (8, 6)) and grid[:2] == grid[:2]
changed = bytearray(raw)
changed[47] = 0
assert grid != memoryview(changed).cast("B", (6, 8)) and memoryview(raw) != changed and memoryview(raw)[:47] == changed[:47]
assert memoryview(array.array("i", [1, 2, 3])) == memoryview(array.array("q", [1, 2, 3])) != memoryview(array.array("i", [1, 2]))

target = bytearray(10)
view = memoryview(target)
for row, start, stride in ((view, 0, 1), (view[3:], 3, 1), (view[::2], 0, 2), (view[::-1], 9, -1)):
    for i in range(-len(row), len(row)):
        for n in (0, 1, 255, True, 2**7):
            row[i] = n
            assert target[start + stride * (i % len(row))] == row[i] == n
    for i, n, error, said in ((len(row), 1, IndexError, "index out of bounds on dimension 1"), (-len(row) - 1, 1, IndexError, "dimension 1"),
                              (0, 256, ValueError, "invalid value for format 'B'"), (0, -1, ValueError, "format 'B'"),
                              (0, 2**70, ValueError, "format 'B'"), (0, 1.0, TypeError, "invalid type for format 'B'"), (2**70, 1, IndexError, "")):
        try:
            row[i] = n
        except error as e:
            assert said in str(e), e
        else:
            raise AssertionError((i, n))
for odd, n in ((memoryview(b"abc"), 1), (view.cast("b"), 200), (view.cast("B", (5, 2)), 1), (view.cast("c"), 1)):
    try:
        odd[0] = n
    except (TypeError, ValueError, NotImplementedError):
        pass
    else:
        raise AssertionError(odd.format)
signed = view.cast("b")
signed[0] = -1
assert target[0] == 255
view.release()
try:
    view[0] = 1
except ValueError as e:
    assert "released" in str(e)
else:
    raise AssertionError

for n in range(6):
    text = "-".join("abcdef"[:n])
    for most in range(-1, 7):
        parts = text.rsplit("-", most)
        assert "-".join(parts) == text and (most < 0 or len(parts) <= most + 1)
        assert text.encode().rsplit(b"-", most) == [p.encode() for p in parts]
        assert text.replace("-", " ").rsplit(None, most) == ([p.replace("-", " ") for p in parts] if text else [])

for count in (0, 1, 56, 57, 58, 120):
    left, right = itertools.tee(range(count))
    for _ in range(count // 2):
        next(left)
    assert list(left) == list(range(count // 2, count)) and list(right) == list(range(count))
    left, right = itertools.tee([object() for _ in range(count)])
    assert sum(1 for _ in left) == count
    del left, right

tiny, big = 2.0 ** -1074, 2.0 ** 1023
for scale in (1.0, 2.0 ** 500, 2.0 ** -500, 2.0 ** 1019, 2.0 ** -1020):
    assert math.hypot(3 * scale, 4 * scale) == 5 * scale and math.hypot(2 * scale, 3 * scale, 6 * scale) == 7 * scale
    assert math.dist((3 * scale, 0.0), (0.0, -4 * scale)) == 5 * scale
assert math.hypot(3 * tiny, 4 * tiny) == 5 * tiny and math.hypot(tiny, 1.0) == 1.0 and math.hypot(tiny, tiny) == tiny
assert math.hypot(big, big) == math.sqrt(2) * big and math.hypot(big * 1.5, big * 1.5) == math.inf
assert math.hypot(math.inf, math.nan) == math.inf and math.isnan(math.hypot(1, math.nan)) and math.hypot(-0.0, 0.0) == 0.0
assert math.hypot(1.0, 1.0) == math.sqrt(2) and math.hypot(0.1, 0.2) == float.fromhex("0x1.c9f25c5bfeddap-3")
print("whole records ok")
