"""One worker process of a benchmark: sends what is due in the bulk lane, then says what it used."""

import json
import os
import resource
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from newsletters.sending import engine  # noqa: E402  # Django must stand first
from newsletters.states import Lane  # noqa: E402  # likewise


def main() -> None:
    """Run the engine until two looks in a row find nothing."""
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
            }
        )
    )


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
