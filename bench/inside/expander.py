"""A worker that makes the list of a mailing: ``python -m bench.inside.expander MAILING``."""

import json
import sys
import time

from newsletters.models import Delivery
from newsletters.services import expansion


def main(mailing: int) -> None:
    """Make all of it, then say how long it took."""
    started = time.monotonic()
    expansion.expand(mailing_id=mailing)
    seconds = time.monotonic() - started
    rows = Delivery.objects.filter(mailing=mailing).count()
    print(json.dumps({"seconds": seconds, "rows": rows}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
