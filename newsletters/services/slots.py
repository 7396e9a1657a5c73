"""Slots under a transport's limit a second, handed out to every lane of every process.

``Transport.next_at`` is the moment up to which all slots are somebody's; whoever gets some
pushes it on by a conditional update, so together nobody passes the limit. Mailings take
no slots further ahead than AHEAD; confirmations always get the next ones.
"""

from datetime import timedelta
from typing import NamedTuple

from django.utils import timezone

from newsletters.models import Transport
from newsletters.states import Lane

# The seconds' worth a lane gets at once. A confirmation waits for what a mailing has got and
# may still get ahead; while many wait, theirs are further ahead than a mailing may go.
SPAN = {Lane.NOW: 1.0, Lane.BULK: 0.25}
AHEAD = timedelta(milliseconds=250)
# Asking takes a moment; what could have gone meanwhile is not lost.
BEHIND = timedelta(milliseconds=50)
# Nobody has got slots so far ahead: the clock was set back.
FURTHEST = timedelta(minutes=1)
TRIES = 5
# After losing against others so often.
REST = 0.01


class Slots(NamedTuple):
    """``given`` slots, the first of them in so many seconds; none: ask again then."""

    given: int
    seconds: float


def take(*, transport: int, lane: Lane, per_second: int, wanted: int) -> Slots:
    """Up to ``wanted`` slots for one lane of this process; never more than its span's worth."""
    count = max(1, min(wanted, int(per_second * SPAN[lane])))
    for _ in range(TRIES):
        now = timezone.now()
        row = Transport.objects.filter(pk=transport)
        next_at = row.values_list("next_at", flat=True).get()
        begins = max(now - BEHIND, next_at or now)
        if begins > now + FURTHEST:
            begins = now
        if lane == Lane.BULK and begins > now + AHEAD:
            return Slots(0, (begins - now - AHEAD).total_seconds())
        ends = begins + count * timedelta(seconds=1) / per_second
        if row.filter(next_at=next_at).update(next_at=ends):
            return Slots(count, (begins - now).total_seconds())
    return Slots(0, REST)
