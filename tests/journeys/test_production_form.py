"""The whole journey on the production form: PostgreSQL, Redis, SMTP, two worker processes."""

import re
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import psycopg
import pytest
import redis
from psycopg import sql

from tests.infra.databases import Databases
from tests.infra.installation import Installation
from tests.infra.processes import wait_until
from tests.infra.sink_script import Rule, Script
from tests.infra.visitor import HER_ADDRESS, Visitor
from tests.programs.production import PASSWORD
from tests.sink import Sink

pytestmark = [pytest.mark.redis, pytest.mark.once]

# Seconds a person needs for a form; quicker is taken for a machine.
READING = 1.7
SHEET = (
    "E-mail,Given name,Language\nanna@example.org,Anna,en\n"
    "bea@gone.example.net,Bea,en\nnot an address,Eve,en\n"
)


@pytest.fixture
def house(tmp_path: Path, postgres_url: str, redis_url: str) -> Iterator[Installation]:
    """The running installation and its relay, which knows no mailbox at gone.example.net."""
    script = Script(
        rules=[Rule(phase="rcpt", code=550, text="5.1.1 no such user", domain="gone.example.net")]
    )
    with Sink(record=tmp_path / "accepted.txt", keep=tmp_path / "kept", script=script) as sink:
        database = Databases(tmp_path, postgres_url).fresh()
        installation = Installation(tmp_path, database=database, broker=redis_url, sink=sink)
        try:
            installation.python("-m", "tests.programs.production")
            yield installation
        finally:
            installation.close()


def test_the_journey_on_postgresql_redis_and_two_workers(
    house: Installation, redis_url: str
) -> None:
    visitor, staff = Visitor(house.site), Visitor(house.site)
    house.manage("import_wordpress", "tests/payloads/wordpress.xml")
    assert "/news/" in visitor.get("/news/").text
    inside = staff.submit(
        "/staff/login/", {"username": "aigul", "password": PASSWORD}, having="password"
    )
    assert inside.url == f"{house.site}/staff/", inside.text
    subscribe(house, visitor)
    sign(house, visitor)
    act(house, visitor)
    import_people(house, staff)
    report = appeal(house, staff)
    one_click(house, visitor)
    digest(house, staff)
    assert re.search(r"refused", staff.get(report).text)
    nothing_of_her_address(house, redis_url)


def mails(house: Installation, recipient: str, containing: str = "") -> list[EmailMessage]:
    """Mails the relay took for somebody whose text holds ``containing``."""
    found = []
    for taken in list(house.sink.messages):
        message = message_from_bytes(taken.data, policy=default)
        assert isinstance(message, EmailMessage)
        if recipient in taken.recipients and containing in text_of(message):
            found.append(message)
    return found


def text_of(message: EmailMessage) -> str:
    """The text part."""
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def mail(house: Installation, recipient: str, containing: str) -> str:
    """Wait for such a mail; returns its text."""
    wait_until(
        lambda: bool(mails(house, recipient, containing)),
        seconds=20,
        what=f"a mail with {containing}",
    )
    return text_of(mails(house, recipient, containing)[0])


def link(house: Installation, text: str, kind: str) -> str:
    """The link in ``text`` whose path begins with ``kind``."""
    found = re.search(re.escape(house.site) + rf"{kind}[^\s>)]*", text)
    assert found, text
    return found.group()


def subscribe(house: Installation, visitor: Visitor) -> None:
    """A supporter joins, confirms, and is welcomed."""
    chosen = re.search(r'name="lists"[^>]*value="(\d+)"', visitor.get("/subscribe/").text)
    assert chosen
    visitor.submit(
        "/subscribe/",
        {"email": "ada@example.org", "lists": chosen.group(1)},
        having="email",
        after=READING,
    )
    visitor.submit(link(house, mail(house, "ada@example.org", "/c/"), "/c/"))
    mail(house, "ada@example.org", "/p/")


def sign(house: Installation, visitor: Visitor) -> None:
    """She signs, confirms, and is counted by the periodic job."""
    page = "/petitions/free-the-nine/"
    her = {"name": "Ada Orlen", "email": "ada@example.org"}
    visitor.submit(page, her, having="name", after=READING)
    asked = mail(house, "ada@example.org", "/petitions/confirm/")
    thanks = visitor.submit(link(house, asked, "/petitions/confirm/")).text
    assert "You are number 1" in thanks
    count = f"{page}count.json"
    wait_until(lambda: visitor.get(count).json()["count"] == 1, seconds=40, what="the count")


def act(house: Installation, visitor: Visitor) -> None:
    """She writes to the prison governor; the letter leaves after she confirmed."""
    middle = "I am a nurse myself. Mira Osk needs insulin every day of her life. Please act now."
    fields = {"middle": middle, "name": "Ada Orlen", "email": "ada@example.org", "route": "email"}
    page = "/urgent-actions/let-the-nurse-see-a-doctor/"
    visitor.submit(page, fields, having="middle", after=READING)
    asked = mail(house, "ada@example.org", "/letters/confirm/")
    visitor.submit(link(house, asked, "/letters/confirm/"))
    wait_until(
        lambda: any(b"insulin every day" in m.data for m in house.sink.messages),
        seconds=20,
        what="the letter to the target",
    )


def import_people(house: Installation, staff: Visitor) -> None:
    """Staff bring a sheet: look, map, dry run, apply in the background."""
    page = staff.submit("/staff/imports/new/", having="file", files={"file": ("p.csv", SHEET)})
    number = re.search(r"/staff/imports/(\d+)/columns/", page.url)
    assert number, page.url
    listed = re.search(r'name="mailing_list".*?value="(\d+)"', page.text, re.DOTALL)
    assert listed
    base = f"/staff/imports/{number.group(1)}"
    staff.submit(
        f"{base}/columns/",
        {
            "mailing_list": listed.group(1),
            "legal_basis": "consent",
            "source": "Vigil",
            "wording": "Yes, write to me.",
            "policy": "fill",
        },
        having="legal_basis",
    )
    wait_until(
        lambda: "anna@example.org" in staff.get(f"{base}/check/").text,
        seconds=30,
        what="the dry run",
    )
    staff.press(f"{base}/check/", f"{base}/apply/", {})
    wait_until(
        lambda: "The people are in" in staff.get(f"{base}/").text, seconds=30, what="the import"
    )


def appeal(house: Installation, staff: Visitor) -> str:
    """An appeal is composed, approved and sent now. Returns its page."""
    named = {"name": "Doctor", "doubt_policy": "resend"}
    page = staff.submit("/staff/mailings/new/", named, having="name")
    number = re.search(r"/staff/mailings/(\d+)/", page.url)
    assert number, page.url
    base = f"/staff/mailings/{number.group(1)}/"
    words = {"block": ["b0:text"], "b0-html": "Write for Mira Osk today."}
    staff.press(base, f"{base}text/en/", {"subject": "{{ given_name }}, write", **words})
    listed = re.search(r'name="lists"[^>]*value="(\d+)"', staff.get(f"{base}audience/").text)
    assert listed
    staff.press(base, f"{base}audience/", {"lists": [listed.group(1)]})
    staff.press(base, f"{base}move/", {"do": "approve"})
    staff.press(base, f"{base}schedule/", {"do": "now"})
    assert "Write for Mira Osk" in mail(house, "anna@example.org", "Write for Mira Osk")
    assert mails(house, "ada@example.org", "Write for Mira Osk")
    wait_until(lambda: "Sent" in staff.get(base).text, seconds=40, what="the end of the appeal")
    return base


def one_click(house: Installation, visitor: Visitor) -> None:
    """The mail program presses once (RFC 8058): no cookie, no page, no redirect."""
    got = mails(house, "anna@example.org", "Write for Mira Osk")[0]
    target = str(got["List-Unsubscribe"]).split(">")[0].lstrip("<")
    answer = visitor.post(target, {"List-Unsubscribe": "One-Click"}, allow_redirects=False)
    assert answer.status_code == 200


def digest(house: Installation, staff: Visitor) -> None:
    """The hour of the digest comes: who is left on the list gets it, who left does not."""
    house.python(
        "manage.py", "shell", "--command",
        "from newsletters.models import Digest; Digest.objects.update(is_active=True)",
    )  # fmt: skip
    before = len(mails(house, "anna@example.org"))
    wait_until(
        lambda: any(
            "digest" in str(m["Subject"]).lower() or "Weekly" in str(m["Subject"])
            for m in mails(house, "ada@example.org")
        ),
        seconds=120,
        what="the digest",
    )
    assert len(mails(house, "anna@example.org")) == before


def nothing_of_her_address(house: Installation, redis_url: str) -> None:
    """Her network address is in no table, no key of the broker and no log."""
    with psycopg.connect(house.environment["DATABASE_URL"]) as connection:
        tables = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        ).fetchall()
        for (name,) in tables:
            query = sql.SQL("SELECT count(*) FROM {table} t WHERE t::text LIKE %s").format(
                table=sql.Identifier(name)
            )
            found = connection.execute(query, [f"%{HER_ADDRESS}%"]).fetchone()
            assert found == (0,), name
    with redis.Redis.from_url(redis_url) as broker:
        for key in broker.scan_iter():
            assert HER_ADDRESS.encode() not in key + (broker.dump(key) or b"")
    assert HER_ADDRESS not in house.logs()
    for address in ("ada@example.org", "anna@example.org"):
        assert address not in house.logs()
