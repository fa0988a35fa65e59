# SPDX-License-Identifier: MIT
"""The last but one thread ends, and stops the world for it, while others start and collections stop it too."""
import _thread
import gc
import time
from _check import HAMMER_ROUNDS

ended = []


def body():
    ended.append(1)


deadline = time.monotonic() + 100
rounds = 20 * HAMMER_ROUNDS
for i in range(rounds):
    for _ in range(3):
        _thread.start_new_thread(body, ())
        for _ in range(i % 37 * 20):
            pass
    for _ in range(3):
        gc.collect(0)
    while i % 10 == 0 and len(ended) < 3 * (i + 1):
        assert time.monotonic() < deadline
        gc.collect(0)
while len(ended) < 3 * rounds:
    assert time.monotonic() < deadline
print("ok")
