"""Confirming, limits and forgetting of letters."""

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.letter_text import Signer
from campaigns.models import Letter
from campaigns.selectors.actions import drafts
from campaigns.services import actions, letters, mail_limits, targets
from campaigns.services.letters import Standing, Writing
from campaigns.states import LetterState
from newsletters import addresses
from newsletters.models import Delivery
from newsletters.states import DeliveryState
from tests.factories.campaigns import ActionFactory, LetterFactory, TargetFactory, today

pytestmark = pytest.mark.django_db


def writing(action, email="anna@example.org", **changes):
    """A filled-in form."""
    return Writing(
        **{
            "draft": drafts(action)[0],
            "subject": "A doctor for Mira Osk",
            "middle": "Let Mira Osk see a doctor of her own choice today, not tomorrow.",
            "signer": Signer("Anna Marku", "Veldstad", "AT"),
            "address": addresses.parse(email),
            "page_language": "en",
            **changes,
        }
    )


def test_one_address_gets_six_mails_an_hour_whoever_asks():
    action = ActionFactory()
    for _time in range(9):
        letters.request(action=action, writing=writing(action))
    assert Delivery.objects.count() == mail_limits.AN_HOUR
    assert Letter.objects.count() == mail_limits.AN_HOUR


def test_an_address_of_a_target_is_never_asked_to_confirm():
    action = ActionFactory()
    TargetFactory(email="minister@justice.example")
    letters.request(action=action, writing=writing(action, "Minister@Justice.example"))
    assert not Delivery.objects.exists()
    assert not Letter.objects.exists()


def test_spellings_of_one_mailbox_are_one_person():
    action = ActionFactory()
    letters.request(action=action, writing=writing(action, "anna.marku@gmail.com"))
    letters.confirm(letter=Letter.objects.get())
    letters.request(action=action, writing=writing(action, "a.nnamarku+x@gmail.com"))
    assert Letter.objects.count() == 1
    assert Delivery.objects.filter(kind="campaigns.letter_already_sent").count() == 1


def test_one_person_may_write_to_every_target():
    action = ActionFactory(targets=[TargetFactory(), TargetFactory()])
    for draft in drafts(action):
        letters.request(action=action, writing=writing(action, draft=draft))
    for letter in Letter.objects.all():
        letters.confirm(letter=letter)
    assert Delivery.objects.filter(kind="campaigns.letter").count() == 2


def test_confirming_rings_the_bell_of_the_now_lane(rung):
    letters.confirm(letter=LetterFactory())
    assert {ring.queue for ring in rung.collect()} == {"now"}


def test_after_the_last_day_a_pending_letter_is_not_sent():
    letter = LetterFactory(action__write_until=today() - timedelta(days=1))
    assert letters.confirm(letter=letter) == Standing.CLOSED
    assert not Delivery.objects.exists()


def test_after_the_close_a_pending_letter_is_not_sent():
    actions.close(action=LetterFactory().action)
    letter = Letter.objects.select_related("action").get()
    assert letters.confirm(letter=letter) == Standing.CLOSED
    assert not Delivery.objects.exists()


def test_a_close_in_the_moment_of_the_press_wins():
    stale = LetterFactory()
    actions.close(action=type(stale.action).objects.get())
    # ``stale`` was read while the action was open.
    assert letters.confirm(letter=stale) == Standing.CLOSED
    assert not Delivery.objects.exists()


def test_a_dead_target_gets_no_letter_and_the_others_do():
    action = ActionFactory(targets=[TargetFactory(), TargetFactory()])
    dead, alive = action.targets.order_by("pk")
    to_dead = LetterFactory(action=action, target=dead)
    to_alive = LetterFactory(action=action, target=alive)
    assert targets.mark_dead(address=dead.email, reason="550 5.1.1") == 1
    assert targets.mark_dead(address=dead.email, reason="heard twice") == 0
    assert letters.confirm(letter=to_dead) == Standing.UNREACHABLE
    assert letters.confirm(letter=to_alive) == Standing.SENT
    assert [draft.target for draft in drafts(action)] == [alive]


def test_a_long_name_in_any_script_still_fits_into_the_from_header():
    letter = LetterFactory(name="𐌰" * 200)
    assert letters.confirm(letter=letter) == Standing.SENT
    sender = Delivery.objects.get(kind="campaigns.letter").body.sender
    assert len(sender) <= 320
    assert "\n" not in sender


def test_totals_are_counted_from_rows_never_added_up():
    action = ActionFactory()
    for _time in range(3):
        letters.confirm(letter=LetterFactory(action=action))
    LetterFactory(action=action)
    type(action).objects.update(letters_total=99)
    assert actions.recount_open() == 1
    assert type(action).objects.get().letters_total == 3
    assert actions.recount_open() == 0


def sent_long_ago(days, **delivery):
    """A confirmed letter whose mail was accepted so many days ago."""
    letter = LetterFactory()
    letters.confirm(letter=letter)
    moment = timezone.now() - timedelta(days=days)
    Letter.objects.filter(pk=letter.pk).update(created_at=moment, confirmed_at=moment)
    Delivery.objects.filter(letter=letter).update(
        **{"state": DeliveryState.ACCEPTED, "accepted_at": moment, **delivery}
    )
    return letter


def test_text_and_person_are_forgotten_thirty_days_after_the_letter_left():
    old, young = sent_long_ago(31), sent_long_ago(29)
    held = sent_long_ago(40, state=DeliveryState.UNSURE, accepted_at=None)
    refused = sent_long_ago(40, state=DeliveryState.REFUSED, accepted_at=None)
    assert letters.forget_old() == 2
    for letter in (old, refused):
        letter.refresh_from_db()
        assert (letter.name, letter.town, letter.email, letter.subject, letter.body) == ("",) * 5
        assert letter.state == LetterState.CONFIRMED
        assert letter.person_key
    for letter in (young, held):
        letter.refresh_from_db()
        assert letter.body
    assert letters.forget_old() == 0


def test_letters_never_confirmed_are_removed_when_their_link_has_died():
    old, young = LetterFactory(), LetterFactory()
    Letter.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=15))
    assert letters.forget_unconfirmed() == 1
    assert Letter.objects.get() == young


def test_a_forgotten_letter_still_keeps_a_second_one_away():
    letter = sent_long_ago(31)
    letters.forget_old()
    action = letter.action
    letters.request(action=action, writing=writing(action, letter.email))
    assert Letter.objects.count() == 1
