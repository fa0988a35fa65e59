# SPDX-License-Identifier: MIT
"""Names of a module that are stored to again and again, and what may happen to its namespace meanwhile."""
import sys
from _check import run_threads

total = 0
for i in range(100):
    total += i
assert (i, total) == (99, 4950)


def count(times):
    global counter
    for _ in range(times):
        counter += 1


counter = 0
count(50)
assert counter == 50
# deleted and stored again, among other names
for i in range(60):
    x = i
    if i % 7 == 0:
        del x
        assert "x" not in globals()
        globals()["fresh%d" % i] = i
        x = "again"
    assert globals()["x"] == (i if i % 7 else "again") and list(globals()).count("x") == 1
for i in range(60):
    globals().pop("fresh%d" % i, None)
# what is replaced runs code when it dies, and that changes the namespace
class Dies:
    def __init__(self, n): self.n = n
    def __del__(self):
        globals()["grown%d" % self.n] = self.n
        globals().pop("held", None) if self.n % 5 == 0 else 0
for n in range(40):
    held = Dies(n)
assert grown38 == 38 and "held" in globals()
# one code, many namespaces
code = compile("for k in range(9):\n    y = k\n    z = y\n", "<code>", "exec")
spaces = [{} for _ in range(30)] + [{"y": 1, "z": 2}]
for space in spaces * 3:
    exec(code, space)
    assert (space["k"], space["y"], space["z"]) == (8, 8, 8)
class Listening(dict):
    def __setitem__(self, key, value):
        seen.append(key)
        dict.__setitem__(self, key, value)
seen = []
exec(code, {}, Listening())
assert seen == ["k", "y", "z"] * 9
class Body:
    for k in range(5):
        total = k
assert Body.total == 4 and total == 4950
# several threads
def work(n):
    global shared, own0, own1, own2, own3
    for k in range(3000):
        shared = (n, k)
        assert shared[1] < 3000
        if n == 0: own0 = [k]; assert own0 == [k]
        elif n == 1: own1 = k; assert own1 == k
        elif n == 2: own2 = str(k); assert own2 == str(k)
        elif k % 100 == 0:
            globals()["key%d" % k] = k
            own3 = k; del own3; own3 = -k
            assert own3 == -k
run_threads(*[lambda n=n: work(n) for n in range(4)])
assert (own0, own1, own2, own3) == ([2999], 2999, "2999", -2900)
