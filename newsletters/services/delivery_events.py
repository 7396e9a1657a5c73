"""What is heard of a mail after it went: that it was opened, which of its links were followed.

The reader never waits for this, and nothing of her request is kept. A scanner at the
gate of a mailbox follows links too, and mail programs fetch pictures before anybody
looks. Where it cannot be told who it was, it was a machine.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import structlog
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from newsletters import tokens
from newsletters.compose import counting
from newsletters.models import (
    Contact,
    Delivery,
    DeliveryEvent,
    Mailing,
    MailingList,
    Suppression,
)
from newsletters.services import tracking
from newsletters.states import Heard

log = structlog.get_logger("newsletters.tracking")

# Of the bursts of scanners on a measured list two thirds came within the first minute …
FIRST_MINUTE = timedelta(seconds=60)
# … and all followed every link of the mail inside a second.
BURST = timedelta(seconds=2)
# Every browser begins so; programs that fetch a link to show what is behind it do not.
BROWSERS = ("Mozilla/", "Opera/")
# All that proxies say of themselves which fetch the pictures of a mail ahead.
PROXY = "Mozilla/5.0"
# How long we wait for others who write.
MILLISECONDS = 1000


@dataclass(frozen=True)
class News:
    """One thing heard. ``link`` is the number of the one that was followed."""

    kind: Heard
    delivery: int
    agent: str
    link: int | None = None


@dataclass(frozen=True)
class Mail:
    """A mail of a mailing, and whose it is."""

    delivery: Delivery
    reader: Contact
    mailing: Mailing

    @property
    def events(self) -> QuerySet[DeliveryEvent]:
        """What was heard of it. By her, because no index begins with the mail alone."""
        return DeliveryEvent.objects.filter(contact=self.reader, delivery=self.delivery)


def opened(token: str, *, agent: str) -> None:
    """Note that the mail behind ``token`` was opened, where that may be noted.

    ``agent`` is looked at and forgotten. A database that cannot take it loses it.
    """
    sealed = tokens.unseal(tokens.OPENED, token)
    if sealed is not None:
        _hear(News(Heard.OPENED, sealed.first, agent))


def followed(token: str, *, agent: str) -> None:
    """Note that the link behind ``token`` was followed, as ``opened`` does."""
    sealed = tokens.unseal(tokens.CLICKED, token)
    if sealed is not None:
        _hear(News(Heard.CLICKED, sealed.first, agent, sealed.second))


def _hear(news: News) -> None:
    if not settings.TRACKING:
        return
    try:
        with _short_wait(), transaction.atomic():
            mail = _held(news.delivery)
            if mail is not None and _may_be_noted(news, mail):
                _note(news, mail)
    except DatabaseError as error:
        log.warning("event_lost", delivery=news.delivery, reason=type(error).__name__)


@contextmanager
def _short_wait() -> Iterator[None]:
    """On SQLite, where a writer waits at the beginning of its transaction."""
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        (before,) = cursor.execute("PRAGMA busy_timeout").fetchone()
        cursor.execute(f"PRAGMA busy_timeout = {MILLISECONDS}")
        try:
            yield
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {before}")


def _held(pk: int) -> Mail | None:
    """The mail, if somebody is behind it still; her row is held to the end of the transaction.

    So is it by whoever erases her or makes her one with another, and by her next click.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{MILLISECONDS}ms"])
    whose = Delivery.objects.filter(pk=pk).values("contact")
    reader = Contact.objects.select_for_update(no_key=True).filter(pk__in=whose).first()
    hers = Delivery.objects.filter(pk=pk, contact=reader).select_related("mailing")
    delivery = hers.first() if reader else None
    if reader is None or delivery is None or delivery.mailing is None:
        return None
    return Mail(delivery, reader, delivery.mailing)


def _may_be_noted(news: News, mail: Mail) -> bool:
    """Not what is not counted, or too long ago; nothing of who is left alone, or at risk."""
    mailing = mail.mailing
    counts = mailing.counts_opens if news.kind == Heard.OPENED else mailing.counts_clicks
    if not counts or tracking.is_over(mailing):
        return False
    came_by = Q(mailings=mailing) | Q(pk=mail.delivery.mailing_list_id)
    if MailingList.objects.filter(came_by, is_sensitive=True).exists():
        return False
    if Suppression.objects.filter(address_key=mail.reader.address_key).exists():
        return False
    links = dict(mailing.tracked_links.values_list("pk", "url"))
    is_of_it = news.link is None or news.link in links
    return is_of_it and not any(map(counting.is_sensitive, links.values()))


def _note(news: News, mail: Mail) -> None:
    is_machine = _is_machine(news, mail)
    _write(news.kind, news.link, mail, is_machine=is_machine)
    if news.kind == Heard.CLICKED and not is_machine and mail.mailing.counts_opens:
        # Whoever followed a link has opened the mail, with or without its pictures.
        _write(Heard.OPENED, None, mail, is_machine=is_machine)


def _is_machine(news: News, mail: Mail) -> bool:
    """Whether it was a scanner or a program that fetches ahead, as far as can be told.

    A machine is whoever comes within a minute of the mail, follows two different links of
    it within two seconds (all that was heard of the mail in that moment was the machine's
    then), fetches the picture as a nameless proxy, or follows a link without being a
    browser. A person among these is heard when she comes again or follows another link;
    a scanner that comes late to a mail with a single link is taken for a person.
    """
    now = timezone.now()
    since = mail.delivery.accepted_at or mail.delivery.dated_at or now
    if now - since < FIRST_MINUTE:
        return True
    if news.kind == Heard.OPENED:
        return news.agent == PROXY
    # To both sides: the clock of another machine may be a little ahead.
    lately = mail.events.filter(happened_at__range=(now - BURST, now + BURST))
    if lately.filter(kind=Heard.CLICKED).exclude(link=news.link).exists():
        lately.update(by_machine=True)
        return True
    return not news.agent.startswith(BROWSERS)


def _write(kind: Heard, link: int | None, mail: Mail, *, is_machine: bool) -> None:
    """One row for each thing; what a person did stays hers, whatever machine comes later."""
    known = mail.events.filter(kind=kind, link=link)
    now = timezone.now()
    by_machine = known.filter(by_machine=True)
    if by_machine.update(by_machine=is_machine, happened_at=now) or known.exists():
        return
    DeliveryEvent.objects.create(
        delivery=mail.delivery,
        contact=mail.reader,
        mailing=mail.mailing,
        kind=kind,
        link_id=link,
        by_machine=is_machine,
        happened_at=now,
    )
