"""``manage.py run``: web, worker and scheduler under one command."""

import socket
import sys
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from worker.supervisor import Part, Supervisor

DEFAULT_PORT = 8000
WORKER_THREADS = 6


class Command(BaseCommand):
    """Prepares the database, then keeps all parts running until Ctrl-C."""

    help = "Run web, worker and scheduler together."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=urlsplit(settings.SITE_URL).port)

    def handle(self, *args: Any, **options: Any) -> None:
        host, port = options["host"], options["port"] or DEFAULT_PORT
        refuse_taken_port(host, port)
        call_command("migrate", verbosity=0)
        call_command("setup_roles", verbosity=0)
        self.announce(host, port)
        sys.exit(Supervisor(parts(host, port)).run())

    def announce(self, host: str, port: int) -> None:
        """Say where to look."""
        self.stdout.write(f"Handbill runs at http://{host}:{port}/  (Ctrl-C stops it)")


def refuse_taken_port(host: str, port: int) -> None:
    """Raise CommandError when somebody listens there already: most likely another copy."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(
                f"Port {port} on {host} is taken, perhaps by another copy of Handbill. "
                f"Stop that one, or choose another port: --port {port + 1}"
            ) from error


def parts(host: str, port: int) -> list[Part]:
    """The processes of an installation on one machine."""
    python = sys.executable
    celery = [python, "-m", "celery", "-A", "worker.celery"]
    return [
        Part(
            "web",
            [python, "-m", "gunicorn", "config.wsgi:application", "--bind", f"{host}:{port}"]
            + ["--worker-class", "gthread", "--threads", "8", "--log-level", "warning"],
        ),
        Part(
            "worker",
            celery
            + ["worker", "--pool", "threads", "--concurrency", str(WORKER_THREADS)]
            + ["--queues", "now,bulk,imports,default", "--loglevel", "WARNING"]
            + ["--without-gossip", "--without-mingle", "--without-heartbeat"],
        ),
        Part(
            "scheduler",
            celery + ["beat", "--loglevel", "WARNING", "--scheduler", "celery.beat:Scheduler"],
        ),
    ]
