"""Purposes of the links in this app's mails; sealed by newsletters.tokens."""

CONFIRM_LETTER = "campaigns.confirm_letter"
# A link in a forgotten mail must not send a letter about a state of things long gone.
CONFIRM_LETTER_HOURS = 14 * 24

# One link for saying that one comes and for changing one's mind: it lives as long as the answer.
RSVP = "campaigns.rsvp"
