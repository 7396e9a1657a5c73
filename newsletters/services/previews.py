"""The mail as one reader would get it, made by the same code that sends it; and test mails.

Its links lead to a page that says it was a test, so nobody is taken off a list by looking.
"""

from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from newsletters import addresses
from newsletters.compose import drafts, rendering
from newsletters.compose.fields import LinkMaker, Reader
from newsletters.compose.heads import Letterhead
from newsletters.compose.skeleton import Skeleton, Words
from newsletters.errors import MailingRefused
from newsletters.models import Contact, Delivery, DeliveryBody, Mailing
from newsletters.selectors import lists
from newsletters.selectors.mailings import EDITABLE
from newsletters.services import outgoing, tracking, versions

KIND = "newsletters.test"
MARK = "[Test]"


@dataclass(frozen=True)
class Preview:
    """The finished mail."""

    subject: str
    sender: str
    html: str
    text: str


class HarmlessLinks(LinkMaker):
    """Links of a mail nobody really got."""

    def __init__(self) -> None:
        """All lead to one page."""
        self._page = settings.SITE_URL + reverse("newsletters:test_link")

    def unsubscribe(self, reader: Reader) -> str:  # noqa: ARG002  # LinkMaker's signature
        """The page that says what this link does in a real mail."""
        return self._page

    def preferences(self, reader: Reader) -> str:  # noqa: ARG002  # LinkMaker's signature
        """The same page."""
        return self._page


def invented_reader(language: str) -> Contact:
    """Somebody who does not exist, for a preview before a person is chosen. Not saved."""
    return Contact(
        email="alex@example.org",
        given_name="Alex",
        family_name=_("Reader"),
        language=language,
        postcode="1010",
    )


def preview(*, mailing: Mailing, language: str, reader: Contact) -> Preview:
    """The mail in ``language`` for ``reader``: what is written now, or what was frozen at approval.

    Raises TextRefused or MailingRefused with a sentence when it cannot be made yet.
    """
    skeleton = Skeleton(
        _words(mailing, language),
        Letterhead(versions.sender_line(mailing)),
        HarmlessLinks(),
    )
    raw = skeleton.build(Reader(0, reader), reader.email, timezone.now())
    message = message_from_bytes(raw, policy=default)
    return Preview(
        subject=str(message["Subject"]),
        sender=str(message["From"]),
        html=_part(message, "html"),
        text=_part(message, "plain"),
    )


def send_test(*, mailing: Mailing, language: str, reader: Contact, address: str) -> Delivery:
    """Queue the mail as ``reader`` would get it to ``address``, marked as a test.

    An ordinary single mail of the ledger. Raises AddressError, TextRefused or MailingRefused.
    """
    to = outgoing.Recipient(addresses.parse(address).canonical, language)
    made = preview(mailing=mailing, language=language, reader=reader)
    body = DeliveryBody(
        subject=f"{MARK} {made.subject}"[:250], text=made.text, html=made.html, headers={}
    )
    voice = lists.voice(mailing.lists.all())
    letterhead = outgoing.Letterhead(
        sender_name=mailing.sender_name or voice.sender_name,
        sender_email=voice.sender_email,
        reply_to=mailing.reply_to,
    )
    delivery = outgoing.store(kind=KIND, to=to, body=body, letterhead=letterhead)
    if delivery is None:
        raise MailingRefused("test", _("The test could not be sent."))
    return delivery


def _words(mailing: Mailing, language: str) -> Words:
    if mailing.state in EDITABLE:
        draft = drafts.of(mailing).get(language)
        if draft is None:
            raise MailingRefused("language", _("There is no text in this language yet."))
        return rendering.render(draft)
    version = versions.newest(mailing)
    part = version.parts.get(language, {}).get("") if version else None
    if part is None:
        raise MailingRefused("language", _("There is no text in this language yet."))
    return tracking.plain(mailing, Words(part["subject"], part["html"], part["text"]))


def _part(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    return str(body.get_content()) if body else ""
