"""Which rows of a source may go now, and why some of them may not go any more.

The statements of every claim are written by hand: made anew by the ORM for each 200
rows they cost three times as much as the database needs to answer them.
Both engines read the same words but for the locks and a list of ids. The states are
written out, because only then the partial indexes can be used.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from newsletters.models import Delivery, Mailing
from newsletters.sending import by_hand
from newsletters.sending.sources import Room, Source
from newsletters.services import windows
from newsletters.states import DeliveryState, Lane, SkipReason, SubscriptionState

COLUMNS = """
SELECT d.id, d.version_id, d.language, d.variant, d.address, d.mailing_list_id, d.contact_id,
       c.given_name, c.family_name, c.language, c.country, c.postcode, c.email,
       c.time_zone, d.dated_at,
"""
REASON = """
       CASE WHEN d.contact_id IS NULL THEN %s
            WHEN (
                SELECT s.id FROM newsletters_suppression s
                WHERE s.address_key = d.address_key LIMIT 1
            ) IS NOT NULL THEN %s
            WHEN c.paused_until > %s THEN %s
            WHEN d.deadline_at <= %s AND d.attempts >= %s THEN %s
            WHEN EXISTS (
                SELECT 1 FROM newsletters_mailing_lists l WHERE l.mailing_id = %s
            ) AND (
                SELECT m.id FROM newsletters_mailing_lists l
                JOIN newsletters_subscription m ON m.mailing_list_id = l.mailinglist_id
                WHERE l.mailing_id = %s AND m.contact_id = d.contact_id AND m.state = %s LIMIT 1
            ) IS NULL THEN %s ELSE '' END
"""
# First the rows, then the people: a plan for the whole mailing would read all of it.
OF_MAILING = """
FROM (
    SELECT * FROM newsletters_delivery
    WHERE mailing_id = %s AND state = 0 AND due_at <= %s{ascii}
    ORDER BY due_at, id LIMIT %s{lock}
) d LEFT JOIN newsletters_contact c ON c.id = d.contact_id ORDER BY d.due_at, d.id
"""
SINGLE = """
FROM (
    SELECT * FROM newsletters_delivery
    WHERE mailing_id IS NULL AND state = 0 AND lane = %s AND due_at <= %s{ascii}{sender}
    ORDER BY due_at, id LIMIT %s{lock}
) d LEFT JOIN newsletters_contact c ON c.id = d.contact_id ORDER BY d.due_at, d.id
"""
FROM_DOMAIN = """COALESCE(
    (SELECT b.sender_domain FROM newsletters_deliverybody b
     WHERE b.delivery_id = newsletters_delivery.id), '') {among}
"""
ASCII = {
    "postgresql": " AND octet_length(address) = length(address)",
    "sqlite": " AND length(CAST(address AS BLOB)) = length(address)",
}
LOCK = {"postgresql": " FOR UPDATE SKIP LOCKED", "sqlite": ""}
CLAIM = """
UPDATE newsletters_delivery
SET state = 1, claim_id = %s, attempts = attempts + 1, dated_at = COALESCE(dated_at, %s)
WHERE state = 0 AND id {among}"""
# Rows in zones whose window is closed are put off so many at a time.
PUT_OFF = 5000


class Row(NamedTuple):
    """One claimed delivery and the person it is for; no model instance for each mail.

    The fields of a person are empty when ``contact_id`` is None.
    """

    pk: int
    version_id: int | None
    language: str
    variant: str
    address: str
    mailing_list_id: int | None
    contact_id: int | None
    given_name: str
    family_name: str
    contact_language: str
    country: str
    postcode: str
    email: str
    time_zone: str
    # The Date header: that of the first claim, so that a resend is the same bytes.
    dated_at: datetime

    @property
    def domain(self) -> str:
        """Whose mail exchanger takes it in the end."""
        return self.address.rpartition("@")[2]


def rows(source: Source, room: Room, most: int, now: datetime) -> list[Row] | None:
    """Up to ``most`` rows, locked until the end of the transaction, earliest first.

    Consent and suppression are looked at here: a row that may not be sent any
    more becomes SKIPPED with its reason and is not returned, one whose reader's
    window is closed is put off until it opens. None when nothing is due; an
    empty list when nobody of those who were due may have it now.
    """
    found = _due(source, room, most, now)
    if not found:
        return None
    barred: dict[str, list[int]] = defaultdict(list)
    free: list[Row] = []
    for *columns, dated_at, reason in found:
        if reason:
            barred[reason].append(columns[0])
        else:
            free.append(Row._make((*columns, by_hand.read(dated_at) or now)))
    for why, ids in barred.items():
        Delivery.objects.filter(pk__in=ids, state=DeliveryState.READY).update(
            state=DeliveryState.SKIPPED, reason=why
        )
    return _in_their_windows(room.mailing, free, now) if room.mailing else free


def claim(ids: list[int], claim_id: int, now: datetime) -> None:
    """READY → CLAIMED for ``ids``, which ``rows`` locked; the attempt counts from now on."""
    by_hand.run(CLAIM, claim_id, by_hand.moment(now), by_hand.ids(ids))


def _due(source: Source, room: Room, most: int, now: datetime) -> list[tuple[Any, ...]]:
    at, pk, lock = by_hand.moment(now), source.mailing, LOCK[connection.vendor]
    only = ASCII[connection.vendor] if room.is_ascii_only else ""
    sender, domains = _sender(source)
    values: list[Any] = [Lane.NOW, at, *domains, most]
    statement = f"{COLUMNS} '' {SINGLE}"
    if pk is not None:
        # What is held back on purpose does not expire before it was tried once.
        tried = int(room.is_held_back)
        today = connection.ops.adapt_datefield_value(now.date())
        values = [
            *(SkipReason.ERASED, SkipReason.SUPPRESSED, today, SkipReason.PAUSED),
            *(at, tried, SkipReason.EXPIRED),
            *(pk, pk, SubscriptionState.ACTIVE, SkipReason.UNSUBSCRIBED, pk, at, most),
        ]
        statement = COLUMNS + REASON + OF_MAILING
    with connection.cursor() as cursor:
        cursor.execute(statement.format(lock=lock, ascii=only, sender=sender), values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def _sender(source: Source) -> tuple[str, list[Any]]:
    """The condition on the senders of single mails, and its parameter; most need none."""
    domains = source.only or source.but
    if not domains:
        return "", []
    among = FROM_DOMAIN.format(among=by_hand.AMONG[connection.vendor])
    return f" AND {'' if source.only else 'NOT '}({among})", [by_hand.ids(domains)]


def _in_their_windows(mailing: Mailing, free: list[Row], now: datetime) -> list[Row]:
    """Those whose own clock lets mail through; the others are put off, and many like them."""
    if not windows.differs_by_reader(mailing):
        return free
    window = windows.of(mailing)
    open_now = {
        typed: windows.may_leave(window, windows.zone_of(mailing, typed), now)
        for typed in {row.time_zone or "" for row in free}
    }
    going = [row for row in free if open_now[row.time_zone or ""]]
    if going:
        put_off(mailing, [(row.pk, row.time_zone) for row in free if row not in going], now)
    elif free:
        ready = Delivery.objects.filter(
            mailing=mailing, state=DeliveryState.READY, due_at__lte=now
        ).order_by("due_at", "pk")
        if connection.features.has_select_for_update_skip_locked:
            ready = ready.select_for_update(skip_locked=True, of=("self",))
        put_off(mailing, ready.values_list("pk", "contact__time_zone")[:PUT_OFF], now)
    return going


def put_off(mailing: Mailing, who: Iterable[tuple[int, str | None]], now: datetime) -> None:
    """READY rows become due when the window of their reader's zone opens."""
    by_opening: dict[datetime, list[int]] = defaultdict(list)
    opens: dict[str, datetime] = {}
    for pk, typed in who:
        zone = windows.zone_of(mailing, typed or "")
        if zone not in opens:
            opens[zone] = windows.opening(windows.of(mailing), zone, now + windows.MARGIN)
        by_opening[opens[zone]].append(pk)
    for opening, ids in by_opening.items():
        Delivery.objects.filter(pk__in=ids, state=DeliveryState.READY).update(due_at=opening)
