"""Petitions near a goal or their end, and how many signed lately, for the dashboard."""

from datetime import date, datetime, timedelta

from django.db.models import Count
from django.db.models.functions import TruncDate
from django.utils import timezone

from petitions.models import Petition, Signature
from petitions.selectors.petitions import progress, with_texts
from petitions.states import PetitionState, SignatureState

FEW = 5
LOOKED_AT = 100
# Within so many per cent of the next goal a push is worth while.
NEAR = 85
SOON = timedelta(days=7)


def near_goal() -> list[Petition]:
    """Open petitions that lack little to the next goal."""
    newest = with_texts(Petition.objects.filter(state=PetitionState.OPEN))[:LOOKED_AT]
    return [row for row in newest if row.total * 100 >= progress(row).goal * NEAR][:FEW]


def ending() -> list[Petition]:
    """Open petitions that close within a week, the next one on top."""
    now = timezone.now()
    soon = Petition.objects.filter(
        state=PetitionState.OPEN, closes_at__gt=now, closes_at__lte=now + SOON
    )
    return list(with_texts(soon.order_by("closes_at"))[:FEW])


def signatures_by_day(since: datetime) -> dict[date, int]:
    """Day (UTC) → signatures confirmed on it that count (one query)."""
    rows = Signature.objects.filter(state=SignatureState.COUNTED, confirmed_at__gte=since)
    by_day = rows.order_by().annotate(day=TruncDate("confirmed_at")).values_list("day")
    return dict(by_day.annotate(rows=Count("pk")))
