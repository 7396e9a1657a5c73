"""What need not be kept is not kept: by hand, or only told."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from newsletters.services import retention


class Command(BaseCommand):
    """Removes what is past its time, as the worker does every hour."""

    help = "Remove what is past its time. The worker does it every hour by itself."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whether to do it."""
        parser.add_argument(
            "--dry-run", action="store_true", help="only say how many rows would go now"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """One line for each kind of data."""
        if options["dry_run"]:
            for standing in retention.dry_run():
                last = f"{standing.last_run:%Y-%m-%d %H:%M} UTC" if standing.last_run else "never"
                rule = standing.rule
                self.stdout.write(
                    f"{rule.name}: {standing.due} would go. {rule.what}. "
                    f"Kept: {rule.kept}. Last run: {last}."
                )
            return
        for name, count in retention.prune().items():
            self.stdout.write(f"{name}: {count}")
