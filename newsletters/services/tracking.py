"""Counting opens and clicks: whether it may be done, and what it is switched to."""

from collections.abc import Iterable, Mapping

from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from newsletters.compose import counting, drafts, rendering
from newsletters.compose.skeleton import Words
from newsletters.errors import ListRefused, MailingRefused, TextRefused
from newsletters.models import Mailing, MailingList, TrackedLink
from newsletters.services import old_events
from newsletters.states import MailingKind, MailingState

# Approved, and not yet over.
FROZEN = frozenset(MailingState) - {MailingState.DRAFT, MailingState.SENT, MailingState.CANCELLED}


def allowed(mailing: Mailing) -> str:
    """Why opens and clicks of ``mailing`` may not be counted, as a sentence; empty: they may be."""
    if not settings.TRACKING:
        return _("The counting of opens and clicks is switched off for this installation.")
    if mailing.kind == MailingKind.DIGEST:
        return _("The issues of a digest are not counted.")
    sensitive = mailing.lists.filter(is_sensitive=True).first()
    if sensitive is not None:
        return _("“%(list)s” is a sensitive list: who reads its mails is never counted.") % {
            "list": sensitive.name
        }
    about = next((url for url in _addresses_in(mailing) if counting.is_sensitive(url)), None)
    if about is not None:
        return _("It links to %(link)s, about somebody at risk: that is never counted.") % {
            "link": about
        }
    return ""


def switch(*, mailing: Mailing, opens: bool, clicks: bool) -> None:
    """Count who opens it, who follows its links, both or neither. DRAFT only.

    Raises MailingRefused in any other state, and when something is to be counted
    that may not be (``allowed``).
    """
    refused = allowed(mailing) if opens or clicks else ""
    if refused:
        raise MailingRefused("counting", refused)
    drafted = Mailing.objects.filter(pk=mailing.pk, state=MailingState.DRAFT)
    if not drafted.update(counts_opens=opens, counts_clicks=clicks, updated_at=timezone.now()):
        raise MailingRefused(
            "state", _("What is counted can only be changed while the mailing is a draft.")
        )
    mailing.counts_opens, mailing.counts_clicks = opens, clicks


def stop(mailing_list: MailingList) -> None:
    """Count nothing of what goes to ``mailing_list``, because it is sensitive now.

    Switches go off in its drafts, and what was heard of its mailings is deleted.
    Raises ListRefused while a mailing that counts is approved or on its way: its
    text is frozen. Runs in the caller's transaction, after the list was changed.
    """
    to_it = Mailing.objects.order_by("pk").filter(lists=mailing_list)
    counting_ones = to_it.filter(Q(counts_opens=True) | Q(counts_clicks=True))
    frozen = counting_ones.filter(state__in=FROZEN).first()
    if frozen is not None:
        raise ListRefused(
            "is_sensitive",
            _(
                "“%(mailing)s” goes to this list and counts who reads it. "
                "Wait until it has been sent, or cancel it; then make the list sensitive."
            )
            % {"mailing": frozen.name},
        )
    counting_ones.filter(state=MailingState.DRAFT).update(counts_opens=False, counts_clicks=False)
    old_events.forget_sensitive()


def is_over(mailing: Mailing) -> bool:
    """True when nothing more is noted of it: what was heard is about to be forgotten.

    A day before, so that nothing is added to what is being summed up.
    """
    too_early = timezone.now() - old_events.KEPT + old_events.DAY
    ended = mailing.finished_at or mailing.started_at
    return ended is not None and ended < too_early


def counted(mailing: Mailing, texts: Mapping[str, Words]) -> dict[str, Words]:
    """Language → its finished text as it is frozen: with slots where ``mailing`` counts.

    Notes where it leads, also when only opens are counted: a page may be about
    somebody at risk one day. Runs in the caller's transaction. A mailing that counts
    nothing keeps its texts as they are.
    """
    if not mailing.is_counted:
        return dict(texts)
    urls = [url for words in texts.values() for url in counting.links(words.html)]
    numbers = _numbered(mailing, urls)
    clicks = numbers if mailing.counts_clicks else {}
    return {
        language: counting.counted(words, clicks, opens=mailing.counts_opens)
        for language, words in texts.items()
    }


def plain(mailing: Mailing, words: Words) -> Words:
    """A frozen text as it was before ``counted``: who looks at it is not counted."""
    return counting.plain(words, dict(mailing.tracked_links.values_list("pk", "url")))


def _numbered(mailing: Mailing, urls: Iterable[str]) -> dict[str, int]:
    TrackedLink.objects.bulk_create(
        [TrackedLink(mailing=mailing, url=url) for url in dict.fromkeys(urls)],
        ignore_conflicts=True,
    )
    return dict(mailing.tracked_links.values_list("url", "pk"))


def _addresses_in(mailing: Mailing) -> Iterable[str]:
    """Where its texts lead as far as they can be made now; what cannot is refused at approval."""
    try:
        texts = drafts.of(mailing).values()
        return [url for text in texts for url in counting.links(rendering.render(text).html)]
    except TextRefused:
        return []
