"""Whatever is typed into whatever field of whatever page: a sentence, never an error of ours.

HANDBILL_NAUGHTY=all tries every value in every field; HANDBILL_SEED=7 takes another sample.
"""

import itertools
import os
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode, urljoin, urlsplit

import pytest
from django.contrib.auth.models import Group, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.urls import resolve, reverse
from pytest_django import Settings

from config.roles import ROLES
from tests.factories import world
from tests.factories.newsletters import trap_fields
from tests.factories.places import Arguments
from tests.infra.dns import Zone
from tests.infra.forms import PageForm, Reading
from tests.infra.prober import Prober
from tests.payloads import naughty
from tests.test_doors import doors

METHODS = ("get", "head", "post", "put", "patch", "delete", "options")
# Names the pages read from the query, whether or not a form of theirs holds them.
QUERIES = (
    "page", "q", "state", "sort", "lang", "language", "person", "view", "reason", "csv", "to",
    "in", "source", "utm_source", "next", "saved", "left", "list",
)  # fmt: skip
A_FIELD = 10_000 if os.environ.get("HANDBILL_NAUGHTY") == "all" else 1
SEED = int(os.environ.get("HANDBILL_SEED", "1"))
DOORS = sorted(set(doors()), key=lambda door: door.name)
Value = TypeVar("Value")
Rows = dict[str, list[Arguments]]
pytestmark = pytest.mark.django_db


@pytest.fixture
def rows(settings: Settings, tmp_path: Path, zone: Zone) -> Rows:
    """One row of everything, in files and tables of its own."""
    settings.TIME_ZONE = "Asia/Almaty"
    settings.OUTBOX_ROOT = tmp_path / "outbox"
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.PRIVATE_ROOT = tmp_path / "private"
    return world.build()


def visitor() -> Client:
    """Nobody in particular; an error is an answer here, not an exception."""
    return Client(raise_request_exception=False)


def staff(role: str = "") -> Client:
    """Somebody with one role, or with every right."""
    call_command("setup_roles")
    user = User.objects.create_user(f"staff-{role}", is_staff=True, is_superuser=not role)
    if role:
        user.groups.add(Group.objects.get(name=role))
    client = visitor()
    client.force_login(user)
    return client


def addresses(rows: Rows) -> list[str]:
    """Every address of every door."""
    return [
        reverse(door.name, kwargs=arguments)
        for door in DOORS
        if door.name != "logout"
        for arguments in (rows.get(door.name, []) if door.arguments else [{}])
    ]


def first_addresses(rows: Rows) -> list[str]:
    """One address of every door."""
    return addresses({name: found[:1] for name, found in rows.items()})


def sample(values: Sequence[Value], number: int) -> Iterator[list[Value]]:
    """For ever: the next so many values, each as often as the others."""
    order = list(values)
    random.Random(SEED).shuffle(order)
    place = 0
    while True:
        chosen = [order[(place + step) % len(order)] for step in range(min(number, len(order)))]
        place += len(chosen)
        yield chosen


def test_there_are_rows_behind_every_address(rows: Rows) -> None:
    for door in DOORS:
        assert not door.arguments or rows.get(door.name), door.name
        assert all(set(found) == set(door.arguments) for found in rows.get(door.name, []))


@pytest.mark.parametrize(
    "who",
    ["superuser", *(pytest.param(who, marks=pytest.mark.once) for who in ("visitor", *ROLES))],
)
def test_every_method_at_every_address_gets_an_answer(rows: Rows, who: str) -> None:
    prober = Prober(visitor() if who == "visitor" else staff("" if who == "superuser" else who))
    for path in first_addresses(rows):
        for method in METHODS if who == "superuser" else ("get", "post"):
            prober.knock(method, path)
    for path in addresses(rows) if who == "superuser" else ():
        prober.knock("post", path)
    assert not prober.troubles, "\n".join([f"seed {SEED}", *prober.troubles])


def test_any_part_of_an_address_may_be_nonsense(rows: Rows) -> None:
    prober = Prober(staff())
    parts = sample(naughty.PATHS, 6 * A_FIELD)
    for door in DOORS:
        for name in door.arguments:
            for bad in next(parts):
                path = _with(door.name, rows[door.name][0], name, bad)
                prober.knock("get", path)
                prober.knock("post", path)
    assert not prober.troubles, "\n".join([f"seed {SEED}", *prober.troubles])


def _with(door: str, arguments: Arguments, name: str, bad: str) -> str:
    """The address with nonsense in the place of one of its parts, whatever its pattern allows."""
    one, other = (
        reverse(door, kwargs={**arguments, name: value}) for value in _two(arguments, name)
    )
    start = _shared(one, other)
    end = _shared(one[::-1], other[::-1])
    return one[:start] + bad + one[len(one) - end :]


def _shared(one: str, other: str) -> int:
    """How many signs both begin with."""
    pairs = zip(one, other, strict=False)
    return sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))


def _two(arguments: Arguments, name: str) -> tuple[Any, Any]:
    """Two values of this part without a sign in common at either end."""
    pairs = {
        "year": ("1990", "2021"),
        "month": ("01", "12"),
        "day": ("1990-01-01", "2026-12-12"),
        "folder": ("articles", "cases"),
    }
    if name == "name" and "day" not in arguments:
        return "0" * 32 + ".jpg", "1" * 32 + ".png"
    if name == "name":
        return "1-1", "2-2"
    if isinstance(arguments[name], int):
        return 1, 2
    return pairs.get(name, ("aba", "cdc"))


@pytest.mark.parametrize("who", ["visitor", "superuser"])
def test_any_query_may_be_nonsense(rows: Rows, who: str) -> None:
    prober = Prober(visitor() if who == "visitor" else staff())
    values, numbers = sample(naughty.EVERYTHING, A_FIELD), sample(naughty.NUMBERS, 1)
    for path in first_addresses(rows):
        if who == "visitor" and path.startswith("/staff/"):
            continue
        prober.knock("get", path + query({"page": next(numbers)[0]}))
        for value in next(values):
            prober.knock("get", path + query(dict.fromkeys(QUERIES, value[:2000])))
    assert not prober.troubles, "\n".join([f"seed {SEED}", *prober.troubles])


def query(values: dict[str, str]) -> str:
    """As a browser would write it, were lone surrogates something to write."""
    return "?" + urlencode(values, errors="surrogatepass")


def forms_of_the_site(prober: Prober, paths: list[str]) -> list[tuple[str, PageForm]]:
    """(where it leads, form) for every form that sends something, each shape once."""
    found: dict[Any, tuple[str, PageForm]] = {}
    for path in paths:
        for form in prober.knock("get", path).forms:
            target = urljoin(path, form.action)
            match = resolve(urlsplit(target).path)
            key = (match.view_name, tuple(sorted(form.values)), tuple(form.buttons))
            if form.method == "post" and match.view_name not in {"logout", "admin:logout"}:
                found.setdefault(key, (target, form))
    return list(found.values())


def filled(form: PageForm) -> dict[str, Any]:
    """The form as it stands, opened long enough ago for a person."""
    trap = trap_fields() if "opened" in form.values else {}
    return {**form.values, **trap}


def send(prober: Prober, target: str, form: PageForm, data: dict[str, Any]) -> Reading:
    """Press a button of the form, as a browser does."""
    if form.files:
        clean = {name: _whole(value) for name, value in data.items()}
        return prober.knock("post", target, clean)
    body = urlencode(data, doseq=True, errors="surrogatepass")
    return prober.knock(
        "post", target, body, content_type="application/x-www-form-urlencoded", sent=data
    )


def _whole(value: Any) -> Any:
    """Without lone surrogates, which a body of several parts cannot hold."""
    if isinstance(value, list):
        return [_whole(part) for part in value]
    return value.encode("utf-8", "replace").decode()


def lost(form: PageForm, data: dict[str, Any], bad: str, answer: Reading) -> list[str]:
    """Fields whose text the answer does not show any more."""
    shown = {name: " ".join(held) for other in answer.forms for name, held in other.values.items()}
    return [
        name
        for name in sorted(form.typed - {bad, "password"})
        if (typed := " ".join(" ".join(data.get(name) or [""]).split()))
        and typed != " ".join(shown.get(name, "").split())
    ]


def typed_in(form: PageForm, number: int) -> dict[str, Any]:
    """Something a person may have typed into every field of words that is still empty."""
    data = filled(form)
    for name in form.typed:
        if name != "website" and not "".join(data.get(name) or []):
            data[name] = [f"Words {number} of {name}"]
    return data


@pytest.mark.parametrize("who", ["visitor", "superuser"])
def test_any_field_may_hold_nonsense(rows: Rows, who: str) -> None:
    prober = Prober(visitor() if who == "visitor" else staff())
    values = sample(naughty.EVERYTHING, A_FIELD)
    public = [path for path in addresses(rows) if who != "visitor" or not path.startswith("/staff")]
    for number, (target, form) in enumerate(forms_of_the_site(prober, public)):
        buttons = form.buttons or [("", "")]
        for step, name in enumerate(sorted(form.values)):
            if name in {"csrfmiddlewaretoken", "website", "opened"}:
                continue
            for value in next(values):
                data = {**typed_in(form, number), name: [value]}
                button = buttons[step % len(buttons)]
                if button[0]:
                    data[button[0]] = [button[1]]
                answer = send(prober, target, form, data)
                if answer.refused and answer.forms:
                    gone = lost(form, data, name, answer)
                    # Nobody types the number of rows; without it a formset cannot know them.
                    if gone and not name.endswith("_FORMS"):
                        prober.note(f"lost {gone} at {target}, {name} was", {"value": value})
    assert not prober.troubles, "\n".join([f"seed {SEED}", *prober.troubles])


MANY = "&".join(f"f{number}=x" for number in range(2001))
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=b"
BODIES = [
    (b"", "application/json"),
    (b'{"email": "a@example.org"}', "application/json"),
    (b"[" * 100_000, "application/json"),
    (b"<a/>", "text/xml"),
    (b"email[]=a&email[$ne]=b&name=a&name=b&lists=1&lists=x&lists=", FORM),
    (b"email=a%00b&name=%ff%fe&lists=%ED%A0%80&lists=%D9%A1", FORM),
    (b"&&&===%%%", FORM),
    (MANY.encode(), FORM),
    (b"name=" + b"a" * 2_700_000, FORM),
    (b"name=a", FORM + "; charset=utf-7"),
    (b"name=a", FORM + "; charset=no-such-thing"),
    (b"", MULTIPART),
    (b"--b\r\n", MULTIPART),
    (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename=""\r\n\r\n\r\n--b--',
        MULTIPART,
    ),
    (b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\na', MULTIPART),
    (b"x", "multipart/form-data"),
    (b"x", "multipart/form-data; boundary=" + "b" * 5000),
    (b"\x00" * 1000, "application/octet-stream"),
]


@pytest.mark.once
@pytest.mark.parametrize("who", ["visitor", "superuser"])
def test_any_body_may_come_in_place_of_a_form(rows: Rows, who: str) -> None:
    prober = Prober(visitor() if who == "visitor" else staff())
    bodies = sample(BODIES, 4 * A_FIELD)
    for path in first_addresses(rows):
        if path.startswith("/staff/") == (who == "superuser"):
            for body, kind in next(bodies):
                prober.knock("post", path, body, content_type=kind)
    assert not prober.troubles, "\n".join([f"seed {SEED}", *prober.troubles])


HEADERS: list[dict[str, str]] = [
    {"Cookie": "session=" + "a" * 100_000},
    {"Cookie": "; ".join(f"c{number}=x" for number in range(5000))},
    {"Cookie": 'csrf=\x00\xff; session=../../x; =;;=; ""'},
    {"Accept-Language": "x" * 100_000},
    {"Accept-Language": "de;q=9,*;q=NaN,,;;q=,en-" + "a-" * 400},
    {"Accept-Language": "\u0661"},
    {"Host": "evil.example"},
    {"Host": "testserver:99999"},
    {"Host": "a" * 5000},
    {"Referer": "javascript:alert(1)"},
    {"Origin": "null"},
    {"X-Forwarded-For": "1.2.3.4, " * 5000},
    {"X-Forwarded-For": "<script>, [::1, 999.9.9.9:x%"},
    {"If-Modified-Since": "Sun, 99 Foo 0000 99:99:99 GMT"},
    {"If-None-Match": "W/" * 5000},
    {"Range": "bytes=-1,9-1,a-b"},
    {"HX-Request": "true", "HX-Current-URL": "http://[::1"},
    {"Content-Length": "99999999999999999999"},
]


@pytest.mark.once
def test_any_header_may_be_nonsense(rows: Rows) -> None:
    prober = Prober(visitor())
    public = [path for path in first_addresses(rows) if not path.startswith("/staff/")]
    for path in [*public, "/staff/", "/staff/login/", "/nowhere/"]:
        for headers in HEADERS:
            prober.knock("get", path, headers=headers)
    assert not prober.troubles, "\n".join([f"seed {SEED}", *prober.troubles])


WRONG_FILES = {
    "empty.csv": b"",
    "line.csv": b"a" * 300_000,
    "nul.csv": b"\x00" * 3000,
    "\u202egpj.csv": b"email\na@example.org\n",
    "a" * 300 + ".csv": b"email\n",
    "zip.xlsx": b"PK\x03\x04" + b"\x00" * 3000,
    "picture.svg": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "picture.png": b"\x89PNG\r\n\x1a\n" + b"\x00" * 500,
    "picture.gif": b"GIF89a" + b"\xff" * 500,
    "../../etc/x.jpg": b"\xff\xd8\xff\xe0" + b"\x00" * 500,
}


@pytest.mark.once
def test_any_file_may_come_in_place_of_a_good_one(rows: Rows) -> None:
    prober = Prober(staff())
    with_files = [found for found in forms_of_the_site(prober, addresses(rows)) if found[1].files]
    assert len(with_files) >= 3
    for target, form in with_files:
        for file_name, content in WRONG_FILES.items():
            for name in form.files:
                file = SimpleUploadedFile(file_name, content, content_type="text/csv")
                prober.knock("post", target, {**typed_in(form, 1), name: file})
    assert not prober.troubles, "\n".join([f"seed {SEED}", *prober.troubles])
