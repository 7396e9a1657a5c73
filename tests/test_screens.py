"""Every page there is, on a phone and on a desk: fit, named, reachable, and asking nobody else."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, Page
from pytest_django import Settings

from tests.factories import world
from tests.factories.articles import ArticleFactory
from tests.factories.petitions import PetitionFactory, PetitionTextFactory
from tests.factories.places import Arguments
from tests.infra.browser import HEIGHT
from tests.test_doors import doors

PHONE, DESK = 390, 1280
# Answers that are no page of their own: what stands in a frame, and what replaces a part of a page.
PARTS = {
    "staff:mailing_frame",
    "staff:mailing_progress",
    "staff:outbox_body",
    "staff:import_progress",
    "staff:bulk_progress",
    "staff:export_progress",
}
# Pages that look different in every state; of the others two are enough.
IN_EVERY_STATE = {
    "staff:mailing",
    "staff:digest_issue",
    "staff:import_check",
    "staff:import_report",
    "staff:bulk",
    "staff:export",
    "staff:petition",
    "staff:action",
    "petitions:petition",
    "petitions:confirm",
    "campaigns:action",
    "campaigns:event",
    "campaigns:rsvp",
    "staff:event",
}
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
BROKEN = (
    "/no-such-page/",
    "/u/broken/",
    "/petitions/confirm/broken/",
    "/letters/confirm/broken/",
    "/events/answer/broken/",
)

# One line for everything a careful reader would object to on the page as it stands.
FAULTS = """phone => {
  const found = [];
  const root = document.documentElement;
  const seen = element => {
    const box = element.getBoundingClientRect();
    return box.width > 1 && box.height > 1 && box.right > 0
      && getComputedStyle(element).visibility !== 'hidden';
  };
  const words = element => (element.innerText || element.name || element.tagName).slice(0, 40);
  if (root.scrollWidth > root.clientWidth) found.push(`${root.scrollWidth} px wide`);
  if (!root.lang || !['ltr', 'rtl'].includes(root.dir)) found.push('no language or direction');
  const heads = document.querySelectorAll('h1').length;
  if (heads !== 1) found.push(`${heads} first headings`);
  let level = 1;
  for (const head of document.querySelectorAll('main :is(h1, h2, h3, h4)')) {
    const next = Number(head.tagName[1]);
    if (next > level + 1) found.push(`heading ${next} after ${level}: ${words(head)}`);
    level = next;
  }
  const filled = [...document.querySelectorAll('.button:not(.quiet)')].filter(
    button => seen(button) && button.getBoundingClientRect().top < innerHeight);
  if (filled.length > 1) found.push(`filled buttons: ${filled.map(words)}`);
  const controls = 'input:not([type=hidden]), select, textarea, button, iframe';
  for (const control of document.querySelectorAll(controls)) {
    const named = control.labels?.length || control.getAttribute('aria-label')
      || control.getAttribute('aria-labelledby') || control.title
      || control.tagName === 'BUTTON' && control.textContent.trim();
    if (!named) found.push(`no name: ${control.outerHTML.slice(0, 90)}`);
  }
  for (const box of document.querySelectorAll('pre, .scroll'))
    if (seen(box) && box.scrollWidth > box.clientWidth && box.tabIndex < 0)
      found.push('a box the keyboard cannot scroll');
  const american = document.body.innerText.match(/[A-Z][a-z]+\\.? \\d{1,2}, \\d{4}/);
  if (american) found.push(`date: ${american[0]}`);
  const targets = 'button, .button, summary, select, label.check,'
    + 'input:not([type=hidden], [type=checkbox], [type=radio]), .tags a, .steps a, td > a, nav a';
  if (phone) for (const target of document.querySelectorAll(targets)) {
    if (target.matches('[aria-hidden=true], [aria-hidden=true] *')) continue;
    const height = target.getBoundingClientRect().height;
    if (seen(target) && height < 43.5) found.push(`${Math.round(height)} px: ${words(target)}`);
  }
  return found;
}"""


@dataclass(frozen=True)
class Screen:
    """A page to look at. One that is not new is another state of a page axe has seen."""

    address: str
    is_new: bool = True


Look = Callable[[Page, Screen], list[str]]


@pytest.fixture
def rows(
    transactional_db: None, settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[Arguments]]:
    """One row of everything in every state, a word no line can hold, and two directions."""
    files = tmp_path_factory.mktemp("files")
    settings.OUTBOX_ROOT = files / "outbox"
    settings.MEDIA_ROOT = files / "media"
    settings.PRIVATE_ROOT = files / "private"
    settings.POSTAL_ADDRESS = "1 Square\nOrrin"
    made = world.build()
    both = PetitionFactory(slug="both-ways", addressee="وزیر دادگستری کارش")
    PetitionTextFactory(petition=both, language="fa", title="پرونده بندر را بازگشایی کنید")
    ArticleFactory(language="ar", title="أطلقوا سراح عمال الميناء", slug="harbour-ar")
    PetitionTextFactory(petition=PetitionFactory(slug="long"), language="de", title=LONG)
    return made


@pytest.fixture
def look(axe: Callable[[Page], list[str]]) -> Look:
    """``look(page, screen)``: what is wrong with the page there, at both widths."""

    def looked(page: Page, screen: Screen) -> list[str]:
        page.set_viewport_size({"width": PHONE, "height": HEIGHT})
        page.goto(screen.address)
        faults = [*page.evaluate(FAULTS, True), *(axe(page) if screen.is_new else [])]
        page.set_viewport_size({"width": DESK, "height": HEIGHT})
        faults += [*page.evaluate(FAULTS, False), *(axe(page) if screen.is_new else [])]
        return [f"{screen.address}: {fault}" for fault in faults]

    return looked


def pages(rows: dict[str, list[Arguments]], client: Client, *, staff: bool) -> Iterator[Screen]:
    """Every page that can be read: staff pages, or those for everybody."""
    for door in sorted(set(doors()), key=lambda door: door.name):
        if door.name in PARTS | {"logout"} or door.name.startswith("staff:") != staff:
            continue
        known = rows.get(door.name, []) if door.arguments else [{}]
        for arguments in known if door.name in IN_EVERY_STATE else known[:2]:
            address = reverse(door.name, kwargs=arguments)
            answer = client.get(address)
            kind = answer.headers.get("Content-Type", "")
            answer.close()
            if answer.status_code == 200 and kind.startswith("text/html"):
                yield Screen(address, is_new=arguments == (rows.get(door.name) or [{}])[0])


def test_every_page_for_everybody_fits_and_can_be_used_by_everybody(
    rows: dict[str, list[Arguments]], page_for: Callable[[int], Page], look: Look
) -> None:
    found = [*pages(rows, Client(), staff=False)]
    found += [
        Screen("/petitions/both-ways/?lang=fa"),
        Screen("/petitions/long/?lang=de"),
        Screen("/news/harbour-ar/"),
    ]
    assert len(found) > 30

    page = page_for(PHONE)

    assert [fault for screen in found for fault in look(page, screen)] == []


def test_every_staff_page_fits_and_can_be_used_by_everybody(
    rows: dict[str, list[Arguments]],
    page_for: Callable[[int], Page],
    site: str,
    settings: Settings,
    look: Look,
) -> None:
    client = Client()
    client.force_login(User.objects.create_superuser("everything"))
    found = [*pages(rows, client, staff=True)]
    assert len(found) > 60
    session = client.cookies[settings.SESSION_COOKIE_NAME].value

    page = page_for(PHONE)
    page.context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": site}]
    )

    assert [fault for screen in found for fault in look(page, screen)] == []


@pytest.mark.django_db(transaction=True)
def test_the_pages_that_say_no_are_pages_too(chromium: Browser, site: str, look: Look) -> None:
    context = chromium.new_context(base_url=site)

    page = context.new_page()

    assert [fault for address in BROKEN for fault in look(page, Screen(address))] == []

    context.close()


@pytest.mark.django_db(transaction=True)
def test_an_empty_installation_has_a_next_step_on_every_page(
    page_for: Callable[[int], Page], site: str, settings: Settings, look: Look
) -> None:
    client = Client()
    client.force_login(User.objects.create_superuser("first"))
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    page = page_for(PHONE)
    page.context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": site}]
    )
    found = [*pages({}, client, staff=False), *pages({}, client, staff=True)]
    assert len(found) > 20

    seen = [Screen(screen.address, is_new=False) for screen in found]
    assert [fault for screen in seen for fault in look(page, screen)] == []
