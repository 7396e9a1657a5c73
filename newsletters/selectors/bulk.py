"""Bulk changes as staff look at them: what would happen, what has happened, what can be undone."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from newsletters import custom_fields
from newsletters.custom_fields import Field
from newsletters.imports.columns import PROFILE
from newsletters.models import (
    BulkChange,
    BulkKind,
    BulkState,
    Contact,
    CustomField,
    Subscription,
)
from newsletters.selectors.people import Query, people
from newsletters.states import SubscriptionState

SAMPLES = 10
UNDO_DAYS = 30


@dataclass(frozen=True)
class Sample:
    """One person as she is and as she would be."""

    contact: Contact
    before: str
    after: str


@dataclass(frozen=True)
class Preview:
    """What a change would do: to how many of how many, and to these for example."""

    total: int
    touched: int
    samples: list[Sample]

    @property
    def rest(self) -> int:
        """Who is as asked already."""
        return self.total - self.touched


def preview(query: Query, kind: str, terms: dict[str, Any]) -> Preview:
    """What would happen now (four queries). Raises QueryRefused, SegmentRefused."""
    found = people(query)
    touched = found.filter(_touched(kind, terms))
    some = touched.order_by("-pk").prefetch_related("tags")[:SAMPLES]
    return Preview(
        total=found.count(),
        touched=touched.count(),
        samples=[Sample(contact, *_change(contact, kind, terms)) for contact in some],
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


def _touched(kind: str, terms: dict[str, Any]) -> Q:
    if kind == BulkKind.TAKE_OFF:
        rows = Subscription.objects.filter(contact=OuterRef("pk"), mailing_list=terms["list"])
        return Q(Exists(rows.exclude(state=SubscriptionState.UNSUBSCRIBED)))
    if kind == BulkKind.SET_FIELD:
        return ~_holds(terms["field"], terms["value"])
    worn = Exists(Contact.tags.through.objects.filter(contact=OuterRef("pk"), tag=terms["tag"]))
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
    return custom_fields.show(field, value) if field else str(value or "")
