"""The sweeper: gives the rows of dead workers back, and names the few that are in doubt."""

import structlog
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from newsletters.models import Claim, Delivery
from newsletters.sending import journal, marks
from newsletters.sending.journal import Life, Page
from newsletters.sending.marks import DOUBT_REST, Mark
from newsletters.sending.replies import Outcome
from newsletters.states import DeliveryState, DoubtPolicy, MailingState

log = structlog.get_logger("newsletters.sweeper")

# A worker commits its marks at the latest after so many rows of one claim. When
# its journal is lost with its machine, so many may have been accepted unseen.
UNMARKED_LIMIT = 100


def sweep() -> int:
    """Settle every claim whose worker is dead (its journal's lock is free) or whose lease is over.

    Returns how many claims were settled. May run anywhere, any number of times
    and at the same time: the loser finds the claim gone.
    """
    settled = 0
    for claim in Claim.objects.order_by("pk")[:1000]:
        state = journal.life(claim.worker)
        if state is Life.DEAD or claim.lease_until < timezone.now():
            settled += _settle(claim.pk, claim.worker, state)
    return settled


@transaction.atomic
def resend_unsure() -> int:
    """UNSURE → READY, once, for rows whose ten minutes are over; a second doubt waits for a person.

    Not where the mailing says never twice or was cancelled.
    """
    return (
        Delivery.objects.filter(
            state=DeliveryState.UNSURE, doubts__lte=1, due_at__lte=timezone.now()
        )
        .exclude(mailing__doubt_policy=DoubtPolicy.HOLD)
        .exclude(mailing__state=MailingState.CANCELLED)
        .exclude(body__never_twice=True)
        .update(state=DeliveryState.READY)
    )


@transaction.atomic
def _settle(claim_id: int, worker: str, state: Life) -> bool:
    """Replay the journal; then the row begun and not ended is unsure, all others are ready."""
    rows = Claim.objects.filter(pk=claim_id)
    if connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(skip_locked=True)
    claim = rows.first()
    if claim is None or (state is not Life.DEAD and claim.lease_until >= timezone.now()):
        return False
    page = journal.pages(worker).get(claim_id, Page())
    marks.write(
        [
            Mark(claim_id, delivery, Outcome(fate, code))
            for delivery, (fate, code) in page.ended.items()
        ]
    )
    mine = Delivery.objects.filter(claim=claim_id, state=DeliveryState.CLAIMED)
    if state is Life.ELSEWHERE:
        doubtful = list(mine.order_by("pk").values_list("pk", flat=True)[:UNMARKED_LIMIT])
    else:
        doubtful = [page.begun] if page.begun else []
    unsure = mine.filter(pk__in=doubtful).update(
        state=DeliveryState.UNSURE,
        claim=None,
        doubts=F("doubts") + 1,
        due_at=timezone.now() + DOUBT_REST,
    )
    ready = mine.update(state=DeliveryState.READY, claim=None, attempts=F("attempts") - 1)
    claim.delete()
    if not Claim.objects.filter(worker=worker).exists():
        journal.remove_if_dead(worker)
    log.info("claim_swept", claim=claim_id, unsure=unsure, ready=ready)
    return True
