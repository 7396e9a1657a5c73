"""What people and programs send that nobody meant: a sentence at the field, the typed text kept."""

import json
from datetime import timedelta
from html import escape

import pytest
from django.test import Client
from django.utils import timezone

from newsletters.public import trap
from petitions.models import PetitionText, Signature
from petitions.states import PetitionState
from tests.factories.petitions import PetitionFactory

ODD_BUT_FINE = [
    "<script>alert(1)</script>",
    "{{7*7}}",
    "{% debug %}",
    "${7*7}",
    "%s%n",
    "'; DROP TABLE petitions_signature; --",
    "null",
    "None",
    "NaN",
    "true",
    "O’Brien",
    "Ng",
    "X Æ A-12",
    "Mira",
    "Win Win",
    "محمد عبد الله " * 14,
    "Don Juan " + "Wickramasinghe " * 12,
]
NOT_A_NAME = [
    "",
    "   ",
    "\u200d\u200d",
    "Z" + "\u0335" * 10_000,
    "x" * 1_000_000,
    "Mira\x00Orlen",
    "Win at http://spam.example",
    "Call +43 1 5550123 now",
    "👨‍👩‍👧",
]


@pytest.mark.parametrize("name", ODD_BUT_FINE)
def test_an_odd_name_is_a_name_and_is_shown_as_text(petition, sign, mailbox, press, name):
    assert sign(name=name, is_public="on").status_code == 303
    press(mailbox("mira@example.org").link("confirm"))
    page = Client().get(f"/petitions/{petition.slug}/").content.decode()
    assert escape(" ".join(name.split())) in page
    assert "<script>alert" not in page


@pytest.mark.parametrize("name", NOT_A_NAME, ids=range(len(NOT_A_NAME)))
def test_what_is_no_name_is_refused_at_the_field_and_the_rest_stays(sign, name):
    answer = sign(name=name, comment="They are my neighbours.")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert 'id="id_name_error"' in page
    assert "They are my neighbours." in page
    assert "mira@example.org" in page
    assert not Signature.objects.exists()


@pytest.mark.parametrize(
    "name",
    [
        "Mira\u202eOrlen",
        "Mira \ud83d\ude00 Orlen".encode("utf-16", "surrogatepass").decode("utf-16"),
    ],
)
def test_hidden_direction_marks_are_dropped_and_a_picture_beside_letters_is_fine(sign, name):
    assert sign(name=name).status_code == 303
    assert "\u202e" not in Signature.objects.get().name


def test_half_a_character_in_the_body_is_no_error_of_ours(petition, form):
    body = "&".join(f"{key}={value}" for key, value in form(name="Mira").items())
    answer = Client().post(
        f"/petitions/{petition.slug}/sign/",
        body.replace("name=Mira", "name=%ED%A0%80"),
        content_type="application/x-www-form-urlencoded",
    )
    assert answer.status_code in {200, 303}


@pytest.mark.parametrize(
    "email", ["", "mira", "mira@", "a@b@example.org", "mira@example.org, x@example.org", "x" * 400]
)
def test_a_wrong_address_is_refused_at_the_field(sign, email):
    page = sign(email=email).content.decode()
    assert 'id="id_email_error"' in page
    assert escape(email) in page
    assert not Signature.objects.exists()


def test_a_likely_slip_in_the_address_is_asked_about_once(sign, form):
    page = sign(email="mira@gmial.com").content.decode()
    assert "Did you mean mira@gmail.com?" in page
    assert 'name="asked" value="mira@gmial.com"' in page
    assert not Signature.objects.exists()
    assert sign(email="mira@gmial.com", asked="mira@gmial.com").status_code == 303


@pytest.mark.parametrize(("country", "known"), [("XK", True), ("TW", True), ("", True)])
def test_every_country_and_none_is_accepted(sign, country, known):
    assert sign(country=country).status_code == 303
    assert Signature.objects.get().country == country


@pytest.mark.parametrize("country", ["XX", "ZZ", "Austria", "at", "\x00"])
def test_an_unknown_country_is_refused(sign, country):
    assert "Choose a country from the list." in sign(country=country).content.decode()


def test_a_petition_may_insist_on_the_country(petition, sign):
    petition.needs_country = True
    petition.save()
    assert 'id="id_country_error"' in sign(country="").content.decode()


def test_a_field_that_is_sent_twice_is_refused(petition, form):
    answer = Client().post(
        f"/petitions/{petition.slug}/sign/",
        {**form(), "email": ["mira@example.org", "lev@example.org"]},
    )
    assert "sent twice" in answer.content.decode()
    assert not Signature.objects.exists()


@pytest.mark.parametrize("field", ["email[]", "email[$ne]", "email.0"])
def test_a_field_of_another_name_is_not_the_field(petition, form, field):
    given = form()
    given[field] = given.pop("email")
    answer = Client().post(f"/petitions/{petition.slug}/sign/", given)
    assert 'id="id_email_error"' in answer.content.decode()


def test_json_is_refused_as_what_it_is(petition, form):
    answer = Client().post(
        f"/petitions/{petition.slug}/sign/", json.dumps(form()), content_type="application/json"
    )
    assert answer.status_code == 415
    assert not Signature.objects.exists()


@pytest.mark.parametrize("text", ["", "../../etc/passwd", "999999", "-1", "9" * 40, "x"])
def test_a_text_that_does_not_exist_is_mended_by_one_more_press(petition, sign, text):
    page = sign(text=text).content.decode()
    assert not Signature.objects.exists()
    assert f'name="text" value="{petition.texts.get().pk}"' in page
    assert "press the button once more" in page


def test_the_text_of_another_petition_cannot_be_signed_here(sign):
    PetitionFactory()
    other = PetitionText.objects.latest("pk")
    assert "press the button once more" in sign(text=str(other.pk)).content.decode()


@pytest.mark.parametrize("language", ["../../etc", "xx", "%00", "e" * 5000, "fa"])
def test_an_unknown_language_shows_the_petitions_own(petition, language):
    answer = Client().get(f"/petitions/{petition.slug}/", {"lang": language})
    assert answer.status_code == 200
    assert 'lang="en"' in answer.content.decode()


def test_a_form_left_open_for_days_keeps_everything_and_needs_one_more_press(sign):
    page = sign(opened=trap.stamp(seconds_ago=4 * 24 * 3600)).content.decode()
    assert "open for a long time" in page
    assert 'value="Mira Orlen"' in page
    assert not Signature.objects.exists()


@pytest.mark.parametrize("opened", ["", "forged", "1:2:3"])
def test_a_forged_stamp_stores_nothing(sign, opened):
    assert sign(opened=opened).status_code == 200
    assert not Signature.objects.exists()


@pytest.mark.parametrize("target", ["//evil.example", "javascript:alert(1)", "/\\evil.example"])
def test_nobody_is_sent_elsewhere_after_signing(sign, target):
    assert sign(next=target)["Location"].startswith("/petitions/")


def test_fields_that_are_not_on_the_form_change_nothing(sign):
    sign(state="counted", confirmed="true", in_total="1", doubt="", number="1", revision="7")
    row = Signature.objects.get()
    assert (row.state, row.in_total, row.number, row.revision) == ("pending", False, None, 1)


@pytest.mark.parametrize("source", ["<script>", "a" * 61, "x y", "\x00"])
def test_a_source_that_is_no_plain_word_is_left_out(sign, source):
    answer = sign(source=source)
    assert answer.status_code in {200, 303}
    assert not Signature.objects.exclude(source="").exists()


def test_a_comment_that_is_too_long_says_by_how_much_and_is_kept(sign):
    page = sign(comment="y" * 501).content.decode()
    assert "501" in page
    assert "y" * 501 in page


def test_a_petition_that_closed_while_the_form_was_open_says_so(petition, sign):
    petition.closes_at = timezone.now() - timedelta(seconds=1)
    petition.save()
    answer = sign()
    assert answer.status_code == 409
    assert "This petition is closed" in answer.content.decode()
    assert not Signature.objects.exists()


def test_a_draft_and_a_petition_that_never_was_are_not_found(petition, form):
    petition.state = PetitionState.DRAFT
    petition.save()
    for slug in (petition.slug, "never", "x" * 300, "..", "%00", "é"):
        for path in ("", "sign/", "sent/", "names/", "count.json"):
            assert Client().get(f"/petitions/{slug}/{path}").status_code == 404
        assert Client().post(f"/petitions/{slug}/sign/", form()).status_code == 404


def test_absurd_headers_are_no_error_of_ours(petition):
    answer = Client().get(
        f"/petitions/{petition.slug}/",
        headers={"accept-language": "en," * 33_000, "cookie": "a=b; " * 5000},
    )
    assert answer.status_code in {200, 400}


@pytest.mark.parametrize("page", ["0", "-1", "x", "9" * 40, "\x00"])
def test_an_absurd_page_number_shows_a_page(petition, page):
    assert Client().get("/petitions/", {"page": page}).status_code == 200
    assert Client().get(f"/petitions/{petition.slug}/names/", {"page": page}).status_code == 200
