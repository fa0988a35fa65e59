# SPDX-License-Identifier: MIT
"""pathlib: pure paths and a directory of files."""
import pathlib
import sys
import tempfile


def main(loops=39):
    with tempfile.TemporaryDirectory() as folder:
        base = pathlib.Path(folder)
        for i in range(300):
            (base / f"file{i}.{'py' if i % 2 else 'txt'}").touch()
        total = 0
        for _ in range(loops):
            for p in base.iterdir():
                total += p.suffix == ".py"
            total += len(list(base.glob("*.py"))) + sum(p.stat().st_size == 0 for p in base.iterdir()) + sum(1 for _ in base.rglob("*.txt"))
            for i in range(1500):
                q = pathlib.PurePosixPath("/usr/lib", f"python{i}", "..", "x.tar.gz")
                total += len(q.parts) + len(q.stem) + (q.with_suffix(".zip").name == "x.tar.zip") + len(str(q.relative_to("/usr")))
    print("pathlib", total)


main(*map(int, sys.argv[1:2]))
