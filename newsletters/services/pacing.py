"""How fast and at which hours a mailing goes out: chosen together with its start."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from newsletters import local_times
from newsletters.errors import MailingRefused
from newsletters.local_times import Moment
from newsletters.models import Mailing
from newsletters.selectors import audience
from newsletters.services import mailings, windows
from newsletters.states import Clock, MailingState


@dataclass(frozen=True)
class Pace:
    """Whose clock counts, from when to when mails leave, on which days, and how many an hour."""

    clock: str = Clock.SENDER
    window_from: time | None = None
    window_to: time | None = None
    # Bit 0 is Monday.
    window_days: int = windows.EVERY_DAY
    per_hour: int | None = None


@transaction.atomic
def schedule(*, mailing: Mailing, by: User, moment: Moment, pace: Pace) -> None:
    """APPROVED → SCHEDULED with ``pace``; by the readers' clocks for the first of their mornings.

    Raises MailingRefused when that is over, or for a pace that lets nothing out.
    """
    _keep(mailing, pace)
    if pace.clock == Clock.READER:
        at, zone = first_morning(mailing, moment)
        if at < timezone.now() - timedelta(minutes=1):
            raise MailingRefused(
                "past",
                _(
                    "In %(zone)s, where some of your readers live, it is past that hour already. "
                    "Choose a later day, or our clock."
                )
                % {"zone": zone},
            )
        moment = Moment(at, moment.local, moment.zone, moment.note)
    mailings.schedule(mailing=mailing, by=by, moment=moment)


@transaction.atomic
def send_now(*, mailing: Mailing, by: User, pace: Pace) -> None:
    """APPROVED → EXPANDING with ``pace``. Raises MailingRefused as ``mailings.send_now`` does."""
    _keep(mailing, pace)
    mailings.send_now(mailing=mailing, by=by)


def first_morning(mailing: Mailing, moment: Moment) -> tuple[datetime, str]:
    """When and in which zone the typed hour comes first among the readers of ``mailing``."""
    people = audience.people(audience.of(mailing)).order_by()
    typed = set(people.values_list("time_zone", flat=True).distinct())
    zones = {moment.zone, *(typed & local_times.zones())}
    return min((windows.typed_hour(moment.local, zone), zone) for zone in zones)


def _keep(mailing: Mailing, pace: Pace) -> None:
    """Write ``pace`` while the mailing is APPROVED."""
    if (pace.window_from is None) != (pace.window_to is None):
        raise MailingRefused("window", _("Write both times, or neither."))
    if pace.window_from is not None and pace.window_from == pace.window_to:
        raise MailingRefused("window", _("These two times leave no hour between them."))
    if not 0 < pace.window_days <= windows.EVERY_DAY:
        raise MailingRefused("days", _("Choose at least one day."))
    held = Mailing.objects.filter(pk=mailing.pk, state=MailingState.APPROVED)
    held.update(
        clock=pace.clock,
        window_from=pace.window_from,
        window_to=pace.window_to,
        window_days=pace.window_days,
        per_hour=pace.per_hour,
        next_at=None,
    )
