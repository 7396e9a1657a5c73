"""Who comes: confirmed by mail, a queue for what is full, everybody told, everybody forgotten."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.utils import timezone

from campaigns.models import Event, Rsvp
from campaigns.newsletter_hooks import RSVPS
from campaigns.selectors import events as selectors
from campaigns.services import events, mail_limits, rsvp_retention, rsvps
from campaigns.services.rsvps import Answer, Standing
from campaigns.states import EventState, RsvpState
from campaigns.tasks import tell_events
from campaigns.tokens import RSVP
from newsletters import addresses, tokens
from newsletters.models import Delivery
from tests.factories.campaigns import EventFactory, RsvpFactory, moment
from worker.doorbell import Job

pytestmark = pytest.mark.django_db
COMING, WAITING, CANCELLED = RsvpState.COMING, RsvpState.WAITING, RsvpState.CANCELLED


def answer(email="anna@example.org", language="en"):
    return Answer("Anna Marku", addresses.parse(email), language)


def mails(kind):
    """The addresses that got this mail, in the order in which it was queued."""
    rows = Delivery.objects.filter(kind=f"campaigns.{kind}").order_by("pk")
    return list(rows.values_list("address", flat=True))


def states(event):
    """The states of all answers, in the order in which they came."""
    return list(event.rsvps.order_by("pk").values_list("state", flat=True))


def guests(event, *wanted):
    return [RsvpFactory(event=event, state=state) for state in wanted]


def test_the_one_beyond_the_capacity_waits_and_moves_up_when_somebody_cancels():
    event = EventFactory(capacity=2)
    first, second, third, fourth = (RsvpFactory(event=event) for _number in range(4))
    for rsvp in (first, second, fourth, third):
        assert rsvps.confirm(rsvp=rsvp)
        assert not rsvps.confirm(rsvp=rsvp)
    assert states(event) == [COMING, COMING, WAITING, WAITING]
    assert selectors.counts(event) == selectors.Counts(2, 2, 0)
    assert rsvps.cancel(rsvp=first)
    assert not rsvps.cancel(rsvp=first)
    # In the order of confirming, not of asking.
    assert states(event) == [CANCELLED, COMING, WAITING, COMING]
    assert mails("rsvp_coming") == [first.email, second.email]
    assert mails("rsvp_waiting") == [fourth.email, third.email]
    assert mails("rsvp_moved_up") == [fourth.email]
    first.refresh_from_db()
    assert (first.name, first.email, first.address_key) == ("", "", "")


def test_who_gives_up_a_place_in_the_queue_moves_nobody():
    event = EventFactory(capacity=1)
    _comes, waits, _next = guests(event, COMING, WAITING, WAITING)
    rsvps.cancel(rsvp=waits)
    assert states(event) == [COMING, CANCELLED, WAITING]


def test_asking_queues_one_mail_that_names_nobody_and_its_link_confirms(settings):
    settings.SITE_URL = "https://karsh.example"
    event = EventFactory(place_by_mail=True)
    rsvps.request(event=event, answer=answer())
    text = Delivery.objects.get().body.text
    assert mails("confirm_rsvp") == ["anna@example.org"]
    assert "Anna" not in text
    assert "Veldstad" in text
    # Whoever typed the address must not learn the place by it.
    assert "Harbour Square" not in text
    token = text.partition("https://karsh.example/events/answer/")[2][:48]
    rsvp = selectors.by_token(token)
    assert rsvp
    assert rsvps.standing(rsvp) == Standing.WAITING_FOR_YOU
    assert rsvps.confirm(rsvp=rsvp)
    told = Delivery.objects.get(kind="campaigns.rsvp_coming").body.text
    assert "Harbour Square, by the crane, Veldstad" in told
    rsvp.refresh_from_db()
    assert rsvps.standing(rsvp) == Standing.COMING


def test_who_comes_already_is_led_to_her_answer_whatever_spelling_and_whichever_link():
    event = EventFactory()
    for _time in range(2):
        rsvps.request(event=event, answer=answer("anna.marku@gmail.com"))
    older, newer = Rsvp.objects.order_by("pk")
    rsvps.confirm(rsvp=older)
    rsvps.request(event=event, answer=answer("a.nnamarku+x@gmail.com"))
    assert Rsvp.objects.count() == 2
    assert mails("rsvp_known") == ["anna.marku@gmail.com"]
    assert not rsvps.confirm(rsvp=newer)
    assert selectors.by_token(tokens.seal(RSVP, newer.pk)) == older
    # However old: she may change her mind until the event.
    assert selectors.by_token(tokens.seal(RSVP, older.pk, stamp=1)) == older
    assert selectors.by_token("x" * 48) is None


def test_one_mailbox_gets_six_mails_an_hour_whoever_asks():
    event = EventFactory()
    for number in range(9):
        rsvps.request(event=event, answer=answer(f"anna+{number}@gmail.com"))
    assert Delivery.objects.count() == Rsvp.objects.count() == mail_limits.AN_HOUR


@pytest.mark.parametrize(
    "event",
    [
        {"state": EventState.DRAFT},
        {"state": EventState.CALLED_OFF},
        {"starts_at": moment(-1, 18)},
        {"starts_at": moment(-1, 18), "ends_at": None, "ends_local": ""},
    ],
)
def test_a_draft_one_called_off_and_one_that_is_over_take_no_answer_and_mail_nobody(event):
    row = EventFactory(capacity=1, **event)
    waiting_for_her, comes, _waits = guests(row, RsvpState.PENDING, COMING, WAITING)
    rsvps.request(event=row, answer=answer())
    assert not rsvps.confirm(rsvp=waiting_for_her)
    assert rsvps.move_up(event=row) == 0
    expected = {EventState.ANNOUNCED: Standing.OVER, EventState.CALLED_OFF: Standing.CALLED_OFF}
    assert rsvps.standing(comes) == expected.get(row.state, Standing.COMING)
    assert not Delivery.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_ten_who_press_at_once_for_the_last_place_one_gets_it():
    event = EventFactory(capacity=3)
    guests(event, COMING, COMING)
    asked = guests(event, *[RsvpState.PENDING] * 10)

    def press(rsvp):
        try:
            return rsvps.confirm(rsvp=rsvp)
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=10) as pool:
        assert all(pool.map(press, asked))
    assert states(event).count(COMING) == 3
    assert states(event).count(WAITING) == 9
    assert (len(mails("rsvp_coming")), len(mails("rsvp_waiting"))) == (1, 9)


@pytest.mark.django_db(transaction=True)
def test_places_given_up_while_others_confirm_and_all_are_told_leave_nobody_out():
    event = EventFactory(capacity=5)
    coming = guests(event, *[COMING] * 5)
    asked = guests(event, *[RsvpState.PENDING] * 8)
    events.call_off(event=event)
    events.announce(event=event)
    acts = [
        *[lambda row=row: rsvps.cancel(rsvp=row) for row in coming[:4]],
        *[lambda row=row: rsvps.confirm(rsvp=row) for row in asked],
        rsvps.tell_all,
        rsvps.tell_all,
    ]

    def do(act):
        try:
            act()
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=10) as pool:
        list(pool.map(do, acts))
    assert states(event).count(COMING) == 5
    assert states(event).count(WAITING) == 4
    rsvps.tell_all()
    # Who still comes from before has heard once that it takes place; who confirmed later knew.
    assert mails("rsvp_changed").count(coming[4].email) == 1
    assert not set(mails("rsvp_changed")) & {row.email for row in asked}


def test_everybody_is_told_once_of_a_call_off_whatever_ring_is_lost(rung):
    event = EventFactory()
    told = [row.email for row in guests(event, COMING, WAITING)]
    guests(event, RsvpState.PENDING, CANCELLED)
    assert events.call_off(event=event)
    assert not events.call_off(event=event)
    rung.collect()
    for _time in range(2):
        tell_events()
    assert mails("rsvp_called_off") == told
    assert events.announce(event=event)
    assert Job.TELL_EVENTS in {ring.job for ring in rung.collect()}
    tell_events()
    # Of those who waited somebody has a place now, and hears that instead.
    assert mails("rsvp_changed") == told[:1]
    assert mails("rsvp_moved_up") == told[1:]


def test_a_note_that_got_lost_repeats_no_mail_and_misses_nobody(monkeypatch):
    monkeypatch.setattr(rsvps, "BATCH", 2)
    event = EventFactory()
    told = [row.email for row in guests(event, *[COMING] * 5)]
    events.call_off(event=event)
    event.refresh_from_db()
    assert rsvps.tell(event=event) == 2
    # Its mail is there, and the note that she has been told got lost.
    Rsvp.objects.filter(email=told[0]).update(told=0)
    rsvps.tell_all()
    assert mails("rsvp_called_off") == told


def test_her_mail_speaks_her_language_and_the_clock_of_the_place():
    event = EventFactory(
        time_zone="Europe/Vienna", starts_at=moment(3, 17), ends_at=None, ends_local=""
    )
    RsvpFactory(event=event, state=COMING, page_language="de")
    events.call_off(event=event)
    tell_events()
    told = event.starts_at.astimezone(ZoneInfo("Europe/Vienna"))
    days = ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag")
    text = Delivery.objects.get().body.text
    assert days[told.weekday()] in text
    assert f", {told:%H:%M} (Europe/Vienna)" in text


def test_unconfirmed_answers_go_after_two_weeks_names_after_thirty_days_all_after_a_year():
    over = EventFactory(starts_at=moment(-31, 18))
    came, waited = guests(over, COMING, WAITING)
    long_over = EventFactory(starts_at=moment(-370, 18))
    guests(long_over, COMING, COMING, WAITING)
    recent = RsvpFactory(event__starts_at=moment(-29, 18), state=COMING)
    old = RsvpFactory()
    Rsvp.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=15))
    due = {rule.name: rule.due() for rule in RSVPS.rules()}
    assert due == {"rsvps_unconfirmed": 1, "rsvps": 5, "rsvps_old": 3}
    assert {rule.name: rule.forget() for rule in RSVPS.rules()} == due
    assert {rule.due() for rule in RSVPS.rules()} == {0}
    came.refresh_from_db()
    assert (came.name, came.email, came.state) == ("", "", COMING)
    assert came.address_key
    recent.refresh_from_db()
    assert recent.email
    assert set(Rsvp.objects.all()) == {came, waited, recent}
    past: Any = selectors.past_events()
    assert {row.pk: row.came for row in past} == {over.pk: 1, recent.event_id: 1, long_over.pk: 2}


def test_a_place_of_somebody_erased_goes_to_the_next_and_who_came_still_counts():
    to_come, over = EventFactory(capacity=1), EventFactory(starts_at=moment(-2, 18))
    hers, waits = guests(to_come, COMING, WAITING)
    RsvpFactory(event=over, email=hers.email, state=COMING)
    RsvpFactory(email=hers.email)
    assert RSVPS.erase([hers.address_key]) == 3
    assert RSVPS.erase([hers.address_key]) == 0
    assert (states(to_come), states(over)) == ([CANCELLED, COMING], [COMING])
    assert mails("rsvp_moved_up") == [waits.email]
    kept = Rsvp.objects.exclude(pk=waits.pk)
    assert {(row.name, row.email, row.person_key) for row in kept} == {
        ("", "", f"-{row.pk}") for row in kept
    }


def test_what_she_answered_is_told_and_held_by_the_keys_of_her_addresses(
    django_assert_max_num_queries,
):
    hers = RsvpFactory(state=COMING)
    RsvpFactory(event=hers.event, email="second@example.net")
    RsvpFactory(event=hers.event)
    keys = [hers.address_key, addresses.address_key("second@example.net")]
    with django_assert_max_num_queries(1):
        moments = RSVPS.moments(keys)
    assert [moment.words for moment in moments] == [
        "Answered to “Vigil for Mira Osk”: waiting for the person's confirmation",
        "Answered to “Vigil for Mira Osk”: comes",
    ]
    assert moments[0].url == f"/staff/events/{hers.event_id}/"
    assert {row["E-mail"] for row in RSVPS.held(keys)} == {hers.email, "second@example.net"}


def test_lists_count_in_one_query(django_assert_max_num_queries):
    full, free, hidden = EventFactory(capacity=2), EventFactory(), EventFactory(state="draft")
    guests(full, COMING, COMING, COMING, WAITING, CANCELLED, RsvpState.PENDING)
    EventFactory(starts_at=moment(-1, 18))
    with django_assert_max_num_queries(1):
        rows: Any = list(selectors.coming_events())
    counted = {row.pk: (row.coming, row.waiting, row.places_left) for row in rows}
    assert counted == {full.pk: (3, 1, 0), free.pk: (0, 0, None)}
    assert selectors.past_events().count() == 1
    assert selectors.by_slug(hidden.slug) is None
    assert selectors.for_staff().count() == Event.objects.count() == 4
    assert [row.state for row in selectors.who_comes(full)] == [COMING] * 3 + [WAITING]


def test_forgetting_works_in_chunks(monkeypatch):
    monkeypatch.setattr(rsvp_retention, "BATCH", 2)
    guests(EventFactory(starts_at=moment(-31, 18)), *[COMING] * 5)
    assert rsvp_retention.forget_names() == 5
