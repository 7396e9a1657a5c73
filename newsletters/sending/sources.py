"""Where rows come from, and how many of them may go just now."""

from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection

from newsletters.addresses.domains import author_domain
from newsletters.models import Mailing
from newsletters.sending import by_hand
from newsletters.sending.carriers import Carrier
from newsletters.services import allowances, throttle, windows
from newsletters.services.allowances import Limit
from newsletters.states import LEAVING, Clock, Lane

# More than any batch.
UNLIMITED = 1_000_000
SOURCES = """
SELECT m.id,
       (SELECT v.sender FROM newsletters_mailingversion v WHERE v.mailing_id = m.id
        ORDER BY v.number DESC LIMIT 1),
       CASE WHEN m.per_hour IS NULL AND m.window_from IS NULL AND m.window_days = 127
                 AND m.clock = %s THEN 0 ELSE 1 END
FROM newsletters_mailing m
WHERE m.state IN (%s, %s) AND (
    SELECT d.id FROM newsletters_delivery d
    WHERE d.mailing_id = m.id AND d.state = 0 AND d.due_at <= %s ORDER BY d.due_at, d.id LIMIT 1
) IS NOT NULL
ORDER BY (SELECT COUNT(*) FROM newsletters_claim c WHERE c.mailing_id = m.id), m.started_at, m.id
"""


@dataclass(frozen=True, slots=True)
class Source:
    """Where rows come from: a mailing, or single mails of the lane."""

    mailing: int | None
    # The domain in its From header; of single mails one that stands for all of theirs.
    domain: str = ""
    # A throttle, a window or the reader's clock holds it back.
    is_paced: bool = False
    # Single mails from these domains alone, or from all but these.
    only: frozenset[str] = frozenset()
    but: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Room:
    """How many rows of a source may go now, and what is used up by them."""

    most: int = UNLIMITED
    limits: list[Limit] = field(default_factory=list)
    # Given when something holds its mails back on purpose: a limit, a throttle, a window.
    mailing: Mailing | None = None
    # Addresses in other scripts are left to another transport.
    is_ascii_only: bool = False

    @property
    def is_held_back(self) -> bool:
        """Whether rows may wait for days before they are tried first."""
        return self.mailing is not None

    def use(self, count: int, now: datetime) -> bool:
        """Take ``count`` out. False when another process was faster and it is not there any more.

        Runs in the caller's transaction; after a False the caller rolls it back.
        """
        if not count:
            return True
        if self.mailing and not throttle.use(self.mailing, count, now):
            return False
        return allowances.reserve(self.limits, count)


def sources(lane: Lane, carrier: Carrier | None, now: datetime) -> list[Source]:
    """Single mails that ``carrier`` may carry, or every mailing with something due.

    Mailings with the fewest claims come first, so that two big ones share the
    connections and a small one is not behind them.
    """
    if lane == Lane.NOW:
        return _singles(carrier)
    with connection.cursor() as cursor:
        cursor.execute(SOURCES, [Clock.SENDER, *LEAVING, by_hand.moment(now)])
        return [
            Source(pk, author_domain(sender or ""), bool(is_paced))
            for pk, sender, is_paced in cursor.fetchall()
        ]


def room(source: Source, lane: Lane, carrier: Carrier | None, now: datetime) -> Room | None:
    """What may go now; None when nothing may: another transport's, used up, throttled, closed."""
    if carrier and not carrier.carries(source.domain):
        return None
    limits = carrier.limits(lane, source.domain, now) if carrier else []
    counts = [allowances.room(limits)]
    mailing = None
    if source.mailing and (source.is_paced or limits):
        mailing = Mailing.objects.get(pk=source.mailing)
        if not windows.lets_out(mailing, now):
            return None
        counts.append(throttle.grant(mailing, now))
    most = min((count for count in counts if count is not None), default=UNLIMITED)
    leaves = carrier is not None and carrier.leaves_smtputf8(source.domain)
    return Room(most, limits, mailing, leaves) if most else None


def _singles(carrier: Carrier | None) -> list[Source]:
    """Each has a sender of its own: those are taken together for which one answer holds."""
    if carrier is None or not carrier.domains:
        return [Source(None, but=carrier.elsewhere if carrier else frozenset())]
    left = frozenset(name for name in carrier.domains if carrier.leaves_smtputf8(name))
    groups = (left, carrier.domains - left)
    return [Source(None, min(names), only=names) for names in groups if names]
