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
WELCOME = MailType("newsletters.welcome", ("lists", "preferences_url"))

MAILS = (CONFIRM_SUBSCRIPTION, ALREADY_SUBSCRIBED, FRESH_LINK, WELCOME)


def write(mail: MailType, *, language: str, context: dict[str, object]) -> Written:
    """Render ``mail`` in ``language``; ValueError when the context is not the declared one."""
    if set(context) != set(mail.context):
        raise ValueError(f"{mail.name} needs {sorted(mail.context)}, got {sorted(context)}")
    known = {
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
        "postal_address": settings.POSTAL_ADDRESS,
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
