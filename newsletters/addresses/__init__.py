"""E-mail addresses: exactly one address, read strictly, compared by rule, masked for logs.

Pure but for two things: the keys are made with ``settings.ADDRESS_KEY``, and which
addresses are our own follows from where mail leaves from. Whether mail arrives at all is asked
elsewhere (``receiving``), and by forms only.
"""

from newsletters.addresses.judging import is_role, is_suspicious, suggestion
from newsletters.addresses.keys import address_key, mask, name_key, person_key
from newsletters.addresses.ours import parse_personal
from newsletters.addresses.parsing import Address, is_plain, parse
from newsletters.addresses.repairs import REPAIRS, repair
from newsletters.addresses.sentences import OF_A_FIELD, SENTENCES

__all__ = [
    "OF_A_FIELD",
    "REPAIRS",
    "SENTENCES",
    "Address",
    "address_key",
    "is_plain",
    "is_role",
    "is_suspicious",
    "mask",
    "name_key",
    "parse",
    "parse_personal",
    "person_key",
    "repair",
    "suggestion",
]
