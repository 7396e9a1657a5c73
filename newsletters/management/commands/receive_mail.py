"""A mail server's pipe: one message on standard input."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import Error

from newsletters.services import incoming

EX_TEMPFAIL = 75  # sysexits.h: the mail server keeps the message and tries again
CHUNK = 1024 * 1024


class Command(BaseCommand):
    """Reads one RFC 5322 message and acts if it was sent to a leave address. Never answers."""

    help = (
        "Reads one message from standard input. Mail to leave+<token>@… takes its sender's "
        "address off the list it came by; any other mail is left alone."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The envelope's recipient, as postfix hands it over in ${original_recipient}."""
        parser.add_argument("recipient", nargs="?", default="")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Exits with 75 when the database is away, so that no leave mail is lost; otherwise 0."""
        message = _head_of_stdin()
        try:
            incoming.receive(message, recipient=options["recipient"])
        except Error:
            sys.exit(EX_TEMPFAIL)


def _head_of_stdin() -> bytes:
    """The beginning of the message. The rest is read too, or the mail server sees a broken pipe."""
    head = sys.stdin.buffer.read(incoming.MAX_HEAD)
    while sys.stdin.buffer.read(CHUNK):
        pass
    return head
