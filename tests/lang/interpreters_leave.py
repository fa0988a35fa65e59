# SPDX-License-Identifier: MIT
"""An interpreter that has ended leaves next to nothing behind, whatever it has imported and made."""
import _xxsubinterpreters as interpreters

from _check import sanitized

PROGRAM = """
import argparse, dataclasses, enum, inspect, json, typing

class Node:
    def __init__(self, below):
        self.below, self.me = below, self

top = None
for i in range(2000):
    top = Node(top)
    setattr(top, "name", "a constant that is no identifier")

@dataclasses.dataclass
class Point:
    x: int = 0
    y: int = 0

Colour = enum.Enum("Colour", ["RED", "GREEN"])
table = {Point(i).x: (Colour.RED, "another constant: %d" % i) for i in range(1000)}
assert json.loads(json.dumps([1, 2.5, None])) == [1, 2.5, None]
"""


def resident():
    """KB."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


def live(times):
    for _ in range(times):
        interpreter = interpreters.create()
        interpreters.run_string(interpreter, PROGRAM)
        interpreters.destroy(interpreter)


live(4)
before = resident()
live(12)
grown = (resident() - before) // 12
assert sanitized() or grown < 700, f"{grown} KB stay behind each interpreter"
assert interpreters.list_all() == [interpreters.get_main()]

# What was received from it is no part of it.
channel = interpreters.channel_create()
interpreter = interpreters.create()
interpreters.run_string(interpreter, """
import _xxsubinterpreters as interpreters
for value in "a constant with blanks", b"bytes", 12345, "name":
    interpreters.channel_send(channel, value)
""", shared={"channel": channel})
got = [interpreters.channel_recv(channel) for _ in range(4)]
interpreters.destroy(interpreter)
live(2)
assert got == ["a constant with blanks", b"bytes", 12345, "name"], got
