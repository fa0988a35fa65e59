# SPDX-License-Identifier: MIT
"""Builds object-free rooms as one shared library for the checks in this folder (ctypes from a reference python3.11)."""
import ctypes
import hashlib
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
    folder = pathlib.Path(tempfile.gettempdir()) / "pyrt-numtext"
    folder.mkdir(exist_ok=True)
    objects = []
    jobs = [ROOT / s for s in sources]
    if extra:
        helper = folder / ("extra-%s.c" % hashlib.sha1(extra.encode()).hexdigest()[:12])
        helper.write_text(extra)
        jobs.append(helper)
    for job in jobs:
        obj = folder / (str(job).replace("/", "_") + ".o")
        subprocess.check_call(["gcc-12", "-std=gnu11", "-O2", "-g", "-fwrapv", "-fno-strict-aliasing", "-fPIC",
                               "-D_GNU_SOURCE", "-I", str(ROOT), *CFLAGS, "-c", str(job), "-o", str(obj)])
        objects.append(str(obj))
    target = folder / ("lib%s.so" % hashlib.sha1("".join(objects).encode()).hexdigest()[:12])
    if target.exists():
        target.unlink()
    subprocess.check_call(["gcc-12", "-shared", *CFLAGS, "-o", str(target), *objects, *libs])
    return ctypes.CDLL(str(target))
