"""Opens and clicks as the pages of a mailing show them."""

from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _

from newsletters.models import Mailing
from newsletters.selectors import tracking
from newsletters.selectors.tracking import Figures

Bar = list[tuple[str, int, str]]


@dataclass(frozen=True)
class Reading:
    """How many people read a mailing, as far as that is counted; a bar for each thing counted."""

    figures: Figures
    bars: list[tuple[str, Bar]]


def counted(mailing: Mailing) -> str:
    """What is counted of it, in words; empty where nothing is and nothing may be."""
    if mailing.counts_opens and mailing.counts_clicks:
        return _("counted: who opens it, and who follows its links")
    if mailing.counts_opens:
        return _("counted: who opens it")
    if mailing.counts_clicks:
        return _("counted: who follows its links")
    return _("not counted") if settings.TRACKING else ""


def reading(mailing: Mailing, accepted: int) -> Reading | None:
    """What was heard of the mails that were ``accepted``; None when it is not counted."""
    if not mailing.is_counted:
        return None
    found = tracking.figures(mailing)
    bars = []
    if mailing.counts_opens:
        rest = (_("did not, as far as we know"), max(accepted - found.opened, 0), "rest")
        opened = (_("opened it"), found.opened, "good")
        bars.append((_("Who opened it"), [opened, rest]))
    if mailing.counts_clicks:
        rest = (_("followed none"), max(accepted - found.clicked, 0), "rest")
        followed = (_("followed a link"), found.clicked, "good")
        bars.append((_("Who followed a link"), [followed, rest]))
    return Reading(found, bars)
