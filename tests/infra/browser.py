"""A real Chromium, watched: a request to another host or a complaint fails the test."""

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from django.db import connections
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    sync_playwright,
)

T = TypeVar("T")
HEIGHT = 900
FLAGS = [
    "--no-sandbox",  # Chromium's sandbox will not start for root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SERIOUS = {"serious", "critical"}


@contextmanager
def chromium_browser() -> Iterator[Browser]:
    """The distribution's Chromium. Raises FileNotFoundError where it is not installed."""
    executable = shutil.which("chromium") or shutil.which("chromium-browser")
    if executable is None:
        raise FileNotFoundError("chromium is missing: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        yield browser
        browser.close()


class Window:
    """Pages of one visitor, and everything wrong that happened on them."""

    def __init__(self, browser: Browser, base_url: str) -> None:
        """A visitor of the site at ``base_url`` who has been nowhere yet."""
        self._browser = browser
        self._base_url = base_url
        self._contexts: list[BrowserContext] = []
        self.troubles: list[str] = []

    def page(self, width: int, **options: Any) -> Page:
        """A fresh page ``width`` pixels wide; ``options`` go to the browser context."""
        context = self._browser.new_context(
            base_url=self._base_url, viewport={"width": width, "height": HEIGHT}, **options
        )
        self._contexts.append(context)
        context.on("request", self._note_request)
        context.on("console", self._note_console)
        context.on("weberror", lambda error: self.troubles.append(f"script error: {error.error}"))
        return context.new_page()

    def close(self) -> None:
        """Close every page that was opened."""
        for context in self._contexts:
            context.close()

    def _note_request(self, request: Request) -> None:
        address = urlsplit(request.url)
        outside = address.netloc != urlsplit(self._base_url).netloc
        if outside and address.scheme in {"http", "https", "ws", "wss"}:
            self.troubles.append(f"request to another host: {request.url}")

    def _note_console(self, message: ConsoleMessage) -> None:
        # Broken content security policy is reported here too, as an error.
        # So is a form that came back with something to mend, which is no trouble.
        if message.type in {"error", "warning"} and "status of 422" not in message.text:
            self.troubles.append(f"console {message.type}: {message.text}")


def serious_findings(page: Page) -> list[str]:
    """axe's serious and critical violations on ``page`` as it stands, one line per element."""
    # Passes are not looked at; without their nodes axe answers in half the time.
    results = Axe().run(page, options={"resultTypes": ["violations"]}).response
    return [
        f"{violation['id']} ({violation['impact']}): {violation['help']}: {node['html'][:200]}"
        for violation in results["violations"]
        if violation["impact"] in SERIOUS
        for node in violation["nodes"]
    ]


def aside(work: Callable[[], T]) -> T:
    """Do ``work`` in a thread of its own and return its result.

    Playwright keeps an event loop running in the test's thread, where asyncio.run()
    is refused; so a browser test sends its mail (and whatever else runs a loop) aside.
    """
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(_with_own_connection, work).result()


def _with_own_connection(work: Callable[[], T]) -> T:
    try:
        return work()
    finally:
        connections.close_all()
