# SPDX-License-Identifier: MIT
"""Training for the optimising compiler: the standard library at work: imports, compiling, options, dates."""
import argparse
import ast
import collections
import configparser
import copy
import datetime
import decimal
import inspect
import logging
import os
import pathlib
import pprint
import tempfile
import tokenize
import typing
import unittest
import urllib.parse

HERE = pathlib.Path(os.__file__).parent


def sources():
    total = 0
    for name in ("argparse", "shutil", "typing", "inspect", "tarfile", "pickletools"):
        text = (HERE / f"{name}.py").read_text(encoding="utf-8")
        tree = ast.parse(text)
        total += sum(isinstance(node, ast.Call) for node in ast.walk(tree))
        compile(tree, name, "exec")
        compile(text, name, "exec")
    with open(HERE / "bisect.py", "rb") as file:
        total += sum(1 for _ in tokenize.tokenize(file.readline))
    return total > 1000


def options():
    parser = argparse.ArgumentParser(prog="train")
    parser.add_argument("--size", type=int, default=3)
    parser.add_argument("names", nargs="*")
    return [parser.parse_args(["--size", str(k), "a", "b"]).size for k in range(60)][-1]


def dates():
    day = datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)
    stamps = [day + datetime.timedelta(hours=7 * k) for k in range(400)]
    return sum(datetime.datetime.fromisoformat(s.isoformat()) > day for s in stamps)


def money():
    total = decimal.Decimal(0)
    for k in range(400):
        total += (decimal.Decimal(k) / 7).quantize(decimal.Decimal("0.01"))
    return str(total)


def log():
    stream = open(os.devnull, "w")
    logger = logging.getLogger("train")
    logger.propagate = False
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logger.addHandler(handler)
    for k in range(400):
        logger.warning("event %d of %s", k, "many")
        logger.debug("unseen %d", k)
    stream.close()


def files():
    with tempfile.TemporaryDirectory() as folder:
        for k in range(60):
            path = pathlib.Path(folder, f"f{k}", "leaf.txt")
            path.parent.mkdir()
            path.write_text(f"line {k}\n" * 20)
        found = sorted(p.relative_to(folder).as_posix() for p in pathlib.Path(folder).rglob("*.txt"))
        return len(found), sum(len(pathlib.Path(folder, f).read_text().splitlines()) for f in found)


def structures():
    data = {f"key{k}": [k, (k, str(k)), {"a": k}] for k in range(120)}
    again = copy.deepcopy(data)
    config = configparser.ConfigParser()
    config.read_string("".join(f"[part{k}]\nvalue = {k}\nname: x{k}\n" for k in range(60)))
    chain = collections.ChainMap({}, data)
    return (again == data, len(pprint.pformat(data)) > 1000, chain["key7"][0],
            sum(config.getint(s, "value") for s in config.sections()),
            urllib.parse.urlsplit("http://u@host:80/p?q=1#f").port,
            str(inspect.signature(argparse.ArgumentParser.__init__))[:5],
            typing.get_type_hints(unittest.TestCase.run) == {})


class Sample(unittest.TestCase):
    def test_many(self):
        for k in range(100):
            with self.subTest(k=k):
                self.assertEqual(k + k, 2 * k)


log()
print(sources(), options(), dates(), money(), files(), structures())
unittest.TextTestRunner(stream=open(os.devnull, "w")).run(unittest.defaultTestLoader.loadTestsFromTestCase(Sample))
