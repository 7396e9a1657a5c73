"""Lists of two people: the strictest of both, and apart again without bringing anybody back.

The ledger of consents is not written when two become one: nobody has said anything then.
It holds what both said, and the stricter state follows from it.
"""

from newsletters.models import ConsentAct, Contact, Subscription
from newsletters.selectors.merges import stricter
from newsletters.services import consent
from newsletters.services.consent import Door
from newsletters.services.merges.rows import Frozen, freeze, put_back, thaw
from newsletters.states import SubscriptionState

_VALUES = ("state", "method", "created_at", "confirmed_at", "unsubscribed_at")


def join(kept: Contact, gone: Contact) -> Frozen:
    """An unsubscribe of either wins; a list of only one of them stays as it is."""
    mine, theirs = _by_list(kept), _by_list(gone)
    was = {pk: freeze(row) for pk, row in mine.items()}
    data: Frozen = {"theirs": [freeze(row) for row in theirs.values()], "was": was, "made": {}}
    for pk, row in theirs.items():
        if pk not in mine:
            row.contact = kept
            row.save(update_fields=["contact"])
        elif stricter(mine[pk], row) is row:
            _copy(row, mine[pk])
    data["made"] = {pk: freeze(row) for pk, row in _by_list(kept).items()}
    return data


def part(kept: Contact, gone: Contact, data: Frozen, method: str) -> None:
    """Both stand where they stood; but who left a list since has left it as both.

    Who joined one again since stays on it as the person who was kept. A request
    that ran out since is not made again.
    """
    now = _by_list(kept)
    for frozen in data["theirs"]:
        pk = frozen["mailing_list_id"]
        own, was = now.get(pk), data["was"].get(str(pk))
        if own is None:
            _bring_back(gone, _lasting(frozen))
            _bring_back(kept, _lasting(was))
        elif _says_the_same(freeze(own), data["made"][str(pk)]):
            _undo_row(own, was)
            _bring_back(gone, frozen)
        else:
            _bring_back(gone, frozen)
            if own.state == SubscriptionState.UNSUBSCRIBED:
                _leave_too(gone, own, method)


def _by_list(contact: Contact) -> dict[int, Subscription]:
    rows = contact.subscriptions.select_for_update().order_by("pk")
    return {row.mailing_list_id: row for row in rows}


def _copy(source: Subscription, to: Subscription) -> None:
    for name in _VALUES:
        setattr(to, name, getattr(source, name))
    to.save(update_fields=_VALUES)


def _says_the_same(one: Frozen, other: Frozen) -> bool:
    return all(one[name] == other[name] for name in _VALUES)


def _undo_row(own: Subscription, was: Frozen | None) -> None:
    """The kept person's row as it was; gone where it came from the other."""
    if was is None:
        own.delete()
    else:
        _copy(thaw(Subscription, was), own)


def _bring_back(contact: Contact, frozen: Frozen | None) -> None:
    if frozen is None:
        return
    row = thaw(Subscription, frozen | {"contact_id": contact.pk})
    if Subscription.objects.filter(pk=row.pk).exists():
        row.pk = None
    put_back(row)


def _lasting(frozen: Frozen | None) -> Frozen | None:
    """Nothing for a request: the row is gone because it ran out."""
    return frozen if frozen and frozen["state"] != SubscriptionState.PENDING else None


def _leave_too(gone: Contact, own: Subscription, method: str) -> None:
    left = gone.subscriptions.filter(mailing_list=own.mailing_list_id).exclude(
        state=SubscriptionState.UNSUBSCRIBED
    )
    changed = left.update(state=SubscriptionState.UNSUBSCRIBED, unsubscribed_at=own.unsubscribed_at)
    if changed:
        consent.record(
            contact=gone,
            act=ConsentAct.WITHDRAWN,
            door=Door(method=method),
            mailing_list=own.mailing_list,
        )
