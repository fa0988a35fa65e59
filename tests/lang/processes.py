# SPDX-License-Identifier: MIT
"""Processes and signals: subprocess, fork with threads, pipes, handlers, exit codes, sockets."""
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from _check import raises

assert subprocess.run(["echo", "hi"], capture_output=True, text=True).stdout == "hi\n" and subprocess.call(["false"]) == 1
assert subprocess.check_output("cat; exit 0", shell=True, input=b"data") == b"data"
error = raises(subprocess.CalledProcessError, subprocess.check_call, ["sh", "-c", "exit 4"])
assert error.returncode == 4
raises(FileNotFoundError, subprocess.run, ["/no/such/program"])
p = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
out, err = p.communicate(b"x" * 200_000)
assert len(out) == 200_000 and p.returncode == 0
p = subprocess.Popen(["sleep", "60"])
raises(subprocess.TimeoutExpired, p.wait, timeout=0.05)
p.terminate()
assert p.wait() == -signal.SIGTERM
env = subprocess.run(["sh", "-c", "echo $A; pwd"], env={"A": "b"}, cwd="/", stdout=subprocess.PIPE, text=True)
assert env.stdout == "b\n/\n"
stop = threading.Event()
workers = [threading.Thread(target=lambda: [stop.wait(0.001) for _ in iter(stop.is_set, True)]) for _ in range(3)]
for w in workers:
    w.start()
for _ in range(5):
    r, w = os.pipe()
    pid = os.fork()
    if pid == 0:
        assert threading.active_count() == 1
        t = threading.Thread(target=os.write, args=(w, b"child"))
        t.start()
        t.join()
        os._exit(3)
    os.close(w)
    assert os.read(r, 100) == b"child" and os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 3
    os.close(r)
stop.set()
for w in workers:
    w.join()
hooks = []
os.register_at_fork(before=lambda: hooks.append("before"), after_in_parent=lambda: hooks.append("parent"), after_in_child=lambda: hooks.append("child"))
pid = os.fork()
if pid == 0:
    os._exit(0 if hooks == ["before", "child"] else 1)
assert os.waitpid(pid, 0)[1] == 0 and hooks == ["before", "parent"]
got = []
old = signal.signal(signal.SIGUSR1, lambda number, frame: got.append((number, frame.f_code.co_name)))


def looping():
    os.kill(os.getpid(), signal.SIGUSR1)
    for _ in range(1000):
        pass


looping()
assert got and got[0][0] == signal.SIGUSR1
assert signal.getsignal(signal.SIGUSR1) is not old and signal.signal(signal.SIGUSR1, old)
interrupted = []


def alarm(number, frame):
    interrupted.append(number)
    raise TimeoutError


signal.signal(signal.SIGALRM, alarm)
signal.setitimer(signal.ITIMER_REAL, 0.05)
start = time.monotonic()
raises(TimeoutError, time.sleep, 10)
assert time.monotonic() - start < 5
signal.setitimer(signal.ITIMER_REAL, 0.05)
raises(TimeoutError, threading.Event().wait, 10)
signal.setitimer(signal.ITIMER_REAL, 0.05)
lock = threading.Lock()
lock.acquire()
raises(TimeoutError, lock.acquire)
signal.signal(signal.SIGALRM, signal.SIG_DFL)
raises(ValueError, signal.signal, 999, signal.SIG_DFL)
in_thread = []
t = threading.Thread(target=lambda: in_thread.append(raises(ValueError, signal.signal, signal.SIGUSR2, signal.SIG_IGN)))
t.start()
t.join()
assert str(in_thread[0]) == "signal only works in main thread of the main interpreter"
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
signal.raise_signal(signal.SIGUSR1)
assert signal.SIGUSR1 in signal.sigpending()
signal.signal(signal.SIGUSR1, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGUSR1])

a, b = socket.socketpair()
a.sendall(b"hello")
assert b.recv(10) == b"hello" and select.select([b], [], [], 0) == ([], [], [])
a.close()
assert b.recv(10) == b"" and select.select([b], [], [], 0)[0] == [b]
b.close()
server = socket.create_server(("127.0.0.1", 0))


def serve():
    connection, _ = server.accept()
    with connection, connection.makefile("rw") as stream:
        for line in stream:
            stream.write(line[::-1].strip() + "\n")
            stream.flush()


t = threading.Thread(target=serve)
t.start()
with socket.create_connection(server.getsockname()) as client:
    client.sendall(b"abc\n")
    assert client.recv(100) == b"cba\n"
    client.settimeout(0.02)
    raises(TimeoutError, client.recv, 1)
t.join()
server.close()
raises(ConnectionRefusedError, socket.create_connection, ("127.0.0.1", 1))
assert socket.inet_aton("127.0.0.1") == b"\x7f\0\0\1" and socket.ntohs(socket.htons(5)) == 5 and socket.gethostbyname("localhost").startswith("127.")
poll = select.poll()
r, w = os.pipe()
poll.register(r, select.POLLIN)
assert poll.poll(0) == []
os.write(w, b"x")
assert poll.poll(1000) == [(r, select.POLLIN)]
assert os.getpid() != os.getppid() and os.cpu_count() >= 1 and os.times().user >= 0 and os.uname().sysname == "Linux" and os.strerror(2) == "No such file or directory"
assert sys.stdin is not None and os.get_terminal_size.__name__ and os.urandom(8) != os.urandom(8) and os.path.exists(sys.executable)

# a signal handler's exception leaves the call that it interrupts, also when a collection is due just then
import gc  # noqa: E402
import signal  # noqa: E402
import socket  # noqa: E402
import weakref  # noqa: E402


class Node:
    pass


def interrupted():
    def handler(number, frame):
        raise ZeroDivisionError

    left, right = socket.socketpair()
    left.settimeout(20)
    old = signal.signal(signal.SIGALRM, handler)
    watchers = []
    for i in range(50):
        node = Node()
        node.itself = node
        watchers.append(weakref.ref(node, lambda ref: sum(range(100))))
    del node
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        left.sendall(b"x" * (32 << 20))
    except ZeroDivisionError:
        return True
    finally:
        signal.signal(signal.SIGALRM, old)
        left.close()
        right.close()
    return False


assert interrupted()
gc.collect()
