"""The purposes our sealed links are made for. A link of one purpose is noise to every other."""

CONFIRM = "petitions.confirm"
WITHDRAW = "petitions.withdraw"
CONFIRM_HOURS = 14 * 24
