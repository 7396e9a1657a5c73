"""Postmark's API as its documentation describes it."""

import uuid
from typing import Any

from tests.infra.provider import Letter, Refusal, Request
from tests.infra.providers.base import TOKEN, Base, bare, decoded, must, only, texts


class Postmark(Base):
    """https://postmarkapp.com/developer/api/email-api#send-batch-emails"""

    name = "postmark"
    size = 50
    FIELDS = {
        **dict.fromkeys(("From", "To", "Subject", "TextBody", "HtmlBody", "ReplyTo"), str),
        "Headers": list,
        "Metadata": dict,
        "TrackOpens": bool,
        "TrackLinks": str,
    }

    def settings(self, port: int) -> dict[str, Any]:
        """A token and the address."""
        return {
            "POSTMARK_SERVER_TOKEN": TOKEN,
            "POSTMARK_API_URL": f"http://127.0.0.1:{port}/",
        }

    def letters(self, request: Request) -> list[Letter]:
        """An array of at most 500."""
        must(request.headers["X-Postmark-Server-Token"] == TOKEN, self.trouble(401))
        must(request.path == "/email/batch", Refusal(404, {}))
        mails = request.json()
        must(isinstance(mails, list) and len(mails) <= 500, self._error(410, "Too many"))
        for mail in mails:
            wrong = only(mail, self.FIELDS)
            must(not wrong, self._error(403, f"Invalid field {wrong}"))
            must(texts(mail["Metadata"]), self._error(300, "Invalid metadata content."))
        return [self._letter(mail) for mail in mails]

    def _letter(self, mail: dict[str, Any]) -> Letter:
        headers = {header["Name"]: header["Value"] for header in mail["Headers"]}
        if headers.pop("X-PM-KeepID", "") != "true":
            headers["Message-ID"] = "<of-postmark@mtasv.net>"
        if "ReplyTo" in mail:
            headers["Reply-To"] = mail["ReplyTo"]
        return Letter(
            decoded(mail["From"]),
            bare(mail["To"]),
            mail["Subject"],
            mail["TextBody"],
            mail["HtmlBody"],
            headers,
            mail["Metadata"]["delivery"],
            mail["TrackOpens"] or mail["TrackLinks"] != "None",
        )

    def answer(self, letters: list[Letter], bad: set[str]) -> tuple[int, list[Any]]:
        """200 whatever became of each."""
        return 200, [self._said(letter, letter.to in bad) for letter in letters]

    def _said(self, letter: Letter, is_bad: bool) -> dict[str, Any]:
        if is_bad:
            return {
                "ErrorCode": 406,
                "Message": "You tried to send to a recipient that has been marked as inactive. "
                f"Found inactive addresses: {letter.to}. Inactive recipients are ones that have "
                "generated a hard bounce, a spam complaint, or a manual suppression.",
            }
        return {
            "To": letter.to,
            "SubmittedAt": "2026-11-22T07:00:00.0000000-05:00",
            "MessageID": str(uuid.uuid4()),
            "ErrorCode": 0,
            "Message": "OK",
        }

    def trouble(self, status: int) -> Refusal:
        """A code of their own beside the status."""
        return Refusal(status, {"ErrorCode": 10 if status == 401 else 0, "Message": "No."})

    def _error(self, code: int, text: str) -> Refusal:
        return Refusal(422, {"ErrorCode": code, "Message": text})
