# SPDX-License-Identifier: MIT
"""A small stand-in for pyperf: enough of its Runner for pyperformance's programs to run.

It measures nothing itself: tools/bench times the whole program. Each benchmark runs once (or
PYPERF_LOOPS times). Where the real pyperf is installed, use that.
"""
import argparse
import asyncio
import os
import subprocess
from time import perf_counter

__all__ = ["Runner", "perf_counter", "python_implementation", "python_has_jit"]
LOOPS = int(os.environ.get("PYPERF_LOOPS", "1"))


def python_implementation():
    import sys
    return sys.implementation.name


def python_has_jit():
    return False


class Runner:
    def __init__(self, *args, add_cmdline_args=None, **kwargs):
        self.metadata = {}
        self.argparser = argparse.ArgumentParser()
        self.argparser.add_argument("--inherit-environ", default=None)
        self.args = None

    def parse_args(self, args=None):
        self.args, _ = self.argparser.parse_known_args(args)
        return self.args

    def bench_func(self, name, function, *args, inner_loops=None, metadata=None):
        for _ in range(LOOPS):
            function(*args)

    def bench_time_func(self, name, function, *args, inner_loops=None, metadata=None):
        function(LOOPS, *args)

    def bench_async_func(self, name, function, *args, loop_factory=None, inner_loops=None, metadata=None):
        async def loops():
            for _ in range(LOOPS):
                await function(*args)
        if loop_factory is None:
            asyncio.run(loops())
            return
        loop = loop_factory()
        try:
            loop.run_until_complete(loops())
        finally:
            loop.close()

    def bench_command(self, name, command):
        for _ in range(LOOPS):
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
