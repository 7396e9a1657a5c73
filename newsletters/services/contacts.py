"""People: finding and creating them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, ForeignObjectRel, OuterRef

from newsletters.addresses import Address, address_key, person_key
from newsletters.models import ConsentAct, ConsentEvent, Contact, Delivery
from newsletters.selectors.contacts import by_address

CHUNK = 500


@dataclass(frozen=True)
class Profile:
    """What a form knows about a person besides the address."""

    given_name: str = ""
    family_name: str = ""
    language: str = ""
    country: str = ""


def find_or_create(
    *, address: Address, profile: Profile | None = None, proved: bool = True
) -> Contact:
    """The person who has ``address``, as her first or a further one; created when new.

    Of a known person only the gaps are filled, and only when the address is
    ``proved``: what a stranger typed never ends up in somebody's mail.
    """
    values = {field: value for field, value in vars(profile or Profile()).items() if value}
    contact, created = by_address(address), False
    if contact is None:
        contact, created = Contact.objects.get_or_create(
            email=address.canonical,
            defaults={
                "email_typed": address.typed,
                "address_key": address_key(address.canonical),
                "person_key": person_key(address),
                **values,
            },
        )
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


def _fill_gaps(contact: Contact, values: dict[str, str]) -> None:
    gaps = {field: value for field, value in values.items() if not getattr(contact, field)}
    for field, value in gaps.items():
        setattr(contact, field, value)
    if gaps:
        contact.save(update_fields=[*gaps, "updated_at"])
