"""Who comes: asked, confirmed by the button in a mail, queued for a place, let off again.

Whatever gives, takes or frees a place holds the row of the event until it is
done: of two who press at once for the last place, one gets it.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import structlog
from django.db import transaction
from django.db.models import CharField, F, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone

from campaigns.models import Event, Rsvp
from campaigns.selectors import events as selectors
from campaigns.services import mail_limits, rsvp_post
from campaigns.states import EventState, RsvpState
from newsletters.addresses import Address, address_key, person_key

log = structlog.get_logger("campaigns.rsvps")

# So many mails are written in one transaction; nobody waits longer for the event's row.
BATCH = 100
# What is left of an answer when nobody is behind it any more.
EMPTY = {"name": "", "email": "", "page_language": ""}
MAY_CANCEL = (RsvpState.PENDING, RsvpState.COMING, RsvpState.WAITING)


class Standing(StrEnum):
    """What somebody is told about her answer."""

    WAITING_FOR_YOU = "waiting_for_you"
    COMING = "coming"
    QUEUED = "queued"
    CANCELLED = "cancelled"
    OVER = "over"
    CALLED_OFF = "called_off"


_STANDING = {
    RsvpState.PENDING: Standing.WAITING_FOR_YOU,
    RsvpState.COMING: Standing.COMING,
    RsvpState.WAITING: Standing.QUEUED,
    RsvpState.CANCELLED: Standing.CANCELLED,
}


@dataclass(frozen=True)
class Answer:
    """A filled-in form, every part cleaned."""

    name: str
    address: Address
    page_language: str


@transaction.atomic
def request(*, event: Event, answer: Answer) -> None:
    """Keep the answer as PENDING and queue one confirmation mail; the page never tells which.

    Who comes or waits already gets a mail with the link to her answer, and
    nothing is kept. Nothing at all happens for an event that is a draft, called
    off or over, or after too many mails to one mailbox.
    """
    if not selectors.takes_answers(event) or not mail_limits.allow(answer.address):
        return
    key = person_key(answer.address)
    known = selectors.standing_answer(event, key)
    if known:
        rsvp_post.tell_known(known)
        return
    rsvp = Rsvp.objects.create(
        event=event,
        name=answer.name,
        email=answer.address.canonical,
        person_key=key,
        address_key=address_key(answer.address.canonical),
        page_language=answer.page_language,
    )
    rsvp_post.ask(rsvp)


def standing(rsvp: Rsvp) -> Standing:
    """Where the answer stands at this moment; changes nothing."""
    if rsvp.event.state == EventState.CALLED_OFF:
        return Standing.CALLED_OFF
    if selectors.is_over(rsvp.event):
        return Standing.OVER
    return _STANDING[RsvpState(rsvp.state)]


@transaction.atomic
def confirm(*, rsvp: Rsvp) -> bool:
    """She pressed the button: PENDING → COMING while places are left, else WAITING; one mail.

    False, and nothing done, when it was confirmed or cancelled before, when
    another answer of hers stands, or when the event takes no answers any more.
    """
    event = _lock(rsvp.event_id)
    if not selectors.takes_answers(event) or selectors.standing_answer(event, rsvp.person_key):
        return False
    state = RsvpState.WAITING if selectors.counts(event).places_left == 0 else RsvpState.COMING
    if not _move(rsvp, RsvpState.PENDING, state, event, confirmed_at=timezone.now()):
        return False
    rsvp_post.tell_confirmed(_get(rsvp))
    log.info("rsvp_confirmed", rsvp=rsvp.pk, event_id=event.pk, state=str(state))
    return True


@transaction.atomic
def cancel(*, rsvp: Rsvp) -> bool:
    """PENDING, COMING or WAITING → CANCELLED and emptied; the first who waits moves up.

    False when it was cancelled before or the event is over.
    """
    event = _lock(rsvp.event_id)
    if selectors.is_over(event):
        return False
    if not let_off(Rsvp.objects.filter(pk=rsvp.pk, state__in=MAY_CANCEL)):
        return False
    move_up(event=event)
    log.info("rsvp_cancelled", rsvp=rsvp.pk, event_id=event.pk)
    return True


@transaction.atomic
def move_up(*, event: Event) -> int:
    """WAITING → COMING for as many as there are free places, in the order of confirming.

    One mail each. At most a hundred at once: the tick goes on. Returns how many.
    """
    event = _lock(event.pk)
    if not selectors.takes_answers(event):
        return 0
    left = selectors.counts(event).places_left
    free = BATCH if left is None else min(left, BATCH)
    queue = event.rsvps.filter(state=RsvpState.WAITING).order_by("confirmed_at", "pk")[:free]
    moved = 0
    for rsvp in queue:
        if _move(rsvp, RsvpState.WAITING, RsvpState.COMING, event):
            rsvp_post.tell_moved_up(_get(rsvp))
            moved += 1
    return moved


@transaction.atomic
def tell(*, event: Event) -> int:
    """Write to a hundred who have not heard of the latest change. Returns to how many.

    Killed, or run twice at once, everybody is written to once: the row says who
    has been told, and it is written with the mail.
    """
    event = _lock(event.pk)
    if selectors.is_over(event):
        return 0
    rows = list(selectors.untold(event).select_related("event")[:BATCH])
    for rsvp in rows:
        rsvp_post.tell_change(rsvp)
    Rsvp.objects.filter(pk__in=[rsvp.pk for rsvp in rows]).update(told=event.sequence)
    return len(rows)


def tell_all() -> int:
    """Tell of every change, fill every free place, for all events. Returns how many were told."""
    done = 0
    for event in selectors.with_work():
        while new := tell(event=event) + move_up(event=event):
            done += new
    return done


def let_off(rows: QuerySet[Rsvp]) -> int:
    """CANCELLED, and nobody is behind these answers any more. Returns how many.

    Their events must be locked; who waits for the places is not moved here.
    """
    return rows.update(state=RsvpState.CANCELLED, **nobody())


def nobody() -> dict[str, Any]:
    """The columns of an answer that nobody is behind."""
    return {
        **EMPTY,
        "address_key": "",
        # Unique with the event, and says nothing.
        "person_key": Concat(Value("-"), Cast(F("pk"), CharField())),
    }


def _lock(event_id: int) -> Event:
    """The event as it is now; nobody else gives or takes a place until the transaction ends."""
    return Event.objects.select_for_update(no_key=True).get(pk=event_id)


def _move(rsvp: Rsvp, before: RsvpState, after: RsvpState, event: Event, **columns: object) -> bool:
    # The mail of this move tells how things stand, so earlier changes need none.
    moved = Rsvp.objects.filter(pk=rsvp.pk, state=before)
    return moved.update(state=after, told=event.sequence, **columns) == 1


def _get(rsvp: Rsvp) -> Rsvp:
    return Rsvp.objects.select_related("event").get(pk=rsvp.pk)
