"""Purposes of the links in this app's mails; sealed by newsletters.tokens."""

CONFIRM_LETTER = "campaigns.confirm_letter"
# A link in a forgotten mail must not send a letter about a state of things long gone.
CONFIRM_LETTER_HOURS = 14 * 24
