"""The text of a mailing while it is written, as the renderer takes it."""

from django.conf import settings

from newsletters.compose import blocks, digest
from newsletters.compose.rendering import Draft
from newsletters.models import DigestIssue, Mailing, MailingText
from newsletters.selectors import lists
from newsletters.states import MailingKind


def one(text: MailingText, postal_address: str) -> Draft:
    """One language as it stands. Raises TextRefused when its blocks are not ours."""
    return Draft(
        language=text.language,
        subject=text.subject,
        preheader=text.preheader,
        blocks=blocks.read(text.blocks),
        postal_address=postal_address,
        counts_opens=text.mailing.counts_opens,
        counts_clicks=text.mailing.counts_clicks,
    )


def of(mailing: Mailing) -> dict[str, Draft]:
    """Language → its text, the default language first. A digest issue's is made of its items."""
    if mailing.kind == MailingKind.DIGEST:
        issues = DigestIssue.objects.select_related("digest__mailing_list")
        return digest.whole(issues.get(mailing=mailing))
    texts = sorted(
        mailing.texts.all(),
        key=lambda row: (row.language != mailing.default_language, row.language),
    )
    postal_address = lists.voice(mailing.lists.all()).postal_address or settings.POSTAL_ADDRESS
    return {text.language: one(text, postal_address) for text in texts}
