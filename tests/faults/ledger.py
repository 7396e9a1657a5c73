"""The ledger from outside a test's process: ``… tests.faults.ledger seed 5000 | expire | states``.

A program of its own, because the workers a fault test starts live on a database
of their own, not on the one of the test.
"""

import json
import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.utils import timezone  # noqa: E402  # Django must stand first

from newsletters.models import Claim, Delivery  # noqa: E402  # Django must stand first
from tests.stories import half_sent  # noqa: E402  # likewise


def main(words: list[str]) -> None:
    """Make a mailing of so many rows, or print every address, its state and the open claims."""
    if words[0] == "seed":
        half_sent(int(words[1]))
        return
    if words[0] == "expire":
        Claim.objects.update(lease_until=timezone.now())
        return
    rows = Delivery.objects.values_list("address", "state")
    sys.stdout.write(json.dumps({"rows": dict(rows), "claims": Claim.objects.count()}))


if __name__ == "__main__":
    main(sys.argv[1:])
