# SPDX-License-Identifier: MIT
"""Threads store to globals and module attributes, each its own, while others make the namespace grow and shrink."""
import sys
import threading
import types

WORKERS, ROUNDS = 3, 4000
module = types.ModuleType("module")
here = sys.modules[__name__]
wrong = []


def make_worker(k):
    source = f"""
global_{k} = -1
def work():
    global global_{k}
    for i in range({ROUNDS}):
        global_{k} = i
        if global_{k} != i:
            wrong.append(("global", {k}, i, global_{k}))
        here.attribute_{k} = [i]
        if here.attribute_{k} != [i]:
            wrong.append(("attribute", {k}, i, here.attribute_{k}))
        module.x_{k} = i
        module.shared = i
        if module.x_{k} != i:
            wrong.append(("module", {k}, i, module.x_{k}))
"""
    exec(source, globals())
    return work


def disturb():
    n = 0
    while not stop:
        n += 1
        for i in range(20):
            setattr(module, f"more_{n}_{i}", i)
            globals()[f"more_{n}_{i}"] = i
        for i in range(20):
            delattr(module, f"more_{n}_{i}")
            del globals()[f"more_{n}_{i}"]


stop = False
disturber = threading.Thread(target=disturb)
disturber.start()
workers = [threading.Thread(target=make_worker(k)) for k in range(WORKERS)]
for w in workers:
    w.start()
for w in workers:
    w.join()
stop = True
disturber.join()
print(wrong[:3], [globals()[f"global_{k}"] for k in range(WORKERS)], [getattr(module, f"x_{k}") for k in range(WORKERS)],
      module.shared)
print(sorted(name for name in vars(module) if name.startswith("more")), [n for n in globals() if n.startswith("more")])

# who deletes and who stores see one order: it is there with a value stored last, or not there
counted, module.flag = 0, None


def store():
    for i in range(ROUNDS):
        module.flag = i


def take():
    global counted
    for _ in range(ROUNDS):
        try:
            del module.flag
        except AttributeError:
            pass
        counted += 1


threads = [threading.Thread(target=store), threading.Thread(target=take)]
for t in threads:
    t.start()
for t in threads:
    t.join()
module.flag = "last"
print(counted, module.flag, list(vars(module)).count("flag"))


# an object in dictionary mode
class Plain:
    pass


shared = Plain()
shared.x = 0
vars(shared)["y"] = 1


def write(k):
    for i in range(ROUNDS):
        shared.x = i
        shared.y = [k]
        setattr(shared, f"own{k}", i)
        if getattr(shared, f"own{k}") != i:
            wrong.append((k, i))


threads = [threading.Thread(target=write, args=(k,)) for k in range(WORKERS)]
for t in threads:
    t.start()
for t in threads:
    t.join()
print(wrong, shared.x, len(shared.y), sorted(vars(shared)))

# a class that gets a say after a site has stored
class Late:
    pass


late = Late()
vars(late)["x"] = 0
for i in range(8):
    if i == 5:
        Late.x = property(lambda self: self.__dict__["x"], lambda self, v: self.__dict__.__setitem__("x", -v))
    late.x = i
    print(late.x, end=" ")
print()
