"""The states of what a campaign publishes and asks. Pure."""

from collections.abc import Mapping
from typing import TypeVar

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

State = TypeVar("State", bound=TextChoices)


def leading_to(state: State, moves: Mapping[State, frozenset[State]]) -> list[State]:
    """The states from which one may move to ``state``."""
    return [before for before, after in moves.items() if state in after]


class ArticleState(TextChoices):
    """Whether the public sees an article."""

    DRAFT = "draft", _("Draft")
    PUBLISHED = "published", _("Published")


class ArticleKind(TextChoices):
    """What an article is."""

    ARTICLE = "article", _("Article")
    APPEAL = "appeal", _("Appeal")
    PRESS_RELEASE = "press", _("Press release")
    OPEN_LETTER = "letter", _("Open letter")


class CaseStatus(TextChoices):
    """How it stands with the person."""

    DETAINED = "detained", _("held without trial")
    ON_TRIAL = "on_trial", _("on trial")
    SENTENCED = "sentenced", _("serving a sentence")
    MISSING = "missing", _("disappeared")
    RELEASED = "released", _("free")
    DIED = "died", _("died in custody")


class ActionState(TextChoices):
    """Where an urgent action stands."""

    DRAFT = "draft", _("Draft")
    OPEN = "open", _("Open")
    CLOSED = "closed", _("Closed")


ACTION_MOVES: dict[ActionState, frozenset[ActionState]] = {
    ActionState.DRAFT: frozenset({ActionState.OPEN}),
    ActionState.OPEN: frozenset({ActionState.CLOSED}),
    ActionState.CLOSED: frozenset({ActionState.OPEN}),
}


class LetterRoute(TextChoices):
    """How a letter reaches its target. Only the first kind is kept."""

    EMAIL = "email", _("sent from here")
    OWN_PROGRAM = "own", _("own mail program")
    PRINT = "print", _("printed and posted")


class LetterState(TextChoices):
    """Where a supporter's letter stands. Nothing leaves before CONFIRMED."""

    PENDING = "pending", _("waiting for the supporter's confirmation")
    CONFIRMED = "confirmed", _("confirmed and handed over")
    STOPPED = "stopped", _("not sent")


class EventState(TextChoices):
    """Whether the public sees an event. What is over is told by its time alone."""

    DRAFT = "draft", _("Draft")
    ANNOUNCED = "announced", _("Announced")
    CALLED_OFF = "called_off", _("Called off")


EVENT_MOVES: dict[EventState, frozenset[EventState]] = {
    EventState.DRAFT: frozenset({EventState.ANNOUNCED}),
    EventState.ANNOUNCED: frozenset({EventState.CALLED_OFF}),
    EventState.CALLED_OFF: frozenset({EventState.ANNOUNCED}),
}


class RsvpState(TextChoices):
    """Where a person's answer stands. Nobody counts before she has confirmed it by mail."""

    PENDING = "pending", _("waiting for the person's confirmation")
    COMING = "coming", _("comes")
    WAITING = "waiting", _("waits for a place")
    CANCELLED = "cancelled", _("does not come")
