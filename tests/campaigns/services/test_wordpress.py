"""A WordPress export comes over whole, or not at all."""

from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from campaigns import wordpress
from campaigns.models import Article, Category, Redirect
from campaigns.states import ArticleKind, ArticleState
from newsletters.models import Topic

pytestmark = pytest.mark.django_db

EXPORT = Path(__file__).parents[2] / "payloads" / "wordpress.xml"
HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"'
    ' xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    ' xmlns:wp="http://wordpress.org/export/1.2/"><channel>'
    "<wp:wxr_version>1.2</wp:wxr_version>"
)
FOOT = "</channel></rss>"


def item(title="A strike", body="They strike.", extra=""):
    """One published post."""
    return (
        f"<item><title>{title}</title><link>https://old.example/{title}/</link>"
        f"<guid>https://old.example/?p={title}</guid>"
        f"<content:encoded>{body}</content:encoded><wp:status>publish</wp:status>"
        f"<wp:post_type>post</wp:post_type>{extra}</item>"
    )


DATED = "<wp:post_date_gmt>2024-03-05 08:30:00</wp:post_date_gmt>"


def run(path):
    """What the command prints."""
    out = StringIO()
    call_command("import_wordpress", str(path), stdout=out)
    return out.getvalue()


def refusal(tmp_path, content):
    """The sentence with which a file is refused; proves that nothing was written."""
    path = tmp_path / "export.xml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(CommandError) as caught:
        run(path)
    assert Article.objects.count() == Category.objects.count() == Topic.objects.count() == 0
    assert "Nothing was imported." in str(caught.value)
    return str(caught.value)


def test_posts_become_articles_with_what_they_carried():
    run(EXPORT)

    article = Article.objects.get(slug="a-doctor-for-mira-osk")
    assert article.title == "A doctor for Mira Osk – now"
    assert (article.state, article.kind) == (ArticleState.PUBLISHED, ArticleKind.APPEAL)
    assert article.published_at == datetime(2024, 3, 5, 8, 30, tzinfo=UTC)
    assert article.byline == "Ilse Brandt"
    assert article.excerpt == "A nurse is refused insulin."
    assert [category.name for category in article.categories.all()] == ["Appeals"]


def test_bodies_are_made_of_paragraphs_and_nothing_unsafe_stays():
    run(EXPORT)

    body = Article.objects.get(slug="a-doctor-for-mira-osk").body
    assert "<p>Mira Osk, a nurse, has been held since January.<br>\nShe needs insulin.</p>" in body
    assert "<p>Write to the governor today.</p>" in body
    assert "<li>Insulin</li>" in body
    assert "[sic]" in body
    assert "[gallery" not in body
    assert "[caption" not in body
    assert "script" not in body
    assert "<figcaption>Mira Osk in 2022</figcaption>" in body
    # The picture lies on another site: a link, and no request from our page.
    assert "<img" not in body
    assert 'href="https://old.example/wp-content/mira.jpg"' in body
    assert ">Mira Osk at work</a>" in body


def test_slugs_and_dates_of_other_scripts_and_zones_are_kept():
    run(EXPORT)

    article = Article.objects.get(slug="суд-в-орине")
    assert article.kind == ArticleKind.PRESS_RELEASE
    assert article.published_at == datetime(2024, 4, 1, 8, 0, tzinfo=UTC)
    assert article.byline == "guest"
    assert article.body == "<p>Суд отложен.</p>"


def test_what_was_not_public_there_is_a_draft_here():
    run(EXPORT)

    drafts = Article.objects.filter(state=ArticleState.DRAFT)
    assert {draft.title for draft in drafts} == {"Not finished", "For members"}
    assert drafts.get(title="Not finished").published_at is None
    assert not Category.objects.filter(slug="uncategorized").exists()


def test_readers_may_choose_the_categories_as_topics():
    run(EXPORT)

    assert set(Topic.objects.values_list("slug", "name")) == {
        ("appeals", "Appeals"),
        ("press-release", "Press release"),
    }


def test_the_summary_says_what_was_done_and_what_stayed_behind():
    said = run(EXPORT)

    assert "2 articles published" in said
    assert "2 drafts to look at" in said
    assert "3 old addresses lead on" in said
    assert "1 of kind “page”" in said
    assert "1 of kind “trash”" in said
    assert "1 of kind “attachment”" in said
    assert "Left out: 1 tags" in said


def test_a_second_run_adds_nothing():
    run(EXPORT)
    before = Article.objects.count(), Redirect.objects.count(), Category.objects.count()
    Article.objects.filter(slug="a-doctor-for-mira-osk").update(title="Corrected by hand")

    said = run(EXPORT)

    assert before == (Article.objects.count(), Redirect.objects.count(), Category.objects.count())
    assert "0 articles published" in said
    assert "4 were here already" in said
    assert Article.objects.get(slug="a-doctor-for-mira-osk").title == "Corrected by hand"


@pytest.mark.parametrize(
    "old_path",
    ["/2024/03/a-doctor-for-mira-osk/", "/2024/03/a-doctor-for-mira-osk", "/2024/04/суд-в-орине/"],
)
def test_old_addresses_lead_to_the_articles(client, old_path):
    run(EXPORT)

    answer = client.get(old_path)

    assert answer.status_code == 301
    assert client.get(answer.url).status_code == 200


def test_an_unknown_address_costs_one_query(client, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert client.get("/2024/03/never-was/").status_code == 404
    assert client.get("/never\x00was/").status_code == 404


def test_a_draft_is_not_found_at_its_old_address(client):
    run(EXPORT)
    assert client.get("/2024/05/for-members/").status_code == 404


def test_two_posts_with_one_slug_both_find_a_place(tmp_path):
    path = tmp_path / "export.xml"
    slug = "<wp:post_name>strike</wp:post_name>"
    path.write_text(HEAD + item("One", extra=DATED + slug) + item("Two", extra=DATED + slug) + FOOT)

    run(path)

    assert {a.slug for a in Article.objects.all()} == {"strike", "strike-2"}


@pytest.mark.parametrize(("given", "kept"), [("de-AT", "de"), ("eo", "ru"), ("", "ru")])
def test_the_language_is_the_sites_own_where_we_write_in_it(tmp_path, settings, given, kept):
    settings.CONTENT_LANGUAGES = ["ru", "de"]
    path = tmp_path / "export.xml"
    path.write_text(HEAD + f"<language>{given}</language>" + item(extra=DATED) + FOOT)
    run(path)
    assert Article.objects.get().language == kept


def test_a_long_headline_is_cut_and_an_empty_one_taken_from_the_text(tmp_path):
    path = tmp_path / "export.xml"
    nameless = item(body="Nobody loaded a ship today.", extra=DATED).replace(
        "<title>A strike</title>", "<title></title>"
    )
    path.write_text(HEAD + item("x" * 300, extra=DATED) + nameless + FOOT)

    run(path)

    titles = set(Article.objects.values_list("title", flat=True))
    assert titles == {"x" * 199 + "…", "Nobody loaded a ship today."}


def test_a_post_without_text_waits_as_a_draft(tmp_path):
    path = tmp_path / "export.xml"
    path.write_text(HEAD + item(body="[gallery]", extra=DATED) + FOOT)

    run(path)

    assert Article.objects.get().state == ArticleState.DRAFT


def test_a_file_cut_short_changes_nothing_and_says_where(tmp_path):
    whole = EXPORT.read_bytes()
    assert "broken at line" in refusal(tmp_path, whole[: len(whole) // 2])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "broken at line 1"),
        ("Dear all,", "broken at line 1"),
        ("<html><body></body></html>", "not a WordPress export"),
        ("<rss><channel><title>A feed</title></channel></rss>", "not a WordPress export"),
        ("<rss><channel><item><title>A</title></item></channel></rss>", "not a WordPress export"),
        (HEAD.replace(">1.2<", ">7.0<") + FOOT, "version 7.0"),
        ('<?xml version="1.0" encoding="klingon"?><rss/>', "encoding"),
        (HEAD + "<a>" * 100 + "</a>" * 100 + FOOT, "nested deeper"),
        (HEAD + item() + FOOT, "has no date that can be read"),
        (HEAD + item(extra=DATED.replace("2024", "soon")) + FOOT, "has no date that can be read"),
        (HEAD + item(extra=DATED).replace("<guid>", "<guid>" + "x" * 600) + FOOT, "guid"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_is_no_sound_export_is_refused_with_a_reason(tmp_path, content, words):
    assert words in refusal(tmp_path, content)


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        '<!DOCTYPE rss [<!ENTITY a SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE rss SYSTEM "https://evil.example/wxr.dtd">',
    ],
    ids=["bomb", "external entity", "external subset"],
)
def test_entities_are_never_expanded_or_fetched(tmp_path, doctype):
    content = (HEAD + item(body="&a;", extra=DATED) + FOOT).replace("<rss", doctype + "<rss", 1)
    assert "document type" in refusal(tmp_path, content)


def test_an_error_in_the_last_post_takes_back_the_first(tmp_path):
    content = HEAD + item("One", extra=DATED) + item("Two") + FOOT
    assert "Two" in refusal(tmp_path, content)


def test_a_text_of_more_than_five_megabytes_is_refused(tmp_path):
    content = HEAD + item(body="x" * (wordpress.MAX_TEXT + 1), extra=DATED) + FOOT
    assert "larger than 5 MB" in refusal(tmp_path, content)


def test_a_huge_file_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "export.xml"
    with path.open("wb") as file:
        file.truncate(wordpress.MAX_FILE + 1)
    with pytest.raises(CommandError, match="larger than 200 MB"):
        run(path)


def test_a_missing_file_is_a_sentence_not_a_traceback(tmp_path):
    with pytest.raises(CommandError, match="cannot be opened"):
        run(tmp_path / "nothing.xml")


def test_a_post_of_endless_nesting_waits_as_a_draft_with_its_words(tmp_path):
    path = tmp_path / "export.xml"
    deep = "&lt;blockquote&gt;" * 20_000 + "They strike."
    path.write_text(HEAD + item(body=deep, extra=DATED) + item("Two", extra=DATED) + FOOT)
    said = run(path)
    assert "lost formatting, because too many tags lay inside each other: 1" in said
    article = Article.objects.get(title="A strike")
    assert article.state == ArticleState.DRAFT
    assert "They strike." in article.body
    assert Article.objects.get(title="Two").state == ArticleState.PUBLISHED


@pytest.mark.parametrize(
    "link", ["http://[::1/post/", "https://old.example/a%00b/", "%", "//", "x"]
)
def test_an_old_address_nobody_can_read_does_not_stop_the_import(tmp_path, link):
    path = tmp_path / "export.xml"
    path.write_text(
        (HEAD + item(extra=DATED) + FOOT).replace("https://old.example/A strike/", link)
    )
    run(path)
    assert Article.objects.count() == 1
    assert not any("\x00" in row.old_path for row in Redirect.objects.all())


@pytest.mark.parametrize(
    "day", ["0001-01-01 00:00:00", "9999-12-31 23:59:59", "0000-01-01 00:00:00"]
)
def test_a_date_at_the_end_of_time_is_no_error_of_ours(tmp_path, settings, client, day):
    settings.TIME_ZONE = "Asia/Almaty"
    path = tmp_path / "export.xml"
    dated = (
        f"<wp:post_date_gmt>{day}</wp:post_date_gmt>"
        "<pubDate>Tue, 05 Mar 2024 08:30:00 +0000</pubDate>"
    )
    path.write_text(HEAD + item(extra=dated) + FOOT)
    run(path)
    article = Article.objects.get()
    assert client.get("/news/").status_code == 200
    assert client.get(article.get_absolute_url()).status_code in {200, 404}
