"""What happened with one person, from every table that knows, as one list."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from newsletters.models import (
    BulkChangeRow,
    BulkKind,
    ConsentEvent,
    Contact,
    Delivery,
    DeliveryEvent,
    ImportChange,
    StaffAct,
)
from newsletters.ports import personal_data
from newsletters.selectors import doors
from newsletters.selectors.contacts import numbers_of

PAGE = 30
# Beyond that a look into the lists of mailings and imports serves better.
MOST_PAGES = 40


@dataclass(frozen=True)
class Item:
    """One thing that happened. ``quote`` holds words she saw, in ``language``."""

    at: datetime
    words: str
    url: str = ""
    quote: str = ""
    language: str = ""


@dataclass(frozen=True)
class Timeline:
    """One page of it, newest first; ``older`` is the number of the next page, 0 when it ends."""

    items: list[Item]
    older: int


def of(contact: Contact, keys: Sequence[str], *, page: int = 1) -> Timeline:
    """The page of what happened with a person who has the addresses behind ``keys``.

    A fixed number of queries. Apps above tell their newest fifty things each.
    """
    page = min(max(page, 1), MOST_PAGES)
    wanted = page * PAGE
    items = [item for source in _SOURCES for item in source(contact, wanted + 1)]
    for holder in personal_data():
        items += [Item(one.at, one.words, one.url) for one in holder.moments(keys)]
    items.append(Item(contact.created_at, _("First known here")))
    items.sort(key=lambda item: item.at, reverse=True)
    more = len(items) > wanted and page < MOST_PAGES
    return Timeline(items[wanted - PAGE : wanted], page + 1 if more else 0)


def _consents(contact: Contact, limit: int) -> Iterator[Item]:
    rows = ConsentEvent.objects.filter(contact=contact).select_related("wording", "mailing_list")
    for row in rows.order_by("-happened_at", "-pk")[:limit]:
        what = row.mailing_list.name if row.mailing_list else _purpose(row.purpose)
        yield Item(
            row.happened_at,
            _("%(act)s: %(what)s (%(door)s)")
            % {
                "act": _first_large(row.get_act_display()),
                "what": what,
                "door": doors.words(row.method),
            },
            quote=row.wording.text if row.wording else "",
            language=row.wording.language if row.wording else "",
        )


def _purpose(purpose: str) -> str:
    return _("everything") if purpose == "everything" else purpose


def _mails(contact: Contact, limit: int) -> Iterator[Item]:
    rows = Delivery.objects.filter(contact=contact).select_related("mailing")
    for row in rows.order_by("-pk")[:limit]:
        state = row.get_state_display()
        why = row.get_reason_display() if row.reason else row.last_text
        name = row.mailing.name if row.mailing else row.kind.partition(".")[2].replace("_", " ")
        yield Item(
            row.accepted_at or row.created_at,
            _("Mail “%(name)s”: %(state)s")
            % {"name": name, "state": f"{state} ({why})" if why else state},
            url=reverse("staff:mailing", args=[row.mailing_id]) if row.mailing_id else "",
        )


def _heard(contact: Contact, limit: int) -> Iterator[Item]:
    rows = DeliveryEvent.objects.filter(contact=contact, by_machine=False)
    for row in rows.select_related("mailing", "link").order_by("-happened_at", "-pk")[:limit]:
        words = _("Followed %(link)s in “%(name)s”") if row.link else _("Opened “%(name)s”")
        yield Item(
            row.happened_at,
            words % {"name": row.mailing.name, "link": row.link.url if row.link else ""},
            url=reverse("staff:mailing", args=[row.mailing_id]),
        )


def _imports(contact: Contact, limit: int) -> Iterator[Item]:
    rows = (
        ImportChange.objects.filter(contact=contact)
        .select_related("job")
        .defer("job__report", "job__result", "job__layout", "job__mapping")
    )
    for row in rows.order_by("-pk")[:limit]:
        words = (
            _("Came with the import of “%(file)s”")
            if row.created
            else _("Changed by the import of “%(file)s”")
        )
        yield Item(
            row.job.finished_at or row.job.created_at,
            words % {"file": row.job.file_name},
            url=reverse("staff:import_report", args=[row.job_id]),
        )


def _bulk(contact: Contact, limit: int) -> Iterator[Item]:
    rows = BulkChangeRow.objects.filter(contact=contact).select_related("change")
    for row in rows.order_by("-pk")[:limit]:
        what, name = BulkKind(row.change.kind).label, row.change.terms.get("name", "")
        yield Item(
            row.change.finished_at or row.change.created_at,
            _("Changed with many others. %(what)s") % {"what": f"{what}: {name}" if name else what},
            url=reverse("staff:bulk", args=[row.change_id]),
        )


def _acts(contact: Contact, limit: int) -> Iterator[Item]:
    rows = StaffAct.objects.filter(contact_id__in=numbers_of(contact)).select_related("by")
    for row in rows.order_by("-pk")[:limit]:
        fields = field_names(row.details)
        yield Item(
            row.at,
            _("%(who)s %(did)s%(fields)s")
            % {
                "who": row.by.get_username() if row.by else _("Somebody"),
                "did": row.get_kind_display(),
                "fields": f": {fields}" if fields else "",
            },
        )


def field_names(details: dict[str, Any]) -> str:
    """Which fields an act touched, as staff know them; a field deleted since by its key."""
    return ", ".join(
        str(_LABELS.get(name) or name.removeprefix("field_").replace("_", " "))
        for name in details.get("fields", ())
    )


def _first_large(text: str) -> str:
    return text[:1].upper() + text[1:]


_LABELS = {field.name: field.verbose_name for field in Contact._meta.fields} | {
    "tags": Contact.tags.field.verbose_name
}
_SOURCES: tuple[Callable[[Contact, int], Iterator[Item]], ...] = (
    _consents,
    _mails,
    _heard,
    _imports,
    _bulk,
    _acts,
)
