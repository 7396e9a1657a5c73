"""Which ways out there are, which of them are open at the moment, and when a resting one is tried.

MAIL_URL is the transport "main"; MAIL_TRANSPORTS names others. Their addresses and
secrets stay in the environment; shares, limits and the state are rows of Transport.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from urllib.parse import parse_qs, unquote, urlsplit

import structlog
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from newsletters.models import Transport
from newsletters.selectors.transports import MAIN, declared, known
from newsletters.sending import esp
from newsletters.sending.carriers import Carrier, carriers
from newsletters.sending.feed import Feed
from newsletters.sending.outbox import OutboxSession
from newsletters.sending.smtp import Relay, Session
from newsletters.services import alarms
from newsletters.states import AlarmKind, TransportState

log = structlog.get_logger("newsletters.transports")

PAUSES = (10, 30, 120, 600)
LONGEST_PAUSE = 3600
# At the second failure in a row staff hear of it: the first may be a relay that restarts.
ALARM_AT = 2
TLS = ("starttls", "implicit", "none")
PORTS = {"starttls": 587, "implicit": 465, "none": 25}


class Way(Protocol):
    """One open way to hand over mail."""

    @property
    def is_open(self) -> bool:
        """Whether it can be used without opening it again."""

    @property
    def takes_smtputf8(self) -> bool:
        """Whether it carries addresses such as büro@example.org (RFC 6531); known once open."""

    async def open(self) -> None:
        """Make it usable. Raises TransportTrouble when nobody's mail can go."""

    async def run(self, feed: Feed) -> None:
        """Hand over what ``feed`` gives, in order, answering for each."""

    async def close(self) -> None:
        """End it politely."""

    def abort(self) -> None:
        """End it at once."""


@dataclass(frozen=True, slots=True)
class Route:
    """One transport that takes mail now."""

    name: str
    # What it may carry; ``claims.take`` asks for it.
    carrier: Carrier
    # Makes a new connection each time it is called.
    make: Callable[[], Way]
    # Its share of the connections when there are several.
    weight: int
    per_second: int | None
    # It signs, and paces single receivers, by itself.
    is_provider: bool


def where(url: str) -> str:
    """Where ``url`` leads, without anything secret: a host, a provider, or this machine."""
    parts = urlsplit(url)
    if parts.scheme == "outbox":
        return ""
    return parts.hostname or parts.netloc.rpartition("@")[2]


def rows() -> list[Transport]:
    """The row of every declared transport, made when it is new."""
    found = known()
    missing = declared().keys() - {row.name for row in found}
    for name in missing:
        Transport.objects.get_or_create(name=name)
    return known() if missing else found


def routes() -> list[Route]:
    """Every declared transport that is open and has a share; empty when nothing can leave now.

    One that rests is open again from its ``retry_at`` on. Raises ImproperlyConfigured
    naming the variable whose address is not understood.
    """
    now = timezone.now()
    urls = declared()
    all_rows = rows()
    by_row = carriers(all_rows)
    return [
        Route(
            name=row.name,
            carrier=by_row[row.pk],
            make=maker(row.name, urls[row.name]),
            weight=row.weight,
            per_second=row.per_second,
            is_provider=urls[row.name].startswith("anymail:"),
        )
        for row in all_rows
        if row.weight and not _rests(row, now)
    ]


def maker(name: str, url: str) -> Callable[[], Way]:
    """What makes connections for ``url``.

    ``outbox://``, ``smtp://user:password@host:port?tls=starttls|implicit|none`` or
    ``anymail://provider``. Raises ImproperlyConfigured naming the variable, never the address.
    """
    variable = "MAIL_URL" if name == MAIN else f"MAIL_TRANSPORTS ({name})"
    parts = urlsplit(url)
    if parts.scheme == "outbox":
        return OutboxSession
    if parts.scheme == "smtp":
        relay = _relay(url, variable)
        return lambda: Session(relay)
    if parts.scheme == "anymail" and parts.netloc in esp.PROVIDERS:
        kind = esp.PROVIDERS[parts.netloc]
        return lambda: esp.ProviderSession(kind)
    providers = ", ".join(sorted(esp.PROVIDERS))
    raise ImproperlyConfigured(
        f"{variable} must begin with outbox://, smtp:// or anymail:// and one of {providers}"
    )


def note_smtputf8(offers: bool, *, name: str = MAIN) -> dict[str, Carrier]:
    """Keep whether it carries addresses in other scripts, as it said when it was opened.

    Returns by name what each declared transport carries from now on.
    """
    Transport.objects.filter(name=name).update(smtputf8=offers)
    return {carrier.name: carrier for carrier in carriers(known()).values()}


@transaction.atomic
def note_trouble(reason: str, *, name: str = MAIN, retry_after: float | None = None) -> None:
    """It rests for 10 s, 30 s, 2 min, then 10 min each. No row is charged for it.

    It rests longer, at most an hour, when it asked for that (``retry_after``, seconds).

    The second time in a row raises its one alarm. Whoever was still on the way
    when somebody else noted it counts for nothing: one break is one failure.
    """
    row, _created = Transport.objects.get_or_create(name=name)
    now = timezone.now()
    if _rests(row, now):
        return
    least = PAUSES[min(row.failures, len(PAUSES) - 1)]
    pause = timedelta(seconds=min(max(least, retry_after or 0), LONGEST_PAUSE))
    mine = Transport.objects.filter(pk=row.pk, failures=row.failures, retry_at=row.retry_at)
    if not mine.update(
        state=TransportState.PAUSED,
        failures=F("failures") + 1,
        retry_at=now + pause,
        reason=reason[:200],
    ):
        return
    log.warning("transport_paused", transport=row.pk, seconds=pause.seconds)
    if row.failures + 1 >= ALARM_AT:
        details = {"transport": name, "reason": reason[:200]}
        alarms.raise_(key=alarm_key(name), kind=AlarmKind.TRANSPORT, details=details)


@transaction.atomic
def note_success(*, name: str = MAIN) -> None:
    """A connection stands again: the failures are forgotten and the alarm is over."""
    mine = Transport.objects.filter(~Q(failures=0), name=name)
    if mine.update(state=TransportState.OPEN, failures=0, retry_at=None, reason=""):
        alarms.clear(key=alarm_key(name))


def alarm_key(name: str) -> str:
    """Names the alarm about this transport."""
    return f"transport:{name}"


def _rests(row: Transport, now: datetime) -> bool:
    return row.state == TransportState.PAUSED and row.retry_at is not None and row.retry_at > now


def _relay(url: str, variable: str) -> Relay:
    parts = urlsplit(url)
    tls = parse_qs(parts.query).get("tls", ["starttls"])[-1]
    if tls not in TLS or not parts.hostname:
        raise ImproperlyConfigured(
            f"{variable} needs a host, and tls must be one of {', '.join(TLS)}"
        )
    return Relay(
        host=parts.hostname,
        port=parts.port or PORTS[tls],
        tls=tls,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        hello=settings.MAIL_DOMAIN,
    )
