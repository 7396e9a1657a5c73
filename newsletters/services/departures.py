"""Taking many people off a list at once, as each would leave by her own link."""

from collections.abc import Collection

from django.db.models import Exists, OuterRef
from django.utils import timezone

from newsletters.models import (
    ConsentAct,
    ConsentEvent,
    Delivery,
    Mailing,
    MailingList,
    Subscription,
)
from newsletters.services import consent
from newsletters.states import DeliveryState, SkipReason, SubscriptionState

LIVE = (DeliveryState.READY, DeliveryState.CLAIMED, DeliveryState.UNSURE)


def leave(*, ids: Collection[int], mailing_list: MailingList, method: str) -> set[int]:
    """Everybody of ``ids`` off ``mailing_list``. Returns who was on it or waited for it.

    Each gets a line in the ledger, and mails of the list that are still to go are
    skipped. Runs in the caller's transaction; a second call changes nothing.
    """
    rows = Subscription.objects.filter(contact__in=ids, mailing_list=mailing_list)
    rows = rows.exclude(state=SubscriptionState.UNSUBSCRIBED)
    found = list(rows.select_for_update(of=("self",)).order_by("pk").select_related("contact"))
    now = timezone.now()
    rows.filter(pk__in=[row.pk for row in found]).update(
        state=SubscriptionState.UNSUBSCRIBED, unsubscribed_at=now
    )
    ConsentEvent.objects.bulk_create(
        ConsentEvent(
            contact=row.contact,
            address_key=row.contact.address_key,
            mailing_list=mailing_list,
            purpose=consent.purpose_of(mailing_list),
            act=ConsentAct.WITHDRAWN,
            method=method[:60],
            happened_at=now,
        )
        for row in found
    )
    left = {row.contact_id for row in found}
    skip_mail(ids=left)
    return left


def skip_mail(*, ids: Collection[int]) -> None:
    """Skip rows of mailings that no list of these people carries any more.

    A claimed row keeps its claim.
    """
    still_on = Subscription.objects.filter(
        contact=OuterRef("contact"),
        state=SubscriptionState.ACTIVE,
        mailing_list__in=Mailing.lists.through.objects.filter(
            mailing=OuterRef(OuterRef("mailing"))
        ).values("mailinglist"),
    )
    Delivery.objects.filter(
        ~Exists(still_on),
        contact__in=ids,
        mailing__isnull=False,
        mailing_list__isnull=False,
        state__in=LIVE,
    ).update(state=DeliveryState.SKIPPED, reason=SkipReason.UNSUBSCRIBED)
