# SPDX-License-Identifier: MIT
"""Training for the optimising compiler: strings, bytes, formatting, patterns, parsing, serialising."""
import base64
import csv
import hashlib
import html
import io
import json
import pickle
import re
import string
import struct
import textwrap
import zlib

PROSE = ("The quick brown fox jumps over the lazy dog; 42 geese, 7 swans and a\tcaf\u00e9 na\u00efve "
         "\u20ac 3.50 were seen <b>there</b> & elsewhere. ") * 40


def words(text):
    count = {}
    for line in text.replace(";", "\n").splitlines():
        for word in line.strip().lower().split():
            word = word.strip(string.punctuation)
            if word.isalpha() and not word.startswith("q"):
                count[word] = count.get(word, 0) + 1
    return sorted(count.items(), key=lambda pair: (-pair[1], pair[0]))[:5]


def patterns(text):
    found = re.findall(r"\b(\w+)\s+(\d+|[a-z]{3,})", text)
    changed = re.sub(r"<(/?)(\w+)>", lambda m: f"[{m[1]}{m[2].upper()}]", text)
    date = re.compile(r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)")
    hits = [date.match(f"20{k % 90 + 10}-1{k % 3}-0{k % 9}").groupdict()["day"] for k in range(800)]
    return len(found), len(changed), len(set(hits)), len(re.split(r"[,;]\s*", text))


class Calculator:
    TOKEN = re.compile(r"\s*(?:(\d+\.?\d*)|(.))")

    def __init__(self, text):
        self.tokens = [m.groups() for m in self.TOKEN.finditer(text)]
        self.at = 0

    def peek(self):
        return self.tokens[self.at][1] if self.at < len(self.tokens) else None

    def sum(self):
        value = self.product()
        while (sign := self.peek()) in ("+", "-"):
            self.at += 1
            value = value + self.product() if sign == "+" else value - self.product()
        return value

    def product(self):
        value = self.atom()
        while self.peek() in ("*", "/"):
            sign = self.tokens[self.at][1]
            self.at += 1
            value = value * self.atom() if sign == "*" else value / self.atom()
        return value

    def atom(self):
        number, other = self.tokens[self.at]
        self.at += 1
        if number is not None:
            return float(number)
        if other == "(":
            value = self.sum()
            self.at += 1
            return value
        raise SyntaxError(other)


def formats(rounds):
    out = io.StringIO()
    for k in range(rounds):
        out.write(f"{k:5d}|{k / 7:8.3f}|{k!r:>6}|{'ab' * (k % 4):<8}|{k:#x}\n")
        out.write("%s %04d %.2f %r\n" % (k, k, k * 0.5, "x"))
        out.write("{0} {name:^10} {1:,}\n".format(k, k * 1000, name=str(k)))
    return len(out.getvalue())


def records(rounds):
    rows = [{"id": k, "name": f"item {k}", "tags": ["a", "b\u00e9", None, True], "price": k * 1.25,
             "nested": {"deep": [k, -k, {}]}} for k in range(rounds)]
    text = json.dumps(rows)
    again = json.loads(text)
    packed = pickle.loads(pickle.dumps(again))
    sheet = io.StringIO()
    writer = csv.writer(sheet)
    writer.writerows((r["id"], r["name"], r["price"]) for r in packed)
    sheet.seek(0)
    return again == rows, len(text), sum(float(r[2]) for r in csv.reader(sheet))


def binary(rounds):
    out = bytearray()
    for k in range(rounds):
        out += struct.pack("<IhB", k, k % 1000, k & 255)
    total = sum(a + b + c for a, b, c in struct.iter_unpack("<IhB", out))
    body = zlib.compress(bytes(out))
    return total, hashlib.sha256(out).hexdigest()[:8], len(base64.b64encode(body)) > 0, \
        out.find(b"\x07"), out.count(b"\x00"), bytes(out[:64]).hex()[:10]


def rotate(text):
    table = str.maketrans(string.ascii_lowercase, string.ascii_lowercase[13:] + string.ascii_lowercase[:13])
    return "".join(chr(ord(c) ^ 1) if c.isdigit() else c for c in text.translate(table))


def listing(text):
    lines = textwrap.wrap(text, 40)
    return [f"{n:03}: {line.ljust(42, '.')}" for n, line in enumerate(lines) if "fox" in line or n % 3 == 0]


print(words(PROSE), patterns(PROSE), formats(1500), records(300), binary(3000))
print(len(rotate(PROSE)), len(listing(PROSE)), html.unescape(html.escape(PROSE)) == PROSE,
      PROSE.partition("swans")[2][:5], PROSE.title().swapcase()[:9], PROSE.encode().decode("utf-8") == PROSE)
print([len((PROSE * 4).encode(c).decode(c)) for c in ("utf-16", "utf-32", "utf-16-be", "utf-8", "utf-16-le") * 8],
      [len((PROSE[:80] * 40).encode(c).decode(c)) for c in ("cp1252", "latin-1", "utf-16", "utf-32") * 8])
print(round(sum(Calculator(f"({k} + 2) * 3 - {k}/(1+{k})").sum() for k in range(500)), 6))
