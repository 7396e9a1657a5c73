"""Markup as plain text: the text part of a mail, and the first words of an article."""

import itertools
import re
from html.parser import HTMLParser

from newsletters.sanitise.cleaning import clean_html

_BLOCKS = {"caption", "figcaption", "figure", "h2", "h3", "h4", "p", "table"}
_LISTS = {"ol", "ul"}
_SPACES = re.compile(r"[ \t\r\n\f]+")
_QUOTED = "> "
_NEW_LINE, _BLANK_LINE = 1, 2
# Languages without spaces between words are cut by length instead.
_LETTERS_A_WORD = 8


def plain_text(html: str) -> str:
    """The same reading as plain text: paragraphs apart, lists with dashes, links as "text (url)".

    Any markup may be given; it is cleaned first. Lines are not wrapped.
    """
    return _written(html, with_links=True)


def excerpt(html: str, words: int = 40) -> str:
    """The first words on one line, without the targets of links; "…" where it was cut."""
    everything = _written(html, with_links=False).split()
    text, cut = " ".join(everything[:words]), len(everything) > words
    if len(text) > words * _LETTERS_A_WORD:
        head = text[: words * _LETTERS_A_WORD]
        text, cut = head.rpartition(" ")[0] or head, True
    return text + "…" if cut else text


def _written(html: str, *, with_links: bool) -> str:
    writer = _Writer(with_links=with_links)
    writer.feed(clean_html(html))
    writer.close()
    return writer.text()


class _Writer(HTMLParser):
    """Writes cleaned markup down line by line.

    Breaks are only noted when a tag asks for them and made when the next word
    comes, so that nested blocks never leave more than one blank line.
    """

    def __init__(self, *, with_links: bool) -> None:
        super().__init__(convert_charrefs=True)
        self._with_links = with_links
        self._lines: list[tuple[str, str]] = []  # prefix, words
        self._gap = _NEW_LINE
        self._prefixes: list[str] = []
        self._marker = ""
        self._numbers: list[int | None] = []  # one per open list; None for dashes
        self._cells = 0
        self._in_pre = False
        self._href = ""
        self._link_words = ""

    def text(self) -> str:
        """Everything written so far."""
        return "\n".join((prefix + words).rstrip() for prefix, words in self._lines)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what the tag asks for."""
        given = {name: value or "" for name, value in attrs}
        if tag in _LISTS:
            self._ask(_NEW_LINE if self._numbers else _BLANK_LINE)
            self._numbers.append(int(given.get("start") or 1) if tag == "ol" else None)
        elif tag == "li":
            self._open_item()
        elif tag == "a":
            self._href, self._link_words = given.get("href", ""), ""
        elif tag == "img" and given.get("alt"):
            self._write(f"[{given['alt']}]")
        else:
            self._open_block(tag)

    def handle_endtag(self, tag: str) -> None:
        """Note what the end of the element asks for."""
        if tag in _LISTS:
            self._numbers.pop()
            self._gap = _NEW_LINE if self._numbers else _BLANK_LINE
        elif tag == "li":
            self._prefixes.pop()
            self._marker = ""
            self._gap = _NEW_LINE
        elif tag == "a":
            self._close_link()
        elif tag == "tr":
            self._ask(_NEW_LINE)
        elif tag == "blockquote":
            self._prefixes.pop()
            self._ask(_BLANK_LINE)
        elif tag in _BLOCKS or tag == "pre":
            self._in_pre = False
            self._ask(_BLANK_LINE)

    def handle_data(self, data: str) -> None:
        """Write the words down."""
        if not self._in_pre:
            self._write(data)
            return
        for line in data.strip("\n").split("\n"):
            self._settle()
            self._append(line)
            self._gap = _NEW_LINE

    def _open_block(self, tag: str) -> None:
        if tag == "br":
            self._gap = min(self._gap + _NEW_LINE, _BLANK_LINE)
        elif tag == "hr":
            self._ask(_BLANK_LINE)
            self._write("---")
            self._ask(_BLANK_LINE)
        elif tag == "tr":
            self._ask(_NEW_LINE)
            self._cells = 0
        elif tag in {"td", "th"}:
            if self._cells:
                self._write(" | ")
            self._cells += 1
        elif tag == "blockquote":
            self._ask(_BLANK_LINE)
            self._prefixes.append(_QUOTED)
        elif tag in _BLOCKS or tag == "pre":
            self._ask(_BLANK_LINE)
            self._in_pre = tag == "pre"

    def _open_item(self) -> None:
        self._ask(_NEW_LINE)
        number = self._numbers[-1] if self._numbers else None
        if number is None:
            self._marker = "- "
        else:
            self._marker = f"{number}. "
            self._numbers[-1] = number + 1
        self._prefixes.append(" " * len(self._marker))

    def _close_link(self) -> None:
        target = self._href
        self._href = ""
        if target.startswith("mailto:"):
            target = target.removeprefix("mailto:").partition("?")[0]
        words = self._link_words.strip()
        if not (self._with_links and target) or words == target:
            return
        if not words:
            self._write(target)
        elif words != target.partition("//")[2]:
            self._write(f" ({target})")

    def _ask(self, gap: int) -> None:
        """A block inside a list item begins on the item's own line."""
        if not self._marker:
            self._gap = max(self._gap, gap)

    def _write(self, data: str) -> None:
        self._link_words += data
        words = _SPACES.sub(" ", data)
        if words == " " and self._gap:
            return
        if words.strip(" ") or not self._gap:
            self._settle()
            self._append(words)

    def _append(self, words: str) -> None:
        prefix, before = self._lines[-1]
        if not self._in_pre and (not before or before.endswith(" ")):
            words = words.removeprefix(" ")
        self._lines[-1] = (prefix, before + words)

    def _settle(self) -> None:
        """Make the breaks that were asked for."""
        if not self._gap:
            return
        prefix = "".join(self._prefixes)
        if self._marker:
            prefix = "".join(self._prefixes[:-1]) + self._marker
        if self._lines and self._gap == _BLANK_LINE:
            self._lines.append((_shared(self._lines[-1][0], prefix), ""))
        self._lines.append((prefix, ""))
        self._gap, self._marker = 0, ""


def _shared(before: str, after: str) -> str:
    """The blank line between two lines of one quotation belongs to the quotation."""
    pairs = itertools.takewhile(lambda pair: pair[0] == pair[1], zip(before, after, strict=False))
    return "".join(left for left, _ in pairs)
