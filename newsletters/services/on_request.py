"""Mails anybody can cause by typing an address: few an hour and few a month to one address."""

from datetime import timedelta

from django.utils import timezone

from newsletters import mails
from newsletters.models import Contact, Delivery

MAILS_AN_HOUR = 1
MAILS_A_MONTH = 5
# The caps count them together.
KINDS = tuple(
    mail.name
    for mail in (
        mails.CONFIRM_SUBSCRIPTION,
        mails.ALREADY_SUBSCRIBED,
        mails.PUT_ON,
        mails.FRESH_LINK,
        mails.CONFIRM_ADDRESS,
        mails.ADDRESS_TAKEN,
    )
)


def may_mail(contact: Contact, *, address_key: str = "") -> bool:
    """Whether one more such mail may go to ``contact``, or to the address of ``address_key``.

    Counted on the ledger under a lock on the person's row, so that fifty
    requests at one moment are one mail. Runs in the caller's transaction.
    """
    Contact.objects.select_for_update().get(pk=contact.pk)
    now = timezone.now()
    sent = Delivery.objects.filter(
        mailing=None, address_key=address_key or contact.address_key, kind__in=KINDS
    )
    lately = sent.filter(created_at__gt=now - timedelta(hours=1)).count()
    this_month = sent.filter(created_at__gt=now - timedelta(days=30)).count()
    return lately < MAILS_AN_HOUR and this_month < MAILS_A_MONTH
