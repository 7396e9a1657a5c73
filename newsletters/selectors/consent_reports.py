"""What can be proved of a list: who agreed to which words, by which door, when, and withdrew."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import chain, islice
from typing import NamedTuple

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import TruncMonth
from django.utils.translation import gettext as _

from newsletters.models import ConsentAct, ConsentEvent, ConsentWording, MailingList

# What the ledger calls a withdrawal of all there is (services/consent.py writes it).
EVERYTHING = "everything"
CHUNK = 2000


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
    """All consents to a list by wording, the newest wording first (four queries)."""
    agreed = _agreed(mailing_list)
    by_row, by_key = _ways(mailing_list)
    # Each way by itself is one join of the ledger with itself; both joined by OR would be
    # two looks for each of a million lines.
    withdrawn = _by_line(agreed.filter(Exists(by_row)))
    withdrawn += _by_line(agreed.filter(Exists(by_key)).exclude(Exists(by_row)))
    found: dict[int | None, Chapter] = {}
    for key, number in sorted(_by_line(agreed).items(), key=_newest_first):
        wording, month, door = key
        chapter = found.setdefault(wording, Chapter(None))
        chapter.lines.append(Line(month.date(), door, number, withdrawn[key]))
    wordings = ConsentWording.objects.in_bulk([pk for pk in found if pk])
    for pk, chapter in found.items():
        chapter.wording = wordings.get(pk or 0)
    return sorted(
        found.values(), key=lambda one: one.wording.pk if one.wording else 0, reverse=True
    )


def table(mailing_list: MailingList) -> Iterator["Given"]:
    """Every consent to the list, in the order they were given.

    Of somebody who was forgotten the fingerprint of her address is left. Rows come
    from the database as they are asked for.
    """
    rows = _agreed(mailing_list).order_by("pk").values_list(*_COLUMNS)
    given = (Given(*row) for row in rows.iterator(chunk_size=CHUNK))
    while chunk := list(islice(given, CHUNK)):
        withdrawals = _Withdrawals(mailing_list, chunk)
        for row in chunk:
            yield row._replace(withdrawn_at=withdrawals.of(row))


class Given(NamedTuple):
    """One consent, with who gave it, the words she saw, and when she withdrew it."""

    contact: int | None
    email: str | None
    address_key: str
    at: datetime
    wording: int | None
    language: str | None
    version: int | None
    door: str
    legal_basis: str
    withdrawn_at: datetime | None = None

    @property
    def fingerprint(self) -> str:
        """What is left of an address that was forgotten."""
        return "" if self.contact else self.address_key


_COLUMNS = (
    *("contact", "contact__email", "address_key", "happened_at"),
    *("wording", "wording__language", "wording__version", "method", "legal_basis"),
)


class _Withdrawals:
    """When the people of some consents withdrew (one query)."""

    def __init__(self, mailing_list: MailingList, given: list[Given]) -> None:
        """By the person's row, and by the key of her address for when the row is gone."""
        people = {row.contact for row in given} - {None}
        keys = {row.address_key for row in given}
        found = _withdrawn(mailing_list).filter(Q(contact__in=people) | Q(address_key__in=keys))
        self._by_row: defaultdict[int | None, list[datetime]] = defaultdict(list)
        self._by_key: defaultdict[str, list[datetime]] = defaultdict(list)
        columns = ("contact", "address_key", "happened_at")
        for contact, key, at in found.order_by("happened_at", "pk").values_list(*columns):
            self._by_row[contact].append(at)
            self._by_key[key].append(at)

    def of(self, row: Given) -> datetime | None:
        """The first withdrawal after this consent, if there is one."""
        times = chain(
            self._by_row[row.contact] if row.contact else (), self._by_key[row.address_key]
        )
        return next((at for at in times if at >= row.at), None)


def _by_line(events: QuerySet[ConsentEvent]) -> "Counter[tuple[int | None, datetime, str]]":
    """Wording, month and door → how many."""
    months = events.annotate(month=TruncMonth("happened_at")).order_by()
    rows = months.values_list("wording", "month", "method").annotate(number=Count("pk"))
    return Counter({(wording, month, door): number for wording, month, door, number in rows})


def _newest_first(line: tuple[tuple[int | None, datetime, str], int]) -> tuple[float, str]:
    (_wording, month, door), _number = line
    return -month.timestamp(), door


def _agreed(mailing_list: MailingList) -> QuerySet[ConsentEvent]:
    return ConsentEvent.objects.filter(mailing_list=mailing_list, act=ConsentAct.GRANTED)


def _withdrawn(mailing_list: MailingList) -> QuerySet[ConsentEvent]:
    """Withdrawals of this list or of everything."""
    events = ConsentEvent.objects.filter(act=ConsentAct.WITHDRAWN)
    return events.filter(Q(mailing_list=mailing_list) | Q(purpose=EVERYTHING))


def _ways(mailing_list: MailingList) -> tuple[QuerySet[ConsentEvent], QuerySet[ConsentEvent]]:
    """Withdrawals by the same person after her consent: by her row; by the key of her address,

    for when the row is gone.
    """
    later = _withdrawn(mailing_list).filter(happened_at__gte=OuterRef("happened_at"))
    return (
        later.filter(contact=OuterRef("contact")),
        later.filter(address_key=OuterRef("address_key")),
    )
