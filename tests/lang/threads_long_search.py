# SPDX-License-Identifier: MIT
"""A search through a range too long to end holds up nobody else, and a signal ends it."""
import gc
import signal
import threading
import time


class Ended(Exception):
    pass


def end(number, frame):
    raise Ended


def collect():
    """Stops the world, time after time."""
    for _ in range(20):
        gc.collect()
        done.append(1)


done = []
signal.signal(signal.SIGALRM, end)
other = threading.Thread(target=collect)
other.start()
signal.setitimer(signal.ITIMER_REAL, 0.5)
try:
    if hasattr(__import__("sys").implementation, "backend"):
        range(-10**30, 10**30).count("absent")
    else:  # python3.11 looks at signals when it is over
        time.sleep(60)
except Ended:
    print("ended")
other.join()
print(len(done))
