"""What a reply means: a table, and the same through a real conversation."""

from collections.abc import Callable
from datetime import timedelta
from typing import Literal

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from newsletters.models import Alarm, Contact, Delivery, Mailing, Suppression, Transport
from newsletters.sending import engine, transports
from newsletters.sending.breaker import MOST
from newsletters.sending.replies import Fate, Phase, judge, wait
from newsletters.services import mailings
from newsletters.states import ContactState, DeliveryState, Lane, MailingState, TransportState
from tests.infra.sink_script import Phase as PhaseName
from tests.infra.sink_script import Rule
from tests.sink import Sink
from tests.stories import half_sent, states

TABLE = [
    (Phase.DOT, 250, "2.0.0 Ok: queued as 4F", Fate.ACCEPTED, False),
    (Phase.RCPT, 550, "5.1.1 no such user here", Fate.REFUSED, True),
    (Phase.RCPT, 550, "5.1.10 null MX", Fate.REFUSED, True),
    (Phase.RCPT, 550, "User unknown in virtual mailbox table", Fate.REFUSED, True),
    (Phase.RCPT, 550, "5.7.1 rejected by policy", Fate.REFUSED, False),
    (Phase.RCPT, 550, "blocked: user unknown to our reputation service", Fate.REFUSED, False),
    (Phase.DOT, 554, "5.7.26 unauthenticated mail, see DMARC", Fate.REFUSED, False),
    (Phase.DOT, 552, "5.3.4 message too big", Fate.REFUSED, False),
    (Phase.RCPT, 552, "5.2.2 mailbox full", Fate.REFUSED, False),
    (Phase.MAIL, 550, "sender unknown user", Fate.REFUSED, False),
    (Phase.RCPT, 450, "4.2.0 greylisted, come back", Fate.LATER, False),
    (Phase.DOT, 451, "4.7.1 slow down", Fate.SLOWED, False),
    (Phase.DOT, 421, "4.3.2 closing", Fate.LATER, False),
    (Phase.RCPT, 451, "4.7.1 Greylisting in action", Fate.LATER, False),
    (Phase.RCPT, 452, "4.5.3 rate limit exceeded", Fate.SLOWED, False),
    (Phase.MAIL, 421, "4.7.0 too many messages in this session", Fate.SLOWED, False),
    (Phase.MAIL, 421, "4.3.0 going down", Fate.AGAIN, False),
]


@pytest.mark.parametrize(("phase", "code", "text", "fate", "missing"), TABLE)
def test_a_reply_is_judged_by_its_codes(
    phase: Phase, code: int, text: str, fate: Fate, missing: bool
) -> None:
    outcome = judge(phase, code, text)
    assert (outcome.fate, outcome.mailbox_missing) == (fate, missing)


def test_a_session_that_was_only_long_enough_is_no_call_to_slow_down():
    text = "4.7.0 too many messages in this session"
    assert judge(Phase.MAIL, 421, text, is_fresh=False).fate is Fate.AGAIN
    fresh = judge(Phase.MAIL, 421, text, is_fresh=True)
    assert (fresh.fate, fresh.for_everybody) == (Fate.SLOWED, True)
    assert not judge(Phase.RCPT, 451, "4.7.1 slow down").for_everybody


def test_the_wait_grows_to_a_little_over_an_hour() -> None:
    minutes = [wait(attempts) // timedelta(minutes=1) for attempts in range(1, 8)]
    assert minutes == [5, 10, 20, 40, 67, 67, 67]


@pytest.fixture
def relay(smtp_sink: Sink, settings: Settings, transactional_db: None) -> Sink:
    """The mail goes to the sink."""
    settings.MAIL_URL = f"smtp://127.0.0.1:{smtp_sink.port}?tls=none"
    return smtp_sink


@pytest.mark.parametrize("pipelining", [True, False], ids=["pipelined", "one-by-one"])
@pytest.mark.parametrize("phase", ["rcpt", "dot"])
def test_no_such_mailbox_suppresses_the_address_and_nobody_else(
    relay: Sink, pipelining: bool, phase: PhaseName
) -> None:
    relay.script.pipelining = pipelining
    relay.script.rules = [Rule(phase=phase, code=550, text="5.1.1 no such user", times=1)]
    mailing = half_sent(5)
    assert engine.run(Lane.BULK) == 4
    refused = Delivery.objects.get(state=DeliveryState.REFUSED)
    assert refused.last_code == "550 5.1.1"
    assert Suppression.objects.get().address_key == refused.address_key
    assert Contact.objects.get(state=ContactState.BOUNCED).pk == refused.contact_id
    assert states(mailing)[DeliveryState.ACCEPTED] == 4
    assert refused.address not in {address for _, address in relay.accepted()}


def test_a_policy_refusal_says_nothing_about_the_person(relay: Sink) -> None:
    relay.script.rules = [Rule(phase="rcpt", code=550, text="5.7.1 not allowed", times=1)]
    half_sent(3)
    assert engine.run(Lane.BULK) == 2
    assert Delivery.objects.filter(state=DeliveryState.REFUSED).count() == 1
    assert not Suppression.objects.exists()


@pytest.mark.parametrize("phase", ["mail", "rcpt", "data", "dot"])
def test_a_temporary_refusal_comes_again_later(relay: Sink, phase: PhaseName) -> None:
    relay.script.rules = [Rule(phase=phase, code=450, text="4.2.0 try again", times=1)]
    mailing = half_sent(3)
    before = timezone.now()
    assert engine.run(Lane.BULK) == 2
    waiting = Delivery.objects.get(state=DeliveryState.READY)
    assert waiting.attempts == 1
    assert timedelta(minutes=4) < waiting.due_at - before < timedelta(minutes=6)
    assert engine.run(Lane.BULK) == 0, "it is not due yet"
    Delivery.objects.filter(pk=waiting.pk).update(due_at=timezone.now())
    assert engine.run(Lane.BULK) == 1
    assert states(mailing) == {DeliveryState.ACCEPTED: 3}


@pytest.mark.parametrize("phase", ["mail", "rcpt", "data"])
def test_a_break_before_the_text_charges_nobody(relay: Sink, phase: PhaseName) -> None:
    relay.script.rules = [Rule(phase=phase, drop="before", times=1)]
    mailing = half_sent(6)
    assert engine.run(Lane.BULK) + engine.run(Lane.BULK) == 6
    assert states(mailing) == {DeliveryState.ACCEPTED: 6}
    assert set(Delivery.objects.values_list("attempts", flat=True)) == {1}
    assert len({address for _, address in relay.accepted()}) == len(relay.accepted()) == 6


@pytest.mark.parametrize("drop", ["before", "after"])
def test_a_break_between_the_dot_and_the_answer_leaves_one_row_in_doubt(
    relay: Sink, drop: Literal["before", "after"]
) -> None:
    relay.script.rules = [Rule(phase="dot", drop=drop, times=1)]
    mailing = half_sent(6)
    engine.run(Lane.BULK)
    engine.run(Lane.BULK)
    found = states(mailing)
    assert found[DeliveryState.UNSURE] == 1
    assert found[DeliveryState.ACCEPTED] == 5


@pytest.mark.parametrize(
    ("phase", "code"), [("connect", 554), ("ehlo", 550), ("starttls", 454), ("auth", 535)]
)
def test_trouble_with_the_relay_itself_rests_the_transport_and_charges_nobody(
    relay: Sink, settings: Settings, phase: PhaseName, code: int
) -> None:
    relay.script.tls = "starttls" if phase == "starttls" else "none"
    if phase == "auth":
        relay.script.user, relay.script.password = "handbill", "a password"
    tls = "starttls" if phase == "starttls" else "none"
    login = "handbill:wrong@" if phase == "auth" else ""
    settings.MAIL_URL = f"smtp://{login}127.0.0.1:{relay.port}?tls={tls}"
    relay.script.rules = [] if phase == "auth" else [Rule(phase=phase, code=code)]
    half_sent(3)
    assert engine.run(Lane.BULK) == 0
    assert set(Delivery.objects.values_list("state", "attempts")) == {(DeliveryState.READY, 0)}
    row = Transport.objects.get()
    assert (row.state, row.failures) == (TransportState.PAUSED, 1)
    assert not transports.routes()


def test_mail_never_goes_in_clear_when_the_relay_offers_no_starttls(
    relay: Sink, settings: Settings
) -> None:
    settings.MAIL_URL = f"smtp://127.0.0.1:{relay.port}"
    half_sent(2)
    assert engine.run(Lane.BULK) == 0
    assert relay.accepted() == []
    assert "STARTTLS" in Transport.objects.get().reason


def test_a_relay_that_ends_sessions_after_some_mails_gets_the_rest_in_new_ones(
    relay: Sink, settings: Settings
) -> None:
    settings.MAIL_CONNECTIONS = 1
    relay.script.messages_per_session = 7
    mailing = half_sent(40)
    assert engine.run(Lane.BULK) == 40
    assert states(mailing) == {DeliveryState.ACCEPTED: 40}
    assert len(relay.accepted()) == 40


def test_an_address_that_needs_smtputf8_is_held_when_the_relay_lacks_it(relay: Sink) -> None:
    half_sent(3)
    Delivery.objects.filter(address="p1@example.org").update(address="jörg@example.org")
    assert engine.run(Lane.BULK) == 2
    held = Delivery.objects.get(address="jörg@example.org")
    assert (held.state, held.reason) == (DeliveryState.SKIPPED, "smtputf8")
    relay.script.smtputf8 = True
    Delivery.objects.filter(pk=held.pk).update(state=DeliveryState.READY)
    assert engine.run(Lane.BULK) == 1


def test_a_relay_that_will_not_have_us_as_a_sender_refuses_nobody(relay: Sink) -> None:
    relay.script.rules = [Rule(phase="mail", code=550, text="5.7.1 sender not allowed")]
    half_sent(5)
    assert engine.run(Lane.BULK) == 0
    assert set(Delivery.objects.values_list("state", "attempts")) == {(DeliveryState.READY, 0)}
    assert "5.7.1" in Transport.objects.get().reason


def test_a_mailing_whose_text_is_refused_pauses_before_much_is_lost(relay: Sink) -> None:
    relay.script.rules = [Rule(phase="dot", code=554, text="5.7.1 looks like spam")]
    mailing = half_sent(400)
    assert engine.run(Lane.BULK) == 0
    mailing.refresh_from_db()
    assert mailing.state == MailingState.PAUSED
    assert "refused" in mailing.pause_reason
    found = states(mailing)
    assert MOST[Fate.REFUSED] < found[DeliveryState.REFUSED] < MOST[Fate.REFUSED] + 20
    assert found[DeliveryState.READY] == 400 - found[DeliveryState.REFUSED]


@pytest.mark.parametrize(
    ("state", "end"),
    [(MailingState.SENDING, mailings.resume), (MailingState.EXPANDING, mailings.cancel)],
)
def test_a_mailing_that_paused_itself_is_an_alarm_until_somebody_decides(
    relay: Sink,
    client: Client,
    organiser: User,
    state: MailingState,
    end: Callable[..., object],
) -> None:
    relay.script.rules = [Rule(phase="dot", code=554, text="5.7.1 looks like spam")]
    mailing = half_sent(MOST[Fate.REFUSED] + 20)
    Mailing.objects.update(state=state)
    engine.run(Lane.BULK)
    mailing.refresh_from_db()
    assert mailing.state == MailingState.PAUSED
    client.force_login(organiser)
    sentence = "“Let the nurse see a doctor” was paused"
    assert sentence in client.get("/staff/mailings/").text
    end(mailing=mailing, by=organiser)
    assert sentence not in client.get("/staff/mailings/").text
    assert not Alarm.objects.exists()


def test_missing_mailboxes_alone_pause_nothing(relay: Sink) -> None:
    relay.script.rules = [Rule(phase="rcpt", code=550, text="5.1.1 no such user")]
    mailing = half_sent(120)
    engine.run(Lane.BULK)
    mailing.refresh_from_db()
    assert mailing.state == MailingState.SENDING
    # The others come again later: newsletters/services/storms.py.
    assert states(mailing) == {DeliveryState.READY: 70, DeliveryState.REFUSED: 50}
