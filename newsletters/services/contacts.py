"""People: finding, creating and editing them."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, ForeignObjectRel, OuterRef

from newsletters.addresses import Address, address_key, parse, person_key
from newsletters.custom_fields import merge
from newsletters.errors import AddressError, EditedMeanwhile
from newsletters.imports.columns import PROFILE
from newsletters.models import ActKind, ConsentAct, ConsentEvent, Contact, Delivery, Tag
from newsletters.selectors.contacts import by_address
from newsletters.services import acts, one_owner
from worker.stopping import stopping

CHUNK = 500


@dataclass(frozen=True)
class Profile:
    """What a form knows about a person besides the address."""

    given_name: str = ""
    family_name: str = ""
    language: str = ""
    country: str = ""


@dataclass(frozen=True)
class Details:
    """Everything staff may write about a person. ``attributes``: key → value, None to empty."""

    given_name: str = ""
    family_name: str = ""
    language: str = ""
    time_zone: str = ""
    country: str = ""
    postcode: str = ""
    phone: str = ""
    attributes: dict[str, Any] = field(default_factory=dict)
    tags: tuple[str, ...] = ()


@transaction.atomic
def find_or_create(
    *, address: Address, profile: Profile | None = None, proved: bool = True
) -> Contact:
    """The person who has ``address``, as her first or a further one; created when new.

    Of a known person only the gaps are filled, and only when the address is
    ``proved``: what a stranger typed never ends up in somebody's mail.
    """
    values = {name: value for name, value in vars(profile or Profile()).items() if value}
    contact, created = by_address(address), False
    if contact is None:
        contact, created = _create(address, values)
    if proved and not created:
        _fill_gaps(contact, values)
    return contact


def forget_strangers(*, before: datetime) -> int:
    """Delete addresses that came in by a sign-up nobody confirmed. Returns how many.

    Created by such a request before ``before``, never confirmed, on no list, and
    without anything else in the whole program that points to them.
    """
    events = ConsentEvent.objects.filter(contact=OuterRef("pk"))
    strangers = Contact.objects.filter(
        Exists(
            events.filter(
                act=ConsentAct.REQUESTED,
                happened_at__lt=OuterRef("created_at") + timedelta(minutes=1),
            )
        ),
        ~Exists(events.exclude(act=ConsentAct.REQUESTED)),
        ~Exists(Delivery.objects.filter(contact=OuterRef("pk"), mailing__isnull=False)),
        created_at__lt=before,
    )
    for relation in _pointing_here():
        rows = relation.related_model._default_manager.filter(
            **{relation.field.name: OuterRef("pk")}
        )
        strangers = strangers.filter(~Exists(rows))
    forgotten = 0
    while chunk := list(strangers.values_list("pk", flat=True)[:CHUNK]):
        Contact.objects.filter(pk__in=chunk).delete()
        forgotten += len(chunk)
    return forgotten


@transaction.atomic
def edit(*, contact: Contact, details: Details, seen: datetime, by: User) -> list[str]:
    """Write what staff know better. Returns the names of the fields that changed.

    ``seen`` is the ``updated_at`` of what they had before them; raises
    EditedMeanwhile when somebody else has saved since. Neither address nor
    consent is touched here.
    """
    contact = Contact.objects.select_for_update().get(pk=contact.pk)
    if contact.updated_at != seen:
        raise EditedMeanwhile
    changed = [
        *(name for name in PROFILE if str(getattr(contact, name)) != getattr(details, name)),
        *_write_attributes(contact, details.attributes),
        *_write_tags(contact, details.tags),
    ]
    if changed:
        for name in PROFILE:
            setattr(contact, name, getattr(details, name))
        contact.save(update_fields=[*PROFILE, "attributes", "updated_at"])
        acts.note(kind=ActKind.EDITED, contact_id=contact.pk, by=by, details={"fields": changed})
    return changed


def fill_person_keys(*, limit: int = 50_000) -> int:
    """Give contacts the key by which doubles are found, where it is missing. Returns how many."""
    filled = 0
    while filled < limit and not stopping.is_set():
        chunk = list(Contact.objects.filter(person_key="").only("email", "address_key")[:CHUNK])
        if not chunk:
            break
        for contact in chunk:
            contact.person_key = _person_key(contact)
        Contact.objects.bulk_update(chunk, ["person_key"])
        filled += len(chunk)
    return filled


def _write_attributes(contact: Contact, said: dict[str, Any]) -> list[str]:
    before, contact.attributes = contact.attributes, merge(contact.attributes, said)
    return [f"field_{key}" for key in said if before.get(key) != contact.attributes.get(key)]


def _write_tags(contact: Contact, names: tuple[str, ...]) -> list[str]:
    if set(contact.tags.values_list("name", flat=True)) == set(names):
        return []
    contact.tags.set([Tag.objects.get_or_create(name=name)[0] for name in names])
    return ["tags"]


def _person_key(contact: Contact) -> str:
    try:
        return person_key(parse(contact.email))
    except AddressError:
        # Kept before addresses were read strictly: nobody's double.
        return contact.address_key


def _pointing_here() -> list[ForeignObjectRel]:
    """Every relation to a contact but the two that a request leaves behind by itself."""
    fields = Contact._meta.get_fields(include_hidden=True)
    return [
        field
        for field in fields
        if isinstance(field, ForeignObjectRel)
        and not field.many_to_many
        and field.related_model not in (ConsentEvent, Delivery)
    ]


def _create(address: Address, values: dict[str, Any]) -> tuple[Contact, bool]:
    one_owner.before_creating()
    owner = by_address(address)
    if owner is not None:
        return owner, False
    return Contact.objects.get_or_create(
        email=address.canonical,
        defaults={
            "email_typed": address.typed,
            "address_key": address_key(address.canonical),
            "person_key": person_key(address),
            **values,
        },
    )


def _fill_gaps(contact: Contact, values: dict[str, str]) -> None:
    gaps = {name: value for name, value in values.items() if not getattr(contact, name)}
    for name, value in gaps.items():
        setattr(contact, name, value)
    if gaps:
        contact.save(update_fields=[*gaps, "updated_at"])
