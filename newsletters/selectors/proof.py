"""Whether the rows of every mailing add up to its total."""

from datetime import timedelta

from django.db.models import Count, Q
from django.utils import timezone

from newsletters.models import Delivery, Mailing
from newsletters.states import DeliveryState, MailingState

# No row of a mailing that is over changes any more; it is counted for so long.
OVER_DAYS = timedelta(days=30)
RUNNING = (MailingState.SENDING, MailingState.PAUSED)


def unproved(also: set[int]) -> list[tuple[int, int, int]]:
    """(mailing, total, rows) of those whose rows in all states do not make up the total.

    Looked at: what is going out, what ended in the last 30 days, and the
    mailings ``also``. Two queries, however many they are.
    """
    lately = Q(finished_at__gte=timezone.now() - OVER_DAYS)
    expanded = Mailing.objects.filter(
        lately | Q(state__in=RUNNING) | Q(pk__in=also), started_at__isnull=False
    )
    totals = dict(expanded.order_by("pk").values_list("pk", "total"))
    # Not by way of the mailings: each engine counts from an index of the rows.
    counted = (
        Delivery.objects.filter(mailing__in=totals, state__in=DeliveryState.values)
        .order_by()
        .values_list("mailing")
        .annotate(rows=Count("pk"))
    )
    rows = dict(counted)
    return [
        (mailing, total, rows.get(mailing, 0))
        for mailing, total in totals.items()
        if rows.get(mailing, 0) != total
    ]
