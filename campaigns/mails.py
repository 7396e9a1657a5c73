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

MAILS = (CONFIRM_LETTER, LETTER_ALREADY_SENT, LETTER_THANKS)


def letter_html(text: str, language: str) -> str:
    """The HTML part of a letter: the same words, without any styling of ours."""
    return render_to_string(
        "campaigns/mail/letter.html",
        {"text": text, "language": language, "direction": direction(language)},
    )
