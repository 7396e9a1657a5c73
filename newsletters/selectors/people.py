"""Who of a million: a question about people as data, asked by pages, bulk changes and exports."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from newsletters.addresses import parse
from newsletters.errors import AddressError, QueryRefused, TookTooLong
from newsletters.models import (
    Contact,
    MailingList,
    OtherAddress,
    Segment,
    Subscription,
    Suppression,
    Tag,
)
from newsletters.selectors import segments
from newsletters.selectors.beginnings import Begins, BeginsExactly
from newsletters.selectors.patience import at_most, plan_of, two_figures
from newsletters.states import ContactState, SubscriptionState

# In PostgreSQL's units: what reads about 200,000 people one by one.
QUICK = 10_000
COUNTED = 1_000
PATIENCE_S = 3.0
# More further addresses than this that begin alike are asked for by the database itself.
_FEW = 500
# A name of more words than this is found by one of its halves alone.
_CUTS = 3
_NAMED = {"mailing_list": MailingList, "tag": Tag, "segment": Segment}
# What people write between the digits of a number and sheets often do not.
_BETWEEN = re.compile(r"[ ()./-]")
_NUMBERED = re.compile(r"[\w+()][\w +()./-]*\d[\w +()./-]*")


class Standing(TextChoices):
    """How people stand with us, as a list of them can be asked for."""

    NO_LIST = "no_list", gettext_lazy("on no list")
    SUPPRESSED = "suppressed", gettext_lazy("not to be written to")
    BOUNCED = "bounced", gettext_lazy("mailbox does not exist")


@dataclass(frozen=True)
class Query:
    """One question: whoever answers to all of it. Zeros and empty texts ask nothing.

    ``ids`` are people who were ticked; None means that nobody was. ``segment``
    is a saved one, ``rule`` one that is not, or not any more.
    """

    text: str = ""
    mailing_list: int = 0
    tag: int = 0
    segment: int = 0
    state: str = ""
    rule: dict[str, Any] = field(default_factory=dict)
    ids: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Size:
    """How many, and whether they were counted."""

    number: int
    is_exact: bool = True


@dataclass(frozen=True)
class Page:
    """Some people, newest first; ``before`` and ``after`` lead to the next page and back."""

    people: list[Contact]
    before: int = 0
    after: int = 0


def as_json(query: Query) -> dict[str, Any]:
    """What ``from_json`` reads; parts that ask nothing are left out."""
    found = {name: value for name, value in asdict(query).items() if value or value == ()}
    if query.ids is not None:
        found["ids"] = list(query.ids)
    return found


def from_json(data: Any) -> Query:
    """The question as it was kept. Raises QueryRefused for what is none."""
    known = {part.name: type(part.default) for part in fields(Query)}
    known |= {"rule": dict, "ids": list}
    if not isinstance(data, dict) or not data.keys() <= known.keys():
        raise QueryRefused
    if any(type(value) is not known[name] for name, value in data.items()):
        raise QueryRefused
    ids = data.get("ids")
    if ids is not None and any(type(pk) is not int for pk in ids):
        raise QueryRefused
    return Query(**data | ({} if ids is None else {"ids": tuple(ids)}))


def frozen(query: Query) -> Query:
    """The same question with the segment's rule as it is now. Raises QueryRefused, SegmentRefused.

    Work that takes minutes is done by the rule that was looked at.
    """
    if not query.segment:
        return query
    rules = [rule for rule in (query.rule, _segment(query).rule) if rule]
    rule = rules[0] if len(rules) == 1 else {"all": rules}
    return replace(query, segment=0, rule=rule if rules else {})


def people(query: Query) -> QuerySet[Contact]:
    """Whoever answers to ``query``, in no order. Raises QueryRefused, SegmentRefused."""
    found = Contact.objects.order_by()
    if query.ids is not None:
        found = found.filter(pk__in=query.ids)
    for words in filter(None, [query.text.strip()]):
        found = found.filter(_known_as(words))
    # Joined, for nobody is twice on a list or twice under a tag: their indexes are in the order
    # of people, and the first page of few who came long ago is read from there.
    if query.mailing_list:
        active = Q(subscriptions__state=SubscriptionState.ACTIVE)
        found = found.filter(active, subscriptions__mailing_list=query.mailing_list)
    if query.tag:
        found = found.filter(tags=query.tag)
    if query.state:
        found = found.filter(_standing(query.state))
    if query.segment:
        found = found.filter(segments.compile_rule(_segment(query).rule))
    return found.filter(segments.compile_rule(query.rule)) if query.rule else found


def page(found: QuerySet[Contact], *, size: int, before: int = 0, after: int = 0) -> Page:
    """``size`` of ``found`` behind contact ``before``, or in front of ``after``, newest first.

    The last page costs what the first one does, and stays where it is while people come.
    """
    if after:
        rows = list(found.filter(pk__gt=after).order_by("pk")[: size + 1])
        more = len(rows) > size
        rows = rows[:size][::-1]
        return Page(rows, rows[-1].pk if rows else 0, rows[0].pk if more else 0)
    if before:
        found = found.filter(pk__lt=before)
    rows = list(found.order_by("-pk")[: size + 1])
    more = len(rows) > size
    rows = rows[:size]
    return Page(rows, rows[-1].pk if more else 0, rows[0].pk if before and rows else 0)


def size(found: QuerySet[Contact]) -> Size:
    """How many: counted where that is quick, else as the database estimates it (two queries)."""
    plan = plan_of(found)
    if plan is None or plan.cost <= QUICK:
        return Size(found.count())
    if plan.rows > COUNTED:
        return Size(two_figures(plan.rows), is_exact=False)
    # An estimate as small as that may be far off.
    counted = found[: COUNTED + 1].count()
    return Size(min(counted, COUNTED), is_exact=counted <= COUNTED)


def number_of(found: QuerySet[Contact]) -> int | None:
    """How many, counted; None where that takes longer than somebody who pressed a button waits."""
    try:
        with at_most(PATIENCE_S):
            return found.count()
    except TookTooLong:
        return None


def describe(query: Query) -> str:
    """The question in words: "tag “vigil”, on no list" (a query for each name in it)."""
    named = {
        part: _named(model, getattr(query, part))
        for part, model in _NAMED.items()
        if getattr(query, part)
    }
    return ", ".join(words for _part, words in parts(query, named)) or _("everybody")


def parts(query: Query, named: Mapping[str, str]) -> list[tuple[str, str]]:
    """What is asked for: part of the query, and its words.

    ``named`` holds what the list, the tag and the segment are called.
    """
    text = query.text.strip()
    said = {
        "text": f"“{text}”" if text else "",
        "mailing_list": _("on “%(name)s”") if query.mailing_list else "",
        "tag": _("tag “%(name)s”") if query.tag else "",
        "segment": _("segment “%(name)s”") if query.segment else "",
        "state": str(Standing(query.state).label) if query.state in Standing else "",
        "rule": segments.describe(query.rule) if query.rule else "",
        "ids": _("the people who were ticked") if query.ids is not None else "",
    }
    return [
        (part, words % {"name": named[part]} if part in named else words)
        for part, words in said.items()
        if words
    ]


def _segment(query: Query) -> Segment:
    found = Segment.objects.filter(pk=query.segment).first()
    if found is None:
        raise QueryRefused("segment", _("This segment is gone. Choose another one."))
    return found


def _of(model: Any, to: str, **wanted: Any) -> QuerySet[Any]:
    """Rows of ``model`` that belong to the outer contact."""
    found: QuerySet[Any] = model._default_manager.filter(**{to: OuterRef("pk")}, **wanted)
    return found


def _standing(state: str) -> Q:
    if state == Standing.NO_LIST:
        return Q(~Exists(_of(Subscription, "contact", state=SubscriptionState.ACTIVE)))
    if state == Standing.SUPPRESSED:
        stops = Suppression.objects.filter(address_key=OuterRef("address_key"))
        return Q(Exists(stops))
    if state == Standing.BOUNCED:
        return Q(state=ContactState.BOUNCED)
    raise QueryRefused


def _known_as(text: str) -> Q:
    """Every part is answered by an index of its own; what has no index would read all people."""
    if "@" in text:
        return _addressed(text)
    found = _begins("given_name", text) | _begins("family_name", text)
    if _NUMBERED.fullmatch(text):
        words = " ".join(text.split())
        spellings = {words, words.upper(), _BETWEEN.sub("", words).upper()}
        found |= Q(phone__in=spellings) | Q(postcode__in=spellings)
    for given, family in _both_names(text):
        found |= _begins("given_name", given) & _begins("family_name", family)
    return found if " " in text else found | _addressed(text)


def _both_names(text: str) -> list[tuple[str, str]]:
    """Given and family name, as a text of several words may be meant: few words, few ways."""
    if "," in text:
        family, _comma, given = text.partition(",")
        return [(given.strip(), family.strip())]
    words = text.split()
    cuts = range(1, min(len(words), _CUTS + 1))
    halves = [(" ".join(words[:at]), " ".join(words[at:])) for at in cuts]
    return halves + [(second, first) for first, second in halves]


def _begins(name: str, text: str) -> Q:
    return Q(Begins(F(name), text))


def _addressed(text: str) -> Q:
    address = Q(BeginsExactly(F("email"), _kept_as(text)))
    others = OtherAddress.objects.filter(address).values_list("contact_id", flat=True)
    few = list(others.order_by()[: _FEW + 1])
    if not few:
        return address
    # Ids in a list let PostgreSQL combine the indexes; a subquery beside OR would not.
    return address | Q(pk__in=few if len(few) <= _FEW else others.order_by())


def _kept_as(text: str) -> str:
    """A whole address with its domain as it is kept, whatever script it is typed in."""
    try:
        return parse(text).canonical
    except AddressError:
        return text.lower()


def _named(model: Any, pk: int) -> str:
    name = model.objects.filter(pk=pk).values_list("name", flat=True).first()
    return _("gone") if name is None else str(name)
