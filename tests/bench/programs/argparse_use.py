# SPDX-License-Identifier: MIT
"""argparse: a parser with subcommands built and used."""
import argparse
import sys


def make():
    parser = argparse.ArgumentParser("prog", description="A program.")
    parser.add_argument("-v", "--verbose", action="count", default=0)
    parser.add_argument("--level", type=int, choices=range(10), default=3)
    commands = parser.add_subparsers(dest="command")
    for name in ("add", "remove", "list", "show"):
        sub = commands.add_parser(name, help=f"{name} things")
        sub.add_argument("names", nargs="*")
        for i in range(8):
            sub.add_argument(f"--option-{i}", metavar="X", default=None)
        sub.add_argument("--flag", action="store_true")
    return parser


def main(loops=320):
    total = 0
    for i in range(loops):
        parser = make()
        for args in (["-vv", "add", "a", "b", "--option-3", "x"], ["--level", "5", "list", "--flag"], ["show", "--option-1=q"]):
            options = parser.parse_args(args)
            total += options.verbose + options.level + len(options.names)
        total += len(parser.format_help()) > 100
    print("argparse", total)


main(*map(int, sys.argv[1:2]))
