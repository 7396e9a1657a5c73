"""Six providers' APIs spoken over loopback: what leaves, and what an answer means for each row."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from email.utils import formataddr
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from newsletters.models import Contact, Delivery, Mailing, MailingVersion, Suppression, Transport
from newsletters.sending import engine, pace
from newsletters.sending.esp import session
from newsletters.states import DeliveryState, Lane, TransportState
from tests.infra.certificate import server_context, write_certificate
from tests.infra.provider import Provider, Refusal, Trouble, serving
from tests.infra.providers import APIS
from tests.infra.redis import free_port
from tests.stories import half_sent, states

pytestmark = pytest.mark.django_db(transaction=True)

READY, ACCEPTED = DeliveryState.READY, DeliveryState.ACCEPTED
REFUSED, UNSURE = DeliveryState.REFUSED, DeliveryState.UNSURE
Start = Callable[[str], Provider]
every = pytest.mark.parametrize("name", sorted(APIS))


@pytest.fixture(autouse=True)
def one_connection(settings: Settings) -> None:
    """So that everything has an order."""
    settings.MAIL_CONNECTIONS = 1


@pytest.fixture
def start(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """``start("postmark")``: that provider on loopback, and settings that lead to it."""
    # The pauses between two repetitions; how many there are stays.
    monkeypatch.setattr(session, "REPEATS", tuple(0.01 for _ in session.REPEATS))
    with ExitStack() as servers:

        def begin(name: str) -> Provider:
            provider = servers.enter_context(serving(APIS[name]))
            use(settings, provider)
            return provider

        yield begin


def use(settings: Settings, provider: Provider) -> None:
    """Send through ``provider``."""
    settings.MAIL_URL = f"anymail://{provider.api.name}"
    settings.ANYMAIL = provider.api.settings(provider.port)


def nobody_was_charged(mailing: Mailing) -> bool:
    """All rows are ready as if nothing had been tried, and the transport rests."""
    rows = mailing.deliveries.values_list("state", "attempts", "doubts")
    resting = Transport.objects.get(state=TransportState.PAUSED)
    return set(rows) == {(READY, 0, 0)} and bool(resting.reason)


# What leaves ------------------------------------------------------------------------
@every
def test_everybody_gets_the_mail_once_and_a_call_carries_what_it_may(
    start: Start, name: str
) -> None:
    provider = start(name)
    mailing = half_sent(112)
    assert engine.run(Lane.BULK) == 112
    assert states(mailing) == {ACCEPTED: 112}
    assert provider.copies() == {f"p{n}@example.org": 1 for n in range(112)}
    full, rest = divmod(112, provider.api.size)
    assert provider.calls == [provider.api.size] * full + [rest] * bool(rest)


def test_a_provider_that_thinks_for_long_gets_as_many_mails_a_call(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "TARPIT_SECONDS", 0.05)
    provider = start("postmark")
    provider.slow = 0.1
    half_sent(120)
    assert engine.run(Lane.BULK) == 120
    assert provider.calls == [50, 50, 20], "the receivers' pace is the provider's to find"


# Of our own headers: which the provider passes on, and which it replaces or refuses.
REPLACED = {
    "postmark": set(),
    "mailgun": set(),
    # SES takes the whole message, and puts its own Message-ID in the place of ours afterwards.
    "amazon_ses": set(),
    "resend": {"Message-ID"},
    "brevo": {"Message-ID"},
    "mailjet": {"Message-ID", "List-Id"},
}


@every
def test_a_mail_arrives_with_its_words_headers_and_delivery(start: Start, name: str) -> None:
    provider = start(name)
    half_sent(3)
    MailingVersion.objects.update(
        sender=formataddr(("Öffnet, die Zelle", "campaign@testserver")),
        reply_to="office@testserver",
        headers={"Auto-Submitted": "auto-generated"},
    )
    engine.run(Lane.BULK)
    letter = next(letter for letter in provider.taken if letter.to == "p1@example.org")
    assert letter.sender == "Öffnet, die Zelle <campaign@testserver>"
    assert letter.subject == "Write for Mira Osk"
    assert letter.text.startswith("Dear Person 1,")
    assert "<p>Dear Person 1,</p>" in letter.html
    assert letter.delivery == str(Delivery.objects.get(address="p1@example.org").pk)
    assert not letter.tracked, "no pixel, no rewritten link"
    headers = letter.headers
    assert headers["Reply-To"] == "office@testserver"
    assert headers["Auto-Submitted"] == "auto-generated"
    assert headers["List-Unsubscribe"].startswith("<http://testserver/u/")
    assert ", <mailto:leave+" in headers["List-Unsubscribe"]
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    ours = {"Message-ID": "@testserver>", "List-Id": "<appeals.testserver>"}
    arrived = {field for field, end in ours.items() if headers.get(field, "").endswith(end)}
    assert set(ours) - arrived == REPLACED[name]


def test_brevo_gets_a_call_for_each_sender(start: Start) -> None:
    provider = start("brevo")
    mailing = half_sent(4)
    version = mailing.versions.get()
    version.pk, version.number, version.sender = None, 2, "Another <other@testserver>"
    version.save()
    later = Delivery.objects.order_by("-pk").values_list("pk", flat=True)[:2]
    Delivery.objects.filter(pk__in=list(later)).update(version=version)
    assert engine.run(Lane.BULK) == 4
    senders = [request.json()["sender"]["email"] for request in provider.requests]
    assert senders == ["campaign@testserver", "other@testserver"]
    assert provider.calls == [2, 2]


def test_what_somebody_wrote_is_no_template_to_brevo(start: Start) -> None:
    provider = start("brevo")
    half_sent(
        2, filler="<style>@media print{#top{color:red}}</style><p>{% raw %}{# 1 {% endraw %}</p>"
    )
    Contact.objects.update(given_name="{{ contact.SMS }} {% if")
    assert engine.run(Lane.BULK) == 2
    letter = provider.taken[0]
    assert letter.text.replace("\N{WORD JOINER}", "").startswith("Dear {{ contact.SMS }} {% if,")
    assert "<p>Dear {{ contact.SMS }} {% if,</p>" in unescape(letter.html)
    assert "@media print{ #top{color:red}}" in letter.html


@every
def test_an_address_the_provider_cannot_carry_is_held_with_the_reason(
    start: Start, name: str
) -> None:
    provider = start(name)
    mailing = half_sent(2)
    mailing.deliveries.filter(address="p0@example.org").update(address="büro@example.org")
    engine.run(Lane.BULK)
    carried = name == "mailgun"
    held = {} if carried else {DeliveryState.SKIPPED: 1}
    assert states(mailing) == {ACCEPTED: 2 if carried else 1, **held}
    assert len(provider.taken) == states(mailing)[ACCEPTED]


# Refusals ---------------------------------------------------------------------------
@every
def test_the_addresses_it_refuses_are_refused_and_the_others_go(start: Start, name: str) -> None:
    provider = start(name)
    provider.bad = {"p2@example.org", "p5@example.org"}
    mailing = half_sent(9)
    assert engine.run(Lane.BULK) == 7
    assert states(mailing) == {ACCEPTED: 7, REFUSED: 2}
    refused = Delivery.objects.filter(state=REFUSED)
    assert {row.address for row in refused} == provider.bad
    assert all(row.last_text for row in refused)
    assert not Suppression.objects.exists(), "none of them says that a mailbox does not exist"
    assert set(provider.copies().values()) == {1}


@every
def test_what_cannot_be_one_address_is_refused_and_the_others_go(start: Start, name: str) -> None:
    provider = start(name)
    mailing = half_sent(4)
    odd = {"p0@example.org": "p0@example.org, x@example.net", "p2@example.org": "p2 example.org"}
    for address, instead in odd.items():
        mailing.deliveries.filter(address=address).update(address=instead)
    assert engine.run(Lane.BULK) == 2
    assert states(mailing) == {ACCEPTED: 2, REFUSED: 2}
    assert provider.copies() == {"p1@example.org": 1, "p3@example.org": 1}


@every
def test_a_call_refused_as_a_whole_refuses_each_mail_in_the_end(start: Start, name: str) -> None:
    provider = start(name)
    provider.always = Refusal(413, {"message": "Too large", "Message": "Too large"})
    mailing = half_sent(5)
    engine.run(Lane.BULK)
    assert states(mailing) == {REFUSED: 5}
    assert {row.last_text for row in Delivery.objects.all()} == {"Too large"}
    assert provider.taken == []


@every
def test_a_refused_key_charges_nobody(start: Start, name: str) -> None:
    provider = start(name)
    provider.always = provider.api.trouble(403 if name in {"amazon_ses", "resend"} else 401)
    mailing = half_sent(3)
    assert engine.run(Lane.BULK) == 0
    assert nobody_was_charged(mailing)


# Words about the account in the answer for one mail, or under a status that says nothing of it.
NO_CREDIT = {
    "postmark": Refusal(200, [{"ErrorCode": 405, "Message": "Not allowed to send"}] * 3),
    "mailjet": Refusal(
        400, {"Messages": [{"Status": "error", "Errors": [{"StatusCode": 403}]}] * 3}
    ),
    "brevo": Refusal(400, {"code": "not_enough_credits", "message": "Buy some"}),
    "amazon_ses": Refusal(
        400, {"message": "Paused"}, {"x-amzn-ErrorType": "SendingPausedException"}
    ),
}


@pytest.mark.parametrize("name", sorted(NO_CREDIT))
def test_an_account_in_trouble_charges_nobody(start: Start, name: str) -> None:
    provider = start(name)
    provider.always = NO_CREDIT[name]
    mailing = half_sent(3)
    assert engine.run(Lane.BULK) == 0
    assert nobody_was_charged(mailing)


# Too many ---------------------------------------------------------------------------
@every
def test_too_many_calls_charge_nobody_and_a_short_rest_is_taken_at_once(
    start: Start, name: str
) -> None:
    provider = start(name)
    provider.next.append(provider.busy("0.1"))
    mailing = half_sent(3)
    assert engine.run(Lane.BULK) == 3
    assert set(mailing.deliveries.values_list("state", "attempts")) == {(ACCEPTED, 1)}
    assert set(provider.copies().values()) == {1}


@every
def test_a_long_rest_is_the_transports(start: Start, name: str) -> None:
    provider = start(name)
    provider.next.append(provider.busy("90"))
    mailing = half_sent(3)
    assert engine.run(Lane.BULK) == 0
    assert nobody_was_charged(mailing)


def test_a_provider_that_only_ever_says_wait_a_second_is_trouble(start: Start) -> None:
    provider = start("resend")
    provider.always = provider.busy("0")
    mailing = half_sent(2)
    assert engine.run(Lane.BULK) == 0
    assert nobody_was_charged(mailing)


# Doubt ------------------------------------------------------------------------------
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


@every
def test_a_provider_that_cannot_be_reached_charges_nobody(settings: Settings, name: str) -> None:
    settings.MAIL_URL = f"anymail://{name}"
    settings.ANYMAIL = APIS[name].settings(free_port())
    mailing = half_sent(2)
    assert engine.run(Lane.BULK) == 0
    assert nobody_was_charged(mailing)


@every
def test_a_provider_nobody_vouches_for_charges_nobody(
    settings: Settings, tmp_path: Path, name: str
) -> None:
    context = server_context(write_certificate(tmp_path / "own.pem"))
    with serving(APIS[name], context) as provider:
        use(settings, provider)
        settings.ANYMAIL = {
            key: over_tls(value) for key, value in provider.api.settings(provider.port).items()
        }
        mailing = half_sent(2)
        assert engine.run(Lane.BULK) == 0
        assert nobody_was_charged(mailing)
        assert provider.requests == []


def over_tls(value: str | dict[str, str]) -> str | dict[str, str]:
    """The same setting with https:// in it."""
    if isinstance(value, dict):
        return {name: inner.replace("http:", "https:") for name, inner in value.items()}
    return value.replace("http:", "https:")


def test_a_time_that_is_none_is_trouble_that_names_it(start: Start, settings: Settings) -> None:
    start("postmark")
    settings.ANYMAIL = {**settings.ANYMAIL, "REQUESTS_TIMEOUT": "soon"}
    mailing = half_sent(1)
    assert engine.run(Lane.BULK) == 0
    assert nobody_was_charged(mailing)
    assert "REQUESTS_TIMEOUT" in Transport.objects.get().reason


@every
def test_missing_keys_are_trouble_that_names_them(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for variable in ("AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.delenv(variable, raising=False)
    settings.MAIL_URL = f"anymail://{name}"
    settings.ANYMAIL = {}
    mailing = half_sent(1)
    assert engine.run(Lane.BULK) == 0
    assert nobody_was_charged(mailing)
    reason = Transport.objects.get().reason
    assert ("region" if name == "amazon_ses" else name.upper()) in reason
