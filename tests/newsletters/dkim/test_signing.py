"""Signatures: believed by dkimpy and by us, broken by any change, the same for the same mail."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from newsletters.dkim.signing import NOTHING_SHARED, Signer, SigningKey, start_of
from newsletters.dkim.verifying import NotSigned, verify
from tests.infra.dkimpy import holds

AT = 1_795_339_807
HEAD = (
    b"From: =?utf-8?q?F=C3=BCr_Mira?=\r\n <campaign@example.org>\r\n"
    b"List-Id: <appeals.example.org>\r\nX-Note: not covered\r\n"
    b"To: anna@example.net\r\nDate: Sun, 22 Nov 2026 09:30:07 +0000\r\n"
    b"Message-ID: <a.b@example.org>\r\nSubject: Write  today\r\n"
    b"List-Unsubscribe: <https://example.org/u/x/>,\r\n <mailto:leave+x@example.org>\r\n"
    b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
)
BODY = (
    b"Dear Anna,=\r\n\r\n..two dots\r\n  two  spaces \t\r\n"
    + b"A long line.\r\n" * 800
    + b"\r\n\r\n"
)


def signed(pair: list[SigningKey], head: bytes = HEAD, body: bytes = BODY) -> bytes:
    """The whole mail with a signature of each key."""
    return Signer(pair).sign(head, body, AT) + head + b"\r\n" + body


def minds(mail: bytes, published: dict[str, str]) -> set[bool]:
    """Whether we and dkimpy believe every signature of ``mail``; one answer if of one mind."""
    try:
        ours = bool(verify(mail, published.get))
    except NotSigned:
        ours = False
    theirs = holds(mail, published)
    return {ours, bool(theirs) and all(theirs)}


def test_a_mail_signed_with_both_keys_is_believed(
    pair: list[SigningKey], published: dict[str, str]
) -> None:
    mail = signed(pair)
    assert verify(mail, published.get) == ["example.org", "example.org"]
    assert holds(mail, published) == [True, True]
    lines = mail.split(b"\r\n\r\n")[0].split(b"\r\n")
    assert max(map(len, lines)) <= 78
    assert b"l=" not in mail.partition(b"From:")[0].replace(b"=", b"= ").replace(b";", b"; ")


def test_from_and_what_a_reader_acts_on_is_named_once_more_than_it_is_there(
    pair: list[SigningKey],
) -> None:
    line = Signer(pair[:1]).sign(HEAD, BODY, AT).replace(b"\r\n ", b"").replace(b" ", b"")
    found = re.search(rb";h=([^;]+);", line)
    assert found
    names = found[1].split(b":")
    twice = {
        *(b"from", b"to", b"subject", b"date", b"message-id", b"mime-version", b"content-type"),
        *(b"list-id", b"list-unsubscribe", b"list-unsubscribe-post"),
    }
    assert {name for name in names if names.count(name) == 2} == twice
    assert set(names) - twice == {b"reply-to"}


def test_an_added_header_that_changes_what_is_read_breaks_it(
    pair: list[SigningKey], published: dict[str, str]
) -> None:
    mail = signed(pair)
    for name in (b"From", b"Subject", b"Reply-To", b"List-Unsubscribe", b"Content-Type"):
        assert minds(name + b": x@example.net\r\n" + mail, published) == {False}
    assert minds(b"Received: from here\r\nX-Spam: no\r\n" + mail, published) == {True}


def test_any_changed_byte_of_the_body_or_of_a_covered_field_breaks_it(
    pair: list[SigningKey], published: dict[str, str]
) -> None:
    mail = signed(pair[1:], HEAD.replace(b"X-Note: not covered\r\n", b""), b"Dear Anna,\r\n.\r\n")
    for place in range(mail.index(b"From: "), len(mail)):
        # This bit makes no white space of what was none and no capital of a small letter.
        changed = mail[:place] + bytes([mail[place] ^ 2]) + mail[place + 1 :]
        assert minds(changed, published) == {False}, changed[place - 9 : place + 9]


def test_what_a_relay_may_do_leaves_it_whole(
    pair: list[SigningKey], published: dict[str, str]
) -> None:
    mail = signed(pair)
    refolded = mail.replace(b"Subject: Write  today", b"SUBJECT:\r\n\tWrite \t today ")
    longer = mail.replace(b"A long line.\r\n", b"A  long line. \r\n") + b"\r\n\r\n"
    for changed in (refolded, longer):
        assert changed != mail
        assert minds(changed, published) == {True}


def test_bodies_and_heads_at_the_edge_are_believed(
    pair: list[SigningKey], published: dict[str, str]
) -> None:
    bare = b"From: a@example.org\r\n"
    for body in (b"", b"\r\n", b"x", b".\r\n", b"..\r\n.", b" \r\n\r\n", b"\xff" * 40):
        assert minds(signed(pair, bare, body), published) == {True}
    international = HEAD.replace(b"anna@", "анна@".encode())
    assert minds(signed(pair, international), published) == {True}
    several = HEAD + b"To: second@example.net\r\nAuto-Submitted: auto-generated\r\n"
    assert minds(signed(pair, several), published) == {True}


def test_the_same_mail_is_signed_with_the_same_bytes(pair: list[SigningKey]) -> None:
    assert signed(pair) == signed(pair)
    assert signed(pair).count(b"DKIM-Signature: ") == 2
    assert f"t={AT};".encode() in signed(pair)


@settings(deadline=None)
@given(
    lines=st.lists(st.sampled_from([b"a", b" ", b"  b\t", b"", b"c d"]), max_size=12),
    cut=st.integers(0, 60),
)
def test_a_shared_beginning_changes_nothing(
    pair: list[SigningKey], lines: list[bytes], cut: int
) -> None:
    body = b"\r\n".join([*lines, b""])
    start = start_of(body[:cut])
    assert start.length <= cut
    signer = Signer(pair[1:])
    assert signer.sign(HEAD, body, AT, start) == signer.sign(HEAD, body, AT, NOTHING_SHARED)
