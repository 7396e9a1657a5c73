"""Claims: taking rows for one connection, keeping them, giving them back.

Every function is one short transaction and may be called from any thread.
"""

import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import (
    Case,
    CharField,
    Count,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.utils import timezone

from newsletters.compose.skeleton import Skeleton
from newsletters.models import (
    Claim,
    Delivery,
    DeliveryBody,
    Mailing,
    Subscription,
    Suppression,
)
from newsletters.states import DeliveryState, Lane, MailingState, SkipReason, SubscriptionState

LEASE = timedelta(seconds=120)
BATCH = {Lane.NOW: 20, Lane.BULK: 200}
# What a mail needs of its row and of the person; the rest stays in the database.
COLUMNS = (
    *("mailing_id", "version_id", "language", "variant", "address", "mailing_list_id", "dated_at"),
    *("contact__given_name", "contact__family_name", "contact__language"),
    *("contact__country", "contact__postcode", "contact__email"),
)
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
    rows: list[Delivery]
    # ``clock()`` from before the lease began.
    asked_at: float
    # What the typist found for these rows: texts of single mails, skeletons of mailings.
    bodies: dict[int, DeliveryBody] = field(default_factory=dict)
    skeletons: dict[Look, Skeleton] = field(default_factory=dict)


@transaction.atomic
def take(lane: Lane, owner: Owner) -> Taken | None:
    """Move up to BATCH ready rows of ``lane`` to CLAIMED. None when nothing is due.

    Consent and suppression are looked at here: a row that may not be sent any
    more becomes SKIPPED with its reason and is not returned.
    """
    asked_at, now = clock(), timezone.now()
    for mailing in _sources(lane, now):
        due = list(_due(lane, mailing, now))
        if due:
            break
    else:
        return None
    claim = Claim.objects.create(
        worker=owner.worker,
        host=owner.host,
        lane=lane,
        mailing_id=mailing,
        lease_until=now + LEASE,
    )
    rows = _skip(due)
    Delivery.objects.filter(pk__in=[row.pk for row in rows], state=DeliveryState.READY).update(
        state=DeliveryState.CLAIMED,
        claim=claim,
        attempts=F("attempts") + 1,
        dated_at=Coalesce("dated_at", now),
    )
    for row in rows:
        row.dated_at = row.dated_at or now
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


def _sources(lane: Lane, now: datetime) -> list[int | None]:
    """Where rows of this lane come from: single mails, or every mailing with something due.

    Mailings with the fewest claims come first, so that two big ones share the
    connections and a small one is not behind them.
    """
    if lane == Lane.NOW:
        return [None]
    due = Delivery.objects.filter(
        mailing=OuterRef("pk"), state=DeliveryState.READY, due_at__lte=now
    )
    sending = Mailing.objects.filter(Exists(due), state=MailingState.SENDING)
    fairly = sending.annotate(hands=Count("claims")).order_by("hands", "started_at", "pk")
    return list(fairly.values_list("pk", flat=True))


def _due(lane: Lane, mailing: int | None, now: datetime) -> QuerySet[Delivery]:
    """The next rows, locked; those of a mailing with ``skip_reason``, empty when they may go."""
    rows = Delivery.objects.filter(mailing=mailing, state=DeliveryState.READY, due_at__lte=now)
    if mailing is None:
        rows = rows.filter(lane=lane)
    else:
        rows = rows.annotate(skip_reason=_reason(mailing, now))
    if connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(skip_locked=True, of=("self",))
    rows = rows.select_related("contact").only(*COLUMNS)
    return rows.order_by("due_at", "pk")[: BATCH[lane]]


def _reason(mailing: int, now: datetime) -> Case:
    """Why a row of this mailing may not be sent any more, as a column."""
    suppressed = Suppression.objects.filter(address_key=OuterRef("address_key"))
    whens = [
        When(contact__isnull=True, then=Value(SkipReason.ERASED)),
        When(Exists(suppressed), then=Value(SkipReason.SUPPRESSED)),
        When(deadline_at__lte=now, then=Value(SkipReason.EXPIRED)),
    ]
    if Mailing.lists.through.objects.filter(mailing=mailing).exists():
        member = Subscription.objects.filter(
            contact=OuterRef("contact"),
            mailing_list__mailings=mailing,
            state=SubscriptionState.ACTIVE,
        )
        whens.append(When(~Exists(member), then=Value(SkipReason.UNSUBSCRIBED)))
    return Case(*whens, default=Value(""), output_field=CharField())


def _skip(due: list[Delivery]) -> list[Delivery]:
    """Set aside whoever may not be written to any more; the others are returned."""
    barred: dict[str, list[int]] = {}
    for row in due:
        if reason := _against(row):
            barred.setdefault(reason, []).append(row.pk)
    for reason, ids in barred.items():
        Delivery.objects.filter(pk__in=ids, state=DeliveryState.READY).update(
            state=DeliveryState.SKIPPED, reason=reason
        )
    return [row for row in due if not _against(row)]


def _against(row: Delivery) -> str:
    """The column ``_due`` adds to the rows of a mailing."""
    return str(getattr(row, "skip_reason", ""))
