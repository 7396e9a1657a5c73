"""What an address is left alone for: it holds for all addresses of the one, and is parted again."""

from collections.abc import Collection, Sequence

from django.utils import timezone

from newsletters.models import Suppression
from newsletters.selectors.merges import reasons_of, shared
from newsletters.services.merges.rows import Frozen, freeze, thaw
from newsletters.services.suppressions import PRECEDENCE, SCOPES
from newsletters.states import SuppressionReason, SuppressionScope


def join(keys: Sequence[str]) -> Frozen:
    """What holds for one of ``keys`` holds for each, but for a mailbox that does not exist."""
    rows = _by_key(keys)
    was = {key: freeze(row) for key, row in rows.items()}
    everything = shared(rows.values())
    weightiest = max(rows.values(), key=_weight, default=None)
    for key in keys:
        row = rows.get(key)
        if everything - reasons_of(row) and weightiest is not None:
            new = row or Suppression(address_key=key, since=weightiest.since)
            _write(new, everything | reasons_of(row), weightiest.detail)
    made = {key: freeze(row) for key, row in _by_key(keys).items()}
    return {"keys": list(keys), "was": was, "made": made}


def part(data: Frozen) -> None:
    """As it was for each address; what was decided since holds for all of them.

    What she lifted herself since stays lifted.
    """
    now, was, made = _by_key(data["keys"]), _rows(data["was"]), _rows(data["made"])
    since = {
        reason
        for key, row in now.items()
        for reason in reasons_of(row) - reasons_of(made.get(key))
        if reason != SuppressionReason.BOUNCED
    }
    for key in data["keys"]:
        row = now.get(key)
        if not since and (freeze(row) if row else None) == data["made"].get(key):
            _restore(row, was.get(key))
            continue
        added = reasons_of(made.get(key)) - reasons_of(was.get(key))
        reasons = (reasons_of(row) - added) | since
        if reasons:
            _write(row or Suppression(address_key=key, since=timezone.now()), reasons, "")
        elif row:
            row.delete()


def _rows(frozen: dict[str, Frozen]) -> dict[str, Suppression]:
    return {key: thaw(Suppression, row) for key, row in frozen.items()}


def _restore(row: Suppression | None, was: Suppression | None) -> None:
    if was is not None:
        was.save()
    elif row is not None:
        row.delete()


def _by_key(keys: Collection[str]) -> dict[str, Suppression]:
    rows = Suppression.objects.select_for_update().filter(address_key__in=keys).order_by("pk")
    return {row.address_key: row for row in rows}


def _weight(row: Suppression) -> int:
    return PRECEDENCE.index(SuppressionReason(row.reason))


def _write(row: Suppression, reasons: Collection[SuppressionReason], detail: str) -> None:
    ordered = [reason for reason in PRECEDENCE if reason in reasons]
    if row.reason != ordered[-1]:
        row.detail = detail
    row.reason = ordered[-1]
    row.covered = ",".join(ordered[:-1])
    scopes = {SCOPES[reason] for reason in ordered}
    row.scope = SuppressionScope.ALL if SuppressionScope.ALL in scopes else SuppressionScope.BULK
    row.save()
