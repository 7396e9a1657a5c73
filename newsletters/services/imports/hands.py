"""Work on chunks that do not touch each other, by several hands with a connection each."""

from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from django.db import connection

Work = Callable[[int, int], None]


def spread(work: Work, spans: Iterable[tuple[int, int]], *, hands: int) -> None:
    """Do ``work`` on each of the spans, on ``hands`` of them at a time.

    One hand works here, in the caller's connection. Otherwise a span may be asked for
    while those before it are still in work. What one of them raises is raised here,
    when the others have ended; no further span is begun then.
    """
    if hands == 1:
        for span in spans:
            work(*span)
        return
    with ThreadPoolExecutor(hands, thread_name_prefix="import") as pool:
        running: set[Future[None]] = set()
        for span in spans:
            running.add(pool.submit(_alone, work, *span))
            if len(running) == hands:
                ended, running = wait(running, return_when=FIRST_COMPLETED)
                _look_at(ended)
        _look_at(running)


def _look_at(ended: Iterable[Future[None]]) -> None:
    for future in ended:
        future.result()


def _alone(work: Work, after: int, last: int) -> None:
    try:
        work(after, last)
    finally:
        # This thread's own; nobody else would close it.
        connection.close()
