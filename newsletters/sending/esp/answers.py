"""What a provider's answer to one call means, whoever the provider is.

Three ends that are not an answer for each mail: the call was refused and took
nobody (``CallRefused``), nobody knows (``CallLost``), or the provider cannot be
used just now and took nobody (``TransportTrouble``).
"""

import math
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import requests
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError, ProxyError, SSLError

from newsletters.sending.replies import Fate, Outcome, Phase
from newsletters.sending.trouble import TransportTrouble

# The key, the account or the address of the API is wrong; 402 is an account without credit.
ACCOUNT = frozenset({401, 402, 403, 404, 405, 407})
TOO_MANY = 429
# Whether the call was worked on before it was given up, the status does not tell.
UNKNOWN = frozenset({408, 409, 425})
LONGEST_WAIT = 3600.0
# Brevo says the seconds in a header of its own.
WAITS = ("retry-after", "x-sib-ratelimit-reset")
TEXTS = ("Message", "message", "ErrorMessage")
CODES = ("ErrorCode", "code")


class CallRefused(Exception):
    """The provider refused the whole call; certainly nobody was taken."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.outcome = Outcome(Fate.REFUSED, code, text)


class CallLost(Exception):
    """Nobody knows whether the provider took the mails of this call."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.outcome = Outcome(Fate.UNSURE, code, text)


def end_of(response: requests.Response, account: frozenset[object]) -> Exception:
    """What an HTTP answer means that does not speak of each mail on its own.

    ``account``: codes in its body by which this provider says that nobody's mail can go.
    """
    found = _object(response)
    text = next((str(found[key])[:200] for key in TEXTS if found.get(key)), "")
    said = (found.get(key) for key in CODES)
    if account & {code for code in said if isinstance(code, str | int)}:
        return TransportTrouble(Phase.AUTH, f"the provider answered: {text}")
    return end(response.status_code, text, response.headers)


def end(status: int, text: str, headers: Mapping[str, str]) -> Exception:
    """What an HTTP status and the sentence with it mean for the whole call.

    The names in ``headers`` are small, or their case does not matter.
    """
    said = f"the provider answered {status}: {text}".rstrip(": ")
    if status == TOO_MANY:
        return TransportTrouble(Phase.MAIL, said, wait_of(headers))
    if status in ACCOUNT or 300 <= status < 400:
        return TransportTrouble(Phase.AUTH, said)
    if 400 <= status < 500 and status not in UNKNOWN:
        return CallRefused(str(status), text or "the provider refused the mail")
    return CallLost(str(status), said)


def without_answer(cause: BaseException | None) -> Exception:
    """What it means that no answer came: trouble when not a byte of a mail can have left."""
    if _never_connected(cause):
        return TransportTrouble(Phase.CONNECT, f"the provider cannot be reached ({_name(cause)})")
    return CallLost("", f"no answer from the provider ({_name(cause)})")


def wait_of(headers: Mapping[str, str]) -> float | None:
    """How many seconds the provider asks us to wait (RFC 9110 section 10.2.3), at most an hour."""
    said = next((headers[name] for name in WAITS if headers.get(name)), "").strip()
    try:
        seconds = float(said)
    except ValueError:
        seconds = _until(said)
    return min(max(seconds, 0.0), LONGEST_WAIT) if math.isfinite(seconds) else None


def is_distrust(error: object) -> bool:
    """A certificate nobody vouches for; other TLS errors also come amid a conversation."""
    cause = error.args[0] if isinstance(error, SSLError) and error.args else None
    return isinstance(cause, ssl.SSLCertVerificationError)


def _object(response: requests.Response) -> dict[str, Any]:
    """The answer's JSON object; empty when it is something else."""
    try:
        found = response.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _until(said: str) -> float:
    """Seconds until a date; not a number when it is none."""
    try:
        moment = parsedate_to_datetime(said)
    except ValueError:
        return math.nan
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - datetime.now(UTC)).total_seconds()


def _never_connected(cause: BaseException | None) -> bool:
    if isinstance(cause, requests.ConnectTimeout):
        return True
    inner = cause.args[0] if isinstance(cause, requests.ConnectionError) and cause.args else None
    reason = getattr(inner, "reason", None)
    never = (NewConnectionError, ConnectTimeoutError, ProxyError)
    return isinstance(reason, never) or is_distrust(reason)


def _name(cause: BaseException | None) -> str:
    return type(cause).__name__
