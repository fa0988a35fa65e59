# SPDX-License-Identifier: MIT
"""What the language tests share: checking that a call raises, and running threads."""
import os
import threading


def raises(kind, function, *args, text=None, **kwargs):
    """function(*args) must raise exactly kind; with text, its message must be that."""
    try:
        result = function(*args, **kwargs)
    except BaseException as error:
        assert type(error) is kind, f"{type(error).__name__}({error}) instead of {kind.__name__}"
        if text is not None:
            assert str(error) == text, f"message {str(error)!r} instead of {text!r}"
        return error
    raise AssertionError(f"{kind.__name__} was not raised; the result was {result!r}")


def run_threads(*functions, count=None):
    """Run functions (or one of them count times, given its number) at once; re-raise failures."""
    failures = []
    ready = threading.Barrier(count or len(functions))

    def guarded(function, args):
        try:
            ready.wait()
            function(*args)
        except BaseException as error:
            failures.append(error)

    if count:
        jobs = [(functions[0], (number,)) for number in range(count)]
    else:
        jobs = [(function, ()) for function in functions]
    threads = [threading.Thread(target=guarded, args=job) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


# What a single operation on an object that other threads change may raise.
DOCUMENTED = (ArithmeticError, AssertionError, AttributeError, BufferError, EOFError, LookupError, MemoryError, NameError,
              OSError, ReferenceError, RuntimeError, StopIteration, TypeError, ValueError)
HAMMER_ROUNDS = max(20, int(os.environ.get("PYRT_TEST_ROUNDS", "4000")) // 50)


def hammer(*calls, ok=DOCUMENTED, rounds=HAMMER_ROUNDS, count=4):
    """Threads that make all calls again and again, each in an order of its own; errors in ok are passed over."""
    def work(number):
        for turn in range(rounds):
            for i in range(len(calls)):
                try:
                    calls[(i + number * 3) % len(calls)](turn)
                except ok:
                    pass

    run_threads(work, count=count)


def sanitized():
    """A sanitizer keeps what was freed for a while, and its large frames more stale words for the collector to find."""
    with open("/proc/self/maps") as maps:
        return "san.so" in maps.read()
