# SPDX-License-Identifier: MIT
"""Objects of native modules that several threads use, set up again and throw away at once.

No result is checked: single operations raise what they document or work, and nothing crashes or hangs.
"""
import os
import sys
import threading
import time
from _check import DOCUMENTED, hammer


def itertools():
    import itertools as it
    def mk():
        a, b = it.tee([1, 2] * 30)
        return [it.count(1), it.count(2**62 - 100), it.count(1.5, 0.5), it.cycle([1, [2], 3]), it.repeat([1], 50), it.accumulate(range(50)), it.chain([1], [2] * 30), it.compress(range(50), [1, 0] * 25), it.dropwhile(bool, [1] * 10 + [0] * 30), it.takewhile(bool, [1] * 30 + [0]), it.filterfalse(bool, [0, 1] * 20), it.groupby([1, 1, 2, 2, 3] * 9), it.islice(range(50), 1, 40, 2), it.pairwise(range(30)), it.starmap(pow, [(1, 2)] * 30), a, b, it.zip_longest(range(20), range(30)), zip(range(20), range(30)), map(str, range(30)), filter(None, range(30)), enumerate(range(30)), it.product(range(3), repeat=3), it.combinations(range(6), 3), it.combinations_with_replacement(range(4), 3), it.permutations(range(4)), reversed([1] * 30), iter(range(50)), iter(range(2**70, 2**70 + 40)), iter("abc" * 20), iter(b"abc" * 20), iter((1,) * 40), iter(bytearray(50)), reversed(range(50)), iter(lambda: [1], 2), iter(memoryview(b"abc" * 10)), enumerate(range(30), 2**62 - 5), zip(), zip([1] * 30, strict=True), iter([]), it.chain.from_iterable(it.repeat([1], 20)), reversed("abc" * 10)]
    L = mk()
    n = len(L)
    def renew(k):
        if k % 8 == 0: L[:] = mk()
    def nx(k):
        for i in range(n): next(L[i], None)
    def red(k):
        i = k % n;
        L[i].__reduce__()
    def red2(k):
        for i in range(n):
            try: r = L[i].__reduce__(); L[i].__setstate__(r[2])
            except DOCUMENTED: pass
            try: L[i].__length_hint__()
            except DOCUMENTED: pass
            try: L[i].__copy__()
            except DOCUMENTED: pass
            repr(L[i])
    def grp(k):
        for _, g in list(L[11]): next(g, None)
    def grp2(k):
        x = next(L[11])[1]; next(x); next(L[11]); next(x)
    hammer(renew, nx, nx, red, red2, grp2)


def regex():
    import re
    p = re.compile(r"(a+)(b)?(?P<n>c*)")
    m = p.search("xxaabccc")
    s = [p.scanner("aab aac ab")]
    f = [p.finditer("aab aac ab" * 5)]
    hammer(lambda k: p.match("aabc").groups(), lambda k: p.sub(r"\1x\2", "aab ac" * 5),
           lambda k: p.findall("aab ac" * 5), lambda k: p.split("aab ac"), lambda k: m.group(1, 2, "n"),
           lambda k: m.groupdict(), lambda k: m.expand(r"\1"), lambda k: m.regs, lambda k: m.span(),
           lambda k: repr(m), lambda k: m.lastgroup, lambda k: m.string, lambda k: repr(p), lambda k: p.groupindex,
           lambda k: hash(p), lambda k: s[0].search(), lambda k: s[0].match(),
           lambda k: s.__setitem__(0, p.scanner("aab aac ab")) if k % 5 == 0 else 0, lambda k: next(f[0]),
           lambda k: f.__setitem__(0, p.finditer("aab aac" * 5)) if k % 5 == 0 else 0,
           lambda k: p.sub(lambda m: m[0], "aab ac"), lambda k: re.compile("x%d" % (k % 50)),
           lambda k: re.purge() if k % 100 == 0 else 0, lambda k: p.fullmatch("a" * 50), lambda k: m.__copy__(),
           lambda k: m.__class_getitem__(str))
    b = bytearray(b"aab ac" * 5)
    pb = re.compile(rb"a+")
    sb = [pb.scanner(b)]
    hammer(lambda k: pb.findall(b), lambda k: b.append(97), lambda k: b.pop(),
           lambda k: [x.group() for x in pb.finditer(b)], lambda k: pb.search(b).group(),
           lambda k: b.clear() if k % 30 == 0 else b.extend(b"ac"), lambda k: sb[0].search(),
           lambda k: sb.__setitem__(0, pb.scanner(b)), lambda k: pb.sub(b"x", b))


def decimals():
    import decimal
    from decimal import Decimal
    ctx = decimal.Context(prec=10)
    d = Decimal("1.234567")
    hammer(lambda k: setattr(ctx, "prec", k % 20 + 1), lambda k: ctx.divide(d, Decimal(3)),
           lambda k: ctx.flags.__setitem__(decimal.Inexact, k % 2), lambda k: ctx.clear_flags(),
           lambda k: ctx.traps.__setitem__(decimal.Inexact, k % 2), lambda k: ctx.copy(), lambda k: repr(ctx),
           lambda k: decimal.setcontext(ctx), lambda k: d / 3, lambda k: setattr(ctx, "rounding", decimal.ROUND_UP),
           lambda k: setattr(ctx, "Emax", 100 + k), lambda k: setattr(ctx, "Emin", -100 - k),
           lambda k: setattr(ctx, "capitals", k % 2), lambda k: setattr(ctx, "clamp", k % 2),
           lambda k: ctx.create_decimal("1.23456"), lambda k: hash(d), lambda k: str(d), lambda k: d.sqrt(ctx),
           lambda k: ctx.flags, lambda k: dict(ctx.flags), lambda k: ctx.__reduce__(), lambda k: ctx.clear_traps(),
           lambda k: ctx.flags == ctx.traps, lambda k: setattr(ctx, "traps", {decimal.Inexact: 1}),
           lambda k: ctx.__init__(prec=5), lambda k: format(d, ".3f"), lambda k: d.as_tuple(),
           lambda k: decimal.getcontext().flags[decimal.Inexact], lambda k: decimal.localcontext(ctx).__enter__())


def partials():
    import functools
    def f(*a, **k): return a, k
    p = functools.partial(f, 1, x=2)
    ps = functools.partial(f, 1)
    l = functools.lru_cache(maxsize=5)(lambda x: [x])
    lu = functools.cache(lambda x: [x])
    class W:
        m = functools.partialmethod(f, 1); cp = functools.cached_property(lambda s: [1])
    w = W()
    key = functools.cmp_to_key(lambda a, b: 0)
    kk = key(1)
    hammer(lambda k: p.__setstate__((f, (k, [k]), {"y": [k]}, {"z": k})), lambda k: p(3), lambda k: p(3, w=4),
           lambda k: p(*[1] * 9), lambda k: repr(p), lambda k: p.args, lambda k: p.keywords, lambda k: p.func,
           lambda k: p.__reduce__(), lambda k: p.__dict__, lambda k: setattr(p, "attr", k), lambda k: p.attr,
           lambda k: functools.partial(p, 5), lambda k: p.__setstate__((f, (), {}, None)), lambda k: l(k % 9),
           lambda k: l.cache_info(), lambda k: l.cache_clear() if k % 20 == 0 else 0, lambda k: lu(k % 99),
           lambda k: lu.cache_clear() if k % 50 == 0 else 0, lambda k: l.cache_parameters(), lambda k: w.m(3),
           lambda k: w.cp, lambda k: w.__dict__.clear(), lambda k: kk < key(2), lambda k: setattr(kk, "obj", [k]),
           lambda k: kk.obj, lambda k: functools.reduce(lambda a, b: a, [1, 2]), lambda k: p.keywords.update(x=[k]),
           lambda k: p.keywords.pop("x"), lambda k: ps(k))


def pickles():
    import pickle, io, copy
    class P:
        def __init__(self): self.a = [1, 2]; self.b = {"x": self.a}
    P.__qualname__ = "Pq"
    globals()["Pq"] = P
    P.__module__ = __name__
    o = P()
    pk = pickle.Pickler(io.BytesIO(), 4)
    up = [pickle.Unpickler(io.BytesIO(pickle.dumps([1, [2], {3: 4}]) * 20))]
    hammer(lambda k: setattr(pk, "fast", k % 2), lambda k: pk.dump([o, o]), lambda k: pk.clear_memo(),
           lambda k: pk.memo.copy(), lambda k: setattr(pk, "dispatch_table", {}), lambda k: pk.dispatch_table,
           lambda k: setattr(pk, "bin", 1), lambda k: setattr(pk, "persistent_id", lambda x: None),
           lambda k: delattr(pk, "persistent_id"), lambda k: pk.__init__(io.BytesIO(), 2), lambda k: up[0].load(),
           lambda k: up[0].memo,
           lambda k: up.__setitem__(0, pickle.Unpickler(io.BytesIO(pickle.dumps([1, [2], {3: 4}]) * 20))) if k % 6 == 0 else 0,
           lambda k: setattr(up[0], "persistent_load", len), lambda k: up[0].find_class("builtins", "len"),
           lambda k: copy.deepcopy(o), lambda k: copy.copy(o), lambda k: setattr(o, "c%d" % (k % 9), [k]),
           lambda k: o.a.append(1), lambda k: o.a.clear() if k % 20 == 0 else 0, lambda k: setattr(pk, "memo", {}),
           lambda k: setattr(up[0], "memo", {}), lambda k: up[0].__init__(io.BytesIO(pickle.dumps(3) * 20)),
           lambda k: pk.fast, lambda k: pk.__sizeof__(), lambda k: up[0].__sizeof__(),
           ok=DOCUMENTED + (pickle.PickleError, Exception))


def etree():
    import xml.etree.ElementTree as ET, copy
    root = ET.fromstring("<a x='1'><b>t<c/></b><d/>tail</a>")
    tb = [ET.TreeBuilder()]
    pr = [ET.XMLPullParser()]
    its = [root.iter()]
    hammer(lambda k: copy.deepcopy(root), lambda k: copy.copy(root), lambda k: root.append(ET.Element("e")),
           lambda k: root.remove(root[0]), lambda k: root.find("b/c"), lambda k: root.findall("e"),
           lambda k: root.iter() and list(root.iter()), lambda k: ET.tostring(root),
           lambda k: root.set("k%d" % (k % 9), str(k)), lambda k: root.get("k1"), lambda k: root.attrib,
           lambda k: root.items(), lambda k: setattr(root, "text", str(k)), lambda k: root.text,
           lambda k: setattr(root, "tail", str(k)), lambda k: setattr(root, "tag", "t%d" % k),
           lambda k: root.__setitem__(slice(0, 2), [ET.Element("z")]), lambda k: root.__delitem__(0),
           lambda k: root.clear() if k % 20 == 0 else 0, lambda k: root.insert(0, ET.Element("q")),
           lambda k: root.extend([ET.Element("b")] * 2), lambda k: list(root), lambda k: list(root.itertext()),
           lambda k: root.__sizeof__(), lambda k: root.__getstate__(),
           lambda k: root.__setstate__({"tag": "x", "_children": [ET.Element("r")], "attrib": {}, "text": None, "tail": None}),
           lambda k: tb[0].start("a", {}), lambda k: tb[0].data("x"), lambda k: tb[0].end("a"),
           lambda k: tb[0].close(), lambda k: tb.__setitem__(0, ET.TreeBuilder()),
           lambda k: pr[0].feed("<a><b/></a>" if k % 3 else "<a>"), lambda k: list(pr[0].read_events()),
           lambda k: pr.__setitem__(0, ET.XMLPullParser(["start", "end"])), lambda k: next(its[0]),
           lambda k: its.__setitem__(0, root.iter()) if k % 5 == 0 else 0,
           lambda k: setattr(root, "attrib", {"x": str(k)}), lambda k: root.makeelement("x", {}),
           lambda k: repr(root), lambda k: len(root), lambda k: tb[0].comment("x"),
           ok=DOCUMENTED + (ET.ParseError, SyntaxError))


def csvs():
    import csv, io
    class W:
        def write(self, s): return len(s)
    w = csv.writer(W())
    r = [csv.reader(["a,b,c"] * 100)]
    hammer(lambda k: w.writerow([1, "a,b", 'x"y']), lambda k: w.writerows([[1, 2]] * 3), lambda k: next(r[0]),
           lambda k: r.__setitem__(0, csv.reader(["a,b,c", '"x', 'y"'] * 30)) if k % 9 == 0 else 0,
           lambda k: r[0].line_num, lambda k: r[0].dialect.delimiter, lambda k: csv.field_size_limit(100000 + k),
           lambda k: csv.register_dialect("d%d" % (k % 5), delimiter=";"),
           lambda k: csv.unregister_dialect("d%d" % (k % 5)), lambda k: csv.list_dialects(),
           lambda k: csv.get_dialect("d1"), ok=DOCUMENTED + (csv.Error,))


def jsons():
    import json, struct, hashlib, hmac, random
    e = json.JSONEncoder()
    c = json.encoder.c_make_encoder(None, None, json.encoder.encode_basestring, None, ": ", ", ", False, False, True)
    s = struct.Struct("<iq")
    h = [hashlib.sha256(), hashlib.md5(), hashlib.blake2b(), hashlib.sha3_256(), hashlib.shake_128()]
    rnd = random.Random(1)
    mac = hmac.new(b"k", digestmod="sha256")
    it = [s.iter_unpack(b"x" * 1200)]
    hammer(lambda k: c({"a": [1, 2, {"b": None}]}, 0), lambda k: s.pack(1, 2), lambda k: s.unpack(b"x" * 12),
           lambda k: s.__init__("<iq" if k % 2 else ">hhhhh"), lambda k: s.format, lambda k: s.size,
           lambda k: s.pack_into(bytearray(20), 0, 1, 2), lambda k: next(it[0]),
           lambda k: it.__setitem__(0, s.iter_unpack(b"x" * s.size * 10)),
           lambda k: [x.update(b"abc" * 10) for x in h], lambda k: [x.digest() for x in h[:4]],
           lambda k: h[4].digest(10), lambda k: [x.copy() for x in h], lambda k: h[0].update(b"x" * 5000),
           lambda k: rnd.random(), lambda k: rnd.getrandbits(100), lambda k: rnd.seed(k), lambda k: rnd.getstate(),
           lambda k: rnd.setstate(rnd.getstate()), lambda k: rnd.gauss(0, 1), lambda k: rnd.shuffle(list(range(10))),
           lambda k: mac.update(b"x"), lambda k: mac.digest(), lambda k: mac.copy(), ok=DOCUMENTED + (struct.error,))


def datetimes():
    import datetime, time
    class TZ(datetime.tzinfo):
        def utcoffset(self, d): return datetime.timedelta(hours=1)
    d = datetime.datetime(2020, 1, 1, tzinfo=TZ())
    td = datetime.timedelta(1)
    hammer(lambda k: hash(d), lambda k: hash(td), lambda k: d + td, lambda k: str(d), lambda k: d.strftime("%Y"),
           lambda k: hash(d.time()), lambda k: hash(d.date()), lambda k: d.isoformat(),
           lambda k: time.strftime("%H"), lambda k: datetime.datetime.now(),
           lambda k: d.astimezone(datetime.timezone.utc), lambda k: d.__reduce__())


def codecs():
    import codecs, encodings
    inc = [codecs.getincrementaldecoder("utf8")(), codecs.getincrementalencoder("utf8")(), codecs.getincrementaldecoder("gbk")(), codecs.getincrementalencoder("iso2022_jp")(), codecs.getincrementaldecoder("shift_jis")()]
    import io
    nl = io.IncrementalNewlineDecoder(None, True)
    sr = codecs.getreader("gbk")(io.BytesIO(b"abc\n" * 500))
    sw = codecs.getwriter("gbk")(io.BytesIO())
    hammer(lambda k: inc[0].decode(b"\xc3"), lambda k: inc[0].decode(b"\xa4"), lambda k: inc[0].reset(),
           lambda k: inc[0].getstate(), lambda k: inc[1].encode("ä"), lambda k: inc[2].decode(b"\xb0"),
           lambda k: inc[2].reset(), lambda k: inc[2].getstate(), lambda k: inc[2].setstate((b"\xb0", 0)),
           lambda k: inc[3].encode("\u3042"), lambda k: inc[3].reset(), lambda k: inc[3].getstate(),
           lambda k: inc[3].setstate(0), lambda k: inc[4].decode(b"\x82"), lambda k: nl.decode("a\r"),
           lambda k: nl.decode("\n"), lambda k: nl.newlines, lambda k: nl.reset(), lambda k: nl.getstate(),
           lambda k: nl.setstate((b"", 1)), lambda k: codecs.lookup("utf%d" % (8 + k % 3)),
           lambda k: codecs.register_error("e%d" % (k % 5), lambda e: ("?", e.end)),
           lambda k: "ä".encode("ascii", "e1"), lambda k: codecs.lookup_error("e2"), lambda k: sr.read(3),
           lambda k: sr.readline(), lambda k: sr.reset(), lambda k: sw.write("x"), lambda k: sw.reset(),
           lambda k: setattr(inc[2], "errors", "ignore" if k % 2 else "strict"), lambda k: inc[2].errors,
           lambda k: setattr(sr, "errors", "ignore"))


def misc():
    import types, operator, collections, select, selectors, signal, mmap, gc, _struct, unicodedata, time, random, string, typing, bisect, heapq, copyreg, builtins
    ns = types.SimpleNamespace(a=1)
    ig = operator.itemgetter(1, 2)
    ag = operator.attrgetter("a")
    mc = operator.methodcaller("upper")
    H = list(range(50))
    mp = types.MappingProxyType(ns.__dict__)
    NT = collections.namedtuple("NT", "a b")
    ga = list[int]
    cell = types.CellType(1)
    mm = [mmap.mmap(-1, 4096)]
    po = select.poll()
    ep = [select.epoll()]
    ud = collections.UserDict()
    sl = slice(1, [2], 3)
    al = typing.List[int]
    meth = ns.__repr__
    def F(): return cell.cell_contents
    r, w = os.pipe()
    hammer(lambda k: setattr(ns, "b%d" % (k % 9), [k]), lambda k: delattr(ns, "b%d" % (k % 9)), lambda k: repr(ns),
           lambda k: ns == ns, lambda k: ns.__init__(a=[k]), lambda k: ns.__reduce__(), lambda k: dict(mp),
           lambda k: ig("abc"), lambda k: ag(ns), lambda k: mc("x"), lambda k: heapq.heappush(H, k),
           lambda k: heapq.heappop(H), lambda k: heapq.heapify(H), lambda k: heapq.heapreplace(H, k),
           lambda k: heapq.heappushpop(H, k), lambda k: bisect.insort(H, k), lambda k: bisect.bisect(H, k),
           lambda k: heapq.nlargest(3, H), lambda k: setattr(cell, "cell_contents", [k]), F,
           lambda k: delattr(cell, "cell_contents"), lambda k: repr(cell), lambda k: cell == types.CellType(3),
           lambda k: mm[0].write(b"x"), lambda k: mm[0].seek(0), lambda k: mm[0][:5],
           lambda k: mm[0].close() if k % 9 == 3 else 0,
           lambda k: mm.__setitem__(0, mmap.mmap(-1, 4096)) if k % 9 == 0 else 0, lambda k: mm[0].find(b"x"),
           lambda k: mm[0].flush(), lambda k: mm[0].read(3),
           lambda k: memoryview(mm[0])[3], lambda k: po.register(r, 1), lambda k: po.modify(r, 3),
           lambda k: po.poll(0), lambda k: po.unregister(r), lambda k: ep[0].register(r, 1), lambda k: ep[0].poll(0),
           lambda k: ep[0].unregister(r), lambda k: ep[0].close() if k % 9 == 5 else 0,
           lambda k: ep.__setitem__(0, select.epoll()) if k % 9 == 0 else 0, lambda k: hash(ga),
           lambda k: ga.__parameters__, lambda k: gc.get_stats() and gc.get_count(),
           lambda k: gc.get_referrers(ns) if k % 50 == 0 else 0, lambda k: gc.get_objects() if k % 50 == 0 else 0,
           lambda k: gc.is_tracked(ns), lambda k: sys.getrefcount(ns), lambda k: sys.getsizeof(ns.__dict__),
           lambda k: mm[0].size())
    os.close(r)
    os.close(w)


def threadlib():
    import queue, _thread
    l = threading.Lock()
    r = threading.RLock()
    c = threading.Condition()
    ev = threading.Event()
    s = threading.Semaphore(2)
    q = queue.SimpleQueue()
    Q = queue.Queue(5)
    loc = threading.local()
    hammer(lambda k: l.acquire(False), lambda k: l.release(), lambda k: r.acquire(False), lambda k: r.release(),
           lambda k: l.locked(), lambda k: repr(l), lambda k: repr(r), lambda k: q.put(k), lambda k: q.get_nowait(),
           lambda k: q.qsize(), lambda k: q.empty(), lambda k: Q.put_nowait(k), lambda k: Q.get_nowait(),
           lambda k: ev.set(), lambda k: ev.wait(0.0001), lambda k: ev.clear(), lambda k: s.acquire(False),
           lambda k: s.release(), lambda k: setattr(loc, "x", [k]), lambda k: loc.x, lambda k: loc.__dict__,
           lambda k: delattr(loc, "x"), lambda k: r._is_owned(), lambda k: threading.enumerate(),
           lambda k: q.put([k]), lambda k: q.get(timeout=0.0001), ok=DOCUMENTED + (queue.Empty, queue.Full))


def asyncios():
    import asyncio
    loop = asyncio.new_event_loop()
    fut = [loop.create_future()]
    cb = lambda f: None
    async def co():
        await asyncio.sleep(0)
    tasks = []
    def mkf(k):
        if k % 6 == 0: fut[0] = loop.create_future()
    hammer(mkf, lambda k: fut[0].set_result([k]) if k % 6 == 3 else 0,
           lambda k: fut[0].cancel() if k % 6 == 4 else 0,
           lambda k: fut[0].set_exception(KeyError()) if k % 6 == 5 else 0, lambda k: fut[0].add_done_callback(cb),
           lambda k: fut[0].remove_done_callback(cb), lambda k: fut[0].result(), lambda k: fut[0].exception(),
           lambda k: fut[0].done(), lambda k: fut[0].cancelled(), lambda k: repr(fut[0]),
           lambda k: fut[0]._callbacks, lambda k: next(iter(fut[0])), lambda k: fut[0].get_loop(),
           lambda k: fut[0].__init__(loop=loop) if k % 8 == 0 else 0,
           lambda k: setattr(fut[0], "_asyncio_future_blocking", False), lambda k: fut[0]._exception,
           lambda k: fut[0]._log_traceback, lambda k: fut[0]._cancel_message,
           ok=DOCUMENTED + (asyncio.InvalidStateError, asyncio.CancelledError))
    loop.run_until_complete(co())
    loop.close()


for test in (itertools, regex, decimals, partials, pickles, etree, csvs, jsons, datetimes, codecs, misc, threadlib, asyncios):
    test()
