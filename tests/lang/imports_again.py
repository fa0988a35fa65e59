# SPDX-License-Identifier: MIT
# Imports of what is there already: names that a package has, lacks, or makes; hooks that are asked; functions' attributes.
import os
import sys
import tempfile
import types

here = tempfile.TemporaryDirectory()
root = os.path.join(here.name, "again_pkg")
os.mkdir(root)
for name, text in (("__init__", "value = 1\nasked = []\n"), ("sub", "x = 'sub'\n"), ("other", "x = 'other'\n")):
    with open(os.path.join(root, name + ".py"), "w") as f:
        f.write(text)
with open(os.path.join(here.name, "again_lazy.py"), "w") as f:
    f.write("asked = []\ndef __getattr__(name):\n    asked.append(name)\n    if name == 'made': return 5\n    raise AttributeError(name)\n")
sys.path.insert(0, here.name)
try:
    for _ in range(3):
        from again_pkg import value
        from again_pkg import sub, value as again
        import again_pkg.sub as by_name
        import again_pkg.sub
        assert value == again == 1 and sub is by_name is again_pkg.sub and sub.x == "sub"
    del again_pkg.sub  # no attribute any more: importlib looks again, and finds the module where it keeps modules
    try:
        from again_pkg import sub as found
    except ImportError:
        raise AssertionError
    assert found is sub and not hasattr(again_pkg, "other")
    from again_pkg import value, other
    assert other.x == "other" and again_pkg.other is other
    again_pkg.sub = "shadow"
    from again_pkg import sub as shadow
    import again_pkg.sub as shadow_too
    assert shadow == shadow_too == "shadow"
    try:
        from again_pkg import nothing
    except ImportError as e:
        assert e.name == "again_pkg" and "cannot import name 'nothing'" in str(e), e
    else:
        raise AssertionError
    assert __import__("again_pkg", fromlist=["value"]) is again_pkg and __import__("again_pkg.sub") is again_pkg
    for bad in ((1,), ["value", 2]):
        try:
            __import__("again_pkg", fromlist=bad)
        except TypeError as e:
            assert "Item in ``from list'' must be str, not int" in str(e), e
        else:
            raise AssertionError(bad)

    from again_lazy import made
    import again_lazy
    assert made == 5 and again_lazy.asked[0] == "__path__" and again_lazy.asked.count("made") == 1, again_lazy.asked
    again_lazy.asked.clear()
    from again_lazy import asked
    assert asked == ["__path__"], asked

    class Hooked(types.ModuleType):
        seen = []

        def __getattribute__(self, name):
            Hooked.seen.append(name)
            return super().__getattribute__(name)

    odd = sys.modules["again_odd"] = Hooked("again_odd")
    odd.__path__, odd.thing = [], 3
    Hooked.seen.clear()
    from again_odd import thing
    assert thing == 3 and "__path__" in Hooked.seen and Hooked.seen.count("thing") == 2, Hooked.seen
    sys.modules["again_str"] = "no module"
    import again_str
    assert again_str == "no module"
    sys.modules["again_none"] = None
    try:
        import again_none
    except ModuleNotFoundError as e:
        assert "None in sys.modules" in str(e)
    else:
        raise AssertionError
finally:
    sys.path.remove(here.name)
    here.cleanup()


def f():
    "doc"


for name, bad, text in (("__name__", 1, "__name__ must be set to a string object"), ("__dict__", 1, "__dict__ must be set to a dictionary"),
                        ("__code__", 1, "__code__ must be set to a code object"), ("__defaults__", 1, "__defaults__ must be set to a tuple object"),
                        ("__globals__", {}, "readonly attribute"), ("__qualname__", None, "__qualname__ must be set to a string object")):
    for _ in range(2):
        try:
            setattr(f, name, bad)
        except (TypeError, AttributeError) as e:
            assert text in str(e), e
        else:
            raise AssertionError(name)
    f.extra = 1  # the second time the function has a dict
f.__dict__["__name__"] = "hidden"
assert f.__name__ == "f" and f.extra == 1 and f.__doc__ == "doc" and getattr(f, "__dict__") is f.__dict__
f.__name__, f.__module__, f.__annotations__ = "g", "m", {"a": 1}
assert (f.__name__, f.__module__, f.__annotations__) == ("g", "m", {"a": 1}) and f.__dict__ == {"extra": 1, "__name__": "hidden"}
del f.__annotations__, f.extra
assert f.__annotations__ == {} and not hasattr(f, "extra")
try:
    del f.extra
except AttributeError as e:
    assert "extra" in str(e)
else:
    raise AssertionError
print("imports again ok")
