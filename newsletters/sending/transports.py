"""Which way mail leaves, and whether it is open at the moment."""

from collections.abc import Callable
from datetime import timedelta
from typing import Protocol
from urllib.parse import parse_qs, unquote, urlsplit

import structlog
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db.models import F, Q
from django.utils import timezone

from newsletters.models import Transport
from newsletters.sending import esp
from newsletters.sending.feed import Feed
from newsletters.sending.outbox import OutboxSession
from newsletters.sending.smtp import Relay, Session
from newsletters.states import TransportState

log = structlog.get_logger("newsletters.transports")

PAUSES = (10, 30, 120, 600)
TLS = ("starttls", "implicit", "none")
PORTS = {"starttls": 587, "implicit": 465, "none": 25}


class Way(Protocol):
    """One open way to hand over mail."""

    @property
    def is_open(self) -> bool:
        """Whether it can be used without opening it again."""

    async def open(self) -> None:
        """Make it usable. Raises TransportTrouble when nobody's mail can go."""

    async def run(self, feed: Feed) -> None:
        """Hand over what ``feed`` gives, in order, answering for each."""

    async def close(self) -> None:
        """End it politely."""

    def abort(self) -> None:
        """End it at once."""


def way() -> Callable[[], Way]:
    """Makes a new connection each time it is called, as MAIL_URL says.

    ``outbox://``, ``smtp://user:password@host:port?tls=starttls|implicit|none`` or
    ``anymail://provider``. Raises ImproperlyConfigured naming MAIL_URL.
    """
    parts = urlsplit(settings.MAIL_URL)
    if parts.scheme == "outbox":
        return OutboxSession
    if parts.scheme == "smtp":
        relay = _relay(settings.MAIL_URL)
        return lambda: Session(relay)
    if parts.scheme == "anymail":
        return lambda: esp.ProviderSession(parts.netloc)
    raise ImproperlyConfigured("MAIL_URL must begin with outbox://, smtp:// or anymail://")


def name() -> str:
    """The row of Transport that stands for MAIL_URL; holds no secret."""
    parts = urlsplit(settings.MAIL_URL)
    return f"{parts.scheme}://{parts.hostname or ''}"[:40]


def is_open() -> bool:
    """False while the transport rests after trouble."""
    return not Transport.objects.filter(
        name=name(), state=TransportState.PAUSED, retry_at__gt=timezone.now()
    ).exists()


def note_trouble(reason: str) -> None:
    """Rest for 10 s, 30 s, 2 min, then 10 min each. No row is charged for it."""
    row, _ = Transport.objects.get_or_create(name=name())
    pause = PAUSES[min(row.failures, len(PAUSES) - 1)]
    Transport.objects.filter(pk=row.pk).update(
        state=TransportState.PAUSED,
        failures=F("failures") + 1,
        retry_at=timezone.now() + timedelta(seconds=pause),
        reason=reason[:200],
    )
    log.warning("transport_paused", transport=row.pk, seconds=pause, failures=row.failures + 1)


def note_success() -> None:
    """A connection stands again."""
    Transport.objects.filter(Q(name=name()), ~Q(failures=0)).update(
        state=TransportState.OPEN, failures=0, retry_at=None, reason=""
    )


def _relay(url: str) -> Relay:
    parts = urlsplit(url)
    tls = parse_qs(parts.query).get("tls", ["starttls"])[-1]
    if tls not in TLS or not parts.hostname:
        raise ImproperlyConfigured(
            f"MAIL_URL needs a host, and tls must be one of {', '.join(TLS)}"
        )
    return Relay(
        host=parts.hostname,
        port=parts.port or PORTS[tls],
        tls=tls,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        hello=settings.MAIL_DOMAIN,
    )
