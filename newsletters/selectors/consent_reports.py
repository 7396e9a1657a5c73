"""What can be proved of a list: who agreed to which words, by which door, when, and withdrew."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, TruncMonth
from django.utils.translation import gettext as _

from newsletters.models import ConsentAct, ConsentEvent, ConsentWording, MailingList

# What the ledger calls a withdrawal of all there is (services/consent.py writes it).
EVERYTHING = "everything"
HEADING = (
    *("email", "fingerprint", "agreed_at", "wording", "language", "version", "door"),
    *("legal_basis", "withdrawn_at"),
)


@dataclass(frozen=True)
class Line:
    """In one month, by one door: so many agreed, and so many of them have withdrawn since."""

    month: date
    door: str
    agreed: int
    withdrawn: int


@dataclass
class Chapter:
    """One wording with its lines, the newest first. ``wording`` None: no words were shown."""

    wording: ConsentWording | None
    lines: list[Line] = field(default_factory=list)

    @property
    def agreed(self) -> int:
        """How many consents rest on these words."""
        return sum(line.agreed for line in self.lines)

    @property
    def withdrawn(self) -> int:
        """How many of them were withdrawn."""
        return sum(line.withdrawn for line in self.lines)

    @property
    def parts(self) -> list[tuple[str, int, str]]:
        """What holds and what was withdrawn, for the bar."""
        return [
            (_("still agreed"), self.agreed - self.withdrawn, "good"),
            (_("withdrew since"), self.withdrawn, "mute"),
        ]


def chapters(mailing_list: MailingList) -> list[Chapter]:
    """All consents to a list by wording, the newest wording first (two queries)."""
    rows = (
        _agreed(mailing_list)
        .annotate(is_over=_is_withdrawn(mailing_list), month=TruncMonth("happened_at"))
        .order_by()
        .values_list("wording", "month", "method")
        .annotate(agreed=Count("pk"), withdrawn=Count("pk", filter=Q(is_over=True)))
        .order_by("-wording", "-month", "method")
    )
    found: dict[int | None, Chapter] = {}
    for wording, month, door, agreed, withdrawn in rows:
        chapter = found.setdefault(wording, Chapter(None))
        chapter.lines.append(Line(month.date(), door, agreed, withdrawn))
    wordings = ConsentWording.objects.in_bulk([pk for pk in found if pk])
    for pk, chapter in found.items():
        chapter.wording = wordings.get(pk or 0)
    return sorted(
        found.values(), key=lambda one: one.wording.pk if one.wording else 0, reverse=True
    )


def table(mailing_list: MailingList) -> Iterator[list[Any]]:
    """One row for every consent to the list, in the order they were given, after ``HEADING``.

    Of somebody who was forgotten the fingerprint of her address is left. Rows come
    from the database as they are asked for.
    """
    yield list(HEADING)
    rows = (
        _agreed(mailing_list)
        .select_related("contact", "wording")
        .annotate(withdrawn_at=_withdrawn_at(mailing_list))
        .order_by("pk")
    )
    for row in rows.iterator(chunk_size=2000):
        yield [
            row.contact.email if row.contact else "",
            "" if row.contact else row.address_key,
            row.happened_at.isoformat(timespec="seconds"),
            row.wording_id or "",
            row.wording.language if row.wording else "",
            row.wording.version if row.wording else "",
            row.method,
            row.legal_basis,
            row.withdrawn_at.isoformat(timespec="seconds") if row.withdrawn_at else "",
        ]


def _agreed(mailing_list: MailingList) -> QuerySet[ConsentEvent]:
    return ConsentEvent.objects.filter(mailing_list=mailing_list, act=ConsentAct.GRANTED)


def _later(mailing_list: MailingList, **same: Any) -> QuerySet[ConsentEvent]:
    """Withdrawals of the same person after her consent, of this list or of everything."""
    return ConsentEvent.objects.filter(
        Q(mailing_list=mailing_list) | Q(purpose=EVERYTHING),
        act=ConsentAct.WITHDRAWN,
        happened_at__gte=OuterRef("happened_at"),
        **same,
    )


def _ways(mailing_list: MailingList) -> tuple[QuerySet[ConsentEvent], QuerySet[ConsentEvent]]:
    """The same person by her row; by the key of her address once the row is gone."""
    return (
        _later(mailing_list, contact=OuterRef("contact")),
        _later(mailing_list, address_key=OuterRef("address_key")),
    )


def _is_withdrawn(mailing_list: MailingList) -> Q:
    by_row, by_key = _ways(mailing_list)
    return Q(Exists(by_row)) | Q(Exists(by_key))


def _withdrawn_at(mailing_list: MailingList) -> Coalesce:
    return Coalesce(
        *(
            Subquery(rows.order_by("happened_at", "pk").values("happened_at")[:1])
            for rows in _ways(mailing_list)
        )
    )
