# SPDX-License-Identifier: MIT
"""argparse, logging, unittest, decimal, fractions, statistics, config, shlex, urllib as used daily."""
import argparse
import calendar
import configparser
import contextlib
import decimal
import difflib
import fnmatch
import fractions
import gzip
import html
import io
import logging
import pprint
import shlex
import statistics
import time
import tokenize
import unittest
import urllib.parse
import uuid
import zipfile
from _check import raises

parser = argparse.ArgumentParser(prog="p")
parser.add_argument("file")
parser.add_argument("-n", "--number", type=int, default=1)
parser.add_argument("--flag", action="store_true")
options = parser.parse_args(["x", "-n5", "--flag"])
assert (options.file, options.number, options.flag) == ("x", 5, True)
with contextlib.redirect_stderr(io.StringIO()) as err:
    assert raises(SystemExit, parser.parse_args, []).code == 2
assert err.getvalue() == "usage: p [-h] [-n NUMBER] [--flag] file\np: error: the following arguments are required: file\n"
stream = io.StringIO()
handler = logging.StreamHandler(stream)
handler.setFormatter(logging.Formatter("%(name)s %(levelname)s %(message)s %(funcName)s"))
logger = logging.getLogger("a.b")
logger.addHandler(handler)
logger.propagate = False
logger.setLevel("INFO")


def logs():
    logger.info("value %d", 5)
    logger.debug("no")
    try:
        1 / 0
    except ZeroDivisionError:
        logger.exception("failed")


logs()
text = stream.getvalue()
assert text.startswith("a.b INFO value 5 logs\na.b ERROR failed logs\nTraceback (most recent call last):\n") and text.endswith("ZeroDivisionError: division by zero\n")


class Case(unittest.TestCase):
    def test_ok(self):
        self.assertEqual(1 + 1, 2)
        with self.assertRaisesRegex(ValueError, "in.*lid"):
            int("x")

    def test_fail(self):
        self.assertEqual([1, 2], [1, 3])

    @unittest.skip("why")
    def test_skip(self):
        pass

    def test_sub(self):
        for i in range(3):
            with self.subTest(i=i):
                self.assertNotEqual(i, 1)


result = unittest.TextTestRunner(stream=io.StringIO()).run(unittest.defaultTestLoader.loadTestsFromTestCase(Case))
assert (result.testsRun, len(result.failures), len(result.skipped)) == (4, 2, 1) and "First differing element 1:" in result.failures[0][1]
D = decimal.Decimal
assert D("0.1") + D("0.2") == D("0.3") and str(D(1) / D(3)) == "0.3333333333333333333333333333" and D("1.25").quantize(D("0.1")) == D("1.2") and D("1E+3") == 1000
assert str(D("2").sqrt())[:10] == "1.41421356" and D("-7") % 3 == -1 and D("NaN").is_nan() and f"{D('1234.5'):,.2f}" == "1,234.50" and D(0.5) == 0.5
raises(decimal.DivisionByZero, lambda: D(1) / 0)
F = fractions.Fraction
assert F(1, 3) + F(1, 6) == F(1, 2) and F("0.125") == F(1, 8) and F(0.5) == F(1, 2) and str(F(-3, 6)) == "-1/2" and F(7, 2) // 1 == 3 and float(F(1, 4)) == 0.25 and hash(F(2)) == hash(2)
assert statistics.mean([1, 2, 3, 4]) == 2.5 and statistics.median([3, 1, 2]) == 2 and statistics.stdev([1, 2, 3]) == 1.0 and statistics.mode("aab") == "a"
config = configparser.ConfigParser()
config.read_string("[a]\nx = 1\ny: %(x)s2\n[b]\nflag = yes\n")
assert config["a"]["y"] == "12" and config.getint("a", "x") == 1 and config.getboolean("b", "flag") and config.sections() == ["a", "b"]
assert shlex.split("a 'b c' \"d\\\"e\"") == ["a", "b c", 'd"e'] and shlex.quote("a b") == "'a b'" and fnmatch.filter(["a.py", "b.c"], "*.py") == ["a.py"]
url = urllib.parse.urlsplit("http://u:p@host:80/path;x?q=1&r=%20#f")
assert url.hostname == "host" and url.port == 80 and url.query == "q=1&r=%20" and urllib.parse.parse_qs(url.query) == {"q": ["1"], "r": [" "]} and urllib.parse.quote("é /") == "%C3%A9%20/"
assert urllib.parse.urljoin("http://a/b/c", "../d") == "http://a/d" and urllib.parse.urlencode({"a": "b c"}) == "a=b+c" and html.escape("<a&'>") == "&lt;a&amp;&#x27;&gt;" and html.unescape("&eacute;&#65;") == "éA"
assert list(difflib.unified_diff(["a\n", "b\n"], ["a\n", "c\n"], "x", "y"))[-2:] == ["-b\n", "+c\n"] and difflib.get_close_matches("appel", ["ape", "apple"]) == ["apple", "ape"]
assert pprint.pformat({"b": [1] * 30, "a": "x"}, width=40).startswith("{'a': 'x',\n 'b': [1,") and calendar.isleap(2024) and calendar.monthrange(2024, 2) == (3, 29)
tokens = [(tokenize.tok_name[t.type], t.string) for t in tokenize.generate_tokens(io.StringIO("x = 1 # c\n").readline)]
assert tokens == [("NAME", "x"), ("OP", "="), ("NUMBER", "1"), ("COMMENT", "# c"), ("NEWLINE", "\n"), ("ENDMARKER", "")]
assert uuid.UUID("12345678123456781234567812345678").version is None and uuid.uuid5(uuid.NAMESPACE_DNS, "a").hex == uuid.uuid5(uuid.NAMESPACE_DNS, "a").hex and uuid.uuid4() != uuid.uuid4()
assert gzip.decompress(gzip.compress(b"data" * 100)) == b"data" * 100
memory = io.BytesIO()
with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as z:
    z.writestr("a/b.txt", "text")
with zipfile.ZipFile(memory) as z:
    assert z.namelist() == ["a/b.txt"] and z.read("a/b.txt") == b"text"
assert time.strftime("%Y-%m-%d", time.gmtime(0)) == "1970-01-01" and time.gmtime(86400).tm_mday == 2 and time.time() > 1e9 and time.perf_counter_ns() <= time.perf_counter_ns()
start = time.monotonic()
time.sleep(0.01)
assert 0.009 < time.monotonic() - start < 5 and time.thread_time() >= 0 and time.process_time() > 0
