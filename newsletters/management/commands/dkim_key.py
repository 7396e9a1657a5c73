"""A new signing key for a sender domain."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from newsletters.errors import SenderDomainRefused
from newsletters.models import DkimKey
from newsletters.selectors import sender_domains
from newsletters.services import dkim_keys
from newsletters.services.dkim_keys import NewKey
from newsletters.states import DkimAlgorithm


class Command(BaseCommand):
    """Makes the key pair and says what to publish. Nothing is signed before ``dkim_verify``."""

    help = (
        "Makes a key pair that signs mail from a domain, writes the private half to "
        "DKIM_ROOT, and prints the DNS record to publish. Nothing is signed with it "
        "before manage.py dkim_verify has found the record."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The domain, the kind of key, its name."""
        parser.add_argument("domain", help="what stands behind the @ in From lines")
        parser.add_argument(
            "--algorithm",
            choices=DkimAlgorithm.values,
            default=DkimAlgorithm.RSA,
            help="rsa (the default) is understood by every receiver, ed25519 by some",
        )
        parser.add_argument("--selector", default="", help="its name in the DNS; made up if empty")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Ends with status 1 and a sentence when no key can be made."""
        new = NewKey(algorithm=options["algorithm"], selector=options["selector"])
        try:
            key = dkim_keys.make(domain=options["domain"], new=new)
        except SenderDomainRefused as error:
            raise CommandError(str(error)) from None
        self.stdout.write(_what_to_publish(key))


def _what_to_publish(key: DkimKey) -> str:
    entry = sender_domains.entry_of(key)
    return (
        "Publish this record:\n\n"
        f"  Name   {entry.name}\n"
        "  Type   TXT\n"
        f"  Value  {entry.quoted}\n\n"
        f"The private key is {dkim_keys.path_of(key)}. Copy it to the same place on every\n"
        "machine that runs a worker, readable by that user alone.\n\n"
        "Nothing is signed with it yet. When the record is published:\n\n"
        f"  manage.py dkim_verify {key.domain.domain}"
    )
