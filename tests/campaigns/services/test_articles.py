"""Articles are saved safe, published once, and found at every address they had."""

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.errors import ArticleRefused
from campaigns.models import Article, Redirect
from campaigns.services.articles import (
    ArticleText,
    PictureChange,
    create_article,
    get_or_create_category,
    publish,
    unpublish,
    update_article,
)
from campaigns.states import ArticleState
from newsletters.models import Topic
from tests.factories.articles import ArticleFactory, CategoryFactory, picture

pytestmark = pytest.mark.django_db

TEXT = ArticleText(title="A strike in Veldstad", body="<p>Nobody loads a ship.</p>")


def changed(article, **values):
    """The article's own words with some of them changed, saved by its only writer."""
    words = {"title": article.title, "body": article.body, "picture_alt": article.picture_alt}
    return update_article(
        article=article, text=ArticleText(**{**words, **values}), seen=article.updated_at
    )


def test_a_new_article_is_a_draft_with_an_address_made_of_its_headline():
    article = create_article(text=TEXT)
    assert (article.state, article.slug) == (ArticleState.DRAFT, "a-strike-in-veldstad")
    assert create_article(text=TEXT).slug == "a-strike-in-veldstad-2"
    assert create_article(text=ArticleText(title="Суд в Орине")).slug == "суд-в-орине"
    assert create_article(text=ArticleText(title="!!!")).slug == "article"


def test_what_is_unsafe_never_reaches_the_row():
    article = create_article(
        text=ArticleText(
            title="A strike", body='<p onclick="x()">Stay out<script>alert(1)</script></p>'
        )
    )
    assert article.body == "<p>Stay out</p>"


def test_a_headline_is_one_line_that_a_feed_can_hold(client):
    text = ArticleText(title=" A\x0bstrike\x1b\n in\uffff  Veldstad", body="<p>Out.</p>")
    article = publish(article=create_article(text=text))
    assert article.title == "A strike in Veldstad"
    assert client.get("/feed.atom").status_code == 200


def test_pictures_of_other_sites_become_links_and_our_own_stay(settings):
    settings.SITE_URL = "https://karsh.example"
    article = create_article(
        text=ArticleText(
            title="A strike",
            body='<p><img src="https://other.example/a.jpg" alt="A ship">'
            '<a href="https://other.example/big.jpg"><img src="https://other.example/b.jpg"></a>'
            '<img src="https://karsh.example/media/articles/c.jpg" alt="Own">'
            '<img src="/media/articles/d.jpg" alt="Own too"></p>',
        )
    )
    assert article.body == (
        '<p><a href="https://other.example/a.jpg" rel="noopener">A ship</a>'
        '<a href="https://other.example/b.jpg" rel="noopener">b.jpg</a>'
        '<img src="/media/articles/c.jpg" alt="Own">'
        '<img src="/media/articles/d.jpg" alt="Own too"></p>'
    )


def test_an_address_that_is_taken_is_refused_at_its_field():
    ArticleFactory(slug="strike")
    with pytest.raises(ArticleRefused) as caught:
        create_article(text=ArticleText(title="Another", slug="strike"))
    assert caught.value.code == "slug"


@pytest.mark.parametrize("link", ["javascript:alert(1)", "old.example", "https://a@b.example"])
def test_a_source_that_is_no_link_is_refused_at_its_field(link):
    with pytest.raises(ArticleRefused) as caught:
        create_article(text=ArticleText(title="A strike", source_url=link))
    assert caught.value.code == "source_url"


def test_publishing_makes_it_public_now_and_a_second_press_changes_nothing():
    article = publish(article=create_article(text=TEXT))
    first = article.published_at
    assert article.state == ArticleState.PUBLISHED
    assert first is not None
    assert abs(timezone.now() - first) < timedelta(minutes=1)
    assert publish(article=article).published_at == first


def test_publishing_at_a_time_keeps_that_time_and_can_be_moved():
    tomorrow = timezone.now() + timedelta(days=1)
    article = publish(article=create_article(text=TEXT), at=tomorrow)
    assert article.published_at == tomorrow
    later = tomorrow + timedelta(days=1)
    assert publish(article=article, at=later).published_at == later


def test_an_article_without_text_is_not_published():
    article = create_article(text=ArticleText(title="A strike", body="<p>&nbsp;</p>"))
    with pytest.raises(ArticleRefused) as caught:
        publish(article=article)
    assert caught.value.code == "body"
    article.refresh_from_db()
    assert article.state == ArticleState.DRAFT


def test_an_article_taken_off_comes_back_with_its_first_date():
    article = ArticleFactory(published_at=timezone.now() - timedelta(days=30))
    first = article.published_at
    assert unpublish(article=article).state == ArticleState.DRAFT
    assert publish(article=article).published_at == first


def test_one_that_never_appeared_is_published_now_and_not_at_its_old_plan():
    plan = timezone.now() + timedelta(days=30)
    article = unpublish(article=ArticleFactory(published_at=plan))
    published = publish(article=article).published_at
    assert published is not None
    assert published <= timezone.now()


def test_a_public_address_that_changes_leads_on_also_back_and_forth():
    article = ArticleFactory(slug="first")
    article = changed(article, slug="second")
    assert Redirect.objects.get().old_path == "/news/first/"
    article = changed(article, slug="first")
    assert Redirect.objects.get().old_path == "/news/second/"
    assert article.slug == "first"


def test_the_address_of_a_draft_was_never_public():
    article = ArticleFactory(state=ArticleState.DRAFT)
    changed(article, slug="second")
    assert not Redirect.objects.exists()


def test_nobody_overwrites_what_somebody_else_saved_meanwhile():
    article = ArticleFactory()
    opened = article.updated_at
    changed(article, title="Hers")
    with pytest.raises(ArticleRefused) as caught:
        update_article(article=article, text=ArticleText(title="His"), seen=opened)
    assert caught.value.code == "changed"
    article.refresh_from_db()
    assert article.title == "Hers"


def test_a_category_is_also_a_topic_readers_may_choose():
    category = get_or_create_category(slug="prisons", name="Prisons")
    assert get_or_create_category(slug="prisons", name="Gaols") == category
    assert Topic.objects.get().name == "Prisons"


def test_a_new_subject_is_made_while_writing():
    kept = CategoryFactory()
    article = create_article(
        text=ArticleText(title="A strike", categories=[kept], new_category=" Harbour  workers ")
    )
    assert {category.slug for category in article.categories.all()} == {
        kept.slug,
        "harbour-workers",
    }


def test_a_translation_joins_the_group_of_its_original():
    original = ArticleFactory()
    other = create_article(text=ArticleText(title="Ein Streik", translation_of=original))
    assert other.translation_group == original.translation_group
    assert changed(other).translation_group == original.translation_group


def test_a_picture_needs_words_and_goes_when_it_is_replaced(
    settings, tmp_path, django_capture_on_commit_callbacks
):
    settings.MEDIA_ROOT = tmp_path
    with pytest.raises(ArticleRefused) as caught:
        create_article(text=TEXT, picture=PictureChange(upload=picture()))
    assert caught.value.code == "picture_alt"
    assert not list(tmp_path.rglob("*.jpg"))

    words = ArticleText(title="A strike", picture_alt="Workers at a gate")
    article = create_article(text=words, picture=PictureChange(upload=picture()))
    first = article.picture.name
    with django_capture_on_commit_callbacks(execute=True):
        article = update_article(
            article=article,
            text=words,
            seen=article.updated_at,
            picture=PictureChange(upload=picture()),
        )
    assert article.picture.name != first
    assert [file.name for file in tmp_path.rglob("*.jpg")] == [str(article.picture).split("/")[1]]

    with django_capture_on_commit_callbacks(execute=True):
        article = update_article(
            article=article,
            text=TEXT,
            seen=article.updated_at,
            picture=PictureChange(remove=True),
        )
    assert not Article.objects.get().picture
    assert not list(tmp_path.rglob("*.jpg"))


def test_a_refused_save_leaves_no_file_behind(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    article = ArticleFactory()
    with pytest.raises(ArticleRefused):
        update_article(
            article=article,
            text=ArticleText(title="His", picture_alt="A gate"),
            seen=None,
            picture=PictureChange(upload=picture()),
        )
    assert not list(tmp_path.rglob("*.jpg"))
