"""Claims: taking rows for one connection, keeping them, giving them back.

Every function is one short transaction and may be called from any thread.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from newsletters.models import (
    Claim,
    Contact,
    Delivery,
    DeliveryBody,
    Mailing,
    Subscription,
    Suppression,
)
from newsletters.states import DeliveryState, Lane, MailingState, SkipReason, SubscriptionState

LEASE = timedelta(seconds=120)
BATCH = {Lane.NOW: 20, Lane.BULK: 200}


@dataclass(frozen=True, slots=True)
class Owner:
    """The process a claim belongs to."""

    worker: str
    host: str


@dataclass(slots=True)
class Taken:
    """A claim and its rows in the order they must be worked through."""

    claim: int
    mailing: int | None
    rows: list[Delivery]
    contacts: dict[int, Contact]
    # Texts of single mails, filled by the typist.
    bodies: dict[int, DeliveryBody] = field(default_factory=dict)


@transaction.atomic
def take(lane: Lane, owner: Owner) -> Taken | None:
    """Move up to BATCH ready rows of ``lane`` to CLAIMED; None when nothing is due.

    Consent and suppression are looked at here: a row that may not be sent any
    more becomes SKIPPED with its reason and is not returned.
    """
    now = timezone.now()
    for mailing in _sources(lane):
        ids = _due(lane, mailing, now)
        if ids:
            break
    else:
        return None
    claim = Claim.objects.create(
        worker=owner.worker, host=owner.host, lane=lane, lease_until=now + LEASE
    )
    Delivery.objects.filter(pk__in=ids, state=DeliveryState.READY).update(
        state=DeliveryState.CLAIMED,
        claim=claim,
        attempts=F("attempts") + 1,
        dated_at=Coalesce("dated_at", now),
    )
    if mailing is not None:
        _skip(claim, mailing)
    rows = list(Delivery.objects.filter(claim=claim, state=DeliveryState.CLAIMED).order_by("pk"))
    people = {row.contact_id for row in rows if row.contact_id}
    return Taken(claim.pk, mailing, rows, Contact.objects.in_bulk(people))


def renew(claims: list[int], owner: Owner) -> set[int]:
    """Push the leases of ``claims`` on. Returns those that are not ours any more."""
    mine = Claim.objects.filter(pk__in=claims, worker=owner.worker)
    if mine.update(lease_until=timezone.now() + LEASE) == len(claims):
        return set()
    return set(claims) - set(mine.values_list("pk", flat=True))


def stopped(claims: list[int], mailings: set[int]) -> tuple[set[int], set[int]]:
    """What must not go on: skipped rows of ``claims``, ``mailings`` that are not SENDING."""
    rows = Delivery.objects.filter(claim__in=claims, state=DeliveryState.SKIPPED)
    halted = Mailing.objects.filter(pk__in=mailings).exclude(state=MailingState.SENDING)
    gone = mailings - set(Mailing.objects.filter(pk__in=mailings).values_list("pk", flat=True))
    return set(rows.values_list("pk", flat=True)), set(halted.values_list("pk", flat=True)) | gone


@transaction.atomic
def release(claim: int) -> None:
    """Give back what was not tried: CLAIMED → READY, the attempt does not count; the claim ends."""
    Delivery.objects.filter(claim=claim, state=DeliveryState.CLAIMED).update(
        state=DeliveryState.READY, claim=None, attempts=F("attempts") - 1
    )
    Claim.objects.filter(pk=claim).delete()


def _sources(lane: Lane) -> list[int | None]:
    """Where rows of this lane come from: single mails, or every mailing that is sending.

    Mailings with the fewest claims come first, so that two big ones share the
    connections and a small one is not behind them.
    """
    if lane == Lane.NOW:
        return [None]
    busy = Delivery.objects.filter(mailing=OuterRef("pk"), claim__isnull=False)
    sending = Mailing.objects.filter(state=MailingState.SENDING).annotate(is_busy=Exists(busy))
    return list(sending.order_by("is_busy", "started_at", "pk").values_list("pk", flat=True))


def _due(lane: Lane, mailing: int | None, now: datetime) -> list[int]:
    rows = Delivery.objects.filter(mailing=mailing, state=DeliveryState.READY, due_at__lte=now)
    if mailing is None:
        rows = rows.filter(lane=lane)
    if connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(skip_locked=True, of=("self",))
    return list(rows.order_by("due_at", "pk").values_list("pk", flat=True)[: BATCH[lane]])


def _skip(claim: Claim, mailing: int) -> None:
    """Take out of a fresh claim whoever may not be written to any more."""
    mine = Delivery.objects.filter(claim=claim, state=DeliveryState.CLAIMED)
    _skip_rows(mine.filter(contact__isnull=True), SkipReason.ERASED)
    suppressed = Suppression.objects.filter(address_key=OuterRef("address_key"))
    _skip_rows(mine.filter(Exists(suppressed)), SkipReason.SUPPRESSED)
    _skip_rows(mine.filter(deadline_at__lte=timezone.now()), SkipReason.EXPIRED)
    if Mailing.lists.through.objects.filter(mailing=mailing).exists():
        member = Subscription.objects.filter(
            contact=OuterRef("contact"),
            mailing_list__mailings=mailing,
            state=SubscriptionState.ACTIVE,
        )
        _skip_rows(mine.filter(~Q(Exists(member))), SkipReason.UNSUBSCRIBED)


def _skip_rows(rows: QuerySet[Delivery], reason: SkipReason) -> None:
    rows.update(state=DeliveryState.SKIPPED, reason=reason, claim=None, attempts=F("attempts") - 1)
