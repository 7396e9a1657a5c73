"""Mailgun's API as its documentation describes it."""

import uuid
from typing import Any

from tests.infra.provider import Letter, Refusal, Request
from tests.infra.providers.base import TOKEN, Base, basic, form, mime_letter, must


class Mailgun(Base):
    """https://documentation.mailgun.com/docs/mailgun/api-reference/ (messages.mime)"""

    name = "mailgun"

    def settings(self, port: int) -> dict[str, Any]:
        """A key, the domain and the address."""
        return {
            "MAILGUN_API_KEY": TOKEN,
            "MAILGUN_SENDER_DOMAIN": "mg.example.org",
            "MAILGUN_API_URL": f"http://127.0.0.1:{port}/v3",
        }

    def letters(self, request: Request) -> list[Letter]:
        """A form with the message as a file."""
        must(request.headers["Authorization"] == basic("api", TOKEN), self.trouble(401))
        must(request.path == "/v3/mg.example.org/messages.mime", Refusal(404, {}))
        parts = form(request)
        fields = {name: value.decode() for name, value in parts.items() if name != "message"}
        options = {"o:tracking-opens", "o:tracking-clicks"}
        must(set(fields) == {"to", "v:delivery"} | options, self._error("fields"))
        tracked = {fields["o:tracking-opens"], fields["o:tracking-clicks"]} != {"no"}
        return [mime_letter(parts["message"], fields["to"], fields["v:delivery"], tracked)]

    def answer(self, letters: list[Letter], bad: set[str]) -> tuple[int, dict[str, Any]]:
        """One id."""
        must(letters[0].to not in bad, self._error("to parameter is not a valid address"))
        return 200, {"id": f"<{uuid.uuid4()}@mg.example.org>", "message": "Queued. Thank you."}

    def trouble(self, status: int) -> Refusal:
        """A sentence."""
        return Refusal(status, {"message": "No."})

    def _error(self, text: str) -> Refusal:
        return Refusal(400, {"message": text})
