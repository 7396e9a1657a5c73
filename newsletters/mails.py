"""Our named mails: each has a name, a context and three templates.

``<app>.<name>`` → ``templates/<app>/mail/<name>.subject.txt``, ``.txt`` and ``.html``.
"""

from dataclasses import dataclass, field

from django.template.loader import render_to_string
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
        """Path of the template with this ending, e.g. ``subject.txt``."""
        app, _, mail = self.name.partition(".")
        return f"{app}/mail/{mail}.{ending}"


@dataclass(frozen=True)
class Written:
    """A mail in words: one-line subject, text part and HTML part."""

    subject: str
    text: str
    html: str


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
    """Render ``mail`` in ``language``. Raises ValueError when the context is not the declared one."""
    if set(context) != set(mail.context):
        raise ValueError(f"{mail.name} needs {sorted(mail.context)}, got {sorted(context)}")
    with translation.override(language or "en"):
        return Written(
            subject=one_line(render_to_string(mail.template("subject.txt"), context).strip()),
            text=render_to_string(mail.template("txt"), context).strip() + "\n",
            html=render_to_string(mail.template("html"), context),
        )
