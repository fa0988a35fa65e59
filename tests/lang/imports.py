# SPDX-License-Identifier: MIT
"""The import system: packages, relative imports, reload, errors, hooks, attributes, cycles."""
import importlib
import importlib.util
import os
import sys
import tempfile
import types
from _check import raises

FILES = {
    "pkg/__init__.py": "from . import sub\nVALUE = 1\n__all__ = ['sub', 'late', 'VALUE']\n",
    "pkg/sub.py": "from .deep.leaf import LEAF\nimport sys\nNAME = __name__\n_private = 1\ndef f():\n    return LEAF\n",
    "pkg/late.py": "LATE = True\n",
    "pkg/deep/__init__.py": "",
    "pkg/deep/leaf.py": "from .. import __name__ as parent\nLEAF = 'leaf of ' + parent\n",
    "cyc_a.py": "import cyc_b\nA = 1\ndef get():\n    return cyc_b.B\n",
    "cyc_b.py": "import cyc_a\nB = 2\nSEEN = hasattr(cyc_a, 'A')\n",
    "cyc_from.py": "from cyc_from2 import x\n",
    "cyc_from2.py": "from cyc_from import y\nx = 1\n",
    "broken.py": "def f(:\n",
    "raises_error.py": "1 / 0\n",
    "dynamic.py": "def __getattr__(name):\n    if name == 'lazy':\n        return 'computed'\n    raise AttributeError(name)\ndef __dir__():\n    return ['lazy']\n",
    "star.py": "a, _b, c = 1, 2, 3\n",
    "changing.py": "VERSION = 1\n",
    "space/one.py": "X = 1\n",
}
with tempfile.TemporaryDirectory() as folder:
    for name, text in FILES.items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)
    sys.path.insert(0, folder)
    sys.dont_write_bytecode = True
    import pkg
    import pkg.deep.leaf as leaf
    from pkg import sub, late as renamed, VALUE
    from pkg import *
    assert pkg.VALUE == 1 and sub.NAME == "pkg.sub" and sub.f() == "leaf of pkg" == leaf.LEAF and renamed.LATE and late is renamed
    assert pkg.sub is sys.modules["pkg.sub"] and pkg.__path__ == [os.path.join(folder, "pkg")] and sub.__package__ == "pkg"
    assert sub.__file__ == os.path.join(folder, "pkg", "sub.py") and sub.__spec__.name == "pkg.sub" and sub.__spec__.origin == sub.__file__
    assert isinstance(pkg, types.ModuleType) and repr(pkg).startswith("<module 'pkg' from '")
    import cyc_a
    assert cyc_a.get() == 2 and cyc_a.cyc_b.SEEN is False
    error = raises(ImportError, importlib.import_module, "cyc_from")
    assert "partially initialized module 'cyc_from'" in str(error) and error.name == "cyc_from"
    error = raises(SyntaxError, importlib.import_module, "broken")
    assert error.filename.endswith("broken.py") and error.lineno == 1
    raises(ZeroDivisionError, importlib.import_module, "raises_error")
    assert "raises_error" not in sys.modules
    import dynamic
    assert dynamic.lazy == "computed" and dir(dynamic) == ["lazy"]
    raises(AttributeError, lambda: dynamic.other)
    from dynamic import lazy
    assert lazy == "computed"
    namespace = {}
    exec("from star import *", namespace)
    assert namespace["a"] == 1 and "_b" not in namespace
    import changing
    with open(changing.__file__, "w") as file:
        file.write("VERSION = 22\n")
    importlib.reload(changing)
    assert changing.VERSION == 22
    import space.one
    assert space.one.X == 1 and getattr(space, "__file__", None) is None
    raises(ImportError, lambda: exec("from pkg import nothing_here"))
    error = raises(ModuleNotFoundError, importlib.import_module, "pkg.none", text="No module named 'pkg.none'")
    error = raises(ModuleNotFoundError, importlib.import_module, "cyc_a.x")
    assert str(error) == "No module named 'cyc_a.x'; 'cyc_a' is not a package"
    raises(ImportError, lambda: exec("from . import x", {"__name__": "top"}))
    raises(TypeError, importlib.import_module, ".sub")
    assert importlib.import_module(".sub", "pkg") is sub and importlib.util.find_spec("pkg.late").origin.endswith("late.py")
    assert importlib.util.find_spec("no_such") is None and __import__("pkg.deep").__name__ == "pkg"
    assert __import__("pkg.deep", fromlist=["leaf"]).__name__ == "pkg.deep"

    class Finder:
        @staticmethod
        def find_spec(name, path, target=None):
            if name == "virtual":
                return importlib.util.spec_from_loader(name, Loader())

    class Loader:
        def create_module(self, spec):
            return None

        def exec_module(self, module):
            module.answer = 42
    sys.meta_path.insert(0, Finder)
    import virtual
    assert virtual.answer == 42 and virtual.__spec__.loader.__class__ is Loader
    sys.meta_path.remove(Finder)
    spec = importlib.util.spec_from_file_location("by_path", os.path.join(folder, "star.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.c == 3 and "by_path" not in sys.modules
    sys.modules["blocked"] = None
    raises(ModuleNotFoundError, importlib.import_module, "blocked", text="import of blocked halted; None in sys.modules")
    sys.modules["fake"] = "anything"
    import fake
    assert fake == "anything"
    import builtins
    original, seen = builtins.__import__, []
    builtins.__import__ = lambda name, *a, **k: seen.append(name) or original(name, *a, **k)
    import math
    builtins.__import__ = original
    assert seen == ["math"]
    sys.path.remove(folder)
m = types.ModuleType("made", "doc")
m.x = 1
assert m.__name__ == "made" and m.__doc__ == "doc" and vars(m)["x"] == 1 and repr(m) == "<module 'made'>"
raises(AttributeError, lambda: m.y, text="module 'made' has no attribute 'y'")
import os.path as path2, json.decoder
assert path2 is os.path and json.decoder.JSONDecoder and __name__ == "__main__" and __spec__ is None and __builtins__
