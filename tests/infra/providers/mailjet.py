"""Mailjet's API as its documentation describes it."""

import json
import uuid
from typing import Any

from tests.infra.provider import Letter, Refusal, Request
from tests.infra.providers.base import TOKEN, Base, basic, must, named, only, with_reply


class Mailjet(Base):
    """https://dev.mailjet.com/email/guides/send-api-v31/"""

    name = "mailjet"
    size = 50
    FIELDS = {
        "From": dict,
        "To": list,
        "ReplyTo": dict,
        "Headers": dict,
        **dict.fromkeys(("Subject", "TextPart", "HTMLPart", "EventPayload"), str),
        **dict.fromkeys(("TrackOpens", "TrackClicks"), str),
    }
    FORBIDDEN = {"message-id", "list-id", "date", "reply-to", "x-mailer", "dkim-signature", "from"}

    def settings(self, port: int) -> dict[str, Any]:
        """Two keys and the address."""
        return {
            "MAILJET_API_KEY": "key",
            "MAILJET_SECRET_KEY": TOKEN,
            "MAILJET_API_URL": f"http://127.0.0.1:{port}/v3.1/",
        }

    def letters(self, request: Request) -> list[Letter]:
        """At most 50 Messages."""
        must(request.headers["Authorization"] == basic("key", TOKEN), self.trouble(401))
        must(request.path == "/v3.1/send", Refusal(404, {}))
        call = request.json()
        must(set(call) == {"Messages"} and len(call["Messages"]) <= 50, self._error("mj-0008"))
        for mail in call["Messages"]:
            must(not only(mail, self.FIELDS), self._error("mj-0004"))
            forbidden = self.FORBIDDEN & {name.lower() for name in mail.get("Headers", {})}
            must(not forbidden, self._error("send-0011"))
        return [
            Letter(
                named(mail["From"]["Name"], mail["From"]["Email"]),
                mail["To"][0]["Email"],
                mail["Subject"],
                mail["TextPart"],
                mail["HTMLPart"],
                with_reply(mail.get("Headers", {}), mail.get("ReplyTo", {}).get("Email", "")),
                json.loads(mail["EventPayload"])["delivery"],
                {mail["TrackOpens"], mail["TrackClicks"]} != {"disabled"},
            )
            for mail in call["Messages"]
        ]

    def answer(self, letters: list[Letter], bad: set[str]) -> tuple[int, dict[str, Any]]:
        """400 as soon as one is refused, although the others were taken."""
        said = [self._said(letter, letter.to in bad) for letter in letters]
        return 400 if bad & {letter.to for letter in letters} else 200, {"Messages": said}

    def _said(self, letter: Letter, is_bad: bool) -> dict[str, Any]:
        if is_bad:
            error = {
                "ErrorIdentifier": str(uuid.uuid4()),
                "ErrorCode": "mj-0013",
                "StatusCode": 400,
                "ErrorMessage": f'"{letter.to}" is an invalid email address.',
                "ErrorRelatedTo": ["To[0].Email"],
            }
            return {"Status": "error", "Errors": [error]}
        to = {"Email": letter.to, "MessageUUID": str(uuid.uuid4()), "MessageID": 4 * 10**17}
        return {"Status": "success", "CustomID": "", "To": [to], "Cc": [], "Bcc": []}

    def trouble(self, status: int) -> Refusal:
        """One error for the whole call."""
        return self._error("mj-0015" if status == 401 else "mj-0001", status)

    def _error(self, code: str, status: int = 400) -> Refusal:
        body = {"ErrorIdentifier": "1", "ErrorCode": code, "StatusCode": status}
        return Refusal(status, {**body, "ErrorMessage": "No."})
