"""Whether the keys of a sender domain may sign."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from newsletters.errors import SenderDomainRefused
from newsletters.models import SenderDomain
from newsletters.selectors.sender_domains import keys_of
from newsletters.services import dkim_keys, sender_domains
from newsletters.states import DkimFinding


class Command(BaseCommand):
    """Looks every key of the domain up in the DNS; those that pass sign from now on."""

    help = (
        "Looks the DNS records of a sender domain's keys up, proves a signature with what is "
        "published, and lets the keys that pass sign. Ends with 1 unless all of them pass."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The domain."""
        parser.add_argument("domain")

    def handle(self, *_args: Any, **options: Any) -> None:
        """One line for each key."""
        try:
            name = sender_domains.read(options["domain"])
        except SenderDomainRefused as error:
            raise CommandError(str(error)) from None
        found = SenderDomain.objects.filter(domain=name).first()
        keys = list(keys_of(found)) if found else []
        if not keys:
            raise CommandError(f"{name} has no key yet. Make one: manage.py dkim_key {name}")
        findings = [dkim_keys.verify(key=key) for key in keys]
        for key, finding in zip(keys, findings, strict=True):
            self.stdout.write(f"{key.selector} ({key.algorithm}): {finding.label}")
        if any(finding is not DkimFinding.HOLDS for finding in findings):
            raise CommandError("Not every key passed.")
