"""Brevo: /smtp/email takes many versions of a message and knows a repeated call for a while."""

import re
import uuid
from typing import Any, ClassVar

import requests

from newsletters.sending.esp.http import Call, Draft, HttpProvider, Said
from newsletters.sending.esp.mails import head
from newsletters.sending.feed import Envelope

# What a version may say in place of the message; the sender is not among it.
OWN = ("to", "subject", "htmlContent", "textContent", "replyTo", "headers")
SHARED = ("sender", "subject", "htmlContent", "textContent")
# Every text is a template to Brevo: what a person or an organiser wrote must not be one.
OPENS = re.compile(r"\{(?=[{%#])")
STYLES = re.compile(r"(<style\b.*?</style>)", re.IGNORECASE | re.DOTALL)
# Said with a status of 400, but about the account.
ACCOUNT: frozenset[object] = frozenset(
    {"not_enough_credits", "account_under_validation", "permission_denied", "unauthorized"}
)


class Brevo(HttpProvider):
    """Every mail is a version with its own subject, texts and headers."""

    name: ClassVar[str] = "brevo"
    size: ClassVar[int] = 50
    # Documented as 30 minutes, and as 15 before that.
    account: ClassVar[frozenset[object]] = ACCOUNT
    key_seconds: ClassVar[float] = 15 * 60.0
    # It gives a Message-ID of its own.
    left_out: ClassVar[frozenset[str]] = frozenset({"message-id"})

    def group(self, envelope: Envelope) -> str:
        """All versions have one sender."""
        return str(head(envelope)["From"])

    def call(self, drafts: list[Draft]) -> Call:
        """One message with a version for each mail; the key is a UUID of its content."""
        first = drafts[0].payload
        versions = [_version(draft.payload.data) for draft in drafts]
        shared = {"sender": first.data["sender"], **versions[0]}
        body: dict[str, Any] = {name: shared[name] for name in SHARED if name in shared}
        body["messageVersions"] = versions
        key = str(uuid.uuid5(uuid.NAMESPACE_URL, first.serialize_json(body)))
        body["headers"] = {"idempotencyKey": key}
        return Call(drafts[0], "smtp/email", {"data": first.serialize_json(body)})

    def said(self, response: requests.Response) -> list[Said]:
        """An id for each version; a refusal speaks of all of them."""
        return [Said({"messageId": one}) for one in self.listed(response, "messageIds")]


def _version(data: dict[str, Any]) -> dict[str, Any]:
    return {name: literal(name, data[name]) for name in OWN if name in data}


def literal(name: str, value: Any) -> Any:
    """A text that Brevo's template engine passes on as it reads now; nothing else is changed."""
    if name in {"subject", "textContent"}:
        return OPENS.sub("{\N{WORD JOINER}", value)
    if name != "htmlContent":
        return value
    # A style sheet knows no entities, and does not mind a space there.
    parts = STYLES.split(value)
    return "".join(
        OPENS.sub("{ " if place % 2 else "&#123;", part) for place, part in enumerate(parts)
    )
