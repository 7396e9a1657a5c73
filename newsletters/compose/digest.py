"""The mail of a digest issue: what is new for one kind of reader, as a draft the renderer takes."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.formats import date_format
from django.utils.html import escape

from newsletters import local_times, ports
from newsletters.compose.blocks import HEAD_FONT, Block, Heading
from newsletters.compose.rendering import MAX_SUBJECT, Draft
from newsletters.models import DigestIssue

WORD_JOINER = "\u2060"
IN_PREHEADER = 3


@dataclass(frozen=True, slots=True)
class Item(Block):
    """One thing that is new: day, title that is a link, summary."""

    day: str
    title: str
    url: str
    summary: str

    def mjml(self) -> str:
        """Day small, title large, summary as text."""
        title = f'<a href="{escape(self.url)}" style="color:#17150f">{escape(self.title)}</a>'
        return (
            '<mj-text padding="0 24px 20px">'
            f'<p style="margin:0;font-size:13px">{escape(self.day)}</p>'
            f'<h3 style="margin:0 0 4px;font-size:20px;font-family:{HEAD_FONT}">{title}</h3>'
            f'<p style="margin:0">{escape(self.summary)}</p></mj-text>'
        )

    def text(self) -> str:
        """The same in four lines."""
        lines = (self.title, self.day, self.summary, self.url)
        return "\n".join(line for line in lines if line)


def whole(issue: DigestIssue) -> dict[str, Draft]:
    """Language → everything of ``issue`` in it: what is checked and shown before it is approved."""
    languages = dict.fromkeys(item["language"] for item in issue.items)
    return {
        language: draft(
            issue,
            language,
            [index for index, item in enumerate(issue.items) if item["language"] == language],
        )
        for language in languages
    }


def draft(issue: DigestIssue, language: str, chosen: Sequence[int]) -> Draft:
    """The mail with the ``chosen`` items (indices). ``issue.digest`` and its list should be loaded.

    The list's postal address stands below, or the campaign's own.
    """
    items = [issue.items[index] for index in chosen]
    with translation.override(language):
        title = headline(issue)
        return Draft(
            language=language,
            subject=title,
            preheader=" · ".join(verbatim(item["title"]) for item in items[:IN_PREHEADER]),
            blocks=[Heading(title), *_blocks(items, issue.digest.time_zone)],
            postal_address=issue.digest.mailing_list.postal_address or settings.POSTAL_ADDRESS,
        )


def headline(issue: DigestIssue) -> str:
    """Name and day in the active language: "Weekly news, 20 November"."""
    day = local_times.show(issue.period_end, issue.digest.time_zone)
    return f"{verbatim(issue.digest.name)}, {date_format(day, 'j F')}"[:MAX_SUBJECT]


def verbatim(text: str) -> str:
    """``text`` such that nothing in it can be taken for a placeholder of a mailing."""
    return re.sub(r"\{(?=[{%])", "{" + WORD_JOINER, text)


def _blocks(items: list[dict[str, Any]], zone: str) -> list[Block]:
    """The items, under headings when they come from several sections."""
    order = [section.name for section in ports.sections()]
    labels = {section.name: str(section.label) for section in ports.sections()}
    several = len({item["section"] for item in items}) > 1
    # A section that was taken out of the settings since comes last, without a heading.
    found: list[Block] = []
    ranked = sorted(items, key=lambda item: _rank(order, item["section"]))
    for name, group in groupby(ranked, key=lambda item: item["section"]):
        if several and name in labels:
            found.append(Heading(labels[name]))
        found += [_item(item, zone) for item in group]
    return found


def _rank(order: list[str], section: str) -> int:
    return order.index(section) if section in order else len(order)


def _item(item: dict[str, Any], zone: str) -> Item:
    published = item["published_at"]
    at = local_times.show(datetime.fromisoformat(published), zone) if published else None
    return Item(
        day=date_format(at, "j F Y") if at else "",
        title=verbatim(item["title"]),
        url=item["url"].replace("{", "%7B").replace("}", "%7D"),
        summary=verbatim(item["summary"]),
    )
