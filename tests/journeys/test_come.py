"""A vigil with one place: announced, answered by mail, full, given up, moved, all are told."""

import re

import pytest
from django.test import Client
from django.urls import reverse
from icalendar import Calendar, Component

from campaigns.models import Event
from tests.factories.campaigns import EventFactory
from tests.factories.newsletters import UserFactory, trap_fields
from tests.infra.forms import read
from tests.infra.mail import Mail, Post
from tests.infra.rings import Rings

pytestmark = pytest.mark.django_db(transaction=True)


def say(event: Event, name: str, email: str) -> None:
    """Fill in the form under the event."""
    data = {**trap_fields(), "name": name, "email": email}
    answer = Client().post(reverse("campaigns:rsvp_write", args=[event.slug]), data, follow=True)
    assert "Now look in your mail" in answer.text


def own_page(mail: Mail) -> str:
    """The path of her page, from the link in the mail."""
    found = re.search(r"http://testserver(/events/answer/[\w-]{48}/)", mail.text)
    assert found
    return found[1]


def press(mail: Mail, button: str = "come") -> str:
    """Follow the link in the mail and press a button there. Returns the words of the page."""
    page = Client().post(own_page(mail), {button: "yes"}, follow=True)
    assert page.status_code == 200
    return page.text


def entry(path: str) -> Component:
    """The one event in a calendar file."""
    (found,) = Calendar.from_ical(Client().get(path).content).walk("VEVENT")
    return found


def test_people_come_wait_move_up_and_hear_of_every_change(post: Post, rung: Rings) -> None:
    event = EventFactory(state="draft", capacity=1, place_by_mail=True)
    staff = Client()
    staff.force_login(UserFactory(permissions=["campaigns.change_event", "campaigns.view_rsvp"]))
    staff.post(reverse("staff:event_announce", args=[event.pk]))
    page = Client().get(reverse("campaigns:event", args=[event.slug])).text
    assert "1 place left of 1" in page
    assert event.place not in page

    say(event, "Anna Marku", "anna@example.org")
    say(event, "Bea Lind", "bea@example.org")
    to_anna, to_bea = sorted(post.deliver(), key=lambda mail: mail.recipient)
    assert event.place not in to_anna.text + to_anna.html
    assert "Marku" not in to_anna.text + to_anna.html

    assert "A place is yours" in press(to_anna)
    assert "You wait for a place" in press(to_bea)
    comes, waits = sorted(post.deliver(), key=lambda mail: mail.recipient)
    assert event.place in comes.text
    assert event.place not in waits.text + waits.html
    assert "The only place is taken." in Client().get(event.get_absolute_url()).text

    assert "You do not come" in press(comes, "cancel")
    (moved_up,) = post.deliver()
    assert moved_up.recipient == "bea@example.org"
    assert "A place is yours" in Client().get(own_page(to_bea)).text
    before = entry(moved_up.link("event.ics"))
    assert event.place in str(before["LOCATION"])

    say(event, "Cleo Farr", "cleo@example.org")
    press(post.deliver()[0])
    post.deliver()
    address = reverse("staff:event", args=[event.pk])
    (form,) = (form for form in read(staff.get(address).text).forms if "title" in form.values)
    data = {name: values[0] for name, values in form.values.items() if values}
    data |= {"place": "Town hall, by the steps", "sure": "yes"}
    assert "Saved." in staff.post(address, data, follow=True).text
    rung.answer()
    told = sorted(post.deliver(), key=lambda mail: mail.recipient)
    assert [mail.recipient for mail in told] == ["bea@example.org", "cleo@example.org"]
    assert ["Town hall" in mail.text for mail in told] == [True, False]

    after = entry(told[0].link("event.ics"))
    assert after["UID"] == before["UID"]
    assert int(after.decoded("SEQUENCE")) > int(before.decoded("SEQUENCE"))
    assert "Town hall" in str(after["LOCATION"])
    assert "Town hall" not in str(entry(reverse("campaigns:event_ics", args=[event.slug])))
    door = staff.get(reverse("staff:event_door", args=[event.pk])).text
    assert re.findall(r"<bdi>([A-Z]\w+ \w+)</bdi>", door).count("Bea Lind") == 1
    assert "Cleo" not in door

    staff.post(reverse("staff:event_call_off", args=[event.pk]))
    rung.answer()
    assert {mail.recipient for mail in post.deliver()} == {"bea@example.org", "cleo@example.org"}
    assert entry(told[0].link("event.ics"))["STATUS"] == "CANCELLED"
    assert "This does not take place" in Client().get(own_page(told[0])).text
