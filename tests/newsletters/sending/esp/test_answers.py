"""How long a provider asks us to wait, and what its words mean. Pure."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
import time_machine

from newsletters.sending.esp.answers import CallLost, CallRefused, end, wait_of
from newsletters.sending.replies import Phase
from newsletters.sending.trouble import TransportTrouble

NOW = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("7", 7),
        ("0.5", 0.5),
        ("86400", 3600),
        ("-3", 0),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90),
        (format_datetime(NOW - timedelta(days=1), usegmt=True), 0),
        ("Sun, 22 Nov 2026 07:01:30 -0000", 90),
        ("nan", None),
        ("inf", None),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after_is_seconds_or_a_date_and_at_most_an_hour(
    said: str, seconds: float | None
) -> None:
    with time_machine.travel(NOW, tick=False):
        assert wait_of({"retry-after": said}) == seconds


def test_brevo_says_it_in_a_header_of_its_own() -> None:
    assert wait_of({"x-sib-ratelimit-reset": "12"}) == 12
    assert wait_of({}) is None


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        *((status, TransportTrouble) for status in (301, 307, 401, 402, 403, 404, 407, 429)),
        *((status, CallRefused) for status in (400, 413, 422)),
        *((status, CallLost) for status in (200, 202, 408, 409, 425, 500, 502, 503, 504)),
    ],
)
def test_a_status_alone_says_whether_anybody_can_have_been_taken(
    status: int, kind: type[Exception]
) -> None:
    assert type(end(status, "", {})) is kind


def test_too_many_says_how_long() -> None:
    trouble = end(429, "slow down", {"retry-after": "30"})
    assert isinstance(trouble, TransportTrouble)
    assert (trouble.phase, trouble.retry_after) == (Phase.MAIL, 30)
