"""Blocks → MJML → HTML, and the text part. Placeholders come through untouched.

What comes out is the frozen form: the skeleton cuts it at the placeholders and
fills it in for each reader.
"""

import html
import re
from dataclasses import dataclass

import css_inline
import mrml
from django.conf import settings
from django.template import Context, Engine
from django.utils import translation
from django.utils.html import escape
from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _

from newsletters.compose import blocks as blocks_of
from newsletters.compose import liquid, personalise, trial
from newsletters.compose.blocks import Block
from newsletters.compose.skeleton import Words
from newsletters.compose.slots import cut
from newsletters.errors import LineRefused, TextRefused
from newsletters.names import one_line

# Gmail cuts a longer message off, and with it the way to leave.
CLIPPING_LIMIT = 102 * 1024
MAX_SUBJECT = 200
PLACE = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
BRACES = {"open": "{{", "close": "}}"}

_INLINER = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


@dataclass(frozen=True)
class Draft:
    """What one language of a mailing says while it is being written."""

    language: str
    subject: str
    preheader: str
    blocks: list[Block]
    postal_address: str
    counts_opens: bool = False
    counts_clicks: bool = False


def render(draft: Draft) -> Words:
    """Subject, HTML and text part with placeholders. Raises TextRefused when it cannot be made."""
    with translation.override(draft.language):
        return Words(subject=draft.subject.strip(), html=_html(draft), text=_text(draft))


def objections(draft: Draft) -> list[str]:
    """One sentence for everything that keeps this language from being sent; empty: it may go."""
    found = line_problems(draft.subject)
    if not draft.subject.strip():
        found.append(_("The subject is empty."))
    found += personalise.problems(draft.preheader)
    if not draft.blocks:
        found.append(_("There is no text yet. Add at least one block."))
    if not draft.postal_address.strip():
        found.append(
            _("The postal address is missing: the setting POSTAL_ADDRESS of this installation.")
        )
    found += [
        _("Block %(number)d: %(sentence)s") % {"number": number, "sentence": sentence}
        for number, sentence in blocks_of.checked(draft.blocks)
    ]
    return found or _objections_to_whole(draft)


def line_problems(subject: str) -> list[str]:
    """What keeps ``subject`` from standing in a mail's head."""
    try:
        one_line(subject)
    except LineRefused as error:
        return [str(error)]
    if len(subject) > MAX_SUBJECT:
        return [_("The subject is longer than 200 characters.")]
    return personalise.problems(subject)


def _objections_to_whole(draft: Draft) -> list[str]:
    """Only asked once every block is right: what can be seen of the finished mail alone."""
    try:
        words = render(draft)
        for part, is_html in ((words.html, True), (words.text, False), (words.subject, False)):
            if cut(part) is None:
                liquid.parse(part, escape_html=is_html)
    except TextRefused as error:
        return [str(error)]
    size = len(words.html.encode())
    if size > CLIPPING_LIMIT:
        return [
            _(
                "The mail is %(size)d KB long. Over 102 KB Gmail cuts it off, and the way to leave"
                " with it; shorten it."
            )
            % {"size": size // 1024}
        ]
    if not all("unsubscribe_url" in part for part in (words.html, words.text)):
        return [_("The way to leave is missing from the mail.")]
    return trial.objections(words)


def _html(draft: Draft) -> str:
    bidi = get_language_bidi()
    filled = {
        "language": escape(draft.language),
        "direction": "rtl" if bidi else "ltr",
        "start": "right" if bidi else "left",
        "subject": escape(_without_places(draft.subject)),
        "preheader": escape(draft.preheader.strip()),
        "blocks": "\n".join(block.mjml() for block in draft.blocks),
        "why": escape(_why()),
        "counted": escape(_counted(draft)),
        "site_name": escape(settings.SITE_NAME),
        "postal_address": escape(draft.postal_address.strip()).replace("\n", "<br />"),
        **BRACES,
    }
    source = _fill("newsletters/mailing/frame.mjml", filled)
    try:
        made = mrml.to_html(source).content
    except OSError as error:
        # mrml raises this for markup it cannot read.
        raise TextRefused(
            "markup", _("The text cannot be laid out; a tag may be open: %(why)s") % {"why": error}
        ) from error
    # An entity inside a placeholder would be escaped a second time when it is filled in.
    return PLACE.sub(lambda place: html.unescape(place[0]), _INLINER.inline(made))


def _text(draft: Draft) -> str:
    filled = {
        "blocks": "\n\n".join(block.text() for block in draft.blocks),
        "why": _why(),
        "counted": _counted(draft),
        "site_name": settings.SITE_NAME,
        "postal_address": draft.postal_address.strip(),
        **BRACES,
    }
    return _fill("newsletters/mailing/frame.txt", filled).strip() + "\n"


def _why() -> str:
    return _("You get this because you joined a list of %(site)s.") % {"site": settings.SITE_NAME}


def _counted(draft: Draft) -> str:
    """What readers are told about it; empty when nothing is counted."""
    if draft.counts_opens and draft.counts_clicks:
        return _("We count who opens this mail and which of its links are followed.")
    if draft.counts_opens:
        return _("We count who opens this mail.")
    return _("We count which links in this mail are followed.") if draft.counts_clicks else ""


def _fill(template: str, filled: dict[str, str]) -> str:
    # Every word was escaped by whoever made it; what stands here is markup already.
    return Engine.get_default().get_template(template).render(Context(filled, autoescape=False))


def _without_places(text: str) -> str:
    return " ".join(PLACE.sub("", text).split())
