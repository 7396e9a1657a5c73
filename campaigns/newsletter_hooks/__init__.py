"""What campaigns bring into newsletters, by the names the settings list."""

from campaigns.newsletter_hooks.articles import RECENT_ARTICLES
from campaigns.newsletter_hooks.cases import SENSITIVE_CASES
from campaigns.newsletter_hooks.events import COMES_TO_EVENT, RSVPS, UPCOMING_EVENTS
from campaigns.newsletter_hooks.letters import LETTERS, TARGET_MAILBOX, WROTE_LETTER

__all__ = [
    "COMES_TO_EVENT",
    "LETTERS",
    "RECENT_ARTICLES",
    "RSVPS",
    "SENSITIVE_CASES",
    "TARGET_MAILBOX",
    "UPCOMING_EVENTS",
    "WROTE_LETTER",
]
