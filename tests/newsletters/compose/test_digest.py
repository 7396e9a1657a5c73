"""The mail of a digest issue."""

from datetime import UTC, datetime

import pytest

from newsletters.compose import digest as compose
from newsletters.compose import rendering
from newsletters.compose.slots import Slot, cut
from newsletters.models import Digest, DigestIssue, MailingList


@pytest.fixture(autouse=True)
def _address(settings):
    settings.POSTAL_ADDRESS = "12 Harbour Road, 4000 Orrin"


def item(number=1, **fields):
    return {
        "key": f"article:{number}",
        "title": f"Harbour workers stay out, day {number}",
        "url": f"http://testserver/articles/harbour-{number}/",
        "summary": "Four hundred workers have not gone back.",
        "language": "en",
        "topics": ["harbour"],
        "published_at": "2026-11-18T23:30:00+00:00",
        "section": "articles",
        **fields,
    }


def issue(*items, name="Weekly news"):
    return DigestIssue(
        digest=Digest(name=name, mailing_list=MailingList(), time_zone="Europe/Berlin"),
        period_end=datetime(2026, 11, 20, 8, tzinfo=UTC),
        items=list(items),
    )


def fields_in(text):
    return {piece.field for piece in cut(text) or [] if isinstance(piece, Slot)}


def test_the_mail_names_the_digest_its_day_and_every_item_with_its_link():
    words = rendering.render(compose.draft(issue(item(1), item(2)), "en", [0, 1]))
    assert words.subject == "Weekly news, 20 November"
    for part in (words.html, words.text):
        assert "Harbour workers stay out, day 2" in part
        assert "http://testserver/articles/harbour-2/" in part
        assert "Four hundred workers have not gone back." in part
        # The day as the digest's own clocks showed it.
        assert "19 November 2026" in part
        assert fields_in(part) == {"unsubscribe_url", "preferences_url"}


def test_only_the_chosen_items_are_in_it():
    words = rendering.render(compose.draft(issue(item(1), item(2), item(3)), "en", [0, 2]))
    assert "harbour-2/" not in words.html + words.text


def test_the_day_is_written_in_the_readers_language():
    words = rendering.render(compose.draft(issue(item()), "fr", [0]))
    assert words.subject == "Weekly news, 20 novembre"


@pytest.mark.parametrize(
    "hostile", ["{{ email }}", "{% if email %}x{% endif %}", "{{{ unsubscribe_url }}}", "{{{%"]
)
def test_nothing_in_an_article_is_taken_for_a_placeholder(hostile):
    one = item(title=hostile, summary=hostile, url=f"http://testserver/{hostile}/")
    words = rendering.render(compose.draft(issue(one, name=hostile), "en", [0]))
    assert fields_in(words.subject) == set()
    assert fields_in(words.html) == fields_in(words.text) == {"unsubscribe_url", "preferences_url"}


def test_markup_in_a_title_stays_text():
    words = rendering.render(compose.draft(issue(item(title="<b>x</b> & <script>")), "en", [0]))
    assert "<script" not in words.html
    assert "&lt;b&gt;x&lt;/b&gt; &amp; &lt;script&gt;" in words.html
    assert "<b>x</b> & <script>" in words.text


def test_several_sections_have_headings_and_one_has_none():
    two = issue(item(1, section="gone"), item(2))
    assert "News\n====" in rendering.render(compose.draft(two, "en", [0, 1])).text
    assert "News\n====" not in rendering.render(compose.draft(two, "en", [1])).text


def test_everything_is_checked_per_language_before_approval(settings):
    whole = compose.whole(issue(item(1), item(2, language="de"), item(3)))
    assert {language: len(draft.blocks) for language, draft in whole.items()} == {"en": 3, "de": 2}
    assert [rendering.objections(draft) for draft in whole.values()] == [[], []]


def test_the_largest_issue_stays_under_the_clipping_limit():
    many = [item(n, title="t" * 120, summary="word " * 50) for n in range(40)]
    assert rendering.objections(compose.draft(issue(*many), "en", range(40))) == []


def test_the_postal_address_is_that_of_the_list_or_the_campaigns_own(settings):
    settings.POSTAL_ADDRESS = "Long Street 1"
    weekly = issue(item())
    assert compose.draft(weekly, "en", [0]).postal_address == "Long Street 1"
    weekly.digest.mailing_list.postal_address = "Harbour 5"
    assert compose.draft(weekly, "en", [0]).postal_address == "Harbour 5"
