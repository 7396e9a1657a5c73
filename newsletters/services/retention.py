"""Forgetting: what need not be kept is not kept."""

from datetime import datetime, timedelta

from django.utils import timezone

from newsletters.models import Contact, DeliveryBody, Subscription
from newsletters.ports import forgetters
from newsletters.services import limits
from newsletters.states import DeliveryState, SubscriptionState

UNCONFIRMED = timedelta(days=14)
BODIES = timedelta(days=30)
FINISHED = (
    DeliveryState.ACCEPTED,
    DeliveryState.REFUSED,
    DeliveryState.SKIPPED,
    DeliveryState.CANCELLED,
)


def prune() -> dict[str, int]:
    """Remove everything past its time. Returns how much of each kind.

    Sign-ups nobody confirmed go after 14 days (and the person, when nothing else
    is known of her), texts of single mails 30 days after they went.
    """
    now = timezone.now()
    counts = {
        "limits": limits.forget(),
        "unconfirmed": _unconfirmed(now - UNCONFIRMED),
        "bodies": DeliveryBody.objects.filter(
            delivery__state__in=FINISHED, delivery__created_at__lt=now - BODIES
        ).delete()[0],
    }
    for forgetter in forgetters():
        counts[forgetter.name] = forgetter.forget()
    return counts


def _unconfirmed(before: datetime) -> int:
    stale = Subscription.objects.filter(
        state=SubscriptionState.PENDING, created_at__lt=before, confirmed_at__isnull=True
    )
    people = list(stale.values_list("contact", flat=True)[:5000])
    removed = stale.filter(contact__in=people).delete()[0]
    # Somebody known only through a form anybody could have filled in.
    Contact.objects.filter(
        pk__in=people,
        created_at__lt=before,
        subscriptions__isnull=True,
    ).exclude(deliveries__mailing__isnull=False).delete()
    return removed
