"""Two presses in the same moment, each in a transaction of its own."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from campaigns.models import Letter
from campaigns.selectors.letters import by_token
from campaigns.services import actions, letters
from campaigns.services.letters import Standing
from campaigns.states import LetterState
from newsletters.models import Delivery
from tests.factories.campaigns import LetterFactory

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*works):
    """Do all of it in the same moment and return what came of each."""
    start = Barrier(len(works))

    def run(work):
        try:
            start.wait(timeout=10)
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=len(works)) as pool:
        return [done.result() for done in [pool.submit(run, work) for work in works]]


def press(letter):
    """Read the letter and press its button, as one request does."""
    token = letters.confirm_url(letter).rstrip("/").rpartition("/")[2]

    def request():
        found = by_token(token)
        assert found
        return letters.confirm(letter=found)

    return request


def test_pressing_twice_at_once_sends_one_letter():
    letter = LetterFactory()
    assert at_once(press(letter), press(letter)) == [Standing.SENT, Standing.SENT]
    assert Delivery.objects.filter(kind="campaigns.letter").count() == 1


def test_two_letters_of_one_person_confirmed_at_once_are_one():
    one = LetterFactory(email="anna@example.org")
    two = LetterFactory(email="anna@example.org", action=one.action)
    assert at_once(press(one), press(two)) == [Standing.SENT, Standing.SENT]
    assert Delivery.objects.filter(kind="campaigns.letter").count() == 1
    assert Letter.objects.filter(state=LetterState.CONFIRMED).count() == 1


def test_a_close_at_the_same_moment_leaves_no_letter_half_sent():
    letter = LetterFactory()
    action = letter.action
    standing, _closed = at_once(press(letter), lambda: actions.close(action=action))
    actions.recount(type(action).objects.all())
    action.refresh_from_db()
    mails = Delivery.objects.filter(kind="campaigns.letter").count()
    assert (standing == Standing.SENT) == (mails == 1) == (action.letters_total == 1)
