"""``manage.py run``: one command with your own data; and what gunicorn writes down."""

import logging
import signal
import socket
import urllib.error
import urllib.request
from argparse import ArgumentTypeError
from pathlib import Path

import pytest
from django.core.management.base import CommandError

from config.gunicorn import without_visitor
from config.management.commands import run
from tests.infra.processes import Program, wait_until


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as page:
            return bool(page.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


@pytest.mark.parametrize("typed", ["0", "65536", "-1", "80a", "", "99999999999"])
def test_a_port_nobody_can_listen_on_is_refused_with_a_sentence(typed):
    with pytest.raises(ArgumentTypeError, match="a port is a number from 1 to 65535"):
        run.port_number(typed)


def test_an_address_that_is_not_of_this_machine_is_named_as_such():
    with pytest.raises(CommandError, match=r"Cannot listen on 192\.0\.2\.1:8000"):
        run.refuse_taken_port("192.0.2.1", 8000)


def test_a_taken_port_is_said_with_another_one_to_try():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(CommandError, match=f"Port {port} on 127.0.0.1 is taken"):
            run.refuse_taken_port("127.0.0.1", port)
    run.refuse_taken_port("127.0.0.1", port)


def test_one_directory_is_held_by_one_copy(settings, tmp_path):
    settings.VAR = tmp_path
    with (
        run.only_copy(),
        pytest.raises(CommandError, match="Another copy of Handbill is running"),
        run.only_copy(),
    ):
        raise AssertionError("two copies")
    with run.only_copy():
        assert (tmp_path / "run.lock").exists()


def test_rings_of_an_earlier_run_are_forgotten(settings, tmp_path):
    settings.CELERY_BROKER_URL = "filesystem://localhost"
    settings.CELERY_BROKER_ROOT = tmp_path / "broker"
    (tmp_path / "broker" / "queue").mkdir(parents=True)
    (tmp_path / "broker" / "queue" / "1_now.msg").write_text("{}")

    run.forget_old_rings()
    run.forget_old_rings()

    assert not (tmp_path / "broker").exists()


def test_ctrl_c_before_anything_runs_ends_without_a_traceback():
    said = pytest.raises(CommandError, match="Stopped before it ran")
    with said as stopped, run.ending_quietly():
        raise KeyboardInterrupt
    assert stopped.value.returncode == 130


def test_gunicorn_writes_down_neither_who_came_nor_what_was_asked_for():
    broken = _record("Invalid request from ip=203.0.113.9: nonsense")
    failed = _record("Error handling request %s %s", "GET", "/u/secret-token/")
    starting = _record("Worker exiting (pid: %s)", 12)

    assert not without_visitor(broken)
    assert without_visitor(failed)
    assert failed.getMessage() == "Error handling a request"
    assert without_visitor(starting)
    assert starting.getMessage() == "Worker exiting (pid: 12)"


def test_it_runs_with_an_empty_database_until_it_is_told_to_stop(tmp_path):
    port = free_port()
    program = Program(
        ["manage.py", "run", "--port", str(port)],
        environment={
            "HANDBILL_VAR": str(tmp_path / "var"),
            "SITE_URL": f"http://127.0.0.1:{port}",
            "DATABASE_URL": "",
            "REDIS_URL": "",
        },
        log=tmp_path / "log",
    )
    with program:
        wait_until(lambda: answers(f"http://127.0.0.1:{port}/"), seconds=90, what="it answers")
        program.process.send_signal(signal.SIGTERM)
        assert program.process.wait(10) == 0
    said = program.output()
    assert said.startswith(f"Handbill runs at http://127.0.0.1:{port}/  (Ctrl-C stops it)\n")
    assert not [line for line in said.splitlines() if "Traceback" in line or "arning" in line]
    assert Path(tmp_path / "var" / "static").is_dir()


def _record(message: str, *args: object) -> logging.LogRecord:
    return logging.LogRecord("gunicorn.error", logging.WARNING, "", 0, message, args, None)
