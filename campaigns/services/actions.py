"""Urgent actions: saving, opening, closing. Every move is a conditional update."""

from collections.abc import Iterable
from dataclasses import dataclass

import structlog
from django.db import transaction
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns import deadlines, facts
from campaigns.errors import ActionRefused
from campaigns.models import Letter, ModelLetter, Target, UrgentAction
from campaigns.selectors import actions as selectors
from campaigns.services.slugs import free_slug
from campaigns.states import ACTION_MOVES, ActionState, CaseStatus, LetterState, leading_to
from newsletters.models import Delivery
from newsletters.names import straight
from newsletters.states import DeliveryState

log = structlog.get_logger("campaigns.actions")


@dataclass(frozen=True)
class Contents:
    """What an editor holds besides the action's own columns; takes the place of what was there."""

    targets: Iterable[Target] = ()
    letters: Iterable[ModelLetter] = ()


@transaction.atomic
def save(*, action: UrgentAction, contents: Contents) -> UrgentAction:
    """Store ``action`` with its targets and model letters. Raises FactRefused for an unknown fact.

    Marks that turn letters around are taken out of subjects and closings.
    An open action must stay fit to be open: raises ActionRefused, and nothing
    is changed, when it no longer is.
    """
    letters = list(contents.letters)
    for letter in letters:
        letter.subject, letter.foot = straight(letter.subject), straight(letter.foot)
        for text in (letter.subject, letter.middle, letter.foot):
            facts.check(text)
    if not action.slug:
        action.slug = free_slug(UrgentAction, action.title)
    action.save()
    action.targets.set(contents.targets)
    # Written anew: two letters that swap their languages would meet half-way otherwise.
    action.model_letters.all().delete()
    for letter in letters:
        letter.pk, letter.action = None, action
    ModelLetter.objects.bulk_create(letters)
    if action.state == ActionState.OPEN:
        check(action)
    return action


def check(action: UrgentAction) -> None:
    """Raise ActionRefused, naming the field, unless supporters could write now."""
    if action.case.status in (CaseStatus.RELEASED, CaseStatus.DIED):
        raise ActionRefused("case", _("This case has ended; there is nobody left to write for."))
    if deadlines.ends_at(action.write_until, action.time_zone) <= timezone.now():
        raise ActionRefused("write_until", _("This day is over. Choose a day to come."))
    living = list(action.targets.filter(dead_since__isnull=True))
    if not living:
        raise ActionRefused("targets", _("Choose at least one target that can be reached."))
    written = {draft.target for draft in selectors.drafts(action)}
    for target in living:
        if target not in written:
            raise ActionRefused(
                "letters", _("There is no model letter for %(target)s.") % {"target": target}
            )
    _check_known_facts(action)


def open_action(*, action: UrgentAction) -> bool:
    """Draft or closed → open: from now on supporters can write. False when it was open already.

    Raises ActionRefused when something is missing.
    """
    check(action)
    changed = UrgentAction.objects.filter(
        pk=action.pk, state__in=leading_to(ActionState.OPEN, ACTION_MOVES)
    ).update(state=ActionState.OPEN, opened_at=timezone.now(), closed_at=None)
    return bool(changed)


@transaction.atomic
def close(*, action: UrgentAction, outcome: str = "", stop_letters: bool = False) -> bool:
    """Open → closed: the form gives way to the outcome, pending letters can no longer be confirmed.

    ``stop_letters`` also holds back confirmed letters whose mail has not left.
    False, and nothing done, when it was not open.
    """
    changed = UrgentAction.objects.filter(pk=action.pk, state=ActionState.OPEN).update(
        state=ActionState.CLOSED, closed_at=timezone.now(), outcome=outcome
    )
    if not changed:
        return False
    if stop_letters:
        _stop_letters(action)
    recount(UrgentAction.objects.filter(pk=action.pk))
    log.info("action_closed", action=action.pk)
    return True


def tell_outcome(*, action: UrgentAction, outcome: str) -> bool:
    """Write what came of a closed action. False when it is not closed."""
    return bool(
        UrgentAction.objects.filter(pk=action.pk, state=ActionState.CLOSED).update(outcome=outcome)
    )


def close_due() -> int:
    """Close every open action whose last day is over in its own zone. Returns how many."""
    now = timezone.now()
    maybe = UrgentAction.objects.filter(
        state=ActionState.OPEN, write_until__lt=deadlines.latest_day_that_may_be_over(now)
    )
    due = [
        action
        for action in maybe.iterator(chunk_size=100)
        if deadlines.ends_at(action.write_until, action.time_zone) <= now
    ]
    return sum(close(action=action) for action in due)


def recount_open() -> int:
    """Set the totals of open actions to their confirmed letters. Returns how many were wrong."""
    return recount(UrgentAction.objects.filter(state=ActionState.OPEN))


def recount(actions: QuerySet[UrgentAction]) -> int:
    """Set ``letters_total`` of ``actions`` to what the rows say; writes only what differs."""
    counted = (
        Letter.objects.filter(action=OuterRef("pk"), state=LetterState.CONFIRMED)
        .order_by()
        .values("action")
        .annotate(total=Count("pk"))
        .values("total")
    )
    total = Coalesce(Subquery(counted), 0)
    return actions.exclude(letters_total=total).update(letters_total=total)


def _stop_letters(action: UrgentAction) -> None:
    Delivery.objects.filter(letter__action=action, state=DeliveryState.READY).update(
        state=DeliveryState.CANCELLED
    )
    Letter.objects.filter(
        action=action, state=LetterState.CONFIRMED, delivery__state=DeliveryState.CANCELLED
    ).update(state=LetterState.STOPPED)


def _check_known_facts(action: UrgentAction) -> None:
    known = selectors.facts_of(action)
    for letter in action.model_letters.all():
        for fact in facts.used(letter.subject + letter.middle + letter.foot):
            if not known.value(fact):
                raise ActionRefused(
                    "letters",
                    _("A model letter uses {%(fact)s}, but the case does not say it.")
                    % {"fact": fact},
                )
