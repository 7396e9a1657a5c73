"""Events as visitors see them, the form at its worst, and what calendars are given."""

import pytest
from django.urls import reverse
from icalendar import Calendar

from campaigns.models import Event, Rsvp
from campaigns.public.rsvps import ANSWERS_AN_HOUR
from campaigns.services import rsvp_post
from campaigns.states import EventState, RsvpState
from newsletters.models import Delivery
from newsletters.services.limits import allow
from tests.factories.campaigns import EventFactory, RsvpFactory, moment
from tests.factories.newsletters import trap_fields

pytestmark = pytest.mark.django_db


# Her page, and the file of her calendar.
END = ("", "event.ics")


def say(client, event, **changes):
    """Press the button of the form."""
    data = {**trap_fields(), "name": "Anna Marku", "email": "anna@example.org", **changes}
    return client.post(reverse("campaigns:rsvp_write", args=[event.slug]), data)


def show(client, event):
    """The page of the event."""
    return client.get(reverse("campaigns:event", args=[event.slug]))


def own_page(rsvp):
    """Where the mails lead."""
    return rsvp_post.answer_url(rsvp).removeprefix("http://testserver")


def calendar_of(answer):
    """The entries of a calendar file."""
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer["Content-Disposition"].startswith("attachment; filename")
    return Calendar.from_ical(answer.content).walk("VEVENT")


def test_the_list_tells_what_is_coming_and_then_what_is_over(client, django_assert_max_num_queries):
    EventFactory(title="A draft", state=EventState.DRAFT)
    for days, title in ((9, "Later"), (2, "Sooner"), (-2, "Yesterday's"), (-9, "Long over")):
        EventFactory(title=title, starts_at=moment(days, 18))
    EventFactory(title="Rained off", state=EventState.CALLED_OFF)
    with django_assert_max_num_queries(3):
        page = client.get(reverse("campaigns:events"))
    shown = [page.text.index(f">{title}<") for title in ("Sooner", "Rained off", "Later")]
    assert shown == sorted(shown)
    assert page.text.index("Long over") > page.text.index("Yesterday&#x27;s") > max(shown)
    assert "Called off." in page.text
    assert "A draft" not in page.text
    assert not page.cookies
    past = client.get(reverse("campaigns:events"), {"past": "1"}).text
    assert "Long over" in past
    assert "Sooner" not in past


def test_an_event_tells_day_place_and_the_places_that_are_left(client):
    event = EventFactory(
        starts_at=moment(3, 18), time_zone="America/New_York", capacity=2, summary="Bring a candle."
    )
    RsvpFactory(event=event, state=RsvpState.COMING)
    page = show(client, event)
    assert "in 3 days" in page.text
    assert "(America/New York)" in page.text
    assert "Harbour Square, by the crane" in page.text
    assert "1 place left of 2" in page.text
    assert "Bring a candle." in page.text
    assert "public" in page["Cache-Control"]
    RsvpFactory(event=event, state=RsvpState.COMING)
    assert "Put me on the waiting list" in show(client, event).text


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"state": EventState.CALLED_OFF}, "This does not take place."),
        ({"starts_at": moment(-2, 18)}, "This is over."),
    ],
)
def test_what_is_called_off_or_over_says_so_and_takes_no_answer(client, changes, sentence):
    event = EventFactory(**changes)
    assert sentence in show(client, event).text
    answer = say(client, event)
    assert sentence in answer.text
    assert "<form" not in answer.text
    assert not Rsvp.objects.exists()
    assert not Delivery.objects.exists()


def test_a_draft_is_nowhere(client):
    event = EventFactory(state=EventState.DRAFT)
    for name in ("event", "event_ics", "rsvp_write", "rsvp_sent"):
        assert client.get(reverse(f"campaigns:{name}", args=[event.slug])).status_code == 404
    assert say(client, event).status_code == 404


def test_a_place_told_by_mail_is_in_no_page_and_no_file_but_hers(client):
    event = EventFactory(place_by_mail=True)
    asked = RsvpFactory(event=event)
    comes, waits = (
        RsvpFactory(event=event, state=state) for state in (RsvpState.COMING, RsvpState.WAITING)
    )
    open_to_all = [
        reverse("campaigns:events"),
        reverse("campaigns:events_ics"),
        *(
            reverse(f"campaigns:{name}", args=[event.slug])
            for name in ("event", "event_ics", "rsvp_sent")
        ),
    ]
    hidden = [*open_to_all, *(own_page(rsvp) + end for rsvp in (asked, waits) for end in END)]
    for address in hidden:
        answer = client.get(address)
        assert answer.status_code == 200
        assert "Harbour" not in answer.text, address
    assert "The place is told by mail" in show(client, event).text
    for end in END:
        assert "Harbour Square" in client.get(own_page(comes) + end).text


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": ""}, "This field is required"),
        ({"name": "Anna http://win.example/$$"}, "cannot hold a web or e-mail address"),
        ({"name": "x" * 1_000_000}, "at most 200 characters"),
        ({"name": ["Anna", "Bea"]}, "A field was sent twice"),
        ({"email": ""}, "Write an e-mail address"),
        ({"email": "a@b.example, e@evil.example"}, "more than one address"),
        ({"email": "a@b.example\r\nBcc: e@evil.example"}, "There is"),
        ({"email": "abuse@example.org"}, "Nobody reads mail at this address"),
        ({"email": "anna@gmial.com"}, "Did you mean anna@gmail.com"),
        ({"opened": "altered"}, "Nothing is lost"),
    ],
)
def test_bad_input_is_told_at_its_field_and_nothing_is_lost_or_kept(client, changes, sentence):
    answer = say(client, EventFactory(), **changes)
    assert answer.status_code == 200
    assert sentence in answer.text
    if "name" not in changes:
        assert 'value="Anna Marku"' in answer.text
    if "email" not in changes:
        assert 'value="anna@example.org"' in answer.text
    assert not Rsvp.objects.exists()
    assert not Delivery.objects.exists()


def test_everybody_is_led_to_the_same_page_whether_known_or_not_or_a_program(client):
    event = EventFactory()
    RsvpFactory(event=event, state=RsvpState.COMING, email="comes@example.org")
    people = [{}, {"email": "comes@example.org"}, {"website": "https://spam.example"}]
    answers = [say(client, event, **changes) for changes in people]
    assert {answer["Location"] for answer in answers} == {
        reverse("campaigns:rsvp_sent", args=[event.slug])
    }
    assert Rsvp.objects.filter(state=RsvpState.PENDING).count() == 1


def test_a_flood_from_one_network_is_told_to_wait_and_loses_nothing(client):
    event = EventFactory()
    for _number in range(ANSWERS_AN_HOUR):
        allow("rsvp, network", "127.0.0.0/24", limit=ANSWERS_AN_HOUR, seconds=3600)
    answer = say(client, event)
    assert answer.status_code == 429
    assert 'value="anna@example.org"' in answer.text
    assert not Rsvp.objects.exists()


def test_her_own_page_leaves_no_trace_and_an_unknown_link_leads_on(client):
    rsvp = RsvpFactory()
    page = client.get(own_page(rsvp))
    assert "Do you come?" in page.text
    assert page["Cache-Control"] == "no-store, private"
    assert page["Referrer-Policy"] == "no-referrer"
    assert "noindex" in page["X-Robots-Tag"]
    assert rsvp.name not in page.text
    assert rsvp.email not in page.text
    unknown = client.get(reverse("campaigns:rsvp", args=["broken"]))
    assert unknown.status_code == 404
    assert reverse("campaigns:events") in unknown.text
    assert client.get(reverse("campaigns:rsvp_ics", args=["broken"])).status_code == 404


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"starts_at": moment(-2, 18), "ends_at": moment(-2, 20)}, "This is over"),
        ({"state": EventState.CALLED_OFF}, "This does not take place"),
    ],
)
def test_a_button_pressed_too_late_says_how_it_stands(client, changes, sentence):
    rsvp = RsvpFactory()
    Event.objects.filter(pk=rsvp.event_id).update(**changes)
    answer = client.post(own_page(rsvp), {"come": "yes"}, follow=True)
    assert sentence in answer.text
    assert Rsvp.objects.get().state == RsvpState.PENDING


def test_the_feed_holds_what_is_coming_and_a_file_what_it_is_called(client):
    EventFactory(starts_at=moment(-2, 18))
    event = EventFactory(title="Mahnwache, 3; für Mira\nOsk", slug="mahnwache-für-mira")
    EventFactory(state=EventState.CALLED_OFF, starts_at=moment(9, 18))
    entries = calendar_of(client.get(reverse("campaigns:events_ics")))
    assert [str(entry["STATUS"]) for entry in entries] == ["CONFIRMED", "CANCELLED"]
    (entry,) = calendar_of(client.get(reverse("campaigns:event_ics", args=[event.slug])))
    assert entry["SUMMARY"] == event.title
    assert entry["DTSTART"].dt == event.starts_at
    assert entry["UID"] == entries[0]["UID"] != entries[1]["UID"]
    assert str(entry["URL"]) == f"http://testserver{event.get_absolute_url()}"
