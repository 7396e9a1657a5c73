"""Knocks at a door, undoes whatever that did, and notes what was wrong with the answer."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db import transaction
from django.test import Client

from tests.infra.forms import Reading, read

# Written whether or not a form was refused: who is logged in, and how often somebody tried.
SLOW = 15.0
ALWAYS_WRITTEN = {"sessions.Session", "newsletters.Limit", "newsletters.DayKey"}


def counts() -> dict[str, int]:
    """How many rows every table has."""
    return {
        model._meta.label: model._default_manager.count()
        for model in apps.get_models(include_auto_created=True)
        if model._meta.label not in ALWAYS_WRITTEN
    }


class _Complaints(logging.Handler):
    """What Django logs when a view raised."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        self.heard.append(f"{record.getMessage()} {error!r}")


@dataclass
class Prober:
    """One person at the site; ``troubles`` must be empty at the end."""

    client: Client
    rows: dict[str, int] = field(default_factory=counts)
    troubles: list[str] = field(default_factory=list)
    knocks: int = 0

    def knock(
        self, method: str, path: str, data: Any = None, sent: Any = None, **more: Any
    ) -> Reading:
        """Ask once. What the answer changed is gone again when this returns."""
        sent = sent or data
        self.knocks += 1
        what = f"{method} {path[:90]}"
        with _listening() as heard, transaction.atomic():
            started = time.monotonic()
            if isinstance(data, bytes):
                # As it is: the client's own methods would encode it anew.
                answer = self.client.generic(method.upper(), path, data, **more)
            else:
                answer = getattr(self.client, method)(path, data, **more)
            if (took := time.monotonic() - started) > SLOW:
                self.note(f"slow, {took:.1f} s: {what}", sent)
            body = _body(answer)
            if answer.status_code >= 500:
                self.note(f"{answer.status_code}: {what}: {' '.join(heard)[:300]}", sent)
            if "Set-Cookie:" in str(answer.headers):
                self.note(f"a header slipped in: {what}", sent)
            html = answer.headers.get("Content-Type", "").startswith("text/html")
            reading = read(body) if html else Reading()
            if reading.injected:
                self.note(f"let through: {what}: {reading.injected[:2]}", sent)
            if answer.status_code == 302 and method == "post":
                self._follow(answer.headers["Location"], what, sent, heard)
            if method == "post" and _is_refused(answer, reading):
                reading.refused = True
                after = counts()
                if after != self.rows:
                    changed = {name for name in after if after[name] != self.rows[name]}
                    self.note(f"half done: {what}: {answer.status_code} {changed}", sent)
            transaction.set_rollback(True)
        return reading

    def _follow(self, path: str, what: str, sent: Any, heard: list[str]) -> None:
        """What was taken must also be bearable to look at, here and where the public reads it."""
        for place in (path, "/", "/news/", "/staff/"):
            answer = self.client.get(place)
            if answer.status_code >= 500:
                self.note(f"{answer.status_code} at {place} after {what}: {' '.join(heard)}", sent)
            elif read(_body(answer)).injected:
                self.note(f"let through at {place} after {what}", sent)

    def note(self, trouble: str, data: Any = None) -> None:
        """Keep a finding with what was sent."""
        sent = (
            {key: str(value)[:60] for key, value in data.items()} if isinstance(data, dict) else ""
        )
        self.troubles.append(f"{trouble} {sent}")


def _is_refused(answer: Any, reading: Reading) -> bool:
    return answer.status_code in {400, 403, 404, 405, 409, 413, 422, 429} or bool(
        answer.status_code == 200 and reading.complaints
    )


def _body(answer: Any) -> str:
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return bytes(body).decode("utf-8", "replace")


@contextmanager
def _listening() -> Iterator[list[str]]:
    handler = _Complaints()
    logger = logging.getLogger("django.request")
    logger.addHandler(handler)
    try:
        yield handler.heard
    finally:
        logger.removeHandler(handler)
