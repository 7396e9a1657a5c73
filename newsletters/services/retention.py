"""Forgetting: what need not be kept is not kept."""

from datetime import timedelta

from django.utils import timezone

from newsletters.models import DeliveryBody
from newsletters.ports import forgetters
from newsletters.services import (
    address_changes,
    allowances,
    contacts,
    custom_fields,
    digests,
    limits,
    merges,
    subscriptions,
)
from newsletters.states import DeliveryState

BODIES = timedelta(days=30)
FINISHED = (
    DeliveryState.ACCEPTED,
    DeliveryState.REFUSED,
    DeliveryState.SKIPPED,
    DeliveryState.CANCELLED,
)


def prune() -> dict[str, int]:
    """Remove everything past its time. Returns how much of each kind.

    Sign-ups nobody confirmed go when their link has run out (and the person, when
    nothing else is known of her; who had left before is back there), new addresses
    that did not answer within three days, texts of single mails 30 days after they
    went, and what a reader was given when no digest can give it again.
    """
    now = timezone.now()
    counts = {
        "limits": limits.forget(),
        "allowances": allowances.forget(now),
        "unconfirmed": subscriptions.forget_unconfirmed(),
        "digest_reads": digests.forget_reads(),
        "address_changes": address_changes.forget(),
        "bodies": DeliveryBody.objects.filter(
            delivery__state__in=FINISHED, delivery__created_at__lt=now - BODIES
        ).delete()[0],
    }
    counts["merges"] = merges.forget()
    counts["values"] = custom_fields.drop_values()
    counts["person_keys"] = contacts.fill_person_keys()
    for forgetter in forgetters():
        counts[forgetter.name] = forgetter.forget()
    return counts
