"""Mailgun: /messages.mime takes one finished message, whose bytes go out as we made them.

Its batches put recipient variables into one shared text; ours have a text, links
and headers for each person, and one bad address would refuse the whole batch.
"""

from typing import ClassVar

import requests
from anymail.message import AnymailMessage

from newsletters.sending.esp.http import Call, Draft, HttpProvider, Said
from newsletters.sending.esp.mails import whole
from newsletters.sending.feed import Envelope

# Options and variables travel beside the message; everything else is in it.
BESIDE = ("o:", "v:")


class Mailgun(HttpProvider):
    """One mail a call, with its own Message-ID and Date; Mailgun signs it."""

    name: ClassVar[str] = "mailgun"
    switches_tracking: ClassVar[bool] = True
    carries_smtputf8: ClassVar[bool] = True

    def compose(self, envelope: Envelope) -> AnymailMessage:
        """Who writes to whom; ``call`` adds the bytes."""
        return whole(envelope)

    def call(self, drafts: list[Draft]) -> Call:
        """Anymail's form without the text, and the message as a file."""
        (draft,) = drafts
        form = draft.payload.data
        fields = {name: value for name, value in form.items() if name.startswith(BESIDE)}
        file = ("message.mime", draft.envelope.message, "message/rfc822")
        path = f"{draft.payload.get_api_endpoint()}.mime"
        return Call(draft, path, {"data": {"to": form["to"], **fields}, "files": {"message": file}})

    def said(self, response: requests.Response) -> list[Said]:
        """One id for the one mail."""
        return [Said(self.answer(response))]
