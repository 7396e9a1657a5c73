"""One worker at a time on work on many people, and whoever was overtaken writes nothing more."""

import secrets
from datetime import timedelta
from typing import Any, TypeVar

from django.db.models import Q
from django.utils import timezone

from newsletters.models import BulkChange, BulkState, Export

LEASE = timedelta(seconds=60)
WORKING = (BulkState.WAITING, BulkState.RUNNING, BulkState.UNDOING)
# Nobody has it in hand: whoever had finds that out at her next chunk.
FREE = {"lease_until": None, "lease_token": ""}
# Instead of a query that nobody needs any more: what was typed may have been an address.
FORGOTTEN = {"forgotten": True}

Work = TypeVar("Work", BulkChange, Export)


class LeaseLost(Exception):
    """Somebody else has the work now, or it was stopped: end without another word."""


def free() -> Q:
    """Work nobody is at, or whose worker has died."""
    return Q(lease_until__isnull=True) | Q(lease_until__lt=timezone.now())


def take(model: type[Work], pk: int, *states: BulkState, now: BulkState) -> Work | None:
    """The work, moved from one of ``states`` to ``now``, for us alone until the lease ends.

    None when it is in another state or in somebody's hand.
    """
    token = secrets.token_hex(16)
    taken = model.objects.filter(free(), pk=pk, state__in=states).update(
        state=now, lease_token=token, lease_until=timezone.now() + LEASE
    )
    # By our token: a worker that slept meanwhile must not go on with somebody else's.
    mine = model.objects.select_related("created_by").filter(pk=pk, lease_token=token)
    return mine.first() if taken == 1 else None


def renew(work: Work, **values: Any) -> None:
    """Go on for another lease and note ``values``. First statement of every chunk's transaction:

    it locks the row, so an overtaken worker waits here and then finds its token
    gone. Raises LeaseLost.
    """
    _update(work, lease_until=timezone.now() + LEASE, **values)


def finish(work: Work, state: BulkState, **values: Any) -> None:
    """Move on to ``state`` and give the lease back. Raises LeaseLost."""
    _update(work, state=state, lease_until=None, finished_at=timezone.now(), **values)


def release(work: Work) -> None:
    """Give the lease back before the work is done; the tick hands it to another worker."""
    _update(work, lease_until=None)


def stop(work: Work) -> Work:
    """WAITING, RUNNING → STOPPED at the next chunk. Too late is not an error."""
    type(work).objects.filter(pk=work.pk, state__in=(BulkState.WAITING, BulkState.RUNNING)).update(
        state=BulkState.STOPPED, finished_at=timezone.now(), **FREE
    )
    work.refresh_from_db()
    return work


def _update(work: Work, **values: Any) -> None:
    mine = type(work).objects.filter(pk=work.pk, state=work.state, lease_token=work.lease_token)
    if mine.update(**values) != 1:
        raise LeaseLost
    for name, value in values.items():
        setattr(work, name, value)
