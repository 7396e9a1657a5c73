"""Cases as the public and the staff see them."""

from django.db.models import Count, Q, QuerySet
from django.urls import Resolver404, resolve
from django.utils import timezone

from campaigns import facts
from campaigns.models import Case, UrgentAction
from campaigns.selectors.actions import PUBLIC
from campaigns.states import ActionState

PAGES_OF_AN_ACTION = frozenset(
    f"campaigns:{name}" for name in ("action", "letter_write", "letter_sent", "letter_print")
)


def find_public(slug: str) -> Case | None:
    """The case at this address, once an urgent action made it public; before, only staff see it."""
    known = Case.objects.filter(slug=slug.replace("\x00", ""), actions__state__in=PUBLIC)
    return known.distinct().first()


def public_actions(case: Case) -> QuerySet[UrgentAction]:
    """What was and is done for this person, newest first."""
    return case.actions.filter(state__in=PUBLIC).order_by("-year", "-number", "-issue")


def is_sensitive_page(path: str) -> bool:
    """True for the page of a sensitive case, and for those of its urgent actions."""
    try:
        page = resolve(path)
    except Resolver404:
        return False
    slug = str(page.kwargs.get("slug", "")).replace("\x00", "")
    sensitive = Case.objects.filter(is_sensitive=True)
    if page.view_name == "campaigns:case":
        return sensitive.filter(slug=slug).exists()
    return page.view_name in PAGES_OF_AN_ACTION and sensitive.filter(actions__slug=slug).exists()


def for_staff() -> QuerySet[Case]:
    """Every case by name, with how many open urgent actions it has."""
    still_open = Count("actions", filter=Q(actions__state=ActionState.OPEN))
    return Case.objects.annotate(open_actions=still_open).order_by("name", "pk")


def days_held(case: Case) -> int | None:
    """Days held until today (UTC) or the end; None when the day of the arrest is not known."""
    return facts.days_held(case.detained_on, case.ended_on, timezone.now().date())
