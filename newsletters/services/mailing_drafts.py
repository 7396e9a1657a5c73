"""Mailings being written: what they are called, their texts, who shall get them."""

from collections.abc import Set
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from newsletters import addresses
from newsletters.compose import blocks, personalise, rendering
from newsletters.errors import MailingRefused, TextRefused
from newsletters.models import Mailing, MailingText, Segment
from newsletters.names import straight
from newsletters.selectors.mailings import EDITABLE
from newsletters.selectors.segments import compile_rule
from newsletters.services import mailings
from newsletters.states import DoubtPolicy, MailingKind, MailingState


@dataclass(frozen=True)
class Heading:
    """What a mailing is called and whom it comes from."""

    name: str
    sender_name: str = ""
    reply_to: str = ""
    default_language: str = "en"
    doubt_policy: str = DoubtPolicy.RESEND


@dataclass(frozen=True)
class Text:
    """What was typed in one language; ``blocks`` is the stored JSON."""

    language: str
    subject: str = ""
    preheader: str = ""
    blocks: list[dict[str, Any]] = field(default_factory=list)


@transaction.atomic
def create(*, heading: Heading, by: User | None) -> Mailing:
    """A new mailing in DRAFT with an empty text in its language."""
    mailing = Mailing(created_by=by)
    _fill_heading(mailing, heading)
    mailing.save()
    MailingText.objects.create(mailing=mailing, language=heading.default_language)
    return mailing


@transaction.atomic
def save_heading(*, mailing: Mailing, heading: Heading) -> Mailing:
    """Keep name and sender. DRAFT only; raises MailingRefused otherwise."""
    _hold(mailing, {MailingState.DRAFT})
    _fill_heading(mailing, heading)
    mailing.save(
        update_fields=["name", "sender_name", "reply_to", "default_language", "doubt_policy"]
    )
    MailingText.objects.get_or_create(mailing=mailing, language=heading.default_language)
    return mailing


@transaction.atomic
def save_text(*, mailing: Mailing, text: Text) -> MailingText:
    """Keep one language. DRAFT or PAUSED; raises TextRefused for what could not be filled in.

    Unfinished blocks may be kept; they are refused at approval. Marks that turn
    letters around are taken out of subject and first line.
    """
    if mailing.kind == MailingKind.DIGEST:
        raise TextRefused("digest", _("The text of a digest issue is made of its items."))
    _hold(mailing, EDITABLE)
    subject, preheader = straight(text.subject), straight(text.preheader)
    wrong = rendering.line_problems(subject) + personalise.problems(preheader)
    for block in blocks.read(text.blocks):
        wrong += block.wrong().values()
    if wrong:
        raise TextRefused("wrong", " ".join(wrong))
    row, _created = MailingText.objects.update_or_create(
        mailing=mailing,
        language=text.language,
        defaults={
            "subject": subject,
            "preheader": preheader,
            "blocks": text.blocks,
        },
    )
    return row


@transaction.atomic
def remove_text(*, mailing: Mailing, language: str) -> None:
    """Take a language out again. DRAFT only, and never the default language."""
    _hold(mailing, {MailingState.DRAFT})
    if language == mailing.default_language:
        raise MailingRefused("language", _("Everybody else gets this language; it has to stay."))
    MailingText.objects.filter(mailing=mailing, language=language).delete()


@transaction.atomic
def set_audience(
    *, mailing: Mailing, lists: list[int], excluded: list[int], rule: dict[str, Any] | Segment
) -> None:
    """Say who gets it. DRAFT only; raises SegmentRefused for a rule that cannot be asked.

    A saved segment may stand in the place of ``rule``: a draft follows it.
    """
    segment, rule = (rule, rule.rule) if isinstance(rule, Segment) else (None, rule)
    compile_rule(rule)
    _hold(mailing, {MailingState.DRAFT})
    mailing.lists.set(lists)
    mailing.excluded_lists.set(excluded)
    mailing.audience_rule = rule
    mailing.segment = segment
    mailing.save(update_fields=["audience_rule", "segment"])


def _hold(mailing: Mailing, states: Set[MailingState]) -> None:
    """Keep the row to this transaction while it is in one of ``states``; refuse otherwise."""
    held = Mailing.objects.filter(pk=mailing.pk, state__in=states)
    if held.update(updated_at=timezone.now()) != 1:
        raise mailings.moved_on(mailing)


def _fill_heading(mailing: Mailing, heading: Heading) -> None:
    mailing.name = heading.name
    mailing.sender_name = heading.sender_name
    mailing.reply_to = addresses.parse(heading.reply_to).canonical if heading.reply_to else ""
    mailing.default_language = heading.default_language
    mailing.doubt_policy = heading.doubt_policy
