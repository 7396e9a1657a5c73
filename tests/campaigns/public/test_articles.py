"""The news pages: what stands on them, and what a cache may do with them."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from campaigns.states import ArticleKind, ArticleState
from tests.factories.articles import ArticleFactory, CategoryFactory, picture
from tests.factories.newsletters import UserFactory

pytestmark = pytest.mark.django_db


def test_an_article_shows_what_belongs_to_it(client, settings, tmp_path):
    settings.SITE_URL, settings.MEDIA_ROOT = "https://karsh.example", tmp_path
    category = CategoryFactory(name="Harbour")
    older = ArticleFactory(published_at=timezone.now() - timedelta(days=2))
    article = ArticleFactory(
        kind=ArticleKind.PRESS_RELEASE,
        categories=[category],
        source_name="Veldstad Gazette",
        source_url="https://gazette.example/1",
        picture_alt="Workers at a gate",
        picture_caption="On Monday",
    )
    article.picture.save("a.jpg", picture())
    other = ArticleFactory(language="de", translation_group=article.translation_group)
    draft = ArticleFactory(state=ArticleState.DRAFT, translation_group=article.translation_group)

    page = client.get(f"/news/{article.slug}/").text

    for words in (
        article.title,
        "Press release",
        "by <bdi>Ilse Brandt</bdi>",
        "<p>Since Monday nobody has loaded a ship in Veldstad.</p>",
        'alt="Workers at a gate"',
        "On Monday",
        f'href="/news/category/{category.slug}/"',
        'href="https://gazette.example/1"',
        f'<link rel="canonical" href="https://karsh.example/news/{article.slug}/">',
        '<link rel="alternate" type="application/atom+xml"',
        f'hreflang="de" href="https://karsh.example/news/{other.slug}/"',
        f'property="og:title" content="{article.title}"',
        f'property="og:image" content="https://karsh.example{article.picture.url}"',
        f'rel="prev" href="/news/{older.slug}/"',
        "https://wa.me/?text=",
    ):
        assert words in page
    assert draft.title not in page
    assert not re.search(r'<(script|img|iframe|link)[^>]+(src|href)="https?://(?!karsh)', page)
    assert "style=" not in page


@pytest.mark.parametrize("field", ["title", "byline", "excerpt", "source_name"])
def test_words_are_shown_as_words(client, field):
    article = ArticleFactory(**{field: "<b>5 < 6</b>"})
    assert "<b>5" not in client.get(f"/news/{article.slug}/").text


def test_a_row_that_came_another_way_is_still_shown_safe(client):
    article = ArticleFactory(body="<p>Hi<script>alert(1)</script></p>")
    assert "<script" not in client.get(f"/news/{article.slug}/").text


def test_an_excerpt_that_repeats_the_text_is_not_shown_twice(client):
    article = ArticleFactory(excerpt="Since Monday nobody has loa")
    assert client.get(f"/news/{article.slug}/").text.count("Since Monday nobody has loa") == 3
    other = ArticleFactory(excerpt="Four hundred are out.")
    assert '<p class="lede">Four hundred' in client.get(f"/news/{other.slug}/").text


@pytest.mark.parametrize(
    "hidden",
    [
        {"state": ArticleState.DRAFT},
        {"published_at": datetime(2100, 1, 1, tzinfo=UTC)},
    ],
    ids=["draft", "still to come"],
)
def test_what_is_not_public_does_not_exist(client, hidden):
    article = ArticleFactory(**hidden)
    assert client.get(f"/news/{article.slug}/").status_code == 404
    assert article.title not in client.get("/news/").text
    assert article.title not in client.get("/feed.atom").text
    assert article.title not in client.get("/").text


@pytest.mark.parametrize(
    "address",
    [
        "/news/\x00/",
        "/news/category/\x00/",
        "/news/category/none/",
        "/news/2024/13/",
        "/news/0000/01/",
        "/news/2024/01/",
        "/news/9999/12/",
        "/news/2999/12/",
        "/media/articles/../../etc/passwd",
        "/media/articles/0123456789abcdef0123456789abcdef.jpg",
        "/media/articles/0123456789abcdef0123456789abcdef.svg",
    ],
)
def test_addresses_that_never_were_are_not_found(client, address):
    assert client.get(address).status_code == 404


def test_lists_have_twenty_to_a_page_and_few_queries(client, django_assert_max_num_queries):
    category = CategoryFactory()
    for day in range(1, 26):
        ArticleFactory(published_at=datetime(2024, 3, day, 9, tzinfo=UTC), categories=[category])
    for address in ("/news/", f"/news/category/{category.slug}/", "/news/2024/03/"):
        with django_assert_max_num_queries(6):
            first = client.get(address)
        assert first.text.count('<h2 lang="en"><a href="/news/') == 20
        assert "Page 1 of 2" in first.text
        assert client.get(address, {"page": "2"}).text.count('<h2 lang="en"><a href="/news/') == 5
        assert client.get(address, {"page": "no\x00ne"}).status_code == 200


def test_a_site_without_articles_says_what_to_do(client):
    page = client.get("/news/")
    assert page.status_code == 200
    assert "Nothing has been published yet" in page.text


def test_pages_are_the_same_for_everybody_so_a_cache_may_keep_them(client):
    article = ArticleFactory(categories=[CategoryFactory()])
    month = f"/news/{article.published_at:%Y/%m}/"
    category = f"/news/category/{article.categories.get().slug}/"
    for visitor in (client, logged_in(client)):
        for address in ("/", "/news/", f"/news/{article.slug}/", month, category, "/feed.atom"):
            answer = visitor.get(address)
            assert answer.status_code == 200, address
            kept = "max-age=60, public, stale-while-revalidate=600"
            assert ", ".join(sorted(answer["Cache-Control"].split(", "))) == kept
            assert answer.get("Vary") == "Accept-Language", address
            assert not answer.cookies
            assert visitor.get(address, HTTP_IF_NONE_MATCH=answer["ETag"]).status_code == 304
            assert visitor.head(address).status_code == 200
            assert visitor.post(address).status_code == 405


def logged_in(client):
    """The same visitor as one of the staff."""
    client.force_login(UserFactory())
    return client


def test_a_picture_comes_as_nothing_but_a_picture(client, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    article = ArticleFactory()
    article.picture.save("0" * 32 + ".jpg", picture())
    answer = client.get(article.picture.url)
    assert b"".join(answer.streaming_content).startswith(b"\xff\xd8")
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
