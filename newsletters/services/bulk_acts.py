"""What a bulk change does to a chunk of people, and how it is taken back.

Each act answers with what it changed: contact → what an undo needs. Whoever is
not in the answer was as asked already.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Collection
from typing import Any

from django.utils import timezone

from newsletters.errors import BulkRefused
from newsletters.imports.columns import PROFILE
from newsletters.models import BulkChange, BulkKind, Contact, ContactTag, MailingList, Tag
from newsletters.models.attributes import COLUMN, WithoutValue, WithValue
from newsletters.services import departures

Before = dict[int, dict[str, Any]]


def add_tag(change: BulkChange, ids: Collection[int]) -> Before:
    """The tag on whoever does not wear it."""
    tag = _tag(change)
    worn = set(
        ContactTag.objects.filter(tag=tag, contact__in=ids).values_list("contact_id", flat=True)
    )
    new = [pk for pk in ids if pk not in worn]
    _put_on(tag, new)
    return {pk: {} for pk in new}


def take_tag_back(change: BulkChange, rows: Before) -> None:
    """Off whoever got it here."""
    ContactTag.objects.filter(tag=change.terms["tag"], contact__in=rows).delete()


def remove_tag(change: BulkChange, ids: Collection[int]) -> Before:
    """The tag off whoever wears it."""
    worn = ContactTag.objects.filter(tag=change.terms["tag"], contact__in=ids)
    found = list(worn.values_list("contact_id", flat=True))
    worn.delete()
    return {pk: {} for pk in found}


def give_tag_back(change: BulkChange, rows: Before) -> None:
    """On whoever lost it here, while there is such a tag."""
    tag = Tag.objects.filter(pk=change.terms["tag"]).first()
    if tag is not None:
        _put_on(tag, rows)


def take_off(change: BulkChange, ids: Collection[int]) -> Before:
    """Off the list, in the ledger, and without the mails still to go. There is no way back."""
    mailing_list = MailingList.objects.filter(pk=change.terms["list"]).first()
    if mailing_list is None:
        raise BulkRefused("list")
    left = departures.leave(ids=ids, mailing_list=mailing_list, method=change.method)
    return {pk: {} for pk in left}


def set_field(change: BulkChange, ids: Collection[int]) -> Before:
    """The value into the profile of whoever has another."""
    name, value = change.terms["field"], change.terms["value"]
    was = {contact.pk: contact.value_of(name) for contact in _locked(ids)}
    before = {pk: {"value": old} for pk, old in was.items() if old != value}
    _write(before, name, value)
    return before


def put_field_back(change: BulkChange, rows: Before) -> None:
    """What was there before, wherever nobody has written anything else since."""
    name, value = change.terms["field"], change.terms["value"]
    # Most had the same, or nothing.
    by_value: defaultdict[str, list[int]] = defaultdict(list)
    for contact in _locked(rows):
        if contact.value_of(name) == value:
            by_value[json.dumps(rows[contact.pk]["value"])].append(contact.pk)
    for old, ids in by_value.items():
        _write(ids, name, json.loads(old))


ACTS: dict[str, Callable[[BulkChange, Collection[int]], Before]] = {
    BulkKind.ADD_TAG: add_tag,
    BulkKind.REMOVE_TAG: remove_tag,
    BulkKind.TAKE_OFF: take_off,
    BulkKind.SET_FIELD: set_field,
}
# Nobody is put on a list again: a consent comes from the person alone.
WAYS_BACK: dict[str, Callable[[BulkChange, Before], None]] = {
    BulkKind.ADD_TAG: take_tag_back,
    BulkKind.REMOVE_TAG: give_tag_back,
    BulkKind.SET_FIELD: put_field_back,
}


def _tag(change: BulkChange) -> Tag:
    """Made anew under its name when somebody has removed it meanwhile."""
    return Tag.objects.get_or_create(
        pk=change.terms["tag"], defaults={"name": change.terms["name"]}
    )[0]


def _put_on(tag: Tag, ids: Collection[int]) -> None:
    rows = [ContactTag(tag_id=tag.pk, contact_id=pk) for pk in ids]
    ContactTag.objects.bulk_create(rows, ignore_conflicts=True)


def _locked(ids: Collection[int]) -> list[Contact]:
    return list(Contact.objects.select_for_update().filter(pk__in=ids).order_by("pk"))


def _write(ids: Collection[int], name: str, value: Any) -> None:
    """The same value to all of them, in one statement."""
    column, written = name, value
    if name not in PROFILE:
        column, key = COLUMN, name.removeprefix("field_")
        written = WithoutValue(key) if value is None else WithValue(key, value)
    people = Contact.objects.filter(pk__in=ids)
    people.update(**{column: written, "updated_at": timezone.now()})
