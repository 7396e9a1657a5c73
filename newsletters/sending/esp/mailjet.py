"""Mailjet: /send (v3.1) takes up to 50 messages and answers for each; it knows no keys."""

from typing import Any, ClassVar

import requests

from newsletters.sending.esp.answers import ACCOUNT
from newsletters.sending.esp.http import Call, Draft, HttpProvider, Said
from newsletters.sending.replies import Fate, Outcome

# Error send-0011: these refuse the whole message.
FORBIDDEN = frozenset(
    {
        *("message-id", "list-id", "user-agent", "x-mailer", "x-feedback-id", "x-csa-complaints"),
        *("sender", "return-path", "delivered-to", "received"),
    }
)


class Mailjet(HttpProvider):
    """Each mail in full: nothing is shared through Globals."""

    name: ClassVar[str] = "mailjet"
    size: ClassVar[int] = 50
    left_out: ClassVar[frozenset[str]] = FORBIDDEN
    switches_tracking: ClassVar[bool] = True

    def call(self, drafts: list[Draft]) -> Call:
        """Each mail as one of Messages."""
        messages = [
            {**draft.payload.data["Globals"], **draft.payload.data["Messages"][0]}
            for draft in drafts
        ]
        body = drafts[0].payload.serialize_json({"Messages": messages})
        return Call(drafts[0], "send", {"data": body})

    def said(self, response: requests.Response) -> list[Said]:
        """Messages in the same order, also under a status of 400 when one of them was refused."""
        return [
            Said({"Messages": [answer]}, _refused(answer))
            for answer in self.listed(response, "Messages")
        ]


def _refused(answer: Any) -> Outcome | None:
    errors = answer.get("Errors") if isinstance(answer, dict) else None
    if not errors:
        return None
    text = "; ".join(str(error.get("ErrorMessage", "")) for error in errors)[:200]
    fate = Fate.AGAIN if errors[0].get("StatusCode") in ACCOUNT else Fate.REFUSED
    return Outcome(fate, str(errors[0].get("ErrorCode", "")), text)
