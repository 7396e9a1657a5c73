"""Two people as one: what differs, what would stand then, and what can be parted again."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from newsletters import custom_fields
from newsletters.custom_fields import Field
from newsletters.imports.columns import PROFILE
from newsletters.models import Contact, DigestFrequency, MailingList, Merge, Subscription
from newsletters.models import Suppression as Stop
from newsletters.selectors.contacts import keys_of
from newsletters.selectors.profile import in_words
from newsletters.states import SubscriptionState, SuppressionReason

UNDO_DAYS = 30
KEPT, GONE = "kept", "gone"
# Later in the row is stricter.
_STRICTNESS = (
    SubscriptionState.ACTIVE,
    SubscriptionState.PENDING,
    SubscriptionState.UNSUBSCRIBED,
)
_RARENESS = (DigestFrequency.WEEKLY, DigestFrequency.MONTHLY, DigestFrequency.NEVER)


@dataclass(frozen=True)
class Difference:
    """One field in which two people differ, in words."""

    name: str
    label: str
    first: str
    second: str


@dataclass(frozen=True)
class Standing:
    """One list: where each of two people stands (empty: nowhere), and where the one would."""

    mailing_list: MailingList
    first: str
    second: str
    after: str
    after_words: str


@dataclass(frozen=True)
class Outlook:
    """What the two would be as one, whichever of them is kept."""

    lists: list[Standing]
    # Why the one would be left alone.
    stops: list[str]
    digest: str
    paused_until: date | None
    tags: list[str]


def stricter(one: Subscription, other: Subscription) -> Subscription:
    """Of two rows about one list the one that promises less; ``one`` when they are alike."""
    return max((one, other), key=lambda row: _STRICTNESS.index(SubscriptionState(row.state)))


def rarer(one: str, other: str) -> str:
    """Of two digest frequencies the one with less mail."""
    return max((one, other), key=lambda word: _RARENESS.index(DigestFrequency(word)))


def later(one: date | None, other: date | None) -> date | None:
    """Of two pauses the one that ends later; None when there is none."""
    return max((day for day in (one, other) if day), default=None)


def reasons_of(row: Stop | None) -> frozenset[SuppressionReason]:
    """Everything an address is left alone for."""
    if row is None:
        return frozenset()
    names = [row.reason, *filter(None, row.covered.split(","))]
    return frozenset(SuppressionReason(name) for name in names if name in SuppressionReason)


def shared(rows: Iterable[Stop | None]) -> frozenset[SuppressionReason]:
    """What holds for every address of a person when it holds for one.

    All but a dead mailbox: that is no decision of hers, and her other one lives.
    """
    found = frozenset[SuppressionReason]().union(*map(reasons_of, rows))
    return found - {SuppressionReason.BOUNCED}


def names_of(*people: Contact) -> list[str]:
    """Every field of the profile, and each further one that any of these people has."""
    keys = {key: None for contact in people for key in contact.attributes}
    return [*PROFILE, *(f"field_{key}" for key in keys)]


def chosen(kept: Contact, gone: Contact, choices: Mapping[str, str]) -> dict[str, Any]:
    """The values of the one, by name. Unless chosen, the kept person's, or what fills her gaps."""
    found = {}
    for name in names_of(kept, gone):
        mine, theirs = kept.value_of(name), gone.value_of(name)
        takes = choices.get(name) or (GONE if is_empty(mine) else KEPT)
        found[name] = theirs if takes == GONE else mine
    return found


def is_empty(value: Any) -> bool:
    """Whether a field says nothing; no and nought say something."""
    return value in (None, "", [])


def differences(first: Contact, second: Contact, fields: list[Field]) -> list[Difference]:
    """The fields in which two people differ, in their order (no query)."""
    columns = {column.name: column for column in Contact._meta.concrete_fields}
    labels = {name: str(capfirst(columns[name].verbose_name)) for name in PROFILE}
    shown = {f"field_{field.key}": field for field in fields}
    labels |= {name: field.name for name, field in shown.items()}

    def words(contact: Contact, name: str) -> str:
        value = contact.value_of(name)
        return custom_fields.show(shown[name], value) if name in shown else _say(contact, name)

    return [
        Difference(name, labels[name], words(first, name), words(second, name))
        for name in labels
        if first.value_of(name) != second.value_of(name)
        and not (is_empty(first.value_of(name)) and is_empty(second.value_of(name)))
    ]


def outlook(first: Contact, second: Contact) -> Outlook:
    """What the two would be as one (six queries)."""
    mine, theirs = _by_list(first), _by_list(second)
    stops = Stop.objects.filter(address_key__in=[*keys_of(first), *keys_of(second)])
    reasons = shared(stops)
    tags = {tag.name for contact in (first, second) for tag in contact.tags.all()}
    return Outlook(
        lists=[_standing(mine.get(pk), theirs.get(pk)) for pk in {**mine, **theirs}],
        stops=[str(reason.label) for reason in SuppressionReason if reason in reasons],
        digest=str(DigestFrequency(rarer(first.digest_frequency, second.digest_frequency)).label),
        paused_until=later(first.paused_until, second.paused_until),
        tags=sorted(tags),
    )


def recent() -> QuerySet[Merge]:
    """The newest merges that can still be undone."""
    return _undoable().select_related("kept", "created_by").defer("before")[:20]


def of(contact: Contact) -> QuerySet[Merge]:
    """Who was merged into this person and can still be parted from her, the last one first."""
    return _undoable().filter(kept=contact).select_related("created_by").defer("before")


def one_of(one: int, other: int) -> int | None:
    """Whom two people were made, either way; None when they were not, or were parted."""
    gone = _undoable().filter(Q(gone_id=one) | Q(gone_id=other))
    pairs = gone.values_list("kept", "gone_id")
    return next((kept for kept, who in pairs if {kept, who} == {one, other}), None)


def is_undoable(merge: Merge) -> bool:
    """Whether what an undo needs is still kept."""
    return bool(merge.before) and merge.kept_id is not None and merge.created_at >= _oldest()


def _undoable() -> QuerySet[Merge]:
    rows = Merge.objects.filter(undone_at=None, kept__isnull=False, created_at__gte=_oldest())
    return rows.exclude(before={})


def _oldest() -> Any:
    return timezone.now() - timedelta(days=UNDO_DAYS)


def _by_list(contact: Contact) -> dict[int, Subscription]:
    rows = contact.subscriptions.select_related("mailing_list").order_by("mailing_list__name")
    return {row.mailing_list_id: row for row in rows}


def _standing(mine: Subscription | None, theirs: Subscription | None) -> Standing:
    known: Collection[Subscription] = [row for row in (mine, theirs) if row is not None]
    after = stricter(*known) if mine and theirs else next(iter(known))
    return Standing(
        mailing_list=after.mailing_list,
        first=str(mine.get_state_display()) if mine else "",
        second=str(theirs.get_state_display()) if theirs else "",
        after=after.state,
        after_words=str(after.get_state_display()),
    )


def _say(contact: Contact, name: str) -> str:
    words = in_words(name, str(getattr(contact, name)))
    return words or (_("not known") if name in {"language", "country"} else "")
