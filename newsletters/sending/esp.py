"""Mail providers through Anymail: one message a call, so one call is one unit of doubt."""

import asyncio
from email import message_from_bytes, policy
from email.message import EmailMessage

import requests
from anymail.exceptions import AnymailAPIError, AnymailError, AnymailRecipientsRefused
from anymail.message import AnymailMessage
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from urllib3.exceptions import NewConnectionError

from newsletters.sending.feed import Envelope, Feed
from newsletters.sending.replies import ACCEPTED, Fate, Outcome, Phase
from newsletters.sending.trouble import TransportTrouble

TAKEN = frozenset({"sent", "queued"})
REFUSED = frozenset({"invalid", "rejected", "failed"})
# Set by the message itself or by the provider; not ours to repeat as extra headers.
OWN_HEADERS = frozenset({"from", "to", "subject", "reply-to", "mime-version", "content-type"})
BAD_KEY = frozenset({401, 403})


class ProviderSession:
    """The provider as a way to hand over; the same interface as an SMTP session."""

    def __init__(self, provider: str) -> None:
        self._backend_path = f"anymail.backends.{provider}.EmailBackend"
        self._backend: BaseEmailBackend | None = None

    @property
    def is_open(self) -> bool:
        """Whether the HTTP session stands."""
        return self._backend is not None

    async def open(self) -> None:
        """Make the provider's HTTP session."""
        self._backend = get_connection(self._backend_path, fail_silently=False)

    async def run(self, feed: Feed) -> None:
        """Hand over what ``feed`` gives, in order. Raises TransportTrouble on a refused key."""
        while (envelope := feed.next()) is not None and feed.begin(envelope):
            try:
                outcome = await asyncio.to_thread(self._send, envelope)
            except TransportTrouble:
                feed.done(envelope, Outcome(Fate.AGAIN))
                raise
            feed.done(envelope, outcome)
            if outcome.fate is Fate.UNSURE:
                await self.close()
                return

    async def close(self) -> None:
        """End the HTTP session."""
        if self._backend is not None:
            await asyncio.to_thread(self._backend.close)
        self._backend = None

    def abort(self) -> None:
        """Forget the HTTP session."""
        self._backend = None

    def _send(self, envelope: Envelope) -> Outcome:
        message = to_anymail(envelope)
        message.connection = self._backend
        try:
            message.send(fail_silently=False)
        except AnymailRecipientsRefused:
            return Outcome(Fate.REFUSED, "", "the provider refused the address")
        except AnymailAPIError as error:
            return _from_answer(error)
        except AnymailError as error:
            return Outcome(Fate.REFUSED, "", str(error)[:200])
        statuses = {who.status for who in message.anymail_status.recipients.values()}
        if statuses & REFUSED:
            return Outcome(Fate.REFUSED, "", "the provider refused the address")
        if not statuses <= TAKEN:
            return Outcome(Fate.UNSURE, "", "the provider did not say what it did")
        return ACCEPTED


def to_anymail(envelope: Envelope) -> AnymailMessage:
    """The same mail for Anymail: our headers, our delivery id, no tracking by the provider."""
    parsed = message_from_bytes(envelope.message, policy=policy.default)
    if not isinstance(parsed, EmailMessage):
        raise TypeError("not a message")
    text, html = (parsed.get_body((kind,)) for kind in ("plain", "html"))
    message = AnymailMessage(
        subject=str(parsed["Subject"]),
        body=text.get_content() if text else "",
        from_email=str(parsed["From"]),
        to=[envelope.address],
        reply_to=[str(parsed["Reply-To"])] if parsed["Reply-To"] else None,
        headers={
            name: " ".join(str(value).split())
            for name, value in parsed.items()
            if name.lower() not in OWN_HEADERS
        },
    )
    if html:
        message.attach_alternative(html.get_content(), "text/html")
    message.metadata = {"delivery": str(envelope.delivery)}
    message.track_opens = False
    message.track_clicks = False
    return message


def _from_answer(error: AnymailAPIError) -> Outcome:
    """An HTTP answer in our words. Without a status nobody knows whether the mail was taken."""
    status = getattr(error, "status_code", None)
    if status is None:
        if _never_connected(error.__cause__):
            raise TransportTrouble(Phase.CONNECT, "the provider cannot be reached") from error
        return Outcome(Fate.UNSURE, "", "no answer from the provider")
    if status in BAD_KEY:
        raise TransportTrouble(Phase.AUTH, f"the provider answered {status}") from error
    if status == 429:
        # Said to us and not to this person: nobody's attempt counts.
        raise TransportTrouble(Phase.MAIL, "the provider asks to slow down") from error
    if status >= 500:
        return Outcome(Fate.UNSURE, str(status), "the provider failed while answering")
    return Outcome(Fate.REFUSED, str(status), "the provider refused the mail")


def _never_connected(cause: BaseException | None) -> bool:
    """True when not a byte of the mail can have reached the provider."""
    if isinstance(cause, requests.ConnectTimeout):
        return True
    inner = cause.args[0] if isinstance(cause, requests.ConnectionError) and cause.args else None
    return isinstance(getattr(inner, "reason", None), NewConnectionError)
