"""Folders for unfinished work: whose are kept, whose are taken away."""

import fcntl

import pytest

from newsletters.services import scratch
from tests.infra.snapshots import files


@pytest.fixture(autouse=True)
def own_storage(settings, tmp_path):
    settings.PRIVATE_ROOT = tmp_path


def test_a_folder_is_ours_alone_while_we_work_and_gone_afterwards():
    with scratch.folder() as mine, scratch.folder() as other:
        assert mine != other
        assert mine.stat().st_mode & 0o077 == 0
        (mine / "rows").write_text("mira@example.org")
        assert scratch.sweep() == 0
        assert (mine / "rows").exists()
    assert files("scratch") == set()


def test_a_sweep_between_a_lock_and_its_holder_takes_nothing_from_her(monkeypatch):
    """Whoever finds her lock taken for a dead one's takes another."""
    flock = fcntl.flock
    swept: list[bool] = []

    def late(handle, how):
        if not swept:
            swept.append(True)
            assert scratch.sweep() == 1
        flock(handle, how)

    monkeypatch.setattr(fcntl, "flock", late)
    with scratch.folder() as mine:
        assert scratch.sweep() == 0
        assert mine.exists()
