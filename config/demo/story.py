"""The story as it is written down in this folder. Everything in it is invented."""

import tomllib
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone
from django.utils.html import escape

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Page:
    """One article: the headers of its file and its text as HTML."""

    name: str
    headers: dict[str, str]
    body: str

    @property
    def days(self) -> int:
        """How long ago it was published."""
        return int(self.headers["Days"])


def table(name: str) -> dict[str, Any]:
    """The contents of ``<name>.toml``."""
    return tomllib.loads((HERE / f"{name}.toml").read_text(encoding="utf-8"))


def pages() -> list[Page]:
    """Every article, the oldest first."""
    found = [_page(path) for path in (HERE / "articles").glob("*.txt")]
    return sorted(found, key=lambda page: (-page.days, page.name))


def day(days_ago: int) -> date:
    """The day so many days before today."""
    return timezone.now().date() - timedelta(days=days_ago)


def moment(days_ago: int, hour: int = 8) -> datetime:
    """That day in the morning, never later than now."""
    then = datetime.combine(day(days_ago), time(hour), tzinfo=timezone.get_default_timezone())
    return min(then, timezone.now())


def _page(path: Path) -> Page:
    head, _, body = path.read_text(encoding="utf-8").partition("\n\n")
    headers = dict(line.split(": ", 1) for line in head.splitlines())
    return Page(path.stem, headers, "".join(_block(part) for part in body.strip().split("\n\n")))


def _block(part: str) -> str:
    words = escape(part.strip())
    if part.startswith("## "):
        return f"<h2>{words[3:]}</h2>"
    if part.startswith("> "):
        return f"<blockquote><p>{words.removeprefix('&gt; ')}</p></blockquote>"
    if part.startswith("- "):
        lines = "".join(f"<li>{line.removeprefix('- ')}</li>" for line in words.splitlines())
        return f"<ul>{lines}</ul>"
    return f"<p>{words}</p>"
