"""Marks: what became of rows, committed in groups. The fence is the claim on the row."""

from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from newsletters.addresses.domains import author_domain
from newsletters.models import Delivery, DeliveryBody
from newsletters.ports import refusal_listeners
from newsletters.sending import by_hand, carriers
from newsletters.sending.replies import MAX_ATTEMPTS, Fate, Outcome, slow_wait, wait
from newsletters.services import storms, suppressions
from newsletters.states import DeliveryState, SkipReason, SuppressionReason

DOUBT_REST = timedelta(minutes=10)
# A relay could not carry an address another one may: until everybody here knows.
ELSEWHERE_REST = timedelta(seconds=5)
# Once for every group of marks: by the ORM it cost as much as the rest of the ledger together.
ACCEPT = """
UPDATE newsletters_delivery
SET state = 2, accepted_at = %s, claim_id = NULL, reason = '', last_code = '250', last_text = ''
WHERE id {among} AND """
# CLAIMED, or skipped while its mail was in the air: what the relay said is the truth.
ACCEPT_MINE = ACCEPT + "claim_id {among} AND state IN (1, 4)"
# UNSURE, or free to go again: nobody else has it in hand.
ACCEPT_LATE = ACCEPT + "state IN (0, 5)"


class Mark(NamedTuple):
    """What became of one delivery of one claim."""

    claim: int
    delivery: int
    outcome: Outcome


@transaction.atomic
def write(marks: list[Mark]) -> set[int]:
    """Record ``marks`` in one transaction. Returns the claims that are no longer ours.

    A row whose claim was taken away is not touched, with one exception: an
    acceptance turns UNSURE or READY into ACCEPTED, because it is the evidence that was missing.
    """
    accepted = [mark for mark in marks if mark.outcome.fate is Fate.ACCEPTED]
    lost = _accept(accepted) if accepted else set()
    for mark in marks:
        if mark.outcome.fate is not Fate.ACCEPTED and not _settle(mark):
            lost.add(mark.claim)
    return lost


def _accept(marks: list[Mark]) -> set[int]:
    ids = by_hand.ids([mark.delivery for mark in marks])
    claims = by_hand.ids({mark.claim for mark in marks})
    now = by_hand.moment(timezone.now())
    # Ids of a process belong to its own claims only, so one statement serves all of them.
    if by_hand.run(ACCEPT_MINE, now, ids, claims) == len(marks):
        return set()
    by_hand.run(ACCEPT_LATE, now, ids)
    return _fenced(marks)


def _fenced(marks: list[Mark]) -> set[int]:
    """Claims of which a row is not ACCEPTED although we just tried to say so."""
    claim_of = {mark.delivery: mark.claim for mark in marks}
    settled = set(
        Delivery.objects.filter(pk__in=claim_of, state=DeliveryState.ACCEPTED).values_list(
            "pk", flat=True
        )
    )
    by_claim = defaultdict(list)
    for delivery, claim in claim_of.items():
        by_claim[claim].append(delivery in settled)
    return {claim for claim, states in by_claim.items() if not all(states)}


def _settle(mark: Mark) -> bool:
    """One row that was not accepted. False when it is not ours any more."""
    row = Delivery.objects.filter(pk=mark.delivery, claim=mark.claim).first()
    if row is None:
        return False
    mine = Delivery.objects.filter(pk=mark.delivery, claim=mark.claim)
    if row.state == DeliveryState.SKIPPED:
        # Skipped meanwhile and not accepted by the relay: it stays skipped.
        return bool(mine.update(claim=None))
    outcome = _believed(row, mark.outcome)
    changed = mine.filter(state=DeliveryState.CLAIMED).update(**_change(row, outcome))
    if changed and outcome.fate is Fate.REFUSED:
        _tell(row, outcome)
    return bool(changed)


def _believed(row: Delivery, outcome: Outcome) -> Outcome:
    """A domain that denies one mailbox after another is asked again later."""
    if not outcome.mailbox_missing or not storms.rages(
        address=row.address, address_key=row.address_key, code=outcome.code
    ):
        return outcome
    return replace(outcome, fate=Fate.LATER, mailbox_missing=False)


def _change(row: Delivery, outcome: Outcome) -> dict[str, object]:
    now = timezone.now()
    said = {"claim": None, "last_code": outcome.code[:12], "last_text": outcome.text[:200]}
    match outcome.fate:
        case Fate.REFUSED:
            return {**said, "state": DeliveryState.REFUSED}
        case Fate.LATER | Fate.SLOWED if row.deadline_at is None and row.attempts >= MAX_ATTEMPTS:
            return {**said, "state": DeliveryState.REFUSED}
        case Fate.LATER:
            return {**said, "state": DeliveryState.READY, "due_at": now + wait(row.attempts)}
        case Fate.SLOWED:
            rest = slow_wait(row.attempts, _luck(row.pk))
            return {**said, "state": DeliveryState.READY, "due_at": now + rest}
        case Fate.UNSURE:
            return {
                **said,
                "state": DeliveryState.UNSURE,
                "doubts": F("doubts") + 1,
                "due_at": now + DOUBT_REST,
            }
        case Fate.HELD if carriers.may_go_elsewhere(_sender_domain(row)):
            return {
                **said,
                "state": DeliveryState.READY,
                "attempts": F("attempts") - 1,
                "due_at": now + ELSEWHERE_REST,
            }
        case Fate.HELD:
            return {**said, "state": DeliveryState.SKIPPED, "reason": SkipReason.NEEDS_SMTPUTF8}
        case Fate.UNRENDERED:
            return {**said, "state": DeliveryState.SKIPPED, "reason": SkipReason.RENDER}
    return {**said, "state": DeliveryState.READY, "attempts": F("attempts") - 1}


def _sender_domain(row: Delivery) -> str:
    """Which transports may carry it depends on the domain in its From line."""
    if row.version:
        return author_domain(row.version.sender)
    found = DeliveryBody.objects.filter(delivery=row).values_list("sender_domain", flat=True)
    return found.first() or ""


def _luck(pk: int) -> float:
    """Spreads rows evenly from 0 to 1 (Knuth's multiplicative hash)."""
    return (pk * 2654435761 % 2**32) / 2**32


def _tell(row: Delivery, outcome: Outcome) -> None:
    """Only a missing mailbox says something about the person; policy and content never do."""
    if not outcome.mailbox_missing:
        return
    suppressions.suppress(
        address_key=row.address_key,
        reason=SuppressionReason.BOUNCED,
        detail=f"{outcome.code} {outcome.text}".strip(),
    )
    for listener in refusal_listeners():
        listener.mailbox_missing(row.pk, row.kind, row.address, outcome.code)
