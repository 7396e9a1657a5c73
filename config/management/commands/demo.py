"""``manage.py demo``: a demonstration campaign on this machine only; nothing leaves it."""

import json
import logging
import os
import sys
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from config.demo import load, logins
from config.management.commands import run
from worker.supervisor import Supervisor

HOST = "127.0.0.1"


class Command(BaseCommand):
    """Loads the story into an empty database, then runs everything until Ctrl-C."""

    help = "Run Handbill with a demonstration campaign. Mail stays in a local outbox."

    def add_arguments(self, parser: CommandParser) -> None:
        """Only where to listen: the rest is the same everywhere."""
        parser.add_argument("--port", type=run.port_number, default=run.DEFAULT_PORT)

    def handle(self, *_args: Any, **options: Any) -> None:
        """Refuse a second copy before anything is touched, then load and run."""
        port = options["port"]
        become_embedded(port)
        run.refuse_taken_port(HOST, port)
        with run.only_copy(), run.ending_quietly():
            run.prepare()
            self.load()
            self.announce(port)
            status = Supervisor(run.parts(HOST, port)).run()
        sys.exit(status)

    def load(self) -> None:
        """The story, if there is room for it."""
        if not load.is_empty():
            self.stdout.write("There is data already, so nothing was loaded.")
            return
        self.stdout.write("Loading the demonstration campaign (once, half a minute at most)…")
        self.stdout.flush()
        began = time.monotonic()
        # Hundreds of lines about the past would hide the three that matter now.
        logging.disable(logging.INFO)
        load.load()
        logging.disable(logging.NOTSET)
        run.forget_old_rings()
        self.stdout.write(f"Loaded in {time.monotonic() - began:.0f} s.")

    def announce(self, port: int) -> None:
        """Where to look, and how to get in."""
        address = f"http://{HOST}:{port}"
        lines = ["", f"  The campaign   {address}/", f"  Staff          {address}/staff/"]
        lines += [f"                 {line}" for line in logins.stored()]
        lines += [
            f"  Outgoing mail  {address}/staff/outbox/   (nothing leaves this machine)",
            "",
            "  Ctrl-C stops everything; the next start keeps the data.",
            "",
        ]
        self.stdout.write("\n".join(lines))
        self.stdout.flush()


def environment(port: int) -> dict[str, str]:
    """The embedded form, whatever the shell says: SQLite, the outbox, links to ``port``."""
    return {
        "SITE_URL": f"http://{HOST}:{port}",
        "SITE_NAME": "Karsh Solidarity Committee",
        "SITE_TAGLINE": "For people punished in Karsh for their work, their words or their strike.",
        "POSTAL_ADDRESS": "Karsh Solidarity Committee, Lantern Yard 7, 1011 Anywhere",
        "MAIL_DOMAIN": "committee.example",
        "MAIL_FROM": "post@committee.example",
        "MAIL_URL": "outbox://",
        "LANGUAGES": json.dumps(["en", "fr"]),
        "DATABASE_URL": "",
        "REDIS_URL": "",
        "ALLOWED_HOSTS": "[]",
        "TRUSTED_PROXIES": "0",
        "TIME_ZONE": "UTC",
        "DEBUG": "false",
    }


def become_embedded(port: int) -> None:
    """Start this command anew in that environment: settings are read once, at the start."""
    wanted = environment(port)
    if any(os.environ.get(name) != value for name, value in wanted.items()):
        command = [sys.executable, sys.argv[0], "demo", "--port", str(port)]
        os.execve(sys.executable, command, {**os.environ, **wanted})  # noqa: S606  # ourselves
