"""A large sheet is cleaned while it is still being read."""

import os
import threading
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletters.imports import child, crew, growing
from newsletters.imports.growing import Share
from newsletters.imports.layout import Wishes
from newsletters.models import ImportJob, ImportRowError, MailingList, StagedPerson
from newsletters.services import imports
from newsletters.states import ImportState
from tests.newsletters.imports.conftest import choices

Made = Callable[..., ImportJob]
LINES = st.lists(st.text(st.characters(exclude_characters="\n", codec="utf-8"), max_size=30))


@pytest.fixture
def two_hands(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even a small sheet is worth two processes."""
    monkeypatch.setattr(crew, "_WORTH", 1_000)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {0, 1})


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(lines=LINES, cuts=st.lists(st.integers(0, 900)), hands=st.integers(1, 3), data=st.data())
def test_each_row_is_read_once_however_the_file_grows(
    lines: list[str], cuts: list[int], hands: int, data: st.DataObject, tmp_path: Path
) -> None:
    content = "".join(f"{line}\n" for line in lines).encode()
    stretch = data.draw(st.integers(1, len(content) + 1))
    path = tmp_path / "rows"
    path.write_bytes(b"")
    pieces = pairwise([0, *sorted(cut for cut in cuts if cut < len(content)), len(content)])
    whole = threading.Event()

    def write() -> None:
        with path.open("ab", buffering=0) as file:
            for first, behind in pieces:
                file.write(content[first:behind])
        whole.set()

    writer = threading.Thread(target=write)
    writer.start()
    found = [
        row
        for at in range(hands)
        for row in growing.rows(path, Share(at, hands, stretch), lambda: whole.wait(0.001))
    ]
    writer.join()
    assert sorted(found) == sorted(f"{line}\n" for line in lines)


def test_half_a_row_behind_the_last_one_is_left_out(tmp_path: Path) -> None:
    """A reader that was killed at its limit may leave one; why it ended is said elsewhere."""
    path = tmp_path / "rows"
    path.write_text("first\nsec")
    assert list(growing.rows(path, Share(), lambda: True)) == ["first\n"]


@pytest.mark.usefixtures("two_hands")
def test_a_sheet_refused_at_its_end_leaves_nothing_of_what_was_read_before(checked: Made) -> None:
    rows = "".join(f"p{at}@example.org,Anna\n" for at in range(30_000))
    job = checked(f'Email,Name\nno address,Anna\n{rows}last@example.org,"Ann\n')
    assert (job.state, job.rows_name, job.report) == (ImportState.FAILED, "", {})
    assert "30003" in job.error.replace(",", "")
    assert not StagedPerson.objects.exists()
    assert not ImportRowError.objects.exists()


@pytest.mark.usefixtures("two_hands")
def test_a_dry_run_by_several_while_the_sheet_is_read_finds_what_one_alone_finds(
    checked: Made, admin: User, news: MailingList, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = "".join(f"p{at % 4_900}@example.org,Anna\nno address,{at}\n" for at in range(5_000))
    job = checked(f"Email,Given name\n{rows}")
    together = job.report
    counts = {name: count for name, count in together["counts"].items() if count}
    assert counts == {"created": 4_900, "duplicate": 100, "refused": 5_000}
    assert job.rows_total == 10_000
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {0})
    imports.map_columns(job=job, choices=choices(job, mailing_list=news))
    imports.check(job_id=job.pk)
    job.refresh_from_db()
    assert job.report == together


def test_whoever_turns_away_stops_the_reader(admin: User, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("Email,Name\n" + "anna@example.org,Anna\n" * 900_000)
    layout = child.look(path, Wishes())
    started = time.monotonic()
    with child.converting(path, tmp_path / "rows", layout) as converted:
        while not (tmp_path / "rows").stat().st_size:
            time.sleep(0.01)
        assert not converted.done()
    assert converted.done()
    assert time.monotonic() - started < 30
