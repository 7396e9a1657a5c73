"""Events: what may be written, who is told of what, and the calendar file."""

from dataclasses import replace

import pytest
from icalendar import Calendar

from campaigns import calendar
from campaigns.errors import EventRefused
from campaigns.models import Event
from campaigns.selectors import events as selectors
from campaigns.services import events, rsvps
from campaigns.services.events import Details
from campaigns.states import EventState, RsvpState
from newsletters.models import Delivery
from tests.factories.campaigns import EventFactory, RsvpFactory, moment

pytestmark = pytest.mark.django_db
SOON = f"{moment(3, 18):%Y-%m-%dT%H:%M}"
DETAILS = Details(
    title="Vigil for Mira Osk",
    summary="Bring a candle.",
    language="en",
    town="Veldstad",
    place="Harbour Square",
    place_by_mail=False,
    starts_local=SOON,
    ends_local="",
    time_zone="UTC",
    capacity=None,
    campaign=None,
)


def test_two_of_one_name_have_addresses_of_their_own_and_begin_as_drafts():
    first, second = events.create(details=DETAILS), events.create(details=DETAILS)
    assert (first.slug, second.slug) == ("vigil-for-mira-osk", "vigil-for-mira-osk-2")
    assert (first.state, first.starts_at) == (EventState.DRAFT, moment(3, 18))
    assert events.announce(event=first)
    first.refresh_from_db()
    assert first.announced_at
    assert not events.announce(event=first)


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        # The clocks of Vienna skip the first of these hours; the second comes twice.
        ("starts_local", {"starts_local": "2027-03-28T02:30", "time_zone": "Europe/Vienna"}),
        ("starts_local", {"starts_local": "2027-10-31T02:30", "time_zone": "Europe/Vienna"}),
        ("starts_local", {"starts_local": "tomorrow"}),
        ("starts_local", {"starts_local": "0001-01-01T00:00", "time_zone": "Asia/Tokyo"}),
        ("ends_local", {"ends_local": SOON}),
        ("ends_local", {"ends_local": "soon"}),
        ("time_zone", {"time_zone": "Karsh/Orrin"}),
        ("capacity", {"capacity": 0}),
        ("capacity", {"capacity": 3_000_000_000}),
        ("title", {"title": " \u202e "}),
        ("title", {"title": "Vigil\r\nBcc: all@example.org"}),
        ("title", {"title": "x" * 161}),
        ("place", {"place": ""}),
        ("summary", {"summary": "a\x00b"}),
    ],
)
def test_what_cannot_be_is_refused_at_its_field_and_nothing_is_kept(field, wrong):
    details = replace(DETAILS, **wrong)
    with pytest.raises(EventRefused) as refused:
        events.create(details=details)
    assert refused.value.code == field
    assert not Event.objects.exists()
    kept = EventFactory()
    with pytest.raises(EventRefused):
        events.change(event=kept, details=details)
    assert Event.objects.get().place == kept.place


def test_a_changed_place_is_told_to_who_comes_and_another_summary_to_nobody():
    event = events.create(details=replace(DETAILS, place_by_mail=True, capacity=1))
    event = events.change(event=event, details=replace(DETAILS, place="Mole 4", capacity=1))
    assert event.sequence == 0
    events.announce(event=event)
    event.refresh_from_db()
    comes = RsvpFactory(event=event, state=RsvpState.COMING)
    waits = RsvpFactory(event=event, state=RsvpState.WAITING)
    details = replace(
        DETAILS, place="Mole 4", place_by_mail=True, capacity=1, summary="Rain or no."
    )
    event = events.change(event=event, details=details)
    rsvps.tell_all()
    assert not Delivery.objects.exists()
    events.change(event=event, details=replace(details, place="Church of Saint Orra"))
    rsvps.tell_all()
    texts = {row.address: row.body.text for row in Delivery.objects.all()}
    assert set(texts) == {comes.email, waits.email}
    assert "Church of Saint Orra" in texts[comes.email]
    assert "Church of Saint Orra" not in texts[waits.email]


def test_what_somebody_saved_meanwhile_is_not_overwritten():
    event = EventFactory()
    events.change(event=Event.objects.get(), details=replace(DETAILS, town="Orrin"))
    with pytest.raises(EventRefused) as refused:
        events.change(event=event, details=DETAILS)
    assert refused.value.code == "meanwhile"
    assert Event.objects.get().town == "Orrin"


def test_more_places_are_filled_from_the_queue_and_fewer_take_none_away(monkeypatch):
    monkeypatch.setattr(rsvps, "BATCH", 2)
    full = EventFactory(capacity=1)
    for state in ["coming", *["waiting"] * 7]:
        RsvpFactory(event=full, state=state)
    event = events.change(event=full, details=replace(DETAILS, capacity=4))
    assert selectors.counts(event).coming == 3
    rsvps.tell_all()
    assert selectors.counts(event) == selectors.Counts(4, 4, 0)
    event = events.change(event=event, details=replace(DETAILS, capacity=2))
    assert selectors.counts(event) == selectors.Counts(4, 4, 0)
    events.change(event=event, details=DETAILS)
    rsvps.tell_all()
    assert selectors.counts(Event.objects.get()) == selectors.Counts(8, 0, None)


def test_nothing_is_announced_called_off_or_put_into_the_past():
    over, to_come = EventFactory(starts_at=moment(-1, 18)), EventFactory()
    assert not events.call_off(event=over)
    over.state = EventState.DRAFT
    over.save()
    with pytest.raises(EventRefused):
        events.announce(event=over)
    with pytest.raises(EventRefused) as refused:
        events.change(event=to_come, details=replace(DETAILS, starts_local="2026-01-01T10:00"))
    assert refused.value.code == "starts_local"


def test_the_calendar_file_says_time_place_and_fate_and_hides_what_is_told_by_mail(settings):
    settings.SITE_URL = "https://karsh.example"
    event = EventFactory(place_by_mail=True, title="Vigil; for, Mira", sequence=2)
    comes = RsvpFactory(event=event, state=RsvpState.COMING)
    place = selectors.shown_place(event, comes)
    own = Calendar.from_ical(calendar.ics(event, place=place)).events[0]
    assert own["summary"] == "Vigil; for, Mira"
    assert own["location"] == "Harbour Square, by the crane, Veldstad"
    assert (event.starts_at, event.ends_at) == (own.DTSTART, own.DTEND)
    assert (own["sequence"], own["status"], own["uid"]) == (2, "CONFIRMED", str(event.uid))
    assert event.updated_at.replace(microsecond=0) == own.DTSTAMP
    assert str(own["description"]).endswith(f"https://karsh.example/events/{event.slug}/")
    events.call_off(event=event)
    public = Calendar.from_ical(calendar.feed(selectors.coming_events())).events[0]
    assert (public["location"], public["status"], public["sequence"]) == (
        "Veldstad",
        "CANCELLED",
        3,
    )
