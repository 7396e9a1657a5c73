"""Finding people, and what is known about one."""

from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.db.models import Max, Q, QuerySet
from django.utils.translation import gettext as _
from django_countries import countries

from newsletters import tokens
from newsletters.addresses import Address, address_key, is_suspicious, parse, person_key
from newsletters.errors import AddressError
from newsletters.models import (
    ConsentEvent,
    Contact,
    Different,
    Forgotten,
    Merge,
    OtherAddress,
    Subscription,
    Suppression,
)
from newsletters.selectors import custom_fields
from newsletters.states import SubscriptionState, SuppressionReason

NEWEST = 50
# More rows of one mailbox than anybody has by accident.
SPELLINGS = 100


@dataclass(frozen=True)
class Bearer:
    """Whom a link from a mail belongs to. ``contact`` is None when the person is gone."""

    contact: Contact | None
    is_fresh: bool


def bearer(purpose: str, token: str, *, hours: int) -> Bearer | None:
    """The bearer of a token sealed for ``purpose``; fresh for ``hours``. None: not one of ours.

    A link of somebody who was merged into another row is never fresh: staff, not
    a mail, said that the two are one, so what the other told us is mailed to her only.
    """
    sealed = tokens.unseal(purpose, token)
    if sealed is None:
        return None
    contact = Contact.objects.filter(pk=sealed.first).first()
    if contact is None:
        return Bearer(merged_into(sealed.first), is_fresh=False)
    return Bearer(contact, is_fresh=not sealed.is_older_than(hours))


def merged_into(pk: int) -> Contact | None:
    """The person the row ``pk`` has become part of, if it has."""
    merges = Merge.objects.filter(gone_id=pk, undone_at=None, kept__isnull=False)
    found = merges.select_related("kept").defer("before").first()
    return found.kept if found else None


def numbers_of(contact: Contact) -> QuerySet[Any, int]:
    """Her own number and those of everybody who is part of her, the audit's way to name people."""
    herself = Contact.objects.filter(pk=contact.pk).order_by().values_list("pk", flat=True)
    parts = Merge.objects.filter(kept=contact, undone_at=None).order_by()
    return herself.union(parts.values_list("gone_id", flat=True))


def by_address(address: Address) -> Contact | None:
    """The person who has this address, as the one we write to or as a further one."""
    contact = Contact.objects.filter(email=address.canonical).first()
    if contact is not None:
        return contact
    other = OtherAddress.objects.filter(email=address.canonical).select_related("contact").first()
    return other.contact if other else None


def by_key(key: str) -> Contact | None:
    """The person who has the address behind this key, as her first or a further one."""
    contact = Contact.objects.filter(address_key=key).first()
    if contact is not None:
        return contact
    other = OtherAddress.objects.filter(address_key=key).select_related("contact").first()
    return other.contact if other else None


def newest_id() -> int:
    """The number of whoever came last; who comes later has a higher one. 0 without anybody."""
    return Contact.objects.aggregate(last=Max("pk"))["last"] or 0


def keys_of(contact: Contact) -> list[str]:
    """The keys of all her addresses, the one we write to first."""
    return [
        contact.address_key,
        *contact.other_addresses.values_list("address_key", flat=True),
    ]


def mailboxes_of(contact: Contact) -> set[str]:
    """What the spellings of each of her mailboxes share. Not of an address that never answered."""
    others = contact.other_addresses.values_list("email", flat=True)
    keys = set()
    for email in (contact.email, *others):
        # Kept before addresses were read strictly: it has no other spelling.
        with suppress(AddressError):
            keys.add(person_key(parse(email)))
    return keys


def spellings_of(contact: Contact) -> list[Contact]:
    """Further rows of her mailboxes under other spellings (dots, plus), at most a hundred.

    Perhaps she, perhaps somebody who shares the mailbox with her; not whom staff
    have said to be somebody else.
    """
    said = Different.objects.filter(Q(first=contact) | Q(second=contact))
    others = {pk for pair in said.values_list("first", "second") for pk in pair}
    rows = Contact.objects.filter(person_key__in=mailboxes_of(contact))
    return list(rows.exclude(pk__in=others | {contact.pk}).order_by("pk")[:SPELLINGS])


def is_kept_out(address: Address) -> bool:
    """Whether she asked to be forgotten, by this or another spelling of her address.

    Only she herself can bring it back, by a mail she answers.
    """
    key = address_key(address.canonical)
    erased = Suppression.objects.filter(address_key=key, reason=SuppressionReason.ERASED)
    return Forgotten.objects.filter(person_key=person_key(address)).exists() or erased.exists()


@dataclass(frozen=True)
class Row:
    """One person in the list of people."""

    contact: Contact
    lists: list[str]
    suppression: Suppression | None


def overview(people: Iterable[Contact]) -> list[Row]:
    """The people of one page with the lists they are on, in two more queries."""
    found = list(people)
    on = defaultdict[int, list[str]](list)
    active = Subscription.objects.filter(contact__in=found, state=SubscriptionState.ACTIVE)
    for pk, name in active.order_by("mailing_list").values_list("contact", "mailing_list__name"):
        on[pk].append(name)
    keys = [contact.address_key for contact in found]
    stops = {row.address_key: row for row in Suppression.objects.filter(address_key__in=keys)}
    return [Row(row, on[row.pk], stops.get(row.address_key)) for row in found]


def subscriptions_of(contact: Contact) -> QuerySet[Subscription]:
    """Where the person stands on every list she ever had to do with."""
    return contact.subscriptions.select_related("mailing_list").order_by("mailing_list__name")


def consent_history(contact: Contact) -> QuerySet[ConsentEvent]:
    """What she agreed to and withdrew, newest first, with the words she saw."""
    return contact.consent_events.select_related("wording", "mailing_list").order_by(
        "-happened_at", "-pk"
    )


def suppressions_of(keys: list[str]) -> QuerySet[Suppression]:
    """Why any of these addresses is left alone."""
    return Suppression.objects.filter(address_key__in=keys)


def _in_its_script(email: str) -> str:
    """The address as people write it; nothing where that is how it is kept."""
    if "xn--" not in email:
        return ""
    # Kept before addresses were read strictly: shown as it is alone.
    with suppress(AddressError):
        address = parse(email)
        return f"{address.local}@{address.display_domain}"
    return ""


def is_look_alike(contact: Contact) -> bool:
    """Whether her address mixes scripts, so that it may pass for somebody else's."""
    with suppress(AddressError):
        return is_suspicious(parse(contact.email))
    return False


def profile_of(contact: Contact) -> list[tuple[str, str]]:
    """What is stored about a person, as (words, value); empty fields are left out."""
    rows = [
        (_("E-mail"), contact.email),
        (_("In its own script"), _in_its_script(contact.email)),
        (_("Given name"), contact.given_name),
        (_("Family name"), contact.family_name),
        (_("Country"), countries.name(str(contact.country))),
        (_("Postcode"), contact.postcode),
        (_("Phone"), contact.phone),
        (_("Time zone"), contact.time_zone),
        *(custom_fields.values_of(contact, custom_fields.known()) if contact.attributes else ()),
        (_("Tags"), ", ".join(tag.name for tag in contact.tags.all())),
    ]
    return [(words, value) for words, value in rows if value]
