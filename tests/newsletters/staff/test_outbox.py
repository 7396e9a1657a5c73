"""The outbox: what was written on this machine, to be read and pressed."""

from email import message_from_bytes

import pytest
from django.urls import reverse

from newsletters.sending import outbox
from newsletters.sending.feed import Envelope
from tests.factories.newsletters import MailingListFactory, UserFactory, trap_fields

pytestmark = pytest.mark.django_db

HOSTILE = (
    b"From: a@example.org\r\nTo: b@example.org\r\nSubject: <script>alert(1)</script>\r\n"
    b"MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
    b'<script>alert(1)</script><a href="javascript:alert(1)">x</a>'
    b'<a href="https://example.org/a">A page</a><a href="https://example.org/a">again</a>\r\n'
)


@pytest.fixture(autouse=True)
def _own_outbox(settings, tmp_path):
    settings.OUTBOX_ROOT = tmp_path / "outbox"


@pytest.fixture
def staff(client):
    client.force_login(UserFactory(permissions=["newsletters.view_delivery"]))
    return client


def keep(message=HOSTILE, delivery=1, address="b@example.org"):
    path = outbox.write(Envelope(delivery, "bounce@example.org", address, message))
    return [path.parent.name, path.stem]


def test_an_empty_outbox_says_what_comes_here(staff):
    page = staff.get(reverse("staff:outbox")).text
    assert "Nothing leaves this machine." in page
    assert "No mail yet." in page


def test_an_installation_that_really_sends_says_so(staff, settings):
    keep()
    settings.MAIL_URL = "smtp://relay.example.org"
    page = staff.get(reverse("staff:outbox")).text
    assert "Mail really leaves this installation now." in page
    assert "Nothing leaves this machine." not in page


def test_newest_first_and_only_the_files_of_one_page_are_read(staff, monkeypatch):
    for number in range(60):
        keep(
            HOSTILE.replace(b"<script>alert(1)</script>\r\nMIME", b"Mail %d\r\nMIME" % number),
            number,
        )
    read = []
    whole = outbox.read

    def noted(name):
        read.append(name)
        return whole(name)

    monkeypatch.setattr(outbox, "read", noted)
    first = staff.get(reverse("staff:outbox")).text
    assert len(read) == 50
    assert "60 mails" in first
    second = staff.get(reverse("staff:outbox"), {"page": "2"}).text
    assert len(read) == 60
    assert "b@example.org" in second


def test_a_mail_shows_its_words_safely_and_only_links_of_the_web(staff):
    page = staff.get(reverse("staff:outbox_mail", args=keep())).text
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "javascript:" not in page
    assert page.count('<a href="https://example.org/a">A page</a>') == 1
    assert 'sandbox width="100%"' in page


def test_the_body_stands_under_a_policy_of_its_own(staff):
    answer = staff.get(reverse("staff:outbox_body", args=keep()))
    policy = answer["Content-Security-Policy"]
    assert policy.startswith("sandbox; default-src 'none'; style-src 'unsafe-inline'")
    assert "script-src" not in policy
    assert answer["X-Frame-Options"] == "SAMEORIGIN"


def test_the_source_is_what_was_written(staff):
    answer = staff.get(reverse("staff:outbox_source", args=keep()))
    assert answer["Content-Type"] == "message/rfc822"
    assert answer.content.endswith(HOSTILE)
    assert message_from_bytes(answer.content)["X-Outbox-Recipient"] == "b@example.org"


@pytest.mark.parametrize(
    "tail", ["2026-11-22/1-1", "../../etc/passwd", "2026-11-22/x", "2026-11-22/%00-1", "..-1/1-1"]
)
def test_a_mail_that_is_not_there_is_not_found(staff, tail):
    for end in ("/", "/body/", "/source/"):
        assert staff.get(f"/staff/outbox/{tail}{end}").status_code == 404


def test_only_who_may_see_deliveries_gets_in(client):
    client.force_login(UserFactory())
    names = keep()
    assert client.get(reverse("staff:outbox")).status_code == 403
    for page in ("outbox_mail", "outbox_body", "outbox_source"):
        assert client.get(reverse(f"staff:{page}", args=names)).status_code == 403


def test_somebody_who_tries_the_program_can_press_confirm(staff, post, settings):
    settings.POSTAL_ADDRESS = "Free Karsh, 12 Harbour Road, 4000 Orrin"
    mailing_list = MailingListFactory()
    staff.post(
        reverse("newsletters:subscribe"),
        {
            **trap_fields(),
            "email": "anna@example.org",
            "name": "",
            "language": "en",
            "lists": [mailing_list.pk],
        },
    )
    post.deliver()
    page = staff.get(reverse("staff:outbox")).text
    assert "anna@example.org" in page
    mail = staff.get(page.split('<td><a href="')[1].split('"')[0]).text
    link = mail.split('<a href="http://testserver/c/')[1].split('"')[0]
    assert staff.get(f"/c/{link}").status_code == 200
