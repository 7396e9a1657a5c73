"""Somebody at a running site: opens pages, fills in their forms as they stand, presses a button."""

import re
import time
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import requests

# From the documentation range of RFC 5737: found anywhere afterwards, it was written down.
HER_ADDRESS = "203.0.113.77"


@dataclass
class Form:
    """One form of a page with what it already holds."""

    action: str
    values: dict[str, list[str]] = field(default_factory=dict)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._area = ""
        self._select = ""
        self._first = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.forms.append(Form(given.get("action") or ""))
        if not self.forms:
            return
        values = self.forms[-1].values
        name, value = given.get("name") or "", given.get("value") or ""
        if tag == "input" and name:
            ticked = given.get("type") not in {"checkbox", "radio"} or "checked" in given
            held = values.setdefault(name, [])
            if ticked and given.get("type") not in {"submit", "file"}:
                held.append(value)
        elif tag == "textarea":
            self._area = name
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select:
            self._first = self._first or value
            if "selected" in given:
                values.setdefault(self._select, []).append(value)

    def handle_data(self, data: str) -> None:
        if self._area and self.forms:
            self.forms[-1].values.setdefault(self._area, []).append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = ""
        elif tag == "select":
            # A browser sends the first choice when none is marked.
            if self.forms and self._first:
                self.forms[-1].values.setdefault(self._select, [self._first])
            self._select = self._first = ""


class Visitor:
    """One browser's worth of cookies, behind the proxy that names its address."""

    def __init__(self, site: str) -> None:
        self.site = site
        self._session = requests.Session()
        self._session.headers["X-Forwarded-For"] = HER_ADDRESS

    def get(self, path: str) -> requests.Response:
        """Open a page; anything but success is a failure of the test."""
        answer = self._session.get(self._whole(path), timeout=20)
        assert answer.ok, f"{path}: {answer.status_code}"
        return answer

    def post(self, path: str, data: dict[str, Any], **more: Any) -> requests.Response:
        """Send without looking at a page first."""
        answer = self._session.post(self._whole(path), data=data, timeout=20, **more)
        assert answer.ok, f"{path}: {answer.status_code} {_complaints(answer.text)}"
        return answer

    def submit(
        self,
        path: str,
        data: dict[str, Any] | None = None,
        *,
        having: str = "",
        after: float = 0,
        **more: Any,
    ) -> requests.Response:
        """Open ``path``, fill ``data`` into its form that has a field ``having``, send it.

        ``after`` so many seconds: public forms take whoever is quicker for a machine.
        """
        page = self.get(path)
        reader = _Reader()
        reader.feed(page.text)
        form = next(form for form in reader.forms if not having or having in form.values)
        time.sleep(after)
        target = form.action or page.url
        values = {**form.values, **(data or {})}
        return self.post(target, values, headers={"Referer": page.url, "Origin": self.site}, **more)

    def press(self, path: str, target: str, data: dict[str, Any]) -> requests.Response:
        """Send ``data`` to ``target`` with the CSRF token that the page at ``path`` holds."""
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.get(path).text)
        assert found, f"{path} holds no token"
        fields = {"csrfmiddlewaretoken": found.group(1), **data}
        return self.post(target, fields, headers={"Referer": self._whole(path)})

    def _whole(self, path: str) -> str:
        return path if path.startswith("http") else self.site + path


def _complaints(page: str) -> list[str]:
    """What the page says is wrong."""
    return re.findall(r'class="error[^"]*"[^>]*>(.*?)</', page, re.DOTALL)
