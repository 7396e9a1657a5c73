"""The blocks a mailing is made of: data, checked, and each knowing its MJML and its plain text.

Stored as JSON: ``{"type": "button", "label": "Write now", "url": "https://…"}``.
A draft may hold unfinished blocks; ``gaps`` says what is missing, ``wrong`` what is wrong.
"""

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar

from django.conf import settings
from django.utils.functional import Promise
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from newsletters.compose import personalise
from newsletters.errors import LinkRefused, TextRefused
from newsletters.links_safe import check_url
from newsletters.sanitise import clean_html, is_too_deep, plain_text

MAX_BLOCKS = 60
MAX_TEXT = 40_000
BLOCK_TAG = re.compile(r"<(?:p|h[1-6]|ul|ol|blockquote|table|pre|figure|hr)[\s>/]", re.IGNORECASE)
SITE_PATH = re.compile(r"/[A-Za-z0-9_./?=&%#~+,;:@!*()-]*")
PICTURE = re.compile(r"/[A-Za-z0-9_./-]+\.(?:jpe?g|png|gif)")

# A face every machine has: a mail loads none.
HEAD_FONT = "'Arial Narrow', Arial, sans-serif"

Problems = dict[str, str]


@dataclass(frozen=True, slots=True)
class Block:
    """What every block can say of itself. Field names are the keys of its JSON and of its form."""

    kind: ClassVar[str] = ""
    label: ClassVar[str | Promise] = ""

    def wrong(self) -> Problems:
        """Field → sentence for everything that must be mended before it can be kept."""
        return {}

    def gaps(self) -> Problems:
        """Field → sentence for everything still missing before it can be sent."""
        return {}

    def mjml(self) -> str:
        """The block as MJML elements of one column; every word is escaped."""
        raise NotImplementedError

    def text(self) -> str:
        """The block in the plain text part."""
        raise NotImplementedError

    def data(self) -> dict[str, Any]:
        """The form in which it is stored."""
        return {"type": self.kind, **asdict(self)}


@dataclass(frozen=True, slots=True)
class Heading(Block):
    """A line in large letters."""

    kind: ClassVar[str] = "heading"
    label: ClassVar[str | Promise] = gettext_lazy("Heading")
    words: str = ""

    def wrong(self) -> Problems:
        """Unknown placeholders."""
        return _placeholders(words=self.words)

    def gaps(self) -> Problems:
        """The words."""
        return {} if self.words.strip() else {"words": _("This heading is empty.")}

    def mjml(self) -> str:
        """A heading of the second level: the first is the site's name."""
        words = escape(self.words.strip())
        return f'<mj-text font-family="{HEAD_FONT}"><h2>{words}</h2></mj-text>'

    def text(self) -> str:
        """The words, underlined."""
        words = self.words.strip()
        return f"{words}\n{'=' * min(len(words), 60)}"


@dataclass(frozen=True, slots=True)
class Text(Block):
    """Paragraphs: typed plainly, or with a little HTML."""

    kind: ClassVar[str] = "text"
    label: ClassVar[str | Promise] = gettext_lazy("Text")
    html: str = ""

    def wrong(self) -> Problems:
        """Unknown placeholders, pictures, and more than anybody would read."""
        if len(self.html) > MAX_TEXT:
            return {"html": _("This text is too long; split it, or link to an article.")}
        if is_too_deep(self.html):
            return {"html": _("Too many tags lie one inside the other; paste it as plain text.")}
        if "<img" in clean_html(self.html):
            return {"html": _("Take the picture out of the text and add a block “Picture”.")}
        return _placeholders(html=self.html)

    def gaps(self) -> Problems:
        """The words."""
        return {} if plain_text(self.html).strip() else {"html": _("This text is empty.")}

    def markup(self) -> str:
        """Cleaned HTML; what was typed without tags becomes paragraphs at its blank lines."""
        return clean_html(self.html if BLOCK_TAG.search(self.html) else _paragraphs(self.html))

    def mjml(self) -> str:
        """The cleaned HTML as it is."""
        return f"<mj-text>{self.markup()}</mj-text>"

    def text(self) -> str:
        """Paragraphs apart, links written out."""
        return plain_text(self.markup())


@dataclass(frozen=True, slots=True)
class Picture(Block):
    """A picture of our own site; no mail of ours asks another host for anything."""

    kind: ClassVar[str] = "image"
    label: ClassVar[str | Promise] = gettext_lazy("Picture")
    src: str = ""
    alt: str = ""

    def wrong(self) -> Problems:
        """A picture that lies elsewhere."""
        if self.src and self.path() is None:
            where = settings.SITE_URL + _media()
            return {"src": _("Only pictures of this site, like %(where)s….jpg.") % {"where": where}}
        return {}

    def gaps(self) -> Problems:
        """The address and the words for who cannot see it."""
        missing = {}
        if not self.src:
            missing["src"] = _("This picture has no address yet.")
        if not self.alt.strip():
            missing["alt"] = _("Say in a few words what the picture shows, for who cannot see it.")
        return missing

    def path(self) -> str | None:
        """The path on this site, or None when it is not a picture of ours."""
        path = self.src.strip().removeprefix(settings.SITE_URL)
        ours = path.startswith(_media()) and ".." not in path and PICTURE.fullmatch(path)
        return path if ours else None

    def mjml(self) -> str:
        """The picture at full width."""
        address = escape(settings.SITE_URL + (self.path() or ""))
        return (
            f'<mj-image src="{address}" alt="{escape(self.alt.strip())}" padding="8px 24px 16px"/>'
        )

    def text(self) -> str:
        """What it shows."""
        return f"[{self.alt.strip()}]"


@dataclass(frozen=True, slots=True)
class Button(Block):
    """The one thing the reader is asked to do."""

    kind: ClassVar[str] = "button"
    label: ClassVar[str | Promise] = gettext_lazy("Button")
    words: str = ""
    url: str = ""

    def wrong(self) -> Problems:
        """A link that may not be shown to people, unknown placeholders."""
        found = _placeholders(words=self.words)
        if self.url.strip() and not self._is_ours():
            try:
                if not check_url(self.url.strip()).startswith("https://"):
                    found["url"] = _("A button leads to a page that starts with https://.")
            except LinkRefused as error:
                found["url"] = str(error)
        return found

    def gaps(self) -> Problems:
        """Words and link."""
        missing = {}
        if not self.words.strip():
            missing["words"] = _("This button has no words yet.")
        if not self.url.strip():
            missing["url"] = _("This button has no link yet.")
        return missing

    def mjml(self) -> str:
        """The signal colour, large enough for a thumb."""
        return (
            f'<mj-button href="{escape(self.url.strip())}" css-class="act">'
            f"{escape(self.words.strip())}</mj-button>"
        )

    def text(self) -> str:
        """Words and address."""
        return f"{self.words.strip()}:\n{self.url.strip()}"

    def _is_ours(self) -> bool:
        # An installation on one's own machine has no certificate; its own pages are no danger.
        rest = self.url.strip().removeprefix(settings.SITE_URL)
        return rest != self.url.strip() and bool(SITE_PATH.fullmatch(rest))


@dataclass(frozen=True, slots=True)
class Divider(Block):
    """A thin line."""

    kind: ClassVar[str] = "divider"
    label: ClassVar[str | Promise] = gettext_lazy("Line")

    def mjml(self) -> str:
        """A rule over the width of the text."""
        return '<mj-divider border-width="1px" border-color="#d8d3c5" padding="12px 24px"/>'

    def text(self) -> str:
        """Three dashes."""
        return "---"


KINDS: dict[str, type[Block]] = {
    made.kind: made for made in (Heading, Text, Picture, Button, Divider)
}


def read(stored: object) -> list[Block]:
    """The blocks behind stored JSON. Raises TextRefused when it is not a list of known blocks."""
    if not isinstance(stored, list) or len(stored) > MAX_BLOCKS:
        raise TextRefused("blocks", _("A mailing has at most sixty blocks."))
    return [_read_one(item) for item in stored]


def checked(blocks: Iterable[Block]) -> list[tuple[int, str]]:
    """(number of the block from one, sentence) for everything wrong or missing."""
    return [
        (number, sentence)
        for number, block in enumerate(blocks, start=1)
        for sentence in {**block.gaps(), **block.wrong()}.values()
    ]


def _read_one(item: object) -> Block:
    kind = KINDS.get(str(item.get("type"))) if isinstance(item, dict) else None
    if kind is None or not isinstance(item, dict):
        raise TextRefused("blocks", _("There is a block here that this version does not know."))
    names = {field.name for field in fields(kind)}
    given = {name: value for name, value in item.items() if name != "type"}
    if set(given) - names or not all(isinstance(value, str) for value in given.values()):
        raise TextRefused("blocks", _("A block holds something it cannot hold."))
    return kind(**given)


def _placeholders(**typed: str) -> Problems:
    found = {name: " ".join(personalise.problems(words)) for name, words in typed.items()}
    return {name: sentence for name, sentence in found.items() if sentence}


def _paragraphs(typed: str) -> str:
    parts = re.split(r"\n\s*\n", typed.replace("\r\n", "\n").strip())
    return "".join(f"<p>{part.strip()}</p>".replace("\n", "<br>") for part in parts if part.strip())


def _media() -> str:
    return "/" + settings.MEDIA_URL.strip("/") + "/"
