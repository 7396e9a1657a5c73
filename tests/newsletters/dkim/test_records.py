"""The DNS record, as it is written and as receivers read it."""

import pytest

from newsletters.dkim import keys, records
from newsletters.dkim.records import RecordUnusable
from newsletters.dkim.signing import SigningKey
from newsletters.states import DkimAlgorithm


def test_what_is_written_is_read_back(pair: list[SigningKey]) -> None:
    for key in pair:
        value = records.value_of(key.private.algorithm, key.private.public)
        strings = records.strings_of(value)
        assert max(map(len, strings)) <= 255
        assert "".join(strings) == value
        record = records.read(value)
        assert (record.algorithm, record.public) == (key.private.algorithm, key.private.public)
        assert keys.is_signed(record.algorithm, record.key, b"x" * 32, key.private.sign(b"x" * 32))
    assert len(records.strings_of(records.value_of("rsa", pair[0].private.public))) == 2


@pytest.mark.parametrize(
    "text",
    [
        "p=QUJD",
        "v=DKIM1;p=QUJD;",
        "v=DKIM1; k=rsa; t=y; s=email; n=a note; p=QU\t JD ",
        "v=DKIM1; h=sha1:sha256; s=*; p=QUJD",
        "V2=x; p=QUJD",
    ],
)
def test_a_record_may_be_written_in_many_ways(text: str) -> None:
    assert records.read(text) == records.Record(DkimAlgorithm.RSA, "QUJD")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "other"),
        ("v=spf1 -all", "other"),
        ("some words", "other"),
        ("v=DKIM1; k=rsa", "other"),
        ("p=QUJD; p=QUJD", "other"),
        ("v=DKIM2; p=QUJD", "version"),
        ("p=QUJD; v=DKIM1", "version"),
        ("v=DKIM1; p=", "revoked"),
        ("v=DKIM1; k=dsa; p=QUJD", "unusable"),
        ("v=DKIM1; h=sha1; p=QUJD", "unusable"),
        ("v=DKIM1; s=tlsrpt; p=QUJD", "unusable"),
        ("v=DKIM1; p=QUJ", "unusable"),
        ("v=DKIM1; p=Ä", "unusable"),
    ],
)
def test_a_record_no_receiver_would_use_is_refused_with_the_cause(text: str, code: str) -> None:
    with pytest.raises(RecordUnusable) as refused:
        records.read(text)
    assert refused.value.code == code
