"""A member of staff who has logged in: prints the cookie of her session."""

import json

from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client


def main() -> None:
    """Log her in without a password."""
    client = Client()
    client.force_login(User.objects.get(username="aigul"))
    name = settings.SESSION_COOKIE_NAME
    print(json.dumps({"name": name, "value": client.cookies[name].value}))


if __name__ == "__main__":
    main()
