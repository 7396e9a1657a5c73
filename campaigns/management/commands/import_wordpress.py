"""``manage.py import_wordpress FILE``."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.errors import WordPressRefused
from campaigns.services.wordpress import Summary, import_export


class Command(BaseCommand):
    """Brings posts over and says what was done and what stayed behind."""

    help = "Make articles of the posts in a WordPress export (WXR). Running it twice adds nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The file."""
        parser.add_argument("file", type=Path, help="export.xml as WordPress wrote it")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Import, or refuse with one sentence and change nothing."""
        try:
            summary = import_export(path=options["file"])
        except WordPressRefused as refusal:
            raise CommandError(_("%s Nothing was imported.") % refusal) from refusal
        for line in _lines(summary):
            self.stdout.write(line)


def _lines(summary: Summary) -> list[str]:
    lines = [
        ngettext("%d article published", "%d articles published", summary.published)
        % summary.published,
        ngettext("%d draft to look at", "%d drafts to look at", summary.drafts) % summary.drafts,
        _("%d were here already") % summary.already,
        ngettext("%d old address leads on", "%d old addresses lead on", summary.redirects)
        % summary.redirects,
    ]
    if summary.categories:
        lines.append(_("Filed under: %s") % ", ".join(sorted(summary.categories)))
    for kind, number in sorted(summary.left_out.items()):
        lines.append(
            _("Left out: %(number)d of kind “%(kind)s”") % {"number": number, "kind": kind}
        )
    if summary.left_out["attachment"]:
        lines.append(_("Pictures are not in the file; they became links to where they are now."))
    if summary.flattened:
        lines.append(
            _("Drafts that lost formatting, because too many tags lay inside each other: %d")
            % summary.flattened
        )
    if summary.tags:
        lines.append(_("Left out: %d tags; categories were kept") % summary.tags)
    return lines
