"""The relaxed forms, compared with dkimpy's over everything Hypothesis can think of."""

from dkim.canonicalization import Relaxed
from hypothesis import example, given
from hypothesis import strategies as st

from newsletters.compose.quoted import encode_text, encode_value
from newsletters.dkim import canonical

pieces = st.sampled_from([b" ", b"  ", b"\t", b"\r\n", b"\r\n\r\n", b".", b"a", b"=20", b"\xc3"])
wire = st.lists(pieces, max_size=30).map(b"".join)


@given(wire)
@example(b"")
@example(b"\r\n\r\n")
@example(b" \t\r\n \r\n")
@example(b"a \t b \t\r\n\r\n \r\n")
def test_a_body_is_relaxed_as_dkimpy_does_it(lines: bytes) -> None:
    body = lines + b"\r\n"
    assert canonical.body(body) == Relaxed.canonicalize_body(body)


@given(wire)
def test_a_relaxed_body_stays_as_it_is(body: bytes) -> None:
    assert canonical.body(canonical.body(body)) == canonical.body(body)


def test_a_body_without_a_last_line_end_gets_one() -> None:
    assert canonical.body(b"a") == canonical.body(b"a \t") == b"a\r\n"
    assert canonical.body(b"") == canonical.body(b" ") == b""


@given(st.lists(st.one_of(st.text(max_size=200), st.text("\t .=ab\n", max_size=200)), max_size=4))
def test_what_we_encode_is_its_own_relaxed_form(texts: list[str]) -> None:
    for encode in (encode_text, encode_value):
        encoded = b"".join(encode(text.replace("\ud800", "")) for text in texts if _is_whole(text))
        body = encoded + b"\r\n--end--\r\n"
        assert canonical.body(body) == body


def _is_whole(text: str) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


@given(st.lists(st.sampled_from([b" ", b"\t", b"\r\n ", b"\r\n\t", b"a", b":", b"\xc3\xa9"])))
def test_a_field_is_relaxed_as_dkimpy_does_it(value: list[bytes]) -> None:
    raw = b"".join(value)
    ((name, unfolded),) = canonical.fields(b"SuBject :" + raw + b"\r\n")
    ((expected_name, expected),) = Relaxed.canonicalize_headers([(b"SuBject ", raw + b"\r\n")])
    assert canonical.field(name, unfolded) == expected_name + b":" + expected


def test_fields_come_in_order_and_unfolded() -> None:
    head = b"From: a\r\nTo: b,\r\n\tc\r\nFROM:\r\n d\r\n"
    assert canonical.fields(head) == [(b"from", b" a"), (b"to", b" b,\tc"), (b"from", b" d")]
