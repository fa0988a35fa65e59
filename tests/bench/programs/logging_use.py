# SPDX-License-Identifier: MIT
"""logging: records that are formatted, and records below the level."""
import io
import logging
import sys


def main(loops=7):
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(levelname)s:%(name)s:%(message)s"))
    logger = logging.getLogger("bench.child")
    logger.propagate = False
    logger.addHandler(handler)
    logger.setLevel(logging.WARNING)
    for _ in range(loops):
        stream.seek(0)
        stream.truncate()
        for i in range(6000):
            logger.warning("hi, this is number %d of %s", i, "bench")
            logger.error("simple")
        for i in range(100000):
            logger.debug("never shown %d", i)
    print("logging", len(stream.getvalue()), stream.getvalue()[-30:].encode().hex())


main(*map(int, sys.argv[1:2]))
