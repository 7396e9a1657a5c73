"""Staff write, open and close petitions."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from petitions.models import Petition, PetitionText
from petitions.services import counting
from petitions.states import PetitionState
from tests.factories.newsletters import UserFactory
from tests.factories.petitions import PetitionFactory, SignatureFactory

ALL = [
    f"petitions.{act}_{what}"
    for act in ("view", "add", "change")
    for what in ("petition", "signature")
]
SETTINGS = {
    "addressee": "the Minister of Justice of Karsh",
    "slug": "free-the-nine",
    "started_by": "",
    "default_language": "en",
    "campaign": "",
    "goals": "100, 500",
    "opens_at": "",
    "closes_at": "",
    "news_list": "",
}
WORDS = {
    "title": "Free the nine",
    "summary": "Nine dockers are held.",
    "demand": "Let them go.",
    "background": "",
    "thanks": "",
    "victory": "",
}
NEW = SETTINGS | {f"words-{name}": value for name, value in WORDS.items()}


@pytest.fixture
def desk(db):
    """A browser logged in as an organiser who may do everything with petitions."""
    client = Client()
    client.force_login(UserFactory(permissions=ALL))
    return client


def test_an_organiser_writes_a_draft_sees_it_and_opens_it(desk):
    answer = desk.post("/staff/petitions/new/", NEW)
    petition = Petition.objects.get()
    assert answer["Location"] == f"/staff/petitions/{petition.pk}/"
    assert (petition.state, petition.goals) == (PetitionState.DRAFT, [100, 500])
    assert Client().get("/petitions/free-the-nine/").status_code == 404
    preview = desk.get(f"/staff/petitions/{petition.pk}/preview/").content.decode()
    assert "Only staff see it" in preview
    assert 'id="sign"' not in preview
    desk.post(f"/staff/petitions/{petition.pk}/move/open/")
    assert "Let them go." in Client().get("/petitions/free-the-nine/").content.decode()


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("goals", "100, many", "“many” is not a goal"),
        ("goals", "0", "is not a goal"),
        ("goals", "", "This field is required"),
        ("goals", " ".join(map(str, range(1, 25))), "more than 20 goals"),
        ("goals", "9" * 40, "is not a goal"),
        ("slug", "confirm", "taken by the site"),
        ("slug", "../etc", "slug"),
        ("closes_at", "2001-13-45T00:00", "valid date"),
        ("news_list", "777", "valid choice"),
        ("default_language", "xx", "valid choice"),
        ("words-title", "", "This field is required"),
        ("words-demand", "\x00", "Null characters"),
    ],
)
def test_a_mistake_is_named_at_its_field_and_nothing_is_kept(desk, field, value, sentence):
    page = desk.post("/staff/petitions/new/", NEW | {field: value}).content.decode()
    assert sentence in page
    assert "Nine dockers are held." in page
    assert not Petition.objects.exists()


def test_it_cannot_close_before_it_opens(desk):
    times = {"opens_at": "2031-05-02T10:00", "closes_at": "2031-05-01T10:00"}
    assert (
        "closes before it opens" in desk.post("/staff/petitions/new/", NEW | times).content.decode()
    )


def test_two_petitions_cannot_have_one_address(desk):
    PetitionFactory(slug="free-the-nine")
    assert "already exists" in desk.post("/staff/petitions/new/", NEW).content.decode()


def test_the_address_is_fixed_once_it_is_open(desk):
    petition = PetitionFactory(slug="old-address")
    desk.post(f"/staff/petitions/{petition.pk}/", SETTINGS | {"addressee": "the President"})
    petition.refresh_from_db()
    assert (petition.slug, petition.addressee) == ("old-address", "the President")


def test_a_text_nobody_signed_is_changed_and_one_that_was_signed_gets_a_new_version(desk):
    petition = PetitionFactory()
    path = f"/staff/petitions/{petition.pk}/text/en/"
    desk.post(path, WORDS)
    assert PetitionText.objects.get().title == "Free the nine"
    SignatureFactory(petition=petition)
    assert "becomes a new version" in desk.get(path).content.decode()
    desk.post(path, WORDS | {"demand": "Let them go today."})
    first, second = PetitionText.objects.order_by("version")
    assert (first.demand, second.demand) == ("Let them go.", "Let them go today.")
    desk.post(path, WORDS | {"demand": "Let them go today."})
    assert PetitionText.objects.count() == 2


def test_an_unchanged_signed_text_makes_no_new_version(desk):
    petition = PetitionFactory()
    desk.post(f"/staff/petitions/{petition.pk}/text/en/", WORDS)
    SignatureFactory(petition=petition)
    desk.post(f"/staff/petitions/{petition.pk}/text/en/", WORDS)
    assert PetitionText.objects.count() == 1


def test_a_language_is_added_and_an_unknown_one_is_not_found(desk):
    petition = PetitionFactory()
    desk.post(f"/staff/petitions/{petition.pk}/text/fa/", WORDS)
    assert petition.texts.filter(language="fa", version=1).exists()
    assert desk.get(f"/staff/petitions/{petition.pk}/text/xx/").status_code == 404


def test_closing_opening_and_winning_are_buttons_and_the_loser_is_told(desk):
    petition = PetitionFactory()
    move = f"/staff/petitions/{petition.pk}/move"

    def state():
        petition.refresh_from_db()
        return petition.state

    assert desk.get(f"{move}/closed/").status_code == 405
    desk.post(f"{move}/closed/")
    assert (state(), petition.closes_at <= timezone.now()) == (PetitionState.CLOSED, True)
    desk.post(f"{move}/open/")
    assert (state(), petition.closes_at) == (PetitionState.OPEN, None)
    desk.post(f"{move}/victory/")
    assert state() == PetitionState.VICTORY
    page = desk.post(f"{move}/closed/", follow=True).content.decode()
    assert "has changed meanwhile" in page
    assert state() == PetitionState.VICTORY
    assert desk.post(f"{move}/draft/").status_code == 404


def test_a_draft_without_a_text_in_its_own_language_cannot_be_opened(desk):
    petition = PetitionFactory(state="draft")
    petition.default_language = "fa"
    petition.save()
    page = desk.post(f"/staff/petitions/{petition.pk}/move/open/", follow=True).content.decode()
    assert "own language first" in page


def test_the_numbers_say_what_became_of_everybody(desk):
    petition = PetitionFactory(goals=[3])
    SignatureFactory.create_batch(3, petition=petition)
    SignatureFactory(petition=petition, wants_news=True)
    for state in ("pending", "ignored", "withdrawn", "invalidated"):
        SignatureFactory(petition=petition, state=state)
    counting.count()
    page = desk.get(f"/staff/petitions/{petition.pk}/").content.decode()
    tiles = dict(re.findall(r"<dt>(.*?)</dt><dd>(?:<a[^>]*>)?(.*?)</", page))
    assert tiles == {
        "Counted": "4",
        "Waiting for confirmation": "1",
        "Withdrawn": "1",
        "Not counted": "2",
        "Want news": "25 %",
    }
    assert "3 reached" in page
    assert "1 confirmed signature is not counted" in page


def test_lists_need_few_queries(desk, django_assert_max_num_queries):
    PetitionFactory.create_batch(12, closes_at=timezone.now() + timedelta(days=1))
    with django_assert_max_num_queries(8):
        desk.get("/staff/petitions/")


def test_without_petitions_the_list_shows_the_first_step(desk):
    assert "Write the first petition" in desk.get("/staff/petitions/").content.decode()
