"""Several ways out, against real servers: shares, domains, rest after trouble, odd addresses."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from newsletters import addresses
from newsletters.models import (
    Alarm,
    Claim,
    Contact,
    Delivery,
    DeliveryBody,
    SenderDomain,
    Transport,
)
from newsletters.sending import claims, engine, transports
from newsletters.sending.claims import Owner
from newsletters.services import deliveries, mailings
from newsletters.services.outgoing import Letterhead, Recipient, store
from newsletters.states import AlarmKind, DeliveryState, Lane, SkipReason, TransportState
from tests.infra.sink_script import Rule
from tests.sink import Sink
from tests.stories import half_sent, states

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def second_sink(tmp_path: Path) -> Iterator[Sink]:
    """Another relay."""
    with Sink(record=tmp_path / "second.txt", keep=tmp_path / "second") as sink:
        yield sink


@pytest.fixture
def relays(smtp_sink: Sink, second_sink: Sink, settings: Settings) -> tuple[Sink, Sink]:
    """The transports "main" and "second"."""
    settings.MAIL_URL = f"smtp://127.0.0.1:{smtp_sink.port}?tls=none"
    settings.MAIL_TRANSPORTS = {"second": f"smtp://127.0.0.1:{second_sink.port}?tls=none"}
    settings.MAIL_CONNECTIONS = 4
    return smtp_sink, second_sink


def plan(name: str, *domains: str, **changes: int) -> Transport:
    """What staff say about a way out."""
    row = next(row for row in transports.rows() if row.name == name)
    Transport.objects.filter(pk=row.pk).update(**changes)
    row.sender_domains.set(
        SenderDomain.objects.get_or_create(domain=domain)[0] for domain in domains
    )
    row.refresh_from_db()
    return row


def own_domain() -> str:
    """Where all our mail comes from."""
    return str(django_settings.MAIL_FROM).rpartition("@")[2]


# Which way ------------------------------------------------------------------------
def test_several_ways_carry_one_mailing_and_nobody_gets_it_twice(
    relays: tuple[Sink, Sink],
) -> None:
    for relay in relays:
        relay.script.rules = [Rule(phase="dot", delay=0.002)]
    mailing = half_sent(900)
    assert engine.run(Lane.BULK) == 900
    main, second = (relay.accepted() for relay in relays)
    assert states(mailing) == {DeliveryState.ACCEPTED: 900}
    assert len({address for _, address in main + second}) == len(main) + len(second) == 900
    assert min(len(main), len(second)) >= 200, "each had a part"
    assert not Claim.objects.exists()


def test_a_share_of_nothing_carries_nothing(relays: tuple[Sink, Sink]) -> None:
    plan("main", weight=0)
    half_sent(10)
    assert engine.run(Lane.BULK) == 10
    assert [len(relay.accepted()) for relay in relays] == [0, 10]


def test_a_domain_that_a_way_names_goes_only_there(relays: tuple[Sink, Sink]) -> None:
    plan("second", own_domain())
    mailing = half_sent(10)
    body = DeliveryBody(subject="Please confirm", text="One.", html="<p>One.</p>")
    store(kind="newsletters.confirm_subscription", to=Recipient("a@example.org"), body=body)
    relays[1].cut()
    assert engine.run(Lane.BULK) == 0
    assert states(mailing) == {DeliveryState.READY: 10}, "it waits rather than go the wrong way"
    relays[1].mend()
    Transport.objects.update(retry_at=timezone.now())
    assert engine.run(Lane.BULK) == 10
    assert engine.run(Lane.NOW) == 1
    assert [len(relay.accepted()) for relay in relays] == [0, 11]


def test_a_single_mail_goes_the_way_of_its_own_sender(relays: tuple[Sink, Sink]) -> None:
    ours = plan("main", own_domain())
    plan("second", "lists.example")
    for number, sender in enumerate(("", "hello@lists.example", "hello@unnamed.example")):
        body = DeliveryBody(subject="Welcome", text="One.", html="<p>One.</p>")
        letterhead = Letterhead(sender_email=sender)
        store(kind="test", to=Recipient(f"p{number}@example.org"), body=body, letterhead=letterhead)
    relays[1].cut()
    assert engine.run(Lane.NOW) == 1
    assert arrived(relays[0]) == {"p0@example.org"}
    relays[1].mend()
    Transport.objects.update(retry_at=timezone.now())
    assert engine.run(Lane.NOW) == 1
    assert arrived(relays[1]) == {"p1@example.org"}
    ours.sender_domains.clear()
    assert engine.run(Lane.NOW) == 1
    assert arrived(relays[0]) == {"p0@example.org", "p2@example.org"}


@pytest.mark.parametrize("named", [(), ("lists.example",)])
def test_a_name_in_another_script_waits_for_the_one_way_of_its_sender_that_may_carry_it(
    relays: tuple[Sink, Sink], named: tuple[str, ...]
) -> None:
    plan("main", "lists.example", "other.example", smtputf8=False)
    plan("second", *named, smtputf8=True)
    for number, sender in enumerate(("hello@lists.example", "hello@other.example")):
        body = DeliveryBody(subject="Welcome", text="One.", html="<p>One.</p>")
        letterhead = Letterhead(sender_email=sender)
        store(kind="test", to=Recipient(f"ä{number}@example.org"), body=body, letterhead=letterhead)
    taken = claims.take(Lane.NOW, Owner("worker", "host"), transports.routes()[0].carrier)
    assert taken is not None
    first = ["ä1@example.org"] if named else ["ä0@example.org", "ä1@example.org"]
    assert [row.address for row in taken.rows] == first


def test_a_way_that_names_another_domain_carries_none_of_ours(relays: tuple[Sink, Sink]) -> None:
    plan("second", "elsewhere.example")
    half_sent(10)
    engine.run(Lane.BULK)
    assert [len(relay.accepted()) for relay in relays] == [10, 0]


def test_a_claim_knows_its_transport_and_a_limit_sends_the_rest_the_other_way(
    relays: tuple[Sink, Sink],
) -> None:
    main = plan("main", per_hour=20)
    half_sent(300)
    route = transports.routes()[0]
    taken = claims.take(Lane.BULK, Owner("worker", "host"), route.carrier)
    assert taken is not None
    assert Claim.objects.get().transport == main
    claims.release(taken.claim)
    assert engine.run(Lane.BULK) == 300
    assert [len(relay.accepted()) for relay in relays] == [19, 281]


# Trouble --------------------------------------------------------------------------
def test_one_way_in_trouble_rests_alone_and_raises_one_alarm(relays: tuple[Sink, Sink]) -> None:
    relays[0].cut()
    mailing = half_sent(300)
    assert engine.run(Lane.BULK) == 300
    assert len(relays[1].accepted()) == 300
    assert states(mailing) == {DeliveryState.ACCEPTED: 300}
    main, second = Transport.objects.order_by("name")
    assert (main.state, main.failures) == (TransportState.PAUSED, 1)
    assert (second.state, second.failures) == (TransportState.OPEN, 0)
    assert not Alarm.objects.exists(), "once may be a relay that restarts"
    rests = [(main.retry_at - timezone.now()).total_seconds() if main.retry_at else 0]
    for number in range(4):
        Transport.objects.filter(name="main").update(retry_at=timezone.now())
        transports.note_trouble("connect: refused", name="main")
        # Those who were on the way when somebody else noted it count for nothing.
        transports.note_trouble("connect: refused", name="main")
        row = Transport.objects.get(name="main")
        assert row.failures == number + 2
        assert row.retry_at is not None
        rests.append((row.retry_at - timezone.now()).total_seconds())
        alarm = Alarm.objects.get()
        assert (alarm.kind, alarm.details["transport"]) == (AlarmKind.TRANSPORT, "main")
    assert [round(rest / 10) * 10 for rest in rests] == [10, 30, 120, 600, 600]
    relays[0].mend()
    Transport.objects.filter(name="main").update(retry_at=timezone.now())
    Delivery.objects.update(state=DeliveryState.READY)
    assert engine.run(Lane.BULK) == 300
    row = Transport.objects.get(name="main")
    assert (row.state, row.failures, row.reason) == (TransportState.OPEN, 0, "")
    assert not Alarm.objects.exists()


def test_a_way_that_names_its_wait_rests_so_long_within_reason() -> None:
    for asked, seconds in ((5, 10), (300, 300), (90_000, 3600)):
        Transport.objects.all().delete()
        transports.note_trouble("mail: slow down", retry_after=asked)
        rest = Transport.objects.get().retry_at
        assert rest is not None
        assert abs(rest - timezone.now() - timedelta(seconds=seconds)) < timedelta(seconds=5)


def test_rows_are_made_once_and_others_are_not_used(settings: Settings) -> None:
    Transport.objects.create(name="gone")
    settings.MAIL_TRANSPORTS = {"second": "outbox://"}
    assert [row.name for row in transports.rows()] == ["main", "second"]
    assert [route.name for route in transports.routes()] == ["main", "second"]
    assert Transport.objects.count() == 3
    settings.MAIL_TRANSPORTS = {"second": "carrier-pigeon://me:hunter2@coop"}
    with pytest.raises(ImproperlyConfigured) as refused:
        transports.routes()
    assert "MAIL_TRANSPORTS (second)" in str(refused.value)
    assert "hunter2" not in str(refused.value)


# Addresses in other scripts ---------------------------------------------------------
def give(*typed: str) -> None:
    """The people of the story have these addresses, as they typed them."""
    for row, text in zip(Delivery.objects.order_by("pk"), typed, strict=True):
        address = addresses.parse(text).canonical
        Contact.objects.filter(deliveries=row).update(email=address)
        Delivery.objects.filter(pk=row.pk).update(address=address)


@pytest.mark.parametrize("offers", [True, False])
def test_a_domain_in_another_script_is_no_hindrance_and_a_name_in_one_needs_smtputf8(
    smtp_sink: Sink, settings: Settings, offers: bool
) -> None:
    settings.MAIL_URL = f"smtp://127.0.0.1:{smtp_sink.port}?tls=none"
    smtp_sink.script.smtputf8 = offers
    half_sent(3)
    give("u@bücher.example", "jörg@bücher.example", "anna@example.org")
    assert engine.run(Lane.BULK) == 2 + offers
    arrived = {address for _, address in smtp_sink.accepted()}
    assert {"u@xn--bcher-kva.example", "anna@example.org"} <= arrived
    row = Delivery.objects.order_by("pk")[1]
    if offers:
        assert row.state == DeliveryState.ACCEPTED
        assert row.address in arrived
    else:
        assert (row.state, row.reason) == (DeliveryState.SKIPPED, SkipReason.NEEDS_SMTPUTF8)


def name_every_third() -> set[str]:
    """Every third person has a name in another script; returns their addresses."""
    people = Delivery.objects.order_by("pk").values_list("address", flat=True)
    typed = [f"ä{text}" if number % 3 == 0 else text for number, text in enumerate(people)]
    give(*typed)
    return {text for text in typed if not text.isascii()}


def arrived(relay: Sink) -> set[str]:
    """Whom it took mail for."""
    return {address for _, address in relay.accepted()}


def now_due() -> None:
    """What was put off comes now."""
    Delivery.objects.update(due_at=timezone.now())


def test_what_one_relay_cannot_carry_goes_by_another(relays: tuple[Sink, Sink]) -> None:
    main, second = relays
    second.script.smtputf8 = True
    plan("second", weight=0)
    mailing = half_sent(30)
    others = name_every_third()
    assert engine.run(Lane.BULK) == 20
    assert states(mailing) == {DeliveryState.ACCEPTED: 20, DeliveryState.SKIPPED: 10}
    plan("second", weight=1)
    second.cut()
    Delivery.objects.filter(state=DeliveryState.SKIPPED).update(state=DeliveryState.READY)
    assert engine.run(Lane.BULK) == 0
    assert states(mailing)[DeliveryState.READY] == 10, "they wait for the one that may carry them"
    second.mend()
    Transport.objects.update(retry_at=timezone.now())
    now_due()
    assert engine.run(Lane.BULK) == 10
    assert not arrived(main) & others
    assert arrived(second) == others
    assert Transport.objects.get(name="second").smtputf8 is True


def test_a_relay_that_lacks_smtputf8_leaves_such_rows_to_others_without_taking_them(
    relays: tuple[Sink, Sink],
) -> None:
    main, second = relays
    second.script.smtputf8 = True
    half_sent(30)
    others = name_every_third()
    # Who greets first may claim all of it; what it finds it cannot carry, it gives back.
    engine.run(Lane.BULK)
    assert Transport.objects.get(name="main").smtputf8 is False
    now_due()
    engine.run(Lane.BULK)
    assert arrived(main) | arrived(second) == set(
        Delivery.objects.values_list("address", flat=True)
    )
    assert not arrived(main) & others
    body = DeliveryBody(subject="Please confirm", text="One.", html="<p>One.</p>")
    store(kind="newsletters.confirm_subscription", to=Recipient("jörg@example.net"), body=body)
    store(kind="newsletters.confirm_subscription", to=Recipient("anna@example.net"), body=body)
    taken = claims.take(Lane.NOW, Owner("worker", "host"), transports.routes()[0].carrier)
    assert taken is not None
    assert [row.address for row in taken.rows] == ["anna@example.net"]
    claims.release(taken.claim)
    assert engine.run(Lane.NOW) == 2
    assert "jörg@example.net" in arrived(second)


def test_rows_no_relay_could_carry_go_when_one_can_and_somebody_says_so(
    relays: tuple[Sink, Sink], client: Client, organiser: User
) -> None:
    mailing = half_sent(9)
    others = name_every_third()
    for _ in range(2):
        engine.run(Lane.BULK)
        now_due()
    assert states(mailing) == {DeliveryState.ACCEPTED: 6, DeliveryState.SKIPPED: 3}
    assert mailings.finish_done() == 1
    client.force_login(organiser)
    page = reverse("staff:mailing_people", args=[mailing.pk]) + "?reason=smtputf8"
    assert "Send to these 3 again" in client.get(page).text
    relays[1].script.smtputf8 = True
    Delivery.objects.update(deadline_at=timezone.now() - timedelta(days=1))
    send = reverse("staff:mailing_held", args=[mailing.pk])
    said = client.post(send, follow=True).text
    assert "3 mails are on their way again" in said
    assert "Nothing was changed" in client.post(send, follow=True).text
    for _ in range(2):
        engine.run(Lane.BULK)
        now_due()
    assert states(mailing) == {DeliveryState.ACCEPTED: 9}
    assert arrived(relays[1]) >= others
    assert not arrived(relays[0]) & others
    assert mailings.finish_done() == 1


def test_held_rows_of_a_cancelled_mailing_stay_held(organiser: User) -> None:
    mailing = half_sent(2)
    Delivery.objects.update(state=DeliveryState.SKIPPED, reason=SkipReason.NEEDS_SMTPUTF8)
    mailings.cancel(mailing=mailing, by=organiser)
    assert deliveries.send_held(mailing=mailing, by=organiser) == 0
    assert states(mailing) == {DeliveryState.SKIPPED: 2}
