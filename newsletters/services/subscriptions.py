"""Joining, confirming, leaving. Only the person raises a consent; her link may lower it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from newsletters import mails, tokens
from newsletters.addresses import Address
from newsletters.models import (
    ConsentAct,
    ConsentEvent,
    Contact,
    Delivery,
    Mailing,
    MailingList,
    Subscription,
)
from newsletters.selectors import lists as lists_selector
from newsletters.selectors import unsubscribe
from newsletters.selectors.unsubscribe import Departure
from newsletters.services import consent, contacts, outgoing, suppressions
from newsletters.services.consent import Door
from newsletters.services.contacts import Profile
from newsletters.states import (
    DeliveryState,
    SkipReason,
    SubscriptionState,
    SuppressionReason,
)

CONFIRM_HOURS = 14 * 24
PREFERENCES_HOURS = 7 * 24
MAILS_AN_HOUR = 1
MAILS_A_MONTH = 5
LIVE = (DeliveryState.READY, DeliveryState.CLAIMED, DeliveryState.UNSURE)
# Mails anybody can cause by typing an address; the caps count them together.
ON_REQUEST = tuple(
    mail.name for mail in (mails.CONFIRM_SUBSCRIPTION, mails.ALREADY_SUBSCRIBED, mails.FRESH_LINK)
)


@dataclass(frozen=True)
class Request:
    """A filled-in sign-up form."""

    address: Address
    lists: list[MailingList]
    profile: Profile
    door: Door


@transaction.atomic
def request(asked: Request) -> None:
    """Somebody typed this address. Only a mail goes out; the page's answer is always the same.

    New or left lists become PENDING and a confirmation is queued; a member of
    all of them gets a mail that says so. At most one such mail an hour and five
    in thirty days to one address, whoever asks. Nothing we know of a person
    changes.
    """
    contact = contacts.find_or_create(address=asked.address, profile=asked.profile, proved=False)
    may_mail = _may_mail(contact)
    waiting = [
        chosen
        for chosen in asked.lists
        if _make_pending(contact, chosen, door=asked.door, renew=may_mail)
    ]
    if not may_mail:
        return
    names = [chosen.name for chosen in waiting or asked.lists]
    if waiting:
        outgoing.queue(
            mail=mails.CONFIRM_SUBSCRIPTION,
            to=_recipient(contact),
            context={"confirm_url": confirm_url(contact), "lists": names},
        )
    else:
        outgoing.queue(
            mail=mails.ALREADY_SUBSCRIBED,
            to=_recipient(contact),
            context={"preferences_url": preferences_url(contact), "lists": names},
        )


@transaction.atomic
def confirm(
    *,
    contact: Contact,
    method: str = "confirmation mail",
    lists: Iterable[MailingList] | None = None,
) -> list[MailingList]:
    """The person pressed the button in her mail: PENDING lists become ACTIVE.

    Only those in ``lists`` when given: what stood beside the button, not what
    somebody else asked for a moment later. Lifts a suppression that came from a
    bounce, from leaving or from erasure, because she has just proved the
    mailbox, and queues one welcome. Returns her lists, also on a second press.
    """
    pending = contact.subscriptions.filter(state=SubscriptionState.PENDING)
    if lists is not None:
        pending = pending.filter(mailing_list__in=list(lists))
    joined = [
        row.mailing_list
        for row in pending.select_related("mailing_list", "contact")
        if _activate(row, _door_asked(row, method), only_from=SubscriptionState.PENDING)
    ]
    if joined:
        suppressions.lift(address_key=contact.address_key)
        _welcome(contact, joined)
    return active_lists(contact)


@transaction.atomic
def join(*, contact: Contact, mailing_list: MailingList, door: Door) -> bool:
    """Put a person on a list who proved her address a moment ago and asked for it.

    Returns False if she was on it already.
    """
    row, _ = Subscription.objects.get_or_create(
        contact=contact,
        mailing_list=mailing_list,
        defaults={"state": SubscriptionState.PENDING, "method": door.method[:24]},
    )
    suppressions.lift(address_key=contact.address_key)
    return _activate(row, door, only_from=None)


@transaction.atomic
def leave(*, contact: Contact, lists: Iterable[MailingList], method: str) -> int:
    """Take a person off these lists now. Returns how many she was on.

    Mails of theirs that have not left yet are skipped in the same transaction.
    """
    left = [mailing_list for mailing_list in lists if _end(contact, mailing_list, method)]
    _skip_what_is_still_to_go(contact)
    return len(left)


@transaction.atomic
def leave_everything(*, contact: Contact, method: str) -> None:
    """Off every list, no digest, and no mailing ever again until she comes back by herself.

    A second call changes nothing and adds nothing to the ledger.
    """
    rows = contact.subscriptions.exclude(state=SubscriptionState.UNSUBSCRIBED)
    lists = [row.mailing_list for row in rows.select_related("mailing_list")]
    leave(contact=contact, lists=lists, method=method)
    last = contact.consent_events.last()
    if last is None or (last.act, last.purpose) != (ConsentAct.WITHDRAWN, consent.EVERYTHING):
        consent.record(contact=contact, act=ConsentAct.WITHDRAWN, door=Door(method=method))
    suppressions.suppress(
        address_key=contact.address_key, reason=SuppressionReason.LEFT_ALL, detail=method
    )


def leave_by_token(token: str, *, method: str) -> bool:
    """Act on an unsubscribe token. True when it is one of ours, also when nothing was left to do.

    What is left is said by ``selectors.unsubscribe.by_link``.
    """
    return _depart(unsubscribe.by_link(token), method)


def leave_by_mail_token(token: str, *, method: str) -> bool:
    """The same for the token in the mailto: address of List-Unsubscribe."""
    return _depart(unsubscribe.by_mail(token), method)


@transaction.atomic
def send_fresh_link(*, contact: Contact) -> bool:
    """Mail the person a new link to her own page, to the stored address only.

    False when she has had as many mails on request as one address may get.
    """
    if not _may_mail(contact):
        return False
    outgoing.queue(
        mail=mails.FRESH_LINK,
        to=_recipient(contact),
        context={"preferences_url": preferences_url(contact)},
    )
    return True


@transaction.atomic
def forget_unconfirmed() -> int:
    """Undo requests nobody confirmed in time. Returns how many.

    A person who had left before is back where she was: UNSUBSCRIBED. An address
    we only know from such a request is forgotten.
    """
    before = timezone.now() - timedelta(hours=CONFIRM_HOURS + 1)
    asked_lately = ConsentEvent.objects.filter(
        contact=OuterRef("contact"),
        mailing_list=OuterRef("mailing_list"),
        act=ConsentAct.REQUESTED,
        happened_at__gte=before,
    )
    waiting = Subscription.objects.filter(
        ~Exists(asked_lately), state=SubscriptionState.PENDING, created_at__lt=before
    )
    returned = waiting.filter(unsubscribed_at__isnull=False).update(
        state=SubscriptionState.UNSUBSCRIBED
    )
    forgotten, _ = waiting.delete()
    contacts.forget_strangers(before=before)
    return returned + forgotten


def active_lists(contact: Contact) -> list[MailingList]:
    """The lists this person is on."""
    return list(lists_selector.joined_by(contact))


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


def _recipient(contact: Contact) -> outgoing.Recipient:
    return outgoing.Recipient(contact.email, contact.language or "en", contact)


def _make_pending(contact: Contact, mailing_list: MailingList, *, door: Door, renew: bool) -> bool:
    """Whether the list waits for the person now. ``renew``: count a repeated request as new."""
    row, created = Subscription.objects.get_or_create(
        contact=contact,
        mailing_list=mailing_list,
        defaults={"state": SubscriptionState.PENDING, "method": door.method[:24]},
    )
    back = Subscription.objects.filter(pk=row.pk, state=SubscriptionState.UNSUBSCRIBED).update(
        state=SubscriptionState.PENDING
    )
    waits = bool(created or back) or row.state == SubscriptionState.PENDING
    if created or back or (waits and renew):
        consent.record(
            contact=contact, act=ConsentAct.REQUESTED, door=door, mailing_list=mailing_list
        )
    return waits


def _activate(row: Subscription, door: Door, *, only_from: SubscriptionState | None) -> bool:
    rows = Subscription.objects.filter(pk=row.pk).exclude(state=SubscriptionState.ACTIVE)
    if only_from is not None:
        rows = rows.filter(state=only_from)
    changed = rows.update(
        state=SubscriptionState.ACTIVE,
        method=door.method[:24],
        confirmed_at=timezone.now(),
        unsubscribed_at=None,
    )
    if changed:
        consent.record(
            contact=row.contact,
            act=ConsentAct.GRANTED,
            door=door,
            mailing_list=row.mailing_list,
        )
    return bool(changed)


def _door_asked(row: Subscription, method: str) -> Door:
    """The door of the confirmation, with the wording and basis of the request it confirms."""
    asked = (
        ConsentEvent.objects.filter(
            contact=row.contact_id, mailing_list=row.mailing_list_id, act=ConsentAct.REQUESTED
        )
        .select_related("wording")
        .last()
    )
    door = Door(method=method)
    if asked is None:
        return door
    return replace(door, wording=asked.wording, legal_basis=asked.legal_basis)


def _welcome(contact: Contact, joined: list[MailingList]) -> None:
    newest = max(row.pk for row in joined)
    outgoing.queue(
        mail=mails.WELCOME,
        to=_recipient(contact),
        context={
            "lists": [row.name for row in joined],
            "preferences_url": preferences_url(contact),
        },
        # Coming, going and coming again on one day brings one welcome.
        dedupe_key=f"welcome {contact.pk} {newest} {timezone.now():%Y-%m-%d}",
    )


def _end(contact: Contact, mailing_list: MailingList, method: str) -> bool:
    changed = (
        Subscription.objects.filter(contact=contact, mailing_list=mailing_list)
        .exclude(state=SubscriptionState.UNSUBSCRIBED)
        .update(state=SubscriptionState.UNSUBSCRIBED, unsubscribed_at=timezone.now())
    )
    if changed:
        consent.record(
            contact=contact,
            act=ConsentAct.WITHDRAWN,
            door=Door(method=method),
            mailing_list=mailing_list,
        )
    return bool(changed)


def _may_mail(contact: Contact) -> bool:
    """Whether one more mail on request may go to this address.

    Counted on the ledger under a lock on the person's row, so that fifty
    requests at one moment are one mail.
    """
    Contact.objects.select_for_update().get(pk=contact.pk)
    now = timezone.now()
    sent = Delivery.objects.filter(
        mailing=None, address_key=contact.address_key, kind__in=ON_REQUEST
    )
    lately = sent.filter(created_at__gt=now - timedelta(hours=1)).count()
    this_month = sent.filter(created_at__gt=now - timedelta(days=30)).count()
    return lately < MAILS_AN_HOUR and this_month < MAILS_A_MONTH


def _depart(departure: Departure | None, method: str) -> bool:
    if departure is None:
        return False
    if departure.contact and departure.lists:
        leave(contact=departure.contact, lists=departure.lists, method=method)
    elif departure.contact:
        leave_everything(contact=departure.contact, method=method)
    return True


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
