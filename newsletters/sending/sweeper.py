"""The sweeper: gives the rows of dead workers back, and names the few that are in doubt."""

import threading
import time
from datetime import timedelta

import structlog
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from newsletters.models import Claim, Delivery
from newsletters.sending import claims, journal, marks, restores
from newsletters.sending.journal import Journal, Life, Page
from newsletters.sending.marks import DOUBT_REST, Mark
from newsletters.sending.replies import recorded
from newsletters.states import DeliveryState, DoubtPolicy, MailingState

log = structlog.get_logger("newsletters.sweeper")

# A machine's own sweeper has the journal and settles exactly; others wait for it so much longer.
ELSEWHERE_REST = timedelta(minutes=5)
# The clock on the wall was set when it moved so many seconds against the one that only counts …
CLOCK_SET = 5.0
# … and then whoever lives renews its leases by the new time before this is over.
RENEWAL_REST = 45.0


class _Wall:
    """Knows whether the leases of the living can be judged by the clock on the wall."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ahead: float | None = None
        self._rest_until = 0.0

    def was_set(self) -> bool:
        """True for a while after the time was changed since this process last asked."""
        with self._lock:
            ahead = time.time() - claims.clock()
            if self._ahead is not None and abs(ahead - self._ahead) > CLOCK_SET:
                log.warning("clock_was_set", seconds=round(ahead - self._ahead))
                self._rest_until = claims.clock() + RENEWAL_REST
            self._ahead = ahead
            return claims.clock() < self._rest_until


_wall = _Wall()


def sweep() -> int:
    """Settle every claim whose worker is dead (its journal's lock is free) or whose lease is over.

    Returns how many claims were settled. May run anywhere, any number of times
    and at the same time: the loser finds the claim gone. After the clock was set
    no lease is over before its worker could renew it.
    """
    settled = 0
    was_set = _wall.was_set()
    for claim in Claim.objects.order_by("pk")[:1000]:
        state = journal.life(claim.worker)
        if _is_left(claim, state) and (state.is_over or not was_set):
            settled += _settle(claim.pk, claim.worker, state)
    _forget_journals()
    return settled


def settle_own(own: Journal) -> None:
    """Settle what a broken-off run of this process left behind, and begin the journal afresh.

    Only while nobody works under ``own``.
    """
    for claim in Claim.objects.filter(worker=own.worker):
        _settle(claim.pk, own.worker, Life.DEAD)
    if not own.is_fresh and not Claim.objects.filter(worker=own.worker).exists():
        restores.note()
        own.clear()


@transaction.atomic
def resend_unsure() -> int:
    """UNSURE → READY for rows whose ten minutes are over, once.

    Not when their mailing says never twice or was cancelled. A row in doubt for
    the second time waits for a person.
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


def _is_left(claim: Claim, state: Life) -> bool:
    """Whether nobody works on this claim any more, or whoever does has lost the right to."""
    if state.is_over:
        return True
    rest = ELSEWHERE_REST if state is Life.ELSEWHERE else timedelta()
    return claim.lease_until + rest < timezone.now()


@transaction.atomic
def _settle(claim_id: int, worker: str, state: Life) -> bool:
    """Replay the journal; then what was begun and not ended is unsure, all the others are ready.

    Where the journal cannot be trusted to tell everything, all of them are unsure.
    """
    rows = Claim.objects.filter(pk=claim_id)
    if connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(skip_locked=True)
    claim = rows.first()
    if claim is None or not _is_left(claim, state):
        return False
    page = journal.pages(worker, claim_id).get(claim_id, Page())
    marks.write(
        [
            Mark(claim_id, delivery, recorded(fate, code))
            for delivery, (fate, code) in page.ended.items()
        ]
    )
    mine = Delivery.objects.filter(claim=claim_id)
    claimed = mine.filter(state=DeliveryState.CLAIMED)
    doubtful = claimed.filter(pk__in=page.begun) if state.is_trusted else claimed
    unsure = doubtful.update(
        state=DeliveryState.UNSURE,
        claim=None,
        doubts=F("doubts") + 1,
        due_at=timezone.now() + DOUBT_REST,
    )
    ready = claimed.update(state=DeliveryState.READY, claim=None, attempts=F("attempts") - 1)
    claims.uncharge(claim, ready)
    # Rows skipped meanwhile.
    mine.update(claim=None)
    claim.delete()
    log.info("claim_swept", claim=claim_id, unsure=unsure, ready=ready)
    return True


def _forget_journals() -> None:
    """Remove journals of the dead that no claim needs; after the commit of what they told."""
    for worker in journal.workers():
        # In this order: the dead take no claims any more.
        if journal.life(worker).is_over and not Claim.objects.filter(worker=worker).exists():
            restores.note()
            journal.remove(worker)
