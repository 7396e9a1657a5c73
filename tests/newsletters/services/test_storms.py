"""A domain that denies one mailbox after another is not believed."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from pytest_django import Settings

from newsletters.models import Alarm, Contact, Delivery, Suppression
from newsletters.selectors.alarms import open_
from newsletters.sending import engine
from newsletters.services import storms
from newsletters.services.storms import BELIEVED
from newsletters.states import ContactState, DeliveryState, Lane, SuppressionReason
from tests.infra.sink_script import Rule
from tests.sink import Sink
from tests.stories import half_sent, states

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def relay(smtp_sink: Sink, settings: Settings) -> Sink:
    """The mail goes to the sink, whose directory is down."""
    settings.MAIL_URL = f"smtp://127.0.0.1:{smtp_sink.port}?tls=none"
    smtp_sink.script.rules = [Rule(phase="rcpt", code=550, text="5.1.1 no such user")]
    return smtp_sink


def due_again() -> None:
    """The wait after a temporary refusal is over."""
    Delivery.objects.filter(state=DeliveryState.READY).update(due_at=timezone.now())


def test_a_storm_of_missing_mailboxes_suppresses_nobody_and_is_said_once(relay: Sink) -> None:
    mailing = half_sent(BELIEVED + 30)
    # Deep inside one of the clock's windows.
    with time_machine.travel("2026-11-24T10:01:00Z"):
        due_again()
        engine.run(Lane.BULK)
        assert states(mailing) == {DeliveryState.READY: 30, DeliveryState.REFUSED: BELIEVED}
        assert not Suppression.objects.exists()
        assert not Contact.objects.filter(state=ContactState.BOUNCED).exists()
        [alarm] = open_()
        assert alarm.sentence.startswith(f"example.org says that {BELIEVED + 1} mailboxes")
        relay.script.rules = []
        due_again()
        assert engine.run(Lane.BULK) == 30, "their turn came again"


def test_the_alarm_is_over_an_hour_after_the_storm(relay: Sink) -> None:
    half_sent(BELIEVED + 1)
    with time_machine.travel("2026-11-24T10:01:00Z") as clock:
        due_again()
        engine.run(Lane.BULK)
        clock.shift(timedelta(minutes=59))
        assert storms.calm() == 0
        clock.shift(timedelta(minutes=2))
        assert storms.calm() == 1
        assert not Alarm.objects.exists()


def test_as_many_missing_mailboxes_as_a_domain_may_have_are_believed(relay: Sink) -> None:
    half_sent(BELIEVED)
    engine.run(Lane.BULK)
    assert Suppression.objects.filter(reason=SuppressionReason.BOUNCED).count() == BELIEVED
    assert not Alarm.objects.exists()


def test_a_storm_at_one_domain_says_nothing_about_another(relay: Sink) -> None:
    half_sent(BELIEVED + 30)
    with time_machine.travel("2026-11-24T10:01:00Z"):
        move("p0@example.org", "p0@mira.example")
        due_again()
        engine.run(Lane.BULK)
        [row] = Suppression.objects.all()
        assert row.address_key == Contact.objects.get(email="p0@mira.example").address_key


def test_what_was_suppressed_long_before_the_storm_stays_so(relay: Sink) -> None:
    half_sent(BELIEVED + 30)
    with time_machine.travel("2026-11-24T10:01:00Z"):
        key = Contact.objects.get(email="p3@example.org").address_key
        old = timezone.now() - timedelta(days=30)
        Suppression.objects.create(
            address_key=key, scope="all", reason="bounced", detail="550 5.1.1 gone", since=old
        )
        due_again()
        engine.run(Lane.BULK)
        assert Suppression.objects.get().address_key == key


def test_one_dead_mailbox_refused_a_hundred_times_is_no_storm(relay: Sink) -> None:
    half_sent(1)
    engine.run(Lane.BULK)
    row = Delivery.objects.get()
    answers = [
        storms.rages(address=row.address, address_key=row.address_key, code="550 5.1.1")
        for _ in range(100)
    ]
    assert not any(answers)
    assert Suppression.objects.get().address_key == row.address_key


def move(old: str, new: str) -> None:
    """She has her mailbox elsewhere."""
    Contact.objects.filter(email=old).update(email=new)
    Delivery.objects.filter(address=old).update(address=new)
