"""The outbox for single mails: a row in the transaction of what caused it, then a ring."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from email.utils import formataddr

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import CharField, F, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone

from newsletters.addresses import address_key
from newsletters.addresses.domains import author_domain
from newsletters.mails import MailType, write
from newsletters.models import Contact, Delivery, DeliveryBody, Suppression
from newsletters.names import name_line, one_line
from newsletters.states import DeliveryState, Lane, SkipReason, SuppressionScope
from worker.doorbell import Job, ring

LIVE = (DeliveryState.READY, DeliveryState.CLAIMED, DeliveryState.UNSURE)
AUTOMATIC = {"Auto-Submitted": "auto-generated"}


@dataclass(frozen=True)
class Recipient:
    """Who gets a single mail. ``address`` is canonical."""

    address: str
    language: str = "en"
    contact: Contact | None = None


@dataclass(frozen=True)
class Letterhead:
    """How a single mail is sent: from whom, where replies go, extra headers, postal address."""

    sender_name: str = ""
    sender_email: str = ""
    reply_to: str = ""
    postal_address: str = ""
    never_twice: bool = False
    headers: dict[str, str] = field(default_factory=lambda: dict(AUTOMATIC))


def recipient(contact: Contact) -> Recipient:
    """The person at the address we write to, in her language."""
    return Recipient(contact.email, contact.language or "en", contact)


def queue(
    *,
    mail: MailType,
    to: Recipient,
    context: dict[str, object],
    dedupe_key: str | None = None,
    letterhead: Letterhead | None = None,
) -> Delivery | None:
    """Write ``mail`` now and store it as a delivery in the ``now`` lane; rings after commit.

    ``dedupe_key`` makes it happen once: returns None when a mail with that key exists.
    Nothing is stored for an address that is not to be written to at all, unless
    ``mail`` passes that reason. Must run in the transaction that caused the mail.
    """
    if _is_left_alone(mail, to.address):
        return None
    written = write(
        mail,
        language=to.language,
        context=context,
        postal_address=letterhead.postal_address if letterhead else "",
    )
    body = DeliveryBody(
        subject=written.subject, text=written.text, html=written.html, headers=dict(AUTOMATIC)
    )
    return store(kind=mail.name, to=to, body=body, dedupe_key=dedupe_key, letterhead=letterhead)


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
    body.sender = (
        sender(letterhead.sender_name, letterhead.sender_email) if letterhead else sender()
    )
    body.sender_domain = author_domain(body.sender)
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


def of_kinds(mails: Iterable[MailType], keys: Collection[str]) -> QuerySet[Delivery]:
    """The single mails of these kinds that were written to these addresses."""
    kinds = [mail.name for mail in mails]
    return Delivery.objects.filter(mailing=None, address_key__in=keys, kind__in=kinds)


def forget(rows: QuerySet[Delivery], *, keep_address: bool = False) -> int:
    """Nobody is behind these mails any more; what is still to go is skipped (ERASED).

    The rows stay for the sums, with a key that is nobody's. Their texts go.
    ``keep_address``: it is an official's, and only the sender is forgotten.
    A claimed row keeps its claim: should its mail be in the air right now, the
    worker's mark turns it into accepted, which is then the truth. Runs in the
    caller's transaction; a second call changes nothing.
    """
    ids = Delivery.objects.filter(pk__in=list(rows.values_list("pk", flat=True)))
    ids.filter(state__in=LIVE).update(state=DeliveryState.SKIPPED, reason=SkipReason.ERASED)
    DeliveryBody.objects.filter(delivery__in=ids).delete()
    if keep_address:
        return ids.update(last_text="")
    nobody = Concat(Value("-"), Cast(F("pk"), CharField()))
    return ids.update(contact=None, address="", address_key=nobody, last_text="")


def _is_left_alone(mail: MailType, address: str) -> bool:
    return (
        Suppression.objects.filter(address_key=address_key(address), scope=SuppressionScope.ALL)
        .exclude(reason__in=mail.passes)
        .exists()
    )


def sender(name: str = "", address: str = "") -> str:
    """The From header: our own domain always, so that DMARC alignment holds.

    Of the name, which may have come by any door, only what can be seen is shown.

    ``address`` was looked at when it was typed (``sender_domains.is_ours``).
    """
    return formataddr(
        (name_line(name) or settings.SITE_NAME, one_line(address) or settings.MAIL_FROM), "utf-8"
    )
