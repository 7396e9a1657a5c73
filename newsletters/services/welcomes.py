"""The mail that says which lists one is on now: in each list's own words and from its sender."""

import re
from collections.abc import Iterable, Iterator

from django.conf import settings
from django.utils import timezone

from newsletters import mails
from newsletters.mails import Joined
from newsletters.models import Contact, MailingList
from newsletters.selectors.lists import Voice, voice
from newsletters.services import links, outgoing
from newsletters.services.outgoing import Letterhead


def welcome(*, contact: Contact, joined: Iterable[MailingList]) -> None:
    """Queue the welcome after a confirmation, for those of ``joined`` that send one.

    One mail for all lists of one sender. Coming, going and coming again on one
    day brings one welcome.
    """
    for speaks, lists in _by_voice(row for row in joined if row.sends_welcome):
        outgoing.queue(
            mail=mails.WELCOME,
            to=outgoing.recipient(contact),
            context=_context(contact, lists),
            dedupe_key=f"welcome {contact.pk} {lists[-1].pk} {timezone.now():%Y-%m-%d}",
            letterhead=_letterhead(speaks),
        )


def tell_put_on(*, contact: Contact, joined: Iterable[MailingList]) -> None:
    """Queue the mail to somebody who is on ``joined`` without having been asked by mail."""
    for speaks, lists in _by_voice(joined):
        outgoing.queue(
            mail=mails.PUT_ON,
            to=outgoing.recipient(contact),
            context=_context(contact, lists),
            letterhead=_letterhead(speaks),
        )


def _by_voice(lists: Iterable[MailingList]) -> Iterator[tuple[Voice, list[MailingList]]]:
    found: dict[Voice, list[MailingList]] = {}
    for row in sorted(lists, key=lambda row: row.pk):
        found.setdefault(voice([row]), []).append(row)
    yield from found.items()


def _context(contact: Contact, lists: list[MailingList]) -> dict[str, object]:
    return {
        "joined": [
            Joined(row.name, links.leave_url(contact, row), _words(row, contact.language))
            for row in lists
        ],
        "preferences_url": links.preferences_url(contact),
    }


def _words(mailing_list: MailingList, language: str) -> tuple[str, ...]:
    """The list's own words in her language, or in the one we write in first; paragraphs."""
    texts = mailing_list.welcome_texts
    text = texts.get(language) or texts.get(settings.CONTENT_LANGUAGES[0]) or ""
    return tuple(part.strip() for part in re.split(r"\n\s*\n", text) if part.strip())


def _letterhead(speaks: Voice) -> Letterhead:
    return Letterhead(
        sender_name=speaks.sender_name,
        sender_email=speaks.sender_email,
        postal_address=speaks.postal_address,
    )
