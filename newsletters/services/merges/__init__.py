"""Making two people one, and two of them again.

Nobody is more willing afterwards than the stricter of the two was. Signatures and
letters are found by all her addresses, so nothing of the apps above moves.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from newsletters.errors import MergeRefused
from newsletters.models import ActKind, Contact, Double, Merge, Suppression
from newsletters.selectors import audience
from newsletters.selectors import merges as selector
from newsletters.selectors.contacts import keys_of
from newsletters.services import acts, departures, one_owner, preferences, suppressions
from newsletters.services.merges import (
    addresses,
    belongings,
    deliveries,
    profile,
    standing,
    stops,
    strangers,
)
from newsletters.services.merges.rows import Frozen, put_back, thaw
from newsletters.states import ContactState, SkipReason, SuppressionReason


@dataclass(frozen=True)
class Pair:
    """Who stays and who becomes part of her."""

    kept: Contact
    gone: Contact


@transaction.atomic
def merge(*, pair: Pair, choices: Mapping[str, str], by: User) -> Merge:
    """Make two people one; ``undo`` parts them for 30 days. Pressing twice is as once.

    ``choices``: field → "kept" or "gone", whose value stands; unsaid, the kept
    person's, or the other's where hers is empty. Of the rest the strictest: lists as
    who agreed less, the rarer digest, the longer pause, and what one address is left
    alone for holds for all. Nothing is written to the ledger of consents; its lines go
    over. Mails to the other still to go are skipped where the kept person has one too.
    Raises MergeRefused.
    """
    if pair.kept.pk == pair.gone.pk:
        raise MergeRefused("same", _("This is one person already."))
    one_owner.before_moving()
    people = (
        Contact.objects.select_for_update().order_by("pk").in_bulk([pair.kept.pk, pair.gone.pk])
    )
    if len(people) < 2:
        return _done_already(pair)
    kept, gone = people[pair.kept.pk], people[pair.gone.pk]
    before = _join(kept, gone, choices)
    gone_id = gone.pk
    gone.delete()
    row = Merge.objects.create(kept=kept, gone_id=gone_id, before=before, created_by=by)
    Double.objects.filter(Q(first_id=gone_id) | Q(second_id=gone_id)).delete()
    acts.note(kind=ActKind.MERGED, contact_id=kept.pk, by=by, details={"merge": row.pk})
    _stop_mail(kept)
    return row


@transaction.atomic
def undo(*, merge: Merge, by: User) -> Contact | None:
    """Two people again, as they were but for what was done since. None when it was undone before.

    Who left or was blocked since has left, or is left alone, as both. Mails that were
    skipped stay skipped. Raises MergeRefused after 30 days, while a later merge
    with the same person stands, and when the other's address is in use again.
    """
    one_owner.before_moving()
    # As the row has it now: she may have become part of another person since.
    whom = Merge.objects.filter(pk=merge.pk).values("kept")
    kept = Contact.objects.select_for_update().filter(pk__in=whom).first()
    row = Merge.objects.select_for_update().get(pk=merge.pk)
    if row.undone_at is not None:
        return None
    if kept is None or row.kept_id != kept.pk or not selector.is_undoable(row):
        raise MergeRefused("over", _("This merge can no longer be undone."))
    if Merge.objects.filter(kept=kept, undone_at=None, pk__gt=row.pk).exists():
        raise MergeRefused("later", _("Another person was merged in later. Undo that one first."))
    gone = _part(kept, row)
    Merge.objects.filter(pk=row.pk).update(undone_at=timezone.now(), before={})
    acts.note(kind=ActKind.UNMERGED, contact_id=kept.pk, by=by, details={"merge": row.pk})
    for person in (kept, gone):
        _stop_mail(person)
    return gone


def past() -> QuerySet[Merge]:
    """Too old to be undone, with what an undo would need."""
    over = timezone.now() - timedelta(days=selector.UNDO_DAYS)
    return Merge.objects.filter(created_at__lt=over).exclude(before={})


def forget() -> int:
    """Empty what an undo needed, after 30 days. Returns how many merges are final now."""
    return past().update(before={})


def _join(kept: Contact, gone: Contact, choices: Mapping[str, str]) -> Frozen:
    return {
        "stops": stops.join(sorted({*keys_of(kept), *keys_of(gone)})),
        "profile": profile.join(kept, gone, choices),
        "lists": standing.join(kept, gone),
        "addresses": addresses.join(kept, gone),
        "deliveries": deliveries.join(kept, gone),
        "strangers": strangers.join(kept, gone),
        "belongings": belongings.join(kept, gone),
    }


def _part(kept: Contact, row: Merge) -> Contact:
    before = row.before
    gone: Contact = thaw(Contact, before["profile"]["gone"])
    addresses.check_free(kept, gone)
    put_back(gone)
    profile.part(kept, gone, before["profile"])
    addresses.part(kept, gone, before["addresses"])
    standing.part(kept, gone, before["lists"], f"undo of merge {row.pk}")
    stops.part(before["stops"])
    deliveries.part(kept, gone, before["deliveries"])
    strangers.part(before["strangers"])
    belongings.part(kept, gone, before["belongings"])
    dead = Suppression.objects.filter(
        address_key=gone.address_key, reason=SuppressionReason.BOUNCED
    )
    if dead.exists():
        Contact.objects.filter(pk=gone.pk).update(state=ContactState.BOUNCED)
    return gone


def _done_already(pair: Pair) -> Merge:
    done = Merge.objects.filter(kept=pair.kept.pk, gone_id=pair.gone.pk, undone_at=None).first()
    if done is None:
        raise MergeRefused("gone", _("One of the two is not here any more. Nothing was changed."))
    return done


def _stop_mail(contact: Contact) -> None:
    """Skip what is still to go and may not go any more."""
    departures.skip_mail(ids=[contact.pk])
    if Suppression.objects.filter(address_key=contact.address_key).exists():
        suppressions.skip(address_key=contact.address_key, reason=SkipReason.SUPPRESSED)
    pause = audience.pause_of(contact)
    if pause:
        preferences.skip_mail_before(contact, pause)
