"""Providers spoken to with requests: Anymail builds each mail and reads each answer.

Ours is how many mails share one call. That call is one unit of doubt.
"""

import json
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import urljoin

import requests
from anymail.exceptions import AnymailAPIError, AnymailError
from anymail.message import AnymailMessage
from django.core.mail import get_connection

from newsletters.sending.esp.answers import CallLost, CallRefused, end_of, without_answer
from newsletters.sending.esp.mails import parted
from newsletters.sending.esp.provider import (
    CONNECT_SECONDS,
    UNREADABLE,
    Provider,
    judged,
    read_seconds,
)
from newsletters.sending.feed import Envelope
from newsletters.sending.replies import Fate, Outcome


@dataclass(frozen=True)
class Draft:
    """One mail as Anymail built it for the API."""

    envelope: Envelope
    message: AnymailMessage
    payload: Any


@dataclass(frozen=True)
class Said:
    """What the provider said of one mail of a call: refused, or an answer for Anymail to read."""

    answer: object
    refused: Outcome | None = None


class Call:
    """Several mails as one request; stands where Anymail's backend expects a payload."""

    def __init__(self, first: Draft, path: str, body: dict[str, Any]) -> None:
        self._first = first
        self._path = path
        self._body = body

    def get_request_params(self, api_url: str) -> dict[str, Any]:
        """Anymail's own request for the first mail, with our address and body."""
        params: dict[str, Any] = self._first.payload.get_request_params(api_url)
        headers = {**(params["headers"] or {}), **self._body.get("headers", {})}
        # A redirect would have the mails sent again elsewhere.
        return {
            **params,
            **self._body,
            "url": urljoin(api_url, self._path),
            "headers": headers,
            "allow_redirects": False,
        }


class Part(requests.Response):
    """One mail's share of an answer, as Anymail would have got it for that mail alone."""

    def __init__(self, whole: requests.Response, answer: object) -> None:
        super().__init__()
        self.status_code = whole.status_code
        self._content = json.dumps(answer).encode()


class HttpProvider(Provider):
    """A provider whose API Anymail speaks with requests, which repeats no POST by itself."""

    # Headers it does not take from us, in small letters.
    left_out: ClassVar[frozenset[str]] = frozenset()
    # Codes in an answer's body that say: no mail of this account can go.
    account: ClassVar[frozenset[object]] = frozenset()
    # Takes "no tracking" with each mail; for the others it is a setting of the account.
    switches_tracking: ClassVar[bool] = False

    def __init__(self) -> None:
        self.backend: Any = get_connection(
            f"anymail.backends.{self.name}.EmailBackend",
            timeout=(CONNECT_SECONDS, read_seconds()),
        )
        self.backend.open()

    def close(self) -> None:
        """End the HTTP session."""
        self.backend.close()

    def send(self, envelopes: Sequence[Envelope]) -> list[Outcome]:
        """One call, as ``Provider.send`` promises."""
        made = [self._made(envelope) for envelope in envelopes]
        drafts = [draft for draft in made if isinstance(draft, Draft)]
        outcomes = iter(self._post(drafts) if drafts else [])
        return [next(outcomes) if isinstance(draft, Draft) else draft for draft in made]

    def compose(self, envelope: Envelope) -> AnymailMessage:
        """The mail for Anymail."""
        return parted(envelope, self.left_out)

    @abstractmethod
    def call(self, drafts: list[Draft]) -> Call:
        """The request for these mails."""

    @abstractmethod
    def said(self, response: requests.Response) -> list[Said]:
        """What the answer says of each mail. Raises what ``end_of`` makes of all other answers."""

    def answer(self, response: requests.Response) -> Any:
        """The answer's JSON. Raises what ``end_of`` makes of an answer that is none."""
        try:
            return response.json()
        except ValueError as error:
            raise end_of(response, self.account) from error

    def listed(self, response: requests.Response, key: str = "") -> list[Any]:
        """The list in an answer (under ``key``). Raises what ``end_of`` gives without one."""
        answer = self.answer(response)
        found = answer.get(key) if key and isinstance(answer, dict) else answer
        if not isinstance(found, list):
            raise end_of(response, self.account)
        return found

    def _made(self, envelope: Envelope) -> Draft | Outcome:
        try:
            message = self.compose(envelope)
            if self.switches_tracking:
                message.track_opens = message.track_clicks = False
            payload = self.backend.build_message_payload(message, self.backend.send_defaults)
        except (AnymailError, *UNREADABLE) as error:
            # Its fault alone: the others of the call go.
            return Outcome(Fate.REFUSED, "", f"the provider cannot carry it: {error}"[:200])
        return Draft(envelope, message, payload)

    def _post(self, drafts: list[Draft]) -> list[Outcome]:
        try:
            response = self.backend.post_to_esp(self.call(drafts), drafts[0].message)
        except AnymailAPIError as error:
            if error.response is None:
                raise without_answer(error.__cause__) from error
            raise end_of(error.response, self.account) from error
        except AnymailError as error:
            raise CallRefused("", str(error)[:200]) from error
        try:
            return self._each(drafts, response)
        except UNREADABLE as error:
            raise CallLost(str(response.status_code), "the answer cannot be read") from error

    def _each(self, drafts: list[Draft], response: requests.Response) -> list[Outcome]:
        said = self.said(response)
        if len(said) != len(drafts):
            raise CallLost(str(response.status_code), "the provider did not speak of every mail")
        return [
            part.refused or self._read(draft, Part(response, part.answer))
            for draft, part in zip(drafts, said, strict=True)
        ]

    def _read(self, draft: Draft, part: Part) -> Outcome:
        try:
            found = self.backend.parse_recipient_status(part, draft.payload, draft.message)
        except AnymailAPIError:
            return Outcome(Fate.UNSURE, "", "the provider's answer cannot be read")
        return judged({status.status for status in found.values()})
