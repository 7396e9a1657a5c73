"""Days and clocks of events, in words."""

from django import template

from campaigns import calendar

register = template.Library()
register.filter("when", calendar.when)
register.filter("in_how_many_days", calendar.in_how_many_days)
