"""WordPress's way of writing: blank lines for paragraphs, shortcodes in brackets. Pure."""

import html
import re

_BLOCKS = (
    "address|article|aside|blockquote|caption|dd|details|div|dl|dt|figcaption|figure|footer|form|"
    "h[1-6]|header|hr|iframe|li|main|nav|ol|p|pre|section|table|tbody|td|tfoot|th|thead|tr|ul"
)
_STARTS_WITH_BLOCK = re.compile(rf"</?(?:{_BLOCKS})\b|<!--", re.IGNORECASE)
# Up to the next opening one only: text that never closes them must not cost a scan for each.
_PRE = re.compile(r"(<pre\b(?:(?!<pre\b).)*?</pre>)", re.IGNORECASE | re.DOTALL)
_BLANK_LINES = re.compile(r"\n[ \t\xa0]*\n\s*")
_BLOCK_ALONE = re.compile(rf"\s*(</?(?:{_BLOCKS})\b[^>]*>)\s*", re.IGNORECASE)
_HOLDS_WORDS = "p|li|h[1-6]|td|th|dt|dd|figcaption|caption"
_LINE_AFTER = re.compile(rf"(<(?:{_HOLDS_WORDS})\b[^>]*>)\n", re.IGNORECASE)
_LINE_BEFORE = re.compile(rf"\n(</(?:{_HOLDS_WORDS})>)", re.IGNORECASE)
# Written by the block editor, which makes its own paragraphs.
_BLOCK_EDITOR = "<!-- wp:"

_ATTRIBUTES = r"(?:\s[^\]\[]*)?"
_CAPTION = re.compile(
    rf"\[(?:wp_)?caption({_ATTRIBUTES})\]((?:(?!\[(?:wp_)?caption\b).)*?)\[/(?:wp_)?caption\]",
    re.DOTALL,
)
_CAPTION_WORDS = re.compile(r"\scaption=(?:\"([^\"]*)\"|'([^']*)')")
_PICTURE = re.compile(r"\s*((?:<a\b[^>]*>\s*)?<img\b[^>]*>(?:\s*</a>)?)", re.IGNORECASE)
_EMBED = re.compile(rf"\[embed{_ATTRIBUTES}\]\s*(https?://[^\s\[]+)\s*\[/embed\]")
_MEDIA = re.compile(
    r"\[(?:audio|video)\s[^\]\[]*?(?:src|mp3|mp4)=[\"'](https?://[^\"']+)[\"'][^\]\[]*\]"
    r"(?:\[/(?:audio|video)\])?"
)
_NO_USE_HERE = re.compile(
    r"\[/?(?:gallery|playlist|audio|video|embed|caption|contact-form(?:-7)?|contact-field|wpforms|"
    r"gravityform|ninja_form|mc4wp_form|newsletter|sharethis|social|addtoany|jetpack[a-z_-]*|"
    r"vc_[a-z_]+|et_pb_[a-z_]+)(?:\s[^\]\[]*)?/?\]"
)


def body(text: str) -> str:
    """The body of a post as plain markup, not yet sanitised."""
    return paragraphs(shortcodes(text.replace("\r\n", "\n").replace("\r", "\n")))


def shortcodes(text: str) -> str:
    """Captions become figures, embedded media links; what needs a plug-in goes. [sic] stays."""
    text = _CAPTION.sub(_figure, text)
    text = _EMBED.sub(_paragraph_with_link, text)
    text = _MEDIA.sub(_paragraph_with_link, text)
    return _NO_USE_HERE.sub("", text)


def paragraphs(text: str) -> str:
    """Blank lines end a paragraph and line ends break a line, unless the markup says so itself."""
    if _BLOCK_EDITOR in text:
        return text
    parts = _PRE.split(text)
    # Every second part is a <pre>, whose lines are its own.
    parts[::2] = [_wrapped(part) for part in parts[::2]]
    return "\n".join(part for part in parts if part)


def _wrapped(text: str) -> str:
    apart = _BLOCK_ALONE.sub(r"\n\n\1\n\n", text) if _STARTS_WITH_BLOCK.search(text) else text
    depth, done = 0, []
    for piece in filter(None, map(str.strip, _BLANK_LINES.split(apart))):
        if _STARTS_WITH_BLOCK.match(piece):
            depth = max(0, depth + _opens(piece))
            done.append(piece)
        elif depth:
            done.append(piece)
        else:
            done.append("<p>" + piece.replace("\n", "<br>\n") + "</p>")
    return _LINE_BEFORE.sub(r"\1", _LINE_AFTER.sub(r"\1", "\n".join(done)))


def _opens(piece: str) -> int:
    """1 for an opening block tag, -1 for a closing one, 0 for one without an end."""
    if piece.startswith("</"):
        return -1
    return 0 if re.match(r"<(?:hr\b|!--)", piece, re.IGNORECASE) else 1


def _figure(match: re.Match[str]) -> str:
    picture = _PICTURE.match(match[2])
    if picture is None:
        return match[2]
    words = match[2][picture.end() :].strip()
    given = _CAPTION_WORDS.search(match[1])
    if not words and given:
        words = given[1] or given[2] or ""
    caption = f"<figcaption>{words}</figcaption>" if words else ""
    return f"\n\n<figure>{picture[1]}{caption}</figure>\n\n"


def _paragraph_with_link(match: re.Match[str]) -> str:
    address = html.escape(html.unescape(match[1]))
    return f'\n\n<a href="{address}">{address}</a>\n\n'
