"""People: finding and creating them."""

from dataclasses import dataclass

from django.db import IntegrityError, transaction

from newsletters.addresses import Address, address_key
from newsletters.models import Contact


@dataclass(frozen=True)
class Profile:
    """What a form knows about a person besides the address."""

    given_name: str = ""
    family_name: str = ""
    language: str = ""
    country: str = ""


def find_or_create(*, address: Address, profile: Profile | None = None) -> Contact:
    """The contact of ``address``; created with ``profile`` when new, otherwise only its gaps are filled."""
    known = profile or Profile()
    values = {field: value for field, value in vars(known).items() if value}
    try:
        with transaction.atomic():
            contact, created = Contact.objects.get_or_create(
                email=address.canonical,
                defaults={
                    "email_typed": address.typed,
                    "address_key": address_key(address.canonical),
                    **values,
                },
            )
    except IntegrityError:
        return Contact.objects.get(email=address.canonical)
    if not created:
        _fill_gaps(contact, values)
    return contact


def _fill_gaps(contact: Contact, values: dict[str, str]) -> None:
    gaps = {field: value for field, value in values.items() if not getattr(contact, field)}
    for field, value in gaps.items():
        setattr(contact, field, value)
    if gaps:
        contact.save(update_fields=[*gaps, "updated_at"])
