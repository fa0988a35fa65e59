# SPDX-License-Identifier: MIT
"""What was written into files that nobody closed is on disk: at the end of the program and after a collection."""
import gc
import io
import os
import subprocess
import sys
import tempfile

PROGRAM = '''
import sys
out = open(sys.argv[1], "w")
binary = open(sys.argv[1] + ".bin", "wb")
class Keeps:
    def __init__(self):
        self.me = self
        self.file = open(sys.argv[1] + ".keep", "w", buffering=100)
    def __del__(self):
        self.file.write("last")
def write(n):
    for i in range(n):
        out.write("line %d\\n" % i)
        binary.write(b"x" * 10)
    keeps.file.write("first ")
keeps = Keeps()
write(3000)
'''
with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "out")
    subprocess.run([sys.executable, "-W", "ignore", "-c", PROGRAM, path], check=True)
    assert open(path).read() == "".join("line %d\n" % i for i in range(3000))
    assert os.path.getsize(path + ".bin") == 30000
    assert open(path + ".keep").read() == "first last"


class Node:
    pass


with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "cycle")
    for i in range(0 if sys.implementation.name == "cpython" else 20): # CPython closes the file before the text is written
        node = Node()
        node.me = node
        node.text = io.TextIOWrapper(io.BufferedWriter(io.FileIO(path, "w")), encoding="utf-8")
        node.text.write("text %d" % i)
        del node
        gc.collect()
        with open(path) as f:
            assert f.read() == "text %d" % i

STUCK = '''
import os, sys, threading, time
r, w = os.pipe()
out = open(w, "wb")
class Last:
    def __del__(self):
        sys.stderr.write("last")
        out.flush()
last = Last()
threading.Thread(target=out.write, args=(b"x" * 200000,), daemon=True).start()
while not os.read(r, 10):
    pass
time.sleep(0.05)
print("end")
'''
ended = subprocess.run([sys.executable, "-c", STUCK], capture_output=True, text=True, timeout=60) # its writer never comes back
assert ended.stdout == "end\n", ended
if sys.implementation.name != "cpython": # which gives up with a fatal error
    assert (ended.returncode, ended.stderr) == (0, "last"), ended
INTERRUPTED = '''
import os, signal
class Last:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)
        print("too late")
last = Last()
'''
assert subprocess.run([sys.executable, "-c", INTERRUPTED], capture_output=True, timeout=60).returncode == -2
