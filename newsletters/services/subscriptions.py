"""Joining, confirming, leaving. Only the person raises a consent; her link may lower it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from newsletters import mails
from newsletters.addresses import Address, parse
from newsletters.models import (
    ActKind,
    ConsentAct,
    ConsentEvent,
    Contact,
    MailingList,
    Subscription,
    Suppression,
)
from newsletters.selectors import contacts as contacts_selector
from newsletters.selectors import lists as lists_selector
from newsletters.selectors import unsubscribe
from newsletters.selectors.unsubscribe import Departure
from newsletters.services import (
    acts,
    consent,
    contacts,
    departures,
    links,
    on_request,
    outgoing,
    suppressions,
    welcomes,
)
from newsletters.services.consent import Door
from newsletters.services.contacts import Profile
from newsletters.states import (
    ContactState,
    SubscriptionState,
    SuppressionReason,
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
    all of them gets a mail that says so. Where every list asked for goes
    without a confirmation they become ACTIVE at once, and the mail says so and
    how to leave; not for somebody who left before or is not to be written to,
    and never without that mail. At most one such mail an hour and five in
    thirty days to one address, whoever asks. Nothing we know of a person changes.
    """
    contact = contacts.find_or_create(address=asked.address, profile=asked.profile, proved=False)
    may_mail = on_request.may_mail(contact)
    if may_mail and _needs_no_confirmation(contact, asked.lists):
        _put_on(contact, asked)
        return
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
            to=outgoing.recipient(contact),
            context={"confirm_url": links.confirm_url(contact), "lists": names},
        )
    else:
        outgoing.queue(
            mail=mails.ALREADY_SUBSCRIBED,
            to=outgoing.recipient(contact),
            context={"preferences_url": links.preferences_url(contact), "lists": names},
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
        suppressions.lift(address=parse(contact.email))
        welcomes.welcome(contact=contact, joined=joined)
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
    suppressions.lift(address=parse(contact.email))
    return _activate(row, door, only_from=None)


@transaction.atomic
def leave(*, contact: Contact, lists: Iterable[MailingList], method: str) -> int:
    """Take a person off these lists now. Returns how many she was on.

    Mails of theirs that have not left yet are skipped in the same transaction.
    """
    return sum(
        len(departures.leave(ids=[contact.pk], mailing_list=mailing_list, method=method))
        for mailing_list in lists
    )


@transaction.atomic
def take_off(*, contact: Contact, mailing_list: MailingList, by: User) -> int:
    """The same by staff, as she asked by mail or telephone; the audit names them and the list."""
    details = {"list": mailing_list.pk}
    acts.note(kind=ActKind.TAKEN_OFF, contact_id=contact.pk, by=by, details=details)
    return leave(contact=contact, lists=[mailing_list], method="staff")


@transaction.atomic
def leave_everything(*, contact: Contact, method: str) -> None:
    """Off every list, no digest, and no mailing ever again until she comes back by herself.

    A second call changes nothing and adds nothing to the ledger.
    """
    rows = contact.subscriptions.exclude(state=SubscriptionState.UNSUBSCRIBED)
    lists = [row.mailing_list for row in rows.select_related("mailing_list")]
    leave(contact=contact, lists=lists, method=method)
    consent.withdraw_everything(contact=contact, method=method)
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
    if not on_request.may_mail(contact):
        return False
    outgoing.queue(
        mail=mails.FRESH_LINK,
        to=outgoing.recipient(contact),
        context={"preferences_url": links.preferences_url(contact)},
    )
    return True


def unconfirmed() -> QuerySet[Subscription]:
    """Requests nobody confirmed while the link worked."""
    before = _confirmed_since()
    asked_lately = ConsentEvent.objects.filter(
        contact=OuterRef("contact"),
        mailing_list=OuterRef("mailing_list"),
        act=ConsentAct.REQUESTED,
        happened_at__gte=before,
    )
    return Subscription.objects.filter(
        ~Exists(asked_lately), state=SubscriptionState.PENDING, created_at__lt=before
    )


@transaction.atomic
def forget_unconfirmed() -> int:
    """Undo requests nobody confirmed in time. Returns how many.

    A person who had left before is back where she was: UNSUBSCRIBED. An address
    we only know from such a request is forgotten.
    """
    before, waiting = _confirmed_since(), unconfirmed()
    returned = waiting.filter(unsubscribed_at__isnull=False).update(
        state=SubscriptionState.UNSUBSCRIBED
    )
    forgotten, _ = waiting.delete()
    contacts.forget_strangers(before=before)
    return returned + forgotten


def _confirmed_since() -> datetime:
    return timezone.now() - timedelta(hours=links.CONFIRM_HOURS + 1)


def active_lists(contact: Contact) -> list[MailingList]:
    """The lists this person is on."""
    return list(lists_selector.joined_by(contact))


def _needs_no_confirmation(contact: Contact, lists: list[MailingList]) -> bool:
    """Whether ``lists`` may be joined on a stranger's word: some are new, and none asks first.

    Nor for an address that is left alone, or that left one of them before: then
    a mail has to be answered.
    """
    rows = contact.subscriptions.filter(mailing_list__in=lists)
    on_all = rows.filter(state=SubscriptionState.ACTIVE).count() == len(lists)
    return (
        not on_all
        and not any(row.double_opt_in for row in lists)
        and not rows.filter(unsubscribed_at__isnull=False).exists()
        and contact.state == ContactState.REACHABLE
        and not Suppression.objects.filter(address_key=contact.address_key).exists()
        and not contacts_selector.is_kept_out(parse(contact.email))
    )


def _put_on(contact: Contact, asked: Request) -> None:
    rows = [
        Subscription.objects.get_or_create(
            contact=contact,
            mailing_list=chosen,
            defaults={"state": SubscriptionState.PENDING, "method": asked.door.method[:24]},
        )[0]
        for chosen in asked.lists
    ]
    joined = [row.mailing_list for row in rows if _activate(row, asked.door, only_from=None)]
    if joined:
        welcomes.tell_put_on(contact=contact, joined=joined)


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


def _depart(departure: Departure | None, method: str) -> bool:
    if departure is None:
        return False
    if departure.contact and departure.lists:
        leave(contact=departure.contact, lists=departure.lists, method=method)
    elif departure.contact:
        leave_everything(contact=departure.contact, method=method)
    return True
