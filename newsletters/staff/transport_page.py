"""What the pages about ways out show: how each does, and how much of its limits is used."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from newsletters.models import Transport
from newsletters.selectors.transports import declared, known
from newsletters.sending import transports
from newsletters.sending.carriers import bulk_part, transport_key
from newsletters.services import allowances
from newsletters.services.allowances import Limit
from newsletters.states import TransportState


@dataclass(frozen=True)
class Use:
    """A limit and how much of it is used up."""

    words: str
    used: int
    most: int
    begins_anew: datetime

    @property
    def is_used_up(self) -> bool:
        """Whether no mailing goes on before it begins anew."""
        return self.used >= bulk_part(self.most)


@dataclass(frozen=True)
class WayOut:
    """One declared transport as its page shows it; nothing secret."""

    row: Transport
    # A host or a provider; empty for the outbox of this machine.
    place: str
    share: int
    uses: list[Use]

    @property
    def rests(self) -> bool:
        """Whether it waits after trouble."""
        return (
            self.row.state == TransportState.PAUSED
            and self.row.retry_at is not None
            and self.row.retry_at > timezone.now()
        )

    @property
    def code(self) -> str:
        """For the colour of the words."""
        if not self.row.weight:
            return "draft"
        return "paused" if self.row.failures else "active"

    @property
    def words(self) -> str:
        """Its state in a word or two."""
        if not self.row.weight:
            return _("Not used")
        if self.rests:
            return _("Resting")
        return _("Being tried again") if self.row.failures else _("Working")


def ways() -> list[WayOut]:
    """Every declared transport a worker has looked at, with at most four queries."""
    now = timezone.now()
    urls = declared()
    rows = known()
    total = sum(row.weight for row in rows)
    limits = {row.pk: _limits(row, now) for row in rows}
    used = allowances.used(limit for found in limits.values() for limit in found)
    return [
        WayOut(
            row,
            transports.where(urls[row.name]),
            round(100 * row.weight / total) if total else 0,
            [_use(limit, used[limit.key]) for limit in limits[row.pk]],
        )
        for row in rows
    ]


def waiting() -> list[str]:
    """Names of declared transports that no worker has looked at yet."""
    return sorted(declared().keys() - {row.name for row in known()})


def _limits(row: Transport, now: datetime) -> list[Limit]:
    found = []
    if row.per_hour:
        hour = allowances.hour_of(now)
        found.append(Limit(transport_key(row.name, "hour"), hour, row.per_hour))
    if row.per_day:
        day = allowances.day_of(now)
        found.append(Limit(transport_key(row.name, "day"), day, row.per_day))
    return found


def _use(limit: Limit, used: int) -> Use:
    if limit.key.endswith(":hour"):
        return Use(_("this hour"), used, limit.most, limit.began_at + allowances.HOUR)
    return Use(_("today"), used, limit.most, limit.began_at + allowances.DAY)
