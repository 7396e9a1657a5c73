"""Our named mails: each has a name, a context and two templates.

``<app>.<name>`` → ``templates/<app>/mail/<name>.txt`` and ``.html``. They extend
``mail/base.txt`` and ``mail/base.html`` and fill the block ``content``; the first
fills the block ``subject`` too.
Every template also knows ``site_name``, ``site_url`` and ``postal_address``.
"""

from dataclasses import dataclass, field

import css_inline
from django.conf import settings
from django.template import Context, Engine
from django.utils import translation

from newsletters.names import one_line
from newsletters.states import SuppressionReason


@dataclass(frozen=True)
class MailType:
    """A mail the program writes by itself.

    ``passes``: suppressions that do not stop it. A confirmation passes a bounce,
    because the person at the keyboard says the mailbox exists.
    """

    name: str
    context: tuple[str, ...]
    passes: frozenset[SuppressionReason] = field(default_factory=frozenset)

    def template(self, ending: str) -> str:
        """Path of the template with this ending, e.g. ``txt``."""
        app, _, mail = self.name.partition(".")
        return f"{app}/mail/{mail}.{ending}"


@dataclass(frozen=True)
class Written:
    """A mail in words: one-line subject, text part and HTML part."""

    subject: str
    text: str
    html: str


_INLINER = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)

ANSWERS_A_PERSON = frozenset(
    {SuppressionReason.BOUNCED, SuppressionReason.LEFT_ALL, SuppressionReason.ERASED}
)

CONFIRM_SUBSCRIPTION = MailType(
    "newsletters.confirm_subscription", ("confirm_url", "lists"), passes=ANSWERS_A_PERSON
)
ALREADY_SUBSCRIBED = MailType(
    "newsletters.already_subscribed", ("preferences_url", "lists"), passes=ANSWERS_A_PERSON
)
FRESH_LINK = MailType("newsletters.fresh_link", ("preferences_url",), passes=ANSWERS_A_PERSON)
# After a confirmation; ``joined`` is a list of Joined.
WELCOME = MailType("newsletters.welcome", ("joined", "preferences_url"))
# Without a confirmation: whoever reads it may never have asked.
PUT_ON = MailType("newsletters.put_on", ("joined", "preferences_url"))
CONFIRM_ADDRESS = MailType("newsletters.confirm_address", ("confirm_url",), passes=ANSWERS_A_PERSON)
ADDRESS_TAKEN = MailType("newsletters.address_taken", ("preferences_url",))
# Asked for by herself or by staff for her; only a block by staff stops it.
YOUR_DATA = MailType(
    "newsletters.your_data",
    ("access_url",),
    passes=ANSWERS_A_PERSON | {SuppressionReason.COMPLAINED},
)
ADDRESS_CHANGED = MailType("newsletters.address_changed", ("leave_url",))

MAILS = (
    CONFIRM_SUBSCRIPTION,
    ALREADY_SUBSCRIBED,
    FRESH_LINK,
    WELCOME,
    PUT_ON,
    CONFIRM_ADDRESS,
    ADDRESS_TAKEN,
    ADDRESS_CHANGED,
    YOUR_DATA,
)


@dataclass(frozen=True)
class Joined:
    """A list in a mail that says that one is on it now, and how to leave it with one press."""

    name: str
    leave_url: str
    # The list's own words, paragraph by paragraph.
    words: tuple[str, ...] = ()


def write(
    mail: MailType, *, language: str, context: dict[str, object], postal_address: str = ""
) -> Written:
    """Render ``mail`` in ``language``; ValueError when the context is not the declared one.

    ``postal_address`` stands below instead of the campaign's own.
    """
    if set(context) != set(mail.context):
        raise ValueError(f"{mail.name} needs {sorted(mail.context)}, got {sorted(context)}")
    known = {
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
        "postal_address": postal_address or settings.POSTAL_ADDRESS,
        **context,
    }
    with translation.override(language or "en"):
        # mail/base.txt: the subject, an empty line, the text.
        first, _, text = _words(mail.template("txt"), known).partition("\n\n")
        subject = one_line(first)
        return Written(
            subject=subject,
            text=text.strip() + "\n",
            html=_markup(mail.template("html"), {**known, "subject": subject}),
        )


def _words(template: str, context: dict[str, object]) -> str:
    # Plain text: an apostrophe stays one, nothing is written as &#x27;.
    found = Engine.get_default().get_template(template)
    return found.render(Context(context, autoescape=False)).strip()


def _markup(template: str, context: dict[str, object]) -> str:
    html = Engine.get_default().get_template(template).render(Context(context))
    # What stays in <style> is the dark colours, which no attribute can say.
    return _INLINER.inline(html)
