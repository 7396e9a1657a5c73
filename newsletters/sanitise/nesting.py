"""How deep markup goes: a parser's work grows with the depth, and beyond a point with its square.

Worse, browsers repeat an open <b id=1> in every paragraph that follows, so a few
thousand of them make gigabytes. Depth is therefore counted before anything is parsed,
and where a parser and this count might disagree, everything counts as still open.
"""

import re

# Page builders nest thirty; a browser itself gives up at five hundred.
MAX_OPEN = 100
MAX_FORMATS = 20
# Of markup in which we cannot tell what is closed again: in all.
MAX_UNCLEAR = 300
MAX_UNCLEAR_FORMATS = 50

_FORMATS = {
    "a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u",
}  # fmt: skip
# Without content, or closed by the next of their kind; their parents are counted.
_FLAT = {
    "area", "br", "col", "dd", "dt", "embed", "hr", "img", "input", "li", "link", "meta", "option",
    "p", "param", "source", "tbody", "td", "tfoot", "th", "thead", "tr", "track", "wbr",
}  # fmt: skip
# What stands in these is no markup, or other markup, or closes nothing outside.
_OPAQUE = {
    "applet", "button", "iframe", "marquee", "math", "noembed", "noframes", "noscript", "object",
    "plaintext", "script", "select", "style", "svg", "template", "textarea", "title", "xmp",
}  # fmt: skip
_VALUE = r"\"[^\"<>]*\"|'[^'<>]*'|[^\s\"'<>=`]+"
# Groups are not possessive: before Python 3.11.5 those with a choice inside lose matches. They
# need not be, because no two ways through them take the same characters.
_TAG = re.compile(rf"<(/?)([a-zA-Z][\w:-]*+)((?:\s++[\w:.@-]++(?:\s*+=\s*+(?:{_VALUE}))?)*\s*+/?)>")
_COMMENT = re.compile(r"<!--(?!-?>)(?:[^-<]|-(?!-)|<(?!!--))*-->")
# Players, scripts and styles in one piece: they go with all they hold.
_PIECE = re.compile(r"<(iframe|noscript|script|style)\b[^<>]*+>[^<]*+</\1\s*+>", re.IGNORECASE)
_MARKUP = re.compile(r"<[a-zA-Z/!?]")
_OPENING = re.compile(r"<([a-zA-Z][^\s/>]*+)")


def is_too_deep(html: str) -> bool:
    """True when the markup has more open at once than any text needs."""
    return flattened(html) != html


def flattened(html: str) -> str:
    """The markup itself, or its words without the tags that go too deep; that is never too deep."""
    if html.count("<") <= MAX_FORMATS:
        return html
    without = _PIECE.sub("", _COMMENT.sub("", html))
    if _is_clear(without):
        marker = _Marker()
        cut = _TAG.sub(marker.keep, without)
        return cut if marker.dropped else html
    cut = _first_only(html)
    # Without them it may be clear, and then be looked at more closely.
    return html if cut == html else flattened(cut)


def _is_clear(html: str) -> bool:
    """Every < belongs to a plain tag, and every tag means what it says."""
    names = {match[2].lower() for match in _TAG.finditer(html)}
    return not _MARKUP.search(_TAG.sub("", html)) and names.isdisjoint(_OPAQUE)


def _first_only(html: str) -> str:
    """Unclear markup, with no more tags than a parser can cope with were none of them closed."""
    formats = others = 0

    def keep(match: re.Match[str]) -> str:
        nonlocal formats, others
        name = match[1].lower()
        formats += name in _FORMATS
        others += name not in _FORMATS | _FLAT
        too_many = formats > MAX_UNCLEAR_FORMATS or others > MAX_UNCLEAR
        return "&lt;" + match[1] if too_many else match[0]

    return _OPENING.sub(keep, html)


class _Marker:
    """Follows what is open, tag by tag."""

    def __init__(self) -> None:
        self.dropped = 0
        self._open: list[str] = []
        self._formats: list[str] = []

    def keep(self, match: re.Match[str]) -> str:
        """The tag, or nothing in its place when it goes too deep."""
        name = match[2].lower()
        if name in _FLAT:
            return match[0]
        where = self._formats if name in _FORMATS else self._open
        if match[1]:
            self._close(where, name)
        elif len(where) >= (MAX_FORMATS if name in _FORMATS else MAX_OPEN):
            self.dropped += 1
            return ""
        else:
            where.append(name)
            if name == "table":
                self._formats.append(name)
        return match[0]

    def _close(self, where: list[str], name: str) -> None:
        """Formats end alone; another element takes with it what was left open inside.

        Nothing inside a table closes what is around the table.
        """
        for place in range(len(where) - 1, -1, -1):
            if where[place] == name:
                del where[place : place + 1 if name in _FORMATS else None]
                if name == "table":
                    self._close_formats()
                return
            if where[place] == "table":
                return

    def _close_formats(self) -> None:
        while self._formats and self._formats.pop() != "table":
            continue
