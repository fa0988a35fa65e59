# SPDX-License-Identifier: MIT
"""tools/lint: the rules of the house, as far as a program can check them.

Errors: a room including a room above it (tools/layers.txt), bare atomics outside core/base, files
without an SPDX line, paths of somebody's machine, Python or shell that does not parse, and an
evaluator whose dispatch is not one indirect jump a handler within the budget of instructions.
Warnings: long files and long functions.
"""
import argparse
import ast
import glob
import os
import re
import shutil
import subprocess

import common

MAX_LINES = 1000                # of a file, before a warning
MAX_FUNCTION = 60               # lines of a function, before a warning
DISPATCH_BUDGET = 12            # instructions of dispatch and decode
SOURCE_ROOMS = ("core", "backends", "gc", "alloc", "tests", "tools", "examples", "docs", ".ci")
ATOMIC = re.compile(r"\b(atomic_(load|store|exchange|compare_exchange|fetch_|thread_fence|flag_)\w*"
                    r"|__atomic_\w+|__sync_\w+)\s*\(")
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:work|root|home)/[\w.]+")
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.M)


class Report:
    def __init__(self, verbose):
        self.verbose = verbose
        self.errors, self.warnings, self.passed = [], [], 0

    def check(self, name, problems, warning=False):
        if problems:
            (self.warnings if warning else self.errors).append(name)
            word = "warning" if warning else "FAIL"
            print(f"{word}: {name}: {len(problems)}")
            shown = problems if self.verbose else problems[:12 if not warning else 4]
            for problem in shown:
                print(f"    {problem}")
            if len(shown) < len(problems):
                print(f"    ... and {len(problems) - len(shown)} more (--verbose shows all)")
        if not problems or warning:
            self.passed += 1


def tracked_files():
    try:
        listing = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=common.ROOT,
                                 capture_output=True, text=True)
    except FileNotFoundError:   # no git on this machine
        listing = None
    if listing is None or listing.returncode:   # or not a checkout: take what is there
        found = []
        for room in SOURCE_ROOMS:
            for folder, subfolders, names in os.walk(os.path.join(common.ROOT, room)):
                subfolders[:] = [name for name in subfolders if name != "__pycache__"]
                found += [os.path.relpath(os.path.join(folder, n), common.ROOT) for n in names]
        return sorted(found)
    return sorted(line for line in listing.stdout.splitlines()
                  if os.path.isfile(os.path.join(common.ROOT, line)))


def read(path):
    with open(os.path.join(common.ROOT, path), encoding="utf-8", errors="replace") as file:
        return file.read()


def is_generated(path):
    return "/generated/" in path or path.endswith("reference.json")


def is_c(path):
    return path.endswith((".c", ".h", ".def"))


class Layers:
    def __init__(self, path):
        self.order, self.rooms, self.allowed = [], {}, set()
        with open(path, encoding="utf-8") as file:
            for line in file:
                words = line.split("#")[0].split()
                if not words:
                    continue
                if words[0] == "order":
                    self.order += words[1:]
                elif words[0] == "room":
                    self.rooms[words[1].rstrip(":")] = set(words[2:])
                elif words[0] == "allow":
                    match = re.match(r"allow (\S+) -> (\S+?):", line)
                    if not match:
                        raise common.ToolError(f"tools/layers.txt: bad line: {line.strip()}")
                    self.allowed.add((match[1], match[2]))
                else:
                    raise common.ToolError(f"tools/layers.txt: unknown word '{words[0]}'")

    def room_of(self, path):
        every = [*self.order, *self.rooms]
        return max((r for r in every if path.startswith(r + "/")), key=len, default=None)

    def may(self, room, header):
        target = self.room_of(header)
        if target is None or target == room or (room, header) in self.allowed or (room, target) in self.allowed:
            return True
        if room in self.rooms:
            return target in self.rooms[room]
        return target in self.order and self.order.index(target) <= self.order.index(room)


def check_layers(report, files):
    layers = Layers(os.path.join(common.ROOT, "tools", "layers.txt"))
    problems = []
    for path in files:
        room = layers.room_of(path)
        if not is_c(path) or room is None:
            continue
        for header in INCLUDE.findall(read(path)):
            if not layers.may(room, header):
                problems.append(f"{path} includes {header}")
    report.check("a room includes a room above it", problems)


def check_texts(report, files):
    atomics, licences, paths, long_files = [], [], [], []
    for path in files:
        if is_generated(path) or path == "LICENSE" or path.startswith("docs/"):
            continue
        text = read(path)
        if is_c(path) and not path.startswith(("core/base/", "tests/")):
            for number, line in enumerate(text.splitlines(), 1):
                if ATOMIC.search(line) and not line.lstrip().startswith(("*", "/*", "//")):
                    atomics.append(f"{path}:{number}: {line.strip()[:70]}")
        code = is_c(path) or path.endswith((".py", ".sh")) or path.startswith("tools/")
        if code and not path.endswith(".txt") and "SPDX-License-Identifier" not in text[:300]:
            licences.append(path)
        for number, line in enumerate(text.splitlines(), 1):
            if MACHINE_PATH.search(line) and "MACHINE_PATH" not in line:
                paths.append(f"{path}:{number}: {line.strip()[:90]}")
        lines = text.count("\n")
        if is_c(path) and lines > MAX_LINES:
            long_files.append(f"{path}: {lines} lines")
    report.check("bare atomics outside core/base", atomics)
    report.check("no SPDX line", licences)
    report.check("paths of a machine", paths)
    report.check(f"files past {MAX_LINES} lines", long_files, warning=True)


def check_functions(report, files):
    """Functions in kernel style begin at `{` in the first column and end at `}` there."""
    found = []
    for path in files:
        if not path.endswith(".c") or is_generated(path) or path.startswith("tests/"):
            continue
        lines, start = read(path).splitlines(), None
        for number, line in enumerate(lines):
            if line == "{" or (line.endswith("{") and line[:1].isalpha() and "(" in line):
                start = number
            elif line == "}" and start is not None:
                if number - start > MAX_FUNCTION:
                    head = lines[start] if line != "{" and lines[start] != "{" else lines[start - 1]
                    found.append((number - start, f"{path}:{start + 1}: {number - start} lines: {head.strip()[:60]}"))
                start = None
    found.sort(reverse=True)
    report.check(f"functions past {MAX_FUNCTION} lines", [text for _, text in found], warning=True)


def check_scripts(report, files):
    problems = []
    for path in files:
        if path.endswith(".py") and "/generated/" not in path:
            try:
                ast.parse(read(path), path)
            except SyntaxError as error:
                problems.append(f"{path}:{error.lineno}: {error.msg}")
    scripts = [p for p in files if read(p)[:64].startswith("#!/usr/bin/env bash")]
    if shutil.which("shellcheck") and scripts:
        run = subprocess.run(["shellcheck", *scripts], cwd=common.ROOT, capture_output=True, text=True)
        problems += run.stdout.splitlines()[:20] if run.returncode else []
    report.check("scripts with errors", problems)


def instructions_of(path):
    """{function: [(mnemonic, operands)]} of an object file."""
    run = subprocess.run(["objdump", "-d", "--no-show-raw-insn", path], capture_output=True, text=True)
    functions, current = {}, None
    for line in run.stdout.splitlines():
        head = re.match(r"^[0-9a-f]+ <(.+)>:$", line)
        if head:
            current = functions.setdefault(head[1], [])
        elif current is not None and line.startswith(" "):
            fields = line.split("\t")
            if len(fields) > 1:
                words = fields[1].replace("notrack ", "").split(None, 1)
                current.append((words[0], words[1] if len(words) > 1 else ""))
    return functions


def opcode_count():
    path = os.path.join(common.ROOT, "core", "eval", "bytecode.def")
    if not os.path.exists(path):
        return 0
    text = re.sub(r"/\*.*?\*/", "", read(path), flags=re.S)
    return len(re.findall(r"\bRT_OP\(", text))


def check_dispatch(report, preset):
    pattern = os.path.join(common.ROOT, "build", preset, "CMakeFiles", "pyrt_objects.dir", "core", "eval", "*.o")
    best = (0, None, None, [])
    for path in glob.glob(pattern):
        for name, body in instructions_of(path).items():
            jumps = sum(m == "jmp" and o.startswith("*") for m, o in body)
            if jumps > best[0]:
                best = (jumps, os.path.basename(path), name, body)
    jumps, file, name, body = best
    if not body:
        print("dispatch: no release build to look at, skipped")
        return 1
    opcodes = opcode_count()
    lengths, length = [], 0
    for mnemonic, operands in body:
        length += 1
        if mnemonic == "jmp" and operands.startswith("*"):
            lengths.append(length)
            length = 0
    shortest = min(lengths[1:] or lengths)
    print(f"dispatch: {name} in {file}: {jumps} indirect jumps for {opcodes} opcodes; "
          f"shortest handler {shortest} instructions, all dispatch and decode (budget {DISPATCH_BUDGET})")
    problems = []
    if jumps < 0.8 * opcodes:
        problems.append(f"{jumps} indirect jumps for {opcodes} opcodes: the compiler merged dispatch sites")
    if shortest > DISPATCH_BUDGET:
        problems.append(f"the shortest handler takes {shortest} instructions")
    report.check("dispatch", problems)
    return 0


def main():
    parser = argparse.ArgumentParser(prog="tools/lint", description="Check the rules of the house.")
    parser.add_argument("--verbose", "-v", action="store_true", help="show every finding")
    parser.add_argument("--preset", default="release", help="the build whose evaluator is examined")
    options = parser.parse_args()
    report, files = Report(options.verbose), tracked_files()
    check_layers(report, files)
    check_texts(report, files)
    check_functions(report, files)
    check_scripts(report, files)
    skipped = check_dispatch(report, options.preset)
    print(f"{report.passed} passed, {len(report.errors)} failed, {skipped} skipped")
    return 1 if report.errors else 0


if __name__ == "__main__":
    common.run_tool(main)
