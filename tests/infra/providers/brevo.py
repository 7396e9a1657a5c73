"""Brevo's API as its documentation describes it."""

import json
import re
import uuid
from typing import Any

from tests.infra.provider import Letter, Refusal, Request
from tests.infra.providers.base import TOKEN, Base, must, named, only, texts, with_reply

# What its template engine acts on.
TEMPLATE = re.compile(r"\{[{%#]")


class Brevo(Base):
    """https://developers.brevo.com/docs/batch-send-transactional-emails"""

    name = "brevo"
    size = 50
    knows_keys = True
    FIELDS = {
        "sender": dict,
        "messageVersions": list,
        "headers": dict,
        **dict.fromkeys(("subject", "htmlContent", "textContent"), str),
    }
    VERSION = {
        "to": list,
        "replyTo": dict,
        "headers": dict,
        **dict.fromkeys(("subject", "htmlContent", "textContent"), str),
    }

    def settings(self, port: int) -> dict[str, Any]:
        """A key and the address."""
        return {"BREVO_API_KEY": TOKEN, "BREVO_API_URL": f"http://127.0.0.1:{port}/v3/"}

    def key(self, request: Request) -> str:
        """A UUID among the headers of the message."""
        return str(uuid.UUID(request.json()["headers"]["idempotencyKey"]))

    def letters(self, request: Request) -> list[Letter]:
        """At most 1,000 versions."""
        must(request.headers["api-key"] == TOKEN, self.trouble(401))
        must(request.path == "/v3/smtp/email", Refusal(404, {}))
        call = request.json()
        must(not only(call, self.FIELDS), self._error("Invalid field"))
        must({"sender", "subject", "htmlContent"} <= set(call), self._error("subject is missing"))
        must(len(call["messageVersions"]) <= 1000, self._error("too many versions"))
        for version in call["messageVersions"]:
            must(not only(version, self.VERSION), self._error("Invalid field"))
            written = version["subject"] + version["textContent"] + version["htmlContent"]
            must(not TEMPLATE.search(written), self._error("template rendering failed"))
            must(texts(version["headers"]), self._error("header values must be strings"))
        return [
            Letter(
                named(call["sender"]["name"], call["sender"]["email"]),
                version["to"][0]["email"],
                version["subject"],
                version["textContent"],
                version["htmlContent"],
                with_reply(version["headers"], version.get("replyTo", {}).get("email", "")),
                json.loads(version["headers"]["X-Mailin-custom"])["delivery"],
                None,
            )
            for version in call["messageVersions"]
        ]

    def answer(self, letters: list[Letter], bad: set[str]) -> tuple[int, dict[str, Any]]:
        """One bad address refuses them all."""
        must(not bad & {letter.to for letter in letters}, self._error("email is not valid in to"))
        ids = [f"<{uuid.uuid4()}@smtp-relay.mailin.fr>" for _ in letters]
        return 201, {"messageIds": ids}

    def trouble(self, status: int) -> Refusal:
        """A code and a sentence."""
        return Refusal(status, {"code": "unauthorized" if status == 401 else "x", "message": "No."})

    def _error(self, text: str) -> Refusal:
        return Refusal(400, {"code": "invalid_parameter", "message": text})
