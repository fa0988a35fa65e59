# SPDX-License-Identifier: MIT
"""Namespaces of classes with keys that are no strings: what their __eq__ does while a class changes."""
import threading


class Odd:
    """A key with the hash of a name; who compares it waits for another thread."""

    def __init__(self, name):
        self.hash = hash(name)

    def __hash__(self):
        return self.hash

    def __eq__(self, other):
        if busy:
            ask.release()
            answers.append(answer.acquire(timeout=5))
        return False


busy = False
answers = []
ask = threading.Semaphore(0)
answer = threading.Semaphore(0)


def serve():
    while ask.acquire() and busy:
        answer.release()


def length(self):
    return 7


names = "__len__", "__call__", "__getattr__", "__new__", "__del__", "__get__", "__eq__", "__hash__"
Plain = type("Plain", (), {Odd(name): 1 for name in names})
First = type("First", (), {Odd("__len__"): 1, "__len__": length})
Sub = type("Sub", (First,), {Odd("__len__"): 1})


class Base:
    pass


class Other:
    def __len__(self):
        return 9


Based = type("Based", (Base,), {Odd(name): 1 for name in names})

busy = True
thread = threading.Thread(target=serve)
thread.start()
try:
    Plain.__len__ = length
    assert len(Plain()) == 7
    assert len(First()) == 7 and len(Sub()) == 7
    First.__len__ = lambda self: 8
    assert len(First()) == 8 and len(Sub()) == 8
    del First.__len__
    for cls in First, Sub:
        try:
            len(cls())
        except TypeError:
            pass
        else:
            raise AssertionError(cls)
    First.__len__ = length
    assert len(Sub()) == 7
    Based.__bases__ = (Other,)
    assert len(Based()) == 9
finally:
    busy = False
    ask.release()
    thread.join()
assert answers and all(answers), answers

# The same with the world at rest: the string is found behind the odd key.
assert len(Sub()) == 7 and len(Based()) == 9
