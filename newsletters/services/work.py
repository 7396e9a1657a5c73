"""One worker at a time on work on many people, and whoever was overtaken writes nothing more.

Bulk changes, exports and imports.
"""

import secrets
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Q, QuerySet, TextChoices
from django.utils import timezone

from newsletters.models import BulkChange, BulkState, Export, ImportJob
from worker.stopping import stopping

LEASE = timedelta(seconds=60)
BREATH = {"postgresql": 0.0, "sqlite": 0.03}
WORKING = (BulkState.WAITING, BulkState.RUNNING, BulkState.UNDOING)
# Nobody has it in hand: whoever had finds that out at her next chunk.
FREE = {"lease_until": None, "lease_token": ""}
# Instead of a query that nobody needs any more: what was typed may have been an address.
FORGOTTEN = {"forgotten": True}

Work = TypeVar("Work", BulkChange, Export, ImportJob)
Stoppable = TypeVar("Stoppable", BulkChange, Export)


class LeaseLost(Exception):
    """Somebody else has the work now, or it was stopped: end without another word."""


def free() -> Q:
    """Work nobody is at, or whose worker has died."""
    return Q(lease_until__isnull=True) | Q(lease_until__lt=timezone.now())


def standing_still(model: type[Work], *states: TextChoices) -> list[tuple[int, str]]:
    """Id and state of up to a hundred in ``states`` that nobody is at."""
    rows = model.objects.filter(free(), state__in=states)
    return list(rows.values_list("pk", "state")[:100])


def take(model: type[Work], pk: int, *states: TextChoices, now: TextChoices) -> Work | None:
    """The work, moved from one of ``states`` to ``now``, for us alone until the lease ends.

    None when it is in another state or in somebody's hand.
    """
    token = secrets.token_hex(16)
    taken = model.objects.filter(free(), pk=pk, state__in=states).update(
        state=now, lease_token=token, lease_until=timezone.now() + LEASE
    )
    # By our token: a worker that slept meanwhile must not go on with somebody else's.
    return model.objects.filter(pk=pk, lease_token=token).first() if taken == 1 else None


def in_chunks(work: Work, chunk: Callable[[Work], bool]) -> bool:
    """Do ``chunk`` until it finds nothing left; raises whatever it raises.

    False when this process is to end first: the lease is given back.
    """
    while chunk(work):
        if stopping.is_set():
            release(work)
            return False
        breathe()
    return True


def breathe() -> None:
    """Let others in between two chunks.

    On SQLite only one can write, and whoever waits looks every tenth of a second:
    without a gap somebody who signs up might never find one.
    """
    time.sleep(BREATH[connection.vendor])


def renew(work: Work, *, lease: timedelta = LEASE, **values: Any) -> None:
    """Go on for another lease and note ``values``. First statement of every chunk's transaction:

    it locks the row, so an overtaken worker waits here and then finds its token
    gone. Raises LeaseLost.
    """
    note(work, lease_until=timezone.now() + lease, **values)


def finish(work: Work, state: TextChoices, **values: Any) -> None:
    """Move on to ``state`` and give the lease back. Raises LeaseLost."""
    note(work, state=state, lease_until=None, finished_at=timezone.now(), **values)


def release(work: Work) -> None:
    """Give the lease back before the work is done; the tick hands it to another worker."""
    note(work, lease_until=None)


def stop(work: Stoppable) -> Stoppable:
    """WAITING, RUNNING → STOPPED at the next chunk. Too late is not an error."""
    type(work).objects.filter(pk=work.pk, state__in=(BulkState.WAITING, BulkState.RUNNING)).update(
        state=BulkState.STOPPED, finished_at=timezone.now(), **FREE
    )
    work.refresh_from_db()
    return work


def note(work: Work, **values: Any) -> None:
    """Write ``values`` on work that is still ours. Raises LeaseLost."""
    if mine(work).update(**values) != 1:
        raise LeaseLost
    for name, value in values.items():
        setattr(work, name, value)


def counted(total: int | None) -> dict[str, int]:
    """For the audit: how many it was about, if that was known when it was asked for."""
    return {} if total is None else {"people": total}


def mine(work: Work) -> QuerySet[Work]:
    """The work, as long as nobody took it over and nobody stopped it."""
    return type(work).objects.filter(pk=work.pk, state=work.state, lease_token=work.lease_token)
