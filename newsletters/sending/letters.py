"""From a claimed row to finished bytes."""

from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from functools import lru_cache

from django.conf import settings

from newsletters import tokens
from newsletters.compose.fields import LinkMaker, Reader
from newsletters.compose.skeleton import (
    Letterhead,
    Skeleton,
    Words,
    date_line,
    message_id,
    return_path,
)
from newsletters.models import Delivery, DeliveryBody, MailingVersion
from newsletters.sending.claims import Taken
from newsletters.sending.feed import Envelope

KEPT_SKELETONS = 256


class Typist:
    """Makes envelopes; compiles each version, language and variant once."""

    def __init__(self) -> None:
        self._links = LinkMaker()
        self._domain = settings.MAIL_DOMAIN
        self._skeletons: dict[tuple[int | None, str, str], Skeleton] = {}

    def prepare(self, taken: Taken) -> None:
        """Load what the rows of this claim need from the database; call it off the event loop."""
        if taken.mailing is None:
            bodies = DeliveryBody.objects.in_bulk([row.pk for row in taken.rows])
            taken.bodies.update(bodies)
            return
        wanted = {(row.version_id, row.language, row.variant) for row in taken.rows}
        missing = {key for key in wanted if key not in self._skeletons}
        versions = MailingVersion.objects.in_bulk({key[0] for key in missing})
        if len(self._skeletons) + len(missing) > KEPT_SKELETONS:
            self._skeletons.clear()
            missing = wanted
            versions = MailingVersion.objects.in_bulk({key[0] for key in missing})
        for key in missing:
            self._skeletons[key] = self._compile(versions[key[0]], key[1], key[2])

    def make(self, taken: Taken, row: Delivery) -> Envelope:
        """The envelope for ``row``. Raises LookupError or a NewsletterError when none can be."""
        if taken.mailing is None:
            message = single(row, taken.bodies[row.pk], self._domain)
        else:
            skeleton = self._skeletons[(row.version_id, row.language, row.variant)]
            person = taken.contacts.get(row.contact_id or 0)
            reader = Reader(row.pk, person, row.mailing_list_id or 0, tokens.hour_of(dated(row)))
            message = skeleton.build(reader, row.address, dated(row))
        return Envelope(
            delivery=row.pk,
            sender=return_path(row.pk, self._domain),
            address=row.address,
            message=message,
            needs_smtputf8=not row.address.isascii(),
        )

    def _compile(self, version: MailingVersion, language: str, variant: str) -> Skeleton:
        words = version.parts[language][variant]
        letterhead = Letterhead(
            sender=version.sender,
            reply_to=version.reply_to,
            list_id=version.list_id,
            headers=version.headers,
        )
        return Skeleton(
            Words(subject=words["subject"], html=words["html"], text=words["text"]),
            letterhead,
            self._links,
        )


def dated(row: Delivery) -> datetime:
    """Its mail's Date: set by the first claim and kept, so that a resend is the same bytes."""
    if row.dated_at is None:
        raise LookupError(f"delivery {row.pk} was never claimed")
    return row.dated_at


def single(row: Delivery, body: DeliveryBody, domain: str) -> bytes:
    """A mail of our own as bytes: the same on every call for the same row."""
    message = EmailMessage(policy=SMTP)
    message["From"] = body.sender
    message["To"] = row.address
    message["Date"] = date_line(dated(row)).decode("ascii")
    digest = _digest(body.subject, body.text, body.html)
    message["Message-ID"] = message_id(row.pk, digest, domain).decode("ascii")
    message["Subject"] = body.subject
    if body.reply_to:
        message["Reply-To"] = body.reply_to
    for name, value in body.headers.items():
        message[name] = value
    message.set_content(body.text, cte="quoted-printable")
    message.add_alternative(body.html, subtype="html", cte="quoted-printable")
    message.set_boundary(f"=_{digest}")
    # Wide enough that no Message-ID is folded or encoded; the body is quoted-printable already,
    # so a dot at the start of a line can be written as =2E and nothing is stuffed on the wire.
    raw = message.as_bytes(policy=SMTP.clone(max_line_length=300))
    return raw.replace(b"\r\n.", b"\r\n=2E")


@lru_cache(maxsize=64)
def _digest(subject: str, text: str, html: str) -> str:
    return Words(subject=subject, html=html, text=text).digest
