# SPDX-License-Identifier: MIT
"""sqlite3: blobs, window functions, authorizer, limits, whole databases as bytes, errors in callbacks."""
import os
import sqlite3
import sys
import threading

from _check import raises


def message(kind, call, *args, **keywords):
    try:
        call(*args, **keywords)
    except kind as problem:
        return str(problem)
    raise AssertionError(f"{kind} not raised")


# ---- blobs ----
db = sqlite3.connect(":memory:")
db.execute("create table t(id integer primary key, b blob)")
db.execute("insert into t values(1, zeroblob(10))")
with db.blobopen("t", "b", 1) as blob:
    assert len(blob) == 10 and blob.read() == bytes(10) and blob.tell() == 10
    blob.seek(-4, os.SEEK_END)
    blob.write(b"abcd")
    blob[0], blob[1:4], blob[4:6:1] = 1, b"xyz", memoryview(b"--")
    assert blob[:] == b"\x01xyz--abcd" and blob[-1] == ord("d") and blob[::3] == b"\x01z" + b"ad"
    assert blob[8:2] == b"" and blob[5:6:3] == b"-"
    blob[::5] = b"PQ"
    assert message(ValueError, blob.seek, 11) == "offset out of blob range"
    assert message(ValueError, blob.seek, 0, 7).startswith("'origin' should be os.SEEK_SET")
    assert message(ValueError, blob.write, b"12345678901") == "data longer than blob length"
    assert message(IndexError, blob.__getitem__, 10) == "Blob index out of range"
    assert message(ValueError, blob.__setitem__, 0, 256) == "byte must be in range(0, 256)"
    assert message(IndexError, blob.__setitem__, slice(0, 2), b"a") == "Blob slice assignment is wrong size"
    assert message(TypeError, blob.__getitem__, "a") == "Blob indices must be integers"
    assert message(TypeError, blob.__delitem__, 0) == "Blob doesn't support item deletion"
    raises(TypeError, lambda: 1 in blob)
    raises(TypeError, lambda: blob + blob)
assert message(sqlite3.ProgrammingError, blob.read) == "Cannot operate on a closed blob."
assert db.execute("select b from t").fetchone() == (b"PxyzaQabcd"[:4] + b"-Qabcd",)
raises(sqlite3.OperationalError, db.blobopen, "t", "b", 2)
with db.blobopen("t", "b", 1, readonly=True, name="main") as blob:
    raises(sqlite3.OperationalError, blob.write, b"a")
raises(TypeError, sqlite3.Blob)


# ---- window functions ----
class Total:
    def __init__(self):
        self.n = 0

    def step(self, x):
        self.n += x

    def inverse(self, x):
        self.n -= x

    def value(self):
        return self.n

    finalize = value


db.create_window_function("total_of", 1, Total)
rows = db.execute("with v(x) as (values (1), (2), (3), (4)) select x, total_of(x) over "
                  "(order by x rows between 1 preceding and 1 following) from v").fetchall()
assert rows == [(1, 3), (2, 6), (3, 9), (4, 7)]
del Total.inverse
assert message(sqlite3.OperationalError, lambda: db.execute(
    "with v(x) as (values (1), (2), (3)) select total_of(x) over "
    "(order by x rows between 1 preceding and 1 following) from v").fetchall()) == \
    "user-defined aggregate's 'inverse' method not defined"
raises(sqlite3.ProgrammingError, db.create_window_function, "shy", -100, Total)
db.create_window_function("total_of", 1, None)
raises(sqlite3.OperationalError, db.execute, "select total_of(1)")

# ---- authorizer ----
seen = []


def allow(action, one, two, database, trigger):
    seen.append((action, one, two, database, trigger))
    return sqlite3.SQLITE_DENY if one == "secret" else sqlite3.SQLITE_OK


db.execute("create table secret(x)")
db.set_authorizer(allow)
db.execute("select id from t")
assert (sqlite3.SQLITE_READ, "t", "id", "main", None) in seen
assert message(sqlite3.DatabaseError, db.execute, "select x from secret") == "access to secret.x is prohibited"
db.set_authorizer(lambda *args: "yes")
raises(sqlite3.DatabaseError, db.execute, "select id from t where 1")
db.set_authorizer(None)
assert db.execute("select x from secret").fetchall() == []

# ---- limits ----
old = db.setlimit(sqlite3.SQLITE_LIMIT_SQL_LENGTH, 30)
assert db.getlimit(sqlite3.SQLITE_LIMIT_SQL_LENGTH) == 30
assert message(sqlite3.DataError, db.execute, "select 1" + " " * 30) == "query string is too large"
assert message(sqlite3.DataError, db.executescript, "select 1;" + " " * 30) == "query string is too large"
db.setlimit(sqlite3.SQLITE_LIMIT_SQL_LENGTH, old)
assert message(sqlite3.ProgrammingError, db.getlimit, 1111) == "'category' is out of bounds"

# ---- serialize ----
db.commit()
data = db.serialize()
assert data.startswith(b"SQLite format 3\0")
other = sqlite3.connect(":memory:")
other.deserialize(data)
assert other.execute("select length(b) from t").fetchone() == (10,)
other.execute("insert into t values(2, 'more')")
raises(sqlite3.OperationalError, db.serialize, name="nowhere")
other.close()
raises(sqlite3.ProgrammingError, other.serialize)

# ---- exceptions in callbacks are shown when asked for ----
shown = []
sys.unraisablehook = lambda args: shown.append((args.exc_type, getattr(args.object, "__name__", None)))
sqlite3.enable_callback_tracebacks(True)


def broken(*args):
    1 / 0


class Broken:
    def step(self, x):
        1 / 0

    def finalize(self):
        return 1


db.create_function("broken", 1, broken)
db.create_aggregate("broken_sum", 1, Broken)
assert message(sqlite3.OperationalError, db.execute, "select broken(1)") == "user-defined function raised exception"
raises(sqlite3.OperationalError, db.execute, "select broken_sum(1)")
db.set_trace_callback(trace_callback=broken)
db.execute("select 5")
db.set_trace_callback(None)
db.set_progress_handler(broken, 1)
assert message(sqlite3.OperationalError, db.execute, "select 6 union select 7") == "interrupted"
db.set_progress_handler(None, 1)
sqlite3.enable_callback_tracebacks(False)
sys.unraisablehook = sys.__unraisablehook__
assert shown[:3] == [(ZeroDivisionError, "broken"), (ZeroDivisionError, "Broken"), (ZeroDivisionError, "broken")], shown

# ---- a cursor at work is not used again ----
cursor = db.cursor()


def numbers():
    yield (3,)
    cursor.execute("select 1")


assert message(sqlite3.ProgrammingError, cursor.executemany, "insert into t(id) values(?)", numbers()) == \
    "Recursive use of cursors not allowed."

# ---- adapters of basic types ----
assert db.execute("select ?", (4,)).fetchone() == (4,)
sqlite3.register_adapter(int, float)
value = db.execute("select ?", (4,)).fetchone()[0]
assert type(value) is float
sqlite3.adapters.pop((int, sqlite3.PrepareProtocol))

# ---- a failed __init__ leaves a connection that is none ----
spare = sqlite3.connect(":memory:")
raises(sqlite3.OperationalError, spare.__init__, "/no/such/folder/file")
assert message(sqlite3.ProgrammingError, spare.cursor) == "Base Connection.__init__ not called."

# ---- errors have names ----
try:
    db.execute("insert into t(id) values(1)")
except sqlite3.IntegrityError as problem:
    assert problem.sqlite_errorname == "SQLITE_CONSTRAINT_PRIMARYKEY"
    assert problem.sqlite_errorcode == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY

# ---- blobs, reads and writes from several threads at once ----
db = sqlite3.connect(":memory:", check_same_thread=False)
db.execute("create table t(b)")
db.execute("insert into t values(zeroblob(4000))")
blob = db.blobopen("t", "b", 1)


def work(i):
    for _ in range(200):
        blob[i] = i
        assert blob[i] == i and len(blob) == 4000
        blob[i * 100 + 100:i * 100 + 200] = bytes([i]) * 100
        assert db.execute("select count(*) from t").fetchone() == (1,)


threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
for t in threads:
    t.start()
for t in threads:
    t.join()
assert blob[:4] == bytes(range(4)) and blob[100:500] == b"".join(bytes([i]) * 100 for i in range(4))
blob.close()
blob.close()
