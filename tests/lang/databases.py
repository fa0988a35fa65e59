# SPDX-License-Identifier: MIT
"""dbm: ndbm over Berkeley DB and gdbm over GNU dbm; mappings, errors, files that other programs read, threads."""
import dbm
import os
import shelve
import tempfile
import dbm.ndbm
from _check import raises, run_threads

folder = tempfile.TemporaryDirectory()
os.chdir(folder.name)
assert dbm.ndbm.library == "Berkeley DB" and dbm.ndbm.error.__module__ == "_dbm" and issubclass(dbm.ndbm.error, OSError)


def common(kind, name, closed):
    error = kind.error
    with kind.open(name, "c") as d:
        assert len(d) == 0 and d.keys() == [] and not d.get("a") and b"a" not in d
        d["a"] = "b"
        d[b"bytes\0\xff"] = b"\0x"
        d["\u20ac"] = b"euro"
        assert d["a"] == d[b"a"] == b"b" and d[b"bytes\0\xff"] == b"\0x" and "\u20ac" in d and "\u20ac".encode() in d
        assert sorted(d.keys()) == [b"a", b"bytes\0\xff", b"\xe2\x82\xac"] and len(d) == 3
        assert d.get("no") is None and d.get("no", 5) == 5 and d.get("a", 5) == b"b"
        assert d.setdefault("new", b"1") == b"1" and d.setdefault("new", b"2") == b"1" and d["new"] == b"1"
        assert raises(KeyError, lambda: d["none"]).args == ("none",)
        del d["new"]
        raises(KeyError, d.__delitem__, "new")
        raises(TypeError, d.__getitem__, 5, text="a bytes-like object is required, not 'int'")
        raises(TypeError, d.__getitem__, bytearray(b"a"), text="argument must be read-only bytes-like object, not bytearray")
        raises(TypeError, d.__contains__, 5)
        raises(TypeError, d.__setitem__, 5, b"")
        raises(TypeError, d.__setitem__, b"", 5)
        raises(TypeError, iter, d)
        raises(TypeError, type(d))
        big = os.urandom(500_000 if kind is not dbm.ndbm else 500)
        d["big"] = big
        assert d["big"] == big and len(d) == 4
    for use in d.keys, d.get, d.setdefault, d.__getitem__, d.__len__, lambda *a: "a" in d:
        raises(error, use, *(["a"] if use not in (d.keys, d.__len__) else []), text=closed)
    d.close()
    with kind.open(os.fsencode(name)) as d:
        assert d["a"] == b"b"
        raises(error, d.__setitem__, "x", "y")
        raises(error, d.__delitem__, "a")
    with kind.open(name, "n", 0o600) as d:
        assert len(d) == 0
    e = raises(error, kind.open, "missing")
    assert e.errno == 2 and e.filename == "missing"
    raises(error, kind.open, "missing", "q")
    raises(TypeError, kind.open, "missing", 5)
    raises(ValueError, kind.open, "a\0b")
    raises(TypeError, kind.open)
    with kind.open("shared", "c") as d:
        def work(number):
            for i in range(200):
                d[f"{number}.{i}"] = str(i)
                assert d[f"{number}.{i}"] == str(i).encode() and f"{number}.{i}" in d
                assert d.setdefault("same", b"%d" % number) in (b"0", b"1", b"2")
                if i % 50 == 0:
                    d.keys(), len(d)
        run_threads(work, count=3)
        assert len(d) == 601 and sorted(int(k.split(b".")[1]) for k in d.keys() if k[:2] == b"1.") == list(range(200))


common(dbm.ndbm, "first", "DBM object has already been closed")
assert os.path.exists("first.db") and dbm.whichdb("first") == "dbm.ndbm"
with dbm.ndbm.open("first", "rw") as d:
    raises(TypeError, d.__setitem__, 5, b"", text="dbm mappings have bytes or string keys only")
    raises(TypeError, d.__setitem__, b"", 5, text="dbm mappings have bytes or string elements only")
raises(dbm.ndbm.error, dbm.ndbm.open, "x", "rwx", text="arg 2 to open should be 'r', 'w', 'c', or 'n'")
with shelve.Shelf(dbm.ndbm.open("shelf", "c")) as s:
    s["one"] = [1, {"two": 3}]
with shelve.Shelf(dbm.ndbm.open("shelf")) as s:
    assert s["one"] == [1, {"two": 3}] and list(s) == ["one"]

try:
    import dbm.gnu
except ImportError:
    pass
else:
    common(dbm.gnu, "second", "GDBM object has already been closed")
    assert dbm.whichdb("second") == "dbm.gnu" and set(dbm.gnu.open_flags) >= set("rwcn")
    raises(dbm.gnu.error, dbm.gnu.open, "second", "rq", text="Flag 'q' is not supported.")
    raises(dbm.gnu.error, dbm.gnu.open, "second", "x", text="First flag must be one of 'r', 'w', 'c' or 'n'")
    with dbm.gnu.open("second", "nf") as d:
        for i in range(100):
            d[str(i)] = b"x" * 1000
        seen, k = set(), d.firstkey()
        while k is not None:
            seen.add(k)
            k = d.nextkey(k)
        assert seen == {str(i).encode() for i in range(100)}
        d.sync()
        size = os.path.getsize("second")
        for i in range(100):
            del d[str(i)]
        d.reorganize()
        assert os.path.getsize("second") < size and d.firstkey() is None
        raises(TypeError, d.__contains__, 5, text="gdbm key must be bytes or string, not int")
os.chdir("/")
folder.cleanup()
