"""Segments: saved, changed, taken away, and counted while nobody waits."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from newsletters.errors import SegmentRefused, TookTooLong
from newsletters.models import Segment
from newsletters.selectors import segments
from newsletters.selectors.patience import at_most
from newsletters.states import MailingState
from worker.doorbell import Job, ring
from worker.stopping import stopping

log = structlog.get_logger("newsletters.segments")

# A number older than this is asked for again.
STALE = timedelta(days=1)
# Nobody waits for it, but other work does.
LONGEST_S = 120.0


@dataclass(frozen=True)
class Details:
    """What staff say about a segment."""

    name: str
    description: str = ""
    rule: dict[str, Any] = field(default_factory=dict)


@transaction.atomic
def create(*, details: Details) -> Segment:
    """Save a new segment and ring for its count. Raises SegmentRefused for a rule it cannot be."""
    _check(details)
    segment = Segment.objects.create(
        name=details.name, description=details.description, rule=details.rule
    )
    ring(Job.COUNT_SEGMENTS)
    return segment


@transaction.atomic
def change(*, segment: Segment, details: Details) -> Segment:
    """Save a segment anew and ring for its count. Raises SegmentRefused.

    Mailings in DRAFT that use it follow; an approved one keeps the rule it was approved with.
    """
    _check(details)
    segment.name, segment.description = details.name, details.description
    segment.rule, segment.changed_at = details.rule, timezone.now()
    segment.counted = segment.counted_at = None
    segment.save()
    segment.mailings.filter(state=MailingState.DRAFT).update(audience_rule=details.rule)
    ring(Job.COUNT_SEGMENTS)
    return segment


@transaction.atomic
def delete(*, segment: Segment) -> None:
    """Take it away. Raises SegmentRefused while a mailing that has not begun uses it."""
    # Locks nothing: a mailing that takes it up at this moment keeps the rule itself.
    planned = list(segments.planned_with(segment)[:5])
    if planned:
        names = ", ".join(f"“{mailing}”" for mailing in planned)
        raise SegmentRefused(
            "planned",
            _("%(mailings)s is meant for this segment. Choose other people there first.")
            % {"mailings": names},
        )
    segment.delete()


def count_anew(*, ids: Collection[int]) -> None:
    """Forget the numbers of these segments and ring for new ones: they answer differently now."""
    if Segment.objects.filter(pk__in=ids).update(counted=None, counted_at=None):
        ring(Job.COUNT_SEGMENTS)


def count_due() -> int:
    """Count every segment whose number is missing or a day old. Returns how many were noted."""
    stale = Q(counted_at__isnull=True) | Q(counted_at__lt=timezone.now() - STALE)
    noted = 0
    for segment in Segment.objects.filter(stale).order_by("pk"):
        if stopping.is_set():
            break
        noted += _note(segment, _counted(segment))
    return noted


def _counted(segment: Segment) -> int | None:
    try:
        with at_most(LONGEST_S):
            return segments.people(segment.rule).count()
    except (SegmentRefused, TookTooLong) as error:
        log.warning("segment_not_counted", segment=segment.pk, reason=error.code)
        return None


def _note(segment: Segment, number: int | None) -> bool:
    """False when the rule was changed meanwhile: the number belongs to another one."""
    unchanged = Segment.objects.filter(pk=segment.pk, changed_at=segment.changed_at)
    return unchanged.update(counted=number, counted_at=timezone.now()) == 1


def _check(details: Details) -> None:
    segments.compile_rule(details.rule)
    if not details.rule:
        raise SegmentRefused(
            "empty", _("Add a condition: without one a segment is simply everybody.")
        )
