# SPDX-License-Identifier: MIT
"""xml.etree.ElementTree: building, changing, searching, parsing, events, copies, pickles, threads on one tree."""
import copy
import gc
import io
import pickle
import threading
import weakref
import xml.etree.ElementTree as ET
from _check import raises

# elements
root = ET.Element("root", {"a": "1"}, b="2")
child = ET.SubElement(root, "child", attrib={"c": "3"}, d="4")
child.text, child.tail = "in", "behind"
assert ET.tostring(root) == b'<root a="1" b="2"><child c="3" d="4">in</child>behind</root>'
assert len(root) == 1 and root[0] is child and root[-1] is child and root[:] == [child] and root.get("a") == "1" and root.get("x", 5) == 5
assert sorted(root.keys()) == ["a", "b"] and dict(child.items()) == {"c": "3", "d": "4"} and repr(child).startswith("<Element 'child' at 0x")
root.extend(ET.Element(f"n{i}") for i in range(5))
root.insert(1, ET.Element("first"))
root[2:4] = [ET.Element("between")]
assert [e.tag for e in root] == ["child", "first", "between", "n2", "n3", "n4"]
del root[-1], root[0]
root.remove(root.find("n2"))
assert [e.tag for e in root] == ["first", "between", "n3"]
raises(ValueError, root.remove, child)
raises(IndexError, lambda: root[9])
raises(TypeError, root.append, 5)
raises(TypeError, ET.Element, "x", 5)
raises(AttributeError, delattr, root, "tag")

# parsing and searching
text = """<?xml version="1.0"?><!-- c --><data xmlns:n="urn:n"><row id="1"><v>one</v>&amp;</row><row id="2" n:k="q"><v>two</v><n:v>deep</n:v></row>tail</data>"""
data = ET.fromstring(text)
assert [row.get("id") for row in data.findall("row")] == ["1", "2"] and data.findtext("row/v") == "one" and data.findtext("nope", 7) == 7
assert data.find("row[@id='2']/{urn:n}v").text == "deep" and data[1].attrib["{urn:n}k"] == "q" and data[0][0].tail == "&"
assert [e.tag for e in data.iter()] == ["data", "row", "v", "row", "v", "{urn:n}v"] and "".join(data.itertext()) == "one&twodeeptail"
assert [e.text for e in data.iter("v")] == ["one", "two"] and data.find("row", {"x": "urn:n"}) is data[0]
try:
    ET.fromstring("<a><b></a>")
except ET.ParseError as e:
    assert e.code == 7 and e.position == (1, 8) and str(e) == "mismatched tag: line 1, column 8"
else:
    assert False
raises(ET.ParseError, ET.fromstring, "<a>&nope;</a>")
parser = ET.XMLParser()
parser.entity["nope"] = "known"
parser.feed("<!DOCTYPE a PUBLIC '-//x' 'y'><a>&nope;</a>")
assert parser.close().text == "known"

# events, targets, comments
pull = ET.XMLPullParser(["start", "end", "start-ns", "comment", "pi"])
pull.feed("<a xmlns='u'><!--hi--><?do it?><b/></a>")
seen = [(kind, getattr(what, "tag", what)) for kind, what in pull.read_events()]
assert [kind for kind, _ in seen] == ["start-ns", "start", "comment", "pi", "start", "end", "end"] and seen[0][1] == ("", "u")
assert [e.tag for _, e in ET.iterparse(io.BytesIO(text.encode()))][-1] == "data"


class Target:
    def __init__(self):
        self.log = []

    def start(self, tag, attrib):
        self.log.append((tag, attrib))

    def data(self, text):
        self.log.append(text)

    def doctype(self, *parts):
        self.log.append(parts)

    def close(self):
        return self.log


parser = ET.XMLParser(target=Target())
parser.feed("<!DOCTYPE d SYSTEM 's'><d q='1'>x</d>")
assert parser.close() == [("d", None, "s"), ("d", {"q": "1"}), "x"]
builder = ET.TreeBuilder(insert_comments=True)
parser = ET.XMLParser(target=builder)
parser.feed("<a>1<!--c-->2</a>")
assert ET.tostring(parser.close()) == b"<a>1<!--c-->2</a>"

# copies, pickles, cycles
deep, shallow = copy.deepcopy(data), copy.copy(data)
assert ET.tostring(deep) == ET.tostring(data) == ET.tostring(pickle.loads(pickle.dumps(data))) and deep[0] is not data[0] and shallow[0] is data[0]
shared = ET.Element("s")
twice = ET.Element("t")
twice.extend([shared, shared])
both = copy.deepcopy(twice)
assert both[0] is both[1]


class Loop(ET.Element):
    pass


loop = Loop("l")
loop.append(loop)
gone = weakref.ref(loop)
del loop
gc.collect()
assert gone() is None
chain = end = ET.Element("deep")
for _ in range(100000):
    end = ET.SubElement(end, "deep")
assert sum(1 for _ in chain.iter("deep")) == 100001
del chain, end

# several threads on one tree
tree, errors = ET.Element("tree"), []


def work(number):
    try:
        for i in range(300):
            e = ET.SubElement(tree, f"t{number}", i=str(i))
            e.text = "x"
            assert tree.find(f"t{number}") is not None and len(tree) > 0
            sum(1 for _ in tree.iter("none"))
            ET.fromstring("<a><b>1</b><b>2</b></a>")
    except Exception as e:
        errors.append(e)


threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert not errors and len(tree) == 1200 and [e.get("i") for e in tree.findall("t2")] == [str(i) for i in range(300)]

# A tree dies with its last reference: nothing of parsing is left for the collector.
gc.collect()
gc.disable()
for target in (None, ET.TreeBuilder()):
    parser = ET.XMLParser(target=target)
    parser.feed("<a><b c='1'>text</b></a>")
    parser.close()
    del parser
assert ET.fromstring("<a><b/></a>").find("b") is not None
assert gc.collect() == 0
gc.enable()
