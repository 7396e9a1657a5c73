"""Resend's API as its documentation describes it."""

import json
import uuid
from typing import Any

from tests.infra.provider import Letter, Refusal, Request
from tests.infra.providers.base import TOKEN, Base, bare, decoded, must, only, texts, with_reply


class Resend(Base):
    """https://resend.com/docs/api-reference/emails/send-batch-emails"""

    name = "resend"
    size = 100
    knows_keys = True
    FIELDS = {
        **dict.fromkeys(("from", "subject", "text", "html"), str),
        "to": list,
        "reply_to": list,
        "headers": dict,
    }

    def settings(self, port: int) -> dict[str, Any]:
        """A key and the address."""
        return {"RESEND_API_KEY": TOKEN, "RESEND_API_URL": f"http://127.0.0.1:{port}/"}

    def key(self, request: Request) -> str:
        """A header of at most 256 characters."""
        key = request.headers.get("Idempotency-Key", "")
        must(len(key) <= 256, Refusal(400, {"name": "invalid_idempotency_key", "message": "long"}))
        return key

    def letters(self, request: Request) -> list[Letter]:
        """An array of at most 100."""
        must(request.headers["Authorization"] == f"Bearer {TOKEN}", self.trouble(401))
        must(request.path == "/emails/batch", Refusal(404, {}))
        must(request.headers["x-batch-validation"] == "permissive", self._error("a strict call"))
        mails = request.json()
        must(isinstance(mails, list) and len(mails) <= 100, self._error("too many"))
        for mail in mails:
            wrong = only(mail, self.FIELDS)
            must(not wrong, self._error(f"Invalid `{wrong}` field."))
            must(texts(mail["headers"]), self._error("Invalid `headers` field."))
        return [
            Letter(
                decoded(mail["from"]),
                bare(mail["to"][0]),
                mail["subject"],
                mail["text"],
                mail["html"],
                with_reply(mail["headers"], ", ".join(mail.get("reply_to", []))),
                json.loads(mail["headers"]["X-Metadata"])["delivery"],
                None,
            )
            for mail in mails
        ]

    def answer(self, letters: list[Letter], bad: set[str]) -> tuple[int, dict[str, Any]]:
        """Ids of those it took, and the places of those it did not."""
        taken = [{"id": str(uuid.uuid4())} for letter in letters if letter.to not in bad]
        errors = [
            {"index": place, "message": "Invalid `to` field."}
            for place, letter in enumerate(letters)
            if letter.to in bad
        ]
        return 200, {"data": taken, **({"errors": errors} if errors else {})}

    def trouble(self, status: int) -> Refusal:
        """A name for everything."""
        names = {401: "missing_api_key", 403: "invalid_api_key", 429: "rate_limit_exceeded"}
        name = names.get(status, "application_error")
        return Refusal(status, {"statusCode": status, "name": name, "message": "No."})

    def _error(self, text: str) -> Refusal:
        return Refusal(422, {"statusCode": 422, "name": "validation_error", "message": text})
