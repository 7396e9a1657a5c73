"""What six providers say no to, and who is charged for it."""

import pytest
from pytest_django import Settings

from newsletters.models import Delivery, Suppression
from newsletters.sending import engine
from newsletters.states import Lane
from tests.infra.provider import Refusal
from tests.newsletters.sending.esp.situations import (
    ACCEPTED,
    REFUSED,
    Start,
    every,
    nobody_was_charged,
)
from tests.stories import half_sent, states

# How an answer is read; test_doubt.py sees what becomes of its rows on both engines.
pytestmark = [pytest.mark.once, pytest.mark.django_db(transaction=True)]


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


def test_several_connections_find_their_way_under_a_limit_of_calls(
    start: Start, settings: Settings
) -> None:
    settings.MAIL_CONNECTIONS = 4
    provider = start("mailgun")
    provider.limit = 10
    mailing = half_sent(60)
    assert engine.run(Lane.BULK) == 60
    assert provider.asked > 60, "the limit was met"
    assert set(mailing.deliveries.values_list("state", "attempts")) == {(ACCEPTED, 1)}
    assert set(provider.copies().values()) == {1}


def test_a_provider_that_only_ever_says_wait_a_second_is_trouble(start: Start) -> None:
    provider = start("resend")
    provider.always = provider.busy("0")
    mailing = half_sent(2)
    assert engine.run(Lane.BULK) == 0
    assert nobody_was_charged(mailing)
