"""The mails about an event, to whoever has answered: always with what holds at this moment."""

from django.conf import settings
from django.urls import reverse
from django.utils import translation

from campaigns import calendar, mails
from campaigns.models import Event, Rsvp
from campaigns.selectors.events import shown_place
from campaigns.states import EventState, RsvpState
from campaigns.tokens import RSVP
from newsletters import tokens
from newsletters.mails import MailType
from newsletters.services import outgoing
from newsletters.services.outgoing import Recipient


def ask(rsvp: Rsvp) -> None:
    """The link by which she says that it was she who answered."""
    _queue(mails.CONFIRM_RSVP, rsvp)


def tell_known(rsvp: Rsvp) -> None:
    """Somebody filled in the form once more: her answer stands, and here is its link."""
    _queue(mails.RSVP_KNOWN, rsvp)


def tell_confirmed(rsvp: Rsvp) -> None:
    """She has confirmed: there is a place for her, or she waits for one."""
    waits = rsvp.state == RsvpState.WAITING
    _queue(mails.RSVP_WAITING if waits else mails.RSVP_COMING, rsvp, f"rsvp-confirmed:{rsvp.pk}")


def tell_moved_up(rsvp: Rsvp) -> None:
    """A place has become free, and it is hers."""
    _queue(mails.RSVP_MOVED_UP, rsvp, f"rsvp-moved-up:{rsvp.pk}")


def tell_change(rsvp: Rsvp) -> None:
    """Time or place have changed, or it is called off; once for every change."""
    called_off = rsvp.event.state == EventState.CALLED_OFF
    mail = mails.RSVP_CALLED_OFF if called_off else mails.RSVP_CHANGED
    _queue(mail, rsvp, f"rsvp-told:{rsvp.pk}:{rsvp.event.sequence}")


def answer_url(rsvp: Rsvp) -> str:
    """Her page: what she has answered, and one button."""
    return _link("campaigns:rsvp", rsvp)


def _queue(mail: MailType, rsvp: Rsvp, dedupe_key: str | None = None) -> None:
    outgoing.queue(
        mail=mail,
        to=Recipient(rsvp.email, rsvp.page_language),
        context=_context(rsvp.event, rsvp),
        dedupe_key=dedupe_key,
    )


def _context(event: Event, rsvp: Rsvp) -> dict[str, object]:
    with translation.override(rsvp.page_language):
        when = calendar.when(event)
    return {
        "title": event.title,
        "when": when,
        "where": calendar.where(event, shown_place(event, rsvp)),
        "waits": rsvp.state == RsvpState.WAITING,
        "event_url": calendar.url(event),
        "answer_url": answer_url(rsvp),
        "calendar_url": _link("campaigns:rsvp_ics", rsvp),
    }


def _link(page: str, rsvp: Rsvp) -> str:
    return settings.SITE_URL + reverse(page, args=[tokens.seal(RSVP, rsvp.pk)])
