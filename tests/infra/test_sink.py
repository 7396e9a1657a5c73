import base64
import socket
import ssl
import subprocess
import sys
import time
from pathlib import Path
from smtplib import SMTP, SMTP_SSL, SMTPRecipientsRefused, SMTPResponseException

import pytest

from tests.infra.databases import ROOT
from tests.infra.sink_script import Limit, Rule, Script
from tests.infra.sink_session import Message
from tests.sink import Sink

pytestmark = pytest.mark.once

MAIL = b"Message-ID: <m1@handbill.example>\r\nSubject: x\r\n\r\nHello\r\n"


def send(sink, to="ann@example.org", data=MAIL):
    with SMTP("127.0.0.1", sink.port, timeout=5) as client:
        client.sendmail("us@handbill.example", [to], data)


class Wire:
    """A client that writes bytes and reads replies, with no manners of its own."""

    def __init__(self, sink):
        self.socket = socket.create_connection(("127.0.0.1", sink.port), timeout=5)
        self.file = self.socket.makefile("rb")
        assert self.reply().startswith(b"220")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()
        self.socket.close()

    def write(self, data):
        self.socket.sendall(data)

    def reply(self):
        while True:
            line = self.file.readline()
            if line[3:4] != b"-":
                return line

    def codes(self, count):
        return [self.reply()[:3] for _ in range(count)]


ENVELOPE = b"MAIL FROM:<us@handbill.example>\r\nRCPT TO:<%b>\r\nDATA\r\n"


def test_a_mail_is_recorded_with_its_message_id_and_kept_whole(smtp_sink):
    send(smtp_sink)
    assert smtp_sink.accepted() == [("<m1@handbill.example>", "ann@example.org")]
    assert smtp_sink.messages == [Message("us@handbill.example", ("ann@example.org",), MAIL)]


def test_the_delivery_id_goes_before_the_message_id_and_is_read_from_the_head_only(smtp_sink):
    send(smtp_sink, data=b"Message-ID: <m@x>\r\nx-handbill-delivery: 17\r\n\r\nhi\r\n")
    send(smtp_sink, data=b"Message-ID:\r\n <m@x>\r\n\r\nX-Handbill-Delivery: 18\r\n")
    assert [identity for identity, _ in smtp_sink.accepted()] == ["17", "<m@x>"]


def test_every_recipient_of_a_message_is_recorded(smtp_sink):
    with SMTP("127.0.0.1", smtp_sink.port, timeout=5) as client:
        client.sendmail("us@handbill.example", ["a@example.org", "b@example.net"], MAIL)
    assert [address for _, address in smtp_sink.accepted()] == ["a@example.org", "b@example.net"]


def test_the_record_is_written_before_the_client_hears_250(smtp_sink):
    with Wire(smtp_sink) as wire:
        for number in range(200):
            wire.write(
                ENVELOPE % b"ann@example.org" + b"Message-ID: <%d>\r\n\r\n\r\n.\r\n" % number
            )
            assert wire.codes(4) == [b"250", b"250", b"354", b"250"]
            assert smtp_sink.accepted()[-1][0] == f"<{number}>"


def test_a_body_and_the_next_envelope_may_share_a_segment(smtp_sink):
    mail = b"Message-ID: <%b>\r\n\r\nbody\r\n.\r\n"
    with Wire(smtp_sink) as wire:
        wire.write(
            b"EHLO us\r\n" + ENVELOPE % b"a@example.org" + mail % b"1"
            + ENVELOPE % b"b@example.org" + mail % b"2" + b"NOOP\r\nQUIT\r\n"
        )  # fmt: skip
        assert wire.codes(11) == [b"250", *[b"250", b"250", b"354", b"250"] * 2, b"250", b"221"]
        assert wire.file.read() == b""
    assert smtp_sink.accepted() == [("<1>", "a@example.org"), ("<2>", "b@example.org")]


def test_input_may_arrive_byte_by_byte(smtp_sink):
    whole = ENVELOPE % b"a@example.org" + MAIL + b".\r\nQUIT\r\n"
    with Wire(smtp_sink) as wire:
        wire.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for position in range(len(whole)):
            wire.write(whole[position : position + 1])
        assert wire.codes(5) == [b"250", b"250", b"354", b"250", b"221"]
    assert smtp_sink.messages[0].data == MAIL


def test_dots_are_unstuffed(smtp_sink):
    data = b"Subject: x\r\n\r\n.\r\n..\r\n.start\r\nmid.dle\r\n"
    send(smtp_sink, data=data)
    assert smtp_sink.messages[0].data == data


@pytest.mark.parametrize("data", [b"", b"one line", b"."])
def test_the_smallest_messages_have_their_end(smtp_sink, data):
    send(smtp_sink, data=data)
    assert smtp_sink.messages[0].data == (data + b"\r\n" if data else b"\r\n")


@pytest.mark.parametrize(
    "end", [b"\n.\n", b"\n.\r\n", b"\r.\r", b"\r\n.\n", b"\r\n.\r", b"\r\n\0.\r\n"]
)
def test_only_crlf_dot_crlf_ends_a_message(smtp_sink, end):
    smuggled = b"Subject: x\r\n\r\nhi" + end + ENVELOPE % b"victim@example.net" + b"smuggled"
    with Wire(smtp_sink) as wire:
        wire.write(ENVELOPE % b"a@example.org" + smuggled + b"\r\n.\r\nQUIT\r\n")
        assert wire.codes(5) == [b"250", b"250", b"354", b"250", b"221"]
    assert [address for _, address in smtp_sink.accepted()] == ["a@example.org"]


def test_a_bare_line_feed_does_not_end_a_command(smtp_sink):
    with Wire(smtp_sink) as wire:
        wire.write(b"NOOP\nMAIL FROM:<a@example.org>\r\n")
        assert wire.reply().startswith(b"502")


def test_an_endless_command_is_refused_and_the_line_closed(smtp_sink):
    with Wire(smtp_sink) as wire:
        wire.write(b"A" * 10_000)
        assert wire.reply().startswith(b"500")


def test_commands_out_of_order_are_refused(smtp_sink):
    with Wire(smtp_sink) as wire:
        wire.write(b"DATA\r\nRCPT TO:<a@example.org>\r\nMAIL FROM:<a@example.org>\r\n")
        wire.write(b"MAIL FROM:<a@example.org>\r\nDATA\r\nRSET\r\nDATA\r\nNONSENSE\r\n")
        assert wire.codes(8) == [b"503", b"503", b"250", b"503", b"554", b"250", b"503", b"502"]


def test_extensions_are_offered_only_as_told(smtp_sink):
    with SMTP("127.0.0.1", smtp_sink.port, timeout=5) as client:
        client.ehlo()
        assert set(client.esmtp_features) == {"pipelining", "8bitmime", "enhancedstatuscodes"}
        smtp_sink.script = Script(pipelining=False, eightbitmime=False, smtputf8=True)
        client.ehlo()
        assert set(client.esmtp_features) == {"smtputf8", "enhancedstatuscodes"}


def test_a_foreign_letter_in_an_address_needs_smtputf8(smtp_sink):
    with Wire(smtp_sink) as wire:
        wire.write("MAIL FROM:<a@example.org>\r\nRCPT TO:<jörg@example.org>\r\n".encode())
        assert wire.codes(2) == [b"250", b"553"]
        smtp_sink.script = Script(smtputf8=True)
        wire.write(b"RSET\r\nMAIL FROM:<a@example.org> SMTPUTF8\r\n")
        wire.write("RCPT TO:<jörg@example.org>\r\nDATA\r\n\r\nx\r\n.\r\n".encode())
        assert wire.codes(5) == [b"250", b"250", b"250", b"354", b"250"]
    assert smtp_sink.accepted() == [("-", "jörg@example.org")]


def test_starttls_secures_and_forgets_what_was_sent_in_clear(smtp_sink):
    smtp_sink.script = Script(tls="required")
    trusted = ssl.create_default_context(cafile=smtp_sink.certificate)
    with Wire(smtp_sink) as wire:
        wire.write(b"MAIL FROM:<a@example.org>\r\nSTARTTLS\r\nMAIL FROM:<evil@example.net>\r\n")
        assert wire.codes(2) == [b"530", b"220"]
    with SMTP("127.0.0.1", smtp_sink.port, timeout=5) as client:
        client.starttls(context=trusted)
        client.sendmail("us@handbill.example", ["ann@example.org"], MAIL)
        assert "starttls" not in client.esmtp_features
    assert len(smtp_sink.accepted()) == 1


def test_tls_may_come_first_and_the_certificate_may_be_expired(tmp_path):
    with Sink(record=tmp_path / "record", script=Script(tls="implicit")) as sink:
        trusted = ssl.create_default_context(cafile=sink.certificate)
        with SMTP_SSL("localhost", sink.port, timeout=5, context=trusted) as client:
            client.sendmail("us@handbill.example", ["ann@example.org"], MAIL)
        sink.cut()
        sink.use_certificate(expired=True)
        sink.mend()
        expired = ssl.create_default_context(cafile=sink.certificate)
        with pytest.raises(ssl.SSLCertVerificationError, match="expired"):
            SMTP_SSL("localhost", sink.port, timeout=5, context=expired)
        assert len(sink.accepted()) == 1


def test_a_name_and_password_may_be_asked_for(smtp_sink):
    smtp_sink.script = Script(user="relay", password="secret")
    for mechanism in ("auth_plain", "auth_login"):
        with SMTP("127.0.0.1", smtp_sink.port, timeout=5) as client:
            client.ehlo()
            client.user, client.password = "relay", "secret"
            name = mechanism.removeprefix("auth_").upper()
            assert client.auth(name, getattr(client, mechanism))[0] == 235
            client.sendmail("us@handbill.example", ["ann@example.org"], MAIL)
    with Wire(smtp_sink) as wire:
        wire.write(b"MAIL FROM:<a@example.org>\r\nAUTH PLAIN %b\r\nAUTH PLAIN !\r\nAUTH X\r\n"
                   % base64.b64encode(b"\0relay\0wrong"))  # fmt: skip
        assert wire.codes(4) == [b"530", b"535", b"535", b"504"]


@pytest.mark.parametrize(
    ("phase", "position"), [("ehlo", 0), ("mail", 1), ("rcpt", 2), ("data", 3), ("dot", 4)]
)
def test_a_rule_refuses_at_its_phase(smtp_sink, phase, position):
    smtp_sink.script = Script(rules=[Rule(phase, code=450, text="4.2.1 later")])
    steps = [
        b"EHLO us\r\n",
        b"MAIL FROM:<a@x>\r\n",
        b"RCPT TO:<b@example.org>\r\n",
        b"DATA\r\n",
        b"\r\n.\r\n",
    ]
    with Wire(smtp_sink) as wire:
        for step in steps[:position]:
            wire.write(step)
            assert wire.reply()[:1] in b"23"
        wire.write(steps[position])
        assert wire.reply() == b"450 4.2.1 later\r\n"
    assert smtp_sink.accepted() == []


def test_the_greeting_may_refuse(smtp_sink):
    smtp_sink.script = Script(rules=[Rule("connect", code=554, text="no")])
    with pytest.raises(SMTPResponseException, match="554"):
        SMTP("127.0.0.1", smtp_sink.port, timeout=5)


def test_a_rule_may_be_for_one_domain_and_a_number_of_times(smtp_sink):
    smtp_sink.script = Script(rules=[Rule("rcpt", code=550, domain="example.net", times=1)])
    send(smtp_sink, to="a@example.org")
    with pytest.raises(SMTPRecipientsRefused):
        send(smtp_sink, to="b@EXAMPLE.NET")
    send(smtp_sink, to="b@example.net")
    assert [address for _, address in smtp_sink.accepted()] == ["a@example.org", "b@example.net"]


def test_luck_follows_its_seed(smtp_sink):
    def run():
        smtp_sink.script = Script(seed=7, rules=[Rule("rcpt", code=450, probability=0.3)])
        with Wire(smtp_sink) as wire:
            wire.write(b"MAIL FROM:<a@x>\r\n" + b"RCPT TO:<b@example.org>\r\n" * 200)
            return wire.codes(201)[1:]

    first = run()
    assert run() == first
    assert 40 <= first.count(b"450") <= 80


@pytest.mark.parametrize(("drop", "recorded"), [("before", 0), ("after", 1)])
def test_a_drop_at_the_dot_says_nothing_and_keeps_or_forgets(smtp_sink, drop, recorded):
    smtp_sink.script = Script(rules=[Rule("dot", drop=drop)])
    with Wire(smtp_sink) as wire:
        wire.write(ENVELOPE % b"ann@example.org" + MAIL + b".\r\n")
        assert wire.codes(3) == [b"250", b"250", b"354"]
        assert wire.file.read() == b""
    assert len(smtp_sink.accepted()) == recorded


@pytest.mark.parametrize(
    ("drop", "replies"), [("before", b""), ("after", b"250 2.1.0 sender ok\r\n")]
)
def test_a_drop_elsewhere_comes_before_or_behind_the_reply(smtp_sink, drop, replies):
    smtp_sink.script = Script(rules=[Rule("mail", drop=drop)])
    with Wire(smtp_sink) as wire:
        wire.write(b"MAIL FROM:<a@x>\r\n")
        assert wire.file.read() == replies


def test_a_delay_at_the_dot_comes_after_the_record(smtp_sink):
    smtp_sink.script = Script(rules=[Rule("dot", delay=0.5)])
    with Wire(smtp_sink) as wire:
        wire.write(ENVELOPE % b"ann@example.org" + MAIL + b".\r\n")
        assert wire.codes(3) == [b"250", b"250", b"354"]
        started = time.monotonic()
        while not smtp_sink.accepted():
            assert time.monotonic() < started + 0.4
        assert wire.reply().startswith(b"250")
        assert time.monotonic() > started + 0.4


def test_a_connection_may_have_its_fill(smtp_sink):
    smtp_sink.script = Script(messages_per_session=2)
    with Wire(smtp_sink) as wire:
        wire.write((ENVELOPE % b"ann@example.org" + MAIL + b".\r\n") * 2 + b"MAIL FROM:<a@x>\r\n")
        assert wire.codes(9)[-1] == b"421"
        assert wire.file.read() == b""
    assert len(smtp_sink.accepted()) == 2


def test_a_connection_may_be_too_fast(smtp_sink):
    smtp_sink.script = Script(messages_per_second=3)
    with Wire(smtp_sink) as wire:
        wire.write(b"MAIL FROM:<a@x>\r\nRSET\r\n" * 4)
        assert wire.codes(8)[::2] == [b"250", b"250", b"250", b"452"]


def test_the_relay_may_be_too_slow_for_all_connections_together(smtp_sink):
    limit = Limit(per_second=3, code=421)
    smtp_sink.script = Script(limits=[limit])
    with Wire(smtp_sink) as one, Wire(smtp_sink) as other:
        one.write(b"MAIL FROM:<a@x>\r\nRSET\r\n" * 2)
        assert one.codes(4)[::2] == [b"250", b"250"]
        other.write(b"MAIL FROM:<a@x>\r\nRSET\r\nMAIL FROM:<a@x>\r\n")
        assert other.codes(3)[::2] == [b"250", b"421"]
        assert other.file.read() == b""
    assert (limit.taken, limit.refused) == (3, 1)


def test_one_domain_may_be_slower_than_the_others(smtp_sink):
    smtp_sink.script = Script(limits=[Limit(per_second=1, domain="example.net")])
    with Wire(smtp_sink) as wire:
        wire.write(b"MAIL FROM:<a@x>\r\n" + b"RCPT TO:<b@Example.net>\r\n" * 2)
        wire.write(b"RCPT TO:<b@example.org>\r\n")
        assert wire.codes(4)[1:] == [b"250", b"451", b"250"]


def test_the_network_may_fail_and_come_back_on_the_same_port(smtp_sink):
    with Wire(smtp_sink) as wire:
        smtp_sink.cut()
        with pytest.raises(ConnectionError):
            wire.write(b"NOOP\r\n") or wire.file.read() or wire.write(b"NOOP\r\n")
    with pytest.raises(ConnectionRefusedError):
        send(smtp_sink)
    smtp_sink.mend()
    send(smtp_sink)
    assert len(smtp_sink.accepted()) == 1


def test_it_counts_its_connections(smtp_sink):
    with Wire(smtp_sink), Wire(smtp_sink):
        assert smtp_sink.open_sessions == 2
    send(smtp_sink)
    assert (smtp_sink.sessions, smtp_sink.most_open_sessions) == (3, 2)


def test_a_script_with_an_unknown_word_is_refused():
    with pytest.raises(TypeError, match="tsl"):
        Script.parse({"tsl": "starttls"})


def test_it_runs_as_a_process_with_a_script_from_a_file(tmp_path: Path):
    record, script = tmp_path / "record", tmp_path / "script.json"
    script.write_text('{"rules": [{"phase": "rcpt", "domain": "example.net", "code": 550}]}')
    command = ["-m", "tests.sink", "--port", "0", "--record", str(record), "--script", str(script)]
    with subprocess.Popen([sys.executable, *command], cwd=ROOT, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            port = int(process.stdout.readline())
            with SMTP("127.0.0.1", port, timeout=5) as client:
                client.sendmail("us@x", ["a@example.org", "b@example.net"], MAIL)
            assert record.read_text() == "<m1@handbill.example> a@example.org\n"
        finally:
            process.kill()
