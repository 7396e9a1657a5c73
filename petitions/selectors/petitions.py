"""Reading petitions: which are public, in which language, how far they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from django.conf import settings
from django.db.models import Case, Prefetch, Q, QuerySet, When
from django.urls import reverse
from django.utils import timezone

from petitions.models import Petition, PetitionText
from petitions.states import PetitionState, Phase

# A mail that was asked for in the last minute must still find its button working.
GRACE = timedelta(hours=24)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Progress:
    """The total beside the lowest goal that is still ahead."""

    total: int
    goal: int

    @property
    def to_go(self) -> int:
        """Signatures missing to the goal."""
        return self.goal - self.total


def public() -> QuerySet[Petition]:
    """Every petition a visitor may see: all but drafts."""
    return Petition.objects.exclude(state=PetitionState.DRAFT)


def with_texts(petitions: QuerySet[Petition]) -> QuerySet[Petition]:
    """The same with their texts, newest version first, in one more query."""
    newest_first = PetitionText.objects.order_by("-version")
    return petitions.prefetch_related(Prefetch("texts", queryset=newest_first))


def phase(petition: Petition, now: datetime | None = None) -> Phase:
    """Where it stands at this second: the clock decides, however late a periodic job may be."""
    moment = now or timezone.now()
    if petition.state != PetitionState.OPEN:
        return Phase(petition.state)
    if petition.opens_at and moment < petition.opens_at:
        return Phase.SOON
    if petition.closes_at and moment >= petition.closes_at:
        return Phase.CLOSED
    return Phase.OPEN


def takes_confirmations(petition: Petition, now: datetime | None = None) -> bool:
    """Whether a signature made in time may still be confirmed: until 24 h after the close."""
    moment = now or timezone.now()
    if phase(petition, moment) == Phase.OPEN:
        return True
    ended = petition.closes_at
    return petition.state != PetitionState.DRAFT and bool(ended and ended <= moment < ended + GRACE)


def days_left(petition: Petition, now: datetime | None = None) -> int | None:
    """Days to the close, the last one counting as 1; None without a date or when it is over."""
    moment = now or timezone.now()
    if not petition.closes_at or petition.closes_at <= moment:
        return None
    return ceil((petition.closes_at - moment) / DAY)


def progress(petition: Petition) -> Progress:
    """How far the petition is. Beyond the ladder the last goal is taken again and again."""
    ahead = [goal for goal in petition.goals if goal > petition.total]
    step = max(petition.goals, default=100)
    goal = min(ahead) if ahead else step * (petition.total // step + 1)
    return Progress(total=petition.total, goal=goal)


def newest_texts(petition: Petition) -> dict[str, PetitionText]:
    """Language → the version shown now, in the order of the settings."""
    newest: dict[str, PetitionText] = {}
    for text in sorted(petition.texts.all(), key=lambda text: -text.version):
        newest.setdefault(text.language, text)
    order = {code: place for place, (code, _) in enumerate(settings.LANGUAGES)}
    return dict(sorted(newest.items(), key=lambda item: order.get(item[0], len(order))))


def text_for(petition: Petition, wanted: Sequence[str]) -> PetitionText | None:
    """The text in the first of the ``wanted`` languages there is, else in the petition's own."""
    texts = newest_texts(petition)
    for language in [*wanted, petition.default_language]:
        if language in texts:
            return texts[language]
    return next(iter(texts.values()), None)


def url(petition: Petition, language: str = "") -> str:
    """The whole address of the public page, in ``language`` when given: for mails and links."""
    query = f"?lang={language}" if language else ""
    return settings.SITE_URL + reverse("petitions:petition", args=[petition.slug]) + query


def headline(petition: Petition) -> str:
    """The headline in the petition's own language; the slug while there is no text."""
    text = text_for(petition, [])
    return text.title if text else petition.slug


def in_order() -> QuerySet[Petition]:
    """Public petitions: those one can sign first, the newest first; then those that are over."""
    now = timezone.now()
    over = ~Q(state=PetitionState.OPEN) | Q(closes_at__lte=now)
    return public().annotate(is_over=Case(When(over, then=1), default=0)).order_by("is_over", "-pk")
