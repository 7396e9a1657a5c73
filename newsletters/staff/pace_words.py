"""The pace of a mailing in words: what was chosen, and why nothing leaves just now."""

from collections.abc import Iterator
from datetime import datetime

from django.utils import formats, timezone
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from newsletters import local_times
from newsletters.addresses.domains import author_domain
from newsletters.models import Mailing
from newsletters.selectors.transports import known
from newsletters.sending.carriers import Carrier, carriers
from newsletters.services import allowances, versions, windows
from newsletters.services.allowances import Limit
from newsletters.services.pacing import Pace
from newsletters.states import Clock, Lane


def of(mailing: Mailing) -> Pace:
    """What is kept with ``mailing``."""
    return Pace(
        mailing.clock,
        mailing.window_from,
        mailing.window_to,
        mailing.window_days,
        mailing.per_hour,
    )


def sentences(pace: Pace, people: int | None) -> list[str]:
    """What ``pace`` means for ``people``, if it is known how many; nothing where nothing waits."""
    return [*_hours(pace), *_speed(pace, people)]


def waits(mailing: Mailing) -> list[str]:
    """Why nothing of a mailing that is sending may leave at this moment, and when it goes on."""
    now = timezone.now()
    if not windows.lets_out(mailing, now):
        zone = windows.own_zone(mailing)
        opens = windows.opening(windows.of(mailing), zone, now)
        sentence = _("Waits for its hours: it goes on by itself at %(when)s")
        return [sentence % {"when": _at(opens, zone)}]
    domain = author_domain(versions.sender_line(mailing))
    rows = known()
    by_row = carriers(rows)
    ways = [by_row[row.pk] for row in rows if row.weight and by_row[row.pk].carries(domain)]
    ends = [_used_up(way, domain, now) for way in ways]
    if not ends or None in ends:
        return []
    return [_soonest([end for end in ends if end is not None])]


def _hours(pace: Pace) -> Iterator[str]:
    if pace.window_days != windows.EVERY_DAY:
        days = [str(name) for day, name in WEEKDAYS_ABBR.items() if pace.window_days >> day & 1]
        yield _("Mails leave only on %(days)s.") % {"days": ", ".join(days)}
    if pace.window_from and pace.window_to:
        times = {"begin": f"{pace.window_from:%H:%M}", "end": f"{pace.window_to:%H:%M}"}
        if pace.clock == Clock.READER:
            sentence = _("Mails leave only between %(begin)s and %(end)s of each reader’s clock.")
        else:
            sentence = _("Mails leave only between %(begin)s and %(end)s of our clock.")
        yield sentence % times


def _speed(pace: Pace, people: int | None) -> Iterator[str]:
    if pace.per_hour:
        yield _("At most %(count)s leave in an hour.") % {
            "count": formats.number_format(pace.per_hour, force_grouping=True)
        }
        hours = round((people or 0) / pace.per_hour)
        if hours:
            yield ngettext(
                "That takes about %(hours)d hour.", "That takes about %(hours)d hours.", hours
            ) % {"hours": hours}


def _used_up(way: Carrier, domain: str, now: datetime) -> Limit | None:
    """The limit of ``way`` that lets no more of a mailing through now."""
    limits = way.limits(Lane.BULK, domain, now)
    used = allowances.used(limits)
    full = [limit for limit in limits if used[limit.key] >= limit.most]
    return max(full, key=_ends, default=None)


def _soonest(limits: list[Limit]) -> str:
    first = min(limits, key=_ends)
    if first.key.startswith("domain:"):
        sentence = _("Today’s %(count)s mails of the warm-up are sent; it goes on at %(when)s")
    elif first.key.endswith(":hour"):
        sentence = _("This hour’s limit of %(count)s mails is reached; it goes on at %(when)s")
    else:
        sentence = _("Today’s limit of %(count)s mails is reached; it goes on at %(when)s")
    return sentence % {
        "count": formats.number_format(first.most, force_grouping=True),
        "when": _at(_ends(first), timezone.get_current_timezone_name()),
    }


def _ends(limit: Limit) -> datetime:
    span = allowances.HOUR if limit.key.endswith(":hour") else allowances.DAY
    return limit.began_at + span


def _at(at: datetime, zone: str) -> str:
    return formats.date_format(local_times.show(at, zone), "H:i, j F")
