"""Two people in two tabs each press Send, fifty times at once, on a real server."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from urllib.parse import urlencode, urlsplit

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from newsletters.models import Delivery, Mailing
from newsletters.services import expansion, mailings
from newsletters.states import MailingState
from tests.factories.newsletters import MailingFactory, MailingTextFactory, UserFactory
from tests.infra.rings import Rings
from tests.newsletters.conftest import ORGANISER
from tests.stories import members

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE = 120


def press(address: str, path: str, session: str) -> tuple[int, str, dict[str, str]]:
    """One click as a browser makes it: status, page, and the cookies that came with it."""
    try:
        line = HTTPConnection(urlsplit(address).netloc, timeout=60)
        token = "t" * 32
        cookies = f"{django_settings.SESSION_COOKIE_NAME}={session}; csrftoken={token}"
        cookies += f"; {django_settings.CSRF_COOKIE_NAME}={token}"
        form = urlencode({"do": "now", "csrfmiddlewaretoken": token})
        head = {"Cookie": cookies, "Content-Type": "application/x-www-form-urlencoded"}
        line.request("POST", path, form, head)
        answer = line.getresponse()
        body = answer.read().decode()
        kept = {}
        for said in answer.headers.get_all("Set-Cookie") or []:
            name, _equals, value = said.partition(";")[0].partition("=")
            kept[name] = value
        line.close()
        return answer.status, body, kept
    finally:
        connection.close()


def read(address: str, path: str, session: str, kept: dict[str, str]) -> str:
    """The page behind a click, with what the click left in cookies."""
    line = HTTPConnection(urlsplit(address).netloc, timeout=60)
    cookies = {**kept, django_settings.SESSION_COOKIE_NAME: session}
    line.request("GET", path, headers={"Cookie": "; ".join(f"{k}={v}" for k, v in cookies.items())})
    text = line.getresponse().read().decode()
    line.close()
    return text


def expand(mailing_id: int) -> None:
    """The job of that one ring, done by several workers at once."""
    try:
        expansion.expand(mailing_id=mailing_id)
    finally:
        connection.close()


def test_of_fifty_clicks_one_sends_and_all_others_are_told_who_did(
    live_server: LiveServer, rung: Rings, settings
) -> None:
    settings.POSTAL_ADDRESS = "1 Square\nOrrin"
    people = [UserFactory(username=name, permissions=ORGANISER) for name in ("ada", "bela")]
    mailing = MailingFactory(lists=[members(PEOPLE)])
    MailingTextFactory(mailing=mailing)
    mailings.approve(mailing=mailing, by=people[0])
    tabs = []
    for person in people * 2:
        tab = Client()
        tab.force_login(person)
        tabs.append(tab.cookies[django_settings.SESSION_COOKIE_NAME].value)
    path = f"/staff/mailings/{mailing.pk}/schedule/"
    rung.forget()

    with ThreadPoolExecutor(25) as hands:
        sessions = [tabs[number % len(tabs)] for number in range(50)]
        answers = list(hands.map(lambda tab: press(live_server.url, path, tab), sessions))

    assert {status for status, _body, _kept in answers} <= {200, 302}
    assert [ring.job for ring in rung.collect()] == ["newsletters.expand_mailing"]
    mailing.refresh_from_db()
    assert mailing.state == MailingState.EXPANDING
    assert mailing.started_by in people
    page = f"/staff/mailings/{mailing.pk}/"
    told = [
        body if status == 200 else read(live_server.url, page, session, kept)
        for session, (status, body, kept) in zip(sessions, answers, strict=True)
    ]
    words = f"{mailing.started_by} sent it or planned it for"
    assert sum(words in text for text in told) == 49

    with ThreadPoolExecutor(3) as workers:
        list(workers.map(expand, [mailing.pk] * 3))
    rows = Counter(Delivery.objects.values_list("contact", flat=True))
    assert len(rows) == PEOPLE
    assert set(rows.values()) == {1}
    assert Mailing.objects.get().total == PEOPLE
