"""Claims: taking rows for one connection, keeping them, giving them back.

Every function is one short transaction and may be called from any thread.
"""

import time
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from newsletters.compose.skeleton import Skeleton
from newsletters.models import Claim, Delivery, DeliveryBody, Mailing
from newsletters.sending import due
from newsletters.sending.due import Row
from newsletters.states import DeliveryState, Lane, MailingState

LEASE = timedelta(seconds=120)
BATCH = {Lane.NOW: 20, Lane.BULK: 200}
# Where there is one, a clock that goes on while a laptop sleeps.
_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def clock() -> float:
    """Seconds for leases; also counts the time this process or its machine stood still."""
    return time.clock_gettime(_CLOCK)


@dataclass(frozen=True, slots=True)
class Owner:
    """The process a claim belongs to."""

    worker: str
    host: str


# Version, language and variant: what one skeleton is for.
Look = tuple[int | None, str, str]


@dataclass(slots=True)
class Taken:
    """A claim and its rows in the order they must be worked through."""

    claim: int
    mailing: int | None
    rows: list[Row]
    # ``clock()`` from before the lease began.
    asked_at: float
    # What the typist found for these rows: texts of single mails, skeletons of mailings.
    bodies: dict[int, DeliveryBody] = field(default_factory=dict)
    skeletons: dict[Look, Skeleton] = field(default_factory=dict)


@transaction.atomic
def take(lane: Lane, owner: Owner, transport: int | None = None) -> Taken | None:
    """Move up to BATCH ready rows of ``lane`` to CLAIMED. None when nothing is due.

    Consent and suppression are looked at here: a row that may not be sent any
    more becomes SKIPPED with its reason and is not returned.
    """
    asked_at, now = clock(), timezone.now()
    for mailing in due.sources(lane, now):
        rows = due.rows(lane, mailing, now, BATCH[lane])
        if rows is not None:
            break
    else:
        return None
    claim = Claim.objects.create(
        worker=owner.worker,
        host=owner.host,
        lane=lane,
        mailing_id=mailing,
        transport_id=transport,
        lease_until=now + LEASE,
    )
    Delivery.objects.filter(pk__in=[row.pk for row in rows], state=DeliveryState.READY).update(
        state=DeliveryState.CLAIMED,
        claim=claim,
        attempts=F("attempts") + 1,
        dated_at=Coalesce("dated_at", now),
    )
    return Taken(claim.pk, mailing, rows, asked_at)


def renew(claims: list[int], owner: Owner) -> set[int]:
    """Push the leases of ``claims`` on. Returns those that are not ours any more."""
    mine = Claim.objects.filter(pk__in=claims, worker=owner.worker)
    if mine.update(lease_until=timezone.now() + LEASE) == len(claims):
        return set()
    return set(claims) - set(mine.values_list("pk", flat=True))


def stopped(claims: list[int], mailings: set[int]) -> tuple[set[int], set[int]]:
    """What must not go on: rows whose person left or was erased, ``mailings`` not SENDING."""
    gone = Q(state=DeliveryState.SKIPPED) | Q(contact__isnull=True, mailing__isnull=False)
    rows = Delivery.objects.filter(gone, claim__in=claims)
    sending = Mailing.objects.filter(pk__in=mailings, state=MailingState.SENDING)
    return (
        set(rows.values_list("pk", flat=True)),
        mailings - set(sending.values_list("pk", flat=True)),
    )


@transaction.atomic
def release(claim: int) -> None:
    """Give back what was not tried: CLAIMED → READY, the attempt does not count; the claim ends."""
    mine = Delivery.objects.filter(claim=claim)
    mine.filter(state=DeliveryState.CLAIMED).update(
        state=DeliveryState.READY, claim=None, attempts=F("attempts") - 1
    )
    # Rows skipped meanwhile.
    mine.update(claim=None)
    Claim.objects.filter(pk=claim).delete()
