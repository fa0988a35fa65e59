# SPDX-License-Identifier: MIT
"""Threads at one pickler, one changing structure, one encoder, one future, and loops of their own."""
import asyncio
import io
import json
import pickle
import threading

errs = []
def run(fs, n=4):
    b = threading.Barrier(n)
    def w(i):
        b.wait()
        try: fs(i)
        except BaseException as e: errs.append(repr(e))
    ts = [threading.Thread(target=w, args=(i,)) for i in range(n)]
    [t.start() for t in ts]; [t.join() for t in ts]
shared = {"a": [1, 2, {"k": "v"}], "s": {1, 2, 3}}
p = pickle.Pickler(io.BytesIO())
def same_pickler(i):
    for _ in range(300):
        try: p.dump(shared)
        except RuntimeError as e: pass
        try: p.clear_memo()
        except RuntimeError: pass
run(same_pickler)
def mutate(i):
    for k in range(400):
        if i % 2:
            shared["a"].append({"k": k}); shared[str(k % 50)] = [k] * (k % 7)
            if k % 3 == 0: shared.pop(str(k % 50), None)
            if k % 10 == 0: shared["a"].clear()
        else:
            try: pickle.loads(pickle.dumps(shared)); json.loads(json.dumps(shared, default=list))
            except RuntimeError: pass
run(mutate)
enc = json.JSONEncoder(); dec = json.JSONDecoder()
def js(i):
    for k in range(500):
        assert dec.decode(enc.encode({"x": [k, i], "y%d" % k: 1.5}))["x"] == [k, i]
run(js)
loop = asyncio.new_event_loop()
fut = loop.create_future()
def futs(i):
    for k in range(500):
        fut.add_done_callback(print); fut.remove_done_callback(print); repr(fut._callbacks); fut.done()
run(futs)
async def leaf(n):
    await asyncio.sleep(0); return n
async def main(): return sum(await asyncio.gather(*(leaf(i) for i in range(200))))
def loops(i):
    for _ in range(5):
        assert asyncio.run(main()) == 19900
        list(asyncio.tasks._all_tasks)
run(loops)
loop.close()


def ignoring(*calls):
    """A worker that calls each again and again; only errors that the calls document may come."""
    def work(i):
        for k in range(150):
            for call in calls:
                try: call(k)
                except (ValueError, BufferError, IndexError, TypeError, RuntimeError, ArithmeticError, expat.ExpatError): pass
    return work


import itertools
from xml.parsers import expat
data, text, numbers = io.BytesIO(b"x" * 50), io.StringIO("y" * 50), bytearray(b"%d %d")
run(ignoring(lambda k: data.write(b"a" * k), lambda k: bytes(data.getbuffer()), lambda k: data.__setstate__(data.__getstate__()), lambda k: data.truncate(9),
             lambda k: text.write("a" * k), lambda k: text.__setstate__(text.__getstate__()), lambda k: text.__init__("b"), lambda k: text.close(),
             lambda k: numbers % (k, k), lambda k: numbers.append(37), lambda k: numbers.clear() or numbers.extend(b"%d %d")))
parser = expat.ParserCreate()
run(ignoring(lambda k: setattr(parser, "buffer_text", k % 2), lambda k: setattr(parser, "buffer_size", k + 1), lambda k: parser.Parse("<a>" + "t" * 90),
             lambda k: setattr(parser, "CharacterDataHandler", len if k % 2 else None), lambda k: parser.CurrentLineNumber))
combos, chained = itertools.permutations(range(7), 4), itertools.chain(*[[1, 2]] * 900)
run(ignoring(lambda k: next(combos, 0), lambda k: combos.__setstate__(combos.__reduce__()[2]), lambda k: next(chained, 0),
             lambda k: chained.__setstate__((iter([[3, 4]]), iter([5])))))
assert not errs, errs
