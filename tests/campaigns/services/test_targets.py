"""What newsletters tell us comes through the plugs of the settings."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.module_loading import import_string

from campaigns.models import Letter, Target
from newsletters.ports import refusal_listeners
from tests.factories.campaigns import LetterFactory, TargetFactory

pytestmark = pytest.mark.django_db


def tell(kind, address):
    """Newsletters heard "no such mailbox"."""
    for listener in refusal_listeners():
        listener.mailbox_missing(7, kind, address, "550 5.1.1")


def test_a_letter_that_met_no_mailbox_takes_its_office_off():
    gone, alive = TargetFactory(), TargetFactory()
    tell("campaigns.letter", gone.email)
    tell("campaigns.letter", gone.email)
    assert list(Target.objects.filter(dead_since=None)) == [alive]
    assert Target.objects.get(pk=gone.pk).dead_reason == "550 5.1.1, delivery 7"


def test_a_refused_confirmation_says_nothing_about_an_office():
    target = TargetFactory()
    tell("campaigns.confirm_letter", target.email)
    assert Target.objects.get().dead_since is None


def test_letters_are_among_what_is_forgotten(settings):
    path = "campaigns.newsletter_hooks.LETTERS"
    assert path in settings.NEWSLETTERS_FORGETTERS
    letter = LetterFactory()
    Letter.objects.update(created_at=timezone.now() - timedelta(days=15))
    assert sum(rule.forget() for rule in import_string(path).rules()) == 1
    assert not Letter.objects.filter(pk=letter.pk).exists()
