"""A backup of the database was put back: nothing goes out unasked."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from newsletters.sending import journal, restores
from newsletters.sending.journal import Life
from newsletters.services.restores import decide_single_mails
from newsletters.states import Decision


class Command(BaseCommand):
    """Pauses what would send, and counts as accepted what this machine knows to have left."""

    help = (
        "Run it after a backup of the database was put back, before any worker or scheduler "
        "starts. Mailings are paused, digests that go out by themselves rest, and no mail of "
        "before the backup goes out without a person. What the journals of this machine know "
        "as accepted is counted as accepted; everything else that was still to go is unsure."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What becomes of the mails no page shows."""
        parser.add_argument(
            "--single-mails",
            choices=[Decision.AGAIN.value, Decision.LEAVE.value],
            help="only decide about confirmations and receipts that are unsure: send them "
            "again, or leave them. Letters to officials stay unsure",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Ends with status 1 while a worker runs here: it would send meanwhile."""
        if options["single_mails"]:
            count = decide_single_mails(act=Decision(options["single_mails"]))
            self.stdout.write(f"Single mails decided: {count}.")
        else:
            self._restore()

    def _restore(self) -> None:
        if any(journal.life(who) is Life.ALIVE for who in journal.workers()):
            raise CommandError(
                "A worker is running on this machine. Nothing was changed. Stop workers and "
                "scheduler first; the web process may stay."
            )
        held, known = restores.restore()
        if held is None:
            raise CommandError("Another machine did this at the same moment. Look there.")
        self.stdout.write(
            f"Mailings paused: {held.mailings}. Digests that rest: {held.digests}.\n"
            f"Mails that were not finished at the backup: {held.mails}. "
            f"Known here to have left since: {known}; the others are unsure.\n"
            "Workers and scheduler may start. Then open each paused mailing and decide."
        )
