"""One staff account per role, with passwords nobody can know beforehand."""

import os
import secrets
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import Group, User

from config.roles import ROLES

NAMES = {"organiser": "Hanne Wildt", "admin": "Ruth Abara", "approver": "Dario Penn"}


def create() -> dict[str, User]:
    """Accounts named after their roles; their passwords go to the login file (mode 0600)."""
    made, lines = {}, []
    for role in ROLES:
        given, family = NAMES[role].split()
        password = secrets.token_urlsafe(12)
        user = User.objects.create_user(
            role, password=password, first_name=given, last_name=family, is_staff=role == "admin"
        )
        user.groups.add(Group.objects.get(name=role))
        made[role] = user
        lines.append(f"{role:<10} {password}")
    _keep("\n".join(lines) + "\n")
    return made


def stored() -> list[str]:
    """The lines of the login file; empty when somebody has taken it away."""
    path = _path()
    return path.read_text(encoding="utf-8").splitlines() if path.is_file() else []


def _keep(text: str) -> None:
    path = _path()
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)


def _path() -> Path:
    return Path(settings.VAR) / "demo-login.txt"
