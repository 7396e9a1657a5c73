"""Work on many people is killed and frozen at every step: nothing is lost, nothing done twice."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.infra.databases import Databases
from tests.infra.processes import Program

pytestmark = pytest.mark.faults

Ran = Callable[..., Any]


@pytest.fixture
def ran(databases: Databases, tmp_path: Path) -> Ran:
    """``ran("people_killed", "changes")``: what the program says at its end."""

    def run(program: str, *words: str) -> Any:
        scratch = tmp_path / "tmp"
        scratch.mkdir()
        environment = {
            "DATABASE_URL": databases.fresh(),
            "HANDBILL_VAR": str(tmp_path / "var"),
            "TMPDIR": str(scratch),
        }
        log = tmp_path / "said.log"
        with Program(
            ["-m", f"tests.programs.{program}", *words], environment=environment, log=log
        ) as it:
            assert it.process.wait(300) == 0, it.output()
            return json.loads(it.output().splitlines()[-1])

    return run


def test_a_change_killed_at_every_step_is_made_once_and_its_undo_restores_exactly(
    ran: Ran,
) -> None:
    tag, field, leaving, ledger = ran("people_killed", "changes")
    done = {"state": "done", "done": 5}
    back = {"undone": "undone", "restored": True}
    assert tag.items() >= (done | back | {"changed": 4, "rows": 4, "tagged": 5}).items()
    assert field.items() >= (done | back | {"changed": 5, "rows": 5}).items()
    assert leaving.items() >= (done | {"changed": 5, "rows": 5}).items()
    # One line each in the ledger of consents, and the mail that was to go does not.
    assert ledger == {"left": [1] * 5, "skipped": True}
    assert min(tag["killed"], tag["undo_killed"], leaving["killed"]) > 10


def test_of_a_table_killed_at_every_step_nothing_is_offered_before_it_is_whole(ran: Ran) -> None:
    everybody = [f"p{number}@example.org" for number in range(5)]
    for number, found in enumerate(ran("people_killed", "tables"), start=1):
        assert found["killed"] > 15
        # One file each: those of the dead are gone, and what they had not finished as well.
        assert found.pop("left_lying") > 5
        whole = {"state": "done", "addresses": everybody, "files": number}
        assert found.items() >= whole.items()


def test_an_import_and_its_undo_killed_at_every_step_end_as_if_nothing_had_been(ran: Ran) -> None:
    found = ran("people_killed", "undo_of_import")
    assert min(found.pop("killed"), found.pop("undo_killed")) > 15
    # The uploaded sheet lies there while it is read.
    assert found.pop("check_killed") > 5
    assert found.pop("left_lying") > 1
    assert found == {
        "state": "done",
        "result": {"updated": 3, "created": 3, "joins": 3},
        "changes": 6,
        "people": 6,
        "proofs": 3,
        "undone": "undone",
        "restored": True,
    }


def test_an_erasure_killed_on_its_way_has_not_begun_and_is_done_once(ran: Ran) -> None:
    found = ran("people_gone", "forgotten")
    assert found.pop("killed") > 15
    assert found == {"again": False, "people": 1, "suppressed": 1, "audit": 1, "named": 0}


def test_forgetting_killed_on_its_way_forgets_the_rest_next_time_files_too(ran: Ran) -> None:
    found = ran("people_gone", "over")
    assert found.pop("killed") > 15
    assert found == {"due": 15, "left": 0, "people": 6, "files": 0}


def test_the_telling_of_a_change_killed_at_every_step_tells_each_guest_once(ran: Ran) -> None:
    found = ran("heard_and_told", "told")
    assert found.pop("killed") > 15
    mails = ["campaigns.rsvp_changed"] * 5 + ["campaigns.rsvp_moved_up"] * 2
    assert found == {"again": 0, "coming": 4, "mails": mails}


def test_forgetting_who_read_killed_at_every_step_keeps_the_sums_right(ran: Ran) -> None:
    found = ran("heard_and_told", "summed")
    assert found.pop("killed") > 15
    assert found == {"again": 0, "left": 0, "opened": 5, "clicked": 5}


def test_a_worker_frozen_for_longer_than_its_lease_writes_nothing_when_it_wakes(ran: Ran) -> None:
    found = ran("people_frozen")
    assert found["change"] > 5
    assert found["table"] > 8


def test_an_import_whose_worker_is_frozen_is_done_once_by_whoever_takes_over(ran: Ran) -> None:
    found = ran("imports_frozen")
    assert min(found.values()) > 2, found
