"""Resend: /emails/batch takes up to 100 mails and knows a repeated call for a day."""

import hashlib
from typing import Any, ClassVar

import requests

from newsletters.sending.esp.http import Call, Draft, HttpProvider, Said
from newsletters.sending.replies import Fate, Outcome


class Resend(HttpProvider):
    """The key is made from the call's bytes, which name every delivery: same call, same key."""

    name: ClassVar[str] = "resend"
    size: ClassVar[int] = 100
    key_seconds: ClassVar[float] = 24 * 3600.0
    # It gives a Message-ID of its own.
    left_out: ClassVar[frozenset[str]] = frozenset({"message-id"})

    def call(self, drafts: list[Draft]) -> Call:
        """An array of what /emails takes; one bad address must not refuse the others."""
        body = drafts[0].payload.serialize_json([draft.payload.data for draft in drafts])
        headers = {
            "Idempotency-Key": hashlib.sha256(body.encode()).hexdigest(),
            "x-batch-validation": "permissive",
        }
        return Call(drafts[0], "emails/batch", {"data": body, "headers": headers})

    def said(self, response: requests.Response) -> list[Said]:
        """``data`` has an id for each mail taken, in order; ``errors`` the places of the others."""
        taken = self.listed(response, "data")
        refused = _refused(response.json())
        ids = iter(taken)
        return [
            Said({}, refused[place]) if place in refused else Said(next(ids, {}))
            for place in range(len(taken) + len(refused))
        ]


def _refused(answer: dict[str, Any]) -> dict[object, Outcome]:
    """The mails that were refused, by their place in the call."""
    return {
        error.get("index"): Outcome(Fate.REFUSED, "422", str(error.get("message", ""))[:200])
        for error in answer.get("errors") or ()
        if isinstance(error, dict)
    }
