"""What every provider offers the session: calls that carry mails, and how long they may take."""

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from email.errors import MessageError
from typing import ClassVar

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from newsletters.sending.feed import Envelope
from newsletters.sending.replies import ACCEPTED, Fate, Outcome

CONNECT_SECONDS = 10.0
READ_SECONDS = 120.0
SECONDS = re.compile(r"\d{1,4}(\.\d+)?")
TAKEN = frozenset({"sent", "queued"})
NOT_TAKEN = frozenset({"invalid", "rejected", "failed"})
# What reading something of another shape than the documented one raises.
UNREADABLE = (AttributeError, IndexError, KeyError, TypeError, ValueError, MessageError)


def read_seconds() -> float:
    """How long an answer may take: Anymail's own setting, or two minutes.

    Raises ImproperlyConfigured for what is no time.
    """
    said = str(settings.ANYMAIL.get("REQUESTS_TIMEOUT", READ_SECONDS))
    if not SECONDS.fullmatch(said) or not float(said):
        raise ImproperlyConfigured(f"REQUESTS_TIMEOUT must be a number of seconds, not {said}")
    return float(said)


class Provider(ABC):
    """One open way to one provider. Not for two threads at once."""

    # Anymail's module, and what stands behind anymail:// in MAIL_URL.
    name: ClassVar[str]
    # Mails in one call.
    size: ClassVar[int] = 1
    # For how long it knows a repeated call for the same one; 0 where it does not.
    key_seconds: ClassVar[float] = 0.0
    # Carries addresses such as büro@example.org (RFC 6531).
    carries_smtputf8: ClassVar[bool] = False

    def group(self, _envelope: Envelope) -> str:
        """Only mails with the same group may share a call."""
        return ""

    @abstractmethod
    def send(self, envelopes: Sequence[Envelope]) -> list[Outcome]:
        """One call. What became of each mail, in order; the same mails make the same call.

        Raises CallRefused or TransportTrouble when certainly nobody was taken,
        CallLost when nobody knows. An outcome AGAIN says that the account is in
        trouble and this mail was not taken.
        """

    @abstractmethod
    def close(self) -> None:
        """End the connections."""


def judged(statuses: set[str]) -> Outcome:
    """Anymail's word for one mail in ours. Why a mail was refused never says "no such mailbox"."""
    if statuses & NOT_TAKEN:
        return Outcome(Fate.REFUSED, "", "the provider refused the address")
    if statuses and statuses <= TAKEN:
        return ACCEPTED
    return Outcome(Fate.UNSURE, "", "the provider did not say what it did")
