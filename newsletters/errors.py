"""What the newsletters app refuses, as classes a view or a command can catch."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class NewsletterError(Exception):
    """Something was refused. ``message`` may be shown to the person; ``code`` is for programs.

    A subclass gives both as class attributes; one that has several causes is
    raised with ``(code, message)``.
    """

    code: str = "refused"
    message: str | Promise = _("This cannot be done.")

    def __init__(self, code: str = "", message: str | Promise = "") -> None:
        self.code = code or self.code
        self.message = message or self.message
        super().__init__(self.code, self.message)

    def __str__(self) -> str:
        return str(self.message)


class AddressError(NewsletterError):
    """A text is not exactly one e-mail address; the sentence says how to mend it."""

    code = "address"
    message = _("This is not an e-mail address.")


class AddressRefused(NewsletterError):
    """A right address that this person cannot have; the sentence says why."""

    code = "address"
    message = _("This address cannot be used here.")


class AccessRefused(NewsletterError):
    """No mail with what we hold leaves just now; the sentence says why."""

    code = "often"
    message = _(
        "A mail with the link went out within the last hour. Look for it in the mailbox; "
        "another one can be asked for in an hour."
    )

    @classmethod
    def blocked(cls) -> "AccessRefused":
        """Staff have blocked the address."""
        return cls(
            "blocked",
            _("The address is blocked, so no mail goes there. Take the block off first."),
        )


class EditedMeanwhile(NewsletterError):
    """Somebody else changed this while it was open here."""

    code = "meanwhile"
    message = _(
        "Somebody else changed this person while you had the page open, so nothing was saved. "
        "Compare what you wrote with what is there now, and save again."
    )


class NameRefused(NewsletterError):
    """A text cannot be shown as a person's name."""

    code = "name"
    message = _("This cannot be shown as a name.")


class LineRefused(NewsletterError):
    """A text cannot stand on one line of a mail's head."""

    code = "line"
    message = _("This text must stay on one line, without hidden characters.")


class LinkRefused(NewsletterError):
    """A text is not a link that may be shown to people."""

    code = "link"
    message = _("This is not a link that can be used here.")


class SegmentRefused(NewsletterError):
    """A segment rule is not one we can ask."""

    code = "segment"
    message = _("This segment cannot be used.")


class TookTooLong(NewsletterError):
    """The database did not answer in the time that was given."""

    code = "slow"
    message = _("This takes longer than a page can wait.")


class MailingRefused(NewsletterError):
    """A mailing cannot make this move; the sentence says why and what to do."""

    code = "mailing"
    message = _("This cannot be done with the mailing as it stands.")


class DigestRefused(NewsletterError):
    """A digest's plan cannot be kept; ``code`` is the field that has to be mended."""

    code = "digest"
    message = _("This plan cannot be kept.")


class ListRefused(NewsletterError):
    """A list cannot be kept as it was typed; ``code`` is the field that has to be mended."""

    code = "list"
    message = _("This list cannot be kept.")


class PauseRefused(NewsletterError):
    """A person cannot pause until that day; the sentence says which days she may choose."""

    code = "pause"
    message = _("Choose a day that is still to come, or leave this empty.")


class TextRefused(NewsletterError):
    """The text of a mailing cannot be sent as it is."""

    code = "text"
    message = _("The text cannot be sent as it is.")


class ImportRefused(NewsletterError):
    """A file cannot be imported; nothing was written."""

    code = "import"
    message = _("This file cannot be read.")


class TransportRefused(NewsletterError):
    """A way out cannot be kept as it was typed; ``code`` is the field that has to be mended."""

    code = "transport"
    message = _("This cannot be kept.")


class FieldRefused(NewsletterError):
    """A value does not fit its field, or a field cannot be as asked; the sentence says why."""

    code = "field"
    message = _("This does not fit the field.")


class SenderDomainRefused(NewsletterError):
    """A sender domain or a key cannot be as asked; ``code`` is the field that has to be mended."""

    code = "domain"
    message = _("This cannot be a sender domain.")


class QueryRefused(NewsletterError):
    """A question about people cannot be asked as it stands."""

    code = "query"
    message = _("This choice of people cannot be made any more.")


class BulkRefused(NewsletterError):
    """Work on many people cannot start; ``code`` is the field that has to be mended."""

    code = "bulk"
    message = _("This cannot be done with these people.")


class MergeRefused(NewsletterError):
    """Two people cannot be made one, or not be parted again; the sentence says why."""

    code = "merge"
    message = _("This cannot be done with these two people as they stand.")
