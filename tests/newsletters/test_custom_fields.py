"""What is read into a field, kept, shown and written out."""

import pickle
from datetime import date

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from newsletters import custom_fields
from newsletters.custom_fields import Field
from newsletters.errors import FieldRefused
from newsletters.states import FieldKind

SIZES = ("S", "M", "Extra large")


def field(kind: str, choices: tuple[str, ...] = SIZES) -> Field:
    return Field("size", "Size", kind, choices)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("text", "  a  b\t\n c ", "a b\nc"),
        ("text", "jo\u0308rg", "jörg"),
        ("text", "=1+1", "=1+1"),
        ("number", "12", 12),
        ("number", "-0.5", -0.5),
        ("number", "12,5", 12.5),
        ("number", "0.125", 0.125),
        ("number", "1 234 567", 1234567),
        ("number", "1\u00a0234,50", 1234.5),
        ("number", "1.234,5", 1234.5),
        ("number", "1,234.5", 1234.5),
        ("number", "1.234.567", 1234567),
        ("number", "1.2340", 1.234),
        ("number", "12.0", 12),
        ("number", "\u221212", -12),
        ("number", "١٢", 12),
        ("date", "2026-04-03", "2026-04-03"),
        ("date", "3.4.2026", "2026-04-03"),
        ("date", "03. 04. 2026", "2026-04-03"),
        ("date", "2026/04/03", "2026-04-03"),
        ("date", "2026-04-03 00:00:00", "2026-04-03"),
        ("date", "25/04/2026", "2026-04-25"),
        ("date", "4/25/2026", "2026-04-25"),
        ("date", "4/4/2026", "2026-04-04"),
        ("yes_no", "Yes", True),
        ("yes_no", "ДА", True),
        ("yes_no", "жоқ", False),
        ("yes_no", "0", False),
        ("choice", " extra  LARGE ", "Extra large"),
        ("choices", "s; m,S", ["M", "S"]),
        ("link", "HTTPS://Example.org/A", "https://example.org/A"),
    ],
)
def test_what_is_meant_is_kept_in_one_form(kind, text, value):
    kept = custom_fields.read(field(kind), text)
    assert (kept, type(kept)) == (value, type(value))
    assert custom_fields.read(field(kind), custom_fields.as_text(field(kind), kept)) == kept


@pytest.mark.parametrize(
    ("kind", "text", "says"),
    [
        ("text", "a\u202eb", "cannot be seen"),
        ("text", "a\0b", "cannot be seen"),
        ("text", "\ud800", "cannot be seen"),
        ("text", "a" * 1001, "longer than 1000"),
        ("text", "a" * 10_000_000, "longer than 1000"),
        ("number", "1.234", "two numbers. Write 1234, or 1.2340"),
        ("number", "1,234", "two numbers"),
        ("number", "1.2E+10", "Write a number"),
        ("number", "NaN", "Write a number"),
        ("number", "Infinity", "Write a number"),
        ("number", "12 apples", "Write a number"),
        ("number", "9" * 16, "at most 15 digits"),
        ("date", "3/4/2026", "two days"),
        ("date", "30.2.2026", "no such day"),
        ("date", "2026-13-01", "no such day"),
        ("date", "3.4.26", "year first"),
        ("date", "46115", "year first"),
        ("date", "0203-01-01", "Check the year"),
        ("yes_no", "maybe", "yes or no"),
        ("choice", "XXL", "not one of the choices: S, M, Extra large"),
        ("choices", "S; XXL", "“XXL” is not one"),
        ("link", "javascript:alert(1)", "https://"),
        ("link", "example.org", "https://"),
    ],
)
def test_what_can_mean_two_things_or_nothing_is_refused_in_a_sentence(kind, text, says):
    with pytest.raises(FieldRefused) as caught:
        custom_fields.read(field(kind), text)
    assert says in str(caught.value)


@pytest.mark.parametrize("kind", FieldKind.values)
def test_nothing_written_is_nothing_kept(kind):
    assert custom_fields.read(field(kind), " \n\t ") is None
    assert custom_fields.as_text(field(kind), None) == custom_fields.show(field(kind), None) == ""


@given(
    st.sampled_from(FieldKind.values),
    st.text() | st.from_regex(r"\A[-+]?[0-9 .,']{1,20}\Z") | st.dates().map(date.isoformat),
)
def test_any_text_is_refused_or_comes_back_as_it_was_kept(kind, text):
    asked = field(kind)
    try:
        kept = custom_fields.read(asked, text)
    except FieldRefused:
        return
    assert custom_fields.read(asked, custom_fields.as_text(asked, kept)) == kept
    custom_fields.show(asked, kept)


def test_a_value_is_shown_in_the_language_of_the_reader():
    with translation.override("de"):
        assert custom_fields.show(field("number"), 1234.5) == "1.234,5"
        assert custom_fields.show(field("date"), "2026-04-03") == "3 April 2026"
    assert custom_fields.show(field("yes_no"), value=False) == "no"
    assert custom_fields.show(field("choices"), ["Gone", "M", "S"]) == "S, M, Gone"
    assert custom_fields.show(field("date"), "some day") == "some day"


def test_a_field_can_be_handed_to_another_process():
    assert pickle.loads(pickle.dumps(field("choice"))) == field("choice")


@pytest.mark.parametrize(
    "key",
    [
        *("id", "password", "__class__", "contact__user", "a__b", "_a", "a_", "1a", "A", "ä", ""),
        *("a b", "a-b", "a.b", "a" * 41, "email", "a\n"),
    ],
)
def test_a_key_that_could_mean_more_than_a_name_is_refused(key):
    with pytest.raises(FieldRefused):
        custom_fields.check_key(key)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Shirt size", "shirt_size"),
        ("ID", "field_id"),
        ("Contact  User", "contact_user"),
        ("__class__", "class"),
        ("2nd name", "field_2nd_name"),
        ("Размер", "field"),
        ("a" * 80, "a" * 36),
        ("Size!", "size_2"),
    ],
)
def test_a_key_is_made_from_the_name(name, key):
    assert custom_fields.key_from(name, taken={"size"}) == key


def test_choices_are_kept_once_and_in_order():
    assert custom_fields.check_choices([" b ", "A", "", "B", "a", "c"]) == ("b", "A", "c")


@pytest.mark.parametrize(
    ("choices", "says"),
    [
        ([" ", ""], "at least one"),
        (["a, b"], "without"),
        (["a|b"], "without"),
        (["a" * 81], "longer than 80"),
        ([str(number) for number in range(101)], "more than 100"),
    ],
)
def test_choices_that_could_not_be_told_apart_are_refused(choices, says):
    with pytest.raises(FieldRefused) as caught:
        custom_fields.check_choices(choices)
    assert says in str(caught.value)


@pytest.mark.parametrize("name", [*"ıß", "__", "İd", "x" * 300, "-", "𝐀"])
def test_every_name_gives_a_usable_key(name):
    assert custom_fields.check_key(custom_fields.key_from(name, taken=()))
