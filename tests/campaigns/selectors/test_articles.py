"""What the public finds, and when."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from campaigns.models import Article, Redirect
from campaigns.selectors import articles as selectors
from campaigns.states import ArticleState
from tests.factories.articles import ArticleFactory, CategoryFactory

pytestmark = pytest.mark.django_db


def at(day, hour=12):
    """A moment in March 2024."""
    return datetime(2024, 3, day, hour, tzinfo=UTC)


def test_drafts_and_what_is_still_to_come_are_not_public():
    shown = ArticleFactory()
    ArticleFactory(state=ArticleState.DRAFT)
    ArticleFactory(published_at=timezone.now() + timedelta(minutes=1))
    assert [*selectors.public()] == [shown]


def test_a_reader_finds_each_article_once_in_her_own_language_where_it_is_there():
    group = uuid.uuid4()
    english = ArticleFactory(translation_group=group, language="en")
    french = ArticleFactory(translation_group=group, language="fr")
    other = ArticleFactory(language="en")
    assert {*selectors.public_for("fr")} == {french, other}
    assert {*selectors.public_for("en")} == {english, other}
    assert {*selectors.public_for("kk")} == {english, other}
    Article.objects.filter(pk=french.pk).update(state=ArticleState.DRAFT)
    assert {*selectors.public_for("fr")} == {english, other}


def test_neighbours_are_the_ones_just_before_and_after_even_at_the_same_second():
    first, second, third = (ArticleFactory(published_at=at(day)) for day in (1, 2, 2))
    around = selectors.neighbours(second)
    assert (around.older, around.newer) == (first, third)
    assert selectors.neighbours(first).older is None
    assert selectors.neighbours(third).newer is None


def test_months_are_those_of_our_own_clock():
    with timezone.override("Asia/Almaty"):
        ArticleFactory(published_at=datetime(2024, 3, 31, 23, 0, tzinfo=UTC))
        ArticleFactory(published_at=at(5))
        months = selectors.months()
        assert [(m.first_day.month, m.articles) for m in months] == [(4, 1), (3, 1)]
        assert selectors.public_in_month(2024, 4).count() == 1


def test_a_category_with_nothing_public_in_it_is_not_listed():
    full, empty = CategoryFactory(), CategoryFactory()
    ArticleFactory(categories=[full])
    ArticleFactory(categories=[full])
    ArticleFactory(categories=[empty], state=ArticleState.DRAFT)
    assert [*selectors.public_categories()] == [full]


def test_an_old_address_is_found_with_and_without_its_last_slash():
    article = ArticleFactory()
    Redirect.objects.create(old_path="/2024/03/strike/", article=article)
    Redirect.objects.create(old_path="/about.html", article=article)
    assert selectors.moved_to("/2024/03/strike") == article
    assert selectors.moved_to("/2024/03/strike/") == article
    assert selectors.moved_to("/about.html") == article
    assert selectors.moved_to("/2024/03/") is None
    assert selectors.moved_to("/") is None


def test_a_period_takes_its_first_moment_and_leaves_its_last():
    taken, left = ArticleFactory(published_at=at(1)), ArticleFactory(published_at=at(8))
    assert [*selectors.published_between(at(1), at(8))] == [taken]
    assert [*selectors.published_between(at(8), at(15))] == [left]


def test_staff_find_by_words_and_by_state():
    draft = ArticleFactory(state=ArticleState.DRAFT, title="Prison 4 opens its books")
    coming = ArticleFactory(published_at=timezone.now() + timedelta(days=1))
    ArticleFactory()
    assert [*selectors.for_staff(search="books prison")] == [draft]
    assert [*selectors.for_staff(state="draft")] == [draft]
    assert [*selectors.for_staff(state="coming")] == [coming]
    assert selectors.for_staff(state="published").count() == 1
    assert selectors.for_staff(search="\x00").count() == 3
