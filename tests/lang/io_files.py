# SPDX-License-Identifier: MIT
"""Files and streams: text, binary, buffering, newlines, seeking, encodings, errors, os, pathlib."""
import io
import os
import pathlib
import shutil
import sys
import tempfile
from _check import raises

folder = tempfile.mkdtemp()
path = os.path.join(folder, "file.txt")
try:
    with open(path, "w", encoding="utf-8") as f:
        assert f.write("line é\nline 2\n") == 14 and f.name == path and f.mode == "w" and not f.readable() and f.writable()
        print("printed", 1, sep="-", end="!\n", file=f)
        f.writelines(["a\n", "b"])
    with open(path, encoding="utf-8") as f:
        assert f.readline() == "line é\n" and f.read(4) == "line" and f.readlines() == [" 2\n", "printed-1!\n", "a\n", "b"] and f.read() == ""
        f.seek(0)
        assert [line.rstrip("\n") for line in f] == ["line é", "line 2", "printed-1!", "a", "b"]
        raises(io.UnsupportedOperation, f.write, "x", text="not writable")
    raises(ValueError, f.read, text="I/O operation on closed file.")
    with open(path, "rb") as f:
        data = f.read()
        assert data.startswith(b"line \xc3\xa9\n") and f.tell() == len(data) and f.seek(-1, 2) == len(data) - 1 and f.read() == b"b" and f.seek(5) == 5
        buffer = bytearray(3)
        assert f.readinto(buffer) == 3 and buffer == b"\xc3\xa9\n" and f.peek(1)[:1] == b"l"
    with open(path, "a+") as f:
        f.write("\nend")
        f.seek(0)
        assert f.read().endswith("b\nend")
    with open(path, "r+b") as f:
        f.write(b"LINE")
        f.truncate(4)
    assert os.path.getsize(path) == 4 and open(path).read() == "LINE"
    raises(FileExistsError, open, path, "x")
    raises(ValueError, open, path, "q", text="invalid mode: 'q'")
    raises(IsADirectoryError, open, folder)
    with open(path, "w", newline="") as f:
        f.write("a\r\nb\rc\n")
    assert open(path, "rb").read() == b"a\r\nb\rc\n" and open(path).read() == "a\nb\nc\n" and open(path, newline="").readlines() == ["a\r\n", "b\r", "c\n"]
    assert open(path, newline="\n").readlines() == ["a\r\n", "b\rc\n"]
    with open(path, "w", newline="\r\n") as f:
        f.write("x\n")
    assert open(path, "rb").read() == b"x\r\n"
    with open(path, "wb") as f:
        f.write(b"ok \xff\n")
    raises(UnicodeDecodeError, lambda: open(path, encoding="utf-8").read())
    assert open(path, encoding="utf-8", errors="replace").read() == "ok \ufffd\n" and open(path, encoding="latin-1").read() == "ok ÿ\n"
    big = "".join(f"line {i} é世\n" for i in range(20000))
    with open(path, "w", encoding="utf-8", buffering=100) as f:
        f.write(big)
    with open(path, encoding="utf-8") as f:
        assert f.read() == big
        f.seek(0)
        position = [f.readline() and f.tell() for _ in range(50)][-1]
        rest = f.read(100)
        f.seek(position)
        assert f.read(100) == rest
    with open(path, encoding="utf-8") as f:
        assert sum(1 for _ in f) == 20000
    s = io.StringIO("a\nb")
    assert s.readline() == "a\n" and s.tell() == 2 and s.read() == "b" and s.seek(0) == 0 and s.write("X") == 1 and s.getvalue() == "X\nb"
    b = io.BytesIO(b"abc")
    assert b.read(1) == b"a" and b.getvalue() == b"abc" and b.getbuffer()[1] == 98 and b.seek(0, 2) == 3 and b.write(b"d") == 1 and b.getvalue() == b"abcd"
    wrapper = io.TextIOWrapper(io.BytesIO(), encoding="utf-16")
    wrapper.write("é")
    wrapper.flush()
    assert wrapper.buffer.getvalue() == "é".encode("utf-16")
    r, w = os.pipe()
    with os.fdopen(w, "w") as wf, os.fdopen(r) as rf:
        wf.write("through the pipe\n")
        wf.flush()
        assert rf.readline() == "through the pipe\n"
    old, sys.stdout = sys.stdout, io.StringIO()
    print("a", "b", sep="\t")
    captured, sys.stdout = sys.stdout.getvalue(), old
    assert captured == "a\tb\n"

    p = pathlib.Path(folder) / "sub" / "x.tar.gz"
    assert p.name == "x.tar.gz" and p.suffix == ".gz" and p.suffixes == [".tar", ".gz"] and p.stem == "x.tar" and p.parent.name == "sub" and not p.exists()
    p.parent.mkdir(parents=True)
    p.write_text("content")
    assert p.read_text() == "content" and p.stat().st_size == 7 and p.is_file() and [q.name for q in p.parent.iterdir()] == ["x.tar.gz"] and list(pathlib.Path(folder).rglob("*.gz")) == [p]
    assert p.with_suffix(".zip").name == "x.tar.zip" and p.relative_to(folder) == pathlib.Path("sub/x.tar.gz") and pathlib.PurePosixPath("/a/../b").parts == ("/", "a", "..", "b")
    p.rename(p.with_name("renamed"))
    os.symlink("renamed", p.parent / "link")
    assert os.readlink(p.parent / "link") == "renamed" and os.path.islink(p.parent / "link") and sorted(os.listdir(p.parent)) == ["link", "renamed"]
    with os.scandir(p.parent) as entries:
        assert sorted((e.name, e.is_symlink()) for e in entries) == [("link", True), ("renamed", False)]
    assert [(os.path.basename(d), sorted(fs)) for d, ds, fs in os.walk(folder)][1] == ("sub", ["link", "renamed"])
    os.chmod(p.parent / "renamed", 0o600)
    assert os.stat(p.parent / "renamed").st_mode & 0o777 == 0o600 and os.access(p.parent, os.W_OK)
    shutil.copy(p.parent / "renamed", path)
    assert open(path).read() == "content"
    os.remove(path)
    raises(FileNotFoundError, os.remove, path)
    raises(NotADirectoryError, os.listdir, p.parent / "renamed")
    assert os.path.join("a", "/b") == "/b" and os.path.normpath("a/./b/../c") == "a/c" and os.path.splitext("a.b.c") == ("a.b", ".c") and os.path.relpath("/a/b", "/a/c") == "../b"
    os.environ["PYRT_LANG_TEST"] = "é"
    assert os.getenv("PYRT_LANG_TEST") == "é" and os.environb[b"PYRT_LANG_TEST"] == b"\xc3\xa9" and os.environ.pop("PYRT_LANG_TEST") == "é"
    fd = os.open(path, os.O_RDWR | os.O_CREAT)
    assert os.write(fd, b"raw") == 3 and os.lseek(fd, 0, 0) == 0 and os.read(fd, 10) == b"raw" and os.fstat(fd).st_size == 3
    os.close(fd)
    with tempfile.NamedTemporaryFile("w+", suffix=".x") as t:
        t.write("tmp")
        t.flush()
        assert os.path.exists(t.name) and t.name.endswith(".x")
    assert not os.path.exists(t.name)
finally:
    shutil.rmtree(folder)
assert not os.path.exists(folder)
# lines of any length, in time that grows with them
for length in (65535, 65536, 65537, 200_000):
    for end, newline in (("\n", None), ("\r\n", None), ("\r\n", ""), ("\r\n", "\r\n"), ("\r", None)):
        stream = io.TextIOWrapper(io.BytesIO(("é" * length + end + "b" + end + "c" * length).encode()), encoding="utf-8", newline=newline)
        line_lengths = [len(line) for line in stream]
        shown = 1 if newline is None else len(end)
        assert line_lengths == [length + shown, 1 + shown, length], (length, end, newline, line_lengths)
        stream.seek(0)
        assert [len(stream.readline(70_000)), len(stream.readline(-1))][0] == min(70_000, length + shown)

# a raw stream that does not say how it reads or writes
class Mute(io.RawIOBase):
    def readable(self):
        return True


for call in (lambda: Mute().read(3), lambda: Mute().readall(), lambda: Mute().readinto(bytearray(2)), lambda: Mute().write(b""),
             lambda: io.BufferedReader(Mute()).read(3)):
    try:
        call()
    except NotImplementedError as problem:
        assert str(problem) == ""
    else:
        raise AssertionError("NotImplementedError")

# lines that are decoded already, streams that are closed, detached, sought or written to in between
import io, tempfile, os
with tempfile.TemporaryDirectory() as folder:
    name = os.path.join(folder, "lines")
    with open(name, "w", newline="") as f:
        f.write("one\ntwo\r\nthree\n\nlast")
    with open(name) as f:
        assert [f.readline(), next(f), f.readline(), f.readline(2), f.readline(), f.readline(), f.readline()] == \
            ["one\n", "two\n", "three\n", "\n", "last", "", ""]
        assert f.seek(0) == 0 and f.readline() == "one\n" and f.read(2) == "tw" and f.readline() == "o\n" and f.tell() == 9
        f.seek(0)
        next(f)
        try:
            f.tell()
            assert False
        except OSError as e:
            assert str(e) == "telling position disabled by next() call"
        f.close()
        for call in (f.readline, lambda: next(f)):
            try:
                call()
                assert False
            except ValueError as e:
                assert str(e) == "I/O operation on closed file."
    with open(name, newline="") as f:
        assert list(f) == ["one\n", "two\r\n", "three\n", "\n", "last"]
    with open(name, newline="\n") as f:
        assert list(f) == ["one\n", "two\r\n", "three\n", "\n", "last"]
    with open(name, newline="\r\n") as f:
        assert list(f) == ["one\ntwo\r\n", "three\n\nlast"]
    with open(name, "r+") as f:
        assert f.readline() == "one\n"
        f.buffer.close()
        try:
            f.readline()
            assert False
        except ValueError as e:
            assert str(e) == "I/O operation on closed file."
    with open(name, "w", encoding="utf-8") as f:
        f.write("żółw\nplain\n")
    with open(name, encoding="utf-8") as f:
        assert [*f] == ["żółw\n", "plain\n"]

    class Loud(io.TextIOWrapper):
        def readline(self, *a):
            return super().readline(*a).upper()
    with Loud(open(name, "rb"), encoding="utf-8") as f:
        assert [*f] == ["ŻÓŁW\n", "PLAIN\n"]

# a stream that was opened by a path object has the path as its name
import pathlib  # noqa: E402
with tempfile.TemporaryDirectory() as folder:
    named = pathlib.Path(folder, "named")
    for mode in "w", "rb":
        with open(named, mode) as f:
            assert f.name == str(named) and type(f.name) is str
    with named.open("rb", buffering=0) as f:
        assert type(f.name) is str
    with io.FileIO(named) as f:
        assert f.name is named
for wrong in [], bytearray(b"x"), None:
    try:
        open(wrong)
    except TypeError as e:
        assert str(e) == f"expected str, bytes or os.PathLike object, not {type(wrong).__name__}"

# seeking inside what was read ahead
with tempfile.TemporaryFile(buffering=64) as f:
    f.write(bytes(range(200)))
    f.seek(0)
    for at in (10, 3, 50, 0, 63, 64, 65, 199, 5, 20, 190, 100):
        assert f.seek(at) == at and f.read(3) == bytes(range(at, min(at + 3, 200))) and f.tell() == min(at + 3, 200), at
        assert f.seek(-2, 1) == f.tell() == min(at + 3, 200) - 2
    f.seek(10)
    f.read(1)
    assert f.seek(5) == 5 and f.write(b"xy") == 2 and f.read(1) == b"\7" and f.seek(4) == 4 and f.read(4) == b"\4xy\7"
    os.lseek(f.fileno(), 0, 0)
    assert f.seek(0, 2) == 200 and f.read() == b"" and f.seek(198) == 198 and f.read() == bytes([198, 199])

# lines over memory and of wide text are taken the short way: closing is still noticed
for text in ("a\nbc\n\nd", "\xe9\n\u20ac\n", "\U0001f600\n\n\u0100x"):
    over = io.BytesIO(text.encode())
    stream = io.TextIOWrapper(over, encoding="utf-8", newline="\n")
    assert next(stream) == text[: text.index("\n") + 1]
    assert list(stream) == text.splitlines(True)[1:]
    stream.seek(0)
    next(stream)
    over.close()
    try:
        next(stream)
    except ValueError as error:
        assert str(error) == "I/O operation on closed file."
    else:
        raise AssertionError("read from a closed stream")

# a stat_result of ten items: its times as attributes are the items, unless given
made = os.stat_result(range(10))
assert (made.st_atime, made.st_mtime, made.st_ctime, made.st_atime_ns, made.st_blksize) == (7, 8, 9, None, None)
made = os.stat_result(range(11), {"st_mtime": 5.5, "st_ctime": None, "st_blocks": 3})
assert (made.st_atime, made.st_mtime, made.st_ctime, made.st_blocks) == (10, 5.5, 9, 3)

# a BytesIO is no buffer: what getbuffer() shows is, and holds the stream as long as it is looked at
stream = io.BytesIO(b"ab\ncd")
for use in (lambda: b"" + stream, lambda: bytes(stream), lambda: memoryview(stream), lambda: int(stream),
            lambda: b"x".removesuffix(stream), lambda: b"".join([stream]), lambda: stream.write(stream)):
    try:
        use()
        assert False, use
    except TypeError:
        pass
view = stream.getbuffer()
assert type(view.obj).__name__ == "_BytesIOBuffer" and not view.readonly and bytes(view) == b"ab\ncd"
view[0] = 120
part = view[1:]
view.release()
for use in (stream.close, lambda: stream.write(b"12345678"), lambda: stream.truncate(1)):
    try:
        use()
        assert False, use
    except BufferError:
        pass
part.release()
stream.seek(0)
assert stream.read() == b"xb\ncd" and stream.truncate(1) == 1
stream.close()
try:
    stream.getbuffer()
    assert False
except ValueError:
    pass
