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
