"""Blocks: what may stand in a mailing, what is refused, and how each reads in both parts."""

import pytest

from newsletters.compose import blocks
from newsletters.compose.blocks import Button, Divider, Heading, Picture, Text
from newsletters.errors import TextRefused


def test_every_block_comes_back_from_its_stored_form():
    made = [
        Heading("Ana is free to call home"),
        Text("Two lines.\n\nAnd two."),
        Picture("/media/articles/a1.jpg", "Ana at her desk"),
        Button("Write now", "https://example.org/write"),
        Divider(),
    ]
    assert blocks.read([block.data() for block in made]) == made


@pytest.mark.parametrize(
    "stored",
    [
        {"type": "text"},
        "text",
        [{"type": "script", "html": "x"}],
        [{"type": "text", "html": 7}],
        [{"type": "text", "html": "x", "onclick": "y"}],
        ["text"],
        [{"type": "divider"}] * 61,
    ],
)
def test_anything_but_a_list_of_known_blocks_is_refused(stored):
    with pytest.raises(TextRefused):
        blocks.read(stored)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("javascript:alert(1)", "starts with"),
        ("http://example.org/x", "https://"),
        ("mailto:minister@example.org", "https://"),
        ("https://good@evil.example/", "@"),
        ("example.org", "starts with"),
    ],
)
def test_a_button_leads_to_a_page_or_says_why_not(url, words):
    assert words in Button("Go", url).wrong()["url"]


def test_a_button_may_lead_to_our_own_site_without_a_certificate():
    assert Button("Go", "http://testserver/petitions/ana/").wrong() == {}


@pytest.mark.parametrize(
    "src",
    [
        "https://tracker.example/pixel.gif",
        "//tracker.example/pixel.gif",
        "/static/a.png",
        "/media/../secret.png",
        "/media/a.svg",
        "http://testserver.example/media/a.png",
        "data:image/png;base64,AA",
    ],
)
def test_a_picture_of_another_host_is_refused(src):
    assert "pictures of this site" in Picture(src, "x").wrong()["src"]


def test_a_picture_of_ours_may_be_given_with_or_without_the_host():
    assert Picture("/media/articles/a1.jpg").wrong() == {}
    assert Picture("http://testserver/media/articles/a1.jpg").path() == "/media/articles/a1.jpg"


def test_unfinished_blocks_may_be_kept_and_are_named_by_number():
    found = blocks.checked([Heading("Fine"), Button(), Picture("/media/a.png", "")])
    assert [number for number, _ in found] == [2, 2, 3]


def test_a_picture_inside_a_text_is_sent_to_its_own_block():
    assert "block" in Text('<p>x</p><img src="https://example.org/a.png" alt="">').wrong()["html"]


def test_plain_typing_becomes_paragraphs_and_scripts_vanish():
    markup = Text("Dear all,\nplease write.\n\nThank you<script>alert(1)</script>").markup()
    assert markup == "<p>Dear all,<br>please write.</p><p>Thank you</p>"


def test_markup_of_the_layout_cannot_be_smuggled_in():
    text = Text("<mj-raw><script>x</script></mj-raw><mj-include path='/etc/passwd'/>hello")
    assert "mj-" not in text.markup()
    assert "<mj-raw>" not in Heading("<mj-raw>x</mj-raw>").mjml()


def test_a_wrong_placeholder_is_named_at_its_field():
    assert Heading("Dear {{ first_name }}").wrong() == {
        "words": "{{ first_name }} is not a field. Did you mean {{ given_name }}?"
    }
