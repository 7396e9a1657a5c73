"""What one transport may carry: from which domains, and how much of it."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime

from newsletters.models import SenderDomain, Transport
from newsletters.selectors.transports import known
from newsletters.services import allowances, transports, warm_up
from newsletters.services.allowances import Limit
from newsletters.states import Lane

# Of what bulk may use of a transport's limit one in so many is left for confirmations.
KEPT_FOR_NOW = 20


@dataclass(frozen=True, slots=True)
class Warming:
    """A sender domain in its first weeks."""

    pk: int
    begun: date


@dataclass(frozen=True, slots=True)
class Carrier:
    """A transport's limits and domains as they stood when the engine began its turn."""

    transport: int
    name: str
    per_hour: int | None = None
    per_day: int | None = None
    # The domains it names; empty: all but ``elsewhere``, which other transports name.
    domains: frozenset[str] = frozenset()
    elsewhere: frozenset[str] = frozenset()
    warming: dict[str, Warming] = field(default_factory=dict)
    # Whether it carries addresses such as büro@example.org; None: it was never opened.
    smtputf8: bool | None = None
    # Those with a share that do, or may.
    able: tuple["Carrier", ...] = ()

    def carries(self, domain: str) -> bool:
        """Whether mail from ``domain`` may go this way."""
        return transports.carries(self.domains, self.elsewhere, domain)

    def leaves_smtputf8(self, domain: str) -> bool:
        """Whether mail from ``domain`` to such addresses is left to another transport.

        Where none may carry it, each tries: a relay may offer more than it did.
        """
        return self.smtputf8 is False and any(other.carries(domain) for other in self.able)

    def limits(self, lane: Lane, domain: str, at: datetime) -> list[Limit]:
        """What holds for one more mail from ``domain`` at ``at``.

        A relay's limits bind every mail. Of the bulk a twentieth stays free for
        people who wait for a confirmation, and these are not held back by a warm-up.
        """
        found = []
        for span, most, began_at in (
            ("hour", self.per_hour, allowances.hour_of(at)),
            ("day", self.per_day, allowances.day_of(at)),
        ):
            if most is not None:
                mine = bulk_part(most) if lane == Lane.BULK else most
                found.append(Limit(transport_key(self.name, span), began_at, mine))
        warming = self.warming.get(domain)
        most = warm_up.allowed(warming.begun, at.date()) if warming else None
        if warming and most is not None and lane == Lane.BULK:
            found.append(Limit(domain_key(warming.pk), allowances.day_of(at), most))
        return found


def bulk_part(most: int) -> int:
    """How much of a transport's limit mailings may use up."""
    return most - most // KEPT_FOR_NOW


def transport_key(name: str, span: str) -> str:
    """The allowance of a transport; ``span`` is "hour" or "day"."""
    return f"transport:{name}:{span}"


def domain_key(pk: int) -> str:
    """The allowance of a sender domain that warms up."""
    return f"domain:{pk}:day"


def may_go_elsewhere(domain: str) -> bool:
    """Whether some transport may carry what one just could not: an address in another script.

    That one has said so before and is none of them.
    """
    return any(way.leaves_smtputf8(domain) for way in carriers(known()).values())


def carriers(rows: list[Transport]) -> dict[int, Carrier]:
    """By id, the carrier of every one of ``rows``, which are all declared transports."""
    names = {row.pk: frozenset(found.domain for found in row.sender_domains.all()) for row in rows}
    warming = {
        row.domain: Warming(row.pk, row.warm_up_from)
        for row in SenderDomain.objects.filter(warm_up_from__isnull=False)
        if row.warm_up_from
    }
    named = frozenset().union(*names.values())
    found = {
        row.pk: Carrier(
            row.pk,
            row.name,
            row.per_hour,
            row.per_day,
            domains=names[row.pk],
            elsewhere=named - names[row.pk],
            warming=warming,
            smtputf8=row.smtputf8,
        )
        for row in rows
    }
    able = tuple(found[row.pk] for row in rows if row.weight and row.smtputf8 is not False)
    return {pk: replace(carrier, able=able) for pk, carrier in found.items()}
