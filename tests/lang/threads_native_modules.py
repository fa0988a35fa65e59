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
assert not errs, errs
