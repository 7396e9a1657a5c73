"""A worker that makes the list of a mailing: ``python -m bench.expander MAILING``."""

import json
import os
import sys
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from newsletters.models import Delivery  # noqa: E402  # Django must stand first
from newsletters.services import expansion  # noqa: E402  # likewise


def main(mailing: int) -> None:
    """Make all of it, then say how long it took."""
    started = time.monotonic()
    expansion.expand(mailing_id=mailing)
    seconds = time.monotonic() - started
    rows = Delivery.objects.filter(mailing=mailing).count()
    print(json.dumps({"seconds": seconds, "rows": rows}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
