"""Urgent actions as the public and the staff see them, and the letter a supporter starts from."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Q, QuerySet
from django.utils import timezone

from campaigns import deadlines, facts
from campaigns.models import ModelLetter, Target, UrgentAction
from campaigns.states import ActionState, LetterState

PUBLIC = (ActionState.OPEN, ActionState.CLOSED)


@dataclass(frozen=True)
class Report:
    """What staff see of one action: its letters, and targets that cannot be reached."""

    confirmed: int
    waiting: int
    dead: list[Target]
    is_open: bool
    days_left: int


@dataclass(frozen=True)
class Draft:
    """The letter a supporter starts from, with today's facts in it."""

    target: Target
    language: str
    languages: list[str]
    salutation: str
    subject: str
    middle: str
    foot: str


def public_actions() -> QuerySet[UrgentAction]:
    """What visitors may see: open ones first, the one that ends soonest on top."""
    return (
        UrgentAction.objects.filter(state__in=PUBLIC)
        .select_related("case")
        .annotate(is_over=Q(state=ActionState.CLOSED))
        .order_by("is_over", "write_until", "-pk")
    )


def find_public(slug: str) -> UrgentAction | None:
    """The open or closed urgent action at this address."""
    return (
        UrgentAction.objects.filter(state__in=PUBLIC, slug=slug.replace("\x00", ""))
        .select_related("case", "previous")
        .first()
    )


def for_staff() -> QuerySet[UrgentAction]:
    """Every urgent action, newest number first, with how many of its targets cannot be reached."""
    dead = Count("targets", filter=Q(targets__dead_since__isnull=False))
    rows = UrgentAction.objects.select_related("case").annotate(dead_targets=dead)
    return rows.order_by("-year", "-number", "-issue")


def next_number(year: int) -> int:
    """The number after the highest one of ``year``."""
    highest = UrgentAction.objects.filter(year=year).aggregate(top=Max("number"))["top"]
    return (highest or 0) + 1


def report(action: UrgentAction) -> Report:
    """Counted from the rows at this moment."""
    counts = action.letters.aggregate(
        confirmed=Count("pk", filter=Q(state=LetterState.CONFIRMED)),
        waiting=Count("pk", filter=Q(state=LetterState.PENDING)),
    )
    return Report(
        **counts,
        dead=list(action.targets.filter(dead_since__isnull=False)),
        is_open=is_open(action),
        days_left=days_left(action),
    )


def is_open(action: UrgentAction, now: datetime | None = None) -> bool:
    """Whether one may write now: opened by staff, and its last day is not over in its own zone."""
    ends = deadlines.ends_at(action.write_until, action.time_zone)
    return action.state == ActionState.OPEN and (now or timezone.now()) < ends


def days_left(action: UrgentAction) -> int:
    """Days after today on which one may still write; 0 on the last day."""
    return deadlines.days_left(action.write_until, action.time_zone, timezone.now())


def facts_of(action: UrgentAction) -> facts.Facts:
    """What is true of the person today, by the calendar of the action's zone."""
    case = action.case
    today = deadlines.today_in(action.time_zone, timezone.now())
    return facts.Facts(
        name=case.name,
        place=case.place,
        days_held=facts.days_held(case.detained_on, case.ended_on, today),
    )


def followed_by(action: UrgentAction) -> UrgentAction | None:
    """The next issue of the appeal, if visitors may see it."""
    return action.followed_by.filter(state__in=PUBLIC).order_by("year", "number", "issue").first()


def drafts(action: UrgentAction) -> list[Draft]:
    """One draft for every living target and every language there is a model letter for.

    A letter for one target goes before the letter for all of them.
    """
    letters = list(action.model_letters.all())
    known = facts_of(action)
    made: list[Draft] = []
    for target in action.targets.filter(dead_since__isnull=True).order_by("office", "pk"):
        own = _letters_to(target, letters)
        made += [_draft(target, letter, list(own), known) for letter in own.values()]
    return made


def choose(found: list[Draft], *, target: str, language: str, page_language: str) -> Draft | None:
    """The draft asked for by target id and language; what is unknown falls back to the first."""
    to_target = [draft for draft in found if str(draft.target.pk) == target] or [
        draft for draft in found if draft.target == found[0].target
    ]
    for wanted in (language, page_language):
        for draft in to_target:
            if draft.language == wanted:
                return draft
    return to_target[0] if to_target else None


def _letters_to(target: Target, letters: list[ModelLetter]) -> dict[str, ModelLetter]:
    general = {one.language: one for one in letters if one.target_id is None}
    return general | {one.language: one for one in letters if one.target_id == target.pk}


def _draft(target: Target, letter: ModelLetter, languages: list[str], known: facts.Facts) -> Draft:
    return Draft(
        target=target,
        language=letter.language,
        languages=languages,
        salutation=salutation(target, letter.language),
        subject=facts.fill(letter.subject, known),
        middle=facts.fill(letter.middle, known),
        foot=facts.fill(letter.foot, known),
    )


def salutation(target: Target, language: str) -> str:
    """How to address the target; the office where nobody wrote a salutation in this language."""
    return str(target.salutations.get(language) or f"{target.office},")
