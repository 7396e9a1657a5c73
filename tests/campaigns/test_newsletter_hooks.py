"""The digest learns of articles through the port."""

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string

from campaigns.models import Letter
from campaigns.newsletter_hooks import LETTERS, RECENT_ARTICLES, UPCOMING_EVENTS
from campaigns.states import ArticleState, EventState, LetterState
from tests.factories.articles import ArticleFactory, CategoryFactory
from tests.factories.campaigns import EventFactory, LetterFactory

pytestmark = pytest.mark.django_db


def test_the_section_is_the_one_the_settings_list():
    assert RECENT_ARTICLES in [import_string(path) for path in settings.NEWSLETTERS_SECTIONS]


def test_items_carry_what_a_mail_needs(settings, django_assert_max_num_queries):
    settings.SITE_URL = "https://karsh.example"
    now = timezone.now()
    for _number in range(3):
        article = ArticleFactory(categories=[CategoryFactory()], excerpt="", language="de")
    ArticleFactory(state=ArticleState.DRAFT)
    ArticleFactory(published_at=now - timedelta(days=8))

    with django_assert_max_num_queries(2):
        items = RECENT_ARTICLES.items(now - timedelta(days=7), now)

    item = next(one for one in items if one.key == f"article:{article.pk}")
    assert len(items) == 3
    assert item.title == article.title
    assert item.url == f"https://karsh.example/news/{article.slug}/"
    assert item.summary == "Since Monday nobody has loaded a ship in Veldstad."
    assert item.language == "de"
    assert item.topics == [article.categories.get().slug]
    assert item.published_at == article.published_at.isoformat()


def test_a_section_never_floods_a_mail():
    ArticleFactory.create_batch(55)
    now = timezone.now()
    assert len(RECENT_ARTICLES.items(now - timedelta(days=1), now)) == 50


def test_a_digest_tells_of_events_to_come_when_and_where_but_never_a_hidden_place(settings):
    settings.SITE_URL = "https://karsh.example"
    now = timezone.now()
    open_one = EventFactory(starts_at=datetime(2030, 12, 7, 18, tzinfo=UTC))
    hidden = EventFactory(place_by_mail=True, announced_at=now - timedelta(days=2))
    EventFactory(announced_at=now - timedelta(days=8))
    EventFactory(state=EventState.CALLED_OFF)
    EventFactory(starts_at=now - timedelta(days=1))
    items = UPCOMING_EVENTS.items(now - timedelta(days=7), timezone.now())
    assert [item.key for item in items] == [f"event:{open_one.pk}", f"event:{hidden.pk}"]
    assert items[0].summary == (
        "Saturday, 7 December 2030, 18:00–20:00 (UTC), Harbour Square, by the crane, Veldstad. "
        "We bring candles and read her letters. Children are welcome."
    )
    assert items[0].url == f"https://karsh.example/events/{open_one.slug}/"
    assert "Harbour" not in items[1].summary


def test_what_a_supporter_wrote_is_told_held_and_erased_by_the_keys_of_her_addresses(
    django_assert_max_num_queries,
):
    sent = LetterFactory(state=LetterState.CONFIRMED)
    again = LetterFactory(state=LetterState.CONFIRMED, email=sent.email)
    waiting = LetterFactory(email="second@example.net")
    stranger = LetterFactory()
    keys = [sent.address_key, waiting.address_key]
    with django_assert_max_num_queries(1):
        moments = LETTERS.moments(keys)
    assert len(moments) == 3
    assert "Let the nurse see a doctor" in moments[2].words
    assert moments[2].url == f"/staff/actions/{sent.action_id}/"
    assert {row["E-mail"] for row in LETTERS.held(keys)} == {sent.email, waiting.email}
    assert LETTERS.erase(keys) == 3
    assert LETTERS.erase(keys) == 0
    assert LETTERS.held(keys) == []
    assert LETTERS.moments(keys) == []
    assert not Letter.objects.filter(pk=waiting.pk).exists()
    again.refresh_from_db()
    assert (again.name, again.email, again.body, again.country) == ("", "", "", "")
    assert again.state == LetterState.CONFIRMED
    stranger.refresh_from_db()
    assert stranger.email
