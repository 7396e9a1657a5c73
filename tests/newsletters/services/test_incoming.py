"""Mail that comes in through the mail server's pipe: whatever it is, nothing breaks."""

import io
import sys
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.db import OperationalError

from newsletters import tokens
from newsletters.models import Delivery
from newsletters.services import incoming
from newsletters.states import SubscriptionState
from tests.factories.newsletters import DeliveryFactory, MailingFactory, SubscriptionFactory

pytestmark = pytest.mark.django_db

RUBBISH = {
    "empty": b"",
    "no from": b"Subject: leave\r\n\r\nplease",
    "only newlines": b"\n" * 1000,
    "cr only": b"To: x@example.org\rFrom: y@example.org\r\rtext",
    "nul": b"To: \x00\x00@example.org\r\n\r\n\x00",
    "8 bit header": b"To: \xff\xfe <leave+\xe9@example.org>\r\n\r\n",
    "report without parts": b"Content-Type: multipart/report; boundary=x\r\n\r\n",
    "boundary missing": b"Content-Type: multipart/mixed\r\n\r\ntext",
    "header of a megabyte": b"To: " + b"a" * 1024 * 1024 + b"@example.org\r\n\r\n",
    "ten thousand headers": b"X-A: 1\r\n" * 10_000 + b"\r\n",
    "nested": b"".join(b"Content-Type: message/rfc822\r\n\r\n" for _ in range(200)),
    "date in the year 0": b"Date: Mon, 0 Jan 0000 99:99:99 +9999\r\nTo: leave+@example.org\r\n\r\n",
    "forged token": b"To: leave+" + b"a" * 32 + b"@example.org\r\n\r\n",
    "broken encoded word": b"To: =?utf-8?B?\xff?= <leave+x@example.org>\r\n\r\n",
}


@pytest.fixture
def row():
    return SubscriptionFactory()


@pytest.fixture
def address(row):
    delivery = DeliveryFactory(
        contact=row.contact,
        mailing=MailingFactory(lists=[row.mailing_list]),
        mailing_list=row.mailing_list,
    )
    return f"leave+{tokens.seal_local(tokens.LEAVE_BY_MAIL, delivery.pk)}@testserver"


def has_left(row):
    row.refresh_from_db()
    return row.state == SubscriptionState.UNSUBSCRIBED


def pipe(monkeypatch, message, *arguments):
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(message)))
    call_command("receive_mail", *arguments)


@pytest.mark.parametrize("header", ["To", "Delivered-To", "X-Original-To"])
def test_a_leave_mail_takes_her_off_the_list(monkeypatch, row, address, header):
    pipe(monkeypatch, f"From: a@example.org\r\n{header}: <{address}>\r\n\r\n".encode())
    assert has_left(row)
    assert Delivery.objects.count() == 1  # nothing is answered


def test_the_envelopes_recipient_is_enough_and_upper_case_no_trouble(monkeypatch, row, address):
    pipe(monkeypatch, b"Subject: leave\r\n\r\n", address.upper())
    assert has_left(row)


def test_a_recipient_that_is_given_counts_more_than_the_headers(monkeypatch, row, address):
    pipe(monkeypatch, f"To: {address}\r\n\r\n".encode(), "office@testserver")
    assert not has_left(row)


@pytest.mark.parametrize("message", RUBBISH.values(), ids=RUBBISH.keys())
def test_rubbish_is_left_alone(row, message):
    assert incoming.receive(message) is False
    assert not has_left(row)


def test_a_mail_of_fifty_megabytes_is_read_to_its_end_and_not_kept(monkeypatch, row, address):
    stream = io.BytesIO(f"To: {address}\r\n\r\n".encode() + b"x" * 50 * 1024 * 1024)
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=stream))
    call_command("receive_mail")
    assert stream.read(1) == b""
    assert has_left(row)


def test_a_mail_waits_at_the_mail_server_while_the_database_is_away(monkeypatch, address):
    def away(*_args, **_kwargs):
        raise OperationalError("no connection")

    monkeypatch.setattr(incoming, "receive", away)
    with pytest.raises(SystemExit) as stopped:
        pipe(monkeypatch, b"", address)
    assert stopped.value.code == 75
