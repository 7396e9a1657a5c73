"""What left the house, for tests: runs the real engine and reads the real outbox."""

from dataclasses import dataclass, field
from email.message import EmailMessage

from newsletters.sending import engine, outbox
from newsletters.states import Lane


@dataclass
class Post:
    """The post office of one test: ``deliver()`` sends what is due and returns what left."""

    seen: set[str] = field(default_factory=lambda: set(outbox.names()))

    def deliver(self) -> list["Mail"]:
        """Run the engine until nothing is due. Returns the mails that left, oldest first."""
        for lane in Lane:
            engine.run(lane)
        fresh = [name for name in reversed(outbox.names()) if name not in self.seen]
        self.seen.update(fresh)
        kept = (outbox.read(name) for name in fresh)
        return [Mail(mail.message, mail.recipient) for mail in kept if mail is not None]


@dataclass(frozen=True)
class Mail:
    """One mail that left."""

    message: EmailMessage
    recipient: str

    @property
    def subject(self) -> str:
        """The decoded subject."""
        return str(self.message["Subject"])

    @property
    def text(self) -> str:
        """The text part."""
        return self._part("plain")

    @property
    def html(self) -> str:
        """The HTML part."""
        return self._part("html")

    def link(self, containing: str) -> str:
        """Path of the first link in the text part that contains ``containing``."""
        for word in self.text.split():
            if containing in word and "://" in word:
                return "/" + word.split("://", 1)[1].split("/", 1)[1].rstrip(">),.")
        raise AssertionError(f"no link with {containing} in: {self.text}")

    def _part(self, kind: str) -> str:
        body = self.message.get_body((kind,))
        assert body is not None, f"no {kind} part"
        return str(body.get_content())
