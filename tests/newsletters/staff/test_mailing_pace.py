"""Choosing at which hours and how fast a mailing goes out, and seeing why it waits."""

from datetime import UTC, datetime, time, timedelta
from html import unescape

import pytest
import time_machine
from django.urls import reverse

from newsletters.models import Contact, Mailing, SenderDomain, Transport
from newsletters.selectors.transports import known
from newsletters.sending import carriers, claims, transports
from newsletters.sending.claims import Owner
from newsletters.states import Clock, Lane, MailingState
from tests.factories.newsletters import MailingFactory, SubscriptionFactory
from tests.stories import half_sent

pytestmark = pytest.mark.django_db
PLAN = {"when": "2027-03-30T09:00", "zone": "Europe/Vienna"}
SUNDAY = datetime(2027, 3, 28, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _the_weekend_before():
    with time_machine.travel(SUNDAY, tick=False):
        yield


@pytest.fixture
def desk(client, organiser):
    client.force_login(organiser)
    return client


@pytest.fixture
def approved():
    """A mailing to two people, in Vienna and in Tokyo."""
    mailing = MailingFactory(state=MailingState.APPROVED)
    for zone in ("Europe/Vienna", "Asia/Tokyo"):
        member = SubscriptionFactory(contact__time_zone=zone)
        mailing.lists.add(member.mailing_list)
    return mailing


def page(mailing: Mailing) -> str:
    return reverse("staff:mailing_schedule", args=[mailing.pk])


def test_a_window_and_a_throttle_are_said_and_kept(desk, approved):
    chosen = {
        **PLAN,
        "clock": "sender",
        "window_from": "09:00",
        "window_to": "17:30",
        "days": ["0", "1", "4"],
        "per_hour": "1200",
    }
    text = unescape(desk.post(page(approved), {**chosen, "do": "look"}).text)
    assert "Mails leave only on Mon, Tue, Fri." in text
    assert "between 09:00 and 17:30 of our clock" in text
    assert "At most 1,200 leave in an hour." in text
    desk.post(page(approved), {**chosen, "do": "plan"})
    approved.refresh_from_db()
    assert approved.state == MailingState.SCHEDULED
    assert (approved.window_from, approved.window_to) == (time(9), time(17, 30))
    assert (approved.window_days, approved.per_hour) == (0b0010011, 1200)
    shown = unescape(desk.get(reverse("staff:mailing", args=[approved.pk])).text)
    assert "At most 1,200 leave in an hour." in shown


def test_each_readers_own_morning_begins_with_the_first_of_them(desk, approved):
    chosen = {**PLAN, "clock": "reader"}
    text = unescape(desk.post(page(approved), {**chosen, "do": "look"}).text)
    assert "Each reader gets it on Tuesday 30 March 2027, 09:00 of her own clock." in text
    assert "Tuesday 30 March 2027, 02:00 (Europe/Vienna), for Asia/Tokyo" in text
    desk.post(page(approved), {**chosen, "do": "plan"})
    approved.refresh_from_db()
    assert approved.clock == Clock.READER
    assert approved.scheduled_at == datetime(2027, 3, 30, 0, 0, tzinfo=UTC)
    assert approved.scheduled_local == "2027-03-30T09:00"
    shown = unescape(desk.get(reverse("staff:mailing", args=[approved.pk])).text)
    assert "09:00 of her own clock" in shown


def test_a_morning_that_is_over_somewhere_is_refused_with_the_place(desk, approved):
    chosen = {"when": "2027-03-28T16:00", "zone": "Europe/Vienna", "clock": "reader", "do": "plan"}
    text = unescape(desk.post(page(approved), chosen).text)
    assert "In Asia/Tokyo, where some of your readers live, it is past that hour already" in text
    approved.refresh_from_db()
    assert (approved.state, approved.clock) == (MailingState.APPROVED, Clock.SENDER)
    desk.post(page(approved), {**chosen, "clock": "sender"})
    approved.refresh_from_db()
    assert approved.state == MailingState.SCHEDULED


def test_send_now_keeps_the_hours_that_were_chosen(desk, approved):
    desk.post(page(approved), {"window_from": "09:00", "window_to": "17:00", "do": "now"})
    approved.refresh_from_db()
    assert approved.state == MailingState.EXPANDING
    assert approved.window_to == time(17)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"window_from": "09:00"}, "Write both times, or neither."),
        ({"window_to": "17:00"}, "Write both times, or neither."),
        ({"window_from": "9 o'clock", "window_to": "17:00"}, "Write the time like 09:00."),
        ({"window_from": "09:00", "window_to": "09:00"}, "leave no hour between them"),
        ({"days": ["9"]}, "9 is not one of the available choices"),
        ({"per_hour": "0"}, "Write 1 or more, or leave it empty."),
        ({"per_hour": "many"}, "Write a whole number, or leave it empty."),
        ({"clock": "moon"}, "moon is not one of the available choices"),
    ],
)
@pytest.mark.parametrize("button", ["plan", "now"])
def test_what_cannot_be_meant_is_said_at_its_field_and_nothing_starts(
    desk, approved, typed, sentence, button
):
    answer = desk.post(page(approved), {**PLAN, **typed, "do": button})
    assert answer.status_code == 422
    assert sentence in unescape(answer.text)
    assert "<details open>" in answer.text
    approved.refresh_from_db()
    assert (approved.state, approved.window_from) == (MailingState.APPROVED, None)


# Why nothing leaves ----------------------------------------------------------------
def said(desk, mailing: Mailing) -> str:
    return unescape(desk.get(reverse("staff:mailing", args=[mailing.pk])).text)


def test_a_mailing_says_that_it_waits_for_its_hours(desk):
    mailing = half_sent(2)
    Mailing.objects.update(window_from=time(9), window_to=time(13), scheduled_zone="Europe/Vienna")
    assert "Waits for its hours: it goes on by itself at 09:00, 29 March" in said(desk, mailing)
    with time_machine.travel(SUNDAY + timedelta(hours=20)):
        assert "Waits for its hours" not in said(desk, mailing)


def test_a_mailing_says_that_todays_warm_up_is_sent(desk):
    mailing = half_sent(60)
    SenderDomain.objects.create(domain="testserver", warm_up_from=SUNDAY.date())
    row = transports.rows()[0]
    assert "warm-up" not in said(desk, mailing)
    claims.take(Lane.BULK, Owner("w", "h"), carriers.carriers([row])[row.pk])
    text = said(desk, mailing)
    assert "Today’s 50 mails of the warm-up are sent; it goes on at 00:00, 29 March" in text


def test_a_mailing_waits_only_when_every_way_is_used_up(desk, settings):
    mailing = half_sent(30)
    settings.MAIL_TRANSPORTS = {"second": "outbox://"}
    rows = transports.rows()
    Transport.objects.filter(name="main").update(per_hour=10)
    ways = carriers.carriers(known())
    claims.take(Lane.BULK, Owner("w", "h"), ways[rows[0].pk])
    assert "This hour’s limit" not in said(desk, mailing)
    Transport.objects.filter(name="second").update(weight=0)
    text = said(desk, mailing)
    assert "This hour’s limit of 10 mails is reached; it goes on at 13:00, 28 March" in text
    assert Contact.objects.count() == 30
