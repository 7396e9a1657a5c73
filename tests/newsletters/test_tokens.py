"""Sealed tokens: what is not exactly ours, for exactly this, is nothing."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletters import tokens

PURPOSES = (
    tokens.UNSUBSCRIBE,
    tokens.PREFERENCES,
    tokens.CONFIRM_SUBSCRIPTION,
    "campaigns.letter",
    "petitions.signature",
)
LOCAL_PURPOSES = (tokens.MESSAGE_ID, tokens.LEAVE_BY_MAIL, tokens.RETURN_PATH)
ids = st.integers(min_value=0, max_value=2**63 - 1)


@given(first=ids, second=ids, stamp=st.integers(min_value=0, max_value=2**32 - 1))
def test_what_was_sealed_is_what_comes_out(first, second, stamp):
    token = tokens.seal(tokens.UNSUBSCRIBE, first, second, stamp)
    assert len(token) == 48
    assert tokens.unseal(tokens.UNSUBSCRIBE, token) == tokens.Sealed(first, second, stamp)


@given(number=ids)
def test_a_token_for_a_mailbox_comes_out_in_either_case(number):
    token = tokens.seal_local(tokens.LEAVE_BY_MAIL, number)
    assert len(f"leave+{token}") <= 64  # RFC 5321 section 4.5.3.1.1
    assert tokens.unseal_local(tokens.LEAVE_BY_MAIL, token) == number
    assert tokens.unseal_local(tokens.LEAVE_BY_MAIL, token.upper()) == number


@pytest.mark.parametrize("made_for", PURPOSES)
@pytest.mark.parametrize("used_for", PURPOSES)
def test_a_token_opens_nothing_but_its_own_purpose(made_for, used_for):
    token = tokens.seal(made_for, 7, 9)
    assert (tokens.unseal(used_for, token) is not None) == (made_for == used_for)


@pytest.mark.parametrize("made_for", LOCAL_PURPOSES)
@pytest.mark.parametrize("used_for", LOCAL_PURPOSES)
def test_a_mailbox_token_opens_nothing_but_its_own_purpose(made_for, used_for):
    token = tokens.seal_local(made_for, 7)
    assert (tokens.unseal_local(used_for, token) == 7) == (made_for == used_for)


def test_no_sign_can_be_changed_for_any_other():
    token = tokens.seal(tokens.PREFERENCES, 7)
    for at, sign in enumerate(token):
        for other in set(string.printable) - {sign}:
            assert tokens.unseal(tokens.PREFERENCES, token[:at] + other + token[at + 1 :]) is None


def test_no_sign_of_a_mailbox_token_can_be_changed_but_its_case():
    token = tokens.seal_local(tokens.RETURN_PATH, 7)
    for at, sign in enumerate(token):
        for other in set(string.printable + "ſ") - {sign, sign.upper()}:
            changed = token[:at] + other + token[at + 1 :]
            assert tokens.unseal_local(tokens.RETURN_PATH, changed) is None


def test_nothing_can_be_put_in_taken_out_or_put_behind():
    token = tokens.seal(tokens.PREFERENCES, 7)
    for at in range(len(token) + 1):
        for extra in ("!", " ", "=", "\n", "A", "é"):
            assert tokens.unseal(tokens.PREFERENCES, token[:at] + extra + token[at:]) is None
        assert at == len(token) or not tokens.unseal(
            tokens.PREFERENCES, token[:at] + token[at + 1 :]
        )


@given(text=st.text(max_size=80))
def test_rubbish_is_answered_with_none(text):
    assert tokens.unseal(tokens.UNSUBSCRIBE, text) is None
    assert tokens.unseal_local(tokens.LEAVE_BY_MAIL, text) is None


def test_a_token_holds_neither_the_number_nor_its_neighbour():
    tokens_of_neighbours = [tokens.seal(tokens.PREFERENCES, n, stamp=5) for n in range(200)]
    beginnings = {token[:8] for token in tokens_of_neighbours}
    endings = {token[-8:] for token in tokens_of_neighbours}
    assert len(beginnings) == len(endings) == 200


def test_an_old_key_still_opens_and_a_foreign_one_does_not(settings):
    token = tokens.seal(tokens.UNSUBSCRIBE, 7)
    local = tokens.seal_local(tokens.LEAVE_BY_MAIL, 7)
    old = settings.SECRET_KEY
    settings.SECRET_KEY = "a new key, as long as a key has to be at least"
    assert tokens.unseal(tokens.UNSUBSCRIBE, token) is None
    settings.SECRET_KEY_FALLBACKS = [old]
    opened = tokens.unseal(tokens.UNSUBSCRIBE, token)
    assert opened is not None
    assert opened.first == 7
    assert tokens.unseal_local(tokens.LEAVE_BY_MAIL, local) == 7


def test_age_is_told_in_whole_hours():
    sealed = tokens.Sealed(1, 0, tokens.this_hour() - 24)
    assert not sealed.is_older_than(24)
    assert sealed.is_older_than(23)


def test_a_link_made_under_an_earlier_key_still_opens(settings):
    token = tokens.seal(tokens.UNSUBSCRIBE, 7, 8, 9)
    local = tokens.seal_local(tokens.LEAVE_BY_MAIL, 7)
    earlier = settings.SECRET_KEY
    settings.SECRET_KEY = "a new key, as long as it has to be at least"
    assert tokens.unseal(tokens.UNSUBSCRIBE, token) is None
    settings.SECRET_KEY_FALLBACKS = [earlier]
    assert tokens.unseal(tokens.UNSUBSCRIBE, token) == tokens.Sealed(7, 8, 9)
    assert tokens.unseal_local(tokens.LEAVE_BY_MAIL, local) == 7
