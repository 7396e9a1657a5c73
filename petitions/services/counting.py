"""The totals. One periodic job counts; a signature never touches its petition's row.

Every row says whether the total includes it (``in_total``), and marking rows and
moving the total happen in one transaction. So the total is exact whatever the
clocks of several machines show, however long a confirmation takes to commit, and
if two counters run at once: a row is marked once. Counting by time of
confirmation, which this replaced, needs a safety margin and trust in clocks.
"""

from collections.abc import Iterator

import structlog
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from petitions.models import Milestone, Petition, Signature
from petitions.states import SignatureState

log = structlog.get_logger("petitions.counting")

# Rows marked in one transaction: a confirmation of the same petition never waits longer.
BATCH = 5000
TO_ADD = Q(state=SignatureState.COUNTED, in_total=False)
TO_TAKE = Q(
    state__in=[state for state in SignatureState if state != SignatureState.COUNTED], in_total=True
)


def count() -> int:
    """Bring every total up to date. Returns how many petitions changed."""
    changed = list(_due())
    for petition_id in changed:
        while count_some(petition_id=petition_id):
            pass
    return len(changed)


@transaction.atomic
def count_some(*, petition_id: int) -> int:
    """Take at most a batch of new and of left signatures into account. Returns how many."""
    petition = _locked(petition_id)
    added = _mark(petition, TO_ADD, in_total=True)
    taken = _mark(petition, TO_TAKE, in_total=False)
    if added or taken:
        petition.total += added - taken
        Petition.objects.filter(pk=petition.pk).update(total=petition.total)
        _mark_goals(petition)
    return added + taken


def repair() -> int:
    """Compare every total with the marks and mend it; then count. Returns how many were wrong."""
    wrong = sum(_mend(pk) for pk in Petition.objects.values_list("pk", flat=True).iterator())
    count()
    return wrong


@transaction.atomic
def _mend(petition_id: int) -> bool:
    petition = _locked(petition_id)
    marked = petition.signatures.filter(in_total=True).count()
    if petition.total == marked:
        return False
    log.error("total_repaired", petition=petition_id, was=petition.total, now=marked)
    petition.total = marked
    Petition.objects.filter(pk=petition.pk).update(total=marked)
    _mark_goals(petition)
    return True


def _due() -> Iterator[int]:
    mine = Signature.objects.filter(petition=OuterRef("pk"))
    due = Petition.objects.filter(Exists(mine.filter(TO_ADD)) | Exists(mine.filter(TO_TAKE)))
    return due.values_list("pk", flat=True).iterator()


def _locked(petition_id: int) -> Petition:
    """The row, held against a second counter. Not against signing, which only refers to it."""
    return Petition.objects.select_for_update(no_key=True).get(pk=petition_id)


def _mark(petition: Petition, which: Q, *, in_total: bool) -> int:
    """The condition stands twice: a row may have changed since it was chosen."""
    chosen = petition.signatures.filter(which).values("pk")[:BATCH]
    return Signature.objects.filter(which, pk__in=chosen).update(in_total=in_total)


def _mark_goals(petition: Petition) -> None:
    known = set(petition.milestones.values_list("goal", flat=True))
    now = timezone.now()
    Milestone.objects.bulk_create(
        Milestone(petition=petition, goal=goal, reached_at=now)
        for goal in petition.goals
        if goal <= petition.total and goal not in known
    )
    petition.milestones.filter(goal__gt=petition.total).delete()
