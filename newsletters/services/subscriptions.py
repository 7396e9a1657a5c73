"""Joining, confirming, leaving. Only the person raises a consent; anybody's link may lower her own."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from newsletters import mails, tokens
from newsletters.addresses import Address
from newsletters.models import (
    ConsentAct,
    Contact,
    Delivery,
    Mailing,
    MailingList,
    Subscription,
)
from newsletters.services import consent, contacts, limits, outgoing, suppressions
from newsletters.services.consent import Door
from newsletters.services.contacts import Profile
from newsletters.states import DeliveryState, SkipReason, SubscriptionState, SuppressionReason

CONFIRM_HOURS = 14 * 24
CONFIRMATIONS_AN_HOUR = 1
CONFIRMATIONS_EVER = 5
MONTH = 30 * 24 * 3600
LIVE = (DeliveryState.READY, DeliveryState.CLAIMED, DeliveryState.UNSURE)


@dataclass(frozen=True)
class Request:
    """A filled-in sign-up form."""

    address: Address
    lists: list[MailingList]
    profile: Profile
    door: Door


@transaction.atomic
def request(asked: Request) -> None:
    """Somebody typed this address. Only a mail goes out; the answer on the page is always the same.

    New or left lists become PENDING and a confirmation is queued; a member of
    all of them gets a mail that says so. At most one such mail an hour and five
    a month to one address, whoever asks.
    """
    contact = contacts.find_or_create(address=asked.address, profile=asked.profile)
    waiting = [chosen for chosen in asked.lists if _make_pending(contact, chosen, asked.door)]
    if not _may_mail(contact):
        return
    names = [chosen.name for chosen in waiting or asked.lists]
    recipient = outgoing.Recipient(contact.email, contact.language or "en", contact)
    if waiting:
        outgoing.queue(
            mail=mails.CONFIRM_SUBSCRIPTION,
            to=recipient,
            context={"confirm_url": confirm_url(contact), "lists": names},
        )
    else:
        outgoing.queue(
            mail=mails.ALREADY_SUBSCRIBED,
            to=recipient,
            context={"preferences_url": preferences_url(contact), "lists": names},
        )


@transaction.atomic
def confirm(*, contact: Contact, method: str = "confirmation mail") -> list[MailingList]:
    """The person pressed the button in her mail: every PENDING list becomes ACTIVE.

    Lifts a suppression that came from a bounce, from leaving or from erasure,
    because she has just proved the mailbox. Returns her lists, also on a second press.
    """
    pending = list(
        contact.subscriptions.filter(state=SubscriptionState.PENDING).select_related("mailing_list")
    )
    for row in pending:
        _activate(row, Door(method=method))
    if pending:
        suppressions.lift(address_key=contact.address_key)
    return active_lists(contact)


@transaction.atomic
def join(*, contact: Contact, mailing_list: MailingList, door: Door) -> bool:
    """Put a person on a list who proved her address a moment ago and asked for it. False if she was on it."""
    row, _ = Subscription.objects.get_or_create(
        contact=contact,
        mailing_list=mailing_list,
        defaults={"state": SubscriptionState.PENDING, "method": door.method[:24]},
    )
    suppressions.lift(address_key=contact.address_key)
    return _activate(row, door)


@transaction.atomic
def leave(*, contact: Contact, lists: Iterable[MailingList], method: str) -> int:
    """Take a person off these lists now. Returns how many she was on.

    Mails of theirs that have not left yet are skipped in the same transaction.
    """
    left = 0
    for mailing_list in lists:
        changed = (
            Subscription.objects.filter(contact=contact, mailing_list=mailing_list)
            .exclude(state=SubscriptionState.UNSUBSCRIBED)
            .update(state=SubscriptionState.UNSUBSCRIBED, unsubscribed_at=timezone.now())
        )
        if changed:
            left += 1
            consent.record(
                contact=contact,
                act=ConsentAct.WITHDRAWN,
                door=Door(method=method),
                mailing_list=mailing_list,
            )
    _skip_what_is_still_to_go(contact)
    return left


@transaction.atomic
def leave_everything(*, contact: Contact, method: str) -> None:
    """Off every list, no digest, and no mailing ever again until she comes back by herself."""
    rows = contact.subscriptions.exclude(state=SubscriptionState.UNSUBSCRIBED)
    lists = [row.mailing_list for row in rows.select_related("mailing_list")]
    leave(contact=contact, lists=lists, method=method)
    consent.record(contact=contact, act=ConsentAct.WITHDRAWN, door=Door(method=method))
    suppressions.suppress(
        address_key=contact.address_key, reason=SuppressionReason.LEFT_ALL, detail=method
    )


def leave_by_token(token: str, *, method: str) -> bool:
    """Act on an unsubscribe token. True when it is one of ours, also when there was nothing left to do.

    Leaves every list of the mailing it came with; the list sealed in the token
    when the mailing is gone; everything when that is gone, too.
    """
    sealed = tokens.unseal(tokens.UNSUBSCRIBE, token)
    if sealed is None:
        return False
    _leave(sealed.first, sealed.second, sealed.stamp, method)
    return True


def leave_by_mail_token(token: str, *, method: str) -> bool:
    """The same for the token in the mailto: address of List-Unsubscribe."""
    delivery_id = tokens.unseal_local(tokens.LEAVE_BY_MAIL, token)
    if delivery_id is None:
        return False
    row = Delivery.objects.filter(pk=delivery_id).first()
    if row and row.contact_id:
        _leave(row.pk, row.contact_id, row.mailing_list_id or 0, method)
    return True


def active_lists(contact: Contact) -> list[MailingList]:
    """The lists this person is on."""
    return list(
        MailingList.objects.filter(
            subscriptions__contact=contact, subscriptions__state=SubscriptionState.ACTIVE
        )
    )


def unsubscribe_token(delivery: Delivery) -> str:
    """The secret of the one-click link in this mail (RFC 8058)."""
    return tokens.seal(
        tokens.UNSUBSCRIBE, delivery.pk, delivery.contact_id or 0, delivery.mailing_list_id or 0
    )


def confirm_url(contact: Contact) -> str:
    """Where the confirmation mail leads: a page with one button."""
    token = tokens.seal(tokens.CONFIRM_SUBSCRIPTION, contact.pk)
    return settings.SITE_URL + reverse("newsletters:confirm", args=[token])


def preferences_url(contact: Contact) -> str:
    """The person's own page. Works for a week, then offers to mail a fresh link."""
    token = tokens.seal(tokens.PREFERENCES, contact.pk)
    return settings.SITE_URL + reverse("newsletters:preferences", args=[token])


def _make_pending(contact: Contact, mailing_list: MailingList, door: Door) -> bool:
    row, created = Subscription.objects.get_or_create(
        contact=contact,
        mailing_list=mailing_list,
        defaults={"state": SubscriptionState.PENDING, "method": door.method[:24]},
    )
    if not created:
        Subscription.objects.filter(pk=row.pk, state=SubscriptionState.UNSUBSCRIBED).update(
            state=SubscriptionState.PENDING
        )
        row.refresh_from_db(fields=["state"])
    if row.state != SubscriptionState.PENDING:
        return False
    consent.record(
        contact=contact, act=ConsentAct.REQUESTED, door=door, mailing_list=mailing_list
    )
    return True


def _activate(row: Subscription, door: Door) -> bool:
    changed = (
        Subscription.objects.filter(pk=row.pk)
        .exclude(state=SubscriptionState.ACTIVE)
        .update(
            state=SubscriptionState.ACTIVE, confirmed_at=timezone.now(), unsubscribed_at=None
        )
    )
    if changed:
        consent.record(
            contact=row.contact,
            act=ConsentAct.GRANTED,
            door=door,
            mailing_list=row.mailing_list,
        )
    return bool(changed)


def _may_mail(contact: Contact) -> bool:
    key = contact.address_key
    return limits.allow(
        "sign-up mail, hour", key, limit=CONFIRMATIONS_AN_HOUR, seconds=3600
    ) and limits.allow("sign-up mail, month", key, limit=CONFIRMATIONS_EVER, seconds=MONTH)


def _leave(delivery_id: int, contact_id: int, list_id: int, method: str) -> None:
    contact = Contact.objects.filter(pk=contact_id).first()
    if contact is None:
        return
    mailing = Mailing.objects.filter(deliveries=delivery_id).first()
    lists = list(mailing.lists.all()) if mailing else []
    lists = lists or list(MailingList.objects.filter(pk=list_id))
    if lists:
        leave(contact=contact, lists=lists, method=method)
    else:
        leave_everything(contact=contact, method=method)


def _skip_what_is_still_to_go(contact: Contact) -> None:
    """Rows of mailings that no list of hers carries any more. A claimed row keeps its claim."""
    on_lists = contact.subscriptions.filter(state=SubscriptionState.ACTIVE).values("mailing_list")
    Delivery.objects.filter(
        ~Q(mailing__in=Mailing.objects.filter(lists__in=on_lists)),
        contact=contact,
        mailing__isnull=False,
        mailing_list__isnull=False,
        state__in=LIVE,
    ).update(state=DeliveryState.SKIPPED, reason=SkipReason.UNSUBSCRIBED)
