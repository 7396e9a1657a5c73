"""How fast and at which hours a mailing goes out: chosen together with its start."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from newsletters import local_times
from newsletters.errors import MailingRefused, TookTooLong
from newsletters.local_times import Moment
from newsletters.models import Mailing
from newsletters.selectors import audience
from newsletters.selectors.audience import Audience
from newsletters.selectors.patience import at_most
from newsletters.services import mailings, windows
from newsletters.states import Clock, MailingState

# Somebody pressed a button and waits.
PATIENCE_S = 3.0


@dataclass(frozen=True)
class Pace:
    """Whose clock counts, from when to when mails leave, on which days, and how many an hour."""

    clock: str = Clock.SENDER
    window_from: time | None = None
    window_to: time | None = None
    # Bit 0 is Monday.
    window_days: int = windows.EVERY_DAY
    per_hour: int | None = None


def schedule(*, mailing: Mailing, by: User, moment: Moment, pace: Pace) -> None:
    """APPROVED → SCHEDULED with ``pace``; by the readers' clocks for the first of their mornings.

    Where it takes too long to ask for their clocks, those of all on its lists count,
    or of the whole world: it begins earlier then, and nobody is passed over. Raises
    MailingRefused when that is over, or for a pace that lets nothing out.
    """
    _check(pace)
    if pace.clock == Clock.READER:
        # Before the transaction: on SQLite nobody else could write meanwhile.
        moment = replace(moment, at=_first_to_come(mailing, moment))
    with transaction.atomic():
        _keep(mailing, pace)
        mailings.schedule(mailing=mailing, by=by, moment=moment)


@transaction.atomic
def send_now(*, mailing: Mailing, by: User, pace: Pace) -> None:
    """APPROVED → EXPANDING with ``pace``. Raises MailingRefused as ``mailings.send_now`` does."""
    _check(pace)
    _keep(mailing, pace)
    mailings.send_now(mailing=mailing, by=by)


def first_morning(mailing: Mailing, moment: Moment, *, seconds: float) -> tuple[datetime, str]:
    """When and in which zone the typed hour comes first among the readers of ``mailing``.

    Raises TookTooLong when it takes longer than ``seconds`` to ask for their zones.
    """
    return _first_of(audience.of(mailing), moment, seconds)


def _first_of(readers: Audience, moment: Moment, seconds: float) -> tuple[datetime, str]:
    people = audience.people(readers).order_by()
    with at_most(seconds):
        typed = set(people.values_list("time_zone", flat=True).distinct())
    return _first_in(typed & local_times.zones(), moment)


def _first_in(zones: Collection[str], moment: Moment) -> tuple[datetime, str]:
    return min((windows.typed_hour(moment.local, zone), zone) for zone in {moment.zone, *zones})


def _first_to_come(mailing: Mailing, moment: Moment) -> datetime:
    try:
        at, zone = first_morning(mailing, moment, seconds=PATIENCE_S)
        past = _(
            "In %(zone)s, where some of your readers live, it is past that hour already. "
            "Choose a later day, or our clock."
        )
    except TookTooLong:
        at, zone = _first_at_least(mailing, moment)
        past = _(
            "It takes too long to find out where your readers live, and in %(zone)s it is past "
            "that hour already. Choose a later day, or our clock."
        )
    if at < timezone.now() - timedelta(minutes=1):
        raise MailingRefused("past", past % {"zone": zone})
    return at


def _first_at_least(mailing: Mailing, moment: Moment) -> tuple[datetime, str]:
    """No later than the first morning of the readers, whoever they are."""
    try:
        return _first_of(replace(audience.of(mailing), rule={}), moment, PATIENCE_S)
    except TookTooLong:
        return _first_in(local_times.zones(), moment)


def _check(pace: Pace) -> None:
    if (pace.window_from is None) != (pace.window_to is None):
        raise MailingRefused("window", _("Write both times, or neither."))
    if pace.window_from is not None and pace.window_from == pace.window_to:
        raise MailingRefused("window", _("These two times leave no hour between them."))
    if not 0 < pace.window_days <= windows.EVERY_DAY:
        raise MailingRefused("days", _("Choose at least one day."))


def _keep(mailing: Mailing, pace: Pace) -> None:
    """Write ``pace`` while the mailing is APPROVED."""
    held = Mailing.objects.filter(pk=mailing.pk, state=MailingState.APPROVED)
    held.update(
        clock=pace.clock,
        window_from=pace.window_from,
        window_to=pace.window_to,
        window_days=pace.window_days,
        per_hour=pace.per_hour,
        next_at=None,
    )
