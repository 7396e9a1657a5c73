"""The bytes on the wire: read by the standard library, they mean what was written."""

import importlib
import re
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from html import escape

import pytest
from django.conf import settings
from hypothesis import example, given
from hypothesis import strategies as st

from newsletters.compose.fields import LinkMaker, Reader
from newsletters.compose.heads import Identity, Letterhead
from newsletters.compose.skeleton import Skeleton, Words
from newsletters.errors import LineRefused
from newsletters.mails import MailType
from newsletters.models import Contact, DeliveryBody
from newsletters.names import one_line
from newsletters.sending.due import Row
from newsletters.sending.letters import single
from newsletters.services import outgoing
from newsletters.services.outgoing import Recipient
from tests.infra.mail import Post
from tests.newsletters.test_mails import all_mails, sample
from tests.stories import half_sent

DATED = datetime(2026, 11, 22, 9, 30, 7, tzinfo=UTC)
ONCE = ("From", "To", "Date", "Message-ID", "Subject", "MIME-Version", "Content-Type")
NASTY = [
    "...dots first",
    "ends with a space ",
    "a=b==c=3D",
    "=?utf-8?b?SGVsbG8=?=",
    "Ω" * 5000,
    "x" * 5000,
    "عبد الرحمن",
    "👩🏽‍⚕️ nurse",
    ".",
    "\t",
    "From here",
    "a.b" * 40,
    " " * 200,
    "." * 300,
]


def carries(text: str) -> bool:
    """Whether a header may hold it."""
    try:
        one_line(text)
    except LineRefused:
        return False
    return True


values = st.one_of(st.sampled_from(NASTY), st.text(max_size=300))
bodies = st.one_of(values, st.lists(values, max_size=6).map("\n".join)).filter(
    lambda text: not re.search("[{}\ud800-\udfff]", text)
)
lines = values.filter(carries).filter(lambda text: "{" not in text)


def check_wire(raw: bytes) -> Message:
    """CRLF only, nothing too long, nothing a server reads as the end; returns it parsed."""
    assert raw.endswith(b"\r\n")
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", raw), "a bare CR or LF"
    found = raw.split(b"\r\n")
    assert max(map(len, found)) <= 998
    assert not any(line.startswith(b".") for line in found)
    head, _, body = raw.partition(b"\r\n\r\n")
    assert max(map(len, body.split(b"\r\n"))) <= 76
    assert head.isascii()
    message = message_from_bytes(raw)
    assert [message.get_all(name, []).__len__() for name in ONCE] == [1] * len(ONCE)
    assert not message.defects
    assert message.keys().count("Cc") == message.keys().count("Bcc") == 0
    return message


def row_of(address: str) -> Row:
    """The claimed row of a single mail."""
    return Row(5, None, "en", "", address, None, None, "", "", "", "", "", "", "", DATED)


def shown(message: Message, name: str) -> str:
    """A header as a person reads it, runs of white space as one."""
    return " ".join(str(make_header(decode_header(str(message[name])))).split())


def parts(message: Message) -> tuple[str, str]:
    """Text and HTML, decoded."""
    whole, *inside = message.walk()
    assert whole.is_multipart()
    assert [part.get_content_type() for part in inside] == ["text/plain", "text/html"]
    text, html = (bytes(part.get_payload(decode=True)).decode() for part in inside)
    return text, html


def in_lines(text: str) -> str:
    """Line ends as mail has them."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")


@given(subject=lines, before=bodies, value=bodies, after=bodies)
@example(subject="x" * 5000, before="", value="", after="")
@example(subject="Write", before="a\n.", value=".", after=".\n..\n. ")
@example(subject="Write", before="a = b", value="a\r\nb\nc\rd", after="\u2028\x85")
def test_a_mailing_means_what_was_written(
    subject: str, before: str, value: str, after: str
) -> None:
    source = before + "{{ given_name | default: 'friend' }}" + after
    skeleton = Skeleton(
        Words(subject=subject, html=source, text=source),
        Letterhead("Free Mira <campaign@testserver>", list_id="<a.testserver>"),
        LinkMaker(),
    )
    reader = Reader(7, Contact(pk=3, given_name=value), 2, 490_000)
    raw = skeleton.build(reader, "anna@example.org", DATED)
    assert raw == skeleton.build(reader, "anna@example.org", DATED)
    message = check_wire(raw)
    assert shown(message, "Subject") == " ".join(subject.split())
    flat = re.sub("\r\n|\n|\r", " ", value)
    text, html = parts(message)
    assert text == in_lines(before) + (flat or "friend") + in_lines(after)
    assert html == in_lines(before) + (escape(flat) or "friend") + in_lines(after)


@given(name=lines)
@example(name="x" * 5000)
def test_a_name_in_the_subject_stays_one_line(name: str) -> None:
    skeleton = Skeleton(
        Words(subject="For {{ given_name | default: 'you' }}: write", html="", text=""),
        Letterhead("Free Mira <campaign@testserver>"),
        LinkMaker(),
    )
    raw = skeleton.build(Reader(7, Contact(pk=3, given_name=name)), "anna@example.org", DATED)
    told = name or "you"
    assert shown(check_wire(raw), "Subject") == " ".join(f"For {told}: write".split())


@given(subject=lines, text=bodies, html=bodies, name=lines)
@example(subject="Confirm", text="." * 80, html="a\n" + "." * 80, name="Ärzte " * 9)
def test_a_single_mail_means_what_was_written(
    subject: str, text: str, html: str, name: str
) -> None:
    body = DeliveryBody(
        sender=outgoing.sender(name[:100]),
        subject=subject,
        text=text,
        html=html,
        headers=dict(outgoing.AUTOMATIC),
    )
    row = row_of("anna@example.org")
    head, text_of_it = single(row, body, Identity("testserver"))
    assert (head, text_of_it) == single(row, body, Identity("testserver"))
    message = check_wire(head + b"\r\n" + text_of_it)
    assert shown(message, "Subject") == " ".join(subject.split())
    assert parts(message) == (in_lines(text), in_lines(html))
    assert str(message["From"]).rstrip().endswith(f"<{settings.MAIL_FROM}>")
    assert max(map(len, re.findall(r"=\?\S+\?=", str(message["From"]))), default=0) <= 75


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\x00", "\x0b", "\x85", "\u2028"])
def test_no_text_becomes_a_header_of_its_own(end: str) -> None:
    evil = f"Hello{end}Bcc: everybody@example.org"
    for body in (
        DeliveryBody(sender="a@example.org", subject=evil),
        DeliveryBody(sender=evil, subject="x"),
        DeliveryBody(sender="a@example.org", subject="x", reply_to=evil),
        DeliveryBody(sender="a@example.org", subject="x", headers={"X-Note": evil}),
    ):
        with pytest.raises(LineRefused):
            single(row_of("anna@example.org"), body, Identity("testserver"))
    body = DeliveryBody(sender="a@example.org", subject="x")
    with pytest.raises(LineRefused):
        single(row_of(evil), body, Identity("testserver"))


def test_a_mailing_carries_the_ways_out_exactly_as_the_rfcs_write_them(
    post: Post, db: None
) -> None:
    half_sent(1)
    raw = post.deliver()[0].message.as_bytes(policy=policy.SMTP.clone(max_line_length=0))
    assert re.search(
        rb"^List-Unsubscribe: <https?://[^>\s]+>,\s*<mailto:leave\+[a-f0-9]{48}@[^>\s]+>\r?$",
        raw,
        re.MULTILINE,
    )
    assert re.search(rb"^List-Unsubscribe-Post: List-Unsubscribe=One-Click\r?$", raw, re.MULTILINE)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "mail", [*all_mails(), None], ids=lambda mail: getattr(mail, "name", "mailing")
)
def test_every_mail_of_the_program_is_complete(post: Post, mail: MailType | None) -> None:
    if mail is None:
        half_sent(1)
    else:
        context: dict[str, object] = {name: sample(name) for name in mail.context}
        outgoing.queue(mail=mail, to=Recipient("anna@example.org"), context=context)
    (sent,) = post.deliver()
    check_complete(sent.message, automatic=mail is not None)
    assert sent.text.strip()
    assert sent.html.strip()


def check_complete(message: EmailMessage, *, automatic: bool) -> None:
    """What RFC 5322 asks of every mail, and RFC 3834 of one that no person pressed "send" for."""
    for name in ONCE:
        assert len(message.get_all(name, [])) == 1, name
    assert message["Date"].datetime is not None
    assert re.fullmatch(r"<[a-f0-9]{48}\.[0-9a-f]{10}@testserver>", message["Message-ID"])
    assert message["From"].addresses[0].addr_spec == settings.MAIL_FROM
    assert message["Auto-Submitted"] == ("auto-generated" if automatic else None)
    assert not message.get_all("Cc")
    assert not message.get_all("Bcc")


def test_the_apps_that_write_mails_are_all_looked_at() -> None:
    assert {mail.name.partition(".")[0] for mail in all_mails()} == {
        app for app in ("newsletters", "campaigns", "petitions") if importlib.import_module(app)
    }
