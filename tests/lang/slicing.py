# SPDX-License-Identifier: MIT
"""Slices against a model that uses nothing but single indexing."""
from _check import raises


def model(items, start, stop, step):
    begin, end, stride = slice(start, stop, step).indices(len(items))
    out = []
    position = begin
    while position < end if stride > 0 else position > end:
        out.append(items[position])
        position += stride
    return out


numbers = [None, -100, -7, -3, -1, 0, 1, 2, 4, 6, 100]
base = list(range(6))
for start in numbers:
    for stop in numbers:
        for step in [None, -3, -2, -1, 1, 2, 3, 100, -100]:
            want = model(base, start, stop, step)
            key = slice(start, stop, step)
            assert base[key] == want
            assert list(tuple(base)[key]) == want
            assert list(range(6)[key]) == want
            assert list(bytes(base)[key]) == want and list(bytearray(base)[key]) == want
            assert [ord(c) - 97 for c in "abcdef"[key]] == want
            assert memoryview(bytes(base))[key].tolist() == want
            removed = base.copy()
            del removed[key]
            assert removed == [x for x in base if x not in want]
            replaced = base.copy()
            replaced[key] = [-1 - x for x in want]
            assert sorted(replaced) == sorted([-1 - x for x in want] + [x for x in base if x not in want])
a = [1, 2, 3]
a[1:1] = [9, 9]
assert a == [1, 9, 9, 2, 3]
a[3:] = iter("xy")
assert a == [1, 9, 9, "x", "y"]
a[:] = a[::-1]
assert a == ["y", "x", 9, 9, 1]
a[1:2] = a
assert a == ["y", "y", "x", 9, 9, 1, 9, 9, 1]
raises(ValueError, a.__setitem__, slice(0, 4, 2), [1],
       text="attempt to assign sequence of size 1 to extended slice of size 2")
raises(ValueError, lambda: base[::0], text="slice step cannot be zero")
raises(TypeError, lambda: base["a":], text="slice indices must be integers or None or have an __index__ method")
raises(TypeError, a.__setitem__, slice(0, 1), 5, text="can only assign an iterable")


class Log:
    def __getitem__(self, key):
        return key


log = Log()
assert log[1:2] == slice(1, 2, None) and log[1:2, ..., ::3] == (slice(1, 2), Ellipsis, slice(None, None, 3))
assert log[:] == slice(None, None, None) and log[()] == () and log[1,] == (1,) and log[*[1, 2]] == (1, 2)
s = slice(1, 10, 2)
assert (s.start, s.stop, s.step) == (1, 10, 2) and repr(s) == "slice(1, 10, 2)" and s.indices(5) == (1, 5, 2)
assert slice(1, 2) == slice(1, 2) and slice(1) < slice(2)
raises(TypeError, hash, s, text="unhashable type: 'slice'")

# an array's extended slices: replaced by as many items, or by none
from array import array

a = array("i", range(10))
a[::3] = array("i", [90, 93, 96, 99])
assert a.tolist() == [90, 1, 2, 93, 4, 5, 96, 7, 8, 99]
raises(ValueError, a.__setitem__, slice(None, None, 2), array("i", [1]), text="attempt to assign array of size 1 to extended slice of size 5")
a[::-2] = array("i")
assert a.tolist() == [90, 2, 4, 96, 8]
del a[::2]
assert a.tolist() == [2, 96]
