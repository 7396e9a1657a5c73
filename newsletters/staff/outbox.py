"""Staff pages: the mails an installation keeps on its own machine instead of sending them."""

from collections.abc import Iterator
from email.policy import default
from html.parser import HTMLParser
from urllib.parse import urlsplit

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from newsletters.selectors.transports import declared
from newsletters.sending import outbox as kept
from newsletters.staff.access import staff_page

VIEW = "newsletters.view_delivery"
PER_PAGE = 50
# The mail in its frame: no script, no form, nothing from elsewhere.
FRAME_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:;"
    " form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
)


@staff_page(VIEW)
@require_safe
def outbox(request: HttpRequest) -> HttpResponse:
    """All kept mails, newest first; only the files of one page are read."""
    page = Paginator(kept.names(), PER_PAGE).get_page(request.GET.get("page"))
    mails = [_row(mail) for mail in map(kept.read, page.object_list) if mail is not None]
    context = {"section": "outbox", "page_obj": page, "mails": mails, "is_kept": is_kept()}
    return render(request, "newsletters/staff/outbox.html", context)


@staff_page(VIEW)
@require_safe
def outbox_mail(request: HttpRequest, day: str, name: str) -> HttpResponse:
    """One mail: head, HTML, text, and its links to press."""
    mail = _mail(day, name)
    context = {
        "section": "outbox",
        "mail": mail,
        "day": day,
        "name": name,
        "is_kept": is_kept(),
        "head": [(key, str(value)) for key, value in mail.message.items()],
        "text": _part(mail, "plain"),
        "has_html": bool(_part(mail, "html")),
        "links": links(mail),
    }
    return render(request, "newsletters/staff/outbox_mail.html", context)


@staff_page(VIEW)
@xframe_options_sameorigin
@require_safe
def outbox_body(_request: HttpRequest, day: str, name: str) -> HttpResponse:
    """The HTML part alone, under a policy of its own."""
    response = HttpResponse(_part(_mail(day, name), "html"))
    response["Content-Security-Policy"] = FRAME_POLICY
    return response


@staff_page(VIEW)
@require_safe
def outbox_source(_request: HttpRequest, day: str, name: str) -> HttpResponse:
    """The mail as bytes, to be opened in a mail program."""
    # Not folded anew: byte for byte what a relay would have been given.
    as_written = default.clone(refold_source="none", linesep="\r\n")
    source = _mail(day, name).message.as_bytes(policy=as_written)
    response = HttpResponse(source, content_type="message/rfc822")
    response["Content-Disposition"] = f'attachment; filename="{name}.eml"'
    return response


def is_kept() -> bool:
    """True while mails stay on this machine, or some of them do."""
    return any(urlsplit(url).scheme == "outbox" for url in declared().values())


def links(mail: kept.Kept) -> list[tuple[str, str]]:
    """(address, words) of every web link of a mail, each address once."""
    finder = _Links()
    finder.feed(_part(mail, "html"))
    found = finder.found or [(word, word) for word in _addresses(_part(mail, "plain"))]
    by_address: dict[str, str] = {}
    for address, words in found:
        if urlsplit(address).scheme in {"http", "https"}:
            by_address.setdefault(address, " ".join(words.split()) or address)
    return list(by_address.items())


class _Links(HTMLParser):
    """Collects the links of a mail with their words."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A link begins."""
        if tag == "a":
            self._inside = True
            self.found.append((dict(attrs).get("href") or "", ""))

    def handle_endtag(self, tag: str) -> None:
        """A link ends."""
        if tag == "a":
            self._inside = False

    def handle_data(self, data: str) -> None:
        """Words, maybe of a link."""
        if self._inside:
            address, words = self.found[-1]
            self.found[-1] = (address, words + data)


def _row(mail: kept.Kept) -> dict[str, object]:
    day, _slash, file = mail.name.partition("/")
    return {
        "day": day,
        "slug": file.removesuffix(".eml"),
        "subject": str(mail.message["Subject"] or ""),
        "recipient": mail.recipient,
        "written_at": mail.written_at,
    }


def _addresses(text: str) -> Iterator[str]:
    return (word.strip("<>(),.") for word in text.split() if "://" in word)


def _mail(day: str, name: str) -> kept.Kept:
    found = kept.read(f"{day}/{name}.eml")
    if found is None:
        raise Http404
    return found


def _part(mail: kept.Kept, kind: str) -> str:
    body = mail.message.get_body((kind,))
    return str(body.get_content()) if body else ""
