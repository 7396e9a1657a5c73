"""The letter form at its worst, and the two ways that keep nothing."""

from datetime import timedelta

import pytest
from django.urls import reverse

from campaigns.models import Letter
from campaigns.public.letters import LETTERS_AN_HOUR
from campaigns.services import letters, targets
from newsletters import tokens
from newsletters.models import Delivery, Limit
from newsletters.services.limits import allow
from tests.factories.campaigns import ActionFactory, LetterFactory, TargetFactory, today
from tests.factories.newsletters import trap_fields
from tests.journeys.test_act import filled_in

pytestmark = pytest.mark.django_db


def send(client, action, way="letter_write", **changes):
    """Press a button of the form; what was typed is ``changes``."""
    data = filled_in(action, **changes)
    return client.post(reverse(f"campaigns:{way}", args=[action.slug]), data)


def nothing_kept():
    """Neither letter nor mail."""
    return not Letter.objects.exists() and not Delivery.objects.exists()


ZALGO = "Z" + "\u0301" * 10_000
TYPED = "I am a nurse myself."


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        # T25: whatever becomes a header must not become two.
        ({"subject": "Hello\r\nBcc: x@evil.example"}, "must stay on one line"),
        ({"subject": "Hello\nX: y"}, "must stay on one line"),
        ({"subject": "Hello\rX: y"}, "must stay on one line"),
        ({"subject": "Hello\u2028X: y"}, "must stay on one line"),
        ({"subject": "Hello\x85X: y"}, "must stay on one line"),
        ({"subject": "Hello\x00"}, "Null characters are not allowed"),
        ({"subject": ""}, "This field is required"),
        ({"subject": "\u2067\u202c"}, "This field is required"),
        ({"subject": "x" * 151}, "at most 150 characters"),
        ({"name": "Anna\x00"}, "Null characters are not allowed"),
        ({"name": "Anna http://win.example/$$"}, "cannot hold a web or e-mail address"),
        ({"name": "Anna <x@evil.example>"}, "cannot hold a web or e-mail address"),
        ({"name": "+43 660 1234567"}, "cannot hold a telephone number"),
        ({"name": "   "}, "This field is required"),
        ({"name": "\u200d\u200d"}, "at least one letter"),
        ({"name": ZALGO}, "at most 200 characters"),
        ({"name": "x" * 1_000_000}, "at most 200 characters"),
        ({"town": "www.evil.example"}, "cannot hold a web or e-mail address"),
        ({"country": "XX"}, "Select a valid choice"),
        # T26: one field, one recipient.
        ({"email": "a@b.example, e@evil.example"}, "more than one address"),
        ({"email": '"e@evil.example x"@b.example'}, "one"),
        ({"email": "a@b.example(e@evil.example)"}, "one"),
        ({"email": "<@evil.example:a@b.example>"}, "one"),
        ({"email": "a@b.example\r\nBcc: e@evil.example"}, "There is"),
        ({"email": "a@b.example\x00"}, "Null characters are not allowed"),
        ({"email": "abuse@example.org"}, "Nobody reads mail at this address"),
        ({"email": ""}, "Write an e-mail address"),
        ({"email": "a" * 900 + "@example.org"}, "longer than an e-mail address can be"),
        ({"middle": "Free her."}, "at least 60 characters"),
        ({"middle": TYPED + "\u202e" * 60}, "cannot be shown"),
        ({"middle": TYPED * 1000}, "at most 5000 characters"),
        ({"target": "999999"}, "can no longer be written to"),
        ({"target": "'; DROP TABLE"}, "can no longer be written to"),
        ({"language": "../../etc"}, "can no longer be written to"),
        ({"name": ["Anna", "Bea"]}, "A field was sent twice"),
    ],
)
def test_bad_input_is_told_at_its_field_and_nothing_is_kept(client, changes, sentence):
    answer = send(client, ActionFactory(), **changes)
    assert answer.status_code == 200
    assert sentence in answer.text
    if "middle" not in changes:
        assert TYPED in answer.text
    assert nothing_kept()


@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)</script>",
        "{{7*7}}",
        "{% debug %}",
        "${7*7}",
        "%s%n",
        "Robert'; DROP",
        "null",
        "O’Brien",
        "Ng",
        "X Æ A-12",
        "محمد الفاتح",
        "x" * 200,
        '"Anna" Marku, Dr.',
    ],
)
def test_odd_names_are_names_and_leave_as_text(client, name):
    action = ActionFactory()
    send(client, action, name=name)
    letter = Letter.objects.get()
    page = client.get(letters.confirm_url(letter)).text
    assert "<script>alert" not in page
    client.post(letters.confirm_url(letter))
    body = Delivery.objects.get(kind="campaigns.letter").body
    assert name in body.text
    assert "<script>alert" not in body.html
    assert "49" not in body.text
    assert not {"\r", "\n"} & set(body.sender + body.subject + body.reply_to)


@pytest.mark.parametrize("typed", ["https://spam.example", ""])
def test_a_program_sees_the_usual_page_and_nothing_is_kept(client, typed):
    action = ActionFactory()
    answer = send(client, action, **trap_fields(5 if typed else 0) | {"website": typed})
    assert answer["Location"] == reverse("campaigns:letter_sent", args=[action.slug])
    assert nothing_kept()


@pytest.mark.parametrize("opened", ["", "forged", "four days ago"])
def test_a_form_that_was_open_for_days_keeps_its_text_and_asks_once_more(client, opened):
    if opened == "four days ago":
        opened = trap_fields(4 * 24 * 3600)["opened"]
    answer = send(client, ActionFactory(), opened=opened)
    assert "press the button once more" in answer.text
    assert TYPED in answer.text
    assert nothing_kept()


def test_a_post_of_another_shape_is_answered_calmly(client):
    url = reverse("campaigns:letter_write", args=[ActionFactory().slug])
    answer = client.post(url, '{"email": {"$ne": 1}}', content_type="application/json")
    assert answer.status_code == 200
    assert nothing_kept()


def test_hidden_fields_that_are_not_ours_change_nothing(client):
    action = ActionFactory()
    send(client, action, state="confirmed", confirmed_at="2026-01-01", delivery="1")
    assert Letter.objects.get().state == "pending"


def test_a_new_address_a_known_one_and_one_of_a_target_see_the_same_page(client):
    action = ActionFactory()
    known = LetterFactory(action=action)
    letters.confirm(letter=known)
    pages = {
        client.get(send(client, action, email=email)["Location"]).text
        for email in ("new@example.org", known.email, action.targets.get().email)
    }
    assert len(pages) == 1


def test_a_flood_from_one_network_is_slowed_and_keeps_the_text(client):
    action = ActionFactory()
    for _number in range(LETTERS_AN_HOUR - 1):
        allow("letter, network", "127.0.0.0/24", limit=LETTERS_AN_HOUR, seconds=3600)
    assert send(client, action, email="a1@example.org").status_code == 302
    answer = send(client, action, email="a2@example.org")
    assert answer.status_code == 429
    assert "came from your network" in answer.text
    assert TYPED in answer.text
    assert Letter.objects.count() == 1
    assert not any("127.0.0" in row.key for row in Limit.objects.all())


def test_a_closed_action_says_so_instead_of_taking_the_letter(client):
    action = ActionFactory(write_until=today() - timedelta(days=1))
    answer = send(client, action)
    assert "This urgent action is closed." in answer.text
    assert nothing_kept()


def test_a_draft_does_not_exist_for_visitors(client):
    assert send(client, ActionFactory(state="draft")).status_code == 404


@pytest.mark.parametrize("token", ["x", "a" * 48, "é" * 48, "%00"])
def test_a_link_that_is_not_ours_is_answered_calmly(client, token):
    answer = client.get(f"/letters/confirm/{token}/")
    assert answer.status_code == 404
    assert "This link does not work" in answer.text


def test_every_altered_byte_of_a_link_breaks_it(client):
    url = letters.confirm_url(LetterFactory())
    start = url.index("/confirm/") + len("/confirm/")
    for at in range(start, len(url) - 1):
        other = "A" if url[at] != "A" else "B"
        assert client.post(url[:at] + other + url[at + 1 :]).status_code == 404
    assert not Delivery.objects.exists()


def test_a_token_of_another_purpose_or_an_old_one_is_not_taken(client):
    letter = LetterFactory()
    other = tokens.seal(tokens.PREFERENCES, letter.pk)
    old = tokens.seal("campaigns.confirm_letter", letter.pk, 0, tokens.this_hour() - 15 * 24)
    for token in (other, old):
        assert client.post(reverse("campaigns:letter_confirm", args=[token])).status_code == 404
    assert not Delivery.objects.exists()


def test_a_target_that_died_meanwhile_is_said_kindly(client):
    letter = LetterFactory()
    targets.mark_dead(address=letter.target.email, reason="550 5.1.1")
    page = client.post(letters.confirm_url(letter), follow=True).text
    assert "This office can no longer be reached" in page
    assert not Delivery.objects.exists()


def test_the_own_mail_program_gets_a_link_and_nothing_is_kept(client):
    action = ActionFactory()
    page = send(client, action, route="own", email="").text
    assert f'href="mailto:{action.targets.get().email}?subject=A%20doctor' in page
    assert "Dear%20Governor%20Tarn%2C%0D%0A%0D%0AI%20am%20a%20nurse" in page
    assert nothing_kept()


def test_a_letter_too_long_for_a_link_is_there_to_be_copied(client):
    page = send(client, ActionFactory(), route="own", middle="Жизнь в опасности. " * 60).text
    assert "Copy the text below" in page
    assert "body=" not in page
    assert page.count("Жизнь в опасности.") == 60
    assert nothing_kept()


def test_the_printed_letter_has_both_addresses_date_and_text_and_nothing_is_kept(client):
    action = ActionFactory()
    page = send(client, action, "letter_print", email="", street="Hauptstrasse 1\r\n1010 Wien").text
    for words in (
        "Anna Marku<br>Hauptstrasse 1<br>1010 Wien",
        "12 Harbour Road<br>4000 Orrin<br>Karsh",
        f"{today():%-d}",
        "A doctor for Mira Osk",
        "Dear Governor Tarn,",
        TYPED,
        "Anna Marku<br>Veldstad, Austria",
    ):
        assert words in page
    assert nothing_kept()


def test_a_printed_letter_needs_a_name_and_at_most_five_lines(client):
    action = ActionFactory()
    page = send(client, action, "letter_print", street="\n".join("abcdef"), name="").text
    assert "five lines at most" in page
    assert "This field is required" in page


def test_an_office_without_mail_is_refused_on_the_other_ways(client):
    action = ActionFactory(targets=[TargetFactory(email="")])
    assert "Print the letter and post it." in send(client, action).text
    assert "Anna Marku" in send(client, action, "letter_print").text
    assert nothing_kept()
