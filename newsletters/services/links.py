"""The links in a person's mails: each holds a secret that proves whose it is."""

import time

from django.conf import settings
from django.urls import reverse

from newsletters import tokens
from newsletters.models import AddressChange, Contact, Delivery, MailingList
from newsletters.selectors.access import stamp_of

CONFIRM_HOURS = 14 * 24
PREFERENCES_HOURS = 7 * 24
ADDRESS_HOURS = 3 * 24


def unsubscribe_token(delivery: Delivery) -> str:
    """The secret of the one-click link in this mail (RFC 8058)."""
    return tokens.seal(
        tokens.UNSUBSCRIBE, delivery.pk, delivery.contact_id or 0, delivery.mailing_list_id or 0
    )


def leave_url(contact: Contact, mailing_list: MailingList | None = None) -> str:
    """Where one press takes a person off ``mailing_list``, or off everything without one."""
    token = tokens.seal(tokens.UNSUBSCRIBE, 0, contact.pk, mailing_list.pk if mailing_list else 0)
    return _link("newsletters:unsubscribe", token)


def confirm_url(contact: Contact) -> str:
    """Where the confirmation mail leads: a page with one button."""
    return _link("newsletters:confirm", tokens.seal(tokens.CONFIRM_SUBSCRIPTION, contact.pk))


def preferences_url(contact: Contact) -> str:
    """The person's own page. Works for a week, then offers to mail a fresh link."""
    return _link("newsletters:preferences", tokens.seal(tokens.PREFERENCES, contact.pk))


def address_url(change: AddressChange) -> str:
    """Where the mail to a new address leads: a page with one button."""
    token = tokens.seal(tokens.CHANGE_ADDRESS, change.pk, change.contact_id)
    return _link("newsletters:address", token)


def access_url(contact: Contact) -> str:
    """Where everything we hold about a person is given to her, for a day from now."""
    token = tokens.seal(tokens.ACCESS, contact.pk, int(time.time()), stamp_of(contact))
    return _link("newsletters:access", token)


def _link(name: str, token: str) -> str:
    return settings.SITE_URL + reverse(name, args=[token])
