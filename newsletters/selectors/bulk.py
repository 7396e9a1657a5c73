"""Bulk changes as staff look at them: what would happen, what has happened, what can be undone."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from newsletters import custom_fields
from newsletters.custom_fields import Field
from newsletters.errors import TookTooLong
from newsletters.imports.columns import PROFILE
from newsletters.models import (
    BulkChange,
    BulkKind,
    BulkState,
    Contact,
    ContactTag,
    CustomField,
    Subscription,
)
from newsletters.selectors.patience import at_most
from newsletters.selectors.people import Query, Size, people, size
from newsletters.selectors.profile import in_words
from newsletters.selectors.segment_counts import count_of
from newsletters.states import SubscriptionState

SAMPLES = 10
# Each number, and the samples, on the page that shows what would happen.
PATIENCE_S = 3.0
UNDO_DAYS = 30


@dataclass(frozen=True)
class Sample:
    """One person as she is and as she would be."""

    contact: Contact
    before: str
    after: str


@dataclass(frozen=True)
class Preview:
    """What a change would do: to how many of how many, and to these for example.

    Not ``is_exact``: there are too many to count while a page waits.
    """

    total: int
    touched: int
    samples: list[Sample]
    is_exact: bool = True

    @property
    def rest(self) -> int:
        """Who is as asked already; 0 as well when that is not known."""
        return self.total - self.touched if self.is_exact else 0


def preview(query: Query, kind: str, terms: dict[str, Any]) -> Preview:
    """What would happen now. Raises QueryRefused, SegmentRefused."""
    found = people(query)
    touched = found.filter(_touched(kind, terms))
    total, changing = _size(found), _size(touched)
    return Preview(
        total=total.number,
        touched=changing.number,
        samples=[Sample(contact, *_change(contact, kind, terms)) for contact in _some(touched)],
        is_exact=total.is_exact and changing.is_exact,
    )


def field_of(name: str) -> Field | None:
    """The custom field behind "field_<key>", if there is one."""
    key = name.removeprefix("field_") if name not in PROFILE else ""
    row = CustomField.objects.filter(key=key).first()
    return row.as_data() if row else None


def changes() -> QuerySet[BulkChange]:
    """All of them, newest first, for a list."""
    return BulkChange.objects.select_related("created_by").defer("query")


def can_be_undone(change: BulkChange) -> bool:
    """Whether what it changed can still be taken back."""
    return (
        change.kind != BulkKind.TAKE_OFF
        and change.state in {BulkState.DONE, BulkState.STOPPED}
        and change.finished_at is not None
        and change.finished_at > timezone.now() - timedelta(days=UNDO_DAYS)
        and change.rows.exists()
    )


def _size(found: QuerySet[Contact]) -> Size:
    counted = count_of(found, seconds=PATIENCE_S)
    if counted.people is not None:
        return Size(counted.people)
    return Size(counted.about, is_exact=False) if counted.about else size(found)


def _some(touched: QuerySet[Contact]) -> list[Contact]:
    """The newest few; none when finding them takes too long."""
    try:
        with at_most(PATIENCE_S):
            return list(touched.order_by("-pk").prefetch_related("tags")[:SAMPLES])
    except TookTooLong:
        return []


def _touched(kind: str, terms: dict[str, Any]) -> Q:
    if kind == BulkKind.TAKE_OFF:
        rows = Subscription.objects.filter(contact=OuterRef("pk"), mailing_list=terms["list"])
        return Q(Exists(rows.exclude(state=SubscriptionState.UNSUBSCRIBED)))
    if kind == BulkKind.SET_FIELD:
        return ~_holds(terms["field"], terms["value"])
    worn = Exists(ContactTag.objects.filter(contact=OuterRef("pk"), tag=terms["tag"]))
    return Q(worn) if kind == BulkKind.REMOVE_TAG else Q(~worn)


def _holds(name: str, value: Any) -> Q:
    """Whoever has this value. A key that is missing is no NULL to be negated by accident."""
    if name in PROFILE:
        return Q(**{name: value})
    key = name.removeprefix("field_")
    if value is None:
        return ~Q(attributes__has_key=key)
    holders = Contact.objects.filter(**{f"attributes__{key}": value}, pk=OuterRef("pk"))
    return Q(Exists(holders))


def _change(contact: Contact, kind: str, terms: dict[str, Any]) -> tuple[str, str]:
    if kind == BulkKind.TAKE_OFF:
        return _("on “%(list)s”") % {"list": terms["name"]}, _("left the list")
    if kind == BulkKind.SET_FIELD:
        return _shown(contact, terms), str(terms["shown"])
    worn = {tag.name for tag in contact.tags.all()}
    after = worn | {terms["name"]} if kind == BulkKind.ADD_TAG else worn - {terms["name"]}
    return ", ".join(sorted(worn)), ", ".join(sorted(after))


def _shown(contact: Contact, terms: dict[str, Any]) -> str:
    field, value = field_of(terms["field"]), contact.value_of(terms["field"])
    if field:
        return custom_fields.show(field, value)
    return in_words(terms["field"], str(value or ""))
