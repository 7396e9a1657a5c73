"""Names and lines: the numbers are those of the list of bad input (80 to 83)."""

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from newsletters.errors import LineRefused, NameRefused
from newsletters.names import clean_name, name_line, one_line, straight

SINHALA = "ශ්\u200dරී රාමචන්ද්\u200dර මුදියන්සේලාගේ"
LONG = " ".join(["වික්\u200dරමසිංහ"] * 20)[:200].strip()


@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)</script>",
        "{{7*7}}",
        "{% debug %}",
        "${7*7}",
        "%s%n",
        "'; DROP TABLE contacts",
        "null",
        "None",
        "NaN",
        "true",
        "O’Brien",
        "O'Brien",
        "Ng",
        "X Æ A-12",
        "Suharto",
        "Win Tin",
        "Jean-Luc St.John",
        "J. R. R. Ebert",
        "Nguyễn Thị Minh",
        "عبد الرحمن بن محمد",
        "می\u200cخواهم",
        SINHALA,
        "Anna 🌻",
        "undefined",
        "1.7 Ali 3rd",
    ],
)
def test_80_83_an_odd_name_is_kept_as_it_is(name):
    assert clean_name(name) == name


def test_83_two_hundred_characters_fit_where_there_is_room():
    assert clean_name(LONG, limit=200) == LONG
    with pytest.raises(NameRefused) as caught:
        clean_name(LONG)
    assert caught.value.code == "long"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Anna \t\n Holm ", "Anna Holm"),
        ("Anna\u00a0Holm", "Anna Holm"),
        ("Anna\u2028Holm", "Anna Holm"),
        ("Jo\u0308rg", "Jörg"),
        ("An\u200bna\ufeff", "Anna"),
        ("A\u200dn\u200cna", "Anna"),
        ("Anna\u202e", "Anna"),
        ("\u2066Anna\u2069", "Anna"),
        ("Anna\x07", "Anna"),
        ("\u0301Anna", "Anna"),
        ("\u3164Anna", "Anna"),
        ("e\u200d\u0301va", "éva"),
        ("👨\u200d👩\u200d👧 Fam\u200dily", "👨\u200d👩\u200d👧 Family"),
        ("ශ්\u200d\u200d\u200cරී", "ශ්\u200dරී"),
    ],
)
def test_81_what_cannot_be_seen_is_taken_out(typed, kept):
    assert clean_name(typed) == kept


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("\u200d\u200d", "empty"),
        ("\u0301\u0302", "empty"),
        ("👨\u200d👩\u200d👧", "empty"),
        ("\u3164", "empty"),
        ("-", "empty"),
        ("Z" + "\u0301\u0320" * 10, "marks"),
        ("Zalgo" + "\u0321" * 10_000, "long"),
        ("a" * 61, "long"),
        ("An\ud800na", "hidden"),
        ("An\0na", "hidden"),
        ("https://evil.example", "web"),
        ("Anna www.evil.example", "web"),
        ("WIN at prize.com now", "web"),
        ("prize.TOP", "web"),
        ("write to a@evil.example", "web"),
        ("Call +49 170 1234567", "phone"),
        ("0170/12 34 56", "phone"),
        ("٠١٧٠١٢٣٤٥٦", "phone"),
    ],
)
def test_81_82_what_is_no_name_is_refused_with_its_cause(typed, code):
    with pytest.raises(NameRefused) as caught:
        clean_name(typed)
    assert caught.value.code == code
    assert str(caught.value).endswith(".")


def test_81_a_million_characters_are_refused_at_once():
    start = time.process_time()
    with pytest.raises(NameRefused):
        clean_name("a\u0301" * 500_000)
    assert time.process_time() - start < 1


NAMELIKE = st.text("aAe \u0301\u0308\u200b\u200c\u200d්රශ🌻.\u202e9-", max_size=30)


@given(st.text(max_size=80) | NAMELIKE)
@example("0\u0591\u0300\u200c\u06df")
def test_cleaning_a_name_twice_changes_nothing(text):
    try:
        name = clean_name(text)
    except NameRefused:
        return
    assert clean_name(name) == name
    assert one_line(name) == name


@pytest.mark.parametrize(
    "char",
    ["\r", "\n", "\0", "\t", "\x0b", "\x1f", "\x7f", "\x85", "\x9f", "\u2028", "\u2029", "\udc80"],
)
def test_a_character_that_could_begin_a_header_is_refused(char):
    with pytest.raises(LineRefused):
        one_line(f"Free Ana{char}Bcc: victim@example.org")


def test_any_other_line_is_returned_unchanged():
    assert one_line(" Grüße an Ana 🌻 – ශ්\u200dරී") == " Grüße an Ana 🌻 – ශ්\u200dරී"


# What turns letters around, and what stands between them without being seen.
DECEIVING = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
DECEIVING += "\u00ad\u180e\u200b\u2060\u2061\u2064\ufeff\u3164\u034f"
WRITTEN = ["Free Mira", "می\u200cخواهم", "علی\u200cرضا", SINHALA, "क्\u200dष", "Nurses 👩🏽\u200d⚕️"]


@given(st.text(max_size=40) | st.text(f"aA. -🌻را\u200c\u200d{DECEIVING}", max_size=20))
def test_the_name_of_a_thing_follows_the_rule_of_the_name_of_a_person(text):
    try:
        line = name_line(text)
    except LineRefused:
        return
    assert not set(line) & set(DECEIVING)
    assert one_line(name_line(line)) == line
    try:
        assert clean_name(text, limit=200) == line
    except NameRefused:
        return


TURNING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


@given(st.text(max_size=40) | st.text(f" aאا{{}}\n{DECEIVING}{TURNING}", max_size=20))
def test_only_what_turns_letters_around_is_taken_out_of_a_text(text):
    line = straight(text)
    assert not set(line) & set(TURNING)
    assert line == straight(line)
    assert line == "".join(char for char in text if char not in TURNING).strip()


@given(st.sampled_from(WRITTEN), st.lists(st.integers(0, 40)), st.sampled_from(DECEIVING))
def test_whatever_is_hidden_in_a_name_its_own_letters_and_joiners_stay(name, places, char):
    text = name
    for place in places:
        text = text[:place] + char + text[place:]
    assert name_line(text) == name
