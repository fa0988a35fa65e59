# SPDX-License-Identifier: MIT
"""faulthandler tells the lines of code whose table of lines nobody has looked at yet, as f_lineno tells them after it."""
import copy
import faulthandler
import heapq
import re
import shutil
import string
import sys
import tempfile


def look(*ignored):
    with tempfile.TemporaryFile("w+") as file:
        faulthandler.dump_traceback(file)
        file.seek(0)
        lines = [line.rsplit(", line ", 1) for line in file if line.startswith("  File")]
    told = [int(line.split()[0]) for _, line in lines]
    frame, real = sys._getframe(), []
    while frame:
        real.append(frame.f_lineno)
        frame = frame.f_back
    assert len(told) == len(real) > 2, (told, real)
    assert told[1:] == real[1:], (told, real)
    depths.append(len(told))
    return ""


class Copied:
    def __deepcopy__(self, memo):
        return look()


class Formatter(string.Formatter):
    def format_field(self, value, spec):
        return look()


class Ignore:
    def __call__(self, directory, names):
        return look() or ()


depths = []
copy.deepcopy([1, {2: (3, Copied())}])
re.sub("a", look, "banana")
Formatter().format("{0} {0:{1}}", 1, 2)
list(heapq.merge([1], [2], key=lambda x: look() or x))
with tempfile.TemporaryDirectory() as directory:
    shutil.copytree(directory, directory + "/copy", ignore=Ignore())
(lambda: [look() for _ in "ab"])()
assert max(depths) > 4, depths
