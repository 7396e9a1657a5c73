"""Answers that take the same time whoever is meant."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

# A member's mail, a stranger's and none at all differ by some milliseconds of work:
# nobody gets an answer sooner than this, so the clock does not tell who is known.
LEAST_SECONDS = 0.12


@contextmanager
def evenly(seconds: float = LEAST_SECONDS) -> Iterator[None]:
    """What is done inside takes ``seconds`` at least."""
    started = time.monotonic()
    try:
        yield
    finally:
        time.sleep(max(0, started + seconds - time.monotonic()))
