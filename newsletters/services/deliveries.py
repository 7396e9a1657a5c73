"""What a person decides about mails that may or may not have arrived."""

from collections.abc import Collection

from django.db.models import QuerySet
from django.utils import timezone

from newsletters.models import Delivery
from newsletters.states import DeliveryState, MailingState, SkipReason
from worker.doorbell import Job, ring


def arrived(*, mailing_id: int, ids: Collection[int]) -> int:
    """UNSURE → ACCEPTED: somebody knows that it came. Returns how many rows changed."""
    return _unsure(mailing_id, ids).update(state=DeliveryState.ACCEPTED, accepted_at=timezone.now())


def send_again(*, mailing_id: int, ids: Collection[int]) -> int:
    """UNSURE → READY, due now: the same bytes and the same Message-ID once more. Returns how many.

    Not for a mailing that was cancelled: nothing of it leaves any more.
    """
    changed = (
        _unsure(mailing_id, ids)
        .exclude(mailing__state=MailingState.CANCELLED)
        .update(state=DeliveryState.READY, due_at=timezone.now())
    )
    if changed:
        ring(Job.SEND_BULK)
    return changed


def leave(*, mailing_id: int, ids: Collection[int]) -> int:
    """UNSURE → SKIPPED: not sent again, whether it came or not. Returns how many rows changed."""
    return _unsure(mailing_id, ids).update(state=DeliveryState.SKIPPED, reason=SkipReason.LEFT)


def _unsure(mailing_id: int, ids: Collection[int]) -> QuerySet[Delivery]:
    """The mailing in the condition keeps one page's buttons from another mailing's rows."""
    return Delivery.objects.filter(mailing=mailing_id, pk__in=ids, state=DeliveryState.UNSURE)
