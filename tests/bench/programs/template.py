# SPDX-License-Identifier: MIT
"""template: a small template language compiled to functions, rendering an HTML table."""
import html
import re
import sys
import zlib

TOKEN = re.compile(r"({{.*?}}|{%.*?%})")


class Template:
    def __init__(self, text):
        lines, depth = ["def render(context, escape):", " out = []"], 1
        for part in TOKEN.split(text):
            pad = " " * depth
            if part.startswith("{{"):
                lines.append(f"{pad}out.append(escape(str({part[2:-2].strip()})))")
            elif part.startswith("{%"):
                words = part[2:-2].strip()
                if words.startswith("end"):
                    depth -= 1
                elif words == "else":
                    lines.append(" " * (depth - 1) + "else:")
                else:
                    lines.append(f"{pad}{words}:")
                    depth += 1
            elif part:
                lines.append(f"{pad}out.append({part!r})")
        lines.append(" return ''.join(out)")
        space = {}
        exec("\n".join(lines), space)
        self.function = space["render"]

    def render(self, **context):
        return self.function(context, html.escape)


PAGE = """<table>{% for row in context["rows"] %}
 <tr class="{{ context["class"] }}">{% for cell in row %}{% if cell % 3 == 0 %}<td><b>{{ cell }}</b></td>{% else %}<td>{{ context["name"] }}&{{ cell }}</td>{% endif %}{% endfor %}</tr>{% endfor %}
</table>"""


def main(loops=640):
    rows = [[r * c for c in range(20)] for r in range(100)]
    for _ in range(loops):
        text = Template(PAGE).render(rows=rows, name="<né>", **{"class": "a'b"})
    print("template", len(text), f"{zlib.crc32(text.encode()):08x}")


main(*map(int, sys.argv[1:2]))
