# SPDX-License-Identifier: MIT
"""exec, eval, compile, ast, frames, tracing, locals, inspect, warnings, syntax errors."""
import ast
import inspect
import sys
import traceback
import warnings
from _check import raises

assert eval("1 + 2") == 3 and eval(" 5 ") == 5 and eval(b"6") == 6 and eval(compile("7", "f", "eval")) == 7
space = {"x": 5}
exec("y = x * 2\ndef f(a): return a + y", space)
assert space["f"](1) == 11 and "__builtins__" in space and eval("f(2)", space) == 12
raises(NameError, eval, "len(x)", {"__builtins__": {}, "x": []}, text="name 'len' is not defined")
raises(TypeError, exec, 5)


class Mapping(dict):
    def __missing__(self, key):
        if key in ("print", "len"):
            raise KeyError(key)
        return key * 2


assert eval("ab + len('xyz') * 'c'", {}, Mapping()) == "ababccc"
code = compile("a = 1\nb = a + 1\n", "<test>", "exec")
assert code.co_names == ("a", "b") and 1 in code.co_consts and code.co_name == "<module>" and code.co_firstlineno == 1
tree = ast.parse("def f(x, *, y=1):\n    return x + y")
assert ast.dump(tree.body[0].body[0].value) == "BinOp(left=Name(id='x', ctx=Load()), op=Add(), right=Name(id='y', ctx=Load()))"
assert ast.unparse(tree) == "def f(x, *, y=1):\n    return x + y" and ast.literal_eval("{'a': [1, (2.5, None)], b'x': {3}}") == {"a": [1, (2.5, None)], b"x": {3}}
namespace = {}
exec(compile(ast.fix_missing_locations(ast.Module([ast.Assign([ast.Name("v", ast.Store())], ast.Constant(42))], [])), "t", "exec"), namespace)
assert namespace["v"] == 42
raises(ValueError, ast.literal_eval, "f()")


class Visitor(ast.NodeVisitor):
    def __init__(self):
        self.names = []

    def visit_Name(self, node):
        self.names.append(node.id)


visitor = Visitor()
visitor.visit(ast.parse("a + b(c)[d]"))
assert visitor.names == ["a", "b", "c", "d"]


class Doubler(ast.NodeTransformer):
    def visit_Constant(self, node):
        return ast.copy_location(ast.Constant(node.value * 2), node)


assert eval(compile(ast.fix_missing_locations(Doubler().visit(ast.parse("1 + 2 * 3", mode="eval"))), "t", "eval")) == 26
for source, message, line, offset in [("a = ", "invalid syntax", 1, 5), ("if x\n  y", "expected ':'", 1, 5), ("x = (1,\n", "'(' was never closed", 1, 5),
                                      ("f(a=1, 2)", "positional argument follows keyword argument", 1, 9), ("1 = x", "cannot assign to literal here. Maybe you meant '==' instead of '='?", 1, 1),
                                      ("def f():\nx", "expected an indented block after function definition on line 1", 2, 1), ("  x", "unexpected indent", 1, 2),
                                      ("return 1", "'return' outside function", 1, 1), ("x = 'abc", "unterminated string literal (detected at line 1)", 1, 5), ("a b", "invalid syntax", 1, 3),
                                      ("print 1", "Missing parentheses in call to 'print'. Did you mean print(...)?", 1, 1), ("break", "'break' outside loop", 1, 1),
                                      ("f(x for x in y, 1)", "Generator expression must be parenthesized", 1, 3), ("def f(a, a): 0", "duplicate argument 'a' in function definition", 1, 10),
                                      ("x = [1, 2", "'[' was never closed", 1, 5), ("x = 1)", "unmatched ')'", 1, 6), ("yield 1", "'yield' outside function", 1, 1), ("None = 1", "cannot assign to None", 1, 1),
                                      ("a, b += 1", "'tuple' is an illegal expression for augmented assignment", 1, 1), ("lambda: (yield) = 1", None, 1, None),
                                      ("class C: await x", "'await' outside function", 1, 10), ("0777", "leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers", 1, 1),
                                      ("try: pass", "expected 'except' or 'finally' block", 1, 10), ("import a.b as c.d", "invalid syntax", 1, 16), ("{1:2, 3}", "':' expected after dictionary key", 1, 7)]:
    error = raises(SyntaxError, compile, source, "t.py", "exec") if not source.startswith(("  ", "def f():\nx")) else raises(IndentationError, compile, source, "t.py", "exec")
    assert message is None or (error.msg, error.lineno, error.offset) == (message, line, offset), (source, error.msg, error.lineno, error.offset)
    assert error.filename == "t.py"


def frames():
    here = sys._getframe()
    assert here.f_code.co_name == "frames" and here.f_back.f_code.co_name == "<module>" and here.f_lineno == inspect.currentframe().f_lineno
    local = 5
    assert here.f_locals["local"] == 5 and here.f_globals is globals() and locals()["local"] == 5
    return inspect.stack()[0].function


assert frames() == "frames"
events = []


def tracer(frame, event, arg):
    if frame.f_code.co_name == "traced":
        events.append((event, frame.f_lineno - frame.f_code.co_firstlineno, arg if event == "return" else None))
    return tracer


def traced(n):
    total = 0
    for i in range(n):
        total += i
    return total


sys.settrace(tracer)
traced(2)
sys.settrace(None)
assert events == [("call", 0, None), ("line", 1, None), ("line", 2, None), ("line", 3, None), ("line", 2, None), ("line", 3, None), ("line", 2, None), ("line", 4, None), ("return", 4, 1)], events
calls = []
sys.setprofile(lambda frame, event, arg: calls.append((event, getattr(arg, "__name__", None) if event.startswith("c_") else frame.f_code.co_name)))
traced(1)
len("")
sys.setprofile(None)
assert calls[:4] == [("call", "traced"), ("return", "traced"), ("c_call", "len"), ("c_return", "len")], calls
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    warnings.warn("careful", DeprecationWarning)
    warnings.warn(UserWarning("two"), stacklevel=1)
    compile("1 is 1", "t", "eval")
    compile("'\\d'", "t", "eval")
assert [(w.category, str(w.message)) for w in caught] == [(DeprecationWarning, "careful"), (UserWarning, "two"), (SyntaxWarning, '"is" with a literal. Did you mean "=="?'),
                                                          (DeprecationWarning, "invalid escape sequence '\\d'")] and caught[0].filename == __file__
with warnings.catch_warnings():
    warnings.simplefilter("error")
    raises(UserWarning, warnings.warn, "x")


def source_lines():
    """doc"""
    return 1


assert inspect.getsource(source_lines).startswith("def source_lines():") and inspect.getdoc(source_lines) == "doc" and inspect.getfullargspec(traced).args == ["n"]
assert inspect.isgeneratorfunction(lambda: (yield)) and inspect.isbuiltin(len) and inspect.getmodule(traced).__name__ == "__main__" and inspect.isclass(int)
positions = list(traced.__code__.co_positions())
assert positions and all(len(p) == 4 for p in positions) and traced.__code__.replace(co_name="renamed").co_name == "renamed"
assert {line for _, _, line in traced.__code__.co_lines() if line} <= set(range(traced.__code__.co_firstlineno, traced.__code__.co_firstlineno + 5))
exec("class A:\n    x: int = 1\n    y: str\n", namespace)
assert namespace["A"].__annotations__ == {"x": int, "y": str}
exec("from __future__ import annotations\ndef g(a: undefined_thing) -> x.y[0]: pass", namespace)
assert namespace["g"].__annotations__ == {"a": "undefined_thing", "return": "x.y[0]"}
assert eval("__debug__") is True and compile("assert 0", "t", "exec", optimize=1) and not exec(compile("assert 0", "t", "exec", optimize=1))
assert traceback.format_exc() == "NoneType: None\n"
assert [type(n).__name__ for n in ast.walk(ast.parse("x"))] == ["Module", "Expr", "Name", "Load"]


# where the mistake is said to be
def mistake(text):
    try:
        compile(text, "s", "exec")
    except SyntaxError as e:
        return e.msg, e.lineno, e.offset, e.end_lineno, e.end_offset


assert mistake("x = g(f(1, a=2, __debug__=1))") == ("cannot assign to __debug__", 1, 7, 1, 29)
assert mistake("class A(x.y,\n __debug__=1): pass") == ("cannot assign to __debug__", 1, 1, 2, 20)
assert mistake("[__debug__ for __debug__ in x]") == ("cannot assign to __debug__", 1, 16, 1, 25)
assert mistake("__debug__: int") == ("cannot assign to __debug__", 1, 1, 1, 15) and mistake("del x.__debug__") is None
assert mistake('match 1:\n case {f"": 1}: pass')[1:] == (2, 7, 2, 15)
