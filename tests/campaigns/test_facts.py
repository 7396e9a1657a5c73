"""Facts in model letters."""

import re
from datetime import date, timedelta

import pytest

from campaigns import facts
from campaigns.errors import FactRefused
from campaigns.facts import Facts

KNOWN = Facts(name="Mira Osk", place="Prison 4", days_held=412)


def test_facts_become_words_and_everything_else_stays():
    text = "{name} in {place}: {days_held} days. {{7*7}} {other} {"
    assert facts.fill(text, KNOWN) == "Mira Osk in Prison 4: 412 days. {{7*7}} {other} {"


def test_an_unknown_fact_is_empty_not_a_brace():
    assert facts.fill("held {days_held} days", Facts("A", "", None)) == "held  days"


def test_a_name_that_looks_like_a_fact_is_not_filled_again():
    assert facts.fill("{name}", Facts("{place}", "Prison 4", 1)) == "{place}"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{days_hold}", "Did you mean {days_held}?"),
        ("{xyzzy}", "You can use {days_held}, {name}, {place}."),
        ("{}", "There is no fact {}."),
        ("{{name}}", "single { or }"),
        ("a { b", "single { or }"),
        ("{name", "single { or }"),
        ("{name.__class__}", "There is no fact {name.__class__}."),
    ],
)
def test_what_cannot_be_filled_in_is_refused_with_a_way_out(text, sentence):
    with pytest.raises(FactRefused, match=re.escape(sentence)):
        facts.check(text)


def test_days_are_counted_to_the_day_and_stop_when_it_is_over():
    start, today = date(2025, 1, 1), date(2026, 2, 17)
    assert facts.days_held(start, None, today) == 412
    assert facts.days_held(start, None, today + timedelta(days=30)) == 442
    assert facts.days_held(start, date(2025, 1, 11), today) == 10
    assert facts.days_held(start, None, start) == 0
    assert facts.days_held(None, None, today) is None
    assert facts.days_held(date(2030, 1, 1), None, today) is None
    assert facts.days_held(date(2024, 2, 29), None, date(2025, 2, 28)) == 365
