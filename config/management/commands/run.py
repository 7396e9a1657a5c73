"""``manage.py run``: web, worker and scheduler under one command."""

import errno
import fcntl
import shutil
import socket
import sys
from argparse import ArgumentTypeError
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from newsletters.services import pulse
from worker.supervisor import Part, Supervisor

DEFAULT_PORT = 8000
HIGHEST_PORT = 65535
WORKER_THREADS = 6
INTERRUPTED = 130


class Command(BaseCommand):
    """Prepares the database, then keeps all parts running until Ctrl-C."""

    help = "Run web, worker and scheduler together."

    def add_arguments(self, parser: CommandParser) -> None:
        """Where to listen; links in mails lead to SITE_URL all the same."""
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=port_number, default=urlsplit(settings.SITE_URL).port)

    def handle(self, *_args: Any, **options: Any) -> None:
        """Refuse a second copy before anything is touched, then run until told to stop."""
        host, port = options["host"], options["port"] or DEFAULT_PORT
        refuse_taken_port(host, port)
        with only_copy(), ending_quietly():
            prepare()
            self.stdout.write(f"Handbill runs at http://{host}:{port}/  (Ctrl-C stops it)")
            status = Supervisor(parts(host, port)).run()
        sys.exit(status)


def port_number(typed: str) -> int:
    """A port as argparse takes it."""
    if not (typed.isdecimal() and len(typed) < 6 and 0 < int(typed) <= HIGHEST_PORT):
        raise ArgumentTypeError(f"a port is a number from 1 to {HIGHEST_PORT}, not “{typed}”")
    return int(typed)


def refuse_taken_port(host: str, port: int) -> None:
    """Raise CommandError when nobody can listen there: most likely another copy does."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except UnicodeError as error:
            raise CommandError(f"“{host[:40]}” is not the name of a machine.") from error
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise CommandError(f"Cannot listen on {host}:{port}: {error.strerror}.") from error
            other = port + 1 if port < HIGHEST_PORT else DEFAULT_PORT
            raise CommandError(
                f"Port {port} on {host} is taken, perhaps by another copy of Handbill. Nothing was "
                f"changed. Stop that one first, or choose another port: --port {other}"
            ) from error


@contextmanager
def only_copy() -> Iterator[None]:
    """Hold this installation's directory. Raises CommandError when another copy does.

    The kernel frees the lock with the process, however it ends.
    """
    path = Path(settings.VAR) / "run.lock"
    with path.open("a", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CommandError(
                f"Another copy of Handbill is running with the data in {settings.VAR}. Nothing was "
                "changed. Stop that one first, or give this one its own directory: HANDBILL_VAR=…"
            ) from None
        yield


@contextmanager
def ending_quietly() -> Iterator[None]:
    """Ctrl-C before the parts run needs no traceback."""
    try:
        yield
    except KeyboardInterrupt:
        raise CommandError(
            "Stopped before it ran. Start it again whenever you like.", returncode=INTERRUPTED
        ) from None


def prepare() -> None:
    """Tables, groups and folders as this version needs them; safe to repeat."""
    call_command("migrate", verbosity=0)
    call_command("setup_roles", verbosity=0)
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    forget_old_rings()
    pulse.note("start")


def forget_old_rings() -> None:
    """Rings of an earlier run say nothing: the ticks look at the rows first thing anyway."""
    if settings.CELERY_BROKER_URL.startswith("filesystem"):
        shutil.rmtree(settings.CELERY_BROKER_ROOT, ignore_errors=True)


def parts(host: str, port: int) -> list[Part]:
    """The processes of an installation on one machine."""
    python = sys.executable
    # Celery warns a worker that runs as root of pickled tasks; ours takes JSON only.
    quiet = ["-W", "ignore::UserWarning:celery.platforms"]
    celery = [python, *quiet, "-m", "celery", "--quiet", "-A", "worker.celery"]
    web = f"gunicorn --config python:config.gunicorn --bind {host}:{port} config.wsgi:application"
    worker = (
        f"worker --pool threads --concurrency {WORKER_THREADS} --loglevel WARNING"
        " --queues now,bulk,imports,default"
        " --without-gossip --without-mingle --without-heartbeat"
    )
    scheduler = "beat --loglevel WARNING --scheduler celery.beat:Scheduler"
    return [
        Part("web", [python, "-m", *web.split()]),
        Part("worker", [*celery, *worker.split()]),
        Part("scheduler", [*celery, *scheduler.split()]),
    ]
