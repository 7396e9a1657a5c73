"""Cases: saving them; freedom ends the letters."""

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns import facts
from campaigns.errors import CaseRefused
from campaigns.models import Case, CaseEntry, ModelLetter
from campaigns.services import actions
from campaigns.services.slugs import free_slug
from campaigns.states import ActionState, CaseStatus
from newsletters.services import old_events

# There is nothing left to demand from the people a letter would go to.
ENDED = (CaseStatus.RELEASED, CaseStatus.DIED)


@transaction.atomic
def save(*, case: Case, entries: Iterable[CaseEntry] | None = None) -> Case:
    """Store ``case``; ``entries`` take the place of its timeline when given.

    A case that has ended (free, or died in custody) gets today as its last day
    unless another was given, and closes its open urgent actions; letters of
    theirs that have not left are stopped. Of a sensitive case nobody knows any more who
    opened the mailings about it. Raises CaseRefused when a fact is taken away that a
    model letter needs.
    """
    _check_facts(case)
    if not case.slug:
        case.slug = free_slug(Case, case.name)
    has_ended = case.status in ENDED
    if not has_ended:
        case.ended_on = None
    elif case.ended_on is None:
        case.ended_on = timezone.now().date()
    _forget_old_photo(case)
    case.save()
    if case.is_sensitive:
        old_events.forget_sensitive()
    if entries is not None:
        _replace_entries(case, list(entries))
    if has_ended:
        for action in case.actions.filter(state=ActionState.OPEN):
            actions.close(action=action, stop_letters=True)
    return case


def _replace_entries(case: Case, entries: list[CaseEntry]) -> None:
    case.entries.all().delete()
    for entry in entries:
        entry.pk, entry.case = None, case
    CaseEntry.objects.bulk_create(entries)


def _forget_old_photo(case: Case) -> None:
    """The file of a photo that was replaced or taken away goes once the row is safe."""
    before = Case.objects.filter(pk=case.pk).first()
    if before is None or not before.photo or before.photo.name == case.photo.name:
        return
    storage, name = before.photo.storage, before.photo.name
    transaction.on_commit(lambda: storage.delete(str(name)))


def _check_facts(case: Case) -> None:
    missing = {"detained_on": "days_held", "place": "place"}
    gone = {fact: column for column, fact in missing.items() if not getattr(case, column)}
    if case.pk is None or not gone:
        return
    letters = ModelLetter.objects.filter(action__case=case).exclude(
        action__state=ActionState.CLOSED
    )
    for texts in letters.values_list("subject", "middle", "foot"):
        for fact in facts.used("".join(texts)):
            if fact in gone:
                raise CaseRefused(
                    gone[fact], _("A model letter tells this; it cannot be left empty.")
                )
