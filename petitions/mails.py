"""The mails of this app. None carries what a stranger may have typed: no name, no comment."""

from newsletters.mails import ANSWERS_A_PERSON, MailType

CONFIRM_SIGNATURE = MailType(
    "petitions.confirm_signature", ("title", "confirm_url", "withdraw_url"), passes=ANSWERS_A_PERSON
)
ALREADY_SIGNED = MailType(
    "petitions.already_signed", ("title", "petition_url", "withdraw_url"), passes=ANSWERS_A_PERSON
)
THANK_YOU = MailType(
    "petitions.thank_you",
    ("title", "message", "petition_url", "share_url", "withdraw_url"),
    passes=ANSWERS_A_PERSON,
)

MAILS = (CONFIRM_SIGNATURE, ALREADY_SIGNED, THANK_YOU)
