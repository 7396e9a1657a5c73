"""Counted links: whole addresses and nothing else, and every one can be taken out again."""

import re
from datetime import UTC, datetime

import pytest

from newsletters import tokens
from newsletters.compose import counting, rendering
from newsletters.compose.blocks import Button, Heading, Picture, Text
from newsletters.compose.fields import GETTERS, LinkMaker, Reader, Somebody
from newsletters.compose.heads import Letterhead
from newsletters.compose.rendering import Draft
from newsletters.compose.skeleton import Skeleton, Words
from newsletters.errors import TextRefused
from tests.newsletters.compose.test_rendering import bodies

DATED = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
READER = Reader(7, Somebody(3, "Dana", "Orlen", "en", "AT", "1010", "dana@example.org"), 2)
WRITE = "https://example.org/write?a=1&b=2"
SHORT = "https://example.org/write"
OURS = "http://testserver/news/a-vigil/"
LEAVE = f"http://testserver/u/{'x' * 48}/"
BLOCKS = [
    Heading("For {{ given_name }}"),
    Text(
        f'<p>See <a title="a > b" href="{SHORT}">this</a>, {SHORT}/more,'
        ' or <a href="mailto:desk@example.org">us</a>. {{ unsubscribe_url }}</p>'
        '<p>Such as <a href="{{ preferences_url }}">yours</a> or href="https://example.org".</p>'
    ),
    Button("News", OURS),
    Button("Leave", LEAVE),
    Picture("/media/articles/ana.jpg", "Ana"),
    Button("Write now", WRITE),
]
CLICKS = {SHORT: 11, OURS: 12, WRITE: 13}


def words(*more):
    return rendering.render(Draft("en", "Write", "", [*BLOCKS, *more], "1 Square"))


def mail(text):
    skeleton = Skeleton(text, Letterhead("a@example.org"), LinkMaker())
    return skeleton.build(READER, "dana@example.org", DATED)


def click(number):
    return f"http://testserver/l/{tokens.seal(tokens.CLICKED, 7, number, 0)}/"


def test_only_whole_addresses_of_the_web_are_counted_and_none_that_holds_a_secret():
    assert counting.links(words().html) == [SHORT, OURS, WRITE]


def test_an_address_too_long_for_an_index_stays_as_it_is():
    assert counting.links(f'<a href="https://example.org/{"x" * 2000}">a</a>') == []


def test_what_is_counted_can_be_taken_out_again_to_the_letter():
    before = words()
    after = counting.counted(before, CLICKS, opens=True)
    assert after.html.count("click_") == 3
    assert after.text.count("click_") == 3
    assert f"{SHORT}/more" in after.text
    assert LEAVE in after.html
    assert counting.plain(after, {number: url for url, number in CLICKS.items()}) == before
    assert counting.counted(before, {}, opens=False) == before


@pytest.mark.parametrize("more", [(), (Text('{% if country == "AT" %}Servus{% endif %}'),)])
def test_the_mail_holds_our_links_alone_and_the_same_ones_every_time(more):
    text, html = bodies(mail(counting.counted(words(*more), CLICKS, opens=True)))
    for part in (text, html):
        assert part.count("/l/") == 3
        assert all(click(number) in part for number in CLICKS.values())
        assert "{{" not in part
    assert re.findall(r'<a [^>]*href="(https?://(?!testserver)[^"]+)', html) == []
    opened = f"http://testserver/o/{tokens.seal(tokens.OPENED, 7, 0, 0)}.gif"
    assert html.count(f'<img src="{opened}" alt="" width="1" height="1" /></body>') == 1
    again = counting.counted(words(*more), CLICKS, opens=True)
    assert mail(again) == mail(again)


def test_a_mail_that_counts_nothing_asks_for_nothing_more():
    body = Skeleton(words(), Letterhead("a@example.org"), LinkMaker())._body
    assert {filling.get for filling in body._fillings} <= set(GETTERS.values())
    assert body._getters == GETTERS
    assert "/l/" not in mail(words()).decode()
    assert "/o/" not in mail(words()).decode()


@pytest.mark.parametrize(
    "typed", ["{{ click_1 }}", "{{ open_url }}", "{% if click_1 %}x{% endif %}"]
)
def test_nobody_can_type_such_a_slot(typed):
    draft = Draft("en", "Write", "", [Text(typed)], "1 Square")
    assert rendering.objections(draft) != []
    with pytest.raises(TextRefused):
        Skeleton(Words(typed, "", ""), Letterhead("a@example.org"), LinkMaker()).build(
            READER, "dana@example.org", DATED
        )
