"""Days and clocks of events, in words."""

from django import template
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns import calendar, deadlines
from campaigns.models import Event
from newsletters import local_times

register = template.Library()


register.filter("when", calendar.when)


@register.filter
def in_how_many_days(event: Event) -> str:
    """Days from today to the event by its own calendar: "today", "tomorrow", "in 5 days"."""
    day = local_times.show(event.starts_at, event.time_zone).date()
    days = deadlines.days_left(day, event.time_zone, timezone.now())
    if days < 2:
        return _("tomorrow") if days == 1 else _("today")
    return ngettext("in %(days)d day", "in %(days)d days", days) % {"days": days}
