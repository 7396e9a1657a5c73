"""Promises about every address of the site, read from the list of addresses itself."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

from campaigns.models import Letter, Rsvp
from campaigns.states import LetterState, RsvpState
from newsletters.models import Contact
from petitions.models import Signature
from petitions.states import SignatureState
from tests.factories.articles import ArticleFactory
from tests.factories.campaigns import ActionFactory, EventFactory
from tests.factories.newsletters import MailingListFactory, trap_fields
from tests.factories.petitions import PetitionFactory
from tests.infra.mail import Mail, Post
from tests.infra.snapshots import everything
from tests.stories import half_sent

# Answers without a CSRF token: the proof is a mail, or the token in the address itself.
EXEMPT = {
    "newsletters:subscribe",
    "newsletters:confirm",
    "newsletters:preferences",
    "newsletters:new_address",
    "newsletters:address",
    "newsletters:access_ask",
    "newsletters:access",
    "newsletters:forget_me",
    "newsletters:fresh_link",
    "newsletters:unsubscribe",
    "petitions:sign",
    "petitions:confirm",
    "petitions:withdraw",
    "campaigns:letter_write",
    "campaigns:letter_print",
    "campaigns:letter_confirm",
    "campaigns:rsvp_write",
    "campaigns:rsvp",
    "campaigns:rsvp_ics",
}
LINK = re.compile(r"http://testserver(/[^\s\"'<>)]*)")
# What stands for each part of a staff address: row 1 of everything.
SAMPLES = {
    "pk": 1,
    "language": "en",
    "state": "open",
    "move": "invalidate",
    "day": "2026-01-31",
    "name": "1-1",
    "slug": "some-words",
    "other": 1,
    "note": 1,
    "first": 1,
    "second": 2,
}


@dataclass(frozen=True)
class Door:
    """One address of the site."""

    name: str
    exempt: bool
    arguments: tuple[str, ...]


def doors(
    patterns: list[URLPattern | URLResolver] | None = None, space: str = ""
) -> Iterator[Door]:
    """Every named address but the raw admin's."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLResolver):
            if pattern.app_name != "admin":
                inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
                yield from doors(pattern.url_patterns, inner)
        else:
            exempt = getattr(pattern.callback, "csrf_exempt", False)
            names = tuple(pattern.pattern.regex.groupindex)
            yield Door(f"{space}{pattern.name}", exempt, names)


STAFF = sorted({door for door in doors() if door.name.startswith("staff:")}, key=lambda d: d.name)


def test_the_list_of_addresses_that_ask_for_no_csrf_token_is_known() -> None:
    assert {door.name for door in doors() if door.exempt} == EXEMPT


def address(door: Door) -> str:
    """An address behind the door; the rows need not exist."""
    return reverse(door.name, kwargs={name: SAMPLES[name] for name in door.arguments})


@pytest.mark.once
@pytest.mark.django_db
@pytest.mark.parametrize("door", STAFF, ids=lambda door: door.name)
def test_a_staff_page_turns_an_anonymous_visitor_away(door: Door) -> None:
    for call in (Client().get, Client().head, Client().post):
        answer = call(address(door))
        assert answer.status_code == 302
        assert answer["Location"].startswith("/staff/login/?next=")


@pytest.mark.once
@pytest.mark.django_db
@pytest.mark.parametrize("door", STAFF, ids=lambda door: door.name)
def test_a_staff_page_refuses_somebody_without_a_role(door: Door) -> None:
    User.objects.create_user("nobody", password="eleven invented words")
    client = Client()
    client.login(username="nobody", password="eleven invented words")
    expected = {200} if door.name == "staff:today" else {403}
    assert client.get(address(door)).status_code in expected


def test_the_samples_fit_every_staff_address() -> None:
    unknown = set()
    for door in STAFF:
        try:
            address(door)
        except (KeyError, NoReverseMatch):
            unknown.add(door)
    assert unknown == set()


@pytest.fixture
def letters_in_the_post(transactional_db: None) -> list[Mail]:
    """One mail of every kind that carries a link, each token alive."""
    post = Post()
    mailing_list = MailingListFactory(slug="news-of-karsh")
    petition = PetitionFactory(news_list=mailing_list)
    action = ActionFactory()
    ArticleFactory.create_batch(3)
    client = Client()
    client.post(
        reverse("newsletters:subscribe"),
        {"email": "ada@example.org", "lists": [mailing_list.pk], "language": "en", **trap_fields()},
    )
    client.post(
        reverse("petitions:sign", args=[petition.slug]),
        {
            "name": "Ada Orlen",
            "email": "ada@example.org",
            "text": petition.texts.get().pk,
            **trap_fields(),
        },
    )
    client.post(
        reverse("campaigns:letter_write", args=[action.slug]),
        {
            "route": "email",
            "target": str(action.targets.get().pk),
            "language": "en",
            "subject": "A doctor for Mira Osk",
            "middle": "I am a nurse myself. Mira Osk needs insulin every day of her life. Act.",
            "name": "Ada Orlen",
            "email": "ada@example.org",
            **trap_fields(),
        },
    )
    event = EventFactory()
    client.post(
        reverse("campaigns:rsvp_write", args=[event.slug]),
        {"name": "Ada Orlen", "email": "ada@example.org", **trap_fields()},
    )
    half_sent(2)
    mails = post.deliver()
    assert Contact.objects.filter(email="ada@example.org").exists()
    assert Signature.objects.get(state=SignatureState.PENDING)
    assert Letter.objects.get(state=LetterState.PENDING)
    assert Rsvp.objects.get(state=RsvpState.PENDING)
    assert len(mails) == 6
    return mails


def live_links(mails: list[Mail]) -> set[str]:
    """Every link of every mail, and every page that needs no token."""
    found = {link for mail in mails for link in LINK.findall(mail.text + mail.html)}
    for mail in mails:
        found.update(LINK.findall(str(mail.message["List-Unsubscribe"] or "")))
    for door in doors():
        if not door.arguments and not door.name.startswith(("staff:", "logout", "login")):
            found.add(reverse(door.name))
    page = Client().get("/")
    found.update(re.findall(r'href="(/[^"]*)"', page.content.decode()))
    return found


def test_opening_any_page_with_any_live_token_changes_no_row(
    letters_in_the_post: list[Mail],
) -> None:
    links = live_links(letters_in_the_post)
    for kind in (
        "/c/",
        "/u/",
        "/p/",
        "/petitions/confirm/",
        "/letters/confirm/",
        "/events/answer/",
        "/news/",
    ):
        assert any(kind in link for link in links), f"no {kind} among the links"
    before = everything()
    for link in sorted(links):
        for call in (Client().get, Client().head):
            answer = call(link)
            b"".join(answer)  # a file is closed once it has been read
            assert answer.status_code in {200, 301, 302, 304}, link
            assert not answer.cookies, f"{link} sets a cookie"
    assert everything() == before


def test_no_page_and_no_mail_leads_a_browser_to_another_host(
    letters_in_the_post: list[Mail],
) -> None:
    """What a browser or mail program fetches by itself: pictures, styles, scripts, frames."""
    fetched = re.compile(
        r"""<(?:img|script|iframe|source|video|audio|embed|input|form)"""
        r"""[^>]*\s(?:src|srcset|action)="([^"]*)"""
        r"""|<link[^>]*rel="(?:stylesheet|preload|icon)"[^>]*href="([^"]*)"""
        r"""|url\(([^)]*)\)|@import\s+["']([^"']*)""",
        re.IGNORECASE,
    )
    sources = {
        link: b"".join(Client().get(link)).decode() for link in live_links(letters_in_the_post)
    }
    sources |= {mail.subject: mail.html for mail in letters_in_the_post}
    for where, text in sources.items():
        for groups in fetched.findall(text):
            target = next((group for group in groups if group), "")
            assert not target.startswith(("http:", "https:", "//")) or target.startswith(
                "http://testserver/"
            ), f"{where} fetches {target}"
