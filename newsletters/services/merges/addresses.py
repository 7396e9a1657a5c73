"""Addresses of two people: the kept one is found by all of them."""

from django.utils.translation import gettext as _

from newsletters.errors import MergeRefused
from newsletters.models import Contact, OtherAddress
from newsletters.services.merges.rows import Frozen, freeze, put_back, thaw


def join(kept: Contact, gone: Contact) -> Frozen:
    """Further addresses of both, and the one the other was written to."""
    same = OtherAddress.objects.filter(contact=gone, email=kept.email)
    frozen = [freeze(row) for row in same]
    same.delete()
    moved = list(gone.other_addresses.values_list("pk", flat=True))
    gone.other_addresses.update(contact=kept)
    made = None
    if not OtherAddress.objects.filter(email=gone.email).exists():
        made = OtherAddress.objects.create(
            contact=kept,
            email=gone.email,
            email_typed=gone.email_typed,
            address_key=gone.address_key,
        ).pk
    return {"moved": moved, "gone": frozen, "made": made}


def check_free(kept: Contact, gone: Contact) -> None:
    """Raises MergeRefused when somebody is written to at the other's address by now."""
    if Contact.objects.filter(email=gone.email).exists():
        raise MergeRefused(
            "address",
            _(
                "Somebody is written to at %(email)s now. Give that person another address first, "
                "then undo the merge."
            )
            % {"email": gone.email},
        )
    if OtherAddress.objects.filter(email=gone.email).exclude(contact=kept).exists():
        raise MergeRefused(
            "address",
            _("%(email)s is a further address of another person now. Remove it there first.")
            % {"email": gone.email},
        )


def part(kept: Contact, gone: Contact, data: Frozen) -> None:
    """Each is found by her own again. An address that was removed since stays removed."""
    kept.other_addresses.filter(pk=data["made"]).delete()
    kept.other_addresses.filter(pk__in=data["moved"]).update(contact=gone)
    for frozen in data["gone"]:
        if not OtherAddress.objects.filter(email=frozen["email"]).exists():
            put_back(thaw(OtherAddress, frozen))
