# SPDX-License-Identifier: MIT
"""parser: tokenising and evaluating an arithmetic language by recursive descent."""
import re
import sys

TOKEN = re.compile(r"\s*(?:(\d+\.?\d*)|([A-Za-z_]\w*)|(.))")


class Parser:
    def __init__(self, text):
        self.tokens = [m.groups() for m in TOKEN.finditer(text)]
        self.position = 0

    def peek(self):
        return self.tokens[self.position] if self.position < len(self.tokens) else (None, None, None)

    def take(self, symbol):
        if self.peek()[2] == symbol:
            self.position += 1
            return True
        return False

    def expression(self):
        node = self.term()
        while (op := self.peek()[2]) in ("+", "-") and op:
            self.position += 1
            node = (op, node, self.term())
        return node

    def term(self):
        node = self.factor()
        while (op := self.peek()[2]) in ("*", "/", "%") and op:
            self.position += 1
            node = (op, node, self.factor())
        return node

    def factor(self):
        number, name, symbol = self.peek()
        self.position += 1
        if number is not None:
            return float(number) if "." in number else int(number)
        if name is not None:
            return name
        if symbol == "(":
            node = self.expression()
            if not self.take(")"):
                raise SyntaxError("expected )")
            return node
        if symbol == "-":
            return ("neg", self.factor())
        raise SyntaxError(f"unexpected {symbol!r}")


def evaluate(node, names):
    if isinstance(node, tuple):
        op = node[0]
        a = evaluate(node[1], names)
        if op == "neg":
            return -a
        b = evaluate(node[2], names)
        if op == "+":
            return a + b
        if op == "-":
            return a - b
        if op == "*":
            return a * b
        return a / b if op == "/" else a % b
    return names[node] if isinstance(node, str) else node


def main(loops=1500):
    source = " + ".join(f"(a{i % 7} * {i} - ({i}.5 + b) * -c{i % 3}) % 1000" for i in range(1, 60))
    names = {f"a{i}": i for i in range(7)} | {f"c{i}": i * 2 for i in range(3)} | {"b": 3}
    total = 0
    for i in range(loops):
        names["b"] = i
        total += evaluate(Parser(source).expression(), names)
    print("parser", total)


main(*map(int, sys.argv[1:2]))
