"""One worker process of a benchmark: sends what is due in the bulk lane, then says what it used."""

import json
import resource
import sys
import time
from collections.abc import Callable
from typing import Any

from django.db.backends.signals import connection_created

from newsletters.sending import engine
from newsletters.states import Lane


class Queries:
    """The moment of every query of this process, on all its connections."""

    def __init__(self) -> None:
        """Counts from now on."""
        self.moments: list[float] = []
        connection_created.connect(self._watch)

    def _watch(self, connection: Any, **_said: Any) -> None:
        connection.execute_wrappers.append(self._note)

    def _note(self, execute: Callable[..., Any], *query: Any) -> Any:
        self.moments.append(time.time())
        return execute(*query)


def main(*, with_queries: bool) -> None:
    """Run the engine until two looks in a row find nothing."""
    queries = Queries() if with_queries else None
    started, used = time.time(), _cpu()
    accepted, empty = 0, 0
    ended = started
    while empty < 2:
        sent = engine.run(Lane.BULK)
        if sent:
            accepted += sent
            ended = time.time()
        empty = 0 if sent else empty + 1
    peak_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(
        json.dumps(
            {
                "accepted": accepted,
                "started": started,
                "ended": ended,
                "cpu_s": _cpu() - used,
                "peak_rss_mb": peak_kb / 1024,
                "queries": queries.moments if queries else [],
            }
        )
    )


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main(with_queries="--queries" in sys.argv[1:])
