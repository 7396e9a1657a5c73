"""The words of a letter."""

from urllib.parse import parse_qs, urlsplit

import pytest

from campaigns.errors import LetterRefused
from campaigns.letter_text import (
    MAILTO_MAX,
    MIDDLE_MAX,
    Signer,
    clean_middle,
    direction,
    mailto,
    put_together,
)

LONG_ENOUGH = "Let her see a doctor of her own choice, today and not tomorrow, please."


def test_line_ends_of_every_kind_become_plain_ones():
    text = f"  {LONG_ENOUGH}\r\nB  \rC\u2028D\n\n"
    assert clean_middle(text) == f"{LONG_ENOUGH}\nB\nC\nD"


@pytest.mark.parametrize("odd", ["\x00", "\x07", "\x1b", "\u202e", "\u2066", "\ud800", "\x9f"])
def test_hidden_characters_are_refused(odd):
    with pytest.raises(LetterRefused, match="cannot be shown"):
        clean_middle(LONG_ENOUGH + odd)


def test_too_short_and_too_long_are_refused_with_the_limit():
    with pytest.raises(LetterRefused, match="at least 60"):
        clean_middle("Free her." + " " * 100)
    with pytest.raises(LetterRefused, match="under 5000"):
        clean_middle("a" * (MIDDLE_MAX + 1))


def test_a_letter_is_signed_in_its_own_language():
    letter = put_together(
        salutation="Sehr geehrter Herr Tarn,",
        middle="Bitte.",
        foot="Hochachtungsvoll",
        signer=Signer("Anna Marku", "Wien", "AT"),
        language="de",
    )
    assert letter == (
        "Sehr geehrter Herr Tarn,\n\nBitte.\n\nHochachtungsvoll\nAnna Marku\nWien, Österreich\n"
    )


def test_a_mailto_link_says_exactly_one_address_subject_and_text():
    link = mailto(
        address="governor@prisons.example",
        subject="A doctor & cc=x@evil.example\r\nBcc: y",
        text="Dear Governor?\n100 % & more",
    )
    parts = urlsplit(link)
    assert (parts.scheme, parts.path) == ("mailto", "governor@prisons.example")
    assert "\r" not in link
    assert "\n" not in link
    asked = parse_qs(parts.query)
    assert set(asked) == {"subject", "body"}
    assert asked["body"] == ["Dear Governor?\r\n100 % & more"]


@pytest.mark.parametrize("text", ["x" * 3000, "ж" * 400, "ا" * 400])
def test_a_long_letter_is_left_to_be_copied(text):
    link = mailto(address="governor@prisons.example", subject="A doctor", text=text)
    assert len(link) <= MAILTO_MAX
    assert "body=" not in link


def test_scripts_know_their_direction():
    assert [direction(code) for code in ("en", "fa", "ar", "tlh")] == ["ltr", "rtl", "rtl", "ltr"]
