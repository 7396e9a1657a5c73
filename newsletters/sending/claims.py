"""Claims: taking rows for one connection, keeping them, giving them back.

Every function is one short transaction and may be called from any thread.
"""

import time
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from newsletters.addresses.domains import author_domain
from newsletters.compose.skeleton import Skeleton
from newsletters.models import Claim, Delivery, DeliveryBody, Mailing, SenderDomain
from newsletters.sending import by_hand, due, sources
from newsletters.sending.carriers import Carrier, domain_key, transport_key
from newsletters.sending.due import Row
from newsletters.services import allowances, throttle, windows
from newsletters.states import LEAVING, DeliveryState, Lane

# The ordinary end: every row has let go of its claim.
END = """
DELETE FROM newsletters_claim WHERE id {among} AND NOT EXISTS (
    SELECT 1 FROM newsletters_delivery d WHERE d.claim_id = newsletters_claim.id
)
"""
# Right after a list was made PostgreSQL does not know yet how many rows wait; it would read
# and sort all of them for every claim instead of taking the first of the index.
IN_ORDER = "SET LOCAL enable_sort = off"
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
    # Whether they leave as they are made, so that a signature would hold.
    is_signed: bool = True
    skeletons: dict[Look, Skeleton] = field(default_factory=dict)


class _Outrun(Exception):
    """Another process used up what was free when we looked."""


def take(lane: Lane, owner: Owner, carrier: Carrier | None = None) -> Taken | None:
    """Move up to BATCH ready rows of ``lane`` that ``carrier`` may carry to CLAIMED.

    None when nothing is due, or nothing may go just now (a limit, a throttle, a
    closed window): the next tick looks again. Consent and suppression are looked
    at here: a row that may not be sent any more becomes SKIPPED with its reason
    and is not returned. Without a carrier no limit of a transport is looked at.
    """
    for _attempt in range(3):
        try:
            return _take(lane, owner, carrier)
        except _Outrun:
            continue
    return None


@transaction.atomic
def _take(lane: Lane, owner: Owner, carrier: Carrier | None) -> Taken | None:
    asked_at, now = clock(), timezone.now()
    if connection.vendor == "postgresql":
        by_hand.run(IN_ORDER)
    for source in sources.sources(lane, carrier, now):
        room = sources.room(source, lane, carrier, now)
        if room is None:
            continue
        rows = due.rows(source, room, min(BATCH[lane], room.most), now)
        if rows is not None:
            break
    else:
        return None
    if not room.use(len(rows), now):
        raise _Outrun
    claim = Claim.objects.create(
        worker=owner.worker,
        host=owner.host,
        lane=lane,
        mailing_id=source.mailing,
        transport_id=carrier.transport if carrier else None,
        created_at=now,
        lease_until=now + LEASE,
    )
    due.claim([row.pk for row in rows], claim.pk, now)
    if room.mailing:
        _begin_deadlines(claim, room.mailing)
    return Taken(claim.pk, source.mailing, rows, asked_at)


def renew(claims: list[int], owner: Owner) -> set[int]:
    """Push the leases of ``claims`` on. Returns those that are not ours any more."""
    mine = Claim.objects.filter(pk__in=claims, worker=owner.worker)
    if mine.update(lease_until=timezone.now() + LEASE) == len(claims):
        return set()
    return set(claims) - set(mine.values_list("pk", flat=True))


def stopped(claims: list[int], mailings: set[int]) -> tuple[set[int], set[int]]:
    """What must not go on: rows whose person left or was erased, ``mailings`` that may not go on.

    These are paused, cancelled, or their window is closing. Where the readers'
    own clocks count, the rows of those whose window is closing.
    """
    now = timezone.now()
    gone = Q(state=DeliveryState.SKIPPED) | Q(contact__isnull=True, mailing__isnull=False)
    rows = Delivery.objects.filter(gone, claim__in=claims)
    skipped = set(rows.values_list("pk", flat=True))
    going = set()
    for mailing in Mailing.objects.filter(pk__in=mailings, state__in=LEAVING):
        if windows.lets_out(mailing, now):
            going.add(mailing.pk)
        if windows.differs_by_reader(mailing):
            skipped |= _behind_their_windows(mailing, claims, now)
    return skipped, mailings - going


def end(claims: list[int]) -> None:
    """End each of ``claims``; what was not tried is given back (``release``)."""
    if claims and by_hand.run(END, by_hand.ids(claims)) != len(claims):
        for claim in claims:
            release(claim)


@transaction.atomic
def release(claim: int) -> None:
    """Give back what was not tried: CLAIMED → READY, the attempt does not count; the claim ends."""
    mine = Delivery.objects.filter(claim=claim)
    untried = mine.filter(state=DeliveryState.CLAIMED).update(
        state=DeliveryState.READY, claim=None, attempts=F("attempts") - 1
    )
    # Rows skipped meanwhile.
    mine.update(claim=None)
    if untried:
        uncharge(Claim.objects.select_related("transport", "mailing").get(pk=claim), untried)
    Claim.objects.filter(pk=claim).delete()


@transaction.atomic
def put_off(claim: int, rests: dict[int, float]) -> None:
    """CLAIMED → READY for rows (id → seconds) whose receiver is slow; no attempt."""
    now = timezone.now()
    by_moment: dict[datetime, list[int]] = defaultdict(list)
    for pk, seconds in rests.items():
        by_moment[now + timedelta(seconds=round(seconds))].append(pk)
    changed = 0
    for due_at, ids in by_moment.items():
        changed += Delivery.objects.filter(
            pk__in=ids, claim=claim, state=DeliveryState.CLAIMED
        ).update(state=DeliveryState.READY, claim=None, attempts=F("attempts") - 1, due_at=due_at)
    if changed:
        uncharge(Claim.objects.select_related("transport", "mailing").get(pk=claim), changed)


def workers(transport: int) -> int:
    """How many processes have mail of this transport in hand."""
    return Claim.objects.filter(transport=transport).values("worker").distinct().count()


def uncharge(claim: Claim, count: int) -> None:
    """``count`` rows of ``claim`` were not handed over: limits and throttle have them back.

    Never too much: what a relay was asked for and did not take counts as used.
    """
    at = claim.created_at
    spans = []
    if claim.transport:
        spans += [
            (transport_key(claim.transport.name, "hour"), allowances.hour_of(at)),
            (transport_key(claim.transport.name, "day"), allowances.day_of(at)),
        ]
    if claim.mailing:
        throttle.give_back(claim.mailing, count)
        newest = claim.mailing.versions.order_by("-number").values_list("sender", flat=True)
        domain = SenderDomain.objects.filter(domain=author_domain(newest.first() or "")).first()
        if domain:
            spans.append((domain_key(domain.pk), allowances.day_of(at)))
    allowances.give_back(spans, count)


def _begin_deadlines(claim: Claim, mailing: Mailing) -> None:
    """A mail that was held back on purpose has its whole time from the first try on."""
    first = Delivery.objects.filter(claim=claim, attempts=1)
    first.update(deadline_at=claim.created_at + timedelta(hours=mailing.deadline_hours))


def _behind_their_windows(mailing: Mailing, claims: list[int], now: datetime) -> set[int]:
    """Rows of these claims whose readers' window is closing."""
    held = Delivery.objects.filter(mailing=mailing, claim__in=claims)
    typed = set(held.values_list("contact__time_zone", flat=True).distinct())
    window = windows.of(mailing)
    closing = [
        zone
        for zone in typed
        if not windows.may_leave(window, windows.zone_of(mailing, zone or ""), now)
    ]
    rows = held.filter(contact__time_zone__in=closing)
    return set(rows.values_list("pk", flat=True))
