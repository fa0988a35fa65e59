# SPDX-License-Identifier: MIT
"""Builds object-free rooms as one shared library for the checks in this folder (ctypes from a reference python3.11)."""
import ctypes
import os
import pathlib
import subprocess
import tempfile

# PYRT_CHECK_CFLAGS="-fsanitize=address,undefined -fno-sanitize-recover=undefined" with
# LD_PRELOAD=$(gcc-12 -print-file-name=libasan.so) ASAN_OPTIONS=detect_leaks=0 checks memory too.
CFLAGS = os.environ.get("PYRT_CHECK_CFLAGS", "").split()
ROOT = pathlib.Path(__file__).resolve().parents[3]


def load(sources, extra="", libs=("-lgmp", "-lm")):
    """Compile sources (paths from the repository's root) and extra C text; return the ctypes library."""
    # A folder of its own for each check: several run at once and build the same sources.
    with tempfile.TemporaryDirectory(prefix="pyrt-numtext-") as name:
        folder = pathlib.Path(name)
        jobs = [ROOT / s for s in sources]
        if extra:
            jobs.append(folder / "extra.c")
            jobs[-1].write_text(extra)
        objects = []
        for n, job in enumerate(jobs):
            objects.append(str(folder / ("%d-%s.o" % (n, job.stem))))
            subprocess.check_call(["gcc-12", "-std=gnu11", "-O2", "-g", "-fwrapv", "-fno-strict-aliasing", "-fPIC",
                                   "-D_GNU_SOURCE", "-I", str(ROOT), *CFLAGS, "-c", str(job), "-o", objects[-1]])
        target = folder / "checked.so"
        subprocess.check_call(["gcc-12", "-shared", *CFLAGS, "-o", str(target), *objects, *libs])
        return ctypes.CDLL(str(target))
