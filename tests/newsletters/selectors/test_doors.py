"""The ledger's short names are told in words wherever people read them."""

import pytest

from newsletters.selectors import doors

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("method", "words"),
    [
        ("one-click", "the leave button of the mail program"),
        ("petition 12", "the form of petition 12"),
        ("bulk change 7", "a change to many people, number 7"),
        ("sign-up sheet", "sign-up sheet"),
        ("letter to petition", "letter to petition"),
        ("", ""),
    ],
)
def test_a_door_is_told_in_words_and_an_unknown_one_as_it_is_kept(method: str, words: str) -> None:
    assert doors.words(method) == words
