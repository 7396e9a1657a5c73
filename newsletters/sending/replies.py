"""What an SMTP reply means for the row, the person and the relay. Pure; tables, no state.

Sources: RFC 5321 section 4.2 (reply codes), RFC 3463 (enhanced codes).
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Phase(StrEnum):
    """Where in the conversation a reply or a break happened."""

    CONNECT = "connect"
    GREET = "greet"
    TLS = "tls"
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    DOT = "dot"
    # Two that say nothing about a mail: after a refusal, and the end of a text that never was.
    RESET = "reset"
    EMPTY = "empty"


class Fate(StrEnum):
    """What becomes of the row."""

    ACCEPTED = "A"
    REFUSED = "R"
    # Not now: comes back after a growing wait, the attempt counts.
    LATER = "L"
    # Asked to slow down: comes back soon, and its receiver's pace is lowered.
    SLOWED = "S"
    # The relay's trouble, not this person's: comes back at once, the attempt does not count.
    AGAIN = "G"
    UNSURE = "U"
    # The relay cannot carry this address (RFC 6531).
    HELD = "H"
    # Its text could not be made.
    UNRENDERED = "X"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one hand-over ended."""

    fate: Fate
    code: str = ""
    text: str = ""
    mailbox_missing: bool = False
    # Said before a recipient was named: it is meant for all our mail.
    for_everybody: bool = False


ACCEPTED = Outcome(Fate.ACCEPTED, "250")
MISSING = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.10"})
ENHANCED = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
# Says "no such mailbox" although no enhanced code came with the 550.
MISSING_WORDS = re.compile(
    r"user unknown|unknown user|no such (user|mailbox|recipient|address)"
    r"|mailbox (not found|unavailable|does not exist)|does not exist"
    r"|recipient (not found|rejected: undeliverable)|invalid (mailbox|recipient)",
    re.IGNORECASE,
)
POLICY_WORDS = re.compile(
    r"policy|spam|block|black ?list|reputation|dmarc|spf|dkim|denied|banned|reject(ed)? due",
    re.IGNORECASE,
)
SLOW_CODE = re.compile(r"4\.7\.\d+")
SLOW_WORDS = re.compile(
    r"too (many|fast|much)|rate.?limit|\brate\b|throttl|slow down|exceeded", re.IGNORECASE
)
GREY_WORDS = re.compile(r"gr[ea]y.?list", re.IGNORECASE)
WAITS_MINUTES = (5, 10, 20, 40, 67)
# Asked to slow down: soon the first time, while the pace is being learned.
SLOW_MINUTES = (1, 10)
# How far such a rest is spread, so that they do not all come back at once.
SPREAD = 0.2
# Two days of waits: for mails without a deadline of their own.
MAX_ATTEMPTS = 46


def judge(phase: Phase, code: int, text: str, *, is_fresh: bool = True) -> Outcome:
    """The outcome for one recipient after the reply ``code`` ``text`` in ``phase``.

    ``is_fresh``: nothing was handed over in this session yet. A session that
    ends after some mails was only long enough; the next one will do.
    """
    found = ENHANCED.search(text)
    shown = f"{code} {found.group(1)}" if found else str(code)
    clean = text[:200]
    if 200 <= code < 300:
        return Outcome(Fate.ACCEPTED, shown)
    if 400 <= code < 500 and _asks_to_slow(code, shown, text):
        if phase is not Phase.MAIL:
            return Outcome(Fate.SLOWED, shown, clean)
        if is_fresh or code != 421:
            return Outcome(Fate.SLOWED, shown, clean, for_everybody=True)
    if code == 421 and phase in {Phase.MAIL, Phase.RCPT, Phase.DATA}:
        # The session is over (RFC 5321 section 3.8), before this mail was handed over.
        return Outcome(Fate.AGAIN, shown, clean)
    if 400 <= code < 500:
        return Outcome(Fate.LATER, shown, clean)
    enhanced = found.group(1) if found else ""
    return Outcome(Fate.REFUSED, shown, clean, _is_missing(phase, code, enhanced, text))


def recorded(fate: Fate, code: str) -> Outcome:
    """The outcome a journal tells: what was said is lost, the codes are not."""
    found = ENHANCED.search(code)
    missing = fate is Fate.REFUSED and found is not None and found.group(1) in MISSING
    return Outcome(fate, code, "", missing)


def wait(attempts: int) -> timedelta:
    """The rest after the ``attempts``-th temporary refusal: 5, 10, 20, 40, 67, 67 … minutes."""
    return timedelta(minutes=WAITS_MINUTES[min(attempts, len(WAITS_MINUTES)) - 1])


def slow_wait(attempts: int, luck: float) -> timedelta:
    """The rest after being asked to slow down; ``luck`` from 0 to 1 spreads it by a fifth."""
    minutes = SLOW_MINUTES[min(attempts, len(SLOW_MINUTES)) - 1]
    return timedelta(minutes=minutes * (1 + SPREAD * (2 * luck - 1)))


def _asks_to_slow(code: int, shown: str, text: str) -> bool:
    """421 and 45x with 4.7.x, or that speak of a rate; greylisting is an ordinary "later"."""
    if GREY_WORDS.search(text):
        return False
    if SLOW_WORDS.search(text):
        return True
    return code in {421, 451} and bool(SLOW_CODE.search(shown))


def _is_missing(phase: Phase, code: int, enhanced: str, text: str) -> bool:
    """Only "no such mailbox" says something about the person; policy and content never do."""
    if enhanced:
        return enhanced in MISSING
    if phase not in {Phase.RCPT, Phase.DOT} or code not in {550, 551, 553}:
        return False
    return bool(MISSING_WORDS.search(text)) and not POLICY_WORDS.search(text)
