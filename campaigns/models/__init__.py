"""What we say and ask. Direction inside: articles → cases, targets → actions → letters; events."""

from campaigns.models.actions import ModelLetter, UrgentAction
from campaigns.models.articles import Article, Campaign, Category, Redirect
from campaigns.models.cases import Case, CaseEntry
from campaigns.models.events import Event, Rsvp
from campaigns.models.letters import Letter
from campaigns.models.targets import Target

__all__ = [
    "Article",
    "Campaign",
    "Case",
    "CaseEntry",
    "Category",
    "Event",
    "Letter",
    "ModelLetter",
    "Redirect",
    "Rsvp",
    "Target",
    "UrgentAction",
]
