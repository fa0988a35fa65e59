# SPDX-License-Identifier: MIT
"""Threads that change, walk and copy one shared container of each kind.

    containers.py [--loops N] [names...]

Items define __eq__ and __hash__ in Python, so that look-ups leave the container's section. Checked:
no crash, no hang, and the counts that single operations promise (append, pop, setdefault, next).
"""
import _thread
import argparse
import sys

parser = argparse.ArgumentParser()
parser.add_argument("--loops", type=int, default=3000)
parser.add_argument("names", nargs="*")
options = parser.parse_args()
failed = []


def check(name, good):
    if not good:
        failed.append(name)
        print("FAILED", name)


def run(fs):
    locks=[]
    def w(f,l):
        try: f()
        except BaseException as e: check('%s: %s' % (type(e).__name__, e), False)
        l.release()
    for f in fs:
        l=_thread.allocate_lock(); l.acquire(); locks.append(l)
        _thread.start_new_thread(w,(f,l))
    for l in locks: l.acquire()
N = options.loops
def ok(*excs):
    def deco(f):
        def g():
            for i in range(N):
                try: f(i)
                except excs: pass
        return g
    return deco
class O:
    def __init__(s,v): s.v=v
    def __eq__(s,o): return isinstance(o,O) and s.v==o.v
    def __hash__(s): return hash(s.v)
def list_test():
    L=[O(i) for i in range(50)]
    ops=[]
    E=(IndexError,ValueError,RuntimeError)
    @ok(*E)
    def a(i):
        L.append(O(i))
        if len(L)>300: L.clear()
    @ok(*E)
    def b(i): L.pop()
    @ok(*E)
    def c(i): L.insert(i%7,O(i)); L.pop(0)
    @ok(*E)
    def d(i):
        for x in L: x.v
    @ok(*E)
    def e(i): L[3:9]=[O(1),O(2)]; L[::3]; L+[1]; L[2]=O(5); del L[1:3]
    @ok(*E)
    def f(i): L[i%20]; O(5) in L; L.index(O(3)); L.remove(O(2))
    @ok(*E)
    def g(i):
        L.reverse(); L.extend([O(3)]*3); list(L); L.copy(); tuple(L); L*2
        if i%50==0: L.sort(key=lambda o:o.v)
    run([a,b,c,d,e,f,g,a,b])
    for x in L: x.v
def dict_test():
    D={i:O(i) for i in range(50)}
    E=(KeyError,RuntimeError)
    @ok(*E)
    def a(i): D[i%97]=O(i); D['k%d'%(i%31)]=O(i)
    @ok(*E)
    def b(i): del D[i%97]
    @ok(*E)
    def c(i): D.popitem()
    @ok(*E)
    def d(i):
        for k,v in D.items(): v.v
    @ok(*E)
    def e(i): D.setdefault(O(i%13),O(i)); D.get(O(i%11)); D.pop(O(i%13),None)
    @ok(*E)
    def f(i): dict(D); list(D); D.copy(); D.update({5:O(1),O(3):O(2)}); list(D.values()); len(D)
    @ok(*E)
    def g(i):
        D.get('k%d'%(i%31)); 5 in D; D|{1:2}; D=={1:2}
        if i%100==0: D.clear()
    run([a,b,c,d,e,f,g,a,e])
    for k,v in D.items(): v.v
def set_test():
    S={O(i) for i in range(30)}
    E=(KeyError,RuntimeError)
    @ok(*E)
    def a(i): S.add(O(i%77)); S.add('s%d'%(i%17))
    @ok(*E)
    def b(i): S.discard(O(i%77)); S.remove('s%d'%(i%17))
    @ok(*E)
    def c(i): S.pop()
    @ok(*E)
    def d(i):
        for k in S: hash(k)
    @ok(*E)
    def e(i): S|{O(1)}; S&{O(2)}; S-{O(3)}; S^{O(4)}; set(S); frozenset(S); O(5) in S; S.copy()
    @ok(*E)
    def f(i):
        S.update([O(i),O(i+1)]); S.difference_update([O(i)]); S.symmetric_difference_update({O(7)})
        if i%50==0: S.intersection_update({O(x) for x in range(40)})
        if i%200==0: S.clear()
    run([a,b,c,d,e,f,a])
def deque_test():
    from _collections import deque, defaultdict
    Q=deque([O(i) for i in range(20)]); B=deque(maxlen=7); DD=defaultdict(list)
    E=(IndexError,RuntimeError,ValueError,KeyError)
    @ok(*E)
    def a(i): Q.append(O(i)); B.append(O(i)); DD[i%50].append(i)
    @ok(*E)
    def b(i): Q.popleft(); B.appendleft(O(i)); DD.pop(i%50)
    @ok(*E)
    def c(i): Q.appendleft(O(i)); Q.pop(); B.rotate(2); Q[0]; Q[2]=O(1)
    @ok(*E)
    def d(i):
        for x in Q: x.v
    @ok(*E)
    def e(i):
        Q.extend([O(1),O(2)]); Q.remove(O(1)); Q.index(O(2)); Q.reverse(); Q.copy(); list(B); Q.insert(1,O(3)); del Q[0]
        if len(Q)>200: Q.clear()
    run([a,b,c,d,e,a,b])
def iter_test():
    import itertools, _functools, _queue, _heapq
    L=[O(i) for i in range(200)]
    st={}
    def mk():
        st['it']=iter(L); st['z']=zip(L,L); st['e']=enumerate(L); st['c']=itertools.chain(L,L); st['g']=itertools.groupby(L,key=lambda o:o.v//10); st['t']=itertools.tee(iter(L)); st['p']=itertools.permutations(L[:6]); st['acc']=itertools.accumulate(L,lambda a,b:b); st['pw']=itertools.pairwise(L); st['cy']=itertools.cycle(L[:5]); st['sl']=itertools.islice(iter(L),5,100,3); st['zl']=itertools.zip_longest(L,L[:5]); st['d']=iter({i:O(i) for i in range(50)}.items()); st['s']=iter({O(i) for i in range(50)}); st['r']=reversed(L); st['m']=map(lambda o:o.v,L); st['pr']=itertools.product(L[:3],repeat=3)
    mk()
    cnt=itertools.count(); seen=[]
    def w():
        for i in range(N):
            for k in ('it','z','e','c','p','acc','pw','cy','sl','zl','d','s','r','m','pr'):
                try: next(st[k])
                except (StopIteration,RuntimeError): pass
            try: next(st['t'][0]); next(st['t'][1])
            except (StopIteration,RuntimeError): pass
            try:
                k,g=next(st['g']); next(g); next(g)
            except (StopIteration,RuntimeError): pass
            if i%100==0: mk()
    run([w,w,w,w])
    def cn():
        mine=[next(cnt) for _ in range(N)]; seen.append(mine)
    run([cn]*4)
    allv=sorted(x for m in seen for x in m)
    check('count', allv==list(range(4*N)))
    f=_functools._lru_cache_wrapper(lambda x:O(x),16,False,lambda *a:a)
    g=_functools._lru_cache_wrapper(lambda x:O(x),None,False,lambda *a:a)
    def lr():
        for i in range(N):
            f(i%23); g(i%50)
            if i%500==0: f.cache_clear(); g.cache_clear()
    run([lr]*4); check('lru', f.cache_info()[3] <= 17)
    q=_queue.SimpleQueue(); tot=[]
    def put():
        for i in range(N): q.put(i)
    def get():
        s=0
        for i in range(N): s+=q.get()
        tot.append(s)
    run([put,get,put,get]); check('queue', sum(tot) == 2*sum(range(N)) and q.empty())
    H=[]
    def hp():
        for i in range(N):
            try: _heapq.heappush(H,i*7919%1000); _heapq.heappop(H)
            except (RuntimeError,IndexError): pass
    run([hp]*3)
    it=iter(list(range(N*4))); got=[]
    def drain():
        m=[]
        for x in it: m.append(x)
        got.append(m)
    run([drain]*4); check('iter', sorted(x for m in got for x in m)==list(range(N*4)))
    A=[]
    def ap():
        for i in range(N): A.append(i)
    run([ap]*4); check('append', len(A) == 4*N and sum(A) == 4*sum(range(N)))
    D={}
    def sd(k):
        def f():
            for i in range(N): D.setdefault(i,k)
        return f
    run([sd(k) for k in range(4)]); check('setdefault', len(D) == N)
    P=list(range(N*2)); out=[]
    def pp():
        m=[]
        try:
            while 1: m.append(P.pop())
        except IndexError: out.append(m)
    run([pp]*4); check('pop', sorted(x for m in out for x in m)==list(range(2*N)))
def odict_test():
    from collections import OrderedDict
    D=OrderedDict((i,O(i)) for i in range(50))
    E=(KeyError,RuntimeError)
    @ok(*E)
    def a(i): D[i%97]=O(i); D['k%d'%(i%31)]=O(i)
    @ok(*E)
    def b(i): D.move_to_end(i%97); D.move_to_end('k%d'%(i%31),last=False)
    @ok(*E)
    def c(i): D.popitem(last=bool(i&1))
    @ok(*E)
    def d(i):
        for k,v in D.items(): v.v
    @ok(*E)
    def e(i): D.setdefault(O(i%13),O(i)); D.get(O(i%11)); D.pop(O(i%13),None); D.move_to_end(O(i%13)); list(reversed(D)); D.copy(); D==D
    run([a,b,c,d,e,a])


tests = {k[:-5]: v for k, v in list(globals().items()) if k.endswith("_test")}
for name in options.names or tests:
    tests[name]()
print("containers:", "failed" if failed else "ok")
sys.exit(bool(failed))
