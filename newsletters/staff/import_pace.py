"""How long a running import will take, by what was done since the page was opened.

The page carries what it saw first from look to look: a worker that was killed
and a step that waited in line do not count, and nothing has to be kept.
"""

import time
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from newsletters.models import ImportJob

_MINUTE = 60
_HOUR = 60 * _MINUTE
# Before that the first chunk may still be warming up.
_LEAST_SECONDS = 3
_LONGEST = 12 * _HOUR


@dataclass(frozen=True)
class Since:
    """What the page saw first: the step, how far it was, and when (seconds of the clock)."""

    state: str
    cursor: int
    at: int

    @classmethod
    def read(cls, query: QueryDict, job: ImportJob) -> Self:
        """From the address of the last look; a step that has just begun is seen first now."""
        now = int(time.time())
        try:
            cursor, at = (int(str(query[name])) for name in ("cursor", "at"))
            since = cls(str(query["state"]), cursor, at)
        except (KeyError, ValueError):
            return cls(job.state, job.cursor, now)
        fits = since.state == job.state and 0 <= since.cursor <= job.cursor
        if fits and now - _LONGEST < since.at <= now:
            return since
        return cls(job.state, job.cursor, now)

    def query(self) -> str:
        """For the address of the next look."""
        return urlencode({"state": self.state, "cursor": self.cursor, "at": self.at})

    def left(self, job: ImportJob, figures: dict[str, Any]) -> str:
        """The time left in words; nothing while nobody can say."""
        seconds = int(time.time()) - self.at
        done = job.cursor - self.cursor
        to_go = figures["total"] - job.cursor
        if seconds < _LEAST_SECONDS or done <= 0 or to_go <= 0:
            return ""
        return _words(seconds * to_go / done)


def _words(seconds: float) -> str:
    if seconds < _MINUTE:
        return _("Less than a minute left.")
    if seconds < 2 * _HOUR:
        minutes = round(seconds / _MINUTE)
        text = ngettext("About %(n)s minute left.", "About %(n)s minutes left.", minutes)
        return text % {"n": minutes}
    hours = round(seconds / _HOUR)
    return ngettext("About %(n)s hour left.", "About %(n)s hours left.", hours) % {"n": hours}
