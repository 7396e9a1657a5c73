"""``manage.py demo`` as real processes, and the story it loads."""

import http.client
import os
import re
import signal
import socket
import stat
import time
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from http.cookies import SimpleCookie
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone

from campaigns.models import Article, Event, Letter, UrgentAction
from campaigns.selectors import actions, events
from config.bootstrap import make_secrets
from config.demo import load, logins, story
from config.management.commands.demo import environment as embedded
from newsletters.models import ConsentEvent, Contact, Delivery, DigestIssue, Mailing, MailingList
from newsletters.selectors import reports
from newsletters.states import DeliveryState, IssueState, MailingState, SubscriptionState
from petitions.models import Petition
from tests.infra.databases import ROOT
from tests.infra.processes import Program, wait_until

# The demonstration has a database of its own, which is SQLite.
pytestmark = pytest.mark.once

READY = 90

# What an organiser does with the draft: approve it, and send it at the next minute's tick.
SCHEDULE = """
from django.contrib.auth.models import User
from django.utils import timezone
from newsletters import local_times
from newsletters.models import Mailing
from newsletters.services import mailings
by, draft = User.objects.get(username="admin"), Mailing.objects.get(state="draft")
mailings.approve(mailing=draft, by=by)
mailings.schedule(mailing=draft, by=by, moment=local_times.read(timezone.now(), "UTC"))
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Demo:
    """One running demonstration."""

    program: Program
    var: Path
    port: int

    def get(self, path: str, cookies: str = "") -> tuple[int, str]:
        return self.ask("GET", path, cookies=cookies)[:2]

    def ask(
        self, method: str, path: str, *, form: dict[str, str] | None = None, cookies: str = ""
    ) -> tuple[int, str, str]:
        """Status, text and the cookies that were set."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        headers = {"Cookie": cookies, "Origin": f"http://127.0.0.1:{self.port}"}
        body = None
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            body = urllib.parse.urlencode(form)
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        jar: SimpleCookie = SimpleCookie()
        for name, value in answer.getheaders():
            if name == "Set-Cookie":
                jar.load(value)
        set_cookies = "; ".join(f"{key}={morsel.value}" for key, morsel in jar.items())
        connection.close()
        return answer.status, text, set_cookies

    def answers(self) -> bool:
        try:
            return self.get("/healthz")[0] == 200
        except OSError:
            return False

    def children(self, word: str = "") -> list[int]:
        """Processes that run with this demonstration's directory, by a word of their command."""
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                environment = (entry / "environ").read_bytes()
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
            mine = f"HANDBILL_VAR={self.var}\0".encode() in environment
            pid = int(entry.name)
            if mine and word in command and pid != self.program.process.pid and command:
                found.append(pid)
        return sorted(found)

    def mails(self, to: str) -> list[str]:
        """Subjects of the mails in the outbox to this address."""
        return [
            str(message_from_bytes(path.read_bytes())["Subject"])
            for path in sorted((self.var / "outbox").glob("*/*.eml"))
            if f"X-Outbox-Recipient: {to}".encode() in path.read_bytes()[:400]
        ]

    def subjects(self, beginning: str) -> int:
        """How many mails in the outbox have a subject that begins so."""
        wanted = f"\nSubject: {beginning}".encode()
        files = (self.var / "outbox").glob("*/*.eml")
        return sum(wanted in path.read_bytes().replace(b"\r", b"") for path in files)

    def subscribe(self, email: str) -> None:
        page = self.get("/subscribe/")[1]
        opened = re.search(r'name="opened" value="([^"]+)"', page)
        assert opened is not None
        # Nobody fills in a form faster than this (newsletters/public/trap.py).
        time.sleep(2)
        form = {
            "email": email,
            "lists": "1",
            "language": "en",
            "name": "",
            "website": "",
            "opened": opened[1],
        }
        assert self.ask("POST", "/subscribe/", form=form)[0] in {302, 303}


def start(var: Path, port: int) -> Demo:
    program = Program(
        ["manage.py", "demo", "--port", str(port)],
        environment={"HANDBILL_VAR": str(var)},
        log=var.parent / f"log-{port}",
    )
    return Demo(program, var, port)


def ready(demo: Demo) -> Demo:
    wait_until(
        lambda: demo.answers() or demo.program.process.poll() is not None,
        seconds=READY,
        what="the demonstration answers",
    )
    assert demo.answers(), demo.program.output()
    return demo


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    var = tmp_path_factory.mktemp("demo") / "var"
    running = start(var, free_port())
    with running.program:
        yield ready(running)


def test_it_prints_where_to_look_and_how_to_get_in(demo):
    said = demo.program.output()

    assert f"http://127.0.0.1:{demo.port}/\n" in said
    assert f"http://127.0.0.1:{demo.port}/staff/outbox/" in said
    login = demo.var / "demo-login.txt"
    assert stat.S_IMODE(login.stat().st_mode) == 0o600
    for line in login.read_text().splitlines():
        assert line in said


def test_the_pages_answer_and_the_printed_login_opens_the_staff_side(demo):
    assert "Karsh Solidarity Committee" in demo.get("/")[1]
    password = re.search(r"^admin +(\S+)", (demo.var / "demo-login.txt").read_text(), re.MULTILINE)
    assert password is not None
    _status, page, cookies = demo.ask("GET", "/staff/login/")
    token = re.search(r'csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token is not None
    form = {
        "username": "admin",
        "password": password[1],
        "csrfmiddlewaretoken": token[1],
    }

    status, _text, session = demo.ask("POST", "/staff/login/", form=form, cookies=cookies)

    assert status == 302
    assert "What needs you today" in demo.get("/staff/", session)[1]
    assert "four minutes for Neda Varro" in demo.get("/staff/outbox/", session)[1]


def test_links_in_its_mails_lead_to_its_own_port(demo):
    mails = sorted((demo.var / "outbox").glob("*/*.eml"))
    text = mails[-1].read_text(encoding="utf-8", errors="replace").replace("=\n", "")

    assert f"List-Unsubscribe: <http://127.0.0.1:{demo.port}/u/" in text


def test_a_confirmation_is_in_the_outbox_ten_seconds_after_the_form(demo):
    demo.subscribe("visitor@example.net")

    wait_until(
        lambda: bool(demo.mails("visitor@example.net")), seconds=10, what="the mail is there"
    )


def test_a_mailing_scheduled_for_now_is_sent(demo, tmp_path):
    environment = {**embedded(demo.port), "HANDBILL_VAR": str(demo.var)}
    shell = Program(
        ["manage.py", "shell", "-c", SCHEDULE], environment=environment, log=tmp_path / "log"
    )
    with shell:
        assert shell.process.wait(60) == 0, shell.output()

    wait_until(lambda: demo.subjects("Your name is missing") > 100, seconds=60, what="it is sent")


def test_a_killed_worker_comes_back_and_sends(demo):
    for pid in demo.children("celery --quiet -A worker.celery worker"):
        os.kill(pid, signal.SIGKILL)
    demo.subscribe("patient@example.net")

    wait_until(lambda: bool(demo.mails("patient@example.net")), seconds=40, what="it was sent")
    assert "worker | was killed by SIGKILL" in demo.program.output()


def test_a_second_copy_on_the_same_port_or_directory_changes_nothing(demo, tmp_path):
    before = (demo.var / "demo-login.txt").read_text()
    elsewhere = start(tmp_path / "var", demo.port)
    beside = start(demo.var, free_port())

    with elsewhere.program, beside.program:
        assert elsewhere.program.process.wait(30) == 1
        assert beside.program.process.wait(30) == 1

    assert f"Port {demo.port} on 127.0.0.1 is taken" in elsewhere.program.output()
    assert not (tmp_path / "var" / "handbill.sqlite3").exists()
    assert "Another copy of Handbill is running with the data in" in beside.program.output()
    assert "Traceback" not in elsewhere.program.output() + beside.program.output()
    assert (demo.var / "demo-login.txt").read_text() == before
    assert demo.answers()


def test_what_it_says_holds_no_address_no_ip_and_no_request(demo):
    raw = socket.create_connection(("127.0.0.1", demo.port))
    raw.sendall(b"NONSENSE\x00\r\n\r\n")
    raw.recv(200)
    raw.close()
    demo.get("/nowhere/?secret=1")

    said = demo.program.output()
    parts = [line for line in said.splitlines() if " | " in line]

    assert not [line for line in parts if re.search(r"127\.0\.0\.1|@|GET|/nowhere|Warning", line)]
    assert "No hostname" not in said
    assert "superuser" not in said


def test_ctrl_c_stops_everything_and_the_next_start_keeps_the_data(demo):
    demo.program.process.send_signal(signal.SIGINT)
    assert demo.program.process.wait(10) == 0
    assert demo.children() == []

    again = start(demo.var, demo.port)
    with again.program:
        ready(again)
        assert "There is data already, so nothing was loaded." in again.program.output()
        assert "visitor" not in again.program.output()
        assert again.mails("visitor@example.net")
        again.program.process.send_signal(signal.SIGKILL)
        again.program.process.wait()
        wait_until(lambda: again.children() == [], seconds=12, what="no child is left")


# The story --------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_the_story_goes_through_the_services_and_the_appeal_is_really_sent(settings, tmp_path):
    settings.VAR = tmp_path
    settings.OUTBOX_ROOT = tmp_path / "outbox"
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.POSTAL_ADDRESS = "Lantern Yard 7"
    settings.CONTENT_LANGUAGES = ["en", "fr"]
    call_command("setup_roles", verbosity=0)
    assert load.is_empty()

    load.load()

    assert not load.is_empty()
    _check_what_is_said()
    _check_people()
    _check_post(tmp_path / "outbox")
    assert [line.split()[0] for line in logins.stored()] == ["admin", "organiser", "approver"]


def _check_what_is_said() -> None:
    published = Article.objects.filter(state="published")
    assert published.count() >= 25
    assert not published.filter(published_at__gt=timezone.now()).exists()
    assert len(set(published.values_list("byline", flat=True))) >= 4
    assert all(
        3 <= page.body.count("<p>") + page.body.count("<ul>") <= 12 for page in story.pages()
    )
    assert published.exclude(picture="").count() >= 7
    open_action = UrgentAction.objects.get(state="open")
    assert len(actions.drafts(open_action)) == 6
    assert any("231 days" in draft.middle for draft in actions.drafts(open_action))
    assert UrgentAction.objects.get(state="closed").outcome
    assert Letter.objects.count() == open_action.letters_total
    vigil, reading = Event.objects.order_by("starts_at")
    assert events.counts(vigil) == events.Counts(coming=50, waiting=3, places_left=0)
    assert events.counts(reading) == events.Counts(coming=7, waiting=0, places_left=8)


def _check_people() -> None:
    petition = Petition.objects.get(slug="free-neda-varro")
    assert (petition.state, petition.total, petition.texts.count()) == ("open", 300, 2)
    assert petition.signatures.filter(is_public=True).exclude(comment="").count() >= 20
    assert Petition.objects.get(slug="teachers-of-dene").state == "closed"
    assert Contact.objects.count() == 500
    assert not Contact.objects.exclude(email__endswith="@example.org").exists()
    assert MailingList.objects.count() == 3
    assert MailingList.objects.filter(is_public=False).count() == 1
    granted = ConsentEvent.objects.filter(act="granted")
    assert not granted.filter(wording=None).exclude(method="sign-up sheet").exists()
    left = Contact.objects.filter(subscriptions__state=SubscriptionState.UNSUBSCRIBED)
    assert left.distinct().count() > 10


def _check_post(outbox: Path) -> None:
    appeal = Mailing.objects.get(kind="appeal", state=MailingState.SENT)
    progress = reports.progress(appeal)
    assert progress.is_proved
    assert progress.of(DeliveryState.ACCEPTED) == progress.total > 400
    assert reports.left_since(appeal) == 3
    assert Mailing.objects.filter(kind="appeal", state=MailingState.DRAFT).count() == 1
    issue = DigestIssue.objects.get(state=IssueState.QUEUED)
    assert {item["title"] for item in issue.items} >= {"Neda Varro needs a doctor"}
    assert issue.mailing is not None
    assert issue.mailing.state == MailingState.SENT
    assert len(list(outbox.glob("*/*.eml"))) == Delivery.objects.count()


def test_keys_are_made_once(monkeypatch, tmp_path):
    monkeypatch.setenv("HANDBILL_VAR", str(tmp_path))

    assert make_secrets() == ["secret_key", "address_key"]
    assert make_secrets() == []
    assert (ROOT / "Makefile").read_text().count("config.bootstrap") == 2
