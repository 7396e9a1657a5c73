"""Staff write, preview, publish and take back; others are turned away."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Article, Category
from campaigns.states import ArticleState
from tests.factories.articles import ArticleFactory, CategoryFactory, picture
from tests.factories.newsletters import UserFactory

pytestmark = pytest.mark.django_db

NEW = "/staff/articles/new/"


@pytest.fixture
def organiser(client):
    """Somebody who may write articles."""
    client.force_login(UserFactory(permissions=["campaigns.change_article"]))
    return client


def form(article=None, **changes):
    """What a browser sends from the page of ``article``."""
    data = {
        "title": "A strike in Veldstad",
        "body": "<p>Nobody loads a ship.</p>",
        "kind": "article",
        "language": "en",
        "act": "save",
    }
    if article:
        data |= {"title": article.title, "body": article.body, "slug": article.slug}
        data["seen"] = article.updated_at.isoformat()
    return {**data, **changes}


def page_of(article, name="article"):
    """A staff page of the article."""
    return reverse(f"staff:{name}", args=[article.pk])


def addresses(article):
    """Every staff address of this noun."""
    others = [page_of(article, n) for n in ("article", "article_preview", "article_unpublish")]
    return [reverse("staff:articles"), NEW, *others]


def test_anonymous_visitors_log_in_first_and_come_back(client):
    article = ArticleFactory()
    for address in addresses(article):
        for answer in (client.get(address), client.post(address)):
            assert answer.status_code == 302
            assert answer.url == f"/staff/login/?next={address}"


def test_people_without_the_role_are_refused(client):
    client.force_login(UserFactory())
    article = ArticleFactory()
    for address in addresses(article):
        assert client.get(address).status_code == 403
        assert client.post(address).status_code == 403
    article.refresh_from_db()
    assert article.state == ArticleState.PUBLISHED


def test_a_draft_is_saved_previewed_and_published(organiser):
    answer = organiser.post(NEW, form())
    article = Article.objects.get()
    assert answer.url == page_of(article)
    assert article.state == ArticleState.DRAFT

    preview = organiser.get(page_of(article, "article_preview"))
    assert "Nobody loads a ship." in preview.text
    assert "Preview." in preview.text
    assert preview["Cache-Control"] == "no-store, private"
    assert organiser.get("/news/a-strike-in-veldstad/").status_code == 404

    organiser.post(page_of(article), form(article, act="publish"))
    assert "Nobody loads a ship." in organiser.get("/news/a-strike-in-veldstad/").text


def test_an_article_is_planned_and_its_time_moved(organiser):
    organiser.post(NEW, form(act="publish", publish_at="2100-03-05T08:30"))
    article = Article.objects.get()
    assert article.state == ArticleState.PUBLISHED
    assert article.published_at == datetime(2100, 3, 5, 8, 30, tzinfo=UTC)
    assert "Comes 5 March 2100" in organiser.get(page_of(article)).text
    assert "Still to come" in organiser.get("/staff/articles/").text

    organiser.post(page_of(article), form(article, publish_at="2100-04-05T08:30"))
    article.refresh_from_db()
    assert article.published_at.month == 4


def test_saving_a_published_article_leaves_its_time_to_the_second(organiser):
    article = ArticleFactory(published_at=datetime(2024, 3, 5, 8, 30, 41, tzinfo=UTC))
    organiser.post(
        page_of(article), form(article, publish_at="2024-03-05T08:30", title="Corrected")
    )
    article.refresh_from_db()
    assert (article.title, article.published_at.second) == ("Corrected", 41)


def test_an_article_is_taken_off_the_site(organiser):
    article = ArticleFactory()
    answer = organiser.post(page_of(article, "article_unpublish"), follow=True)
    assert "nothing is lost" in answer.text
    assert organiser.get(f"/news/{article.slug}/").status_code == 404


def test_what_cannot_be_published_is_saved_and_says_why(organiser):
    answer = organiser.post(NEW, form(body="", act="publish"))
    article = Article.objects.get()
    assert answer.status_code == 200
    assert "Write the text before it is published." in answer.text
    assert f'action="{page_of(article)}"' in answer.text
    # The page goes on from what was saved: pressing again with a text works.
    seen = answer.context["form"]["seen"].value()
    organiser.post(page_of(article), form(seen=seen, act="publish"))
    article.refresh_from_db()
    assert article.state == ArticleState.PUBLISHED
    assert Article.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"title": ""}, "This field is required."),
        ({"title": "x" * 201}, "at most 200 characters"),
        ({"title": "a\x00b"}, "Null characters are not allowed."),
        ({"slug": "taken"}, "Another article has this address"),
        ({"source_url": "javascript:alert(1)"}, "A link starts with https://"),
        ({"translation_of": "/news/never/"}, "There is no article with this address"),
        ({"translation_of": "http://[x"}, "There is no article with this address"),
        ({"categories": "999"}, "999"),
        ({"kind": "poem"}, "poem is not one of the available choices"),
        ({"publish_at": "tomorrow"}, "Enter a valid date/time."),
        ({"new_category": "!!!"}, "Name the subject with letters."),
        ({"body": "x" * 500_001}, "at most 500000 characters"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_is_wrong_is_said_at_the_field_and_nothing_is_lost(organiser, changes, words):
    ArticleFactory(slug="taken")
    answer = organiser.post(NEW, form(byline="Ilse Brandt", **changes))
    assert answer.status_code == 200
    assert words in answer.text
    assert "Ilse Brandt" in answer.text
    assert Article.objects.count() == 1
    assert not Category.objects.exists()


def test_two_people_at_one_article_do_not_overwrite_each_other(organiser):
    article = ArticleFactory()
    hers = form(article, title="Hers")
    organiser.post(page_of(article), form(article, title="His"))

    answer = organiser.post(page_of(article), hers)

    assert "Somebody else saved this article" in answer.text
    assert 'value="Hers"' in answer.text
    article.refresh_from_db()
    assert article.title == "His"
    for seen in ("", "soon", "2024-99-99T00:00:00+00:00"):
        assert "Somebody else" in organiser.post(page_of(article), {**hers, "seen": seen}).text


def test_a_picture_is_kept_without_its_name_and_shown(organiser, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    organiser.post(NEW, form(picture=picture("prison-4.jpg"), picture_alt="Workers", act="publish"))
    article = Article.objects.get()
    assert "prison" not in str(article.picture)
    file = organiser.get(article.picture.url)
    assert b"".join(file.streaming_content).startswith(b"\xff\xd8")
    assert article.picture.url in organiser.get(f"/news/{article.slug}/").text

    organiser.post(page_of(article), form(article, remove_picture="on"))
    article.refresh_from_db()
    assert not article.picture


def test_a_file_that_is_no_picture_is_refused_at_its_field(organiser, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    upload = picture("a.gif", "GIF")
    answer = organiser.post(NEW, form(picture=upload, picture_alt="Workers"))
    assert "This file is not a picture we can show." in answer.text
    assert not Article.objects.exists()


def test_the_old_address_of_a_renamed_article_leads_on(organiser):
    article = ArticleFactory(slug="first")
    organiser.post(page_of(article), form(article, slug="second"))
    answer = organiser.get("/news/first/")
    assert (answer.status_code, answer.url) == (301, "/news/second/")


def test_the_original_of_a_translation_is_given_by_its_address(organiser):
    original = ArticleFactory()
    category = CategoryFactory()
    organiser.post(
        NEW,
        form(
            translation_of=f"https://karsh.example/news/{original.slug}/",
            categories=[str(category.pk)],
        ),
    )
    article = Article.objects.exclude(pk=original.pk).get()
    assert article.translation_group == original.translation_group
    assert [*article.categories.all()] == [category]


def test_the_list_finds_filters_and_stays_cheap(organiser, django_assert_max_num_queries):
    ArticleFactory.create_batch(60)
    draft = ArticleFactory(state=ArticleState.DRAFT, title="Prison 4 opens its books")
    with django_assert_max_num_queries(7):
        page = organiser.get("/staff/articles/")
    assert "Page 1 of 2" in page.text
    found = organiser.get("/staff/articles/", {"q": "books", "state": "draft"}).text
    assert draft.title in found
    assert "Harbour workers" not in found
    assert "No article matches." in organiser.get("/staff/articles/", {"q": "nothing"}).text
    assert organiser.get("/staff/articles/", {"state": "x", "q": "\x00"}).status_code == 200


def test_an_empty_desk_says_what_to_do(organiser):
    page = organiser.get("/staff/articles/").text
    assert "There is no article yet." in page
    assert page.count('class="button"') == 1


def test_looking_changes_nothing(organiser):
    article = ArticleFactory(published_at=timezone.now() - timedelta(days=1))
    for address in [reverse("staff:articles"), NEW, *addresses(article)[2:4]]:
        organiser.get(address)
        organiser.head(address)
    assert Article.objects.get().updated_at == article.updated_at
