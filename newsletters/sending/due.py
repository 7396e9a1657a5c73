"""Which rows may go now: the next of a lane or a mailing, and why some may not go any more."""

from datetime import datetime
from typing import NamedTuple

from django.db import connection
from django.db.models import Case, CharField, Count, Exists, OuterRef, QuerySet, Value, When

from newsletters.models import Delivery, Mailing, Subscription, Suppression
from newsletters.states import DeliveryState, Lane, MailingState, SkipReason, SubscriptionState

# What a mail needs of its row and of the person, in the order of Row's fields.
COLUMNS = (
    *("pk", "version_id", "language", "variant", "address", "mailing_list_id", "contact_id"),
    *("contact__given_name", "contact__family_name", "contact__language"),
    *("contact__country", "contact__postcode", "contact__email"),
)


class Row(NamedTuple):
    """One claimed delivery and the person it is for; no model instance for each mail.

    The fields of a person are empty when ``contact_id`` is None.
    """

    pk: int
    version_id: int | None
    language: str
    variant: str
    address: str
    mailing_list_id: int | None
    contact_id: int | None
    given_name: str
    family_name: str
    contact_language: str
    country: str
    postcode: str
    email: str
    # The Date header: that of the first claim, so that a resend is the same bytes.
    dated_at: datetime

    @property
    def domain(self) -> str:
        """Whose mail exchanger takes it in the end."""
        return self.address.rpartition("@")[2]


def sources(lane: Lane, now: datetime) -> list[int | None]:
    """Where rows of this lane come from: single mails, or every mailing with something due.

    Mailings with the fewest claims come first, so that two big ones share the
    connections and a small one is not behind them.
    """
    if lane == Lane.NOW:
        return [None]
    due = Delivery.objects.filter(
        mailing=OuterRef("pk"), state=DeliveryState.READY, due_at__lte=now
    )
    sending = Mailing.objects.filter(Exists(due), state=MailingState.SENDING)
    fairly = sending.annotate(hands=Count("claims")).order_by("hands", "started_at", "pk")
    return list(fairly.values_list("pk", flat=True))


def rows(lane: Lane, mailing: int | None, now: datetime, most: int) -> list[Row] | None:
    """Up to ``most`` rows, locked until the end of the transaction, earliest first.

    Consent and suppression are looked at here: a row that may not be sent any
    more becomes SKIPPED with its reason and is not returned. None when nothing
    is due; an empty list when nobody of those who were due may have it.
    """
    found = list(_due(lane, mailing, now)[:most])
    if not found:
        return None
    barred: dict[str, list[int]] = {}
    free: list[Row] = []
    for *columns, dated_at, reason in found:
        if reason:
            barred.setdefault(reason, []).append(columns[0])
        else:
            free.append(Row._make((*columns, dated_at or now)))
    _skip(barred)
    return free


def _due(lane: Lane, mailing: int | None, now: datetime) -> QuerySet[Delivery, tuple]:
    waiting = Delivery.objects.filter(mailing=mailing, state=DeliveryState.READY, due_at__lte=now)
    if mailing is None:
        waiting = waiting.filter(lane=lane)
    if connection.features.has_select_for_update_skip_locked:
        waiting = waiting.select_for_update(skip_locked=True, of=("self",))
    reason = Value("") if mailing is None else _reason(mailing, now)
    waiting = waiting.annotate(skip_reason=reason).order_by("due_at", "pk")
    return waiting.values_list(*COLUMNS, "dated_at", "skip_reason")


def _reason(mailing: int, now: datetime) -> Case:
    """Why a row of this mailing may not be sent any more, as a column; empty when it may."""
    suppressed = Suppression.objects.filter(address_key=OuterRef("address_key"))
    whens = [
        When(contact__isnull=True, then=Value(SkipReason.ERASED)),
        When(Exists(suppressed), then=Value(SkipReason.SUPPRESSED)),
        When(deadline_at__lte=now, then=Value(SkipReason.EXPIRED)),
    ]
    lists = list(
        Mailing.lists.through.objects.filter(mailing=mailing).values_list("mailinglist", flat=True)
    )
    if lists:
        member = Subscription.objects.filter(
            contact=OuterRef("contact"), mailing_list__in=lists, state=SubscriptionState.ACTIVE
        )
        whens.append(When(~Exists(member), then=Value(SkipReason.UNSUBSCRIBED)))
    return Case(*whens, default=Value(""), output_field=CharField())


def _skip(barred: dict[str, list[int]]) -> None:
    for reason, ids in barred.items():
        Delivery.objects.filter(pk__in=ids, state=DeliveryState.READY).update(
            state=DeliveryState.SKIPPED, reason=reason
        )
