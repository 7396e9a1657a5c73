"""From blocks to the finished parts: placeholders intact, nothing fetched, nothing missing."""

import re
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default

import pytest

from newsletters.compose import rendering
from newsletters.compose.blocks import Button, Divider, Heading, Picture, Text
from newsletters.compose.fields import LinkMaker, Reader
from newsletters.compose.heads import Letterhead
from newsletters.compose.rendering import Draft
from newsletters.compose.skeleton import Skeleton
from tests.factories.newsletters import ContactFactory

BLOCKS = [
    Heading("For {{ given_name }} & all"),
    Text('Dear {{ given_name | default: "friends & others" }},\n\nplease <em>write</em>.'),
    Picture("/media/articles/ana.jpg", 'Ana "the nurse" & her dog'),
    Button("Write now", "https://example.org/write?a=1&b=2"),
    Divider(),
]


def draft(language="en", subject="Write, {{ given_name }}", blocks=BLOCKS):
    return Draft(language, subject, "One page, two minutes", blocks, "1 Square\nOrrin")


def addresses_in(html):
    return re.findall(r"""(?:href|src|action|background)\s*=\s*["']([^"']+)""", html)


def test_a_finished_draft_has_nothing_to_mend():
    assert rendering.objections(draft()) == []


def test_placeholders_come_through_the_layout_untouched():
    html = rendering.render(draft()).html
    assert "{{ given_name }}" in html
    assert '{{ given_name | default: "friends & others" }}' in html
    assert 'href="{{ unsubscribe_url }}"' in html
    assert 'href="{{ preferences_url }}"' in html


def test_both_parts_carry_the_way_out_and_the_postal_address():
    words = rendering.render(draft())
    for part in (words.html, words.text):
        assert "{{ unsubscribe_url }}" in part
        assert "Orrin" in part


def test_no_mail_asks_another_host_for_anything():
    html = rendering.render(draft()).html
    assert set(addresses_in(html)) == {
        "http://testserver/media/articles/ana.jpg",
        "https://example.org/write?a=1&amp;b=2",
        "{{ unsubscribe_url }}",
        "{{ preferences_url }}",
    }
    assert "@import" not in html
    assert "url(" not in html
    assert "<link" not in html


def test_a_right_to_left_language_is_laid_out_that_way():
    html = rendering.render(draft(language="ar")).html
    assert 'dir="rtl"' in html
    assert "text-align:right" in html.replace(" ", "")


def bodies(raw):
    """Plain text and markup of a mail, decoded."""
    message = message_from_bytes(raw, policy=default)
    plain, html = message.iter_parts()
    return plain.get_content(), html.get_content()


@pytest.mark.django_db
def test_what_the_reader_gets_is_her_name_escaped_in_html_and_plain_in_text():
    reader = ContactFactory(given_name="<b>O’Brien & Söhne", family_name="")
    skeleton = Skeleton(rendering.render(draft()), Letterhead("a@example.org"), _Links())
    raw = skeleton.build(Reader(1, reader), reader.email, datetime.now(UTC))
    message = message_from_bytes(raw, policy=default)
    text, html = bodies(raw)
    assert "For &lt;b&gt;O’Brien &amp; Söhne &amp; all" in html
    assert "For <b>O’Brien & Söhne & all" in text
    assert message["Subject"] == "Write, <b>O’Brien & Söhne"
    assert "{{" not in html + text


@pytest.mark.django_db
def test_an_empty_field_gets_its_stand_in_escaped_once():
    reader = ContactFactory(given_name="")
    skeleton = Skeleton(rendering.render(draft()), Letterhead("a@example.org"), _Links())
    raw = skeleton.build(Reader(1, reader), reader.email, datetime.now(UTC))
    text, html = bodies(raw)
    assert "Dear friends &amp; others," in html
    assert "Dear friends & others," in text


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"subject": ""}, "subject is empty"),
        ({"subject": "Hi {{ first_name }}"}, "given_name"),
        ({"subject": "Hi\r\nBcc: all@example.org"}, "one line"),
        ({"blocks": []}, "at least one block"),
        ({"blocks": [Button("Go", "")]}, "Block 1: This button has no link yet."),
        ({"blocks": [Text("x" * 39_000)] * 3}, "102 KB"),
        # Read without a complaint, and impossible once a reader's name stands there.
        ({"subject": "Hi {{ given_name | truncate: family_name }}"}, "for a reader (Anna Marku)"),
        ({"blocks": [Text("{{ given_name | escape: 1 }}")]}, "cannot be made"),
    ],
)
def test_what_is_missing_is_said_in_a_sentence(change, words):
    assert any(words in sentence for sentence in rendering.objections(draft(**change)))


def test_a_missing_postal_address_is_named_as_the_setting_it_is():
    bare = Draft("en", "x", "", BLOCKS, "")
    assert "POSTAL_ADDRESS" in rendering.objections(bare)[0]


class _Links(LinkMaker):
    """The public pages are not what is tested here."""

    def __init__(self):
        pass

    def unsubscribe(self, reader):
        return f"http://testserver/u/{reader.delivery}/"

    def preferences(self, reader):
        return f"http://testserver/p/{reader.delivery}/"
