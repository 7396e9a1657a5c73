"""Mail that comes in: for now the leave address of List-Unsubscribe (RFC 2369)."""

import re
from email.parser import BytesHeaderParser

from newsletters.services import subscriptions

MAX_HEAD = 256 * 1024
_LEAVE = re.compile(r"\bleave\+([a-f0-9]{48})@", re.IGNORECASE)
_RECIPIENT_HEADERS = ("Delivered-To", "X-Original-To", "To")


def receive(message: bytes, *, recipient: str = "") -> bool:
    """Act on one RFC 5322 message; True when it was a leave mail of ours.

    ``recipient`` is the envelope's, where the mail server tells it; otherwise
    the headers are read. Whoever sent it: the token proves the right, and it
    can do nothing but leave. Anything else is left alone, and nothing is answered.
    """
    for address in (recipient,) if recipient else _recipients(message):
        token = _LEAVE.search(address)
        if token and subscriptions.leave_by_mail_token(token[1], method="leave mail"):
            return True
    return False


def _recipients(message: bytes) -> list[str]:
    # The head alone, and not all of it: a line of a megabyte is nobody's address.
    head = BytesHeaderParser().parsebytes(message[:MAX_HEAD])
    return [str(value) for name in _RECIPIENT_HEADERS for value in head.get_all(name, [])]
