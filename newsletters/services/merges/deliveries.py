"""Mails to two people: one history, and nothing twice."""

from django.db.models import Exists, OuterRef

from newsletters.models import Contact, Delivery, DeliveryEvent
from newsletters.services.departures import LIVE
from newsletters.services.merges.rows import Frozen
from newsletters.states import DeliveryState, SkipReason


def join(kept: Contact, gone: Contact) -> Frozen:
    """The other's mails become the kept person's; still to go they leave for her address.

    Where both have a row of one mailing, the kept person's counts: the other loses
    its contact, and is skipped if it has not left. A claimed row keeps its claim.
    """
    rows = Delivery.objects.filter(contact=gone)
    own = Delivery.objects.filter(contact=kept, mailing=OuterRef("mailing"))
    both = list(rows.filter(Exists(own)).values_list("pk", flat=True))
    twice = Delivery.objects.filter(pk__in=both)
    twice.filter(state__in=LIVE).update(state=DeliveryState.SKIPPED, reason=SkipReason.MERGED)
    twice.update(contact=None)
    moved = list(rows.values_list("pk", flat=True))
    rows.update(contact=kept)
    return {"moved": moved, "both": both, "led": _lead(moved, kept), "key": kept.address_key}


def part(kept: Contact, gone: Contact, data: Frozen) -> None:
    """Each has her own mails again. What was skipped meanwhile stays skipped."""
    led = Delivery.objects.filter(
        pk__in=data["led"], address_key=data["key"], state=DeliveryState.READY
    )
    led.update(address=gone.email, address_key=gone.address_key)
    Delivery.objects.filter(pk__in=data["moved"], contact=kept).update(contact=gone)
    Delivery.objects.filter(pk__in=data["both"], contact=None).update(contact=gone)
    # Also what was heard of them since.
    DeliveryEvent.objects.filter(contact=kept, delivery__in=data["moved"]).update(contact=gone)


def _lead(ids: list[int], kept: Contact) -> list[int]:
    """Not where this mailing has written to her address before."""
    written_to = Delivery.objects.filter(mailing=OuterRef("mailing"), address_key=kept.address_key)
    rows = Delivery.objects.filter(
        ~Exists(written_to), pk__in=ids, mailing__isnull=False, state=DeliveryState.READY
    )
    found = list(rows.values_list("pk", flat=True))
    Delivery.objects.filter(pk__in=found, state=DeliveryState.READY).update(
        address=kept.email, address_key=kept.address_key
    )
    return found
