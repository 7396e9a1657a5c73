"""Calls nobody answers: only their mails are in doubt, and keys end most doubt."""

from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from newsletters.models import Transport
from newsletters.sending import engine
from newsletters.sending.esp import session
from newsletters.states import Lane, TransportState
from tests.infra.provider import Refusal, Trouble
from tests.infra.providers import APIS
from tests.newsletters.sending.esp.situations import ACCEPTED, READY, UNSURE, Start, every
from tests.stories import half_sent, states

# How an answer is read; test_doubt.py sees what becomes of its rows on both engines.
pytestmark = [pytest.mark.once, pytest.mark.django_db(transaction=True)]


@every
def test_only_the_mails_of_one_call_are_unsure_when_no_answer_tells(
    start: Start, settings: Settings, name: str
) -> None:
    provider = start(name)
    settings.ANYMAIL = {**settings.ANYMAIL, "REQUESTS_TIMEOUT": "0.2"}
    mailing = half_sent(3)
    doubt = min(3, provider.api.size)
    for trouble in Trouble:
        provider.always = trouble
        assert engine.run(Lane.BULK) == 0, trouble
        assert states(mailing) == {UNSURE: doubt} | ({READY: 3 - doubt} if doubt < 3 else {})
        assert set(provider.copies().values()) <= {1}, f"a repeated call is the same: {trouble}"
        repeats = len(session.REPEATS) if provider.api.knows_keys else 0
        assert provider.asked == 1 + repeats, f"no library repeats a call by itself: {trouble}"
        resting = Transport.objects.get(state=TransportState.PAUSED)
        assert resting.reason, "no more mails into the dark"
        resting.delete()
        mailing.deliveries.update(state=READY, attempts=0, doubts=0, due_at=timezone.now())
        provider.forget()


@pytest.mark.parametrize("name", [name for name, api in APIS.items() if api.knows_keys])
@pytest.mark.parametrize("trouble", [Trouble.BROKEN_AFTER, Trouble.CUT_DURING])
def test_where_the_provider_knows_a_repeated_call_nobody_stays_unsure(
    start: Start, name: str, trouble: Trouble
) -> None:
    provider = start(name)
    provider.next.append(trouble)
    mailing = half_sent(4)
    assert engine.run(Lane.BULK) == 4
    assert states(mailing) == {ACCEPTED: 4}
    assert provider.copies() == {f"p{n}@example.org": 1 for n in range(4)}


# Answers of a shape nobody has documented, for three mails.
STRANGE: list[tuple[str, Any]] = [
    ("postmark", []),
    ("postmark", {"ErrorCode": 0, "Message": "OK"}),
    ("postmark", ["OK", "OK", "OK"]),
    ("postmark", [{"ErrorCode": 0, "Message": "OK"}] * 2),
    ("resend", {"data": [{"id": "1"}, {"id": "2"}]}),
    ("resend", {"data": [], "errors": 3}),
    ("resend", {"data": [{"id": "1"}, {}, None]}),
    ("mailjet", {"Messages": [{"Status": "success", "To": 7}] * 3}),
    ("mailjet", {"Messages": [None, None, None]}),
    ("mailjet", {"Messages": [{"Errors": ["?"]}] * 3}),
    ("brevo", {"messageId": "one for all"}),
    ("brevo", {"messageIds": ["1", "2"]}),
]


@pytest.mark.parametrize(("name", "answer"), STRANGE)
def test_an_answer_that_does_not_speak_of_every_mail_leaves_them_unsure(
    start: Start, name: str, answer: object
) -> None:
    provider = start(name)
    provider.always = Refusal(200, answer)
    mailing = half_sent(3)
    engine.run(Lane.BULK)
    assert states(mailing)[UNSURE] >= 1
    assert set(states(mailing)) <= {UNSURE, ACCEPTED}


def test_what_is_said_of_a_repetition_does_not_tell_what_became_of_the_call(start: Start) -> None:
    provider = start("brevo")
    provider.next.append(Trouble.CUT_AFTER)
    provider.always = Refusal(400, {"code": "duplicate_parameter", "message": "Seen before"})
    mailing = half_sent(3)
    engine.run(Lane.BULK)
    assert states(mailing) == {UNSURE: 3}
