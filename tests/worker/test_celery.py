"""The embedded broker, where somebody died while he rang."""

from pathlib import Path

from worker.celery import broker_options


def test_a_worker_starts_where_a_table_of_queues_was_left_half_written(tmp_path: Path) -> None:
    control = Path(broker_options("filesystem://localhost", tmp_path)["control_folder"])
    (control / "imports.exchange").write_bytes(b"")
    (control / "now.exchange").write_bytes(b"[[")
    (control / "default.exchange").write_bytes(b"[]")
    broker_options("filesystem://localhost", tmp_path)
    assert [table.name for table in control.iterdir()] == ["default.exchange"]
