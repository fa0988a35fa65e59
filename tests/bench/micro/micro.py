# SPDX-License-Identifier: MIT
"""Micro-benchmarks of the built-in types and native modules: one statement each.

`tools/bench --micro` starts this file once on each interpreter as a worker and asks them in turn:
a line "NUMBER MILLISECONDS" on standard input is answered by the CPU time of one execution in
nanoseconds. Bodies are one statement (or a few lines, ";; " between them), repeated in the loop so that
the loop counts for little; what they need is in the set-up of their group, whose names are locals.
"""
import itertools
import sys
import time

GROUPS = {}


def group(name, setup, bodies):
    GROUPS[name] = (setup, [line.strip() for line in bodies.strip().splitlines() if line.strip()])


group("dict", """
d = {f"key{i}": i for i in range(20)}; e = {f"other{i}": i for i in range(20)}; small = {"a": 1, "b": 2}
pairs = list(d.items()); t = {(i, i + 1): i for i in range(50)}; x, y = 7, 8; n = {i: i for i in range(100)}
keys = list(d)
""", """
dict(d)
{**d}
{**d, "more": 1}
d | e
d.copy()
z = {}; z.update(d)
dict(pairs)
dict(a=1, b=2, c=3)
{k: v for k, v in pairs}
t[x, y]
t[(x, y)] = 1
d.get("key7")
d.get("none", 0)
d["key9"]
"key3" in d
n[x]
d.setdefault("key1", 0)
z = {"a": x, "b": y}; z.pop("a")
list(d)
list(d.items())
list(d.values())
sorted(d)
for k, v in d.items(): pass
dict.fromkeys(keys, 0)
d == dict(pairs)
d.keys() & e.keys()
len(d)
""")

group("bytes", """
b = b"the quick brown fox jumps over the lazy dog " * 4; s = b"  spaced  "; words = b.split(); big = b * 50
ba = bytearray(b); m = memoryview(big); ints = list(range(100)); n = 300
""", """
b.split()
b.split(b" ")
b.strip()
s.strip()
b.find(b"lazy")
big.find(b"cat")
big.count(b"fox")
b.replace(b"fox", b"cat")
b.startswith(b"the")
b[4:9]
b[7]
b + s
b"".join(words)
b == big
b.decode()
b.hex()
bytes.fromhex("00ff10ab99")
bytes(ints)
bytes(n)
bytearray(n)
z = bytearray(); z += b; z += s
z = bytearray(); z.append(65); z.append(66); z.extend(s)
bytes(ba)
ba[3:9]
m[10:200]
bytes(m[10:50])
m[7]
int.from_bytes(s, "big")
n.to_bytes(4, "little")
b.upper()
b.partition(b"fox")
b.splitlines()
b"%d %s" % (n, s)
hash(m[0:4].tobytes())
b"lazy" in b
b.isdigit()
b.translate(None, b"aeiou")
b.ljust(200)
""")

group("str format", """
s = "name"; i = 12345; f = 3.14159; neg = -7; big = 10 ** 25; tup = ("a", 3); d = {"k": "v", "n": 5}
""", """
"%s" % s
"%s" % i
"%d" % i
"%5d|%-8s|" % (i, s)
"%.2f" % f
"%x" % i
"%r" % s
"%s=%s" % tup
"%(k)s-%(n)d" % d
"{}".format(s)
"{} {}".format(s, i)
"{0}:{1:>10}".format(s, i)
"{:.2f}".format(f)
"{name}={value}".format(name=s, value=i)
f"{s}"
f"{s} {i}"
f"{i:5d}"
f"{i:,}"
f"{i:08x}"
f"{f:.2f}"
f"{f:10.3e}"
f"{s:>10}"
f"{s!r:<12}"
format(i, "x")
format(f, ".3f")
str(i)
str(neg)
str(f)
repr(f)
repr(s)
str(big)
hex(i)
bin(i)
str(True)
str(None)
repr([1, 2, 3])
repr(tup)
repr(d)
str(0.1)
str(1e22)
chr(i)
""")

group("int", """
i = 12345; j = 77; b = 10 ** 30; c = 10 ** 25 + 7; h = 3 ** 2000; g = 7 ** 1500; s = "12345"; t = "3.14159"; x = "ff"
n = 2 ** 64 - 1; f = 12.75; ds = "9" * 40; neg = -45
""", """
b + i
b - i
b + c
b - c
b * j
b * c
b // j
b // c
b % j
b % c
divmod(b, c)
b ** 3
h * g
h + g
h // g
h % g
str(b)
str(h)
int(s)
int(x, 16)
int(ds)
int(" 42 ")
float(s)
float(t)
int(f)
float(i)
pow(i, 65537, c)
pow(j, 20)
i * j
i // j
i % j
divmod(i, j)
i / j
neg // j
neg % 7
i << 3
b << 10
b >> 20
b & n
n | i
n ^ c
-b
abs(neg)
b == c
b < c
hash(b)
b.bit_length()
i.bit_length()
round(f)
round(t and 3.14159, 2)
i ** 2
f ** 0.5
f // 3.0
f % 3.0
f.is_integer()
n & 0xffffffff
(n * j) & 0xffffffffffffffff
min(i, j)
max(i, j, neg)
sum((i, j, neg))
int.from_bytes(b"abcdefghij", "big")
""")

group("list and tuple", """
l = list(range(50)); t = tuple(l); s = set(l); r = range(50); d = dict.fromkeys(l); w = [str(i) for i in l]
import random
rng = random.Random(3)
fl = [rng.random() for _ in range(200)]; il = [rng.randrange(1000) for _ in range(200)]
sl = [str(v) for v in il]; tl = [(v, str(v)) for v in il]; objs = [{"k": v} for v in il]; p = list(range(1000))
a, b = (1, 2, 3), (1, 2, 4)
""", """
tuple(l)
list(l)
list(t)
list(s)
list(r)
list(d)
list(map(str, l))
[v + 1 for v in l]
l[:]
l.copy()
l + l
l * 3
[*l, *t]
[0] * 100
t + t
t[1:10]
l[::2]
l[::-1]
l[10:20] = t[10:20]
sorted(il)
sorted(fl)
sorted(sl)
sorted(tl)
sorted(il, reverse=True)
sorted(sl, key=len)
sorted(objs, key=lambda o: o["k"])
z = il.copy(); z.sort()
z = [*l]; z.insert(0, 1); z.insert(20, 3)
z = [*l]; z.pop(0); z.pop()
z = []; z.extend(l); z.extend(t)
z = []; z.append(1); z.append(2)
z = [*l]; z.reverse()
z = [*l]; del z[10]; z.remove(30)
p.pop(0); p.append(1)
l.index(40)
40 in l
40 in t
99 in l
l.count(7)
l == t
l == list(t)
a == b
a < b
hash(a)
w.index("40")
"40" in w
min(l)
max(fl)
sum(l)
sum(fl)
any(l)
all(l)
list(zip(l, t))
list(enumerate(l))
list(reversed(l))
list(filter(None, l))
for v in reversed(l): pass
for k, v in enumerate(l): pass
for k, v in zip(l, t): pass
min(tl, key=lambda v: v[0])
x, *y = t
isinstance(l, (list, tuple))
len(l)
""")

group("set", """
l = list(range(50)); s = set(l); o = set(range(25, 75)); w = {str(i) for i in l}; f = frozenset(l)
""", """
set(l)
s | o
s & o
s - o
s ^ o
s <= o
s == o
s.copy()
frozenset(l)
7 in s
"7" in w
z = {1, 2, 3}; z.add(4); z.discard(2)
z = set(); z.update(l)
s.isdisjoint(o)
s.issubset(l)
for v in s: pass
{v for v in l}
sorted(s)
hash(f)
len(s)
""")

group("str", """
s = "the quick brown fox jumps over the lazy dog"; w = s.split(); u = "żółw Größe naïve"; long = (s + "\\n") * 40; pad = "  text  "
n = "12345"; csvline = "a,b,c,d,e,f,g,h"; table = str.maketrans("abc", "xyz"); b = s.encode(); ub = u.encode(); e = "key=value"
other = s[:-1] + "G"; lines = long.splitlines(); deltable = str.maketrans("", "", "aeiou")
""", """
" ".join(w)
",".join(["a", "b", "c"])
s.split()
csvline.split(",")
e.split("=", 1)
s.rsplit(" ", 1)
s.replace("fox", "cat")
s.replace("o", "0")
long.replace("\\n", " ")
s.find("lazy")
s.find("z")
long.find("cat")
long.count("fox")
s.index("fox")
s.rfind("the")
s.startswith("the")
s.startswith(("a", "the"))
s.endswith("dog")
pad.strip()
s.strip()
pad.rstrip()
"xxabcxx".strip("x")
s.translate(table)
s.translate(deltable)
s.encode()
s.encode("ascii")
u.encode()
s.encode("latin-1")
b.decode()
ub.decode("utf-8")
b.decode("ascii")
s.lower()
s.upper()
u.upper()
u.lower()
s.title()
s.capitalize()
s.casefold()
s.swapcase()
n.isdigit()
s.isalpha()
n.isalnum()
n.isidentifier()
s.isspace()
s.islower()
s.isascii()
e.partition("=")
s.rpartition(" ")
long.splitlines()
n.center(20)
n.ljust(20)
n.rjust(20)
n.zfill(10)
s[4:9]
s[:10]
s[5]
s[-1]
s[::-1]
s[::2]
s + n
z = s; z += n; z += e
s * 3
s == other
s < other
s == n
hash(s[1:])
"fox" in s
"x" in s
"cat" in s
for c in s: pass
list(s)
sorted(s)
len(s)
ord("a")
chr(97)
u[3]
u == ub
s.removeprefix("the ")
s.expandtabs()
"a\\tb".expandtabs()
max(s)
[c for c in s if c.isalpha()]
"".join(c for c in s if c != "o")
"".join([c.upper() for c in s])
"".join(reversed(s))
str(s)
str(b, "utf-8")
""")

group("re", """
import re
log = '127.0.0.1 - - [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif HTTP/1.0" 200 2326'
logre = re.compile(r'(\\S+) (\\S+) (\\S+) \\[([^\\]]+)\\] "(\\w+) (\\S+) ([^"]+)" (\\d{3}) (\\d+)')
text = "please mail john.doe@example.com or jane@host.org about it, call 555-1234 at 10:30. " * 5
mail = re.compile(r'[\\w.+-]+@[\\w-]+\\.[\\w.-]+'); word = re.compile(r'\\w+'); num = re.compile(r'\\d+'); ws = re.compile(r'\\s+')
tok = re.compile(r'(?P<num>\\d+)|(?P<name>[a-z_]\\w*)|(?P<op>[-+*/=()])|(?P<ws>\\s+)'); src = "alpha = beta1 * (33 + gamma) - 7 / x"
date = re.compile(r'^(\\d{4})-(\\d{2})-(\\d{2})$'); alt = re.compile('foo|bar|baz|lazy'); ic = re.compile('HOST', re.I); m = date.match('2020-01-02')
""", """
logre.match(log)
logre.match(log).groups()
mail.findall(text)
mail.search(text)
word.findall(text)
num.findall(text)
ws.split(text)
ws.sub(" ", text)
num.sub(lambda m: m.group() + "!", text)
[t.lastgroup for t in tok.finditer(src)]
date.match("2020-01-02")
m.group(1)
m.groups()
m.group(1, 2, 3)
m.span()
m[2]
alt.search(text)
ic.findall(text)
re.match(r"\\w+", text)
re.sub("a", "b", text)
re.findall(r"[aeiou]", text)
re.escape("a.b*c")
num.fullmatch("12345")
re.split(r"[,.] ", text)
re.compile("abc")
""")

group("json and pickle", """
import json, pickle, struct, array, copy
data = {"name": "John", "age": 30, "tags": ["a", "b", "c"], "nested": {"x": 1.5, "y": None, "z": True}, "list": list(range(20))}
text = json.dumps(data); p = pickle.dumps(data); st = struct.Struct("<IhBd"); packed = st.pack(1, 2, 3, 4.0); floats = [1.5] * 50
a = array.array("d", floats); ai = array.array("i", range(100)); u = "żółw\\n" * 10
class P:
    def __init__(self): self.x = 1; self.y = [2]
obj = P(); nested = [[1, 2], {"a": (3, 4)}]
""", """
json.dumps(data)
json.loads(text)
json.dumps(data, indent=2)
json.dumps(data, sort_keys=True)
json.dumps(floats)
json.dumps("text")
json.dumps(u)
json.loads("[1, 2, 3]")
pickle.dumps(data)
pickle.loads(p)
pickle.dumps(floats)
struct.pack("<IhBd", 1, 2, 3, 4.0)
struct.unpack("<IhBd", packed)
st.pack(1, 2, 3, 4.0)
st.unpack(packed)
struct.unpack_from(">H", packed, 2)
struct.calcsize("<IhBd")
a[5]
a[5] = 2.5
a.append(1.0); a.pop()
ai.tobytes()
ai.tolist()
array.array("i", (1, 2, 3))
sum(ai)
for v in ai: pass
copy.copy(data)
copy.deepcopy(nested)
copy.copy(obj)
copy.deepcopy(obj)
""")

group("io", """
import io, csv, sys, os, tempfile
text = "some line of text, with words\\n" * 50; btext = text.encode()
path = tempfile.mktemp()
with open(path, "w") as fh: fh.write(text * 4)
rows = [["a", 1, 2.5, "x y"]] * 10; csvtext = "name,age,city\\njohn,30,paris\\n" * 10; null = open(os.devnull, "w"); sio = io.StringIO(text)
""", """
with open(path) as fh: z = fh.read()
with open(path) as fh: z = [line for line in fh]
with open(path, "rb") as fh: z = fh.read()
with open(path, "rb") as fh: z = [line for line in fh]
with open(path) as fh: z = fh.readlines()
with open(path, encoding="utf-8", newline="") as fh: z = fh.read()
z = io.StringIO(); z.write("abc"); z.write("def"); z.getvalue()
z = io.StringIO(text); z.readline(); z.readline()
[line for line in io.StringIO(text)]
z = io.BytesIO(); z.write(b"abc"); z.write(b"def"); z.getvalue()
z = io.BytesIO(btext); z.read(10); z.read()
[line for line in io.BytesIO(btext)]
list(csv.reader(io.StringIO(csvtext)))
csv.writer(io.StringIO()).writerows(rows)
list(csv.DictReader(io.StringIO(csvtext)))
print("text", 1, file=null)
print("text", file=null)
null.write("some text\\n")
os.path.join("a", "b", "c")
os.path.splitext("file.txt")
os.path.basename("/a/b/c.txt")
os.path.exists(path)
os.stat(path)
os.listdir("/")
os.path.normpath("/a/../b/./c")
os.fspath(path)
os.environ.get("HOME")
""")

group("datetime and decimal", """
import datetime as dt, time, decimal, fractions, uuid
from decimal import Decimal as D
a = dt.datetime(2020, 5, 17, 12, 30, 45); b = dt.datetime(2021, 1, 1); td = dt.timedelta(days=3, hours=2); day = dt.date(2020, 1, 1); iso = a.isoformat()
x, y = D("3.14159"), D("2.5"); big = D("1234567890.123456789012345678"); big2 = D("9.876543210987654321098765432"); q = D("0.01")
fr = fractions.Fraction(3, 7); fs = fractions.Fraction(5, 11); tup = time.localtime(0); utc = dt.timezone.utc
""", """
a + td
b - a
a < b
a.isoformat()
str(a)
a.strftime("%Y-%m-%d %H:%M")
dt.datetime.strptime("2020-05-17", "%Y-%m-%d")
dt.datetime.fromisoformat(iso)
dt.datetime(2020, 5, 17, 12, 30)
dt.datetime.now()
dt.datetime.now(utc)
dt.date(2020, 1, 1)
dt.timedelta(seconds=5)
td.total_seconds()
td * 2
a.replace(hour=3)
a.date()
a.timestamp()
dt.datetime.fromtimestamp(1e9)
day.weekday()
a.year
hash(a)
time.time()
time.perf_counter()
time.strftime("%Y-%m-%d", tup)
time.localtime(0)
time.monotonic()
x + y
x - y
x * y
x / y
big + big2
big * big2
big / big2
x < y
x == y
str(x)
D("3.14")
D(5)
x.quantize(q)
round(x, 2)
-x
abs(x)
x.sqrt()
int(x)
float(x)
f"{x:.2f}"
hash(x)
x ** 2
fr + fs
fr * fs
str(uuid.uuid4())
""")

group("collections", """
from collections import deque, Counter, defaultdict, OrderedDict, namedtuple, ChainMap
import heapq, bisect, itertools, functools, operator, random
from enum import Enum
from dataclasses import dataclass
l = list(range(50)); dq = deque(l); words = ["a", "b", "c", "a", "b"] * 4; P = namedtuple("P", "x y"); p = P(1, 2); od = OrderedDict((str(i), i) for i in range(10))
h = list(range(100)); c = Counter(words); rng = random.Random(1); dd = defaultdict(int)
class Color(Enum):
    RED = 1
    BLUE = 2
@dataclass
class Point:
    x: int
    y: int
p1 = Point(1, 2); p2 = Point(1, 2)
@functools.lru_cache(maxsize=None)
def cached(n): return n
@functools.lru_cache(maxsize=128)
def lru(n): return n
cached(5); lru(5)
part = functools.partial(max, 3); ig = operator.itemgetter(1); ig2 = operator.itemgetter(0, 2); ag = operator.attrgetter("x"); mc = operator.methodcaller("upper"); s = "text"; t = (1, 2, 3)
""", """
dq.append(1); dq.popleft()
dq.appendleft(1); dq.pop()
deque(l)
dq[3]
for v in dq: pass
deque(l, maxlen=10)
Counter(words)
c["a"] += 1
c.most_common(2)
dd[3] += 1
defaultdict(list)
z = defaultdict(list); z["a"].append(1)
OrderedDict(od)
od["3"]
od.move_to_end("3")
for k in od: pass
P(1, 2)
p.x
x, y = p
p._replace(x=5)
Color.RED
Color.RED.value
Color(1)
Color["RED"]
Color.RED == Color.BLUE
Point(1, 2)
p1 == p2
repr(p1)
cached(5)
lru(5)
part(5)
functools.reduce(operator.add, l)
functools.partial(max, 3)
ig(t)
ig2(t)
ag(p1)
mc(s)
heapq.heappush(h, 5); heapq.heappop(h)
heapq.heapify(l.copy())
heapq.nsmallest(5, l)
heapq.heapreplace(h, 20)
bisect.bisect_left(l, 20)
bisect.insort(z := l.copy(), 20)
list(itertools.chain(l, l))
list(itertools.chain.from_iterable([l, l]))
list(itertools.islice(l, 10))
list(itertools.product((1, 2, 3), (4, 5, 6)))
list(itertools.permutations((1, 2, 3)))
list(itertools.combinations((1, 2, 3, 4), 2))
list(itertools.accumulate(l))
list(itertools.groupby(words))
list(itertools.zip_longest(l, t))
list(itertools.starmap(max, [(1, 2), (3, 4)]))
list(itertools.takewhile(lambda v: v < 10, l))
list(itertools.repeat(1, 20))
list(itertools.compress(l, l))
list(itertools.pairwise(l))
next(itertools.count())
operator.add(1, 2)
""")

group("math and random", """
import math, random, statistics
rng = random.Random(1); x = 2.5; l = list(range(50)); fl = [v * 1.5 for v in l]; n = 48
""", """
math.sqrt(x)
math.floor(x)
math.ceil(x)
math.sin(x)
math.log(x)
math.exp(x)
math.pow(x, 3)
math.gcd(n, 36)
math.factorial(20)
math.comb(50, 6)
math.hypot(x, 3.0)
math.isclose(x, 2.5)
math.isnan(x)
math.fsum(fl)
math.prod(l)
math.isqrt(1000000)
math.atan2(x, 1.0)
math.log10(x)
math.fabs(x)
math.pi
random.random()
rng.randint(1, 100)
rng.choice(l)
rng.shuffle(l)
rng.uniform(1, 2)
rng.randrange(100)
rng.sample(l, 5)
rng.gauss(0, 1)
rng.getrandbits(32)
statistics.mean(fl)
statistics.median(fl)
statistics.stdev(fl)
""")

group("library", """
import hashlib, zlib, base64, unicodedata, urllib.parse, textwrap, string, contextlib, copy, types, html, shlex, logging, pathlib
b = b"some bytes to hash" * 10; url = "https://example.com:8080/path/to?x=1&y=2#frag"; para = "the quick brown fox jumps over the lazy dog " * 8
tmpl = string.Template("$name is $age"); z = zlib.compress(b * 20); b64 = base64.b64encode(b); p = pathlib.PurePosixPath("/usr/lib/python")
@contextlib.contextmanager
def manager(): yield 1
class CM:
    def __enter__(self): return self
    def __exit__(self, *a): return None
cm = CM(); logger = logging.getLogger("quiet"); v = "v"
""", """
hashlib.sha256(b).hexdigest()
hashlib.md5(b).digest()
zlib.crc32(b)
zlib.compress(b)
zlib.decompress(z)
base64.b64encode(b)
base64.b64decode(b64)
unicodedata.name("a")
unicodedata.normalize("NFC", "naïve")
unicodedata.category("a")
urllib.parse.urlparse(url)
urllib.parse.quote("a b/c?d")
urllib.parse.unquote("a%20b%2Fc")
urllib.parse.parse_qs("a=1&b=2")
urllib.parse.urlencode({"a": 1, "b": "x y"})
textwrap.wrap(para, 40)
textwrap.dedent("  a\\n  b\\n")
tmpl.substitute(name="x", age=3)
html.escape("<a & b>")
shlex.split("a 'b c' d")
with manager(): pass
with cm: pass
with contextlib.suppress(KeyError): pass
logger.debug("nothing")
p / "x"
p.name
p.parent
p.suffix
str(p)
pathlib.PurePosixPath("/a/b/c")
p.parts
getattr(cm, "none", None)
hasattr(cm, "none")
isinstance(v, str)
callable(v)
type(v)
types.SimpleNamespace(a=1)
string.capwords("a b c")
""")


group("everyday", """
import copy
from types import SimpleNamespace
class Item:
    kind = "item"
    def __init__(self, name, price=0): self.name = name; self.price = price; self.tags = []
    def total(self, n): return self.price * n
    def rename(self, name): self.name = name; return self
class Bunch:
    def __init__(self, **kw): self.__dict__.update(kw)
item = Item("pen", 3); items = [Item(f"n{i % 7}", i) for i in range(30)]; bunch = Bunch(a=1, b=2); copied = copy.copy(item)
conf = {"name": "x", "size": 3, "debug": False}; rows = [[i, i + 1, i + 2] for i in range(10)]; strs = [str(i) for i in range(30)]
pairs = [(s, i) for i, s in enumerate(strs)]; counts = {s: i % 5 for i, s in enumerate(strs)}; text = "one two three two one " * 5
words = text.split(); ns = SimpleNamespace(a=1); value = None; name = "pen"; line = "key: value, other: 12"; n = 5; matrix = [[0] * 8 for _ in range(8)]
""", """
conf.get("name")
conf.get("missing")
conf.get("missing", 0)
conf["size"] = conf["size"] + 1
if "debug" in conf and not conf["debug"]: pass
for key, v in conf.items(): pass
z = conf.copy(); z["more"] = 1
z = {**conf, "name": "y"}
z = conf | {"name": "y"}
sorted(counts.items(), key=lambda kv: (-kv[1], kv[0]))
max(counts, key=counts.get)
{k: v for k, v in counts.items() if v}
{v: k for k, v in counts.items()}
dict(zip(strs, rows))
z = {};; for w in words: z[w] = z.get(w, 0) + 1
z = {};; for w in words: z.setdefault(w, []).append(n)
[x for row in rows for x in row]
[a for a, b in pairs]
[i.price for i in items if i.kind == "item"]
sum(i.price for i in items)
sum(i.total(2) for i in items)
list(map(int, strs))
", ".join(map(str, rows[0]))
", ".join(f"{a}={b}" for a, b in pairs)
sorted(items, key=lambda i: i.price)
sorted(words)
sorted(set(words))
len(set(strs))
words.index("three")
"three" in words
list(zip(*rows))
[list(row) for row in rows]
[row[:] for row in rows]
copy.deepcopy(rows)
for i in range(8): matrix[i][i] += 1
for i, row in enumerate(rows): row[0] = i
z = words[1:]; z.append("x"); z.pop()
z = [0] * 20; z[n] = 1
while n > 5: n -= 1
item.price += 1
item.name == "pen"
item.rename(name).total(2)
Item("pen", 3)
copied.price += 1
copied.total(2)
bunch.a += bunch.b
copy.copy(item)
vars(item)
item.__dict__["price"]
getattr(item, "color", None)
setattr(item, name, 1)
hasattr(item, "price")
isinstance(item, (list, Item))
type(item) is Item
type(item).__name__
item.tags.append(1)
Bunch(a=1, b=2)
ns.a += 1
value == "pen"
name == value
name != "pen"
value is None or value.x
not name
n in (1, 2, 5)
name in ("ink", "pen")
1 < n < 10
name.upper().lower()
text.replace("two", "2").split()
[w.strip(",:") for w in line.split()]
key, _, rest = line.partition(": ")
line.split(": ")[1].split(",")[0]
name + "s" + str(n)
"%s has %d" % (name, n)
"{} has {}".format(name, n)
f"{name:<10}|{n:>5}|{n / 3:.2f}"
z = "";; for w in words: z += w
"".join(w[0] for w in words)
"".join(reversed(name))
name[::-1]
int("42") + float("1.5")
round(n / 3, 2)
divmod(n * 100, 60)
try: conf["none"];; except KeyError: pass
try: int("x");; except ValueError: pass
try: z = conf["name"];; except KeyError: pass
try: pass;; finally: n = 5
with open("/dev/null") as fh: pass
print(end="")
""")


EVALUATOR = r'''
import abc, functools, math, types
class P:
    def __init__(self, v=1): self.v = v
    def __eq__(self, o): return self.v == o.v
    def __lt__(self, o): return self.v < o.v
    def __hash__(self): return 7
    def __add__(self, o): return self
    def __radd__(self, o): return self
    def __iadd__(self, o): return self
    def __neg__(self): return self
    def __contains__(self, x): return True
    def __getitem__(self, i): return i
    def __setitem__(self, i, v): pass
    def __delitem__(self, i): pass
    def __len__(self): return 3
    def __bool__(self): return True
    def __call__(self, x): return x
    def __iter__(self): return Q()
    def __str__(self): return "p"
    def __enter__(self): return self
    def __exit__(self, a, b, c): pass
    def __format__(self, spec): return "p"
    @property
    def prop(self): return self.v
    @prop.setter
    def prop(self, v): self.v = v
    @staticmethod
    def static(x): return x
    @classmethod
    def cm(cls, x): return x
    def meth(self): return 1
    def key(self, b=2, *, c=3): return b
class Q:
    def __init__(self): self.n = 0
    def __iter__(self): return self
    def __next__(self):
        self.n += 1
        if self.n > 10: raise StopIteration
        return self.n
class G:
    def __init__(self): self.own = 1
    def __getattr__(self, name): return 5
class H:
    def __getattribute__(self, name): return 5
class S:
    __slots__ = ("a", "b")
    def __init__(self, a, b): self.a = a; self.b = b
class B(P):
    def __init__(self, v=1): super().__init__(v)
    def meth(self): return super().meth()
class Desc:
    def __get__(self, o, t): return 3
    def __set__(self, o, v): pass
class WithDesc: d = Desc()
class N(int): pass
class A(abc.ABC):
    @abc.abstractmethod
    def f(self): pass
class AA(A):
    def f(self): pass
class E(Exception): pass
p, q, r, g, h, s, b, aa, wd = P(), P(), P(2), G(), H(), S(1, 2), B(), AA(), WithDesc()
l = list(range(20)); ps = [P(i * 7 % 20) for i in range(20)]; d = {p: 1}; args = (1, 2); kw = {"a": 1, "b": 2}
def f0(): pass
def f2(a, b): pass
def fd(a, b=2, c=3): pass
def fk(a, *, k=1): pass
def fa(*args): pass
def fkw(**kw): pass
def fakw(*args, **kw): pass
def pass_on(*args, **kw): return f2(*args, **kw)
def gen():
    for i in range(10): yield i
def outer():
    yield from gen()
def adder(n): return lambda x: x + n
add3 = adder(3)
def nested(a):
    def inner(): return a
    return inner()
def recur(n): return n if n <= 0 else recur(n - 1)
def catch():
    try: raise ValueError("no")
    except ValueError as e: return e
def catch2():
    try: f2(1)
    except TypeError: pass
def catch3():
    try: d["none"]
    except KeyError: pass
def catch4():
    try: p.nothing
    except AttributeError: pass
def deep(n):
    if n: deep(n - 1)
    else: raise E
def catch5():
    try: deep(5)
    except E: pass
def fin():
    try: return 1
    finally: f0()
def match_class(x):
    match x:
        case int(): return 1
        case P(v=1): return 2
        case _: return 3
def match_seq(x):
    match x:
        case [a]: return 1
        case [a, 2]: return a
        case {"a": v}: return v
        case _: return 3
async def co(): return 1
async def co2(): return await co()
def run(c):
    try: c.send(None)
    except StopIteration as e: return e.value
async def agen():
    for i in range(5): yield i
async def afor():
    async for x in agen(): pass
class ACM:
    async def __aenter__(self): return self
    async def __aexit__(self, *a): pass
acm = ACM()
async def awith():
    async with acm: pass
glob = 1
def store_global():
    global glob
    glob = 2; glob = 3
def sender():
    x = 0
    while True: x = yield x
snd = sender(); snd.send(None)
mod = math
'''
group("special methods", "exec(EVALUATOR, globals())", """
p + q
x = p; x += q
1 + p
-p
p == q
p != q
p < r
p > r
if p == q: pass
if p < r: pass
if p: pass
not p
3 in p
p[3]
p[q]
p[3] = 4
del p[3]
len(p)
p(3)
hash(p)
d[q]
str(p)
f"{p}"
p.prop
p.prop = 1
wd.d
wd.d = 1
g.missing
h.anything
P(1)
P()
S(1, 2)
B(2)
with p: pass
for x in Q(): pass
list(Q())
sorted(ps)
min(ps)
sorted(l, key=lambda x: -x)
max(l, key=lambda x: -x)
p in ps
ps.index(r)
ps == ps[:-1] + [r]
list(map(lambda x: x, l))
list(filter(lambda x: x, l))
sum(x for x in l)
any(x > 30 for x in l)
list(x for x in l)
dict((x, x) for x in l)
max(x for x in l)
",".join(str(x) for x in l)
sorted(x for x in l)
tuple(gen())
set(gen())
functools.reduce(lambda a, b: a + b, l)
""")
group("calls", "exec(EVALUATOR, globals())", """
f0()
f2(1, 2)
f2(a=1, b=2)
f2(*args)
f2(**kw)
f2(1, b=2)
fd(1)
fd(1, 2)
fd(1, c=5)
fk(1, k=2)
fk(1)
fa(1, 2)
fa(*args)
fkw(a=1, b=2)
fkw(**kw)
fakw(1, 2, c=3)
fakw(*args, **kw)
pass_on(1, 2)
pass_on(1, b=2)
add3(4)
adder(3)
nested(3)
recur(10)
(lambda: 1)()
p.meth()
p.key()
p.key(b=3)
p.static(1)
p.cm(1)
P.static(1)
b.meth()
m = p.meth; m()
functools.partial(f2, 1)(2)
getattr(p, "v")
getattr(p, "none", 1)
hasattr(p, "v")
setattr(p, "v", 1)
isinstance(p, P)
isinstance(p, (int, P))
isinstance(aa, A)
isinstance(p, A)
issubclass(AA, A)
type(p).__name__
type(p)
p.__class__
P.__name__
p.__dict__
N(5)
class X: pass
class Y(P): z = 1
int("12")
str(5)
list(l)
range(10)
print
""")
group("control", "exec(EVALUATOR, globals())", """
catch()
catch2()
catch3()
catch4()
catch5()
fin()
for x in gen(): pass
for x in outer(): pass
snd.send(1)
next(iter(l))
[x for x in l]
[x for x in l if x & 1]
[x + glob for x in l]
{x for x in l}
{x: x for x in l}
[(x, y) for x in (1, 2) for y in (3, 4)]
for i, x in enumerate(l): pass
for x, y in zip(l, l): pass
for x in range(10): pass
x, y = 1, 2
x, *y = l
x = 1; y = 2; x, y = y, x
match_class(p)
match_class(5)
match_seq([1, 2])
match_seq({"a": 1})
run(co())
run(co2())
run(afor())
run(awith())
store_global()
mod.pi
mod.floor
s.a
s.a = 3
p.v
p.v = 2
z = 1; del z
l[3]
l[-1]
l[2:5]
l[3] = 3
l[2:4] = [2, 3]
args[0]
kw["a"]
f"{glob} {p.v}!"
f"{glob!r:>5}"
x = 1 if glob else 2
assert glob
import errno
from errno import EIO
x = 3 < glob < 9
x = glob is None or glob
lambda: 0
x = [1, 2, 3]
x = {"a": 1, "b": 2}
x = (glob, p)
x = {1, glob}
""")


def bodies():
    """[(group, body)], the order in which the worker numbers them."""
    return [(name, body) for name, (_, lines) in GROUPS.items() for body in lines]


REPEAT = 5


def compile_body(name, body):
    """A function of an iterator: runs the set-up, then the body five times for each item, timed."""
    setup = "\n    ".join(GROUPS[name][0].strip().splitlines())
    source = (f"def inner(_iterator, _clock):\n    {setup}\n    _start = _clock()\n"
              f"    for _item in _iterator:\n" + ("        " + body.replace(";; ", "\n        ") + "\n") * REPEAT +
              "    return _clock() - _start\n")
    namespace = {"EVALUATOR": EVALUATOR}
    exec(compile(source, "<micro>", "exec"), namespace)
    return namespace["inner"]


def serve():
    every, compiled, counts, clock = bodies(), {}, {}, time.thread_time_ns
    for line in sys.stdin:
        number, milliseconds = map(int, line.split())
        if number not in compiled:
            inner = compiled[number] = compile_body(*every[number])
            count, spent = 1, 0
            while spent < 1_000_000:
                count *= 4 if spent < 250_000 else 2
                spent = inner(itertools.repeat(None, count), clock)
            counts[number] = max(1, int(count * milliseconds * 1_000_000 / spent))
        spent = compiled[number](itertools.repeat(None, counts[number]), clock)
        print(spent / counts[number] / REPEAT, flush=True)


if __name__ == "__main__":
    serve()
