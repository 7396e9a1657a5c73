"""Markup as plain text: the text part of a mail, and the first words of an article."""

import re
from html.parser import HTMLParser

from newsletters.sanitise.cleaning import clean_html

_BLOCKS = {
    "blockquote", "caption", "figcaption", "figure", "h2", "h3", "h4", "p", "pre", "table",
}  # fmt: skip
_LISTS = {"ol", "ul"}
_SPACES = re.compile(r"[ \t\r\n\f]+")
_MANY_BLANK_LINES = re.compile(r"\n{3,}")
_INDENT = "  "
# Languages without spaces between words are cut by length instead.
_LETTERS_A_WORD = 8


def plain_text(html: str) -> str:
    """The same reading as plain text: paragraphs apart, lists with dashes, links as "text (url)".

    Any markup may be given; it is cleaned first. Lines are not wrapped.
    """
    return _written(html, with_links=True)


def excerpt(html: str, words: int = 40) -> str:
    """The first words on one line, without links and headings' breaks; "…" where it was cut."""
    everything = _written(html, with_links=False).split()
    text = " ".join(everything[:words])
    cut = len(everything) > words
    if len(text) > words * _LETTERS_A_WORD:
        head = text[: words * _LETTERS_A_WORD]
        text, cut = (head.rpartition(" ")[0] or head), True
    return text + "…" if cut else text


def _written(html: str, *, with_links: bool) -> str:
    writer = _Writer(with_links=with_links)
    writer.feed(clean_html(html))
    writer.close()
    return writer.text()


class _Writer(HTMLParser):
    """Writes cleaned markup down as lines; holds what is open around the present word."""

    def __init__(self, *, with_links: bool) -> None:
        super().__init__(convert_charrefs=True)
        self._with_links = with_links
        self._lines = [""]
        self._numbers: list[int] = []  # one per open list; 0 for a list with dashes
        self._quotes = 0
        self._pre = 0
        self._href = ""
        self._link_start = ""

    def text(self) -> str:
        """Everything written so far, with single blank lines between blocks."""
        lines = "\n".join(line.rstrip() for line in self._lines)
        return _MANY_BLANK_LINES.sub("\n\n", lines).strip("\n")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in _LISTS:
            self._open_list(tag, given)
        elif tag == "li":
            self._open_item()
        elif tag == "a":
            self._href, self._link_start = given.get("href", ""), ""
        elif tag == "img" and given.get("alt"):
            self._write(f"[{given['alt']}]")
        elif tag in {"br", "tr"}:
            self._break()
        elif tag == "hr":
            self._paragraph()
            self._write("---")
            self._paragraph()
        elif tag in {"td", "th"} and self._lines[-1].strip(" >"):
            self._write(" | ")
        elif tag in _BLOCKS:
            self._open_block(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _LISTS and self._numbers:
            self._numbers.pop()
            self._end_list()
        elif tag == "a":
            self._close_link()
        elif tag in _BLOCKS:
            self._close_block(tag)

    def handle_data(self, data: str) -> None:
        if self._href:
            self._link_start += data
        if self._pre:
            first, *others = data.split("\n")
            self._lines[-1] += first
            for line in others:
                self._break()
                self._lines[-1] += line
        else:
            self._write(data)
