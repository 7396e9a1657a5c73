"""Lists: which may be offered to whom, and how many are on them."""

from django.db.models import Count, Q, QuerySet

from newsletters.models import Contact, MailingList
from newsletters.states import SubscriptionState


def public() -> QuerySet[MailingList]:
    """What the sign-up form offers to anybody."""
    return MailingList.objects.filter(is_public=True)


def offered_to(contact: Contact) -> QuerySet[MailingList]:
    """What the person's own page shows: public lists and those she is on.

    A sensitive list only when she is on it: the page may lie open on a desk.
    """
    on_it = Q(pk__in=joined_by(contact).values("pk"))
    return MailingList.objects.filter(on_it | Q(is_public=True, is_sensitive=False))


def joined_by(contact: Contact) -> QuerySet[MailingList]:
    """Lists the person is on."""
    return MailingList.objects.filter(
        subscriptions__contact=contact, subscriptions__state=SubscriptionState.ACTIVE
    )


def waiting_for(contact: Contact) -> QuerySet[MailingList]:
    """Lists that wait for this person's confirmation."""
    return MailingList.objects.filter(
        subscriptions__contact=contact, subscriptions__state=SubscriptionState.PENDING
    )


def with_counts() -> QuerySet[MailingList]:
    """Every list with ``active``, ``pending`` and ``unsubscribed``, counted in one query."""
    counts = {
        state.value: Count("subscriptions", filter=Q(subscriptions__state=state))
        for state in SubscriptionState
    }
    # Counting drops the order of the model.
    return MailingList.objects.annotate(**counts).order_by("name")
