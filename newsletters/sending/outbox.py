"""The outbox: mails as files on this machine, for installations that send nothing yet.

``OUTBOX_ROOT/YYYY-MM-DD/<milliseconds>-<delivery>.eml``; the staff page shows them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from django.conf import settings

from newsletters.sending.feed import Envelope, Feed
from newsletters.sending.replies import ACCEPTED

RECIPIENT = b"X-Outbox-Recipient: "


class OutboxSession:
    """Takes every mail; the same interface as an SMTP session."""

    is_open = True
    takes_smtputf8 = True

    async def open(self) -> None:
        """Nothing to open: the first mail of a day makes its folder."""

    async def run(self, feed: Feed) -> None:
        """Write everything ``feed`` gives, in order."""
        while (envelope := feed.next()) is not None and feed.begin(envelope):
            write(envelope)
            feed.done(envelope, ACCEPTED)

    async def close(self) -> None:
        """Nothing to close."""

    def abort(self) -> None:
        """Nothing to drop."""


@dataclass(frozen=True)
class Kept:
    """One mail in the outbox."""

    name: str
    message: EmailMessage
    recipient: str
    written_at: datetime


def write(envelope: Envelope) -> Path:
    """Store one mail under its final name in one step, so that no reader sees half of it."""
    now = datetime.now(UTC)
    folder = Path(settings.OUTBOX_ROOT) / f"{now:%Y-%m-%d}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{int(now.timestamp() * 1000)}-{envelope.delivery}.eml"
    draft = path.with_suffix(".part")
    recipient = RECIPIENT + envelope.address.encode() + b"\r\n"
    draft.write_bytes(recipient + envelope.signature + envelope.message)
    return draft.replace(path)


def names() -> list[str]:
    """Names of all mails, newest first: "2026-11-22/1732…-12.eml"."""
    root = Path(settings.OUTBOX_ROOT)
    found = [path.relative_to(root).as_posix() for path in root.glob("*/*.eml")]
    return sorted(found, key=_moment, reverse=True)


def read(name: str) -> Kept | None:
    """The mail of this name, or None. Only names that ``names`` gives can be read."""
    root = Path(settings.OUTBOX_ROOT).resolve()
    path = (root / name).resolve()
    if root not in path.parents or path.suffix != ".eml" or not path.is_file():
        return None
    message = message_from_bytes(path.read_bytes(), policy=default)
    recipient = str(message["X-Outbox-Recipient"] or "")
    return Kept(name, message, recipient, datetime.fromtimestamp(_moment(name) / 1000, UTC))


def each() -> Iterator[Kept]:
    """Every mail, newest first, read one at a time."""
    for name in names():
        kept = read(name)
        if kept is not None:
            yield kept


def _moment(name: str) -> int:
    return int(name.rpartition("/")[2].partition("-")[0])
