"""A supporter reads about a prisoner, writes to the governor, and confirms: the letter leaves."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from campaigns.models import Letter
from campaigns.states import LetterState
from newsletters.models import Delivery
from newsletters.states import DeliveryState, Lane
from tests.factories.campaigns import ActionFactory
from tests.factories.newsletters import trap_fields

pytestmark = pytest.mark.django_db


def filled_in(action, **changes):
    """What a supporter sends who changed the middle of the letter."""
    return {
        **trap_fields(),
        "route": "email",
        "target": str(action.targets.get().pk),
        "language": "en",
        "subject": "A doctor for Mira Osk",
        "middle": (
            "I am a nurse myself. Mira Osk needs insulin every day of her life.\r\nPlease act."
        ),
        "name": "Anna Marku",
        "town": "Veldstad",
        "country": "AT",
        "email": "Anna@Example.org",
        **changes,
    }


def link_in(delivery):
    """The path of the confirmation page in a mail."""
    found = re.search(r"http://testserver(/letters/confirm/\S+)", delivery.body.text)
    assert found
    return found[1]


def test_a_letter_leaves_once_after_its_supporter_pressed_the_button(settings):
    settings.SITE_NAME = "Free Karsh"
    action = ActionFactory()
    client = Client()

    page = client.get(reverse("campaigns:action", args=[action.slug]))
    assert "412" in page.text
    assert "held in Prison 4 in Karsh for 412 days" in page.text
    assert not page.cookies

    answer = client.post(reverse("campaigns:letter_write", args=[action.slug]), filled_in(action))
    assert answer["Location"] == reverse("campaigns:letter_sent", args=[action.slug])
    assert "Now look in your mail" in client.get(answer["Location"]).text

    ask = Delivery.objects.get()
    assert (ask.kind, ask.lane) == ("campaigns.confirm_letter", Lane.NOW)
    assert ask.address == "anna@example.org"
    assert "Anna" not in ask.body.text + ask.body.html + ask.body.subject
    assert ask.body.headers == {"Auto-Submitted": "auto-generated"}

    path = link_in(ask)
    shown = client.get(path)
    assert "Mira Osk needs insulin" in shown.text
    assert "Anna Marku via Free Karsh" in shown.text
    assert Letter.objects.get().state == LetterState.PENDING
    assert Delivery.objects.count() == 1

    done = client.post(path, follow=True)
    assert "Your letter is on its way" in done.text
    assert "insulin" not in done.text

    letter = Letter.objects.get()
    assert letter.state == LetterState.CONFIRMED
    mail = Delivery.objects.get(kind="campaigns.letter")
    assert letter.delivery == mail
    assert mail.address == action.targets.get().email
    assert (mail.state, mail.lane) == (DeliveryState.READY, Lane.NOW)
    assert mail.body.reply_to == "anna@example.org"
    assert mail.body.sender == f"Anna Marku via Free Karsh <{settings.MAIL_FROM}>"
    assert mail.body.headers == {}
    assert mail.body.never_twice
    assert mail.body.subject == "A doctor for Mira Osk"
    assert mail.body.text == (
        "Dear Governor Tarn,\n\n"
        "I am a nurse myself. Mira Osk needs insulin every day of her life.\nPlease act.\n\n"
        "Yours faithfully,\nAnna Marku\nVeldstad, Austria\n"
    )
    assert "<p>Dear Governor Tarn,</p>" in mail.body.html
    thanks = Delivery.objects.get(kind="campaigns.letter_thanks")
    assert thanks.address == "anna@example.org"
    assert reverse("campaigns:action", args=[action.slug]) in thanks.body.text

    again = client.post(path, follow=True)
    assert again.text == done.text
    assert Delivery.objects.count() == 3


def test_a_second_letter_to_the_same_office_looks_the_same_and_is_told_by_mail_alone():
    action = ActionFactory()
    client = Client()
    write = reverse("campaigns:letter_write", args=[action.slug])
    first = client.post(write, filled_in(action), follow=True)
    client.post(link_in(Delivery.objects.get()))

    again = client.post(write, filled_in(action, email="anna@example.org"), follow=True)

    assert again.text == first.text
    assert Letter.objects.count() == 1
    told = Delivery.objects.get(kind="campaigns.letter_already_sent")
    assert told.address == "anna@example.org"


def test_of_two_letters_waiting_only_the_one_confirmed_first_is_sent():
    action = ActionFactory()
    client = Client()
    write = reverse("campaigns:letter_write", args=[action.slug])
    client.post(write, filled_in(action))
    client.post(write, filled_in(action))
    one, two = [link_in(row) for row in Delivery.objects.order_by("pk")]

    first = client.post(one, follow=True)
    second = client.post(two, follow=True)

    assert second.text.replace(two, one) == first.text
    assert Delivery.objects.filter(kind="campaigns.letter").count() == 1


def test_looking_at_every_page_changes_no_row():
    action = ActionFactory()
    client = Client()
    client.post(reverse("campaigns:letter_write", args=[action.slug]), filled_in(action))
    path = link_in(Delivery.objects.get())
    before = list(Letter.objects.values()), Delivery.objects.count()
    pages = [
        reverse("campaigns:actions"),
        reverse("campaigns:case", args=[action.case.slug]),
        *(
            reverse(f"campaigns:{name}", args=[action.slug])
            for name in ("action", "letter_write", "letter_sent", "letter_print")
        ),
        path,
    ]
    for page in pages:
        for method in (client.get, client.head):
            assert method(page).status_code in {200, 302}
    assert (list(Letter.objects.values()), Delivery.objects.count()) == before


def test_who_did_not_write_the_letter_throws_it_away():
    action = ActionFactory()
    client = Client()
    client.post(reverse("campaigns:letter_write", args=[action.slug]), filled_in(action))
    path = link_in(Delivery.objects.get())

    page = client.post(path, {"discard": "yes"}, follow=True)

    assert "The letter was thrown away" in page.text
    letter = Letter.objects.get()
    assert (letter.state, letter.email, letter.body) == (LetterState.STOPPED, "", "")
    assert "The letter was thrown away" in client.post(path, follow=True).text
    assert Delivery.objects.count() == 1
