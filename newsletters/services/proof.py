"""The proof that nothing was lost: total = the sum of the states, for every mailing."""

from newsletters.selectors import alarms as open_alarms
from newsletters.selectors import proof
from newsletters.services import alarms
from newsletters.states import AlarmKind


def prove() -> int:
    """Raise the alarm for every mailing whose rows do not add up. Returns how many they are.

    The alarm of one that adds up again is cleared.
    """
    alarmed = open_alarms.mailings(AlarmKind.UNPROVED)
    found = proof.unproved(also=alarmed)
    for mailing, total, rows in found:
        alarms.raise_(
            key=_key(mailing),
            kind=AlarmKind.UNPROVED,
            details={"mailing": mailing, "total": total, "rows": rows},
        )
    for mailing in alarmed - {mailing for mailing, _total, _rows in found}:
        alarms.clear(key=_key(mailing))
    return len(found)


def _key(mailing: int) -> str:
    return f"{AlarmKind.UNPROVED}:{mailing}"
