"""The outbox for single mails: a row in the transaction of what caused it, then a ring."""

from dataclasses import dataclass, field
from email.utils import formataddr

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from newsletters.addresses import address_key
from newsletters.mails import MailType, write
from newsletters.models import Contact, Delivery, DeliveryBody, Suppression
from newsletters.names import one_line
from newsletters.states import Lane, SuppressionScope
from worker.doorbell import Job, ring

AUTOMATIC = {"Auto-Submitted": "auto-generated"}


@dataclass(frozen=True)
class Recipient:
    """Who gets a single mail. ``address`` is canonical."""

    address: str
    language: str = "en"
    contact: Contact | None = None


@dataclass(frozen=True)
class Letterhead:
    """How a single mail is sent: display name, where replies go, extra headers."""

    sender_name: str = ""
    reply_to: str = ""
    never_twice: bool = False
    headers: dict[str, str] = field(default_factory=lambda: dict(AUTOMATIC))


def queue(
    *, mail: MailType, to: Recipient, context: dict[str, object], dedupe_key: str | None = None
) -> Delivery | None:
    """Write ``mail`` now and store it as a delivery in the ``now`` lane; rings after commit.

    ``dedupe_key`` makes it happen once: returns None when a mail with that key exists.
    Nothing is stored for an address that is not to be written to at all, unless
    ``mail`` passes that reason. Must run in the transaction that caused the mail.
    """
    if _is_left_alone(mail, to.address):
        return None
    written = write(mail, language=to.language, context=context)
    body = DeliveryBody(
        subject=written.subject, text=written.text, html=written.html, headers=dict(AUTOMATIC)
    )
    return store(kind=mail.name, to=to, body=body, dedupe_key=dedupe_key)


def store(
    *,
    kind: str,
    to: Recipient,
    body: DeliveryBody,
    dedupe_key: str | None = None,
    letterhead: Letterhead | None = None,
) -> Delivery | None:
    """Store a finished mail as a READY delivery, lane ``now``. None when ``dedupe_key`` exists."""
    if letterhead:
        body.reply_to = letterhead.reply_to
        body.never_twice = letterhead.never_twice
        body.headers = letterhead.headers
    body.sender = sender(letterhead.sender_name if letterhead else "")
    try:
        with transaction.atomic():
            delivery = Delivery.objects.create(
                kind=kind,
                contact=to.contact,
                address=to.address,
                address_key=address_key(to.address),
                language=to.language,
                lane=Lane.NOW,
                due_at=timezone.now(),
                dedupe_key=dedupe_key,
            )
            body.delivery = delivery
            body.save(force_insert=True)
    except IntegrityError:
        if dedupe_key and Delivery.objects.filter(dedupe_key=dedupe_key).exists():
            return None
        raise
    ring(Job.SEND_NOW)
    return delivery


def _is_left_alone(mail: MailType, address: str) -> bool:
    return (
        Suppression.objects.filter(address_key=address_key(address), scope=SuppressionScope.ALL)
        .exclude(reason__in=mail.passes)
        .exists()
    )


def sender(name: str = "") -> str:
    """The From header: our own domain always, so that DMARC alignment holds."""
    return formataddr((one_line(name or settings.SITE_NAME), settings.MAIL_FROM), "utf-8")
