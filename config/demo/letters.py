"""Letters supporters have sent to the targets of the open urgent action."""

from datetime import timedelta

from django.utils import timezone

from campaigns.letter_text import Signer
from campaigns.models import Letter, UrgentAction
from campaigns.selectors.actions import drafts
from campaigns.services import actions, letters
from campaigns.services.letters import Writing
from config.demo.people import Crowd
from newsletters.addresses import parse

LETTERS = 47


def write(crowd: Crowd, action: UrgentAction, days: int) -> None:
    """So many letters over the last ``days``, most of them at the beginning."""
    ready = drafts(action)
    for _number, person in zip(range(LETTERS), crowd, strict=False):
        mine = [draft for draft in ready if draft.language == person.language]
        draft = crowd.dice.choice(mine or ready)
        writing = Writing(
            draft=draft,
            subject=draft.subject,
            middle=draft.middle,
            signer=Signer(f"{person.given} {person.family}", country=person.country),
            address=parse(person.email),
            page_language=person.language,
        )
        letters.request(action=action, writing=writing)
        letter = Letter.objects.select_related("action__case", "target").latest("pk")
        letters.confirm(letter=letter)
        when = timezone.now() - timedelta(days=days * crowd.dice.random() ** 0.7)
        Letter.objects.filter(pk=letter.pk).update(created_at=when, confirmed_at=when)
    actions.recount_open()
