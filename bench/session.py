"""A member of staff who has logged in: prints the cookie of her session."""

import json
import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.conf import settings  # noqa: E402  # Django must stand first
from django.contrib.auth.models import User  # noqa: E402  # likewise
from django.test import Client  # noqa: E402  # likewise


def main() -> None:
    """Log her in without a password."""
    client = Client()
    client.force_login(User.objects.get(username="aigul"))
    name = settings.SESSION_COOKIE_NAME
    print(json.dumps({"name": name, "value": client.cookies[name].value}))


if __name__ == "__main__":
    main()
