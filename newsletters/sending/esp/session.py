"""A provider as a way to hand over; the same interface as an SMTP session."""

import asyncio
import math
import random
from collections import deque
from itertools import groupby

from django.core.exceptions import ImproperlyConfigured

from newsletters.sending.claims import clock
from newsletters.sending.esp.amazon_ses import AmazonSes
from newsletters.sending.esp.answers import CallLost, CallRefused
from newsletters.sending.esp.brevo import Brevo
from newsletters.sending.esp.mailgun import Mailgun
from newsletters.sending.esp.mailjet import Mailjet
from newsletters.sending.esp.postmark import Postmark
from newsletters.sending.esp.provider import CONNECT_SECONDS, Provider, read_seconds
from newsletters.sending.esp.resend import Resend
from newsletters.sending.feed import Envelope, Feed
from newsletters.sending.replies import Fate, Outcome, Phase
from newsletters.sending.trouble import TransportTrouble
from worker.stopping import stopping

PROVIDERS: dict[str, type[Provider]] = {
    provider.name: provider for provider in (AmazonSes, Brevo, Mailgun, Mailjet, Postmark, Resend)
}
# The texts of one call, so that nothing grows with the size of a mailing's text.
HEAVY = 4_000_000
# A lost call is made again under its key, after these seconds, within this share of the key's life.
REPEATS = (0.5, 3.0)
SAFE_SHARE = 0.8
# "Wait a second" is waited for here, so often in a row; longer rests are the transport's.
SHORT_WAIT = 5.0
SHORT_WAITS = 8
AGAIN = Outcome(Fate.AGAIN)


class ProviderSession:
    """One connection to a provider.

    One call is one unit of doubt: its mails are begun together in the journal,
    and only they can be unsure when nobody knows what became of it.
    """

    def __init__(self, kind: type[Provider]) -> None:
        self._kind = kind
        self._provider: Provider | None = None
        self._waits = 0

    @property
    def is_open(self) -> bool:
        """Whether the provider's HTTP session stands."""
        return self._provider is not None

    @property
    def takes_smtputf8(self) -> bool:
        """Whether the provider carries such addresses."""
        return self._kind.carries_smtputf8

    async def open(self) -> None:
        """Make the HTTP session. Raises TransportTrouble when the settings cannot be used."""
        try:
            self._provider = await asyncio.to_thread(self._kind)
        except ImproperlyConfigured as error:
            raise TransportTrouble(Phase.AUTH, f"ANYMAIL: {error}") from error

    async def run(self, feed: Feed) -> None:
        """Hand over what ``feed`` gives, in order. Raises TransportTrouble as soon as there is."""
        provider = self._provider
        while provider is not None and (batch := self._collect(provider, feed)):
            for _, mails in groupby(batch, provider.group):
                await self._hand_over(provider, feed, list(mails))

    async def close(self) -> None:
        """End the HTTP session."""
        self.abort()

    def abort(self) -> None:
        """End the HTTP session; an API has no goodbye to wait for."""
        provider, self._provider = self._provider, None
        if provider is not None:
            provider.close()

    def _collect(self, provider: Provider, feed: Feed) -> list[Envelope]:
        """What fits into one call. Whom the provider cannot write to is held with that reason."""
        batch: list[Envelope] = []
        weight = 0
        while len(batch) < provider.size and weight < HEAVY:
            envelope = feed.next()
            if envelope is None:
                break
            if not provider.carries_smtputf8 and not _mailbox(envelope.address).isascii():
                reason = "the provider does not carry such addresses"
                feed.done(envelope, Outcome(Fate.HELD, "", reason))
                continue
            batch.append(envelope)
            weight += len(envelope.message)
        return batch

    async def _hand_over(self, provider: Provider, feed: Feed, mails: list[Envelope]) -> None:
        """One call; refused as a whole it is made again in halves, down to who is to blame."""
        calls = deque([mails])
        try:
            while calls:
                await self._one(provider, feed, calls)
        finally:
            # Certainly not taken, and nobody's attempt counts.
            for call in calls:
                _all_done(feed, call, AGAIN)

    async def _one(self, provider: Provider, feed: Feed, calls: deque[list[Envelope]]) -> None:
        going = feed.begin_all(calls[0])
        kept = {envelope.delivery for envelope in going}
        _all_done(feed, [mail for mail in calls.popleft() if mail.delivery not in kept], AGAIN)
        if not going:
            return
        try:
            outcomes = await self._answer(provider, feed, going)
        except CallRefused as refused:
            if len(going) > 1:
                middle = len(going) // 2
                calls.extendleft((going[middle:], going[:middle]))
                return
            outcomes = [refused.outcome]
        except CallLost as lost:
            _all_done(feed, going, lost.outcome)
            # No further mails into the dark: the transport rests after one call in doubt.
            raise TransportTrouble(Phase.DOT, lost.outcome.text) from lost
        except TransportTrouble as trouble:
            _all_done(feed, going, AGAIN)
            await self._wait_or_raise(trouble)
            return
        self._waits = 0
        for envelope, outcome in zip(going, outcomes, strict=True):
            feed.done(envelope, outcome)
        if blocked := next((found for found in outcomes if found.fate is Fate.AGAIN), None):
            raise TransportTrouble(Phase.AUTH, f"the provider answered: {blocked.text}")

    async def _answer(self, provider: Provider, feed: Feed, mails: list[Envelope]) -> list[Outcome]:
        """What ``send`` says; lost calls are repeated where the provider knows them again.

        As the same call or not at all: not when somebody of it may not be written to
        any more, the mailing was paused or the lease may be over.
        """
        began = clock()
        pauses = list(REPEATS)
        lost: CallLost | None = None
        while True:
            try:
                return await asyncio.to_thread(provider.send, mails)
            except CallLost as error:
                lost = error
            except (CallRefused, TransportTrouble):
                # Said of the repetition; what became of the first call stays unknown.
                if lost is None:
                    raise
            pause = pauses.pop(0) if pauses else math.inf
            over = clock() - began + pause + CONNECT_SECONDS + read_seconds()
            if over > provider.key_seconds * SAFE_SHARE or stopping.is_set():
                raise lost
            await asyncio.sleep(pause)
            if not _may_repeat(feed, mails):
                raise lost

    async def _wait_or_raise(self, trouble: TransportTrouble) -> None:
        """Short rests the provider asks for are taken here; everything else is trouble."""
        self._waits += 1
        seconds = trouble.retry_after
        if seconds is None or seconds > SHORT_WAIT or self._waits > SHORT_WAITS:
            raise trouble
        # Connections that were refused together must not come back together.
        await asyncio.sleep(seconds * random.uniform(1, 1.5))  # noqa: S311  # guards no secret


def _may_repeat(feed: Feed, mails: list[Envelope]) -> bool:
    try:
        return len(feed.begin_all(mails)) == len(mails)
    except TransportTrouble:
        # No journal. What was said of the first call stands: it is lost, not "nobody was taken".
        return False


def _all_done(feed: Feed, mails: list[Envelope], outcome: Outcome) -> None:
    for envelope in mails:
        feed.done(envelope, outcome)


def _mailbox(address: str) -> str:
    """What stands before the @; a domain has an ASCII form, this has none."""
    return address.rpartition("@")[0]
