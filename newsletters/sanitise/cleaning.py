"""An allow-list for article bodies and the text blocks of mails."""

import re

import nh3

from newsletters.errors import LinkRefused
from newsletters.links_safe import check_url
from newsletters.sanitise.nesting import flattened

_TAGS = {
    "a", "abbr", "blockquote", "br", "caption", "cite", "code", "del", "em", "figcaption",
    "figure", "h2", "h3", "h4", "hr", "img", "li", "ol", "p", "pre", "q", "s", "small", "span",
    "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul",
}  # fmt: skip
_CONTENT_DROPPED = {
    "iframe", "math", "noembed", "noframes", "noscript", "object", "script", "select", "style",
    "svg", "template", "textarea", "title", "xmp",
}  # fmt: skip
_ATTRIBUTES = {
    "*": {"lang", "dir"},
    "a": {"href", "title"},
    "abbr": {"title"},
    "img": {"src", "alt", "width", "height"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
}
_VALUES = {
    "lang": re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,4}"),
    "dir": re.compile(r"ltr|rtl|auto"),
    "scope": re.compile(r"row|col|rowgroup|colgroup"),
    "start": re.compile(r"[0-9]{1,4}"),
    "colspan": re.compile(r"[0-9]{1,2}"),
    "rowspan": re.compile(r"[0-9]{1,2}"),
    "width": re.compile(r"[0-9]{1,4}"),
    "height": re.compile(r"[0-9]{1,4}"),
}
_SITE_PATH = re.compile(r"/(?![/\\])[^\s\\\x00-\x1f\x7f-\x9f]*")
# Mails: a whole link filled in for each reader, such as {{ unsubscribe_url }}.
_PLACEHOLDER = re.compile(r"\{\{ ?[a-z][a-z0-9_.]*(?:url|link) ?\}\}")

_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")
_SAME_MEANING = (
    (re.compile(r"<(/?)b(?=[\s>/])", re.IGNORECASE), r"<\1strong"),
    (re.compile(r"<(/?)i(?=[\s>/])", re.IGNORECASE), r"<\1em"),
    (re.compile(r"<(/?)h1(?=[\s>/])", re.IGNORECASE), r"<\1h2"),
)
# What the serialiser writes: every attribute in double quotes, < and > in them escaped.
_IMG_WITHOUT_SOURCE = re.compile(r"<img(?: (?!src=)[a-z]+=\"[^\"]*\")*>")
_PRE_BEFORE_LINE_END = re.compile(r"(<pre(?: [a-z]+=\"[^\"]*\")*>)(?=\n)")
# Misnested markup moves when its cleaned form is parsed again; three passes have always settled it.
_MAX_PASSES = 8


def clean_html(html: str) -> str:
    """The markup with only what an article may hold. Cleaning it again changes nothing.

    Links lead to https, http, mailto, a path of this site, or are a whole
    placeholder of a mail; others lose their target and keep their words.
    Pictures come over https or from this site, others go. b, i and h1 become
    strong, em and h2. Tags that go too deep (see is_too_deep) go, their words
    stay. Never raises.
    """
    text = _CONTROLS.sub("", _SURROGATE.sub("\ufffd", html))
    for pattern, replacement in _SAME_MEANING:
        text = pattern.sub(replacement, text)
    text = flattened(text)
    for _ in range(_MAX_PASSES):
        before, text = text, _clean_once(text)
        if text == before:
            break
    return text


def _clean_once(text: str) -> str:
    cleaned = _CLEANER.clean(text)
    cleaned = _IMG_WITHOUT_SOURCE.sub("", cleaned)
    # A parser drops the first line end in <pre>; a second one keeps the author's.
    return _PRE_BEFORE_LINE_END.sub("\\1\n", cleaned)


def _keep(tag: str, name: str, value: str) -> str | None:
    """The attribute's value as it may stand, or None to drop it."""
    if (tag, name) == ("a", "href"):
        return _link(value.strip())
    if (tag, name) == ("img", "src"):
        return _picture(value.strip())
    pattern = _VALUES.get(name)
    return value if pattern is None or pattern.fullmatch(value) else None


def _link(value: str) -> str | None:
    if _SITE_PATH.fullmatch(value) or _PLACEHOLDER.fullmatch(value):
        return value
    try:
        return check_url(value)
    except LinkRefused:
        return None


def _picture(value: str) -> str | None:
    if _SITE_PATH.fullmatch(value):
        return value
    link = _link(value)
    return link if link and link.startswith("https://") else None


_CLEANER = nh3.Cleaner(
    tags=_TAGS,
    clean_content_tags=_CONTENT_DROPPED,
    attributes=_ATTRIBUTES,
    attribute_filter=_keep,
    link_rel="noopener",
    url_schemes={"https", "http", "mailto"},
)
