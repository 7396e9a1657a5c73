"""The forms of a page as a browser holds them, and whatever on a page could run or be fetched."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

from tests.payloads.naughty import PROBE

_VOID_HIDDEN = {"submit", "button", "image", "reset"}
_LINKS = {"href", "src", "action", "formaction", "data", "srcdoc", "poster", "srcset", "content"}


@dataclass
class PageForm:
    """One form: where it goes, what it holds, and what a person could type into."""

    action: str
    method: str
    values: dict[str, list[str]] = field(default_factory=dict)
    # Names of fields a person fills in with words, and of those that take a file.
    typed: set[str] = field(default_factory=set)
    files: set[str] = field(default_factory=set)
    buttons: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Reading:
    """What is on a page."""

    forms: list[PageForm] = field(default_factory=list)
    # Elements and attributes that came out of one of our payloads.
    injected: list[str] = field(default_factory=list)
    complaints: int = 0
    refused: bool = False


def read(page: str) -> Reading:
    """The page as a parser sees it."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return reader.reading


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.reading = Reading()
        self._form: PageForm | None = None
        self._area: list[str] | None = None
        self._select = ""
        self._options: list[tuple[str, bool]] = []
        self._script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._look_for_probe(tag, given)
        self.reading.complaints += "error" in given.get("class", "").split()
        self._script = tag == "script"
        if tag == "form":
            self._form = PageForm(given.get("action", ""), given.get("method", "get").lower())
            self.reading.forms.append(self._form)
        elif self._form is not None:
            self._field(self._form, tag, given)

    def handle_endtag(self, tag: str) -> None:
        self._script = False
        if tag == "form":
            self._form = None
        elif tag == "textarea" and self._area is not None:
            # A browser drops the first line end.
            self._area[:] = ["".join(self._area).removeprefix("\r").removeprefix("\n")]
            self._area = None
        elif tag == "select" and self._select and self._form is not None:
            chosen = [value for value, is_chosen in self._options if is_chosen]
            first = [value for value, _ in self._options[:1]]
            self._form.values.setdefault(self._select, []).extend(chosen or first)
            self._select = ""

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._area.append(data)
        if self._script and PROBE in data:
            self.reading.injected.append("script: " + data[:80])

    def _field(self, form: PageForm, tag: str, given: dict[str, str]) -> None:
        name, kind = given.get("name", ""), given.get("type", "text").lower()
        if tag == "button" or (tag == "input" and kind in _VOID_HIDDEN):
            if name:
                form.buttons.append((name, given.get("value", "")))
        elif tag == "textarea" and name:
            form.typed.add(name)
            self._area = form.values.setdefault(name, [])
        elif tag == "select" and name:
            self._select, self._options = name, []
        elif tag == "option" and self._select:
            self._options.append((given.get("value", ""), "selected" in given))
        elif tag == "input" and name:
            self._input(form, name, kind, given)

    def _input(self, form: PageForm, name: str, kind: str, given: dict[str, str]) -> None:
        if kind == "file":
            form.files.add(name)
            return
        held = form.values.setdefault(name, [])
        is_mark = kind in {"checkbox", "radio"}
        if not is_mark or "checked" in given:
            held.append(given.get("value", "on" if is_mark else ""))
        if not is_mark and kind not in {"hidden", "password"}:
            form.typed.add(name)

    def _look_for_probe(self, tag: str, given: dict[str, str]) -> None:
        for name, value in given.items():
            runs = name.startswith("on") or name in {"style", "srcdoc"} or "hx-" in name
            leads = name in _LINKS and value.strip().lower().startswith(
                ("javascript", "java\tscript", "data:text", "vbscript", "//evil.example")
            )
            if PROBE in name or PROBE in tag or (PROBE in value and runs) or leads:
                self.reading.injected.append(f"<{tag} {name}={value[:60]}>")
