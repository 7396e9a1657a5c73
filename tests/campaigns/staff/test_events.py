"""Staff plan, announce, change and call off events, and read who comes."""

import pytest
from django.urls import reverse

from campaigns.models import Event
from campaigns.staff.events import PER_PAGE
from campaigns.states import EventState, RsvpState
from newsletters.models import Delivery
from tests.factories.campaigns import EventFactory, RsvpFactory, moment
from tests.factories.newsletters import UserFactory
from tests.infra.forms import read

pytestmark = pytest.mark.django_db

NEW = "staff:event_new"


@pytest.fixture
def staff(client):
    """An organiser's browser."""
    permissions = ["campaigns.change_event", "campaigns.view_rsvp"]
    client.force_login(UserFactory(permissions=permissions))
    return client


def typed(**changes):
    """What the form of a new event sends."""
    return {
        "title": "Vigil for Mira Osk",
        "summary": "Bring a candle.\r\n\r\nChildren are welcome.",
        "language": "en",
        "town": "Veldstad",
        "place": "Harbour Square",
        "starts_local": f"{moment(5, 18):%Y-%m-%dT%H:%M}",
        "ends_local": f"{moment(5, 20):%Y-%m-%dT%H:%M}",
        "time_zone": "Europe/Vienna",
        "capacity": "50",
        "campaign": "",
        **changes,
    }


def open_form(staff, event):
    """What the browser sends back when nobody touched the form of ``event``."""
    page = staff.get(reverse("staff:event", args=[event.pk]))
    (form,) = (form for form in read(page.text).forms if "title" in form.values)
    return {name: values[0] for name, values in form.values.items() if values}


def save(staff, event, data):
    """Press "Save"."""
    return staff.post(reverse("staff:event", args=[event.pk]), data, follow=True)


def test_an_event_is_planned_announced_and_called_off(staff):
    page = staff.post(reverse(NEW), typed(), follow=True)
    event = Event.objects.get()
    assert "Nobody sees it yet" in page.text
    assert event.state == EventState.DRAFT
    assert event.starts_at.hour in {16, 17}

    announce = reverse("staff:event_announce", args=[event.pk])
    assert "Nobody gets a mail." in staff.get(announce).text
    event.refresh_from_db()
    assert event.state == EventState.DRAFT
    assert "Announced." in staff.post(announce, follow=True).text
    for state in (RsvpState.COMING, RsvpState.WAITING, RsvpState.PENDING):
        RsvpFactory(event=event, state=state)

    call_off = reverse("staff:event_call_off", args=[event.pk])
    assert "2 people get a mail." in staff.get(call_off).text
    assert "Called off." in staff.post(call_off, follow=True).text
    assert "2 people get a mail." in staff.get(announce).text
    event.refresh_from_db()
    assert event.state == EventState.CALLED_OFF


def test_before_a_change_is_mailed_it_says_to_how_many_and_nothing_is_saved(staff):
    event = EventFactory()
    for state in (RsvpState.COMING, RsvpState.WAITING, RsvpState.CANCELLED):
        RsvpFactory(event=event, state=state)
    data = {**open_form(staff, event), "place": "Town hall"}

    asked = save(staff, event, data)
    assert "Nothing is saved yet. 2 people count on" in asked.text
    assert 'value="Town hall"' in asked.text
    assert Event.objects.get().place == event.place

    assert "Saved." in save(staff, event, {**data, "sure": "yes"}).text
    changed = Event.objects.get()
    assert (changed.place, changed.sequence) == ("Town hall", event.sequence + 1)

    words = {**open_form(staff, event), "summary": "Bring two candles."}
    assert "Saved." in save(staff, event, words).text
    assert Event.objects.get().sequence == changed.sequence


def test_saving_an_untouched_form_changes_nothing(staff):
    event = EventFactory(place_by_mail=True, capacity=12)
    columns = [column.name for column in Event._meta.fields if column.name != "updated_at"]
    before = Event.objects.values(*columns).get()
    assert "Saved." in save(staff, event, open_form(staff, event)).text
    assert Event.objects.values(*columns).get() == before


def test_nobody_overwrites_somebody_else_unseen(staff):
    event = EventFactory()
    mine = {**open_form(staff, event), "summary": "My words."}
    hers = {**open_form(staff, event), "summary": "Her words."}
    save(staff, event, hers)
    refused = save(staff, event, mine)
    assert "Somebody else changed this event" in refused.text
    assert "My words." in refused.text
    assert Event.objects.get().summary == "Her words."
    again = {**mine, "seen": Event.objects.get().updated_at.isoformat()}
    assert f'value="{again["seen"]}"' in refused.text
    save(staff, event, again)
    assert Event.objects.get().summary == "My words."


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"title": ""}, "This field is required"),
        ({"title": "\u202e"}, "This must not be empty"),
        ({"place": "Hall\nBcc: x"}, "must stay on one line"),
        ({"starts_local": "tomorrow at six"}, "Write day and time like"),
        ({"starts_local": "0001-01-01T00:00"}, "Write a year from 2000"),
        ({"starts_local": "2027-03-28T02:30"}, "The clocks change that night"),
        ({"ends_local": "2020-01-01T00:00"}, "It has to end after it begins"),
        ({"time_zone": "Nowhere/Land"}, "Select a valid choice"),
        ({"capacity": "0"}, "greater than or equal to 1"),
        ({"capacity": "٣٠ people"}, "Enter a whole number"),
        ({"campaign": "999"}, "Select a valid choice"),
    ],
)
def test_bad_input_is_told_at_its_field_and_nothing_is_lost(staff, changes, sentence):
    answer = staff.post(reverse(NEW), typed(**changes))
    assert answer.status_code == 200
    assert sentence in answer.text
    assert f'aria-describedby="id_{next(iter(changes))}_' in answer.text
    assert "Children are welcome." in answer.text
    assert not Event.objects.exists()


def test_what_is_over_can_neither_be_announced_nor_called_off(staff):
    draft = EventFactory(state=EventState.DRAFT, starts_at=moment(-2, 18))
    done = EventFactory(starts_at=moment(-2, 18))
    for event, move in ((draft, "announce"), (done, "call_off")):
        staff.post(reverse(f"staff:event_{move}", args=[event.pk]))
        assert Event.objects.get(pk=event.pk).state == event.state
    assert not Delivery.objects.exists()


def test_the_list_shows_what_is_prepared_and_coming_and_apart_what_is_over(
    staff, django_assert_max_num_queries
):
    for number in range(3):
        full = EventFactory(title=f"Stall {number}", capacity=2)
        for _person in range(2):
            RsvpFactory(event=full, state=RsvpState.COMING)
        RsvpFactory(event=full, state=RsvpState.WAITING)
    EventFactory(title="A reading", state=EventState.DRAFT)
    over = EventFactory(title="Last year", starts_at=moment(-300, 18))
    RsvpFactory(event=over, state=RsvpState.COMING)
    with django_assert_max_num_queries(8):
        coming = staff.get(reverse("staff:events")).text
    assert coming.count("2 of 2, 1 waits") == 3
    assert "A reading" in coming
    assert "Last year" not in coming
    past = staff.get(reverse("staff:events"), {"past": "1"}).text
    assert "Last year" in past
    assert "Stall 1" not in past


def test_who_comes_is_for_those_who_may_see_it_in_pages_and_on_one_sheet(staff, client):
    event = EventFactory()
    for number in range(PER_PAGE + 1):
        RsvpFactory(event=event, state=RsvpState.COMING, name=f"Guest {number:02}")
    RsvpFactory(event=event, state=RsvpState.WAITING, name="Wilma Later")
    RsvpFactory(event=event, name="Pia Pending")
    people = reverse("staff:event_people", args=[event.pk])
    first, second = (staff.get(people, {"page": page}).text for page in (1, 2))
    assert "Guest 00" in first
    assert "Wilma Later" in second
    assert "@" not in first
    door = staff.get(reverse("staff:event_door", args=[event.pk])).text
    assert all(f"Guest {number:02}" in door for number in range(PER_PAGE + 1))
    assert "Wilma Later" not in door
    assert "Pia Pending" not in first + second + door

    client.force_login(UserFactory(permissions=["campaigns.change_event"]))
    assert "Who comes</a>" not in client.get(reverse("staff:event", args=[event.pk])).text
    for name in ("event_people", "event_door"):
        assert client.get(reverse(f"staff:{name}", args=[event.pk])).status_code == 403
