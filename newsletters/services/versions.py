"""Freezing the text of a mailing: what was checked is what goes out, byte for byte."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from newsletters.compose import drafts, rendering
from newsletters.compose.skeleton import Words
from newsletters.errors import LineRefused, MailingRefused, SegmentRefused, TextRefused
from newsletters.models import Delivery, Mailing, MailingVersion
from newsletters.selectors import lists, mailings, sender_domains
from newsletters.selectors.segments import compile_rule
from newsletters.services import outgoing, tracking
from newsletters.states import DeliveryState, MailingKind, MailingState


def objections(mailing: Mailing) -> list[str]:
    """One sentence for everything that keeps ``mailing`` from being approved; empty: it may be."""
    found = []
    if not mailing.lists.exists():
        found.append(_("Nobody would get it: choose at least one list."))
    if mailing.state == MailingState.DRAFT:
        found += _objections_to_audience(mailing)
    if mailing.is_counted:
        found += _objections_to_counting(mailing)
    try:
        sender = sender_line(mailing)
    except LineRefused as error:
        found.append(_("Sender's name: %(why)s") % {"why": error})
    else:
        found += _objections_to(sender)
    try:
        texts = drafts.of(mailing)
    except TextRefused as error:
        return [*found, str(error)]
    if mailing.default_language not in texts:
        found.append(
            _("There is no text in %(language)s, which everybody else would get.")
            % {"language": mailings.language_name(mailing.default_language)}
        )
    many = len(texts) > 1
    for language, draft in texts.items():
        name = mailings.language_name(language)
        found += [
            f"{name}: {sentence}" if many else sentence for sentence in rendering.objections(draft)
        ]
    return found


def _objections_to_audience(mailing: Mailing) -> list[str]:
    try:
        compile_rule(mailing.audience_rule)
    except SegmentRefused as refused:
        return [_("Who gets it: %(why)s") % {"why": refused}]
    return []


def _objections_to_counting(mailing: Mailing) -> list[str]:
    refused = tracking.allowed(mailing)
    return [_("Opens and clicks: %(why)s") % {"why": refused}] if refused else []


def freeze(mailing: Mailing) -> MailingVersion:
    """The next version of the text as it stands. Raises MailingRefused naming what is missing.

    Returns the version that exists when nothing changed since. Runs in the
    caller's transaction.
    """
    found = objections(mailing)
    if found:
        raise MailingRefused("unfinished", " ".join(found))
    texts = _texts(mailing)
    digest = _digest(mailing, texts)
    last = newest(mailing)
    if last and last.content_hash == digest:
        return last
    number = last.number + 1 if last else 1
    return MailingVersion.objects.create(
        mailing=mailing,
        number=number,
        content_hash=digest,
        **_content(mailing, tracking.counted(mailing, texts)),
    )


@transaction.atomic
def revise(*, mailing: Mailing) -> int:
    """Give the text as it stands now to everybody still to go. Returns how many rows will get it.

    Only while PAUSED and while no mail is being handed over. A row whose mail
    may have gone already keeps its version, so that a repeat is the same bytes.
    """
    if mailing.kind == MailingKind.DIGEST:
        raise MailingRefused(
            "digest", _("The text of a digest issue is made of its items and stays as it is.")
        )
    held = Mailing.objects.filter(pk=mailing.pk, state=MailingState.PAUSED)
    if held.update(updated_at=timezone.now()) != 1:
        raise MailingRefused("state", _("Pause the mailing first; then its text can be changed."))
    if Delivery.objects.filter(mailing=mailing, state=DeliveryState.CLAIMED).exists():
        raise MailingRefused(
            "busy", _("Some mails are still being handed over. Try again in a few seconds.")
        )
    used = set(mailing.deliveries.order_by().values_list("language", flat=True).distinct())
    gone = used - set(drafts.of(mailing))
    if gone:
        raise MailingRefused(
            "language",
            _("People are waiting for the text in %(language)s; it cannot be taken out now.")
            % {"language": ", ".join(sorted(mailings.language_name(code) for code in gone))},
        )
    version = freeze(mailing)
    return mailing.deliveries.filter(state=DeliveryState.READY, doubts=0).update(version=version)


def list_id(mailing: Mailing) -> str:
    """The List-Id of RFC 2919: the first list, or the installation when there is none."""
    first = mailing.lists.order_by("pk").first()
    return f"<{first.slug if first else 'mailings'}.{settings.MAIL_DOMAIN}>"


def is_edited(mailing: Mailing) -> bool:
    """True when the text as it stands differs from the newest version."""
    last = newest(mailing)
    try:
        return last is not None and last.content_hash != _digest(mailing, _texts(mailing))
    except TextRefused:
        return True


def sender_line(mailing: Mailing) -> str:
    """Its From header: its own name, or what its lists agree on, or the campaign's own."""
    voice = lists.voice(mailing.lists.all())
    return outgoing.sender(mailing.sender_name or voice.sender_name, voice.sender_email)


def sender_of(mailing: Mailing) -> str:
    """Who it comes from in words, for a page; a comma in the name makes it no header."""
    voice = lists.voice(mailing.lists.all())
    name = mailing.sender_name or voice.sender_name or settings.SITE_NAME
    return f"{name} <{voice.sender_email or settings.MAIL_FROM}>"


def newest(mailing: Mailing) -> MailingVersion | None:
    """The version that goes out now; None before the first approval."""
    return mailing.versions.order_by("number").last()


def _objections_to(sender: str) -> list[str]:
    if sender_domains.is_ours(sender):
        return []
    return [
        _(
            "The sender's address of its list is not at a domain of ours any more; "
            "change it on the page of the list."
        )
    ]


def _texts(mailing: Mailing) -> dict[str, Words]:
    return {language: rendering.render(draft) for language, draft in drafts.of(mailing).items()}


def _content(mailing: Mailing, texts: Mapping[str, Words]) -> dict[str, Any]:
    return {
        "sender": sender_line(mailing),
        "reply_to": mailing.reply_to,
        "list_id": list_id(mailing),
        "parts": {language: {"": _part(words)} for language, words in texts.items()},
    }


def _digest(mailing: Mailing, texts: Mapping[str, Words]) -> str:
    """Of the text before it is counted; that it is counted stands in its foot."""
    content = _content(mailing, texts)
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _part(words: Words) -> dict[str, str]:
    return {"subject": words.subject, "html": words.html, "text": words.text}
