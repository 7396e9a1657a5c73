"""The mails of this app: to supporters by name, and the letter itself."""

from django.template.loader import render_to_string

from campaigns.letter_text import direction
from newsletters.mails import ANSWERS_A_PERSON, MailType

# The letter to a target is nobody's template: its text is the supporter's.
LETTER = "campaigns.letter"

# Nothing a stranger typed stands in these: whoever types my address into a form
# must not be able to write to me through it.
CONFIRM_LETTER = MailType(
    "campaigns.confirm_letter", ("confirm_url", "office", "action_url"), passes=ANSWERS_A_PERSON
)
LETTER_ALREADY_SENT = MailType(
    "campaigns.letter_already_sent", ("office", "action_url"), passes=ANSWERS_A_PERSON
)
LETTER_THANKS = MailType(
    "campaigns.letter_thanks", ("office", "action_title", "action_url"), passes=ANSWERS_A_PERSON
)

# Of an event: ``where`` holds the place only for who may know it, ``waits`` is true of who
# waits for a place.
_OF_EVENT = ("title", "when", "where", "waits", "event_url", "answer_url", "calendar_url")
CONFIRM_RSVP = MailType("campaigns.confirm_rsvp", _OF_EVENT, passes=ANSWERS_A_PERSON)
RSVP_KNOWN = MailType("campaigns.rsvp_known", _OF_EVENT, passes=ANSWERS_A_PERSON)
RSVP_COMING = MailType("campaigns.rsvp_coming", _OF_EVENT, passes=ANSWERS_A_PERSON)
RSVP_WAITING = MailType("campaigns.rsvp_waiting", _OF_EVENT, passes=ANSWERS_A_PERSON)
RSVP_MOVED_UP = MailType("campaigns.rsvp_moved_up", _OF_EVENT, passes=ANSWERS_A_PERSON)
RSVP_CHANGED = MailType("campaigns.rsvp_changed", _OF_EVENT, passes=ANSWERS_A_PERSON)
RSVP_CALLED_OFF = MailType("campaigns.rsvp_called_off", _OF_EVENT, passes=ANSWERS_A_PERSON)

LETTER_MAILS = (CONFIRM_LETTER, LETTER_ALREADY_SENT, LETTER_THANKS)
RSVP_MAILS = (
    CONFIRM_RSVP,
    RSVP_KNOWN,
    RSVP_COMING,
    RSVP_WAITING,
    RSVP_MOVED_UP,
    RSVP_CHANGED,
    RSVP_CALLED_OFF,
)


def letter_html(text: str, language: str) -> str:
    """The HTML part of a letter: the same words, without any styling of ours."""
    return render_to_string(
        "campaigns/mail/letter.html",
        {"text": text, "language": language, "direction": direction(language)},
    )
