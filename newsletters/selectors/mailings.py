"""Reading mailings while they are made."""

from django.conf import settings
from django.db.models import QuerySet

from newsletters.models import Mailing
from newsletters.states import MailingState

EDITABLE = frozenset({MailingState.DRAFT, MailingState.PAUSED})


def newest_first() -> QuerySet[Mailing]:
    """All mailings for the staff list."""
    return Mailing.objects.prefetch_related("lists").order_by("-pk")


def languages() -> list[tuple[str, str]]:
    """(code, name) of every language this installation writes in."""
    return [(code, language_name(code)) for code in settings.CONTENT_LANGUAGES]


def language_name(code: str) -> str:
    """The language in the reader's words, or its code when it has none."""
    return str(dict(settings.LANGUAGES).get(code, code))
