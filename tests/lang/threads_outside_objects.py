# SPDX-License-Identifier: MIT
"""Files, sockets, compressors, databases and TLS objects used and closed by several threads.

No result is checked: single operations raise what they document or work, and nothing crashes or hangs.
"""
import os
import sys
import threading
import time
from _check import DOCUMENTED, hammer


def sockets():
    import socket
    cell = [None, None]
    def renew(k):
        a, b = socket.socketpair(); a.settimeout(0.001); b.settimeout(0.001); cell[:] = [a, b]
    renew(0)
    buf = bytearray(100)
    hammer(lambda k: renew(k) if k % 10 == 0 else 0, lambda k: cell[0].send(b"x" * 10), lambda k: cell[1].recv(10),
           lambda k: cell[1].recv_into(buf), lambda k: cell[0].close() if k % 10 == 5 else 0,
           lambda k: cell[1].close() if k % 10 == 7 else 0, lambda k: repr(cell[0]),
           lambda k: cell[0].settimeout(0.001 if k % 2 else 0), lambda k: cell[0].gettimeout(),
           lambda k: cell[0].fileno(), lambda k: cell[0].getsockname(), lambda k: cell[0].dup().close(),
           lambda k: cell[0].detach() if k % 33 == 0 else 0,
           lambda k: cell[0].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 5000),
           lambda k: cell[0].shutdown(2) if k % 50 == 0 else 0, lambda k: cell[0].sendall(b"x" * 100),
           lambda k: buf.append(1), lambda k: buf.pop(), lambda k: cell[0].__init__() if k % 60 == 0 else 0,
           lambda k: cell[0].family)


def sqlite():
    import sqlite3
    con = sqlite3.connect(":memory:", check_same_thread=False)
    con.execute("create table t(a, b)")
    cur = [con.cursor()]
    cc = [con]
    def iso(k): con.isolation_level = None if k % 2 else "DEFERRED"
    hammer(lambda k: cur[0].execute("insert into t values(?, ?)", (k, "x")),
           lambda k: cur[0].execute("select * from t limit 5").fetchall(), lambda k: cur[0].fetchone(),
           lambda k: next(cur[0]), lambda k: cur.__setitem__(0, con.cursor()),
           lambda k: cur[0].close() if k % 5 == 0 else 0, lambda k: con.commit(), lambda k: con.rollback(),
           lambda k: cur[0].description, lambda k: cur[0].rowcount, lambda k: cur[0].lastrowid,
           lambda k: con.execute("delete from t") if k % 20 == 0 else 0,
           lambda k: con.create_function("f%d" % (k % 3), 1, lambda x: [x][0]),
           lambda k: con.execute("select f1(1)").fetchall(),
           lambda k: setattr(con, "row_factory", sqlite3.Row if k % 2 else None),
           lambda k: setattr(con, "text_factory", bytes if k % 2 else str), iso, lambda k: con.total_changes,
           lambda k: con.in_transaction, lambda k: con.interrupt(),
           lambda k: con.set_trace_callback(None if k % 2 else (lambda s: s)),
           lambda k: con.set_progress_handler(None if k % 2 else (lambda: 0), 10),
           lambda k: list(con.iterdump()) if k % 50 == 0 else 0, lambda k: con.__enter__(),
           lambda k: con.__exit__(None, None, None),
           lambda k: cur[0].executemany("insert into t values(?,?)", [(1, 2)] * 3),
           lambda k: con.create_aggregate("ag", 1, None),
           lambda k: con.create_collation("c", None if k % 2 else (lambda a, b: 0)), lambda k: cur[0].fetchmany(2),
           lambda k: setattr(cur[0], "arraysize", k), lambda k: cur[0].__init__(con),
           lambda k: con.serialize() if k % 30 == 0 else 0, ok=DOCUMENTED + (sqlite3.Error, sqlite3.Warning))
    def reopen(k):
        cc[0] = sqlite3.connect(":memory:", check_same_thread=False)
    reopen(0)
    hammer(lambda k: reopen(k) if k % 4 == 0 else 0, lambda k: cc[0].close(),
           lambda k: cc[0].execute("select 1").fetchall(), lambda k: cc[0].cursor().execute("create table t(a)"),
           lambda k: cc[0].commit(), lambda k: cc[0].total_changes,
           lambda k: cc[0].backup(con) if k % 10 == 0 else 0,
           lambda k: cc[0].__init__(":memory:", check_same_thread=False) if k % 9 == 0 else 0,
           ok=DOCUMENTED + (sqlite3.Error, sqlite3.Warning))


def compressors():
    import zlib, bz2, lzma
    z = [zlib.compressobj(), zlib.decompressobj(), bz2.BZ2Compressor(), bz2.BZ2Decompressor(), lzma.LZMACompressor(), lzma.LZMADecompressor()]
    zd, bd, ld = zlib.compress(b"abc" * 100), bz2.compress(b"abc" * 100), lzma.compress(b"abc" * 100)
    def renew(k):
        if k % 6 == 0: z[:] = [zlib.compressobj(), zlib.decompressobj(), bz2.BZ2Compressor(), bz2.BZ2Decompressor(), lzma.LZMACompressor(preset=0), lzma.LZMADecompressor()]
    hammer(renew, lambda k: z[0].compress(b"x" * 100), lambda k: z[0].flush(), lambda k: z[0].copy(),
           lambda k: z[1].decompress(zd[:9], 5), lambda k: z[1].decompress(zd), lambda k: z[1].unconsumed_tail,
           lambda k: z[1].unused_data, lambda k: z[1].eof, lambda k: z[1].flush(), lambda k: z[1].copy(),
           lambda k: z[2].compress(b"x" * 1000), lambda k: z[2].flush(), lambda k: z[3].decompress(bd, 5),
           lambda k: z[3].unused_data, lambda k: z[3].needs_input, lambda k: z[3].eof,
           lambda k: z[4].compress(b"x" * 100), lambda k: z[4].flush(), lambda k: z[5].decompress(ld, 5),
           lambda k: z[5].unused_data, lambda k: z[5].check, lambda k: z[5].eof, lambda k: z[5].needs_input,
           lambda k: z[3].__init__(), lambda k: z[5].__init__(), lambda k: z[2].__init__(),
           lambda k: z[4].__init__(preset=0) if k % 5 == 0 else 0, ok=DOCUMENTED + (zlib.error, lzma.LZMAError))


def files():
    import io, tempfile
    path = tempfile.mktemp()
    with open(path, "wb") as f: f.write(b"line of text\n" * 500)
    cell = [None] * 4
    def renew(k):
        cell[:] = [open(path), open(path, "rb"), open(path, "r+b"), open(path, "rb", buffering=0)]
    renew(0)
    import warnings
    warnings.simplefilter("ignore")
    hammer(lambda k: renew(k) if k % 8 == 0 else 0, lambda k: next(cell[0]), lambda k: cell[0].read(50),
           lambda k: cell[0].readline(), lambda k: cell[0].tell(), lambda k: cell[0].seek(0),
           lambda k: cell[0].close() if k % 8 == 3 else 0, lambda k: next(cell[1]), lambda k: cell[1].read(20),
           lambda k: cell[1].peek(), lambda k: cell[1].seek(3), lambda k: cell[1].readinto(bytearray(9)),
           lambda k: cell[1].close() if k % 8 == 5 else 0, lambda k: cell[2].write(b"abc"),
           lambda k: cell[2].flush(), lambda k: cell[2].read(5), lambda k: cell[2].truncate(6500),
           lambda k: cell[2].detach() if k % 8 == 6 else 0, lambda k: cell[3].read(5),
           lambda k: cell[3].close() if k % 8 == 4 else 0, lambda k: cell[3].seek(0), lambda k: repr(cell[0]),
           lambda k: repr(cell[3]), lambda k: cell[0].closed, lambda k: cell[0].detach() if k % 8 == 7 else 0,
           lambda k: cell[0].reconfigure(newline=""), lambda k: cell[0].newlines, lambda k: cell[3].fileno(),
           lambda k: cell[0].__init__(cell[1]) if k % 8 == 2 else 0,
           lambda k: cell[1].__init__(cell[3]) if k % 8 == 1 else 0,
           lambda k: list(cell[0])[:1] if k % 8 == 0 else 0, lambda k: cell[1].raw, lambda k: cell[0].buffer)
    for c in cell:
        try: c.close()
        except DOCUMENTED: pass
    os.unlink(path)
    r, w = os.pipe()
    rf, wf = open(r, "rb"), open(w, "wb")
    done = []
    def reader():
        try: rf.read(10)
        except DOCUMENTED: pass
        done.append(1)
    t = threading.Thread(target=reader)
    t.start()
    time.sleep(0.01)
    wf.write(b"x" * 10)
    wf.flush()
    t.join()
    rf.close()
    wf.close()
    pair = io.BufferedRWPair(io.BytesIO(b"abc" * 99), io.BytesIO())
    rnd = io.BufferedRandom(io.BytesIO(b"abc\n" * 99))
    tx = io.TextIOWrapper(io.BytesIO(b"abc\n" * 99))
    sio = io.StringIO("abc\n" * 99)
    hammer(lambda k: pair.read(3), lambda k: pair.write(b"x"), lambda k: pair.flush(), lambda k: pair.peek(),
           lambda k: rnd.read(3), lambda k: rnd.write(b"1"), lambda k: rnd.seek(2), lambda k: rnd.readline(),
           lambda k: rnd.tell(), lambda k: rnd.raw.getvalue(), lambda k: rnd.flush(), lambda k: tx.read(3),
           lambda k: tx.write("x"), lambda k: tx.seek(0), lambda k: tx.tell(), lambda k: tx.readline(),
           lambda k: tx.truncate(100), lambda k: sio.read(3), lambda k: sio.write("x"), lambda k: sio.seek(0),
           lambda k: sio.readline(), lambda k: sio.truncate(100), lambda k: list(sio)[:1],
           lambda k: tx.buffer.raw if 0 else tx.buffer)


def ssls():
    import ssl
    ctx = ssl.create_default_context()
    i, o = ssl.MemoryBIO(), ssl.MemoryBIO()
    obj = ctx.wrap_bio(i, o, server_hostname="x")
    hammer(lambda k: obj.do_handshake(), lambda k: obj.read(10), lambda k: obj.write(b"x"), lambda k: obj.pending(),
           lambda k: obj.cipher(), lambda k: obj.version(), lambda k: i.write(b"x" * 3), lambda k: i.read(2),
           lambda k: o.read(100), lambda k: i.pending, lambda k: i.eof,
           lambda k: i.write_eof() if k % 50 == 0 else 0, lambda k: ctx.get_ciphers(),
           lambda k: setattr(ctx, "verify_mode", ssl.CERT_REQUIRED), lambda k: setattr(ctx, "check_hostname", True),
           lambda k: ctx.options, lambda k: ctx.set_alpn_protocols(["h2"]), lambda k: obj.context,
           lambda k: setattr(obj, "context", ctx), lambda k: obj.server_hostname, lambda k: ctx.cert_store_stats(),
           lambda k: obj.getpeercert(), lambda k: obj.unwrap() if k % 20 == 0 else 0,
           lambda k: ctx.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="y"),
           lambda k: ctx.session_stats(), lambda k: obj.session,
           lambda k: setattr(ctx, "sni_callback", None if k % 2 else (lambda *a: None)),
           lambda k: setattr(ctx, "keylog_filename", None), lambda k: obj.get_channel_binding())


def scandirs():
    cell = [os.scandir("/usr/lib/python3.11")]
    ent = [e for e in os.scandir("/usr/lib/python3.11")][:3]
    hammer(lambda k: next(cell[0]).name, lambda k: cell[0].close() if k % 9 == 5 else 0,
           lambda k: cell.__setitem__(0, os.scandir("/usr/lib/python3.11")) if k % 9 == 0 else 0,
           lambda k: ent[0].stat(), lambda k: ent[0].is_dir(), lambda k: ent[1].inode(), lambda k: repr(ent[1]),
           lambda k: os.fspath(ent[2]), lambda k: os.environ.__setitem__("ABC%d" % (k % 5), str(k)),
           lambda k: os.environ.get("ABC1"), lambda k: os.environ.pop("ABC2"), lambda k: os.getenv("PATH"))


# python3.11 itself crashes or hangs in these.
PYRT_ONLY = (sqlite, compressors, files, ssls, scandirs)
for test in (sockets,) + (PYRT_ONLY if sys.implementation.name != "cpython" else ()):
    test()
