"""From a claimed row to finished bytes."""

from datetime import datetime

import structlog
from django.conf import settings

from newsletters import tokens
from newsletters.compose.fields import LinkMaker, Reader, Somebody
from newsletters.compose.heads import Identity, Letterhead, fixed_head, header, person_head
from newsletters.compose.quoted import encode_text
from newsletters.compose.skeleton import Frame, Skeleton, Words
from newsletters.dkim.signing import NOTHING_SHARED
from newsletters.errors import NewsletterError
from newsletters.models import DeliveryBody, MailingVersion
from newsletters.sending import dkim
from newsletters.sending.claims import Look, Taken
from newsletters.sending.dkim import Signers
from newsletters.sending.due import Row
from newsletters.sending.feed import Envelope

log = structlog.get_logger("newsletters.sending")

KEPT_SKELETONS = 256


class Typist:
    """Makes envelopes; compiles each version, language and variant once."""

    def __init__(self) -> None:
        self._links = LinkMaker()
        self._identity = Identity(settings.MAIL_DOMAIN)
        self._skeletons: dict[Look, Skeleton] = {}
        self._dated: tuple[datetime | None, int] = (None, 0)
        # Asked for once: a typist lives for one turn.
        self._signers: Signers | None = None

    def prepare(self, taken: Taken) -> None:
        """Load what the rows of this claim need. Talks to the database; call it off the event loop.

        What cannot be compiled is left out: those rows cannot be made, the others can.
        """
        if taken.is_signed:
            self._signers = self._signers or dkim.load()
        if taken.mailing is None:
            taken.bodies.update(DeliveryBody.objects.in_bulk([row.pk for row in taken.rows]))
            return
        wanted = {(row.version_id, row.language, row.variant) for row in taken.rows}
        missing = wanted - set(self._skeletons)
        versions = MailingVersion.objects.in_bulk({key[0] for key in missing})
        if len(self._skeletons) + len(missing) > KEPT_SKELETONS:
            # Other claims hold what they need themselves.
            self._skeletons = {key: self._skeletons[key] for key in wanted - missing}
        for key in missing:
            try:
                self._skeletons[key] = self._compile(versions[key[0]], key[1], key[2])
            except (NewsletterError, LookupError, ValueError) as error:
                log.warning("compile_failed", version=key[0], reason=type(error).__name__)
        taken.skeletons.update(
            {key: self._skeletons[key] for key in wanted if key in self._skeletons}
        )

    def make(self, taken: Taken, row: Row) -> Envelope:
        """The envelope for ``row``. Raises LookupError or a NewsletterError when none can be."""
        if taken.mailing is None:
            made = taken.bodies[row.pk]
            head, body = single(row, made, self._identity)
            sender, start = made.sender, NOTHING_SHARED
        else:
            skeleton = taken.skeletons[(row.version_id, row.language, row.variant)]
            # Most rows of a claim carry the very same moment.
            if row.dated_at is not self._dated[0]:
                self._dated = (row.dated_at, tokens.hour_of(row.dated_at))
            stamp = self._dated[1]
            reader = Reader(row.pk, _person(row), row.mailing_list_id or 0, stamp)
            head, body = skeleton.head(reader, row.address, row.dated_at), skeleton.body(reader)
            sender, start = skeleton.sender, skeleton.start
        signer = self._signers.of(sender) if taken.is_signed and self._signers else None
        # The same on every call for the same row, as long as the same keys sign.
        signature = signer.sign(head, body, int(row.dated_at.timestamp()), start) if signer else b""
        return Envelope(
            delivery=row.pk,
            sender=self._identity.return_path(row.pk),
            address=row.address,
            message=b"".join((head, b"\r\n", body)),
            signature=signature,
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


def _person(row: Row) -> Somebody | None:
    if row.contact_id is None:
        return None
    return Somebody(
        row.contact_id,
        row.given_name,
        row.family_name,
        row.contact_language,
        row.country,
        row.postcode,
        row.email,
    )


def single(row: Row, made: DeliveryBody, identity: Identity) -> tuple[bytes, bytes]:
    """Head and body of a mail of our own: the same on every call for the same row."""
    digest = Words(subject=made.subject, html=made.html, text=made.text).digest
    frame = Frame(digest)
    letterhead = Letterhead(made.sender, reply_to=made.reply_to, headers=made.headers)
    head = (
        fixed_head(letterhead),
        person_head(row.address, row.dated_at, identity.message_id(row.pk, digest)),
        header("Subject", made.subject),
        frame.head,
    )
    body = (frame.start, encode_text(made.text), frame.between, encode_text(made.html), frame.end)
    return b"".join(head), b"".join(body)
