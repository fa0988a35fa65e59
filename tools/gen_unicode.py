#!/usr/bin/env python3.11
# SPDX-License-Identifier: MIT
"""Write core/unicode/generated/*.c: the Unicode 14.0.0 character database.

Run with a CPython 3.11, whose unicodedata is 14.0.0 and whose str methods show the derived properties; the
candidates for name aliases and named sequences come from perl 5.36's copy of the same version and are
kept when unicodedata.lookup knows them. Nothing here runs at build time.
"""
import collections
import fractions
import pathlib
import re
import sys
import unicodedata as ud

OLD = ud.ucd_3_2_0
LIMIT = 0x110000
PERL = pathlib.Path("/usr/share/perl/5.36/unicore")
OUT = pathlib.Path(__file__).resolve().parent.parent / "core/unicode/generated"

FLAGS = ("ALPHA DECIMAL DIGIT NUMERIC LOWER UPPER TITLE PRINTABLE SPACE LINEBREAK XID_START XID_CONTINUE CASED "
         "CASE_IGNORABLE").split()
CATEGORIES = "Cn Lu Ll Lt Mn Mc Me Nd Nl No Zs Zl Zp Cc Cf Cs Co Lm Lo Pc Pd Ps Pe Pi Pf Po Sm Sc Sk So".split()
BIDI = " L LRE LRO R AL RLE RLO PDF EN ES ET AN CS NSM BN B S WS ON LRI RLI FSI PDI".split(" ")
WIDTHS = "F H W Na A N".split()


def flags_of(cp, c):
    cased_before = (c + "\u03a3").lower()[-1] == "\u03c2"
    cased_behind = ("A" + c + "\u03a3").lower()[-1] == "\u03c2"
    bits = (c.isalpha(), c.isdecimal(), c.isdigit(), c.isnumeric(), c.islower(), c.isupper() and ud.category(c) != "Lt",
            ud.category(c) == "Lt", c.isprintable(), c.isspace(), len(("a" + c + "b").splitlines()) == 2,
            c.isidentifier() and c != "_", ("a" + c).isidentifier(), (c + "A").title()[-1] == "a",
            cased_behind and not cased_before)
    return sum(1 << i for i, bit in enumerate(bits) if bit)


def split_bins(values):
    """Two-stage table of least size: (shift, stage 1, stage 2)."""
    best = None
    for shift in range(4, 9):
        size = 1 << shift
        seen, first, second = {}, [], []
        for start in range(0, len(values), size):
            block = tuple(values[start:start + size])
            if block not in seen:
                seen[block] = len(second) >> shift
                second.extend(block)
            first.append(seen[block])
        cost = len(first) * width(first) + len(second) * width(second)
        if best is None or cost < best[0]:
            best = cost, shift, first, second
    return best[1:]


def width(values):
    top = max(values)
    return 1 if top < 256 else 2 if top < 65536 else 4


class Writer:
    def __init__(self, name, what):
        self.path = OUT / name
        self.lines = ["/* SPDX-License-Identifier: MIT */", "/* Made by tools/gen_unicode.py: %s, Unicode 14.0.0. */" % what,
                      '#include "core/unicode/unicode_internal.h"', ""]
        self.size = 0

    def array(self, name, values, ctype=None, hexa=False):
        values = list(values)
        if ctype is None:
            ctype = "uint%d_t" % (8 * width(values))
        self.size += len(values) * int(re.sub(r"\D", "", ctype)) // 8
        self.lines.append("const %s %s[%d] = {" % (ctype, name, len(values)))
        row = "   "
        for v in values:
            item = " %#x," % v if hexa and v > 9 else " %d," % v
            if len(row) + len(item) > 100:
                self.lines.append(row)
                row = "   "
            row += item
        self.lines += [row, "};", ""]

    def two_stage(self, name, values):
        shift, first, second = split_bins(values)
        HEADER.append("#define RT_%s_SHIFT %d" % (name.upper(), shift))
        for part, data in (("index", first), ("data", second)):
            self.array("rt_%s_%s" % (name, part), data)
            HEADER.append("extern const uint%d_t rt_%s_%s[];" % (8 * width(data), name, part))

    def structs(self, name, ctype, rows, size):
        self.size += size * len(rows)
        self.lines.append("const struct %s %s[%d] = {" % (ctype, name, len(rows)))
        for row in rows:
            self.lines.append("    {%s}," % ", ".join(str(v) for v in row))
        self.lines += ["};", ""]

    def strings(self, name, values):
        self.lines.append("const char *const %s[] = {" % name)
        self.lines += ['    "%s",' % v for v in values] + ["};", ""]

    def close(self):
        self.path.write_text("\n".join(self.lines).rstrip() + "\n")
        print("%s: %d bytes of tables" % (self.path.name, self.size))


HEADER = []


class Pool:
    """Strings of code points stored in one array, shared where one occurs in it already."""

    def __init__(self):
        self.text, self.known = "", {}

    def add(self, s):
        if s not in self.known:
            at = self.text.find(s)
            if at < 0:
                at = len(self.text)
                self.text += s
            self.known[s] = at
        return self.known[s]


def types(w):
    index, rows, column = {}, [], []
    pool, ext_known = [0], {}
    latin1 = []
    for cp in range(LIMIT):
        c = chr(cp)
        flags = flags_of(cp, c)
        lower, upper, title, fold = c.lower(), c.upper(), c.title(), c.casefold()
        deltas = tuple(ord(s[0]) - cp for s in (lower, upper, title))
        ext = 0
        if max(map(len, (lower, upper, title, fold))) > 1 or fold != lower:
            key = (lower, upper, title, fold)
            if key not in ext_known:
                ext_known[key] = len(pool)
                head = 0
                for s in key:
                    head = head << 4 | len(s)
                pool.append(head)
                pool.extend(ord(x) for s in key for x in s)
            ext = ext_known[key]
        row = (flags, *deltas, ext, ud.decimal(c, -1), ud.digit(c, -1))
        if row not in index:
            index[row] = len(rows)
            rows.append(row)
        column.append(index[row])
        if cp < 256:
            latin1.append(flags)
    w.structs("rt_unicode_types", "rt_unicode_type", rows, 20)
    w.array("rt_unicode_latin1_flags", latin1, "uint16_t", True)
    w.array("rt_unicode_latin1_lower", [ord(chr(i).lower()) if ord(chr(i).lower()) < 256 else 0 for i in range(256)])
    w.array("rt_unicode_case_pool", pool, "uint32_t", True)
    w.two_stage("unicode_type", column)


def numeric_table(w):
    values = [-1.0]
    for cp in range(LIMIT):
        for db in (ud, OLD):
            v = db.numeric(chr(cp), None)
            if v is not None and v not in values:
                values.append(v)
    w.lines.append("const double rt_unicode_numerics[] = {")
    for v in values:
        f = fractions.Fraction(v).limit_denominator(1000)
        assert f.numerator / f.denominator == v
        w.lines.append("    %d.0 / %d.0," % (f.numerator, f.denominator))
    w.lines += ["};", ""]
    return {v: i for i, v in enumerate(values)}


def quick_check(c, maybe):
    bits = 0
    for shift, form in ((0, "NFD"), (2, "NFKD"), (4, "NFC"), (6, "NFKC")):
        if ud.normalize(form, c) != c:
            bits |= 2 << shift          # no
        elif form in ("NFC", "NFKC") and c in maybe:
            bits |= 1 << shift          # maybe
    return bits


def compositions():
    pairs = {}
    for cp in range(LIMIT):
        parts = ud.decomposition(chr(cp)).split()
        if len(parts) == 2 and parts[0][0] != "<":
            a, b = (chr(int(p, 16)) for p in parts)
            if ud.normalize("NFC", a + b) == chr(cp):
                pairs[a, b] = cp
    return pairs


def records(w, maybe):
    numerics = numeric_table(w)
    index, rows, column = {}, [], []
    old_index, old_rows, old_column = {}, [], []
    for cp in range(LIMIT):
        c = chr(cp)
        row = (CATEGORIES.index(ud.category(c)), ud.combining(c), BIDI.index(ud.bidirectional(c)),
               WIDTHS.index(ud.east_asian_width(c)), ud.mirrored(c), numerics[ud.numeric(c, -1.0)], quick_check(c, maybe))
        if row not in index:
            index[row] = len(rows)
            rows.append(row)
        column.append(index[row])
        assigned = OLD.category(c) != "Cn"
        old = (CATEGORIES.index(OLD.category(c)), OLD.combining(c), BIDI.index(OLD.bidirectional(c)),
               WIDTHS.index(OLD.east_asian_width(c)), OLD.mirrored(c), numerics[OLD.numeric(c, -1.0)],
               OLD.decimal(c, -1) & 255)
        assert OLD.digit(c, -1) == ud.digit(c, -1), hex(cp)
        if assigned:
            assert OLD.decomposition(c) == ud.decomposition(c), hex(cp)
        else:
            assert OLD.decomposition(c) == ""
        if old not in old_index:
            old_index[old] = len(old_rows)
            old_rows.append(old)
        old_column.append(old_index[old])
    w.structs("rt_unicode_records", "rt_unicode_record", rows, 7)
    w.two_stage("unicode_record", column)
    w.structs("rt_unicode_records_3_2_0", "rt_unicode_record", old_rows, 7)
    w.two_stage("unicode_old", old_column)
    w.strings("rt_unicode_category_names", CATEGORIES)
    w.strings("rt_unicode_bidi_names", BIDI)
    w.strings("rt_unicode_width_names", WIDTHS)


def decompositions(w, pairs):
    pool, tags = Pool(), [""]
    index, rows, column = {}, [], []
    corrections = []
    for cp in range(LIMIT):
        c = chr(cp)
        parts = ud.decomposition(c).split()
        tag = 0
        if parts and parts[0][0] == "<":
            if parts[0] not in tags:
                tags.append(parts[0])
            tag = tags.index(parts.pop(0))
        if not parts:
            column.append(0)
            continue
        raw = "".join(chr(int(p, 16)) for p in parts)
        nfd, nfkd = ud.normalize("NFD", c), ud.normalize("NFKD", c)
        assert "".join(OLD.normalize("NFD", x) for x in raw) == OLD.normalize("NFD", raw) or OLD.category(c) == "Cn"
        if OLD.category(c) != "Cn" and OLD.normalize("NFD", c) != nfd:
            fixed = OLD.normalize("NFD", c)
            assert len(fixed) == 1 and fixed == OLD.normalize("NFKD", c) == OLD.normalize("NFC", c)
            corrections.append((cp, ord(fixed)))
        elif OLD.category(c) != "Cn":
            assert OLD.normalize("NFKD", c) == nfkd
        row = (tag, len(raw), len(nfd), len(nfkd), pool.add(raw), pool.add(nfd), pool.add(nfkd))
        if row not in index:
            index[row] = len(rows) + 1
            rows.append(row)
        column.append(index[row])
    w.structs("rt_unicode_decomps", "rt_unicode_decomp", [(0,) * 7] + rows, 10)
    w.array("rt_unicode_decomp_pool", map(ord, pool.text), "uint32_t", True)
    w.two_stage("unicode_decomp", column)
    w.strings("rt_unicode_decomp_tags", tags)
    HEADER.append("#define RT_UNICODE_CORRECTIONS %d" % len(corrections))
    w.array("rt_unicode_corrections", [x for pair in corrections for x in pair], "uint32_t", True)

    size = 4096
    slots = [(0, 0, 0)] * size
    for (a, b), cp in sorted(pairs.items()):
        h = compose_hash(ord(a), ord(b)) & size - 1
        while slots[h][2]:
            h = h + 1 & size - 1
        slots[h] = (ord(a), ord(b), cp)
    HEADER.append("#define RT_UNICODE_COMPOSE_SLOTS %d" % size)
    w.structs("rt_unicode_compose", "rt_unicode_pair", slots, 12)


def compose_hash(a, b):
    return (a * 0x9e3779b1 + b * 0x85ebca6b & 0xffffffff) >> 16


# ---- names ----

def computed_name(cp):
    return ud.name(chr(cp), "").startswith(("HANGUL SYLLABLE ", "CJK UNIFIED IDEOGRAPH-"))


def words_of(name, cp):
    if name.endswith("-%X" % cp):
        name = name[:-len("%X" % cp)]
        return re.findall(r"[^ -]*-(?: |)|[^ -]+", name) + [None]
    return re.findall(r"[^ -]*-(?: |)|[^ -]+", name)


def name_hash(name):
    h = 0
    for ch in name.encode():
        h = (h * 0x01000193 ^ ch) & 0xffffffff
    return (h ^ h >> 15) & 0xffffffff


def names(w):
    table = []
    for cp in range(LIMIT):
        name = ud.name(chr(cp), "")
        if name and not computed_name(cp):
            table.append((cp, name))
    aliases, sequences = candidates(table)
    counts = collections.Counter(word for cp, name in table for word in words_of(name, cp) if word is not None)
    lexicon = [word for word, _ in counts.most_common()]
    number = {word: i for i, word in enumerate(lexicon)}
    # byte 0 ends a name, 255 is the code point in hex, below `single` one byte, above two
    high = 255 - next(t for t in range(250, 0, -1) if (255 - t) * 256 + t - 1 >= len(lexicon))
    single = 255 - high
    HEADER.append("#define RT_UNICODE_NAME_SINGLE %d" % single)
    text, word_blocks = bytearray(), []
    for i, word in enumerate(lexicon):
        if i % 8 == 0:
            word_blocks.append(len(text))
        raw = bytearray(word.encode())
        raw[-1] |= 0x80
        text += raw
    stream, blocks, runs = bytearray(), [], []
    for i, (cp, name) in enumerate(table):
        if i % 8 == 0:
            blocks.append(len(stream))
        if not runs or runs[-1][0] + (i - runs[-1][1]) != cp:
            runs.append((cp, i))
        for word in words_of(name, cp):
            if word is None:
                stream.append(255)
            elif number[word] < single - 1:
                stream.append(number[word] + 1)
            else:
                stream += bytes(divmod(number[word] - (single - 1) + single * 256, 256))
        stream.append(0)
    runs.append((LIMIT, len(table)))
    w.array("rt_unicode_name_text", text, "uint8_t")
    w.array("rt_unicode_name_words", word_blocks, "uint32_t")
    w.array("rt_unicode_name_stream", stream, "uint8_t")
    w.array("rt_unicode_name_blocks", blocks, "uint32_t")
    w.structs("rt_unicode_name_runs", "rt_unicode_run", runs, 8)
    HEADER.append("#define RT_UNICODE_NAME_RUNS %d" % (len(runs) - 1))
    slots = [0] * 65536
    for i, (cp, name) in enumerate(table):
        h = name_hash(name) & 65535
        while slots[h]:
            h = h + 1 & 65535
        slots[h] = i + 1
    w.array("rt_unicode_name_slots", slots, "uint16_t")
    extra_names(w, aliases, sequences)
    ideographs(w)


def candidates(table):
    """Aliases (name, cp) and named sequences (name, text) that unicodedata.lookup knows."""
    known = {name for _, name in table}
    aliases, sequences = {}, {}
    body = (PERL / "Name.pl").read_text().split("<<'END';\n", 1)[1]
    for entry in body.split("\n\n"):
        if "\n" not in entry:
            continue
        codes, name = entry.split("\n")[:2]
        try:
            text = ud.lookup(name)
        except KeyError:
            continue
        if name in known or (len(text) == 1 and computed_name(ord(text))):
            continue
        if text != "".join(chr(int(c, 16)) for c in codes.split()):
            continue
        if len(text) == 1:
            aliases[name] = ord(text)
        else:
            sequences[name] = text
    return aliases, sequences


def extra_names(w, aliases, sequences):
    """One list of upper-case names sorted for binary search, each with its text."""
    rows = sorted([(name, chr(cp)) for name, cp in aliases.items()] + list(sequences.items()))
    pool = Pool()
    w.lines.append("const struct rt_unicode_extra_name rt_unicode_extra_names[%d] = {" % len(rows))
    for name, text in rows:
        w.lines.append('    {"%s", %d, %d},' % (name, pool.add(text), len(text)))
        w.size += 12 + len(name)
    w.lines += ["};", ""]
    HEADER.append("#define RT_UNICODE_EXTRA_NAMES %d" % len(rows))
    w.array("rt_unicode_extra_pool", map(ord, pool.text), "uint32_t", True)


def ideographs(w):
    ranges = []
    for cp in range(LIMIT):
        if ud.name(chr(cp), "").startswith("CJK UNIFIED IDEOGRAPH-"):
            if ranges and ranges[-1][1] == cp - 1:
                ranges[-1][1] = cp
            else:
                ranges.append([cp, cp])
    HEADER.append("#define RT_UNICODE_IDEOGRAPH_RANGES %d" % len(ranges))
    w.structs("rt_unicode_ideographs", "rt_unicode_range", ranges, 8)


def main():
    assert ud.unidata_version == "14.0.0" and sys.version_info[:2] == (3, 11)
    w = Writer("unicode_tables.c", "properties, case mappings, decompositions")
    types(w)
    pairs = compositions()
    maybe = {b for a, b in pairs} | set(map(chr, range(0x1161, 0x1176))) | set(map(chr, range(0x11a8, 0x11c3)))
    records(w, maybe)
    decompositions(w, pairs)
    w.close()
    w = Writer("unicode_names.c", "names, aliases, named sequences")
    names(w)
    w.close()
    guard = "RT_UNICODE_GENERATED_H"
    lines = ["/* SPDX-License-Identifier: MIT */", "/* Made by tools/gen_unicode.py: shapes of the tables. */",
             "#ifndef " + guard, "#define " + guard, "#include <stdint.h>", *HEADER, "#endif"]
    (OUT / "unicode_tables.h").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
