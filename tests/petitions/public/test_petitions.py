"""The petition page, the list, the number."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from petitions.models import PetitionText
from petitions.services import counting, petitions
from petitions.services.petitions import Words
from petitions.states import PetitionState
from tests.factories.petitions import PetitionFactory, SignatureFactory


def page(petition, **options):
    return Client().get(f"/petitions/{petition.slug}/", **options).content.decode()


def test_the_page_shows_demand_count_next_goal_and_days_left(petition):
    petition.goals, petition.closes_at = [2, 10], timezone.now() + timedelta(days=5)
    petition.save()
    SignatureFactory.create_batch(3, petition=petition)
    counting.count()
    shown = page(petition)
    assert "That the nine are released." in shown
    assert "3 have signed" in shown
    assert '<progress max="10" value="3"' in shown
    assert "5 days left" in shown


def test_beyond_the_ladder_the_last_goal_is_taken_again(petition):
    petition.goals = [2]
    petition.save()
    SignatureFactory.create_batch(4, petition=petition)
    counting.count()
    assert '<progress max="6" value="4"' in page(petition)


def test_one_petition_in_two_languages_has_one_total_and_one_is_written_from_the_right(db):
    petition = PetitionFactory(texts=["fa"])
    SignatureFactory(petition=petition, language="en")
    SignatureFactory(petition=petition, language="fa")
    counting.count()
    english = page(petition)
    persian = page(petition, query_params={"lang": "fa"})
    assert 'lang="en" dir="ltr"' in english
    assert 'lang="fa" dir="rtl"' in persian
    assert '<progress max="100" value="2"' in english
    assert '<progress max="100" value="2"' in persian
    assert "?lang=fa" in english
    assert "?lang=en" in persian


def test_the_browsers_language_is_taken_when_none_was_asked_for(db):
    petition = PetitionFactory(texts=["fa"])
    assert 'lang="fa"' in page(petition, headers={"accept-language": "fa,en;q=0.5"})
    answer = Client().get(f"/petitions/{petition.slug}/")
    assert "Accept-Language" in answer["Vary"]


def test_a_signer_in_another_language_is_answered_in_it(petition, sign, mailbox, press):
    text = PetitionText.objects.create(
        petition=petition, language="ru", title="Вернуть дело", summary="Девять", demand="Суд"
    )
    assert sign(text=str(text.pk))["Location"].endswith("?lang=ru")
    assert mailbox("mira@example.org").mails()[0].language == "ru"
    answer = press(mailbox("mira@example.org").link("confirm")).content.decode()
    assert 'lang="ru"' in answer
    assert "Вернуть дело" in answer


def test_only_names_that_asked_for_it_and_are_counted_are_shown(petition):
    for state in ("pending", "ignored", "invalidated", "counted"):
        SignatureFactory(petition=petition, state=state, is_public=True, name=f"Ann {state}")
    SignatureFactory(petition=petition, is_public=False, name="Hidden Person")
    for path in ("", "names/"):
        shown = Client().get(f"/petitions/{petition.slug}/{path}").content.decode()
        assert "Ann counted" in shown
        assert "Ann pending" not in shown
        assert "Ann ignored" not in shown
        assert "Ann invalidated" not in shown
        assert "Hidden" not in shown
        assert "example.org" not in shown


def test_a_closed_and_a_won_petition_have_no_form(petition):
    petition.texts.update(victory="The court has reopened the case.")
    petitions.close(petition=petition)
    assert "This petition is closed" in page(petition)
    assert "<form" not in page(petition)
    petitions.declare_victory(petition=petition)
    assert "The court has reopened the case." in page(petition)
    assert "<form" not in page(petition)


def test_before_its_time_a_petition_says_when_it_begins(petition, sign):
    petition.opens_at = timezone.now() + timedelta(days=2)
    petition.save()
    assert "Signing begins on" in page(petition)
    assert sign().status_code == 409


def test_the_list_shows_open_petitions_first_and_no_drafts(db):
    for slug, state in [("lost", "closed"), ("now", "open"), ("won", "victory"), ("idea", "draft")]:
        PetitionFactory(slug=slug, state=state)
    late = PetitionFactory(slug="late", closes_at=timezone.now() - timedelta(hours=1))
    shown = Client().get("/petitions/").content.decode()
    places = [shown.index(f"/petitions/{slug}/") for slug in ("now", late.slug, "won", "lost")]
    assert places == sorted(places)
    assert "/petitions/idea/" not in shown


def test_without_petitions_the_list_says_so(db):
    assert "There is no petition at the moment" in Client().get("/petitions/").content.decode()


def test_the_number_is_there_for_programs(petition):
    SignatureFactory.create_batch(2, petition=petition)
    counting.count()
    answer = Client().get(f"/petitions/{petition.slug}/count.json")
    assert answer.json() == {"count": 2, "goal": 100}
    assert "max-age=10" in answer["Cache-Control"]


def test_the_page_and_the_list_need_few_queries_however_many_signed(
    petition, django_assert_max_num_queries
):
    SignatureFactory.create_batch(60, petition=petition, is_public=True)
    PetitionFactory.create_batch(5, texts=["fa"])
    with django_assert_max_num_queries(3):
        page(petition)
    with django_assert_max_num_queries(3):
        Client().get("/petitions/")


def test_a_signature_keeps_the_version_its_signer_saw(petition, sign, mailbox, press):
    seen = petition.texts.get()
    sign()
    petitions.save_text(
        petition=petition, language="en", words=Words("New", "Newer", "Other demand")
    )
    assert "Other demand" in page(petition)
    shown = press(mailbox("mira@example.org").link("confirm")).content.decode()
    assert seen.title in shown
    assert sign(email="late@example.org", text=str(seen.pk)).status_code == 303


def test_times_close_a_petition_by_themselves(petition):
    petition.closes_at = timezone.now() - timedelta(minutes=1)
    petition.save()
    assert "<form" not in page(petition)
    assert petitions.close_due() == 1
    petition.refresh_from_db()
    assert petition.state == PetitionState.CLOSED
    assert petitions.close_due() == 0


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_pages_are_for_reading(petition, method):
    assert getattr(Client(), method)(f"/petitions/{petition.slug}/").status_code == 405
