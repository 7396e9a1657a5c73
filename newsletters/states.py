"""The states of everything that moves, and the moves that are allowed. Pure: imports no model."""

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _


class DeliveryState(IntegerChoices):
    """Where one mail stands. Small integers: there are millions of rows."""

    READY = 0, _("still to go")
    CLAIMED = 1, _("on its way")
    ACCEPTED = 2, _("accepted")
    REFUSED = 3, _("refused")
    SKIPPED = 4, _("skipped")
    UNSURE = 5, _("unsure")
    CANCELLED = 6, _("cancelled")


class SkipReason(TextChoices):
    """Why a mail was not sent to somebody who was on the list when it was planned."""

    UNSUBSCRIBED = "unsubscribed", _("left the list after the mailing was planned")
    PAUSED = "paused", _("asked for a pause after the mailing was planned")
    SUPPRESSED = "suppressed", _("the address is not to be written to")
    ERASED = "erased", _("asked to be forgotten")
    EXPIRED = "expired", _("could not be sent before the deadline")
    RENDER = "render", _("the text could not be made for this person")
    NEEDS_SMTPUTF8 = "smtputf8", _("the relay cannot take this kind of address")
    LEFT = "left", _("an organiser chose not to send it again")
    MERGED = "merged", _("made one with another person, who gets it")


class Heard(IntegerChoices):
    """What is heard of a mail after it was accepted."""

    OPENED = 1, _("opened")
    CLICKED = 2, _("clicked")


class Lane(IntegerChoices):
    """Which work goes first: a person who waits for a confirmation is never behind a mailing."""

    NOW = 0, _("now")
    BULK = 1, _("bulk")


class MailingState(TextChoices):
    """Where a mailing stands."""

    DRAFT = "draft", _("Draft")
    APPROVED = "approved", _("Approved")
    SCHEDULED = "scheduled", _("Scheduled")
    EXPANDING = "expanding", _("Making the list")
    SENDING = "sending", _("Sending")
    PAUSED = "paused", _("Paused")
    SENT = "sent", _("Sent")
    CANCELLED = "cancelled", _("Cancelled")


MAILING_MOVES: dict[MailingState, frozenset[MailingState]] = {
    MailingState.DRAFT: frozenset({MailingState.APPROVED, MailingState.CANCELLED}),
    MailingState.APPROVED: frozenset(
        {MailingState.SCHEDULED, MailingState.DRAFT, MailingState.CANCELLED}
    ),
    # To PAUSED: its hour passed unseen, and a person decides whether it still goes out.
    MailingState.SCHEDULED: frozenset(
        {
            MailingState.EXPANDING,
            MailingState.PAUSED,
            MailingState.DRAFT,
            MailingState.CANCELLED,
        }
    ),
    MailingState.EXPANDING: frozenset(
        {MailingState.SENDING, MailingState.PAUSED, MailingState.CANCELLED}
    ),
    MailingState.SENDING: frozenset(
        {MailingState.PAUSED, MailingState.SENT, MailingState.CANCELLED}
    ),
    # To EXPANDING: it was paused before everybody had a row.
    MailingState.PAUSED: frozenset(
        {MailingState.SENDING, MailingState.EXPANDING, MailingState.CANCELLED}
    ),
    # Somebody took back what had been decided about the last doubts.
    MailingState.SENT: frozenset({MailingState.SENDING}),
    MailingState.CANCELLED: frozenset(),
}


# Its mail leaves: what has a row may go while the rest of the list is still being made.
LEAVING = (MailingState.EXPANDING, MailingState.SENDING)


class MailingKind(TextChoices):
    """What a mailing is."""

    APPEAL = "appeal", _("Appeal")
    DIGEST = "digest", _("Digest issue")


class DoubtPolicy(TextChoices):
    """What happens to a row whose mail may or may not have arrived."""

    RESEND = "resend", _("send it once more after ten minutes")
    HOLD = "hold", _("never twice: wait for a person to decide")


class Decision(TextChoices):
    """What a person decides about a mail that may or may not have arrived."""

    ARRIVED = "arrived", _("It arrived")
    AGAIN = "again", _("Send again")
    LEAVE = "leave", _("Leave it")


class SubscriptionState(TextChoices):
    """Where one person stands on one list."""

    PENDING = "pending", _("Waiting for confirmation")
    ACTIVE = "active", _("On the list")
    UNSUBSCRIBED = "unsubscribed", _("Left the list")


class ContactState(TextChoices):
    """Whether mail reaches the person."""

    REACHABLE = "reachable", _("Reachable")
    BOUNCED = "bounced", _("Mailbox does not exist")


class SuppressionScope(TextChoices):
    """What must not be sent to a suppressed address."""

    BULK = "bulk", _("No mailings")
    ALL = "all", _("Nothing at all")


class SuppressionReason(TextChoices):
    """Why an address is suppressed."""

    BOUNCED = "bounced", _("The mailbox does not exist")
    COMPLAINED = "complained", _("Marked our mail as spam")
    LEFT_ALL = "left_all", _("Left everything")
    ERASED = "erased", _("Asked to be forgotten")
    BLOCKED = "blocked", _("Blocked by staff")


class ImportState(TextChoices):
    """Where an import stands. UPLOADED waits for the columns to be mapped."""

    UPLOADED = "uploaded", _("Waiting for the columns")
    CHECKING = "checking", _("Being checked")
    CHECKED = "checked", _("Checked, nothing written yet")
    APPLYING = "applying", _("Being written")
    DONE = "done", _("Done")
    FAILED = "failed", _("Refused")
    CANCELLED = "cancelled", _("Stopped")
    UNDOING = "undoing", _("Being undone")
    UNDONE = "undone", _("Undone")


class FieldKind(TextChoices):
    """How a value of a custom field is read, kept in ``Contact.attributes`` and compared."""

    TEXT = "text", _("Text")
    NUMBER = "number", _("Number")
    DATE = "date", _("Date")
    YES_NO = "yes_no", _("Yes or no")
    CHOICE = "choice", _("One choice")
    CHOICES = "choices", _("Several choices")
    LINK = "link", _("Link")


class IssueState(TextChoices):
    """What became of one period of a digest."""

    DRAFT = "draft", _("Waiting for approval")
    QUEUED = "queued", _("Handed to the mailing")
    SKIPPED = "skipped", _("Skipped")


class Clock(TextChoices):
    """Whose local time a mailing follows."""

    SENDER = "sender", _("ours")
    READER = "reader", _("each reader's own")


class DkimAlgorithm(TextChoices):
    """How a domain's mail is signed (RFC 6376, RFC 8463)."""

    RSA = "rsa", _("RSA, 2048 bit")
    ED25519 = "ed25519", _("Ed25519")


class TransportState(TextChoices):
    """Whether a relay or provider takes mail."""

    OPEN = "open", _("Working")
    PAUSED = "paused", _("Not reachable, trying again")


class AlarmKind(TextChoices):
    """What can be wrong with sending. The label is the sentence staff read; details fill it.

    ``%(mailing)s`` in a sentence becomes the mailing's name; the details hold its id.
    """

    UNPROVED = (
        "unproved",
        _("“%(mailing)s” has %(total)s mails in its total and %(rows)s in its list."),
    )
    TRANSPORT = (
        "transport",
        _("“%(transport)s” takes no mail: %(reason)s. It is tried again; nothing is lost."),
    )
    DKIM_RECORD = (
        "dkim_record",
        _("Mail from %(domain)s goes out unsigned: the DNS record “%(selector)s” is not right."),
    )
    DKIM_FILE = (
        "dkim_file",
        _("Mail from %(domain)s goes out unsigned: the private key “%(selector)s” is missing."),
    )
    REFUSALS = (
        "refusals",
        _("“%(mailing)s” was paused: more than a tenth of its last mails were refused."),
    )
    STORM = (
        "storm",
        _(
            "%(domain)s says that %(count)s mailboxes do not exist, all at once. "
            "That is hardly true, so nobody was taken off for it."
        ),
    )
    RESTORED = (
        "restored",
        _(
            "A backup of the database was put back. What waits until somebody has looked at it: "
            "mailings %(mailings)s, digests %(digests)s."
        ),
    )


class DkimFinding(TextChoices):
    """What a look at the DNS said about a key. The label is the sentence people read."""

    HOLDS = "holds", _("The record is right. Mail from this domain is signed with this key.")
    MISSING = "missing", _("There is no record at this name yet. A new one may take an hour.")
    SEVERAL = "several", _("There are several records at this name. Leave only the one below.")
    OTHER_KEY = "other_key", _("The record holds another key. Copy it again from here.")
    REVOKED = "revoked", _("The record says that this key is not used any more.")
    UNUSABLE = "unusable", _("The record cannot be used by receivers. Copy it again from here.")
    NO_FILE = "no_file", _("The private key is not on this machine, so nothing could be tried.")
    UNANSWERED = "unanswered", _("The DNS gave no answer. Nothing was changed; try again later.")
