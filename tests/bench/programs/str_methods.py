# SPDX-License-Identifier: MIT
"""str_methods: split, join, replace, find, strip, format, f-strings on many small strings."""
import sys
import zlib


def main(loops=63):
    lines = [f"  user{i} ; Name {i * 7 % 1000:04d} ; {i / 3:.3f} ; tags=a,b,c{i % 10} ; note é{i} " for i in range(3000)]
    for _ in range(loops):
        out = []
        for line in lines:
            user, name, value, tags, note = [part.strip() for part in line.split(";")]
            first, _, rest = tags.partition("=")
            words = rest.split(",")
            key = user.replace("user", "U").upper().rjust(8, "0")
            if name.startswith("Name") and "1" in name and note.find("é") == 5:
                key = key.lower()
            out.append(f"{key}:{name[5:].lstrip('0') or '0'}:{float(value):>10.2f}:{'|'.join(reversed(words))}:{len(note)}")
            out.append("%s-%05d-%r" % (first.title(), len(line), words[-1]))
            out.append("{0:<6}{1}".format(words[0], note.encode("utf-8").decode("utf-8").count("é")))
        text = "\n".join(out)
    print("str_methods", len(text), f"{zlib.crc32(text.encode()):08x}")


main(*map(int, sys.argv[1:2]))
