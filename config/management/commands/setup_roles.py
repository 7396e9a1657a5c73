"""``manage.py setup_roles``: the three groups staff can be in, and what each may do."""

from typing import Any

from django.contrib.auth.models import Group, Permission
from django.core.management.base import BaseCommand
from django.db import transaction
from django.db.models import Q

from config.roles import ROLES


class Command(BaseCommand):
    """Creates the groups, and gives each exactly what ``config.roles`` says."""

    help = "Create or mend the groups organiser, admin and approver. Members stay."

    @transaction.atomic
    def handle(self, *_args: Any, **options: Any) -> None:
        """Safe to repeat, at every start and after every upgrade."""
        for name, labels in ROLES.items():
            group, _created = Group.objects.get_or_create(name=name)
            group.permissions.set(_permissions(labels))
        if options["verbosity"]:
            self.stdout.write("Groups: " + ", ".join(ROLES))


def _permissions(labels: frozenset[str]) -> list[Permission]:
    """The rows behind "newsletters.view_contact"; a label nobody knows is a mistake of ours."""
    wanted = Q()
    for label in labels:
        app, codename = label.split(".")
        wanted |= Q(content_type__app_label=app, codename=codename)
    found = list(Permission.objects.filter(wanted).select_related("content_type"))
    known = {f"{row.content_type.app_label}.{row.codename}" for row in found}
    if labels - known:
        raise LookupError(f"No such permission: {', '.join(sorted(labels - known))}")
    return found
