"""Postmark: /email/batch takes up to 500 mails and answers for each; it knows no keys."""

from typing import ClassVar

import requests

from newsletters.sending.esp.http import Call, Draft, HttpProvider, Said
from newsletters.sending.replies import Fate, Outcome

# https://postmarkapp.com/developer/api/overview#error-codes: key, sender signature, credit.
ACCOUNT: frozenset[object] = frozenset({10, 100, 400, 401, 405, 412, 413})


class Postmark(HttpProvider):
    """Fifty mails a call, although it takes more: no more people in doubt at once."""

    name: ClassVar[str] = "postmark"
    size: ClassVar[int] = 50
    account: ClassVar[frozenset[object]] = ACCOUNT
    switches_tracking: ClassVar[bool] = True

    def call(self, drafts: list[Draft]) -> Call:
        """An array of what /email takes."""
        for draft in drafts:
            # Without it Postmark puts a Message-ID of its own in the place of ours.
            headers = draft.payload.data.setdefault("Headers", [])
            headers.append({"Name": "X-PM-KeepID", "Value": "true"})
        body = drafts[0].payload.serialize_json([draft.payload.data for draft in drafts])
        return Call(drafts[0], "email/batch", {"data": body})

    def said(self, response: requests.Response) -> list[Said]:
        """An array in the same order, each with its own ErrorCode."""
        return [Said(answer, _refused(answer)) for answer in self.listed(response)]


def _refused(answer: object) -> Outcome | None:
    code = answer.get("ErrorCode", 0) if isinstance(answer, dict) else 0
    if not code or not isinstance(answer, dict):
        return None
    fate = Fate.AGAIN if code in ACCOUNT else Fate.REFUSED
    return Outcome(fate, str(code), str(answer.get("Message", ""))[:200])
