# SPDX-License-Identifier: MIT
"""The library that test_ctypes calls: compiled when first wanted, again when its source changes."""
import os
import subprocess
import zlib

_SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "ctypes_test.c")


def _library():
    with open(_SOURCE, "rb") as file:
        mark = zlib.crc32(file.read())
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(_SOURCE))))
    folder = os.path.join(root, "build", "conformance")
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, f"ctypes_test-{mark:08x}.so")
    if not os.path.exists(path):
        mine = f"{path}.{os.getpid()}"
        subprocess.run(["gcc", "-O1", "-w", "-shared", "-fPIC", "-o", mine, _SOURCE, "-lm"], check=True)
        os.replace(mine, path)
    return path


__file__ = _library()
