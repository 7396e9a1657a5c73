"""What a database and private storage hold, to be compared with what they hold later."""

import hashlib
import tempfile
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings

from newsletters.models import Contact


def everything() -> dict[str, str]:
    """A digest of every table of ours and of Django's."""
    found = {}
    for model in apps.get_models(include_auto_created=True):
        digest = hashlib.sha256()
        for row in model._default_manager.order_by("pk").values_list().iterator():
            digest.update(repr(row).encode())
        found[model._meta.label] = digest.hexdigest()
    return found


def people() -> list[Any]:
    """Everybody by address, with what a change, an import and their undo may touch."""
    columns = ("email", "given_name", "language", "country", "attributes", "state")
    return [
        (
            {name: getattr(row, name) for name in columns},
            sorted(tag.name for tag in row.tags.all()),
            sorted(row.subscriptions.values_list("mailing_list", "state", "method")),
        )
        for row in Contact.objects.order_by("email").prefetch_related("tags")
    ]


def files(folder: str) -> set[Path]:
    """What lies in ``folder`` of private storage."""
    return set((Path(settings.PRIVATE_ROOT) / folder).glob("*"))


def leavings() -> set[Path]:
    """What unfinished work has laid down: in the system's folder and in our own for it."""
    return set(Path(tempfile.gettempdir()).glob("*")) | files("scratch")
