# SPDX-License-Identifier: MIT
"""readline: history, editing a line of input() at a terminal, completion; crypt; _uuid."""
import os
import pty
import readline
import subprocess
import sys
import tempfile
import uuid
import warnings
from _check import raises

# history
readline.clear_history()
for line in ("one", "two", "three"):
    readline.add_history(line)
assert readline.get_current_history_length() == 3 and [readline.get_history_item(i) for i in (1, 3, 4)] == ["one", "three", None]
readline.replace_history_item(1, "TWO")
readline.remove_history_item(0)
assert readline.get_history_item(1) == "TWO"
raises(ValueError, readline.remove_history_item, 99)
with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "history")
    readline.write_history_file(path)
    readline.clear_history()
    readline.read_history_file(path)
    assert readline.get_history_item(2) == "three"
    raises(FileNotFoundError, readline.read_history_file, os.path.join(folder, "absent"))
    # a file of plain lines, which other programs share
    with open(path, "w") as f:
        f.write("a b\n\nc  'd\\'\n\u00e9\tf\n")
    readline.clear_history()
    readline.read_history_file(path)
    lines = [readline.get_history_item(i) for i in range(1, readline.get_current_history_length() + 1)]
    assert lines == ["a b", "c  'd\\'", "\u00e9\tf"], lines
    readline.write_history_file(path)
    readline.append_history_file(2, path)
    with open(path) as f:
        assert [line for line in f if line != "\n"] == ["a b\n", "c  'd\\'\n", "\u00e9\tf\n"] + ["c  'd\\'\n", "\u00e9\tf\n"]
    readline.set_history_length(2)
    readline.append_history_file(1, path)
    with open(path) as f:
        assert f.read() == "\u00e9\tf\n" * 2
    readline.write_history_file(path)
    with open(path) as f:
        assert f.read() == "c  'd\\'\n\u00e9\tf\n"
    readline.set_history_length(0)
    readline.write_history_file(path)
    assert os.path.getsize(path) == 0
    readline.set_history_length(-1)
readline.set_completer(str.upper)
assert readline.get_completer() is str.upper
raises(TypeError, readline.set_completer, 5)
readline.set_completer_delims(" ;")
assert readline.get_completer_delims() == " ;"

# a terminal
SCRIPT = """
import readline
words = ["alpha", "beta"]
readline.set_completer(lambda text, state: ([w for w in words if w.startswith(text)] + [None])[state])
readline.parse_and_bind("bind ^I rl_complete" if "libedit" in readline.__doc__ else "tab: complete")
print("got", [input("> "), input("> ")], readline.get_history_item(1))
"""
ours, theirs = pty.openpty()
process = subprocess.Popen([sys.executable, "-c", SCRIPT], stdin=theirs, stdout=theirs, stderr=theirs, env=dict(os.environ, TERM="vt100"))
os.close(theirs)
os.write(ours, b"abx\x7fc\nalp\t\n")
output = b""
while True:
    try:
        part = os.read(ours, 4096)
    except OSError:
        break
    if not part:
        break
    output += part
assert process.wait() == 0 and b"got ['abc', 'alpha'] abc" in output, output
os.close(ours)


def session(*steps):
    """The status of a prompt where each text of steps is typed once the one before it was seen, and what it showed."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen([sys.executable, "-q"], stdin=theirs, stdout=theirs, stderr=theirs, env=dict(os.environ, TERM="dumb", HOME="/nonexistent"))
    os.close(theirs)
    shown = b""
    for seen, typed in steps:
        start = len(shown)
        while seen not in shown[start:]:
            shown += os.read(ours, 4096)
        os.write(ours, typed)
    try:
        while part := os.read(ours, 4096):
            shown += part
    except OSError:
        pass
    os.close(ours)
    return process.wait(), shown


# the end of a prompt tells of an interruption only if that ended the last statement; input() that a terminal ends says no more
assert session((b">>> ", b"raise KeyboardInterrupt\n"), (b"\nKeyboardInterrupt\r\n>>> ", b"exit()\n"))[0] == 0
assert session((b">>> ", b"raise KeyboardInterrupt\n"), (b"\nKeyboardInterrupt\r\n>>> ", b"6 * 7\n"), (b"42\r\n>>> ", b"\x04"))[0] == 0
assert session((b">>> ", b"raise KeyboardInterrupt\n"), (b"\nKeyboardInterrupt\r\n>>> ", b"\x04"))[0] == -2
status, shown = session((b">>> ", b"input('more' + '? ')\n"), (b"more? ", b"\x04"), (b">>> ", b"exit()\n"))
assert status == 0 and b"EOFError\r\n" in shown, shown

# crypt, uuid
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import crypt
assert crypt.crypt("secret", "$6$rounds=1000$saltsalt$").startswith("$6$rounds=1000$saltsalt$")
assert crypt.crypt("secret", crypt.crypt("secret", "ab")) == crypt.crypt("secret", "ab")
assert uuid.uuid1().version == 1 and uuid.uuid1() != uuid.uuid1()
